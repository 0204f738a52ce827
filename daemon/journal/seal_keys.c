// Requests about the keys that account data is sealed to; how many records each has is counted by triggers of the schema.
#include "daemon/journal/journal_keys.h"

#include "base/cleanup.h"
#include "daemon/journal/payments.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOKED_AT 4096 /* ids of one piece: a few milliseconds */

/* the number that is stored */
_Static_assert(PH_SEAL_KEY_GONE == 0 && PH_SEAL_KEY_OLD == 1, "stored");
_Static_assert(PH_SEAL_KEY_CURRENT == 2 && PH_SEAL_KEY_STATE_COUNT_ == 3, "stored");

const char *ph_seal_key_state_name(enum ph_seal_key_state state)
{
	static const char *const names[PH_SEAL_KEY_STATE_COUNT_] = {"gone", "old", "current"};

	return (unsigned)state < PH_SEAL_KEY_STATE_COUNT_ ? names[state] : "unknown";
}

/* ---- which there are ---- */

static int read_keys(struct ph_journal *journal, struct ph_journal_seal_keys *keys)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = ph_sql(journal, PH_SQL_SEAL_KEYS);
	int r;

	keys->count = 0;
	while (keys->count < PH_SEAL_KEYS_MAX && (r = ph_sql_step(journal, s)) > 0) {
		struct ph_seal_key *key = &keys->keys[keys->count++];

		ph_sql_copy(s, 0, key->kid, sizeof(key->kid));
		key->first_us = (uint64_t)sqlite3_column_int64(s, 1);
		key->sealed = sqlite3_column_int64(s, 2);
		key->kept = sqlite3_column_int64(s, 3);
		key->state = (enum ph_seal_key_state)sqlite3_column_int(s, 4);
	}
	return journal->failure;
}

static int note_key(struct ph_journal *journal, const struct ph_journal_seal_keys *keys,
	const char *kid, enum ph_seal_key_state state)
{
	static const char *const actions[] = {"key.removed", "key.added", "key.current"};
	char detail[PH_KID_MAX + 16];
	struct ph_audit_entry entry = {
		.uid = keys->uid, .who = keys->who, .action = actions[state], .detail = detail};
	sqlite3_stmt *s = ph_sql(journal, PH_SQL_SEAL_KEY_PUT);
	int r;

	ph_sql_text(s, 1, kid);
	sqlite3_bind_int64(s, 2, (sqlite3_int64)keys->request.wall_us);
	sqlite3_bind_int(s, 3, (int)state);
	r = ph_sql_run(journal, s);
	/* a key id has no letter that JSON writes otherwise */
	snprintf(detail, sizeof(detail), "{\"kid\":\"%s\"}", kid);
	journal->changed = 1;
	return r < 0 ? r : ph_audit_write(journal, &entry, keys->request.wall_us);
}

static const struct ph_seal_key *known(const struct ph_journal_seal_keys *keys, const char *kid)
{
	for (uint32_t i = 0; i < keys->count; i++)
		if (!strcmp(keys->keys[i].kid, kid))
			return &keys->keys[i];
	return NULL;
}

static bool is_seen(const struct ph_journal_seal_keys *keys, const char *kid)
{
	for (uint32_t i = 0; i < keys->seen; i++)
		if (!strcmp(keys->kids[i], kid))
			return true;
	return false;
}

/* What is different from what is stored. */
static int note_seen(struct ph_journal *journal, struct ph_journal_seal_keys *keys)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < keys->count; i++) {
		const struct ph_seal_key *key = &keys->keys[i];
		if (key->state != PH_SEAL_KEY_GONE && !is_seen(keys, key->kid))
			r = note_key(journal, keys, key->kid, PH_SEAL_KEY_GONE);
	}
	for (uint32_t i = keys->seen; r == 0 && i-- > 0;) {
		enum ph_seal_key_state state = i ? PH_SEAL_KEY_OLD : PH_SEAL_KEY_CURRENT;
		const struct ph_seal_key *key = known(keys, keys->kids[i]);
		if (!key || key->state != state)
			r = note_key(journal, keys, keys->kids[i], state);
	}
	return r < 0 ? r : read_keys(journal, keys);
}

