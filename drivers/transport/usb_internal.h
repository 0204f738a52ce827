/* Shared by the files of the USB transport, and by its tests. */
#ifndef PH_DRIVERS_TRANSPORT_USB_INTERNAL_H
#define PH_DRIVERS_TRANSPORT_USB_INTERNAL_H

#include "drivers/transport/transport.h"
#include "drivers/transport/usb_find.h"
#include "drivers/transport/usb_lib.h"
#include "protocols/ieee1284/device_id.h"

#define PH_USB_IN_SIZE	   4096	 /* one IN transfer; a multiple of every packet size */
#define PH_USB_OUT_SIZE	   16384 /* one OUT transfer; more waits in the host's queue */
#define PH_USB_CONTROL_MS  1000	 /* time limit of a request on the control pipe */
#define PH_USB_CLOSE_MS	   1000	 /* for cancelled transfers to come back */
#define PH_USB_STALLS_MAX  3	 /* halts of an endpoint in a row, with nothing moved between */
#define PH_USB_ERRORS_MAX  8	 /* failed IN transfers in a row */
#define PH_USB_PAUSE_MIN   20	 /* ms before a printer that answers nothing is asked again */
#define PH_USB_PAUSE_MAX   1000	 /* the pause doubles up to this; writing ends it */
#define PH_USB_POLLFDS_MAX 16	 /* descriptors of libusb; it has three */

/* Where things are; tests change it. */
struct ph_usb_env {
	const struct ph_usb_lib *lib; /* NULL: the real one, loaded when needed */
	const char *sysfs, *nodes;
};
extern struct ph_usb_env ph_usb_env;

/* The interface that prints, or opens a drawer. */
struct ph_usb_interface {
	uint8_t number, alternate;
	uint8_t class_, protocol;
	bool alternates;  /* there are several alternate settings */
	uint8_t out, in;  /* endpoint addresses; in is 0 when there is none */
	uint16_t in_size; /* of one IN transfer; 0: PH_USB_IN_SIZE */
};

enum ph_usb_control { PH_USB_CONTROL_NONE, PH_USB_CONTROL_ID, PH_USB_CONTROL_STATUS };

struct ph_usb {
	const struct ph_usb_lib *lib;
	libusb_context *context;
	libusb_device_handle *handle;
	int node;   /* of /dev/bus/usb */
	int events; /* epoll: all of libusb's descriptors and the timer */
	int timer;  /* ends a pause of reading, or asks for process() at once */
	struct ph_usb_device device;
	struct ph_usb_interface interface;
	bool claimed;
	int error; /* the link has ended with this; 0 while it lives */

	struct libusb_transfer *in, *out, *control;
	bool in_busy, out_busy, control_busy, closing;
	bool in_halted, out_halted, in_paused, in_mute;
	unsigned in_errors, in_stalls, out_stalls, pause_ms;
	size_t in_start, in_len;  /* what read() has not taken */
	size_t out_done, out_len; /* what write() took; the first out_done bytes have arrived */
	enum ph_usb_control control_use;
	unsigned found; /* enum ph_transport_events */
	int port_status;
	bool has_id;
	struct ph_ieee1284_id id;
	uint8_t in_data[PH_USB_IN_SIZE], out_data[PH_USB_OUT_SIZE];
	uint8_t control_data[LIBUSB_CONTROL_SETUP_SIZE + 1024];
};

/* ---- usb_interface.c ---- */

/*
 * Chooses the printer interface: class 7, protocol 2 (both directions) before 1 (out only) before others, but not 4 (IPP
 * over USB); a vendor's own class only for vendors whose printers are known to have it, and for drawers. -ENXIO when there is none.
 * Source: USB Device Class Definition for Printing Devices 1.1, 5.3.
 */
int ph_usb_choose(const struct libusb_config_descriptor *config, uint16_t vendor, uint16_t product,
	struct ph_usb_interface *ret_interface);

/* ---- usb_transfer.c ---- */

/* Makes the transfers of an open device. -ENOMEM. */
int ph_usb_transfers_new(struct ph_usb *usb);
/* Cancels them, waits for their end, and frees them. Returns false when one did not come back: its memory is not ours. */
bool ph_usb_transfers_free(struct ph_usb *usb);
/* Lets libusb work off what has happened and puts right what can be; 0, or the error that ended the link. */
int ph_usb_work(struct ph_usb *usb);
/* Begins to read where nothing is read, paused or waiting for read(). */
void ph_usb_listen(struct ph_usb *usb);
/* Leaves the device alone, or reads again. */
void ph_usb_mute(struct ph_usb *usb, bool mute);
size_t ph_usb_take(struct ph_usb *usb, void *data, size_t size);
/* -EAGAIN while bytes are on their way. */
ssize_t ph_usb_give(struct ph_usb *usb, const void *data, size_t len);
int ph_usb_ask(struct ph_usb *usb, enum ph_usb_control use);
int ph_usb_errno(int code);

#endif
