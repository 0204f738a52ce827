// Runs a program of ours and hands on the lines it prints, within a bound of time and size; what they mean is left to who asked.
#include "daemon/core/helper.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "daemon/core/daemon.h"
#include "daemon/core/log.h"
#include "daemon/core/spawn.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

struct ph_helper {
	struct ph_daemon *daemon;
	struct ph_helper_spec spec;
	pid_t pid;
	int fd;
	sd_event_source *io, *timeout;
	struct ph_buf text; /* what came and is no whole line yet */
};

void ph_helper_free(struct ph_helper *helper)
{
	if (!helper)
		return;
	sd_event_source_disable_unref(helper->io);
	sd_event_source_disable_unref(helper->timeout);
	if (helper->fd >= 0)
		close(helper->fd);
	if (helper->pid)
		kill(-helper->pid, SIGKILL); /* what it started goes with it */
	ph_spawn_end(helper->daemon->event, helper->pid);
	ph_buf_done(&helper->text);
	free(helper);
}

static void finish(struct ph_helper *helper, int r)
{
	struct ph_helper_spec spec = helper->spec;

	ph_helper_free(helper);
	spec.end(spec.userdata, r);
}

static void hand_on(struct ph_helper *helper)
{
	char *line = helper->text.data, *end = helper->text.data + helper->text.len, *stop;

	while ((stop = memchr(line, '\n', (size_t)(end - line)))) {
		helper->spec.line(helper->spec.userdata, line, (size_t)(stop - line));
		line = stop + 1;
	}
	helper->text.len = (size_t)(end - line);
	memmove(helper->text.data, line, helper->text.len + 1);
}

static int on_output(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct ph_helper *helper = userdata;
	char data[4096];
	ssize_t n = read(fd, data, sizeof data);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	int r = n > 0 ? ph_buf_add(&helper->text, data, (size_t)n) : 0;
	if (n <= 0 || r < 0) {
		finish(helper, r);
		return 0;
	}
	if (memchr(data, '\n', (size_t)n))
		hand_on(helper);
	return 0;
}

static int on_timeout(sd_event_source *source, uint64_t usec, void *userdata)
{
	finish(userdata, -ETIMEDOUT);
	return 0;
}

static int start(struct ph_helper *helper)
{
	struct ph_helper_spec *spec = &helper->spec;
	const char *argv[PH_HELPER_ARGS_MAX + 2] = {spec->program};
	sd_event *event = helper->daemon->event;
	char path[256];

	for (size_t i = 0; i < PH_HELPER_ARGS_MAX && spec->args[i]; i++)
		argv[i + 1] = spec->args[i];
	snprintf(path, sizeof path, "%s/%s", helper->daemon->paths.libexec, spec->program);
	int r = ph_spawn_reader(path, (char *const *)(uintptr_t)argv, &helper->pid, &helper->fd);
	if (r >= 0)
		r = sd_event_add_io(event, &helper->io, helper->fd, EPOLLIN, on_output, helper);
	if (r >= 0)
		r = sd_event_add_time_relative(event, &helper->timeout, CLOCK_MONOTONIC,
			spec->timeout_ms * 1000ull, 100000, on_timeout, helper);
	if (r < 0)
		ph_log(LOG_WARNING, NULL, "%s cannot be started: %s", path, strerror(-r));
	return r;
}

int ph_helper_new(
	struct ph_daemon *daemon, const struct ph_helper_spec *spec, struct ph_helper **ret_helper)
{
	struct ph_helper *helper = calloc(1, sizeof *helper);

	if (!helper)
		return -ENOMEM;
	*helper = (struct ph_helper){
		.daemon = daemon, .spec = *spec, .fd = -1, .text = {.max = spec->line_max}};
	int r = start(helper);
	if (r < 0) {
		ph_helper_free(helper);
		return r;
	}
	*ret_helper = helper;
	return 0;
}
