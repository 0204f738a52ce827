// The tables of the journal and how an older file becomes a newer one; it knows nothing of requests.
#include "daemon/journal/internal.h"

#include "base/cleanup.h"
#include "poshal/types.h"

#include "daemon/journal/journal_payments.h"
#include "daemon/journal/journal_pulses.h"

#include <errno.h>
#include <stdio.h>

/* "PHJ1", so that file(1) and we can tell a journal from another database */
#define APPLICATION_ID 0x50484a31
#define TEXT_OF_(x)    #x
#define TEXT_OF(x)     TEXT_OF_(x)

/* numbers that are stored; another order needs a migration */
_Static_assert(PH_JOB_QUEUED == 0 && PH_JOB_WAITING == 1 && PH_JOB_SENDING == 2, "stored");
_Static_assert(PH_JOB_CONFIRMING == 3 && PH_JOB_PRINTED == 4, "stored");
_Static_assert(PH_JOB_SENT_UNCONFIRMED == 5 && PH_JOB_UNCERTAIN == 6, "stored");
_Static_assert(PH_JOB_FAILED == 7 && PH_JOB_CANCELLED == 8 && PH_JOB_EXPIRED == 9, "stored");
_Static_assert(PH_JOB_STATE_COUNT_ == 10, "stored");
_Static_assert(PH_RECOVERY_REPRINT == 0 && PH_RECOVERY_CONTINUE == 1, "stored");
_Static_assert(PH_RECOVERY_ASK == 2 && PH_RECOVERY_COUNT_ == 3, "stored");
_Static_assert(PH_PULSE_SENT == 0 && PH_PULSE_OPENED == 1, "stored");
_Static_assert(PH_PULSE_NOT_CONFIRMED == 2 && PH_PULSE_NO_SENSOR == 3, "stored");
_Static_assert(PH_PULSE_UNCERTAIN == 4 && PH_PULSE_FAILED == 5, "stored");
_Static_assert(PH_PULSE_STATE_COUNT_ == 6, "stored");
_Static_assert(PH_PAY_STARTED == 0 && PH_PAY_INTENT == 1 && PH_PAY_APPROVED == 2, "stored");
_Static_assert(PH_PAY_PARTIAL == 3 && PH_PAY_APPROVED_OFFLINE == 4, "stored");
_Static_assert(PH_PAY_DECLINED == 5 && PH_PAY_REFERRED == 6 && PH_PAY_CANCELLED == 7, "stored");
_Static_assert(PH_PAY_UNCERTAIN == 8 && PH_PAY_STATE_COUNT_ == 9, "stored");
_Static_assert(PH_RECORD_REQUEST == 0 && PH_RECORD_REVERSAL == 1, "stored");
_Static_assert(PH_RECORD_COMPLETION == 2 && PH_RECORD_SALE_DEFERRED == 3, "stored");
_Static_assert(PH_RECORD_REFUND_DEFERRED == 4 && PH_RECORD_OFFLINE_TC == 5, "stored");
_Static_assert(PH_RECORD_VOICE == 6 && PH_RECORD_KIND_COUNT_ == 7, "stored");
_Static_assert(PH_FAMILY_STAND_IN == 1 && PH_FAMILY_ADVICE == 2, "stored");
_Static_assert(PH_RECORD_INTENT == 0 && PH_RECORD_STORED == 1 && PH_RECORD_HELD == 2, "stored");
_Static_assert(PH_RECORD_QUEUED == 3 && PH_RECORD_SENDING == 4, "stored");
_Static_assert(PH_RECORD_RETRY_WAIT == 5 && PH_RECORD_UNSURE == 6, "stored");
_Static_assert(PH_RECORD_APPROVED == 7 && PH_RECORD_PARTIAL == 8, "stored");
_Static_assert(PH_RECORD_DECLINED == 9 && PH_RECORD_REFERRED == 10, "stored");
_Static_assert(PH_RECORD_REJECTED == 11 && PH_RECORD_ABANDONED == 12, "stored");
_Static_assert(PH_RECORD_REVERSED == 13 && PH_RECORD_VOIDED == 14, "stored");
_Static_assert(PH_RECORD_EXPIRED == 15 && PH_RECORD_SETTLED == 16, "stored");
_Static_assert(PH_RECORD_REFUSED == 17 && PH_RECORD_STATE_COUNT_ == 18, "stored");

