// Raster mode of an emulated Star printer: rows, margins, modes, and the odd rules about what counts when
// (STAR Graphic Mode Command Specifications).
#include <stdio.h>

#include "tests/emulators/printer_bed.h"

static struct bed b;

static void setup(void)
{
	bed_init(&b);
	b.config.dialect = PH_EMU_DIALECT_STARRASTER;
	b.config.cutter = PH_EMU_CUTTER_PARTIAL;
	bed_open(&b);
}

static void teardown(void)
{
	bed_done(&b);
}

static uint64_t cuts(void)
{
	return ph_emu_printer_counts(b.p).cuts;
}

START_TEST(test_rows)
{
	// no feed, no cut; b ends a row, k is printed over by what follows
	FEED(&b, "\x1B*rA\x1B*rE1\0"
		 "b\x01\0\xF0"
		 "k\x01\0\x81"
		 "b\x02\0\x18\xFF"
		 "b\0\0"
		 "b\x01\0\x0F\x1B*rB");
	bed_dots(&b, 0, 0,
		"####............\n"
		"#..##..#########\n"
		"................\n"
		"....####........\n");
	ck_assert_uint_eq(bed_rows(&b), 4);
	ck_assert_uint_eq(cuts(), 0);
}
END_TEST

START_TEST(test_nothing_prints_before_a_mode_is_executed)
{
	FEED(&b, "\x1B*rA\x1B*rE1\0\x1B*rF1\0b\x01\0\xF0");
	ck_assert_uint_eq(bed_rows(&b), 0);
	FEED(&b, "\x1B\x0C\0"); // the mode of the form feed
	ck_assert_uint_eq(bed_rows(&b), 1);
	FEED(&b, "b\x01\0\xF0\x1B*rC\x1B*rB"); // cleared: nothing is left to execute
	ck_assert_uint_eq(bed_rows(&b), 1);
}
END_TEST

START_TEST(test_feeding_inside_of_the_buffer)
{
	FEED(&b, "\x1B*rA\x1B*rE1\0b\x01\0\xF0\x1B*rY3\0b\x01\0\x0F\x1B*rB");
	bed_dots(&b, 0, 0, "####....\n........\n........\n........\n....####\n");
	ck_assert_uint_eq(bed_rows(&b), 5);
	// a page that begins with paper only
	FEED(&b, "\x1B*rA\x1B*rE1\0\x1B*rY20\0\x1B*rB");
	ck_assert_uint_eq(bed_rows(&b), 25);
}
END_TEST

START_TEST(test_margins)
{
	// bytes, which cut off on the right
	FEED(&b, "\x1B*rA\x1B*rE1\0\x1B*rml2\0\x1B*rmr69\0b\x02\0\xFF\xFF\x1B*rB");
	bed_dots(&b, 8, 0, "........########........\n");
}
END_TEST

START_TEST(test_modes)
{
	static const struct {
		const char *mode;
		unsigned feed;
		const char *cut;
	} modes[] = {{"1", 0, NULL}, {"2", 96, NULL}, {"3", 80, NULL}, {"8", 0, "full"},
		{"9", 96, "full"}, {"12", 0, "partial"}, {"13", 96, "partial"},
		{"0", 96, "partial"}};

	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		char job[64];
		bed_done(&b);
		b.config.cutter = PH_EMU_CUTTER_BOTH;
		bed_open(&b);
		FEED(&b, "\x1B*rA");
		int n = snprintf(job, sizeof job, "\x1B*rE%s", modes[i].mode);
		bed_feed(&b, job, (size_t)n + 1);
		FEED(&b, "b\x01\0\xFF\x1B*rB");
		ck_assert_uint_eq(bed_rows(&b), 1 + modes[i].feed);
		ck_assert_uint_eq(cuts(), modes[i].cut ? 1 : 0);
		const struct ph_emu_item *last =
			bed_item(&b, ph_emu_printer_paper(b.p)->n_items - 1);
		if (modes[i].cut)
			ck_assert_str_eq(last->name, modes[i].cut);
	}
}
END_TEST

