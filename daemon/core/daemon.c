// Start and stop of the service: the order in which its parts come and go.
#include "daemon/core/daemon.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "daemon/core/config.h"
#include "daemon/core/dialin.h"
#include "daemon/core/log.h"
#include "daemon/core/process.h"
#include "daemon/core/reload.h"
#include "daemon/core/render.h"
#include "daemon/core/storage.h"
#include "daemon/doors/dbus/door.h"
#include "daemon/doors/json/door.h"
#include "daemon/journal/journal.h"
#include "daemon/objects/client.h"
#include "daemon/objects/device.h"
#include "daemon/objects/job.h"
#include "daemon/objects/memory.h"
#include "daemon/payments/payment.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#define STOP_JOBS_US 10000000 /* how long a stop waits for receipts that are being printed */

void ph_daemon_device_changed(struct ph_daemon *daemon, const struct ph_device *device)
{
	if (daemon->hooks && daemon->hooks->device_changed)
		daemon->hooks->device_changed(daemon->hooks_door, device);
}

/* Like mkdir -p; the last folder gets `mode`. */
static int make_folder(const char *path, mode_t mode)
{
	char part[220];

	if (strlen(path) >= sizeof part)
		return -ENAMETOOLONG;
	for (const char *p = path + 1;; p++) {
		if (*p != '/' && *p)
			continue;
		snprintf(part, sizeof part, "%.*s", (int)(p - path), path);
		if (mkdir(part, *p ? 0755 : mode) < 0 && errno != EEXIST)
			return -errno;
		if (!*p)
			return 0;
	}
}

static int make_folders(const struct ph_paths *paths)
{
	char lock[220];
	const struct {
		const char *path;
		mode_t mode;
	} folders[] = {{paths->run, 0755}, {lock, 0700}, {paths->state, 0700}};

	snprintf(lock, sizeof lock, "%s/lock", paths->run);
	for (size_t i = 0; i < PH_ARRAY_SIZE(folders); i++) {
		int r = make_folder(folders[i].path, folders[i].mode);
		if (r < 0) {
			ph_log(LOG_ERR, NULL, "cannot create %s: %s", folders[i].path,
				strerror(-r));
			return r;
		}
	}
	return 0;
}

static void open_bus(struct ph_daemon *daemon)
{
	enum ph_config_dbus wanted = daemon->config->service.dbus;

	daemon->bus_state = "off";
	if (wanted == PH_CONFIG_DBUS_NO)
		return;
	daemon->bus_state = "absent";
	int r = ph_dbus_door_new(daemon, &daemon->dbus_door);
	if (r < 0)
		ph_log(wanted == PH_CONFIG_DBUS_YES ? LOG_ERR : LOG_NOTICE, NULL,
			"running without D-Bus: %s", strerror(-r));
}

static int read_configuration(struct ph_daemon *daemon)
{
	struct ph_config *none = NULL;

	return ph_config_read(daemon, &none);
}

int ph_daemon_start(struct ph_daemon *daemon, sd_event *event, const struct ph_paths *paths)
{
	*daemon = (struct ph_daemon){.event = event,
		.paths = *paths,
		.bus_state = "off",
		.started_us = ph_clock_mono_us()};
	if (sodium_init() < 0)
		return -EIO;
	int r = make_folders(paths);
	if (r >= 0)
		r = ph_events_init(&daemon->events);
	if (r >= 0)
		r = ph_jobs_init(daemon);
	if (r >= 0)
		r = ph_render_new(daemon, &daemon->render);
	if (r >= 0)
		r = ph_payments_new(daemon);
	if (r >= 0)
		r = read_configuration(daemon);
	if (r >= 0)
		r = ph_storage_open(daemon);
	if (r < 0)
		return r;
	ph_jobs_recover_all(daemon);
	r = ph_known_start(daemon);
	if (r < 0)
		return r;
	ph_config_apply(daemon, NULL, NULL);
	ph_payments_recover(daemon);
	r = ph_json_door_new(daemon, &daemon->json_door);
	if (r < 0) {
		ph_log(LOG_ERR, NULL, "cannot listen in %s: %s", paths->run,
			r == -EADDRINUSE ? "another poshald runs there" : strerror(-r));
		return r;
	}
	r = ph_dialin_new(daemon, &daemon->dialin);
	if (r < 0)
		ph_log(LOG_ERR, NULL, "cannot listen at %s/drivers.sock: %s", paths->run,
			strerror(-r));
	open_bus(daemon);
	return 0;
}

/* ---- stop ---- */

static bool job_under_way(const struct ph_daemon *daemon)
{
	for (const struct ph_device *d = daemon->devices; d; d = d->next)
		if (d->active)
			return true;
	return ph_payments_under_way(daemon);
}

static void on_stopped(void *userdata)
{
	struct ph_daemon *daemon = userdata;

	if (--daemon->stops_due == 0)
		sd_event_exit(daemon->event, 0);
}

static void stop_processes(struct ph_daemon *daemon)
{
	daemon->stop_timeout = sd_event_source_disable_unref(daemon->stop_timeout);
	daemon->stops_due = 1; /* held until all are asked */
	for (struct ph_unit *unit = daemon->units; unit; unit = unit->next) {
		if (!unit->process)
			continue;
		daemon->stops_due++;
		ph_process_stop(unit->process, on_stopped, daemon);
	}
	on_stopped(daemon);
}

void ph_daemon_stop_when_idle(struct ph_daemon *daemon)
{
	if (daemon->stopping && !daemon->stops_due && !job_under_way(daemon))
		stop_processes(daemon);
}

static int on_stop_timeout(sd_event_source *source, uint64_t usec, void *userdata)
{
	stop_processes(userdata);
	return 0;
}

void ph_daemon_stop(struct ph_daemon *daemon)
{
	if (daemon->stopping)
		return;
	daemon->stopping = true;
	sd_notify(0, "STOPPING=1");
	ph_jobs_stop_drawing(daemon);
	if (job_under_way(daemon))
		sd_event_add_time_relative(daemon->event, &daemon->stop_timeout, CLOCK_MONOTONIC,
			STOP_JOBS_US, 10000, on_stop_timeout, daemon);
	ph_daemon_stop_when_idle(daemon);
}

void ph_daemon_done(struct ph_daemon *daemon)
{
	sd_event_source_disable_unref(daemon->stop_timeout);
	if (daemon->journal)
		ph_journal_drain(daemon->journal);
	ph_dialin_free(PH_STEAL(daemon->dialin));
	ph_json_door_free(PH_STEAL(daemon->json_door));
	while (daemon->units)
		ph_unit_free(daemon->units);
	ph_known_done(daemon);
	ph_jobs_store_ends(daemon);
	if (daemon->journal)
		ph_journal_drain(daemon->journal);
	ph_dbus_door_free(PH_STEAL(daemon->dbus_door));
	ph_journal_close(daemon->journal);
	ph_payments_done(daemon);
	ph_jobs_done(daemon);
	ph_render_free(PH_STEAL(daemon->render));
	ph_memory_done(daemon);
	ph_events_done(&daemon->events);
	ph_config_free(daemon->config);
}
