// Rows of messages to the host: read, found, given their numbers, written and moved. Which and when is said by the requests.
#include "daemon/journal/payments.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define STAN_MAX 999999

static void read_blob(sqlite3_stmt *s, int column, uint8_t *out, size_t size, size_t *ret_len)
{
	const void *blob = sqlite3_column_blob(s, column);
	size_t len = (size_t)sqlite3_column_bytes(s, column);

	*ret_len = blob && len <= size ? len : 0;
	if (*ret_len)
		memcpy(out, blob, len);
}

/* Which payment the account data were sealed for, and its amount: that of the row, of its original, of another machine. */
static void read_sealed_for(sqlite3_stmt *s, struct ph_record_row *row)
{
	row->sealed_payment = sqlite3_column_int64(s, 31);
	row->sealed_amount = sqlite3_column_int64(s, 32);
	if (sqlite3_column_int64(s, 44)) {
		row->sealed_payment = sqlite3_column_int64(s, 44);
		row->sealed_amount = sqlite3_column_int64(s, 45);
	}
	if (sqlite3_column_int64(s, 46)) { /* another machine's number */
		row->sealed_payment = sqlite3_column_int64(s, 46);
		row->sealed_amount = sqlite3_column_int64(s, 47);
	}
	if (!row->sealed_payment && row->amount != row->asked) {
		row->sealed_payment = row->payment;
		row->sealed_amount = row->asked;
	}
}

/* Columns of RECORD_COLUMNS in sql.c. */
void ph_record_read(sqlite3_stmt *s, struct ph_record_row *row)
{
	*row = (struct ph_record_row){
		.id = sqlite3_column_int64(s, 0),
		.payment = sqlite3_column_int64(s, 1),
		.parent = sqlite3_column_int64(s, 2),
		.kind = (enum ph_record_kind)sqlite3_column_int(s, 3),
		.state = (enum ph_record_state)sqlite3_column_int(s, 4),
		.amount = sqlite3_column_int64(s, 8),
		.cashback = sqlite3_column_int64(s, 9),
		.stan = (uint32_t)sqlite3_column_int64(s, 10),
		.sequence = sqlite3_column_int(s, 16),
		.repeat = sqlite3_column_int(s, 18),
		.attempts = (uint32_t)sqlite3_column_int64(s, 19),
		.next_us = (uint64_t)sqlite3_column_int64(s, 20),
		.created_us = (uint64_t)sqlite3_column_int64(s, 21),
		.changed_us = (uint64_t)sqlite3_column_int64(s, 22),
	};
	ph_sql_copy(s, 5, row->device, sizeof(row->device));
	ph_sql_copy(s, 6, row->type, sizeof(row->type));
	ph_sql_copy(s, 7, row->currency, sizeof(row->currency));
	ph_sql_copy(s, 11, row->rrn, sizeof(row->rrn));
	ph_sql_copy(s, 12, row->transmission, sizeof(row->transmission));
	ph_sql_copy(s, 13, row->local_time, sizeof(row->local_time));
	ph_sql_copy(s, 14, row->local_date, sizeof(row->local_date));
	ph_sql_copy(s, 15, row->entry, sizeof(row->entry));
	ph_sql_copy(s, 17, row->reason, sizeof(row->reason));
	ph_sql_copy(s, 23, row->response_code, sizeof(row->response_code));
	ph_sql_copy(s, 24, row->approval_code, sizeof(row->approval_code));
	read_blob(s, 25, row->sealed, sizeof(row->sealed), &row->sealed_len);
	read_blob(s, 26, row->icc, sizeof(row->icc), &row->icc_len);
	ph_sql_copy(s, 27, row->terminal, sizeof(row->terminal));
	row->pin = sqlite3_column_int(s, 33);
	ph_sql_copy(s, 34, row->note, sizeof(row->note));
	row->original_stan = (uint32_t)sqlite3_column_int64(s, 28);
	ph_sql_copy(s, 29, row->original_transmission, sizeof(row->original_transmission));
	ph_sql_copy(s, 30, row->original_approval, sizeof(row->original_approval));
	row->original_kind = (enum ph_record_kind)sqlite3_column_int(s, 48);
	row->supersedes = sqlite3_column_int64(s, 35);
	row->asked = sqlite3_column_int64(s, 36);
	row->amount_host = sqlite3_column_int64(s, 37);
	row->accepted_us = (uint64_t)sqlite3_column_int64(s, 38);
	row->release_us = (uint64_t)sqlite3_column_int64(s, 39);
	ph_sql_copy(s, 40, row->hold_reason, sizeof(row->hold_reason));
	ph_sql_copy(s, 41, row->arc, sizeof(row->arc));
	row->work = sqlite3_column_int(s, 42);
	row->batch = sqlite3_column_int64(s, 43);
	read_sealed_for(s, row);
}

