// Measures one event to 100 subscribers against a bare loop of 100 writes of the same bytes.
//   bench_fanout SOCKET MEET ROUNDS      prints one line of JSON, times in microseconds
//   bench_fanout --driver ...            the same program as a vendor's driver, started by poshald
// The driver's connection is serial:MEET, a socket where the program waits. The driver hands its end of the driver protocol
// over, so that the clock starts with the write that poshald reads, not in a third process; it stops when the last of the 100
// was read.
#include "tests/bench/measure.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SUBSCRIBERS 100
/* A driver may tell all subscribers 100 things a second, so that a round has fewer, and lasts longer. */
#define EVENTS	  40 /* per round and side */
#define PACED	  40
#define PACE_US	  5000
#define ROUND_US  1100000
#define DRIVER_FD 3

static const char trigger[] = "{\"jsonrpc\":\"2.0\",\"method\":\"scanner.dropped\",\"params\":"
			      "{\"count\":1,\"reason\":\"garbled\"}}\n";

/* ---- the driver ---- */

static void hand_over(const char *path)
{
	int fd = bench_connect(path), given = DRIVER_FD;
	char byte = 'f', control[CMSG_SPACE(sizeof given)] = {0};
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof control};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	*header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof given),
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS};
	memcpy(CMSG_DATA(header), &given, sizeof given);
	if (sendmsg(fd, &message, 0) < 0)
		bench_fail("sendmsg");
}

/* Everything poshald may ask is answered with nothing. */
static void answer(const char *line)
{
	cJSON *message = cJSON_Parse(line);
	const cJSON *id = cJSON_GetObjectItemCaseSensitive(message, "id");
	char text[100];

	int n = snprintf(text, sizeof text, "{\"jsonrpc\":\"2.0\",\"id\":%d,\"result\":{}}\n",
		id ? id->valueint : 0);
	bench_write(DRIVER_FD, text, (size_t)n);
	cJSON_Delete(message);
}

static int run_driver(void)
{
	static const char hello[] = "{\"jsonrpc\":\"2.0\",\"method\":\"driver.hello\",\"params\":{"
				    "\"driver\":\"fanout\","
				    "\"version\":\"1\",\"protocol\":{\"major\":1,\"minor\":0}}}\n";
	static const char ready[] =
		"{\"jsonrpc\":\"2.0\",\"method\":\"device.state\",\"params\":{\"state\":\"ready\","
		"\"reasons\":[]}}\n";
	static struct bench_reader reader = {.fd = DRIVER_FD};

	bench_write(DRIVER_FD, hello, sizeof hello - 1);
	const char *open = bench_line(&reader);
	cJSON *message = cJSON_Parse(open);
	const cJSON *params = cJSON_GetObjectItemCaseSensitive(message, "params");
	const char *url =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(params, "connection"));
	if (!url || strncmp(url, "serial:", 7) != 0)
		return 1;
	answer(open);
	bench_write(DRIVER_FD, ready, sizeof ready - 1);
	hand_over(url + 7);
	cJSON_Delete(message);
	for (;;)
		answer(bench_line(&reader)); /* ends the program with the connection */
}

/* ---- both sides ---- */

struct side {
	int epoll, trigger_fd;
	double hot, paced;
};

static char event_data[4096]; /* the event as the last subscriber got it */

static void add(struct side *side, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	epoll_ctl(side->epoll, EPOLL_CTL_ADD, fd, &event);
}

/* From the write of the trigger until every subscriber was read. */
static double fan_out(struct side *side)
{
	struct epoll_event events[SUBSCRIBERS];
	double start = bench_now_us();

	bench_write(side->trigger_fd, trigger, sizeof trigger - 1);
	for (int left = SUBSCRIBERS; left;) {
		int count = epoll_wait(side->epoll, events, SUBSCRIBERS, -1);
		for (int i = 0; i < count; i++) {
			ssize_t n = read(events[i].data.fd, event_data, sizeof event_data - 1);
			if (n <= 0 || event_data[n - 1] != '\n')
				bench_fail("a subscriber has half an event");
			event_data[n] = '\0';
			left--;
		}
	}
	return bench_now_us() - start;
}

