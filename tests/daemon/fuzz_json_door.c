// Fuzz target: bytes of an application on the JSON door, framing and envelope included, with methods that only answer.
#include "base/cleanup.h"
#include "daemon/core/config.h"
#include "daemon/core/daemon.h"
#include "daemon/core/log.h"
#include "daemon/doors/json/door_private.h"
#include "poshal/limits.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static void run_echo(struct ph_call *call)
{
	ph_call_reply(call, cJSON_Duplicate(call->params, true));
}

static void run_fail(struct ph_call *call)
{
	ph_call_fail(call, PH_E_OFFLINE, "%s", ph_param_str(call, "device"));
}

/* One row per kind of parameter; they stand in for the real table. */
static const struct ph_field echo_params[] = {
	{"s", PH_VALUE_STRING, false, 0, 20, NULL, ""},
	{"c", PH_VALUE_STRING, false, 0, 0, "one two", ""},
	{"b", PH_VALUE_BOOL, false, 0, 0, NULL, ""},
	{"i", PH_VALUE_INT, false, -5, 5, NULL, ""},
	{"l", PH_VALUE_STRINGS, false, 0, 5, NULL, ""},
	{"o", PH_VALUE_OBJECT, false, 0, 0, NULL, ""},
	{"a", PH_VALUE_OBJECTS, false, 0, 0, NULL, ""},
	{"d_b64", PH_VALUE_BYTES, false, 0, 30, NULL, ""},
	{"doc", PH_VALUE_DOCUMENT, false, 0, 0, NULL, ""},
	{.name = NULL},
};
static const struct ph_field fail_params[] = {
	{"device", PH_VALUE_STRING, true, 1, 60, NULL, ""},
	{.name = NULL},
};
const struct ph_method ph_methods[] = {
	{"echo", NULL, "", -1, 0, echo_params, echo_params, run_echo},
	{"fail", NULL, "", PH_GRANT_PRINT, 0, fail_params, echo_params, run_fail},
};
const size_t ph_methods_count = PH_ARRAY_SIZE(ph_methods);

const struct ph_method *ph_method_find(const char *name)
{
	for (size_t i = 0; i < ph_methods_count; i++)
		if (!strcmp(ph_methods[i].name, name))
			return &ph_methods[i];
	return NULL;
}

bool ph_method_has_device(const struct ph_method *method)
{
	return false;
}

static void run_loop(sd_event *event)
{
	while (sd_event_run(event, 0) > 0)
		;
}

/* What the service answers is read and thrown away, so that it never has to queue. */
static void drain(int fd)
{
	char buffer[65536];

	while (recv(fd, buffer, sizeof buffer, MSG_DONTWAIT) > 0)
		;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ph_config config = {.service.max_clients = 10};
	struct ph_daemon daemon = {.config = &config};
	struct ph_json_door door = {.daemon = &daemon, .fd = -1, .spare_fd = -1, .lock_fd = -1};
	int sv[2];

	ph_log_set_level(LOG_EMERG);
	config.access.own_uid = getuid();
	if (len == 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) < 0)
		return 0;
	ph_events_init(&daemon.events);
	sd_event_new(&daemon.event);
	ph_poll_set_new(daemon.event, &door.set);
	ph_json_conn_accept(&door, sv[0]);
	/* the first byte says how the rest is cut into pieces */
	size_t piece = data[0] ? data[0] : len;
	for (size_t at = 1; at < len; at += piece) {
		size_t n = len - at < piece ? len - at : piece;
		if (send(sv[1], data + at, n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			break;
		run_loop(daemon.event);
		drain(sv[1]);
	}
	shutdown(sv[1], SHUT_WR);
	run_loop(daemon.event);
	close(sv[1]);
	run_loop(daemon.event);
	if (door.conns || daemon.client_count)
		abort(); /* a connection that outlives its peer */
	ph_poll_set_free(door.set);
	sd_event_unref(daemon.event);
	ph_events_done(&daemon.events);
	ph_buf_done(&door.scratch);
	return 0;
}
