// Parameters of a terminal from a signed JSON document: one table row for each member; what they mean to a payment is the kernel's.
#include "protocols/emv/parameters_file.h"

#include "base/base64.h"
#include "base/cleanup.h"
#include "protocols/emv/date.h"
#include "protocols/emv/dol.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define FORMAT	     1
#define PATH_SIZE    40
#define MEMBERS_MAX  16
#define EXPONENT_MAX 4
#define AMOUNT_MAX   999999999999
#define MONTHS	     12

/* What a member holds. Numbers go into a field of `size` bytes. */
enum kind {
	KIND_BYTES,  /* hexadecimal, exactly `size` bytes */
	KIND_LIST,   /* hexadecimal, `min` to `size` bytes; how many goes to `len` */
	KIND_BITS,   /* hexadecimal, `max` bytes, as a number */
	KIND_NUMBER, /* up to `max` */
	KIND_BCD,    /* the same, stored digit by digit */
	KIND_TEXT,   /* printable ASCII that fits with its NUL */
	KIND_BOOL,
	KIND_DATE, /* "YYYY-MM-DD" */
};

struct member {
	const char *name;
	enum kind kind;
	bool optional;
	size_t at, size;
	uint64_t max;
	size_t min, len; /* of KIND_LIST; `len` is where the length goes */
};

#define FIELD(type, field)  offsetof(type, field), sizeof(((type *)NULL)->field)
#define T(field)	    FIELD(struct ph_emv_terminal, field)
#define A(field)	    FIELD(struct ph_emv_application, field)
#define R(field)	    FIELD(struct ph_emv_revoked, field)
#define LEN_OF(type, field) offsetof(type, field)

static const struct member terminal_members[] = {
	{"type", KIND_BITS, false, T(type), 1, 0, 0},
	{"capabilities", KIND_BITS, false, T(capabilities), 3, 0, 0},
	{"additional", KIND_BYTES, false, T(additional), 0, 0, 0},
	{"country", KIND_BCD, false, T(country), 999, 0, 0},
	{"mcc", KIND_BCD, false, T(mcc), 9999, 0, 0},
	{"merchant_id", KIND_TEXT, false, T(merchant_id), 0, 0, 0},
	{"terminal_id", KIND_TEXT, false, T(terminal_id), 0, 0, 0},
	{"serial", KIND_TEXT, true, T(serial), 0, 0, 0},
	{"merchant_name", KIND_TEXT, true, T(merchant_name), 0, 0, 0},
	{"acquirer", KIND_BCD, true, T(acquirer), 99999999999, 0, 0},
	{"bypass_pin", KIND_BOOL, true, T(bypass_pin), 0, 0, 0},
	{"offline_at_once", KIND_BOOL, true, T(offline_at_once), 0, 0, 0},
};

static const struct member application_members[] = {
	{"aid", KIND_LIST, false, A(aid), 0, PH_AID_MIN,
		LEN_OF(struct ph_emv_application, aid_len)},
	{"partial", KIND_BOOL, true, A(partial), 0, 0, 0},
	{"scheme", KIND_TEXT, false, A(scheme), 0, 0, 0},
	{"version", KIND_BITS, false, A(version), 2, 0, 0},
	{"tac_denial", KIND_BITS, false, A(tac_denial), 5, 0, 0},
	{"tac_online", KIND_BITS, false, A(tac_online), 5, 0, 0},
	{"tac_default", KIND_BITS, false, A(tac_default), 5, 0, 0},
	{"floor_limit", KIND_NUMBER, false, A(floor_limit), AMOUNT_MAX, 0, 0},
	{"currency", KIND_BCD, false, A(currency), 999, 0, 0},
	{"currency_exponent", KIND_NUMBER, false, A(currency_exponent), EXPONENT_MAX, 0, 0},
	{"random_target", KIND_NUMBER, true, A(random_target), 99, 0, 0},
	{"random_max", KIND_NUMBER, true, A(random_max), 99, 0, 0},
	{"random_threshold", KIND_NUMBER, true, A(random_threshold), AMOUNT_MAX, 0, 0},
	{"ddol", KIND_LIST, true, A(ddol), 0, 0, LEN_OF(struct ph_emv_application, ddol_len)},
	{"tdol", KIND_LIST, true, A(tdol), 0, 0, LEN_OF(struct ph_emv_application, tdol_len)},
};

