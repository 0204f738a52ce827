// The driver protocol as poshald speaks it: requests and their answers, notifications, the ping when one is late.
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json_flat.h"
#include "base/json_scan.h"
#include "base/names.h"
#include "base/utf8.h"
#include "daemon/core/daemon.h"
#include "daemon/core/log.h"
#include "daemon/core/process_private.h"
#include "daemon/doors/call.h"
#include "daemon/objects/device.h"
#include "daemon/objects/job.h"
#include "daemon/objects/memory.h"
#include "daemon/objects/scale.h"
#include "daemon/objects/scanner.h"
#include "daemon/payments/payment.h"
#include "poshal/limits.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
#define ENVELOPE_MAX	256 /* bytes around the params of a request */
#define PENDING_MAX	256 /* requests to one driver; one more is -ENOBUFS */

static int on_watch(sd_event_source *source, uint64_t usec, void *userdata);

/* ---- requests ---- */

/* The watch runs only while an answer is due: an idle driver is left asleep. */
static void arm_watch(struct ph_process *process, uint64_t in_us)
{
	if (!process->watch)
		sd_event_add_time_relative(process->unit->daemon->event, &process->watch,
			CLOCK_MONOTONIC, in_us, 100000, on_watch, process);
	else
		sd_event_source_set_time_relative(process->watch, in_us);
	sd_event_source_set_enabled(process->watch, SD_EVENT_ONESHOT);
}

int ph_process_send(struct ph_process *process, const char *method, const char *params, size_t len)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf buf = PH_BUF_INIT;

	ph_buf_printf(&buf, "{\"jsonrpc\":\"2.0\",\"id\":%llu,\"method\":\"%s\",\"params\":",
		(unsigned long long)++process->next_id, method);
	ph_buf_add(&buf, params, len);
	ph_buf_add_str(&buf, "}\n");
	return buf.error ? buf.error : ph_stream_send(&process->stream, buf.data, buf.len);
}

int ph_process_request(struct ph_process *process, const char *method, const char *params,
	size_t len, ph_process_done done, void *userdata)
{
	if (!process || !process->connected || process->stopping)
		return -ENOTCONN;
	if (len > PH_DRIVER_LINE_MAX - ENVELOPE_MAX)
		return -E2BIG;
	/* a full stream would end: what does not fit is refused here */
	if (process->pending_count >= PENDING_MAX ||
		ph_stream_queued(&process->stream) + len + ENVELOPE_MAX >
			process->stream.limits.queue_bytes)
		return -ENOBUFS;
	struct ph_pending *pending = calloc(1, sizeof *pending);
	if (!pending)
		return -ENOMEM;
	int r = ph_process_send(process, method, params, len);
	if (r < 0) {
		free(pending);
		return r;
	}
	*pending = (struct ph_pending){.id = process->next_id,
		.sent_us = ph_clock_mono_us(),
		.done = done,
		.userdata = userdata};
	if (!process->pending)
		arm_watch(process, PH_ANSWER_LATE_MS * 1000ull);
	*process->pending_tail = pending;
	process->pending_tail = &pending->next;
	process->pending_count++;
	return 0;
}

static struct ph_pending *take_pending(struct ph_process *process, uint64_t id)
{
	for (struct ph_pending **p = &process->pending; *p; p = &(*p)->next) {
		struct ph_pending *found = *p;
		if (found->id != id)
			continue;
		*p = found->next;
		if (process->pending_tail == &found->next)
			process->pending_tail = p;
		process->pending_count--;
		return found;
	}
	return NULL;
}

void ph_process_fail_pending(struct ph_process *process)
{
	struct ph_failure failure;

	process->ping_id = 0;
	if (process->watch)
		sd_event_source_set_enabled(process->watch, SD_EVENT_OFF);
	ph_failure_set(&failure, PH_E_OFFLINE, process->unit->name, "the driver of %s ended",
		process->unit->name);
	while (process->pending) {
		struct ph_pending *pending = take_pending(process, process->pending->id);
		pending->done(pending->userdata, NULL, &failure);
		free(pending);
	}
}

/* A driver with a unit of its own is not ours to kill: it ends when its connection does. */
static void end_driver(struct ph_process *process)
{
	if (process->pid)
		kill(process->pid, SIGKILL);
	else if (process->connected)
		ph_stream_close(&process->stream, 0);
}

/* A request without its answer, or a job or a payment that should be going on. */
static bool answer_due(const struct ph_process *process)
{
	const struct ph_device *printer = process->unit->devices[PH_CLASS_PRINTER];

	return process->pending || (printer && ph_jobs_under_way(printer)) ||
	       ph_payments_driver_speaks(process->unit);
}

