// Each command set through the driver: what a sale makes of it, the answers of DSP800, reports of the Wincor carrier.
#include "bench.h"

#include "drivers/registry.h"
#include "protocols/linedisplay/sets.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct bench bench;

static void start(const char *set, const char *connection, const char *option)
{
	char words[48];

	snprintf(words, sizeof words, "set=%s", set);
	bench_init(
		&bench, &ph_driver_display, connection, 0, (const char *[]){words, option, NULL});
}

#define SERIAL "serial:/dev/null"

/* From power-on to TOTAL in row 1 and X at row 2 column 1, then Y in place of the X. */
static const struct {
	const char *set, *start, *sale, *change;
} rows[] = {
	{"epson", "<1b>@<1b>R<00><1f>C<00><1f><01><0c><1f>X<04>",
		"<1f>$<01><01>TOTAL<1f>$<01><02>X", "<1f>$<01><02>Y"},
	{"cd5220", "<1b>@<1b>fA<1b>_<00><1b><11><0c><1b>*<04>", "<1b>l<01><01>TOTAL<1b>l<01><02>X",
		"<1b>l<01><02>Y"},
	{"utc", "<1f><11><14><1d>", "<10><00>TOTAL<10><14>X", "<10><14>Y"},
	{"utc-enhanced", "<1b><0f><0d><1f><11><14><1b>d",
		"<1b>uATOTAL               <0d><1b>uBX                   <0d>",
		"<1b>uBY                   <0d>"},
	{"aedex", "!#A<0d>!#1                    <0d>!#2                    <0d>",
		"!#1TOTAL               <0d>!#2X                   <0d>",
		"!#2Y                   <0d>"},
	{"adm788", "<0c>", "<0e>TOTAL               <0f>X                   ",
		"<0f>Y                   "},
	{"icd2002", "<1b>@", "<1b>U<0d>TOTAL               <1b>D<0d>X                   ",
		"<1b>D<0d>Y                   "},
	{"logic-controls", "<1f><11><14><04><ff>", "<10><00>TOTAL<10><14>X", "<10><14>Y"},
	{"ibm",
		"<1f><00><01><11><14><02><00><10><00>                    <10><14>                  "
		" "
		" <04><ff>",
		"<10><00>TOTAL<10><14>X", "<10><14>Y"},
	{"ibm-apa", "<1b>\\?LC0<1b>[2J<1b>\\?LD5", "<1b>[1;01HTOTAL<1b>[2;01HX", "<1b>[2;01HY"},
	{"ba63", "<1b>[2J<1b>R4", "<1b>[1;01HTOTAL<1b>[2;01HX", "<1b>[2;01HY"},
	{"ba66", "<1b>[2J<1b>R4", "<1b>[1;01HTOTAL<1b>[2;01HX", "<1b>[2;01HY"},
	{"ncr", "<1b> <1b><0e><1b><02><1b><17><05>", "<1b><13><00>TOTAL<1b><13><14>X",
		"<1b><13><14>Y"},
};

START_TEST(each_set)
{
	start(rows[_i].set, SERIAL, NULL);
	ck_assert_str_eq(bench_written(&bench), rows[_i].start);
	bench_request(&bench, "display.show", "{\"rows\":[{\"text\":\"TOTAL\"},{\"text\":\"X\"}]}");
	ck_assert_str_eq(bench_written(&bench), rows[_i].sale);
	bench_request(&bench, "display.show", "{\"rows\":[{\"text\":\"TOTAL\"},{\"text\":\"Y\"}]}");
	ck_assert_str_eq(bench_written(&bench), rows[_i].change);
	bench_done(&bench);
}
END_TEST

START_TEST(digits_and_lamps)
{
	start("led8", SERIAL, NULL);
	ck_assert_str_eq(bench_written(&bench), "<1b>QA        <0d>");
	bench_request(&bench, "display.show", "{\"rows\":[{\"text\":\"   12.50\"}]}");
	ck_assert_str_eq(bench_written(&bench), "<1b>QA   12.50<0d>");
	bench_request(&bench, "display.descriptor", "{\"descriptor\":1,\"state\":\"on\"}");
	ck_assert_str_eq(bench_written(&bench), "<1b>s2");
	bench_request(&bench, "display.descriptor", "{\"state\":\"off\"}");
	ck_assert_str_eq(bench_written(&bench), "<1b>s0");
	bench_done(&bench);
}
END_TEST

/* Every row of the table can be named in the configuration. */
START_TEST(all_sets_are_choices)
{
	const struct ph_option *option = &ph_driver_display.options[0];
	size_t count = 0;

	ck_assert_str_eq(option->name, "set");
	while (option->choices[count])
		count++;
	ck_assert_uint_eq(count, ph_linedisplay_set_count);
	for (size_t i = 0; i < count; i++)
		ck_assert_str_eq(option->choices[i], ph_linedisplay_sets[i]->name);
}
END_TEST

