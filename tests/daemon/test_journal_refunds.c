// What a refund claims of its sale, what of a sale that stood without the host can be given back, and what comes of that later.
#include "tests/daemon/queue_steps.h"

#include "base/clock.h"

START_TEST(a_refund_takes_from_what_was_taken)
{
	fixture_start();
	int64_t sale = step_pay("sale", 1000);
	ck_assert_int_eq(step_intent(sale), 0);
	ck_assert_int_eq(step_approve(sale, 1), 0);
	int64_t first = step_pay_in("refund", 800, "EUR", sale);
	int64_t second = step_pay_in("refund", 800, "EUR", sale);
	ck_assert_int_eq(step_accept(first, PH_RECORD_REFUND_DEFERRED), 0);
	ck_assert_int_eq(step_accept(second, PH_RECORD_REFUND_DEFERRED), -EEXIST);
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT refunded FROM payment WHERE id = 1"), 800);
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM record"), 2);
	/* counted as if it were a sale */
	ck_assert_int_eq(fixture_sql_int("SELECT total FROM exposure"), 800);
}
END_TEST

/* What the host makes of a sale of 1000 that stood without it, and how much of that can be given back. */
static const struct {
	enum ph_record_state state;
	int64_t amount_host, left;
} stood[] = {
	{PH_RECORD_STORED, 0, 0},
	{PH_RECORD_RETRY_WAIT, 0, 0},
	{PH_RECORD_DECLINED, 0, 0},
	{PH_RECORD_REFERRED, 0, 0},
	{PH_RECORD_REJECTED, 0, 0},
	{PH_RECORD_EXPIRED, 0, 0},
	{PH_RECORD_VOIDED, 0, 0},
	{PH_RECORD_APPROVED, 0, 1000},
	{PH_RECORD_PARTIAL, 600, 600},
};

static void make(int64_t record, enum ph_record_state state, int64_t amount_host)
{
	if (state == PH_RECORD_STORED)
		return;
	if (state == PH_RECORD_VOIDED) {
		ck_assert_int_eq(step_void(1), 0);
		return;
	}
	if (state == PH_RECORD_EXPIRED)
		q.take.limits.expire_before_us = q.take.limits.now_us = ph_clock_wall_us() + 1;
	ck_assert_int_eq(step_take(1), 0);
	q.forwarded.amount_host = amount_host;
	if (state != PH_RECORD_EXPIRED)
		ck_assert_int_eq(step_answer(record, state, "xx"), 0);
}

static int give_back(int64_t amount, bool online)
{
	int64_t refund = step_pay_in("refund", amount, "EUR", 1);

	q.accept = (struct ph_journal_pay_accept){.refused = false};
	return online ? step_intent(refund) : step_accept(refund, PH_RECORD_REFUND_DEFERRED);
}

START_TEST(what_the_host_did_not_approve_is_not_given_back)
{
	int64_t left = stood[_i].left;

	fixture_start();
	int64_t record = step_stand(PH_RECORD_SALE_DEFERRED, 1000);
	make(record, stood[_i].state, stood[_i].amount_host);
	ck_assert_int_eq(give_back(left + 1, true), -EEXIST);
	ck_assert_int_eq(give_back(left + 1, false), -EEXIST);
	if (left) {
		ck_assert_int_eq(give_back(left - 100, true), 0);
		ck_assert_int_eq(give_back(101, false), -EEXIST);
		ck_assert_int_eq(give_back(100, false), 0);
	}
	struct ph_journal_pay_get get = {.request.done = on_done, .id = 1};
	ck_assert_int_eq(ph_journal_pay_get_submit(f.journal, &get), 0);
	fixture_wait(1);
	ck_assert_int_eq(get.row->refunded, left);
	ck_assert_int_eq(get.row->stand, stood[_i].state);
	ck_assert_int_eq(get.row->stand_host, stood[_i].amount_host);
	ph_journal_pay_get_clear(&get);
	get.id = 2;
	ck_assert_int_eq(ph_journal_pay_get_submit(f.journal, &get), 0);
	fixture_wait(1);
	ck_assert_int_eq(get.row->stand, -1);
	ph_journal_pay_get_clear(&get);
}
END_TEST

static int refunded(void)
{
	struct ph_journal_pay_get get = {.request.done = on_done, .id = 1};

	ck_assert_int_eq(ph_journal_pay_get_submit(f.journal, &get), 0);
	fixture_wait(1);
	int64_t amount = get.row->refunded;
	ph_journal_pay_get_clear(&get);
	return (int)amount;
}

static const enum ph_record_state not_taken[] = {
	PH_RECORD_DECLINED, PH_RECORD_REFERRED, PH_RECORD_REJECTED};