/*
 * Ids are rowids without AUTOINCREMENT, which would write one more page per acceptance. SQLite then takes the
 * highest one plus one, and no id is used twice as long as the newest row is never deleted: the purge leaves it.
 *
 * The document is a table of its own: rows of `job` stay small and dense for the 400 days their keys are
 * kept, updates of a state do not rewrite the document, and the pages of dropped documents are used again.
 */
static const char version_1[] =
	"CREATE TABLE job ("
	" id INTEGER PRIMARY KEY,"
	" uid INTEGER NOT NULL CHECK (uid BETWEEN 0 AND 4294967295),"
	" method TEXT NOT NULL,"
	" key TEXT NOT NULL,"
	" device TEXT NOT NULL,"
	" body BLOB NOT NULL CHECK (length(body) = 32),"
	" state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 9)," /* enum ph_job_state */
	" reason TEXT NOT NULL DEFAULT '',"
	" confirmed INTEGER NOT NULL DEFAULT 0 CHECK (confirmed >= 0),"
	" segments INTEGER NOT NULL DEFAULT 0 CHECK (segments >= 0),"
	" attempt INTEGER NOT NULL CHECK (attempt >= 0),"
	" reprint INTEGER NOT NULL DEFAULT 0 CHECK (reprint BETWEEN 0 AND 1),"
	" on_recovery INTEGER NOT NULL CHECK (on_recovery BETWEEN 0 AND 2)," /* enum ph_recovery */
	" copies INTEGER NOT NULL CHECK (copies BETWEEN 1 AND " TEXT_OF(
		PH_JOB_COPIES_MAX) "),"
				   " priority INTEGER NOT NULL,"
				   " accepted_us INTEGER NOT NULL,"
				   " changed_us INTEGER NOT NULL,"
				   " expires_us INTEGER NOT NULL,"
				   " UNIQUE (uid, method, key)"
				   ") STRICT;"
				   "CREATE INDEX job_open ON job (id) WHERE state < 4;"

				   "CREATE TABLE document ("
				   " job INTEGER PRIMARY KEY REFERENCES job (id),"
				   " text TEXT NOT NULL"
				   ") STRICT;"

				   "CREATE TABLE pulse ("
				   " id INTEGER PRIMARY KEY,"
				   " uid INTEGER NOT NULL CHECK (uid BETWEEN 0 AND 4294967295),"
				   " key TEXT NOT NULL,"
				   " device TEXT NOT NULL,"
				   " who TEXT NOT NULL,"
				   " reason TEXT NOT NULL,"
				   " reference TEXT NOT NULL,"
				   " operator TEXT NOT NULL,"
				   " outcome INTEGER NOT NULL DEFAULT 0 CHECK (outcome BETWEEN 0 "
				   "AND 5)," /* enum ph_pulse_state */
				   " already INTEGER NOT NULL DEFAULT 0 CHECK (already BETWEEN 0 "
				   "AND 1),"
				   " begun_us INTEGER NOT NULL,"
				   " ended_us INTEGER NOT NULL DEFAULT 0,"
				   " UNIQUE (uid, key)"
				   ") STRICT;"

				   "CREATE TABLE audit ("
				   " seq INTEGER PRIMARY KEY,"
				   " time_us INTEGER NOT NULL,"
				   " uid INTEGER NOT NULL CHECK (uid BETWEEN 0 AND 4294967295),"
				   " who TEXT NOT NULL,"
				   " action TEXT NOT NULL,"
				   " device TEXT NOT NULL,"
				   " detail TEXT NOT NULL,"
				   " outcome TEXT NOT NULL,"
				   " hash BLOB NOT NULL CHECK (length(hash) = 32)"
				   ") STRICT;"
				   "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit"
				   " BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); "
				   "END;"
				   "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit"
				   " BEGIN SELECT RAISE(ABORT, 'audit rows are never deleted'); "
				   "END;"

				   "CREATE TABLE audit_head ("
				   " id INTEGER PRIMARY KEY CHECK (id = 1),"
				   " count INTEGER NOT NULL CHECK (count >= 0),"
				   " hash BLOB NOT NULL CHECK (length(hash) = 32)"
				   ") STRICT;"
				   "INSERT INTO audit_head VALUES (1, 0, zeroblob(32));";

