// Calls under way: started, answered once, expired, waited for. What an answer holds is the caller's business.
#include "clients/libposhal/internal.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json_scan.h"
#include "poshal/limits.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct call *call_find(const struct poshal *client, int64_t id)
{
	for (struct call *call = client->calls; call; call = call->next)
		if (call->id == id)
			return call;
	return NULL;
}

static void unlink_call(struct poshal *client, struct call *call)
{
	struct call **link = &client->calls;

	while (*link != call)
		link = &(*link)->next;
	*link = call->next;
	if (!call->next)
		client->calls_tail = link;
	client->call_count--;
}

static void free_call(struct call *call)
{
	free(call->result);
	free(call->error);
	free(call);
}

static void keep_answer(struct call *call, const char *result, const struct poshal_error *error)
{
	call->done = true;
	call->deadline_us = 0;
	if (result)
		call->result = strdup(result);
	if (!call->result)
		call->error = malloc(sizeof *call->error);
	if (!call->error)
		return; /* poshal_wait() reports -ENOMEM */
	if (error)
		*call->error = *error;
	else
		error_set(call->error, PH_E_FAILURE, "out of memory");
}

void call_finish(struct poshal *client, struct call *call, const char *result,
	const struct poshal_error *error)
{
	if (!call->answer) {
		keep_answer(call, result, error);
		return;
	}
	unlink_call(client, call);
	client->depth++;
	call->answer(client, call->id, result, error, call->userdata);
	client->depth--;
	free_call(call);
}

/* The first one not answered yet that began before `last`; callbacks may have changed the list meanwhile. */
static struct call *first_open(struct poshal *client, int64_t last)
{
	for (struct call *call = client->calls; call; call = call->next)
		if (!call->done && call->id <= last)
			return call;
	return NULL;
}

void calls_finish_all(struct poshal *client, const struct poshal_error *error)
{
	int64_t last = client->last_id;
	struct call *call;

	while ((call = first_open(client, last)))
		call_finish(client, call, NULL, error);
}

void calls_free(struct poshal *client)
{
	while (client->calls) {
		struct call *call = client->calls;
		unlink_call(client, call);
		free_call(call);
	}
}

uint64_t calls_deadline(const struct poshal *client)
{
	uint64_t nearest = 0;

	for (const struct call *call = client->calls; call; call = call->next)
		if (call->deadline_us && (!nearest || call->deadline_us < nearest))
			nearest = call->deadline_us;
	return nearest;
}

/* Queues one request line. Returns 0 or a negative errno, with the queue as it was. */
static int queue_request(struct poshal *client, int64_t id, const char *method, const char *params)
{
	struct ph_buf *out = &client->out;
	PH_CLEANUP(ph_buf_done) struct ph_buf line = PH_BUF_INIT;

	ph_buf_printf(&line, "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"method\":", (long long)id);
	ph_buf_add_json_str(&line, method, strlen(method));
	ph_buf_add_str(&line, ",\"params\":");
	ph_buf_add_str(&line, params);
	ph_buf_add_str(&line, "}\n");
	if (line.error)
		return line.error;
	if (line.len - 1 > client->line_max)
		return -EMSGSIZE;
	if (out->len - client->out_start + line.len > POSHAL_QUEUE_MAX)
		return -ENOBUFS;
	if (client->send_broken)
		return 0; /* the end of the connection is about to be read and answers the call */
	int r = ph_buf_add(out, line.data, line.len);
	if (r < 0)
		out->error = 0;
	return r;
}

static int send_cancel(struct poshal *client, int64_t id)
{
	char params[40];

	snprintf(params, sizeof params, "{\"id\":%lld}", (long long)id);
	return queue_request(client, ++client->last_id, "rpc.cancel", params);
}

void calls_expire(struct poshal *client)
{
	uint64_t now = ph_clock_mono_us();
	uint64_t nearest;

	while (!client->closing && (nearest = calls_deadline(client)) && nearest <= now) {
		struct call *call = client->calls;
		struct poshal_error error;
		while (call->deadline_us != nearest)
			call = call->next;
		send_cancel(client, call->id);
		error_set(&error, PH_E_TIMEOUT, "no answer from the service in time");
		call->expired = true;
		call_finish(client, call, NULL, &error);
	}
}