int ph_record_find(struct ph_journal *journal, enum ph_sql which, int64_t number,
	struct ph_record_row *ret_row)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = ph_sql(journal, which);
	int r;

	sqlite3_bind_int64(s, 1, number);
	r = ph_sql_step(journal, s);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	ph_record_read(s, ret_row);
	return 0;
}

/* ---- a new record ---- */

/* Field 37: last digit of the year, day of it, hour, STAN. */
int ph_record_number(struct ph_journal *journal, const char *terminal, uint64_t wall_us,
	struct ph_record_row *row)
{
	time_t now = (time_t)(wall_us / 1000000);
	struct tm utc, local;
	int r;

	r = ph_counter_next(journal, "stan", terminal, STAN_MAX, &row->stan);
	if (r < 0)
		return r;
	if (!gmtime_r(&now, &utc) || !localtime_r(&now, &local))
		return -EOVERFLOW;
	strftime(row->transmission, sizeof(row->transmission), "%m%d%H%M%S", &utc);
	strftime(row->local_time, sizeof(row->local_time), "%H%M%S", &local);
	strftime(row->local_date, sizeof(row->local_date), "%m%d", &local);
	snprintf(row->rrn, sizeof(row->rrn), "%01u%03u%02u%06u", (unsigned)utc.tm_year % 10u,
		((unsigned)utc.tm_yday + 1) % 1000u, (unsigned)utc.tm_hour % 100u,
		row->stan % 1000000u);
	snprintf(row->terminal, sizeof(row->terminal), "%s", terminal);
	row->created_us = row->changed_us = wall_us;
	return 0;
}

void ph_record_bind_blob(sqlite3_stmt *s, int index, const uint8_t *data, size_t len)
{
	if (len)
		sqlite3_bind_blob(s, index, data, (int)len, SQLITE_STATIC);
	else
		sqlite3_bind_null(s, index);
}

int ph_record_insert(struct ph_journal *journal, struct ph_record_row *row)
{
	sqlite3_stmt *s = ph_sql(journal, PH_SQL_RECORD_INSERT);
	int r;

	sqlite3_bind_int64(s, 1, row->payment);
	sqlite3_bind_int64(s, 2, row->parent);
	sqlite3_bind_int(s, 3, (int)row->kind);
	sqlite3_bind_int(s, 4, (int)row->state);
	ph_sql_text(s, 5, row->terminal);
	sqlite3_bind_int64(s, 6, row->stan);
	ph_sql_text(s, 7, row->rrn);
	ph_sql_text(s, 8, row->transmission);
	ph_sql_text(s, 9, row->local_time);
	ph_sql_text(s, 10, row->local_date);
	ph_sql_text(s, 11, row->entry);
	sqlite3_bind_int(s, 12, row->sequence);
	ph_sql_text(s, 13, row->reason);
	sqlite3_bind_int64(s, 14, (sqlite3_int64)row->created_us);
	ph_record_bind_blob(s, 15, row->sealed, row->sealed_len);
	ph_record_bind_blob(s, 16, row->icc, row->icc_len);
	sqlite3_bind_int(s, 17, row->pin);
	sqlite3_bind_int64(s, 18, row->supersedes);
	/* what is not known yet is the payment's */
	if (row->asked && row->amount != row->asked)
		sqlite3_bind_int64(s, 19, row->amount);
	else
		sqlite3_bind_null(s, 19);
	sqlite3_bind_int64(s, 20, (sqlite3_int64)row->accepted_us);
	sqlite3_bind_int64(s, 21, (sqlite3_int64)row->release_us);
	ph_sql_text(s, 22, row->hold_reason);
	ph_sql_text(s, 23, row->arc);
	ph_sql_text(s, 24, row->approval_code);
	ph_sql_text(s, 25, row->note);
	sqlite3_bind_int64(s, 26, (sqlite3_int64)row->next_us);
	sqlite3_bind_int(s, 27, row->work);
	sqlite3_bind_int64(s, 28, row->sealed_payment != row->payment ? row->sealed_payment : 0);
	r = ph_sql_run(journal, s);
	journal->changed = 1;
	row->id = sqlite3_last_insert_rowid(journal->db);
	return r;
}

struct ph_record_row ph_record_like(const struct ph_record_row *of)
{
	struct ph_record_row row = *of;

	row.id = row.parent = row.supersedes = row.batch = row.amount_host = 0;
	row.repeat = false;
	row.attempts = 0;
	row.work = 0;
	row.next_us = row.release_us = row.accepted_us = 0;
	row.reason[0] = row.hold_reason[0] = row.arc[0] = row.note[0] = '\0';
	row.response_code[0] = row.approval_code[0] = '\0';
	return row;
}

