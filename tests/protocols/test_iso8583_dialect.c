// Dialects: what the shipped files say, what a broken file is told, which data of a chip goes where.
#include "tests/protocols/hex_help.h"
#include "tests/protocols/iso8583_help.h"

#include "base/cleanup.h"

#include <check.h>
#include <errno.h>
#include <string.h>

static char text[PH_ISO_DIALECT_BYTES_MAX], why[PH_ISO_WHY_SIZE];
static struct ph_iso_dialect read_into;

START_TEST(shipped_ones)
{
	const struct ph_iso_dialect *dialect = iso_dialect((unsigned)_i);
	static const struct {
		const char *code;
		enum ph_iso_decision decision;
	} codes[] = {{"00", PH_ISO_APPROVED}, {"85", PH_ISO_APPROVED}, {"10", PH_ISO_PARTIAL},
		{"01", PH_ISO_REFERRED}, {"05", PH_ISO_DECLINED}, {"51", PH_ISO_DECLINED},
		{"7Q", PH_ISO_DECLINED}, {"91", PH_ISO_SOFT}, {"ZZ", PH_ISO_SOFT},
		{"30", PH_ISO_FORMAT_BAD}, {"94", PH_ISO_DUPLICATE}, {"25", PH_ISO_NOT_FOUND},
		{"68", PH_ISO_UNKNOWN}, {"0 ", PH_ISO_DECLINED}};

	for (unsigned i = 0; i < PH_ARRAY_SIZE(codes); i++)
		ck_assert_int_eq(
			ph_iso_decide(dialect, (const uint8_t *)codes[i].code), codes[i].decision);
	ck_assert_str_eq(dialect->types[PH_ISO_REFUND].processing, "200000");
	ck_assert_str_eq(dialect->entries[PH_ISO_CHIP], "05");
	ck_assert_str_eq(dialect->reasons[PH_ISO_TIMEOUT], "68");
	ck_assert_ptr_nonnull(ph_iso_rule(dialect, "0421"));
	ck_assert_ptr_eq(ph_iso_rule(dialect, "0421"), ph_iso_rule(dialect, "0420"));
	ck_assert_ptr_null(ph_iso_rule(dialect, "0600"));
	ck_assert_str_eq(dialect->advice_mti, "0220");
	ck_assert_str_eq(dialect->reconcile.mti, "0500");
	ck_assert_str_eq(dialect->reconcile.debits, "C");
	ck_assert_uint_eq(dialect->marks[PH_ISO_VOICE][0].field, 0);
	/* what is in field 35 or 52 is in no message */
	for (unsigned i = 0; i < dialect->rule_count; i++) {
		const struct ph_iso_rule *rule = &dialect->rules[i];

		ck_assert(!((rule->must[0] | rule->may[0] | rule->chip[0]) >> (64 - 35) & 1));
	}
	ck_assert_str_eq(dialect->table.fields[52].name, "");
}
END_TEST

static const struct {
	const char *from, *to, *why;
} broken[] = {
	{"\"mti\": \"ascii\"", "\"mti\": \"bin\"", "$.fields[n=0]: the MTI is ascii or bcd"},
	{"\"bitmap\": \"hex\"", "\"bitmap\": \"hexx\"",
		"$.bitmap: is missing, or none of the words it can be"},
	{"{\"n\": 3,", "{\"n\": 2,", "$.fields[n=2].n: is no field, or there twice"},
	{"{\"n\": 3,", "{\"n\": 65,", "$.fields[n=65]: is a bitmap and no field"},
	{"\"max\": 19}", "\"max\": 100}", "$.fields[n=2]: has a maximum its length cannot say"},
	{"\"max\": 19}", "\"max\": 19, \"colour\": 1}", "$.fields.colour: unknown member"},
	{"\"max\": 19}", "\"max\": 19, \"encoding\": \"bin\"}",
		"$.fields[n=2]: has an encoding its format cannot be in"},
	{"\"0200\": {", "\"0x00\": {", "$.messages.0x00: is no MTI"},
	{"[2, 3, 4,", "[2, 3, 8,", "$.messages.0100.must: has a field that is not in the table"},
	{"\"mti\": \"0220\"", "\"mti\": \"0222\"",
		"$.types.complete.mti: is not among the messages"},
	{"\"chip\": \"05\"", "\"chip\": \"5\"",
		"$.entry.chip: is missing, or not as long as it has to be"},
	{"\"chip\": \"05\"", "\"chip\": \"x5\"", "$.entry.chip: is not of digits"},
	{"\"25\"]", "\"00\"]", "$.codes.not_found: has a code that is in two lists"},
	{"\"8A\", \"71\"", "\"8a\", \"71\"",
		"$.icc.answer: has something that is no tag in capital hex"},
	{"\"header\": \"bin2\"", "\"header\": \"bin3\"",
		"$.framing.header: is missing, or none of the words it can be"},
	{"\"echo_s\": 60", "\"echo_s\": 6000",
		"$.link.echo_s: is missing, or no number within its bounds"},
	{"\"advice\": \"0220\"", "\"advice\": \"0120\"", "$.advice: is not among the messages"},
	{"\"more_debits\": \"C\"", "\"more_debits\": \"+\"", "$.reconcile.more_debits: is C or D"},
	{"\"0500\", \"more", "\"0520\", \"more", "$.reconcile.mti: is not among the messages"},
	{"\"voice\": {}", "\"voice\": []", "$.marks.voice: is no object"},
	{"\"voice\": {}", "\"voice\": {\"8\": \"1\"}", "$.marks.voice.8: is no field of the table"},
	{"\"voice\": {}", "\"voice\": {\"25\": \"\"}",
		"$.marks.voice.25: is no text of 1 to 32 characters"},
	{"\"voice\": {}", "\"voices\": {}", "$.marks.voices: unknown member"},
	{"\"cashback\"", "\"kashback\"", "$.kashback: unknown member"},
	{"{", "[", "$: is not JSON"},
};

