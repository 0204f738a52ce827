// Reads members of JSON objects with their bounds; what they are for is record.c's, totals.c's and answer_json.c's.
#include "acquirer/reader.h"

#include "base/base64.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int ph_reader_wrong(const struct ph_reader *reader, const char *member, const char *what)
{
	if (reader->why)
		snprintf(reader->why, PH_RECORD_WHY_SIZE, "$.%s%s: %s", reader->in, member, what);
	return -EINVAL;
}

const cJSON *ph_reader_get(const struct ph_reader *reader, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(reader->object, name);
}

int ph_reader_known_members(const struct ph_reader *reader, const char *const *names)
{
	for (const cJSON *member = reader->object->child; member; member = member->next) {
		const char *const *name = names;

		while (*name && strcmp(*name, member->string) != 0)
			name++;
		if (!*name) {
			char unknown[41];

			snprintf(unknown, sizeof unknown, "%s", member->string);
			return ph_reader_wrong(reader, unknown, "unknown member");
		}
		if (ph_reader_get(reader, *name) != member)
			return ph_reader_wrong(reader, *name, "is given twice");
	}
	return 0;
}

int ph_reader_number(
	const struct ph_reader *reader, const char *name, uint64_t max, uint64_t *ret_number)
{
	const cJSON *item = ph_reader_get(reader, name);

	if (!cJSON_IsNumber(item) || item->valuedouble < 0 || item->valuedouble > (double)max ||
		item->valuedouble != (double)(uint64_t)item->valuedouble)
		return ph_reader_wrong(reader, name, "is missing, or no number within its bounds");
	*ret_number = (uint64_t)item->valuedouble;
	return 0;
}

int ph_reader_text(
	const struct ph_reader *reader, const char *name, char *out, size_t len, bool any)
{
	const char *text = cJSON_GetStringValue(ph_reader_get(reader, name));

	if (!text || strlen(text) != len)
		return ph_reader_wrong(reader, name, "is missing, or of another length");
	for (size_t i = 0; i < len; i++)
		if (any ? text[i] < ' ' || text[i] > '~' : text[i] < '0' || text[i] > '9')
			return ph_reader_wrong(
				reader, name, any ? "is not printable" : "has digits only");
	memcpy(out, text, len + 1);
	return 0;
}

int ph_reader_id(const struct ph_reader *reader, const char *name, char out[PH_NAME_MAX + 1])
{
	const char *text = cJSON_GetStringValue(ph_reader_get(reader, name));

	if (!text || !*text || strlen(text) > PH_NAME_MAX)
		return ph_reader_wrong(reader, name, "is missing, or longer than 64 bytes");
	memcpy(out, text, strlen(text) + 1);
	return 0;
}

int ph_reader_word(const struct ph_reader *reader, const char *name, const char *const *words)
{
	const char *text = cJSON_GetStringValue(ph_reader_get(reader, name));

	for (int i = 0; text && words[i]; i++)
		if (!strcmp(words[i], text))
			return i;
	return ph_reader_wrong(reader, name, "is missing, or none of the words it can be");
}

int ph_reader_bytes(
	const struct ph_reader *reader, const char *name, uint8_t *out, size_t max, size_t *ret_len)
{
	const cJSON *item = ph_reader_get(reader, name);
	const char *text = cJSON_GetStringValue(item);
	ssize_t n;

	*ret_len = 0;
	if (!item)
		return 0;
	if (!text || strlen(text) > (max + 2) / 3 * 4)
		return ph_reader_wrong(reader, name, "is no base64, or too long");
	n = ph_base64_decode(text, strlen(text), out);
	if (n < 0 || (size_t)n > max)
		return ph_reader_wrong(reader, name, "is no base64, or too long");
	*ret_len = (size_t)n;
	return 0;
}

int ph_reader_flag(const struct ph_reader *reader, const char *name, bool *ret_flag)
{
	const cJSON *item = ph_reader_get(reader, name);

	if (item && !cJSON_IsBool(item))
		return ph_reader_wrong(reader, name, "is neither true nor false");
	*ret_flag = cJSON_IsTrue(item);
	return 0;
}

int ph_reader_currency(const struct ph_reader *outer, char code[4], unsigned *ret_number)
{
	static const char *const names[] = {"code", "number", "exponent", NULL};
	struct ph_reader reader = {
		.object = ph_reader_get(outer, "currency"), .in = "currency.", .why = outer->why};
	uint64_t number, exponent;

	if (!cJSON_IsObject(reader.object))
		return ph_reader_wrong(outer, "currency", "is missing, or no object");
	if (ph_reader_known_members(&reader, names) < 0 ||
		ph_reader_text(&reader, "code", code, 3, true) < 0 ||
		ph_reader_number(&reader, "number", 999, &number) < 0)
		return -EINVAL;
	*ret_number = (unsigned)number;
	return ph_reader_get(&reader, "exponent")
		       ? ph_reader_number(&reader, "exponent", 4, &exponent)
		       : 0;
}

int ph_reader_timeout(const struct ph_reader *reader, unsigned *ret_ms)
{
	uint64_t ms = 0;

	*ret_ms = 0;
	if (!ph_reader_get(reader, "timeout_ms"))
		return 0;
	if (ph_reader_number(reader, "timeout_ms", 120000, &ms) < 0 || !ms)
		return ph_reader_wrong(reader, "timeout_ms", "is from 1 to 120000");
	*ret_ms = (unsigned)ms;
	return 0;
}

int ph_reader_tid(const struct ph_reader *reader, char out[9])
{
	const cJSON *item = ph_reader_get(reader, "tid");
	const char *tid = cJSON_GetStringValue(item);

	if (item && (!tid || !*tid || strlen(tid) > 8))
		return ph_reader_wrong(reader, "tid", "has one to eight characters");
	snprintf(out, 9, "%s", tid ? tid : "");
	return 0;
}