/*
 * `device` is where a job is now; `role` what it was addressed to where that is a list, `moved_from` its first printer
 * when it has gone to another. `columns` is the width it was printed for, `note` what was different from what was asked.
 */
static const char version_2[] = "ALTER TABLE job ADD COLUMN role TEXT NOT NULL DEFAULT '';"
				"ALTER TABLE job ADD COLUMN moved_from TEXT NOT NULL DEFAULT '';"
				"ALTER TABLE job ADD COLUMN columns INTEGER NOT NULL DEFAULT 0"
				" CHECK (columns >= 0);"
				"ALTER TABLE job ADD COLUMN note TEXT NOT NULL DEFAULT '';"

				"CREATE TABLE memory ("
				" device TEXT NOT NULL,"
				" key TEXT NOT NULL,"
				" value TEXT NOT NULL,"
				" PRIMARY KEY (device, key)"
				") STRICT, WITHOUT ROWID;";

/*
 * A record says only what its message adds to its payment. One reversal for a request, whatever happens: the index sees to
 * it. Numbers of a terminal are never given twice.
 */
static const char version_3[] =
	"CREATE TABLE payment ("
	" id INTEGER PRIMARY KEY,"
	" uid INTEGER NOT NULL CHECK (uid BETWEEN 0 AND 4294967295),"
	" method TEXT NOT NULL,"
	" key TEXT NOT NULL,"
	" body BLOB NOT NULL CHECK (length(body) = 32),"
	" device TEXT NOT NULL,"
	" type TEXT NOT NULL,"
	" currency TEXT NOT NULL CHECK (length(currency) = 3),"
	" amount INTEGER NOT NULL CHECK (amount BETWEEN 0 AND 999999999999),"
	" cashback INTEGER NOT NULL CHECK (cashback BETWEEN 0 AND amount),"
	" amount_approved INTEGER NOT NULL DEFAULT 0"
	" CHECK (amount_approved BETWEEN 0 AND 999999999999),"
	" operator TEXT NOT NULL,"
	" reference TEXT NOT NULL,"
	" reason TEXT NOT NULL,"
	" original INTEGER NOT NULL CHECK (original >= 0),"
	" state INTEGER NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 8)," /* enum ph_pay_state */
	" counter INTEGER NOT NULL CHECK (counter BETWEEN 1 AND 99999999),"
	" voided INTEGER NOT NULL DEFAULT 0 CHECK (voided BETWEEN 0 AND 1),"
	" created_us INTEGER NOT NULL,"
	" changed_us INTEGER NOT NULL,"
	" before TEXT NOT NULL DEFAULT '',"
	" result TEXT,"
	" UNIQUE (uid, method, key)"
	") STRICT;"
	"CREATE INDEX payment_open ON payment (id) WHERE state < 2;"
	"CREATE TRIGGER payment_final BEFORE UPDATE OF state ON payment"
	" WHEN old.state >= 2 AND new.state <> old.state"
	" BEGIN SELECT RAISE(ABORT, 'a final payment stays as it is'); END;"

	"CREATE TABLE record ("
	" id INTEGER PRIMARY KEY,"
	" payment INTEGER NOT NULL REFERENCES payment (id),"
	" parent INTEGER NOT NULL CHECK (parent >= 0),"
	" kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 2),"	  /* enum ph_record_kind */
	" state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 12)," /* enum ph_record_state */
	" terminal TEXT NOT NULL,"
	" stan INTEGER NOT NULL CHECK (stan BETWEEN 1 AND 999999),"
	" rrn TEXT NOT NULL CHECK (length(rrn) = 12),"
	" transmission TEXT NOT NULL CHECK (length(transmission) = 10),"
	" local_time TEXT NOT NULL CHECK (length(local_time) = 6),"
	" local_date TEXT NOT NULL CHECK (length(local_date) = 4),"
	" entry TEXT NOT NULL,"
	" sequence INTEGER NOT NULL CHECK (sequence BETWEEN -1 AND 99),"
	" reason TEXT NOT NULL,"
	" repeat INTEGER NOT NULL DEFAULT 0 CHECK (repeat BETWEEN 0 AND 1),"
	" attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),"
	" next_us INTEGER NOT NULL DEFAULT 0,"
	" created_us INTEGER NOT NULL,"
	" changed_us INTEGER NOT NULL,"
	" response_code TEXT NOT NULL DEFAULT '',"
	" approval_code TEXT NOT NULL DEFAULT '',"
	" sealed BLOB,"
	" icc BLOB,"
	" UNIQUE (terminal, stan, transmission)"
	") STRICT;"
	"CREATE INDEX record_payment ON record (payment);"
	"CREATE INDEX record_open ON record (id) WHERE state < 6;"
	"CREATE UNIQUE INDEX record_reversal ON record (parent) WHERE parent > 0;"

	"CREATE TABLE counter ("
	" name TEXT PRIMARY KEY,"
	" value INTEGER NOT NULL CHECK (value > 0)"
	") STRICT, WITHOUT ROWID;";

