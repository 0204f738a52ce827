// The wire of vpcd: a connection to the reader's driver, its messages, and answers that take their time.
#include "emulators/plugs/vpcd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define RETRY_US   250000u
#define CHANGE_US  800000u /* between two cards: no hand is quicker, and pcscd looks every 400 ms */
#define HEAD	   2u
#define ANSWER_MAX 258u

enum { POWER_OFF = 0, POWER_ON = 1, RESET = 2, GET_ATR = 4 };

struct ph_emu_vpcd {
	sd_event *event;
	struct ph_emu_vpcd_ops ops;
	void *userdata;
	uint16_t port;
	uint64_t next_us; /* before it no card goes in */
	bool in, connecting, powered, mute;
	int fd;
	sd_event_source *io;
	sd_event_source *timer; /* the next attempt, or the end of a delay */
	uint8_t held[HEAD + PH_EMU_VPCD_MAX];
	size_t held_len;
	uint8_t late[ANSWER_MAX]; /* waits for its time; nothing is read meanwhile */
	size_t late_len;
};

static void try_to_connect(struct ph_emu_vpcd *v);
static void take_messages(struct ph_emu_vpcd *v);
static int on_timer(sd_event_source *source, uint64_t usec, void *userdata);

static void arm(struct ph_emu_vpcd *v, uint64_t us)
{
	if (!v->timer) {
		sd_event_add_time_relative(
			v->event, &v->timer, CLOCK_MONOTONIC, us, 1000, on_timer, v);
		return;
	}
	sd_event_source_set_time_relative(v->timer, us);
	sd_event_source_set_enabled(v->timer, SD_EVENT_ONESHOT);
}

static void tell(struct ph_emu_vpcd *v)
{
	if (v->ops.changed)
		v->ops.changed(v->userdata);
}

static void hang_up(struct ph_emu_vpcd *v)
{
	v->io = sd_event_source_disable_unref(v->io);
	if (v->timer)
		sd_event_source_set_enabled(v->timer, SD_EVENT_OFF);
	if (v->fd >= 0)
		close(v->fd);
	v->fd = -1;
	v->held_len = v->late_len = 0;
	v->connecting = v->powered = v->mute = false;
}

static void lost(struct ph_emu_vpcd *v)
{
	hang_up(v);
	if (v->in)
		arm(v, RETRY_US);
	tell(v);
}

// ---- messages ----

static void send_message(struct ph_emu_vpcd *v, const uint8_t *data, size_t len)
{
	uint8_t message[HEAD + ANSWER_MAX] = {(uint8_t)(len >> 8), (uint8_t)len};

	memcpy(message + HEAD, data, len);
	/* one answer at a time always has room in the socket */
	if (send(v->fd, message, HEAD + len, MSG_NOSIGNAL) != (ssize_t)(HEAD + len))
		lost(v);
}

static void control(struct ph_emu_vpcd *v, uint8_t code)
{
	uint8_t atr[ANSWER_MAX];
	bool was = v->powered;

	switch (code) {
	case POWER_OFF:
		v->powered = false;
		break;
	case POWER_ON:
	case RESET:
		v->powered = true;
		v->mute = false;
		v->ops.reset(v->userdata);
		break;
	case GET_ATR:
		send_message(v, atr, v->ops.atr(v->userdata, atr));
		break;
	default: /* of a later version: without an answer */
		break;
	}
	if (was != v->powered)
		tell(v);
}

static void command(struct ph_emu_vpcd *v, const uint8_t *data, size_t len)
{
	uint8_t answer[ANSWER_MAX];
	unsigned delay_ms = 0;

	if (v->mute)
		return;
	int n = v->ops.command(v->userdata, data, len, answer, &delay_ms);
	if (n < 0) {
		ph_emu_vpcd_out(v);
		tell(v);
	} else if (n == 0) {
		v->mute = true;
	} else if (delay_ms) {
		memcpy(v->late, answer, (size_t)n);
		v->late_len = (size_t)n;
		sd_event_source_set_enabled(v->io, SD_EVENT_OFF);
		arm(v, delay_ms * UINT64_C(1000));
	} else {
		send_message(v, answer, (size_t)n);
	}
	explicit_bzero(answer, sizeof answer);
}

