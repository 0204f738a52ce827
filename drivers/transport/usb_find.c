// Finds a USB device in sysfs; opening it is done in usb.c.
#include "drivers/transport/usb_find.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PH_DEFINE_CLEANUP(DIR *, closedir)

/* ---- sysfs ---- */

static int read_text(int dir, const char *entry, const char *name, char *out, size_t size)
{
	char path[NAME_MAX + 64];

	*out = '\0';
	if (snprintf(path, sizeof path, "%s/%s", entry, name) >= (int)sizeof path)
		return -ENAMETOOLONG;
	PH_CLEANUP_CLOSE int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ssize_t n = read(fd, out, size - 1);
	if (n < 0)
		return -errno;
	while (n > 0 && (out[n - 1] == '\n' || out[n - 1] == ' '))
		n--;
	out[n] = '\0';
	return 0;
}

static int read_number(int dir, const char *entry, const char *name, unsigned *ret_value)
{
	char text[16];
	long value;

	int r = read_text(dir, entry, name, text, sizeof text);
	if (r >= 0)
		r = ph_url_number(text, 0, 65535, &value);
	if (r >= 0)
		*ret_value = (unsigned)value;
	return r;
}

static int read_device(int dir, const char *entry, struct ph_usb_device *ret_device)
{
	struct ph_usb_device device = {0};
	char vendor[16], product[16];

	snprintf(device.path, sizeof device.path, "%.*s", PH_USB_PATH_MAX, entry);
	if (read_text(dir, entry, "idVendor", vendor, sizeof vendor) < 0 ||
		read_text(dir, entry, "idProduct", product, sizeof product) < 0 ||
		read_number(dir, entry, "busnum", &device.bus) < 0 ||
		read_number(dir, entry, "devnum", &device.number) < 0 ||
		!ph_usb_parse_id(vendor, &device.vendor) ||
		!ph_usb_parse_id(product, &device.product))
		return -ENODEV;
	/* strings are optional */
	read_text(dir, entry, "manufacturer", device.maker, sizeof device.maker);
	read_text(dir, entry, "product", device.name, sizeof device.name);
	read_text(dir, entry, "serial", device.serial, sizeof device.serial);
	snprintf(device.ids, sizeof device.ids, "%04x:%04x", device.vendor, device.product);
	*ret_device = device;
	return 0;
}

int ph_usb_read(const char *sysfs, const char *path, struct ph_usb_device *ret_device)
{
	char folder[PATH_MAX];

	snprintf(folder, sizeof folder, "%s/bus/usb/devices", sysfs);
	PH_CLEANUP(closedir_p) DIR *dir = opendir(folder);
	return dir ? read_device(dirfd(dir), path, ret_device) : -errno;
}

bool ph_usb_want_fits(const struct ph_usb_want *want, const struct ph_usb_device *device)
{
	return ph_usb_want_is(want, device->path, device->vendor, device->product, device->serial);
}

static int by_path(const void *a, const void *b)
{
	const struct ph_usb_device *x = a, *y = b;

	return strcmp(x->path, y->path);
}

/* All that fit, in the order of their ports; negative errno when there is no USB at all. */
static int list(const char *sysfs, const struct ph_usb_want *want, struct ph_usb_device *out)
{
	char path[PATH_MAX];
	int count = 0;

	snprintf(path, sizeof path, "%s/bus/usb/devices", sysfs);
	PH_CLEANUP(closedir_p) DIR *dir = opendir(path);
	if (!dir)
		return -errno;
	for (struct dirent *e; (e = readdir(dir)) && count < PH_USB_EQUALS_MAX;) {
		/* "1-2.3" is a device, "usb1" a root hub, "1-2.3:1.0" an interface */
		if (ph_usb_is_port_path(e->d_name) &&
			read_device(dirfd(dir), e->d_name, &out[count]) >= 0 &&
			ph_usb_want_fits(want, &out[count]))
			count++;
	}
	qsort(out, (size_t)count, sizeof *out, by_path);
	return count;
}

