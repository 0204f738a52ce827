// Writes a record for another machine as JSON and reads it there; what is sealed in it is opened by neither.
#include "daemon/payments/export_record.h"

#include "base/base64.h"
#include "base/buf.h"
#include "base/cleanup.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROOF	   32
#define AMOUNT_MAX PH_PAYMENT_AMOUNT_MAX

/* Texts of a record, by their members. */
static const struct text {
	const char *name;
	size_t at;
	size_t min, max;
	const char *letters; /* NULL: any that can be printed */
	bool optional;
} texts[] = {
#define AT(member) offsetof(struct ph_record_row, member)
#define DIGITS	   "0123456789"
	{"type", AT(type), 4, 6, "salerfund", false},
	{"currency", AT(currency), 3, 3, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", false},
	{"terminal", AT(terminal), 1, PH_NAME_MAX, NULL, false},
	{"rrn", AT(rrn), 12, 12, NULL, false},
	{"transmission", AT(transmission), 10, 10, DIGITS, false},
	{"local_time", AT(local_time), 6, 6, DIGITS, false},
	{"local_date", AT(local_date), 4, 4, DIGITS, false},
	{"entry", AT(entry), 1, 7, "abcdefghijklmnopqrstuvwxyz", false},
	{"arc", AT(arc), 2, 2, NULL, true},
	{"approval_code", AT(approval_code), 1, 6, NULL, true},
	{"hold_reason", AT(hold_reason), 1, PH_HOLD_REASON_MAX, NULL, true},
#undef AT
};

static const struct number {
	const char *name;
	int64_t min, max;
	bool optional;
	int64_t absent;
} numbers[] = {
	{"amount", 1, AMOUNT_MAX, false, 0},
	{"send", 1, AMOUNT_MAX, true, 0},
	{"cashback", 0, AMOUNT_MAX, true, 0},
	{"stan", 1, 999999, false, 0},
	{"sequence", 0, 99, true, -1},
	{"pin", 0, 1, true, -1},
	{"accepted_us", 1, 9007199254740991, false, 0},
};
enum { N_AMOUNT, N_SEND, N_CASHBACK, N_STAN, N_SEQUENCE, N_PIN, N_ACCEPTED, N_COUNT };

static void numbers_of(const struct ph_record_row *record, int64_t out[N_COUNT])
{
	out[N_AMOUNT] = record->asked;
	out[N_SEND] = record->amount == record->asked ? 0 : record->amount;
	out[N_CASHBACK] = record->cashback;
	out[N_STAN] = record->stan;
	out[N_SEQUENCE] = record->sequence;
	out[N_PIN] = record->pin;
	out[N_ACCEPTED] = (int64_t)record->accepted_us;
}

/* What its account was sealed for: another machine does not know it by itself. */
static int64_t sealed_payment(const struct ph_record_row *record)
{
	return record->sealed_payment ? record->sealed_payment : record->payment;
}

static int64_t sealed_amount(const struct ph_record_row *record)
{
	return record->sealed_payment ? record->sealed_amount : record->amount;
}

/* ---- writing ---- */

static void add_text(cJSON *object, const char *name, const char *text)
{
	if (*text)
		cJSON_AddStringToObject(object, name, text);
}

cJSON *ph_export_record_json(
	const struct ph_record_row *record, const struct ph_export_texts *about)
{
	char icc[PH_BASE64_SIZE(PH_RECORD_ICC_MAX)], payment[PH_PAYMENT_ID_SIZE];
	cJSON *object = cJSON_CreateObject(), *sealed_for;
	int64_t values[N_COUNT];

	numbers_of(record, values);
	cJSON_AddStringToObject(object, "kind", ph_record_kind_name(record->kind));
	for (size_t i = 0; i < PH_ARRAY_SIZE(texts); i++)
		add_text(object, texts[i].name, (const char *)record + texts[i].at);
	for (size_t i = 0; i < N_COUNT; i++)
		if (!numbers[i].optional || values[i] != numbers[i].absent)
			cJSON_AddNumberToObject(object, numbers[i].name, (double)values[i]);
	add_text(object, "device", about->device);
	add_text(object, "operator", about->operator_name);
	add_text(object, "reference", about->reference);
	ph_payment_id_format(sealed_payment(record), payment);
	sealed_for = cJSON_AddObjectToObject(object, "sealed_for");
	cJSON_AddStringToObject(sealed_for, "payment", payment);
	cJSON_AddNumberToObject(sealed_for, "amount", (double)sealed_amount(record));
	ph_base64_encode(record->icc, record->icc_len, icc);
	add_text(object, "icc_b64", icc);
	return object;
}

/* A text with its length in front, so that no two records have the same bytes. */
static void hash_text(crypto_generichash_state *hash, const char *text)
{
	uint8_t len[2] = {(uint8_t)(strlen(text) >> 8), (uint8_t)strlen(text)};

	crypto_generichash_update(hash, len, sizeof len);
	crypto_generichash_update(hash, (const uint8_t *)text, strlen(text));
}

static void hash_number(crypto_generichash_state *hash, int64_t number)
{
	char text[24];

	snprintf(text, sizeof text, "%lld", (long long)number);
	hash_text(hash, text);
}

void ph_export_record_hash(const struct ph_record_row *record, const struct ph_export_texts *about,
	uint8_t ret_hash[32])
{
	crypto_generichash_state hash;
	int64_t values[N_COUNT];

	numbers_of(record, values);
	crypto_generichash_init(&hash, NULL, 0, PROOF);
	hash_text(&hash, "poshal queue 1");
	hash_text(&hash, ph_record_kind_name(record->kind));
	for (size_t i = 0; i < PH_ARRAY_SIZE(texts); i++)
		hash_text(&hash, (const char *)record + texts[i].at);
	for (size_t i = 0; i < N_COUNT; i++)
		hash_number(&hash, values[i]);
	hash_text(&hash, about->device);
	hash_text(&hash, about->operator_name);
	hash_text(&hash, about->reference);
	hash_number(&hash, sealed_payment(record));
	hash_number(&hash, sealed_amount(record));
	hash_number(&hash, (int64_t)record->icc_len);
	crypto_generichash_update(&hash, record->icc, record->icc_len);
	crypto_generichash_final(&hash, ret_hash, PROOF);
}

/* ---- reading ---- */

static int wrong(char why[PH_EXPORT_WHY_SIZE], const char *name, const char *what)
{
	snprintf(why, PH_EXPORT_WHY_SIZE, "%s: %s", name, what);
	return -EINVAL;
}

static const cJSON *get(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

static int known_members(const cJSON *object, char why[PH_EXPORT_WHY_SIZE])
{
	static const char *const others[] = {"kind", "device", "operator", "reference",
		"sealed_for", "icc_b64", "sealed_b64", "proof_b64"};

	for (const cJSON *member = object->child; member; member = member->next) {
		bool known = false;
		char name[41];

		for (size_t i = 0; i < PH_ARRAY_SIZE(others); i++)
			known |= !strcmp(others[i], member->string);
		for (size_t i = 0; i < PH_ARRAY_SIZE(texts); i++)
			known |= !strcmp(texts[i].name, member->string);
		for (size_t i = 0; i < N_COUNT; i++)
			known |= !strcmp(numbers[i].name, member->string);
		snprintf(name, sizeof name, "%s", member->string);
		if (!known || get(object, member->string) != member)
			return wrong(why, name, known ? "is given twice" : "unknown member");
	}
	return 0;
}

static int read_text(
	const cJSON *item, const struct text *text, char *out, char why[PH_EXPORT_WHY_SIZE])
{
	const char *value = cJSON_GetStringValue(item);
	size_t len = value ? strlen(value) : 0;

	if (!item && text->optional)
		return 0;
	if (len < text->min || len > text->max)
		return wrong(why, text->name, "is missing, or of another length");
	if (text->letters && strspn(value, text->letters) != len)
		return wrong(why, text->name, "has other letters than it can have");
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)value[i] < ' ' || value[i] == 0x7f)
			return wrong(why, text->name, "has a control character");
	memcpy(out, value, len + 1);
	return 0;
}

