// What a start finds of the queue: what was on its way, sums that were changed, a clock that was set back.
#include "tests/daemon/queue_steps.h"

#include "base/clock.h"
#include "daemon/journal/journal_export.h"
#include "daemon/journal/journal_storage.h"

static struct ph_queue_recovery recovery;

static void start_anew(void)
{
	fixture_stop();
	ck_assert_int_eq(fixture_open(), 0);
	ck_assert_int_eq(ph_journal_recover_queue(f.journal, &recovery), 0);
	ck_assert_int_eq(ph_journal_attach(f.journal, f.event), 0);
	ck_assert_int_eq(ph_journal_recover_queue(f.journal, &recovery), -EBUSY);
}

START_TEST(nothing_to_recover)
{
	fixture_start();
	start_anew();
	ck_assert_uint_eq(recovery.unsure + recovery.superseded, 0);
	ck_assert(!recovery.exposure_differed);
	ck_assert(!recovery.clock_back);
	ck_assert_uint_eq(recovery.newest_us, 0);
	ck_assert_uint_eq(recovery.host_us, 0);
	ck_assert_uint_eq(recovery.exposure_count, 0);
}
END_TEST

START_TEST(what_was_on_its_way)
{
	fixture_start();
	int64_t sale = step_stand(PH_RECORD_SALE_DEFERRED, 100);
	int64_t chip = step_stand(PH_RECORD_OFFLINE_TC, 70);
	int64_t undone = step_pay("sale", 80);
	ck_assert_int_eq(step_intent(undone), 0);
	ck_assert_int_eq(step_reverse(undone), 0);
	int64_t waits = step_stand(PH_RECORD_SALE_DEFERRED, 5);
	ck_assert_int_eq(step_take(3), 0);
	ck_assert_uint_eq(q.take.count, 3);
	uint64_t before = ph_clock_wall_us();
	start_anew();
	ck_assert_uint_eq(recovery.unsure, 2);
	ck_assert_uint_eq(recovery.superseded, 1);
	ck_assert(!recovery.exposure_differed);
	ck_assert_uint_le(recovery.newest_us, before);
	ck_assert_uint_gt(recovery.newest_us, before - 60000000);
	ck_assert_uint_eq(recovery.exposure_count, 2);
	ck_assert_int_eq(recovery.exposure[0].family, PH_FAMILY_STAND_IN);
	ck_assert_uint_eq(recovery.exposure[0].count, 2);
	ck_assert_int_eq(recovery.exposure[0].total, 105);
	ck_assert_int_eq(recovery.exposure[1].total, 70);
	ck_assert_uint_eq(step_check(), 3);
	/* both reversals and the advice may have arrived: but for the one that is new */
	ck_assert_int_eq(step_take(8), 0);
	ck_assert_uint_eq(q.take.count, 4);
	ck_assert(q.take.rows[0].repeat);
	ck_assert_int_eq(q.take.rows[1].parent, sale);
	ck_assert(!q.take.rows[1].repeat);
	ck_assert_int_eq(q.take.rows[2].id, chip);
	ck_assert(q.take.rows[2].repeat);
	ck_assert_int_eq(q.take.rows[3].id, waits);
	/* a second start finds what the first has left */
	start_anew();
	ck_assert_uint_eq(recovery.unsure, 3);
	ck_assert_uint_eq(recovery.superseded, 1);
	ck_assert_uint_eq(step_check(), 3);
}
END_TEST

START_TEST(sums_that_were_changed_are_made_anew)
{
	fixture_start();
	step_stand(PH_RECORD_SALE_DEFERRED, 100);
	fixture_stop();
	fixture_sql(_i == 0   ? "UPDATE exposure SET total = 5"
		    : _i == 1 ? "DELETE FROM exposure"
		    : _i == 2 ? "UPDATE exposure SET held = 1"
			      : "INSERT INTO exposure VALUES (2, 'USD', 1, 1, 0)");
	fixture_start();
	start_anew();
	ck_assert(recovery.exposure_differed);
	ck_assert_uint_eq(recovery.exposure_count, 1);
	ck_assert_int_eq(recovery.exposure[0].total, 100);
	start_anew();
	ck_assert(!recovery.exposure_differed);
}
END_TEST

