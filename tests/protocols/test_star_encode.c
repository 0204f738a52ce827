// Bytes of the Star encoder against the STAR Line Mode and StarPRNT Command Specifications, command by
// command, and what must hold for every job: segments that stand alone, no command by accident.
#include "protocols/raster/guard.h"
#include "protocols/star/encode.h"
#include "protocols/star/star_const.h"
#include "tests/support/star_profile.h"

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
static const struct ph_rasters *rasters; // of the next encode()

static void setup(void)
{
	rasters = NULL;
}

static void teardown(void)
{
	ph_receipt_job_done(&job);
	ph_display_list_done(&list);
	ph_receipt_free(receipt);
	receipt = NULL;
}

static int encode_document(const char *text, const char *name)
{
	const struct ph_star_profile *profile = profile_named(name);
	const struct ph_media media = ph_star_profile_media(profile);
	cJSON *json = cJSON_Parse(text);

	ck_assert_msg(json != NULL, "test is not JSON: %s", text);
	ph_receipt_free(receipt);
	receipt = NULL;
	const int r = ph_receipt_parse(json, &receipt, &error);
	ck_assert_msg(r == 0, "%s: %s %s", text, error.path, error.message);
	cJSON_Delete(json);
	ck_assert_int_eq(ph_layout(receipt, &media, NULL, &list, &error), 0);
	return ph_star_encode(&list, profile, rasters, &job, &error);
}

static int encode(const char *nodes, const char *profile)
{
	char text[16384];

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
		line = segment->last_line; // a long drawing goes on in the next one
	}
	ck_assert_uint_eq(offset, job.len);
}

#define EXPECT(nodes, bytes)		 expect(nodes, "starprnt-80", bytes, sizeof(bytes) - 1)
#define EXPECT_ON(profile, nodes, bytes) expect(nodes, profile, bytes, sizeof(bytes) - 1)

static void expect(const char *nodes, const char *profile, const char *bytes, size_t len)
{
	char got[1024] = "", want[1024] = "";

	const int r = encode(nodes, profile);
	ck_assert_msg(r == 0, "%s: %s %s", nodes, error.path, error.message);
	check_segments();
	for (size_t i = 0; i < job.len && i < 320; i++)
		sprintf(got + i * 3, "%02x ", job.bytes[i]);
	for (size_t i = 0; i < len && i < 320; i++)
		sprintf(want + i * 3, "%02x ", (unsigned char)bytes[i]);
	ck_assert_msg(strcmp(got, want) == 0, "%s\n got %s\nwant %s", nodes, got, want);
}

static void check_loss(unsigned index, const char *path, const char *text)
{
	char buf[128];

	ck_assert_uint_lt(index, job.loss_count);
	ck_assert_str_eq(ph_receipt_path(receipt, job.losses[index].at, buf, sizeof buf), path);
	ck_assert_str_eq(ph_loss_text(&job.losses[index], buf, sizeof buf), text);
}

// Sides and edges have look-alikes of their own, and it is said.
START_TEST(borders_without_characters_for_them)
{
	struct ph_star_profile profile = *profile_named("starprnt-80");
	static const char side[] = "\n|a\x1b\x1d\x41\x34\x02|\n"; // ESC GS A: to the last cell
	char expected[160], edge[49] = "";

	encode("{\"box\":{\"border\":\"single\",\"body\":[{\"text\":\"a\"}]}}", "starprnt-80");
	for (unsigned i = 0; i < profile.page_count; i++) {
		if (profile.pages[i].page == PH_CODEPAGE_1252)
			profile.pages[0] = profile.pages[i];
	}
	profile.page_count = 1;
	ck_assert_int_eq(ph_star_encode(&list, &profile, NULL, &job, &error), 0);
	memset(edge, '-', 48);
	snprintf(expected, sizeof expected, "\x1b\x30%s%s\x1bz\x01%s\n", edge, side, edge);
	ck_assert_uint_eq(job.len, strlen(expected));
	ck_assert_mem_eq(job.bytes, expected, job.len);
	check_loss(0, "$.body[0].box", "line U+250C -> ASCII");
}
END_TEST

