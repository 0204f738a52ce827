/*
 * What was dropped of account data is overwritten in its page at once (secure_delete), but older versions of that page are left in
 * the log, and in the file behind the log's end. So some time after something was dropped all is written back and the log cut to
 * nothing: at most once a minute, and not at all while nothing was dropped.
 */
#include "daemon/journal/internal.h"

#include "base/cleanup.h"
#include "base/clock.h"

#define AGAIN_US  ((uint64_t)5 * 1000000)
#define FAILED_US ((uint64_t)60 * 1000000)

/* Statements that drop what was sealed, or by what a card is recognised. */
static const enum ph_sql droppers[] = {
	PH_SQL_RECORD_DROP_SEALED,
	PH_SQL_RECORD_DROP_RESERVED,
	PH_SQL_RECORDS_RESOLVE,
	PH_SQL_RECORD_GIVE_UP,
	PH_SQL_BATCH_SETTLE,
	PH_SQL_RESEAL,
	PH_SQL_PURGE_SEALED,
	PH_SQL_PURGE_REFERRED,
	PH_SQL_PURGE_RECORDS,
	PH_SQL_VELOCITY_DROP,
	PH_SQL_VELOCITY_FORGET,
};

void ph_shred_note(struct ph_journal *journal, const sqlite3_stmt *statement)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(droppers); i++)
		if (journal->statements[droppers[i]] == statement &&
			sqlite3_changes(journal->db) > 0)
			journal->dropped = 1;
}

void ph_shred_commit(struct ph_journal *journal)
{
	if (journal->dropped && !journal->shred_due_us)
		journal->shred_due_us = ph_clock_mono_us() + journal->shred_wait_us;
	journal->dropped = 0;
}

static int cut(struct ph_journal *journal)
{
	if (sqlite3_wal_checkpoint_v2(journal->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) !=
		SQLITE_OK)
		return 0;
	journal->wal_frames = 0;
	journal->wal_size = 0;
	return 1;
}

void ph_shred_tend(struct ph_journal *journal)
{
	uint64_t now_us = ph_clock_mono_us();

	if (!journal->shred_due_us || now_us < journal->shred_due_us)
		return;
	if (ph_health_reads(journal))
		journal->shred_due_us = now_us + AGAIN_US;
	else if (cut(journal))
		journal->shred_due_us = 0;
	else
		journal->shred_due_us = now_us + FAILED_US;
}

void ph_shred_start(struct ph_journal *journal)
{
	journal->shred_due_us = ph_clock_mono_us() + journal->shred_wait_us;
}

void ph_shred_end(struct ph_journal *journal)
{
	if (journal->shred_due_us && cut(journal))
		journal->shred_due_us = 0;
}
