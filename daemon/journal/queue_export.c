// Records that go on at another machine: which may leave and that they do, and those that come. What is in the file is the payments'.
#include "daemon/journal/journal_export.h"

#include "base/cleanup.h"
#include "daemon/journal/queue.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- which may leave ---- */

static int read_row(struct ph_journal *journal, sqlite3_stmt *s, struct ph_export_row *row)
{
	int r = ph_record_find(
		journal, PH_SQL_RECORD_BY_ID, sqlite3_column_int64(s, 0), &row->record);

	row->may_have_left = sqlite3_column_int(s, 1);
	ph_sql_copy(s, 2, row->operator_name, sizeof(row->operator_name));
	ph_sql_copy(s, 3, row->reference, sizeof(row->reference));
	return r;
}

static int export_list_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_export_list *list = (struct ph_journal_export_list *)request;
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = ph_sql(journal, PH_SQL_EXPORT_LIST);
	int r;

	list->count = 0;
	list->more = false;
	sqlite3_bind_int64(s, 1, list->after_id);
	sqlite3_bind_int(s, 2, list->again);
	sqlite3_bind_int64(s, 3, list->limit + 1);
	while ((r = ph_sql_step(journal, s)) > 0) {
		list->more = list->count == list->limit;
		if (list->more)
			break;
		r = read_row(journal, s, &list->rows[list->count]);
		if (r < 0)
			return r;
		list->count++;
	}
	return r < 0 ? r : 0;
}

static const struct ph_journal_kind export_list_kind = {
	.run = export_list_run, .is_new = 1, .reads = 1};

int ph_journal_export_list_submit(struct ph_journal *journal, struct ph_journal_export_list *list)
{
	list->rows = NULL;
	list->count = 0;
	list->more = false;
	if (!list->limit || list->limit > PH_EXPORT_MAX || list->after_id < 0)
		return -EINVAL;
	list->rows = calloc(list->limit, sizeof(*list->rows));
	if (!list->rows)
		return -ENOMEM;
	int r = ph_journal_submit(journal, &list->request, &export_list_kind);
	if (r < 0)
		ph_journal_export_list_clear(list);
	return r;
}

void ph_journal_export_list_clear(struct ph_journal_export_list *list)
{
	free(list->rows);
	list->rows = NULL;
	list->count = 0;
}

/* ---- they leave ---- */

static int export_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_export *export = (struct ph_journal_export *)request;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < export->count; i++) {
		sqlite3_stmt *s = ph_sql(journal, PH_SQL_EXPORT);

		sqlite3_bind_int64(s, 1, export->records[i]);
		sqlite3_bind_int64(s, 2, (sqlite3_int64)request->wall_us);
		r = ph_sql_run(journal, s);
		export->left[i] = r == 0 && sqlite3_changes(journal->db) > 0;
		if (export->left[i])
			journal->changed = 1;
	}
	return r;
}

static const struct ph_journal_kind export_kind = {.run = export_run, .of_person = 1, .point = 5};

int ph_journal_export_submit(struct ph_journal *journal, struct ph_journal_export *export)
{
	if (!export->count || export->count > PH_EXPORT_MAX)
		return -EINVAL;
	return ph_journal_submit(journal, &export->request, &export_kind);
}

static int take_back_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_take_back *back = (struct ph_journal_take_back *)request;
	int r = ph_record_find(journal, PH_SQL_RECORD_OF_FAMILY, back->payment, &back->row);

	if (r == 0 && ph_record_family(back->row.kind) == PH_FAMILY_NONE)
		r = -ENOENT;
	if (r == 0 && ph_record_is_handed_over(&back->row))
		r = -EALREADY;
	if (r == 0 && !ph_record_is_exported(&back->row))
		r = -EPERM;
	if (r < 0)
		return r;
	sqlite3_stmt *s = ph_sql(journal, PH_SQL_TAKE_BACK);
	sqlite3_bind_int64(s, 1, back->row.id);
	sqlite3_bind_int64(s, 2, (sqlite3_int64)request->wall_us);
	journal->changed = 1;
	r = ph_sql_run(journal, s);
	return r < 0 ? r : ph_record_find(journal, PH_SQL_RECORD_BY_ID, back->row.id, &back->row);
}

static const struct ph_journal_kind take_back_kind = {
	.run = take_back_run, .of_person = 1, .point = 5};

int ph_journal_take_back_submit(struct ph_journal *journal, struct ph_journal_take_back *back)
{
	return back->payment > 0 ? ph_journal_submit(journal, &back->request, &take_back_kind)
				 : -EINVAL;
}

static int hand_over_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_hand_over *over = (struct ph_journal_hand_over *)request;
	struct ph_record_row *row = &over->row;
	int r = ph_record_find(journal, PH_SQL_RECORD_OF_FAMILY, over->payment, row);

	if (r == 0 && ph_record_is_handed_over(row))
		r = -EALREADY;
	if (r == 0 && !ph_record_is_exported(row))
		r = -EPERM;
	if (r < 0)
		return r;
	sqlite3_stmt *s = ph_sql(journal, PH_SQL_HAND_OVER);
	sqlite3_bind_int64(s, 1, row->id);
	sqlite3_bind_int64(s, 2, (sqlite3_int64)request->wall_us);
	journal->changed = 1;
	r = ph_sql_run(journal, s);
	if (r == 0)
		r = ph_record_drop_sealed(journal, row->id);
	if (r == 0)
		r = ph_record_find(journal, PH_SQL_RECORD_BY_ID, row->id, row);
	return r < 0 ? r : ph_exposure_of(journal, row, &over->exposure);
}

static const struct ph_journal_kind hand_over_kind = {
	.run = hand_over_run, .of_person = 1, .point = 5};

