// The table of transports, and the lock file for devices that have no node to lock.
#include "drivers/transport/transport.h"

#include "base/cleanup.h"
#include "poshal/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

static const struct ph_transport_ops *const transports[] = {
	&ph_transport_serial,
	&ph_transport_tcp,
	&ph_transport_usb,
	&ph_transport_hid,
	&ph_transport_evdev,
	&ph_transport_pcsc,
	&ph_transport_ipp,
	&ph_transport_ipps,
	&ph_transport_cups,
};

const char *const ph_transport_schemes[] = {
	"serial", "tcp", "usb", "hid", "evdev", "pcsc", "ipp", "ipps", "cups", NULL};

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

int ph_transport_lock_named(struct ph_transport *transport, const char *dir, const char *name)
{
	char path[1024];

	int r = ph_transport_lock(dir, name, &transport->lock_fd);
	transport->why[0] = '\0';
	if (r < 0 && r != -EBUSY)
		return r;
	if (r == 0 && transport->lock_fd >= 0 && transport->owner) {
		/* only for people; a lock without a name is a lock */
		if (ftruncate(transport->lock_fd, 0) < 0 ||
			write(transport->lock_fd, transport->owner, strlen(transport->owner)) < 0)
			return 0;
	}
	if (r == 0 || snprintf(path, sizeof path, "%s/%s.lock", dir, name) >= (int)sizeof path)
		return r;
	PH_CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = fd < 0 ? -1 : read(fd, transport->why, PH_NAME_MAX);
	transport->why[n > 0 ? n : 0] = '\0';
	return r;
}
