// Commands and answers of serial scanners. Vectors: Honeywell user's guides and the public tests of python_hon_usbhid;
// Datalogic KA-01506 and KA-01089, the public tests of datalogic-magellan-dotnet.
#include "protocols/scanner-serial/datalogic.h"
#include "protocols/scanner-serial/honeywell.h"
#include "protocols/scanner-serial/single_cable.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

START_TEST(honeywell_actions)
{
	uint8_t out[3];

	ph_honeywell_action(PH_HONEYWELL_TRIGGER, out);
	ck_assert_mem_eq(out, "\x16\x54\x0d", 3);
	ph_honeywell_action(PH_HONEYWELL_UNTRIGGER, out);
	ck_assert_mem_eq(out, "\x16\x55\x0d", 3);
	ph_honeywell_action(PH_HONEYWELL_BEEP, out);
	ck_assert_mem_eq(out, "\x16\x07\x0d", 3);
}
END_TEST

START_TEST(honeywell_menu)
{
	static const uint8_t revision[] = {
		0x16, 0x4d, 0x0d, 0x52, 0x45, 0x56, 0x49, 0x4e, 0x46, 0x2e};
	static const char *const bad[] = {"", "REVINF.", "REVINF!", "A\rB", "A\x16", "A\x80"};
	uint8_t out[PH_HONEYWELL_COMMAND_MAX];
	char text[32];

	ck_assert_int_eq(ph_honeywell_menu("REVINF", true, out, sizeof out), 10);
	ck_assert_mem_eq(out, revision, 10);
	ck_assert_int_eq(ph_honeywell_menu("BEPBEP0;CBR?", false, out, sizeof out), 16);
	ck_assert_mem_eq(out, "\x16M\rBEPBEP0;CBR?!", 16);
	ck_assert_int_eq(ph_honeywell_menu("REVINF", true, out, 9), -ENOBUFS);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_int_eq(ph_honeywell_menu(bad[i], true, out, sizeof out), -EINVAL);

	ck_assert_int_eq(
		ph_honeywell_affix("PREBK2", PH_HONEYWELL_ALL, "\x5c\x80", 2, text, sizeof text),
		12);
	ck_assert_str_eq(text, "PREBK2995C80");
	ck_assert_int_eq(
		ph_honeywell_affix("SUFBK2", PH_HONEYWELL_ALL, "\r", 1, text, sizeof text), 10);
	ck_assert_str_eq(text, "SUFBK2990D");
	ck_assert_int_eq(ph_honeywell_affix("SUFBK2", 0x99, "\r", 1, text, 10), -ENOBUFS);
	ck_assert_int_eq(ph_honeywell_affix("SUFBK2", 0x99, "\r", 1, text, 3), -ENOBUFS);
}
END_TEST

/* What is read of an answer: "text=error", "." behind the last. */
static const char *answers(const char *data, size_t len, size_t piece)
{
	static char text[512];
	static struct ph_honeywell_answer answer;
	struct ph_honeywell_item item;
	size_t at = 0;
	int r;

	text[0] = '\0';
	ph_honeywell_answer_init(&answer);
	while (len) {
		const size_t n = len < piece ? len : piece;
		ck_assert_int_eq(ph_honeywell_answer_feed(&answer, data, n), 0);
		while ((r = ph_honeywell_answer_next(&answer, &item)) != 0) {
			ck_assert_int_eq(r, 1);
			at += (size_t)snprintf(text + at, sizeof text - at, "%.*s=%d%s",
				(int)item.len, item.text, item.error, item.last ? "." : " ");
		}
		data += n;
		len -= n;
	}
	return text;
}

