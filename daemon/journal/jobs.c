// Requests about print jobs; the queue, the transaction and the tables are in the other files.
#include "daemon/journal/journal_jobs.h"

#include "base/cleanup.h"
#include "daemon/journal/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define BODY_HASH 32

void ph_job_id_format(int64_t id, char out[PH_JOB_ID_SIZE])
{
	snprintf(out, PH_JOB_ID_SIZE, "job-%" PRId64, id);
}

int ph_job_id_parse(const char *text, int64_t *ret_id)
{
	int64_t id = 0;

	if (strncmp(text, "job-", 4) || text[4] == '0')
		return -EINVAL;
	text += 4;
	/* 18 digits always fit */
	if (!*text || strspn(text, "0123456789") != strlen(text) || strlen(text) > 18)
		return -EINVAL;
	for (; *text; text++)
		id = id * 10 + (*text - '0');
	*ret_id = id;
	return 0;
}

/* Bytes of the text to store: all, or what ends at a character within the limit. */
static int reason_len(const char *reason)
{
	size_t len = strnlen(reason, PH_JOB_REASON_MAX + 1);

	if (len <= PH_JOB_REASON_MAX)
		return (int)len;
	for (len = PH_JOB_REASON_MAX; len > 0 && ((unsigned char)reason[len] & 0xc0) == 0x80;)
		len--;
	return (int)len;
}

/* ---- rows ---- */

/* Columns of JOB_COLUMNS in sql.c. */
static void read_row(sqlite3_stmt *s, struct ph_job_row *row)
{
	*row = (struct ph_job_row){
		.id = sqlite3_column_int64(s, 0),
		.uid = (uint32_t)sqlite3_column_int64(s, 1),
		.state = (enum ph_job_state)sqlite3_column_int(s, 5),
		.confirmed = (uint32_t)sqlite3_column_int64(s, 7),
		.segments = (uint32_t)sqlite3_column_int64(s, 8),
		.attempt = (uint32_t)sqlite3_column_int64(s, 9),
		.reprint = sqlite3_column_int(s, 10),
		.on_recovery = (enum ph_recovery)sqlite3_column_int(s, 11),
		.copies = (uint32_t)sqlite3_column_int64(s, 12),
		.priority = sqlite3_column_int(s, 13),
		.accepted_us = (uint64_t)sqlite3_column_int64(s, 14),
		.changed_us = (uint64_t)sqlite3_column_int64(s, 15),
		.expires_us = (uint64_t)sqlite3_column_int64(s, 16),
		.columns = (uint32_t)sqlite3_column_int64(s, 19),
	};
	ph_sql_copy(s, 2, row->method, sizeof(row->method));
	ph_sql_copy(s, 3, row->key, sizeof(row->key));
	ph_sql_copy(s, 4, row->device, sizeof(row->device));
	ph_sql_copy(s, 6, row->reason, sizeof(row->reason));
	ph_sql_copy(s, 17, row->role, sizeof(row->role));
	ph_sql_copy(s, 18, row->moved_from, sizeof(row->moved_from));
	ph_sql_copy(s, 20, row->note, sizeof(row->note));
}

static void row_free(struct ph_job_row *row)
{
	if (row)
		free((char *)row->document);
	free(row);
}

/* A copy on the heap, or NULL with the failure of the group set. */
static struct ph_job_row *new_row(struct ph_journal *journal, sqlite3_stmt *s)
{
	struct ph_job_row *row = malloc(sizeof(*row));

	if (row)
		read_row(s, row);
	else
		journal->failure = -ENOMEM;
	return row;
}

static sqlite3_stmt *by_key(
	struct ph_journal *journal, uint32_t uid, const char *method, const char *key)
{
	sqlite3_stmt *s = ph_sql(journal, PH_SQL_JOB_BY_KEY);

	sqlite3_bind_int64(s, 1, uid);
	ph_sql_text(s, 2, method);
	ph_sql_text(s, 3, key);
	return s;
}

static sqlite3_stmt *by_id(struct ph_journal *journal, enum ph_sql which, int64_t id)
{
	sqlite3_stmt *s = ph_sql(journal, which);

	sqlite3_bind_int64(s, 1, id);
	return s;
}

