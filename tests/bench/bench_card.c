// Measures a payment by chip over pcscd and vpcd, through poshal-device-emv, against the same commands sent to the same card by
// SCardTransmit in a loop. Both from the first command at the card to its last answer, so that neither has the power-up in it.
//   bench_card ROUNDS PROFILE poshal-device-emv ARGUMENT...     beside a pcscd with vpcd, whose first reader is taken; prints JSON
#include "drivers/transport/pcsc_lib.h"
#include "emulators/models/card.h"
#include "emulators/plugs/vpcd.h"
#include "tests/bench/measure.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define WARM_UP	     3
#define PER_ROUND    10
#define COMMANDS_MAX 64
#define PAUSE_US     1000 /* before another try for a reader that is in use */
#define TRIES	     5000

/* What the card has seen since its last reset; it writes, the measuring side reads once a payment is over. */
struct seen {
	double first_us, last_us, card_us;
	size_t count;
	struct {
		uint8_t data[PH_EMU_CARD_COMMAND_MAX];
		size_t len;
	} commands[COMMANDS_MAX];
};

static struct seen *seen;

/* ---- the card, in a process of its own ---- */

static size_t on_atr(void *card, uint8_t *out)
{
	return ph_emu_card_atr(card, out);
}

static void on_reset(void *card)
{
	uint8_t atr[PH_EMU_CARD_ATR_MAX];

	ph_emu_card_reset(card, atr);
	seen->count = 0;
	seen->card_us = 0;
}

static int on_command(
	void *card, const uint8_t *command, size_t len, uint8_t *out, unsigned *ret_delay_ms)
{
	const double from = bench_now_us();
	const size_t at = seen->count;

	if (!at)
		seen->first_us = from;
	if (at < COMMANDS_MAX) {
		memcpy(seen->commands[at].data, command, len);
		seen->commands[at].len = len;
		seen->count = at + 1;
	}
	int n = ph_emu_card_command(card, command, len, out);
	seen->last_us = bench_now_us();
	seen->card_us += seen->last_us - from;
	return n;
}

static void serve_card(void *profile)
{
	static const struct ph_emu_vpcd_ops ops = {
		.atr = on_atr, .reset = on_reset, .command = on_command};
	char why[PH_EMU_CARD_WHY_MAX];
	struct ph_emu_card *card;
	struct ph_emu_vpcd *vpcd;
	const char *text = ph_emu_card_profile(profile);
	sd_event *event;

	if (!text || ph_emu_card_new(text, PH_EMU_CARD_OWN_NUMBER, &card, why) < 0 ||
		sd_event_new(&event) < 0 ||
		ph_emu_vpcd_new(event, PH_EMU_VPCD_PORT, &ops, card, &vpcd) < 0)
		bench_fail("the card");
	ph_emu_vpcd_in(vpcd);
	sd_event_loop(event);
}

/* ---- ours ---- */

static struct bench_reader device;

static void start_device(char **argv)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		bench_fail("socketpair");
	pid_t pid = fork();
	if (pid < 0)
		bench_fail("fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(pair[1], 0);
		dup2(pair[1], 1);
		execv(argv[0], argv);
		bench_fail(argv[0]);
	}
	close(pair[1]);
	device.fd = pair[0];
}

static void tell(const char *method, const char *payment, const char *params)
{
	char line[400];
	int n = snprintf(line, sizeof line,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":{\"payment\":\"%s\",%s}"
		"}\n",
		method, payment, params);

	bench_write(device.fd, line, (size_t)n);
}

