// Bytes of the encoder against the Epson ESC/POS reference, command by command, and what must hold
// for every job: segments that stand alone, no real-time command by accident.
#include "protocols/escpos/code128.h"
#include "protocols/escpos/encode.h"
#include "protocols/escpos/escpos_const.h"
#include "protocols/raster/guard.h"
#include "tests/support/escpos_profile.h"

#include <check.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ph_receipt *receipt;
static struct ph_display_list list;
static struct ph_receipt_job job;
static struct ph_receipt_error error;

// As where nothing can be drawn; with drawings: test_escpos_drawing.c.
static const struct ph_rasters no_rasters;
static const struct ph_escpos_input input = {.rasters = &no_rasters};

static void teardown(void)
{
	ph_receipt_job_done(&job);
	ph_display_list_done(&list);
	ph_receipt_free(receipt);
	receipt = NULL;
}

static int encode_document(const char *text, const char *profile_name)
{
	const struct ph_escpos_profile *profile = profile_named(profile_name);
	const struct ph_media media = ph_escpos_profile_media(profile);
	cJSON *json = cJSON_Parse(text);

	ck_assert_msg(json != NULL, "test is not JSON: %s", text);
	ph_receipt_free(receipt);
	receipt = NULL;
	const int r = ph_receipt_parse(json, &receipt, &error);
	ck_assert_msg(r == 0, "%s: %s %s", text, error.path, error.message);
	cJSON_Delete(json);
	ck_assert_int_eq(ph_layout(receipt, &media, NULL, &list, &error), 0);
	return ph_escpos_encode(&list, profile, &input, &job, &error);
}

static int encode(const char *nodes, const char *profile)
{
	char text[8192];

	snprintf(text, sizeof text, "{\"body\":[%s]}", nodes);
	return encode_document(text, profile);
}

// Segments tile the bytes and the items, and hold no more than they may.
static void check_segments(void)
{
	uint32_t offset = 0, line = 0;

	for (uint32_t i = 0; i < job.segment_count; i++) {
		const struct ph_receipt_segment *segment = &job.segments[i];
		ck_assert_uint_eq(segment->offset, offset);
		ck_assert_uint_gt(segment->len, 0);
		ck_assert_uint_ge(segment->first_line, line);
		ck_assert_uint_ge(segment->last_line, segment->first_line);
		ck_assert_uint_lt(segment->last_line - segment->first_line, PH_SEGMENT_LINES);
		if (segment->last_line > segment->first_line)
			ck_assert_uint_le(segment->len, PH_SEGMENT_BYTES);
		offset += segment->len;
		line = segment->last_line + 1;
	}
	ck_assert_uint_eq(offset, job.len);
}

#define EXPECT(nodes, bytes)		 expect(nodes, "generic-80", bytes, sizeof(bytes) - 1)
#define EXPECT_ON(profile, nodes, bytes) expect(nodes, profile, bytes, sizeof(bytes) - 1)

static void expect(const char *nodes, const char *profile, const char *bytes, size_t len)
{
	char got[512] = "", want[512] = "";

	const int r = encode(nodes, profile);
	ck_assert_msg(r == 0, "%s: %s %s", nodes, error.path, error.message);
	check_segments();
	for (size_t i = 0; i < job.len && i < 160; i++)
		sprintf(got + i * 3, "%02x ", job.bytes[i]);
	for (size_t i = 0; i < len && i < 160; i++)
		sprintf(want + i * 3, "%02x ", (unsigned char)bytes[i]);
	ck_assert_msg(strcmp(got, want) == 0, "%s\n got %s\nwant %s", nodes, got, want);
}

START_TEST(style_commands)
{
	EXPECT("{\"text\":\"a\"}", "a\n");
	EXPECT("{\"text\":\"a\",\"bold\":true}", "\x1b\x45\x01"
						 "a\n"
						 "\x1b\x45\x00"); // ESC E
	EXPECT("{\"text\":\"a\",\"underline\":true}", "\x1b-\x01"
						      "a\n"
						      "\x1b-\x00"); // ESC -
	EXPECT("{\"text\":\"a\",\"invert\":true}", "\x1d\x42\x01"
						   "a\n"
						   "\x1d\x42\x00"); // GS B
	EXPECT("{\"text\":\"a\",\"font\":\"b\"}", "\x1bM\x01"
						  "a\n"
						  "\x1bM\x00"); // ESC M
	EXPECT("{\"text\":\"a\",\"size\":[2,1]}", "\x1d!\x10"
						  "a\n"
						  "\x1d!\x00"); // GS !
	EXPECT("{\"text\":\"a\",\"size\":[1,8]}", "\x1d!\x07"
						  "a\n"
						  "\x1d!\x00");
	EXPECT("{\"text\":\"a\",\"size\":[4,3]}", "\x1d!\x32"
						  "a\n"
						  "\x1d!\x00");
	// set once for lines of one style, and only what differs between two
	EXPECT("{\"text\":\"a\",\"bold\":true},{\"text\":\"b\",\"bold\":true},"
	       "{\"text\":\"c\",\"bold\":true,\"invert\":true},{\"text\":\"d\"}",
		"\x1b\x45\x01"
		"a\nb\n"
		"\x1d\x42\x01"
		"c\n"
		"\x1b\x45\x00\x1d\x42\x00"
		"d\n");
	EXPECT("{\"text\":[{\"t\":\"a\"},{\"t\":\"b\",\"bold\":true},{\"t\":\"c\"}]}",
		"a"
		"\x1b\x45\x01"
		"b"
		"\x1b\x45\x00"
		"c\n");
}
END_TEST