START_TEST(broken_ones)
{
	size_t len = iso_text(ISO_A, text, sizeof text - 200);
	size_t from = strlen(broken[_i].from), to = strlen(broken[_i].to);
	char *at;

	text[len] = '\0';
	at = strstr(text, broken[_i].from);
	ck_assert_ptr_nonnull(at);
	memmove(at + to, at + from, strlen(at + from) + 1);
	memcpy(at, broken[_i].to, to);
	memset(&read_into, 0x55, sizeof read_into);
	ck_assert_int_eq(ph_iso_dialect_read(text, len + to - from, &read_into, why), -EBADMSG);
	ck_assert_str_eq(why, broken[_i].why);
	ck_assert_uint_eq(*(unsigned char *)&read_into, 0x55);
}
END_TEST

START_TEST(too_large)
{
	ck_assert_int_eq(
		ph_iso_dialect_read(text, PH_ISO_DIALECT_BYTES_MAX + 1, &read_into, why), -E2BIG);
}
END_TEST

#define REQUEST                                                                                    \
	"82023900 8407A0000000041010 95050000000000 9A03260901 9C0100 5F2A020978"                  \
	"9F0206000000001234 9F0306000000000000 9F1A020528 9F2608AABBCCDDEEFF0011 9F270180"         \
	"9F3303E0F0C8 9F3403410302 9F350122 9F3602002A 9F370401020304"

START_TEST(account_data_of_the_chip_stays)
{
	uint8_t data[300], out[PH_ISO_ICC_BYTES], expected[300];
	uint32_t missing = 0;
	size_t len = hex(REQUEST "5A085413330089020011 57115413330089020011D30122010000000000"
				 "5F20024142 9F1F0131 9F200131 990131 DF810100",
		data, sizeof data);
	size_t rest = hex(REQUEST, expected, sizeof expected);

	ck_assert_int_eq(
		ph_iso_icc_filter(iso_dialect(ISO_A), PH_ISO_ICC_REQUEST, data, len, out, &missing),
		(ssize_t)rest);
	ck_assert_mem_eq(out, expected, rest);
	/* without 9F37, and cut short */
	ck_assert_int_eq(ph_iso_icc_filter(iso_dialect(ISO_A), PH_ISO_ICC_REQUEST, data, rest - 7,
				 out, &missing),
		-ENOENT);
	ck_assert_uint_eq(missing, 0x9f37);
	ck_assert_int_eq(ph_iso_icc_filter(iso_dialect(ISO_A), PH_ISO_ICC_REQUEST, data, rest - 1,
				 out, &missing),
		-EBADMSG);
	/* a dialect that asks for the number does not get it */
	read_into = *iso_dialect(ISO_A);
	read_into.icc_may[PH_ISO_ICC_REQUEST].tags[0] = 0x5a;
	ck_assert_int_eq(
		ph_iso_icc_filter(&read_into, PH_ISO_ICC_REQUEST, data, len, out, &missing),
		(ssize_t)rest);
}
END_TEST

START_TEST(what_the_card_gets)
{
	uint8_t data[100], out[PH_ISO_ICC_BYTES];
	size_t len = hex("91021122 5A085413330089020011 7106860400840000 8A023030", data, 100);

	ck_assert_int_eq(ph_iso_icc_answer(iso_dialect(ISO_A), data, len, out), 4 + 8 + 4);
	ck_assert_mem_eq(out, "\x91\x02\x11\x22\x71\x06", 6);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("iso8583_dialect");
	TCase *test = tcase_create("dialects");
	int failed;

	tcase_add_loop_test(test, shipped_ones, 0, ISO_COUNT);
	tcase_add_loop_test(test, broken_ones, 0, PH_ARRAY_SIZE(broken));
	tcase_add_test(test, too_large);
	tcase_add_test(test, account_data_of_the_chip_stays);
	tcase_add_test(test, what_the_card_gets);
	suite_add_tcase(suite, test);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
