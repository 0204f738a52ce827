// The clock that was set: what is in doubt, for how long, and what does not expire by it.
#include "daemon/payments/clock_check.h"

#include <check.h>
#include <stdlib.h>

#define S   1000000ull
#define DAY (86400 * S)
#define T0  (20000 * DAY) /* wall clock at the start */

static struct ph_clock_check check;
static struct ph_clock_times now;

static void start(uint64_t newest_us)
{
	now = (struct ph_clock_times){.boot_us = 1000 * S, .wall_us = T0};
	ph_clock_check_init(&check, &now, newest_us);
}

static bool pass(uint64_t seconds)
{
	now.boot_us += seconds * S;
	now.wall_us += seconds * S;
	return ph_clock_check_look(&check, &now);
}

static bool set(int64_t seconds)
{
	now.wall_us += (uint64_t)(seconds * (int64_t)S);
	return ph_clock_check_look(&check, &now);
}

START_TEST(time_that_passes_is_fine)
{
	start(0);
	ck_assert_int_eq(check.doubt, PH_CLOCK_FINE);
	for (int i = 0; i < 1000; i++)
		ck_assert(!pass(3600));
	/* what daemons of the net's time do every now and then */
	for (int i = 0; i < 100; i++)
		ck_assert(!set(i % 2 ? 59 : -59));
	ck_assert_int_eq(check.doubt, PH_CLOCK_FINE);
	ck_assert_uint_eq(ph_clock_check_expiry(&check, 86400), now.wall_us - DAY);
	ck_assert_str_eq(ph_clock_doubt_text(check.doubt), "");
}
END_TEST

START_TEST(set_back_is_in_doubt_until_it_has_caught_up)
{
	start(0);
	pass(100);
	ck_assert(set(-3600));
	ck_assert_int_eq(check.doubt, PH_CLOCK_SET_BACK);
	ck_assert_str_eq(ph_clock_doubt_text(check.doubt), "the clock was set back");
	ck_assert(!pass(3599));
	ck_assert_int_eq(check.doubt, PH_CLOCK_SET_BACK);
	ck_assert(pass(1));
	ck_assert_int_eq(check.doubt, PH_CLOCK_FINE);
}
END_TEST

START_TEST(set_right_again_is_fine_after_a_minute)
{
	start(0);
	pass(100);
	set(-86400);
	pass(10);
	ck_assert(!set(86400));
	ck_assert_int_eq(check.doubt, PH_CLOCK_SET_BACK);
	ck_assert(!pass(59));
	ck_assert(pass(1));
	ck_assert_int_eq(check.doubt, PH_CLOCK_FINE);
}
END_TEST

START_TEST(the_host_ends_it_too)
{
	start(0);
	pass(100);
	/* what it has said before says nothing */
	ph_clock_check_answered(&check);
	set(-365 * 86400);
	ck_assert(!pass(100));
	ph_clock_check_answered(&check);
	ck_assert(pass(1));
	ck_assert_int_eq(check.doubt, PH_CLOCK_FINE);
	ck_assert(!pass(100));
}
END_TEST

START_TEST(a_start_before_the_newest_row)
{
	start(T0 + 59 * S);
	ck_assert_int_eq(check.doubt, PH_CLOCK_FINE);
	start(T0 + 600 * S);
	ck_assert_int_eq(check.doubt, PH_CLOCK_BEFORE_NEWEST);
	ck_assert(!pass(599));
	ck_assert(pass(1));
	start(T0 - 600 * S);
	ck_assert_int_eq(check.doubt, PH_CLOCK_FINE);
}
END_TEST

START_TEST(set_back_while_the_service_was_not_there)
{
	struct ph_clock_times then = {.boot_us = 400 * S, .wall_us = T0 + 3000 * S};

	/* 600 s have passed, the clock says it is an hour earlier */
	start(0);
	ph_clock_check_since(&check, &then);
	ck_assert_int_eq(check.doubt, PH_CLOCK_SET_BACK);
	ck_assert(!pass(2999));
	ck_assert(pass(1));

	then.wall_us = T0 - 600 * S;
	start(0);
	ph_clock_check_since(&check, &then);
	ck_assert_int_eq(check.doubt, PH_CLOCK_FINE);
	/* of another start of the machine: this says nothing */
	then.boot_us = 5000 * S;
	then.wall_us = T0 + 9 * DAY;
	ph_clock_check_since(&check, &then);
	ck_assert_int_eq(check.doubt, PH_CLOCK_FINE);
}
END_TEST

