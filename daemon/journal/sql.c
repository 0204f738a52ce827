// All statements of the journal and the helpers that run them; what they mean is the business of the others.
#include "daemon/journal/internal.h"
#include "daemon/journal/journal_queue.h"

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
	"CASE WHEN v.state = 11 AND v.work <> 2 THEN NULL ELSE p.resolution END, "                 \
	"v.state, v.attempts, v.response_code, v.note, w.state, w.amount_host"
/*
 * v: a payment has a reversal for each of its messages that was given up. What is told is the one somebody has to look at, else one
 * that waits, else the newest: a later one that went well must not hide that an earlier one did not.
 * w: what the host has made of one that stands without it.
 */
#define PAYMENTS                                                                                   \
	"SELECT " PAYMENT_COLUMNS " FROM payment p "                                               \
	"LEFT JOIN record v ON v.id = (SELECT id FROM record WHERE payment = p.id AND kind = 1 "   \
	"ORDER BY CASE WHEN state = 11 AND work <> 2 THEN 0 WHEN state < 7 THEN 1 ELSE 2 END, id " \
	"DESC LIMIT 1) "                                                                           \
	"LEFT JOIN record w ON p.state = 4 AND w.id = (SELECT max(id) FROM record WHERE "          \
	"payment = p.id AND kind > 2 AND state <> 17) "

#define RECORD_COLUMNS                                                                             \
	"r.id, r.payment, r.parent, r.kind, r.state, p.device, p.type, p.currency, "               \
	"coalesce(r.amount, p.amount), "                                                           \
	"p.cashback, r.stan, r.rrn, r.transmission, r.local_time, r.local_date, r.entry, "         \
	"r.sequence, r.reason, r.repeat, r.attempts, r.next_us, r.created_us, r.changed_us, "      \
	"r.response_code, r.approval_code, r.sealed, r.icc, r.terminal, o.stan, o.transmission, "  \
	"o.approval_code, q.id, q.amount, r.pin, r.note, r.supersedes, p.amount, r.amount_host, "  \
	"r.accepted_us, r.release_us, r.hold_reason, r.arc, r.work, r.batch, z.id, "               \
	"z.amount, p.origin, p.origin_amount, o.kind"
/* o: what the message is about; q: the reservation of a completion, whose sealed record it takes along */
#define RECORDS                                                                                    \
	"SELECT " RECORD_COLUMNS " FROM record r JOIN payment p ON p.id = r.payment "              \
	"LEFT JOIN payment q ON q.id = p.original AND p.type = 'complete' "                        \
	"LEFT JOIN payment z ON z.id = r.sealed_for "                                              \
	"LEFT JOIN record o ON o.id = CASE WHEN r.parent > 0 THEN r.parent ELSE "                  \
	"(SELECT max(id) FROM record WHERE payment = q.id AND parent = 0) END "

/* As the index record_open has it, word for word, or SQLite does not see that it can be used. */
#define IS_OPEN "(r.state < 7 OR r.work = 1 OR (r.kind = 1 AND r.state = 11))"

/*
 * What may be sent: nothing of a payment whose reversal is not acknowledged, nor refused and seen to by somebody, but that reversal. A deferred
 * request that got no answer is not repeated (ph_journal_supersede).
 */
#define NOT_UNDONE_YET                                                                             \
	"SELECT r.payment FROM record r INDEXED BY record_open WHERE " IS_OPEN                     \
	" AND r.turn = 0 AND (r.state < 7 OR r.work <> 2)"
#define IN_TURN                                                                                    \
	IS_OPEN " AND r.turn <= ?1 AND NOT (r.turn = 3 AND r.state = 6) AND "                      \
		"(r.turn = 0 OR r.payment NOT IN (" NOT_UNDONE_YET ")) AND " R_IS_READABLE
#define CAN_GO	     IN_TURN " AND r.state IN (1, 3, 5, 6)"
#define CAN_GO_LATER IN_TURN " AND (r.state IN (1, 3, 5, 6) OR (r.state = 2 AND r.next_us > 0))"

/* Found out once in a damaged journal (damage.h); else there is none. */
#define R_IS_READABLE  "r.id NOT IN (SELECT id FROM temp.unreadable) "
#define B_IS_READABLE  "b.id NOT IN (SELECT id FROM temp.unreadable) "
#define ID_IS_READABLE "id NOT IN (SELECT id FROM temp.unreadable) "

/* Somebody has to look: of a family, or a reversal or completion that was refused. */
#define WORK                                                                                       \
	"FROM record INDEXED BY record_work WHERE (work = 1 OR (kind = 1 AND state = 11) OR "      \
	"(kind = 2 AND state = 2)) AND work <> 2 AND " ID_IS_READABLE
#define ONE_PAGE "r.id > ?1 ORDER BY r.id LIMIT ?2"
/* A reversal of the payment of r is not acknowledged. */
#define IS_UNDONE                                                                                  \
	"EXISTS (SELECT 1 FROM record v WHERE v.payment = r.payment AND v.kind = 1 AND "           \
	"(v.state < 7 OR (v.state = 11 AND v.work <> 2)))"
