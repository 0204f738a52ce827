// HID POS scanners: the layouts makers use, labels of one and of many reports, broken ones,
// answers, output reports.
#include "hex_help.h"
#include "hid_descriptors.h"
#include "protocols/hidpos/hidpos.h"
#include "protocols/hidpos/tunnel.h"

#include <check.h>
#include <errno.h>
#include <string.h>

static struct ph_hid hid;
static struct ph_hidpos_layout layout;
static struct ph_hidpos hidpos;
static struct ph_hidpos_event event;
static uint64_t now_ms;

static int find_layout(const char *descriptor, const struct ph_hidpos_quirks *quirks)
{
	uint8_t bytes[512];

	ck_assert_int_eq(ph_hid_parse(bytes, hex(descriptor, bytes, sizeof bytes), &hid), 0);
	return ph_hidpos_layout(&hid, quirks, &layout);
}

static void begin(const char *descriptor, uint16_t vendor_byte)
{
	struct ph_hidpos_quirks quirks = {.vendor_byte = vendor_byte};

	ck_assert_int_eq(find_layout(descriptor, &quirks), 0);
	ph_hidpos_init(&hidpos, &layout);
	now_ms = 1000;
}

/* A report of layout A: length, identifier, data, and the maker's byte. */
struct report {
	uint8_t bytes[64];
};

static struct report report_a(const char *aim, const void *data, size_t len, int vendor, bool more)
{
	struct report r = {{2, (uint8_t)len}};

	memcpy(r.bytes + 2, aim, strlen(aim));
	memcpy(r.bytes + 5, data, len < 56 ? len : 56);
	r.bytes[61] = (uint8_t)vendor;
	r.bytes[63] = more;
	return r;
}

static void feed(struct report r)
{
	ck_assert_int_eq(ph_hidpos_feed(&hidpos, r.bytes, sizeof r.bytes, now_ms), 1);
}

static void feed_hex(const char *text, size_t len, int last)
{
	static uint8_t bytes[64]; /* answers are left in the report */

	memset(bytes, 0, sizeof bytes);
	hex(text, bytes, sizeof bytes);
	if (last >= 0)
		bytes[len - 1] = (uint8_t)last;
	ck_assert_int_eq(ph_hidpos_feed(&hidpos, bytes, len, now_ms), 1);
}

static void expect_label(const char *aim, const void *data, size_t len)
{
	ck_assert_int_eq(ph_hidpos_next(&hidpos, &event), 1);
	ck_assert_int_eq(event.kind, PH_HIDPOS_LABEL);
	ck_assert_mem_eq(event.aim, aim, 3);
	ck_assert_uint_eq(event.len, len);
	if (len)
		ck_assert_mem_eq(event.data, data, len);
}

static void expect_drop(enum ph_lost reason)
{
	ck_assert_int_eq(ph_hidpos_next(&hidpos, &event), 1);
	ck_assert_int_eq(event.kind, PH_HIDPOS_DROPPED);
	ck_assert_str_eq(ph_lost_name(event.reason), ph_lost_name(reason));
}

static void expect_none(void)
{
	ck_assert_int_eq(ph_hidpos_next(&hidpos, &event), 0);
}

