// The queue of reversals and completions: what may stand at the host and must not is undone, what was reserved is taken, one message
// at a time, until the host has said so.
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "daemon/core/log.h"
#include "daemon/objects/client.h"
#include "daemon/objects/event.h"
#include "daemon/payments/payment_private.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ph_reversal {
	struct ph_daemon *daemon;
	struct ph_record_row row;
	unsigned failures;
	uint64_t next_us; /* monotonic */
	bool told;	  /* that it waits */
	bool refused;	  /* host or acquirer do not take it: it waits for somebody to look */
	enum ph_record_state next_state;
	bool repeat;
	char code[3], note[PH_RECORD_NOTE_MAX + 1];
	struct ph_journal_record_move move;
	struct ph_reversal *next;
};

static void arm(struct ph_daemon *daemon);

static struct ph_reversal *first_due(
	const struct ph_payments *table, uint64_t now, uint64_t *ret_next)
{
	*ret_next = 0;
	struct ph_reversal *advice = NULL;

	for (struct ph_reversal *r = table->reversals; r; r = r->next) {
		if (r->refused)
			continue;
		if (r->next_us <= now && r->row.kind != PH_RECORD_ADVICE)
			return r;
		if (r->next_us <= now) {
			advice = advice ? advice : r;
			continue;
		}
		if (!*ret_next || r->next_us < *ret_next)
			*ret_next = r->next_us;
	}
	return advice;
}

static bool is_advice(const struct ph_reversal *reversal)
{
	return reversal->row.kind == PH_RECORD_ADVICE;
}

static const char *kind_of(const struct ph_reversal *reversal)
{
	return is_advice(reversal) ? "completion" : "reversal";
}

static void drop(struct ph_reversal *reversal)
{
	struct ph_reversal **p = &reversal->daemon->payments->reversals;

	while (*p && *p != reversal)
		p = &(*p)->next;
	if (*p)
		*p = reversal->next;
	free(reversal);
}

/* Half of the pause is by chance, so that the tills of a street do not come back in step. */
static uint64_t pause_us(unsigned failures)
{
	uint32_t ms = PH_REVERSAL_MAX_MS;

	if (failures < 9 && (uint32_t)PH_REVERSAL_MIN_MS << failures < ms)
		ms = (uint32_t)PH_REVERSAL_MIN_MS << failures;
	return (ms / 2 + randombytes_uniform(ms / 2 + 1)) * 1000ull;
}

static void tell(const struct ph_reversal *reversal, const char *state)
{
	char payment[PH_PAYMENT_ID_SIZE];
	cJSON *data = cJSON_CreateObject();

	ph_payment_id_format(reversal->row.payment, payment);
	cJSON_AddStringToObject(data, "payment", payment);
	cJSON_AddStringToObject(data, "state", state);
	cJSON_AddNumberToObject(data, "attempts", reversal->row.attempts);
	if (reversal->refused && reversal->row.response_code[0])
		cJSON_AddStringToObject(data, "response_code", reversal->row.response_code);
	if (reversal->refused && reversal->row.note[0])
		cJSON_AddStringToObject(data, "message", reversal->row.note);
	ph_events_publish_json(reversal->daemon, "payment.state", reversal->row.device, data);
}

static void put_off(struct ph_reversal *reversal)
{
	struct ph_daemon *daemon = reversal->daemon;

	reversal->next_us = ph_clock_mono_us() + pause_us(reversal->failures++);
	daemon->payments->sending = false;
	arm(daemon);
}

/* A reversal's is final; a completion's payment goes on, and its record with it. */
static bool waits_for_somebody(enum ph_record_state state)
{
	return state == PH_RECORD_REJECTED || state == PH_RECORD_HELD;
}

static bool settled(enum ph_record_state state)
{
	return state >= PH_RECORD_APPROVED || waits_for_somebody(state);
}

static void on_moved(struct ph_journal_request *request, int result)
{
	struct ph_reversal *reversal = request->userdata;
	struct ph_daemon *daemon = reversal->daemon;

	if (result < 0)
		ph_log(LOG_ERR, reversal->row.device, "a %s's state cannot be stored: %s",
			kind_of(reversal), strerror(-result));
	if (result < 0 || !settled(reversal->next_state)) {
		put_off(reversal);
		return;
	}
	reversal->row = reversal->move.row;
	reversal->refused = waits_for_somebody(reversal->next_state);
	tell(reversal, !reversal->refused    ? "reversed"
		       : is_advice(reversal) ? "completion_refused"
					     : "reversal_refused");
	if (is_advice(reversal))
		ph_payment_advice_refused(daemon, reversal->row.payment);
	if (!reversal->refused)
		drop(reversal);
	daemon->payments->sending = false;
	ph_payments_watch(daemon);
	arm(daemon);
}

