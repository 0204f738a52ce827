// The serial form of ZVT: finds blocks, acknowledges and repeats them; a block that comes again is not told again.
#include "protocols/zvt/serial.h"

#include "base/secret.h"

#include <errno.h>
#include <string.h>

enum {
	HUNT,
	BEGIN,	  /* behind DLE */
	DATA,	  /* in a block */
	DATA_DLE, /* behind DLE in a block */
	CRC_LOW,
	CRC_HIGH,
	SKIP, /* the block is wrong: until the line is silent */
};

uint16_t ph_zvt_crc(uint16_t crc, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		crc = (uint16_t)(crc ^ bytes[i]);
		for (int bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc & 1 ? crc >> 1 ^ 0x8408 : crc >> 1);
	}
	return crc;
}

ssize_t ph_zvt_serial_block(const uint8_t *message, size_t len, uint8_t *out, size_t size)
{
	static const uint8_t etx = PH_ZVT_ETX;
	uint16_t crc = ph_zvt_crc(ph_zvt_crc(0, message, len), &etx, 1);
	size_t n = 0;

	if (size < 2 * len + 6)
		return -ENOBUFS;
	out[n++] = PH_ZVT_DLE;
	out[n++] = PH_ZVT_STX;
	for (size_t i = 0; i < len; i++) {
		out[n++] = message[i];
		if (message[i] == PH_ZVT_DLE)
			out[n++] = PH_ZVT_DLE;
	}
	out[n++] = PH_ZVT_DLE;
	out[n++] = PH_ZVT_ETX;
	out[n++] = (uint8_t)crc;
	out[n++] = (uint8_t)(crc >> 8);
	return (ssize_t)n;
}

void ph_zvt_serial_init(struct ph_zvt_serial *serial)
{
	if (serial->len)
		ph_wipe(serial->bytes, serial->len);
	memset(serial, 0, offsetof(struct ph_zvt_serial, bytes));
}

static void put_control(struct ph_zvt_serial *serial, uint8_t byte)
{
	/* without room the other side repeats */
	if (serial->out_len < sizeof serial->out)
		serial->out[serial->out_len++] = byte;
}

/* The first message of the queue goes out, again or for the first time. */
static void put_block(struct ph_zvt_serial *serial, uint64_t now_ms)
{
	ssize_t n = ph_zvt_serial_block(serial->queue[0], serial->queue_len[0],
		serial->out + serial->out_len, sizeof serial->out - serial->out_len);

	if (n > 0)
		serial->out_len += (size_t)n;
	serial->tries++;
	serial->t2_at = now_ms + PH_ZVT_T2_MS;
}

static int enqueue(struct ph_zvt_serial *serial, const uint8_t *message, size_t len, bool once,
	uint64_t now_ms)
{
	if (!len || len > PH_ZVT_SERIAL_SEND_MAX)
		return -EMSGSIZE;
	if (serial->queued == PH_ZVT_SERIAL_QUEUE)
		return -ENOBUFS;
	memcpy(serial->queue[serial->queued], message, len);
	serial->queue_once[serial->queued] = once;
	serial->queue_len[serial->queued++] = len;
	if (serial->queued == 1) {
		serial->tries = 0;
		put_block(serial, now_ms);
	}
	return 0;
}

int ph_zvt_serial_send(
	struct ph_zvt_serial *serial, const uint8_t *message, size_t len, uint64_t now_ms)
{
	return enqueue(serial, message, len, false, now_ms);
}

int ph_zvt_serial_send_once(
	struct ph_zvt_serial *serial, const uint8_t *message, size_t len, uint64_t now_ms)
{
	return enqueue(serial, message, len, true, now_ms);
}

static void acknowledged(struct ph_zvt_serial *serial, uint64_t now_ms)
{
	serial->queued--;
	memmove(serial->queue[0], serial->queue[1], serial->queued * sizeof serial->queue[0]);
	memmove(serial->queue_len, serial->queue_len + 1,
		serial->queued * sizeof serial->queue_len[0]);
	memmove(serial->queue_once, serial->queue_once + 1,
		serial->queued * sizeof serial->queue_once[0]);
	serial->tries = 0;
	serial->t2_at = 0;
	serial->sent = true;
	/* it has seen our answer: what it sends from here on is new, even if it is equal */
	serial->last_known = false;
	if (serial->queued)
		put_block(serial, now_ms);
}

void ph_zvt_serial_taken(struct ph_zvt_serial *serial, uint64_t now_ms)
{
	if (serial->queued == 1 && serial->t2_at)
		acknowledged(serial, now_ms);
}

static void not_acknowledged(struct ph_zvt_serial *serial, bool refused, uint64_t now_ms)
{
	if (serial->tries <= PH_ZVT_REPEATS && (refused || !serial->queue_once[0])) {
		put_block(serial, now_ms);
		return;
	}
	serial->queued = 0;
	serial->t2_at = 0;
	serial->failed = true;
}

static uint64_t hash_of(const uint8_t *bytes, size_t len)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3u;
	return hash;
}

