/*
 * Whether the journal's file is whole. What meets damage says so; and once after the start another process reads all of the file,
 * which nothing in this one waits for.
 *
 * That process is a fork without an exec: it opens the database by itself, read-only, and sees only what was written back of the log.
 * So all is written back first, and nothing is while it reads. The lock of this process is not touched: a close in the child
 * drops locks of the child.
 *
 * What was damaged is so at the next start, too, before anything of it is met: a file beside the journal keeps what was said of it, until
 * a reading finds nothing wrong.
 */
#include "daemon/journal/internal.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "daemon/journal/journal_storage.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Frames of log while the file is read: 32 MiB. Longer, and the reading is given up, to begin again. */
#define FRAMES_MEANWHILE 8000
/* A file that takes a while to read is not read while the service begins and everybody wants to know how things stand. */
#define LARGE_BYTES   (16 << 20)
#define LARGE_WAIT_US 3000000
#define FAULTS	      3 /* that are told */
#define CHECKS_MAX    5 /* that begin after each start */

const char *ph_journal_health_name(enum ph_journal_health health)
{
	static const char *const names[PH_JOURNAL_HEALTH_COUNT_] = {
		"ok", "checking", "damaged", "closed"};

	return (unsigned)health < PH_JOURNAL_HEALTH_COUNT_ ? names[health] : "unknown";
}

enum ph_journal_health ph_journal_health(
	struct ph_journal *journal, char text[PH_JOURNAL_HEALTH_TEXT])
{
	enum ph_journal_health health;

	pthread_mutex_lock(&journal->lock);
	health = journal->health;
	if (text)
		snprintf(text, PH_JOURNAL_HEALTH_TEXT, "%s", journal->health_text);
	pthread_mutex_unlock(&journal->lock);
	return health;
}

/* ---- from one run to the next ---- */

static bool name_known(const struct ph_journal *journal, char out[PATH_MAX])
{
	return journal->path &&
	       (size_t)snprintf(out, PATH_MAX, "%s-damaged", journal->path) < PATH_MAX;
}

/* That it cannot be written is no harm: the file is read once more. */
static void remember(const struct ph_journal *journal, const char *text)
{
	char path[PATH_MAX];

	if (!name_known(journal, path))
		return;
	PH_CLEANUP_CLOSE int fd =
		open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return;
}

static void forget(const struct ph_journal *journal)
{
	char path[PATH_MAX];

	if (name_known(journal, path))
		unlink(path);
}

/* With the lock held. All of it was read, and nothing is wrong: it was mended meanwhile. */
static void set_right(struct ph_journal *journal)
{
	if (!journal->recalled)
		return;
	journal->recalled = 0;
	journal->health = PH_JOURNAL_CHECKING;
	forget(journal);
}

void ph_health_set(struct ph_journal *journal, enum ph_journal_health health, const char *text)
{
	bool is_new = false;

	pthread_mutex_lock(&journal->lock);
	/* what was damaged stays so, with what was found first */
	if (journal->health < PH_JOURNAL_DAMAGED && journal->health != health) {
		is_new = health == PH_JOURNAL_DAMAGED;
		journal->health = health;
		snprintf(journal->health_text, sizeof(journal->health_text), "%s", text);
		ph_journal_news(journal);
	}
	if (health == PH_JOURNAL_DAMAGED)
		journal->recalled = 0;
	pthread_mutex_unlock(&journal->lock);
	if (is_new)
		remember(journal, text);
}

void ph_health_recall(struct ph_journal *journal)
{
	char path[PATH_MAX], text[PH_JOURNAL_HEALTH_TEXT];

	if (journal->created)
		forget(journal);
	if (journal->health != PH_JOURNAL_CHECKING || !name_known(journal, path))
		return;
	PH_CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return;
	text[n] = '\0';
	ph_health_set(journal, PH_JOURNAL_DAMAGED, n ? text : "the journal is damaged");
	journal->recalled = 1;
}

/* ---- the other process ---- */

/* In a URI these would end the path. */
static void write_uri(const char *path, char *out, size_t size)
{
	size_t n = (size_t)snprintf(out, size, "file:");

	for (; *path && n + 4 < size; path++)
		n += (size_t)snprintf(
			out + n, size - n, strchr("?#%", *path) ? "%%%02X" : "%c", *path);
	snprintf(out + n, size - n, "?immutable=1");
}

/* Faults, one in a line, into `out`; "" when there are none. */
static void look_through(const char *path, char *out, size_t size)
{
	char uri[3 * PATH_MAX / 4];
	sqlite3_stmt *s = NULL;
	sqlite3 *db = NULL;
	size_t n = 0;
	int r;

	write_uri(path, uri, sizeof(uri));
	*out = '\0';
	r = sqlite3_open_v2(uri, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
	if (r == SQLITE_OK)
		r = sqlite3_exec(db,
			"PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
			"PRAGMA mmap_size = 0",
			NULL, NULL, NULL);
	if (r == SQLITE_OK)
		r = sqlite3_prepare_v2(
			db, "PRAGMA quick_check(" PH_TEXT_OF(FAULTS) ")", -1, &s, NULL);
	while (r == SQLITE_OK && (r = sqlite3_step(s)) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(s, 0);

		r = SQLITE_OK;
		if (text && strcmp(text, "ok") != 0 && n < size)
			n += (size_t)snprintf(out + n, size - n, "%s%s", n ? "; " : "", text);
	}
	if (r != SQLITE_DONE && n < size)
		snprintf(out + n, size - n, "%s%s", n ? "; " : "", sqlite3_errmsg(db));
	sqlite3_finalize(s);
	sqlite3_close(db);
}

static void be_the_reader(const char *path, int out)
{
	char text[PH_JOURNAL_HEALTH_TEXT] = "";
	size_t len;

	/* with the thread that has forked it, which ends with the journal */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "poshal-check");
	setpriority(PRIO_PROCESS, 0, 19);
	if (dup2(out, STDIN_FILENO) < 0)
		_exit(1);
	close_range(STDERR_FILENO + 1, ~0u, 0);
	look_through(path, text, sizeof(text));
	/* a line feed ends the text: without one it was cut off */
	len = strlen(text);
	text[len] = '\n';
	_exit(write(STDIN_FILENO, text, len + 1) == (ssize_t)len + 1 ? 0 : 1);
}

