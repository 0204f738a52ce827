// One connection of the JSON door: requests in, answers and events out. The rules are docs/api.md, "Framing".
#include "base/cleanup.h"
#include "base/json_scan.h"
#include "base/names.h"
#include "daemon/core/access.h"
#include "daemon/core/config.h"
#include "daemon/core/daemon.h"
#include "daemon/core/log.h"
#include "daemon/doors/json/door_private.h"
#include "daemon/objects/event.h"
#include "poshal/limits.h"
#include "poshal/types.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define GROUPS_MAX 256 /* supplementary groups of a peer that are looked at */

static struct ph_json_conn *from_stream(struct ph_stream *stream)
{
	return PH_CONTAINER_OF(stream, struct ph_json_conn, stream);
}

static struct ph_json_conn *from_client(struct ph_client *client)
{
	return PH_CONTAINER_OF(client, struct ph_json_conn, client);
}

static struct ph_json_call *from_call(struct ph_call *call)
{
	return PH_CONTAINER_OF(call, struct ph_json_call, call);
}

/* ---- messages ---- */

int ph_json_id_text(const cJSON *id, char out[PH_ID_TEXT_MAX])
{
	PH_CLEANUP(ph_buf_done) struct ph_buf buf = PH_BUF_INIT;

	if (cJSON_IsNumber(id) && id->valuedouble == floor(id->valuedouble) &&
		fabs(id->valuedouble) <= 9007199254740992.0) {
		snprintf(out, PH_ID_TEXT_MAX, "%lld", (long long)id->valuedouble);
		return 0;
	}
	if (!cJSON_IsString(id) || strlen(id->valuestring) > PH_ID_MAX)
		return -EINVAL;
	if (ph_buf_add_json_str(&buf, id->valuestring, strlen(id->valuestring)) < 0)
		return -ENOMEM;
	memcpy(out, buf.data, buf.len + 1);
	return 0;
}

static void add_text_member(struct ph_buf *buf, const char *name, const char *text)
{
	if (!text[0])
		return;
	ph_buf_printf(buf, ",\"%s\":", name);
	ph_buf_add_json_str(buf, text, strlen(text));
}

void ph_json_error(struct ph_buf *buf, const char *id, const struct ph_failure *failure)
{
	ph_buf_reset(buf);
	ph_buf_printf(buf, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":%d,\"message\":", id,
		ph_error_code(failure->error));
	ph_buf_add_json_str(buf, failure->message, strlen(failure->message));
	ph_buf_printf(buf, ",\"data\":{\"name\":\"%s\"", failure->name);
	add_text_member(buf, "device", failure->device);
	add_text_member(buf, "hint", failure->hint);
	ph_buf_add_str(
		buf, failure->retryable ? ",\"retryable\":true}}}\n" : ",\"retryable\":false}}}\n");
}

static void send_buf(struct ph_json_conn *conn, const struct ph_buf *buf)
{
	if (!buf->error)
		ph_stream_send(&conn->stream, buf->data, buf->len);
}

static void send_failure(
	struct ph_json_conn *conn, const char *id, const struct ph_failure *failure)
{
	ph_json_error(&conn->door->scratch, id, failure);
	send_buf(conn, &conn->door->scratch);
}

static void send_error(
	struct ph_json_conn *conn, const char *id, enum ph_error error, const char *text)
{
	struct ph_failure failure;

	ph_failure_set(&failure, error, NULL, "%s", text);
	send_failure(conn, id, &failure);
}

/* ---- answers ---- */

/* After the last answer a connection that was half closed ends. */
static void after_answer(struct ph_json_conn *conn)
{
	if (conn->ended && !conn->client.call_count)
		ph_stream_close(&conn->stream, 0);
}

static void free_call(struct ph_json_call *call)
{
	cJSON_Delete(call->message);
	free(call);
}

static void add_json(struct ph_buf *buf, const cJSON *value)
{
	PH_CLEANUP_FREE char *text = value ? cJSON_PrintUnformatted(value) : NULL;

	ph_buf_add_str(buf, text ? text : "{}");
}

