// The ESC/POS driver: the drawer behind the printer.
#include "escpos_sim.h"

/* open_low: pin 3 high is closed */
static void drawer_level(bool high)
{
	set_asb(high ? 0x14 : 0x10, 0, 0);
	printer.eot[1] = high ? 0x16 : 0x12;
}

static void open_closed_drawer(void)
{
	prepare();
	printer.asb[0] = 0x14;
	printer.eot[1] = 0x16;
	open_with("tcp://127.0.0.1",
		(const char *[]){"profile=epson-tm-t20ii", "drawer_sensor=open_low", NULL});
	run(0);
	ASSERT_HAS(lines(), "device.status {\"class\":\"drawer\",\"status\":{\"open\":false}");
	written();
}

START_TEST(drawer_opens)
{
	open_closed_drawer();
	bench_request(&sim.bench, "drawer.open", "{\"n\":2,\"on_ms\":50}");
	ck_assert_str_eq(written(), "<1b>p<01><19><fa>");
	run(180);
	ck_assert_str_eq(lines(), "");
	/* a contact that bounces: five changes in 30 ms, one event */
	for (int i = 0; i < 5; i++) {
		drawer_level(i % 2);
		run(STEP_MS);
	}
	run(100);
	ck_assert_str_eq(lines(),
		"device.status {\"class\":\"drawer\",\"status\":{\"open\":true},\"reasons\":[]}\n"
		"1 {\"outcome\":\"opened\",\"already\":false}\n");
	bench_request(&sim.bench, "drawer.open", "{\"n\":2}");
	ck_assert_str_eq(lines(), "2 {\"outcome\":\"opened\",\"already\":true}\n");
	ck_assert_str_eq(written(), "");
	/* by its key, without a pulse */
	drawer_level(true);
	run(100);
	ck_assert_str_eq(lines(),
		"device.status "
		"{\"class\":\"drawer\",\"status\":{\"open\":false},\"reasons\":[]}\n");
	ck_assert_uint_eq(sim.bench.timer_at, 0);
	finish();
}
END_TEST

/* Both drawers share pin 3 (UnifiedPOS CapStatusMultiDrawerDetect false): it says open while any of them is. */
START_TEST(two_drawers_on_one_switch)
{
	open_closed_drawer();
	bench_request(&sim.bench, "drawer.open", "{}");
	drawer_level(false);
	run(300);
	ASSERT_HAS(lines(), "1 {\"outcome\":\"opened\",\"already\":false}\n");
	written();
	/* the first is open: the second needs its pulse, and nothing can tell what came of it */
	bench_request(&sim.bench, "drawer.open", "{\"n\":2,\"on_ms\":50}");
	ck_assert_str_eq(written(), "<1b>p<01><19><fa>");
	ck_assert_str_eq(lines(), "2 {\"outcome\":\"not_confirmed\",\"already\":false}\n");
	run(300);
	/* which of them is open now is not known */
	bench_request(&sim.bench, "drawer.open", "{\"on_ms\":50}");
	ck_assert_str_eq(written(), "<1b>p<00><19><fa>");
	ck_assert_str_eq(lines(), "3 {\"outcome\":\"not_confirmed\",\"already\":false}\n");
	/* closed is both */
	drawer_level(true);
	run(300);
	lines();
	bench_request(&sim.bench, "drawer.open", "{\"n\":2}");
	drawer_level(false);
	run(300);
	ASSERT_HAS(lines(), "4 {\"outcome\":\"opened\",\"already\":false}\n");
	written();
	bench_request(&sim.bench, "drawer.open", "{\"n\":2}");
	ck_assert_str_eq(lines(), "5 {\"outcome\":\"opened\",\"already\":true}\n");
	ck_assert_str_eq(written(), "");
	finish();
}
END_TEST

START_TEST(an_open_drawer_needs_no_pause)
{
	open_closed_drawer();
	bench_request(&sim.bench, "drawer.open", "{}");
	drawer_level(false);
	run(60);
	ASSERT_HAS(lines(), "1 {\"outcome\":\"opened\",\"already\":false}\n");
	/* within 200 ms of the pulse, but no second one is needed */
	bench_request(&sim.bench, "drawer.open", "{}");
	ck_assert_str_eq(lines(), "2 {\"outcome\":\"opened\",\"already\":true}\n");
	drawer_level(true);
	run(60);
	lines();
	bench_request(&sim.bench, "drawer.open", "{}");
	ASSERT_HAS(lines(), "3 ! Busy ");
	ck_assert_uint_eq(count_of(written(), "<1b>p"), 1);
	finish();
}
END_TEST

