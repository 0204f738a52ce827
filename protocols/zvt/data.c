// The parts of ZVT messages, read with every length checked: bitmaps by a table, TLV with bounds, BCD.
#include "protocols/zvt/data.h"

#include <errno.h>
#include <string.h>

/* Lengths of bitmaps: 1 to 15 bytes fixed, or a kind of variable length; 0: not in the list. */
enum { LL = 0x20, LLL = 0x30, CONTAINER = 0x40 };

static const uint8_t lengths[256] = {
	[0x01] = 1,
	[0x02] = 1,
	[0x03] = 1,
	[0x04] = 6,
	[0x05] = 1,
	[0x06] = CONTAINER,
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
	/* pictures for the display */
	[0x70] = 4,
	[0x71] = 4,
	[0x72] = 1,
	[0x73] = 1,
	[0x74] = 1,
	[0x75] = 1,
	[0x87] = 2,
	[0x88] = 3,
	[0x8a] = 1,
	[0x8b] = LL,
	[0x8c] = 1,
	[0x92] = LLL,
	[0x9a] = LLL,
	[0xa0] = 1,
	[0xa7] = LL,
	[0xaa] = 3,
	[0xaf] = LLL,
	[0xba] = 5,
	[0xd0] = 1,
	[0xd1] = LL,
	[0xd2] = 1,
	[0xd3] = 1,
	[0xe0] = 1,
	[0xe1] = LL,
	[0xe2] = LL,
	[0xe3] = LL,
	[0xe4] = LL,
	[0xe5] = LL,
	[0xe6] = LL,
	[0xe7] = LL,
	[0xe8] = LL,
	[0xe9] = 1,
	[0xea] = 1,
	[0xeb] = 8,
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
	[0xfa] = 1,
	[0xfb] = 1,
	[0xfc] = 1,
	[0xfd] = 1,
};

/* Digits F0 to F9 at the cursor, as a number. */
static int read_digits(struct ph_zvt_cursor *cursor, unsigned digits, size_t *ret_len)
{
	size_t value = 0;

	if (cursor->len < digits)
		return -EBADMSG;
	for (unsigned i = 0; i < digits; i++) {
		if (cursor->data[i] < 0xf0 || cursor->data[i] > 0xf9)
			return -EBADMSG;
		value = value * 10 + (cursor->data[i] & 0xf);
	}
	cursor->data += digits;
	cursor->len -= digits;
	*ret_len = value;
	return 0;
}

/* Length of BER with up to two bytes behind the first. */
static int read_length(struct ph_zvt_cursor *cursor, size_t *ret_len)
{
	size_t more = 0;

	if (!cursor->len)
		return -EBADMSG;
	if (cursor->data[0] == 0x81 || cursor->data[0] == 0x82)
		more = cursor->data[0] & 3;
	else if (cursor->data[0] & 0x80)
		return -EBADMSG;
	if (cursor->len < 1 + more)
		return -EBADMSG;
	*ret_len = more == 2   ? (size_t)cursor->data[1] << 8 | cursor->data[2]
		   : more == 1 ? cursor->data[1]
			       : cursor->data[0];
	cursor->data += 1 + more;
	cursor->len -= 1 + more;
	return 0;
}

int ph_zvt_bmp_next(struct ph_zvt_cursor *cursor, struct ph_zvt_field *ret_field)
{
	struct ph_zvt_cursor at = *cursor;
	size_t len;
	int r = 0;

	if (!at.len)
		return 0;
	uint8_t bmp = *at.data++, kind = lengths[bmp];
	at.len--;
	if (!kind)
		return -ENOENT;
	if (kind == LL || kind == LLL)
		r = read_digits(&at, kind == LL ? 2 : 3, &len);
	else if (kind == CONTAINER)
		r = read_length(&at, &len);
	else
		len = kind;
	if (r < 0 || len > at.len)
		return -EBADMSG;
	*ret_field = (struct ph_zvt_field){.bmp = bmp, .value = at.data, .len = len};
	*cursor = (struct ph_zvt_cursor){.data = at.data + len, .len = at.len - len};
	return 1;
}

