// Takes a request apart, calls its method and writes the answer or the error; what a method does is in its own file.
#include "render/server.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json_scan.h"
#include "poshal/limits.h"
#include "render/limits.h"

PH_DEFINE_CLEANUP(cJSON *, cJSON_Delete)

struct call {
	char id[PH_ID_MAX * 6 + 3]; // JSON text; "null" when there is none
	const char *method;
	const cJSON *params;
};

int ph_refuse(struct ph_refusal *refusal, int err, enum ph_error error, const char *path,
	const char *format, ...)
{
	va_list args;

	refusal->error = error;
	snprintf(refusal->path, sizeof refusal->path, "%s", path);
	va_start(args, format);
	vsnprintf(refusal->message, sizeof refusal->message, format, args);
	va_end(args);
	return err;
}

int ph_refuse_document(
	struct ph_refusal *refusal, int err, const struct ph_receipt_error *receipt_error)
{
	char path[sizeof receipt_error->path + 16];

	snprintf(path, sizeof path, "$.document%s",
		*receipt_error->path ? receipt_error->path + 1 : "");
	return ph_refuse(refusal, err,
		err == -E2BIG	 ? PH_E_TOO_LARGE
		: err == -ENOMEM ? PH_E_FAILURE
				 : PH_E_ILLEGAL,
		path, "%s", receipt_error->message);
}

int ph_check_members(
	const struct cJSON *params, const char *const *names, struct ph_refusal *refusal)
{
	for (const cJSON *member = params->child; member; member = member->next) {
		const char *const *name = names;
		char path[128];
		while (*name && strcmp(*name, member->string) != 0)
			name++;
		snprintf(path, sizeof path, "$.%s", member->string);
		if (!*name)
			return ph_refuse(refusal, -EINVAL, PH_E_ILLEGAL, path, "unknown member");
		if (cJSON_GetObjectItemCaseSensitive(params, *name) != member)
			return ph_refuse(
				refusal, -EINVAL, PH_E_ILLEGAL, path, "the member is given twice");
	}
	return 0;
}

int ph_server_fonts(struct ph_server *server, struct ph_refusal *refusal)
{
	if (server->fonts.map)
		return 0;
	const int r = ph_fonts_init(&server->fonts);
	return r < 0 ? ph_refuse(refusal, r, PH_E_FAILURE, "",
			       "no fonts are installed that text can be drawn with")
		     : 0;
}

static int method_ping(struct ph_server *server, const cJSON *params, struct ph_buf *result,
	struct ph_refusal *refusal)
{
	return ph_buf_add_str(result, "{}");
}

static const struct method {
	const char *name;
	int (*call)(struct ph_server *server, const cJSON *params, struct ph_buf *result,
		struct ph_refusal *refusal);
} methods[] = {
	{"ping", method_ping},
	{"render.rasters", ph_method_rasters},
	{"render.preview", ph_method_preview},
};

static int find_id(const cJSON *request, struct call *call)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf text = PH_BUF_INIT;
	const cJSON *id = cJSON_GetObjectItemCaseSensitive(request, "id");

	snprintf(call->id, sizeof call->id, "null");
	if (cJSON_IsNumber(id) && id->valuedouble >= -9007199254740992.0 &&
		id->valuedouble <= 9007199254740992.0 &&
		id->valuedouble == (double)(int64_t)id->valuedouble)
		ph_buf_add_int(&text, (int64_t)id->valuedouble);
	else if (cJSON_IsString(id) && strlen(id->valuestring) <= PH_ID_MAX)
		ph_buf_add_json_str(&text, id->valuestring, strlen(id->valuestring));
	if (text.error || !text.len || text.len >= sizeof call->id)
		return -EINVAL;
	memcpy(call->id, text.data, text.len + 1);
	return 0;
}

static int read_call(const cJSON *request, struct call *call, struct ph_refusal *refusal)
{
	const cJSON *method = cJSON_GetObjectItemCaseSensitive(request, "method");

	if (find_id(request, call) < 0 || !cJSON_IsString(method))
		return ph_refuse(refusal, -EINVAL, PH_E_INVALID_REQUEST, "",
			"a request has an id and a method");
	call->method = method->valuestring;
	call->params = cJSON_GetObjectItemCaseSensitive(request, "params");
	if (!cJSON_IsObject(call->params))
		return ph_refuse(
			refusal, -EINVAL, PH_E_INVALID_REQUEST, "", "params must be an object");
	return 0;
}

static int run(struct ph_server *server, const struct call *call, struct ph_buf *answer,
	struct ph_refusal *refusal)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(methods); i++) {
		if (strcmp(methods[i].name, call->method) != 0)
			continue;
		ph_buf_printf(answer, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":", call->id);
		const int r = methods[i].call(server, call->params, answer, refusal);
		ph_buf_add_str(answer, "}\n");
		return r;
	}
	return ph_refuse(refusal, -ENOENT, PH_E_METHOD_NOT_FOUND, "", "no such method");
}

static int write_error(struct ph_buf *answer, const char *id, const struct ph_refusal *refusal)
{
	char message[sizeof refusal->path + sizeof refusal->message + 2];

	snprintf(message, sizeof message, "%s%s%s", refusal->path, *refusal->path ? ": " : "",
		refusal->message);
	ph_buf_printf(answer,
		"{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":%d,\"message\":", id,
		ph_error_code(refusal->error));
	ph_buf_add_json_str(answer, message, strlen(message));
	ph_buf_printf(answer, ",\"data\":{\"name\":\"%s\"", ph_error_name(refusal->error));
	if (*refusal->path) {
		ph_buf_add_str(answer, ",\"path\":");
		ph_buf_add_json_str(answer, refusal->path, strlen(refusal->path));
	}
	return ph_buf_add_str(answer, "}}}\n");
}

static const struct ph_refusal too_slow = {
	.error = PH_E_TIMEOUT, .message = "this takes too long to draw"};

int ph_server_answer(struct ph_server *server, char *line, size_t len, struct ph_buf *answer)
{
	PH_CLEANUP(cJSON_Delete_p) cJSON *request = NULL;
	PH_CLEANUP(ph_buf_done) struct ph_buf late = PH_BUF_INIT;
	struct ph_refusal refusal = {.error = PH_E_FAILURE, .message = "out of memory"};
	struct call call = {.id = "null"};
	int r = ph_json_scan(line, len, PH_DRAW_DEPTH_MAX);

	if (r == 0)
		request = cJSON_ParseWithLength(line, len);
	if (!request)
		r = ph_refuse(&refusal, -EINVAL, PH_E_PARSE, "", "this is not JSON");
	else
		r = read_call(request, &call, &refusal);
	answer->max = PH_DRAW_ANSWER_MAX;
	if (r == 0 && write_error(&late, call.id, &too_slow) == 0) {
		server->late_len = late.len;
		server->late = late.data;
		r = run(server, &call, answer, &refusal);
		server->late = NULL;
		if (r == 0 && answer->error == -E2BIG)
			r = ph_refuse(&refusal, -E2BIG, PH_E_TOO_LARGE, "",
				"the answer is longer than %d bytes", PH_DRAW_ANSWER_MAX);
	}
	if (r == 0)
		return answer->error;
	ph_buf_reset(answer);
	return write_error(answer, call.id, &refusal);
}

void ph_server_done(struct ph_server *server)
{
	ph_fonts_done(&server->fonts);
}
