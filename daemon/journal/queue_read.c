// What is read of the queue: lists, and sums that are checked against each other.
#include "daemon/journal/queue.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- lists ---- */

static sqlite3_stmt *list_statement(
	struct ph_journal *journal, const struct ph_journal_queue_list *list)
{
	static const enum ph_sql statements[PH_QUEUE_FILTER_COUNT_] = {
		[PH_QUEUE_OPEN] = PH_SQL_QUEUE_OPEN,
		[PH_QUEUE_WORK] = PH_SQL_QUEUE_WORK,
		[PH_QUEUE_FINAL] = PH_SQL_QUEUE_FINAL,
		[PH_QUEUE_ALL] = PH_SQL_QUEUE_ALL,
	};
	enum ph_sql of_payment =
		list->newest ? PH_SQL_QUEUE_LAST_OF_PAYMENT : PH_SQL_QUEUE_OF_PAYMENT;
	sqlite3_stmt *s = ph_sql(journal, list->payment ? of_payment : statements[list->filter]);

	sqlite3_bind_int64(s, 1, list->after_id);
	sqlite3_bind_int64(s, 2, (sqlite3_int64)list->limit + 1);
	if (list->payment)
		sqlite3_bind_int64(s, 3, list->payment);
	return s;
}

/* The newest come first from the journal. */
static void turn_round(struct ph_journal_queue_list *list)
{
	for (uint32_t i = 0; i < list->count / 2; i++) {
		struct ph_record_row row = list->rows[i];
		list->rows[i] = list->rows[list->count - 1 - i];
		list->rows[list->count - 1 - i] = row;
	}
}

static int list_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_queue_list *list = (struct ph_journal_queue_list *)request;
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = list_statement(journal, list);
	int r;

	free(list->rows);
	list->count = 0;
	list->more = false;
	list->rows = calloc(list->limit, sizeof(*list->rows));
	if (!list->rows)
		return journal->failure = -ENOMEM;
	while ((r = ph_sql_step(journal, s)) > 0) {
		if (list->count == list->limit) {
			list->more = true;
			break;
		}
		struct ph_record_row *row = &list->rows[list->count++];
		ph_record_read(s, row);
		memset(row->sealed, 0, row->sealed_len);
		memset(row->icc, 0, row->icc_len);
		row->icc_len = 0;
	}
	if (list->newest)
		turn_round(list);
	return r < 0 ? r : 0;
}

static const struct ph_journal_kind list_kind = {.run = list_run, .is_new = 1, .reads = 1};

int ph_journal_queue_list_submit(struct ph_journal *journal, struct ph_journal_queue_list *list)
{
	if (list->limit < 1 || list->limit > PH_LIST_MAX || list->after_id < 0 ||
		list->payment < 0 || (list->newest && !list->payment) ||
		(unsigned)list->filter >= PH_QUEUE_FILTER_COUNT_)
		return -EINVAL;
	list->rows = NULL;
	list->count = 0;
	list->more = false;
	return ph_journal_submit(journal, &list->request, &list_kind);
}

void ph_journal_queue_list_clear(struct ph_journal_queue_list *list)
{
	free(list->rows);
	list->rows = NULL;
	list->count = 0;
}

/* ---- totals ---- */

/* A row of PH_SQL_QUEUE_SUMS: what is in one state. */
struct part {
	enum ph_record_state state;
	bool handed_over; /* to another machine */
	struct ph_queue_sum sum;
	int64_t taken;		  /* of PARTIAL: what the host has taken; else all */
	struct ph_queue_sum born; /* first records of these payments */
	uint64_t oldest_us;
};

static void add(struct ph_queue_sum *sum, const struct ph_queue_sum *part)
{
	sum->count += part->count;
	sum->total += part->total;
}

static void add_approved(struct ph_queue_totals *totals, const struct part *part)
{
	totals->approved.count += part->sum.count;
	totals->approved.total += part->taken;
	totals->partial_delta.total += part->sum.total - part->taken;
}

static void add_pending(struct ph_queue_totals *totals, const struct part *part)
{
	add(&totals->pending, &part->sum);
	if (part->state == PH_RECORD_HELD)
		add(&totals->held, &part->sum);
	if (part->state == PH_RECORD_UNSURE)
		add(&totals->unsure, &part->sum);
	if (!totals->oldest_us || part->oldest_us < totals->oldest_us)
		totals->oldest_us = part->oldest_us;
}

