// The life of a print job between journal, queue and driver. How it begins is in job_accept.c, what others see of it in
// job_view.c, methods about jobs in job_calls.c.
#include "daemon/objects/job.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/names.h"
#include "base/utf8.h"
#include "daemon/core/daemon.h"
#include "daemon/core/log.h"
#include "daemon/core/process.h"
#include "daemon/doors/call.h"
#include "daemon/objects/client.h"
#include "daemon/objects/device.h"
#include "daemon/objects/job_private.h"
#include "daemon/objects/lease.h"
#include "daemon/objects/printer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOT_CONFIGURED "the device is not configured"

static void recover(struct ph_job *job, const char *reason);

/* ---- table and queue ---- */

int ph_jobs_init(struct ph_daemon *daemon)
{
	daemon->jobs = calloc(1, sizeof *daemon->jobs);
	if (!daemon->jobs)
		return -ENOMEM;
	daemon->jobs->tail = &daemon->jobs->jobs;
	daemon->jobs->accepts_tail = &daemon->jobs->accepts;
	return 0;
}

void ph_job_free(struct ph_job *job)
{
	ph_job_drop_drawings(job);
	free(job->document);
	free(job);
}

void ph_jobs_done(struct ph_daemon *daemon)
{
	if (!daemon->jobs)
		return;
	while (daemon->jobs->jobs) {
		struct ph_job *job = daemon->jobs->jobs;
		daemon->jobs->jobs = job->next;
		while (job->waiters) {
			struct ph_job_waiter *waiter = job->waiters;
			job->waiters = waiter->next;
			sd_event_source_disable_unref(waiter->timeout);
			free(waiter);
		}
		ph_job_free(job);
	}
	sd_event_source_disable_unref(daemon->jobs->expiry);
	sd_event_source_disable_unref(daemon->jobs->again);
	sd_event_source_disable_unref(daemon->jobs->move);
	sd_event_source_disable_unref(daemon->jobs->refresh);
	free(PH_STEAL(daemon->jobs));
}

unsigned ph_jobs_count(const struct ph_daemon *daemon)
{
	return daemon->jobs ? daemon->jobs->count : 0;
}

struct ph_job *ph_job_find(struct ph_daemon *daemon, int64_t id)
{
	for (struct ph_job *job = daemon->jobs->jobs; job; job = job->next)
		if (job->id == id)
			return job;
	return NULL;
}

struct ph_job *ph_job_find_key(struct ph_daemon *daemon, uint32_t uid, const char *key)
{
	for (struct ph_job *job = daemon->jobs->jobs; job; job = job->next)
		if (job->uid == uid && !strcmp(job->key, key))
			return job;
	return NULL;
}

static void table_add(struct ph_job *job)
{
	struct ph_job_table *table = job->daemon->jobs;

	job->next = NULL;
	*table->tail = job;
	table->tail = &job->next;
	table->count++;
	table->bytes += job->document_len;
}

static void table_remove(struct ph_job *job)
{
	struct ph_job_table *table = job->daemon->jobs;
	struct ph_job **p = &table->jobs;

	while (*p && *p != job)
		p = &(*p)->next;
	if (!*p)
		return;
	*p = job->next;
	if (table->tail == &job->next)
		table->tail = p;
	table->count--;
	table->bytes -= job->document_len;
	if (table->jobs)
		return;
	table->expiry = sd_event_source_disable_unref(table->expiry);
	table->move = sd_event_source_disable_unref(table->move);
}

/* In order of arrival and priority; what has been begun is not overtaken. */
void ph_job_queue_add(struct ph_job *job)
{
	struct ph_device *device = job->device;
	struct ph_job **place = &device->queue;

	/* the usual case without a walk */
	if (device->queue_tail &&
		(device->queue_tail->attempt || device->queue_tail->priority >= job->priority))
		place = &device->queue_tail->queue_next;
	while (*place && ((*place)->attempt || (*place)->priority >= job->priority))
		place = &(*place)->queue_next;
	job->queue_next = *place;
	*place = job;
	if (!job->queue_next)
		device->queue_tail = job;
	job->queued_us = ph_clock_mono_us();
	device->job_count++;
	device->job_bytes += job->document_len;
}

