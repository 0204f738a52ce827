// A payment's request to the host: on disk before it leaves (D1), its answer on disk before the card hears of it (D2, D3).
#include "base/base64.h"
#include "base/cleanup.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "daemon/core/log.h"
#include "daemon/objects/device.h"
#include "daemon/payments/forward_message.h"
#include "daemon/payments/payment_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ph_payment_proceed_without(struct ph_payment *payment)
{
	cJSON *params = cJSON_CreateObject();

	payment->phase = PH_PHASE_RUNNING;
	cJSON_AddFalseToObject(params, "ok");
	ph_payment_proceed(payment, params);
}

/* ---- D1 ---- */

int ph_payment_bytes(
	const cJSON *object, const char *name, size_t max, uint8_t **ret, size_t *ret_len)
{
	const char *text = ph_payment_text(object, name);
	size_t len = strlen(text);

	*ret_len = 0;
	if (!len)
		return 0;
	if (len / 4 * 3 > max + 2)
		return -EINVAL;
	PH_CLEANUP_FREE uint8_t *data = malloc(len / 4 * 3 + 3);
	if (!data)
		return -ENOMEM;
	ssize_t n = ph_base64_decode(text, len, data);
	if (n < 0 || (size_t)n > max)
		return -EINVAL;
	free(*ret);
	*ret = PH_STEAL(data);
	*ret_len = (size_t)n;
	return 0;
}

static void on_stored(struct ph_journal_request *request, int result)
{
	ph_payment_event(
		request->userdata, PH_EVENT_STORED, &(struct ph_pay_news){.number = result});
}

int ph_payment_sequence(const struct ph_payment *payment)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(payment->card, "sequence");

	return cJSON_IsNumber(item) && item->valueint >= 0 && item->valueint <= 99 ? item->valueint
										   : -1;
}

/* What the reader's driver has said of it. */
int ph_payment_pin(const struct ph_payment *payment)
{
	const struct ph_device *device = ph_device_by_id(payment->daemon, payment->device_id);
	const cJSON *pad =
		device ? cJSON_GetObjectItemCaseSensitive(device->capabilities, "pin_pad") : NULL;

	return cJSON_IsBool(pad) ? cJSON_IsTrue(pad) : -1;
}

static int store_intent(struct ph_payment *payment)
{
	const char *terminal = ph_payment_terminal(payment);

	if (!terminal[0]) /* its messages could not be numbered; there is nobody to send them, either */
		return -EHOSTUNREACH;
	if (payment->stand.unreadable)
		return -EINVAL;
	payment->intent =
		(struct ph_journal_intent){.request = {.done = on_stored, .userdata = payment},
			.payment = payment->id,
			.terminal = terminal,
			.entry = "chip",
			.sequence = ph_payment_sequence(payment),
			.pin = ph_payment_pin(payment),
			.sealed = payment->sealed,
			.sealed_len = payment->stand.sealed_len,
			.icc = payment->icc,
			.icc_len = payment->stand.icc_len};
	return ph_journal_intent_submit(payment->daemon->journal, &payment->intent);
}

void ph_payment_ask_host(struct ph_payment *payment)
{
	payment->phase = PH_PHASE_STORING;
	int r = store_intent(payment);
	if (r >= 0)
		return;
	ph_log(LOG_ERR, payment->device_id, "%s: the host is not asked: %s", payment->name,
		strerror(-r));
	snprintf(payment->reason, sizeof payment->reason, "%s",
		r == -EHOSTUNREACH ? "host_away" : "host_not_asked");
	ph_payment_cannot_stand(payment);
	ph_payment_proceed_without(payment);
}

static void on_host_done(void *userdata, const struct ph_host_answer *answer)
{
	struct ph_payment *payment = userdata;

	if (!payment->daemon->payments->closing)
		ph_payment_event(payment, PH_EVENT_HOST, &(struct ph_pay_news){.answer = answer});
}

