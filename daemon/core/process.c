// Supervision of one device process: started, stopped, started again. What is said to it is left to driver_messages.c.
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/names.h"
#include "daemon/core/config.h"
#include "daemon/core/daemon.h"
#include "daemon/core/log.h"
#include "daemon/core/process_private.h"
#include "daemon/core/spawn.h"
#include "daemon/doors/call.h"
#include "daemon/objects/device.h"
#include "daemon/objects/job.h"
#include "daemon/objects/memory.h"
#include "daemon/payments/payment.h"
#include "poshal/limits.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define STOP_TIMEOUT_US 2000000
#define STABLE_US	60000000 /* a process that lived this long starts again without growing pauses */

static void start(struct ph_process *process);
static void on_line(struct ph_stream *stream, char *line, size_t len);
static void on_closed(struct ph_stream *stream, int error);

static const struct ph_stream_ops stream_ops = {.line = on_line, .closed = on_closed};

static sd_event *loop(const struct ph_process *process)
{
	return process->unit->daemon->event;
}

static struct ph_process *from_stream(struct ph_stream *stream)
{
	return PH_CONTAINER_OF(stream, struct ph_process, stream);
}

static void set_unit(struct ph_process *process, enum ph_device_state state, const char *reason)
{
	cJSON *reasons = cJSON_CreateArray();

	cJSON_AddItemToArray(reasons, cJSON_CreateString(reason));
	ph_unit_set_state(process->unit, state, reasons);
	cJSON_Delete(reasons);
}

static void fail_unit(struct ph_process *process, const char *reason)
{
	set_unit(process, PH_DEVICE_FAILED, reason);
}

static bool dials_in(const struct ph_process *process)
{
	return process->unit->config->dials_in;
}

static void wait_for_dial(struct ph_process *process)
{
	set_unit(process, PH_DEVICE_OFFLINE, "driver_not_connected");
}

/* ---- life ---- */

static int on_restart(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_process *process = userdata;

	process->restart = sd_event_source_disable_unref(process->restart);
	start(process);
	return 0;
}

static void schedule_restart(struct ph_process *process)
{
	uint64_t lived = ph_clock_mono_us() - process->started_us;

	if (process->stopping || process->restart)
		return;
	if (lived > STABLE_US || !process->backoff_ms)
		process->backoff_ms = PH_BACKOFF_MIN_MS;
	else if (process->backoff_ms * 2 < PH_BACKOFF_MAX_MS)
		process->backoff_ms *= 2;
	else
		process->backoff_ms = PH_BACKOFF_MAX_MS;
	sd_event_add_time_relative(loop(process), &process->restart, CLOCK_MONOTONIC,
		process->backoff_ms * 1000ull, 10000, on_restart, process);
}

/* The driver is gone or talks nonsense: everything that waits for it learns so. */
static void disconnect(struct ph_process *process)
{
	if (!process->connected)
		return;
	process->connected = false;
	ph_stream_done(&process->stream);
	ph_process_fail_pending(process);
	struct ph_device *printer = process->unit->devices[PH_CLASS_PRINTER];
	if (printer)
		ph_jobs_driver_lost(printer);
	ph_payments_driver_gone(process->unit);
}

static void finished(struct ph_process *process)
{
	if (process->pid || process->connected || !process->stopping)
		return;
	sd_event_source_disable_unref(PH_STEAL(process->stop_timeout));
	void (*stopped)(void *) = PH_STEAL(process->stopped);
	if (stopped)
		stopped(process->stopped_userdata);
}

static void on_line(struct ph_stream *stream, char *line, size_t len)
{
	ph_process_message(from_stream(stream), line, len);
}

static void on_closed(struct ph_stream *stream, int error)
{
	struct ph_process *process = from_stream(stream);

	/* the state before the answers, so that nobody is told that a ready device is offline */
	if (process->pid && !process->stopping) {
		kill(process->pid, SIGKILL);
		fail_unit(process, "driver_crashed");
	} else if (dials_in(process) && !process->stopping) {
		wait_for_dial(process);
	}
	disconnect(process);
	finished(process);
}

