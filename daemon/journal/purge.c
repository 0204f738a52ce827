/*
 * Removes what is past its time: documents of final jobs, keys after PH_KEY_KEEP_DAYS, what cards have used. A few rows at a time,
 * inside transactions that write anyway: there is no timer, and an idle journal does nothing.
 */
#include "daemon/journal/internal.h"

#include "base/cleanup.h"
#include "poshal/types.h"

#define LOOK_AGAIN_US ((uint64_t)10 * 60 * 1000000)
#define KEY_KEEP_US   ((uint64_t)PH_KEY_KEEP_DAYS * 24 * 3600 * 1000000)

static sqlite3_int64 earlier(const struct ph_journal *journal, uint64_t by_us)
{
	return journal->wall_us > by_us ? (sqlite3_int64)(journal->wall_us - by_us) : 0;
}

static void remove_row(struct ph_journal *journal, enum ph_sql which, sqlite3_int64 id)
{
	sqlite3_stmt *s = ph_sql(journal, which);

	sqlite3_bind_int64(s, 1, id);
	ph_sql_run(journal, s);
}

/* Looks at the next documents in order of acceptance; 1 when there may be more to remove behind them. */
static int purge_documents(struct ph_journal *journal)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = ph_sql(journal, PH_SQL_PURGE_DOCUMENTS);
	sqlite3_int64 limit = earlier(journal, journal->document_keep_us);
	sqlite3_int64 old[PH_JOURNAL_PURGE_STEP];
	int looked = 0, count = 0;

	sqlite3_bind_int64(s, 1, journal->purge.after_document);
	sqlite3_bind_int(s, 2, PH_JOURNAL_PURGE_STEP);
	for (; ph_sql_step(journal, s) > 0; looked++) {
		int final = ph_job_is_final((enum ph_job_state)sqlite3_column_int(s, 1));

		if (final && sqlite3_column_int64(s, 2) >= limit)
			break;
		if (final)
			old[count++] = sqlite3_column_int64(s, 0);
		journal->purge.after_document = sqlite3_column_int64(s, 0);
	}
	sqlite3_reset(s);
	for (int i = 0; i < count; i++)
		remove_row(journal, PH_SQL_PURGE_DOCUMENT, old[i]);
	return looked == PH_JOURNAL_PURGE_STEP;
}

/* Removes the oldest rows of a table; its statement lists them. 1 when there may be more. */
static int purge_keys(
	struct ph_journal *journal, enum ph_sql list, enum ph_sql remove, int documents)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = ph_sql(journal, list);
	sqlite3_int64 old[PH_JOURNAL_PURGE_STEP];
	int count = 0;

	sqlite3_bind_int64(s, 1, earlier(journal, KEY_KEEP_US));
	sqlite3_bind_int(s, 2, PH_JOURNAL_PURGE_STEP);
	while (count < PH_JOURNAL_PURGE_STEP && ph_sql_step(journal, s) > 0)
		old[count++] = sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	for (int i = 0; i < count; i++) {
		if (documents)
			remove_row(journal, PH_SQL_PURGE_DOCUMENT, old[i]);
		remove_row(journal, remove, old[i]);
	}
	return count == PH_JOURNAL_PURGE_STEP;
}

void ph_purge_step(struct ph_journal *journal)
{
	int more;

	/* damage where old rows are must not be met by every group: SQLite commits nothing behind it */
	if (ph_journal_health(journal, NULL) == PH_JOURNAL_DAMAGED)
		return;
	ph_purge_payments(journal);
	if (!journal->failure)
		ph_velocity_purge(journal);
	/* a clock set back leaves due_us far ahead; then wait no longer than it ever would */
	if (journal->wall_us < journal->purge.due_us &&
		journal->purge.due_us - journal->wall_us <= LOOK_AGAIN_US)
		return;
	more = purge_documents(journal);
	more |= purge_keys(journal, PH_SQL_PURGE_JOBS, PH_SQL_PURGE_JOB, 1);
	more |= purge_keys(journal, PH_SQL_PURGE_PULSES, PH_SQL_PURGE_PULSE, 0);
	if (more)
		return;
	journal->purge.after_document = 0;
	journal->purge.due_us = journal->wall_us + LOOK_AGAIN_US;
}
