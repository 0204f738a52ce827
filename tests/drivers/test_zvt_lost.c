// Each point at which the answer of a ZVT terminal can be lost: what became of the payment is asked, and it is never sent again.
#include "base/cleanup.h"
#include "tests/drivers/zvt_rig.h"

#include <string.h>

static void lose(void)
{
	ph_device_link_down(&bench.device, true, 0);
	ph_buf_reset(&bench.written);
	ph_device_link_up(&bench.device);
}

enum point { ASKED, RUNNING, STORING, STORED, ANSWERED, CONFIRMED, POINTS };

/* A sale up to the point at which the line is lost. */
static void lose_at_printing(enum point point, bool terminal_prints)
{
	static const char *const options[] = {"password=123456", "printing=terminal", NULL};

	if (terminal_prints) {
		up_with("tcp://127.0.0.1:20007", options);
		say("80 00", "");
		say("06 0F", "19 00 29 12 34 56 78 49 09 78");
		written();
	} else {
		up();
	}
	if (point == ASKED || point == RUNNING)
		begin_sale();
	else
		sale_with_result();
	if (point == RUNNING) {
		say("80 00", "");
		say("04 FF", "0A");
	}
	if (point == STORED || point == STORING)
		ph_device_link_down(&bench.device, true, 0);
	if (point >= STORED)
		proceed(true);
	if (point == CONFIRMED)
		say("04 FF", "0B");
	lose();
	bench_lines(&bench);
}

static void lose_at(enum point point)
{
	lose_at_printing(point, false);
}

/* The terminal has it: found twice, told once, and never sent again. */
START_TEST(lost_but_booked)
{
	lose_at(_i);
	terminal.last = NEW;
	terminal.totals = totals_new;
	serve(15000);
	const char *lines = bench_lines(&bench);
	ck_assert_msg(has(lines, END_APPROVED), "%s", lines);
	ck_assert_uint_eq(terminal.seen_payments, 0);
	ck_assert_uint_eq(terminal.seen_last, 2);
	ck_assert_uint_eq(bench.timer_at, 0);
}
END_TEST

/* It does not have it: asked twice, ten seconds between. Once our answer was seen the sale should
 * be good: nobody knows. */
START_TEST(lost_and_not_booked)
{
	static const char *const outcomes[POINTS] = {
		[ASKED] =
			"\"outcome\":\"cancelled\",\"amount_approved\":0,\"reason\":\"not_booked\"",
		[RUNNING] =
			"\"outcome\":\"cancelled\",\"amount_approved\":0,\"reason\":\"not_booked\"",
		[STORING] = "\"reason\":\"reversed_by_terminal\"",
		[STORED] = "\"reason\":\"reversed_by_terminal\"",
		[ANSWERED] = "\"reason\":\"reversed_by_terminal\"",
		[CONFIRMED] = "\"outcome\":\"uncertain\",\"amount_approved\":0,"
			      "\"reason\":\"check_terminal\"",
	};

	lose_at(_i);
	serve(9000);
	ck_assert(!has(bench_lines(&bench), "payment.end"));
	serve(5000);
	const char *lines = bench_lines(&bench);
	ck_assert_msg(has(lines, outcomes[_i]), "%s", lines);
	ck_assert_uint_eq(terminal.seen_payments, 0);
	ck_assert_uint_eq(terminal.seen_last, 2);
}
END_TEST

static const struct {
	const char *last, *totals;
	bool no_totals;
	uint8_t none;
} conflicts[] = {
	/* another amount, another currency, another terminal, one that undid something, one from before */
	{"27 00 04 00 00 00 00 10 00 49 09 78 87 00 42 0B 00 01 23", totals_new, false, 0},
	{"27 00 04 00 00 00 00 12 34 49 08 40 87 00 42 0B 00 01 23", totals_new, false, 0},
	{"27 00 04 00 00 00 00 12 34 87 00 42 0B 00 01 23 29 87 65 43 21", totals_new, false, 0},
	{"27 00 04 00 00 00 00 12 34 87 00 42 0B 00 01 23 37 00 01 22", totals_new, false, 0},
	{RECEIPT("42", "23", "09 19", "00"), totals_new, false, 0},
	/* neither amount nor receipt; totals that say otherwise, both ways */
	{"27 00 87 00 42 0B 00 01 23", totals_new, false, 0},
	{"27 00 04 00 00 00 00 12 34", totals_new, false, 0},
	{NEW, totals_old, false, 0},
	{OLD, totals_new, false, 0},
	/* one number is between them: another till's of the same amount; the totals say that there were two, or of another sum */
	{RECEIPT("43", "24", "09 31", "00"), totals_new, false, 0},
	{NEW, "60 F0 F1 F1 00 01 00 43 09 00 00 00 01 48 13", false, 0},
	{NEW, "60 F0 F1 F1 00 01 00 42 08 00 00 00 01 33 45", false, 0},
	/* a refusal that is in the totals */
	{RECEIPT("42", "23", "09 31", "05"), totals_new, false, 0},
	/* it held one, and holds none; it does not have the question */
	{NULL, totals_old, false, 0x64},
	{NULL, totals_old, true, 0x83},
};

