// The Star driver: jobs under every fault, cancelling, copies, reprints, drawings and the drawer.
#include "star_sim.h"

#include "base/cleanup.h"

/* ---- jobs ---- */

START_TEST(a_job)
{
	open_ready("tcp://127.0.0.1");
	sim.single = _i;
	print("", 2, ",{\"cut\":\"partial\"}");
	run(0);
	const char *up = lines();
	ASSERT_HAS(up, "{\"segments\":2}\n");
	ASSERT_HAS(up, "job.progress {\"job\":\"j\",\"segments\":2,\"sent\":2,\"confirmed\":1}\n");
	ASSERT_HAS(up, ENDED("printed", 2, 2));
	const char *down = written();
	ASSERT_HAS(down, PROLOGUE CLEAR COUNT);
	ASSERT_HAS(down, "line 0<0a>line 1<0a>" COUNT);
	ASSERT_HAS(down, "<1b>d<03>" COUNT);
	ck_assert_uint_eq(printer.counter, 3);
	ck_assert_uint_eq(sim.bench.timer_at, 0);
	finish();
}
END_TEST

START_TEST(the_window)
{
	open_ready("tcp://127.0.0.1");
	sim.held = true; /* no answer yet */
	print("", 1200, "");
	run(100);
	ck_assert_uint_le(engine()->most_in_flight, 4096);
	ck_assert_uint_gt(engine()->most_in_flight, 2048);
	ck_assert_uint_eq(engine()->confirmed, 0);
	sim.held = false;
	run(100);
	ASSERT_HAS(lines(), ENDED("printed", 50, 50));
	ck_assert_uint_eq(engine()->in_flight, 0);
	ck_assert_uint_le(engine()->most_in_flight, 4096);
	finish();
}
END_TEST

START_TEST(counting_around)
{
	/* 300 segments: the counter begins anew before it is full, and all are confirmed */
	open_ready("tcp://127.0.0.1");
	PH_CLEANUP(ph_buf_done) struct ph_buf more = PH_BUF_INIT;
	for (unsigned i = 0; i < 299; i++)
		ph_buf_add_str(&more, ",{\"cut\":\"partial\"}");
	print("", 1, more.data);
	run(100);
	ASSERT_HAS(lines(), ENDED("printed", 300, 300));
	ck_assert_uint_lt(printer.counter, 100);
	finish();
}
END_TEST

START_TEST(out_of_paper)
{
	open_ready(_i ? "serial:/dev/null" : "tcp://127.0.0.1");
	set_status(0x08, 0, 0x08);
	print("", 3, "");
	run(20000);
	const char *up = lines();
	ASSERT_HAS(up, "\"paper\":\"empty\"");
	if (_i) {
		/* here it is asked for as long as there is a job */
		ck_assert_ptr_null(strstr(up, "job.end"));
	} else {
		ASSERT_HAS(up, "\"outcome\":\"lost\",\"segments\":1,\"sent\":0,\"confirmed\":0}");
	}
	set_status(0, 0, 0);
	if (!_i)
		print("", 3, "");
	run(2000);
	ASSERT_HAS(lines(), ENDED("printed", 1, 1));

	/* in the middle: it waits as long as it takes, and goes on by itself */
	print("", 100, "");
	set_status(0x28, 0, 0);
	run(60000);
	up = lines();
	ASSERT_HAS(up, "\"reasons\":[\"cover_open\"]");
	ck_assert_ptr_null(strstr(up, "job.end"));
	set_status(0, 0, 0);
	run(1000);
	ASSERT_HAS(lines(), ENDED("printed", 5, 5));
	finish();
}
END_TEST

