// The end of a payment: what follows from the words of driver and host, on disk (D2, D3, D4), and only then told.
#include "base/cleanup.h"
#include "base/utf8.h"
#include "daemon/core/log.h"
#include "daemon/doors/call.h"
#include "daemon/objects/client.h"
#include "daemon/payments/forward_private.h"
#include "daemon/payments/offline.h"
#include "daemon/payments/payment_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AGAIN_MAX_MS 60000

/* ---- telling ---- */

/* What stands now is told with the answer, and not kept with it. */
static void tell_watcher(const struct ph_payment *payment)
{
	cJSON *result = payment->watcher ? cJSON_Duplicate(payment->result, true) : NULL;

	if (!result)
		return;
	ph_offline_add_exposure(payment->daemon, result);
	PH_CLEANUP_FREE char *text = cJSON_PrintUnformatted(result);
	cJSON_Delete(result);
	if (text)
		ph_events_unicast(
			payment->watcher, "payment.end", payment->device_id, text, strlen(text));
}

static void answer_all(struct ph_payment *payment)
{
	for (unsigned i = 0; i < payment->call_count; i++) {
		cJSON *result = cJSON_Duplicate(payment->result, true);
		ph_offline_add_exposure(payment->daemon, result);
		if (i)
			cJSON_AddTrueToObject(result, "duplicate");
		ph_call_reply(payment->calls[i], result);
	}
	payment->call_count = 0;
	tell_watcher(payment);
	payment->watcher = NULL;
	payment->answered = true;
}

void ph_payment_answer_uncertain(struct ph_payment *payment, const char *why)
{
	struct ph_failure failure;
	PH_CLEANUP_FREE char *text = NULL;

	ph_failure_set(&failure, PH_E_UNCERTAIN, payment->device_id, "%s: %s", payment->name, why);
	ph_failure_hint(
		&failure, "ask again with the same key; another key would be another payment");
	for (unsigned i = 0; i < payment->call_count; i++)
		ph_call_fail_with(payment->calls[i], &failure);
	payment->call_count = 0;
	payment->answered = true;
	if (!payment->watcher)
		return;
	cJSON *object = cJSON_CreateObject();
	cJSON_AddStringToObject(object, "payment", payment->name);
	cJSON_AddStringToObject(object, "outcome", "uncertain");
	cJSON_AddStringToObject(object, "message", why);
	text = cJSON_PrintUnformatted(object);
	cJSON_Delete(object);
	if (text)
		ph_events_unicast(
			payment->watcher, "payment.end", payment->device_id, text, strlen(text));
}

/* ---- the journal ---- */

static void on_stored(struct ph_journal_request *request, int result)
{
	ph_payment_event(
		request->userdata, PH_EVENT_STORED, &(struct ph_pay_news){.number = result});
}

static int on_again(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_payment *payment = userdata;

	payment->timer = sd_event_source_disable_unref(payment->timer);
	ph_payment_event(payment, PH_EVENT_TIME, &(struct ph_pay_news){0});
	return 0;
}

static void try_again_later(struct ph_payment *payment)
{
	uint64_t ms = (uint64_t)PH_PAYMENT_AGAIN_MS << (payment->tries < 6 ? payment->tries : 6);

	payment->tries++;
	sd_event_source_disable_unref(payment->timer);
	payment->timer = NULL;
	sd_event_add_time_relative(payment->daemon->event, &payment->timer, CLOCK_MONOTONIC,
		(ms < AGAIN_MAX_MS ? ms : (uint64_t)AGAIN_MAX_MS) * 1000, 10000, on_again, payment);
}

/* Something may stand at the host, and nothing on disk undoes it yet. */
static bool stands(const struct ph_payment *payment)
{
	return payment->has_record && payment->host_asked && !payment->reversing &&
	       (payment->host_yes || !payment->host_answered);
}

static bool approves(enum ph_pay_state state)
{
	return state == PH_PAY_APPROVED || state == PH_PAY_PARTIAL ||
	       state == PH_PAY_APPROVED_OFFLINE;
}

static const char *reason_of(const struct ph_payment *payment)
{
	return payment->reason[0] ? payment->reason : NULL;
}

static int store_reversal(struct ph_payment *payment)
{
	payment->undo = (struct ph_journal_reverse){
		.request = {.done = on_stored, .userdata = payment, .audit = &payment->audit},
		.payment = payment->id,
		.record = payment->record.id,
		.why = payment->host_yes ? "malfunction" : "timeout",
		.final = true,
		.state = payment->state,
		.reason = reason_of(payment),
		.result = payment->result_text,
		.icc = payment->reversal_icc,
		.icc_len = payment->reversal_icc_len};
	return ph_journal_reverse_submit(payment->daemon->journal, &payment->undo);
}

