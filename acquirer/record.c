// Reads a record from the JSON of a request; what becomes of it is the link's.
#include "acquirer/reader.h"

#include "base/cleanup.h"
#include "base/secret.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const types[] = {"sale", "refund", "preauth", "complete", NULL};
static const char *const entries[] = {"chip", "stripe", "manual", NULL};
static const char *const approvers[] = {"chip", "voice", NULL};
static const char *const reasons[] = {"timeout", "cancelled", "malfunction", NULL};

static int read_code(const struct ph_reader *reader, char out[7])
{
	const char *code = cJSON_GetStringValue(ph_reader_get(reader, "approval_code"));

	if (!code || !*code || strlen(code) > 6)
		return ph_reader_wrong(reader, "approval_code", "has one to six characters");
	return ph_reader_text(reader, "approval_code", out, strlen(code), true);
}

static int read_original(const struct ph_reader *outer, struct ph_record *record)
{
	static const char *const names[] = {"mti", "stan", "transmission", "approval_code", NULL};
	struct ph_reader reader = {
		.object = ph_reader_get(outer, "original"), .in = "original.", .why = outer->why};

	if (record->action != PH_REVERSE && record->action != PH_COMPLETE)
		return reader.object ? ph_reader_wrong(
					       outer, "original", "is of reversals and completions")
				     : 0;
	if (!cJSON_IsObject(reader.object))
		return ph_reader_wrong(outer, "original", "is missing, or no object");
	if (ph_reader_known_members(&reader, names) < 0 ||
		(ph_reader_get(&reader, "mti") &&
			ph_reader_text(&reader, "mti", record->original_mti, 4, false) < 0) ||
		ph_reader_text(&reader, "stan", record->original_stan, 6, false) < 0 ||
		ph_reader_text(&reader, "transmission", record->original_transmission, 10, false) <
			0)
		return -EINVAL;
	if (!ph_reader_get(&reader, "approval_code"))
		return 0;
	return read_code(&reader, record->approval_code);
}

/* What a completion's sealed record was sealed for. */
static int read_sealed_for(const struct ph_reader *outer, struct ph_record *record)
{
	static const char *const names[] = {"payment", "amount", NULL};
	struct ph_reader reader = {.object = ph_reader_get(outer, "sealed_for"),
		.in = "sealed_for.",
		.why = outer->why};

	memcpy(record->sealed_payment, record->payment, sizeof record->sealed_payment);
	record->sealed_amount = record->amount;
	if (!reader.object)
		return 0;
	if (!cJSON_IsObject(reader.object))
		return ph_reader_wrong(outer, "sealed_for", "is no object");
	if (ph_reader_known_members(&reader, names) < 0 ||
		ph_reader_id(&reader, "payment", record->sealed_payment) < 0)
		return -EINVAL;
	return ph_reader_number(&reader, "amount", PH_RECORD_AMOUNT_MAX, &record->sealed_amount);
}

static int read_times(const struct ph_reader *reader, struct ph_record *record)
{
	if (ph_reader_text(reader, "stan", record->stan, 6, false) < 0 ||
		ph_reader_text(reader, "rrn", record->rrn, 12, true) < 0 ||
		ph_reader_text(reader, "transmission", record->transmission, 10, false) < 0 ||
		ph_reader_text(reader, "local_time", record->local_time, 6, false) < 0 ||
		ph_reader_text(reader, "local_date", record->local_date, 4, false) < 0)
		return -EINVAL;
	return strcmp(record->stan, "000000") == 0
		       ? ph_reader_wrong(reader, "stan", "begins at 000001")
		       : 0;
}

static int read_card(const struct ph_reader *reader, struct ph_record *record)
{
	uint64_t number;
	bool capable;
	int entry = ph_reader_word(reader, "entry", entries);

	if (entry < 0 || ph_reader_flag(reader, "pin_capable", &capable) < 0 ||
		ph_reader_bytes(reader, "sealed_b64", record->sealed, PH_SEALED_WRAPPED_MAX,
			&record->sealed_len) < 0 ||
		ph_reader_bytes(
			reader, "once_b64", record->once, PH_SEALED_MAX, &record->once_len) < 0 ||
		ph_reader_bytes(
			reader, "icc_b64", record->icc, PH_ISO_ICC_BYTES, &record->icc_len) < 0)
		return -EINVAL;
	record->entry = (enum ph_iso_entry)entry;
	record->pin = !ph_reader_get(reader, "pin_capable") ? PH_ISO_PIN_UNKNOWN
		      : capable				    ? PH_ISO_PIN_YES
							    : PH_ISO_PIN_NO;
	if (!record->sealed_len)
		return ph_reader_wrong(reader, "sealed_b64", "is missing");
	if (record->entry == PH_ISO_CHIP && record->action == PH_AUTHORIZE && !record->icc_len)
		return ph_reader_wrong(
			reader, "icc_b64", "is missing, and the card was read by its chip");
	record->sequence = -1;
	if (!ph_reader_get(reader, "sequence"))
		return 0;
	if (ph_reader_number(reader, "sequence", 99, &number) < 0)
		return -EINVAL;
	record->sequence = (int)number;
	return 0;
}

