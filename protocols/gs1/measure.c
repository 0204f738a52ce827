// Reads price and weight out of numbers; which rule a shop has is the caller's business.
#include "protocols/gs1/measure.h"

#include "base/cleanup.h"
#include "protocols/gs1/check_digit.h"

#include <errno.h>
#include <string.h>

#define VALUE_MAX 9

/* Products of a digit and a weight, modulo 10 (GS1 General Specifications, figures 7.9.2-1 to 7.9.2-4). */
static const char two_minus[] = "0246891357";
static const char three[] = "0369258147";
static const char five_plus[] = "0516273849";
static const char five_minus[] = "0594837261";

static unsigned product(const char *weight, char digit)
{
	return (unsigned)(weight[digit - '0'] - '0');
}

static char verifier_of_4(const char *v)
{
	const unsigned sum = product(two_minus, v[0]) + product(two_minus, v[1]) +
			     product(three, v[2]) + product(five_minus, v[3]);

	return (char)('0' + sum * 3 % 10);
}

static char verifier_of_5(const char *v)
{
	const unsigned sum = product(five_plus, v[0]) + product(two_minus, v[1]) +
			     product(five_minus, v[2]) + product(five_plus, v[3]) +
			     product(two_minus, v[4]);
	const char rest = (char)('0' + (10 - sum % 10) % 10);

	return (char)('0' + (strchr(five_minus, rest) - five_minus));
}

char ph_measure_verifier(const char *value, size_t len)
{
	if (len == 4)
		return verifier_of_4(value);
	return (char)(len == 5 ? verifier_of_5(value) : 0);
}

static size_t count(const char *pattern, size_t len, char c)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += pattern[i] == c;
	return n;
}

static bool prefix_ok(const char *pattern, size_t len)
{
	if (len == PH_MEASURE_DIGITS - 1)
		return pattern[0] == '2';
	return (pattern[0] == '2' && pattern[1] >= '0' && pattern[1] <= '9') ||
	       (pattern[0] == '0' && pattern[1] == '2');
}

static bool pattern_ok(const char *pattern, size_t len)
{
	if (len != PH_MEASURE_DIGITS && len != PH_MEASURE_DIGITS - 1)
		return false;
	const size_t prefix = strspn(pattern, "0123456789");
	if (pattern[len - 1] != 'C' || !prefix_ok(pattern, len) ||
		prefix + strspn(pattern + prefix, "PVCN") < len)
		return false;
	const size_t values = count(pattern, len, 'V');
	const size_t verifiers = count(pattern, len - 1, 'C');
	const char *first = memchr(pattern, 'V', len);
	if (!first || values > VALUE_MAX || strspn(first, "V") != values)
		return false;
	return !verifiers || (verifiers == 1 && (values == 4 || values == 5));
}

static const struct {
	const char *name;
	enum ph_measure_kind kind;
	uint8_t decimals;
} kinds[] = {
	{"price", PH_MEASURE_PRICE, 2},
	{"weight", PH_MEASURE_WEIGHT, 3},
	{"count", PH_MEASURE_COUNT, 0},
};

/* The next word; *text goes behind it. */
static size_t word(const char **text)
{
	*text += strspn(*text, " ");
	return strcspn(*text, " ");
}

int ph_measure_rule_parse(const char *text, struct ph_measure_rule *ret_rule)
{
	struct ph_measure_rule rule = {.kind = PH_MEASURE_PRICE, .decimals = 2};
	size_t n = word(&text);

	if (!pattern_ok(text, n))
		return -EINVAL;
	memcpy(rule.pattern, text, n);
	text += n;
	n = word(&text);
	if (n) {
		size_t i = 0;
		while (i < PH_ARRAY_SIZE(kinds) &&
			(strlen(kinds[i].name) != n || memcmp(kinds[i].name, text, n)))
			i++;
		if (i == PH_ARRAY_SIZE(kinds))
			return -EINVAL;
		rule.kind = kinds[i].kind;
		rule.decimals = kinds[i].decimals;
		text += n;
		n = word(&text);
	}
	if (n > 1 || (n && !ph_all_digits(text, 1)))
		return -EINVAL;
	if (n)
		rule.decimals = (uint8_t)(*text++ - '0');
	if (word(&text))
		return -EINVAL;
	*ret_rule = rule;
	return 0;
}

static bool prefix_matches(const char *pattern, const char *number, size_t len)
{
	for (size_t i = 0; i < len && pattern[i] >= '0' && pattern[i] <= '9'; i++)
		if (pattern[i] != number[i])
			return false;
	return true;
}

