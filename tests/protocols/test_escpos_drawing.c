// What the printer cannot print itself: orders in a first call, drawings in a second, and what is left
// where there are none. The dots are compared on the paper of the emulated printer, and no picture ever
// holds a real-time command.
#include "base/base64.h"
#include "paper_rig.h"
#include "protocols/raster/guard.h"
#include "tests/support/escpos_profile.h"

static struct ph_escpos_profile profile;

// Drawings of the second call, as many as were ordered.
static struct ph_raster drawings[PH_ORDERS_MAX];
static struct ph_rasters rasters = {drawings, 0};

static uint32_t seed = 1;

static unsigned dice(unsigned sides)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % sides;
}

static void forget_drawings(void)
{
	for (uint32_t i = 0; i < rasters.count; i++)
		free((uint8_t *)(uintptr_t)drawings[i].bits);
	memset(drawings, 0, sizeof drawings);
	rasters.count = 0;
}

static void teardown(void)
{
	forget_drawings();
	rig_teardown();
}

static void lay_out(const char *nodes)
{
	static char document[65536];

	rig.escpos = &profile;
	snprintf(document, sizeof document, "{\"body\":[%s]}", nodes);
	rig_lay_out(document);
}

static void order(const char *nodes)
{
	lay_out(nodes);
	rig.rasters = NULL;
	ck_assert_msg(rig_encode() == 0, "%s: %s %s", nodes, rig.error.path, rig.error.message);
}

// With the drawings that there are.
static int encode_again(void)
{
	rig.rasters = &rasters;
	return rig_encode();
}

// A picture of a size that the order allows: dots at random, where bytes of real-time commands are
// frequent.
static void draw(const struct ph_raster_order *what)
{
	static const uint8_t likely[] = {0x10, 0x04, 0x05, 0x14, 0x10, 0x00, 0xff};
	struct ph_raster *raster = &drawings[rasters.count++];

	raster->width = what->kind == PH_ORDER_SYMBOL ? (uint16_t)(8 + dice(what->width - 7u))
						      : what->width;
	raster->height = what->height ? what->height : (uint16_t)(1 + dice(120));
	const size_t stride = (raster->width + 7u) / 8;
	uint8_t *bits = calloc(stride, raster->height);
	for (size_t i = 0; i < stride * raster->height; i++)
		bits[i] = dice(8) ? likely[dice(sizeof likely)] : (uint8_t)dice(256);
	for (size_t y = 0; raster->width % 8 && y < raster->height; y++)
		bits[y * stride + stride - 1] &= (uint8_t)(0xff00u >> raster->width % 8);
	raster->bits = bits;
}

static void check_segments(void)
{
	uint32_t offset = 0;

	for (uint32_t i = 0; i < rig.job.segment_count; i++) {
		ck_assert_uint_eq(rig.job.segments[i].offset, offset);
		ck_assert_uint_gt(rig.job.segments[i].len, 0);
		offset += rig.job.segments[i].len;
	}
	ck_assert_uint_eq(offset, rig.job.len);
}

static void check_no_real_time_command(void)
{
	ck_assert_uint_eq(ph_guard_find(&ph_guard_escpos, rig.job.bytes, rig.job.len), rig.job.len);
}

// Orders, draws, encodes again.
static void encode(const char *nodes)
{
	order(nodes);
	forget_drawings();
	for (uint32_t i = 0; i < rig.job.order_count; i++)
		draw(&rig.job.orders[i]);
	const int r = encode_again();
	ck_assert_msg(r == 0, "%s: %s %s", nodes, rig.error.path, rig.error.message);
	check_segments();
	check_no_real_time_command();
}

static void encode_without(const char *nodes)
{
	order(nodes);
	forget_drawings();
	ck_assert_int_eq(encode_again(), 0);
	check_segments();
}

static void check_loss(unsigned index, const char *path, const char *text)
{
	char buf[128];

	ck_assert_uint_lt(index, rig.job.loss_count);
	ck_assert_str_eq(
		ph_receipt_path(rig.receipt, rig.job.losses[index].at, buf, sizeof buf), path);
	ck_assert_str_eq(ph_loss_text(&rig.job.losses[index], buf, sizeof buf), text);
}

static const struct ph_emu_paper *print(void)
{
	rig_power_on();
	rig_feed(rig.job.bytes, rig.job.len);
	rig_check_obeyed();
	return ph_emu_printer_paper(rig.printer);
}