/* The issuer wants to be called: what was sealed of the card is kept for payment.voice, for a day. */
static bool may_be_called(const struct ph_payment *payment)
{
	return payment->host_answered && payment->record_state == PH_RECORD_REFERRED;
}

static int store_result(struct ph_payment *payment)
{
	bool unsent = payment->has_record && !payment->host_asked;
	bool known = payment->has_record && payment->host_answered;

	payment->store = (struct ph_journal_pay_result){
		.request = {.done = on_stored, .userdata = payment, .audit = &payment->audit},
		.payment = payment->id,
		.record = unsent || known ? payment->record.id : 0,
		.record_state = unsent ? PH_RECORD_ABANDONED : payment->record_state,
		.response_code = payment->response_code,
		.approval_code = payment->approval_code,
		.not_now = payment->undecided,
		.final = true,
		.state = payment->state,
		.amount_approved = payment->amount_approved,
		.reason = reason_of(payment),
		.result = payment->result_text,
		.drop_sealed = !approves(payment->state) && !may_be_called(payment)};
	/* what the card said last is what a completion tells of it */
	if (approves(payment->state) && !strcmp(payment->type, "preauth")) {
		payment->store.icc = payment->reversal_icc;
		payment->store.icc_len = payment->reversal_icc_len;
	}
	if (!strcmp(payment->type, "void") && payment->state == PH_PAY_APPROVED)
		payment->store.voids = payment->original;
	return ph_journal_pay_result_submit(payment->daemon->journal, &payment->store);
}

/* A void at the host: the original's reversal, and this payment, in one. */
static int store_void(struct ph_payment *payment)
{
	payment->undo = (struct ph_journal_reverse){
		.request = {.done = on_stored, .userdata = payment, .audit = &payment->audit},
		.payment = payment->original,
		.voiding = payment->id,
		.why = "cancelled",
		.final = true,
		.state = payment->state,
		.amount_approved = payment->amount_approved,
		.result = payment->result_text};
	return ph_journal_reverse_submit(payment->daemon->journal, &payment->undo);
}

/* The same of one that was accepted without the host: before it is sent nothing leaves, afterwards it is reversed. */
static int store_unstored(struct ph_payment *payment)
{
	payment->unstore = (struct ph_journal_void_stored){
		.request = {.done = on_stored, .userdata = payment, .audit = &payment->audit},
		.payment = payment->original,
		.voiding = payment->id,
		.result = payment->result_text};
	return ph_journal_void_stored_submit(payment->daemon->journal, &payment->unstore);
}

/* At the host; a terminal's is the terminal's. */
static bool is_void(const struct ph_payment *payment)
{
	return payment->class_ == PH_CLASS_COUNT_ && !strcmp(payment->type, "void");
}

static int store_end(struct ph_payment *payment)
{
	if (is_void(payment) && payment->state == PH_PAY_APPROVED)
		return payment->original_offline ? store_unstored(payment) : store_void(payment);
	return stands(payment) && !approves(payment->state) ? store_reversal(payment)
							    : store_result(payment);
}

static void store(struct ph_payment *payment)
{
	payment->audit = (struct ph_audit_entry){.uid = payment->uid,
		.who = payment->who,
		.action = payment->method,
		.device = payment->device_id,
		.detail = payment->detail,
		.outcome = ph_pay_state_name(payment->state)};
	int r = store_end(payment);
	if (r < 0)
		ph_payment_on_end_stored(payment, &(struct ph_pay_news){.number = r});
}

void ph_payment_on_end_again(struct ph_payment *payment, const struct ph_pay_news *news)
{
	store(payment);
}

void ph_payment_finished(struct ph_payment *payment)
{
	struct ph_daemon *daemon = payment->daemon;

	payment->phase = PH_PHASE_ENDING;
	if (payment->undo.reversal.id) /* of D3, whenever it was */
		payment->reversal = payment->undo.reversal;
	answer_all(payment);
	ph_payment_publish(payment);
	bool unstored = payment->unstore.row.id && payment->state == PH_PAY_APPROVED;
	if (unstored) {
		ph_offline_expose(daemon, &payment->unstore.exposure);
		ph_forward_publish(daemon, &payment->unstore.row);
	}
	if (payment->reversal.id || payment->stand.accepted || unstored)
		ph_forward_kick(daemon);
	if (payment->state == PH_PAY_UNCERTAIN && !payment->resolved)
		ph_doubt_add(daemon, payment->id, payment->device_id, payment->type);
	ph_payment_free(payment);
	ph_daemon_stop_when_idle(daemon);
}