/* What has become of a payment since: the one that completes a reservation, and what was given back of a sale. */
static const char version_4[] = "ALTER TABLE payment ADD COLUMN completion INTEGER NOT NULL "
				"DEFAULT 0 CHECK (completion >= 0);"
				"ALTER TABLE payment ADD COLUMN refunded INTEGER NOT NULL "
				"DEFAULT 0 CHECK (refunded BETWEEN 0 AND amount_approved);";

/*
 * What waits for somebody to look: a payment that ended as uncertain, and a reversal that is refused. `resolution` is what that
 * somebody has said; the states stay what they are. `note` is why a message was refused, `pin` whether the till can take a PIN.
 */
static const char version_5[] =
	"ALTER TABLE payment ADD COLUMN resolution TEXT;"
	"DROP INDEX payment_open;"
	"CREATE INDEX payment_open ON payment (id)"
	" WHERE state < 2 OR (state = 8 AND resolution IS NULL);"
	"ALTER TABLE record ADD COLUMN pin INTEGER NOT NULL DEFAULT -1"
	" CHECK (pin BETWEEN -1 AND 1);"
	"ALTER TABLE record ADD COLUMN note TEXT NOT NULL DEFAULT '';"
	"DROP INDEX record_open;"
	"CREATE INDEX record_open ON record (id) WHERE state < 6 OR (kind = 1 AND state = 10);";

/* The exposure is the sum of what is of a family and not final, whoever changes a row. */
#define FAMILY_OF(row) "CASE WHEN " row ".kind < 5 THEN 1 ELSE 2 END"
#define AMOUNT_OF(row)                                                                             \
	"coalesce(" row ".amount, (SELECT amount FROM payment WHERE id = " row ".payment))"

/*
 * Records that stand without the host. The table is made anew: more kinds, and states with STORED in between.
 *
 * `sealed_for` is the payment the sealed record names where that is another one. `accepted_us` is when a record of a family was accepted,
 * which its successors keep. `amount` is what is sent where that is not the payment's. `next_us` of what is held is its `release_us`.
 * `turn` is the order in which they go out; record_open has all that is asked for at each attempt, so that rows with their sealed
 * bytes are only read when they are taken. Of record_due, record_work and exposure is told how the queue is, however long it is.
 */
