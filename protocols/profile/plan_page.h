// Which page of a profile to print a text with.
#ifndef PH_PROTOCOLS_PROFILE_PLAN_PAGE_H
#define PH_PROTOCOLS_PROFILE_PLAN_PAGE_H

#include "protocols/codepage/plan.h"
#include "protocols/profile/profile.h"

// The page that prints most of what begins at `s`; their order decides between equals. `set` has the bits
// (PH_CODEPAGE_BIT) of all `pages`, of which there is one at least.
static inline const struct ph_profile_page *ph_profile_plan_page(
	const struct ph_profile_page *pages, unsigned count, uint64_t set, const char *s,
	const char *end)
{
	const uint64_t best = ph_codepage_plan(set, s, end);

	for (unsigned i = 0; i < count; i++) {
		if (best & PH_CODEPAGE_BIT(pages[i].page))
			return &pages[i];
	}
	return pages;
}

#endif