static int seal_keys_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_seal_keys *keys = (struct ph_journal_seal_keys *)request;
	int r = read_keys(journal, keys);

	return r < 0 || !keys->seen ? r : note_seen(journal, keys);
}

static const struct ph_journal_kind seal_keys_kind = {.run = seal_keys_run, .is_new = 1};

static bool kid_ok(const char *kid)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

	return ph_journal_text_ok(kid, 1, PH_KID_MAX) && kid[strspn(kid, letters)] == '\0';
}

int ph_journal_seal_keys_submit(struct ph_journal *journal, struct ph_journal_seal_keys *keys)
{
	if (keys->seen > PH_SEAL_KEYS_MAX)
		return -EINVAL;
	for (uint32_t i = 0; i < keys->seen; i++)
		if (!kid_ok(keys->kids[i]))
			return -EINVAL;
	return ph_journal_submit(journal, &keys->request, &seal_keys_kind);
}

/* ---- records of another key ---- */

static int reseal_list_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_reseal_list *list = (struct ph_journal_reseal_list *)request;
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = ph_sql(journal, PH_SQL_RESEAL_LIST);
	int64_t end = list->after_id + LOOKED_AT, last = 0;
	int r;

	sqlite3_bind_int64(s, 1, list->after_id);
	sqlite3_bind_int64(s, 2, end);
	ph_sql_text(s, 3, list->kid);
	while (list->count < PH_RESEAL_MAX && (r = ph_sql_step(journal, s)) > 0)
		ph_record_read(s, &list->rows[list->count++]);
	if (journal->failure)
		return journal->failure;
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *newest = ph_sql(journal, PH_SQL_RECORD_NEWEST);
	if (ph_sql_step(journal, newest) > 0)
		last = sqlite3_column_int64(newest, 0);
	/* a full list: there may be others in this piece */
	list->after_id = list->count == PH_RESEAL_MAX ? list->rows[list->count - 1].id : end;
	list->more = list->after_id < last;
	return journal->failure;
}

static const struct ph_journal_kind reseal_list_kind = {.run = reseal_list_run, .is_new = 1};

int ph_journal_reseal_list_submit(struct ph_journal *journal, struct ph_journal_reseal_list *list)
{
	if (!kid_ok(list->kid) || list->after_id < 0)
		return -EINVAL;
	list->count = 0;
	list->more = false;
	list->rows = calloc(PH_RESEAL_MAX, sizeof(*list->rows));
	if (!list->rows)
		return -ENOMEM;
	int r = ph_journal_submit(journal, &list->request, &reseal_list_kind);
	if (r < 0)
		ph_journal_reseal_list_clear(list);
	return r;
}

void ph_journal_reseal_list_clear(struct ph_journal_reseal_list *list)
{
	free(list->rows);
	list->rows = NULL;
	list->count = 0;
}

static int reseal_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_reseal *reseal = (struct ph_journal_reseal *)request;
	int r = 0;

	reseal->done = 0;
	for (uint32_t i = 0; r == 0 && i < reseal->count; i++) {
		const struct ph_reseal *record = &reseal->records[i];
		sqlite3_stmt *s = ph_sql(journal, PH_SQL_RESEAL);

		sqlite3_bind_int64(s, 1, record->record);
		ph_record_bind_blob(s, 2, record->was, record->was_len);
		ph_record_bind_blob(s, 3, record->sealed, record->sealed_len);
		r = ph_sql_run(journal, s);
		if (r == 0 && sqlite3_changes(journal->db) > 0) {
			reseal->done++;
			journal->changed = 1;
		}
	}
	return r;
}

static const struct ph_journal_kind reseal_kind = {.run = reseal_run};

int ph_journal_reseal_submit(struct ph_journal *journal, struct ph_journal_reseal *reseal)
{
	if (!reseal->count || reseal->count > PH_RESEAL_MAX)
		return -EINVAL;
	for (uint32_t i = 0; i < reseal->count; i++) {
		const struct ph_reseal *record = &reseal->records[i];
		if (!record->was_len || !record->sealed_len ||
			record->sealed_len > PH_RECORD_SEALED_MAX)
			return -EINVAL;
	}
	return ph_journal_submit(journal, &reseal->request, &reseal_kind);
}
