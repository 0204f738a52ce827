// Price and weight in numbers. Vectors: GS1 General Specifications, 7.9 (verifiers); the public tests of biip (countries).
#include "protocols/gs1/measure.h"

#include <check.h>
#include <errno.h>
#include <string.h>

START_TEST(verifiers)
{
	static const struct {
		const char *value;
		char verifier;
	} vectors[] = {{"2875", '9'}, {"1234", '9'}, {"0000", '0'}, {"0499", '8'}, {"14685", '6'},
		{"12345", '8'}, {"99999", '6'}, {"00239", '4'}, {"00012", '9'}, {"06870", '1'}};

	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
		ck_assert_int_eq(ph_measure_verifier(vectors[i].value, strlen(vectors[i].value)),
			vectors[i].verifier);
	ck_assert_int_eq(ph_measure_verifier("123", 3), 0);
	ck_assert_int_eq(ph_measure_verifier("123456", 6), 0);
}
END_TEST

#define P PH_MEASURE_PRICE
#define W PH_MEASURE_WEIGHT
#define N PH_MEASURE_COUNT

static const struct {
	const char *number, *country;
	enum ph_measure_kind kind;
	unsigned value, decimals;
	const char *item, *key; /* NULL: not looked at */
} vectors[] = {
	{"2135040039753", "DK", P, 3975, 2, "213504", NULL},
	{"2623570001505", "DK", W, 150, 3, "262357", NULL},
	{"2712341002251", "DK", W, 225, 3, "2712341", "2712341000004"},
	{"2311111112345", "EE", W, 1234, 3, NULL, "2311111100007"},
	{"2411111112342", "EE", W, 1234, 2, NULL, NULL},
	{"2511111112349", "EE", W, 1234, 1, NULL, NULL},
	{"2311111112345", "FI", W, 1234, 3, NULL, NULL},
	{"2311111112345", "LV", W, 1234, 3, NULL, NULL},
	{"2311111112345", "LT", W, 1234, 3, NULL, NULL},
	{"2388060112344", "SE", W, 1234, 3, NULL, NULL},
	{"2088060112343", "SE", P, 1234, 2, "20880601", "2088060100005"},
	{"2188060112340", "SE", P, 1234, 1, NULL, NULL},
	{"2288060112347", "SE", P, 1234, 0, NULL, NULL},
	{"2302148210869", "NO", W, 1086, 3, NULL, "2302148200006"},
	{"2368091402263", "NO", W, 226, 3, NULL, NULL},
	{"2211114002394", "DE", P, 239, 2, "221111", NULL},
	{"2511119000129", "DE", N, 12, 0, NULL, NULL},
	{"2811111068708", "DE", W, 6870, 3, NULL, "2811110000006"},
	{"2011122912346", "GB", P, 1234, 2, "2011122", "2011122000005"},
	{"212345804995", "US", P, 499, 2, "212345", NULL},
	{"0212345804995", "US", P, 499, 2, "212345", NULL},
};

START_TEST(countries)
{
	struct ph_measure measure;

	ck_assert_int_eq(ph_measure_by_country(vectors[_i].country, vectors[_i].number,
				 strlen(vectors[_i].number), &measure),
		0);
	ck_assert(measure.verified);
	ck_assert_int_eq(measure.kind, vectors[_i].kind);
	ck_assert_uint_eq(measure.value, vectors[_i].value);
	ck_assert_uint_eq(measure.decimals, vectors[_i].decimals);
	if (vectors[_i].item)
		ck_assert_str_eq(measure.item, vectors[_i].item);
	if (vectors[_i].key)
		ck_assert_str_eq(measure.key, vectors[_i].key);
}
END_TEST

START_TEST(wrong_verifier)
{
	struct ph_measure measure;

	ck_assert_int_eq(ph_measure_by_country("DE", "2511118000120", 13, &measure), 0);
	ck_assert(!measure.verified);
	ck_assert_uint_eq(measure.value, 0);
	ck_assert_str_eq(measure.item, "251111");
	ck_assert_int_eq(ph_measure_by_country("GB", "2011122812349", 13, &measure), 0);
	ck_assert(!measure.verified);
	ck_assert_str_eq(measure.key, "2011122000005");
}
END_TEST

