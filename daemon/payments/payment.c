// The life of a payment as a table: what driver, host, journal and clients say, and what follows. The steps themselves are in the
// files beside it.
#include "base/card_number.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "daemon/core/config.h"
#include "daemon/core/log.h"
#include "daemon/objects/client.h"
#include "daemon/objects/device.h"
#include "daemon/payments/payment_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- table of payments ---- */

struct ph_payment *ph_payment_find(struct ph_daemon *daemon, int64_t id)
{
	struct ph_payment *payment = daemon->payments->payments;

	while (payment && payment->id != id)
		payment = payment->next;
	return payment;
}

struct ph_payment *ph_payment_on(
	struct ph_daemon *daemon, const char *device, const struct ph_payment *except)
{
	struct ph_payment *payment = daemon->payments->payments;

	while (payment && (payment == except || payment->class_ == PH_CLASS_COUNT_ ||
				  strcmp(payment->device_id, device) != 0))
		payment = payment->next;
	return payment;
}

static void add(struct ph_payment *payment)
{
	struct ph_payment **tail = &payment->daemon->payments->payments;

	while (*tail)
		tail = &(*tail)->next;
	*tail = payment;
	payment->daemon->payments->count++;
	ph_payments_watch(payment->daemon);
}

static void take_out(struct ph_payment *payment)
{
	struct ph_payment **p = &payment->daemon->payments->payments;

	while (*p && *p != payment)
		p = &(*p)->next;
	if (!*p)
		return;
	*p = payment->next;
	payment->daemon->payments->count--;
	ph_payments_watch(payment->daemon);
}

void ph_payment_free(struct ph_payment *payment)
{
	if (!payment)
		return;
	take_out(payment);
	sd_event_source_disable_unref(payment->timer);
	ph_journal_pay_begin_clear(&payment->begin);
	cJSON_Delete(payment->choices);
	cJSON_Delete(payment->need);
	cJSON_Delete(payment->card);
	cJSON_Delete(payment->receipts);
	cJSON_Delete(payment->end);
	cJSON_Delete(payment->result);
	free(payment->result_text);
	free(payment->detail);
	free(payment->issuer);
	free(payment->sealed);
	free(payment->icc);
	free(payment->reversal_icc);
	free(payment->body);
	free(payment);
}

void ph_payments_watch(struct ph_daemon *daemon)
{
	struct ph_payments *table = daemon->payments;
	bool pending = table->payments || ph_forward_pending(daemon);

	if (table->watching == pending || !table->acquirer)
		return;
	table->watching = pending;
	ph_acquirer_watch(table->acquirer, pending);
	ph_offline_watch(daemon, pending);
}

const char *ph_payments_terminal(const struct ph_daemon *daemon)
{
	const char *configured = daemon->config->payments.terminal_id;
	const char *tid = ph_acquirer_tid(daemon->payments->acquirer);

	return configured[0] ? configured : tid ? tid : "";
}

const char *ph_payment_terminal(struct ph_payment *payment)
{
	snprintf(payment->terminal, sizeof payment->terminal, "%s",
		ph_payments_terminal(payment->daemon));
	return payment->terminal;
}

bool ph_payments_terminal_differs(const struct ph_daemon *daemon, char *text, size_t size)
{
	const char *configured = daemon->config->payments.terminal_id;
	const char *tid = ph_acquirer_tid(daemon->payments->acquirer);

	if (!configured[0] || !tid || !strcmp(configured, tid))
		return false;
	snprintf(text, size,
		"terminal_id of poshal.conf is %s, tid of acquirer.conf is %.16s: take terminal_id "
		"out, or make them the same",
		configured, tid);
	return true;
}

/* ---- who waits ---- */

/* A bus call ends before a payment does: its caller gets the id now, and the end as a signal. */
static bool answer_bus(struct ph_payment *payment, struct ph_call *call, bool again)
{
	if (!call->client || strcmp(call->client->ops->door, "dbus") != 0)
		return false;
	payment->watcher = call->client;
	cJSON *result = cJSON_CreateObject();
	cJSON_AddStringToObject(result, "payment", payment->name);
	cJSON_AddStringToObject(result, "outcome", "started");
	if (again)
		cJSON_AddTrueToObject(result, "duplicate");
	ph_call_reply(call, result);
	return true;
}

