// Requests about messages to the host: an intent before it leaves, its answer, its reversal, the attempts of that.
#include "daemon/journal/payments.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STAN_MAX 999999

/* Columns of RECORD_COLUMNS in sql.c. */
static void read_blob(sqlite3_stmt *s, int column, uint8_t *out, size_t size, size_t *ret_len)
{
	const void *blob = sqlite3_column_blob(s, column);
	size_t len = (size_t)sqlite3_column_bytes(s, column);

	*ret_len = blob && len <= size ? len : 0;
	if (*ret_len)
		memcpy(out, blob, len);
}

static void read_row(sqlite3_stmt *s, struct ph_record_row *row)
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
	row->sealed_payment = sqlite3_column_int64(s, 31);
	row->sealed_amount = sqlite3_column_int64(s, 32);
}

/* The first row of a statement with one number. 0, -ENOENT. */
static int find(struct ph_journal *journal, enum ph_sql which, int64_t number,
	struct ph_record_row *ret_row)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = ph_sql(journal, which);
	int r;

	sqlite3_bind_int64(s, 1, number);
	r = ph_sql_step(journal, s);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	read_row(s, ret_row);
	return 0;
}

/* ---- a new record ---- */

/* Numbers and times a message keeps for good. Field 37: last digit of the year, day of it, hour, STAN. */
static int number(struct ph_journal *journal, const char *terminal, uint64_t wall_us,
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

static void bind_blob(sqlite3_stmt *s, int index, const uint8_t *data, size_t len)
{
	if (len)
		sqlite3_bind_blob(s, index, data, (int)len, SQLITE_STATIC);
	else
		sqlite3_bind_null(s, index);
}

static int insert(struct ph_journal *journal, struct ph_record_row *row)
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
	bind_blob(s, 15, row->sealed, row->sealed_len);
	bind_blob(s, 16, row->icc, row->icc_len);
	sqlite3_bind_int(s, 17, row->pin);
	r = ph_sql_run(journal, s);
	journal->changed = 1;
	row->id = sqlite3_last_insert_rowid(journal->db);
	return r;
}

/* ---- D1 ---- */

static int add_request(struct ph_journal *journal, struct ph_journal_intent *intent)
{
	struct ph_record_row *row = &intent->record;
	int r = find(journal, PH_SQL_RECORD_OF_PAYMENT, intent->payment, row);

	if (r != -ENOENT)
		return r < 0 ? r : -EALREADY;
	*row = (struct ph_record_row){.payment = intent->payment,
		.kind = PH_RECORD_REQUEST,
		.state = PH_RECORD_INTENT,
		.sequence = intent->sequence,
		.pin = intent->pin,
		.sealed_len = intent->sealed_len,
		.icc_len = intent->icc_len};
	snprintf(row->entry, sizeof(row->entry), "%s", intent->entry);
	if (intent->sealed_len)
		memcpy(row->sealed, intent->sealed, intent->sealed_len);
	if (intent->icc_len)
		memcpy(row->icc, intent->icc, intent->icc_len);
	r = number(journal, intent->terminal, intent->request.wall_us, row);
	if (r == 0)
		r = insert(journal, row);
	/* the answer has what belongs to the payment, too */
	return r < 0 ? r : find(journal, PH_SQL_RECORD_BY_ID, row->id, row);
}

static int intent_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_intent *intent = (struct ph_journal_intent *)request;
	enum ph_pay_state state;
	int r = ph_payment_state(journal, intent->payment, &state);

	if (r < 0)
		return r;
	if (ph_pay_is_final(state))
		return -EALREADY;
	r = ph_payment_claim(journal, intent->payment);
	if (r == 0 && intent->terminal)
		r = add_request(journal, intent);
	if (r < 0)
		return r;
	return ph_payment_intent(journal, intent->payment, intent->before, request->wall_us);
}

static const struct ph_journal_kind intent_kind = {.run = intent_run, .is_new = 1};

