// Records that go on at another machine: what may leave, that it is done with here, and that what comes is what it was.
#include "tests/daemon/queue_steps.h"

#include "daemon/journal/journal_export.h"

static struct ph_journal_export_list list;
static struct ph_journal_export leaving;
static struct ph_import_row rows[PH_EXPORT_MAX];

static int finish(int r)
{
	if (r < 0)
		return r;
	fixture_wait(1);
	return f.order[0];
}

static int do_list(int64_t after_id, uint32_t limit, bool again)
{
	ph_journal_export_list_clear(&list);
	list = (struct ph_journal_export_list){
		.request.done = on_done, .after_id = after_id, .limit = limit, .again = again};
	return finish(ph_journal_export_list_submit(f.journal, &list));
}

static int do_export(const int64_t *records, uint32_t count)
{
	leaving = (struct ph_journal_export){.request.done = on_done, .count = count};
	memcpy(leaving.records, records, count * sizeof *records);
	return finish(ph_journal_export_submit(f.journal, &leaving));
}

static int do_take_back(int64_t payment)
{
	static struct ph_journal_take_back back;

	back = (struct ph_journal_take_back){.request.done = on_done, .payment = payment};
	return finish(ph_journal_take_back_submit(f.journal, &back));
}

START_TEST(what_may_have_left_stays)
{
	int64_t stored, sending, again, after;

	fixture_start();
	sending = step_stand(PH_RECORD_OFFLINE_TC, 100);
	ck_assert_int_eq(step_take(1), 0);
	again = step_stand(PH_RECORD_SALE_DEFERRED, 200);
	ck_assert_int_eq(step_take(1), 0);
	ck_assert_int_eq(step_supersede(again), 0); /* a reversal in front of its successor */
	after = q.supersede.successor.id;
	stored = step_stand(PH_RECORD_SALE_DEFERRED, 300);
	ck_assert_int_eq(do_list(0, PH_EXPORT_MAX, false), 0);
	ck_assert_uint_eq(list.count, 3);
	ck_assert(!list.more);
	ck_assert_int_eq(list.rows[0].record.id, sending);
	ck_assert(list.rows[0].may_have_left);
	ck_assert_int_eq(list.rows[1].record.id, after);
	ck_assert(list.rows[1].may_have_left);
	ck_assert_int_eq(list.rows[2].record.id, stored);
	ck_assert(!list.rows[2].may_have_left);
	ck_assert_uint_eq(list.rows[2].record.sealed_len, strlen(SEALED));
	/* whoever says otherwise */
	ck_assert_int_eq(do_export((int64_t[]){sending, after, stored, 99}, 4), 0);
	ck_assert(!leaving.left[0] && !leaving.left[1] && leaving.left[2] && !leaving.left[3]);
	ck_assert_int_eq(do_list(0, 1, false), 0);
	ck_assert_uint_eq(list.count, 1);
	ck_assert(list.more);
	ck_assert_int_eq(do_list(0, PH_EXPORT_MAX, true), 0);
	ck_assert_uint_eq(list.count, 1);
	ck_assert_int_eq(list.rows[0].record.id, stored);
	ph_journal_export_list_clear(&list);
}
END_TEST

