/*
 * Logical devices and the physical units behind them. A unit is one device process with one connection; it
 * offers one logical device per class. Units come from the configuration and never vanish when unplugged.
 */
#ifndef PH_DAEMON_OBJECTS_DEVICE_H
#define PH_DAEMON_OBJECTS_DEVICE_H

#include "poshal/errors.h"
#include "poshal/limits.h"
#include "poshal/types.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

struct ph_call;
struct ph_client;
struct ph_config_device;
struct ph_daemon;
struct ph_job;
struct ph_lease;
struct ph_lease_wait;
struct ph_process;

#define PH_REASONS_MAX 8

struct ph_reasons {
	char words[PH_REASONS_MAX][24];
	unsigned count;
};

struct ph_unit;

struct ph_device {
	char id[PH_NAME_MAX + 16];
	enum ph_class class_;
	struct ph_unit *unit;
	struct ph_reasons
		reasons; /* of this class; the unit's link reasons come before them when shown */
	cJSON *status;	 /* last status object from the driver, or NULL */
	cJSON *capabilities; /* or NULL until known */
	bool enabled;	     /* scanner: data wanted by the holder */

	struct ph_lease *lease;
	struct ph_lease_wait *waits; /* in order of arrival */
	unsigned wait_count;

	/* printer */
	struct ph_job *queue, *queue_tail; /* unfinished jobs in order, the active one included */
	struct ph_job *active;		   /* handed to the driver, or about to be */
	unsigned job_count;

	uint64_t counters[8];	/* UnifiedPOS statistics, see device_statistics in device.c */
	struct ph_device *next; /* daemon's list, in order of configuration */
};

struct ph_unit {
	char name[PH_NAME_MAX + 1];
	struct ph_daemon *daemon;
	struct ph_config_device *config; /* owned copy is in the configuration in force */
	struct ph_process *process;	 /* or NULL while disabled */
	enum ph_device_state state;
	struct ph_reasons reasons;
	char vendor[64], model[64], serial[64], firmware[64];
	struct ph_device *devices[PH_CLASS_COUNT_]; /* owned; NULL where not offered */
	bool disabled;
	struct ph_unit *next;
};

/* Finds by device id, role or (with one device of the class) class name. NULL when unknown. */
struct ph_device *ph_device_find(struct ph_daemon *daemon, const char *name);

/*
 * The device of a call's `device` parameter. Answers the call itself and returns NULL when it does not exist or
 * is not of `class_` (PH_CLASS_COUNT_: any).
 */
struct ph_device *ph_call_device(struct ph_call *call, enum ph_class class_);

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