START_TEST(a_clock_that_was_set_back_and_the_host_that_was_heard)
{
	fixture_start();
	int64_t record = step_stand(PH_RECORD_SALE_DEFERRED, 100);
	ck_assert_int_eq(step_take(1), 0);
	ck_assert_int_eq(step_answer(record, PH_RECORD_APPROVED, "00"), 0);
	start_anew();
	ck_assert(!recovery.clock_back);
	ck_assert_uint_eq(recovery.host_us, recovery.newest_us);
	fixture_stop();
	fixture_sql("UPDATE record SET changed_us = changed_us + 3600000000");
	fixture_start();
	start_anew();
	ck_assert(recovery.clock_back);
}
END_TEST

/* "Not now", of whatever, is no answer by which sales could stand without the host any longer. */
START_TEST(a_host_that_decides_nothing)
{
	fixture_start();
	int64_t record = step_stand(PH_RECORD_SALE_DEFERRED, 100);
	ck_assert_int_eq(step_take(1), 0);
	ck_assert_int_eq(step_answer(record, PH_RECORD_RETRY_WAIT, "91"), 0);
	int64_t sale = step_pay("sale", 5);
	ck_assert_int_eq(step_intent(sale), 0);
	struct ph_journal_pay_result result = {.request.done = on_done,
		.payment = sale,
		.record = q.intent.record.id,
		.record_state = PH_RECORD_DECLINED,
		.response_code = "96",
		.not_now = true};
	ck_assert_int_eq(ph_journal_pay_result_submit(f.journal, &result), 0);
	fixture_wait(1);
	ck_assert_int_eq(f.order[0], 0);
	start_anew();
	ck_assert_uint_eq(recovery.host_us, 0);
	/* a no is one */
	ck_assert_int_eq(step_take(1), 0);
	ck_assert_int_eq(step_answer(record, PH_RECORD_DECLINED, "05"), 0);
	start_anew();
	ck_assert_uint_gt(recovery.host_us, 0);
}
END_TEST

/* ---- many ---- */

#define FINISHED 20000

/* The longest of all statements of a piece of work, in steps of SQLite's machine; a row it looks at is several. */
static int longest;
static char longest_text[200];

static int on_trace(unsigned kind, void *userdata, void *statement, void *more)
{
	(void)kind;
	(void)userdata;
	(void)more;
	int steps = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 1);
	if (steps > longest) {
		longest = steps;
		snprintf(longest_text, sizeof longest_text, "%s", sqlite3_sql(statement));
	}
	return 0;
}

static int on_open(sqlite3 *db, char **message, const sqlite3_api_routines *api)
{
	(void)message;
	(void)api;
	return sqlite3_trace_v2(db, SQLITE_TRACE_PROFILE, on_trace, NULL);
}

static void count_steps(void)
{
	ck_assert_int_eq(sqlite3_auto_extension((void (*)(void))on_open), SQLITE_OK);
	longest = 0;
}

static int any(const struct ph_record_row *row, void *userdata)
{
	(void)row;
	(void)userdata;
	return 0;
}

static int any_payment(const struct ph_payment_row *row, void *userdata)
{
	(void)row;
	(void)userdata;
	return 0;
}

/* Rows of a finished queue, as its first: approved. */
static void fill(void)
{
	char sql[1400];

	snprintf(sql, sizeof sql,
		"PRAGMA foreign_keys = OFF; BEGIN; DELETE FROM transition WHERE from_state = -1;"
		"INSERT INTO transition VALUES (-1, 7);"
		"INSERT INTO payment (uid, method, key, body, device, type, currency, amount,"
		" cashback, amount_approved, operator, reference, reason, original, state,"
		" counter, created_us, changed_us) WITH n AS"
		" (SELECT 1 i UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
		" SELECT uid, method, 'many' || i, body, device, type, currency, amount,"
		" cashback, amount_approved, operator, reference, reason, original, state,"
		" counter, created_us, changed_us FROM payment, n WHERE id = 1;"
		"INSERT INTO record (payment, parent, kind, state, terminal, stan, rrn,"
		" transmission, local_time, local_date, entry, sequence, reason, created_us,"
		" changed_us, accepted_us) SELECT p.id, 0, r.kind, 7, terminal, 100000 + p.id,"
		" rrn, transmission, local_time, local_date, entry, sequence, r.reason,"
		" r.created_us, r.changed_us, 1 FROM record r, payment p"
		" WHERE r.id = 1 AND p.id > 3;"
		"DELETE FROM transition WHERE from_state = -1;"
		"INSERT INTO transition VALUES (-1, 0), (-1, 1), (-1, 2), (-1, 3), (-1, 17);"
		"COMMIT",
		FINISHED);
	fixture_sql(sql);
}

