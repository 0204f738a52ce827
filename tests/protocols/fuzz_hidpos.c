// HID POS: a descriptor of any bytes, or one of the known ones, then reports of any bytes and
// times.
#include "protocols/hidpos/hidpos.h"
#include "protocols/hidpos/tunnel.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct ph_hid hid;
static struct ph_hidpos hidpos;

static void take_events(void)
{
	struct ph_hidpos_event event;
	struct ph_newland_answer answer;
	unsigned count = 0, sum = 0;

	while (ph_hidpos_next(&hidpos, &event) > 0) {
		if (++count > 2 || event.len > PH_LABEL_MAX)
			abort();
		for (size_t i = 0; i < event.len; i++)
			sum += event.data[i];
		if (event.kind == PH_HIDPOS_ANSWER)
			ph_newland_answer(event.data, event.len, &answer);
	}
	if (sum == 1)
		ph_hidpos_expect(&hidpos, PH_HIDPOS_NO_ANSWERS, 0);
}

/* A report in memory of just its size, so that a step beyond its end is seen. */
static void feed_report(const uint8_t *report, size_t len, uint8_t how, uint64_t now_ms)
{
	struct ph_newland_frame frame;
	uint8_t *exact = malloc(len ? len : 1);

	if (len)
		memcpy(exact, report, len);
	if (ph_hidpos_feed(&hidpos, exact, len, now_ms) < 0)
		abort();
	take_events();
	ph_newland_parse(exact, len, &frame);
	if (how & 1)
		ph_hidpos_late(&hidpos, now_ms + 300);
	take_events();
	if (how & 2)
		ph_hidpos_expect(&hidpos, 1 + (how >> 2) % 2, now_ms);
	free(exact);
}

static void feed_reports(const uint8_t *data, size_t len)
{
	uint64_t now_ms = 0;

	/* each report: its length, the time since the last in 8 ms, then its bytes */
	while (len >= 2) {
		size_t part = data[0] < len - 2 ? data[0] : len - 2;
		now_ms += data[1] * 8u;
		feed_report(data + 2, part, data[1], now_ms);
		data += 2 + part;
		len -= 2 + part;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ph_hidpos_quirks quirks = {0};
	struct ph_hidpos_layout layout;
	uint8_t report[PH_HID_REPORT_MAX];

	/* how many bytes are of the descriptor, and the quirks */
	if (len < 4)
		return 0;
	size_t descriptor_len = (size_t)(data[0] << 8 | data[1]);
	quirks.vendor_byte = data[2];
	quirks.extra_byte = data[3] & 1;
	data += 4;
	len -= 4;
	if (descriptor_len > len)
		descriptor_len = len;
	if (ph_hid_parse(data, descriptor_len, &hid) < 0 ||
		ph_hidpos_layout(&hid, &quirks, &layout) < 0)
		return 0;
	if (layout.data_at + layout.data_max > layout.report_len)
		abort();
	for (unsigned i = 0; i < PH_HIDPOS_ACTIONS; i++)
		ph_hidpos_output(&layout, i, report, sizeof report);
	ph_hidpos_init(&hidpos, &layout);
	feed_reports(data + descriptor_len, len - descriptor_len);
	return 0;
}