/* Why the journal does not make something void. */
static const struct {
	int error;
	const char *reason, *message;
} not_void[] = {
	{-ENOENT, "nothing_to_undo", NULL},
	{-EEXIST, "completed_or_refunded", NULL},
	{-EBUSY, "with_host",
		"it is being sent to the host just now; void it again in a moment, with a new "
		"key"},
	{-EXDEV, "exported", "it was given to another machine and goes on there: void it there"},
};

/* What the journal says again however often it is asked; all else may pass. */
static bool is_definite(int error)
{
	return error == -EEXIST || error == -ENOENT || error == -EPERM || error == -EINVAL;
}

/* Its end cannot be what it should be: the account data of what stands at the host is gone, or its day is closed. */
static void leave_to_somebody(struct ph_payment *payment)
{
	payment->has_record = false;
	payment->end_refused = true;
	ph_payment_finish(payment, PH_PAY_UNCERTAIN, "not_stored",
		"what the host has booked of it cannot be undone from here: ask the acquirer");
}

void ph_payment_on_end_stored(struct ph_payment *payment, const struct ph_pay_news *news)
{
	int r = news->number;

	if (r == 0) {
		ph_payment_finished(payment);
		return;
	}
	for (size_t i = 0; is_void(payment) && i < PH_ARRAY_SIZE(not_void); i++) {
		if (not_void[i].error != r)
			continue;
		payment->class_ = PH_CLASS_CARD_READER;
		ph_payment_finish(
			payment, PH_PAY_CANCELLED, not_void[i].reason, not_void[i].message);
		return;
	}
	if (r == -ENOENT && stands(payment)) {
		/* D1 without a message is that of a terminal, which is not there any more to be asked */
		payment->has_record = false;
		ph_payment_finish(payment, PH_PAY_UNCERTAIN, "device_removed",
			"the terminal cannot be asked any more; look at it");
		return;
	}
	ph_log(LOG_ERR, payment->device_id, "%s: the end of the payment cannot be stored: %s",
		payment->name, strerror(-r));
	if (is_definite(r) && !payment->end_refused) {
		leave_to_somebody(payment);
		return;
	}
	if (!payment->answered)
		ph_payment_answer_uncertain(payment,
			"what became of the payment cannot be stored; ask again with the same key");
	if (r == -EALREADY || (is_definite(r) && payment->end_refused)) {
		struct ph_daemon *daemon = payment->daemon;
		ph_payment_free(payment);
		ph_daemon_stop_when_idle(daemon);
		return;
	}
	try_again_later(payment);
}

/* ---- deciding ---- */

static void set_texts(struct ph_payment *payment, const char *reason, const char *message)
{
	if (reason && !ph_payment_tells_account(reason))
		snprintf(payment->reason, sizeof payment->reason, "%s", reason);
	if (message && !ph_payment_tells_account(message))
		snprintf(payment->message, sizeof payment->message, "%s", message);
	ph_utf8_clean(payment->reason);
	ph_utf8_clean(payment->message);
}

/* A card reader approves nothing by itself, and not more than the host. */
static void settle_amount(struct ph_payment *payment)
{
	bool reader = payment->class_ == PH_CLASS_CARD_READER;

	bool part = payment->record_state == PH_RECORD_PARTIAL;

	if (payment->class_ == PH_CLASS_COUNT_)
		payment->amount_approved = part ? payment->host_amount : payment->amount;
	if (reader && approves(payment->state) && !(payment->host_yes && payment->host_answered)) {
		ph_log(LOG_ERR, payment->device_id, "%s: approved by the reader, not by the host",
			payment->name);
		payment->state = PH_PAY_DECLINED;
		set_texts(payment, "not_authorised", NULL);
	}
	if (!approves(payment->state)) {
		payment->amount_approved = 0;
		return;
	}
	payment->reason[0] = '\0';
	if (!reader)
		return;
	payment->state = part ? PH_PAY_PARTIAL : PH_PAY_APPROVED;
	payment->amount_approved = part ? payment->host_amount : payment->amount;
}