/* The object as one line, or NULL with a negative errno: a line feed between members would end the request. */
static char *params_line(const char *params, int *ret_error)
{
	cJSON *object = NULL;
	char *line = NULL;

	*ret_error = -EINVAL;
	if (!ph_json_scan(params, strlen(params), PH_JSON_DEPTH_MAX))
		object = cJSON_ParseWithOpts(params, NULL, true);
	if (cJSON_IsObject(object)) {
		line = cJSON_PrintUnformatted(object);
		*ret_error = line ? 0 : -ENOMEM;
	}
	cJSON_Delete(object);
	return line;
}

int64_t poshal_call(struct poshal *client, const char *method, const char *params, int timeout_ms,
	poshal_answer_fn answer, void *userdata)
{
	int r;
	PH_CLEANUP_FREE char *line = NULL;
	struct call *call;

	if (client->failed || client->closing)
		return client->failed ? client->failed : -ECANCELED;
	if (client->call_count >= client->pending_max)
		return -ENOBUFS;
	line = params_line(params ? params : "{}", &r);
	if (!line)
		return r;
	call = calloc(1, sizeof *call);
	if (!call)
		return -ENOMEM;
	r = queue_request(client, client->last_id + 1, method, line);
	if (r < 0) {
		free(call);
		return r;
	}
	call->id = ++client->last_id;
	call->answer = answer;
	call->userdata = userdata;
	call->deadline_us = deadline_after(timeout_ms);
	*client->calls_tail = call;
	client->calls_tail = &call->next;
	client->call_count++;
	return call->id;
}

int poshal_cancel(struct poshal *client, int64_t id)
{
	struct call *call = call_find(client, id);

	if (!call || call->done || client->failed)
		return -ENOENT;
	return send_cancel(client, id);
}

/* Waits until the call is answered, by the service or by the end of the connection. */
static int wait_done(struct poshal *client, struct call *call, uint64_t deadline_us)
{
	for (;;) {
		if (poshal_process(client) == -ECANCELED)
			return -ECANCELED; /* a callback closed the client; the call is gone too */
		if (call->done)
			return 0;
		int r = wait_turn(client, deadline_us);
		if (r < 0)
			return r;
	}
}

/* Moves a kept answer to the caller and forgets the call. */
static int collect(
	struct poshal *client, struct call *call, char **ret_result, struct poshal_error *ret_error)
{
	int r = call->result ? 0 : -EREMOTEIO;

	if (!call->result && !call->error)
		r = -ENOMEM;
	else if (r < 0 && client->failed && call->error->code == ph_error_code(PH_E_CLOSED))
		r = client->failed;
	if (call->error && ret_error)
		*ret_error = *call->error;
	if (call->expired)
		r = -ETIMEDOUT;
	if (call->result && ret_result)
		*ret_result = PH_STEAL(call->result);
	unlink_call(client, call);
	free_call(call);
	return r;
}

int poshal_wait(struct poshal *client, int64_t id, int timeout_ms, char **ret_result,
	struct poshal_error *ret_error)
{
	struct call *call;

	if (id < 0) {
		if (ret_error && client->failed)
			*ret_error = client->failure;
		else if (ret_error)
			error_set(ret_error, ph_error_from_errno((int)id), strerror((int)-id));
		return (int)id;
	}
	if (client->depth)
		return -EBUSY;
	call = call_find(client, id);
	if (!call || call->answer)
		return -ENOENT;
	int r = wait_done(client, call, deadline_after(timeout_ms));
	if (!r)
		return collect(client, call, ret_result, ret_error);
	if (r == -ECANCELED)
		return r;
	send_cancel(client, id);
	if (ret_error)
		error_set(ret_error, PH_E_TIMEOUT, "no answer from the service in time");
	unlink_call(client, call);
	free_call(call);
	return r;
}

int poshal_call_wait(struct poshal *client, const char *method, const char *params, int timeout_ms,
	char **ret_result, struct poshal_error *ret_error)
{
	if (client->depth)
		return -EBUSY;
	return poshal_wait(client, poshal_call(client, method, params, POSHAL_FOREVER, NULL, NULL),
		timeout_ms, ret_result, ret_error);
}
