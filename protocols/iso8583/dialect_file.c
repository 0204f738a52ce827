// Reads the JSON of a dialect into its tables and names what is wrong by its path; what it means is used in dialect.c.
#include "protocols/iso8583/dialect_file.h"

#include "base/cleanup.h"
#include "base/json_scan.h"
#include "poshal/limits.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PH_DEFINE_CLEANUP(cJSON *, cJSON_Delete)

static const char *const formats[] = {"n", "a", "an", "ans", "z", "xn", "b", "tlv", NULL};
static const char *const lengths[] = {"fixed", "ll", "lll", NULL};
static const char *const encodings[] = {"ascii", "bcd", "bin", "hex", NULL};
static const char *const countings[] = {"digits", "bytes", NULL};
static const char *const pads[] = {"left0", "rightF", NULL};
static const char *const headers[] = {"bin2", "bin4", "ascii4", "bcd2", NULL};
static const char *const types[] = {"sale", "refund", "preauth", "complete", NULL};
static const char *const entries[] = {"chip", "stripe", "manual", NULL};
static const char *const pins[] = {"unknown", "yes", "no", NULL};
static const char *const reasons[] = {"timeout", "cancelled", "malfunction", NULL};
static const char *const marks[] = {"deferred", "voice", NULL};
static const char *const iccs[] = {"request", "advice", "reversal", NULL};
static const char *const decisions[] = {"declined", "approved", "partial", "referred", "soft",
	"format", "duplicate", "not_found", "unknown", NULL};

_Static_assert(PH_ARRAY_SIZE(formats) == PH_ISO_FORMAT_COUNT_ + 1, "one word each");
_Static_assert(PH_ARRAY_SIZE(decisions) == PH_ISO_DECISION_COUNT_ + 1, "one word each");
_Static_assert(PH_ARRAY_SIZE(headers) == PH_ISO_HEADER_COUNT_ + 1, "one word each");
_Static_assert(PH_ARRAY_SIZE(marks) == PH_ISO_MARK_COUNT_ + 1, "one word each");
_Static_assert(PH_ARRAY_SIZE(types) == PH_ISO_TYPE_COUNT_ + 1, "one word each");

/* Where a value is: the object it is in, for messages, and what was wrong first. */
struct file {
	char *why;
	char path[80];
};

static int fail(struct file *file, const char *member, const char *what)
{
	snprintf(file->why, PH_ISO_WHY_SIZE, "$%s%s%s: %s", file->path, *member ? "." : "", member,
		what);
	return -EBADMSG;
}

