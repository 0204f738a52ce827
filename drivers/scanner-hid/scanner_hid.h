/*
 * Shared by the files of the driver: what a scanner on a hidraw node is to each of the protocols, and what the driver
 * does for them.
 *
 * A protocol is chosen when the link comes up, by what the report descriptor says. It gets whole reports. Commands that
 * the scanner answers go through a queue (commands.c): the next goes out when the one before is answered, or was not in
 * time.
 */
#ifndef PH_DRIVERS_SCANNER_HID_H
#define PH_DRIVERS_SCANNER_HID_H

#include "drivers/scanner-hid/models.h"
#include "poshal/driver.h"
#include "poshal/limits.h"
#include "protocols/hid/descriptor.h"
#include "protocols/hidpos/hidpos.h"
#include "protocols/ibm-oem/config.h"
#include "protocols/ibm-oem/ibm_oem.h"
#include "protocols/snapi/snapi.h"
#include "protocols/symbology/symbology.h"

#define PH_HIDSCAN_TEXT_MAX	64    /* bytes of model, serial or firmware; more is cut off */
#define PH_HIDSCAN_ANSWER_MAX	1024  /* bytes of text about itself; more is left out */
#define PH_HIDSCAN_ID_MAX	4     /* bytes of an identifier beside a label */
#define PH_HIDSCAN_COMMANDS_MAX 8     /* in hand; one more is -EBUSY */
#define PH_HIDSCAN_REPORT_MAX	64    /* bytes of a report with a command */
#define PH_HIDSCAN_WAIT_MS	1000  /* for the answer to a command */
#define PH_HIDSCAN_AGAIN_MS	250   /* to what a scanner cannot do now */
#define PH_HIDSCAN_RETRY_MIN_MS 1000  /* pause before a silent scanner is asked again; doubled */
#define PH_HIDSCAN_RETRY_MAX_MS 30000 /* ... to this */

struct ph_hidscan_command {
	uint8_t report[PH_HIDSCAN_REPORT_MAX];
	size_t len;
	unsigned word;	  /* which it is, for its protocol */
	unsigned tries;	  /* how often it may still be sent */
	unsigned wait_ms; /* for an answer */
};

struct ph_hidscan_commands {
	unsigned count;
	bool sent;	   /* the first is on its way, else it waits for its next try */
	uint64_t until_ms; /* its answer, or its next try; 0: neither */
	struct ph_hidscan_command rows[PH_HIDSCAN_COMMANDS_MAX];
};

struct ph_hidscan_protocol {
	const char *name; /* a choice of the option `protocol` */
	/* The link is up. As open() of a driver. */
	int (*open)(struct ph_device *device, const struct ph_hid *hid);
	void (*report)(struct ph_device *device, const uint8_t *report, size_t len);
	/* A label may be late, at that ph_hidscan_time(). */
	void (*late)(struct ph_device *device, uint64_t time_ms);
	uint64_t (*deadline)(struct ph_device *device); /* of late(); UINT64_MAX: none */
	/* A command of the queue is about to leave. May be NULL. */
	void (*leaves)(struct ph_device *device, const struct ph_hidscan_command *command);
	/* It was not answered, as often as it was sent, and is not in the queue any more. */
	void (*silent)(struct ph_device *device, const struct ph_hidscan_command *command);
	/* Another attempt of a scanner that did not answer when it was plugged in. May be NULL. */
	void (*retry)(struct ph_device *device);
	/* As the members of struct ph_scanner_ops; the link is up. */
	int (*enable)(struct ph_device *device, bool on);
	int (*beep)(struct ph_device *device, enum ph_beep kind);
	int (*trigger)(struct ph_device *device, bool on);
	int (*symbology)(struct ph_device *device, const char *name, bool on);
	/* Before bytes of an administrator go out: 0, or why they must not. */
	int (*direct)(struct ph_device *device, const uint8_t *data, size_t len);
	/* The link is closed in good order: the last words. May be NULL. */
	void (*leave)(struct ph_device *device);
};

extern const struct ph_hidscan_protocol ph_hidscan_pos, ph_hidscan_oem_hand, ph_hidscan_oem_table,
	ph_hidscan_snapi;

