// What the acquirer is asked for a record: its members as docs/acquirer-protocol.md has them. When it is asked is left to others.
#include "daemon/payments/forward_message.h"

#include "base/base64.h"
#include "base/cleanup.h"
#include "base/currency.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_base64(cJSON *object, const char *name, const uint8_t *data, size_t len)
{
	PH_CLEANUP_FREE char *text = malloc(PH_BASE64_SIZE(len));

	if (!text || !len)
		return;
	ph_base64_encode(data, len, text);
	cJSON_AddStringToObject(object, name, text);
}

static void add_currency(cJSON *object, const char *code)
{
	unsigned number = 0, exponent = 2;

	ph_currency_find(code, &number, &exponent);
	cJSON *currency = cJSON_AddObjectToObject(object, "currency");
	cJSON_AddStringToObject(currency, "code", code);
	cJSON_AddNumberToObject(currency, "number", number);
	cJSON_AddNumberToObject(currency, "exponent", exponent);
}

cJSON *ph_payment_record_json(const struct ph_record_row *record)
{
	char payment[PH_PAYMENT_ID_SIZE], stan[12];
	cJSON *object = cJSON_CreateObject();

	ph_payment_id_format(record->payment, payment);
	snprintf(stan, sizeof stan, "%06u", (unsigned)record->stan);
	cJSON_AddStringToObject(object, "payment", payment);
	cJSON_AddStringToObject(object, "tid", record->terminal);
	cJSON_AddStringToObject(object, "type", record->type);
	cJSON_AddNumberToObject(object, "amount", (double)record->amount);
	if (record->cashback)
		cJSON_AddNumberToObject(object, "cashback", (double)record->cashback);
	add_currency(object, record->currency);
	cJSON_AddStringToObject(object, "stan", stan);
	cJSON_AddStringToObject(object, "rrn", record->rrn);
	cJSON_AddStringToObject(object, "transmission", record->transmission);
	cJSON_AddStringToObject(object, "local_time", record->local_time);
	cJSON_AddStringToObject(object, "local_date", record->local_date);
	cJSON_AddStringToObject(object, "entry", record->entry);
	if (record->pin >= 0)
		cJSON_AddBoolToObject(object, "pin_capable", record->pin);
	if (record->sequence >= 0)
		cJSON_AddNumberToObject(object, "sequence", record->sequence);
	add_base64(object, "sealed_b64", record->sealed, record->sealed_len);
	if (record->sealed_payment) {
		cJSON *sealed_for = cJSON_AddObjectToObject(object, "sealed_for");
		ph_payment_id_format(record->sealed_payment, payment);
		cJSON_AddStringToObject(sealed_for, "payment", payment);
		cJSON_AddNumberToObject(sealed_for, "amount", (double)record->sealed_amount);
	}
	add_base64(object, "icc_b64", record->icc, record->icc_len);
	return object;
}

/* ---- of the queue ---- */

static void add_original(cJSON *params, const struct ph_record_row *row)
{
	cJSON *original = cJSON_AddObjectToObject(params, "original");
	char stan[12];

	/* its type would say that it was a request */
	if (ph_record_family(row->original_kind) == PH_FAMILY_ADVICE)
		cJSON_AddStringToObject(original, "mti", "0220");
	snprintf(stan, sizeof stan, "%06u", (unsigned)row->original_stan);
	cJSON_AddStringToObject(original, "stan", stan);
	cJSON_AddStringToObject(original, "transmission", row->original_transmission);
	if (row->original_approval[0])
		cJSON_AddStringToObject(original, "approval_code", row->original_approval);
}

static void add_approval(cJSON *params, const struct ph_record_row *row)
{
	bool voice = row->kind == PH_RECORD_VOICE;

	cJSON_AddStringToObject(params, "approved_by", voice ? "voice" : "chip");
	if (voice)
		cJSON_AddStringToObject(params, "approval_code", row->approval_code);
	else if (row->arc[0])
		cJSON_AddStringToObject(params, "arc", row->arc);
}

const char *ph_forward_method(const struct ph_record_row *row)
{
	static const char *const methods[PH_RECORD_KIND_COUNT_] = {
		[PH_RECORD_REVERSAL] = "host.reverse",
		[PH_RECORD_COMPLETION] = "host.complete",
		[PH_RECORD_SALE_DEFERRED] = "host.authorize",
		[PH_RECORD_REFUND_DEFERRED] = "host.refund",
		[PH_RECORD_OFFLINE_TC] = "host.advise",
		[PH_RECORD_VOICE] = "host.advise",
	};

	return (unsigned)row->kind < PH_RECORD_KIND_COUNT_ ? methods[row->kind] : NULL;
}

cJSON *ph_forward_message(const struct ph_record_row *row)
{
	cJSON *params = ph_payment_record_json(row);
	bool stand_in = ph_record_family(row->kind) == PH_FAMILY_STAND_IN;

	if (row->kind == PH_RECORD_REVERSAL || row->kind == PH_RECORD_COMPLETION)
		add_original(params, row);
	if (row->kind == PH_RECORD_REVERSAL)
		cJSON_AddStringToObject(params, "reason", row->reason);
	if (ph_record_family(row->kind) == PH_FAMILY_ADVICE)
		add_approval(params, row);
	if (stand_in)
		cJSON_AddTrueToObject(params, "deferred");
	/* a request says so only where its link can */
	if (!stand_in || row->repeat)
		cJSON_AddBoolToObject(params, "repeat", row->repeat);
	return params;
}
