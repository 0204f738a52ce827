// Documents through encoder and emulated printer onto paper: it says what the preview says, knows
// every command, and symbols arrive with their data.
#include "emulators/models/printer.h"
#include "protocols/escpos/encode.h"
#include "tests/support/escpos_profile.h"

#include <check.h>
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ph_receipt *receipt;
static struct ph_display_list list;
static struct ph_receipt_job job;
static struct ph_emu_printer *printer;

static void teardown(void)
{
	ph_emu_printer_free(printer);
	printer = NULL;
	ph_receipt_job_done(&job);
	ph_display_list_done(&list);
	ph_receipt_free(receipt);
	receipt = NULL;
}

static void encode(const char *text, const struct ph_escpos_profile *profile)
{
	const struct ph_media media = ph_escpos_profile_media(profile);
	struct ph_receipt_error error = {"", ""};
	cJSON *json = cJSON_Parse(text);

	ck_assert_msg(json != NULL, "test is not JSON: %s", text);
	ph_receipt_free(receipt);
	receipt = NULL;
	ck_assert_msg(ph_receipt_parse(json, &receipt, &error) == 0 &&
			      ph_layout(receipt, &media, NULL, &list, &error) == 0 &&
			      ph_escpos_encode(&list, profile, NULL, &job, &error) == 0,
		"%s: %s %s", text, error.path, error.message);
	cJSON_Delete(json);
}

static void power_on(const struct ph_escpos_profile *profile)
{
	struct ph_emu_printer_config config;

	ph_emu_printer_free(printer);
	printer = NULL;
	ph_emu_printer_config_default(&config);
	config.width_dots = profile->width_dots;
	config.kanji_on = true; // FS . of the prologue must take care
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

static void check_paper(void)
{
	char *paper = ph_emu_paper_text(ph_emu_printer_paper(printer)), *preview = NULL;
	char on_paper[1024], expected[1024];

	ck_assert_ptr_nonnull(paper);
	ck_assert_int_eq(ph_display_list_text(&list, &preview), 0);
	for (const char *a = paper, *b = preview; *a || *b;) {
		next_row(&a, on_paper, sizeof on_paper);
		next_row(&b, expected, sizeof expected);
		ck_assert_str_eq(on_paper, expected);
	}
	ck_assert_uint_eq(ph_emu_printer_counts(printer).unknown, 0);
	free(paper);
	free(preview);
}

static void print_all(const char *document, const struct ph_escpos_profile *profile)
{
	uint8_t prologue[PH_ESCPOS_PROLOGUE_MAX];

	encode(document, profile);
	power_on(profile);
	feed(prologue, ph_escpos_put_prologue(prologue, profile, 0));
	feed(job.bytes, job.len);
	check_paper();
}

// A prologue in front of every segment, as when each one is the first of a resumed job.
static void print_segments(const char *document, const struct ph_escpos_profile *profile)
{
	uint8_t prologue[PH_ESCPOS_PROLOGUE_MAX];

	encode(document, profile);
	power_on(profile);
	for (uint32_t i = 0; i < job.segment_count; i++) {
		feed(prologue, ph_escpos_put_prologue(prologue, profile, 0));
		feed(job.bytes + job.segments[i].offset, job.segments[i].len);
	}
	check_paper();
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
	print_all(read_file(RECEIPT60), profile_named("generic-80"));
	print_segments(read_file(RECEIPT60), profile_named("generic-80"));
	print_all(read_file(RECEIPT60), profile_named("epson-tm-t88v"));
	print_all(read_file(RECEIPT60), profile_named("xprinter-80"));
}
END_TEST

START_TEST(every_barcode)
{
	static const char document[] =
		"{\"body\":[{\"barcode\":{\"type\":\"ean13\",\"data\":\"4006381333931\"}},"
		"{\"barcode\":{\"type\":\"ean8\",\"data\":\"96385074\",\"align\":\"center\"}},"
		"{\"barcode\":{\"type\":\"upca\",\"data\":\"036000291452\",\"align\":\"right\"}},"
		"{\"barcode\":{\"type\":\"code39\",\"data\":\"AB-1\"}},"
		"{\"barcode\":{\"type\":\"itf\",\"data\":\"1234\"}},"
		"{\"barcode\":{\"type\":\"codabar\",\"data\":\"A12B\"}},"
		"{\"barcode\":{\"type\":\"code128\",\"data\":\"No.{123456\"}},"
		"{\"barcode\":{\"type\":\"code128\",\"data\":\"991604x\"}},"
		"{\"qr\":{\"data\":\"https://example.org/caf\xc3\xa9\",\"align\":\"right\"}},"
		"{\"text\":\"back at the left\"}]}";

	print_all(document, profile_named("generic-80"));
}
END_TEST

static unsigned seed = 7;

static unsigned dice(unsigned sides)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % sides;
}