struct ph_hidscan {
	const struct ph_hidscan_protocol *protocol; /* NULL while the link is down */
	const struct ph_hidscan_maker *maker;
	bool on; /* whether it shall read: as poshald said last */
	bool cut_cr, identify;
	uint64_t timer_at_ms; /* 0: not set */
	uint64_t unheard_ms;  /* by which ph_hidscan_time() is behind */
	uint64_t heard_ms;    /* until when silence has been looked at */
	struct ph_hidscan_commands commands;

	/* scanners that must answer before they are ready */
	bool ready;
	uint64_t retry_at_ms; /* 0: no further attempt is due */
	unsigned retry_ms;

	/* who it is, as far as it said */
	char model[PH_HIDSCAN_TEXT_MAX], serial[PH_HIDSCAN_TEXT_MAX], firmware[PH_HIDSCAN_TEXT_MAX];
	struct ph_scanner_capabilities capabilities;

	/* settings to be written whenever the scanner comes up (OEM): the value, or -1 */
	int8_t settings[PH_OEM_SETTINGS];

	union {
		struct {
			struct ph_hidpos decoder;
			bool command_mode; /* Newland: it takes the trigger from us */
			bool bits, tunnel; /* by which commands can be sent */
			size_t answer_len;
			char answer[PH_HIDSCAN_ANSWER_MAX]; /* what it says of itself */
		} pos;
		struct {
			struct ph_oem decoder;
			uint64_t told_at_ms; /* when it was last told whether to read */
		} oem;
		struct ph_snapi snapi;
	};
	uint8_t raw[PH_LABEL_MAX + PH_HIDSCAN_ID_MAX]; /* a label with its identifier */
};

/*
 * The clock of decoders, in which a label that comes in pieces must go on in time, and an answer come: it stands still where
 * we were not run, and what came meanwhile waited to be read.
 */
uint64_t ph_hidscan_time(struct ph_device *device);

/* ---- label.c ---- */

struct ph_hidscan_label {
	const uint8_t *data;
	size_t len;
	const uint8_t *id;		      /* as sent beside the label; NULL: none */
	size_t id_len;			      /* at most PH_HIDSCAN_ID_MAX */
	bool id_first;			      /* it stands in front of the label, else behind */
	const struct ph_symbology *symbology; /* NULL: not known */
	int upos;
	const char *aim; /* as sent; NULL: made of the symbology where that is possible */
};

/* Hands a label up; one without any byte is none. */
void ph_hidscan_label(struct ph_device *device, const struct ph_hidscan_label *label);

/* A label is lost. */
void ph_hidscan_lost(struct ph_device *device, enum ph_lost reason);

/* Tells what is known of the scanner: by the link, its maker, and what it said itself. */
void ph_hidscan_tell_info(struct ph_device *device);

/* Keeps a text for that, without spaces around it; an empty one leaves what was known. */
void ph_hidscan_keep(char out[PH_HIDSCAN_TEXT_MAX], const char *text, size_t len);

/* ---- commands.c ---- */

/* Puts a command behind the others and sends it when it is the only one. -EBUSY: there are too many. */
int ph_hidscan_ask(struct ph_device *device, const struct ph_hidscan_command *command);

/* The command whose answer is awaited, or NULL. */
const struct ph_hidscan_command *ph_hidscan_pending(struct ph_device *device);

/* The pending one is answered: the next goes out. */
void ph_hidscan_answered(struct ph_device *device);

/* A piece of the answer has come; the rest within so many milliseconds. */
void ph_hidscan_wait(struct ph_device *device, unsigned ms);

/* The scanner cannot do it now: again after a pause, or over and silent() after the last try. */
void ph_hidscan_again(struct ph_device *device);

/* Sends what is due, again or for the last time; the time of ph_hidscan_commands_deadline() has come. */
void ph_hidscan_commands_tick(struct ph_device *device, uint64_t now_ms);

/* UINT64_MAX: nothing is awaited. */
uint64_t ph_hidscan_commands_deadline(const struct ph_hidscan_commands *commands);

/* ---- scanner_hid.c ---- */

/* It answers and serves. */
void ph_hidscan_is_ready(struct ph_device *device);

/* It does not, or says that it cannot: offline with `message`; retry() follows after a pause. What was to be sent is forgotten. */
void ph_hidscan_not_ready(struct ph_device *device, const char *message);

#endif