void ph_job_queue_remove(struct ph_job *job)
{
	struct ph_device *device = job->device;
	struct ph_job *before = NULL;

	if (!device)
		return;
	if (device->active == job)
		device->active = NULL;
	for (struct ph_job *j = device->queue; j && j != job; j = j->queue_next)
		before = j;
	if ((before ? before->queue_next : device->queue) != job)
		return;
	if (before)
		before->queue_next = job->queue_next;
	else
		device->queue = job->queue_next;
	if (device->queue_tail == job)
		device->queue_tail = before;
	device->job_count--;
	device->job_bytes -= job->document_len;
}

/* A driver's words may be longer than the place for them. */
static void set_reason(struct ph_job *job, const char *reason)
{
	snprintf(job->reason, sizeof job->reason, "%s", reason);
	ph_utf8_clean(job->reason);
}

void ph_job_set_state(struct ph_job *job, enum ph_job_state state, const char *reason)
{
	if (job->state == state && !strcmp(job->reason, reason))
		return;
	job->state = state;
	set_reason(job, reason);
	job->changed_us = ph_clock_wall_us();
	ph_job_tell(job);
}

/* ---- journal ---- */

/* An update on its way to the disk; what it stores is copied, so that the job may change or go meanwhile. */
struct update {
	struct ph_journal_update update;
	struct ph_job *job; /* NULL when nobody waits for it */
	void (*then)(struct ph_job *job, int result);
	char reason[PH_JOB_REASON_MAX + 1], note[PH_JOB_REASON_MAX + 1];
	char device[PH_NAME_MAX + 16], moved_from[PH_NAME_MAX + 16];
};

static void on_update_done(struct ph_journal_request *request, int result)
{
	struct update *update = request->userdata;

	if (result < 0)
		ph_log(LOG_ERR, NULL, "job-%lld: its state cannot be stored: %s",
			(long long)update->update.id, strerror(-result));
	if (update->job)
		update->then(update->job, result);
	free(update);
}

int ph_job_store(struct ph_job *job, void (*then)(struct ph_job *job, int result))
{
	struct update *update = calloc(1, sizeof *update);

	if (!update)
		return -ENOMEM;
	snprintf(update->reason, sizeof update->reason, "%s", job->reason);
	snprintf(update->note, sizeof update->note, "%s", job->note);
	snprintf(update->device, sizeof update->device, "%s", job->device_id);
	snprintf(update->moved_from, sizeof update->moved_from, "%s", job->moved_from);
	update->job = then ? job : NULL;
	update->then = then;
	update->update =
		(struct ph_journal_update){.request = {.done = on_update_done, .userdata = update},
			.id = job->id,
			.state = job->drawing ? PH_JOB_WAITING : job->state,
			.confirmed = job->confirmed,
			.segments = job->segments,
			.attempt = job->attempt - (job->drawing ? 1 : 0),
			.reprint = job->reprint,
			.reason = update->reason,
			.device = update->device,
			.moved_from = update->moved_from,
			.columns = job->columns,
			.note = update->note};
	int r = ph_journal_update_submit(job->daemon->journal, &update->update);
	if (r < 0)
		free(update);
	return r;
}

/* ---- expiry ---- */

static bool may_expire(const struct ph_job *job)
{
	return job->expires_us && !job->attempt &&
	       (job->state == PH_JOB_QUEUED || job->state == PH_JOB_WAITING);
}

static int on_expiry(sd_event_source *source, uint64_t usec, void *userdata);

/* One timer for the job that expires first; none when no queued job can expire. */
static void arm_expiry(struct ph_daemon *daemon)
{
	struct ph_job_table *table = daemon->jobs;
	uint64_t first = UINT64_MAX;

	for (const struct ph_job *job = table->jobs; job; job = job->next)
		if (may_expire(job) && job->expires_us < first)
			first = job->expires_us;
	if (first == UINT64_MAX) {
		table->expiry = sd_event_source_disable_unref(table->expiry);
		return;
	}
	if (!table->expiry)
		sd_event_add_time(daemon->event, &table->expiry, CLOCK_REALTIME, first, 100000,
			on_expiry, daemon);
	else
		sd_event_source_set_time(table->expiry, first);
	sd_event_source_set_enabled(table->expiry, SD_EVENT_ONESHOT);
}

