// Finds the pages that print most of a text; the order between equals is the printer's profile's.
#include "protocols/codepage/plan.h"

#include <stddef.h>

const char *ph_codepage_next_char(const char *s, const char *end, uint32_t *ret_cp)
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

uint64_t ph_codepage_plan(uint64_t pages, const char *s, const char *end)
{
	while (s < end) {
		uint32_t cp;
		s = ph_codepage_next_char(s, end, &cp);
		const uint64_t left =
			cp < 0x80 || cp == 0xa0 ? pages : pages & ph_codepage_pages(cp);
		if (!left)
			break;
		pages = left;
	}
	return pages;
}
