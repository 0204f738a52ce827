// USB printers through libusb: which device, its interface taken from the kernel's driver and given back, and its
// descriptors in one epoll set for the host's loop. The bytes travel in usb_transfer.c.
#include "drivers/transport/usb_internal.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#define OPEN_TIMEOUT_MS 3000
/* SET_INTERFACE and the kernel's own talk with a device that is stuck; the kernel gives each 5 s */
#define OPEN_BLOCKS_MS 15000

struct ph_usb_env ph_usb_env = {.sysfs = "/sys", .nodes = "/dev/bus/usb"};

_Static_assert(sizeof(struct ph_usb_known) <= PH_TRANSPORT_KNOWN_SIZE, "what is known fits");
_Static_assert((int)PH_TRANSPORT_IN == (int)EPOLLIN && (int)PH_TRANSPORT_OUT == (int)EPOLLOUT,
	"same values");

__attribute__((format(printf, 3, 4))) static int say(
	struct ph_transport *transport, int r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(transport->why, sizeof transport->why, format, args);
	va_end(args);
	return r;
}

static int usb_check(const struct ph_url *url, char *why, size_t why_size)
{
	struct ph_usb_want want;

	return ph_usb_want_parse(url, NULL, &want, why, why_size);
}

/* ---- libusb's descriptors ---- */

static void LIBUSB_CALL add_pollfd(int fd, short events, void *userdata)
{
	struct ph_usb *usb = userdata;
	struct epoll_event event = {.events = (uint32_t)(unsigned short)events, .data.fd = fd};

	if (epoll_ctl(usb->events, EPOLL_CTL_ADD, fd, &event) < 0 && errno != EEXIST)
		usb->error = -errno;
}

static void LIBUSB_CALL remove_pollfd(int fd, void *userdata)
{
	struct ph_usb *usb = userdata;

	epoll_ctl(usb->events, EPOLL_CTL_DEL, fd, NULL);
}

static int watch_library(struct ph_usb *usb)
{
	const struct libusb_pollfd **list = usb->lib->get_pollfds(usb->context);

	if (!list)
		return -ENOMEM;
	for (int i = 0; i < PH_USB_POLLFDS_MAX && list[i]; i++)
		add_pollfd(list[i]->fd, list[i]->events, usb);
	usb->lib->free_pollfds(list);
	usb->lib->set_pollfd_notifiers(usb->context, add_pollfd, remove_pollfd, usb);
	add_pollfd(usb->timer, EPOLLIN, usb);
	/* true wherever there is timerfd; without it a time limit would need a timer of ours */
	if (!usb->error && !usb->lib->pollfds_handle_timeouts(usb->context))
		return -EOPNOTSUPP;
	return usb->error;
}

/* ---- opening ---- */

static bool has_open(const char *process, const char *node)
{
	char path[PATH_MAX], target[PATH_MAX];
	bool found = false;

	snprintf(path, sizeof path, "/proc/%s/fd", process);
	DIR *dir = opendir(path);
	for (struct dirent *e; dir && !found && (e = readdir(dir));) {
		ssize_t n = readlinkat(dirfd(dir), e->d_name, target, sizeof target - 1);
		target[n > 0 ? n : 0] = '\0';
		found = !strcmp(target, node);
	}
	if (dir)
		closedir(dir);
	return found;
}

/* Who else has the node open, as far as we may look: "name (process 12)". */
static void find_holder(const char *node, char *out, size_t size)
{
	DIR *dir = opendir("/proc");

	snprintf(out, size, "another program");
	for (struct dirent *e; dir && (e = readdir(dir));) {
		char path[300], name[32] = "";
		if (*e->d_name < '1' || *e->d_name > '9' || atoi(e->d_name) == getpid() ||
			!has_open(e->d_name, node))
			continue;
		snprintf(path, sizeof path, "/proc/%s/comm", e->d_name);
		PH_CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
		ssize_t n = fd < 0 ? -1 : read(fd, name, sizeof name - 1);
		name[n > 0 ? n - 1 : 0] = '\0';
		snprintf(out, size, "%s (process %.12s)", name, e->d_name);
		break;
	}
	if (dir)
		closedir(dir);
}