START_TEST(style_commands)
{
	EXPECT("{\"text\":\"a\"}", "a\n");
	EXPECT("{\"text\":\"a\",\"bold\":true}", "\x1b"
						 "Ea\n\x1b"
						 "F");
	EXPECT("{\"text\":\"a\",\"underline\":true}", "\x1b-\x01"
						      "a\n\x1b-\x00");
	EXPECT("{\"text\":\"a\",\"invert\":true}", "\x1b"
						   "4a\n\x1b"
						   "5");
	EXPECT("{\"text\":\"a\",\"font\":\"b\"}", "\x1b\x1e"
						  "F\x01"
						  "a\n\x1b\x1e"
						  "F\x00");
	// ESC i: height first, each less one
	EXPECT("{\"text\":\"a\",\"size\":[2,1]}", "\x1bi\x00\x01"
						  "a\n\x1bi\x00\x00");
	EXPECT("{\"text\":\"a\",\"size\":[4,6]}", "\x1bi\x05\x03"
						  "a\n\x1bi\x00\x00");
	EXPECT("{\"text\":\"a\",\"bold\":true},{\"text\":\"b\",\"bold\":true,\"invert\":true},"
	       "{\"text\":\"d\"}",
		"\x1b"
		"Ea\n\x1b"
		"4b\n\x1b"
		"F\x1b"
		"5d\n");
}
END_TEST

START_TEST(sizes_beyond_six)
{
	const char *nodes = "{\"text\":[{\"t\":\"a\",\"size\":[8,7]},{\"t\":\"b\"}]}";

	ck_assert_int_eq(encode(nodes, "starprnt-80"), 0);
	ck_assert_uint_eq(job.order_count, 1);
	ck_assert_uint_eq(job.orders[0].height, 7 * 24);
	ck_assert_uint_eq(job.loss_count, 1);
	check_loss(0, "$.body[0].text[0]", "size above 6 times -> raster");
	// no drawing to be had: what is not enlarged as asked leaves its place, and the next run goes where it belongs
	rasters = &(struct ph_rasters){NULL, 0};
	EXPECT(nodes, "\x1bi\x05\x05"
		      "a\x1b\x1d"
		      "A\x60\x00\x1bi\x00\x00"
		      "b\n");
	ck_assert_uint_eq(job.loss_count, 1);
	check_loss(0, "$.body[0].text[0]", "size -> 6 times at most");
	EXPECT_ON("star-sp700", "{\"text\":\"a\",\"size\":[3,2]}",
		"\x1bi\x01\x01"
		"a\n\x1bi\x00\x00");
	check_loss(0, "$.body[0].text", "size -> 2 times at most");
}
END_TEST

START_TEST(turned_characters)
{
	const char *nodes = "{\"text\":[{\"t\":\"a\"},{\"t\":\"b\",\"rotate\":true}]}";

	ck_assert_int_eq(encode(nodes, "starprnt-80"), 0);
	ck_assert_uint_eq(job.order_count, 1);
	ck_assert_uint_eq(job.orders[0].first_run, 1);
	ck_assert_uint_eq(job.loss_count, 1);
	check_loss(0, "$.body[0].text[1]", "rotate -> raster");
	rasters = &(struct ph_rasters){NULL, 0};
	ck_assert_int_eq(encode(nodes, "starprnt-80"), 0);
	ck_assert_uint_eq(job.loss_count, 1);
	check_loss(0, "$.body[0].text[1]", "rotate ignored");
}
END_TEST

START_TEST(pages_are_drawn)
{
	const char *nodes = "{\"page\":{\"body\":[{\"area\":{\"body\":[{\"text\":\"a\"}]}}]}}";

	ck_assert_int_eq(encode(nodes, "starprnt-80"), 0);
	ck_assert_uint_eq(job.order_count, 1);
	ck_assert_uint_eq(job.loss_count, 1);
	check_loss(0, "$.body[0].page", "page -> raster");
}
END_TEST

