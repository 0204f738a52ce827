// What an emulated Star printer puts on paper, command by command after the STAR Line Mode and StarPRNT
// Command Specifications: text, lines, positions, images, page mode, cuts.
#include "tests/emulators/printer_bed.h"

static struct bed b;

static void open_as(enum ph_emu_dialect dialect)
{
	bed_done(&b);
	b.config.dialect = dialect;
	bed_open(&b);
}

static void setup(void)
{
	bed_init(&b);
	b.config.dialect = PH_EMU_DIALECT_STARPRNT;
	bed_open(&b);
}

static void teardown(void)
{
	bed_done(&b);
}

static const struct ph_emu_style *style(size_t item, size_t run)
{
	ck_assert_uint_gt(bed_item(&b, item)->n_runs, run);
	return &bed_item(&b, item)->runs[run].style;
}

// ---- text ----

START_TEST(test_styles)
{
	FEED(&b, "a\x1B"
		 "Eb\x1B"
		 "F\x1B-\x01"
		 "c\x1B-\x30\x1B"
		 "4d\x1B"
		 "5\x1Bi\x02\x01"
		 "e\x1Bi\x00\x00\x1B\x1E"
		 "F\x01"
		 "f\x1B\x1E"
		 "F\x30g\n");
	bed_printed(&b, "abcdefg\n");
	ck_assert_uint_eq(bed_item(&b, 0)->n_runs, 7);
	ck_assert(!style(0, 0)->bold && style(0, 1)->bold && !style(0, 2)->bold);
	ck_assert_uint_eq(style(0, 2)->underline, 1);
	ck_assert(style(0, 3)->invert && !style(0, 3)->underline);
	ck_assert_uint_eq(style(0, 4)->height, 3);
	ck_assert_uint_eq(style(0, 4)->width, 2);
	ck_assert_int_eq(style(0, 5)->font, 'e'); // 9 x 24
	ck_assert_int_eq(style(0, 6)->font, 'a');
	// the tallest character makes the line
	ck_assert_uint_eq(bed_rows(&b), 72);
}
END_TEST

START_TEST(test_sizes)
{
	FEED(&b, "\x1BW\x31"
		 "a\x1Bh\x05"
		 "b\x1BW0\x1Bh0c\x1Bi\x06\x01"
		 "d\n");
	ck_assert_uint_eq(style(0, 0)->width, 2);
	ck_assert_uint_eq(style(0, 1)->height, 6);
	// more than 5 is no size: nothing changes
	ck_assert_uint_eq(bed_item(&b, 0)->n_runs, 3);
	ck_assert_uint_eq(style(0, 2)->height, 1);
	ck_assert_uint_eq(bed_rows(&b), 144);
}
END_TEST

START_TEST(test_code_pages)
{
	// ESC GS t: 4 is 858, 32 is 1252, 10 is 866, 1 is 437, 5 is 852
	FEED(&b, "\x1B\x1Dt\x04\xD5\x1B\x1Dt\x20\x80\xE9\x1B\x1Dt\x0A\x80\x1B\x1Dt\x01\x82"
		 "\x1B\x1Dt\x05\x88\n");
	bed_printed(&b, "€€éАéł\n");
}
END_TEST

START_TEST(test_national_sets)
{
	FEED(&b, "\x1BR\x02[\\]{|}~\x1BR\0[]\n");
	bed_printed(&b, "ÄÖÜäöüß[]\n");
}
END_TEST

START_TEST(test_utf8)
{
	// ESC GS ) U, function 48; and ESC GS t 128
	FEED(&b, "\x1B\x1D)U\x02\0\x30\x01\xE6\x97\xA5\xC3\xA9\x1B\x1D)U\x02\0\x30\0\x82\n");
	FEED(&b, "\x1B\x1Dt\x80\xC3\xA9\x1B\x1Dt\x01\x82\n");
	bed_printed(&b, "日éé\néé\n");
	open_as(PH_EMU_DIALECT_STARLINE);
	FEED(&b, "\x1B\x1D)U\x02\0\x30\x01\xC3\xA9\n");
	bed_printed(&b, "├⌐\n");
}
END_TEST

