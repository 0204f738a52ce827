// A USB/IP server: lists and lends USB devices, and carries their transfers. Who wants one in a kernel connects and hands
// the socket to vhci-hcd; usbip_vhci.c does that for this kernel.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "emulators/plugs/usbip_internal.h"

#define VERSION	   0x0111
#define BUS	   1
#define RECORD_LEN 312
#define HEADER_LEN 48
#define RETRY_US   20000u /* between questions whether a port of vhci is free */

enum { OP_REQ_IMPORT = 0x8003, OP_REQ_DEVLIST = 0x8005, OP_REP_IMPORT = 3, OP_REP_DEVLIST = 5 };
enum { CMD_SUBMIT = 1, CMD_UNLINK = 2, RET_SUBMIT = 3, RET_UNLINK = 4 };

static void put16(uint8_t *out, unsigned value)
{
	out[0] = (uint8_t)(value >> 8);
	out[1] = (uint8_t)value;
}

static void put32(uint8_t *out, uint32_t value)
{
	put16(out, value >> 16);
	put16(out + 2, value & 0xffff);
}

static uint32_t get32(const uint8_t *in)
{
	return (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | in[3];
}

// ---- a connection ----

static void leave_hub(struct emu_usbip_client *client)
{
	struct ph_emu_hub *hub = client->hub;
	if (!hub)
		return;
	struct emu_usbip_client **at = &hub->clients;
	while (*at != client)
		at = &(*at)->next;
	*at = client->next;
	hub->client_count--;
}

static void drop_client(struct emu_usbip_client *client)
{
	struct ph_emu_plug *plug = client->plug;

	leave_hub(client);
	if (client->gone)
		*client->gone = true;
	sd_event_source_disable_unref(client->io);
	close(client->fd);
	free(client->in);
	free(client->out);
	free(client);
	if (!plug)
		return;
	plug->usb->owner = NULL;
	emu_usb_drop_all(plug->usb);
	if (plug->ops.connected)
		plug->ops.connected(plug->userdata, false);
}

static bool reserve(uint8_t **data, size_t *size, size_t wanted)
{
	size_t n = *size ? *size : 1024;

	if (wanted <= *size)
		return true;
	while (n < wanted)
		n *= 2;
	uint8_t *grown = realloc(*data, n);
	if (!grown)
		return false;
	*data = grown;
	*size = n;
	return true;
}

static void update(struct emu_usbip_client *client)
{
	bool full = client->out_len > EMU_USBIP_BACKLOG;

	sd_event_source_set_io_events(
		client->io, (full ? 0 : EPOLLIN) | (client->out_len ? EPOLLOUT : 0));
}

// Only queues: whoever calls may be deep in a model, and the connection must not go away under it.
static void queue(struct emu_usbip_client *client, const void *data, size_t len)
{
	if (!reserve(&client->out, &client->out_size, client->out_len + len)) {
		client->last = true;
		return;
	}
	memcpy(client->out + client->out_len, data, len);
	client->out_len += len;
	update(client);
}

// Returns false when the connection is gone.
static bool flush(struct emu_usbip_client *client)
{
	size_t sent = 0;

	while (sent < client->out_len) {
		ssize_t n = send(client->fd, client->out + sent, client->out_len - sent,
			MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n < 0) {
			drop_client(client);
			return false;
		}
		sent += (size_t)n;
	}
	client->out_len -= sent;
	if (client->out_len)
		memmove(client->out, client->out + sent, client->out_len);
	if (client->last && !client->out_len) {
		drop_client(client);
		return false;
	}
	update(client);
	return true;
}

// ---- before the import ----

static unsigned devnum(const struct emu_usb *usb)
{
	return usb->number + 1;
}

static void put_record(const struct emu_usb *usb, uint8_t out[RECORD_LEN])
{
	const struct ph_emu_usb_config *c = &usb->plug->config.usb;
	const struct emu_usb_kind *kind = usb->kind;
	size_t len;

	memset(out, 0, RECORD_LEN);
	snprintf((char *)out, 256, "/sys/devices/poshal/usb1/%s", usb->busid);
	memcpy(out + 256, usb->busid, strlen(usb->busid));
	put32(out + 288, BUS);
	put32(out + 292, devnum(usb));
	put32(out + 296, kind->speed);
	put16(out + 300, c->vendor);
	put16(out + 302, c->product);
	put16(out + 304, kind->device[12] | (unsigned)kind->device[13] << 8);
	out[306] = kind->device[4];
	out[307] = kind->device[5];
	out[308] = kind->device[6];
	out[309] = usb->configuration;
	out[310] = 1;
	out[311] = kind->config(usb, &len)[4];
}

// A record, and class, subclass and protocol of each interface; returns the bytes.
static size_t put_listed(const struct emu_usb *usb, uint8_t *out)
{
	size_t len, n = RECORD_LEN;
	const uint8_t *config = usb->kind->config(usb, &len);

	put_record(usb, out);
	for (size_t at = 0; at + 2 <= len && config[at] >= 2; at += config[at]) {
		bool interface = config[at + 1] == 4 && at + 9 <= len && config[at + 3] == 0;
		if (!interface || n == RECORD_LEN + 4 * EMU_USB_INTERFACES)
			continue;
		memcpy(out + n, config + at + 5, 3);
		out[n + 3] = 0;
		n += 4;
	}
	return n;
}

static void reply_list(struct emu_usbip_client *client)
{
	uint8_t head[12] = {0}, one[RECORD_LEN + 4 * EMU_USB_INTERFACES];
	uint32_t count = 0;

	for (const struct emu_usb *u = client->hub->devices; u; u = u->next)
		count += u->plug->in;
	put16(head, VERSION);
	put16(head + 2, OP_REP_DEVLIST);
	put32(head + 8, count);
	client->last = true;
	queue(client, head, sizeof head);
	for (const struct emu_usb *u = client->hub->devices; u; u = u->next)
		if (u->plug->in)
			queue(client, one, put_listed(u, one));
}

static struct emu_usb *find_device(const struct ph_emu_hub *hub, const uint8_t *busid)
{
	for (struct emu_usb *u = hub->devices; u; u = u->next)
		if (memcmp(busid, u->busid, strlen(u->busid) + 1) == 0)
			return u;
	return NULL;
}

static void own(struct emu_usbip_client *client, struct emu_usb *usb)
{
	struct ph_emu_plug *plug = usb->plug;

	client->plug = plug;
	usb->owner = client;
	if (plug->ops.connected)
		plug->ops.connected(plug->userdata, true);
}

static void reply_import(struct emu_usbip_client *client, const uint8_t *busid)
{
	struct emu_usb *usb = find_device(client->hub, busid);
	uint8_t out[8 + RECORD_LEN] = {0};

	put16(out, VERSION);
	put16(out + 2, OP_REP_IMPORT);
	if (!usb || !usb->plug->in || usb->owner) {
		put32(out + 4, 1);
		client->last = true;
		queue(client, out, 8);
		return;
	}
	put_record(usb, out + 8);
	queue(client, out, sizeof out);
	own(client, usb);
}

// Each take_ returns the bytes used, 0 for more to come, -1 for a host that does not speak this.
static long take_operation(struct emu_usbip_client *client, const uint8_t *in, size_t len)
{
	if (len < 8)
		return 0;
	unsigned code = (unsigned)in[2] << 8 | in[3];
	if (in[0] != VERSION >> 8)
		return -1;
	if (code == OP_REQ_DEVLIST) {
		reply_list(client);
		return 8;
	}
	if (code != OP_REQ_IMPORT)
		return -1;
	if (len < 40)
		return 0;
	reply_import(client, in + 8);
	return 40;
}

// ---- transfers ----

void emu_usbip_answer(
	struct emu_usb *usb, const struct emu_urb *urb, int status, const uint8_t *data, size_t len)
{
	uint8_t header[HEADER_LEN] = {0};

	if (!usb->owner)
		return;
	put32(header, RET_SUBMIT);
	put32(header + 4, urb->seq);
	put32(header + 20, (uint32_t)status);
	put32(header + 24, (uint32_t)len);
	put32(header + 32, UINT32_MAX);
	queue(usb->owner, header, sizeof header);
	if (urb->in && len)
		queue(usb->owner, data, len);
}

static long take_submit(struct emu_usbip_client *client, const uint8_t *in, size_t len)
{
	bool is_in = get32(in + 12) == 1;
	uint32_t length = get32(in + 24);
	size_t total = HEADER_LEN + (is_in ? 0 : length);

	if (length > EMU_USBIP_URB_MAX)
		return -1;
	if (len < total)
		return 0;
	struct emu_urb *urb = calloc(1, sizeof *urb);
	if (!urb)
		return -1;
	*urb = (struct emu_urb){.seq = get32(in + 4),
		.in = is_in,
		.endpoint = get32(in + 16) & 15,
		.length = length};
	memcpy(urb->setup, in + 40, EMU_USB_SETUP_LEN);
	uint32_t packets = get32(in + 32);
	if (!is_in && length && !(urb->data = malloc(length))) {
		free(urb);
		return -1;
	}
	if (urb->data)
		memcpy(urb->data, in + HEADER_LEN, length);
	if (packets != 0 && packets != UINT32_MAX) {
		/* isochronous: no device of a till has it */
		emu_usbip_answer(client->plug->usb, urb, -EINVAL, NULL, 0);
		emu_urb_free(urb);
	} else {
		emu_usb_submit(client->plug->usb, urb);
	}
	return (long)total;
}

static long take_unlink(struct emu_usbip_client *client, const uint8_t *in)
{
	uint8_t header[HEADER_LEN] = {0};
	int status = emu_usb_unlink(client->plug->usb, get32(in + 20));

	put32(header, RET_UNLINK);
	memcpy(header + 4, in + 4, 4);
	put32(header + 20, (uint32_t)status);
	queue(client, header, sizeof header);
	return HEADER_LEN;
}

static long take_command(struct emu_usbip_client *client, const uint8_t *in, size_t len)
{
	if (len < HEADER_LEN)
		return 0;
	switch (get32(in)) {
	case CMD_SUBMIT:
		return take_submit(client, in, len);
	case CMD_UNLINK:
		return take_unlink(client, in);
	default:
		return -1;
	}
}

// ---- the loop ----

// Works off what has come in. What a command does may end this connection.
static void take_all(struct emu_usbip_client *client)
{
	bool gone = false;
	size_t used = 0;
	long n = 1;

	/* taken back below, unless the client is gone with it */
	/* cppcheck-suppress autoVariables */
	client->gone = &gone;
	while (n > 0 && !client->last) {
		const uint8_t *in = client->in + used;
		size_t len = client->in_len - used;
		n = client->plug ? take_command(client, in, len) : take_operation(client, in, len);
		if (gone)
			return;
		used += n > 0 ? (size_t)n : 0;
	}
	client->gone = NULL;
	client->in_len -= used;
	if (client->in_len)
		memmove(client->in, client->in + used, client->in_len);
	if (n < 0)
		drop_client(client);
	else
		flush(client);
}

static int on_client(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct emu_usbip_client *client = userdata;

	if ((revents & EPOLLOUT) && !flush(client))
		return 0;
	if (!(revents & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return 0;
	if (!reserve(&client->in, &client->in_size, client->in_len + 65536)) {
		drop_client(client);
		return 0;
	}
	ssize_t n = recv(fd, client->in + client->in_len, 65536, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		drop_client(client);
		return 0;
	}
	client->in_len += (size_t)n;
	take_all(client);
	return 0;
}

// Takes the connection over, also when it fails.
static struct emu_usbip_client *add_client(sd_event *event, int connection)
{
	struct emu_usbip_client *client = calloc(1, sizeof *client);

	if (!client ||
		sd_event_add_io(event, &client->io, connection, EPOLLIN, on_client, client) < 0) {
		free(client);
		close(connection);
		return NULL;
	}
	client->fd = connection;
	return client;
}

static int on_accept(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct ph_emu_hub *hub = userdata;
	int on = 1, connection = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (connection < 0)
		return 0;
	if (hub->client_count == EMU_USBIP_CLIENTS + hub->numbers) {
		close(connection);
		return 0;
	}
	setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	struct emu_usbip_client *client = add_client(hub->event, connection);
	if (!client)
		return 0;
	client->hub = hub;
	client->next = hub->clients;
	hub->clients = client;
	hub->client_count++;
	return 0;
}

// ---- the server ----

static int listen_at(struct ph_emu_hub *hub)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(hub->port)};
	socklen_t len = sizeof a;
	int on = 1;

	hub->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (hub->listener < 0)
		return -errno;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(hub->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(hub->listener, (struct sockaddr *)&a, sizeof a) < 0 ||
		getsockname(hub->listener, (struct sockaddr *)&a, &len) < 0 ||
		listen(hub->listener, 16) < 0)
		return -errno;
	hub->port = ntohs(a.sin_port);
	return sd_event_add_io(hub->event, &hub->accept, hub->listener, EPOLLIN, on_accept, hub);
}

int ph_emu_hub_new(sd_event *event, uint16_t port, struct ph_emu_hub **ret_hub)
{
	struct ph_emu_hub *hub = calloc(1, sizeof *hub);

	if (!hub)
		return -ENOMEM;
	hub->event = sd_event_ref(event);
	hub->listener = -1;
	hub->port = port;
	int r = listen_at(hub);
	if (r < 0) {
		ph_emu_hub_free(hub);
		return r;
	}
	*ret_hub = hub;
	return 0;
}

void ph_emu_hub_free(struct ph_emu_hub *hub)
{
	if (!hub)
		return;
	while (hub->clients)
		drop_client(hub->clients);
	sd_event_source_disable_unref(hub->accept);
	if (hub->listener >= 0)
		close(hub->listener);
	sd_event_unref(hub->event);
	free(hub);
}

static void enter_hub(struct emu_usb *usb, struct ph_emu_hub *hub)
{
	struct emu_usb **at = &hub->devices;

	while (*at)
		at = &(*at)->next;
	*at = usb;
	usb->hub = hub;
	usb->number = ++hub->numbers;
	snprintf(usb->busid, sizeof usb->busid, "%d-%u", BUS, usb->number);
}

static void quit_hub(struct emu_usb *usb)
{
	struct emu_usb **at = &usb->hub->devices;

	while (*at != usb)
		at = &(*at)->next;
	*at = usb->next;
}

// ---- the plug ----

static const struct emu_usb_kind *const kinds[PH_EMU_USB_KIND_COUNT_] = {
	[PH_EMU_USB_PRINTER] = &emu_usb_printer,
	[PH_EMU_USB_HID] = &emu_usb_hid,
	[PH_EMU_USB_KEYBOARD] = &emu_usb_hid,
	[PH_EMU_USB_CDC] = &emu_usb_cdc,
	[PH_EMU_USB_PL2303] = &emu_usb_pl2303,
	[PH_EMU_USB_FTDI] = &emu_usb_ftdi,
	[PH_EMU_USB_BULK] = &emu_usb_bulk,
};

// How the service is told of it where it has to be told.
static void name_usb(struct ph_emu_plug *plug)
{
	const struct ph_emu_usb_config *c = &plug->config.usb;
	bool serial = c->serial && *c->serial;
	const char *scheme = "usb:";

	switch (c->kind) {
	case PH_EMU_USB_CDC:
	case PH_EMU_USB_PL2303:
	case PH_EMU_USB_FTDI:
		scheme = "serial:usb=";
		break;
	case PH_EMU_USB_HID:
		scheme = "hid:";
		break;
	case PH_EMU_USB_KEYBOARD:
		scheme = "evdev:";
		break;
	case PH_EMU_USB_PRINTER:
	case PH_EMU_USB_BULK:
	case PH_EMU_USB_KIND_COUNT_:
		break;
	}
	snprintf(plug->url, sizeof plug->url, "%s%04x:%04x%s%s", scheme, c->vendor, c->product,
		serial ? "?serial=" : "", serial ? c->serial : "");
}

int emu_usbip_new(struct ph_emu_plug *plug)
{
	struct emu_usb *usb = plug->usb = calloc(1, sizeof *plug->usb);
	int r = 0;

	if (!usb)
		return -ENOMEM;
	usb->kind = kinds[plug->config.usb.kind];
	usb->plug = plug;
	usb->port = -1;
	if (usb->kind == &emu_usb_hid)
		r = emu_usb_hid_init(usb);
	name_usb(plug);
	if (r < 0 || plug->config.vhci)
		return r;
	struct ph_emu_hub *hub = plug->config.hub;
	if (!hub) {
		r = ph_emu_hub_new(plug->event, plug->port, &hub);
		usb->own_hub = r == 0;
	}
	if (r < 0)
		return r;
	enter_hub(usb, hub);
	plug->port = hub->port;
	return 0;
}

static int attach(struct emu_usb *usb)
{
	struct ph_emu_plug *plug = usb->plug;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	int port = emu_vhci_attach(
		plug->config.vhci, pair[1], BUS << 16 | 2, usb->kind->speed, usb->port);
	close(pair[1]);
	if (port < 0) {
		close(pair[0]);
		return port;
	}
	struct emu_usbip_client *client = add_client(plug->event, pair[0]);
	if (!client)
		return -ENOMEM;
	usb->port = port;
	own(client, usb);
	return 0;
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_emu_plug *plug = userdata;

	if (emu_usbip_in(plug) < 0)
		plug->in = false;
	return 0;
}

// The kernel says nothing when a port is free again, so it is asked.
static int attach_later(struct emu_usb *usb)
{
	if (!usb->retry)
		return sd_event_add_time_relative(usb->plug->event, &usb->retry, CLOCK_MONOTONIC,
			RETRY_US, 1, on_retry, usb->plug);
	int r = sd_event_source_set_time_relative(usb->retry, RETRY_US);
	return r < 0 ? r : sd_event_source_set_enabled(usb->retry, SD_EVENT_ONESHOT);
}

int emu_usbip_in(struct ph_emu_plug *plug)
{
	struct emu_usb *usb = plug->usb;

	if (!plug->config.vhci || usb->owner)
		return 0; /* whoever wants it comes for it */
	int r = attach(usb);
	return r == -EBUSY && usb->port >= 0 ? attach_later(usb) : r;
}

void emu_usbip_free(struct ph_emu_plug *plug)
{
	struct emu_usb *usb = plug->usb;

	if (!usb)
		return;
	sd_event_source_disable_unref(usb->retry);
	if (usb->owner)
		drop_client(usb->owner);
	if (usb->hub)
		quit_hub(usb);
	if (usb->own_hub)
		ph_emu_hub_free(usb->hub);
	free(usb);
	plug->usb = NULL;
}

void emu_usbip_out(struct ph_emu_plug *plug)
{
	plug->usb->retry = sd_event_source_disable_unref(plug->usb->retry);
	if (plug->usb->owner)
		drop_client(plug->usb->owner);
}

bool emu_usbip_connected(const struct ph_emu_plug *plug)
{
	return plug->usb->owner != NULL;
}

void emu_usbip_kick(struct ph_emu_plug *plug)
{
	emu_usb_pump(plug->usb);
}

void ph_emu_plug_usb_fault(struct ph_emu_plug *plug, enum ph_emu_usb_fault fault, bool on)
{
	if (!plug->usb)
		return;
	plug->usb->faults[fault] = on;
	emu_usb_pump(plug->usb);
}

uint16_t ph_emu_plug_usbip_port(const struct ph_emu_plug *plug)
{
	return plug->usb && plug->usb->hub ? plug->usb->hub->port : 0;
}

const char *ph_emu_plug_busid(const struct ph_emu_plug *plug)
{
	return plug->usb ? plug->usb->busid : "";
}
