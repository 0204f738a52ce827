// Finds an event node in sysfs; opening it is done in evdev.c.
#include "drivers/transport/evdev_find.h"

#include "drivers/transport/sysfs.h"

#include <errno.h>
#include <linux/input-event-codes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORD_BITS (8 * (int)sizeof(long)) /* of the kernel, which is as wide as we are */
#define WORDS_MAX (KEY_CNT / WORD_BITS + 1)

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

static int read_node(const char *sysfs, const char *name, void *ret_found)
{
	struct ph_node_found found = {.interface = -1};
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
	ph_sysfs_usb_port(base, found.device.path, sizeof found.device.path, &found.interface);
	memcpy(ret_found, &found, sizeof found);
	return 0;
}

static bool is_keyboard(const struct ph_node_search *search, const void *ptr)
{
	const struct ph_node_found *found = ptr;
	char base[PATH_MAX], keys[1024];

	snprintf(base, sizeof base, "%s/class/input/%s/device", search->sysfs, found->node);
	return ph_sysfs_text(base, "capabilities/key", keys, sizeof keys) >= 0 &&
	       ph_evdev_is_keyboard(keys);
}

/* ---- which one ---- */

int ph_evdev_find(const char *sysfs, const struct ph_evdev_want *want,
	const struct ph_usb_known *known, struct ph_node_found *ret_found, char *why,
	size_t why_size)
{
	static const struct ph_node_class events = {.subsystem = "input",
		.prefix = "event",
		.size = sizeof *ret_found,
		.read = read_node,
		.suits = is_keyboard};
	const struct ph_node_search search = {
		.sysfs = sysfs, .usb = &want->usb, .interface = want->interface};

	if (want->node)
		return ph_node_read(&events, sysfs, want->node, ret_found, why, why_size);
	return ph_node_find(&events, &search, known, ret_found, why, why_size);
}