START_TEST(drawer_stuck)
{
	open_closed_drawer();
	bench_request(&sim.bench, "drawer.open", "{}");
	run(120);
	/* one at a time, and not twice within 200 ms */
	bench_request(&sim.bench, "drawer.open", "{}");
	ck_assert_str_eq(
		lines(), "2 ! Busy the device is not done with what it was asked before\n");
	run(1370);
	ck_assert_str_eq(lines(), "");
	run(20);
	ck_assert_str_eq(lines(), "1 {\"outcome\":\"not_confirmed\",\"already\":false}\n");
	ck_assert_str_eq(written(), "<1b>p<00>2<fa>");
	run(10000);
	ck_assert_str_eq(written(), "");
	finish();
}
END_TEST

/* What the printer said in time was read when the time was over: this process was not run meanwhile. */
START_TEST(drawer_looked_at_late)
{
	open_closed_drawer();
	bench_request(&sim.bench, "drawer.open", "{}");
	run(0);
	bench_sleep(&sim.bench, 3000);
	drawer_level(false);
	run(100);
	ck_assert_str_eq(lines(),
		"device.status {\"class\":\"drawer\",\"status\":{\"open\":true},\"reasons\":[]}\n"
		"1 {\"outcome\":\"opened\",\"already\":false}\n");
	finish();
}
END_TEST

/* A contact that goes on bouncing is no reason to wait for ever. */
START_TEST(drawer_that_chatters)
{
	open_closed_drawer();
	bench_request(&sim.bench, "drawer.open", "{}");
	for (int i = 0; i < 160; i++) {
		drawer_level(i % 2);
		run(STEP_MS);
	}
	ASSERT_HAS(lines(), "1 {\"outcome\":\"not_confirmed\",\"already\":false}\n");
	finish();
}
END_TEST

START_TEST(drawer_without_sensor)
{
	prepare();
	open_with("tcp://127.0.0.1", (const char *[]){"profile=epson-tm-t20ii", "drawers=1", NULL});
	run(0);
	ck_assert_ptr_null(strstr(lines(), "\"class\":\"drawer\""));
	written();
	bench_request(&sim.bench, "drawer.open", "{}");
	ck_assert_str_eq(lines(), "1 {\"outcome\":\"no_sensor\",\"already\":false}\n");
	bench_request(&sim.bench, "drawer.open", "{}");
	bench_request(&sim.bench, "drawer.open", "{\"n\":2}");
	bench_request(&sim.bench, "drawer.open", "{\"n\":3}");
	ck_assert_str_eq(lines(), "2 ! Busy the device is not done with what it was asked before\n"
				  "3 ! Illegal $.n the printer opens 1 drawers\n"
				  "4 ! Illegal $.n is not within 1 and 2\n");
	ck_assert_str_eq(written(), "<1b>p<00>2<fa>");
	ph_device_link_down(&sim.bench.device, true, 0);
	lines();
	bench_request(&sim.bench, "drawer.open", "{}");
	ASSERT_HAS(lines(), "5 ! Offline ");
	finish();
}
END_TEST

START_TEST(drawer_while_printing_is_in_real_time)
{
	open_closed_drawer();
	sim.held = true;
	print("", 400, "");
	run(0);
	written();
	bench_request(&sim.bench, "drawer.open", "{}");
	ck_assert_str_eq(written(), "<10><14><01><00><01>");
	drawer_level(false);
	run(60);
	ASSERT_HAS(lines(), "2 {\"outcome\":\"opened\",\"already\":false}\n");
	finish();
}
END_TEST

START_TEST(drawer_by_asking)
{
	/* no automatic status: the level is asked for while it matters, and unknown otherwise */
	prepare();
	printer.no_asb = true;
	printer.eot[1] = 0x16;
	open_with("tcp://127.0.0.1",
		(const char *[]){"profile=epson-tm-t20ii", "drawer_sensor=open_low", NULL});
	run(1000);
	ck_assert_ptr_null(strstr(lines(), "\"open\":false"));
	bench_request(&sim.bench, "drawer.open", "{}");
	run(300);
	printer.eot[1] = 0x12;
	run(400);
	ASSERT_HAS(lines(), "1 {\"outcome\":\"opened\",\"already\":false}\n");
	finish();
}
END_TEST

