/*
 * Serial scales: one streaming reader over a table of protocols, and the bytes to ask.
 *
 * A weight is handed over as it was sent: its digits as text, where the point stands, the unit. Nothing is rounded, scaled,
 * converted or repaired; a frame with a wrong check byte, length or character is dropped and counted. A status without a
 * weight (motion, over load, under zero) never has digits. poshal is not a certified weighing instrument by itself.
 *
 * Use: ph_scale_init(), then for each question ph_scale_request(), which also drops whatever came before, so that no weight
 * of the previous item is taken for the answer; what arrives goes to ph_scale_feed(), ph_scale_next() takes readings out.
 * Time-outs are the owner's: silence is an error, never the last weight.
 *
 * Sources: Mettler Toledo DIVA service manual 72191202 and Wildcat technical manual; Weigh-Tronix SCP-01; SMA SCP-0499; CAS
 * AP-1, SW-II, NT-200, CI-600D and PDI manuals; Ohaus Aviator 7000 service manual; Dini Argeo 3590EXP; Datalogic KA-01089;
 * and, for rows marked `from_code`, public code: unicenta-pos, stoqdrivers, libsigrok, odoo.
 */
#ifndef PH_PROTOCOLS_SCALE_SCALE_H
#define PH_PROTOCOLS_SCALE_SCALE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_SCALE_DIGITS_MAX  10
#define PH_SCALE_REQUEST_MAX 32
#define PH_SCALE_BUFFER_MAX  128 /* longer than any frame; the oldest bytes go when it is full */

enum ph_scale_unit {
	PH_SCALE_UNIT_NONE, /* not sent and not configured */
	PH_SCALE_UNIT_MG,
	PH_SCALE_UNIT_G,
	PH_SCALE_UNIT_KG,
	PH_SCALE_UNIT_T,
	PH_SCALE_UNIT_OZ,
	PH_SCALE_UNIT_LB,
	PH_SCALE_UNIT_LB_OZ, /* weight is whole pounds, `ounces` the rest */
	PH_SCALE_UNIT_SHORT_TON,
	PH_SCALE_UNIT_TROY_OZ,
	PH_SCALE_UNIT_DWT,
	PH_SCALE_UNIT_CARAT,
	PH_SCALE_UNIT_GRAIN,
	PH_SCALE_UNIT_TAEL,
	PH_SCALE_UNIT_MOMME,
	PH_SCALE_UNIT_TOLA,
	PH_SCALE_UNIT_PERCENT,
	PH_SCALE_UNIT_PIECES,
};

/* "kg", "lb-oz" ...; "" for none. */
const char *ph_scale_unit_name(enum ph_scale_unit unit);

struct ph_scale_number {
	char digits[PH_SCALE_DIGITS_MAX +
		    1]; /* as sent, without point, blanks and sign; "" when not sent */
	int decimals;	/* digits behind the point; negative: zeros that follow */
	bool negative;
};

/* Room for ph_scale_number_text(): sign, point, zeros in front and behind. */
#define PH_SCALE_TEXT_MAX (PH_SCALE_DIGITS_MAX + 20)
/* "-0.125", "1.234"; leading zeros of the digits stay. "" when there are none or decimals are outside -8 to 15. */
void ph_scale_number_text(const struct ph_scale_number *number, char out[PH_SCALE_TEXT_MAX]);

enum ph_scale_kind {
	PH_SCALE_WEIGHT,
	PH_SCALE_STATUS,	/* flags only */
	PH_SCALE_TARE,		/* `tare` only */
	PH_SCALE_READY,		/* go on: send what follows (CAS: PH_SCALE_REQUEST_DATA) */
	PH_SCALE_NOT_READY,	/* ask again */
	PH_SCALE_ACCEPTED,	/* the command before was taken */
	PH_SCALE_UNSUPPORTED,	/* the command before is not known to the scale */
	PH_SCALE_FAULT,		/* the scale says that it is broken */
	PH_SCALE_UNIT_MISMATCH, /* sent in another unit than configured: no number */
	PH_SCALE_UNIT_CHANGED,	/* `unit` only */
	PH_SCALE_CHALLENGE, /* Dialog 06 asks for proof of approval, which poshal does not have */
};

struct ph_scale_reading {
	enum ph_scale_kind kind;
	struct ph_scale_number weight; /* of PH_SCALE_WEIGHT only */
	enum ph_scale_unit unit;
	bool stable;		/* the scale says so */
	bool stability_unknown; /* the protocol has no word for it: a live value only */
	bool motion, net, zero, over, under_zero, under_minimum;
	bool needs_zero; /* not zeroed since power-up, or outside the range in which zero is kept */
	bool high_range; /* of two ranges */
	bool fine;	 /* in steps ten times finer, as asked for */
	bool unchanged; /* said again because nothing has changed; the digits are those of before */
	bool same_weight; /* nothing was put on since the last weight */
	struct ph_scale_number ounces, tare, unit_price, total;
	uint8_t status; /* of a status byte, as sent without parity; of a challenge its first byte */
};

