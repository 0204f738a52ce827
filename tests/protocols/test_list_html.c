// A display list as HTML: what stands where, what is escaped, and who draws symbols.
#include "tests/protocols/receipt_help.h"

#include <errno.h>

static char *html_of(const char *nodes, const struct ph_html_options *options)
{
	const struct ph_media media = ph_media_of_columns(16);
	struct ph_display_list list = {0};
	char document[2048], *html = NULL;

	snprintf(document, sizeof document, BODY("%s"), nodes);
	struct ph_receipt *receipt = accept(document);
	ck_assert_int_eq(ph_layout(receipt, &media, NULL, &list, NULL), 0);
	ck_assert_int_eq(ph_display_list_html(&list, options, &html), 0);
	ph_display_list_done(&list);
	ph_receipt_free(receipt);
	return html;
}

// What is inside of the article.
static void check_html(const char *nodes, const char *expected)
{
	const struct ph_html_options options = {.fragment = true};
	static const char head[] = "<article class=\"receipt\" style=\"width:16ch;\">\n";
	char *html = html_of(nodes, &options), *end = strstr(html, "</article>\n");

	ck_assert_int_eq(strncmp(html, head, strlen(head)), 0);
	ck_assert_str_eq(end, "</article>\n");
	*end = 0;
	ck_assert_str_eq(html + strlen(head), expected);
	free(html);
}

#define LINE "<div class=\"l\" style=\"height:2ch;margin-bottom:0.500ch;\">"

START_TEST(runs_stand_at_their_cells)
{
	check_html("{\"text\":\"a <b> & \\\"c\\\"\"}", LINE
		"<span style=\"left:0ch;width:11ch;\"><span>a &lt;b&gt; &amp; &quot;c&quot;</span>"
		"</span></div>\n");
	check_html("{\"pair\":[\"Tea\",\"3\"]}",
		LINE "<span style=\"left:0ch;width:3ch;\"><span>Tea</span></span>"
		     "<span style=\"left:15ch;width:1ch;\"><span>3</span></span></div>\n");
	check_html("{\"text\":\"\"}", LINE "</div>\n");
	check_html("{\"text\":\"日x\"}", LINE
		"<span style=\"left:0ch;width:3ch;\"><span><i class=\"w\">日</i>x</span></span>"
		"</div>\n");
}
END_TEST

START_TEST(styles_are_classes_and_sizes_are_scales)
{
	check_html("{\"text\":\"a\",\"bold\":true,\"italic\":true,\"underline\":\"thick\","
		   "\"strike\":true,\"invert\":true,\"color\":\"red\"}",
		LINE "<span style=\"left:0ch;width:1ch;\"><span class=\"b i u t s n r\">a</span>"
		     "</span></div>\n");
	check_html("{\"text\":\"a\",\"size\":[2,3],\"align\":\"right\"}",
		"<div class=\"l\" style=\"height:6ch;\"><span style=\"left:14ch;width:2ch;\">"
		"<span style=\"transform:scale(2.000,3.000)\">a</span></span></div>\n");
	check_html("{\"text\":\"a\",\"font\":\"b\"}",
		"<div class=\"l\" style=\"height:1.416ch;margin-bottom:1.083ch;\">"
		"<span style=\"left:0ch;width:0.750ch;\"><span style=\"transform:scale(0.750,0.708)"
		"\">a</span></span></div>\n");
	check_html("{\"text\":\"a\",\"upside_down\":true}",
		"<div class=\"l d\" style=\"height:2ch;margin-bottom:0.500ch;\">"
		"<span style=\"left:0ch;width:1ch;\"><span>a</span></span></div>\n");
}
END_TEST

START_TEST(turned_characters_have_boxes)
{
	check_html("{\"text\":[{\"t\":\"ab\",\"rotate\":true}]}",
		"<div class=\"l\" style=\"height:1ch;margin-bottom:1.500ch;\">"
		"<span style=\"left:0ch;width:4ch;\">"
		"<span style=\"transform:scale(1.000,1.000) translateY(.5ch)\">"
		"<i class=\"q\">a</i><i class=\"q\">b</i></span></span></div>\n");
	ck_assert_ptr_nonnull(strstr(ph_html_styles, ".receipt .l i{font-style:inherit}"));
}
END_TEST

START_TEST(lines_meet)
{
	check_html("{\"rule\":\"single\"}",
		LINE "<span style=\"left:0ch;width:16ch;\">"
		     "<span class=\"x\" style=\"transform:scale(1.000,1.060)\">"
		     "────────────────</span></span></div>\n");
}
END_TEST

