// Stripe readers: who wants cards and how, and the one message that tells of one, which is wiped when it is sent.
#include "base/secret.h"
#include "drivers/host/device.h"
#include "drivers/host/dispatch.h"
#include "drivers/host/message.h"

#include <errno.h>
#include <string.h>

void ph_message_msr_caps(struct ph_buf *out, const struct ph_msr_capabilities *caps)
{
	ph_buf_add_str(out, "\"msr\":{");
	ph_message_number(out, "tracks", (long)caps->tracks);
	ph_message_bool(out, "encrypts", caps->encrypts);
	ph_message_end_object(out);
}

static int call_enable(struct ph_device *device, struct ph_host_request *request)
{
	const char *errors = ph_param_get_text(request, "errors");
	struct ph_msr_settings settings = {
		.tracks = (unsigned)ph_param_get_int(request->params, "tracks", PH_TRACKS_ALL),
		.card_errors = !errors || !strcmp(errors, "card"),
		.sentinels = cJSON_IsTrue(ph_param_get(request->params, "sentinels")),
		.details = cJSON_IsTrue(ph_param_get(request->params, "details")),
	};

	if (errors && strcmp(errors, "card") != 0 && strcmp(errors, "track") != 0)
		return ph_request_refuse(device, "$.errors", "is card or track");
	int r = device->driver->msr->enable(device, &settings);
	if (r >= 0)
		device->msr_on = true;
	return r;
}

static int call_disable(struct ph_device *device, struct ph_host_request *request)
{
	device->msr_on = false;
	return device->driver->msr->enable(device, NULL);
}

static const struct ph_param enable_params[] = {{"tracks", PH_PARAM_INTEGER, false, 1, 15},
	{"errors", PH_PARAM_TEXT, false, 0, 8}, {"sentinels", PH_PARAM_BOOLEAN, false, 0, 0},
	{"details", PH_PARAM_BOOLEAN, false, 0, 0}, {0}};

const struct ph_host_method ph_msr_methods[] = {
	{"msr.enable", PH_CLASS_MSR, false, enable_params, call_enable, NULL},
	{"msr.disable", PH_CLASS_MSR, false, ph_no_params, call_disable, NULL},
	{0},
};

void ph_emit_swipe(struct ph_device *device, bool good, const char *data, size_t len)
{
	if (!device->msr_on || len > PH_SWIPE_MAX || len < 2)
		return;
	struct ph_buf *out = ph_message_begin(device, good ? "msr.data" : "msr.error");
	/* no copy of it is left behind by growing */
	if (ph_buf_reserve(out, len + 16) < 0)
		return;
	ph_buf_add(out, data + 1, len - 2);
	ph_message_finish(device);
	if (out->data)
		ph_wipe(out->data, out->size);
	ph_buf_reset(out);
}
