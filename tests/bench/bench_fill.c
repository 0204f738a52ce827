// Fills a journal with sales that stand without the host, sealed to an acquirer's key, for measurements of what becomes of them.
//   bench_fill JOURNAL COUNT KID PUBLIC_B64 TERMINAL     prints how many there are
#include "base/base64.h"
#include "daemon/journal/journal_queue.h"
#include "protocols/sealed/sealed.h"
#include "tests/bench/measure.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <time.h>

#define CLIENTS 64
#define AMOUNT	1250

/* Field 55 of a sale over 12.50: what the dialects want to see in a request. */
static const uint8_t icc[] = {0x82, 2, 0x39, 0, 0x84, 7, 0xa0, 0, 0, 0, 3, 0x10, 0x10, 0x95, 5, 0,
	0, 0, 0x80, 0, 0x9a, 3, 0x26, 0x11, 0x22, 0x9c, 1, 0, 0x5f, 0x2a, 2, 9, 0x78, 0x9f, 2, 6, 0,
	0, 0, 0, 0x12, 0x50, 0x9f, 3, 6, 0, 0, 0, 0, 0, 0, 0x9f, 0x1a, 2, 2, 0x76, 0x9f, 0x10, 7, 6,
	1, 10, 3, 0xa0, 0, 0, 0x9f, 0x26, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0x9f, 0x27, 1, 0x80, 0x9f,
	0x33, 3, 0xe0, 0xf0, 0xc8, 0x9f, 0x34, 3, 0x41, 3, 2, 0x9f, 0x35, 1, 0x22, 0x9f, 0x36, 2, 0,
	1, 0x9f, 0x37, 4, 1, 2, 3, 4};

struct client {
	struct ph_journal_pay_begin begin;
	struct ph_journal_pay_accept accept;
	char key[40];
	uint8_t sealed[PH_SEALED_MAX], icc[sizeof icc];
};

static struct {
	struct ph_journal *journal;
	sd_event *event;
	const char *kid, *terminal;
	uint8_t public_key[64]; /* the first PH_SEAL_PUBLIC of it */
	struct client clients[CLIENTS];
	long to_begin, to_finish;
} fill;

static uint64_t wall_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void check(const char *what, int r)
{
	if (r >= 0)
		return;
	errno = -r;
	bench_fail(what);
}

static void begin(struct client *client);

static void on_accepted(struct ph_journal_request *request, int result)
{
	struct client *client =
		(struct client *)((char *)request - offsetof(struct client, accept));

	check("accepted", result);
	fill.to_finish--;
	if (fill.to_begin > 0)
		begin(client);
}

static ssize_t seal(struct client *client)
{
	static const struct ph_account account = {.pan_len = 16,
		.hidden_pan = {'4', '7', '6', '1', '7', '3', '9', '0', '0', '1', '0', '1', '0', '0',
			'1', '0'},
		.hidden_expiry = {'3', '0', '1', '2'},
		.sequence = 1};
	struct ph_sealed_header header = {
		.use = PH_SEALED_KEPT, .amount = AMOUNT, .currency = "EUR"};

	snprintf(header.kid, sizeof header.kid, "%s", fill.kid);
	snprintf(header.payment, sizeof header.payment, "pay-%lld", (long long)client->begin.id);
	return ph_seal(&header, &account, fill.public_key, client->sealed, sizeof client->sealed);
}

static void on_begun(struct ph_journal_request *request, int result)
{
	struct client *client = (struct client *)request;

	check("begun", result);
	ssize_t len = seal(client);
	check("seal", (int)len);
	/* another use of the card each: its counter, and the number the till has chosen */
	memcpy(client->icc, icc, sizeof icc);
	for (unsigned i = 0; i < 2; i++) {
		uint8_t byte = (uint8_t)(client->begin.id >> (8 - 8 * i));
		client->icc[sizeof icc - 9 + i] = client->icc[sizeof icc - 2 + i] = byte;
	}
	client->accept = (struct ph_journal_pay_accept){
		.request = {.done = on_accepted, .wall_us = wall_us()},
		.payment = client->begin.id,
		.kind = PH_RECORD_SALE_DEFERRED,
		.terminal = fill.terminal,
		.entry = "chip",
		.sequence = 1,
		.sealed = client->sealed,
		.sealed_len = (size_t)len,
		.icc = client->icc,
		.icc_len = sizeof client->icc,
		.reason = "host_away",
		.result = "{\"outcome\":\"approved_offline\",\"amount_approved\":1250}"};
	check("accept", ph_journal_pay_accept_submit(fill.journal, &client->accept));
	ph_journal_pay_begin_clear(&client->begin);
}

static void begin(struct client *client)
{
	snprintf(client->key, sizeof client->key, "filled-%ld", fill.to_begin--);
	client->begin = (struct ph_journal_pay_begin){
		.request = {.done = on_begun, .wall_us = wall_us()},
		.ask = {.uid = 1000,
			.method = "payment.authorize",
			.key = client->key,
			.body = "{\"amount\":1250,\"currency\":\"EUR\",\"offline\":\"allow\"}",
			.device = "reader",
			.type = "sale",
			.amount = AMOUNT,
			.currency = "EUR"}};
	check("begin", ph_journal_pay_begin_submit(fill.journal, &client->begin));
}

int main(int argc, char **argv)
{
	char message[PH_JOURNAL_MESSAGE];

	if (argc != 6) {
		fprintf(stderr, "bench_fill JOURNAL COUNT KID PUBLIC_B64 TERMINAL\n");
		return 2;
	}
	long count = atol(argv[2]);
	fill.to_begin = fill.to_finish = count;
	fill.kid = argv[3];
	fill.terminal = argv[5];
	if (strlen(argv[4]) > sizeof fill.public_key ||
		ph_base64_decode(argv[4], strlen(argv[4]), fill.public_key) != PH_SEAL_PUBLIC)
		bench_fail("PUBLIC_B64");
	sd_event_new(&fill.event);
	if (ph_journal_open(argv[1], NULL, message, &fill.journal) < 0)
		bench_fail(message);
	ph_journal_attach(fill.journal, fill.event);
	for (int i = 0; i < CLIENTS && fill.to_begin > 0; i++)
		begin(&fill.clients[i]);
	while (fill.to_finish > 0)
		sd_event_run(fill.event, UINT64_MAX);
	ph_journal_close(fill.journal);
	sd_event_unref(fill.event);
	printf("{\"filled\":%ld}\n", count);
	return 0;
}