static void move(struct ph_reversal *reversal, enum ph_record_state state, ph_journal_done done)
{
	reversal->move =
		(struct ph_journal_record_move){.request = {.done = done, .userdata = reversal},
			.record = reversal->row.id,
			.state = state,
			.repeat = reversal->repeat,
			.response_code = reversal->code[0] ? reversal->code : NULL,
			.note = waits_for_somebody(state) ? reversal->note : NULL};
	int r = ph_journal_record_move_submit(reversal->daemon->journal, &reversal->move);
	if (r < 0)
		put_off(reversal);
}

/* Once for each reversal: it may wait for days. */
static void say_it_waits(struct ph_reversal *reversal, const char *why)
{
	if (!reversal->told)
		ph_log(LOG_WARNING, reversal->row.device,
			"the %s of pay-%lld waits for the host: %s", kind_of(reversal),
			(long long)reversal->row.payment, why ? why : "no answer");
	reversal->told = true;
}

static enum ph_record_state refuse(const struct ph_reversal *reversal)
{
	ph_log(LOG_ERR, reversal->row.device,
		"the %s of pay-%lld is refused (%s%s%s): somebody has to look", kind_of(reversal),
		(long long)reversal->row.payment, reversal->code, reversal->code[0] ? " " : "",
		reversal->note);
	return is_advice(reversal) ? PH_RECORD_HELD : PH_RECORD_REJECTED;
}

/* The host has said yes to what is undone: it cannot be without it. */
static bool host_had_it(const struct ph_record_row *row)
{
	return strcmp(row->reason, "timeout") != 0 || row->original_approval[0];
}

/* What the host says to a reversal: it has it, or it will get it again. */
static enum ph_record_state judge(struct ph_reversal *reversal, const struct ph_host_answer *answer)
{
	switch (answer->decision) {
	case PH_HOST_APPROVED:
	case PH_HOST_PARTIAL:
	case PH_HOST_DUPLICATE: /* to a repeat: it has had it */
		return PH_RECORD_APPROVED;
	case PH_HOST_NOT_FOUND: /* the original never arrived */
		if (host_had_it(&reversal->row)) {
			reversal->repeat = true;
			break;
		}
		ph_log(LOG_NOTICE, reversal->row.device,
			"the host has nothing to reverse for pay-%lld",
			(long long)reversal->row.payment);
		return PH_RECORD_APPROVED;
	case PH_HOST_NOT_SENT:
		say_it_waits(reversal, answer->why);
		return PH_RECORD_RETRY_WAIT;
	case PH_HOST_NO_ANSWER:
		say_it_waits(reversal, answer->why);
		reversal->repeat = true;
		return PH_RECORD_UNSURE;
	case PH_HOST_SOFT:
		say_it_waits(reversal, "not now");
		reversal->repeat = true;
		return PH_RECORD_RETRY_WAIT;
	case PH_HOST_DECLINED:
	case PH_HOST_REFERRED:
	case PH_HOST_FORMAT:
		reversal->repeat = true;
		break;
	case PH_HOST_REFUSED: /* it has not left */
		break;
	}
	return refuse(reversal);
}

/* What is definite is written with the end of its payment; else it comes again. */
static void on_advice_answer(struct ph_reversal *reversal, const struct ph_host_answer *answer)
{
	struct ph_daemon *daemon = reversal->daemon;
	const struct ph_record_row row = reversal->row;

	reversal->next_state = ph_advice_judge(&row, answer, &reversal->repeat);
	if (reversal->next_state == PH_RECORD_HELD)
		refuse(reversal);
	else if (reversal->next_state < PH_RECORD_APPROVED)
		say_it_waits(reversal, answer->why);
	if (reversal->next_state < PH_RECORD_APPROVED) {
		move(reversal, reversal->next_state, on_moved);
		return;
	}
	enum ph_record_state state = reversal->next_state;
	drop(reversal);
	daemon->payments->sending = false;
	ph_payment_advised(daemon, &row, state, answer);
	ph_payments_watch(daemon);
	arm(daemon);
}

