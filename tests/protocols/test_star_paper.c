// Documents through the Star encoder and an emulated Star printer onto paper: it says what the preview
// says, knows every command, has symbols with their data and drawings dot by dot.
#include "emulators/models/printer.h"
#include "protocols/star/encode.h"
#include "tests/support/star_profile.h"

#include <check.h>
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ph_receipt *receipt;
static struct ph_display_list list;
static struct ph_receipt_job job;
static struct ph_emu_printer *printer;
static struct ph_rasters rasters; // of the next print_...(), none if empty

static void teardown(void)
{
	ph_emu_printer_free(printer);
	printer = NULL;
	rasters = (struct ph_rasters){NULL, 0};
	ph_receipt_job_done(&job);
	ph_display_list_done(&list);
	ph_receipt_free(receipt);
	receipt = NULL;
}

static void encode(const char *text, const struct ph_star_profile *profile)
{
	const struct ph_media media = ph_star_profile_media(profile);
	struct ph_receipt_error error = {"", ""};
	cJSON *json = cJSON_Parse(text);

	ck_assert_msg(json != NULL, "test is not JSON: %s", text);
	ph_receipt_free(receipt);
	receipt = NULL;
	ck_assert_msg(ph_receipt_parse(json, &receipt, &error) == 0 &&
			      ph_layout(receipt, &media, NULL, &list, &error) == 0 &&
			      ph_star_encode(&list, profile, rasters.items ? &rasters : NULL, &job,
				      &error) == 0,
		"%s: %s %s", text, error.path, error.message);
	cJSON_Delete(json);
}

static void power_on(const struct ph_star_profile *profile)
{
	static const enum ph_emu_dialect dialects[] = {[PH_STAR_PRNT] = PH_EMU_DIALECT_STARPRNT,
		[PH_STAR_LINE] = PH_EMU_DIALECT_STARLINE,
		[PH_STAR_RASTER] = PH_EMU_DIALECT_STARRASTER};
	struct ph_emu_printer_config config;

	ph_emu_printer_free(printer);
	printer = NULL;
	ph_emu_printer_config_default(&config);
	config.width_dots = profile->width_dots;
	config.dialect = dialects[profile->dialect];
	ck_assert_int_eq(ph_emu_printer_new(&config, &printer), 0);
}

static void feed(const uint8_t *bytes, size_t len)
{
	while (len) {
		const size_t taken = ph_emu_printer_feed(printer, 0, bytes, len);
		ck_assert_uint_gt(taken, 0);
		bytes += taken;
		len -= taken;
		ph_emu_printer_tick(printer, 0);
	}
}

// Every command was known and obeyed.
static void check_obeyed(void)
{
	const struct ph_emu_paper *paper = ph_emu_printer_paper(printer);

	ck_assert_uint_eq(ph_emu_printer_counts(printer).unknown, 0);
	for (size_t i = 0; i < paper->n_items; i++)
		ck_assert_int_ne(paper->items[i].type, PH_EMU_ITEM_REFUSED);
}

static void print_all(const char *document, const struct ph_star_profile *profile)
{
	uint8_t prologue[PH_STAR_PROLOGUE_MAX];

	encode(document, profile);
	power_on(profile);
	feed(prologue, ph_star_put_prologue(prologue, profile));
	feed(job.bytes, job.len);
	check_obeyed();
}

// A prologue in front of every segment, as when each one is the first of a resumed job.
static void print_segments(const char *document, const struct ph_star_profile *profile)
{
	uint8_t prologue[PH_STAR_PROLOGUE_MAX];

	encode(document, profile);
	power_on(profile);
	for (uint32_t i = 0; i < job.segment_count; i++) {
		feed(prologue, ph_star_put_prologue(prologue, profile));
		feed(job.bytes + job.segments[i].offset, job.segments[i].len);
	}
	check_obeyed();
}

// ---- what the paper says ----

// The next row that has ink, without blanks at its end; those in front of a symbol are left out as
// well, as the emulator lists symbols at the left. Feeds are no rows on its list.
static void next_row(const char **text, char *row, size_t size)
{
	size_t len, skip;

	do {
		len = strcspn(*text, "\n");
		skip = strspn(*text, " ");
		skip = (*text)[skip] == '[' ? skip : 0;
		snprintf(row, size, "%.*s", (int)(len - skip), *text + skip);
		*text += len + ((*text)[len] == '\n');
		for (len = strlen(row); len && row[len - 1] == ' '; len--)
			row[len - 1] = 0;
	} while (!len && **text);
}

static void check_paper(const char *document)
{
	char *paper = ph_emu_paper_text(ph_emu_printer_paper(printer)), *preview = NULL;
	char on_paper[1024], expected[1024];

	ck_assert_ptr_nonnull(paper);
	ck_assert_int_eq(ph_display_list_text(&list, &preview), 0);
	for (const char *a = paper, *b = preview; *a || *b;) {
		next_row(&a, on_paper, sizeof on_paper);
		next_row(&b, expected, sizeof expected);
		ck_assert_msg(strcmp(on_paper, expected) == 0, "\n%s\nis not\n%s\n%s", on_paper,
			expected, document);
	}
	free(paper);
	free(preview);
}

static void check_printed(const char *document, const struct ph_star_profile *profile)
{
	print_all(document, profile);
	check_paper(document);
	print_segments(document, profile);
	check_paper(document);
}

static char *read_file(const char *path)
{
	static char text[8192];
	FILE *file = fopen(path, "re");

	ck_assert_ptr_nonnull(file);
	text[fread(text, 1, sizeof text - 1, file)] = 0;
	fclose(file);
	return text;
}