/* Its terminal says what became of it, or what it says is being stored. */
static bool is_asked_after(const struct ph_payment *payment)
{
	return payment->phase == PH_PHASE_FINDING ||
	       (payment->phase == PH_PHASE_HOLDING && payment->holder == PH_PHASE_FINDING);
}

bool ph_payment_join(struct ph_payment *payment, struct ph_call *call)
{
	if (payment->id && answer_bus(payment, call, true)) {
		payment->answered = false;
		return false;
	}
	if (payment->call_count == PH_PAYMENT_CALLS) {
		ph_call_fail(call, PH_E_BUSY, "%d calls wait for this payment already",
			PH_PAYMENT_CALLS);
		return false;
	}
	payment->calls[payment->call_count++] = call;
	payment->answered = false;
	if (payment->phase == PH_PHASE_ADVISING || payment->phase == PH_PHASE_LOST ||
		is_asked_after(payment))
		ph_payment_wait(payment);
	if (payment->phase == PH_PHASE_ENDING && payment->timer)
		ph_payment_timer(payment, PH_PAYMENT_AGAIN_MS);
	return true;
}

/* ---- begin ---- */

static void fail_all(struct ph_payment *payment, const struct ph_failure *failure)
{
	for (unsigned i = 0; i < payment->call_count; i++)
		ph_call_fail_with(payment->calls[i], failure);
	payment->call_count = 0;
}

static void reply_stored(struct ph_payment *payment, const struct ph_payment_row *row)
{
	for (unsigned i = 0; i < payment->call_count; i++) {
		cJSON *result = row->result ? cJSON_Parse(row->result) : NULL;
		if (!result) {
			result = cJSON_CreateObject();
			cJSON_AddStringToObject(result, "payment", payment->name);
			cJSON_AddStringToObject(result, "outcome", ph_pay_state_name(row->state));
		}
		cJSON_AddTrueToObject(result, "duplicate");
		ph_offline_add_exposure(payment->daemon, result);
		ph_call_reply(payment->calls[i], result);
	}
	payment->call_count = 0;
}

/* The key is known: its payment answers, or is joined where it goes on. */
static void answer_known(struct ph_payment *payment)
{
	const struct ph_payment_row *row = payment->begin.stored;
	struct ph_payment *live =
		ph_pay_is_final(row->state) ? NULL : ph_payment_find(payment->daemon, row->id);

	ph_payment_id_format(row->id, payment->name);
	for (unsigned i = 0; live && i < payment->call_count; i++) {
		payment->calls[i]->userdata = live;
		ph_payment_join(live, payment->calls[i]); /* or it is answered */
	}
	if (live)
		payment->call_count = 0;
	reply_stored(payment, row);
	ph_payment_free(payment);
}

static void refuse(struct ph_payment *payment, int result)
{
	struct ph_failure failure = payment->failure;

	if (result == -EEXIST)
		ph_payment_taken(payment, payment->begin.stored, &failure);
	else if (result != -ENOENT || !failure.error)
		ph_failure_set_journal(&failure, result, payment->device_id,
			"the payment cannot be stored, nothing was begun");
	fail_all(payment, &failure);
	ph_payment_free(payment);
}

static void answer_bus_calls(struct ph_payment *payment)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < payment->call_count; i++)
		if (!answer_bus(payment, payment->calls[i], i > 0))
			payment->calls[kept++] = payment->calls[i];
	payment->call_count = kept;
}

static void start(struct ph_payment *payment)
{
	payment->phase = PH_PHASE_STARTING;
	if (payment->cancel_wanted)
		ph_payment_finish(payment, PH_PAY_CANCELLED, "cancelled", NULL);
	else if (!ph_payment_send_start(payment, false))
		ph_payment_finish(payment, PH_PAY_CANCELLED, "device_lost",
			"the device is not there; nothing was begun");
}

static void on_stored(struct ph_journal_request *request, int result)
{
	ph_payment_event(
		request->userdata, PH_EVENT_STORED, &(struct ph_pay_news){.number = result});
}

