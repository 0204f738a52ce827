// Measures how long a journal with a history takes from its opening to the first sale it has accepted without the host, and until
// the whole file was looked through.
//   bench_queue_start FOLDER FINISHED PENDING ROUNDS     leaves FOLDER/journal.db there; prints one line of JSON, times in milliseconds
#include "daemon/journal/journal_queue.h"
#include "daemon/journal/journal_storage.h"
#include "tests/bench/measure.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#define DAY_US 86400000000ll

static struct {
	char path[512];
	struct ph_journal *journal;
	sd_event *event;
	int waiting;
} bench;

static void fail(const char *what, int error)
{
	errno = error;
	bench_fail(what);
}

/* ---- the history ---- */

/* ?1: how many; ?2: the time of the oldest, 20 s apart; ?3: state; ?4: so many are there */
static const char *const history[] = {
	"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) "
	"INSERT INTO payment (uid, method, key, body, device, type, currency, amount, cashback, "
	"operator, "
	"reference, reason, original, state, amount_approved, counter, created_us, changed_us, "
	"result) SELECT 1000, 'payment.authorize', printf('sale-%012d', i + ?4), zeroblob(32), "
	"'reader', "
	"'sale', 'EUR', 1250, 0, 'anna', printf('table %d', i % 40), '', 0, ?3, 1250, i, "
	"?2 + i * 20000000, ?2 + i * 20000000, "
	"printf('{\"outcome\":\"approved\",\"mode\":\"online\","
	"\"scheme\":\"visa\",\"masked_pan\":\"476173******0010\",\"approval_code\":\"A%05d\"}', i) "
	"FROM n",
	"INSERT INTO record (payment, parent, kind, state, terminal, stan, rrn, transmission, "
	"local_time, local_date, entry, sequence, reason, created_us, changed_us, accepted_us, "
	"response_code, approval_code, sealed, icc) SELECT id, 0, ?3, ?4, printf('TID%05d', id / "
	"900000), id % 900000 + 1, printf('%012d', id), printf('%010d', id / 900000), '120000', "
	"'1122', "
	"'chip', 1, '', created_us, created_us, created_us, '00', 'A12345', CASE WHEN ?4 < 7 THEN "
	"zeroblob(340) END, zeroblob(160) FROM payment WHERE id > ?1 AND id <= ?1 + ?2",
};

static void run(sqlite3 *db, const char *sql, const long long numbers[4])
{
	sqlite3_stmt *s = NULL;

	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
		fail(sqlite3_errmsg(db), EINVAL);
	for (int i = 0; i < sqlite3_bind_parameter_count(s); i++)
		sqlite3_bind_int64(s, i + 1, numbers[i]);
	if (sqlite3_step(s) != SQLITE_DONE)
		fail(sqlite3_errmsg(db), EINVAL);
	sqlite3_finalize(s);
}