static void call_reply(struct ph_call *base, const cJSON *result)
{
	struct ph_json_call *call = from_call(base);
	struct ph_json_conn *conn = base->client ? from_client(base->client) : NULL;

	if (conn && !base->client->gone) {
		struct ph_buf *buf = &conn->door->scratch;
		ph_buf_reset(buf);
		ph_buf_add_str(buf, "{\"jsonrpc\":\"2.0\",\"id\":");
		ph_buf_add_str(buf, call->id);
		ph_buf_add_str(buf, ",\"result\":");
		add_json(buf, result);
		ph_buf_add_str(buf, "}\n");
		send_buf(conn, buf);
		after_answer(conn);
	}
	free_call(call);
}

static void call_fail(struct ph_call *base, const struct ph_failure *failure)
{
	struct ph_json_call *call = from_call(base);
	struct ph_json_conn *conn = base->client ? from_client(base->client) : NULL;

	if (conn && !base->client->gone) {
		send_failure(conn, call->id, failure);
		after_answer(conn);
	}
	free_call(call);
}

static void call_progress(struct ph_call *base, const cJSON *data)
{
	struct ph_json_call *call = from_call(base);
	struct ph_json_conn *conn = from_client(base->client);
	struct ph_buf *buf = &conn->door->scratch;
	PH_CLEANUP_FREE char *text = cJSON_PrintUnformatted(data);

	if (!text || base->client->gone)
		return;
	ph_buf_reset(buf);
	ph_buf_printf(buf, "{\"jsonrpc\":\"2.0\",\"method\":\"progress\",\"params\":{\"id\":%s",
		call->id);
	if (text[1] != '}')
		ph_buf_add_char(buf, ',');
	ph_buf_add_str(buf, text + 1);
	ph_buf_add_str(buf, "}\n");
	send_buf(conn, buf);
}

static const struct ph_call_ops call_ops = {
	.reply = call_reply, .fail = call_fail, .progress = call_progress};

static void client_event(struct ph_client *client, const struct ph_event *event)
{
	if (ph_stream_send(&from_client(client)->stream, event->line, event->line_len) < 0)
		ph_events_lost(client->daemon, event->line, event->line_len);
}

static const struct ph_client_ops client_ops = {.door = "json", .event = client_event};

/* ---- requests ---- */

/* Says what is wrong with the envelope, or NULL. */
static const char *envelope_problem(const cJSON *message)
{
	const cJSON *member;
	bool version = false;

	cJSON_ArrayForEach(member, message)
	{
		const char *name = member->string;
		if (!strcmp(name, "jsonrpc"))
			version = cJSON_IsString(member) && !strcmp(member->valuestring, "2.0");
		else if (!strcmp(name, "params") && !cJSON_IsObject(member))
			return "params must be an object";
		else if (strcmp(name, "id") != 0 && strcmp(name, "method") != 0 &&
			 strcmp(name, "params") != 0)
			return "unknown member beside jsonrpc, id, method and params";
	}
	if (!version)
		return "jsonrpc must be \"2.0\"";
	if (!cJSON_IsString(cJSON_GetObjectItemCaseSensitive(message, "method")))
		return "method must be a string";
	return NULL;
}

static void start_call(
	struct ph_json_conn *conn, struct ph_json_call *call, const struct ph_method *method)
{
	static cJSON no_params = {.type = cJSON_Object};
	const cJSON *params = cJSON_GetObjectItemCaseSensitive(call->message, "params");
	struct ph_failure failure;

	call->call = (struct ph_call){.ops = &call_ops,
		.method = method,
		.client = &conn->client,
		.daemon = conn->client.daemon,
		.params = params ? params : &no_params};
	if (ph_params_check(method, call->call.params, &failure) < 0) {
		send_failure(conn, call->id, &failure);
		free_call(call);
		return;
	}
	ph_call_start(&call->call);
}

