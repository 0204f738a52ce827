// A journal of version 5 with records of every kind and state becomes one of version 6, and what is in it stays.
#include "journal_fixture.h"

#include "daemon/journal/journal_payments.h"

#define OLD_STATES 13
#define OLD_KINDS  3

/* What version 5 had in place of what version 6 has. */
static const char version_5[] =
	"DROP TABLE attempt; DROP TABLE record; DROP TABLE transition; DROP TABLE exposure;"
	"DROP TABLE velocity; DROP TABLE batch; DROP TABLE meta;"
	"DROP TABLE seal_key; ALTER TABLE payment DROP COLUMN origin;"
	"ALTER TABLE payment DROP COLUMN origin_amount;"
	"CREATE TABLE record ("
	" id INTEGER PRIMARY KEY,"
	" payment INTEGER NOT NULL REFERENCES payment (id),"
	" parent INTEGER NOT NULL CHECK (parent >= 0),"
	" kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 2),"
	" state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 12),"
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
	" pin INTEGER NOT NULL DEFAULT -1 CHECK (pin BETWEEN -1 AND 1),"
	" note TEXT NOT NULL DEFAULT '',"
	" UNIQUE (terminal, stan, transmission)"
	") STRICT;"
	"CREATE INDEX record_payment ON record (payment);"
	"CREATE INDEX record_open ON record (id) WHERE state < 6 OR (kind = 1 AND state = 10);"
	"CREATE UNIQUE INDEX record_reversal ON record (parent) WHERE parent > 0;"
	"PRAGMA user_version = 5";

static int expected[OLD_KINDS][OLD_STATES];

/* Payment and record n, for each kind and state; every column has a value of its own. */
static void fill(void)
{
	char sql[1024];
	int n = 0;

	for (int kind = 0; kind < OLD_KINDS; kind++)
		for (int state = 0; state < OLD_STATES; state++) {
			n++;
			expected[kind][state] = n;
			snprintf(sql, sizeof sql,
				"INSERT INTO payment (id, uid, method, key, body, device, type,"
				" currency, amount, cashback, operator, reference, reason, "
				"original,"
				" counter, created_us, changed_us, state) VALUES (%d, 1000, 'm', "
				"'k%d',"
				" zeroblob(32), 'reader', 'sale', 'EUR', %d, 0, '', '', '', 0, %d,"
				" 1, 1, 1);"
				"INSERT INTO record VALUES (%d, %d, %d, %d, %d, 'TID', %d,"
				" '%012d', '%010d', '101112', '1122', 'chip', 7, 'timeout', 1,"
				" %d, %d, 33, 44, '05', 'A1B2C3', x'%04x', x'8202', 1, 'note');",
				n, n, 100 + n, n, n, n, kind == 1 ? 1000 + n : 0, kind, state, n, n,
				n, n + 1, n + 2, n);
			fixture_sql(sql);
		}
}

static int loaded;

static int look(const struct ph_record_row *row, void *userdata)
{
	int old = row->state > PH_RECORD_INTENT ? (int)row->state - 1 : 0;

	loaded++;
	ck_assert_int_eq(row->id, expected[row->kind][old]);
	ck_assert_int_eq(row->payment, row->id);
	ck_assert_int_eq(row->amount, 100 + row->id);
	ck_assert_int_eq(row->asked, row->amount);
	ck_assert_int_eq(row->sealed_payment, 0);
	ck_assert_uint_eq(row->stan, (uint32_t)row->id);
	ck_assert_uint_eq(row->attempts, (uint32_t)row->id + 1);
	ck_assert_uint_eq(row->next_us, (uint64_t)row->id + 2);
	ck_assert_uint_eq(row->created_us, 33);
	ck_assert_str_eq(row->note, "note");
	ck_assert_uint_eq(row->sealed_len, 2);
	ck_assert_int_eq(row->sealed[1], (int)row->id);
	ck_assert_int_eq(row->pin, 1);
	ck_assert_int_eq(row->sequence, 7);
	ck_assert(row->repeat);
	return 0;
}

