/*
 * The driver contract. A driver is one `const struct ph_driver`: a state machine that turns bytes of a device into
 * class events and class commands into bytes. The host (`poshal-device`, or a vendor's own program made with
 * ph_driver_main()) owns everything else: the process, the loop, the link, time, the log and the driver protocol of
 * docs/driver-protocol.md, whose words this header follows.
 *
 * Everything runs on one thread. A driver never sleeps, waits, opens, starts threads or logs by itself. No member may
 * block. Pointers given to a callback are valid during the call only, unless their declaration says otherwise.
 */
#ifndef POSHAL_DRIVER_H
#define POSHAL_DRIVER_H

#include "poshal/driver_msr.h"
#include "poshal/driver_payment.h"
#include "poshal/driver_scale.h"
#include "poshal/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cJSON;
struct ph_device; /* the host's side of the device; opaque to drivers */

#define PH_CLASS_BIT(class_) (1u << (class_))

/* Returned by calls that end later, by the function each of them names. */
#define PH_LATER 1
/* Returned by print() when drawings are needed first; see ph_print_needs(). */
#define PH_NEEDS 2

/* ---- what a driver declares ---- */

enum ph_option_type {
	PH_OPTION_TEXT,
	PH_OPTION_INT,	  /* within min and max */
	PH_OPTION_BOOL,	  /* yes, no, true, false, on, off, 1, 0 */
	PH_OPTION_CHOICE, /* one of `choices` */
};

/* One configuration key of the driver. The host checks values against this row before init(). */
struct ph_option {
	const char *name;
	enum ph_option_type type;
	long min, max;		    /* of PH_OPTION_INT */
	const char *const *choices; /* of PH_OPTION_CHOICE, ends with NULL */
	const char *preset;	    /* the default as text; NULL when there is none */
	const char *summary;	    /* one line for people */
};

enum ph_beep { PH_BEEP_GOOD, PH_BEEP_ERROR, PH_BEEP_NOT_ON_FILE };

/* One scan command set. Each member may be NULL: the protocol has no such command, the caller gets Illegal. */
struct ph_scanner_ops {
	int (*enable)(struct ph_device *device, bool on); /* host-level gating when NULL */
	int (*beep)(struct ph_device *device, enum ph_beep kind);
	int (*trigger)(struct ph_device *device, bool on); /* on: read now; off: stop trying */
	/* `name` as in protocols/symbology ("qr"). -EINVAL: not one this scanner can be told. */
	int (*symbology)(struct ph_device *device, const char *name, bool on);
};

enum ph_print_mode {
	PH_PRINT_FIRST,
	PH_PRINT_REPRINT,  /* marked on paper, effects (drawer, beep, raw) are left out */
	PH_PRINT_CONTINUE, /* from `from_segment`, marked, effects are left out */
};

struct ph_print_request {
	const char *job;	      /* at most PH_NAME_MAX bytes */
	const struct cJSON *document; /* the receipt document; an object */
	enum ph_print_mode mode;
	unsigned from_segment; /* of PH_PRINT_CONTINUE; otherwise 0 */
	unsigned copies;       /* 1 to PH_JOB_COPIES_MAX */
	/*
	 * The drawings asked for by an earlier call with the same document, in the order of the needs: an array, whose
	 * rows may hold an error. NULL in the first call. An empty array: none are to be had, print without.
	 */
	const struct cJSON *rasters;
};

struct ph_printer_ops {
	/*
	 * Accepts a job: checks and encodes, but sends and emits nothing yet. Returns 0 with the number of
	 * segments; PH_NEEDS after ph_print_needs(), then nothing is accepted yet and the call comes again with
	 * drawings; -EBUSY while another job is in hand; -EINVAL after ph_request_refuse(); -ENOMEM, -E2BIG.
	 */
	int (*print)(struct ph_device *device, const struct ph_print_request *request,
		unsigned *ret_segments);
	/* Called once the answer to print() is on its way: bytes and notifications may leave from here. */
	void (*start)(struct ph_device *device);
	/* Ends a job early; ph_emit_job_end() follows, now or later. -ENOENT when no such job is in hand. */
	int (*cancel)(struct ph_device *device, const char *job);
	/*
	 * May be absent. Calls ph_explain_add() for each thing this printer would print otherwise than asked, and
	 * ph_print_needs() with what it would have drawn, an empty array for nothing; sends nothing. Returns 0; -EINVAL after ph_request_refuse() where print() would refuse; -ENOMEM.
	 */
	int (*explain)(struct ph_device *device, const struct cJSON *document);
	/*
	 * May be absent. Jobs wait for what the printer said last (paper, cover): asks it anew, in case its next word was
	 * lost. What has changed is emitted as ever; nothing is in hand when this is called.
	 */
	void (*refresh)(struct ph_device *device);
};

