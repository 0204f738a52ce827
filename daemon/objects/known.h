/*
 * Recognised devices: those that a driver's match table names. Each gets a unit with a name of its own, which it keeps over
 * replugging, restarts and, with a serial number, in another port. One that is configured is served as configured.
 */
#ifndef PH_DAEMON_OBJECTS_KNOWN_H
#define PH_DAEMON_OBJECTS_KNOWN_H

#include "daemon/core/identity.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

struct ph_config;
struct ph_config_device;
struct ph_daemon;
struct ph_hotplug;
struct ph_known_arrival;

struct ph_known {
	struct ph_known *next; /* in order of first sight */
	struct ph_daemon *daemon;
	char name[PH_NAME_MAX + 1];
	struct ph_identity identity;
	char syspath[PH_SYSPATH_MAX + 1]; /* of the node that is present */
	struct ph_config_device
		*section;		 /* made up; NULL while it is configured or has no driver */
	struct ph_config_device *before; /* while the configuration is exchanged */
	bool anew;			 /* its process has an older section */
	bool unstable;			 /* came and went too often: left alone until the timer */
	uint64_t came_us[PH_RECONNECTS_MAX]; /* monotonic, the last arrivals in a ring */
	unsigned came;
	uint64_t work;		/* what it had done when it went last */
	unsigned pause_ms;	/* of the last time it was unstable */
	sd_event_source *timer; /* it stays away, or the pause is over */
	char *stored;		/* as in the journal */
};

/* All of it; part of struct ph_daemon. Zero-initialised. */
struct ph_known_table {
	struct ph_known *first;
	unsigned count;
	struct ph_hotplug *hotplug;	   /* NULL while switched off */
	struct ph_known_arrival *arrivals; /* nodes nobody knows, until the others have come */
	unsigned arrival_count;
	sd_event_source *settle;
	uint64_t arrived_us;	 /* the first of them */
	sd_event_source *follow; /* the configuration is read again soon */
	uint64_t followed_us;	 /* monotonic; when a section was last written anew */
	bool running;		 /* the first configuration was applied */
	bool hold; /* units are made by and by: the service starts, or exchanges its configuration */
};

/* Loads what the journal has kept, and looks at what is plugged in; units are made by ph_known_apply(). */
int ph_known_start(struct ph_daemon *daemon);
void ph_known_done(struct ph_daemon *daemon);

/* A new configuration is in force: makes all sections again. The old ones live on until ph_known_apply(). */
void ph_known_prepare(struct ph_daemon *daemon);

/* Makes the units that are missing and frees the old sections. `changed` gets the names of new ones; may be NULL. */
void ph_known_apply(struct ph_daemon *daemon, cJSON *changed);

/* The section of a recognised device, or NULL. */
const struct ph_config_device *ph_known_section(const struct ph_daemon *daemon, const char *name);

struct ph_known *ph_known_find(struct ph_daemon *daemon, const char *name);

/* Forgets a device that is not plugged in, and all that was kept for it. -ENOENT; -EBUSY while it is plugged in. */
int ph_known_forget(struct ph_daemon *daemon, const char *name);

/* Whether a configured section, or a unit of a recognised device, means this node; then its name, else NULL. */
const char *ph_known_owner(const struct ph_daemon *daemon, const struct ph_node *node);

/* The section of the configuration whose connection means this node, or NULL. */
const struct ph_config_device *ph_known_configured(
	const struct ph_config *config, const struct ph_node *node);

#endif