/* From here on a terminal may know of it, whatever becomes of us. */
static void mark(struct ph_payment *payment)
{
	payment->phase = PH_PHASE_MARKING;
	payment->intent = (struct ph_journal_intent){
		.request = {.done = on_stored, .userdata = payment}, .payment = payment->id};
	int r = ph_journal_intent_submit(payment->daemon->journal, &payment->intent);
	if (r < 0)
		ph_payment_finish(payment, PH_PAY_CANCELLED, "journal",
			"the payment cannot be stored; nothing was begun");
}

/* Its account is sealed to the acquirer's key of today, and its messages are those of one till. */
static void on_met(struct ph_payment *payment, const struct ph_pay_news *news)
{
	char text[200];

	if (ph_payments_terminal_differs(payment->daemon, text, sizeof text))
		ph_payment_finish(payment, PH_PAY_CANCELLED, "terminal_id", text);
	else
		start(payment);
}

static void on_acquirer(void *userdata, const struct ph_host_answer *answer)
{
	struct ph_payment *payment = userdata;

	if (!payment->daemon->payments->closing)
		ph_payment_event(payment, PH_EVENT_HOST, &(struct ph_pay_news){.answer = answer});
}

static void meet(struct ph_payment *payment)
{
	payment->phase = PH_PHASE_MEETING;
	if (ph_acquirer_meet(payment->daemon->payments->acquirer, on_acquirer, payment) < 0)
		start(payment);
}

static void on_begun(struct ph_payment *payment, const struct ph_pay_news *news)
{
	if (news->number < 0) {
		refuse(payment, news->number);
		return;
	}
	if (payment->begin.duplicate) {
		answer_known(payment);
		return;
	}
	payment->id = payment->begin.id;
	payment->counter = payment->begin.counter;
	ph_payment_id_format(payment->id, payment->name);
	payment->created_us = ph_clock_wall_us();
	answer_bus_calls(payment);
	ph_payment_publish(payment);
	if (payment->class_ == PH_CLASS_COUNT_ && !strcmp(payment->type, "complete"))
		ph_payment_advise(payment);
	else if (payment->class_ == PH_CLASS_COUNT_ && !strcmp(payment->method, "payment.voice"))
		ph_payment_voice(payment);
	else if (payment->class_ == PH_CLASS_COUNT_) /* the host alone: a void */
		ph_payment_finish(payment, PH_PAY_APPROVED, NULL, NULL);
	else if (payment->class_ == PH_CLASS_TERMINAL)
		mark(payment);
	else
		meet(payment);
}

static void on_marked(struct ph_payment *payment, const struct ph_pay_news *news)
{
	if (news->number == -EEXIST)
		ph_payment_finish(payment, PH_PAY_CANCELLED, "refunded",
			"more than is left of what was taken; nothing was begun");
	else if (news->number < 0)
		ph_payment_finish(payment, PH_PAY_CANCELLED, "journal",
			"the payment cannot be stored; nothing was begun");
	else
		start(payment);
}

int ph_payment_begin(struct ph_payment *payment)
{
	payment->phase = PH_PHASE_BEGINNING;
	payment->audit = (struct ph_audit_entry){.uid = payment->uid,
		.who = payment->who,
		.action = payment->method,
		.device = payment->device_id,
		.detail = payment->detail,
		.outcome = "requested"};
	payment->begin = (struct ph_journal_pay_begin){
		.request = {.done = on_stored, .userdata = payment, .audit = &payment->audit},
		.ask = {.uid = payment->uid,
			.method = payment->method,
			.key = payment->key,
			.body = payment->body,
			.device = payment->device_id,
			.type = payment->type,
			.amount = payment->amount,
			.cashback = payment->cashback,
			.currency = payment->currency,
			.operator_name = payment->operator_name,
			.reference = payment->reference,
			.reason = payment->why,
			.original = payment->original},
		.known_only = payment->failure.error != 0};
	int r = ph_journal_pay_begin_submit(payment->daemon->journal, &payment->begin);
	if (r < 0)
		ph_payment_free(payment);
	else
		add(payment);
	return r;
}

/* ---- with the driver ---- */

