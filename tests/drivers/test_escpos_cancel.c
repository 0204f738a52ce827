// The ESC/POS driver: cancelling, links that take nothing, and the status of a USB port.
#include "escpos_sim.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>

/* ---- cancelling ---- */

START_TEST(cancel_before_the_first_byte)
{
	open_ready("serial:/dev/null");
	/* it waits for the answer to a question */
	sim.mute = true;
	print("", 3, "");
	lines();
	written();
	bench_request(&sim.bench, "printer.cancel", "{\"job\":\"other\"}");
	bench_request(&sim.bench, "printer.cancel", "{\"job\":\"j\"}");
	ck_assert_str_eq(lines(),
		"2 ! NoExist there is no such one here\n" ENDED("cancelled", 1, 0) "}\n3 {}\n");
	ck_assert_str_eq(written(), "");
	finish();
}
END_TEST

START_TEST(cancel_while_printing)
{
	open_ready("tcp://127.0.0.1");
	sim.held = true;
	print("", 400, "");
	run(0);
	unsigned count = printer.held_count;
	bench_request(&sim.bench, "printer.cancel", "{\"job\":\"j\"}");
	ck_assert_ptr_null(strstr(lines(), "job.end"));
	/* what is under way is whole commands: it is printed and counted, nothing follows */
	for (unsigned i = 0; i < count; i++)
		answer_id(printer.held_ids[i]);
	run(0);
	ck_assert_uint_eq(printer.ids, count);
	char end[80];
	snprintf(end, sizeof end, "\"outcome\":\"cancelled\",\"segments\":17,\"confirmed\":%u}",
		count);
	ASSERT_HAS(lines(), end);
	/* what is on paper is cut off in front of the next receipt, and of no other */
	sim.held = false;
	written();
	print("", 1, "");
	run(0);
	ASSERT_HAS(written(), PROLOGUE "<1d>VB");
	ASSERT_HAS(lines(), ENDED("printed", 1, 1) "}");
	print("", 1, "");
	run(0);
	ck_assert_ptr_null(strstr(written(), "<1d>V"));
	finish();
}
END_TEST

START_TEST(cancel_while_held)
{
	open_ready("tcp://127.0.0.1");
	sim.held = true;
	print("", 400, "");
	run(0);
	set_paper(false);
	if (_i == 2) {
		/* cancelled while able, the paper ends while waiting */
		set_asb(0x10, 0, 0);
		bench_request(&sim.bench, "printer.cancel", "{\"job\":\"j\"}");
		set_asb(0x18, 0, 0x0c);
	}
	written();
	lines();
	printer.no_clear = _i == 1;
	if (_i < 2)
		bench_request(&sim.bench, "printer.cancel", "{\"job\":\"j\"}");
	else
		set_asb(0x18, 0, 0x0c);
	run(990);
	if (_i == 1)
		ck_assert_ptr_null(strstr(lines(), "job.end"));
	run(1100);
	if (_i < 2)
		ASSERT_HAS(written(), CLEAR PROLOGUE);
	if (_i != 2)
		ASSERT_HAS(lines(), ENDED("cancelled", 17, 0) "}");
	/* nothing of the old job is left to be confirmed */
	set_paper(true);
	run(1000);
	lines();
	print("", 1, "");
	run(100);
	ASSERT_HAS(lines(), ENDED("printed", 1, 1) "}");
	finish();
}
END_TEST

START_TEST(cancel_when_the_link_takes_nothing)
{
	prepare();
	sim.mute = true;
	open_with("serial:/dev/null", (const char *[]){"profile=generic-58", NULL});
	run(1000);
	sim.bench.block = true;
	print("", 60, "");
	lines();
	bench_request(&sim.bench, "printer.cancel", "{\"job\":\"j\"}");
	run(9900);
	ck_assert_ptr_null(strstr(lines(), "job.end"));
	run(200);
	ck_assert(sim.bench.dropped);
	ASSERT_HAS(lines(), ENDED("cancelled", 3, 0) "}");
	finish();
}
END_TEST

