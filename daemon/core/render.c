// Supervision of poshal-render: one process for jobs, one for previews, each there only while it is needed.
#include "daemon/core/render.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json_scan.h"
#include "base/stream.h"
#include "base/utf8.h"
#include "daemon/core/daemon.h"
#include "daemon/core/log.h"
#include "daemon/core/spawn.h"
#include "poshal/limits.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM	     "poshal-render"
#define CRASHES_FREE 2 /* so many in a row are followed by no pause */

struct ph_render_request {
	struct ph_render_request *next;
	char *line; /* the request with its LF, owned */
	size_t len;
	uint64_t id, since_us;
	bool again;	     /* the process left in good order without having read it */
	ph_render_done done; /* NULL: forgotten */
	void *userdata;
};

struct lane {
	struct ph_render *render;
	struct ph_stream stream;
	bool connected, asked; /* asked: the first of the queue is with the process */
	bool overdue,
		dismissed; /* it is being ended: too slow, or in the way when it had left already */
	pid_t pid;
	sd_event_source *child, *limit;
	struct ph_render_request *queue, **tail;
	unsigned count, crashes;
	size_t bytes;		 /* of the queue */
	uint64_t pause_until_us; /* monotonic; 0: none */
	const char *trouble;	 /* what kept the last request from being drawn, or NULL */
};

struct ph_render {
	struct ph_daemon *daemon;
	uint64_t last_id;
	struct lane lanes[PH_RENDER_LANES];
};

static void advance(struct lane *lane);
static int start(struct lane *lane);

/* ---- the queue ---- */

static void request_free(struct ph_render_request *request)
{
	free(request->line);
	free(request);
}

/* Ends the first request of the queue, which may make its owner submit another. */
static void end_first(struct lane *lane, const struct ph_render_answer *answer)
{
	struct ph_render_request *request = lane->queue;

	lane->queue = request->next;
	if (!lane->queue)
		lane->tail = &lane->queue;
	lane->count--;
	lane->bytes -= request->len;
	lane->asked = false;
	if (lane->limit)
		sd_event_source_set_enabled(lane->limit, SD_EVENT_OFF);
	if (request->done)
		request->done(request->userdata, answer);
	request_free(request);
}

static void fail_first(struct lane *lane, enum ph_error error, const char *why)
{
	end_first(lane, &(struct ph_render_answer){
				.outcome = PH_RENDER_FAILED, .error = error, .why = why});
}

/* A turn of the queue has its end: what is submitted by those that fail is not looked at. */
static void fail_all(struct lane *lane, const char *why)
{
	unsigned count = lane->count;

	while (count-- > 0)
		fail_first(lane, PH_E_FAILURE, why);
}

/* ---- trouble ---- */

static void note_crash(struct lane *lane, const char *what)
{
	uint64_t pause_ms = PH_BACKOFF_MIN_MS;

	lane->trouble = what;
	lane->crashes++;
	ph_log(LOG_WARNING, NULL, "%s %s", PROGRAM, what);
	if (lane->crashes <= CRASHES_FREE)
		return;
	for (unsigned i = lane->crashes - CRASHES_FREE; i > 1 && pause_ms < PH_BACKOFF_MAX_MS; i--)
		pause_ms *= 2;
	if (pause_ms > PH_BACKOFF_MAX_MS)
		pause_ms = PH_BACKOFF_MAX_MS;
	lane->pause_until_us = ph_clock_mono_us() + pause_ms * 1000;
}

static bool pausing(const struct lane *lane)
{
	return lane->pause_until_us > ph_clock_mono_us();
}

const char *ph_render_error(int r)
{
	switch (r) {
	case -ENOBUFS:
		return "too much waits to be drawn";
	case -E2BIG:
		return "it is too much to be drawn at once";
	case -ENOENT:
		return PROGRAM " is not installed or cannot be started";
	case -EHOSTDOWN:
		return PROGRAM " keeps crashing";
	default:
		return strerror(-r);
	}
}

const char *ph_render_trouble(const struct ph_render *render)
{
	for (size_t i = 0; i < PH_RENDER_LANES; i++)
		if (render->lanes[i].trouble)
			return render->lanes[i].trouble;
	return NULL;
}

/* ---- the process ---- */

/* The process is gone: the request it had fails with it, the others go to a new one. */
static void settle(struct lane *lane, bool in_order, const char *what)
{
	if (!in_order)
		note_crash(lane, what);
	if (lane->asked && in_order && !lane->queue->again) {
		lane->queue->again = true; /* it left because it was idle, just when it was asked */
		lane->asked = false;
		sd_event_source_set_enabled(lane->limit, SD_EVENT_OFF);
	} else if (lane->asked) {
		fail_first(lane, lane->overdue ? PH_E_TIMEOUT : PH_E_FAILURE, what);
	}
	advance(lane);
}

