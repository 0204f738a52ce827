// Records of the queue as people see them: what each is, and of one that needs somebody why, and what to do.
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/currency.h"
#include "daemon/payments/forward_judge.h"
#include "daemon/payments/payment_private.h"
#include "daemon/payments/queue_query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_SIZE 512

/* ---- what to do ---- */

static void of_reversal(const struct ph_record_row *record, const char *name, char why[TEXT_SIZE],
	char action[TEXT_SIZE])
{
	snprintf(why, TEXT_SIZE,
		"the host does not undo it: the customer's money may be held%s%.256s",
		record->note[0] ? "; " : "", record->note);
	snprintf(action, TEXT_SIZE,
		"mend what is wrong and `poshalctl pay retry %s`, or have the acquirer undo it and "
		"`poshalctl pay resolve %s reversed`",
		name, name);
}

/* The host's own words, and of a partial approval the amounts. */
static void add_details(const struct ph_record_row *record, char why[TEXT_SIZE])
{
	char taken[PH_AMOUNT_SIZE], asked[PH_AMOUNT_SIZE];
	size_t len = strlen(why);

	if (record->state == PH_RECORD_PARTIAL) {
		ph_currency_format(record->amount_host, record->currency, true, taken);
		ph_currency_format(record->amount, record->currency, true, asked);
		snprintf(why + len, TEXT_SIZE - len, ": %s of %s", taken, asked);
	} else if (record->response_code[0]) {
		snprintf(why + len, TEXT_SIZE - len, " (%s)", record->response_code);
	} else if (record->note[0]) {
		snprintf(why + len, TEXT_SIZE - len, ": %s", record->note);
	}
}

void ph_queue_action(
	const struct ph_record_row *record, const char *name, char *action, size_t size)
{
	const struct ph_forward_word *word = ph_forward_word(record);

	if (record->state == PH_RECORD_HELD)
		snprintf(action, size, "%s", word ? word->advice : "`poshalctl queue release`");
	else
		snprintf(action, size, "%s; when that is settled `poshalctl queue seen %s`",
			word ? word->advice : "look at `poshalctl pay get`", name);
}

/* Why somebody has to look at a record, and what to do, in words for a shop. */
static void explain(const struct ph_record_row *record, const char *name, char why[TEXT_SIZE],
	char action[TEXT_SIZE])
{
	const struct ph_forward_word *word = ph_forward_word(record);

	if (record->kind == PH_RECORD_REVERSAL) {
		of_reversal(record, name, why, action);
		return;
	}
	snprintf(why, TEXT_SIZE, "%s", word ? word->message : "somebody has to look at it");
	add_details(record, why);
	ph_queue_action(record, name, action, TEXT_SIZE);
}

/* ---- the record ---- */

static void add_text(cJSON *object, const char *name, const char *text)
{
	if (text && text[0])
		cJSON_AddStringToObject(object, name, text);
}

/* Whose it is: what till and card have said when it was accepted. */
static void add_payment(cJSON *object, const struct ph_payment_row *payment)
{
	static const char *const members[] = {"masked_pan", "scheme"};
	cJSON *result = payment && payment->result ? cJSON_Parse(payment->result) : NULL;

	for (size_t i = 0; i < PH_ARRAY_SIZE(members); i++)
		add_text(object, members[i],
			cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(result, members[i])));
	cJSON_Delete(result);
	if (!payment)
		return;
	add_text(object, "reference", payment->reference);
	add_text(object, "operator", payment->operator_name);
}

static bool needs_somebody(const struct ph_record_row *record)
{
	return record->work == 1 ||
	       (record->kind == PH_RECORD_REVERSAL && record->state == PH_RECORD_REJECTED);
}

cJSON *ph_queue_record_json(
	const struct ph_record_row *record, const struct ph_payment_row *payment)
{
	cJSON *object = cJSON_CreateObject();
	char name[PH_PAYMENT_ID_SIZE], why[TEXT_SIZE], action[TEXT_SIZE];

	ph_payment_id_format(record->payment, name);
	cJSON_AddStringToObject(object, "payment", name);
	cJSON_AddNumberToObject(object, "record", (double)record->id);
	cJSON_AddStringToObject(object, "kind", ph_record_kind_name(record->kind));
	cJSON_AddStringToObject(object, "family", ph_family_name(ph_record_family(record->kind)));
	cJSON_AddStringToObject(object, "state", ph_record_state_name(record->state));
	cJSON_AddNumberToObject(object, "amount", (double)record->amount);
	cJSON_AddStringToObject(object, "currency", record->currency);
	if (record->state == PH_RECORD_PARTIAL && record->amount_host)
		cJSON_AddNumberToObject(object, "amount_host", (double)record->amount_host);
	add_payment(object, payment);
	ph_payment_add_time(
		object, "accepted", record->accepted_us ? record->accepted_us : record->created_us);
	cJSON_AddNumberToObject(object, "attempts", record->attempts);
	if (!ph_record_is_final(record->state))
		ph_payment_add_time(object, "next", record->next_us);
	if (record->state == PH_RECORD_HELD)
		ph_payment_add_time(object, "release", record->release_us);
	add_text(object, "hold_reason", record->hold_reason);
	add_text(object, "response_code", record->response_code);
	add_text(object, "approval_code", record->approval_code);
	add_text(object, "rrn", record->rrn);
	add_text(object, "note", record->note);
	if (!needs_somebody(record))
		return object;
	explain(record, name, why, action);
	cJSON *work = cJSON_AddObjectToObject(object, "work");
	const struct ph_forward_word *word = ph_forward_word(record);
	add_text(work, "word", word ? word->reason : NULL);
	cJSON_AddStringToObject(work, "reason", why);
	cJSON_AddStringToObject(work, "action", action);
	return object;
}