static bool paper_dot(const struct ph_emu_paper *paper, unsigned x, uint64_t y)
{
	if (y >= paper->rows)
		return false;
	return paper->bits[y * paper->stride + x / 8] >> (7 - x % 8) & 1;
}

static bool raster_dot(const struct ph_raster *raster, unsigned x, unsigned y)
{
	return raster->bits[(size_t)y * ((raster->width + 7u) / 8) + x / 8] >> (7 - x % 8) & 1;
}

// Dots of the drawing that are other on paper with its corner at x, y.
static unsigned differences(
	const struct ph_emu_paper *paper, const struct ph_raster *raster, unsigned x, uint64_t y)
{
	unsigned count = 0;

	for (unsigned row = 0; row < raster->height; row++) {
		for (unsigned column = 0; column < raster->width; column++)
			count += raster_dot(raster, column, row) !=
				 paper_dot(paper, x + column, y + row);
	}
	return count;
}

// Flips of the guard at most: one for each first byte of a command that might stand in the data.
static unsigned most_flips(const struct ph_raster *raster)
{
	const size_t len = (size_t)((raster->width + 7u) / 8) * raster->height;

	return (unsigned)(len / 2 + 2);
}

// --- text -------------------------------------------------------------------------------------

START_TEST(a_run_no_page_holds_is_drawn_in_its_line)
{
	profile = *profile_named("generic-80");
	order("{\"text\":[{\"t\":\"Sum \"},{\"t\":\"\xe2\x82\xbf\",\"bold\":true},{\"t\":\" "
	      "5\"}]}");
	ck_assert_uint_eq(rig.job.order_count, 1);
	ck_assert_int_eq(rig.job.orders[0].kind, PH_ORDER_LINE);
	ck_assert_uint_eq(rig.job.orders[0].x, 48);
	ck_assert_uint_eq(rig.job.orders[0].width, 12);
	ck_assert_uint_eq(rig.job.orders[0].height, 24);
	ck_assert_uint_eq(rig.job.orders[0].runs, 1);
	check_loss(0, "$.body[0].text[1]", "char U+20BF -> raster");
	ck_assert_uint_eq(rig.job.loss_count, 1);

	encode("{\"text\":[{\"t\":\"Sum \"},{\"t\":\"\xe2\x82\xbf\",\"bold\":true},{\"t\":\" "
	       "5\"}]}");
	ck_assert_mem_eq(rig.job.bytes, "Sum \x1b*\x21\x0c\x00", 9);
	ck_assert_mem_eq(rig.job.bytes + 9 + 36, " 5\n", 3);
	const struct ph_emu_paper *paper = print();
	ck_assert_uint_le(differences(paper, &drawings[0], 48, 0), most_flips(&drawings[0]));
	ck_assert_uint_eq(paper->y, 30); // the height of a line is kept
}
END_TEST

START_TEST(without_a_drawing_it_is_a_question_mark)
{
	profile = *profile_named("generic-80");
	encode_without("{\"text\":\"\xe2\x82\xbf 5\"}");
	ck_assert_uint_eq(rig.job.len, 4);
	ck_assert_mem_eq(rig.job.bytes, "? 5\n", 4);
	check_loss(0, "$.body[0].text", "char U+20BF not printable -> ?");
}
END_TEST

START_TEST(tall_lines_are_drawn_as_a_whole)
{
	profile = *profile_named("generic-80");
	const char *nodes = "{\"text\":\"\xe2\x82\xbf 5\",\"size\":[1,2]},{\"text\":\"x\"}";
	order(nodes);
	ck_assert_uint_eq(rig.job.order_count, 1);
	ck_assert_uint_eq(rig.job.orders[0].width, 576);
	ck_assert_uint_eq(rig.job.orders[0].height, 48);
	check_loss(0, "$.body[0].text", "char U+20BF -> raster");
	encode(nodes);
	const struct ph_emu_paper *paper = print();
	ck_assert_uint_le(differences(paper, &drawings[0], 0, 0), most_flips(&drawings[0]));
	ck_assert_uint_eq(paper->y, 48 + 30);
}
END_TEST

START_TEST(single_lines_keep_their_height_where_esc_star_is_missing)
{
	profile = *profile_named("generic-80");
	profile.esc_star = false;
	encode("{\"text\":\"\xe2\x82\xbf 5\"},{\"text\":\"x\"}");
	ck_assert_uint_eq(drawings[0].height, 24);
	const struct ph_emu_paper *paper = print();
	ck_assert_uint_le(differences(paper, &drawings[0], 0, 0), most_flips(&drawings[0]));
	ck_assert_uint_eq(paper->y, 60);
}
END_TEST

