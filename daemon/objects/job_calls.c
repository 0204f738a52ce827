// Methods about jobs: printer.print, job.get, job.list, job.wait, job.cancel, job.retry.
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/names.h"
#include "daemon/core/daemon.h"
#include "daemon/core/process.h"
#include "daemon/doors/call.h"
#include "daemon/doors/handlers.h"
#include "daemon/objects/client.h"
#include "daemon/objects/device.h"
#include "daemon/objects/job_private.h"
#include "daemon/objects/lease.h"
#include "daemon/objects/printer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define METHOD "printer.print"

/* ---- printer.print ---- */

/* A printer may fill as much as is still free: one that stands still leaves room for the others' jobs. */
static bool has_room(struct ph_call *call, const struct ph_device *device)
{
	const struct ph_job_table *table = call->daemon->jobs;
	unsigned count = table->count + table->accepting;
	size_t bytes = table->bytes + table->accepting_bytes;

	if (count < PH_JOBS_MAX && bytes < PH_JOBS_BYTES_MAX &&
		device->job_count < PH_JOBS_PER_DEVICE && device->job_count < PH_JOBS_MAX - count &&
		device->job_bytes < PH_JOBS_BYTES_MAX - bytes)
		return true;
	ph_call_fail(call, PH_E_LIMIT_EXCEEDED, "%u jobs wait for %s, %u in all", device->job_count,
		device->id, table->count);
	return false;
}

static struct ph_job *new_job(struct ph_call *call, struct ph_device *device, const char *role)
{
	struct ph_job *job = calloc(1, sizeof *job);
	const char *recovery = ph_param_str(call, "on_recovery");
	int64_t ttl_s = ph_param_int(call, "ttl_s", 0);

	if (!job)
		return NULL;
	job->document = cJSON_PrintUnformatted(ph_param(call, "document"));
	if (!job->document) {
		free(job);
		return NULL;
	}
	job->document_len = strlen(job->document);
	job->daemon = call->daemon;
	job->device = device;
	job->owner = call->client;
	job->uid = call->client->uid;
	snprintf(job->key, sizeof job->key, "%s", ph_param_str(call, "key"));
	snprintf(job->device_id, sizeof job->device_id, "%s", device->id);
	snprintf(job->role, sizeof job->role, "%s", role);
	job->copies = (uint32_t)ph_param_int(call, "copies", 1);
	job->priority = (int32_t)ph_param_int(call, "priority", 0);
	job->on_recovery =
		recovery ? (enum ph_recovery)ph_recovery_parse(recovery) : PH_RECOVERY_REPRINT;
	job->expires_us = ttl_s ? ph_clock_wall_us() + (uint64_t)ttl_s * 1000000 : 0;
	return job;
}

void ph_printer_print(struct ph_call *call)
{
	char role[PH_NAME_MAX + 1];
	struct ph_device *device = ph_job_choose_printer(call, role);

	if (!device || !ph_printer_check_document(call) || !has_room(call, device))
		return;
	struct ph_job *job = new_job(call, device, role);
	if (!job) {
		ph_call_fail(call, PH_E_FAILURE, "out of memory");
		return;
	}
	ph_job_accept(job, call, ph_param_bool(call, "wait", false));
}

/* ---- finding a job: in memory, or in the journal ---- */

struct lookup {
	struct ph_journal_get get;
	struct ph_call *call;
	void (*found)(struct ph_call *call, const struct ph_job_row *row);
	bool cancelled;
};

static void cancel_lookup(struct ph_call *call)
{
	struct lookup *lookup = call->userdata;

	lookup->cancelled = true;
}

static void on_lookup_done(struct ph_journal_request *request, int result)
{
	struct lookup *lookup = request->userdata;

	lookup->call->cancel = NULL;
	if (lookup->cancelled)
		ph_call_fail(lookup->call, PH_E_CANCELLED, "the call was cancelled");
	else if (result == 0)
		lookup->found(lookup->call, lookup->get.job);
	else if (result == -ENOENT)
		ph_call_fail(lookup->call, PH_E_NOEXIST, "there is no job `%s`",
			ph_param_str(lookup->call, "job"));
	else
		ph_call_fail_read(lookup->call, result);
	ph_journal_get_clear(&lookup->get);
	free(lookup);
}

void ph_job_look_up(struct ph_call *call, bool with_document,
	void (*found)(struct ph_call *call, const struct ph_job_row *row))
{
	const char *name = ph_param_str(call, "job");
	struct lookup *lookup = calloc(1, sizeof *lookup);

	if (!lookup) {
		ph_call_fail(call, PH_E_FAILURE, "out of memory");
		return;
	}
	*lookup = (struct lookup){.call = call, .found = found};
	lookup->get =
		(struct ph_journal_get){.request = {.done = on_lookup_done, .userdata = lookup},
			.with_document = with_document};
	if (ph_job_id_parse(name, &lookup->get.id) < 0) {
		lookup->get.uid = call->client->uid;
		lookup->get.method = METHOD;
		lookup->get.key = name;
	}
	call->cancel = cancel_lookup;
	call->userdata = lookup;
	int r = ph_journal_get_submit(call->daemon->journal, &lookup->get);
	if (r < 0) {
		free(lookup);
		call->cancel = NULL;
		ph_call_fail(call, ph_error_from_journal(r), "the journal is busy");
	}
}

