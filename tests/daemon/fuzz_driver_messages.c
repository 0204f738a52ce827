// Fuzz target: what a rubbish driver can say to poshald, between calls of a program and answers of a journal.
//
// A line is what the driver sends. "+" finishes the oldest journal request, "-" fails it, "={...}" is a drawing that is
// done, "!" one that fails, and "> {...}" is a call of the program, so that the input also says in which order things happen.
#include "base/cleanup.h"
#include "base/json_scan.h"
#include "base/utf8.h"
#include "daemon/core/config.h"
#include "daemon/core/daemon.h"
#include "daemon/core/log.h"
#include "daemon/core/process_private.h"
#include "daemon/core/render.h"
#include "daemon/doors/call.h"
#include "daemon/journal/journal_audit.h"
#include "daemon/journal/journal_jobs.h"
#include "daemon/journal/journal_memory.h"
#include "daemon/journal/journal_pulses.h"
#include "daemon/objects/client.h"
#include "daemon/objects/device.h"
#include "daemon/objects/job.h"
#include "daemon/objects/memory.h"
#include "poshal/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* ---- a journal that finishes a request when the input says so ---- */

static struct ph_journal_request *requests[PH_JOURNAL_QUEUE];
static unsigned request_count;
static int64_t next_row;

static int submit(struct ph_journal_request *request)
{
	if (request_count == PH_JOURNAL_QUEUE)
		return -ENOBUFS;
	requests[request_count++] = request;
	return 0;
}

static void finish_oldest(int result)
{
	if (!request_count)
		return;
	struct ph_journal_request *request = requests[0];
	request_count--;
	memmove(requests, requests + 1, request_count * sizeof requests[0]);
	request->done(request, result);
}

int __wrap_ph_journal_accept_submit(struct ph_journal *journal, struct ph_journal_accept *accept);
int __wrap_ph_journal_accept_submit(struct ph_journal *journal, struct ph_journal_accept *accept)
{
	accept->id = ++next_row;
	return submit(&accept->request);
}

int __wrap_ph_journal_update_submit(struct ph_journal *journal, struct ph_journal_update *update);
int __wrap_ph_journal_update_submit(struct ph_journal *journal, struct ph_journal_update *update)
{
	if (!update->id)
		abort(); /* a job that is not stored yet has no state to store */
	return submit(&update->request);
}

int __wrap_ph_journal_get_submit(struct ph_journal *journal, struct ph_journal_get *get);
int __wrap_ph_journal_get_submit(struct ph_journal *journal, struct ph_journal_get *get)
{
	return -EAGAIN;
}

int __wrap_ph_journal_list_submit(struct ph_journal *journal, struct ph_journal_list *list);
int __wrap_ph_journal_list_submit(struct ph_journal *journal, struct ph_journal_list *list)
{
	return submit(&list->request);
}

int __wrap_ph_journal_pulse_begin_submit(
	struct ph_journal *journal, struct ph_journal_pulse_begin *begin);
int __wrap_ph_journal_pulse_begin_submit(
	struct ph_journal *journal, struct ph_journal_pulse_begin *begin)
{
	begin->id = ++next_row;
	return submit(&begin->request);
}

int __wrap_ph_journal_pulse_end_submit(
	struct ph_journal *journal, struct ph_journal_pulse_end *end);
int __wrap_ph_journal_pulse_end_submit(struct ph_journal *journal, struct ph_journal_pulse_end *end)
{
	return submit(&end->request);
}

int __wrap_ph_journal_audit_add_submit(
	struct ph_journal *journal, struct ph_journal_audit_add *add);
int __wrap_ph_journal_audit_add_submit(struct ph_journal *journal, struct ph_journal_audit_add *add)
{
	return submit(&add->request);
}

int __wrap_ph_journal_remember_submit(
	struct ph_journal *journal, struct ph_journal_remember *remember);
int __wrap_ph_journal_remember_submit(
	struct ph_journal *journal, struct ph_journal_remember *remember)
{
	return submit(&remember->request);
}

/* ---- a renderer that answers when the input says so ---- */

struct ph_render_request {
	ph_render_done done; /* NULL: forgotten */
	void *userdata;
};

static struct ph_render_request *drawings[PH_RENDER_QUEUE];
static unsigned drawing_count;

int __wrap_ph_render_submit(struct ph_render *render, const struct ph_render_ask *what,
	struct ph_render_request **ret_request);
