// Currencies by their letters (ISO 4217, list one): number, minor units, and amounts as people write them.
#include "base/currency.h"

#include "base/cleanup.h"
#include "poshal/limits.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct currency {
	const char code[4];
	unsigned short number, exponent;
} currencies[] = {{"AED", 784, 2}, {"ALL", 8, 2}, {"AMD", 51, 2}, {"ARS", 32, 2}, {"AUD", 36, 2},
	{"AZN", 944, 2}, {"BAM", 977, 2}, {"BDT", 50, 2}, {"BGN", 975, 2}, {"BHD", 48, 3},
	{"BOB", 68, 2}, {"BRL", 986, 2}, {"BYN", 933, 2}, {"CAD", 124, 2}, {"CHF", 756, 2},
	{"CLP", 152, 0}, {"CNY", 156, 2}, {"COP", 170, 2}, {"CRC", 188, 2}, {"CZK", 203, 2},
	{"DKK", 208, 2}, {"DOP", 214, 2}, {"DZD", 12, 2}, {"EGP", 818, 2}, {"EUR", 978, 2},
	{"GBP", 826, 2}, {"GEL", 981, 2}, {"GHS", 936, 2}, {"GTQ", 320, 2}, {"HKD", 344, 2},
	{"HUF", 348, 2}, {"IDR", 360, 2}, {"ILS", 376, 2}, {"INR", 356, 2}, {"IQD", 368, 3},
	{"ISK", 352, 0}, {"JOD", 400, 3}, {"JPY", 392, 0}, {"KES", 404, 2}, {"KRW", 410, 0},
	{"KWD", 414, 3}, {"KZT", 398, 2}, {"LBP", 422, 2}, {"LKR", 144, 2}, {"MAD", 504, 2},
	{"MDL", 498, 2}, {"MKD", 807, 2}, {"MXN", 484, 2}, {"MYR", 458, 2}, {"NGN", 566, 2},
	{"NOK", 578, 2}, {"NZD", 554, 2}, {"OMR", 512, 3}, {"PAB", 590, 2}, {"PEN", 604, 2},
	{"PHP", 608, 2}, {"PKR", 586, 2}, {"PLN", 985, 2}, {"PYG", 600, 0}, {"QAR", 634, 2},
	{"RON", 946, 2}, {"RSD", 941, 2}, {"RUB", 643, 2}, {"SAR", 682, 2}, {"SEK", 752, 2},
	{"SGD", 702, 2}, {"THB", 764, 2}, {"TND", 788, 3}, {"TRY", 949, 2}, {"TWD", 901, 2},
	{"TZS", 834, 2}, {"UAH", 980, 2}, {"UGX", 800, 0}, {"USD", 840, 2}, {"UYU", 858, 2},
	{"UZS", 860, 2}, {"VND", 704, 0}, {"XAF", 950, 0}, {"XOF", 952, 0}, {"ZAR", 710, 2}};

bool ph_currency_find(const char *code, unsigned *ret_number, unsigned *ret_exponent)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(currencies); i++) {
		if (strcmp(currencies[i].code, code) != 0)
			continue;
		*ret_number = currencies[i].number;
		*ret_exponent = currencies[i].exponent;
		return true;
	}
	return false;
}

int ph_currency_parse(const char *text, unsigned exponent, int64_t *ret_amount)
{
	int64_t amount = 0;
	unsigned decimals = 0;
	bool point = false, digit = false;

	for (; *text; text++) {
		if (*text == '.' && digit && !point) {
			point = true;
			digit = false;
			continue;
		}
		if (*text < '0' || *text > '9' || (point && decimals == exponent))
			return -EINVAL;
		amount = amount * 10 + (*text - '0');
		if (amount > PH_PAYMENT_AMOUNT_MAX)
			return -EINVAL;
		digit = true;
		decimals += point;
	}
	if (!digit)
		return -EINVAL;
	for (; decimals < exponent; decimals++)
		amount *= 10;
	if (amount > PH_PAYMENT_AMOUNT_MAX)
		return -EINVAL;
	*ret_amount = amount;
	return 0;
}

/* Digits of a whole number, in threes with `grouped`. */
static size_t put_whole(uint64_t whole, bool grouped, char *out)
{
	char digits[24];
	int count = snprintf(digits, sizeof digits, "%llu", (unsigned long long)whole);
	size_t len = 0;

	for (int i = 0; i < count; i++) {
		if (grouped && i && (count - i) % 3 == 0)
			out[len++] = ',';
		out[len++] = digits[i];
	}
	return len;
}

void ph_currency_format(int64_t amount, const char *code, bool grouped, char out[PH_AMOUNT_SIZE])
{
	unsigned number, exponent = 2;
	uint64_t one = 1, left = amount < 0 ? 0 - (uint64_t)amount : (uint64_t)amount;
	size_t len = 0;

	ph_currency_find(code, &number, &exponent);
	for (unsigned i = 0; i < exponent; i++)
		one *= 10;
	if (amount < 0)
		out[len++] = '-';
	len += put_whole(left / one, grouped, out + len);
	if (exponent)
		len += (size_t)snprintf(out + len, PH_AMOUNT_SIZE - len, ".%0*llu", (int)exponent,
			(unsigned long long)(left % one));
	snprintf(out + len, PH_AMOUNT_SIZE - len, "%s%.3s", code[0] ? " " : "", code);
}
