/*
 * A small file beside the journal, written after commits and never flushed, that knows how far the journal has come. A journal that is
 * behind it is an older copy, put back from a backup or begun anew: messages have left with numbers it would give again. Then the trace
 * numbers leap, so that none of them does. An anchor that is behind, torn or gone says nothing.
 */
#include "daemon/journal/internal.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_BYTES   4096 /* always as many, so that it stays one block */
#define COUNTERS_MAX 32
#define NAME_BYTES   (PH_NAME_MAX + 16)
#define STAN_MAX     999999
#define STAN_LEAP    1000
#define SUM_BYTES    16
#define HASH_HEX     (PH_AUDIT_HASH * 2 + 1)

struct mark {
	int64_t payment, record, audit; /* the newest of each */
	char audit_hash[HASH_HEX];
	uint64_t wall_us, boot_us;
	char boot_id[PH_BOOT_ID_SIZE];
	struct {
		char name[NAME_BYTES];
		uint32_t value;
	} counters[COUNTERS_MAX]; /* trace numbers of each terminal */
	unsigned count;
	bool restored; /* it was found ahead of an older copy, and nobody has been told */
};

struct ph_anchor {
	int fd;
	bool dirty; /* a counter has moved */
	bool stale; /* they are not known any more */
	struct mark mark;
	bool same_boot; /* the last run was of this start of the machine, at: */
	uint64_t last_boot_us, last_wall_us;
};

/* ---- the file ---- */

static void sum(const char *text, size_t len, char out[SUM_BYTES * 2 + 1])
{
	unsigned char hash[SUM_BYTES];

	crypto_generichash(hash, sizeof(hash), (const unsigned char *)text, len, NULL, 0);
	sodium_bin2hex(out, SUM_BYTES * 2 + 1, hash, sizeof(hash));
}

static void write_mark(const struct ph_anchor *anchor, const struct mark *mark)
{
	char text[FILE_BYTES + 1], checked[SUM_BYTES * 2 + 1];
	size_t n;

	n = (size_t)snprintf(text, sizeof(text),
		"poshal-anchor 1\nnewest %" PRId64 " %" PRId64 "\naudit %" PRId64
		" %s\ntime %" PRIu64 " %" PRIu64 " %s\n",
		mark->payment, mark->record, mark->audit, mark->audit_hash, mark->wall_us,
		mark->boot_us, mark->boot_id);
	for (unsigned i = 0; i < mark->count; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "counter %" PRIu32 " %s\n",
			mark->counters[i].value, mark->counters[i].name);
	if (mark->restored)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "restored\n");
	sum(text, n, checked);
	n += (size_t)snprintf(text + n, sizeof(text) - n, "sum %s\n", checked);
	memset(text + n, '\n', FILE_BYTES - n);
	/* what it says is a hint; one that was not written is behind, and that is no harm */
	if (pwrite(anchor->fd, text, FILE_BYTES, 0) < 0)
		return;
}

/* One line of the file; false: it is none of ours. */
static bool read_line(struct mark *mark, const char *line)
{
	uint32_t value;
	int at = 0;

	if (!strcmp(line, "restored"))
		return mark->restored = true;
	if (sscanf(line, "newest %" SCNd64 " %" SCNd64, &mark->payment, &mark->record) == 2 ||
		sscanf(line, "audit %" SCNd64 " %64s", &mark->audit, mark->audit_hash) == 2 ||
		sscanf(line, "time %" SCNu64 " %" SCNu64 " %36s", &mark->wall_us, &mark->boot_us,
			mark->boot_id) >= 2)
		return true;
	if (sscanf(line, "counter %" SCNu32 " %n", &value, &at) != 1 || !at ||
		strlen(line + at) >= NAME_BYTES || mark->count == COUNTERS_MAX)
		return false;
	mark->counters[mark->count].value = value;
	strcpy(mark->counters[mark->count++].name, line + at);
	return true;
}

/* False: there is none, or it is not whole. */
static bool read_mark(int fd, struct mark *mark)
{
	char text[FILE_BYTES + 1], checked[SUM_BYTES * 2 + 1], *end, *line, *next;
	ssize_t n = pread(fd, text, FILE_BYTES, 0);

	*mark = (struct mark){0};
	text[n > 0 ? n : 0] = '\0';
	end = strstr(text, "\nsum ");
	if (!end || strncmp(text, "poshal-anchor 1\n", 16) != 0)
		return false;
	sum(text, (size_t)(end + 1 - text), checked);
	if (strncmp(end + 5, checked, SUM_BYTES * 2) != 0)
		return false;
	*end = '\0';
	for (line = text + 16; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (!read_line(mark, line))
			return false;
	}
	return true;
}

