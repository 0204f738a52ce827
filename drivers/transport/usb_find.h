/*
 * Which of the USB devices present a connection means, by what the kernel shows under /sys. Identity is the serial
 * number where it is worth something, else the port: device numbers change with each insertion and mean nothing.
 */
#ifndef PH_DRIVERS_TRANSPORT_USB_FIND_H
#define PH_DRIVERS_TRANSPORT_USB_FIND_H

#include "base/usb_want.h"

#include <stdbool.h>
#include <stdint.h>

#define PH_USB_EQUALS_MAX                                                                          \
	16 /* devices with the same ids that are looked at; further ones are not seen */

struct ph_usb_device {
	char path[PH_USB_PATH_MAX + 1];
	uint16_t vendor, product;
	char ids[sizeof "04b8:0e15"]; /* the same as text */
	unsigned bus, number;	      /* of /dev/bus/usb/BBB/NNN */
	char maker[PH_USB_TEXT_MAX + 1], name[PH_USB_TEXT_MAX + 1], serial[PH_USB_TEXT_MAX + 1];
};

/* What was found before, so that the same device is found again. Zero: nothing yet. */
struct ph_usb_known {
	char path[PH_USB_PATH_MAX + 1];
	char serial[PH_USB_TEXT_MAX + 1]; /* "" when it is not credible */
};

/* Reads what sysfs says of the device in port `path`; -ENODEV when there is none. */
int ph_usb_read(const char *sysfs, const char *path, struct ph_usb_device *ret_device);

bool ph_usb_want_fits(const struct ph_usb_want *want, const struct ph_usb_device *device);

/* Whether a serial number tells one device from the next: not "", not "0001" and its like, not the product's name. */
bool ph_usb_serial_is_credible(const struct ph_usb_device *device);

/*
 * Finds the device below `sysfs` ("/sys"). Of several, the one known by its serial number, else by its port; a single
 * one takes the place of what was there before. Returns 0; -ENODEV when there is none; -ENOTUNIQ when several fit and
 * none is known, with their names in why[].
 */
int ph_usb_find(const char *sysfs, const struct ph_usb_want *want, const struct ph_usb_known *known,
	struct ph_usb_device *ret_device, char *why, size_t why_size);

/*
 * Which of `count` devices that fit it is: the one known by its serial number, else by its port, else the only one.
 * Returns its place; -ENODEV when count is 0, -ENOTUNIQ with the names of all in why[].
 */
int ph_usb_pick(const struct ph_usb_device *devices, int count, const struct ph_usb_known *known,
	char *why, size_t why_size);

/* What to remember of a device that was opened. */
void ph_usb_remember(const struct ph_usb_device *device, struct ph_usb_known *ret_known);

/* The driver bound to interface `number` of a device ("usblp", "usbfs"), "" when there is none. */
void ph_usb_bound_driver(const char *sysfs, const struct ph_usb_device *device, int number,
	char *ret_name, size_t size);

#endif