START_TEST(lost_and_in_doubt)
{
	lose_at(RUNNING);
	terminal.last = conflicts[_i].last;
	terminal.none = conflicts[_i].none;
	terminal.totals = conflicts[_i].totals;
	serve(15000);
	const char *lines = bench_lines(&bench);
	ck_assert_msg(has(lines, "\"outcome\":\"uncertain\",\"amount_approved\":0,\"reason\":"
				 "\"check_terminal\",\"message\":\"what became of it could not be "
				 "found out: look at the "
				 "terminal's journal\"}"),
		"%s", lines);
	ck_assert_uint_eq(terminal.seen_payments, 0);
}
END_TEST

/* The clock of the terminal may be a little late, and the year may end. */
START_TEST(lost_and_clock_late)
{
	lose_at(RUNNING);
	terminal.last = RECEIPT("42", "23", "09 21", "00");
	terminal.totals = totals_new;
	serve(15000);
	ck_assert(has(bench_lines(&bench), "\"outcome\":\"approved\""));
}
END_TEST

START_TEST(lost_and_declined)
{
	lose_at(RUNNING);
	terminal.last = RECEIPT("42", "23", "09 31", "05");
	serve(15000);
	const char *lines = bench_lines(&bench);
	ck_assert_msg(has(lines, "\"outcome\":\"declined\""), "%s", lines);
}
END_TEST

/* Nothing of it has left. */
START_TEST(lost_unsent)
{
	up();
	begin_sale();
	ph_device_link_down(&bench.device, true, 18);
	const char *lines = bench_lines(&bench);
	ck_assert_msg(
		has(lines, "\"outcome\":\"cancelled\",\"amount_approved\":0,\"reason\":"
			   "\"terminal_silent\",\"message\":\"the terminal does not answer\"}"),
		"%s", lines);
}
END_TEST

START_TEST(t3_runs_out)
{
	up();
	begin_sale();
	bench_advance(&bench, 4999);
	ck_assert(!bench.dropped);
	bench_advance(&bench, 1);
	ck_assert(bench.dropped);
	expect("");
	terminal.last = NEW;
	terminal.totals = totals_new;
	serve(15000);
	ck_assert(has(bench_lines(&bench), END_APPROVED));
	ck_assert_uint_eq(terminal.seen_payments, 0);
}
END_TEST

START_TEST(t4_runs_out)
{
	up();
	begin_sale();
	say("80 00", "");
	bench_advance(&bench, 179999);
	/* one that says no time has the usual one again */
	say("04 FF", "04");
	bench_advance(&bench, 179999);
	say("04 FF", "04 00");
	bench_advance(&bench, 179999);
	say("04 FF", "04 05"); /* five minutes from here */
	bench_advance(&bench, 299999);
	ck_assert(!bench.dropped);
	bench_advance(&bench, 1);
	ck_assert(bench.dropped);
	serve(30000);
	ck_assert(has(bench_lines(&bench), "\"reason\":\"not_booked\""));
	ck_assert_uint_eq(terminal.seen_payments, 0);
}
END_TEST

/* It is still at it: waited for, and then asked. */
START_TEST(lost_and_busy)
{
	lose_at(RUNNING);
	terminal.state = 0x9c;
	serve(60000);
	ck_assert_uint_eq(terminal.seen_last, 0);
	terminal.state = 0;
	terminal.last = NEW;
	terminal.totals = totals_new;
	serve(16000);
	ck_assert(has(bench_lines(&bench), END_APPROVED));
}
END_TEST

/* It had booked, and undoes that while it is looked at. */
START_TEST(lost_and_undone)
{
	lose_at(STORED);
	terminal.last = NEW;
	terminal.totals = totals_new;
	serve(5000);
	ck_assert(!has(bench_lines(&bench), "payment.end"));
	terminal.last = OLD;
	terminal.totals = totals_old;
	serve(25000);
	ck_assert(has(bench_lines(&bench), "\"reason\":\"reversed_by_terminal\""));
}
END_TEST

