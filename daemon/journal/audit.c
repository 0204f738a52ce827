// The audit trail's hash chain: adding rows, listing and checking them.
#include "daemon/journal/journal_audit.h"

#include "base/cleanup.h"
#include "daemon/journal/internal.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#define TAIL_ROWS 64 /* that are checked at the start */

static const char *text_or_empty(const char *text)
{
	return text ? text : "";
}

int ph_audit_check(const struct ph_audit_entry *entry)
{
	const char *const texts[] = {entry->who, entry->action, entry->device, entry->outcome};

	for (size_t i = 0; i < PH_ARRAY_SIZE(texts); i++)
		if (texts[i] && !ph_journal_text_ok(texts[i], 0, PH_AUDIT_TEXT_MAX))
			return -EINVAL;
	if (entry->detail && !ph_journal_text_ok(entry->detail, 0, PH_AUDIT_DETAIL_MAX))
		return -EINVAL;
	return entry->time_us > INT64_MAX ? -EINVAL : 0;
}

/* ---- the chain ---- */

static void hash_number(crypto_generichash_state *state, uint64_t value, size_t bytes)
{
	unsigned char out[8];

	for (size_t i = 0; i < bytes; i++)
		out[i] = (unsigned char)(value >> 8 * i);
	crypto_generichash_update(state, out, bytes);
}

/* The encoding journal_audit.h promises. */
static void hash_row(const unsigned char before[PH_AUDIT_HASH], const struct ph_audit_row *row,
	unsigned char out[PH_AUDIT_HASH])
{
	const char *const texts[] = {row->who, row->action, row->device, row->detail, row->outcome};
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, PH_AUDIT_HASH);
	crypto_generichash_update(&state, before, PH_AUDIT_HASH);
	hash_number(&state, (uint64_t)row->seq, 8);
	hash_number(&state, row->time_us, 8);
	hash_number(&state, row->uid, 8);
	for (size_t i = 0; i < PH_ARRAY_SIZE(texts); i++) {
		hash_number(&state, strlen(texts[i]), 4);
		crypto_generichash_update(
			&state, (const unsigned char *)texts[i], strlen(texts[i]));
	}
	crypto_generichash_final(&state, out, PH_AUDIT_HASH);
}

int ph_audit_load(struct ph_journal *journal)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = ph_sql(journal, PH_SQL_AUDIT_HEAD);
	int r;

	if (journal->audit_loaded)
		return 0;
	r = ph_sql_step(journal, s);
	if (r < 0)
		return r;
	if (r == 0 || sqlite3_column_bytes(s, 1) != PH_AUDIT_HASH)
		return journal->failure = -EBADMSG;
	/* a count that was set back must not stop new rows; the check reports it until one is added */
	journal->audit_count = sqlite3_column_int64(s, 0);
	if (journal->audit_count < sqlite3_column_int64(s, 2))
		journal->audit_count = sqlite3_column_int64(s, 2);
	journal->audit_stored = sqlite3_column_int64(s, 0);
	memcpy(journal->audit_head, sqlite3_column_blob(s, 1), PH_AUDIT_HASH);
	journal->audit_loaded = 1;
	return 0;
}

int ph_audit_write(struct ph_journal *journal, struct ph_audit_entry *entry, uint64_t wall_us)
{
	struct ph_audit_row row = {
		.time_us = entry->time_us ? entry->time_us : wall_us,
		.uid = entry->uid,
		.who = text_or_empty(entry->who),
		.action = text_or_empty(entry->action),
		.device = text_or_empty(entry->device),
		.detail = text_or_empty(entry->detail),
		.outcome = text_or_empty(entry->outcome),
	};
	sqlite3_stmt *s;
	int r;

	r = ph_audit_load(journal);
	if (r < 0)
		return r;
	row.seq = journal->audit_count + 1;
	hash_row(journal->audit_head, &row, row.hash);
	s = ph_sql(journal, PH_SQL_AUDIT_INSERT);
	sqlite3_bind_int64(s, 1, row.seq);
	sqlite3_bind_int64(s, 2, (sqlite3_int64)row.time_us);
	sqlite3_bind_int64(s, 3, row.uid);
	ph_sql_text(s, 4, row.who);
	ph_sql_text(s, 5, row.action);
	ph_sql_text(s, 6, row.device);
	ph_sql_text(s, 7, row.detail);
	ph_sql_text(s, 8, row.outcome);
	sqlite3_bind_blob(s, 9, row.hash, PH_AUDIT_HASH, SQLITE_STATIC);
	r = ph_sql_run(journal, s);
	if (r < 0)
		return r;
	entry->seq = row.seq;
	journal->audit_count = journal->audit_stored = row.seq;
	memcpy(journal->audit_head, row.hash, PH_AUDIT_HASH);
	journal->audit_dirty = 1;
	return 0;
}

