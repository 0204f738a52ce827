/* What the files of libposhal share. Nothing of this is exported. */
#ifndef PH_LIBPOSHAL_INTERNAL_H
#define PH_LIBPOSHAL_INTERNAL_H

#include "poshal/client.h"

#include "base/buf.h"
#include "poshal/errors.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define READ_SIZE   16384	 /* bytes taken from the socket at once */
#define TURN_BYTES  (256 * 1024) /* read in one poshal_process() */
#define TURN_LINES  64		 /* messages handled in one poshal_process() */
#define KEEP_BUFFER (64 * 1024)	 /* a larger empty buffer is given back */

/* A call under way, or answered and kept for poshal_wait(). */
struct call {
	int64_t id;
	poshal_answer_fn answer; /* NULL: kept for poshal_wait() */
	void *userdata;
	uint64_t deadline_us;	    /* monotonic; 0: none */
	bool done;		    /* answered and kept */
	bool expired;		    /* its deadline passed */
	char *result;		    /* kept result, or NULL: error holds */
	struct poshal_error *error; /* kept error */
	struct call *next;
};

struct poshal {
	int fd;
	int failed;		     /* 0, or the negative errno that ended the connection */
	struct poshal_error failure; /* why, with failed set */
	bool said_why;		     /* failure came from the service, ahead of the end */
	bool ended_input;	     /* end of file was read */
	bool send_broken;	     /* the peer takes no more; what it sent is still read */
	unsigned depth;		     /* above 0 inside a callback */
	bool closing;		     /* poshal_close() was called from a callback */

	/* greeting; hello is NULL before it */
	char *hello, *server, *instance;
	cJSON *grants;
	size_t line_max;
	unsigned pending_max;
	uint64_t hello_deadline_us;

	int64_t last_id;
	struct call *calls, **calls_tail; /* in order of their start */
	unsigned call_count;
	int helper_timeout_ms;

	char *in; /* received; complete lines begin at in_start */
	size_t in_start, in_len, in_size, in_scanned;
	struct ph_buf out; /* to be sent, from out_start on */
	size_t out_start;

	poshal_event_fn event;
	void *event_userdata;
	poshal_progress_fn progress;
	void *progress_userdata;
};

/* ---- client.c ---- */

/* A client on a connected socket, which belongs to it on success. */
int client_new(int fd, struct poshal **ret_client);

/* Ends the connection for good and answers all calls Closed. Does nothing the second time. */
void client_end(struct poshal *client, int error, const char *message);

/* Waits until there is something to process. Returns 0, or -ETIMEDOUT when the caller's deadline has passed. */
int wait_turn(struct poshal *client, uint64_t deadline_us);

/* ---- inbound.c ---- */

/* Handles one line of the service (NUL-terminated, without LF). */
void inbound_line(struct poshal *client, const char *line, size_t len);

/* ---- calls.c ---- */

/* Answers a call with a result or an error (exactly one not NULL) and takes it off the list, or keeps it. */
void call_finish(struct poshal *client, struct call *call, const char *result,
	const struct poshal_error *error);
struct call *call_find(const struct poshal *client, int64_t id);
void calls_expire(struct poshal *client);
/* Answers all that are left, with a callback or not. */
void calls_finish_all(struct poshal *client, const struct poshal_error *error);
void calls_free(struct poshal *client);
/* Monotonic microseconds of the nearest deadline, 0 for none. */
uint64_t calls_deadline(const struct poshal *client);

/* ---- error.c ---- */

/* Fills an error of the library's own; its hint comes from the table of errors. */
void error_set(struct poshal_error *error, enum ph_error kind, const char *message);
/* Reads a JSON-RPC error object; anything may be missing. */
void error_read(struct poshal_error *error, const cJSON *object);

/* ---- helpers.c ---- */

/* Milliseconds until a deadline, rounded up, 0 when it has passed, -1 for none; fits a poll() timeout. */
int until_ms(uint64_t deadline_us);
uint64_t deadline_after(int timeout_ms);

#endif
