// Boxes, borders, spans, images, pages and turned text: where the layout puts them.
#include "tests/protocols/receipt_help.h"

#include <errno.h>

// 8x4 and 640x200 pixels
#define PNG_8X4                                                                                    \
	"iVBORw0KGgoAAAANSUhEUgAAAAgAAAAEAQAAAACbtkNdAAAAC0lEQVR4nGNggAAAAAgAAbdYc5UAAAAASUVORK5"  \
	"CYII="
#define JPEG "/9j/4AAQSkZJRgABAQAAAQABAAD//8AACwgAyAKAAQERAP/aAAgBAQAAPwA="
// 1x8193
#define PNG_TALL                                                                                   \
	"iVBORw0KGgoAAAANSUhEUgAAAAEAACABAQAAAAD408C4AAAAC0lEQVR4nGNgQAUAABAAATm9j2UAAAAASUVORK5"  \
	"CYII="

static struct ph_receipt *receipt;
static struct ph_display_list list;

static void lay_out(const char *document, unsigned columns)
{
	const struct ph_media media = ph_media_of_columns(columns);
	struct ph_receipt_error error = {"", ""};

	receipt = accept(document);
	const int r = ph_layout(receipt, &media, NULL, &list, &error);
	ck_assert_msg(r == 0, "%s %s", error.path, error.message);
}

static void done(void)
{
	ph_display_list_done(&list);
	ph_receipt_free(receipt);
	receipt = NULL;
}

static void refuse_layout(
	const char *document, unsigned columns, int err, const char *path, const char *part)
{
	const struct ph_media media = ph_media_of_columns(columns);
	struct ph_receipt_error error = {"", ""};

	receipt = accept(document);
	ck_assert_int_eq(ph_layout(receipt, &media, NULL, &list, &error), err);
	ck_assert_str_eq(error.path, path);
	ck_assert_msg(strstr(error.message, part) != NULL, "%s", error.message);
	done();
}

START_TEST(boxes)
{
	check_show("{\"box\":{\"body\":[{\"text\":\"a box\"},{\"pair\":[\"x\",\"1\"]},"
		   "{\"rule\":\"single\"},{\"feed\":{\"lines\":1}}]}}",
		10, "┌────────┐\n│a box   │\n│x      1│\n│────────│\n│        │\n└────────┘\n");
	check_show("{\"box\":{\"border\":\"double\",\"width\":8,\"padding\":1,\"align\":\"right\","
		   "\"body\":[{\"text\":\"ab cd\",\"align\":\"center\"}]}}",
		12, "    ╔══════╗\n    ║  ab  ║\n    ║  cd  ║\n    ╚══════╝\n");
	check_show("{\"box\":{\"border\":\"none\",\"padding\":2,\"body\":[{\"text\":\"indented "
		   "on both sides\"}]}}",
		12, "  indented\n  on both\n  sides\n");
	check_show("{\"box\":{\"width\":\"50%\",\"body\":[]}}", 12, "┌────┐\n└────┘\n");
	check_show("{\"box\":{\"body\":[{\"box\":{\"border\":\"double\",\"width\":5,\"align\":"
		   "\"center\",\"body\":[{\"text\":\"in\"}]}},{\"text\":\"out\"}]}}",
		9, "┌───────┐\n│ ╔═══╗ │\n│ ║in ║ │\n│ ╚═══╝ │\n│out    │\n└───────┘\n");
}
END_TEST

START_TEST(table_borders)
{
	check_show("{\"table\":{\"border\":\"single\",\"columns\":[{},{\"w\":4,\"align\":"
		   "\"right\"}],\"rows\":[[\"Tea\",\"3,20\"],[\"Green tea\",\"4\"]]}}",
		12, "┌─────┬────┐\n│Tea  │3,20│\n│Green│   4│\n│tea  │    │\n└─────┴────┘\n");
	check_show("{\"table\":{\"border\":\"double\",\"row_rules\":true,\"columns\":[{\"w\":2},"
		   "{\"w\":2}],\"rows\":[[\"a\",\"b\"],[\"c\",\"d\"]]}}",
		20, "╔══╦══╗\n║a ║b ║\n╠══╬══╣\n║c ║d ║\n╚══╩══╝\n");
	check_show("{\"table\":{\"border\":\"single\",\"columns\":[{}],\"rows\":[]}}", 12, "");
}
END_TEST

