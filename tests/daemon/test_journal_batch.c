// The day's end at the host: its sums, once and again, and what becomes of them.
#include "tests/daemon/queue_steps.h"

static struct ph_journal_batch_open batch;
static struct ph_journal_batch_close closing;

static int finish(int r)
{
	ck_assert_int_eq(r, 0);
	fixture_wait(1);
	return f.order[0];
}

static int do_open(bool carry_forward)
{
	batch = (struct ph_journal_batch_open){.request.done = on_done,
		.terminal = TID,
		.currency = "EUR",
		.carry_forward = carry_forward};
	return finish(ph_journal_batch_open_submit(f.journal, &batch));
}

static int do_close(bool balanced)
{
	closing = (struct ph_journal_batch_close){.request.done = on_done,
		.batch = batch.batch,
		.balanced = balanced,
		.word = balanced ? "in_balance" : "out_of_balance"};
	return finish(ph_journal_batch_close_submit(f.journal, &closing));
}

static int64_t online(const char *type, int64_t amount)
{
	int64_t payment = step_pay(type, amount);

	ck_assert_int_eq(step_intent(payment), 0);
	ck_assert_int_eq(step_approve(payment, q.intent.record.id), 0);
	return payment;
}

/* The host's answer to a reversal that stands in the queue. */
static void reversed(int64_t record, const char *code)
{
	ck_assert_int_eq(step_move(record, PH_RECORD_SENDING), 0);
	q.move = (struct ph_journal_record_move){.request.done = on_done,
		.record = record,
		.state = PH_RECORD_APPROVED,
		.response_code = code};
	ck_assert_int_eq(finish(ph_journal_record_move_submit(f.journal, &q.move)), 0);
}

static void expect(const struct ph_queue_sum *sum, uint32_t count, int64_t total)
{
	ck_assert_uint_eq(sum->count, count);
	ck_assert_int_eq(sum->total, total);
}

/* Sales, refunds and what became of them; five debits are booked, two of them undone. */
static void a_day(void)
{
	online("sale", 1000);
	online("refund", 300);
	online("preauth", 5000);
	/* in another currency, or declined, it is no part of it */
	int64_t other = step_pay_in("sale", 9, "USD", 0);
	ck_assert_int_eq(step_intent(other), 0);
	ck_assert_int_eq(step_approve(other, q.intent.record.id), 0);
	/* given up: one the host had, and one it never had */
	for (int i = 0; i < 2; i++) {
		int64_t payment = step_pay("sale", 70);
		ck_assert_int_eq(step_intent(payment), 0);
		ck_assert_int_eq(step_reverse(payment), 0);
		reversed(q.reverse.reversal.id, i ? "25" : "00");
	}
	/* stood without it: whole, in part, void afterwards */
	step_stand(PH_RECORD_SALE_DEFERRED, 100);
	step_stand(PH_RECORD_SALE_DEFERRED, 200);
	step_stand(PH_RECORD_OFFLINE_TC, 40);
	ck_assert_int_eq(step_take(8), 0);
	ck_assert_int_eq(step_answer(q.take.rows[1].id, PH_RECORD_APPROVED, "00"), 0);
	q.forwarded.amount_host = 150;
	ck_assert_int_eq(step_answer(q.take.rows[2].id, PH_RECORD_PARTIAL, "10"), 0);
	ck_assert_int_eq(step_answer(q.take.rows[0].id, PH_RECORD_APPROVED, "00"), 0);
	ck_assert_int_eq(step_void(q.take.rows[2].payment), 0);
	reversed(q.voided.reversal.id, "00");
}

START_TEST(what_the_host_should_have_booked)
{
	fixture_start();
	a_day();
	ck_assert_int_eq(do_open(false), 0);
	ck_assert(!batch.repeat);
	ck_assert_uint_eq(batch.pending, 0);
	ck_assert_uint_gt(batch.stan, 0);
	ck_assert_uint_eq(strlen(batch.transmission), 10);
	expect(&batch.sums.credits, 1, 300);
	expect(&batch.sums.credit_reversals, 0, 0);
	expect(&batch.sums.debits, 5, 1000 + 70 + 100 + 150 + 40);
	expect(&batch.sums.debit_reversals, 2, 70 + 150);

	/* the answer did not come: the same again, whatever was booked meanwhile */
	uint32_t stan = batch.stan;
	online("sale", 1);
	ck_assert_int_eq(do_open(false), -EALREADY);
	ck_assert(batch.repeat);
	ck_assert_uint_eq(batch.stan, stan);
	expect(&batch.sums.debits, 5, 1360);
	expect(&batch.sums.credits, 1, 300);
	ck_assert_int_eq(do_close(true), 0);
	/* not the reversals, what they undid, and the reservation */
	ck_assert_uint_eq(closing.settled, 4);
	ck_assert_int_eq(do_close(true), -EALREADY);
	ck_assert_int_eq(do_open(false), 0);
	expect(&batch.sums.debits, 1, 1);
	ck_assert_uint_ne(batch.stan, stan);
	ck_assert_uint_eq(step_check(), 0);
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM record WHERE state = 16"), 4);
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM record WHERE state = 16 AND "
					 "sealed IS NOT NULL"),
		0);
	/* a reservation is to be completed yet */
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM record r JOIN payment p ON p.id = "
					 "r.payment WHERE p.type = 'preauth' AND r.state = 7 AND "
					 "sealed IS NOT NULL AND batch = 0"),
		1);
}
END_TEST

