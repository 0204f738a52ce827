// Measures what the journal takes to accept authorizations without the host (D4), against appends of as many bytes with fdatasync.
//   bench_offline FOLDER ACCEPTED ROUNDS [RULES]     RULES of faultio.c, for both sides; prints one line of JSON
#include "daemon/journal/journal_queue.h"
#include "tests/bench/measure.h"
#include "tests/support/faultio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS	   64
#define SEALED_LEN 340 /* of a reader */
#define ICC_LEN	   160 /* field 55 */
#define ROW_LEN	   900 /* with numbers, times and text: what an append writes */

static const uint8_t sealed[SEALED_LEN] = {0x50, 0x48, 0x53, 1}, icc[ICC_LEN] = {0x82};

struct client {
	struct ph_journal_pay_begin begin;
	struct ph_journal_pay_accept accept;
	char key[40];
	uint8_t fingerprint[PH_FINGERPRINT];
};

static struct {
	struct ph_journal *journal;
	sd_event *event;
	struct client clients[CLIENTS];
	int64_t *payments; /* begun and not accepted yet */
	long begun, to_submit, to_finish, serial;
} bench;

static void fail(const char *what, int error)
{
	errno = error;
	bench_fail(what);
}

static uint64_t wall_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* ---- begun: what the card's part costs stands beside this, and is not measured ---- */

static void on_begun(struct ph_journal_request *request, int result);

static void begin(struct client *client)
{
	bench.to_submit--;
	snprintf(client->key, sizeof client->key, "sale-%ld", bench.serial++);
	client->begin = (struct ph_journal_pay_begin){
		.request = {.done = on_begun, .wall_us = wall_us()},
		.ask = {.uid = 1000,
			.method = "payment.authorize",
			.key = client->key,
			.body = "{\"amount\":1250,\"currency\":\"EUR\",\"offline\":\"allow\"}",
			.device = "card-reader",
			.type = "sale",
			.amount = 1250,
			.currency = "EUR"}};
	int r = ph_journal_pay_begin_submit(bench.journal, &client->begin);
	if (r < 0)
		fail("begin", -r);
}

static void on_begun(struct ph_journal_request *request, int result)
{
	struct client *client = (struct client *)request;

	if (result < 0)
		fail("begun", -result);
	bench.payments[bench.begun++] = client->begin.id;
	ph_journal_pay_begin_clear(&client->begin);
	bench.to_finish--;
	if (bench.to_submit > 0)
		begin(client);
}

/* ---- accepted ---- */

static void on_accepted(struct ph_journal_request *request, int result);

static void accept_one(struct client *client)
{
	int64_t payment = bench.payments[--bench.begun];

	bench.to_submit--;
	memcpy(client->fingerprint, &payment, sizeof payment);
	client->accept = (struct ph_journal_pay_accept){
		.request = {.done = on_accepted, .wall_us = wall_us()},
		.payment = payment,
		.kind = PH_RECORD_SALE_DEFERRED,
		.terminal = "TID00001",
		.entry = "chip",
		.sequence = 1,
		.sealed = sealed,
		.sealed_len = sizeof sealed,
		.icc = icc,
		.icc_len = sizeof icc,
		.fingerprint = client->fingerprint,
		.limits = {.max_total = INT64_C(1) << 50,
			.max_count = UINT32_MAX,
			.card_count = 10,
			.card_total = 100000,
			.card_window_s = 86400},
		.reason = "host_away",
		.result = "{\"outcome\":\"approved_offline\",\"amount_approved\":1250}"};
	int r = ph_journal_pay_accept_submit(bench.journal, &client->accept);
	if (r < 0)
		fail("accept", -r);
}

static void on_accepted(struct ph_journal_request *request, int result)
{
	struct client *client =
		(struct client *)((char *)request - offsetof(struct client, accept));

	if (result < 0)
		fail(client->accept.limit ? client->accept.limit : "accepted", -result);
	bench.to_finish--;
	if (bench.to_submit > 0)
		accept_one(client);
}

/* Per second, with so many always in flight. */
static double run(void (*submit)(struct client *), int clients, long count)
{
	double start = bench_now_us();

	bench.to_submit = bench.to_finish = count;
	for (int i = 0; i < clients && i < count; i++)
		submit(&bench.clients[i]);
	while (bench.to_finish > 0)
		sd_event_run(bench.event, UINT64_MAX);
	return (double)count * 1e6 / (bench_now_us() - start);
}

static double appends(const char *folder, long count)
{
	char path[512], data[ROW_LEN];

	memset(data, 'x', sizeof data);
	snprintf(path, sizeof path, "%s/floor", folder);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	double start = bench_now_us();
	for (long i = 0; i < count; i++)
		if (write(fd, data, sizeof data) < 0 || fdatasync(fd) < 0)
			bench_fail(path);
	double rate = (double)count * 1e6 / (bench_now_us() - start);
	close(fd);
	unlink(path);
	return rate;
}

static void open_journal(const char *folder)
{
	char path[512], message[PH_JOURNAL_MESSAGE];

	snprintf(path, sizeof path, "%s/journal.db", folder);
	if (ph_journal_open(path, NULL, message, &bench.journal) < 0)
		bench_fail(message);
	ph_journal_attach(bench.journal, bench.event);
}

int main(int argc, char **argv)
{
	static struct bench_pair one, many;
	struct ph_journal_stats before, after;
	uint64_t flushes = 0;
	unsigned long commits = 0;

	if (argc < 4) {
		fprintf(stderr, "bench_offline FOLDER ACCEPTED ROUNDS [RULES]\n");
		return 2;
	}
	long count = atol(argv[2]), rounds = atol(argv[3]);
	bench.payments = calloc((size_t)count * 4, sizeof *bench.payments);
	sd_event_new(&bench.event);
	open_journal(argv[1]);
	for (long i = 0; i < rounds; i++) {
		faultio_configure(NULL);
		run(begin, CLIENTS, count * 4);
		if (argc > 4 && faultio_configure(argv[4]) < 0)
			bench_fail(argv[4]);
		double floor = appends(argv[1], count);
		ph_journal_get_stats(bench.journal, &before);
		uint64_t calls = faultio_count("sync");
		bench_pair_add(&one, run(accept_one, 1, count), floor);
		bench_pair_add(&many, run(accept_one, CLIENTS, count * 3), floor);
		flushes += faultio_count("sync") - calls;
		ph_journal_get_stats(bench.journal, &after);
		commits += after.commits - before.commits;
	}
	ph_journal_close(bench.journal);
	sd_event_unref(bench.event);
	free(bench.payments);
	printf("{");
	bench_pair_print("one", &one, 0);
	bench_pair_print("many", &many, 0);
	printf("\"commits\":%lu,\"flushes\":%llu}\n", commits, (unsigned long long)flushes);
	return 0;
}
