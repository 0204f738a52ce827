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
	PH_HOST_NOT_SENT,  /* certainly nothing has left */
	PH_HOST_NO_ANSWER, /* something may have left */
};

/* `result` is the object of the answer, or NULL without one; `why` a sentence for the log. Valid during the call only. */
struct ph_host_answer {
	enum ph_host_decision decision;
	const cJSON *result;
	const char *why;
};

typedef void (*ph_host_done)(void *userdata, const struct ph_host_answer *answer);

int ph_acquirer_new(struct ph_daemon *daemon, struct ph_acquirer **ret_acquirer);
/* What is in hand is answered with NO_ANSWER, what waits with NOT_SENT. Accepts NULL. */
void ph_acquirer_free(struct ph_acquirer *acquirer);

/*
 * Sends a request of the protocol; `params` is taken over. `done` is called exactly once, never from inside. While the
 * acquirer is not there the answer is NOT_SENT after at most 3 s.
 */
int ph_acquirer_ask(struct ph_acquirer *acquirer, const char *method, cJSON *params,
	ph_host_done done, void *userdata);

/* Something is pending (echo messages may run), or nothing is any more. */
void ph_acquirer_watch(struct ph_acquirer *acquirer, bool on);

/* False only when the acquirer has said that the host does not answer. */
bool ph_acquirer_host_up(const struct ph_acquirer *acquirer);

/* "up", "down" or "unknown", with what it said of itself (keys, dialect); the object is the caller's. */
cJSON *ph_acquirer_describe(const struct ph_acquirer *acquirer);

#endif
