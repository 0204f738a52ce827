// Exact dots of every image command, what is stored and for how long, and the answers about it.
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

static const struct ph_emu_item *last(void)
{
	return bed_item(&b, ph_emu_printer_paper(b.p)->n_items - 1);
}

START_TEST(test_column_modes)
{
	// 24 dots high, once and twice as wide
	FEED(&b, "\x1B*\x21\x02\0\x80\0\x01\xFF\xFF\xFF\n");
	bed_dots(&b, 0, 0, "##.\n.#.\n.#.\n");
	bed_dots(&b, 0, 22, ".#.\n##.\n...\n");
	ck_assert_uint_eq(bed_rows(&b), 30);
	FEED(&b, "\x1B*\x20\x01\0\x80\0\0\n");
	bed_dots(&b, 0, 30, "##.\n...\n");
	// 8 dots high: each three rows of this head
	FEED(&b, "\x1B*\x01\x02\0\x80\x01\n");
	bed_dots(&b, 0, 60, "#.\n#.\n#.\n..\n");
	bed_dots(&b, 0, 60 + 20, "..\n.#\n.#\n.#\n..\n");
	FEED(&b, "\x1B*\0\x01\0\xC0\n");
	bed_dots(&b, 0, 90, "##.\n##.\n##.\n##.\n##.\n##.\n...\n");
	FEED(&b, "\x1B*\x02\x01\0\xFF");
	ck_assert_int_eq(last()->type, PH_EMU_ITEM_REFUSED);
}
END_TEST

// a strip stands in the line like a character, on the same baseline
START_TEST(test_strip_in_a_line)
{
	FEED(&b, "A\x1B*\x21\x01\0\xFF\xFF\xFF"
		 "A\n");
	ck_assert_uint_eq(bed_rows(&b), 30);
	bed_dots(&b, 12, 0, "#.\n#.\n");
	bed_dots(&b, 12, 23, "#.\n..\n");
	// the boxes of the characters: rows 3 to 18, columns 1 to 10 of their cells
	bed_dots(&b, 10, 2, "..#..\n#.#.#\n");
	// beside a double-high character it hangs on the shared baseline: 38 above it, 19 of the strip
	FEED(&b, "\x1D!\x01"
		 "A\x1D!\0\x1B*\x21\x01\0\xFF\xFF\xFF\n");
	bed_dots(&b, 12, 30 + 18, ".\n#\n");
	bed_dots(&b, 12, 30 + 42, "#\n.\n");
	ck_assert_uint_eq(bed_rows(&b), 30 + 48);
}
END_TEST

START_TEST(test_strip_is_cut_at_the_area)
{
	static char data[5 + 3 * 600 + 1] = "\x1B*\x21\x58\x02";
	memset(data + 5, 0xFF, 3 * 600);
	data[sizeof data - 1] = '\n';
	bed_feed(&b, data, sizeof data);
	ck_assert_int_eq(last()->width, 576);
	ck_assert_uint_eq(bed_rows(&b), 30);
	bed_dots(&b, 575, 0, "#\n");
}
END_TEST

START_TEST(test_raster_modes)
{
	FEED(&b, "\x1Dv0\0\x01\0\x02\0\x81\x18");
	bed_dots(&b, 0, 0, "#......#.\n...##....\n.........\n");
	FEED(&b, "\x1Dv0\x01\x01\0\x01\0\xA0");
	bed_dots(&b, 0, 2, "##..##..\n........\n");
	FEED(&b, "\x1Dv0\x32\x01\0\x01\0\xA0");
	bed_dots(&b, 0, 3, "#.#.\n#.#.\n....\n");
	FEED(&b, "\x1Dv0\x33\x01\0\x01\0\xA0");
	bed_dots(&b, 0, 5, "##..##\n##..##\n......\n");
	ck_assert_uint_eq(bed_rows(&b), 7);
	ck_assert_int_eq(last()->width, 16);
	ck_assert_int_eq(last()->height, 2);
	ck_assert_int_eq(last()->done, 2);
}
END_TEST

START_TEST(test_raster_alignment_and_margin)
{
	FEED(&b, "\x1B"
		 "a\x01\x1Dv0\0\x01\0\x01\0\xFF\x1B"
		 "a\x02\x1Dv0\0\x01\0\x01\0\xFF");
	bed_dots(&b, 283, 0, ".########.\n");
	bed_dots(&b, 567, 1, ".########\n");
	FEED(&b, "\x1B"
		 "a\0\x1DL\x10\0\x1DW\x04\0\x1Dv0\0\x01\0\x01\0\xFF");
	bed_dots(&b, 15, 2, ".####.\n");
}
END_TEST

