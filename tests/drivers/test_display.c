// The line display drivers on a bench: which bytes go down, what is reported up.
#include "bench.h"

#include "drivers/registry.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EPSON_START  "<1b>@<1b>R<00><1f>C<00><1f><01><0c>"
#define CD5220_START "<1b>@<1b>fA<1b>_<00><1b><11><0c>"
#define EMPTY                                                                                      \
	"device.status "                                                                           \
	"{\"class\":\"display\",\"status\":{\"rows\":[\"\",\"\"]},\"reasons\":[]}\n"

static struct bench bench;

static void start(const struct ph_driver *driver, const char *const *options)
{
	bench_init(&bench, driver, "serial:/dev/null", 0, options);
}

/* Shows two rows and returns the bytes. */
static const char *show(const char *first, const char *second)
{
	char params[256];

	snprintf(params, sizeof params, "{\"rows\":[{\"text\":\"%s\"},{\"text\":\"%s\"}]}", first,
		second);
	bench_lines(&bench);
	bench_request(&bench, "display.show", params);
	return bench_written(&bench);
}

START_TEST(opening)
{
	start(&ph_driver_display_escpos, NULL);
	ck_assert_str_eq(bench_written(&bench), EPSON_START "<1f>X<04>");
	ck_assert_str_eq(bench_lines(&bench),
		"device.info "
		"{\"capabilities\":{\"display\":{\"rows\":2,\"columns\":20,\"brightness\":"
		"true,\"codepages\":[\"cp437\",\"cp858\",\"cp850\",\"cp1252\",\"cp852\",\"cp866\","
		"\"cp860\",\"cp863\",\"cp865\",\"katakana\"],\"set\":\"epson\",\"windows\":8,"
		"\"descriptors\":20,\"reverse\":true,\"glyphs\":[32,126]}}}\n" EMPTY
		"device.state {\"state\":\"ready\",\"reasons\":[]}\n");
	bench_done(&bench);
	start(&ph_driver_display_cd5220, (const char *[]){"brightness=20", NULL});
	ck_assert_str_eq(bench_written(&bench), CD5220_START "<1b>*<01>");
	bench_done(&bench);
}
END_TEST

START_TEST(only_changes_are_sent)
{
	start(&ph_driver_display_escpos, NULL);
	bench_written(&bench);
	ck_assert_str_eq(show("TOTAL", "12.50"), "<1f>$<01><01>TOTAL<1f>$<01><02>12.50");
	ck_assert_str_eq(bench_lines(&bench),
		"device.status {\"class\":\"display\",\"status\":{\"rows\":[\"TOTAL\",\"12.50\"]},"
		"\"reasons\":[]}\n1 {}\n");
	ck_assert_str_eq(show("TOTAL", "12.50"), "");
	ck_assert_str_eq(show("TOTAL", "12.90"), "<1f>$<04><02>9");
	/* two runs with a short gap are one; the cursor stands behind the 9 already */
	ck_assert_str_eq(show("TXTAX", "12.90"), "<1f>$<02><01>XTAX");
	ck_assert_str_eq(show("TOTAL", "12.9"), "<1f>$<02><01>OTAL<1f>$<05><02> ");
	/* clearing brings back a display that was switched off and on meanwhile */
	bench_request(&bench, "display.clear", "{}");
	ck_assert_str_eq(bench_written(&bench), EPSON_START "<1f>X<04>");
	bench_done(&bench);
}
END_TEST

START_TEST(full_width)
{
	start(&ph_driver_display_escpos, (const char *[]){"columns=8", NULL});
	bench_written(&bench);
	/* behind the last column the cursor is not trusted */
	ck_assert_str_eq(
		show("12345678XX", "abcdefgh"), "<1f>$<01><01>12345678<1f>$<01><02>abcdefgh");
	ck_assert_str_eq(show("12345678", "Abcdefgh"), "<1f>$<01><02>A");
	bench_done(&bench);
}
END_TEST

START_TEST(controls_never_reach_the_device)
{
	start(&ph_driver_display_escpos, NULL);
	bench_written(&bench);
	ck_assert_str_eq(show("A\\u001b@B\\u007f\\u009bC", ""), "<1f>$<01><01>A @B  C");
	bench_done(&bench);
}
END_TEST

START_TEST(code_pages)
{
	start(&ph_driver_display_escpos, NULL);
	bench_written(&bench);
	/* é is in CP437; the euro needs CP858, and the Cyrillic letter CP866 */
	ck_assert_str_eq(show("caf\\u00e9", ""), "<1f>$<01><01>caf<82>");
	ck_assert_str_eq(show("\\u20ac5", ""), "<1f>$<01><01><1b>t<13><d5>5  ");
	ck_assert_str_eq(show("\\u20ac5", "\\u0416!"), "<1f>$<01><02><1b>t<11><86>!");
	bench_done(&bench);
	start(&ph_driver_display_escpos, (const char *[]){"codepages=cp858", NULL});
	bench_written(&bench);
	/* without CP437 in the list the page is selected before the first accent */
	ck_assert_str_eq(show("\\u00e9\\u0142", ""), "<1f>$<01><01><1b>t<13><82>l");
	/* no page has it: look-alike, base letter, question mark; a combining accent joins its letter */
	ck_assert_str_eq(show("\\u00e9", "\\u201cn\\u0303\\u2026\\u4e2d\\u20ac"),
		"<1f>$<02><01> <1f>$<01><02>\"<a4>.?<d5>");
	ck_assert_str_eq(bench_lines(&bench),
		"device.status {\"class\":\"display\",\"status\":{\"rows\":[\"é\",\"\\\"ñ.?€\"]},"
		"\"reasons\":[]}\n2 {}\n");
	bench_done(&bench);
}
END_TEST

