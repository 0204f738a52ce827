// Profiles for tests by name, kept for the life of the program. What a profile leaves to the printer
// to tell is taken as there.
#ifndef PH_TESTS_SUPPORT_ESCPOS_PROFILE_H
#define PH_TESTS_SUPPORT_ESCPOS_PROFILE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocols/escpos/profile.h"

static inline const struct ph_escpos_profile *profile_named(const char *name)
{
	static struct ph_escpos_profile kept[128];
	static size_t count;

	for (size_t i = 0; i < count; i++) {
		if (strcmp(kept[i].name, name) == 0)
			return &kept[i];
	}
	if (count == sizeof kept / sizeof kept[0] ||
		ph_escpos_profile_by_name(name, &kept[count]) < 0) {
		fprintf(stderr, "no profile %s\n", name);
		abort();
	}
	struct ph_escpos_profile *profile = &kept[count++];
	if (profile->qr == PH_ESCPOS_PROBE)
		profile->qr = PH_ESCPOS_YES;
	if (profile->kanji == PH_ESCPOS_KANJI_PROBE)
		profile->kanji = PH_ESCPOS_KANJI_NONE;
	return profile;
}

#endif