/* ---- the journal ---- */

/* The newest ids and the head of the audit trail. */
static int look(struct ph_journal *journal, struct mark *mark)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = ph_sql(journal, PH_SQL_NEWEST);
	int r = ph_sql_step(journal, s);

	if (r <= 0)
		return r < 0 ? r : -EBADMSG;
	mark->payment = sqlite3_column_int64(s, 0);
	mark->record = sqlite3_column_int64(s, 1);
	mark->audit = sqlite3_column_int64(s, 2);
	if (sqlite3_column_bytes(s, 3) == PH_AUDIT_HASH)
		sodium_bin2hex(
			mark->audit_hash, HASH_HEX, sqlite3_column_blob(s, 3), PH_AUDIT_HASH);
	return 0;
}

/* The audit row the anchor knows is not there, or another one. */
static bool audit_differs(struct ph_journal *journal, const struct mark *known)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = NULL;
	char hash[HASH_HEX] = "";

	if (!known->audit)
		return false;
	s = ph_sql(journal, PH_SQL_AUDIT_SINCE);
	sqlite3_bind_int64(s, 1, known->audit - 1);
	sqlite3_bind_int64(s, 2, 1);
	if (ph_sql_step(journal, s) < 0)
		return false;
	if (sqlite3_column_bytes(s, 8) == PH_AUDIT_HASH)
		sodium_bin2hex(hash, sizeof(hash), sqlite3_column_blob(s, 8), PH_AUDIT_HASH);
	return sqlite3_column_int64(s, 0) != known->audit || strcmp(hash, known->audit_hash) != 0;
}

/* The sums of a day have a number too, and are neither payment nor record. Numbers begin anew behind the last. */
static bool counter_behind(const struct mark *mark, const char *name, uint32_t known)
{
	for (unsigned i = 0; i < mark->count; i++)
		if (!strcmp(mark->counters[i].name, name))
			return (known + STAN_MAX - mark->counters[i].value) % STAN_MAX - 1 <
			       STAN_MAX / 2;
	return true;
}

static bool is_behind(struct ph_journal *journal, const struct mark *mark, const struct mark *known)
{
	for (unsigned i = 0; i < known->count; i++)
		if (counter_behind(mark, known->counters[i].name, known->counters[i].value))
			return true;
	return mark->payment < known->payment || mark->record < known->record ||
	       mark->audit < known->audit || audit_differs(journal, known);
}

void ph_anchor_counter(struct ph_journal *journal, const char *name, uint32_t value)
{
	struct ph_anchor *anchor = journal->anchor;
	struct mark *mark = anchor ? &anchor->mark : NULL;

	if (!mark || strncmp(name, "stan:", 5) != 0 || strchr(name, '\n'))
		return;
	anchor->dirty = true;
	for (unsigned i = 0; i < mark->count; i++)
		if (!strcmp(mark->counters[i].name, name)) {
			mark->counters[i].value = value;
			return;
		}
	if (mark->count == COUNTERS_MAX || strlen(name) >= NAME_BYTES)
		return;
	mark->counters[mark->count].value = value;
	strcpy(mark->counters[mark->count++].name, name);
}

static int load_counters(struct ph_journal *journal)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = ph_sql(journal, PH_SQL_COUNTERS);
	int r;

	journal->anchor->mark.count = 0;
	while ((r = ph_sql_step(journal, s)) > 0) {
		const char *name = (const char *)sqlite3_column_text(s, 0);

		if (name)
			ph_anchor_counter(journal, name, (uint32_t)sqlite3_column_int64(s, 1));
	}
	return r;
}

/* The value a counter goes on from: beyond what either has given, and what was given without either knowing. */
static uint32_t leap(const struct mark *known, const char *name, uint32_t value)
{
	for (unsigned i = 0; i < known->count; i++)
		if (!strcmp(known->counters[i].name, name) && known->counters[i].value > value)
			value = known->counters[i].value;
	return (value + STAN_LEAP - 1) % STAN_MAX + 1;
}

