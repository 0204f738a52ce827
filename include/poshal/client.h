/*
 * libposhal: the application's side of the poshal service, for C and C++ programs with any poll loop.
 *
 * A client is one connection to the JSON door (docs/api.md). The library never blocks except in the functions
 * whose names end in "wait", starts no thread, installs no signal handler, raises no SIGPIPE, keeps no global
 * state and logs nothing. Several clients may be used by several threads, one thread at a time for each.
 *
 * Parameters and results are JSON objects as UTF-8 text, so that a program uses the JSON library of its choice,
 * or poshal_member() where that is enough. Functions return 0 or a negative errno; outputs come last and are
 * untouched on failure. Texts handed to a callback are valid during the callback only.
 *
 * A connection that ends is reported, never repaired behind the caller's back: leases have ended, and answers
 * may be missing. Open a new client, claim and subscribe again, and repeat each keyed call whose answer is
 * missing with the same key: the service never repeats the effect (docs/libposhal.md shows the pattern).
 */
#ifndef POSHAL_CLIENT_H
#define POSHAL_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define POSHAL_DEFAULT_SOCKET "/run/poshal/poshal.sock"

/* Limits of the library, each with the answer when it is reached. */
#define POSHAL_LINE_MAX                                                                            \
	(4 * 1024 * 1024) /* bytes of one message from the service; then -EMSGSIZE */
#define POSHAL_QUEUE_MAX   (4 * 1024 * 1024) /* bytes not yet sent; a further call is -ENOBUFS */
#define POSHAL_PENDING_MAX 64	/* calls under way, or the service's lower limit; then -ENOBUFS */
#define POSHAL_HELLO_MS	   5000 /* a service that does not greet by then: -ETIMEDOUT */
#define POSHAL_KEY_SIZE	   37	/* bytes of poshal_new_key() with the NUL */
#define POSHAL_FOREVER	   (-1) /* as a timeout: none */

struct poshal;

/* An error of the service, or one the library stands in with: Closed, Timeout, Cancelled. */
struct poshal_error {
	int code;	   /* JSON-RPC number, negative */
	char name[48];	   /* "NotClaimed", "Extended.RecEmpty"; the table is in docs/api.md */
	char message[640]; /* for people, one line */
	char hint[200];	   /* what to do about it, may be empty */
	char device[96];   /* id, or empty */
	int retryable;	   /* 1: the same call can succeed later */
};

struct poshal_event {
	uint64_t seq;	    /* counts up within one instance of the service */
	const char *time;   /* RFC 3339 UTC */
	const char *topic;  /* "scanner.data" */
	const char *device; /* id, or "" */
	const char *data;   /* JSON object */
};

/*
 * The end of a call: exactly one of result and error is not NULL. Called exactly once for each call that was
 * accepted with a callback, from poshal_process(), a waiting function or poshal_close(). It may make further
 * calls and may close the client; it must not wait or process.
 */
typedef void (*poshal_answer_fn)(struct poshal *client, int64_t id, const char *result,
	const struct poshal_error *error, void *userdata);

/* An event. The same rules. */
typedef void (*poshal_event_fn)(
	struct poshal *client, const struct poshal_event *event, void *userdata);

/* Progress of a call that takes long; data is a JSON object with the call's id in it. The same rules. */
typedef void (*poshal_progress_fn)(
	struct poshal *client, int64_t id, const char *data, void *userdata);

/* ---- connection ---- */

/*
 * Connects to the socket at `path`; NULL means $POSHAL_SOCKET, else POSHAL_DEFAULT_SOCKET. Does not wait for
 * the greeting: calls made before it are sent behind it. Errors are those of connect(2), the usual ones being
 * -ENOENT and -ECONNREFUSED (not running), -EACCES (not in the group), -EAGAIN (overloaded, try again).
 */
int poshal_open(const char *path, struct poshal **ret_client);

/*
 * Ends the connection, and with it its leases and subscriptions; open calls are answered Cancelled, which says
 * nothing about their effect. Accepts NULL. From a callback it takes effect when the callback returns.
 */
void poshal_close(struct poshal *client);

/* The path a NULL path stands for; valid as long as the environment is not changed. */
const char *poshal_default_path(void);

/* For the poll loop: what to wait for (POLLIN, POLLOUT), and how long at most (milliseconds, -1: any time). */
int poshal_fd(const struct poshal *client);
short poshal_events(const struct poshal *client);
int poshal_timeout_ms(const struct poshal *client);

/*
 * Sends and receives what is possible without waiting, a bounded amount, and calls the callbacks. Call it when
 * poll() reports the descriptor or the timeout has passed; calling it at any other time does no harm.
 * Returns 0 while connected. Afterwards, and each time again: -ECONNRESET (the service closed), -EPROTO (not
 * understood, or another protocol version), -EMSGSIZE (message too long), -ETIMEDOUT (no greeting), or what the
 * socket said; open calls have been answered Closed by then, and poshal_failure() says why. Only
 * poshal_close() is left to do.
 * -ECANCELED: a callback closed the client, which is gone. -EBUSY: called from a callback.
 */
int poshal_process(struct poshal *client);

/* Why the connection ended, e.g. LimitExceeded said by the service; NULL while it has not. */
const struct poshal_error *poshal_failure(const struct poshal *client);

/* ---- greeting ---- */

