// What is due is taken (D7), and what became of it (D8); a deferred request without an answer is undone and comes again as another.
#include "daemon/journal/queue.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TURN_REVERSALS 1 /* generated column `turn`: and completions */
#define TURN_ALL       3

/* ---- D7 ---- */

/* Ids of a statement's rows, at most one more than can be taken at once. */
struct ids {
	int64_t id[PH_QUEUE_TAKE_MAX + 1];
	uint32_t count;
};

static int collect(struct ph_journal *journal, sqlite3_stmt *statement, struct ids *ret_ids)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = statement;
	int r;

	ret_ids->count = 0;
	while ((r = ph_sql_step(journal, s)) > 0 && ret_ids->count <= PH_QUEUE_TAKE_MAX)
		ret_ids->id[ret_ids->count++] = sqlite3_column_int64(s, 0);
	return r < 0 ? r : 0;
}

static int rows_new(struct ph_journal *journal, uint32_t count, struct ph_record_row **ret_rows)
{
	struct ph_record_row *rows = count ? calloc(count, sizeof(*rows)) : NULL;

	if (count && !rows)
		return journal->failure = -ENOMEM;
	*ret_rows = rows;
	return 0;
}

static uint32_t at_most(uint32_t count)
{
	return count < PH_QUEUE_TAKE_MAX ? count : PH_QUEUE_TAKE_MAX;
}

/* When nothing can end that this clock has seen begin; `max_us` 0: it is not looked at. */
static sqlite3_int64 longest(uint64_t now_us, uint64_t max_us)
{
	return !max_us || max_us > INT64_MAX - now_us ? INT64_MAX
						      : (sqlite3_int64)(now_us + max_us);
}

/* It may be that it can be read, and an index cannot that it has to be moved in. */
static int blame(struct ph_journal *journal, int64_t id, int r)
{
	if (r == -EBADMSG)
		journal->blamed = id;
	return r;
}

/* One that is too old: it stays, for somebody to look. */
static int expire_one(
	struct ph_journal *journal, int64_t id, uint64_t wall_us, struct ph_record_row *ret_row)
{
	int r = ph_record_find(journal, PH_SQL_RECORD_BY_ID, id, ret_row);

	if (r < 0)
		return r;
	ret_row->work = 1;
	ret_row->hold_reason[0] = '\0';
	ret_row->release_us = 0;
	r = ph_record_mark(journal, ret_row);
	if (r == 0)
		r = ph_record_move(journal, id,
			&(struct ph_record_step){.state = PH_RECORD_EXPIRED, .wall_us = wall_us});
	return r < 0 ? r : ph_record_find(journal, PH_SQL_RECORD_BY_ID, id, ret_row);
}

static int expire(struct ph_journal *journal, struct ph_journal_take *take)
{
	sqlite3_stmt *s = ph_sql(journal, PH_SQL_TAKE_EXPIRED);
	struct ids ids;

	if (!take->limits.expire_before_us)
		return 0;
	sqlite3_bind_int64(s, 1, (sqlite3_int64)take->limits.expire_before_us);
	sqlite3_bind_int64(s, 2, PH_QUEUE_TAKE_MAX + 1);
	int r = collect(journal, s, &ids);
	if (r == 0)
		r = rows_new(journal, at_most(ids.count), &take->expired);
	for (uint32_t i = 0; i < at_most(ids.count) && r == 0; i++) {
		r = blame(journal, ids.id[i],
			expire_one(journal, ids.id[i], take->request.wall_us, &take->expired[i]));
		take->expired_count += r == 0;
	}
	take->again |= ids.count > PH_QUEUE_TAKE_MAX;
	return r;
}

static int release_one(struct ph_journal *journal, int64_t id, uint64_t wall_us)
{
	struct ph_record_row row;
	int r = ph_record_find(journal, PH_SQL_RECORD_BY_ID, id, &row);

	if (r < 0)
		return r;
	row.hold_reason[0] = '\0';
	row.release_us = 0;
	r = ph_record_mark(journal, &row);
	return r < 0 ? r
		     : ph_record_move(journal, id,
			       &(struct ph_record_step){
				       .state = PH_RECORD_QUEUED, .wall_us = wall_us});
}

