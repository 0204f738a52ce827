// Finds the tty of a USB device in sysfs; opening it is done in serial.c.
#include "drivers/transport/tty_find.h"

#include "base/cleanup.h"
#include "drivers/transport/sysfs.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYS_MAX 8 /* of the caller */

PH_DEFINE_CLEANUP(DIR *, closedir)

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

static int read_tty(const char *sysfs, const char *name, struct ph_tty_found *ret_found)
{
	struct ph_tty_found found = {.interface = -1};
	char base[PATH_MAX], port[PH_USB_PATH_MAX + 1];

	if (snprintf(base, sizeof base, "%s/class/tty/%s/device", sysfs, name) >= (int)sizeof base)
		return -ENAMETOOLONG;
	int r = ph_sysfs_usb_port(base, port, sizeof port, &found.interface);
	if (r >= 0)
		r = ph_usb_read(sysfs, port, &found.device);
	if (r < 0)
		return r;
	snprintf(found.node, sizeof found.node, "%s", name);
	*ret_found = found;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct ph_tty_found *x = a, *y = b;
	int r = strcmp(x->device.path, y->device.path);

	return r ? r : x->interface - y->interface;
}

static int list(const char *sysfs, const struct ph_tty_want *want, struct ph_tty_found *out)
{
	char path[PATH_MAX];
	int count = 0;

	snprintf(path, sizeof path, "%s/class/tty", sysfs);
	PH_CLEANUP(closedir_p) DIR *dir = opendir(path);
	for (struct dirent *e; dir && count < PH_USB_EQUALS_MAX && (e = readdir(dir));)
		if (e->d_name[0] != '.' && read_tty(sysfs, e->d_name, &out[count]) == 0 &&
			ph_usb_want_fits(&want->usb, &out[count].device) &&
			(want->interface < 0 || want->interface == out[count].interface))
			count++;
	qsort(out, (size_t)count, sizeof *out, compare);
	return count;
}

int ph_tty_find(const char *sysfs, const struct ph_tty_want *want, const struct ph_usb_known *known,
	struct ph_tty_found *ret_found, char *why, size_t why_size)
{
	struct ph_usb_device devices[PH_USB_EQUALS_MAX];

	PH_CLEANUP_FREE struct ph_tty_found *found = calloc(PH_USB_EQUALS_MAX, sizeof *found);
	if (!found)
		return -ENOMEM;
	int count = list(sysfs, want, found);
	for (int i = 0; i < count; i++)
		devices[i] = found[i].device;
	int i = ph_usb_pick(devices, count, known, why, why_size);
	if (i < 0)
		return i;
	*ret_found = found[i];
	return 0;
}
