// Scanners: delivery to the holder, duplicate window, and the few commands a scanner may know.
#include "daemon/objects/scanner.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json_flat.h"
#include "daemon/core/daemon.h"
#include "daemon/doors/call.h"
#include "daemon/doors/handlers.h"
#include "daemon/objects/client.h"
#include "daemon/objects/device.h"
#include "daemon/objects/lease.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const cJSON *member(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

static void drop(struct ph_device *device, uint64_t count, const char *reason)
{
	char data[120];

	device->counters[PH_COUNT_DROPPED_SCAN] += count;
	snprintf(data, sizeof data, "{\"count\":%llu,\"reason\":\"%s\"}", (unsigned long long)count,
		reason);
	ph_events_publish(device->unit->daemon, "scanner.dropped", device->id, data);
}

void ph_scanner_dropped(struct ph_device *device, const cJSON *params)
{
	static const char *const known[] = {"too_long", "garbled", "rate"};
	const char *reason = cJSON_GetStringValue(member(params, "reason"));
	const cJSON *count = member(params, "count");

	for (size_t i = 0; reason && i < PH_ARRAY_SIZE(known); i++)
		if (!strcmp(known[i], reason))
			drop(device,
				cJSON_IsNumber(count) && count->valueint > 0
					? (uint64_t)count->valueint
					: 1,
				reason);
}

/* True for a label equal to the last one within the window; a repeat does not restart the window. */
static bool is_repeat(struct ph_device *device, const struct ph_json_member *label)
{
	uint64_t now = ph_clock_mono_us();

	if (!device->duplicate_window_ms)
		return false;
	if (device->last_label && strlen(device->last_label) == label->value_len &&
		!memcmp(device->last_label, label->value, label->value_len) &&
		now - device->last_label_us < device->duplicate_window_ms * 1000ull)
		return true;
	free(device->last_label);
	device->last_label = strndup(label->value, label->value_len);
	device->last_label_us = now;
	return false;
}

/* What a driver may say of a label, and whether it is text or a number. */
static const struct {
	const char *name;
	bool is_string;
} known_members[] = {{"text", true}, {"data_b64", true}, {"label_b64", true}, {"symbology", true},
	{"upos_type", false}, {"aim", true}};

void ph_scanner_label(struct ph_device *device, const struct ph_json_member *members, int count)
{
	static struct ph_buf buf; /* kept: a scan allocates nothing here */
	const struct ph_json_member *label = ph_json_flat_find(members, count, "label_b64");

	if (!label || !label->is_string)
		return;
	if (!device->lease || !device->enabled) {
		drop(device, 1, device->lease ? "not_enabled" : "not_claimed");
		return;
	}
	if (is_repeat(device, label)) {
		drop(device, 1, "duplicate");
		return;
	}
	device->counters[PH_COUNT_GOOD_SCAN]++;
	ph_buf_reset(&buf);
	ph_buf_add_char(&buf, '{');
	for (size_t i = 0; i < PH_ARRAY_SIZE(known_members); i++) {
		const struct ph_json_member *m =
			ph_json_flat_find(members, count, known_members[i].name);
		if (!m || m->is_string != known_members[i].is_string)
			continue;
		ph_buf_add(&buf, m->name - 1, m->name_len + 2);
		ph_buf_add_char(&buf, ':');
		ph_buf_add(&buf, m->value, m->value_len);
		ph_buf_add_char(&buf, ',');
	}
	ph_buf_add_str(&buf, "\"age_ms\":0}");
	if (!buf.error)
		ph_events_unicast(
			device->lease->client, "scanner.data", device->id, buf.data, buf.len);
}

/* The same for a message in any form JSON allows: it is brought into ours. */
void ph_scanner_data(struct ph_device *device, const cJSON *params)
{
	struct ph_json_member members[PH_ARRAY_SIZE(known_members)];
	cJSON *flat = cJSON_CreateObject();

	for (size_t i = 0; i < PH_ARRAY_SIZE(known_members); i++) {
		const char *name = known_members[i].name;
		const cJSON *value = member(params, name);
		if (cJSON_IsString(value) && known_members[i].is_string)
			cJSON_AddStringToObject(flat, name, value->valuestring);
		else if (cJSON_IsNumber(value) && !known_members[i].is_string)
			cJSON_AddNumberToObject(flat, name, value->valueint);
	}
	PH_CLEANUP_FREE char *text = cJSON_PrintUnformatted(flat);
	cJSON_Delete(flat);
	int count = text ? ph_json_flat(text, strlen(text), members, PH_ARRAY_SIZE(members)) : 0;
	if (count > 0)
		ph_scanner_label(device, members, count);
}

/* Whether labels are delivered is known here, not in the driver. */
static void enable(struct ph_device *device, bool enabled)
{
	if (device->enabled == enabled)
		return;
	device->enabled = enabled;
	cJSON *params = cJSON_CreateObject();
	cJSON_AddStringToObject(params, "class", "scanner");
	cJSON_AddBoolToObject(cJSON_AddObjectToObject(params, "status"), "enabled", enabled);
	ph_unit_set_status(device->unit, params);
	cJSON_Delete(params);
}

void ph_scanner_lease_ended(struct ph_device *device)
{
	if (device->class_ != PH_CLASS_SCANNER)
		return;
	enable(device, false);
	device->duplicate_window_ms = 0;
	free(PH_STEAL(device->last_label));
}

static void set_enabled(struct ph_call *call, bool enabled)
{
	struct ph_device *device = ph_call_device(call, PH_CLASS_SCANNER);

	if (!device || !ph_lease_required(call, device))
		return;
	enable(device, enabled);
	ph_call_reply(call, NULL);
}

void ph_scanner_enable(struct ph_call *call)
{
	set_enabled(call, true);
}

void ph_scanner_disable(struct ph_call *call)
{
	set_enabled(call, false);
}

void ph_scanner_configure(struct ph_call *call)
{
	struct ph_device *device = ph_call_device(call, PH_CLASS_SCANNER);

	if (!device || !ph_lease_required(call, device))
		return;
	device->duplicate_window_ms =
		(unsigned)ph_param_int(call, "duplicate_window_ms", device->duplicate_window_ms);
	free(PH_STEAL(device->last_label));
	ph_call_reply(call, NULL);
}

void ph_scanner_beep(struct ph_call *call)
{
	struct ph_device *device = ph_call_device(call, PH_CLASS_SCANNER);

	if (!device || !ph_lease_required(call, device))
		return;
	const char *kind = ph_param_str(call, "kind");
	cJSON *params = cJSON_CreateObject();
	cJSON_AddStringToObject(params, "kind", kind ? kind : "good");
	ph_device_command(call, device, "scanner.beep", params);
}

void ph_scanner_trigger(struct ph_call *call)
{
	struct ph_device *device = ph_call_device(call, PH_CLASS_SCANNER);

	if (device && ph_lease_required(call, device))
		ph_device_command(call, device, "scanner.trigger", NULL);
}