START_TEST(positions)
{
	// ESC GS A from the sixth blank on: 48 cells of 12 dots, the price at 43 * 12 = 516 = 0x204
	EXPECT("{\"pair\":[\"a\",\"12.50\"]}", "a\x1b\x1d"
					       "A\x04\x02"
					       "12.50\n");
	EXPECT("{\"pair\":[\"123456789012345678901234567890123456789012\",\"12\"]}",
		"123456789012345678901234567890123456789012    12\n");
	EXPECT("{\"text\":\"mid\",\"align\":\"center\"}", "\x1b\x1d"
							  "A\x08\x01mid\n");
	// an impact printer gets spaces
	EXPECT_ON("star-sp700", "{\"pair\":[\"a\",\"1\"]}",
		"a                                        1\n");
	EXPECT_ON("star-sm-l200", "{\"pair\":[\"a\",\"b\"],\"underline\":true}",
		"\x1b-\x01"
		"a                              b\n\x1b-\x00");
}
END_TEST

START_TEST(code_pages)
{
	// ESC GS t, Star numbers: 437 is 1, 1252 is 32, 866 is 10, 852 is 5
	EXPECT("{\"text\":\"caf\xc3\xa9\"},{\"text\":\"\xc3\xa9t\xc3\xa9\"}",
		"caf\x1b\x1dt\x01\x82\n\x82t\x82\n");
	EXPECT("{\"text\":\"\xc3\xa9\xc5\x93\"}", "\x1b\x1dt\x20\xe9\x9c\n");
	EXPECT("{\"text\":\"\xd0\x96\"}", "\x1b\x1dt\x0a\x86\n");
	EXPECT("{\"text\":\"\xc5\x82\"}", "\x1b\x1dt\x05\x88\n");
	EXPECT("{\"text\":\"\xe2\x82\xac\"}", "\x1b\x1dt\x20\x80\n");
	EXPECT("{\"text\":\"\xef\xbd\xb1\"}", "\x1b\x1dt\x02\xb1\n");
	EXPECT("{\"text\":\"1\xe2\x80\xaf"
	       "234\"}",
		"1 234\n"); // no-break space
}
END_TEST

START_TEST(control_characters_are_no_commands)
{
	// BEL, FS, SUB and EM open drawers, ESC begins a command
	EXPECT("{\"text\":\"a\\u0007\\u001c\\u001a\\u0019\\u001bb\"}", "ab\n");
	ck_assert_uint_eq(job.loss_count, 5);
	check_loss(0, "$.body[0].text", "control character U+0007 left out");
	// in a barcode they are escapes, in text of a symbol question marks
	EXPECT("{\"barcode\":{\"type\":\"code128\",\"data\":\"a\\u0007%\",\"module\":2,"
	       "\"hri\":\"none\"}}",
		"\x1b\x1d"
		"A\x16\x00\x1b"
		"b\x06\x01\x01\x50"
		"a%G%0\x1e");
}
END_TEST

START_TEST(utf8_models)
{
	// ESC GS ) U, function 48 UTF-8, function 64 narrow ambiguous characters
	EXPECT_ON("star-mc-print3", "{\"text\":\"a\xe6\x97\xa5\"}",
		"\x1b\x1d)U\x02\x00\x30\x01\x1b\x1d)U\x02\x00\x40\x00"
		"a\xe6\x97\xa5"
		"\x1b\x1d)U\x02\x00\x30\x00\n");
	ck_assert_uint_eq(job.loss_count, 0);
	ck_assert_uint_eq(job.order_count, 0);
	// what a page has stays with it
	EXPECT_ON("star-mc-print3", "{\"text\":\"\xc3\xa9\"}", "\x1b\x1dt\x01\x82\n");
	// not in its fonts: drawn
	ck_assert_int_eq(encode("{\"text\":\"a\xe0\xb8\x81\"}", "star-mc-print3"), 0);
	ck_assert_uint_eq(job.order_count, 1);
}
END_TEST

// Rows of 0x80, one dot at the left of each byte.
static uint8_t dots[128 * 512];

static struct ph_raster drawing(unsigned width, unsigned height)
{
	memset(dots, 0x80, sizeof dots);
	return (struct ph_raster){
		.bits = dots, .width = (uint16_t)width, .height = (uint16_t)height};
}

