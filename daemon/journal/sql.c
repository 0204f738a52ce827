// All statements of the journal and the helpers that run them; what they mean is the business of the others.
#include "daemon/journal/internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define JOB_COLUMNS                                                                                \
	"id, uid, method, key, device, state, reason, confirmed, segments, attempt, reprint, "     \
	"on_recovery, copies, priority, accepted_us, changed_us, expires_us, "                     \
	"role, moved_from, columns, note"

#define PAYMENT_COLUMNS                                                                            \
	"p.id, p.uid, p.method, p.key, p.device, p.type, p.currency, p.amount, p.cashback, "       \
	"p.amount_approved, p.operator, p.reference, p.reason, p.original, p.state, p.counter, "   \
	"p.voided, p.created_us, p.changed_us, p.before, p.result, p.completion, p.refunded, "     \
	"p.resolution, v.state, v.attempts, v.response_code, v.note"
/* a payment has one reversal at most */
#define PAYMENTS_BY(index)                                                                         \
	"SELECT " PAYMENT_COLUMNS " FROM payment p " index                                         \
	"LEFT JOIN record v ON v.payment = p.id AND v.kind = 1 "
#define PAYMENTS PAYMENTS_BY("")

#define RECORD_COLUMNS                                                                             \
	"r.id, r.payment, r.parent, r.kind, r.state, p.device, p.type, p.currency, p.amount, "     \
	"p.cashback, r.stan, r.rrn, r.transmission, r.local_time, r.local_date, r.entry, "         \
	"r.sequence, r.reason, r.repeat, r.attempts, r.next_us, r.created_us, r.changed_us, "      \
	"r.response_code, r.approval_code, r.sealed, r.icc, r.terminal, o.stan, o.transmission, "  \
	"o.approval_code, q.id, q.amount, r.pin, r.note"
/* o: what the message is about; q: the reservation of a completion, whose sealed record it takes along */
#define RECORDS_BY(index)                                                                          \
	"SELECT " RECORD_COLUMNS " FROM record r " index "JOIN payment p ON p.id = r.payment "     \
	"LEFT JOIN payment q ON q.id = p.original AND p.type = 'complete' "                        \
	"LEFT JOIN record o ON o.id = CASE WHEN r.parent > 0 THEN r.parent ELSE "                  \
	"(SELECT max(id) FROM record WHERE payment = q.id AND parent = 0) END "
#define RECORDS RECORDS_BY("")

