// Finds a USB device in sysfs; opening it is done in usb.c.
#include "drivers/transport/usb_find.h"

#include "base/cleanup.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

PH_DEFINE_CLEANUP(DIR *, closedir)

/* ---- what is asked for ---- */

static bool is_port_path(const char *text)
{
	const char *p = text + strspn(text, "0123456789");

	if (p == text || *p != '-' || strlen(text) > PH_USB_PATH_MAX)
		return false;
	do {
		size_t digits = strspn(++p, "0123456789");
		if (!digits)
			return false;
		p += digits;
	} while (*p == '.');
	return !*p;
}

static bool parse_hex4(const char *text, uint16_t *ret_value)
{
	unsigned value = 0;

	for (int i = 0; i < 4; i++) {
		char c = (char)tolower((unsigned char)text[i]);
		if (!isxdigit((unsigned char)c))
			return false;
		value = value << 4 | (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	*ret_value = (uint16_t)value;
	return true;
}

static int refuse(char *why, size_t why_size, const char *text)
{
	snprintf(why, why_size, "%s", text);
	return -EINVAL;
}

static bool is_one_of(const char *key, const char *const *keys)
{
	for (; keys && *keys; keys++)
		if (!strcmp(key, *keys))
			return true;
	return false;
}

int ph_usb_want_parse(const struct ph_url *url, const char *const *also,
	struct ph_usb_want *ret_want, char *why, size_t why_size)
{
	struct ph_usb_want want = {0};

	if (*url->host)
		return refuse(why, why_size, "such a connection has no //");
	if (!strncmp(url->path, "path=", 5)) {
		if (!is_port_path(url->path + 5))
			return refuse(why, why_size,
				"a USB port is path=BUS-PORT.PORT, for example path=1-2.3");
		snprintf(want.path, sizeof want.path, "%s", url->path + 5);
	} else if (strlen(url->path) != 9 || url->path[4] != ':' ||
		   !parse_hex4(url->path, &want.vendor) ||
		   !parse_hex4(url->path + 5, &want.product)) {
		snprintf(why, why_size,
			"a connection is %s:VVVV:PPPP, four hexadecimal digits each, or "
			"%s:path=1-2.3",
			url->scheme, url->scheme);
		return -EINVAL;
	}
	for (unsigned i = 0; i < url->query_count; i++) {
		if (is_one_of(url->query[i].key, also))
			continue;
		if (*want.path || strcmp(url->query[i].key, "serial"))
			return refuse(why, why_size, "the key serial is known, behind the ids");
		if (!*url->query[i].value || strlen(url->query[i].value) > PH_USB_TEXT_MAX)
			return refuse(why, why_size, "serial is empty or too long");
		want.serial = url->query[i].value;
	}
	*ret_want = want;
	return 0;
}

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
		!parse_hex4(vendor, &device.vendor) || !parse_hex4(product, &device.product))
		return -ENODEV;
	/* strings are optional */
	read_text(dir, entry, "manufacturer", device.maker, sizeof device.maker);
	read_text(dir, entry, "product", device.name, sizeof device.name);
	read_text(dir, entry, "serial", device.serial, sizeof device.serial);
	snprintf(device.ids, sizeof device.ids, "%04x:%04x", device.vendor, device.product);
	*ret_device = device;
	return 0;
}

bool ph_usb_want_fits(const struct ph_usb_want *want, const struct ph_usb_device *device)
{
	if (*want->path)
		return !strcmp(want->path, device->path);
	return want->vendor == device->vendor && want->product == device->product &&
	       (!want->serial || !strcmp(want->serial, device->serial));
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
		if (is_port_path(e->d_name) &&
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
	/* what many units of a product carry alike */
	static const char *const useless[] = {"0001", "00000001", "123456", "12345678",
		"1234567890", "0123456789ABCDEF", "demo", "test", "serial", "none", "n/a"};
	const char *serial = device->serial;
	size_t len = strlen(serial);

	if (len == 0 || strspn(serial, (char[]){*serial, '\0'}) == len)
		return false;
	for (size_t i = 0; i < PH_ARRAY_SIZE(useless); i++)
		if (!strcasecmp(serial, useless[i]))
			return false;
	for (const char *p = serial; *p; p++)
		if (*p < 0x21 || *p > 0x7e)
			return false;
	return strcasecmp(serial, device->name) && strcasecmp(serial, device->maker);
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