static void take_messages(struct ph_emu_vpcd *v)
{
	while (v->fd >= 0 && !v->late_len && v->held_len >= HEAD) {
		size_t len = (size_t)v->held[0] << 8 | v->held[1];
		uint8_t data[PH_EMU_VPCD_MAX];
		if (len > sizeof data) {
			lost(v);
			return;
		}
		if (v->held_len < HEAD + len)
			return;
		memcpy(data, v->held + HEAD, len);
		v->held_len -= HEAD + len;
		memmove(v->held, v->held + HEAD + len, v->held_len);
		if (len == 1)
			control(v, data[0]);
		else if (len)
			command(v, data, len);
	}
}

static void connected(struct ph_emu_vpcd *v)
{
	int error = 0;
	socklen_t len = sizeof error;

	if (getsockopt(v->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 || error) {
		lost(v);
		return;
	}
	v->connecting = false;
	sd_event_source_set_io_events(v->io, EPOLLIN);
	tell(v);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct ph_emu_vpcd *v = userdata;

	if (v->connecting) {
		connected(v);
		return 0;
	}
	int on = 1;
	ssize_t n = read(fd, v->held + v->held_len, sizeof v->held - v->held_len);

	/*
	 * The driver writes length and data apart and waits for the length to be acknowledged: without this, 40 ms a command. The
	 * kernel forgets it by itself.
	 */
	setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		lost(v);
		return 0;
	}
	v->held_len += (size_t)n;
	take_messages(v);
	return 0;
}

// ---- the connection ----

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_emu_vpcd *v = userdata;
	size_t len = v->late_len;

	if (v->fd < 0) {
		try_to_connect(v);
		return 0;
	}
	if (!len)
		return 0;
	v->late_len = 0;
	sd_event_source_set_enabled(v->io, SD_EVENT_ON);
	send_message(v, v->late, len);
	take_messages(v);
	return 0;
}

static int dial(uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (connect(fd, (struct sockaddr *)&a, sizeof a) < 0 && errno != EINPROGRESS) {
		int r = -errno;
		close(fd);
		return r;
	}
	return fd;
}

static void try_to_connect(struct ph_emu_vpcd *v)
{
	int fd = dial(v->port);

	if (fd >= 0 && sd_event_add_io(v->event, &v->io, fd, EPOLLOUT, on_io, v) < 0) {
		close(fd);
		fd = -1;
	}
	if (fd < 0) {
		arm(v, RETRY_US);
		return;
	}
	v->fd = fd;
	v->connecting = true;
}

int ph_emu_vpcd_new(sd_event *event, uint16_t port, const struct ph_emu_vpcd_ops *ops,
	void *userdata, struct ph_emu_vpcd **ret_vpcd)
{
	struct ph_emu_vpcd *v = calloc(1, sizeof *v);

	if (!v)
		return -ENOMEM;
	v->event = sd_event_ref(event);
	v->ops = *ops;
	v->userdata = userdata;
	v->port = port;
	v->fd = -1;
	*ret_vpcd = v;
	return 0;
}

void ph_emu_vpcd_free(struct ph_emu_vpcd *v)
{
	if (!v)
		return;
	hang_up(v);
	sd_event_source_disable_unref(v->timer);
	sd_event_unref(v->event);
	explicit_bzero(v, sizeof *v);
	free(v);
}

void ph_emu_vpcd_in(struct ph_emu_vpcd *v)
{
	uint64_t now;

	if (v->in)
		return;
	v->in = true;
	sd_event_now(v->event, CLOCK_MONOTONIC, &now);
	if (now < v->next_us)
		arm(v, v->next_us - now);
	else
		try_to_connect(v);
}

void ph_emu_vpcd_out(struct ph_emu_vpcd *v)
{
	uint64_t now;

	if (ph_emu_vpcd_is_connected(v)) {
		sd_event_now(v->event, CLOCK_MONOTONIC, &now);
		v->next_us = now + CHANGE_US;
	}
	v->in = false;
	hang_up(v);
}

bool ph_emu_vpcd_is_in(const struct ph_emu_vpcd *v)
{
	return v->in;
}

bool ph_emu_vpcd_is_connected(const struct ph_emu_vpcd *v)
{
	return v->fd >= 0 && !v->connecting;
}

bool ph_emu_vpcd_is_powered(const struct ph_emu_vpcd *v)
{
	return v->powered;
}
