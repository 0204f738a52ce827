// Asks port 9100: opens connections, a few at a time, and with `ask` puts the harmless questions of ESC/POS.
#include "drivers/discover/discover.h"

#include "protocols/escpos/status.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* DLE EOT 1 is answered by a byte, also off line; GS I 66 and 67 by the maker and the model. */
#define QUESTION_STATUS "\x10\x04\x01"
#define QUESTION_MAKER	"\x1d\x49\x42"
#define QUESTION_MODEL	"\x1d\x49\x43"
#define STATUS_MAX	5    /* the answer, and four bytes of automatic status in front */
#define INFORMATION	0x5f /* header of the answers to GS I 65 and up */

enum stage { IDLE, CONNECTING, STATUS, MAKER, MODEL };

struct probe {
	enum stage stage;
	int fd;
	uint64_t deadline_us;
	struct in_addr address;
	struct ph_escpos_parser parser;
	size_t received; /* bytes */
	struct ph_found found;
};

struct ph_probes {
	uint16_t port;
	bool ask;
	struct ph_found_list *found;
	uint64_t next_us; /* before then no further connection is opened */
	struct probe probes[PH_PROBES_MAX];
	struct probe *polled[PH_PROBES_MAX];
};

struct ph_probes *ph_probes_new(uint16_t port, bool ask, struct ph_found_list *found)
{
	struct ph_probes *probes = calloc(1, sizeof *probes);

	if (probes)
		*probes = (struct ph_probes){.port = port, .ask = ask, .found = found};
	return probes;
}

static void end(struct probe *probe)
{
	close(probe->fd);
	probe->stage = IDLE;
}

void ph_probes_free(struct ph_probes *probes)
{
	if (!probes)
		return;
	for (unsigned i = 0; i < PH_PROBES_MAX; i++)
		if (probes->probes[i].stage != IDLE)
			end(&probes->probes[i]);
	free(probes);
}

/* It is listed as soon as the port is open; what it says of itself is filled in. */
static void tell(struct ph_probes *probes, struct probe *probe, const char *how)
{
	char text[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &probe->address, text, sizeof text);
	snprintf(probe->found.connection, sizeof probe->found.connection, "tcp://%s:%u", text,
		probes->port);
	probe->found.how = how;
	ph_found_add(probes->found, &probe->found);
}

static void send_question(struct probe *probe, enum stage stage, const char *question)
{
	if (send(probe->fd, question, 3, MSG_NOSIGNAL | MSG_DONTWAIT) != 3) {
		end(probe);
		return;
	}
	probe->stage = stage;
}

static void connected(struct ph_probes *probes, struct probe *probe, uint64_t now_us)
{
	int error = 0;
	socklen_t len = sizeof error;

	getsockopt(probe->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (error) {
		end(probe);
		return;
	}
	tell(probes, probe, "port");
	if (!probes->ask) {
		end(probe);
		return;
	}
	ph_escpos_parser_init(&probe->parser);
	probe->deadline_us = now_us + PH_ASK_US;
	send_question(probe, STATUS, QUESTION_STATUS);
}

static void start(
	struct ph_probes *probes, struct probe *probe, struct in_addr address, uint64_t now_us)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(probes->port), .sin_addr = address};

	*probe = (struct probe){.address = address, .deadline_us = now_us + PH_CONNECT_US};
	probe->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (probe->fd < 0)
		return;
	probe->stage = CONNECTING;
	if (connect(probe->fd, (const struct sockaddr *)&to, sizeof to) == 0)
		connected(probes, probe, now_us);
	else if (errno != EINPROGRESS)
		end(probe);
}

int ph_probes_adopt(struct ph_probes *probes, int fd, struct in_addr address, uint64_t now_us)
{
	struct probe *probe = &probes->probes[0];

	if (probe->stage != IDLE)
		return -EBUSY;
	*probe = (struct probe){.stage = CONNECTING, .fd = fd, .address = address};
	connected(probes, probe, now_us);
	return 0;
}

uint64_t ph_probes_run(struct ph_probes *probes, struct ph_targets *targets, uint64_t now_us)
{
	uint64_t next = UINT64_MAX;
	struct probe *free_one = NULL;

	for (unsigned i = 0; i < PH_PROBES_MAX; i++) {
		struct probe *probe = &probes->probes[i];
		if (probe->stage != IDLE && probe->deadline_us <= now_us)
			end(probe);
		if (probe->stage == IDLE)
			free_one = probe;
		else if (probe->deadline_us < next)
			next = probe->deadline_us;
	}
	if (targets->next == targets->len || !free_one)
		return next;
	if (now_us >= probes->next_us) {
		start(probes, free_one, targets->items[targets->next++], now_us);
		probes->next_us = now_us + PH_PROBE_STEP_US;
	}
	return next < probes->next_us ? next : probes->next_us;
}

unsigned ph_probes_poll(struct ph_probes *probes, struct pollfd *rows)
{
	unsigned count = 0;

	for (unsigned i = 0; i < PH_PROBES_MAX; i++) {
		struct probe *probe = &probes->probes[i];
		if (probe->stage == IDLE)
			continue;
		probes->polled[count] = probe;
		rows[count++] = (struct pollfd){
			.fd = probe->fd, .events = probe->stage == CONNECTING ? POLLOUT : POLLIN};
	}
	return count;
}

/* An answer to the question that is open leads to the next one. */
static void take_event(
	struct ph_probes *probes, struct probe *probe, const struct ph_escpos_event *event)
{
	bool is_text = event->kind == PH_ESCPOS_EVENT_BLOCK && event->block.header == INFORMATION;

	if (probe->stage == STATUS && event->kind == PH_ESCPOS_EVENT_EOT) {
		tell(probes, probe, "asked");
		send_question(probe, MAKER, QUESTION_MAKER);
	} else if (probe->stage == MAKER && is_text) {
		ph_found_text(probe->found.maker, event->block.data, event->block.len);
		tell(probes, probe, "asked");
		send_question(probe, MODEL, QUESTION_MODEL);
	} else if (probe->stage == MODEL && is_text) {
		ph_found_text(probe->found.model, event->block.data, event->block.len);
		tell(probes, probe, "asked");
		end(probe);
	}
}

static void read_answer(struct ph_probes *probes, struct probe *probe)
{
	struct ph_escpos_event event;
	uint8_t data[256];
	ssize_t n = recv(probe->fd, data, sizeof data, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		end(probe);
		return;
	}
	/* whoever talks is no receipt printer, and is asked no more */
	probe->received += (size_t)n;
	if (probe->stage == STATUS && probe->received > STATUS_MAX) {
		end(probe);
		return;
	}
	ph_escpos_parser_feed(&probe->parser, data, (size_t)n);
	while (probe->stage != IDLE && ph_escpos_parser_next(&probe->parser, &event) > 0)
		take_event(probes, probe, &event);
}

void ph_probes_ready(
	struct ph_probes *probes, const struct pollfd *rows, unsigned count, uint64_t now_us)
{
	for (unsigned i = 0; i < count; i++) {
		struct probe *probe = probes->polled[i];
		if (!rows[i].revents)
			continue;
		if (probe->stage == CONNECTING)
			connected(probes, probe, now_us);
		else
			read_answer(probes, probe);
	}
}