/* Of a record r of a family: bytes of it are on a line or may have been, or it goes behind a reversal. */
#define MAY_HAVE_LEFT "(r.state IN (4, 6) OR r.repeat = 1 OR " IS_UNDONE ")"
/* When the first of a state goes; one index entry where none of them is behind a reversal. */
#define FIRST_OF                                                                                   \
	"SELECT * FROM (SELECT r.next_us AS at_us FROM record r INDEXED BY record_due WHERE "      \
	"r.state = "
#define THAT_MAY_GO                                                                                \
	" AND " R_IS_READABLE "AND (r.kind = 1 OR NOT " IS_UNDONE ") ORDER BY r.next_us LIMIT 1)"

#define EXPOSED                                                                                    \
	"SELECT CASE WHEN r.kind < 5 THEN 1 ELSE 2 END, p.currency, count(*), "                    \
	"sum(coalesce(r.amount, p.amount)), sum(r.state = 2) FROM record r "                       \
	"INDEXED BY record_family "                                                                \
	"JOIN payment p ON p.id = r.payment WHERE r.kind > 2 AND (r.state < 7) = 1 "               \
	"AND " R_IS_READABLE "GROUP BY 1, 2"

/*
 * What a host has booked of a till (?1) and currency (?2) and is in no day yet. A reservation is no booking. What was reversed counts as both, but where
 * the host has said that it never had it (25). v: the reversal; o: what it undoes. Where the card has the last word yet, which may undo it, it is in no day.
 */
#define WITH_THE_CARD "p.state < 2 AND r.state IN (7, 8) AND r.kind <> 1"
/* As the indexes have them, word for word; a list of more than two SQLite would look up in a table that it makes each time. */
#define IS_COUNTED(of) "(" of "state = 7 OR " of "state = 8 OR " of "state = 13)"
#define OF_A_BATCH     "batch > 0 AND (state = 7 OR state = 8 OR state = 12 OR state = 13)"
#define UNSETTLED                                                                                  \
	"FROM record r INDEXED BY record_unsettled JOIN payment p ON p.id = r.payment "            \
	"LEFT JOIN record v ON v.parent = r.id AND v.parent > 0 "                                  \
	"LEFT JOIN record o ON o.id = r.parent "                                                   \
	"WHERE r.terminal = ?1 AND r.batch = 0 AND " IS_COUNTED(                                   \
		"r.") " AND p.currency = ?2 "                                                      \
		      "AND p.type <> 'preauth' AND NOT (" WITH_THE_CARD ") "
#define IS_BOOKED "AND iif(r.kind = 1, r.response_code, coalesce(v.response_code, '')) <> '25' "
/* what the host has taken of a part */
#define BOOKED(row)                                                                                \
	"WHEN " row ".amount_host > 0 THEN " row ".amount_host WHEN " row ".kind IN (0, 2) AND "   \
	"p.amount_approved BETWEEN 1 AND p.amount - 1 THEN p.amount_approved "

/* It was exported, and another machine has taken it for good. */
#define IS_HANDED_OVER "(r.state = 12 AND r.hold_reason = 'exported')"

/* What a refund p has claimed of its original: all it asked for, or the part the host has taken, at once or later. */
#define CLAIMED                                                                                    \
	"CASE WHEN p.state = 3 THEN p.amount_approved WHEN p.state = 4 THEN coalesce(nullif("      \
	"(SELECT r.amount_host FROM record r WHERE r.payment = p.id AND r.kind = 4 AND "           \
	"r.state <> 17 ORDER BY r.id DESC LIMIT 1), 0), p.amount) ELSE p.amount END"

/* What was accepted of the payment of r, each once. */
#define ACCEPTED_WITH                                                                              \
	"FROM record b WHERE b.payment = r.payment AND " B_IS_READABLE "AND b.kind > 2 AND "       \
	"b.supersedes = 0 AND b.state <> 17"

