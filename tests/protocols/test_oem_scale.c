// Scales of IBM's OEM interface: answers, their order, and commands.
#include "hex_help.h"
#include "protocols/ibm-oem/oem_scale.h"

#include <check.h>
#include <errno.h>
#include <string.h>

static struct ph_oem_scale_answer answer;

/* answers in 7 bytes as they come, filled up with zeros */
static int parse(const char *text, bool two_status)
{
	uint8_t bytes[8] = {0};

	hex(text, bytes, sizeof bytes);
	return ph_oem_scale_parse(bytes, sizeof bytes, two_status, &answer);
}

static const struct {
	const char *bytes;
	enum ph_oem_scale_kind kind;
	const char *digits;
	unsigned decimals;
} answers[] = {
	{"00 00 00 01 02 03 04", PH_OEM_SCALE_WEIGHT, "1234", 2},
	{"00 02 00 03 04 05 06 07", PH_OEM_SCALE_WEIGHT, "34567", 3},
	{"10 02 00 03 04 05 06 07", PH_OEM_SCALE_WEIGHT, "34567", 3},
	{"00 01 00 00 01 02 03 04", PH_OEM_SCALE_WEIGHT, "01234", 3},
	{"04 00 00 00 00 00 05", PH_OEM_SCALE_WEIGHT, "0005", 2},
	{"00 04 00", PH_OEM_SCALE_MOTION, "", 0},
	{"00 00 08 00 00 00 00", PH_OEM_SCALE_ZERO, "", 0},
	{"80 00 00", PH_OEM_SCALE_NOT_READY, "", 0},
	{"40 00 00", PH_OEM_SCALE_COMMAND_ERROR, "", 0},
	{"00 00 04", PH_OEM_SCALE_OVER, "", 0},
	{"00 00 02", PH_OEM_SCALE_UNDER, "", 0},
	{"00 00 10", PH_OEM_SCALE_NEEDS_ZERO, "", 0},
	{"00 00 20", PH_OEM_SCALE_WARM_UP, "", 0},
	{"00 00 40", PH_OEM_SCALE_DUPLICATE, "", 0},
	/* all bits, then one less from line to line */
	{"FF FF FF", PH_OEM_SCALE_GONE, "", 0},
	{"FF FF FE", PH_OEM_SCALE_FLASHING, "", 0},
	{"FE FF FF", PH_OEM_SCALE_NOT_READY, "", 0},
	{"7E FF FF", PH_OEM_SCALE_CONFIG_DONE, "", 0},
	{"7E FF FE", PH_OEM_SCALE_CONFIG, "", 0},
	{"7C FF FE", PH_OEM_SCALE_COMMAND_ERROR, "", 0},
	{"3C FF FE", PH_OEM_SCALE_DATA_ERROR, "", 0},
	{"3C F7 FE", PH_OEM_SCALE_READ_ERROR, "", 0},
	{"3C E7 FE", PH_OEM_SCALE_NO_DISPLAY, "", 0},
	{"3C C7 FE", PH_OEM_SCALE_HARDWARE_ERROR, "", 0},
	{"3C 87 FE", PH_OEM_SCALE_REJECTED, "", 0},
	{"3C 07 FE", PH_OEM_SCALE_OVER, "", 0},
	{"3C 07 FA", PH_OEM_SCALE_UNDER, "", 0},
	{"3C 07 F8", PH_OEM_SCALE_NEEDS_ZERO, "", 0},
	{"3C 07 E8", PH_OEM_SCALE_WARM_UP, "", 0},
	{"3C 07 C8", PH_OEM_SCALE_DUPLICATE, "", 0},
	{"3C 07 88", PH_OEM_SCALE_ZERO, "", 0},
	{"3C 07 80", PH_OEM_SCALE_MOTION, "", 0},
	{"3C 03 80 09 08 07 06 05", PH_OEM_SCALE_WEIGHT, "98765", 3},
};

START_TEST(answer_kinds)
{
	ck_assert_int_eq(parse(answers[_i].bytes, false), 0);
	ck_assert_int_eq(answer.kind, answers[_i].kind);
	ck_assert_str_eq(answer.digits, answers[_i].digits);
	ck_assert_uint_eq(answer.decimals, answers[_i].decimals);
	ck_assert_int_eq(answer.metric, answer.status[1] & 1);
}
END_TEST