static struct ph_job *live_job(struct ph_call *call)
{
	const char *name = ph_param_str(call, "job");
	int64_t id;

	if (ph_job_id_parse(name, &id) == 0)
		return ph_job_find(call->daemon, id);
	return ph_job_find_key(call->daemon, call->client->uid, name);
}

static void reply_job(struct ph_call *call, cJSON *job)
{
	cJSON *result = cJSON_CreateObject();

	cJSON_AddItemToObject(result, "job", job);
	ph_call_reply(call, result);
}

static void reply_row(struct ph_call *call, const struct ph_job_row *row)
{
	reply_job(call, ph_job_describe_row(row));
}

void ph_job_get_call(struct ph_call *call)
{
	struct ph_job *job = live_job(call);

	if (job)
		reply_job(call, ph_job_describe(job));
	else
		ph_job_look_up(call, false, reply_row);
}

static void wait_for(struct ph_call *call, struct ph_job *job)
{
	if (ph_job_wait(job, call, PH_JOB_ANSWER_JOB, ph_param_int(call, "timeout_ms", -1)) < 0)
		ph_call_fail(call, PH_E_FAILURE, "out of memory");
}

/* Not in memory a moment ago: it is final, or it was just being accepted. */
static void wait_for_row(struct ph_call *call, const struct ph_job_row *row)
{
	struct ph_job *job =
		ph_job_is_final(row->state) ? NULL : ph_job_find(call->daemon, row->id);

	if (job)
		wait_for(call, job);
	else
		reply_row(call, row);
}

void ph_job_wait_call(struct ph_call *call)
{
	struct ph_job *job = live_job(call);

	if (job)
		wait_for(call, job);
	else
		ph_job_look_up(call, false, wait_for_row);
}

/* ---- job.list ---- */

struct listing {
	struct ph_journal_list list;
	struct ph_call *call;
	char device[PH_NAME_MAX + 16];
};

/* Rows of jobs that are under way show what memory knows, which is newer. */
static cJSON *describe_listed(struct ph_daemon *daemon, const struct ph_job_row *row)
{
	struct ph_job *job = ph_job_is_final(row->state) ? NULL : ph_job_find(daemon, row->id);

	return job ? ph_job_describe(job) : ph_job_describe_row(row);
}

static void on_list_done(struct ph_journal_request *request, int result)
{
	struct listing *listing = request->userdata;
	struct ph_call *call = listing->call;

	if (result < 0) {
		ph_call_fail_read(call, result);
	} else {
		cJSON *answer = cJSON_CreateObject();
		cJSON *jobs = cJSON_AddArrayToObject(answer, "jobs");
		for (uint32_t i = 0; i < listing->list.count; i++)
			cJSON_AddItemToArray(
				jobs, describe_listed(call->daemon, &listing->list.jobs[i]));
		ph_call_reply(call, answer);
	}
	ph_journal_list_clear(&listing->list);
	free(listing);
}

static uint32_t states_mask(const char *word)
{
	uint32_t open = 0;

	if (!word)
		return 0;
	if (strcmp(word, "open") != 0)
		return 1u << ph_job_state_parse(word);
	for (int i = 0; i < PH_JOB_PRINTED; i++)
		open |= 1u << i;
	return open;
}

void ph_job_list_call(struct ph_call *call)
{
	const char *filter = ph_param_str(call, "device");
	struct listing *listing = calloc(1, sizeof *listing);

	if (!listing) {
		ph_call_fail(call, PH_E_FAILURE, "out of memory");
		return;
	}
	if (filter) {
		const struct ph_device *device = ph_device_find(call->daemon, filter);
		snprintf(listing->device, sizeof listing->device, "%s",
			device ? device->id : filter);
	}
	listing->call = call;
	listing->list =
		(struct ph_journal_list){.request = {.done = on_list_done, .userdata = listing},
			.device = filter ? listing->device : NULL,
			.states = states_mask(ph_param_str(call, "state")),
			.limit = (uint32_t)ph_param_int(call, "limit", 100)};
	int r = ph_journal_list_submit(call->daemon->journal, &listing->list);
	if (r < 0) {
		free(listing);
		ph_call_fail(call, ph_error_from_journal(r), "the journal is busy");
	}
}

/* ---- job.cancel, job.retry ---- */

static void refuse_cancel(struct ph_call *call, const struct ph_job_row *row)
{
	ph_call_fail(call, PH_E_ILLEGAL, "the job is %s already", ph_job_state_name(row->state));
}

static void on_cancel_answer(void *userdata, const cJSON *result, const struct ph_failure *failure)
{
	/* The end of the job comes as job.end, or with the end of the driver. */
}

