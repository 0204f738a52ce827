/*
 * Scanners on the USB interface that IBM (now Toshiba) defined for its tills: "IBM OEM", "USB-OEM",
 * "OEMHID".
 *
 * They are HID devices in name only: an application collection of a vendor's page with usage 4B00
 * (hand-held) or 4A00 (table-top, also built into scales), whose reports the descriptor does not
 * explain. Commands of 11 bytes go out as an output report; packets come in whose first byte is
 * their length. Neither has a report id: what the functions here take and give is the bytes behind
 * the 00 that stands for it.
 *
 * ph_oem_parse() reads one packet. A decoder (struct ph_oem) joins the segments of labels, and the
 * packets of long answers: fed with packets, it gives events, as in protocols/hidpos.
 *
 * Never open a device of usage A000: it takes new firmware.
 *
 * Source: unit tests and constants of Datalogic's androidPOS-core (facts and numbers only). No
 * recording of a device yet.
 */
#ifndef PH_PROTOCOLS_IBM_OEM_H
#define PH_PROTOCOLS_IBM_OEM_H

#include "protocols/hid/join.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_OEM_USAGE_TABLE_TOP 0x4a00 /* ids; the page is any of FF00 and up, FF45 with Datalogic */
#define PH_OEM_USAGE_HAND_HELD 0x4b00
#define PH_OEM_USAGE_SCALE     0x6e00
#define PH_OEM_USAGE_FLASH     0xa000

#define PH_OEM_COMMAND_LEN     11 /* bytes of a command, filled up with zeros */
#define PH_OEM_PACKET_MAX      64 /* bytes of one packet with its padding */
#define PH_OEM_CONFIG_LEN      9
#define PH_OEM_TWO_LABEL_LEN   8

/* Bits of the second and third byte of a packet that tell the state, whatever else it says. */
#define PH_OEM_S0_BEEPER  0x10
#define PH_OEM_S1_ALIVE	  0x01
#define PH_OEM_S1_ENABLED 0x02

/* What a packet is, in the order in which its bits are asked. */
enum ph_oem_kind {
	PH_OEM_FLASHING, /* new firmware is being loaded */
	PH_OEM_HARDWARE_ERROR,
	PH_OEM_NOT_READY,
	PH_OEM_CHECK_DIGIT,	   /* of a label that was read wrong */
	PH_OEM_REJECTED,	   /* the command */
	PH_OEM_DIRECTIO_NOT_NOW,   /* the command may be sent again */
	PH_OEM_DIRECTIO_UNDEFINED, /* the device does not know the command */
	PH_OEM_CONFIG,		   /* data: PH_OEM_CONFIG_LEN bytes */
	PH_OEM_TWO_LABEL,	   /* data: PH_OEM_TWO_LABEL_LEN bytes */
	PH_OEM_DIRECTIO_DATA,	   /* data; the first byte says whether more follows */
	PH_OEM_DIRECTIO_DONE,
	PH_OEM_CONFIG_COERCED, /* taken, but other values than asked for */
	PH_OEM_CONFIG_DONE,
	PH_OEM_TWO_LABEL_DONE,
	PH_OEM_STATUS, /* nothing but the three bytes */
	PH_OEM_LABEL   /* data: a segment with its identifier */
};

struct ph_oem_packet {
	enum ph_oem_kind kind;
	uint8_t status[3];   /* S0, S1, S2 */
	const uint8_t *data; /* behind the status, in the bytes given */
	size_t len;
};

/* Reads one packet; padding behind it is ignored. -EBADMSG: its length cannot be. */
int ph_oem_parse(const uint8_t *bytes, size_t len, struct ph_oem_packet *ret_packet);

struct ph_oem_segment {
	const uint8_t *data; /* without the identifier */
	size_t len;
	uint8_t id[4];	/* as sent, but without the mark of more segments */
	uint8_t id_len; /* 1: UPC/EAN; 3: ends with 0B; 4: another type, ends with 00 */
	bool more;
};

/* Takes a packet of kind PH_OEM_LABEL apart. -EBADMSG: shorter than its identifier. */
int ph_oem_segment(const struct ph_oem_packet *packet, struct ph_oem_segment *ret_segment);

/* Whether an identifier is one of UPC-A, UPC-E, EAN-8, EAN-13, with or without add-on. */
bool ph_oem_is_upc_ean(const uint8_t *id, size_t id_len);

enum ph_oem_event_kind {
	PH_OEM_EVENT_LABEL,
	PH_OEM_EVENT_ANSWER, /* all of the data of an answer to a DirectIO command */
	PH_OEM_EVENT_PACKET, /* any other packet: `packet` */
	PH_OEM_EVENT_DROPPED
};

struct ph_oem_event {
	enum ph_oem_event_kind kind;
	/* that the event comes of; not of DROPPED. Valid as long as the bytes fed are */
	struct ph_oem_packet packet;
	const uint8_t *data; /* of LABEL and ANSWER: valid until the next call of feed */
	size_t len;
	/* of LABEL, as in struct ph_oem_segment; data and id are the label "as sent" */
	uint8_t id[4];
	uint8_t id_len;
	enum ph_lost reason; /* of DROPPED */
	bool of_answer;	     /* of DROPPED: not a label, an answer is lost */
};

struct ph_oem {
	bool table_top; /* UPC/EAN digits come as numbers 0 to 9 and are made characters */
	uint64_t labels, dropped, swallowed; /* as in protocols/hidpos */

	/* private */
	struct ph_join label, answer;
	unsigned event_count, event_next;
	struct ph_oem_event events[2];
};

void ph_oem_init(struct ph_oem *oem, bool table_top);

/* Takes one packet. 0, or -EBUSY: events of the last call were not taken yet. */
int ph_oem_feed(struct ph_oem *oem, const uint8_t *bytes, size_t len, uint64_t now_ms);

/* 1 and one event, or 0 (ret_event is then untouched). */
int ph_oem_next(struct ph_oem *oem, struct ph_oem_event *ret_event);

/* Drops what is late, a label or an answer. -EBUSY as above. */
int ph_oem_late(struct ph_oem *oem, uint64_t now_ms);

/* When to call ph_oem_late(), or UINT64_MAX. */
uint64_t ph_oem_deadline(const struct ph_oem *oem);

/*
 * A command goes out: data that come from now on are its answer, and what there is of an earlier
 * one is forgotten.
 */
void ph_oem_command_sent(struct ph_oem *oem);

/*
 * The next item of a text answer (information, health, statistics): a letter that names it and the
 * value. Items end with 03; control characters and the head "Sp<", "Sp=", "Sp>" of the first are
 * left out. `*cursor` starts at 0. Returns 1, or 0 at the end; a value is cut off to fit `max`,
 * with its NUL.
 */
int ph_oem_info_item(
	const uint8_t *data, size_t len, size_t *cursor, char *ret_letter, char *value, size_t max);

#endif
