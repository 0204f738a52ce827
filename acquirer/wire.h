/*
 * Bytes to and from the host: one open connection. A row of operations, so that another one (TLS) is another row. Nothing
 * here waits; the link watches the descriptor for `events` and calls on.
 */
#ifndef PH_ACQUIRER_WIRE_H
#define PH_ACQUIRER_WIRE_H

#include "acquirer/config.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct ph_wire_ops;

struct ph_wire {
	const struct ph_wire_ops *ops;
	int fd;		 /* -1: none */
	uint32_t events; /* EPOLLIN, EPOLLOUT: what handshake() waits for */
};

struct ph_wire_ops {
	const char *name; /* "tcp" */
	/* Begins to connect. 0, with `fd` and `events`; or a negative errno, and nothing is open. */
	int (*start)(struct ph_wire *wire, const struct ph_acquirer_config *config);
	/* Goes on after an event. 0: connected; -EAGAIN; else a negative errno. */
	int (*handshake)(struct ph_wire *wire);
	/* Bytes that have left this process, -EAGAIN, or a negative errno. What it returned may have reached the host. */
	ssize_t (*send)(struct ph_wire *wire, const uint8_t *data, size_t len);
	/* Bytes, 0 at the end, -EAGAIN, or a negative errno. */
	ssize_t (*receive)(struct ph_wire *wire, uint8_t *data, size_t size);
	/* Closes; also of one that is half open or not open at all. */
	void (*stop)(struct ph_wire *wire);
};

extern const struct ph_wire_ops ph_wire_tcp;

#endif
