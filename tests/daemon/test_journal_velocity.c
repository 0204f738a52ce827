// What a card has used of its limits: how long that is kept, and by which clock.
#include "tests/daemon/queue_steps.h"

#include "base/clock.h"

/* Nothing is accepted any more: a drawer that is opened is enough. */
START_TEST(what_a_card_has_used_goes_on_a_quiet_till)
{
	static const uint8_t fingerprint[PH_FINGERPRINT] = "FINGERPRINT-OF-A-CARD-012345678";
	uint64_t t0 = UINT64_C(20000) * 86400 * 1000000, hour = UINT64_C(3600) * 1000000;

	ph_clock_fake(1, t0);
	fixture_start();
	q.accept.fingerprint = fingerprint;
	ck_assert_int_eq(step_accept(step_pay("sale", 100), PH_RECORD_SALE_DEFERRED), 0);
	ph_clock_fake(1 + 71 * hour, t0 + 71 * hour);
	ck_assert_int_eq(do_audit(&(struct ph_audit_entry){.action = "x"}), 0);
	ck_assert(fixture_on_disk(fingerprint, sizeof fingerprint));
	ph_clock_fake(1 + 73 * hour, t0 + 73 * hour);
	ck_assert_int_eq(do_audit(&(struct ph_audit_entry){.action = "x"}), 0);
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM velocity"), 0);
	ck_assert(!fixture_on_disk(fingerprint, sizeof fingerprint));
	ph_clock_fake(0, 0);
}
END_TEST

START_TEST(a_leap_of_the_clock_is_no_new_day_for_a_card)
{
	static const uint8_t fingerprint[PH_FINGERPRINT] = {7};
	uint64_t t0 = UINT64_C(20000) * 86400 * 1000000, hour = UINT64_C(3600) * 1000000;
	struct ph_journal_card_use use = {.request.done = on_done, .window_s = 24 * 3600};
	const struct ph_accept_limits limits = {.card_count = 1, .card_window_s = 24 * 3600};

	ph_clock_fake(1, t0);
	fixture_start();
	q.accept.fingerprint = fingerprint;
	q.accept.limits = limits;
	ck_assert_int_eq(step_accept(step_pay("sale", 100), PH_RECORD_SALE_DEFERRED), 0);
	/* an hour later somebody sets it ahead by a week */
	ph_clock_fake(1 + hour, t0 + 169 * hour);
	memcpy(use.fingerprint, fingerprint, sizeof fingerprint);
	ck_assert_int_eq(ph_journal_card_use_submit(f.journal, &use), 0);
	fixture_wait(1);
	ck_assert_uint_eq(use.count, 1);
	int64_t second = step_pay("sale", 100);
	ck_assert_int_eq(step_accept(second, PH_RECORD_SALE_DEFERRED), -EDQUOT);
	/* the same card after a day that was one */
	ph_clock_fake(1 + 25 * hour, t0 + 193 * hour);
	ck_assert_int_eq(step_accept(second, PH_RECORD_SALE_DEFERRED), 0);
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM velocity"), 2);
	ph_clock_fake(0, 0);
}
END_TEST

/* It was ahead by a year when a card was used: that is not kept for a year, nor is the card refused so long. */
START_TEST(what_a_card_has_used_by_a_clock_that_was_ahead)
{
	static const uint8_t fingerprint[PH_FINGERPRINT] = "FINGERPRINT-OF-A-CARD-012345678";
	uint64_t t0 = UINT64_C(20000) * 86400 * 1000000, hour = UINT64_C(3600) * 1000000;
	struct ph_journal_card_use use = {.request.done = on_done, .window_s = 24 * 3600};

	ph_clock_fake(1, t0 + 365 * 24 * hour);
	fixture_start();
	q.accept.fingerprint = fingerprint;
	ck_assert_int_eq(step_accept(step_pay("sale", 100), PH_RECORD_SALE_DEFERRED), 0);
	ph_clock_fake(1 + hour, t0 + hour);
	ck_assert_int_eq(do_audit(&(struct ph_audit_entry){.action = "x"}), 0);
	memcpy(use.fingerprint, fingerprint, sizeof fingerprint);
	ck_assert_int_eq(ph_journal_card_use_submit(f.journal, &use), 0);
	fixture_wait(1);
	ck_assert_uint_eq(use.count, 1);
	ph_clock_fake(1 + 74 * hour, t0 + 74 * hour);
	ck_assert_int_eq(do_audit(&(struct ph_audit_entry){.action = "x"}), 0);
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM velocity"), 0);
	ck_assert(!fixture_on_disk(fingerprint, sizeof fingerprint));
	ph_clock_fake(0, 0);
}
END_TEST

START_TEST(what_a_card_has_used)
{
	static const uint8_t fingerprint[PH_FINGERPRINT] = {7};
	struct ph_journal_card_use use = {.request.done = on_done, .window_s = 3600};

	fixture_start();
	q.accept.fingerprint = fingerprint;
	ck_assert_int_eq(step_accept(step_pay("sale", 100), PH_RECORD_SALE_DEFERRED), 0);
	ck_assert_int_eq(step_accept(step_pay("sale", 200), PH_RECORD_SALE_DEFERRED), 0);
	memcpy(use.fingerprint, fingerprint, sizeof fingerprint);
	ck_assert_int_eq(ph_journal_card_use_submit(f.journal, &use), 0);
	fixture_wait(1);
	ck_assert_uint_eq(use.count, 2);
	ck_assert_int_eq(use.total, 300);
	fixture_stop();
	/* the first is three days and a minute old: kept no longer than the next acceptance */
	fixture_sql("UPDATE velocity SET at_us = at_us - 72 * 3600000000 - 60000000 "
		    "WHERE payment = 1");
	fixture_start();
	ck_assert_int_eq(ph_journal_card_use_submit(f.journal, &use), 0);
	fixture_wait(1);
	ck_assert_uint_eq(use.count, 1);
	ck_assert_int_eq(step_accept(step_pay("sale", 1), PH_RECORD_SALE_DEFERRED), 0);
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM velocity"), 2);
	ck_assert_int_eq(fixture_sql_int("SELECT min(payment) FROM velocity"), 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("what a card has used");
	TCase *tests = tcase_create("velocity");

	tcase_add_checked_fixture(tests, steps_setup, steps_teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, what_a_card_has_used_goes_on_a_quiet_till);
	tcase_add_test(tests, a_leap_of_the_clock_is_no_new_day_for_a_card);
	tcase_add_test(tests, what_a_card_has_used_by_a_clock_that_was_ahead);
	tcase_add_test(tests, what_a_card_has_used);
	suite_add_tcase(suite, tests);
	return fixture_run(suite);
}
