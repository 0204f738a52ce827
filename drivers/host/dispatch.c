// Requests of poshald: one table of methods and their parameters, strict checks, and the call into the driver.
#include "drivers/host/dispatch.h"
#include "base/base64.h"
#include "base/cleanup.h"
#include "base/json_scan.h"
#include "base/names.h"
#include "drivers/host/device.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

PH_DEFINE_CLEANUP(cJSON *, cJSON_Delete)

static const char *const kind_names[] = {
	"a text", "a whole number", "true or false", "an object", "a list", ""};

static bool kind_matches(const cJSON *item, enum ph_param_kind kind)
{
	switch (kind) {
	case PH_PARAM_TEXT:
		return cJSON_IsString(item);
	case PH_PARAM_INTEGER:
		return cJSON_IsNumber(item) && item->valuedouble == floor(item->valuedouble);
	case PH_PARAM_BOOLEAN:
		return cJSON_IsBool(item);
	case PH_PARAM_OBJECT:
		return cJSON_IsObject(item);
	case PH_PARAM_ARRAY:
		return cJSON_IsArray(item);
	case PH_PARAM_ANY:
		return true;
	}
	return false;
}

static int check_param(struct ph_device *device, const char *prefix, const struct ph_param *param,
	const cJSON *item)
{
	char path[160];

	snprintf(path, sizeof path, "%.80s.%s", prefix, param->name);
	if (!kind_matches(item, param->kind))
		return ph_request_refuse(device, path, "must be %s", kind_names[param->kind]);
	if (param->kind == PH_PARAM_INTEGER &&
		(item->valuedouble < (double)param->min || item->valuedouble > (double)param->max))
		return ph_request_refuse(
			device, path, "is not within %ld and %ld", param->min, param->max);
	if (param->kind == PH_PARAM_TEXT && param->max &&
		strlen(item->valuestring) > (size_t)param->max)
		return ph_request_refuse(device, path, "is longer than %ld bytes", param->max);
	return 0;
}

/* Checks an object against a list: types, required members, and that nothing is there twice or unknown. */
int ph_params_check(struct ph_device *device, const char *prefix, const cJSON *object,
	const struct ph_param *params)
{
	char path[160];

	for (const cJSON *item = object->child; item; item = item->next) {
		const struct ph_param *param = params;
		while (param->name && strcmp(param->name, item->string))
			param++;
		snprintf(path, sizeof path, "%.80s.%.64s", prefix, item->string);
		if (!param->name)
			return ph_request_refuse(device, path, "is not known");
		if (cJSON_GetObjectItemCaseSensitive(object, param->name) != item)
			return ph_request_refuse(device, path, "comes twice");
		int r = check_param(device, prefix, param, item);
		if (r < 0)
			return r;
	}
	for (const struct ph_param *param = params; param->name; param++) {
		if (!param->required || cJSON_HasObjectItem(object, param->name))
			continue;
		snprintf(path, sizeof path, "%.80s.%s", prefix, param->name);
		return ph_request_refuse(device, path, "is missing");
	}
	return 0;
}

