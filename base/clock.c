// The clocks, and their replacement in tests.
#include "base/clock.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static _Atomic uint64_t fake_mono, fake_wall; /* the journal has a thread of its own */

static uint64_t read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

uint64_t ph_clock_mono_us(void)
{
	return fake_mono ? fake_mono : read_clock(CLOCK_MONOTONIC);
}

/* Seconds by which a test has set the clock of this process, in a file. */
static int64_t set_by_s(void)
{
#ifdef POSHAL_CRASH_POINTS
	const char *path = getenv("POSHAL_CLOCK_SET_FILE");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	char text[24] = "";

	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof text - 1) < 0)
		text[0] = '\0';
	close(fd);
	return strtoll(text, NULL, 10);
#else
	return 0;
#endif
}

uint64_t ph_clock_wall_us(void)
{
	if (fake_wall)
		return fake_wall;
	return read_clock(CLOCK_REALTIME) + (uint64_t)(set_by_s() * 1000000);
}

uint64_t ph_clock_boot_us(void)
{
	return fake_mono ? fake_mono : read_clock(CLOCK_BOOTTIME);
}

void ph_clock_deadline(uint64_t left_us, struct timespec *ret_until)
{
	uint64_t at_us = read_clock(CLOCK_MONOTONIC) + left_us;

	*ret_until = (struct timespec){
		.tv_sec = (time_t)(at_us / 1000000), .tv_nsec = (long)(at_us % 1000000 * 1000)};
}

void ph_clock_boot_id(char out[PH_BOOT_ID_SIZE])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, out, PH_BOOT_ID_SIZE - 1) : 0;

	if (fd >= 0)
		close(fd);
	out[n == PH_BOOT_ID_SIZE - 1 ? n : 0] = '\0';
}

void ph_clock_fake(uint64_t mono_us, uint64_t wall_us)
{
	fake_mono = mono_us;
	fake_wall = wall_us;
}

static char *digits(char *out, int value, int count, char end)
{
	for (int i = count - 1; i >= 0; i--) {
		out[i] = (char)('0' + value % 10);
		value /= 10;
	}
	out[count] = end;
	return out + count + 1;
}

#define SECONDS_LEN 20 /* "2026-11-21T19:45:08." */

static void format_seconds(time_t seconds, char *out)
{
	struct tm tm;

	gmtime_r(&seconds, &tm);
	out = digits(out, tm.tm_year + 1900, 4, '-');
	out = digits(out, tm.tm_mon + 1, 2, '-');
	out = digits(out, tm.tm_mday, 2, 'T');
	out = digits(out, tm.tm_hour, 2, ':');
	out = digits(out, tm.tm_min, 2, ':');
	digits(out, tm.tm_sec, 2, '.');
}

void ph_time_format(uint64_t wall_us, char out[PH_TIME_SIZE])
{
	/* the calendar costs more than all else of an event, and a second has many events */
	static _Thread_local char last_text[SECONDS_LEN + 1];
	static _Thread_local time_t last_seconds = -1;
	time_t seconds = (time_t)(wall_us / 1000000);

	if (seconds != last_seconds) {
		format_seconds(seconds, last_text);
		last_seconds = seconds;
	}
	memcpy(out, last_text, SECONDS_LEN);
	out = digits(out + SECONDS_LEN, (int)(wall_us / 1000 % 1000), 3, 'Z');
	*out = '\0';
}