/* The trigger that lets records begin only as records do, away and there again. */
static void without_trigger(sqlite3 *db, char sql[1024], bool there)
{
	sqlite3_stmt *s = NULL;

	if (there) {
		if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
			fail(sqlite3_errmsg(db), EINVAL);
		return;
	}
	if (sqlite3_prepare_v2(db, "SELECT sql FROM sqlite_schema WHERE name = 'record_begin'", -1,
		    &s, NULL) != SQLITE_OK ||
		sqlite3_step(s) != SQLITE_ROW)
		fail(sqlite3_errmsg(db), EINVAL);
	snprintf(sql, 1024, "%s", (const char *)sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	sqlite3_exec(db, "DROP TRIGGER record_begin", NULL, NULL, NULL);
}

static void fill(long finished, long pending)
{
	long long now = (long long)time(NULL) * 1000000;
	char trigger[1024];
	sqlite3 *db = NULL;

	if (sqlite3_open(bench.path, &db) != SQLITE_OK)
		fail(bench.path, EIO);
	sqlite3_exec(db, "PRAGMA synchronous = OFF; BEGIN", NULL, NULL, NULL);
	without_trigger(db, trigger, false);
	run(db, history[0], (long long[]){finished, now - 300 * DAY_US, PH_PAY_APPROVED, 0});
	run(db, history[1], (long long[]){0, finished, PH_RECORD_REQUEST, PH_RECORD_APPROVED});
	if (pending)
		run(db, history[0],
			(long long[]){
				pending, now - 20000000000, PH_PAY_APPROVED_OFFLINE, finished});
	run(db, history[1],
		(long long[]){finished, pending, PH_RECORD_SALE_DEFERRED, PH_RECORD_STORED});
	without_trigger(db, trigger, true);
	if (sqlite3_exec(db, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL) !=
		SQLITE_OK)
		fail(sqlite3_errmsg(db), EIO);
	sqlite3_close(db);
}

/* ---- a start ---- */

static void open_journal(void)
{
	char message[PH_JOURNAL_MESSAGE];
	int r = ph_journal_open(bench.path, NULL, message, &bench.journal);

	if (r < 0)
		fail(message, -r);
}

/* As after the machine was started: nothing of the file is in memory. */
static void forget(void)
{
	int fd = open(bench.path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fdatasync(fd) < 0)
		bench_fail(bench.path);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	close(fd);
}

static void on_done(struct ph_journal_request *request, int result)
{
	if (result < 0)
		fail("a request", -result);
	bench.waiting--;
}

static void wait_done(int r)
{
	if (r < 0)
		fail("submit", -r);
	bench.waiting++;
	while (bench.waiting)
		sd_event_run(bench.event, UINT64_MAX);
}

static void accept_one(int round)
{
	static const uint8_t sealed[340] = {0x50, 0x48, 0x53, 1}, icc[160] = {0x82};
	struct ph_journal_pay_begin begin = {.request.done = on_done};
	struct ph_journal_pay_accept accept = {.request.done = on_done,
		.kind = PH_RECORD_SALE_DEFERRED,
		.terminal = "TID90000",
		.entry = "chip",
		.sequence = 1,
		.sealed = sealed,
		.sealed_len = sizeof sealed,
		.icc = icc,
		.icc_len = sizeof icc,
		.limits = {.max_total = 1000000000000, .max_count = 1000000}};
	char key[40];

	snprintf(key, sizeof key, "new-%d-%d", (int)getpid(), round);
	begin.ask = (struct ph_payment_ask){.uid = 1000,
		.method = "payment.authorize",
		.key = key,
		.body = "{}",
		.device = "reader",
		.type = "sale",
		.amount = 1250,
		.currency = "EUR"};
	wait_done(ph_journal_pay_begin_submit(bench.journal, &begin));
	accept.payment = begin.id;
	wait_done(ph_journal_pay_accept_submit(bench.journal, &accept));
	ph_journal_pay_begin_clear(&begin);
}

static void start(int round, double *ret_accepted, double *ret_checked)
{
	struct ph_queue_recovery recovery;
	double begun = bench_now_us();
	int r;

	open_journal();
	r = ph_journal_recover_queue(bench.journal, &recovery);
	if (r == 0)
		r = ph_journal_attach(bench.journal, bench.event);
	if (r < 0)
		fail("recovery", -r);
	accept_one(round);
	*ret_accepted = (bench_now_us() - begun) / 1000;
	while (ph_journal_health(bench.journal, NULL) == PH_JOURNAL_CHECKING)
		sd_event_run(bench.event, UINT64_MAX);
	*ret_checked = (bench_now_us() - begun) / 1000;
	if (ph_journal_health(bench.journal, NULL) != PH_JOURNAL_OK)
		fail("the journal is not well", EBADMSG);
	ph_journal_close(bench.journal);
}

int main(int argc, char **argv)
{
	double accepted[BENCH_ROUNDS_MAX], checked[BENCH_ROUNDS_MAX];
	struct stat st;

	if (argc != 5) {
		fprintf(stderr, "bench_queue_start FOLDER FINISHED PENDING ROUNDS\n");
		return 2;
	}
	size_t rounds = (size_t)atol(argv[4]);
	if (rounds < 1 || rounds > BENCH_ROUNDS_MAX)
		fail("ROUNDS", EINVAL);
	snprintf(bench.path, sizeof bench.path, "%s/journal.db", argv[1]);
	sd_event_new(&bench.event);
	open_journal();
	ph_journal_close(bench.journal);
	if (atol(argv[2]) > 0)
		fill(atol(argv[2]), atol(argv[3]));
	for (size_t i = 0; i < rounds; i++) {
		forget();
		start((int)i, &accepted[i], &checked[i]);
	}
	stat(bench.path, &st);
	printf("{\"accepted_ms\":%.2f,\"checked_ms\":%.1f,\"size\":%lld}\n",
		bench_percentile(accepted, rounds, 0.5), bench_percentile(checked, rounds, 0.5),
		(long long)st.st_size);
	sd_event_unref(bench.event);
	return 0;
}