START_TEST(what_has_left_is_done_with_here)
{
	int64_t record;

	fixture_start();
	record = step_stand(PH_RECORD_SALE_DEFERRED, 300);
	ck_assert_int_eq(do_export(&record, 1), 0);
	ck_assert(leaving.left[0]);
	ck_assert_int_eq(do_export(&record, 1), 0);
	ck_assert(!leaving.left[0]); /* once */
	ck_assert_int_eq(step_take(8), 0);
	ck_assert_uint_eq(q.take.count, 0);
	ck_assert_uint_eq(q.take.waiting, 1); /* it is still money at risk */
	for (int act = 0; act < PH_QUEUE_ACT_COUNT_; act++)
		ck_assert_int_eq(step_act(1, (enum ph_queue_act)act), -EPERM);
	ck_assert_int_eq(step_void(1), -EXDEV);
	/* nor is it too old */
	ph_journal_take_clear(&q.take);
	q.take = (struct ph_journal_take){.request.done = on_done,
		.limits = {.now_us = INT64_MAX, .expire_before_us = INT64_MAX},
		.max = 8};
	ck_assert_int_eq(finish(ph_journal_take_submit(f.journal, &q.take)), 0);
	ck_assert_uint_eq(q.take.expired_count + q.take.count, 0);
	q.take.limits = (struct ph_take_limits){0};
	ck_assert_uint_eq(step_check(), 1);

	ck_assert_int_eq(do_take_back(99), -ENOENT);
	ck_assert_int_eq(do_take_back(1), 0);
	ck_assert_int_eq(do_take_back(1), -EPERM);
	ck_assert_int_eq(step_take(8), 0);
	ck_assert_uint_eq(q.take.count, 1);
	ck_assert_int_eq(q.take.rows[0].id, record);
	ck_assert_uint_eq(q.take.rows[0].stan, 1);
}
END_TEST

static struct ph_journal_hand_over over;

static int do_hand_over(int64_t payment)
{
	over = (struct ph_journal_hand_over){.request.done = on_done, .payment = payment};
	return finish(ph_journal_hand_over_submit(f.journal, &over));
}

/* Another machine has booked it: it is no risk of this one any more, and not sent by it whoever says so. */
START_TEST(what_was_taken_there_is_over_here)
{
	int64_t record;

	fixture_start();
	record = step_stand(PH_RECORD_SALE_DEFERRED, 300);
	step_stand(PH_RECORD_SALE_DEFERRED, 100);
	ck_assert_int_eq(step_void(2), 0);
	ck_assert_int_eq(do_hand_over(99), -ENOENT);
	ck_assert_int_eq(do_hand_over(1), -EPERM);
	ck_assert_int_eq(do_export(&record, 1), 0);
	ck_assert_int_eq(do_hand_over(1), 0);
	ck_assert_int_eq(over.row.state, PH_RECORD_ABANDONED);
	ck_assert_str_eq(over.row.hold_reason, PH_HELD_EXPORTED);
	ck_assert_uint_eq(over.row.sealed_len, 0);
	ck_assert_int_eq(over.exposure.family, PH_FAMILY_STAND_IN);
	ck_assert_uint_eq(over.exposure.count, 0);
	ck_assert_int_eq(over.exposure.total, 0);
	ck_assert_int_eq(do_hand_over(1), -EALREADY);
	ck_assert_int_eq(do_take_back(1), -EALREADY);
	for (int act = 0; act < PH_QUEUE_ACT_COUNT_; act++)
		ck_assert_int_lt(step_act(1, (enum ph_queue_act)act), 0);
	ck_assert_int_eq(step_void(1), -EXDEV);
	ck_assert_int_eq(do_list(0, PH_EXPORT_MAX, true), 0);
	ck_assert_uint_eq(list.count, 0);
	ck_assert_int_eq(step_take(8), 0);
	ck_assert_uint_eq(q.take.count + q.take.waiting, 0);
	/* it has a place of its own in the sums, beside what is void */
	ck_assert_uint_eq(step_check(), 0);
	ck_assert_uint_eq(q.totals.totals[0].accepted.count, 2);
	ck_assert_uint_eq(q.totals.totals[0].handed_over.count, 1);
	ck_assert_int_eq(q.totals.totals[0].handed_over.total, 300);
	ck_assert_uint_eq(q.totals.totals[0].voided.count, 1);
	ck_assert_int_eq(q.totals.totals[0].voided.total, 100);
	ph_journal_export_list_clear(&list);
	fixture_stop();
	step_check_file();
	ck_assert_int_eq(
		fixture_sql_int("SELECT count(*) FROM record WHERE sealed IS NOT NULL"), 0);
}
END_TEST

