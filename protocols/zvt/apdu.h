/*
 * Messages of ZVT as they stand on a TCP connection, one behind the other: command, length, data.
 *
 * Source: PA00P016, chapter "TCP/IP"; PA00P015, chapter "APDU structure".
 */
#ifndef PH_PROTOCOLS_ZVT_APDU_H
#define PH_PROTOCOLS_ZVT_APDU_H

#include "protocols/zvt/zvt_const.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PH_ZVT_APDU_MAX (5 + 65535)

struct ph_zvt_apdu {
	uint16_t code; /* class << 8 | instruction */
	const uint8_t *data;
	size_t len;
};

/* Reads one message. Returns its length in bytes, or 0 when there is less of it than that. */
size_t ph_zvt_apdu_parse(const uint8_t *bytes, size_t len, struct ph_zvt_apdu *ret_apdu);

/* How many bytes the message has that begins here; 0: not known yet. At most PH_ZVT_APDU_MAX. */
size_t ph_zvt_apdu_length(const uint8_t *bytes, size_t len);

/* Writes one. Returns its length; -EMSGSIZE for more than 65535 bytes of data, -ENOBUFS when `size` is too small. */
ssize_t ph_zvt_apdu_encode(const struct ph_zvt_apdu *apdu, uint8_t *out, size_t size);

/* Whether it is an answer (80 00 or 84 xx), and what it says: 0 for yes, else the code; -ENOMSG: no answer. */
int ph_zvt_apdu_answer(const struct ph_zvt_apdu *apdu);

/* Messages of a stream, however it is cut. */
struct ph_zvt_stream {
	size_t len, need; /* need 0: the length is not known yet */
	uint8_t bytes[PH_ZVT_APDU_MAX];
};

void ph_zvt_stream_init(struct ph_zvt_stream *stream);

/*
 * Takes bytes until a message is complete; returns how many. The message read before is wiped. Alternate with next() until all
 * are taken.
 */
size_t ph_zvt_stream_feed(struct ph_zvt_stream *stream, const uint8_t *data, size_t len);

/* Returns 1 and a message, valid until feed(); 0: it is not complete. */
int ph_zvt_stream_next(const struct ph_zvt_stream *stream, struct ph_zvt_apdu *ret_apdu);

#endif
