// What the kinds of cable have in common: carrying bytes, back-pressure and pacing. How a connection
// comes about is in pty.c and tcp.c; usbip.c carries its bytes itself.
#include "emulators/plugs/plug.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "emulators/plugs/plug_internal.h"

#define PACE_TURN_US 10000u

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata);

static bool is_node(const struct ph_emu_plug *plug)
{
	return plug->config.kind == PH_EMU_PLUG_HID || plug->config.kind == PH_EMU_PLUG_EVDEV;
}

static bool paced_out(const struct ph_emu_plug *plug)
{
	return plug->config.bytes_per_second && plug->budget_out == 0;
}

static bool paced_in(const struct ph_emu_plug *plug)
{
	return plug->config.bytes_per_second && plug->budget_in == 0;
}

static void refill(struct ph_emu_plug *plug)
{
	size_t turn = (size_t)plug->config.bytes_per_second * PACE_TURN_US / 1000000u;
	plug->budget_in = plug->budget_out = turn ? turn : 1;
}

static int on_pace(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_emu_plug *plug = userdata;
	refill(plug);
	ph_emu_plug_kick(plug);
	return 0;
}

static void start_pace(struct ph_emu_plug *plug)
{
	int on = SD_EVENT_OFF;
	// slower than a byte per turn: longer turns
	uint64_t turn = PACE_TURN_US;
	if (plug->config.bytes_per_second < 1000000u / PACE_TURN_US)
		turn = 1000000u / plug->config.bytes_per_second;

	if (plug->pace && sd_event_source_get_enabled(plug->pace, &on) > 0)
		return;
	if (!plug->pace) {
		sd_event_add_time_relative(
			plug->event, &plug->pace, CLOCK_MONOTONIC, turn, 1, on_pace, plug);
		return;
	}
	sd_event_source_set_time_relative(plug->pace, turn);
	sd_event_source_set_enabled(plug->pace, SD_EVENT_ONESHOT);
}

static ssize_t link_read(struct ph_emu_plug *plug, void *out, size_t size)
{
	return plug->tls ? emu_tls_read(plug->tls, out, size) : read(plug->fd, out, size);
}

static ssize_t link_write(struct ph_emu_plug *plug, const void *data, size_t len)
{
	return plug->tls ? emu_tls_write(plug->tls, data, len) : write(plug->fd, data, len);
}

static void write_some(struct ph_emu_plug *plug)
{
	plug->want_write = false;
	while (plug->fd >= 0) {
		if (plug->out_len == 0)
			plug->out_len =
				plug->ops.output(plug->userdata, plug->out, sizeof plug->out);
		if (plug->out_len == 0)
			return;
		size_t n = plug->out_len;
		if (plug->config.bytes_per_second && n > plug->budget_out)
			n = plug->budget_out;
		if (n == 0) {
			start_pace(plug);
			return;
		}
		ssize_t r = link_write(plug, plug->out, n);
		if (r < 0 && errno == EAGAIN) {
			plug->want_write = true;
			return;
		}
		if (r < 0) {
			emu_link_close(plug, false);
			return;
		}
		plug->out_len -= (size_t)r;
		memmove(plug->out, plug->out + r, plug->out_len);
		if (plug->config.bytes_per_second)
			plug->budget_out -= (size_t)r;
	}
}

/* Gives the model what was read; true when nothing is left. */
static bool hand_over(struct ph_emu_plug *plug)
{
	if (plug->handing)
		return false;
	plug->handing = true;
	bool settled = plug->held_len > 0;
	while (plug->held_len && plug->ops.room(plug->userdata)) {
		size_t n = plug->ops.input(plug->userdata, plug->held, plug->held_len);
		if (n > plug->held_len) /* the link broke on the way, and the rest with it */
			n = plug->held_len;
		plug->held_len -= n;
		memmove(plug->held, plug->held + n, plug->held_len);
	}
	plug->handing = false;
	settled = settled && !plug->held_len;
	if (settled && plug->ops.settled)
		plug->ops.settled(plug->userdata);
	return plug->held_len == 0;
}