int ph_journal_intent_submit(struct ph_journal *journal, struct ph_journal_intent *intent)
{
	const struct ph_record_row *row = &intent->record;

	if (intent->payment <= 0 || intent->sealed_len > sizeof(row->sealed) ||
		intent->icc_len > sizeof(row->icc) || intent->sequence < -1 ||
		intent->sequence > 99 || intent->pin < -1 || intent->pin > 1)
		return -EINVAL;
	if (intent->terminal &&
		(!ph_journal_text_ok(intent->terminal, 1, PH_NAME_MAX) ||
			!ph_journal_text_ok(intent->entry, 1, sizeof(row->entry) - 1)))
		return -EINVAL;
	if (intent->before && !ph_journal_text_ok(intent->before, 0, PH_PAYMENT_BEFORE_MAX))
		return -EINVAL;
	return ph_journal_submit(journal, &intent->request, &intent_kind);
}

/* ---- D1 of a completion ---- */

/* Its own number and time of transmission; the place and time of the card are those of the message it is about. */
static int number_like(struct ph_journal *journal, const struct ph_journal_request *request,
	const struct ph_record_row *about, struct ph_record_row *row)
{
	int r = number(journal, about->terminal, request->wall_us, row);

	memcpy(row->local_time, about->local_time, sizeof(row->local_time));
	memcpy(row->local_date, about->local_date, sizeof(row->local_date));
	return r;
}

static int add_advice(struct ph_journal *journal, struct ph_journal_advice *advice,
	const struct ph_record_row *reserved)
{
	struct ph_record_row *row = &advice->record;

	*row = *reserved;
	row->payment = advice->payment;
	row->kind = PH_RECORD_ADVICE;
	row->state = PH_RECORD_QUEUED;
	int r = number_like(journal, &advice->request, reserved, row);
	if (r == 0)
		r = insert(journal, row);
	return r < 0 ? r : find(journal, PH_SQL_RECORD_BY_ID, row->id, row);
}

static int advice_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_advice *advice = (struct ph_journal_advice *)request;
	struct ph_record_row reserved;
	enum ph_pay_state state;
	int r = ph_payment_state(journal, advice->payment, &state);

	if (r == 0 && ph_pay_is_final(state))
		r = -EALREADY;
	if (r == 0 && find(journal, PH_SQL_RECORD_OF_PAYMENT, advice->payment, &reserved) == 0)
		r = -EALREADY;
	if (r == 0)
		r = find(journal, PH_SQL_RECORD_OF_PAYMENT, advice->original, &reserved);
	if (r < 0)
		return r;
	/* also one that is being undone belongs to nobody any more */
	if (reserved.kind != PH_RECORD_REQUEST || !reserved.sealed_len ||
		(reserved.state != PH_RECORD_APPROVED && reserved.state != PH_RECORD_PARTIAL))
		return reserved.state == PH_RECORD_ABANDONED ? -EEXIST : -ENOENT;
	r = ph_payment_reserve_for(journal, advice->original, advice->payment);
	if (r == 0)
		r = add_advice(journal, advice, &reserved);
	return r < 0 ? r : ph_payment_intent(journal, advice->payment, NULL, request->wall_us);
}

static const struct ph_journal_kind advice_kind = {.run = advice_run, .is_new = 1};

int ph_journal_advice_submit(struct ph_journal *journal, struct ph_journal_advice *advice)
{
	if (advice->payment <= 0 || advice->original <= 0 || advice->payment == advice->original)
		return -EINVAL;
	return ph_journal_submit(journal, &advice->request, &advice_kind);
}

/* ---- states of a record ---- */

struct step {
	enum ph_record_state state;
	bool repeat, attempt;
	uint64_t next_us, wall_us;
	const char *response_code, *approval_code, *note; /* NULL: as it is */
};

static int move(struct ph_journal *journal, int64_t record, const struct step *step)
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
	return ph_sql_run(journal, s);
}

