/*
 * The line of Datalogic Magellan counter devices, scanner and scale on a single cable: 'S', two digits, data, CR.
 *
 * Source: Datalogic KA-01089 (Magellan programming reference), "Single Cable RS-232". The scale's answers are handed out as
 * they are.
 */
#ifndef PH_PROTOCOLS_SCANNER_SERIAL_SINGLE_CABLE_H
#define PH_PROTOCOLS_SCANNER_SERIAL_SINGLE_CABLE_H

#include "poshal/limits.h"
#include "protocols/symbology/symbology.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Host commands. */
#define PH_SINGLE_CABLE_ENABLE	     1
#define PH_SINGLE_CABLE_DISABLE	     2
#define PH_SINGLE_CABLE_STATUS	     3
#define PH_SINGLE_CABLE_NOT_ON_FILE  5
#define PH_SINGLE_CABLE_DISABLE_LAMP 6 /* and the red lamp on */
#define PH_SINGLE_CABLE_WEIGHT	     11
#define PH_SINGLE_CABLE_CANCEL	     12
#define PH_SINGLE_CABLE_SCALE_STATUS 13
#define PH_SINGLE_CABLE_MONITOR	     14

/* What the device sends: a label, or the number of the command that it answers. */
#define PH_SINGLE_CABLE_LABEL 8

struct ph_single_cable_frame {
	unsigned code; /* 0 to 99 */
	const uint8_t *data;
	size_t len;
};

struct ph_single_cable {
	const uint8_t *in; /* not yet looked at; borrowed */
	size_t in_len, len;
	bool mask; /* 7-bit line: bit 7 is parity */
	bool taken, too_long;
	uint8_t line[PH_LABEL_MAX + 3 + PH_DATALOGIC_ID_MAX];
};

void ph_single_cable_init(struct ph_single_cable *cable, bool mask);

/* Gives the next bytes, which must stay valid until next() returned 0. -EBUSY while some of the last are unread. */
int ph_single_cable_feed(struct ph_single_cable *cable, const void *data, size_t len);

/*
 * Returns 1 and a frame, valid until the next call; 0 when all bytes are read; -EBADMSG for a line that is no frame;
 * -EMSGSIZE once for one that is too long. Both are passed over to the next CR.
 */
int ph_single_cable_next(struct ph_single_cable *cable, struct ph_single_cable_frame *ret_frame);

/*
 * Symbology and bytes of a label frame; an identifier that nobody knows is "unknown", and the label all that came. -ENOMSG
 * for another frame, -EBADMSG for an empty label.
 */
int ph_single_cable_label(const struct ph_single_cable_frame *frame,
	const struct ph_symbology **ret_symbology, int *ret_upos, const uint8_t **ret_label,
	size_t *ret_len);

/* Writes a command (0 to 99): "S01" CR. */
void ph_single_cable_command(unsigned code, uint8_t out[4]);

#endif