/* Somebody at the till has to be told why. */
static void explain(struct ph_payment *payment)
{
	static const char undone[] = "; what the host has approved is being undone";
	size_t used;

	if (approves(payment->state) || payment->class_ == PH_CLASS_TERMINAL)
		return;
	if (!payment->message[0])
		set_texts(payment, NULL,
			ph_payment_sentence(payment->reason, payment->response_code));
	used = strlen(payment->message);
	if (payment->host_yes && stands(payment) && used &&
		used + sizeof undone <= sizeof payment->message)
		memcpy(payment->message + used, undone, sizeof undone);
}

void ph_payment_finish(struct ph_payment *payment, enum ph_pay_state state, const char *reason,
	const char *message)
{
	payment->timer = sd_event_source_disable_unref(payment->timer);
	cJSON_Delete(PH_STEAL(payment->choices));
	payment->phase = PH_PHASE_ENDING;
	payment->state = state;
	set_texts(payment, reason, message);
	settle_amount(payment);
	explain(payment);
	ph_payment_write_result(payment);
	store(payment);
}

void ph_payment_write_result(struct ph_payment *payment)
{
	cJSON_Delete(payment->result);
	free(payment->result_text);
	payment->result = ph_payment_result(payment);
	payment->result_text = cJSON_PrintUnformatted(payment->result);
	if (payment->result_text && strlen(payment->result_text) > PH_PAYMENT_RESULT_MAX) {
		cJSON_DeleteItemFromObjectCaseSensitive(payment->result, "receipts");
		free(payment->result_text);
		payment->result_text = cJSON_PrintUnformatted(payment->result);
	}
}

char *ph_payment_result_by_hand(const struct ph_payment *payment)
{
	cJSON *result = ph_payment_result(payment);

	cJSON_ReplaceItemInObjectCaseSensitive(
		result, "outcome", cJSON_CreateString(ph_pay_state_name(PH_PAY_UNCERTAIN)));
	cJSON_AddStringToObject(result, "reason", "not_recovered");
	char *text = cJSON_PrintUnformatted(result);
	cJSON_Delete(result);
	return text;
}

void ph_payment_end_by_hand(struct ph_payment *payment, cJSON *result)
{
	struct ph_daemon *daemon = payment->daemon;

	payment->phase = PH_PHASE_ENDING;
	payment->state = PH_PAY_UNCERTAIN;
	snprintf(payment->reason, sizeof payment->reason, "not_recovered");
	payment->result = result;
	payment->result_text = cJSON_PrintUnformatted(result);
	answer_all(payment);
	ph_payment_publish(payment);
	ph_payment_free(payment);
	ph_daemon_stop_when_idle(daemon);
}

static enum ph_pay_state state_of(const char *outcome)
{
	for (int i = PH_PAY_APPROVED; outcome && i < PH_PAY_STATE_COUNT_; i++)
		if (!strcmp(ph_pay_state_name((enum ph_pay_state)i), outcome))
			return (enum ph_pay_state)i;
	return PH_PAY_UNCERTAIN;
}

void ph_payment_conclude(struct ph_payment *payment, const cJSON *end)
{
	const cJSON *amount = cJSON_GetObjectItemCaseSensitive(end, "amount_approved");
	const char *reason = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(end, "reason"));
	const char *message =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(end, "message"));
	enum ph_pay_state state =
		state_of(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(end, "outcome")));

	const cJSON *data = cJSON_GetObjectItemCaseSensitive(end, "data");
	ph_payment_take_card(payment, data);
	if (ph_payment_bytes(data, "icc_b64", PH_RECORD_ICC_MAX, &payment->reversal_icc,
		    &payment->reversal_icc_len) < 0)
		payment->reversal_icc_len = 0; /* the request's will do */
	payment->reverse = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(end, "reverse"));
	payment->amount_approved =
		cJSON_IsNumber(amount) && amount->valuedouble >= 0 &&
				amount->valuedouble <= (double)PH_PAYMENT_AMOUNT_MAX
			? (int64_t)amount->valuedouble
			: 0;
	/* why the host did not approve says more than that the card did not, either */
	if (payment->reason[0] && !payment->host_yes && state == PH_PAY_DECLINED)
		reason = message = NULL;
	if (payment->unchosen && state == PH_PAY_CANCELLED)
		reason = "not_chosen";
	if (payment->cardless && state == PH_PAY_CANCELLED)
		reason = "no_card";
	if (payment->message[0])
		message = NULL;
	if (state == PH_PAY_DECLINED && ph_payment_stands_in(payment, end))
		return;
	if (payment->class_ == PH_CLASS_CARD_READER && state == PH_PAY_UNCERTAIN)
		state = PH_PAY_CANCELLED; /* what stands at the host is reversed, and nothing else can */
	ph_payment_finish(payment, state, reason, message);
}