/* ---- accept ---- */

static void hash_part(crypto_generichash_state *state, const void *data, size_t len)
{
	unsigned char prefix[4] = {(unsigned char)len, (unsigned char)(len >> 8),
		(unsigned char)(len >> 16), (unsigned char)(len >> 24)};

	crypto_generichash_update(state, prefix, sizeof(prefix));
	crypto_generichash_update(state, data, len);
}

static void hash_body(
	const struct ph_journal_accept *accept, const char *target, unsigned char out[BODY_HASH])
{
	crypto_generichash_state state;
	char options[64];
	int len;

	len = snprintf(options, sizeof(options), "%d %u %d", (int)accept->on_recovery,
		accept->copies, accept->priority);
	crypto_generichash_init(&state, NULL, 0, BODY_HASH);
	hash_part(&state, target, strlen(target));
	hash_part(&state, options, (size_t)len);
	hash_part(&state, accept->document, accept->document_len);
	crypto_generichash_final(&state, out, BODY_HASH);
}

/*
 * A job for a role is the same wherever the role leads now, and whoever names the printer it went to means it too. Rows of
 * before there were roles have the device's hash.
 */
static int same_body(const struct ph_journal_accept *accept, const struct ph_job_row *stored,
	const unsigned char *stored_body)
{
	unsigned char body[BODY_HASH];
	const char *other = NULL;

	hash_body(accept, accept->role ? accept->role : accept->device, body);
	if (!memcmp(body, stored_body, BODY_HASH))
		return 1;
	if (accept->role && !stored->role[0])
		other = stored->device;
	else if (!accept->role && (!strcmp(accept->device, stored->device) ||
					  !strcmp(accept->device, stored->moved_from)))
		other = stored->role;
	if (!other)
		return 0;
	hash_body(accept, other, body);
	return !memcmp(body, stored_body, BODY_HASH);
}

static int accept_known(struct ph_journal *journal, struct ph_journal_accept *accept)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *stored = NULL;
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *hash = NULL;
	int r;

	stored = by_key(journal, accept->uid, accept->method, accept->key);
	r = ph_sql_step(journal, stored);
	if (r <= 0)
		return r < 0 ? r : -EBADMSG;
	hash = by_id(journal, PH_SQL_JOB_BODY, sqlite3_column_int64(stored, 0));
	r = ph_sql_step(journal, hash);
	if (r <= 0)
		return r < 0 ? r : -EBADMSG;
	accept->stored = new_row(journal, stored);
	if (!accept->stored)
		return -ENOMEM;
	if (sqlite3_column_bytes(hash, 0) != BODY_HASH ||
		!same_body(accept, accept->stored, sqlite3_column_blob(hash, 0))) {
		ph_journal_accept_clear(accept);
		return -EEXIST;
	}
	accept->id = accept->stored->id;
	accept->duplicate = 1;
	return 0;
}

static int accept_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_accept *accept = (struct ph_journal_accept *)request;
	unsigned char body[BODY_HASH];
	sqlite3_stmt *s = ph_sql(journal, PH_SQL_JOB_INSERT);
	int r;

	hash_body(accept, accept->role ? accept->role : accept->device, body);
	sqlite3_bind_int64(s, 1, accept->uid);
	ph_sql_text(s, 2, accept->method);
	ph_sql_text(s, 3, accept->key);
	ph_sql_text(s, 4, accept->device);
	sqlite3_bind_blob(s, 5, body, sizeof(body), SQLITE_STATIC);
	sqlite3_bind_int(s, 6, (int)accept->state);
	sqlite3_bind_int(s, 7, accept->state == PH_JOB_SENDING);
	sqlite3_bind_int(s, 8, (int)accept->on_recovery);
	sqlite3_bind_int64(s, 9, accept->copies);
	sqlite3_bind_int(s, 10, accept->priority);
	sqlite3_bind_int64(s, 11, (sqlite3_int64)request->wall_us);
	sqlite3_bind_int64(s, 12, (sqlite3_int64)accept->expires_us);
	ph_sql_text(s, 13, accept->role);
	r = ph_sql_run(journal, s);
	if (r < 0)
		return r;
	if (sqlite3_changes(journal->db) == 0)
		return accept_known(journal, accept);
	journal->changed = 1;
	accept->id = sqlite3_last_insert_rowid(journal->db);
	s = by_id(journal, PH_SQL_DOCUMENT_INSERT, accept->id);
	sqlite3_bind_text(s, 2, accept->document, (int)accept->document_len, SQLITE_STATIC);
	return ph_sql_run(journal, s);
}

