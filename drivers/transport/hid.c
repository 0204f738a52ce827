// HID devices: a hidraw node through libhidapi, or the socket of an emulated device. One packet is one report.
#include "drivers/transport/hid_internal.h"

#include "base/cleanup.h"
#include "base/secret.h"
#include "drivers/transport/node.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define OPEN_TIMEOUT_MS 3000
#define OPEN_BLOCKS_MS	6000 /* a sleeping device is woken by opening it */

struct ph_hid_env ph_hid_env = {.sysfs = "/sys", .nodes = "/dev"};

_Static_assert(sizeof(struct ph_usb_known) <= PH_TRANSPORT_KNOWN_SIZE, "what is known fits");

static int node_check(const struct ph_url *url, char *why, size_t why_size)
{
	struct ph_hid_want want;

	return ph_hid_want_parse(url, &want, why, why_size);
}

/* ---- opening ---- */

/* An emulated device says what it is in its first packet. */
static int open_socket(struct ph_transport *transport, struct ph_hid *hid, const char *path)
{
	hid->found.at.interface = -1;
	int r = ph_node_connect(path, &transport->fd);
	transport->connecting = transport->await_input = r == 0;
	return r;
}

static int open_library(struct ph_transport *transport, struct ph_hid *hid)
{
	char node[96];
	const struct ph_hid_lib *lib =
		ph_hid_env.lib ? ph_hid_env.lib
			       : ph_hid_lib_load(transport->why, sizeof transport->why);

	if (!lib)
		return -EOPNOTSUPP;
	snprintf(node, sizeof node, "%.40s/%.40s", ph_hid_env.nodes, hid->found.at.node);
	int r = ph_node_may_open(transport, node, R_OK | W_OK);
	if (r < 0)
		return r;
	lib->init();
	bool ids = ph_hid_has_ids(hid->found.descriptor, hid->found.descriptor_len);
	r = ph_hid_worker_new(lib, node, ids, &hid->worker, &transport->fd);
	if (r == -EIO)
		snprintf(transport->why, sizeof transport->why, "%s cannot be opened", node);
	return r;
}

static int open_node(struct ph_transport *transport, struct ph_hid *hid,
	const struct ph_hid_want *want, const char *lock_dir)
{
	const struct ph_usb_known *known =
		(const struct ph_usb_known *)(const void *)transport->known;

	int r = ph_hid_locate(
		ph_hid_env.sysfs, want, known, &hid->found, transport->why, sizeof transport->why);
	snprintf(hid->ids, sizeof hid->ids, "%04x:%04x", hid->found.at.device.vendor,
		hid->found.at.device.product);
	if (r >= 0)
		r = ph_node_lock(transport, lock_dir, &hid->found.at.device,
			hid->found.at.interface, hid->found.at.node);
	if (r >= 0)
		r = open_library(transport, hid);
	if (r >= 0 && !want->node)
		ph_usb_remember(
			&hid->found.at.device, (struct ph_usb_known *)(void *)transport->known);
	return r;
}

static void node_close(struct ph_transport *transport)
{
	struct ph_hid *hid = PH_STEAL(transport->hid);

	if (transport->fd >= 0)
		shutdown(transport->fd, SHUT_RDWR); /* the threads' end learns of it at once */
	ph_node_close(transport);
	if (hid)
		ph_hid_worker_leave(hid->worker);
	free(hid);
}

static int node_open(struct ph_transport *transport, const struct ph_url *url, const char *lock_dir)
{
	struct ph_hid_want want;

	int r = ph_hid_want_parse(url, &want, transport->why, sizeof transport->why);
	if (r < 0)
		return r;
	want.suits = transport->suits;
	want.why_not = transport->why_not;
	transport->hid = calloc(1, sizeof *transport->hid);
	if (!transport->hid)
		return -ENOMEM;
	if (want.node && ph_node_is_socket(want.node))
		r = open_socket(transport, transport->hid, want.node);
	else
		r = open_node(transport, transport->hid, &want, lock_dir);
	if (r < 0)
		node_close(transport);
	return r;
}

static ssize_t take_packet(struct ph_transport *transport, uint8_t *packet, size_t size)
{
	ssize_t n = recv(transport->fd, packet, size, MSG_DONTWAIT);

	return n < 0 ? -errno : n;
}

