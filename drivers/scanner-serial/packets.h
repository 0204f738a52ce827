/*
 * Whether a line that should carry labels as text carries packets of Zebra's SSI instead: the scanner is in another mode.
 * Pure; beside the framing, which sees the same bytes.
 */
#ifndef PH_DRIVERS_SCANNER_SERIAL_PACKETS_H
#define PH_DRIVERS_SCANNER_SERIAL_PACKETS_H

#include "protocols/ssi/ssi.h"

void ph_packets_init(struct ph_ssi_decoder *packets);

/* Gives the next bytes. Returns how many packets of a scanner end in them, and how many of these end a label. */
unsigned ph_packets_look(
	struct ph_ssi_decoder *packets, const uint8_t *data, size_t len, unsigned *ret_labels);

/* The line has been silent for longer than a packet may take a breath; else as ph_packets_look(). */
unsigned ph_packets_idle(struct ph_ssi_decoder *packets, unsigned *ret_labels);

/* Whether the last bytes begin a packet as no text does: what is collected of them is to be kept back. */
bool ph_packets_open(const struct ph_ssi_decoder *packets);

#endif
