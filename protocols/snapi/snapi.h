/*
 * SNAPI, the USB interface of Zebra (Symbol, Motorola) scanners, 05e0:1900. EXPERIMENTAL: there is
 * no public document, and no recording of a device here yet.
 *
 * All reports have 32 bytes with their id, filled up with zeros. The scanner stalls until an input
 * is acknowledged (ph_snapi_ack()), but for the status by which it answers outputs. Labels and
 * attributes come in parts; a decoder joins them: fed with reports it gives events, as in
 * protocols/hidpos. The types of labels are those of SSI. Attributes are read and written with
 * attribute.h. Images and video, which have endpoints of their own, are left alone.
 *
 * Source: the behaviour of Syfaro's scanners-and-such, which was made by watching a scanner (facts
 * and numbers only).
 */
#ifndef PH_PROTOCOLS_SNAPI_H
#define PH_PROTOCOLS_SNAPI_H

#include "protocols/hid/join.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_SNAPI_VENDOR	    0x05e0
#define PH_SNAPI_PRODUCT    0x1900
#define PH_SNAPI_REPORT_LEN 32 /* bytes with the id */

enum ph_snapi_output {
	PH_SNAPI_AIM,	    /* 0 off, 1 on */
	PH_SNAPI_MODE,	    /* 0 bar codes, 1 image, 2 video */
	PH_SNAPI_ENABLE,    /* 0 off, 1 on */
	PH_SNAPI_MACRO_PDF, /* 0 flush, 1 abort */
	PH_SNAPI_TRIGGER    /* 0 off, 1 on */
};

#define PH_SNAPI_OUTPUTS      (PH_SNAPI_TRIGGER + 1)

#define PH_SNAPI_ID_ATTRIBUTE 0x0d /* the output report that carries attribute requests */

/*
 * Writes an output report, to which the scanner answers with a status. -EINVAL: it has no such
 * value.
 */
int ph_snapi_output(
	enum ph_snapi_output output, uint8_t value, uint8_t ret_report[PH_SNAPI_REPORT_LEN]);

/* The report id of an output, as a status names it. */
uint8_t ph_snapi_output_id(enum ph_snapi_output output);

/* The output report that acknowledges an input. False: an input of this id is not acknowledged. */
bool ph_snapi_ack(uint8_t input_id, uint8_t ret_report[PH_SNAPI_REPORT_LEN]);

enum ph_snapi_kind {
	PH_SNAPI_LABEL,
	PH_SNAPI_STATUS,       /* answer to an output */
	PH_SNAPI_NOTIFICATION, /* the mode has changed */
	PH_SNAPI_ANSWER,  /* to an attribute request: ph_snapi_answer() of attribute.h reads it */
	PH_SNAPI_UNKNOWN, /* an input of another id; to be acknowledged as well */
	PH_SNAPI_DROPPED
};

enum ph_snapi_code {
	PH_SNAPI_OK = 1,
	PH_SNAPI_FAILED = 2,
	PH_SNAPI_NOT_SUPPORTED = 3,
	PH_SNAPI_NOT_COMPLETED = 4 /* supported, but not done */
};

enum ph_snapi_stored {
	PH_SNAPI_STORED_UNSAID = 0,
	PH_SNAPI_STORED_ALL = 1,
	PH_SNAPI_STORED_NONE = 2,
	PH_SNAPI_STORED_SOME = 3
};

#define PH_SNAPI_IN_CODE_MODE  0x10 /* notifications */
#define PH_SNAPI_IN_IMAGE_MODE 0x11
#define PH_SNAPI_IN_VIDEO_MODE 0x12

struct ph_snapi_event {
	enum ph_snapi_kind kind;
	const uint8_t *data; /* of LABEL and ANSWER: valid until the next call of feed */
	size_t len;
	uint16_t type;	/* of LABEL, as in SSI: with add-on of two or five digits 40 or 80 more */
	uint8_t output; /* of STATUS: id of the output it answers */
	uint8_t code,
		stored; /* of STATUS: enum ph_snapi_code and ph_snapi_stored, or what else came */
	uint8_t value;	/* of NOTIFICATION: above; of UNKNOWN: the id */
	enum ph_lost reason; /* of DROPPED */
	bool of_answer; /* of DROPPED: not a label, but an answer, status or notification is lost */
};

struct ph_snapi {
	uint64_t labels, dropped;

	/* private */
	unsigned label_count,
		label_next; /* parts: how many in all, which comes next; 0: none is open */
	uint16_t label_type;
	uint64_t label_until_ms;
	size_t label_len;
	struct ph_join answer;
	unsigned event_count, event_next;
	struct ph_snapi_event events[2];
	uint8_t label[PH_LABEL_MAX];
};

void ph_snapi_init(struct ph_snapi *snapi);

/*
 * Takes one input report, its id first. 0, or -EBUSY: events of the last call were not taken
 * yet.
 */
int ph_snapi_feed(struct ph_snapi *snapi, const uint8_t *report, size_t len, uint64_t now_ms);

/* 1 and one event, or 0 (ret_event is then untouched). */
int ph_snapi_next(struct ph_snapi *snapi, struct ph_snapi_event *ret_event);

/* Drops what is late, a label or an answer. -EBUSY as above. */
int ph_snapi_late(struct ph_snapi *snapi, uint64_t now_ms);

/* When to call ph_snapi_late(), or UINT64_MAX. */
uint64_t ph_snapi_deadline(const struct ph_snapi *snapi);

/* An attribute request goes out: what there is of the answer to an earlier one is forgotten. */
void ph_snapi_request_sent(struct ph_snapi *snapi);

#endif