START_TEST(short_status)
{
	/* the third byte says nothing then, and the digits stay where they are */
	ck_assert_int_eq(parse("00 00 7F 01 02 03 04", true), 0);
	ck_assert_int_eq(answer.kind, PH_OEM_SCALE_WEIGHT);
	ck_assert_str_eq(answer.digits, "1234");
	ck_assert_uint_eq(answer.status[2], 0);
	ck_assert_int_eq(parse("FF FF", true), 0);
	ck_assert_int_eq(answer.kind, PH_OEM_SCALE_GONE);
	ck_assert_int_eq(ph_oem_scale_parse((const uint8_t *)"\x00\x04", 2, true, &answer), 0);
	ck_assert_int_eq(answer.kind, PH_OEM_SCALE_MOTION);
}
END_TEST

START_TEST(configuration)
{
	uint8_t out[PH_OEM_SCALE_COMMAND_LEN];

	ck_assert_int_eq(parse("02 00 00 5D 01 00", false), 0);
	ck_assert_int_eq(answer.kind, PH_OEM_SCALE_CONFIG);
	ck_assert_mem_eq(answer.config, "\x5d\x01\x00", 3);
	ck_assert_uint_eq(answer.config[0] >> PH_OEM_SCALE_FILTER_SHIFT, 1);
	ck_assert_uint_eq(answer.config[0] & PH_OEM_SCALE_METRIC, PH_OEM_SCALE_METRIC);
	ph_oem_scale_configure(answer.config, out);
	ck_assert_mem_eq(out, "\x20\x00\x5d\x01\x00", sizeof out);
}
END_TEST

START_TEST(broken_answers)
{
	static const uint8_t weight[] = {0, 2, 0, 1, 2, 3, 4, 5}, config[] = {2, 0, 0, 1, 2, 3};

	for (size_t len = 0; len < sizeof weight; len++)
		ck_assert_int_eq(ph_oem_scale_parse(weight, len, false, &answer), -EBADMSG);
	for (size_t len = 0; len < sizeof config; len++)
		ck_assert_int_eq(ph_oem_scale_parse(config, len, false, &answer), -EBADMSG);
	ck_assert_int_eq(parse("00 00 00 01 02 0A 04", false), -EBADMSG);
	ck_assert_int_eq(parse("00 00 00 31 32 33 34", false), -EBADMSG);
}
END_TEST

static const struct {
	enum ph_oem_scale_command command;
	const char *bytes;
} commands[] = {
	{PH_OEM_SCALE_READ_ENGLISH, "01"},
	{PH_OEM_SCALE_READ_METRIC, "02"},
	{PH_OEM_SCALE_SET_ZERO, "03"},
	{PH_OEM_SCALE_STATUS_LONG, "04"},
	{PH_OEM_SCALE_STATUS_SHORT, "05"},
	{PH_OEM_SCALE_CLEAR_DISPLAY, "06"},
	{PH_OEM_SCALE_REPORT_CONFIG, "21"},
	{PH_OEM_SCALE_SELF_TEST, "00 10"},
	{PH_OEM_SCALE_STATUS, "00 20"},
	{PH_OEM_SCALE_RESET, "00 40"},
};

START_TEST(command_bytes)
{
	uint8_t out[PH_OEM_SCALE_COMMAND_LEN], expected[PH_OEM_SCALE_COMMAND_LEN] = {0};

	memset(out, 0xff, sizeof out);
	hex(commands[_i].bytes, expected, sizeof expected);
	ph_oem_scale_command(commands[_i].command, out);
	ck_assert_mem_eq(out, expected, sizeof out);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("oem_scale");
	TCase *cases = tcase_create("scale");

	tcase_add_loop_test(cases, answer_kinds, 0, (int)(sizeof answers / sizeof *answers));
	tcase_add_test(cases, short_status);
	tcase_add_test(cases, configuration);
	tcase_add_test(cases, broken_answers);
	tcase_add_loop_test(cases, command_bytes, 0, (int)(sizeof commands / sizeof *commands));
	suite_add_tcase(suite, cases);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
