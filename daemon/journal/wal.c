/*
 * The write-ahead log: when it is written back, and how its file stays allocated so that a commit overwrites
 * blocks instead of appending them (half the cost of a flush on ext4, and no surprise when the disk is full).
 */
#include "daemon/journal/internal.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Frames (pages) in the log before it is written back: 8 MiB. Writing back costs three flushes, and a commit of
 * eight acceptances about 14 frames, so that this adds 2 % of flushes.
 */
#define CHECKPOINT_FRAMES 2000
#define FRAME_BYTES	  (4096 + 24)
#define HEADER_BYTES	  32
#define GROW_BYTES	  (256 * 1024)
#define AHEAD_BYTES	  (64 * 1024) /* of allocated log wanted before the next commit */

static int on_commit(void *userdata, sqlite3 *db, const char *schema, int frames)
{
	struct ph_journal *journal = userdata;

	(void)db;
	(void)schema;
	journal->wal_frames = frames;
	return SQLITE_OK;
}

void ph_wal_start(struct ph_journal *journal)
{
	int keep = 1;

	/* this replaces SQLite's automatic checkpoint, which would run before the group is answered */
	sqlite3_wal_hook(journal->db, on_commit, journal);
	sqlite3_file_control(journal->db, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
	journal->checkpoint_at = CHECKPOINT_FRAMES;
}

/* Appends zeros, which SQLite takes for the end of the log. Failing is harmless: the commit will tell. */
static void grow(struct ph_journal *journal)
{
	static const char zeros[16 * 1024];
	sqlite3_file *file = NULL;
	sqlite3_int64 size = 0;

	if (sqlite3_file_control(journal->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file) !=
			SQLITE_OK ||
		!file || !file->pMethods || file->pMethods->xFileSize(file, &size) != SQLITE_OK)
		return;
	journal->wal_size = size;
	if (size >= HEADER_BYTES + (int64_t)journal->wal_frames * FRAME_BYTES + AHEAD_BYTES)
		return;
	for (int i = 0; i < GROW_BYTES; i += (int)sizeof(zeros))
		if (file->pMethods->xWrite(file, zeros, sizeof(zeros), size + i) != SQLITE_OK)
			return;
	journal->wal_size = size + GROW_BYTES;
}

static void note_failure(struct ph_journal *journal)
{
	struct ph_journal_stats *stats = &journal->stats;

	pthread_mutex_lock(&journal->lock);
	stats->last_error = ph_sql_errno(journal->db);
	snprintf(stats->last_error_text, sizeof(stats->last_error_text), "writing back the log: %s",
		sqlite3_errmsg(journal->db));
	pthread_mutex_unlock(&journal->lock);
}

void ph_wal_tend(struct ph_journal *journal)
{
	int64_t used = HEADER_BYTES + (int64_t)journal->wal_frames * FRAME_BYTES;

	if (journal->wal_frames >= journal->checkpoint_at && !ph_health_reads(journal)) {
		if (sqlite3_wal_checkpoint_v2(journal->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL,
			    NULL) == SQLITE_OK) {
			/* the next commit begins at the front of the log again */
			journal->wal_frames = 0;
			journal->checkpoint_at = CHECKPOINT_FRAMES;
			return;
		}
		/* nothing is lost: the log grows on, and what was answered is in it */
		note_failure(journal);
		journal->checkpoint_at = journal->wal_frames + CHECKPOINT_FRAMES;
	}
	if (used + AHEAD_BYTES > journal->wal_size)
		grow(journal);
}

/*
 * SQLite reads through the whole log when it opens it, 8 MiB even if all was written back. Without its header
 * the log counts as empty. Should the old header survive a power cut, the same frames are read: no harm.
 */
static void forget_log(const char *wal_path)
{
	static const char zeros[HEADER_BYTES];
	PH_CLEANUP_CLOSE int fd = open(wal_path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd >= 0 && pwrite(fd, zeros, sizeof(zeros), 0) != (ssize_t)sizeof(zeros))
		(void)ftruncate(fd, 0);
}

void ph_wal_close(struct ph_journal *journal)
{
	int frames = -1, written = -1, r;

	if (!journal->db)
		return;
	ph_shred_end(journal);
	r = sqlite3_wal_checkpoint_v2(
		journal->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &frames, &written);
	ph_sql_finish(journal);
	if (sqlite3_close(journal->db) == SQLITE_OK && r == SQLITE_OK && frames == written &&
		frames > 0)
		forget_log(journal->wal_path);
	journal->db = NULL;
}
