// The profiles that are built in, each for itself, and the reader of such texts: inheritance,
// overrides, a text in front, and every way to be wrong with its line.
#include "protocols/escpos/profile.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ph_escpos_profile profile;
static struct ph_profile_error error;

static const char BASE[] =
	"[codepages x]\nsource = here\n0 = cp437\n16 = cp1252\n19 = cp858\n"
	"[profile base]\nsource = here\nwidth_dots = 384\ndpi = 203\n"
	"font_a = 12x24\nfont_b = 9x17\ncodepages = x\nrx_buffer = probe\n"
	"line_dots = 30\nsize_max = 8\nmodels = BASE\nusb = 04b8:0202 04b8:0e15\n";

static int find_in(const char *text, const char *name)
{
	const struct ph_profile_text more = {text, strlen(text)};

	return ph_escpos_profile_find(&more, name, &profile, &error);
}

static int find(const char *sections, const char *name)
{
	static char text[8192];

	snprintf(text, sizeof text, "%s%s", BASE, sections);
	return find_in(text, name);
}

START_TEST(the_built_in_text_is_right)
{
	const struct ph_profile_text text = ph_escpos_profile_builtin();

	ck_assert_msg(ph_escpos_profile_check(&text, &error) == 0, "escpos.ini:%u: %s", error.line,
		error.message);
}
END_TEST

START_TEST(every_profile_goes_together)
{
	char name[PH_PROFILE_NAME_MAX + 1];
	size_t count = 0, models = 0;

	for (; ph_escpos_profile_name(NULL, count, name) == 0; count++) {
		ck_assert_int_eq(ph_escpos_profile_by_name(name, &profile), 0);
		const struct ph_media media = ph_escpos_profile_media(&profile);
		ck_assert_str_eq(profile.name, name);
		ck_assert_uint_le(media.width, profile.width_dots);
		ck_assert_uint_eq(media.width / media.cell[0], profile.columns[0]);
		for (int font = 0; font < PH_FONT_COUNT; font++) {
			ck_assert_uint_gt(media.cell[font], 0);
			ck_assert_uint_le(
				profile.columns[font] * profile.font[font][0], profile.width_dots);
		}
		ck_assert_uint_ge(profile.rx_buffer, 1024);
		ck_assert_uint_eq(profile.pages[0].n, profile.charset_default);
		// a drawer coil may be on for a fifth of the time
		ck_assert_uint_le(
			profile.pulse_on_ms * 5, profile.pulse_on_ms + profile.pulse_off_ms);
		ck_assert(profile.image == PH_ESCPOS_IMAGE_NONE || profile.band_rows >= 24);
		ck_assert(!profile.page_mode || profile.units_y);
		for (unsigned a = 0; a < profile.page_count; a++) {
			for (unsigned b = 0; b < a; b++)
				ck_assert_msg(
					profile.pages[a].n != profile.pages[b].n &&
						profile.pages[a].page != profile.pages[b].page,
					"%s: page %u", name, profile.pages[a].n);
		}
		models += profile.models[0] != 0;
	}
	ck_assert_uint_ge(count, 40);
	ck_assert_uint_ge(models, 30);
}
END_TEST

START_TEST(printers_are_found_by_what_they_say)
{
	ck_assert_int_eq(ph_escpos_profile_match(NULL, "EPSON", "TM-T20II", &profile), 0);
	ck_assert_str_eq(profile.name, "epson-tm-t20ii");
	ck_assert_int_eq(ph_escpos_profile_match(NULL, "epson", "tm-t20", &profile), 0);
	ck_assert_str_eq(profile.name, "epson-tm-t20");
	ck_assert_int_eq(ph_escpos_profile_match(NULL, "WHOEVER", "XP-T80Q", &profile), 0);
	ck_assert_str_eq(profile.name, "xprinter-80");
	ck_assert_int_eq(ph_escpos_profile_match(NULL, "EPSON", "TM-T2", &profile), -ENOENT);
	ck_assert_int_eq(ph_escpos_profile_match(NULL, "EPSON", "", &profile), -ENOENT);
	ck_assert_int_eq(ph_escpos_profile_match(NULL, "STAR", "TM-T20", &profile), -ENOENT);
	ck_assert_int_eq(ph_escpos_profile_match_usb(NULL, 0x04b8, 0x0e15, &profile), 0);
	ck_assert_str_eq(profile.name, "epson-tm-t20ii");
	ck_assert_int_eq(ph_escpos_profile_match_usb(NULL, 0x1234, 0x5678, &profile), -ENOENT);
	ck_assert_int_eq(ph_escpos_profile_by_name("epson", &profile), -ENOENT);
	ck_assert_int_eq(ph_escpos_profile_by_name("", &profile), -ENOENT);
}
END_TEST

START_TEST(a_profile_is_read)
{
	ck_assert_int_eq(find("", "base"), 0);
	ck_assert_str_eq(profile.name, "base");
	ck_assert_uint_eq(profile.columns[PH_FONT_A], 32);
	ck_assert_uint_eq(profile.columns[PH_FONT_B], 42);
	ck_assert_uint_eq(profile.columns[PH_FONT_C], 0);
	ck_assert_uint_eq(profile.rx_buffer, 4096); // what stands for an unknown one
	ck_assert_uint_eq(profile.page_count, 3);
	ck_assert_uint_eq(profile.usb[1], 0x04b80e15);
	ck_assert_uint_eq(ph_escpos_profile_media(&profile).cell[PH_FONT_C], 9);
}
END_TEST

