// Jobs that wait because of what their printer said last: it is asked anew, in case the word that all is well got lost.
#include "base/clock.h"
#include "daemon/core/daemon.h"
#include "daemon/core/process.h"
#include "daemon/objects/device.h"
#include "daemon/objects/job_private.h"

#include <stdint.h>

/* The status comes by itself, and a driver without this request has nothing to ask. */
static void on_refreshed(void *userdata, const cJSON *result, const struct ph_failure *failure)
{
}

/* Only what the printer says of itself can have changed without a word; the driver sees its link. */
static bool waits(const struct ph_device *device)
{
	return device->class_ == PH_CLASS_PRINTER && device->queue && !device->active &&
	       device->unit->state == PH_DEVICE_READY && ph_printer_blocked(device);
}

static void ask(struct ph_device *device, uint64_t now)
{
	if (!waits(device)) { /* its jobs have moved on */
		device->refresh_at_us = 0;
		return;
	}
	ph_process_request(device->unit->process, "printer.refresh", "{}", 2, on_refreshed, NULL);
	device->refresh_ms *= 2;
	if (device->refresh_ms > PH_REFRESH_MAX_MS)
		device->refresh_ms = PH_REFRESH_MAX_MS;
	device->refresh_at_us = now + device->refresh_ms * 1000ull;
}

static void arm(struct ph_daemon *daemon);

static int on_refresh(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_daemon *daemon = userdata;
	uint64_t now = ph_clock_mono_us();

	for (struct ph_device *device = daemon->devices; device; device = device->next)
		if (device->refresh_at_us && device->refresh_at_us <= now)
			ask(device, now);
	arm(daemon);
	return 0;
}

/* Arms the timer for the first printer that is due; without one it is gone. */
static void arm(struct ph_daemon *daemon)
{
	struct ph_job_table *table = daemon->jobs;
	uint64_t first = UINT64_MAX;

	for (const struct ph_device *device = daemon->devices; device; device = device->next)
		if (device->refresh_at_us && device->refresh_at_us < first)
			first = device->refresh_at_us;
	if (first == UINT64_MAX) {
		table->refresh = sd_event_source_disable_unref(table->refresh);
		return;
	}
	if (!table->refresh)
		sd_event_add_time(daemon->event, &table->refresh, CLOCK_MONOTONIC, first, 100000,
			on_refresh, daemon);
	else
		sd_event_source_set_time(table->refresh, first);
	sd_event_source_set_enabled(table->refresh, SD_EVENT_ONESHOT);
}

void ph_jobs_note_waiting(struct ph_device *device)
{
	bool due = waits(device);

	if (due == (device->refresh_at_us != 0))
		return;
	device->refresh_ms = due ? PH_REFRESH_MIN_MS : 0;
	device->refresh_at_us = due ? ph_clock_mono_us() + PH_REFRESH_MIN_MS * 1000ull : 0;
	arm(device->unit->daemon);
}
