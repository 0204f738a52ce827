// Objects of BER-TLV, read and written; what a tag means and who may send it is left to tags.c and data.c.
#include "protocols/emv/tlv.h"

#include <errno.h>
#include <string.h>

#define CONSTRUCTED   0x20
#define LONG_TAG      0x1f /* of the first byte: more follow */
#define MORE	      0x80 /* of a byte behind it: one more */
#define LENGTH_1      0x81
#define LENGTH_2      0x82
#define LENGTH_SHORT  0x80 /* below: the length itself */
#define PUT_VALUE_MAX 0xffff

int ph_tlv_tag(const uint8_t *data, size_t len, uint32_t *ret_tag)
{
	if (!len || !data[0])
		return -EBADMSG;
	if ((data[0] & LONG_TAG) != LONG_TAG) {
		*ret_tag = data[0];
		return 1;
	}
	/* 80: leading zeros, another way to write a shorter tag */
	if (len < 2 || data[1] == MORE)
		return -EBADMSG;
	if (!(data[1] & MORE)) {
		*ret_tag = (uint32_t)data[0] << 8 | data[1];
		return 2;
	}
	if (len < 3 || data[2] & MORE)
		return -EBADMSG;
	*ret_tag = (uint32_t)data[0] << 16 | (uint32_t)data[1] << 8 | data[2];
	return 3;
}

size_t ph_tlv_tag_size(uint32_t tag)
{
	return tag > 0xffff ? 3 : tag > 0xff ? 2 : 1;
}

static bool constructed(uint32_t tag)
{
	return tag >> (8 * (ph_tlv_tag_size(tag) - 1)) & CONSTRUCTED;
}

/* A length field: its own bytes, or -EBADMSG. */
static int read_length(const uint8_t *data, size_t len, size_t *ret_length)
{
	if (!len)
		return -EBADMSG;
	if (data[0] < LENGTH_SHORT) {
		*ret_length = data[0];
		return 1;
	}
	if (data[0] == LENGTH_1 && len >= 2) {
		*ret_length = data[1];
		return 2;
	}
	if (data[0] == LENGTH_2 && len >= 3) {
		*ret_length = (size_t)data[1] << 8 | data[2];
		return 3;
	}
	return -EBADMSG;
}

int ph_tlv_next(struct ph_tlv_cursor *cursor, struct ph_tlv *ret_object)
{
	uint32_t tag;
	size_t length;

	while (cursor->at < cursor->len && !cursor->data[cursor->at])
		cursor->at++;
	if (cursor->at >= cursor->len)
		return 0;
	const uint8_t *start = cursor->data + cursor->at;
	size_t left = cursor->len - cursor->at;
	int tag_size = ph_tlv_tag(start, left, &tag);
	if (tag_size < 0)
		return tag_size;
	int length_size = read_length(start + tag_size, left - (size_t)tag_size, &length);
	if (length_size < 0)
		return length_size;
	size_t head = (size_t)tag_size + (size_t)length_size;
	if (length > left - head)
		return -EBADMSG;
	*ret_object = (struct ph_tlv){
		.tag = tag,
		.constructed = constructed(tag),
		.value = start + head,
		.len = length,
		.start = start,
		.total = head + length,
	};
	cursor->at += ret_object->total;
	return 1;
}

int ph_tlv_check(const uint8_t *data, size_t len)
{
	struct ph_tlv_cursor levels[PH_TLV_DEPTH_MAX] = {{.data = data, .len = len}};
	struct ph_tlv object;
	unsigned depth = 1, count = 0;

	while (depth) {
		int r = ph_tlv_next(&levels[depth - 1], &object);
		if (r < 0)
			return r;
		if (!r) {
			depth--;
			continue;
		}
		if (++count > PH_TLV_OBJECTS_MAX)
			return -E2BIG;
		if (!object.constructed)
			continue;
		if (depth == PH_TLV_DEPTH_MAX)
			return -E2BIG;
		levels[depth++] = (struct ph_tlv_cursor){.data = object.value, .len = object.len};
	}
	return 0;
}

int ph_tlv_find(const uint8_t *data, size_t len, uint32_t tag, struct ph_tlv *ret_object)
{
	struct ph_tlv_cursor cursor = {.data = data, .len = len};
	struct ph_tlv object;
	int r;

	while ((r = ph_tlv_next(&cursor, &object)) > 0) {
		if (object.tag == tag) {
			*ret_object = object;
			return 0;
		}
	}
	return r < 0 ? r : -ENOENT;
}

int ph_tlv_walk(struct ph_tlv_cursor *cursor, struct ph_tlv *ret_object)
{
	int r = ph_tlv_next(cursor, ret_object);

	/* into the template: where its value ends, the object behind it begins */
	if (r > 0 && ret_object->constructed)
		cursor->at -= ret_object->len;
	return r;
}

int ph_tlv_find_deep(const uint8_t *data, size_t len, uint32_t tag, struct ph_tlv *ret_object)
{
	struct ph_tlv_cursor cursor = {.data = data, .len = len};
	struct ph_tlv object;
	int r = ph_tlv_check(data, len);

	if (r < 0)
		return -EBADMSG;
	while (ph_tlv_walk(&cursor, &object) > 0) {
		if (object.tag == tag) {
			*ret_object = object;
			return 0;
		}
	}
	return -ENOENT;
}

static size_t length_size(size_t len)
{
	return len < LENGTH_SHORT ? 1 : len <= 0xff ? 2 : 3;
}

static bool room(struct ph_tlv_out *out, size_t len)
{
	if (len > out->size - out->len)
		out->full = true;
	return !out->full;
}

static void put_tag(struct ph_tlv_out *out, uint32_t tag)
{
	for (size_t i = ph_tlv_tag_size(tag); i; i--)
		out->data[out->len++] = (uint8_t)(tag >> (8 * (i - 1)));
}

static void write_length(uint8_t *at, size_t len)
{
	switch (length_size(len)) {
	case 1:
		at[0] = (uint8_t)len;
		break;
	case 2:
		at[0] = LENGTH_1;
		at[1] = (uint8_t)len;
		break;
	default:
		at[0] = LENGTH_2;
		at[1] = (uint8_t)(len >> 8);
		at[2] = (uint8_t)len;
		break;
	}
}

void ph_tlv_put(struct ph_tlv_out *out, uint32_t tag, const void *value, size_t len)
{
	if (len > PUT_VALUE_MAX)
		out->full = true;
	if (!room(out, ph_tlv_tag_size(tag) + length_size(len) + len))
		return;
	put_tag(out, tag);
	write_length(out->data + out->len, len);
	out->len += length_size(len);
	if (len)
		memcpy(out->data + out->len, value, len);
	out->len += len;
}

size_t ph_tlv_open(struct ph_tlv_out *out, uint32_t tag)
{
	if (!room(out, ph_tlv_tag_size(tag) + 1))
		return 0;
	put_tag(out, tag);
	return ++out->len;
}

void ph_tlv_close(struct ph_tlv_out *out, size_t mark)
{
	if (out->full)
		return;
	size_t len = out->len - mark;
	size_t more = length_size(len) - 1;
	if (len > PUT_VALUE_MAX)
		out->full = true;
	if (!room(out, more))
		return;
	if (more)
		memmove(out->data + mark + more, out->data + mark, len);
	write_length(out->data + mark - 1, len);
	out->len += more;
}
