// Report descriptors, and what is read and written by them: the descriptor, then the bytes of a
// report.
#include "protocols/hid/descriptor.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct ph_hid hid;

static void use_field(const struct ph_hid_field *field, uint8_t *report, size_t len)
{
	uint8_t bytes[PH_HID_REPORT_MAX];
	uint32_t usage;
	int64_t value, back;

	if (field->count == 0 || field->bit_size == 0 || field->usage > field->usage_last)
		abort();
	size_t end = (field->bit_offset + field->count * field->bit_size + 7) / 8;
	if (end > ph_hid_report_len(&hid, field->kind, field->report_id))
		abort();
	ph_hid_get_usage(&hid, field, 0, report, len, &usage);
	if (ph_hid_get_bytes(field, report, len, bytes, sizeof bytes) > (int)sizeof bytes)
		abort();
	uint32_t last = field->count - 1;
	if (ph_hid_get(field, last, report, len, &value) < 0)
		return;
	if (ph_hid_put(field, last, value, report, len) == 0 &&
		(ph_hid_get(field, last, report, len, &back) < 0 || back != value))
		abort();
}

static void use_fields(const uint8_t *bytes, size_t len)
{
	/* in memory of just its size, so that a step beyond its end is seen */
	uint8_t *report = malloc(len ? len : 1);

	if (len)
		memcpy(report, bytes, len);
	for (unsigned i = 0; i < hid.field_count; i++)
		use_field(&hid.fields[i], report, len);
	free(report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	/* the first two bytes: how many are of the descriptor */
	if (len < 2)
		return 0;
	size_t descriptor_len = (size_t)(data[0] << 8 | data[1]);
	data += 2;
	len -= 2;
	if (descriptor_len > len)
		descriptor_len = len;
	if (ph_hid_parse(data, descriptor_len, &hid) < 0)
		return 0;
	if (hid.field_count > PH_HID_FIELDS_MAX || hid.collection_count > PH_HID_COLLECTIONS_MAX)
		abort();
	use_fields(data + descriptor_len, len - descriptor_len);
	ph_hid_is(&hid, PH_HID_SCANNER);
	ph_hid_is_vendor(&hid, 0x4b00);
	return 0;
}
