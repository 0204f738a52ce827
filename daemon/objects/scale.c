// Scales: reading, zero, tare and live weight for the holder; the weight itself passes through untouched.
#include "daemon/objects/scale.h"

#include "base/cleanup.h"
#include "daemon/core/daemon.h"
#include "daemon/core/process.h"
#include "daemon/doors/call.h"
#include "daemon/doors/handlers.h"
#include "daemon/objects/audit.h"
#include "daemon/objects/client.h"
#include "daemon/objects/device.h"
#include "daemon/objects/lease.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 64 /* bytes of a text of a weight that are believed */

/* What a driver may say of a weight. */
static const struct {
	const char *name;
	enum ph_value_type type;
} members[] = {
	{"state", PH_VALUE_STRING},
	{"upos_status", PH_VALUE_INT},
	{"weight", PH_VALUE_STRING},
	{"decimals", PH_VALUE_INT},
	{"unit", PH_VALUE_STRING},
	{"ounces", PH_VALUE_STRING},
	{"stable", PH_VALUE_BOOL},
	{"net", PH_VALUE_BOOL},
	{"zero", PH_VALUE_BOOL},
	{"unchanged", PH_VALUE_BOOL},
	{"stability_unknown", PH_VALUE_BOOL},
	{"high_range", PH_VALUE_BOOL},
	{"tare", PH_VALUE_STRING},
	{"unit_price", PH_VALUE_STRING},
	{"total", PH_VALUE_STRING},
};

static bool is_believed(const cJSON *value, enum ph_value_type type)
{
	if (type == PH_VALUE_STRING)
		return cJSON_IsString(value) && strlen(value->valuestring) <= TEXT_MAX;
	return type == PH_VALUE_INT ? cJSON_IsNumber(value) : cJSON_IsBool(value);
}

/* NULL for a message that is no weight. */
static cJSON *weight_of(const cJSON *said)
{
	static const char *const needed[] = {"state", "upos_status", "stable", "net", "zero"};
	cJSON *weight = cJSON_CreateObject();

	for (size_t i = 0; i < PH_ARRAY_SIZE(members); i++) {
		const cJSON *value = cJSON_GetObjectItemCaseSensitive(said, members[i].name);
		if (is_believed(value, members[i].type))
			cJSON_AddItemToObject(
				weight, members[i].name, cJSON_Duplicate(value, false));
	}
	for (size_t i = 0; i < PH_ARRAY_SIZE(needed); i++)
		if (!cJSON_HasObjectItem(weight, needed[i])) {
			cJSON_Delete(weight);
			return NULL;
		}
	return weight;
}

static void on_read_done(void *userdata, const cJSON *result, const struct ph_failure *failure)
{
	struct ph_call *call = userdata;
	struct ph_device *device = ph_device_find(call->daemon, ph_param_str(call, "device"));
	cJSON *weight = failure ? NULL : weight_of(result);

	if (device) {
		device->counters[weight ? PH_COUNT_GOOD_WEIGHT : PH_COUNT_FAILED_WEIGHT]++;
		snprintf(device->trouble, sizeof device->trouble, "%s",
			failure ? failure->name : "");
	}
	if (failure)
		ph_call_fail_with(call, failure);
	else if (!weight)
		ph_call_fail(call, PH_E_FAILURE, "the driver answers without a weight");
	else
		ph_call_reply(call, weight);
}

void ph_scale_read(struct ph_call *call)
{
	struct ph_device *device = ph_call_device(call, PH_CLASS_SCALE);

	if (!device || !ph_lease_required(call, device))
		return;
	cJSON *params = cJSON_CreateObject();
	if (ph_param(call, "timeout_ms"))
		cJSON_AddNumberToObject(
			params, "timeout_ms", (double)ph_param_int(call, "timeout_ms", 0));
	if (ph_param_bool(call, "live", false))
		cJSON_AddTrueToObject(params, "live");
	ph_device_ask(call, device, "scale.read", params, on_read_done);
}

/* Zero and tare have legal effect: who did it stands in the audit trail. */
static void on_effect_done(void *userdata, const cJSON *result, const struct ph_failure *failure)
{
	struct ph_call *call = userdata;
	struct ph_device *device = ph_device_find(call->daemon, ph_param_str(call, "device"));
	cJSON *detail = NULL;

	if (ph_param_str(call, "tare"))
		cJSON_AddStringToObject(
			detail = cJSON_CreateObject(), "tare", ph_param_str(call, "tare"));
	if (device)
		ph_audit(call, device->id, failure ? failure->name : "done", PH_STEAL(detail));
	cJSON_Delete(detail);
	if (failure)
		ph_call_fail_with(call, failure);
	else
		ph_call_reply(call, NULL);
}

void ph_scale_zero(struct ph_call *call)
{
	struct ph_device *device = ph_call_device(call, PH_CLASS_SCALE);

	if (device && ph_lease_required(call, device))
		ph_device_ask(call, device, "scale.zero", NULL, on_effect_done);
}

void ph_scale_tare(struct ph_call *call)
{
	struct ph_device *device = ph_call_device(call, PH_CLASS_SCALE);

	if (!device || !ph_lease_required(call, device))
		return;
	cJSON *params = cJSON_CreateObject();
	if (ph_param_str(call, "tare"))
		cJSON_AddStringToObject(params, "tare", ph_param_str(call, "tare"));
	ph_device_ask(call, device, "scale.tare", params, on_effect_done);
}

/* ---- live weight ---- */

static void on_live_done(void *userdata, const cJSON *result, const struct ph_failure *failure)
{
	struct ph_call *call = userdata;
	struct ph_device *device = ph_device_find(call->daemon, ph_param_str(call, "device"));

	if (!failure) {
		ph_call_reply(call, NULL);
		return;
	}
	if (device && ph_lease_held_by(device, call->client))
		device->scale_live = false;
	ph_call_fail_with(call, failure);
}

static cJSON *live_params(bool on)
{
	cJSON *params = cJSON_CreateObject();

	cJSON_AddBoolToObject(params, "on", on);
	return params;
}

void ph_scale_live(struct ph_call *call)
{
	bool on = ph_param_bool(call, "on", true);
	struct ph_device *device = ph_call_device(call, PH_CLASS_SCALE);

	if (!device || !ph_lease_required(call, device))
		return;
	device->scale_live = on && device->unit->state == PH_DEVICE_READY;
	ph_device_ask(call, device, "scale.live", live_params(on), on_live_done);
}

/* What a driver makes of it changes nothing here. */
static void on_told(void *userdata, const cJSON *result, const struct ph_failure *failure)
{
}

static void tell_live(struct ph_device *device, bool on)
{
	const char *params = on ? "{\"on\":true}" : "{\"on\":false}";

	if (device->unit->state == PH_DEVICE_READY)
		ph_process_request(
			device->unit->process, "scale.live", params, strlen(params), on_told, NULL);
}

void ph_scale_ready(struct ph_device *device)
{
	if (device->scale_live)
		tell_live(device, true);
}

void ph_scale_lease_ended(struct ph_device *device)
{
	if (!device->scale_live)
		return;
	device->scale_live = false;
	tell_live(device, false);
}

void ph_scale_weight(struct ph_device *device, const cJSON *params)
{
	if (!device->lease || !device->scale_live)
		return;
	cJSON *weight = weight_of(params);
	PH_CLEANUP_FREE char *text = weight ? cJSON_PrintUnformatted(weight) : NULL;
	cJSON_Delete(weight);
	if (text)
		ph_events_unicast(
			device->lease->client, "scale.weight", device->id, text, strlen(text));
}
