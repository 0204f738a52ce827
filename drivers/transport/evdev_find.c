// Finds an event node in sysfs; opening it is done in evdev.c.
#include "drivers/transport/evdev_find.h"

#include "base/cleanup.h"
#include "drivers/transport/sysfs.h"

#include <dirent.h>
#include <errno.h>
#include <linux/input-event-codes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORD_BITS (8 * (int)sizeof(long)) /* of the kernel, which is as wide as we are */
#define WORDS_MAX (KEY_CNT / WORD_BITS + 1)

PH_DEFINE_CLEANUP(DIR *, closedir)

int ph_evdev_want_parse(
	const struct ph_url *url, struct ph_evdev_want *ret_want, char *why, size_t why_size)
{
	static const char *const also[] = {"interface", "grab", NULL};
	struct ph_evdev_want want = {.interface = -1};
	const char *interface = ph_url_query(url, "interface"), *grab = ph_url_query(url, "grab");
	long number = -1;
	int r = 0;

	if (interface && ph_url_number(interface, 0, 255, &number) < 0) {
		snprintf(why, why_size, "interface is a number from 0 to 255");
		return -EINVAL;
	}
	if (grab && strcmp(grab, "yes") && strcmp(grab, "no")) {
		snprintf(why, why_size, "grab is yes or no");
		return -EINVAL;
	}
	want.interface = (int)number;
	want.shared = grab && !strcmp(grab, "no");
	if (*url->path == '/') {
		want.node = url->path;
		if (*url->host || url->query_count != (grab ? 1u : 0u)) {
			snprintf(why, why_size, "behind a path only grab is known");
			r = -EINVAL;
		}
	} else {
		r = ph_usb_want_parse(url, also, &want.usb, why, why_size);
	}
	if (r == 0)
		*ret_want = want;
	return r;
}

/* ---- sysfs ---- */

static bool has_key(const unsigned long *words, int count, unsigned key)
{
	int word = (int)key / WORD_BITS;

	return word < count && words[count - 1 - word] >> (int)key % WORD_BITS & 1;
}

bool ph_evdev_is_keyboard(const char *keys)
{
	unsigned long words[WORDS_MAX];
	int count = 0;

	for (char *end; *keys && count < WORDS_MAX; keys = end + strspn(end, " \n")) {
		words[count] = strtoul(keys, &end, 16);
		if (end == keys)
			return false;
		count++;
	}
	for (unsigned key = KEY_1; key <= KEY_0; key++)
		if (!has_key(words, count, key))
			return false;
	return has_key(words, count, KEY_ENTER) || has_key(words, count, KEY_KPENTER);
}

static int read_hex(const char *base, const char *name, uint16_t *ret_value)
{
	char text[16], *end;

	int r = ph_sysfs_text(base, name, text, sizeof text);
	if (r < 0)
		return r;
	unsigned long value = strtoul(text, &end, 16);
	if (end == text || *end || value > 0xffff)
		return -EINVAL;
	*ret_value = (uint16_t)value;
	return 0;
}

static int read_node(const char *sysfs, const char *name, struct ph_evdev_found *ret_found,
	char *keys, size_t size)
{
	struct ph_evdev_found found = {.interface = -1};
	char base[PATH_MAX];

	if (snprintf(base, sizeof base, "%s/class/input/%s/device", sysfs, name) >=
		(int)sizeof base)
		return -ENAMETOOLONG;
	snprintf(found.node, sizeof found.node, "%s", name);
	int r = read_hex(base, "id/vendor", &found.device.vendor);
	if (r >= 0)
		r = read_hex(base, "id/product", &found.device.product);
	if (r < 0)
		return r;
	ph_sysfs_text(base, "name", found.device.name, sizeof found.device.name);
	ph_sysfs_text(base, "uniq", found.device.serial, sizeof found.device.serial);
	ph_sysfs_text(base, "capabilities/key", keys, size);
	ph_sysfs_usb_port(base, found.device.path, sizeof found.device.path, &found.interface);
	*ret_found = found;
	return 0;
}

/* ---- which one ---- */

static int find_node(const char *sysfs, const char *path, struct ph_evdev_found *ret_found,
	char *why, size_t why_size)
{
	PH_CLEANUP_FREE char *target = realpath(path, NULL);
	char keys[1024];

	if (!target) {
		snprintf(why, why_size, "there is no %s", path);
		return -ENODEV;
	}
	if (read_node(sysfs, strrchr(target, '/') + 1, ret_found, keys, sizeof keys) == 0)
		return 0;
	snprintf(why, why_size, "%s is no event node", path);
	return -EPROTO;
}

static int compare(const void *a, const void *b)
{
	const struct ph_evdev_found *x = a, *y = b;
	int r = strcmp(x->device.path, y->device.path);

	return r ? r : x->interface - y->interface;
}

static int list(const char *sysfs, const struct ph_evdev_want *want, struct ph_evdev_found *out)
{
	char path[PATH_MAX], keys[1024];
	int count = 0;

	snprintf(path, sizeof path, "%s/class/input", sysfs);
	PH_CLEANUP(closedir_p) DIR *dir = opendir(path);
	for (struct dirent *e; dir && count < PH_USB_EQUALS_MAX && (e = readdir(dir));) {
		struct ph_evdev_found *found = &out[count];
		if (!strncmp(e->d_name, "event", 5) &&
			read_node(sysfs, e->d_name, found, keys, sizeof keys) == 0 &&
			ph_usb_want_fits(&want->usb, &found->device) &&
			(want->interface < 0 || want->interface == found->interface) &&
			ph_evdev_is_keyboard(keys))
			count++;
	}
	qsort(out, (size_t)count, sizeof *out, compare);
	return count;
}

int ph_evdev_find(const char *sysfs, const struct ph_evdev_want *want,
	const struct ph_usb_known *known, struct ph_evdev_found *ret_found, char *why,
	size_t why_size)
{
	struct ph_evdev_found found[PH_USB_EQUALS_MAX];
	struct ph_usb_device devices[PH_USB_EQUALS_MAX];

	if (want->node)
		return find_node(sysfs, want->node, ret_found, why, why_size);
	int count = list(sysfs, want, found);
	for (int i = 0; i < count; i++)
		devices[i] = found[i].device;
	int i = ph_usb_pick(devices, count, known, why, why_size);
	if (i < 0)
		return i;
	*ret_found = found[i];
	return 0;
}