/* How many are there that could go on at another machine. */
static uint32_t list_for_export(bool again)
{
	struct ph_journal_export_list list = {
		.request.done = on_done, .limit = PH_EXPORT_MAX, .again = again};

	ck_assert_int_eq(ph_journal_export_list_submit(f.journal, &list), 0);
	fixture_wait(1);
	ck_assert_int_eq(f.order[0], 0);
	ph_journal_export_list_clear(&list);
	return list.count;
}

START_TEST(a_start_does_not_read_what_is_over)
{
	fixture_start();
	int64_t record = step_stand(PH_RECORD_SALE_DEFERRED, 100);
	ck_assert_int_eq(step_take(1), 0);
	ck_assert_int_eq(step_answer(record, PH_RECORD_APPROVED, "00"), 0);
	step_stand(PH_RECORD_OFFLINE_TC, 50);
	step_stand(PH_RECORD_SALE_DEFERRED, 30);
	ck_assert_int_eq(step_take(1), 0);
	fixture_stop();
	fill();
	count_steps();
	ck_assert_int_eq(fixture_open(), 0);
	ck_assert_int_eq(ph_journal_recover_queue(f.journal, &recovery), 0);
	ck_assert_int_eq(ph_journal_load_payments(f.journal, any_payment, any, NULL), 0);
	ck_assert_int_eq(ph_journal_attach(f.journal, f.event), 0);
	ck_assert_uint_eq(recovery.unsure, 1);
	ck_assert(!recovery.exposure_differed);
	ck_assert_uint_eq(recovery.exposure_count, 2);
	/* nor does the work afterwards */
	q.take.limits.now_us = ph_clock_wall_us();
	q.take.limits.expire_before_us = 1000;
	ck_assert_int_eq(step_take(8), 0);
	ck_assert_uint_eq(q.take.count, 2);
	ck_assert_int_eq(step_answer(q.take.rows[0].id, PH_RECORD_APPROVED, "00"), 0);
	ck_assert_int_eq(step_list(PH_QUEUE_OPEN), 0);
	ck_assert_int_eq(step_list(PH_QUEUE_WORK), 0);
	q.totals.since_us = 1000;
	ck_assert_int_eq(step_totals(), 0);
	ck_assert(q.totals.agrees);
	step_stand(PH_RECORD_SALE_DEFERRED, 30);
	list_for_export(false);
	list_for_export(true);
	sqlite3_reset_auto_extension();
	fixture_stop();
	ck_assert_msg(longest < FINISHED / 10, "%d steps: %s", longest, longest_text);
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM record"), FINISHED + 4);
}
END_TEST