START_TEST(positions)
{
	// ESC $ from the fifth blank on: 48 cells of 12 dots, the price at 43 * 12 = 516 = 0x204
	EXPECT("{\"pair\":[\"a\",\"12.50\"]}", "a\x1b$\x04\x02"
					       "12.50\n");
	EXPECT("{\"pair\":[\"123456789012345678901234567890123456789012\",\"12\"]}",
		"123456789012345678901234567890123456789012    12\n");
	EXPECT("{\"text\":\"mid\",\"align\":\"center\"}", "\x1b$\x08\x01mid\n"); // 22 cells
	EXPECT("{\"text\":\"b\",\"font\":\"b\",\"align\":\"right\"}",
		"\x1b$\x37\x02\x1bM\x01"
		"b\n\x1bM\x00"); // 63 cells of 9 dots
	// a printer that ignores ESC $ gets spaces
	EXPECT_ON("pos-5890", "{\"pair\":[\"a\",\"1\"]}", "a                              1\n");
	EXPECT_ON("pos-5890", "{\"text\":\"a\",\"align\":\"right\",\"underline\":true}",
		"                               \x1b-\x01"
		"a\n\x1b-\x00");
	// underline and reverse do not reach over a jump, so it becomes styled spaces
	EXPECT_ON("generic-58", "{\"pair\":[\"a\",\"b\"],\"underline\":true}",
		"\x1b-\x01"
		"a                              b\n\x1b-\x00");
}
END_TEST

START_TEST(pages)
{
	// ESC t; in the first page of the profile that has the character; it stays for the next line
	EXPECT("{\"text\":\"caf\xc3\xa9\"},{\"text\":\"\xc3\xa9t\xc3\xa9\"}",
		"caf\x1bt\x00\x82\n\x82t\x82\n");
	// the page that covers the longest run: 437 has e acute, but only 1252 has oe as well
	EXPECT("{\"text\":\"\xc3\xa9\xc5\x93\"}", "\x1bt\x10\xe9\x9c\n");
	EXPECT("{\"text\":\"\xd0\x96\"}", "\x1bt\x11\x86\n");	  // 866
	EXPECT("{\"text\":\"\xc5\x82\"}", "\x1bt\x12\x88\n");	  // 852
	EXPECT("{\"text\":\"\xe2\x82\xac\"}", "\x1bt\x10\x80\n"); // euro: 1252
	EXPECT("{\"text\":\"\xef\xbd\xb1\"}", "\x1bt\x01\xb1\n"); // half-width katakana
	EXPECT("{\"text\":\"1\xe2\x80\xaf"
	       "234\"}",
		"1 234\n"); // no-break space
}
END_TEST

START_TEST(pages_of_other_makers_have_other_numbers)
{
	// Greek capital alpha: Epson 1253 is 47, on the POS-5890 90
	EXPECT("{\"text\":\"\xce\x91\"}", "\x1bt\x2f\xc1\n");
	EXPECT_ON("pos-5890", "{\"text\":\"\xce\x91\"}", "\x1bt\x5a\xc1\n");
}
END_TEST

static void check_loss(unsigned index, const char *path, const char *text)
{
	char buf[128];

	ck_assert_uint_lt(index, job.loss_count);
	ck_assert_str_eq(ph_receipt_path(receipt, job.losses[index].at, buf, sizeof buf), path);
	ck_assert_str_eq(ph_loss_text(&job.losses[index], buf, sizeof buf), text);
}

START_TEST(what_no_page_has)
{
	EXPECT("{\"text\":\"a\"},{\"pair\":[\"x\",\"\xe2\x82\xbf\xe2\x82\xbf\"]}",
		"a\nx\x1b$\x28\x02??\n");
	ck_assert_uint_eq(job.loss_count, 1);
	ck_assert_uint_eq(job.losses[0].count, 2);
	check_loss(0, "$.body[1].pair[1]", "char U+20BF not printable -> ?");
	// wide characters keep their two cells, marks without a letter vanish
	EXPECT("{\"text\":\"\xe6\x97\xa5x\xcc\x81\"}", "??x\n");
	ck_assert_uint_eq(job.loss_count, 2);
	EXPECT("{\"text\":\"a\\u001b@b\"}", "a@b\n");
	check_loss(0, "$.body[0].text", "control character U+001B left out");
	EXPECT("{\"rule\":\"single\"}",
		"\x1bt\x00\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4"
		"\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4"
		"\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\xc4\n");
	ck_assert_uint_eq(job.loss_count, 0);
}
END_TEST