static void on_host(void *userdata, const struct ph_host_answer *answer)
{
	struct ph_reversal *reversal = userdata;
	const char *code = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(answer->result, "response_code"));
	const char *text =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(answer->result, "host_text"));

	if (reversal->daemon->payments->closing)
		return;
	snprintf(
		reversal->code, sizeof reversal->code, "%s", code && strlen(code) == 2 ? code : "");
	snprintf(reversal->note, sizeof reversal->note, "%s",
		text	      ? text
		: answer->why ? answer->why
			      : "");
	ph_utf8_clean(reversal->note);
	if (is_advice(reversal)) {
		on_advice_answer(reversal, answer);
		return;
	}
	reversal->next_state = judge(reversal, answer);
	move(reversal, reversal->next_state, on_moved);
}

static cJSON *message(const struct ph_reversal *reversal)
{
	const struct ph_record_row *row = &reversal->row;
	cJSON *params = ph_payment_record_json(row);
	cJSON *original = cJSON_AddObjectToObject(params, "original");
	char stan[12];

	snprintf(stan, sizeof stan, "%06u", (unsigned)row->original_stan);
	cJSON_AddStringToObject(original, "stan", stan);
	cJSON_AddStringToObject(original, "transmission", row->original_transmission);
	if (row->original_approval[0])
		cJSON_AddStringToObject(original, "approval_code", row->original_approval);
	if (row->kind == PH_RECORD_REVERSAL)
		cJSON_AddStringToObject(params, "reason", row->reason);
	cJSON_AddBoolToObject(params, "repeat", row->repeat);
	return params;
}

/* On disk as sent: now it may leave. */
static void on_sending(struct ph_journal_request *request, int result)
{
	struct ph_reversal *reversal = request->userdata;

	if (result == 0) {
		reversal->row = reversal->move.row;
		result = ph_acquirer_ask(reversal->daemon->payments->acquirer,
			is_advice(reversal) ? "host.complete" : "host.reverse", message(reversal),
			on_host, reversal);
	} else {
		ph_log(LOG_ERR, reversal->row.device, "a %s waits, the journal fails: %s",
			kind_of(reversal), strerror(-result));
	}
	if (result < 0)
		put_off(reversal);
}

/* Customers go first. */
static bool host_in_use(const struct ph_payments *table)
{
	for (const struct ph_payment *p = table->payments; p; p = p->next)
		if (p->phase == PH_PHASE_ASKING)
			return true;
	return false;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_daemon *daemon = userdata;
	struct ph_payments *table = daemon->payments;
	uint64_t next, now = ph_clock_mono_us();

	if (table->sending)
		return 0;
	struct ph_reversal *reversal = first_due(table, now, &next);
	if (!reversal) {
		arm(daemon);
	} else if (host_in_use(table)) {
		reversal->next_us = now + 500000;
		arm(daemon);
	} else {
		table->sending = true;
		move(reversal, PH_RECORD_SENDING, on_sending);
	}
	return 0;
}

static void arm(struct ph_daemon *daemon)
{
	struct ph_payments *table = daemon->payments;
	uint64_t now = ph_clock_mono_us(), next;
	bool due = first_due(table, now, &next) != NULL;

	if (table->sending || (!due && !next) || table->closing)
		return;
	if (!table->reversal_timer)
		sd_event_add_time(daemon->event, &table->reversal_timer, CLOCK_MONOTONIC,
			due ? 0 : next, 10000, on_timer, daemon);
	else
		sd_event_source_set_time(table->reversal_timer, due ? 0 : next);
	if (table->reversal_timer)
		sd_event_source_set_enabled(table->reversal_timer, SD_EVENT_ONESHOT);
}

int ph_reversal_add(struct ph_daemon *daemon, const struct ph_record_row *row)
{
	struct ph_reversal *reversal, **tail = &daemon->payments->reversals;

	if (row->state >= PH_RECORD_APPROVED && row->state != PH_RECORD_REJECTED)
		return 0; /* the host has it */
	while (*tail && (*tail)->row.id != row->id)
		tail = &(*tail)->next;
	if (*tail)
		return 0; /* it is there already */
	reversal = calloc(1, sizeof *reversal);
	if (!reversal)
		return -ENOMEM;
	reversal->daemon = daemon;
	reversal->row = *row;
	reversal->refused = waits_for_somebody(row->state);
	/* one that was on its way when the service ended may have arrived */
	reversal->repeat =
		row->repeat || row->state == PH_RECORD_SENDING || row->state == PH_RECORD_UNSURE;
	*tail = reversal;
	ph_payments_watch(daemon);
	if (daemon->payments->acquirer)
		arm(daemon);
	return 0;
}

/* ---- somebody has looked ---- */

static struct ph_reversal *refused_of(struct ph_daemon *daemon, int64_t payment)
{
	struct ph_reversal *r = daemon->payments->reversals;