struct ph_drawer_request {
	uint32_t token;		/* names the request in ph_drawer_reply() */
	unsigned drawer;	/* 1 or 2 */
	unsigned on_ms, off_ms; /* 0: as configured */
};

struct ph_drawer_sense {
	uint32_t token; /* names the request in ph_drawer_sensed() */
	bool watch;	/* somebody waits for changes, until a request says otherwise */
};

struct ph_drawer_ops {
	/*
	 * Sends at most one pulse, ever, for a request. Returns PH_LATER and answers by ph_drawer_reply() or
	 * ph_drawer_refuse(), also from inside the call; or a negative errno when no pulse was sent (-EBUSY, -ENODEV, -EINVAL).
	 */
	int (*open)(struct ph_device *device, const struct ph_drawer_request *request);
	/*
	 * May be absent: the device tells each change by itself, or nothing at all. Somebody wants to know the state now. With
	 * `watch` the device is asked again and again, where it does not tell, and the driver emits each change; without, it is
	 * left asleep after the answer. Returns PH_LATER and answers by ph_drawer_sensed(), also from inside the call; -EBUSY
	 * while another is in hand.
	 */
	int (*sense)(struct ph_device *device, const struct ph_drawer_sense *sense);
	/*
	 * May be absent: nothing is to be learnt. What the level of the switch means: "open_high", "open_low", "none" (there is
	 * no switch), or NULL: forget what was learnt. The driver remembers it. 0, -EBUSY, -EINVAL after ph_request_refuse().
	 */
	int (*learn)(struct ph_device *device, const char *sensor);
};

struct ph_display_row {
	const char *text; /* UTF-8; cut at the width of the display */
	bool blink, reverse;
};

#define PH_DISPLAY_ROWS_MAX    8
#define PH_DISPLAY_COLUMNS_MAX 80

/* Requests of the driver protocol beside display.show and display.clear, in its order and with its parameters. */
enum ph_display_method {
	PH_DISPLAY_WINDOW_CREATE,
	PH_DISPLAY_WINDOW_DESTROY,
	PH_DISPLAY_WINDOW_SELECT,
	PH_DISPLAY_WINDOW_REFRESH,
	PH_DISPLAY_WINDOW_SCROLL,
	PH_DISPLAY_WINDOW_TEXT,
	PH_DISPLAY_WINDOW_CLEAR,
	PH_DISPLAY_WINDOW_CURSOR,
	PH_DISPLAY_MARQUEE,
	PH_DISPLAY_CONFIGURE,
	PH_DISPLAY_DESCRIPTOR,
	PH_DISPLAY_GLYPH,
	PH_DISPLAY_CONTENT,
	PH_DISPLAY_IDLE,
	PH_DISPLAY_HOLD,
	PH_DISPLAY_METHODS_
};

struct ph_display_ops {
	/*
	 * The whole screen from the top; rows not given are empty. `brightness` is in per cent, -1 leaves it.
	 * While the link is down the driver keeps it and shows it when the link is back.
	 */
	int (*show)(struct ph_device *device, const struct ph_display_row *rows, unsigned count,
		int brightness);
	/*
	 * UnifiedPOS LineDisplay. May be absent: the display then shows whole screens only. `params` are checked (types,
	 * ranges, words, what is required), members of the answer are added to `result`. Returns 0; -EINVAL, better after
	 * ph_request_refuse(); -EBUSY while characters still appear; -ENOSPC; -E2BIG; -ENOMEM.
	 */
	int (*line)(struct ph_device *device, enum ph_display_method method,
		const struct cJSON *params, struct cJSON *result);
};

