// Packets of SSI, read and written; who answers what and when is engine.c.
#include "protocols/ssi/ssi.h"

#include <errno.h>
#include <string.h>

#define HEADER 4 /* length, opcode, source, status */

void ph_ssi_decoder_init(struct ph_ssi_decoder *decoder, uint8_t source)
{
	*decoder = (struct ph_ssi_decoder){.source = source};
}

int ph_ssi_decoder_feed(struct ph_ssi_decoder *decoder, const void *data, size_t len)
{
	if (decoder->in_len)
		return -EBUSY;
	decoder->in = data;
	decoder->in_len = len;
	return 0;
}

void ph_ssi_decoder_idle(struct ph_ssi_decoder *decoder)
{
	decoder->idle = true;
}

bool ph_ssi_decoder_pending(const struct ph_ssi_decoder *decoder)
{
	return decoder->len > decoder->taken;
}

uint16_t ph_ssi_checksum(const uint8_t *bytes, size_t len)
{
	unsigned sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += bytes[i];
	return (uint16_t)(0x10000 - (sum & 0xffff));
}

static void drop(struct ph_ssi_decoder *decoder, size_t n)
{
	memmove(decoder->bytes, decoder->bytes + n, decoder->len - n);
	decoder->len -= n;
}

/* Gets bytes until there are `want`; returns whether there are. */
static bool fill(struct ph_ssi_decoder *decoder, size_t want)
{
	if (decoder->len >= want)
		return true;
	size_t n = want - decoder->len;
	if (n > decoder->in_len)
		n = decoder->in_len;
	if (!n)
		return false;
	memcpy(decoder->bytes + decoder->len, decoder->in, n);
	decoder->len += n;
	decoder->in += n;
	decoder->in_len -= n;
	return decoder->len >= want;
}

enum found {
	FOUND_PACKET,
	FOUND_RUBBISH, /* the first byte begins none */
	FOUND_WRONG,   /* it began one, but the checksum is wrong */
	FOUND_PART
};

static bool sum_ok(const uint8_t *bytes)
{
	const size_t len = bytes[0];

	return (uint16_t)(bytes[len] << 8 | bytes[len + 1]) == ph_ssi_checksum(bytes, len);
}

static enum found look(struct ph_ssi_decoder *decoder)
{
	const uint8_t *bytes = decoder->bytes;

	if (!fill(decoder, 1))
		return FOUND_PART;
	const size_t len = bytes[0];
	if (len < HEADER)
		return FOUND_RUBBISH;
	if (!fill(decoder, 3))
		return FOUND_PART;
	if (bytes[2] != decoder->source)
		return FOUND_RUBBISH;
	if (!fill(decoder, len + 2))
		return FOUND_PART;
	return sum_ok(bytes) ? FOUND_PACKET : FOUND_WRONG;
}

/*
 * Bytes to drop of something with a wrong checksum: up to a right packet within, else all of it. What will be sent again
 * must not be swallowed by a length that was none.
 */
static size_t wrong_len(const struct ph_ssi_decoder *decoder)
{
	const uint8_t *bytes = decoder->bytes;
	const size_t total = (size_t)bytes[0] + 2;

	for (size_t i = 1; i + HEADER + 2 <= total; i++)
		if (bytes[i] >= HEADER && i + bytes[i] + 2 <= total &&
			bytes[i + 2] == decoder->source && sum_ok(bytes + i))
			return i;
	return total;
}

static void hand_out(struct ph_ssi_decoder *decoder, struct ph_ssi_packet *packet)
{
	const uint8_t *bytes = decoder->bytes;

	*packet = (struct ph_ssi_packet){
		.opcode = bytes[1],
		.source = bytes[2],
		.status = bytes[3],
		.data = bytes + HEADER,
		.len = (size_t)bytes[0] - HEADER,
	};
	decoder->taken = (size_t)bytes[0] + 2;
	decoder->garbled = false;
}

/* The line is silent and all bytes are looked at. */
static int end_idle(struct ph_ssi_decoder *decoder)
{
	decoder->idle = decoder->garbled = false;
	return 0;
}

int ph_ssi_decoder_next(struct ph_ssi_decoder *decoder, struct ph_ssi_packet *ret_packet)
{
	drop(decoder, decoder->taken);
	decoder->taken = 0;
	for (;;) {
		const enum found found = look(decoder);
		if (found == FOUND_PACKET) {
			hand_out(decoder, ret_packet);
			return 1;
		}
		if (found == FOUND_PART && !decoder->len)
			return decoder->idle ? end_idle(decoder) : 0;
		if (found == FOUND_PART && !decoder->idle)
			return 0;
		const size_t n = found == FOUND_WRONG ? wrong_len(decoder) : 1;
		drop(decoder, n);
		decoder->unknown += n;
		if (found == FOUND_RUBBISH || decoder->garbled)
			continue;
		decoder->garbled = true;
		return -EBADMSG;
	}
}

int ph_ssi_encode(const struct ph_ssi_packet *packet, uint8_t *out, size_t size)
{
	const size_t len = HEADER + packet->len;

	if (packet->len > PH_SSI_DATA_MAX)
		return -EMSGSIZE;
	if (size < len + 2)
		return -ENOBUFS;
	out[0] = (uint8_t)len;
	out[1] = packet->opcode;
	out[2] = packet->source;
	out[3] = packet->status;
	if (packet->len)
		memcpy(out + HEADER, packet->data, packet->len);
	const uint16_t sum = ph_ssi_checksum(out, len);
	out[len] = (uint8_t)(sum >> 8);
	out[len + 1] = (uint8_t)sum;
	return (int)len + 2;
}

int ph_ssi_param(unsigned number, int value, uint8_t out[4])
{
	int n = 0;

	if (value < -1 || value > 0xff || (number >= 0xf0 && number < 0x100) || number >= 0x400)
		return -EINVAL;
	if (number >= 0x100)
		out[n++] = (uint8_t)(0xf0 + number / 0x100 - 1);
	out[n++] = (uint8_t)number;
	if (value >= 0)
		out[n++] = (uint8_t)value;
	return n;
}