static int drop(struct ph_journal *journal, enum ph_sql which, int64_t id)
{
	sqlite3_stmt *s = ph_sql(journal, which);

	sqlite3_bind_int64(s, 1, id);
	journal->changed = 1;
	return ph_sql_run(journal, s);
}

static int drop_sealed(struct ph_journal *journal, int64_t record)
{
	return drop(journal, PH_SQL_RECORD_DROP_SEALED, record);
}

static int replace_icc(struct ph_journal *journal, const struct ph_journal_pay_result *result)
{
	sqlite3_stmt *s = ph_sql(journal, PH_SQL_RECORD_ICC);

	sqlite3_bind_int64(s, 1, result->record);
	bind_blob(s, 2, result->icc, result->icc_len);
	journal->changed = 1;
	return ph_sql_run(journal, s);
}

int ph_records_drop_sealed(struct ph_journal *journal, int64_t payment)
{
	sqlite3_stmt *s = ph_sql(journal, PH_SQL_RECORDS_DROP_SEALED);

	sqlite3_bind_int64(s, 1, payment);
	journal->changed = 1;
	return ph_sql_run(journal, s);
}

int ph_records_give_up(struct ph_journal *journal, int64_t payment)
{
	sqlite3_stmt *s = ph_sql(journal, PH_SQL_RECORD_GIVE_UP);

	sqlite3_bind_int64(s, 1, payment);
	int r = ph_sql_run(journal, s);
	if (r < 0 || sqlite3_changes(journal->db) == 0)
		return r < 0 ? r : -ENOENT;
	journal->changed = 1;
	return 0;
}

static bool is_final(enum ph_record_state state)
{
	return state >= PH_RECORD_APPROVED;
}

static bool code_ok(const char *code, size_t max)
{
	return !code || ph_journal_text_ok(code, 0, max);
}

/* ---- D2, D4 ---- */

static int settle_record(struct ph_journal *journal, const struct ph_journal_pay_result *result)
{
	struct ph_record_row row;
	int r = find(journal, PH_SQL_RECORD_BY_ID, result->record, &row);

	if (r < 0)
		return r;
	if (row.payment != result->payment)
		return -ENOENT;
	if (is_final(row.state))
		return row.state == result->record_state ? 0 : -EALREADY;
	/* what was reserved is taken: its account is needed no more */
	if (row.kind == PH_RECORD_ADVICE && (result->record_state == PH_RECORD_APPROVED ||
						    result->record_state == PH_RECORD_PARTIAL)) {
		r = drop(journal, PH_SQL_RECORD_DROP_RESERVED, row.payment);
		if (r < 0)
			return r;
	}
	return move(journal, row.id,
		&(struct step){.state = result->record_state,
			.wall_us = result->request.wall_us,
			.response_code = result->response_code,
			.approval_code = result->approval_code});
}

static int result_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_pay_result *result = (struct ph_journal_pay_result *)request;
	enum ph_pay_state before;
	int r = ph_payment_state(journal, result->payment, &before);

	if (r == 0 && result->final && ph_pay_is_final(before) && before != result->state)
		r = -EALREADY;
	if (r == 0 && result->record)
		r = settle_record(journal, result);
	if (r == 0 && result->record && result->drop_sealed)
		r = drop_sealed(journal, result->record);
	if (r == 0 && result->record && result->icc_len)
		r = replace_icc(journal, result);
	if (r == 0 && result->voids)
		r = ph_payment_mark_void(journal, result->voids, request->wall_us);
	if (r < 0 || !result->final)
		return r;
	return ph_payment_end(journal, &(struct ph_payment_ending){.payment = result->payment,
					       .state = result->state,
					       .amount_approved = result->amount_approved,
					       .reason = result->reason,
					       .result = result->result,
					       .wall_us = request->wall_us});
}

static const struct ph_journal_kind result_kind = {.run = result_run};

