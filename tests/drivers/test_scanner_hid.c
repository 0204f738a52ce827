// HID POS scanners on a bench: which protocol is chosen, labels, bits, makers' tunnels.
#include "hid_rig.h"

#include "base/cleanup.h"
#include "drivers/registry.h"
#include "tests/protocols/hex_help.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- which protocol ---- */

static const struct {
	const char *descriptor;
	bool suits;
} kinds[] = {
	{SCANNER_A, true},
	{SCANNER_A61, true},
	{SCANNER_A62, true},
	{SCANNER_B, true},
	{OEM_SCANNER, true},
	{OEM_TABLE, true},
	{SNAPI, true},
	{KEYBOARD, false},
	{SCALE, false},
	{STRIPE_READER, false},
	{DRAWER, false},
	{OEM_FLASH, false},
	{OEM_SCALE, false},
	{"05 8C 09 02 A1 01 C0", false}, /* a scanner that says nothing of labels */
	{"05 8C 09 02 A1", false},
	{"", false},
};

START_TEST(what_suits)
{
	uint8_t bytes[512];
	size_t len = hex(kinds[_i].descriptor, bytes, sizeof bytes);

	ck_assert_int_eq(ph_driver_scanner_hid.hid_suits(bytes, len), kinds[_i].suits);
}
END_TEST

static const struct {
	const char *descriptor, *usb_id, *message;
} wrong_modes[] = {
	{KEYBOARD, "info:usb_id=0c2e:0b61",
		"it is in keyboard mode: scan the code `USB HID` (PAP131) of the scanner's guide"},
	{KEYBOARD, "info:usb_id=ffff:0001",
		"it is in keyboard mode: scan the code for `USB HID POS` or `USB OEM` of the "
		"scanner's guide"},
	{OEM_FLASH, "info:usb_id=05f9:1104",
		"it waits for new firmware: end the update with the maker's program"},
	{OEM_SCALE, "info:usb_id=05f9:1104", "it is a scale: give it to a driver of scales"},
	{"A1", "info:usb_id=1eab:0110",
		"it has a report descriptor that cannot be understood: scan `Enter Setup`, `USB "
		"HID-POS` and `Exit Setup` of the scanner's guide"},
};

START_TEST(wrong_mode)
{
	start(wrong_modes[_i].descriptor, (const char *[]){wrong_modes[_i].usb_id, NULL});
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), wrong_modes[_i].message));
	feed("02 01 02 03", 0);
	bench_request(&bench, "scanner.beep", "{}");
	bench_request(&bench, "scanner.disable", "{}");
	nothing_sent();
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "1 ! Offline"));
	finish();
}
END_TEST

/* ---- HID POS ---- */

#define EAN_A "02 0D 5D 45 30 39 30 30 31 34 37 35 30 36 37 39 33 33"

START_TEST(a_label)
{
	start(SCANNER_A, NULL);
	expect_lines(POS_INFO READY);
	nothing_sent();
	feed(EAN_A, 64);
	expect_lines(EAN_LINE("XUUwOTAwMTQ3NTA2NzkzMw=="));
	ck_assert_uint_eq(bench.timer_at, 0);
	/* other reports are none of labels */
	feed("05 0D 5D 45 30", 64);
	expect_lines("");
	finish();
}
END_TEST

START_TEST(makers_know_more)
{
	uint8_t report[64] = {2, 2, ']', 'A', '0', 'A', 'B'};

	/* byte 61 is declared as padding: read with Honeywell only, where 3C is Code 32 */
	report[61] = 0x3c;
	start(SCANNER_A, (const char *[]){"maker=honeywell", "identify=no", NULL});
	bench_lines(&bench);
	bench_feed(&bench, report, sizeof report, false);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "\"code32\",\"upos_type\":138"));
	finish();
	start(SCANNER_A, NULL);
	bench_lines(&bench);
	bench_feed(&bench, report, sizeof report, false);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "\"code39\",\"upos_type\":108"));
	finish();
	start(SCANNER_A, (const char *[]){"info:usb_id=05e0:1450", NULL});
	bench_lines(&bench);
	feed("02 02 5D 58 53 41 42", 64);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "\"microqr\",\"upos_type\":205"));
	finish();
}
END_TEST

