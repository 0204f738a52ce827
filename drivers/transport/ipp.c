// Print queues: the library of the driver makes the connections, this only names the queue and locks it.
#include "drivers/transport/transport.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int refuse_query(const struct ph_url *url, char *why, size_t why_size)
{
	if (!url->query_count)
		return 0;
	snprintf(why, why_size, "unknown key '%s' (%s knows none)", url->query[0].key, url->scheme);
	return -EINVAL;
}

static int ipp_check(const struct ph_url *url, char *why, size_t why_size)
{
	if (!*url->host) {
		snprintf(
			why, why_size, "a network print queue is %s://HOST/ipp/print", url->scheme);
		return -EINVAL;
	}
	return refuse_query(url, why, why_size);
}

static int cups_check(const struct ph_url *url, char *why, size_t why_size)
{
	if (*url->host || !*url->path || strpbrk(url->path, "/# ")) {
		snprintf(why, why_size, "a queue of the CUPS scheduler is cups:NAME");
		return -EINVAL;
	}
	return refuse_query(url, why, why_size);
}

static int ipp_open(struct ph_transport *transport, const struct ph_url *url, const char *lock_dir)
{
	char name[640];

	snprintf(name, sizeof name, "%s-%.200s-%d-%.300s", url->scheme, url->host, url->port,
		url->path);
	for (char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && *p != '-' && *p != '.')
			*p = '_';
	name[200] = '\0';
	int r = ph_transport_lock(lock_dir, name, &transport->lock_fd);
	if (r < 0)
		return r;
	transport->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); /* never readable */
	return transport->fd < 0 ? -errno : 0;
}

static ssize_t ipp_read(struct ph_transport *transport, void *data, size_t size)
{
	return -EAGAIN;
}

static ssize_t ipp_write(struct ph_transport *transport, const void *data, size_t len)
{
	return -EOPNOTSUPP;
}

static void ipp_close(struct ph_transport *transport)
{
	if (transport->fd >= 0)
		close(transport->fd);
	if (transport->lock_fd >= 0)
		close(transport->lock_fd);
	transport->fd = transport->lock_fd = -1;
}

static unsigned ipp_timeout_ms(const struct ph_url *url)
{
	return 0;
}

static const char *ipp_watch(const struct ph_url *url)
{
	return NULL;
}

#define QUEUE(name, scheme_, check_)                                                               \
	const struct ph_transport_ops name = {.scheme = scheme_,                                   \
		.check = check_,                                                                   \
		.open = ipp_open,                                                                  \
		.read = ipp_read,                                                                  \
		.write = ipp_write,                                                                \
		.close = ipp_close,                                                                \
		.timeout_ms = ipp_timeout_ms,                                                      \
		.watch = ipp_watch}

QUEUE(ph_transport_ipp, "ipp", ipp_check);
QUEUE(ph_transport_ipps, "ipps", ipp_check);
QUEUE(ph_transport_cups, "cups", cups_check);
