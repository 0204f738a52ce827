// UnifiedPOS LineDisplay through the driver: windows, marquee, teletype, blinking, glyphs, read-back, and the idle text.
#include "bench.h"

#include "drivers/registry.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static struct bench bench;

static void start(const char *set)
{
	char words[48];

	snprintf(words, sizeof words, "set=%s", set);
	bench_init(
		&bench, &ph_driver_display, "serial:/dev/null", 0, (const char *[]){words, NULL});
	bench_written(&bench);
	bench_lines(&bench);
}

/* The answer alone, without the number and what is reported of the rows. */
static const char *ask(const char *method, const char *params)
{
	static char answer[8192];
	char name[64];

	bench_lines(&bench);
	snprintf(name, sizeof name, "display.%s", method);
	bench_request(&bench, name, params);
	const char *lines = bench_lines(&bench), *last = lines;
	for (const char *p = lines; *p; p++)
		if (p[0] == '\n' && p[1])
			last = p + 1;
	snprintf(answer, sizeof answer, "%s", strchr(last, ' ') + 1);
	answer[strcspn(answer, "\n")] = '\0';
	return answer;
}

#define OK(method, params) ck_assert_str_eq(ask(method, params), "{}")

START_TEST(text_and_cursor)
{
	start("epson");
	OK("window.text", "{\"text\":\"AB\"}");
	ck_assert_str_eq(bench_written(&bench), "<1f>$<01><01>AB");
	OK("window.text", "{\"text\":\"\\r\\nX\",\"reverse\":true}");
	ck_assert_str_eq(bench_written(&bench), "<1f>$<01><02><1f>r<01>X");
	OK("window.text", "{\"text\":\"Y\",\"row\":0,\"column\":19}");
	ck_assert_str_eq(bench_written(&bench), "<1f>$<14><01><1f>r<00>Y");
	OK("window.cursor", "{\"row\":1,\"column\":2,\"type\":\"underline\"}");
	ck_assert_str_eq(bench_written(&bench), "<1f>$<03><02><1f>C<01>");
	OK("window.clear", "{}");
	ck_assert_str_eq(
		bench_written(&bench), "<1f>$<01><01>  <1f>$<14><01> <1f>$<01><02> <1f>$<01><01>");
	bench_done(&bench);
}
END_TEST

START_TEST(escapes_are_followed_and_never_sent)
{
	start("epson");
	OK("window.text", "{\"text\":\"a\\u001b|rvCb\\u001b|Nc\\u001b|99Zd\\u001b@\"}");
	ck_assert_str_eq(bench_written(&bench), "<1f>$<01><01>a<1f>r<01>b<1f>r<00>cd @");
	bench_done(&bench);
}
END_TEST

static const struct {
	const char *method, *params, *error;
} bad[] = {
	{"window.create",
		"{\"viewport_row\":0,\"viewport_column\":0,\"viewport_height\":1,\"viewport_"
		"width\":"
		"20,\"rows\":2,\"columns\":40}",
		"! Illegal $.viewport_row the viewport must lie on the display, and the window be "
		"larger in rows or in columns, or as large"},
	{"window.create", "{\"viewport_row\":1}", "! Illegal $.viewport_column is missing"},
	{"window.create",
		"{\"viewport_row\":0,\"viewport_column\":0,\"viewport_height\":1,\"viewport_"
		"width\":"
		"1,\"columns\":4090}",
		"! LimitExceeded there is no room for one more"},
	{"window.destroy", "{}", "! Illegal $.window window 0 cannot be destroyed"},
	{"window.select", "{\"window\":3}", "! Illegal $.window there is no such window"},
	{"window.text", "{\"text\":\"a\",\"row\":0}",
		"! Illegal $.row row and column come together"},
	{"window.text", "{\"text\":\"a\",\"row\":2,\"column\":0}",
		"! Illegal $.row the place is outside of the window, or its marquee runs"},
	{"window.cursor", "{\"column\":21}", "! Illegal $.row the place is outside of the window"},
	{"window.cursor", "{\"type\":\"round\"}", "! Illegal $.type is not one of its words"},
	{"window.scroll", "{\"direction\":\"none\"}",
		"! Illegal $.direction is not one of its words"},
	{"marquee", "{\"type\":\"left\"}", "! Illegal $.window window 0 has no marquee"},
	{"marquee", "{\"format\":\"run\"}", "! Illegal $.format is not one of its words"},
	{"configure", "{\"blink_rate_ms\":0}",
		"! Illegal $.blink_rate_ms is not within 1 and 3600000"},
	{"descriptor", "{\"descriptor\":20,\"state\":\"on\"}",
		"! Illegal $.descriptor the display does not have as many"},
	{"glyph", "{\"code\":27,\"data_b64\":\"AA==\"}",
		"! Illegal $.code the display takes 32 to 126"},
	{"glyph", "{\"code\":65,\"data_b64\":\"\"}",
		"! Illegal $.data_b64 must be 1 to 8 bytes in base64, one per row of dots"},
	{"idle", "{\"rows\":[{\"text\":\"a\",\"size\":1}]}",
		"! Illegal $.rows[0].size is not known"},
};