int __wrap_ph_render_submit(struct ph_render *render, const struct ph_render_ask *what,
	struct ph_render_request **ret_request)
{
	struct ph_render_request *request = malloc(sizeof *request);

	if (ph_json_scan(what->params, what->len, PH_JSON_DEPTH_MAX + 8) < 0)
		abort(); /* it could not be sent as JSON */
	free(what->params);
	if (!request || drawing_count == PH_RENDER_QUEUE) {
		free(request);
		return -ENOBUFS;
	}
	*request = (struct ph_render_request){.done = what->done, .userdata = what->userdata};
	drawings[drawing_count++] = request;
	*ret_request = request;
	return 0;
}

void __wrap_ph_render_forget(struct ph_render_request *request);
void __wrap_ph_render_forget(struct ph_render_request *request)
{
	if (request)
		request->done = NULL;
}

/* The oldest one; without `text` it fails. */
static void finish_drawing(const char *text)
{
	struct ph_render_answer answer = {
		.outcome = PH_RENDER_FAILED, .error = PH_E_FAILURE, .why = "crashed"};
	cJSON *result = text && ph_json_scan(text, strlen(text), PH_JSON_DEPTH_MAX) == 0
				? cJSON_Parse(text)
				: NULL;

	if (!drawing_count)
		goto out;
	if (cJSON_IsObject(result))
		answer = (struct ph_render_answer){.result = result};
	struct ph_render_request *request = drawings[0];
	drawing_count--;
	memmove(drawings, drawings + 1, drawing_count * sizeof(struct ph_render_request *));
	if (request->done)
		request->done(request->userdata, &answer);
	free(request);
out:
	cJSON_Delete(result);
}

/* ---- a program ---- */

struct call {
	struct ph_call call;
	cJSON *params;
};

static unsigned open_calls;

static void check_text(const char *text, size_t len)
{
	if (ph_json_scan(text, len, PH_JSON_DEPTH_MAX + 8) < 0)
		abort(); /* it could not be sent as JSON */
}

static void end_call(struct ph_call *base)
{
	struct call *call = (struct call *)base;

	open_calls--;
	cJSON_Delete(call->params);
	free(call);
}

static void on_reply(struct ph_call *call, const cJSON *result)
{
	PH_CLEANUP_FREE char *text = result ? cJSON_PrintUnformatted(result) : NULL;

	if (text)
		check_text(text, strlen(text));
	end_call(call);
}

static void on_fail(struct ph_call *call, const struct ph_failure *failure)
{
	/* words, not JSON: they may hold any number of brackets */
	if (!ph_utf8_valid(failure->message, strlen(failure->message)) ||
		!ph_utf8_valid(failure->hint, strlen(failure->hint)))
		abort();
	for (const char *p = failure->name; *p; p++)
		if (*p == '"' || *p == '\\' || *p < ' ' || *p > '~')
			abort(); /* a name is a name */
	end_call(call);
}

static void on_event(struct ph_client *client, const struct ph_event *event)
{
	check_text(event->line, event->line_len);
	cJSON *line = cJSON_ParseWithLength(event->line, event->line_len);
	if (!line)
		abort();
	cJSON_Delete(line);
}

static const struct ph_call_ops call_ops = {.reply = on_reply, .fail = on_fail};
static const struct ph_client_ops client_ops = {.door = "json", .event = on_event};

static bool is_allowed(const char *name)
{
	static const char *const prefixes[] = {"device.claim", "device.get", "device.list",
		"device.release", "device.checkHealth", "device.directIO", "device.statistics",
		"display.", "drawer.", "events.", "job.cancel", "job.list", "printer.", "scanner."};

	for (size_t i = 0; i < PH_ARRAY_SIZE(prefixes); i++)
		if (!strncmp(prefixes[i], name, strlen(prefixes[i])))
			return true;
	return false;
}

static void start_call(struct ph_client *client, const char *text, size_t len)
{
	PH_CLEANUP_FREE struct call *call = calloc(1, sizeof *call);
	cJSON *message = ph_json_scan(text, len, PH_JSON_DEPTH_MAX) < 0
				 ? NULL
				 : cJSON_ParseWithLength(text, len);
	const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(message, "m"));
	const struct ph_method *method = name && is_allowed(name) ? ph_method_find(name) : NULL;
	cJSON *params = cJSON_DetachItemFromObjectCaseSensitive(message, "p");
	struct ph_failure failure;

	cJSON_Delete(message);
	if (!call || !method || !cJSON_IsObject(params) ||
		ph_params_check(method, params, &failure) < 0) {
		cJSON_Delete(params);
		return;
	}
	call->params = params;
	call->call = (struct ph_call){.ops = &call_ops,
		.method = method,
		.client = client,
		.daemon = client->daemon,
		.params = params};
	open_calls++;
	ph_call_start(&PH_STEAL(call)->call);
}

