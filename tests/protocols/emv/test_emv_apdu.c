// Commands as the books write them, and scripted T=0 cards: what the adapter sends and what it makes of the answers.
#include "protocols/emv/apdu.h"

#include "emv_help.h"
#include "protocols/emv/bits.h"

#include <errno.h>

static void is(const uint8_t *got, size_t len, const char *text)
{
	struct bytes want = bytes(text);

	ck_assert_uint_eq(len, want.len);
	ck_assert_mem_eq(got, want.data, len);
}

START_TEST(commands)
{
	uint8_t out[PH_APDU_COMMAND_MAX], long_data[PH_APDU_COMMAND_MAX] = {1};

	is(out, ph_apdu_select((const uint8_t *)"1PAY.SYS.DDF01", 14, false, out),
		"00A404000E 315041592E5359532E4444463031 00");
	is(out, ph_apdu_select((const uint8_t *)"\xa0\x00\x00\x00\x04", 5, true, out),
		"00A40402 05 A000000004 00");
	is(out, ph_apdu_read_record(1, 2, out), "00B2020C00");
	is(out, ph_apdu_read_record(30, 255, out), "00B2FFF400");
	is(out, ph_apdu_processing_options(NULL, 0, out), "80A80000 02 8300 00");
	is(out, ph_apdu_processing_options((const uint8_t *)"\x01\x02", 2, out),
		"80A80000 04 83020102 00");
	is(out, ph_apdu_internal_authenticate((const uint8_t *)"\x01\x02\x03\x04", 4, out),
		"00880000 04 01020304 00");
	is(out, ph_apdu_external_authenticate((const uint8_t *)"\x01\x02\x03\x04", 4, out),
		"00820000 04 01020304");
	is(out, ph_apdu_get_data(0x9f36, out), "80CA9F3600");
	is(out, ph_apdu_get_challenge(out), "0084000000");
	is(out, ph_apdu_generate_ac(PH_CID_ARQC | PH_AC_CDA, (const uint8_t *)"\x05", 1, out),
		"80AE9000 01 05 00");
	is(out, ph_apdu_generate_ac(PH_CID_TC, NULL, 0, out), "80AE400000");
	/* a PDOL of more than 127 bytes needs a longer length in its template */
	ck_assert_uint_eq(ph_apdu_processing_options(long_data, 127, out), 5 + 129 + 1);
	ck_assert_uint_eq(ph_apdu_processing_options(long_data, 128, out), 5 + 131 + 1);
	is(out + 4, 5, "83 83 81 80 01");
	ck_assert_uint_eq(ph_apdu_processing_options(long_data, 252, out), PH_APDU_COMMAND_MAX);
	is(out + 4, 4, "FF 83 81 FC");
}
END_TEST

START_TEST(statuses)
{
	uint8_t answer[PH_APDU_ANSWER_MAX + 1] = {0x90, 0x00};

	ck_assert_int_eq(ph_apdu_status(answer, 2), 0x9000);
	ck_assert_int_eq(ph_apdu_status((const uint8_t *)"\x01\x6a\x82", 3), 0x6a82);
	ck_assert_int_eq(ph_apdu_status(answer, 1), -EBADMSG);
	ck_assert_int_eq(ph_apdu_status(answer, 0), -EBADMSG);
	ck_assert_int_eq(ph_apdu_status(answer, PH_APDU_ANSWER_MAX), 0);
	ck_assert_int_eq(ph_apdu_status(answer, PH_APDU_ANSWER_MAX + 1), -EBADMSG);
}
END_TEST

#define STEPS 10

struct script {
	const char *command;
	struct {
		const char *sent, *answer;
	} steps[STEPS];
	const char *result; /* NULL: -EBADMSG at the last step */
};