START_TEST(orders_of_runs)
{
	const char *nodes = "{\"text\":\"x\"},{\"pair\":[\"ab\xe2\x82\xbf\",\"7\"]}";

	ck_assert_int_eq(encode(nodes, "starprnt-80"), 0);
	ck_assert_uint_eq(job.order_count, 1);
	ck_assert_int_eq(job.orders[0].kind, PH_ORDER_LINE);
	ck_assert_uint_eq(job.orders[0].width, 36);
	ck_assert_uint_eq(job.orders[0].height, 24);
	ck_assert_uint_eq(job.orders[0].x, 0);
	ck_assert_uint_eq(job.orders[0].first_run, 1);
	ck_assert_uint_eq(job.orders[0].runs, 1);
	check_loss(0, "$.body[1].pair[0]", "char U+20BF -> raster");

	// with the drawing: ESC X n1 n2 and three bytes a column, then the rest of the line
	const struct ph_raster one = drawing(36, 24);
	rasters = &(struct ph_rasters){&one, 1};
	ck_assert_int_eq(encode(nodes, "starprnt-80"), 0);
	check_segments();
	ck_assert_mem_eq(job.bytes, "x\n\x1bX\x24\x00\xff\xff\xff\x00\x00\x00", 12);
	ck_assert_uint_eq(job.len, 2 + 4 + 36 * 3 + 5 + 2);
	ck_assert_mem_eq(job.bytes + 6 + 36 * 3,
		"\x1b\x1d"
		"A\x34\x02"
		"7\n",
		7);

	// none to be had: a question mark, and it says so
	rasters = &(struct ph_rasters){NULL, 0};
	EXPECT(nodes, "x\nab?\x1b\x1d"
		      "A\x34\x02"
		      "7\n");
	check_loss(0, "$.body[1].pair[0]", "char U+20BF not printable -> ?");
}
END_TEST

START_TEST(too_many_orders)
{
	char nodes[12000] = "{\"text\":\"";
	size_t len = strlen(nodes);

	for (unsigned i = 0; i < PH_ORDERS_MAX + 1; i++)
		len += (size_t)sprintf(nodes + len, "\xe2\x82\xbf\\n");
	strcpy(nodes + len, "\"}");
	ck_assert_int_eq(encode(nodes, "starprnt-80"), -E2BIG);
	ck_assert_str_eq(error.path, "$.body[0].text");
	// who can draw nothing has said so
	rasters = &(struct ph_rasters){NULL, 0};
	ck_assert_int_eq(encode(nodes, "starprnt-80"), 0);
}
END_TEST

START_TEST(orders_of_lines)
{
	// of double height, or upside down: the line as a whole, over the paper
	const char *nodes = "{\"text\":[{\"t\":\"a\"},{\"t\":\"\xe2\x82\xbf\",\"size\":[1,2]}]}";

	ck_assert_int_eq(encode(nodes, "starprnt-80"), 0);
	ck_assert_uint_eq(job.order_count, 1);
	ck_assert_uint_eq(job.orders[0].width, 576);
	ck_assert_uint_eq(job.orders[0].height, 48);
	ck_assert_uint_eq(job.orders[0].runs, 2);
	const struct ph_raster one = drawing(576, 48);
	rasters = &(struct ph_rasters){&one, 1};
	ck_assert_int_eq(encode(nodes, "starprnt-80"), 0);
	// ESC GS S 1, 72 bytes, 48 rows, and two NULs for bytes that get lost
	ck_assert_mem_eq(job.bytes, "\x1b\x1dS\x01\x48\x00\x30\x00\x00\x80\x80", 11);
	ck_assert_uint_eq(job.len, 9 + 72 * 48 + 2);
	ck_assert_mem_eq(job.bytes + 9 + 72 * 48, "\0\0", 2);

	// line mode: 3 mm spacing, two bands of 24 rows, each printed by a line feed
	ck_assert_int_eq(encode(nodes, "starline-80"), 0);
	check_segments();
	ck_assert_mem_eq(job.bytes,
		"\x1b"
		"0\x1bk\x48\x00\x80\x80",
		8);
	ck_assert_mem_eq(job.bytes + 6 + 72 * 24, "\n", 1);
	// a band of 1728 bytes is a segment of its own, which sets the spacing back
	ck_assert_uint_eq(job.segment_count, 2);
	ck_assert_mem_eq(job.bytes + 7 + 72 * 24,
		"\x1bz\x01\x1b"
		"0\x1bk",
		7);

	rasters = NULL;
	ck_assert_int_eq(
		encode("{\"text\":\"\xe2\x82\xbf\",\"upside_down\":true}", "starprnt-80"), 0);
	ck_assert_uint_eq(job.orders[0].width, 576);
	ck_assert_uint_eq(job.orders[0].height, 24);
}
END_TEST

