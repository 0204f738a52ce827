// What the emulated printer puts on paper: text, lines, spacing, cuts, and that chunking never matters.
#include "tests/emulators/printer_bed.h"

static struct bed b;

static void setup(void)
{
	bed_init(&b);
	bed_open(&b);
}

static void teardown(void)
{
	bed_done(&b);
}

static uint64_t rows(void)
{
	return ph_emu_printer_paper(b.p)->y;
}

START_TEST(test_unfinished_line_stays_inside)
{
	FEED(&b, "not yet");
	bed_printed(&b, "");
	ck_assert_uint_eq(ph_emu_printer_line_pending(b.p), 7);
	FEED(&b, "\x1B@next\n");
	bed_printed(&b, "next\n");
}
END_TEST

// rule: the larger of the tallest cell and the line spacing
START_TEST(test_line_heights)
{
	FEED(&b, "A\n");
	ck_assert_uint_eq(rows(), 30);
	FEED(&b, "\n");
	ck_assert_uint_eq(rows(), 60);
	FEED(&b, "\x1D!\x11"
		 "A\n\x1D!\0");
	ck_assert_uint_eq(rows(), 108);
	// two vertical units per dot, unless GS P says otherwise
	FEED(&b, "\x1B\x33\x50\n");
	ck_assert_uint_eq(rows(), 148);
	FEED(&b, "\x1DP\xCB\xCB\x1B\x33\x50\n");
	ck_assert_uint_eq(rows(), 228);
	FEED(&b, "\x1B\x33\x08"
		 "A\n");
	ck_assert_uint_eq(rows(), 252);
	FEED(&b, "\x1B\x32\x1BJ\x0A");
	ck_assert_uint_eq(rows(), 262);
	FEED(&b, "A\x1B"
		 "d\x03");
	ck_assert_uint_eq(rows(), 352);
	FEED(&b, "\x1BK\x14\x1BK\x31");
	ck_assert_uint_eq(rows(), 332);
}
END_TEST