const cJSON *ph_param_get(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

const char *ph_param_get_text(const struct ph_host_request *request, const char *name)
{
	const cJSON *item = ph_param_get(request->params, name);

	return item ? item->valuestring : NULL;
}

long ph_param_get_int(const cJSON *object, const char *name, long missing)
{
	const cJSON *item = ph_param_get(object, name);

	return item ? (long)item->valuedouble : missing;
}

static int read_classes(struct ph_device *device, const cJSON *list, unsigned *ret_classes)
{
	unsigned classes = 0;
	int i = 0;
	char path[48];

	for (const cJSON *item = list ? list->child : NULL; item; item = item->next, i++) {
		int value = cJSON_IsString(item) ? ph_class_parse(item->valuestring) : -EINVAL;
		snprintf(path, sizeof path, "$.classes[%d]", i);
		if (value < 0)
			return ph_request_refuse(device, path, "is not a class");
		if (!(device->driver->classes & PH_CLASS_BIT(value)))
			return ph_request_refuse(
				device, path, "is not offered by driver %s", device->driver->name);
		classes |= PH_CLASS_BIT(value);
	}
	*ret_classes = classes;
	return 0;
}

/* Words of an older version of the driver may be anything; they are no reason to refuse the device. */
static int read_memory(struct ph_device *device, const cJSON *memory)
{
	int r = 0;

	for (const cJSON *item = memory ? memory->child : NULL; item && r >= 0; item = item->next)
		if (cJSON_IsString(item))
			r = ph_device_recall(device, item->string, item->valuestring);
	return r;
}

static int call_open(struct ph_device *device, struct ph_host_request *request)
{
	struct ph_device_config config = {
		.name = ph_param_get_text(request, "device"),
		.connection = ph_param_get_text(request, "connection"),
		.lock_dir = ph_param_get_text(request, "lock_dir"),
	};
	const cJSON *options = ph_param_get(request->params, "options");

	if (device->transport)
		return -EEXIST;
	int r = read_classes(device, ph_param_get(request->params, "classes"), &config.classes);
	if (r < 0)
		return r;
	for (const cJSON *item = options ? options->child : NULL; item; item = item->next) {
		if (!cJSON_IsString(item))
			return ph_option_refuse(device, item->string, "must be a text");
		r = ph_device_set_option(device, item->string, item->valuestring);
		if (r < 0)
			return r;
	}
	r = read_memory(device, ph_param_get(request->params, "memory"));
	return r < 0 ? r : ph_device_configure(device, &config);
}

static void after_open(struct ph_device *device)
{
	device->io->start(device);
}

static int call_ping(struct ph_device *device, struct ph_host_request *request)
{
	return 0;
}

static void after_close(struct ph_device *device)
{
	device->stopping = true;
	device->io->stop(device);
}

int ph_print_needs(struct ph_device *device, cJSON *orders)
{
	cJSON_Delete(device->needs);
	device->needs = orders;
	return orders ? PH_NEEDS : -ENOMEM;
}

static int write_needs(struct ph_host_request *request, const cJSON *orders)
{
	PH_CLEANUP_FREE char *text = NULL;

	if (!cJSON_IsArray(orders))
		return -EPROTO;
	text = cJSON_PrintUnformatted(orders);
	if (!text)
		return -ENOMEM;
	if (strlen(text) + request->result.len > PH_DRIVER_SAYS_MAX - PH_REQUEST_ID_SIZE - 64)
		return -E2BIG;
	return ph_buf_printf(&request->result, "\"needs\":%s}", text);
}

/* Drawings are asked for once: a driver that asks again would never print. */
static int answer_needs(struct ph_host_request *request, const cJSON *orders, bool asked_before)
{
	if (asked_before)
		return -EPROTO;
	ph_buf_add_char(&request->result, '{');
	int r = write_needs(request, orders);
	return r < 0 ? r : PH_NEEDS;
}

static int call_print(struct ph_device *device, struct ph_host_request *request)
{
	static const char *const modes[] = {"first", "reprint", "continue"};
	const char *mode = ph_param_get_text(request, "mode");
	struct ph_print_request print = {
		.job = ph_param_get_text(request, "job"),
		.document = ph_param_get(request->params, "document"),
		.from_segment = (unsigned)ph_param_get_int(request->params, "from_segment", 0),
		.copies = (unsigned)ph_param_get_int(request->params, "copies", 1),
		.rasters = ph_param_get(request->params, "rasters"),
	};
	size_t i = 0;
	unsigned segments = 0;

	while (mode && i < PH_ARRAY_SIZE(modes) && strcmp(modes[i], mode))
		i++;
	if (i == PH_ARRAY_SIZE(modes))
		return ph_request_refuse(device, "$.mode", "is first, reprint or continue");
	print.mode = (enum ph_print_mode)i;
	if (print.from_segment && print.mode != PH_PRINT_CONTINUE)
		return ph_request_refuse(device, "$.from_segment", "belongs to mode continue");
	int r = device->driver->printer->print(device, &print, &segments);
	PH_CLEANUP(cJSON_Delete_p) cJSON *needs = PH_STEAL(device->needs);
	if (r == PH_NEEDS)
		return answer_needs(request, needs, print.rasters != NULL);
	if (r < 0)
		return r;
	return ph_buf_printf(&request->result, "{\"segments\":%u}", segments);
}

static void after_print(struct ph_device *device)
{
	device->driver->printer->start(device);
}

int ph_explain_add(struct ph_device *device, const char *path, const char *text)
{
	struct ph_buf *rows = device->explained;

	if (!rows)
		return -EINVAL;
	ph_buf_add_str(rows, rows->len ? ",{\"path\":" : "{\"path\":");
	ph_buf_add_json_str(rows, path, strlen(path));
	ph_buf_add_str(rows, ",\"text\":");
	ph_buf_add_json_str(rows, text, strlen(text));
	return ph_buf_add_char(rows, '}');
}

static int call_explain(struct ph_device *device, struct ph_host_request *request)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf rows = PH_BUF_INIT;

	if (!device->driver->printer->explain)
		return -EOPNOTSUPP;
	device->explained = &rows;
	int r = device->driver->printer->explain(device, ph_param_get(request->params, "document"));
	device->explained = NULL;
	PH_CLEANUP(cJSON_Delete_p) cJSON *needs = PH_STEAL(device->needs);
	if (r < 0)
		return r;
	r = ph_buf_printf(&request->result, "{\"degradations\":[%s]", rows.data ? rows.data : "");
	if (r >= 0 && needs) {
		ph_buf_add_char(&request->result, ',');
		return write_needs(request, needs);
	}
	return r < 0 ? r : ph_buf_add_char(&request->result, '}');
}

