// A USB/IP server: lists and lends one USB device, and carries its transfers. It never asks the kernel for anything; who
// wants the device in a kernel connects and hands the socket to vhci-hcd.
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
#define BUSID	   "1-1"
#define BUS	   1
#define DEVICE	   2
#define RECORD_LEN 312
#define HEADER_LEN 48

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

static void drop_client(struct emu_usbip_client *client)
{
	struct ph_emu_plug *plug = client->plug;
	struct emu_usb *usb = plug->usb;
	struct emu_usbip_client **at = &usb->clients;

	while (*at != client)
		at = &(*at)->next;
	*at = client->next;
	usb->client_count--;
	sd_event_source_disable_unref(client->io);
	close(client->fd);
	free(client->in);
	free(client->out);
	if (usb->owner == client) {
		usb->owner = NULL;
		emu_usb_drop_all(usb);
		if (plug->ops.connected)
			plug->ops.connected(plug->userdata, false);
	}
	free(client);
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

static void put_record(const struct ph_emu_plug *plug, uint8_t out[RECORD_LEN])
{
	const struct ph_emu_usb_config *c = &plug->config.usb;
	const struct emu_usb_kind *kind = plug->usb->kind;

	memset(out, 0, RECORD_LEN);
	strcpy((char *)out, "/sys/devices/poshal/usb1/" BUSID);
	strcpy((char *)out + 256, BUSID);
	put32(out + 288, BUS);
	put32(out + 292, DEVICE);
	put32(out + 296, kind->speed);
	put16(out + 300, c->vendor);
	put16(out + 302, c->product);
	put16(out + 304, kind->device[12] | (unsigned)kind->device[13] << 8);
	out[306] = kind->device[4];
	out[307] = kind->device[5];
	out[308] = kind->device[6];
	out[309] = plug->usb->configuration;
	out[310] = 1;
	out[311] = 1;
}

static void reply_list(struct emu_usbip_client *client)
{
	const struct ph_emu_plug *plug = client->plug;
	uint8_t out[12 + RECORD_LEN + 4] = {0};
	size_t len;

	const uint8_t *config = plug->usb->kind->config(plug->usb, &len);
	put16(out, VERSION);
	put16(out + 2, OP_REP_DEVLIST);
	put32(out + 8, plug->in);
	put_record(plug, out + 12);
	/* class, subclass and protocol of the first interface, behind the nine bytes of the configuration */
	memcpy(out + 12 + RECORD_LEN, config + 9 + 5, 3);
	client->last = true;
	queue(client, out, plug->in ? sizeof out : 12);
}

static void reply_import(struct emu_usbip_client *client, const uint8_t *busid)
{
	struct ph_emu_plug *plug = client->plug;
	struct emu_usb *usb = plug->usb;
	uint8_t out[8 + RECORD_LEN] = {0};
	bool ours = memcmp(busid, BUSID, sizeof BUSID) == 0;

	put16(out, VERSION);
	put16(out + 2, OP_REP_IMPORT);
	if (!ours || !plug->in || usb->owner) {
		put32(out + 4, 1);
		client->last = true;
		queue(client, out, 8);
		return;
	}
	put_record(plug, out + 8);
	queue(client, out, sizeof out);
	client->imported = true;
	usb->owner = client;
	if (plug->ops.connected)
		plug->ops.connected(plug->userdata, true);
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

static bool is_there(const struct emu_usb *usb, const struct emu_usbip_client *client)
{
	for (const struct emu_usbip_client *c = usb->clients; c; c = c->next)
		if (c == client)
			return true;
	return false;
}

// Works off what has come in. What a command does may end this connection.
static void take_all(struct emu_usbip_client *client)
{
	struct emu_usb *usb = client->plug->usb;
	size_t used = 0;
	long n = 1;

	while (n > 0 && !client->last) {
		const uint8_t *in = client->in + used;
		size_t len = client->in_len - used;
		n = client->imported ? take_command(client, in, len)
				     : take_operation(client, in, len);
		if (!is_there(usb, client))
			return;
		used += n > 0 ? (size_t)n : 0;
	}
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

static int on_accept(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct ph_emu_plug *plug = userdata;
	struct emu_usb *usb = plug->usb;
	int on = 1, connection = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (connection < 0)
		return 0;
	struct emu_usbip_client *client =
		usb->client_count < EMU_USBIP_CLIENTS ? calloc(1, sizeof *client) : NULL;
	if (!client || sd_event_add_io(plug->event, &client->io, connection, EPOLLIN, on_client,
			       client) < 0) {
		free(client);
		close(connection);
		return 0;
	}
	setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	client->plug = plug;
	client->fd = connection;
	client->next = usb->clients;
	usb->clients = client;
	usb->client_count++;
	return 0;
}

// ---- the plug ----

int emu_usbip_new(struct ph_emu_plug *plug)
{
	plug->usb = calloc(1, sizeof *plug->usb);
	if (!plug->usb)
		return -ENOMEM;
	plug->usb->kind = &emu_usb_printer;
	plug->usb->plug = plug;
	int r = emu_tcp_bind(plug);
	if (r < 0)
		return r;
	if (listen(plug->listener, 4) < 0)
		return -errno;
	const struct ph_emu_usb_config *c = &plug->config.usb;
	bool serial = c->serial && *c->serial;
	snprintf(plug->url, sizeof plug->url, "usb:%04x:%04x%s%s", c->vendor, c->product,
		serial ? "?serial=" : "", serial ? c->serial : "");
	return sd_event_add_io(
		plug->event, &plug->accept, plug->listener, EPOLLIN, on_accept, plug);
}

void emu_usbip_free(struct ph_emu_plug *plug)
{
	while (plug->usb && plug->usb->clients)
		drop_client(plug->usb->clients);
	free(plug->usb);
	plug->usb = NULL;
}

void emu_usbip_out(struct ph_emu_plug *plug)
{
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
	return plug->usb ? plug->port : 0;
}