START_TEST(test_raster_needs_an_empty_line)
{
	FEED(&b, "A\x1Dv0\0\x01\0\x02\0\xFF\xFF"
		 "B\n");
	bed_printed(&b, "AB\n");
	ck_assert_int_eq(bed_item(&b, 0)->type, PH_EMU_ITEM_REFUSED);
	// a mode it does not have: the data goes with the command
	FEED(&b, "\x1Dv0\x07\x01\0\x01\0\xFFx\n");
	bed_printed(&b, "AB\nx\n");
}
END_TEST

START_TEST(test_raster_says_how_far_it_came)
{
	FEED(&b, "\x1Dv0\0\x01\0\x0A\0\xFF\xFF\xFF\xFF\xFF");
	ck_assert_int_eq(last()->height, 10);
	ck_assert_int_eq(last()->done, 5);
	ph_emu_printer_power_cycle(b.p, b.now);
	ck_assert_int_eq(bed_item(&b, 0)->done, 5);
	ck_assert_uint_eq(bed_rows(&b), 5);
}
END_TEST

START_TEST(test_graphics_rows_and_columns)
{
	FEED(&b, "\x1D(L\x0C\0\x30\x70\x30\x01\x01\x31\x03\0\x02\0\xA0\x40\x1D(L\x02\0\x30\x32");
	bed_dots(&b, 0, 0, "#.#.\n.#..\n....\n");
	// columns: two of ten dots
	FEED(&b, "\x1D(L\x0E\0\x30\x71\x30\x01\x01\x31\x02\0\x0A\0\x80\x40\xFF\xC0"
		 "\x1D(L\x02\0\x30\x02");
	bed_dots(&b, 0, 2, "##.\n.#.\n");
	bed_dots(&b, 0, 2 + 8, ".#.\n##.\n...\n");
	ck_assert_uint_eq(bed_rows(&b), 12);
}
END_TEST

START_TEST(test_graphics_scale_long_form_and_empty_buffer)
{
	FEED(&b, "\x1D\x38L\x0B\0\0\0\x30\x70\x30\x02\x02\x31\x02\0\x01\0\x40\x1D(L\x02\0\x30\x32");
	bed_dots(&b, 0, 0, "..##.\n..##.\n.....\n");
	// printed once only
	FEED(&b, "\x1D(L\x02\0\x30\x32");
	ck_assert_uint_eq(bed_rows(&b), 2);
	// the density is that of the head; anything out of range is refused
	FEED(&b, "\x1D(L\x04\0\x30\x31\x33\x33");
	ck_assert_uint_eq(ph_emu_printer_paper(b.p)->n_items, 1);
	FEED(&b, "\x1D(L\x0B\0\x30\x70\x30\x03\x01\x31\x08\0\x01\0\xFF\x1D(L\x02\0\x30\x32");
	ck_assert_int_eq(last()->type, PH_EMU_ITEM_REFUSED);
	ck_assert_uint_eq(bed_rows(&b), 2);
}
END_TEST

START_TEST(test_graphics_tones_and_colours)
{
	// the planes of a multi-tone picture are one black one
	FEED(&b, "\x1D(L\x0B\0\x30\x70\x34\x01\x01\x31\x08\0\x01\0\x80"
		 "\x1D(L\x0B\0\x30\x70\x34\x01\x01\x32\x08\0\x01\0\x01\x1D(L\x02\0\x30\x32");
	bed_dots(&b, 0, 0, "#......#\n");
	ck_assert_ptr_null(ph_emu_printer_paper(b.p)->colour);
	// colour 2 is a plane of its own
	FEED(&b, "\x1D(L\x0B\0\x30\x70\x30\x01\x01\x31\x08\0\x01\0\x80"
		 "\x1D(L\x0B\0\x30\x70\x30\x01\x01\x32\x08\0\x01\0\x01\x1D(L\x02\0\x30\x32");
	const struct ph_emu_paper *p = ph_emu_printer_paper(b.p);
	ck_assert_uint_eq(p->bits[p->stride], 0x80);
	ck_assert_uint_eq(p->colour[p->stride], 0x01);
	ck_assert_uint_eq(bed_rows(&b), 2);
}
END_TEST

// 2 x 1 dots under key "AB", in NV (67) or RAM (83)
#define DEFINE(fn)                                                                                 \
	"\x1D(L\x0C\0\x30" fn "\x30"                                                               \
	"AB\x01\x02\0\x01\0\x31\x80"