START_TEST(right_to_left_takes_its_group_with_it)
{
	profile = *profile_named("generic-80"); // which has page 862 with the letters
	order("{\"pair\":[\"abc\",\"\xd7\xa9\xd7\x9c\"]},"
	      "{\"text\":[{\"t\":\"ab \"},{\"t\":\"\xd7\xa9\",\"bold\":true},{\"t\":\" cd\"}]}");
	ck_assert_uint_eq(rig.job.order_count, 2);
	ck_assert_uint_eq(rig.job.orders[0].runs, 1);
	ck_assert_uint_eq(rig.job.orders[0].x, 576 - 24);
	ck_assert_uint_eq(rig.job.orders[1].runs, 3);
	ck_assert_uint_eq(rig.job.orders[1].width, 7 * 12);
	check_loss(0, "$.body[0].pair[1]", "char U+05E9 -> raster");
	check_loss(1, "$.body[1].text[1]", "char U+05E9 -> raster");
	encode_without("{\"text\":[{\"t\":\"ab \"},{\"t\":\"\xe2\x82\xbf\xd7\xa9\"}]}");
	ck_assert_mem_eq(rig.job.bytes, "ab ?\x1bt\x31\xf9\n", 8);
}
END_TEST

START_TEST(marks_are_drawn)
{
	profile = *profile_named("epson-tm-t70ii"); // which has Thai pages
	order("{\"text\":\"\xe0\xb8\x81\xe0\xb8\xb2\"},{\"text\":\"\xe0\xb8\x81\xe0\xb8\xb4\"}");
	ck_assert_uint_eq(rig.job.order_count, 1);
	check_loss(0, "$.body[1].text", "char U+0E34 -> raster");
}
END_TEST

START_TEST(styles_that_are_missing)
{
	profile = *profile_named("generic-80");
	order("{\"text\":\"a\",\"italic\":true,\"strike\":true,\"color\":\"red\",\"font\":\"c\"}");
	ck_assert_uint_eq(rig.job.order_count, 0);
	check_loss(0, "$.body[0].text", "font c -> b");
	check_loss(1, "$.body[0].text", "italic ignored");
	check_loss(2, "$.body[0].text", "strike ignored");
	check_loss(3, "$.body[0].text", "red ignored");
	ck_assert_mem_eq(rig.job.bytes,
		"\x1bM\x01"
		"a\n",
		5);

	profile.styles &= (uint16_t) ~(PH_STYLE_INVERT | PH_STYLE_THICK);
	order("{\"text\":\"a\",\"invert\":true},{\"text\":\"b\",\"underline\":\"thick\"}");
	ck_assert_uint_eq(rig.job.order_count, 1);
	check_loss(0, "$.body[0].text", "invert -> raster");
	check_loss(1, "$.body[1].text", "thick underline -> thin");

	profile.upside_down = false;
	profile.size_max = 2;
	order("{\"text\":\"a\",\"upside_down\":true},{\"text\":\"b\",\"size\":[3,1]}");
	ck_assert_uint_eq(rig.job.order_count, 2);
	check_loss(0, "$.body[0].text", "upside down -> raster");
	check_loss(1, "$.body[1].text", "size above 2 times -> raster");
	encode_without("{\"text\":\"b\",\"size\":[3,1]}");
	ck_assert_mem_eq(rig.job.bytes,
		"\x1d!\x10"
		"b\n",
		5);
	check_loss(0, "$.body[0].text", "size -> 2 times at most");
}
END_TEST

START_TEST(styles_the_printer_has)
{
	profile = *profile_named("generic-80");
	order("{\"text\":\"a\",\"underline\":\"thick\"},{\"text\":\"b\",\"upside_down\":true}");
	ck_assert_mem_eq(rig.job.bytes,
		"\x1b-\x02"
		"a\n\x1b{\x01\x1b-\x00"
		"b\n\x1b{\x00",
		16);
	profile = *profile_named("epson-tm-u220");
	order("{\"text\":[{\"t\":\"a\",\"color\":\"red\"},{\"t\":\"b\"}]}");
	ck_assert_mem_eq(rig.job.bytes,
		"\x1br\x01"
		"a\x1br\x00"
		"b\n",
		9);
	profile = *profile_named("epson-tm-m30");
	order("{\"text\":\"a\",\"font\":\"c\"}");
	ck_assert_mem_eq(rig.job.bytes,
		"\x1bM\x02"
		"a\n\x1bM\x00",
		8);
	ck_assert_uint_eq(rig.job.loss_count, 0);
}
END_TEST

