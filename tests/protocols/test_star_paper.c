// Documents through the Star encoder and an emulated Star printer onto paper: it says what the preview
// says, knows every command, has symbols with their data and drawings dot by dot.
#include "paper_rig.h"
#include "tests/support/star_profile.h"

static void print_all(const char *document, const char *profile)
{
	rig.star = profile_named(profile);
	rig_print_all(document);
}

static void check_printed(const char *document, const char *profile)
{
	rig.star = profile_named(profile);
	rig_check_printed(document);
}

START_TEST(the_measured_receipt)
{
	check_printed(rig_read_file(RECEIPT60), "starprnt-80");
	check_printed(rig_read_file(RECEIPT60), "starline-80");
	check_printed(rig_read_file(RECEIPT60), "star-mc-print3");
	check_printed(rig_read_file(RECEIPT60), "star-tsp650ii");
}
END_TEST

START_TEST(every_barcode)
{
	static const char document[] =
		"{\"body\":[{\"barcode\":{\"type\":\"ean13\",\"data\":\"4006381333931\"}},"
		"{\"barcode\":{\"type\":\"ean8\",\"data\":\"96385074\"},\"align\":\"center\"},"
		"{\"barcode\":{\"type\":\"upca\",\"data\":\"036000291452\"},\"align\":\"right\"},"
		"{\"barcode\":{\"type\":\"code39\",\"data\":\"AB-1\"}},"
		"{\"barcode\":{\"type\":\"itf\",\"data\":\"1234\"}},"
		"{\"barcode\":{\"type\":\"codabar\",\"data\":\"A12B\"}},"
		"{\"barcode\":{\"type\":\"code128\",\"data\":\"No.{123456\"}},"
		"{\"barcode\":{\"type\":\"code128\",\"data\":\"991604x%\"}},"
		"{\"qr\":{\"data\":\"https://example.org/caf\xc3\xa9\"},\"align\":\"right\"},"
		"{\"qr\":{\"data\":\"plain\",\"module\":8},\"align\":\"center\"},"
		"{\"text\":\"back at the left\"}]}";

	check_printed(document, "starprnt-80");
	check_printed(document, "starline-80");
	check_printed(document, "star-tsp700ii");
}
END_TEST

// What the n-th symbol holds, as a reader would say it.
static void check_symbol(size_t n, const char *data)
{
	const struct ph_emu_paper *paper = ph_emu_printer_paper(rig.printer);

	for (size_t i = 0; i < paper->n_items; i++) {
		const struct ph_emu_item *item = &paper->items[i];
		if (item->type != PH_EMU_ITEM_BARCODE && item->type != PH_EMU_ITEM_SYMBOL)
			continue;
		if (n-- == 0) {
			ck_assert_str_eq(item->text, data);
			return;
		}
	}
	ck_abort_msg("no symbol for %s", data);
}

START_TEST(symbols_of_later_models)
{
	static const char document[] =
		"{\"body\":[{\"barcode\":{\"type\":\"gs1_128\",\"data\":\"(01)04006381333931(10)"
		"AB12\"}},{\"code2d\":{\"type\":\"pdf417\",\"data\":\"https://example.org/r/1\"}},"
		"{\"code2d\":{\"type\":\"pdf417\",\"data\":\"A1\",\"columns\":2},\"align\":"
		"\"center\"},"
		"{\"barcode\":{\"type\":\"databar\",\"data\":\"0950110153000\"},\"align\":"
		"\"right\"}]}";
	static const char *const names[] = {"starprnt-80", "star-mc-print3"};

	for (unsigned i = 0; i < 2; i++) {
		print_all(document, names[i]);
		check_symbol(0, "010400638133393110AB12");
		check_symbol(1, "https://example.org/r/1");
		check_symbol(2, "A1");
		if (i == 1) // the other one draws it
			check_symbol(3, "0109501101530003");
	}
}
END_TEST

// Code 93 takes two characters for one that is not among its own, PDF417 more words for one than the other way round.
START_TEST(symbols_are_not_wider_or_fuller_than_planned)
{
	static const char *const nodes[] = {
		"{\"body\":[{\"code2d\":{\"type\":\"pdf417\",\"data\":\"2a 2\"}}]}",
		"{\"body\":[{\"code2d\":{\"type\":\"pdf417\",\"data\":\"AB9a\"}}]}",
		"{\"body\":[{\"barcode\":{\"type\":\"code93\",\"data\":\"TEST93 abc\"},"
		"\"align\":\"right\"}]}",
		"{\"body\":[{\"barcode\":{\"type\":\"code93\",\"data\":\"abcdefghijklm\"}}]}",
		"{\"body\":[{\"code2d\":{\"type\":\"pdf417\",\"data\":\"x\xc3\x84x\xc3\x84x"
		"\xc3\x84x\xc3\x84x\xc3\x84x\xc3\x84x\xc3\x84x\xc3\x84x\xc3\x84x\xc3\x84\"}}]}",
	};

	for (unsigned i = 0; i < sizeof nodes / sizeof *nodes; i++) {
		print_all(nodes[i], "starprnt-80");
		const struct ph_emu_paper *paper = ph_emu_printer_paper(rig.printer);
		unsigned symbols = 0;
		for (size_t j = 0; j < paper->n_items; j++) {
			ck_assert_int_ne(paper->items[j].type, PH_EMU_ITEM_REFUSED);
			symbols += paper->items[j].type == PH_EMU_ITEM_BARCODE ||
				   paper->items[j].type == PH_EMU_ITEM_SYMBOL;
		}
		ck_assert_uint_eq(symbols, 1);
	}
}
END_TEST

