/*
 * Ways to a device. Each transport is one `const struct ph_transport_ops` in the table of transport.c; the link
 * supervision of the host drives them and knows none by name. All calls return at once, but for open() where blocks_ms says so.
 */
#ifndef PH_DRIVERS_TRANSPORT_H
#define PH_DRIVERS_TRANSPORT_H

#include "base/url.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct sp_port;
struct ph_usb;
struct ph_hid;
struct ph_evdev;
struct ph_pcsc_worker;

#define PH_TRANSPORT_WHY_SIZE	320
#define PH_TRANSPORT_KNOWN_SIZE 192

/* An open link. Zero-initialise with fd and lock_fd -1. */
struct ph_transport {
	const struct ph_transport_ops *ops;
	const char *owner; /* name of the device, for those who find it locked; may be NULL */
	int fd;		   /* to wait on; -1 while closed */
	int lock_fd;	   /* a lock file, or -1 */
	bool connecting; /* wait for fd to become writable (with process(): readable), then call connected() */
	bool await_input; /* ... wait for it to become readable instead */
	bool shut;	  /* finish() was called */
	/* Set before open(): whether a HID device with this report descriptor is meant; NULL: any. */
	bool (*suits)(const uint8_t *descriptor, size_t len);
	/* ... and what one is that is not meant, for why[]; may be NULL. */
	void (*why_not)(
		uint16_t vendor, const uint8_t *descriptor, size_t len, char *text, size_t size);
	struct sp_port *port;
	struct ph_usb *usb;
	struct ph_hid *hid;
	struct ph_evdev *evdev;
	struct ph_pcsc_worker *pcsc; /* NULL for an emulated reader */
	int port_status;	     /* see port_status() */
	/* What is wrong and what to do, in words, where an errno does not say it; "" otherwise. */
	char why[PH_TRANSPORT_WHY_SIZE];
	/* What a transport remembers of the device from one open() to the next. */
	_Alignas(8) char known[PH_TRANSPORT_KNOWN_SIZE];
};

/* What process() found; EPOLLIN and EPOLLOUT have the same values. */
enum ph_transport_events {
	PH_TRANSPORT_IN = 0x001,	  /* read() has something */
	PH_TRANSPORT_OUT = 0x004,	  /* write() takes more, or pending() has become less */
	PH_TRANSPORT_PORT_STATUS = 0x100, /* the port status asked for is in port_status */
};

struct ph_transport_ops {
	const char *scheme;
	/* Checks host, path and every query key; says what is wrong in why[]. Returns 0 or -EINVAL. */
	int (*check)(const struct ph_url *url, char *why, size_t why_size);
	/*
	 * Locks the device and begins to open it. Returns 0, with `connecting` set when it is not done yet; -EBUSY when
	 * another program has it, -ENOENT or another errno when it is not there.
	 */
	int (*open)(struct ph_transport *transport, const struct ph_url *url, const char *lock_dir);
	/*
	 * The outcome of a connecting open: 0, -EINPROGRESS to wait further, or another negative errno. NULL when open()
	 * never leaves it pending.
	 */
	int (*connected)(struct ph_transport *transport);
	/*
	 * For transports whose descriptor only says that something has happened. Called when fd is readable; returns
	 * enum ph_transport_events, or a negative errno when the link has ended. NULL: fd itself is read and written.
	 */
	int (*process)(struct ph_transport *transport);
	/* As read(2) and write(2) of a non-blocking descriptor, with a negative errno; read 0 is the end. */
	ssize_t (*read)(struct ph_transport *transport, void *data, size_t size);
	ssize_t (*write)(struct ph_transport *transport, const void *data, size_t len);
	/* Whether the transport holds something for read() that no event will tell of. NULL: never. */
	bool (*more)(const struct ph_transport *transport);
	/* A link of packets: each read() gives one, and each write() sends one, whole or not at all (-EAGAIN). */
	bool packets;
	/* Sets a feature report of a HID device. -EAGAIN when there is no room. NULL: not such a link. */
	int (*feature)(struct ph_transport *transport, const void *data, size_t len);
	/* The report descriptor of the HID device of an open link. NULL: not such a link. */
	const uint8_t *(*descriptor)(const struct ph_transport *transport, size_t *ret_len);
	/*
	 * Bytes that write() took and the device has not. NULL: none, or nobody can know. Without process() it is asked for
	 * at growing intervals, while there are some.
	 */
	size_t (*pending)(const struct ph_transport *transport);
	/*
	 * Asks the device for its status beside the data, while it takes none. Returns 0 and ends within 2 s by
	 * PH_TRANSPORT_PORT_STATUS with the byte, or a negative errno, in transport->port_status; -EALREADY while one is
	 * asked for; -EOPNOTSUPP. NULL: there is no such way.
	 */
	int (*port_status)(struct ph_transport *transport);
	/* What is known of the device on an open link: "1284_id", "1284_mfg" ...; NULL for what is not. May be NULL. */
	const char *(*info)(const struct ph_transport *transport, const char *what);
	/* PH_LINE_ bits of the modem lines that are asserted, or a negative errno. NULL: no such lines. */
	int (*lines)(const struct ph_transport *transport);
	/* Reads from the device or leaves it alone; it is read from at first. NULL: always. */
	int (*listen)(struct ph_transport *transport, bool on);
	/*
	 * Asked now and then while bytes are pending: 0, or -ETIMEDOUT when the peer is gone. One that is only busy is not
	 * gone. NULL: a lost device makes itself known.
	 */
	int (*alive)(const struct ph_transport *transport);
	/*
	 * All is written and nothing will follow: says so to the device. Returns true when the peer's end of file is
	 * to be awaited (bounded) before close(). NULL: close at once.
	 */
	bool (*finish)(struct ph_transport *transport);
	void (*close)(struct ph_transport *transport); /* gives the device and the lock back */
	/* Milliseconds a pending open may take. */
	unsigned (*timeout_ms)(const struct ph_url *url);
	/* The path whose appearance means the device is back, or NULL. */
	const char *(*watch)(const struct ph_url *url);
	/* Subsystem and kind of the udev events one of which means the same, or NULL. */
	const char *udev_subsystem, *udev_devtype;
	unsigned blocks_ms; /* open() may wait for the kernel so long */
	bool releasable; /* others may use the device while we do not; closing and opening does it no harm */
};

extern const struct ph_transport_ops ph_transport_evdev;
extern const struct ph_transport_ops ph_transport_hid;
extern const struct ph_transport_ops ph_transport_serial;
extern const struct ph_transport_ops ph_transport_tcp;
extern const struct ph_transport_ops ph_transport_usb;
extern const struct ph_transport_ops ph_transport_pcsc;
extern const struct ph_transport_ops ph_transport_ipp, ph_transport_ipps, ph_transport_cups;

/* The transport of a scheme, or NULL. */
const struct ph_transport_ops *ph_transport_find(const char *scheme);

/* Schemes of all transports, ends with NULL. */
extern const char *const ph_transport_schemes[];

/*
 * Takes the lock file `name` in `dir`, which is made when absent. Without a directory (NULL or "") there is no lock and
 * *ret_fd is -1. Returns 0, -EBUSY when another process has it, or another negative errno.
 */
int ph_transport_lock(const char *dir, const char *name, int *ret_fd);

/*
 * The same for transport->lock_fd, with the name of its owner written into the file. On -EBUSY the name of the other owner
 * is in transport->why, "" when it is not known.
 */
int ph_transport_lock_named(struct ph_transport *transport, const char *dir, const char *name);

#endif