static int open_node(struct ph_transport *transport, struct ph_usb *usb, char node[64])
{
	snprintf(
		node, 64, "%.40s/%03u/%03u", ph_usb_env.nodes, usb->device.bus, usb->device.number);
	usb->node = open(node, O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (usb->node >= 0)
		return 0;
	int r = -errno;
	if (r == -EACCES || r == -EPERM)
		return say(transport, r,
			"no permission to open %s: add this service's user to the group of that "
			"file (often lp), "
			"or give the file a group of its own by a udev rule, and start the service "
			"again",
			node);
	/* it went away between our look and the call */
	return r == -ENOENT ? -ENODEV : r;
}

static int start_library(struct ph_transport *transport, struct ph_usb *usb)
{
	usb->lib = ph_usb_env.lib ? ph_usb_env.lib
				  : ph_usb_lib_load(transport->why, sizeof transport->why);
	if (!usb->lib)
		return -EOPNOTSUPP;
	/* no list of devices and no thread that follows it: we find the device, libusb only drives it */
	usb->lib->set_option(NULL, LIBUSB_OPTION_NO_DEVICE_DISCOVERY);
	int r = usb->lib->init(&usb->context);
	if (r == 0)
		r = usb->lib->wrap_sys_device(usb->context, usb->node, &usb->handle);
	return ph_usb_errno(r);
}

static int choose(struct ph_transport *transport, struct ph_usb *usb)
{
	struct libusb_config_descriptor *config;
	const struct ph_usb_device *device = &usb->device;

	int r = ph_usb_errno(
		usb->lib->get_active_config_descriptor(usb->lib->get_device(usb->handle), &config));
	if (r < 0)
		return say(transport, r,
			"%04x:%04x at port %s has no configuration; plug it in again",
			device->vendor, device->product, device->path);
	r = ph_usb_choose(config, device->vendor, device->product, &usb->interface);
	usb->lib->free_config_descriptor(config);
	if (r < 0)
		return say(transport, r,
			"%04x:%04x at port %s has no printer interface: set the printer to USB "
			"printer class, or "
			"use its serial port",
			device->vendor, device->product, device->path);
	return 0;
}

static int claim(struct ph_transport *transport, struct ph_usb *usb, const char *node)
{
	char driver[32], holder[64];
	const struct ph_usb_interface *interface = &usb->interface;

	/* usblp goes while we are here and comes back when the interface is released */
	usb->lib->set_auto_detach_kernel_driver(usb->handle, 1);
	int r = ph_usb_errno(usb->lib->claim_interface(usb->handle, interface->number));
	if (r == -EBUSY) {
		ph_usb_bound_driver(
			ph_usb_env.sysfs, &usb->device, interface->number, driver, sizeof driver);
		find_holder(node, holder, sizeof holder);
		return say(transport, r,
			"%s has the printer (interface %u, driver %s): a printer belongs to one "
			"program, stop "
			"that one or remove its queue",
			holder, interface->number, *driver ? driver : "unknown");
	}
	if (r < 0)
		return r;
	usb->claimed = true;
	if (!interface->alternates && !interface->alternate)
		return 0;
	return ph_usb_errno(usb->lib->set_interface_alt_setting(
		usb->handle, interface->number, interface->alternate));
}

static void free_usb(struct ph_usb *usb)
{
	if (usb->handle) {
		bool whole = ph_usb_transfers_free(usb);
		usb->lib->set_pollfd_notifiers(usb->context, NULL, NULL, NULL);
		if (usb->claimed)
			usb->lib->release_interface(usb->handle, usb->interface.number);
		usb->lib->close(usb->handle);
		/* a transfer that did not come back belongs to libusb for ever: better lost than used twice */
		if (!whole)
			return;
	}
	if (usb->context)
		usb->lib->exit(usb->context);
	if (usb->node >= 0)
		close(usb->node);
	if (usb->timer >= 0)
		close(usb->timer);
	if (usb->events >= 0)
		close(usb->events);
	free(usb);
}
PH_DEFINE_CLEANUP(struct ph_usb *, free_usb)

static struct ph_usb *new_usb(void)
{
	struct ph_usb *usb = calloc(1, sizeof *usb);

	if (!usb)
		return NULL;
	usb->node = -1;
	usb->events = epoll_create1(EPOLL_CLOEXEC);
	usb->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (usb->events < 0 || usb->timer < 0) {
		free_usb(usb);
		return NULL;
	}
	return usb;
}

/* A printer is asked for its name first; for a device of another kind that request means nothing. */
static int greet(struct ph_usb *usb)
{
	const struct itimerspec now = {.it_value.tv_nsec = 1};

	if (!usb->interface.in_size)
		return ph_usb_ask(usb, PH_USB_CONTROL_ID);
	timerfd_settime(usb->timer, 0, &now, NULL);
	return 0;
}

static int usb_open(struct ph_transport *transport, const struct ph_url *url, const char *lock_dir)
{
	struct ph_usb_want want;
	const struct ph_usb_known *known =
		(const struct ph_usb_known *)(const void *)transport->known;
	char node[64];

	int r = ph_usb_want_parse(url, NULL, &want, transport->why, sizeof transport->why);
	if (r < 0)
		return r;
	PH_CLEANUP(free_usb_p) struct ph_usb *usb = new_usb();
	if (!usb)
		return -ENOMEM;
	r = ph_usb_find(ph_usb_env.sysfs, &want, known, &usb->device, transport->why,
		sizeof transport->why);
	if (r >= 0)
		r = open_node(transport, usb, node);
	if (r >= 0)
		r = start_library(transport, usb);
	if (r >= 0)
		r = choose(transport, usb);
	if (r >= 0)
		r = claim(transport, usb, node);
	if (r >= 0)
		r = ph_usb_transfers_new(usb);
	if (r >= 0)
		r = watch_library(usb);
	if (r >= 0)
		r = greet(usb);
	if (r < 0)
		return r;
	transport->fd = usb->events;
	transport->connecting = true;
	transport->usb = PH_STEAL(usb);
	return 0;
}

static int usb_connected(struct ph_transport *transport)
{
	struct ph_usb *usb = transport->usb;

	int r = ph_usb_work(usb);
	if (r < 0)
		return r;
	if (usb->control_busy)
		return -EINPROGRESS;
	transport->connecting = false;
	ph_usb_remember(&usb->device, (struct ph_usb_known *)(void *)transport->known);
	return 0;
}

/* ---- the open link ---- */

static int usb_process(struct ph_transport *transport)
{
	struct ph_usb *usb = transport->usb;

	int r = ph_usb_work(usb);
	/* what came before the end is heard before the end is told */
	if (r < 0 && !usb->in_len) {
		if (r == -ENODEV)
			return say(transport, r, "the printer was unplugged or switched off");
		if (r == -EPIPE)
			return say(transport, r, "the printer refuses data (endpoint halted)");
		return r;
	}
	int found = (int)usb->found | (usb->in_len ? PH_TRANSPORT_IN : 0);
	usb->found = 0;
	if (found & PH_TRANSPORT_PORT_STATUS)
		transport->port_status = usb->port_status;
	return found;
}

static ssize_t usb_read(struct ph_transport *transport, void *data, size_t size)
{
	size_t n = ph_usb_take(transport->usb, data, size);

	return n ? (ssize_t)n : -EAGAIN;
}

static ssize_t usb_write(struct ph_transport *transport, const void *data, size_t len)
{
	return ph_usb_give(transport->usb, data, len);
}

static size_t usb_pending(const struct ph_transport *transport)
{
	return transport->usb->out_len - transport->usb->out_done;
}

static int usb_port_status(struct ph_transport *transport)
{
	return ph_usb_ask(transport->usb, PH_USB_CONTROL_STATUS);
}

static int usb_listen(struct ph_transport *transport, bool on)
{
	ph_usb_mute(transport->usb, !on);
	return 0;
}

static const char *usb_info(const struct ph_transport *transport, const char *what)
{
	const struct ph_usb *usb = transport->usb;
	const struct {
		const char *what, *value;
	} table[] = {
		{"1284_id", usb->id.text},
		{"1284_mfg", usb->id.manufacturer},
		{"1284_mdl", usb->id.model},
		{"1284_sn", usb->id.serial},
		{"1284_cmd", usb->id.commands},
		{"usb_id", usb->device.ids},
		{"usb_path", usb->device.path},
		{"usb_serial", ph_usb_serial_is_credible(&usb->device) ? usb->device.serial : ""},
		{"usb_maker", usb->device.maker},
		{"usb_name", usb->device.name},
	};

	for (size_t i = 0; i < PH_ARRAY_SIZE(table); i++)
		if (!strcmp(table[i].what, what))
			return *table[i].value ? table[i].value : NULL;
	return NULL;
}

static void usb_close(struct ph_transport *transport)
{
	if (transport->usb)
		free_usb(PH_STEAL(transport->usb));
	transport->fd = -1;
	transport->connecting = transport->shut = false;
}

static unsigned usb_timeout_ms(const struct ph_url *url)
{
	return OPEN_TIMEOUT_MS;
}

static const char *usb_watch(const struct ph_url *url)
{
	return NULL;
}

const struct ph_transport_ops ph_transport_usb = {
	.scheme = "usb",
	.check = usb_check,
	.open = usb_open,
	.connected = usb_connected,
	.process = usb_process,
	.read = usb_read,
	.write = usb_write,
	.pending = usb_pending,
	.port_status = usb_port_status,
	.listen = usb_listen,
	.info = usb_info,
	.close = usb_close,
	.timeout_ms = usb_timeout_ms,
	.watch = usb_watch,
	.udev_subsystem = "usb",
	.udev_devtype = "usb_device",
	.blocks_ms = OPEN_BLOCKS_MS,
	.releasable = true,
};