static const struct ph_journal_kind accept_kind = {.run = accept_run, .is_new = 1};

int ph_journal_accept_submit(struct ph_journal *journal, struct ph_journal_accept *accept)
{
	if (!ph_journal_text_ok(accept->method, 1, PH_NAME_MAX) ||
		!ph_journal_text_ok(accept->key, 1, PH_KEY_MAX) ||
		!ph_journal_text_ok(accept->device, 1, PH_NAME_MAX) ||
		(accept->role && !ph_journal_text_ok(accept->role, 1, PH_NAME_MAX)))
		return -EINVAL;
	if (!accept->document || accept->document_len < 1 || accept->document_len > PH_LINE_MAX ||
		memchr(accept->document, '\0', accept->document_len))
		return -EINVAL;
	if ((unsigned int)accept->on_recovery >= PH_RECOVERY_COUNT_ || accept->copies < 1 ||
		accept->copies > PH_JOB_COPIES_MAX || accept->expires_us > INT64_MAX ||
		(unsigned int)accept->state > PH_JOB_SENDING)
		return -EINVAL;
	accept->id = 0;
	accept->duplicate = 0;
	accept->stored = NULL;
	return ph_journal_submit(journal, &accept->request, &accept_kind);
}

void ph_journal_accept_clear(struct ph_journal_accept *accept)
{
	row_free(accept->stored);
	accept->stored = NULL;
}

/* ---- update ---- */

static int update_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_update *update = (struct ph_journal_update *)request;
	const char *reason = update->reason ? update->reason : "";
	sqlite3_stmt *s = by_id(journal, PH_SQL_JOB_UPDATE, update->id);
	int r;

	sqlite3_bind_int(s, 2, (int)update->state);
	sqlite3_bind_text(s, 3, reason, reason_len(reason), SQLITE_STATIC);
	sqlite3_bind_int64(s, 4, update->confirmed);
	sqlite3_bind_int64(s, 5, update->segments);
	sqlite3_bind_int64(s, 6, update->attempt);
	sqlite3_bind_int(s, 7, update->reprint != 0);
	sqlite3_bind_int64(s, 8, (sqlite3_int64)request->wall_us);
	sqlite3_bind_text(s, 9, update->device, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 10, update->moved_from, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 11, update->columns);
	sqlite3_bind_text(s, 12, update->note, -1, SQLITE_STATIC);
	r = ph_sql_run(journal, s);
	if (r < 0)
		return r;
	if (sqlite3_changes(journal->db) == 0)
		return -ENOENT;
	journal->changed = 1;
	return 0;
}

static const struct ph_journal_kind update_kind = {.run = update_run};

int ph_journal_update_submit(struct ph_journal *journal, struct ph_journal_update *update)
{
	if ((unsigned int)update->state >= PH_JOB_STATE_COUNT_ ||
		(update->device && !ph_journal_text_ok(update->device, 1, PH_NAME_MAX)) ||
		(update->moved_from && !ph_journal_text_ok(update->moved_from, 0, PH_NAME_MAX)) ||
		(update->note && !ph_journal_text_ok(update->note, 0, PH_JOB_REASON_MAX)))
		return -EINVAL;
	return ph_journal_submit(journal, &update->request, &update_kind);
}

/* ---- get ---- */

/* Gives the row its document, if there still is one. */
static int add_document(struct ph_journal *journal, struct ph_job_row *row)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = by_id(journal, PH_SQL_DOCUMENT, row->id);
	const char *text;
	int r;

	r = ph_sql_step(journal, s);
	if (r <= 0)
		return r;
	text = (const char *)sqlite3_column_text(s, 0);
	row->document_len = (size_t)sqlite3_column_bytes(s, 0);
	row->document = text ? strndup(text, row->document_len) : NULL;
	if (!row->document)
		journal->failure = -ENOMEM;
	return journal->failure;
}