START_TEST(losses_are_bounded)
{
	char text[4096] = "{\"text\":\"";
	size_t len = strlen(text);

	for (unsigned i = 0; i < PH_LOSSES_MAX + 10; i++) // U+4E00 and on, three bytes each
		len += (size_t)sprintf(
			text + len, "\xe4%c%c", (char)(0xb8 + i / 64), (char)(0x80 + i % 64));
	strcpy(text + len, "\"}");
	ck_assert_int_eq(encode(text, "generic-80"), 0);
	ck_assert_uint_eq(job.loss_count, PH_LOSSES_MAX);
	ck_assert_uint_eq(job.loss_missed, 10);
}
END_TEST

START_TEST(feed_cut_drawer_beep)
{
	EXPECT("{\"feed\":{\"lines\":3}}", "\x1b\x64\x03"); // ESC d
	EXPECT("{\"cut\":\"partial\"}", "\x1dV\x42\x00");   // GS V 66
	ck_assert_uint_eq(job.segments[0].flags, PH_SEGMENT_CUT);
	EXPECT("{\"cut\":\"full\"}", "\x1dV\x42\x00");
	check_loss(0, "$.body[0].cut", "full cut -> partial");
	EXPECT_ON("pos-5890", "{\"cut\":\"full\"}", "\x1b\x64\x04");
	check_loss(0, "$.body[0].cut", "no cutter: fed to the tear bar");
	EXPECT("{\"drawer\":{}}", "\x1bp\x00\x32\xfa"); // ESC p, 100 and 500 ms
	ck_assert_uint_eq(job.segments[0].flags, PH_SEGMENT_DRAWER);
	EXPECT("{\"drawer\":{\"n\":2}}", "\x1bp\x01\x32\xfa");
	ck_assert_uint_eq(job.segments[0].flags, PH_SEGMENT_DRAWER | PH_SEGMENT_SECOND);
	ck_assert_int_eq(
		encode("{\"text\":\"a\"},{\"drawer\":{\"n\":2}}", "pos-5890"), -EOPNOTSUPP);
	ck_assert_str_eq(error.path, "$.body[1].drawer");
	EXPECT_ON("epson-tm-t20ii", "{\"beep\":{\"times\":2}}", "\x1b(A\x04\x00\x30\x33\x02\x02");
	ck_assert_uint_eq(job.segments[0].flags, PH_SEGMENT_BEEP);
	EXPECT_ON("xprinter-80", "{\"beep\":{\"times\":2}}", "\x1b\x42\x02\x02");
	EXPECT("{\"beep\":{\"times\":2}}", "");
	check_loss(0, "$.body[0].beep", "no buzzer: beep left out");
	ck_assert_uint_eq(job.segment_count, 0);
}
END_TEST

START_TEST(cut_by_quirk)
{
	struct ph_escpos_profile profile = *profile_named("generic-80");

	profile.cutter = PH_ESCPOS_CUTTER_BOTH;
	ck_assert_int_eq(encode("{\"cut\":\"full\"},{\"cut\":\"partial\"}", "generic-80"), 0);
	ck_assert_int_eq(ph_escpos_encode(&list, &profile, &input, &job, &error), 0);
	ck_assert_mem_eq(job.bytes, "\x1dV\x41\x00\x1dV\x42\x00", job.len);
	ck_assert_uint_eq(job.loss_count, 0);
	profile.cut = PH_ESCPOS_CUT_ESC;
	ck_assert_int_eq(ph_escpos_encode(&list, &profile, &input, &job, &error), 0);
	ck_assert_mem_eq(job.bytes, "\x1b\x64\x04\x1bi\x1b\x64\x04\x1bm", job.len);
	profile.cut = PH_ESCPOS_CUT_GS_V;
	profile.cutter = PH_ESCPOS_CUTTER_FULL;
	ck_assert_int_eq(ph_escpos_encode(&list, &profile, &input, &job, &error), 0);
	ck_assert_mem_eq(job.bytes, "\x1b\x64\x04\x1dV\x00\x1b\x64\x04\x1dV\x00", job.len);
	check_loss(0, "$.body[1].cut", "partial cut -> full");
}
END_TEST