/* Records whose messages may have left after the backup was made, and since: three that somebody has to look at, and two that are repeated. */
START_TEST(a_backup_in_which_something_waits)
{
	fixture_start();
	int64_t first = step_stand(PH_RECORD_SALE_DEFERRED, 100), paid = q.accept.payment;
	int64_t second = step_stand(PH_RECORD_SALE_DEFERRED, 40), other = q.accept.payment;
	int64_t refund = step_stand(PH_RECORD_REFUND_DEFERRED, 5);
	int64_t chip = step_stand(PH_RECORD_OFFLINE_TC, 70);
	int64_t undone = step_pay("sale", 80);
	ck_assert_int_eq(step_intent(undone), 0);
	ck_assert_int_eq(step_reverse(undone), 0);
	int64_t reversal = q.reverse.reversal.id;
	fixture_stop();
	fixture_back_up(false);
	fixture_start();
	ck_assert_int_eq(step_take(8), 0);
	ck_assert_uint_eq(q.take.count, 5);
	step_stand(PH_RECORD_SALE_DEFERRED, 1);
	fixture_stop();
	fixture_back_up(true);
	fixture_start(); /* ended before anything came of it: the next start knows it, too */
	start_anew();
	ck_assert(recovery.restored);
	ck_assert_uint_eq(recovery.held, 3);
	ck_assert_uint_eq(recovery.unsure, 2);
	ck_assert_uint_eq(step_check(), 4);
	ck_assert_int_eq(step_list(PH_QUEUE_WORK), 0);
	ck_assert_uint_eq(q.list.count, 3);
	ck_assert_int_eq(q.list.rows[0].id, first);
	ck_assert_int_eq(q.list.rows[2].id, refund);
	ck_assert_int_eq(q.list.rows[0].state, PH_RECORD_HELD);
	ck_assert_str_eq(q.list.rows[0].hold_reason, PH_HELD_RESTORED);
	ck_assert_int_eq(step_take(8), 0);
	ck_assert_uint_eq(q.take.count, 2);
	ck_assert_int_eq(q.take.rows[0].id, reversal);
	ck_assert_int_eq(q.take.rows[1].id, chip);
	ck_assert(q.take.rows[0].repeat && q.take.rows[1].repeat);
	/* the host has none of it, says the acquirer: as it would have gone, with the numbers it has */
	ck_assert_int_eq(step_act(paid, PH_QUEUE_RELEASE), 0);
	ck_assert_int_eq(step_take(8), 0);
	ck_assert_uint_eq(q.take.count, 1);
	ck_assert_int_eq(q.take.rows[0].id, first);
	ck_assert(!q.take.rows[0].repeat);
	/* void without a word to the host it is not */
	ck_assert_int_eq(step_void(other), 0);
	ck_assert(!q.voided.unsent);
	ck_assert_int_eq(q.voided.reversal.parent, second);
	step_check();
}
END_TEST

/* Whoever holds what a backup has left: it is still that, and nothing else is. */
START_TEST(what_a_backup_has_left_is_held_once_more)
{
	fixture_start();
	int64_t first = step_stand(PH_RECORD_SALE_DEFERRED, 100), paid = q.accept.payment;
	fixture_stop();
	fixture_back_up(false);
	fixture_start();
	step_stand(PH_RECORD_SALE_DEFERRED, 1);
	fixture_stop();
	fixture_back_up(true);
	fixture_start();
	start_anew();
	ck_assert_uint_eq(recovery.held, 1);
	q.act.reason = "the acquirer is asked";
	ck_assert_int_eq(step_act(paid, PH_QUEUE_HOLD), 0);
	ck_assert_str_eq(q.act.row.hold_reason, PH_HELD_RESTORED);
	ck_assert_int_eq(step_act(paid, PH_QUEUE_RELEASE), 0);
	ck_assert(!q.act.row.repeat);
	/* sent, it may be at the host: no word of a person makes it new */
	ck_assert_int_eq(step_take(1), 0);
	ck_assert_int_eq(q.take.rows[0].id, first);
	q.act.reason = PH_HELD_RESTORED;
	ck_assert_int_eq(step_act(paid, PH_QUEUE_HOLD), -EINVAL);
}
END_TEST

/* Somebody has undone by hand what the host has refused to undo. */
static void resolve_reversal(int64_t payment)
{
	struct ph_journal_pay_resolve resolve = {.request.done = on_done,
		.payment = payment,
		.of_reversal = true,
		.resolution = "{}"};

	ck_assert_int_eq(ph_journal_pay_resolve_submit(f.journal, &resolve), 0);
	fixture_wait(1);
	ck_assert_int_eq(f.order[0], 0);
}

/* Asked before a machine is given away: also what the host has refused to undo is somebody's business. */
START_TEST(what_somebody_has_to_see_to_is_pending)
{
	int64_t count = -1;

	fixture_start();
	int64_t sale = step_pay("sale", 100);
	ck_assert_int_eq(step_intent(sale), 0);
	ck_assert_int_eq(step_reverse(sale), 0);
	ck_assert_int_eq(step_move(q.reverse.reversal.id, PH_RECORD_SENDING), 0);
	ck_assert_int_eq(step_move(q.reverse.reversal.id, PH_RECORD_REJECTED), 0);
	ck_assert_int_eq(step_list(PH_QUEUE_WORK), 0);
	ck_assert_uint_eq(q.list.count, 1);
	fixture_stop();
	ck_assert_int_eq(ph_journal_pending(f.path, &count, f.message), 0);
	ck_assert_int_eq(count, 1);
	fixture_start();
	resolve_reversal(sale);
	fixture_stop();
	ck_assert_int_eq(ph_journal_pending(f.path, &count, f.message), 0);
	ck_assert_int_eq(count, 0);
}
END_TEST