/* clang-format off */
static const char version_6[] =
	"CREATE TABLE record_6 ("
	" id INTEGER PRIMARY KEY,"
	" payment INTEGER NOT NULL REFERENCES payment (id),"
	" parent INTEGER NOT NULL CHECK (parent >= 0),"
	" supersedes INTEGER NOT NULL DEFAULT 0 CHECK (supersedes >= 0),"
	" kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 6),"	  /* enum ph_record_kind */
	" state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 17)," /* enum ph_record_state */
	" terminal TEXT NOT NULL,"
	" stan INTEGER NOT NULL CHECK (stan BETWEEN 1 AND 999999),"
	" rrn TEXT NOT NULL CHECK (length(rrn) = 12),"
	" transmission TEXT NOT NULL CHECK (length(transmission) = 10),"
	" local_time TEXT NOT NULL CHECK (length(local_time) = 6),"
	" local_date TEXT NOT NULL CHECK (length(local_date) = 4),"
	" entry TEXT NOT NULL,"
	" sequence INTEGER NOT NULL CHECK (sequence BETWEEN -1 AND 99),"
	" pin INTEGER NOT NULL DEFAULT -1 CHECK (pin BETWEEN -1 AND 1),"
	" reason TEXT NOT NULL,"
	" repeat INTEGER NOT NULL DEFAULT 0 CHECK (repeat BETWEEN 0 AND 1),"
	" attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),"
	" next_us INTEGER NOT NULL DEFAULT 0 CHECK (next_us >= 0),"
	" created_us INTEGER NOT NULL,"
	" changed_us INTEGER NOT NULL,"
	" accepted_us INTEGER NOT NULL DEFAULT 0,"
	" release_us INTEGER NOT NULL DEFAULT 0 CHECK (release_us >= 0),"
	" hold_reason TEXT NOT NULL DEFAULT '',"
	" sealed_for INTEGER NOT NULL DEFAULT 0 CHECK (sealed_for >= 0),"
	" amount INTEGER CHECK (amount BETWEEN 0 AND 999999999999),"
	" amount_host INTEGER NOT NULL DEFAULT 0"
	" CHECK (amount_host BETWEEN 0 AND 999999999999),"
	" arc TEXT NOT NULL DEFAULT '',"
	" work INTEGER NOT NULL DEFAULT 0 CHECK (work BETWEEN 0 AND 2),"
	" batch INTEGER NOT NULL DEFAULT 0 CHECK (batch >= 0),"
	" response_code TEXT NOT NULL DEFAULT '',"
	" approval_code TEXT NOT NULL DEFAULT '',"
	" note TEXT NOT NULL DEFAULT '',"
	" sealed BLOB,"
	" icc BLOB,"
	" turn INTEGER GENERATED ALWAYS AS"
	" (CASE kind WHEN 1 THEN 0 WHEN 2 THEN 1 WHEN 5 THEN 2 WHEN 6 THEN 2 WHEN 0 THEN 4"
	" ELSE 3 END) VIRTUAL,"
	" CHECK (state <> 17 OR sealed IS NULL),"
	" UNIQUE (terminal, stan, transmission)"
	") STRICT;"
	"INSERT INTO record_6 (id, payment, parent, kind, state, terminal, stan, rrn,"
	" transmission, local_time, local_date, entry, sequence, pin, reason, repeat, attempts,"
	" next_us, created_us, changed_us, response_code, approval_code, note, sealed, icc, work)"
	" SELECT id, payment, parent, kind, state + (state > 0), terminal, stan, rrn,"
	" transmission, local_time, local_date, entry, sequence, pin, reason, repeat, attempts,"
	" max(next_us, 0), created_us, changed_us, response_code, approval_code, note, sealed, icc,"
	" iif(kind = 1 AND state = 10 AND (SELECT resolution FROM payment p WHERE p.id = payment)"
	" IS NOT NULL, 2, 0)"
	" FROM record;"
	"DROP TABLE record;"
	"ALTER TABLE record_6 RENAME TO record;"

	/* `from_state` -1: how a record can begin; filled at the end of each migration */
	"CREATE TABLE transition ("
	" from_state INTEGER NOT NULL,"
	" to_state INTEGER NOT NULL,"
	" PRIMARY KEY (from_state, to_state)"
	") STRICT, WITHOUT ROWID;"

	"CREATE TABLE attempt ("
	" record INTEGER NOT NULL REFERENCES record (id) ON DELETE CASCADE,"
	" n INTEGER NOT NULL CHECK (n > 0),"
	" started_us INTEGER NOT NULL,"
	" ended_us INTEGER NOT NULL DEFAULT 0,"
	" repeat INTEGER NOT NULL CHECK (repeat BETWEEN 0 AND 1),"
	" outcome INTEGER NOT NULL DEFAULT 4 CHECK (outcome BETWEEN 0 AND 17)," /* a state */
	" response_code TEXT NOT NULL DEFAULT '',"
	" PRIMARY KEY (record, n)"
	") STRICT, WITHOUT ROWID;"

	"CREATE TABLE exposure ("
	" family INTEGER NOT NULL CHECK (family BETWEEN 1 AND 2)," /* enum ph_family */
	" currency TEXT NOT NULL CHECK (length(currency) = 3),"
	" count INTEGER NOT NULL CHECK (count >= 0),"
	" total INTEGER NOT NULL CHECK (total >= 0),"
	" held INTEGER NOT NULL CHECK (held >= 0)," /* of count */
	" PRIMARY KEY (family, currency)"
	") STRICT, WITHOUT ROWID;"

	"CREATE TABLE velocity ("
	" at_us INTEGER NOT NULL,"
	" payment INTEGER NOT NULL,"
	" fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),"
	" amount INTEGER NOT NULL CHECK (amount >= 0),"
	" PRIMARY KEY (at_us, payment)"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX velocity_card ON velocity (fingerprint, at_us);"

	"CREATE TABLE batch ("
	" id INTEGER PRIMARY KEY,"
	" terminal TEXT NOT NULL,"
	" currency TEXT NOT NULL CHECK (length(currency) = 3),"
	" stan INTEGER NOT NULL CHECK (stan BETWEEN 1 AND 999999),"
	" transmission TEXT NOT NULL CHECK (length(transmission) = 10),"
	" opened_us INTEGER NOT NULL,"
	" closed_us INTEGER NOT NULL DEFAULT 0,"
	" balanced INTEGER NOT NULL DEFAULT 0 CHECK (balanced BETWEEN 0 AND 1),"
	" word TEXT NOT NULL DEFAULT '',"
	" sums TEXT NOT NULL," /* eight numbers: count and total of struct ph_batch_sums */
	" pending INTEGER NOT NULL CHECK (pending >= 0)"
	") STRICT;"
	"CREATE INDEX batch_open ON batch (terminal, currency) WHERE closed_us = 0;"

	"CREATE TABLE meta ("
	" name TEXT PRIMARY KEY,"
	" value ANY NOT NULL"
	") STRICT, WITHOUT ROWID;"

	"CREATE INDEX record_payment ON record (payment);"
	"CREATE UNIQUE INDEX record_reversal ON record (parent) WHERE parent > 0;"
	"CREATE UNIQUE INDEX record_successor ON record (supersedes) WHERE supersedes > 0;"
	"CREATE INDEX record_open ON record (turn, id, state, next_us, payment, kind, work)"
	" WHERE state < 7 OR work = 1 OR (kind = 1 AND state = 11);"
	"CREATE INDEX record_due ON record (state, next_us)"
	" WHERE state = 1 OR state = 2 OR state = 3 OR state = 5 OR state = 6;"
	"CREATE INDEX record_work ON record (id, work, kind, state)"
	" WHERE work = 1 OR (kind = 1 AND state = 11) OR (kind = 2 AND state = 2);"
	"CREATE INDEX record_family ON record ((state < 7), accepted_us, state, repeat)"
	" WHERE kind > 2;"
	"CREATE INDEX record_unsettled ON record (terminal, id)"
	" WHERE batch = 0 AND (state = 7 OR state = 8 OR state = 13);"
	"CREATE INDEX record_batch ON record (batch)"
	" WHERE batch > 0 AND (state = 7 OR state = 8 OR state = 12 OR state = 13);"

	"CREATE TRIGGER record_begin BEFORE INSERT ON record"
	" WHEN NOT EXISTS (SELECT 1 FROM transition"
	" WHERE from_state = -1 AND to_state = new.state)"
	" BEGIN SELECT RAISE(ABORT, 'a record does not begin in this state'); END;"
	"CREATE TRIGGER record_state BEFORE UPDATE OF state ON record"
	" WHEN old.state <> new.state AND NOT EXISTS (SELECT 1 FROM transition"
	" WHERE from_state = old.state AND to_state = new.state)"
	" BEGIN SELECT RAISE(ABORT, 'a record does not become this'); END;"
	"CREATE TRIGGER record_same BEFORE UPDATE OF id, payment, parent, supersedes, kind,"
	" terminal, stan, rrn, transmission, local_time, local_date, accepted_us ON record"
	" WHEN new.id <> old.id OR new.payment <> old.payment OR new.parent <> old.parent OR"
	" new.supersedes <> old.supersedes OR new.kind <> old.kind OR"
	" new.terminal <> old.terminal OR new.stan <> old.stan OR new.rrn <> old.rrn OR"
	" new.transmission <> old.transmission OR new.local_time <> old.local_time OR"
	" new.local_date <> old.local_date OR new.accepted_us <> old.accepted_us"
	" BEGIN SELECT RAISE(ABORT, 'what names a message stays as it is'); END;"

	"CREATE TRIGGER record_exposed AFTER INSERT ON record"
	" WHEN new.kind > 2 AND new.state < 7"
	" BEGIN INSERT INTO exposure (family, currency, count, total, held)"
	" SELECT " FAMILY_OF("new") ", p.currency, 1, " AMOUNT_OF("new") ", new.state = 2"
	" FROM payment p WHERE p.id = new.payment"
	" ON CONFLICT (family, currency) DO"
	" UPDATE SET count = count + 1, total = total + excluded.total,"
	" held = held + excluded.held; END;"
	"CREATE TRIGGER record_exposure AFTER UPDATE OF state, amount ON record"
	" WHEN new.kind > 2 AND (old.state < 7 OR new.state < 7)"
	" BEGIN UPDATE exposure SET count = count + (new.state < 7) - (old.state < 7),"
	" total = total + (new.state < 7) * " AMOUNT_OF("new")
	" - (old.state < 7) * " AMOUNT_OF("old")
	", held = held + (new.state = 2) - (old.state = 2)"
	" WHERE family = " FAMILY_OF("new")
	" AND currency = (SELECT currency FROM payment WHERE id = new.payment); END;";