static uint64_t late_at(const struct ph_process *process)
{
	return process->pending ? process->pending->sent_us + PH_ANSWER_LATE_MS * 1000ull
				: process->heard_us + PH_JOB_SILENT_MS * 1000ull;
}

/* After a message: the watch goes on only while something is due. */
static void tend_watch(struct ph_process *process)
{
	struct ph_device *const *devices = process->unit->devices;

	/* a scanner's label is not to pay for a clock */
	if (devices[PH_CLASS_PRINTER] || devices[PH_CLASS_CARD_READER] ||
		devices[PH_CLASS_TERMINAL])
		process->heard_us = ph_clock_mono_us();
	if (!answer_due(process)) {
		if (process->watch)
			sd_event_source_set_enabled(process->watch, SD_EVENT_OFF);
	} else if (!process->pending && !process->ping_id) {
		arm_watch(process, PH_JOB_SILENT_MS * 1000ull);
	}
}

static int on_watch(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_process *process = userdata;
	uint64_t now = ph_clock_mono_us();

	if (!process->connected || !answer_due(process))
		return 0;
	if (now < process->busy_until_us) {
		arm_watch(process, process->busy_until_us - now + PH_ANSWER_LATE_MS * 1000ull);
		return 0;
	}
	if (process->ping_id) {
		ph_log(LOG_WARNING, process->unit->name, "the driver does not answer; it is ended");
		end_driver(process);
		return 0;
	}
	uint64_t late = late_at(process);
	if (now < late) {
		arm_watch(process, late - now);
		return 0;
	}
	if (ph_process_send(process, "driver.ping", "{}", 2) >= 0)
		process->ping_id = process->next_id;
	arm_watch(process, PH_PING_TIMEOUT_MS * 1000ull);
	return 0;
}

/* "Extended.RecEmpty": it becomes part of a D-Bus error name and stands in JSON as it is. */
static bool is_error_name(const char *name)
{
	const char *word = strchr(name, '.');

	return word && isalpha((unsigned char)word[1]) &&
	       word[1 + strspn(word + 1, NAME_CHARACTERS)] == '\0';
}

/* The error object of a driver as a failure; its words are text and nothing more. */
static void failure_from_json(
	const struct ph_process *process, const cJSON *error, struct ph_failure *failure)
{
	const cJSON *data = cJSON_GetObjectItemCaseSensitive(error, "data");
	const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(data, "name"));
	const char *message =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(error, "message"));
	const char *hint = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(data, "hint"));

	ph_failure_set(failure, ph_error_from_name(name ? name : "Failure"), process->unit->name,
		"%s", message ? message : "the driver refused without a reason");
	if (name && failure->error == PH_E_EXTENDED && is_error_name(name))
		snprintf(failure->name, sizeof failure->name, "%s", name);
	if (hint)
		snprintf(failure->hint, sizeof failure->hint, "%s", hint);
	ph_utf8_clean(failure->hint);
}

static void on_pong(struct ph_process *process)
{
	process->ping_id = 0;
	if (!process->pending)
		return;
	process->pending->sent_us = ph_clock_mono_us();
	arm_watch(process, PH_ANSWER_LATE_MS * 1000ull);
}

static void on_answer(struct ph_process *process, const cJSON *id, const cJSON *message)
{
	const cJSON *error = cJSON_GetObjectItemCaseSensitive(message, "error");
	/* ours count from 1 and stay exact in a double */
	uint64_t number = cJSON_IsNumber(id) && id->valuedouble > 0 && id->valuedouble < 0x1p53
				  ? (uint64_t)id->valuedouble
				  : 0;

	if (number && number == process->ping_id) {
		on_pong(process);
		return;
	}
	struct ph_pending *pending = take_pending(process, number);
	if (!pending)
		return;
	if (cJSON_IsObject(error)) {
		struct ph_failure failure;
		failure_from_json(process, error, &failure);
		pending->done(pending->userdata, NULL, &failure);
	} else {
		pending->done(pending->userdata,
			cJSON_GetObjectItemCaseSensitive(message, "result"), NULL);
	}
	free(pending);
}

/* ---- notifications ---- */

static struct ph_device *device_of(struct ph_process *process, enum ph_class class_)
{
	return process->unit->devices[class_];
}

static void on_state(struct ph_process *process, const cJSON *params)
{
	const char *word = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(params, "state"));
	int state = word ? ph_device_state_parse(word) : -EINVAL;

	if (state != PH_DEVICE_READY && state != PH_DEVICE_OFFLINE && state != PH_DEVICE_FAILED)
		return;
	const char *text =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(params, "message"));
	if (text)
		ph_log(LOG_INFO, process->unit->name, "%s: %.200s", word, text);
	snprintf(process->unit->message, sizeof process->unit->message, "%s", text ? text : "");
	ph_utf8_clean(process->unit->message);
	ph_unit_set_state(process->unit, (enum ph_device_state)state,
		cJSON_GetObjectItemCaseSensitive(params, "reasons"));
}

