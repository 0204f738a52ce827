// Requests about messages to the host: an intent before it leaves, its answer, its reversal, the attempts of that.
#include "daemon/journal/payments.h"

#include "base/cleanup.h"
#include "daemon/journal/damage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- D1 ---- */

static int add_request(struct ph_journal *journal, struct ph_journal_intent *intent)
{
	struct ph_record_row *row = &intent->record;
	int r = ph_record_find(journal, PH_SQL_RECORD_OF_PAYMENT, intent->payment, row);

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
	r = ph_record_number(journal, intent->terminal, intent->request.wall_us, row);
	if (r == 0)
		r = ph_record_insert(journal, row);
	/* the answer has what belongs to the payment, too */
	return r < 0 ? r : ph_record_find(journal, PH_SQL_RECORD_BY_ID, row->id, row);
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

static const struct ph_journal_kind intent_kind = {.run = intent_run, .is_new = 1, .point = 1};

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

static int add_advice(struct ph_journal *journal, struct ph_journal_advice *advice,
	const struct ph_record_row *reserved)
{
	struct ph_record_row *row = &advice->record;

	*row = ph_record_like(reserved);
	row->payment = advice->payment;
	row->asked = row->amount = 0; /* it has its own */
	row->sealed_payment = reserved->payment;
	row->kind = PH_RECORD_COMPLETION;
	row->state = PH_RECORD_QUEUED;
	int r = ph_record_number_like(journal, &advice->request, reserved, row);
	if (r == 0)
		r = ph_record_insert(journal, row);
	return r < 0 ? r : ph_record_find(journal, PH_SQL_RECORD_BY_ID, row->id, row);
}

static int advice_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_advice *advice = (struct ph_journal_advice *)request;
	struct ph_record_row reserved;
	enum ph_pay_state state;
	int r = ph_payment_state(journal, advice->payment, &state);

	if (r == 0 && ph_pay_is_final(state))
		r = -EALREADY;
	if (r == 0 &&
		ph_record_find(journal, PH_SQL_RECORD_OF_PAYMENT, advice->payment, &reserved) == 0)
		r = -EALREADY;
	if (r == 0)
		r = ph_record_find(journal, PH_SQL_RECORD_OF_PAYMENT, advice->original, &reserved);
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

static const struct ph_journal_kind advice_kind = {.run = advice_run, .is_new = 1, .point = 1};

int ph_journal_advice_submit(struct ph_journal *journal, struct ph_journal_advice *advice)
{
	if (advice->payment <= 0 || advice->original <= 0 || advice->payment == advice->original)
		return -EINVAL;
	return ph_journal_submit(journal, &advice->request, &advice_kind);
}

/* ---- states of a record ---- */

static int replace_icc(struct ph_journal *journal, const struct ph_journal_pay_result *result)
{
	sqlite3_stmt *s = ph_sql(journal, PH_SQL_RECORD_ICC);

	sqlite3_bind_int64(s, 1, result->record);
	ph_record_bind_blob(s, 2, result->icc, result->icc_len);
	journal->changed = 1;
	return ph_sql_run(journal, s);
}

int ph_records_resolve(struct ph_journal *journal, int64_t payment)
{
	sqlite3_stmt *s = ph_sql(journal, PH_SQL_RECORDS_RESOLVE);

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

static bool code_ok(const char *code, size_t max)
{
	return !code || ph_journal_text_ok(code, 0, max);
}

/* ---- D2, D4 ---- */

static int settle_record(struct ph_journal *journal, const struct ph_journal_pay_result *result)
{
	struct ph_record_row row;
	int r = ph_record_find(journal, PH_SQL_RECORD_BY_ID, result->record, &row);

	if (r < 0)
		return r;
	if (row.payment != result->payment)
		return -ENOENT;
	r = ph_record_may(&row, result->record_state);
	if (r < 0 || (ph_record_is_final(row.state) && row.state == result->record_state))
		return r;
	/* what was reserved is taken: its account is needed no more */
	if (row.kind == PH_RECORD_COMPLETION &&
		(result->record_state == PH_RECORD_APPROVED ||
			result->record_state == PH_RECORD_PARTIAL)) {
		r = ph_record_drop(journal, PH_SQL_RECORD_DROP_RESERVED, row.payment);
		if (r < 0)
			return r;
	}
	return ph_record_move(journal, row.id,
		&(struct ph_record_step){.state = result->record_state,
			.not_now = result->not_now,
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
		r = ph_record_drop_sealed(journal, result->record);
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

/* An answer of the host; or, where no message was needed, what card or terminal have approved. */
static unsigned result_point(const struct ph_journal_request *request)
{
	const struct ph_journal_pay_result *result = (const struct ph_journal_pay_result *)request;

	return !result->record && result->state == PH_PAY_APPROVED_OFFLINE ? 4 : 2;
}

static const struct ph_journal_kind result_kind = {.run = result_run, .point_of = result_point};

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

int ph_record_undo(struct ph_journal *journal, const struct ph_record_undo *undo,
	const struct ph_record_row *parent, struct ph_record_row *ret_reversal)
{
	struct ph_record_row *row = ret_reversal;
	int r;

	*row = ph_record_like(parent);
	row->parent = parent->id;
	row->kind = PH_RECORD_REVERSAL;
	row->state = PH_RECORD_QUEUED;
	snprintf(row->reason, sizeof(row->reason), "%s", undo->why);
	if (undo->icc) {
		memcpy(row->icc, undo->icc, undo->icc_len);
		row->icc_len = undo->icc_len;
	}
	/* field 37 stays that of the original, as hosts match by it */
	r = ph_record_number_like(journal, undo->request, parent, row);
	memcpy(row->rrn, parent->rrn, sizeof(row->rrn));
	if (r == 0)
		r = ph_record_insert(journal, row);
	if (r == 0)
		r = ph_record_move(journal, parent->id,
			&(struct ph_record_step){
				.state = PH_RECORD_ABANDONED, .wall_us = undo->request->wall_us});
	return r < 0 ? r : ph_record_find(journal, PH_SQL_RECORD_BY_ID, row->id, row);
}

static int abandon(struct ph_journal *journal, struct ph_journal_reverse *reverse)
{
	struct ph_record_row parent;
	int r = reverse->record
			? ph_record_find(journal, PH_SQL_RECORD_BY_ID, reverse->record, &parent)
			: ph_record_find(
				  journal, PH_SQL_RECORD_OF_PAYMENT, reverse->payment, &parent);

	if (r < 0)
		return r;
	if (parent.payment != reverse->payment || parent.kind == PH_RECORD_REVERSAL)
		return -ENOENT;
	if (parent.state == PH_RECORD_DECLINED || parent.state == PH_RECORD_REFERRED ||
		parent.state == PH_RECORD_REJECTED) {
		reverse->duplicate = 1; /* the host has nothing to undo */
		return 0;
	}
	r = ph_record_find(journal, PH_SQL_RECORD_REVERSAL, parent.id, &reverse->reversal);
	if (r != -ENOENT) {
		reverse->duplicate = r == 0;
		return r;
	}
	if (parent.state == PH_RECORD_ABANDONED) {
		reverse->duplicate = 1; /* given up without one: it was never sent */
		return 0;
	}
	r = ph_record_may(&parent, PH_RECORD_ABANDONED);
	if (r < 0)
		return parent.state == PH_RECORD_SETTLED ? -EEXIST : -ENOENT;
	return ph_record_undo(journal,
		&(struct ph_record_undo){.request = &reverse->request,
			.why = reverse->why,
			.icc = reverse->icc,
			.icc_len = reverse->icc_len},
		&parent, &reverse->reversal);
}

static int reverse_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_reverse *reverse = (struct ph_journal_reverse *)request;
	int64_t ends = reverse->voiding ? reverse->voiding : reverse->payment;
	enum ph_pay_state before;
	int r = ph_payment_state(journal, ends, &before);

	if (r == 0 && reverse->final && ph_pay_is_final(before) && before != reverse->state)
		r = -EALREADY;
	/* the same once more is no second void */
	if (r == 0 && reverse->voiding && !ph_pay_is_final(before))
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

static const struct ph_journal_kind reverse_kind = {.run = reverse_run, .point = 3};

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
	int r = ph_record_drop_sealed(journal, row->id);

	if (r == 0)
		r = ph_record_drop_sealed(journal, row->parent);
	if (r < 0)
		return r;
	return ph_record_move(journal, row->parent,
		&(struct ph_record_step){.state = PH_RECORD_REVERSED, .wall_us = wall_us});
}

static int move_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_record_move *moving = (struct ph_journal_record_move *)request;
	struct ph_record_row *row = &moving->row;
	int r = ph_record_find(journal, PH_SQL_RECORD_BY_ID, moving->record, row);

	if (r < 0)
		return r;
	r = ph_record_may(row, moving->state);
	if (r < 0 || (ph_record_is_final(row->state) && row->state == moving->state))
		return r;
	/* a reversal that somebody has undone by hand is over, too */
	if (row->state == PH_RECORD_REJECTED && (row->kind != PH_RECORD_REVERSAL || row->work == 2))
		return -EALREADY;
	r = ph_record_move(journal, row->id,
		&(struct ph_record_step){.state = moving->state,
			.note = moving->note,
			.repeat = moving->repeat,
			.attempt = moving->state == PH_RECORD_SENDING,
			.next_us = moving->next_us,
			.wall_us = request->wall_us,
			.response_code = moving->response_code});
	if (r == 0 && row->kind == PH_RECORD_REVERSAL && moving->state == PH_RECORD_APPROVED)
		r = undone(journal, row, request->wall_us);
	return r < 0 ? r : ph_record_find(journal, PH_SQL_RECORD_BY_ID, moving->record, row);
}

static unsigned move_point(const struct ph_journal_request *request)
{
	const struct ph_journal_record_move *moving =
		(const struct ph_journal_record_move *)request;

	return moving->state == PH_RECORD_SENDING ? 7 : 8;
}

static const struct ph_journal_kind move_kind = {.run = move_run, .point_of = move_point};

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
	PH_CLEANUP_FREE int64_t *ids = NULL;
	struct ph_record_row row;
	size_t count = 0;
	int r = ph_damage_ids(journal, ph_sql(journal, PH_SQL_RECORD_OPEN), &ids, &count), one;

	for (size_t i = 0; i < count && (r == 0 || r == -EBADMSG); i++) {
		journal->failure = 0;
		one = ph_record_find(journal, PH_SQL_RECORD_BY_ID, ids[i], &row);
		if (one == 0)
			one = each(&row, userdata);
		r = one < 0 ? one : r;
	}
	return r;
}