/* The length of a modulus has two bytes, so a field of one cannot take it: see read_key(). */
struct key_entry {
	struct ph_emv_ca_key key;
	uint8_t len;
};

#define E(field) FIELD(struct key_entry, field)

static const struct member key_members[] = {
	{"rid", KIND_BYTES, false, E(key.rid), 0, 0, 0},
	{"index", KIND_BITS, false, E(key.index), 1, 0, 0},
	{"modulus", KIND_LIST, false, E(key.key.modulus), 0, PH_RSA_BYTES_MIN,
		LEN_OF(struct key_entry, len)},
	{"exponent", KIND_NUMBER, false, E(key.key.exponent), PH_RSA_EXPONENT_F4, 0, 0},
	{"expires", KIND_DATE, false, E(key.expiry), 0, 0, 0},
	{"checksum", KIND_BYTES, false, E(key.checksum), 0, 0, 0},
};

static const struct member revoked_members[] = {
	{"rid", KIND_BYTES, false, R(rid), 0, 0, 0},
	{"index", KIND_BITS, false, R(index), 1, 0, 0},
	{"serial", KIND_BYTES, false, R(serial), 0, 0, 0},
};

struct head {
	uint8_t format;
	bool test;
	uint32_t expires;
	char about[81];
};

#define H(field) FIELD(struct head, field)

static const struct member head_members[] = {
	{"format", KIND_NUMBER, false, H(format), 255, 0, 0},
	{"about", KIND_TEXT, true, H(about), 0, 0, 0},
	{"test", KIND_BOOL, true, H(test), 0, 0, 0},
	{"expires", KIND_DATE, true, H(expires), 0, 0, 0},
};

/* Members of the document that are objects and arrays of their own. */
static const char *const parts[] = {"terminal", "applications", "keys", "revoked"};

struct reader {
	char path[PATH_SIZE];
	char *why;
};

