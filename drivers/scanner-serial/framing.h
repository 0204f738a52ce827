/*
 * Cuts the byte stream of a serial scanner into labels. Pure: no clock; the owner calls ph_framing_idle() when the line
 * has been silent long enough.
 */
#ifndef PH_DRIVERS_SCANNER_SERIAL_FRAMING_H
#define PH_DRIVERS_SCANNER_SERIAL_FRAMING_H

#include "poshal/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ph_terminator {
	PH_TERMINATOR_AUTO, /* CR, LF or CR LF, else silence */
	PH_TERMINATOR_CR,
	PH_TERMINATOR_LF,
	PH_TERMINATOR_CRLF,
	PH_TERMINATOR_TAB,
	PH_TERMINATOR_ETX,  /* STX label ETX; what is outside is ignored */
	PH_TERMINATOR_NONE, /* silence alone */
};

struct ph_framing {
	enum ph_terminator terminator;
	bool mask; /* 7-bit line: bit 7 is parity */
	bool skip_lf, too_long, inside;
	const uint8_t *in; /* not yet looked at; borrowed */
	size_t in_len;
	size_t len;
	uint8_t label[PH_LABEL_MAX];
};

void ph_framing_init(struct ph_framing *framing, enum ph_terminator terminator, bool mask);

/* Gives the next bytes; they must stay valid until ph_framing_next() returned 0. */
void ph_framing_feed(struct ph_framing *framing, const void *data, size_t len);

/*
 * Returns 1 with a label (without terminator; never empty; valid until the next call), 0 when all bytes are read, or
 * -EMSGSIZE once for each label longer than PH_LABEL_MAX, whose rest is skipped to its end.
 */
int ph_framing_next(struct ph_framing *framing, const uint8_t **ret_label, size_t *ret_len);

/* The line is silent: returns 1 with what has arrived where silence ends a label, else 0. Forgets the rest. */
int ph_framing_idle(struct ph_framing *framing, const uint8_t **ret_label, size_t *ret_len);

/* Whether silence would end or forget something. */
bool ph_framing_pending(const struct ph_framing *framing);

#endif
