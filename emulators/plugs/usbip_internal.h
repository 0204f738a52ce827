/*
 * A USB device behind the USB/IP protocol. Three layers: the server on a TCP port (usbip.c), the device that every USB
 * device is (usbip_device.c: standard requests, queues of endpoints, halts), and a kind of device (usbip_printer.c, usbip_hid.c,
 * usbip_serial.c): its descriptors and the meaning of its bytes.
 *
 * Sources: Linux Documentation/usb/usbip_protocol.rst; USB 2.0 specification, chapter 9.
 */
#ifndef PH_EMULATORS_PLUGS_USBIP_INTERNAL_H
#define PH_EMULATORS_PLUGS_USBIP_INTERNAL_H

#include "emulators/plugs/plug_internal.h"

#define EMU_USBIP_CLIENTS                                                                          \
	3u /* connections beside one for each device; one more is closed at once */
#define EMU_USBIP_URB_MAX                                                                          \
	(1024 * 1024) /* bytes of one transfer; a longer one ends the connection */
#define EMU_USBIP_HELD	   (4 * 1024 * 1024) /* bytes of transfers without an answer; then -ENOMEM */
#define EMU_USBIP_URBS	   512u		 /* transfers without an answer; one more gets -ENOMEM */
#define EMU_USBIP_BACKLOG  (1024 * 1024) /* answers the host does not read; then it is not read */

#define EMU_USB_SETUP_LEN  8
#define EMU_USB_QUEUES	   32 /* 16 endpoints, both ways */
#define EMU_USB_INTERFACES 4

/* A transfer the host has asked for. */
struct emu_urb {
	struct emu_urb *next;
	uint32_t seq;
	bool in;
	unsigned endpoint; /* 0 to 15 */
	uint8_t setup[EMU_USB_SETUP_LEN];
	uint32_t length, done; /* bytes asked for or sent, and those the device has taken */
	uint8_t *data;	       /* OUT */
};

struct emu_usb;

/* A kind of device. Descriptors are those on the cable; ids are put into the device descriptor. */
struct emu_usb_kind {
	unsigned speed; /* 1 low, 2 full, 3 high */
	uint8_t device[18];
	const uint8_t *qualifier; /* 10 bytes; NULL: none (a full-speed device) */
	const uint8_t *(*config)(const struct emu_usb *usb, size_t *ret_len);
	/* Descriptors of an interface (HID); bytes, or -EPIPE. May be NULL. */
	int (*descriptor)(
		const struct emu_usb *usb, const uint8_t *setup, uint8_t *out, size_t size);
	/* The host has configured the device anew; may be NULL. */
	void (*configured)(struct emu_usb *usb);
	/* Class and vendor requests: bytes of the answer (0 for OUT), or -EPIPE for one that is not known. */
	int (*control)(struct emu_usb *usb, const struct emu_urb *urb, uint8_t *out, size_t size);
	/* Bytes taken of an OUT endpoint; 0 is NAK. */
	size_t (*take)(struct emu_usb *usb, unsigned endpoint, const uint8_t *data, size_t len);
	/* Bytes for an IN endpoint; 0 is NAK. */
	size_t (*give)(struct emu_usb *usb, unsigned endpoint, uint8_t *out, size_t size);
};

extern const struct emu_usb_kind emu_usb_printer, emu_usb_hid, emu_usb_cdc, emu_usb_pl2303,
	emu_usb_ftdi, emu_usb_bulk;

struct emu_usbip_client {
	struct ph_emu_hub *hub;	  /* NULL: the device was put into this kernel */
	struct ph_emu_plug *plug; /* the device it has imported; NULL before */
	struct emu_usbip_client *next;
	int fd;
	sd_event_source *io;
	bool last;  /* closed when all is written */
	bool *gone; /* told when it is dropped meanwhile */
	uint8_t *in, *out;
	size_t in_len, in_size, out_len, out_size;
};

struct emu_usb {
	const struct emu_usb_kind *kind;
	struct ph_emu_plug *plug;
	uint8_t configuration, alternates[EMU_USB_INTERFACES];
	bool halted[EMU_USB_QUEUES];
	struct emu_urb *queue[EMU_USB_QUEUES];
	unsigned urbs;
	size_t held;	     /* bytes of OUT data in the queues */
	unsigned generation; /* counts the times all transfers were thrown away */
	bool pumping, again;
	bool faults[PH_EMU_USB_FAULT_COUNT_];
	uint8_t config[128]; /* configuration descriptor, where it is made */
	size_t config_len;
	bool report_ids; /* HID: reports carry their id on the cable */
	uint8_t idle, protocol;
	struct ph_emu_line line; /* serial kinds */
	uint8_t coding[7];
	bool notice; /* serial kinds: the state of the lines is to be told */

	struct ph_emu_hub *hub;
	bool own_hub;
	struct emu_usb *next; /* of the hub */
	unsigned number;      /* in the bus id, from 1 */
	char busid[16];
	struct emu_usbip_client *owner; /* who has imported it */
	int port;			/* vhci: the one it was in last, -1 */
	sd_event_source *retry;		/* vhci: running while the kernel holds that port */
};

struct ph_emu_hub {
	sd_event *event;
	int listener;
	sd_event_source *accept;
	uint16_t port;
	struct emu_usb *devices;
	unsigned numbers; /* given away */
	struct emu_usbip_client *clients;
	unsigned client_count;
};

/* ---- usbip_device.c ---- */

/* Takes over the transfer and answers it now or later. */
void emu_usb_submit(struct emu_usb *usb, struct emu_urb *urb);
/* Cancels; 0 when it is answered already or unknown, -ECONNRESET when it was dropped. */
int emu_usb_unlink(struct emu_usb *usb, uint32_t seq);
/* The model may take or have bytes. */
void emu_usb_pump(struct emu_usb *usb);
/* Kinds whose OUT endpoints are a stream: as much as the model has room for. */
size_t emu_usb_take_bytes(struct emu_usb *usb, unsigned endpoint, const uint8_t *data, size_t len);
/* The host is gone, or has reset the device. */
void emu_usb_drop_all(struct emu_usb *usb);
void emu_urb_free(struct emu_urb *urb);

/* ---- usbip_hid.c ---- */

/* Makes what depends on the configuration; -EINVAL for a report descriptor that is too long. */
int emu_usb_hid_init(struct emu_usb *usb);

/* ---- usbip_vhci.c ---- */

/* Hands one end of a connection to the vhci-hcd in this folder, for `port` (-1: any). Returns the port or negative errno:
 * -ENOENT without the module, -EBUSY when the port, or each, is held. */
int emu_vhci_attach(const char *folder, int fd, unsigned devid, unsigned speed, int port);

/* ---- usbip.c ---- */

/* Sends RET_SUBMIT: `data` for IN. */
void emu_usbip_answer(struct emu_usb *usb, const struct emu_urb *urb, int status,
	const uint8_t *data, size_t len);

#endif