// A join has an arm only where a row has a border.
START_TEST(spans_and_joins)
{
	check_show("{\"table\":{\"border\":\"single\",\"row_rules\":true,\"columns\":[{\"w\":2},"
		   "{\"w\":2},{\"w\":2}],\"rows\":[[{\"text\":\"all\",\"span\":3,\"align\":"
		   "\"center\"}],[\"a\",\"b\",\"c\"],[{\"text\":\"ab\",\"span\":2},\"c\"],"
		   "[\"a\",{\"text\":\"bc\",\"span\":2,\"align\":\"right\"}],"
		   "[{\"text\":\"all\",\"span\":3}],[{\"text\":\"all\",\"span\":3}]]}}",
		20,
		"┌────────┐\n│  all   │\n├──┬──┬──┤\n│a │b │c │\n├──┴──┼──┤\n│ab   │c │\n"
		"├──┬──┴──┤\n│a │   bc│\n├──┴─────┤\n│all     │\n├────────┤\n│all     │\n"
		"└────────┘\n");
	// without borders a span has the room of its columns
	check_show("{\"table\":{\"columns\":[{\"w\":4},{\"w\":4},{\"w\":4,\"align\":\"right\"}],"
		   "\"rows\":[[{\"text\":\"one two\",\"span\":2},\"3\"],[\"one two\",\"x\",\"3\"],"
		   "[{\"text\":[{\"t\":\"one \"},{\"t\":\"two three\",\"bold\":true}],\"span\":3}"
		   "]]}}",
		12, "one two    3\none x      3\ntwo\none two\nthree\n");
}
END_TEST

START_TEST(borders_are_rules_that_touch)
{
	lay_out(BODY("{\"box\":{\"body\":[{\"text\":\"big\",\"size\":[1,3]},{\"text\":\"\"}]}},"
		     "{\"text\":\"free\"}"),
		12);
	static const bool tight[] = {true, true, true, false, false};
	ck_assert_uint_eq(list.item_count, 5);
	for (unsigned i = 0; i < 5; i++)
		ck_assert(list.items[i].line.tight == tight[i]);
	const struct ph_run *runs = list.runs + list.items[1].line.first;
	ck_assert_uint_eq(list.items[1].line.count, 3);
	ck_assert(runs[0].rule && !runs[1].rule && runs[2].rule);
	ck_assert_uint_eq(ph_style_height(runs[0].style), 3); // as high as the text beside it
	ck_assert_uint_eq(ph_style_height(runs[2].style), 3);
	ck_assert_uint_eq(runs[2].x, 11 * 12);
	ck_assert_uint_eq(runs[0].group, 0);
	ck_assert_uint_eq(runs[1].group, 1);
	ck_assert_uint_eq(list.items[2].line.count, 2); // an empty line has its borders
	ck_assert_uint_eq(ph_style_height(list.runs[list.items[2].line.first].style), 1);
	done();
}
END_TEST

START_TEST(groups_and_direction)
{
	lay_out(BODY("{\"table\":{\"columns\":[{},{}],\"rows\":[[{\"text\":[{\"t\":\"abc \"},"
		     "{\"t\":\"\\u05e9\\u05dc\"}]},\"x\"]]}},{\"pair\":[\"\\u0633\\u0644\",\"1\"]"
		     "}"),
		32);
	static const struct {
		unsigned group;
		bool rtl;
	} expected[] = {{1, false}, {1, true}, {2, false}, {1, true}, {2, false}};
	ck_assert_uint_eq(list.run_count, 5);
	for (unsigned i = 0; i < 5; i++) {
		ck_assert_uint_eq(list.runs[i].group, expected[i].group);
		ck_assert(list.runs[i].rtl == expected[i].rtl);
	}
	ck_assert_uint_eq(list.runs[1].at, PH_AT(0, 0)); // runs of a cell have its place
	done();
}
END_TEST

START_TEST(characters_shrink_into_narrow_places)
{
	lay_out(BODY("{\"table\":{\"columns\":[{\"w\":2},{}],\"rows\":[[{\"text\":\"A\",\"size\":"
		     "[4,1]},\"\"]]}}"),
		32);
	ck_assert_uint_eq(ph_style_width(list.runs[0].style), 2);
	ck_assert_uint_eq(list.runs[0].width, 24);
	ck_assert(list.runs[0].shrunk);
	done();
	// a column of one cell gets two for a wide character
	check_show("{\"table\":{\"border\":\"single\",\"columns\":[{\"w\":1},{}],\"rows\":"
		   "[[\"日\",\"x\"]]}}",
		10, "┌──┬─────┐\n│日│x    │\n└──┴─────┘\n");
}
END_TEST