/* ---- a driver ---- */

static void on_line(struct ph_stream *stream, char *line, size_t len)
{
}

static void on_closed(struct ph_stream *stream, int error)
{
	struct ph_process *process = PH_CONTAINER_OF(stream, struct ph_process, stream);

	process->connected = false;
	ph_stream_done(stream);
	ph_process_fail_pending(process);
	ph_jobs_driver_lost(process->unit->devices[PH_CLASS_PRINTER]);
}

static const struct ph_stream_ops stream_ops = {.line = on_line, .closed = on_closed};

static struct ph_process *attach(struct ph_unit *unit, int fd)
{
	static const struct ph_stream_limits limits = {.line = PH_DRIVER_SAYS_MAX,
		.queue_bytes = 2 * PH_DRIVER_LINE_MAX,
		.queue_lines = 1024};
	struct ph_process *process = calloc(1, sizeof *process);

	if (!process)
		abort();
	process->unit = unit;
	process->pending_tail = &process->pending;
	if (ph_stream_init(&process->stream, unit->daemon->event, fd, -1, &stream_ops, &limits) < 0)
		abort();
	process->connected = true;
	return process;
}

static void drain(int fd)
{
	char buffer[65536];

	while (recv(fd, buffer, sizeof buffer, MSG_DONTWAIT) > 0)
		;
}

static void take_line(struct ph_daemon *daemon, struct ph_client *client, char *line, size_t len)
{
	struct ph_process *process = daemon->units->process;

	if (len == 1 && line[0] == '+')
		finish_oldest(0);
	else if (len == 1 && line[0] == '-')
		finish_oldest(-EIO);
	else if (len == 1 && line[0] == '!')
		finish_drawing(NULL);
	else if (line[0] == '=')
		finish_drawing(line + 1);
	else if (line[0] == '>')
		start_call(client, line + 1, len - 1);
	else if (process->connected)
		ph_process_message(process, line, len);
	while (sd_event_run(daemon->event, 0) > 0)
		;
}

static void play(
	struct ph_daemon *daemon, struct ph_client *client, int fd, const char *data, size_t len)
{
	while (len) {
		const char *lf = memchr(data, '\n', len);
		size_t n = lf ? (size_t)(lf - data) : len;
		PH_CLEANUP_FREE char *line = strndup(data, n);
		if (line && strlen(line))
			take_line(daemon, client, line, strlen(line));
		drain(fd);
		data += n + (lf != NULL);
		len -= n + (lf != NULL);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char name[] = "till", driver[] = "rude", connection[] = "tcp://x";
	struct ph_config config = {.service.max_clients = 10};
	const struct ph_config_device device = {.name = name,
		.driver = driver,
		.connection = connection,
		.classes = 1u << PH_CLASS_SCANNER | 1u << PH_CLASS_PRINTER | 1u << PH_CLASS_DRAWER |
			   1u << PH_CLASS_DISPLAY};
	struct ph_daemon daemon = {.config = &config};
	struct ph_client client = {
		.ops = &client_ops, .grants = PH_GRANTS_ALL, .label = "uid 0, pid 1"};
	int sv[2];

	ph_log_set_level(LOG_EMERG);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) < 0)
		return 0;
	sd_event_new(&daemon.event);
	ph_events_init(&daemon.events);
	ph_jobs_init(&daemon);
	ph_unit_new(&daemon, &device); /* not enabled in the configuration: no process is started */
	daemon.units->disabled = false;
	ph_unit_set_state(daemon.units, PH_DEVICE_STARTING, NULL);
	daemon.units->process = attach(daemon.units, sv[0]);
	ph_client_add(&client, &daemon);
	play(&daemon, &client, sv[1], (const char *)data, len);
	ph_unit_free(daemon.units);
	while (request_count)
		finish_oldest(0);
	ph_client_remove(&client);
	while (drawing_count)
		finish_drawing(NULL);
	if (open_calls)
		abort(); /* each call has exactly one answer */
	ph_jobs_done(&daemon);
	ph_memory_done(&daemon);
	ph_events_done(&daemon.events);
	sd_event_unref(daemon.event);
	close(sv[1]);
	return 0;
}
