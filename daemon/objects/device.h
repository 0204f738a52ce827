/*
 * Logical devices and the physical units behind them. A unit is one device process with one connection; it
 * offers one logical device per class. Units come from the configuration and never vanish when unplugged.
 */
#ifndef PH_DAEMON_OBJECTS_DEVICE_H
#define PH_DAEMON_OBJECTS_DEVICE_H

#include "daemon/objects/msr.h"
#include "poshal/errors.h"
#include "poshal/limits.h"
#include "poshal/types.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

struct ph_call;
struct ph_client;
struct ph_config_device;
struct ph_config_role;
struct ph_daemon;
struct ph_drawer;
struct ph_failure;
struct ph_job;
struct ph_lease;
struct ph_lease_wait;
struct ph_process;
struct ph_scanner;

#define PH_REASONS_MAX 8

struct ph_reasons {
	char words[PH_REASONS_MAX][24];
	unsigned count;
};

struct ph_unit;

enum ph_counter {
	PH_COUNT_COMMUNICATION_ERROR,
	PH_COUNT_GOOD_SCAN,
	PH_COUNT_DROPPED_SCAN,
	PH_COUNT_JOB_PRINTED,
	PH_COUNT_JOB_UNCERTAIN,
	PH_COUNT_PRINTER_FAULT,
	PH_COUNT_DRAWER_OPEN,
	PH_COUNT_DRAWER_FAILED,
	PH_COUNT_GOOD_WEIGHT,
	PH_COUNT_GOOD_CARD,
	PH_COUNT_FAILED_CARD,
	PH_COUNT_FAILED_WEIGHT,
	PH_COUNT_DRAWER_MANUAL,
	PH_COUNT_DRAWER_LEFT_OPEN,
	PH_COUNTERS
};

struct ph_device {
	char id[PH_NAME_MAX + 16];
	enum ph_class class_;
	struct ph_unit *unit;
	struct ph_reasons
		reasons; /* of this class; the unit's link reasons come before them when shown */
	cJSON *status;	 /* last status object from the driver, or NULL */
	cJSON *capabilities; /* or NULL until known */

	struct ph_lease *lease;
	struct ph_lease_wait *waits; /* in order of arrival */
	unsigned wait_count;

	struct ph_scanner *scanner; /* NULL for other classes */

	/* drawer: what the sensor said last; 1 open, 0 closed, -1 unknown */
	int drawer_open;
	struct ph_drawer *drawer; /* NULL until needed */

	struct ph_msr msr; /* stripe reader */

	/* scale: the holder follows the plate; the name of the error of the last weighing, or "" */
	bool scale_live;
	char trouble[48];

	/* display: its driver was told that somebody holds it */
	bool display_held;

	/* printer */
	struct ph_job *queue, *queue_tail; /* unfinished jobs in order, the active one included */
	struct ph_job *active;		   /* handed to the driver, or about to be */
	unsigned job_count;
	size_t job_bytes;	   /* of their documents */
	uint64_t blocked_since_us; /* monotonic; 0 while it can print */
	uint64_t
		refresh_at_us; /* monotonic: it is asked for its status anew; 0 while no job waits for that */
	unsigned refresh_ms; /* the pause before that */

	uint64_t counters[PH_COUNTERS]; /* since the start */
	struct ph_device *next;		/* daemon's list, in order of configuration */
};

struct ph_unit {
	char name[PH_NAME_MAX + 1];
	struct ph_daemon *daemon;
	const struct ph_config_device *config; /* in the configuration in force */
	struct ph_process *process;	       /* or NULL while disabled */
	enum ph_device_state state;
	struct ph_reasons reasons;
	char message[256]; /* what its driver said of its state last; may be empty */
	char vendor[64], model[64], serial[64], firmware[64];
	struct ph_device *devices[PH_CLASS_COUNT_]; /* owned; NULL where not offered */
	bool disabled;
	bool resting; /* no process on purpose: its hardware is not there, or does not stay */
	bool ending;  /* the process was asked to end */
	struct ph_unit *next;
};

/* Adds the unit and its devices, and starts its process unless it is disabled or absent. -ENOBUFS: PH_DEVICES_MAX. */
int ph_unit_new(struct ph_daemon *daemon, const struct ph_config_device *config);

/* Ends the process at once and removes unit and devices; leases end, unfinished jobs stay in the journal. */
void ph_unit_free(struct ph_unit *unit);

/* The unit of that name, or NULL. */
struct ph_unit *ph_unit_find(struct ph_daemon *daemon, const char *name);

/* Ends the process in good order and shows `state` with this reason until ph_unit_wake(). */
void ph_unit_rest(struct ph_unit *unit, enum ph_device_state state, const char *reason);

/* Starts the process again. `anew`: also one that runs, because the configuration is another. */
void ph_unit_wake(struct ph_unit *unit, bool anew);

/* The device of the unit's section is another: shows what it says of itself until its driver does. */
void ph_unit_set_identity(struct ph_unit *unit);

/* Finds by device id, role or (with one device of the class) class name. NULL when unknown. */
struct ph_device *ph_device_find(struct ph_daemon *daemon, const char *name);

/*
 * The device of a call's `device` parameter. Answers the call itself and returns NULL when it does not exist or
 * is not of `class_` (PH_CLASS_COUNT_: any); the parameters are gone then, as after every answer.
 */
struct ph_device *ph_call_device(struct ph_call *call, enum ph_class class_);

/* False while the service ends, with the call answered: what starts or stops devices comes too late then. */
bool ph_call_unless_stopping(struct ph_call *call);

/* The same for any name; only looks. */
struct ph_device *ph_role_find(struct ph_daemon *daemon, const char *role);

/* The role of that name in the configuration, unless a device has the name; or NULL. */
const struct ph_config_role *ph_role_config(struct ph_daemon *daemon, const char *name);

/* The device with exactly this id, or NULL. */
struct ph_device *ph_device_by_id(struct ph_daemon *daemon, const char *id);

/*
 * Sends a class command to the driver; `done` gets the call and answers it. `params` is freed. Where it cannot be sent the
 * call is answered here.
 */
void ph_device_ask(struct ph_call *call, struct ph_device *device, const char *method,
	cJSON *params,
	void (*done)(void *userdata, const cJSON *result, const struct ph_failure *failure));

/* Sends a class command to the driver and answers the call with an empty object, or with what went wrong. */
void ph_device_command(
	struct ph_call *call, struct ph_device *device, const char *method, cJSON *params);

/* The public description (object "Device" of docs/api.md); the caller owns it. */
cJSON *ph_device_describe(const struct ph_device *device);

/* The state shown for a logical device: its unit's. */
enum ph_device_state ph_device_state(const struct ph_device *device);

bool ph_reasons_has(const struct ph_reasons *reasons, const char *word);

/* From the process: link state, identity, class status. They publish device.state and device.status. */
void ph_unit_set_state(struct ph_unit *unit, enum ph_device_state state, const cJSON *reasons);
void ph_unit_set_info(struct ph_unit *unit, const cJSON *info);
void ph_unit_set_status(struct ph_unit *unit, const cJSON *params);

/* A failure that says why the device cannot be used now (Offline, NoHardware, Disabled, Failure). */
void ph_device_unusable(const struct ph_device *device, struct ph_failure *failure);

#endif
