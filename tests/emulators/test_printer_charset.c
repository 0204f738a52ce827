// What bytes of text mean: code pages, national sets, multibyte sets, UTF-8; and that the characters of
// a font are drawn.
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

static void reopen(const char *charset)
{
	bed_done(&b);
	b.config.charset = charset;
	bed_open(&b);
}

START_TEST(test_pages)
{
	FEED(&b, "\x1Bt\x01\xB1\xB2\xB3\x1Bt\x06\xB1\xB2\x1Bt\x14\xF8\x1Bt\x1E\xA8\x1Bt\x1F\xAE\x1B"
		 "t\x20\xE0\n");
	bed_printed(&b, "ｱｲｳあい"
			"\xEF\xBF\xBD"
			"ăĐض\n");
	// a page it has not prints replacements
	FEED(&b, "\x1Bt\x47\x80z\n");
	bed_printed(&b, "ｱｲｳあい"
			"\xEF\xBF\xBD"
			"ăĐض\n\xEF\xBF\xBDz\n");
}
END_TEST

START_TEST(test_numberings)
{
	bed_done(&b);
	b.config.numbering = PH_EMU_NUMBERING_POS5890;
	strcpy(b.config.codepages, "5:cp866, 200:iso8859-15");
	bed_open(&b);
	FEED(&b, "\x1Bt\x47\x80\x1Bt\x49\xC0\x1Bt\x05\x80\x1Bt\xC8\xA4\x1Bt\x02\x82\n");
	bed_printed(&b, "€АА€é\n");
	struct ph_emu_printer *p;
	strcpy(b.config.codepages, "300:cp866");
	ck_assert_int_eq(ph_emu_printer_new(&b.config, &p), -EINVAL);
	strcpy(b.config.codepages, "cp866");
	ck_assert_int_eq(ph_emu_printer_new(&b.config, &p), -EINVAL);
}
END_TEST

START_TEST(test_national_sets)
{
	FEED(&b, "\x1BR\x02[\\]\x1BR\x03#\x1BR\x08\\\x1BR\x0D\\\x1BR\x10$\n");
	bed_printed(&b, "ÄÖÜ£¥₩₫\n");
	// an unknown one leaves what was there
	FEED(&b, "\x1BR\x01@\x1BR\x63@\x1BR\0@\n");
	bed_printed(&b, "ÄÖÜ£¥₩₫\nàà@\n");
}
END_TEST

START_TEST(test_multibyte_sets)
{
	FEED(&b, "\x1C&\xC4\xE3\xBA\xC3\x81\x30\x84\x36\x1C.\n");
	bed_printed(&b, "你好"
			"\xC2\xA5"
			"\n");
	reopen("CP932");
	FEED(&b, "\x1C&\x93\xFA\x96\x7B\xB1\x1C.\n");
	bed_printed(&b, "日本▒\n");
	// JIS codes are two bytes of ASCII
	FEED(&b, "\x1C"
		 "C\0\x1C&\x46\x7C\x4B\x5C\x1C.ab\n");
	bed_printed(&b, "日本▒\n日本ab\n");
	// FS C 1 alone is enough, and FS . ends it
	FEED(&b, "\x1B@\x1C"
		 "C1\x93\xFA\x1C.\x1Bt\x01\x95\xB1\xF2\n");
	bed_printed(&b, "日本▒\n日本ab\n日─ｱ年\n");
	reopen("CP950");
	FEED(&b, "\x1C&\xA7\x41\xA6\x6E\x1C.\n");
	bed_printed(&b, "你好\n");
	reopen("CP949");
	FEED(&b, "\x1C&\xC7\xD1\xB1\xDB\x1C.\n");
	bed_printed(&b, "한글\n");
	// no multibyte set at all
	reopen(NULL);
	FEED(&b, "\x1C&\x82\x1C.\n");
	bed_printed(&b, "é\n");
}
END_TEST

START_TEST(test_kanji_at_power_up)
{
	bed_done(&b);
	b.config.kanji_on = true;
	bed_open(&b);
	FEED(&b, "\xC4\xE3\x1C.\x82\x1B@\xC4\xE3\n");
	bed_printed(&b, "你\n");
	ck_assert_int_eq(bed_item(&b, 0)->type, PH_EMU_ITEM_LOST);
	// half a character at the end of a line is nothing
	FEED(&b, "\xC4\nz\n");
	bed_printed(&b, "你\n\nz\n");
}
END_TEST

