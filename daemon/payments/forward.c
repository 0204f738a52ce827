// Sends what waits in the journal for the host: takes what is due into a few slots, asks, stores what became of it, tells it. What an
// answer means is forward_judge.c's, how long is waited forward_pace.c's, and what is said of it forward_tell.c's.
#include "daemon/payments/forward.h"

#include "base/clock.h"
#include "base/utf8.h"
#include "daemon/core/config.h"
#include "daemon/core/log.h"
#include "daemon/payments/forward_message.h"
#include "daemon/payments/forward_private.h"
#include "daemon/payments/offline.h"
#include "daemon/payments/payment_private.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_US 1000000ull
/* A customer's request is with the host: looked at again at the latest after this. */
#define CUSTOMER_US (SECOND_US / 2)
#define AWAY_US	    (60 * SECOND_US) /* the same while the host is away, for what expires meanwhile */
#define AGAIN_US    SECOND_US	     /* what the journal does not take, doubled ... */
#define AGAIN_MAX   6		     /* ... so often at most */
/* A host that no echo reaches is tried with a real message, half of the pause by chance. */
#define TRY_S 120

static void work(struct ph_forward *forward);

/* ---- time ---- */

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_forward *forward = userdata;

	forward->look = true;
	work(forward);
	return 0;
}

/* One timer for everything; what has woken it is looked at anew. */
static void arm(struct ph_forward *forward)
{
	uint64_t now = ph_clock_mono_us(), at = forward->plan_us;

	for (size_t i = 0; i < PH_QUEUE_TAKE_MAX; i++) {
		const struct ph_forward_slot *slot = &forward->slots[i];
		if (slot->store_us && (!at || slot->store_us < at))
			at = slot->store_us;
	}
	if (!at) {
		forward->timer = sd_event_source_disable_unref(forward->timer);
		return;
	}
	uint64_t after = at > now ? at - now : 0;
	if (!forward->timer)
		sd_event_add_time_relative(forward->daemon->event, &forward->timer, CLOCK_MONOTONIC,
			after, 10000, on_timer, forward);
	else
		sd_event_source_set_time_relative(forward->timer, after);
	if (forward->timer)
		sd_event_source_set_enabled(forward->timer, SD_EVENT_ONESHOT);
}

static uint64_t again_us(unsigned fails)
{
	return ph_clock_mono_us() + (AGAIN_US << (fails < AGAIN_MAX ? fails : AGAIN_MAX));
}

/* ---- slots ---- */

static struct ph_forward_slot *free_slot(struct ph_forward *forward)
{
	for (size_t i = 0; i < PH_QUEUE_TAKE_MAX; i++)
		if (!forward->slots[i].used)
			return &forward->slots[i];
	return NULL;
}

static uint32_t used_slots(const struct ph_forward *forward)
{
	uint32_t used = 0;

	for (size_t i = 0; i < PH_QUEUE_TAKE_MAX; i++)
		used += forward->slots[i].used;
	return used;
}

static void release(struct ph_forward_slot *slot)
{
	struct ph_forward *forward = slot->forward;

	*slot = (struct ph_forward_slot){.forward = forward};
	forward->look = true;
	work(forward);
}

/* ---- what became of it is stored ---- */

static void store(struct ph_forward_slot *slot);

static void store_later(struct ph_forward_slot *slot, int r)
{
	ph_log(LOG_ERR, slot->row.device, "what became of a %s of pay-%lld cannot be stored: %s",
		ph_record_kind_name(slot->row.kind), (long long)slot->row.payment, strerror(-r));
	slot->store_us = again_us(slot->fails++);
	arm(slot->forward);
}

