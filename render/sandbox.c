// Limits of the process; what a request may ask for is checked where it is read.
#include "render/sandbox.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "render/limits.h"

static int limit(__rlimit_resource_t resource, rlim_t value)
{
	const struct rlimit both = {value, value};

	return setrlimit(resource, &both) < 0 ? -errno : 0;
}

int ph_sandbox_enter(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	int r = limit(RLIMIT_NOFILE, PH_DRAW_FILES_MAX);
	if (r == 0)
		r = limit(RLIMIT_CORE, 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	if (r == 0)
		r = limit(RLIMIT_AS, PH_DRAW_MEMORY_MAX);
#endif
	return r;
}

void ph_sandbox_begin(void)
{
	struct rusage used;
	struct rlimit cpu;

	if (getrusage(RUSAGE_SELF, &used) < 0 || getrlimit(RLIMIT_CPU, &cpu) < 0)
		return;
	cpu.rlim_cur = (rlim_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec + PH_DRAW_CPU_S + 1);
	setrlimit(RLIMIT_CPU, &cpu);
}

void ph_sandbox_end(void)
{
	struct rlimit cpu;

	if (getrlimit(RLIMIT_CPU, &cpu) < 0)
		return;
	cpu.rlim_cur = cpu.rlim_max;
	setrlimit(RLIMIT_CPU, &cpu);
}
