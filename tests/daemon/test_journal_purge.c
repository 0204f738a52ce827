// What is dropped of payments is dropped from the disk; what is over is removed, and what is not stays.
#include "queue_steps.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "daemon/journal/journal_payments.h"

#include <poll.h>
#include <sys/inotify.h>

#define DAY ((uint64_t)86400 * 1000000)
#define T0  (20000 * DAY)

static const uint8_t sealed[200] = "SEALED-ACCOUNT-0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZ";

static struct ph_journal_pay_begin begin;
static struct ph_journal_intent intent;

static void start(uint32_t shred_ms, uint32_t void_days)
{
	const struct ph_journal_options options = {
		.document_keep_hours = 24, .void_keep_days = void_days, .shred_ms = shred_ms};

	ck_assert_int_eq(ph_journal_open(f.path, &options, f.message, &f.journal), 0);
	ck_assert_int_eq(ph_journal_attach(f.journal, f.event), 0);
}

/* A payment and its request, as far as the host has it. */
static void pay(const char *key)
{
	begin = (struct ph_journal_pay_begin){.request.done = on_done,
		.ask = {.method = "payment.authorize",
			.key = key,
			.body = "{}",
			.device = "reader",
			.type = "sale",
			.amount = 100,
			.currency = "EUR"}};
	ck_assert_int_eq(ph_journal_pay_begin_submit(f.journal, &begin), 0);
	fixture_wait(1);
	ck_assert_int_eq(f.order[0], 0);
	intent = (struct ph_journal_intent){.request.done = on_done,
		.payment = begin.id,
		.terminal = "TID12345",
		.entry = "chip",
		.sealed = sealed,
		.sealed_len = sizeof(sealed)};
	ck_assert_int_eq(ph_journal_intent_submit(f.journal, &intent), 0);
	fixture_wait(1);
	ck_assert_int_eq(f.order[0], 0);
}

static void end(enum ph_record_state state)
{
	bool approved = state == PH_RECORD_APPROVED;
	struct ph_audit_entry entry = {.action = "paid"};
	struct ph_journal_pay_result result = {.request = {.done = on_done, .audit = &entry},
		.payment = begin.id,
		.record = intent.record.id,
		.record_state = state,
		.final = true,
		.state = approved		       ? PH_PAY_APPROVED
			 : state == PH_RECORD_REFERRED ? PH_PAY_REFERRED
						       : PH_PAY_DECLINED,
		.amount_approved = approved ? 100 : 0,
		.drop_sealed = state == PH_RECORD_DECLINED};

	ck_assert_int_eq(ph_journal_pay_result_submit(f.journal, &result), 0);
	fixture_wait(1);
	ck_assert_int_eq(f.order[0], 0);
}

START_TEST(what_was_dropped_leaves_the_log_soon)
{
	struct pollfd writes = {.fd = inotify_init1(IN_CLOEXEC), .events = POLLIN};
	char events[4096];

	ck_assert_int_ge(inotify_add_watch(writes.fd, f.folder, IN_MODIFY), 0);
	start(20, 30);
	pay("k");
	ck_assert(fixture_on_disk(sealed, 40));
	end(PH_RECORD_DECLINED);
	while (fixture_on_disk(sealed, 40)) { /* until the files are written to again */
		ck_assert_int_eq(poll(&writes, 1, 30000), 1);
		ck_assert_int_gt(read(writes.fd, events, sizeof events), 0);
	}
	close(writes.fd);
	/* and the log goes on */
	pay("l");
	ck_assert(fixture_on_disk(sealed, 40));
	end(PH_RECORD_APPROVED);
	fixture_stop();
	ck_assert(fixture_on_disk(sealed, 40));
	ck_assert_int_eq(
		fixture_sql_int("SELECT count(*) FROM record WHERE sealed IS NOT NULL"), 1);
}
END_TEST

START_TEST(what_was_dropped_does_not_outlive_a_stop)
{
	start(0, 30);
	pay("k");
	end(PH_RECORD_DECLINED);
	fixture_stop();
	ck_assert(!fixture_on_disk(sealed, 40));
}
END_TEST

START_TEST(the_void_window_ends)
{
	ph_clock_fake(1, T0);
	start(0, 30);
	pay("a");
	end(PH_RECORD_APPROVED);
	/* the host has not said a word of this one */
	pay("b");
	ph_clock_fake(1 + 29 * DAY, T0 + 29 * DAY);
	pay("c");
	end(PH_RECORD_APPROVED);
	ck_assert(fixture_on_disk(sealed, 40));
	ph_clock_fake(1 + 31 * DAY, T0 + 31 * DAY);
	pay("d");
	end(PH_RECORD_APPROVED);
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT sealed IS NULL FROM record WHERE payment = 1"), 1);
	ck_assert_int_eq(
		fixture_sql_int("SELECT count(*) FROM record WHERE sealed IS NOT NULL"), 3);
	ph_clock_fake(0, 0);
}
END_TEST

