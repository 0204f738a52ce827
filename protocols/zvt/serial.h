/*
 * The serial form of ZVT: DLE STX message DLE ETX CRC, acknowledged by ACK or NAK, repeated by the sender when it is not.
 *
 * Source: PA00P016, chapter "Serial transport". The CRC is the reflected form, CRC-16/KERMIT, over message and ETX.
 */
#ifndef PH_PROTOCOLS_ZVT_SERIAL_H
#define PH_PROTOCOLS_ZVT_SERIAL_H

#include "protocols/zvt/apdu.h"

#include <stdbool.h>

#define PH_ZVT_SERIAL_SEND_MAX	512 /* bytes of a message sent */
#define PH_ZVT_SERIAL_QUEUE	4   /* messages that wait for the one before to be acknowledged */
#define PH_ZVT_SERIAL_BLOCK_MAX (2 * PH_ZVT_SERIAL_SEND_MAX + 6)

enum ph_zvt_serial_event {
	PH_ZVT_SERIAL_NOTHING,
	PH_ZVT_SERIAL_MESSAGE,
	PH_ZVT_SERIAL_SENT, /* a message was acknowledged */
	/* it was not, after PH_ZVT_REPEATS repeats, or after none where it may go out once only; what waits is gone as well */
	PH_ZVT_SERIAL_FAILED,
};

struct ph_zvt_serial {
	/* receiving */
	unsigned state;
	uint8_t crc_low;
	size_t len;
	uint64_t t1_at; /* 0: no block has begun */
	bool complete;	/* `bytes` hold a message that was not read */
	uint64_t last_hash;
	bool last_known;	    /* a block like the last one now is that one again */
	unsigned garbled, repeated; /* blocks refused; blocks received again */
	/* sending */
	uint64_t t2_at; /* 0: nothing waits for ACK */
	unsigned tries, queued;
	bool sent, failed; /* not yet told */
	bool queue_once[PH_ZVT_SERIAL_QUEUE];
	size_t queue_len[PH_ZVT_SERIAL_QUEUE];
	uint8_t queue[PH_ZVT_SERIAL_QUEUE][PH_ZVT_SERIAL_SEND_MAX];
	/* bytes for the line */
	size_t out_len;
	uint8_t out[2 * PH_ZVT_SERIAL_BLOCK_MAX];
	uint8_t bytes[PH_ZVT_APDU_MAX];
};

void ph_zvt_serial_init(struct ph_zvt_serial *serial);

/* A message to be sent, as one block. -EMSGSIZE, -ENOBUFS when PH_ZVT_SERIAL_QUEUE wait. */
int ph_zvt_serial_send(
	struct ph_zvt_serial *serial, const uint8_t *message, size_t len, uint64_t now_ms);

/*
 * The same for a message that must not be taken twice. After a NAK, which says that it was not taken, it is repeated; after silence it
 * is not: it may have been taken, and its ACK be lost.
 */
int ph_zvt_serial_send_once(
	struct ph_zvt_serial *serial, const uint8_t *message, size_t len, uint64_t now_ms);

/* The only message that waits for its ACK was answered: it was taken, the ACK is lost. */
void ph_zvt_serial_taken(struct ph_zvt_serial *serial, uint64_t now_ms);

/* Takes bytes of the line until something is to be told; returns how many. Alternate with next() until all are taken. */
size_t ph_zvt_serial_feed(
	struct ph_zvt_serial *serial, const uint8_t *data, size_t len, uint64_t now_ms);

/* Time passed: due at ph_zvt_serial_deadline(), UINT64_MAX for never. */
void ph_zvt_serial_tick(struct ph_zvt_serial *serial, uint64_t now_ms);
uint64_t ph_zvt_serial_deadline(const struct ph_zvt_serial *serial);

/* What happened; the message is valid until the next call with bytes. */
enum ph_zvt_serial_event ph_zvt_serial_next(
	struct ph_zvt_serial *serial, struct ph_zvt_apdu *ret_apdu);

/* Bytes for the line, in order; each are handed out once. Returns how many, at most `size`. */
size_t ph_zvt_serial_output(struct ph_zvt_serial *serial, uint8_t *out, size_t size);

/* CRC-16/KERMIT, going on from `crc` (0 at the start). */
uint16_t ph_zvt_crc(uint16_t crc, const uint8_t *bytes, size_t len);

/* Writes a block. Returns its length, at most 2 x `len` + 6, or -ENOBUFS. */
ssize_t ph_zvt_serial_block(const uint8_t *message, size_t len, uint8_t *out, size_t size);

#endif