/* What a driver says, for people: without the path of the member that it does not like. */
static const char *without_path(const char *message)
{
	const char *end = strncmp(message, "$.", 2) ? NULL : strstr(message, ": ");

	return end ? end + 2 : message;
}

static void on_started(struct ph_payment *payment, const struct ph_pay_news *news)
{
	if (!news->failure)
		payment->phase = PH_PHASE_RUNNING;
	else
		ph_payment_finish(payment, PH_PAY_CANCELLED, "device_refused",
			without_path(news->failure->message));
}

static void stop_timer(struct ph_payment *payment)
{
	payment->timer = sd_event_source_disable_unref(payment->timer);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_payment *payment = userdata;

	stop_timer(payment);
	ph_payment_event(payment, PH_EVENT_TIME, &(struct ph_pay_news){0});
	return 0;
}

void ph_payment_timer(struct ph_payment *payment, unsigned ms)
{
	stop_timer(payment);
	sd_event_add_time_relative(payment->daemon->event, &payment->timer, CLOCK_MONOTONIC,
		ms * 1000ull, 10000, on_timer, payment);
}

static void hold(struct ph_payment *payment)
{
	const cJSON *data = cJSON_GetObjectItemCaseSensitive(payment->need, "data");
	PH_CLEANUP_FREE char *text =
		cJSON_IsString(data) ? strdup(data->valuestring) : cJSON_PrintUnformatted(data);
	int r = -E2BIG;

	payment->holder = payment->phase;
	payment->phase = PH_PHASE_HOLDING;
	if (text && strlen(text) < sizeof payment->before) {
		snprintf(payment->before, sizeof payment->before, "%s", text);
		payment->intent = (struct ph_journal_intent){
			.request = {.done = on_stored, .userdata = payment},
			.payment = payment->id,
			.before = payment->before};
		r = ph_journal_intent_submit(payment->daemon->journal, &payment->intent);
	}
	if (r < 0)
		ph_payment_event(payment, PH_EVENT_STORED, &(struct ph_pay_news){.number = r});
}

static void on_held(struct ph_payment *payment, const struct ph_pay_news *news)
{
	cJSON *params = cJSON_CreateObject();

	if (news->number < 0)
		ph_log(LOG_ERR, payment->device_id,
			"%s: what the device has to keep cannot be stored: %s", payment->name,
			strerror(-news->number));
	payment->phase = payment->holder;
	cJSON_AddBoolToObject(params, "ok", news->number >= 0);
	ph_payment_proceed(payment, params);
}

static void on_need(struct ph_payment *payment, const struct ph_pay_news *news)
{
	const char *need =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(news->json, "need"));
	const char *kind =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(news->json, "kind"));

	ph_payment_has_card(payment);
	cJSON_Delete(payment->need);
	payment->need = cJSON_Duplicate(news->json, true);
	ph_payment_take_card(payment, cJSON_GetObjectItemCaseSensitive(news->json, "card"));
	if (need && !strcmp(need, "choice"))
		ph_payment_ask_choice(payment);
	else if (need && !strcmp(need, "online"))
		ph_payment_on_need_online(payment);
	else if (need && !strcmp(need, "store") && kind && !strcmp(kind, "offline"))
		ph_payment_on_need_offline(payment);
	else if (need && !strcmp(need, "store"))
		hold(payment);
}

/* ---- ends and losses ---- */

static void lose(struct ph_payment *payment)
{
	if (payment->phase != PH_PHASE_FINDING) /* where the calls wait already */
		stop_timer(payment);
	if (payment->class_ == PH_CLASS_TERMINAL) {
		payment->phase = PH_PHASE_LOST;
		ph_payment_tell_progress(payment, "recovering", NULL);
		ph_payment_wait(payment);
		return;
	}
	payment->reverse = true; /* if anything stands at the host */
	ph_payment_finish(payment, PH_PAY_CANCELLED, "device_lost", "the card reader is gone");
}

static void on_end(struct ph_payment *payment, const struct ph_pay_news *news)
{
	stop_timer(payment);
	ph_payment_conclude(payment, news->json);
}

static void on_gone(struct ph_payment *payment, const struct ph_pay_news *news)
{
	lose(payment);
}