/* In which the issuer may be called: by then it has been, or will not be. */
START_TEST(a_referral_is_kept_for_a_day)
{
	ph_clock_fake(1, T0);
	start(0, 0);
	pay("a");
	end(PH_RECORD_REFERRED);
	ph_clock_fake(1 + DAY - 1, T0 + DAY - 1);
	pay("b");
	end(PH_RECORD_APPROVED);
	fixture_stop();
	ck_assert_int_eq(
		fixture_sql_int("SELECT count(*) FROM record WHERE sealed IS NOT NULL"), 2);
	start(0, 0);
	ph_clock_fake(1 + DAY + 1, T0 + DAY + 1);
	pay("c");
	end(PH_RECORD_APPROVED);
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT sealed IS NULL FROM record WHERE payment = 1"), 1);
	ck_assert_int_eq(
		fixture_sql_int("SELECT count(*) FROM record WHERE sealed IS NOT NULL"), 2);
	ph_clock_fake(0, 0);
}
END_TEST

START_TEST(a_referral_that_is_over_leaves_the_log)
{
	ph_clock_fake(1, T0);
	start(0, 0);
	pay("a");
	end(PH_RECORD_REFERRED);
	ck_assert(fixture_on_disk(sealed, 40));
	ph_clock_fake(1 + DAY + 1, T0 + DAY + 1);
	ck_assert_int_eq(do_audit(&(struct ph_audit_entry){.action = "x"}), 0);
	fixture_stop();
	ck_assert(!fixture_on_disk(sealed, 40));
	ph_clock_fake(0, 0);
}
END_TEST

/* One that ends as said, or whose state is that, of whatever stood without the host. */
static void stand(enum ph_record_state state)
{
	int64_t record = step_stand(PH_RECORD_SALE_DEFERRED, 100);

	if (state == PH_RECORD_STORED)
		return;
	if (state == PH_RECORD_EXPIRED)
		q.take.limits.expire_before_us = q.take.limits.now_us = ph_clock_wall_us() + 1;
	ck_assert_int_eq(step_take(1), 0);
	q.forwarded.amount_host = state == PH_RECORD_PARTIAL ? 50 : 0;
	q.forwarded.present_again = true;
	if (state != PH_RECORD_EXPIRED)
		ck_assert_int_eq(step_answer(record, state, "51"), 0);
}

static const enum ph_record_state unseen[] = {PH_RECORD_DECLINED, PH_RECORD_REFERRED,
	PH_RECORD_REJECTED, PH_RECORD_EXPIRED, PH_RECORD_PARTIAL, PH_RECORD_APPROVED};

static int kept(void)
{
	return fixture_sql_int("SELECT count(*) FROM record WHERE sealed IS NOT NULL");
}

START_TEST(what_nobody_has_seen_to_goes_with_the_window)
{
	ph_clock_fake(1, T0);
	start(0, 30);
	/* a reversal that is refused may go again: with what it undoes it keeps the account */
	int64_t undone = step_pay("sale", 100);
	ck_assert_int_eq(step_intent(undone), 0);
	ck_assert_int_eq(step_reverse(undone), 0);
	ck_assert_int_eq(step_take(1), 0);
	ck_assert_int_eq(step_move(q.reverse.reversal.id, PH_RECORD_REJECTED), 0);
	for (size_t i = 0; i < PH_ARRAY_SIZE(unseen); i++)
		stand(unseen[i]);
	stand(PH_RECORD_STORED);
	ph_clock_fake(1 + 29 * DAY, T0 + 29 * DAY);
	ck_assert_int_eq(do_audit(&(struct ph_audit_entry){.action = "x"}), 0);
	fixture_stop();
	ck_assert_int_eq(kept(), 2 + (int)PH_ARRAY_SIZE(unseen) + 1);
	start(0, 30);
	ph_clock_fake(1 + 31 * DAY, T0 + 31 * DAY);
	ck_assert_int_eq(do_audit(&(struct ph_audit_entry){.action = "x"}), 0);
	q.act.max_again = 3;
	for (size_t i = 0; i < PH_ARRAY_SIZE(unseen); i++) {
		ck_assert_int_eq(step_act(undone + 1 + (int64_t)i, PH_QUEUE_AGAIN), -EPERM);
		ck_assert_int_eq(q.act.row.state, unseen[i]);
		ck_assert_uint_eq(q.act.row.sealed_len, 0);
	}
	fixture_stop();
	ck_assert_int_eq(kept(), 3);
	/* somebody has to look all the same */
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM record WHERE work = 1"), 5);
	ph_clock_fake(0, 0);
}
END_TEST