/* How much is known to work: in the manifest and in docs/hardware.md. */
enum ph_maturity {
	PH_EXPERIMENTAL, /* from a document */
	PH_TESTED,	 /* a recording of the device is replayed by a test */
	PH_SUPPORTED,	 /* somebody owns one and looks after it */
};

enum ph_bind {
	PH_BIND_AUTO,  /* recognised for certain: served as soon as it is plugged in */
	PH_BIND_OFFER, /* mode or use must be said by a person: only offered by device.discover */
};

/*
 * A device a driver serves without being told: a row of its match table. A row names USB ids or a `proto`, never a whole
 * maker, a bare converter chip or a keyboard that may be somebody's keyboard (such rows are PH_BIND_OFFER).
 */
struct ph_match {
	const char *node; /* kernel subsystem of its node: "hidraw", "tty", "usb", "input" */
	uint16_t vendor, product, product_last; /* vendor 0: any; product_last 0: only `product` */
	const char *
		proto; /* what udev's poshal_id finds in the report descriptor, "hidpos"; or NULL */
	const char *maker, *model; /* for people; NULL: what the device says */
	const char *options; /* of a device served by this row, "protocol=ssi wake=yes"; or NULL */
	enum ph_bind bind;
	enum ph_maturity maturity;
};

enum ph_record_kind { PH_RECORD_FROM_DEVICE, PH_RECORD_TO_DEVICE, PH_RECORD_REQUEST };

/*
 * Of a driver whose device tells account data: it is given what would be recorded (--record) and writes what may be, masked, by
 * ph_record_line(). Source of the form: drivers/host/record.h.
 */
struct ph_record_ops {
	/* A recording begins, between init() and open(). 0, or a negative errno: there will be none. */
	int (*begin)(struct ph_device *device);
	/* Bytes of the link as they pass, or a request of the service. They may hold anything. */
	void (*said)(struct ph_device *device, enum ph_record_kind kind, const uint8_t *data,
		size_t len);
	/* The link goes down, or the recording ends: what was kept back is to be written now. */
	void (*flush)(struct ph_device *device);
};

struct ph_driver {
	const char *name; /* lower case with dashes, at most PH_NAME_MAX bytes */
	const char *version;
	const char *summary;
	unsigned classes; /* PH_CLASS_BIT() of each class it can offer */
	unsigned
		classes_named; /* those of them that are offered only where the configuration names them */
	const char *const *connections; /* URL schemes, ends with NULL */
	const struct ph_option *options;
	size_t option_count;
	const struct ph_match *matches; /* the first row that fits counts; may be NULL */
	size_t match_count;
	enum ph_maturity maturity;
	bool secret;	   /* what the device sends is wiped wherever the host had it */
	size_t state_size; /* bytes of zeroed memory for ph_device_state() */

