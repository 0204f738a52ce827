// Notifications of scanners: labels with what they mean, and what was dropped.
#include "base/base64.h"
#include "base/cleanup.h"
#include "base/utf8.h"
#include "drivers/host/device.h"
#include "drivers/host/message.h"
#include "protocols/gs1/check_digit.h"
#include "protocols/gs1/gs1.h"

#include <errno.h>
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

/* "gs1": the elements, or "gs1_problem": why a label that claims to be GS1's has none. */
static void add_gs1(struct ph_buf *out, const struct ph_scan *scan)
{
	struct ph_gs1 gs1;

	int r = ph_gs1_parse(
		scan->symbology, scan->aim, (const char *)scan->label, scan->label_len, &gs1);
	if (r == -ENOMSG)
		return;
	if (r < 0) {
		ph_message_member(out, "gs1_problem", gs1.reason[0] ? gs1.reason : "too long");
		return;
	}
	ph_message_key(out, "gs1");
	for (size_t i = 0; i < gs1.count; i++) {
		const struct ph_gs1_element *element = &gs1.elements[i];
		ph_buf_add_str(out, i ? ",{" : "[{");
		ph_message_member(out, "ai", element->ai);
		ph_message_member(out, "title", element->title);
		ph_message_member(out, "value", ph_gs1_value(&gs1, element));
		if (element->split)
			ph_message_number(out, "split", element->split);
		if (element->decimals >= 0)
			ph_message_number(out, "decimals", element->decimals);
		ph_message_end_object(out);
		out->len -= !out->error; /* its comma */
	}
	ph_buf_add_str(out, "],");
}

static void add_measure(
	struct ph_buf *out, const struct ph_scan_rules *rules, const char *number, size_t len)
{
	static const char *const kinds[] = {
		[PH_MEASURE_PRICE] = "price",
		[PH_MEASURE_WEIGHT] = "weight",
		[PH_MEASURE_COUNT] = "count",
	};
	struct ph_measure measure;
	int r = -ENOMSG;

	if (rules->pattern_set)
		r = ph_measure_apply(&rules->pattern, number, len, &measure);
	if (r == -ENOMSG && rules->country[0])
		r = ph_measure_by_country(rules->country, number, len, &measure);
	if (r < 0)
		return;
	ph_buf_add_str(out, "\"measure\":{");
	ph_message_member(out, "kind", kinds[measure.kind]);
	ph_message_bool(out, "verified", measure.verified);
	if (measure.verified) {
		ph_message_number(out, "value", (long)measure.value);
		ph_message_number(out, "decimals", measure.decimals);
	}
	ph_message_member(out, "item", measure.item);
	ph_message_member(out, "key", measure.key);
	ph_message_end_object(out);
}

/* Numbers with a check digit: whether it is right, and the price or weight that a shop's own numbers hold. */
static void add_number(
	struct ph_buf *out, const struct ph_scan_rules *rules, const struct ph_scan *scan)
{
	static const struct {
		const char *symbology;
		size_t len; /* of the number; an add-on may follow */
	} numbers[] = {{"ean13", 13}, {"ean8", 8}, {"upca", 12}, {"upce", 8}, {"itf", 14}};
	const char *label = (const char *)scan->label;
	char upca[PH_UPCA_LEN + 1];

	for (size_t i = 0; i < PH_ARRAY_SIZE(numbers); i++) {
		size_t len = numbers[i].len;
		size_t addon = scan->label_len - len; /* 2 or 5 digits, or none */
		if (strcmp(numbers[i].symbology, scan->symbology) != 0 || scan->label_len < len ||
			(addon && addon != 2 && addon != 5) || !ph_all_digits(label, len))
			continue;
		bool ok = !strcmp(scan->symbology, "upce") ? ph_upce_to_upca(label, len, upca) == 0
							   : ph_check_digit_ok(label, len);
		if (strcmp(scan->symbology, "itf") != 0 || (ok && scan->label_len == len))
			ph_message_bool(out, "checksum_ok", ok);
		if (ok)
			add_measure(out, rules, label, len);
		return;
	}
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
	if (scan->inferred)
		ph_message_bool(out, "inferred", true);
	add_number(out, &device->scan_rules, scan);
	add_gs1(out, scan);
	ph_message_finish(device);
}

void ph_emit_dropped(struct ph_device *device, unsigned count, enum ph_drop_reason reason)
{
	static const char *const words[] = {"too_long", "garbled", "rate", "lost"};
	struct ph_buf *out = ph_message_begin(device, "scanner.dropped");

	ph_message_number(out, "count", (long)count);
	ph_message_member(out, "reason", words[reason]);
	ph_message_finish(device);
}