START_TEST(sections_inherit)
{
	ck_assert_int_eq(
		find("[profile a]\nstyles = bold upside_down\ninherits = base\nsource = x\n"
		     "codepages = x 2=cp850 -16 19=cp852\ncutter_dots = 100\n"
		     "[profile b]\nsource = y\ninherits = a\nfont_b = none\n",
			"b"),
		0);
	ck_assert_uint_eq(profile.styles, PH_STYLE_BOLD);
	ck_assert(profile.upside_down);
	ck_assert_uint_eq(profile.page_count, 3);
	ck_assert_uint_eq(profile.pages[1].n, 2);
	ck_assert_uint_eq(profile.pages[2].page, PH_CODEPAGE_852);
	ck_assert_uint_eq(profile.feed_before_cut, 4); // 100 dots are four lines
	ck_assert_uint_eq(profile.columns[PH_FONT_B], 0);
	ck_assert_str_eq(profile.models, ""); // who it is is not inherited
	ck_assert_uint_eq(profile.usb[0], 0);
}
END_TEST

START_TEST(a_text_in_front_wins)
{
	ck_assert_int_eq(
		find("[profile mine]\ninherits = epson-tm-t20ii\nsource = x\nkanji = china\n"
		     "models = TM-T20II\n",
			"mine"),
		0);
	ck_assert_uint_eq(profile.kanji, PH_ESCPOS_KANJI_CHINA);
	ck_assert_uint_eq(profile.width_dots, 576);
	const char *text = "[profile mine]\ninherits = epson-tm-t20ii\nsource = x\n"
			   "models = TM-T20II\n";
	const struct ph_profile_text more = {text, strlen(text)};
	ck_assert_int_eq(ph_escpos_profile_match(&more, "EPSON", "TM-T20II", &profile), 0);
	ck_assert_str_eq(profile.name, "mine");
	ck_assert_int_eq(ph_escpos_profile_match(&more, "EPSON", "TM-T20", &profile), 0);
	ck_assert_str_eq(profile.name, "epson-tm-t20");
}
END_TEST

static const struct {
	const char *sections;
	unsigned line; // behind BASE, which has 17 lines
	const char *message;
} wrong[] = {
	{"[profile a]\nsource = x\ninherits = none-such\n", 3, "there is no profile 'none-such'"},
	{"[profile a]\ninherits = a\n", 2, "inherits from itself, or too often"},
	{"[profile a]\ninherits = base\n", 1, "the section has no source"},
	{"[profile a]\nsource = x\ncolour = 3\n", 3, "there is no key 'colour'"},
	{"[profile a]\nsource = x\ndpi = 20\n", 3, "'dpi' cannot be '20'"},
	{"[profile a]\nsource = x\ndpi = unknown\n", 3, "'dpi' cannot be 'unknown'"},
	{"[profile a]\nsource = x\nasb = maybe\n", 3, "'asb' cannot be 'maybe'"},
	{"[profile a]\nsource = x\nfont_a = 12x\n", 3, "'font_a' cannot be '12x'"},
	{"[profile a]\nsource = x\nbarcodes = ean13 ean99\n", 3,
		"'barcodes' cannot be 'ean13 ean99'"},
	{"[profile a]\nsource = x\nusb = 4b8:0202\n", 3, "'usb' cannot be '4b8:0202'"},
	{"[profile a]\nsource = x\ncodepages = y\n", 3, "there are no codepages 'y'"},
	{"[profile a]\nsource = x\ncodepages = x 300=cp437\n", 3,
		"expected NUMBER = PAGE, number at most 255"},
	{"[profile a]\nsource = x\ncodepages = x 3=cp9\n", 3, "there is no code page 'cp9'"},
	{"[profile a]\nsource = x\nrubbish\n", 3, "neither a section nor KEY = VALUE"},
	{"[profile a]\nsource = x\ndpi = 203\n", 1, "width_dots, dpi and font_a are needed"},
	{"[profile a]\nsource = x\ninherits = base\nwidth_dots = 90\n", 1, "7 cells to a line"},
	{"[profile a]\nsource = x\ninherits = base\npage_mode = yes\n", 1,
		"page_mode needs page_dots and units_y"},
	{"[codepages y]\n0 = cp437\n", 1, "codepages 'y' have no source"},
	{"[profile base]\nsource = x\n", 1, "'base' is there twice"},
	{"[printer a]\n", 1, "a section is a profile or codepages"},
};

START_TEST(what_is_wrong_is_said_with_its_line)
{
	static char text[8192];

	snprintf(text, sizeof text, "%s%s", BASE, wrong[_i].sections);
	const struct ph_profile_text more = {text, strlen(text)};
	ck_assert_int_eq(ph_escpos_profile_check(&more, &error), -EINVAL);
	ck_assert_str_eq(error.message, wrong[_i].message);
	ck_assert_uint_eq(error.line, 17 + wrong[_i].line);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("escpos_profile");
	TCase *tests = tcase_create("profile");

	tcase_add_test(tests, the_built_in_text_is_right);
	tcase_add_test(tests, every_profile_goes_together);
	tcase_add_test(tests, printers_are_found_by_what_they_say);
	tcase_add_test(tests, a_profile_is_read);
	tcase_add_test(tests, sections_inherit);
	tcase_add_test(tests, a_text_in_front_wins);
	tcase_add_loop_test(
		tests, what_is_wrong_is_said_with_its_line, 0, sizeof wrong / sizeof wrong[0]);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