/* The block is complete. */
static void end_block(struct ph_zvt_serial *serial, uint8_t crc_high)
{
	static const uint8_t etx = PH_ZVT_ETX;
	uint16_t crc = ph_zvt_crc(ph_zvt_crc(0, serial->bytes, serial->len), &etx, 1);
	uint64_t hash = hash_of(serial->bytes, serial->len);

	serial->state = HUNT;
	serial->t1_at = 0;
	if (crc != (uint16_t)(crc_high << 8 | serial->crc_low)) {
		serial->garbled++;
		put_control(serial, PH_ZVT_NAK);
		return;
	}
	put_control(serial, PH_ZVT_ACK);
	if (serial->last_known && hash == serial->last_hash) {
		serial->repeated++;
		return;
	}
	serial->last_known = true;
	serial->last_hash = hash;
	/* a message whose length is not that of its block is none, and neither is one without a byte */
	serial->complete =
		serial->len && ph_zvt_apdu_length(serial->bytes, serial->len) == serial->len;
	serial->garbled += !serial->complete;
}

static void take_outside(struct ph_zvt_serial *serial, uint8_t byte, uint64_t now_ms)
{
	if (byte == PH_ZVT_DLE)
		serial->state = BEGIN;
	else if (byte == PH_ZVT_ACK && serial->t2_at)
		acknowledged(serial, now_ms);
	else if (byte == PH_ZVT_NAK && serial->t2_at)
		not_acknowledged(serial, true, now_ms);
}

static void take_data(struct ph_zvt_serial *serial, uint8_t byte)
{
	if (serial->len == sizeof serial->bytes) {
		serial->state = SKIP;
		return;
	}
	serial->bytes[serial->len++] = byte;
	serial->state = DATA;
}

static void begin_block(struct ph_zvt_serial *serial)
{
	ph_wipe(serial->bytes, serial->len);
	serial->len = 0;
	serial->state = DATA;
}

static void take_behind_dle(struct ph_zvt_serial *serial, uint8_t byte)
{
	if (byte == PH_ZVT_DLE)
		take_data(serial, byte);
	else if (byte == PH_ZVT_ETX)
		serial->state = CRC_LOW;
	else if (byte == PH_ZVT_STX) /* the end of the one before is lost */
		begin_block(serial);
	else
		serial->state = SKIP;
}

static void take(struct ph_zvt_serial *serial, uint8_t byte, uint64_t now_ms)
{
	switch (serial->state) {
	case HUNT:
		take_outside(serial, byte, now_ms);
		break;
	case BEGIN:
		serial->state = HUNT;
		if (byte == PH_ZVT_STX)
			begin_block(serial);
		break;
	case DATA:
		if (byte == PH_ZVT_DLE)
			serial->state = DATA_DLE;
		else
			take_data(serial, byte);
		break;
	case DATA_DLE:
		take_behind_dle(serial, byte);
		break;
	case CRC_LOW:
		serial->crc_low = byte;
		serial->state = CRC_HIGH;
		break;
	case CRC_HIGH:
		end_block(serial, byte);
		break;
	default:
		break;
	}
	serial->t1_at = serial->state == HUNT ? 0 : now_ms + PH_ZVT_T1_MS;
}

size_t ph_zvt_serial_feed(
	struct ph_zvt_serial *serial, const uint8_t *data, size_t len, uint64_t now_ms)
{
	size_t n = 0;

	while (n < len && !serial->complete && !serial->sent && !serial->failed)
		take(serial, data[n++], now_ms);
	return n;
}

void ph_zvt_serial_tick(struct ph_zvt_serial *serial, uint64_t now_ms)
{
	if (serial->t1_at && now_ms >= serial->t1_at) {
		if (serial->state != BEGIN) {
			serial->garbled++;
			put_control(serial, PH_ZVT_NAK);
		}
		serial->state = HUNT;
		serial->t1_at = 0;
	}
	if (serial->t2_at && now_ms >= serial->t2_at)
		not_acknowledged(serial, false, now_ms);
}

uint64_t ph_zvt_serial_deadline(const struct ph_zvt_serial *serial)
{
	uint64_t at = serial->t1_at ? serial->t1_at : UINT64_MAX;

	return serial->t2_at && serial->t2_at < at ? serial->t2_at : at;
}

enum ph_zvt_serial_event ph_zvt_serial_next(
	struct ph_zvt_serial *serial, struct ph_zvt_apdu *ret_apdu)
{
	if (serial->sent) {
		serial->sent = false;
		return PH_ZVT_SERIAL_SENT;
	}
	if (serial->complete) {
		serial->complete = false;
		ph_zvt_apdu_parse(serial->bytes, serial->len, ret_apdu);
		return PH_ZVT_SERIAL_MESSAGE;
	}
	if (serial->failed) {
		serial->failed = false;
		return PH_ZVT_SERIAL_FAILED;
	}
	return PH_ZVT_SERIAL_NOTHING;
}

size_t ph_zvt_serial_output(struct ph_zvt_serial *serial, uint8_t *out, size_t size)
{
	size_t n = serial->out_len < size ? serial->out_len : size;

	memcpy(out, serial->out, n);
	serial->out_len -= n;
	memmove(serial->out, serial->out + n, serial->out_len);
	return n;
}