START_TEST(attributes)
{
	start(&ph_driver_display_escpos, NULL);
	bench_written(&bench);
	bench_request(&bench, "display.show",
		"{\"rows\":[{\"text\":\"ab\",\"reverse\":true,\"blink\":true}],\"brightness\":40}");
	ck_assert_str_eq(
		bench_written(&bench), "<1f>$<01><01><1f>r<01>ab                  <1f>X<02>");
	/* the set blinks as a whole: single cells blink by being written, twice a second */
	bench_advance(&bench, 499);
	ck_assert_str_eq(bench_written(&bench), "");
	bench_advance(&bench, 1);
	ck_assert_str_eq(bench_written(&bench), "<1f>$<01><01>  ");
	bench_advance(&bench, 500);
	ck_assert_str_eq(bench_written(&bench), "<1f>$<01><01>ab");
	ck_assert_str_eq(show("ab", ""), "<1f>$<01><01><1f>r<00>ab                  ");
	ck_assert_uint_eq(bench.timer_at, 0);
	bench_done(&bench);
	start(&ph_driver_display_cd5220, NULL);
	bench_written(&bench);
	bench_request(&bench, "display.show",
		"{\"rows\":[{\"text\":\"ab\",\"reverse\":true}],\"brightness\":0}");
	ck_assert_str_eq(bench_written(&bench), "<1b>l<01><01>ab<1b>*<01>");
	bench_done(&bench);
}
END_TEST

START_TEST(redraw_after_reconnect)
{
	start(&ph_driver_display_cd5220, NULL);
	show("one", "");
	ph_device_link_down(&bench.device, true, 0);
	bench_written(&bench);
	ck_assert_str_eq(show("two", ""), "");
	ph_device_link_up(&bench.device);
	ck_assert_str_eq(bench_written(&bench), CD5220_START "<1b>l<01><01>two<1b>*<04>");
	bench_done(&bench);
}
END_TEST

START_TEST(a_slow_line_gets_the_newest_screen)
{
	start(&ph_driver_display_escpos, NULL);
	bench_written(&bench);
	bench.block = true;
	ck_assert_str_eq(show("1", ""), "<1f>$<01><01>1");
	ck_assert_str_eq(show("2", ""), "");
	ck_assert_str_eq(show("3", ""), "");
	bench.block = false;
	bench_drain(&bench);
	ck_assert_str_eq(bench_written(&bench), "<1f>$<01><01>3");
	bench_done(&bench);
}
END_TEST

START_TEST(a_client_that_writes_all_the_time)
{
	start(&ph_driver_display_escpos, NULL);
	bench_lines(&bench);
	for (unsigned i = 0; i < 500; i++)
		show(i == 499 ? "last" : i & 1 ? "odd" : "even", "");
	bench_lines(&bench);
	bench_request(&bench, "display.show", "{\"rows\":[{\"text\":\"really\"}]}");
	ck_assert_str_eq(bench_lines(&bench), "501 {}\n");
	/* the news are paced, or the service would end a driver that floods it */
	bench_advance(&bench, 1000);
	ck_assert_str_eq(bench_lines(&bench),
		"device.status {\"class\":\"display\",\"status\":{\"rows\":[\"really\",\"\"]},"
		"\"reasons\":[]}\n");
	ck_assert_uint_eq(bench.timer_at, 0);
	bench_done(&bench);
}
END_TEST

static const struct {
	const char *params, *error;
} bad[] = {
	{"{}", "1 ! Illegal $.rows is missing\n"},
	{"{\"rows\":{}}", "1 ! Illegal $.rows must be a list\n"},
	{"{\"rows\":[1]}", "1 ! Illegal $.rows[0] must be an object\n"},
	{"{\"rows\":[{\"text\":\"a\"},{\"text\":\"b\"},{\"text\":\"c\"}]}",
		"1 ! Illegal $.rows has more than 2 rows\n"},
	{"{\"rows\":[{\"text\":1}]}", "1 ! Illegal $.rows[0].text must be a text\n"},
	{"{\"rows\":[{\"text\":\"a\",\"color\":1}]}", "1 ! Illegal $.rows[0].color is not known\n"},
	{"{\"rows\":[],\"brightness\":101}", "1 ! Illegal $.brightness is not within 0 and 100\n"},
	{"{\"rows\":[],\"rows\":[]}", "1 ! Illegal $.rows comes twice\n"},
};

START_TEST(bad_requests)
{
	start(&ph_driver_display_escpos, NULL);
	bench_lines(&bench);
	bench_request(&bench, "display.show", bad[_i].params);
	ck_assert_str_eq(bench_lines(&bench), bad[_i].error);
	bench_done(&bench);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("display");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, opening);
	tcase_add_test(tc, only_changes_are_sent);
	tcase_add_test(tc, full_width);
	tcase_add_test(tc, controls_never_reach_the_device);
	tcase_add_test(tc, code_pages);
	tcase_add_test(tc, attributes);
	tcase_add_test(tc, redraw_after_reconnect);
	tcase_add_test(tc, a_slow_line_gets_the_newest_screen);
	tcase_add_test(tc, a_client_that_writes_all_the_time);
	tcase_add_loop_test(tc, bad_requests, 0, (int)(sizeof bad / sizeof bad[0]));
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