static const char *const texts[PH_SQL_COUNT_] = {
	[PH_SQL_BEGIN] = "BEGIN",
	[PH_SQL_COMMIT] = "COMMIT",
	[PH_SQL_ROLLBACK] = "ROLLBACK",
	[PH_SQL_JOB_INSERT] = "INSERT INTO job (uid, method, key, device, body, state, attempt, "
			      "on_recovery, copies, "
			      "priority, accepted_us, changed_us, expires_us, role) VALUES "
			      "(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,"
			      "?11,?11,?12,?13) ON CONFLICT (uid, method, key) DO NOTHING",
	[PH_SQL_DOCUMENT_INSERT] = "INSERT INTO document (job, text) VALUES (?1, ?2)",
	[PH_SQL_JOB_BY_KEY] =
		"SELECT " JOB_COLUMNS " FROM job WHERE uid = ?1 AND method = ?2 AND key = ?3",
	[PH_SQL_JOB_BY_ID] = "SELECT " JOB_COLUMNS " FROM job WHERE id = ?1",
	[PH_SQL_JOB_BODY] = "SELECT body FROM job WHERE id = ?1",
	[PH_SQL_JOB_UPDATE] = "UPDATE job SET state = ?2, reason = ?3, confirmed = ?4, segments = "
			      "?5, attempt = ?6, "
			      "reprint = ?7, changed_us = ?8, device = coalesce(?9, device), "
			      "moved_from = coalesce(?10, moved_from), "
			      "columns = coalesce(nullif(?11, 0), columns), "
			      "note = coalesce(?12, note) WHERE id = ?1",
	[PH_SQL_JOB_LIST] = "SELECT " JOB_COLUMNS " FROM job WHERE id < ?1 ORDER BY id DESC",
	[PH_SQL_JOB_OPEN] =
		"SELECT " JOB_COLUMNS " FROM job INDEXED BY job_open WHERE state < 4 ORDER BY id",
	[PH_SQL_DOCUMENT] = "SELECT text FROM document WHERE job = ?1",
	[PH_SQL_PULSE_INSERT] =
		"INSERT INTO pulse (uid, key, device, who, reason, reference, operator, begun_us) "
		"VALUES (?1,?2,?3,?4,?5,?6,?7,?8) ON CONFLICT (uid, key) DO NOTHING",
	[PH_SQL_PULSE_BY_KEY] = "SELECT id, device, outcome, already, begun_us FROM pulse "
				"WHERE uid = ?1 AND key = ?2",
	[PH_SQL_PULSE_BY_ID] = "SELECT outcome FROM pulse WHERE id = ?1",
	[PH_SQL_PULSE_END] =
		"UPDATE pulse SET outcome = ?2, already = ?3, ended_us = ?4 WHERE id = ?1",
	[PH_SQL_PULSE_AGAIN] = "UPDATE pulse SET outcome = 0, already = 0, begun_us = ?2, "
			       "ended_us = 0 WHERE id = ?1",
	[PH_SQL_PULSE_LAST] = "SELECT coalesce(max(id), 0) FROM pulse",
	[PH_SQL_AUDIT_INSERT] =
		"INSERT INTO audit (seq, time_us, uid, who, action, device, detail, outcome, hash) "
		"VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)",
	[PH_SQL_AUDIT_SINCE] =
		"SELECT seq, time_us, uid, who, action, device, detail, outcome, hash FROM audit "
		"WHERE seq > ?1 ORDER BY seq LIMIT ?2",
	[PH_SQL_AUDIT_HEAD] =
		"SELECT count, hash, (SELECT max(seq) FROM audit) FROM audit_head WHERE id = 1",
	[PH_SQL_AUDIT_HEAD_SET] = "UPDATE audit_head SET count = ?1, hash = ?2 WHERE id = 1",
	[PH_SQL_PURGE_DOCUMENTS] =
		"SELECT d.job, j.state, j.changed_us FROM document d "
		"JOIN job j ON j.id = d.job WHERE d.job > ?1 ORDER BY d.job LIMIT ?2",
	[PH_SQL_PURGE_DOCUMENT] = "DELETE FROM document WHERE job = ?1",
	/* the newest row stays for ever: it is what keeps ids from being used again */
	[PH_SQL_PURGE_JOBS] = "SELECT id FROM job WHERE accepted_us < ?1 AND state >= 4 "
			      "AND id < (SELECT max(id) FROM job) "
			      "AND id <= (SELECT min(id) FROM job) + ?2 ORDER BY id LIMIT ?2",
	[PH_SQL_PURGE_JOB] = "DELETE FROM job WHERE id = ?1",
	[PH_SQL_PURGE_PULSES] = "SELECT id FROM pulse WHERE begun_us < ?1 "
				"AND id < (SELECT max(id) FROM pulse) "
				"AND id <= (SELECT min(id) FROM pulse) + ?2 ORDER BY id LIMIT ?2",
	[PH_SQL_PURGE_PULSE] = "DELETE FROM pulse WHERE id = ?1",
	[PH_SQL_MEMORY_PUT] = "INSERT INTO memory (device, key, value) SELECT ?1, ?2, ?3 WHERE "
			      "(SELECT count(*) FROM memory WHERE device = ?1 AND key <> ?2) < ?4 "
			      "ON CONFLICT (device, key) DO UPDATE SET value = ?3",
	[PH_SQL_MEMORY_DROP] = "DELETE FROM memory WHERE device = ?1 AND key = ?2",
	[PH_SQL_MEMORY_ALL] = "SELECT device, key, value FROM memory ORDER BY device, key",
	[PH_SQL_PAYMENT_INSERT] =
		"INSERT INTO payment (uid, method, key, body, device, type, currency, amount, "
		"cashback, operator, reference, reason, original, counter, created_us, changed_us) "
		"VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?15)",
	[PH_SQL_PAYMENT_BY_KEY] =
		PAYMENTS "WHERE p.uid = ?1 AND p.key = ?2 AND "
			 "p.method = coalesce(?3, p.method) ORDER BY p.id LIMIT 1",
	[PH_SQL_PAYMENT_BY_ID] = PAYMENTS "WHERE p.id = ?1",
	[PH_SQL_PAYMENT_BODY] = "SELECT body FROM payment WHERE id = ?1",
	[PH_SQL_PAYMENT_LIST] = PAYMENTS "WHERE p.id < ?1 AND p.changed_us >= ?2 AND "
					 "(?3 < 0 OR p.state = ?3) ORDER BY p.id DESC LIMIT ?4",
	[PH_SQL_PAYMENT_OPEN] = PAYMENTS_BY(
		"INDEXED BY payment_open ") "WHERE p.state < 2 OR "
					    "(p.state = 8 AND p.resolution IS NULL) ORDER BY p.id",
	[PH_SQL_PAYMENT_INTENT] = "UPDATE payment SET state = 1, before = coalesce(?2, before), "
				  "changed_us = ?3 WHERE id = ?1",
	[PH_SQL_PAYMENT_END] = "UPDATE payment SET state = ?2, amount_approved = ?3, reason = "
			       "coalesce(?4, reason), result = coalesce(?5, result), changed_us = "
			       "?6 WHERE id = ?1",
	[PH_SQL_PAYMENT_VOIDED] = "UPDATE payment SET voided = 1, changed_us = ?2 WHERE id = ?1",
	/* taken once, and not when it is void; what was taken in vain is given back */
	[PH_SQL_PAYMENT_COMPLETE] = "UPDATE payment SET completion = ?2 WHERE id = ?1 AND "
				    "type = 'preauth' AND completion = 0 AND voided = 0",
	[PH_SQL_PAYMENT_COMPLETED] =
		"UPDATE payment SET completion = ?1 WHERE id = (SELECT original FROM payment "
		"WHERE id = ?1 AND type = 'complete')",
	[PH_SQL_PAYMENT_NOT_COMPLETED] =
		"UPDATE payment SET completion = 0 WHERE completion = ?1 AND id = "
		"(SELECT original FROM payment WHERE id = ?1 AND type = 'complete')",
	/* never more than was taken */
	[PH_SQL_PAYMENT_REFUND] =
		"UPDATE payment SET refunded = refunded + ?2 WHERE id = ?1 AND voided = 0 AND "
		"refunded + ?2 <= amount_approved",
	[PH_SQL_PAYMENT_NOT_REFUNDED] =
		"UPDATE payment SET refunded = max(refunded - (SELECT amount FROM payment WHERE "
		"id = ?1), 0) WHERE id = "
		"(SELECT original FROM payment WHERE id = ?1 AND type = 'refund')",
	[PH_SQL_PAYMENT_RESOLVE] = "UPDATE payment SET resolution = ?2, changed_us = ?3 "
				   "WHERE id = ?1",
	[PH_SQL_RECORD_INSERT] =
		"INSERT INTO record (payment, parent, kind, state, terminal, stan, rrn, "
		"transmission, local_time, local_date, entry, sequence, reason, created_us, "
		"changed_us, sealed, icc, pin) VALUES "
		"(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?14,?15,?16,?17)",
	[PH_SQL_RECORD_BY_ID] = RECORDS "WHERE r.id = ?1",
	[PH_SQL_RECORD_OF_PAYMENT] =
		RECORDS "WHERE r.payment = ?1 AND r.parent = 0 ORDER BY r.id DESC LIMIT 1",
	[PH_SQL_RECORD_REVERSAL] = RECORDS "WHERE r.parent = ?1 AND r.parent > 0",
	[PH_SQL_RECORD_OPEN] = RECORDS_BY(
		"INDEXED BY record_open ") "WHERE (r.state < 6 OR "
					   "(r.kind = 1 AND r.state = 10)) AND "
					   "(r.state < 6 OR p.resolution IS NULL) ORDER BY r.id",
	[PH_SQL_RECORD_MOVE] =
		"UPDATE record SET state = ?2, repeat = max(repeat, ?3), attempts = attempts + ?4, "
		"next_us = ?5, response_code = coalesce(?6, response_code), approval_code = "
		"coalesce(?7, approval_code), changed_us = ?8, note = coalesce(?9, note) "
		"WHERE id = ?1",
	[PH_SQL_RECORD_DROP_SEALED] = "UPDATE record SET sealed = NULL WHERE id = ?1",
	[PH_SQL_RECORD_DROP_RESERVED] =
		"UPDATE record SET sealed = NULL WHERE parent = 0 AND payment = "
		"(SELECT original FROM payment WHERE id = ?1 AND type = 'complete')",
	[PH_SQL_RECORD_ICC] = "UPDATE record SET icc = ?2 WHERE id = ?1",
	[PH_SQL_RECORDS_DROP_SEALED] = "UPDATE record SET sealed = NULL WHERE payment = ?1",
	[PH_SQL_RECORD_GIVE_UP] = "UPDATE record SET state = 11, sealed = NULL "
				  "WHERE payment = ?1 AND state = 1",
	[PH_SQL_COUNTER_NEXT] =
		"INSERT INTO counter (name, value) VALUES (?1, 1) ON CONFLICT (name) DO "
		"UPDATE SET value = value % ?2 + 1 RETURNING value",
};

