// The lines of the driver zvt on a bench: connections the terminal closes, links given away, serial blocks that are lost.
#include "base/cleanup.h"
#include "protocols/zvt/serial.h"
#include "tests/drivers/zvt_rig.h"

/* ---- connections that the terminal closes ---- */

static bool closed_by_terminal(void)
{
	if (!bench.device.driver->ended(&bench.device))
		return false;
	ph_device_link_down(&bench.device, true, 0);
	return true;
}

/* Seen for the second time it is believed: the device stays ready, and each command gets a connection of its own. */
static void up_closing(void)
{
	up();
	ck_assert(!closed_by_terminal());
	ph_device_link_down(&bench.device, true, 0);
	ph_device_link_up(&bench.device);
	expect(REGISTRATION);
	say("80 00", "");
	ck_assert(!bench.device.driver->ended(&bench.device));
	say("06 0F", "");
	ck_assert(closed_by_terminal());
	ck_assert_uint_eq(bench.wanted, 0);
	bench_lines(&bench);
	written();
}

static void opened(void)
{
	ck_assert_uint_eq(bench.wanted, 1);
	bench.wanted = 0;
	ph_device_link_up(&bench.device);
}

static void closing_up_to_payment(void)
{
	up_closing();
	bench_request(&bench, "payment.start", REQUEST("sale") "}");
	expect("");
	opened();
	expect(LAST);
	say("80 00", "");
	say("04 0F", OLD);
	say("06 0F", "");
	expect(OK OK);
	ck_assert(closed_by_terminal());
	opened();
	expect(TOTALS);
	/* one that is closed before a word of the terminal is asked for again */
	ck_assert(closed_by_terminal());
	opened();
	expect(TOTALS);
	say("80 00", "");
	say("04 0F", totals_old);
	say("06 0F", "");
	expect(OK OK);
	bench_lines(&bench);
}

START_TEST(closing)
{
	closing_up_to_payment();
	proceed(true);
	expect("");
	ck_assert(closed_by_terminal());
	opened();
	expect(PAYMENT);
	bench_lines(&bench);
	/* from here on it is a loss */
	if (_i == 1)
		say("80 00", "");
	if (_i < 2) {
		ck_assert(!closed_by_terminal());
		return;
	}
	say("80 00", "");
	say("04 0F", NEW);
	proceed(true);
	say("06 0F", "");
	ck_assert(has(bench_lines(&bench), END_APPROVED));
	ck_assert(closed_by_terminal());
	ck_assert_uint_eq(bench.wanted, 0);
	ck_assert_str_eq(bench_lines(&bench), "");
	ck_assert_uint_eq(bench.timer_at, 0);
}
END_TEST

/* It does not close this time: the payment leaves on the same connection. */
START_TEST(closing_not)
{
	closing_up_to_payment();
	proceed(true);
	bench_advance(&bench, 999);
	expect("");
	bench_advance(&bench, 1);
	expect(PAYMENT);
}
END_TEST

/* Nothing of it was sent: cancelled, and nothing is sent when a connection comes after all. */
START_TEST(closing_without_connection)
{
	closing_up_to_payment();
	proceed(true);
	ck_assert(closed_by_terminal());
	ck_assert_uint_eq(bench.wanted, 1);
	bench_lines(&bench);
	if (_i)
		bench_request(&bench, "payment.cancel", "{\"payment\":\"pay-1\"}");
	else
		bench_advance(&bench, 10000);
	const char *lines = bench_lines(&bench);
	ck_assert_msg(
		has(lines, _i ? "\"reason\":\"cancelled\"" : "\"reason\":\"terminal_silent\""),
		"%s", lines);
	ph_device_link_up(&bench.device);
	expect(_i ? "" : REGISTRATION);
}
END_TEST

/* The link was given away while nobody needed it. */
START_TEST(released)
{
	up();
	ph_device_release(&bench.device);
	bench_request(&bench, "payment.start", REQUEST("sale") "}");
	expect("");
	opened();
	expect(LAST);
}
END_TEST

/* ---- serial ---- */

START_TEST(serial)
{
	up_with("serial:/dev/null", NULL);
	expect("1002" REGISTRATION "10036dbc");
	bench_feed(&bench, "\x06\x10\x02\x80\0\0\x10\x03\xf5\x1f", 10, _i);
	expect("06");
	bench_feed(&bench, "\x10\x02\x06\x0f\0\x10\x03\xc6\x33", 9, _i);
	expect("06"
	       "1002" OK "1003f51f");
	ck_assert(has(bench_lines(&bench), "\"ready\""));
	/* our answer is not acknowledged: again after five seconds, three times in all; nothing was in hand */
	bench_advance(&bench, 5000);
	expect("1002" OK "1003f51f");
	bench_advance(&bench, 5000);
	expect("1002" OK "1003f51f");
	bench_advance(&bench, 60000);
	expect("");
}
END_TEST

/* Blocks of a terminal, and ACK for each of ours before it. */
static void say_block(const char *control, const char *message)
{
	uint8_t bytes[256], block[600], ack[4];
	size_t n = hex(message, bytes, sizeof bytes), a = hex(control, ack, sizeof ack);
	ssize_t len = ph_zvt_serial_block(bytes, n, block, sizeof block);

	bench_feed(&bench, ack, a, false);
	bench_feed(&bench, block, (size_t)len, single);
	written();
}

static void serial_sale(void)
{
	up_with("serial:/dev/null", NULL);
	say_block("06", "80 00 00");
	say_block("", "06 0F 00");
	bench_request(&bench, "payment.start", REQUEST("sale") "}");
	say_block("06 06", "80 00 00");
	say_block("", "06 1E 01 83");
	say_block("06 06", "84 83 00");
	written();
	proceed(true);
	bench_lines(&bench);
}

#define PAYMENT_BLOCK                                                                              \
	"1002" PAYMENT "1003"                                                                      \
	"1979"

/* A payment goes out a second time when the terminal says that it did not get it, never because it says nothing. */
START_TEST(serial_once)
{
	serial_sale();
	expect(PAYMENT_BLOCK);
	bench_feed(&bench, "\x15", 1, false);
	expect(PAYMENT_BLOCK);
	bench_advance(&bench, 5000);
	expect("");
	ck_assert(bench.dropped);
	ck_assert(has(bench_lines(&bench), "\"step\":\"recovering\""));
}
END_TEST

/* Its ACK is lost, its answer is not: the payment goes on. */
START_TEST(serial_ack_lost)
{
	serial_sale();
	say_block("", "80 00 00");
	bench_advance(&bench, 20000);
	expect("");
	ck_assert(!bench.dropped);
	ck_assert_str_eq(bench_lines(&bench), "");
}
END_TEST

/* What waits in the host has left before when it is a repeat. */
START_TEST(serial_unsent)
{
	serial_sale();
	if (_i)
		bench_feed(&bench, "\x15", 1, false);
	ph_device_link_down(&bench.device, true, 30);
	const char *lines = bench_lines(&bench);
	ck_assert_msg(has(lines, _i ? "\"step\":\"recovering\"" : "\"reason\":\"terminal_silent\""),
		"%s", lines);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("zvt lines");
	TCase *tests = tcase_create("lines");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, closing, 0, 3);
	tcase_add_test(tests, closing_not);
	tcase_add_loop_test(tests, closing_without_connection, 0, 2);
	tcase_add_test(tests, released);
	tcase_add_loop_test(tests, serial, 0, 2);
	tcase_add_test(tests, serial_once);
	tcase_add_test(tests, serial_ack_lost);
	tcase_add_loop_test(tests, serial_unsent, 0, 2);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