START_TEST(test_kanji_styles)
{
	const struct ph_emu_item *line;
	// double by FS !, single letters beside it
	FEED(&b, "\x1C!\x04\x1C&\xC4\xE3\x1C.a\n");
	line = bed_item(&b, 0);
	ck_assert_int_eq(line->width, 48 + 12);
	ck_assert_uint_eq(line->runs[0].style.width, 2);
	ck_assert_uint_eq(line->runs[1].style.width, 1);
	FEED(&b, "\x1CW\x01\x1C-\x02\x1C&\xC4\xE3\x1C.\n");
	line = bed_item(&b, 1);
	ck_assert_int_eq(line->height, 48);
	ck_assert_uint_eq(line->runs[0].style.underline, 2);
	// spaces left and right, GS ! for both kinds
	FEED(&b, "\x1CW\0\x1C-\0\x1CS\x04\x06\x1C&\xC4\xE3\xC4\xE3\x1C.\n");
	ck_assert_int_eq(bed_item(&b, 2)->width, 4 + 24 + 6 + 4 + 24);
	FEED(&b, "\x1CS\0\0\x1D!\x11\x1C&\xC4\xE3\x1C.a\x1D!\0\n");
	ck_assert_int_eq(bed_item(&b, 3)->width, 48 + 24);
	ck_assert_int_eq(bed_item(&b, 3)->height, 48);
	// fonts of 20 x 24 and 16 x 16
	FEED(&b,
		"\x1C(A\x02\0\x30\x01\x1C&\xC4\xE3\x1C.\n\x1C(A\x02\0\x30\x32\x1C&\xC4\xE3\x1C.\n");
	ck_assert_int_eq(bed_item(&b, 4)->width, 20);
	ck_assert_int_eq(bed_item(&b, 5)->width, 16);
}
END_TEST

START_TEST(test_utf8)
{
	FEED(&b, "\x1C(C\x02\0\x30\x02é你€\n");
	bed_printed(&b, "é你€\n");
	ck_assert_int_eq(bed_item(&b, 0)->width, 12 + 24 + 12);
	// broken sequences print one replacement; the mode ends by FS ( C and ESC @
	FEED(&b, "\xC3z\xE4\xBD\n\xFF\n");
	bed_printed(&b, "é你€\n\xEF\xBF\xBDz\n\xEF\xBF\xBD\n");
	FEED(&b, "\x1C(C\x02\0\x30\x31\x82\n\x1C(C\x02\0\x30\x32\x1B@\x82\n");
	bed_printed(&b, "é你€\n\xEF\xBF\xBDz\n\xEF\xBF\xBD\né\né\n");
}
END_TEST

// the picture of a character is not the box of one that is missing
START_TEST(test_glyphs)
{
	static const uint32_t codepoints[] = {'A', 0xE9, 0x416, 0x5D0, 0xE01, 0x20AC};
	struct ph_emu_font *font;
	struct ph_emu_glyph box, glyph;

	ck_assert_int_eq(ph_emu_font_new(NULL, &font), 0);
	for (enum ph_emu_face face = PH_EMU_FACE_A; face <= PH_EMU_FACE_E; face++)
		for (size_t i = 0; i < sizeof codepoints / sizeof *codepoints; i++) {
			ph_emu_font_glyph(NULL, face, codepoints[i], &box);
			ph_emu_font_glyph(font, face, codepoints[i], &glyph);
			ck_assert_uint_eq(glyph.width, ph_emu_face_width(face));
			ck_assert_uint_eq(glyph.height, ph_emu_face_height(face));
			ck_assert(memcmp(&box, &glyph, sizeof box) != 0);
		}
	for (enum ph_emu_face face = PH_EMU_FACE_KANJI; face <= PH_EMU_FACE_KANJI_C; face++) {
		ph_emu_font_glyph(NULL, face, 0x4F60, &box);
		ph_emu_font_glyph(font, face, 0x4F60, &glyph);
		ck_assert(memcmp(&box, &glyph, sizeof box) != 0);
		for (unsigned y = 0; y < PH_EMU_GLYPH_ROWS; y++)
			ck_assert_uint_eq(glyph.rows[y] & ~(0xFFFFFFFFu << (32 - glyph.width)), 0);
	}
	ph_emu_font_unref(font);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("printer characters");
	TCase *tc = tcase_create("all");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_pages);
	tcase_add_test(tc, test_numberings);
	tcase_add_test(tc, test_national_sets);
	tcase_add_test(tc, test_multibyte_sets);
	tcase_add_test(tc, test_kanji_at_power_up);
	tcase_add_test(tc, test_kanji_styles);
	tcase_add_test(tc, test_utf8);
	tcase_add_test(tc, test_glyphs);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
