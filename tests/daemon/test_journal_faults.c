// The journal against full disks, failing flushes, damaged files, kills and power cuts.
#include "tests/daemon/journal_fixture.h"
#include "tests/support/powercut.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* ---- errors ---- */

static const struct {
	const char *rules;
	int result;
} failures[] = {
	{"pwrite:1+:errno=ENOSPC:path=journal.db", -ENOSPC},
	{"pwrite:3+:errno=ENOSPC:path=journal.db", -ENOSPC},
	{"pwrite:1+:errno=EIO:path=journal.db", -EIO},
	{"pwrite:2:short=100:path=journal.db;pwrite:3+:errno=ENOSPC:path=journal.db", -ENOSPC},
	{"fdatasync:1+:errno=EIO:path=journal.db", -EIO},
	/* SQLite does not say why a flush failed */
	{"fdatasync:1+:errno=ENOSPC:path=journal.db", -EIO},
};

START_TEST(a_failing_commit_is_told_to_all_and_survived)
{
	struct ph_journal_accept kept = an_accept("kept"), a = an_accept("a"), b = an_accept("b");
	struct ph_audit_entry entry = {.action = "test"}, later = {.action = "later"};
	struct ph_journal_audit_verify verify;
	struct ph_journal_stats stats;

	fixture_start();
	ck_assert_int_eq(do_accept(&kept), 0);
	faultio_configure(failures[_i].rules);
	a.request.audit = &entry;
	ck_assert_int_eq(do_accept(&a), failures[_i].result);
	ph_journal_get_stats(f.journal, &stats);
	ck_assert_uint_eq(stats.failures, 1);
	ck_assert_int_eq(stats.last_error, failures[_i].result);
	ck_assert_int_gt(strlen(stats.last_error_text), 0);
	/* reading goes on */
	ck_assert_int_eq(do_update(99, PH_JOB_FAILED), -ENOENT);
	faultio_configure(NULL);
	ck_assert_int_eq(do_accept(&a), 0);
	ck_assert_int_eq(a.id, 2);
	ck_assert_int_eq(a.duplicate, 0);
	ck_assert_int_eq(do_accept(&b), 0);
	ck_assert_int_eq(do_audit(&later), 0);
	ck_assert_int_eq(later.seq, 2);
	ck_assert_int_eq(do_verify(&verify), 0);
	ck_assert_int_eq(verify.fault, PH_AUDIT_OK);
	fixture_stop();
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM job"), 3);
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM pragma_integrity_check "
					 "WHERE integrity_check = 'ok'"),
		1);
}
END_TEST

START_TEST(a_failing_group_fails_every_request_of_it)
{
	struct ph_journal_accept first = an_accept("first"),
				 rest[3] = {an_accept("a"), an_accept("b"), an_accept("c")};

	fixture_start();
	ck_assert_int_eq(do_update(1, PH_JOB_FAILED), -ENOENT);
	fixture_slow_flush("fdatasync:1:gate;fdatasync:1+:errno=EIO");
	ck_assert_int_eq(ph_journal_accept_submit(f.journal, &first), 0);
	fixture_wait_flush();
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(ph_journal_accept_submit(f.journal, &rest[i]), 0);
	faultio_open_gate();
	fixture_wait(4);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(f.order[i], -EIO);
	faultio_configure(NULL);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(do_accept(&rest[i]), 0);
	ck_assert_int_eq(rest[2].id, 3);
}
END_TEST

static const struct {
	const char *fails; /* while there is the file */
	int result;
} beside[] = {
	{"fdatasync:errno=EIO:path=journal.db:while=%s", -EIO},
	{"pwrite:errno=ENOSPC:path=journal.db:while=%s", -ENOSPC},
};

