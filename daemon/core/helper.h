/*
 * Programs of poshal that answer one question in lines on their standard output, and end: poshal-discover and
 * poshal-driver-test. What may take its time, or needs a library, is done by them.
 */
#ifndef PH_DAEMON_CORE_HELPER_H
#define PH_DAEMON_CORE_HELPER_H

#include <stddef.h>

#define PH_HELPER_ARGS_MAX 8

struct ph_daemon;
struct ph_helper;

struct ph_helper_spec {
	const char *program;			  /* its name in the folder of programs */
	const char *args[PH_HELPER_ARGS_MAX + 1]; /* behind the name, ending with NULL */
	unsigned timeout_ms;			  /* then it is killed */
	size_t line_max;			  /* bytes; a longer line ends it */
	/* A whole line, without its end; the bytes are foreign. */
	void (*line)(void *userdata, const char *line, size_t len);
	/* Nothing follows; 0, -ETIMEDOUT, or -E2BIG for a line that is too long. The helper is freed by this. */
	void (*end)(void *userdata, int r);
	void *userdata;
};

/* Starts the program; neither function is called before this returns. Returns 0 or a negative errno, which is logged. */
int ph_helper_new(
	struct ph_daemon *daemon, const struct ph_helper_spec *spec, struct ph_helper **ret_helper);

/* Ends it without a further word. Accepts NULL; not from its own functions. */
void ph_helper_free(struct ph_helper *helper);

#endif
