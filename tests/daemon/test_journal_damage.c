// A damaged page of each table with a queue in it: what can be read is recovered, loaded and sent, and what cannot be is counted.
#include "base/clock.h"
#include "daemon/journal/journal_export.h"
#include "daemon/journal/journal_storage.h"
#include "tests/daemon/queue_steps.h"

#include <sys/stat.h>

#define PAGE  4096
#define SALES 120

static struct ph_queue_recovery recovery;
static uint32_t payments, records;

static int count_payment(const struct ph_payment_row *row, void *userdata)
{
	payments++;
	return 0;
}

static int count_record(const struct ph_record_row *row, void *userdata)
{
	records++;
	return 0;
}

static int root_of(const char *table)
{
	char sql[128];

	snprintf(sql, sizeof sql, "SELECT rootpage FROM sqlite_schema WHERE name = '%s'", table);
	return fixture_sql_int(sql);
}

/* The page the root of a table or an index, which is no leaf, has its n-th child on. */
static int leaf_of(const char *table, int n)
{
	unsigned char cell[4], at[2];
	off_t root = (off_t)(root_of(table) - 1) * PAGE;
	int fd = open(f.path, O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pread(fd, cell, 1, root), 1);
	ck_assert(cell[0] == 5 || cell[0] == 2);
	ck_assert_int_eq(pread(fd, at, 2, root + 12 + 2 * n), 2);
	ck_assert_int_eq(pread(fd, cell, 4, root + (at[0] << 8 | at[1])), 4);
	close(fd);
	return cell[0] << 24 | cell[1] << 16 | cell[2] << 8 | cell[3];
}

/* One on its way, one whose answer was not awaited, others that wait. */
static void fill(void)
{
	fixture_start();
	int64_t reversed = step_pay("sale", 80);
	ck_assert_int_eq(step_intent(reversed), 0);
	for (int i = 0; i < SALES; i++)
		step_stand(PH_RECORD_SALE_DEFERRED, 100);
	ck_assert_int_eq(step_take(2), 0);
	ck_assert_uint_eq(q.take.count, 2);
	fixture_stop();
}

static void start_damaged(void)
{
	payments = records = 0;
	ck_assert_int_eq(fixture_open(), 0);
	ck_assert_int_eq(ph_journal_recover_queue(f.journal, &recovery), 0);
	int r = ph_journal_load_payments(f.journal, count_payment, count_record, NULL);
	ck_assert_msg(r == 0 || r == -EBADMSG, "%d", r);
	ck_assert_int_eq(ph_journal_attach(f.journal, f.event), 0);
}

/* All that is due is taken and approved; how many there were. */
static uint32_t send_all(void)
{
	uint32_t sent = 0;

	while (step_take(8) == 0 && q.take.count) {
		int64_t ids[8];
		enum ph_record_kind kinds[8];
		uint32_t count = q.take.count;

		for (uint32_t i = 0; i < count; i++) {
			ids[i] = q.take.rows[i].id;
			kinds[i] = q.take.rows[i].kind;
		}
		for (uint32_t i = 0; i < count; i++, sent++)
			ck_assert_int_eq(kinds[i] == PH_RECORD_REVERSAL
						 ? step_move(ids[i], PH_RECORD_APPROVED)
						 : step_answer(ids[i], PH_RECORD_APPROVED, "00"),
				0);
	}
	ck_assert_uint_eq(q.take.count, 0);
	return sent;
}

static const char *const tables[] = {"audit", "meta", "exposure", "velocity", "transition",
	"attempt", "batch", "seal_key", "counter"};

START_TEST(a_page_of_another_table_is_no_reason_to_keep_sales)
{
	struct ph_audit_entry entry = {.action = "test"};

	fixture_start();
	ck_assert_int_eq(do_audit(&entry), 0);
	fixture_stop();
	fill();
	fixture_spoil_page(root_of(tables[_i]));
	start_damaged();
	ck_assert_uint_eq(recovery.unreadable, 0);
	/* new numbers cannot be given without the table they are in */
	if (strcmp(tables[_i], "counter") != 0) {
		ck_assert_uint_eq(recovery.superseded, 2);
		ck_assert_uint_eq(recovery.exposure_count, 1);
		ck_assert_uint_eq(recovery.exposure[0].count, SALES);
		ck_assert_int_eq(recovery.exposure[0].total, SALES * 100);
	}
	ck_assert_uint_eq(payments, 1);
	ck_assert_int_eq(step_totals(), 0);
	ck_assert_uint_eq(q.totals.totals[0].pending.count, SALES);
	ck_assert_int_eq(step_list(PH_QUEUE_OPEN), 0);
	if (strcmp(tables[_i], "counter") != 0)
		ck_assert_uint_eq(send_all(), SALES + 2);
	else
		ck_assert_uint_eq(send_all(), SALES - 2);
}
END_TEST

