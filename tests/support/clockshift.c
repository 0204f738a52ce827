/*
 * Sets the wall clock of one program forward or back while it runs, or the monotonic one forward. A test tool, preloaded:
 * POSHAL_CLOCK_SHIFT and POSHAL_MONO_SHIFT name files that hold the seconds as an int64_t in the machine's byte order; they are
 * mapped, so that a write counts at once.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t nothing;
static const volatile int64_t *wall_shift = &nothing, *mono_shift = &nothing;

static void take(const char *variable, const volatile int64_t **ret_shift)
{
	const char *path = getenv(variable);
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0)
		return;
	void *map = mmap(NULL, sizeof **ret_shift, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (map != MAP_FAILED)
		*ret_shift = map;
}

__attribute__((constructor)) static void start(void)
{
	take("POSHAL_CLOCK_SHIFT", &wall_shift);
	take("POSHAL_MONO_SHIFT", &mono_shift);
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
	long r = syscall(SYS_clock_gettime, id, ts);

	if (r == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		ts->tv_sec += (time_t)*wall_shift;
	if (r == 0 && id == CLOCK_MONOTONIC)
		ts->tv_sec += (time_t)*mono_shift;
	return (int)r;
}

time_t time(time_t *ret)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_REALTIME, &now);
	if (ret)
		*ret = now.tv_sec;
	return now.tv_sec;
}

int gettimeofday(struct timeval *restrict ret, void *restrict zone)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_REALTIME, &now);
	*ret = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
	return 0;
}