static void add_part(struct ph_queue_totals *totals, const struct part *part)
{
	if (part->state == PH_RECORD_REFUSED) {
		add(&totals->refused, &part->sum);
		return;
	}
	add(&totals->accepted, &part->born);
	switch (part->state) {
	case PH_RECORD_APPROVED:
	case PH_RECORD_PARTIAL:
	case PH_RECORD_SETTLED:
		add_approved(totals, part);
		break;
	case PH_RECORD_DECLINED:
	case PH_RECORD_REFERRED:
	case PH_RECORD_REJECTED:
		add(&totals->declined, &part->sum);
		break;
	case PH_RECORD_VOIDED:
	case PH_RECORD_ABANDONED:
	case PH_RECORD_REVERSED:
		add(part->handed_over ? &totals->handed_over : &totals->voided, &part->sum);
		break;
	case PH_RECORD_EXPIRED:
		add(&totals->expired, &part->sum);
		break;
	case PH_RECORD_INTENT:
	case PH_RECORD_STORED:
	case PH_RECORD_HELD:
	case PH_RECORD_QUEUED:
	case PH_RECORD_SENDING:
	case PH_RECORD_RETRY_WAIT:
	case PH_RECORD_UNSURE:
		add_pending(totals, part);
		break;
	case PH_RECORD_REFUSED:
	case PH_RECORD_STATE_COUNT_:
		break;
	}
}

/* The totals of a row's family and currency; NULL when there is no place for another one. */
static struct ph_queue_totals *totals_of(struct ph_journal_queue_totals *all, sqlite3_stmt *s)
{
	enum ph_family family = (enum ph_family)sqlite3_column_int(s, 0);
	struct ph_queue_totals *last = all->count ? &all->totals[all->count - 1] : NULL;
	char currency[4];

	ph_sql_copy(s, 1, currency, sizeof(currency));
	/* rows come sorted */
	if (last && last->family == family && strcmp(last->currency, currency) == 0)
		return all->more ? NULL : last;
	all->more |= all->count == PH_CURRENCIES_MAX;
	if (all->more)
		return NULL;
	last = &all->totals[all->count++];
	*last = (struct ph_queue_totals){.family = family};
	memcpy(last->currency, currency, sizeof(currency));
	return last;
}

static int sum_up(struct ph_journal *journal, struct ph_journal_queue_totals *all)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = ph_sql(journal, PH_SQL_QUEUE_SUMS);
	int r;

	sqlite3_bind_int64(s, 1, (sqlite3_int64)all->since_us);
	while ((r = ph_sql_step(journal, s)) > 0) {
		struct ph_queue_totals *totals = totals_of(all, s);
		struct part part = {.state = (enum ph_record_state)sqlite3_column_int(s, 2),
			.sum = {(uint32_t)sqlite3_column_int64(s, 3), sqlite3_column_int64(s, 4)},
			.taken = sqlite3_column_int64(s, 5),
			.born = {(uint32_t)sqlite3_column_int64(s, 6), sqlite3_column_int64(s, 7)},
			.oldest_us = (uint64_t)sqlite3_column_int64(s, 8),
			.handed_over = sqlite3_column_int(s, 9) != 0};

		if (totals)
			add_part(totals, &part);
	}
	return r;
}

int ph_exposure_list(struct ph_journal *journal, struct ph_exposure exposure[PH_CURRENCIES_MAX],
	uint32_t *ret_count)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = ph_sql(journal, PH_SQL_EXPOSURE_ALL);
	uint32_t count = 0;
	int r;

	sqlite3_bind_int64(s, 1, PH_CURRENCIES_MAX);
	while (count < PH_CURRENCIES_MAX && (r = ph_sql_step(journal, s)) > 0) {
		struct ph_exposure *one = &exposure[count++];
		*one = (struct ph_exposure){.family = (enum ph_family)sqlite3_column_int(s, 0),
			.count = (uint32_t)sqlite3_column_int64(s, 2),
			.total = sqlite3_column_int64(s, 3),
			.held = (uint32_t)sqlite3_column_int64(s, 4)};
		ph_sql_copy(s, 1, one->currency, sizeof(one->currency));
	}
	*ret_count = count;
	return journal->failure;
}

static bool parts_agree(const struct ph_queue_totals *t)
{
	const struct ph_queue_sum *const parts[] = {&t->approved, &t->partial_delta, &t->declined,
		&t->voided, &t->expired, &t->handed_over, &t->pending};
	struct ph_queue_sum sum = {0};

	for (size_t i = 0; i < PH_ARRAY_SIZE(parts); i++)
		add(&sum, parts[i]);
	return sum.count == t->accepted.count && sum.total == t->accepted.total;
}

/* Either is zeros where there is none of it. */
static bool is_stored(const struct ph_queue_totals *totals, const struct ph_exposure *exposure)
{
	return totals->pending.count == exposure->count &&
	       totals->pending.total == exposure->total && totals->held.count == exposure->held;
}