	while (r && (!r->refused || r->row.payment != payment))
		r = r->next;
	return r;
}

struct retrying {
	struct ph_journal_record_move move;
	struct ph_audit_entry audit;
	struct ph_call *call;
	struct ph_daemon *daemon;
	int64_t payment;
	char who[64], device[PH_NAME_MAX + 1];
	char *detail;
};

static void retrying_free(struct retrying *retrying)
{
	free(retrying->detail);
	free(retrying);
}

static void on_queued(struct ph_journal_request *request, int result)
{
	struct retrying *retrying = request->userdata;
	struct ph_reversal *reversal = refused_of(retrying->daemon, retrying->payment);

	if (result < 0) {
		ph_call_fail(retrying->call, ph_error_from_journal(result),
			"it cannot be stored: %s", strerror(-result));
	} else {
		if (reversal) {
			reversal->row = retrying->move.row;
			reversal->refused = reversal->told = false;
			reversal->failures = 0;
			reversal->next_us = 0;
			ph_payments_watch(retrying->daemon);
			arm(retrying->daemon);
		}
		ph_call_reply(retrying->call, NULL);
	}
	retrying_free(retrying);
}

void ph_reversal_retry(struct ph_call *call, int64_t payment, char *detail)
{
	const struct ph_reversal *reversal = refused_of(call->daemon, payment);
	struct retrying *retrying = reversal && detail ? calloc(1, sizeof *retrying) : NULL;

	if (!retrying) {
		free(detail);
		ph_call_fail(call, reversal ? PH_E_FAILURE : PH_E_ILLEGAL, "pay-%lld: %s",
			(long long)payment,
			reversal ? "out of memory" : "no reversal or completion of it is refused");
		return;
	}
	*retrying = (struct retrying){
		.call = call, .daemon = call->daemon, .payment = payment, .detail = detail};
	snprintf(retrying->who, sizeof retrying->who, "%s", call->client->label);
	snprintf(retrying->device, sizeof retrying->device, "%s", reversal->row.device);
	retrying->audit = (struct ph_audit_entry){.uid = call->client->uid,
		.who = retrying->who,
		.action = "payment.retry",
		.device = retrying->device,
		.detail = retrying->detail,
		.outcome = "queued"};
	retrying->move = (struct ph_journal_record_move){
		.request = {.done = on_queued, .userdata = retrying, .audit = &retrying->audit},
		.record = reversal->row.id,
		.state = PH_RECORD_QUEUED};
	int r = ph_journal_record_move_submit(call->daemon->journal, &retrying->move);
	if (r == 0)
		return;
	retrying_free(retrying);
	ph_call_fail(call, ph_error_from_journal(r), "it cannot be stored: %s", strerror(-r));
}

bool ph_reversal_is_refused(struct ph_daemon *daemon, int64_t payment)
{
	return refused_of(daemon, payment) != NULL;
}

void ph_reversal_give_up(struct ph_daemon *daemon, int64_t payment)
{
	struct ph_reversal *reversal = refused_of(daemon, payment);

	if (reversal)
		drop(reversal);
}

bool ph_reversal_next(struct ph_reversal_state *state)
{
	const struct ph_reversal *reversal = state->next;

	if (!reversal)
		return false;
	*state = (struct ph_reversal_state){.next = reversal->next,
		.payment = reversal->row.payment,
		.device = reversal->row.device,
		.response_code = reversal->row.response_code,
		.note = reversal->row.note,
		.kind = kind_of(reversal),
		.attempts = reversal->row.attempts,
		.told = reversal->told,
		.refused = reversal->refused};
	return true;
}

bool ph_reversals_pending(const struct ph_payments *table)
{
	const struct ph_reversal *r = table->reversals;

	while (r && r->refused)
		r = r->next;
	return r != NULL;
}

void ph_reversals_kick(struct ph_daemon *daemon)
{
	arm(daemon);
}

void ph_reversals_hurry(struct ph_daemon *daemon)
{
	uint64_t soon = ph_clock_mono_us() + randombytes_uniform(PH_REVERSAL_MIN_MS) * 1000ull;

	for (struct ph_reversal *r = daemon->payments->reversals; r; r = r->next)
		if (r->next_us > soon)
			r->next_us = soon;
	arm(daemon);
}

void ph_reversals_done(struct ph_daemon *daemon)
{
	daemon->payments->reversal_timer =
		sd_event_source_disable_unref(daemon->payments->reversal_timer);
	while (daemon->payments->reversals)
		drop(daemon->payments->reversals);
}