static struct ph_import_row a_row(uint32_t stan)
{
	struct ph_import_row row = {.record = {.kind = PH_RECORD_SALE_DEFERRED,
					    .terminal = TID,
					    .type = "sale",
					    .currency = "EUR",
					    .amount = 1400,
					    .asked = 1234,
					    .stan = stan,
					    .rrn = "632612000041",
					    .transmission = "1122120000",
					    .local_time = "130000",
					    .local_date = "1122",
					    .entry = "chip",
					    .sequence = 1,
					    .pin = 1,
					    .accepted_us = 1700000000000000,
					    .sealed_payment = 4711,
					    .sealed_amount = 1234,
					    .sealed = "PHS",
					    .sealed_len = 40,
					    .icc = {0x82},
					    .icc_len = 1},
		.device = "reader",
		.operator_name = "anna",
		.reference = "R-1",
		.body = {7}};

	return row;
}

static int do_import(uint32_t count)
{
	static struct ph_journal_import import;

	import = (struct ph_journal_import){
		.request.done = on_done, .uid = 1000, .rows = rows, .count = count};
	return finish(ph_journal_import_submit(f.journal, &import));
}

START_TEST(what_comes_is_what_it_was)
{
	struct ph_journal_pay_get get = {.request.done = on_done, .id = 2};

	fixture_start();
	step_stand(PH_RECORD_VOICE, 100);
	rows[0] = a_row(41);
	rows[1] = a_row(17);
	snprintf(rows[1].record.hold_reason, sizeof rows[1].record.hold_reason, "look at it");
	ck_assert_int_eq(do_import(2), 0);
	ck_assert(!rows[0].duplicate);
	ck_assert_int_eq(rows[0].record.payment, 2);
	ck_assert_int_eq(rows[1].exposure.family, PH_FAMILY_STAND_IN);
	ck_assert_uint_eq(rows[1].exposure.count, 2);
	ck_assert_int_eq(rows[1].exposure.total, 2800);
	ck_assert_uint_eq(step_check(), 3);
	ck_assert_int_eq(ph_journal_pay_get_submit(f.journal, &get), 0);
	fixture_wait(1);
	ck_assert_int_eq(get.row->state, PH_PAY_APPROVED_OFFLINE);
	ck_assert_int_eq(get.row->amount_approved, 1400);
	ck_assert_str_eq(get.row->key, TID ":000041:1122120000");
	ck_assert_str_eq(get.row->operator_name, "anna");
	ph_journal_pay_get_clear(&get);

	/* it goes with its own numbers, and its account is of another machine's payment */
	ck_assert_int_eq(step_take(8), 0);
	ck_assert_uint_eq(q.take.count, 2);
	ck_assert_int_eq(q.take.rows[0].kind, PH_RECORD_VOICE);
	const struct ph_record_row *row = &q.take.rows[1];
	ck_assert_uint_eq(row->stan, 41);
	ck_assert_str_eq(row->rrn, "632612000041");
	ck_assert_str_eq(row->transmission, "1122120000");
	ck_assert_str_eq(row->local_time, "130000");
	ck_assert_int_eq(row->amount, 1400);
	ck_assert_int_eq(row->asked, 1234);
	ck_assert_uint_eq(row->accepted_us, 1700000000000000);
	ck_assert_int_eq(row->sealed_payment, 4711);
	ck_assert_int_eq(row->sealed_amount, 1234);
	ck_assert_uint_eq(row->sealed_len, 40);
	/* so is that of its successor and of the reversal between */
	ck_assert_int_eq(step_supersede(row->id), 0);
	ck_assert_int_eq(q.supersede.reversal.sealed_payment, 4711);
	ck_assert_int_eq(q.supersede.successor.sealed_payment, 4711);
	ck_assert_uint_eq(q.supersede.successor.stan, 43); /* behind those of the other machine */
	ck_assert_uint_eq(step_check(), 3);
}
END_TEST