static int read_number(const cJSON *item, const struct number *number, int64_t *ret_value,
	char why[PH_EXPORT_WHY_SIZE])
{
	double value = cJSON_IsNumber(item) ? item->valuedouble : -1;

	*ret_value = number->absent;
	if (!item && number->optional)
		return 0;
	if (value < (double)number->min || value > (double)number->max ||
		value != (double)(int64_t)value)
		return wrong(why, number->name, "is missing, or no number within its bounds");
	*ret_value = (int64_t)value;
	return 0;
}

static int read_bytes(const cJSON *object, const char *name, size_t max, uint8_t *out,
	size_t *ret_len, char why[PH_EXPORT_WHY_SIZE])
{
	const cJSON *item = get(object, name);
	const char *text = cJSON_GetStringValue(item);
	PH_CLEANUP_FREE uint8_t *bytes = NULL;
	ssize_t n;

	*ret_len = 0;
	if (!item)
		return 0;
	if (!text || strlen(text) > (max + 2) / 3 * 4)
		return wrong(why, name, "is no base64, or too long");
	bytes = malloc(strlen(text) + 1);
	n = bytes ? ph_base64_decode(text, strlen(text), bytes) : -1;
	if (n < 0 || (size_t)n > max)
		return wrong(why, name, "is no base64, or too long");
	memcpy(out, bytes, (size_t)n);
	*ret_len = (size_t)n;
	return 0;
}

static int read_kind(
	const cJSON *object, enum ph_record_kind *ret_kind, char why[PH_EXPORT_WHY_SIZE])
{
	const char *word = cJSON_GetStringValue(get(object, "kind"));

	for (enum ph_record_kind kind = 0; word && kind < PH_RECORD_KIND_COUNT_; kind++) {
		if (strcmp(ph_record_kind_name(kind), word) != 0 ||
			ph_record_family(kind) == PH_FAMILY_NONE)
			continue;
		*ret_kind = kind;
		return 0;
	}
	return wrong(why, "kind", "is missing, or none that goes on elsewhere");
}

