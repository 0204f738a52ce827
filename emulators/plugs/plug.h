/* The cable between a model and the program under test: a pseudo terminal, a TCP port, the socket of an emulated HID or
 * keyboard node, or USB over TCP (USB/IP). Runs on the caller's sd-event loop, without any timer unless it is paced. */
#ifndef PH_EMULATORS_PLUGS_PLUG_H
#define PH_EMULATORS_PLUGS_PLUG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>

#include "emulators/plugs/tls.h"

#define PH_EMU_URL_MAX 4200u

/* This kernel's vhci-hcd. */
#define PH_EMU_VHCI "/sys/devices/platform/vhci_hcd.0"

/* A serial line as the host has set it. */
struct ph_emu_line {
	unsigned baud, bits;
	uint8_t stop;	/* 0 one, 1 one and a half, 2 two */
	uint8_t parity; /* 0 none, 1 odd, 2 even, 3 mark, 4 space */
	bool dtr, rts;
};

/* What a plug asks of the model behind it; called from the loop. */
struct ph_emu_plug_ops {
	/* Bytes the model takes now; 0 stops reading until ph_emu_plug_kick(). */
	size_t (*room)(void *userdata);
	/* Returns how many it took: a fault may strike in the middle, and the plug keeps the rest. */
	size_t (*input)(void *userdata, const uint8_t *data, size_t len);
	/* Moves bytes for the host out of the model; returns their number. Where the cable carries packets (hid, evdev,
	 * usbip with HID or bulk) it is one packet, of HID with the report id first (0 where there are none). */
	size_t (*output)(void *userdata, uint8_t *out, size_t size);
	/* True while the model works on what it got, so that a host that has closed only its sending
	 * side still gets its answers. */
	bool (*busy)(void *userdata);
	/* A host came or went; a pty does not know. */
	void (*connected)(void *userdata, bool connected);
	/* usbip, may be NULL: the port status byte (18 hex is good), and the request to clear all buffers. */
	uint8_t (*port_status)(void *userdata);
	void (*soft_reset)(void *userdata);
	/* The model has got what was read, and ph_emu_plug_unread() says so; may be NULL. */
	void (*settled)(void *userdata);
	/* hid, and usbip with HID: a report of the host, its id first; and what it gets when it asks for one of a
	 * type (1 input, 2 output, 3 feature): bytes, the id first, 0 for none. May be NULL. */
	void (*report)(void *userdata, bool feature, const uint8_t *data, size_t len);
	size_t (*get_report)(void *userdata, unsigned type, unsigned id, uint8_t *out, size_t size);
	/* usbip with a serial line: the host has set speed or lines; may be NULL. */
	void (*line)(void *userdata, const struct ph_emu_line *line);
};

enum ph_emu_plug_kind {
	PH_EMU_PLUG_PTY,
	PH_EMU_PLUG_TCP,
	PH_EMU_PLUG_USBIP,
	PH_EMU_PLUG_HID,   /* a socket that stands for a hidraw node */
	PH_EMU_PLUG_EVDEV, /* a socket that stands for the event node of a keyboard */
	PH_EMU_PLUG_COUNT_,
};

/* What kind of USB device; all but the printer are told by the rest of the configuration. */
enum ph_emu_usb_kind {
	PH_EMU_USB_PRINTER,
	PH_EMU_USB_HID,
	PH_EMU_USB_KEYBOARD, /* HID with the boot interface */
	PH_EMU_USB_CDC,	     /* ttyACM */
	PH_EMU_USB_PL2303,   /* ttyUSB */
	PH_EMU_USB_FTDI,     /* ttyUSB */
	PH_EMU_USB_BULK,     /* vendor class, one pipe each way */
	PH_EMU_USB_KIND_COUNT_,
};

enum ph_emu_usb_interface {
	PH_EMU_USB_BOTH_WAYS,  /* one interface, protocol 2 */
	PH_EMU_USB_ONE_WAY,    /* protocol 1, no way back */
	PH_EMU_USB_ALTERNATES, /* setting 0 is one way, setting 1 both ways */
};

/* Texts are ASCII and outlive the plug. */
struct ph_emu_usb_config {
	enum ph_emu_usb_kind kind;
	uint16_t vendor, product;
	const char *maker, *model, *serial; /* string descriptors; an empty one is left out */
	const char *device_id;		    /* IEEE 1284 text; NULL: made of the three */
	enum ph_emu_usb_interface interface;
	const char *interface_text; /* HID: string of the interface; NULL or empty: none */
	const uint8_t *descriptor;  /* HID: report descriptor, also of the plug `hid` */
	size_t descriptor_len;
	unsigned interface_number; /* HID: those before it are there, without endpoints */
	bool control_out; /* HID: no OUT endpoint; reports of the host come as SET_REPORT */
};

/* Once: the next transfer suffers. While on: until it is switched off. */
enum ph_emu_usb_fault {
	PH_EMU_USB_STALL_OUT,	 /* once; the endpoint stays halted until the host clears it */
	PH_EMU_USB_STALL_IN,	 /* once */
	PH_EMU_USB_BABBLE,	 /* once: an IN transfer ends with more bytes than a packet holds */
	PH_EMU_USB_NAK_OUT,	 /* while on: no OUT transfer is taken */
	PH_EMU_USB_EMPTY_IN,	 /* while on: an empty packet where a good device would wait */
	PH_EMU_USB_MUTE_CONTROL, /* while on: class requests are not answered */
	PH_EMU_USB_FAULT_COUNT_,
};