uint64_t ph_health_due(const struct ph_journal *journal)
{
	struct stat st;
	bool large = stat(journal->path, &st) == 0 && st.st_size > LARGE_BYTES;

	return ph_clock_mono_us() + (large ? LARGE_WAIT_US : 0);
}

void ph_health_begin(struct ph_journal *journal)
{
	int frames = -1, written = -1, ends[2];
	pid_t child;

	if (sqlite3_wal_checkpoint_v2(
		    journal->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &frames, &written) != SQLITE_OK ||
		frames != written) {
		ph_health_set(journal, PH_JOURNAL_OK, "");
		return; /* the disk is not writable: a failure that shows elsewhere */
	}
	journal->wal_frames = 0;
	if (frames > 0)
		ph_shred_start(journal);
	if (pipe2(ends, O_CLOEXEC) < 0) {
		ph_health_set(journal, PH_JOURNAL_OK, "");
		return;
	}
	child = fork();
	if (child == 0)
		be_the_reader(journal->path, ends[1]);
	close(ends[1]);
	if (child < 0) {
		close(ends[0]);
		ph_health_set(journal, PH_JOURNAL_OK, "");
		return;
	}
	pthread_mutex_lock(&journal->lock);
	journal->check_child = child;
	journal->check_fd = ends[0];
	ph_journal_news(journal);
	pthread_mutex_unlock(&journal->lock);
}

/* Ends the reading early; what comes of it is told as of any other. */
static void give_up(struct ph_journal *journal)
{
	pthread_mutex_lock(&journal->lock);
	if (journal->check_child > 0)
		kill(journal->check_child, SIGKILL);
	pthread_mutex_unlock(&journal->lock);
}

int ph_health_reads(struct ph_journal *journal)
{
	int reads;

	pthread_mutex_lock(&journal->lock);
	reads = journal->check_child > 0;
	pthread_mutex_unlock(&journal->lock);
	if (reads && journal->wal_frames >= FRAMES_MEANWHILE)
		give_up(journal);
	return reads;
}

/* ---- the loop ---- */

/* All it has said; "" when it has not said all. */
static void read_faults(int fd, char *out, size_t size)
{
	ssize_t n;
	size_t len = 0;

	while (len < size - 1 && (n = read(fd, out + len, size - 1 - len)) > 0)
		len += (size_t)n;
	out[len] = '\0';
}

static void reap(struct ph_journal *journal)
{
	pid_t child;

	journal->check_source = sd_event_source_disable_unref(journal->check_source);
	pthread_mutex_lock(&journal->lock);
	child = journal->check_child;
	if (child > 0)
		waitpid(child, NULL, 0);
	journal->check_child = 0;
	if (journal->check_fd >= 0)
		close(journal->check_fd);
	journal->check_fd = -1;
	pthread_mutex_unlock(&journal->lock);
}

static int on_faults(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct ph_journal *journal = userdata;
	char faults[PH_JOURNAL_HEALTH_TEXT], text[PH_JOURNAL_HEALTH_TEXT], *end;
	bool again;

	(void)source;
	(void)revents;
	read_faults(fd, faults, sizeof(faults));
	reap(journal);
	end = strchr(faults, '\n');
	if (end) {
		*end = '\0';
		snprintf(text, sizeof(text), "the journal is damaged: %.250s", faults);
		pthread_mutex_lock(&journal->lock);
		if (!*faults)
			set_right(journal);
		pthread_mutex_unlock(&journal->lock);
		ph_health_set(
			journal, *faults ? PH_JOURNAL_DAMAGED : PH_JOURNAL_OK, *faults ? text : "");
		return 0;
	}
	/* it was killed; from the beginning, when the writer has time */
	pthread_mutex_lock(&journal->lock);
	again = ++journal->checks < CHECKS_MAX;
	journal->check_due_us = again ? ph_clock_mono_us() : 0;
	pthread_cond_signal(&journal->wake);
	pthread_mutex_unlock(&journal->lock);
	if (!again)
		ph_health_set(journal, PH_JOURNAL_OK, "");
	return 0;
}

void ph_health_watch(struct ph_journal *journal)
{
	int fd;

	pthread_mutex_lock(&journal->lock);
	fd = journal->check_source ? -1 : journal->check_fd;
	pthread_mutex_unlock(&journal->lock);
	if (fd < 0)
		return;
	if (sd_event_add_io(sd_event_source_get_event(journal->source), &journal->check_source, fd,
		    POLLIN, on_faults, journal) >= 0)
		sd_event_source_set_description(journal->check_source, "journal check");
}

void ph_health_end(struct ph_journal *journal)
{
	give_up(journal);
	reap(journal);
}