static int leap_all(struct ph_journal *journal, const struct mark *known)
{
	struct mark *mark = &journal->anchor->mark;
	int r = ph_sql_exec(journal, PH_SQL_BEGIN);

	/* terminals the older copy does not know */
	for (unsigned i = 0; i < known->count; i++) {
		bool there = false;

		for (unsigned j = 0; j < mark->count; j++)
			there |= !strcmp(mark->counters[j].name, known->counters[i].name);
		if (!there)
			ph_anchor_counter(journal, known->counters[i].name, 1);
	}
	for (unsigned i = 0; r == 0 && i < mark->count; i++) {
		sqlite3_stmt *s = ph_sql(journal, PH_SQL_COUNTER_SET);
		uint32_t value = leap(known, mark->counters[i].name, mark->counters[i].value);

		ph_sql_text(s, 1, mark->counters[i].name);
		sqlite3_bind_int64(s, 2, value);
		r = ph_sql_run(journal, s);
		mark->counters[i].value = value;
	}
	if (r == 0)
		r = ph_sql_exec(journal, PH_SQL_COMMIT);
	if (r < 0 && !sqlite3_get_autocommit(journal->db))
		ph_sql_exec(journal, PH_SQL_ROLLBACK);
	return r;
}

/* ---- life ---- */

static int open_file(const struct ph_journal *journal)
{
	char path[PATH_MAX];

	if ((size_t)snprintf(path, sizeof(path), "%s-anchor", journal->path) >= sizeof(path))
		return -ENAMETOOLONG;
	return open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

static void now(struct mark *mark)
{
	mark->wall_us = ph_clock_wall_us();
	mark->boot_us = ph_clock_boot_us();
}

int ph_anchor_start(struct ph_journal *journal)
{
	struct ph_anchor *anchor = calloc(1, sizeof(*anchor));
	struct mark known;
	bool knows;
	int r;

	if (!anchor)
		return -ENOMEM;
	journal->anchor = anchor;
	ph_clock_boot_id(anchor->mark.boot_id);
	anchor->fd = open_file(journal);
	knows = anchor->fd >= 0 && read_mark(anchor->fd, &known);
	anchor->same_boot = knows && *known.boot_id && !strcmp(known.boot_id, anchor->mark.boot_id);
	if (anchor->same_boot) {
		anchor->last_boot_us = known.boot_us;
		anchor->last_wall_us = known.wall_us;
	}
	journal->failure = 0;
	r = look(journal, &anchor->mark);
	if (r == 0)
		r = load_counters(journal);
	if (r == 0 && knows && (known.restored || is_behind(journal, &anchor->mark, &known))) {
		journal->restored = 1;
		/* the leap may be all there was to see: who is killed behind it, before it is told, still has to know */
		known.restored = true;
		write_mark(anchor, &known);
		r = leap_all(journal, &known);
	}
	/* of a file that is damaged nothing is known, and nobody is misled */
	if (r < 0)
		return r == -EBADMSG ? 0 : r;
	now(&anchor->mark);
	/* of an older copy the first commit does it, which is the audit row that tells: else a kill before that would hide it */
	if (!journal->restored)
		write_mark(anchor, &anchor->mark);
	return 0;
}

void ph_anchor_reload(struct ph_journal *journal)
{
	if (journal->anchor)
		journal->anchor->stale = true;
}

void ph_anchor_commit(struct ph_journal *journal)
{
	struct ph_anchor *anchor = journal->anchor;
	struct mark *mark = &anchor->mark;
	int64_t audit = journal->audit_loaded ? journal->audit_count : mark->audit;

	if (anchor->fd < 0 || (!(journal->points & ~1u) && !anchor->dirty && audit == mark->audit))
		return;
	/* what has been committed is, whether or not this can be read */
	int r = look(journal, mark);
	if (r == 0 && anchor->stale)
		r = load_counters(journal);
	journal->failure = 0;
	if (r < 0)
		return;
	anchor->dirty = anchor->stale = false;
	now(mark);
	write_mark(anchor, mark);
}

void ph_anchor_end(struct ph_journal *journal)
{
	struct ph_anchor *anchor = journal->anchor;

	if (!anchor)
		return;
	if (anchor->fd >= 0)
		close(anchor->fd);
	free(anchor);
	journal->anchor = NULL;
}

bool ph_journal_restored(const struct ph_journal *journal)
{
	return journal->restored;
}

bool ph_journal_last_times(
	const struct ph_journal *journal, uint64_t *ret_boot_us, uint64_t *ret_wall_us)
{
	const struct ph_anchor *anchor = journal->anchor;

	if (!anchor || !anchor->same_boot)
		return false;
	*ret_boot_us = anchor->last_boot_us;
	*ret_wall_us = anchor->last_wall_us;
	return true;
}
