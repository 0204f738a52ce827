// The driver of HID scanners on a bench: reports below, notifications above, for each of its protocols.
#include "bench.h"

#include "base/cleanup.h"
#include "drivers/registry.h"
#include "tests/protocols/hex_help.h"
#include "tests/protocols/hid_descriptors.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* SCANNER_A without its last byte, with the tunnel FD and the feature FE of composite devices. */
#define TUNNELS "85 FD 75 08 95 3F 26 FF 00 06 00 FF 09 01 91 02 85 FE 95 01 09 02 B1 02 C0"
#define SNAPI                                                                                      \
	"06 00 FF 09 01 A1 01 15 00 26 FF 00 75 08 95 1F 85 21 09 01 81 02 85 22 09 01 81 02 "     \
	"85 24 09 01 81 02 85 27 09 01 81 02 85 01 09 02 91 02 85 0D 09 02 91 02 C0"
#define OEM_TABLE                                                                                  \
	"06 45 FF 0A 00 4A A1 01 15 00 26 FF 00 75 08 95 40 09 01 81 02 95 0B 09 02 91 02 C0"
#define OEM_FLASH "06 45 FF 0A 00 A0 A1 01 15 00 26 FF 00 75 08 95 40 09 01 81 02 C0"
#define OEM_SCALE "06 45 FF 0A 00 6E A1 01 15 00 26 FF 00 75 08 95 40 09 01 81 02 C0"

static struct bench bench;
static struct ph_device_io own_io;
static uint8_t descriptor[1024];
static char honeywell[1024];
static struct ph_buf features;

static int take_feature(struct ph_device *device, const void *data, size_t len)
{
	return ph_buf_add(&features, data, len);
}

/* The bench opens a link without a descriptor first; then the scanner is there. */
static void start(const char *text, const char *const *options)
{
	bench_init(&bench, &ph_driver_scanner_hid, "hid:/dev/hidraw0", 0, options);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "it is no HID device"));
	ph_device_link_down(&bench.device, true, 0);
	bench.device.reported = PH_DEVICE_STARTING;
	own_io = *bench.device.io;
	own_io.link_feature = take_feature;
	bench.device.io = &own_io;
	bench.descriptor = descriptor;
	bench.descriptor_len = hex(text, descriptor, sizeof descriptor);
	ph_buf_reset(&features);
	ph_device_link_up(&bench.device);
}

static void finish(void)
{
	bench_done(&bench);
	ph_buf_done(&features);
}

static void replug(void)
{
	ph_device_link_down(&bench.device, true, 0);
	ph_device_set_state(
		&bench.device, PH_DEVICE_OFFLINE, PH_REASON_BIT(PH_REASON_UNPLUGGED), "unplugged");
	bench_lines(&bench);
	ph_buf_reset(&bench.written);
	ph_device_link_up(&bench.device);
}

/* A report of `len` bytes that begins as `text` says. */
static void feed(const char *text, size_t len)
{
	uint8_t report[128] = {0};
	size_t n = hex(text, report, sizeof report);

	bench_feed(&bench, report, len ? len : n, false);
}

static void expect_lines(const char *want)
{
	ck_assert_str_eq(bench_lines(&bench), want);
}

/* What was written: each report of `len` bytes begins with one line of `want`, the rest is zeros. */
static void expect_reports(const char *const *want, size_t len)
{
	size_t at = 0;

	for (; *want; want++, at += len) {
		uint8_t report[128] = {0};
		size_t n = hex(*want, report, sizeof report);
		ck_assert_uint_le(n, len);
		ck_assert_msg(bench.written.len >= at + len, "not sent: %s", *want);
		for (size_t i = 0; i < len; i++)
			ck_assert_msg((uint8_t)bench.written.data[at + i] == report[i],
				"byte %zu of report %zu is %02x, want %s", i, at / len,
				(uint8_t)bench.written.data[at + i], *want);
	}
	ck_assert_uint_eq(bench.written.len, at);
	ph_buf_reset(&bench.written);
}

#define REPORTS(len, ...) expect_reports((const char *const[]){__VA_ARGS__, NULL}, len)

static void nothing_sent(void)
{
	ck_assert_uint_eq(bench.written.len, 0);
}