START_TEST(bad_requests)
{
	start("epson");
	ck_assert_str_eq(ask(bad[_i].method, bad[_i].params), bad[_i].error);
	ck_assert_str_eq(bench_written(&bench), "");
	bench_done(&bench);
}
END_TEST

#define AD                                                                                         \
	"{\"viewport_row\":1,\"viewport_column\":0,\"viewport_height\":1,\"viewport_width\":5,"    \
	"\"columns\":20}"

START_TEST(a_marquee_runs_by_the_clock)
{
	start("epson");
	ck_assert_str_eq(ask("window.create", AD), "{\"window\":1}");
	OK("marquee", "{\"type\":\"init\",\"unit_wait_ms\":200,\"repeat_wait_ms\":1000}");
	OK("window.text", "{\"text\":\"ABCDEF\"}");
	/* filled without being seen */
	ck_assert_str_eq(bench_written(&bench), "");
	ck_assert_uint_eq(bench.timer_at, 0);
	OK("marquee", "{\"type\":\"left\"}");
	bench_advance(&bench, 200);
	ck_assert_str_eq(bench_written(&bench), "<1f>$<05><02>A");
	bench_advance(&bench, 200);
	ck_assert_str_eq(bench_written(&bench), "<1f>$<04><02>AB");
	bench_advance(&bench, 800);
	/* the last step stands for the repeat wait, then all begins again */
	bench_written(&bench);
	bench_advance(&bench, 999);
	ck_assert_str_eq(bench_written(&bench), "");
	bench_advance(&bench, 1);
	ck_assert_str_eq(bench_written(&bench), "<1f>$<01><02>     ");
	/* a running marquee is left alone */
	ck_assert_str_eq(
		ask("window.text", "{\"text\":\"X\"}"), "! Illegal $.window has a running marquee");
	OK("marquee", "{\"type\":\"none\"}");
	ck_assert_str_eq(bench_written(&bench), "<1f>$<01><02>ABCDE");
	ck_assert_uint_eq(bench.timer_at, 0);
	bench_done(&bench);
}
END_TEST

START_TEST(no_more_than_ten_redraws_a_second)
{
	start("epson");
	ask("window.create", AD);
	OK("marquee", "{\"type\":\"init\",\"unit_wait_ms\":37,\"repeat_wait_ms\":1}");
	OK("window.text", "{\"text\":\"ABCDEFGHIJKLMNOPQRS\"}");
	OK("marquee", "{\"type\":\"left\"}");
	unsigned redraws = 0;
	for (unsigned ms = 0; ms < 5000; ms++) {
		bench_advance(&bench, 1);
		redraws += *bench_written(&bench) != '\0';
	}
	ck_assert_uint_le(redraws, 50);
	ck_assert_uint_ge(redraws, 40);
	bench_done(&bench);
}
END_TEST

START_TEST(show_ends_windows)
{
	start("epson");
	ask("window.create", AD);
	OK("marquee", "{\"type\":\"init\"}");
	OK("window.text", "{\"text\":\"ABCDEF\"}");
	OK("marquee", "{\"type\":\"left\"}");
	OK("show", "{\"rows\":[{\"text\":\"TOTAL\"}]}");
	ck_assert_uint_eq(bench.timer_at, 0);
	ck_assert_str_eq(ask("window.select", "{\"window\":1}"),
		"! Illegal $.window there is no such window");
	bench_done(&bench);
}
END_TEST

START_TEST(teletype)
{
	start("utc");
	OK("window.text", "{\"text\":\"abc\",\"wait_ms\":150}");
	ck_assert_str_eq(bench_written(&bench), "<10><00>a");
	ck_assert_str_eq(ask("window.text", "{\"text\":\"d\"}"),
		"! Busy the device is not done with what it was asked before");
	bench_advance(&bench, 150);
	ck_assert_str_eq(bench_written(&bench), "b");
	bench_advance(&bench, 150);
	ck_assert_str_eq(bench_written(&bench), "c");
	ck_assert_uint_eq(bench.timer_at, 0);
	OK("window.scroll", "{\"direction\":\"left\"}");
	ck_assert_str_eq(bench_written(&bench), "<10><00>bc ");
	bench_done(&bench);
}
END_TEST

