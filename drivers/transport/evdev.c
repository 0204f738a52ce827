// Keyboards that are scanners: an event node through libevdev, grabbed, or the socket of an emulated device.
#include "drivers/transport/evdev_internal.h"

#include "base/cleanup.h"
#include "drivers/transport/node.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct ph_evdev_env ph_evdev_env = {.sysfs = "/sys", .nodes = "/dev/input"};

static int evdev_check(const struct ph_url *url, char *why, size_t why_size)
{
	struct ph_evdev_want want;

	return ph_evdev_want_parse(url, &want, why, why_size);
}

/* ---- opening ---- */

/* With the grab neither desktop nor console gets what is scanned, nor can it be typed into another program. */
static int grab(struct ph_transport *transport, struct ph_evdev *evdev)
{
	int r = evdev->lib->grab(evdev->device, LIBEVDEV_GRAB);

	if (r == -EBUSY)
		snprintf(transport->why, sizeof transport->why,
			"another program has taken %s for itself: stop it, or use grab=no",
			evdev->found.node);
	return r;
}

static int open_event(struct ph_transport *transport, struct ph_evdev *evdev, bool shared)
{
	char node[96];

	evdev->lib = ph_evdev_env.lib ? ph_evdev_env.lib
				      : ph_evdev_lib_load(transport->why, sizeof transport->why);
	if (!evdev->lib)
		return -EOPNOTSUPP;
	snprintf(node, sizeof node, "%.40s/%.40s", ph_evdev_env.nodes, evdev->found.node);
	int r = ph_node_may_open(transport, node, R_OK);
	if (r < 0)
		return r;
	transport->fd = open(node, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (transport->fd < 0)
		return -errno;
	r = evdev->lib->new_from_fd(transport->fd, &evdev->device);
	return r < 0 || shared ? r : grab(transport, evdev);
}

static int open_found(struct ph_transport *transport, struct ph_evdev *evdev,
	const struct ph_evdev_want *want, const char *lock_dir)
{
	struct ph_usb_known *known = (struct ph_usb_known *)(void *)transport->known;

	int r = ph_evdev_find(ph_evdev_env.sysfs, want, known, &evdev->found, transport->why,
		sizeof transport->why);
	if (r >= 0)
		r = ph_node_lock(transport, lock_dir, &evdev->found.device, evdev->found.interface,
			evdev->found.node);
	if (r >= 0)
		r = open_event(transport, evdev, want->shared);
	if (r >= 0 && !want->node)
		ph_usb_remember(&evdev->found.device, known);
	return r;
}

static void evdev_close(struct ph_transport *transport)
{
	struct ph_evdev *evdev = PH_STEAL(transport->evdev);

	if (evdev && evdev->device)
		evdev->lib->free(evdev->device);
	ph_node_close(transport); /* the grab ends with it */
	free(evdev);
}

static int evdev_open(
	struct ph_transport *transport, const struct ph_url *url, const char *lock_dir)
{
	struct ph_evdev_want want;

	int r = ph_evdev_want_parse(url, &want, transport->why, sizeof transport->why);
	if (r < 0)
		return r;
	transport->evdev = calloc(1, sizeof *transport->evdev);
	if (!transport->evdev)
		return -ENOMEM;
	if (want.node && ph_node_is_socket(want.node))
		r = ph_node_connect(want.node, &transport->fd);
	else
		r = open_found(transport, transport->evdev, &want, lock_dir);
	if (r < 0)
		evdev_close(transport);
	return r;
}

/* ---- reading ---- */

/*
 * Where the kernel lost events, libevdev tells SYN_DROPPED and then the difference between what it knew and what is: all of
 * that is passed on, so that the reader of the keys forgets its label and still knows which shift keys are down.
 */
static int next_event(struct ph_evdev *evdev, struct input_event *event)
{
	unsigned flag = evdev->dropped ? LIBEVDEV_READ_FLAG_SYNC : LIBEVDEV_READ_FLAG_NORMAL;
	int r = evdev->lib->next_event(evdev->device, flag, event);

	if (r == -EAGAIN && evdev->dropped) {
		evdev->dropped = false;
		return next_event(evdev, event);
	}
	if (r == LIBEVDEV_READ_STATUS_SYNC)
		evdev->dropped = true;
	return r < 0 ? r : 0;
}

static ssize_t read_events(struct ph_evdev *evdev, struct input_event *events, size_t count)
{
	size_t n = 0;
	int r = 0;

	while (n < count && (r = next_event(evdev, &events[n])) == 0)
		n++;
	if (n)
		return (ssize_t)(n * sizeof *events);
	return r;
}

static ssize_t evdev_read(struct ph_transport *transport, void *data, size_t size)
{
	struct ph_evdev *evdev = transport->evdev;
	const size_t count = size / sizeof(struct input_event);

	if (evdev->device)
		return read_events(evdev, data, count);
	ssize_t n = recv(transport->fd, data, count * sizeof(struct input_event), MSG_DONTWAIT);
	if (n < 0)
		return errno == ECONNRESET ? -ENODEV : -errno;
	if (n == 0)
		return -ENODEV;
	return n % (ssize_t)sizeof(struct input_event) ? -EPROTO : n;
}

static bool evdev_more(const struct ph_transport *transport)
{
	const struct ph_evdev *evdev = transport->evdev;

	return evdev->device && evdev->lib->has_event_pending(evdev->device) > 0;
}

/* Nothing is ever sent to a keyboard: its lamps are the desktop's. */
static ssize_t evdev_write(struct ph_transport *transport, const void *data, size_t len)
{
	return -EMSGSIZE;
}

static const char *evdev_info(const struct ph_transport *transport, const char *what)
{
	return ph_node_info(&transport->evdev->found.device, what);
}

static const char *evdev_watch(const struct ph_url *url)
{
	return *url->path == '/' ? url->path : NULL;
}

static unsigned evdev_timeout_ms(const struct ph_url *url)
{
	return 1000;
}

const struct ph_transport_ops ph_transport_evdev = {
	.scheme = "evdev",
	.check = evdev_check,
	.open = evdev_open,
	.read = evdev_read,
	.more = evdev_more,
	.write = evdev_write,
	.packets = true,
	.info = evdev_info,
	.close = evdev_close,
	.timeout_ms = evdev_timeout_ms,
	.watch = evdev_watch,
	.udev_subsystem = "input",
};