static const struct {
	const char *bytes, *story;
} replies[] = {
	{"CBRENA1\x06,SSX0\x06,CK20\x06.", "CBRENA1=0 SSX0=0 CK20=0."},
	{"REVINF\x06.", "REVINF=0."},
	{"Serial Num: N/A\r\nREVINF\x06.", "Serial Num: N/A\r\nREVINF=0."},
	{"XYZABC\x05.", "XYZABC=-95."},
	{"BEPBEP9\x15!", "BEPBEP9=-34."},
	{"A\x06;B\x05,C\x15.D\x06.", "A=0 B=-95 C=-34.D=0."},
	{"1.5, 2;\x06.", "1.5, 2;=0."}, /* marks alone end nothing */
	{"A\x06\x06.", "A\x06=0."},
	{"A\x06"
	 "B\x06.",
		"A\x06"
		"B=0."},
	{"\x06.", "=0."},
	{"never ends", ""},
};

START_TEST(honeywell_answers)
{
	const size_t len = strlen(replies[_i].bytes);

	for (size_t piece = 1; piece <= len; piece++)
		ck_assert_str_eq(answers(replies[_i].bytes, len, piece), replies[_i].story);
}
END_TEST

START_TEST(honeywell_too_long)
{
	static char data[PH_HONEYWELL_TEXT_MAX + 1];
	static struct ph_honeywell_answer answer;
	struct ph_honeywell_item item;

	memset(data, 'x', sizeof data);
	ph_honeywell_answer_init(&answer);
	ck_assert_int_eq(ph_honeywell_answer_feed(&answer, data, sizeof data), 0);
	ck_assert_int_eq(ph_honeywell_answer_feed(&answer, data, sizeof data), -EBUSY);
	ck_assert_int_eq(ph_honeywell_answer_next(&answer, &item), -EMSGSIZE);
	ck_assert_int_eq(ph_honeywell_answer_next(&answer, &item), 0);
	ck_assert_int_eq(ph_honeywell_answer_feed(&answer, "yy\x06,A\x06.", 7), 0);
	ck_assert_int_eq(ph_honeywell_answer_next(&answer, &item), 1);
	ck_assert_uint_eq(item.len, 1);
	ck_assert_mem_eq(item.text, "A", 1);
	ck_assert_int_eq(ph_honeywell_answer_next(&answer, &item), 0);
}
END_TEST

START_TEST(honeywell_labels)
{
	int upos = -1;

	ck_assert_str_eq(
		ph_honeywell_label((const uint8_t *)"d9001475067933", 14, &upos)->name, "ean13");
	ck_assert_int_eq(upos, 104);
	ck_assert_str_eq(ph_honeywell_label((const uint8_t *)"jABC", 4, &upos)->name, "code128");
	ck_assert_ptr_null(ph_honeywell_label((const uint8_t *)"~ABC", 4, &upos));
	ck_assert_ptr_null(ph_honeywell_label((const uint8_t *)"", 0, &upos));
}
END_TEST

START_TEST(datalogic_replies)
{
	ck_assert_int_eq(ph_datalogic_reply(0x06), 0);
	ck_assert_int_eq(ph_datalogic_reply(0x15), -EACCES);
	ck_assert_int_eq(ph_datalogic_reply(0x07), -EIO);
	ck_assert_int_eq(ph_datalogic_reply(0x18), -EINVAL);
	ck_assert_int_eq(ph_datalogic_reply('A'), -ENOMSG);
	ck_assert_int_eq(PH_DATALOGIC_ENABLE, 'E');
}
END_TEST

