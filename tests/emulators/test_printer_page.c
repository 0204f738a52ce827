// Page mode, lines and rectangles, user-defined characters and the styles that move dots. Without a font
// each character is a box on rows 3 to 18 and columns 1 to 10 of its cell.
#include "tests/emulators/printer_bed.h"

static struct bed b;

static void setup(void)
{
	bed_init(&b);
	// one vertical unit is one dot, so that the numbers below are dots
	b.config.vertical_dpi = 203;
	bed_open(&b);
}

static void teardown(void)
{
	bed_done(&b);
}

static const struct ph_emu_item *last(void)
{
	return bed_item(&b, ph_emu_printer_paper(b.p)->n_items - 1);
}

static size_t count_dots(void)
{
	const struct ph_emu_paper *p = ph_emu_printer_paper(b.p);
	size_t n = 0;
	for (size_t i = 0; i < p->rows * p->stride; i++)
		n += (size_t)__builtin_popcount(p->bits[i]);
	return n;
}

#define AREA(x, y, w, h) "\x1BW" x y w h

START_TEST(test_only_ff_prints)
{
	FEED(&b, "\x1BL"
		 "page\n\x1BS");
	bed_printed(&b, "");
	ck_assert_str_eq(last()->name, "page");
	FEED(&b, "\x1BLone\x0Ctwo\n");
	bed_printed(&b, "one\ntwo\n");
	// FF left page mode, ESC FF keeps page and mode
	FEED(&b, "\x1BL"
		 "a\n\x1B\x0C\x1B\x0C\x1BSz\n");
	bed_printed(&b, "one\ntwo\na\na\nz\n");
	// FF alone means nothing
	FEED(&b, "\x0Cy\n");
	bed_printed(&b, "one\ntwo\na\na\nz\ny\n");
}
END_TEST

START_TEST(test_page_mode_needs_a_line_start)
{
	FEED(&b, "x\x1BLy\n");
	bed_printed(&b, "xy\n");
}
END_TEST

START_TEST(test_height_is_that_of_the_areas)
{
	// 100 wide, 80 high, at 20, 40
	FEED(&b, AREA("\x14\0", "\x28\0", "\x64\0", "\x50\0") "\x1BLA\x0C");
	ck_assert_uint_eq(bed_rows(&b), 120);
	bed_dots(&b, 20, 40 + 2, "............\n.##########.\n.#........#.\n");
	ck_assert_uint_eq(bed_item(&b, 0)->row, 40);
	// an area that stays empty feeds as well, below the other
	FEED(&b, "\x1BL" AREA("\0\0", "\0\0", "\x64\0", "\x20\0") "B" AREA(
			 "\0\0", "\x20\0", "\x64\0", "\xA0\0") "\x0C");
	ck_assert_uint_eq(bed_rows(&b), 120 + 32 + 160);
	bed_dots(&b, 0, 120 + 3, ".##########.\n");
	// without any area: what was laid out
	FEED(&b, "\x1B@\x1BL"
		 "C\n\n\x0C");
	ck_assert_uint_eq(bed_rows(&b), 312 + 60);
}
END_TEST

START_TEST(test_bad_areas_are_ignored)
{
	FEED(&b, AREA("\x14\0", "\x14\0", "\0\0", "\x50\0")
			 AREA("\x40\x02", "\0\0", "\x10\0", "\x10\0") "\x1BLA\n\x0C");
	ck_assert_uint_eq(bed_rows(&b), 30);
}
END_TEST

// the box of A in an area of 100 x 60, by direction
START_TEST(test_directions)
{
	static const struct {
		char n;
		unsigned x, y, width, height; /* of the box */
	} boxes[] = {{0, 1, 3, 10, 16}, {1, 3, 60 - 11, 16, 10}, {2, 100 - 11, 60 - 19, 10, 16},
		{3, 100 - 19, 1, 16, 10}};
	for (size_t i = 0; i < 4; i++) {
		bed_done(&b);
		bed_open(&b);
		FEED(&b, "\x1BL" AREA("\0\0", "\0\0", "\x64\0", "\x3C\0"));
		char turn[] = {0x1B, 'T', boxes[i].n};
		bed_feed(&b, turn, 3);
		FEED(&b, "A\x0C");
		ck_assert_uint_eq(bed_rows(&b), 60);
		unsigned x2 = boxes[i].x + boxes[i].width - 1,
			 y2 = boxes[i].y + boxes[i].height - 1;
		for (unsigned y = 0; y < 60; y++)
			for (unsigned x = 0; x < 100; x++) {
				bool inside =
					x >= boxes[i].x && x <= x2 && y >= boxes[i].y && y <= y2;
				bool edge =
					x == boxes[i].x || x == x2 || y == boxes[i].y || y == y2;
				ck_assert_int_eq(bed_dot(&b, x, y), inside && edge);
			}
	}
}
END_TEST