START_TEST(no_identifier)
{
	start(SCANNER_B, NULL);
	expect_lines("device.info {" CAPABILITIES(false, false, false, false) READY);
	feed("02 03 31 32 33", 64);
	expect_lines("scanner.data {\"data_b64\":\"MTIz\",\"label_b64\":\"MTIz\",\"text\":\"123\","
		     "\"symbology\":\"unknown\",\"upos_type\":0}\n");
	/* nothing is known of its outputs: nothing is sent */
	bench_request(&bench, "scanner.trigger", "{}");
	bench_request(&bench, "scanner.beep", "{}");
	bench_request(&bench, "scanner.disable", "{}");
	expect_lines("1 ! Illegal this device cannot do that\n2 ! Illegal this device cannot "
		     "do that\n3 {}\n");
	nothing_sent();
	/* but its labels stay here */
	feed("02 03 31 32 33", 64);
	expect_lines("");
	finish();
}
END_TEST

START_TEST(suffix)
{
	start(SCANNER_A, (const char *[]){"suffix=cr", NULL});
	bench_lines(&bench);
	feed("02 03 5D 43 30 41 42 0D", 64);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "\"text\":\"AB\""));
	/* a label of nothing is none */
	feed("02 01 5D 43 30 0D", 64);
	feed("02 00 5D 43 30", 64);
	feed("02 00", 64);
	expect_lines("");
	finish();
}
END_TEST

static void feed_piece(const char *aim, char fill, unsigned len, bool more)
{
	uint8_t report[64] = {2, (uint8_t)len};

	memcpy(report + 2, aim, 3);
	memset(report + 5, fill, len < 56 ? len : 56);
	report[63] = more;
	bench_feed(&bench, report, sizeof report, false);
}

START_TEST(labels_of_many_reports)
{
	start(SCANNER_A, NULL);
	bench_lines(&bench);
	feed_piece("]Q1", 'a', 56, true);
	ck_assert_uint_eq(bench.timer_at, bench.now_ms + 501);
	bench_advance(&bench, 400);
	feed_piece("]Q1", 'b', 4, false);
	const char *line = bench_lines(&bench);
	ck_assert_ptr_nonnull(strstr(line, "aaaabbbb\",\"symbology\":\"qr\",\"upos_type\":204"));
	ck_assert_uint_eq(bench.timer_at, 0);
	/* the longest, and one byte more */
	for (int i = 0; i < 73; i++)
		feed_piece("]Q1", 'c', 56, true);
	feed_piece("]Q1", 'c', 8, false);
	line = bench_lines(&bench);
	ck_assert_ptr_nonnull(strstr(line, "scanner.data"));
	ck_assert_uint_eq(strlen(strstr(line, "\"text\":\"")) - strlen(strstr(line, "\",\"symb")),
		8 + PH_LABEL_MAX);
	for (int i = 0; i < 73; i++)
		feed_piece("]Q1", 'd', 56, true);
	feed_piece("]Q1", 'd', 9, false);
	expect_lines("scanner.dropped {\"count\":1,\"reason\":\"too_long\"}\n");
	feed(EAN_A, 64);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "9001475067933"));
	finish();
}
END_TEST

/* A process that is not run for long reads late what came in time; only a silence that was listened to tears a label. */
START_TEST(pieces_that_waited_to_be_read)
{
	start(SCANNER_A, NULL);
	bench_lines(&bench);
	feed_piece("]Q1", 'a', 56, true);
	bench.now_ms += 5000; /* the timer is due, and the link is read first */
	feed_piece("]Q1", 'b', 56, true);
	ck_assert_uint_eq(bench.timer_at, bench.now_ms + 501);
	bench.now_ms += 700;
	feed_piece("]Q1", 'c', 4, false);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "aabbbb"));
	ck_assert_uint_eq(bench.timer_at, 0);
	feed_piece("]Q1", 'a', 56, true);
	bench_advance(&bench, 499);
	expect_lines("");
	bench_advance(&bench, 2);
	expect_lines(GARBLED);
	finish();
}
END_TEST