static void on_info(struct ph_process *process, const cJSON *params)
{
	ph_unit_set_info(process->unit, params);
}

static void on_status(struct ph_process *process, const cJSON *params)
{
	ph_unit_set_status(process->unit, params);
}

static void on_scanner_data(struct ph_process *process, const cJSON *params)
{
	struct ph_device *device = device_of(process, PH_CLASS_SCANNER);

	if (device)
		ph_scanner_data(device, params);
}

static void on_scanner_dropped(struct ph_process *process, const cJSON *params)
{
	struct ph_device *device = device_of(process, PH_CLASS_SCANNER);

	if (device)
		ph_scanner_dropped(device, params);
}

static void on_scale_weight(struct ph_process *process, const cJSON *params)
{
	struct ph_device *device = device_of(process, PH_CLASS_SCALE);

	if (device)
		ph_scale_weight(device, params);
}

static void on_msr_data(struct ph_process *process, const cJSON *params)
{
	struct ph_device *device = device_of(process, PH_CLASS_MSR);

	if (device)
		ph_msr_swipe(device, "msr.data", params);
}

static void on_msr_error(struct ph_process *process, const cJSON *params)
{
	struct ph_device *device = device_of(process, PH_CLASS_MSR);

	if (device)
		ph_msr_swipe(device, "msr.error", params);
}

static void on_job_progress(struct ph_process *process, const cJSON *params)
{
	struct ph_device *device = device_of(process, PH_CLASS_PRINTER);

	if (device)
		ph_job_progress(device, params);
}

static void on_job_end(struct ph_process *process, const cJSON *params)
{
	struct ph_device *device = device_of(process, PH_CLASS_PRINTER);

	if (device)
		ph_job_end(device, params);
}

static void on_payment_progress(struct ph_process *process, const cJSON *params)
{
	ph_payments_driver_says(process->unit, "payment.progress", params);
}

static void on_payment_need(struct ph_process *process, const cJSON *params)
{
	ph_payments_driver_says(process->unit, "payment.need", params);
}

static void on_payment_receipt(struct ph_process *process, const cJSON *params)
{
	ph_payments_driver_says(process->unit, "payment.receipt", params);
}

static void on_payment_end(struct ph_process *process, const cJSON *params)
{
	ph_payments_driver_says(process->unit, "payment.end", params);
}

static void on_busy(struct ph_process *process, const cJSON *params)
{
	const cJSON *max = cJSON_GetObjectItemCaseSensitive(params, "max_ms");

	if (cJSON_IsNumber(max) && max->valuedouble > 0 && max->valuedouble <= 600000)
		process->busy_until_us = ph_clock_mono_us() + (uint64_t)(max->valuedouble * 1000);
}

static void on_remember(struct ph_process *process, const cJSON *params)
{
	ph_memory_remember(process->unit, params);
}

static void on_log(struct ph_process *process, const cJSON *params)
{
	static const struct {
		const char *word;
		int level;
	} levels[] = {{"error", LOG_ERR}, {"warning", LOG_WARNING}, {"info", LOG_INFO},
		{"debug", LOG_DEBUG}};
	const char *word = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(params, "level"));
	const char *text =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(params, "message"));

	for (size_t i = 0; word && text && i < PH_ARRAY_SIZE(levels); i++)
		if (!strcmp(levels[i].word, word))
			ph_log(levels[i].level, process->unit->name, "%.300s", text);
}

static void on_hello(struct ph_process *process, const cJSON *params)
{
	const cJSON *protocol = cJSON_GetObjectItemCaseSensitive(params, "protocol");
	const cJSON *major = cJSON_GetObjectItemCaseSensitive(protocol, "major");

	if (cJSON_IsNumber(major) && major->valueint != PH_PROTOCOL_MAJOR) {
		ph_log(LOG_ERR, process->unit->name,
			"the driver speaks protocol %d, this poshald %d", major->valueint,
			PH_PROTOCOL_MAJOR);
		ph_stream_close(&process->stream, -EPROTO);
	}
}