START_TEST(the_measured_receipt)
{
	check_printed(read_file(RECEIPT60), profile_named("starprnt-80"));
	check_printed(read_file(RECEIPT60), profile_named("starline-80"));
	check_printed(read_file(RECEIPT60), profile_named("star-mc-print3"));
	check_printed(read_file(RECEIPT60), profile_named("star-tsp650ii"));
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

	check_printed(document, profile_named("starprnt-80"));
	check_printed(document, profile_named("starline-80"));
	check_printed(document, profile_named("star-tsp700ii"));
}
END_TEST

// What the n-th symbol holds, as a reader would say it.
static void check_symbol(size_t n, const char *data)
{
	const struct ph_emu_paper *paper = ph_emu_printer_paper(printer);

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
		print_all(document, profile_named(names[i]));
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
		"{\"body\":[{\"barcode\":{\"type\":\"code93\",\"data\":\"TEST93 abc\"},"
		"\"align\":\"right\"}]}",
		"{\"body\":[{\"barcode\":{\"type\":\"code93\",\"data\":\"abcdefghijklm\"}}]}",
		"{\"body\":[{\"code2d\":{\"type\":\"pdf417\",\"data\":\"x\xc3\x84x\xc3\x84x"
		"\xc3\x84x\xc3\x84x\xc3\x84x\xc3\x84x\xc3\x84x\xc3\x84x\xc3\x84x\xc3\x84\"}}]}",
	};

	for (unsigned i = 0; i < sizeof nodes / sizeof *nodes; i++) {
		print_all(nodes[i], profile_named("starprnt-80"));
		const struct ph_emu_paper *paper = ph_emu_printer_paper(printer);
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
	const struct ph_emu_paper *paper = ph_emu_printer_paper(printer);
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
	rasters = (struct ph_rasters){&one, 1};
	for (unsigned i = 0; i < 3; i++) {
		print_all(document, profile_named(names[i]));
		check_dots(0, 72, 48);
		print_segments(document, profile_named(names[i]));
		check_dots(0, 72, 48);
		ck_assert_uint_eq(ph_emu_printer_paper(printer)->y, 48);
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
	rasters = (struct ph_rasters){two, 2};
	print_all(document, profile_named("star-tsp100"));
	check_dots(0, 72, 24);
	ck_assert_uint_eq(ph_emu_printer_counts(printer).cuts, 1);
	ck_assert_uint_eq(ph_emu_printer_counts(printer).pulses, 1);
}
END_TEST

// ---- any document ----

static unsigned seed = 7;

static unsigned dice(unsigned sides)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % sides;
}

static char *put_text(char *out)
{
	static const char *const parts[] = {"a", "Z", "7", "  ", "\xc3\xa9", "\xc5\x93", "\xd0\x96",
		"\xe2\x82\xac", "\xc5\x82", "\xe2\x94\x82", "word ", "\xce\xa9 ", "12,50"};

	for (unsigned i = dice(25); i > 0; i--)
		out = stpcpy(out, parts[dice(sizeof parts / sizeof parts[0])]);
	return out;
}

static char *put_style(char *out)
{
	static const char *const styles[] = {"", "", ",\"bold\":true", ",\"invert\":true",
		",\"underline\":true", ",\"size\":[1,2]"};
	return stpcpy(out, styles[dice(sizeof styles / sizeof styles[0])]);
}

static char *put_node(char *out)
{
	static const char *const aligns[] = {"left", "center", "right"};
	static const char *const others[] = {"{\"rule\":\"single\"}", "{\"rule\":\"double\"}",
		"{\"cut\":\"partial\"}", "{\"feed\":{\"lines\":2}}"};

	switch (dice(4)) {
	case 0:
		out = put_text(stpcpy(out, "{\"pair\":[\""));
		out = put_text(stpcpy(out, "\",\""));
		return stpcpy(put_style(stpcpy(out, "\"]")), "}");
	case 1:
		out = put_text(stpcpy(out, "{\"table\":{\"columns\":[{},{\"w\":9,\"align\":"
					   "\"right\"}],\"rows\":[[\""));
		out = put_text(stpcpy(out, "\",\""));
		return stpcpy(put_style(stpcpy(out, "\"]]}")), "}");
	case 2:
		return stpcpy(out, others[dice(4)]);
	default:
		out = put_text(stpcpy(out, "{\"text\":\""));
		out = put_style(stpcpy(out, "\""));
		out = stpcpy(out, dice(8) ? "" : ",\"upside_down\":true");
		out += sprintf(out, ",\"align\":\"%s\"}", aligns[dice(3)]);
		return out;
	}
}

START_TEST(any_document_prints_as_previewed)
{
	static const char *const names[] = {"starprnt-80", "star-tsp650ii", "star-mc-print2"};

	for (unsigned round = 0; round < 150; round++) {
		char document[16384];
		char *out = stpcpy(document, "{\"body\":[");
		for (unsigned i = dice(40) + 1; i > 0; i--)
			out = stpcpy(put_node(out), i > 1 ? "," : "]}");
		check_printed(document, profile_named(names[round % 3]));
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("star_paper");
	TCase *tests = tcase_create("paper");

	tcase_add_checked_fixture(tests, NULL, teardown);
	tcase_set_timeout(tests, 30);
	tcase_add_test(tests, the_measured_receipt);
	tcase_add_test(tests, every_barcode);
	tcase_add_test(tests, symbols_of_later_models);
	tcase_add_test(tests, symbols_are_not_wider_or_fuller_than_planned);
	tcase_add_test(tests, lines_as_drawings);
	tcase_add_test(tests, raster_mode_feeds_and_cuts);
	tcase_add_test(tests, any_document_prints_as_previewed);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