static void measure(struct side *side)
{
	double times[EVENTS], next;

	for (int i = 0; i < EVENTS; i++)
		times[i] = fan_out(side);
	side->hot = bench_percentile(times, EVENTS, 0.5);
	next = bench_now_us();
	for (int i = 0; i < PACED; i++) {
		bench_wait_until(next += PACE_US);
		times[i] = fan_out(side);
	}
	side->paced = bench_percentile(times, PACED, 0.5);
}

/* ---- the floor ---- */

struct floor {
	int trigger_fd, fds[SUBSCRIBERS];
	const char *line;
};

static void serve(void *userdata)
{
	const struct floor *floor = userdata;
	size_t len = strlen(floor->line);
	char data[4096];

	while (read(floor->trigger_fd, data, sizeof data) > 0)
		for (int i = 0; i < SUBSCRIBERS; i++)
			if (write(floor->fds[i], floor->line, len) != (ssize_t)len)
				return;
}

static void open_floor(struct side *side, const char *line)
{
	struct floor floor = {.line = line};
	int pair[2];

	side->epoll = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < SUBSCRIBERS; i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
			bench_fail("socketpair");
		floor.fds[i] = pair[0];
		add(side, pair[1]);
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		bench_fail("socketpair");
	floor.trigger_fd = pair[0];
	side->trigger_fd = pair[1];
	bench_fork(serve, &floor);
}

/* ---- ours ---- */

static int listen_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
		listen(fd, 1) < 0)
		bench_fail(path);
	return fd;
}

static int meet_driver(int listener)
{
	char byte, control[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof control};
	int connection = accept(listener, NULL, NULL), fd;

	if (recvmsg(connection, &message, MSG_CMSG_CLOEXEC) < 0 || !CMSG_FIRSTHDR(&message))
		bench_fail("the driver did not come");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
	close(connection);
	return fd;
}

static void open_ours(struct side *side, const char *path, int listener)
{
	static const char subscribe[] =
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"events.subscribe\",\"params\":"
		"{\"topics\":[\"scanner.dropped\"]}}\n";
	static struct bench_reader reader;

	side->trigger_fd = meet_driver(listener);
	side->epoll = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < SUBSCRIBERS; i++) {
		reader = (struct bench_reader){.fd = bench_connect(path)};
		bench_line_with(&reader, "poshal.hello");
		bench_write(reader.fd, subscribe, sizeof subscribe - 1);
		bench_line_with(&reader, "\"result\"");
		add(side, reader.fd);
	}
}

int main(int argc, char **argv)
{
	static struct side ours, base;
	static struct bench_pair hot, paced;

	if (argc > 1 && !strcmp(argv[1], "--driver"))
		return run_driver();
	if (argc != 4) {
		fputs("bench_fanout SOCKET MEET ROUNDS\n", stderr);
		return 2;
	}
	int listener = listen_at(argv[2]);
	open_ours(&ours, argv[1], listener);
	fan_out(&ours);
	char *line = strdup(event_data);
	open_floor(&base, line);
	double next = bench_now_us() + ROUND_US;
	for (long round = atol(argv[3]); round > 0; round--) {
		bench_wait_until(next);
		next = bench_now_us() + ROUND_US;
		measure(&ours);
		measure(&base);
		bench_pair_add(&hot, ours.hot, base.hot);
		bench_pair_add(&paced, ours.paced, base.paced);
	}
	printf("{\"event_bytes\":%zu,", strlen(line));
	bench_pair_print("hot", &hot, 0);
	bench_pair_print("paced", &paced, 1);
	printf("}\n");
	free(line);
	unlink(argv[2]);
	return 0;
}