#define PRINT(fn) "\x1D(L\x06\0\x30" fn "AB\x01\x01"

START_TEST(test_nv_graphics_outlive_everything)
{
	FEED(&b, DEFINE("\x43") "\x1B@" PRINT("\x45"));
	bed_dots(&b, 0, 0, "#.\n..\n");
	ph_emu_printer_power_cycle(b.p, b.now);
	FEED(&b, PRINT("\x45"));
	ck_assert_uint_eq(bed_rows(&b), 2);
	// scaled, deleted, deleted all
	FEED(&b, "\x1D(L\x06\0\x30\x45"
		 "AB\x02\x02");
	bed_dots(&b, 0, 2, "##.\n##.\n...\n");
	FEED(&b, "\x1D(L\x04\0\x30\x42"
		 "AB" PRINT("\x45"));
	ck_assert_int_eq(last()->type, PH_EMU_ITEM_REFUSED);
	FEED(&b, DEFINE("\x43") "\x1D(L\x05\0\x30\x41"
				"CLR" PRINT("\x45"));
	ck_assert_int_eq(last()->type, PH_EMU_ITEM_REFUSED);
	ck_assert_uint_eq(bed_rows(&b), 4);
}
END_TEST

START_TEST(test_download_graphics_are_forgotten)
{
	FEED(&b, DEFINE("\x53") PRINT("\x55"));
	ck_assert_uint_eq(bed_rows(&b), 1);
	FEED(&b, "\x1B@" PRINT("\x55"));
	ck_assert_int_eq(last()->type, PH_EMU_ITEM_REFUSED);
	FEED(&b, DEFINE("\x53") "\x1D(L\x04\0\x30\x52"
				"AB" PRINT("\x55"));
	FEED(&b, DEFINE("\x53") "\x1D(L\x05\0\x30\x51"
				"CLR" PRINT("\x55"));
	ck_assert_uint_eq(bed_rows(&b), 1);
}
END_TEST

START_TEST(test_stored_columns_and_colours)
{
	// column format: one column of ten dots
	FEED(&b, "\x1D(L\x0D\0\x30\x44\x30"
		 "xy\x01\x01\0\x0A\0\x31\x80\x40"
		 "\x1D(L\x06\0\x30\x45"
		 "xy\x01\x01");
	bed_dots(&b, 0, 0, "#\n.\n");
	bed_dots(&b, 0, 8, ".\n#\n.\n");
	// two colours
	FEED(&b, "\x1D(L\x0E\0\x30\x43\x30"
		 "cc\x02\x08\0\x01\0\x31\x80\x32\x01"
		 "\x1D(L\x06\0\x30\x45"
		 "cc\x01\x01");
	bed_dots(&b, 0, 10, "#......#\n");
	ck_assert_ptr_nonnull(ph_emu_printer_paper(b.p)->colour);
	// a count that does not fit its size is no picture
	FEED(&b, "\x1D(L\x0C\0\x30\x43\x30"
		 "zz\x01\x10\0\x01\0\x31\x80");
	ck_assert_int_eq(last()->type, PH_EMU_ITEM_REFUSED);
}
END_TEST

START_TEST(test_capacities)
{
	bed_done(&b);
	b.config.nv_size = 1000;
	b.config.ram_size = 8;
	bed_open(&b);
	FEED(&b, "\x1D(L\x02\0\x30\x30\x1D(L\x02\0\x30\x33\x1D(L\x02\0\x30\x34");
	REPLIED(&b, "\x37\x30"
		    "1000\0\x37\x31"
		    "1000\0\x37\x32"
		    "8\0");
	FEED(&b, DEFINE("\x43") DEFINE("\x53") "\x1D(L\x02\0\x30\x03\x1D(L\x02\0\x30\x04");
	REPLIED(&b, "\x37\x31"
		    "999\0\x37\x32"
		    "7\0");
	// more than there is room for: refused, and what was under the key is gone
	FEED(&b, "\x1D(L\x13\0\x30\x53\x30"
		 "AB\x01\x40\0\x01\0\x31\1\2\3\4\5\6\7\x8\x1D(L\x13\0\x30\x53\x30"
		 "CD\x01\x08\0\x08\0\x31\1\2\3\4\5\6\7\x8\x1D(L\x02\0\x30\x34");
	ck_assert_str_eq(last()->text, "no memory for the picture");
}
END_TEST