/* Waits for it. Returns 0, -ETIMEDOUT, or as poshal_process(). */
int poshal_hello_wait(struct poshal *client, int timeout_ms);

/* NULL before the greeting. `hello` is its JSON object (docs/api.md, Greeting). */
const char *poshal_hello(const struct poshal *client);
const char *poshal_server(const struct poshal *client);	  /* "poshald/0.1.0" */
const char *poshal_instance(const struct poshal *client); /* new at each start of the service */

/* 1 when the service grants this right ("print") to this connection, else 0. */
int poshal_has_grant(const struct poshal *client, const char *grant);

/* ---- callbacks that belong to no call ---- */

void poshal_on_event(struct poshal *client, poshal_event_fn callback, void *userdata);
void poshal_on_progress(struct poshal *client, poshal_progress_fn callback, void *userdata);

/* ---- calls ---- */

/*
 * Starts a call. `params` is a JSON object, or NULL for {}. With timeout_ms other than POSHAL_FOREVER the call
 * is answered Timeout when it has taken that long, and the service is asked to cancel it. With `answer` NULL the
 * result is kept for poshal_wait(), which must be called.
 * Returns an id above 0; -EINVAL (not an object), -EMSGSIZE (longer than the service takes), -ENOBUFS (queue or
 * pending calls at their limit), -ENOMEM, or as poshal_process() when the connection has ended.
 */
int64_t poshal_call(struct poshal *client, const char *method, const char *params, int timeout_ms,
	poshal_answer_fn answer, void *userdata);

/* Deadline of the calls started by the helpers below; POSHAL_FOREVER at first. */
void poshal_set_timeout(struct poshal *client, int timeout_ms);

/*
 * Waits for the answer to a call that was started without a callback. Callbacks of other calls and events are
 * called meanwhile. Returns 0 with *ret_result to be released with free(); otherwise *ret_error tells more:
 * -EREMOTEIO (the service answered with this error), -ETIMEDOUT (given up, the service was asked to cancel),
 * or as poshal_process(). -ENOENT: no such call; -EBUSY: called from a callback; these two fill no error.
 * A negative id is returned as it is, so that a helper can be given as the argument. Outputs may be NULL.
 */
int poshal_wait(struct poshal *client, int64_t id, int timeout_ms, char **ret_result,
	struct poshal_error *ret_error);

/* poshal_call() and poshal_wait() in one. */
int poshal_call_wait(struct poshal *client, const char *method, const char *params, int timeout_ms,
	char **ret_result, struct poshal_error *ret_error);

/*
 * Asks the service to give up a call. It is still answered: Cancelled, or with its result when it was too late.
 * Returns 0; -ENOENT when it is not under way; -ENOBUFS.
 */
int poshal_cancel(struct poshal *client, int64_t id);

/* ---- the main jobs; each returns as poshal_call() ---- */

/* Fills `out` with a fresh random key (a version 4 UUID). Returns 0 or a negative errno. */
int poshal_new_key(char out[POSHAL_KEY_SIZE]);

struct poshal_print_options {
	const char *document;	 /* JSON object (docs/documents.md); or else */
	const char *text;	 /* plain text, UTF-8 */
	int copies;		 /* 0: one */
	int ttl_s;		 /* 0: no limit */
	const char *on_recovery; /* "reprint", "continue", "ask", or NULL */
	int wait;		 /* 1: answer at a final state of the job */
	int priority;		 /* -10 to 10: higher goes first among those that wait */
};

/* printer.print. Keep the key until the answer is known, and repeat the call with it after a lost connection. */
int64_t poshal_print(struct poshal *client, const char *device, const char *key,
	const struct poshal_print_options *options, poshal_answer_fn answer, void *userdata);

/* drawer.open; `reason` may be NULL. The key as above. */
int64_t poshal_drawer_open(struct poshal *client, const char *device, const char *key,
	const char *reason, poshal_answer_fn answer, void *userdata);

/* display.show; `lines` ends with NULL. */
int64_t poshal_display_show(struct poshal *client, const char *device, const char *const *lines,
	poshal_answer_fn answer, void *userdata);

/* device.claim; wait_ms 0: answered at once. The lease ends with the connection. */
int64_t poshal_claim(struct poshal *client, const char *device, int wait_ms,
	poshal_answer_fn answer, void *userdata);
int64_t poshal_release(
	struct poshal *client, const char *device, poshal_answer_fn answer, void *userdata);

/* scanner.enable: from now on each label is an event scanner.data, as long as this client holds the lease. */
int64_t poshal_scanner_enable(
	struct poshal *client, const char *device, poshal_answer_fn answer, void *userdata);

/* events.subscribe; `topics` ends with NULL. Scanner data needs no subscription. */
int64_t poshal_subscribe(
	struct poshal *client, const char *const *topics, poshal_answer_fn answer, void *userdata);

/* ---- reading JSON without a JSON library ---- */

/*
 * Copies one value out of a JSON text. `path` is member names and list positions joined by dots,
 * "devices.0.id". Texts come without quotes and escapes, everything else as JSON text.
 * Returns its length in bytes; -ENOENT (not there), -ENOBUFS (does not fit with its NUL), -EINVAL (not JSON).
 */
int poshal_member(const char *json, const char *path, char *out, size_t size);

#ifdef __cplusplus
}
#endif

#endif
