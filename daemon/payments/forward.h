/*
 * What waits in the journal for the host -- reversals, completions, advices, deferred requests -- is sent until it is answered. Nothing
 * of a size that grows with the queue is in memory: a few records at a time are taken from the journal (ph_journal_take), so many
 * messages a second, behind customers who wait. Nothing runs while nothing is pending.
 *
 * While the host counts as away only reversals and completions are tried, after their pauses; what stands without it waits for
 * host_health.h to let a message through, and one of it is the message that is tried.
 */
#ifndef PH_DAEMON_PAYMENTS_FORWARD_H
#define PH_DAEMON_PAYMENTS_FORWARD_H

#include "daemon/journal/journal_queue.h"

#include <stdbool.h>

struct ph_call;
struct ph_daemon;

#define PH_AGAIN_MAX	3	    /* a sale the host has declined is presented so often more */
#define PH_AGAIN_WAIT_S (24 * 3600) /* and not before this is over */

/* ---- life ---- */

int ph_forward_new(struct ph_daemon *daemon);
void ph_forward_free(struct ph_daemon *daemon);
/* The journal is attached. */
void ph_forward_start(struct ph_daemon *daemon);
/* Looks at the journal: something was stored, released, or may go earlier. Cheap, and to be called once too often rather than not. */
void ph_forward_kick(struct ph_daemon *daemon);
/* An echo was answered after none was: what pauses is tried again within seconds. */
void ph_forward_hurry(struct ph_daemon *daemon);
/* The host answers again after it did not: what waits goes soon, a long queue not in step with all other tills of the street. */
void ph_forward_back(struct ph_daemon *daemon);
/* How long what stands without the host still waits for its turn behind an outage; 0: it does not. */
uint64_t ph_forward_turn_us(const struct ph_daemon *daemon);
/* True while something is on its way or waits for its time (and not only for somebody). */
bool ph_forward_pending(const struct ph_daemon *daemon);

/* ---- what persons do; each answers the call later, exactly once, and is audited ---- */

/* queue.forward without a payment: what waits for its time is due at once; answers {waiting}. Parameters: operator?, reason?. */
void ph_forward_now(struct ph_call *call);
/*
 * queue.hold, queue.release, queue.again, queue.seen, and queue.forward of one payment (PH_QUEUE_NOW): parameters payment (id, or the
 * caller's key), operator, reason (of PH_QUEUE_RELEASE and _NOW they may be absent); of a release amount? (minor units, of a deferred
 * sale: what is sent in place of what was accepted). Answers {payment, state, amount, currency}, of the record now; publishes queue.state.
 */
void ph_queue_act(struct ph_call *call, enum ph_queue_act act);
/*
 * queue.totals with `reconcile`: the day's end of `terminal` in `currency`; grant and operator are checked before. Busy, saying what is
 * pending, unless `carry_forward`. Answers {balance: "in_balance", "out_of_balance" or "error", sums, host_sums? (both: credits,
 * credit_reversals, debits, debit_reversals, each {count, total}), pending, settled, currency, audit_head (hexadecimal)}.
 */
void ph_queue_reconcile(
	struct ph_call *call, const char *terminal, const char *currency, bool carry_forward);

#endif
