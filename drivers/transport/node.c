// Nodes of the kernel and sockets of emulated devices: permission, lock and what is known of the device behind them.
#include "drivers/transport/node.h"

#include "base/cleanup.h"
#include "poshal/limits.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

bool ph_node_is_socket(const char *path)
{
	struct stat about;

	return stat(path, &about) == 0 && S_ISSOCK(about.st_mode);
}

int ph_node_connect(const char *path, int *ret_fd)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof address.sun_path)
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	PH_CLEANUP_CLOSE int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
		return errno == EAGAIN || errno == ECONNREFUSED ? -ENODEV : -errno;
	*ret_fd = fd;
	fd = -1;
	return 0;
}

int ph_node_lock(struct ph_transport *transport, const char *lock_dir,
	const struct ph_usb_device *device, int interface, const char *node)
{
	char name[PH_USB_PATH_MAX + 32], owner[PH_NAME_MAX + 1];
	const char *scheme = transport->ops->scheme;

	if (*device->path)
		snprintf(name, sizeof name, "%s-%s-%d", scheme, device->path, interface);
	else
		snprintf(name, sizeof name, "%s-%.40s", scheme, node);
	int r = ph_transport_lock_named(transport, lock_dir, name);
	if (r != -EBUSY || !*transport->why)
		return r;
	snprintf(owner, sizeof owner, "%.*s", PH_NAME_MAX, transport->why);
	snprintf(transport->why, sizeof transport->why, "the device `%s` has it", owner);
	return r;
}

int ph_node_may_open(struct ph_transport *transport, const char *node, int mode)
{
	if (access(node, mode) == 0)
		return 0;
	int r = -errno;
	if (r == -EACCES || r == -EPERM)
		snprintf(transport->why, sizeof transport->why,
			"no permission to open %.60s: install the udev rules of poshal, or give "
			"the file to the "
			"group of this service, and plug the device in again",
			node);
	/* it went away between our look and the call */
	return r == -ENOENT ? -ENODEV : r;
}

const char *ph_node_info(const struct ph_usb_device *device, const char *what)
{
	const char *value = NULL;

	if (!strcmp(what, "usb_path"))
		value = device->path;
	else if (!strcmp(what, "usb_serial") && ph_usb_serial_is_credible(device))
		value = device->serial;
	else if (!strcmp(what, "usb_name"))
		value = device->name;
	return value && *value ? value : NULL;
}

void ph_node_close(struct ph_transport *transport)
{
	if (transport->fd >= 0)
		close(transport->fd);
	if (transport->lock_fd >= 0)
		close(transport->lock_fd);
	transport->fd = transport->lock_fd = -1;
	transport->connecting = transport->await_input = transport->shut = false;
}