static void disconnect(struct lane *lane)
{
	if (lane->connected)
		ph_stream_done(&lane->stream);
	lane->connected = false;
}

static int on_child(sd_event_source *source, const siginfo_t *info, void *userdata)
{
	struct lane *lane = userdata;
	bool in_order = lane->dismissed || (info->si_code == CLD_EXITED && info->si_status == 0);

	lane->child = sd_event_source_disable_unref(lane->child);
	lane->pid = 0;
	if (lane->connected)
		ph_stream_drain(&lane->stream); /* its last words count */
	disconnect(lane);
	settle(lane, in_order, lane->overdue ? "was too slow and was ended" : "crashed");
	return 0;
}

static void end_process(struct lane *lane)
{
	if (lane->pid)
		kill(lane->pid, SIGKILL); /* on_child() follows */
}

static int on_limit(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct lane *lane = userdata;

	lane->overdue = true;
	end_process(lane);
	return 0;
}

/* The answer to the first request. */
static void take_answer(struct lane *lane, const cJSON *message)
{
	const cJSON *error = cJSON_GetObjectItemCaseSensitive(message, "error");
	const cJSON *data = cJSON_GetObjectItemCaseSensitive(error, "data");
	const char *why = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(error, "message"));
	const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(data, "name"));
	struct ph_render_answer answer = {
		.result = cJSON_GetObjectItemCaseSensitive(message, "result")};

	lane->crashes = 0;
	lane->pause_until_us = 0;
	lane->trouble = NULL;
	if (!cJSON_IsObject(answer.result)) {
		answer = (struct ph_render_answer){.outcome = PH_RENDER_REFUSED,
			.error = ph_error_from_name(name ? name : "Failure"),
			.why = why ? why : "it was refused"};
	}
	end_first(lane, &answer);
	advance(lane);
}

static void on_line(struct ph_stream *stream, char *line, size_t len)
{
	struct lane *lane = PH_CONTAINER_OF(stream, struct lane, stream);
	cJSON *message = ph_json_scan(line, len, PH_JSON_DEPTH_MAX) == 0
				 ? cJSON_ParseWithLength(line, len)
				 : NULL;
	const cJSON *id = cJSON_GetObjectItemCaseSensitive(message, "id");

	if (!message)
		end_process(lane);
	else if (lane->asked && cJSON_IsNumber(id) && id->valuedouble == (double)lane->queue->id)
		take_answer(lane, message);
	cJSON_Delete(message);
}

/* It has left or is about to; on_child() says how. */
static void on_closed(struct ph_stream *stream, int error)
{
	struct lane *lane = PH_CONTAINER_OF(stream, struct lane, stream);

	disconnect(lane);
	if (error)
		end_process(lane);
}

static int connect_process(struct lane *lane, int fd)
{
	static const struct ph_stream_ops ops = {.line = on_line, .closed = on_closed};
	static const struct ph_stream_limits limits = {
		.line = PH_RENDER_LINE_MAX, .queue_bytes = PH_RENDER_LINE_MAX, .queue_lines = 16};
	sd_event *event = lane->render->daemon->event;
	int r = sd_event_add_child(event, &lane->child, lane->pid, WEXITED, on_child, lane);

	if (r >= 0)
		r = ph_stream_init(&lane->stream, event, fd, -1, &ops, &limits);
	if (r < 0) {
		close(fd);
		lane->child = sd_event_source_disable_unref(lane->child);
		ph_spawn_end(event, lane->pid);
		lane->pid = 0;
		return r;
	}
	lane->connected = true;
	return 0;
}

static int start(struct lane *lane)
{
	char path[256], fd_word[] = "--fd", fd_text[] = {'0' + PH_CHILD_FD, '\0'};
	char *argv[] = {path, fd_word, fd_text, NULL};
	int fd;

	snprintf(path, sizeof path, "%s/" PROGRAM, lane->render->daemon->paths.libexec);
	lane->overdue = lane->dismissed = false;
	int r = ph_spawn(path, argv, &lane->pid, &fd);
	if (r < 0) {
		lane->pid = 0;
		if (!lane->trouble) /* once, not for each receipt */
			ph_log(LOG_ERR, NULL, "cannot start %s: %s", path, strerror(-r));
		lane->trouble = ph_render_error(-ENOENT);
		return -ENOENT;
	}
	r = connect_process(lane, fd);
	return r < 0 ? r : 0;
}

/* ---- requests ---- */

static void arm_limit(struct lane *lane)
{
	uint64_t in_us = PH_RENDER_TIME_MS * 1000ull;

	if (!lane->limit)
		sd_event_add_time_relative(lane->render->daemon->event, &lane->limit,
			CLOCK_MONOTONIC, in_us, 100000, on_limit, lane);
	else
		sd_event_source_set_time_relative(lane->limit, in_us);
	sd_event_source_set_enabled(lane->limit, SD_EVENT_ONESHOT);
}

