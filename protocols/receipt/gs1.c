// Checks GS1 numbers and element strings; which symbol carries them is not its business.
#include <errno.h>
#include <string.h>

#include "protocols/gs1/check_digit.h"
#include "protocols/gs1/dictionary.h"
#include "protocols/receipt/parse.h"

#define DIGITS "0123456789"

int ph_parse_gs1_number(struct ph_parse *parse, const char *data, size_t full, char *out)
{
	const size_t len = strlen(data);

	if ((len != full && len != full - 1) || strspn(data, DIGITS) != len)
		return ph_parse_fail(parse, -EINVAL,
			"must be %zu digits, or %zu without check digit", full, full - 1);
	const char check = ph_check_digit(data, full - 1);
	if (len == full && data[len - 1] != check)
		return ph_parse_fail(
			parse, -EINVAL, "wrong check digit: %c, computed %c", data[len - 1], check);
	memcpy(out, data, full - 1);
	out[full - 1] = check;
	return 0;
}

// What is not assigned may be by the time it is printed: its length alone is known.
static int check_value(
	struct ph_parse *parse, const char *ai, size_t ai_len, const char *value, size_t len)
{
	const struct ph_gs1_ai *row = ph_gs1_ai_find(ai, ai_len);

	if (!row && ph_gs1_ai_len(ai) != ai_len)
		return ph_parse_fail(
			parse, -EINVAL, "(%.*s) is no application identifier", (int)ai_len, ai);
	const char *wrong = ph_gs1_value_check(row, value, len);
	if (wrong)
		return ph_parse_fail(parse, -EINVAL, "(%.*s): %s", (int)ai_len, ai, wrong);
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
