/* A bench: a set of emulated devices from one file, on one loop, with a control socket. */
#ifndef PH_EMULATORS_BENCH_BENCH_H
#define PH_EMULATORS_BENCH_BENCH_H

#include <cjson/cJSON.h>
#include <systemd/sd-event.h>
#include <systemd/sd-id128.h>

#include "emulators/models/card.h"
#include "emulators/models/display.h"
#include "emulators/models/drawer.h"
#include "emulators/models/drawer_box.h"
#include "emulators/models/host.h"
#include "emulators/models/msr.h"
#include "emulators/models/printer.h"
#include "emulators/models/reader.h"
#include "emulators/models/scale.h"
#include "emulators/models/zvt.h"
#include "emulators/plugs/plug.h"
#include "emulators/plugs/vpcd.h"

#define PH_BENCH_DEVICES 96u   /* a further device in the file is an error */
#define PH_BENCH_ID_MAX	 64u   /* bytes of a device name, with NUL */
#define PH_BENCH_RECORD	 4096u /* entries of events.list; older ones are dropped and counted */
#define PH_BENCH_WAITERS 64u   /* calls that wait; one more is LimitExceeded */
#define PH_BENCH_CLIENTS 16u   /* control connections; one more is closed at once */
#define PH_BENCH_OUTPUT_MAX                                                                        \
	(1024u * 1024) /* bytes a scanner or display has not sent; more is Busy */

enum ph_bench_class {
	PH_BENCH_PRINTER,
	PH_BENCH_SCANNER,
	PH_BENCH_DISPLAY,
	PH_BENCH_DRAWER,
	PH_BENCH_SCALE,
	PH_BENCH_MSR,
	PH_BENCH_HOST,
	PH_BENCH_READER, /* of chip cards */
	PH_BENCH_TERMINAL,
	PH_BENCH_CLASS_COUNT_,
};

struct ph_bench;

struct ph_bench_device {
	struct ph_bench *bench;
	char id[PH_BENCH_ID_MAX];
	enum ph_bench_class class;
	bool spare;			/* the service under test does not know it */
	char behind[PH_BENCH_ID_MAX];	/* drawer: the printer it hangs on; scale: the scanner */
	struct ph_bench_device *drawer; /* printer: the drawer behind it */
	struct ph_emu_plug_config plug_config;
	char path[4096]; /* pty */
	char usb_device_id
		[256]; /* usbip: IEEE 1284 text; "" for one made of maker, model and serial */
	struct ph_emu_plug *plug; /* NULL for a drawer and a reader of chip cards */

	struct ph_emu_printer_config printer_config;
	struct ph_emu_printer *printer;
	size_t items_seen; /* paper items already on the record */
	struct ph_emu_drawer_config drawer_config;
	struct ph_emu_drawer drawer_model;
	bool drawer_was_open;
	struct ph_emu_scanner scanner; /* as the file says */
	struct ph_emu_display_config display_config;
	struct ph_emu_display *display;
	uint8_t *out; /* scanner, display: bytes for the host */
	size_t out_len;
	uint64_t received; /* display: bytes from the host */
	sd_event_source *timer;

	bool plug_set;			       /* by the file; else it follows the protocol */
	char maker[81], model[81], serial[81]; /* USB strings; empty: those of the protocol */
	bool usb_kind_set, usb_id_set;
	struct ph_emu_unit *unit; /* of the devices below; NULL for printers and displays */
	const struct ph_emu_reader_kind *reader_kind;
	struct ph_emu_reader *reader;
	const struct ph_emu_box_kind *box_kind; /* drawer with a cable of its own */
	struct ph_emu_box *box;
	unsigned number, charge_ms;
	const struct ph_emu_scale_kind *scale_kind;
	struct ph_emu_scale *scale;
	const struct ph_emu_msr_kind *msr_kind;
	struct ph_emu_msr *msr;
	struct ph_emu_host_config host_config;
	struct ph_emu_host *host;
	bool tls; /* host: its line is encrypted */
	struct ph_emu_terminal_config terminal_config;
	struct ph_emu_terminal *terminal;
	bool aim_set, alt;
	unsigned gap_ms;
	uint64_t replug_us;	  /* comes back to the bus then, 0 never */
	struct ph_emu_line line;  /* USB serial: as the host has set it */
	struct ph_emu_vpcd *vpcd; /* reader: its slot */
	struct ph_emu_card *card; /* in it, or pulled by a fault; NULL: none */
	const char *profile;	  /* of it; static */
};

