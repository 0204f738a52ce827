// The data objects of a transaction, each where it may come from; which ones there must be is for the kernel to say.
#include "protocols/emv/data.h"

#include "base/secret.h"
#include "protocols/emv/tlv.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

void ph_emv_data_init(struct ph_emv_data *data)
{
	ph_wipe(data, sizeof *data);
}

/* Where it is in the list; the count when it is not. */
static unsigned find(const struct ph_emv_data *data, uint32_t tag)
{
	unsigned i = 0;

	while (i < data->count && data->objects[i].tag != tag)
		i++;
	return i;
}

/* Closes the gap it leaves, in the bytes and in the list. */
static void drop(struct ph_emv_data *data, unsigned at)
{
	struct ph_emv_object *object = &data->objects[at];
	size_t offset = object->offset, len = object->len;

	memmove(data->hidden + offset, data->hidden + offset + len, data->used - offset - len);
	data->used = (uint16_t)(data->used - len);
	ph_wipe(data->hidden + data->used, len);
	data->count--;
	memmove(object, object + 1, (data->count - at) * sizeof *object);
	for (unsigned i = 0; i < data->count; i++)
		if (data->objects[i].offset > offset)
			data->objects[i].offset = (uint16_t)(data->objects[i].offset - len);
}

static bool fits(const struct ph_emv_data *data, size_t len)
{
	return data->count < PH_EMV_OBJECTS_MAX && len <= sizeof data->hidden - data->used;
}

static void append(struct ph_emv_data *data, enum ph_tag_source source, uint32_t tag,
	const void *value, size_t len)
{
	data->objects[data->count++] = (struct ph_emv_object){
		.tag = tag, .source = source, .offset = data->used, .len = (uint16_t)len};
	memcpy(data->hidden + data->used, value, len);
	data->used = (uint16_t)(data->used + len);
}

/* The response code is the terminal's where it decides by itself. */
static bool may_set(const struct ph_tag_info *info, enum ph_tag_source source)
{
	return info->source == source || (info->tag == PH_TAG_ARC && source == PH_FROM_TERMINAL);
}

int ph_emv_data_set(struct ph_emv_data *data, enum ph_tag_source source, uint32_t tag,
	const void *value, size_t len)
{
	const struct ph_tag_info *info = ph_tag_info(tag);
	unsigned at = find(data, tag);
	bool there = at < data->count;
	size_t old = there ? data->objects[at].len : 0;

	if (!info || !may_set(info, source) || len < info->min || len > info->max)
		return -EINVAL;
	if (there && old == len && data->objects[at].source == source) {
		memcpy(data->hidden + data->objects[at].offset, value, len);
		return 0;
	}
	if (!there && data->count == PH_EMV_OBJECTS_MAX)
		return -ENOSPC;
	if (len > sizeof data->hidden - data->used + old)
		return -ENOSPC;
	if (there)
		drop(data, at);
	append(data, source, tag, value, len);
	return 0;
}

static bool two_digits(uint8_t byte)
{
	return byte >> 4 <= 9 && (byte & 0x0f) <= 9;
}

static unsigned number_of(uint8_t bcd)
{
	return (bcd >> 4) * 10u + (bcd & 0x0f);
}

int ph_emv_date(const uint8_t bcd[3], uint32_t *ret_date)
{
	if (!two_digits(bcd[0]) || !two_digits(bcd[1]) || !two_digits(bcd[2]))
		return -EBADMSG;
	unsigned year = number_of(bcd[0]), month = number_of(bcd[1]), day = number_of(bcd[2]);
	if (month < 1 || month > 12 || day < 1 || day > 31)
		return -EBADMSG;
	*ret_date = (year + (year < 50 ? 2000 : 1900)) * 10000 + month * 100 + day;
	return 0;
}

/* Digits, then nothing but F. */
static bool is_cn(const uint8_t *value, size_t len)
{
	bool ended = false;

	for (size_t i = 0; i < 2 * len; i++) {
		unsigned digit = i % 2 ? value[i / 2] & 0x0fu : value[i / 2] >> 4u;
		if (digit > 9 && digit != 0x0f)
			return false;
		if (ended && digit != 0x0f)
			return false;
		ended = digit == 0x0f;
	}
	return true;
}

static bool well_formed(const struct ph_tag_info *info, const uint8_t *value, size_t len)
{
	uint32_t date;

	if (len < info->min || len > info->max)
		return false;
	if (info->tag == PH_TAG_EXPIRY || info->tag == PH_TAG_EFFECTIVE)
		return ph_emv_date(value, &date) == 0;
	return info->format != PH_FORMAT_CN || is_cn(value, len);
}

int ph_emv_data_take(struct ph_emv_data *data, uint32_t tag, const void *value, size_t len)
{
	const struct ph_tag_info *info = ph_tag_info(tag);

	if (!info || info->source != PH_FROM_CARD || !len)
		return 0;
	if (find(data, tag) < data->count)
		return -EEXIST;
	if (!well_formed(info, value, len))
		return info->flags & PH_ELEMENT_OPTIONAL ? 0 : -EBADMSG;
	if (!fits(data, len))
		return -ENOSPC;
	append(data, PH_FROM_CARD, tag, value, len);
	return 0;
}

int ph_emv_data_take_all(struct ph_emv_data *data, const uint8_t *value, size_t len)
{
	struct ph_tlv_cursor cursor = {.data = value, .len = len};
	struct ph_tlv object;
	int r = 0;

	if (ph_tlv_check(value, len) < 0)
		return -EBADMSG;
	while (!r && ph_tlv_walk(&cursor, &object) > 0)
		if (!object.constructed)
			r = ph_emv_data_take(data, object.tag, object.value, object.len);
	return r;
}

void ph_emv_data_drop(struct ph_emv_data *data, uint32_t tag)
{
	unsigned at = find(data, tag);

	if (at < data->count)
		drop(data, at);
}

void ph_emv_data_drop_card(struct ph_emv_data *data)
{
	for (unsigned i = data->count; i--;)
		if (data->objects[i].source == PH_FROM_CARD)
			drop(data, i);
}

const uint8_t *ph_emv_data_get(const struct ph_emv_data *data, uint32_t tag, size_t *ret_len)
{
	unsigned at = find(data, tag);
	const struct ph_emv_object *object = at < data->count ? &data->objects[at] : NULL;

	if (ret_len)
		*ret_len = object ? object->len : 0;
	return object ? data->hidden + object->offset : NULL;
}

uint64_t ph_emv_data_number(const struct ph_emv_data *data, uint32_t tag, uint64_t otherwise)
{
	size_t len;
	const uint8_t *bytes = ph_emv_data_get(data, tag, &len);
	uint64_t number = 0;

	if (!bytes || len > sizeof number)
		return otherwise;
	for (size_t i = 0; i < len; i++)
		number = number << 8 | bytes[i];
	return number;
}
