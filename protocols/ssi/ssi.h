/*
 * Packets of Zebra's Simple Serial Interface, both ways: length, opcode, source, status, data, checksum.
 *
 * Source: Zebra (Symbol) Simple Serial Interface Programmer's Guide, 72E-40451, chapters 2 and 3.
 */
#ifndef PH_PROTOCOLS_SSI_SSI_H
#define PH_PROTOCOLS_SSI_SSI_H

#include "protocols/ssi/ssi_const.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ph_ssi_packet {
	uint8_t opcode, source, status;
	const uint8_t *data; /* behind the status */
	size_t len;	     /* of data, 0 to PH_SSI_DATA_MAX */
};

/*
 * Finds packets in a stream. There is no mark where one begins: each byte that cannot begin one is passed over, and of bytes
 * with a wrong checksum all, but for a right packet among them.
 */
struct ph_ssi_decoder {
	const uint8_t *in; /* not yet looked at; borrowed */
	size_t in_len;
	uint8_t source; /* whose packets are looked for */
	bool garbled;	/* a wrong checksum was reported, and no packet came since */
	bool idle;
	size_t len, taken;
	uint64_t unknown; /* bytes that belonged to no packet */
	uint8_t bytes[PH_SSI_PACKET_MAX];
};

/* `source`: PH_SSI_FROM_SCANNER on the host's side. */
void ph_ssi_decoder_init(struct ph_ssi_decoder *decoder, uint8_t source);

/* Gives the next bytes, which must stay valid until next() returned 0. -EBUSY while some of the last are unread. */
int ph_ssi_decoder_feed(struct ph_ssi_decoder *decoder, const void *data, size_t len);

/*
 * Returns 1 and a packet, valid until the next call; 0 when all bytes are read; or -EBADMSG, once for each run of bytes
 * that are no packet although they began like one: the other side should send again.
 */
int ph_ssi_decoder_next(struct ph_ssi_decoder *decoder, struct ph_ssi_packet *ret_packet);

/* The line has been silent for the time between characters: next() gives up the unfinished packet. */
void ph_ssi_decoder_idle(struct ph_ssi_decoder *decoder);

/* Whether a packet has begun. */
bool ph_ssi_decoder_pending(const struct ph_ssi_decoder *decoder);

/* Two's complement of the sum of all bytes. */
uint16_t ph_ssi_checksum(const uint8_t *bytes, size_t len);

/*
 * Writes a packet with its checksum. Returns its length; -EMSGSIZE for more than PH_SSI_DATA_MAX bytes of data; -ENOBUFS
 * when `size` is too small (PH_SSI_PACKET_MAX never is).
 */
int ph_ssi_encode(const struct ph_ssi_packet *packet, uint8_t *out, size_t size);

/*
 * Writes number and value of a parameter for PARAM_SEND, or the number alone for PARAM_REQUEST (value -1). Returns the
 * length, at most 4; -EINVAL for a number or value that cannot be sent (numbers F0 to FF hex and from 768 + 256 on).
 */
int ph_ssi_param(unsigned number, int value, uint8_t out[4]);

#endif