START_TEST(broken_labels)
{
	start(SCANNER_A, NULL);
	bench_lines(&bench);
	feed("02 39 5D 45 30 39", 64); /* longer than its field */
	expect_lines(GARBLED);
	bench_advance(&bench, 3000);
	feed(EAN_A, 63); /* cut off */
	expect_lines(GARBLED);
	bench_advance(&bench, 3000);
	feed_piece("]Q1", 'a', 56, true);
	feed_piece("]d1", 'b', 4, false); /* another label before this one was complete */
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), GARBLED));
	bench_advance(&bench, 3000);
	feed_piece("]Q1", 'a', 56, true);
	bench_advance(&bench, 600); /* and its end is late */
	expect_lines(GARBLED);
	feed_piece("]Q1", 'b', 4, false);
	expect_lines("");
	bench_advance(&bench, 3000);
	feed(EAN_A, 64);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "9001475067933"));
	/* nothing of a label survives the cable */
	feed_piece("]Q1", 'a', 56, true);
	replug();
	expect_lines(POS_INFO READY);
	feed_piece("]Q1", 'b', 4, false);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "\"text\":\"bbbb\""));
	finish();
}
END_TEST

START_TEST(bits)
{
	start(SCANNER_A, NULL);
	bench_lines(&bench);
	bench_request(&bench, "scanner.trigger", "{}");
	REPORTS(2, "04 04");
	bench_request(&bench, "scanner.trigger", "{\"on\":false}");
	REPORTS(2, "04 02", "04 00");
	bench_request(&bench, "scanner.beep", "{}");
	bench_request(&bench, "scanner.beep", "{\"kind\":\"error\"}");
	REPORTS(2, "04 40", "04 20");
	bench_request(&bench, "scanner.beep", "{\"kind\":\"not_on_file\"}");
	nothing_sent();
	/* what prevents reading stays set beside other bits */
	bench_request(&bench, "scanner.disable", "{}");
	bench_request(&bench, "scanner.beep", "{}");
	REPORTS(2, "04 02", "04 42");
	expect_lines(
		"1 {}\n2 {}\n3 {}\n4 {}\n5 ! Illegal this device cannot do that\n6 {}\n7 {}\n");
	feed(EAN_A, 64);
	expect_lines("");
	/* also after a replug */
	replug();
	REPORTS(2, "04 02");
	bench_request(&bench, "scanner.enable", "{}");
	REPORTS(2, "04 00");
	bench_lines(&bench);
	feed(EAN_A, 64);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "9001475067933"));
	finish();
}
END_TEST

/* ---- Honeywell's tunnel ---- */

static char honeywell[1024];

static void start_honeywell(const char *const *options)
{
	snprintf(honeywell, sizeof honeywell, "%.*s %s", (int)strlen(SCANNER_A) - 2, SCANNER_A,
		TUNNELS);
	start(honeywell, options);
}

/* A report of an answer: ]X0 or ]Z6, text, the maker's byte. */
static void feed_answer(const char *aim, const char *text, uint8_t vendor)
{
	uint8_t report[64] = {2, (uint8_t)strlen(text)};

	memcpy(report + 2, aim, 3);
	memcpy(report + 5, text, strlen(text));
	report[61] = vendor;
	bench_feed(&bench, report, sizeof report, false);
}

/* The answer of a Voyager 1602g, as recorded by the author of python_hon_usbhid. */
static void feed_revision(void)
{
	feed_answer("]X0", "Product Name: Voyager 1602g\r\nBoot Revision: : 8992\r\nSoft", 0x3f);
	feed_answer("]X0", "ware Part Number: CW000082BBA\r\nSoftware Revision: $Proje", 0x3f);
	feed_answer("]X0", "ctRevision: 16345 \r\nSerial Number: 15232B1F0C\r\nSupported", 0x3f);
	feed_answer("]X0", " IF: Bluetooth\r\nPCB Assembly ID: 000000\r\nEngine Firmware", 0x3f);
	feed_answer("]X0", " Type: N/A   Revision: N/A   Serial Number: N/A   Checks", 0x3f);
	feed_answer("]X0", "um: N/A\r\n", 0x3f);
	feed_answer("]Z6", "REVINF\x06.", 0x36);
}

