/* Inside of the scale reader: the decoders of the table's rows and what they share. */
#ifndef PH_PROTOCOLS_SCALE_INTERNAL_H
#define PH_PROTOCOLS_SCALE_INTERNAL_H

#include "protocols/scale/scale.h"

#include <errno.h>

#define READ_ARGUMENTS                                                                             \
	struct ph_scale *scale, const uint8_t *data, size_t len, struct ph_scale_reading *reading, \
		size_t *ret_drop

int ph_scale_read_toledo(READ_ARGUMENTS);
int ph_scale_read_cas_w(READ_ARGUMENTS);
int ph_scale_read_continuous(READ_ARGUMENTS);
int ph_scale_read_magellan(READ_ARGUMENTS);
int ph_scale_read_nci(READ_ARGUMENTS);
int ph_scale_read_sma(READ_ARGUMENTS);
int ph_scale_read_cas(READ_ARGUMENTS);
int ph_scale_read_cas_status(READ_ARGUMENTS);
int ph_scale_read_cas22(READ_ARGUMENTS);
int ph_scale_read_and18(READ_ARGUMENTS);
int ph_scale_read_cas10(READ_ARGUMENTS);
int ph_scale_read_dini(READ_ARGUMENTS);
int ph_scale_read_kern(READ_ARGUMENTS);
int ph_scale_read_prix3(READ_ARGUMENTS);
int ph_scale_read_prt4(READ_ARGUMENTS);
int ph_scale_read_p15(READ_ARGUMENTS);
int ph_scale_read_text(READ_ARGUMENTS);
int ph_scale_read_dialog06(READ_ARGUMENTS);

/*
 * A frame from `start` to `end`, at most `most` bytes with both. Returns its length, 0 when more must come, or -EAGAIN or
 * -EBADMSG with ret_drop set: up to the next start, so that a frame behind a broken one is found.
 */
int ph_scale_frame(
	const uint8_t *data, size_t len, const uint8_t ends[2], size_t most, size_t *ret_drop);

/* The line at the front of the buffer, which has no start byte: up to CR; dropped whole when it is too long. */
int ph_scale_line(struct ph_scale *scale, size_t most, size_t *ret_drop);

/*
 * A number in `len` characters: blanks, a sign, blanks, digits with at most one point among them, blanks. -EBADMSG for all
 * else, and when there is no digit or there are too many.
 */
int ph_scale_number(const uint8_t *text, size_t len, struct ph_scale_number *ret_number);

/* Digits only, with the point `decimals` from the right; leading blanks when `blanks`. */
int ph_scale_fixed(const uint8_t *text, size_t len, int decimals, bool blanks,
	struct ph_scale_number *ret_number);

/* A unit of `len` characters in any case, blanks around it; -EBADMSG when it is not known. */
int ph_scale_unit(const uint8_t *text, size_t len, enum ph_scale_unit *ret_unit);

/* Makes a reading with over load, under zero or a fault one without a number. */
void ph_scale_settle(struct ph_scale_reading *reading);

/* Drops a broken frame: its start goes, what follows is looked at again. */
static inline int ph_scale_bad(size_t *ret_drop, size_t drop)
{
	*ret_drop = drop;
	return -EBADMSG;
}

#endif
