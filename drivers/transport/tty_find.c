// Finds the tty of a USB device in sysfs; opening it is done in serial.c.
#include "drivers/transport/tty_find.h"

#include "drivers/transport/sysfs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define KEYS_MAX 8 /* of the caller */

bool ph_tty_is_usb(const struct ph_url *url)
{
	return !*url->host && !strncmp(url->path, "usb=", 4);
}

int ph_tty_want_parse(const struct ph_url *url, const char *const *also,
	struct ph_tty_want *ret_want, char *why, size_t why_size)
{
	const char *keys[KEYS_MAX + 2] = {"interface"};
	const char *interface = ph_url_query(url, "interface");
	struct ph_tty_want want = {.interface = -1};
	struct ph_url behind = *url; /* its texts stay those of *url */
	long number = -1;

	for (size_t i = 0; also && also[i] && i < KEYS_MAX; i++)
		keys[i + 1] = also[i];
	if (interface && ph_url_number(interface, 0, 255, &number) < 0) {
		snprintf(why, why_size, "interface is a number from 0 to 255");
		return -EINVAL;
	}
	want.interface = (int)number;
	behind.path = url->path + 4;
	int r = ph_usb_want_parse(&behind, keys, &want.usb, why, why_size);
	if (r == 0)
		*ret_want = want;
	return r;
}

static int read_tty(const char *sysfs, const char *name, void *ret_found)
{
	struct ph_node_found found = {.interface = -1};
	char base[PATH_MAX], port[PH_USB_PATH_MAX + 1];

	if (snprintf(base, sizeof base, "%s/class/tty/%s/device", sysfs, name) >= (int)sizeof base)
		return -ENAMETOOLONG;
	int r = ph_sysfs_usb_port(base, port, sizeof port, &found.interface);
	if (r >= 0)
		r = ph_usb_read(sysfs, port, &found.device);
	if (r < 0)
		return r;
	snprintf(found.node, sizeof found.node, "%s", name);
	memcpy(ret_found, &found, sizeof found);
	return 0;
}

int ph_tty_find(const char *sysfs, const struct ph_tty_want *want, const struct ph_usb_known *known,
	struct ph_node_found *ret_found, char *why, size_t why_size)
{
	static const struct ph_node_class ttys = {
		.subsystem = "tty", .prefix = "", .size = sizeof *ret_found, .read = read_tty};
	const struct ph_node_search search = {
		.sysfs = sysfs, .usb = &want->usb, .interface = want->interface};

	return ph_node_find(&ttys, &search, known, ret_found, why, why_size);
}