START_TEST(honeywell_says_who_it_is)
{
	start_honeywell((const char *[]){"info:usb_id=0c2e:0b67", NULL});
	expect_lines("device.info {\"vendor\":\"Honeywell\"," CAPABILITIES(true, true, true, false)
			READY);
	ck_assert_uint_eq(hid_rig_features.len, 2);
	ck_assert_mem_eq(hid_rig_features.data, "\xfe\x01", 2);
	REPORTS(64, "FD 0A 16 4D 0D 52 45 56 49 4E 46 2E");
	feed(EAN_A, 64); /* labels are labels meanwhile */
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "9001475067933"));
	feed_revision();
	expect_lines("device.info {\"vendor\":\"Honeywell\",\"model\":\"Voyager 1602g\","
		     "\"serial\":\"15232B1F0C\",\"firmware\":\"CW000082BBA\"," CAPABILITIES(
			     true, true, true, false));
	/* nothing is asked now: the same report is a label */
	feed_answer("]X0", "um: N/A\r\n", 0x3f);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "scanner.data"));
	ck_assert_uint_eq(bench.timer_at, 0);
	finish();
}
END_TEST

START_TEST(honeywell_has_said_it_in_time)
{
	start_honeywell((const char *[]){"info:usb_id=0c2e:0b67", NULL});
	bench_lines(&bench);
	bench.now_ms += 5000; /* nobody has listened: the timer has not told of silence yet */
	feed_revision();
	expect_lines("device.info {\"vendor\":\"Honeywell\",\"model\":\"Voyager 1602g\","
		     "\"serial\":\"15232B1F0C\",\"firmware\":\"CW000082BBA\"," CAPABILITIES(
			     true, true, true, false));
	finish();
}
END_TEST

/* An answer is due as well; the silence before these reports is one and the same. */
START_TEST(honeywell_reads_on_instead)
{
	start_honeywell((const char *[]){"maker=honeywell", NULL});
	bench_lines(&bench);
	bench.now_ms += 600000;
	for (unsigned i = 0; i < 4; i++)
		feed_piece("]Q1", 'a', 56, i < 3);
	const char *said = bench_lines(&bench);
	ck_assert_msg(strstr(said, "scanner.data") && !strstr(said, "dropped"), "%s", said);
	finish();
}
END_TEST

START_TEST(honeywell_says_nothing)
{
	start_honeywell((const char *[]){"maker=honeywell", NULL});
	bench_lines(&bench);
	feed_answer("]X0", "Product Name: Half\r\nSerial Nu", 0x3f);
	bench_advance(&bench, 501);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "\"model\":\"Half\",\"capab"));
	ck_assert_uint_eq(bench.timer_at, 0);
	feed_answer("]X0", "label", 0x3f);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "\"text\":\"label\""));
	finish();
	start_honeywell((const char *[]){"maker=honeywell", NULL});
	bench_lines(&bench);
	bench_advance(&bench, 1501);
	expect_lines("");
	ck_assert_uint_eq(bench.timer_at, 0);
	finish();
	/* not asked; another maker is never asked */
	start_honeywell((const char *[]){"maker=honeywell", "identify=no", NULL});
	nothing_sent();
	finish();
	start_honeywell(NULL);
	nothing_sent();
	ck_assert_uint_eq(hid_rig_features.len, 0);
	finish();
}
END_TEST

START_TEST(honeywell_by_command)
{
	/* a scanner with the tunnel and without the bits */
	static const char only_tunnel[] =
		"05 8C 09 02 A1 01 85 02 09 12 A1 02 15 00 26 FF 00 75 08 95 01 05 01 09 3B 81 02 "
		"95 03 05 8C 09 FB 09 FC 09 FD 81 02 95 38 09 FE 82 02 01 95 02 81 03 25 01 75 01 "
		"95 01 09 FF 81 02 75 07 81 03 C0 " TUNNELS;

	start(only_tunnel, (const char *[]){"maker=access-is", "identify=no", NULL});
	expect_lines("device.info {\"vendor\":\"Access-IS\"," CAPABILITIES(true, true, false, false)
			READY);
	ck_assert_uint_eq(hid_rig_features.len, 0); /* FE is Honeywell's alone */
	bench_request(&bench, "scanner.trigger", "{}");
	bench_request(&bench, "scanner.trigger", "{\"on\":false}");
	bench_request(&bench, "scanner.beep", "{}");
	REPORTS(64, "FD 03 16 54 0D", "FD 03 16 55 0D", "FD 03 16 07 0D");
	bench_request(&bench, "scanner.beep", "{\"kind\":\"error\"}");
	nothing_sent();
	expect_lines("1 {}\n2 {}\n3 {}\n4 ! Illegal this device cannot do that\n");
	/* the answer to an administrator is none for the till */
	bench_request(&bench, "device.directIO", "{\"data_b64\":\"/QkWTQ1DQlI/Lg==\"}");
	ck_assert_uint_eq(bench.written.len, 10);
	feed_answer("]X0", "CBRENA1", 0);
	ck_assert_ptr_null(strstr(bench_lines(&bench), "scanner.data"));
	finish();
}
END_TEST