START_TEST(lost_answers)
{
	/* one is missing, the next one counts right: nothing was lost but the answer */
	open_ready("tcp://127.0.0.1");
	printer.forget = 2;
	print("", 60, "");
	run(100);
	ASSERT_HAS(lines(), ENDED("printed", 3, 3));
	/* the last one is missing: the printer is asked where its counter stands */
	printer.forget = 2;
	print("", 3, "");
	run(9000);
	ck_assert_ptr_null(strstr(lines(), "job.end"));
	run(2000);
	ASSERT_HAS(lines(), ENDED("printed", 1, 1));
	ASSERT_HAS(written(), "<1b><1d><03><00>");
	finish();
}
END_TEST

START_TEST(power_cycle_on_a_line)
{
	open_ready("serial:/dev/null");
	written();
	sim.held = true;
	print("", 100, "");
	run(100);
	/* what the printer had is gone, and it counts from the beginning */
	printer.done = sim.seen;
	printer.counter = 0;
	sim.held = false;
	run(20000);
	const char *up = lines();
	ASSERT_HAS(up, ENDED("lost", 5, 0));
	ASSERT_HAS(up, "\"reason\":\"power_cycle\"");
	/* and the printer is found ready again */
	print("", 1, "");
	run(1000);
	ASSERT_HAS(lines(), ENDED("printed", 1, 1));
	finish();
}
END_TEST

START_TEST(bytes_dropped_on_a_line)
{
	/* the printer misses a piece that holds a counter: a later answer counts one too few */
	open_ready("serial:/dev/null");
	written();
	sim.held = true;
	print("", 60, "");
	run(10);
	ck_assert_uint_eq(engine()->pending_count, 4);
	/* everything up to behind the first segment's counter */
	printer.done = sim.seen;
	printer.counter = 1;
	sim.held = false;
	const struct ph_star_pending *last =
		&engine()->pending[(engine()->pending_first + 3) % PH_STAR_PENDING_MAX];
	const uint8_t answer[] = {0x1b, 0x1d, 3, 1, (uint8_t)last->id, (uint8_t)(last->id >> 8),
		(uint8_t)(last->expected - 1), 0};
	feed(answer, sizeof answer);
	run(10);
	ASSERT_HAS(lines(), ENDED("lost", 3, 0));
	finish();
}
END_TEST

START_TEST(no_confirmation_at_all)
{
	open_ready("tcp://127.0.0.1");
	printer.stuck = true;
	print("", 1, "");
	run(14000);
	ck_assert_ptr_null(strstr(lines(), "job.end"));
	run(1500);
	ASSERT_HAS(lines(), "\"reason\":\"no_confirmation\"");
	finish();
}
END_TEST

START_TEST(a_printer_inside_of_a_command_is_reset_each_time)
{
	open_ready("tcp://127.0.0.1");
	for (unsigned resets = 1; resets <= 2; resets++) {
		printer.stuck = true;
		print("", 1, "");
		run(16000);
		ASSERT_HAS(lines(), "\"reason\":\"no_confirmation\"");
		run(6000);
		ck_assert_uint_eq(printer.resets, resets);
		print("", 1, "");
		run(10);
		ASSERT_HAS(lines(), ENDED("printed", 1, 1));
	}
	finish();
}
END_TEST

START_TEST(the_last_word_of_a_printer_that_does_not_count_comes_late)
{
	prepare();
	printer.no_counter = printer.no_etb = true;
	open_with("tcp://127.0.0.1", (const char *[]){"profile=starprnt-80", NULL});
	run(8000);
	ASSERT_HAS(lines(), "\"confirms\":\"none\"");
	sim.mute = true;
	print("", 1, "");
	run(PH_STAR_ANSWER_MS + 100);
	sim.mute = false;
	send_asb(); /* it may be older than the end of the job: the question is asked anew */
	ck_assert_ptr_null(strstr(lines(), "job.end"));
	run(PH_STAR_POLL_MS);
	ASSERT_HAS(lines(), ENDED("sent_unconfirmed", 1, 0));
	ck_assert_uint_eq(sim.bench.timer_at, 0);
	finish();
}
END_TEST

