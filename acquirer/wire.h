/*
 * Bytes to and from the host: one open connection, plain (wire_tcp.c) or encrypted (wire_tls.c). Nothing here waits; the link
 * watches the descriptor for `events` and calls on.
 */
#ifndef PH_ACQUIRER_WIRE_H
#define PH_ACQUIRER_WIRE_H

#include "acquirer/tls.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct ph_wire_ops;

struct ph_wire {
	const struct ph_wire_ops *ops;
	int fd; /* -1: none */
	/* What the wire itself waits for: EPOLLIN and EPOLLOUT until it is connected; EPOLLOUT while it holds bytes. */
	uint32_t events;
	char why[PH_TLS_WHY_SIZE]; /* what went wrong, in words; "": the errno says it */
	const struct ph_tls *tls;  /* of "tls"; outlives the wire */
	SSL *ssl;		   /* the same; NULL until the connection stands */
};

struct ph_wire_ops {
	const char *name; /* "tcp" */
	/* Begins to connect. 0, with `fd` and `events`; or a negative errno, and nothing is open. */
	int (*start)(struct ph_wire *wire, const struct ph_acquirer_config *config);
	/* Goes on after an event. 0: connected; -EAGAIN; else a negative errno. */
	int (*handshake)(struct ph_wire *wire);
	/* What takes so long, where the time for a handshake is over; NULL: connecting. */
	const char *(*waits_for)(const struct ph_wire *wire);
	/*
	 * Bytes that may have left from here on, -EAGAIN, or a negative errno; of what it did not return none has left. What it
	 * returned it may hold still, with EPOLLOUT in `events`, until flush().
	 */
	ssize_t (*send)(struct ph_wire *wire, const uint8_t *data, size_t len);
	/* 0: nothing is held; -EAGAIN, or a negative errno. NULL: it never holds any. */
	int (*flush)(struct ph_wire *wire);
	/* Bytes, 0 at the end, -EAGAIN, or a negative errno. */
	ssize_t (*receive)(struct ph_wire *wire, uint8_t *data, size_t size);
	/* Bytes wait here that no event tells of. NULL: never. */
	bool (*has_more)(const struct ph_wire *wire);
	/* Closes; also of one that is half open or not open at all. */
	void (*stop)(struct ph_wire *wire);
};

extern const struct ph_wire_ops ph_wire_tcp, ph_wire_tls;

#endif
