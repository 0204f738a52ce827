// The control socket: JSON-RPC 2.0 lines in, calls to the tables of methods, answers out, and calls
// that wait for a condition. What the methods do is in methods_*.c.
#include "emulators/bench/control.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json_scan.h"
#include "poshal/limits.h"

#define QUEUE_BYTES (64u * 1024 * 1024) /* a PNG of a long paper is large */
#define QUEUE_LINES 4096u
#define WAIT_MS	    60000
#define WAIT_MS_MAX 600000

struct ph_bench_waiter {
	struct ph_bench_waiter *next;
	struct ph_call call;
	cJSON *params; /* owned copy */
	struct ph_bench_device *device;
	ph_condition_fn condition;
	sd_event_source *timer;
};

static void send_object(struct ph_bench_client *client, cJSON *message)
{
	char *text = cJSON_PrintUnformatted(message);
	cJSON_Delete(message);
	if (!text)
		return;
	size_t len = strlen(text);
	text[len] = '\n';
	ph_stream_send(&client->stream, text, len + 1);
	free(text);
}

static cJSON *answer_head(struct ph_call *call)
{
	cJSON *m = cJSON_CreateObject();
	cJSON_AddStringToObject(m, "jsonrpc", "2.0");
	cJSON_AddItemToObject(m, "id", call->id ? call->id : cJSON_CreateNull());
	call->id = NULL;
	return m;
}

void ph_call_ok(struct ph_call *call, cJSON *result)
{
	if (!call->id) {
		cJSON_Delete(result);
		return;
	}
	cJSON *m = answer_head(call);
	cJSON_AddItemToObject(m, "result", result ? result : cJSON_CreateObject());
	send_object(call->client, m);
}

void ph_call_error(struct ph_call *call, enum ph_error error, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	char message[512];
	int n = vsnprintf(message, sizeof message, format, ap);
	va_end(ap);
	if (n < 0)
		message[0] = 0;
	cJSON *m = answer_head(call);
	cJSON *e = cJSON_AddObjectToObject(m, "error");
	cJSON_AddNumberToObject(e, "code", ph_error_code(error));
	cJSON_AddStringToObject(e, "message", message);
	cJSON_AddStringToObject(cJSON_AddObjectToObject(e, "data"), "name", ph_error_name(error));
	send_object(call->client, m);
}

// ---- parameters ----

const char *ph_param_text(const cJSON *params, const char *name, const char *fallback)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(params, name);
	return item ? item->valuestring : fallback;
}

bool ph_param_bool(const cJSON *params, const char *name, bool fallback)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(params, name);
	return item ? cJSON_IsTrue(item) : fallback;
}

double ph_param_number(const cJSON *params, const char *name, double fallback)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(params, name);
	return item ? item->valuedouble : fallback;
}

bool ph_param_has(const cJSON *params, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(params, name) != NULL;
}

// the entry of a name in "device:s png:b", or NULL
static const char *find_param(const char *list, const char *name)
{
	size_t len = strlen(name);
	for (const char *at = list; (at = strstr(at, name)); at += len)
		if ((at == list || at[-1] == ' ') && at[len] == ':')
			return at + len + 1;
	return NULL;
}

static bool has_type(const cJSON *item, char type)
{
	switch (type) {
	case 's':
		return cJSON_IsString(item);
	case 'b':
		return cJSON_IsBool(item);
	default:
		return cJSON_IsNumber(item) && item->valuedouble >= 0 &&
		       item->valuedouble <= 9007199254740992.0 &&
		       item->valuedouble == floor(item->valuedouble);
	}
}

// the first complaint about the parameters, or NULL
static const char *check_params(const char *list, const cJSON *params, const char **ret_what)
{
	static char missing[64];

	for (const cJSON *item = params->child; item; item = item->next) {
		const char *type = find_param(list, item->string);
		*ret_what = item->string;
		if (!type)
			return "unknown member";
		if (!has_type(item, *type))
			return *type == 's'   ? "not a text:"
			       : *type == 'b' ? "not true or false:"
					      : "not a whole number from 0:";
	}
	for (const char *at = list; (at = strchr(at, '!')); at++) {
		const char *begin = at;
		while (begin > list && begin[-1] != ' ')
			begin--;
		snprintf(missing, sizeof missing, "%.*s", (int)(at - 2 - begin), begin);
		*ret_what = missing;
		if (!ph_param_has(params, missing))
			return "missing member";
	}
	return NULL;
}

// ---- devices ----

static void answer_choices(struct ph_call *call, enum ph_bench_class class, const char *problem)
{
	char list[512] = "";
	size_t n = 0;

	for (size_t i = 0; i < call->bench->n_devices && n < sizeof list - 1; i++)
		if (call->bench->devices[i].class == class)
			n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", n ? ", " : "",
				call->bench->devices[i].id);
	ph_call_error(call, PH_E_ILLEGAL, "%s; device is one of: %s", problem, n ? list : "(none)");
}

struct ph_bench_device *ph_call_device(struct ph_call *call, enum ph_bench_class class)
{
	const char *id = ph_param_text(call->params, "device", NULL);
	struct ph_bench_device *only = NULL;
	size_t count = 0;

