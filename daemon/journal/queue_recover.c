// What a start makes of what was on its way, of the exposure, and of the clock; before anybody can ask for anything.
#include "daemon/journal/damage.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The only number of a statement without inputs; 0 where there is none. */
static int number(struct ph_journal *journal, sqlite3_stmt *statement, int64_t *ret_number)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = statement;
	int r = ph_sql_step(journal, s);

	if (r < 0)
		return r;
	*ret_number = r > 0 ? sqlite3_column_int64(s, 0) : 0;
	return 0;
}

/* Advices, reversals and completions are repeated with the same fields; a deferred request comes again as another. */
static int recover_one(struct ph_journal *journal, const struct ph_journal_request *request,
	int64_t id, struct ph_queue_recovery *recovery)
{
	struct ph_journal_supersede supersede = {.request = *request};
	struct ph_record_row row;
	int r = ph_record_find(journal, PH_SQL_RECORD_BY_ID, id, &row);

	if (r < 0)
		return r;
	if (ph_record_family(row.kind) == PH_FAMILY_STAND_IN) {
		recovery->superseded++;
		return ph_record_supersede(journal, &row, &supersede);
	}
	recovery->unsure++;
	return ph_record_move(journal, id,
		&(struct ph_record_step){
			.state = PH_RECORD_UNSURE, .repeat = true, .wall_us = request->wall_us});
}

static int commit(struct ph_journal *journal, int r)
{
	if (r == 0)
		r = ph_sql_exec(journal, PH_SQL_COMMIT);
	if (r < 0 && !sqlite3_get_autocommit(journal->db))
		ph_sql_exec(journal, PH_SQL_ROLLBACK);
	return r;
}

/* Whole, or not at all. */
static int recover_some(struct ph_journal *journal, const int64_t *ids, size_t count,
	struct ph_queue_recovery *recovery)
{
	const struct ph_journal_request request = {.wall_us = ph_clock_wall_us()};
	struct ph_queue_recovery before = *recovery;
	int r = 0;

	journal->failure = 0;
	if (count)
		r = ph_sql_exec(journal, PH_SQL_BEGIN);
	for (size_t i = 0; i < count && r == 0; i++)
		r = recover_one(journal, &request, ids[i], recovery);
	if (count)
		r = commit(journal, r);
	if (r < 0)
		*recovery = before;
	return r;
}

static int recover_sent(struct ph_journal *journal, struct ph_queue_recovery *recovery)
{
	PH_CLEANUP_FREE int64_t *ids = NULL;
	size_t count = 0;
	int r = ph_damage_ids(journal, ph_sql(journal, PH_SQL_RECOVER_NEXT), &ids, &count);

	if (r == 0)
		return recover_some(journal, ids, count, recovery);
	return r;
}

/* What belongs to one of them is damaged: the others are not worse for it. */
static int recover_each(struct ph_journal *journal, struct ph_queue_recovery *recovery)
{
	PH_CLEANUP_FREE int64_t *ids = NULL;
	size_t count = 0;
	int r = ph_damage_ids(journal, ph_sql(journal, PH_SQL_RECOVER_NEXT), &ids, &count), one;

	for (size_t i = 0; i < count; i++) {
		one = recover_some(journal, &ids[i], 1, recovery);
		if (one < 0)
			r = one;
		if (one < 0 && one != -EBADMSG)
			break;
	}
	return r;
}

static int mark_all(struct ph_journal *journal, enum ph_sql which, uint32_t *ret_count)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = ph_sql(journal, which);

	sqlite3_bind_int64(s, 1, (sqlite3_int64)ph_clock_wall_us());
	int r = ph_sql_run(journal, s);
	*ret_count = r < 0 ? 0 : (uint32_t)sqlite3_changes(journal->db);
	return r;
}

/* Behind recover_sent(): what that asks anew the host may have had already, too. */
static int recover_restored(struct ph_journal *journal, struct ph_queue_recovery *recovery)
{
	uint32_t held = 0, repeated = 0;

	if (!journal->restored)
		return 0;
	int r = ph_sql_exec(journal, PH_SQL_BEGIN);
	if (r == 0)
		r = mark_all(journal, PH_SQL_RECOVER_HOLD, &held);
	if (r == 0)
		r = mark_all(journal, PH_SQL_RECOVER_REPEAT, &repeated);
	r = commit(journal, r);
	if (r < 0)
		return r;
	recovery->held = held;
	recovery->unsure += repeated;
	return 0;
}