START_TEST(test_positions)
{
	FEED(&b, "\x1BL" AREA("\0\0", "\0\0", "\xC8\0", "\xC8\0") "\x1D$\x32\0\x1B$\x0A\0"
								  "A\x1D\\\x0A\0"
								  "B\x0C");
	bed_dots(&b, 10, 50 + 3, ".##########.\n");
	// the horizontal position went on
	bed_dots(&b, 22, 60 + 3, ".##########.\n");
	ck_assert_uint_eq(bed_rows(&b), 200);
	// outside: ignored; backwards: negative
	FEED(&b, "\x1BL\x1D$\xC8\0\x1D$\x64\0\x1D\\\xF6\xFF"
		 "C\x0C");
	bed_dots(&b, 0, 200 + 90 + 3, ".##########.\n");
	// neither works in standard mode
	FEED(&b, "\x1D$\x64\0\x1D\\\x64\0"
		 "D\n");
	bed_dots(&b, 0, 400 + 3, ".##########.\n");
}
END_TEST

START_TEST(test_text_beyond_the_area)
{
	// 30 wide: two characters a line; 40 high: the second line loses its end
	FEED(&b, "\x1BL" AREA("\0\0", "\0\0", "\x1E\0", "\x28\0") "abcdef\x0C");
	bed_printed(&b, "ab\ncd\nef\n");
	ck_assert_uint_eq(bed_rows(&b), 40);
	bed_dots(&b, 0, 33, ".##########.\n.#........#.\n");
	bed_dots(&b, 0, 40, "............\n");
}
END_TEST

START_TEST(test_cancel_keeps_the_area)
{
	FEED(&b, "\x1BL" AREA("\x0A\0", "\0\0", "\x64\0", "\x40\0") "gone\n\x18"
								    "A\x0C");
	bed_printed(&b, "A\n");
	ck_assert_uint_eq(bed_rows(&b), 64);
	bed_dots(&b, 10, 3, ".##########.\n");
	ck_assert_uint_eq(count_dots(), 2 * 10 + 2 * 14);
}
END_TEST

START_TEST(test_blocks_and_images_on_a_page)
{
	FEED(&b, "\x1BL" AREA("\0\0", "\0\0", "\x64\0",
			 "\x64\0") "\x1Dv0\0\x01\0\x02\0\xFF\x81"
				   "\x1D(L\x0B\0\x30\x70\x30\x01\x01\x31\x08\0\x01\0\xAA\x1D("
				   "L\x02\0\x30\x32\x0C");
	bed_dots(&b, 0, 0, "########.\n#......#.\n#.#.#.#..\n");
	ck_assert_uint_eq(bed_rows(&b), 100);
	ck_assert_int_eq(bed_item(&b, 0)->done, 2);
}
END_TEST

START_TEST(test_cut_and_pulse_wait_for_the_page)
{
	FEED(&b, "\x1BL" AREA("\0\0", "\0\0", "\x64\0", "\x64\0") "A\x1DV\x42\0\x1Bp\0\x19\xFA"
								  "B");
	ck_assert_uint_eq(ph_emu_printer_paper(b.p)->n_items, 0);
	FEED(&b, "\x0C");
	ck_assert_int_eq(bed_item(&b, 0)->type, PH_EMU_ITEM_LINE);
	ck_assert_int_eq(bed_item(&b, 1)->type, PH_EMU_ITEM_CUT);
	ck_assert_int_eq(bed_item(&b, 2)->type, PH_EMU_ITEM_PULSE);
	ck_assert_uint_eq(bed_item(&b, 1)->row, 100);
	bed_printed(&b, "AB\n- - - - - - - - - - - - - - - - - - - - - - - -\n");
}
END_TEST

