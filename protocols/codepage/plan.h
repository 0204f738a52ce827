// Which page to print a text with: shared by the encoders of printers that select pages by command.
#ifndef PH_PROTOCOLS_CODEPAGE_PLAN_H
#define PH_PROTOCOLS_CODEPAGE_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "protocols/codepage/codepage.h"

// Reads one character of checked UTF-8 at `s` < `end`; returns where the next one begins, never
// behind `end`.
static inline const char *ph_codepage_next_char(const char *s, const char *end, uint32_t *ret_cp)
{
	const unsigned char c = (unsigned char)*s;
	const unsigned len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	uint32_t cp = len == 1 ? c : c & (0x7fu >> len);

	if (len > (size_t)(end - s)) {
		*ret_cp = 0xfffd;
		return end;
	}
	for (unsigned i = 1; i < len; i++)
		cp = cp << 6 | ((unsigned char)s[i] & 0x3f);
	*ret_cp = cp;
	return s + len;
}

// Of `pages`, those that hold the longest piece of text beginning at `s`. ASCII and the no-break
// space are in every page. All of `pages` when the first character is in none.
uint64_t ph_codepage_plan(uint64_t pages, const char *s, const char *end);

#endif