START_TEST(blink_of_the_device)
{
	start("utc");
	OK("window.text", "{\"text\":\"ab\",\"blink\":true}");
	ck_assert_str_eq(bench_written(&bench), "<10><00><1c>ab");
	ck_assert_uint_eq(bench.timer_at, 0);
	ck_assert_str_eq(ask("configure", "{\"blink_rate_ms\":300}"),
		"! Illegal $.blink_rate_ms the display blinks by itself at a rate of its own");
	bench_done(&bench);
}
END_TEST

START_TEST(brightness_and_blink_rate)
{
	start("epson");
	OK("configure", "{\"brightness\":40,\"blink_rate_ms\":250}");
	ck_assert_str_eq(bench_written(&bench), "<1f>X<02>");
	OK("window.text", "{\"text\":\"!\",\"blink\":true}");
	bench_written(&bench);
	bench_advance(&bench, 250);
	ck_assert_str_eq(bench_written(&bench), "<1f>$<01><01> ");
	bench_done(&bench);
}
END_TEST

START_TEST(glyphs)
{
	start("cd5220");
	/* an arrow, rows of five dots from the top: columns 08 1c 2a 08 08 */
	OK("glyph", "{\"code\":65,\"data_b64\":\"AAQIHwgEAA==\"}");
	ck_assert_str_eq(bench_written(&bench), "<1b>&<01>AA<05><08><1c>*<08><08><1b>%<01>");
	OK("window.text", "{\"text\":\"A\"}");
	ck_assert_str_eq(bench_written(&bench), "<1b>l<01><01>A");
	bench_done(&bench);
	start("aedex");
	ck_assert_str_eq(ask("glyph", "{\"code\":65,\"data_b64\":\"AA==\"}"),
		"! Illegal $.code the display takes no glyphs");
	bench_done(&bench);
}
END_TEST

START_TEST(annunciators)
{
	start("epson");
	OK("descriptor", "{\"descriptor\":4,\"state\":\"on\"}");
	ck_assert_str_eq(bench_written(&bench), "<1f>#<01><05>");
	OK("descriptor", "{\"state\":\"off\"}");
	ck_assert_str_eq(bench_written(&bench), "<1f>#<00><05>");
	bench_done(&bench);
	start("utc");
	ck_assert_str_eq(ask("descriptor", "{\"state\":\"on\"}"),
		"! Illegal $.descriptor the display has no descriptors");
	bench_done(&bench);
}
END_TEST

START_TEST(read_back)
{
	start("utc");
	OK("window.text", "{\"text\":\"caf\\u00e9\"}");
	OK("window.text", "{\"text\":\"!\",\"row\":1,\"column\":0,\"blink\":true}");
	OK("window.cursor", "{\"row\":0,\"column\":3}");
	ck_assert_str_eq(ask("content", "{}"),
		"{\"rows\":[\"cafe\",\"!\"],\"attributes\":[\"00000000000000000000\","
		"\"10000000000000000000\"],\"window\":0,\"windows\":[{\"window\":0,"
		"\"viewport_row\":0,\"viewport_column\":0,\"viewport_height\":2,\"viewport_width\":"
		"20,\"rows\":2,\"columns\":20,\"cursor_row\":0,\"cursor_column\":3,\"unit_wait_"
		"ms\":"
		"0,\"repeat_wait_ms\":0,\"cursor_type\":\"none\",\"cursor_blink\":false,"
		"\"cursor_update\":true,\"marquee\":\"none\",\"format\":\"walk\"}],\"at_cursor\":"
		"\"é\",\"brightness\":100,\"blink_rate_ms\":500,\"descriptors\":[],\"idle\":"
		"false}");
	ck_assert_str_eq(bench_written(&bench) + 0, "<10><00>cafe<10><14><1c>!");
	bench_done(&bench);
}
END_TEST

START_TEST(all_comes_back_with_the_link)
{
	start("epson");
	ask("window.create", AD);
	OK("marquee", "{\"type\":\"init\",\"unit_wait_ms\":200,\"repeat_wait_ms\":1000}");
	OK("window.text", "{\"text\":\"ABCDEF\"}");
	OK("marquee", "{\"type\":\"left\"}");
	ph_device_link_down(&bench.device, true, 0);
	bench_written(&bench);
	ck_assert_uint_eq(bench.timer_at, 0);
	bench_advance(&bench, 400);
	ph_device_link_up(&bench.device);
	ck_assert_ptr_nonnull(strstr(bench_written(&bench), "<0c><1f>$<04><02>AB"));
	bench_advance(&bench, 200);
	ck_assert_str_eq(bench_written(&bench), "<1f>$<03><02>ABC");
	bench_done(&bench);
}
END_TEST

/* ---- idle text ---- */