static void cancel_active(struct ph_job *job)
{
	char params[PH_JOB_ID_SIZE + 20];
	int len = snprintf(params, sizeof params, "{\"job\":\"%s\"}", job->name);

	job->cancelled = true;
	if (!job->recording)
		ph_process_request(job->device->unit->process, "printer.cancel", params,
			(size_t)len, on_cancel_answer, NULL);
}

void ph_job_cancel_call(struct ph_call *call)
{
	struct ph_job *job = live_job(call);

	if (!job || ph_job_is_final(job->state)) {
		ph_job_look_up(call, false, refuse_cancel);
		return;
	}
	if (job->device && job->device->active == job && !job->drawing) {
		cancel_active(job);
		reply_job(call, ph_job_describe(job));
		return;
	}
	if (job->drawing)
		job->attempt--; /* nothing of it has left */
	ph_job_finish(job, PH_JOB_CANCELLED, "");
	job = live_job(call); /* it stays until its end is on disk */
	if (job)
		reply_job(call, ph_job_describe(job));
	else
		ph_job_look_up(call, false, reply_row);
}

static struct ph_job *job_from_row(
	struct ph_call *call, const struct ph_job_row *row, bool on_paper)
{
	struct ph_job *job = calloc(1, sizeof *job);

	if (!job || !(job->document = strndup(row->document, row->document_len))) {
		free(job);
		return NULL;
	}
	job->daemon = call->daemon;
	job->id = row->id;
	ph_job_id_format(job->id, job->name);
	job->uid = row->uid;
	snprintf(job->key, sizeof job->key, "%s", row->key);
	snprintf(job->device_id, sizeof job->device_id, "%s", row->device);
	job->document_len = row->document_len;
	job->copies = row->copies;
	job->priority = row->priority;
	snprintf(job->role, sizeof job->role, "%s", row->role);
	snprintf(job->moved_from, sizeof job->moved_from, "%s", row->moved_from);
	job->on_recovery = row->on_recovery;
	job->accepted_us = row->accepted_us;
	job->changed_us = ph_clock_wall_us();
	job->reprint = on_paper;
	job->mode = on_paper ? PH_JOB_REPRINT : PH_JOB_FIRST;
	job->state = PH_JOB_WAITING;
	snprintf(job->reason, sizeof job->reason, "asked for again");
	return job;
}

struct retry {
	struct ph_journal_update update;
	struct ph_call *call;
	struct ph_job *job;
};

static void on_retry_stored(struct ph_journal_request *request, int result)
{
	struct retry *retry = request->userdata;
	struct ph_job *job = retry->job;

	if (result < 0) {
		ph_call_fail_journal(retry->call, result, "the job cannot be stored");
		ph_job_free(job);
	} else if (ph_job_find(job->daemon, job->id)) {
		ph_call_fail(retry->call, PH_E_BUSY, "%s is being retried already", job->name);
		ph_job_free(job);
	} else {
		struct ph_device *device = ph_device_find(job->daemon, job->device_id);
		job->device = device && device->class_ == PH_CLASS_PRINTER ? device : NULL;
		ph_job_enqueue(job);
		reply_job(retry->call, ph_job_describe(job));
		if (job->device)
			ph_jobs_kick(job->device);
	}
	free(retry);
}

static void store_retry(struct ph_call *call, struct ph_job *job)
{
	struct retry *retry = calloc(1, sizeof *retry);
	int r = -ENOMEM;

	if (retry) {
		*retry = (struct retry){.call = call, .job = job};
		retry->update = (struct ph_journal_update){
			.request = {.done = on_retry_stored, .userdata = retry},
			.id = job->id,
			.state = job->state,
			.reprint = job->reprint,
			.reason = job->reason};
		r = ph_journal_update_submit(call->daemon->journal, &retry->update);
	}
	if (r < 0) {
		ph_job_free(job);
		free(retry);
		ph_call_fail(call, ph_error_from_journal(r), "the journal is busy");
	}
}

static void retry_row(struct ph_call *call, const struct ph_job_row *row)
{
	bool nothing_printed = row->state == PH_JOB_FAILED || row->state == PH_JOB_EXPIRED ||
			       (row->state == PH_JOB_CANCELLED && !row->attempt);

	if (!nothing_printed && !ph_param_bool(call, "reprint", false)) {
		ph_call_fail(call, PH_E_UNCERTAIN,
			"the job is %s: it may be on paper; pass reprint to print it again, marked",
			ph_job_state_name(row->state));
		return;
	}
	const struct ph_device *device = ph_device_find(call->daemon, row->device);
	if (device && !has_room(call, device))
		return;
	if (!row->document) {
		ph_call_fail(call, PH_E_NOEXIST,
			"the document is not kept any more; send it again with a new key");
		return;
	}
	struct ph_job *job = job_from_row(call, row, !nothing_printed);
	if (job)
		store_retry(call, job);
	else
		ph_call_fail(call, PH_E_FAILURE, "out of memory");
}

void ph_job_retry_call(struct ph_call *call)
{
	struct ph_job *job = live_job(call);

	if (job)
		ph_call_fail(call, PH_E_BUSY, "%s is %s; it needs no retry", job->name,
			ph_job_state_name(job->state));
	else
		ph_job_look_up(call, true, retry_row);
}
