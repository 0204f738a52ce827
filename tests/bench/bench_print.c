// Measures a print request until the first byte of the document reaches a TCP printer: poshald against CUPS.
//   bench_print SOCKET DEVICE PORT PRINTER_PORT FOLDER ROUNDS [CUPS_SOCKET QUEUE QUEUE_PORT]
// DEVICE's connection is tcp://127.0.0.1:PORT, where this program stands in front of the emulated printer at PRINTER_PORT;
// QUEUE's is socket://127.0.0.1:QUEUE_PORT, where it is the printer itself. Each document begins with a text of its own, and
// its arrival stops the clock. Prints one line of JSON, times in microseconds; FOLDER is where one flush is measured.
#include "tests/bench/measure.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PAUSE_US  200000 /* between two prints on either side */
#define WAIT_MS	  20000
#define FLUSHES	  20
#define MARK_SIZE 24

static struct sockaddr_in loopback(int port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int listen_at(int port)
{
	struct sockaddr_in address = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
		listen(fd, 4) < 0)
		bench_fail("listening for the printer's bytes");
	return fd;
}

static int connect_to(int port)
{
	struct sockaddr_in address = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
		bench_fail("the emulated printer");
	return fd;
}

/* Looks for the mark in a stream that comes in pieces. */
struct search {
	char tail[2 * MARK_SIZE + 65536];
	size_t len;
};

static int found(struct search *search, const char *data, size_t len, const char *mark)
{
	if (len > 65536)
		return 0;
	memcpy(search->tail + search->len, data, len);
	search->len += len;
	int yes = memmem(search->tail, search->len, mark, strlen(mark)) != NULL;
	if (search->len > MARK_SIZE) {
		memmove(search->tail, search->tail + search->len - MARK_SIZE, MARK_SIZE);
		search->len = MARK_SIZE;
	}
	return yes;
}

/* ---- ours ---- */

struct ours {
	const char *device;
	int listener, driver, printer; /* driver and printer are -1 when not connected */
	int printer_port;
	int client;
	struct search search;
};

static void drop_link(struct ours *ours)
{
	close(ours->driver);
	close(ours->printer);
	ours->driver = ours->printer = -1;
}

static void accept_driver(struct ours *ours)
{
	int on = 1;

	if (ours->driver >= 0)
		drop_link(ours);
	ours->driver = accept4(ours->listener, NULL, NULL, SOCK_CLOEXEC);
	setsockopt(ours->driver, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	ours->printer = connect_to(ours->printer_port);
}

/* Passes on what is there. Returns the time when the mark went by, else 0. */
static double relay(struct ours *ours, int from, int to, const char *mark)
{
	char data[65536];
	ssize_t n = recv(from, data, sizeof data, MSG_DONTWAIT);
	double now = bench_now_us();

	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n <= 0) {
		drop_link(ours);
		return 0;
	}
	bench_write(to, data, (size_t)n);
	return from == ours->driver && found(&ours->search, data, (size_t)n, mark) ? now : 0;
}

/* Serves the wire until the client has a line with `part`; *ret_mark is when the mark went by. */
static void serve_until(struct ours *ours, const char *part, const char *mark, double *ret_mark)
{
	static char text[65536];
	size_t len = 0;

	for (;;) {
		struct pollfd fds[4] = {{ours->listener, POLLIN, 0}, {ours->client, POLLIN, 0},
			{ours->driver, POLLIN, 0}, {ours->printer, POLLIN, 0}};
		if (poll(fds, 4, WAIT_MS) <= 0)
			bench_fail(part);
		double when = fds[2].revents ? relay(ours, ours->driver, ours->printer, mark) : 0;
		if (when > 0)
			*ret_mark = when;
		if (fds[3].revents && ours->printer >= 0)
			relay(ours, ours->printer, ours->driver, mark);
		if (fds[0].revents)
			accept_driver(ours);
		if (!fds[1].revents)
			continue;
		ssize_t n = read(ours->client, text + len, sizeof text - 1 - len);
		if (n <= 0)
			bench_fail("poshald");
		len += (size_t)n;
		text[len] = '\0';
		if (strstr(text, part) && text[len - 1] == '\n')
			return;
		if (strstr(text, "\"error\"") || len > sizeof text / 2) {
			fprintf(stderr, "bench_print: waiting for %s: %s\n", part, text);
			exit(1);
		}
	}
}

