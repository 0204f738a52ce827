// What is accepted without the host (D4), within limits that are checked with it, and what a card has used of them.
#include "daemon/journal/queue.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FORGET_US ((uint64_t)3600 * 1000000) /* what nobody asks for any more, once an hour */

/* ---- exposure and velocity ---- */

int ph_exposure_read(struct ph_journal *journal, enum ph_family family, const char *currency,
	struct ph_exposure *ret_exposure)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = ph_sql(journal, PH_SQL_EXPOSURE_OF);
	struct ph_exposure exposure = {.family = family};
	int r;

	sqlite3_bind_int(s, 1, (int)family);
	ph_sql_text(s, 2, currency);
	r = ph_sql_step(journal, s);
	if (r < 0)
		return r;
	if (r > 0) {
		exposure.count = (uint32_t)sqlite3_column_int64(s, 0);
		exposure.total = sqlite3_column_int64(s, 1);
		exposure.held = (uint32_t)sqlite3_column_int64(s, 2);
	}
	snprintf(exposure.currency, sizeof(exposure.currency), "%s", currency);
	*ret_exposure = exposure;
	return 0;
}

int ph_exposure_of(struct ph_journal *journal, const struct ph_record_row *row,
	struct ph_exposure *ret_exposure)
{
	return ph_exposure_read(journal, ph_record_family(row->kind), row->currency, ret_exposure);
}

/* The only row of a bound statement: a count and a sum. */
static int used_by(struct ph_journal *journal, sqlite3_stmt *s, struct ph_queue_sum *ret_sum)
{
	int r = ph_sql_step(journal, s);

	if (r <= 0)
		return r < 0 ? r : -EPROTO;
	*ret_sum = (struct ph_queue_sum){
		.count = (uint32_t)sqlite3_column_int64(s, 0), .total = sqlite3_column_int64(s, 1)};
	return 0;
}

static int velocity_of(struct ph_journal *journal, const uint8_t *fingerprint, uint64_t since_us,
	struct ph_queue_sum *ret_sum)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = ph_sql(journal, PH_SQL_VELOCITY_OF);

	sqlite3_bind_blob(s, 1, fingerprint, PH_FINGERPRINT, SQLITE_STATIC);
	sqlite3_bind_int64(s, 2, (sqlite3_int64)since_us);
	return used_by(journal, s, ret_sum);
}

int ph_velocity_drop(struct ph_journal *journal, const struct ph_record_row *row)
{
	sqlite3_stmt *s = ph_sql(journal, PH_SQL_VELOCITY_DROP);

	sqlite3_bind_int64(s, 1, (sqlite3_int64)row->accepted_us);
	sqlite3_bind_int64(s, 2, row->payment);
	return ph_sql_run(journal, s);
}

int ph_velocity_move(
	struct ph_journal *journal, const struct ph_record_row *row, uint64_t at_us, int64_t amount)
{
	sqlite3_stmt *s = ph_sql(journal, PH_SQL_VELOCITY_MOVE);

	sqlite3_bind_int64(s, 1, (sqlite3_int64)row->accepted_us);
	sqlite3_bind_int64(s, 2, row->payment);
	sqlite3_bind_int64(s, 3, (sqlite3_int64)at_us);
	sqlite3_bind_int64(s, 4, amount);
	return ph_sql_run(journal, s);
}

static uint64_t before(uint64_t us, uint64_t seconds)
{
	return us > seconds * 1000000 ? us - seconds * 1000000 : 0;
}

/* Its place among what the card has used. */
static int velocity_put(struct ph_journal *journal, const struct ph_journal_pay_accept *accept)
{
	sqlite3_stmt *s;

	if (!accept->fingerprint)
		return 0;
	s = ph_sql(journal, PH_SQL_VELOCITY_PUT);
	sqlite3_bind_blob(s, 1, accept->fingerprint, PH_FINGERPRINT, SQLITE_STATIC);
	sqlite3_bind_int64(s, 2, (sqlite3_int64)accept->request.wall_us);
	sqlite3_bind_int64(s, 3, accept->payment);
	sqlite3_bind_int64(s, 4, accept->record.amount);
	return ph_sql_run(journal, s);
}