static char *put_text(char *out)
{
	static const char *const parts[] = {"a", "Z", "7", "  ", "\xc3\xa9", "\xc5\x93", "\xd0\x96",
		"\xe2\x82\xac", "\xc5\x82", "\xe2\x94\x82", "e\\u0301", "word ", "\xce\xa9 ",
		"12,50"};

	for (unsigned i = dice(25); i > 0; i--)
		out = stpcpy(out, parts[dice(sizeof parts / sizeof parts[0])]);
	return out;
}

static char *put_style(char *out)
{
	static const char *const styles[] = {"", "", ",\"bold\":true", ",\"invert\":true",
		",\"underline\":true", ",\"underline\":\"thick\"", ",\"size\":[1,2]",
		",\"italic\":true"};
	return stpcpy(out, styles[dice(sizeof styles / sizeof styles[0])]);
}

static char *put_node(char *out)
{
	static const char *const aligns[] = {"left", "center", "right"};
	static const char *const others[] = {"{\"rule\":\"single\"}", "{\"rule\":\"double\"}",
		"{\"cut\":\"partial\"}", "{\"feed\":{\"lines\":2}}"};

	switch (dice(7)) {
	case 4:
		out = put_text(
			stpcpy(out, "{\"box\":{\"border\":\"double\",\"body\":[{\"text\":\""));
		return stpcpy(out, "\"}]}}");
	case 5:
		out = put_text(stpcpy(out, "{\"table\":{\"border\":\"single\",\"row_rules\":true,"
					   "\"columns\":[{},{\"w\":\"30%\"}],\"rows\":[[\""));
		out = put_text(stpcpy(out, "\",\"b\"],[\"c\",\""));
		return stpcpy(out, "\"]]}}");
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
		out += sprintf(out, ",\"align\":\"%s\"}", aligns[dice(3)]);
		return out;
	}
}

START_TEST(any_document_prints_as_previewed)
{
	struct ph_escpos_profile profiles[] = {*profile_named("generic-80"),
		*profile_named("epson-tm-t88v"), *profile_named("generic-58"),
		*profile_named("epson-tm-m30iii")};

	profiles[2].cutter = PH_ESCPOS_CUTTER_PARTIAL; // or cuts do not show on paper

	for (unsigned round = 0; round < 200; round++) {
		char document[16384];
		char *out = stpcpy(document, "{\"body\":[");
		for (unsigned i = dice(40) + 1; i > 0; i--)
			out = stpcpy(put_node(out), i > 1 ? "," : "]}");
		print_all(document, &profiles[round % 4]);
		print_segments(document, &profiles[round % 4]);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("escpos_paper");
	TCase *tests = tcase_create("paper");

	tcase_add_checked_fixture(tests, NULL, teardown);
	tcase_set_timeout(tests, 30);
	tcase_add_test(tests, the_measured_receipt);
	tcase_add_test(tests, every_barcode);
	tcase_add_test(tests, any_document_prints_as_previewed);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
