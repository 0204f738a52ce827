// Which page to print a text with: shared by the encoders of printers that select pages by command.
#ifndef PH_PROTOCOLS_CODEPAGE_PLAN_H
#define PH_PROTOCOLS_CODEPAGE_PLAN_H

#include <stdint.h>

#include "protocols/codepage/codepage.h"

// Reads one character of checked UTF-8 at `s` < `end`; returns where the next one begins, never
// behind `end`.
const char *ph_codepage_next_char(const char *s, const char *end, uint32_t *ret_cp);

// Of `pages`, those that hold the longest piece of text beginning at `s`. ASCII and the no-break
// space are in every page. All of `pages` when the first character is in none.
uint64_t ph_codepage_plan(uint64_t pages, const char *s, const char *end);

#endif
