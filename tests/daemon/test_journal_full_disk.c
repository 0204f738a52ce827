// A disk that is full at any write of what has happened already: it is stored all the same, and only what is new is refused.
#include "tests/daemon/queue_steps.h"

#include "daemon/journal/journal_storage.h"

#include <sys/stat.h>

/* A disk whose last room is the reserve, from this write of the log on. */
static void fill_disk(int from)
{
	char rules[300], path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/free", f.folder);
	setenv("POSHAL_JOURNAL_FREE_FILE", path, 1);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs("0", file);
	fclose(file);
	snprintf(rules, sizeof(rules),
		"sync:skip;pwrite:%d+:errno=ENOSPC:path=journal.db-wal:while=%s-reserve", from,
		f.path);
	ck_assert_int_eq(faultio_configure(rules), 0);
}

static bool is_full(void)
{
	struct ph_journal_room room;

	ph_journal_room(f.journal, &room);
	return room.full;
}

/* A request, two that stand without the host and are with it now. */
static void begin(void)
{
	unsetenv("POSHAL_JOURNAL_FREE_FILE");
	fixture_start();
	step_stand(PH_RECORD_SALE_DEFERRED, 100);
	step_stand(PH_RECORD_OFFLINE_TC, 70);
	ck_assert_int_eq(step_intent(step_pay("sale", 50)), 0);
	ck_assert_int_eq(step_intent(step_pay("sale", 60)), 0);
	ck_assert_int_eq(step_take(8), 0);
	ck_assert_uint_eq(q.take.count, 2);
}

/* D2, D3 and D8 of them. */
static void results(void)
{
	ck_assert_int_eq(step_approve(3, 3), 0);
	ck_assert_int_eq(step_reverse(4), 0);
	ck_assert_int_eq(step_answer(2, PH_RECORD_APPROVED, "00"), 0);
	ck_assert_int_eq(step_supersede(1), 0);
	ck_assert_int_eq(step_move(q.reverse.reversal.id, PH_RECORD_SENDING), 0);
	ck_assert_int_eq(step_move(q.reverse.reversal.id, PH_RECORD_APPROVED), 0);
}

static int begin_another(void)
{
	struct ph_journal_pay_begin another = {.request.done = on_done,
		.ask = {.method = "payment.authorize",
			.key = "another",
			.body = "{}",
			.device = "reader",
			.type = "sale",
			.amount = 1,
			.currency = "EUR"}};

	ck_assert_int_eq(ph_journal_pay_begin_submit(f.journal, &another), 0);
	fixture_wait(1);
	return f.order[0];
}

START_TEST(results_find_room_whichever_write_finds_none)
{
	bool full = true;
	int from;

	for (from = 1; full; from += 1 + from / 10) {
		ck_assert_int_lt(from, 200);
		begin();
		fill_disk(from);
		results();
		int r = begin_another();
		full = is_full();
		ck_assert_int_eq(r, full ? -ENOSPC : 0);
		step_check();
		faultio_configure("sync:skip");
		fixture_stop();
		step_check_file();
		ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM payment"), full ? 4 : 5);
		ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM record WHERE state < 7"), 2);
		steps_teardown();
		steps_setup();
	}
	/* it was full at some of them */
	ck_assert_int_gt(from, 10);
}
END_TEST

/* What was refused has taken no number: a start that believed it would take the journal for an old backup. */
START_TEST(what_found_no_room_is_not_missed_at_the_next_start)
{
	int from = _i ? 2 : 1;

	begin();
	int64_t refused = step_pay("sale", 70);
	fill_disk(from);
	if (_i)
		ck_assert_int_eq(step_answer(2, PH_RECORD_APPROVED, "00"), 0);
	ck_assert_int_eq(step_intent(refused), -ENOSPC);
	ck_assert(is_full());
	ck_assert_int_eq(step_approve(3, 3), 0);
	faultio_configure("sync:skip");
	fixture_stop();
	ck_assert_int_eq(fixture_open(), 0);
	ck_assert(!ph_journal_restored(f.journal));
	fixture_stop();
}
END_TEST

START_TEST(a_disk_that_can_only_be_read_refuses_and_keeps)
{
	begin();
	faultio_configure("sync:skip;pwrite:errno=EROFS:path=journal.db");
	ck_assert_int_lt(begin_another(), 0);
	ck_assert_int_lt(step_answer(2, PH_RECORD_APPROVED, "00"), 0);
	ck_assert_int_eq(step_list(PH_QUEUE_OPEN), 0);
	faultio_configure("sync:skip");
	results();
	ck_assert_int_eq(begin_another(), 0);
	step_check();
	fixture_stop();
	step_check_file();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("journal on a full disk");
	TCase *tc = tcase_create("disk");

	tcase_add_checked_fixture(tc, steps_setup, steps_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, results_find_room_whichever_write_finds_none);
	tcase_add_loop_test(tc, what_found_no_room_is_not_missed_at_the_next_start, 0, 2);
	tcase_add_test(tc, a_disk_that_can_only_be_read_refuses_and_keeps);
	suite_add_tcase(suite, tc);
	return fixture_run(suite);
}
