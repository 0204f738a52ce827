// Notifications of scanners: labels with what they mean, and what was dropped.
#include "base/base64.h"
#include "base/cleanup.h"
#include "base/utf8.h"
#include "drivers/host/device.h"
#include "drivers/host/message.h"

#include <string.h>

#define RATE_WINDOW_MS 1000

void ph_message_scanner_caps(struct ph_buf *out, const struct ph_scanner_capabilities *caps)
{
	ph_buf_add_str(out, "\"scanner\":{");
	ph_message_list(out, "symbologies", caps->symbologies);
	ph_message_bool(out, "trigger", caps->trigger);
	ph_message_bool(out, "beep", caps->beep);
	ph_message_bool(out, "enable", caps->enable);
	ph_message_bool(out, "symbology", caps->symbology);
	ph_message_end_object(out);
}

/* Printable text with the separators of GS1 and ISO 15434; everything else travels as bytes only. */
static bool is_text(const uint8_t *label, size_t len)
{
	const uint32_t controls = 1u << 4 | 1u << 9 | 1u << 10 | 1u << 13 | 0xf0000000u;
	bool ascii = true;

	for (size_t i = 0; i < len; i++) {
		if (label[i] < 0x20 && !(controls >> label[i] & 1))
			return false;
		ascii = ascii && label[i] < 0x80;
	}
	return ascii || ph_utf8_valid((const char *)label, len);
}

/* Whether one more scan is within the rate; what is above is counted and reported when the second is over. */
static bool rate_allows(struct ph_device *device)
{
	uint64_t now = device->io->now_ms(device);

	if (now - device->rate_start_ms >= RATE_WINDOW_MS) {
		device->rate_start_ms = now;
		device->rate_count = 0;
	}
	if (++device->rate_count <= PH_SCAN_RATE_MAX)
		return true;
	if (!device->rate_dropped++)
		device->io->report_in(device, RATE_WINDOW_MS);
	return false;
}

void ph_device_report(struct ph_device *device)
{
	unsigned count = device->rate_dropped;

	device->rate_dropped = 0;
	if (count)
		ph_emit_dropped(device, count, PH_DROP_RATE);
}

void ph_emit_scan(struct ph_device *device, const struct ph_scan *scan)
{
	if (device->scanner_off || !rate_allows(device))
		return;
	struct ph_buf *out = ph_message_begin(device, "scanner.data");
	ph_buf_add_str(out, "\"data_b64\":\"");
	ph_buf_add_base64(out, scan->data, scan->data_len);
	ph_buf_add_str(out, "\",\"label_b64\":\"");
	ph_buf_add_base64(out, scan->label, scan->label_len);
	ph_buf_add_str(out, "\",");
	if (is_text(scan->label, scan->label_len)) {
		ph_message_key(out, "text");
		ph_buf_add_json_str(out, (const char *)scan->label, scan->label_len);
		ph_buf_add_char(out, ',');
	}
	ph_message_member(out, "symbology", scan->symbology);
	ph_message_number(out, "upos_type", scan->upos_type);
	ph_message_member(out, "aim", scan->aim);
	ph_message_finish(device);
}

void ph_emit_dropped(struct ph_device *device, unsigned count, enum ph_drop_reason reason)
{
	static const char *const words[] = {"too_long", "garbled", "rate"};
	struct ph_buf *out = ph_message_begin(device, "scanner.dropped");

	ph_message_number(out, "count", (long)count);
	ph_message_member(out, "reason", words[reason]);
	ph_message_finish(device);
}
