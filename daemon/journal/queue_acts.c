// What a person does with what stands without the host: hold, release, hurry, try again, see to (D5), and void (D6).
#include "daemon/journal/queue.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- acts ---- */

/* Changes the row's hold, work and amounts, and moves it to a state; next_us is the row's. */
static int put(struct ph_journal *journal, struct ph_record_row *row, enum ph_record_state state,
	uint64_t wall_us)
{
	int r = ph_record_mark(journal, row);

	return r < 0 ? r
		     : ph_record_move(journal, row->id,
			       &(struct ph_record_step){.state = state,
				       .next_us = row->next_us,
				       .wall_us = wall_us});
}

static int seen(int work)
{
	return work ? 2 : 0;
}

static bool is_restored(const struct ph_record_row *row)
{
	return row->state == PH_RECORD_HELD && !strcmp(row->hold_reason, PH_HELD_RESTORED);
}

static int hold(struct ph_journal *journal, struct ph_journal_queue_act *act)
{
	struct ph_record_row *row = &act->row;

	if (ph_record_may(row, PH_RECORD_HELD) < 0)
		return -EPERM;
	/* what a backup has left goes as new when it is released, whoever has held it meanwhile */
	if (!is_restored(row))
		snprintf(row->hold_reason, sizeof(row->hold_reason), "%s", act->reason);
	row->release_us = row->next_us = 0;
	return put(journal, row, PH_RECORD_HELD, act->request.wall_us);
}

/* With a tip, or without: what the payment has taken is what will be sent. */
static int change_amount(struct ph_journal *journal, struct ph_journal_queue_act *act)
{
	sqlite3_stmt *s = ph_sql(journal, PH_SQL_PAYMENT_AMOUNT);

	sqlite3_bind_int64(s, 1, act->row.payment);
	sqlite3_bind_int64(s, 2, act->amount);
	sqlite3_bind_int64(s, 3, (sqlite3_int64)act->request.wall_us);
	int r = ph_sql_run(journal, s);
	if (r == 0)
		r = ph_velocity_move(journal, &act->row, act->row.accepted_us, act->amount);
	act->row.amount = act->amount;
	return r;
}

/* What stands already goes as it is, or for less, also where it is more than may be by now. */
static int check_tip(struct ph_journal *journal, struct ph_journal_queue_act *act)
{
	const struct ph_more more = {
		.row = &act->row, .amount = act->amount, .believed_us = act->request.believed_us};

	if (act->amount <= act->row.amount)
		return 0;
	return ph_limits_allow(journal, &act->limits, &act->exposure, &more, &act->limit);
}

/* Somebody has asked the acquirer: the host never had it. */
static int go_as_new(struct ph_journal *journal, struct ph_record_row *row)
{
	sqlite3_stmt *s = ph_sql(journal, PH_SQL_RECORD_AS_NEW);

	sqlite3_bind_int64(s, 1, row->id);
	row->repeat = false;
	return ph_sql_run(journal, s);
}

static int release(struct ph_journal *journal, struct ph_journal_queue_act *act)
{
	struct ph_record_row *row = &act->row;
	struct ph_payment_facts facts;
	int r = ph_payment_facts(journal, row->payment, &facts);

	if (r < 0)
		return r;
	if (row->state != PH_RECORD_HELD)
		return -EPERM;
	if (act->amount && (row->kind != PH_RECORD_SALE_DEFERRED || row->attempts || row->repeat ||
				   row->supersedes || act->amount < facts.refunded))
		return -EPERM;
	r = check_tip(journal, act);
	if (r < 0)
		return r;
	if (act->amount)
		r = change_amount(journal, act);
	if (r == 0 && is_restored(row))
		r = go_as_new(journal, row);
	row->hold_reason[0] = '\0';
	row->release_us = row->next_us = 0;
	row->work = seen(row->work);
	return r < 0 ? r : put(journal, row, PH_RECORD_QUEUED, act->request.wall_us);
}

static int hurry(struct ph_journal *journal, struct ph_journal_queue_act *act)
{
	struct ph_record_row *row = &act->row;

	if (row->state != PH_RECORD_RETRY_WAIT && row->state != PH_RECORD_UNSURE &&
		row->state != PH_RECORD_STORED && row->state != PH_RECORD_QUEUED)
		return -EPERM;
	row->next_us = 0;
	return put(journal, row, row->state, act->request.wall_us);
}

static int times_again(struct ph_journal *journal, int64_t payment, uint32_t *ret_times)
{
	sqlite3_stmt *s = ph_sql(journal, PH_SQL_RECORD_TIMES_AGAIN);

	sqlite3_bind_int64(s, 1, payment);
	int r = ph_sql_step(journal, s);
	*ret_times = r > 0 ? (uint32_t)sqlite3_column_int64(s, 0) : 0;
	sqlite3_reset(s);
	return r < 0 ? r : 0;
}