/* Something is with journal or host; what the driver said comes after it. */
static void note_end(struct ph_payment *payment, const struct ph_pay_news *news)
{
	if (!payment->end && !payment->gone)
		payment->end = cJSON_Duplicate(news->json, true);
}

static void note_gone(struct ph_payment *payment, const struct ph_pay_news *news)
{
	payment->gone = true;
}

/* Driver gone between its own start and our word of it. */
static void on_gone_marking(struct ph_payment *payment, const struct ph_pay_news *news)
{
}

static void note_cancel(struct ph_payment *payment, const struct ph_pay_news *news)
{
	payment->cancel_wanted = true;
}

static void on_cancel(struct ph_payment *payment, const struct ph_pay_news *news)
{
	ph_payment_send_cancel(payment);
}

static void on_lost_time(struct ph_payment *payment, const struct ph_pay_news *news)
{
	ph_payment_answer_uncertain(payment,
		"the terminal does not answer; look at it, and ask again with the same key");
}

static void on_ready(struct ph_payment *payment, const struct ph_pay_news *news)
{
	if (ph_payment_send_start(payment, true))
		payment->phase = PH_PHASE_FINDING;
}

/* Only a terminal that cannot be asked at all leaves it open. */
static void on_find_answer(struct ph_payment *payment, const struct ph_pay_news *news)
{
	if (!news->failure)
		return;
	if (news->failure->retryable) {
		payment->phase = PH_PHASE_LOST;
		return;
	}
	ph_payment_finish(payment, PH_PAY_UNCERTAIN, "not_recovered", news->failure->message);
}

typedef void (*step)(struct ph_payment *payment, const struct ph_pay_news *news);

/* What is missing is not for that phase, and ignored: a driver that talks out of turn changes nothing. */
static const step table[PH_PHASE_COUNT_][PH_EVENT_COUNT_] = {
	[PH_PHASE_BEGINNING] = {[PH_EVENT_STORED] = on_begun, [PH_EVENT_CANCEL] = note_cancel},
	[PH_PHASE_MEETING] = {[PH_EVENT_HOST] = on_met, [PH_EVENT_CANCEL] = note_cancel},
	[PH_PHASE_MARKING] = {[PH_EVENT_STORED] = on_marked,
		[PH_EVENT_CANCEL] = note_cancel,
		[PH_EVENT_GONE] = on_gone_marking},
	[PH_PHASE_STARTING] = {[PH_EVENT_STARTED] = on_started,
		[PH_EVENT_TIME] = ph_payment_on_card_late,
		[PH_EVENT_CANCEL] = on_cancel,
		[PH_EVENT_GONE] = on_gone},
	[PH_PHASE_RUNNING] = {[PH_EVENT_NEED] = on_need,
		[PH_EVENT_TIME] = ph_payment_on_card_late,
		[PH_EVENT_END] = on_end,
		[PH_EVENT_CANCEL] = on_cancel,
		[PH_EVENT_GONE] = on_gone},
	[PH_PHASE_CHOOSING] = {[PH_EVENT_CHOSEN] = ph_payment_on_chosen,
		[PH_EVENT_TIME] = ph_payment_on_choice_late,
		[PH_EVENT_END] = on_end,
		[PH_EVENT_CANCEL] = on_cancel,
		[PH_EVENT_GONE] = on_gone},
	[PH_PHASE_STORING] = {[PH_EVENT_STORED] = ph_payment_on_intent_stored,
		[PH_EVENT_END] = note_end,
		[PH_EVENT_GONE] = note_gone},
	[PH_PHASE_ASKING] = {[PH_EVENT_HOST] = ph_payment_on_host,
		[PH_EVENT_END] = note_end,
		[PH_EVENT_GONE] = note_gone},
	[PH_PHASE_KEEPING] = {[PH_EVENT_STORED] = ph_payment_on_kept,
		[PH_EVENT_END] = note_end,
		[PH_EVENT_GONE] = note_gone},
	[PH_PHASE_HOLDING] = {[PH_EVENT_STORED] = on_held,
		[PH_EVENT_END] = note_end,
		[PH_EVENT_TIME] = on_lost_time,
		[PH_EVENT_CANCEL] = ph_payment_on_cancel_held,
		[PH_EVENT_GONE] = note_gone},
	[PH_PHASE_WEIGHING] = {[PH_EVENT_STORED] = ph_payment_on_weighed,
		[PH_EVENT_END] = note_end,
		[PH_EVENT_GONE] = note_gone},
	[PH_PHASE_ACCEPTING] = {[PH_EVENT_STORED] = ph_payment_on_accepted,
		[PH_EVENT_END] = note_end,
		[PH_EVENT_GONE] = note_gone},
	[PH_PHASE_ACCEPTED] = {[PH_EVENT_END] = ph_payment_on_accepted_end,
		[PH_EVENT_GONE] = ph_payment_on_accepted_end},
	[PH_PHASE_REFUSING] = {[PH_EVENT_STORED] = ph_payment_on_refused},
	[PH_PHASE_ENDING] = {[PH_EVENT_STORED] = ph_payment_on_end_stored,
		[PH_EVENT_TIME] = ph_payment_on_end_again},
	[PH_PHASE_LOST] = {[PH_EVENT_READY] = on_ready, [PH_EVENT_TIME] = on_lost_time},
	[PH_PHASE_FINDING] = {[PH_EVENT_STARTED] = on_find_answer,
		[PH_EVENT_NEED] = on_need,
		[PH_EVENT_END] = on_end,
		[PH_EVENT_TIME] = on_lost_time,
		[PH_EVENT_GONE] = on_gone},
	[PH_PHASE_QUEUEING] = {[PH_EVENT_STORED] = ph_payment_on_advice_stored},
	[PH_PHASE_ADVISING] = {[PH_EVENT_TIME] = ph_payment_on_advice_late},
};

