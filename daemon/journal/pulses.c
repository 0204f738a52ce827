// Requests about drawer pulses; the queue, the transaction and the tables are in the other files.
#include "daemon/journal/journal_pulses.h"

#include "base/cleanup.h"
#include "daemon/journal/internal.h"

#include <errno.h>
#include <string.h>

const char *ph_pulse_state_name(enum ph_pulse_state state)
{
	static const char *const names[PH_PULSE_STATE_COUNT_] = {
		"sent", "opened", "not_confirmed", "no_sensor", "uncertain", "failed"};

	return (unsigned int)state < PH_PULSE_STATE_COUNT_ ? names[state] : "unknown";
}

/* No pulse was sent for this key: it is as good as new. */
static int begin_again(struct ph_journal *journal, struct ph_journal_pulse_begin *begin)
{
	sqlite3_stmt *s = ph_sql(journal, PH_SQL_PULSE_AGAIN);

	begin->begun_us = begin->request.wall_us;
	sqlite3_bind_int64(s, 1, begin->id);
	sqlite3_bind_int64(s, 2, (sqlite3_int64)begin->begun_us);
	journal->changed = 1;
	return ph_sql_run(journal, s);
}

static int begin_known(struct ph_journal *journal, struct ph_journal_pulse_begin *begin)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = ph_sql(journal, PH_SQL_PULSE_BY_KEY);
	const char *device;
	int r;

	sqlite3_bind_int64(s, 1, begin->uid);
	ph_sql_text(s, 2, begin->key);
	r = ph_sql_step(journal, s);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	device = (const char *)sqlite3_column_text(s, 1);
	if (!device || strcmp(device, begin->device) != 0)
		return -EEXIST;
	begin->id = sqlite3_column_int64(s, 0);
	if (sqlite3_column_int(s, 2) == PH_PULSE_FAILED)
		return begin->known_only ? -ENOENT : begin_again(journal, begin);
	begin->duplicate = 1;
	begin->outcome = (enum ph_pulse_state)sqlite3_column_int(s, 2);
	begin->already = sqlite3_column_int(s, 3);
	begin->begun_us = (uint64_t)sqlite3_column_int64(s, 4);
	/* nobody of this run waits for its end */
	if (begin->outcome == PH_PULSE_SENT && begin->id <= journal->old_pulses)
		begin->outcome = PH_PULSE_UNCERTAIN;
	return 0;
}

static int begin_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_pulse_begin *begin = (struct ph_journal_pulse_begin *)request;
	sqlite3_stmt *s;
	int r;

	if (begin->known_only)
		return begin_known(journal, begin);
	s = ph_sql(journal, PH_SQL_PULSE_INSERT);
	sqlite3_bind_int64(s, 1, begin->uid);
	ph_sql_text(s, 2, begin->key);
	ph_sql_text(s, 3, begin->device);
	ph_sql_text(s, 4, begin->who);
	ph_sql_text(s, 5, begin->reason);
	ph_sql_text(s, 6, begin->reference);
	ph_sql_text(s, 7, begin->operator_name);
	sqlite3_bind_int64(s, 8, (sqlite3_int64)request->wall_us);
	r = ph_sql_run(journal, s);
	if (r < 0)
		return r;
	if (sqlite3_changes(journal->db) == 0)
		return begin_known(journal, begin);
	journal->changed = 1;
	begin->id = sqlite3_last_insert_rowid(journal->db);
	begin->begun_us = request->wall_us;
	return 0;
}

static const struct ph_journal_kind begin_kind = {.run = begin_run, .is_new = 1};
static const struct ph_journal_kind known_kind = {.run = begin_run};

int ph_journal_pulse_begin_submit(struct ph_journal *journal, struct ph_journal_pulse_begin *begin)
{
	const char *const texts[] = {
		begin->who, begin->reason, begin->reference, begin->operator_name};

	if (!ph_journal_text_ok(begin->key, 1, PH_KEY_MAX) ||
		!ph_journal_text_ok(begin->device, 1, PH_NAME_MAX))
		return -EINVAL;
	for (size_t i = 0; i < PH_ARRAY_SIZE(texts); i++)
		if (texts[i] && !ph_journal_text_ok(texts[i], 0, PH_PULSE_TEXT_MAX))
			return -EINVAL;
	begin->id = 0;
	begin->duplicate = 0;
	begin->outcome = PH_PULSE_SENT;
	begin->already = 0;
	begin->begun_us = 0;
	return ph_journal_submit(
		journal, &begin->request, begin->known_only ? &known_kind : &begin_kind);
}

static int end_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_pulse_end *end = (struct ph_journal_pulse_end *)request;
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *old = ph_sql(journal, PH_SQL_PULSE_BY_ID);
	enum ph_pulse_state outcome;
	sqlite3_stmt *s;
	int r;

	sqlite3_bind_int64(old, 1, end->id);
	r = ph_sql_step(journal, old);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	outcome = (enum ph_pulse_state)sqlite3_column_int(old, 0);
	if (outcome != PH_PULSE_SENT)
		return outcome == end->outcome ? 0 : -EALREADY;
	s = ph_sql(journal, PH_SQL_PULSE_END);
	sqlite3_bind_int64(s, 1, end->id);
	sqlite3_bind_int(s, 2, (int)end->outcome);
	sqlite3_bind_int(s, 3, end->already != 0);
	sqlite3_bind_int64(s, 4, (sqlite3_int64)request->wall_us);
	journal->changed = 1;
	return ph_sql_run(journal, s);
}

static const struct ph_journal_kind end_kind = {.run = end_run};

int ph_journal_pulse_end_submit(struct ph_journal *journal, struct ph_journal_pulse_end *end)
{
	if (end->outcome == PH_PULSE_SENT || (unsigned int)end->outcome >= PH_PULSE_STATE_COUNT_)
		return -EINVAL;
	return ph_journal_submit(journal, &end->request, &end_kind);
}
