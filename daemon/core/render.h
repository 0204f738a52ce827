/*
 * poshal-render as poshald sees it: started when something is to be drawn, asked one thing at a time, ended when an
 * answer is late, and left alone otherwise. The words are those of docs/render-protocol.md.
 *
 * Jobs and previews have a process each, so that no client's preview can keep a receipt waiting.
 */
#ifndef PH_DAEMON_CORE_RENDER_H
#define PH_DAEMON_CORE_RENDER_H

#include "poshal/errors.h"

#include <cjson/cJSON.h>
#include <stddef.h>

struct ph_daemon;
struct ph_render;
struct ph_render_request;

enum ph_render_lane { PH_RENDER_JOBS, PH_RENDER_PREVIEWS, PH_RENDER_LANES };

/* What became of a request. */
enum ph_render_outcome {
	PH_RENDER_DONE,
	PH_RENDER_REFUSED, /* asked again it would say the same */
	PH_RENDER_FAILED,  /* it is missing, crashed or was too slow */
};

struct ph_render_answer {
	enum ph_render_outcome outcome;
	const cJSON *result; /* of DONE: an object */
	const char *why;     /* of the others: a sentence */
	enum ph_error error; /* of the others */
};

/* Once, from the loop, never from inside ph_render_submit(). The answer is valid during the call only. */
typedef void (*ph_render_done)(void *userdata, const struct ph_render_answer *answer);

/* -ENOMEM. No process is started. */
int ph_render_new(struct ph_daemon *daemon, struct ph_render **ret_render);

/* Ends the processes; no `done` is called any more. Accepts NULL. */
void ph_render_free(struct ph_render *render);

/* What is to be drawn. */
struct ph_render_ask {
	enum ph_render_lane lane;
	const char *method;
	char *params; /* JSON object text on the heap, taken over in any case */
	size_t len;   /* its bytes */
	ph_render_done done;
	void *userdata;
};

/*
 * Asks for a drawing. Returns 0; or, then `done` is not called, -ENOBUFS when PH_RENDER_QUEUE requests wait, -E2BIG beyond
 * PH_RENDER_LINE_MAX, -ENOENT when the program cannot be started, -EHOSTDOWN while it is given a pause because it keeps
 * crashing, -ENOMEM.
 */
int ph_render_submit(struct ph_render *render, const struct ph_render_ask *what,
	struct ph_render_request **ret_request);

/* `done` is not called any more. Accepts NULL. */
void ph_render_forget(struct ph_render_request *request);

/* A sentence for people about a negative result of ph_render_submit(). */
const char *ph_render_error(int r);

/* Why nothing can be drawn now, for system.diagnose; NULL when nothing is known against it. */
const char *ph_render_trouble(const struct ph_render *render);

#endif