START_TEST(upside_down)
{
	// SI and DC2 at the beginning of a line
	EXPECT("{\"text\":\"a\"},{\"text\":\"b\",\"upside_down\":true},{\"text\":\"c\"}", "a\n\x0f"
											  "b\n\x12"
											  "c\n");
}
END_TEST

// Takes the rows of raster mode apart: how far they go down, and whether each is well formed.
static unsigned raster_height(const uint8_t *b, size_t len)
{
	unsigned rows = 0;
	size_t i = 0;

	while (i < len) {
		if (b[i] == 'b') {
			rows++;
			i += 3 + b[i + 1] + 256u * b[i + 2];
		} else if (memcmp(b + i, "\x1b*rY", 4) == 0) {
			rows += (unsigned)atoi((const char *)b + i + 4);
			i += 5 + strlen((const char *)b + i + 4);
		} else {
			ck_abort_msg("byte %02x at %zu", b[i], i);
		}
	}
	return rows;
}

START_TEST(raster_mode)
{
	const char *nodes = "{\"text\":\"a\"},{\"text\":\"\"},{\"text\":\"b\",\"size\":[2,2]},"
			    "{\"feed\":{\"lines\":2}},{\"cut\":\"partial\"},{\"drawer\":{\"n\":1}}";

	ck_assert_int_eq(encode(nodes, "star-tsp100"), 0);
	ck_assert_uint_eq(job.order_count, 2);
	ck_assert_uint_eq(job.orders[0].height, 24);
	ck_assert_uint_eq(job.orders[1].height, 48);
	ck_assert_uint_eq(job.loss_count, 0);

	const struct ph_raster two[] = {drawing(576, 24), drawing(576, 48)};
	rasters = &(struct ph_rasters){two, 2};
	ck_assert_int_eq(encode(nodes, "star-tsp100"), 0);
	check_segments();
	static const char enter[] = "\x1b*rA\x1b*rP0\0\x1b*rE1";
	unsigned height = 0;
	for (uint32_t i = 0; i < job.segment_count; i++) {
		const struct ph_receipt_segment *segment = &job.segments[i];
		const uint8_t *b = job.bytes + segment->offset;
		if (segment->flags & PH_SEGMENT_ONCE || segment->flags & PH_SEGMENT_CUT)
			continue;
		// each segment enters raster mode, neither feeds nor cuts at its end, and leaves it
		ck_assert_mem_eq(b, enter, sizeof enter);
		ck_assert_mem_eq(b + segment->len - 4, "\x1b*rB", 4);
		height += raster_height(b + sizeof enter, segment->len - sizeof enter - 4);
	}
	ck_assert_uint_eq(height, 32 + 32 + 48 + 64);
	const struct ph_receipt_segment *cut = &job.segments[job.segment_count - 2];
	static const char partial[] = "\x1b*rA\x1b*rP0\0\x1b*rE13\0b\x01\0\0\x1b*rB";
	ck_assert_uint_eq(cut->flags, PH_SEGMENT_CUT);
	ck_assert_uint_eq(cut->len, sizeof partial - 1);
	ck_assert_mem_eq(job.bytes + cut->offset, partial, sizeof partial - 1);

	// nothing can be drawn: refused before anything is printed
	rasters = &(struct ph_rasters){NULL, 0};
	ck_assert_int_eq(encode(nodes, "star-tsp100"), -EOPNOTSUPP);
	ck_assert_str_eq(error.path, "$.body[0].text");
}
END_TEST