static int on_expiry(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_daemon *daemon = userdata;
	uint64_t now = ph_clock_wall_us();
	struct ph_job *next;

	for (struct ph_job *job = daemon->jobs->jobs; job; job = next) {
		next = job->next;
		if (may_expire(job) && job->expires_us <= now)
			ph_job_finish(job, PH_JOB_EXPIRED, "it had not started in time");
	}
	arm_expiry(daemon);
	return 0;
}

/* ---- a journal that failed, a driver that is busy ---- */

static void on_finished(struct ph_job *job, int result);

static void store_end(struct ph_job *job)
{
	job->unstored = false;
	if (ph_job_store(job, on_finished) < 0)
		on_finished(job, -ENOBUFS);
}

void ph_jobs_store_ends(struct ph_daemon *daemon)
{
	for (struct ph_job *job = daemon->jobs ? daemon->jobs->jobs : NULL; job; job = job->next)
		if (job->unstored)
			store_end(job);
}

static int on_again(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_daemon *daemon = userdata;

	ph_jobs_store_ends(daemon);
	for (struct ph_device *device = daemon->devices; device; device = device->next)
		ph_jobs_kick(device);
	return 0;
}

/* Nobody tells that a disk works again, or a driver that was busy: what waits is tried once more after a pause. */
static void try_again_later(struct ph_daemon *daemon)
{
	struct ph_job_table *table = daemon->jobs;
	uint64_t pause_us = PH_JOB_AGAIN_MS * 1000ull;

	if (!table->again) {
		sd_event_add_time_relative(daemon->event, &table->again, CLOCK_MONOTONIC, pause_us,
			100000, on_again, daemon);
		return;
	}
	sd_event_source_set_time_relative(table->again, pause_us);
	sd_event_source_set_enabled(table->again, SD_EVENT_ONESHOT);
}

/* ---- the end ---- */

/* Told to all even where it cannot be stored; then the job stays in memory until it is. */
static void on_finished(struct ph_job *job, int result)
{
	if (!job->told) {
		job->told = true;
		ph_job_tell(job);
		ph_job_answer_waiters(job);
	}
	if (result < 0) {
		job->unstored = true;
		try_again_later(job->daemon);
		return;
	}
	table_remove(job);
	ph_job_free(job);
}

void ph_job_finish(struct ph_job *job, enum ph_job_state state, const char *reason)
{
	struct ph_device *device = job->device;

	ph_job_drop_drawings(job);
	ph_job_queue_remove(job);
	job->state = state;
	job->device = NULL;
	job->changed_us = ph_clock_wall_us();
	set_reason(job, reason);
	if (device && state == PH_JOB_PRINTED)
		device->counters[PH_COUNT_JOB_PRINTED]++;
	if (device && state == PH_JOB_UNCERTAIN)
		device->counters[PH_COUNT_JOB_UNCERTAIN]++;
	store_end(job);
	if (device)
		ph_jobs_kick(device);
}

/* ---- starting ---- */

const char *ph_printer_blocked(const struct ph_device *device)
{
	static const char *const words[] = {
		"rec_empty", "cover_open", "cutter_error", "printer_error", "head_hot", "off_line"};

	if (device->unit->state != PH_DEVICE_READY)
		return device->unit->reasons.count ? device->unit->reasons.words[0]
						   : ph_device_state_name(device->unit->state);
	for (size_t i = 0; i < PH_ARRAY_SIZE(words); i++)
		if (ph_reasons_has(&device->reasons, words[i]))
			return words[i];
	return NULL;
}

const char *ph_job_blocked(const struct ph_device *device, const struct ph_job *job)
{
	const char *why = ph_printer_blocked(device);

	if (!why && device->lease && device->lease->client != job->owner)
		why = "claimed";
	return why;
}