/* A deferred sale whose reversal is refused; what comes behind it waits for somebody. */
static int64_t stand_behind_refused(void)
{
	int64_t record = step_stand(PH_RECORD_SALE_DEFERRED, 100);

	ck_assert_int_eq(step_take(1), 0);
	ck_assert_int_eq(step_supersede(record), 0);
	int64_t reversal = q.supersede.reversal.id;
	ck_assert_int_eq(step_move(reversal, PH_RECORD_SENDING), 0);
	ck_assert_int_eq(step_move(reversal, PH_RECORD_REJECTED), 0);
	return q.accept.payment;
}

/* What waited behind it for so long can still be presented again: nobody has seen to that. */
START_TEST(what_expires_behind_a_refused_reversal)
{
	fixture_start();
	int64_t sale = stand_behind_refused();
	q.take.limits.expire_before_us = q.take.limits.now_us = ph_clock_wall_us() + 1;
	ck_assert_int_eq(step_take(1), 0);
	ck_assert_uint_eq(q.take.expired_count, 1);
	resolve_reversal(sale);
	q.act.max_again = 3;
	ck_assert_int_eq(step_act(sale, PH_QUEUE_AGAIN), 0);
	ck_assert_uint_eq(q.act.row.sealed_len, strlen(SEALED));
	step_check();
}
END_TEST

/* It was undone by hand: it would be undone twice, and nothing is kept of the card. */
START_TEST(what_was_resolved_is_not_sent_again)
{
	fixture_start();
	int64_t sale = stand_behind_refused(), reversal = q.supersede.reversal.id;
	ck_assert_int_eq(step_move(reversal, PH_RECORD_QUEUED), 0);
	ck_assert_int_eq(step_move(reversal, PH_RECORD_SENDING), 0);
	ck_assert_int_eq(step_move(reversal, PH_RECORD_REJECTED), 0);
	resolve_reversal(sale);
	ck_assert_int_eq(step_move(reversal, PH_RECORD_QUEUED), -EALREADY);
	ck_assert_int_eq(step_take(8), 0);
	ck_assert_uint_eq(q.take.count, 1);
	ck_assert_int_eq(q.take.rows[0].kind, PH_RECORD_SALE_DEFERRED);
}
END_TEST

/* Of a backup: the reversal of another message of the sale is still to be sent. */
START_TEST(what_is_void_behind_a_refused_reversal)
{
	fixture_start();
	int64_t sale = stand_behind_refused();
	fixture_stop();
	fixture_back_up(false);
	fixture_start();
	step_stand(PH_RECORD_SALE_DEFERRED, 1);
	fixture_stop();
	fixture_back_up(true);
	fixture_start();
	start_anew();
	ck_assert_int_eq(step_void(sale), 0);
	ck_assert(!q.voided.unsent);
	resolve_reversal(sale);
	ck_assert_int_eq(step_take(8), 0);
	ck_assert_uint_eq(q.take.count, 1);
	ck_assert_int_eq(q.take.rows[0].id, q.voided.reversal.id);
	ck_assert_uint_eq(q.take.rows[0].sealed_len, strlen(SEALED));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("a start with a queue");
	TCase *tests = tcase_create("recovery");

	tcase_add_checked_fixture(tests, steps_setup, steps_teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, nothing_to_recover);
	tcase_add_test(tests, what_was_on_its_way);
	tcase_add_loop_test(tests, sums_that_were_changed_are_made_anew, 0, 4);
	tcase_add_test(tests, a_clock_that_was_set_back_and_the_host_that_was_heard);
	tcase_add_test(tests, a_host_that_decides_nothing);
	tcase_add_test(tests, a_start_does_not_read_what_is_over);
	tcase_add_test(tests, a_backup_in_which_something_waits);
	tcase_add_test(tests, what_a_backup_has_left_is_held_once_more);
	tcase_add_test(tests, what_somebody_has_to_see_to_is_pending);
	tcase_add_test(tests, what_expires_behind_a_refused_reversal);
	tcase_add_test(tests, what_is_void_behind_a_refused_reversal);
	tcase_add_test(tests, what_was_resolved_is_not_sent_again);
	suite_add_tcase(suite, tests);
	return fixture_run(suite);
}