START_TEST(upside_down_drawings_are_turned)
{
	profile = *profile_named("generic-80");
	encode("{\"text\":\"\xe2\x82\xbf\",\"upside_down\":true}");
	const struct ph_emu_paper *paper = print();
	const struct ph_raster *raster = &drawings[0];
	unsigned count = 0;
	for (unsigned y = 0; y < 24; y++) {
		for (unsigned x = 0; x < 576; x++)
			count += raster_dot(raster, 575 - x, 23 - y) != paper_dot(paper, x, 6 + y);
	}
	ck_assert_uint_le(count, most_flips(raster));
	ck_assert_uint_eq(paper->y, 30);
}
END_TEST

START_TEST(boxes_stand_on_tight_lines)
{
	profile = *profile_named("generic-80");
	order("{\"box\":{\"body\":[{\"text\":\"a\"}]}},{\"text\":\"b\"}");
	ck_assert_uint_eq(rig.job.order_count, 0);
	ck_assert_uint_eq(rig.job.loss_count, 0);
	const struct ph_emu_paper *paper = print();
	ck_assert_uint_eq(paper->y, 24 + 24 + 30 + 30);
}
END_TEST

START_TEST(lines_that_no_page_has)
{
	profile = *profile_named("generic-80");
	profile.page_count = 1;
	profile.pages[0] = (struct ph_profile_page){16, PH_CODEPAGE_1252};
	order("{\"rule\":\"double\"}");
	ck_assert_uint_eq(rig.job.order_count, 1);
	ck_assert_uint_eq(rig.job.orders[0].width, 576);
	encode_without("{\"rule\":\"double\"}");
	check_loss(0, "$.body[0].rule", "line U+2550 -> ASCII");
	ck_assert_mem_eq(rig.job.bytes, "=====", 5);
}
END_TEST

// --- two-byte sets and UTF-8 ------------------------------------------------------------------

START_TEST(east_asian_printers_print_their_own)
{
	profile = *profile_named("generic-80");
	profile.kanji = PH_ESCPOS_KANJI_JAPANESE;
	const char *nodes = "{\"text\":\"a\xe6\x97\xa5\xe6\x9c\xac b\"}";
	order(nodes);
	ck_assert_uint_eq(rig.job.order_count, 0);
	ck_assert_uint_eq(rig.job.loss_count, 0);
	ck_assert_uint_eq(rig.job.len, 12);
	ck_assert_mem_eq(rig.job.bytes, "a\x1c&\x93\xfa\x96\x7b b\x1c.\n", 12);
	profile.kanji = PH_ESCPOS_KANJI_CHINA;
	order("{\"text\":\"\xe4\xb8\xad\",\"underline\":true},{\"text\":\"\xe4\xb8\xad\"}");
	ck_assert_mem_eq(rig.job.bytes,
		"\x1b-\x01\x1c&\x1c-\x01\xd6\xd0\x1c.\n\x1b-\x00\x1c&\x1c-\x00\xd6\xd0\x1c.\n", 25);
	profile.kanji = PH_ESCPOS_KANJI_TAIWAN;
	order("{\"text\":\"\xe4\xb8\xad\"}");
	ck_assert_mem_eq(rig.job.bytes, "\x1c&\xa4\xa4\x1c.\n", 7);
	profile.kanji = PH_ESCPOS_KANJI_KOREA;
	order("{\"text\":\"\xed\x95\x9c\xc3\xa9\"}"); // Kanji mode is left for a page
	ck_assert_mem_eq(rig.job.bytes, "\x1c&\xc7\xd1\x1c.\x1bt\x00\x82\n", 11);
	// font B has cells of another width
	order("{\"text\":\"\xed\x95\x9c\",\"font\":\"b\"}");
	ck_assert_uint_eq(rig.job.order_count, 1);
	// and what the set lacks is drawn
	order("{\"text\":\"\xf0\x9f\x98\x80\"}");
	ck_assert_uint_eq(rig.job.order_count, 1);
	check_loss(0, "$.body[0].text", "char U+1F600 -> raster");
}
END_TEST