START_TEST(what_is_read_beside_a_failing_write_is_read)
{
	struct ph_journal_accept kept = an_accept("kept"), first = an_accept("first"),
				 second = an_accept("second");
	struct ph_journal_get get = {.request.done = on_done, .id = 1};
	struct ph_journal_list list = {.request.done = on_done, .limit = 10};
	char file[80], fails[160], rules[200] = "fdatasync:1:gate;";

	snprintf(file, sizeof(file), "%s/broken", f.folder);
	snprintf(fails, sizeof(fails), beside[_i].fails, file);
	strcat(rules, fails);
	fixture_start();
	ck_assert_int_eq(do_accept(&kept), 0);
	fixture_slow_flush(rules);
	ck_assert_int_eq(ph_journal_accept_submit(f.journal, &first), 0);
	fixture_wait_flush();
	ck_assert_int_ge(close(open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)), 0);
	/* these three share a group */
	ck_assert_int_eq(ph_journal_accept_submit(f.journal, &second), 0);
	ck_assert_int_eq(ph_journal_get_submit(f.journal, &get), 0);
	ck_assert_int_eq(ph_journal_list_submit(f.journal, &list), 0);
	faultio_open_gate();
	fixture_wait(4);
	ck_assert_int_eq(f.order[1], beside[_i].result);
	ck_assert_int_eq(f.order[2], 0);
	ck_assert_int_eq(f.order[3], 0);
	ck_assert_str_eq(get.job->key, "kept");
	/* what was not stored is not in it */
	ck_assert_uint_eq(list.count, f.order[0] == 0 ? 2 : 1);
	faultio_configure(NULL);
	ph_journal_get_clear(&get);
	ph_journal_list_clear(&list);
}
END_TEST

START_TEST(a_write_back_that_fails_loses_nothing)
{
	struct ph_journal_stats stats;
	char key[16];

	fixture_start();
	/* the log is still written to, the database itself is not; the log grows on */
	faultio_configure("sync:skip;pwrite:errno=ENOSPC:ends=journal.db");
	for (int i = 0; i < 900; i++) {
		struct ph_journal_accept accept;

		snprintf(key, sizeof(key), "k%d", i);
		accept = an_accept(key);
		ck_assert_int_eq(do_accept(&accept), 0);
	}
	ph_journal_get_stats(f.journal, &stats);
	ck_assert_uint_eq(stats.failures, 0);
	ck_assert_int_eq(stats.last_error, -ENOSPC);
	ck_assert_ptr_nonnull(strstr(stats.last_error_text, "writing back"));
	faultio_configure("sync:errno=EIO");
	fixture_stop();
	faultio_configure(NULL);
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM job"), 900);
}
END_TEST

/* ---- opening ---- */

static void expect_refusal(int result, const char *word)
{
	ck_assert_int_eq(fixture_open(), result);
	ck_assert_msg(strstr(f.message, f.path) && strstr(f.message, word), "%s", f.message);
	ck_assert_ptr_null(f.journal);
}

START_TEST(a_newer_schema_is_refused)
{
	fixture_start();
	fixture_stop();
	fixture_sql("PRAGMA user_version = 99");
	expect_refusal(-EPROTONOSUPPORT, "version 99");
	ck_assert_int_eq(fixture_sql_int("PRAGMA user_version"), 99);
}
END_TEST

START_TEST(a_database_of_others_is_refused)
{
	fixture_sql("CREATE TABLE theirs (x)");
	expect_refusal(-EBADMSG, "another program");
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM theirs"), 0);
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_named)
{
	snprintf(f.path, sizeof(f.path), "%s/none/journal.db", f.folder);
	expect_refusal(-ENOENT, "No such file");
}
END_TEST

START_TEST(a_second_opening_is_refused)
{
	struct ph_journal *first;
	int status;
	pid_t child;

	fixture_start();
	first = f.journal;
	f.journal = NULL;
	expect_refusal(-EBUSY, "another process");
	child = fork();
	if (child == 0)
		_exit(fixture_open() == -EBUSY ? 0 : 1);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	f.journal = first;
}
END_TEST