/* ---- which one ---- */

bool ph_usb_serial_is_credible(const struct ph_usb_device *device)
{
	return ph_usb_serial_credible(device->serial, device->maker, device->name);
}

void ph_usb_remember(const struct ph_usb_device *device, struct ph_usb_known *ret_known)
{
	struct ph_usb_known known = {0};

	memcpy(known.path, device->path, sizeof known.path);
	if (ph_usb_serial_is_credible(device))
		memcpy(known.serial, device->serial, sizeof known.serial);
	*ret_known = known;
}

/* The place of the only one whose text at `offset` is `text`; -1 for none or several. */
static int only_with(
	const struct ph_usb_device *devices, int count, size_t offset, const char *text)
{
	int found = -1;

	for (int i = 0; i < count && *text; i++) {
		if (strcmp((const char *)&devices[i] + offset, text))
			continue;
		if (found >= 0)
			return -1;
		found = i;
	}
	return found;
}

static void say_which(const struct ph_usb_device *devices, int count, char *why, size_t why_size)
{
	int n = snprintf(why, why_size, "%d such devices; name one of them:", count);

	for (int i = 0; i < count && n > 0 && (size_t)n < why_size; i++) {
		int more = snprintf(
			why + n, why_size - (size_t)n, "%s path=%s", i ? "," : "", devices[i].path);
		n += more > 0 ? more : 0;
	}
}

int ph_usb_pick(const struct ph_usb_device *devices, int count, const struct ph_usb_known *known,
	char *why, size_t why_size)
{
	if (count <= 0) {
		snprintf(why, why_size, "no such USB device is connected");
		return -ENODEV;
	}
	int i = only_with(devices, count, offsetof(struct ph_usb_device, serial), known->serial);
	if (i < 0)
		i = only_with(devices, count, offsetof(struct ph_usb_device, path), known->path);
	if (i < 0 && count == 1)
		i = 0;
	if (i >= 0)
		return i;
	say_which(devices, count, why, why_size);
	return -ENOTUNIQ;
}

int ph_usb_find(const char *sysfs, const struct ph_usb_want *want, const struct ph_usb_known *known,
	struct ph_usb_device *ret_device, char *why, size_t why_size)
{
	struct ph_usb_device devices[PH_USB_EQUALS_MAX];
	int count = list(sysfs, want, devices);

	int i = ph_usb_pick(devices, count, known, why, why_size);
	if (i < 0)
		return i;
	*ret_device = devices[i];
	return 0;
}

void ph_usb_bound_driver(const char *sysfs, const struct ph_usb_device *device, int number,
	char *ret_name, size_t size)
{
	char base[PATH_MAX], link[PATH_MAX + NAME_MAX + 16];
	struct dirent *e = NULL;
	char prefix[PH_USB_PATH_MAX + 2], suffix[16];

	*ret_name = '\0';
	snprintf(base, sizeof base, "%s/bus/usb/devices", sysfs);
	snprintf(prefix, sizeof prefix, "%s:", device->path);
	snprintf(suffix, sizeof suffix, ".%d", number);
	/* the name has the configuration in the middle: 1-2.3:1.0 */
	PH_CLEANUP(closedir_p) DIR *dir = opendir(base);
	while (dir && (e = readdir(dir))) {
		const char *dot = strrchr(e->d_name, '.');
		if (!strncmp(e->d_name, prefix, strlen(prefix)) && dot && !strcmp(dot, suffix))
			break;
	}
	if (!e)
		return;
	snprintf(link, sizeof link, "%s/%s/driver", base, e->d_name);
	ssize_t n = readlink(link, base, sizeof base - 1);
	if (n <= 0)
		return;
	base[n] = '\0';
	const char *slash = strrchr(base, '/');
	snprintf(ret_name, size, "%s", slash ? slash + 1 : base);
}