START_TEST(upside_down_lines_come_last_first)
{
	lay_out(BODY("{\"text\":\"first second\",\"upside_down\":true},{\"table\":{\"border\":"
		     "\"single\",\"columns\":[{}],\"rows\":[[\"a\"]]},\"upside_down\":true},"
		     "{\"text\":\"normal\"}"),
		8);
	char *text = NULL;
	ck_assert_int_eq(ph_display_list_text(&list, &text), 0);
	ck_assert_str_eq(text, "second\nfirst\n└──────┘\n│a     │\n┌──────┐\nnormal\n");
	free(text);
	for (unsigned i = 0; i < 6; i++)
		ck_assert(list.items[i].line.upside_down == (i < 5));
	ck_assert(
		list.items[2].line.tight && list.items[3].line.tight && !list.items[4].line.tight);
	done();
}
END_TEST

START_TEST(turned_characters_take_their_height)
{
	lay_out(BODY("{\"text\":\"ab\",\"rotate\":true},{\"text\":\"ab\",\"rotate\":true,\"font\":"
		     "\"b\",\"size\":[1,2]},{\"text\":\"日本\",\"rotate\":true}"),
		32);
	static const unsigned widths[] = {48, 68, 48};
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(list.runs[i].width, widths[i]);
	done();
	check_show("{\"text\":\"abcdef\",\"rotate\":true}", 8, "abcd\nef\n");
}
END_TEST

START_TEST(lines_break_as_typography_has_it)
{
	check_show("{\"text\":\"aa日本語。\"}", 8, "aa日本\n語。\n");
	check_show("{\"text\":\"aa日本「語」\"}", 8, "aa日本\n「語」\n");
	check_show("{\"text\":\"abc日本\"}", 8, "abc日本\n");
	check_show("{\"text\":\"self-service\"}", 8, "self-\nservice\n");
	check_show("{\"text\":\"call 555-1234\"}", 9, "call\n555-1234\n");
	check_show("{\"text\":\"aaaa 👨‍👩‍👧👨‍👩‍👧\"}", 8,
		"aaaa 👨‍👩‍👧\n👨‍👩‍👧\n");
	check_show("{\"text\":\"aaaaaa🇩🇪🇫🇷\"}", 9, "aaaaaa🇩🇪\n🇫🇷\n");
	// where it must, Thai is cut, but a vowel in front stays with its consonant
	check_show("{\"text\":\"aaกขคงจเก\"}", 8, "aaกขคงจ\nเก\n");
	// a zero width space is a place to break and prints nothing
	check_show("{\"text\":\"aaกขคง\\u200bจกข\"}", 8, "aaกขคง\nจกข\n");
	check_show("{\"text\":\"ab\\u200bcd\"}", 8, "abcd\n");
}
END_TEST

#define IMAGE(data, members) "{\"image\":{\"data_b64\":\"" data "\"" members "}}"

START_TEST(images_have_their_width)
{
	lay_out(BODY(IMAGE(PNG_8X4, ",\"align\":\"right\"") "," IMAGE(JPEG, "") "," IMAGE(
			JPEG, ",\"width\":\"50%\",\"align\":\"center\"") "," IMAGE(PNG_8X4,
			",\"width\":10") "," IMAGE(PNG_8X4, ",\"width\":99")),
		32);
	static const struct {
		unsigned width, x;
	} expected[] = {{8, 376}, {384, 0}, {192, 96}, {120, 0}, {384, 0}};
	for (unsigned i = 0; i < 5; i++) {
		ck_assert_int_eq(list.items[i].kind, PH_ITEM_IMAGE);
		ck_assert_uint_eq(list.items[i].image.width, expected[i].width);
		ck_assert_uint_eq(list.items[i].image.x, expected[i].x);
	}
	char *text = NULL;
	ck_assert_int_eq(ph_display_list_text(&list, &text), 0);
	ck_assert_int_eq(
		strncmp(text, "                     [IMAGE 8x4]\n[IMAGE 640x200]\n", 49), 0);
	free(text);
	done();
	refuse_layout(
		BODY(IMAGE(PNG_TALL, "")), 32, -E2BIG, "$.body[0].image", "more than 8192 dots");
	refuse_layout("{\"image_b64\":\"" PNG_TALL "\"}", 32, -E2BIG, "$.image_b64", "too high");
}
END_TEST

START_TEST(symbols_show_by_name)
{
	check_show("{\"code2d\":{\"type\":\"pdf417\",\"data\":\"a\\nb\"},\"align\":\"right\"},"
		   "{\"code2d\":{\"type\":\"composite\",\"data\":\"(10)A\",\"linear\":{\"type\":"
		   "\"ean8\",\"data\":\"96385074\"}}},"
		   "{\"barcode\":{\"type\":\"gs1_128\",\"data\":\"(10)A\"}},{\"rule\":\"thick\"}",
		16,
		"    [PDF417 a b]\n[COMPOSITE 96385074 (10)A]\n[GS1-128 (10)A]\n"
		"▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀\n");
}
END_TEST