static bool waited_too_long(const struct lane *lane)
{
	bool preview = lane == &lane->render->lanes[PH_RENDER_PREVIEWS];
	uint64_t limit_ms = preview ? PH_RENDER_PREVIEW_WAIT_MS : PH_RENDER_WAIT_MS;

	return ph_clock_mono_us() - lane->queue->since_us > limit_ms * 1000;
}

/* Hands the first request to the process, which is started where it does not run. */
static int ask(struct lane *lane)
{
	int r = lane->connected ? 0 : start(lane);

	if (r < 0)
		return r;
	lane->asked = true;
	arm_limit(lane);
	/* a process that is just leaving does not take it: on_child() gives it to the next one */
	ph_stream_send(&lane->stream, lane->queue->line, lane->queue->len);
	return 0;
}

/* The process has closed its end and is not gone yet; on_child() goes on when it is. */
static void dismiss(struct lane *lane)
{
	lane->dismissed = true;
	end_process(lane);
}

static void advance(struct lane *lane)
{
	while (lane->queue && !lane->asked) {
		if (!lane->queue->done)
			fail_first(lane, PH_E_CANCELLED, NULL);
		else if (waited_too_long(lane))
			fail_first(lane, PH_E_TIMEOUT, "others took too long");
		else if (lane->pid && !lane->connected)
			break;
		else if (pausing(lane))
			fail_all(lane, ph_render_error(-EHOSTDOWN));
		else if (ask(lane) < 0)
			fail_all(lane, ph_render_error(-ENOENT));
	}
	if (lane->queue && !lane->asked)
		dismiss(lane);
}

static struct ph_render_request *new_request(
	struct ph_render *render, const char *method, const char *params, size_t len)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf line = PH_BUF_INIT;
	struct ph_render_request *request = calloc(1, sizeof *request);

	if (!request)
		return NULL;
	request->id = ++render->last_id;
	ph_buf_printf(&line, "{\"jsonrpc\":\"2.0\",\"id\":%llu,\"method\":\"%s\",\"params\":",
		(unsigned long long)request->id, method);
	ph_buf_add(&line, params, len);
	ph_buf_add_str(&line, "}\n");
	request->len = line.len;
	request->line = ph_buf_steal(&line);
	request->since_us = ph_clock_mono_us();
	if (!request->line) {
		free(request);
		return NULL;
	}
	return request;
}

/* The process is there when this returns 0, or is on its way. */
static int prepare(struct lane *lane, size_t len)
{
	if (lane->count >= PH_RENDER_QUEUE || lane->bytes + len > PH_RENDER_QUEUE_BYTES)
		return -ENOBUFS;
	if (lane->connected || lane->queue || lane->pid)
		return 0;
	return pausing(lane) ? -EHOSTDOWN : start(lane);
}

int ph_render_submit(struct ph_render *render, const struct ph_render_ask *what,
	struct ph_render_request **ret_request)
{
	PH_CLEANUP_FREE char *params = what->params;
	struct lane *lane = &render->lanes[what->lane];
	int r = what->len > PH_RENDER_LINE_MAX - 128 ? -E2BIG : prepare(lane, what->len);

	if (r < 0)
		return r;
	struct ph_render_request *request = new_request(render, what->method, params, what->len);
	if (!request)
		return -ENOMEM;
	request->done = what->done;
	request->userdata = what->userdata;
	*lane->tail = request;
	lane->tail = &request->next;
	lane->count++;
	lane->bytes += request->len;
	*ret_request = request;
	if (lane->connected && !lane->asked && lane->queue == request)
		ask(lane);
	else if (!lane->connected && lane->queue == request)
		dismiss(lane);
	return 0;
}

void ph_render_forget(struct ph_render_request *request)
{
	if (request)
		request->done = NULL;
}

/* ---- life ---- */

int ph_render_new(struct ph_daemon *daemon, struct ph_render **ret_render)
{
	struct ph_render *render = calloc(1, sizeof *render);

	if (!render)
		return -ENOMEM;
	render->daemon = daemon;
	for (size_t i = 0; i < PH_RENDER_LANES; i++) {
		render->lanes[i].render = render;
		render->lanes[i].tail = &render->lanes[i].queue;
	}
	*ret_render = render;
	return 0;
}

void ph_render_free(struct ph_render *render)
{
	if (!render)
		return;
	for (size_t i = 0; i < PH_RENDER_LANES; i++) {
		struct lane *lane = &render->lanes[i];
		disconnect(lane);
		sd_event_source_disable_unref(lane->child);
		sd_event_source_disable_unref(lane->limit);
		ph_spawn_end(render->daemon->event, lane->pid);
		while (lane->queue) {
			struct ph_render_request *request = lane->queue;
			lane->queue = request->next;
			request_free(request);
		}
	}
	free(render);
}