// Thai and Indic letters join over cells: no boxes tear them apart.
START_TEST(joined_letters_stay_together)
{
	check_html("{\"text\":\"ไทย\"}",
		LINE "<span style=\"left:0ch;width:3ch;\"><span>ไทย</span></span></div>\n");
	check_html("{\"text\":\"हिन्दी\",\"align\":\"center\"}",
		LINE "<span "
		     "style=\"left:5ch;width:5ch;text-align:center;\"><span>हिन्दी</span></span></"
		     "div>\n");
}
END_TEST

// Right-to-left runs of a text stay in one place, where the browser orders them.
START_TEST(groups_are_ordered_by_the_browser)
{
	check_html("{\"text\":[{\"t\":\"ab \"},{\"t\":\"\\u05e9\\u05dc\",\"bold\":true}]}", LINE
		"<span dir=\"auto\" style=\"left:0ch;width:5ch;text-align:left;\"><span>ab </span>"
		"<span class=\"b\">של</span></span></div>\n");
}
END_TEST

START_TEST(other_items)
{
	check_html("{\"feed\":{\"lines\":2}},{\"cut\":\"full\"},{\"drawer\":{}},{\"qr\":{\"data\":"
		   "\"<&>\",\"align\":\"center\"}}",
		"<div style=\"height:5ch;\"></div>\n<hr class=\"k\">\n"
		"<div><span class=\"o\">[DRAWER 1]</span></div>\n"
		"<figure data-node=\"3\"><div style=\"text-align:center;margin-left:0ch;width:16ch;"
		"\"><span class=\"o\">[QR &lt;&amp;&gt;]</span></div></figure>\n");
	check_html("{\"page\":{\"body\":[{\"area\":{\"x\":2,\"width\":4,\"height\":8,\"direction\":"
		   "\"up\",\"body\":[{\"text\":\"a\"}]}}]}}",
		"<div class=\"l\" style=\"height:20ch;\">\n<div class=\"a\" style=\"left:2ch;"
		"top:20ch;width:20ch;height:4ch;transform-origin:0 "
		"0;transform:rotate(270deg)\">\n" LINE
		"<span style=\"left:0ch;width:1ch;\"><span>a</span></span></div>\n"
		"</div>\n</div>\n");
}
END_TEST

static int draw(void *context, uint32_t item, char **ret_markup)
{
	unsigned *calls = context;

	++*calls;
	if (item == 1)
		return -EINVAL;
	*ret_markup = malloc(32);
	snprintf(*ret_markup, 32, "<svg>%u</svg>", item);
	return 0;
}

START_TEST(the_caller_draws)
{
	unsigned calls = 0;
	const struct ph_html_options options = {.fragment = true, .draw = draw, .context = &calls};
	char *html =
		html_of("{\"qr\":{\"data\":\"a\"}},{\"qr\":{\"data\":\"b\"}},{\"page\":{\"body\":"
			"[{\"area\":{\"body\":[{\"text\":\"t\"},{\"qr\":{\"data\":\"c\"}}]}}]}},"
			"{\"cut\":\"full\"}",
			&options);

	ck_assert_str_eq(html,
		"<article class=\"receipt\" style=\"width:16ch;\">\n"
		"<figure data-node=\"0\" aria-label=\"[QR a]\"><svg>0</svg></figure>\n"
		"<figure data-node=\"1\"><div "
		"style=\"text-align:left;margin-left:0ch;width:16ch;\">"
		"<span class=\"o\">[QR b]</span></div></figure>\n"
		"<figure data-node=\"2\"><svg>2</svg></figure>\n"
		"<hr class=\"k\">\n</article>\n");
	ck_assert_uint_eq(calls, 3); // a page is drawn whole
	free(html);
}
END_TEST

START_TEST(a_page_needs_nothing_else)
{
	const struct ph_html_options options = {.title = "<1>"};
	char *html = html_of("{\"text\":\"a\"}", &options);

	ck_assert_int_eq(strncmp(html, "<!DOCTYPE html>\n<html>\n", 23), 0);
	ck_assert_ptr_nonnull(strstr(html, "<title>&lt;1&gt;</title>"));
	ck_assert_ptr_nonnull(strstr(html, ph_html_styles));
	ck_assert_ptr_null(strstr(html, "<script"));
	ck_assert_ptr_null(strstr(html, "http"));
	free(html);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("list_html");
	TCase *tests = tcase_create("html");

	tcase_add_test(tests, runs_stand_at_their_cells);
	tcase_add_test(tests, styles_are_classes_and_sizes_are_scales);
	tcase_add_test(tests, turned_characters_have_boxes);
	tcase_add_test(tests, lines_meet);
	tcase_add_test(tests, joined_letters_stay_together);
	tcase_add_test(tests, groups_are_ordered_by_the_browser);
	tcase_add_test(tests, other_items);
	tcase_add_test(tests, the_caller_draws);
	tcase_add_test(tests, a_page_needs_nothing_else);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
