// Finds the pages that print most of a text; the order between equals is the printer's profile's.
#include "protocols/codepage/plan.h"

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
