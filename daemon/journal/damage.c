/*
 * What a damaged journal is still good for: which rows cannot be read is found out once, and all that looks for work goes around them. It
 * has to be known before: SQLite does not commit a transaction that has met damage.
 */
#include "daemon/journal/damage.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "daemon/journal/journal_storage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AGAIN_US 60000000 /* the next look, when more damage is met */
#define COPIES	 9	  /* that are kept of a table that was damaged again and again */

int ph_damage_start(sqlite3 *db)
{
	/* of this connection, in memory */
	return sqlite3_exec(
		db, "CREATE TEMP TABLE unreadable (id INTEGER PRIMARY KEY)", NULL, NULL, NULL);
}

int ph_damage_ids(
	struct ph_journal *journal, sqlite3_stmt *statement, int64_t **ret_ids, size_t *ret_count)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = statement;
	int64_t *ids = NULL;
	size_t count = 0;
	int r;

	while ((r = ph_sql_step(journal, s)) > 0) {
		if ((count & (count - 1)) == 0) {
			int64_t *more = realloc(ids, (count ? 2 * count : 1) * sizeof(*ids));

			if (!more) {
				free(ids);
				return journal->failure = -ENOMEM;
			}
			ids = more;
		}
		ids[count++] = sqlite3_column_int64(s, 0);
	}
	if (r < 0 && r != -EBADMSG) {
		free(ids);
		return r;
	}
	*ret_ids = ids;
	*ret_count = count;
	return r;
}

/* True: it was not marked before. */
static bool mark(struct ph_journal *journal, int64_t id)
{
	sqlite3_stmt *s = ph_sql(journal, PH_SQL_UNREADABLE);
	int before = sqlite3_total_changes(journal->db);

	journal->failure = 0;
	sqlite3_bind_int64(s, 1, id);
	ph_sql_step(journal, s);
	sqlite3_reset(s);
	bool is_new = sqlite3_total_changes(journal->db) != before;
	journal->unreadable += is_new;
	return is_new;
}

bool ph_damage_mark(struct ph_journal *journal)
{
	int64_t id = journal->blamed;
	int failure = journal->failure;

	journal->blamed = 0;
	bool marked = id && sqlite3_get_autocommit(journal->db) && mark(journal, id);
	journal->failure = failure;
	return marked;
}

/* Marks those of an index whose rows, or what belongs to them, cannot be read. */
static void probe_records(struct ph_journal *journal, enum ph_sql index)
{
	PH_CLEANUP_FREE int64_t *ids = NULL;
	struct ph_record_row row;
	size_t count = 0;

	journal->failure = 0;
	ph_damage_ids(journal, ph_sql(journal, index), &ids, &count);
	for (size_t i = 0; i < count; i++) {
		journal->failure = 0;
		if (ph_record_find(journal, PH_SQL_RECORD_BY_ID, ids[i], &row) != -EBADMSG)
			continue;
		mark(journal, ids[i]);
	}
	journal->failure = 0;
}

/* All that a statement reads can be read. */
static bool is_readable(struct ph_journal *journal, const char *sql)
{
	sqlite3_stmt *s = NULL;

	int r = sqlite3_prepare_v2(journal->db, sql, -1, &s, NULL);
	while (r == SQLITE_OK && (r = sqlite3_step(s)) == SQLITE_ROW)
		r = SQLITE_OK;
	sqlite3_finalize(s);
	return (r & 0xff) != SQLITE_CORRUPT;
}

static bool is_whole(struct ph_journal *journal, const char *table)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "SELECT * FROM %s", table);
	return is_readable(journal, sql);
}

