/* Control of faultio.c from inside a test that links it; see there for the rules. */
#ifndef PH_TESTS_FAULTIO_H
#define PH_TESTS_FAULTIO_H

#include <stdint.h>

/* Replaces all rules and restarts their numbering; NULL or "" removes them. -1: a rule is not understood. */
int faultio_configure(const char *rules);

/* Lets go on who waits at a gate; so does faultio_configure(). */
void faultio_open_gate(void);

/* Calls of a function ("fdatasync") since the process began; "sync" is fsync + fdatasync. */
uint64_t faultio_count(const char *function);

/* Begins a record (see FAULTIO_RECORD), or with NULL ends it. */
int faultio_record(const char *log_path, const char *path_filter);

#endif