/* A sale that the card approves by itself. */
static double pay(void)
{
	static unsigned number;
	char payment[20];
	const char *line = "";

	snprintf(payment, sizeof payment, "p%u", ++number);
	tell("payment.start", payment,
		"\"type\":\"sale\",\"amount\":1000,\"currency\":{\"code\":\"EUR\",\"number\":978,"
		"\"exponent\":2},\"date\":20261122,\"time\":101500,\"counter\":1");
	while (!strstr(line, "\"payment.end\"")) {
		line = bench_line_with(&device, "payment.");
		if (strstr(line, "\"payment.need\""))
			tell("payment.proceed", payment, "\"ok\":true");
	}
	if (!strstr(line, "\"approved_offline\"")) {
		fprintf(stderr, "bench_card: %s\n", line);
		exit(1);
	}
	return seen->last_us - seen->first_us;
}

/* ---- the floor ---- */

static const struct ph_pcsc_lib *pcsc;
static SCARDCONTEXT context;
static char readers[1024]; /* all of them, the first one is used */

static void check(LONG result, const char *what)
{
	if (result == SCARD_S_SUCCESS)
		return;
	fprintf(stderr, "bench_card: %s: %lx\n", what, result);
	exit(1);
}

/* The device gives the card back behind the end of its payment. */
static SCARDHANDLE take_card(DWORD *ret_protocol)
{
	SCARDHANDLE card;
	LONG result = SCARD_E_SHARING_VIOLATION;

	for (int i = 0; i < TRIES && result != SCARD_S_SUCCESS; i++) {
		result = pcsc->Connect(context, readers, SCARD_SHARE_EXCLUSIVE,
			SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card, ret_protocol);
		if (result != SCARD_S_SUCCESS)
			bench_wait_until(bench_now_us() + PAUSE_US);
	}
	check(result, "SCardConnect");
	return card;
}

/* The commands of the payment before, once more. */
static double send_all(void)
{
	static struct seen before;
	uint8_t answer[PH_EMU_CARD_ANSWER_MAX];
	SCARD_IO_REQUEST pci = {.cbPciLength = sizeof pci};

	memcpy(&before, seen, sizeof before);
	SCARDHANDLE card = take_card(&pci.dwProtocol);
	for (size_t i = 0; i < before.count; i++) {
		DWORD len = sizeof answer;
		check(pcsc->Transmit(card, &pci, before.commands[i].data, before.commands[i].len,
			      NULL, answer, &len),
			"SCardTransmit");
		if (i + 1 == before.count && (len < 2 || answer[len - 2] != 0x90))
			check(1, "the card's last answer");
	}
	const double took = seen->last_us - seen->first_us;
	check(pcsc->Disconnect(card, SCARD_UNPOWER_CARD), "SCardDisconnect");
	return took;
}

static void open_pcsc(void)
{
	char why[200];
	DWORD size = sizeof readers;

	pcsc = ph_pcsc_lib_load(why, sizeof why);
	if (!pcsc)
		bench_fail(why);
	check(pcsc->EstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context),
		"SCardEstablishContext");
	check(pcsc->ListReaders(context, NULL, readers, &size), "SCardListReaders");
}

static void one_round(struct bench_pair *pair)
{
	double ours[PER_ROUND], floor[PER_ROUND];

	for (int i = 0; i < PER_ROUND; i++) {
		ours[i] = pay();
		floor[i] = send_all();
	}
	bench_pair_add(pair, bench_percentile(ours, PER_ROUND, 0.5),
		bench_percentile(floor, PER_ROUND, 0.5));
}

int main(int argc, char **argv)
{
	struct bench_pair pair = {.count = 0};

	if (argc < 4)
		return 2;
	seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (seen == MAP_FAILED)
		bench_fail("mmap");
	bench_fork(serve_card, argv[2]);
	start_device(argv + 3);
	bench_line_with(&device, "\"present\"");
	open_pcsc();
	for (int i = 0; i < WARM_UP; i++) {
		pay();
		send_all();
	}
	for (int i = atoi(argv[1]); i > 0; i--)
		one_round(&pair);
	printf("{");
	bench_pair_print("payment", &pair, 0);
	printf("\"commands\":%zu,\"card_us\":%.1f}\n", seen->count, seen->card_us);
	return 0;
}
