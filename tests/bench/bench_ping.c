// Measures rpc.ping against an epoll server that parses and prints the same JSON with cJSON and does nothing else.
//   bench_ping SOCKET ROUNDS      prints one line of JSON; times in microseconds, rates per second
#include "tests/bench/measure.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CLIENTS	     64
#define WARM_UP	     200
#define HOT_CALLS    2000
#define PACED_CALLS  300
#define PACE_US	     1000
#define RATE_TIME_US 300000

static const char request[] =
	"{\"jsonrpc\":\"2.0\",\"id\":4711,\"method\":\"rpc.ping\",\"params\":{}}\n";

/* ---- the floor ---- */

static void echo_line(int fd, const char *line, size_t len)
{
	static char out[4096];
	cJSON *message = cJSON_ParseWithLength(line, len), *answer = cJSON_CreateObject();
	const cJSON *id = cJSON_GetObjectItemCaseSensitive(message, "id");

	cJSON_AddStringToObject(answer, "jsonrpc", "2.0");
	cJSON_AddNumberToObject(answer, "id", cJSON_GetNumberValue(id));
	cJSON_AddObjectToObject(answer, "result");
	char *text = cJSON_PrintUnformatted(answer);
	size_t text_len = strlen(text);
	memcpy(out, text, text_len);
	out[text_len++] = '\n';
	bench_write(fd, out, text_len);
	free(text);
	cJSON_Delete(answer);
	cJSON_Delete(message);
}

static void echo(int fd)
{
	static char data[65536];
	ssize_t n = read(fd, data, sizeof data);
	char *line = data;

	if (n <= 0) {
		close(fd);
		return;
	}
	for (char *lf; (lf = memchr(line, '\n', (size_t)(data + n - line))); line = lf + 1)
		echo_line(fd, line, (size_t)(lf - line));
}

static void serve(void *userdata)
{
	int listener = *(int *)userdata, epoll = epoll_create1(0);
	struct epoll_event events[CLIENTS], event = {.events = EPOLLIN, .data.fd = listener};

	epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
	for (;;) {
		int count = epoll_wait(epoll, events, CLIENTS, -1);
		for (int i = 0; i < count; i++) {
			if (events[i].data.fd != listener) {
				echo(events[i].data.fd);
				continue;
			}
			event.data.fd = accept(listener, NULL, NULL);
			epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event);
		}
	}
}

static void start_floor(char path[64])
{
	static int listener;
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(path, 64, "/tmp/bench-ping-%d", (int)getpid());
	strcpy(address.sun_path, path);
	unlink(path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 ||
		listen(listener, 2 * CLIENTS) < 0)
		bench_fail(path);
	bench_fork(serve, &listener);
}

/* ---- the client ---- */

struct side {
	int fds[CLIENTS]; /* the first is the one client of the ping-pong */
	int epoll;
	double p50, p99, paced, rate;
};

static void open_side(struct side *side, const char *path, int greets)
{
	static struct bench_reader reader;

	side->epoll = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < CLIENTS; i++) {
		side->fds[i] = bench_connect(path);
		reader = (struct bench_reader){.fd = side->fds[i]};
		if (greets)
			bench_line_with(&reader, "poshal.hello");
		struct epoll_event event = {.events = EPOLLIN, .data.fd = side->fds[i]};
		epoll_ctl(side->epoll, EPOLL_CTL_ADD, side->fds[i], &event);
	}
}

static void read_answer(int fd)
{
	char data[4096];
	ssize_t n;

	do {
		n = read(fd, data, sizeof data);
		if (n <= 0)
			bench_fail("no answer");
	} while (data[n - 1] != '\n');
}

static double ping(int fd)
{
	double start = bench_now_us();

	bench_write(fd, request, sizeof request - 1);
	read_answer(fd);
	return bench_now_us() - start;
}

static void hot(struct side *side)
{
	static double times[HOT_CALLS];

	for (int i = 0; i < WARM_UP; i++)
		ping(side->fds[0]);
	for (int i = 0; i < HOT_CALLS; i++)
		times[i] = ping(side->fds[0]);
	side->p50 = bench_percentile(times, HOT_CALLS, 0.5);
	side->p99 = bench_percentile(times, HOT_CALLS, 0.99);
}

static void paced(struct side *side)
{
	static double times[PACED_CALLS];
	double next = bench_now_us();

	for (int i = 0; i < PACED_CALLS; i++) {
		bench_wait_until(next += PACE_US);
		times[i] = ping(side->fds[0]);
	}
	side->paced = bench_percentile(times, PACED_CALLS, 0.5);
}

/* Each client has one call in flight. */
static void many(struct side *side)
{
	struct epoll_event events[CLIENTS];
	double start = bench_now_us(), end = start + RATE_TIME_US, now = start;
	int in_flight = CLIENTS;
	long answers = 0;

	for (int i = 0; i < CLIENTS; i++)
		bench_write(side->fds[i], request, sizeof request - 1);
	while (in_flight) {
		int count = epoll_wait(side->epoll, events, CLIENTS, -1);
		for (int i = 0; i < count; i++) {
			read_answer(events[i].data.fd);
			answers++;
			if (now < end)
				bench_write(events[i].data.fd, request, sizeof request - 1);
			else
				in_flight--;
		}
		now = bench_now_us();
	}
	side->rate = (double)answers * 1e6 / (now - start);
}

int main(int argc, char **argv)
{
	static struct side ours, base;
	static struct bench_pair p50, p99, pace, rate;
	char path[64];

	if (argc != 3) {
		fputs("bench_ping SOCKET ROUNDS\n", stderr);
		return 2;
	}
	start_floor(path);
	open_side(&ours, argv[1], 1);
	open_side(&base, path, 0);
	unlink(path);
	for (long round = atol(argv[2]); round > 0; round--) {
		hot(&ours), hot(&base);
		paced(&ours), paced(&base);
		many(&ours), many(&base);
		bench_pair_add(&p50, ours.p50, base.p50);
		bench_pair_add(&p99, ours.p99, base.p99);
		bench_pair_add(&pace, ours.paced, base.paced);
		bench_pair_add(&rate, ours.rate, base.rate);
	}
	printf("{");
	bench_pair_print("p50", &p50, 0);
	bench_pair_print("p99", &p99, 0);
	bench_pair_print("paced", &pace, 0);
	bench_pair_print("rate", &rate, 1);
	printf("}\n");
	return 0;
}
