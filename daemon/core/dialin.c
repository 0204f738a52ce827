// The socket on which drivers with a unit of their own report; who may serve which device is checked here.
#include "daemon/core/dialin.h"

#include "base/cleanup.h"
#include "base/json_scan.h"
#include "base/stream.h"
#include "daemon/core/config.h"
#include "daemon/core/daemon.h"
#include "daemon/core/log.h"
#include "daemon/core/process.h"
#include "daemon/objects/device.h"
#include "poshal/limits.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* A connection that has not said yet which device it is for. */
struct caller {
	struct ph_dialin *dialin;
	struct ph_stream stream;
	sd_event_source *deadline;
	uid_t uid;
	char unit[PH_NAME_MAX +
		  1]; /* it is for this one, and the stream is being closed to hand it over */
	struct caller *next;
};

struct ph_dialin {
	struct ph_daemon *daemon;
	sd_event_source *listener, *rest;
	struct caller *callers;
	unsigned count;
	int fd;
	char path[220];
};

static struct caller *from_stream(struct ph_stream *stream)
{
	return PH_CONTAINER_OF(stream, struct caller, stream);
}

static void free_caller(struct caller *caller)
{
	struct caller **p = &caller->dialin->callers;

	while (*p != caller)
		p = &(*p)->next;
	*p = caller->next;
	caller->dialin->count--;
	sd_event_source_disable_unref(caller->deadline);
	ph_stream_done(&caller->stream);
	free(caller);
}

/* The unit a hello is for, if this user may serve it; says why not in the log. */
static struct ph_unit *unit_for(const struct caller *caller, const char *name)
{
	for (struct ph_unit *unit = caller->dialin->daemon->units; unit; unit = unit->next) {
		if (strcmp(unit->name, name) != 0)
			continue;
		if (unit->config->dials_in && unit->config->dial_in_uid == caller->uid)
			return unit;
		ph_log(LOG_WARNING, name, "a driver of uid %u reported for it and is refused: %s",
			caller->uid,
			unit->config->dials_in ? "dial_in_user is another"
					       : "it has no dial_in_user");
		return NULL;
	}
	ph_log(LOG_WARNING, NULL,
		"a driver of uid %u reported for `%.64s`, which is not configured", caller->uid,
		name);
	return NULL;
}

static void on_line(struct ph_stream *stream, char *line, size_t len)
{
	struct caller *caller = from_stream(stream);
	cJSON *message = ph_json_scan(line, len, PH_JSON_DEPTH_MAX) == 0 ? cJSON_Parse(line) : NULL;
	const char *method =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(message, "method"));
	const cJSON *params = cJSON_GetObjectItemCaseSensitive(message, "params");
	const char *device =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(params, "device"));

	if (method && !strcmp(method, "driver.hello") && device && unit_for(caller, device))
		snprintf(caller->unit, sizeof caller->unit, "%s", device);
	cJSON_Delete(message);
	ph_stream_close(stream, 0);
}

/* The descriptor goes on living as the unit's; the stream that read the hello does not. */
static void on_closed(struct ph_stream *stream, int error)
{
	struct caller *caller = from_stream(stream);
	struct ph_unit *unit = caller->unit[0] ? unit_for(caller, caller->unit) : NULL;
	int fd = unit ? fcntl(stream->fd, F_DUPFD_CLOEXEC, 3) : -1;

	free_caller(caller);
	if (fd >= 0 && (!unit->process || ph_process_adopt(unit->process, fd) < 0))
		close(fd);
}

static const struct ph_stream_ops stream_ops = {.line = on_line, .closed = on_closed};

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct caller *caller = userdata;

	ph_stream_close(&caller->stream, -ETIMEDOUT);
	return 0;
}

static int add_caller(struct ph_dialin *dialin, int fd)
{
	static const struct ph_stream_limits limits = {
		.line = PH_DIALIN_LINE, .queue_bytes = 1, .queue_lines = 1};
	struct ucred cred;
	socklen_t size = sizeof cred;
	sd_event *event = dialin->daemon->event;

	if (dialin->count >= PH_DIALIN_MAX ||
		getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) < 0)
		return -EBUSY;
	struct caller *caller = calloc(1, sizeof *caller);
	if (!caller)
		return -ENOMEM;
	int r = ph_stream_init(&caller->stream, event, fd, -1, &stream_ops, &limits);
	if (r < 0) {
		free(caller);
		return r;
	}
	caller->dialin = dialin;
	caller->uid = cred.uid;
	caller->next = dialin->callers;
	dialin->callers = caller;
	dialin->count++;
	sd_event_add_time_relative(event, &caller->deadline, CLOCK_MONOTONIC, PH_DIALIN_US, 100000,
		on_deadline, caller);
	return 0;
}

static int on_rest_over(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_dialin *dialin = userdata;

	dialin->rest = sd_event_source_disable_unref(dialin->rest);
	sd_event_source_set_enabled(dialin->listener, SD_EVENT_ON);
	return 0;
}

/* Without a free descriptor the connection stays in the backlog, and the loop would ask again at once. */
static int rest(struct ph_dialin *dialin)
{
	ph_log(LOG_WARNING, NULL, "out of file descriptors; drivers that report have to wait");
	sd_event_source_set_enabled(dialin->listener, SD_EVENT_OFF);
	return sd_event_add_time_relative(dialin->daemon->event, &dialin->rest, CLOCK_MONOTONIC,
		PH_DIALIN_REST_US, 100000, on_rest_over, dialin);
}

static int on_connect(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (client < 0 && (errno == EMFILE || errno == ENFILE))
		return rest(userdata);
	if (client >= 0 && add_caller(userdata, client) < 0)
		close(client);
	return 0;
}

/* The lock of the JSON door says that a socket file found here is a dead one. */
int ph_dialin_new(struct ph_daemon *daemon, struct ph_dialin **ret_dialin)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct ph_dialin *dialin = calloc(1, sizeof *dialin);

	if (!dialin)
		return -ENOMEM;
	dialin->daemon = daemon;
	snprintf(dialin->path, sizeof dialin->path, "%s/drivers.sock", daemon->paths.run);
	dialin->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int r = dialin->fd < 0 ? -errno : 0;
	if (r >= 0 && strlen(dialin->path) >= sizeof address.sun_path)
		r = -ENAMETOOLONG;
	if (r >= 0) {
		strcpy(address.sun_path, dialin->path);
		unlink(dialin->path);
		mode_t mask = umask(0111); /* whoever connects is judged by its uid */
		r = bind(dialin->fd, (struct sockaddr *)&address, sizeof address) < 0 ||
				    listen(dialin->fd, PH_DIALIN_MAX) < 0
			    ? -errno
			    : 0;
		umask(mask);
	}
	if (r >= 0)
		r = sd_event_add_io(
			daemon->event, &dialin->listener, dialin->fd, EPOLLIN, on_connect, dialin);
	if (r < 0) {
		ph_dialin_free(dialin);
		return r;
	}
	*ret_dialin = dialin;
	return 0;
}

void ph_dialin_free(struct ph_dialin *dialin)
{
	if (!dialin)
		return;
	sd_event_source_disable_unref(dialin->listener);
	sd_event_source_disable_unref(dialin->rest);
	while (dialin->callers)
		free_caller(dialin->callers);
	unlink(dialin->path);
	if (dialin->fd >= 0)
		close(dialin->fd);
	free(dialin);
}