int ph_journal_hand_over_submit(struct ph_journal *journal, struct ph_journal_hand_over *over)
{
	over->row.id = 0;
	over->exposure = (struct ph_exposure){.family = PH_FAMILY_NONE};
	return over->payment > 0 ? ph_journal_submit(journal, &over->request, &hand_over_kind)
				 : -EINVAL;
}

/* ---- those that come ---- */

/* The payment a record of these numbers belongs to; -ENOENT: there is none. */
static int find_same(struct ph_journal *journal, struct ph_import_row *import)
{
	struct ph_record_row *row = &import->record;
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = ph_sql(journal, PH_SQL_RECORD_BY_NUMBERS);
	int r;

	ph_sql_text(s, 1, row->terminal);
	sqlite3_bind_int64(s, 2, row->stan);
	ph_sql_text(s, 3, row->transmission);
	r = ph_sql_step(journal, s);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	row->id = sqlite3_column_int64(s, 0);
	row->payment = sqlite3_column_int64(s, 1);
	row->state = (enum ph_record_state)sqlite3_column_int(s, 2);
	import->handed_over = sqlite3_column_int(s, 3);
	return 0;
}

static int add_payment(struct ph_journal *journal, const struct ph_journal_import *import,
	const struct ph_import_row *row)
{
	const struct ph_record_row *record = &row->record;
	char key[PH_KEY_MAX + 1];
	sqlite3_stmt *s = ph_sql(journal, PH_SQL_IMPORT_PAYMENT);

	snprintf(key, sizeof(key), "%.64s:%06u:%.10s", record->terminal, record->stan % 1000000u,
		record->transmission);
	sqlite3_bind_int64(s, 1, import->uid);
	ph_sql_text(s, 2, key);
	sqlite3_bind_blob(s, 3, row->body, sizeof(row->body), SQLITE_STATIC);
	ph_sql_text(s, 4, row->device);
	ph_sql_text(s, 5, record->type);
	ph_sql_text(s, 6, record->currency);
	sqlite3_bind_int64(s, 7, record->asked);
	sqlite3_bind_int64(s, 8, record->cashback);
	ph_sql_text(s, 9, row->operator_name);
	ph_sql_text(s, 10, row->reference);
	sqlite3_bind_int(s, 11, (int)PH_PAY_APPROVED_OFFLINE);
	sqlite3_bind_int64(s, 12, record->amount);
	sqlite3_bind_int64(s, 13, (sqlite3_int64)import->request.wall_us);
	sqlite3_bind_int64(s, 14, record->sealed_payment);
	sqlite3_bind_int64(s, 15, record->sealed_amount);
	journal->changed = 1;
	return ph_sql_run(journal, s);
}

/* Numbers of this machine go on behind those of the other one. */
static int count_on(struct ph_journal *journal, const struct ph_record_row *record)
{
	sqlite3_stmt *s = ph_sql(journal, PH_SQL_COUNTER_AT_LEAST);
	char name[PH_NAME_MAX + 8];

	snprintf(name, sizeof(name), "stan:%s", record->terminal);
	ph_sql_text(s, 1, name);
	sqlite3_bind_int64(s, 2, record->stan);
	ph_anchor_reload(journal);
	return ph_sql_run(journal, s);
}

static int import_one(struct ph_journal *journal, const struct ph_journal_import *import,
	struct ph_import_row *row)
{
	struct ph_record_row *record = &row->record;
	int r;

	row->handed_over = false;
	r = find_same(journal, row);
	row->duplicate = r == 0;
	if (r != -ENOENT)
		return r;
	r = add_payment(journal, import, row);
	if (r < 0)
		return r;
	record->payment = sqlite3_last_insert_rowid(journal->db);
	record->state = record->hold_reason[0] ? PH_RECORD_HELD : PH_RECORD_STORED;
	record->created_us = record->changed_us = import->request.wall_us;
	r = ph_record_insert(journal, record);
	if (r == 0)
		r = count_on(journal, record);
	return r < 0 ? r : ph_exposure_of(journal, record, &row->exposure);
}

static int import_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_import *import = (struct ph_journal_import *)request;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < import->count; i++)
		r = import_one(journal, import, &import->rows[i]);
	return r;
}

static const struct ph_journal_kind import_kind = {.run = import_run, .is_new = 1, .point = 4};

static bool row_ok(const struct ph_import_row *row)
{
	const struct ph_record_row *record = &row->record;

	return ph_record_family(record->kind) != PH_FAMILY_NONE && record->stan > 0 &&
	       record->stan <= 999999 && ph_journal_text_ok(record->terminal, 1, PH_NAME_MAX) &&
	       ph_journal_text_ok(record->rrn, 12, 12) &&
	       ph_journal_text_ok(record->transmission, 10, 10) &&
	       ph_journal_text_ok(record->local_time, 6, 6) &&
	       ph_journal_text_ok(record->local_date, 4, 4) && record->amount > 0 &&
	       record->asked > 0 && record->cashback >= 0 && record->cashback <= record->asked &&
	       record->sealed_payment > 0 && record->sealed_len > 0 &&
	       record->sealed_len <= PH_RECORD_SEALED_MAX && record->icc_len <= PH_RECORD_ICC_MAX &&
	       record->accepted_us <= INT64_MAX;
}

int ph_journal_import_submit(struct ph_journal *journal, struct ph_journal_import *import)
{
	if (!import->count || import->count > PH_EXPORT_MAX)
		return -EINVAL;
	for (uint32_t i = 0; i < import->count; i++)
		if (!row_ok(&import->rows[i]))
			return -EINVAL;
	return ph_journal_submit(journal, &import->request, &import_kind);
}
