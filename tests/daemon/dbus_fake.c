// Fakes of the core for tests of the D-Bus door: objects without behaviour, handlers that note what they got.
#include "dbus_fake.h"

#include "daemon/doors/handlers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake fake;

cJSON *fake_json(const char *text)
{
	char *copy = strdup(text);

	for (char *p = copy; *p; p++)
		if (*p == '\'')
			*p = '"';
	cJSON *value = cJSON_Parse(copy);
	if (!value) {
		fprintf(stderr, "not JSON: %s\n", copy);
		abort();
	}
	free(copy);
	return value;
}

void fake_init(void)
{
	memset(&fake, 0, sizeof fake);
	sd_event_new(&fake.daemon.event);
	fake.daemon.config = &fake.config;
	fake.config.access.own_uid = geteuid();
	fake.daemon.events.next_seq = 1;
	strcpy(fake.daemon.events.instance, "00000000-0000-4000-8000-000000000000");
}

void fake_done(void)
{
	for (unsigned i = 0; i < fake.daemon.device_count; i++)
		cJSON_Delete(fake.descriptions[i]);
	free(fake.params);
	free(fake.config.access.rules);
	sd_event_unref(fake.daemon.event);
}

struct ph_device *fake_device(enum ph_class class_, const char *id, const char *description)
{
	unsigned n = fake.daemon.device_count++;
	struct ph_device *device = &fake.devices[n], **end = &fake.daemon.devices;

	snprintf(device->id, sizeof device->id, "%s", id);
	device->class_ = class_;
	device->next = NULL;
	while (*end)
		end = &(*end)->next;
	*end = device;
	fake.descriptions[n] = fake_json(description);
	return device;
}

void fake_describe(struct ph_device *device, const char *description)
{
	cJSON **slot = &fake.descriptions[device - fake.devices];

	cJSON_Delete(*slot);
	*slot = fake_json(description);
}

struct ph_device *ph_device_find(struct ph_daemon *daemon, const char *name)
{
	for (struct ph_device *d = daemon->devices; d; d = d->next)
		if (!strcmp(d->id, name) ||
			(!strcmp(name, "receipt") && d->class_ == PH_CLASS_PRINTER))
			return d;
	return NULL;
}

cJSON *ph_device_describe(const struct ph_device *device)
{
	return cJSON_Duplicate(fake.descriptions[device - fake.devices], true);
}

void ph_client_add(struct ph_client *client, struct ph_daemon *daemon)
{
	client->daemon = daemon;
	client->next = daemon->clients;
	client->prev = &daemon->clients;
	if (client->next)
		client->next->prev = &client->next;
	daemon->clients = client;
	daemon->client_count++;
}

void ph_client_remove(struct ph_client *client)
{
	client->gone = true;
	while (client->calls)
		ph_call_cancel(client->calls);
	*client->prev = client->next;
	if (client->next)
		client->next->prev = client->prev;
	client->daemon->client_count--;
	fake.removed_clients++;
}

static cJSON *value_of(const struct ph_field *field)
{
	switch (field->type) {
	case PH_VALUE_STRING:
		return cJSON_CreateString(field->name);
	case PH_VALUE_BOOL:
		return cJSON_CreateBool(1);
	case PH_VALUE_INT:
		return cJSON_CreateNumber(7);
	case PH_VALUE_STRINGS:
		return fake_json("['a','b']");
	case PH_VALUE_OBJECT:
		return fake_json("{'k':'v'}");
	case PH_VALUE_OBJECTS:
		return fake_json("[{'n':1},{'n':2}]");
	case PH_VALUE_BYTES:
		return cJSON_CreateString("AAEC");
	case PH_VALUE_DOCUMENT:
		return fake_json("{'text':'x'}");
	case PH_VALUE_ID:
		return cJSON_CreateNumber(1);
	}
	return NULL;
}

cJSON *fake_result(const struct ph_field *fields)
{
	cJSON *result = cJSON_CreateObject();

	for (; fields->name; fields++)
		cJSON_AddItemToObject(result, fields->name, value_of(fields));
	return result;
}

void fake_answer(struct ph_call *call)
{
	ph_call_reply(call, fake_result(call->method->result));
}

static void cancel_held(struct ph_call *call)
{
	unsigned i = 0;

	while (fake.held[i] != call)
		i++;
	fake.held[i] = fake.held[--fake.held_count];
	fake.cancelled++;
	ph_call_fail(call, PH_E_CANCELLED, "cancelled");
}

void fake_hold(struct ph_call *call)
{
	call->cancel = cancel_held;
	fake.held[fake.held_count++] = call;
}

static void note(struct ph_call *call)
{
	free(fake.params);
	fake.params = cJSON_PrintUnformatted(call->params);
	snprintf(fake.method, sizeof fake.method, "%s", call->method->name);
	snprintf(fake.label, sizeof fake.label, "%s", call->client->label);
	fake.runs++;
	if (fake.handler)
		fake.handler(call);
	else
		fake_answer(call);
}