// what is on the page is confirmed when the page is on paper
START_TEST(test_process_id_waits_for_the_page)
{
	FEED(&b, "\x1BL"
		 "A\n\x1D(H\x06\0\x30\x30"
		 "0001");
	REPLIED(&b, "");
	FEED(&b, "\x0C");
	REPLIED(&b, "\x37\x22"
		    "0001\0");
}
END_TEST

START_TEST(test_clear_ends_page_mode)
{
	FEED(&b, "\x1BL"
		 "A\n\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
		 "B\n");
	REPLIED(&b, "\x37\x25\0");
	bed_printed(&b, "B\n");
	ck_assert_uint_eq(bed_rows(&b), 30);
}
END_TEST

START_TEST(test_printable_area)
{
	// 100 x 50 from 16 on
	FEED(&b, "\x1D(P\x08\0\x30\x64\0\x32\0\x10\0\x01\x1BLA\x0C");
	ck_assert_uint_eq(bed_rows(&b), 50);
	bed_dots(&b, 16, 3, ".##########.\n");
}
END_TEST

START_TEST(test_lines_and_rectangles)
{
	// a thin and a double line, a rectangle of medium dots
	FEED(&b, "\x1BL" AREA("\0\0", "\0\0", "\x64\0",
			 "\x64\0") "\x1D(Q\x0C\0\x30\x02\0\x01\0\x05\0\x01\0\x01\x01\x01"
				   "\x1D(Q\x0C\0\x30\x0A\0\x01\0\x0A\0\x04\0\x01\x04\x01"
				   "\x1D("
				   "Q\x0E\0\x31\x14\0\x01\0\x19\0\x06\0\x01\x02\x30\x30\x01\x0C");
	bed_dots(&b, 0, 0,
		"..............................\n"
		"..####....#.#.......######....\n"
		"..........#.#.......######....\n"
		"..........#.#.......##..##....\n"
		"..........#.#.......##..##....\n"
		"....................######....\n"
		"....................######....\n"
		"..............................\n");
	ck_assert_int_eq(bed_item(&b, 0)->type, PH_EMU_ITEM_RULE);
	// aslant: refused
	FEED(&b, "\x1BL\x1D(Q\x0C\0\x30\x02\0\x01\0\x05\0\x09\0\x01\x01\x01\x18\x1BS");
	ck_assert_str_eq(bed_item(&b, 3)->text, "a line is horizontal or vertical");
}
END_TEST

START_TEST(test_rules_in_standard_mode)
{
	// a vertical rule at 4 goes down with what is fed, a horizontal one crosses it
	FEED(&b, "\x1D(Q\x07\0\x33\x04\0\x01\x01\x01\x30\x1BJ\x03"
		 "\x1D(Q\x09\0\x32\x02\0\x06\0\x02\x01\x01\x30\x1D(Q\x07\0\x33\x04\0\0\x01\x01\x30"
		 "\x1BJ\x03");
	bed_dots(&b, 0, 0, "....#...\n....#...\n....#...\n..#####.\n....#...\n........\n");
	ck_assert_uint_eq(bed_rows(&b), 8);
}
END_TEST

START_TEST(test_reverse_feed_and_reverse_lines)
{
	FEED(&b, "A\n\x1BK\x1E"
		 "\x1B$\x0C\0A\n");
	ck_assert_uint_eq(bed_rows(&b), 30);
	bed_dots(&b, 0, 3, ".##########..##########.\n");
	// not beyond 48 units or two lines, nor beyond the top
	FEED(&b, "\x1BK\x31\x1B"
		 "e\x03");
	ck_assert_uint_eq(bed_rows(&b), 30);
	FEED(&b, "\x1B"
		 "e\x02");
	ck_assert_uint_eq(bed_rows(&b), 0);
}
END_TEST

START_TEST(test_line_start)
{
	FEED(&b, "lost\x1DT\x30"
		 "kept\x1DT\x31"
		 "next\n");
	bed_printed(&b, "kept\nnext\n");
	ck_assert_uint_eq(bed_rows(&b), 24 + 30);
}
END_TEST