/* Who has approved what an advice tells of; and that a request is told late. */
static int read_approval(const struct ph_reader *reader, struct ph_record *record)
{
	static const char *const of_advices[] = {"approved_by", "arc", "approval_code"};
	bool advice = record->action == PH_ADVISE;
	int approver;

	if (ph_reader_flag(reader, "deferred", &record->deferred) < 0)
		return -EINVAL;
	if (record->deferred && record->action != PH_AUTHORIZE && record->action != PH_REFUND)
		return ph_reader_wrong(reader, "deferred", "is of requests");
	for (unsigned i = 0; !advice && i < PH_ARRAY_SIZE(of_advices); i++)
		if (ph_reader_get(reader, of_advices[i]))
			return ph_reader_wrong(reader, of_advices[i], "is of advices");
	if (!advice)
		return 0;
	approver = ph_reader_word(reader, "approved_by", approvers);
	if (approver < 0)
		return -EINVAL;
	record->voice = approver == 1;
	if (record->voice || ph_reader_get(reader, "approval_code"))
		return read_code(reader, record->approval_code);
	if (!record->icc_len)
		return ph_reader_wrong(reader, "icc_b64", "is missing, and the chip has approved");
	return ph_reader_get(reader, "arc") ? ph_reader_text(reader, "arc", record->arc, 2, true)
					    : 0;
}

static bool fits(enum ph_action action, enum ph_iso_type type)
{
	switch (action) {
	case PH_AUTHORIZE:
		return type == PH_ISO_SALE || type == PH_ISO_PREAUTH;
	case PH_REFUND:
		return type == PH_ISO_REFUND;
	case PH_COMPLETE:
		return type == PH_ISO_COMPLETE;
	case PH_ADVISE:
		return type == PH_ISO_SALE || type == PH_ISO_REFUND;
	case PH_REVERSE:
		return true;
	}
	return false;
}

static int read_money(const struct ph_reader *reader, struct ph_record *record)
{
	int type = ph_reader_word(reader, "type", types);

	if (type < 0 || ph_reader_id(reader, "payment", record->payment) < 0 ||
		ph_reader_number(reader, "amount", PH_RECORD_AMOUNT_MAX, &record->amount) < 0 ||
		ph_reader_currency(reader, record->currency, &record->currency_number) < 0)
		return -EINVAL;
	record->type = (enum ph_iso_type)type;
	if (!fits(record->action, record->type))
		return ph_reader_wrong(reader, "type", "is not of this method");
	if (!ph_reader_get(reader, "cashback"))
		return 0;
	if (ph_reader_number(reader, "cashback", record->amount, &record->cashback) < 0)
		return -EINVAL;
	return 0;
}

static int read_rest(const struct ph_reader *reader, struct ph_record *record)
{
	int reason = record->action == PH_REVERSE ? ph_reader_word(reader, "reason", reasons) : 0;

	if (reason < 0 || ph_reader_flag(reader, "repeat", &record->repeat) < 0 ||
		ph_reader_tid(reader, record->tid) < 0)
		return -EINVAL;
	record->reason = (enum ph_iso_reason)reason;
	return ph_reader_timeout(reader, &record->timeout_ms);
}

int ph_record_read(const struct cJSON *params, enum ph_action action, struct ph_record *ret_record,
	char why[PH_RECORD_WHY_SIZE])
{
	static const char *const names[] = {"payment", "type", "amount", "cashback", "currency",
		"stan", "rrn", "transmission", "local_time", "local_date", "entry", "pin_capable",
		"sequence", "sealed_b64", "once_b64", "icc_b64", "timeout_ms", "sealed_for",
		"original", "reason", "repeat", "deferred", "approved_by", "arc", "approval_code",
		"tid", NULL};
	struct ph_reader reader = {.object = params, .in = "", .why = why};
	PH_CLEANUP_FREE struct ph_record *record = calloc(1, sizeof *record);

	if (!record)
		return ph_reader_wrong(&reader, "", "out of memory");
	record->action = action;
	bool good = ph_reader_known_members(&reader, names) == 0 &&
		    read_money(&reader, record) == 0 && read_times(&reader, record) == 0 &&
		    read_card(&reader, record) == 0 && read_original(&reader, record) == 0 &&
		    read_sealed_for(&reader, record) == 0 && read_approval(&reader, record) == 0 &&
		    read_rest(&reader, record) == 0;
	if (good)
		*ret_record = *record;
	ph_wipe(record, sizeof *record);
	return good ? 0 : -EINVAL;
}