START_TEST(layouts)
{
	ck_assert_int_eq(find_layout(SCANNER_A, NULL), 0);
	ck_assert_uint_eq(layout.report_id, 2);
	ck_assert_uint_eq(layout.report_len, 64);
	ck_assert_uint_eq(layout.data_at, 5);
	ck_assert_uint_eq(layout.data_max, 56);
	ck_assert_uint_eq(layout.length.bit_offset, 8);
	ck_assert_uint_eq(layout.aim[2].bit_offset, 4 * 8);
	ck_assert_uint_eq(layout.more.bit_offset, 63 * 8);
	ck_assert_uint_eq(layout.more.bit_size, 1);
	ck_assert_uint_eq(layout.vendor_at, 0);
	ck_assert_uint_eq(layout.tunnel_len, 0);

	ck_assert_int_eq(find_layout(SCANNER_A62, NULL), 0);
	ck_assert_uint_eq(layout.more.bit_offset, 61 * 8);
	ck_assert_int_eq(find_layout(SCANNER_A61, NULL), 0);
	ck_assert_uint_eq(layout.length.bit_size, 0);
	ck_assert_uint_eq(layout.data_at, 4);
	ck_assert_int_eq(find_layout(SCANNER_B, NULL), 0);
	ck_assert_uint_eq(layout.aim[0].bit_size, 0);
	ck_assert_uint_eq(layout.data_at, 2);
	ck_assert_uint_eq(layout.outputs[PH_HIDPOS_INITIATE_READ].report_len, 0);

	ck_assert_int_eq(find_layout(KEYBOARD, NULL), -ENOENT);
	ck_assert_int_eq(find_layout(SCALE, NULL), -ENOENT);
	/* data of a badge reader; of nibbles */
	ck_assert_int_eq(
		find_layout("05 8C 09 01 A1 01 75 08 95 38 09 FE 81 02 C0", NULL), -ENOENT);
	ck_assert_int_eq(
		find_layout("05 8C 09 02 A1 01 75 04 95 38 09 FE 81 02 C0", NULL), -ENOTSUP);
}
END_TEST

START_TEST(separate_identifiers_and_extended_usages)
{
	/* usages with their page, single identifiers, a maker's tunnel and interface choice */
	ck_assert_int_eq(
		find_layout(
			"0B 02 00 8C 00 A1 01 85 07 75 08 95 01 15 00 26 FF 00 0B FB 00 8C 00 81 "
			"02 0B FC 00 8C 00 81 02 0B FD 00 8C 00 81 02 95 10 0B FE 00 8C 00 82 02 "
			"01 0B 3B 00 01 00 95 01 81 02 85 FD 06 00 FF 09 01 95 3F 91 02 85 FE 09 "
			"02 95 01 B1 02 C0",
			NULL),
		0);
	ck_assert_uint_eq(layout.report_id, 7);
	ck_assert_uint_eq(layout.report_len, 21);
	ck_assert_uint_eq(layout.aim[1].bit_offset, 2 * 8);
	ck_assert_uint_eq(layout.data_at, 4);
	ck_assert_uint_eq(layout.length.bit_offset, 20 * 8);
	ck_assert_uint_eq(layout.more.bit_size, 0);
	ck_assert_uint_eq(layout.tunnel_len, 64);
	ck_assert(layout.has_interface_select);
}
END_TEST

START_TEST(vendor_byte_quirk)
{
	struct ph_hidpos_quirks quirks = {.vendor_byte = 61};
	static const uint16_t no_place[] = {1, 3, 5, 60, 63, 64, 1000};

	ck_assert_int_eq(find_layout(SCANNER_A, &quirks), 0);
	ck_assert_uint_eq(layout.vendor_at, 61);
	for (unsigned i = 0; i < sizeof no_place / sizeof *no_place; i++) {
		quirks.vendor_byte = no_place[i];
		ck_assert_int_eq(find_layout(SCANNER_A, &quirks), -EINVAL);
	}
}
END_TEST

/* Honeywell, Access-IS: captured and documented reports */
START_TEST(single_reports)
{
	begin(SCANNER_A, 61);
	feed_hex("02 0D 5D 45 30 39 30 30 31 34 37 35 30 36 37 39 33 33 00 00 00 00 00 00 00 00 00 "
		 "00 "
		 "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
		 "00 "
		 "00 00 00 00 00 64",
		64, 0);
	expect_label("]E0", "9001475067933", 13);
	ck_assert_uint_eq(event.vendor, 0x64);
	expect_none();

	feed(report_a("]C1",
		"010950600013435210ABC\x1d"
		"17260101",
		30, 0x49, false));
	expect_label("]C1",
		"010950600013435210ABC\x1d"
		"17260101",
		30);
	ck_assert_uint_eq(event.vendor, 0x49);
	expect_none();
	ck_assert_uint_eq(hidpos.labels, 2);
}
END_TEST

