// Reads a record from the JSON of a request; what becomes of it is the link's.
#include "acquirer/record.h"

#include "base/base64.h"
#include "base/cleanup.h"
#include "base/secret.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const types[] = {"sale", "refund", "preauth", "complete", NULL};
static const char *const entries[] = {"chip", "stripe", "manual", NULL};
static const char *const reasons[] = {"timeout", "cancelled", "malfunction", NULL};

struct reader {
	const cJSON *object;
	const char *in; /* "original." */
	char *why;
};

static int wrong(const struct reader *reader, const char *member, const char *what)
{
	snprintf(reader->why, PH_RECORD_WHY_SIZE, "$.%s%s: %s", reader->in, member, what);
	return -EINVAL;
}

static const cJSON *get(const struct reader *reader, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(reader->object, name);
}

static int known_members(const struct reader *reader, const char *const *names)
{
	for (const cJSON *member = reader->object->child; member; member = member->next) {
		const char *const *name = names;

		while (*name && strcmp(*name, member->string) != 0)
			name++;
		if (!*name) {
			snprintf(reader->why, PH_RECORD_WHY_SIZE, "$.%s%.40s: unknown member",
				reader->in, member->string);
			return -EINVAL;
		}
		if (get(reader, *name) != member)
			return wrong(reader, *name, "is given twice");
	}
	return 0;
}

static int read_number(
	const struct reader *reader, const char *name, uint64_t max, uint64_t *ret_number)
{
	const cJSON *item = get(reader, name);

	if (!cJSON_IsNumber(item) || item->valuedouble < 0 || item->valuedouble > (double)max ||
		item->valuedouble != (double)(uint64_t)item->valuedouble)
		return wrong(reader, name, "is missing, or no number within its bounds");
	*ret_number = (uint64_t)item->valuedouble;
	return 0;
}

/* Exactly `len` characters, digits only unless `any`. */
static int read_text(const struct reader *reader, const char *name, char *out, size_t len, bool any)
{
	const char *text = cJSON_GetStringValue(get(reader, name));

	if (!text || strlen(text) != len)
		return wrong(reader, name, "is missing, or of another length");
	for (size_t i = 0; i < len; i++)
		if (any ? text[i] < ' ' || text[i] > '~' : text[i] < '0' || text[i] > '9')
			return wrong(reader, name, any ? "is not printable" : "has digits only");
	memcpy(out, text, len + 1);
	return 0;
}

static int read_id(const struct reader *reader, const char *name, char out[PH_NAME_MAX + 1])
{
	const char *text = cJSON_GetStringValue(get(reader, name));

	if (!text || !*text || strlen(text) > PH_NAME_MAX)
		return wrong(reader, name, "is missing, or longer than 64 bytes");
	memcpy(out, text, strlen(text) + 1);
	return 0;
}

static int read_word(const struct reader *reader, const char *name, const char *const *words)
{
	const char *text = cJSON_GetStringValue(get(reader, name));

	for (int i = 0; text && words[i]; i++)
		if (!strcmp(words[i], text))
			return i;
	return wrong(reader, name, "is missing, or none of the words it can be");
}

/* `max` bytes at most; `out` has room for two more. */
static int read_bytes(
	const struct reader *reader, const char *name, uint8_t *out, size_t max, size_t *ret_len)
{
	const cJSON *item = get(reader, name);
	const char *text = cJSON_GetStringValue(item);
	ssize_t n;

	*ret_len = 0;
	if (!item)
		return 0;
	if (!text || strlen(text) > (max + 2) / 3 * 4)
		return wrong(reader, name, "is no base64, or too long");
	n = ph_base64_decode(text, strlen(text), out);
	if (n < 0 || (size_t)n > max)
		return wrong(reader, name, "is no base64, or too long");
	*ret_len = (size_t)n;
	return 0;
}

