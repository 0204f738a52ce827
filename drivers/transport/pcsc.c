// Card readers: PC/SC through its threads, or the socket of an emulated reader. A link of packets; it is up while pcscd is
// there, what is in the reader is told by packets.
#include "base/secret.h"
#include "drivers/transport/node.h"
#include "drivers/transport/pcsc_internal.h"
#include "drivers/transport/pcsc_worker.h"
#include "protocols/emv/reader_const.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PCSCD_SOCKET	"/run/pcscd/pcscd.comm"
#define OPEN_BLOCKS_MS	3000 /* pcscd may be started by its socket */
#define OPEN_TIMEOUT_MS 3000

struct ph_pcsc_env ph_pcsc_env = {.gone_wait_ms = 3000};

static int pcsc_check(const struct ph_url *url, char *why, size_t why_size)
{
	if (*url->host || strlen(url->path) >= PH_PCSC_NAME_MAX) {
		snprintf(why, why_size,
			"a card reader is pcsc:NAME with the name of PC/SC or how it begins "
			"(spaces as %%20), or pcsc: for the first one");
		return -EINVAL;
	}
	if (url->query_count) {
		snprintf(why, why_size, "unknown key '%s' (pcsc knows none)", url->query[0].key);
		return -EINVAL;
	}
	return 0;
}

static bool is_socket(const struct ph_url *url)
{
	return *url->path == '/' && ph_node_is_socket(url->path);
}

static void pcsc_close(struct ph_transport *transport)
{
	struct ph_pcsc_worker *worker = transport->pcsc;

	transport->pcsc = NULL;
	if (transport->fd >= 0)
		shutdown(transport->fd, SHUT_RDWR); /* the threads' end learns of it at once */
	ph_node_close(transport);
	ph_pcsc_worker_leave(worker);
}

static int open_library(struct ph_transport *transport, const struct ph_url *url)
{
	const struct ph_pcsc_lib *lib =
		ph_pcsc_env.lib ? ph_pcsc_env.lib
				: ph_pcsc_lib_load(transport->why, sizeof transport->why);

	if (!lib)
		return -EOPNOTSUPP;
	int r = ph_pcsc_worker_new(lib, url->path, &transport->pcsc, &transport->fd);
	if (r == -ECONNREFUSED)
		snprintf(transport->why, sizeof transport->why,
			"pcscd does not answer: install it, or start pcscd.socket");
	return r;
}

static int pcsc_open(struct ph_transport *transport, const struct ph_url *url, const char *lock_dir)
{
	char name[PH_PCSC_NAME_MAX + 8];

	if (is_socket(url))
		return ph_node_connect(url->path, &transport->fd);
	snprintf(name, sizeof name, "pcsc-%s", url->path);
	for (char *p = name; *p; p++)
		if (*p == '/' || *p == ' ')
			*p = '_';
	int r = ph_transport_lock_named(transport, lock_dir, name);
	if (r >= 0)
		r = open_library(transport, url);
	if (r < 0)
		pcsc_close(transport);
	return r;
}

static ssize_t pcsc_read(struct ph_transport *transport, void *data, size_t size)
{
	ssize_t n = recv(transport->fd, data, size, MSG_DONTWAIT);

	if (n == 0)
		return -ENODEV;
	if (n < 0)
		return errno == ECONNRESET ? -ENODEV : -errno;
	return n;
}

static ssize_t pcsc_write(struct ph_transport *transport, const void *data, size_t len)
{
	if (len < 1 || len > PH_READER_PACKET_MAX)
		return -EMSGSIZE;
	ssize_t n = send(transport->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	return n < 0 ? -errno : n;
}

static unsigned pcsc_timeout_ms(const struct ph_url *url)
{
	return OPEN_TIMEOUT_MS;
}

static const char *pcsc_watch(const struct ph_url *url)
{
	return *url->path == '/' ? url->path : PCSCD_SOCKET;
}

const struct ph_transport_ops ph_transport_pcsc = {
	.scheme = "pcsc",
	.check = pcsc_check,
	.open = pcsc_open,
	.read = pcsc_read,
	.write = pcsc_write,
	.packets = true,
	.close = pcsc_close,
	.timeout_ms = pcsc_timeout_ms,
	.watch = pcsc_watch,
	.blocks_ms = OPEN_BLOCKS_MS,
};