START_TEST(test_upside_down)
{
	// SI and DC2 count at the beginning of a line
	FEED(&b, "\x0F"
		 "a\x12"
		 "b\n\x12"
		 "c\n");
	ck_assert(style(0, 0)->upside_down);
	ck_assert_uint_eq(bed_item(&b, 0)->n_runs, 1);
	ck_assert(!style(1, 0)->upside_down);
}
END_TEST

START_TEST(test_spacing_right_of_characters)
{
	FEED(&b, "\x1B \x03"
		 "ab\n");
	ck_assert_int_eq(bed_item(&b, 0)->width, 27);
}
END_TEST

START_TEST(test_initialised)
{
	FEED(&b, "\x1B"
		 "E\x1Bi\x01\x01\x1B"
		 "0\x1B\x1D"
		 "a\x01lost\x1B@a\n");
	ck_assert_int_eq(bed_item(&b, 0)->type, PH_EMU_ITEM_LOST);
	const struct ph_emu_item *line = bed_item(&b, 1);
	ck_assert_str_eq(line->text, "a");
	ck_assert(!line->runs[0].style.bold);
	ck_assert_uint_eq(line->runs[0].style.width, 1);
	ck_assert_int_eq(line->align, 'l');
	ck_assert_uint_eq(bed_rows(&b), 32);
}
END_TEST

// ---- lines and positions ----

START_TEST(test_line_spacing)
{
	FEED(&b, "a\n"); // 4 mm
	ck_assert_uint_eq(bed_rows(&b), 32);
	FEED(&b, "\x1B"
		 "0a\n"); // 3 mm
	ck_assert_uint_eq(bed_rows(&b), 56);
	FEED(&b, "\x1Bz1a\n");
	ck_assert_uint_eq(bed_rows(&b), 88);
	FEED(&b, "\x1Bz\x00\n");
	ck_assert_uint_eq(bed_rows(&b), 112);
}
END_TEST

START_TEST(test_feeds)
{
	FEED(&b, "\x1B"
		 "a\x03"); // lines
	ck_assert_uint_eq(bed_rows(&b), 96);
	FEED(&b, "x\x1B"
		 "a\x02"); // the first one ends the line
	ck_assert_uint_eq(bed_rows(&b), 160);
	FEED(&b, "\x1BJ\x05"); // quarters of a millimetre
	ck_assert_uint_eq(bed_rows(&b), 170);
	FEED(&b, "\x1BI\x05"); // eighths
	ck_assert_uint_eq(bed_rows(&b), 175);
	FEED(&b, "\x1B"
		 "a\x00\x1B"
		 "a\x80"); // out of range
	ck_assert_uint_eq(bed_rows(&b), 175);
	bed_printed(&b, "x\n");
}
END_TEST

START_TEST(test_alignment)
{
	FEED(&b, "\x1B\x1D"
		 "a\x01"
		 "ab\n\x1B\x1D"
		 "a2ab\n\x1B\x1D"
		 "a\x00"
		 "ab\n");
	bed_printed(&b, "                       ab\n"
			"                                              ab\nab\n");
}
END_TEST

START_TEST(test_positions)
{
	// ESC GS A in dots, ESC GS R to and fro
	FEED(&b, "a\x1B\x1D"
		 "A\x78\0x\n");
	FEED(&b, "a\x1B\x1DR\x0C\0b\n");
	FEED(&b, "ab\x1B\x1DR\xE8\xFF"
		 "c\n");
	// beyond the paper: ignored
	FEED(&b, "a\x1B\x1D"
		 "A\x00\x10x\n");
	bed_printed(&b, "a         x\na b\nabc\nax\n");
}
END_TEST

START_TEST(test_margins_and_tabs)
{
	FEED(&b, "\x1Bl\x04"
		 "abc\n");
	FEED(&b, "\x1Bl\x00\x1BQ\x03"
		 "abcd\n");
	FEED(&b, "\x1BQ\x30\x1B"
		 "D\x05\x0A\0a\tb\tc\n");
	bed_printed(&b, "    abc\nabc\nd\na    b    c\n");
}
END_TEST