static void on_sending_stored(struct ph_job *job, int result)
{
	struct ph_device *device = job->device;

	job->recording = false;
	if (ph_job_is_final(job->state))
		return;
	if (!device || result < 0 || device->active != job)
		ph_job_drop_drawings(job);
	if (!device ||
		device->active != job) { /* it was removed meanwhile, and perhaps added again */
		job->attempt--;
		ph_job_set_state(job, PH_JOB_WAITING, NOT_CONFIGURED);
		ph_job_store(job, NULL);
		if (device)
			ph_jobs_kick(device);
		return;
	}
	if (result < 0) {
		job->attempt--;
		device->active = NULL;
		ph_job_set_state(job, PH_JOB_WAITING, "the journal cannot be written");
		try_again_later(job->daemon);
		return;
	}
	ph_job_send(job);
}

void ph_job_record_sending(struct ph_job *job)
{
	job->recording = true;
	if (ph_job_store(job, on_sending_stored) < 0)
		on_sending_stored(job, -ENOBUFS);
}

static void begin(struct ph_job *job)
{
	job->device->active = job;
	job->attempt++;
	ph_job_set_state(job, PH_JOB_SENDING, "");
	ph_job_record_sending(job);
}

void ph_jobs_kick(struct ph_device *device)
{
	struct ph_job *job;

	if (device->class_ != PH_CLASS_PRINTER)
		return;
	ph_jobs_note_blocked(device);
	ph_jobs_note_waiting(device);
	job = device->queue;
	if (device->active)
		return;
	if (device->unit->daemon->stopping)
		ph_daemon_stop_when_idle(device->unit->daemon);
	if (!job || device->unit->daemon->stopping)
		return;
	const char *why = ph_job_blocked(device, job);
	if (why)
		ph_job_set_state(job, PH_JOB_WAITING, why);
	else
		begin(job);
}

void ph_job_unsend(struct ph_job *job, const char *reason)
{
	struct ph_device *device = job->device;

	ph_job_drop_drawings(job);
	device->active = NULL;
	job->attempt--;
	if (job->cancelled) {
		ph_job_finish(job, PH_JOB_CANCELLED, "");
		return;
	}
	ph_job_set_state(job, PH_JOB_WAITING, reason);
	ph_job_store(job, NULL);
	if (!ph_job_blocked(device, job))
		try_again_later(job->daemon); /* no change of the device will tell when */
	if (job->role[0])
		ph_job_arm_move(job);
}

/* Nothing of this attempt left; of an earlier one perhaps. */
static enum ph_job_state failed_state(const struct ph_job *job)
{
	return job->reprint ? PH_JOB_UNCERTAIN : PH_JOB_FAILED;
}

static uint32_t count_of(const cJSON *params, const char *name, uint32_t fallback)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(params, name);

	return cJSON_IsNumber(value) && value->valuedouble >= 0 && value->valuedouble < 1e9
		       ? (uint32_t)value->valuedouble
		       : fallback;
}

/* The answer may come when the job is long over, so that it is found by its id. */
struct sent {
	struct ph_daemon *daemon;
	int64_t id;
};

/* The driver refuses it. "path text", as drivers say it, is told like everywhere else: "path: text". */
static void fail(struct ph_job *job, const char *message)
{
	char text[PH_JOB_REASON_MAX + 1];
	const size_t path = strcspn(message, " ");
	const bool bare = !strncmp(message, "$.", 2) && message[path] && message[path - 1] != ':';

	snprintf(
		text, sizeof text, "%.*s%s%s", (int)path, message, bare ? ":" : "", message + path);
	ph_job_finish(job, failed_state(job), text);
}

static void on_print_answer(void *userdata, const cJSON *result, const struct ph_failure *failure)
{
	struct sent *sent = userdata;
	struct ph_job *job = ph_job_find(sent->daemon, sent->id);

	free(sent);
	if (!job || !job->device || job->device->active != job)
		return;
	const cJSON *needs = cJSON_GetObjectItemCaseSensitive(result, "needs");
	if (cJSON_IsArray(needs) && !job->with_rasters) {
		ph_job_draw(job, needs);
	} else if (needs) {
		ph_job_finish(job, failed_state(job), "the driver asks for drawings it has got");
	} else if (!failure) {
		job->segments = count_of(result, "segments", job->segments);
	} else if (!ph_process_connected(job->device->unit->process)) {
		return; /* the driver ended; ph_jobs_driver_lost() follows */
	} else if (failure->retryable) {
		ph_job_unsend(job, failure->message);
	} else {
		fail(job, failure->message);
	}
}

