// How the queue is: what SQLite does for the answer does not depend on how much of which kind waits.
#include "daemon/journal/internal.h"
#include "tests/daemon/queue_steps.h"

#include "base/clock.h"

#define HOUR_US 3600000000ull
#define LIKE	10 /* steps; a look at each record would be more by as many as there are */

static void undone_later(int64_t reversal)
{
	q.move = (struct ph_journal_record_move){.request.done = on_done,
		.record = reversal,
		.state = PH_RECORD_UNSURE,
		.repeat = true,
		.next_us = ph_clock_wall_us() + HOUR_US};
	ck_assert_int_eq(ph_journal_record_move_submit(f.journal, &q.move), 0);
	fixture_wait(1);
	ck_assert_int_eq(f.order[0], 0);
}

static void answer_later(int64_t record, enum ph_record_state state)
{
	q.forwarded.next_us = ph_clock_wall_us() + HOUR_US;
	ck_assert_int_eq(step_answer(record, state, state == PH_RECORD_UNSURE ? NULL : "91"), 0);
}

/* Nothing of it may go yet: reversals, advices and sales that wait for their time, and what is held. */
static void fill(int rounds)
{
	for (int i = 0; i < rounds; i++) {
		ck_assert_int_eq(step_intent(step_pay("sale", 80)), 0);
		ck_assert_int_eq(step_reverse(q.intent.payment), 0);
		step_stand(PH_RECORD_OFFLINE_TC, 100);
		step_stand(PH_RECORD_SALE_DEFERRED, 100);
		ck_assert_int_eq(step_take(3), 0);
		ck_assert_uint_eq(q.take.count, 3);
		int64_t reversal = q.take.rows[0].id, advice = q.take.rows[1].id,
			deferred = q.take.rows[2].id;
		undone_later(reversal);
		answer_later(advice, i % 2 ? PH_RECORD_UNSURE : PH_RECORD_RETRY_WAIT);
		answer_later(deferred, PH_RECORD_RETRY_WAIT);
		step_stand(PH_RECORD_SALE_DEFERRED, 100);
		ck_assert_int_eq(step_act(q.accept.payment, PH_QUEUE_HOLD), 0);
	}
}

/* Of all statements there are. */
static int work_of_a_glance(void)
{
	int work = 0;

	for (int pass = 0; pass < 2; pass++) {
		work = 0;
		for (size_t i = 0; i < PH_SQL_COUNT_; i++) {
			sqlite3_stmt *s = f.journal->statements[i];
			work += s ? sqlite3_stmt_status(s, SQLITE_STMTSTATUS_VM_STEP, 1) : 0;
		}
		if (!pass)
			ck_assert_int_eq(step_glance(), 0);
	}
	return work;
}

START_TEST(a_long_queue_is_looked_at_as_fast_as_a_short_one)
{
	fixture_start();
	fill(4);
	step_check();
	int few = work_of_a_glance();
	fill(40);
	ck_assert_uint_eq(step_check(), 44 * 3);
	ck_assert_int_gt(few, 0);
	ck_assert_int_lt(work_of_a_glance(), few + LIKE);
	/* one more, that can go at once */
	step_stand(PH_RECORD_VOICE, 100);
	step_check();
	ck_assert_uint_eq(q.glance.next_us, 1);
	few = work_of_a_glance();
	for (int i = 0; i < 100; i++)
		step_stand(PH_RECORD_VOICE, 100);
	ck_assert_int_lt(work_of_a_glance(), few + LIKE);
}
END_TEST

START_TEST(an_empty_queue)
{
	fixture_start();
	ck_assert_int_eq(step_glance(), 0);
	ck_assert_uint_eq(q.glance.exposure_count, 0);
	ck_assert_uint_eq(q.glance.oldest_us, 0);
	ck_assert_uint_eq(q.glance.next_us, 0);
	ck_assert_uint_eq(q.glance.work, 0);
	step_stand(PH_RECORD_VOICE, 100);
	ck_assert_int_eq(step_void(q.accept.payment), 0);
	step_check();
	ck_assert_uint_eq(q.glance.exposure[0].count, 0);
	ck_assert_uint_eq(q.glance.oldest_us, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("how the queue is");
	TCase *tests = tcase_create("glance");

	tcase_add_checked_fixture(tests, steps_setup, steps_teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, a_long_queue_is_looked_at_as_fast_as_a_short_one);
	tcase_add_test(tests, an_empty_queue);
	suite_add_tcase(suite, tests);
	return fixture_run(suite);
}