/* Sorts the digits by the pattern's characters. */
static void split(const char *pattern, const char *number, size_t len, struct ph_measure *measure)
{
	char value[VALUE_MAX + 1] = "", verifier = 0;
	size_t values = 0, items = 0;

	memcpy(measure->key, number, len);
	for (size_t i = 0; i + 1 < len; i++) {
		if (pattern[i] == 'V')
			value[values++] = number[i];
		else if (pattern[i] == 'C')
			verifier = number[i];
		else if (pattern[i] != 'N')
			measure->item[items++] = number[i];
		if (pattern[i] == 'V' || pattern[i] == 'C')
			measure->key[i] = '0';
	}
	measure->key[len - 1] = ph_check_digit(measure->key, len - 1);
	measure->verified = !verifier || verifier == ph_measure_verifier(value, values);
	for (size_t i = 0; measure->verified && i < values; i++)
		measure->value = measure->value * 10 + (uint32_t)(value[i] - '0');
}

int ph_measure_apply(const struct ph_measure_rule *rule, const char *number, size_t len,
	struct ph_measure *ret_measure)
{
	struct ph_measure measure = {.kind = rule->kind, .decimals = rule->decimals};
	const size_t want = strlen(rule->pattern);

	if ((len != 12 && len != 13) || !ph_check_digit_ok(number, len))
		return -EBADMSG;
	if (len == want + 1 && number[0] == '0') {
		number++;
		len--;
	}
	if (len != want || !prefix_matches(rule->pattern, number, len))
		return -ENOMSG;
	split(rule->pattern, number, len, &measure);
	*ret_measure = measure;
	return 0;
}

#define PRICE(digits)  PH_MEASURE_PRICE, digits
#define WEIGHT(digits) PH_MEASURE_WEIGHT, digits

/* Countries of one row share it. Norway publishes none; its shops use Sweden's. */
static const struct {
	const char *countries;
	struct ph_measure_rule rule;
} rules[] = {
	{"DK", {"21PPPPVVVVVVC", PRICE(2)}},
	{"DK", {"22PPPPVVVVVVC", PRICE(2)}},
	{"DK", {"23PPPPVVVVVVC", PRICE(2)}},
	{"DK", {"24PPPPVVVVVVC", PRICE(2)}},
	{"DK", {"26PPPPVVVVVVC", WEIGHT(3)}},
	{"DK", {"27PPPPPVVVVVC", WEIGHT(3)}},
	{"DK", {"28PPPPVVVVVVC", WEIGHT(3)}},
	{"SE NO", {"20PPPPPPVVVVC", PRICE(2)}},
	{"SE NO", {"21PPPPPPVVVVC", PRICE(1)}},
	{"SE NO", {"22PPPPPPVVVVC", PRICE(0)}},
	{"EE FI LV LT SE NO", {"23PPPPPPVVVVC", WEIGHT(3)}},
	{"EE FI LV LT SE NO", {"24PPPPPPVVVVC", WEIGHT(2)}},
	{"EE FI LV LT SE NO", {"25PPPPPPVVVVC", WEIGHT(1)}},
	{"DE", {"22PPPPCVVVVVC", PRICE(2)}},
	{"DE", {"23PPPPCVVVVVC", PRICE(2)}},
	{"DE", {"25PPPPCVVVVVC", PH_MEASURE_COUNT, 0}},
	{"DE", {"26PPPPCVVVVVC", PH_MEASURE_COUNT, 0}},
	{"DE", {"28PPPPCVVVVVC", WEIGHT(3)}},
	{"DE", {"29PPPPCVVVVVC", WEIGHT(3)}},
	{"GB", {"20PPPPPCVVVVC", PRICE(2)}},
	{"US", {"2PPPPPCVVVVC", PRICE(2)}},
};

static bool has_country(const char *list, const char *country)
{
	for (; list[0]; list += 2 + (list[2] == ' '))
		if (!strncmp(list, country, 2))
			return true;
	return false;
}

int ph_measure_by_country(
	const char *country, const char *number, size_t len, struct ph_measure *ret_measure)
{
	int r = -ENOMSG;

	if (strlen(country) != 2)
		return -ENOMSG;
	for (size_t i = 0; r == -ENOMSG && i < PH_ARRAY_SIZE(rules); i++)
		if (has_country(rules[i].countries, country))
			r = ph_measure_apply(&rules[i].rule, number, len, ret_measure);
	return r;
}

bool ph_measure_country_known(const char *country)
{
	for (size_t i = 0; strlen(country) == 2 && i < PH_ARRAY_SIZE(rules); i++)
		if (has_country(rules[i].countries, country))
			return true;
	return false;
}