static void ask_host(struct ph_payment *payment)
{
	bool refund = !strcmp(payment->type, "refund");
	cJSON *params = ph_payment_record_json(&payment->record);
	const char *once = ph_payment_text(payment->need, "once_b64");

	if (*once)
		cJSON_AddStringToObject(params, "once_b64", once);
	payment->phase = PH_PHASE_ASKING;
	payment->host_asked = true;
	ph_offline_host_try(payment->daemon);
	int r = ph_acquirer_ask(payment->daemon->payments->acquirer,
		refund ? "host.refund" : "host.authorize", params, on_host_done, payment);
	if (r >= 0)
		return;
	ph_payment_on_host(payment,
		&(struct ph_pay_news){.answer = &(struct ph_host_answer){
					      .decision = PH_HOST_NOT_SENT, .why = strerror(-r)}});
}

void ph_payment_on_intent_stored(struct ph_payment *payment, const struct ph_pay_news *news)
{
	if (news->number < 0) {
		ph_log(LOG_ERR, payment->device_id,
			"%s: the host is not asked, because the intent cannot be stored: %s",
			payment->name, strerror(-news->number));
		snprintf(payment->reason, sizeof payment->reason, "%s",
			news->number == -EEXIST ? "refunded" : "journal");
		ph_payment_cannot_stand(payment);
		ph_payment_proceed_without(payment);
		return;
	}
	payment->has_record = true;
	payment->record = payment->intent.record;
	if (payment->end || payment->gone)
		payment->phase = PH_PHASE_RUNNING; /* nothing has left, and nothing needs to */
	else
		ask_host(payment);
}

/* ---- D2, D3 ---- */

/* What a decision means for the record; `yes`: the host has approved; `undecided`: and has said nothing, for that reason. */
static const struct meaning {
	enum ph_record_state state;
	bool yes, reverse;
	const char *reason, *undecided;
} meanings[] = {
	[PH_HOST_APPROVED] = {PH_RECORD_APPROVED, true, false, NULL, NULL},
	[PH_HOST_PARTIAL] = {PH_RECORD_PARTIAL, true, false, NULL, NULL},
	[PH_HOST_DECLINED] = {PH_RECORD_DECLINED, false, false, "host_declined", NULL},
	[PH_HOST_REFERRED] = {PH_RECORD_REFERRED, false, false, "host_referred", NULL},
	[PH_HOST_SOFT] = {PH_RECORD_DECLINED, false, false, "host_not_now", "host_sick"},
	[PH_HOST_FORMAT] = {PH_RECORD_REJECTED, false, false, "host_rejected", NULL},
	[PH_HOST_DUPLICATE] = {PH_RECORD_ABANDONED, false, true, "host_duplicate", NULL},
	[PH_HOST_NOT_FOUND] = {PH_RECORD_REJECTED, false, false, "host_rejected", NULL},
	[PH_HOST_REFUSED] = {PH_RECORD_REJECTED, false, false, "acquirer_refused", NULL},
	[PH_HOST_NOT_SENT] = {PH_RECORD_ABANDONED, false, false, "host_away", "host_away"},
	[PH_HOST_NO_ANSWER] = {PH_RECORD_ABANDONED, false, true, "host_no_answer",
		"host_no_answer"},
};

static void copy_text(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text && !ph_payment_tells_account(text) ? text : "");
	ph_utf8_clean(out);
}

void ph_payment_take_answer(struct ph_payment *payment, const cJSON *result)
{
	const cJSON *amount = cJSON_GetObjectItemCaseSensitive(result, "amount_approved");
	const char *code = ph_payment_text(result, "response_code"),
		   *issuer = ph_payment_text(result, "issuer_b64");
	const char *approval = ph_payment_text(result, "approval_code");

	if (strlen(code) == 2)
		copy_text(payment->response_code, sizeof payment->response_code, code);
	if (*approval && strlen(approval) <= 6)
		copy_text(payment->approval_code, sizeof payment->approval_code, approval);
	copy_text(payment->host_text, sizeof payment->host_text,
		ph_payment_text(result, "host_text"));
	payment->host_amount = cJSON_IsNumber(amount) ? (int64_t)amount->valuedouble : -1;
	free(payment->issuer);
	payment->issuer = *issuer ? strdup(issuer) : NULL;
}

static int keep_result(struct ph_payment *payment, const struct meaning *meaning)
{
	payment->store =
		(struct ph_journal_pay_result){.request = {.done = on_stored, .userdata = payment},
			.payment = payment->id,
			.record = payment->record.id,
			.record_state = meaning->state,
			.response_code = payment->response_code,
			.approval_code = payment->approval_code,
			.not_now = meaning->undecided,
			.drop_sealed = !meaning->yes && meaning->state != PH_RECORD_REFERRED};
	return ph_journal_pay_result_submit(payment->daemon->journal, &payment->store);
}

