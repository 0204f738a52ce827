/* libevdev as a table, loaded when the first event node is opened; tests put their own in its place. */
#ifndef PH_DRIVERS_TRANSPORT_EVDEV_LIB_H
#define PH_DRIVERS_TRANSPORT_EVDEV_LIB_H

#include <libevdev/libevdev.h>

struct ph_evdev_lib {
	int (*new_from_fd)(int fd, struct libevdev **device);
	void (*free)(struct libevdev *device);
	int (*grab)(struct libevdev *device, enum libevdev_grab_mode mode);
	int (*next_event)(struct libevdev *device, unsigned flags, struct input_event *event);
	int (*has_event_pending)(struct libevdev *device);
};

/* NULL with the reason in why[] when it is not installed. */
const struct ph_evdev_lib *ph_evdev_lib_load(char *why, size_t why_size);

#endif