static bool ending_ok(bool final, enum ph_pay_state state, const char *reason, const char *text)
{
	if (final && ((unsigned)state >= PH_PAY_STATE_COUNT_ || !ph_pay_is_final(state)))
		return false;
	return (!reason || ph_journal_text_ok(reason, 0, PH_PAYMENT_TEXT_MAX)) &&
	       (!text || ph_journal_text_ok(text, 0, PH_PAYMENT_RESULT_MAX));
}

int ph_journal_pay_result_submit(struct ph_journal *journal, struct ph_journal_pay_result *result)
{
	if (result->payment <= 0 || result->record < 0 ||
		!ending_ok(result->final, result->state, result->reason, result->result) ||
		!code_ok(result->response_code, 2) || !code_ok(result->approval_code, 6))
		return -EINVAL;
	if (result->record && (unsigned)result->record_state >= PH_RECORD_STATE_COUNT_)
		return -EINVAL;
	if (result->icc_len > PH_RECORD_ICC_MAX)
		return -EINVAL;
	if (result->amount_approved < 0 || result->amount_approved > PH_PAYMENT_AMOUNT_MAX)
		return -EINVAL;
	return ph_journal_submit(journal, &result->request, &result_kind);
}

/* ---- D3 ---- */

static int add_reversal(struct ph_journal *journal, struct ph_journal_reverse *reverse,
	const struct ph_record_row *parent)
{
	struct ph_record_row *row = &reverse->reversal;
	int r;

	*row = *parent;
	row->id = 0;
	row->parent = parent->id;
	row->kind = PH_RECORD_REVERSAL;
	row->state = PH_RECORD_QUEUED;
	row->repeat = false;
	row->attempts = 0;
	row->response_code[0] = row->note[0] = '\0';
	snprintf(row->reason, sizeof(row->reason), "%s", reverse->why);
	if (reverse->icc) {
		memcpy(row->icc, reverse->icc, reverse->icc_len);
		row->icc_len = reverse->icc_len;
	}
	/* field 37 stays that of the original, as hosts match by it */
	r = number_like(journal, &reverse->request, parent, row);
	memcpy(row->rrn, parent->rrn, sizeof(row->rrn));
	if (r == 0)
		r = insert(journal, row);
	return r < 0 ? r : find(journal, PH_SQL_RECORD_BY_ID, row->id, row);
}

static int abandon(struct ph_journal *journal, struct ph_journal_reverse *reverse)
{
	struct ph_record_row parent;
	int r = reverse->record
			? find(journal, PH_SQL_RECORD_BY_ID, reverse->record, &parent)
			: find(journal, PH_SQL_RECORD_OF_PAYMENT, reverse->payment, &parent);

	if (r < 0)
		return r;
	if (parent.payment != reverse->payment || parent.kind == PH_RECORD_REVERSAL)
		return -ENOENT;
	if (parent.state == PH_RECORD_DECLINED || parent.state == PH_RECORD_REFERRED ||
		parent.state == PH_RECORD_REJECTED) {
		reverse->duplicate = 1; /* the host has nothing to undo */
		return 0;
	}
	r = find(journal, PH_SQL_RECORD_REVERSAL, parent.id, &reverse->reversal);
	if (r != -ENOENT) {
		reverse->duplicate = r == 0;
		return r;
	}
	r = add_reversal(journal, reverse, &parent);
	if (r < 0)
		return r;
	return move(journal, parent.id,
		&(struct step){.state = PH_RECORD_ABANDONED, .wall_us = reverse->request.wall_us});
}

static int reverse_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_reverse *reverse = (struct ph_journal_reverse *)request;
	int64_t ends = reverse->voiding ? reverse->voiding : reverse->payment;
	enum ph_pay_state before;
	int r = ph_payment_state(journal, ends, &before);

	if (r == 0 && reverse->final && ph_pay_is_final(before) && before != reverse->state)
		r = -EALREADY;
	if (r == 0 && reverse->voiding)
		r = ph_payment_voidable(journal, reverse->payment);
	if (r == 0)
		r = abandon(journal, reverse);
	if (r == 0 && reverse->voiding)
		r = ph_payment_mark_void(journal, reverse->payment, request->wall_us);
	if (r < 0 || !reverse->final)
		return r;
	return ph_payment_end(journal, &(struct ph_payment_ending){.payment = ends,
					       .amount_approved = reverse->amount_approved,
					       .state = reverse->state,
					       .reason = reverse->reason,
					       .result = reverse->result,
					       .wall_us = request->wall_us});
}

