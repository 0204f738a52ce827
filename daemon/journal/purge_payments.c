/*
 * Removes what nobody needs of payments: what was sealed once the time to undo an approval, or to call the issuer
 * about a referral, is over, and payments with their records
 * after PH_KEY_KEEP_DAYS. A few at a time, inside transactions that write anyway. Rows of the audit trail stay.
 */
#include "daemon/journal/internal.h"

#include "base/cleanup.h"
#include "poshal/types.h"

#define HOUR_US	    ((uint64_t)3600 * 1000000)
#define DAY_US	    (24 * HOUR_US)
#define KEY_KEEP_US (PH_KEY_KEEP_DAYS * DAY_US)
#define IDS_AT_ONCE 500 /* records looked at in one group, whose account data may be over */
#define STEP	    4	/* payments removed in one group */

/* The time by which something is over, wall clock; 0: nothing is. */
static sqlite3_int64 before(const struct ph_journal *journal, uint64_t by_us)
{
	return journal->wall_us > by_us ? (sqlite3_int64)(journal->wall_us - by_us) : 0;
}

static bool is_due(const struct ph_journal *journal, uint64_t due_us)
{
	/* a clock set back leaves it far ahead */
	return journal->wall_us >= due_us || due_us - journal->wall_us > DAY_US;
}

static int number(struct ph_journal *journal, enum ph_sql which, sqlite3_int64 input,
	sqlite3_int64 *ret_number)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = ph_sql(journal, which);
	int r;

	sqlite3_bind_int64(s, 1, input);
	r = ph_sql_step(journal, s);
	if (r > 0)
		*ret_number = sqlite3_column_int64(s, 0);
	return r;
}

/* ---- the end of the void window, and of the time to call an issuer ---- */

/* Account data of some records that are older; once an hour those that have become so, once a day all. */
static void drop_sealed(struct ph_journal *journal, struct ph_journal_sweep *sweep,
	enum ph_sql which, uint64_t keep_us)
{
	sqlite3_int64 limit = before(journal, keep_us), created;
	sqlite3_stmt *s;

	if (!keep_us || !is_due(journal, sweep->due_us))
		return;
	if (is_due(journal, sweep->all_due_us)) {
		sweep->after = 0;
		sweep->all_due_us = journal->wall_us + DAY_US;
	}
	if (number(journal, PH_SQL_RECORD_BEHIND, sweep->after, &created) <= 0 ||
		created >= limit) {
		sweep->due_us = journal->wall_us + HOUR_US;
		return;
	}
	s = ph_sql(journal, which);
	sqlite3_bind_int64(s, 1, sweep->after);
	sqlite3_bind_int64(s, 2, IDS_AT_ONCE);
	sqlite3_bind_int64(s, 3, limit);
	if (ph_sql_run(journal, s) == 0)
		sweep->after += IDS_AT_ONCE;
}

/* ---- payments ---- */

static void remove_payment(struct ph_journal *journal, sqlite3_int64 id)
{
	static const enum ph_sql steps[] = {PH_SQL_PURGE_RECORDS, PH_SQL_PURGE_PAYMENT};

	for (size_t i = 0; i < PH_ARRAY_SIZE(steps); i++) {
		sqlite3_stmt *s = ph_sql(journal, steps[i]);

		sqlite3_bind_int64(s, 1, id);
		if (ph_sql_run(journal, s) < 0)
			return;
	}
}

/* The next payments in order of acceptance; what is not over is passed by. 1 when there may be more to remove. */
static int remove_payments(struct ph_journal *journal, sqlite3_int64 limit)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = ph_sql(journal, PH_SQL_PURGE_PAYMENTS);
	sqlite3_int64 old[STEP];
	int looked = 0, count = 0, end = 0;

	sqlite3_bind_int64(s, 1, journal->purge.after_payment);
	sqlite3_bind_int(s, 2, STEP);
	sqlite3_bind_int64(s, 3, limit);
	while (!end && ph_sql_step(journal, s) > 0) {
		end = sqlite3_column_int64(s, 1) >= limit;
		if (end)
			break;
		looked++;
		journal->purge.after_payment = sqlite3_column_int64(s, 0);
		if (sqlite3_column_int(s, 2))
			old[count++] = journal->purge.after_payment;
	}
	sqlite3_reset(s);
	for (int i = 0; i < count; i++)
		remove_payment(journal, old[i]);
	return looked == STEP;
}

static void purge_payments(struct ph_journal *journal)
{
	struct ph_journal_purge *purge = &journal->purge;
	sqlite3_int64 limit = before(journal, KEY_KEEP_US);
	sqlite3_stmt *s;

	if (!is_due(journal, purge->payments_due_us) || remove_payments(journal, limit))
		return;
	s = ph_sql(journal, PH_SQL_PURGE_BATCHES);
	sqlite3_bind_int64(s, 1, limit);
	ph_sql_run(journal, s);
	purge->after_payment = 0;
	purge->payments_due_us = journal->wall_us + HOUR_US;
}

void ph_purge_payments(struct ph_journal *journal)
{
	drop_sealed(journal, &journal->purge.sealed, PH_SQL_PURGE_SEALED, journal->void_keep_us);
	if (!journal->failure)
		drop_sealed(journal, &journal->purge.referred, PH_SQL_PURGE_REFERRED, DAY_US);
	if (!journal->failure)
		purge_payments(journal);
}