static const struct {
	const char *method;
	void (*handle)(struct ph_process *process, const cJSON *params);
	unsigned
		news; /* 0, or what it counts towards PH_NEWS_RATE_MAX: more if all subscribers get it */
} notifications[] = {
	/* first: the one that is measured in microseconds */
	{"scanner.data", on_scanner_data, 1},
	{"scale.weight", on_scale_weight, 1},
	{"msr.data", on_msr_data, 1},
	{"msr.error", on_msr_error, 1},
	{"device.status", on_status, PH_NEWS_TO_ALL},
	{"job.progress", on_job_progress, 0},
	{"job.end", on_job_end, 0},
	{"payment.progress", on_payment_progress, PH_NEWS_TO_ALL},
	{"payment.need", on_payment_need, 1},
	{"payment.receipt", on_payment_receipt, 1},
	{"payment.end", on_payment_end, 1},
	{"device.state", on_state, PH_NEWS_TO_ALL},
	{"device.info", on_info, PH_NEWS_TO_ALL},
	{"scanner.dropped", on_scanner_dropped, PH_NEWS_TO_ALL},
	{"driver.busy", on_busy, 0},
	{"driver.log", on_log, 1},
	{"driver.hello", on_hello, 0},
	{"device.remember", on_remember, PH_NEWS_TO_ALL},
};

/* A driver that floods would fill the queues of clients, who are cut off then. */
static bool floods(struct ph_process *process, unsigned news, size_t len)
{
	uint64_t now = ph_clock_mono_us();

	if (now - process->news_since_us >= 1000000) {
		process->news_since_us = now;
		process->news_count = 0;
	}
	process->news_count += news + (unsigned)(len / PH_NEWS_UNIT);
	return len > PH_NEWS_MAX || process->news_count > PH_NEWS_RATE_MAX;
}

static void end_flood(struct ph_process *process, const char *method, size_t len)
{
	if (len > PH_NEWS_MAX)
		ph_log(LOG_ERR, process->unit->name,
			"the driver sends a %s of %zu bytes; it is ended", method, len);
	else
		ph_log(LOG_ERR, process->unit->name,
			"the driver floods (%d labels or log lines or %d changes of state in a "
			"second "
			"are allowed); it is ended",
			PH_NEWS_RATE_MAX, PH_NEWS_RATE_MAX / PH_NEWS_TO_ALL);
	ph_stream_close(&process->stream, -EOVERFLOW);
}

static void notify(struct ph_process *process, const char *method, const cJSON *params, size_t len)
{
	size_t i = 0;

	while (i < PH_ARRAY_SIZE(notifications) && strcmp(notifications[i].method, method) != 0)
		i++;
	if (i == PH_ARRAY_SIZE(notifications) || process->stream.closing)
		return;
	if (notifications[i].news == 0 || !floods(process, notifications[i].news, len)) {
		notifications[i].handle(process, params);
		return;
	}
	end_flood(process, notifications[i].method, len);
}

/*
 * A label in the form our own drivers write it is read without cJSON, which would be half of poshald's work on it.
 * False: it is something else, or in another form. The line has passed ph_json_scan().
 */
static bool read_label(struct ph_process *process, const char *line, size_t len)
{
	static const char head[] = "{\"jsonrpc\":\"2.0\",\"method\":\"scanner.data\",\"params\":";
	const size_t head_len = sizeof head - 1;
	struct ph_device *device = device_of(process, PH_CLASS_SCANNER);
	struct ph_json_member members[PH_SCAN_MEMBERS];

	if (!device || len <= head_len || memcmp(line, head, head_len) != 0 || line[len - 1] != '}')
		return false;
	int count =
		ph_json_flat(line + head_len, len - head_len - 1, members, PH_ARRAY_SIZE(members));
	if (count < 0)
		return false;
	if (process->stream.closing)
		return true;
	if (floods(process, 1, len))
		end_flood(process, "scanner.data", len);
	else
		ph_scanner_label(device, members, count);
	return true;
}

void ph_process_message(struct ph_process *process, const char *line, size_t len)
{
	cJSON *message = NULL;

	if (ph_json_scan(line, len, PH_JSON_DEPTH_MAX) == 0) {
		if (read_label(process, line, len))
			return;
		message = cJSON_ParseWithLength(line, len);
	}
	if (!cJSON_IsObject(message)) {
		cJSON_Delete(message);
		ph_log(LOG_ERR, process->unit->name,
			"the driver sent what is not JSON; it is ended");
		ph_stream_close(&process->stream, -EBADMSG);
		return;
	}
	const char *method =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(message, "method"));
	const cJSON *id = cJSON_GetObjectItemCaseSensitive(message, "id");
	const cJSON *params = cJSON_GetObjectItemCaseSensitive(message, "params");
	if (!method && id)
		on_answer(process, id, message);
	if (method)
		notify(process, method, params, len);
	cJSON_Delete(message);
	tend_watch(process);
}
