/* Shared by the plugs only. */
#ifndef PH_EMULATORS_PLUGS_PLUG_INTERNAL_H
#define PH_EMULATORS_PLUGS_PLUG_INTERNAL_H

#include <linux/input.h>
#include <sys/types.h>

#include "emulators/plugs/plug.h"

struct ph_emu_plug {
	sd_event *event;
	struct ph_emu_plug_config config;
	struct ph_emu_plug_ops ops;
	void *userdata;
	char path[4096];
	char url[PH_EMU_URL_MAX];
	bool in;

	int fd; /* pty master or client connection; -1 */
	sd_event_source *io;
	bool eof;	 /* the host sends no more */
	bool want_write; /* the last write did not take everything */
	uint8_t out[4096];
	size_t out_len;
	uint8_t held[4096]; /* read and not yet taken by the model */
	size_t held_len;
	bool handing; /* held[] is being given to the model, which may kick us */

	sd_event_source *pace; /* running while the budget is used up */
	size_t budget_in, budget_out;

	int slave;    /* pty: kept open so that the master never hangs up */
	int listener; /* tcp, usbip: bound; tcp: listening while plugged in */
	sd_event_source *accept;
	uint16_t port;
	struct emu_usb *usb;   /* usbip */
	struct emu_tls *tls;   /* tcp; NULL: none */
	struct emu_keys *keys; /* evdev */
	bool refuse;	       /* hid: the next report */
};

/* node.c: the sockets of plugs `hid` and `evdev` */
int emu_node_in(struct ph_emu_plug *plug);
void emu_node_out(struct ph_emu_plug *plug);
void emu_node_drop(struct ph_emu_plug *plug);
void emu_node_kick(struct ph_emu_plug *plug);

/* keys.c: reports of a boot keyboard become events as the kernel makes them */
struct emu_keys {
	uint8_t report[8];
	unsigned lose_after, lose_count; /* reports */
	bool losing, dropped;
};
/* Longest answer to one report: each of 8 modifiers and 12 usages with its scan code, and the end. */
#define EMU_KEYS_EVENTS 64

/* Returns the number of events for the next report of 8 bytes. */
size_t emu_keys_events(
	struct emu_keys *keys, const uint8_t report[8], struct input_event out[EMU_KEYS_EVENTS]);

/* plug.c: a connection begins or ends */
int emu_link_open(struct ph_emu_plug *plug, int fd);
void emu_link_close(struct ph_emu_plug *plug, bool reset);

/* pty.c */
int emu_pty_in(struct ph_emu_plug *plug);
void emu_pty_out(struct ph_emu_plug *plug);

/* tcp.c */
int emu_tcp_bind(struct ph_emu_plug *plug);
int emu_tcp_in(struct ph_emu_plug *plug);
void emu_tcp_out(struct ph_emu_plug *plug);
/* The client is gone: the next one may come. */
void emu_tcp_next(struct ph_emu_plug *plug);
/* The client only listens from now on. */
void emu_tcp_half_closed(struct ph_emu_plug *plug);

/* usbip.c; `in` is kept by plug.c */
int emu_usbip_new(struct ph_emu_plug *plug);
void emu_usbip_free(struct ph_emu_plug *plug);
int emu_usbip_in(struct ph_emu_plug *plug);
void emu_usbip_out(struct ph_emu_plug *plug);
void emu_usbip_kick(struct ph_emu_plug *plug);
bool emu_usbip_connected(const struct ph_emu_plug *plug);

#endif