START_TEST(no_rule)
{
	static const char *const others[] = {
		"DK", "EE", "FI", "LV", "LT", "SE", "NO", "GB", "US", "FR", "", "D", "DEU"};
	struct ph_measure measure = {.value = 7};

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		ck_assert_int_eq(
			ph_measure_by_country(others[i], "2911111111111", 13, &measure), -ENOMSG);
	/* numbers that are not the shop's own */
	ck_assert_int_eq(ph_measure_by_country("DE", "4006381333931", 13, &measure), -ENOMSG);
	ck_assert_int_eq(ph_measure_by_country("DE", "0412345678903", 13, &measure), -ENOMSG);
	ck_assert_int_eq(ph_measure_by_country("DE", "2811111068709", 13, &measure), -EBADMSG);
	ck_assert_int_eq(ph_measure_by_country("DE", "02345673", 8, &measure), -EBADMSG);
	ck_assert_int_eq(ph_measure_by_country("DE", "281111106870x", 13, &measure), -EBADMSG);
	ck_assert_int_eq(ph_measure_by_country("DE", "", 0, &measure), -EBADMSG);
	ck_assert_uint_eq(measure.value, 7);
	ck_assert(ph_measure_country_known("NO"));
	ck_assert(!ph_measure_country_known("FR"));
	ck_assert(!ph_measure_country_known("E "));
	ck_assert(!ph_measure_country_known(""));
}
END_TEST

START_TEST(patterns)
{
	struct ph_measure_rule rule;
	struct ph_measure measure;

	ck_assert_int_eq(ph_measure_rule_parse("20PPPPPVVVVVC", &rule), 0);
	ck_assert_int_eq(rule.kind, PH_MEASURE_PRICE);
	ck_assert_uint_eq(rule.decimals, 2);
	ck_assert_int_eq(ph_measure_apply(&rule, "2012345012349", 13, &measure), 0);
	ck_assert_uint_eq(measure.value, 1234);
	ck_assert_str_eq(measure.item, "2012345");
	ck_assert_str_eq(measure.key, "2012345000001");
	ck_assert_int_eq(ph_measure_apply(&rule, "2112345012346", 13, &measure), -ENOMSG);

	ck_assert_int_eq(ph_measure_rule_parse("  02PPPPPVVVVNC  weight ", &rule), 0);
	ck_assert_int_eq(rule.kind, PH_MEASURE_WEIGHT);
	ck_assert_uint_eq(rule.decimals, 3);
	ck_assert_int_eq(ph_measure_apply(&rule, "0212345804995", 13, &measure), 0);
	ck_assert_uint_eq(measure.value, 8049);
	ck_assert_str_eq(measure.item, "0212345");

	ck_assert_int_eq(ph_measure_rule_parse("2PPPPPCVVVVC price 0", &rule), 0);
	ck_assert_uint_eq(rule.decimals, 0);
	ck_assert_int_eq(ph_measure_rule_parse("29PVVVVVVVVVC count", &rule), 0);
	ck_assert_int_eq(rule.kind, PH_MEASURE_COUNT);
}
END_TEST

START_TEST(bad_patterns)
{
	static const char *const bad[] = {"", "20", "20PPPPPVVVVV", "20PPPPPVVVVVV",
		"20PPPPPVVVVVCC", "30PPPPPVVVVVC", "40PPPPPVVVVVC", "04PPPPPVVVVVC", "1PPPPPCVVVVC",
		"20PPPPPPPPPPC", "20PPVVPVVVVPC", "20VVVVVVVVVVC",
		"20PPPPCVVVVVVC"
		"x",
		"20PPPCVVVVVVC", "20PPCPCVVVVVC", "20PPxPPVVVVVC", "20PP3PPVVVVVC",
		"20PPPPPVVVVVC litre", "20PPPPPVVVVVC price x", "20PPPPPVVVVVC price 10",
		"20PPPPPVVVVVC price 2 3", "2PPPPPPVVVVVC"};
	struct ph_measure_rule rule = {.decimals = 5};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(ph_measure_rule_parse(bad[i], &rule) == -EINVAL, "%s", bad[i]);
	ck_assert_uint_eq(rule.decimals, 5);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("gs1_measure");
	TCase *cases = tcase_create("all");

	tcase_add_test(cases, verifiers);
	tcase_add_loop_test(cases, countries, 0, (int)(sizeof vectors / sizeof *vectors));
	tcase_add_test(cases, wrong_verifier);
	tcase_add_test(cases, no_rule);
	tcase_add_test(cases, patterns);
	tcase_add_test(cases, bad_patterns);
	suite_add_tcase(suite, cases);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
