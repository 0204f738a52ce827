// Any bytes as TLV: what passes the check can be walked, found, taken as data, and written again.
#include "protocols/emv/data.h"
#include "protocols/emv/tlv.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void walk(const uint8_t *data, size_t len)
{
	struct ph_tlv_cursor cursor = {.data = data, .len = len};
	struct ph_tlv object, found;
	uint8_t copy[4096];
	unsigned count = 0;
	int r;

	while ((r = ph_tlv_walk(&cursor, &object)) > 0) {
		if (object.start < data || object.value + object.len > data + len ||
			++count > PH_TLV_OBJECTS_MAX)
			abort();
		if (ph_tlv_find_deep(data, len, object.tag, &found) || found.start > object.start)
			abort();
		struct ph_tlv_out out = {.data = copy, .size = sizeof copy};
		ph_tlv_put(&out, object.tag, object.value, object.len);
		if (out.full)
			continue;
		if (ph_tlv_find(copy, out.len, object.tag, &found) || found.len != object.len ||
			memcmp(found.value, object.value, found.len) != 0)
			abort();
	}
	if (r < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct ph_emv_data objects;
	struct ph_tlv_cursor cursor = {.data = data, .len = len};
	struct ph_tlv object;

	while (ph_tlv_next(&cursor, &object) > 0)
		if (object.value + object.len > data + len)
			abort();
	if (!ph_tlv_check(data, len))
		walk(data, len);
	ph_emv_data_init(&objects);
	ph_emv_data_set(&objects, PH_FROM_TERMINAL, PH_TAG_TVR, "12345", 5);
	ph_emv_data_take_all(&objects, data, len);
	if (memcmp(ph_emv_data_get(&objects, PH_TAG_TVR, NULL), "12345", 5) != 0)
		abort();
	ph_emv_data_drop_card(&objects);
	if (objects.count != 1 || objects.used != 5)
		abort();
	return 0;
}
