// What the measuring programs share; what is measured is left to them.
#include "tests/bench/measure.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

double bench_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

void bench_wait_until(double when_us)
{
	struct timespec when = {.tv_sec = (time_t)(when_us / 1e6)};

	when.tv_nsec = (long)((when_us - (double)when.tv_sec * 1e6) * 1e3);
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL) == EINTR)
		continue;
}

void bench_fail(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
	exit(1);
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double bench_percentile(double *values, size_t count, double part)
{
	if (!count)
		return NAN;
	qsort(values, count, sizeof *values, by_value);
	size_t at = (size_t)(part * (double)count);
	return values[at < count ? at : count - 1];
}

int bench_connect(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
		bench_fail(path);
	return fd;
}

void bench_write(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);
		if (n < 0)
			bench_fail("write");
		p += n;
		len -= (size_t)n;
	}
}

pid_t bench_fork(void (*serve)(void *userdata), void *userdata)
{
	pid_t pid = fork();

	if (pid < 0)
		bench_fail("fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	serve(userdata);
	_exit(0);
}

char *bench_line(struct bench_reader *reader)
{
	for (;;) {
		char *begin = reader->data + reader->start;
		char *lf = memchr(begin, '\n', reader->len);
		if (lf) {
			*lf = '\0';
			reader->len -= (size_t)(lf + 1 - begin);
			reader->start += (size_t)(lf + 1 - begin);
			return begin;
		}
		memmove(reader->data, begin, reader->len);
		reader->start = 0;
		ssize_t n = read(
			reader->fd, reader->data + reader->len, sizeof reader->data - reader->len);
		if (n <= 0)
			bench_fail("the connection ended");
		reader->len += (size_t)n;
	}
}

char *bench_line_with(struct bench_reader *reader, const char *part)
{
	char *line = bench_line(reader);

	while (!strstr(line, part))
		line = bench_line(reader);
	return line;
}

void bench_pair_add(struct bench_pair *pair, double ours, double floor)
{
	if (pair->count == BENCH_ROUNDS_MAX)
		return;
	pair->ours[pair->count] = ours;
	pair->floor[pair->count++] = floor;
}

void bench_pair_print(const char *name, const struct bench_pair *pair, int last)
{
	struct bench_pair sorted = *pair;
	double ratios[BENCH_ROUNDS_MAX];

	for (size_t i = 0; i < pair->count; i++)
		ratios[i] = pair->ours[i] / pair->floor[i];
	printf("\"%s\":{\"ours\":%.2f,\"floor\":%.2f,\"ratio\":%.3f,\"low\":%.3f,\"high\":%.3f}%s",
		name, bench_percentile(sorted.ours, pair->count, 0.5),
		bench_percentile(sorted.floor, pair->count, 0.5),
		bench_percentile(ratios, pair->count, 0.5),
		bench_percentile(ratios, pair->count, 0.25),
		bench_percentile(ratios, pair->count, 0.75), last ? "" : ",");
}

void bench_call(struct bench_reader *client, const char *method, const char *params)
{
	char line[400], answer[40];
	static int id;

	int n = snprintf(line, sizeof line,
		"{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"%s\",\"params\":{%s}}\n", ++id, method,
		params);
	bench_write(client->fd, line, (size_t)n);
	snprintf(answer, sizeof answer, "\"id\":%d,", id);
	const char *text = bench_line_with(client, answer);
	if (strstr(text, "\"error\"")) {
		fprintf(stderr, "bench: %s: %s\n", method, text);
		exit(1);
	}
}

void bench_device_ready(struct bench_reader *client, const char *device)
{
	char params[200], wanted[100];
	const char *line = "";

	snprintf(params, sizeof params, "\"topics\":[\"device.state\"],\"devices\":[\"%s\"]",
		device);
	bench_call(client, "events.subscribe", params);
	snprintf(params, sizeof params,
		"{\"jsonrpc\":\"2.0\",\"id\":\"g\",\"method\":\"device.get\",\"params\":"
		"{\"device\":\"%s\"}}\n",
		device);
	bench_write(client->fd, params, strlen(params));
	snprintf(wanted, sizeof wanted, "\"%s\"", device);
	while (!strstr(line, "\"state\":\"ready\""))
		line = bench_line_with(client, wanted);
}

void bench_scanner_claim(struct bench_reader *client, const char *device)
{
	char params[100];

	snprintf(params, sizeof params, "\"device\":\"%s\"", device);
	bench_call(client, "device.claim", params);
	bench_call(client, "scanner.enable", params);
}