void ph_velocity_purge(struct ph_journal *journal)
{
	uint64_t *due_us = &journal->purge.velocity_due_us, now = journal->wall_us;
	sqlite3_stmt *s;

	/* a clock set back leaves it far ahead */
	if (now < *due_us && *due_us - now <= FORGET_US)
		return;
	s = ph_sql(journal, PH_SQL_VELOCITY_PAST);
	sqlite3_bind_int64(s, 1, (sqlite3_int64)now);
	sqlite3_bind_int64(s, 2, (sqlite3_int64)PH_VELOCITY_KEEP_S * 1000000);
	if (ph_sql_run(journal, s) < 0)
		return;
	s = ph_sql(journal, PH_SQL_VELOCITY_FORGET);
	sqlite3_bind_int64(s, 1, (sqlite3_int64)before(now, PH_VELOCITY_KEEP_S));
	if (ph_sql_run(journal, s) == 0)
		*due_us = now + FORGET_US;
}

/* ---- D4 ---- */

static const char *card_limit(const struct ph_accept_limits *limits,
	const struct ph_queue_sum *used, bool one_more, int64_t amount)
{
	if (limits->card_count && one_more && used->count >= limits->card_count)
		return "card_count";
	if (limits->card_total && used->total + amount > limits->card_total)
		return "card_total";
	return NULL;
}

static const char *sum_limit(const struct ph_accept_limits *limits,
	const struct ph_exposure *exposure, bool one_more, int64_t total)
{
	if (limits->max_count && one_more && exposure->count >= limits->max_count)
		return "max_count";
	if (limits->max_total && exposure->total + total > limits->max_total)
		return "max_total";
	return NULL;
}

/* What the card of a record that stands, or stood, has used but for that. */
static int others_of(struct ph_journal *journal, const struct ph_more *more, uint32_t window_s,
	struct ph_queue_sum *ret_sum)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = ph_sql(journal, PH_SQL_VELOCITY_OTHERS);

	sqlite3_bind_int64(s, 1, (sqlite3_int64)more->row->accepted_us);
	sqlite3_bind_int64(s, 2, more->row->payment);
	sqlite3_bind_int64(s, 3, (sqlite3_int64)before(more->believed_us, window_s));
	return used_by(journal, s, ret_sum);
}

int ph_limits_allow(struct ph_journal *journal, const struct ph_accept_limits *limits,
	const struct ph_exposure *exposure, const struct ph_more *more, const char **ret_limit)
{
	int64_t total = more->amount - (more->again ? 0 : more->row->amount);
	const char *limit = sum_limit(limits, exposure, more->again, total);
	struct ph_queue_sum used = {0};

	if (!limit && ph_record_family(more->row->kind) == PH_FAMILY_STAND_IN) {
		int r = others_of(journal, more, limits->card_window_s, &used);
		if (r < 0)
			return r;
	}
	/* the sum is that of several: a single sale has limits of its own */
	if (used.count)
		limit = card_limit(limits, &used, more->again, more->amount);
	*ret_limit = limit;
	return limit ? -EDQUOT : 0;
}

/* -EDQUOT, and which. */
static int check_limits(
	struct ph_journal *journal, struct ph_journal_pay_accept *accept, int64_t amount)
{
	const struct ph_accept_limits *limits = &accept->limits;
	struct ph_queue_sum used = {0};
	int r = 0;

	accept->limit = sum_limit(limits, &accept->exposure, true, amount);
	if (accept->limit)
		return -EDQUOT;
	if (!accept->fingerprint)
		return 0;
	r = velocity_of(journal, accept->fingerprint,
		before(accept->request.believed_us, limits->card_window_s), &used);
	if (r == 0)
		accept->limit = card_limit(limits, &used, true, amount);
	return accept->limit ? -EDQUOT : r;
}

/* The newest message of the payment: what is not over at the host leaves no place for another one. */
static int check_request(struct ph_journal *journal, int64_t payment, int64_t *ret_unsent)
{
	struct ph_record_row row;
	int r = ph_record_find(journal, PH_SQL_RECORD_OF_PAYMENT, payment, &row);

	*ret_unsent = 0;
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (row.kind != PH_RECORD_REQUEST)
		return -EALREADY;
	switch (row.state) {
	case PH_RECORD_INTENT:
		*ret_unsent = row.id;
		return 0;
	case PH_RECORD_ABANDONED:
	case PH_RECORD_REVERSED:
	case PH_RECORD_DECLINED:
	case PH_RECORD_REFERRED:
	case PH_RECORD_REJECTED:
		return 0;
	case PH_RECORD_STORED:
	case PH_RECORD_HELD:
	case PH_RECORD_QUEUED:
	case PH_RECORD_SENDING:
	case PH_RECORD_RETRY_WAIT:
	case PH_RECORD_UNSURE:
	case PH_RECORD_APPROVED:
	case PH_RECORD_PARTIAL:
	case PH_RECORD_VOIDED:
	case PH_RECORD_EXPIRED:
	case PH_RECORD_SETTLED:
	case PH_RECORD_REFUSED:
	case PH_RECORD_STATE_COUNT_:
		break;
	}
	return -EALREADY;
}