	/*
	 * Called once, first. Options are checked against the table already. Returns 0, or -EINVAL after
	 * ph_option_refuse(). May be NULL.
	 */
	int (*init)(struct ph_device *device);
	/*
	 * The link is up (again). Returns 0: the device is ready; PH_LATER: the driver asks the device first and calls
	 * ph_device_ready() or ph_device_not_ready(). May be NULL: ready at once.
	 */
	int (*open)(struct ph_device *device);
	/*
	 * The link is gone (`lost` true; `unsent` bytes never left the host) or is about to be closed in good order
	 * (`lost` false; what is written now is still sent). Every open() is followed by one close(). May be NULL.
	 */
	void (*close)(struct ph_device *device, bool lost, size_t unsent);
	/* Frees what init() and later calls made; the last call. May be NULL. */
	void (*done)(struct ph_device *device);
	/*
	 * Bytes of the device, in pieces of any size; on a hid link one report, with its id first (0 where it uses none).
	 * May be NULL.
	 */
	void (*receive)(struct ph_device *device, const uint8_t *data, size_t len);
	/* The timer set by ph_timer_set() ran out. May be NULL. */
	void (*tick)(struct ph_device *device);
	/*
	 * Whether nothing is in hand and nothing is expected from the device, so that its link may be closed until it is
	 * needed (option idle_release_s). May be NULL: the option is not offered.
	 */
	bool (*idle)(struct ph_device *device);
	/*
	 * The other end has closed the link. True: that is its way between two commands. The device stays ready, close() follows with
	 * lost true, and the link is opened again when ph_link_want() asks for it. False: it is lost, as with any other error. May be
	 * NULL: it always is.
	 */
	bool (*ended)(struct ph_device *device);
	/* Everything written has left the host (not: has arrived). Only after a write that had to wait. May be NULL. */
	void (*sent)(struct ph_device *device);
	/*
	 * The answer to ph_link_ask_port_status(): PH_PORT_ bits, or a negative errno (-ETIMEDOUT, -EOPNOTSUPP: the device
	 * knows no such request). May be NULL: the driver does not ask.
	 */
	void (*port_status)(struct ph_device *device, int status);
	/*
	 * Whether a HID device with this report descriptor is one for this driver: a device may have several interfaces, and
	 * one of another kind may stand at the same port. NULL: any.
	 */
	bool (*hid_suits)(const uint8_t *descriptor, size_t len);
	/*
	 * Says in why[] what a HID device is that does not suit, and what to do about it ("it is in keyboard mode: scan ...");
	 * `vendor` is its USB vendor id or 0. May be NULL.
	 */
	void (*hid_why_not)(
		uint16_t vendor, const uint8_t *descriptor, size_t len, char *why, size_t why_size);
	/* Raw bytes to the device on request of an administrator. May be NULL: Illegal. */
	int (*direct)(struct ph_device *device, const uint8_t *data, size_t len);

	/* One per class bit; NULL for classes it does not have. */
	const struct ph_scanner_ops *scanner;
	const struct ph_printer_ops *printer;
	const struct ph_drawer_ops *drawer;
	const struct ph_display_ops *display;
	const struct ph_scale_ops *scale; /* poshal/driver_scale.h */
	const struct ph_msr_ops *msr;	  /* poshal/driver_msr.h */
	const struct ph_payment_ops
		*payment; /* of card readers and terminals: poshal/driver_payment.h */
	/* NULL: of classes that handle cards nothing is recorded, of others everything. */
	const struct ph_record_ops *record;
};

/* ---- what the host does for a driver ---- */

/* The driver's own zeroed memory of state_size bytes, alive from init() to done(). */
void *ph_device_state(struct ph_device *device);

/* The classes poshald asked for, PH_CLASS_BIT() each; a part of the driver's own. */
unsigned ph_device_classes(const struct ph_device *device);

/*
 * A value of the connection URL: "scheme", or a key of its query. While a USB link is up also what the device says of
 * itself: "1284_id" (the whole text), "1284_mfg", "1284_mdl", "1284_sn", "1284_cmd", "usb_id" ("04b8:0e15"), "usb_path" ("1-2.3"),
 * "usb_serial" (only when it tells one unit from the next), "usb_maker", "usb_name". NULL when absent.
 */
const char *ph_device_connection(const struct ph_device *device, const char *what);

/* The port of the connection URL, 0 when it has none. */
int ph_device_connection_port(const struct ph_device *device);

/* Values of options, the preset when not configured. `name` must be in the table. */
const char *ph_option_text(const struct ph_device *device, const char *name); /* may be NULL */
long ph_option_int(const struct ph_device *device, const char *name);
bool ph_option_bool(const struct ph_device *device, const char *name);
bool ph_option_is_set(
	const struct ph_device *device, const char *name); /* configured, not preset */