START_TEST(two_reports)
{
	char data[60];

	for (unsigned i = 0; i < sizeof data; i++)
		data[i] = (char)('0' + i);
	begin(SCANNER_A, 61);
	feed(report_a("]Q1", data, 56, 0x73, true));
	expect_none();
	ck_assert_uint_eq(ph_hidpos_deadline(&hidpos), now_ms + PH_JOIN_GAP_MS + 1);
	feed(report_a("]Q1", data + 56, 4, 0x73, false));
	expect_label("]Q1", data, 60);
	ck_assert_uint_eq(event.vendor, 0x73);
	ck_assert_uint_eq(ph_hidpos_deadline(&hidpos), UINT64_MAX);
	expect_none();
}
END_TEST

START_TEST(layout_a62)
{
	begin(SCANNER_A62, 0);
	feed_hex("02 04 5D 51 31 61 00 62 00", 62, 1);
	expect_none();
	feed_hex("02 01 5D 51 31 63", 62, 0);
	expect_label("]Q1", "a\0b\0c", 5);
}
END_TEST

START_TEST(layout_a61)
{
	begin(SCANNER_A61, 0);
	feed_hex("02 5D 45 34 39 36 33 38 35 30 37 34", 61, 0);
	expect_label("]E4", "96385074", 8);
	/* NULs at the end of a label are cut off; inner and those of a continued report stay */
	feed_hex("02 5D 51 31 61 00 62 00", 61, 0);
	expect_label("]Q1", "a\0b", 3);
	feed_hex("02 5D 51 31 61", 61, 1);
	expect_none();
	feed_hex("02 5D 51 31 62", 61, 0);
	expect_label("]Q1",
		"a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0b",
		57);
}
END_TEST

/* Newland FM420, Quio QU-R: no identifier */
START_TEST(layout_b)
{
	begin(SCANNER_B, 62);
	feed_hex("02 0D 39 30 30 31 34 37 35 30 36 37 39 33 33", 64, 0);
	expect_label("\0\0\0", "9001475067933", 13);
	ck_assert_uint_eq(event.vendor, 0);
}
END_TEST

/* One model sends a byte of unknown meaning between length and identifier. */
START_TEST(layout_with_extra_byte)
{
	struct ph_hidpos_quirks quirks = {.extra_byte = true};

	ck_assert_int_eq(find_layout(SCANNER_A, &quirks), 0);
	ph_hidpos_init(&hidpos, &layout);
	ck_assert_uint_eq(layout.data_max, 55);
	feed_hex("02 08 77 5D 45 34 39 36 33 38 35 30 37 34", 64, 0);
	expect_label("]E4", "96385074", 8);
}
END_TEST

static const size_t sizes[] = {1, 55, 56, 57, 112, 1025, PH_LABEL_MAX};

/* Labels with every byte in them, in as many reports as they need. */
START_TEST(all_sizes)
{
	size_t len = sizes[_i];
	uint8_t data[PH_LABEL_MAX];

	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)i;
	begin(SCANNER_A, 0);
	for (size_t at = 0; at < len; at += 56) {
		size_t part = len - at < 56 ? len - at : 56;
		expect_none();
		feed(report_a("]Q1", data + at, part, 0, at + part < len));
		now_ms += PH_JOIN_GAP_MS;
	}
	expect_label("]Q1", data, len);
	expect_none();
}
END_TEST