static const struct ph_journal_kind reverse_kind = {.run = reverse_run};

int ph_journal_reverse_submit(struct ph_journal *journal, struct ph_journal_reverse *reverse)
{
	if (reverse->payment <= 0 || reverse->record < 0 || reverse->voiding < 0 ||
		reverse->amount_approved < 0 || reverse->amount_approved > PH_PAYMENT_AMOUNT_MAX ||
		!ph_journal_text_ok(reverse->why, 1, sizeof(reverse->reversal.reason) - 1) ||
		!ending_ok(reverse->final, reverse->state, reverse->reason, reverse->result) ||
		reverse->icc_len > sizeof(reverse->reversal.icc))
		return -EINVAL;
	reverse->duplicate = 0;
	reverse->reversal.id = 0;
	return ph_journal_submit(journal, &reverse->request, &reverse_kind);
}

/* ---- attempts ---- */

/* The host has a reversal: what it undid is undone, and nobody needs the account any more. */
static int undone(struct ph_journal *journal, const struct ph_record_row *row, uint64_t wall_us)
{
	int r = drop_sealed(journal, row->id);

	if (r == 0)
		r = drop_sealed(journal, row->parent);
	if (r < 0)
		return r;
	return move(journal, row->parent,
		&(struct step){.state = PH_RECORD_REVERSED, .wall_us = wall_us});
}

/* A reversal that was refused, once what was wrong is mended. */
static bool may_try_again(const struct ph_record_row *row, enum ph_record_state next)
{
	return row->kind == PH_RECORD_REVERSAL && row->state == PH_RECORD_REJECTED &&
	       next == PH_RECORD_QUEUED;
}

static int move_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_record_move *moving = (struct ph_journal_record_move *)request;
	struct ph_record_row *row = &moving->row;
	int r = find(journal, PH_SQL_RECORD_BY_ID, moving->record, row);

	if (r < 0)
		return r;
	if (is_final(row->state) && !may_try_again(row, moving->state))
		return row->state == moving->state ? 0 : -EALREADY;
	r = move(journal, row->id,
		&(struct step){.state = moving->state,
			.note = moving->note,
			.repeat = moving->repeat,
			.attempt = moving->state == PH_RECORD_SENDING,
			.next_us = moving->next_us,
			.wall_us = request->wall_us,
			.response_code = moving->response_code});
	if (r == 0 && row->kind == PH_RECORD_REVERSAL && moving->state == PH_RECORD_APPROVED)
		r = undone(journal, row, request->wall_us);
	return r < 0 ? r : find(journal, PH_SQL_RECORD_BY_ID, moving->record, row);
}

static const struct ph_journal_kind move_kind = {.run = move_run};

int ph_journal_record_move_submit(struct ph_journal *journal, struct ph_journal_record_move *moving)
{
	if (moving->record <= 0 || (unsigned)moving->state >= PH_RECORD_STATE_COUNT_ ||
		moving->next_us > INT64_MAX || !code_ok(moving->response_code, 2) ||
		!code_ok(moving->note, PH_RECORD_NOTE_MAX))
		return -EINVAL;
	return ph_journal_submit(journal, &moving->request, &move_kind);
}

int ph_records_load(struct ph_journal *journal,
	int (*each)(const struct ph_record_row *record, void *userdata), void *userdata)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = ph_sql(journal, PH_SQL_RECORD_OPEN);
	struct ph_record_row row;
	int r;

	while ((r = ph_sql_step(journal, s)) > 0) {
		read_row(s, &row);
		r = each(&row, userdata);
		if (r < 0)
			return r;
	}
	return r;
}
