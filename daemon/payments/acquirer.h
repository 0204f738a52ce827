/*
 * poshal-acquirer as poshald sees it (docs/acquirer-protocol.md): connected to when something is to be sent, asked, and
 * told to be quiet when nothing is pending.
 */
#ifndef PH_DAEMON_PAYMENTS_ACQUIRER_H
#define PH_DAEMON_PAYMENTS_ACQUIRER_H

#include <cjson/cJSON.h>
#include <stdbool.h>

struct ph_acquirer;
struct ph_daemon;

enum ph_host_decision {
	PH_HOST_APPROVED,
	PH_HOST_PARTIAL,
	PH_HOST_DECLINED,
	PH_HOST_REFERRED,
	PH_HOST_SOFT,	   /* not now: 91, 96 */
	PH_HOST_FORMAT,	   /* it does not take this message */
	PH_HOST_DUPLICATE, /* it has had this before */
	PH_HOST_NOT_FOUND, /* nothing to undo */
	PH_HOST_REFUSED, /* the acquirer makes no message of it: nothing has left, and nothing will */
	PH_HOST_NOT_SENT,  /* certainly nothing has left */
	PH_HOST_NO_ANSWER, /* something may have left */
};

/*
 * `result` is the object of the answer, or NULL without one; `error` the name of the acquirer's own error, or NULL; `why` a sentence for
 * the log. Valid during the call only.
 */
struct ph_host_answer {
	enum ph_host_decision decision;
	const cJSON *result;
	const char *error, *why;
};

typedef void (*ph_host_done)(void *userdata, const struct ph_host_answer *answer);

int ph_acquirer_new(struct ph_daemon *daemon, struct ph_acquirer **ret_acquirer);
/* What is in hand is answered with NO_ANSWER, what waits with NOT_SENT. Accepts NULL. */
void ph_acquirer_free(struct ph_acquirer *acquirer);

/*
 * Sends a request of the protocol; `params` is taken over. `done` is called exactly once, never from inside. While the
 * acquirer is not there the answer is NOT_SENT after at most 3 s, and after 15 s while it is there and does not greet.
 */
int ph_acquirer_ask(struct ph_acquirer *acquirer, const char *method, cJSON *params,
	ph_host_done done, void *userdata);

/* The same of a message that was answered "not now" before: that answer says nothing new of the host then. */
int ph_acquirer_ask_again(struct ph_acquirer *acquirer, const char *method, cJSON *params,
	ph_host_done done, void *userdata);

/*
 * Connects where it is not connected, and waits for the first word of the acquirer, which says its keys and its terminal id.
 * `done` is called as above: APPROVED, or NOT_SENT when it is not there (at once) or says nothing (after 15 s). What an
 * earlier connection has said stays known.
 */
int ph_acquirer_meet(struct ph_acquirer *acquirer, ph_host_done done, void *userdata);

/* What it has said of itself; NULL: nothing. Valid until it says something else. */
const char *ph_acquirer_tid(const struct ph_acquirer *acquirer);
/* One of its capabilities: "request_repeat", "advice". False while it has not greeted. */
bool ph_acquirer_can(const struct ph_acquirer *acquirer, const char *capability);
/* Its current key: {"kid","public_b64",...}. */
const cJSON *ph_acquirer_key(const struct ph_acquirer *acquirer);
/* All of them, a list; NULL: nothing. */
const cJSON *ph_acquirer_keys(const struct ph_acquirer *acquirer);
/* True while it is there and has greeted. */
bool ph_acquirer_is_there(const struct ph_acquirer *acquirer);
/* Why a connection was not kept, a sentence; NULL: it was. */
const char *ph_acquirer_trouble(const struct ph_acquirer *acquirer);

/* Something is pending (echo messages may run), or nothing is any more. */
void ph_acquirer_watch(struct ph_acquirer *acquirer, bool on);

/* "up", "down" or "unknown", with what it said of itself (keys, dialect); the object is the caller's. */
cJSON *ph_acquirer_describe(const struct ph_acquirer *acquirer);

#endif