static void overwrite(off_t from, off_t to)
{
	int fd = open(f.path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	char data[512];

	ck_assert_int_ge(fd, 0);
	memset(data, 0xa5, sizeof(data));
	for (; from < to; from += (off_t)sizeof(data))
		ck_assert_int_eq(pwrite(fd, data, sizeof(data), from), sizeof(data));
	close(fd);
}

START_TEST(a_damaged_file_is_refused_and_kept)
{
	struct stat before, after;

	overwrite(0, 8192);
	ck_assert_int_eq(stat(f.path, &before), 0);
	expect_refusal(-EBADMSG, "damaged");
	ck_assert_int_eq(stat(f.path, &after), 0);
	ck_assert_int_eq(after.st_size, before.st_size);
	ck_assert_int_eq(after.st_mtime, before.st_mtime);
}
END_TEST

START_TEST(damage_inside_is_an_error_of_the_request)
{
	struct ph_journal_accept accept = an_accept("k"), next = an_accept("l");
	struct stat st;
	int page;

	fixture_start();
	ck_assert_int_eq(do_accept(&accept), 0);
	fixture_stop();
	page = fixture_sql_int("SELECT rootpage FROM sqlite_schema WHERE name = 'job'");
	overwrite((page - 1) * 4096, page * 4096);
	fixture_start();
	ck_assert_int_eq(do_accept(&next), -EBADMSG);
	fixture_stop();
	ck_assert_int_eq(stat(f.path, &st), 0);
	ck_assert_int_gt(st.st_size, 0);
}
END_TEST

START_TEST(the_file_is_private)
{
	struct stat st;

	fixture_start();
	ck_assert_int_eq(stat(f.path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
}
END_TEST

/* ---- kills ---- */

#define ANSWERS 8

/* Accepts until killed; tells each answer through the pipe. */
static void be_killed(const char *rules, int answers)
{
	/* a loop does not survive a fork */
	if (sd_event_new(&f.event) < 0)
		_exit(1);
	fixture_start();
	faultio_configure(rules);
	for (char i = 0; i < ANSWERS; i++) {
		char key[2] = {(char)('a' + i), '\0'};
		struct ph_journal_accept accept = an_accept(key);

		if (do_accept(&accept) == 0 && write(answers, &i, 1) != 1)
			_exit(1);
	}
	_exit(0);
}

static int count_rows(const struct ph_job_row *row, void *userdata)
{
	int *count = userdata;

	ck_assert_int_eq(row->id, ++*count);
	ck_assert_str_eq(row->document, "{\"text\":\"hello\"}");
	return 0;
}

static void kill_and_look(const char *rules)
{
	int pipe_fds[2], status, answered = 0, stored = 0;
	char byte;
	pid_t child;

	ck_assert_int_eq(pipe(pipe_fds), 0);
	child = fork();
	if (child == 0)
		be_killed(rules, pipe_fds[1]);
	close(pipe_fds[1]);
	while (read(pipe_fds[0], &byte, 1) == 1)
		answered++;
	close(pipe_fds[0]);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	ck_assert_int_eq(fixture_open(), 0);
	ck_assert_int_eq(ph_journal_load_open(f.journal, count_rows, &stored), 0);
	/* what was answered is there, and at most the one that was not */
	ck_assert_int_ge(stored, answered);
	ck_assert_int_le(stored, answered + 1);
	fixture_stop();
	unlink(f.path);
	strcat(f.path, "-wal");
	unlink(f.path);
	f.path[strlen(f.path) - 4] = '\0';
}

START_TEST(kills_lose_no_answered_job)
{
	static const char *const fields[] = {"fdatasync:%d:kill", "fdatasync:%d:kill-after",
		"pwrite:%d:kill", "pwrite:%d:short=1000:kill-after"};
	char rule[64];

	for (int i = 1; i <= 8; i++) {
		snprintf(rule, sizeof(rule), fields[_i], i);
		strcat(rule, ":path=.db-wal");
		kill_and_look(rule);
	}
}
END_TEST

/* ---- power cuts ---- */

#define CUT_JOBS 12

/* Runs a journal from its creation to its end, recording writes; an answer is a write to journal.answers. */
static void record_a_life(const char *log)
{
	char filter[96], answers[96], key[16];
	int fd;

	snprintf(filter, sizeof(filter), "%s/journal.", f.folder);
	snprintf(answers, sizeof(answers), "%s/journal.answers", f.folder);
	ck_assert_int_eq(faultio_record(log, filter), 0);
	fd = open(answers, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	fixture_start();
	for (int i = 0; i < CUT_JOBS; i++) {
		struct ph_journal_accept accept;
		struct ph_audit_entry entry = {.action = "job"};

		snprintf(key, sizeof(key), "k%d", i);
		accept = an_accept(key);
		accept.request.audit = &entry;
		ck_assert_int_eq(do_accept(&accept), 0);
		ck_assert_int_eq(write(fd, "a", 1), 1);
	}
	fixture_stop();
	close(fd);
	faultio_record(NULL, NULL);
}

static void look_after_cut(const struct powercut *cut, size_t n, uint32_t seed)
{
	int answered = (int)powercut_writes(cut, n, ".answers"), stored = 0;
	struct ph_journal_audit_verify verify;

	fixture_setup();
	ck_assert_int_eq(powercut_apply(cut, n, seed, f.folder), 0);
	ck_assert_msg(fixture_open() == 0, "record %zu seed %u: %s", n, seed, f.message);
	ck_assert_int_eq(ph_journal_load_open(f.journal, count_rows, &stored), 0);
	ck_assert_msg(stored >= answered && stored <= answered + 1,
		"record %zu seed %u: %d answered, %d stored", n, seed, answered, stored);
	ck_assert_int_eq(ph_journal_attach(f.journal, f.event), 0);
	ck_assert_int_eq(do_verify(&verify), 0);
	ck_assert_int_eq(verify.fault, PH_AUDIT_OK);
	ck_assert_int_eq(verify.count, stored);
	ph_journal_close(f.journal);
	f.journal = NULL;
	fixture_teardown();
	faultio_configure("sync:skip");
}

START_TEST(power_cuts_lose_no_answered_job)
{
	struct fixture first;
	struct powercut *cut;
	char log[96];

	snprintf(log, sizeof(log), "%s/record", f.folder);
	record_a_life(log);
	cut = powercut_load(log);
	ck_assert_ptr_nonnull(cut);
	ck_assert_int_eq(powercut_writes(cut, powercut_count(cut), ".answers"), CUT_JOBS);
	first = f;
	faultio_configure("sync:skip"); /* only what was recorded counts */
	for (size_t n = 0; n <= powercut_count(cut); n++)
		for (uint32_t seed = 0; seed < 3; seed++)
			look_after_cut(cut, n, seed ? (uint32_t)n * 3 + seed : 0);
	powercut_free(cut);
	f = first;
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("journal faults");
	TCase *tc = tcase_create("faults");

	tcase_add_checked_fixture(tc, fixture_setup, fixture_teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, a_failing_commit_is_told_to_all_and_survived, 0,
		sizeof(failures) / sizeof(failures[0]));
	tcase_add_test(tc, a_failing_group_fails_every_request_of_it);
	tcase_add_loop_test(tc, what_is_read_beside_a_failing_write_is_read, 0,
		sizeof(beside) / sizeof(*beside));
	tcase_add_test(tc, a_write_back_that_fails_loses_nothing);
	tcase_add_test(tc, a_newer_schema_is_refused);
	tcase_add_test(tc, a_database_of_others_is_refused);
	tcase_add_test(tc, a_folder_that_is_not_there_is_named);
	tcase_add_test(tc, a_second_opening_is_refused);
	tcase_add_test(tc, a_damaged_file_is_refused_and_kept);
	tcase_add_test(tc, damage_inside_is_an_error_of_the_request);
	tcase_add_test(tc, the_file_is_private);
	tcase_add_loop_test(tc, kills_lose_no_answered_job, 0, 4);
	tcase_add_test(tc, power_cuts_lose_no_answered_job);
	suite_add_tcase(suite, tc);
	return fixture_run(suite);
}