static int keep_reversal(struct ph_payment *payment)
{
	payment->undo =
		(struct ph_journal_reverse){.request = {.done = on_stored, .userdata = payment},
			.payment = payment->id,
			.record = payment->record.id,
			.why = "timeout"};
	return ph_journal_reverse_submit(payment->daemon->journal, &payment->undo);
}

void ph_payment_on_host(struct ph_payment *payment, const struct ph_pay_news *news)
{
	const struct ph_host_answer *answer = news->answer;
	enum ph_host_decision decision = answer->decision;

	ph_payment_take_answer(payment, answer->result);
	if (decision == PH_HOST_PARTIAL &&
		(payment->host_amount <= 0 || payment->host_amount >= payment->amount)) {
		decision = PH_HOST_NO_ANSWER; /* what was approved is not known */
		payment->response_code[0] = '\0';
	}
	const struct meaning *meaning = &meanings[decision];
	if (decision == PH_HOST_NOT_SENT || decision == PH_HOST_NO_ANSWER)
		ph_log(LOG_WARNING, payment->device_id, "%s: no answer of the host: %s",
			payment->name, answer->why ? answer->why : "");
	if (decision == PH_HOST_REFUSED) {
		ph_log(LOG_ERR, payment->device_id, "%s: poshal-acquirer refuses it: %s",
			payment->name, answer->why ? answer->why : "");
		copy_text(payment->message, sizeof payment->message, answer->why);
	}
	payment->record_state = meaning->state;
	payment->host_yes = meaning->yes;
	payment->host_answered = !meaning->reverse;
	payment->host_spoke = decision < PH_HOST_REFUSED && !meaning->reverse;
	payment->reversing = meaning->reverse;
	payment->undecided = meaning->undecided;
	if (meaning->reason)
		snprintf(payment->reason, sizeof payment->reason, "%s", meaning->reason);
	payment->phase = PH_PHASE_KEEPING;
	ph_forward_kick(payment->daemon); /* what waited for this customer */
	int r = meaning->reverse ? keep_reversal(payment) : keep_result(payment, meaning);
	if (r < 0)
		ph_payment_on_kept(payment, &(struct ph_pay_news){.number = r});
}

/* The card hears what the host has said. */
static void proceed(struct ph_payment *payment)
{
	cJSON *params = cJSON_CreateObject();
	const char *code = payment->response_code;

	payment->phase = PH_PHASE_RUNNING;
	cJSON_AddTrueToObject(params, "ok");
	cJSON_AddBoolToObject(params, "approved", payment->host_yes);
	if (payment->record_state == PH_RECORD_REFERRED)
		cJSON_AddTrueToObject(params, "referred");
	cJSON_AddStringToObject(params, "arc", payment->host_yes ? "00" : code[0] ? code : "05");
	if (payment->issuer)
		cJSON_AddStringToObject(params, "issuer_b64", payment->issuer);
	ph_payment_proceed(payment, params);
}

void ph_payment_on_kept(struct ph_payment *payment, const struct ph_pay_news *news)
{
	if (news->number < 0) {
		ph_log(LOG_ERR, payment->device_id,
			"%s: the answer of the host cannot be stored: %s", payment->name,
			strerror(-news->number));
		/* an approval that is not on disk is none; it is reversed as soon as that can be stored */
		if (payment->host_yes) {
			snprintf(payment->reason, sizeof payment->reason, "journal");
			payment->response_code[0] = '\0';
		}
		payment->host_answered = payment->host_answered && !payment->host_yes;
		payment->host_yes = false;
		payment->reversing = false;
		ph_payment_cannot_stand(payment);
	} else if (payment->reversing) {
		payment->reversal = payment->undo.reversal;
	}
	if (news->number >= 0 && payment->undecided && ph_payment_may_stand(payment))
		ph_payment_without_host(payment, payment->undecided);
	else if (!payment->host_answered || !payment->host_spoke)
		ph_payment_proceed_without(payment);
	else
		proceed(payment);
}
