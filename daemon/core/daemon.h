/* The whole of poshald: what all objects share. One per process; tests build one without doors or processes. */
#ifndef PH_DAEMON_CORE_DAEMON_H
#define PH_DAEMON_CORE_DAEMON_H

#include "daemon/objects/event.h"
#include "daemon/objects/known.h"

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

struct ph_client;
struct ph_config;
struct ph_device;
struct ph_driver_test;
struct ph_dialin;
struct ph_drawer_pulse;
struct ph_drawer_wait;
struct ph_job_table;
struct ph_journal;
struct ph_json_door;
struct ph_kept;
struct ph_render;
struct ph_dbus_door;
struct ph_payments;
struct ph_unit;

/* Where things are; each can be moved, and --root moves all of them. Owned by main. */
struct ph_paths {
	char run[200];	   /* sockets: RUN/poshal.sock, RUN/drivers.sock */
	char state[200];   /* STATE/journal.db */
	char etc[200];	   /* ETC/poshal.conf, ETC/devices.d */
	char drivers[200]; /* manifests of the drivers that came with poshal */
	char libexec[200]; /* poshal-device, poshal-render */
	char system[200];  /* before /etc, /sys and /usr of the machine, for the doctor; "" */
};

/* What a door is told about devices, so that it can tell its clients. Members may be absent. */
struct ph_door_hooks {
	void (*device_added)(void *door, const struct ph_device *device);
	void (*device_removed)(void *door, const struct ph_device *device);
	/* State, reasons, status, capabilities, identity or holder changed. */
	void (*device_changed)(void *door, const struct ph_device *device);
};

struct ph_daemon {
	sd_event *event;
	struct ph_paths paths;
	struct ph_config *config;
	struct ph_journal *journal;
	int journal_health;		  /* as logged last, enum ph_journal_health */
	bool journal_full, journal_short; /* the same */
	bool journal_audit_lost;
	struct ph_event_ring events;
	struct ph_unit *units;
	struct ph_device *devices;
	unsigned device_count;
	struct ph_client *clients;
	unsigned client_count;
	struct ph_job_table *jobs;
	struct ph_payments *payments;
	struct ph_render *render;
	struct ph_kept *memory;		     /* of drivers */
	unsigned searches;		     /* of device.discover and system.diagnose */
	bool network_searched;		     /* one of them is of the network */
	struct ph_driver_test *driver_test;  /* a test under way, or NULL */
	struct ph_known_table known;	     /* recognised devices */
	struct ph_drawer_pulse *pulses;	     /* openings under way */
	struct ph_drawer_wait *drawer_waits; /* drawer.waitForClose */
	struct ph_json_door *json_door;
	struct ph_dbus_door *dbus_door; /* NULL without a bus */
	struct ph_dialin *dialin;
	const struct ph_door_hooks *hooks; /* of the D-Bus door, the only one that keeps objects */
	void *hooks_door;
	char fonts_missing[160]; /* of the last job that had some; or "" */
	const char *bus_state;	 /* "connected", "absent" or "off" */
	uint64_t started_us;	 /* monotonic */
	bool stopping;		 /* no further job is started */
	unsigned stops_due;	 /* device processes that are still ending */
	sd_event_source *stop_timeout;
};

/* Opens journal, doors and devices below `paths`. On failure a sentence is logged. */
int ph_daemon_start(struct ph_daemon *daemon, sd_event *event, const struct ph_paths *paths);

/* Lets running jobs end (10 s at most), asks the drivers to give their devices back, then ends the loop. */
void ph_daemon_stop(struct ph_daemon *daemon);

/* Goes on with a stop when no job is with a driver any more. */
void ph_daemon_stop_when_idle(struct ph_daemon *daemon);

/* After the loop: writes what is left and frees everything. */
void ph_daemon_done(struct ph_daemon *daemon);

/* Tells the door with objects, if there is one. */
void ph_daemon_device_changed(struct ph_daemon *daemon, const struct ph_device *device);

#endif
