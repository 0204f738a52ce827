/*
 * Nodes of devices that udev has tagged `poshal`, as they come and go. Which device a node is, and what becomes of it, is
 * decided by who listens.
 */
#ifndef PH_DAEMON_CORE_HOTPLUG_H
#define PH_DAEMON_CORE_HOTPLUG_H

#include "base/cleanup.h"
#include "daemon/core/identity.h"

#include <systemd/sd-event.h>

struct ph_hotplug;

/* Called from the loop, and from ph_hotplug_new() for what is there already. */
struct ph_hotplug_ops {
	/* A node is there, or something of it has changed: it may be told of any number of times. */
	void (*there)(void *userdata, const struct ph_node *node);
	void (*gone)(void *userdata, const char *syspath);
	/* All that was there has been told of. */
	void (*scanned)(void *userdata);
};

/*
 * Listens to udev, filtered by the kernel, then tells of what is there. Without udev there is nothing to tell and no error.
 * Returns 0, -ENOMEM or what the loop says.
 */
int ph_hotplug_new(sd_event *event, const struct ph_hotplug_ops *ops, void *userdata,
	struct ph_hotplug **ret_hotplug);
void ph_hotplug_free(struct ph_hotplug *hotplug); /* accepts NULL */
PH_DEFINE_CLEANUP(struct ph_hotplug *, ph_hotplug_free)

/* Tells again of all that is there. */
void ph_hotplug_rescan(struct ph_hotplug *hotplug);

/*
 * Calls each() for all nodes of the kinds a driver can be for, tagged or not. Reads some files per node: for a person's
 * question only. Returns 0 or a negative errno.
 */
int ph_hotplug_list(void (*each)(void *userdata, const struct ph_node *node), void *userdata);

#endif