int ph_audit_seal(struct ph_journal *journal)
{
	sqlite3_stmt *s;

	if (!journal->audit_dirty)
		return 0;
	s = ph_sql(journal, PH_SQL_AUDIT_HEAD_SET);
	sqlite3_bind_int64(s, 1, journal->audit_count);
	sqlite3_bind_blob(s, 2, journal->audit_head, PH_AUDIT_HASH, SQLITE_STATIC);
	journal->audit_dirty = 0;
	return ph_sql_run(journal, s);
}

/* ---- add ---- */

static int add_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	/* the row itself is written as every request's audit row is */
	journal->changed = 1;
	return 0;
}

static const struct ph_journal_kind add_kind = {.run = add_run};

int ph_journal_audit_add_submit(struct ph_journal *journal, struct ph_journal_audit_add *add)
{
	if (!add->request.audit)
		return -EINVAL;
	return ph_journal_submit(journal, &add->request, &add_kind);
}

/* ---- list ---- */

static const char *column_text(sqlite3_stmt *s, int column)
{
	return text_or_empty((const char *)sqlite3_column_text(s, column));
}

/* Texts point into the statement. */
static void read_row(sqlite3_stmt *s, struct ph_audit_row *row)
{
	*row = (struct ph_audit_row){
		.seq = sqlite3_column_int64(s, 0),
		.time_us = (uint64_t)sqlite3_column_int64(s, 1),
		.uid = (uint32_t)sqlite3_column_int64(s, 2),
		.who = column_text(s, 3),
		.action = column_text(s, 4),
		.device = column_text(s, 5),
		.detail = column_text(s, 6),
		.outcome = column_text(s, 7),
	};
	if (sqlite3_column_bytes(s, 8) == PH_AUDIT_HASH)
		memcpy(row->hash, sqlite3_column_blob(s, 8), PH_AUDIT_HASH);
}

/* Moves the five texts of a row into one allocation, which begins with `who`. */
static int own_texts(struct ph_audit_row *row)
{
	const char **const texts[] = {
		&row->who, &row->action, &row->device, &row->detail, &row->outcome};
	size_t size = 0;
	char *at;

	for (size_t i = 0; i < PH_ARRAY_SIZE(texts); i++)
		size += strlen(*texts[i]) + 1;
	at = malloc(size);
	if (!at)
		return -ENOMEM;
	for (size_t i = 0; i < PH_ARRAY_SIZE(texts); i++) {
		size = strlen(*texts[i]) + 1;
		memcpy(at, *texts[i], size);
		*texts[i] = at;
		at += size;
	}
	return 0;
}

static sqlite3_stmt *since(struct ph_journal *journal, int64_t seq, int64_t limit)
{
	sqlite3_stmt *s = ph_sql(journal, PH_SQL_AUDIT_SINCE);

	sqlite3_bind_int64(s, 1, seq);
	sqlite3_bind_int64(s, 2, limit);
	return s;
}

static int list_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_audit_list *list = (struct ph_journal_audit_list *)request;
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = since(journal, list->since, list->limit);
	struct ph_audit_row row, *more;
	int r;

	ph_journal_audit_list_clear(list);
	while ((r = ph_sql_step(journal, s)) > 0) {
		if (list->count % 32 == 0) {
			more = realloc(list->rows, (list->count + 32) * sizeof(*more));
			if (!more)
				return journal->failure = -ENOMEM;
			list->rows = more;
		}
		read_row(s, &row);
		if (own_texts(&row) < 0)
			return journal->failure = -ENOMEM;
		list->rows[list->count++] = row;
	}
	return r;
}

static const struct ph_journal_kind list_kind = {.run = list_run, .is_new = 1, .reads = 1};

int ph_journal_audit_list_submit(struct ph_journal *journal, struct ph_journal_audit_list *list)
{
	if (list->limit < 1 || list->limit > PH_LIST_MAX || list->since < 0)
		return -EINVAL;
	list->rows = NULL;
	list->count = 0;
	return ph_journal_submit(journal, &list->request, &list_kind);
}

void ph_journal_audit_list_clear(struct ph_journal_audit_list *list)
{
	for (uint32_t i = 0; i < list->count; i++)
		free((char *)list->rows[i].who);
	free(list->rows);
	list->rows = NULL;
	list->count = 0;
}

/* ---- verify ---- */