static const struct script scripts[] = {
	/* case 1 */
	{"84160000", {{"8416000000", "9000"}}, "9000"},
	{"84160000", {{"8416000000", "6A86"}}, "6A86"},
	{"84160000", {{"8416000000", "6110"}}, "6110"}, /* nobody asked for data */
	{"84160000", {{"8416000000", "6C10"}}, "6C10"},
	/* case 2: the card knows the length */
	{"00B2010C00", {{"00B2010C00", "6C03"}, {"00B2010C03", "7001009000"}}, "7001009000"},
	{"00B2010C00", {{"00B2010C00", "7001009000"}}, "7001009000"},
	{"00B2010C00", {{"00B2010C00", "6A83"}}, "6A83"},
	{"00B2010C00", {{"00B2010C00", "6103"}, {"00C0000003", "7001009000"}}, "7001009000"},
	/* it may correct us once, not again and again */
	{"00B2010C00", {{"00B2010C00", "6C03"}, {"00B2010C03", "6C04"}}, "6C04"},
	/* a warning of a case 2 command comes with its data */
	{"80CA9F1700", {{"80CA9F1700", "9F1701036281"}}, "9F1701036281"},
	/* case 3 */
	{"0082000002AABB", {{"0082000002AABB", "9000"}}, "9000"},
	{"0082000002AABB", {{"0082000002AABB", "6300"}}, "6300"},
	{"0020008002AABB", {{"0020008002AABB", "63C2"}}, "63C2"},
	{"0082000002AABB", {{"0082000002AABB", "6110"}}, "6110"},
	/* case 4: Le stays at home */
	{"00A4040002325900", {{"00A40400023259", "6105"}, {"00C0000005", "6F038401319000"}},
		"6F038401319000"},
	{"00A4040002325900", {{"00A40400023259", "6A82"}}, "6A82"},
	{"00A4040002325900", {{"00A40400023259", "9000"}}, "9000"},
	/* GET RESPONSE is corrected */
	{"00A4040002325900",
		{{"00A40400023259", "6110"}, {"00C0000010", "6C05"},
			{"00C0000005", "6F038401319000"}},
		"6F038401319000"},
	{"00A4040002325900",
		{{"00A40400023259", "6110"}, {"00C0000010", "6C05"}, {"00C0000005", "6C04"}},
		"6C04"},
	/* 256 bytes are 6100 */
	{"00A4040002325900", {{"00A40400023259", "6100"}, {"00C0000000", "AA9000"}}, "AA9000"},
	/* in pieces */
	{"00A4040002325900",
		{{"00A40400023259", "6102"}, {"00C0000002", "01026103"},
			{"00C0000003", "0304056101"}, {"00C0000001", "069000"}},
		"0102030405069000"},
	/* each piece may be corrected */
	{"00A4040002325900",
		{{"00A40400023259", "6102"}, {"00C0000002", "6C01"}, {"00C0000001", "016102"},
			{"00C0000002", "6C01"}, {"00C0000001", "029000"}},
		"01029000"},
	/* a warning in front of the data is the result */
	{"00A4040002325900",
		{{"00A40400023259", "6283"}, {"00C0000000", "6C05"},
			{"00C0000005", "6F038401319000"}},
		"6F038401316283"},
	{"00A4040002325900", {{"00A40400023259", "6283"}, {"00C0000000", "AA9000"}}, "AA6283"},
	{"00A4040002325900", {{"00A40400023259", "6300"}, {"00C0000000", "6F00"}}, "6300"},
	{"00A4040002325900",
		{{"00A40400023259", "6283"}, {"00C0000000", "AA6101"}, {"00C0000001", "BB9000"}},
		"AABB6283"},
	/* one behind them, too */
	{"00A4040002325900", {{"00A40400023259", "6101"}, {"00C0000001", "AA6281"}}, "AA6281"},
	/* an error while fetching */
	{"00A4040002325900", {{"00A40400023259", "6102"}, {"00C0000002", "6F00"}}, "6F00"},
	/* endless 61xx, endless warnings, endless corrections in turn with data */
	{"00A4040002325900",
		{{"00A40400023259", "6101"}, {"00C0000001", "016101"}, {"00C0000001", "026101"},
			{"00C0000001", "036101"}, {"00C0000001", "046101"},
			{"00C0000001", "056101"}, {"00C0000001", "066101"},
			{"00C0000001", "076101"}},
		NULL},
	{"00A4040002325900",
		{{"00A40400023259", "6101"}, {"00C0000001", "6101"}, {"00C0000001", "6101"},
			{"00C0000001", "6101"}, {"00C0000001", "6101"}, {"00C0000001", "6101"},
			{"00C0000001", "6101"}, {"00C0000001", "6101"}},
		NULL},
	{"00A4040002325900",
		{{"00A40400023259", "6101"}, {"00C0000001", "6C01"}, {"00C0000001", "016101"},
			{"00C0000001", "6C01"}, {"00C0000001", "026101"}, {"00C0000001", "6C01"},
			{"00C0000001", "036101"}, {"00C0000001", "6C01"}},
		NULL},
	/* eight exchanges are allowed */
	{"00A4040002325900",
		{{"00A40400023259", "6101"}, {"00C0000001", "016101"}, {"00C0000001", "026101"},
			{"00C0000001", "036101"}, {"00C0000001", "046101"},
			{"00C0000001", "056101"}, {"00C0000001", "066101"},
			{"00C0000001", "079000"}},
		"010203040506079000"},
	/* half a status word, nothing at all */
	{"00B2010C00", {{"00B2010C00", "90"}}, NULL},
	{"00B2010C00", {{"00B2010C00", ""}}, NULL},
};