static int sum_anew(struct ph_journal *journal, struct ph_queue_recovery *recovery)
{
	int r = ph_sql_exec(journal, PH_SQL_BEGIN);

	recovery->exposure_differed = true;
	if (r == 0)
		r = ph_sql_exec(journal, PH_SQL_EXPOSURE_CLEAR);
	if (r == 0)
		r = ph_sql_exec(journal, PH_SQL_EXPOSURE_SUM);
	return commit(journal, r);
}

static int recover_exposure(struct ph_journal *journal, struct ph_queue_recovery *recovery)
{
	int64_t different = 0;
	int r = 0;

	/* what cannot be read counts as before: its sum is all that is known of it */
	if (!journal->unreadable)
		r = number(journal, ph_sql(journal, PH_SQL_EXPOSURE_DIFFERS), &different);
	if (r == 0 && different)
		r = sum_anew(journal, recovery);
	recovery->exposure_differed |= journal->exposure_lost;
	return r < 0 ? r : ph_exposure_list(journal, recovery->exposure, &recovery->exposure_count);
}

static int newest(struct ph_journal *journal, enum ph_sql which, struct ph_queue_recovery *recovery)
{
	int64_t us = 0;
	int r = number(journal, ph_sql(journal, which), &us);

	if ((uint64_t)us > recovery->newest_us)
		recovery->newest_us = (uint64_t)us;
	return r;
}

/* Before anything new is written. */
static int recover_times(struct ph_journal *journal, struct ph_queue_recovery *recovery)
{
	static const enum ph_sql kinds[] = {
		PH_SQL_RECOVER_NEWEST, PH_SQL_RECOVER_NEWEST_RECORD, PH_SQL_RECOVER_NEWEST_AUDIT};
	sqlite3_stmt *host = ph_sql(journal, PH_SQL_META_GET);
	int64_t us = 0;

	ph_sql_text(host, 1, "host_us");
	int r = number(journal, host, &us), one;
	recovery->host_us = recovery->newest_us = (uint64_t)us;
	/* each for itself: what cannot be read says nothing */
	for (size_t i = 0; i < PH_ARRAY_SIZE(kinds); i++) {
		journal->failure = 0;
		one = newest(journal, kinds[i], recovery);
		r = one < 0 ? one : r;
	}
	recovery->clock_back = ph_clock_wall_us() < recovery->newest_us;
	return r;
}

/* Steps of their own: what one of them cannot read is no reason to leave out the others. */
static int recover(struct ph_journal *journal, struct ph_queue_recovery *recovery)
{
	static int (*const steps[])(struct ph_journal *, struct ph_queue_recovery *) = {
		recover_times, recover_sent, recover_restored, recover_exposure};
	static int (*const damaged[])(struct ph_journal *, struct ph_queue_recovery *) = {
		recover_times, recover_each, recover_restored, recover_exposure};

	for (size_t i = 0; i < PH_ARRAY_SIZE(steps); i++) {
		int r = steps[i](journal, recovery);

		journal->failure = 0;
		if (r == -EBADMSG) {
			recovery->damaged = true;
			ph_damage_probe(journal);
			r = damaged[i](journal, recovery);
			journal->failure = 0;
		}
		if (r < 0 && r != -EBADMSG)
			return r;
	}
	recovery->unreadable = journal->unreadable;
	return 0;
}

int ph_journal_recover_queue(struct ph_journal *journal, struct ph_queue_recovery *ret_recovery)
{
	struct ph_queue_recovery recovery = {0};

	if (journal->attached)
		return -EBUSY;
	journal->failure = 0;
	/* one without a file has nothing to recover */
	int r = journal->db ? recover(journal, &recovery) : 0;
	if (r < 0)
		return r;
	recovery.restored = journal->restored;
	*ret_recovery = recovery;
	return 0;
}
