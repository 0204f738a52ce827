/* Which event node of the kernel's input layer a connection means: a keyboard that is a scanner or a stripe reader. */
#ifndef PH_DRIVERS_TRANSPORT_EVDEV_FIND_H
#define PH_DRIVERS_TRANSPORT_EVDEV_FIND_H

#include "drivers/transport/node_find.h"

/* "evdev:05e0:1200?serial=X&interface=0", "evdev:path=1-2.3", or the path of a node. */
struct ph_evdev_want {
	const char *
		node; /* into the URL: an event node, or the socket of an emulated device; or NULL */
	struct ph_usb_want usb;
	int interface; /* -1 when not asked for */
	bool shared;   /* grab=no: others get the keys as well */
};

/* -EINVAL says in why[] what is wrong. */
int ph_evdev_want_parse(
	const struct ph_url *url, struct ph_evdev_want *ret_want, char *why, size_t why_size);

/*
 * Finds the node below `sysfs` ("/sys"); of several of a device the one that has digits and Enter. Otherwise as
 * ph_usb_find(). -EPROTO: the node named is no event node.
 */
int ph_evdev_find(const char *sysfs, const struct ph_evdev_want *want,
	const struct ph_usb_known *known, struct ph_node_found *ret_found, char *why,
	size_t why_size);

/* Whether a bitmap of keys as in sysfs ("3 ff1fff ...", words of a long, the highest first) has digits and Enter. */
bool ph_evdev_is_keyboard(const char *keys);

#endif
