// Network devices on a TCP port. Addresses are numeric: a name would have to be resolved, and nothing here may wait.
#include "drivers/transport/transport.h"

#include "base/cleanup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define PORT_DEFAULT	   9100
#define CONNECT_TIMEOUT_MS 3000
/*
 * A dead peer is noticed by keep-alive probes while nothing is under way. While bytes are, they are not sent, and the
 * user time-out of the kernel cannot be used: it also ends a connection whose window stays closed although the peer
 * answers, and a printer without paper and with a full buffer does that for as long as nobody comes. So tcp_alive() looks
 * at what the kernel counts: repeated packets nobody acknowledges, or window probes nobody answers.
 */
#define KEEPALIVE_IDLE_S     10
#define KEEPALIVE_INTERVAL_S 5
#define KEEPALIVE_COUNT	     3
#define SILENT_MS	     30000 /* without an acknowledgement, while packets are repeated */
#define REPEATS_MIN	     3
#define PROBES_MAX	     3 /* in a row without an answer; each answer resets the count */

struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	};
	socklen_t len;
};

static int parse_address(const struct ph_url *url, struct address *address)
{
	const char *host = strcmp(url->host, "localhost") ? url->host : "127.0.0.1";
	uint16_t port = htons((uint16_t)(url->port ? url->port : PORT_DEFAULT));

	*address = (struct address){0};
	if (inet_pton(AF_INET, host, &address->v4.sin_addr) == 1) {
		address->v4.sin_family = AF_INET;
		address->v4.sin_port = port;
		address->len = sizeof address->v4;
		return 0;
	}
	/* getaddrinfo with numeric flags neither waits nor asks anybody; it knows scopes (fe80::1%eth0) */
	struct addrinfo hints = {.ai_family = AF_INET6,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	struct addrinfo *found = NULL;
	if (getaddrinfo(host, NULL, &hints, &found) || !found)
		return -EINVAL;
	memcpy(&address->v6, found->ai_addr, sizeof address->v6);
	freeaddrinfo(found);
	address->v6.sin6_port = port;
	address->len = sizeof address->v6;
	return 0;
}

static int tcp_check(const struct ph_url *url, char *why, size_t why_size)
{
	struct address address;
	long number;

	if (!*url->host || (*url->path && strcmp(url->path, "/"))) {
		snprintf(why, why_size, "a network connection is tcp://ADDRESS:PORT");
		return -EINVAL;
	}
	if (parse_address(url, &address) < 0) {
		snprintf(why, why_size,
			"'%.64s' is not a numeric address; give the device a fixed one", url->host);
		return -EINVAL;
	}
	for (unsigned i = 0; i < url->query_count; i++) {
		const struct ph_url_pair *pair = &url->query[i];
		if (strcmp(pair->key, "timeout_ms")) {
			snprintf(why, why_size, "unknown key '%s' (tcp knows timeout_ms)",
				pair->key);
			return -EINVAL;
		}
		if (ph_url_number(pair->value, 100, 60000, &number) < 0) {
			snprintf(why, why_size, "timeout_ms is 100 to 60000");
			return -EINVAL;
		}
	}
	return 0;
}

static unsigned tcp_timeout_ms(const struct ph_url *url)
{
	long value;
	int r = ph_url_number(ph_url_query(url, "timeout_ms"), 100, 60000, &value);

	return r < 0 ? CONNECT_TIMEOUT_MS : (unsigned)value;
}

static void set_option(int fd, int level, int name, int value)
{
	/* each only helps to notice a dead peer sooner; a kernel without it still works */
	(void)setsockopt(fd, level, name, &value, sizeof value);
}

static void set_options(int fd)
{
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
	set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S);
	set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT);
}

static int take_lock(struct ph_transport *transport, const struct ph_url *url, const char *dir)
{
	char name[300];

	snprintf(name, sizeof name, "tcp-%s-%d", url->host, url->port ? url->port : PORT_DEFAULT);
	for (char *p = name; *p; p++)
		if (*p == '/' || *p == ':' || *p == '%')
			*p = '_';
	int r = ph_transport_lock_named(transport, dir, name);
	if (r != -EBUSY)
		return r;
	char owner[80];
	snprintf(owner, sizeof owner, "%.64s", transport->why);
	snprintf(transport->why, sizeof transport->why,
		"%s%s%s already uses %.64s port %d: one port serves one device, give each its own",
		*owner ? "device '" : "another device", owner, *owner ? "'" : "", url->host,
		url->port ? url->port : PORT_DEFAULT);
	return r;
}

static int start_connect(struct ph_transport *transport, const struct address *address)
{
	PH_CLEANUP_CLOSE int fd =
		socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	set_options(fd);
	if (connect(fd, &address->any, address->len) < 0) {
		if (errno != EINPROGRESS)
			return -errno;
		transport->connecting = true;
	}
	transport->fd = fd;
	fd = -1;
	return 0;
}

static void tcp_close(struct ph_transport *transport)
{
	if (transport->fd >= 0)
		close(transport->fd);
	if (transport->lock_fd >= 0)
		close(transport->lock_fd);
	transport->fd = -1;
	transport->lock_fd = -1;
	transport->connecting = transport->shut = false;
}

static int tcp_open(struct ph_transport *transport, const struct ph_url *url, const char *lock_dir)
{
	struct address address;

	int r = parse_address(url, &address);
	if (r < 0)
		return r;
	r = take_lock(transport, url, lock_dir);
	if (r < 0)
		return r;
	r = start_connect(transport, &address);
	if (r < 0)
		tcp_close(transport);
	return r;
}

static int tcp_connected(struct ph_transport *transport)
{
	int error = 0;
	socklen_t len = sizeof error;

	if (getsockopt(transport->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		return -errno;
	transport->connecting = false;
	return -error;
}

static ssize_t tcp_read(struct ph_transport *transport, void *data, size_t size)
{
	ssize_t n = recv(transport->fd, data, size, MSG_DONTWAIT);

	return n < 0 ? -errno : n;
}

static ssize_t tcp_write(struct ph_transport *transport, const void *data, size_t len)
{
	ssize_t n = send(transport->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);

	return n < 0 ? -errno : n;
}

static bool tcp_finish(struct ph_transport *transport)
{
	transport->shut = true;
	return shutdown(transport->fd, SHUT_WR) == 0;
}

/* What the peer has not acknowledged: in the kernel, on the wire, or behind a closed window. */
static size_t tcp_pending(const struct ph_transport *transport)
{
	int bytes = 0;

	return ioctl(transport->fd, SIOCOUTQ, &bytes) < 0 || bytes < 0 ? 0 : (size_t)bytes;
}

static int tcp_alive(const struct ph_transport *transport)
{
	struct tcp_info info = {0};
	socklen_t len = sizeof info;

	if (getsockopt(transport->fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
		return 0;
	if (info.tcpi_retransmits >= REPEATS_MIN && info.tcpi_last_ack_recv >= SILENT_MS)
		return -ETIMEDOUT;
	return info.tcpi_probes > PROBES_MAX ? -ETIMEDOUT : 0;
}

static const char *tcp_watch(const struct ph_url *url)
{
	return NULL;
}

const struct ph_transport_ops ph_transport_tcp = {
	.scheme = "tcp",
	.check = tcp_check,
	.open = tcp_open,
	.connected = tcp_connected,
	.read = tcp_read,
	.write = tcp_write,
	.pending = tcp_pending,
	.alive = tcp_alive,
	.finish = tcp_finish,
	.close = tcp_close,
	.timeout_ms = tcp_timeout_ms,
	.watch = tcp_watch,
	.releasable = true,
};
