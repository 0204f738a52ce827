// The journal when its disk is full or its file is damaged: what has happened is stored, what is new is refused, and it is said.
#include "journal_fixture.h"

#include "daemon/journal/journal_memory.h"
#include "daemon/journal/journal_payments.h"
#include "daemon/journal/journal_queue.h"
#include "daemon/journal/journal_storage.h"

#include <sys/stat.h>

static struct ph_journal_room room(void)
{
	struct ph_journal_room now;

	ph_journal_room(f.journal, &now);
	return now;
}

static enum ph_journal_health health(char text[PH_JOURNAL_HEALTH_TEXT])
{
	return ph_journal_health(f.journal, text);
}

static const char *anchor(void)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s-anchor", f.path);
	return path;
}

#ifdef POSHAL_CRASH_POINTS /* how much room there is, is told by a test in such builds only */

static char pretend[96];

/* What the disk has left, as far as the journal knows. */
static void say_free(const char *bytes)
{
	FILE *file;

	snprintf(pretend, sizeof(pretend), "%s/free", f.folder);
	setenv("POSHAL_JOURNAL_FREE_FILE", pretend, 1);
	file = fopen(pretend, "w");
	ck_assert_ptr_nonnull(file);
	fputs(bytes, file);
	fclose(file);
}

static const char *reserve(void)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s-reserve", f.path);
	return path;
}

static off_t reserve_size(void)
{
	struct stat st;

	return stat(reserve(), &st) == 0 ? st.st_size : -1;
}

/* A disk that has no more room than the reserve takes. `more`: other rules. */
static void fill_disk(const char *more)
{
	char rules[256];

	snprintf(rules, sizeof(rules), "%spwrite:errno=ENOSPC:path=journal.db-wal:while=%s", more,
		reserve());
	say_free("0");
	ck_assert_int_eq(faultio_configure(rules), 0);
}

START_TEST(a_full_disk_stores_results_and_refuses_what_is_new)
{
	struct ph_journal_accept a = an_accept("a"), b = an_accept("b"), again = an_accept("a");
	struct ph_journal_list list = {.request.done = on_done, .limit = 10};
	struct ph_journal_stats stats;

	fixture_start();
	ck_assert_int_eq(reserve_size(), PH_JOURNAL_RESERVE);
	ck_assert_int_eq(do_accept(&a), 0);
	fill_disk("");
	/* the first attempt finds no room, the second has that of the reserve */
	ck_assert_int_eq(do_update(a.id, PH_JOB_SENDING), 0);
	ck_assert_int_eq(reserve_size(), -1);
	ck_assert(room().full && !room().enough);
	ph_journal_get_stats(f.journal, &stats);
	ck_assert_uint_eq(stats.failures, 1);
	ck_assert_int_eq(stats.last_error, -ENOSPC);

	ck_assert_int_eq(do_accept(&b), -ENOSPC);
	ck_assert_int_eq(do_update(a.id, PH_JOB_PRINTED), 0);
	/* what is known is told, and reading goes on */
	ck_assert_int_eq(do_accept(&again), 0);
	ck_assert_int_eq(again.duplicate, 1);
	ck_assert_int_eq(again.stored->state, PH_JOB_PRINTED);
	ph_journal_accept_clear(&again);
	ck_assert_int_eq(ph_journal_list_submit(f.journal, &list), 0);
	fixture_wait(1);
	ck_assert_uint_eq(list.count, 1);
	ph_journal_list_clear(&list);

	faultio_configure(NULL);
	say_free("99000000000");
	ck_assert_int_eq(do_accept(&b), 0);
	ck_assert_int_eq(b.id, 2);
	ck_assert_int_eq(reserve_size(), PH_JOURNAL_RESERVE);
	ck_assert(!room().full && room().enough);
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM job"), 2);
}
END_TEST