START_TEST(test_key_list)
{
	char define[] = DEFINE("\x43");

	FEED(&b, "\x1D(L\x04\0\x30\x40KC");
	REPLIED(&b, "\x37\x72\x40\0");
	for (char c = '0'; c < '0' + 41; c++) {
		define[8] = define[9] = c;
		bed_feed(&b, define, sizeof define - 1);
	}
	FEED(&b, "\x1D(L\x04\0\x30\x40KC");
	b.reply_len = ph_emu_printer_take(b.p, b.reply, sizeof b.reply);
	ck_assert_uint_eq(b.reply_len, 3 + 80 + 1);
	ck_assert_mem_eq(b.reply,
		"\x37\x72\x41"
		"0011",
		7);
	// again, then on, then the list has ended
	FEED(&b, "\x15");
	ck_assert_uint_eq(ph_emu_printer_take(b.p, b.reply, sizeof b.reply), 84);
	FEED(&b, "\x06");
	char rest[] = {0x37, 0x72, 0x40, '0' + 40, '0' + 40, 0};
	bed_replied(&b, rest, sizeof rest);
	FEED(&b, "\x06"
		 "text\n");
	bed_printed(&b, "text\n");
	// stopped, or simply gone on
	FEED(&b, "\x1D(L\x04\0\x30\x40KC\x18"
		 "a\n\x1D(L\x04\0\x30\x40KC"
		 "b\n");
	bed_printed(&b, "text\na\nb\n");
	ph_emu_printer_take(b.p, b.reply, sizeof b.reply);
	FEED(&b, "\x1D(L\x04\0\x30\x50KC");
	REPLIED(&b, "\x37\x73\x40\0");
}
END_TEST

// a file of 2 x 2 dots, a bit each; colour 0 is black
#define BMP                                                                                        \
	"BM\x46\0\0\0\0\0\0\0\x3E\0\0\0\x28\0\0\0\x02\0\0\0\x02\0\0\0\x01\0\x01\0\0\0\0\0"         \
	"\x08\0\0\0\0\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\0\0\0\0\xFF\xFF\xFF\0"                       \
	"\x80\0\0\0\x40\0\0\0"

START_TEST(test_bmp)
{
	FEED(&b, "\x1D"
		 "D0\x43\x30"
		 "bm01" BMP "\x1D(L\x06\0\x30\x45"
		 "bm\x01\x01");
	// the file begins with the lowest row
	bed_dots(&b, 0, 0, "#.\n.#\n");
	ck_assert_uint_eq(bed_rows(&b), 2);
	FEED(&b, "\x1D"
		 "D0\x53\x30"
		 "bm01" BMP "\x1D(L\x06\0\x30\x55"
		 "bm\x01\x01");
	ck_assert_uint_eq(bed_rows(&b), 4);
	FEED(&b, "\x1D"
		 "D0\x43\x30"
		 "bm01XX\x0A\0\0\0\0\0\0\0"
		 "x\n");
	bed_printed(&b, "[IMAGE 2x2]\n[IMAGE 2x2]\nx\n");
}
END_TEST

START_TEST(test_old_nv_images)
{
	// two images: 8 x 8 with its first column black, 8 x 16 with the last
	FEED(&b, "\x1Cq\x02\x01\0\x01\0\xFF\0\0\0\0\0\0\0"
		 "\x01\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xFF\x80"
		 "\x1B@\x1Cp\x01\0\x1Cp\x02\x01\x1Cp\x03\0");
	bed_dots(&b, 0, 0, "#.......\n");
	bed_dots(&b, 0, 7, "#.......\n..............##\n");
	bed_dots(&b, 14, 8 + 8, "##\n..\n");
	ck_assert_uint_eq(bed_rows(&b), 8 + 16);
	ck_assert_str_eq(last()->text, "no such image");
	// kept without power, replaced as a whole
	ph_emu_printer_power_cycle(b.p, b.now);
	FEED(&b, "\x1Cp\x01\x33");
	ck_assert_uint_eq(bed_rows(&b), 24 + 16);
	FEED(&b, "\x1Cq\x01\x01\0\x01\0\0\0\0\0\0\0\0\xFF\x1Cp\x02\0");
	ck_assert_str_eq(last()->text, "no such image");
}
END_TEST

START_TEST(test_down_image)
{
	FEED(&b, "\x1D/\0");
	ck_assert_int_eq(last()->type, PH_EMU_ITEM_REFUSED);
	FEED(&b, "\x1D*\x01\x01\x80\x40\0\0\0\0\0\0\x1D/\0\x1D/\x03");
	bed_dots(&b, 0, 0, "#..\n.#.\n...\n");
	bed_dots(&b, 0, 8, "##...\n##...\n..##.\n..##.\n");
	ck_assert_uint_eq(bed_rows(&b), 24);
	FEED(&b, "\x1B@\x1D/\0");
	ck_assert_int_eq(last()->type, PH_EMU_ITEM_REFUSED);
}
END_TEST