START_TEST(nothing_and_unknown)
{
	begin(SCANNER_A, 0);
	feed(report_a("", "", 0, 0, false));
	expect_none();
	ck_assert_uint_eq(hidpos.empty, 1);
	/* an identifier alone is a label: an empty one */
	feed(report_a("]C1", "", 0, 0, false));
	expect_label("]C1", "", 0);
	feed(report_a("", "123", 3, 0, false));
	expect_label("\0\0\0", "123", 3);
	/* a label that ends with an empty report */
	feed(report_a("]Q1", "123", 3, 0, true));
	feed(report_a("]Q1", "", 0, 0, false));
	expect_label("]Q1", "123", 3);
	/* reports of another kind are left alone */
	ck_assert_int_eq(ph_hidpos_feed(&hidpos, (const uint8_t *)"\x03\x01", 2, now_ms), 0);
	ck_assert_int_eq(ph_hidpos_feed(&hidpos, (const uint8_t *)"", 0, now_ms), 0);
	ck_assert_uint_eq(hidpos.dropped, 0);
}
END_TEST

START_TEST(suffix)
{
	begin(SCANNER_A, 0);
	feed(report_a("]E4", "96385074\r", 9, 0, false));
	expect_label("]E4", "96385074\r", 9);
	hidpos.cut_cr = true;
	feed(report_a("]E4", "96385074\r", 9, 0, false));
	expect_label("]E4", "96385074", 8);
	feed(report_a("]C0", "A\r\r", 3, 0, false));
	expect_label("]C0", "A\r", 2);
	feed(report_a("]C0", "\n", 1, 0, false));
	expect_label("]C0", "\n", 1);
}
END_TEST

START_TEST(identifier_changes)
{
	begin(SCANNER_A, 0);
	feed(report_a("]Q1", "first", 5, 0, true));
	feed(report_a("]E4", "96385074", 8, 0, false));
	expect_drop(PH_LOST_IDENTIFIER);
	expect_label("]E4", "96385074", 8);
	expect_none();
	/* still continued */
	feed(report_a("]Q1", "first", 5, 0, true));
	feed(report_a("]d1", "other", 5, 0, true));
	expect_drop(PH_LOST_IDENTIFIER);
	expect_none();
	feed(report_a("]d1", " end", 4, 0, false));
	expect_label("]d1", "other end", 9);
	ck_assert_uint_eq(hidpos.dropped, 2);
}
END_TEST

START_TEST(stalls)
{
	begin(SCANNER_A, 0);
	feed(report_a("]Q1", "first", 5, 0, true));
	ck_assert_int_eq(ph_hidpos_late(&hidpos, now_ms + 500), 0);
	expect_none();
	ck_assert_int_eq(ph_hidpos_late(&hidpos, ph_hidpos_deadline(&hidpos)), 0);
	expect_drop(PH_LOST_GAP);
	expect_none();
	/* the end comes after all: it is no label of its own */
	now_ms += 600;
	feed(report_a("]Q1", "second", 6, 0, true));
	feed(report_a("]Q1", "third", 5, 0, false));
	expect_none();
	ck_assert_uint_eq(hidpos.swallowed, 2);
	feed(report_a("]Q1", "whole", 5, 0, false));
	expect_label("]Q1", "whole", 5);

	/* nobody asked in between; another label comes */
	feed(report_a("]Q1", "first", 5, 0, true));
	now_ms += 600;
	feed(report_a("]E4", "96385074", 8, 0, false));
	expect_drop(PH_LOST_GAP);
	expect_label("]E4", "96385074", 8);
	/* the end never comes, and the next label is of the same kind */
	feed(report_a("]Q1", "first", 5, 0, true));
	now_ms += PH_JOIN_REST_MS + 1;
	feed(report_a("]Q1", "whole", 5, 0, false));
	expect_drop(PH_LOST_GAP);
	expect_label("]Q1", "whole", 5);
	expect_none();
}
END_TEST

