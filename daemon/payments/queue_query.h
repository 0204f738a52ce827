/* What the queue of sales without the host is: for queue.status, the doctor and the snapshot of events. */
#ifndef PH_DAEMON_PAYMENTS_QUEUE_QUERY_H
#define PH_DAEMON_PAYMENTS_QUEUE_QUERY_H

#include "daemon/journal/journal_queue.h"

#include <cjson/cJSON.h>

struct ph_call;
struct ph_daemon;
struct ph_payment_row;

/* What the journal says of the queue as it is now. */
struct ph_queue_survey {
	bool add_up; /* in: also `totals`, at the cost of a look at all that is pending */
	struct ph_journal_queue_glance glance;
	struct ph_journal_queue_totals totals; /* of what is pending alone */
	struct ph_daemon *daemon;
	void (*done)(struct ph_queue_survey *survey, int result);
	void *userdata;
	int open, result; /* requests on their way; the first failure */
};

/* Asks; done() is called on the loop, never from inside. The survey is the caller's until then. A negative errno: it will not be. */
int ph_queue_survey(struct ph_daemon *daemon, struct ph_queue_survey *survey);

/* The answer of queue.status; the caller's. */
cJSON *ph_queue_status_json(const struct ph_queue_survey *survey);

/* "online", "degraded", "offline", "forced" */
const char *ph_queue_mode(const struct ph_daemon *daemon);

/* What a person has to know of it, as findings of system.diagnose. */
void ph_queue_examine(const struct ph_queue_survey *survey, cJSON *list);

/* The sums as queue.totals has them: list of objects; the caller's. */
cJSON *ph_queue_sums_json(const struct ph_journal_queue_totals *totals);

/* queue.totals with `reconcile`: looks at who asks for what, and goes on to ph_queue_reconcile(). */
void ph_queue_close_day(struct ph_call *call);

/* ---- queue_words.c ---- */

/* A record as queue.list has it; `payment` is what it belongs to, NULL: not known any more. The caller's. */
cJSON *ph_queue_record_json(
	const struct ph_record_row *record, const struct ph_payment_row *payment);

/* What somebody does about a record of either family that is work, in words for a shop; `name` is its payment. */
void ph_queue_action(
	const struct ph_record_row *record, const char *name, char *action, size_t size);

#endif