static int read_flag(const struct reader *reader, const char *name, bool *ret_flag)
{
	const cJSON *item = get(reader, name);

	if (item && !cJSON_IsBool(item))
		return wrong(reader, name, "is neither true nor false");
	*ret_flag = cJSON_IsTrue(item);
	return 0;
}

static int read_currency(const struct reader *outer, struct ph_record *record)
{
	static const char *const names[] = {"code", "number", "exponent", NULL};
	struct reader reader = {
		.object = get(outer, "currency"), .in = "currency.", .why = outer->why};
	uint64_t number;

	if (!cJSON_IsObject(reader.object))
		return wrong(outer, "currency", "is missing, or no object");
	if (known_members(&reader, names) < 0 ||
		read_text(&reader, "code", record->currency, 3, true) < 0 ||
		read_number(&reader, "number", 999, &number) < 0)
		return -EINVAL;
	record->currency_number = (unsigned)number;
	return get(&reader, "exponent") ? read_number(&reader, "exponent", 4, &number) : 0;
}

static int read_original(const struct reader *outer, struct ph_record *record)
{
	static const char *const names[] = {"mti", "stan", "transmission", "approval_code", NULL};
	struct reader reader = {
		.object = get(outer, "original"), .in = "original.", .why = outer->why};
	const char *code;

	if (record->action != PH_REVERSE && record->action != PH_COMPLETE)
		return reader.object ? wrong(outer, "original", "is of reversals and completions")
				     : 0;
	if (!cJSON_IsObject(reader.object))
		return wrong(outer, "original", "is missing, or no object");
	if (known_members(&reader, names) < 0 ||
		(get(&reader, "mti") &&
			read_text(&reader, "mti", record->original_mti, 4, false) < 0) ||
		read_text(&reader, "stan", record->original_stan, 6, false) < 0 ||
		read_text(&reader, "transmission", record->original_transmission, 10, false) < 0)
		return -EINVAL;
	if (!get(&reader, "approval_code"))
		return 0;
	code = cJSON_GetStringValue(get(&reader, "approval_code"));
	if (!code || !*code || strlen(code) > 6)
		return wrong(&reader, "approval_code", "has one to six characters");
	return read_text(&reader, "approval_code", record->approval_code, strlen(code), true);
}

/* What a completion's sealed record was sealed for. */
static int read_sealed_for(const struct reader *outer, struct ph_record *record)
{
	static const char *const names[] = {"payment", "amount", NULL};
	struct reader reader = {
		.object = get(outer, "sealed_for"), .in = "sealed_for.", .why = outer->why};

	memcpy(record->sealed_payment, record->payment, sizeof record->sealed_payment);
	record->sealed_amount = record->amount;
	if (!reader.object)
		return 0;
	if (!cJSON_IsObject(reader.object))
		return wrong(outer, "sealed_for", "is no object");
	if (known_members(&reader, names) < 0 ||
		read_id(&reader, "payment", record->sealed_payment) < 0)
		return -EINVAL;
	return read_number(&reader, "amount", PH_RECORD_AMOUNT_MAX, &record->sealed_amount);
}

static int read_times(const struct reader *reader, struct ph_record *record)
{
	if (read_text(reader, "stan", record->stan, 6, false) < 0 ||
		read_text(reader, "rrn", record->rrn, 12, true) < 0 ||
		read_text(reader, "transmission", record->transmission, 10, false) < 0 ||
		read_text(reader, "local_time", record->local_time, 6, false) < 0 ||
		read_text(reader, "local_date", record->local_date, 4, false) < 0)
		return -EINVAL;
	return strcmp(record->stan, "000000") == 0 ? wrong(reader, "stan", "begins at 000001") : 0;
}

