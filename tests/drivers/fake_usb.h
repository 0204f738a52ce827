/* A USB printer in place of libusb and sysfs: the test plays the cable. */
#ifndef PH_TESTS_DRIVERS_FAKE_USB_H
#define PH_TESTS_DRIVERS_FAKE_USB_H

#include "drivers/transport/usb_internal.h"

#define FAKE_ID "\x00\x24MFG:EPSON;MDL:TM-T88V;CMD:ESC/POS;"

struct fake_usb {
	char root[64]; /* holds sysfs and nodes */
	int wake[2];   /* what libusb would have the loop wait for */
	int claim_result, alternate, halts_cleared, released, closed, exited;
	bool detached, no_discovery;
	struct libusb_transfer *in, *out, *control; /* submitted and not completed */
	struct libusb_transfer *done[8];	    /* completed, their callbacks are due */
	int done_count, submitted, freed;
	unsigned cancel_takes_ms; /* the clock is so much later behind a cancel */
};
extern struct fake_usb fake;

/* Empty sysfs and nodes in a new folder, the environment turned to them. */
void fake_setup(void);
void fake_teardown(void);

/* Puts a device at a port; `serial` may be NULL. `driver` is bound to its interface 0, or NULL. */
void fake_plug(
	const char *path, unsigned number, const char *ids, const char *serial, const char *driver);
void fake_unplug(const char *path);

/* Ends a submitted transfer. OUT and IN: `len` bytes went; `data` is for IN and control. */
void fake_complete(struct libusb_transfer **transfer, enum libusb_transfer_status status,
	const void *data, int len);

#endif
