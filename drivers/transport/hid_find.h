/*
 * Which hidraw node a connection means, by what the kernel shows under /sys. Never through libhidapi's own list: version
 * 0.13 writes past its buffers there, and knows neither ports nor devices without a serial number.
 */
#ifndef PH_DRIVERS_TRANSPORT_HID_FIND_H
#define PH_DRIVERS_TRANSPORT_HID_FIND_H

#include "drivers/transport/node_find.h"
#include "protocols/hid/node.h"

/* "hid:0c2e:0b81?serial=X&interface=1", "hid:path=1-2.3", or the path of a node. */
struct ph_hid_want {
	const char *
		node; /* into the URL: a hidraw node, or the socket of an emulated device; or NULL */
	struct ph_usb_want usb;
	int interface; /* -1 when not asked for */
	/* Set by the caller: whether a report descriptor is one that is meant; NULL: any. */
	bool (*suits)(const uint8_t *descriptor, size_t len);
	/* The same: what one is that is not meant; may be NULL. */
	void (*why_not)(
		uint16_t vendor, const uint8_t *descriptor, size_t len, char *text, size_t size);
};

struct ph_hid_found {
	struct ph_node_found at; /* the device's serial number: HID_UNIQ */
	uint8_t descriptor[PH_HID_DESCRIPTOR_MAX];
	size_t descriptor_len;
};

/* -EINVAL says in why[] what is wrong. */
int ph_hid_want_parse(
	const struct ph_url *url, struct ph_hid_want *ret_want, char *why, size_t why_size);

/*
 * Finds the node below `sysfs` ("/sys"). Of several interfaces of a device those remain whose report descriptor suits.
 * Otherwise as ph_usb_find(), and -ENOTUNIQ also for two interfaces. -EPROTO: a node of another kind;
 * -EMEDIUMTYPE: the device is there and none of its interfaces suits.
 */
int ph_hid_locate(const char *sysfs, const struct ph_hid_want *want,
	const struct ph_usb_known *known, struct ph_hid_found *ret_found, char *why,
	size_t why_size);

/* Whether the reports of this descriptor have ids. */
bool ph_hid_has_ids(const uint8_t *descriptor, size_t len);

#endif
