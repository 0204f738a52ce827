/*
 * What a point-of-sale device says of itself in its HID report descriptor. Pure: no I/O, nothing is allocated.
 *
 * Sources: USB HID Usage Tables 1.5, pages 8C, 8D and 8E; for makers' pages the headers named in identify.c.
 */
#ifndef PH_UDEV_IDENTIFY_H
#define PH_UDEV_IDENTIFY_H

#include <stddef.h>

struct ph_identity {
	const char *class_name; /* as in ph_class_name(): "scanner" */
	const char *proto;	/* word of ID_POSHAL_PROTO: "hidpos" */
};

/*
 * Looks at `len` bytes of a descriptor. `maybe` is a word that the device's ids suggest (ID_POSHAL_MAYBE of the hwdb), for kinds
 * whose descriptor proves nothing alone; or NULL. Returns 0 and the one kind it is, with static texts; -ENOENT when it is none,
 * or several, or when anybody types or loads firmware on this node; -EBADMSG or -E2BIG for a descriptor that cannot be
 * read (protocols/hid/descriptor.h).
 */
int ph_identify(
	const void *descriptor, size_t len, const char *maybe, struct ph_identity *ret_identity);

#endif