static void on_stored(struct ph_journal_request *request, int result)
{
	struct ph_forward_slot *slot = request->userdata;
	struct ph_daemon *daemon = slot->forward->daemon;

	if (result == -ECANCELED)
		return;
	if (result < 0 && result != -EALREADY && result != -ENOENT && result != -EPERM) {
		store_later(slot, result);
		return;
	}
	if (result < 0) /* what it is by now stays */
		ph_log(LOG_ERR, slot->row.device,
			"the answer to a %s of pay-%lld came to a record that is not on its way",
			ph_record_kind_name(slot->row.kind), (long long)slot->row.payment);
	if (result == 0 && slot->is_family && !slot->verdict.supersede)
		ph_offline_expose(daemon, &slot->stored.forwarded.exposure);
	if (result == 0 && slot->verdict.supersede)
		ph_forward_tell_superseded(daemon, &slot->stored.supersede.successor,
			&slot->stored.supersede.reversal);
	else if (result == 0)
		ph_forward_tell(daemon,
			slot->is_family ? &slot->stored.forwarded.row : &slot->stored.move.row);
	release(slot);
	ph_payments_watch(daemon);
}

static bool waits(enum ph_record_state state)
{
	return state == PH_RECORD_RETRY_WAIT || state == PH_RECORD_UNSURE;
}

static int store_family(struct ph_forward_slot *slot, const struct ph_journal_request *request)
{
	const struct ph_forward_verdict *verdict = &slot->verdict;

	slot->stored.forwarded = (struct ph_journal_forwarded){.request = *request,
		.record = slot->row.id,
		.state = verdict->state,
		.repeat = verdict->repeat,
		.present_again = verdict->present_again,
		.next_us = slot->next_us,
		.amount_host = verdict->amount_host,
		.response_code = slot->code[0] ? slot->code : NULL,
		.approval_code = slot->approval[0] ? slot->approval : NULL,
		.note = slot->note[0] ? slot->note : NULL,
		.hold_reason = verdict->hold_reason};
	return ph_journal_forwarded_submit(slot->forward->daemon->journal, &slot->stored.forwarded);
}

static int store_other(struct ph_forward_slot *slot, const struct ph_journal_request *request)
{
	const struct ph_forward_verdict *verdict = &slot->verdict;
	bool looked_at = verdict->state == PH_RECORD_REJECTED || verdict->state == PH_RECORD_HELD;

	slot->stored.move = (struct ph_journal_record_move){.request = *request,
		.record = slot->row.id,
		.state = verdict->state,
		.repeat = verdict->repeat,
		.next_us = slot->next_us,
		.response_code = slot->code[0] ? slot->code : NULL,
		.note = looked_at ? slot->note : NULL};
	return ph_journal_record_move_submit(slot->forward->daemon->journal, &slot->stored.move);
}

static void store(struct ph_forward_slot *slot)
{
	const struct ph_journal_request request = {.done = on_stored, .userdata = slot};
	int r;

	slot->store_us = 0;
	if (slot->verdict.supersede) {
		slot->stored.supersede = (struct ph_journal_supersede){.request = request,
			.record = slot->row.id,
			.not_now = slot->verdict.not_now,
			.next_us = slot->next_us,
			.response_code = slot->code[0] ? slot->code : NULL,
			.approval_code = slot->approval[0] ? slot->approval : NULL,
			.note = slot->note[0] ? slot->note : NULL};
		r = ph_journal_supersede_submit(
			slot->forward->daemon->journal, &slot->stored.supersede);
	} else {
		r = slot->is_family ? store_family(slot, &request) : store_other(slot, &request);
	}
	if (r < 0 && r != -ECANCELED)
		store_later(slot, r);
}

/* ---- the host's answer ---- */

static void take_words(struct ph_forward_slot *slot, const struct ph_host_answer *answer)
{
	const char *code = ph_payment_text(answer->result, "response_code");
	const char *approval = ph_payment_text(answer->result, "approval_code");
	const char *text = ph_payment_text(answer->result, "host_text");

	if (!text[0] && answer->why)
		text = answer->why;
	snprintf(slot->code, sizeof slot->code, "%s", strlen(code) == 2 ? code : "");
	snprintf(slot->approval, sizeof slot->approval, "%s",
		strlen(approval) < sizeof slot->approval ? approval : "");
	snprintf(slot->note, sizeof slot->note, "%s", ph_payment_tells_account(text) ? "" : text);
	ph_utf8_clean(slot->code);
	ph_utf8_clean(slot->approval);
	ph_utf8_clean(slot->note);
}

