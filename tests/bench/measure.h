/* What the measuring programs share: time, medians, sockets, and two sides of one comparison. */
#ifndef PH_TESTS_BENCH_MEASURE_H
#define PH_TESTS_BENCH_MEASURE_H

#include <stddef.h>
#include <sys/types.h>

#define BENCH_ROUNDS_MAX 64
#define BENCH_LINE_MAX	 (256 * 1024)

double bench_now_us(void);

/* Waits for a time of bench_now_us(); used for pacing only. */
void bench_wait_until(double when_us);

/* Says what failed, with errno, and ends the program. */
void bench_fail(const char *what) __attribute__((noreturn));

/* Sorts the values. `part` is 0 to 1: 0.5 is the median. */
double bench_percentile(double *values, size_t count, double part);

/* Both end the program on failure. */
int bench_connect(const char *path);
void bench_write(int fd, const void *data, size_t len);

/* A forked child that ends with this program; it runs `serve` and never returns. */
pid_t bench_fork(void (*serve)(void *userdata), void *userdata);

/* Lines of a blocking descriptor; what is behind a line is kept for the next. */
struct bench_reader {
	int fd;
	size_t start, len;
	char data[BENCH_LINE_MAX];
};

/* The next line without its LF, ended by NUL, valid until the next call. */
char *bench_line(struct bench_reader *reader);

/* Reads lines up to the one that holds `part`. */
char *bench_line_with(struct bench_reader *reader, const char *part);

/* Clients of poshald's JSON socket: a call whose answer must be good, a device that is ready, a scanner that delivers. */
void bench_call(struct bench_reader *client, const char *method, const char *params);
void bench_device_ready(struct bench_reader *client, const char *device);
void bench_scanner_claim(struct bench_reader *client, const char *device);

/* Two sides measured in turns: one value of each per round. */
struct bench_pair {
	double ours[BENCH_ROUNDS_MAX], floor[BENCH_ROUNDS_MAX];
	size_t count;
};

void bench_pair_add(struct bench_pair *pair, double ours, double floor);

/*
 * Prints "name":{"ours":..,"floor":..,"ratio":..,"low":..,"high":..}: medians of the sides, the median of the
 * rounds' ratios and its quartiles. `last` is false when another member follows.
 */
void bench_pair_print(const char *name, const struct bench_pair *pair, int last);

#endif
