// What is told of a payment: its result, its description, its events. Account numbers only masked, whatever a driver says.
#include "base/card_number.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "daemon/objects/client.h"
#include "daemon/objects/event.h"
#include "daemon/payments/payment_private.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX      256 /* bytes of a member; a longer one is left out */
#define DIGITS_MAX    12  /* in a row; more could be an account number */
#define STEP_TEXT_MAX 256
#define SCHEMES_MAX   32

/* ---- what may be told ---- */

bool ph_payment_tells_account(const char *text)
{
	unsigned run = 0;

	for (const char *c = text; *c; c++) {
		run = isdigit((unsigned char)*c) ? run + 1 : 0;
		if (run > DIGITS_MAX)
			return true;
	}
	return ph_card_number_in(text);
}

static bool number_may_be_told(const cJSON *value)
{
	PH_CLEANUP_FREE char *text = cJSON_PrintUnformatted(value);

	return text && !ph_payment_tells_account(text);
}

/* The masked number itself shows ten digits at most. */
static bool masked_well(const char *text)
{
	unsigned digits = 0;

	for (; *text; text++)
		digits += isdigit((unsigned char)*text) != 0;
	return digits <= 10;
}

static bool may_be_told(const char *name, const cJSON *value, bool hex)
{
	const char *text = cJSON_GetStringValue(value);

	if (!text)
		return cJSON_IsBool(value) || (cJSON_IsNumber(value) && number_may_be_told(value));
	if (strlen(text) > TEXT_MAX || !ph_utf8_valid(text, strlen(text)))
		return false;
	if (!strcmp(name, "masked_pan"))
		return masked_well(text);
	return hex ? !ph_card_number_in(text) : !ph_payment_tells_account(text);
}

static void copy_members(
	cJSON *to, const cJSON *from, const char *const *names, size_t count, bool hex)
{
	for (size_t i = 0; i < count; i++) {
		const cJSON *value = cJSON_GetObjectItemCaseSensitive(from, names[i]);
		if (!value || !may_be_told(names[i], value, hex))
			continue;
		cJSON_DeleteItemFromObjectCaseSensitive(to, names[i]);
		cJSON_AddItemToObject(to, names[i], cJSON_Duplicate(value, true));
	}
}

/* The list of an end of day: what is in each kind of card. */
static void take_totals(cJSON *card, const cJSON *list)
{
	static const char *const members[] = {"scheme", "count", "total"};
	const cJSON *item;

	if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > SCHEMES_MAX)
		return;
	cJSON_DeleteItemFromObjectCaseSensitive(card, "totals");
	cJSON *totals = cJSON_AddArrayToObject(card, "totals");
	cJSON_ArrayForEach(item, list)
	{
		cJSON *copy = cJSON_CreateObject();
		copy_members(copy, item, members, PH_ARRAY_SIZE(members), false);
		cJSON_AddItemToArray(totals, copy);
	}
}

void ph_payment_take_card(struct ph_payment *payment, const cJSON *from)
{
	static const char *const members[] = {"masked_pan", "scheme", "application_label", "entry",
		"sequence", "reference", "approval_code", "signature", "count", "total"};
	static const char *const codes[] = {"aid"};
	static const char *const emv_members[] = {
		"cryptogram", "cryptogram_type", "tvr", "tsi", "cvm", "atc"};
	const cJSON *emv = cJSON_GetObjectItemCaseSensitive(from, "emv");

	if (!cJSON_IsObject(from))
		return;
	if (!payment->card)
		payment->card = cJSON_CreateObject();
	copy_members(payment->card, from, members, PH_ARRAY_SIZE(members), false);
	copy_members(payment->card, from, codes, PH_ARRAY_SIZE(codes), true);
	take_totals(payment->card, cJSON_GetObjectItemCaseSensitive(from, "totals"));
	if (!cJSON_IsObject(emv))
		return;
	cJSON_DeleteItemFromObjectCaseSensitive(payment->card, "emv");
	copy_members(cJSON_AddObjectToObject(payment->card, "emv"), emv, emv_members,
		PH_ARRAY_SIZE(emv_members), true);
}

/* ---- results ---- */

static void add_text(cJSON *object, const char *name, const char *text)
{
	if (text[0])
		cJSON_AddStringToObject(object, name, text);
}

/* It is over, and no money was taken, whoever had said yes before. */
static bool came_to_nothing(const struct ph_payment *payment)
{
	return payment->state == PH_PAY_DECLINED || payment->state == PH_PAY_REFERRED ||
	       payment->state == PH_PAY_CANCELLED;
}

/* What would let a receipt look approved. */
static bool of_approvals(const char *member)
{
	return !strcmp(member, "signature") || !strcmp(member, "approval_code");
}