/* How a table was made; NULL: that cannot be read. To be freed with sqlite3_free(). */
static char *text_of(struct ph_journal *journal, const char *table)
{
	sqlite3_stmt *s = NULL;
	char *text = NULL;

	if (sqlite3_prepare_v2(journal->db,
		    "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?1", -1, &s,
		    NULL) == SQLITE_OK &&
		sqlite3_bind_text(s, 1, table, -1, SQLITE_STATIC) == SQLITE_OK &&
		sqlite3_step(s) == SQLITE_ROW)
		text = sqlite3_mprintf("%s", (const char *)sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	return text;
}

/* A table without indexes of its own is put aside, pages and all, and made anew, empty: what refers to it goes on with the new one. */
static bool make_anew(struct ph_journal *journal, const char *table)
{
	char *text = text_of(journal, table), rename[96];
	bool done = false;

	for (int i = 1; text && i <= COPIES && !done; i++) {
		snprintf(rename, sizeof(rename),
			"BEGIN IMMEDIATE; ALTER TABLE %s RENAME TO %s_damaged_%d", table, table, i);
		/* triggers keep the name they have */
		sqlite3_exec(journal->db, "PRAGMA legacy_alter_table = ON", NULL, NULL, NULL);
		done = sqlite3_exec(journal->db, rename, NULL, NULL, NULL) == SQLITE_OK &&
		       sqlite3_exec(journal->db, text, NULL, NULL, NULL) == SQLITE_OK &&
		       sqlite3_exec(journal->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
		if (!sqlite3_get_autocommit(journal->db))
			sqlite3_exec(journal->db, "ROLLBACK", NULL, NULL, NULL);
		sqlite3_exec(journal->db, "PRAGMA legacy_alter_table = OFF", NULL, NULL, NULL);
	}
	sqlite3_free(text);
	return done;
}

/* ---- indexes ---- */

/* One that somebody has made, and a statement that reads all of it; to be freed with sqlite3_free(). */
struct index {
	int64_t row; /* in the schema */
	char *sql, *reads;
};

static void index_clear(struct index *index)
{
	sqlite3_free(index->sql);
	sqlite3_free(index->reads);
}

static bool next_index(struct ph_journal *journal, int64_t after, struct index *ret_index)
{
	static const char sql[] =
		"SELECT rowid, sql, 'SELECT count(*) FROM ' || tbl_name || ' INDEXED BY ' || name "
		"|| iif(instr(sql, ' WHERE '), substr(sql, instr(sql, ' WHERE ')), '') "
		"FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND rowid > ?1 "
		"ORDER BY rowid LIMIT 1";
	sqlite3_stmt *s = NULL;
	bool there = false;

	if (sqlite3_prepare_v2(journal->db, sql, -1, &s, NULL) == SQLITE_OK &&
		sqlite3_bind_int64(s, 1, after) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW) {
		*ret_index = (struct index){sqlite3_column_int64(s, 0),
			sqlite3_mprintf("%s", (const char *)sqlite3_column_text(s, 1)),
			sqlite3_mprintf("%s", (const char *)sqlite3_column_text(s, 2))};
		there = true;
	}
	sqlite3_finalize(s);
	return there;
}

/*
 * Its pages are left where they are: REINDEX and DROP INDEX would give them back, and have to read them for that. Where the table itself
 * cannot be read as far as the index needs it, all stays as it is.
 */
static void index_anew(struct ph_journal *journal, const struct index *index)
{
	char *sql = sqlite3_mprintf("PRAGMA writable_schema = ON; BEGIN IMMEDIATE;"
				    "DELETE FROM sqlite_schema WHERE rowid = %lld;"
				    "PRAGMA writable_schema = RESET; %s; COMMIT",
		(long long)index->row, index->sql);

	sqlite3_db_config(journal->db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
	sqlite3_exec(journal->db, sql, NULL, NULL, NULL);
	if (!sqlite3_get_autocommit(journal->db))
		sqlite3_exec(journal->db, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_exec(journal->db, "PRAGMA writable_schema = RESET", NULL, NULL, NULL);
	sqlite3_db_config(journal->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_free(sql);
}

/* An index has nothing that its table has not. */
static void renew_indexes(struct ph_journal *journal)
{
	struct index index = {0};
	int64_t row = 0;

	while (next_index(journal, row, &index)) {
		row = index.row;
		if (index.sql && index.reads && !is_readable(journal, index.reads))
			index_anew(journal, &index);
		index_clear(&index);
	}
}

/* ---- small tables ---- */

/* What is known elsewhere, or can be done without, and without which nothing of a record can be stored. */
static void renew_tables(struct ph_journal *journal)
{
	if (!is_whole(journal, "transition") && make_anew(journal, "transition"))
		ph_schema_fill_transitions(journal->db);
	if (!is_whole(journal, "meta"))
		make_anew(journal, "meta");
	if (!is_whole(journal, "attempt"))
		make_anew(journal, "attempt");
	if (!is_whole(journal, "seal_key") && make_anew(journal, "seal_key"))
		sqlite3_exec(journal->db,
			"INSERT INTO seal_key (kid, first_us, sealed, kept) "
			"SELECT " PH_SQL_KID_OF(
				"sealed") ", min(created_us), count(*), count(*) "
					  "FROM record WHERE sealed IS NOT NULL GROUP BY 1",
			NULL, NULL, NULL);
	if (!is_whole(journal, "exposure") && make_anew(journal, "exposure")) {
		journal->exposure_lost = 1;
		ph_sql_exec(journal, PH_SQL_EXPOSURE_SUM);
	}
	journal->failure = 0;
}

bool ph_journal_audit_lost(struct ph_journal *journal)
{
	pthread_mutex_lock(&journal->lock);
	bool lost = journal->audit_unreadable;
	pthread_mutex_unlock(&journal->lock);
	return lost;
}

bool ph_damage_probe(struct ph_journal *journal)
{
	static const enum ph_sql indexes[] = {
		PH_SQL_IDS_OF_OPEN, PH_SQL_IDS_OF_FAMILY, PH_SQL_IDS_OF_PAYMENTS};
	uint64_t now_us = ph_clock_mono_us();

	if (!sqlite3_get_autocommit(journal->db) ||
		(journal->probed_us && now_us - journal->probed_us < AGAIN_US))
		return false;
	journal->probed_us = now_us;
	renew_indexes(journal);
	for (size_t i = 0; i < PH_ARRAY_SIZE(indexes); i++)
		probe_records(journal, indexes[i]);
	renew_tables(journal);
	journal->audit_loaded = 0;
	int r = ph_audit_load(journal);
	pthread_mutex_lock(&journal->lock);
	journal->audit_unreadable = r < 0;
	if (r < 0)
		ph_journal_news(journal);
	pthread_mutex_unlock(&journal->lock);
	journal->failure = 0;
	return true;
}