static int complain(const struct reader *reader, const char *member, const char *what)
{
	snprintf(reader->why, PH_EMV_WHY_SIZE, "%s%s%.40s: %s", reader->path,
		member && *reader->path ? "." : "", member ? member : "", what);
	return -EBADMSG;
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Bytes of a text in hexadecimal, at most `size`; -1: it is none, or longer. */
static ssize_t from_hex(const cJSON *value, uint8_t *out, size_t size)
{
	const char *text = cJSON_GetStringValue(value);
	size_t n = 0;

	if (!text)
		return -1;
	for (; text[0]; text += 2) {
		int high = digit_of(text[0]), low = high < 0 ? -1 : digit_of(text[1]);
		if (low < 0 || n == size)
			return -1;
		out[n++] = (uint8_t)(high << 4 | low);
	}
	return (ssize_t)n;
}

/* Into a field of 1, 2, 4 or 8 bytes. */
static void store(void *field, size_t size, uint64_t number)
{
	const uint8_t u8 = (uint8_t)number;
	const uint16_t u16 = (uint16_t)number;
	const uint32_t u32 = (uint32_t)number;
	const void *from = size == 1   ? (const void *)&u8
			   : size == 2 ? (const void *)&u16
			   : size == 4 ? (const void *)&u32
				       : (const void *)&number;

	memcpy(field, from, size);
}

static uint64_t bcd_of(uint64_t number)
{
	uint64_t bcd = 0;

	for (unsigned shift = 0; number; shift += 4, number /= 10)
		bcd |= number % 10 << shift;
	return bcd;
}

/* "YYYY-MM-DD" as YYYYMMDD; 0: it is none. */
static uint32_t read_date(const cJSON *value)
{
	const char *text = cJSON_GetStringValue(value);
	unsigned year, month, day;

	/* sscanf() takes blanks and signs for a part of numbers */
	if (!text || strlen(text) != 10 || strspn(text, "0123456789-") != 10 ||
		strcspn(text, "-") != 4 || strcspn(text + 5, "-") != 2 || strchr(text + 8, '-') ||
		sscanf(text, "%4u-%2u-%2u", &year, &month, &day) != 3)
		return 0;
	if (year < 2000 || month < 1 || month > MONTHS || day < 1 ||
		(int)day > ph_emv_month_days(year, month))
		return 0;
	return year * 10000 + month * 100 + day;
}

static bool read_number(const cJSON *value, uint64_t max, uint64_t *ret_number)
{
	double number = cJSON_GetNumberValue(value);

	if (!cJSON_IsNumber(value) || !(number >= 0) || number > (double)max ||
		number != (double)(uint64_t)number)
		return false;
	*ret_number = (uint64_t)number;
	return true;
}

static bool read_text(const cJSON *value, char *out, size_t size)
{
	const char *text = cJSON_GetStringValue(value);
	size_t len = text ? strlen(text) : 0;

	if (!text || len >= size)
		return false;
	for (size_t i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	memcpy(out, text, len + 1);
	return true;
}

/* What is wrong with it, or NULL. */
static const char *read_member(const struct member *m, const cJSON *value, uint8_t *out)
{
	uint8_t bytes[8], *field = out + m->at;
	uint64_t number = 0;
	ssize_t n;

	switch (m->kind) {
	case KIND_BYTES:
		return from_hex(value, field, m->size) == (ssize_t)m->size
			       ? NULL
			       : "hexadecimal of this length";
	case KIND_LIST:
		n = from_hex(value, field, m->size);
		if (n < (ssize_t)m->min)
			return "hexadecimal of an allowed length";
		out[m->len] = (uint8_t)n;
		return NULL;
	case KIND_BITS:
		if (from_hex(value, bytes, (size_t)m->max) != (ssize_t)m->max)
			return "hexadecimal of this length";
		for (size_t i = 0; i < m->max; i++)
			number = number << 8 | bytes[i];
		store(field, m->size, number);
		return NULL;
	case KIND_NUMBER:
	case KIND_BCD:
		if (!read_number(value, m->max, &number))
			return "a whole number in its range";
		store(field, m->size, m->kind == KIND_BCD ? bcd_of(number) : number);
		return NULL;
	case KIND_TEXT:
		return read_text(value, (char *)field, m->size)
			       ? NULL
			       : "a text of printable ASCII that is not too long";
	case KIND_BOOL:
		store(field, m->size, cJSON_IsTrue(value) ? 1 : 0);
		return cJSON_IsBool(value) ? NULL : "true or false";
	case KIND_DATE:
		store(field, m->size, read_date(value));
		return read_date(value) ? NULL : "a date as \"2030-12-31\"";
	}
	return "nothing";
}

static int find_member(const struct member *members, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(members[i].name, name))
			return (int)i;
	return -1;
}

static int find_part(const char *name)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(parts); i++)
		if (!strcmp(parts[i], name))
			return (int)i;
	return -1;
}

/* All members of an object into a struct: each once, none that is not known. `top`: parts are left to others. */
static int read_object(const struct reader *reader, const cJSON *object,
	const struct member *members, size_t count, void *out)
{
	bool seen[MEMBERS_MAX] = {false}, top = members == head_members;
	bool seen_parts[PH_ARRAY_SIZE(parts)] = {false};
	const cJSON *value;

	if (!cJSON_IsObject(object))
		return complain(reader, NULL, "must be an object");
	cJSON_ArrayForEach(value, object)
	{
		int i = find_member(members, count, value->string);
		int part = top ? find_part(value->string) : -1;
		bool *once = i < 0 ? &seen_parts[part < 0 ? 0 : part] : &seen[i];
		if (i < 0 && part < 0)
			return complain(reader, value->string, "is not known");
		if (*once)
			return complain(reader, value->string, "is there twice");
		*once = true;
		if (i < 0)
			continue;
		const char *must = read_member(&members[i], value, out);
		if (must) {
			char what[72];
			snprintf(what, sizeof what, "must be %s", must);
			return complain(reader, value->string, what);
		}
	}
	for (size_t i = 0; i < count; i++)
		if (!seen[i] && !members[i].optional)
			return complain(reader, members[i].name, "is missing");
	return 0;
}