/* clang-format on */

#define KEY_USED                                                                                   \
	" INSERT INTO seal_key (kid, first_us, sealed, kept)"                                      \
	" SELECT " PH_SQL_KID_OF("new.sealed") ", new.changed_us, 1, 1"                            \
					       " WHERE new.sealed IS NOT NULL"                     \
					       " ON CONFLICT (kid) DO UPDATE SET sealed = sealed " \
					       "+ 1, kept = kept + 1;"
#define KEY_LEFT                                                                                   \
	" UPDATE seal_key SET kept = max(kept - 1, 0)"                                             \
	" WHERE old.sealed IS NOT NULL AND kid = " PH_SQL_KID_OF("old.sealed") ";"

/*
 * The keys account data is sealed to, as a person has to know them: since when each is in use, how many records were sealed to it, and how
 * many are kept, whoever adds them or drops what was sealed. `state` is enum ph_seal_key_state. `origin` and `origin_amount` are of
 * a payment that another machine has taken: number and amount that its account data was sealed for; 0: this machine's own.
 */
/* clang-format off */
static const char version_7[] =
	"CREATE TABLE seal_key ("
	" kid TEXT PRIMARY KEY,"
	" first_us INTEGER NOT NULL,"
	" sealed INTEGER NOT NULL CHECK (sealed >= 0),"
	" kept INTEGER NOT NULL CHECK (kept >= 0),"
	" state INTEGER NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 2)"
	") STRICT, WITHOUT ROWID;"
	"INSERT INTO seal_key (kid, first_us, sealed, kept)"
	" SELECT " PH_SQL_KID_OF("sealed") ", min(created_us), count(*), count(*)"
	" FROM record WHERE sealed IS NOT NULL GROUP BY 1;"
	"CREATE TRIGGER record_sealed AFTER INSERT ON record"
	" WHEN new.sealed IS NOT NULL BEGIN" KEY_USED " END;"
	"CREATE TRIGGER record_resealed AFTER UPDATE OF sealed ON record"
	" WHEN new.sealed IS NOT old.sealed BEGIN" KEY_LEFT KEY_USED " END;"
	"CREATE TRIGGER record_unsealed AFTER DELETE ON record"
	" WHEN old.sealed IS NOT NULL BEGIN" KEY_LEFT " END;"
	"ALTER TABLE payment ADD COLUMN origin INTEGER NOT NULL DEFAULT 0 CHECK (origin >= 0);"
	"ALTER TABLE payment ADD COLUMN origin_amount INTEGER NOT NULL DEFAULT 0"
	" CHECK (origin_amount >= 0);";