/* It is at stake from now on, like one that is accepted now. */
static int check_again(struct ph_journal *journal, struct ph_journal_queue_act *act)
{
	const struct ph_more more = {.row = &act->row,
		.amount = act->row.amount,
		.again = true,
		.believed_us = act->request.believed_us};
	uint32_t times = 0;
	int r;

	if (!act->row.sealed_len || !ph_record_may_come_again(act->row.state))
		return -EPERM;
	r = times_again(journal, act->row.payment, &times);
	if (r < 0 || times >= act->max_again)
		return r < 0 ? r : -EDQUOT;
	return ph_limits_allow(journal, &act->limits, &act->exposure, &more, &act->limit);
}

static int again(struct ph_journal *journal, struct ph_journal_queue_act *act)
{
	struct ph_record_row old = act->row;
	uint64_t wall_us = act->request.wall_us;
	int r = check_again(journal, act);

	if (r == 0 && ph_queue_gave_nothing(old.kind, old.state))
		r = ph_payment_claim_again(journal, old.payment);
	if (r < 0)
		return r;
	r = ph_record_succeed(journal, &act->request, &old,
		&(struct ph_succession){.accepted_us = wall_us}, &act->row);
	if (r == 0)
		r = ph_velocity_move(journal, &old, wall_us, old.amount);
	if (r < 0)
		return r;
	old.work = seen(old.work);
	return ph_record_mark(journal, &old);
}

/* A part that was taken can be void until the day is closed: it keeps its account. */
static int see(struct ph_journal *journal, struct ph_journal_queue_act *act)
{
	struct ph_record_row *row = &act->row;

	if (row->work != 1 || !ph_record_is_final(row->state))
		return -EPERM;
	row->work = 2;
	int r = ph_record_mark(journal, row);
	return r < 0 || row->state == PH_RECORD_PARTIAL ? r
							: ph_record_drop_sealed(journal, row->id);
}

static int do_act(struct ph_journal *journal, struct ph_journal_queue_act *act)
{
	switch (act->act) {
	case PH_QUEUE_HOLD:
		return hold(journal, act);
	case PH_QUEUE_RELEASE:
		return release(journal, act);
	case PH_QUEUE_NOW:
		return hurry(journal, act);
	case PH_QUEUE_AGAIN:
		return again(journal, act);
	case PH_QUEUE_SEEN:
		return see(journal, act);
	case PH_QUEUE_ACT_COUNT_:
		break;
	}
	return -EINVAL;
}

static int act_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_queue_act *act = (struct ph_journal_queue_act *)request;
	int r = ph_record_find(journal, PH_SQL_RECORD_OF_FAMILY, act->payment, &act->row);

	if (r == 0)
		r = ph_exposure_of(journal, &act->row, &act->exposure);
	if (r < 0)
		return r;
	if (act->row.state == PH_RECORD_SENDING)
		return -EBUSY;
	if (ph_record_is_exported(&act->row))
		return -EPERM;
	r = do_act(journal, act);
	if (r == 0)
		r = ph_record_find(journal, PH_SQL_RECORD_BY_ID, act->row.id, &act->row);
	return r < 0 ? r : ph_exposure_of(journal, &act->row, &act->exposure);
}

static const struct ph_journal_kind act_kind = {.run = act_run, .is_new = 1, .point = 5};

int ph_journal_queue_act_submit(struct ph_journal *journal, struct ph_journal_queue_act *act)
{
	if (act->payment <= 0 || (unsigned)act->act >= PH_QUEUE_ACT_COUNT_ || act->amount < 0 ||
		act->amount > PH_PAYMENT_AMOUNT_MAX || act->limits.max_total < 0 ||
		act->limits.card_total < 0 || act->limits.card_window_s > PH_VELOCITY_KEEP_S ||
		(act->amount && act->act != PH_QUEUE_RELEASE))
		return -EINVAL;
	/* two words are not a person's: that another machine sends it, and that a release sends it as new */
	if (act->act == PH_QUEUE_HOLD && (!ph_journal_text_ok(act->reason, 1, PH_HOLD_REASON_MAX) ||
						 strcmp(act->reason, PH_HELD_EXPORTED) == 0 ||
						 strcmp(act->reason, PH_HELD_RESTORED) == 0))
		return -EINVAL;
	act->limit = NULL;
	act->row.id = 0;
	act->exposure = (struct ph_exposure){.family = PH_FAMILY_NONE};
	return ph_journal_submit(journal, &act->request, &act_kind);
}