static void add_card(cJSON *object, const struct ph_payment *payment)
{
	bool nothing = came_to_nothing(payment);
	const cJSON *item;

	cJSON_ArrayForEach(item, payment->card)
	{
		if (!cJSON_HasObjectItem(object, item->string) &&
			!(nothing && of_approvals(item->string)))
			cJSON_AddItemToObject(object, item->string, cJSON_Duplicate(item, true));
	}
}

cJSON *ph_payment_result(const struct ph_payment *payment)
{
	bool offline = payment->state == PH_PAY_APPROVED_OFFLINE;
	cJSON *result = cJSON_CreateObject();

	cJSON_AddStringToObject(result, "payment", payment->name);
	cJSON_AddStringToObject(result, "outcome", ph_pay_state_name(payment->state));
	cJSON_AddStringToObject(result, "type", payment->type);
	cJSON_AddStringToObject(
		result, "kind", payment->class_ == PH_CLASS_TERMINAL ? "terminal" : "online");
	cJSON_AddStringToObject(result, "mode", offline ? "offline" : "online");
	cJSON_AddStringToObject(result, "device", payment->device_id);
	cJSON_AddNumberToObject(result, "amount", (double)payment->amount);
	cJSON_AddNumberToObject(result, "amount_approved", (double)payment->amount_approved);
	cJSON_AddStringToObject(result, "currency", payment->currency);
	add_text(result, "reason", payment->reason);
	add_text(result, "message", payment->message);
	add_text(result, "host_text", payment->host_text);
	/* a yes of the host that does not stand is not told: it would look like an approval */
	bool undone = payment->host_yes && came_to_nothing(payment);
	bool yes = payment->host_yes && !undone;
	add_text(result, "response_code", undone ? "" : payment->response_code);
	bool told = payment->stand.accepted && payment->stand.kind == PH_RECORD_VOICE;
	add_text(result, "approval_code", yes || told ? payment->approval_code : "");
	/* what is accepted without the host goes there by a number of its own, which it gets with D4 */
	if (payment->has_record && payment->class_ != PH_CLASS_TERMINAL && !payment->stand.accepted)
		add_text(result, "rrn", payment->record.rrn);
	add_card(result, payment);
	ph_payment_add_stand(payment, result);
	cJSON_AddItemToObject(result, "receipts",
		payment->receipts || payment->class_ == PH_CLASS_TERMINAL
			? cJSON_Duplicate(payment->receipts, true) ?: cJSON_CreateObject()
			: ph_payment_receipts(payment, result));
	return result;
}

/* ---- descriptions ---- */

void ph_payment_add_time(cJSON *object, const char *name, uint64_t wall_us)
{
	char text[PH_TIME_SIZE];

	if (!wall_us)
		return;
	ph_time_format(wall_us, text);
	cJSON_AddStringToObject(object, name, text);
}

static void add_question(cJSON *object, const struct ph_payment *payment)
{
	if (payment->choices)
		cJSON_AddItemToObject(object, "choices", cJSON_Duplicate(payment->choices, true));
	if (payment->choices && payment->confirm)
		cJSON_AddTrueToObject(object, "confirm");
}

/* A payment undone, completed or given back is told with the one it is about. */
static void add_original(cJSON *object, int64_t original)
{
	char name[PH_PAYMENT_ID_SIZE];

	if (!original)
		return;
	ph_payment_id_format(original, name);
	cJSON_AddStringToObject(object, "original", name);
}

/* A completion that somebody has to look at. */
static void add_refused(cJSON *object, const struct ph_payment *payment)
{
	if (payment->phase != PH_PHASE_ADVISING || !payment->refused)
		return;
	cJSON *advice = cJSON_AddObjectToObject(object, "advice");
	cJSON_AddStringToObject(advice, "state", "refused");
	cJSON_AddNumberToObject(advice, "attempts", payment->record.attempts);
	add_text(advice, "message", payment->record.note);
}

cJSON *ph_payment_describe(const struct ph_payment *payment)
{
	cJSON *object = cJSON_CreateObject();

	cJSON_AddStringToObject(object, "payment", payment->name);
	cJSON_AddStringToObject(object, "key", payment->key);
	cJSON_AddStringToObject(object, "method", payment->method);
	cJSON_AddStringToObject(object, "state",
		payment->phase == PH_PHASE_ACCEPTED ? ph_pay_state_name(PH_PAY_APPROVED_OFFLINE)
		: payment->has_record || payment->phase >= PH_PHASE_ENDING ||
				payment->class_ == PH_CLASS_TERMINAL
			? "intent"
			: "started");
	cJSON_AddStringToObject(object, "type", payment->type);
	cJSON_AddStringToObject(object, "device", payment->device_id);
	cJSON_AddNumberToObject(object, "amount", (double)payment->amount);
	cJSON_AddStringToObject(object, "currency", payment->currency);
	add_text(object, "reference", payment->reference);
	add_text(object, "operator", payment->operator_name);
	add_original(object, payment->original);
	add_text(object, "step", payment->step);
	add_question(object, payment);
	add_refused(object, payment);
	add_card(object, payment);
	ph_payment_add_time(object, "created", payment->created_us);
	return object;
}