START_TEST(overflow)
{
	open_ready("tcp://127.0.0.1");
	sim.held = true;
	print("", 100, "");
	run(10);
	printer.asb[4] = 0x40;
	send_asb();
	printer.asb[4] = 0;
	printer.done = sim.seen;
	sim.held = false;
	run(10);
	ASSERT_HAS(lines(), "\"reason\":\"overflow\"");
	finish();
}
END_TEST

START_TEST(link_lost)
{
	open_ready("tcp://127.0.0.1");
	sim.held = true;
	print("", 100, "");
	run(10);
	ph_device_link_down(&sim.bench.device, true, 0);
	pump();
	const char *up = lines();
	ASSERT_HAS(up, ENDED("lost", 5, 0));
	ASSERT_HAS(up, "\"reason\":\"link_lost\"");
	finish();
}
END_TEST

START_TEST(by_etb)
{
	prepare();
	printer.no_counter = true;
	open_with("tcp://127.0.0.1", (const char *[]){"profile=starline-80", NULL});
	run(600);
	lines();
	written();
	print("", 3, ",{\"cut\":\"partial\"}");
	run(10);
	ASSERT_HAS(lines(), ENDED("printed", 2, 2));
	ASSERT_HAS(
		written(), PROLOGUE "<1b><1e>E<00>line 0<0a>line 1<0a>line 2<0a><17><1b>d<03><17>");
	/* many: the counter of five bits never goes around */
	PH_CLEANUP(ph_buf_done) struct ph_buf more = PH_BUF_INIT;
	for (unsigned i = 0; i < 99; i++)
		ph_buf_add_str(&more, ",{\"cut\":\"partial\"}");
	print("", 1, more.data);
	run(100);
	ASSERT_HAS(lines(), ENDED("printed", 100, 100));
	/* held in the middle, and switched off and on there */
	sim.held = true;
	print("", 100, "");
	run(10);
	sim.held = false;
	run(0);
	ASSERT_HAS(lines(), ENDED("printed", 5, 5));
	finish();
}
END_TEST

START_TEST(etb_after_a_power_cycle)
{
	prepare();
	printer.no_counter = true;
	open_with("serial:/dev/null", (const char *[]){"profile=starline-80", NULL});
	run(600);
	lines();
	print("", 400, "");
	run(0);
	sim.held = true;
	sim.seen = sim.bench.written.len;
	printer.done = sim.seen;
	printer.etb = 0;
	sim.held = false;
	run(20000);
	const char *up = lines();
	ck_assert(strstr(up, ENDED("printed", 17, 17)) || strstr(up, "\"outcome\":\"lost\""));
	finish();
}
END_TEST

START_TEST(cancel_before_the_first_byte)
{
	open_ready("serial:/dev/null");
	set_status(0x28, 0, 0);
	print("", 100, "");
	run(0);
	bench_request(&sim.bench, "printer.cancel", "{\"job\":\"j\"}");
	ASSERT_HAS(lines(), ENDED("cancelled", 5, 0));
	finish();
}
END_TEST

START_TEST(cancelling)
{
	open_ready("tcp://127.0.0.1");
	/* able: what is in the printer comes out, no more */
	sim.held = true;
	print("", 1200, "");
	run(10);
	bench_request(&sim.bench, "printer.cancel", "{\"job\":\"j\"}");
	sim.held = false;
	run(10);
	ASSERT_HAS(lines(), "\"outcome\":\"cancelled\"");
	ck_assert_uint_eq(printer.resets, 0);
	/* what is on paper is cut off in front of the next receipt, and of no other */
	written();
	print("", 1, "");
	run(10);
	ASSERT_HAS(written(), "<1b>d<03>");
	print("", 1, "");
	run(10);
	ck_assert_ptr_null(strstr(written(), "<1b>d"));
	lines();
	/* held by the cover: the printer is emptied by a reset, and is itself again */
	print("", 1200, "");
	set_status(0x28, 0, 0);
	run(10);
	bench_request(&sim.bench, "printer.cancel", "{\"job\":\"j\"}");
	ASSERT_HAS(written(), RESET);
	run(2900);
	ck_assert_ptr_null(strstr(lines(), "job.end"));
	run(200);
	ASSERT_HAS(lines(), "\"outcome\":\"cancelled\"");
	set_status(0, 0, 0);
	run(1000);
	print("", 1, "");
	run(10);
	ASSERT_HAS(lines(), ENDED("printed", 1, 1));
	finish();
}
END_TEST

