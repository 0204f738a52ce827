// Checks the value of one application identifier; where it begins and ends in a label is gs1.c.
#include "protocols/gs1/dictionary.h"

#include "base/cleanup.h"
#include "protocols/gs1/check_digit.h"

#include <string.h>

#define DIGITS	"0123456789"
#define CAPITAL "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define SMALL	"abcdefghijklmnopqrstuvwxyz"

/* In the order that gives each its value for check character pairs. Source: GS1 General Specifications, 7.11 and 7.9.5. */
static const char set82[] = "!\"%&'()*+,-./" DIGITS ":;<=>?" CAPITAL "_" SMALL;
static const char set39[] = "#-/" DIGITS CAPITAL;
static const char set64[] = "-_=" DIGITS CAPITAL SMALL;
static const char set32[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

static bool in_set(enum ph_gs1_set set, const char *text, size_t len)
{
	static const char *const sets[] = {"", DIGITS, set82, set39, set64};

	for (size_t i = 0; i < len; i++)
		if (!text[i] || !strchr(sets[set], text[i]))
			return false;
	return true;
}

static unsigned number(const char *digits, size_t len)
{
	unsigned value = 0;

	for (size_t i = 0; i < len; i++)
		value = value * 10 + (unsigned)(digits[i] - '0');
	return value;
}

/* Two check characters: the sum of prime weights, modulo 1021, in base 32. */
static bool pair_ok(const char *text, size_t len)
{
	static const uint8_t primes[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53,
		59, 61, 67, 71, 73, 79, 83};
	unsigned sum = 0;

	if (len < 3 || len - 2 > PH_ARRAY_SIZE(primes))
		return false;
	for (size_t i = 0; i < len - 2; i++)
		sum += (unsigned)(strchr(set82, text[len - 3 - i]) - set82) * primes[i];
	sum %= 1021;
	return text[len - 2] == set32[sum / 32] && text[len - 1] == set32[sum % 32];
}

/* yymmdd or yyyymmdd; a year of two digits is taken for a leap year when it can be one. */
static bool date_ok(const char *digits, size_t len, bool month_end)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	const unsigned year = number(digits, len - 4), month = number(digits + len - 4, 2),
		       day = number(digits + len - 2, 2);
	const bool leap = year % 4 == 0 && (len == 6 || year % 100 || year % 400 == 0);

	if (month < 1 || month > 12)
		return false;
	if (day == 0)
		return month_end;
	return day <= days[month - 1] + (unsigned)(month == 2 && leap);
}

static bool piece_ok(const char *digits)
{
	const unsigned piece = number(digits, 2), total = number(digits + 2, 2);

	return piece && piece <= total;
}

static const char *rule_check(enum ph_gs1_rule rule, const char *text, size_t len)
{
	switch (rule) {
	case PH_GS1_ANY:
		return NULL;
	case PH_GS1_CHECK:
		return ph_check_digit_ok(text, len) ? NULL : "wrong check digit";
	case PH_GS1_PAIR:
		return pair_ok(text, len) ? NULL : "wrong check characters";
	case PH_GS1_MONTH:
	case PH_GS1_DAY:
		return date_ok(text, len, rule == PH_GS1_MONTH) ? NULL : "no date";
	case PH_GS1_HOUR:
		return number(text, 2) < 24 ? NULL : "no time";
	case PH_GS1_MINUTE:
		return number(text, 2) < 60 ? NULL : "no time";
	case PH_GS1_TIME:
		return number(text, 2) < 24 && number(text + 2, 2) < 60 ? NULL : "no time";
	case PH_GS1_PIECE:
		return piece_ok(text) ? NULL : "no piece of a total";
	}
	return NULL;
}

static const char *part_check(const struct ph_gs1_part *part, const char *text, size_t len)
{
	/* what can be left out but has a rule is all there or not at all */
	const size_t least = part->rule && !part->min ? part->max : part->min;

	if (len < least)
		return "too short";
	if (!in_set((enum ph_gs1_set)part->set, text, len))
		return part->set == PH_GS1_DIGITS ? "not digits" : "character not allowed";
	return rule_check((enum ph_gs1_rule)part->rule, text, len);
}

const char *ph_gs1_value_check(const struct ph_gs1_ai *row, const char *value, size_t len)
{
	static const struct ph_gs1_ai unknown = {
		.parts = {{PH_GS1_TEXT, PH_GS1_ANY, 1, PH_GS1_VALUE_MAX}}};
	const struct ph_gs1_part *parts = (row ? row : &unknown)->parts;

	for (size_t i = 0; i < PH_GS1_PARTS && parts[i].set; i++) {
		const size_t n = len < parts[i].max ? len : parts[i].max;
		if (!n && !parts[i].min)
			break;
		const char *wrong = part_check(&parts[i], value, n);
		if (wrong)
			return wrong;
		value += n;
		len -= n;
	}
	return len ? "too long" : NULL;
}
