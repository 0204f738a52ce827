// Reads what a till sends to the terminal: bitmaps with their lengths and containers. What it means is in zvt.c.
#include <errno.h>
#include <string.h>

#include "emulators/models/zvt_internal.h"

void emu_zvt_put(struct emu_zvt_buf *b, const void *data, size_t len)
{
	if (!len || len > sizeof b->bytes - b->len)
		return;
	memcpy(b->bytes + b->len, data, len);
	b->len += len;
}

void emu_zvt_byte(struct emu_zvt_buf *b, unsigned value)
{
	uint8_t byte = (uint8_t)value;

	emu_zvt_put(b, &byte, 1);
}

void emu_zvt_bcd(struct emu_zvt_buf *b, uint64_t value, size_t bytes)
{
	uint8_t digits[8];

	for (size_t i = bytes; i-- > 0; value /= 100)
		digits[i] = (uint8_t)(value / 10 % 10 << 4 | value % 10);
	emu_zvt_put(b, digits, bytes);
}

void emu_zvt_tlv(struct emu_zvt_buf *b, unsigned tag, const void *value, size_t len)
{
	if (tag > 0xff)
		emu_zvt_byte(b, tag >> 8);
	emu_zvt_byte(b, tag);
	if (len > 0xff) {
		emu_zvt_byte(b, 0x82);
		emu_zvt_byte(b, (unsigned)len >> 8);
	} else if (len > 0x7f) {
		emu_zvt_byte(b, 0x81);
	}
	emu_zvt_byte(b, (unsigned)len);
	emu_zvt_put(b, value, len);
}

// ---- containers ----

// A length as in BER, up to two bytes.
static bool take_length(const uint8_t *d, size_t len, size_t *at, size_t *ret_len)
{
	if (*at >= len)
		return false;
	unsigned first = d[(*at)++], more = first & 0x7f;
	*ret_len = first;
	if (first < 0x80)
		return true;
	if (more == 0 || more > 2 || more > len - *at)
		return false;
	for (*ret_len = 0; more > 0; more--)
		*ret_len = *ret_len << 8 | d[(*at)++];
	return true;
}

bool emu_zvt_next_tlv(const uint8_t *d, size_t len, size_t *at, unsigned *ret_tag,
	const uint8_t **ret_value, size_t *ret_len)
{
	size_t i = *at, n;

	if (i >= len)
		return false;
	unsigned tag = d[i++];
	if ((tag & 0x1f) == 0x1f) {
		if (i >= len)
			return false;
		tag = tag << 8 | d[i++];
	}
	if (!take_length(d, len, &i, &n) || n > len - i)
		return false;
	*ret_tag = tag;
	*ret_value = d + i;
	*ret_len = n;
	*at = i + n;
	return true;
}

const uint8_t *emu_zvt_find_tlv(const uint8_t *d, size_t len, unsigned tag, size_t *ret_len)
{
	const uint8_t *value;
	unsigned is;
	size_t n;

	for (size_t at = 0; emu_zvt_next_tlv(d, len, &at, &is, &value, &n);)
		if (is == tag) {
			*ret_len = n;
			return value;
		}
	return NULL;
}

// ---- bitmaps ----

#define LL  0x40u /* two digits of length, one in each half byte behind an F */
#define LLL 0x41u
#define TLV 0x42u

static const uint8_t lengths[256] = {
	[0x01] = 1,
	[0x02] = 1,
	[0x03] = 1,
	[0x04] = 6,
	[0x05] = 1,
	[0x06] = TLV,
	[0x0b] = 3,
	[0x0c] = 3,
	[0x0d] = 2,
	[0x0e] = 2,
	[0x17] = 2,
	[0x19] = 1,
	[0x22] = LL,
	[0x23] = LL,
	[0x24] = LLL,
	[0x27] = 1,
	[0x29] = 4,
	[0x2a] = 15,
	[0x2d] = LL,
	[0x2e] = LLL,
	[0x37] = 3,
	[0x3a] = 2,
	[0x3b] = 8,
	[0x3c] = LLL,
	[0x3d] = 3,
	[0x49] = 2,
	[0x4c] = LL,
	[0x60] = LLL,
	[0x87] = 2,
	[0x88] = 3,
	[0x8a] = 1,
	[0x8b] = LL,
	[0x8c] = 1,
	[0xa0] = 1,
	[0xaa] = 3,
	[0xba] = 5,
	[0xf0] = 1,
	[0xf1] = LL,
	[0xf2] = LL,
	[0xf3] = LL,
	[0xf4] = LL,
	[0xf5] = LL,
	[0xf6] = LL,
	[0xf7] = LL,
	[0xf8] = LL,
	[0xf9] = 1,
	[0xfc] = 1,
};

static bool take_var(const uint8_t *d, size_t len, size_t *at, size_t digits, size_t *ret_len)
{
	*ret_len = 0;
	for (; digits > 0; digits--) {
		if (*at >= len || d[*at] < 0xf0 || d[*at] > 0xf9)
			return false;
		*ret_len = *ret_len * 10 + (d[(*at)++] & 15);
	}
	return true;
}

static bool value_length(const uint8_t *d, size_t len, size_t *at, unsigned kind, size_t *ret_len)
{
	if (kind == TLV)
		return take_length(d, len, at, ret_len);
	if (kind == LL || kind == LLL)
		return take_var(d, len, at, kind == LL ? 2 : 3, ret_len);
	*ret_len = kind;
	return true;
}

static bool number(const uint8_t *d, size_t n, uint64_t *ret_value)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++) {
		if (d[i] >> 4 > 9 || (d[i] & 15) > 9)
			return false;
		value = value * 100 + (d[i] >> 4) * 10u + (d[i] & 15);
	}
	*ret_value = value;
	return true;
}

static bool take_value(struct emu_zvt_request *r, unsigned bitmap, const uint8_t *d, size_t n)
{
	uint64_t value = 0;
	bool any = bitmap == 0x87 && n == 2 && d[0] == 0xff && d[1] == 0xff;

	if ((bitmap == 0x04 || bitmap == 0x49 || bitmap == 0x87) && !any && !number(d, n, &value))
		return false;
	switch (bitmap) {
	case 0x03:
		r->service = d[0];
		break;
	case 0x04:
		r->has_amount = true;
		r->amount = value;
		break;
	case 0x06:
		r->has_tlv = true;
		r->tlv = d;
		r->tlv_len = n;
		break;
	case 0x49:
		r->has_currency = true;
		r->currency = (unsigned)value;
		break;
	case 0x87:
		r->has_receipt = true;
		r->receipt = any ? 0xffff : (unsigned)value;
		break;
	default: /* known, and of no use here */
		break;
	}
	return true;
}

int emu_zvt_parse(const uint8_t *data, size_t len, struct emu_zvt_request *r)
{
	for (size_t at = 0; at < len;) {
		unsigned bitmap = data[at++];
		size_t n;
		if (!lengths[bitmap])
			return -EINVAL;
		if (!value_length(data, len, &at, lengths[bitmap], &n) || n > len - at ||
			!take_value(r, bitmap, data + at, n))
			return -EBADMSG;
		at += n;
	}
	return 0;
}