START_TEST(a_day_that_does_not_agree_stays_open)
{
	fixture_start();
	int64_t sale = online("sale", 1000);
	ck_assert_int_eq(do_open(false), 0);
	ck_assert_int_eq(do_close(false), 0);
	ck_assert_uint_eq(closing.settled, 0);
	/* void meanwhile: both are told the next time */
	q.reverse = (struct ph_journal_reverse){.request.done = on_done,
		.payment = sale,
		.voiding = step_pay_in("void", 1000, "EUR", sale),
		.why = "cancelled",
		.final = true,
		.state = PH_PAY_APPROVED};
	ck_assert_int_eq(finish(ph_journal_reverse_submit(f.journal, &q.reverse)), 0);
	ck_assert_int_eq(do_open(false), -EBUSY);
	ck_assert_uint_eq(batch.pending, 1);
	reversed(q.reverse.reversal.id, "00");
	ck_assert_int_eq(do_open(false), 0);
	expect(&batch.sums.debits, 1, 1000);
	expect(&batch.sums.debit_reversals, 1, 1000);
	ck_assert_int_eq(do_close(true), 0);
	ck_assert_uint_eq(closing.settled, 0);
	ck_assert_int_eq(do_open(false), 0);
	expect(&batch.sums.debits, 0, 0);
	expect(&batch.sums.debit_reversals, 0, 0);
	batch.batch = 99;
	ck_assert_int_eq(do_close(true), -ENOENT);
}
END_TEST

START_TEST(what_is_pending_is_carried_forward_on_demand)
{
	fixture_start();
	int64_t record = step_stand(PH_RECORD_SALE_DEFERRED, 100);
	online("sale", 5);
	ck_assert_int_eq(do_open(false), -EBUSY);
	ck_assert_int_eq(batch.batch, 0);
	ck_assert_int_eq(do_open(true), 0);
	ck_assert_uint_eq(batch.pending, 1);
	expect(&batch.sums.debits, 1, 5);
	ck_assert_int_eq(do_close(true), 0);
	ck_assert_int_eq(step_take(1), 0);
	ck_assert_int_eq(step_answer(record, PH_RECORD_APPROVED, "00"), 0);
	ck_assert_int_eq(do_open(false), 0);
	expect(&batch.sums.debits, 1, 100);
}
END_TEST

START_TEST(what_is_settled_is_not_void)
{
	fixture_start();
	int64_t record = step_stand(PH_RECORD_SALE_DEFERRED, 100), sale = online("sale", 5);
	ck_assert_int_eq(step_take(1), 0);
	ck_assert_int_eq(step_answer(record, PH_RECORD_APPROVED, "00"), 0);
	ck_assert_int_eq(do_open(false), 0);
	ck_assert_int_eq(do_close(true), 0);
	ck_assert_uint_eq(closing.settled, 2);
	ck_assert_int_eq(step_void(1), -ENOENT);
	q.reverse = (struct ph_journal_reverse){.request.done = on_done,
		.payment = sale,
		.voiding = step_pay_in("void", 5, "EUR", sale),
		.why = "cancelled",
		.final = true,
		.state = PH_PAY_APPROVED};
	ck_assert_int_eq(finish(ph_journal_reverse_submit(f.journal, &q.reverse)), -EEXIST);
	/* it counts as approved as before */
	ck_assert_uint_eq(step_check(), 0);
	ck_assert_uint_eq(q.totals.totals[0].approved.count, 1);
}
END_TEST

/* The host has said yes, and the card may say no yet: then it is undone, which a closed day would not let happen. */
START_TEST(where_the_card_has_the_last_word_it_is_in_no_day)
{
	fixture_start();
	int64_t sale = step_pay("sale", 1000);
	ck_assert_int_eq(step_intent(sale), 0);
	struct ph_journal_pay_result result = {.request.done = on_done,
		.payment = sale,
		.record = q.intent.record.id,
		.record_state = PH_RECORD_APPROVED,
		.response_code = "00"};
	ck_assert_int_eq(finish(ph_journal_pay_result_submit(f.journal, &result)), 0);
	ck_assert_int_eq(do_open(false), -EBUSY);
	ck_assert_uint_eq(batch.pending, 1);
	ck_assert_int_eq(do_open(true), 0);
	expect(&batch.sums.debits, 0, 0);
	ck_assert_int_eq(do_close(true), 0);
	ck_assert_uint_eq(closing.settled, 0);
	q.reverse = (struct ph_journal_reverse){.request.done = on_done,
		.payment = sale,
		.why = "malfunction",
		.final = true,
		.state = PH_PAY_DECLINED};
	ck_assert_int_eq(finish(ph_journal_reverse_submit(f.journal, &q.reverse)), 0);
	ck_assert_int_gt(q.reverse.reversal.id, 0);
	reversed(q.reverse.reversal.id, "00");
	ck_assert_int_eq(do_open(false), 0);
	expect(&batch.sums.debits, 1, 1000);
	expect(&batch.sums.debit_reversals, 1, 1000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("days at the host");
	TCase *tests = tcase_create("batches");

	tcase_add_checked_fixture(tests, steps_setup, steps_teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, what_the_host_should_have_booked);
	tcase_add_test(tests, a_day_that_does_not_agree_stays_open);
	tcase_add_test(tests, what_is_pending_is_carried_forward_on_demand);
	tcase_add_test(tests, what_is_settled_is_not_void);
	tcase_add_test(tests, where_the_card_has_the_last_word_it_is_in_no_day);
	suite_add_tcase(suite, tests);
	return fixture_run(suite);
}
