// Counts what still waits for the host in a journal nobody has open, for whoever is about to remove it; it changes nothing.
#include "daemon/journal/internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Before version 3 there were no payments, and before 6 a state less. */
static const char *query(int version)
{
	if (version < 3)
		return "SELECT 0";
	return version < 6 ? "SELECT count(*) FROM record WHERE state < 6"
			   : "SELECT count(*) FROM record WHERE state < 7 OR work = 1 OR "
			     "(kind = 1 AND state = 11 AND work <> 2)";
}

static int first_number(sqlite3 *db, const char *sql, int64_t *ret_number)
{
	sqlite3_stmt *s = NULL;
	int r = -EBADMSG;

	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK &&
		sqlite3_step(s) == SQLITE_ROW) {
		*ret_number = sqlite3_column_int64(s, 0);
		r = 0;
	}
	sqlite3_finalize(s);
	return r < 0 ? ph_sql_errno(db) : 0;
}

int ph_journal_pending(const char *path, int64_t *ret_count, char message[PH_JOURNAL_MESSAGE])
{
	int64_t version = 0, count = 0;
	sqlite3 *db = NULL;
	int r;

	if (access(path, F_OK) < 0 && errno == ENOENT) {
		*ret_count = 0;
		return 0;
	}
	r = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE, NULL);
	if (r == SQLITE_OK)
		r = sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA trusted_schema = OFF",
			NULL, NULL, NULL);
	r = r == SQLITE_OK ? first_number(db, "PRAGMA user_version", &version) : ph_sql_errno(db);
	if (r == 0)
		r = first_number(db, query((int)version), &count);
	if (r == -EBUSY)
		snprintf(message, PH_JOURNAL_MESSAGE,
			"journal %s: poshald is running; stop it first, or ask `poshalctl queue`",
			path);
	else if (r < 0)
		snprintf(message, PH_JOURNAL_MESSAGE, "journal %s: %s", path, sqlite3_errmsg(db));
	else
		*ret_count = count;
	sqlite3_close(db);
	return r;
}