/* At rest without it, and then busy: what appears now is another till's, or was late. Nothing is what it was before. */
START_TEST(lost_and_busy_between)
{
	lose_at(RUNNING);
	serve(2000);
	ck_assert_uint_eq(terminal.seen_last, 1);
	terminal.state = 0x9c;
	serve(30000);
	terminal.state = 0;
	serve(6000);
	ck_assert_uint_eq(terminal.seen_last, 2);
	if (_i) {
		terminal.last = NEW;
		terminal.totals = totals_new;
	}
	serve(25000);
	ck_assert(has(bench_lines(&bench),
		_i ? "\"outcome\":\"uncertain\"" : "\"reason\":\"not_booked\""));
	ck_assert_uint_eq(terminal.seen_last, 3);
}
END_TEST

/* What a terminal sends without waiting for our answer to its result says nothing about that answer. */
START_TEST(lost_and_hasty)
{
	up();
	sale_with_result();
	if (_i == 0)
		say("04 FF", "0B");
	else
		bench_feed(&bench, "\x04\xff", 2, false);
	proceed(true);
	if (_i == 1)
		bench_feed(&bench, "\x01\x0b", 2, false);
	lose();
	bench_lines(&bench);
	serve(15000);
	const char *lines = bench_lines(&bench);
	ck_assert_msg(has(lines, "\"reason\":\"reversed_by_terminal\""), "%s", lines);
}
END_TEST

/* It does not tell its state: "not booked" is not believed before T4 is over. */
START_TEST(lost_and_stateless)
{
	lose_at(RUNNING);
	terminal.no_state = true;
	serve(170000);
	ck_assert(!has(bench_lines(&bench), "payment.end"));
	serve(12000);
	ck_assert(has(bench_lines(&bench), "\"reason\":\"not_booked\""));
}
END_TEST

/* It never answers again: after T4 and a minute nobody knows. */
START_TEST(lost_for_good)
{
	/* behind our answer the sale is good, but one that prints by us may still undo it */
	lose_at_printing(_i ? CONFIRMED : RUNNING, _i == 2);
	terminal.mute = true;
	serve(239000);
	ck_assert(!has(bench_lines(&bench), "payment.end"));
	serve(8000);
	const char *lines = bench_lines(&bench);
	ck_assert_msg(
		has(lines, _i == 2 ? "\"outcome\":\"approved\"" : "\"outcome\":\"uncertain\""),
		"%s", lines);
}
END_TEST

/* And without being woken for what cannot be done yet: a question still runs when the time is up. */
START_TEST(lost_and_calm)
{
	char seconds[32];
	const char *const options[] = {"password=123456", seconds, NULL};
	unsigned ticks = 0;

	snprintf(seconds, sizeof seconds, "complete_s=%d", 30 + _i);
	up_with("tcp://127.0.0.1:20007", options);
	say("80 00", "");
	say("06 0F", "");
	written();
	begin_sale();
	lose();
	for (; !has(bench_lines(&bench), "payment.end"); ticks++) {
		ck_assert_uint_gt(bench.timer_at, bench.now_ms);
		bench_advance(&bench, (unsigned)(bench.timer_at - bench.now_ms));
		ph_buf_reset(&bench.written);
		if (!bench.dropped)
			continue;
		bench.dropped = false;
		ph_device_link_down(&bench.device, true, 0);
		ph_device_link_up(&bench.device);
	}
	ck_assert_uint_lt(ticks, 150);
}
END_TEST

/* Also when the line does not come back. */
START_TEST(lost_line)
{
	up();
	begin_sale();
	ph_device_link_down(&bench.device, true, 0);
	bench_advance(&bench, 239999);
	ck_assert(!has(bench_lines(&bench), "payment.end"));
	bench_advance(&bench, 1);
	ck_assert(has(bench_lines(&bench), "\"outcome\":\"uncertain\""));
}
END_TEST

START_TEST(recovery_cancelled)
{
	lose_at(RUNNING);
	terminal.mute = true;
	serve(6000);
	bench_lines(&bench);
	bench_request(&bench, "payment.cancel", "{\"payment\":\"pay-1\"}");
	ck_assert(has(bench_lines(&bench), "\"outcome\":\"uncertain\""));
}
END_TEST