static int call_cancel(struct ph_device *device, struct ph_host_request *request)
{
	return device->driver->printer->cancel(device, ph_param_get_text(request, "job"));
}

static int call_refresh(struct ph_device *device, struct ph_host_request *request)
{
	const struct ph_printer_ops *ops = device->driver->printer;

	if (ops->refresh && device->link_up)
		ops->refresh(device);
	return 0;
}

static int call_direct(struct ph_device *device, struct ph_host_request *request)
{
	const char *text = ph_param_get_text(request, "data_b64");
	size_t len = strlen(text);
	PH_CLEANUP_FREE uint8_t *data = NULL;

	if (!device->driver->direct)
		return -EOPNOTSUPP;
	if (!device->link_up)
		return -ENOTCONN;
	if (device->direct_id[0])
		return -EBUSY;
	data = malloc(len / 4 * 3 + 3);
	if (!data)
		return -ENOMEM;
	ssize_t n = ph_base64_decode(text, len, data);
	if (n < 0)
		return ph_request_refuse(device, "$.data_b64", "is not base64");
	int r = device->driver->direct(device, data, (size_t)n);
	if (r < 0 || !device->io->direct_in)
		return r;
	snprintf(device->direct_id, sizeof device->direct_id, "%s", request->id);
	device->io->direct_in(device, PH_DIRECT_WAIT_MS);
	return PH_LATER;
}

void ph_device_direct_heard(struct ph_device *device, const void *data, size_t len)
{
	if (!device->direct_id[0])
		return;
	device->direct_reply.max = PH_DIRECT_REPLY_MAX;
	if (device->direct_reply.len + len < PH_DIRECT_REPLY_MAX)
		ph_buf_add(&device->direct_reply, data, len);
	device->io->direct_in(device, PH_DIRECT_QUIET_MS);
}

void ph_device_direct_done(struct ph_device *device)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf result = PH_BUF_INIT;
	const struct ph_buf *reply = &device->direct_reply;

	if (!device->direct_id[0])
		return;
	ph_buf_add_char(&result, '{');
	if (reply->len) {
		ph_buf_add_str(&result, "\"reply_b64\":\"");
		ph_buf_add_base64(&result, reply->data, reply->len);
		ph_buf_add_char(&result, '"');
	}
	ph_buf_add_char(&result, '}');
	ph_device_reply(device, device->direct_id, result.error ? "{}" : result.data);
	device->direct_id[0] = '\0';
	ph_buf_done(&device->direct_reply);
}