static int check_application(
	const struct reader *reader, const struct ph_emv_parameters *p, size_t at)
{
	const struct ph_emv_application *a = &p->applications[at];

	if (a->random_target > a->random_max)
		return complain(reader, "random_max", "must not be below random_target");
	if (a->random_threshold && a->random_threshold >= a->floor_limit)
		return complain(reader, "random_threshold", "must be below floor_limit");
	if (ph_dol_check(a->ddol, a->ddol_len) < 0)
		return complain(reader, "ddol", "is no list of tags and lengths");
	if (ph_dol_check(a->tdol, a->tdol_len) < 0)
		return complain(reader, "tdol", "is no list of tags and lengths");
	for (size_t i = 0; i < at; i++)
		if (p->applications[i].aid_len == a->aid_len &&
			!memcmp(p->applications[i].aid, a->aid, a->aid_len))
			return complain(reader, "aid", "is there twice");
	return 0;
}

static int read_application(
	const struct reader *reader, const cJSON *value, struct ph_emv_parameters *p)
{
	size_t at = p->application_count;

	int r = read_object(reader, value, application_members, PH_ARRAY_SIZE(application_members),
		&p->applications[at]);
	if (!r)
		r = check_application(reader, p, at);
	p->application_count++;
	return r;
}

static int read_key(const struct reader *reader, const cJSON *value, struct ph_emv_parameters *p)
{
	struct key_entry entry = {.len = 0};

	int r = read_object(reader, value, key_members, PH_ARRAY_SIZE(key_members), &entry);
	if (r < 0)
		return r;
	entry.key.key.len = entry.len;
	r = ph_emv_ca_key_check(&entry.key);
	if (r < 0)
		return complain(reader, NULL,
			r == -EBADMSG ? "the checksum is not that of the key"
				      : "is no key that EMV allows");
	const struct ph_emv_keyring ring = {.keys = p->keys, .key_count = p->key_count};
	if (ph_emv_ca_key_find(&ring, entry.key.rid, entry.key.index))
		return complain(reader, NULL, "is there twice");
	p->keys[p->key_count++] = entry.key;
	return 0;
}

static int read_revoked(
	const struct reader *reader, const cJSON *value, struct ph_emv_parameters *p)
{
	return read_object(reader, value, revoked_members, PH_ARRAY_SIZE(revoked_members),
		&p->revoked[p->revoked_count++]);
}

/* An array of the document. */
struct array {
	const char *name;
	int max;
	bool optional;
	int (*read)(const struct reader *, const cJSON *, struct ph_emv_parameters *);
};

static const struct array arrays[] = {
	{"applications", PH_APPLICATIONS_MAX, false, read_application},
	{"keys", PH_CA_KEYS_MAX, false, read_key},
	{"revoked", PH_REVOKED_MAX, true, read_revoked},
};

