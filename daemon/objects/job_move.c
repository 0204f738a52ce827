// Jobs addressed to a role: which of its printers they go to, and when one that waits goes to the next. Only jobs of which
// nothing has been sent ever move.
#include "base/clock.h"
#include "base/names.h"
#include "daemon/core/config.h"
#include "daemon/core/daemon.h"
#include "daemon/core/log.h"
#include "daemon/doors/call.h"
#include "daemon/objects/device.h"
#include "daemon/objects/event.h"
#include "daemon/objects/job_private.h"

#include <stdio.h>
#include <string.h>

/* A printer that is just being started is worth a moment's wait. */
static bool can_print(const struct ph_device *device)
{
	return device->unit->state == PH_DEVICE_STARTING || !ph_printer_blocked(device);
}

static struct ph_device *printer_of(struct ph_daemon *daemon, const char *id)
{
	struct ph_device *device = ph_device_by_id(daemon, id);

	return device && device->class_ == PH_CLASS_PRINTER ? device : NULL;
}

struct ph_device *ph_job_choose_printer(struct ph_call *call, char ret_role[PH_NAME_MAX + 1])
{
	const char *name = ph_param_str(call, "device");
	const struct ph_config_role *role = ph_role_config(call->daemon, name);
	struct ph_device *first = NULL;

	ret_role[0] = '\0';
	for (size_t i = 0; role && i < role->devices_len; i++) {
		struct ph_device *device = printer_of(call->daemon, role->devices[i]);
		if (!device || device->job_count >= PH_JOBS_PER_DEVICE)
			continue;
		if (!first)
			first = device;
		if (!can_print(device))
			continue;
		first = device;
		break;
	}
	if (!first)
		return ph_call_device(call, PH_CLASS_PRINTER);
	snprintf(ret_role, PH_NAME_MAX + 1, "%s", role->name);
	return first;
}

/* ---- moving on ---- */

/* Monotonic time at which the job has waited long enough for its printer; UINT64_MAX: it stays. */
static uint64_t due_at(const struct ph_job *job, const struct ph_config_role *role)
{
	if (!role || role->failover_after_s < 0 || job->attempt || job->reprint || job->recording ||
		(job->state != PH_JOB_QUEUED && job->state != PH_JOB_WAITING))
		return UINT64_MAX;
	if (!job->device)
		return 0;
	if (!job->device->blocked_since_us)
		return UINT64_MAX;
	uint64_t since = job->device->blocked_since_us > job->queued_us
				 ? job->device->blocked_since_us
				 : job->queued_us;
	return since + (uint64_t)role->failover_after_s * 1000000;
}

static const struct ph_config_role *role_of(const struct ph_job *job)
{
	return job->role[0] ? ph_role_config(job->daemon, job->role) : NULL;
}

/* The first printer of the role that can print now, other than the job's own. */
static struct ph_device *next_printer(const struct ph_job *job, const struct ph_config_role *role)
{
	for (size_t i = 0; i < role->devices_len; i++) {
		struct ph_device *device = printer_of(job->daemon, role->devices[i]);
		if (device && device != job->device && !ph_printer_blocked(device) &&
			device->job_count < PH_JOBS_PER_DEVICE)
			return device;
	}
	return NULL;
}

/* The old printer's watchers see it go; the new one's see it come as job.state. */
static void tell_moved(const struct ph_job *job, const char *from, const char *reason)
{
	cJSON *data = cJSON_CreateObject();

	cJSON_AddStringToObject(data, "job", job->name);
	cJSON_AddStringToObject(data, "key", job->key);
	cJSON_AddStringToObject(data, "role", job->role);
	cJSON_AddStringToObject(data, "from", from);
	cJSON_AddStringToObject(data, "to", job->device_id);
	cJSON_AddStringToObject(data, "reason", reason);
	ph_events_publish_json(job->daemon, "job.moved", from, data);
}