START_TEST(two_byte_text_arrives)
{
	profile = *profile_named("generic-80");
	profile.kanji = PH_ESCPOS_KANJI_JAPANESE;
	order("{\"text\":\"\xe6\x97\xa5\xe6\x9c\xac\xc3\xa9x\"}");
	char *text = ph_emu_paper_text(print());
	ck_assert_ptr_nonnull(text);
	ck_assert_msg(strstr(text, "\xe6\x97\xa5\xe6\x9c\xac\xc3\xa9x"), "%s", text);
	free(text);
}
END_TEST

START_TEST(printers_that_take_utf8_get_it)
{
	uint8_t prologue[PH_ESCPOS_PROLOGUE_MAX];

	profile = *profile_named("generic-80");
	profile.kanji = PH_ESCPOS_KANJI_CHINA;
	profile.utf8 = true;
	ck_assert_uint_eq(ph_escpos_put_prologue(prologue, &profile, 0), 14);
	ck_assert_mem_eq(prologue, "\x1b@\x1c.\x1c(C\x02\x00\x30\x02\x1bt\x00", 14);
	order("{\"text\":\"\xc3\xa9\xe4\xb8\xad\"},{\"text\":\"\xe0\xb8\x81\"},{\"rule\":"
	      "\"single\"}");
	ck_assert_mem_eq(rig.job.bytes, "\xc3\xa9\xe4\xb8\xad\n", 6);
	ck_assert_uint_eq(rig.job.order_count, 1); // Thai is not among its pages
}
END_TEST

// --- symbols ----------------------------------------------------------------------------------

START_TEST(symbols_it_lacks_are_drawn)
{
	profile = *profile_named("generic-80");
	const char *nodes =
		"{\"barcode\":{\"type\":\"code93\",\"data\":\"ABC\",\"align\":\"center\"}},"
		"{\"code2d\":{\"type\":\"aztec\",\"data\":\"x\",\"align\":\"right\"}}";
	order(nodes);
	ck_assert_uint_eq(rig.job.order_count, 2);
	ck_assert_int_eq(rig.job.orders[0].kind, PH_ORDER_SYMBOL);
	ck_assert_uint_eq(rig.job.orders[0].width, 576);
	check_loss(0, "$.body[0].barcode", "code93 -> raster");
	check_loss(1, "$.body[1].code2d", "aztec -> raster");
	encode(nodes);
	const struct ph_emu_paper *paper = print();
	ck_assert_uint_le(differences(paper, &drawings[0], (576 - drawings[0].width) / 2, 0),
		most_flips(&drawings[0]));
	ck_assert_uint_le(
		differences(paper, &drawings[1], 576u - drawings[1].width, drawings[0].height),
		most_flips(&drawings[1]));
	encode_without(nodes);
	ck_assert_mem_eq(rig.job.bytes, "ABC\nx\n", 6);
	check_loss(0, "$.body[0].barcode", "code93 -> its data as text");
}
END_TEST

START_TEST(symbols_it_has_are_printed_by_itself)
{
	static const char *const nodes[] = {
		"{\"barcode\":{\"type\":\"code93\",\"data\":\"ABC\"}}",
		"{\"barcode\":{\"type\":\"databar\",\"data\":\"0950110153001\"}}",
		"{\"barcode\":{\"type\":\"databar_truncated\",\"data\":\"0950110153001\"}}",
		"{\"barcode\":{\"type\":\"databar_limited\",\"data\":\"0950110153001\"}}",
		"{\"code2d\":{\"type\":\"pdf417\",\"data\":\"Hello PDF417\"}}",
		"{\"code2d\":{\"type\":\"pdf417\",\"data\":\"Hello\",\"columns\":4,\"ec\":3}}",
		"{\"code2d\":{\"type\":\"aztec\",\"data\":\"Hello Aztec\"}}",
		"{\"code2d\":{\"type\":\"datamatrix\",\"data\":\"Hello Data Matrix\"}}",
		"{\"code2d\":{\"type\":\"maxicode\",\"mode\":4,\"data\":\"Hello\"}}",
		"{\"code2d\":{\"type\":\"databar_stacked\",\"data\":\"0950110153001\"}}",
	};

	profile = *profile_named("epson-tm-t20ii");
	profile.codes2d |= 1u << PH_CODE2D_AZTEC | 1u << PH_CODE2D_DATAMATRIX;
	order(nodes[_i]);
	ck_assert_uint_eq(rig.job.order_count, 0);
	ck_assert_uint_eq(rig.job.loss_count, 0);
	check_no_real_time_command();
	const struct ph_emu_paper *paper = print();
	unsigned symbols = 0;
	for (size_t i = 0; i < paper->n_items; i++) {
		const struct ph_emu_item *item = &paper->items[i];
		ck_assert_msg(item->type != PH_EMU_ITEM_REFUSED, "%s", item->text);
		symbols += item->type == PH_EMU_ITEM_BARCODE || item->type == PH_EMU_ITEM_SYMBOL ||
			   item->type == PH_EMU_ITEM_CONSUMED;
	}
	ck_assert_uint_eq(symbols, 1);
}
END_TEST