START_TEST(a_leap_ahead_makes_nothing_expire)
{
	struct ph_clock_times accepted;

	start(0);
	accepted = now;
	pass(3600);
	ck_assert_uint_eq(ph_clock_check_expiry(&check, 86400), now.wall_us - DAY);
	ck_assert(!set(7 * 86400));
	ck_assert_int_eq(check.doubt, PH_CLOCK_FINE);
	/* an hour old, whatever the clock says */
	ck_assert_uint_lt(ph_clock_check_expiry(&check, 86400), accepted.wall_us);
	pass(82800 - 1);
	ck_assert_uint_lt(ph_clock_check_expiry(&check, 86400), accepted.wall_us);
	pass(2);
	ck_assert_uint_gt(ph_clock_check_expiry(&check, 86400), accepted.wall_us);
	/* but the host has not answered for as long as either clock says */
	ck_assert_uint_ge(ph_clock_check_age(&check, &accepted), 7 * DAY);
	ck_assert_uint_eq(ph_clock_check_expiry(&check, UINT64_MAX / S / 2), 0);
}
END_TEST

/* Else what is too old would still be sent. */
START_TEST(put_right_is_no_leap)
{
	/* a machine whose battery is empty, and the time of the net a minute later */
	start(T0 + 3000 * DAY);
	pass(60);
	set(3001 * 86400);
	ck_assert_uint_eq(ph_clock_check_expiry(&check, 86400), now.wall_us - DAY);

	start(0);
	pass(100);
	set(-86400);
	pass(10);
	set(86400);
	ck_assert_uint_eq(ph_clock_check_expiry(&check, 86400), now.wall_us - DAY);
	set(7 * 86400);
	set(-7 * 86400);
	ck_assert_uint_eq(ph_clock_check_expiry(&check, 86400), now.wall_us - DAY);
	/* and ahead once more */
	set(7 * 86400);
	ck_assert_uint_eq(ph_clock_check_expiry(&check, 86400), now.wall_us - 8 * DAY);
}
END_TEST

/* What is accepted by a clock that was set back and is believed, is by that one. */
START_TEST(a_leap_from_a_time_that_is_believed)
{
	start(0);
	pass(100);
	set(-86400);
	ph_clock_check_answered(&check);
	ck_assert(pass(100));
	ck_assert_int_eq(check.doubt, PH_CLOCK_FINE);
	set(86400);
	ck_assert_uint_eq(ph_clock_check_expiry(&check, 86400), now.wall_us - 2 * DAY);
}
END_TEST

START_TEST(an_age_is_the_longer_one)
{
	struct ph_clock_times then;

	start(0);
	then = now;
	pass(1000);
	set(-900);
	ck_assert_uint_eq(ph_clock_check_age(&check, &then), 1000 * S);
	set(-900);
	ck_assert_uint_eq(ph_clock_check_age(&check, &then), 1000 * S);
	then.boot_us = 0;
	ck_assert_uint_eq(ph_clock_check_age(&check, &then), 0);
	set(10000);
	ck_assert_uint_eq(ph_clock_check_age(&check, &then), 9200 * S);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("clock check");
	TCase *tc = tcase_create("clock");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, time_that_passes_is_fine);
	tcase_add_test(tc, set_back_is_in_doubt_until_it_has_caught_up);
	tcase_add_test(tc, set_right_again_is_fine_after_a_minute);
	tcase_add_test(tc, the_host_ends_it_too);
	tcase_add_test(tc, a_start_before_the_newest_row);
	tcase_add_test(tc, set_back_while_the_service_was_not_there);
	tcase_add_test(tc, a_leap_ahead_makes_nothing_expire);
	tcase_add_test(tc, put_right_is_no_leap);
	tcase_add_test(tc, a_leap_from_a_time_that_is_believed);
	tcase_add_test(tc, an_age_is_the_longer_one);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