static const cJSON *get(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

/* Every member of an object is one of `names`, and there once. */
static int check_members(struct file *file, const cJSON *object, const char *const *names)
{
	if (!cJSON_IsObject(object))
		return fail(file, "", "is missing, or no object");
	for (const cJSON *member = object->child; member; member = member->next) {
		const char *const *name = names;

		while (*name && strcmp(*name, member->string) != 0)
			name++;
		if (!*name)
			return fail(file, member->string, "unknown member");
		if (get(object, *name) != member)
			return fail(file, member->string, "is given twice");
	}
	return 0;
}

/* A word of a list as its number; `fallback` (-1: none) where it is absent. */
static int read_word(struct file *file, const cJSON *object, const char *name,
	const char *const *words, int fallback)
{
	const char *text = cJSON_GetStringValue(get(object, name));

	if (!get(object, name) && fallback >= 0)
		return fallback;
	for (int i = 0; text && words[i]; i++)
		if (!strcmp(words[i], text))
			return i;
	return fail(file, name, "is missing, or none of the words it can be");
}

static int read_number(
	struct file *file, const cJSON *object, const char *name, unsigned max, unsigned *ret)
{
	const cJSON *item = get(object, name);

	if (!cJSON_IsNumber(item) || item->valuedouble < 0 || item->valuedouble > max ||
		item->valuedouble != (double)(unsigned)item->valuedouble)
		return fail(file, name, "is missing, or no number within its bounds");
	*ret = (unsigned)item->valuedouble;
	return 0;
}

static int read_bool(struct file *file, const cJSON *object, const char *name, bool *ret)
{
	const cJSON *item = get(object, name);

	if (item && !cJSON_IsBool(item))
		return fail(file, name, "is neither true nor false");
	*ret = cJSON_IsTrue(item);
	return 0;
}

/* A text of exactly `len` characters, or of 1 to len with `shorter`; digits only with `digits`. */
static int read_text(
	struct file *file, const cJSON *object, const char *name, char *out, size_t len)
{
	const char *text = cJSON_GetStringValue(get(object, name));

	if (!text || strlen(text) != len)
		return fail(file, name, "is missing, or not as long as it has to be");
	for (size_t i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~')
			return fail(file, name, "has characters that cannot be sent");
	memcpy(out, text, len + 1);
	return 0;
}

static int read_digits(
	struct file *file, const cJSON *object, const char *name, char *out, size_t len)
{
	int r = read_text(file, object, name, out, len);

	if (r == 0 && strspn(out, "0123456789") != len)
		return fail(file, name, "is not of digits");
	return r;
}

static int read_name(struct file *file, const cJSON *object, char out[PH_ISO_NAME_SIZE])
{
	const char *text = cJSON_GetStringValue(get(object, "name"));

	if (!text || !*text || strlen(text) >= PH_ISO_NAME_SIZE)
		return fail(file, "name", "is missing, or longer than 47 bytes");
	memcpy(out, text, strlen(text) + 1);
	return 0;
}

/* ---- fields ---- */

/* A property of a field, or what the dialect says for all fields of its format. */
static int read_property(struct file *file, const cJSON *row, const cJSON *usual, const char *name,
	const char *const *words)
{
	return read_word(file, get(row, name) ? row : usual, name, words, 0);
}

static int read_field(
	struct file *file, const cJSON *root, const cJSON *row, struct ph_iso_table *table)
{
	static const char *const names[] = {"n", "name", "format", "length", "max",
		"length_encoding", "counts", "encoding", "pad", NULL};
	struct ph_iso_field *field;
	unsigned n, max;
	int format, length, r = check_members(file, row, names);

	if (r < 0 || read_number(file, row, "n", PH_ISO_FIELDS, &n) < 0 ||
		read_number(file, row, "max", 999, &max) < 0)
		return -EBADMSG;
	snprintf(file->path, sizeof file->path, ".fields[n=%u]", n);
	field = &table->fields[n];
	if (n < 2 || field->name[0])
		return fail(file, "n", "is no field, or there twice");
	format = read_word(file, row, "format", formats, -1);
	length = read_word(file, row, "length", lengths, 0);
	if (format < 0 || length < 0 || read_name(file, row, field->name) < 0)
		return -EBADMSG;
	const cJSON *usual = get(get(root, "formats"), formats[format]);
	int length_encoding = read_property(file, row, usual, "length_encoding", encodings);
	int counts = read_property(file, row, usual, "counts", countings);
	int encoding = read_property(file, row, usual, "encoding", encodings);
	int pad = read_property(file, row, usual, "pad", pads);

	if (length_encoding < 0 || counts < 0 || encoding < 0 || pad < 0)
		return -EBADMSG;
	field->format = (enum ph_iso_format)format;
	field->length = (enum ph_iso_length)length;
	field->length_encoding = (enum ph_iso_encoding)length_encoding;
	field->counts = (enum ph_iso_counts)counts;
	field->encoding = (enum ph_iso_encoding)encoding;
	field->pad = (enum ph_iso_pad)pad;
	field->max = (uint16_t)max;
	return 0;
}

static int read_table(struct file *file, const cJSON *root, struct ph_iso_dialect *dialect)
{
	static const char *const names[] = {"length_encoding", "counts", "encoding", "pad", NULL};
	int mti = read_word(file, root, "mti", encodings, -1);
	int bitmap = read_word(file, root, "bitmap", encodings, -1);
	struct ph_iso_error error;
	const cJSON *row;

	if (mti < 0 || bitmap < 0)
		return -EBADMSG;
	dialect->table.mti = (enum ph_iso_encoding)mti;
	dialect->table.bitmap = (enum ph_iso_encoding)bitmap;
	snprintf(file->path, sizeof file->path, ".formats");
	if (check_members(file, get(root, "formats"), formats) < 0)
		return -EBADMSG;
	cJSON_ArrayForEach(row, get(root, "formats"))
	{
		if (check_members(file, row, names) < 0)
			return -EBADMSG;
	}
	snprintf(file->path, sizeof file->path, ".fields");
	if (!cJSON_IsArray(get(root, "fields")))
		return fail(file, "", "is missing, or no list");
	cJSON_ArrayForEach(row, get(root, "fields"))
	{
		snprintf(file->path, sizeof file->path, ".fields");
		if (read_field(file, root, row, &dialect->table) < 0)
			return -EBADMSG;
	}
	if (ph_iso_table_check(&dialect->table, &error) < 0) {
		snprintf(file->path, sizeof file->path, ".fields[n=%u]", error.field);
		return fail(file, "", error.what);
	}
	file->path[0] = '\0';
	return 0;
}

/* ---- messages ---- */

static int read_bits(struct file *file, const struct ph_iso_dialect *dialect, const cJSON *object,
	const char *name, uint64_t bits[2])
{
	const cJSON *list = get(object, name), *item;

	if (list && !cJSON_IsArray(list))
		return fail(file, name, "is no list of fields");
	cJSON_ArrayForEach(item, list)
	{
		double number = cJSON_IsNumber(item) ? item->valuedouble : 0;
		unsigned n = number >= 2 && number <= PH_ISO_FIELDS ? (unsigned)number : 0;

		if (!n || !dialect->table.fields[n].name[0])
			return fail(file, name, "has a field that is not in the table");
		bits[(n - 1) / 64] |= 1ull << (63 - (n - 1) % 64);
	}
	return 0;
}

static int read_rules(struct file *file, const cJSON *root, struct ph_iso_dialect *dialect)
{
	static const char *const names[] = {"must", "may", "chip", NULL};
	const cJSON *row;

	snprintf(file->path, sizeof file->path, ".messages");
	if (!cJSON_IsObject(get(root, "messages")))
		return fail(file, "", "is missing, or no object");
	cJSON_ArrayForEach(row, get(root, "messages"))
	{
		struct ph_iso_rule *rule = &dialect->rules[dialect->rule_count];

		snprintf(file->path, sizeof file->path, ".messages.%.8s", row->string);
		if (dialect->rule_count == PH_ISO_RULES_MAX)
			return fail(file, "", "there are more than 24 messages");
		if (strlen(row->string) != 4 || strspn(row->string, "0123456789") != 4)
			return fail(file, "", "is no MTI");
		if (check_members(file, row, names) < 0)
			return -EBADMSG;
		memcpy(rule->mti, row->string, 5);
		if (read_bits(file, dialect, row, "must", rule->must) < 0 ||
			read_bits(file, dialect, row, "may", rule->may) < 0 ||
			read_bits(file, dialect, row, "chip", rule->chip) < 0)
			return -EBADMSG;
		dialect->rule_count++;
	}
	return 0;
}

static int read_types(struct file *file, const cJSON *root, struct ph_iso_dialect *dialect)
{
	static const char *const names[] = {"mti", "processing", "condition", NULL};

	for (unsigned i = 0; i < PH_ISO_TYPE_COUNT_; i++) {
		const cJSON *row = get(get(root, "types"), types[i]);

		snprintf(file->path, sizeof file->path, ".types.%s", types[i]);
		if (check_members(file, row, names) < 0 ||
			read_digits(file, row, "mti", dialect->types[i].mti, 4) < 0 ||
			read_digits(file, row, "processing", dialect->types[i].processing, 6) < 0 ||
			read_digits(file, row, "condition", dialect->types[i].condition, 2) < 0)
			return -EBADMSG;
		if (!ph_iso_rule(dialect, dialect->types[i].mti))
			return fail(file, "mti", "is not among the messages");
	}
	snprintf(file->path, sizeof file->path, ".types");
	return check_members(file, get(root, "types"), types);
}

/* An object with one text for each word. */
static int read_texts(struct file *file, const cJSON *root, const char *name,
	const char *const *words, char *out, size_t len)
{
	const cJSON *object = get(root, name);

	snprintf(file->path, sizeof file->path, ".%s", name);
	if (check_members(file, object, words) < 0)
		return -EBADMSG;
	for (unsigned i = 0; words[i]; i++)
		if (read_digits(file, object, words[i], out + i * (len + 1), len) < 0)
			return -EBADMSG;
	return 0;
}

/* ---- advices, totals, marks ---- */

static int read_advice(struct file *file, const cJSON *root, struct ph_iso_dialect *dialect)
{
	file->path[0] = '\0';
	if (!get(root, "advice"))
		return 0;
	if (read_digits(file, root, "advice", dialect->advice_mti, 4) < 0)
		return -EBADMSG;
	return ph_iso_rule(dialect, dialect->advice_mti)
		       ? 0
		       : fail(file, "advice", "is not among the messages");
}

static int read_sign(struct file *file, const cJSON *object, const char *name, char sign[2])
{
	if (read_text(file, object, name, sign, 1) < 0)
		return -EBADMSG;
	return *sign == 'C' || *sign == 'D' ? 0 : fail(file, name, "is C or D");
}

static int read_reconcile(struct file *file, const cJSON *root, struct ph_iso_dialect *dialect)
{
	static const char *const names[] = {"mti", "more_debits", "more_credits", NULL};
	const cJSON *object = get(root, "reconcile");

	snprintf(file->path, sizeof file->path, ".reconcile");
	if (!object)
		return 0;
	if (check_members(file, object, names) < 0 ||
		read_digits(file, object, "mti", dialect->reconcile.mti, 4) < 0 ||
		read_sign(file, object, "more_debits", dialect->reconcile.debits) < 0 ||
		read_sign(file, object, "more_credits", dialect->reconcile.credits) < 0)
		return -EBADMSG;
	return ph_iso_rule(dialect, dialect->reconcile.mti)
		       ? 0
		       : fail(file, "mti", "is not among the messages");
}

static int read_mark(
	struct file *file, const cJSON *object, struct ph_iso_dialect *dialect, unsigned mark)
{
	unsigned count = 0;

	for (const cJSON *item = object->child; item; item = item->next) {
		const char *value = cJSON_GetStringValue(item);
		unsigned long n = strtoul(item->string, NULL, 10);

		if (n < 2 || n > PH_ISO_FIELDS || !dialect->table.fields[n].name[0])
			return fail(file, item->string, "is no field of the table");
		if (!value || !*value || strlen(value) >= PH_ISO_MARK_SIZE)
			return fail(file, item->string, "is no text of 1 to 32 characters");
		if (count == PH_ISO_MARKS_MAX)
			return fail(file, "", "has more than 4 fields");
		dialect->marks[mark][count].field = (unsigned)n;
		memcpy(dialect->marks[mark][count++].value, value, strlen(value) + 1);
	}
	return 0;
}

static int read_marks(struct file *file, const cJSON *root, struct ph_iso_dialect *dialect)
{
	const cJSON *object = get(root, "marks");

	snprintf(file->path, sizeof file->path, ".marks");
	if (object && check_members(file, object, marks) < 0)
		return -EBADMSG;
	for (unsigned i = 0; i < PH_ISO_MARK_COUNT_; i++) {
		const cJSON *mark = get(object, marks[i]);

		snprintf(file->path, sizeof file->path, ".marks.%s", marks[i]);
		if (mark && !cJSON_IsObject(mark))
			return fail(file, "", "is no object");
		if (mark && read_mark(file, mark, dialect, i) < 0)
			return -EBADMSG;
	}
	return 0;
}

/* ---- codes ---- */

static int read_code(
	struct file *file, struct ph_iso_dialect *dialect, unsigned decision, const cJSON *item)
{
	const char *code = cJSON_GetStringValue(item);

	if (!code || strlen(code) != 2)
		return fail(file, "", "has something that is no response code");
	for (unsigned i = 0; i < dialect->code_count; i++)
		if (!memcmp(dialect->codes[i].code, code, 2))
			return fail(file, "", "has a code that is in two lists");
	if (dialect->code_count == PH_ISO_CODES_MAX)
		return fail(file, "", "there are more than 64 codes");
	memcpy(dialect->codes[dialect->code_count].code, code, 2);
	dialect->codes[dialect->code_count++].decision = (enum ph_iso_decision)decision;
	return 0;
}

static int read_codes(struct file *file, const cJSON *root, struct ph_iso_dialect *dialect)
{
	const cJSON *codes = get(root, "codes"), *item;

	snprintf(file->path, sizeof file->path, ".codes");
	if (check_members(file, codes, decisions) < 0)
		return -EBADMSG;
	for (unsigned i = 0; i < PH_ISO_DECISION_COUNT_; i++) {
		snprintf(file->path, sizeof file->path, ".codes.%s", decisions[i]);
		cJSON_ArrayForEach(item, get(codes, decisions[i]))
		{
			if (read_code(file, dialect, i, item) < 0)
				return -EBADMSG;
		}
	}
	return 0;
}

/* ---- data of the chip ---- */

static int read_tags(
	struct file *file, const cJSON *object, const char *name, struct ph_iso_tags *tags)
{
	const cJSON *list = get(object, name), *item;

	if (!cJSON_IsArray(list))
		return fail(file, name, "is missing, or no list of tags");
	cJSON_ArrayForEach(item, list)
	{
		const char *text = cJSON_GetStringValue(item);
		size_t len = text ? strlen(text) : 0;

		if ((len != 2 && len != 4 && len != 6) || strspn(text, "0123456789ABCDEF") != len)
			return fail(file, name, "has something that is no tag in capital hex");
		if (tags->len == PH_ISO_ICC_MAX)
			return fail(file, name, "has more than 48 tags");
		tags->tags[tags->len++] = (uint32_t)strtoul(text, NULL, 16);
	}
	return 0;
}

static int read_icc(struct file *file, const cJSON *root, struct ph_iso_dialect *dialect)
{
	static const char *const names[] = {"request", "advice", "reversal", "answer", NULL};
	static const char *const lists[] = {"must", "may", NULL};
	const cJSON *icc = get(root, "icc");

	snprintf(file->path, sizeof file->path, ".icc");
	if (check_members(file, icc, names) < 0 ||
		read_tags(file, icc, "answer", &dialect->icc_answer) < 0)
		return -EBADMSG;
	for (unsigned i = 0; i < PH_ISO_ICC_COUNT_; i++) {
		const cJSON *row = get(icc, iccs[i]);

		snprintf(file->path, sizeof file->path, ".icc.%s", iccs[i]);
		if (check_members(file, row, lists) < 0 ||
			read_tags(file, row, "must", &dialect->icc_must[i]) < 0 ||
			read_tags(file, row, "may", &dialect->icc_may[i]) < 0)
			return -EBADMSG;
	}
	return 0;
}

/* ---- the link ---- */

static int read_framing(struct file *file, const cJSON *root, struct ph_iso_framing *framing)
{
	static const char *const names[] = {"header", "counts_itself", "keep_alive", "tpdu", NULL};
	const cJSON *object = get(root, "framing");
	char tpdu[2 * PH_ISO_TPDU + 1];
	int header;

	snprintf(file->path, sizeof file->path, ".framing");
	if (check_members(file, object, names) < 0)
		return -EBADMSG;
	header = read_word(file, object, "header", headers, -1);
	if (header < 0 || read_bool(file, object, "counts_itself", &framing->counts_itself) < 0 ||
		read_bool(file, object, "keep_alive", &framing->keep_alive) < 0)
		return -EBADMSG;
	framing->header = (enum ph_iso_header)header;
	framing->has_tpdu = get(object, "tpdu") != NULL;
	if (!framing->has_tpdu)
		return 0;
	if (read_digits(file, object, "tpdu", tpdu, 2 * PH_ISO_TPDU) < 0)
		return -EBADMSG;
	for (unsigned i = 0; i < PH_ISO_TPDU; i++)
		framing->tpdu[i] = (uint8_t)((tpdu[2 * i] - '0') << 4 | (tpdu[2 * i + 1] - '0'));
	return 0;
}

static int read_link(struct file *file, const cJSON *root, struct ph_iso_dialect *dialect)
{
	static const char *const names[] = {
		"sign_on", "request_repeat", "partial_approval", "echo_s", "echo_timeout_ms", NULL};
	const cJSON *object = get(root, "link");

	snprintf(file->path, sizeof file->path, ".link");
	if (check_members(file, object, names) < 0 ||
		read_bool(file, object, "sign_on", &dialect->sign_on) < 0 ||
		read_bool(file, object, "request_repeat", &dialect->request_repeat) < 0 ||
		read_bool(file, object, "partial_approval", &dialect->partial_approval) < 0 ||
		read_number(file, object, "echo_s", 3600, &dialect->echo_s) < 0 ||
		read_number(file, object, "echo_timeout_ms", 60000, &dialect->echo_timeout_ms) < 0)
		return -EBADMSG;
	if (!dialect->echo_s || !dialect->echo_timeout_ms)
		return fail(file, "echo_s", "this and echo_timeout_ms are at least 1");
	return 0;
}

static int read_all(struct file *file, const cJSON *root, struct ph_iso_dialect *dialect)
{
	static const char *const names[] = {"name", "mti", "bitmap", "formats", "fields",
		"messages", "types", "cashback", "reversal", "entry", "pin", "reasons", "codes",
		"icc", "framing", "link", "advice", "reconcile", "marks", NULL};

	if (check_members(file, root, names) < 0 || read_name(file, root, dialect->name) < 0 ||
		read_digits(file, root, "cashback", dialect->cashback, 6) < 0 ||
		read_digits(file, root, "reversal", dialect->reversal_mti, 4) < 0 ||
		read_table(file, root, dialect) < 0 || read_rules(file, root, dialect) < 0 ||
		read_types(file, root, dialect) < 0 || read_advice(file, root, dialect) < 0 ||
		read_reconcile(file, root, dialect) < 0 || read_marks(file, root, dialect) < 0 ||
		read_texts(file, root, "entry", entries, dialect->entries[0], 2) < 0 ||
		read_texts(file, root, "pin", pins, dialect->pins[0], 1) < 0 ||
		read_texts(file, root, "reasons", reasons, dialect->reasons[0], 2) < 0 ||
		read_codes(file, root, dialect) < 0 || read_icc(file, root, dialect) < 0 ||
		read_framing(file, root, &dialect->framing) < 0 ||
		read_link(file, root, dialect) < 0)
		return -EBADMSG;
	file->path[0] = '\0';
	if (!ph_iso_rule(dialect, dialect->reversal_mti) || !ph_iso_rule(dialect, "0800"))
		return fail(file, "messages", "the reversal or 0800 is not among them");
	return 0;
}

int ph_iso_dialect_read(
	const char *text, size_t len, struct ph_iso_dialect *ret_dialect, char why[PH_ISO_WHY_SIZE])
{
	PH_CLEANUP(cJSON_Delete_p) cJSON *root = NULL;
	PH_CLEANUP_FREE struct ph_iso_dialect *dialect = NULL;
	struct file file = {.why = why};
	int r;

	if (len > PH_ISO_DIALECT_BYTES_MAX)
		return -E2BIG;
	if (ph_json_scan(text, len, PH_JSON_DEPTH_MAX) == 0)
		root = cJSON_ParseWithLength(text, len);
	if (!root)
		return fail(&file, "", "is not JSON");
	dialect = calloc(1, sizeof *dialect);
	if (!dialect)
		return -ENOMEM;
	r = read_all(&file, root, dialect);
	if (r < 0)
		return r;
	*ret_dialect = *dialect;
	return 0;
}