/* Then the customer can be given it back in another way, or so once more, and not both. */
START_TEST(a_refund_the_host_did_not_take_is_left)
{
	fixture_start();
	int64_t sale = step_pay("sale", 1000);
	ck_assert_int_eq(step_intent(sale), 0);
	ck_assert_int_eq(step_approve(sale, 1), 0);
	ck_assert_int_eq(give_back(800, false), 0);
	int64_t refund = q.accept.payment;
	ck_assert_int_eq(refunded(), 800);
	ck_assert_int_eq(step_take(1), 0);
	q.forwarded.present_again = true;
	ck_assert_int_eq(step_answer(q.accept.record.id, not_taken[_i], "51"), 0);
	ck_assert_int_eq(refunded(), 0);
	/* the same answer once more is nothing new */
	ck_assert_int_eq(give_back(300, false), 0);
	ck_assert_int_eq(step_answer(q.take.rows[0].id, not_taken[_i], "51"), 0);
	ck_assert_int_eq(refunded(), 300);
	int64_t other = q.accept.payment;
	q.act.max_again = 3;
	ck_assert_int_eq(step_act(refund, PH_QUEUE_AGAIN), -EEXIST);
	ck_assert_int_eq(step_void(other), 0);
	ck_assert_int_eq(step_act(refund, PH_QUEUE_AGAIN), 0);
	ck_assert_int_eq(refunded(), 800);
	ck_assert_int_eq(give_back(300, true), -EEXIST);
	/* what is too old is given back when it is void */
	q.take.limits.expire_before_us = q.take.limits.now_us = ph_clock_wall_us() + 1;
	ck_assert_int_eq(step_take(1), 0);
	ck_assert_uint_eq(q.take.expired_count, 1);
	ck_assert_int_eq(refunded(), 800);
	ck_assert_int_eq(step_void(refund), 0);
	ck_assert_int_eq(refunded(), 0);
	ck_assert_int_eq(give_back(1000, true), 0);
}
END_TEST

/* Of two refunds, so that what the other has claimed is left alone. */
START_TEST(of_a_refund_the_host_took_a_part_of_the_rest_is_left)
{
	bool online = _i;

	fixture_start();
	int64_t sale = step_pay("sale", 1000);
	ck_assert_int_eq(step_intent(sale), 0);
	ck_assert_int_eq(step_approve(sale, 1), 0);
	ck_assert_int_eq(give_back(600, online), 0);
	int64_t refund = online ? q.intent.payment : q.accept.payment;
	int64_t record = online ? q.intent.record.id : q.accept.record.id;
	if (online) {
		struct ph_journal_pay_result result = {.request.done = on_done,
			.payment = refund,
			.record = record,
			.record_state = PH_RECORD_PARTIAL,
			.response_code = "10",
			.final = true,
			.state = PH_PAY_PARTIAL,
			.amount_approved = 250};
		ck_assert_int_eq(ph_journal_pay_result_submit(f.journal, &result), 0);
		fixture_wait(1);
		ck_assert_int_eq(f.order[0], 0);
	} else {
		ck_assert_int_eq(step_take(1), 0);
		q.forwarded.amount_host = 250;
		ck_assert_int_eq(step_answer(record, PH_RECORD_PARTIAL, "10"), 0);
	}
	ck_assert_int_eq(refunded(), 250);
	ck_assert_int_eq(give_back(751, true), -EEXIST);
	ck_assert_int_eq(give_back(500, false), 0);
	ck_assert_int_eq(refunded(), 750);
	if (!online) { /* the answer is there once */
		q.forwarded.amount_host = 250;
		ck_assert_int_eq(step_answer(record, PH_RECORD_PARTIAL, "10"), 0);
		ck_assert_int_eq(refunded(), 750);
		/* void, it gives back what it had, and no more */
		ck_assert_int_eq(step_void(refund), 0);
		ck_assert_int_eq(refunded(), 500);
	}
}
END_TEST

static int make_void(int64_t payment)
{
	q.reverse = (struct ph_journal_reverse){.request.done = on_done,
		.payment = payment,
		.voiding = step_pay_in("void", 500, "EUR", payment),
		.why = "cancelled",
		.final = true,
		.state = PH_PAY_APPROVED};
	ck_assert_int_eq(ph_journal_reverse_submit(f.journal, &q.reverse), 0);
	fixture_wait(1);
	return f.order[0];
}

/* Two who make the same refund void at once: what it gives back, it gives back once. */
START_TEST(a_refund_is_void_once)
{
	fixture_start();
	int64_t sale = step_pay("sale", 1000);
	ck_assert_int_eq(step_intent(sale), 0);
	ck_assert_int_eq(step_approve(sale, 1), 0);
	int64_t refunds[2];
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(give_back(500, true), 0);
		refunds[i] = q.intent.payment;
		ck_assert_int_eq(step_approve(refunds[i], q.intent.record.id), 0);
	}
	ck_assert_int_eq(refunded(), 1000);
	ck_assert_int_eq(make_void(refunds[0]), 0);
	ck_assert_int_eq(make_void(refunds[0]), -EEXIST);
	ck_assert_int_eq(refunded(), 500);
	ck_assert_int_eq(give_back(501, true), -EEXIST);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("refunds in the journal");
	TCase *tests = tcase_create("refunds");

	tcase_add_checked_fixture(tests, steps_setup, steps_teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, a_refund_takes_from_what_was_taken);
	tcase_add_loop_test(tests, what_the_host_did_not_approve_is_not_given_back, 0,
		sizeof(stood) / sizeof(stood[0]));
	tcase_add_loop_test(tests, a_refund_the_host_did_not_take_is_left, 0,
		sizeof(not_taken) / sizeof(not_taken[0]));
	tcase_add_loop_test(tests, of_a_refund_the_host_took_a_part_of_the_rest_is_left, 0, 2);
	tcase_add_test(tests, a_refund_is_void_once);
	suite_add_tcase(suite, tests);
	return fixture_run(suite);
}