START_TEST(coming_twice_is_coming_once)
{
	fixture_start();
	rows[0] = a_row(41);
	ck_assert_int_eq(do_import(1), 0);
	rows[0] = a_row(41);
	rows[1] = a_row(42);
	ck_assert_int_eq(do_import(2), 0);
	ck_assert(rows[0].duplicate && !rows[1].duplicate);
	ck_assert_int_eq(rows[0].record.payment, 1);
	rows[0] = a_row(41);
	rows[1] = a_row(41); /* also in one go */
	ck_assert_int_eq(do_import(2), 0);
	ck_assert(rows[0].duplicate && rows[1].duplicate);
	ck_assert_uint_eq(step_check(), 2);
	/* numbers are not given to others */
	ck_assert_int_eq(step_accept(step_pay("sale", 1), PH_RECORD_SALE_DEFERRED), 0);
	ck_assert_uint_eq(q.accept.record.stan, 43);
}
END_TEST

/* A backup of the time before it: the numbers of the other machine are used, too. */
START_TEST(what_came_is_known_behind_a_backup)
{
	fixture_start();
	step_stand(PH_RECORD_SALE_DEFERRED, 5);
	fixture_stop();
	fixture_back_up(false);
	fixture_start();
	rows[0] = a_row(5000);
	ck_assert_int_eq(do_import(1), 0);
	fixture_stop();
	fixture_back_up(true);
	fixture_start();
	step_stand(PH_RECORD_SALE_DEFERRED, 5);
	ck_assert_uint_eq(q.accept.record.stan, 6001);
}
END_TEST

/* It came back where it had been given away for good: that is not what is there already. */
START_TEST(what_was_handed_over_does_not_come_back)
{
	fixture_start();
	rows[0] = a_row(41);
	ck_assert_int_eq(do_import(1), 0);
	ck_assert_int_eq(do_export(&rows[0].record.id, 1), 0);
	rows[0] = a_row(41);
	ck_assert_int_eq(do_import(1), 0);
	ck_assert(rows[0].duplicate && !rows[0].handed_over);
	ck_assert_int_eq(do_hand_over(rows[0].record.payment), 0);
	rows[0] = a_row(41);
	ck_assert_int_eq(do_import(1), 0);
	ck_assert(rows[0].duplicate && rows[0].handed_over);
}
END_TEST

static const struct {
	size_t at;
	size_t size;
} texts[] = {
	{offsetof(struct ph_record_row, terminal), 1},
	{offsetof(struct ph_record_row, rrn), 1},
	{offsetof(struct ph_record_row, transmission), 1},
	{offsetof(struct ph_record_row, local_time), 1},
	{offsetof(struct ph_record_row, local_date), 1},
	{offsetof(struct ph_record_row, amount), sizeof(int64_t)},
	{offsetof(struct ph_record_row, asked), sizeof(int64_t)},
	{offsetof(struct ph_record_row, sealed_payment), sizeof(int64_t)},
	{offsetof(struct ph_record_row, sealed_len), sizeof(size_t)},
	{offsetof(struct ph_record_row, stan), sizeof(uint32_t)},
};

START_TEST(what_is_no_record)
{
	fixture_start();
	rows[0] = a_row(41);
	memset((char *)&rows[0].record + texts[_i].at, 0, texts[_i].size);
	ck_assert_int_eq(do_import(1), -EINVAL);
	rows[0] = a_row(41);
	rows[0].record.kind = PH_RECORD_REQUEST;
	ck_assert_int_eq(do_import(1), -EINVAL);
	ck_assert_int_eq(do_list(0, PH_EXPORT_MAX + 1, false), -EINVAL);
	ck_assert_int_eq(do_import(0), -EINVAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("journal_export");
	TCase *tc = tcase_create("export");

	tcase_add_checked_fixture(tc, steps_setup, steps_teardown);
	tcase_add_test(tc, what_may_have_left_stays);
	tcase_add_test(tc, what_has_left_is_done_with_here);
	tcase_add_test(tc, what_was_taken_there_is_over_here);
	tcase_add_test(tc, what_comes_is_what_it_was);
	tcase_add_test(tc, coming_twice_is_coming_once);
	tcase_add_test(tc, what_came_is_known_behind_a_backup);
	tcase_add_test(tc, what_was_handed_over_does_not_come_back);
	tcase_add_loop_test(tc, what_is_no_record, 0, sizeof texts / sizeof *texts);
	suite_add_tcase(suite, tc);
	return fixture_run(suite);
}
