/*
 * The search for a node of a kernel subsystem by the USB device behind it, for hid_find.c, tty_find.c and evdev_find.c, which
 * know what sysfs shows of theirs.
 */
#ifndef PH_DRIVERS_TRANSPORT_NODE_FIND_H
#define PH_DRIVERS_TRANSPORT_NODE_FIND_H

#include "drivers/transport/usb_find.h"

#include <limits.h>
#include <stddef.h>

struct ph_node_found {
	struct ph_usb_device device; /* path "" where the device is not on USB */
	int interface;		     /* -1 where it is not on USB */
	char node[NAME_MAX + 1];     /* "hidraw3" */
};

struct ph_node_search {
	const char *sysfs; /* "/sys" */
	const struct ph_usb_want *usb;
	int interface;	  /* -1 for any */
	const void *more; /* for suits() */
};

struct ph_node_class {
	const char *subsystem; /* folder below class/ */
	const char *prefix;    /* of the names of its nodes */
	size_t size; /* of what read() fills in, which begins with a struct ph_node_found */
	/* 0, or a negative errno for what is no such node. */
	int (*read)(const char *sysfs, const char *name, void *ret_found);
	/* Whether one that was read is meant; NULL: all are. */
	bool (*suits)(const struct ph_node_search *search, const void *found);
};

/* How many nodes fit; the first of them into `ret_found` unless that is NULL. -ENOMEM. */
int ph_node_count(
	const struct ph_node_class *class, const struct ph_node_search *search, void *ret_found);

/* The one that is meant; as ph_usb_find(), and -ENOTUNIQ also for two nodes of a device. -ENOMEM. */
int ph_node_find(const struct ph_node_class *class, const struct ph_node_search *search,
	const struct ph_usb_known *known, void *ret_found, char *why, size_t why_size);

/* The node of this path, which may be a link. -ENODEV: there is none; -EPROTO: it is of another kind. */
int ph_node_read(const struct ph_node_class *class, const char *sysfs, const char *path,
	void *ret_found, char *why, size_t why_size);

#endif
