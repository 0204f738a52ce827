/*
 * A method call in flight, the same for both doors. A door creates it with checked access and parameters, the
 * method's run() answers it now or later, exactly once, with one of the ph_call_reply/fail functions.
 */
#ifndef PH_DAEMON_DOORS_CALL_H
#define PH_DAEMON_DOORS_CALL_H

#include "daemon/doors/method.h"
#include "poshal/errors.h"

#include <cjson/cJSON.h>

struct ph_client;
struct ph_daemon;

/* An error as both doors tell it. */
struct ph_failure {
	enum ph_error error;
	char name[48];	   /* public name, with its "Extended." part */
	char message[640]; /* UTF-8, one line; may list all that an option takes */
	char hint[200];	   /* what to do, may be empty */
	char device[65];   /* id or empty */
	bool retryable;
};

struct ph_call_ops {
	/* Both free the call. `result` is an object and stays with the caller. */
	void (*reply)(struct ph_call *call, const cJSON *result);
	void (*fail)(struct ph_call *call, const struct ph_failure *failure);
	/* May be called any number of times before the answer. Absent: the door has no progress. */
	void (*progress)(struct ph_call *call, const cJSON *data);
};

struct ph_call {
	const struct ph_call_ops *ops;
	const struct ph_method *method;
	struct ph_client *client;
	struct ph_daemon *daemon;
	const cJSON *params; /* an object that passed the table; valid as long as the call */
	uint32_t granted; /* PH_GRANT_BIT() of grants for this call, besides those of its client */
	/* Set by run() when the call stays open: gives up the work; must answer the call (Cancelled) or do nothing. */
	void (*cancel)(struct ph_call *call);
	void *userdata;
	struct ph_call *next, **prev; /* the client's list of calls */
};

/*
 * Checks params against the method's table: required members, types, ranges, no unknown or doubled members.
 * Returns 0, or -EINVAL with *ret_failure filled (Illegal, naming the JSON path).
 */
int ph_params_check(
	const struct ph_method *method, const cJSON *params, struct ph_failure *ret_failure);

/*
 * Checks the method's grant and runs it. The call must be filled by the door except for the list links.
 * The call is answered by the time this returns, or later.
 */
void ph_call_start(struct ph_call *call);

/* Asks the running method to stop; it is answered Cancelled unless the work can no longer be stopped. */
void ph_call_cancel(struct ph_call *call);

/* A hint that knows more than that of the error. */
void ph_failure_hint(struct ph_failure *failure, const char *hint);

/* Answers. `result` is taken over and freed; NULL means an empty object. */
void ph_call_reply(struct ph_call *call, cJSON *result);
void ph_call_fail(struct ph_call *call, enum ph_error error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The name for an errno of the journal: a disk that fails is no device that does not answer. */
enum ph_error ph_error_from_journal(int r);
/* The same in words: "the journal is damaged". */
const char *ph_journal_words(int r);
/* Both: "`what`: the journal is damaged", and what to do about it. */
void ph_failure_set_journal(
	struct ph_failure *failure, int r, const char *device, const char *what);
void ph_call_fail_journal(struct ph_call *call, int r, const char *what);
/* What was asked for could not be read from it. */
void ph_call_fail_read(struct ph_call *call, int r);

void ph_call_fail_with(struct ph_call *call, const struct ph_failure *failure);
void ph_call_progress(struct ph_call *call, const cJSON *data);

/* Fills a failure from the table of errors. */
void ph_failure_set(struct ph_failure *failure, enum ph_error error, const char *device,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The same for a class specific error, "RecEmpty", with its own hint. */
void ph_failure_set_extended(struct ph_failure *failure, const char *extended, const char *hint,
	const char *device, const char *message);

/* Parameters that passed the check; the getters return the default when the member is absent. */
const char *ph_param_str(const struct ph_call *call, const char *name); /* NULL when absent */
int64_t ph_param_int(const struct ph_call *call, const char *name, int64_t fallback);
bool ph_param_bool(const struct ph_call *call, const char *name, bool fallback);
const cJSON *ph_param(const struct ph_call *call, const char *name); /* NULL when absent */

#endif