/* Nothing is configured: the level is known, and what it means is learnt. */
START_TEST(drawer_learns)
{
	prepare();
	printer.asb[0] = 0x14;
	printer.eot[1] = 0x16;
	open_with("tcp://127.0.0.1", (const char *[]){"profile=epson-tm-t20ii", NULL});
	run(0);
	lines();
	written();
	bench_request(&sim.bench, "drawer.sense", "{}");
	ck_assert_str_eq(lines(), "1 {\"open\":null,\"level\":\"high\"}\n");
	drawer_level(false);
	run(60);
	bench_request(&sim.bench, "drawer.sense", "{}");
	ck_assert_str_eq(lines(), "2 {\"open\":null,\"level\":\"low\"}\n");
	bench_request(&sim.bench, "drawer.learn", "{\"sensor\":\"open_low\"}");
	const char *up = lines();
	ASSERT_HAS(up, "device.remember {\"key\":\"drawer_sensor\",\"value\":\"open_low\"}\n");
	ASSERT_HAS(up, "device.status {\"class\":\"drawer\",\"status\":{\"open\":true},");
	ASSERT_HAS(up, "{\"sensor\":true,\"pins\":[1,2],\"polarity\":\"learnt\"}");
	drawer_level(true);
	run(60);
	drawer_level(false);
	run(60);
	ck_assert_str_eq(lines(),
		"device.status {\"class\":\"drawer\",\"status\":{\"open\":false},\"reasons\":[]}\n"
		"device.status "
		"{\"class\":\"drawer\",\"status\":{\"open\":true,\"cause\":\"manual\"},"
		"\"reasons\":[]}\n");
	bench_request(&sim.bench, "drawer.learn", "{\"sensor\":null}");
	ASSERT_HAS(lines(), "{\"open\":null}");
	ck_assert_str_eq(written(), "");
	finish();
}
END_TEST

START_TEST(drawer_watched_by_asking)
{
	prepare();
	printer.no_asb = true;
	printer.eot[1] = 0x16;
	open_with("tcp://127.0.0.1",
		(const char *[]){"profile=epson-tm-t20ii", "drawer_sensor=open_low", NULL});
	run(1000);
	ASSERT_HAS(lines(), "\"polarity\":\"configured\",\"polled\":true}");
	bench_request(&sim.bench, "drawer.sense", "{}");
	run(300);
	ck_assert_str_eq(lines(), "1 {\"open\":false,\"level\":\"high\"}\n");
	bench_request(&sim.bench, "drawer.sense", "{\"watch\":true}");
	run(300);
	ASSERT_HAS(lines(), "2 {\"open\":false,\"level\":\"high\"}\n");
	printer.eot[1] = 0x12;
	run(1200);
	ck_assert_str_eq(lines(),
		"device.status "
		"{\"class\":\"drawer\",\"status\":{\"open\":true,\"cause\":\"manual\"},"
		"\"reasons\":[]}\n");
	bench_request(&sim.bench, "drawer.sense", "{}");
	run(300);
	ck_assert_str_eq(lines(),
		"device.status {\"class\":\"drawer\",\"status\":{\"open\":null},\"reasons\":[]}\n"
		"3 {\"open\":true,\"level\":\"low\"}\n");
	/* nobody waits: asleep */
	ck_assert_uint_eq(sim.bench.timer_at, 0);
	finish();
}
END_TEST

START_TEST(drawer_when_the_link_goes)
{
	open_closed_drawer();
	bench_request(&sim.bench, "drawer.open", "{}");
	ph_device_link_down(&sim.bench.device, true, 0);
	const char *up = lines();
	ASSERT_HAS(up, "1 {\"outcome\":\"not_confirmed\",\"already\":false}\n");
	ASSERT_HAS(up, "{\"class\":\"drawer\",\"status\":{\"open\":null}");
	/* the pulse is not repeated */
	written();
	ph_device_link_up(&sim.bench.device);
	run(2000);
	ck_assert_ptr_null(strstr(written(), "<1b>p"));
	finish();
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, drawer_opens);
	tcase_add_test(tc, two_drawers_on_one_switch);
	tcase_add_test(tc, an_open_drawer_needs_no_pause);
	tcase_add_test(tc, drawer_stuck);
	tcase_add_test(tc, drawer_looked_at_late);
	tcase_add_test(tc, drawer_that_chatters);
	tcase_add_test(tc, drawer_without_sensor);
	tcase_add_test(tc, drawer_while_printing_is_in_real_time);
	tcase_add_test(tc, drawer_by_asking);
	tcase_add_test(tc, drawer_learns);
	tcase_add_test(tc, drawer_watched_by_asking);
	tcase_add_test(tc, drawer_when_the_link_goes);
}

int main(void)
{
	return run_suite("escpos_drawer", add_tests);
}