// GS h, GS w, GS H, GS k function B. The quiet zone is 11 modules of margin (GS L) on the left.
START_TEST(barcodes)
{
	EXPECT("{\"barcode\":{\"type\":\"ean13\",\"data\":\"4006381333931\",\"height\":64}}",
		"\x1dL\x21\x00\x1dh\x40\x1dw\x03\x1dH\x02\x1dk\x43\x0d"
		"4006381333931\x1dL\x00\x00");
	EXPECT("{\"barcode\":{\"type\":\"ean8\",\"data\":\"9638507\",\"hri\":\"none\",\"module\":2,"
	       "\"align\":\"center\"}}",
		"\x1b\x61\x01\x1dh\x50\x1dw\x02\x1dH\x00\x1dk\x44\x08"
		"96385074\x1b\x61\x00");
	EXPECT("{\"barcode\":{\"type\":\"upca\",\"data\":\"03600029145\",\"hri\":\"both\"},"
	       "\"align\":\"right\"}",
		"\x1b\x61\x02\x1dW\x1f\x02\x1dh\x50\x1dw\x03\x1dH\x03\x1dk\x41\x0c"
		"036000291452"
		"\x1b\x61\x00\x1dW\x40\x02");
	EXPECT("{\"barcode\":{\"type\":\"upce\",\"data\":\"04252614\",\"hri\":\"above\"}}",
		"\x1dL\x21\x00\x1dh\x50\x1dw\x03\x1dH\x01\x1dk\x42\x0c"
		"042100005264\x1dL\x00\x00");
	EXPECT("{\"barcode\":{\"type\":\"code39\",\"data\":\"AB-1\"}}",
		"\x1dL\x21\x00\x1dh\x50\x1dw\x03\x1dH\x02\x1dk\x45\x04"
		"AB-1\x1dL\x00\x00");
	EXPECT("{\"barcode\":{\"type\":\"itf\",\"data\":\"1234\"}}",
		"\x1dL\x21\x00\x1dh\x50\x1dw\x03\x1dH\x02\x1dk\x46\x04"
		"1234\x1dL\x00\x00");
	EXPECT("{\"barcode\":{\"type\":\"codabar\",\"data\":\"B12C\"}}",
		"\x1dL\x21\x00\x1dh\x50\x1dw\x03\x1dH\x02\x1dk\x47\x04"
		"B12C\x1dL\x00\x00");
	// the example of the Epson reference for Code 128
	EXPECT("{\"barcode\":{\"type\":\"code128\",\"data\":\"No.123456\"}}",
		"\x1dL\x21\x00\x1dh\x50\x1dw\x03\x1dH\x02\x1dk\x49\x0a{BNo.{"
		"C\x0c\x22\x38\x1dL\x00\x00");
	ck_assert_uint_eq(job.loss_count, 0);
}
END_TEST

START_TEST(all_short_forms_of_upce)
{
	static const char *const pairs[][2] = {{"123450", "012000003455"},
		{"123451", "012100003454"}, {"123452", "012200003453"}, {"123453", "012300000451"},
		{"123454", "012340000053"}, {"123455", "012345000058"}, {"123459", "012345000096"}};

	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		char node[128];
		snprintf(node, sizeof node, "{\"barcode\":{\"type\":\"upce\",\"data\":\"%s\"}}",
			pairs[i][0]);
		ck_assert_int_eq(encode(node, "generic-80"), 0);
		ck_assert_msg(memcmp(job.bytes + 17, pairs[i][1], 12) == 0, "%s: %.12s",
			pairs[i][0], (const char *)job.bytes + 17);
	}
}
END_TEST

START_TEST(barcodes_are_made_to_fit)
{
	// 20 letters: 255 modules and 22 quiet
	const char *node = "{\"barcode\":{\"type\":\"code128\",\"data\":\"ABCDEFGHIJKLMNOPQRST\","
			   "\"module\":6}}";
	ck_assert_int_eq(encode(node, "generic-80"), 0);
	check_loss(0, "$.body[0].barcode", "modules shrunk to 2 dots to fit the paper");
	ck_assert_int_eq(encode(node, "generic-58"), -ERANGE);
	ck_assert_str_eq(error.path, "$.body[0].barcode");
	ck_assert_str_eq(error.message, "510 dots wide with modules of 2 dots, the paper has 384");
	// 13 letters: 178 modules, 356 dots fit 384 but leave no quiet zone
	ck_assert_int_eq(encode("{\"barcode\":{\"type\":\"code128\",\"data\":\"ABCDEFGHIJKLM\"}}",
				 "generic-58"),
		0);
	check_loss(0, "$.body[0].barcode", "modules shrunk to 2 dots to fit the paper");
	check_loss(1, "$.body[0].barcode",
		"fits only without its quiet zone: the paper margin must do");
	ck_assert_mem_eq(job.bytes, "\x1dh\x50\x1dw\x02", 6); // no margin
	struct ph_escpos_profile profile = *profile_named("generic-80");
	profile.barcodes = 0;
	ck_assert_int_eq(ph_escpos_encode(&list, &profile, &input, &job, &error), 0);
	ck_assert_mem_eq(job.bytes, "ABCDEFGHIJKLM\n", 14);
	check_loss(0, "$.body[0].barcode", "code128 -> its data as text");
}
END_TEST