// a gap of HT or ESC $ is neither underlined nor reversed, ESC SP is
START_TEST(test_spacing_of_styles)
{
	FEED(&b, "\x1B \x04\x1D"
		 "B\x01 \x1D"
		 "B\0\x1B-\x01 \x1B$\x3C\0 \n");
	for (unsigned x = 0; x < 90; x++) {
		bool reversed = x < 16, under = (x >= 16 && x < 32) || (x >= 60 && x < 76);
		ck_assert_int_eq(bed_dot(&b, x, 23), reversed || under);
		ck_assert_int_eq(bed_dot(&b, x, 0), reversed);
	}
	// neither a reversed nor a turned character is underlined
	FEED(&b, "\x1B@\x1B-\x01\x1BV\x01 \x1BV\0\x1D"
		 "B\x01 \n");
	bed_dots(&b, 0, 30 + 9, "........................\n");
}
END_TEST

START_TEST(test_bold_is_struck_twice)
{
	FEED(&b, "\x1B"
		 "E\x01"
		 "A\x1B"
		 "E\0\x1BG\x01"
		 "A\x1BG\0\n");
	bed_dots(&b, 0, 3, ".###########.###########\n.##.......##.##.......##\n");
	// one dot of the head, whatever the size
	FEED(&b, "\x1B"
		 "E\x01\x1D!\x10"
		 "A\n");
	bed_dots(&b, 0, 30 + 4, "..###...............###.\n");
}
END_TEST

START_TEST(test_rotated)
{
	// clockwise: columns become rows, the cell is 24 wide and 12 high
	FEED(&b, "\x1BV\x01"
		 "A\x1BV\0\n");
	bed_dots(&b, 0, 0,
		"........................\n"
		".....################...\n"
		".....#..............#...\n");
	bed_dots(&b, 0, 10, ".....################...\n........................\n");
	ck_assert(bed_item(&b, 0)->runs[0].style.rotated);
}
END_TEST

START_TEST(test_upside_down_blocks)
{
	FEED(&b, "\x1B{\x01\x1Dw\x01\x1Dh\x04\x1Dk\x44\x07"
		 "9638507");
	bed_dots(&b, 576 - 67, 0, "#.#\n");
	bed_dots(&b, 575 - 2, 0, "#.#\n");
	// ESC { counts at the start of a line only
	FEED(&b, "\x1B{\0x\x1B{\x01y\n");
	ck_assert(!last()->runs[0].style.upside_down);
}
END_TEST

START_TEST(test_colour)
{
	FEED(&b, "\x1Br\x01"
		 "A\x1Br\0A\n");
	const struct ph_emu_paper *p = ph_emu_printer_paper(b.p);
	ck_assert_uint_eq(last()->n_runs, 2);
	ck_assert_uint_eq(last()->runs[0].style.colour, 2);
	ck_assert_uint_eq(last()->runs[1].style.colour, 1);
	ck_assert_uint_eq(p->colour[3 * p->stride], 0x7F);
	ck_assert_uint_eq(p->bits[3 * p->stride], 0);
	ck_assert_uint_eq(p->bits[3 * p->stride + 1], 0x07);
	FEED(&b, "\x1D(N\x02\0\x30\x32"
		 "B\x1D(N\x02\0\x30\x31\n");
	ck_assert_uint_eq(last()->runs[0].style.colour, 2);
}
END_TEST

START_TEST(test_fonts)
{
	static const unsigned widths[] = {12, 9, 8, 10, 9};
	for (unsigned i = 0; i < 5; i++) {
		char font[] = {0x1B, 'M', (char)i, 'x', '\n'};
		bed_feed(&b, font, 5);
		ck_assert_int_eq(last()->width, widths[i]);
		ck_assert_int_eq(last()->runs[0].style.font, 'a' + i);
	}
	// special fonts A and B; others leave it
	FEED(&b, "\x1BM\x62x\n\x1BM\x07x\n");
	ck_assert_int_eq(last()->width, 9);
}
END_TEST

// ---- user-defined characters ----