START_TEST(too_long)
{
	char data[56];

	memset(data, 'x', sizeof data);
	begin(SCANNER_A, 0);
	for (unsigned i = 0; i < PH_LABEL_MAX / 56; i++)
		feed(report_a("]Q1", data, 56, 0, true));
	expect_none();
	feed(report_a("]Q1", data, 56, 0, true));
	expect_drop(PH_LOST_TOO_LONG);
	for (unsigned i = 0; i < 1000; i++) {
		feed(report_a("]Q1", data, 56, 0, true));
		now_ms += 100;
	}
	expect_none();
	feed(report_a("]Q1", data, 56, 0, false));
	expect_none();
	feed(report_a("]Q1", "next", 4, 0, false));
	expect_label("]Q1", "next", 4);
	ck_assert_uint_eq(hidpos.dropped, 1);
}
END_TEST

START_TEST(wrong_lengths)
{
	static const char data[57];
	struct report r = report_a("]Q1", data, sizeof data, 0, false);

	begin(SCANNER_A, 0);
	feed(r);
	expect_drop(PH_LOST_LENGTH);
	expect_none();
	feed(report_a("]E4", "96385074", 8, 0, false));
	expect_label("]E4", "96385074", 8);
	/* in the midst of a label, whose end is no label */
	feed(report_a("]Q1", "first", 5, 0, true));
	r.bytes[63] = 1;
	feed(r);
	expect_drop(PH_LOST_LENGTH);
	feed(report_a("]Q1", "third", 5, 0, false));
	expect_none();
	feed(report_a("]Q1", "next", 4, 0, false));
	expect_label("]Q1", "next", 4);
}
END_TEST

START_TEST(cut_reports)
{
	struct report r = report_a("]Q1", "second", 6, 0, false);
	uint8_t longer[65] = {2};

	begin(SCANNER_A, 0);
	feed(report_a("]Q1", "first", 5, 0, true));
	for (size_t len = 1; len < 64; len++) {
		ck_assert_int_eq(ph_hidpos_feed(&hidpos, r.bytes, len, now_ms), 1);
		expect_drop(PH_LOST_REPORT);
	}
	/* of a label with another identifier */
	feed(report_a("]E4", "96385074", 8, 0, false));
	expect_label("]E4", "96385074", 8);
	ck_assert_int_eq(ph_hidpos_feed(&hidpos, longer, sizeof longer, now_ms), 1);
	expect_drop(PH_LOST_REPORT);
	/* nobody knows what that was: its end may follow at once */
	feed(report_a("]Q1", "third", 5, 0, false));
	expect_none();
	ck_assert_int_eq(ph_hidpos_feed(&hidpos, longer, sizeof longer, now_ms), 1);
	expect_drop(PH_LOST_REPORT);
	now_ms += PH_JOIN_GAP_MS + 1;
	feed(report_a("]Q1", "next", 4, 0, false));
	expect_label("]Q1", "next", 4);
}
END_TEST

START_TEST(events_not_taken)
{
	struct report r = report_a("]E4", "96385074", 8, 0, false);

	begin(SCANNER_A, 0);
	feed(r);
	ck_assert_int_eq(ph_hidpos_feed(&hidpos, r.bytes, sizeof r.bytes, now_ms), -EBUSY);
	ck_assert_int_eq(ph_hidpos_late(&hidpos, now_ms), -EBUSY);
	expect_label("]E4", "96385074", 8);
	feed(r);
}
END_TEST

/* captured by python_hon_usbhid: the end of the answer to REVINF */
#define ANSWER "02 09 5D 58 30 75 6D 3A 20 4E 2F 41 0D 0A"
#define LAST   "02 08 5D 5A 36 52 45 56 49 4E 46 06 2E"

static void feed_answer(const char *text, uint8_t vendor)
{
	static uint8_t bytes[64];

	memset(bytes, 0, sizeof bytes);
	hex(text, bytes, sizeof bytes);
	bytes[61] = vendor;
	ck_assert_int_eq(ph_hidpos_feed(&hidpos, bytes, sizeof bytes, now_ms), 1);
}

