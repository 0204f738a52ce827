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

#define DAY_US	 (24ull * 3600 * 1000000)
#define SHRED_MS 60000

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

/* Makes the file, so that it never exists with another mode than 0600, and its name durable. 1: it is new. */
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
	if (folder_fd < 0 || fsync(fd) < 0 || fsync(folder_fd) < 0)
		return refuse(-errno, path, strerror(errno), message);
	return 1;
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

static int try_database(struct ph_journal *journal, const char *path, char *message)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	int r;

	if (sqlite3_open_v2(path, &journal->db, flags, NULL) != SQLITE_OK)
		return explain(journal, path, message);
	sqlite3_db_config(journal->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (sqlite3_exec(journal->db, pragmas, NULL, NULL, NULL) != SQLITE_OK)
		return explain(journal, path, message);
	r = ph_schema_migrate(journal->db, path, message);
	if (r == 0 && ph_damage_start(journal->db) != SQLITE_OK)
		return explain(journal, path, message);
	if (r == -EBUSY || r == -EBADMSG)
		return *message ? r : explain(journal, path, message);
	return r;
}

/* What is cut off is read as far as it goes. */
static int open_database(struct ph_journal *journal, const char *path, char *message)
{
	int r = create_file(path, message);

	if (r < 0)
		return r;
	journal->created = r;
	r = ph_cut_off_in_a_page(path) ? -EBADMSG : try_database(journal, path, message);
	if (r != -EBADMSG)
		return r;
	sqlite3_close(PH_STEAL(journal->db));
	if (ph_cut_off_fill(path) < 0)
		return *message ? r : try_database(journal, path, message);
	*message = '\0';
	r = try_database(journal, path, message);
	if (r == 0)
		return 0;
	sqlite3_close(PH_STEAL(journal->db));
	ph_cut_off_undo(path);
	return r;
}

static char *beside(const char *path, const char *more)
{
	char *name = NULL;

	return asprintf(&name, "%s%s", path, more) < 0 ? NULL : name;
}

static int prepare(struct ph_journal *journal, const char *path, char *message)
{
	sqlite3_stmt *last;
	int r;

	journal->path = beside(path, "");
	journal->wal_path = beside(path, "-wal");
	journal->reserve_path = beside(path, "-reserve");
	if (!journal->path || !journal->wal_path || !journal->reserve_path)
		return -ENOMEM;
	last = ph_sql(journal, PH_SQL_PULSE_LAST);
	r = ph_sql_step(journal, last);
	if (r < 0 && r != -EBADMSG)
		return explain(journal, path, message);
	/* what cannot be read is taken for old: nobody is told that a pulse is under way */
	journal->old_pulses = r < 0 ? INT64_MAX : sqlite3_column_int64(last, 0);
	sqlite3_reset(last);
	ph_cut_off_tell(journal, path);
	ph_health_recall(journal);
	ph_wal_start(journal);
	ph_room_start(journal);
	r = ph_anchor_start(journal);
	if (r < 0)
		return explain(journal, path, message);
	ph_audit_check_tail(journal);
	journal->check_due_us = journal->created ? 0 : ph_health_due(journal);
	if (journal->created)
		ph_health_set(journal, PH_JOURNAL_OK, "");
	return 0;
}

static void journal_free(struct ph_journal *journal)
{
	ph_wal_close(journal);
	ph_anchor_end(journal);
	ph_closep(&journal->answers);
	pthread_mutex_destroy(&journal->lock);
	pthread_cond_destroy(&journal->wake);
	free(journal->path);
	free(journal->wal_path);
	free(journal->reserve_path);
	free(journal);
}

static struct ph_journal *journal_new(const struct ph_journal_options *options)
{
	struct ph_journal *journal = calloc(1, sizeof(*journal));
	pthread_condattr_t attributes;
	uint64_t hours = options ? options->document_keep_hours : PH_JOURNAL_DOCUMENT_HOURS;

	if (!journal)
		return NULL;
	pthread_mutex_init(&journal->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&journal->wake, &attributes);
	pthread_condattr_destroy(&attributes);
	journal->queue.end = &journal->queue.first;
	journal->done.end = &journal->done.first;
	journal->health = PH_JOURNAL_CHECKING;
	journal->check_fd = -1;
	journal->void_keep_us = (options ? options->void_keep_days : PH_JOURNAL_VOID_DAYS) * DAY_US;
	journal->shred_wait_us =
		(options && options->shred_ms ? options->shred_ms : SHRED_MS) * 1000ull;
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

bool ph_journal_can_do_without(int error)
{
	/* what may be over with the next start is left to that */
	return error == -EBADMSG || error == -EPROTONOSUPPORT || error == -EROFS ||
	       error == -EACCES || error == -EPERM;
}

int ph_journal_open_closed(int error, const char *message, struct ph_journal **ret_journal)
{
	struct ph_journal *journal = journal_new(NULL);

	if (!journal)
		return -ENOMEM;
	journal->closed = error;
	/* of the disk nothing is known */
	journal->room = (struct ph_journal_room){.enough = false};
	ph_health_set(journal, PH_JOURNAL_CLOSED, message);
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
