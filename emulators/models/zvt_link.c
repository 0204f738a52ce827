// The line of a payment terminal: APDUs by their length, over TCP as they are, over a serial line in blocks with a checksum and an
// acknowledgement. What they say is in zvt.c.
#include <errno.h>
#include <string.h>

#include "emulators/models/zvt_internal.h"

#define DLE	0x10
#define STX	0x02
#define ETX	0x03
#define ACK	0x06
#define NAK	0x15

#define GAP_US	200000u	 /* T1: between two bytes of a block */
#define ACK_US	5000000u /* T2 */
#define BYTE_US 1000u	 /* between two bytes that come one at a time */
#define REPEATS 2u

void emu_zvt_link_reset(struct ph_emu_terminal *t)
{
	t->rx_len = t->n_out = t->last_len = 0;
	t->in_block = t->escaped = t->unacked = t->ack_lost = false;
	t->crc_bytes = 0;
}

// Reflected polynomial 8408, no start value: over the APDU and the ETX.
static unsigned crc_add(unsigned crc, uint8_t byte)
{
	crc ^= byte;
	for (int i = 0; i < 8; i++)
		crc = crc & 1 ? crc >> 1 ^ 0x8408 : crc >> 1;
	return crc;
}

static unsigned crc_of(const uint8_t *apdu, size_t len)
{
	unsigned crc = 0;

	for (size_t i = 0; i < len; i++)
		crc = crc_add(crc, apdu[i]);
	return crc_add(crc, ETX);
}

// ---- sending ----

static void transmit(struct ph_emu_terminal *t, const uint8_t *data, size_t len)
{
	size_t piece = t->books && emu_zvt_strike(t, "split") ? 1 : len;

	for (size_t at = 0; at < len; at += piece) {
		emu_unit_send(&t->unit, data + at, piece);
		if (piece < len)
			emu_unit_pause(&t->unit, BYTE_US);
	}
}

static bool has_dle(const uint8_t *apdu, size_t len)
{
	return memchr(apdu, DLE, len) != NULL;
}

static void transmit_block(struct ph_emu_terminal *t, const uint8_t *apdu, size_t len)
{
	uint8_t block[2 * EMU_ZVT_APDU_MAX + 8] = {DLE, STX};
	unsigned crc = crc_of(apdu, len);
	bool doubling = !has_dle(apdu, len) || !t->books || !emu_zvt_strike(t, "no_doubling");
	size_t n = 2;

	for (size_t i = 0; i < len; i++) {
		block[n++] = apdu[i];
		if (apdu[i] == DLE && doubling)
			block[n++] = DLE;
	}
	if (t->books && emu_zvt_strike(t, "bad_crc"))
		crc ^= 0x0101;
	block[n++] = DLE;
	block[n++] = ETX;
	block[n++] = (uint8_t)crc;
	block[n++] = (uint8_t)(crc >> 8);
	transmit(t, block, n);
	t->unacked = true;
	t->ack_us = t->unit.now_us + ACK_US;
}

static void pump(struct ph_emu_terminal *t)
{
	while (t->n_out > 0 && !t->unacked) {
		if (t->config.serial) {
			t->tries = 0;
			transmit_block(t, t->out[0], t->out_len[0]);
			return;
		}
		transmit(t, t->out[0], t->out_len[0]);
		t->n_out--;
		memmove(t->out[0], t->out[1], t->n_out * sizeof t->out[0]);
		memmove(t->out_len, t->out_len + 1, t->n_out * sizeof t->out_len[0]);
	}
}

static void taken(struct ph_emu_terminal *t)
{
	if (!t->unacked)
		return;
	t->unacked = false;
	t->n_out--;
	memmove(t->out[0], t->out[1], t->n_out * sizeof t->out[0]);
	memmove(t->out_len, t->out_len + 1, t->n_out * sizeof t->out_len[0]);
	pump(t);
}

static void repeat(struct ph_emu_terminal *t)
{
	if (!t->unacked)
		return;
	if (t->tries++ == REPEATS) {
		t->unacked = false;
		t->n_out = 0;
		emu_zvt_cut(t);
		return;
	}
	t->counts.repeats++;
	transmit_block(t, t->out[0], t->out_len[0]);
}

void emu_zvt_send(
	struct ph_emu_terminal *t, unsigned class, unsigned instr, const void *data, size_t len)
{
	struct emu_zvt_buf b = {.len = 0};

	if (emu_zvt_is(t, "silent_run") || t->n_out == PH_ARRAY_SIZE(t->out))
		return;
	emu_zvt_byte(&b, class);
	emu_zvt_byte(&b, instr);
	if (len > 0xfe || emu_zvt_is(t, "long_length")) {
		emu_zvt_byte(&b, 0xff);
		emu_zvt_byte(&b, (unsigned)len & 0xff);
		emu_zvt_byte(&b, (unsigned)len >> 8);
	} else {
		emu_zvt_byte(&b, (unsigned)len);
	}
	emu_zvt_put(&b, data, len);
	memcpy(t->out[t->n_out], b.bytes, b.len);
	t->out_len[t->n_out++] = b.len;
	pump(t);
}

