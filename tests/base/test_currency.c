// Amounts as people read them.
#include "base/currency.h"

#include <check.h>
#include <stdlib.h>

static const struct {
	int64_t amount;
	const char *code;
	bool grouped;
	const char *text;
} texts[] = {
	{1250, "EUR", false, "12.50 EUR"},
	{0, "EUR", true, "0.00 EUR"},
	{5, "EUR", false, "0.05 EUR"},
	{200000, "EUR", true, "2,000.00 EUR"},
	{200000, "EUR", false, "2000.00 EUR"},
	{99999, "EUR", true, "999.99 EUR"},
	{123456789012, "EUR", true, "1,234,567,890.12 EUR"},
	{1500, "JPY", true, "1,500 JPY"},
	{1500, "KWD", true, "1.500 KWD"},
	{-1250, "EUR", false, "-12.50 EUR"},
	{1250, "XXQ", false, "12.50 XXQ"},
	{1250, "", false, "12.50"},
	{1250, "TOO LONG", false, "12.50 TOO"},
	{INT64_MIN, "EUR", true, "-92,233,720,368,547,758.08 EUR"},
};

START_TEST(formatted)
{
	char out[PH_AMOUNT_SIZE];

	ph_currency_format(texts[_i].amount, texts[_i].code, texts[_i].grouped, out);
	ck_assert_str_eq(out, texts[_i].text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("currency");
	TCase *cases = tcase_create("amounts");

	tcase_add_loop_test(cases, formatted, 0, (int)(sizeof texts / sizeof texts[0]));
	suite_add_tcase(suite, cases);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
