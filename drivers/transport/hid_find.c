// Finds a hidraw node in sysfs; opening it is done in hid.c.
#include "drivers/transport/hid_find.h"

#include "base/cleanup.h"
#include "drivers/transport/sysfs.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UEVENT_MAX 4096

PH_DEFINE_CLEANUP(DIR *, closedir)

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

static int read_node(const char *sysfs, const char *name, struct ph_hid_found *ret_found)
{
	char base[PATH_MAX], uevent[UEVENT_MAX + 1];
	struct ph_hid_found *found = ret_found;

	if (snprintf(base, sizeof base, "%s/class/hidraw/%s/device", sysfs, name) >=
		(int)sizeof base)
		return -ENAMETOOLONG;
	*found = (struct ph_hid_found){.interface = -1};
	snprintf(found->node, sizeof found->node, "%s", name);
	ssize_t n = ph_sysfs_read(base, "uevent", uevent, UEVENT_MAX);
	if (n < 0)
		return (int)n;
	uevent[n] = '\0';
	int r = take_ids(uevent, &found->device);
	if (r < 0)
		return r;
	take_value(uevent, "HID_UNIQ", found->device.serial, sizeof found->device.serial);
	take_value(uevent, "HID_NAME", found->device.name, sizeof found->device.name);
	ph_sysfs_usb_port(base, found->device.path, sizeof found->device.path, &found->interface);
	n = ph_sysfs_read(base, "report_descriptor", found->descriptor, sizeof found->descriptor);
	if (n < 0)
		return (int)n;
	found->descriptor_len = (size_t)n;
	return 0;
}

/* ---- which one ---- */

static bool fits(const struct ph_hid_want *want, const struct ph_hid_found *found)
{
	return ph_usb_want_fits(&want->usb, &found->device) &&
	       (want->interface < 0 || want->interface == found->interface) &&
	       (!want->suits || want->suits(found->descriptor, found->descriptor_len));
}

static int find_node(const char *sysfs, const char *path, struct ph_hid_found *ret_found, char *why,
	size_t why_size)
{
	PH_CLEANUP_FREE char *target = realpath(path, NULL);

	if (!target) {
		snprintf(why, why_size, "there is no %s", path);
		return -ENODEV;
	}
	int r = read_node(sysfs, strrchr(target, '/') + 1, ret_found);
	if (r < 0) {
		/* libhidapi 0.13 must never see a node of another kind: it frees its handle and goes on using it */
		snprintf(why, why_size, "%s is no hidraw node", path);
		return -EPROTO;
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct ph_hid_found *x = a, *y = b;
	int r = strcmp(x->device.path, y->device.path);

	return r ? r : x->interface - y->interface;
}

/* All that fit; the array is the caller's. */
static int list(const char *sysfs, const struct ph_hid_want *want, struct ph_hid_found *out)
{
	char path[PATH_MAX];
	int count = 0;

	snprintf(path, sizeof path, "%s/class/hidraw", sysfs);
	PH_CLEANUP(closedir_p) DIR *dir = opendir(path);
	for (struct dirent *e; dir && count < PH_USB_EQUALS_MAX && (e = readdir(dir));)
		if (!strncmp(e->d_name, "hidraw", 6) &&
			read_node(sysfs, e->d_name, &out[count]) == 0 && fits(want, &out[count]))
			count++;
	qsort(out, (size_t)count, sizeof *out, compare);
	return count;
}

/* Nothing suits. What is there instead, which the caller may know how to change: -EMEDIUMTYPE; -ENODEV when it is nothing. */
static int say_why_not(const char *sysfs, const struct ph_hid_want *want,
	struct ph_hid_found *found, char *why, size_t why_size)
{
	struct ph_hid_want any = *want;

	any.suits = NULL;
	if (!want->why_not || !want->suits || list(sysfs, &any, found) == 0)
		return -ENODEV;
	want->why_not(found[0].device.vendor, found[0].descriptor, found[0].descriptor_len, why,
		why_size);
	return -EMEDIUMTYPE;
}

int ph_hid_locate(const char *sysfs, const struct ph_hid_want *want,
	const struct ph_usb_known *known, struct ph_hid_found *ret_found, char *why,
	size_t why_size)
{
	struct ph_usb_device devices[PH_USB_EQUALS_MAX];

	if (want->node)
		return find_node(sysfs, want->node, ret_found, why, why_size);
	PH_CLEANUP_FREE struct ph_hid_found *found = calloc(PH_USB_EQUALS_MAX, sizeof *found);
	if (!found)
		return -ENOMEM;
	int count = list(sysfs, want, found);
	if (count == 0 && say_why_not(sysfs, want, found, why, why_size) == -EMEDIUMTYPE)
		return -EMEDIUMTYPE;
	for (int i = 0; i < count; i++)
		devices[i] = found[i].device;
	int i = ph_usb_pick(devices, count, known, why, why_size);
	if (i < 0)
		return i;
	*ret_found = found[i];
	return 0;
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
