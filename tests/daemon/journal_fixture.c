// What the journal's tests share: a folder, a loop, and calls that wait for their answer.
#include "tests/daemon/journal_fixture.h"

#include <sched.h>

struct fixture f;

void fixture_setup(void)
{
	memset(&f, 0, sizeof(f));
	snprintf(f.folder, sizeof(f.folder), "/tmp/test-journal-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(f.folder));
	snprintf(f.path, sizeof(f.path), "%s/journal.db", f.folder);
	ck_assert_int_ge(sd_event_new(&f.event), 0);
}

void fixture_teardown(void)
{
	DIR *dir;
	struct dirent *entry;

	faultio_configure(NULL);
	ph_journal_close(f.journal);
	sd_event_unref(f.event);
	dir = opendir(f.folder);
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	rmdir(f.folder);
}

int fixture_open(void)
{
	return ph_journal_open(f.path, NULL, f.message, &f.journal);
}

void fixture_start(void)
{
	int r = fixture_open();

	ck_assert_msg(r == 0, "%d %s", r, f.message);
	ck_assert_int_eq(ph_journal_attach(f.journal, f.event), 0);
}

void fixture_stop(void)
{
	ph_journal_drain(f.journal);
	ph_journal_close(f.journal);
	f.journal = NULL;
}

static sqlite3 *open_file(void)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(f.path, &db), SQLITE_OK);
	return db;
}

void fixture_sql(const char *sql)
{
	sqlite3 *db = open_file();
	char *error = NULL;

	sqlite3_exec(db, sql, NULL, NULL, &error);
	ck_assert_msg(!error, "%s", error);
	sqlite3_close(db);
}

int fixture_sql_int(const char *sql)
{
	sqlite3 *db = open_file();
	sqlite3_stmt *statement;
	int value;

	ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	value = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return value;
}

void fixture_spoil_page(int page)
{
	char data[4096];
	int fd = open(f.path, O_RDWR | O_CLOEXEC);

	memset(data, 0xa5, sizeof(data));
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, data, sizeof(data), (off_t)(page - 1) * 4096), 4096);
	close(fd);
}

bool fixture_on_disk(const void *bytes, size_t len)
{
	DIR *dir = opendir(f.folder);
	struct dirent *entry;
	bool found = false;

	while (dir && (entry = readdir(dir))) {
		static char data[1 << 24];
		int fd = openat(dirfd(dir), entry->d_name, O_RDONLY | O_CLOEXEC);
		ssize_t n = fd >= 0 ? read(fd, data, sizeof(data)) : 0;

		if (fd >= 0)
			close(fd);
		found |= n > 0 && memmem(data, (size_t)n, bytes, len);
	}
	closedir(dir);
	return found;
}

int fixture_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}

void fixture_slow_flush(const char *rules)
{
	ck_assert_int_eq(faultio_configure(rules), 0);
	f.flushes = faultio_count("fdatasync");
}

uint64_t fixture_wait_flush(void)
{
	/* the counter has no descriptor to wait on; the test's own time limit bounds this */
	while (faultio_count("fdatasync") == f.flushes)
		sched_yield();
	return faultio_count("fdatasync");
}

void on_done(struct ph_journal_request *request, int result)
{
	if (f.count < 64)
		f.order[f.count] = result;
	f.count++;
	if (request->userdata)
		*(int *)request->userdata = result;
}

void fixture_wait(int count)
{
	while (f.count < count)
		ck_assert_msg(sd_event_run(f.event, 60000000) > 0, "no answer");
	ck_assert_int_eq(f.count, count);
	f.count = 0;
}

struct ph_journal_accept an_accept(const char *key)
{
	return (struct ph_journal_accept){.request.done = on_done,
		.uid = 1000,
		.method = "printer.print",
		.key = key,
		.device = "printer-1",
		.document = "{\"text\":\"hello\"}",
		.document_len = 16,
		.copies = 1};
}

struct ph_journal_pulse_begin a_pulse(const char *key)
{
	return (struct ph_journal_pulse_begin){.request.done = on_done,
		.uid = 1000,
		.key = key,
		.device = "drawer-1",
		.who = "alice"};
}

int do_accept(struct ph_journal_accept *accept)
{
	ck_assert_int_eq(ph_journal_accept_submit(f.journal, accept), 0);
	fixture_wait(1);
	return f.order[0];
}

int do_update(int64_t id, enum ph_job_state state)
{
	struct ph_journal_update update = {.request.done = on_done, .id = id, .state = state};

	ck_assert_int_eq(ph_journal_update_submit(f.journal, &update), 0);
	fixture_wait(1);
	return f.order[0];
}

int do_begin(struct ph_journal_pulse_begin *begin)
{
	ck_assert_int_eq(ph_journal_pulse_begin_submit(f.journal, begin), 0);
	fixture_wait(1);
	return f.order[0];
}

int do_end(int64_t id, enum ph_pulse_state outcome)
{
	struct ph_journal_pulse_end end = {.request.done = on_done, .id = id, .outcome = outcome};

	ck_assert_int_eq(ph_journal_pulse_end_submit(f.journal, &end), 0);
	fixture_wait(1);
	return f.order[0];
}

int do_audit(struct ph_audit_entry *entry)
{
	struct ph_journal_audit_add add = {.request = {.done = on_done, .audit = entry}};

	ck_assert_int_eq(ph_journal_audit_add_submit(f.journal, &add), 0);
	fixture_wait(1);
	return f.order[0];
}

int do_verify(struct ph_journal_audit_verify *verify)
{
	*verify = (struct ph_journal_audit_verify){.request.done = on_done};
	ck_assert_int_eq(ph_journal_audit_verify_submit(f.journal, verify), 0);
	fixture_wait(1);
	return f.order[0];
}

#define COPIED 2 /* the database, and what is left of its log */

static const char *const suffixes[COPIED] = {"", "-wal"};

static void copy(const char *from, const char *to)
{
	static char data[1 << 16];
	int in = open(from, O_RDONLY | O_CLOEXEC), out;
	ssize_t n;

	unlink(to);
	if (in < 0)
		return;
	out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(out, 0);
	while ((n = read(in, data, sizeof(data))) > 0)
		ck_assert_int_eq(write(out, data, (size_t)n), n);
	close(in);
	close(out);
}

void fixture_back_up(bool restore)
{
	char file[128], backup[160];

	for (int i = 0; i < COPIED; i++) {
		snprintf(file, sizeof(file), "%s%s", f.path, suffixes[i]);
		snprintf(backup, sizeof(backup), "%s.old", file);
		copy(restore ? backup : file, restore ? file : backup);
	}
}