static void check_code128(const char *data, const char *expected, size_t len, unsigned symbols)
{
	uint8_t out[PH_CODE128_MAX];
	unsigned got = 0;

	ck_assert_int_eq(ph_code128_encode(data, strlen(data), out, &got), len);
	ck_assert_mem_eq(out, expected, len);
	ck_assert_uint_eq(got, symbols);
}

#define CODE128(data, expected, symbols)                                                           \
	check_code128(data, expected, sizeof(expected) - 1, symbols)

START_TEST(code128_sets)
{
	CODE128("abc", "{Babc", 3);
	CODE128("a{b", "{Ba{{b", 3);
	CODE128("12", "{C\x0c", 1);
	CODE128("123", "{B123", 3);
	CODE128("1234", "{C\x0c\x22", 2);
	CODE128("12345", "{C\x0c\x22{B5", 4);
	CODE128("ab1234", "{Bab{C\x0c\x22", 5);
	CODE128("ab12345", "{Bab1{C\x17\x2d", 6);
	CODE128("1234ab", "{C\x0c\x22{Bab", 5);
	CODE128("a1234b", "{Ba1234b", 6);
	CODE128("a123456b", "{Ba{C\x0c\x22\x38{Bb", 7);
}
END_TEST

START_TEST(code128_control_characters)
{
	CODE128("A\tB", "{AA\tB", 3);
	CODE128("a\tb", "{Ba{A\t{Bb", 5);
	CODE128("\r1234", "{A\r{C\x0c\x22", 4);
}
END_TEST

START_TEST(code128_never_spells_a_real_time_command)
{
	// digits 16 04, 16 05, 16 20 in set C would be DLE EOT, DLE ENQ, DLE DC4
	CODE128("1604", "{B1604", 4);
	CODE128("991605", "{B991605", 6);
	CODE128("1620", "{B1620", 4);
	CODE128("1603", "{C\x10\x03", 2);
}
END_TEST

START_TEST(code128_too_long)
{
	char data[256];
	uint8_t out[PH_CODE128_MAX];
	unsigned symbols = 7;

	memset(data, '{', 130);
	ck_assert_int_eq(ph_code128_encode(data, 130, out, &symbols), -E2BIG);
	ck_assert_uint_eq(symbols, 7);
	memset(data, 'x', 253);
	ck_assert_int_eq(ph_code128_encode(data, 253, out, &symbols), 255);
}
END_TEST

// GS ( k cn 49, functions 165, 167, 169, 180, 181, between ESC J for the quiet zone.
START_TEST(qr_codes)
{
	EXPECT("{\"qr\":{\"data\":\"HELLO\",\"ec\":\"q\"}}",
		"\x1bJ\x20\x1dL\x10\x00\x1d(k\x04\x00\x31\x41\x32\x00\x1d(k\x03\x00\x31\x43\x04"
		"\x1d(k\x03\x00\x31\x45\x32\x1d(k\x08\x00\x31\x50\x30HELLO\x1d("
		"k\x03\x00\x31\x51\x30"
		"\x1dL\x00\x00\x1bJ\x20");
	EXPECT("{\"qr\":{\"data\":\"HELLO\",\"module\":1,\"align\":\"center\"}}",
		"\x1bJ\x08\x1b\x61\x01\x1d(k\x04\x00\x31\x41\x32\x00\x1d(k\x03\x00\x31\x43\x01"
		"\x1d(k\x03\x00\x31\x45\x31\x1d(k\x08\x00\x31\x50\x30HELLO\x1d("
		"k\x03\x00\x31\x51\x30"
		"\x1b\x61\x00\x1bJ\x08");
	EXPECT_ON("epson-tm-t88ii", "{\"qr\":{\"data\":\"HELLO\"}}", "HELLO\n");
	check_loss(0, "$.body[0].qr", "qr -> its data as text");
}
END_TEST

static int encode_qr(size_t len, const char *level, const char *profile)
{
	char *text = malloc(len + 128);
	char *at = stpcpy(text, "{\"body\":[{\"qr\":{\"data\":\"");

	memset(at, 'x', len);
	sprintf(at + len, "\",\"ec\":\"%s\",\"module\":\"auto\"}}]}", level);
	const int r = encode_document(text, profile);
	free(text);
	return r;
}

START_TEST(qr_codes_are_made_to_fit)
{
	// version 21 at level L: 101 modules, 109 with quiet zone; 4 dots are 436, 3 are 327 of 384
	ck_assert_int_eq(encode_qr(929, "l", "generic-80"), 0);
	ck_assert_uint_eq(job.loss_count, 0);
	ck_assert_int_eq(encode_qr(929, "l", "generic-58"), 0);
	check_loss(0, "$.body[0].qr", "modules shrunk to 3 dots to fit the paper");
	// version 40: 177 modules, 185 with quiet zone, 370 dots
	ck_assert_int_eq(encode_qr(2953, "l", "generic-58"), 0);
	check_loss(0, "$.body[0].qr", "modules shrunk to 2 dots to fit the paper");
	ck_assert_uint_eq(job.segment_count, 1); // one item, longer than a segment usually is
}
END_TEST

