// The table of transports, and the lock file for devices that have no node to lock.
#include "drivers/transport/transport.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

/* HID joins here: a row, and a file beside this one. */
static const struct ph_transport_ops *const transports[] = {
	&ph_transport_serial,
	&ph_transport_tcp,
	&ph_transport_usb,
	&ph_transport_ipp,
	&ph_transport_ipps,
	&ph_transport_cups,
};

const char *const ph_transport_schemes[] = {"serial", "tcp", "usb", "ipp", "ipps", "cups", NULL};

const struct ph_transport_ops *ph_transport_find(const char *scheme)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(transports); i++)
		if (!strcmp(transports[i]->scheme, scheme))
			return transports[i];
	return NULL;
}

int ph_transport_lock(const char *dir, const char *name, int *ret_fd)
{
	char path[1024];

	if (!dir || !*dir) {
		*ret_fd = -1;
		return 0;
	}
	if (snprintf(path, sizeof path, "%s/%s.lock", dir, name) >= (int)sizeof path)
		return -ENAMETOOLONG;
	if (mkdir(dir, 0750) < 0 && errno != EEXIST)
		return -errno;
	PH_CLEANUP_CLOSE int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	*ret_fd = fd;
	fd = -1;
	return 0;
}