#define CAPABILITIES(trigger, beep, enable, symbology)                                             \
	"\"capabilities\":{\"scanner\":{\"symbologies\":[],\"trigger\":" #trigger                  \
	",\"beep\":" #beep ",\"enable\":" #enable ",\"symbology\":" #symbology "}}}\n"
#define READY	   "device.state {\"state\":\"ready\",\"reasons\":[]}\n"
#define GARBLED	   "scanner.dropped {\"count\":1,\"reason\":\"garbled\"}\n"
#define POS_INFO   "device.info {" CAPABILITIES(true, true, true, false)
#define OEM_INFO   "device.info {" CAPABILITIES(false, true, true, true)
#define SNAPI_INFO "device.info {" CAPABILITIES(true, false, true, false)
#define OFFLINE(text)                                                                              \
	"device.state {\"state\":\"offline\",\"reasons\":[\"not_responding\"],\"message\":\"" text \
	"\"}\n"

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
#define EAN_LINE(data)                                                                             \
	"scanner.data {\"data_b64\":\"" data "\",\"label_b64\":\"OTAwMTQ3NTA2NzkzMw==\","          \
	"\"text\":\"9001475067933\",\"symbology\":\"ean13\",\"upos_type\":104,\"aim\":\"]E0\","    \
	"\"checksum_ok\":true,\"gs1\":[{\"ai\":\"01\",\"title\":\"GTIN\",\"value\":"               \
	"\"09001475067933\"}]}\n"

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
	expect_lines("1 ! Illegal correct the argument\n2 ! Illegal correct the argument\n3 {}\n");
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
	expect_lines("1 {}\n2 {}\n3 {}\n4 {}\n5 ! Illegal correct the argument\n6 {}\n7 {}\n");
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
	ck_assert_uint_eq(features.len, 2);
	ck_assert_mem_eq(features.data, "\xfe\x01", 2);
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
	ck_assert_uint_eq(features.len, 0);
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
	ck_assert_uint_eq(features.len, 0); /* FE is Honeywell's alone */
	bench_request(&bench, "scanner.trigger", "{}");
	bench_request(&bench, "scanner.trigger", "{\"on\":false}");
	bench_request(&bench, "scanner.beep", "{}");
	REPORTS(64, "FD 03 16 54 0D", "FD 03 16 55 0D", "FD 03 16 07 0D");
	bench_request(&bench, "scanner.beep", "{\"kind\":\"error\"}");
	nothing_sent();
	expect_lines("1 {}\n2 {}\n3 {}\n4 ! Illegal correct the argument\n");
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

/* ---- IBM OEM ---- */

#define OEM_STATUS  "00 00 20"
#define OEM_ENABLE  "00 11"
#define OEM_DISABLE "00 12"
#define OEM_WHO	    "00 30 00 01"
#define IS_ALIVE    "00 04 10 01 00"
#define IS_ENABLED  "00 04 10 03 00"
#define OEM_EAN	    "00 12 10 03 00 39 30 30 31 34 37 35 30 36 37 39 33 33 16"

static void start_oem(const char *text, const char *const *options)
{
	start(text, options);
	expect_lines(OEM_INFO);
	REPORTS(12, OEM_STATUS);
	feed(IS_ALIVE, 65);
}

static void start_oem_ready(const char *text)
{
	start_oem(text, (const char *[]){"identify=no", NULL});
	REPORTS(12, OEM_ENABLE);
	feed(IS_ENABLED, 65);
	expect_lines(READY);
	nothing_sent();
}

START_TEST(oem_start)
{
	start_oem(OEM_SCANNER, NULL);
	expect_lines("");
	REPORTS(12, OEM_ENABLE);
	feed(IS_ENABLED, 65);
	expect_lines(READY);
	REPORTS(12, OEM_WHO);
	/* in two packets, with a label between */
	feed("00 1C 50 03 08 01 53 70 3C 4D 47 44 34 34 33 30 03 53 43 31 32 33 34 35 36 37 03 41 "
	     "36",
		65);
	feed(OEM_EAN, 65);
	expect_lines(EAN_LINE("OTAwMTQ3NTA2NzkzMxY="));
	feed("00 09 50 03 08 00 31 30 30 03", 65);
	expect_lines(
		"device.info "
		"{\"model\":\"GD4430\",\"serial\":\"C1234567\",\"firmware\":\"6100\"," CAPABILITIES(
			false, true, true, true));
	ck_assert_uint_eq(bench.timer_at, 0);
	finish();
}
END_TEST