/* The end of a completion is written with that of its payment, which somebody waits for. */
static void end_completion(struct ph_forward_slot *slot, const struct ph_host_answer *answer)
{
	struct ph_daemon *daemon = slot->forward->daemon;
	const struct ph_record_row row = slot->row;
	enum ph_record_state state = slot->verdict.state;

	if (!ph_payment_is_advising(daemon, row.payment)) {
		store(slot); /* nobody waits: its record at least is known */
		return;
	}
	release(slot);
	ph_payment_advised(daemon, &row, state, answer);
	ph_payments_watch(daemon);
}

static void on_host(void *userdata, const struct ph_host_answer *answer)
{
	struct ph_forward_slot *slot = userdata;
	struct ph_daemon *daemon = slot->forward->daemon;
	const struct ph_record_row *row = &slot->row;

	if (daemon->payments->closing)
		return;
	take_words(slot, answer);
	ph_forward_judge(row, answer, ph_acquirer_can(daemon->payments->acquirer, "request_repeat"),
		&slot->verdict);
	slot->next_us = 0;
	if (waits(slot->verdict.state) || slot->verdict.supersede)
		slot->next_us =
			ph_clock_wall_us() +
			ph_forward_pause_us(row->before + row->attempts, randombytes_random());
	if ((waits(slot->verdict.state) || slot->verdict.not_now) &&
		row->before + row->attempts <= 1)
		ph_forward_say_it_waits(row, answer->why);
	if (row->kind == PH_RECORD_COMPLETION && ph_record_is_final(slot->verdict.state))
		end_completion(slot, answer);
	else
		store(slot);
}

/* On disk as sent: now it may leave. */
static void start(struct ph_forward *forward, const struct ph_record_row *row)
{
	struct ph_forward_slot *slot = free_slot(forward);
	const char *method = ph_forward_method(row);
	bool again = row->before || row->response_code[0]; /* it was refused for now */
	int r = -EINVAL;

	if (!slot)
		return; /* never: as many are taken as are free */
	*slot = (struct ph_forward_slot){.forward = forward,
		.used = true,
		.is_family = ph_record_family(row->kind) != PH_FAMILY_NONE,
		.row = *row};
	ph_forward_rate_sent(&forward->rate, ph_clock_mono_us());
	ph_offline_host_try(forward->daemon);
	if (method)
		r = (again ? ph_acquirer_ask_again : ph_acquirer_ask)(
			forward->daemon->payments->acquirer, method, ph_forward_message(row),
			on_host, slot);
	if (r >= 0)
		return;
	ph_offline_host_not_tried(forward->daemon);
	on_host(slot, &(struct ph_host_answer){.decision = PH_HOST_NOT_SENT, .why = strerror(-r)});
}

/* ---- taking ---- */

/* Customers go first. */
static bool host_in_use(const struct ph_payments *table)
{
	for (const struct ph_payment *p = table->payments; p; p = p->next)
		if (p->phase == PH_PHASE_ASKING)
			return true;
	return false;
}

/* Something waits for the host to be there. */
static bool is_gated(const struct ph_forward *forward)
{
	return forward->gated && forward->waiting;
}

static uint64_t sooner(uint64_t at_us, uint64_t other_us)
{
	return !at_us || (other_us && other_us < at_us) ? other_us : at_us;
}

/* By what the journal says; what was due and was not taken waits for the host, or behind another of its chain. */
static void plan(struct ph_forward *forward, uint64_t next_us)
{
	uint64_t now = ph_clock_mono_us(), wall = ph_clock_wall_us();
	bool was_due = next_us <= forward->take.limits.now_us; /* and not since */

	forward->next_us = next_us;
	forward->plan_us = 0;
	if (next_us > wall)
		forward->plan_us = now + (next_us - wall);
	else if (next_us)
		forward->plan_us = was_due ? now + AWAY_US : now;
	/* the clock can be set back meanwhile, and no timer tells */
	if (next_us)
		forward->plan_us =
			sooner(forward->plan_us, now + PH_FORWARD_PAUSE_MAX_S * SECOND_US);
	if (!is_gated(forward))
		return;
	/* what expires is looked for; and a queue does not sleep over its turn */
	forward->plan_us = sooner(forward->plan_us, now + AWAY_US);
	if (forward->drain_us > now)
		forward->plan_us = sooner(forward->plan_us, forward->drain_us);
	if (forward->try_us > now)
		forward->plan_us = sooner(forward->plan_us, forward->try_us);
}