START_TEST(test_user_characters)
{
	// A: two columns, the first full, the second its top dot
	FEED(&b, "\x1B&\x03\x41\x41\x02\xFF\xFF\xFF\x80\0\0"
		 "A\x1B%\x01"
		 "AB\n");
	bed_dots(&b, 12, 0, "##..........\n#...........\n");
	bed_dots(&b, 12, 23, "#...........\n");
	// B has no drawing of the host
	bed_dots(&b, 24, 3, ".##########.\n");
	// with its styles: double, reversed
	FEED(&b, "\x1D!\x11\x1D"
		 "B\x01"
		 "A\n\x1D!\0\x1D"
		 "B\0");
	bed_dots(&b, 0, 30, "....#\n....#\n..###\n");
	// font B has none, ESC ? takes it away, ESC @ as well
	FEED(&b, "\x1BM\x01"
		 "A\x1BM\0A\x1B?\x41"
		 "A\n");
	bed_dots(&b, 9, 78, "##.\n");
	bed_dots(&b, 9 + 12, 78, "...\n");
	FEED(&b, "\x1B&\x03\x41\x41\x01\xFF\xFF\xFF\x1B@\x1B%\x01"
		 "A\n");
	bed_dots(&b, 0, 108, "..\n");
}
END_TEST

START_TEST(test_user_characters_out_of_range)
{
	// wider than the cell: the data goes with the command
	FEED(&b, "\x1B&\x03\x41\x41\x0D"
		 "012345678901234567890123456789012345678"
		 "x\n");
	bed_printed(&b, "x\n");
	ck_assert_int_eq(bed_item(&b, 0)->type, PH_EMU_ITEM_REFUSED);
}
END_TEST

START_TEST(test_user_kanji)
{
	char define[4 + 72] = "\x1C\x32\xFE\xA1";

	memset(define + 4, 0, 72);
	define[4] = (char)0x80;
	bed_feed(&b, define, sizeof define);
	FEED(&b, "\x1C&\xFE\xA1\x1C.\n");
	bed_dots(&b, 0, 0, "#.......................\n........................\n");
	ck_assert_int_eq(last()->width, 24);
	FEED(&b, "\x1C?\xFE\xA1\x1C&\xFE\xA1\x1C.\n");
	bed_dots(&b, 0, 30, "..\n");
	// in the smallest font a character has 32 bytes
	memset(define + 4, 0xFF, 32);
	FEED(&b, "\x1C(A\x02\0\x30\x02");
	bed_feed(&b, define, 4 + 32);
	FEED(&b, "\x1C&\xFE\xA1\x1C.\n");
	bed_dots(&b, 0, 60, "################.\n");
	bed_dots(&b, 0, 75, "################.\n.................\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("printer pages and styles");
	TCase *tc = tcase_create("all");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_only_ff_prints);
	tcase_add_test(tc, test_page_mode_needs_a_line_start);
	tcase_add_test(tc, test_height_is_that_of_the_areas);
	tcase_add_test(tc, test_bad_areas_are_ignored);
	tcase_add_test(tc, test_directions);
	tcase_add_test(tc, test_positions);
	tcase_add_test(tc, test_text_beyond_the_area);
	tcase_add_test(tc, test_cancel_keeps_the_area);
	tcase_add_test(tc, test_blocks_and_images_on_a_page);
	tcase_add_test(tc, test_cut_and_pulse_wait_for_the_page);
	tcase_add_test(tc, test_process_id_waits_for_the_page);
	tcase_add_test(tc, test_clear_ends_page_mode);
	tcase_add_test(tc, test_printable_area);
	tcase_add_test(tc, test_lines_and_rectangles);
	tcase_add_test(tc, test_rules_in_standard_mode);
	tcase_add_test(tc, test_reverse_feed_and_reverse_lines);
	tcase_add_test(tc, test_line_start);
	tcase_add_test(tc, test_spacing_of_styles);
	tcase_add_test(tc, test_bold_is_struck_twice);
	tcase_add_test(tc, test_rotated);
	tcase_add_test(tc, test_upside_down_blocks);
	tcase_add_test(tc, test_colour);
	tcase_add_test(tc, test_fonts);
	tcase_add_test(tc, test_user_characters);
	tcase_add_test(tc, test_user_characters_out_of_range);
	tcase_add_test(tc, test_user_kanji);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
