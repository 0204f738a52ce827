// The Star profiles that are built in, each for itself, how a printer is found by its answer, and every key
// of profiles/README.md; what the reader of such texts can do is tested with those of ESC/POS.
#include "protocols/star/profile.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ph_star_profile profile;
static struct ph_profile_error error;

static const char BASE[] = "[codepages x]\nsource = here\n1 = cp437\n32 = cp1252\n"
			   "[profile base]\nsource = here\ndialect = starline\nwidth_dots = 384\n"
			   "dpi = 203\nfont_a = 12x24\nfont_b = 9x24\ncodepages = x\n"
			   "rx_buffer = probe\nsize_max = 6\nband_rows = 24\nmodels = BASE\n";

static int find(const char *sections, const char *name)
{
	static char text[8192];

	snprintf(text, sizeof text, "%s%s", BASE, sections);
	const struct ph_profile_text more = {text, strlen(text)};
	return ph_star_profile_find(&more, name, &profile, &error);
}

START_TEST(the_built_in_text_is_right)
{
	const struct ph_profile_text text = ph_star_profile_builtin();

	ck_assert_msg(ph_star_profile_check(&text, &error) == 0, "star.ini:%u: %s", error.line,
		error.message);
}
END_TEST

START_TEST(every_profile_goes_together)
{
	const struct ph_profile_text text = ph_star_profile_builtin();
	char name[PH_PROFILE_NAME_MAX + 1];
	size_t count = 0;

	for (; ph_profile_name(&text, count, name) == 0; count++) {
		ck_assert_int_eq(ph_star_profile_find(NULL, name, &profile, NULL), 0);
		const struct ph_media media = ph_star_profile_media(&profile);
		ck_assert_str_eq(profile.name, name);
		ck_assert_uint_le(media.width, profile.width_dots);
		ck_assert_uint_eq(media.width / media.cell[0], profile.columns[0]);
		ck_assert(profile.dialect == PH_STAR_RASTER || profile.pages[0].n == 1);
		ck_assert(profile.impact || profile.band_rows >= 24);
		ck_assert_uint_ge(profile.rx_buffer, 1024);
		// ESC BEL counts tens of milliseconds
		ck_assert_uint_eq(profile.pulse_on_ms % 10, 0);
		ck_assert_uint_eq(profile.pulse_off_ms % 10, 0);
	}
	ck_assert_uint_eq(count, 11);
}
END_TEST

START_TEST(what_the_models_can_do)
{
	ck_assert_int_eq(ph_star_profile_find(NULL, "star-tsp800ii", &profile, NULL), 0);
	ck_assert_uint_eq(profile.columns[PH_FONT_A], 69);
	ck_assert_uint_eq(profile.columns[PH_FONT_B], 92);
	ck_assert_int_eq(profile.dialect, PH_STAR_LINE);
	ck_assert_int_eq(ph_star_profile_find(NULL, "star-sp700", &profile, NULL), 0);
	ck_assert_uint_eq(profile.columns[PH_FONT_A], 42);
	ck_assert(profile.impact && !profile.position && !profile.qr && !profile.barcodes);
	ck_assert_int_eq(ph_star_profile_find(NULL, "star-tsp100", &profile, NULL), 0);
	ck_assert_int_eq(profile.dialect, PH_STAR_RASTER);
	ck_assert_uint_eq(profile.page_count, 0);
	ck_assert_int_eq(profile.counter, PH_STAR_YES);
	ck_assert_int_eq(ph_star_profile_find(NULL, "star-mc-print2", &profile, NULL), 0);
	ck_assert(profile.utf8 && profile.beeper);
	ck_assert_uint_eq(profile.columns[PH_FONT_A], 32);
	ck_assert_int_eq(ph_star_profile_find(NULL, "nonsense", &profile, NULL), -ENOENT);
}
END_TEST

static void check_match(const char *model, const char *name)
{
	const int r = ph_star_profile_match(NULL, model, &profile);

	ck_assert_int_eq(r, name ? 0 : -ENOENT);
	if (name)
		ck_assert_str_eq(profile.name, name);
}

START_TEST(printers_are_found_by_what_they_say)
{
	check_match("TSP654II Ver1.2", "star-tsp650ii");
	check_match("TSP143IIIW Ver2.0", "star-tsp100");
	check_match("MCP31L Ver3.1", "star-mc-print3");
	check_match("mcp21lb", "star-mc-print2");
	check_match("SP742 Ver3.0", "star-sp700");
	check_match("POP10 Ver1.0", "star-mpop");
	check_match("XYZ", NULL);
	check_match("", NULL);
}
END_TEST

START_TEST(a_text_in_front)
{
	static const char text[] = "[profile mine]\nsource = x\ninherits = star-tsp650ii\n"
				   "models = TSP654II\ncodepages = star -32 4=cp850\ndrawers = 0\n";
	const struct ph_profile_text more = {text, sizeof text - 1};

	ck_assert_int_eq(ph_star_profile_check(&more, &error), 0);
	ck_assert_int_eq(ph_star_profile_match(&more, "TSP654II Ver1.2", &profile), 0);
	ck_assert_str_eq(profile.name, "mine");
	ck_assert_uint_eq(profile.pages[1].page, PH_CODEPAGE_852);
	ck_assert_uint_eq(profile.drawers, 0);
	ck_assert_int_eq(ph_star_profile_match(&more, "MCP31L", &profile), 0);
	ck_assert_str_eq(profile.name, "star-mc-print3");
}
END_TEST

START_TEST(careful_values)
{
	ck_assert_int_eq(find("[profile a]\nsource = x\ninherits = base\nsize_max = unknown\n"
			      "counter = unknown\nfeed_before_cut = unknown\nqr = unknown\n",
				 "a"),
		0);
	ck_assert_uint_eq(profile.rx_buffer, 1024);
	ck_assert_uint_eq(profile.max_size, 1);
	ck_assert_int_eq(profile.counter, PH_STAR_NO);
	ck_assert_uint_eq(profile.feed_before_cut, 3);
	ck_assert_str_eq(profile.models, ""); // identity is not inherited
}
END_TEST

START_TEST(what_is_wrong)
{
	static const char *const wrong[][2] = {{"dialect = escpos", "'dialect' cannot be 'escpos'"},
		{"width_dots = 60", "'width_dots' cannot be '60'"},
		{"size_max = 7", "'size_max' cannot be '7'"},
		{"drawers = unknown", "'drawers' cannot be 'unknown'"},
		{"drawers = 1", "drawers need pulse_on_ms and pulse_off_ms"},
		{"font_b = none", "width_dots, dpi, font_a and font_b are needed"},
		{"barcodes = ean13 maxicode", "'barcodes' cannot be 'ean13 maxicode'"},
		{"gs_paren_h = yes", "there is no key 'gs_paren_h'"}};

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		char section[256];
		snprintf(section, sizeof section, "[profile a]\nsource = x\ninherits = base\n%s\n",
			wrong[i][0]);
		ck_assert_int_eq(find(section, "a"), -EINVAL);
		ck_assert_str_eq(error.message, wrong[i][1]);
	}
	ck_assert_int_eq(find("[profile a]\ninherits = base\n", "a"), -EINVAL);
	ck_assert_str_eq(error.message, "the section has no source");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("star_profile");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, the_built_in_text_is_right);
	tcase_add_test(tc, every_profile_goes_together);
	tcase_add_test(tc, what_the_models_can_do);
	tcase_add_test(tc, printers_are_found_by_what_they_say);
	tcase_add_test(tc, a_text_in_front);
	tcase_add_test(tc, careful_values);
	tcase_add_test(tc, what_is_wrong);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
