// Labels and what is known of the scanner, on their way up.
#include "drivers/scanner-hid/scanner_hid.h"

#include <string.h>

void ph_hidscan_label(struct ph_device *device, const struct ph_hidscan_label *label)
{
	struct ph_hidscan *state = ph_device_state(device);
	const struct ph_symbology *symbology = label->symbology;
	char aim[4];
	struct ph_scan scan = {
		.data = label->data,
		.data_len = label->len,
		.label = label->data,
		.label_len = label->len,
		.symbology = symbology ? symbology->name : ph_symbology_unknown.name,
		.upos_type = symbology ? label->upos : PH_UPOS_UNKNOWN,
		.aim = label->aim,
	};

	if (!label->len || label->len > PH_LABEL_MAX)
		return;
	if (label->id) {
		memcpy(state->raw + (label->id_first ? label->id_len : 0), label->data, label->len);
		memcpy(state->raw + (label->id_first ? 0 : label->len), label->id, label->id_len);
		scan.data = state->raw;
		scan.data_len = label->len + label->id_len;
	}
	if (!scan.aim && symbology && ph_symbology_aim(symbology, label->upos, aim))
		scan.aim = aim;
	ph_emit_scan(device, &scan);
}

void ph_hidscan_lost(struct ph_device *device, enum ph_lost reason)
{
	ph_emit_dropped(device, 1, reason == PH_LOST_TOO_LONG ? PH_DROP_TOO_LONG : PH_DROP_GARBLED);
}

void ph_hidscan_keep(char out[PH_HIDSCAN_TEXT_MAX], const char *text, size_t len)
{
	while (len && *text == ' ') {
		text++;
		len--;
	}
	while (len && (text[len - 1] == ' ' || !text[len - 1]))
		len--;
	if (!len)
		return;
	if (len >= PH_HIDSCAN_TEXT_MAX)
		len = PH_HIDSCAN_TEXT_MAX - 1;
	memcpy(out, text, len);
	out[len] = '\0';
}

static const char *known(const char *said, const char *otherwise)
{
	return *said ? said : otherwise;
}

void ph_hidscan_tell_info(struct ph_device *device)
{
	struct ph_hidscan *state = ph_device_state(device);
	const struct ph_info info = {
		.vendor = state->maker->label,
		.model = known(state->model, ph_device_connection(device, "usb_name")),
		.serial = known(state->serial, ph_device_connection(device, "usb_serial")),
		.firmware = known(state->firmware, NULL),
		.scanner = &state->capabilities,
	};

	ph_emit_info(device, &info);
}