START_TEST(oem_silence)
{
	start(OEM_SCANNER, NULL);
	expect_lines(OEM_INFO);
	bench_advance(&bench, 4999);
	expect_lines("");
	REPORTS(12, OEM_STATUS, OEM_STATUS, OEM_STATUS, OEM_STATUS, OEM_STATUS);
	bench_advance(&bench, 1);
	expect_lines(OFFLINE("the scanner does not answer"));
	nothing_sent();
	bench_advance(&bench, 1000);
	REPORTS(12, OEM_STATUS);
	/* one that is late is as good; commands are too early until then */
	bench_request(&bench, "scanner.disable", "{}");
	nothing_sent();
	feed(IS_ALIVE, 65);
	REPORTS(12, OEM_DISABLE);
	feed("00 04 10 01 00", 65);
	expect_lines("1 {}\n" READY);
	REPORTS(12, OEM_WHO);
	finish();
}
END_TEST

START_TEST(oem_pauses_grow)
{
	unsigned attempts = 0;

	start(OEM_SCANNER, NULL);
	for (int i = 0; i < 3600; i++) {
		bench_advance(&bench, 100);
		attempts += (unsigned)(bench.written.len / 12);
		ph_buf_reset(&bench.written);
	}
	/* five per try; after 1, 2, 4, 8, 16, 30, 30 ... seconds */
	ck_assert_uint_eq(attempts, 5 * 14);
	finish();
}
END_TEST

START_TEST(oem_not_ready)
{
	start(OEM_SCANNER, (const char *[]){"identify=no", NULL});
	expect_lines(OEM_INFO);
	REPORTS(12, OEM_STATUS);
	feed("00 04 80 01 00", 65); /* not ready */
	nothing_sent();
	bench_advance(&bench, 250);
	REPORTS(12, OEM_STATUS);
	feed("00 04 10 00 00", 65); /* not alive */
	bench_advance(&bench, 250);
	REPORTS(12, OEM_STATUS);
	feed(IS_ALIVE, 65);
	REPORTS(12, OEM_ENABLE);
	feed(IS_ALIVE, 65); /* not enabled: once more */
	bench_advance(&bench, 250);
	REPORTS(12, OEM_ENABLE);
	feed(IS_ALIVE, 65);
	expect_lines(OFFLINE("the scanner does not let itself be enabled"));
	bench_advance(&bench, 1000);
	REPORTS(12, OEM_STATUS);
	finish();
}
END_TEST

static const struct {
	const char *packet, *message;
} oem_troubles[] = {
	{"00 04 01 01 00", "the scanner is loading new firmware"},
	{"00 04 20 01 00", "the scanner reports a hardware error"},
	{"00 04 80 01 00", "the scanner says that it is not ready"},
};

START_TEST(oem_trouble)
{
	char text[200];

	start_oem_ready(OEM_SCANNER);
	feed(oem_troubles[_i].packet, 65);
	snprintf(text, sizeof text, OFFLINE("%s"), oem_troubles[_i].message);
	expect_lines(text);
	feed(oem_troubles[_i].packet, 65);
	expect_lines("");
	/* it speaks again before it is asked */
	feed(IS_ALIVE, 65);
	REPORTS(12, OEM_STATUS);
	feed(IS_ALIVE, 65);
	REPORTS(12, OEM_ENABLE);
	feed(IS_ENABLED, 65);
	expect_lines(READY);
	finish();
}
END_TEST