static void expect_answer(const void *data, size_t len, bool last)
{
	ck_assert_int_eq(ph_hidpos_next(&hidpos, &event), 1);
	ck_assert_int_eq(event.kind, PH_HIDPOS_ANSWER);
	ck_assert_uint_eq(event.len, len);
	ck_assert_mem_eq(event.data, data, len);
	ck_assert_int_eq(event.last, last);
}

START_TEST(honeywell_answers)
{
	begin(SCANNER_A, 61);
	/* nobody asked: Korea Post has the same identifier and vendor byte */
	feed_answer(ANSWER, 0x3f);
	expect_label("]X0", "um: N/A\r\n", 9);
	ph_hidpos_expect(&hidpos, PH_HIDPOS_HONEYWELL, now_ms);
	now_ms += PH_HIDPOS_ANSWER_FIRST_MS;
	feed_answer(ANSWER, 0x3f);
	expect_answer("um: N/A\r\n", 9, false);
	/* scans in between go through */
	feed(report_a("]E4", "96385074", 8, 0x44, false));
	expect_label("]E4", "96385074", 8);
	feed(report_a("]X0", "978", 3, 0x64, false));
	expect_label("]X0", "978", 3);
	now_ms += PH_HIDPOS_ANSWER_NEXT_MS;
	feed_answer(LAST, 0x36);
	expect_answer("REVINF\x06.", 8, true);
	/* that was the last */
	feed_answer(ANSWER, 0x3f);
	expect_label("]X0", "um: N/A\r\n", 9);
	/* too late */
	ph_hidpos_expect(&hidpos, PH_HIDPOS_HONEYWELL, now_ms);
	now_ms += PH_HIDPOS_ANSWER_FIRST_MS + 1;
	feed_answer(ANSWER, 0x3f);
	expect_label("]X0", "um: N/A\r\n", 9);
	/* between two reports of a label */
	ph_hidpos_expect(&hidpos, PH_HIDPOS_HONEYWELL, now_ms);
	feed(report_a("]Q1", "first", 5, 0x73, true));
	feed_answer(LAST, 0x36);
	expect_answer("REVINF\x06.", 8, true);
	feed(report_a("]Q1", " second", 7, 0x73, false));
	expect_label("]Q1", "first second", 12);
}
END_TEST

START_TEST(newland_answers)
{
	struct ph_newland_answer answer;
	static const char *const descriptors[] = {SCANNER_B, SCANNER_A};

	begin(descriptors[_i], 0);
	ph_hidpos_expect(&hidpos, PH_HIDPOS_NEWLAND, now_ms);
	feed_hex("02 07 02 00 00 01 00 33 31", 64, 0);
	expect_answer("\x02\0\0\x01\0\x33\x31", 7, true);
	ck_assert_int_eq(ph_newland_answer(event.data, event.len, &answer), 0);
	ck_assert_uint_eq(answer.type, 0);
	ck_assert_uint_eq(answer.len, 1);
	ck_assert_uint_eq(answer.data[0], 0);
	ck_assert(answer.crc_ok);
	/* nobody asks any more: that is a label */
	feed_hex("02 07 02 00 00 01 00 33 31", 64, 0);
	ck_assert_int_eq(ph_hidpos_next(&hidpos, &event), 1);
	ck_assert_int_eq(event.kind, PH_HIDPOS_LABEL);

	ph_hidpos_expect(&hidpos, PH_HIDPOS_NEWLAND, now_ms);
	feed_hex("02 0E 02 00 00 08 45 4C 30 33 30 30 39 35 25 51", 64, 0);
	ck_assert_int_eq(ph_hidpos_next(&hidpos, &event), 1);
	ck_assert_int_eq(event.kind, PH_HIDPOS_ANSWER);
	ck_assert_int_eq(ph_newland_answer(event.data, event.len, &answer), 0);
	ck_assert_uint_eq(answer.len, 8);
	ck_assert_mem_eq(answer.data, "EL030095", 8);
	ck_assert(!answer.crc_ok);
	/* a scan while one waits */
	ph_hidpos_expect(&hidpos, PH_HIDPOS_NEWLAND, now_ms);
	feed_hex("02 03 31 32 33 34 35 36", 64, 0);
	ck_assert_int_eq(ph_hidpos_next(&hidpos, &event), 1);
	ck_assert_int_eq(event.kind, PH_HIDPOS_LABEL);
	/* a length over the report */
	feed_hex("02 FF 02 00 00 01", 64, 0);
	ck_assert_int_eq(ph_hidpos_next(&hidpos, &event), 1);
	ck_assert_int_eq(event.kind, PH_HIDPOS_DROPPED);
}
END_TEST