static int read_card(const struct reader *reader, struct ph_record *record)
{
	uint64_t number;
	bool capable;
	int entry = read_word(reader, "entry", entries);

	if (entry < 0 || read_flag(reader, "pin_capable", &capable) < 0 ||
		read_bytes(reader, "sealed_b64", record->sealed, PH_SEALED_MAX,
			&record->sealed_len) < 0 ||
		read_bytes(reader, "once_b64", record->once, PH_SEALED_MAX, &record->once_len) <
			0 ||
		read_bytes(reader, "icc_b64", record->icc, PH_ISO_ICC_BYTES, &record->icc_len) < 0)
		return -EINVAL;
	record->entry = (enum ph_iso_entry)entry;
	record->pin = !get(reader, "pin_capable") ? PH_ISO_PIN_UNKNOWN
		      : capable			  ? PH_ISO_PIN_YES
						  : PH_ISO_PIN_NO;
	if (!record->sealed_len)
		return wrong(reader, "sealed_b64", "is missing");
	if (record->entry == PH_ISO_CHIP && record->action == PH_AUTHORIZE && !record->icc_len)
		return wrong(reader, "icc_b64", "is missing, and the card was read by its chip");
	record->sequence = -1;
	if (!get(reader, "sequence"))
		return 0;
	if (read_number(reader, "sequence", 99, &number) < 0)
		return -EINVAL;
	record->sequence = (int)number;
	return 0;
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
	case PH_REVERSE:
		return true;
	}
	return false;
}

static int read_money(const struct reader *reader, struct ph_record *record)
{
	int type = read_word(reader, "type", types);

	if (type < 0 || read_id(reader, "payment", record->payment) < 0 ||
		read_number(reader, "amount", PH_RECORD_AMOUNT_MAX, &record->amount) < 0 ||
		read_currency(reader, record) < 0)
		return -EINVAL;
	record->type = (enum ph_iso_type)type;
	if (!fits(record->action, record->type))
		return wrong(reader, "type", "is not of this method");
	if (!get(reader, "cashback"))
		return 0;
	if (read_number(reader, "cashback", record->amount, &record->cashback) < 0)
		return -EINVAL;
	return 0;
}

static int read_rest(const struct reader *reader, struct ph_record *record)
{
	uint64_t number = 0;
	int reason = record->action == PH_REVERSE ? read_word(reader, "reason", reasons) : 0;

	if (reason < 0 || read_flag(reader, "repeat", &record->repeat) < 0)
		return -EINVAL;
	record->reason = (enum ph_iso_reason)reason;
	if (record->repeat && record->action != PH_REVERSE && record->action != PH_COMPLETE)
		return wrong(reader, "repeat", "is of reversals and completions");
	if (!get(reader, "timeout_ms"))
		return 0;
	if (read_number(reader, "timeout_ms", 120000, &number) < 0 || !number)
		return wrong(reader, "timeout_ms", "is from 1 to 120000");
	record->timeout_ms = (unsigned)number;
	return 0;
}

int ph_record_read(const struct cJSON *params, enum ph_action action, struct ph_record *ret_record,
	char why[PH_RECORD_WHY_SIZE])
{
	static const char *const names[] = {"payment", "type", "amount", "cashback", "currency",
		"stan", "rrn", "transmission", "local_time", "local_date", "entry", "pin_capable",
		"sequence", "sealed_b64", "once_b64", "icc_b64", "timeout_ms", "sealed_for",
		"original", "reason", "repeat", NULL};
	struct reader reader = {.object = params, .in = "", .why = why};
	PH_CLEANUP_FREE struct ph_record *record = calloc(1, sizeof *record);

	if (!record)
		return wrong(&reader, "", "out of memory");
	record->action = action;
	bool good = known_members(&reader, names) == 0 && read_money(&reader, record) == 0 &&
		    read_times(&reader, record) == 0 && read_card(&reader, record) == 0 &&
		    read_original(&reader, record) == 0 && read_sealed_for(&reader, record) == 0 &&
		    read_rest(&reader, record) == 0;
	if (good)
		*ret_record = *record;
	ph_wipe(record, sizeof *record);
	return good ? 0 : -EINVAL;
}