START_TEST(oem_labels)
{
	start_oem_ready(OEM_SCANNER);
	feed(OEM_EAN, 65);
	expect_lines(EAN_LINE("OTAwMTQ3NTA2NzkzMxY="));
	feed("00 0F 10 03 00 30 30 30 30 34 39 33 37 00 0A 0B", 65);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench),
		"\"text\":\"00004937\",\"symbology\":\"code39\",\"upos_type\":108"));
	feed("00 09 10 03 00 41 42 10 18 0B", 65);
	ck_assert_uint_ne(bench.timer_at, 0);
	feed("00 09 10 03 00 43 44 00 18 0B", 65);
	expect_lines(
		"scanner.data {\"data_b64\":\"QUJDRAAYCw==\",\"label_b64\":\"QUJDRA==\",\"text\":"
		"\"ABCD\",\"symbology\":\"code128\",\"upos_type\":110}\n");
	ck_assert_uint_eq(bench.timer_at, 0);
	/* two labels are never joined; what was read wrong is said */
	feed("00 09 10 03 00 41 42 10 18 0B", 65);
	bench_advance(&bench, 600);
	expect_lines(GARBLED);
	bench_advance(&bench, 2000);
	feed("00 04 10 07 00", 65);
	expect_lines(GARBLED);
	feed("00 41 10 03 00 31", 65);
	expect_lines(GARBLED);
	bench_advance(&bench, 3000);
	/* a label of nobody's kind */
	feed("00 09 10 03 00 31 04 00 00 00", 65);
	ck_assert_ptr_nonnull(
		strstr(bench_lines(&bench), "\"text\":\"1\",\"symbology\":\"unknown\""));
	finish();
}
END_TEST

START_TEST(oem_table_top)
{
	start_oem_ready(OEM_TABLE);
	feed("00 12 10 03 00 09 00 00 01 04 07 05 00 06 07 09 03 03 16", 65);
	expect_lines(EAN_LINE("OTAwMTQ3NTA2NzkzMxY="));
	finish();
}
END_TEST

START_TEST(oem_requests)
{
	start_oem_ready(OEM_SCANNER);
	bench_request(&bench, "scanner.beep", "{}");
	bench_request(&bench, "scanner.beep", "{\"kind\":\"error\"}");
	bench_request(&bench, "scanner.beep", "{\"kind\":\"not_on_file\"}");
	bench_request(&bench, "scanner.trigger", "{}");
	expect_lines("1 {}\n2 {}\n3 {}\n4 ! Illegal correct the argument\n");
	REPORTS(12, "00 30 00 04");
	feed("00 04 10 03 10", 65); /* not now */
	bench_advance(&bench, 249);
	nothing_sent();
	bench_advance(&bench, 1);
	REPORTS(12, "00 30 00 04");
	feed("00 04 10 03 08", 65);
	REPORTS(12, "00 30 00 05");
	feed("00 04 10 03 20", 65); /* it knows no such command */
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "does not obey when it is told to beep"));
	REPORTS(12, "00 30 00 06");
	feed("00 04 10 03 08", 65);
	nothing_sent();
	bench_request(&bench, "scanner.disable", "{}");
	REPORTS(12, OEM_DISABLE);
	feed(IS_ALIVE, 65);
	feed(OEM_EAN, 65);
	expect_lines("5 {}\n");
	/* switched on by somebody else: told anew, not more often than once in a second */
	bench_advance(&bench, 1000);
	feed(IS_ENABLED, 65);
	REPORTS(12, OEM_DISABLE);
	feed(IS_ALIVE, 65);
	feed(IS_ENABLED, 65);
	nothing_sent();
	/* the last words */
	ph_device_link_down(&bench.device, false, 0);
	REPORTS(12, OEM_DISABLE);
	finish();
}
END_TEST

#define CONFIG_IS "00 0D 12 03 00 81 00 00 01 00 00 00 00 00" /* N, S0 with 02, then nine bytes */

START_TEST(oem_settings)
{
	start_oem(OEM_SCANNER, (const char *[]){"identify=no",
				       "settings=code39=on upc_ean=off itf_length_1=14", NULL});
	REPORTS(12, "00 21");
	feed(CONFIG_IS, 65);
	REPORTS(12, "00 20 00 84 00 00 01 00 00 0E 00 00");
	feed("00 04 10 01 03", 65); /* coerced */
	REPORTS(12, OEM_ENABLE);
	feed(IS_ENABLED, 65);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), READY));
	/* later changes come on top, and all are there again after a replug */
	bench_request(&bench, "scanner.symbology", "{\"symbology\":\"code128\",\"on\":true}");
	REPORTS(12, "00 21");
	feed("00 0D 12 03 00 84 00 00 01 00 00 0E 00 00", 65);
	REPORTS(12, "00 20 00 C4 00 00 01 00 00 0E 00 00");
	feed("00 04 10 03 01", 65);
	nothing_sent();
	bench_request(&bench, "scanner.symbology", "{\"symbology\":\"qr\",\"on\":true}");
	expect_lines("1 {}\n2 ! Illegal $.symbology is not one this scanner can be told\n");
	replug();
	REPORTS(12, OEM_STATUS);
	feed(IS_ALIVE, 65);
	REPORTS(12, "00 21");
	feed(CONFIG_IS, 65);
	REPORTS(12, "00 20 00 C4 00 00 01 00 00 0E 00 00");
	finish();
}
END_TEST

