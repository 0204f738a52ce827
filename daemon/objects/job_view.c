// What others see of a print job: its description, its events, and the calls that wait for its end.
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/names.h"
#include "daemon/core/daemon.h"
#include "daemon/doors/call.h"
#include "daemon/objects/client.h"
#include "daemon/objects/event.h"
#include "daemon/objects/job_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_text(struct ph_buf *buf, const char *name, const char *text)
{
	ph_buf_add_str(buf, name);
	ph_buf_add_json_str(buf, text, strlen(text));
}

/* Written by hand: every job is told about several times, and cJSON prints numbers slowly. */
static void state_event(const struct ph_job *job, struct ph_buf *buf)
{
	add_text(buf, "{\"job\":", job->name);
	add_text(buf, ",\"key\":", job->key);
	add_text(buf, ",\"state\":", ph_job_state_name(job->state));
	add_text(buf, ",\"reason\":", job->reason);
	ph_buf_add_str(buf, ",\"segments\":");
	ph_buf_add_int(buf, job->segments);
	ph_buf_add_str(buf, ",\"confirmed_through\":");
	ph_buf_add_int(buf, job->confirmed);
	if (job->moved_from[0])
		add_text(buf, ",\"moved_from\":", job->moved_from);
	if (job->note[0])
		add_text(buf, ",\"note\":", job->note);
	ph_buf_add_char(buf, '}');
}

static void tell_waiters(struct ph_job *job, const char *text)
{
	cJSON *data = job->waiters ? cJSON_Parse(text) : NULL;

	for (struct ph_job_waiter *w = data ? job->waiters : NULL; w; w = w->next)
		ph_call_progress(w->call, data);
	cJSON_Delete(data);
}

void ph_job_tell(struct ph_job *job)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf buf = PH_BUF_INIT;

	state_event(job, &buf);
	if (buf.error)
		return;
	tell_waiters(job, buf.data);
	ph_events_publish(job->daemon, "job.state", job->device_id, buf.data);
	if (job->owner && !strcmp(job->owner->ops->door, "dbus"))
		ph_events_unicast(job->owner, "job.state", job->device_id, buf.data, buf.len);
}

cJSON *ph_job_describe(const struct ph_job *job)
{
	struct ph_job_row row = {.id = job->id,
		.uid = job->uid,
		.state = job->state,
		.confirmed = job->confirmed,
		.segments = job->segments,
		.attempt = job->attempt,
		.reprint = job->reprint,
		.on_recovery = job->on_recovery,
		.copies = job->copies,
		.priority = job->priority,
		.accepted_us = job->accepted_us,
		.changed_us = job->changed_us,
		.expires_us = job->expires_us};

	snprintf(row.key, sizeof row.key, "%s", job->key);
	snprintf(row.device, sizeof row.device, "%.*s", (int)sizeof row.device - 1, job->device_id);
	snprintf(row.reason, sizeof row.reason, "%s", job->reason);
	snprintf(row.role, sizeof row.role, "%s", job->role);
	snprintf(row.moved_from, sizeof row.moved_from, "%.*s", (int)sizeof row.moved_from - 1,
		job->moved_from);
	snprintf(row.note, sizeof row.note, "%s", job->note);
	return ph_job_describe_row(&row);
}

static void add_time(cJSON *object, const char *name, uint64_t wall_us)
{
	char text[PH_TIME_SIZE];

	if (!wall_us)
		return;
	ph_time_format(wall_us, text);
	cJSON_AddStringToObject(object, name, text);
}

