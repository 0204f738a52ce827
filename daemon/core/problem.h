/* What is wrong in files a person wrote: collected, not logged, so that the rest of the files still counts. */
#ifndef PH_DAEMON_CORE_PROBLEM_H
#define PH_DAEMON_CORE_PROBLEM_H

#include <stddef.h>

#define PH_PROBLEMS_MAX 100 /* kept; further ones are only counted in `more` */

struct ph_problem {
	char *file;    /* path as it was opened; owned */
	unsigned line; /* from 1; 0 means the file as a whole */
	char *text;    /* what is wrong and what to do, one line; owned */
};

struct ph_problems {
	struct ph_problem *items; /* owned */
	size_t len, size;
	size_t more; /* not kept: beyond PH_PROBLEMS_MAX, or no memory */
};

/* Adds one; never fails, at worst it is counted in `more`. */
void ph_problem_add(struct ph_problems *problems, const char *file, unsigned line,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

/* "FILE:LINE", or "FILE" for a problem of the whole file; cut to fit. */
void ph_problem_place(const struct ph_problem *problem, char *out, size_t size);

/* Frees all and leaves an empty list. Accepts a zeroed struct. */
void ph_problems_done(struct ph_problems *problems);

#endif