/* All that can still go on at another machine; how many there are. */
static uint32_t list_for_export(void)
{
	struct ph_journal_export_list list = {.request.done = on_done, .limit = PH_EXPORT_MAX};
	uint32_t count = 0;

	do {
		ck_assert_int_eq(ph_journal_export_list_submit(f.journal, &list), 0);
		fixture_wait(1);
		ck_assert_int_eq(f.order[0], 0);
		count += list.count;
		list.after_id = list.count ? list.rows[list.count - 1].record.id : 0;
		ph_journal_export_list_clear(&list);
	} while (list.more);
	return count;
}

/* Which of the records are on a page. */
START_TEST(a_page_of_records_keeps_those_that_are_on_it)
{
	fill();
	fixture_spoil_page(leaf_of(_i ? "payment" : "record", 1));
	start_damaged();
	ck_assert_uint_eq(payments, 1);
	ck_assert_int_eq(step_totals(), 0);
	ck_assert_uint_gt(q.totals.unreadable, 0);
	ck_assert_uint_lt(q.totals.unreadable, SALES - 20);
	ck_assert_uint_eq(q.totals.totals[0].pending.count, SALES - q.totals.unreadable);
	ck_assert_int_eq(step_list(PH_QUEUE_OPEN), 0);
	ck_assert_uint_eq(list_for_export(), SALES - q.totals.unreadable);
	ck_assert_uint_eq(send_all(), SALES + 2 - q.totals.unreadable);
	ck_assert_int_eq(ph_journal_health(f.journal, NULL), PH_JOURNAL_DAMAGED);
	/* what is not known does not count as nothing */
	ck_assert_int_eq(step_totals(), 0);
	ck_assert_uint_eq(q.totals.exposure[0].count, q.totals.unreadable);
}
END_TEST

static const struct {
	const char *index;
	uint32_t more; /* sales, for a page below the root; then recovery has nothing to do */
} indexes[] = {{"record_open", 0}, {"record_open", 150}, {"record_family", 0},
	{"record_family", 200}, {"record_due", 0}, {"record_payment", 0}, {"record_work", 0},
	{"payment_open", 0}};

static void fill_more(uint32_t more)
{
	fixture_start();
	for (uint32_t i = 0; i < more; i++)
		step_stand(PH_RECORD_SALE_DEFERRED, 100);
	fixture_stop();
	ck_assert_int_eq(fixture_open(), 0);
	ck_assert_int_eq(ph_journal_recover_queue(f.journal, &recovery), 0);
	fixture_stop();
}

/* Of a table that can be read it is made anew, whoever meets it. */
START_TEST(an_index_keeps_back_nothing)
{
	const char *index = indexes[_i].index;
	uint32_t more = indexes[_i].more;

	fill();
	if (more)
		fill_more(more);
	fixture_spoil_page(more ? leaf_of(index, 0) : root_of(index));
	start_damaged();
	ck_assert_uint_eq(recovery.unreadable, 0);
	ck_assert_uint_eq(payments, 1);
	ck_assert_int_eq(step_glance(), 0);
	ck_assert_int_eq(step_totals(), 0);
	ck_assert_uint_eq(q.totals.totals[0].pending.count, SALES + more);
	ck_assert(q.totals.agrees);
	ck_assert_int_eq(step_list(PH_QUEUE_OPEN), 0);
	step_stand(PH_RECORD_VOICE, 100);
	ck_assert_uint_eq(send_all(), SALES + more + 3);
	ck_assert_int_eq(ph_journal_health(f.journal, NULL), PH_JOURNAL_DAMAGED);
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM pragma_integrity_check WHERE "
					 "integrity_check NOT LIKE '%never used%' AND "
					 "integrity_check NOT LIKE '%main%'"),
		0);
}
END_TEST

START_TEST(damage_while_it_runs_is_gone_around)
{
	fill();
	int page = leaf_of("record", 1);
	fixture_start();
	fixture_spoil_page(page);
	ck_assert_int_eq(step_totals(), 0);
	ck_assert_uint_gt(q.totals.unreadable, 0);
	ck_assert_uint_eq(send_all(), SALES - 2 - q.totals.unreadable);
}
END_TEST

/* What all of them are written to is made anew, and none of them is taken for damaged. */
START_TEST(a_table_that_is_damaged_while_it_runs)
{
	fill();
	int page = root_of("attempt");
	fixture_start();
	fixture_spoil_page(page);
	ck_assert_uint_eq(send_all(), SALES - 2);
	ck_assert_int_eq(step_totals(), 0);
	ck_assert_uint_eq(q.totals.unreadable, 0);
}
END_TEST