#define AREA(members, nodes) "{\"area\":{" members "\"body\":[" nodes "]}}"
#define PAGE(members, areas) BODY("{\"page\":{" members "\"body\":[" areas "]}}")

START_TEST(pages)
{
	lay_out(PAGE("", AREA("\"x\":2,\"y\":1,\"width\":8,", "{\"text\":\"in an area\"}") "," AREA(
				 "\"x\":20,\"width\":30,\"height\":9,\"direction\":\"up\",",
				 "{\"text\":\"upwards\"}")),
		32);
	static const enum ph_item_kind kinds[] = {PH_ITEM_PAGE, PH_ITEM_AREA, PH_ITEM_LINE,
		PH_ITEM_LINE, PH_ITEM_AREA, PH_ITEM_LINE, PH_ITEM_PAGE_END};
	ck_assert_uint_eq(list.item_count, 7);
	for (unsigned i = 0; i < 7; i++)
		ck_assert_int_eq(list.items[i].kind, kinds[i]);
	ck_assert_uint_eq(list.items[0].area.width, 384);
	ck_assert_uint_eq(list.items[0].area.height, 9);
	ck_assert_uint_eq(list.items[1].area.x, 24);
	ck_assert_uint_eq(list.items[1].area.y, 1);
	ck_assert_uint_eq(list.items[1].area.width, 96);
	ck_assert_uint_eq(list.items[1].area.height, 2);  // as its text needs
	ck_assert_uint_eq(list.items[4].area.width, 144); // what is left of the paper
	ck_assert_uint_eq(list.runs[0].x, 0);		  // from the edge of the area
	char *text = NULL;
	ck_assert_int_eq(ph_display_list_text(&list, &text), 0);
	ck_assert_str_eq(text, "[PAGE 9]\n[AREA 2,1 8x2]\nin an\narea\n[AREA 20,0 12x9 up]\n"
			       "upwards\n[END OF PAGE]\n");
	free(text);
	done();
}
END_TEST

START_TEST(what_has_no_room)
{
	refuse_layout(BODY("{\"box\":{\"padding\":2,\"body\":[{\"text\":\"a\"}]}}"), 8, 0, "", "");
	refuse_layout(BODY("{\"text\":\"\"},{\"box\":{\"padding\":3,\"body\":[]}}"), 8, -ERANGE,
		"$.body[1].box", "no room");
	refuse_layout(BODY("{\"box\":{\"body\":[{\"table\":{\"border\":\"single\",\"columns\":[{},"
			   "{},{}],\"rows\":[[\"a\",\"b\",\"c\"]]}}]}}"),
		8, -ERANGE, "$.body[0].box.body[0].table.rows[0][0]", "more columns");
	refuse_layout(BODY("{\"table\":{\"columns\":[{},{},{},{},{},{},{},{}],\"rows\":[[\"a\","
			   "\"b\",\"c\",\"日\",\"\",\"\",\"\",\"\"]]}}"),
		8, -ERANGE, "$.body[0].table.rows[0][3]", "wider than its place");
	refuse_layout(PAGE("", AREA("\"x\":32,", "")), 32, -ERANGE, "$.body[0].page.body[0].area",
		"beyond the paper");
	refuse_layout(PAGE("\"height\":2,", AREA("\"y\":1,\"height\":2,", "")), 32, -ERANGE,
		"$.body[0].page.body[0].area", "below its page");
	refuse_layout(PAGE("", AREA("\"height\":2,", "{\"text\":\"a\\nb\\nc\"}")), 32, -ERANGE,
		"$.body[0].page.body[0].area", "higher than its area");
	refuse_layout(PAGE("", AREA("", "{\"feed\":{\"lines\":201}}")), 32, -ERANGE,
		"$.body[0].page", "higher than a page");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("layout_boxes");
	TCase *tests = tcase_create("layout");

	tcase_add_test(tests, boxes);
	tcase_add_test(tests, table_borders);
	tcase_add_test(tests, spans_and_joins);
	tcase_add_test(tests, borders_are_rules_that_touch);
	tcase_add_test(tests, groups_and_direction);
	tcase_add_test(tests, characters_shrink_into_narrow_places);
	tcase_add_test(tests, upside_down_lines_come_last_first);
	tcase_add_test(tests, turned_characters_take_their_height);
	tcase_add_test(tests, lines_break_as_typography_has_it);
	tcase_add_test(tests, images_have_their_width);
	tcase_add_test(tests, symbols_show_by_name);
	tcase_add_test(tests, pages);
	tcase_add_test(tests, what_has_no_room);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