static void print_params(const struct ph_job *job, struct ph_buf *buf)
{
	static const char *const modes[] = {"first", "reprint", "continue"};

	ph_buf_printf(buf,
		"{\"job\":\"%s\",\"mode\":\"%s\",\"from_segment\":%u,\"copies\":%u,\"document\":",
		job->name, modes[job->mode], job->from_segment, job->copies);
	ph_buf_add(buf, job->document, job->document_len);
	if (job->rasters) {
		ph_buf_add_str(buf, ",\"rasters\":");
		ph_buf_add_str(buf, job->rasters);
	}
	ph_buf_add_char(buf, '}');
}

void ph_job_send(struct ph_job *job)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf params = PH_BUF_INIT;
	struct sent *sent = NULL;

	if (job->cancelled) {
		ph_job_finish(job, PH_JOB_CANCELLED, "");
		return;
	}
	/* it may have run out of paper while the journal worked */
	const char *why = ph_job_blocked(job->device, job);
	if (!why && !(sent = malloc(sizeof *sent)))
		why = "out of memory";
	if (why) {
		ph_job_unsend(job, why);
		return;
	}
	*sent = (struct sent){.daemon = job->daemon, .id = job->id};
	print_params(job, &params);
	int r = params.error ? params.error
			     : ph_process_request(job->device->unit->process, "printer.print",
				       params.data, params.len, on_print_answer, sent);
	if (r < 0) {
		free(sent);
		ph_job_unsend(job, strerror(-r));
		return;
	}
	job->with_rasters = job->rasters;
	job->columns = ph_printer_columns(job->device);
	free(PH_STEAL(job->rasters));
}

void ph_job_enqueue(struct ph_job *job)
{
	table_add(job);
	if (job->device)
		ph_job_queue_add(job);
	if (job->expires_us)
		arm_expiry(job->daemon);
	if (job->role[0])
		ph_job_arm_move(job);
}

/* ---- from the driver ---- */

/* The job the driver talks about. One that is still being recorded is not with the driver yet. */
static struct ph_job *job_of(struct ph_device *device, const cJSON *params)
{
	const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(params, "job"));
	struct ph_job *job = device->active;

	return job && !job->recording && !job->drawing && name && !strcmp(job->name, name) ? job
											   : NULL;
}

void ph_job_progress(struct ph_device *device, const cJSON *params)
{
	struct ph_job *job = job_of(device, params);

	if (!job)
		return;
	uint32_t confirmed = count_of(params, "confirmed", job->confirmed);
	job->segments = count_of(params, "segments", job->segments);
	bool all_sent = count_of(params, "sent", 0) >= job->segments && job->segments;
	enum ph_job_state state = all_sent ? PH_JOB_CONFIRMING : PH_JOB_SENDING;
	if (confirmed == job->confirmed && state == job->state)
		return;
	const char *why = ph_printer_blocked(device);
	job->confirmed = confirmed;
	job->state = state;
	set_reason(job, why ? why : "");
	job->changed_us = ph_clock_wall_us();
	ph_job_tell(job);
	ph_job_store(job, NULL);
}

void ph_jobs_status_changed(struct ph_device *device)
{
	struct ph_job *job = device->active;
	const char *why = ph_printer_blocked(device);

	if (job && !job->recording && !job->drawing)
		ph_job_set_state(job, job->state, why ? why : "");
	ph_jobs_kick(device);
}

void ph_job_end(struct ph_device *device, const cJSON *params)
{
	struct ph_job *job = job_of(device, params);
	const char *outcome =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(params, "outcome"));
	const char *reason =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(params, "reason"));

	if (!job || !outcome)
		return;
	job->segments = count_of(params, "segments", job->segments);
	job->confirmed = count_of(params, "confirmed", job->confirmed);
	if (!reason)
		reason = "";
	if (!strcmp(outcome, "lost")) {
		if (!count_of(params, "sent", 1)) {
			const char *why = reason[0] ? reason : ph_job_blocked(device, job);
			ph_job_unsend(job, why ? why : "off_line");
			return;
		}
		recover(job, reason);
		ph_jobs_kick(device);
		return;
	}
	int state = ph_job_state_parse(outcome);
	if (state < PH_JOB_PRINTED || state == PH_JOB_EXPIRED)
		state = PH_JOB_UNCERTAIN;
	if (state == PH_JOB_FAILED)
		state = (int)failed_state(job);
	ph_job_finish(job, (enum ph_job_state)state, reason);
}