// ---- receiving over TCP ----

// Length of the first APDU, 0 while that is not known.
static size_t apdu_length(const uint8_t *d, size_t len)
{
	if (len < 3)
		return 0;
	if (d[2] != 0xff)
		return 3u + d[2];
	return len < 5 ? 0 : 5u + d[3] + ((size_t)d[4] << 8);
}

static void input_tcp(struct ph_emu_terminal *t, const uint8_t *data, size_t len)
{
	/* nothing is read any more from a connection that is being closed */
	for (size_t i = 0; i < len && !t->unit.leave; i++) {
		t->rx[t->rx_len++] = data[i];
		size_t n = apdu_length(t->rx, t->rx_len);
		if (n > EMU_ZVT_APDU_MAX) {
			t->rx_len = 0;
			t->unit.hang_up = true;
			return;
		}
		if (n == 0 || t->rx_len < n)
			continue;
		t->rx_len = 0;
		emu_zvt_command(t, t->rx, n);
	}
}

// ---- receiving over a serial line ----

static void say_byte(struct ph_emu_terminal *t, uint8_t byte)
{
	emu_unit_send(&t->unit, &byte, 1);
}

static void bad_block(struct ph_emu_terminal *t)
{
	t->in_block = t->escaped = false;
	t->rx_len = t->crc_bytes = 0;
	t->counts.bad_blocks++;
	t->counts.naks++;
	say_byte(t, NAK);
}

// The same APDU while our answer to it, or the ACK before that, has not arrived: executed already.
static bool is_duplicate(const struct ph_emu_terminal *t)
{
	return t->rx_len == t->last_len && memcmp(t->rx, t->last, t->last_len) == 0 &&
	       (t->ack_lost || (t->unacked && t->tries == 0));
}

static void end_block(struct ph_emu_terminal *t)
{
	unsigned crc = t->crc[0] | (unsigned)t->crc[1] << 8;
	size_t n = t->rx_len;

	if (crc != crc_of(t->rx, n) || apdu_length(t->rx, n) != n ||
		(emu_zvt_books(t->rx) && emu_zvt_strike(t, "nak"))) {
		bad_block(t);
		return;
	}
	bool duplicate = is_duplicate(t);
	t->in_block = false;
	t->rx_len = t->crc_bytes = 0;
	t->ack_lost = emu_zvt_books(t->rx) && emu_zvt_strike(t, "lost_ack");
	if (!t->ack_lost)
		say_byte(t, ACK);
	if (duplicate) {
		t->counts.duplicates++;
		return;
	}
	memcpy(t->last, t->rx, n);
	t->last_len = n;
	emu_zvt_command(t, t->last, n);
}

static void outside_block(struct ph_emu_terminal *t, uint8_t byte)
{
	if (t->escaped && byte == STX) {
		t->in_block = true;
		t->rx_len = t->crc_bytes = 0;
	} else if (byte == ACK) {
		taken(t);
	} else if (byte == NAK) {
		repeat(t);
	}
	t->escaped = byte == DLE;
}

static void inside_block(struct ph_emu_terminal *t, uint8_t byte)
{
	if (t->crc_bytes > 0) {
		t->crc[t->crc_bytes - 1] = byte;
		if (++t->crc_bytes == 3)
			end_block(t);
		return;
	}
	if (t->escaped && byte == ETX) {
		t->escaped = false;
		t->crc_bytes = 1;
		return;
	}
	if (byte == DLE && !t->escaped) {
		t->escaped = true;
		return;
	}
	if ((t->escaped && byte != DLE) || t->rx_len == EMU_ZVT_APDU_MAX) {
		bad_block(t);
		return;
	}
	t->escaped = false;
	t->rx[t->rx_len++] = byte;
}

static void input_serial(struct ph_emu_terminal *t, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (t->in_block)
			inside_block(t, data[i]);
		else
			outside_block(t, data[i]);
	t->heard_us = t->unit.now_us;
}

void emu_zvt_link_input(struct ph_emu_terminal *t, const uint8_t *data, size_t len)
{
	if (t->config.serial)
		input_serial(t, data, len);
	else
		input_tcp(t, data, len);
}

uint64_t emu_zvt_link_tick(struct ph_emu_terminal *t)
{
	uint64_t next = PH_EMU_UNIT_NEVER;

	if (t->in_block && t->unit.now_us >= t->heard_us + GAP_US)
		bad_block(t);
	if (t->in_block)
		next = t->heard_us + GAP_US;
	if (t->unacked && t->unit.now_us >= t->ack_us)
		repeat(t);
	if (t->unacked && t->ack_us < next)
		next = t->ack_us;
	return next;
}
