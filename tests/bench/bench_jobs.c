// Measures accepted print jobs per second against a loop of 512-byte appends with fdatasync on the same file system.
//   bench_jobs SOCKET DEVICE FOLDER JOBS ROUNDS
// DEVICE cannot print (out of paper), so that acceptance is all there is; FOLDER is where the appends go. Prints one line of
// JSON, rates per second. Preload faultio.so here and into poshald to make flushes slow on both sides.
#include "tests/bench/measure.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define CLIENTS	    8
#define EIGHT_TIMES 4  /* jobs of eight clients, as a multiple of those of one */
#define CANCELS	    32 /* in flight while the queue is emptied */
#define DOCUMENT                                                                                   \
	"{\"v\":1,\"body\":[{\"text\":\"Table 12\",\"bold\":true},{\"pair\":[\"Espresso\","        \
	"\"2.50\"]},{\"pair\":[\"TOTAL EUR\",\"2.50\"]},{\"cut\":\"partial\"}]}"

static struct bench_reader readers[CLIENTS];
static int epoll_fd;
static const char *device;
static long serial, cancelled;

/* ---- the floor ---- */

static double append_rate(int fd, long count)
{
	char data[512];
	double start = bench_now_us();

	memset(data, 'x', sizeof data);
	for (long i = 0; i < count; i++) {
		bench_write(fd, data, sizeof data);
		if (fdatasync(fd) < 0)
			bench_fail("fdatasync");
	}
	return (double)count * 1e6 / (bench_now_us() - start);
}

/* ---- ours ---- */

static void key_of(long number, char key[48])
{
	snprintf(key, 48, "bench-%d-%08ld", (int)getpid(), number);
}

static void send_print(int fd)
{
	char line[700], key[48];

	key_of(serial++, key);
	int n = snprintf(line, sizeof line,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"printer.print\",\"params\":"
		"{\"device\":\"%s\",\"key\":\"%s\",\"document\":" DOCUMENT "}}\n",
		device, key);
	bench_write(fd, line, (size_t)n);
}

static void take_answer(struct bench_reader *reader, const char *what)
{
	const char *line = bench_line(reader);

	if (strstr(line, "\"result\""))
		return;
	fprintf(stderr, "bench_jobs: %s: %s\n", what, line);
	exit(1);
}

/* Each client has one job in flight; jobs per second. */
static double job_rate(int clients, long count)
{
	struct epoll_event events[CLIENTS];
	double start = bench_now_us();
	long left = count - clients, due = count;

	for (int i = 0; i < clients; i++)
		send_print(readers[i].fd);
	while (due) {
		int ready = epoll_wait(epoll_fd, events, CLIENTS, -1);
		for (int i = 0; i < ready; i++) {
			struct bench_reader *reader = events[i].data.ptr;
			take_answer(reader, "printer.print");
			due--;
			if (left-- > 0)
				send_print(reader->fd);
		}
	}
	return (double)count * 1e6 / (bench_now_us() - start);
}

static void send_cancel(int fd)
{
	char line[200], key[48];

	key_of(cancelled++, key);
	int n = snprintf(line, sizeof line,
		"{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"job.cancel\",\"params\":{\"job\":\"%"
		"s\"}"
		"}\n",
		key);
	bench_write(fd, line, (size_t)n);
}

static void empty_queue(void)
{
	long due = serial - cancelled;

	for (int i = 0; i < CANCELS && cancelled < serial; i++)
		send_cancel(readers[0].fd);
	for (; due > 0; due--) {
		take_answer(&readers[0], "job.cancel");
		if (cancelled < serial)
			send_cancel(readers[0].fd);
	}
}

static void open_clients(const char *path)
{
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < CLIENTS; i++) {
		struct epoll_event event = {.events = EPOLLIN, .data.ptr = &readers[i]};
		readers[i].fd = bench_connect(path);
		bench_line_with(&readers[i], "poshal.hello");
		epoll_ctl(epoll_fd, EPOLL_CTL_ADD, readers[i].fd, &event);
	}
}

int main(int argc, char **argv)
{
	static struct bench_pair one, eight;
	char path[300];

	if (argc != 6) {
		fputs("bench_jobs SOCKET DEVICE FOLDER JOBS ROUNDS\n", stderr);
		return 2;
	}
	device = argv[2];
	snprintf(path, sizeof path, "%s/appends", argv[3]);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		bench_fail(path);
	open_clients(argv[1]);
	long jobs = atol(argv[4]);
	job_rate(CLIENTS, 2 * CLIENTS); /* warm-up */
	empty_queue();
	append_rate(fd, 10);
	for (long round = atol(argv[5]); round > 0; round--) {
		double floor = append_rate(fd, jobs);
		bench_pair_add(&one, job_rate(1, jobs), floor);
		floor = append_rate(fd, jobs);
		bench_pair_add(&eight, job_rate(CLIENTS, jobs * EIGHT_TIMES), floor);
		empty_queue();
	}
	unlink(path);
	printf("{");
	bench_pair_print("one", &one, 0);
	bench_pair_print("eight", &eight, 1);
	printf("}\n");
	return 0;
}
