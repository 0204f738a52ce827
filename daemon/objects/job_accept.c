// Bringing a new print job into the journal and answering its call. What becomes of it then is left to job.c.
#include "base/clock.h"
#include "base/names.h"
#include "daemon/core/daemon.h"
#include "daemon/doors/call.h"
#include "daemon/objects/device.h"
#include "daemon/objects/job_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct ph_job_accepting {
	struct ph_journal_accept accept;
	struct ph_job *job;
	struct ph_call *call;
	bool wait, cancelled;
	struct ph_job_accepting *next;
};

/* What is on its way to the disk cannot be called back; the wait can. */
static void cancel_accept(struct ph_call *call)
{
	struct ph_job_accepting *op = call->userdata;

	op->cancelled = true;
}

/* Leaves the call to the end of the job. False: it is still to be answered. */
static bool wait_for(struct ph_job_accepting *op, struct ph_job *job, enum ph_job_answer answer)
{
	op->call->cancel = NULL;
	if (!op->wait)
		return false;
	if (op->cancelled) {
		ph_call_fail(op->call, PH_E_CANCELLED, "the wait was cancelled; the job goes on");
		return true;
	}
	return ph_job_wait(job, op->call, answer, -1) == 0;
}

/* Counted from here on: what the journal has not answered yet is in memory too. */
static int submit(struct ph_job_accepting *op)
{
	struct ph_job_table *table = op->job->daemon->jobs;
	int r = ph_journal_accept_submit(op->job->daemon->journal, &op->accept);

	if (r >= 0) {
		*table->accepts_tail = op;
		table->accepts_tail = &op->next;
		table->accepting++;
		table->accepting_bytes += op->job->document_len;
	}
	return r;
}

static void forget(struct ph_job_accepting *op)
{
	struct ph_job_table *table = op->job->daemon->jobs;
	struct ph_job_accepting **place = &table->accepts;

	while (*place != op) /* as a rule it is the first */
		place = &(*place)->next;
	*place = op->next;
	if (!op->next)
		table->accepts_tail = place;
	table->accepting--;
	table->accepting_bytes -= op->job->document_len;
}

/* Whether one for the same printer is being stored: it was here before, and is printed before. */
static bool has_older(const struct ph_job *job)
{
	for (struct ph_job_accepting *op = job->daemon->jobs->accepts; op; op = op->next)
		if (!strcmp(op->job->device_id, job->device_id))
			return true;
	return false;
}

static void reply_print(struct ph_call *call, const char *name, enum ph_job_state state,
	bool duplicate, const char *reason)
{
	cJSON *result = cJSON_CreateObject();

	cJSON_AddStringToObject(result, "job", name);
	cJSON_AddStringToObject(result, "state", ph_job_state_name(state));
	cJSON_AddBoolToObject(result, "duplicate", duplicate);
	if (reason[0])
		cJSON_AddStringToObject(result, "reason", reason);
	ph_call_reply(call, result);
}

/*
 * The device as of now: it may have been removed, or removed and added, while the journal worked. A reserved
 * device that goes away clears the job's pointer; one that was not reserved does not know the job.
 */
static struct ph_device *device_now(const struct ph_job_accepting *op)
{
	struct ph_device *device = ph_device_find(op->job->daemon, op->job->device_id);

	return device && device->class_ == PH_CLASS_PRINTER ? device : NULL;
}

/* Gives up the place that was reserved at the printer for a job that did not come to be. */
static void discard(struct ph_job_accepting *op)
{
	struct ph_device *device = device_now(op);

	if (device && device->active == op->job)
		device->active = NULL;
	ph_job_free(op->job);
	if (device)
		ph_jobs_kick(device);
}

static void answer_duplicate(struct ph_job_accepting *op)
{
	const struct ph_job_row *row = op->accept.stored;
	struct ph_job *live = ph_job_find(op->job->daemon, row->id);
	char name[PH_JOB_ID_SIZE];

	ph_job_id_format(row->id, name);
	if (live && wait_for(op, live, PH_JOB_ANSWER_DUPLICATE))
		return;
	reply_print(op->call, name, live ? live->state : row->state, true,
		live ? live->reason : row->reason);
}

static void accepted(struct ph_job_accepting *op)
{
	struct ph_job *job = op->job;

	job->device = device_now(op);
	bool reserved = job->device && job->device->active == job;
	if (!op->call->client)
		job->owner = NULL;
	job->id = op->accept.id;
	ph_job_id_format(job->id, job->name);
	job->recording = false;
	if (!reserved && job->state == PH_JOB_SENDING) {
		job->state = PH_JOB_QUEUED; /* the device was removed meanwhile */
		job->attempt = 0;
	}
	ph_job_enqueue(job);
	ph_job_tell(job);
	if (!wait_for(op, job, PH_JOB_ANSWER_PRINT))
		reply_print(op->call, job->name, job->state, false, job->reason);
	if (reserved)
		ph_job_send(job);
	else if (job->device)
		ph_jobs_kick(job->device);
}

static void on_accept_done(struct ph_journal_request *request, int result)
{
	struct ph_job_accepting *op = request->userdata;

	forget(op);
	if (result == 0 && !op->accept.duplicate) {
		accepted(op);
	} else {
		if (result == -EEXIST)
			ph_call_fail(op->call, PH_E_EXISTS,
				"the key `%s` was used for another document", op->job->key);
		else if (result < 0)
			ph_call_fail_journal(op->call, result, "the job cannot be stored");
		else
			answer_duplicate(op);
		discard(op);
	}
	ph_journal_accept_clear(&op->accept);
	free(op);
}

void ph_job_accept(struct ph_job *job, struct ph_call *call, bool wait)
{
	struct ph_device *device = job->device;
	struct ph_job_accepting *op = calloc(1, sizeof *op);

	if (!op) {
		ph_call_fail(call, PH_E_FAILURE, "out of memory");
		ph_job_free(job);
		return;
	}
	/* A printer that can take it at once gets it after one commit: accepted and sending together. */
	bool now = !device->active && !device->queue && !has_older(job) &&
		   !ph_job_blocked(device, job) && !job->daemon->stopping;
	job->state = now ? PH_JOB_SENDING : PH_JOB_QUEUED;
	job->attempt = now ? 1 : 0;
	job->recording = true;
	if (now)
		device->active = job;
	job->accepted_us = job->changed_us = ph_clock_wall_us();
	*op = (struct ph_job_accepting){.job = job, .call = call, .wait = wait};
	call->cancel = cancel_accept;
	call->userdata = op;
	op->accept = (struct ph_journal_accept){.request = {.done = on_accept_done, .userdata = op},
		.uid = job->uid,
		.method = "printer.print",
		.key = job->key,
		.device = job->device_id,
		.role = job->role[0] ? job->role : NULL,
		.document = job->document,
		.document_len = job->document_len,
		.on_recovery = job->on_recovery,
		.copies = job->copies,
		.priority = job->priority,
		.expires_us = job->expires_us,
		.state = job->state};
	int r = submit(op);
	if (r < 0) {
		ph_call_fail_journal(call, r, "the job cannot be stored");
		discard(op);
		free(op);
	}
}