START_TEST(no_window_is_none)
{
	ph_clock_fake(1, T0);
	start(0, 0);
	pay("a");
	end(PH_RECORD_APPROVED);
	ph_clock_fake(1 + 99 * DAY, T0 + 99 * DAY);
	pay("b");
	fixture_stop();
	ck_assert_int_eq(
		fixture_sql_int("SELECT count(*) FROM record WHERE sealed IS NOT NULL"), 2);
	ph_clock_fake(0, 0);
}
END_TEST

/* Whoever sets the clock by mistake, and right again, has lost nothing. */
START_TEST(a_leap_of_the_clock_drops_nothing)
{
	ph_clock_fake(1, T0);
	start(0, 30);
	pay("a");
	end(PH_RECORD_APPROVED);
	ph_clock_fake(1 + DAY, T0 + 500 * DAY);
	pay("b");
	end(PH_RECORD_APPROVED);
	ph_clock_fake(1 + 2 * DAY, T0 + 2 * DAY);
	pay("c");
	end(PH_RECORD_APPROVED);
	fixture_stop();
	ck_assert_int_eq(
		fixture_sql_int("SELECT count(*) FROM record WHERE sealed IS NOT NULL"), 3);
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM payment"), 3);
	/* it goes on counting */
	start(0, 30);
	ph_clock_fake(1 + 20 * DAY, T0 + 520 * DAY);
	pay("d");
	ph_clock_fake(1 + 31 * DAY, T0 + 531 * DAY);
	pay("e");
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT sealed IS NULL FROM record WHERE payment = 1"), 1);
	ph_clock_fake(0, 0);
}
END_TEST

START_TEST(old_payments_are_removed_and_their_trail_stays)
{
	char key[16];

	ph_clock_fake(1, T0);
	start(0, 30);
	pay("open");
	for (int i = 0; i < 20; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		pay(key);
		end(i % 2 ? PH_RECORD_APPROVED : PH_RECORD_DECLINED);
	}
	ph_clock_fake(1 + 399 * DAY, T0 + 399 * DAY);
	pay("later");
	end(PH_RECORD_APPROVED);
	ck_assert_int_eq(begin.id, 22);
	ph_clock_fake(1 + 401 * DAY, T0 + 401 * DAY);
	for (int i = 0; i < 12; i++) {
		snprintf(key, sizeof(key), "n%d", i);
		pay(key);
		end(PH_RECORD_DECLINED);
	}
	fixture_stop();
	/* the one nobody knows the end of, the later one, the new ones */
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM payment"), 14);
	ck_assert_int_eq(fixture_sql_int("SELECT min(id) FROM payment"), 1);
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM record"), 14);
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM audit"), 33);
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM pragma_foreign_key_check"), 0);
	ph_clock_fake(0, 0);
}
END_TEST

START_TEST(the_newest_payment_is_never_removed)
{
	ph_clock_fake(1, T0);
	start(0, 30);
	pay("a");
	end(PH_RECORD_APPROVED);
	ph_clock_fake(1 + 500 * DAY, T0 + 500 * DAY);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(do_audit(&(struct ph_audit_entry){.action = "x"}), 0);
	pay("b");
	ck_assert_int_eq(begin.id, 2);
	ck_assert_int_eq(intent.record.id, 2);
	fixture_stop();
	ph_clock_fake(0, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("journal purge");
	TCase *tc = tcase_create("purge");

	tcase_add_checked_fixture(tc, steps_setup, steps_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, what_was_dropped_leaves_the_log_soon);
	tcase_add_test(tc, what_was_dropped_does_not_outlive_a_stop);
	tcase_add_test(tc, the_void_window_ends);
	tcase_add_test(tc, a_leap_of_the_clock_drops_nothing);
	tcase_add_test(tc, no_window_is_none);
	tcase_add_test(tc, a_referral_is_kept_for_a_day);
	tcase_add_test(tc, a_referral_that_is_over_leaves_the_log);
	tcase_add_test(tc, what_nobody_has_seen_to_goes_with_the_window);
	tcase_add_test(tc, old_payments_are_removed_and_their_trail_stays);
	tcase_add_test(tc, the_newest_payment_is_never_removed);
	suite_add_tcase(suite, tc);
	return fixture_run(suite);
}