	if (id) {
		only = ph_bench_find(call->bench, id);
		if (only && only->class == class)
			return only;
		answer_choices(call, class, "no such device of this class");
		return NULL;
	}
	for (size_t i = 0; i < call->bench->n_devices; i++) {
		struct ph_bench_device *d = &call->bench->devices[i];
		if (d->class != class || d->spare)
			continue;
		only = d;
		count++;
	}
	if (count == 1)
		return only;
	answer_choices(
		call, class, count ? "several devices of this class" : "no device of this class");
	return NULL;
}

struct ph_bench_device *ph_call_any_device(struct ph_call *call)
{
	const char *id = ph_param_text(call->params, "device", "");
	struct ph_bench_device *d = ph_bench_find(call->bench, id);
	if (!d)
		ph_call_error(call, PH_E_NOEXIST, "no device %.64s on this bench", id);
	return d;
}

// ---- waiting ----

static void end_waiter(struct ph_bench *bench, struct ph_bench_waiter *w)
{
	for (struct ph_bench_waiter **at = &bench->waiters; *at; at = &(*at)->next)
		if (*at == w) {
			*at = w->next;
			break;
		}
	bench->n_waiters--;
	sd_event_source_disable_unref(w->timer);
	cJSON_Delete(w->call.id);
	cJSON_Delete(w->params);
	free(w);
}

static int on_timeout(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_bench_waiter *w = userdata;
	ph_call_error(
		&w->call, PH_E_TIMEOUT, "%s: the condition did not hold in time", w->device->id);
	end_waiter(w->call.bench, w);
	return 0;
}

void ph_call_wait(struct ph_call *call, struct ph_bench_device *d, ph_condition_fn condition)
{
	cJSON *result = NULL;
	double ms = ph_param_number(call->params, "timeout_ms", WAIT_MS);

	if (condition(d, call->params, &result)) {
		ph_call_ok(call, result);
		return;
	}
	struct ph_bench_waiter *w = NULL;
	if (call->bench->n_waiters < PH_BENCH_WAITERS)
		w = calloc(1, sizeof *w);
	if (!w) {
		ph_call_error(call, PH_E_LIMIT_EXCEEDED, "too many calls wait");
		return;
	}
	*w = (struct ph_bench_waiter){.call = *call,
		.params = cJSON_Duplicate(call->params, true),
		.device = d,
		.condition = condition,
		.next = call->bench->waiters};
	call->id = NULL;
	w->call.params = w->params;
	call->bench->waiters = w;
	call->bench->n_waiters++;
	uint64_t us = (uint64_t)(ms > WAIT_MS_MAX ? WAIT_MS_MAX : ms) * 1000;
	sd_event_add_time_relative(
		call->bench->event, &w->timer, CLOCK_MONOTONIC, us, 1, on_timeout, w);
}

void ph_bench_check_waiters(struct ph_bench *bench)
{
	for (struct ph_bench_waiter *w = bench->waiters, *next; w; w = next) {
		cJSON *result = NULL;
		next = w->next;
		if (!w->condition(w->device, w->params, &result))
			continue;
		ph_call_ok(&w->call, result);
		end_waiter(bench, w);
	}
}

// ---- calls ----

static const struct ph_method *find_method(const char *name)
{
	static const struct ph_method *const tables[] = {ph_bench_printer_methods,
		ph_bench_device_methods, ph_bench_scanner_methods, ph_bench_scale_methods,
		ph_bench_host_methods, ph_bench_card_methods, ph_bench_terminal_methods};
	for (size_t t = 0; t < PH_ARRAY_SIZE(tables); t++)
		for (const struct ph_method *m = tables[t]; m->name; m++)
			if (strcmp(m->name, name) == 0)
				return m;
	return NULL;
}

static void dispatch(struct ph_call *call, const cJSON *request)
{
	const cJSON *version = cJSON_GetObjectItemCaseSensitive(request, "jsonrpc");
	const cJSON *name = cJSON_GetObjectItemCaseSensitive(request, "method");
	const cJSON *params = cJSON_GetObjectItemCaseSensitive(request, "params");
	cJSON *none = NULL;
	const char *what = "";

	if (!cJSON_IsString(version) || strcmp(version->valuestring, "2.0") != 0 ||
		!cJSON_IsString(name) || (params && !cJSON_IsObject(params))) {
		ph_call_error(call, PH_E_INVALID_REQUEST, "not a JSON-RPC 2.0 request");
		return;
	}
	const struct ph_method *method = find_method(name->valuestring);
	if (!method) {
		ph_call_error(call, PH_E_METHOD_NOT_FOUND, "no method %.64s", name->valuestring);
		return;
	}
	if (!params)
		params = none = cJSON_CreateObject();
	call->params = params;
	const char *complaint = check_params(method->params, params, &what);
	if (complaint)
		ph_call_error(call, PH_E_ILLEGAL, "%s params.%.64s", complaint, what);
	else
		method->run(call);
	cJSON_Delete(none);
}