/* Says what is wrong with an option; returns -EINVAL for init() to return. */
int ph_option_refuse(struct ph_device *device, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Within the functions of `record`: a line of the recording, `ms` after its beginning. It holds no account data. */
void ph_record_line(struct ph_device *device, uint64_t ms, const char *line);

/* Within explain(): a degradation, with the JSON path of its node ("$.document.body[3]"). -ENOMEM. */
int ph_explain_add(struct ph_device *device, const char *path, const char *text);

/* Says what is wrong with the running request (JSON path within params, "$.document"); returns -EINVAL. */
int ph_request_refuse(struct ph_device *device, const char *path, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Within print() and explain(): what must be drawn before this document can be printed, an array of the orders of "Drawings" in
 * docs/driver-protocol.md, which the host takes over. Return the result: PH_NEEDS, or -ENOMEM.
 */
int ph_print_needs(struct ph_device *device, struct cJSON *orders);

/*
 * Asks poshald to keep a few words about this device (probed abilities, which logo the printer holds) and to give them
 * back when the device is opened again. `key` is at most PH_NAME_MAX bytes, `value` at most PH_MEMORY_VALUE_MAX bytes of
 * UTF-8; NULL forgets it. What is beyond PH_MEMORY_KEYS_MAX keys is not kept.
 */
void ph_remember(struct ph_device *device, const char *key, const char *value);
const char *ph_remembered(const struct ph_device *device, const char *key); /* NULL: nothing */

/*
 * Sends bytes to the device, in order. What the link does not take is queued up to PH_LINK_QUEUE_BYTES. Returns 0,
 * -ENOTCONN while the link is down, -ENOBUFS when it does not fit (nothing is sent then). On a hid link the data are one
 * report with its id first (0 where the device uses none), and -EMSGSIZE refuses what is longer than any.
 */
int ph_link_write(struct ph_device *device, const void *data, size_t len);

/*
 * Sets a feature report of a HID device (its id first). What the device makes of it is not told. Returns 0, -ENOTCONN,
 * -ENOBUFS, -EMSGSIZE, or -EOPNOTSUPP on other links.
 */
int ph_link_feature(struct ph_device *device, const void *data, size_t len);

/*
 * Gives what the device has sent already to receive() now, up to a bound: in front of a request whose answer must not be
 * something older. Not from inside receive().
 */
void ph_link_receive(struct ph_device *device);

/* The report descriptor of a HID device while the link is up, valid until close(); NULL on other links. */
const uint8_t *ph_link_descriptor(const struct ph_device *device, size_t *ret_len);

/* Modem lines of a serial port that are asserted. */
#define PH_LINE_CTS 0x1
#define PH_LINE_DSR 0x2
#define PH_LINE_DCD 0x4
#define PH_LINE_RI  0x8

/* PH_LINE_ bits, or -EOPNOTSUPP on links without such lines, -ENOTCONN, another negative errno. */
int ph_link_lines(struct ph_device *device);

/*
 * Whether a USB device is read from (it is, when open() is called). One that answers each read with its state would keep the
 * process awake: `on` only while it is wanted. -EOPNOTSUPP on other links, -ENOTCONN.
 */
int ph_link_listen(struct ph_device *device, bool on);

/* Bytes written that are still in the host. */
size_t ph_link_queued(const struct ph_device *device);

/* Bits of a printer's port status. Source: USB Device Class Definition for Printing Devices 1.1, 4.2.2. */
#define PH_PORT_PAPER_EMPTY 0x20
#define PH_PORT_SELECTED    0x10
#define PH_PORT_NO_ERROR    0x08

/*
 * Asks a USB printer for its status beside the data, also while it takes none. Returns 0, and port_status() follows
 * within 2 s unless the link ends; -EALREADY while one is asked for; -EOPNOTSUPP on links that have no such way;
 * -ENOTCONN.
 */
int ph_link_ask_port_status(struct ph_device *device);

/* Gives the link up: close() follows with lost true, and the host opens it again with its pauses. */
void ph_link_drop(struct ph_device *device, const char *message);

/* Opens a link that was closed because nobody needed it (idle(), ended()): open() follows. Nothing happens while it is up. */
void ph_link_want(struct ph_device *device);

/* One-shot timer, at most 24 h; 0 cancels. A later call replaces an earlier one. Cancelled by close(), unless a payment is in hand. */
void ph_timer_set(struct ph_device *device, unsigned ms);

/* Monotonic milliseconds. */
uint64_t ph_now_ms(const struct ph_device *device);

/* ---- what a driver reports ---- */

/* Reason words as bits, in the order of the protocol page. */
enum ph_reason {
	PH_REASON_UNPLUGGED,
	PH_REASON_NOT_RESPONDING,
	PH_REASON_BUSY_ELSEWHERE,
	PH_REASON_NO_PERMISSION,
	PH_REASON_WRONG_MODE, /* the device speaks, but not the protocol of its driver */
	PH_REASON_REC_EMPTY,
	PH_REASON_REC_NEAR_END,
	PH_REASON_COVER_OPEN,
	PH_REASON_CUTTER_ERROR,
	PH_REASON_HEAD_HOT,
	PH_REASON_PRINTER_ERROR,
	PH_REASON_FEEDING,
	PH_REASON_OFF_LINE,
	PH_REASON_PARAMETERS_EXPIRING, /* what it is configured with runs out within 30 days */
	PH_REASON_PARAMETERS_EXPIRED,
	PH_REASON_NO_FINGERPRINT_KEY, /* of account numbers: cards are not told apart */
	PH_REASON_NO_DENY_LIST, /* the one it is configured with is missing, not signed or expired */
	PH_REASON_COUNT_
};

#define PH_REASON_BIT(reason) (1u << (reason))

/* The device answers: `device.state ready`. Repeating it changes nothing. */
void ph_device_ready(struct ph_device *device);

/*
 * The link is up but the device does not serve: `device.state offline` with reasons. With PH_REASON_WRONG_MODE `message` is
 * "what it is: what to do", which people are shown.
 */
void ph_device_not_ready(struct ph_device *device, unsigned reasons, const char *message);

enum ph_confirms {
	PH_CONFIRMS_NONE,
	PH_CONFIRMS_GS_R,
	PH_CONFIRMS_PROCESS_ID,
	PH_CONFIRMS_COUNTER,   /* Star document counter or ETB */
	PH_CONFIRMS_JOB_STATE, /* what a print server says of the job */
};
enum ph_status_means { PH_STATUS_NONE, PH_STATUS_EOT, PH_STATUS_ASB, PH_STATUS_IPP };

struct ph_printer_capabilities {
	unsigned columns, columns_b, width_dots;
	const char *profile;
	bool cut_partial, cut_full, qr;
	const char *const *codepages; /* ends with NULL; so do all lists here */
	const char *const *barcodes;
	enum ph_confirms confirms;
	enum ph_status_means status;
	unsigned receive_buffer; /* bytes */
};

/* How it is known what the level of a drawer's switch means. */
enum ph_drawer_polarity {
	PH_POLARITY_UNKNOWN,	/* it has to be learnt */
	PH_POLARITY_CONFIGURED, /* the device's section says it */
	PH_POLARITY_LEARNT,
	PH_POLARITY_DEVICE, /* the device itself speaks of open and closed */
};

struct ph_drawer_capabilities {
	bool sensor;   /* the state can be known */
	unsigned pins; /* drawers that can be opened: 0 to 2 */
	enum ph_drawer_polarity polarity;
	bool polled; /* changes are known only while the device is asked: see sense() */
};

struct ph_display_capabilities {
	unsigned rows, columns;
	bool brightness;
	const char *const *codepages;
	/* Of drivers with line(); windows 0: it has none, and the rest is not told. */
	unsigned windows, descriptors;
	bool reverse;
	const char *set;		  /* its commands, "epson" */
	unsigned glyph_first, glyph_last; /* codes for characters made by applications; 0: none */
};

struct ph_scanner_capabilities {
	const char *const *symbologies; /* NULL or empty: unknown */
	bool trigger, beep;
	bool enable;	/* it can be switched off: poshald does so while nobody wants labels */
	bool symbology; /* symbology() exists */
};

/* Members may be NULL: unknown, or a class that is not offered. Classes not asked for are left out by the host. */
struct ph_info {
	const char *vendor, *model, *serial, *firmware;
	const struct ph_printer_capabilities *printer;
	const struct ph_drawer_capabilities *drawer;
	const struct ph_display_capabilities *display;
	const struct ph_scanner_capabilities *scanner;
	const struct ph_scale_capabilities *scale;
	const struct ph_msr_capabilities *msr;
	const struct ph_payment_capabilities *payment;
};

/* Text of a device is made valid UTF-8 by the host. */
void ph_emit_info(struct ph_device *device, const struct ph_info *info);

enum ph_paper { PH_PAPER_UNKNOWN, PH_PAPER_OK, PH_PAPER_NEAR_END, PH_PAPER_EMPTY };
enum ph_cover { PH_COVER_UNKNOWN, PH_COVER_CLOSED, PH_COVER_OPEN };

struct ph_printer_status {
	bool online;
	enum ph_paper paper;
	enum ph_cover cover;
	int error;	  /* enum ph_reason, or -1 for none */
	unsigned reasons; /* PH_REASON_BIT() each */
};

/* The driver calls these when something changed; the host does not compare. */
void ph_emit_printer_status(struct ph_device *device, const struct ph_printer_status *status);

enum ph_drawer_state { PH_DRAWER_STATE_UNKNOWN, PH_DRAWER_STATE_CLOSED, PH_DRAWER_STATE_OPEN };
/* `by_hand`: it went open, and no pulse was the cause. */
void ph_emit_drawer_status(struct ph_device *device, enum ph_drawer_state state, bool by_hand);

/* Of the switch, whatever it means. */
enum ph_level { PH_LEVEL_UNKNOWN, PH_LEVEL_LOW, PH_LEVEL_HIGH };

void ph_emit_display_status(struct ph_device *device, const char *const *rows, unsigned count);

/* Ends a drawer.open. An unknown token (the request is gone) is ignored. */
void ph_drawer_reply(
	struct ph_device *device, uint32_t token, enum ph_drawer_outcome outcome, bool already);
/* The same when certainly no pulse was sent; `error` is a negative errno. */
void ph_drawer_refuse(struct ph_device *device, uint32_t token, int error);

/* Ends a drawer.sense. An unknown token is ignored. */
void ph_drawer_sensed(
	struct ph_device *device, uint32_t token, enum ph_drawer_state state, enum ph_level level);

struct ph_scan {
	const uint8_t *data; /* everything as transmitted */
	size_t data_len;     /* 1 to 2 x PH_LABEL_MAX */
	const uint8_t *label;
	size_t label_len;
	const char *symbology; /* poshal name, "unknown" when not known */
	int upos_type;	       /* UnifiedPOS ScanDataType */
	const char *aim;       /* "]E0", or NULL */
	bool inferred;	       /* symbology guessed from length and check digit */
};

/* One label. Dropped by the host while scanning is disabled or the rate is above PH_SCAN_RATE_MAX. */
void ph_emit_scan(struct ph_device *device, const struct ph_scan *scan);

/* PH_DROP_LOST: the kernel could not keep what the device sent. */
enum ph_drop_reason { PH_DROP_TOO_LONG, PH_DROP_GARBLED, PH_DROP_RATE, PH_DROP_LOST };
void ph_emit_dropped(struct ph_device *device, unsigned count, enum ph_drop_reason reason);

void ph_emit_job_progress(struct ph_device *device, const char *job, unsigned segments,
	unsigned sent, unsigned confirmed);

enum ph_job_outcome {
	PH_OUTCOME_PRINTED,
	PH_OUTCOME_SENT_UNCONFIRMED,
	PH_OUTCOME_LOST,
	PH_OUTCOME_CANCELLED,
	PH_OUTCOME_FAILED,
	PH_OUTCOME_NOT_SENT, /* nothing has left, or it will be recognised: the job is offered again as if new */
	PH_OUTCOME_COUNT_
};

/* Exactly once per accepted job. `reason` is a word or NULL. */
void ph_emit_job_end(struct ph_device *device, const char *job, enum ph_job_outcome outcome,
	unsigned segments, unsigned confirmed, const char *reason);

/* A library is about to block for at most this long. */
void ph_emit_busy(struct ph_device *device, unsigned max_ms);

enum ph_log_level { PH_LOG_ERROR, PH_LOG_WARNING, PH_LOG_INFO, PH_LOG_DEBUG };
void ph_emit_log(struct ph_device *device, enum ph_log_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* ---- making a program of drivers ---- */

/*
 * Serves one of `drivers` (ends with NULL) as docs/driver-protocol.md says: --driver NAME with --fd N or --connect URL,
 * --manifest NAME, --list, --help, --version. With one driver in the list --driver may be left out. Returns the exit
 * status for main().
 */
int ph_driver_main(int argc, char **argv, const struct ph_driver *const *drivers);

#endif