/* Whose time has come. */
static int release(struct ph_journal *journal, struct ph_journal_take *take)
{
	sqlite3_stmt *s = ph_sql(journal, PH_SQL_TAKE_HELD);
	struct ids ids;

	sqlite3_bind_int64(s, 1, (sqlite3_int64)take->limits.now_us);
	sqlite3_bind_int64(s, 2, PH_QUEUE_TAKE_MAX + 1);
	sqlite3_bind_int64(s, 3, longest(take->limits.now_us, take->limits.hold_max_us));
	int r = collect(journal, s, &ids);
	for (uint32_t i = 0; i < at_most(ids.count) && r == 0; i++)
		r = blame(
			journal, ids.id[i], release_one(journal, ids.id[i], take->request.wall_us));
	take->again |= ids.count > PH_QUEUE_TAKE_MAX;
	return r;
}

/* Stored, so that it is once: what is refused again waits again. */
static int hurry(struct ph_journal *journal, const struct ph_journal_take *take)
{
	if (!take->limits.now)
		return 0;
	int r = ph_sql_exec(journal, PH_SQL_TAKE_HURRY);
	if (r == 0 && sqlite3_changes(journal->db))
		journal->changed = 1;
	return r;
}

static int take_one(
	struct ph_journal *journal, int64_t id, uint64_t wall_us, struct ph_record_row *ret_row)
{
	int r = ph_record_move(journal, id,
		&(struct ph_record_step){
			.state = PH_RECORD_SENDING, .attempt = true, .wall_us = wall_us});
	uint32_t undone;

	if (r == 0)
		r = ph_record_find(journal, PH_SQL_RECORD_BY_ID, id, ret_row);
	if (r < 0 || !ret_row->supersedes)
		return blame(journal, id, r);
	return ph_record_before(journal, ret_row, &ret_row->before, &undone);
}

static int last_turn(const struct ph_journal_take *take)
{
	return take->limits.reversals_only ? TURN_REVERSALS : TURN_ALL;
}

/* One more than is taken is looked at: then the next is due now, and nothing has to be searched. */
static int take_due(struct ph_journal *journal, struct ph_journal_take *take, bool *ret_more)
{
	sqlite3_stmt *s = ph_sql(journal, PH_SQL_TAKE_DUE);
	struct ids ids;

	sqlite3_bind_int(s, 1, last_turn(take));
	sqlite3_bind_int64(s, 2, (sqlite3_int64)take->limits.now_us);
	sqlite3_bind_int64(s, 3, (sqlite3_int64)take->max + 1);
	sqlite3_bind_int64(s, 4, longest(take->limits.now_us, take->limits.pause_max_us));
	int r = collect(journal, s, &ids);
	uint32_t count = ids.count < take->max ? ids.count : take->max;

	if (r == 0)
		r = rows_new(journal, count, &take->rows);
	for (uint32_t i = 0; i < count && r == 0; i++) {
		r = take_one(journal, ids.id[i], take->request.wall_us, &take->rows[i]);
		take->count += r == 0;
	}
	*ret_more = r == 0 && ids.count > take->max;
	return r;
}

/* The number in a statement's only row; 0 where it has none. */
static int number_of(
	struct ph_journal *journal, sqlite3_stmt *statement, bool *ret_there, uint64_t *ret_number)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = statement;
	int r = ph_sql_step(journal, s);

	if (r < 0)
		return r;
	*ret_there = r > 0 && sqlite3_column_type(s, 0) != SQLITE_NULL;
	*ret_number = *ret_there ? (uint64_t)sqlite3_column_int64(s, 0) : 0;
	return 0;
}

static void earlier(uint64_t *next_us, uint64_t at_us)
{
	uint64_t at = at_us ? at_us : 1;

	if (!*next_us || at < *next_us)
		*next_us = at;
}

/* When there is something to do again. */
static int look_ahead(struct ph_journal *journal, struct ph_journal_take *take, bool more)
{
	const struct ph_take_limits *limits = &take->limits;
	uint64_t number;
	bool there;
	int r = 0;

	if (more || take->again) {
		take->next_us = limits->now_us;
		return 0;
	}
	sqlite3_stmt *s = ph_sql(journal, PH_SQL_TAKE_NEXT);
	sqlite3_bind_int(s, 1, last_turn(take));
	r = number_of(journal, s, &there, &number);
	if (r == 0 && there)
		earlier(&take->next_us, number);
	if (r < 0 || !limits->expire_before_us)
		return r;
	r = number_of(journal, ph_sql(journal, PH_SQL_TAKE_OLDEST), &there, &number);
	if (r == 0 && there)
		earlier(&take->next_us, number + (limits->now_us - limits->expire_before_us) + 1);
	return r;
}