void fake_event(struct ph_client *client, const char *topic, const char *device, const char *data,
	bool unicast)
{
	cJSON *object = fake_json(data);
	char *text = cJSON_PrintUnformatted(object), *line = NULL;
	struct ph_event event = {.seq = fake.daemon.events.next_seq++,
		.topic = topic,
		.device = device,
		.data = text,
		.unicast = unicast};
	int len = asprintf(&line,
		"{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"seq\":%llu,"
		"\"time\":\"2026-11-21T19:45:08.123Z\",\"topic\":\"%s\",\"device\":\"%s\","
		"\"data\":%s}}\n",
		(unsigned long long)event.seq, topic, device, text);

	event.line = line;
	event.line_len = (size_t)len;
	client->ops->event(client, &event);
	free(line);
	free(text);
	cJSON_Delete(object);
}

#define HANDLER(name)                                                                              \
	void name(struct ph_call *call)                                                            \
	{                                                                                          \
		note(call);                                                                        \
	}
HANDLER(ph_audit_list)
HANDLER(ph_audit_verify)
HANDLER(ph_config_reload_call)
HANDLER(ph_device_check_health)
HANDLER(ph_device_direct_io)
HANDLER(ph_device_disable)
HANDLER(ph_device_enable)
HANDLER(ph_device_adopt)
HANDLER(ph_device_discover)
HANDLER(ph_device_forget)
HANDLER(ph_device_get)
HANDLER(ph_device_list)
HANDLER(ph_device_statistics)
HANDLER(ph_display_clear)
HANDLER(ph_display_idle)
HANDLER(ph_display_line)
HANDLER(ph_display_show)
HANDLER(ph_drawer_acknowledge)
HANDLER(ph_drawer_open)
HANDLER(ph_drawer_status)
HANDLER(ph_drawer_tune)
HANDLER(ph_drawer_wait_for_close)
HANDLER(ph_driver_list)
HANDLER(ph_driver_test)
HANDLER(ph_events_subscribe)
HANDLER(ph_events_unsubscribe)
HANDLER(ph_job_cancel_call)
HANDLER(ph_job_copy_call)
HANDLER(ph_job_get_call)
HANDLER(ph_job_list_call)
HANDLER(ph_job_retry_call)
HANDLER(ph_job_wait_call)
HANDLER(ph_lease_claim)
HANDLER(ph_lease_release)
HANDLER(ph_lease_retain)
HANDLER(ph_msr_configure)
HANDLER(ph_msr_disable)
HANDLER(ph_msr_enable)
HANDLER(ph_printer_preview)
HANDLER(ph_printer_print)
HANDLER(ph_printer_status)
HANDLER(ph_printer_validate)
HANDLER(ph_role_bind)
HANDLER(ph_role_list)
HANDLER(ph_role_unbind)
HANDLER(ph_rpc_cancel)
HANDLER(ph_rpc_discover)
HANDLER(ph_rpc_ping)
HANDLER(ph_scale_live)
HANDLER(ph_scale_read)
HANDLER(ph_scale_tare)
HANDLER(ph_scale_zero)
HANDLER(ph_scanner_beep)
HANDLER(ph_scanner_clear)
HANDLER(ph_scanner_configure)
HANDLER(ph_scanner_disable)
HANDLER(ph_scanner_enable)
HANDLER(ph_scanner_status)
HANDLER(ph_scanner_symbology)
HANDLER(ph_scanner_trigger)
HANDLER(ph_system_diagnose)
HANDLER(ph_system_info)
HANDLER(ph_card_status)
HANDLER(ph_card_transmit)
HANDLER(ph_payment_authorize)
HANDLER(ph_payment_cancel)
HANDLER(ph_payment_choose)
HANDLER(ph_payment_complete)
HANDLER(ph_payment_explain)
HANDLER(ph_payment_get)
HANDLER(ph_payment_list)
HANDLER(ph_payment_refund)
HANDLER(ph_payment_resolve)
HANDLER(ph_payment_retry)
HANDLER(ph_payment_voice_call)
HANDLER(ph_payment_void)
HANDLER(ph_queue_again)
HANDLER(ph_queue_export)
HANDLER(ph_queue_force_offline)
HANDLER(ph_queue_forward)
HANDLER(ph_queue_hand_over)
HANDLER(ph_queue_hold)
HANDLER(ph_queue_import)
HANDLER(ph_queue_keys)
HANDLER(ph_queue_list)
HANDLER(ph_queue_release)
HANDLER(ph_queue_rewrap)
HANDLER(ph_queue_seen)
HANDLER(ph_queue_status)
HANDLER(ph_queue_take_back)
HANDLER(ph_queue_totals)
HANDLER(ph_queue_verify)
HANDLER(ph_terminal_end_of_day)
HANDLER(ph_terminal_status)