#define ANEW	"<1b>@<1b>R<00><1f>C<00><1f><01><0c>"
#define WELCOME "{\"rows\":[{\"text\":\"WELCOME\"}],\"after_s\":10}"

START_TEST(idle_text_waits_for_quiet)
{
	start("epson");
	/* nothing was shown yet */
	OK("idle", WELCOME);
	ck_assert_str_eq(bench_written(&bench), ANEW "<1f>$<01><01>WELCOME<1f>X<04>");
	OK("show", "{\"rows\":[{\"text\":\"TOTAL\"}]}");
	ck_assert_str_eq(bench_written(&bench), "<1f>$<01><01>TOTAL  ");
	bench_advance(&bench, 9000);
	OK("window.text", "{\"text\":\"!\",\"row\":0,\"column\":5}");
	bench_written(&bench);
	bench_advance(&bench, 9999);
	ck_assert_str_eq(bench_written(&bench), "");
	bench_advance(&bench, 1);
	ck_assert_str_eq(bench_written(&bench), ANEW "<1f>$<01><01>WELCOME<1f>X<04>");
	ck_assert_uint_eq(bench.timer_at, 0);
	/* the next text goes where it would have gone */
	OK("window.text", "{\"text\":\"?\",\"row\":0,\"column\":6}");
	ck_assert_str_eq(bench_written(&bench), "<1f>$<01><01>TOTAL!?");
	OK("idle", "{\"rows\":[]}");
	ck_assert_uint_eq(bench.timer_at, 0);
	bench_done(&bench);
}
END_TEST

START_TEST(idle_text_and_leases)
{
	start("epson");
	OK("idle", WELCOME);
	bench_written(&bench);
	OK("hold", "{\"held\":true}");
	ck_assert_str_eq(bench_written(&bench), ANEW "<1f>X<04>");
	ask("window.create", AD);
	OK("window.text", "{\"text\":\"TOTAL\"}");
	bench_written(&bench);
	bench_advance(&bench, 60000);
	ck_assert_str_eq(bench_written(&bench), "");
	/* back at once, and what the holder had set up is gone */
	OK("hold", "{\"held\":false}");
	ck_assert_str_eq(bench_written(&bench), ANEW "<1f>$<01><01>WELCOME<1f>X<04>");
	ck_assert_str_eq(ask("window.select", "{\"window\":1}"),
		"! Illegal $.window there is no such window");
	/* the next one begins with an empty display */
	OK("hold", "{\"held\":true}");
	ck_assert_str_eq(bench_written(&bench), ANEW "<1f>X<04>");
	bench_done(&bench);
}
END_TEST

START_TEST(idle_text_is_remembered)
{
	start("epson");
	bench_request(&bench, "display.idle", WELCOME);
	ck_assert_ptr_nonnull(strstr(bench_lines(&bench),
		"device.remember {\"key\":\"idle_text\",\"value\":\"{\\\"rows\\\":[{\\\"text\\\":"
		"\\\"WELCOME\\\"}],\\\"after_s\\\":10}\"}\n"));
	bench_done(&bench);
	bench_init(&bench, &ph_driver_display, "serial:/dev/null", 0,
		(const char *[]){"set=utc", "memory:idle_text=" WELCOME, NULL});
	ck_assert_str_eq(bench_written(&bench), "<1f><11><14><1d><10><00>WELCOME");
	bench_done(&bench);
	/* words of another time are no reason not to serve */
	bench_init(&bench, &ph_driver_display, "serial:/dev/null", 0,
		(const char *[]){
			"set=utc", "memory:idle_text={\"rows\":[3,{}],\"after_s\":-1}", NULL});
	ck_assert_str_eq(bench_written(&bench), "<1f><11><14><1d>");
	bench_done(&bench);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("display_line");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, text_and_cursor);
	tcase_add_test(tc, escapes_are_followed_and_never_sent);
	tcase_add_loop_test(tc, bad_requests, 0, (int)(sizeof bad / sizeof bad[0]));
	tcase_add_test(tc, a_marquee_runs_by_the_clock);
	tcase_add_test(tc, no_more_than_ten_redraws_a_second);
	tcase_add_test(tc, show_ends_windows);
	tcase_add_test(tc, teletype);
	tcase_add_test(tc, blink_of_the_device);
	tcase_add_test(tc, brightness_and_blink_rate);
	tcase_add_test(tc, glyphs);
	tcase_add_test(tc, annunciators);
	tcase_add_test(tc, read_back);
	tcase_add_test(tc, all_comes_back_with_the_link);
	tcase_add_test(tc, idle_text_waits_for_quiet);
	tcase_add_test(tc, idle_text_and_leases);
	tcase_add_test(tc, idle_text_is_remembered);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