/* Takes over `message`. */
static void handle(struct ph_json_conn *conn, cJSON *message)
{
	PH_CLEANUP_FREE struct ph_json_call *call = calloc(1, sizeof *call);
	struct ph_failure failure;

	if (!call) {
		cJSON_Delete(message);
		return;
	}
	call->message = message;
	bool id_known =
		ph_json_id_text(cJSON_GetObjectItemCaseSensitive(message, "id"), call->id) == 0;
	const char *problem = envelope_problem(message);
	if (!problem && !id_known)
		problem = "id must be a string of at most 64 bytes or a whole number";
	if (problem) {
		send_error(conn, id_known ? call->id : "null", PH_E_INVALID_REQUEST, problem);
		cJSON_Delete(message);
		return;
	}
	const char *name = cJSON_GetObjectItemCaseSensitive(message, "method")->valuestring;
	const struct ph_method *method = ph_method_find(name);
	if (!method) {
		ph_failure_set(
			&failure, PH_E_METHOD_NOT_FOUND, NULL, "there is no method `%.60s`", name);
		send_failure(conn, call->id, &failure);
		cJSON_Delete(message);
	} else if (conn->client.call_count >= PH_CALLS_PENDING) {
		send_error(conn, call->id, PH_E_LIMIT_EXCEEDED,
			"too many calls in flight on this connection");
		cJSON_Delete(message);
	} else {
		start_call(conn, PH_STEAL(call), method);
	}
}

static void on_line(struct ph_stream *stream, char *line, size_t len)
{
	struct ph_json_conn *conn = from_stream(stream);
	int r = ph_json_scan(line, len, PH_JSON_DEPTH_MAX);
	cJSON *message = r == 0 ? cJSON_ParseWithLengthOpts(line, len + 1, NULL, 1) : NULL;

	if (cJSON_IsObject(message)) {
		handle(conn, message);
		return;
	}
	if (r == -EILSEQ)
		send_error(conn, "null", PH_E_PARSE, "the line is not UTF-8");
	else if (r == -E2BIG)
		send_error(conn, "null", PH_E_PARSE, "the line is nested too deeply");
	else if (cJSON_IsArray(message))
		send_error(conn, "null", PH_E_INVALID_REQUEST, "batches are not supported");
	else
		send_error(conn, "null", PH_E_PARSE, "the line is not one JSON object");
	cJSON_Delete(message);
}

static bool on_eof(struct ph_stream *stream)
{
	struct ph_json_conn *conn = from_stream(stream);

	conn->ended = true;
	return conn->client.call_count > 0;
}

static void on_closed(struct ph_stream *stream, int error)
{
	struct ph_json_conn *conn = from_stream(stream);
	size_t len;

	if (error == -ENOBUFS)
		ph_log(LOG_WARNING, NULL, "%s does not read; it is disconnected",
			conn->client.label);
	const char *unsent = ph_stream_unsent(stream, &len);
	ph_events_lost(conn->door->daemon, unsent, len);
	ph_json_conn_free(conn);
}

/* There is no way to find the next request behind a line that is too long. */
static void on_oversized(struct ph_stream *stream)
{
	char text[80];

	snprintf(text, sizeof text, "a line is at most %d bytes; the connection ends", PH_LINE_MAX);
	send_error(from_stream(stream), "null", PH_E_TOO_LARGE, text);
}

static const struct ph_stream_ops stream_ops = {
	.line = on_line, .closed = on_closed, .eof = on_eof, .oversized = on_oversized};

/* ---- life ---- */

static uint32_t peer_grants(struct ph_json_door *door, int fd, const struct ucred *cred)
{
	gid_t groups[GROUPS_MAX + 1];
	socklen_t size = GROUPS_MAX * sizeof groups[0];

	groups[0] = cred->gid;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups + 1, &size) < 0)
		size = 0;
	return ph_access_grants(
		&door->daemon->config->access, cred->uid, groups, 1 + size / sizeof groups[0]);
}

void ph_json_door_refresh_grants(struct ph_json_door *door)
{
	struct ucred cred;
	socklen_t size = sizeof cred;

	for (struct ph_json_conn *conn = door ? door->conns : NULL; conn; conn = conn->next)
		if (getsockopt(conn->stream.fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) == 0)
			conn->client.grants = peer_grants(door, conn->stream.fd, &cred);
}