/* Part of the job may be on paper and the rest is gone: its policy says what follows. */
static void recover(struct ph_job *job, const char *reason)
{
	struct ph_device *device = job->device;
	char text[PH_JOB_REASON_MAX + 1], short_reason[81];

	ph_job_drop_drawings(job);
	if (device && device->active == job)
		device->active = NULL;
	if (job->segments && job->confirmed >= job->segments) {
		ph_job_finish(job, PH_JOB_PRINTED, "");
		return;
	}
	if (job->cancelled) {
		ph_job_finish(job, PH_JOB_CANCELLED, reason);
		return;
	}
	if (job->on_recovery == PH_RECOVERY_ASK || job->attempt >= PH_JOB_ATTEMPTS_MAX) {
		ph_job_finish(
			job, PH_JOB_UNCERTAIN, reason[0] ? reason : "the printer lost part of it");
		return;
	}
	bool go_on = job->on_recovery == PH_RECOVERY_CONTINUE && job->confirmed;
	job->mode = go_on ? PH_JOB_CONTINUE : PH_JOB_REPRINT;
	job->from_segment = go_on ? job->confirmed : 0;
	job->confirmed = job->from_segment;
	job->reprint = true;
	snprintf(short_reason, sizeof short_reason, "%s", reason[0] ? reason : "printer");
	ph_utf8_clean(short_reason);
	snprintf(text, sizeof text, "lost (%s), will be %s", short_reason,
		go_on ? "continued" : "reprinted");
	ph_job_set_state(job, PH_JOB_WAITING, text);
	ph_job_store(job, NULL);
}

bool ph_jobs_under_way(const struct ph_device *device)
{
	const struct ph_job *job = device->active;

	return job && !job->recording && !job->drawing && !ph_job_blocked(device, job);
}

void ph_jobs_driver_lost(struct ph_device *device)
{
	struct ph_job *job = device->active;

	if (job && job->drawing)
		ph_job_unsend(job, "driver_crashed");
	else if (job && !job->recording)
		recover(job, "driver_crashed");
}

/* ---- comings and goings ---- */

void ph_jobs_drop_client(struct ph_client *client)
{
	for (struct ph_job *job = client->daemon->jobs ? client->daemon->jobs->jobs : NULL; job;
		job = job->next)
		if (job->owner == client)
			job->owner = NULL;
}

void ph_jobs_drop_device(struct ph_device *device)
{
	if (device->active && device->active->drawing)
		ph_job_unsend(device->active, NOT_CONFIGURED);
	else if (device->active && !device->active->recording)
		recover(device->active, "the device was removed");
	for (struct ph_job *job = device->queue; job; job = job->queue_next) {
		job->device = NULL;
		if (!job->recording && !job->daemon->stopping)
			ph_job_set_state(job, PH_JOB_WAITING, NOT_CONFIGURED);
	}
	if (device->active)
		device->active->device = NULL;
	device->queue = device->queue_tail = device->active = NULL;
	device->job_count = 0;
	device->job_bytes = 0;
}

void ph_jobs_adopt(struct ph_device *device)
{
	struct ph_daemon *daemon = device->unit->daemon;

	if (device->class_ != PH_CLASS_PRINTER)
		return;
	for (struct ph_job *job = daemon->jobs->jobs; job; job = job->next) {
		if (job->device || ph_job_is_final(job->state) ||
			strcmp(job->device_id, device->id))
			continue;
		job->device = device;
		ph_job_queue_add(job);
		if (!strcmp(job->reason, NOT_CONFIGURED))
			ph_job_set_state(job, PH_JOB_QUEUED, "");
	}
	ph_jobs_kick(device);
}

void ph_jobs_recover_all(struct ph_daemon *daemon)
{
	struct ph_job *next;

	for (struct ph_job *job = daemon->jobs->jobs; job; job = next) {
		next = job->next;
		if (job->state == PH_JOB_SENDING || job->state == PH_JOB_CONFIRMING)
			recover(job, "poshald was interrupted");
	}
}
