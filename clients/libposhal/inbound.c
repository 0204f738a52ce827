// What the service sends: the greeting, answers, events and progress. Bytes and lines are client.c's business.
#include "clients/libposhal/internal.h"

#include "base/cleanup.h"
#include "base/json_scan.h"
#include "poshal/limits.h"
#include "poshal/types.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void delete_json(cJSON **json)
{
	cJSON_Delete(*json);
}

static const char *text_of(const cJSON *object, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

	return text ? text : "";
}

static int64_t whole_of(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	if (!cJSON_IsNumber(item) || item->valuedouble < 0 ||
		item->valuedouble > 9007199254740992.0)
		return -1;
	return (int64_t)item->valuedouble;
}

static void read_hello(struct poshal *client, const cJSON *params)
{
	const cJSON *limits = cJSON_GetObjectItemCaseSensitive(params, "limits");
	const cJSON *auth = cJSON_GetObjectItemCaseSensitive(params, "auth");
	const cJSON *version = cJSON_GetObjectItemCaseSensitive(params, "protocol");
	int64_t line = whole_of(limits, "line");
	int64_t pending = whole_of(limits, "pending");

	if (client->hello)
		return;
	if (whole_of(version, "major") != PH_PROTOCOL_MAJOR) {
		client_end(client, -EPROTO, "the service speaks another protocol version");
		return;
	}
	if (line > 0)
		client->line_max = (size_t)line;
	if (pending > 0 && pending < POSHAL_PENDING_MAX)
		client->pending_max = (unsigned)pending;
	client->grants = cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(auth, "grants"), true);
	client->server = strdup(text_of(params, "server"));
	client->instance = strdup(text_of(params, "instance"));
	client->hello = cJSON_PrintUnformatted(params);
	if (!client->hello || !client->server || !client->instance)
		client_end(client, -ENOMEM, "out of memory");
}

static void read_event(struct poshal *client, const cJSON *params)
{
	const cJSON *data = cJSON_GetObjectItemCaseSensitive(params, "data");
	PH_CLEANUP_FREE char *text = data ? cJSON_PrintUnformatted(data) : strdup("{}");
	int64_t seq = whole_of(params, "seq");
	struct poshal_event event = {
		.seq = seq < 0 ? 0 : (uint64_t)seq,
		.time = text_of(params, "time"),
		.topic = text_of(params, "topic"),
		.device = text_of(params, "device"),
		.data = text,
	};

	if (!text) {
		client_end(client, -ENOMEM, "out of memory");
		return;
	}
	if (!client->event)
		return;
	client->depth++;
	client->event(client, &event, client->event_userdata);
	client->depth--;
}

static void read_progress(struct poshal *client, const cJSON *params)
{
	int64_t id = whole_of(params, "id");
	PH_CLEANUP_FREE char *text = NULL;

	if (!client->progress || !call_find(client, id))
		return;
	text = cJSON_PrintUnformatted(params);
	if (!text)
		return;
	client->depth++;
	client->progress(client, id, text, client->progress_userdata);
	client->depth--;
}

/* An error without a call: the service says why it is about to end the connection. */
static void read_farewell(struct poshal *client, const cJSON *error)
{
	error_read(&client->failure, error);
	client->said_why = true;
}

static void read_answer(struct poshal *client, const cJSON *message)
{
	const cJSON *result = cJSON_GetObjectItemCaseSensitive(message, "result");
	const cJSON *error = cJSON_GetObjectItemCaseSensitive(message, "error");
	const cJSON *id = cJSON_GetObjectItemCaseSensitive(message, "id");
	struct call *call = call_find(client, whole_of(message, "id"));

	if (error && (!id || cJSON_IsNull(id))) {
		read_farewell(client, error);
		return;
	}
	if (!call || call->done)
		return; /* given up, or rpc.cancel's own answer */
	if (error) {
		struct poshal_error read;
		error_read(&read, error);
		call_finish(client, call, NULL, &read);
		return;
	}
	PH_CLEANUP_FREE char *text = cJSON_IsObject(result) ? cJSON_PrintUnformatted(result) : NULL;
	if (text)
		call_finish(client, call, text, NULL);
	else
		client_end(client, -EPROTO, "the service sent an answer without a result");
}

void inbound_line(struct poshal *client, const char *line, size_t len)
{
	static const struct {
		const char *method;
		void (*read)(struct poshal *client, const cJSON *params);
	} notes[] = {
		{"event", read_event},
		{"progress", read_progress},
		{"poshal.hello", read_hello},
	};
	PH_CLEANUP(delete_json) cJSON *message = NULL;

	if (!ph_json_scan(line, len, PH_JSON_DEPTH_MAX))
		message = cJSON_ParseWithOpts(line, NULL, true);
	if (!cJSON_IsObject(message)) {
		client_end(client, -EPROTO, "the service sent something that is not JSON-RPC");
		return;
	}
	const char *method = text_of(message, "method");
	if (!*method) {
		read_answer(client, message);
		return;
	}
	for (size_t i = 0; i < PH_ARRAY_SIZE(notes); i++)
		if (!strcmp(notes[i].method, method))
			notes[i].read(client, cJSON_GetObjectItemCaseSensitive(message, "params"));
}