START_TEST(reprint_and_continue)
{
	open_ready("tcp://127.0.0.1");
	print("\"mode\":\"reprint\",", 2, ",{\"drawer\":{\"n\":1}}");
	run(10);
	const char *down = written();
	ASSERT_HAS(down, "*** REPRINT ***");
	ck_assert(strstr(down, "<1b>d<03>") < strstr(down, "*** REPRINT ***"));
	ASSERT_HAS(down, "line 1");
	ck_assert_ptr_null(strstr(down, "<07><14><14><07>"));
	lines();
	print("\"mode\":\"continue\",\"from_segment\":1,", 30, ",{\"drawer\":{\"n\":1}}");
	run(10);
	down = written();
	ASSERT_HAS(down, "*** CONTINUED ***");
	ASSERT_HAS(down, "line 29");
	ck_assert_ptr_null(strstr(down, "line 3<0a>"));
	ck_assert_ptr_null(strstr(down, "<07><14><14><07>"));
	ASSERT_HAS(lines(), ENDED("printed", 3, 3));
	ck_assert_uint_eq(engine()->in_flight, 0);
	finish();
}
END_TEST

START_TEST(copies_and_drawings)
{
	open_ready("tcp://127.0.0.1");
	print("\"copies\":2,", 1, ",{\"drawer\":{\"n\":1}}");
	run(10);
	ASSERT_HAS(lines(), ENDED("printed", 3, 3));
	written();
	/* what it cannot print it has drawn */
	print("", 0, "{\"text\":\"a\xe2\x82\xbf\"}");
	run(10);
	const char *up = lines();
	ASSERT_HAS(up, "{\"needs\":[{\"kind\":\"line\",\"width\":24,\"height\":24");
	ck_assert_str_eq(written(), "");
	/* 72 bytes of 0xff: 3 bytes for each of 24 rows */
	print("\"rasters\":[{\"width\":24,\"height\":24,\"bits_b64\":"
	      "\"//////////////////////////////////////////////////////////////////////////"
	      "//////////////////////\"}],",
		0, "{\"text\":\"a\xe2\x82\xbf\"}");
	run(10);
	ASSERT_HAS(lines(), ENDED("printed", 1, 1));
	ASSERT_HAS(written(), "<1b>X<18><00><ff><ff><ff>");
	/* nothing can draw: a question mark */
	print("\"rasters\":[],", 0, "{\"text\":\"a\xe2\x82\xbf\"}");
	run(10);
	ASSERT_HAS(lines(), ENDED("printed", 1, 1));
	ASSERT_HAS(written(), "a?<0a>");
	finish();
}
END_TEST

START_TEST(a_printer_that_only_draws)
{
	prepare();
	open_with("tcp://127.0.0.1", (const char *[]){"profile=star-tsp100", NULL});
	run(0);
	lines();
	print("\"mode\":\"continue\",\"from_segment\":0,", 1, "");
	const char *up = lines();
	/* the line, and the words that say what this is */
	ASSERT_HAS(up, "line 0");
	ASSERT_HAS(up, "*** CONTINUED ***");
	print("\"rasters\":[],", 1, "");
	ASSERT_HAS(lines(), "this printer prints drawings only, and this one could not be made");
	finish();
}
END_TEST