/* ---- Newland's tunnel ---- */

#define NEWLAND_DONE "02 07 02 00 00 01 00 33 31"

START_TEST(newland)
{
	start(SCANNER_B, (const char *[]){"info:usb_id=1eab:8210", NULL});
	expect_lines("device.info {\"vendor\":\"Newland\"," CAPABILITIES(true, false, false, false)
			READY);
	REPORTS(64, "04 09 7E 00 05 01 01 F0 08 11 11");
	feed("02 03 31 32 33", 64);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "\"text\":\"123\""));
	feed("02 0E 02 00 00 08 45 4C 30 33 30 30 39 35 25 51", 64);
	expect_lines("device.info {\"vendor\":\"Newland\",\"serial\":\"EL030095\"," CAPABILITIES(
		true, false, false, false));
	/* the second command waits for the answer to the first */
	bench_request(&bench, "scanner.trigger", "{}");
	REPORTS(64, "04 09 7E 00 08 01 00 00 D5 EF 41");
	feed(NEWLAND_DONE, 64);
	REPORTS(64, "04 09 7E 00 08 01 00 02 01 02 DA");
	feed(NEWLAND_DONE, 64);
	bench_request(&bench, "scanner.trigger", "{\"on\":false}");
	REPORTS(64, "04 09 7E 00 08 01 00 02 02 32 B9");
	feed(NEWLAND_DONE, 64);
	bench_request(&bench, "scanner.trigger", "{}");
	REPORTS(64, "04 09 7E 00 08 01 00 02 01 02 DA");
	expect_lines("1 {}\n2 {}\n3 {}\n");
	/* no answer: after its time such a report is a label */
	bench_advance(&bench, 1501);
	feed(NEWLAND_DONE, 64);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "scanner.data"));
	finish();
}
END_TEST

START_TEST(a_full_queue_is_busy)
{
	start(SCANNER_B, (const char *[]){"maker=newland", "identify=no", NULL});
	bench_lines(&bench);
	for (int i = 0; i < 8; i++)
		bench_request(&bench, "scanner.trigger", "{\"on\":false}");
	bench_lines(&bench);
	bench_request(&bench, "scanner.trigger", "{\"on\":false}");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "9 ! Busy"));
	/* each gets its time, then all is quiet */
	ck_assert_uint_eq(bench.written.len, 64);
	bench_advance(&bench, 8 * 1501);
	ck_assert_uint_eq(bench.written.len, 8 * 64);
	ck_assert_uint_eq(bench.timer_at, 0);
	finish();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scanner-hid");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, what_suits, 0, (int)PH_ARRAY_SIZE(kinds));
	tcase_add_loop_test(tc, wrong_mode, 0, (int)PH_ARRAY_SIZE(wrong_modes));
	tcase_add_test(tc, a_label);
	tcase_add_test(tc, makers_know_more);
	tcase_add_test(tc, no_identifier);
	tcase_add_test(tc, suffix);
	tcase_add_test(tc, labels_of_many_reports);
	tcase_add_test(tc, pieces_that_waited_to_be_read);
	tcase_add_test(tc, broken_labels);
	tcase_add_test(tc, bits);
	tcase_add_test(tc, honeywell_says_who_it_is);
	tcase_add_test(tc, honeywell_has_said_it_in_time);
	tcase_add_test(tc, honeywell_reads_on_instead);
	tcase_add_test(tc, honeywell_says_nothing);
	tcase_add_test(tc, honeywell_by_command);
	tcase_add_test(tc, newland);
	tcase_add_test(tc, a_full_queue_is_busy);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
