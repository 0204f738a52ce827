// A TCP connection to a numeric address; when to open one and what goes over it is the link's.
#include "acquirer/wire.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* A host that is gone without a word is noticed while something is on its way, and by the kernel alone when nothing is. */
#define KEEP_IDLE_S	60
#define KEEP_INTERVAL_S 15
#define KEEP_COUNT	4

static void set_options(int fd)
{
	static const struct {
		int level, name, value;
	} options[] = {
		{SOL_SOCKET, SO_KEEPALIVE, 1},
		{IPPROTO_TCP, TCP_NODELAY, 1},
		{IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE_S},
		{IPPROTO_TCP, TCP_KEEPINTVL, KEEP_INTERVAL_S},
		{IPPROTO_TCP, TCP_KEEPCNT, KEEP_COUNT},
	};

	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		setsockopt(fd, options[i].level, options[i].name, &options[i].value,
			sizeof options[i].value);
}

static int start(struct ph_wire *wire, const struct ph_acquirer_config *config)
{
	struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	struct addrinfo *found = NULL;
	char port[16];
	int r = 0;

	snprintf(port, sizeof port, "%u", config->port);
	/* numeric: this neither waits nor asks anybody */
	if (getaddrinfo(config->host, port, &hints, &found) || !found)
		return -EINVAL;
	wire->fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (wire->fd < 0)
		r = -errno;
	if (r == 0) {
		set_options(wire->fd);
		if (connect(wire->fd, found->ai_addr, found->ai_addrlen) < 0 &&
			errno != EINPROGRESS)
			r = -errno;
	}
	freeaddrinfo(found);
	if (r < 0)
		ph_wire_tcp.stop(wire);
	wire->events = EPOLLOUT;
	return r;
}

static int handshake(struct ph_wire *wire)
{
	int error = 0;
	socklen_t size = sizeof error;

	if (getsockopt(wire->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		return -errno;
	return -error;
}

static ssize_t send_bytes(struct ph_wire *wire, const uint8_t *data, size_t len)
{
	ssize_t n = send(wire->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);

	return n < 0 ? (errno == EINTR ? -EAGAIN : -errno) : n;
}

static ssize_t receive(struct ph_wire *wire, uint8_t *data, size_t size)
{
	ssize_t n = recv(wire->fd, data, size, MSG_DONTWAIT);

	return n < 0 ? (errno == EINTR ? -EAGAIN : -errno) : n;
}

static void stop(struct ph_wire *wire)
{
	if (wire->fd >= 0)
		close(wire->fd);
	wire->fd = -1;
}

const struct ph_wire_ops ph_wire_tcp = {
	.name = "tcp",
	.start = start,
	.handshake = handshake,
	.send = send_bytes,
	.receive = receive,
	.stop = stop,
};
