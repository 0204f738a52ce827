// The alarm of a drawer that is left open: it needs no application, only the device's section.
#include "base/clock.h"
#include "daemon/core/config.h"
#include "daemon/core/daemon.h"
#include "daemon/doors/call.h"
#include "daemon/doors/handlers.h"
#include "daemon/objects/audit.h"
#include "daemon/objects/drawer_private.h"

static int on_alarm(sd_event_source *source, uint64_t usec, void *userdata);

static void arm(struct ph_drawer *drawer, unsigned ms)
{
	sd_event *event = drawer->device->unit->daemon->event;

	if (!ms)
		return;
	if (!drawer->alarm) {
		sd_event_add_time_relative(event, &drawer->alarm, CLOCK_MONOTONIC, ms * 1000ull,
			10000, on_alarm, drawer);
		return;
	}
	sd_event_source_set_time_relative(drawer->alarm, ms * 1000ull);
	sd_event_source_set_enabled(drawer->alarm, SD_EVENT_ONESHOT);
}

static int on_alarm(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_drawer *drawer = userdata;
	struct ph_device *device = drawer->device;
	cJSON *data = cJSON_CreateObject();

	if (!drawer->alarms++)
		device->counters[PH_COUNT_DRAWER_LEFT_OPEN]++;
	cJSON_AddNumberToObject(
		data, "open_ms", (double)((ph_clock_mono_us() - drawer->opened_us) / 1000));
	cJSON_AddNumberToObject(data, "count", drawer->alarms);
	ph_events_publish_json(device->unit->daemon, "drawer.left_open", device->id, data);
	arm(drawer, device->unit->config->left_open_repeat_ms);
	return 0;
}

void ph_drawer_alarm_update(struct ph_drawer *drawer)
{
	if (drawer->device->drawer_open == 1) {
		drawer->opened_us = ph_clock_mono_us();
		drawer->alarms = 0;
		arm(drawer, drawer->device->unit->config->left_open_after_ms);
	} else {
		ph_drawer_alarm_done(drawer);
	}
}

void ph_drawer_alarm_done(struct ph_drawer *drawer)
{
	drawer->alarm = sd_event_source_disable_unref(drawer->alarm);
	drawer->opened_us = 0;
	drawer->alarms = 0;
}

void ph_drawer_acknowledge(struct ph_call *call)
{
	struct ph_device *device = ph_call_device(call, PH_CLASS_DRAWER);
	cJSON *result = cJSON_CreateObject();

	if (!device) {
		cJSON_Delete(result);
		return;
	}
	/* it rings no more until the drawer is opened again */
	bool stopped = device->drawer && device->drawer->alarm && device->drawer->alarms;
	if (stopped) {
		cJSON *detail = cJSON_CreateObject();
		if (ph_param_str(call, "operator"))
			cJSON_AddStringToObject(detail, "operator", ph_param_str(call, "operator"));
		ph_audit(call, device->id, "done", detail);
		ph_drawer_alarm_done(device->drawer);
	}
	cJSON_AddBoolToObject(result, "acknowledged", stopped);
	ph_call_reply(call, result);
}