static void on_taken(struct ph_journal_request *request, int result)
{
	struct ph_forward *forward = request->userdata;
	struct ph_journal_take *take = &forward->take;

	/* what was taken in vain is not */
	if (result < 0)
		ph_journal_take_clear(take);
	if (result == -ECANCELED)
		return;
	forward->taking = false;
	if (result < 0) {
		if (!forward->fails++)
			ph_log(LOG_ERR, NULL, "what waits for the host cannot be read: %s",
				strerror(-result));
		forward->plan_us = again_us(forward->fails);
		arm(forward);
		return;
	}
	forward->fails = 0;
	forward->waiting = take->waiting;
	forward->look = forward->look || take->again || (take->max && take->count == take->max);
	for (uint32_t i = 0; i < take->expired_count; i++)
		ph_forward_tell(forward->daemon, &take->expired[i]);
	if (take->expired_count)
		ph_offline_load(forward->daemon);
	for (uint32_t i = 0; i < take->count; i++)
		start(forward, &take->rows[i]);
	plan(forward, take->next_us);
	ph_journal_take_clear(take);
	ph_payments_watch(forward->daemon);
	work(forward);
}

/*
 * What stands without the host waits for it to be there, and behind an outage for its turn in the street. A host that counts as away
 * is asked by echoes; where none get through to make it count as there again, a message of the queue is tried now and then.
 */
static bool may_forward(struct ph_forward *forward, uint64_t now)
{
	if (forward->drain_us > now)
		return false;
	forward->drain_us = 0;
	if (ph_offline_host_asks(forward->daemon)) {
		forward->try_us = 0;
		return true;
	}
	if (!forward->try_us)
		forward->try_us =
			now + (TRY_S / 2 + randombytes_uniform(TRY_S / 2 + 1)) * SECOND_US;
	if (forward->try_us > now)
		return false;
	forward->try_us = 0;
	return true;
}

static bool host_is_well(const struct ph_forward *forward)
{
	enum ph_host_state state = ph_offline_health(forward->daemon)->state;

	return state == PH_HOST_ONLINE || state == PH_HOST_DEGRADED;
}

/* Of a host that is not known to be well one message at a time. */
static uint32_t host_window(const struct ph_forward *forward, uint32_t max)
{
	return host_is_well(forward) ? max : 1;
}

static void take(struct ph_forward *forward, uint32_t max, bool all)
{
	uint64_t wall = ph_clock_wall_us(), expiry = ph_offline_expiry(forward->daemon);

	forward->gated = !all;
	forward->take = (struct ph_journal_take){.request = {.done = on_taken, .userdata = forward},
		.limits = {.now_us = wall,
			.expire_before_us = expiry < wall ? expiry : wall,
			.reversals_only = !all,
			.pause_max_us = PH_FORWARD_PAUSE_MAX_S * SECOND_US,
			/* a step back by less leaves even the longest window its time */
			.hold_max_us = 2 * PH_OFFLINE_HOLD_MAX_S * SECOND_US,
			.now = forward->hurry},
		.max = max};
	int r = ph_journal_take_submit(forward->daemon->journal, &forward->take);
	if (r == 0) {
		forward->taking = true;
		forward->look = forward->hurry = false;
	} else if (r != -ECANCELED) {
		forward->plan_us = again_us(forward->fails++);
	}
}

static void store_what_is_due(struct ph_forward *forward, uint64_t now)
{
	for (size_t i = 0; i < PH_QUEUE_TAKE_MAX; i++) {
		struct ph_forward_slot *slot = &forward->slots[i];
		if (slot->store_us && slot->store_us <= now)
			store(slot);
	}
}

