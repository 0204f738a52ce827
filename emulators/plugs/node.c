// Emulated hidraw and event nodes: a socket of packets, one client at a time, as the transports of poshal-device know them.
#include <errno.h>
#include <linux/input.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "emulators/plugs/plug_internal.h"

/* First byte of each packet of a HID node. */
enum { DESCRIPTOR = 'D', INPUT = 'I', ERROR = 'E', OUTPUT = 'O', FEATURE = 'F' };

#define REPORT_MAX 4096

static int on_accept(sd_event_source *source, int fd, uint32_t revents, void *userdata);

static int listen_at(struct ph_emu_plug *plug)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct stat st;
	int r = 0;

	if (strlen(plug->path) >= sizeof a.sun_path)
		return -ENAMETOOLONG;
	strcpy(a.sun_path, plug->path);
	if (lstat(plug->path, &st) == 0 && !S_ISSOCK(st.st_mode))
		return -EEXIST;
	unlink(plug->path); /* of a bench that is gone: the control socket lets only one run here */
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&a, sizeof a) < 0 || listen(fd, 4) < 0)
		r = -errno;
	if (r == 0)
		r = sd_event_add_io(plug->event, &plug->accept, fd, EPOLLIN, on_accept, plug);
	if (r < 0) {
		close(fd);
		return r;
	}
	plug->listener = fd;
	return 0;
}

void emu_node_drop(struct ph_emu_plug *plug)
{
	if (plug->fd < 0)
		return;
	plug->io = sd_event_source_disable_unref(plug->io);
	close(plug->fd);
	plug->fd = -1;
	plug->out_len = 0;
	if (plug->ops.connected)
		plug->ops.connected(plug->userdata, false);
	if (plug->accept)
		sd_event_source_set_enabled(plug->accept, SD_EVENT_ON);
}

int emu_node_in(struct ph_emu_plug *plug)
{
	return listen_at(plug);
}

void emu_node_out(struct ph_emu_plug *plug)
{
	plug->accept = sd_event_source_disable_unref(plug->accept);
	if (plug->listener >= 0) {
		close(plug->listener);
		unlink(plug->path);
	}
	plug->listener = -1;
	emu_node_drop(plug);
}

// ---- to the host ----

// Puts the next packet into plug->out; its length, 0 for none.
static size_t next_packet(struct ph_emu_plug *plug)
{
	if (plug->config.kind == PH_EMU_PLUG_HID) {
		size_t n = plug->ops.output(plug->userdata, plug->out + 1, sizeof plug->out - 1);
		plug->out[0] = INPUT;
		return n ? n + 1 : 0;
	}
	uint8_t report[REPORT_MAX];
	struct input_event events[EMU_KEYS_EVENTS] = {0};
	size_t n, count = 0;

	while (count == 0 && (n = plug->ops.output(plug->userdata, report, sizeof report)) > 0)
		if (n == 9) /* an id of 0 and the report of a boot keyboard */
			count = emu_keys_events(plug->keys, report + 1, events);
	memcpy(plug->out, events, count * sizeof *events);
	return count * sizeof *events;
}

static void write_some(struct ph_emu_plug *plug)
{
	plug->want_write = false;
	while (plug->fd >= 0) {
		if (plug->out_len == 0)
			plug->out_len = next_packet(plug);
		if (plug->out_len == 0)
			return;
		ssize_t n = send(plug->fd, plug->out, plug->out_len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == ENOBUFS)) {
			plug->want_write = true;
			return;
		}
		if (n < 0) {
			emu_node_drop(plug);
			return;
		}
		plug->out_len = 0;
	}
}

void emu_node_kick(struct ph_emu_plug *plug)
{
	write_some(plug);
	if (plug->fd >= 0)
		sd_event_source_set_io_events(
			plug->io, EPOLLIN | (plug->want_write ? EPOLLOUT : 0));
}

// ---- from the host ----

static void take_packet(struct ph_emu_plug *plug, const uint8_t *packet, size_t len)
{
	static const uint8_t refused = ERROR;

	if (plug->config.kind != PH_EMU_PLUG_HID || len < 2 || !plug->ops.report)
		return;
	if (packet[0] != OUTPUT && packet[0] != FEATURE)
		return;
	if (plug->refuse) {
		plug->refuse = false;
		(void)send(plug->fd, &refused, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
		return;
	}
	plug->ops.report(plug->userdata, packet[0] == FEATURE, packet + 1, len - 1);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct ph_emu_plug *plug = userdata;
	uint8_t packet[REPORT_MAX + 1];

	if (revents & EPOLLIN) {
		ssize_t n = recv(fd, packet, sizeof packet, MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
			emu_node_drop(plug);
			return 0;
		}
		if (n > 0)
			take_packet(plug, packet, (size_t)n);
	} else if (revents & (EPOLLERR | EPOLLHUP)) {
		emu_node_drop(plug);
		return 0;
	}
	ph_emu_plug_kick(plug);
	return 0;
}

static int greet(struct ph_emu_plug *plug, int fd)
{
	uint8_t packet[1 + REPORT_MAX] = {DESCRIPTOR};
	const struct ph_emu_usb_config *c = &plug->config.usb;

	if (plug->config.kind != PH_EMU_PLUG_HID)
		return 0;
	if (!c->descriptor || c->descriptor_len > REPORT_MAX)
		return -EINVAL;
	memcpy(packet + 1, c->descriptor, c->descriptor_len);
	ssize_t n = send(fd, packet, 1 + c->descriptor_len, MSG_NOSIGNAL);
	return n < 0 ? -errno : 0;
}

static void accept_client(struct ph_emu_plug *plug)
{
	int client = accept4(plug->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (client < 0)
		return;
	if (greet(plug, client) < 0 ||
		sd_event_add_io(plug->event, &plug->io, client, EPOLLIN, on_io, plug) < 0) {
		close(client);
		return;
	}
	plug->fd = client;
	plug->out_len = 0;
	sd_event_source_set_enabled(plug->accept, SD_EVENT_OFF);
	if (plug->ops.connected)
		plug->ops.connected(plug->userdata, true);
	ph_emu_plug_kick(plug);
}

static int on_accept(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	accept_client(userdata);
	return 0;
}

// A host that has gone and one that waits are in the kernel already; what a test does next must not depend on who is told first.
void ph_emu_plug_look(struct ph_emu_plug *plug)
{
	uint8_t byte;

	if (plug->config.kind != PH_EMU_PLUG_HID && plug->config.kind != PH_EMU_PLUG_EVDEV)
		return;
	if (plug->fd >= 0 && recv(plug->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
		emu_node_drop(plug);
	if (plug->fd < 0 && plug->listener >= 0)
		accept_client(plug);
}
