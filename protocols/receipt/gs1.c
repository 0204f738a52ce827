// Checks GS1 numbers and element strings; which symbol carries them is not its business.
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "protocols/receipt/parse.h"

// The characters that element strings may have (GS1 General Specifications, figure 7.11-1), without
// the brackets, which mark application identifiers here.
#define CHARS  "!\"%&'*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

char ph_gs1_check(const char *digits, size_t len)
{
	unsigned sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += (unsigned)(digits[len - 1 - i] - '0') * (i % 2 ? 1 : 3);
	return (char)('0' + (10 - sum % 10) % 10);
}

int ph_parse_gs1_number(struct ph_parse *parse, const char *data, size_t full, char *out)
{
	const size_t len = strlen(data);

	if ((len != full && len != full - 1) || strspn(data, DIGITS) != len)
		return ph_parse_fail(parse, -EINVAL,
			"must be %zu digits, or %zu without check digit", full, full - 1);
	const char check = ph_gs1_check(data, full - 1);
	if (len == full && data[len - 1] != check)
		return ph_parse_fail(
			parse, -EINVAL, "wrong check digit: %c, computed %c", data[len - 1], check);
	memcpy(out, data, full - 1);
	out[full - 1] = check;
	return 0;
}

// Application identifiers whose data have a fixed length, end with a check digit or are digits only;
// others may be 1 to 90 characters. Source: GS1 General Specifications, figure 3.2-1.
static const struct identifier {
	const char *prefix;
	uint8_t len; // of the identifier
	uint8_t min, max;
	bool digits, check;
} identifiers[] = {
	{"00", 2, 18, 18, true, true},
	{"01", 2, 14, 14, true, true},
	{"02", 2, 14, 14, true, true},
	{"10", 2, 1, 20, false, false},
	{"11", 2, 6, 6, true, false},
	{"12", 2, 6, 6, true, false},
	{"13", 2, 6, 6, true, false},
	{"15", 2, 6, 6, true, false},
	{"16", 2, 6, 6, true, false},
	{"17", 2, 6, 6, true, false},
	{"20", 2, 2, 2, true, false},
	{"21", 2, 1, 20, false, false},
	{"22", 2, 1, 20, false, false},
	{"24", 3, 1, 30, false, false},
	{"25", 3, 1, 30, false, false},
	{"30", 2, 1, 8, true, false},
	{"31", 4, 6, 6, true, false},
	{"32", 4, 6, 6, true, false},
	{"33", 4, 6, 6, true, false},
	{"34", 4, 6, 6, true, false},
	{"35", 4, 6, 6, true, false},
	{"36", 4, 6, 6, true, false},
	{"37", 2, 1, 8, true, false},
	{"390", 4, 1, 15, true, false},
	{"391", 4, 4, 18, true, false},
	{"392", 4, 1, 15, true, false},
	{"393", 4, 4, 18, true, false},
	{"394", 4, 4, 4, true, false},
	{"395", 4, 6, 6, true, false},
	{"402", 3, 17, 17, true, true},
	{"40", 3, 1, 30, false, false},
	{"41", 3, 13, 13, true, true},
	{"420", 3, 1, 20, false, false},
	{"422", 3, 3, 3, true, false},
	{"424", 3, 3, 3, true, false},
	{"426", 3, 3, 3, true, false},
	{"42", 3, 1, 15, false, false},
	{"7001", 4, 13, 13, true, false},
	{"7003", 4, 10, 10, true, false},
	{"8001", 4, 14, 14, true, false},
	{"8005", 4, 6, 6, true, false},
	{"8006", 4, 18, 18, true, false},
	{"8017", 4, 18, 18, true, true},
	{"8018", 4, 18, 18, true, true},
	{"7", 4, 1, 90, false, false},
	{"8", 4, 1, 90, false, false},
	{"9", 2, 1, 90, false, false},
};

static const struct identifier *identifier_of(const char *ai, size_t len)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(identifiers); i++) {
		const struct identifier *row = &identifiers[i];
		if (row->len == len && strncmp(ai, row->prefix, strlen(row->prefix)) == 0)
			return row;
	}
	return NULL;
}

static int check_value(
	struct ph_parse *parse, const char *ai, size_t ai_len, const char *value, size_t len)
{
	const struct identifier *row = identifier_of(ai, ai_len);

	if (!row)
		return ph_parse_fail(
			parse, -EINVAL, "(%.*s) is no application identifier", (int)ai_len, ai);
	if (len < row->min || len > row->max)
		return ph_parse_fail(parse, -EINVAL,
			"(%.*s) has %zu characters, must have %u to %u", (int)ai_len, ai, len,
			row->min, row->max);
	if (strspn(value, row->digits ? DIGITS : CHARS) < len)
		return ph_parse_fail(parse, -EINVAL, "(%.*s) may hold %s only", (int)ai_len, ai,
			row->digits ? "digits" : "the characters of GS1 element strings");
	if (row->check && ph_gs1_check(value, len - 1) != value[len - 1])
		return ph_parse_fail(parse, -EINVAL,
			"(%.*s) has a wrong check digit: %c, computed %c", (int)ai_len, ai,
			value[len - 1], ph_gs1_check(value, len - 1));
	return 0;
}

int ph_parse_elements(struct ph_parse *parse, const char *data, size_t most)
{
	size_t total = 0;

	if (!*data)
		return ph_parse_fail(parse, -EINVAL, "must not be empty");
	while (*data) {
		const size_t ai_len = *data == '(' ? strspn(data + 1, DIGITS) : 0;
		if (ai_len < 2 || ai_len > 4 || data[ai_len + 1] != ')')
			return ph_parse_fail(parse, -EINVAL,
				"must be elements such as (01)04006381333931(10)AB12");
		const char *ai = data + 1, *value = data + ai_len + 2;
		const size_t len = strcspn(value, "()");
		const int r = check_value(parse, ai, ai_len, value, len);
		if (r < 0)
			return r;
		total += ai_len + len;
		data = value + len;
	}
	if (total > most)
		return ph_parse_fail(
			parse, -E2BIG, "%zu characters, at most %zu are possible", total, most);
	return 0;
}