static void copy_account(struct ph_record_row *row, const struct ph_journal_pay_accept *accept)
{
	snprintf(row->entry, sizeof(row->entry), "%s", accept->entry);
	row->sequence = accept->sequence;
	row->pin = accept->pin;
	row->sealed_len = accept->refused ? 0 : accept->sealed_len;
	row->icc_len = accept->refused ? 0 : accept->icc_len;
	if (row->sealed_len)
		memcpy(row->sealed, accept->sealed, row->sealed_len);
	if (row->icc_len)
		memcpy(row->icc, accept->icc, row->icc_len);
}

/* What the record is of, before anything is written; `ret_from` is the record whose account data move here, 0: none. */
static int prepare(struct ph_journal *journal, struct ph_journal_pay_accept *accept,
	const struct ph_payment_facts *facts, int64_t *ret_from)
{
	struct ph_record_row *row = &accept->record;
	struct ph_record_row from = {0};

	if (accept->account_of) {
		int r = ph_record_find(
			journal, PH_SQL_RECORD_OF_PAYMENT, accept->account_of, &from);
		if (r == 0 && (from.state != PH_RECORD_REFERRED || !from.sealed_len))
			r = -ENOENT;
		if (r < 0)
			return r;
	}
	*row = ph_record_like(&from);
	if (accept->account_of && !row->sealed_payment)
		row->sealed_payment = accept->account_of;
	if (!accept->account_of)
		copy_account(row, accept);
	row->payment = accept->payment;
	row->kind = accept->kind;
	row->state = accept->refused	  ? PH_RECORD_REFUSED
		     : accept->release_us ? PH_RECORD_HELD
					  : PH_RECORD_STORED;
	row->amount = row->asked = facts->amount;
	memcpy(row->currency, facts->currency, sizeof(row->currency));
	row->accepted_us = accept->request.wall_us;
	*ret_from = from.id;
	return 0;
}

static void copy_texts(struct ph_record_row *row, const struct ph_journal_pay_accept *accept)
{
	if (accept->refused) {
		row->sealed_len = row->icc_len = 0;
		snprintf(row->note, sizeof(row->note), "%s",
			accept->refused_limit ? accept->refused_limit : "");
		return;
	}
	if (accept->arc)
		snprintf(row->arc, sizeof(row->arc), "%s", accept->arc);
	if (accept->approval_code)
		snprintf(row->approval_code, sizeof(row->approval_code), "%s",
			accept->approval_code);
	if (accept->release_us) {
		row->release_us = row->next_us = accept->release_us;
		snprintf(row->hold_reason, sizeof(row->hold_reason), "%s",
			accept->hold_reason ? accept->hold_reason : "window");
	}
}

static int add_record(struct ph_journal *journal, struct ph_journal_pay_accept *accept)
{
	struct ph_record_row *row = &accept->record;

	copy_texts(row, accept);
	int r = ph_record_number(journal, accept->terminal, accept->request.wall_us, row);
	return r < 0 ? r : ph_record_insert(journal, row);
}

static int give_up_request(struct ph_journal *journal, int64_t record, uint64_t wall_us)
{
	int r = ph_record_move(journal, record,
		&(struct ph_record_step){.state = PH_RECORD_ABANDONED, .wall_us = wall_us});

	return r < 0 ? r : ph_record_drop_sealed(journal, record);
}

/* Everything was looked at; from here on it is written. */
static int take_over(struct ph_journal *journal, struct ph_journal_pay_accept *accept,
	int64_t unsent, int64_t account_from)
{
	uint64_t wall_us = accept->request.wall_us;
	int r = unsent ? give_up_request(journal, unsent, wall_us) : 0;

	if (r == 0 && account_from)
		r = ph_record_drop_sealed(journal, account_from);
	if (r == 0)
		r = add_record(journal, accept);
	if (r == 0)
		r = velocity_put(journal, accept);
	if (r == 0)
		r = ph_payment_end(journal, &(struct ph_payment_ending){.payment = accept->payment,
						    .state = PH_PAY_APPROVED_OFFLINE,
						    .amount_approved = accept->record.amount,
						    .reason = accept->reason,
						    .result = accept->result,
						    .wall_us = wall_us});
	return r < 0 ? r : ph_exposure_of(journal, &accept->record, &accept->exposure);
}

