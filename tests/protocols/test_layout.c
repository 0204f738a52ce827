// Where the layout puts things, as the text preview shows it cell by cell.
#include "protocols/receipt/layout.h"
#include "protocols/receipt/width.h"

#include <check.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ph_receipt *parse(const char *text)
{
	cJSON *json = cJSON_Parse(text);
	struct ph_receipt *receipt = NULL;
	struct ph_receipt_error error = {"", ""};

	ck_assert_msg(json != NULL, "test is not JSON: %s", text);
	const int r = ph_receipt_parse(json, &receipt, &error);
	ck_assert_msg(r == 0, "%s: %s %s", text, error.path, error.message);
	cJSON_Delete(json);
	return receipt;
}

static void check_paper(const char *nodes, unsigned columns, const char *expected)
{
	char text[4096], *shown = NULL;
	struct ph_display_list list = {0};
	const struct ph_media media = ph_media_of_columns(columns);

	snprintf(text, sizeof text, "{\"body\":[%s]}", nodes);
	struct ph_receipt *receipt = parse(text);
	ck_assert_int_eq(ph_layout(receipt, &media, NULL, &list, NULL), 0);
	ck_assert_int_eq(ph_display_list_text(&list, &shown), 0);
	ck_assert_str_eq(shown, expected);
	for (uint32_t i = 0; i < list.run_count; i++)
		ck_assert_uint_le(list.runs[i].x + list.runs[i].width, media.width);
	free(shown);
	ph_display_list_done(&list);
	ph_receipt_free(receipt);
}

START_TEST(alignment)
{
	check_paper("{\"text\":\"left\"},{\"text\":\"mid\",\"align\":\"center\"},"
		    "{\"text\":\"right\",\"align\":\"right\"}",
		12, "left\n    mid\n       right\n");
	check_paper("{\"text\":\"odd\",\"align\":\"center\"}", 10, "   odd\n");
	check_paper("{\"text\":\"\"},{\"text\":\"a\"}", 10, "\na\n");
}
END_TEST

START_TEST(words_wrap)
{
	check_paper("{\"text\":\"the quick brown fox\"}", 10, "the quick\nbrown fox\n");
	check_paper("{\"text\":\"exactly 10 cells\"}", 10, "exactly 10\ncells\n");
	check_paper("{\"text\":\"abcdefghijklmno\"}", 10, "abcdefghij\nklmno\n");
	check_paper("{\"text\":\"a abcdefghijklmno\"}", 10, "a\nabcdefghij\nklmno\n");
	check_paper("{\"text\":\"  indented text wraps\"}", 10, "  indented\ntext wraps\n");
	check_paper("{\"text\":\"many      spaces     x\"}", 10, "many\nspaces\nx\n");
	check_paper("{\"text\":\"the quick brown fox\",\"align\":\"right\"}", 10,
		" the quick\n brown fox\n");
	check_paper("{\"text\":\"one\\ntwo\\n\\nthree\\n\"}", 10, "one\ntwo\n\nthree\n");
	check_paper("{\"text\":\"\\n\"}", 10, "\n");
	check_paper("{\"text\":\"a\\tb\\tc\"}", 20, "a       b       c\n");
	check_paper("{\"text\":\"no\xc2\xa0"
		    "break here\"}",
		10,
		"no\xc2\xa0"
		"break\nhere\n");
	// more leading space than paper does not push text off it
	check_paper("{\"text\":\"               x\"}", 10, "\nx\n");
}
END_TEST

START_TEST(runs_wrap_as_one_text)
{
	check_paper(
		"{\"text\":[{\"t\":\"Table \"},{\"t\":\"12\",\"invert\":true},{\"t\":\" now\"}]}",
		16, "Table 12 now\n");
	// a word of two runs stays whole
	check_paper("{\"text\":[{\"t\":\"hello wo\"},{\"t\":\"rld\",\"bold\":true}]}", 10,
		"hello\nworld\n");
	check_paper("{\"text\":[{\"t\":\"a \"},{\"t\":\"\"},{\"t\":\"b\"}],\"align\":\"center\"}",
		9, "   a b\n");
}
END_TEST