/* clang-format on */

/* Step n makes version n + 1 of version n. */
static const char *const steps[] = {
	version_1, version_2, version_3, version_4, version_5, version_6, version_7};
#define NEWEST ((int)PH_ARRAY_SIZE(steps))

static int query_int(sqlite3 *db, const char *sql, int *ret_value)
{
	sqlite3_stmt *statement = NULL;
	int r = -1;

	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
		sqlite3_step(statement) == SQLITE_ROW) {
		*ret_value = sqlite3_column_int(statement, 0);
		r = 0;
	}
	sqlite3_finalize(statement);
	return r < 0 ? ph_sql_errno(db) : 0;
}

int ph_schema_fill_transitions(sqlite3 *db)
{
	char sql[160];
	int r = sqlite3_exec(db, "DELETE FROM transition", NULL, NULL, NULL);

	for (int from = -1; from < PH_RECORD_STATE_COUNT_; from++)
		for (int to = 0; to < PH_RECORD_STATE_COUNT_ && r == SQLITE_OK; to++) {
			bool may = from < 0 ? ph_record_may_begin((enum ph_record_state)to)
					    : ph_record_may_become((enum ph_record_state)from,
						      (enum ph_record_state)to);
			if (!may || from == to)
				continue;
			snprintf(sql, sizeof(sql), "INSERT INTO transition VALUES (%d, %d)", from,
				to);
			r = sqlite3_exec(db, sql, NULL, NULL, NULL);
		}
	return r;
}

