/* Shared by the files of the evdev transport, and by its tests. */
#ifndef PH_DRIVERS_TRANSPORT_EVDEV_INTERNAL_H
#define PH_DRIVERS_TRANSPORT_EVDEV_INTERNAL_H

#include "drivers/transport/evdev_find.h"
#include "drivers/transport/evdev_lib.h"
#include "drivers/transport/transport.h"

/* Where things are; tests change it. */
struct ph_evdev_env {
	const struct ph_evdev_lib *lib; /* NULL: the real one, loaded when needed */
	const char *sysfs, *nodes;
};
extern struct ph_evdev_env ph_evdev_env;

struct ph_evdev {
	struct ph_node_found found;
	const struct ph_evdev_lib *lib;
	struct libevdev *device; /* NULL for an emulated device */
	bool dropped;		 /* the kernel lost events: what differs is being told */
};

#endif