START_TEST(wide_characters_take_two_cells)
{
	// U+65E5 U+672C U+8A9E: may be parted anywhere
	check_paper("{\"text\":\"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\"}",
		8, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\n\xe6\x9c\xac\n");
	check_paper("{\"text\":\"x\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\"}", 8,
		"x\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\n\xe6\x97\xa5\n");
	check_paper("{\"pair\":[\"\xe6\x97\xa5\xe6\x9c\xac\",\"1\"]}", 8,
		"\xe6\x97\xa5\xe6\x9c\xac   1\n");
	// a mark stays with its letter
	check_paper("{\"text\":\"abcdefgx\\u0304y\"}", 8, "abcdefgx\xcc\x84\ny\n");
	ck_assert_uint_eq(ph_char_cells('a'), 1);
	ck_assert_uint_eq(ph_char_cells(0x65e5), 2);
	ck_assert_uint_eq(ph_char_cells(0xff71), 1); // half-width katakana
	ck_assert_uint_eq(ph_char_cells(0xff21), 2); // full-width A
	ck_assert_uint_eq(ph_char_cells(0x0301), 0);
	ck_assert_uint_eq(ph_char_cells(0x1f600), 2);
	ck_assert_uint_eq(ph_char_cells(0x10ffff), 1);
	ck_assert_uint_eq(ph_char_compose('e', 0x301), 0xe9);
	ck_assert_uint_eq(ph_char_compose('x', 0x301), 0);
	ck_assert_uint_eq(ph_char_compose(0x10ffff, 0x301), 0);
}
END_TEST

START_TEST(pairs)
{
	check_paper("{\"pair\":[\"Tea\",\"3,20\"]}", 12, "Tea     3,20\n");
	check_paper("{\"pair\":[\"Tea\",\"\"]},{\"pair\":[\"\",\"3\"]},{\"pair\":[\"\",\"\"]}", 8,
		"Tea\n       3\n\n");
	check_paper("{\"pair\":[\"1234567\",\"3,20\"]}", 12, "1234567 3,20\n");
	check_paper("{\"pair\":[\"12345678\",\"3,20\"]}", 12, "1234567 3,20\n8\n");
	check_paper("{\"pair\":[\"Green tea with milk\",\"3,20\"]}", 16,
		"Green tea   3,20\nwith milk\n");
	check_paper("{\"pair\":[\"Tea\",\"a text too long for half\"]}", 16,
		"Tea       a text\n        too long\n        for half\n");
	check_paper("{\"pair\":[\"a\\nb\",\"1\"]}", 8, "a      1\nb\n");
}
END_TEST

START_TEST(tables)
{
	check_paper("{\"table\":{\"columns\":[{\"w\":\"*\"},{\"w\":4,\"align\":\"right\"},"
		    "{\"w\":6,\"align\":\"center\"}],\"rows\":[[\"Tea\",\"5\",\"ab\"],"
		    "[\"Green tea\",\"10\",\"c\"]]}}",
		16, "Tea      5  ab\nGreen   10  c\ntea\n");
	check_paper("{\"table\":{\"columns\":[{},{}],\"rows\":[[\"abcdefghijk\",\"12345\"]],"
		    "\"wrap\":false}}",
		10, "abcde12345\n");
	check_paper("{\"table\":{\"columns\":[{\"w\":\"50%\"},{\"w\":\"25%\",\"align\":\"right\"},"
		    "{\"w\":\"25%\",\"align\":\"right\"}],\"rows\":[[\"a\",\"b\",\"c\"],[\"\",\"\","
		    "\"\"]]}}",
		12, "a       b  c\n\n");
	// wider than the paper: the widest gives way
	check_paper("{\"table\":{\"columns\":[{\"w\":20},{\"w\":4,\"align\":\"right\"}],"
		    "\"rows\":[[\"a\",\"b\"]]}}",
		10, "a        b\n");
	// shares that do not divide evenly
	check_paper("{\"table\":{\"columns\":[{},{},{}],\"rows\":[[\"a\",\"b\",\"c\"]]}}", 10,
		"a   b  c\n");
	check_paper("{\"table\":{\"columns\":[{}],\"rows\":[]}}", 10, "");
}
END_TEST

START_TEST(sizes_and_fonts)
{
	struct ph_receipt *receipt =
		parse("{\"body\":[{\"text\":\"AB\",\"size\":[2,3],\"align\":\"right\"},"
		      "{\"text\":\"AB\",\"font\":\"b\",\"align\":\"right\"},"
		      "{\"text\":[{\"t\":\"A\"},{\"t\":\"B\",\"font\":\"b\"},{\"t\":\"C\",\"size\":"
		      "[2,1]}]},"
		      "{\"pair\":[\"a\",\"b\"],\"size\":[2,1]},"
		      "{\"table\":{\"columns\":[{\"w\":2},{\"w\":3}],\"rows\":[[\"a\",\"b\"]]},"
		      "\"font\":\"b\"}]}");
	static const struct {
		unsigned x, width;
	} expected[] = {{528, 48}, {558, 18}, {0, 12}, {12, 9}, {21, 24}, {0, 24}, {552, 24},
		{0, 9}, {18, 9}};
	const struct ph_media media = ph_media_of_columns(48);
	struct ph_display_list list = {0};

	ck_assert_int_eq(ph_layout(receipt, &media, NULL, &list, NULL), 0);
	ck_assert_uint_eq(list.run_count, sizeof expected / sizeof expected[0]);
	for (unsigned i = 0; i < list.run_count; i++) {
		ck_assert_uint_eq(list.runs[i].x, expected[i].x);
		ck_assert_uint_eq(list.runs[i].width, expected[i].width);
	}
	ph_display_list_done(&list);
	ph_receipt_free(receipt);
	check_paper("{\"text\":\"wide text wraps\",\"size\":[2,1]}", 10, "wide\ntext\nwraps\n");
}
END_TEST

START_TEST(rules_and_symbols)
{
	check_paper("{\"rule\":\"single\"},{\"rule\":\"double\"},{\"rule\":\"dashed\"}", 8,
		"\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94"
		"\x80"
		"\xe2\x94\x80\n"
		"\xe2\x95\x90\xe2\x95\x90\xe2\x95\x90\xe2\x95\x90\xe2\x95\x90\xe2\x95\x90\xe2\x95"
		"\x90"
		"\xe2\x95\x90\n--------\n");
	check_paper("{\"barcode\":{\"type\":\"ean13\",\"data\":\"400638133393\"}},"
		    "{\"barcode\":{\"type\":\"ean8\",\"data\":\"96385074\",\"align\":\"center\"}},"
		    "{\"qr\":{\"data\":\"a\\nb\",\"align\":\"right\"}},{\"feed\":{\"lines\":2}},"
		    "{\"cut\":\"partial\"},{\"drawer\":{}},{\"beep\":{}},"
		    "{\"raw\":{\"escpos_b64\":\"G0A=\"}}",
		22,
		"[EAN13 4006381333931]\n   [EAN8 96385074]\n              [QR a b]\n\n\n"
		"- - - - - - - - - - - \n[DRAWER 1]\n[BEEP 1]\n[RAW 2 bytes]\n");
}
END_TEST

START_TEST(bars_of_colour_have_no_holes)
{
	struct ph_receipt *receipt = parse("{\"body\":[{\"pair\":[\"a\",\"b\"],\"invert\":true},"
					   "{\"table\":{\"columns\":[{\"w\":4},{\"align\":"
					   "\"right\"}],\"rows\":[[\"c\",\"d\"]]},"
					   "\"underline\":true}]}");
	const struct ph_media media = ph_media_of_columns(10);
	struct ph_display_list list = {0};

	ck_assert_int_eq(ph_layout(receipt, &media, NULL, &list, NULL), 0);
	ck_assert_uint_eq(list.item_count, 2);
	for (unsigned i = 0; i < 2; i++) {
		unsigned x = 0;
		ck_assert_uint_eq(list.items[i].line.count, 3);
		ck_assert_uint_eq(list.items[i].line.bytes, 10);
		for (unsigned run = 0; run < 3; run++) {
			ck_assert_uint_eq(list.runs[list.items[i].line.first + run].x, x);
			x += list.runs[list.items[i].line.first + run].width;
		}
		ck_assert_uint_eq(x, media.width);
	}
	ph_display_list_done(&list);
	ph_receipt_free(receipt);
}
END_TEST

START_TEST(marks_and_reprints)
{
	struct ph_receipt *receipt =
		parse("{\"body\":[{\"text\":\"a\"},{\"drawer\":{}},{\"beep\":{}},"
		      "{\"raw\":{\"escpos_b64\":\"G0A=\"}},{\"cut\":\"full\"}]}");
	const struct ph_media media = ph_media_of_columns(20);
	const struct ph_layout_options options = {.mark = "*** REPRINT ***", .no_effects = true};
	struct ph_display_list list = {0};
	char *text = NULL;

	ck_assert_int_eq(ph_layout(receipt, &media, &options, &list, NULL), 0);
	ck_assert_int_eq(ph_display_list_text(&list, &text), 0);
	ck_assert_str_eq(text, "  *** REPRINT ***\na\n- - - - - - - - - - \n");
	ck_assert_uint_eq(list.runs[0].style, PH_STYLE_BOLD);
	ck_assert_uint_eq(list.items[0].at, PH_AT_NONE);
	free(text);

	// the mark alone, and one that wraps and holds what no printer should see
	const struct ph_layout_options alone = {.mark = "caf\xc3\xa9 goes\ton and on\x1b@"};
	ck_assert_int_eq(ph_layout(NULL, &media, &alone, &list, NULL), 0);
	ck_assert_int_eq(ph_display_list_text(&list, &text), 0);
	ck_assert_str_eq(text, "caf\xc3\xa9 goes on and on\n         @\n");
	free(text);
	ck_assert_int_eq(ph_layout(NULL, &media, NULL, &list, NULL), 0);
	ck_assert_uint_eq(list.item_count, 0);
	ph_display_list_done(&list);
	ph_receipt_free(receipt);
}
END_TEST

START_TEST(what_layout_refuses)
{
	struct ph_display_list list = {0};
	struct ph_receipt_error error;
	struct ph_media media = ph_media_of_columns(7);
	struct ph_layout_options options = {.mark = "bad \xff"};
	char long_mark[PH_LAYOUT_MARK_MAX + 1];

	ck_assert_int_eq(ph_layout(NULL, &media, NULL, &list, &error), -EINVAL);
	ck_assert_str_eq(error.path, "$");
	media = (struct ph_media){.width = 576};
	ck_assert_int_eq(ph_layout(NULL, &media, NULL, &list, &error), -EINVAL);
	media = ph_media_of_columns(48);
	ck_assert_int_eq(ph_layout(NULL, &media, &options, &list, &error), -EINVAL);
	memset(long_mark, 'x', sizeof long_mark - 1);
	long_mark[sizeof long_mark - 1] = 0;
	options.mark = long_mark;
	ck_assert_int_eq(ph_layout(NULL, &media, &options, &list, &error), -EINVAL);

	struct ph_receipt *receipt =
		parse("{\"body\":[{\"cut\":\"full\"},{\"table\":{\"columns\":[{},{},{}],"
		      "\"rows\":[]},\"size\":[8,1]}]}");
	media = ph_media_of_columns(16);
	ck_assert_int_eq(ph_layout(receipt, &media, NULL, &list, &error), -ERANGE);
	ck_assert_str_eq(error.path, "$.body[1].table.rows[0][0]");
	ph_receipt_free(receipt);
	ph_display_list_done(&list);
}
END_TEST

START_TEST(too_many_lines)
{
	char *text = malloc(PH_LAYOUT_LINES_MAX * 2 + 64);
	char *at = stpcpy(text, "{\"text\":\"");
	struct ph_display_list list = {0};
	struct ph_receipt_error error;
	const struct ph_media media = ph_media_of_columns(48);

	for (unsigned i = 0; i < PH_LAYOUT_LINES_MAX; i++)
		at = stpcpy(at, "\\n");
	strcpy(at, "\"}");
	struct ph_receipt *receipt = parse(text);
	ck_assert_int_eq(ph_layout(receipt, &media, NULL, &list, &error), 0);
	ck_assert_uint_eq(list.item_count, PH_LAYOUT_LINES_MAX);
	ph_receipt_free(receipt);
	strcpy(at, "\\n\"}");
	receipt = parse(text);
	ck_assert_int_eq(ph_layout(receipt, &media, NULL, &list, &error), -E2BIG);
	ck_assert_str_eq(error.path, "$.text");
	ph_receipt_free(receipt);
	ph_display_list_done(&list);
	free(text);
}
END_TEST

START_TEST(the_same_again)
{
	struct ph_receipt *receipt =
		parse("{\"body\":[{\"text\":\"one two three\",\"align\":\"center\"},"
		      "{\"pair\":[\"a\",\"b\"]},{\"cut\":\"full\"}]}");
	const struct ph_media media = ph_media_of_columns(8);
	struct ph_display_list first = {0}, second = {0};

	ck_assert_int_eq(ph_layout(receipt, &media, NULL, &first, NULL), 0);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(ph_layout(receipt, &media, NULL, &second, NULL), 0);
		ck_assert_uint_eq(first.item_count, second.item_count);
		ck_assert_uint_eq(first.run_count, second.run_count);
		for (uint32_t run = 0; run < first.run_count; run++) {
			ck_assert_ptr_eq(first.runs[run].data, second.runs[run].data);
			ck_assert_uint_eq(first.runs[run].x, second.runs[run].x);
			ck_assert_uint_eq(first.runs[run].len, second.runs[run].len);
		}
	}
	ph_display_list_done(&first);
	ph_display_list_done(&second);
	ph_receipt_free(receipt);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("layout");
	TCase *tests = tcase_create("layout");

	tcase_add_test(tests, alignment);
	tcase_add_test(tests, words_wrap);
	tcase_add_test(tests, runs_wrap_as_one_text);
	tcase_add_test(tests, wide_characters_take_two_cells);
	tcase_add_test(tests, pairs);
	tcase_add_test(tests, tables);
	tcase_add_test(tests, sizes_and_fonts);
	tcase_add_test(tests, rules_and_symbols);
	tcase_add_test(tests, bars_of_colour_have_no_holes);
	tcase_add_test(tests, marks_and_reprints);
	tcase_add_test(tests, what_layout_refuses);
	tcase_add_test(tests, too_many_lines);
	tcase_add_test(tests, the_same_again);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