/*
 * Honeywell "USB Interfaces User's Guide": 04 04 is the trigger, 04 02 its end, 04 20 and 04 40
 * the beeps
 */
static const struct {
	enum ph_hidpos_action action;
	uint8_t bits;
} outputs[] = {
	{PH_HIDPOS_PREVENT_READ, 0x02},
	{PH_HIDPOS_INITIATE_READ, 0x04},
	{PH_HIDPOS_ERROR_BEEP, 0x20},
	{PH_HIDPOS_GOOD_READ_BEEP, 0x40},
};

START_TEST(output_reports)
{
	uint8_t report[8];

	ck_assert_int_eq(find_layout(SCANNER_A, NULL), 0);
	for (unsigned i = 0; i < sizeof outputs / sizeof *outputs; i++) {
		memset(report, 0xff, sizeof report);
		ck_assert_int_eq(
			ph_hidpos_output(&layout, outputs[i].action, report, sizeof report), 2);
		ck_assert_uint_eq(report[0], 4);
		ck_assert_uint_eq(report[1], outputs[i].bits);
	}
	ck_assert_int_eq(ph_hidpos_output(&layout, PH_HIDPOS_ERROR_BEEP, report, 1), -ENOBUFS);
	ck_assert_int_eq(
		ph_hidpos_output(&layout, PH_HIDPOS_RESET, report, sizeof report), -EOPNOTSUPP);
	ck_assert_int_eq(
		ph_hidpos_output(&layout, PH_HIDPOS_NOT_ON_FILE_BEEP, report, 8), -EOPNOTSUPP);
	/* where report 4 is a maker's own, it is not touched */
	ck_assert_int_eq(find_layout(SCANNER_B, NULL), 0);
	for (unsigned i = 0; i < PH_HIDPOS_ACTIONS; i++)
		ck_assert_int_eq(ph_hidpos_output(&layout, i, report, sizeof report), -EOPNOTSUPP);
}
END_TEST

START_TEST(honeywell_tunnel)
{
	uint8_t report[PH_TUNNEL_REPORT_LEN], select[2], longest[PH_TUNNEL_MAX] = {1};

	ck_assert_int_eq(ph_honeywell_tunnel((const uint8_t *)"\x16T\r", 3, report), 5);
	ck_assert_mem_eq(report, "\xfd\x03\x16T\r\0", 6);
	ck_assert_int_eq(ph_honeywell_tunnel((const uint8_t *)"\x16M\rREVINF.", 10, report), 12);
	ck_assert_mem_eq(report, "\xfd\x0a\x16\x4d\x0d\x52\x45\x56\x49\x4e\x46\x2e", 12);
	ck_assert_int_eq(ph_honeywell_tunnel(longest, sizeof longest, report), 64);
	ck_assert_int_eq(ph_honeywell_tunnel(longest, sizeof longest + 1, report), -EMSGSIZE);
	ck_assert_int_eq(ph_honeywell_tunnel(longest, 0, report), -EMSGSIZE);
	ph_honeywell_interface(1, select);
	ck_assert_mem_eq(select, "\xfe\x01", 2);
	ck_assert(ph_honeywell_has_interface(0x0c2e));
	ck_assert(!ph_honeywell_has_interface(0x05e0));
}
END_TEST