START_TEST(a_set_is_needed)
{
	struct ph_device device;
	const struct ph_device_config config = {.name = "bench", .connection = SERIAL};

	start("utc", SERIAL, NULL);
	ck_assert_int_eq(ph_device_init(&device, &ph_driver_display, bench.device.io), 0);
	ck_assert_int_eq(ph_device_configure(&device, &config), -EINVAL);
	ck_assert_str_eq(device.refused_path, "$.options.set");
	ph_device_done(&device);
	bench_done(&bench);
}
END_TEST

/* ---- answers ---- */

#define DSP_INIT  "<04><01>I<17>"
#define DSP_CLEAR "<04><01>C1X<17>"
#define DSP_LIGHT "<04><01>A4<17>"

static void answer(const char *bytes)
{
	bench_feed(&bench, bytes, strlen(bytes), true);
}

static void start_dsp800(void)
{
	start("dsp800", SERIAL, NULL);
	ck_assert_str_eq(bench_written(&bench), DSP_INIT);
	answer("\x06");
	ck_assert_str_eq(bench_written(&bench), DSP_CLEAR);
	answer("\x06");
	ck_assert_str_eq(bench_written(&bench), DSP_LIGHT);
	answer("\x06");
	ck_assert_str_eq(bench_written(&bench), "");
	bench_lines(&bench);
}

#define TOTAL "{\"rows\":[{\"text\":\"TOTAL\"},{\"text\":\"X\"}]}"

START_TEST(frames_wait_for_their_answer)
{
	start_dsp800();
	bench_request(&bench, "display.show", TOTAL);
	ck_assert_str_eq(bench_written(&bench), "<04><01>P1<17>");
	/* what changes meanwhile goes afterwards */
	bench_request(&bench, "display.show", "{\"rows\":[{\"text\":\"TOTAL\"},{\"text\":\"Y\"}]}");
	ck_assert_str_eq(bench_written(&bench), "");
	answer("\x06");
	ck_assert_str_eq(bench_written(&bench), "TOTAL<04><01>PE<17>");
	answer("\x06");
	ck_assert_str_eq(bench_written(&bench), "X<04><01>PE<17>");
	answer("\x06");
	ck_assert_str_eq(bench_written(&bench), "Y");
	ck_assert_uint_eq(bench.timer_at, 0);
	bench_done(&bench);
}
END_TEST

START_TEST(a_refused_frame_is_sent_again)
{
	start_dsp800();
	bench_request(&bench, "display.show", TOTAL);
	bench_written(&bench);
	answer("\x06");
	ck_assert_str_eq(bench_written(&bench), "TOTAL<04><01>PE<17>");
	/* the text in front of it stands already */
	answer("\x15");
	ck_assert_str_eq(bench_written(&bench), "<04><01>PE<17>");
	answer("\x15");
	ck_assert_str_eq(bench_written(&bench), "<04><01>PE<17>");
	answer("\x15");
	/* what it shows is not known any more: the next picture is whole */
	ck_assert_str_eq(bench_written(&bench), "");
	bench_request(&bench, "display.show", TOTAL);
	ck_assert_str_eq(bench_written(&bench), DSP_INIT);
	bench_done(&bench);
}
END_TEST

START_TEST(a_unit_that_never_answers_works)
{
	start("dsp800", SERIAL, NULL);
	bench_written(&bench);
	bench_advance(&bench, 5000);
	ck_assert_str_eq(bench_written(&bench), DSP_INIT DSP_INIT DSP_INIT DSP_CLEAR DSP_LIGHT);
	bench_request(&bench, "display.show", TOTAL);
	ck_assert_str_eq(bench_written(&bench), "<04><01>P1<17>TOTAL<04><01>PE<17>X");
	ck_assert_uint_eq(bench.timer_at, 0);
	ck_assert_ptr_null(strstr(bench_lines(&bench), "not_responding"));
	bench_done(&bench);
	start("dsp800", SERIAL, "ack=none");
	ck_assert_str_eq(bench_written(&bench), DSP_INIT DSP_CLEAR DSP_LIGHT);
	bench_done(&bench);
}
END_TEST