static int get_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_get *get = (struct ph_journal_get *)request;
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = NULL;
	int r;

	ph_journal_get_clear(get);
	if (get->id)
		s = by_id(journal, PH_SQL_JOB_BY_ID, get->id);
	else
		s = by_key(journal, get->uid, get->method, get->key);
	r = ph_sql_step(journal, s);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	get->job = new_row(journal, s);
	if (!get->job)
		return -ENOMEM;
	return get->with_document ? add_document(journal, get->job) : 0;
}

static const struct ph_journal_kind get_kind = {.run = get_run, .is_new = 1, .reads = 1};

int ph_journal_get_submit(struct ph_journal *journal, struct ph_journal_get *get)
{
	if (get->id < 0 || (!get->id && (!get->method || !get->key)))
		return -EINVAL;
	get->job = NULL;
	return ph_journal_submit(journal, &get->request, &get_kind);
}

void ph_journal_get_clear(struct ph_journal_get *get)
{
	row_free(get->job);
	get->job = NULL;
}

/* ---- list ---- */

static int wanted(const struct ph_journal_list *list, sqlite3_stmt *s)
{
	const char *device = (const char *)sqlite3_column_text(s, 4);

	if (list->states && !(list->states & 1u << sqlite3_column_int(s, 5)))
		return 0;
	return !list->device || (device && !strcmp(device, list->device));
}

static int list_add(struct ph_journal *journal, struct ph_journal_list *list, sqlite3_stmt *s)
{
	struct ph_job_row *more;

	/* grown in steps: most lists are short */
	if (list->count % 32 == 0) {
		more = realloc(list->jobs, (list->count + 32) * sizeof(*more));
		if (!more)
			return journal->failure = -ENOMEM;
		list->jobs = more;
	}
	read_row(s, &list->jobs[list->count++]);
	return 0;
}

static int list_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_list *list = (struct ph_journal_list *)request;
	PH_CLEANUP(ph_sql_resetp)
	sqlite3_stmt *s =
		by_id(journal, PH_SQL_JOB_LIST, list->before > 0 ? list->before : INT64_MAX);
	int r;

	ph_journal_list_clear(list);
	list->more = 0;
	for (int looked = 0; (r = ph_sql_step(journal, s)) > 0; looked++) {
		if (list->count == list->limit || looked == PH_JOURNAL_LIST_STEP) {
			list->more = sqlite3_column_int64(s, 0) + 1;
			return 0;
		}
		if (wanted(list, s))
			r = list_add(journal, list, s);
		if (r < 0)
			return r;
	}
	return r;
}

static const struct ph_journal_kind list_kind = {.run = list_run, .is_new = 1, .reads = 1};

int ph_journal_list_submit(struct ph_journal *journal, struct ph_journal_list *list)
{
	if (list->limit < 1 || list->limit > PH_LIST_MAX || list->before < 0)
		return -EINVAL;
	list->jobs = NULL;
	list->count = 0;
	list->more = 0;
	return ph_journal_submit(journal, &list->request, &list_kind);
}

void ph_journal_list_clear(struct ph_journal_list *list)
{
	free(list->jobs);
	list->jobs = NULL;
	list->count = 0;
}

/* ---- at start ---- */

int ph_journal_load_open(struct ph_journal *journal,
	int (*each)(const struct ph_job_row *job, void *userdata), void *userdata)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = NULL;
	struct ph_job_row row;
	int r;

	if (journal->attached)
		return -EBUSY;
	journal->failure = 0;
	s = ph_sql(journal, PH_SQL_JOB_OPEN);
	while ((r = ph_sql_step(journal, s)) > 0) {
		read_row(s, &row);
		r = add_document(journal, &row);
		if (r == 0)
			r = each(&row, userdata);
		free((char *)row.document);
		if (r < 0)
			return r;
	}
	return r;
}