int ph_record_number_like(struct ph_journal *journal, const struct ph_journal_request *request,
	const struct ph_record_row *about, struct ph_record_row *row)
{
	int r = ph_record_number(journal, about->terminal, request->wall_us, row);

	memcpy(row->local_time, about->local_time, sizeof(row->local_time));
	memcpy(row->local_date, about->local_date, sizeof(row->local_date));
	return r;
}

/* ---- states ---- */

int ph_record_mark(struct ph_journal *journal, const struct ph_record_row *row)
{
	sqlite3_stmt *s = ph_sql(journal, PH_SQL_RECORD_MARK);

	sqlite3_bind_int64(s, 1, row->id);
	ph_sql_text(s, 2, row->hold_reason);
	sqlite3_bind_int64(s, 3, (sqlite3_int64)row->release_us);
	sqlite3_bind_int(s, 4, row->work);
	sqlite3_bind_int64(s, 5, row->amount_host);
	sqlite3_bind_int64(s, 6, row->amount);
	journal->changed = 1;
	return ph_sql_run(journal, s);
}

bool ph_record_is_exported(const struct ph_record_row *row)
{
	return row->state == PH_RECORD_HELD && !strcmp(row->hold_reason, PH_HELD_EXPORTED);
}

bool ph_record_is_handed_over(const struct ph_record_row *row)
{
	return row->state == PH_RECORD_ABANDONED && !strcmp(row->hold_reason, PH_HELD_EXPORTED);
}

int ph_record_may(const struct ph_record_row *row, enum ph_record_state next)
{
	if (ph_record_is_exported(row) && next != PH_RECORD_HELD)
		return -EPERM; /* it goes on at another machine */
	if (ph_record_may_become(row->state, next))
		return 0;
	return ph_record_is_final(row->state) ? -EALREADY : -EPERM;
}

/* The attempt that begins or has ended. */
static int note_attempt(
	struct ph_journal *journal, int64_t record, const struct ph_record_step *step)
{
	sqlite3_stmt *s =
		ph_sql(journal, step->attempt ? PH_SQL_ATTEMPT_BEGIN : PH_SQL_ATTEMPT_END);

	sqlite3_bind_int64(s, 1, record);
	sqlite3_bind_int64(s, 2, (sqlite3_int64)step->wall_us);
	if (!step->attempt) {
		sqlite3_bind_int(s, 3, (int)step->state);
		sqlite3_bind_text(s, 4, step->response_code, -1, SQLITE_STATIC);
		return ph_sql_run(journal, s);
	}
	int r = ph_sql_run(journal, s);
	if (r < 0)
		return r;
	s = ph_sql(journal, PH_SQL_ATTEMPT_FORGET);
	sqlite3_bind_int64(s, 1, record);
	sqlite3_bind_int64(s, 2, PH_ATTEMPTS_KEPT);
	return ph_sql_run(journal, s);
}

/* An answer that decides something; "not now" (91, 96) says nothing about how long sales may go on without the host. */
static bool decides(const struct ph_record_step *step)
{
	return step->response_code && step->response_code[0] && !step->not_now &&
	       step->state != PH_RECORD_RETRY_WAIT;
}

/* When a host was heard last: what is accepted without one depends on it, also after a start. */
static int note_host(struct ph_journal *journal, uint64_t wall_us)
{
	sqlite3_stmt *s = ph_sql(journal, PH_SQL_META_PUT);

	ph_sql_text(s, 1, "host_us");
	sqlite3_bind_int64(s, 2, (sqlite3_int64)wall_us);
	return ph_sql_run(journal, s);
}

int ph_record_move(struct ph_journal *journal, int64_t record, const struct ph_record_step *step)
{
	sqlite3_stmt *s = ph_sql(journal, PH_SQL_RECORD_MOVE);

	sqlite3_bind_int64(s, 1, record);
	sqlite3_bind_int(s, 2, (int)step->state);
	sqlite3_bind_int(s, 3, step->repeat);
	sqlite3_bind_int(s, 4, step->attempt);
	sqlite3_bind_int64(s, 5, (sqlite3_int64)step->next_us);
	sqlite3_bind_text(s, 6, step->response_code, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 7, step->approval_code, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 8, (sqlite3_int64)step->wall_us);
	sqlite3_bind_text(s, 9, step->note, -1, SQLITE_STATIC);
	journal->changed = 1;
	int r = ph_sql_run(journal, s);
	if (r == 0)
		r = note_attempt(journal, record, step);
	if (r == 0 && decides(step))
		r = note_host(journal, step->wall_us);
	return r;
}

int ph_record_drop(struct ph_journal *journal, enum ph_sql which, int64_t id)
{
	sqlite3_stmt *s = ph_sql(journal, which);

	sqlite3_bind_int64(s, 1, id);
	journal->changed = 1;
	return ph_sql_run(journal, s);
}

int ph_record_drop_sealed(struct ph_journal *journal, int64_t record)
{
	return ph_record_drop(journal, PH_SQL_RECORD_DROP_SEALED, record);
}