static int read_sealed_for(
	const cJSON *outer, struct ph_record_row *record, char why[PH_EXPORT_WHY_SIZE])
{
	static const struct number amount = {"sealed_for.amount", 0, AMOUNT_MAX, false, 0};
	const cJSON *object = get(outer, "sealed_for");
	const char *payment = cJSON_GetStringValue(get(object, "payment"));

	if (!cJSON_IsObject(object) || cJSON_GetArraySize(object) != 2 || !payment ||
		ph_payment_id_parse(payment, &record->sealed_payment) < 0 ||
		record->sealed_payment <= 0)
		return wrong(why, "sealed_for", "is missing, or no payment and amount");
	return read_number(get(object, "amount"), &amount, &record->sealed_amount, why);
}

static int read_numbers(
	const cJSON *object, struct ph_record_row *record, char why[PH_EXPORT_WHY_SIZE])
{
	int64_t values[N_COUNT];

	for (size_t i = 0; i < N_COUNT; i++)
		if (read_number(get(object, numbers[i].name), &numbers[i], &values[i], why) < 0)
			return -EINVAL;
	record->asked = values[N_AMOUNT];
	record->amount = values[N_SEND] ? values[N_SEND] : values[N_AMOUNT];
	record->cashback = values[N_CASHBACK];
	record->stan = (uint32_t)values[N_STAN];
	record->sequence = (int)values[N_SEQUENCE];
	record->pin = (int)values[N_PIN];
	record->accepted_us = (uint64_t)values[N_ACCEPTED];
	if (record->cashback > record->asked)
		return wrong(why, "cashback", "is more than the amount");
	return 0;
}

static int read_about(
	const cJSON *object, struct ph_export_texts *about, char why[PH_EXPORT_WHY_SIZE])
{
	static const struct text members[] = {
		{"device", 0, 1, PH_NAME_MAX, NULL, false},
		{"operator", 0, 1, PH_PAYMENT_TEXT_MAX, NULL, true},
		{"reference", 0, 1, PH_PAYMENT_TEXT_MAX, NULL, true},
	};
	char *const out[] = {about->device, about->operator_name, about->reference};

	for (size_t i = 0; i < PH_ARRAY_SIZE(members); i++)
		if (read_text(get(object, members[i].name), &members[i], out[i], why) < 0)
			return -EINVAL;
	return 0;
}

static int read_sealed(const cJSON *object, struct ph_record_row *record, uint8_t proof[PROOF],
	char why[PH_EXPORT_WHY_SIZE])
{
	size_t proof_len;

	if (read_bytes(object, "icc_b64", PH_RECORD_ICC_MAX, record->icc, &record->icc_len, why) <
			0 ||
		read_bytes(object, "sealed_b64", PH_RECORD_SEALED_MAX, record->sealed,
			&record->sealed_len, why) < 0 ||
		read_bytes(object, "proof_b64", PROOF, proof, &proof_len, why) < 0)
		return -EINVAL;
	if (!record->sealed_len)
		return wrong(why, "sealed_b64", "is missing");
	return proof_len == PROOF ? 0 : wrong(why, "proof_b64", "is missing, or not of 32 bytes");
}

static int read_all(const cJSON *object, struct ph_record_row *record,
	struct ph_export_texts *about, uint8_t proof[PROOF], char why[PH_EXPORT_WHY_SIZE])
{
	if (known_members(object, why) < 0 || read_kind(object, &record->kind, why) < 0)
		return -EINVAL;
	for (size_t i = 0; i < PH_ARRAY_SIZE(texts); i++)
		if (read_text(get(object, texts[i].name), &texts[i], (char *)record + texts[i].at,
			    why) < 0)
			return -EINVAL;
	if (strcmp(record->type, "sale") != 0 && strcmp(record->type, "refund") != 0)
		return wrong(why, "type", "is sale or refund");
	if (!strcmp(record->hold_reason, PH_HELD_EXPORTED))
		return wrong(why, "hold_reason", "is a word of the other machine");
	if (read_numbers(object, record, why) < 0 || read_about(object, about, why) < 0 ||
		read_sealed_for(object, record, why) < 0)
		return -EINVAL;
	return read_sealed(object, record, proof, why);
}

int ph_export_record_read(const cJSON *object, struct ph_record_row *ret_record,
	struct ph_export_texts *ret_texts, uint8_t ret_proof[32], char why[PH_EXPORT_WHY_SIZE])
{
	PH_CLEANUP_FREE struct ph_record_row *record = calloc(1, sizeof *record);
	struct ph_export_texts about = {0};
	uint8_t proof[PROOF];

	if (!record)
		return wrong(why, "", "out of memory");
	if (read_all(object, record, &about, proof, why) < 0)
		return -EINVAL;
	*ret_record = *record;
	*ret_texts = about;
	memcpy(ret_proof, proof, sizeof proof);
	return 0;
}