static void describe_end(const siginfo_t *info, char *text, size_t size)
{
	snprintf(text, size, info->si_code == CLD_EXITED ? "exit status %d" : "signal %d",
		info->si_status);
}

static int on_child(sd_event_source *source, const siginfo_t *info, void *userdata)
{
	struct ph_process *process = userdata;
	char how[40];

	process->child = sd_event_source_disable_unref(process->child);
	process->pid = 0;
	describe_end(info, how, sizeof how);
	if (process->connected)
		ph_stream_drain(&process->stream); /* its last words count */
	if (process->stopping) {
		disconnect(process);
		finished(process);
		return 0;
	}
	ph_log(LOG_WARNING, process->unit->name, "the driver ended with %s; it is started again",
		how);
	fail_unit(process, "driver_crashed");
	disconnect(process);
	schedule_restart(process);
	return 0;
}

static void add_options(struct ph_buf *buf, const struct ph_config_device *config)
{
	for (size_t i = 0; i < config->options_len; i++) {
		const struct ph_config_option *option = &config->options[i];
		ph_buf_add_str(buf, i ? "," : "");
		ph_buf_add_json_str(buf, option->name, strlen(option->name));
		ph_buf_add_char(buf, ':');
		ph_buf_add_json_str(buf, option->value, strlen(option->value));
	}
}

static void add_open_params(struct ph_buf *buf, const struct ph_unit *unit)
{
	const struct ph_config_device *config = unit->config;
	const char *comma = "";
	char lock_dir[220];

	ph_buf_add_str(buf, "{\"device\":");
	ph_buf_add_json_str(buf, unit->name, strlen(unit->name));
	ph_buf_add_str(buf, ",\"connection\":");
	ph_buf_add_json_str(buf, config->connection, strlen(config->connection));
	ph_buf_add_str(buf, ",\"classes\":[");
	for (int i = 0; i < PH_CLASS_COUNT_; i++) {
		if (!(config->classes & 1u << i))
			continue;
		ph_buf_printf(buf, "%s\"%s\"", comma, ph_class_name((enum ph_class)i));
		comma = ",";
	}
	ph_buf_add_str(buf, "],\"options\":{");
	add_options(buf, config);
	ph_buf_add_char(buf, '}');
	/* only drivers that had something kept know the member */
	if (ph_memory_has(unit->daemon, unit->name)) {
		ph_buf_add_str(buf, ",\"memory\":");
		ph_memory_write(unit->daemon, unit->name, buf);
	}
	ph_buf_add_str(buf, ",\"lock_dir\":");
	snprintf(lock_dir, sizeof lock_dir, "%s/lock", unit->daemon->paths.run);
	ph_buf_add_json_str(buf, lock_dir, strlen(lock_dir));
	ph_buf_add_char(buf, '}');
}

static void on_opened(void *userdata, const cJSON *result, const struct ph_failure *failure)
{
	struct ph_process *process = userdata;

	if (!failure || !process->connected)
		return;
	ph_log(LOG_ERR, process->unit->name, "the driver refuses its configuration: %s",
		failure->message);
	fail_unit(process, "bad_configuration");
}

static int spawn_driver(struct ph_process *process, int *ret_fd)
{
	const struct ph_config_device *config = process->unit->config;
	char driver[] = "--driver", fd_word[] = "--fd", fd_text[] = {'0' + PH_CHILD_FD, '\0'};
	char device[] = "--device";
	PH_CLEANUP_FREE char *path = NULL;

	int r = ph_manifest_exec(config->manifest, process->unit->daemon->paths.libexec, &path);
	if (r < 0)
		return r;
	char *argv[] = {
		path, driver, config->driver, fd_word, fd_text, device, process->unit->name, NULL};
	r = ph_spawn(path, argv, &process->pid, ret_fd);
	if (r < 0) {
		process->pid = 0;
		ph_log(LOG_ERR, process->unit->name, "cannot start %s: %s", path, strerror(-r));
	}
	return r;
}

