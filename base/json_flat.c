// Flat JSON objects without allocation; what it does not know it leaves to cJSON.
#include "base/json_flat.h"

#include "base/cleanup.h"
#include "base/json_scan.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define DIGITS_MAX 15 /* every such number is exact as a double */

/* Bytes of the escape at `p`, or 0 for none that JSON knows. */
static size_t escape_len(const char *p, const char *end)
{
	if (end - p < 2)
		return 0;
	if (strchr("\"\\/bfnrt", p[1]) && p[1])
		return 2;
	if (p[1] != 'u' || end - p < 6)
		return 0;
	for (int i = 2; i < 6; i++)
		if (!isxdigit((unsigned char)p[i]))
			return 0;
	return 6;
}

/* The byte behind the string that begins at `p`, or NULL. */
static const char *string_end(const char *p, const char *end, bool *ret_escaped)
{
	*ret_escaped = false;
	for (p++; (p += ph_json_plain(p, (size_t)(end - p))) < end && *p != '"';) {
		const size_t n = *p == '\\' ? escape_len(p, end) : 0;
		if (!n)
			return NULL;
		*ret_escaped = true;
		p += n;
	}
	return p < end ? p + 1 : NULL;
}

static const char *number_end(const char *p, const char *end)
{
	const char *first = p + (*p == '-');
	const char *last = first;

	while (last < end && isdigit((unsigned char)*last))
		last++;
	if (last == first || last - first > DIGITS_MAX || (*first == '0' && last - first > 1))
		return NULL;
	return last;
}

/* The byte behind true, false or null, or NULL. */
static const char *literal_end(const char *p, const char *end)
{
	static const char *const words[] = {"true", "false", "null"};

	for (size_t i = 0; i < PH_ARRAY_SIZE(words); i++) {
		size_t len = strlen(words[i]);
		if ((size_t)(end - p) >= len && !memcmp(p, words[i], len))
			return p + len;
	}
	return NULL;
}

static const char *value_end(const char *p, const char *end, enum ph_json_kind *ret_kind);

/* The byte behind the list or object that begins at `p`, or NULL. Its depth has passed ph_json_scan(). */
static const char *nested_end(const char *p, const char *end)
{
	char close = *p == '{' ? '}' : ']';
	enum ph_json_kind kind;
	bool escaped;

	if (++p < end && *p == close)
		return p + 1;
	while (p && p < end) {
		if (close == '}') {
			p = *p == '"' ? string_end(p, end, &escaped) : NULL;
			if (!p || p == end || *p++ != ':')
				return NULL;
		}
		p = p < end ? value_end(p, end, &kind) : NULL;
		if (!p || p == end)
			return NULL;
		if (*p == close)
			return p + 1;
		if (*p++ != ',')
			return NULL;
	}
	return NULL;
}

static const char *value_end(const char *p, const char *end, enum ph_json_kind *ret_kind)
{
	bool escaped;

	switch (*p) {
	case '"':
		*ret_kind = PH_JSON_STRING;
		return string_end(p, end, &escaped);
	case '{':
	case '[':
		*ret_kind = PH_JSON_NESTED;
		return nested_end(p, end);
	case 't':
	case 'f':
	case 'n':
		*ret_kind = PH_JSON_LITERAL;
		return literal_end(p, end);
	default:
		*ret_kind = PH_JSON_NUMBER;
		return number_end(p, end);
	}
}

/* Reads `"name":value` at `p`; returns the byte behind it, or NULL. */
static const char *read_member(const char *p, const char *end, struct ph_json_member *member)
{
	bool escaped;

	if (*p != '"')
		return NULL;
	const char *behind = string_end(p, end, &escaped);
	if (!behind || escaped || end - behind < 2 || *behind != ':')
		return NULL;
	member->name = p + 1;
	member->name_len = (size_t)(behind - p) - 2;
	member->value = behind + 1;
	behind = value_end(member->value, end, &member->kind);
	if (behind)
		member->value_len = (size_t)(behind - member->value);
	return behind;
}

int ph_json_flat(const char *text, size_t len, struct ph_json_member *members, size_t max)
{
	const char *p = text + 1, *end = text + len;
	size_t count = 0;

	if (len < 2 || text[0] != '{' || end[-1] != '}')
		return -EINVAL;
	if (len == 2)
		return 0;
	while (p < end) {
		if (count == max)
			return -EINVAL;
		p = read_member(p, end - 1, &members[count]);
		if (!p)
			return -EINVAL;
		count++;
		if (p == end - 1)
			return (int)count;
		if (*p != ',' || ++p == end - 1)
			return -EINVAL;
	}
	return -EINVAL;
}

const struct ph_json_member *ph_json_flat_find(
	const struct ph_json_member *members, int count, const char *name)
{
	size_t len = strlen(name);

	for (int i = 0; i < count; i++)
		if (members[i].name_len == len && !memcmp(members[i].name, name, len))
			return &members[i];
	return NULL;
}