START_TEST(test_variable_image)
{
	// three dots wide, two bytes high
	FEED(&b, "\x1DQ0\0\x03\0\x02\0\x80\x01\0\0\xFF\xFF");
	bed_dots(&b, 0, 0, "#.#\n..#\n");
	bed_dots(&b, 0, 15, "#.#\n...\n");
	ck_assert_uint_eq(bed_rows(&b), 16);
	FEED(&b, "\x1DQ0\0\x01\0\x11\0"
		 "1234567890abcdefgx\n");
	bed_printed(&b, "[IMAGE 3x16]\nx\n");
}
END_TEST

// images are not turned upside down, except those the printer keeps
START_TEST(test_upside_down)
{
	FEED(&b, "\x1B{\x01\x1Dv0\0\x01\0\x01\0\x80"
		 "\x1D*\x01\x01\x80\0\0\0\0\0\0\0\x1D/\0");
	bed_dots(&b, 0, 0, "#.\n");
	bed_dots(&b, 574, 1 + 6, "..\n.#\n");
	ck_assert_uint_eq(bed_rows(&b), 9);
}
END_TEST

START_TEST(test_real_time_inside_image_data)
{
	FEED(&b, "\x1D(L\x0D\0\x30\x70\x30\x01\x01\x31\x18\0\x01\0\x10\x04\x01");
	REPLIED(&b, "\x16");
	bed_done(&b);
	b.config.deviations = PH_EMU_DEVIATION_DLE_DEAD_IN_DATA;
	bed_open(&b);
	FEED(&b, "\x1D(L\x0D\0\x30\x70\x30\x01\x01\x31\x18\0\x01\0\x10\x04\x01");
	REPLIED(&b, "");
	FEED(&b, "\x10\x04\x01");
	REPLIED(&b, "\x16");
}
END_TEST

START_TEST(test_lacking_commands)
{
	bed_done(&b);
	strcpy(b.config.lacks, "GS v, GS ( L 112");
	bed_open(&b);
	// two bytes of the prefix, and what follows is text; a group goes whole
	FEED(&b, "\x1Dv0AB\n\x1D(L\x0B\0\x30\x70\x30\x01\x01\x31\x08\0\x01\0\xFF");
	bed_printed(&b, "0AB\n");
	ck_assert_uint_eq(ph_emu_printer_counts(b.p).unknown, 2);
	strcpy(b.config.lacks, "GS nonsense");
	struct ph_emu_printer *p;
	ck_assert_int_eq(ph_emu_printer_new(&b.config, &p), -EINVAL);
}
END_TEST

START_TEST(test_lf_behind_raster)
{
	bed_done(&b);
	b.config.deviations = PH_EMU_DEVIATION_LF_AFTER_RASTER;
	bed_open(&b);
	FEED(&b, "\x1Dv0\0\x01\0\x01\0\xFF\n\n");
	ck_assert_uint_eq(bed_rows(&b), 1 + 30);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("printer images");
	TCase *tc = tcase_create("all");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_column_modes);
	tcase_add_test(tc, test_strip_in_a_line);
	tcase_add_test(tc, test_strip_is_cut_at_the_area);
	tcase_add_test(tc, test_raster_modes);
	tcase_add_test(tc, test_raster_alignment_and_margin);
	tcase_add_test(tc, test_raster_needs_an_empty_line);
	tcase_add_test(tc, test_raster_says_how_far_it_came);
	tcase_add_test(tc, test_graphics_rows_and_columns);
	tcase_add_test(tc, test_graphics_scale_long_form_and_empty_buffer);
	tcase_add_test(tc, test_graphics_tones_and_colours);
	tcase_add_test(tc, test_nv_graphics_outlive_everything);
	tcase_add_test(tc, test_download_graphics_are_forgotten);
	tcase_add_test(tc, test_stored_columns_and_colours);
	tcase_add_test(tc, test_capacities);
	tcase_add_test(tc, test_key_list);
	tcase_add_test(tc, test_bmp);
	tcase_add_test(tc, test_old_nv_images);
	tcase_add_test(tc, test_down_image);
	tcase_add_test(tc, test_variable_image);
	tcase_add_test(tc, test_upside_down);
	tcase_add_test(tc, test_real_time_inside_image_data);
	tcase_add_test(tc, test_lacking_commands);
	tcase_add_test(tc, test_lf_behind_raster);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