/* A result that could not be stored was refused: the terminal has undone it, or has not. */
START_TEST(refused_result)
{
	up();
	sale_with_result();
	proceed(false);
	say("06 1E", "B1");
	bench_lines(&bench);
	terminal.last = _i ? NEW : OLD;
	terminal.totals = _i ? totals_new : totals_old;
	serve(15000);
	const char *lines = bench_lines(&bench);
	ck_assert_msg(has(lines, _i ? "\"outcome\":\"uncertain\",\"amount_approved\":0,\"reason\":"
				      "\"not_stored\""
				    : "\"outcome\":\"cancelled\",\"amount_approved\":0,\"reason\":"
				      "\"not_stored\""),
		"%s", lines);
	ck_assert_uint_eq(terminal.seen_payments, 0);
}
END_TEST

/*
 * The terminal has seen our answer, and its last transaction is another till's: ours is good where the terminal prints, unless its totals say
 * that nothing was taken.
 */
START_TEST(lost_behind_answer)
{
	lose_at_printing(CONFIRMED, _i != 2);
	terminal.last = RECEIPT("43", "24", "09 32", "00");
	terminal.totals = _i == 1 ? totals_old : "60 F0 F1 F1 00 01 00 43 09 00 00 00 01 48 13";
	serve(15000);
	const char *lines = bench_lines(&bench);
	ck_assert_msg(has(lines, _i ? "\"outcome\":\"uncertain\"" : END_APPROVED), "%s", lines);
}
END_TEST

/* Broken off behind an approval that was acknowledged: it is asked what stands. */
START_TEST(aborted_behind_approval)
{
	up();
	sale_with_result();
	proceed(true);
	say("06 1E", "CC");
	ck_assert(!has(bench_lines(&bench), "payment.end"));
	terminal.last = NEW;
	terminal.totals = totals_new;
	serve(15000);
	ck_assert(has(bench_lines(&bench), END_APPROVED));
}
END_TEST

/* ---- after a crash ---- */

static const struct {
	const char *before, *last, *totals, *outcome;
} crashes[] = {
	{BEFORE, NEW, totals_new, "\"outcome\":\"approved\",\"amount_approved\":1234"},
	{BEFORE, OLD, totals_old, "\"reason\":\"not_booked\""},
	{BEFORE " code=0 amount=1234 now_receipt=0042 now_trace=000123", NEW, totals_new,
		"\"outcome\":\"approved\",\"amount_approved\":1234"},
	{BEFORE " code=0 amount=1234 now_receipt=0042 now_trace=000123", OLD, totals_old,
		"\"reason\":\"reversed_by_terminal\""},
	/* before is not known: only what was stored of the result can be known again */
	{"", NEW, totals_new, "\"outcome\":\"uncertain\""},
	{"code=0 amount=1234 now_receipt=0042", NEW, totals_new, "\"outcome\":\"approved\""},
	{"start=20261122093059 receipt=none count=0 sum=0", NULL, "60 F0 F0 F4 00 00 00 00",
		"\"reason\":\"not_booked\""},
	{"start=20261122093059 receipt=none", NULL, totals_old, "\"outcome\":\"uncertain\""},
	/* the next payment's number is the first again */
	{"start=20261122093059 receipt=9999", RECEIPT("01", "23", "09 31", "00"), totals_old,
		"\"outcome\":\"approved\""},
	{"start=20261122093059 receipt=9999", NEW, totals_old, "\"outcome\":\"uncertain\""},
	/* ours has a number of its own, behind which another till's stands; or that number is another's now */
	{BEFORE " code=0 amount=1234 now_receipt=0042 now_trace=000123",
		RECEIPT("43", "24", "09 31", "00"), "60 F0 F1 F1 00 01 00 43 09 00 00 00 01 48 13",
		"\"outcome\":\"uncertain\""},
	{BEFORE " code=0 amount=1234 now_receipt=0042 now_trace=000123",
		RECEIPT("42", "24", "09 31", "00"), totals_new, "\"outcome\":\"uncertain\""},
	{BEFORE " code=0 amount=1000 now_receipt=0042 now_trace=000123", NEW, totals_new,
		"\"outcome\":\"uncertain\""},
	/* a wrong PIN was stored, and then it went on */
	{BEFORE " code=55 amount=0", NEW, totals_new, "\"outcome\":\"approved\""},
};