static void on_line(struct ph_stream *stream, char *line, size_t len)
{
	struct ph_bench_client *client = PH_CONTAINER_OF(stream, struct ph_bench_client, stream);
	struct ph_call call = {.bench = client->bench, .client = client};
	cJSON *request = NULL;

	if (ph_json_scan(line, len, PH_JSON_DEPTH_MAX) == 0)
		request = cJSON_ParseWithOpts(line, NULL, true);
	if (!request) {
		ph_call_error(&call, PH_E_PARSE, "not JSON");
		return;
	}
	if (cJSON_IsObject(request)) {
		const cJSON *id = cJSON_GetObjectItemCaseSensitive(request, "id");
		if (cJSON_IsString(id) || cJSON_IsNumber(id))
			call.id = cJSON_Duplicate(id, false);
		dispatch(&call, request);
	} else {
		ph_call_error(&call, PH_E_INVALID_REQUEST, "not an object; batches are not taken");
	}
	cJSON_Delete(call.id);
	cJSON_Delete(request);
}

static void on_closed(struct ph_stream *stream, int error)
{
	struct ph_bench_client *client = PH_CONTAINER_OF(stream, struct ph_bench_client, stream);
	struct ph_bench *bench = client->bench;

	for (struct ph_bench_waiter *w = bench->waiters, *next; w; w = next) {
		next = w->next;
		if (w->call.client == client)
			end_waiter(bench, w);
	}
	for (struct ph_bench_client **at = &bench->clients; *at; at = &(*at)->next)
		if (*at == client) {
			*at = client->next;
			break;
		}
	bench->n_clients--;
	ph_stream_done(&client->stream);
	free(client);
}

static const struct ph_stream_ops stream_ops = {.line = on_line, .closed = on_closed};

static void greet(struct ph_bench_client *client)
{
	char instance[SD_ID128_UUID_STRING_MAX];
	cJSON *m = cJSON_CreateObject();
	cJSON_AddStringToObject(m, "jsonrpc", "2.0");
	cJSON_AddStringToObject(m, "method", "poshal.hello");
	cJSON *params = cJSON_AddObjectToObject(m, "params");
	cJSON_AddStringToObject(params, "server", "poshal-emulate/" POSHAL_VERSION);
	cJSON *protocol = cJSON_AddObjectToObject(params, "protocol");
	cJSON_AddNumberToObject(protocol, "major", 1);
	cJSON_AddNumberToObject(protocol, "minor", 0);
	sd_id128_to_uuid_string(client->bench->instance, instance);
	cJSON_AddStringToObject(params, "instance", instance);
	cJSON_AddArrayToObject(params, "features");
	cJSON *limits = cJSON_AddObjectToObject(params, "limits");
	cJSON_AddNumberToObject(limits, "line", PH_LINE_MAX);
	cJSON_AddNumberToObject(limits, "pending", PH_BENCH_WAITERS);
	cJSON_AddNumberToObject(limits, "queue", QUEUE_LINES);
	send_object(client, m);
}

static int on_control(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	static const struct ph_stream_limits limits = {PH_LINE_MAX, QUEUE_BYTES, QUEUE_LINES};
	struct ph_bench *bench = userdata;
	int client_fd = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct ph_bench_client *client = NULL;

	if (client_fd < 0)
		return 0;
	if (bench->n_clients < PH_BENCH_CLIENTS)
		client = calloc(1, sizeof *client);
	if (!client) {
		close(client_fd);
		return 0;
	}
	client->bench = bench;
	if (ph_stream_init(&client->stream, bench->event, client_fd, -1, &stream_ops, &limits) <
		0) {
		close(client_fd);
		free(client);
		return 0;
	}
	client->next = bench->clients;
	bench->clients = client;
	bench->n_clients++;
	greet(client);
	return 0;
}

int ph_bench_control_start(struct ph_bench *bench, char *error, size_t size)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int n = snprintf(a.sun_path, sizeof a.sun_path, "%s/run/emulator.sock", bench->root);
	if (n < 0 || (size_t)n >= sizeof a.sun_path) {
		snprintf(error, size, "%s: too long for a socket path", bench->root);
		return -ENAMETOOLONG;
	}
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int r = 0;
	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0) {
		snprintf(error, size, "%s: another bench runs in this directory", a.sun_path);
		close(fd);
		return -EADDRINUSE;
	}
	// what is left there belongs to nobody
	unlink(a.sun_path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0 || listen(fd, 16) < 0)
		r = -errno;
	if (r == 0)
		r = sd_event_add_io(
			bench->event, &bench->control_source, fd, EPOLLIN, on_control, bench);
	if (r < 0) {
		snprintf(error, size, "%s: %s", a.sun_path, strerror(-r));
		if (fd >= 0)
			close(fd);
		return r;
	}
	memcpy(bench->control_path, a.sun_path, sizeof a.sun_path);
	bench->control = fd;
	return 0;
}

void ph_bench_control_stop(struct ph_bench *bench)
{
	while (bench->clients)
		on_closed(&bench->clients->stream, 0);
	bench->control_source = sd_event_source_disable_unref(bench->control_source);
	if (bench->control < 0)
		return;
	close(bench->control);
	bench->control = -1;
	unlink(bench->control_path);
}