static void work(struct ph_forward *forward)
{
	struct ph_daemon *daemon = forward->daemon;
	uint64_t now = ph_clock_mono_us();
	uint32_t window = daemon->config->offline.forward_window, used = used_slots(forward);

	if (daemon->payments->closing || forward->taking || !forward->running)
		return;
	store_what_is_due(forward, now);
	if (!forward->look || used >= window || daemon->stopping) {
		if (forward->look) /* whatever is free again looks by itself */
			forward->plan_us = 0;
		arm(forward);
		return;
	}
	forward->rate.per_s = daemon->config->offline.forward_rate;
	uint32_t max = ph_forward_rate_now(&forward->rate, now, window - used);
	if (host_in_use(daemon->payments)) {
		forward->plan_us = now + CUSTOMER_US;
	} else if (!max) {
		forward->plan_us = forward->rate.next_us;
	} else {
		bool all = may_forward(forward, now);
		take(forward, all ? host_window(forward, max) : max, all);
	}
	arm(forward);
}

/* ---- for the others ---- */

int ph_forward_new(struct ph_daemon *daemon)
{
	struct ph_forward *forward = calloc(1, sizeof *forward);

	if (!forward)
		return -ENOMEM;
	forward->daemon = daemon;
	for (size_t i = 0; i < PH_QUEUE_TAKE_MAX; i++)
		forward->slots[i].forward = forward;
	daemon->payments->forward = forward;
	return 0;
}

void ph_forward_free(struct ph_daemon *daemon)
{
	struct ph_forward *forward = daemon->payments->forward;

	if (!forward)
		return;
	daemon->payments->forward = NULL;
	sd_event_source_disable_unref(forward->timer);
	free(forward);
}

void ph_forward_start(struct ph_daemon *daemon)
{
	daemon->payments->forward->running = true;
	ph_forward_kick(daemon);
}

void ph_forward_kick(struct ph_daemon *daemon)
{
	struct ph_forward *forward = daemon->payments->forward;

	forward->look = true;
	work(forward);
}

void ph_forward_hurry(struct ph_daemon *daemon)
{
	struct ph_forward *forward = daemon->payments->forward;

	forward->hurry = true;
	forward->plan_us = ph_clock_mono_us() + ph_forward_pause_us(1, randombytes_random());
	arm(forward);
}

void ph_forward_back(struct ph_daemon *daemon)
{
	struct ph_forward *forward = daemon->payments->forward;
	uint64_t pause = forward->wanted ? 0
					 : ph_forward_drain_us(ph_payments_terminal(daemon),
						   forward->waiting, randombytes_random());

	forward->wanted = false;
	if (pause)
		ph_log(LOG_INFO, NULL,
			"the host is there again; %u records that wait for it go in %u s",
			(unsigned)forward->waiting, (unsigned)(pause / SECOND_US));
	forward->drain_us = pause ? ph_clock_mono_us() + pause : 0;
	ph_forward_kick(daemon);
}

uint64_t ph_forward_turn_us(const struct ph_daemon *daemon)
{
	uint64_t turn = daemon->payments->forward->drain_us, now = ph_clock_mono_us();

	return turn > now ? turn - now : 0;
}

void ph_forward_try(struct ph_daemon *daemon)
{
	struct ph_forward *forward = daemon->payments->forward;

	forward->drain_us = 0;
	forward->try_us = ph_clock_mono_us();
	ph_forward_kick(daemon);
}

void ph_forward_at_once(struct ph_daemon *daemon)
{
	struct ph_forward *forward = daemon->payments->forward;

	forward->hurry = true;
	forward->wanted = !host_is_well(forward);
	ph_forward_try(daemon);
}

uint32_t ph_forward_waiting(const struct ph_daemon *daemon)
{
	return daemon->payments->forward->waiting;
}

bool ph_forward_pending(const struct ph_daemon *daemon)
{
	const struct ph_forward *forward = daemon->payments->forward;

	return forward->look || forward->taking || forward->next_us || is_gated(forward) ||
	       used_slots(forward);
}