static int take_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_take *take = (struct ph_journal_take *)request;
	bool more = false, there;
	uint64_t waiting = 0;
	int r;

	ph_journal_take_clear(take);
	take->again = false;
	take->next_us = 0;
	r = expire(journal, take);
	if (r == 0)
		r = release(journal, take);
	if (r == 0)
		r = hurry(journal, take);
	if (r == 0)
		r = take_due(journal, take, &more);
	if (r == 0)
		r = look_ahead(journal, take, more);
	if (r == 0)
		r = number_of(journal, ph_sql(journal, PH_SQL_TAKE_WAITING), &there, &waiting);
	take->waiting = (uint32_t)waiting;
	return r;
}

static const struct ph_journal_kind take_kind = {
	.run = take_run, .is_new = 1, .twice = 1, .point = 7};

int ph_journal_take_submit(struct ph_journal *journal, struct ph_journal_take *take)
{
	const struct ph_take_limits *limits = &take->limits;

	if (take->max > PH_QUEUE_TAKE_MAX || limits->now_us > INT64_MAX ||
		limits->expire_before_us > limits->now_us)
		return -EINVAL;
	take->rows = take->expired = NULL;
	take->count = take->expired_count = take->waiting = 0;
	take->again = false;
	take->next_us = 0;
	return ph_journal_submit(journal, &take->request, &take_kind);
}

void ph_journal_take_clear(struct ph_journal_take *take)
{
	free(take->rows);
	free(take->expired);
	take->rows = take->expired = NULL;
	take->count = take->expired_count = 0;
}

/* ---- D8 ---- */

/* Those that are not approved whole become work for somebody. */
static bool makes_work(enum ph_record_state state)
{
	return state == PH_RECORD_PARTIAL || state == PH_RECORD_DECLINED ||
	       state == PH_RECORD_REFERRED || state == PH_RECORD_REJECTED ||
	       state == PH_RECORD_HELD;
}

/* Of one that is decided an earlier failure is not told any more. */
static const char *note_of(const struct ph_journal_forwarded *answer)
{
	bool decided = ph_record_is_final(answer->state) || answer->state == PH_RECORD_HELD;

	return !answer->note && decided ? "" : answer->note;
}

static int store_answer(struct ph_journal *journal, const struct ph_journal_forwarded *answer,
	struct ph_record_row *row)
{
	bool held = answer->state == PH_RECORD_HELD;

	row->work = makes_work(answer->state);
	row->amount_host = answer->state == PH_RECORD_PARTIAL ? answer->amount_host : 0;
	snprintf(row->hold_reason, sizeof(row->hold_reason), "%s", held ? answer->hold_reason : "");
	row->release_us = 0;
	int r = ph_record_mark(journal, row);
	if (r == 0 && answer->state == PH_RECORD_DECLINED && !answer->present_again)
		r = ph_record_drop_sealed(journal, row->id);
	if (r < 0)
		return r;
	return ph_record_move(journal, row->id,
		&(struct ph_record_step){.state = answer->state,
			.repeat = answer->repeat,
			.next_us = answer->next_us,
			.wall_us = answer->request.wall_us,
			.response_code = answer->response_code,
			.approval_code = answer->approval_code,
			.note = note_of(answer)});
}