START_TEST(a_unit_that_stops_answering_is_off_line)
{
	start_dsp800();
	bench_request(&bench, "display.show", TOTAL);
	bench_lines(&bench);
	bench_advance(&bench, 900);
	ck_assert_str_eq(bench_lines(&bench),
		"device.state {\"state\":\"offline\",\"reasons\":[\"not_responding\"],\"message\":"
		"\"the display has stopped answering\"}\n");
	bench_written(&bench);
	bench_advance(&bench, 900);
	ck_assert_str_eq(bench_written(&bench), DSP_INIT);
	answer("\x06\x06");
	ck_assert_str_eq(
		bench_lines(&bench), "device.state {\"state\":\"ready\",\"reasons\":[]}\n");
	answer("\x06\x06\x06\x06");
	ck_assert_str_eq(
		bench_written(&bench), DSP_CLEAR "<04><01>P1<17>TOTAL<04><01>PE<17>X" DSP_LIGHT);
	bench_done(&bench);
}
END_TEST

/* ---- carriers ---- */

#define NULS_12 "<00><00><00><00><00><00><00><00><00><00><00><00>"

START_TEST(wincor_reports)
{
	start("ba63", "hid:0aa7:0200", NULL);
	/* ESC [ 2 J ESC R 4 in one report of 32 bytes, the id 0 in front */
	ck_assert_uint_eq(bench.written.len, 33);
	ck_assert_mem_eq(bench.written.data, "\0\x02\0\x07\x1b[2J\x1bR4", 11);
	bench_written(&bench);
	bench_request(&bench, "display.show", TOTAL);
	ck_assert_uint_eq(bench.written.len, 33);
	ck_assert_mem_eq(bench.written.data, "\0\x02\0\x14\x1b[1;01HTOTAL\x1b[2;01HX", 24);
	bench_written(&bench);
	bench_request(&bench, "display.show",
		"{\"rows\":[{\"text\":\"12345678901234567890\"},{\"text\":\"abcdefghij\"}]}");
	ck_assert_uint_eq(bench.written.len, 66);
	bench_written(&bench);
	bench_request(&bench, "display.clear", "{}");
	ck_assert_str_eq(bench_written(&bench),
		"<00><02><00><07><1b>[2J<1b>R4<00><00>" NULS_12 "<00><00><00><00><00><00><00><00>");
	/* what it answers is not asked for */
	answer("\x04\x01\x02\x03");
	bench_done(&bench);
}
END_TEST

START_TEST(the_interface_of_the_display)
{
	/* 32 bytes out, without ids: usage page FF45 */
	static const uint8_t display[] = {0x06, 0x45, 0xff, 0x0a, 0x01, 0x24, 0xa1, 0x01, 0x09,
		0x02, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x20, 0x81, 0x02, 0x09, 0x03,
		0x95, 0x20, 0x91, 0x02, 0xc0};
	uint8_t other[sizeof display];

	memcpy(other, display, sizeof display);
	ck_assert(ph_driver_display.hid_suits(display, sizeof display));
	other[24] = 0x08;
	ck_assert(!ph_driver_display.hid_suits(other, sizeof other));
	ck_assert(!ph_driver_display.hid_suits(display, 3));
}
END_TEST

START_TEST(selected_before_each_picture)
{
	start("epson", SERIAL, "select=yes");
	ck_assert_int_eq(strncmp(bench_written(&bench), "<1b>=<02><1b>@", 14), 0);
	bench_request(&bench, "display.show", TOTAL);
	ck_assert_str_eq(bench_written(&bench), "<1b>=<02><1f>$<01><01>TOTAL<1f>$<01><02>X");
	bench_done(&bench);
}
END_TEST

START_TEST(direct_bytes_make_the_next_picture_whole)
{
	start("utc", SERIAL, NULL);
	bench_written(&bench);
	bench_request(&bench, "device.directIO", "{\"data_b64\":\"HwA=\"}");
	ck_assert_str_eq(bench_written(&bench), "<1f><00>");
	bench_request(&bench, "display.show", TOTAL);
	ck_assert_str_eq(bench_written(&bench), "<1f><11><14><1d><10><00>TOTAL<10><14>X");
	bench_done(&bench);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("display_sets");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, each_set, 0, (int)(sizeof rows / sizeof rows[0]));
	tcase_add_test(tc, digits_and_lamps);
	tcase_add_test(tc, all_sets_are_choices);
	tcase_add_test(tc, a_set_is_needed);
	tcase_add_test(tc, frames_wait_for_their_answer);
	tcase_add_test(tc, a_refused_frame_is_sent_again);
	tcase_add_test(tc, a_unit_that_never_answers_works);
	tcase_add_test(tc, a_unit_that_stops_answering_is_off_line);
	tcase_add_test(tc, wincor_reports);
	tcase_add_test(tc, the_interface_of_the_display);
	tcase_add_test(tc, selected_before_each_picture);
	tcase_add_test(tc, direct_bytes_make_the_next_picture_whole);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