/* Bytes of the tag here, 0: it has no end. `two`: 1F80 to 1F83 are read as they are printed, two bytes long. */
static size_t tag_length(const struct ph_zvt_cursor *at, bool two)
{
	size_t n = 1;

	if ((at->data[0] & 0x1f) != 0x1f)
		return 1;
	if (two && at->len > 1 && at->data[0] == 0x1f && at->data[1] >= 0x80 && at->data[1] <= 0x83)
		return 2;
	while (n < at->len && n < 4 && at->data[n] & 0x80)
		n++;
	return n < at->len && n < 4 ? n + 1 : 0;
}

static int read_object(struct ph_zvt_cursor *cursor, bool two, struct ph_zvt_object *ret_object)
{
	struct ph_zvt_cursor at = *cursor;
	size_t tag_len = tag_length(&at, two), len;
	uint32_t tag = 0;

	if (!tag_len)
		return -EBADMSG;
	for (size_t i = 0; i < tag_len; i++)
		tag = tag << 8 | at.data[i];
	bool constructed = at.data[0] & 0x20;
	at.data += tag_len;
	at.len -= tag_len;
	if (read_length(&at, &len) < 0 || len > at.len)
		return -EBADMSG;
	*ret_object = (struct ph_zvt_object){
		.tag = tag, .constructed = constructed, .value = at.data, .len = len};
	*cursor = (struct ph_zvt_cursor){.data = at.data + len, .len = at.len - len};
	return 1;
}

int ph_zvt_tlv_next(struct ph_zvt_cursor *cursor, struct ph_zvt_object *ret_object)
{
	if (!cursor->len)
		return 0;
	int r = read_object(cursor, true, ret_object);
	return r < 0 ? read_object(cursor, false, ret_object) : r;
}

int ph_zvt_tlv_walk(const uint8_t *data, size_t len, ph_zvt_visit visit, void *userdata)
{
	struct ph_zvt_cursor levels[PH_ZVT_TLV_DEPTH] = {{data, len}};
	struct ph_zvt_object object;
	unsigned depth = 0;
	int count = 0;

	for (;;) {
		int r = ph_zvt_tlv_next(&levels[depth], &object);
		if (r < 0)
			return r;
		if (!r && !depth)
			return count;
		if (!r) {
			depth--;
			continue;
		}
		if (++count > PH_ZVT_TLV_OBJECTS)
			return -E2BIG;
		object.depth = depth;
		visit(&object, userdata);
		if (!object.constructed)
			continue;
		if (++depth == PH_ZVT_TLV_DEPTH)
			return -E2BIG;
		levels[depth] = (struct ph_zvt_cursor){object.value, object.len};
	}
}

int ph_zvt_bcd(const uint8_t *bytes, size_t len, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (len > 9)
		return -EBADMSG;
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] >> 4 > 9 || (bytes[i] & 0xf) > 9)
			return -EBADMSG;
		value = value * 100 + (bytes[i] >> 4) * 10u + (bytes[i] & 0xf);
	}
	*ret_value = value;
	return 0;
}

void ph_zvt_bcd_put(uint64_t value, uint8_t *out, size_t len)
{
	while (len) {
		out[--len] = (uint8_t)((value / 10 % 10) << 4 | value % 10);
		value /= 100;
	}
}

int ph_zvt_masked_pan(const uint8_t *bytes, size_t len, char out[39])
{
	size_t n = 0;

	for (size_t i = 0; i < 2 * len; i++) {
		unsigned nibble = i % 2 ? bytes[i / 2] & 0xf : bytes[i / 2] >> 4;
		if (nibble == 0xd || nibble == 0xf)
			break;
		if (n == 38 || (nibble > 9 && nibble != 0xe))
			return -EBADMSG;
		out[n++] = nibble == 0xe ? '*' : (char)('0' + nibble);
	}
	size_t first = n < 13 ? 0 : 6, last = n < 4 ? 0 : n - 4;
	for (size_t i = first; i < last; i++)
		out[i] = '*';
	out[n] = '\0';
	return 0;
}