START_TEST(paper_alone_in_raster_mode)
{
	// an image buffer without a row prints nothing: the first dot is one
	EXPECT_ON("star-tsp100", "{\"feed\":{\"lines\":1}}",
		"\x1b*rA\x1b*rP0\0\x1b*rE1\0b\x01\0\0\x1b*rY31\0\x1b*rB");
}
END_TEST

START_TEST(feeds_and_cuts)
{
	EXPECT("{\"feed\":{\"lines\":3}}", "\x1b"
					   "a\x03");
	EXPECT("{\"feed\":{\"lines\":255}}", "\x1b"
					     "a\x7f\x1b"
					     "a\x7f\x1b"
					     "a\x01");
	EXPECT("{\"cut\":\"partial\"}", "\x1b"
					"d\x03");
	EXPECT("{\"cut\":\"full\"}", "\x1b"
				     "d\x03");
	check_loss(0, "$.body[0].cut", "full cut -> partial");
	EXPECT_ON("star-tsp700ii", "{\"cut\":\"full\"}",
		"\x1b"
		"d\x02");
	EXPECT_ON("star-sm-l200", "{\"cut\":\"full\"}",
		"\x1b"
		"a\x03");
	check_loss(0, "$.body[0].cut", "no cutter: fed to the tear bar");
}
END_TEST

START_TEST(effects)
{
	EXPECT("{\"drawer\":{\"n\":1}}", "\x07");
	EXPECT("{\"drawer\":{\"n\":2}}", "\x1a");
	ck_assert_uint_eq(job.segments[0].flags, PH_SEGMENT_DRAWER | PH_SEGMENT_SECOND);
	ck_assert_int_eq(encode("{\"drawer\":{\"n\":2}}", "star-mpop"), -EOPNOTSUPP);
	// ESC GS BEL: terminal 1, 200 ms on and off in units of 20
	EXPECT_ON("star-mc-print3", "{\"beep\":{\"times\":2}}",
		"\x1b\x1d\x07\x01\x0a\x0a\x1b\x1d\x07\x01\x0a\x0a");
	EXPECT("{\"beep\":{\"times\":2}},{\"text\":\"a\"}", "a\n");
	check_loss(0, "$.body[0].beep", "no buzzer: beep left out");
	EXPECT("{\"text\":\"a\"},{\"cut\":\"partial\"},{\"drawer\":{\"n\":1}},{\"text\":\"b\"}",
		"a\n\x1b"
		"d\x03\x07"
		"b\n");
	ck_assert_uint_eq(job.segment_count, 4);
}
END_TEST

START_TEST(raw_bytes)
{
	// what they leave behind is put right
	EXPECT("{\"text\":\"a\"},{\"raw\":{\"star_b64\":\"G0BB\"}},{\"text\":\"b\"}",
		"a\n\x1b@A\x1b@\x1bz\x01\x1b\x1dt\x01\x1b\x07\x14\x14"
		"b\n");
	ck_assert_uint_eq(job.segment_count, 3);
	ck_assert_uint_eq(job.segments[1].flags, PH_SEGMENT_RAW);
	// those for ESC/POS would be something else here
	EXPECT("{\"raw\":{\"escpos_b64\":\"G0BB\"}},{\"text\":\"b\"}", "b\n");
	check_loss(0, "$.body[0].raw", "raw bytes for ESC/POS printers left out");
	ck_assert_int_eq(encode_document("{\"raw_b64\":\"G0BB\"}", "starprnt-80"), 0);
	ck_assert_uint_eq(job.len, 3);
}
END_TEST