static void move(struct ph_job *job, struct ph_device *to)
{
	const char *why = job->device ? ph_printer_blocked(job->device) : "not configured";
	char from[sizeof job->device_id], reason[PH_JOB_REASON_MAX + 1];

	snprintf(from, sizeof from, "%s", job->device_id);
	snprintf(reason, sizeof reason, "moved from %s: %s", from, why ? why : "");
	ph_log(LOG_NOTICE, from, "%s goes to %s: %s", job->name, to->id, why ? why : "");
	ph_job_queue_remove(job);
	if (!job->moved_from[0])
		snprintf(job->moved_from, sizeof job->moved_from, "%s", from);
	snprintf(job->device_id, sizeof job->device_id, "%s", to->id);
	job->device = to;
	ph_job_queue_add(job);
	tell_moved(job, from, reason);
	ph_job_set_state(job, PH_JOB_WAITING, reason);
	ph_job_store(job, NULL);
}

static void arm(struct ph_daemon *daemon);

/* The kick of a printer may bring more of this about; it is left to the caller's next round. */
void ph_jobs_move_due(struct ph_daemon *daemon)
{
	uint64_t now = ph_clock_mono_us();
	struct ph_job *next;

	for (struct ph_job *job = daemon->jobs->jobs; job; job = next) {
		const struct ph_config_role *role = role_of(job);
		next = job->next;
		if (due_at(job, role) > now)
			continue;
		struct ph_device *to = next_printer(job, role);
		if (to)
			move(job, to);
	}
	for (struct ph_device *device = daemon->devices; device; device = device->next)
		if (device->class_ == PH_CLASS_PRINTER && device->queue && !device->active)
			ph_jobs_kick(device);
	arm(daemon);
}

static int on_move(sd_event_source *source, uint64_t usec, void *userdata)
{
	ph_jobs_move_due(userdata);
	return 0;
}

static void arm_at(struct ph_daemon *daemon, uint64_t due_us)
{
	struct ph_job_table *table = daemon->jobs;

	if (!table->move)
		sd_event_add_time(daemon->event, &table->move, CLOCK_MONOTONIC, due_us, 10000,
			on_move, daemon);
	else
		sd_event_source_set_time(table->move, due_us);
	sd_event_source_set_enabled(table->move, SD_EVENT_ONESHOT);
}

/* One that is overdue waits for a printer to become able, not for a time, unless one is: it came due just now. */
static void arm(struct ph_daemon *daemon)
{
	struct ph_job_table *table = daemon->jobs;
	uint64_t now = ph_clock_mono_us(), first = UINT64_MAX;

	for (const struct ph_job *job = table->jobs; job; job = job->next) {
		const struct ph_config_role *role = role_of(job);
		uint64_t due = due_at(job, role);
		if (due < first && (due > now || next_printer(job, role)))
			first = due;
	}
	if (first != UINT64_MAX)
		arm_at(daemon, first);
	else
		table->move = sd_event_source_disable_unref(table->move);
}

void ph_job_arm_move(const struct ph_job *job)
{
	struct ph_job_table *table = job->daemon->jobs;
	uint64_t due = due_at(job, role_of(job)), armed = UINT64_MAX;
	int enabled = SD_EVENT_OFF;

	if (table->move)
		sd_event_source_get_enabled(table->move, &enabled);
	if (enabled != SD_EVENT_OFF)
		sd_event_source_get_time(table->move, &armed);
	if (due < armed)
		arm_at(job->daemon, due);
}

void ph_jobs_note_blocked(struct ph_device *device)
{
	struct ph_daemon *daemon = device->unit->daemon;
	bool blocked = ph_printer_blocked(device);

	if (blocked == (device->blocked_since_us != 0))
		return;
	device->blocked_since_us = blocked ? ph_clock_mono_us() : 0;
	if (blocked)
		arm(daemon);
	else
		ph_jobs_move_due(daemon);
}