START_TEST(oem_settings_refused)
{
	start_oem(OEM_SCANNER, (const char *[]){"identify=no", "settings=code39=on", NULL});
	REPORTS(12, "00 21");
	feed("00 04 10 81 00", 65); /* rejected: it serves with the settings it has */
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "told to change its settings"));
	REPORTS(12, OEM_ENABLE);
	feed(IS_ENABLED, 65);
	expect_lines(READY);
	finish();
}
END_TEST

START_TEST(bad_settings)
{
	static const char *const bad[][2] = {
		{"colour=1", "there is no `colour`"},
		{"code39=2", "`code39` cannot have this value"},
		{"itf_length_1=64", "`itf_length_1` cannot have this value"},
		{"code39=yes", "`code39` cannot have this value"},
		{"code39", "is name=value name=value ..."},
		{"code39=", "is name=value name=value ..."},
		{"=1", "there is no ``"},
	};
	struct ph_device device;
	const struct ph_device_config config = {.name = "x", .connection = "hid:/dev/hidraw0"};

	ck_assert_int_eq(ph_device_init(&device, &ph_driver_scanner_hid, &own_io), 0);
	ck_assert_int_eq(ph_device_set_option(&device, "settings", bad[_i][0]), 0);
	ck_assert_int_lt(ph_device_configure(&device, &config), 0);
	ck_assert_str_eq(device.refused_text, bad[_i][1]);
	ph_device_done(&device);
}
END_TEST

START_TEST(oem_direct)
{
	start_oem_ready(OEM_SCANNER);
	/* 00 30 00 70: never sent */
	bench_request(&bench, "device.directIO", "{\"data_b64\":\"ADAAcAAAAAAAAAAA\"}");
	nothing_sent();
	/* health */
	bench_request(&bench, "device.directIO", "{\"data_b64\":\"ADAAAgAAAAAAAAAA\"}");
	REPORTS(12, "00 30 00 02");
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench), "1 ! Illegal"));
	feed("00 08 50 03 08 00 4F 4B 03", 65);
	expect_lines("");
	finish();
}
END_TEST

/* ---- SNAPI ---- */

#define SNAPI_START  "0D 40 00 06 00 06 20 00 04 B0"
#define SNAPI_ENABLE "06 01"
#define ACK(id)	     "01 " #id " 01"

static void start_snapi(void)
{
	start(SNAPI, (const char *[]){"identify=no", NULL});
	expect_lines(SNAPI_INFO);
	REPORTS(32, SNAPI_START);
	feed("21 0D 01 00", 32);
	REPORTS(32, SNAPI_ENABLE);
	feed("21 06 01 00", 32);
	expect_lines(READY);
	nothing_sent();
}

START_TEST(snapi_labels)
{
	start_snapi();
	feed("22 01 00 0D 0B 00 39 30 30 31 34 37 35 30 36 37 39 33 33", 32);
	REPORTS(32, ACK(22));
	expect_lines(EAN_LINE("OTAwMTQ3NTA2NzkzMw=="));
	feed("22 02 00 02 03 00 41 42", 32);
	feed("22 02 01 02 03 00 43 44", 32);
	REPORTS(32, ACK(22), ACK(22));
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench),
		"\"text\":\"ABCD\",\"symbology\":\"code128\",\"upos_type\":110"));
	feed("22 02 01 02 03 00 43 44", 32);
	expect_lines("");
	feed("22 02 00 02 03 00 41 42", 32);
	feed("22 02 00 02 03 00 41 42", 32);
	expect_lines(GARBLED);
	feed("24 10", 32);
	feed("30 00", 32);
	REPORTS(32, ACK(22), ACK(22), ACK(22), ACK(24), ACK(30));
	finish();
}
END_TEST

