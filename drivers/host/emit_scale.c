// Answers and notifications of scales: a weight with its words, and why there is none.
#include "base/cleanup.h"
#include "drivers/host/device.h"
#include "drivers/host/message.h"

#include <stdio.h>
#include <string.h>

void ph_message_scale_caps(struct ph_buf *out, const struct ph_scale_capabilities *caps)
{
	ph_buf_add_str(out, "\"scale\":{");
	ph_message_bool(out, "zero", caps->zero);
	ph_message_bool(out, "tare", caps->tare);
	ph_message_bool(out, "digital_tare", caps->digital_tare);
	ph_message_bool(out, "live", caps->live);
	ph_message_bool(out, "stability", caps->stability);
	ph_message_list(out, "units", caps->units);
	ph_message_end_object(out);
}

static const char *state_word(enum ph_weight_state state)
{
	switch (state) {
	case PH_WEIGHT_STABLE:
		return "stable";
	case PH_WEIGHT_UNSTABLE:
		return "unstable";
	case PH_WEIGHT_ZERO:
		return "zero";
	case PH_WEIGHT_OVER:
		return "over_weight";
	case PH_WEIGHT_NOT_READY:
		return "not_ready";
	case PH_WEIGHT_UNDER_ZERO:
		return "under_zero";
	case PH_WEIGHT_UNDER_MINIMUM:
		return "under_weight";
	}
	return "not_ready";
}

static void add_weight(struct ph_buf *out, const struct ph_weight *weight)
{
	ph_message_member(out, "state", state_word(weight->state));
	ph_message_number(out, "upos_status", (long)weight->state);
	ph_message_member(out, "weight", weight->weight);
	if (weight->weight)
		ph_message_number(out, "decimals", weight->decimals);
	ph_message_member(out, "unit", weight->unit);
	ph_message_member(out, "ounces", weight->ounces);
	ph_message_bool(out, "stable", weight->stable);
	ph_message_bool(out, "net", weight->net);
	ph_message_bool(out, "zero", weight->zero);
	if (weight->stability_unknown)
		ph_message_bool(out, "stability_unknown", true);
	if (weight->unchanged)
		ph_message_bool(out, "unchanged", true);
	if (weight->high_range)
		ph_message_bool(out, "high_range", true);
	ph_message_member(out, "tare", weight->tare);
	ph_message_member(out, "unit_price", weight->unit_price);
	ph_message_member(out, "total", weight->total);
}

static void reply(struct ph_device *device, struct ph_buf *result)
{
	char id[PH_REQUEST_ID_SIZE];

	snprintf(id, sizeof id, "%s", device->scale_id);
	device->scale_id[0] = '\0';
	if (result->error)
		ph_device_reply_error(device, id, PH_E_FAILURE, NULL, "out of memory");
	else
		ph_device_reply(device, id, result->data);
}

void ph_scale_weighed(struct ph_device *device, const struct ph_weight *weight)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf result = PH_BUF_INIT;

	if (!device->scale_id[0])
		return;
	ph_buf_add_char(&result, '{');
	add_weight(&result, weight);
	if (!result.error)
		result.len--; /* the comma behind the last member */
	ph_buf_add_char(&result, '}');
	reply(device, &result);
}

void ph_scale_done(struct ph_device *device)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf result = PH_BUF_INIT;

	if (!device->scale_id[0])
		return;
	ph_buf_add_str(&result, "{}");
	reply(device, &result);
}

static void refuse_extended(struct ph_device *device, const char *word, const char *message)
{
	struct ph_buf *out = &device->out;
	char name[48];

	snprintf(name, sizeof name, "Extended.%.32s", word);
	ph_buf_reset(out);
	ph_buf_printf(out, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":%d,",
		device->scale_id, ph_error_code(PH_E_EXTENDED));
	ph_message_member(out, "message", message);
	ph_buf_add_str(out, "\"data\":{");
	ph_message_member(out, "name", name);
	ph_buf_add_str(out, "\"retryable\":true}}}\n");
	if (!out->error)
		device->io->send(device, out->data, out->len);
}

void ph_scale_refuse(
	struct ph_device *device, enum ph_error error, const char *word, const char *message)
{
	if (!device->scale_id[0])
		return;
	if (error == PH_E_EXTENDED && word)
		refuse_extended(device, word, message);
	else
		ph_device_reply_error(device, device->scale_id, error, NULL, message);
	device->scale_id[0] = '\0';
}

void ph_device_scale_lost(struct ph_device *device)
{
	device->scale_live = false;
	if (device->io)
		ph_scale_refuse(device, PH_E_OFFLINE, NULL, "the link to the scale was lost");
}

void ph_emit_weight(struct ph_device *device, const struct ph_weight *weight)
{
	if (!device->scale_live || !(device->classes & PH_CLASS_BIT(PH_CLASS_SCALE)))
		return;
	struct ph_buf *out = ph_message_begin(device, "scale.weight");
	add_weight(out, weight);
	ph_message_finish(device);
}