static void read_some(struct ph_emu_plug *plug)
{
	if (!hand_over(plug))
		return;
	size_t room = plug->ops.room(plug->userdata);

	if (room > sizeof plug->held)
		room = sizeof plug->held;
	if (plug->config.bytes_per_second && room > plug->budget_in)
		room = plug->budget_in;
	if (room == 0)
		return;
	ssize_t r = link_read(plug, plug->held, room);
	if (r < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (r < 0) {
		emu_link_close(plug, false);
		return;
	}
	if (r == 0) {
		plug->eof = true;
		emu_tcp_half_closed(plug);
		return;
	}
	if (plug->config.bytes_per_second)
		plug->budget_in -= (size_t)r;
	plug->held_len = (size_t)r;
	hand_over(plug);
}

static void update(struct ph_emu_plug *plug)
{
	uint32_t events = 0;

	if (plug->fd < 0)
		return;
	bool room = plug->ops.room(plug->userdata) > 0;
	if (!plug->eof && room && !paced_in(plug))
		events |= EPOLLIN;
	if (!plug->eof && room && paced_in(plug))
		start_pace(plug);
	if ((plug->want_write && !paced_out(plug)) || (plug->tls && emu_tls_wants_write(plug->tls)))
		events |= EPOLLOUT;
	if (plug->eof && plug->held_len == 0 && plug->out_len == 0 &&
		!plug->ops.busy(plug->userdata)) {
		emu_link_close(plug, false);
		return;
	}
	sd_event_source_set_io_events(plug->io, events);
}

void ph_emu_plug_pace(struct ph_emu_plug *plug, unsigned bytes_per_second)
{
	if (plug->usb || is_node(plug))
		return;
	plug->config.bytes_per_second = bytes_per_second;
	plug->pace = sd_event_source_disable_unref(plug->pace);
	refill(plug);
	ph_emu_plug_kick(plug);
}

void ph_emu_plug_kick(struct ph_emu_plug *plug)
{
	if (plug->usb)
		emu_usbip_kick(plug);
	if (plug->fd < 0)
		return;
	if (is_node(plug)) {
		emu_node_kick(plug);
		return;
	}
	hand_over(plug);
	write_some(plug);
	update(plug);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct ph_emu_plug *plug = userdata;

	bool handshake = plug->tls && emu_tls_wants_write(plug->tls);

	if (revents & EPOLLIN || handshake)
		read_some(plug);
	else if (revents & (EPOLLERR | EPOLLHUP))
		emu_link_close(plug, false);
	/* what TLS has decrypted already is told by no event */
	while (plug->tls && plug->fd >= 0 && !plug->held_len && emu_tls_has_more(plug->tls) &&
		plug->ops.room(plug->userdata))
		read_some(plug);
	ph_emu_plug_kick(plug);
	return 0;
}

int emu_link_open(struct ph_emu_plug *plug, int fd)
{
	int r = sd_event_add_io(plug->event, &plug->io, fd, EPOLLIN, on_io, plug);
	if (r >= 0 && plug->tls)
		r = emu_tls_open(plug->tls, fd);
	if (r < 0) {
		plug->io = sd_event_source_disable_unref(plug->io);
		return r;
	}
	plug->fd = fd;
	plug->eof = plug->want_write = false;
	plug->out_len = 0;
	refill(plug);
	if (plug->ops.connected)
		plug->ops.connected(plug->userdata, true);
	update(plug);
	return 0;
}

void emu_link_close(struct ph_emu_plug *plug, bool reset)
{
	if (plug->fd < 0)
		return;
	plug->io = sd_event_source_disable_unref(plug->io);
	if (plug->tls)
		emu_tls_close(plug->tls);
	if (reset) {
		struct linger linger = {.l_onoff = 1, .l_linger = 0};
		setsockopt(plug->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
	}
	close(plug->fd);
	plug->fd = -1;
	plug->out_len = plug->held_len = 0;
	plug->pace = sd_event_source_disable_unref(plug->pace);
	if (plug->ops.connected)
		plug->ops.connected(plug->userdata, false);
	if (plug->config.kind == PH_EMU_PLUG_TCP)
		emu_tcp_next(plug);
}

static int begin_path(struct ph_emu_plug *plug, const char *scheme)
{
	if (!plug->config.path || strlen(plug->config.path) >= sizeof plug->path)
		return -ENAMETOOLONG;
	snprintf(plug->path, sizeof plug->path, "%s", plug->config.path);
	snprintf(plug->url, sizeof plug->url, "%s:%s", scheme, plug->path);
	return 0;
}

static int begin(struct ph_emu_plug *plug)
{
	int r = 0;

	switch (plug->config.kind) {
	case PH_EMU_PLUG_PTY:
		return begin_path(plug, "serial");
	case PH_EMU_PLUG_HID:
		return begin_path(plug, "hid");
	case PH_EMU_PLUG_EVDEV:
		plug->keys = calloc(1, sizeof *plug->keys);
		return plug->keys ? begin_path(plug, "evdev") : -ENOMEM;
	case PH_EMU_PLUG_TCP:
		r = emu_tcp_bind(plug);
		snprintf(plug->url, sizeof plug->url, "%s://127.0.0.1:%u",
			plug->config.pki ? "tls" : "tcp", plug->port);
		if (r == 0 && plug->config.pki)
			r = emu_tls_new(plug->config.pki, &plug->tls);
		ph_emu_plug_tls(plug, PH_EMU_TLS_GOOD, plug->config.want_client);
		return r;
	case PH_EMU_PLUG_USBIP:
		return emu_usbip_new(plug);
	case PH_EMU_PLUG_COUNT_:
		break;
	}
	return -EINVAL;
}

int ph_emu_plug_new(sd_event *event, const struct ph_emu_plug_config *config,
	const struct ph_emu_plug_ops *ops, void *userdata, struct ph_emu_plug **ret_plug)
{
	struct ph_emu_plug *plug = calloc(1, sizeof *plug);
	if (!plug)
		return -ENOMEM;
	*plug = (struct ph_emu_plug){.event = sd_event_ref(event),
		.config = *config,
		.ops = *ops,
		.userdata = userdata,
		.fd = -1,
		.slave = -1,
		.listener = -1,
		.port = config->port};
	int r = begin(plug);
	if (r == 0)
		r = ph_emu_plug_in(plug);
	if (r < 0) {
		ph_emu_plug_free(plug);
		return r;
	}
	*ret_plug = plug;
	return 0;
}

void ph_emu_plug_free(struct ph_emu_plug *plug)
{
	if (!plug)
		return;
	plug->ops.connected = NULL;
	ph_emu_plug_out(plug);
	emu_usbip_free(plug);
	sd_event_source_disable_unref(plug->pace);
	sd_event_source_disable_unref(plug->accept);
	if (plug->listener >= 0)
		close(plug->listener);
	sd_event_unref(plug->event);
	emu_tls_free(plug->tls);
	free(plug->keys);
	free(plug);
}

int ph_emu_plug_in(struct ph_emu_plug *plug)
{
	int r = 0;

	if (plug->in && !plug->config.vhci)
		return 0;
	plug->in = true;
	switch (plug->config.kind) {
	case PH_EMU_PLUG_PTY:
		r = emu_pty_in(plug);
		break;
	case PH_EMU_PLUG_TCP:
		r = emu_tcp_in(plug);
		break;
	case PH_EMU_PLUG_USBIP:
		r = emu_usbip_in(plug);
		break;
	case PH_EMU_PLUG_HID:
	case PH_EMU_PLUG_EVDEV:
		r = emu_node_in(plug);
		break;
	case PH_EMU_PLUG_COUNT_:
		break;
	}
	if (r < 0)
		plug->in = false;
	return r;
}

void ph_emu_plug_out(struct ph_emu_plug *plug)
{
	if (!plug->in)
		return;
	plug->in = false;
	switch (plug->config.kind) {
	case PH_EMU_PLUG_PTY:
		emu_pty_out(plug);
		break;
	case PH_EMU_PLUG_TCP:
		emu_tcp_out(plug);
		break;
	case PH_EMU_PLUG_USBIP:
		emu_usbip_out(plug);
		break;
	case PH_EMU_PLUG_HID:
	case PH_EMU_PLUG_EVDEV:
		emu_node_out(plug);
		break;
	case PH_EMU_PLUG_COUNT_:
		break;
	}
}

int ph_emu_plug_close(struct ph_emu_plug *plug)
{
	if (plug->config.kind != PH_EMU_PLUG_TCP)
		return ph_emu_plug_reset(plug);
	if (plug->in)
		emu_link_close(plug, false);
	return 0;
}

int ph_emu_plug_reset(struct ph_emu_plug *plug)
{
	if (!plug->in)
		return 0;
	switch (plug->config.kind) {
	case PH_EMU_PLUG_PTY:
		ph_emu_plug_out(plug);
		return ph_emu_plug_in(plug);
	case PH_EMU_PLUG_TCP:
		emu_link_close(plug, true);
		return 0;
	case PH_EMU_PLUG_USBIP:
		emu_usbip_out(plug);
		return ph_emu_plug_in(plug);
	case PH_EMU_PLUG_HID:
	case PH_EMU_PLUG_EVDEV:
		emu_node_drop(plug);
		return 0;
	case PH_EMU_PLUG_COUNT_:
		break;
	}
	return -EINVAL;
}

bool ph_emu_plug_is_in(const struct ph_emu_plug *plug)
{
	return plug->in;
}

size_t ph_emu_plug_unread(const struct ph_emu_plug *plug)
{
	int waiting = 0;

	if (plug->fd >= 0 && ioctl(plug->fd, FIONREAD, &waiting) < 0)
		waiting = 0;
	return plug->held_len + (size_t)(waiting > 0 ? waiting : 0);
}

bool ph_emu_plug_is_connected(const struct ph_emu_plug *plug)
{
	return plug->usb ? emu_usbip_connected(plug) : plug->fd >= 0;
}

const char *ph_emu_plug_url(const struct ph_emu_plug *plug)
{
	return plug->url;
}

void ph_emu_plug_tls(struct ph_emu_plug *plug, enum ph_emu_tls_mode mode, bool want_client)
{
	if (plug->tls)
		emu_tls_set(plug->tls, mode, want_client);
}

enum ph_emu_tls_mode ph_emu_plug_tls_mode(const struct ph_emu_plug *plug)
{
	return plug->tls ? emu_tls_mode(plug->tls) : PH_EMU_TLS_MODE_COUNT_;
}

void ph_emu_plug_lose_keys(struct ph_emu_plug *plug, unsigned after, unsigned count)
{
	if (!plug->keys)
		return;
	plug->keys->losing = true;
	plug->keys->lose_after = after;
	plug->keys->lose_count = count ? count : 1;
}

void ph_emu_plug_refuse_report(struct ph_emu_plug *plug)
{
	plug->refuse = true;
}
