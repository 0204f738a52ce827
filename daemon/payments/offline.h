/*
 * What all payments of the service share where the host does not answer: how the host is (host_health.h, fed with what really
 * happened), what stands without it (the journal's sums), whether an operator has said to work without it, and what of that the
 * policy is asked with. Events `queue.state` tell changes; nothing runs while nothing is pending.
 *
 * An operator's word ends by itself, and with the service: a service that was started again asks the host first.
 */
#ifndef PH_DAEMON_PAYMENTS_OFFLINE_H
#define PH_DAEMON_PAYMENTS_OFFLINE_H

#include "daemon/journal/journal_queue.h"
#include "daemon/payments/clock_check.h"
#include "daemon/payments/host_health.h"
#include "daemon/payments/offline_policy.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

struct ph_daemon;
struct ph_device;

#define PH_FORCED_OFFLINE_MAX_S (4 * 3600)

struct ph_offline;

int ph_offline_new(struct ph_daemon *daemon);
void ph_offline_free(struct ph_daemon *daemon);

/* At the start, behind ph_journal_recover_queue(): what it has found. */
void ph_offline_recovered(struct ph_daemon *daemon, const struct ph_queue_recovery *recovery);
/* All that stands, as the journal has summed it up. Until then nothing more is accepted. */
void ph_offline_known(struct ph_daemon *daemon, const struct ph_exposure *exposure, unsigned count);

/* ---- how the host is ---- */

/* Something happened with a message; poshal-acquirer's connection tells all of it, whoever sent the message. */
void ph_offline_tell(struct ph_daemon *daemon, enum ph_host_event event);
/* Whether a message that can wait may go now: of what stands already, one in _HALF_OPEN is the one that is tried. */
bool ph_offline_host_asks(const struct ph_daemon *daemon);
/* It goes now. */
void ph_offline_host_try(struct ph_daemon *daemon);
/* It did not, after all: nothing has happened. */
void ph_offline_host_not_tried(struct ph_daemon *daemon);
const struct ph_host_health *ph_offline_health(const struct ph_daemon *daemon);
/* The same for a sale, whose customer waits: also where nobody has looked for the host for long. */
bool ph_offline_sale_asks(const struct ph_daemon *daemon);
/* A sale goes without the host: one in `random_online` asks it nevertheless. */
bool ph_offline_takes_turn(struct ph_daemon *daemon);
/* While it is not asked: why ("forced", "host_sick", "host_no_answer", "host_away"), and since when (wall clock; now, if it was asked just now). */
const char *ph_offline_cause(const struct ph_daemon *daemon);
uint64_t ph_offline_since(const struct ph_daemon *daemon);
/* Something is pending, so it is looked after; or nothing is any more. */
void ph_offline_watch(struct ph_daemon *daemon, bool on);

/* ---- an operator's word ---- */

/* 1 to PH_FORCED_OFFLINE_MAX_S seconds from now; 0 ends it. The audit row is the caller's, and before. */
void ph_offline_force(
	struct ph_daemon *daemon, const char *operator_name, const char *reason, unsigned seconds);
bool ph_offline_forced(const struct ph_daemon *daemon);

/* ---- the clock ---- */

/* Looks at it. In doubt: nothing is accepted. */
enum ph_clock_doubt ph_offline_clock(const struct ph_daemon *daemon);
/* What was accepted before is too old to be sent (wall clock, struct ph_take_limits); a clock that was set ahead makes nothing older. */
uint64_t ph_offline_expiry(const struct ph_daemon *daemon);

/* ---- exposure ---- */

/* What a request to the journal has answered: the sums from now on. With family PH_FAMILY_NONE nothing. */
void ph_offline_expose(struct ph_daemon *daemon, const struct ph_exposure *exposure);
/* Everything the policy has to know but the sale; `device` NULL: of no reader in particular. */
void ph_offline_look(const struct ph_daemon *daemon, enum ph_family family, const char *device,
	struct ph_offline_exposure *ret_exposure);
/* {count, total, currency, left_count, left_total, accept_until?, advices?{count, total}}; NULL while offline payments are not enabled and nothing stands. */
cJSON *ph_offline_exposure_json(const struct ph_daemon *daemon);
/* Adds it as `exposure`, where there is something to say. */
void ph_offline_add_exposure(const struct ph_daemon *daemon, cJSON *result);
/*
 * For queue.status: {host{state, since?, answered?}, forced?{operator, reason, until}, enabled, exposure?, limits, refuses?{limit, text}}.
 * `refuses`: nothing is accepted now, whatever the sale.
 */
cJSON *ph_offline_describe(const struct ph_daemon *daemon);

#endif
