// Stripe readers: who wants cards and how, and the one message to the holder; what is in it is the device process' doing.
#include "daemon/objects/msr.h"

#include "base/cleanup.h"
#include "base/secret.h"
#include "daemon/core/daemon.h"
#include "daemon/core/process.h"
#include "daemon/doors/call.h"
#include "daemon/doors/handlers.h"
#include "daemon/objects/client.h"
#include "daemon/objects/device.h"
#include "daemon/objects/lease.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRACKS_ALL 15

static char *settings_text(const struct ph_msr *msr)
{
	cJSON *params = cJSON_CreateObject();

	cJSON_AddNumberToObject(params, "tracks", msr->tracks ? msr->tracks : TRACKS_ALL);
	cJSON_AddStringToObject(params, "errors", msr->track_errors ? "track" : "card");
	cJSON_AddBoolToObject(params, "sentinels", msr->sentinels);
	cJSON_AddBoolToObject(params, "details", msr->details);
	char *text = cJSON_PrintUnformatted(params);
	cJSON_Delete(params);
	return text;
}

/* ---- what the driver is told ---- */

/* What a driver makes of it changes nothing here. */
static void on_told(void *userdata, const cJSON *result, const struct ph_failure *failure)
{
}

static void tell(struct ph_device *device)
{
	PH_CLEANUP_FREE char *settings = settings_text(&device->msr);
	bool on = device->msr.on && settings;

	if (device->unit->state == PH_DEVICE_READY)
		ph_process_request(device->unit->process, on ? "msr.enable" : "msr.disable",
			on ? settings : "{}", on ? strlen(settings) : 2, on_told, NULL);
}

static void show_enabled(struct ph_device *device)
{
	cJSON *params = cJSON_CreateObject();

	cJSON_AddStringToObject(params, "class", "msr");
	cJSON_AddBoolToObject(cJSON_AddObjectToObject(params, "status"), "enabled", device->msr.on);
	ph_unit_set_status(device->unit, params);
	cJSON_Delete(params);
}

static void switch_off(struct ph_device *device)
{
	if (!device->msr.on)
		return;
	device->msr.on = false;
	tell(device);
	show_enabled(device);
}

void ph_msr_ready(struct ph_device *device)
{
	if (device->class_ == PH_CLASS_MSR && device->msr.on)
		tell(device);
}

void ph_msr_lease_ended(struct ph_device *device)
{
	if (device->class_ != PH_CLASS_MSR)
		return;
	switch_off(device);
	device->msr = (struct ph_msr){0};
}

/* ---- calls ---- */

/* The reader has heard it: from now on a card is told in this way. */
static void on_heard(void *userdata, const cJSON *result, const struct ph_failure *failure)
{
	struct ph_call *call = userdata;

	if (failure)
		ph_call_fail_with(call, failure);
	else
		ph_call_reply(call, NULL);
}

/* A reader that is not there is told when it is. */
static void reply_when_heard(struct ph_call *call, struct ph_device *device)
{
	PH_CLEANUP_FREE char *settings = settings_text(&device->msr);

	if (device->msr.on && device->unit->state == PH_DEVICE_READY)
		ph_device_ask(call, device, "msr.enable", settings ? cJSON_Parse(settings) : NULL,
			on_heard);
	else
		ph_call_reply(call, NULL);
}

void ph_msr_enable(struct ph_call *call)
{
	struct ph_device *device = ph_call_device(call, PH_CLASS_MSR);

	if (!device || !ph_lease_required(call, device))
		return;
	bool before = device->msr.on;
	device->msr.on = true;
	if (!before)
		show_enabled(device);
	reply_when_heard(call, device);
}

void ph_msr_disable(struct ph_call *call)
{
	struct ph_device *device = ph_call_device(call, PH_CLASS_MSR);

	if (!device || !ph_lease_required(call, device))
		return;
	switch_off(device);
	ph_call_reply(call, NULL);
}

void ph_msr_configure(struct ph_call *call)
{
	const char *errors = ph_param_str(call, "errors"); /* with the device goes the call */
	struct ph_device *device = ph_call_device(call, PH_CLASS_MSR);

	if (!device || !ph_lease_required(call, device))
		return;
	struct ph_msr *msr = &device->msr;
	msr->tracks = (unsigned)ph_param_int(call, "tracks", msr->tracks);
	msr->track_errors = errors ? !strcmp(errors, "track") : msr->track_errors;
	msr->sentinels = ph_param_bool(call, "sentinels", msr->sentinels);
	msr->details = ph_param_bool(call, "details", msr->details);
	reply_when_heard(call, device);
}

/* ---- swipes ---- */

/* What a driver may say of a card; `clear` only of one that it calls clear, or in part when details are wanted. */
static const struct {
	const char *name;
	enum { ALWAYS, DETAIL, CLEAR } when;
} members[] = {
	{"kind", ALWAYS},
	{"masked_pan", ALWAYS},
	{"luhn", ALWAYS},
	{"clear", ALWAYS},
	{"tracks", ALWAYS},
	{"encrypted", ALWAYS},
	{"expiration_date", DETAIL},
	{"surname", DETAIL},
	{"first_name", DETAIL},
	{"middle_initial", DETAIL},
	{"title", DETAIL},
	{"account_number", CLEAR},
	{"service_code", CLEAR},
	{"track1", CLEAR},
	{"track2", CLEAR},
};

static cJSON *told_of(const struct ph_device *device, const cJSON *params)
{
	bool clear = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(params, "clear"));
	cJSON *data = cJSON_CreateObject();

	for (size_t i = 0; i < PH_ARRAY_SIZE(members); i++) {
		const cJSON *value = cJSON_GetObjectItemCaseSensitive(params, members[i].name);
		if (!value || (members[i].when == CLEAR && !clear) ||
			(members[i].when == DETAIL && !clear && !device->msr.details))
			continue;
		cJSON_AddItemToObject(data, members[i].name, cJSON_Duplicate(value, true));
	}
	return data;
}

/* The texts of a message are wiped before their memory is given back. */
static void wipe_texts(const cJSON *object)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, object)
	{
		if (cJSON_IsString(item))
			ph_wipe(item->valuestring, strlen(item->valuestring));
		wipe_texts(item);
	}
}

void ph_msr_swipe(struct ph_device *device, const char *topic, const cJSON *params)
{
	bool good = !strcmp(topic, "msr.data");
	struct ph_client *holder = device->lease ? device->lease->client : NULL;

	if (device->msr.on && holder && (holder->grants & PH_GRANT_BIT(PH_GRANT_CARD))) {
		cJSON *data = told_of(device, params);
		char *text = cJSON_PrintUnformatted(data);
		device->counters[good ? PH_COUNT_GOOD_CARD : PH_COUNT_FAILED_CARD]++;
		if (text) {
			ph_events_unicast(holder, topic, device->id, text, strlen(text));
			ph_wipe(text, strlen(text));
		}
		free(text);
		wipe_texts(data);
		cJSON_Delete(data);
	}
	wipe_texts(params);
}