/* The first of many is asked anew, so that it and its successor are not on the same page; the id of that. */
static int64_t fill_with_a_successor(void)
{
	fixture_start();
	int64_t record = step_stand(PH_RECORD_SALE_DEFERRED, 100);
	for (int i = 1; i < SALES; i++)
		step_stand(PH_RECORD_SALE_DEFERRED, 100);
	ck_assert_int_eq(step_take(1), 0);
	ck_assert_int_eq(step_not_now(record), 0);
	return q.supersede.successor.id;
}

START_TEST(what_it_stands_for_cannot_be_read)
{
	fill_with_a_successor();
	fixture_stop();
	fixture_spoil_page(leaf_of("record", 0));
	start_damaged();
	ck_assert_int_eq(step_totals(), 0);
	ck_assert_uint_gt(q.totals.unreadable, 1);
	/* the first of them does not stand any more */
	ck_assert_uint_eq(send_all(), SALES + 1 - q.totals.unreadable);
}
END_TEST

/* It was sent before: the answer to it is stored. */
START_TEST(what_it_stands_for_cannot_be_read_when_it_is_answered)
{
	int64_t successor = fill_with_a_successor();

	do
		ck_assert_int_eq(step_take(1), 0);
	while (q.take.count && q.take.rows[0].id != successor);
	ck_assert_uint_eq(q.take.count, 1);
	fixture_stop();
	fixture_spoil_page(leaf_of("record", 0));
	fixture_start();
	ck_assert_int_eq(_i ? step_not_now(successor) : step_supersede(successor), 0);
	ck_assert_int_eq(q.supersede.successor.supersedes, successor);
}
END_TEST

/* An index cannot be written that only what is too old goes into, nor be made anew: its table is damaged, too. */
START_TEST(what_cannot_expire_is_no_reason_to_keep_the_others)
{
	int r = -EBADMSG;

	fill();
	fixture_spoil_page(root_of("record_work"));
	fixture_spoil_page(leaf_of("record", 1));
	fixture_start();
	uint64_t now = ph_clock_wall_us();
	int64_t young = step_stand(PH_RECORD_SALE_DEFERRED, 100);
	/* so many at a time */
	for (int i = 0; i < 3 && r == -EBADMSG; i++) {
		q.take.limits = (struct ph_take_limits){
			.now_us = ph_clock_wall_us(), .expire_before_us = now};
		r = step_take(8);
	}
	ck_assert_int_eq(r, 0);
	ck_assert_uint_eq(q.take.expired_count, 0);
	ck_assert_uint_eq(q.take.count, 1);
	ck_assert_int_eq(q.take.rows[0].id, young);
}
END_TEST

/* What a payment comes to is stored all the same; what a person does is not. */
START_TEST(the_trail_is_left_out)
{
	struct ph_audit_entry entry = {.action = "test"}, end = {.action = "payment.end"};

	fixture_start();
	ck_assert_int_eq(do_audit(&entry), 0);
	fixture_stop();
	fill();
	fixture_spoil_page(root_of(_i ? "audit" : "audit_head"));
	start_damaged();
	ck_assert_int_eq(do_audit(&entry), -EBADMSG);
	ck_assert(ph_journal_audit_lost(f.journal));
	struct ph_journal_reverse reverse = {
		.request = {.done = on_done, .audit = &end}, .payment = 1, .why = "timeout"};
	ck_assert_int_eq(ph_journal_reverse_submit(f.journal, &reverse), 0);
	fixture_wait(1);
	ck_assert_int_eq(f.order[0], 0);
	ck_assert_int_eq(end.seq, 0);
	/* an act of a person without a row of it is none */
	struct ph_audit_entry act = {.action = "queue.export"};
	struct ph_journal_export export = {.request = {.done = on_done, .audit = &act}, .count = 1};
	ck_assert_int_eq(step_list(PH_QUEUE_OPEN), 0);
	export.records[0] = q.list.rows[q.list.count - 1].id;
	ck_assert_int_eq(ph_journal_export_submit(f.journal, &export), 0);
	fixture_wait(1);
	ck_assert_int_eq(f.order[0], -EBADMSG);
	ck_assert_int_eq(step_totals(), 0);
	ck_assert_int_eq(q.totals.audit_count, -1);
	ck_assert_uint_eq(send_all(), SALES + 3);
}
END_TEST

/* ---- a file that ends too early ---- */

static off_t size_of(const char *more)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof path, "%s%s", f.path, more);
	return stat(path, &st) == 0 ? st.st_size : -1;
}