START_TEST(recover_op)
{
	char request[1024];

	up();
	snprintf(
		request, sizeof request, REQUEST("sale") ",\"before\":\"%s\"}", crashes[_i].before);
	terminal.last = crashes[_i].last;
	terminal.none = 0x64;
	terminal.totals = crashes[_i].totals;
	bench_request(&bench, "payment.recover", request);
	expect("");
	serve(20000);
	const char *lines = bench_lines(&bench);
	ck_assert_msg(has(lines, crashes[_i].outcome), "%s", lines);
	ck_assert_uint_eq(terminal.seen_payments, 0);
}
END_TEST

/* Nothing was stored before it: it never began, whatever the terminal holds. */
START_TEST(recover_never_begun)
{
	up();
	if (_i)
		ph_device_link_down(&bench.device, true, 0);
	bench_request(&bench, "payment.recover", REQUEST("sale") "}");
	ck_assert_str_eq(bench_lines(&bench),
		"1 {}\npayment.end {\"payment\":\"pay-1\",\"outcome\":\"cancelled\","
		"\"amount_approved\":0,\"reason\":\"not_started\",\"message\":\"it was cut off "
		"before the terminal was told of it\"}\n");
	expect("");
}
END_TEST

static const struct {
	const char *totals;
	bool no_state;
	unsigned ms; /* beyond the first look */
	const char *words;
} days[] = {
	{"60 F0 F0 F4 00 00 00 00", false, 0, "\"outcome\":\"approved\",\"amount_approved\":0"},
	{"60 F0 F1 F1 00 00 00 00 00 00 00 00 00 00 00", true, 0, "\"outcome\":\"approved\""},
	/* "nothing happened" is believed when it is found again later, by one that does not tell its state when T4 is over */
	{totals_old, false, 10000,
		"\"outcome\":\"cancelled\",\"amount_approved\":0,"
		"\"reason\":\"not_booked\""},
	{totals_old, true, 190000, "\"reason\":\"not_booked\""},
	/* neither closed nor as it was */
	{totals_new, false, 0, "\"outcome\":\"uncertain\""},
	{"27 00", false, 0, "\"outcome\":\"uncertain\""},
};

START_TEST(end_of_day_lost)
{
	up();
	ask_before(REQUEST("end_of_day") "}");
	proceed(true);
	say("80 00", "");
	lose();
	terminal.totals = days[_i].totals;
	terminal.no_state = days[_i].no_state;
	serve(5000);
	const char *lines = bench_lines(&bench);
	ck_assert_msg(has(lines, "payment.end") == !days[_i].ms, "%s", lines);
	if (days[_i].ms)
		serve(days[_i].ms);
	if (days[_i].ms)
		lines = bench_lines(&bench);
	ck_assert_msg(has(lines, days[_i].words), "%s", lines);
	ck_assert_uint_eq(terminal.seen_days, 0);
}
END_TEST

static TCase *losses(void)
{
	TCase *tests = tcase_create("losses");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, lost_but_booked, 0, POINTS);
	tcase_add_loop_test(tests, lost_and_not_booked, 0, POINTS);
	tcase_add_loop_test(tests, lost_and_in_doubt, 0, PH_ARRAY_SIZE(conflicts));
	tcase_add_test(tests, lost_and_clock_late);
	tcase_add_test(tests, lost_and_declined);
	tcase_add_test(tests, lost_unsent);
	tcase_add_test(tests, t3_runs_out);
	tcase_add_test(tests, t4_runs_out);
	tcase_add_test(tests, lost_and_busy);
	tcase_add_test(tests, lost_and_undone);
	tcase_add_loop_test(tests, lost_and_busy_between, 0, 2);
	tcase_add_loop_test(tests, lost_and_hasty, 0, 2);
	tcase_add_test(tests, lost_and_stateless);
	tcase_add_loop_test(tests, lost_for_good, 0, 3);
	tcase_add_loop_test(tests, lost_and_calm, 0, 10);
	tcase_add_test(tests, lost_line);
	tcase_add_test(tests, recovery_cancelled);
	tcase_add_loop_test(tests, refused_result, 0, 2);
	tcase_add_loop_test(tests, lost_behind_answer, 0, 3);
	tcase_add_test(tests, aborted_behind_approval);
	tcase_add_loop_test(tests, recover_op, 0, PH_ARRAY_SIZE(crashes));
	tcase_add_loop_test(tests, recover_never_begun, 0, 2);
	tcase_add_loop_test(tests, end_of_day_lost, 0, PH_ARRAY_SIZE(days));
	return tests;
}

int main(void)
{
	Suite *suite = suite_create("zvt lost");

	suite_add_tcase(suite, losses());
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
