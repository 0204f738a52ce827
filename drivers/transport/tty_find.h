/*
 * Which tty a connection means that names a USB device: "serial:usb=05e0:1701?serial=X&interface=0&baud=9600". The number of
 * ttyACM0 or ttyUSB0 changes with each insertion; this does not.
 */
#ifndef PH_DRIVERS_TRANSPORT_TTY_FIND_H
#define PH_DRIVERS_TRANSPORT_TTY_FIND_H

#include "drivers/transport/node_find.h"

struct ph_tty_want {
	struct ph_usb_want usb;
	int interface; /* -1 when not asked for */
};

/* Whether the URL names a USB device instead of a path. */
bool ph_tty_is_usb(const struct ph_url *url);

/* For such a URL; `also` are further query keys, as for ph_usb_want_parse(). -EINVAL says in why[] what is wrong. */
int ph_tty_want_parse(const struct ph_url *url, const char *const *also,
	struct ph_tty_want *ret_want, char *why, size_t why_size);

/* Finds the tty below `sysfs` ("/sys"); as ph_usb_find(), and -ENOTUNIQ also for two ttys of a device. */
int ph_tty_find(const char *sysfs, const struct ph_tty_want *want, const struct ph_usb_known *known,
	struct ph_node_found *ret_found, char *why, size_t why_size);

#endif
