// Widths, clusters and breaks of scripts, as Unicode has them.
#include "protocols/receipt/width.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *text;
	unsigned clusters, cells;
} texts[] = {
	{"abc", 3, 3},
	{"caf\xc3\xa9", 4, 4},
	{"e\xcc\x81\xcc\x82x", 2, 2},			// e, two marks
	{"\xd0\x96\xd1\x83", 2, 2},			// Cyrillic
	{"\xe6\x97\xa5\xe6\x9c\xac", 2, 4},		// U+65E5 U+672C
	{"\xef\xbd\xb6\xef\xbe\x9e", 1, 2},		// half-width ga
	{"\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", 1, 2}, // jamo han
	{"\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7", 1,
		2},								    // family
	{"\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd", 1, 2},				    // thumb, tone
	{"\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa\xf0\x9f\x87\xab\xf0\x9f\x87\xb7", 2, 4}, // two flags
	{"\xf0\x9f\x87\xa9x", 2, 2},						    // half a flag
	{"\xe2\x9d\xa4", 1, 1},							    // heart as text
	{"\xe2\x9d\xa4\xef\xb8\x8f", 1, 2},					    // as an emoji
	{"\xf0\x9f\x98\x80\xf0\x9f\x98\x80", 2, 4},
	{"\xf0\x9f\xab\xa8", 1, 2},				    // U+1FAE8, Unicode 15
	{"\xe0\xb8\x81\xe0\xb8\xb3", 1, 2},			    // Thai ko kai, sara am
	{"\xe0\xb9\x80\xe0\xb8\x81\xe0\xb9\x87\xe0\xb8\x9a", 2, 3}, // sara e stays in front
	{"\xe0\xba\x81\xe0\xba\xb3", 1, 2},			    // Lao
	{"\xe0\xa4\x95\xe0\xa5\x8d\xe0\xa4\xb7\xe0\xa4\xbf", 1, 3}, // Devanagari kshi
	{"\xe0\xa6\xac\xe0\xa6\xbe", 1, 2},			    // Bengali ba
	{"\xd7\xa9\xd6\xb8\xd7\x9c", 2, 2},			    // Hebrew with a point
	{"\xd8\xb3\xd9\x84\xd8\xa7\xd9\x85", 4, 4},		    // Arabic
	{"\xd8\x80", 1, 1},					    // U+0600 is seen
	{"\xe2\x80\x8b", 1, 0},					    // zero width space
	{"", 0, 0},
};

START_TEST(clusters_and_cells)
{
	const char *text = texts[_i].text;
	const size_t len = strlen(text);
	unsigned count = 0, cells = 0, own;
	uint32_t cp;

	for (size_t i = 0; i < len; count++, cells += own)
		i += ph_cluster(text + i, len - i, PH_CLUSTER_CELLS, &cp, &own);
	ck_assert_uint_eq(count, texts[_i].clusters);
	ck_assert_uint_eq(cells, texts[_i].cells);
	ck_assert_uint_eq(ph_text_cells(text, len), texts[_i].cells);
}
END_TEST

START_TEST(clusters_end_at_the_width_allowed)
{
	static const char kshi[] = "\xe0\xa4\x95\xe0\xa5\x8d\xe0\xa4\xb7\xe0\xa4\xbf";
	uint32_t cp;
	unsigned cells;

	ck_assert_uint_eq(ph_cluster(kshi, 12, 2, &cp, &cells), 9);
	ck_assert_uint_eq(cells, 2);
	ck_assert_uint_eq(cp, 0x915);
}
END_TEST

static const struct {
	uint32_t before, after;
	bool may;
} breaks[] = {
	{'a', 'b', false},
	{0x65e5, 0x672c, true},
	{'a', 0x65e5, true},
	{0x65e5, 'a', true},
	{0x65e5, 0x3002, false}, // no line begins with a full stop
	{0x65e5, 0x300d, false}, // nor with a closing bracket
	{0x3042, 0x3063, false}, // nor with a small kana
	{0x30fc, 0x30fc, false}, // nor with a prolonged sound
	{0x300c, 0x3042, false}, // none ends with an opening bracket
	{0x3042, 0x300c, true},
	{0x3002, 0x65e5, true},
	{0x65e5, ')', false},
	{'(', 0x65e5, false},
	{0xff71, 0xff72, true}, // half-width katakana
	{0xff71, 0xff70, false},
	{0x1f600, 0x1f600, true},
	{'-', 'a', true},
	{'-', '5', false},
	{'-', '-', false},
	{0x2010, 0xe9, true},
	{0xa0, 0x65e5, false},
	{0x200b, 'a', true},
	{0x627, 0x628, false},
	{0xe01, 0xe02, false},
};

START_TEST(where_lines_may_end)
{
	ck_assert(ph_may_break(breaks[_i].before, breaks[_i].after) == breaks[_i].may);
}
END_TEST

START_TEST(letters_and_marks_compose)
{
	ck_assert_uint_eq(ph_char_compose('e', 0x301), 0xe9);
	ck_assert_uint_eq(ph_char_compose(0x30ab, 0x3099), 0x30ac); // ka, ga
	ck_assert_uint_eq(ph_char_compose(0x1112, 0x1161), 0xd558); // Hangul ha
	ck_assert_uint_eq(ph_char_compose(0xd558, 0x11ab), 0xd55c); // han
	ck_assert_uint_eq(ph_char_compose(0xd55c, 0x11ab), 0);
	ck_assert_uint_eq(ph_char_compose('q', 0x301), 0);
}
END_TEST

START_TEST(right_to_left)
{
	static const uint32_t rtl[] = {0x5d0, 0x627, 0x710, 0x780, 0x7ca, 0x840, 0xfb1d, 0xfe8d,
		0x10900, 0x1e900},
			      ltr[] = {'a', 0x430, 0x65e5, 0xe01, 0x915, 0x1f600, 0xfeff};

	for (unsigned i = 0; i < sizeof rtl / sizeof rtl[0]; i++)
		ck_assert(ph_char_rtl(rtl[i]));
	for (unsigned i = 0; i < sizeof ltr / sizeof ltr[0]; i++)
		ck_assert(!ph_char_rtl(ltr[i]));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("width");
	TCase *tests = tcase_create("width");

	tcase_add_loop_test(tests, clusters_and_cells, 0, sizeof texts / sizeof texts[0]);
	tcase_add_test(tests, clusters_end_at_the_width_allowed);
	tcase_add_loop_test(tests, where_lines_may_end, 0, sizeof breaks / sizeof breaks[0]);
	tcase_add_test(tests, letters_and_marks_compose);
	tcase_add_test(tests, right_to_left);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