START_TEST(cancelled_is_not_lost)
{
	open_ready("tcp://127.0.0.1");
	sim.held = true;
	print("", 400, "");
	run(0);
	bench_request(&sim.bench, "printer.cancel", "{\"job\":\"j\"}");
	ph_device_link_down(&sim.bench.device, true, 0);
	ASSERT_HAS(lines(), ENDED("cancelled", 17, 0) ",\"reason\":\"link_lost\"}");
	finish();
}
END_TEST

/* ---- the link ---- */

START_TEST(a_closed_window_is_not_silence)
{
	open_ready("tcp://127.0.0.1");
	printer.no_ids = true;
	sim.bench.block = true;
	print("", 3, "");
	run(60000);
	ck_assert_ptr_null(strstr(lines(), "job.end"));
	ck_assert_uint_eq(printer.eots, 0);
	sim.bench.block = false;
	bench_drain(&sim.bench);
	printer.no_ids = false;
	run(11000);
	ASSERT_HAS(lines(), ENDED("printed", 1, 1) "}");
	finish();
}
END_TEST

/* A printer that never answers, on USB: the port status is asked beside the data it does not take. */
START_TEST(port_status)
{
	struct ph_device *device = &sim.bench.device;

	prepare();
	sim.mute = true;
	open_with("usb:0416:5011", (const char *[]){"profile=generic-58", NULL});
	run(5000);
	ck_assert_uint_eq(sim.bench.ports_asked, 0);
	lines();
	sim.bench.block = true;
	print("", 3, "");
	run(1500);
	ck_assert_uint_eq(sim.bench.ports_asked, 1);
	ph_device_port_status(device, 0x38);
	ASSERT_HAS(lines(), "device.status {\"class\":\"printer\",\"status\":{\"online\":true,"
			    "\"paper\":\"empty\",\"cover\":\"unknown\",\"error\":null},"
			    "\"reasons\":[\"rec_empty\"]}");
	run(1000);
	ck_assert_uint_eq(sim.bench.ports_asked, 2);
	ph_device_port_status(device, 0x18);
	ASSERT_HAS(lines(), "\"paper\":\"ok\"");
	sim.bench.block = false;
	bench_drain(&sim.bench);
	/* all has left; the last word is the port's */
	ck_assert_uint_eq(sim.bench.ports_asked, 3);
	ph_device_port_status(device, 0x08);
	ASSERT_HAS(lines(), "\"reasons\":[\"off_line\"]");
	run(1000);
	ck_assert_uint_eq(sim.bench.ports_asked, 4);
	ph_device_port_status(device, 0x18);
	ASSERT_HAS(lines(), ENDED("sent_unconfirmed", 1, 0));
	/* nothing is asked while nothing is printed */
	run(5000);
	ck_assert_uint_eq(sim.bench.ports_asked, 4);
	finish();
}
END_TEST

static const int port_failures[] = {-EOPNOTSUPP, -ETIMEDOUT, -EIO};

START_TEST(no_port_status)
{
	prepare();
	sim.mute = true;
	open_with("usb:0416:5011", (const char *[]){"profile=generic-58", NULL});
	run(1000);
	print("", 3, "");
	ck_assert_uint_eq(sim.bench.ports_asked, 1);
	ph_device_port_status(&sim.bench.device, port_failures[_i]);
	ASSERT_HAS(lines(), ENDED("sent_unconfirmed", 1, 0));
	finish();
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, cancel_before_the_first_byte);
	tcase_add_test(tc, cancel_while_printing);
	tcase_add_loop_test(tc, cancel_while_held, 0, 3);
	tcase_add_test(tc, cancel_when_the_link_takes_nothing);
	tcase_add_test(tc, cancelled_is_not_lost);
	tcase_add_test(tc, a_closed_window_is_not_silence);
	tcase_add_test(tc, port_status);
	tcase_add_loop_test(tc, no_port_status, 0, PH_ARRAY_SIZE(port_failures));
}

int main(void)
{
	return run_suite("escpos_cancel", add_tests);
}