START_TEST(snapi_requests)
{
	start_snapi();
	bench_request(&bench, "scanner.trigger", "{}");
	REPORTS(32, "0A 01");
	feed("21 0A 01 00", 32);
	bench_request(&bench, "scanner.trigger", "{\"on\":false}");
	bench_request(&bench, "scanner.disable", "{}");
	REPORTS(32, "0A 00");
	feed("21 0A 03 00", 32);
	REPORTS(32, "06 00");
	feed("21 06 01 00", 32);
	bench_request(&bench, "scanner.beep", "{}");
	bench_request(&bench, "scanner.symbology", "{\"symbology\":\"qr\",\"on\":true}");
	ck_assert_ptr_nonnull(
		strstr(bench_lines(&bench), "4 ! Illegal correct the argument\n5 ! "));
	feed("22 01 00 01 03 00 41", 32);
	expect_lines("");
	REPORTS(32, ACK(22));
	ph_device_link_down(&bench.device, false, 0);
	REPORTS(32, "06 00");
	finish();
}
END_TEST

START_TEST(snapi_says_who_it_is)
{
	start(SNAPI, (const char *[]){"info:usb_id=05e0:1900", NULL});
	feed("21 0D 01 00", 32);
	feed("21 06 01 00", 32);
	bench_lines(&bench);
	REPORTS(32, SNAPI_START, SNAPI_ENABLE, "0D 40 00 06 00 06 02 00 02 15");
	feed("21 0D 03 00", 32); /* no such attribute */
	REPORTS(32, "0D 40 00 06 00 06 02 00 02 16");
	feed("21 0D 01 00", 32);
	nothing_sent();
	/* seven bytes of text with its NUL */
	feed("27 00 13 00 13 02 00 02 16 53 00 00 07 00 00 53 31 32 33 34 35 00", 32);
	expect_lines("device.info {\"vendor\":\"Zebra\",\"serial\":\"S12345\"," CAPABILITIES(
		true, false, true, false));
	/* the firmware: no answer at all */
	REPORTS(32, ACK(27), "0D 40 00 06 00 06 02 00 4E 24");
	bench_advance(&bench, 1000);
	nothing_sent();
	ck_assert_uint_eq(bench.timer_at, 0);
	finish();
}
END_TEST

START_TEST(snapi_silence)
{
	start(SNAPI, NULL);
	expect_lines(SNAPI_INFO);
	bench_advance(&bench, 1000);
	REPORTS(32, SNAPI_START, SNAPI_ENABLE);
	bench_advance(&bench, 3000);
	REPORTS(32, SNAPI_ENABLE, SNAPI_ENABLE);
	expect_lines(OFFLINE("the scanner does not answer"));
	bench_advance(&bench, 1000);
	REPORTS(32, SNAPI_START);
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
	tcase_add_test(tc, broken_labels);
	tcase_add_test(tc, bits);
	tcase_add_test(tc, honeywell_says_who_it_is);
	tcase_add_test(tc, honeywell_says_nothing);
	tcase_add_test(tc, honeywell_by_command);
	tcase_add_test(tc, newland);
	tcase_add_test(tc, a_full_queue_is_busy);
	tcase_add_test(tc, oem_start);
	tcase_add_test(tc, oem_silence);
	tcase_add_test(tc, oem_pauses_grow);
	tcase_add_test(tc, oem_not_ready);
	tcase_add_loop_test(tc, oem_trouble, 0, (int)PH_ARRAY_SIZE(oem_troubles));
	tcase_add_test(tc, oem_labels);
	tcase_add_test(tc, oem_table_top);
	tcase_add_test(tc, oem_requests);
	tcase_add_test(tc, oem_settings);
	tcase_add_test(tc, oem_settings_refused);
	tcase_add_loop_test(tc, bad_settings, 0, 7);
	tcase_add_test(tc, oem_direct);
	tcase_add_test(tc, snapi_labels);
	tcase_add_test(tc, snapi_requests);
	tcase_add_test(tc, snapi_says_who_it_is);
	tcase_add_test(tc, snapi_silence);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
