/* What is inside the journal for one that is damaged. */
#ifndef PH_DAEMON_JOURNAL_DAMAGE_H
#define PH_DAEMON_JOURNAL_DAMAGE_H

#include "daemon/journal/queue.h"

/*
 * Looks, outside of a transaction, which records cannot be read: `unreadable` in sql.c, which all that looks for work goes around. Indexes
 * and small tables that are damaged and can be made anew are. False: it was looked a moment ago, or a transaction is open.
 */
bool ph_damage_probe(struct ph_journal *journal);

/* The record that was blamed for a failure of the group is gone around from now on. False: none was, or it was already. */
bool ph_damage_mark(struct ph_journal *journal);

/*
 * All ids a statement gives; freed by the caller, also with -EBADMSG, when they are those up to the damage, which is noted as the
 * group's failure.
 */
int ph_damage_ids(
	struct ph_journal *journal, sqlite3_stmt *statement, int64_t **ret_ids, size_t *ret_count);

#endif
