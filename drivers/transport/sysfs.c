// Files below /sys.
#include "drivers/transport/sysfs.h"

#include "base/cleanup.h"
#include "base/url.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

ssize_t ph_sysfs_read(const char *base, const char *name, void *out, size_t size)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof path, "%s/%s", base, name) >= (int)sizeof path)
		return -ENAMETOOLONG;
	PH_CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ssize_t n = read(fd, out, size);
	return n < 0 ? -errno : n;
}

int ph_sysfs_text(const char *base, const char *name, char *out, size_t size)
{
	ssize_t n = ph_sysfs_read(base, name, out, size - 1);

	out[n > 0 ? n : 0] = '\0';
	if (n > 0 && out[n - 1] == '\n')
		out[n - 1] = '\0';
	return n < 0 ? (int)n : 0;
}

int ph_sysfs_usb_port(const char *base, char *ret_path, size_t size, int *ret_interface)
{
	char target[PATH_MAX];
	char *rest = target;
	int r = -ENODEV;

	if (!realpath(base, target))
		return -errno;
	for (char *part; (part = strsep(&rest, "/"));) {
		const char *colon = strchr(part, ':'), *dot = colon ? strchr(colon, '.') : NULL;
		long number;
		if (!dot || !strchr(part, '-') || (size_t)(colon - part) >= size ||
			ph_url_number(dot + 1, 0, 255, &number) < 0)
			continue;
		snprintf(ret_path, size, "%.*s", (int)(colon - part), part);
		*ret_interface = (int)number;
		r = 0;
	}
	return r;
}