START_TEST(test_cuts)
{
	FEED(&b, "a\x1B"
		 "d\x00"); // full, where the paper is
	ck_assert_uint_eq(bed_rows(&b), 32);
	ck_assert_str_eq(bed_item(&b, 1)->name, "full");
	FEED(&b, "a\n\x1B"
		 "d3"); // fed, partial
	ck_assert_uint_eq(bed_rows(&b), 64 + b.config.cutter_dots);
	ck_assert_str_eq(bed_item(&b, ph_emu_printer_paper(b.p)->n_items - 1)->name, "partial");
	FEED(&b, "\x1B"
		 "d\x04"); // none
	ck_assert_uint_eq(ph_emu_printer_counts(b.p).cuts, 2);
}
END_TEST

START_TEST(test_buzzer)
{
	FEED(&b, "\x1B\x1D\x07\x01\x0A\x0A");
	ck_assert_int_eq(bed_item(&b, 0)->type, PH_EMU_ITEM_BEEP);
	ck_assert_int_eq(bed_item(&b, 0)->width, 200);
}
END_TEST

// ---- images ----

START_TEST(test_columns)
{
	// ESC X: three bytes a column, in the line
	FEED(&b, "\x1B"
		 "0\x1BX\x02\0\x80\0\x01\x7F\xFF\xFE\n");
	bed_dots(&b, 0, 0, "#.\n.#\n");
	bed_dots(&b, 0, 22, ".#\n#.\n");
	ck_assert_uint_eq(bed_rows(&b), 24);
}
END_TEST

START_TEST(test_bit_images)
{
	// ESC L: a dot is three rows high; ESC K: and two columns wide
	FEED(&b, "\x1B"
		 "0\x1BL\x02\0\x80\x01\x1BK\x01\0\x80\n");
	bed_dots(&b, 0, 0, "#.##\n#.##\n#.##\n....\n");
	bed_dots(&b, 0, 20, "....\n.#..\n.#..\n.#..\n");
}
END_TEST

START_TEST(test_band)
{
	char image[4 + 48] = "\x1Bk\x02";

	memset(image + 4, 0x81, 48);
	FEED(&b, "\x1B"
		 "0");
	ck_assert_uint_eq(bed_feed(&b, image, sizeof image), sizeof image);
	FEED(&b, "\n");
	bed_dots(&b, 0, 0, "#......##......#\n");
	bed_dots(&b, 0, 23, "#......##......#\n................\n");
}
END_TEST

START_TEST(test_raster_image)
{
	// a block as high as its rows, moved by the alignment; what stands in the line comes first
	FEED(&b, "a\n\x1B\x1D"
		 "a\x02\x1B\x1DS\x01\x01\0\x02\0\0\xF0\x0F\x1B\x1D"
		 "a\x00z\n");
	bed_printed(&b, "a\n[IMAGE 8x2]\nz\n");
	bed_dots(&b, 568, 32, "####....\n....####\n");
	ck_assert_uint_eq(bed_rows(&b), 32 + 2 + 32);
	FEED(&b, "b\x1B\x1DS\x01\x01\0\x01\0\0\xFF");
	ck_assert_uint_eq(bed_rows(&b), 66 + 32 + 1);
	open_as(PH_EMU_DIALECT_STARLINE);
	FEED(&b, "\x1B\x1DS\x01\x01\0\x01\0\0\xFF\n");
	ck_assert_int_eq(bed_item(&b, 0)->type, PH_EMU_ITEM_REFUSED);
}
END_TEST

// ---- page mode ----

START_TEST(test_page_mode)
{
	// ESC GS P 0; 3: region x, y, width, height; 2: direction; 4: down; 7: print and leave
	FEED(&b, "\x1B\x1DP0\x1B\x1DP3\x00\x00\x00\x00\x40\x02\xC8\x00"
		 "\x1B\x1DP4\x20\x00"
		 "ab\n\x1B\x1DP7"
		 "after\n");
	bed_printed(&b, "ab\nafter\n");
	ck_assert_uint_eq(bed_rows(&b), 200 + 32);
	// 8 throws away what it holds
	FEED(&b, "\x1B\x1DP0lost\n\x1B\x1DP8x\n\x1B\x1DP7");
	bed_printed(&b, "ab\nafter\nx\n");
	// not valid on a page: the counter
	FEED(&b, "\x1B\x1DP\x00\x1B\x1D\x03\x00\x01\x02");
	ck_assert_uint_eq(ph_emu_printer_pending(b.p), 0);
}
END_TEST