int ph_sql_errno(sqlite3 *db)
{
	switch (sqlite3_errcode(db) & 0xff) {
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_IOERR:
		return -EIO;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EBADMSG;
	case SQLITE_CANTOPEN:
		return sqlite3_system_errno(db) > 0 ? -sqlite3_system_errno(db) : -EACCES;
	case SQLITE_TOOBIG:
		return -E2BIG;
	default:
		return -EPROTO;
	}
}

int ph_sql_fail(struct ph_journal *journal)
{
	if (journal->failure)
		return journal->failure;
	journal->failure = ph_sql_errno(journal->db);
	snprintf(journal->failure_text, sizeof(journal->failure_text), "%s (%d)",
		sqlite3_errmsg(journal->db), sqlite3_extended_errcode(journal->db));
	return journal->failure;
}

sqlite3_stmt *ph_sql(struct ph_journal *journal, enum ph_sql which)
{
	sqlite3_stmt **statement = &journal->statements[which];

	if (!*statement && sqlite3_prepare_v3(journal->db, texts[which], -1,
				   SQLITE_PREPARE_PERSISTENT, statement, NULL) != SQLITE_OK)
		ph_sql_fail(journal);
	return *statement;
}

int ph_sql_step(struct ph_journal *journal, sqlite3_stmt *statement)
{
	if (!statement)
		return journal->failure;
	switch (sqlite3_step(statement)) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		return 0;
	default:
		return ph_sql_fail(journal);
	}
}

int ph_sql_run(struct ph_journal *journal, sqlite3_stmt *statement)
{
	int r = ph_sql_step(journal, statement);

	sqlite3_reset(statement);
	return r < 0 ? r : 0;
}

int ph_sql_exec(struct ph_journal *journal, enum ph_sql which)
{
	return ph_sql_run(journal, ph_sql(journal, which));
}

void ph_sql_finish(struct ph_journal *journal)
{
	for (size_t i = 0; i < PH_SQL_COUNT_; i++) {
		sqlite3_finalize(journal->statements[i]);
		journal->statements[i] = NULL;
	}
}

void ph_sql_text(sqlite3_stmt *statement, int index, const char *text)
{
	sqlite3_bind_text(statement, index, text ? text : "", -1, SQLITE_STATIC);
}

void ph_sql_copy(sqlite3_stmt *statement, int column, char *out, size_t size)
{
	const unsigned char *text = sqlite3_column_text(statement, column);

	snprintf(out, size, "%s", text ? (const char *)text : "");
}