static int skip(const struct ph_payment_row *payment, void *userdata)
{
	return 0;
}

START_TEST(records_of_version_5_keep_what_they_are)
{
	static const char *const names[OLD_STATES] = {"intent", "held", "queued", "sending",
		"retry_wait", "unsure", "approved", "partial", "declined", "referred", "rejected",
		"abandoned", "reversed"};
	char sql[160];

	fixture_start();
	fixture_stop();
	fixture_sql(version_5);
	fill();
	/* one that somebody has seen to */
	fixture_sql(
		"INSERT INTO payment (id, uid, method, key, body, device, type, currency, amount,"
		" cashback, operator, reference, reason, original, counter, created_us,"
		" changed_us, resolution) SELECT 99, uid, method, 'k99', body, device, type,"
		" currency, amount, cashback, operator, reference, reason, original, counter,"
		" created_us, changed_us, '{}' FROM payment WHERE id = 1;"
		"INSERT INTO record SELECT 99, 99, 99, 1, 10, terminal, 99, rrn, transmission,"
		" local_time, local_date, entry, sequence, reason, repeat, attempts, next_us,"
		" created_us, 1, '30', '', NULL, icc, pin, note FROM record WHERE id = 1");
	ck_assert_int_eq(fixture_open(), 0);
	ck_assert_int_eq(ph_journal_load_payments(f.journal, skip, look, NULL), 0);
	/* six of each kind are open, and a reversal that is refused */
	ck_assert_int_eq(loaded, 3 * 6 + 1);
	fixture_stop();
	for (int kind = 0; kind < OLD_KINDS; kind++)
		for (int state = 0; state < OLD_STATES; state++) {
			snprintf(sql, sizeof sql, "SELECT state FROM record WHERE id = %d",
				expected[kind][state]);
			int now = fixture_sql_int(sql);
			ck_assert_str_eq(
				ph_record_state_name((enum ph_record_state)now), names[state]);
		}
	ck_assert_int_eq(fixture_sql_int("PRAGMA user_version"), 7);
	ck_assert_int_eq(fixture_sql_int("SELECT work FROM record WHERE id = 99"), 2);
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM pragma_foreign_key_check"), 0);
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM exposure"), 0);
	ck_assert_int_eq(fixture_sql_int("SELECT count(*) FROM record WHERE icc = x'8202' AND "
					 "response_code = '05' AND approval_code = 'A1B2C3' AND "
					 "changed_us = 44 AND local_date = '1122' AND work = 0"),
		OLD_KINDS * OLD_STATES);
}
END_TEST

START_TEST(a_number_is_not_given_twice_after_an_upgrade)
{
	struct ph_journal_intent intent = {.request.done = on_done,
		.payment = 1,
		.terminal = "TID",
		.entry = "chip",
		.sequence = -1};

	fixture_start();
	fixture_stop();
	fixture_sql(version_5);
	fixture_sql("INSERT INTO counter VALUES ('stan:TID', 41);"
		    "INSERT INTO payment (id, uid, method, key, body, device, type, currency,"
		    " amount, cashback, operator, reference, reason, original, counter,"
		    " created_us, changed_us) VALUES (1, 1000, 'm', 'k', zeroblob(32), 'reader',"
		    " 'sale', 'EUR', 1, 0, '', '', '', 0, 1, 1, 1)");
	fixture_start();
	ck_assert_int_eq(ph_journal_intent_submit(f.journal, &intent), 0);
	fixture_wait(1);
	ck_assert_int_eq(f.order[0], 0);
	ck_assert_uint_eq(intent.record.stan, 42);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("journal upgrade");
	TCase *tests = tcase_create("version 5");

	tcase_add_checked_fixture(tests, fixture_setup, fixture_teardown);
	tcase_add_test(tests, records_of_version_5_keep_what_they_are);
	tcase_add_test(tests, a_number_is_not_given_twice_after_an_upgrade);
	suite_add_tcase(suite, tests);
	return fixture_run(suite);
}
