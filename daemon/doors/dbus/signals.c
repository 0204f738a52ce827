// Events to the peer they belong to: typed signals where the table has one, else Manager.Event.
#include "daemon/doors/dbus/internal.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define END                                                                                        \
	{                                                                                          \
		.name = NULL                                                                       \
	}

static const struct ph_field scanner_data[] = {
	{"text", PH_VALUE_STRING, true, 0, 0, NULL, "the label as text, empty when it is none"},
	{"label_b64", PH_VALUE_BYTES, true, 0, 0, NULL, "the label's bytes"},
	{"symbology", PH_VALUE_STRING, true, 0, 0, NULL, "ean13, code128 ..."},
	END,
};
static const struct ph_field msr_data[] = {
	{"kind", PH_VALUE_STRING, true, 0, 0, NULL, "bank, aamva or other"},
	{"masked_pan", PH_VALUE_STRING, true, 0, 0, NULL, "411111******1111, or empty"},
	END,
};
static const struct ph_field scale_weight[] = {
	{"weight", PH_VALUE_STRING, true, 0, 0, NULL, "as the device sent it, empty for no number"},
	{"unit", PH_VALUE_STRING, true, 0, 0, NULL, "kg, lb ..., empty when unknown"},
	{"state", PH_VALUE_STRING, true, 0, 0, NULL, "stable, unstable, zero, over_weight ..."},
	END,
};
static const struct ph_field job_state[] = {
	{"job", PH_VALUE_STRING, true, 0, 0, NULL, "job id, as Print returned it"},
	{"state", PH_VALUE_STRING, true, 0, 0, NULL, "job state"},
	END,
};
static const struct ph_field nothing[] = {END};

const struct ph_dbus_signal ph_dbus_signals[] = {
	{"scanner.data", "Scanner", "Data", false, scanner_data,
		"A scanned label, to the holder of the lease while the scanner is enabled."},
	{"msr.data", "Msr", "Data", false, msr_data,
		"A swiped card, to the holder of the lease while the reader is enabled."},
	{"msr.error", "Msr", "Error", false, nothing,
		"A card that could not be read, to the same."},
	{"scale.weight", "Scale", "Weight", false, scale_weight,
		"The plate changed, to the holder of the lease while live weight is on."},
	{"job.state", "Printer", "JobState", true, job_state,
		"A job changed its state, to the peer that printed it."},
	{"lease.requested", "Device", "LeaseRequested", false, nothing,
		"Another program waits for the device; without Retain within 3 s it gets it."},
	{"lease.lost", "Device", "LeaseLost", false, nothing, "The lease is over."},
};
const size_t ph_dbus_signals_count = PH_ARRAY_SIZE(ph_dbus_signals);

PH_DEFINE_CLEANUP(cJSON *, cJSON_Delete)
PH_DEFINE_CLEANUP(sd_bus_message *, sd_bus_message_unref)

static const struct ph_dbus_signal *find(const struct ph_event *event)
{
	for (size_t i = 0; i < ph_dbus_signals_count; i++)
		if (!strcmp(event->topic, ph_dbus_signals[i].topic))
			return event->unicast || !ph_dbus_signals[i].unicast_only
				       ? &ph_dbus_signals[i]
				       : NULL;
	return NULL;
}

static int new_signal(struct ph_dbus_peer *peer, const char *path, const char *noun,
	const char *member, sd_bus_message **ret)
{
	PH_CLEANUP(sd_bus_message_unref_p) sd_bus_message *message = NULL;
	char interface[64];

	snprintf(interface, sizeof interface, PH_BUS_PREFIX "%s", noun);
	int r = sd_bus_message_new_signal(peer->door->bus, &message, path, interface, member);
	if (r >= 0)
		r = sd_bus_message_set_destination(message, peer->name);
	if (r < 0)
		return r;
	*ret = PH_STEAL(message);
	return 0;
}

/* Signals are sent whatever is missing: an absent member is empty. */
static int append_field(sd_bus_message *message, const struct ph_field *field, const cJSON *value)
{
	if (value && ph_dbus_append_typed(message, field->type, value) >= 0)
		return 0;
	if (field->type == PH_VALUE_BYTES)
		return sd_bus_message_append_array(message, 'y', "", 0);
	return sd_bus_message_append_basic(message, 's', "");
}

static int send_typed(struct ph_dbus_peer *peer, const struct ph_dbus_signal *signal,
	const char *device, cJSON *params)
{
	PH_CLEANUP(sd_bus_message_unref_p) sd_bus_message *message = NULL;
	PH_CLEANUP_FREE char *path = NULL;
	cJSON *data = cJSON_GetObjectItemCaseSensitive(params, "data");
	int r = sd_bus_path_encode(PH_BUS_DEVICES, device, &path);

	if (r >= 0)
		r = new_signal(peer, path, signal->noun, signal->member, &message);
	for (const struct ph_field *f = signal->fields; r >= 0 && f->name; f++) {
		r = append_field(message, f, cJSON_GetObjectItemCaseSensitive(data, f->name));
		cJSON_DeleteItemFromObjectCaseSensitive(data, f->name);
	}
	if (r < 0)
		return r;
	cJSON_AddItemToObject(data, "seq", cJSON_DetachItemFromObjectCaseSensitive(params, "seq"));
	cJSON_AddItemToObject(
		data, "time", cJSON_DetachItemFromObjectCaseSensitive(params, "time"));
	r = ph_dbus_append_dict(message, data);
	return r < 0 ? r : sd_bus_send(NULL, message, NULL);
}

static int send_plain(struct ph_dbus_peer *peer, const struct ph_event *event, const cJSON *params)
{
	PH_CLEANUP(sd_bus_message_unref_p) sd_bus_message *message = NULL;
	const char *time = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(params, "time"));
	int r = new_signal(peer, PH_BUS_ROOT, "Manager", "Event", &message);

	if (r >= 0)
		r = sd_bus_message_append(
			message, "ssts", event->topic, event->device, event->seq, time ? time : "");
	if (r >= 0)
		r = ph_dbus_append_dict(message, cJSON_GetObjectItemCaseSensitive(params, "data"));
	return r < 0 ? r : sd_bus_send(NULL, message, NULL);
}

void ph_dbus_peer_event(struct ph_client *client, const struct ph_event *event)
{
	struct ph_dbus_peer *peer = PH_CONTAINER_OF(client, struct ph_dbus_peer, client);
	PH_CLEANUP(cJSON_Delete_p)
	cJSON *line = cJSON_ParseWithLength(event->line, event->line_len);
	cJSON *params = cJSON_GetObjectItemCaseSensitive(line, "params");
	const struct ph_dbus_signal *signal = find(event);

	if (!peer->door->bus || !cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(params, "data")))
		return;
	/* A signal that cannot be queued means a connection that is ending: its end tells the rest. */
	if (signal)
		send_typed(peer, signal, event->device, params);
	else
		send_plain(peer, event, params);
}
