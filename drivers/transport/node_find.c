// Finds a node among those of a kernel subsystem; what sysfs shows of one is read by its class.
#include "drivers/transport/node_find.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PH_DEFINE_CLEANUP(DIR *, closedir)

static int compare(const void *a, const void *b)
{
	const struct ph_node_found *x = a, *y = b;
	int r = strcmp(x->device.path, y->device.path);

	return r ? r : x->interface - y->interface;
}

static bool fits(const struct ph_node_class *class, const struct ph_node_search *search,
	const char *name, void *ret_found)
{
	const struct ph_node_found *found = ret_found;

	return !strncmp(name, class->prefix, strlen(class->prefix)) && *name != '.' &&
	       class->read(search->sysfs, name, ret_found) == 0 &&
	       ph_usb_want_fits(search->usb, &found->device) &&
	       (search->interface < 0 || search->interface == found->interface) &&
	       (!class->suits || class->suits(search, ret_found));
}

/* All that fit, in the order of their ports; the array is the caller's, who frees it. */
static int list(
	const struct ph_node_class *class, const struct ph_node_search *search, char **ret_found)
{
	char path[PATH_MAX];
	int count = 0;

	char *found = calloc(PH_USB_EQUALS_MAX, class->size);
	if (!found)
		return -ENOMEM;
	snprintf(path, sizeof path, "%s/class/%s", search->sysfs, class->subsystem);
	PH_CLEANUP(closedir_p) DIR *dir = opendir(path);
	for (struct dirent *e; dir && count < PH_USB_EQUALS_MAX && (e = readdir(dir));)
		if (fits(class, search, e->d_name, found + (size_t)count * class->size))
			count++;
	qsort(found, (size_t)count, class->size, compare);
	*ret_found = found;
	return count;
}

int ph_node_count(
	const struct ph_node_class *class, const struct ph_node_search *search, void *ret_found)
{
	PH_CLEANUP_FREE char *found = NULL;
	int count = list(class, search, &found);

	if (count > 0 && ret_found)
		memcpy(ret_found, found, class->size);
	return count;
}

int ph_node_find(const struct ph_node_class *class, const struct ph_node_search *search,
	const struct ph_usb_known *known, void *ret_found, char *why, size_t why_size)
{
	struct ph_usb_device devices[PH_USB_EQUALS_MAX];
	PH_CLEANUP_FREE char *found = NULL;
	int count = list(class, search, &found);

	if (count < 0)
		return count;
	for (int i = 0; i < count; i++)
		devices[i] =
			((const struct ph_node_found *)(found + (size_t)i * class->size))->device;
	int i = ph_usb_pick(devices, count, known, why, why_size);
	if (i < 0)
		return i;
	memcpy(ret_found, found + (size_t)i * class->size, class->size);
	return 0;
}

int ph_node_read(const struct ph_node_class *class, const char *sysfs, const char *path,
	void *ret_found, char *why, size_t why_size)
{
	PH_CLEANUP_FREE char *target = realpath(path, NULL);

	if (!target) {
		snprintf(why, why_size, "there is no %s", path);
		return -ENODEV;
	}
	if (class->read(sysfs, strrchr(target, '/') + 1, ret_found) < 0) {
		snprintf(why, why_size, "%s is no %s node", path, class->prefix);
		return -EPROTO;
	}
	return 0;
}