struct ph_bench_entry {
	uint64_t seq, time_us;
	char device[PH_BENCH_ID_MAX];
	const char *what; /* static */
	char *detail;	  /* JSON text of an object, or NULL */
};

struct ph_bench_waiter;
struct ph_bench_client;

struct ph_bench {
	sd_event *event;
	char root[4096];
	char font_dir[4096];
	struct ph_emu_font *font;
	struct ph_bench_device devices[PH_BENCH_DEVICES];
	size_t n_devices;
	struct ph_bench_entry record[PH_BENCH_RECORD];
	uint64_t next_seq; /* of the next entry; the ring holds the last PH_BENCH_RECORD */
	struct ph_bench_waiter *waiters;
	unsigned n_waiters;
	struct ph_bench_client *clients;
	unsigned n_clients;
	int control;
	sd_event_source *control_source;
	char control_path[108];
	sd_id128_t instance;	/* new at each start */
	struct ph_emu_hub *hub; /* with usb_all: the USB/IP server of all devices */
	struct ph_emu_pki *pki; /* of hosts with TLS; NULL: there is none */
	bool usb_all, vhci;	/* all cables are USB: behind the hub, or in this kernel */
	uint16_t usb_port;
};

/* ---- config.c ---- */

/* Reads the devices of a bench file (docs/emulators.md) without starting them. Returns 0, or negative
 * with a sentence in error: file, line and what is wrong. */
int ph_bench_load(struct ph_bench *bench, const char *file, char *error, size_t size);
/* Adds a device with the defaults of its class; NULL when full or the name is taken or not one. */
struct ph_bench_device *ph_bench_add(
	struct ph_bench *bench, enum ph_bench_class class, const char *id);
/* Sets a key of the file format; -ENOENT for an unknown key, -EINVAL for a bad value. */
int ph_bench_set_key(struct ph_bench_device *d, const char *key, const char *value);

/* ---- bench.c ---- */

/* root may be NULL (single device, no control socket). */
int ph_bench_new(sd_event *event, const char *root, struct ph_bench **ret_bench);
void ph_bench_free(struct ph_bench *bench);
/* Makes ROOT/run and ROOT/run/emu. */
int ph_bench_prepare(struct ph_bench *bench, char *error, size_t size);
/* Creates models and plugs. Negative errno with a sentence in error. */
int ph_bench_start(struct ph_bench *bench, char *error, size_t size);
uint64_t ph_bench_now(const struct ph_bench *bench);
struct ph_bench_device *ph_bench_find(struct ph_bench *bench, const char *id);
const char *ph_bench_class_name(enum ph_bench_class class);
/* Something about the device changed: carry bytes, arm its timer, write the record, wake waiters. */
void ph_bench_touched(struct ph_bench_device *d);
/* Adds to the record; detail becomes owned by it and may be NULL. */
void ph_bench_note(struct ph_bench *bench, const char *device, const char *what, cJSON *detail);
/* Queues bytes from a scanner or display to its host. -ENOBUFS when too much waits already. */
int ph_bench_send(struct ph_bench_device *d, const uint8_t *data, size_t len);

/* ---- units.c ---- */

/* Makes the model of a scanner, scale, stripe reader or drawer box and tells the plug what the device is. */
int ph_bench_unit_new(struct ph_bench_device *d);
/* A scale inside of a scanner; -EINVAL when that is none that can have one. */
int ph_bench_join_scale(struct ph_bench_device *d);
void ph_bench_unit_free(struct ph_bench_device *d);
extern const struct ph_emu_plug_ops ph_bench_unit_ops;
/* As ph_bench_touched(), for a device that is a unit. Returns when to come again. */
uint64_t ph_bench_unit_touched(struct ph_bench_device *d);

/* ---- methods_card.c ---- */

int ph_bench_reader_new(struct ph_bench_device *d);
void ph_bench_reader_free(struct ph_bench_device *d);

/* ---- control.c ---- */

/* Listens on ROOT/run/emulator.sock. */
int ph_bench_control_start(struct ph_bench *bench, char *error, size_t size);
void ph_bench_control_stop(struct ph_bench *bench);
void ph_bench_check_waiters(struct ph_bench *bench);

#endif
