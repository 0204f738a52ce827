/*
 * What a connection to a USB device asks for: "0c2e:0b81?serial=X", "0c2e:0b81?port=1-2.3" or "path=1-2.3" behind the
 * scheme. Device numbers change with each insertion and are never part of it.
 */
#ifndef PH_BASE_USB_WANT_H
#define PH_BASE_USB_WANT_H

#include "base/url.h"

#include <stdbool.h>
#include <stdint.h>

#define PH_USB_PATH_MAX 47  /* bytes of a port path: a bus, and at most seven ports */
#define PH_USB_TEXT_MAX 127 /* bytes of a string descriptor as UTF-8 */

struct ph_usb_want {
	char path[PH_USB_PATH_MAX + 1]; /* "1-2.3"; "" when not asked for */
	uint16_t vendor, product;	/* both 0: any */
	const char *serial;		/* into the URL, or NULL */
};

/*
 * Reads the part behind the scheme; -EINVAL says in why[] what is wrong. `also` are the query keys that the caller reads,
 * ends with NULL; may be NULL.
 */
int ph_usb_want_parse(const struct ph_url *url, const char *const *also,
	struct ph_usb_want *ret_want, char *why, size_t why_size);

/* Whether the device in port `path` with these ids and this serial number is meant. */
bool ph_usb_want_is(const struct ph_usb_want *want, const char *path, uint16_t vendor,
	uint16_t product, const char *serial);

/* "1-2.3": bus, port, and the ports of the hubs between. */
bool ph_usb_is_port_path(const char *text);

/* Four hexadecimal digits at `text`; what follows them is not looked at. */
bool ph_usb_parse_id(const char *text, uint16_t *ret_id);

/*
 * Whether a serial number tells one device from the next: not empty, one character again and again, "0001" and its like, or
 * the name of maker or product. What is outside 21 to 7E does not count.
 */
bool ph_usb_serial_credible(const char *serial, const char *maker, const char *product);

#endif