START_TEST(datalogic_information)
{
	static const char data[] =
		"x\x01MGD4400\x03S123\x03\x03R1.2\x04y\x01Z\x01I05\x04\x04\x01\x04";
	static struct ph_datalogic_info info;
	const char *text, *value;
	char name;
	size_t len, at = 0, value_len;

	for (size_t piece = 1; piece < sizeof data; piece++) {
		size_t count = 0;
		ph_datalogic_info_init(&info);
		for (size_t i = 0; i < sizeof data - 1; i += piece) {
			const size_t left = sizeof data - 1 - i;
			ck_assert_int_eq(ph_datalogic_info_feed(
						 &info, data + i, left < piece ? left : piece),
				0);
			while (ph_datalogic_info_next(&info, &text, &len) > 0) {
				static const char *const want[] = {
					"MGD4400\x03S123\x03\x03R1.2", "I05", ""};
				ck_assert_uint_eq(len, strlen(want[count]));
				ck_assert_mem_eq(text, want[count], len);
				count++;
			}
		}
		ck_assert_uint_eq(count, 3);
	}
	text = "MGD4400\x03S123\x03\x03R\x03";
	len = strlen(text);
	ck_assert_int_eq(ph_datalogic_item(text, len, &at, &name, &value, &value_len), 1);
	ck_assert_int_eq(name, 'M');
	ck_assert_uint_eq(value_len, 6);
	ck_assert_mem_eq(value, "GD4400", 6);
	ck_assert_int_eq(ph_datalogic_item(text, len, &at, &name, &value, &value_len), 1);
	ck_assert_int_eq(name, 'S');
	ck_assert_int_eq(ph_datalogic_item(text, len, &at, &name, &value, &value_len), 1);
	ck_assert_int_eq(name, 'R');
	ck_assert_uint_eq(value_len, 0);
	ck_assert_int_eq(ph_datalogic_item(text, len, &at, &name, &value, &value_len), 0);
}
END_TEST

START_TEST(datalogic_too_long)
{
	static char data[PH_DATALOGIC_INFO_MAX + 2];
	static struct ph_datalogic_info info;
	const char *text;
	size_t len;

	memset(data, 'x', sizeof data);
	data[0] = 1;
	ph_datalogic_info_init(&info);
	ck_assert_int_eq(ph_datalogic_info_feed(&info, data, sizeof data), 0);
	ck_assert_int_eq(ph_datalogic_info_next(&info, &text, &len), -EMSGSIZE);
	ck_assert_int_eq(ph_datalogic_info_next(&info, &text, &len), 0);
	ck_assert_int_eq(ph_datalogic_info_feed(&info,
				 "yy\x04\x01"
				 "A\x04",
				 6),
		0);
	ck_assert_int_eq(ph_datalogic_info_next(&info, &text, &len), 1);
	ck_assert_uint_eq(len, 1);
}
END_TEST

START_TEST(datalogic_service)
{
	uint8_t out[16];

	ck_assert_int_eq(ph_datalogic_service("S", out, sizeof out), 3);
	ck_assert_mem_eq(out, "$S\r", 3);
	ck_assert_int_eq(ph_datalogic_service("Ar", out, sizeof out), 4);
	ck_assert_mem_eq(out, "$Ar\r", 4);
	ck_assert_int_eq(ph_datalogic_service("", out, sizeof out), -EINVAL);
	ck_assert_int_eq(ph_datalogic_service("C\r", out, sizeof out), -EINVAL);
	ck_assert_int_eq(ph_datalogic_service("S", out, 2), -ENOBUFS);
	ck_assert_int_eq(ph_datalogic_service_reply((const uint8_t *)"$>", 2), 0);
	ck_assert_int_eq(ph_datalogic_service_reply((const uint8_t *)"$>01", 4), 0);
	ck_assert_int_eq(ph_datalogic_service_reply((const uint8_t *)"$#", 2), -EACCES);
	ck_assert_int_eq(ph_datalogic_service_reply((const uint8_t *)"$!", 2), -ENOMSG);
	ck_assert_int_eq(ph_datalogic_service_reply((const uint8_t *)"$", 1), -ENOMSG);
	ck_assert_int_eq(ph_datalogic_service_reply((const uint8_t *)"123", 3), -ENOMSG);
}
END_TEST

static struct ph_single_cable cable;