// --- images -----------------------------------------------------------------------------------

// An image node whose file is a PNG header of this size, which is all that is looked at here.
static const char *image_node(unsigned width, unsigned height, const char *more)
{
	static char node[512];
	uint8_t png[33] = "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR";
	char base64[PH_BASE64_SIZE(sizeof png)];
	uint32_t crc = 0xffffffffu;

	for (int i = 0; i < 4; i++) {
		png[16 + i] = (uint8_t)(width >> (24 - 8 * i));
		png[20 + i] = (uint8_t)(height >> (24 - 8 * i));
	}
	png[24] = 8;
	for (int i = 12; i < 29; i++) {
		crc ^= png[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
	}
	for (int i = 0; i < 4; i++)
		png[29 + i] = (uint8_t)(~crc >> (24 - 8 * i));
	ph_base64_encode(png, sizeof png, base64);
	snprintf(node, sizeof node, "{\"image\":{\"data_b64\":\"%s\"%s}}", base64, more);
	return node;
}

START_TEST(images_in_bands_by_each_command)
{
	static const uint8_t commands[] = {
		PH_ESCPOS_IMAGE_GS_L, PH_ESCPOS_IMAGE_GS_V, PH_ESCPOS_IMAGE_ESC_STAR};

	profile = *profile_named("generic-80");
	profile.image = commands[_i];
	encode(image_node(200, 100, ""));
	ck_assert_int_eq(rig.job.order_count, 0); // of the second call
	ck_assert_uint_eq(drawings[0].width, 200);
	const struct ph_emu_paper *paper = print();
	ck_assert_uint_le(differences(paper, &drawings[0], 0, 0), most_flips(&drawings[0]));
	// a strip of ESC * is always 24 rows high
	ck_assert_uint_eq(
		paper->y, _i == 2 ? (drawings[0].height + 23u) / 24 * 24 : drawings[0].height);
	encode(image_node(200, 100, ",\"align\":\"right\""));
	paper = print();
	ck_assert_uint_le(differences(paper, &drawings[0], 376, 0), most_flips(&drawings[0]));
}
END_TEST

START_TEST(images_without_a_picture_are_left_out)
{
	profile = *profile_named("generic-80");
	order(image_node(8, 8, ""));
	ck_assert_uint_eq(rig.job.order_count, 1);
	ck_assert_int_eq(rig.job.orders[0].kind, PH_ORDER_IMAGE);
	ck_assert_uint_eq(rig.job.loss_count, 0);
	encode_without(image_node(8, 8, ""));
	check_loss(0, "$.body[0].image", "image left out");
	profile = *profile_named("epson-tm-u220");
	order(image_node(8, 8, ""));
	ck_assert_uint_eq(rig.job.order_count, 0);
	check_loss(0, "$.body[0].image", "image left out");
}
END_TEST

START_TEST(bands_are_segments)
{
	profile = *profile_named("epson-tm-t20ii");
	order(image_node(576, 500, ""));
	forget_drawings();
	struct ph_raster_order what = rig.job.orders[0];
	what.height = 500;
	draw(&what);
	ck_assert_int_eq(encode_again(), 0);
	check_segments();
	ck_assert_uint_ge(rig.job.segment_count, 500 / 28);
	for (uint32_t i = 0; i < rig.job.segment_count; i++)
		ck_assert_uint_le(rig.job.segments[i].len, PH_SEGMENT_BYTES);
}
END_TEST

START_TEST(a_stored_picture_is_printed_by_its_key)
{
	profile = *profile_named("epson-tm-t20ii");
	const char *node = image_node(200, 100, ",\"align\":\"center\",\"store\":true");
	encode(node);
	ck_assert_uint_eq(rig.stores.count, 1);
	ck_assert_uint_eq(rig.stores.items[0].order, 0);
	struct ph_escpos_logo logo = {.key = {'P', '0'}};
	memcpy(logo.hash, rig.stores.items[0].hash, sizeof logo.hash);
	uint8_t *command = malloc(ph_escpos_logo_size(&drawings[0]));
	const int len = ph_escpos_put_logo(&drawings[0], logo.key, command);
	ck_assert_int_gt(len, 0);
	ck_assert_uint_le((size_t)len, ph_escpos_logo_size(&drawings[0]));
	ck_assert_uint_eq(ph_guard_find(&ph_guard_escpos, command, (size_t)len), (size_t)len);

	const struct ph_escpos_input with = {
		.logos = &logo, .logo_count = 1, .ret_stores = &rig.stores};
	ck_assert_int_eq(ph_escpos_encode(&rig.list, &profile, &with, &rig.job, &rig.error), 0);
	ck_assert_uint_eq(rig.job.order_count, 0);
	ck_assert_uint_eq(rig.stores.count, 0);
	ck_assert_uint_eq(rig.job.len, 3 + PH_ESCPOS_PRINT_LOGO_LEN + 3);
	check_loss(0, "$.body[0].image", "image stored as logo");
	rig_power_on();
	rig_feed(command, (size_t)len);
	const struct ph_emu_paper *paper = ph_emu_printer_paper(rig.printer);
	const uint64_t y = paper->y;
	rig_feed(rig.job.bytes, rig.job.len);
	ck_assert_uint_eq(ph_emu_printer_counts(rig.printer).unknown, 0);
	ck_assert_uint_le(differences(paper, &drawings[0], (576 - drawings[0].width) / 2, y),
		most_flips(&drawings[0]));
	free(command);

	// another file, another picture; and printers that keep none are sent the dots
	order(image_node(201, 100, ",\"store\":true"));
	ck_assert_mem_ne(rig.stores.items[0].hash, logo.hash, sizeof logo.hash);
	profile.graphics_keys = PH_ESCPOS_NO;
	order(node);
	ck_assert_uint_eq(rig.stores.count, 0);
	ck_assert_uint_eq(rig.job.order_count, 1);
}
END_TEST

// --- pages ------------------------------------------------------------------------------------

static const char PAGE[] =
	"{\"page\":{\"body\":[{\"area\":{\"x\":0,\"y\":0,\"width\":20,\"body\":[{\"text\":"
	"\"left\"}]}},"
	"{\"area\":{\"x\":24,\"y\":0,\"width\":20,\"body\":[{\"text\":\"right\"}]}}]}}";

START_TEST(pages_are_drawn_where_page_mode_is_missing)
{
	profile = *profile_named("generic-80");
	order(PAGE);
	ck_assert_uint_eq(rig.job.order_count, 1);
	ck_assert_int_eq(rig.job.orders[0].kind, PH_ORDER_PAGE);
	ck_assert_uint_eq(rig.job.orders[0].width, 576);
	check_loss(0, "$.body[0].page", "page -> raster");
	encode(PAGE);
	ck_assert_uint_le(differences(print(), &drawings[0], 0, 0), most_flips(&drawings[0]));
	encode_without(PAGE);
	ck_assert_mem_eq(rig.job.bytes, "left\nright\n", 11);
	check_loss(0, "$.body[0].page", "page -> its areas one below the other");
}
END_TEST

START_TEST(page_mode_prints_text_in_areas)
{
	profile = *profile_named("epson-tm-t20ii");
	order(PAGE);
	ck_assert_uint_eq(rig.job.order_count, 0);
	ck_assert_uint_eq(rig.job.loss_count, 0);
	check_segments();
	ck_assert_uint_eq(rig.job.segment_count, 1);
	ck_assert_mem_eq(rig.job.bytes,
		"\x1bL\x1bW\x00\x00\x00\x00\xf0\x00\x3c\x00\x1bT\x00left\n"
		"\x1bW\x20\x01\x00\x00\xf0\x00\x3c\x00\x1bT\x00right\n\x0c",
		rig.job.len);
	print();
	// what needs a drawing makes a drawing of the page
	order("{\"page\":{\"body\":[{\"area\":{\"x\":0,\"y\":0,\"body\":[{\"text\":"
	      "\"\xe2\x82\xbf\"}]}}]}}");
	ck_assert_uint_eq(rig.job.order_count, 1);
	ck_assert_int_eq(rig.job.orders[0].kind, PH_ORDER_PAGE);
	check_segments();
}
END_TEST

// --- whatever is in it ------------------------------------------------------------------------

static const char *random_text(void)
{
	static const char *const texts[] = {"abc", "\xc3\xa9t\xc3\xa9", "\xe2\x82\xbf",
		"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", "\xe6\x97\xa5\xe6\x9c\xac", "\xd0\x96\xd0\xbe",
		"\xe0\xb8\x81\xe0\xb8\xb4", "\xf0\x9f\x98\x80", "1234567890 1234567890 1234567890"};

	return texts[dice(sizeof texts / sizeof texts[0])];
}

static char *random_node(char *out)
{
	switch (dice(9)) {
	case 0:
		return out + sprintf(out, "%s",
				     image_node(1 + dice(700), 1 + dice(60),
					     dice(2) ? ",\"align\":\"center\"" : ""));
	case 1:
		return out + sprintf(out, "{\"qr\":{\"data\":\"%s\"}}", random_text());
	case 2:
		return out + sprintf(out, "{\"barcode\":{\"type\":\"code93\",\"data\":\"AB%u\"}}",
				     dice(1000));
	case 3:
		return out + sprintf(out, "{\"code2d\":{\"type\":\"%s\",\"data\":\"%s\"}}",
				     dice(2) ? "datamatrix" : "pdf417", random_text());
	case 4:
		return out +
		       sprintf(out, "{\"pair\":[\"%s\",\"%s\"]}", random_text(), random_text());
	case 5:
		return out + sprintf(out, "%s", PAGE);
	default:
		return out + sprintf(out,
				     "{\"text\":[{\"t\":\"%s\",\"bold\":%s},{\"t\":\"%s\",\"size\":"
				     "[%u,%u]}],"
				     "\"align\":\"%s\",\"upside_down\":%s}",
				     random_text(), dice(2) ? "true" : "false", random_text(),
				     1 + dice(2), 1 + dice(3), dice(2) ? "right" : "left",
				     dice(4) ? "false" : "true");
	}
}

// Thousands of pictures over all profiles: never a real-time command, segments that tile the rig.job, and a
// printer that understands every byte.
START_TEST(no_picture_reaches_the_real_time_commands)
{
	static char nodes[65536];

	for (unsigned round = 0; round < 1000; round++) {
		char name[PH_PROFILE_NAME_MAX + 1], *out = nodes;
		seed = round + 1;
		while (ph_escpos_profile_name(NULL, dice(100), name) < 0)
			;
		profile = *profile_named(name);
		for (unsigned i = dice(12) + 1; i > 0; i--)
			out = stpcpy(random_node(out), i > 1 ? "," : "");
		encode(nodes);
		if (round % 8 == 0)
			print();
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("escpos_drawing");
	TCase *tests = tcase_create("drawing");

	tcase_add_checked_fixture(tests, NULL, teardown);
	tcase_set_timeout(tests, 30);
	tcase_add_test(tests, a_run_no_page_holds_is_drawn_in_its_line);
	tcase_add_test(tests, without_a_drawing_it_is_a_question_mark);
	tcase_add_test(tests, tall_lines_are_drawn_as_a_whole);
	tcase_add_test(tests, single_lines_keep_their_height_where_esc_star_is_missing);
	tcase_add_test(tests, right_to_left_takes_its_group_with_it);
	tcase_add_test(tests, marks_are_drawn);
	tcase_add_test(tests, styles_that_are_missing);
	tcase_add_test(tests, styles_the_printer_has);
	tcase_add_test(tests, upside_down_drawings_are_turned);
	tcase_add_test(tests, boxes_stand_on_tight_lines);
	tcase_add_test(tests, lines_that_no_page_has);
	tcase_add_test(tests, east_asian_printers_print_their_own);
	tcase_add_test(tests, two_byte_text_arrives);
	tcase_add_test(tests, printers_that_take_utf8_get_it);
	tcase_add_test(tests, symbols_it_lacks_are_drawn);
	tcase_add_loop_test(tests, symbols_it_has_are_printed_by_itself, 0, 10);
	tcase_add_loop_test(tests, images_in_bands_by_each_command, 0, 3);
	tcase_add_test(tests, images_without_a_picture_are_left_out);
	tcase_add_test(tests, bands_are_segments);
	tcase_add_test(tests, a_stored_picture_is_printed_by_its_key);
	tcase_add_test(tests, pages_are_drawn_where_page_mode_is_missing);
	tcase_add_test(tests, page_mode_prints_text_in_areas);
	tcase_add_test(tests, no_picture_reaches_the_real_time_commands);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
