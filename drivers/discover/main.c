// poshal-discover: looks for network printers and prints what it finds; the parts of the search are beside.
#include "drivers/discover/discover.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS_MAX	60
#define SECONDS_DEFAULT 12
#define WAITING_MAX	512 /* pieces read in a row; more is talk without end */

static const char usage[] =
	"Usage: poshal-discover [OPTION]...\n"
	"Looks for receipt printers on the network, and prints a line of JSON for each.\n"
	"\n"
	"  --ask            ask whoever has the port open what it is (GS I, DLE EOT); a printer\n"
	"                   that is no receipt printer may print some letters\n"
	"  --host ADDRESS   look only there, any number of times; not at the subnets of this "
	"machine\n"
	"  --port N         in place of 9100\n"
	"  --mdns ADDRESS:PORT   ask this responder, not the multicast group\n"
	"  --no-mdns, --no-port  leave one of the two ways out\n"
	"  --queues         also list the queues of this machine's print server\n"
	"  --seconds N      end after N seconds at the latest (12)\n"
	"  --help, --version\n"
	"\n"
	"See poshal-discover(8).\n";

enum {
	OPT_ASK = 256,
	OPT_HOST,
	OPT_PORT,
	OPT_MDNS,
	OPT_NO_MDNS,
	OPT_NO_PORT,
	OPT_QUEUES,
	OPT_SECONDS,
	OPT_HELP,
	OPT_VERSION
};

static const struct option options[] = {
	{"ask", no_argument, NULL, OPT_ASK},
	{"host", required_argument, NULL, OPT_HOST},
	{"port", required_argument, NULL, OPT_PORT},
	{"mdns", required_argument, NULL, OPT_MDNS},
	{"no-mdns", no_argument, NULL, OPT_NO_MDNS},
	{"no-port", no_argument, NULL, OPT_NO_PORT},
	{"queues", no_argument, NULL, OPT_QUEUES},
	{"seconds", required_argument, NULL, OPT_SECONDS},
	{"help", no_argument, NULL, OPT_HELP},
	{"version", no_argument, NULL, OPT_VERSION},
	{NULL, 0, NULL, 0},
};

struct search {
	bool ask, named_hosts, no_mdns, no_port, queues, has_responder;
	uint16_t port;
	unsigned seconds;
	struct sockaddr_in responder;
	struct ph_targets targets;
	struct ph_found_list found;
	struct ph_probes *probes;
	struct ph_announced *announced;
};

static void refuse(const char *what, const char *value)
{
	fprintf(stderr, "poshal-discover: %s `%s`; try --help\n", what, value);
	exit(2);
}

static unsigned number(const char *text, unsigned max)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*end || end == text || *text == '-' || !value || value > max)
		refuse("this is no number that fits:", text);
	return (unsigned)value;
}

/* Private addresses only; whoever names loopback means this machine. */
static struct in_addr address_of(const char *text)
{
	struct in_addr address;

	if (inet_pton(AF_INET, text, &address) != 1 ||
		(!ph_address_is_private(address) && ntohl(address.s_addr) >> 24 != 127))
		refuse("this is no private address:", text);
	return address;
}

static void set_responder(struct search *search, const char *text)
{
	char address[INET_ADDRSTRLEN];
	const char *colon = strrchr(text, ':');

	if (!colon || (size_t)(colon - text) >= sizeof address)
		refuse("this is no ADDRESS:PORT:", text);
	snprintf(address, sizeof address, "%.*s", (int)(colon - text), text);
	search->responder = (struct sockaddr_in){.sin_family = AF_INET,
		.sin_addr = address_of(address),
		.sin_port = htons((uint16_t)number(colon + 1, 65535))};
	search->has_responder = true;
}

static void apply(struct search *search, int option, const char *value)
{
	switch (option) {
	case OPT_ASK:
		search->ask = true;
		break;
	case OPT_HOST:
		search->named_hosts = true;
		ph_targets_add(&search->targets, address_of(value));
		break;
	case OPT_PORT:
		search->port = (uint16_t)number(value, 65535);
		break;
	case OPT_MDNS:
		set_responder(search, value);
		break;
	case OPT_NO_MDNS:
		search->no_mdns = true;
		break;
	case OPT_NO_PORT:
		search->no_port = true;
		break;
	case OPT_QUEUES:
		search->queues = true;
		break;
	case OPT_SECONDS:
		search->seconds = number(value, SECONDS_MAX);
		break;
	case OPT_HELP:
		fputs(usage, stdout);
		exit(0);
	case OPT_VERSION:
		puts("poshal-discover " POSHAL_VERSION);
		exit(0);
	default:
		fputs("poshal-discover: try --help\n", stderr);
		exit(2);
	}
}

/* Reads what comes within this time. False: nothing. */
static bool receive(struct search *search, int wait_ms)
{
	struct pollfd rows[PH_INTERFACES_MAX + PH_PROBES_MAX];
	unsigned announced = search->announced ? ph_announced_poll(search->announced, rows) : 0;
	unsigned probes = search->no_port ? 0 : ph_probes_poll(search->probes, rows + announced);

	if (poll(rows, announced + probes, wait_ms) <= 0)
		return false;
	uint64_t now = ph_clock_mono_us();
	if (search->announced)
		ph_announced_ready(search->announced, rows, announced, now);
	ph_probes_ready(search->probes, rows + announced, probes, now);
	return true;
}

/* One turn. Returns false when nothing is left to wait for. */
static bool turn(struct search *search, uint64_t end_us)
{
	uint64_t next = UINT64_MAX;

	/* however late we are run: what has come by then is in time */
	for (int i = 0; i < WAITING_MAX && receive(search, 0); i++)
		;
	uint64_t now = ph_clock_mono_us();
	if (search->announced) {
		next = ph_announced_run(search->announced, now);
		if (next == UINT64_MAX) {
			ph_announced_finish(search->announced, &search->found, &search->targets);
			ph_announced_free(search->announced);
			search->announced = NULL;
		}
	}
	if (!search->no_port) {
		uint64_t due = ph_probes_run(search->probes, &search->targets, now);
		next = due < next ? due : next;
	}
	if (now >= end_us || next == UINT64_MAX)
		return false;
	next = next < end_us ? next : end_us;
	receive(search, next > now ? (int)((next - now + 999) / 1000) : 0);
	return true;
}

static int run(struct search *search)
{
	uint64_t end_us = ph_clock_mono_us() + search->seconds * 1000000ull;
	int r = search->named_hosts ? 0 : ph_targets_local(&search->targets);

	if (r < 0)
		return r;
	if (search->queues && ph_queues_ask(&search->found) < 0)
		fputs("poshal-discover: the print server does not name its queues\n", stderr);
	search->probes = ph_probes_new(search->port, search->ask, &search->found);
	if (!search->no_mdns)
		search->announced = ph_announced_new(
			&search->targets, search->has_responder ? &search->responder : NULL);
	if (!search->probes || (!search->no_mdns && !search->announced))
		return -ENOMEM;
	while (turn(search, end_us))
		;
	if (search->announced)
		ph_announced_finish(search->announced, &search->found, &search->targets);
	return ph_found_print(&search->found);
}

int main(int argc, char **argv)
{
	static struct search search = {.port = 9100, .seconds = SECONDS_DEFAULT};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		apply(&search, option, optarg);
	if (optind < argc)
		refuse("unexpected argument", argv[optind]);
	int r = run(&search);
	ph_probes_free(search.probes);
	ph_announced_free(search.announced);
	if (r < 0)
		fprintf(stderr, "poshal-discover: %s\n", strerror(-r));
	return r < 0;
}
