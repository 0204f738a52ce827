// Ends the process at a point a test has named; where the points are is the business of whoever has them.
#include "base/crash_point.h"

#ifdef POSHAL_CRASH_POINTS

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_uint passed[PH_CRASH_POINTS_MAX];

/* One entry of the list; the time it wants, or 0 when it is of another name. */
static unsigned wanted(const char *entry, size_t len, const char *point, const char *when)
{
	size_t point_len = strlen(point), when_len = strlen(when);
	size_t name_len = point_len + 1 + when_len;

	if (len < name_len || memcmp(entry, point, point_len) != 0 || entry[point_len] != '.' ||
		memcmp(entry + point_len + 1, when, when_len) != 0)
		return 0;
	if (len == name_len)
		return 1;
	return entry[name_len] == ':' ? (unsigned)strtoul(entry + name_len + 1, NULL, 10) : 0;
}

/* Looks at all entries of this name; `pass` counts them. */
static bool look(const char *point, const char *when, bool pass)
{
	const char *at = getenv("POSHAL_CRASH_AT");
	bool due = false;

	for (unsigned i = 0; at && *at && i < PH_CRASH_POINTS_MAX; i++) {
		size_t len = strcspn(at, ",");
		unsigned nth = wanted(at, len, point, when);

		if (nth)
			due |= (pass ? atomic_fetch_add(&passed[i], 1) : atomic_load(&passed[i])) +
				       1 ==
			       nth;
		at += len + (at[len] == ',');
	}
	return due;
}

bool ph_crash_point_due(const char *point, const char *when)
{
	return look(point, when, false);
}

void ph_crash_point(const char *point, const char *when)
{
	if (!look(point, when, true))
		return;
	kill(getpid(), SIGKILL);
	for (;;)
		pause();
}

#else

/* a file of C has something in it */
typedef int ph_crash_points_are_not_built;

#endif