static int forwarded_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_forwarded *answer = (struct ph_journal_forwarded *)request;
	struct ph_record_row *row = &answer->row;
	int r = ph_record_find(journal, PH_SQL_RECORD_BY_ID, answer->record, row);

	if (r == 0 && ph_record_family(row->kind) == PH_FAMILY_NONE)
		r = -ENOENT;
	if (r == 0)
		r = ph_exposure_of(journal, row, &answer->exposure);
	if (r < 0)
		return r;
	if (ph_record_is_final(row->state))
		return row->state == answer->state ? 0 : -EALREADY;
	if (row->state != PH_RECORD_SENDING || answer->amount_host > row->amount)
		return -EPERM;
	if (answer->state == PH_RECORD_UNSURE && ph_record_family(row->kind) != PH_FAMILY_ADVICE)
		return -EPERM;
	r = store_answer(journal, answer, row);
	/* nothing was given back; what is too old is void, or comes again, with what it has claimed */
	if (r == 0 && ph_queue_gave_nothing(row->kind, answer->state))
		r = ph_payment_unclaim(journal, row->payment);
	else if (r == 0 && row->kind == PH_RECORD_REFUND_DEFERRED &&
		 answer->state == PH_RECORD_PARTIAL)
		r = ph_payment_unclaim_part(
			journal, row->payment, row->amount - answer->amount_host);
	if (r == 0)
		r = ph_record_find(journal, PH_SQL_RECORD_BY_ID, answer->record, row);
	return r < 0 ? r : ph_exposure_of(journal, row, &answer->exposure);
}

static const struct ph_journal_kind forwarded_kind = {.run = forwarded_run, .point = 8};

static bool answer_ok(const struct ph_journal_forwarded *answer)
{
	if (!ph_record_may_become(PH_RECORD_SENDING, answer->state))
		return false;
	switch (answer->state) {
	case PH_RECORD_PARTIAL:
		return answer->amount_host > 0 && answer->amount_host <= PH_PAYMENT_AMOUNT_MAX;
	case PH_RECORD_HELD:
		return answer->hold_reason && answer->hold_reason[0] && !answer->next_us;
	case PH_RECORD_SENDING:
	case PH_RECORD_ABANDONED:
		return false;
	case PH_RECORD_INTENT:
	case PH_RECORD_STORED:
	case PH_RECORD_QUEUED:
	case PH_RECORD_RETRY_WAIT:
	case PH_RECORD_UNSURE:
	case PH_RECORD_APPROVED:
	case PH_RECORD_DECLINED:
	case PH_RECORD_REFERRED:
	case PH_RECORD_REJECTED:
	case PH_RECORD_REVERSED:
	case PH_RECORD_VOIDED:
	case PH_RECORD_EXPIRED:
	case PH_RECORD_SETTLED:
	case PH_RECORD_REFUSED:
	case PH_RECORD_STATE_COUNT_:
		break;
	}
	return !answer->amount_host;
}

int ph_journal_forwarded_submit(struct ph_journal *journal, struct ph_journal_forwarded *forwarded)
{
	if (forwarded->record <= 0 || forwarded->next_us > INT64_MAX || !answer_ok(forwarded) ||
		!ph_queue_text_ok(forwarded->response_code, 2) ||
		!ph_queue_text_ok(forwarded->approval_code, 6) ||
		!ph_queue_text_ok(forwarded->note, PH_RECORD_NOTE_MAX) ||
		!ph_queue_text_ok(forwarded->hold_reason, PH_HOLD_REASON_MAX))
		return -EINVAL;
	forwarded->row.id = 0;
	forwarded->exposure = (struct ph_exposure){.family = PH_FAMILY_NONE};
	return ph_journal_submit(journal, &forwarded->request, &forwarded_kind);
}

/* ---- a successor ---- */

int ph_record_before(struct ph_journal *journal, const struct ph_record_row *row,
	uint32_t *ret_before, uint32_t *ret_undone)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = ph_sql(journal, PH_SQL_RECORD_BEFORE);
	int r;

	sqlite3_bind_int64(s, 1, row->supersedes);
	r = ph_sql_step(journal, s);
	if (r < 0)
		return r;
	*ret_before = r > 0 ? (uint32_t)sqlite3_column_int64(s, 0) : 0;
	*ret_undone = r > 0 ? (uint32_t)sqlite3_column_int64(s, 1) : 0;
	return 0;
}

int ph_record_succeed(struct ph_journal *journal, const struct ph_journal_request *request,
	const struct ph_record_row *old, const struct ph_succession *how,
	struct ph_record_row *ret_row)
{
	struct ph_record_row *row = ret_row;

