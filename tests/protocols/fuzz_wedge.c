// Keys of a wedge, four bytes each: code, what happens, character, milliseconds since the last. The first byte sets options.
#include "protocols/wedge/wedge.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(int r, const struct ph_wedge_event *event)
{
	if (!r || event->kind != PH_WEDGE_LABEL)
		return;
	if (!event->len || event->len > PH_LABEL_MAX || !ph_utf8_valid(event->label, event->len))
		abort();
	ph_wedge_infer(event->label, event->len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct ph_wedge wedge;
	struct ph_wedge_options options = {.function_keys = {0x1d, 0x80, 0xff}};
	struct ph_wedge_event event = {.len = 0};
	uint64_t now = 0;

	if (!len)
		return 0;
	options.shared = data[0] & 1;
	options.tab = data[0] & 2;
	options.idle_ms = data[0] >> 2;
	ph_wedge_init(&wedge, &options);
	for (data++, len--; len >= 4; data += 4, len -= 4) {
		const struct ph_wedge_key key = {
			.code = data[0],
			.value = data[1] & 3,
			.ctrl = data[1] & 4,
			.codepoint = data[1] & 8 ? data[2] * 8599u : data[2],
			.time_us = now += data[3] * 1000u,
		};
		if (data[1] == 0xff)
			check(ph_wedge_dropped(&wedge, now, &event), &event);
		else
			check(ph_wedge_key(&wedge, &key, &event), &event);
	}
	now = ph_wedge_deadline(&wedge);
	if (now == UINT64_MAX)
		return 0;
	check(ph_wedge_tick(&wedge, now, &event), &event);
	if (ph_wedge_deadline(&wedge) != UINT64_MAX)
		abort();
	return 0;
}