START_TEST(test_an_empty_buffer_executes_nothing)
{
	FEED(&b, "\x1B*rA\x1B*rE13\0\x1B\x0C\0\x1B\x0C\x04\x1B*rB");
	ck_assert_uint_eq(bed_rows(&b), 0);
	ck_assert_uint_eq(cuts(), 0);
}
END_TEST

START_TEST(test_settings_while_data_wait_are_ignored)
{
	FEED(&b, "\x1B*rA\x1B*rE1\0b\x01\0\xFF\x1B*rE13\0\x1B*rml4\0\x1B*rD1\0"
		 "b\x01\0\xFF\x1B*rB");
	ck_assert_uint_eq(cuts(), 0);
	ck_assert_uint_eq(ph_emu_printer_counts(b.p).pulses, 0);
	bed_dots(&b, 0, 0, "########\n########\n");
}
END_TEST

START_TEST(test_drawers)
{
	FEED(&b, "\x1B*rA\x1B*rD1\0\x1B*rD2\0\x1B*rD3\0\x1B*rB");
	ck_assert_uint_eq(ph_emu_printer_counts(b.p).pulses, 4);
	ck_assert_uint_eq(b.drawer.pulses, 2); // on pin 2
	ck_assert(b.drawer.open);
}
END_TEST

START_TEST(test_entering_starts_afresh)
{
	FEED(&b, "\x1B*rA\x1B*rE1\0\x1B*rml4\0\x1B*rB");
	// the mode as delivered: feed and partial cut
	FEED(&b, "\x1B*rA"
		 "b\x01\0\xFF\x1B*rB");
	bed_dots(&b, 0, 0, "########\n");
	ck_assert_uint_eq(bed_rows(&b), 97);
	ck_assert_uint_eq(cuts(), 1);
}
END_TEST

START_TEST(test_a_full_buffer_is_printed)
{
	FEED(&b, "\x1B*rA\x1B*rE1\0");
	for (unsigned i = 0; i < 4100; i++)
		FEED(&b, "b\x01\0\x80");
	ck_assert_uint_eq(bed_rows(&b), 4096);
	FEED(&b, "\x1B*rB");
	ck_assert_uint_eq(bed_rows(&b), 4100);
	bed_dots(&b, 0, 4095, "#\n#\n");
}
END_TEST

START_TEST(test_only_its_own_commands_count)
{
	FEED(&b, "\x1B*rA\x1B*rE1\0text\n\x07"
		 "b\x01\0\xFF\x1B*rB");
	ck_assert_uint_eq(bed_rows(&b), 1);
	ck_assert_uint_eq(ph_emu_printer_counts(b.p).pulses, 0);
	bed_printed(&b, "[IMAGE 576x1]\n");
}
END_TEST

START_TEST(test_initialised)
{
	FEED(&b, "\x1B*rA\x1B*rE1\0b\x01\0\xFF\x1B@");
	ck_assert_uint_eq(bed_rows(&b), 0);
	FEED(&b, "\x1B*rA\x1B*rE1\0b\x01\0\x0F\x1B*rB");
	bed_dots(&b, 0, 0, "....####\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("star_raster");
	TCase *tc = tcase_create("all");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_rows);
	tcase_add_test(tc, test_nothing_prints_before_a_mode_is_executed);
	tcase_add_test(tc, test_feeding_inside_of_the_buffer);
	tcase_add_test(tc, test_margins);
	tcase_add_test(tc, test_modes);
	tcase_add_test(tc, test_an_empty_buffer_executes_nothing);
	tcase_add_test(tc, test_settings_while_data_wait_are_ignored);
	tcase_add_test(tc, test_drawers);
	tcase_add_test(tc, test_entering_starts_afresh);
	tcase_add_test(tc, test_a_full_buffer_is_printed);
	tcase_add_test(tc, test_only_its_own_commands_count);
	tcase_add_test(tc, test_initialised);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