static void call(struct ours *ours, const char *line, const char *answer)
{
	double unused;

	bench_write(ours->client, line, strlen(line));
	serve_until(ours, answer, "\xff", &unused);
}

static void wait_ready(struct ours *ours)
{
	char line[300];

	snprintf(line, sizeof line,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"events.subscribe\",\"params\":"
		"{\"topics\":[\"device.state\"],\"devices\":[\"%s\"]}}\n"
		"{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"device.get\",\"params\":{\"device\":"
		"\"%s\"}}\n",
		ours->device, ours->device);
	call(ours, line, "\"state\":\"ready\"");
}

static double print_ours(struct ours *ours, int number)
{
	char line[1000], mark[MARK_SIZE];
	double start, when = 0;

	snprintf(mark, sizeof mark, "Receipt no %06d", number);
	snprintf(line, sizeof line,
		"{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"printer.print\",\"params\":"
		"{\"device\":\"%s\",\"key\":\"%d-%s\",\"wait\":true,\"document\":{\"v\":1,\"body\":"
		"["
		"{\"text\":\"%s\"},{\"rule\":\"single\"},{\"pair\":[\"Espresso\",\"2.50\"]},"
		"{\"pair\":[\"TOTAL EUR\",\"2.50\"],\"bold\":true},{\"cut\":\"partial\"}]}}}\n",
		ours->device, (int)getpid(), mark, mark);
	start = bench_now_us();
	bench_write(ours->client, line, strlen(line));
	serve_until(ours, "\"id\":3,\"result\"", mark, &when);
	if (when <= 0) {
		fprintf(stderr, "bench_print: the document did not come by\n");
		exit(1);
	}
	return when - start;
}

/* ---- CUPS ---- */

struct cups {
	const char *socket_path, *queue;
	int listener;
};

static size_t put_attribute(char *out, char tag, const char *name, const char *value)
{
	size_t name_len = strlen(name), value_len = strlen(value);
	const char head[] = {tag, (char)(name_len >> 8), (char)name_len};
	const char middle[] = {(char)(value_len >> 8), (char)value_len};

	memcpy(out, head, 3);
	memcpy(out + 3, name, name_len);
	memcpy(out + 3 + name_len, middle, 2);
	memcpy(out + 5 + name_len, value, value_len);
	return 5 + name_len + value_len;
}

/* A Print-Job request (RFC 8011, 4.2.1) in one piece with its document. */
static size_t print_job(char *out, size_t size, const char *queue, const char *document)
{
	static const char head[] = {1, 1, 0, 2, 0, 0, 0, 1, 1};
	char body[4096], uri[200];
	size_t len = sizeof head;

	memcpy(body, head, sizeof head);
	snprintf(uri, sizeof uri, "ipp://localhost/printers/%s", queue);
	len += put_attribute(body + len, 0x47, "attributes-charset", "utf-8");
	len += put_attribute(body + len, 0x48, "attributes-natural-language", "en");
	len += put_attribute(body + len, 0x45, "printer-uri", uri);
	len += put_attribute(body + len, 0x42, "requesting-user-name", "bench");
	len += put_attribute(body + len, 0x49, "document-format", "application/vnd.cups-raw");
	body[len++] = 3;
	memcpy(body + len, document, strlen(document));
	len += strlen(document);
	int n = snprintf(out, size,
		"POST /printers/%s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ipp\r\n"
		"Content-Length: %zu\r\n\r\n",
		queue, len);
	memcpy(out + n, body, len);
	return (size_t)n + len;
}