static int accept_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_pay_accept *accept = (struct ph_journal_pay_accept *)request;
	struct ph_payment_facts facts;
	int64_t unsent = 0, account_from = 0;
	int r = ph_payment_facts(journal, accept->payment, &facts);

	if (r == 0 && ph_pay_is_final(facts.state))
		r = -EALREADY;
	if (r == 0)
		r = ph_exposure_read(
			journal, ph_record_family(accept->kind), facts.currency, &accept->exposure);
	if (r == 0 && !accept->refused)
		r = check_request(journal, accept->payment, &unsent);
	if (r == 0)
		r = prepare(journal, accept, &facts, &account_from);
	if (r < 0)
		return r;
	if (accept->refused)
		return add_record(journal, accept);
	r = check_limits(journal, accept, facts.amount);
	/* the first that writes, and only when there is enough left of what is given back */
	if (r == 0)
		r = ph_payment_claim(journal, accept->payment);
	return r < 0 ? r : take_over(journal, accept, unsent, account_from);
}

static const struct ph_journal_kind accept_kind = {.run = accept_run, .is_new = 1, .point = 4};

static bool account_ok(const struct ph_journal_pay_accept *accept)
{
	const struct ph_record_row *row = &accept->record;

	if (accept->account_of)
		return accept->account_of > 0 && accept->account_of != accept->payment;
	return ph_journal_text_ok(accept->entry, 1, sizeof(row->entry) - 1) &&
	       accept->sequence >= -1 && accept->sequence <= 99 && accept->pin >= -1 &&
	       accept->pin <= 1 && accept->sealed_len <= sizeof(row->sealed) &&
	       accept->icc_len <= sizeof(row->icc);
}

static bool texts_ok(const struct ph_journal_pay_accept *accept)
{
	return ph_queue_text_ok(accept->approval_code, 6) && ph_queue_text_ok(accept->arc, 2) &&
	       ph_queue_text_ok(accept->hold_reason, PH_HOLD_REASON_MAX) &&
	       ph_queue_text_ok(accept->refused_limit, PH_RECORD_NOTE_MAX) &&
	       ph_queue_text_ok(accept->reason, PH_PAYMENT_TEXT_MAX) &&
	       ph_queue_text_ok(accept->result, PH_PAYMENT_RESULT_MAX);
}

int ph_journal_pay_accept_submit(struct ph_journal *journal, struct ph_journal_pay_accept *accept)
{
	const struct ph_accept_limits *limits = &accept->limits;

	if (accept->payment <= 0 || ph_record_family(accept->kind) == PH_FAMILY_NONE ||
		!ph_journal_text_ok(accept->terminal, 1, PH_NAME_MAX) ||
		accept->release_us > INT64_MAX || !account_ok(accept) || !texts_ok(accept))
		return -EINVAL;
	if (limits->max_total < 0 || limits->card_total < 0 ||
		limits->card_window_s > PH_VELOCITY_KEEP_S)
		return -EINVAL;
	accept->limit = NULL;
	accept->record.id = 0;
	accept->exposure = (struct ph_exposure){.family = PH_FAMILY_NONE};
	return ph_journal_submit(journal, &accept->request, &accept_kind);
}

/* ---- what a card has used ---- */

static int use_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_card_use *use = (struct ph_journal_card_use *)request;
	struct ph_queue_sum sum;
	int r = velocity_of(
		journal, use->fingerprint, before(request->believed_us, use->window_s), &sum);

	if (r < 0)
		return r;
	use->count = sum.count;
	use->total = sum.total;
	return 0;
}

static const struct ph_journal_kind use_kind = {.run = use_run, .is_new = 1, .reads = 1};

int ph_journal_card_use_submit(struct ph_journal *journal, struct ph_journal_card_use *use)
{
	if (use->window_s > PH_VELOCITY_KEEP_S)
		return -EINVAL;
	return ph_journal_submit(journal, &use->request, &use_kind);
}
