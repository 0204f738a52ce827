// How many cells a character takes, and characters made of a letter and a mark.
#ifndef PH_PROTOCOLS_RECEIPT_WIDTH_H
#define PH_PROTOCOLS_RECEIPT_WIDTH_H

#include <stdint.h>

// 0 for marks and format characters, 2 for East Asian wide and full-width ones, else 1.
// Source: Unicode Standard Annex #11; ambiguous characters are narrow.
unsigned ph_char_cells(uint32_t cp);

// The one character that is `base` with the combining `mark`, or 0.
uint32_t ph_char_compose(uint32_t base, uint32_t mark);

#endif