enum ph_scale_request {
	PH_SCALE_REQUEST_WEIGHT,
	PH_SCALE_REQUEST_STABLE, /* answered when stable */
	PH_SCALE_REQUEST_FINE,
	PH_SCALE_REQUEST_STATUS,
	PH_SCALE_REQUEST_DATA, /* the second step, after PH_SCALE_READY */
	PH_SCALE_REQUEST_DATA_PRICE,
	PH_SCALE_REQUEST_ZERO,
	PH_SCALE_REQUEST_TARE,
	PH_SCALE_REQUEST_CLEAR_TARE,
	PH_SCALE_REQUEST_UNIT,
	PH_SCALE_REQUEST_TEST,	 /* start the self-test */
	PH_SCALE_REQUEST_RESULT, /* ask for its result */
	PH_SCALE_REQUEST_CANCEL,
	PH_SCALE_REQUEST_COUNT
};

struct ph_scale;

struct ph_scale_protocol {
	const char *name;
	const char *line;  /* usual line settings; NULL: as the scale is set up */
	bool from_code;	   /* known from public code, not from a manual */
	bool experimental; /* one weak source */
	bool continuous;   /* sends without being asked */
	bool mask;	   /* bit 7 is parity, or nothing */
	bool bare;	   /* frames begin with no mark of their own */
	bool silent_same;  /* does not answer when nothing has changed */
	bool once;	   /* says a weight once, then status 40 until it changes: `unchanged` */
	bool letters;	   /* status C and D are letters: under zero, outside zero */
	bool no_net;	   /* never marks net weights */
	bool test_passed_is_1;	 /* a set bit in a self-test result means passed, else failed */
	bool digital_tare;	 /* T and five digits */
	enum ph_scale_unit unit; /* where the protocol fixes it */
	int decimals;
	/*
	 * Looks at the front of `len` > 0 bytes. Returns how many belong to a reading, which it has filled then; 0 when more
	 * must come; -EAGAIN: the first byte begins nothing; -EBADMSG: what stands here is a broken frame. Both drop what
	 * ret_drop says, at least one byte.
	 */
	int (*read)(struct ph_scale *scale, const uint8_t *data, size_t len,
		struct ph_scale_reading *reading, size_t *ret_drop);
	struct {
		uint8_t len, at[7];
	} requests[PH_SCALE_REQUEST_COUNT];
};

extern const struct ph_scale_protocol ph_scale_protocols[];
extern const size_t ph_scale_protocol_count;

/* The row of a name, or NULL. */
const struct ph_scale_protocol *ph_scale_protocol_by_name(const char *name);

struct ph_scale {
	const struct ph_scale_protocol *protocol;
	enum ph_scale_unit unit; /* configured, or NONE */
	int decimals;		 /* configured, for protocols that send no point; or -1 */
	uint8_t buffer[PH_SCALE_BUFFER_MAX];
	size_t len;
	bool skipping; /* the rest of a line that was too long */
	bool fine;     /* the last request was for finer steps */
	enum { PH_SCALE_CHECK_UNKNOWN, PH_SCALE_CHECK_NO, PH_SCALE_CHECK_YES } check;
	struct ph_scale_reading last; /* for `once` */
	bool has_last;
	uint32_t bad_frames; /* dropped: check byte, length or characters */
	uint32_t noise;	     /* bytes dropped because they begin no frame */
};

/* `unit` NONE: as sent. `decimals` -1: as sent. */
void ph_scale_init(struct ph_scale *scale, const struct ph_scale_protocol *protocol,
	enum ph_scale_unit unit, int decimals);

/*
 * Drops what came so far, half a frame included. Where frames have no start, what is left of a half one that still comes is
 * dropped as well: it would be a smaller number.
 */
void ph_scale_flush(struct ph_scale *scale);

/*
 * The bytes of a request; drops what came before, since it cannot be the answer. Returns their number, or -ENOTSUP when
 * the protocol has no such request.
 */
int ph_scale_request(
	struct ph_scale *scale, enum ph_scale_request request, uint8_t out[PH_SCALE_REQUEST_MAX]);

/* The same for a tare of five digits, "00125". -EINVAL for other texts. */
int ph_scale_request_tare(
	struct ph_scale *scale, const char *digits, uint8_t out[PH_SCALE_REQUEST_MAX]);

/*
 * Dialog 06: the price of a unit, six digits, and optionally a tare of four ("" or NULL for none), records 01 and 03.
 * Returns the bytes, or -EINVAL.
 */
int ph_scale_dialog06_price(const char *price, const char *tare, uint8_t out[PH_SCALE_REQUEST_MAX]);

/* Takes bytes; returns how many. Fewer than `len`: take readings out, then feed the rest. */
size_t ph_scale_feed(struct ph_scale *scale, const void *data, size_t len);

/* Takes the next reading out. Returns 1, or 0 when more bytes are needed. */
int ph_scale_next(struct ph_scale *scale, struct ph_scale_reading *ret_reading);

/* Whether a self-test result (its status byte) says that all passed. */
bool ph_scale_test_passed(const struct ph_scale_protocol *protocol, uint8_t status);

#endif