static int node_connected(struct ph_transport *transport)
{
	struct ph_hid *hid = transport->hid;
	uint8_t packet[1 + PH_HID_DESCRIPTOR_MAX + 1];
	ssize_t n = take_packet(transport, packet, sizeof packet);

	if (n == -EAGAIN || n == -EINTR)
		return -EINPROGRESS;
	if (n < 0)
		return (int)n;
	if (n < 1 || *packet != PH_HID_NODE_DESCRIPTOR)
		return -EPROTO;
	if (n == 1 || n == sizeof packet) {
		snprintf(transport->why, sizeof transport->why,
			"it has %s report descriptor: it is broken, or of another kind",
			n == 1 ? "no" : "too long a");
		return -EMEDIUMTYPE;
	}
	hid->found.descriptor_len = (size_t)n - 1;
	memcpy(hid->found.descriptor, packet + 1, hid->found.descriptor_len);
	transport->connecting = false;
	if (transport->suits &&
		!transport->suits(hid->found.descriptor, hid->found.descriptor_len)) {
		snprintf(transport->why, sizeof transport->why,
			"the device there is none for this driver");
		if (transport->why_not)
			transport->why_not(0, hid->found.descriptor, hid->found.descriptor_len,
				transport->why, sizeof transport->why);
		return -EMEDIUMTYPE;
	}
	return 0;
}

/* ---- the open link ---- */

static ssize_t node_read(struct ph_transport *transport, void *data, size_t size)
{
	uint8_t packet[PH_HID_NODE_PACKET_MAX];
	ssize_t n = take_packet(transport, packet, sizeof packet);

	if (n == 0)
		return -ENODEV;
	if (n < 0)
		return n == -ECONNRESET ? -ENODEV : n;
	if (*packet == PH_HID_NODE_ERROR) {
		snprintf(transport->why, sizeof transport->why,
			"the device does not take what is sent to it");
		return -EIO;
	}
	if (*packet != PH_HID_NODE_INPUT || n < 2)
		return -EAGAIN;
	size_t len = (size_t)n - 1 < size ? (size_t)n - 1 : size;
	memcpy(data, packet + 1, len);
	ph_wipe(packet, (size_t)n); /* it may be a card */
	return (ssize_t)len;
}

static ssize_t give_packet(
	struct ph_transport *transport, uint8_t kind, const void *data, size_t len)
{
	struct iovec parts[] = {{&kind, 1}, {(void *)(uintptr_t)data, len}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = PH_ARRAY_SIZE(parts)};

	if (len < 1 || len > PH_HID_REPORT_MAX)
		return -EMSGSIZE;
	ssize_t n = sendmsg(transport->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	return n < 0 ? -errno : (ssize_t)len;
}

static ssize_t node_write(struct ph_transport *transport, const void *data, size_t len)
{
	return give_packet(transport, PH_HID_NODE_OUTPUT, data, len);
}

static int node_feature(struct ph_transport *transport, const void *data, size_t len)
{
	ssize_t n = give_packet(transport, PH_HID_NODE_FEATURE, data, len);

	return n < 0 ? (int)n : 0;
}

static const uint8_t *node_descriptor(const struct ph_transport *transport, size_t *ret_len)
{
	*ret_len = transport->hid->found.descriptor_len;
	return transport->hid->found.descriptor;
}

static const char *node_info(const struct ph_transport *transport, const char *what)
{
	const struct ph_hid *hid = transport->hid;

	if (!strcmp(what, "usb_id"))
		return hid->found.at.device.vendor ? hid->ids : NULL;
	return ph_node_info(&hid->found.at.device, what);
}

static unsigned node_timeout_ms(const struct ph_url *url)
{
	return OPEN_TIMEOUT_MS;
}

static const char *node_watch(const struct ph_url *url)
{
	return *url->path == '/' ? url->path : NULL;
}

const struct ph_transport_ops ph_transport_hid = {
	.scheme = "hid",
	.check = node_check,
	.open = node_open,
	.connected = node_connected,
	.read = node_read,
	.write = node_write,
	.packets = true,
	.feature = node_feature,
	.descriptor = node_descriptor,
	.info = node_info,
	.close = node_close,
	.timeout_ms = node_timeout_ms,
	.watch = node_watch,
	.udev_subsystem = "hidraw",
	.blocks_ms = OPEN_BLOCKS_MS,
};