const char *ph_audit_fault_name(enum ph_audit_fault fault)
{
	static const char *const names[PH_AUDIT_FAULT_COUNT_] = {
		"ok", "changed", "missing", "truncated"};

	return (unsigned int)fault < PH_AUDIT_FAULT_COUNT_ ? names[fault] : "unknown";
}

void ph_audit_head_text(const unsigned char hash[PH_AUDIT_HASH], char out[PH_AUDIT_HEAD_SIZE])
{
	sodium_bin2hex(out, PH_AUDIT_HEAD_SIZE, hash, PH_AUDIT_HASH);
}

static int found(struct ph_journal_audit_verify *verify, enum ph_audit_fault fault)
{
	verify->fault = fault;
	verify->bad_seq = verify->count + 1;
	return 0;
}

/* Text columns must not hide anything behind a NUL. */
static int hides(sqlite3_stmt *s)
{
	for (int column = 3; column <= 7; column++)
		if (strlen(column_text(s, column)) != (size_t)sqlite3_column_bytes(s, column))
			return 1;
	return 0;
}

/* Checks one row against the chain so far; 0 when it is good, 1 when a fault was found. */
static int check_row(struct ph_journal_audit_verify *verify, sqlite3_stmt *s)
{
	struct ph_audit_row parts, *row = &parts;
	unsigned char hash[PH_AUDIT_HASH];

	read_row(s, row);
	if (row->seq != verify->count + 1) {
		found(verify, PH_AUDIT_MISSING);
		return 1;
	}
	hash_row(verify->head, row, hash);
	if (hides(s) || memcmp(hash, row->hash, PH_AUDIT_HASH) != 0) {
		found(verify, PH_AUDIT_CHANGED);
		return 1;
	}
	memcpy(verify->head, hash, PH_AUDIT_HASH);
	verify->count++;
	return 0;
}

static int verify_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_audit_verify *verify = (struct ph_journal_audit_verify *)request;
	PH_CLEANUP(ph_sql_resetp)
	sqlite3_stmt *s = since(journal, verify->count, PH_JOURNAL_VERIFY_STEP);
	int rows = 0, r;

	for (; (r = ph_sql_step(journal, s)) > 0; rows++)
		if (check_row(verify, s))
			return 0;
	if (r < 0)
		return r;
	if (rows == PH_JOURNAL_VERIFY_STEP)
		return PH_JOURNAL_AGAIN;
	r = ph_audit_load(journal);
	if (r < 0)
		return r;
	if (journal->audit_stored != verify->count ||
		memcmp(journal->audit_head, verify->head, PH_AUDIT_HASH) != 0)
		return found(verify, PH_AUDIT_TRUNCATED);
	return 0;
}

/* The hash before the tail; 0 when the row is there. */
static int tail_begins(
	struct ph_journal *journal, int64_t seq, struct ph_journal_audit_verify *verify)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = NULL;
	struct ph_audit_row row;
	int r;

	if (seq < 1)
		return 0;
	s = since(journal, seq - 1, 1);
	r = ph_sql_step(journal, s);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	read_row(s, &row);
	memcpy(verify->head, row.hash, PH_AUDIT_HASH);
	verify->count = seq;
	return row.seq == seq ? 0 : -ENOENT;
}

/* 1: good; 0: not; negative: it cannot be read. */
static int check_tail(struct ph_journal *journal)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = NULL;
	struct ph_journal_audit_verify verify = {0};
	int r = ph_audit_load(journal);

	if (r == 0)
		r = tail_begins(journal, journal->audit_stored - TAIL_ROWS, &verify);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	s = since(journal, verify.count, TAIL_ROWS + 1);
	while ((r = ph_sql_step(journal, s)) > 0)
		if (check_row(&verify, s))
			return 0;
	if (r < 0)
		return r;
	return verify.count == journal->audit_stored &&
	       !memcmp(verify.head, journal->audit_head, PH_AUDIT_HASH);
}

void ph_audit_check_tail(struct ph_journal *journal)
{
	if (check_tail(journal) == 0)
		ph_health_set(journal, PH_JOURNAL_DAMAGED,
			"the audit trail was changed, or its end is missing: `poshalctl audit "
			"verify` says where");
	journal->failure = 0;
}

static const struct ph_journal_kind verify_kind = {.run = verify_run, .is_new = 1};

int ph_journal_audit_verify_submit(
	struct ph_journal *journal, struct ph_journal_audit_verify *verify)
{
	verify->fault = PH_AUDIT_OK;
	verify->bad_seq = 0;
	verify->count = 0;
	memset(verify->head, 0, sizeof(verify->head));
	return ph_journal_submit(journal, &verify->request, &verify_kind);
}
