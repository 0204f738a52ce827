// Star profiles for tests by name, kept for the life of the program.
#ifndef PH_TESTS_SUPPORT_STAR_PROFILE_H
#define PH_TESTS_SUPPORT_STAR_PROFILE_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocols/star/profile.h"

static inline const struct ph_star_profile *profile_named(const char *name)
{
	static struct ph_star_profile kept[32];
	static size_t count;

	for (size_t i = 0; i < count; i++) {
		if (strcmp(kept[i].name, name) == 0)
			return &kept[i];
	}
	if (count == sizeof kept / sizeof kept[0] ||
		ph_star_profile_find(NULL, name, &kept[count], NULL) < 0) {
		fprintf(stderr, "no profile %s\n", name);
		abort();
	}
	return &kept[count++];
}

// The n-th built-in profile, or NULL.
static inline const struct ph_star_profile *profile_number(size_t n)
{
	const struct ph_profile_text text = ph_star_profile_builtin();
	char name[PH_PROFILE_NAME_MAX + 1];

	return ph_profile_name(&text, n, name) == 0 ? profile_named(name) : NULL;
}

#endif