static void greet(struct ph_json_conn *conn)
{
	struct ph_buf *buf = &conn->door->scratch;
	const char *comma = "";

	ph_buf_reset(buf);
	ph_buf_printf(buf,
		"{\"jsonrpc\":\"2.0\",\"method\":\"poshal.hello\",\"params\":{\"server\":\"poshald/"
		"%s\","
		"\"protocol\":{\"major\":%d,\"minor\":%d},\"instance\":\"%s\","
		"\"features\":[\"events\",\"jobs\",\"leases\",\"audit\"],"
		"\"limits\":{\"line\":%d,\"pending\":%d,\"queue\":%d},"
		"\"auth\":{\"method\":\"peercred\",\"uid\":%u,\"grants\":[",
		POSHAL_VERSION, PH_PROTOCOL_MAJOR, PH_PROTOCOL_MINOR,
		conn->door->daemon->events.instance, PH_LINE_MAX, PH_CALLS_PENDING, PH_CLIENT_QUEUE,
		conn->client.uid);
	for (int i = 0; i < PH_GRANT_COUNT_; i++) {
		if (!(conn->client.grants & PH_GRANT_BIT(i)))
			continue;
		ph_buf_printf(buf, "%s\"%s\"", comma, ph_grant_name((enum ph_grant)i));
		comma = ",";
	}
	ph_buf_add_str(buf, "]}}}\n");
	send_buf(conn, buf);
}

/* Connections of this door, of one user when `uid` is not NULL. */
static unsigned connections(const struct ph_json_door *door, const uid_t *uid)
{
	unsigned count = 0;

	for (const struct ph_json_conn *c = door->conns; c; c = c->next)
		count += !uid || c->client.uid == *uid;
	return count;
}

static void refuse(struct ph_json_door *door, int fd, const char *text)
{
	struct ph_failure failure;

	ph_failure_set(&failure, PH_E_LIMIT_EXCEEDED, NULL, "%s", text);
	ph_json_error(&door->scratch, "null", &failure);
	if (!door->scratch.error)
		send(fd, door->scratch.data, door->scratch.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	close(fd);
}

void ph_json_conn_accept(struct ph_json_door *door, int fd)
{
	static const struct ph_stream_limits limits = {.line = PH_LINE_MAX,
		.queue_bytes = PH_CLIENT_QUEUE_BYTES,
		.queue_lines = PH_CLIENT_QUEUE};
	struct ucred cred;
	socklen_t size = sizeof cred;
	struct ph_json_conn *conn = NULL;

	if (connections(door, NULL) >= door->daemon->config->service.max_clients) {
		refuse(door, fd, "too many connections");
		return;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) < 0 ||
		connections(door, &cred.uid) >= PH_CLIENTS_PER_UID) {
		refuse(door, fd, "too many connections of this user");
		return;
	}
	conn = calloc(1, sizeof *conn);
	if (!conn || ph_stream_init_in(&conn->stream, door->set, fd, &stream_ops, &limits) < 0) {
		free(conn);
		refuse(door, fd, "out of memory");
		return;
	}
	conn->door = door;
	conn->pid = cred.pid;
	conn->client.ops = &client_ops;
	conn->client.uid = cred.uid;
	conn->client.grants = peer_grants(door, fd, &cred);
	snprintf(conn->client.label, sizeof conn->client.label, "uid %u, pid %d", cred.uid,
		cred.pid);
	conn->next = door->conns;
	conn->prev = &door->conns;
	if (conn->next)
		conn->next->prev = &conn->next;
	door->conns = conn;
	ph_client_add(&conn->client, door->daemon);
	greet(conn);
}

void ph_json_conn_free(struct ph_json_conn *conn)
{
	ph_client_remove(&conn->client);
	ph_stream_done(&conn->stream);
	*conn->prev = conn->next;
	if (conn->next)
		conn->next->prev = conn->prev;
	free(conn);
}