// A length whose two bytes would be DLE EOT or DLE ENQ.
START_TEST(qr_length_never_spells_a_real_time_command)
{
	ck_assert_int_eq(encode_qr(0x0410 - 3, "l", "generic-80"), 0);
	check_loss(0, "$.body[0].qr", "qr -> its data as text");
	ck_assert_int_eq(encode_qr(0x0510 - 3, "l", "generic-80"), 0);
	check_loss(0, "$.body[0].qr", "qr -> its data as text");
	ck_assert_int_eq(encode_qr(0x0410 - 2, "l", "generic-80"), 0);
	ck_assert_uint_eq(job.loss_count, 0);
}
END_TEST

START_TEST(jobs_are_cut_into_segments)
{
	char nodes[4096] = "";

	for (int i = 0; i < 50; i++)
		strcat(nodes, "{\"text\":\"\xc3\xa9\",\"bold\":true},");
	strcat(nodes,
		"{\"cut\":\"full\"},{\"text\":\"\xc3\xa9\"},{\"drawer\":{}},{\"drawer\":{\"n\":2}},"
		"{\"raw\":{\"escpos_b64\":\"G0A=\"}},{\"text\":\"z\"}");
	ck_assert_int_eq(encode(nodes, "generic-80"), 0);
	check_segments();
	static const struct {
		unsigned first, last, flags;
	} expected[] = {{0, 23, PH_SEGMENT_PRINTS}, {24, 47, PH_SEGMENT_PRINTS},
		{48, 49, PH_SEGMENT_PRINTS}, {50, 50, PH_SEGMENT_CUT}, {51, 51, PH_SEGMENT_PRINTS},
		{52, 52, PH_SEGMENT_DRAWER}, {53, 53, PH_SEGMENT_DRAWER | PH_SEGMENT_SECOND},
		{54, 54, PH_SEGMENT_RAW}, {55, 55, PH_SEGMENT_PRINTS}};
	ck_assert_uint_eq(job.segment_count, sizeof expected / sizeof expected[0]);
	for (unsigned i = 0; i < job.segment_count; i++) {
		const struct ph_receipt_segment *segment = &job.segments[i];
		ck_assert_uint_eq(segment->first_line, expected[i].first);
		ck_assert_uint_eq(segment->last_line, expected[i].last);
		ck_assert_uint_eq(segment->flags, expected[i].flags);
	}
	// each begins from normal style with its own page and ends in normal style
	for (unsigned i = 0; i < 3; i++) {
		const uint8_t *bytes = job.bytes + job.segments[i].offset;
		ck_assert_mem_eq(bytes, "\x1b\x45\x01\x1bt\x00\x82\n", 8);
		ck_assert_mem_eq(bytes + job.segments[i].len - 3, "\x1b\x45\x00", 3);
	}
	// what raw bytes may have left behind is set back
	ck_assert_mem_eq(job.bytes + job.segments[7].offset, "\x1b@", 2);
	ck_assert_mem_eq(job.bytes + job.segments[8].offset,
		"\x1b!\x00\x1d\x42\x00\x1b\x61\x00\x1b\x32\x1c.z\n", 15);
	ck_assert_uint_eq(job.segments[0].flags & PH_SEGMENT_ONCE, 0);
	ck_assert_uint_ne(job.segments[7].flags & PH_SEGMENT_ONCE, 0);
}
END_TEST

START_TEST(raw_documents_pass_unchanged)
{
	ck_assert_int_eq(encode_document("{\"raw_b64\":\"EAQBG0A=\"}", "generic-80"), 0);
	ck_assert_uint_eq(job.len, 5);
	ck_assert_mem_eq(job.bytes, "\x10\x04\x01\x1b@", 5);
	ck_assert_uint_eq(job.segment_count, 1);
}
END_TEST

START_TEST(long_lines_fill_segments_by_bytes)
{
	char *text = malloc(200000);
	char *at = stpcpy(text, "{\"text\":\"");

	// alternating pages: four bytes for each two of UTF-8
	for (int i = 0; i < 20000; i++)
		at = stpcpy(at, i % 2 ? "\xc5\x93" : "\xd0\x96");
	strcpy(at, "\"}");
	ck_assert_int_eq(encode_document(text, "generic-80"), 0);
	check_segments();
	ck_assert_uint_gt(job.segment_count, 20);
	free(text);
}
END_TEST

static unsigned seed = 1;

static unsigned dice(unsigned sides)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % sides;
}