static int read_array(struct reader *reader, const cJSON *document, const struct array *array,
	struct ph_emv_parameters *p)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(document, array->name), *value;
	unsigned i = 0;
	int r = 0;

	snprintf(reader->path, sizeof reader->path, "%s", array->name);
	if (!list && array->optional)
		return 0;
	if (!cJSON_IsArray(list))
		return complain(reader, NULL, list ? "must be an array" : "is missing");
	if (cJSON_GetArraySize(list) > array->max)
		return complain(reader, NULL, "has too many rows");
	cJSON_ArrayForEach(value, list)
	{
		snprintf(reader->path, sizeof reader->path, "%s[%u]", array->name, i++);
		r = array->read(reader, value, p);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_document(struct reader *reader, const cJSON *document, struct ph_emv_parameters *p)
{
	struct head head = {.format = 0};

	int r = read_object(reader, document, head_members, PH_ARRAY_SIZE(head_members), &head);
	if (r < 0)
		return r;
	if (head.format != FORMAT)
		return complain(reader, "format", "must be 1");
	p->test = head.test;
	p->expires = head.expires;
	const cJSON *terminal = cJSON_GetObjectItemCaseSensitive(document, "terminal");
	snprintf(reader->path, sizeof reader->path, "terminal");
	r = read_object(
		reader, terminal, terminal_members, PH_ARRAY_SIZE(terminal_members), &p->terminal);
	for (size_t i = 0; !r && i < PH_ARRAY_SIZE(arrays); i++)
		r = read_array(reader, document, &arrays[i], p);
	return r;
}

int ph_emv_parameters_read(const char *text, size_t len, struct ph_emv_parameters *ret_parameters,
	char why[PH_EMV_WHY_SIZE])
{
	struct reader reader = {.why = why};

	if (len > PH_EMV_PARAMETERS_BYTES_MAX)
		return -E2BIG;
	PH_CLEANUP_FREE struct ph_emv_parameters *p = calloc(1, sizeof *p);
	if (!p)
		return -ENOMEM;
	cJSON *document = cJSON_ParseWithLength(text, len);
	int r = document ? read_document(&reader, document, p)
			 : complain(&reader, "document", "is no JSON");
	cJSON_Delete(document);
	if (!r)
		*ret_parameters = *p;
	return r;
}

int ph_emv_parameters_verify(const char *text, size_t len, const char *signature,
	size_t signature_len, const uint8_t public_key[32])
{
	uint8_t bytes[PH_BASE64_SIZE(crypto_sign_BYTES)];

	while (signature_len && signature[signature_len - 1] == '\n')
		signature_len--;
	if (signature_len != PH_BASE64_SIZE(crypto_sign_BYTES) - 1 ||
		ph_base64_decode(signature, signature_len, bytes) != crypto_sign_BYTES)
		return -EKEYREJECTED;
	if (sodium_init() < 0 || crypto_sign_verify_detached(
					 bytes, (const unsigned char *)text, len, public_key) != 0)
		return -EKEYREJECTED;
	return 0;
}

static bool used(const struct ph_emv_parameters *p, const struct ph_emv_ca_key *key)
{
	for (size_t i = 0; i < p->application_count; i++)
		if (!memcmp(p->applications[i].aid, key->rid, PH_RID_SIZE))
			return true;
	return false;
}

static void name_key(const struct ph_emv_ca_key *key, char what[PH_EMV_WHY_SIZE])
{
	const uint8_t *rid = key->rid;

	snprintf(what, PH_EMV_WHY_SIZE, "the key %02X%02X%02X%02X%02X/%02X of an authority", rid[0],
		rid[1], rid[2], rid[3], rid[4], key->index);
}

int ph_emv_parameters_expiry(
	const struct ph_emv_parameters *parameters, uint32_t date, char what[PH_EMV_WHY_SIZE])
{
	int today = ph_emv_day_number(date), least = INT_MAX;

	what[0] = '\0';
	if (parameters->expires) {
		least = ph_emv_day_number(parameters->expires) - today;
		snprintf(what, PH_EMV_WHY_SIZE, "the parameter file");
	}
	for (size_t i = 0; i < parameters->key_count; i++) {
		const struct ph_emv_ca_key *key = &parameters->keys[i];
		if (!key->expiry || !used(parameters, key) ||
			ph_emv_day_number(key->expiry) - today >= least)
			continue;
		least = ph_emv_day_number(key->expiry) - today;
		name_key(key, what);
	}
	return least;
}
