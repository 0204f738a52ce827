// The day's end at the host (D9): what it should have booked is summed up once, and settled when it agrees.
#include "daemon/journal/queue.h"

#include "base/cleanup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUMS 4

/* In the order of the columns, and of the statement's numbers. */
static struct ph_queue_sum *sum_at(struct ph_batch_sums *sums, int at)
{
	struct ph_queue_sum *const all[SUMS] = {
		&sums->credits, &sums->credit_reversals, &sums->debits, &sums->debit_reversals};

	return all[at];
}

static void write_sums(struct ph_batch_sums *sums, char *text, size_t size)
{
	size_t len = 0;

	text[0] = '\0';
	for (int i = 0; i < SUMS && len < size; i++)
		len += (size_t)snprintf(text + len, size - len, "%" PRIu32 " %" PRId64 " ",
			sum_at(sums, i)->count, sum_at(sums, i)->total);
}

static void read_sums(const char *text, struct ph_batch_sums *ret_sums)
{
	char *at = (char *)text;

	for (int i = 0; i < SUMS; i++) {
		sum_at(ret_sums, i)->count = (uint32_t)strtoul(at, &at, 10);
		sum_at(ret_sums, i)->total = strtoll(at, &at, 10);
	}
}

static sqlite3_stmt *of_till(
	struct ph_journal *journal, enum ph_sql which, const struct ph_journal_batch_open *open)
{
	sqlite3_stmt *s = ph_sql(journal, which);

	ph_sql_text(s, 1, open->terminal);
	ph_sql_text(s, 2, open->currency);
	return s;
}

/* The batch whose end is not known yet: 1, or 0. */
static int find_open(struct ph_journal *journal, struct ph_journal_batch_open *open)
{
	PH_CLEANUP(ph_sql_resetp)
	sqlite3_stmt *s = of_till(journal, PH_SQL_BATCH_OPEN, open);
	char sums[8 * 24];
	int r = ph_sql_step(journal, s);

	if (r <= 0)
		return r;
	open->repeat = true;
	open->batch = sqlite3_column_int64(s, 0);
	open->stan = (uint32_t)sqlite3_column_int64(s, 1);
	ph_sql_copy(s, 2, open->transmission, sizeof(open->transmission));
	ph_sql_copy(s, 3, sums, sizeof(sums));
	read_sums(sums, &open->sums);
	open->pending = (uint32_t)sqlite3_column_int64(s, 4);
	return 1;
}

static int count_pending(struct ph_journal *journal, struct ph_journal_batch_open *open)
{
	PH_CLEANUP(ph_sql_resetp)
	sqlite3_stmt *s = of_till(journal, PH_SQL_BATCH_PENDING, open);
	int r = ph_sql_step(journal, s);

	open->pending = r > 0 ? (uint32_t)sqlite3_column_int64(s, 0) : 0;
	return r < 0 ? r : 0;
}

static int sum_up(struct ph_journal *journal, struct ph_journal_batch_open *open)
{
	PH_CLEANUP(ph_sql_resetp)
	sqlite3_stmt *s = of_till(journal, PH_SQL_BATCH_SUMS, open);
	int r;

	while ((r = ph_sql_step(journal, s)) > 0)
		*sum_at(&open->sums, sqlite3_column_int(s, 0)) =
			(struct ph_queue_sum){.count = (uint32_t)sqlite3_column_int64(s, 1),
				.total = sqlite3_column_int64(s, 2)};
	return r;
}

static int store(struct ph_journal *journal, struct ph_journal_batch_open *open)
{
	struct ph_record_row numbers = {0};
	char sums[8 * 24];
	int r = ph_record_number(journal, open->terminal, open->request.wall_us, &numbers);

	if (r < 0)
		return r;
	open->stan = numbers.stan;
	memcpy(open->transmission, numbers.transmission, sizeof(open->transmission));
	write_sums(&open->sums, sums, sizeof(sums));
	sqlite3_stmt *s = of_till(journal, PH_SQL_BATCH_INSERT, open);
	sqlite3_bind_int64(s, 3, open->stan);
	ph_sql_text(s, 4, open->transmission);
	sqlite3_bind_int64(s, 5, (sqlite3_int64)open->request.wall_us);
	ph_sql_text(s, 6, sums);
	sqlite3_bind_int64(s, 7, open->pending);
	journal->changed = 1;
	r = ph_sql_run(journal, s);
	open->batch = sqlite3_last_insert_rowid(journal->db);
	if (r < 0)
		return r;
	s = of_till(journal, PH_SQL_BATCH_MARK, open);
	sqlite3_bind_int64(s, 3, open->batch);
	return ph_sql_run(journal, s);
}

static int open_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_batch_open *open = (struct ph_journal_batch_open *)request;
	int r = find_open(journal, open);

	if (r != 0)
		return r < 0 ? r : -EALREADY;
	r = count_pending(journal, open);
	if (r == 0 && open->pending && !open->carry_forward)
		r = -EBUSY;
	if (r == 0)
		r = sum_up(journal, open);
	return r < 0 ? r : store(journal, open);
}

static const struct ph_journal_kind open_kind = {.run = open_run, .is_new = 1, .point = 9};

int ph_journal_batch_open_submit(struct ph_journal *journal, struct ph_journal_batch_open *open)
{
	if (!ph_journal_text_ok(open->terminal, 1, PH_NAME_MAX) ||
		!ph_journal_text_ok(open->currency, 3, 3))
		return -EINVAL;
	open->batch = 0;
	open->repeat = false;
	open->sums = (struct ph_batch_sums){0};
	return ph_journal_submit(journal, &open->request, &open_kind);
}

/* ---- the host's word ---- */

static int of_batch(struct ph_journal *journal, enum ph_sql which, int64_t batch)
{
	sqlite3_stmt *s = ph_sql(journal, which);

	sqlite3_bind_int64(s, 1, batch);
	journal->changed = 1;
	return ph_sql_run(journal, s);
}

static int is_open(struct ph_journal *journal, int64_t batch)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = ph_sql(journal, PH_SQL_BATCH_BY_ID);

	sqlite3_bind_int64(s, 1, batch);
	int r = ph_sql_step(journal, s);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	return sqlite3_column_int64(s, 0) ? -EALREADY : 0;
}

static int close_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_batch_close *close = (struct ph_journal_batch_close *)request;
	int r = is_open(journal, close->batch);

	if (r < 0)
		return r;
	r = of_batch(journal, close->balanced ? PH_SQL_BATCH_SETTLE : PH_SQL_BATCH_GIVE_UP,
		close->batch);
	close->settled = close->balanced ? (uint32_t)sqlite3_changes(journal->db) : 0;
	if (r < 0)
		return r;
	sqlite3_stmt *s = ph_sql(journal, PH_SQL_BATCH_CLOSE);
	sqlite3_bind_int64(s, 1, close->batch);
	sqlite3_bind_int64(s, 2, (sqlite3_int64)request->wall_us);
	sqlite3_bind_int(s, 3, close->balanced);
	ph_sql_text(s, 4, close->word);
	return ph_sql_run(journal, s);
}

static const struct ph_journal_kind close_kind = {.run = close_run, .point = 9};

int ph_journal_batch_close_submit(struct ph_journal *journal, struct ph_journal_batch_close *close)
{
	if (close->batch <= 0 || !ph_queue_text_ok(close->word, PH_BATCH_WORD_MAX))
		return -EINVAL;
	close->settled = 0;
	return ph_journal_submit(journal, &close->request, &close_kind);
}