/* What came last is lost, and nothing of what waits for the host; the cut may be within a page. */
START_TEST(a_file_that_is_cut_off_behind_the_queue)
{
	char text[PH_JOURNAL_HEALTH_TEXT], key[16];

	fill();
	off_t size = size_of("") + 8192 + 100 * _i;
	fixture_start();
	for (int i = 0; i < 300; i++) {
		snprintf(key, sizeof key, "job %d", i);
		struct ph_journal_accept accept = an_accept(key);
		ck_assert_int_eq(do_accept(&accept), 0);
	}
	fixture_stop();
	ck_assert_int_gt(size_of(""), size + 4096);
	ck_assert_int_eq(truncate(f.path, size), 0);
	start_damaged();
	ck_assert_int_eq(ph_journal_health(f.journal, text), PH_JOURNAL_DAMAGED);
	ck_assert_msg(strstr(text, "its end is missing") && strstr(text, "journal.db-cut-off"),
		"%s", text);
	ck_assert_int_eq(size_of("-cut-off"), size);
	ck_assert_int_eq(step_totals(), 0);
	ck_assert_uint_eq(q.totals.unreadable, 0);
	ck_assert_uint_eq(send_all(), SALES + 2);
	fixture_stop();
	/* until somebody has looked */
	start_damaged();
	ck_assert_int_eq(ph_journal_health(f.journal, NULL), PH_JOURNAL_DAMAGED);
	fixture_stop();
	ck_assert_int_eq(size_of("-cut-off"), size);
	ck_assert_int_eq(unlink(f.path), 0);
	start_damaged();
	ck_assert_int_ne(ph_journal_health(f.journal, NULL), PH_JOURNAL_DAMAGED);
}
END_TEST

static const int kept_percent[] = {99, 95, 90, 80, 70, 50, 30};

/* Whatever is lost, what is sent is what was accepted; or nothing is touched. */
START_TEST(a_file_that_is_cut_off_anywhere)
{
	fill();
	off_t size = size_of("") * kept_percent[_i] / 100;
	ck_assert_int_eq(truncate(f.path, size), 0);
	if (fixture_open() < 0) {
		ck_assert_int_eq(size_of(""), size);
		ck_assert_int_eq(size_of("-cut-off"), -1);
		return;
	}
	ck_assert_int_eq(ph_journal_recover_queue(f.journal, &recovery), 0);
	int r = ph_journal_load_payments(f.journal, count_payment, count_record, NULL);
	ck_assert_msg(r == 0 || r == -EBADMSG, "%d", r);
	ck_assert_int_eq(ph_journal_attach(f.journal, f.event), 0);
	ck_assert_int_eq(ph_journal_health(f.journal, NULL), PH_JOURNAL_DAMAGED);
	ck_assert_int_eq(size_of("-cut-off"), size);
	for (int i = 0; i < SALES && step_take(1) == 0 && q.take.count == 1; i++) {
		ck_assert_int_eq(q.take.rows[0].amount, 100);
		step_answer(q.take.rows[0].id, PH_RECORD_APPROVED, "00");
	}
}
END_TEST

/* Without the pages that say what is where nothing can be read. */
START_TEST(a_file_of_which_next_to_nothing_is_left)
{
	static const off_t sizes[] = {50, 100, 4096, 9000};

	fill();
	ck_assert_int_eq(truncate(f.path, sizes[_i]), 0);
	ck_assert_int_eq(fixture_open(), -EBADMSG);
	ck_assert_int_eq(size_of(""), sizes[_i]);
	ck_assert_int_eq(size_of("-cut-off"), -1);
	ck_assert_msg(
		strstr(f.message, "damaged") || strstr(f.message, "malformed"), "%s", f.message);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("journal damage");
	TCase *tc = tcase_create("damage");

	tcase_add_checked_fixture(tc, steps_setup, steps_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_page_of_another_table_is_no_reason_to_keep_sales, 0,
		(int)(sizeof tables / sizeof *tables));
	tcase_add_loop_test(tc, a_page_of_records_keeps_those_that_are_on_it, 0, 2);
	tcase_add_loop_test(
		tc, an_index_keeps_back_nothing, 0, (int)(sizeof indexes / sizeof *indexes));
	tcase_add_test(tc, damage_while_it_runs_is_gone_around);
	tcase_add_test(tc, a_table_that_is_damaged_while_it_runs);
	tcase_add_test(tc, what_it_stands_for_cannot_be_read);
	tcase_add_loop_test(tc, what_it_stands_for_cannot_be_read_when_it_is_answered, 0, 2);
	tcase_add_test(tc, what_cannot_expire_is_no_reason_to_keep_the_others);
	tcase_add_loop_test(tc, the_trail_is_left_out, 0, 2);
	tcase_add_loop_test(tc, a_file_that_is_cut_off_behind_the_queue, 0, 2);
	tcase_add_loop_test(tc, a_file_that_is_cut_off_anywhere, 0,
		(int)(sizeof kept_percent / sizeof *kept_percent));
	tcase_add_loop_test(tc, a_file_of_which_next_to_nothing_is_left, 0, 4);
	suite_add_tcase(suite, tc);
	return fixture_run(suite);
}
