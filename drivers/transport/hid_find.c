// Finds a hidraw node in sysfs; opening it is done in hid.c.
#include "drivers/transport/hid_find.h"

#include "base/cleanup.h"
#include "drivers/transport/sysfs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UEVENT_MAX 4096

int ph_hid_want_parse(
	const struct ph_url *url, struct ph_hid_want *ret_want, char *why, size_t why_size)
{
	static const char *const also[] = {"interface", NULL};
	struct ph_hid_want want = {.interface = -1};
	const char *interface = ph_url_query(url, "interface");
	long number = -1;

	if (*url->path == '/') {
		want.node = url->path;
		if (url->query_count || *url->host) {
			snprintf(why, why_size, "a path needs nothing more");
			return -EINVAL;
		}
		*ret_want = want;
		return 0;
	}
	if (interface && ph_url_number(interface, 0, 255, &number) < 0) {
		snprintf(why, why_size, "interface is a number from 0 to 255");
		return -EINVAL;
	}
	want.interface = (int)number;
	int r = ph_usb_want_parse(url, also, &want.usb, why, why_size);
	if (r == 0)
		*ret_want = want;
	return r;
}

/* ---- sysfs ---- */

/* The value of a line KEY=value of a uevent file. */
static void take_value(const char *text, const char *key, char *out, size_t size)
{
	size_t len = strlen(key);

	*out = '\0';
	for (const char *line = text; line && *line;
		line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		if (strncmp(line, key, len) || line[len] != '=')
			continue;
		snprintf(out, size, "%.*s", (int)strcspn(line + len + 1, "\n"), line + len + 1);
		return;
	}
}

/* HID_ID=0003:00000C2E:00000B81 is bus, vendor and product. */
static int take_ids(const char *text, struct ph_usb_device *device)
{
	char value[64];
	unsigned bus, vendor, product;

	take_value(text, "HID_ID", value, sizeof value);
	if (sscanf(value, "%x:%x:%x", &bus, &vendor, &product) != 3 || vendor > 0xffff ||
		product > 0xffff)
		return -ENODEV;
	device->vendor = (uint16_t)vendor;
	device->product = (uint16_t)product;
	return 0;
}

static int read_node(const char *sysfs, const char *name, void *ret_found)
{
	char base[PATH_MAX], uevent[UEVENT_MAX + 1];
	struct ph_hid_found *found = ret_found;
	struct ph_usb_device *device = &found->at.device;

	if (snprintf(base, sizeof base, "%s/class/hidraw/%s/device", sysfs, name) >=
		(int)sizeof base)
		return -ENAMETOOLONG;
	*found = (struct ph_hid_found){.at.interface = -1};
	snprintf(found->at.node, sizeof found->at.node, "%s", name);
	ssize_t n = ph_sysfs_read(base, "uevent", uevent, UEVENT_MAX);
	if (n < 0)
		return (int)n;
	uevent[n] = '\0';
	int r = take_ids(uevent, device);
	if (r < 0)
		return r;
	take_value(uevent, "HID_UNIQ", device->serial, sizeof device->serial);
	take_value(uevent, "HID_NAME", device->name, sizeof device->name);
	ph_sysfs_usb_port(base, device->path, sizeof device->path, &found->at.interface);
	n = ph_sysfs_read(base, "report_descriptor", found->descriptor, sizeof found->descriptor);
	if (n < 0)
		return (int)n;
	found->descriptor_len = (size_t)n;
	return 0;
}

/* ---- which one ---- */

static bool suits(const struct ph_node_search *search, const void *ptr)
{
	const struct ph_hid_want *want = search->more;
	const struct ph_hid_found *found = ptr;

	return !want || want->suits(found->descriptor, found->descriptor_len);
}

int ph_hid_locate(const char *sysfs, const struct ph_hid_want *want,
	const struct ph_usb_known *known, struct ph_hid_found *ret_found, char *why,
	size_t why_size)
{
	static const struct ph_node_class nodes = {.subsystem = "hidraw",
		.prefix = "hidraw",
		.size = sizeof *ret_found,
		.read = read_node,
		.suits = suits};
	struct ph_node_search search = {.sysfs = sysfs,
		.usb = &want->usb,
		.interface = want->interface,
		.more = want->suits ? want : NULL};

	/* libhidapi 0.13 must never see a node of another kind: it frees its handle and goes on using it */
	if (want->node)
		return ph_node_read(&nodes, sysfs, want->node, ret_found, why, why_size);
	int r = ph_node_find(&nodes, &search, known, ret_found, why, why_size);
	if (r != -ENODEV || !want->why_not || !want->suits)
		return r;
	/* nothing suits: what is there instead may be something that the caller knows how to change */
	PH_CLEANUP_FREE struct ph_hid_found *any = calloc(1, sizeof *any);
	search.more = NULL;
	if (!any || ph_node_count(&nodes, &search, any) <= 0)
		return r;
	want->why_not(any->at.device.vendor, any->descriptor, any->descriptor_len, why, why_size);
	return -EMEDIUMTYPE;
}

/* ---- descriptor ---- */

#define ITEM_LONG      0xfe
#define ITEM_REPORT_ID 0x84
#define ITEM_TAG       0xfc

bool ph_hid_has_ids(const uint8_t *descriptor, size_t len)
{
	static const uint8_t sizes[] = {0, 1, 2, 4};

	for (size_t at = 0; at < len;) {
		uint8_t item = descriptor[at];
		if (item == ITEM_LONG) {
			if (at + 1 >= len)
				return false;
			at += 3u + descriptor[at + 1];
			continue;
		}
		if ((item & ITEM_TAG) == ITEM_REPORT_ID)
			return true;
		at += 1u + sizes[item & 3];
	}
	return false;
}
