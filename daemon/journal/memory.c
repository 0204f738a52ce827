// Requests about what drivers had kept; who may keep how much is said by the statements in sql.c and by the callers.
#include "daemon/journal/journal_memory.h"

#include "base/cleanup.h"
#include "daemon/journal/internal.h"

#include <errno.h>

static int remember_run(struct ph_journal *journal, struct ph_journal_request *request)
{
	struct ph_journal_remember *remember = (struct ph_journal_remember *)request;
	sqlite3_stmt *s = ph_sql(journal, remember->value ? PH_SQL_MEMORY_PUT : PH_SQL_MEMORY_DROP);

	ph_sql_text(s, 1, remember->device);
	ph_sql_text(s, 2, remember->key);
	if (remember->value) {
		ph_sql_text(s, 3, remember->value);
		sqlite3_bind_int(s, 4, PH_MEMORY_KEYS_MAX);
	}
	int r = ph_sql_run(journal, s);
	if (r < 0)
		return r;
	if (sqlite3_changes(journal->db) > 0)
		journal->changed = 1;
	else if (remember->value)
		return -ENOSPC;
	return 0;
}

static const struct ph_journal_kind remember_kind = {.run = remember_run, .is_new = 1};

int ph_journal_remember_submit(struct ph_journal *journal, struct ph_journal_remember *remember)
{
	if (!ph_journal_text_ok(remember->device, 1, PH_NAME_MAX) ||
		!ph_journal_text_ok(remember->key, 1, PH_NAME_MAX) ||
		(remember->value && !ph_journal_text_ok(remember->value, 0, PH_MEMORY_VALUE_MAX)))
		return -EINVAL;
	return ph_journal_submit(journal, &remember->request, &remember_kind);
}

int ph_journal_load_memory(struct ph_journal *journal,
	int (*each)(const char *device, const char *key, const char *value, void *userdata),
	void *userdata)
{
	PH_CLEANUP(ph_sql_resetp) sqlite3_stmt *s = NULL;
	int r;

	if (journal->attached)
		return -EBUSY;
	journal->failure = 0;
	s = ph_sql(journal, PH_SQL_MEMORY_ALL);
	while ((r = ph_sql_step(journal, s)) > 0) {
		const char *device = (const char *)sqlite3_column_text(s, 0);
		const char *key = (const char *)sqlite3_column_text(s, 1);
		const char *value = (const char *)sqlite3_column_text(s, 2);

		if (!device || !key || !value)
			return -ENOMEM;
		r = each(device, key, value, userdata);
		if (r < 0)
			return r;
	}
	return r;
}
