// The card's own TLV writer, hexadecimal text and data object lists.
#include <ctype.h>
#include <string.h>

#include "emulators/models/card_internal.h"

void card_put(struct card_out *out, const void *data, size_t len)
{
	if (len > out->size - out->len) {
		out->full = true;
		return;
	}
	if (len)
		memcpy(out->data + out->len, data, len);
	out->len += len;
}

void card_put_byte(struct card_out *out, unsigned byte)
{
	uint8_t b = (uint8_t)byte;

	card_put(out, &b, 1);
}

void card_put_tag(struct card_out *out, uint32_t tag)
{
	if (tag > 0xff)
		card_put_byte(out, tag >> 8);
	card_put_byte(out, tag & 0xff);
}

void card_put_tlv(struct card_out *out, uint32_t tag, const void *value, size_t len)
{
	card_put_tag(out, tag);
	if (len > 0xff)
		card_put(out, (uint8_t[]){0x82, (uint8_t)(len >> 8)}, 2);
	else if (len > 0x7f)
		card_put_byte(out, 0x81);
	card_put_byte(out, len & 0xff);
	card_put(out, value, len);
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)toupper((unsigned char)c);
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

long card_hex(const char *text, uint8_t *out, size_t size)
{
	size_t len = strlen(text) / 2;

	if (strlen(text) % 2 || len > size)
		return -1;
	for (size_t i = 0; i < len; i++) {
		int high = nibble(text[2 * i]), low = nibble(text[2 * i + 1]);
		if (high < 0 || low < 0)
			return -1;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return (long)len;
}

void card_bcd(uint64_t value, uint8_t *out, size_t n)
{
	while (n-- > 0) {
		out[n] = (uint8_t)(value % 10 | (value / 10 % 10) << 4);
		value /= 100;
	}
}

bool card_dol_next(const struct card_bytes *dol, size_t *at, uint32_t *ret_tag, size_t *ret_len)
{
	if (*at >= dol->len)
		return false;
	uint32_t tag = dol->data[(*at)++];
	if ((tag & 0x1f) == 0x1f && *at < dol->len)
		tag = tag << 8 | dol->data[(*at)++];
	if (*at >= dol->len)
		return false;
	*ret_tag = tag;
	*ret_len = dol->data[(*at)++];
	return true;
}

size_t card_dol_size(const struct card_bytes *dol)
{
	size_t at = 0, sum = 0, len = 0;
	uint32_t tag;

	while (card_dol_next(dol, &at, &tag, &len))
		sum += len;
	return sum;
}

const uint8_t *card_dol_value(
	const struct card_bytes *dol, const uint8_t *data, uint32_t tag, size_t len)
{
	size_t at = 0, n = 0;
	uint32_t found;

	while (card_dol_next(dol, &at, &found, &n)) {
		if (found == tag && n == len)
			return data;
		data += n;
	}
	return NULL;
}