static void random_text(char *out)
{
	static const char *const parts[] = {"a", "Z", "7", " ", "\xc3\xa9", "\xc5\x93", "\xd0\x96",
		"\xe2\x82\xac", "\xe6\x97\xa5", "\\u0010", "\\u0004", "\\u0014", "\\n", "word ",
		"1620"};

	*out = 0;
	for (unsigned i = dice(30); i > 0; i--)
		strcat(out, parts[dice(sizeof parts / sizeof parts[0])]);
}

static void random_node(char *out)
{
	static const char *const styles[] = {"", ",\"bold\":true", ",\"size\":[2,3]",
		",\"invert\":true,\"font\":\"b\"", ",\"underline\":true"};
	char a[512], b[512];
	const char *style = styles[dice(5)];

	random_text(a);
	random_text(b);
	switch (dice(6)) {
	case 0:
		sprintf(out, "{\"pair\":[\"%s\",\"%s\"]%s}", a, b, style);
		break;
	case 1:
		sprintf(out,
			"{\"table\":{\"columns\":[{\"w\":\"*\"},{\"w\":%u,\"align\":\"right\"}],"
			"\"rows\":[[\"%s\",\"%s\"]]}%s}",
			dice(30) + 1, a, b, style);
		break;
	case 2:
		sprintf(out, "{\"barcode\":{\"type\":\"code128\",\"data\":\"%u%u\",\"height\":%u}}",
			1600 + dice(30), 1600 + dice(30), dice(255) + 1);
		break;
	case 3:
		sprintf(out, "{\"cut\":\"partial\"},{\"feed\":{\"lines\":%u}}", dice(255) + 1);
		break;
	default:
		sprintf(out, "{\"text\":\"%s\",\"align\":\"%s\"%s}", a,
			dice(2) ? "center" : "right", style);
	}
}

// Whatever the document, no DLE EOT, DLE ENQ or DLE DC4 goes out, and no control but our commands.
START_TEST(no_document_reaches_the_real_time_commands)
{
	for (unsigned round = 0; round < 500; round++) {
		char nodes[8192] = "";
		for (unsigned i = dice(6) + 1; i > 0; i--) {
			char node[2048];
			random_node(node);
			if (nodes[0])
				strcat(nodes, ",");
			strcat(nodes, node);
		}
		char name[PH_PROFILE_NAME_MAX + 1];
		while (ph_escpos_profile_name(NULL, dice(100), name) < 0)
			;
		const struct ph_escpos_profile *profile = profile_named(name);
		const int r = encode(nodes, profile->name);
		if (r == -EOPNOTSUPP) // a drawer
			continue;
		ck_assert_msg(r == 0, "%s: %s", nodes, error.message);
		check_segments();
		for (uint32_t i = 1; i < job.len; i++) {
			if (job.bytes[i - 1] == PH_EP_DLE &&
				memchr("\x04\x05\x14", job.bytes[i], 3))
				ck_abort_msg("%s", nodes);
		}
	}
}
END_TEST

// The receipt that encoders are compared with: at most 2,800 bytes with an id for each segment.
START_TEST(the_measured_receipt_is_small)
{
	FILE *file = fopen(RECEIPT60, "re");
	char text[8192] = "";

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_lt(fread(text, 1, sizeof text - 1, file), sizeof text - 1);
	fclose(file);
	ck_assert_int_eq(encode_document(text, "generic-80"), 0);
	check_segments();
	ck_assert_uint_eq(job.loss_count, 0);
	ck_assert_uint_eq(job.segment_count, 4);
	ck_assert_uint_le(job.len + 10 + job.segment_count * PH_ESCPOS_PROCESS_ID_LEN, 2800);
	ck_assert_int_eq(encode_document(text, "epson-tm-t88ii"), 0); // no QR code of its own
	check_loss(0, "$.body[61].qr", "qr -> its data as text");
}
END_TEST

START_TEST(commands)
{
	const struct ph_escpos_profile *profile = profile_named("epson-tm-t20ii");
	uint8_t out[PH_ESCPOS_PROLOGUE_MAX];

	ck_assert_uint_eq(ph_escpos_put_prologue(out, profile, PH_EP_ASB_ALL), 10);
	ck_assert_mem_eq(out, "\x1b@\x1c.\x1d\x61\x4f\x1bt\x00", 10);
	ck_assert_uint_eq(ph_escpos_put_prologue(out, profile, 0), 7);
	ck_assert_mem_eq(out, "\x1b@\x1c.\x1bt\x00", 7);
	ck_assert_uint_eq(ph_escpos_put_process_id(out, 95 + 2), 11);
	ck_assert_mem_eq(out, "\x1d(H\x06\x00\x30\x30  !\x22", 11);
	ck_assert_uint_eq(ph_escpos_put_gs_r(out, 1), 3);
	ck_assert_mem_eq(out, "\x1dr\x01", 3);
	ck_assert_uint_eq(ph_escpos_put_gs_i(out, 67), 3);
	ck_assert_mem_eq(out, "\x1dI\x43", 3);
	ck_assert_uint_eq(ph_escpos_put_dle_eot(out, 4), 3);
	ck_assert_mem_eq(out, "\x10\x04\x04", 3);
	ck_assert_uint_eq(ph_escpos_put_dle_enq(out, 2), 3);
	ck_assert_mem_eq(out, "\x10\x05\x02", 3);
	ck_assert_uint_eq(ph_escpos_put_pulse(out, 2, 50, 1000), 5);
	ck_assert_mem_eq(out, "\x1bp\x01\x19\xff", 5);
	ck_assert_uint_eq(ph_escpos_put_dle_pulse(out, 1, 250), 5);
	ck_assert_mem_eq(out, "\x10\x14\x01\x00\x03", 5);
	ck_assert_uint_eq(ph_escpos_put_clear(out), 10);
	ck_assert_mem_eq(out, "\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08", 10);
}
END_TEST