/* Writes a file of profiles; the caller removes it. */
/* ---- drawer ---- */

START_TEST(drawer)
{
	open_ready("tcp://127.0.0.1");
	bench_request(&sim.bench, "drawer.open", "{}");
	ck_assert_str_eq(written(), "<07>");
	printer.asb[2] = 0x04;
	send_asb();
	run(60);
	const char *up = lines();
	ASSERT_HAS(up, "{\"outcome\":\"opened\",\"already\":false}");
	ASSERT_HAS(up, "{\"class\":\"drawer\",\"status\":{\"open\":true}");
	bench_request(&sim.bench, "drawer.open", "{}");
	ASSERT_HAS(lines(), "\"already\":true");
	printer.asb[2] = 0;
	send_asb();
	run(300);
	/* it stays shut: said after 1.5 s */
	bench_request(&sim.bench, "drawer.open", "{\"n\":2}");
	ck_assert_str_eq(written(), "<1a>");
	run(1600);
	ASSERT_HAS(lines(), "not_confirmed");
	ck_assert_uint_eq(sim.bench.timer_at, 0);
	finish();
}
END_TEST

START_TEST(drawer_past_a_job)
{
	open_ready("tcp://127.0.0.1");
	sim.held = true;
	print("", 1200, "");
	run(10);
	/* FS is obeyed at once, with the times set at the start of the job */
	bench_request(&sim.bench, "drawer.open", "{}");
	const char *down = (const char *)sim.bench.written.data;
	size_t len = sim.bench.written.len;
	ck_assert_int_eq(down[len - 1], 0x1c);
	run(1600);
	lines();
	/* without paper a pulse at drawer 2 would come when there is some */
	set_status(0x08, 0, 0x08);
	bench_request(&sim.bench, "drawer.open", "{\"n\":2}");
	ASSERT_HAS(lines(), "! Busy");
	ck_assert_uint_eq(sim.bench.written.len, len);
	finish();
}
END_TEST

START_TEST(drawer_by_usb)
{
	/* the status is asked for while it matters, and not known otherwise */
	prepare();
	open_with("usb:0519:0003",
		(const char *[]){"profile=star-mpop", "drawer_sensor=open_low", NULL});
	run(0);
	lines();
	written();
	printer.asb[2] = 0x04;
	bench_request(&sim.bench, "drawer.open", "{}");
	run(150);
	printer.asb[2] = 0;
	run(300);
	ASSERT_HAS(lines(), "{\"outcome\":\"opened\",\"already\":false}");
	finish();
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, a_job, 0, 2);
	tcase_add_test(tc, the_window);
	tcase_add_test(tc, counting_around);
	tcase_add_loop_test(tc, out_of_paper, 0, 2);
	tcase_add_test(tc, lost_answers);
	tcase_add_test(tc, power_cycle_on_a_line);
	tcase_add_test(tc, bytes_dropped_on_a_line);
	tcase_add_test(tc, no_confirmation_at_all);
	tcase_add_test(tc, a_printer_inside_of_a_command_is_reset_each_time);
	tcase_add_test(tc, the_last_word_of_a_printer_that_does_not_count_comes_late);
	tcase_add_test(tc, overflow);
	tcase_add_test(tc, link_lost);
	tcase_add_test(tc, by_etb);
	tcase_add_test(tc, etb_after_a_power_cycle);
	tcase_add_test(tc, cancel_before_the_first_byte);
	tcase_add_test(tc, cancelling);
	tcase_add_test(tc, reprint_and_continue);
	tcase_add_test(tc, copies_and_drawings);
	tcase_add_test(tc, a_printer_that_only_draws);
	tcase_add_test(tc, drawer);
	tcase_add_test(tc, drawer_past_a_job);
	tcase_add_test(tc, drawer_by_usb);
}

int main(void)
{
	return run_suite("star_jobs", add_tests);
}