	*row = ph_record_like(old);
	row->supersedes = old->id;
	row->state = how->hold_reason ? PH_RECORD_HELD : PH_RECORD_STORED;
	row->work = how->hold_reason != NULL;
	snprintf(row->hold_reason, sizeof(row->hold_reason), "%s",
		how->hold_reason ? how->hold_reason : "");
	row->accepted_us = how->accepted_us;
	row->next_us = how->hold_reason ? 0 : how->next_us;
	memcpy(row->arc, old->arc, sizeof(row->arc));
	/* what was said on the telephone; else it was the host's */
	if (old->kind == PH_RECORD_VOICE)
		memcpy(row->approval_code, old->approval_code, sizeof(row->approval_code));
	int r = ph_record_number_like(journal, request, old, row);
	if (r == 0)
		r = ph_record_insert(journal, row);
	if (r == 0)
		r = ph_record_drop_sealed(journal, old->id);
	return r < 0 ? r : ph_record_find(journal, PH_SQL_RECORD_BY_ID, row->id, row);
}

/* What is asked by itself without an end would fill the disk, and the host's log. */
static int why_held(struct ph_journal *journal, const struct ph_record_row *old, bool not_now,
	const char **ret_reason)
{
	uint32_t before = 0, undone = 0;
	int r = ph_record_before(journal, old, &before, &undone);

	if (r < 0)
		return r;
	*ret_reason = NULL;
	if (!not_now && undone + 1 >= PH_UNDONE_MAX)
		*ret_reason = PH_HELD_UNANSWERED;
	else if (before + 1 >= PH_SUCCESSORS_MAX)
		*ret_reason = PH_HELD_NOT_NOW;
	return 0;
}

int ph_record_supersede(struct ph_journal *journal, const struct ph_record_row *old,
	struct ph_journal_supersede *supersede)
{
	const struct ph_journal_request *request = &supersede->request;
	struct ph_succession how = {.accepted_us = old->accepted_us, .next_us = supersede->next_us};
	int r = why_held(journal, old, supersede->not_now, &how.hold_reason);

	if (r == 0)
		r = ph_record_move(journal, old->id,
			&(struct ph_record_step){.state = PH_RECORD_ABANDONED,
				.not_now = supersede->not_now,
				.wall_us = request->wall_us,
				.response_code = supersede->response_code,
				.approval_code = supersede->approval_code,
				.note = supersede->note});
	if (r == 0 && !supersede->not_now)
		r = ph_record_undo(journal,
			&(struct ph_record_undo){.request = request, .why = "timeout"}, old,
			&supersede->reversal);
	return r < 0 ? r : ph_record_succeed(journal, request, old, &how, &supersede->successor);
}

static int supersede_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_supersede *supersede = (struct ph_journal_supersede *)request;
	struct ph_record_row old;
	int r = ph_record_find(journal, PH_SQL_RECORD_BY_ID, supersede->record, &old);

	if (r == 0 && ph_record_family(old.kind) != PH_FAMILY_STAND_IN)
		r = -ENOENT;
	if (r == 0 && ph_record_is_final(old.state))
		r = -EALREADY;
	if (r == 0 && old.state != PH_RECORD_SENDING && old.state != PH_RECORD_UNSURE)
		r = -EPERM;
	/* an earlier attempt of it may have arrived */
	if (r == 0 && supersede->not_now && old.repeat)
		r = -EPERM;
	return r < 0 ? r : ph_record_supersede(journal, &old, supersede);
}

/* The reversal is what has to be on disk; without one it is an answer like any other. */
static unsigned supersede_point(const struct ph_journal_request *request)
{
	return ((const struct ph_journal_supersede *)request)->not_now ? 8 : 3;
}

static const struct ph_journal_kind supersede_kind = {
	.run = supersede_run, .point_of = supersede_point};

int ph_journal_supersede_submit(struct ph_journal *journal, struct ph_journal_supersede *supersede)
{
	if (supersede->record <= 0 || supersede->next_us > INT64_MAX ||
		!ph_queue_text_ok(supersede->response_code, 2) ||
		!ph_queue_text_ok(supersede->approval_code, 6) ||
		!ph_queue_text_ok(supersede->note, PH_RECORD_NOTE_MAX))
		return -EINVAL;
	supersede->reversal.id = supersede->successor.id = 0;
	return ph_journal_submit(journal, &supersede->request, &supersede_kind);
}