static int migrate(sqlite3 *db, int version)
{
	char pragmas[96];
	int r;

	r = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	for (int i = version; i < NEWEST && r == SQLITE_OK; i++)
		r = sqlite3_exec(db, steps[i], NULL, NULL, NULL);
	if (r == SQLITE_OK)
		r = ph_schema_fill_transitions(db);
	snprintf(pragmas, sizeof(pragmas), "PRAGMA application_id = %d; PRAGMA user_version = %d",
		APPLICATION_ID, NEWEST);
	if (r == SQLITE_OK)
		r = sqlite3_exec(db, pragmas, NULL, NULL, NULL);
	if (r == SQLITE_OK)
		r = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	return r == SQLITE_OK ? 0 : ph_sql_errno(db);
}

/* 0, or -EBADMSG when the file is a database of somebody else. */
static int check_owner(sqlite3 *db, int *ret_version)
{
	int application = 0, tables = 0, r;

	r = query_int(db, "PRAGMA application_id", &application);
	if (r == 0)
		r = query_int(db, "PRAGMA user_version", ret_version);
	if (r == 0)
		r = query_int(db, "SELECT count(*) FROM sqlite_schema", &tables);
	if (r < 0 || application == APPLICATION_ID)
		return r;
	return application == 0 && tables == 0 && *ret_version == 0 ? 0 : -EBADMSG;
}

int ph_schema_migrate(sqlite3 *db, const char *path, char message[PH_JOURNAL_MESSAGE])
{
	int version = 0, r;

	r = check_owner(db, &version);
	if (r == -EBADMSG && ph_sql_errno(db) != -EBADMSG) {
		snprintf(message, PH_JOURNAL_MESSAGE,
			"%s is a database of another program; name another file or move it away",
			path);
		return r;
	}
	if (r == 0 && version > NEWEST) {
		snprintf(message, PH_JOURNAL_MESSAGE,
			"journal %s has schema version %d, this poshald knows %d: install the "
			"newer "
			"version again, or move the file away to begin without its jobs",
			path, version, NEWEST);
		return -EPROTONOSUPPORT;
	}
	if (r == 0 && version < NEWEST)
		r = migrate(db, version);
	if (r < 0)
		snprintf(message, PH_JOURNAL_MESSAGE, "journal %s: %s", path, sqlite3_errmsg(db));
	if (!sqlite3_get_autocommit(db))
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return r;
}