/* ---- D6 ---- */

/* The host cannot have it, and has said nothing about it. */
static bool never_sent(const struct ph_record_row *row)
{
	if (row->repeat || !ph_record_may_become(row->state, PH_RECORD_VOIDED))
		return false;
	return !row->response_code[0] || row->state == PH_RECORD_EXPIRED;
}

static int void_unsent(struct ph_journal *journal, struct ph_journal_void_stored *voided)
{
	struct ph_record_row *row = &voided->row;

	voided->unsent = true;
	row->hold_reason[0] = '\0';
	row->release_us = row->next_us = 0;
	row->work = seen(row->work);
	int r = put(journal, row, PH_RECORD_VOIDED, voided->request.wall_us);
	if (r == 0)
		r = ph_record_drop_sealed(journal, row->id);
	return r < 0 ? r : ph_velocity_drop(journal, row);
}

/* What the host has not approved it may not have had at all: then there is nothing to undo, and that is all right. */
static int void_sent(struct ph_journal *journal, struct ph_journal_void_stored *voided)
{
	struct ph_record_row row = voided->row;
	bool approved = row.state == PH_RECORD_APPROVED || row.state == PH_RECORD_PARTIAL;
	struct ph_record_undo undo = {
		.request = &voided->request, .why = approved ? "cancelled" : "timeout"};
	int r = ph_record_undo(journal, &undo, &row, &voided->reversal);

	if (r < 0)
		return r;
	row.hold_reason[0] = '\0';
	row.release_us = 0;
	row.work = seen(row.work);
	return ph_record_mark(journal, &row);
}

/* 0, or why it cannot be void. */
static int can_be_void(struct ph_journal *journal, struct ph_journal_void_stored *voided)
{
	enum ph_pay_state state;
	int r = ph_payment_state(journal, voided->voiding, &state);

	if (r == 0 && ph_pay_is_final(state))
		r = -EALREADY;
	if (r == 0)
		r = ph_record_find(journal, PH_SQL_RECORD_OF_FAMILY, voided->payment, &voided->row);
	if (r == 0)
		r = ph_payment_voidable(journal, voided->payment);
	if (r < 0)
		return r;
	if (voided->row.state == PH_RECORD_SENDING)
		return -EBUSY;
	if (ph_record_is_handed_over(&voided->row))
		return -EXDEV;
	if (voided->row.state == PH_RECORD_VOIDED || voided->row.state == PH_RECORD_ABANDONED ||
		voided->row.state == PH_RECORD_REVERSED)
		return -EEXIST;
	if (ph_record_is_exported(&voided->row))
		return -EXDEV;
	if (never_sent(&voided->row))
		return 0;
	/* a reversal needs the account */
	return ph_record_may(&voided->row, PH_RECORD_ABANDONED) < 0 || !voided->row.sealed_len
		       ? -ENOENT
		       : 0;
}

static int void_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_void_stored *voided = (struct ph_journal_void_stored *)request;
	struct ph_payment_facts facts;
	int r = can_be_void(journal, voided);

	if (r == 0)
		r = ph_payment_facts(journal, voided->voiding, &facts);
	if (r < 0)
		return r;
	r = never_sent(&voided->row) ? void_unsent(journal, voided) : void_sent(journal, voided);
	if (r == 0)
		r = ph_payment_mark_void(journal, voided->payment, request->wall_us);
	if (r == 0)
		r = ph_payment_end(journal, &(struct ph_payment_ending){.payment = voided->voiding,
						    .state = PH_PAY_APPROVED,
						    .amount_approved = facts.amount,
						    .result = voided->result,
						    .wall_us = request->wall_us});
	if (r == 0)
		r = ph_record_find(journal, PH_SQL_RECORD_BY_ID, voided->row.id, &voided->row);
	return r < 0 ? r : ph_exposure_of(journal, &voided->row, &voided->exposure);
}

static const struct ph_journal_kind void_kind = {.run = void_run, .is_new = 1, .point = 6};

int ph_journal_void_stored_submit(struct ph_journal *journal, struct ph_journal_void_stored *voided)
{
	if (voided->payment <= 0 || voided->voiding <= 0 || voided->payment == voided->voiding ||
		!ph_queue_text_ok(voided->result, PH_PAYMENT_RESULT_MAX))
		return -EINVAL;
	voided->unsent = false;
	voided->row.id = voided->reversal.id = 0;
	voided->exposure = (struct ph_exposure){.family = PH_FAMILY_NONE};
	return ph_journal_submit(journal, &voided->request, &void_kind);
}