START_TEST(barcode_commands)
{
	// ESC b n1 n2 n3 n4 data RS behind ESC GS A 33: a quiet zone of 11 modules of 3 dots
	EXPECT("{\"barcode\":{\"type\":\"ean13\",\"data\":\"4006381333931\",\"height\":64}}",
		"\x1b\x1d"
		"A\x21\x00\x1b"
		"b\x03\x02\x02\x40"
		"4006381333931\x1e");
	EXPECT("{\"barcode\":{\"type\":\"ean8\",\"data\":\"96385074\",\"module\":2,\"hri\":"
	       "\"none\"},"
	       "\"align\":\"center\"}",
		"\x1b\x1d"
		"a\x01\x1b"
		"b\x02\x01\x01\x50"
		"96385074\x1e\x1b\x1d"
		"a\x00");
	// at the right edge: 576 - 44 - 95 * 4 = 152
	EXPECT("{\"barcode\":{\"type\":\"upca\",\"data\":\"036000291452\",\"module\":4},"
	       "\"align\":\"right\"}",
		"\x1b\x1d"
		"A\x98\x00\x1b"
		"b\x01\x02\x03\x50"
		"036000291452\x1e");
	EXPECT("{\"barcode\":{\"type\":\"upce\",\"data\":\"04252614\",\"module\":2}}",
		"\x1b\x1d"
		"A\x16\x00\x1b"
		"b\x00\x02\x01\x50"
		"042100005264\x1e");
	EXPECT("{\"barcode\":{\"type\":\"code39\",\"data\":\"A1\",\"module\":3}}",
		"\x1b\x1d"
		"A\x21\x00\x1b"
		"b\x04\x02\x02\x50"
		"A1\x1e");
	EXPECT("{\"barcode\":{\"type\":\"itf\",\"data\":\"1234\",\"module\":3}}",
		"\x1b\x1d"
		"A\x21\x00\x1b"
		"b\x05\x02\x08\x50"
		"1234\x1e");
	EXPECT("{\"barcode\":{\"type\":\"codabar\",\"data\":\"A12B\",\"module\":2}}",
		"\x1b\x1d"
		"A\x16\x00\x1b"
		"b\x08\x02\x01\x50"
		"A12B\x1e");
	EXPECT("{\"barcode\":{\"type\":\"code128\",\"data\":\"No.1\",\"module\":3},"
	       "\"align\":\"right\"}",
		"\x1b\x1d"
		"a\x02\x1b"
		"b\x06\x02\x02\x50"
		"No.1\x1e\x1b\x1d"
		"a\x00");
	EXPECT("{\"barcode\":{\"type\":\"ean8\",\"data\":\"96385074\",\"module\":3,\"hri\":"
	       "\"above\"}}",
		"\x1b\x1d"
		"A\x21\x00\x1b"
		"b\x02\x02\x02\x50"
		"96385074\x1e");
	check_loss(0, "$.body[0].barcode", "text of the barcode printed below it");
}
END_TEST

START_TEST(barcode_widths)
{
	// modules of 5 do not exist, 4 do
	ck_assert_int_eq(
		encode("{\"barcode\":{\"type\":\"ean8\",\"data\":\"96385074\",\"module\":5}}",
			"starprnt-80"),
		0);
	check_loss(0, "$.body[0].barcode", "printed with modules of 4 dots");
	// 30 characters of Code 39: 6 * 32 + 31 narrow and 96 wide elements; 2 and 4 dots fit 832
	EXPECT_ON("star-tsp800ii",
		"{\"barcode\":{\"type\":\"code39\",\"data\":\"012345678901234567890123456789\","
		"\"module\":3,\"hri\":\"none\"}}",
		"\x1b"
		"b\x04\x01\x07\x50"
		"012345678901234567890123456789\x1e");
	check_loss(0, "$.body[0].barcode", "modules shrunk to 2 dots to fit the paper");
	check_loss(1, "$.body[0].barcode",
		"fits only without its quiet zone: the paper margin must do");
	ck_assert_int_eq(encode("{\"barcode\":{\"type\":\"code39\",\"data\":"
				"\"012345678901234567890123456789\"}}",
				 "starprnt-80"),
		-ERANGE);
	ck_assert_str_eq(error.path, "$.body[0].barcode");
}
END_TEST