START_TEST(test_wrap)
{
	for (unsigned i = 0; i < 50; i++)
		FEED(&b, "x");
	FEED(&b, "\n");
	bed_printed(&b, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\nxx\n");
}
END_TEST

START_TEST(test_alignment_in_text_and_dots)
{
	FEED(&b, "\x1B"
		 "a\x01"
		 "ab\n\x1B"
		 "a\x02"
		 "ab\n\x1B"
		 "a\0ab\n");
	bed_printed(&b, "                       ab\n"
			"                                              ab\nab\n");
	ck_assert_int_eq(bed_item(&b, 0)->align, 'c');
	ck_assert_int_eq(bed_item(&b, 1)->align, 'r');
	ck_assert_int_eq(bed_item(&b, 0)->width, 24);
}
END_TEST

START_TEST(test_tabs_and_positions)
{
	FEED(&b, "a\tb\n");
	FEED(&b, "\x1B"
		 "D\x04\x0A\0a\tb\tc\td\n");
	FEED(&b, "\x1B$\x78\0x\n");
	FEED(&b, "ab\x1B\\\xE8\xFF"
		 "c\n");
	bed_printed(&b, "a       b\na   b     cd\n          x\nabc\n");
	// placed from right to left, read from left to right
	FEED(&b, "\x1B$\x30\0right\x1B$\0\0left\n");
	ck_assert_str_eq(bed_item(&b, 4)->text, "leftright");
}
END_TEST

START_TEST(test_code_pages)
{
	FEED(&b, "\x1Bt\x13\xD5\x82\x1Bt\x10\x80\xE9\x1Bt\x11\x80\x1Bt\0\x82\n");
	bed_printed(&b, "\xE2\x82\xAC\xC3\xA9\xE2\x82\xAC\xC3\xA9\xD0\x90\xC3\xA9\n");
}
END_TEST

START_TEST(test_country_sets)
{
	FEED(&b, "\x1BR\x02[\\]{|}~\x1BR\0[]\n");
	bed_printed(&b, "ÄÖÜäöüß[]\n");
}
END_TEST

START_TEST(test_multibyte)
{
	FEED(&b, "\x1C&\xC4\xE3"
		 "a\x1C.\x82\n");
	bed_printed(&b, "\xE4\xBD\xA0"
			"a\xC3\xA9\n");
	ck_assert_int_eq(bed_item(&b, 0)->width, 48);
}
END_TEST

START_TEST(test_styles_as_runs)
{
	FEED(&b, "\x1B"
		 "E\x01"
		 "bold\x1B"
		 "E\0 \x1B-\x01under\x1B-\0\x1D"
		 "B\x01inv\x1D"
		 "B\0\x1BM\x01small\n");
	const struct ph_emu_item *line = bed_item(&b, 0);
	ck_assert_uint_eq(line->n_runs, 5);
	ck_assert(line->runs[0].style.bold && line->runs[0].len == 4);
	ck_assert(!line->runs[1].style.bold && line->runs[1].len == 1);
	ck_assert_uint_eq(line->runs[2].style.underline, 1);
	ck_assert(line->runs[3].style.invert);
	ck_assert_int_eq(line->runs[4].style.font, 'b');
	ck_assert_int_eq(line->width, 13 * 12 + 5 * 9);
}
END_TEST

static bool dot(unsigned x, unsigned y)
{
	const struct ph_emu_paper *p = ph_emu_printer_paper(b.p);
	return p->bits[y * p->stride + x / 8] & 0x80 >> x % 8;
}

START_TEST(test_dots_of_reverse_and_underline)
{
	FEED(&b, "\x1D"
		 "B\x01 \x1D"
		 "B\0\x1B-\x02 \n");
	for (unsigned y = 0; y < 24; y++)
		for (unsigned x = 0; x < 36; x++)
			ck_assert_int_eq(dot(x, y), x < 12 || (x < 24 && y >= 22));
}
END_TEST

START_TEST(test_upside_down_and_baseline)
{
	// without a font each character is a box on rows 3 to 18 of its cell, columns 1 to 10
	FEED(&b, "A\n");
	ck_assert(!dot(1, 2) && dot(1, 3) && dot(10, 18) && !dot(1, 19) && !dot(0, 3));
	FEED(&b, "\x1B{\x01"
		 "A\n\x1B{\0");
	ck_assert(dot(574, 30 + 20) && dot(565, 30 + 5) && !dot(575, 30 + 20));
	// a double-high neighbour shares the baseline
	FEED(&b, "\x1D!\x01"
		 "A\x1D!\0A\n");
	ck_assert(dot(1, 60 + 37) && dot(13, 60 + 37) && dot(13, 60 + 22) && !dot(13, 60 + 21));
}
END_TEST

START_TEST(test_cut_geometry)
{
	// GS V 66 feeds to the knife, GS V 1 cuts where the paper stands: through the text
	FEED(&b, "A\n\x1DV\x42\0");
	ck_assert_uint_eq(rows(), 30 + 96);
	ck_assert_uint_eq(bed_item(&b, 1)->row, 30);
	ck_assert_int_eq(bed_item(&b, 1)->value, 0);
	FEED(&b, "A\n\x1DV\x01\x1DV\x30");
	ck_assert_str_eq(bed_item(&b, 3)->name, "partial");
	ck_assert_int_eq(bed_item(&b, 3)->value, 1);
	ck_assert_str_eq(bed_item(&b, 4)->name, "full");
	bed_printed(&b, "A\n- - - - - - - - - - - - - - - - - - - - - - - -\n"
			"A\n- - - - - - - - - - - - - - - - - - - - - - - -\n"
			"- - - - - - - - - - - - - - - - - - - - - - - -\n");
}
END_TEST

START_TEST(test_reverse_feed_ors_dots)
{
	FEED(&b, "\x1D"
		 "B\x01 \x1D"
		 "B\0\n\x1BK\x30\x1BK\x0C");
	ck_assert_uint_eq(rows(), 0);
	FEED(&b, " \x1D"
		 "B\x01 \x1D"
		 "B\0\n");
	ck_assert(dot(0, 0) && dot(12, 0) && !dot(24, 0));
}
END_TEST

START_TEST(test_bit_image_in_a_line)
{
	FEED(&b, "\x1B*\x21\x02\0\x80\0\x01\xFF\xFF\xFF\n");
	ck_assert(dot(0, 0) && !dot(0, 1) && dot(0, 23) && dot(1, 0) && dot(1, 12) && !dot(2, 0));
	ck_assert_uint_eq(rows(), 30);
	FEED(&b, "\x1B*\0\x01\0\x81\n");
	// eight dots high: each three rows tall, columns doubled
	ck_assert(dot(0, 30) && dot(1, 32) && !dot(0, 33) && dot(0, 53) && !dot(2, 30));
}
END_TEST

START_TEST(test_graphics_buffer)
{
	FEED(&b, "\x1D(L\x0C\0\x30\x70\x30\x01\x01\x31\x08\0\x02\0\x81\x18");
	ck_assert_uint_eq(rows(), 0);
	FEED(&b, "\x1D(L\x02\0\x30\x32\x1D(L\x02\0\x30\x32");
	ck_assert(dot(0, 0) && dot(7, 0) && !dot(0, 1) && dot(3, 1) && dot(4, 1));
	ck_assert_uint_eq(rows(), 2);
	// the long form, doubled both ways; ESC @ forgets it
	FEED(&b, "\x1D\x38L\x0B\0\0\0\x30\x70\x30\x02\x02\x31\x02\0\x01\0\x40"
		 "\x1D(L\x02\0\x30\x02");
	ck_assert(!dot(1, 2) && dot(2, 2) && dot(3, 3) && !dot(4, 3));
	FEED(&b, "\x1D(L\x0B\0\x30\x70\x30\x01\x01\x31\x08\0\x01\0\xFF\x1B@"
		 "\x1D(L\x02\0\x30\x32");
	bed_printed(&b, "[IMAGE 8x2]\n[IMAGE 4x2]\n");
	// a count that is too small for the rows is no image
	FEED(&b, "\x1D(L\x0B\0\x30\x70\x30\x01\x01\x31\x08\0\x02\0\xFF\x1D(L\x02\0\x30\x32");
	ck_assert_uint_eq(rows(), 4);
}
END_TEST

START_TEST(test_symbols_as_text)
{
	FEED(&b, "\x1Dk\x02"
		 "400638133393\0");
	FEED(&b, "\x1Dk\x49\x0A{BNo.{C\x0C\x22\x26");
	FEED(&b, "\x1D(k\x05\0\x31\x50\x30hi\x1D(k\x03\0\x31\x51\x30");
	bed_printed(&b, "[EAN13 4006381333931]\n[CODE128 No.123438]\n[QR hi]\n");
	// size request: version 1, 21 modules of 3 dots
	FEED(&b, "\x1D(k\x03\0\x31\x52\x30");
	REPLIED(&b, "\x37\x36\x36\x33\x1F\x36\x33\x1F\x31\x1F\x30\0");
}
END_TEST

START_TEST(test_refused_symbols)
{
	FEED(&b, "\x1Dk\x43\x03xyz\n");
	ck_assert_int_eq(bed_item(&b, 0)->type, PH_EMU_ITEM_REFUSED);
	FEED(&b, "\x1Dw\x06\x1Dk\x48\x28"
		 "1234567890123456789012345678901234567890");
	ck_assert_str_eq(bed_item(&b, 2)->text, "wider than the print area");
	FEED(&b, "\x1D(k\x03\0\x31\x51\x30");
	ck_assert_str_eq(bed_item(&b, 3)->text, "nothing stored");
	bed_printed(&b, "xyz\n");
	ck_assert_uint_eq(rows(), 30);
}
END_TEST

START_TEST(test_esc_at_forgets_qr)
{
	FEED(&b, "\x1D(k\x05\0\x31\x50\x30hi\x1B@\x1D(k\x03\0\x31\x51\x30");
	ck_assert_str_eq(bed_item(&b, 0)->text, "nothing stored");
}
END_TEST

START_TEST(test_unknown_and_consumed)
{
	// unknown: two bytes; groups by their count, whatever is in them
	FEED(&b, "\x1B\x7Fok\n");
	ck_assert_int_eq(bed_item(&b, 0)->type, PH_EMU_ITEM_UNKNOWN);
	ck_assert_str_eq(bed_item(&b, 0)->text, "1b7f");
	FEED(&b, "\x1D(Z\x04\0\x1B@AB"
		 "\x1D(L\x03\0\x30\x43\x30"
		 "\x1D\x38L\x02\0\0\0xx"
		 "\x1Cq\x02\x01\0\x01\0"
		 "12345678\0\0\0\0"
		 "\x1B&\x03\x41\x42\x01"
		 "abc\0"
		 "done\n");
	bed_printed(&b, "ok\ndone\n");
	ck_assert_uint_eq(ph_emu_printer_counts(b.p).unknown, 1);
}
END_TEST

START_TEST(test_deselected_printer)
{
	FEED(&b, "\x1B=\x02hidden\n\x1B=\x01shown\n");
	bed_printed(&b, "shown\n");
}
END_TEST

START_TEST(test_tear)
{
	FEED(&b, "one\n");
	ph_emu_printer_tear(b.p, b.now);
	bed_printed(&b, "");
	FEED(&b, "two\n");
	bed_printed(&b, "two\n");
	ck_assert_uint_eq(rows(), 30);
}
END_TEST

START_TEST(test_long_paper_forgets_old_dots_keeps_text)
{
	for (unsigned i = 0; i < 1200; i++)
		FEED(&b, "\x1B"
			 "d\xFF\n");
	const struct ph_emu_paper *p = ph_emu_printer_paper(b.p);
	FEED(&b, "end\n");
	ck_assert_uint_le(p->rows, PH_EMU_PAPER_MAX_ROWS);
	// the newest line has its dots
	ck_assert_uint_gt(p->first, 0);
	ck_assert(ph_emu_paper_has_dots_after(p, p->y - 30));
	ck_assert_uint_eq(p->n_items, 2401);
}
END_TEST

START_TEST(test_used_up_roll)
{
	for (unsigned i = 0; i < PH_EMU_PAPER_MAX_ITEMS; i++)
		FEED(&b, "\n");
	ck_assert_int_eq(ph_emu_printer_state(b.p)->paper, PH_EMU_PAPER_EMPTY);
	FEED(&b, "next roll\n");
	ph_emu_printer_tear(b.p, b.now);
	bed_printed(&b, "next roll\n");
}
END_TEST

// a receipt with everything in it: any chunking gives the same paper and the same replies
static const char receipt[] = "\x1B@\x1D\x61\xFF\x1Bt\x13\x1B"
			      "a\x01\x1D!\x11"
			      "CAF\x90\x1D!\0\n\x1B"
			      "a\0Total\t1.50\x1D(H\x06\0\x30\x30"
			      "AB01\n\x10\x04\x01"
			      "\x1Dh\x40\x1Dk\x43\x0D"
			      "4006381333931"
			      "\x1Dv0\0\x03\0\x02\0\x10\x04\x04\x10\x14\x01\x10\x04\x02"
			      "\x1B*\x21\x02\0"
			      "abcdef\n"
			      "\x1D(k\x05\0\x31\x50\x30hi\x1D(k\x03\0\x31\x51\x30"
			      "\x1B\x70\0\x19\xFA\x10\x14\x01\0\x01"
			      "\x1DV\x42\0\x1D\x49\x43\x1D(H\x06\0\x30\x30"
			      "AB02\x1B\x7F\x10\x07"
			      "end\n";

static void snapshot(struct bed *bed, uint8_t *reply, size_t *reply_len, char **text, uint64_t *y)
{
	*reply_len = ph_emu_printer_take(bed->p, reply, 4096);
	*text = ph_emu_paper_text(ph_emu_printer_paper(bed->p));
	*y = ph_emu_printer_paper(bed->p)->y;
}

START_TEST(test_chunking)
{
	uint8_t reply[4096], other[4096];
	size_t len, other_len;
	char *text, *other_text;
	uint64_t y, other_y;

	bed_feed(&b, receipt, sizeof receipt - 1);
	snapshot(&b, reply, &len, &text, &y);
	ck_assert_uint_gt(len, 20);
	for (size_t chunk = 1; chunk < 40; chunk++) {
		struct bed c;
		bed_init(&c);
		bed_open(&c);
		for (size_t at = 0; at < sizeof receipt - 1; at += chunk) {
			size_t rest = sizeof receipt - 1 - at;
			bed_feed(&c, receipt + at, rest < chunk ? rest : chunk);
		}
		snapshot(&c, other, &other_len, &other_text, &other_y);
		ck_assert_uint_eq(len, other_len);
		ck_assert_mem_eq(reply, other, len);
		ck_assert_str_eq(text, other_text);
		ck_assert_uint_eq(y, other_y);
		free(other_text);
		bed_done(&c);
	}
	free(text);
}
END_TEST

// paper out at each byte of the receipt, then loaded: nothing is lost and nothing comes twice
START_TEST(test_paper_end_at_every_byte)
{
	char *text, *other;

	bed_feed(&b, receipt, sizeof receipt - 1);
	text = ph_emu_paper_text(ph_emu_printer_paper(b.p));
	for (size_t at = 1; at < sizeof receipt - 1; at++) {
		struct bed c;
		bed_init(&c);
		bed_open(&c);
		bed_arm(&c, PH_EMU_FAULT_PAPER_EMPTY, PH_EMU_COUNT_PROCESSED, at);
		bed_feed(&c, receipt, sizeof receipt - 1);
		ck_assert_uint_eq(ph_emu_printer_counts(c.p).processed, at);
		bed_set_paper(&c, PH_EMU_PAPER_OK);
		other = ph_emu_paper_text(ph_emu_printer_paper(c.p));
		ck_assert_str_eq(text, other);
		free(other);
		bed_done(&c);
	}
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("printer paper");
	TCase *tc = tcase_create("all");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_unfinished_line_stays_inside);
	tcase_add_test(tc, test_line_heights);
	tcase_add_test(tc, test_wrap);
	tcase_add_test(tc, test_alignment_in_text_and_dots);
	tcase_add_test(tc, test_tabs_and_positions);
	tcase_add_test(tc, test_code_pages);
	tcase_add_test(tc, test_country_sets);
	tcase_add_test(tc, test_multibyte);
	tcase_add_test(tc, test_styles_as_runs);
	tcase_add_test(tc, test_dots_of_reverse_and_underline);
	tcase_add_test(tc, test_upside_down_and_baseline);
	tcase_add_test(tc, test_cut_geometry);
	tcase_add_test(tc, test_reverse_feed_ors_dots);
	tcase_add_test(tc, test_bit_image_in_a_line);
	tcase_add_test(tc, test_graphics_buffer);
	tcase_add_test(tc, test_symbols_as_text);
	tcase_add_test(tc, test_refused_symbols);
	tcase_add_test(tc, test_esc_at_forgets_qr);
	tcase_add_test(tc, test_unknown_and_consumed);
	tcase_add_test(tc, test_deselected_printer);
	tcase_add_test(tc, test_tear);
	tcase_add_test(tc, test_long_paper_forgets_old_dots_keeps_text);
	tcase_add_test(tc, test_used_up_roll);
	tcase_add_test(tc, test_chunking);
	tcase_add_test(tc, test_paper_end_at_every_byte);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