/* Whether the driver has the word: what it said while something else came first counts now. */
static void catch_up(struct ph_daemon *daemon, int64_t id)
{
	struct ph_payment *payment = ph_payment_find(daemon, id);

	if (!payment || (payment->phase != PH_PHASE_RUNNING && payment->phase != PH_PHASE_FINDING))
		return;
	if (payment->end) {
		cJSON *end = PH_STEAL(payment->end);
		ph_payment_conclude(payment, end);
		cJSON_Delete(end);
	} else if (payment->gone) {
		payment->gone = false;
		lose(payment);
	}
}

void ph_payment_event(
	struct ph_payment *payment, enum ph_pay_event event, const struct ph_pay_news *news)
{
	struct ph_daemon *daemon = payment->daemon;
	int64_t id = payment->id;
	step next = table[payment->phase][event];

	if (!next)
		return;
	next(payment, news); /* may free it */
	if (id)
		catch_up(daemon, id);
}

/* ---- one of before a restart ---- */

struct ph_payment *ph_payment_from_row(struct ph_daemon *daemon, const struct ph_payment_row *row)
{
	struct ph_payment *payment = calloc(1, sizeof *payment);

	if (!payment)
		return NULL;
	payment->daemon = daemon;
	payment->id = row->id;
	payment->uid = row->uid;
	payment->counter = row->counter;
	payment->amount = row->amount;
	payment->cashback = row->cashback;
	payment->original = row->original;
	payment->created_us = row->created_us;
	ph_payment_id_format(row->id, payment->name);
	snprintf(payment->who, sizeof payment->who, "uid %u, before a restart", (unsigned)row->uid);
	snprintf(payment->method, sizeof payment->method, "%s", row->method);
	snprintf(payment->key, sizeof payment->key, "%s", row->key);
	snprintf(payment->device_id, sizeof payment->device_id, "%s", row->device);
	snprintf(payment->type, sizeof payment->type, "%s", row->type);
	snprintf(payment->currency, sizeof payment->currency, "%s", row->currency);
	snprintf(payment->operator_name, sizeof payment->operator_name, "%s", row->operator_name);
	snprintf(payment->reference, sizeof payment->reference, "%s", row->reference);
	snprintf(payment->before, sizeof payment->before, "%s", row->before);
	payment->class_ = PH_CLASS_CARD_READER;
	payment->phase = PH_PHASE_LOST;
	/* without a terminal's D1 nothing had left; with one of either kind it may have */
	payment->has_record = payment->host_asked = row->state == PH_PAY_INTENT;
	add(payment);
	return payment;
}