/* The connection is there: tells the driver what to serve. */
static int open_device(struct ph_process *process, int fd)
{
	static const struct ph_stream_limits limits = {.line = PH_DRIVER_SAYS_MAX,
		.queue_bytes = 2 * PH_DRIVER_LINE_MAX,
		.queue_lines = 1024};
	PH_CLEANUP(ph_buf_done) struct ph_buf params = PH_BUF_INIT;

	int r = ph_stream_init(&process->stream, loop(process), fd, -1, &stream_ops, &limits);
	if (r < 0)
		return r;
	process->connected = true;
	add_open_params(&params, process->unit);
	return params.error ? params.error
			    : ph_process_request(process, "driver.open", params.data, params.len,
				      on_opened, process);
}

static int watch_child(struct ph_process *process)
{
	int r = sd_event_add_child(
		loop(process), &process->child, process->pid, WEXITED, on_child, process);

	if (r < 0) {
		kill(process->pid, SIGKILL);
		waitpid(process->pid, NULL, 0);
		process->pid = 0;
	}
	return r;
}

static int connect_driver(struct ph_process *process)
{
	int fd;
	int r = spawn_driver(process, &fd);

	if (r < 0)
		return r;
	r = watch_child(process);
	if (r >= 0)
		r = open_device(process, fd);
	if (r < 0 && !process->connected)
		close(fd);
	return r;
}

int ph_process_adopt(struct ph_process *process, int fd)
{
	if (!dials_in(process) || process->stopping)
		return -EINVAL;
	if (process->connected)
		return -EBUSY;
	process->busy_until_us = 0;
	ph_unit_set_state(process->unit, PH_DEVICE_STARTING, NULL);
	int r = open_device(process, fd);
	if (r < 0 && process->connected) {
		ph_stream_close(&process->stream, r);
		r = 0; /* the stream has the descriptor */
	} else if (r < 0) {
		wait_for_dial(process);
	}
	return r;
}

static void start(struct ph_process *process)
{
	if (dials_in(process)) {
		wait_for_dial(process);
		return;
	}
	process->started_us = ph_clock_mono_us();
	process->busy_until_us = 0;
	ph_unit_set_state(process->unit, PH_DEVICE_STARTING, NULL);
	if (connect_driver(process) >= 0)
		return;
	fail_unit(process, "driver_missing");
	if (!process->pid)
		schedule_restart(process);
	else
		kill(process->pid, SIGKILL);
}

int ph_process_new(struct ph_unit *unit, struct ph_process **ret_process)
{
	struct ph_process *process = calloc(1, sizeof *process);

	if (!process)
		return -ENOMEM;
	process->unit = unit;
	process->pending_tail = &process->pending;
	*ret_process = process;
	start(process);
	return 0;
}

void ph_process_free(struct ph_process *process)
{
	if (!process)
		return;
	process->stopping = true;
	disconnect(process);
	sd_event_source_disable_unref(process->child);
	sd_event_source_disable_unref(process->restart);
	sd_event_source_disable_unref(process->watch);
	sd_event_source_disable_unref(process->stop_timeout);
	ph_spawn_end(loop(process), process->pid);
	free(process);
}

static int on_stop_timeout(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_process *process = userdata;

	if (process->pid) {
		kill(process->pid, SIGKILL);
		return 0;
	}
	disconnect(process);
	finished(process);
	return 0;
}

void ph_process_stop(struct ph_process *process, void (*stopped)(void *userdata), void *userdata)
{
	process->restart = sd_event_source_disable_unref(process->restart);
	if (process->connected)
		ph_process_send(process, "driver.close", "{}", 2);
	process->stopping = true;
	process->stopped = stopped;
	process->stopped_userdata = userdata;
	process->stop_timeout = sd_event_source_disable_unref(process->stop_timeout);
	sd_event_add_time_relative(loop(process), &process->stop_timeout, CLOCK_MONOTONIC,
		process->pid || process->connected ? STOP_TIMEOUT_US : 0, 10000, on_stop_timeout,
		process);
}

bool ph_process_connected(const struct ph_process *process)
{
	return process && process->connected;
}