struct ph_emu_plug_config {
	enum ph_emu_plug_kind kind;
	const char *path;   /* pty: where the symbolic link stands; hid, evdev: the socket */
	uint16_t port;	    /* tcp: 0 lets the kernel choose; kept across unplug and plug */
	bool refuse_second; /* tcp: a second client is refused; else it waits its turn */
	const struct ph_emu_pki *pki; /* tcp: TLS with these certificates; NULL: none */
	bool want_client;	      /* TLS: the other end has to show a certificate */
	unsigned bytes_per_second;    /* pacing in each direction; 0 none; not for usbip */
	struct ph_emu_usb_config usb; /* usbip; `port` is that of its server */
	struct ph_emu_hub *hub; /* usbip: the server of several devices; NULL: one of its own */
	const char
		*vhci; /* usbip: folder of the vhci-hcd it is plugged into (root); NULL: a server */
};

struct ph_emu_plug;

/* Plugged in on return. Negative errno of the socket, pty or symlink call. */
int ph_emu_plug_new(sd_event *event, const struct ph_emu_plug_config *config,
	const struct ph_emu_plug_ops *ops, void *userdata, struct ph_emu_plug **ret_plug);
void ph_emu_plug_free(struct ph_emu_plug *plug);

/* Pulls the cable: pty: master closed and link removed; tcp: reset, and the port refuses; usbip: the host
 * loses the device, and the server has none to give. */
void ph_emu_plug_out(struct ph_emu_plug *plug);
/* Puts it back, at the same path or port. 0 when it is in already. A port of vhci-hcd is held for a while after the cable was
 * pulled: the plug is in then, and connected as soon as the kernel lets go of it; one whose device the kernel has
 * detached is attached again. -EBUSY only when a device that never had a port finds none. */
int ph_emu_plug_in(struct ph_emu_plug *plug);
/* Breaks the connection only (tcp: reset; pty: as out and in; usbip: the host loses the device, and may import
 * it again; vhci: as out and in). 0 without effect when the cable is out. */
int ph_emu_plug_reset(struct ph_emu_plug *plug);
/* The same in order: tcp without a reset, where the host has sent nothing that was not read. */
int ph_emu_plug_close(struct ph_emu_plug *plug);

/* tcp with TLS: what the next connections meet, and whether a till has to show a certificate. No effect on others. */
void ph_emu_plug_tls(struct ph_emu_plug *plug, enum ph_emu_tls_mode mode, bool want_client);
/* The mode; PH_EMU_TLS_MODE_COUNT_: there is no TLS. */
enum ph_emu_tls_mode ph_emu_plug_tls_mode(const struct ph_emu_plug *plug);

/* Changes the pacing; 0 none. Below 100 each byte goes by itself. */
void ph_emu_plug_pace(struct ph_emu_plug *plug, unsigned bytes_per_second);

/* hid, evdev: sees at once who has come or gone, before the loop does. */
void ph_emu_plug_look(struct ph_emu_plug *plug);

/* The model can take or has produced bytes. */
void ph_emu_plug_kick(struct ph_emu_plug *plug);

void ph_emu_plug_usb_fault(struct ph_emu_plug *plug, enum ph_emu_usb_fault fault, bool on);
/* The TCP port on 127.0.0.1 where the device can be imported; 0 for other plugs and for vhci. */
uint16_t ph_emu_plug_usbip_port(const struct ph_emu_plug *plug);
/* Its bus id there: "1-1" for the first or only one. Valid until the plug is freed. */
const char *ph_emu_plug_busid(const struct ph_emu_plug *plug);

/* evdev: the kernel loses what is typed from the n-th report from now on (0: the next one), `count` reports of it, and says
 * SYN_DROPPED. */
void ph_emu_plug_lose_keys(struct ph_emu_plug *plug, unsigned after, unsigned count);
/* hid: the next report of the host cannot be written, as when the device stalls. */
void ph_emu_plug_refuse_report(struct ph_emu_plug *plug);

/* A USB/IP server for several devices, which have the bus ids 1-1, 1-2, ... in the order they are made. Freed after its plugs. */
struct ph_emu_hub;
int ph_emu_hub_new(sd_event *event, uint16_t port, struct ph_emu_hub **ret_hub);
void ph_emu_hub_free(struct ph_emu_hub *hub);

/* Bytes from the host that the model has not got yet, those in the kernel included; of usbip 0. */
size_t ph_emu_plug_unread(const struct ph_emu_plug *plug);

bool ph_emu_plug_is_in(const struct ph_emu_plug *plug);
/* tcp, hid, evdev: a host is connected; usbip: a host has imported it; pty: plugged in */
bool ph_emu_plug_is_connected(const struct ph_emu_plug *plug);
/* "serial:/run/emu/x", "tcp://127.0.0.1:9100" "hid:/run/emu/x", "usb:04b8:0e15?serial=X"; valid until the plug is freed */
const char *ph_emu_plug_url(const struct ph_emu_plug *plug);

#endif