static const char *const texts[PH_SQL_COUNT_] = {
	[PH_SQL_NEWEST] = "SELECT (SELECT max(id) FROM payment), (SELECT max(id) FROM record), "
			  "count, hash FROM audit_head WHERE id = 1",
	[PH_SQL_UNREADABLE] = "INSERT OR IGNORE INTO temp.unreadable (id) VALUES (?1)",
	[PH_SQL_IDS_OF_OPEN] = "SELECT r.id FROM record r INDEXED BY record_open WHERE " IS_OPEN,
	[PH_SQL_IDS_OF_FAMILY] = "SELECT id FROM record INDEXED BY record_family WHERE kind > 2 "
				 "AND (state < 7) IN (0, 1)",
	[PH_SQL_IDS_OF_PAYMENTS] =
		"SELECT id FROM record INDEXED BY record_payment WHERE payment > 0",
	[PH_SQL_RECORD_BEHIND] = "SELECT created_us FROM record WHERE id > ?1 ORDER BY id LIMIT 1",
	/* what is over at the host, seen to by somebody or not; a refused reversal has a way on, and needs it */
	[PH_SQL_PURGE_SEALED] =
		"UPDATE record SET sealed = NULL WHERE id > ?1 AND id <= ?1 + ?2 AND "
		"sealed IS NOT NULL AND changed_us < ?3 AND "
		"state IN (7, 8, 9, 10, 11, 15) AND NOT (kind = 1 AND state = 11)",
	[PH_SQL_PURGE_REFERRED] =
		"UPDATE record SET sealed = NULL WHERE id > ?1 AND id <= ?1 + ?2 AND "
		"sealed IS NOT NULL AND changed_us < ?3 AND kind = 0 AND state = 10",
	/* the newest payment and the newest record stay: they keep ids from being used again */
	[PH_SQL_PURGE_PAYMENTS] =
		"SELECT p.id, p.created_us, p.state >= 2 AND p.changed_us < ?3 AND "
		"NOT (p.state = 8 AND p.resolution IS NULL) AND p.id < (SELECT max(id) FROM "
		"payment) AND NOT EXISTS (SELECT 1 FROM record r WHERE r.payment = p.id AND "
		"(r.state < 7 OR r.work = 1 OR (r.kind = 1 AND r.state = 11 AND r.work <> 2) OR "
		"r.changed_us >= ?3 "
		"OR r.id = (SELECT max(id) FROM record))) "
		"FROM payment p WHERE p.id > ?1 ORDER BY p.id LIMIT ?2",
	[PH_SQL_PURGE_RECORDS] = "DELETE FROM record WHERE payment = ?1",
	[PH_SQL_PURGE_PAYMENT] = "DELETE FROM payment WHERE id = ?1",
	[PH_SQL_PURGE_BATCHES] = "DELETE FROM batch WHERE closed_us BETWEEN 1 AND ?1 AND "
				 "id < (SELECT max(id) FROM batch)",
	[PH_SQL_COUNTERS] =
		"SELECT name, value FROM counter WHERE name BETWEEN 'stan:' AND 'stan;'",
	[PH_SQL_COUNTER_SET] = "INSERT INTO counter (name, value) VALUES (?1, ?2) "
			       "ON CONFLICT (name) DO UPDATE SET value = ?2",
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
	/* the methods there are, each found in the index behind the one before: a payment does not look at all others of its user */
	[PH_SQL_PAYMENT_BY_KEY] =
		"WITH RECURSIVE known (method) AS (SELECT coalesce(?3, (SELECT min(method) FROM "
		"payment WHERE uid = ?1)) UNION ALL SELECT (SELECT min(method) FROM payment WHERE "
		"uid = ?1 AND method > k.method) FROM known k WHERE k.method IS NOT NULL AND ?3 IS "
		"NULL) " PAYMENTS "WHERE p.uid = ?1 AND p.key = ?2 AND p.method IN (SELECT method "
		"FROM known) ORDER BY p.id LIMIT 1",
	[PH_SQL_PAYMENT_BY_ID] = PAYMENTS "WHERE p.id = ?1",
	/* what is asked about with each step of a payment: the row alone, without what its messages have come to */
	[PH_SQL_PAYMENT_FACTS] = "SELECT state, type, currency, amount, refunded, original, "
				 "completion, voided FROM payment WHERE id = ?1",
	[PH_SQL_PAYMENT_KNOWN] =
		"SELECT id, body FROM payment WHERE uid = ?1 AND method = ?2 AND key = ?3",
	[PH_SQL_PAYMENT_LIST] = PAYMENTS "WHERE p.id < ?1 AND p.changed_us >= ?2 AND "
					 "(?3 < 0 OR p.state = ?3) ORDER BY p.id DESC LIMIT ?4",
	[PH_SQL_PAYMENT_OPEN] = "SELECT id FROM payment INDEXED BY payment_open WHERE state < 2 OR "
				"(state = 8 AND resolution IS NULL) ORDER BY id",
	[PH_SQL_PAYMENT_INTENT] = "UPDATE payment SET state = 1, before = coalesce(?2, before), "
				  "changed_us = ?3 WHERE id = ?1",
	[PH_SQL_PAYMENT_END] = "UPDATE payment SET state = ?2, amount_approved = ?3, reason = "
			       "coalesce(?4, reason), result = coalesce(?5, result), changed_us = "
			       "?6 WHERE id = ?1",
	[PH_SQL_PAYMENT_VOIDED] =
		"UPDATE payment SET voided = 1, changed_us = ?2 WHERE id = ?1 AND "
		"voided = 0",
	/* there is no index of it: those behind the referred one are looked through */
	[PH_SQL_PAYMENT_VOICED] = "SELECT coalesce(max(id), 0) FROM payment WHERE id > ?1 AND "
				  "original = ?1 AND state = 4 AND type = 'sale'",
	/* taken once, and not when it is void; what was taken in vain is given back */
	[PH_SQL_PAYMENT_COMPLETE] = "UPDATE payment SET completion = ?2 WHERE id = ?1 AND "
				    "type = 'preauth' AND completion = 0 AND voided = 0",
	[PH_SQL_PAYMENT_COMPLETED] =
		"UPDATE payment SET completion = ?1 WHERE id = (SELECT original FROM payment "
		"WHERE id = ?1 AND type = 'complete')",
	[PH_SQL_PAYMENT_NOT_COMPLETED] =
		"UPDATE payment SET completion = 0 WHERE completion = ?1 AND id = "
		"(SELECT original FROM payment WHERE id = ?1 AND type = 'complete')",
	/* never more than was taken: of what stands without the host what that has approved since; a terminal's has no record here */
	[PH_SQL_PAYMENT_REFUND] =
		"UPDATE payment SET refunded = refunded + ?2 WHERE id = ?1 AND voided = 0 AND "
		"refunded + ?2 <= CASE WHEN state = 4 THEN coalesce((SELECT CASE WHEN r.state NOT "
		"IN (7, 8, 16) THEN -1 WHEN r.amount_host > 0 THEN r.amount_host ELSE "
		"payment.amount_approved END FROM record r WHERE r.payment = payment.id AND "
		"r.kind > 2 AND r.state <> 17 ORDER BY r.id DESC LIMIT 1), amount_approved) "
		"ELSE amount_approved END",
	[PH_SQL_PAYMENT_NOT_REFUNDED] =
		"UPDATE payment SET refunded = max(refunded - (SELECT " CLAIMED " FROM payment p "
		"WHERE p.id = ?1), 0) WHERE id = "
		"(SELECT original FROM payment WHERE id = ?1 AND type = 'refund')",
	[PH_SQL_PAYMENT_PART_REFUNDED] =
		"UPDATE payment SET refunded = max(refunded - ?2, 0) WHERE id = "
		"(SELECT original FROM payment WHERE id = ?1 AND type = 'refund')",
	[PH_SQL_PAYMENT_RESOLVE] = "UPDATE payment SET resolution = ?2, changed_us = ?3 "
				   "WHERE id = ?1",
	[PH_SQL_RECORD_INSERT] =
		"INSERT INTO record (payment, parent, kind, state, terminal, stan, rrn, "
		"transmission, local_time, local_date, entry, sequence, reason, created_us, "
		"changed_us, sealed, icc, pin, supersedes, amount, accepted_us, release_us, "
		"hold_reason, arc, approval_code, note, next_us, work, sealed_for) VALUES "
		"(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?14,?15,?16,?17,?18,?19,?20,"
		"?21,?22,?23,?24,?25,?26,?27,?28)",
	[PH_SQL_RECORD_BY_ID] = RECORDS "WHERE r.id = ?1",
	[PH_SQL_RECORD_OF_PAYMENT] =
		RECORDS "WHERE r.payment = ?1 AND r.parent = 0 AND r.state <> 17 "
			"ORDER BY r.id DESC LIMIT 1",
	[PH_SQL_RECORD_REVERSAL] = RECORDS "WHERE r.parent = ?1 AND r.parent > 0",
	/* what is of a family is taken when it is due, and not kept in memory */
	[PH_SQL_RECORD_OPEN] =
		"SELECT r.id FROM record r INDEXED BY record_open WHERE " IS_OPEN
		" AND r.turn IN (0, 1, 4) AND (r.state < 7 OR r.work <> 2) AND " R_IS_READABLE
		"ORDER BY r.id",
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
	/* but for what is still to be sent, or seen to; a reversal that is refused later waits for somebody again */
	[PH_SQL_RECORDS_RESOLVE] =
		"UPDATE record SET sealed = NULL, work = iif(kind = 1 AND state = 11, 2, work) "
		"WHERE payment = ?1 AND state > 6 AND work <> 1",
	[PH_SQL_RECORD_GIVE_UP] = "UPDATE record SET state = 12, sealed = NULL "
				  "WHERE payment = ?1 AND kind = 2 AND state = 2",
	[PH_SQL_COUNTER] = "SELECT value FROM counter WHERE name = ?1",
	[PH_SQL_ATTEMPT_BEGIN] = "INSERT OR REPLACE INTO attempt (record, n, started_us, repeat) "
				 "SELECT id, attempts, ?2, repeat FROM record WHERE id = ?1",
	[PH_SQL_ATTEMPT_END] = "UPDATE attempt SET ended_us = ?2, outcome = ?3, response_code = "
			       "coalesce(?4, '') WHERE record = ?1 AND ended_us = 0 AND "
			       "n = (SELECT attempts FROM record WHERE id = ?1)",
	[PH_SQL_ATTEMPT_FORGET] = "DELETE FROM attempt WHERE record = ?1 AND "
				  "n <= (SELECT attempts FROM record WHERE id = ?1) - ?2",
	/* what has left, or may have, stays; so does what a reversal has to go before */
	[PH_SQL_EXPORT_LIST] =
		"SELECT r.id, " MAY_HAVE_LEFT ", p.operator, p.reference FROM record r "
		"JOIN payment p ON p.id = r.payment WHERE r.id IN (SELECT id FROM record "
		"INDEXED BY record_family WHERE kind > 2 AND (state < 7) = 1 AND id > ?1 "
		"AND " ID_IS_READABLE ") AND (r.state = 2 AND r.hold_reason = 'exported') = ?2 "
		"ORDER BY r.id LIMIT ?3",
	[PH_SQL_EXPORT] =
		"UPDATE record AS r SET state = 2, hold_reason = 'exported', release_us = 0, "
		"next_us = 0, changed_us = ?2 WHERE id = ?1 AND kind > 2 AND "
		"state IN (1, 2, 3, 5) AND hold_reason <> 'exported' AND NOT " MAY_HAVE_LEFT,
	[PH_SQL_TAKE_BACK] =
		"UPDATE record SET state = 3, hold_reason = '', changed_us = ?2 WHERE id = ?1",
	[PH_SQL_HAND_OVER] = "UPDATE record SET state = 12, work = iif(work = 1, 2, work), "
			     "changed_us = ?2 WHERE id = ?1",
	[PH_SQL_RECORD_BY_NUMBERS] =
		"SELECT r.id, r.payment, r.state, " IS_HANDED_OVER " FROM record r WHERE "
		"terminal = ?1 AND stan = ?2 AND transmission = ?3",
	[PH_SQL_IMPORT_PAYMENT] =
		"INSERT INTO payment (uid, method, key, body, device, type, currency, amount, "
		"cashback, operator, reference, reason, original, counter, state, amount_approved, "
		"created_us, changed_us, origin, origin_amount) VALUES (?1, 'queue.import', ?2, "
		"?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, '', 0, 1, ?11, ?12, ?13, ?13, ?14, ?15)",
	[PH_SQL_COUNTER_AT_LEAST] = "INSERT INTO counter (name, value) VALUES (?1, ?2) "
				    "ON CONFLICT (name) DO UPDATE SET value = max(value, ?2)",
	[PH_SQL_SEAL_KEYS] = "SELECT kid, first_us, sealed, kept, state FROM seal_key "
			     "ORDER BY state DESC, kept > 0 DESC, first_us DESC, kid",
	[PH_SQL_SEAL_KEY_PUT] = "INSERT INTO seal_key (kid, first_us, sealed, kept, state) VALUES "
				"(?1, ?2, 0, 0, ?3) ON CONFLICT (kid) DO UPDATE SET state = ?3",
	[PH_SQL_RESEAL_LIST] = RECORDS
	"WHERE r.id > ?1 AND r.id <= ?2 AND r.sealed IS NOT NULL AND " PH_SQL_KID_OF(
		"r.sealed") " <> ?3 ORDER BY r.id",
	[PH_SQL_RESEAL] = "UPDATE record SET sealed = ?3 WHERE id = ?1 AND sealed = ?2",
	[PH_SQL_RECORD_NEWEST] = "SELECT coalesce(max(id), 0) FROM record",
	[PH_SQL_META_PUT] = "INSERT INTO meta (name, value) VALUES (?1, ?2) "
			    "ON CONFLICT (name) DO UPDATE SET value = ?2",
	[PH_SQL_META_GET] = "SELECT value FROM meta WHERE name = ?1",
	[PH_SQL_RECORD_MARK] =
		"UPDATE record SET hold_reason = ?2, release_us = ?3, work = ?4, amount_host = ?5, "
		"amount = nullif(?6, (SELECT amount FROM payment p WHERE p.id = payment)) "
		"WHERE id = ?1",
	[PH_SQL_RECORD_OF_FAMILY] = RECORDS "WHERE r.payment = ?1 AND r.kind > 2 AND "
					    "r.state <> 17 ORDER BY r.id DESC LIMIT 1",
	[PH_SQL_EXPOSURE_OF] =
		"SELECT count, total, held FROM exposure WHERE family = ?1 AND currency = ?2",
	[PH_SQL_EXPOSURE_ALL] = "SELECT family, currency, count, total, held FROM exposure "
				"ORDER BY family, currency LIMIT ?1",
	[PH_SQL_EXPOSURE_CLEAR] = "DELETE FROM exposure",
	[PH_SQL_EXPOSURE_SUM] =
		"INSERT INTO exposure (family, currency, count, total, held) " EXPOSED,
	/* the rows are summed up once: with thousands that wait this is most of a start */
	[PH_SQL_EXPOSURE_DIFFERS] =
		"WITH sums AS MATERIALIZED (" EXPOSED ") SELECT (SELECT count(*) FROM "
		"(SELECT * FROM sums EXCEPT SELECT family, currency, count, total, held FROM "
		"exposure)) + (SELECT count(*) FROM (SELECT family, currency, count, total, held "
		"FROM exposure WHERE count <> 0 OR total <> 0 OR held <> 0 EXCEPT "
		"SELECT * FROM sums))",
	[PH_SQL_VELOCITY_OF] = "SELECT count(*), coalesce(sum(amount), 0) FROM velocity "
			       "WHERE fingerprint = ?1 AND at_us >= ?2",
	[PH_SQL_VELOCITY_PUT] = "INSERT INTO velocity (fingerprint, at_us, payment, amount) "
				"VALUES (?1, ?2, ?3, ?4)",
	/* of the card of a payment's record, whose place is ?1 and ?2; where that is not known, nothing */
	[PH_SQL_VELOCITY_OTHERS] =
		"SELECT count(*), coalesce(sum(amount), 0) FROM velocity WHERE fingerprint = "
		"(SELECT fingerprint FROM velocity WHERE at_us = ?1 AND payment = ?2) AND "
		"at_us >= ?3 AND payment <> ?2",
	[PH_SQL_VELOCITY_MOVE] = "UPDATE velocity SET at_us = ?3, amount = ?4 "
				 "WHERE at_us = ?1 AND payment = ?2",
	[PH_SQL_VELOCITY_DROP] = "DELETE FROM velocity WHERE at_us = ?1 AND payment = ?2",
	/* by a clock that was ahead and was set back since: as of now, or it would be kept until then */
	[PH_SQL_VELOCITY_PAST] = "UPDATE velocity SET at_us = ?1 WHERE at_us > ?1 + ?2",
	[PH_SQL_VELOCITY_FORGET] = "DELETE FROM velocity WHERE at_us < ?1",
	[PH_SQL_TAKE_EXPIRED] =
		"SELECT id FROM record INDEXED BY record_family WHERE kind > 2 AND "
		"(state < 7) = 1 AND accepted_us < ?1 AND " ID_IS_READABLE "AND "
		"state IN (1, 2, 3, 5) AND repeat = 0 AND hold_reason <> 'exported' "
		"ORDER BY accepted_us LIMIT ?2",
	[PH_SQL_TAKE_OLDEST] = "SELECT accepted_us FROM record INDEXED BY record_family "
			       "WHERE kind > 2 AND (state < 7) = 1 AND " ID_IS_READABLE "AND "
			       "state IN (1, 2, 3, 5) AND repeat = 0 AND hold_reason <> 'exported' "
			       "ORDER BY accepted_us LIMIT 1",
	/* ?1: due before, ?2: so many, ?3: by a clock that was set back since */
	[PH_SQL_TAKE_HELD] =
		"SELECT id FROM (SELECT id FROM record INDEXED BY record_due WHERE state = 2 AND "
		"next_us BETWEEN 1 AND ?1 AND " ID_IS_READABLE
		"AND kind > 2 ORDER BY next_us LIMIT ?2) UNION ALL "
		"SELECT id FROM (SELECT id FROM record INDEXED BY record_due WHERE state = 2 AND "
		"next_us > ?3 AND " ID_IS_READABLE "AND kind > 2 ORDER BY next_us LIMIT ?2) "
		"LIMIT ?2",
	[PH_SQL_TAKE_HURRY] =
		"UPDATE record SET next_us = 0 WHERE id IN (SELECT r.id FROM record r "
		"INDEXED BY record_open WHERE " IS_OPEN
		" AND r.state IN (1, 3, 5, 6) AND r.next_us > 0 AND " R_IS_READABLE ")",
	/* ?1: up to which turn, ?2: due before, ?3: so many, ?4: by a clock that was set back since */
	[PH_SQL_TAKE_DUE] =
		"SELECT r.id FROM record r INDEXED BY record_open WHERE " CAN_GO
		" AND (r.next_us <= ?2 OR r.next_us > ?4) ORDER BY r.turn, r.id LIMIT ?3",
	[PH_SQL_TAKE_NEXT] =
		"SELECT min(r.next_us) FROM record r INDEXED BY record_open WHERE " CAN_GO_LATER,
	[PH_SQL_TAKE_WAITING] =
		"SELECT (SELECT coalesce(sum(count), 0) FROM exposure) + "
		"(SELECT count(*) FROM record r INDEXED BY record_open WHERE " IS_OPEN
		" AND r.turn < 2 AND r.state < 7)",
	[PH_SQL_PAYMENT_AMOUNT] =
		"UPDATE payment SET amount_approved = ?2, changed_us = ?3 WHERE id = ?1",
	/*
	 * Back to the first, or to one that somebody has presented again, or to one that cannot be read; and how many of them have a
	 * reversal. That is asked before the row is looked for.
	 */
	[PH_SQL_RECORD_BEFORE] =
		"WITH RECURSIVE older (id, supersedes) AS (SELECT 0, ?1 UNION ALL "
		"SELECT r.id, r.supersedes FROM older o CROSS JOIN record r ON r.id = o.supersedes "
		"WHERE o.supersedes NOT IN (SELECT id FROM temp.unreadable) "
		"AND r.state IN (12, 13)) "
		"SELECT count(*), coalesce(sum(EXISTS (SELECT 1 FROM record v WHERE v.parent = "
		"o.id AND v.parent > 0)), 0) FROM older o WHERE o.id > 0",
	[PH_SQL_RECORD_TIMES_AGAIN] =
		"SELECT count(*) FROM record r JOIN record o ON o.id = r.supersedes "
		"WHERE r.payment = ?1 AND o.state IN (9, 10, 11, 15)",
	/* requests are live: they are no part of the queue */
	[PH_SQL_QUEUE_OPEN] = RECORDS
	"WHERE r.id IN (SELECT r.id FROM record r INDEXED BY record_open WHERE " IS_OPEN
	" AND r.turn < 4 AND r.state < 7 AND " R_IS_READABLE "AND " ONE_PAGE ") ORDER BY r.id",
	[PH_SQL_QUEUE_WORK] = RECORDS "WHERE r.id IN (SELECT id " WORK ") AND " ONE_PAGE,
	[PH_SQL_QUEUE_FINAL] = RECORDS
	"WHERE r.id IN (SELECT id FROM record INDEXED BY record_family WHERE "
	"kind > 2 AND (state < 7) = 0 AND id > ?1 AND " ID_IS_READABLE "ORDER BY id LIMIT ?2) "
	"ORDER BY r.id",
	[PH_SQL_QUEUE_ALL] =
		RECORDS "WHERE r.id IN (SELECT id FROM (SELECT id FROM record INDEXED BY "
			"record_family WHERE kind > 2 AND id > ?1 AND " ID_IS_READABLE
			"UNION SELECT r.id FROM record r "
			"INDEXED BY record_open WHERE " IS_OPEN " AND r.turn < 2 AND r.state < 7 "
			"AND r.id > ?1 AND " R_IS_READABLE ") ORDER BY id LIMIT ?2) ORDER BY r.id",
	[PH_SQL_QUEUE_OF_PAYMENT] =
		RECORDS "WHERE r.payment = ?3 AND " R_IS_READABLE "AND " ONE_PAGE,
	[PH_SQL_QUEUE_LAST_OF_PAYMENT] = RECORDS
	"WHERE r.payment = ?3 AND r.id > ?1 AND " R_IS_READABLE "ORDER BY r.id DESC LIMIT ?2",
	/* the newest record of each payment; what was refused is one of its own */
	[PH_SQL_QUEUE_SUMS] =
		"WITH chosen AS ("
		"SELECT id FROM record INDEXED BY record_family WHERE kind > 2 AND (state < 7) = 1 "
		"AND " ID_IS_READABLE
		"UNION ALL SELECT id FROM record INDEXED BY record_family WHERE kind > 2 AND "
		"(state < 7) = 0 AND accepted_us >= ?1 AND " ID_IS_READABLE ") "
		"SELECT CASE WHEN r.kind < 5 THEN 1 ELSE 2 END, p.currency, r.state, count(*), "
		"sum(coalesce(r.amount, p.amount)), "
		"sum(iif(r.amount_host > 0, r.amount_host, coalesce(r.amount, p.amount))), "
		"sum((SELECT count(*) " ACCEPTED_WITH ")), "
		"sum((SELECT sum(coalesce(b.amount, p.amount)) " ACCEPTED_WITH ")), "
		"min(r.accepted_us), " IS_HANDED_OVER " AS over "
		"FROM chosen c JOIN record r ON r.id = c.id JOIN payment p ON p.id = r.payment "
		"WHERE NOT EXISTS (SELECT 1 FROM record s WHERE "
		"s.supersedes = r.id AND s.supersedes > 0) GROUP BY 1, 2, 3, over ORDER BY 1, 2, 3",
	[PH_SQL_RECOVER_NEXT] =
		"SELECT r.id FROM record r INDEXED BY record_open WHERE " IS_OPEN
		" AND (r.state = 4 OR (r.turn = 3 AND r.state = 6)) AND " R_IS_READABLE
		"ORDER BY r.turn, r.id",
	[PH_SQL_RECOVER_HOLD] =
		"UPDATE record SET state = 2, hold_reason = '" PH_HELD_RESTORED "', repeat = 1, "
		"work = 1, next_us = 0, release_us = 0, changed_us = ?1 WHERE id IN ("
		"SELECT r.id FROM record r INDEXED BY record_open WHERE " IS_OPEN
		" AND r.kind IN (3, 4) AND r.state IN (1, 2, 3, 5) "
		"AND r.hold_reason <> '" PH_HELD_EXPORTED "' AND " R_IS_READABLE ")",
	[PH_SQL_RECOVER_REPEAT] =
		"UPDATE record SET repeat = 1, changed_us = ?1 WHERE id IN ("
		"SELECT r.id FROM record r INDEXED BY record_open WHERE " IS_OPEN
		" AND r.kind IN (1, 2, 5, 6) AND r.state IN (1, 2, 3, 5) AND r.repeat = 0 "
		"AND r.hold_reason <> '" PH_HELD_EXPORTED "' AND " R_IS_READABLE ")",
	[PH_SQL_RECORD_AS_NEW] = "UPDATE record SET repeat = 0 WHERE id = ?1",
	/* the newest are looked at: an older one that was changed later has made an audit row */
	[PH_SQL_RECOVER_NEWEST] = "SELECT max(changed_us) FROM (SELECT changed_us FROM payment "
				  "ORDER BY id DESC LIMIT 64)",
	[PH_SQL_RECOVER_NEWEST_RECORD] = "SELECT max(changed_us) FROM (SELECT changed_us FROM "
					 "record ORDER BY id DESC LIMIT 64)",
	[PH_SQL_RECOVER_NEWEST_AUDIT] =
		"SELECT max(time_us) FROM (SELECT time_us FROM audit ORDER BY seq DESC LIMIT 64)",
	[PH_SQL_BATCH_OPEN] = "SELECT id, stan, transmission, sums, pending FROM batch INDEXED BY "
			      "batch_open WHERE terminal = ?1 AND currency = ?2 AND closed_us = 0",
	[PH_SQL_BATCH_PENDING] =
		"SELECT (SELECT count(*) FROM record r INDEXED BY record_open JOIN payment p ON "
		"p.id = r.payment WHERE " IS_OPEN " AND r.state < 7 AND r.terminal = ?1 AND "
		"p.currency = ?2) + (SELECT count(*) FROM payment p INDEXED BY payment_open JOIN "
		"record r ON r.payment = p.id WHERE (p.state < 2 OR (p.state = 8 AND "
		"p.resolution IS NULL)) AND " WITH_THE_CARD " AND r.terminal = ?1 AND "
		"p.currency = ?2)",
	[PH_SQL_BATCH_SUMS] =
		"SELECT iif(p.type = 'refund', 0, 2) + (r.kind = 1), count(*), sum(CASE " BOOKED(
			"r")
			BOOKED("o") "ELSE coalesce(r.amount, p.amount) END) " UNSETTLED IS_BOOKED
				    "GROUP BY 1",
	[PH_SQL_BATCH_INSERT] = "INSERT INTO batch (terminal, currency, stan, transmission, "
				"opened_us, sums, pending) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[PH_SQL_BATCH_MARK] =
		"UPDATE record SET batch = ?3 WHERE id IN (SELECT r.id " UNSETTLED ")",
	[PH_SQL_BATCH_BY_ID] = "SELECT closed_us FROM batch WHERE id = ?1",
	[PH_SQL_BATCH_SETTLE] =
		"UPDATE record INDEXED BY record_batch SET state = 16, sealed = NULL "
		"WHERE batch = ?1 AND state IN (7, 8) AND kind <> 1 AND " OF_A_BATCH,
	[PH_SQL_BATCH_GIVE_UP] = "UPDATE record INDEXED BY record_batch SET batch = 0 "
				 "WHERE batch = ?1 AND " OF_A_BATCH,
	[PH_SQL_BATCH_CLOSE] = "UPDATE batch SET closed_us = ?2, balanced = ?3, word = ?4 "
			       "WHERE id = ?1",
	[PH_SQL_QUEUE_WORK_COUNT] = "SELECT count(*) " WORK,
	[PH_SQL_QUEUE_OLDEST] =
		"SELECT accepted_us FROM record INDEXED BY record_family WHERE kind > 2 AND "
		"(state < 7) = 1 AND " ID_IS_READABLE "ORDER BY accepted_us LIMIT 1",
	[PH_SQL_QUEUE_NEXT] =
		"SELECT min(at_us) FROM (" FIRST_OF "1" THAT_MAY_GO " UNION ALL " FIRST_OF
		"2 AND r.next_us > 0" THAT_MAY_GO " UNION ALL " FIRST_OF "3" THAT_MAY_GO
		" UNION ALL " FIRST_OF "5" THAT_MAY_GO " UNION ALL " FIRST_OF
		"6 AND r.turn <> 3" THAT_MAY_GO ")",
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
	if (journal->failure == -EBADMSG)
		ph_health_set(journal, PH_JOURNAL_DAMAGED,
			"the journal is damaged: a page of it cannot be read");
	return journal->failure;
}

sqlite3_stmt *ph_sql(struct ph_journal *journal, enum ph_sql which)
{
	sqlite3_stmt **statement = &journal->statements[which];

	/* without a file there is nothing to be found; no request comes this far */
	if (!journal->db)
		return NULL;
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

	if (r >= 0)
		ph_shred_note(journal, statement);
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
