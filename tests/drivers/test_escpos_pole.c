// A display plugged into a printer: shown between jobs, selected and deselected in one piece, never in the middle of a job.
#include "escpos_sim.h"

#include "base/cleanup.h"
#include "drivers/registry.h"

#include <stdio.h>

#define ALL                                                                                        \
	(PH_CLASS_BIT(PH_CLASS_PRINTER) | PH_CLASS_BIT(PH_CLASS_DRAWER) |                          \
		PH_CLASS_BIT(PH_CLASS_DISPLAY))
#define TO_DISPLAY "<1b>=<02>"
#define TO_PRINTER "<1b>=<01>"

static void open_pole(const char *const *options)
{
	prepare();
	bench_init(&sim.bench, sim_driver, "tcp://127.0.0.1", ALL, options);
	run(0);
}

static const char *const options[] = {"profile=epson-tm-t20ii", NULL};

static void show(const char *text)
{
	char params[128];

	snprintf(params, sizeof params, "{\"rows\":[{\"text\":\"%s\"}]}", text);
	bench_request(&sim.bench, "display.show", params);
}

START_TEST(opening)
{
	open_pole(options);
	const char *bytes = written();
	/* in front of all else: the last connection may have left it deselected */
	ck_assert_int_eq(strncmp(bytes, TO_PRINTER, strlen(TO_PRINTER)), 0);
	ASSERT_HAS(bytes, TO_DISPLAY "<1b>@<1b>R<00><1f>C<00><1f><01><0c><1f>X<04>" TO_PRINTER);
	const char *news = lines();
	ASSERT_HAS(news, "\"display\":{\"rows\":2,\"columns\":20,\"brightness\":true");
	ASSERT_HAS(news, "device.status {\"class\":\"display\",\"status\":{\"rows\":[\"\",\"\"]}");
	show("TOTAL");
	ck_assert_str_eq(written(), TO_DISPLAY "<1f>$<01><01>TOTAL" TO_PRINTER);
	ck_assert_uint_eq(sim.bench.timer_at, 0);
	finish();
}
END_TEST

START_TEST(without_the_class_there_is_none)
{
	open_ready("tcp://127.0.0.1");
	show("TOTAL");
	ASSERT_HAS(lines(), "! Illegal the device has no such class");
	ck_assert_str_eq(written(), "");
	finish();
}
END_TEST

START_TEST(a_job_is_never_disturbed)
{
	open_pole(options);
	lines();
	written();
	sim.held = true; /* answers are kept back: the job stays in hand */
	print("", 60, "");
	run(0);
	show("ONE");
	show("TWO");
	run(50);
	const char *job = written();
	ck_assert_ptr_null(strstr(job, TO_DISPLAY));
	ASSERT_HAS(job, "line 59<0a>");
	sim.held = false;
	answer_id(printer.held_ids[2]);
	run(0);
	ASSERT_HAS(lines(), ENDED("printed", 3, 3));
	/* only the newest picture goes */
	ck_assert_str_eq(written(), TO_DISPLAY "<1f>$<01><01>TWO" TO_PRINTER);
	finish();
}
END_TEST

START_TEST(a_printer_that_stands_still_passes_nothing_on)
{
	open_pole(options);
	set_paper(false);
	run(0);
	written();
	show("TOTAL");
	run(100);
	ck_assert_ptr_null(strstr(written(), TO_DISPLAY));
	set_paper(true);
	run(0);
	ASSERT_HAS(written(), TO_DISPLAY "<1f>$<01><01>TOTAL" TO_PRINTER);
	finish();
}
END_TEST

START_TEST(a_printer_that_never_answers)
{
	prepare();
	sim.mute = true;
	bench_init(&sim.bench, sim_driver, "usb:0416:5011", ALL,
		(const char *[]){"profile=generic-58", "display_set=cd5220", NULL});
	run(3000);
	written();
	show("TOTAL");
	ck_assert_str_eq(written(), TO_DISPLAY "<1b>l<01><01>TOTAL" TO_PRINTER);
	finish();
}
END_TEST

START_TEST(a_marquee_pauses_for_a_job)
{
	open_pole(options);
	bench_request(&sim.bench, "display.window.create",
		"{\"viewport_row\":1,\"viewport_column\":0,\"viewport_height\":1,"
		"\"viewport_width\":20,\"columns\":40}");
	bench_request(&sim.bench, "display.marquee", "{\"type\":\"init\",\"unit_wait_ms\":200}");
	bench_request(&sim.bench, "display.window.text", "{\"text\":\"ABCDEF\"}");
	bench_request(&sim.bench, "display.marquee", "{\"type\":\"left\"}");
	run(200);
	ASSERT_HAS(written(), TO_DISPLAY "<1f>$<14><02>A" TO_PRINTER);
	sim.held = true;
	print("", 60, "");
	run(1000);
	ck_assert_ptr_null(strstr(written(), TO_DISPLAY));
	sim.held = false;
	answer_id(printer.held_ids[2]);
	run(0);
	ASSERT_HAS(written(), TO_DISPLAY "<1f>$<0f><02>ABCDEF" TO_PRINTER);
	finish();
}
END_TEST

START_TEST(the_picture_comes_back_with_the_link)
{
	open_pole(options);
	show("TOTAL");
	ph_device_link_down(&sim.bench.device, true, 0);
	written();
	show("12.50");
	ck_assert_str_eq(written(), "");
	ph_device_link_up(&sim.bench.device);
	run(0);
	ASSERT_HAS(written(), "<0c><1f>$<01><01>12.50<1f>X<04>" TO_PRINTER);
	finish();
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, opening);
	tcase_add_test(tc, without_the_class_there_is_none);
	tcase_add_test(tc, a_job_is_never_disturbed);
	tcase_add_test(tc, a_printer_that_stands_still_passes_nothing_on);
	tcase_add_test(tc, a_printer_that_never_answers);
	tcase_add_test(tc, a_marquee_pauses_for_a_job);
	tcase_add_test(tc, the_picture_comes_back_with_the_link);
}

int main(void)
{
	return run_suite("escpos_pole", add_tests);
}