static const struct ph_queue_totals *rows_of(
	const struct ph_journal_queue_totals *all, const struct ph_exposure *exposure)
{
	static const struct ph_queue_totals none;

	for (uint32_t i = 0; i < all->count; i++)
		if (all->totals[i].family == exposure->family &&
			strcmp(all->totals[i].currency, exposure->currency) == 0)
			return &all->totals[i];
	return &none;
}

static const struct ph_exposure *stored_of(
	const struct ph_journal_queue_totals *all, const struct ph_queue_totals *totals)
{
	static const struct ph_exposure none;

	for (uint32_t i = 0; i < all->exposure_count; i++)
		if (all->exposure[i].family == totals->family &&
			strcmp(all->exposure[i].currency, totals->currency) == 0)
			return &all->exposure[i];
	return &none;
}

/* Both ways, so that neither can be without the other. */
static bool all_agree(const struct ph_journal_queue_totals *all)
{
	for (uint32_t i = 0; i < all->count; i++) {
		const struct ph_queue_totals *totals = &all->totals[i];

		if (!parts_agree(totals))
			return false;
		if (!all->more && !is_stored(totals, stored_of(all, totals)))
			return false;
	}
	for (uint32_t i = 0; i < all->exposure_count && !all->more; i++)
		if (!is_stored(rows_of(all, &all->exposure[i]), &all->exposure[i]))
			return false;
	return true;
}

/* The number in a statement's only row; `none` where it has none. */
static int number_of(
	struct ph_journal *journal, enum ph_sql which, int64_t none, int64_t *ret_number)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = ph_sql(journal, which);
	int r = ph_sql_step(journal, s);

	if (r < 0)
		return r;
	bool there = r > 0 && sqlite3_column_type(s, 0) != SQLITE_NULL;
	*ret_number = there ? sqlite3_column_int64(s, 0) : none;
	return 0;
}

static int count_work(struct ph_journal *journal, uint32_t *ret_work)
{
	int64_t work = 0;
	int r = number_of(journal, PH_SQL_QUEUE_WORK_COUNT, 0, &work);

	*ret_work = (uint32_t)work;
	return r;
}

static int totals_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_queue_totals *all = (struct ph_journal_queue_totals *)request;
	all->count = all->exposure_count = 0;
	all->more = false;
	int r = sum_up(journal, all);

	if (r == 0)
		r = ph_exposure_list(journal, all->exposure, &all->exposure_count);
	if (r == 0)
		r = count_work(journal, &all->work);
	if (r == 0 && !journal->audit_unreadable)
		r = ph_audit_load(journal);
	if (r < 0)
		return r;
	all->agrees = all_agree(all);
	all->unreadable = journal->unreadable;
	all->audit_count = -1;
	memset(all->audit_head, 0, sizeof(all->audit_head));
	if (journal->audit_unreadable)
		return 0;
	all->audit_count = journal->audit_count;
	memcpy(all->audit_head, journal->audit_head, sizeof(all->audit_head));
	return 0;
}

static const struct ph_journal_kind totals_kind = {.run = totals_run, .is_new = 1, .reads = 1};

int ph_journal_queue_totals_submit(
	struct ph_journal *journal, struct ph_journal_queue_totals *totals)
{
	if (totals->since_us > INT64_MAX)
		return -EINVAL;
	totals->count = totals->exposure_count = 0;
	totals->more = false;
	return ph_journal_submit(journal, &totals->request, &totals_kind);
}

/* ---- a glance ---- */

static int glance_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_queue_glance *glance = (struct ph_journal_queue_glance *)request;
	int64_t oldest = 0, next = -1;
	int r = ph_exposure_list(journal, glance->exposure, &glance->exposure_count);

	if (r == 0)
		r = count_work(journal, &glance->work);
	if (r == 0)
		r = number_of(journal, PH_SQL_QUEUE_OLDEST, 0, &oldest);
	if (r == 0)
		r = number_of(journal, PH_SQL_QUEUE_NEXT, -1, &next);
	if (r < 0)
		return r;
	glance->oldest_us = (uint64_t)oldest;
	glance->next_us = next > 0 ? (uint64_t)next : next == 0; /* 0 is stored: at once */
	glance->unreadable = journal->unreadable;
	return 0;
}

static const struct ph_journal_kind glance_kind = {.run = glance_run, .is_new = 1, .reads = 1};

int ph_journal_queue_glance_submit(
	struct ph_journal *journal, struct ph_journal_queue_glance *glance)
{
	glance->exposure_count = 0;
	return ph_journal_submit(journal, &glance->request, &glance_kind);
}
