// Finds fields in the table of a report descriptor, reads and writes them in reports; the table
// comes from descriptor.c.
#include "protocols/hid/descriptor.h"

#include <errno.h>

static bool holds(const struct ph_hid_field *field, uint32_t usage)
{
	return usage >= field->usage && usage <= field->usage_last;
}

const struct ph_hid_field *ph_hid_find(const struct ph_hid *hid, enum ph_hid_kind kind,
	uint32_t usage, const struct ph_hid_field *after)
{
	const struct ph_hid_field *end = hid->fields + hid->field_count;

	for (const struct ph_hid_field *f = after ? after + 1 : hid->fields; f < end; f++)
		if (f->kind == kind && holds(f, usage))
			return f;
	return NULL;
}

const struct ph_hid_field *ph_hid_find_in(
	const struct ph_hid *hid, enum ph_hid_kind kind, uint8_t report_id, uint32_t usage)
{
	const struct ph_hid_field *field = NULL;

	do {
		field = ph_hid_find(hid, kind, usage, field);
	} while (field && field->report_id != report_id);
	return field;
}

bool ph_hid_is(const struct ph_hid *hid, uint32_t application)
{
	for (unsigned i = 0; i < hid->collection_count; i++) {
		const struct ph_hid_collection *c = &hid->collections[i];
		if (c->type == PH_HID_APPLICATION && c->usage == application)
			return true;
	}
	return false;
}

uint32_t ph_hid_is_vendor(const struct ph_hid *hid, uint16_t usage_id)
{
	for (unsigned i = 0; i < hid->collection_count; i++) {
		const struct ph_hid_collection *c = &hid->collections[i];
		if (c->type == PH_HID_APPLICATION && PH_HID_PAGE(c->usage) >= 0xff00 &&
			PH_HID_ID(c->usage) == usage_id)
			return c->usage;
	}
	return 0;
}

size_t ph_hid_report_len(const struct ph_hid *hid, enum ph_hid_kind kind, uint8_t report_id)
{
	unsigned bits = hid->report_bits[kind][report_id];

	return bits ? 1 + (bits + 7) / 8 : 0;
}

int ph_hid_index(const struct ph_hid_field *field, uint32_t usage, uint32_t *ret_index)
{
	if (!(field->flags & PH_HID_VARIABLE) || !holds(field, usage) ||
		usage - field->usage >= field->count)
		return -ENOENT;
	*ret_index = usage - field->usage;
	return 0;
}

uint32_t ph_hid_bits(const uint8_t *report, uint32_t bit_offset, unsigned bit_size)
{
	unsigned shift = bit_offset % 8;
	uint64_t value = 0;

	for (unsigned i = 0; i < (shift + bit_size + 7) / 8; i++)
		value |= (uint64_t)report[bit_offset / 8 + i] << 8 * i;
	return (uint32_t)(value >> shift & ((UINT64_C(1) << bit_size) - 1));
}

void ph_hid_set_bits(uint8_t *report, uint32_t bit_offset, unsigned bit_size, uint32_t value)
{
	unsigned shift = bit_offset % 8;
	uint64_t mask = ((UINT64_C(1) << bit_size) - 1) << shift;
	uint64_t bits = (uint64_t)value << shift & mask;

	for (unsigned i = 0; i < (shift + bit_size + 7) / 8; i++) {
		uint8_t *byte = &report[bit_offset / 8 + i];
		*byte = (uint8_t)((*byte & ~(mask >> 8 * i)) | bits >> 8 * i);
	}
}

/* Checks that the value is there and small enough to be a number. */
static int locate(
	const struct ph_hid_field *field, uint32_t index, size_t len, uint32_t *ret_bit_offset)
{
	uint32_t offset;

	if (index >= field->count)
		return -ERANGE;
	if (field->bit_size > 32)
		return -EOVERFLOW;
	offset = field->bit_offset + index * field->bit_size;
	if ((offset + field->bit_size + 7) / 8 > len)
		return -EMSGSIZE;
	*ret_bit_offset = offset;
	return 0;
}

int ph_hid_get(const struct ph_hid_field *field, uint32_t index, const uint8_t *report, size_t len,
	int64_t *ret_value)
{
	uint32_t offset;
	int r = locate(field, index, len, &offset);

	if (r < 0)
		return r;
	int64_t value = ph_hid_bits(report, offset, field->bit_size);
	if (field->logical_min < 0 && value >> (field->bit_size - 1))
		value -= INT64_C(1) << field->bit_size;
	*ret_value = value;
	return 0;
}

int ph_hid_put(const struct ph_hid_field *field, uint32_t index, int64_t value, uint8_t *report,
	size_t len)
{
	uint32_t offset;
	int r = locate(field, index, len, &offset);

	if (r < 0)
		return r;
	if (value < field->logical_min || value > field->logical_max)
		return -ERANGE;
	ph_hid_set_bits(report, offset, field->bit_size, (uint32_t)value);
	return 0;
}

int ph_hid_get_usage(const struct ph_hid *hid, const struct ph_hid_field *field, uint32_t index,
	const uint8_t *report, size_t len, uint32_t *ret_usage)
{
	const struct ph_hid_field *end = hid->fields + hid->field_count;
	int64_t value;
	int r = ph_hid_get(field, index, report, len, &value);

	if (r < 0)
		return r;
	if (field->flags & PH_HID_VARIABLE)
		return -EINVAL;
	value -= field->logical_min;
	for (const struct ph_hid_field *f = hid->fields; f < end; f++) {
		bool same = f->kind == field->kind && f->report_id == field->report_id &&
			    f->bit_offset == field->bit_offset && f->usage;
		int64_t at = value - f->array_base;
		if (same && at >= 0 && at <= (int64_t)(f->usage_last - f->usage)) {
			*ret_usage = f->usage + (uint32_t)at;
			return 0;
		}
	}
	return -ENOENT;
}

int ph_hid_get_bytes(const struct ph_hid_field *field, const uint8_t *report, size_t len,
	uint8_t *out, size_t max)
{
	uint32_t bits = field->count * field->bit_size;

	if (bits % 8)
		return -EOVERFLOW;
	if ((field->bit_offset + bits + 7) / 8 > len)
		return -EMSGSIZE;
	if (bits / 8 > max)
		return -ENOBUFS;
	for (uint32_t i = 0; i < bits / 8; i++)
		out[i] = (uint8_t)ph_hid_bits(report, field->bit_offset + i * 8, 8);
	return (int)(bits / 8);
}
