/*
 * Bar code scanners of USB usage page 8C: labels out of their reports, and what can be asked of
 * them.
 *
 * ph_hidpos_layout() finds in the report descriptor where length, identifier, data and the mark of
 * continued labels are; makers put them in different places and leave some out. A decoder is then
 * fed whole reports and gives events:
 *
 *	ph_hidpos_init(&decoder, &layout);
 *	on a report:	if (ph_hidpos_feed(&decoder, report, len, now_ms) > 0)
 *				while (ph_hidpos_next(&decoder, &event) > 0)
 *					...
 *	in between:	when ph_hidpos_deadline() has passed, ph_hidpos_late() and ph_hidpos_next()
 *
 * A report begins with its id, as everywhere in protocols/hid. How labels of several reports are
 * joined, and what becomes of broken ones, is told in protocols/hid/join.h.
 *
 * Sources: USB HID Point of Sale Usage Tables 1.02, "Bar Code Scanner Page"; for layouts and the
 * answers of menu commands Honeywell (HHP) "USB Interfaces User's Guide", Access-IS LSR110 and
 * LSR118 manuals, Newland FM420 and FX100 user guides.
 */
#ifndef PH_PROTOCOLS_HIDPOS_H
#define PH_PROTOCOLS_HIDPOS_H

#include "protocols/hid/descriptor.h"
#include "protocols/hid/join.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What can be asked by a bit of an output report; only where the device declares it. */
enum ph_hidpos_action {
	PH_HIDPOS_RESET,	   /* usage 5E */
	PH_HIDPOS_PREVENT_READ,	   /* 5F: trigger off */
	PH_HIDPOS_INITIATE_READ,   /* 60: trigger on */
	PH_HIDPOS_ERROR_BEEP,	   /* 85 */
	PH_HIDPOS_GOOD_READ_BEEP,  /* 86 */
	PH_HIDPOS_NOT_ON_FILE_BEEP /* 87 */
};

#define PH_HIDPOS_ACTIONS 6

/* Bits of a report; `bit_size` 0: the device does not have it. */
struct ph_hidpos_place {
	uint32_t bit_offset; /* from the start of the report, its id included */
	uint8_t bit_size;
};

struct ph_hidpos_output {
	uint8_t report_id;
	uint16_t report_len; /* bytes with the id; 0: the action is not declared */
	uint32_t bit_offset;
};

struct ph_hidpos_layout {
	uint8_t report_id;
	uint16_t report_len;	       /* bytes with the id; other lengths are errors */
	struct ph_hidpos_place length; /* of the data; without it trailing NULs are cut off */
	struct ph_hidpos_place aim[3]; /* all or none: "]", letter, modifier */
	struct ph_hidpos_place more;   /* this label goes on in the next report */
	uint16_t data_at, data_max;    /* byte offset and size of the data */
	uint16_t vendor_at;	       /* byte offset of the maker's symbology byte; 0: none */
	uint16_t tunnel_len;	       /* bytes of output report FD (tunnel.h); 0: none */
	bool has_interface_select;     /* feature report FE (tunnel.h) */
	struct ph_hidpos_output outputs[PH_HIDPOS_ACTIONS];
};

/* What a descriptor does not say: from the row of a model. */
struct ph_hidpos_quirks {
	/* byte offset of a symbology byte that is declared as padding: 61 Honeywell, 62 Newland */
	uint16_t vendor_byte;
	/* the identifier begins one byte later than declared, so do the data */
	bool extra_byte;
};

/*
 * Where a scanner's data are. `quirks` may be NULL. -ENOENT: this is no HID POS scanner (a
 * keyboard, say); -ENOTSUP: its data are not whole bytes; -EINVAL: the vendor byte of the quirks
 * lies outside of the report or within another field.
 */
int ph_hidpos_layout(const struct ph_hid *hid, const struct ph_hidpos_quirks *quirks,
	struct ph_hidpos_layout *ret_layout);

/* The answers that come in the report of labels, and would pass for scans. */
enum ph_hidpos_answers {
	PH_HIDPOS_NO_ANSWERS,
	PH_HIDPOS_HONEYWELL, /* "]X0" texts, "]Z6" the last of them */
	PH_HIDPOS_NEWLAND    /* bytes 02 00 00 right behind the length */
};

#define PH_HIDPOS_ANSWER_FIRST_MS 1500 /* from the command to the first answer */
#define PH_HIDPOS_ANSWER_NEXT_MS  500  /* from an answer to the next */

enum ph_hidpos_kind {
	PH_HIDPOS_LABEL,
	PH_HIDPOS_ANSWER, /* to a command, as expected; ph_newland_answer() reads Newland's */
	PH_HIDPOS_DROPPED /* a label, or what there was of it, is lost */
};

struct ph_hidpos_event {
	enum ph_hidpos_kind kind;
	enum ph_lost reason; /* of DROPPED */
	/* of LABEL and ANSWER: valid until the next call of feed, and, of an answer, as long as
	 * the report fed is */
	const uint8_t *data;
	size_t len;
	uint8_t aim[3]; /* of a label: "]E0"; zeros when the scanner does not tell */
	uint8_t vendor; /* of a label: the maker's symbology byte, or 0 */
	bool last;	/* of an answer: no more will come */
};

struct ph_hidpos {
	struct ph_hidpos_layout layout;
	/* set it when the scanner is known to send a CR behind each label: one is cut off */
	bool cut_cr;

	/* statistics, for reading */
	uint64_t labels, dropped;
	uint64_t swallowed; /* reports that belonged to a dropped label */
	uint64_t empty;	    /* reports with neither data nor identifier: nothing comes of them */

	/* private */
	struct ph_join join;
	uint8_t vendor;
	enum ph_hidpos_answers answers;
	uint64_t answers_until_ms;
	unsigned event_count, event_next;
	struct ph_hidpos_event events[2];
};

void ph_hidpos_init(struct ph_hidpos *hidpos, const struct ph_hidpos_layout *layout);

/*
 * Takes one report as it came. 1: taken, ask ph_hidpos_next(); 0: another report than that of
 * labels, not looked at; -EBUSY: events of the last call were not taken yet.
 */
int ph_hidpos_feed(struct ph_hidpos *hidpos, const uint8_t *report, size_t len, uint64_t now_ms);

/* 1 and one event, or 0 (ret_event is then untouched). */
int ph_hidpos_next(struct ph_hidpos *hidpos, struct ph_hidpos_event *ret_event);

/* Drops a label whose next report is late. -EBUSY as above. */
int ph_hidpos_late(struct ph_hidpos *hidpos, uint64_t now_ms);

/* When to call ph_hidpos_late(), or UINT64_MAX. */
uint64_t ph_hidpos_deadline(const struct ph_hidpos *hidpos);

/*
 * A command goes out now: reports that look like its answers are answers, for a while.
 * PH_HIDPOS_NO_ANSWERS ends it.
 */
void ph_hidpos_expect(struct ph_hidpos *hidpos, enum ph_hidpos_answers answers, uint64_t now_ms);

/*
 * The output report that asks for an action; all other bits are 0. Returns its bytes with the id,
 * -EOPNOTSUPP when the device does not declare the action, -ENOBUFS when `max` is too small.
 */
int ph_hidpos_output(const struct ph_hidpos_layout *layout, enum ph_hidpos_action action,
	uint8_t *report, size_t max);

#endif
