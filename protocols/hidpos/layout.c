// Finds in a report descriptor where a HID POS scanner keeps what; decoding the reports is in
// hidpos.c.
#include "protocols/hidpos/hidpos.h"

#include "base/cleanup.h"

#include <errno.h>

#define USAGE(id)     PH_HID_USAGE(0x8c, id)
#define IDENTIFIER_1  USAGE(0xfb)
#define DECODED_DATA  USAGE(0xfe)
#define CONTINUED     USAGE(0xff)
#define BYTE_COUNT    PH_HID_USAGE(0x01, 0x3b) /* of the generic desktop page */
#define REPORT_TUNNEL 0xfd
#define REPORT_SELECT 0xfe

static const uint32_t action_usages[PH_HIDPOS_ACTIONS] = {
	[PH_HIDPOS_RESET] = USAGE(0x5e),
	[PH_HIDPOS_PREVENT_READ] = USAGE(0x5f),
	[PH_HIDPOS_INITIATE_READ] = USAGE(0x60),
	[PH_HIDPOS_ERROR_BEEP] = USAGE(0x85),
	[PH_HIDPOS_GOOD_READ_BEEP] = USAGE(0x86),
	[PH_HIDPOS_NOT_ON_FILE_BEEP] = USAGE(0x87),
};

static const struct ph_hid_field *find_data(const struct ph_hid *hid)
{
	const struct ph_hid_field *field = NULL;

	do {
		field = ph_hid_find(hid, PH_HID_INPUT, DECODED_DATA, field);
	} while (field && field->application != PH_HID_SCANNER);
	return field;
}

/* Where the value of `usage` is in the report of the data. */
static struct ph_hidpos_place place(
	const struct ph_hid *hid, const struct ph_hid_field *data, uint32_t usage)
{
	const struct ph_hid_field *field =
		ph_hid_find_in(hid, PH_HID_INPUT, data->report_id, usage);
	uint32_t index;

	if (!field || field->bit_size > 32 || ph_hid_index(field, usage, &index) < 0)
		return (struct ph_hidpos_place){0};
	return (struct ph_hidpos_place){
		.bit_offset = field->bit_offset + index * field->bit_size,
		.bit_size = (uint8_t)field->bit_size,
	};
}

static void find_aim(
	const struct ph_hid *hid, const struct ph_hid_field *data, struct ph_hidpos_layout *layout)
{
	struct ph_hidpos_place aim[3];

	for (uint32_t i = 0; i < 3; i++) {
		aim[i] = place(hid, data, IDENTIFIER_1 + i);
		if (aim[i].bit_size != 8)
			return;
	}
	for (unsigned i = 0; i < 3; i++)
		layout->aim[i] = aim[i];
}

static void find_outputs(const struct ph_hid *hid, struct ph_hidpos_layout *layout)
{
	for (unsigned i = 0; i < PH_HIDPOS_ACTIONS; i++) {
		const struct ph_hid_field *field =
			ph_hid_find(hid, PH_HID_OUTPUT, action_usages[i], NULL);
		uint32_t index;
		if (!field || field->flags & PH_HID_CONSTANT || field->bit_size > 32 ||
			ph_hid_index(field, action_usages[i], &index) < 0)
			continue;
		layout->outputs[i] = (struct ph_hidpos_output){
			.report_id = field->report_id,
			.report_len =
				(uint16_t)ph_hid_report_len(hid, PH_HID_OUTPUT, field->report_id),
			.bit_offset = field->bit_offset + index * field->bit_size,
		};
	}
}

static bool covers(struct ph_hidpos_place place, uint16_t byte)
{
	return place.bit_size && place.bit_offset < (byte + 1u) * 8 &&
	       place.bit_offset + place.bit_size > byte * 8u;
}

static int apply_quirks(struct ph_hidpos_layout *layout, const struct ph_hidpos_quirks *quirks)
{
	uint16_t byte = quirks->vendor_byte;
	bool taken;

	if (quirks->extra_byte && layout->data_max > 1) {
		for (unsigned i = 0; i < PH_ARRAY_SIZE(layout->aim); i++)
			layout->aim[i].bit_offset += 8;
		layout->data_at++;
		layout->data_max--;
	}
	if (byte == 0)
		return 0;
	taken = (byte >= layout->data_at && byte < layout->data_at + layout->data_max) ||
		covers(layout->length, byte) || covers(layout->more, byte);
	for (unsigned i = 0; i < PH_ARRAY_SIZE(layout->aim); i++)
		taken |= covers(layout->aim[i], byte);
	if (taken || byte >= layout->report_len)
		return -EINVAL;
	layout->vendor_at = byte;
	return 0;
}

int ph_hidpos_layout(const struct ph_hid *hid, const struct ph_hidpos_quirks *quirks,
	struct ph_hidpos_layout *ret_layout)
{
	const struct ph_hid_field *data = find_data(hid);
	struct ph_hidpos_layout layout = {0};
	int r = 0;

	if (!data)
		return -ENOENT;
	if (data->bit_size != 8 || data->bit_offset % 8)
		return -ENOTSUP;
	layout.report_id = data->report_id;
	layout.report_len = (uint16_t)ph_hid_report_len(hid, PH_HID_INPUT, data->report_id);
	layout.data_at = (uint16_t)(data->bit_offset / 8);
	layout.data_max = (uint16_t)data->count;
	layout.length = place(hid, data, BYTE_COUNT);
	layout.more = place(hid, data, CONTINUED);
	find_aim(hid, data, &layout);
	find_outputs(hid, &layout);
	layout.tunnel_len = (uint16_t)ph_hid_report_len(hid, PH_HID_OUTPUT, REPORT_TUNNEL);
	layout.has_interface_select = ph_hid_report_len(hid, PH_HID_FEATURE, REPORT_SELECT) > 0;
	if (quirks)
		r = apply_quirks(&layout, quirks);
	if (r < 0)
		return r;
	*ret_layout = layout;
	return 0;
}