/* Newland, "How to send and acquire data in HID POS" */
static const struct {
	uint16_t address;
	uint8_t value;
	const char *report;
} commands[] = {
	{PH_NEWLAND_MODE, 0xd5, "04 09 7E 00 08 01 00 00 D5 EF 41"},
	{PH_NEWLAND_TRIGGER, 1, "04 09 7E 00 08 01 00 02 01 02 DA"},
	{PH_NEWLAND_TRIGGER, 2, "04 09 7E 00 08 01 00 02 02 32 B9"},
};

START_TEST(newland_frames)
{
	uint8_t report[PH_TUNNEL_REPORT_LEN], expected[16];
	struct ph_newland_frame frame = {.type = PH_NEWLAND_WRITE, .len = 1}, back;

	for (unsigned i = 0; i < sizeof commands / sizeof *commands; i++) {
		frame.address = commands[i].address;
		frame.data[0] = commands[i].value;
		ck_assert_uint_eq(hex(commands[i].report, expected, sizeof expected), 11);
		ck_assert_int_eq(ph_newland_tunnel(&frame, report), 11);
		ck_assert_mem_eq(report, expected, 11);
		ck_assert_int_eq(ph_newland_parse(report, sizeof report, &back), 0);
		ck_assert_mem_eq(&back, &frame, sizeof frame);
		report[9]++;
		ck_assert_int_eq(ph_newland_parse(report, sizeof report, &back), -EBADMSG);
	}
	frame.len = PH_NEWLAND_DATA_MAX;
	ck_assert_int_eq(ph_newland_tunnel(&frame, report), 64);
	ck_assert_int_eq(ph_newland_parse(report, sizeof report, &back), 0);
	ck_assert_uint_eq(back.len, PH_NEWLAND_DATA_MAX);
	for (size_t len = 0; len < sizeof report; len++)
		ck_assert_int_eq(ph_newland_parse(report, len, &back), -EBADMSG);
	frame.len++;
	ck_assert_int_eq(ph_newland_tunnel(&frame, report), -EMSGSIZE);
	ck_assert_uint_eq(ph_newland_crc((const uint8_t *)"\0\0\x01\0", 4), 0x3331);
}
END_TEST

static TCase *decoding(void)
{
	TCase *cases = tcase_create("decoding");

	tcase_add_test(cases, single_reports);
	tcase_add_test(cases, two_reports);
	tcase_add_test(cases, layout_a62);
	tcase_add_test(cases, layout_a61);
	tcase_add_test(cases, layout_b);
	tcase_add_test(cases, layout_with_extra_byte);
	tcase_add_loop_test(cases, all_sizes, 0, (int)(sizeof sizes / sizeof *sizes));
	tcase_add_test(cases, nothing_and_unknown);
	tcase_add_test(cases, suffix);
	tcase_add_test(cases, identifier_changes);
	tcase_add_test(cases, stalls);
	tcase_add_test(cases, too_long);
	tcase_add_test(cases, wrong_lengths);
	tcase_add_test(cases, cut_reports);
	tcase_add_test(cases, events_not_taken);
	tcase_add_test(cases, honeywell_answers);
	tcase_add_loop_test(cases, newland_answers, 0, 2);
	return cases;
}

int main(void)
{
	Suite *suite = suite_create("hidpos");
	TCase *cases = tcase_create("layout and output");

	tcase_add_test(cases, layouts);
	tcase_add_test(cases, separate_identifiers_and_extended_usages);
	tcase_add_test(cases, vendor_byte_quirk);
	tcase_add_test(cases, output_reports);
	tcase_add_test(cases, honeywell_tunnel);
	tcase_add_test(cases, newland_frames);
	suite_add_tcase(suite, cases);
	suite_add_tcase(suite, decoding());
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