START_TEST(t0_scripts)
{
	const struct script *s = &scripts[_i];
	struct bytes command = bytes(s->command);
	uint8_t out[PH_APDU_COMMAND_MAX];
	struct ph_t0 t0;
	int n = ph_t0_begin(&t0, command.data, command.len, out);

	for (unsigned i = 0; i < STEPS && s->steps[i].sent; i++) {
		ck_assert_int_gt(n, 0);
		is(out, (size_t)n, s->steps[i].sent);
		struct bytes answer = bytes(s->steps[i].answer);
		n = ph_t0_feed(&t0, answer.data, answer.len, out);
	}
	if (s->result) {
		ck_assert_int_eq(n, 0);
		is(t0.answer, t0.answer_len, s->result);
	} else {
		ck_assert_int_eq(n, -EBADMSG);
	}
	ph_t0_done(&t0);
	for (size_t i = 0; i < sizeof t0; i++)
		ck_assert_uint_eq(((const uint8_t *)&t0)[i], 0);
}
END_TEST

START_TEST(t0_says_too_much)
{
	uint8_t out[PH_APDU_COMMAND_MAX], answer[300] = {0};
	struct ph_t0 t0;
	struct bytes command = bytes("00A4040002325900");

	/* 256 bytes and their status are the most, in one piece or two */
	ck_assert_int_eq(ph_t0_begin(&t0, command.data, command.len, out), 7);
	ck_assert_int_eq(ph_t0_feed(&t0, answer, 259, out), -EBADMSG);
	answer[256] = 0x90;
	ck_assert_int_eq(ph_t0_feed(&t0, answer, 258, out), 0);
	ck_assert_uint_eq(t0.answer_len, PH_APDU_ANSWER_MAX);

	ck_assert_int_eq(ph_t0_begin(&t0, command.data, command.len, out), 7);
	answer[200] = 0x61;
	answer[201] = 0x80;
	ck_assert_int_eq(ph_t0_feed(&t0, answer, 202, out), 5);
	answer[200] = 0;
	answer[201] = 0;
	answer[57] = 0x90;
	ck_assert_int_eq(ph_t0_feed(&t0, answer, 59, out), -EBADMSG);
}
END_TEST

START_TEST(t0_bad_commands)
{
	static const char *const bad[] = {"", "00", "00A404", "00A404000001", "00A40400023259AABB",
		"00A404000232", "00A404000300"};
	uint8_t out[PH_APDU_COMMAND_MAX], too_long[PH_APDU_COMMAND_MAX + 1] = {0};
	struct ph_t0 t0;

	for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct bytes b = bytes(bad[i]);
		ck_assert_int_eq(ph_t0_begin(&t0, b.data, b.len, out), -EINVAL);
	}
	ck_assert_int_eq(ph_t0_begin(&t0, too_long, sizeof too_long, out), -EINVAL);
	too_long[4] = 0xff;
	ck_assert_int_eq(ph_t0_begin(&t0, too_long, PH_APDU_COMMAND_MAX, out), 260);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("emv apdu");
	TCase *tcase = tcase_create("apdu");

	tcase_add_test(tcase, commands);
	tcase_add_test(tcase, statuses);
	tcase_add_loop_test(tcase, t0_scripts, 0, sizeof scripts / sizeof *scripts);
	tcase_add_test(tcase, t0_says_too_much);
	tcase_add_test(tcase, t0_bad_commands);
	suite_add_tcase(suite, tcase);
	return run(suite);
}