cJSON *ph_job_describe_row(const struct ph_job_row *row)
{
	cJSON *object = cJSON_CreateObject();
	char id[PH_JOB_ID_SIZE];

	ph_job_id_format(row->id, id);
	cJSON_AddStringToObject(object, "job", id);
	cJSON_AddStringToObject(object, "key", row->key);
	cJSON_AddStringToObject(object, "device", row->device);
	if (row->role[0])
		cJSON_AddStringToObject(object, "role", row->role);
	if (row->moved_from[0])
		cJSON_AddStringToObject(object, "moved_from", row->moved_from);
	cJSON_AddStringToObject(object, "state", ph_job_state_name(row->state));
	cJSON_AddStringToObject(object, "reason", row->reason);
	if (row->note[0])
		cJSON_AddStringToObject(object, "note", row->note);
	cJSON_AddNumberToObject(object, "segments", row->segments);
	cJSON_AddNumberToObject(object, "confirmed_through", row->confirmed);
	cJSON_AddNumberToObject(object, "attempts", row->attempt);
	cJSON_AddNumberToObject(object, "copies", row->copies);
	cJSON_AddNumberToObject(object, "priority", row->priority);
	cJSON_AddStringToObject(object, "on_recovery", ph_recovery_name(row->on_recovery));
	cJSON_AddBoolToObject(object, "reprint", row->reprint);
	cJSON_AddNumberToObject(object, "owner", row->uid);
	add_time(object, "created", row->accepted_us);
	add_time(object, "updated", row->changed_us);
	add_time(object, "expires", row->expires_us);
	return object;
}

/* ---- waiters ---- */

static void answer_waiter(struct ph_job_waiter *waiter, const struct ph_job *job)
{
	struct ph_call *call = waiter->call;
	cJSON *result = cJSON_CreateObject();

	if (waiter->answer == PH_JOB_ANSWER_JOB) {
		cJSON_AddItemToObject(result, "job", ph_job_describe(job));
	} else {
		cJSON_AddStringToObject(result, "job", job->name);
		cJSON_AddStringToObject(result, "state", ph_job_state_name(job->state));
		cJSON_AddBoolToObject(
			result, "duplicate", waiter->answer == PH_JOB_ANSWER_DUPLICATE);
		if (job->reason[0])
			cJSON_AddStringToObject(result, "reason", job->reason);
	}
	sd_event_source_disable_unref(waiter->timeout);
	free(waiter);
	ph_call_reply(call, result);
}

void ph_job_answer_waiters(struct ph_job *job)
{
	while (job->waiters) {
		struct ph_job_waiter *waiter = job->waiters;
		job->waiters = waiter->next;
		answer_waiter(waiter, job);
	}
}

static struct ph_call *drop_waiter(struct ph_job_waiter *waiter)
{
	struct ph_job_waiter **p = &waiter->job->waiters;
	struct ph_call *call = waiter->call;

	while (*p != waiter)
		p = &(*p)->next;
	*p = waiter->next;
	sd_event_source_disable_unref(waiter->timeout);
	free(waiter);
	return call;
}

static int on_wait_timeout(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_job_waiter *waiter = userdata;
	const struct ph_job *job = waiter->job;
	enum ph_job_state state = job->state;
	struct ph_call *call = drop_waiter(waiter);

	ph_call_fail(call, PH_E_TIMEOUT, "%s is still %s", job->name, ph_job_state_name(state));
	return 0;
}

static void cancel_wait(struct ph_call *call)
{
	drop_waiter(call->userdata);
	ph_call_fail(call, PH_E_CANCELLED, "the wait was cancelled; the job goes on");
}

int ph_job_wait(
	struct ph_job *job, struct ph_call *call, enum ph_job_answer answer, int64_t timeout_ms)
{
	struct ph_job_waiter *waiter = calloc(1, sizeof *waiter);

	if (!waiter)
		return -ENOMEM;
	*waiter = (struct ph_job_waiter){
		.call = call, .job = job, .answer = answer, .next = job->waiters};
	job->waiters = waiter;
	call->userdata = waiter;
	call->cancel = cancel_wait;
	if (timeout_ms >= 0)
		sd_event_add_time_relative(job->daemon->event, &waiter->timeout, CLOCK_MONOTONIC,
			(uint64_t)timeout_ms * 1000, 10000, on_wait_timeout, waiter);
	if (job->told)
		ph_job_answer_waiters(job);
	return 0;
}