// ---- the stream ----

START_TEST(test_control_characters_are_no_text)
{
	FEED(&b, "a\x01\x02\x03\x08\x0B\x0C\x0D\x0E\x11\x13\x1D\x1E\x1F"
		 "b\n");
	bed_printed(&b, "ab\n");
}
END_TEST

START_TEST(test_unknown_and_not_modelled)
{
	FEED(&b, "\x1B~a\x1B\x1D"
		 "b\x01\x02"
		 "b\n");
	ck_assert_int_eq(bed_item(&b, 0)->type, PH_EMU_ITEM_UNKNOWN);
	ck_assert_int_eq(bed_item(&b, 1)->type, PH_EMU_ITEM_CONSUMED);
	ck_assert_str_eq(bed_item(&b, 2)->text, "ab");
	ck_assert_uint_eq(ph_emu_printer_counts(b.p).unknown, 1);
}
END_TEST

// However the bytes come, the paper is the same.
START_TEST(test_any_pieces)
{
	static const char job[] =
		"\x1B@\x1B"
		"Ebold\x1B"
		"F\n\x1BX\x02\0\x1B\x1D\x03\x00\x00\x00 x\n\x1B"
		"b\x06\x02\x02\x40No.1\x1E\x1B\x1DyS2\x03\x1B\x1DyD1\0\x03\0abc\x1B\x1DyP"
		"\x1B\x1DxD\x02\0hi\x1B\x1DxP\x1B*rA\x1B*rE1\0b\x01\0\xFF\x1B*rY10\0k\x01\0\x0F"
		"\x1B\x0C\x00\x1B*rB\x1B\x1DS\x01\x01\0\x01\0\0\x1B\x1B"
		"d\x03";
	char *whole;

	ck_assert_uint_eq(bed_feed(&b, job, sizeof job - 1), sizeof job - 1);
	whole = ph_emu_paper_text(ph_emu_printer_paper(b.p));
	const uint64_t rows = bed_rows(&b);
	const uint32_t crc = ph_emu_paper_crc(ph_emu_printer_paper(b.p), 0, rows);
	for (size_t piece = 1; piece < 5; piece++) {
		bed_done(&b);
		bed_open(&b);
		for (size_t at = 0; at < sizeof job - 1; at += piece)
			bed_feed(&b, job + at,
				sizeof job - 1 - at < piece ? sizeof job - 1 - at : piece);
		bed_printed(&b, whole);
		ck_assert_uint_eq(bed_rows(&b), rows);
		ck_assert_uint_eq(ph_emu_paper_crc(ph_emu_printer_paper(b.p), 0, rows), crc);
	}
	free(whole);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("star_paper");
	TCase *tc = tcase_create("all");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_styles);
	tcase_add_test(tc, test_sizes);
	tcase_add_test(tc, test_code_pages);
	tcase_add_test(tc, test_national_sets);
	tcase_add_test(tc, test_utf8);
	tcase_add_test(tc, test_upside_down);
	tcase_add_test(tc, test_spacing_right_of_characters);
	tcase_add_test(tc, test_initialised);
	tcase_add_test(tc, test_line_spacing);
	tcase_add_test(tc, test_feeds);
	tcase_add_test(tc, test_alignment);
	tcase_add_test(tc, test_positions);
	tcase_add_test(tc, test_margins_and_tabs);
	tcase_add_test(tc, test_cuts);
	tcase_add_test(tc, test_buzzer);
	tcase_add_test(tc, test_columns);
	tcase_add_test(tc, test_bit_images);
	tcase_add_test(tc, test_band);
	tcase_add_test(tc, test_raster_image);
	tcase_add_test(tc, test_page_mode);
	tcase_add_test(tc, test_control_characters_are_no_text);
	tcase_add_test(tc, test_unknown_and_not_modelled);
	tcase_add_test(tc, test_any_pieces);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