// ---- drawings ----

#define ROWS 60u

static uint8_t pattern[104 * ROWS];

static void draw(unsigned bytes, unsigned rows)
{
	unsigned n = 1;

	for (size_t i = 0; i < (size_t)bytes * rows; i++) {
		n = n * 1103515245u + 12345u;
		pattern[i] = (uint8_t)(n >> 16);
	}
}

// The rows from `y` on hold the pattern, but for dots the guard has flipped: a handful at most.
static void check_dots(uint64_t y, unsigned bytes, unsigned rows)
{
	const struct ph_emu_paper *paper = ph_emu_printer_paper(rig.printer);
	unsigned different = 0;

	ck_assert_uint_ge(paper->rows, y - paper->first + rows);
	for (unsigned row = 0; row < rows; row++)
		different += memcmp(paper->bits + (y - paper->first + row) * paper->stride,
				     pattern + (size_t)row * bytes, bytes) != 0;
	ck_assert_uint_le(different, 1);
}

START_TEST(lines_as_drawings)
{
	const char *document = "{\"body\":[{\"text\":[{\"t\":\"\xe2\x82\xbf\",\"size\":[1,2]},{"
			       "\"t\":\"a\"}]}]}";
	static const char *const names[] = {"starprnt-80", "starline-80", "star-tsp100"};
	static const struct ph_raster one = {.bits = pattern, .width = 576, .height = 48};

	draw(72, 48);
	rig.rasters = &(const struct ph_rasters){&one, 1};
	for (unsigned i = 0; i < 3; i++) {
		print_all(document, names[i]);
		check_dots(0, 72, 48);
		rig_print_segments(document);
		check_dots(0, 72, 48);
		ck_assert_uint_eq(ph_emu_printer_paper(rig.printer)->y, 48);
	}
}
END_TEST

START_TEST(a_lost_byte_of_a_picture_opens_no_drawer)
{
	const char *document = "{\"body\":[{\"text\":\"\xe2\x82\xbf\",\"size\":[1,2]},{"
			       "\"text\":\"\xe2\x82\xbf\",\"size\":[1,2]}]}";
	const struct ph_raster two[] = {{.bits = pattern, .width = 576, .height = 48},
		{.bits = pattern, .width = 576, .height = 48}};
	const uint32_t header = 9, data = 72 * 48;

	// each byte is a BEL
	memset(pattern, 7, data);
	rig.star = profile_named("starprnt-80");
	rig.rasters = &(const struct ph_rasters){two, 2};
	rig_lay_out(document);
	ck_assert_int_eq(rig_encode(), 0);
	ck_assert_uint_gt(rig.job.len, 2 * data);
	for (uint32_t lost = header; lost < header + data; lost += 137) {
		rig_power_on();
		rig_feed(rig.job.bytes, lost);
		rig_feed(rig.job.bytes + lost + 1, rig.job.len - lost - 1);
		ck_assert_uint_eq(ph_emu_printer_counts(rig.printer).pulses, 0);
		ck_assert_uint_eq(ph_emu_printer_paper(rig.printer)->y, 96);
	}
}
END_TEST

START_TEST(raster_mode_feeds_and_cuts)
{
	const char *document = "{\"body\":[{\"text\":\"a\"},{\"feed\":{\"lines\":2}},{\"cut\":"
			       "\"partial\"},{\"text\":\"b\"},{\"drawer\":{\"n\":1}}]}";
	static const struct ph_raster two[] = {{.bits = pattern, .width = 576, .height = 24},
		{.bits = pattern, .width = 576, .height = 24}};

	draw(72, 24);
	rig.rasters = &(const struct ph_rasters){two, 2};
	print_all(document, "star-tsp100");
	check_dots(0, 72, 24);
	ck_assert_uint_eq(ph_emu_printer_counts(rig.printer).cuts, 1);
	ck_assert_uint_eq(ph_emu_printer_counts(rig.printer).pulses, 1);
}
END_TEST

START_TEST(any_document_prints_as_previewed)
{
	static const char *const names[] = {"starprnt-80", "star-tsp650ii", "star-mc-print2"};

	for (unsigned round = 0; round < 150; round++)
		check_printed(rig_random_document(true), names[round % 3]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("star_paper");
	TCase *tests = tcase_create("paper");

	tcase_add_checked_fixture(tests, NULL, rig_teardown);
	tcase_set_timeout(tests, 30);
	tcase_add_test(tests, the_measured_receipt);
	tcase_add_test(tests, every_barcode);
	tcase_add_test(tests, symbols_of_later_models);
	tcase_add_test(tests, symbols_are_not_wider_or_fuller_than_planned);
	tcase_add_test(tests, lines_as_drawings);
	tcase_add_test(tests, a_lost_byte_of_a_picture_opens_no_drawer);
	tcase_add_test(tests, raster_mode_feeds_and_cuts);
	tcase_add_test(tests, any_document_prints_as_previewed);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
