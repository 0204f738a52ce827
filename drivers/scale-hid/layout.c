// Reads the fields of a HID scale out of its descriptor; what the values mean is the codec's.
#include "drivers/scale-hid/layout.h"

#include "protocols/hid/descriptor.h"

#include <errno.h>
#include <string.h>

#define WEIGHT_PAGE(id) PH_HID_USAGE(0x8d, id)

enum usage {
	USAGE_DATA_WEIGHT = 0x40,
	USAGE_SCALING = 0x41,
	USAGE_UNIT_FIRST = 0x51,
	USAGE_STATUS_FIRST = 0x71,
	USAGE_ZERO_SCALE = 0x80,
};

/* A field at its place behind the report id. -ENOTSUP when it is not one value of at most 32 bits. */
static int place(const struct ph_hid_field *field, uint32_t index, struct ph_hid_scale_field *out)
{
	uint32_t bit = field->bit_offset - 8 + index * field->bit_size;

	if (field->bit_size > 32 || index >= field->count || bit > UINT16_MAX)
		return -ENOTSUP;
	*out = (struct ph_hid_scale_field){(uint16_t)bit, (uint8_t)field->bit_size};
	return 0;
}

/* A value that is one of a list: its first usage must be the value 1. */
static int find_list(
	const struct ph_hid *hid, uint8_t report, uint16_t first, struct ph_hid_scale_field *out)
{
	const struct ph_hid_field *field =
		ph_hid_find_in(hid, PH_HID_INPUT, report, WEIGHT_PAGE(first));

	if (!field || (field->flags & (PH_HID_VARIABLE | PH_HID_CONSTANT)) || field->array_base ||
		field->usage != WEIGHT_PAGE(first) || field->logical_min != 1)
		return -ENOTSUP;
	return place(field, 0, out);
}

static int find_value(
	const struct ph_hid *hid, uint8_t report, uint16_t usage, struct ph_hid_scale_field *out)
{
	const struct ph_hid_field *field =
		ph_hid_find_in(hid, PH_HID_INPUT, report, WEIGHT_PAGE(usage));
	uint32_t index;

	if (!field || !(field->flags & PH_HID_VARIABLE) ||
		ph_hid_index(field, WEIGHT_PAGE(usage), &index) < 0)
		return -ENOTSUP;
	return place(field, index, out);
}

/* Only some have it; one whose bit cannot be set has none. */
static void find_zero(const struct ph_hid *hid, struct ph_hid_scale_layout *layout)
{
	const struct ph_hid_field *field =
		ph_hid_find(hid, PH_HID_OUTPUT, WEIGHT_PAGE(USAGE_ZERO_SCALE), NULL);
	uint32_t index;

	if (!field || field->bit_size != 1 || (field->flags & PH_HID_CONSTANT) ||
		ph_hid_index(field, WEIGHT_PAGE(USAGE_ZERO_SCALE), &index) < 0 ||
		place(field, index, &layout->zero) < 0)
		return;
	layout->control = field->report_id;
	layout->has_zero = true;
}

static int read_fields(const struct ph_hid *hid, struct ph_hid_scale_layout *layout)
{
	const struct ph_hid_field *weight =
		ph_hid_find(hid, PH_HID_INPUT, WEIGHT_PAGE(USAGE_DATA_WEIGHT), NULL);

	if (!ph_hid_is(hid, PH_HID_SCALE) || !weight)
		return -ENOTSUP;
	layout->report = weight->report_id;
	if (find_value(hid, weight->report_id, USAGE_DATA_WEIGHT, &layout->weight) < 0 ||
		find_value(hid, weight->report_id, USAGE_SCALING, &layout->exponent) < 0 ||
		find_list(hid, weight->report_id, USAGE_STATUS_FIRST, &layout->status) < 0 ||
		find_list(hid, weight->report_id, USAGE_UNIT_FIRST, &layout->unit) < 0)
		return -ENOTSUP;
	find_zero(hid, layout);
	return 0;
}

int ph_hid_scale_layout_read(
	const uint8_t *descriptor, size_t len, struct ph_hid_scale_layout *ret_layout)
{
	struct ph_hid_scale_layout layout = {0};
	struct ph_hid hid;

	int r = ph_hid_parse(descriptor, len, &hid);
	if (r >= 0)
		r = read_fields(&hid, &layout);
	if (r >= 0)
		*ret_layout = layout;
	return r;
}

bool ph_hid_scale_suits(const uint8_t *descriptor, size_t len)
{
	struct ph_hid hid;

	return ph_hid_parse(descriptor, len, &hid) >= 0 && ph_hid_is(&hid, PH_HID_SCALE);
}