static void add_reversal(cJSON *object, const struct ph_payment_row *row)
{
	bool refused = row->reversal == PH_RECORD_REJECTED;

	if (row->reversal < 0)
		return;
	cJSON *reversal = cJSON_AddObjectToObject(object, "reversal");
	cJSON_AddStringToObject(reversal, "state",
		refused							  ? "refused"
		: ph_record_is_final((enum ph_record_state)row->reversal) ? "done"
									  : "waiting");
	cJSON_AddNumberToObject(reversal, "attempts", row->reversal_attempts);
	add_text(reversal, "response_code", row->reversal_code);
	add_text(reversal, "message", refused ? row->reversal_note : "");
}

cJSON *ph_payment_describe_row(const struct ph_payment_row *row)
{
	cJSON *object = row->result ? cJSON_Parse(row->result) : NULL;
	char name[PH_PAYMENT_ID_SIZE];

	if (!object)
		object = cJSON_CreateObject();
	ph_payment_id_format(row->id, name);
	cJSON_DeleteItemFromObjectCaseSensitive(object, "payment");
	cJSON_DeleteItemFromObjectCaseSensitive(object, "amount_approved");
	cJSON_AddStringToObject(object, "payment", name);
	cJSON_AddStringToObject(object, "key", row->key);
	cJSON_AddStringToObject(object, "method", row->method);
	cJSON_AddStringToObject(object, "state", ph_pay_state_name(row->state));
	if (!cJSON_HasObjectItem(object, "type")) {
		cJSON_AddStringToObject(object, "type", row->type);
		cJSON_AddStringToObject(object, "device", row->device);
		cJSON_AddNumberToObject(object, "amount", (double)row->amount);
		cJSON_AddStringToObject(object, "currency", row->currency);
	}
	cJSON_AddNumberToObject(object, "amount_approved", (double)row->amount_approved);
	if (!cJSON_HasObjectItem(object, "reason"))
		add_text(object, "reason", row->reason);
	add_text(object, "operator", row->operator_name);
	cJSON_DeleteItemFromObjectCaseSensitive(object, "reference");
	add_text(object, "reference", row->reference);
	add_original(object, row->original);
	if (row->completion) {
		ph_payment_id_format(row->completion, name);
		cJSON_AddStringToObject(object, "completion", name);
	}
	if (row->refunded)
		cJSON_AddNumberToObject(object, "refunded", (double)row->refunded);
	cJSON_AddBoolToObject(object, "voided", row->voided);
	add_reversal(object, row);
	if (row->resolution)
		cJSON_AddItemToObject(object, "resolution", cJSON_Parse(row->resolution));
	ph_payment_add_time(object, "created", row->created_us);
	ph_payment_add_time(object, "changed", row->changed_us);
	return object;
}

/* ---- events ---- */

void ph_payment_publish(const struct ph_payment *payment)
{
	bool over = payment->result && payment->phase == PH_PHASE_ENDING;
	cJSON *data = cJSON_CreateObject();

	cJSON_AddStringToObject(data, "payment", payment->name);
	cJSON_AddStringToObject(
		data, "state", over ? ph_pay_state_name(payment->state) : "started");
	cJSON_AddStringToObject(data, "type", payment->type);
	cJSON_AddNumberToObject(data, "amount", (double)payment->amount);
	if (over)
		cJSON_AddNumberToObject(data, "amount_approved", (double)payment->amount_approved);
	cJSON_AddStringToObject(data, "currency", payment->currency);
	add_text(data, "reason", over ? payment->reason : "");
	const cJSON *pan = cJSON_GetObjectItemCaseSensitive(payment->card, "masked_pan");
	if (pan)
		cJSON_AddItemToObject(data, "masked_pan", cJSON_Duplicate(pan, true));
	ph_events_publish_json(payment->daemon, "payment.state", payment->device_id, data);
}

void ph_payment_tell_progress(struct ph_payment *payment, const char *step, const char *text)
{
	char clean[STEP_TEXT_MAX];
	cJSON *data = cJSON_CreateObject();

	snprintf(payment->step, sizeof payment->step, "%s", step);
	snprintf(clean, sizeof clean, "%s", text ? text : "");
	ph_utf8_clean(clean);
	cJSON_AddStringToObject(data, "payment", payment->name);
	cJSON_AddStringToObject(data, "step", step);
	if (!ph_payment_tells_account(clean))
		add_text(data, "text", clean);
	add_question(data, payment);
	for (unsigned i = 0; i < payment->call_count; i++)
		ph_call_progress(payment->calls[i], data);
	PH_CLEANUP_FREE char *line = cJSON_PrintUnformatted(data);
	if (payment->watcher && line)
		ph_events_unicast(payment->watcher, "payment.progress", payment->device_id, line,
			strlen(line));
	ph_events_publish_json(payment->daemon, "payment.progress", payment->device_id, data);
}