/* What a stream says: "name upos label", "code:data" or the error. */
static const char *cable_story(const char *data, size_t len, size_t piece)
{
	static char text[512];
	struct ph_single_cable_frame frame;
	const struct ph_symbology *symbology;
	const uint8_t *label;
	size_t at = 0, label_len;
	int r, upos;

	text[0] = '\0';
	ph_single_cable_init(&cable, true);
	while (len) {
		const size_t n = len < piece ? len : piece;
		ck_assert_int_eq(ph_single_cable_feed(&cable, data, n), 0);
		while ((r = ph_single_cable_next(&cable, &frame)) != 0) {
			at += (size_t)snprintf(text + at, sizeof text - at, "%s", at ? "; " : "");
			if (r < 0)
				at += (size_t)snprintf(text + at, sizeof text - at, "%d", r);
			else if (ph_single_cable_label(
					 &frame, &symbology, &upos, &label, &label_len) == 0)
				at += (size_t)snprintf(text + at, sizeof text - at, "%s %d %.*s",
					symbology->name, upos, (int)label_len, (const char *)label);
			else
				at += (size_t)snprintf(text + at, sizeof text - at, "%u:%.*s",
					frame.code, (int)frame.len, (const char *)frame.data);
		}
		data += n;
		len -= n;
	}
	return text;
}

static const struct {
	const char *bytes, *story;
} lines[] = {
	{"S08B39289510002308107\r", "code128 110 9289510002308107"},
	{"S08F9001475067933\r", "ean13 104 9001475067933"},
	{"S08FF96385074\r", "ean8 103 96385074"},
	{"S08A855941004002\rS08QRhttps://\r", "upca 101 855941004002; qr 204 https://"},
	{"S08]C10195012345678903\r\n", "gs1-128 120 0195012345678903"},
	{"S08~x\r", "unknown 0 ~x"},
	{"S08F\r", "8:F"}, /* nothing behind the identifier */
	{"S1100450\r\nS143\r", "11:00450; 14:3"},
	{"\x53\xb0\x38\xC6"
	 "1\r",
		"ean13 104 1"}, /* parity */
	{"X08F1\rS0\rSxx1\r\rS08F2\r", "-74; -74; -74; ean13 104 2"},
};

START_TEST(single_cable)
{
	const size_t len = strlen(lines[_i].bytes);

	for (size_t piece = 1; piece <= len; piece++)
		ck_assert_str_eq(cable_story(lines[_i].bytes, len, piece), lines[_i].story);
}
END_TEST

START_TEST(single_cable_limits)
{
	static uint8_t data[sizeof cable.line + 1];
	struct ph_single_cable_frame frame;
	uint8_t out[4];

	memset(data, '1', sizeof data);
	ph_single_cable_init(&cable, false);
	ck_assert_int_eq(ph_single_cable_feed(&cable, data, sizeof data), 0);
	ck_assert_int_eq(ph_single_cable_feed(&cable, data, sizeof data), -EBUSY);
	ck_assert_int_eq(ph_single_cable_next(&cable, &frame), -EMSGSIZE);
	ck_assert_int_eq(ph_single_cable_next(&cable, &frame), 0);
	ck_assert_int_eq(ph_single_cable_feed(&cable, "11\rS08F1\r", 9), 0);
	ck_assert_int_eq(ph_single_cable_next(&cable, &frame), 1);
	ck_assert_uint_eq(frame.code, 8);
	ck_assert_uint_eq(frame.len, 2);
	ph_single_cable_command(PH_SINGLE_CABLE_ENABLE, out);
	ck_assert_mem_eq(out, "S01\r", 4);
	ph_single_cable_command(PH_SINGLE_CABLE_WEIGHT, out);
	ck_assert_mem_eq(out, "S11\r", 4);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scanner_codes");
	TCase *cases = tcase_create("all");

	tcase_add_test(cases, honeywell_actions);
	tcase_add_test(cases, honeywell_menu);
	tcase_add_loop_test(cases, honeywell_answers, 0, (int)(sizeof replies / sizeof *replies));
	tcase_add_test(cases, honeywell_too_long);
	tcase_add_test(cases, honeywell_labels);
	tcase_add_test(cases, datalogic_replies);
	tcase_add_test(cases, datalogic_information);
	tcase_add_test(cases, datalogic_too_long);
	tcase_add_test(cases, datalogic_service);
	tcase_add_loop_test(cases, single_cable, 0, (int)(sizeof lines / sizeof *lines));
	tcase_add_test(cases, single_cable_limits);
	suite_add_tcase(suite, cases);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
