// Opening and closing the journal's file; the requests and the thread are in journal.c.
#include "daemon/journal/internal.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * EXCLUSIVE before the first access: the index of the log is then in memory instead of a shared file, a
 * transaction makes no locking calls, and a second poshald on the file is refused.
 */
static const char pragmas[] = "PRAGMA locking_mode = EXCLUSIVE;"
			      "PRAGMA trusted_schema = OFF;"
			      "PRAGMA cell_size_check = ON;"
			      "PRAGMA temp_store = MEMORY;"
			      "PRAGMA mmap_size = 0;"
			      "PRAGMA cache_size = -256;"
			      "PRAGMA journal_mode = WAL;"
			      "PRAGMA synchronous = FULL;"
			      "PRAGMA secure_delete = ON;"
			      "PRAGMA foreign_keys = ON;";

static int refuse(int error, const char *path, const char *why, char *message)
{
	snprintf(message, PH_JOURNAL_MESSAGE, "journal %s: %s", path, why);
	return error;
}

/* Makes the file, so that it never exists with another mode than 0600, and its name durable. */
static int create_file(const char *path, char *message)
{
	PH_CLEANUP_FREE char *folder = NULL;
	PH_CLEANUP_CLOSE int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	PH_CLEANUP_CLOSE int folder_fd = -1;
	const char *slash = strrchr(path, '/');

	if (fd < 0)
		return errno == EEXIST ? 0 : refuse(-errno, path, strerror(errno), message);
	folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	if (!folder)
		return -ENOMEM;
	folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder_fd < 0 || fsync(folder_fd) < 0)
		return refuse(-errno, path, strerror(errno), message);
	return 0;
}

static int explain(struct ph_journal *journal, const char *path, char *message)
{
	int r = ph_sql_errno(journal->db);

	if (r == -EBUSY)
		return refuse(r, path, "another process has it open; stop that one first", message);
	if (r == -EBADMSG)
		return refuse(r, path,
			"not a database, or damaged; move it away and keep it for recovery",
			message);
	return refuse(r, path, sqlite3_errmsg(journal->db), message);
}

static int open_database(struct ph_journal *journal, const char *path, char *message)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	int r;

	r = create_file(path, message);
	if (r < 0)
		return r;
	if (sqlite3_open_v2(path, &journal->db, flags, NULL) != SQLITE_OK)
		return explain(journal, path, message);
	sqlite3_db_config(journal->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (sqlite3_exec(journal->db, pragmas, NULL, NULL, NULL) != SQLITE_OK)
		return explain(journal, path, message);
	r = ph_schema_migrate(journal->db, path, message);
	if (r == -EBUSY || r == -EBADMSG)
		return *message ? r : explain(journal, path, message);
	return r;
}

static int prepare(struct ph_journal *journal, const char *path, char *message)
{
	sqlite3_stmt *last;

	if (asprintf(&journal->wal_path, "%s-wal", path) < 0) {
		journal->wal_path = NULL;
		return -ENOMEM;
	}
	last = ph_sql(journal, PH_SQL_PULSE_LAST);
	if (ph_sql_step(journal, last) < 0)
		return explain(journal, path, message);
	journal->old_pulses = sqlite3_column_int64(last, 0);
	sqlite3_reset(last);
	ph_wal_start(journal);
	return 0;
}

static void journal_free(struct ph_journal *journal)
{
	ph_wal_close(journal);
	ph_closep(&journal->answers);
	pthread_mutex_destroy(&journal->lock);
	pthread_cond_destroy(&journal->wake);
	free(journal->wal_path);
	free(journal);
}

static struct ph_journal *journal_new(const struct ph_journal_options *options)
{
	struct ph_journal *journal = calloc(1, sizeof(*journal));
	uint64_t hours = options ? options->document_keep_hours : PH_JOURNAL_DOCUMENT_HOURS;

	if (!journal)
		return NULL;
	pthread_mutex_init(&journal->lock, NULL);
	pthread_cond_init(&journal->wake, NULL);
	journal->queue.end = &journal->queue.first;
	journal->done.end = &journal->done.first;
	journal->document_keep_us = hours * 3600 * 1000000;
	journal->answers = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (journal->answers >= 0)
		return journal;
	journal_free(journal);
	return NULL;
}

int ph_journal_open(const char *path, const struct ph_journal_options *options,
	char message[PH_JOURNAL_MESSAGE], struct ph_journal **ret_journal)
{
	struct ph_journal *journal;
	int r;

	*message = '\0';
	/* no counting of memory in use: it would take a lock per allocation; refused once SQLite runs */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	if (sodium_init() < 0)
		return refuse(-EIO, path, "libsodium cannot be initialised", message);
	journal = journal_new(options);
	if (!journal)
		return refuse(-ENOMEM, path, strerror(ENOMEM), message);
	r = open_database(journal, path, message);
	if (r == 0)
		r = prepare(journal, path, message);
	if (r < 0) {
		if (!*message)
			refuse(r, path, strerror(-r), message);
		journal_free(journal);
		return r;
	}
	*ret_journal = journal;
	return 0;
}

void ph_journal_close(struct ph_journal *journal)
{
	if (!journal)
		return;
	ph_journal_end(journal);
	journal_free(journal);
}