static int call_health(struct ph_device *device, struct ph_host_request *request)
{
	char text[160];

	snprintf(text, sizeof text, "%s %s: link %s, state %s, %zu bytes queued",
		device->driver->name, device->driver->version, device->link_up ? "up" : "down",
		ph_device_state_name(device->reported), ph_link_queued(device));
	ph_buf_add_str(&request->result, "{\"text\":");
	ph_buf_add_json_str(&request->result, text, strlen(text));
	return ph_buf_add_char(&request->result, '}');
}

const struct ph_param ph_no_params[] = {{0}};
static const struct ph_param open_params[] = {{"device", PH_PARAM_TEXT, true, 0, PH_NAME_MAX},
	{"connection", PH_PARAM_TEXT, true, 0, PH_URL_MAX},
	{"classes", PH_PARAM_ARRAY, false, 0, 0}, {"options", PH_PARAM_OBJECT, false, 0, 0},
	{"memory", PH_PARAM_OBJECT, false, 0, 0}, {"lock_dir", PH_PARAM_TEXT, false, 0, 512}, {0}};
static const struct ph_param print_params[] = {{"job", PH_PARAM_TEXT, true, 0, PH_NAME_MAX},
	{"document", PH_PARAM_OBJECT, true, 0, 0}, {"mode", PH_PARAM_TEXT, false, 0, 16},
	{"from_segment", PH_PARAM_INTEGER, false, 0, 1000000},
	{"copies", PH_PARAM_INTEGER, false, 1, PH_JOB_COPIES_MAX},
	{"rasters", PH_PARAM_ARRAY, false, 0, 0}, {0}};
static const struct ph_param explain_params[] = {{"document", PH_PARAM_OBJECT, true, 0, 0}, {0}};
static const struct ph_param cancel_params[] = {{"job", PH_PARAM_TEXT, true, 0, PH_NAME_MAX}, {0}};
static const struct ph_param direct_params[] = {{"data_b64", PH_PARAM_TEXT, true, 0, 0}, {0}};

static const struct ph_host_method methods[] = {
	{"driver.open", -1, true, open_params, call_open, after_open},
	{"driver.ping", -1, true, ph_no_params, call_ping, NULL},
	{"driver.close", -1, true, ph_no_params, call_ping, after_close},
	{"printer.print", PH_CLASS_PRINTER, false, print_params, call_print, after_print},
	{"printer.explain", PH_CLASS_PRINTER, false, explain_params, call_explain, NULL},
	{"printer.cancel", PH_CLASS_PRINTER, false, cancel_params, call_cancel, NULL},
	{"printer.refresh", PH_CLASS_PRINTER, false, ph_no_params, call_refresh, NULL},
	{"device.directIO", -1, false, direct_params, call_direct, NULL},
	{"device.checkHealth", -1, false, ph_no_params, call_health, NULL},
	{0},
};

static const struct ph_host_method *const tables[] = {methods, ph_display_methods,
	ph_drawer_methods, ph_msr_methods, ph_payment_methods, ph_scale_methods,
	ph_scanner_methods};

static const struct ph_host_method *find_method(const char *name)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(tables); i++)
		for (const struct ph_host_method *m = tables[i]; m->name; m++)
			if (!strcmp(m->name, name))
				return m;
	return NULL;
}

/* The id as JSON text; "null" and false when it is absent or not one we answer. */
static bool read_id(const cJSON *message, char out[PH_REQUEST_ID_SIZE])
{
	const cJSON *id = ph_param_get(message, "id");
	PH_CLEANUP(ph_buf_done) struct ph_buf text = PH_BUF_INIT;

	strcpy(out, "null");
	if (cJSON_IsNumber(id) && id->valuedouble == floor(id->valuedouble) &&
		fabs(id->valuedouble) <= 9007199254740992.0) {
		snprintf(out, PH_REQUEST_ID_SIZE, "%.0f", id->valuedouble);
		return true;
	}
	if (!cJSON_IsString(id) || strlen(id->valuestring) > PH_ID_MAX)
		return false;
	if (ph_buf_add_json_str(&text, id->valuestring, strlen(id->valuestring)) < 0)
		return false;
	snprintf(out, PH_REQUEST_ID_SIZE, "%s", text.data);
	return true;
}

