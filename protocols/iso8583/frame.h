/*
 * Length headers around messages on a stream, and the TPDU some hosts want between the two. Pure; survives any cut of the
 * stream. What is in a frame is none of its business.
 */
#ifndef PH_PROTOCOLS_ISO8583_FRAME_H
#define PH_PROTOCOLS_ISO8583_FRAME_H

#include "protocols/iso8583/iso8583.h"

#define PH_ISO_TPDU	 5 /* id 60, destination and source, two bytes each */
#define PH_ISO_FRONT_MAX (4 + PH_ISO_TPDU)

enum ph_iso_header {
	PH_ISO_HEADER_BIN2,   /* two bytes, big endian */
	PH_ISO_HEADER_BIN4,   /* four */
	PH_ISO_HEADER_ASCII4, /* four decimal digits */
	PH_ISO_HEADER_BCD2,   /* two bytes, two digits each */
	PH_ISO_HEADER_COUNT_
};

struct ph_iso_framing {
	enum ph_iso_header header;
	bool counts_itself; /* the length counts the header too */
	bool keep_alive;    /* a length of 0 is allowed and means nothing */
	bool has_tpdu;
	uint8_t tpdu[PH_ISO_TPDU]; /* of what we send */
};

struct ph_iso_frame {
	const uint8_t *message; /* within the bytes given */
	size_t len;		/* 0: a keep-alive */
	size_t total;		/* bytes the frame takes */
};

/* Bytes in front of a message: header and TPDU. */
size_t ph_iso_front(const struct ph_iso_framing *framing);

/* Writes them; `len` bytes of message are at out + ph_iso_front(). Returns the bytes of the whole frame. */
size_t ph_iso_frame_close(const struct ph_iso_framing *framing, uint8_t *out, size_t len);

/*
 * The frame at the begin of `data`. 1; 0: more bytes are needed; -EBADMSG: a length that is none, 0, or above
 * PH_ISO_MESSAGE_MAX: there is no way to find the next frame, and the connection has to be closed.
 */
int ph_iso_frame_next(const struct ph_iso_framing *framing, const uint8_t *data, size_t len,
	struct ph_iso_frame *ret_frame);

#endif