// No pulse holds a real-time command, nor begins one that what follows would end; its times are kept but for
// some ms of rest.
START_TEST(pulses_are_no_real_time_commands)
{
	uint8_t out[PH_ESCPOS_PULSE_LEN];

	// one assertion for all: each one is a message to another process
	for (unsigned on = 2; on <= 510; on++) {
		for (unsigned off = 2; off <= 510; off++) {
			const size_t len = ph_escpos_put_pulse(out, 1 + on % 2, on, off);
			const unsigned least = (off + 1) / 2;
			if (len != sizeof out || ph_guard_find(&ph_guard_escpos, out, len) != len ||
				out[4] == 0x10 || out[3] != (on + 1) / 2 || out[4] < least ||
				out[4] > least + 2)
				ck_abort_msg(
					"%u ms on, %u ms off: %02x %02x", on, off, out[3], out[4]);
		}
	}
	ck_assert_uint_eq(ph_escpos_put_pulse(out, 1, 31, 8), sizeof out);
	ck_assert_mem_eq(out, "\x1bp\x00\x10\x06", sizeof out); // 05 is one as well
	ck_assert_uint_eq(ph_escpos_put_pulse(out, 1, 32, 39), sizeof out);
	ck_assert_mem_eq(out, "\x1bp\x00\x10\x15", sizeof out);
	ck_assert_uint_eq(ph_escpos_put_pulse(out, 1, 100, 31), sizeof out);
	ck_assert_mem_eq(out, "\x1bp\x00\x32\x11", sizeof out);
}
END_TEST

// A position of 648 dots along a text that runs upwards counts as 1296 half dots, 10 05.
START_TEST(positions_are_no_real_time_commands)
{
	char text[256];

	for (unsigned height = 20; height < 55; height++) {
		snprintf(text, sizeof text,
			"{\"page\":{\"body\":[{\"area\":{\"height\":%u,\"width\":10,\"direction\":"
			"\"up\","
			"\"body\":[{\"text\":\"x\",\"align\":\"right\"}]}}]}}",
			height);
		ck_assert_int_eq(encode(text, "epson-tm-t88v"), 0);
		ck_assert_uint_eq(ph_guard_find(&ph_guard_escpos, job.bytes, job.len), job.len);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("escpos_encode");
	TCase *tests = tcase_create("encode");

	tcase_add_checked_fixture(tests, NULL, teardown);
	tcase_add_test(tests, style_commands);
	tcase_add_test(tests, positions);
	tcase_add_test(tests, pulses_are_no_real_time_commands);
	tcase_add_test(tests, positions_are_no_real_time_commands);
	tcase_add_test(tests, pages);
	tcase_add_test(tests, pages_of_other_makers_have_other_numbers);
	tcase_add_test(tests, what_no_page_has);
	tcase_add_test(tests, losses_are_bounded);
	tcase_add_test(tests, feed_cut_drawer_beep);
	tcase_add_test(tests, cut_by_quirk);
	tcase_add_test(tests, barcodes);
	tcase_add_test(tests, all_short_forms_of_upce);
	tcase_add_test(tests, barcodes_are_made_to_fit);
	tcase_add_test(tests, code128_sets);
	tcase_add_test(tests, code128_control_characters);
	tcase_add_test(tests, code128_never_spells_a_real_time_command);
	tcase_add_test(tests, code128_too_long);
	tcase_add_test(tests, qr_codes);
	tcase_add_test(tests, qr_codes_are_made_to_fit);
	tcase_add_test(tests, qr_length_never_spells_a_real_time_command);
	tcase_add_test(tests, jobs_are_cut_into_segments);
	tcase_add_test(tests, raw_documents_pass_unchanged);
	tcase_add_test(tests, long_lines_fill_segments_by_bytes);
	tcase_add_test(tests, no_document_reaches_the_real_time_commands);
	tcase_add_test(tests, the_measured_receipt_is_small);
	tcase_add_test(tests, commands);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
