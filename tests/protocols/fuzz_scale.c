// Any bytes into each scale protocol: at once and byte by byte read the same, and no refusal carries a number.
#include "protocols/scale/hid_scale.h"
#include "protocols/scale/scale.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define READINGS_MAX 512

static void check(const struct ph_scale_reading *reading)
{
	char text[PH_SCALE_TEXT_MAX];

	ph_scale_number_text(&reading->weight, text);
	if (strlen(text) >= sizeof text || (reading->kind == PH_SCALE_WEIGHT) != (text[0] != 0))
		abort();
	if (reading->weight.digits[0] && (reading->over || reading->under_zero))
		abort();
	if (reading->stable && reading->motion)
		abort();
}

static size_t run(const struct ph_scale_protocol *protocol, const uint8_t *data, size_t len,
	size_t chunk, struct ph_scale_reading *out)
{
	struct ph_scale scale;
	size_t count = 0;

	ph_scale_init(&scale, protocol, PH_SCALE_UNIT_NONE, 2);
	while (len) {
		size_t n = ph_scale_feed(&scale, data, chunk < len ? chunk : len);
		data += n;
		len -= n;
		while (count < READINGS_MAX && ph_scale_next(&scale, &out[count]))
			check(&out[count++]);
		if (count == READINGS_MAX)
			break;
	}
	return count;
}

static void run_hid(const uint8_t *data, size_t len)
{
	struct ph_hid_scale scale;
	struct ph_scale_reading reading;

	ph_hid_scale_init(&scale, &ph_hid_scale_usual);
	for (size_t i = 0; i < len; i += 6)
		if (ph_hid_scale_report(&scale, data + i, len - i < 6 ? len - i : 6, &reading) > 0)
			check(&reading);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct ph_scale_reading whole[READINGS_MAX], single[READINGS_MAX];

	if (len < 1)
		return 0;
	const struct ph_scale_protocol *protocol =
		&ph_scale_protocols[data[0] % ph_scale_protocol_count];
	size_t count = run(protocol, data + 1, len - 1, 100, whole);
	/* a check byte that may not come is decided by what is there: only this one depends on the chunks */
	size_t again = run(protocol, data + 1, len - 1, 1, single);
	if (count != again)
		abort();
	for (size_t i = 0; i < count; i++)
		if (whole[i].kind != single[i].kind ||
			strcmp(whole[i].weight.digits, single[i].weight.digits) != 0)
			abort();
	run_hid(data, len);
	return 0;
}