START_TEST(a_group_that_finds_no_room_keeps_its_results)
{
	struct ph_journal_accept a = an_accept("a"), b = an_accept("b"), c = an_accept("c");
	struct ph_journal_update update = {.request.done = on_done, .state = PH_JOB_PRINTED};
	struct ph_audit_entry entry = {.action = "printed"};
	struct ph_journal_audit_verify verify;

	fixture_start();
	ck_assert_int_eq(do_accept(&a), 0);
	update.id = a.id;
	update.request.audit = &entry;
	/* the writer is held up by a flush while there is room, so that the next two are one group without */
	ck_assert_int_eq(unlink(reserve()), 0);
	fill_disk("fdatasync:1:gate;");
	f.flushes = faultio_count("fdatasync");
	ck_assert_int_eq(ph_journal_accept_submit(f.journal, &b), 0);
	fixture_wait_flush();
	ck_assert_int_eq(ph_journal_accept_submit(f.journal, &c), 0);
	ck_assert_int_eq(ph_journal_update_submit(f.journal, &update), 0);
	close(open(reserve(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	faultio_open_gate();
	fixture_wait(3);
	ck_assert_int_eq(f.order[0], 0);
	ck_assert_int_eq(f.order[1], -ENOSPC);
	ck_assert_int_eq(f.order[2], 0);
	ck_assert_int_eq(entry.seq, 1);
	faultio_configure(NULL);
	ck_assert_int_eq(do_verify(&verify), 0);
	ck_assert_int_eq(verify.fault, PH_AUDIT_OK);
	ck_assert_int_eq(verify.count, 1);
}
END_TEST

START_TEST(little_room_is_told_before_there_is_none)
{
	struct ph_journal_accept a = an_accept("a"), b = an_accept("b"), c = an_accept("c");

	fixture_start();
	say_free("60000000");
	ck_assert_int_eq(do_accept(&a), 0);
	ck_assert(!room().enough && !room().full);
	ck_assert_uint_eq(room().free_bytes, 60000000);
	ck_assert_uint_ge(room().least_bytes, PH_JOURNAL_ROOM_MIN);
	ck_assert_uint_le(room().least_bytes, PH_JOURNAL_ROOM_MAX);
	say_free("530000000");
	ck_assert_int_eq(do_accept(&b), 0);
	ck_assert(!room().enough == (room().least_bytes > 530000000));
	say_free("600000000");
	ck_assert_int_eq(do_accept(&c), 0);
	ck_assert(room().enough);
}
END_TEST

#endif

/* ---- damage ---- */

static int calls;

static void on_change(void *userdata)
{
	calls++;
}

static void wait_checked(void)
{
	while (health(NULL) == PH_JOURNAL_CHECKING)
		ck_assert_msg(sd_event_run(f.event, 30000000) > 0, "the check does not end");
}

static void fill(int jobs)
{
	char key[16];

	for (int i = 0; i < jobs; i++) {
		struct ph_journal_accept accept;

		snprintf(key, sizeof(key), "k%d", i);
		accept = an_accept(key);
		ck_assert_int_eq(do_accept(&accept), 0);
		ph_journal_accept_clear(&accept);
	}
}

START_TEST(a_good_file_is_looked_through_and_found_good)
{
	char text[PH_JOURNAL_HEALTH_TEXT];

	fixture_start();
	/* what is new needs no look */
	ck_assert_int_eq(health(text), PH_JOURNAL_OK);
	fill(3);
	fixture_stop();
	fixture_start();
	ph_journal_listen(f.journal, on_change, NULL);
	ck_assert_int_eq(health(text), PH_JOURNAL_CHECKING);
	wait_checked();
	ck_assert_int_eq(health(text), PH_JOURNAL_OK);
	ck_assert_str_eq(text, "");
	/* the listener hears of it, at the latest with the loop's next turn */
	while (sd_event_run(f.event, 0) > 0)
		;
	ck_assert_int_ge(calls, 1);
	fill(3);
	fixture_stop();
}
END_TEST

/* A second name of the same file must not be mistaken, whatever is in it. */
START_TEST(a_path_may_have_any_character)
{
	snprintf(f.path, sizeof(f.path), "%s/a%%20b?c#d.db", f.folder);
	fixture_start();
	fill(1);
	fixture_stop();
	fixture_start();
	wait_checked();
	ck_assert_int_eq(health(NULL), PH_JOURNAL_OK);
}
END_TEST

START_TEST(damage_is_found_while_the_rest_is_served)
{
	char text[PH_JOURNAL_HEALTH_TEXT];
	struct ph_audit_entry entry = {.action = "test"};
	struct ph_journal_remember remember = {
		.request.done = on_done, .device = "d", .key = "k", .value = "v"};
	int page;

	fixture_start();
	fill(50);
	ck_assert_int_eq(do_audit(&entry), 0);
	fixture_stop();
	page = fixture_sql_int("SELECT rootpage FROM sqlite_schema WHERE name = 'document'");
	fixture_spoil_page(page);
	fixture_start();
	wait_checked();
	ck_assert_int_eq(health(text), PH_JOURNAL_DAMAGED);
	ck_assert_msg(strstr(text, "damaged") != NULL, "%s", text);
	ck_assert_int_eq(do_update(1, PH_JOB_PRINTED), 0);
	ck_assert_int_eq(ph_journal_remember_submit(f.journal, &remember), 0);
	fixture_wait(1);
	ck_assert_int_eq(f.order[0], 0);
}
END_TEST

static void copy_page(int page, char data[4096], bool back)
{
	int fd = open(f.path, O_RDWR | O_CLOEXEC);
	off_t at = (off_t)(page - 1) * 4096;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(back ? pwrite(fd, data, 4096, at) : pread(fd, data, 4096, at), 4096);
	close(fd);
}

START_TEST(damage_is_known_at_the_next_start_and_until_it_is_mended)
{
	char first[PH_JOURNAL_HEALTH_TEXT], text[PH_JOURNAL_HEALTH_TEXT], data[4096];

	fixture_start();
	fill(50);
	fixture_stop();
	int page = fixture_sql_int("SELECT rootpage FROM sqlite_schema WHERE name = 'document'");
	copy_page(page, data, false);
	fixture_spoil_page(page);
	fixture_start();
	wait_checked();
	ck_assert_int_eq(health(first), PH_JOURNAL_DAMAGED);
	fixture_stop();
	/* before anything is read */
	fixture_start();
	ck_assert_int_eq(health(text), PH_JOURNAL_DAMAGED);
	ck_assert_str_eq(text, first);
	fixture_stop();
	copy_page(page, data, true);
	fixture_start();
	ck_assert_int_eq(health(NULL), PH_JOURNAL_DAMAGED);
	while (health(NULL) != PH_JOURNAL_OK)
		ck_assert_msg(sd_event_run(f.event, 30000000) > 0, "the check does not end");
	fixture_stop();
	fixture_start();
	ck_assert_int_eq(health(NULL), PH_JOURNAL_CHECKING);
	fixture_stop();
	/* what is said of one that is moved away is not said of the next */
	fixture_spoil_page(page);
	fixture_start();
	wait_checked();
	fixture_stop();
	ck_assert_int_eq(unlink(f.path), 0);
	fixture_start();
	ck_assert_int_eq(health(NULL), PH_JOURNAL_OK);
}
END_TEST

START_TEST(damage_that_a_request_meets_is_told_at_once)
{
	struct ph_journal_accept accept = an_accept("new");
	char text[PH_JOURNAL_HEALTH_TEXT];

	fixture_start();
	fill(1);
	fixture_stop();
	fixture_spoil_page(
		fixture_sql_int("SELECT rootpage FROM sqlite_schema WHERE name = 'job'"));
	fixture_start();
	ck_assert_int_eq(do_accept(&accept), -EBADMSG);
	ck_assert_int_eq(health(text), PH_JOURNAL_DAMAGED);
	ck_assert_msg(strstr(text, "cannot be read") != NULL, "%s", text);
}
END_TEST

START_TEST(damage_is_that_of_who_meets_it)
{
	struct ph_journal_accept b = an_accept("b");
	struct ph_journal_pulse_begin pulse = a_pulse("p");
	struct ph_journal_pulse_end pulse_end = {
		.request.done = on_done, .id = 1, .outcome = PH_PULSE_OPENED};
	struct ph_journal_update update = {
		.request.done = on_done, .id = 1, .state = PH_JOB_PRINTED};

	fixture_start();
	fill(1);
	ck_assert_int_eq(do_begin(&pulse), 0);
	fixture_stop();
	fixture_spoil_page(
		fixture_sql_int("SELECT rootpage FROM sqlite_schema WHERE name = 'pulse'"));
	fixture_start();
	wait_checked();
	/* the writer is held up by a flush, so that the next two are one group */
	fixture_slow_flush("fdatasync:1:gate");
	ck_assert_int_eq(ph_journal_accept_submit(f.journal, &b), 0);
	fixture_wait_flush();
	ck_assert_int_eq(ph_journal_pulse_end_submit(f.journal, &pulse_end), 0);
	ck_assert_int_eq(ph_journal_update_submit(f.journal, &update), 0);
	faultio_open_gate();
	fixture_wait(3);
	ck_assert_int_eq(f.order[0], 0);
	ck_assert_int_eq(f.order[1], -EBADMSG);
	ck_assert_int_eq(f.order[2], 0);
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT state FROM job WHERE id = 1"), PH_JOB_PRINTED);
}
END_TEST

static const struct {
	const char *sql;
	enum ph_journal_health health;
} trails[] = {
	{"SELECT 1", PH_JOURNAL_OK},
	{"UPDATE audit SET detail = 'x' WHERE seq = 90", PH_JOURNAL_DAMAGED},
	{"DELETE FROM audit WHERE seq = 100", PH_JOURNAL_DAMAGED},
	{"DELETE FROM audit WHERE seq > 20", PH_JOURNAL_DAMAGED},
	/* far from the end: the whole check finds it */
	{"UPDATE audit SET detail = 'x' WHERE seq = 7", PH_JOURNAL_OK},
};

START_TEST(the_end_of_the_audit_trail_is_checked)
{
	struct ph_audit_entry entry = {.action = "test"};
	char text[PH_JOURNAL_HEALTH_TEXT];

	fixture_start();
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(do_audit(&entry), 0);
	fixture_stop();
	fixture_sql("DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete");
	fixture_sql(trails[_i].sql);
	fixture_start();
	wait_checked();
	ck_assert_int_eq(health(text), trails[_i].health);
	ck_assert_int_eq(strstr(text, "audit trail") != NULL, trails[_i].health != PH_JOURNAL_OK);
	ck_assert_int_eq(do_audit(&entry), 0);
}
END_TEST

static int none(const struct ph_job_row *job, void *userdata)
{
	ck_abort_msg("a job of nowhere");
	return 0;
}

static int no_payment(const struct ph_payment_row *payment, void *userdata)
{
	ck_abort_msg("a payment of nowhere");
	return 0;
}

static int no_record(const struct ph_record_row *record, void *userdata)
{
	ck_abort_msg("a record of nowhere");
	return 0;
}

START_TEST(without_a_file_every_request_says_why)
{
	struct ph_journal_accept accept = an_accept("a");
	char text[PH_JOURNAL_HEALTH_TEXT];

	ck_assert(
		ph_journal_can_do_without(-EBADMSG) && ph_journal_can_do_without(-EPROTONOSUPPORT));
	ck_assert(!ph_journal_can_do_without(-EBUSY) && !ph_journal_can_do_without(-EIO) &&
		  !ph_journal_can_do_without(-ENOMEM));
	ck_assert_int_eq(ph_journal_open_closed(-EPROTONOSUPPORT, "too new", &f.journal), 0);
	ck_assert_int_eq(ph_journal_load_open(f.journal, none, NULL), 0);
	ck_assert_int_eq(ph_journal_load_payments(f.journal, no_payment, no_record, NULL), 0);
	ck_assert_int_eq(ph_journal_attach(f.journal, f.event), 0);
	ck_assert_int_eq(do_accept(&accept), -EPROTONOSUPPORT);
	ck_assert_int_eq(do_update(1, PH_JOB_PRINTED), -EPROTONOSUPPORT);
	ck_assert_int_eq(health(text), PH_JOURNAL_CLOSED);
	ck_assert_str_eq(text, "too new");
	ck_assert(!room().enough);
	fixture_stop();
	ck_assert_int_eq(access(f.path, F_OK), -1);
}
END_TEST

/* ---- an older copy ---- */

static struct ph_journal_pay_begin begin;
static struct ph_journal_intent intent;

/* A payment and its request; the trace number of that. */
static uint32_t pay_at(const char *key, const char *terminal)
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
		.terminal = terminal,
		.entry = "chip"};
	ck_assert_int_eq(ph_journal_intent_submit(f.journal, &intent), 0);
	fixture_wait(1);
	ck_assert_int_eq(f.order[0], 0);
	return intent.record.stan;
}

static uint32_t pay(const char *key)
{
	return pay_at(key, "TID12345");
}

START_TEST(a_journal_put_back_from_a_backup_is_noticed)
{
	uint64_t boot_us, wall_us;

	fixture_start();
	ck_assert(!ph_journal_restored(f.journal));
	ck_assert(!ph_journal_last_times(f.journal, &boot_us, &wall_us));
	ck_assert_uint_eq(pay("a"), 1);
	fixture_stop();
	fixture_back_up(false);
	fixture_start();
	ck_assert(!ph_journal_restored(f.journal));
	ck_assert(ph_journal_last_times(f.journal, &boot_us, &wall_us));
	ck_assert(boot_us > 0 && wall_us > 0);
	ck_assert_uint_eq(pay("b"), 2);
	ck_assert_uint_eq(pay("c"), 3);
	fixture_stop();
	fixture_back_up(true);
	fixture_start();
	ck_assert(ph_journal_restored(f.journal));
	/* beyond all that were given */
	ck_assert_uint_eq(pay("b"), 1004);
	fixture_stop();
	fixture_start();
	ck_assert(!ph_journal_restored(f.journal));
	ck_assert_uint_eq(pay("d"), 1005);
}
END_TEST

static uint32_t end_day(void)
{
	static struct ph_journal_batch_open batch;

	batch = (struct ph_journal_batch_open){.request.done = on_done,
		.terminal = "TID12345",
		.currency = "EUR",
		.carry_forward = true};
	ck_assert_int_eq(ph_journal_batch_open_submit(f.journal, &batch), 0);
	fixture_wait(1);
	ck_assert_int_eq(f.order[0], 0);
	return batch.stan;
}

/* No payment, no record, no audit row is missing, and the host has had the number of the sums. */
START_TEST(a_journal_that_lacks_the_end_of_a_day_is_noticed)
{
	fixture_start();
	ck_assert_uint_eq(pay("a"), 1);
	fixture_stop();
	fixture_back_up(false);
	fixture_start();
	ck_assert_uint_eq(end_day(), 2);
	fixture_stop();
	fixture_back_up(true);
	fixture_start();
	ck_assert(ph_journal_restored(f.journal));
	ck_assert_uint_eq(end_day(), 1003);
}
END_TEST

/* As many as a shop has had in its years, and one more, that is before them by its name. */
START_TEST(each_terminal_has_numbers_of_its_own)
{
	char key[8], terminal[12];

	for (int i = 8; i >= 0; i--) {
		snprintf(key, sizeof(key), "p%d", i);
		snprintf(terminal, sizeof(terminal), "TID%d", i);
		fixture_start();
		ck_assert(!ph_journal_restored(f.journal));
		ck_assert_uint_eq(pay_at(key, terminal), 1);
		fixture_stop();
	}
	fixture_back_up(false);
	fixture_start();
	ck_assert(!ph_journal_restored(f.journal));
	pay_at("one more", "TID0");
	fixture_stop();
	fixture_back_up(true);
	fixture_start();
	ck_assert(ph_journal_restored(f.journal));
	ck_assert_uint_eq(pay_at("p9", "TID0"), 1003);
	ck_assert_uint_eq(pay_at("p10", "TID8"), 1002);
}
END_TEST

START_TEST(numbers_that_begin_anew_are_no_loss)
{
	fixture_start();
	ck_assert_uint_eq(pay("a"), 1);
	fixture_stop();
	fixture_sql("UPDATE counter SET value = 999999");
	unlink(anchor());
	fixture_start();
	fixture_stop();
	/* as a kill between commit and anchor leaves it */
	fixture_sql("UPDATE counter SET value = 1");
	fixture_start();
	ck_assert(!ph_journal_restored(f.journal));
	fixture_stop();
	/* and a copy of the time before */
	fixture_sql("UPDATE counter SET value = 999999");
	fixture_start();
	ck_assert(ph_journal_restored(f.journal));
}
END_TEST

/* Whoever ends it before anything is written has not heard of it. */
START_TEST(it_is_told_until_something_is_written)
{
	fixture_start();
	ck_assert_uint_eq(pay("a"), 1);
	fixture_stop();
	fixture_back_up(false);
	fixture_start();
	ck_assert_uint_eq(pay("b"), 2);
	fixture_stop();
	fixture_back_up(true);
	for (int i = 0; i < 2; i++) {
		fixture_start();
		ck_assert(ph_journal_restored(f.journal));
		fixture_stop();
	}
	fixture_start();
	ck_assert(ph_journal_restored(f.journal));
	ck_assert_uint_eq(pay("b"), 3003);
	fixture_stop();
	fixture_start();
	ck_assert(!ph_journal_restored(f.journal));
}
END_TEST

/* Also where a number alone has told of it, which the first start has leapt over. */
START_TEST(a_number_is_told_until_something_is_written)
{
	fixture_start();
	ck_assert_uint_eq(pay("a"), 1);
	fixture_stop();
	fixture_sql("UPDATE counter SET value = 500");
	unlink(anchor());
	fixture_start();
	fixture_stop();
	fixture_sql("UPDATE counter SET value = 499");
	for (int i = 0; i < 3; i++) {
		fixture_start();
		ck_assert(ph_journal_restored(f.journal));
		if (i == 2)
			ck_assert_uint_gt(pay("b"), 1500);
		fixture_stop();
	}
	fixture_start();
	ck_assert(!ph_journal_restored(f.journal));
}
END_TEST

START_TEST(a_journal_begun_anew_is_noticed)
{
	struct ph_audit_entry entry = {.action = "test"};

	fixture_start();
	ck_assert_uint_eq(pay("a"), 1);
	fixture_stop();
	unlink(f.path);
	fixture_start();
	ck_assert(ph_journal_restored(f.journal));
	ck_assert_uint_eq(pay("a"), 1002);
	ck_assert_int_eq(do_audit(&entry), 0);
	fixture_stop();
	/* the same number of rows, and another trail */
	fixture_sql("DROP TRIGGER audit_no_update; UPDATE audit SET hash = zeroblob(32)");
	fixture_start();
	ck_assert(ph_journal_restored(f.journal));
}
END_TEST

START_TEST(an_anchor_that_is_spoilt_says_nothing)
{
	int fd;

	fixture_start();
	ck_assert_uint_eq(pay("a"), 1);
	fixture_stop();
	for (off_t at = 0; at < 200; at += 7) {
		fd = open(anchor(), O_RDWR | O_CLOEXEC);
		ck_assert_int_ge(fd, 0);
		ck_assert_int_eq(pwrite(fd, "9", 1, at), 1);
		close(fd);
		fixture_start();
		ck_assert(!ph_journal_restored(f.journal));
		fixture_stop();
	}
	unlink(anchor());
	fixture_start();
	ck_assert(!ph_journal_restored(f.journal));
	ck_assert_uint_eq(pay("b"), 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("journal storage");
	TCase *tc = tcase_create("storage");

	tcase_add_checked_fixture(tc, fixture_setup, fixture_teardown);
	tcase_set_timeout(tc, 120);
#ifdef POSHAL_CRASH_POINTS
	tcase_add_test(tc, a_full_disk_stores_results_and_refuses_what_is_new);
	tcase_add_test(tc, a_group_that_finds_no_room_keeps_its_results);
	tcase_add_test(tc, little_room_is_told_before_there_is_none);
#endif
	tcase_add_test(tc, a_good_file_is_looked_through_and_found_good);
	tcase_add_test(tc, a_path_may_have_any_character);
	tcase_add_test(tc, damage_is_found_while_the_rest_is_served);
	tcase_add_test(tc, damage_is_known_at_the_next_start_and_until_it_is_mended);
	tcase_add_test(tc, damage_that_a_request_meets_is_told_at_once);
	tcase_add_test(tc, damage_is_that_of_who_meets_it);
	tcase_add_loop_test(
		tc, the_end_of_the_audit_trail_is_checked, 0, sizeof(trails) / sizeof(trails[0]));
	tcase_add_test(tc, without_a_file_every_request_says_why);
	tcase_add_test(tc, a_journal_put_back_from_a_backup_is_noticed);
	tcase_add_test(tc, a_journal_that_lacks_the_end_of_a_day_is_noticed);
	tcase_add_test(tc, each_terminal_has_numbers_of_its_own);
	tcase_add_test(tc, numbers_that_begin_anew_are_no_loss);
	tcase_add_test(tc, it_is_told_until_something_is_written);
	tcase_add_test(tc, a_number_is_told_until_something_is_written);
	tcase_add_test(tc, a_journal_begun_anew_is_noticed);
	tcase_add_test(tc, an_anchor_that_is_spoilt_says_nothing);
	suite_add_tcase(suite, tc);
	return fixture_run(suite);
}