START_TEST(qr_commands)
{
	// model 2, level M, cells of 4, data found out by the printer; quiet zones of 16 dots
	EXPECT("{\"qr\":{\"data\":\"A1\"}}",
		"\x1bJ\x08\x1b\x1dyS0\x02\x1b\x1dyS1\x01\x1b\x1dyS2\x04\x1b\x1dyD1\x00\x02\x00"
		"A1"
		"\x1b\x1d"
		"A\x10\x00\x1b\x1dyP\x1bJ\x08");
	// UTF-8 is said to be binary: the printer would take it for Shift JIS
	EXPECT("{\"qr\":{\"data\":\"\xc3\xa9\",\"ec\":\"h\",\"module\":12},\"align\":\"center\"}",
		"\x1bJ\x10\x1b\x1dyS0\x02\x1b\x1dyS1\x03\x1b\x1dyS2\x08\x1b\x1dyD2\x01\x03\x02\x00"
		"\xc3\xa9\x1b\x1d"
		"a\x01\x1b\x1dyP\x1b\x1d"
		"a\x00\x1bJ\x10");
	check_loss(0, "$.body[0].qr", "printed with modules of 8 dots");
	// no such command on an impact printer: its data
	EXPECT_ON("star-sp700", "{\"qr\":{\"data\":\"A1\"}}", "A1\n");
	check_loss(0, "$.body[0].qr", "qr -> its data as text");
	// drawn where the printer only draws
	ck_assert_int_eq(encode("{\"qr\":{\"data\":\"A1\"}}", "star-tsp100"), 0);
	ck_assert_uint_eq(job.order_count, 1);
	ck_assert_int_eq(job.orders[0].kind, PH_ORDER_SYMBOL);
	ck_assert_uint_eq(job.orders[0].width, 576);
}
END_TEST

START_TEST(guarded_images)
{
	// whatever is drawn, on whatever printer: nothing acts
	static uint8_t noise[72 * 512];
	uint32_t seed = 1;
	for (unsigned round = 0; round < 40; round++) {
		static const uint8_t alphabet[] = {0x1b, 0x1d, 0x06, 0x03, 0x01, 0x18, 0x00};
		for (size_t i = 0; i < sizeof noise; i++) {
			seed = seed * 1103515245 + 12345;
			noise[i] = alphabet[(seed >> 16) % sizeof alphabet];
		}
		const struct ph_raster one = {.bits = noise, .width = 576, .height = 24};
		static const char *const names[] = {"starprnt-80", "starline-80", "star-tsp100"};
		rasters = &(struct ph_rasters){&one, 1};
		for (unsigned i = 0; i < 3; i++) {
			ck_assert_int_eq(
				encode("{\"text\":\"\xe2\x82\xbf\",\"size\":[1,1]}", names[i]), 0);
			// what is forbidden in data does not stand in commands either
			ck_assert_uint_eq(
				ph_guard_find(&ph_guard_star, job.bytes, job.len), job.len);
		}
	}
}
END_TEST

START_TEST(a_long_receipt)
{
	FILE *file = fopen(RECEIPT60, "r");
	static char text[65536];

	ck_assert_ptr_nonnull(file);
	const size_t len = fread(text, 1, sizeof text - 1, file);
	fclose(file);
	text[len] = 0;
	ck_assert_int_eq(encode_document(text, "starprnt-80"), 0);
	check_segments();
	ck_assert_uint_eq(job.order_count, 0);
	ck_assert_uint_lt(job.len, 3200);
	ck_assert_int_eq(encode_document(text, "star-mc-print2"), 0);
	check_segments();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("star_encode");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, borders_without_characters_for_them);
	tcase_add_test(tc, style_commands);
	tcase_add_test(tc, sizes_beyond_six);
	tcase_add_test(tc, turned_characters);
	tcase_add_test(tc, pages_are_drawn);
	tcase_add_test(tc, positions);
	tcase_add_test(tc, code_pages);
	tcase_add_test(tc, control_characters_are_no_commands);
	tcase_add_test(tc, utf8_models);
	tcase_add_test(tc, orders_of_runs);
	tcase_add_test(tc, too_many_orders);
	tcase_add_test(tc, orders_of_lines);
	tcase_add_test(tc, upside_down);
	tcase_add_test(tc, raster_mode);
	tcase_add_test(tc, paper_alone_in_raster_mode);
	tcase_add_test(tc, feeds_and_cuts);
	tcase_add_test(tc, effects);
	tcase_add_test(tc, raw_bytes);
	tcase_add_test(tc, barcode_commands);
	tcase_add_test(tc, barcode_widths);
	tcase_add_test(tc, qr_commands);
	tcase_add_test(tc, guarded_images);
	tcase_add_test(tc, a_long_receipt);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
