// How many cells a text takes, what belongs together in it, and characters made of a letter and a mark.
#ifndef PH_PROTOCOLS_RECEIPT_WIDTH_H
#define PH_PROTOCOLS_RECEIPT_WIDTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// 0 for marks and format characters, 2 for East Asian wide and full-width ones and emoji, else 1.
// Source: Unicode Standard Annex #11, Unicode 15; ambiguous characters are narrow.
unsigned ph_char_cells(uint32_t cp);

// The one character that is `base` with the combining `mark`, or 0.
uint32_t ph_char_compose(uint32_t base, uint32_t mark);

// Belongs to a script that runs from right to left.
bool ph_char_rtl(uint32_t cp);

// The first grapheme cluster of `len` > 0 bytes of valid UTF-8: what must not be parted, such as a
// letter with its marks, an emoji sequence, a flag, a syllable of Hangul jamo or of an Indic script.
// Returns its bytes; in ret_cp the first character and in ret_cells the width of all of it. What would
// be wider than `most` cells (at least 2) ends before that.
// Source: Unicode Standard Annex #29; and Thai and Lao vowels that stand in front stay there.
uint32_t ph_cluster(
	const char *text, size_t len, unsigned most, uint32_t *ret_cp, unsigned *ret_cells);
#define PH_CLUSTER_CELLS 8 // for `most`: wider than any that is no nonsense

// Cells of valid UTF-8, counted by clusters; ph_text_measure() says as well whether a cluster takes more
// than one.
uint32_t ph_text_cells(const char *text, size_t len);
uint32_t ph_text_measure(const char *text, size_t len, bool *ret_wide);

// Whether a line may end between two neighbouring characters, neither of which is a space: around wide
// characters, except where typography forbids it, and behind hyphens within words. For clusters the
// first character of each. Source: Unicode Standard Annex #14 and JIS X 4051 in their common parts.
bool ph_may_break(uint32_t before, uint32_t after);

#endif