/* Takes the job as the printer does, to the end of the connection; returns when the mark came. */
static double take_job(const struct cups *cups, const char *mark)
{
	struct pollfd wait = {cups->listener, POLLIN, 0};
	static struct search search;
	char data[65536];
	double when = 0;
	ssize_t n;

	if (poll(&wait, 1, WAIT_MS) <= 0)
		bench_fail("CUPS sends nothing");
	int fd = accept4(cups->listener, NULL, NULL, SOCK_CLOEXEC);
	search.len = 0;
	while ((n = read(fd, data, sizeof data)) > 0)
		if (found(&search, data, (size_t)n, mark) && when <= 0)
			when = bench_now_us();
	close(fd);
	if (when <= 0) {
		fprintf(stderr, "bench_print: CUPS sent something else\n");
		exit(1);
	}
	return when;
}

static double print_cups(const struct cups *cups, int number)
{
	char request[8192], document[400], mark[MARK_SIZE];
	int client = bench_connect(cups->socket_path);

	snprintf(mark, sizeof mark, "Receipt no %06d", number);
	snprintf(document, sizeof document,
		"\x1b@%s\n------------------------------------------\nEspresso             2.50\n"
		"\x1b"
		"E\x01TOTAL EUR            2.50\n\x1b"
		"E%c\x1d"
		"V1\n",
		mark, '0');
	size_t len = print_job(request, sizeof request, cups->queue, document);
	double start = bench_now_us();
	bench_write(client, request, len);
	double when = take_job(cups, mark);
	close(client);
	return when - start;
}

/* ---- a flush ---- */

/* In place, as in a log that is used again: the cheapest kind, so that the least is taken off. */

static double one_flush(const char *folder)
{
	char path[300], data[512] = "";
	double times[FLUSHES];

	snprintf(path, sizeof path, "%s/one-flush", folder);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		bench_fail(path);
	if (pwrite(fd, data, sizeof data, 0) < 0 || fdatasync(fd) < 0)
		bench_fail(path);
	for (int i = 0; i < FLUSHES; i++) {
		double start = bench_now_us();
		if (pwrite(fd, data, sizeof data, 0) < 0 || fdatasync(fd) < 0)
			bench_fail(path);
		times[i] = bench_now_us() - start;
	}
	close(fd);
	unlink(path);
	return bench_percentile(times, FLUSHES, 0.5);
}

int main(int argc, char **argv)
{
	static struct ours ours = {.driver = -1, .printer = -1};
	static struct bench_pair pair, raw;
	struct cups cups = {0};

	if (argc != 7 && argc != 10) {
		fputs("bench_print SOCKET DEVICE PORT PRINTER_PORT FOLDER ROUNDS [CUPS_SOCKET "
		      "QUEUE "
		      "QUEUE_PORT]\n",
			stderr);
		return 2;
	}
	ours.device = argv[2];
	ours.listener = listen_at(atoi(argv[3]));
	ours.printer_port = atoi(argv[4]);
	ours.client = bench_connect(argv[1]);
	if (argc == 10)
		cups = (struct cups){argv[7], argv[8], listen_at(atoi(argv[9]))};
	wait_ready(&ours);
	print_ours(&ours, 0); /* warm-up */
	if (cups.queue)
		print_cups(&cups, 0);
	long rounds = atol(argv[6]);
	for (int round = 1; round <= rounds; round++) {
		bench_wait_until(bench_now_us() + PAUSE_US);
		double flush = one_flush(argv[5]), time = print_ours(&ours, round), theirs = flush;
		bench_wait_until(bench_now_us() + PAUSE_US);
		if (cups.queue)
			theirs = print_cups(&cups, round);
		bench_pair_add(&raw, time, flush);
		bench_pair_add(&pair, time > flush ? time - flush : 0, theirs);
	}
	printf("{\"cups\":%s,", cups.queue ? "true" : "false");
	bench_pair_print("first_byte", &raw, 0);
	bench_pair_print("less_flush", &pair, 1);
	printf("}\n");
	return 0;
}