/* Refusals that need no driver: wrong moment or class. */
static enum ph_error refuse_early(const struct ph_device *device,
	const struct ph_host_method *method, const char **ret_message)
{
	if (device->stopping) {
		*ret_message = "the driver is closing";
		return PH_E_CLOSED;
	}
	if (!method->early && !device->transport) {
		*ret_message = "send driver.open first";
		return PH_E_CLOSED;
	}
	if (method->class_ >= 0 && !(device->classes & PH_CLASS_BIT(method->class_))) {
		*ret_message = "the device has no such class";
		return PH_E_ILLEGAL;
	}
	return PH_OK;
}

static void answer_errno(struct ph_device *device, const char *id, int r)
{
	char message[512];

	if (r == -EINVAL && device->refused) {
		/* the path is for programs; people read the message alone */
		snprintf(message, sizeof message, "%s %s", device->refused_path,
			device->refused_text);
		ph_device_reply_error(device, id, PH_E_ILLEGAL, device->refused_path, message);
	} else {
		ph_device_reply_errno(device, id, r);
	}
}

/* What cannot be done without the link; the rest is answered while the device is released. */
static bool needs_link(const struct ph_host_method *method)
{
	return method->class_ == PH_CLASS_DRAWER || method->call == call_print ||
	       method->call == call_direct || method->call == call_refresh;
}

static void run(struct ph_device *device, const struct ph_host_method *method,
	struct ph_host_request *request)
{
	const char *message = NULL;
	enum ph_error error = refuse_early(device, method, &message);

	if (error) {
		ph_device_reply_error(device, request->id, error, NULL, message);
		return;
	}
	device->refused = false;
	int r = ph_params_check(device, "$", request->params, method->params);
	if (r >= 0 && (device->released || device->held_count) && needs_link(method)) {
		r = ph_device_hold(device, request->line, request->line_len);
		if (r >= 0)
			return;
	}
	if (r >= 0)
		r = method->call(device, request);
	if (r >= 0 && request->result.error)
		r = request->result.error;
	if (r < 0)
		answer_errno(device, request->id, r);
	else if (r != PH_LATER)
		ph_device_reply(
			device, request->id, request->result.data ? request->result.data : "{}");
	if (r >= 0 && r != PH_NEEDS && method->after)
		method->after(device);
}

static void dispatch_message(
	struct ph_device *device, const cJSON *message, const char *line, size_t len)
{
	static const cJSON empty = {.type = cJSON_Object};
	const cJSON *version = ph_param_get(message, "jsonrpc"),
		    *name = ph_param_get(message, "method");
	const cJSON *params = ph_param_get(message, "params");
	char id[PH_REQUEST_ID_SIZE];

	bool has_id = read_id(message, id);
	if (!cJSON_IsString(version) || strcmp(version->valuestring, "2.0") ||
		!cJSON_IsString(name) || (params && !cJSON_IsObject(params))) {
		ph_device_reply_error(device, id, PH_E_INVALID_REQUEST, NULL, NULL);
		return;
	}
	if (!has_id) {
		/* poshald sends no notifications; one with a bad id gets an answer, a true notification none */
		if (ph_param_get(message, "id"))
			ph_device_reply_error(device, id, PH_E_INVALID_REQUEST, NULL, NULL);
		return;
	}
	struct ph_host_request request = {
		.line = line, .line_len = len, .id = id, .params = params ? params : &empty};
	const struct ph_host_method *method = find_method(name->valuestring);
	if (!method) {
		ph_device_reply_error(device, id, PH_E_METHOD_NOT_FOUND, NULL, NULL);
		return;
	}
	run(device, method, &request);
	ph_buf_done(&request.result);
}

void ph_device_dispatch(struct ph_device *device, const char *line, size_t len)
{
	PH_CLEANUP(cJSON_Delete_p) cJSON *message = NULL;

	if (ph_json_scan(line, len, PH_JSON_DEPTH_MAX) >= 0)
		message = cJSON_ParseWithLengthOpts(line, len + 1, NULL, true);
	if (!message)
		ph_device_reply_error(device, "null", PH_E_PARSE, NULL, NULL);
	else if (!cJSON_IsObject(message))
		ph_device_reply_error(device, "null", PH_E_INVALID_REQUEST, NULL, NULL);
	else
		dispatch_message(device, message, line, len);
}
