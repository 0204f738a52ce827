// Administration and inspection: roles, drivers, health check, raw bytes, the audit trail.
#include "base/base64.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/names.h"
#include "daemon/core/config.h"
#include "daemon/core/daemon.h"
#include "daemon/core/process.h"
#include "daemon/doors/call.h"
#include "daemon/doors/handlers.h"
#include "daemon/journal/journal_audit.h"
#include "daemon/objects/audit.h"
#include "daemon/objects/client.h"
#include "daemon/objects/device.h"
#include "daemon/objects/lease.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- roles and drivers ---- */

/* `config` is NULL for a role that nobody configured. */
static void add_role(cJSON *list, struct ph_daemon *daemon, const char *role, cJSON *devices,
	const struct ph_config_role *config)
{
	const struct ph_device *in_use = ph_device_find(daemon, role);
	cJSON *row = cJSON_CreateObject();

	cJSON_AddStringToObject(row, "role", role);
	cJSON_AddItemToObject(row, "devices", devices);
	if (in_use)
		cJSON_AddStringToObject(row, "device", in_use->id);
	else
		cJSON_AddNullToObject(row, "device");
	cJSON_AddBoolToObject(row, "implicit", !config);
	if (config && config->failover_after_s >= 0)
		cJSON_AddNumberToObject(row, "failover_after_s", config->failover_after_s);
	else
		cJSON_AddNullToObject(row, "failover_after_s");
	cJSON_AddItemToArray(list, row);
}

void ph_role_list(struct ph_call *call)
{
	const struct ph_config *config = call->daemon->config;
	cJSON *result = cJSON_CreateObject();
	cJSON *list = cJSON_AddArrayToObject(result, "roles");

	for (size_t i = 0; i < config->roles_len; i++)
		add_role(list, call->daemon, config->roles[i].name,
			cJSON_CreateStringArray((const char *const *)config->roles[i].devices,
				(int)config->roles[i].devices_len),
			&config->roles[i]);
	for (int i = 0; i < PH_CLASS_COUNT_; i++) {
		const char *name = ph_class_name((enum ph_class)i);
		const struct ph_device *device = ph_device_find(call->daemon, name);
		if (!device || ph_role_find(call->daemon, name) || !strcmp(device->id, name))
			continue;
		const char *id = device->id;
		add_role(list, call->daemon, name, cJSON_CreateStringArray(&id, 1), NULL);
	}
	ph_call_reply(call, result);
}

static cJSON *describe_option(const struct ph_manifest_option *option)
{
	cJSON *row = cJSON_CreateObject();

	cJSON_AddStringToObject(row, "name", option->name);
	cJSON_AddStringToObject(row, "type", ph_manifest_type_name(option->type));
	if (option->value)
		cJSON_AddStringToObject(row, "default", option->value);
	else
		cJSON_AddNullToObject(row, "default");
	cJSON_AddStringToObject(row, "summary", option->summary);
	return row;
}

static cJSON *describe_driver(const struct ph_manifest *manifest)
{
	cJSON *row = cJSON_CreateObject();

	cJSON_AddStringToObject(row, "name", manifest->name);
	cJSON_AddStringToObject(row, "version", manifest->version);
	cJSON_AddStringToObject(row, "summary", manifest->summary);
	cJSON *classes = cJSON_AddArrayToObject(row, "classes");
	for (int i = 0; i < PH_CLASS_COUNT_; i++)
		if (manifest->classes & 1u << i)
			cJSON_AddItemToArray(
				classes, cJSON_CreateString(ph_class_name((enum ph_class)i)));
	cJSON *connections = cJSON_AddArrayToObject(row, "connections");
	for (char **c = manifest->connections; *c; c++)
		cJSON_AddItemToArray(connections, cJSON_CreateString(*c));
	cJSON *options = cJSON_AddArrayToObject(row, "options");
	for (size_t i = 0; i < manifest->options_len; i++)
		cJSON_AddItemToArray(options, describe_option(&manifest->options[i]));
	return row;
}

void ph_driver_list(struct ph_call *call)
{
	const struct ph_manifests *manifests = &call->daemon->config->manifests;
	cJSON *result = cJSON_CreateObject();
	cJSON *list = cJSON_AddArrayToObject(result, "drivers");

	for (size_t i = 0; i < manifests->len; i++)
		cJSON_AddItemToArray(list, describe_driver(&manifests->items[i]));
	ph_call_reply(call, result);
}

/* ---- audit ---- */

struct audit_add {
	struct ph_journal_audit_add add;
	struct ph_audit_entry entry;
	struct ph_daemon *daemon;
	char who[64], action[PH_NAME_MAX], device[PH_NAME_MAX + 16], outcome[32];
	char *detail;
};

static void on_audit_added(struct ph_journal_request *request, int result)
{
	struct audit_add *op = request->userdata;
	cJSON *data = cJSON_CreateObject();

	cJSON_AddNumberToObject(data, "seq", (double)op->entry.seq);
	cJSON_AddStringToObject(data, "action", op->action);
	if (result >= 0)
		ph_events_publish_json(op->daemon, "audit", op->device, PH_STEAL(data));
	cJSON_Delete(data);
	free(op->detail);
	free(op);
}

/* `detail` is taken over. */
static void add_audit(struct ph_daemon *daemon, const struct ph_audit_entry *entry, cJSON *detail)
{
	struct audit_add *op = calloc(1, sizeof *op);

	if (!op) {
		cJSON_Delete(detail);
		return;
	}
	op->daemon = daemon;
	op->detail = detail ? cJSON_PrintUnformatted(detail) : NULL;
	cJSON_Delete(detail);
	snprintf(op->who, sizeof op->who, "%s", entry->who);
	snprintf(op->action, sizeof op->action, "%s", entry->action);
	snprintf(op->device, sizeof op->device, "%s", entry->device);
	snprintf(op->outcome, sizeof op->outcome, "%s", entry->outcome);
	op->entry = (struct ph_audit_entry){.uid = entry->uid,
		.who = op->who,
		.action = op->action,
		.device = op->device,
		.detail = op->detail,
		.outcome = op->outcome};
	op->add.request = (struct ph_journal_request){
		.done = on_audit_added, .userdata = op, .audit = &op->entry};
	if (ph_journal_audit_add_submit(daemon->journal, &op->add) < 0) {
		free(op->detail);
		free(op);
	}
}

void ph_audit(const struct ph_call *call, const char *device, const char *outcome, cJSON *detail)
{
	struct ph_audit_entry entry = {
		.action = call->method->name, .device = device, .outcome = outcome};

	if (!call->client) {
		cJSON_Delete(detail);
		return;
	}
	entry.uid = call->client->uid;
	entry.who = call->client->label;
	add_audit(call->daemon, &entry, detail);
}

int ph_call_audit_init(struct ph_call_audit *audit, const struct ph_call *call, const char *action,
	const char *device, cJSON *detail)
{
	audit->detail = cJSON_PrintUnformatted(detail);
	cJSON_Delete(detail);
	snprintf(audit->who, sizeof audit->who, "%s", call->client->label);
	snprintf(audit->device, sizeof audit->device, "%s", device);
	audit->entry = (struct ph_audit_entry){.uid = call->client->uid,
		.who = audit->who,
		.action = action,
		.device = audit->device,
		.detail = audit->detail};
	return audit->detail ? 0 : -ENOMEM;
}

void ph_call_audit_done(struct ph_call_audit *audit)
{
	free(audit->detail);
	audit->detail = NULL;
}

void ph_audit_happened(
	struct ph_daemon *daemon, const char *action, const char *device, const char *outcome)
{
	struct ph_audit_entry entry = {.uid = getuid(),
		.who = "nobody known",
		.action = action,
		.device = device,
		.outcome = outcome};

	add_audit(daemon, &entry, NULL);
}

struct audit_list {
	struct ph_journal_audit_list list;
	struct ph_call *call;
};

static cJSON *describe_audit(const struct ph_audit_row *row)
{
	cJSON *object = cJSON_CreateObject();
	cJSON *detail = cJSON_Parse(row->detail);
	char time[PH_TIME_SIZE];

	ph_time_format(row->time_us, time);
	cJSON_AddNumberToObject(object, "seq", (double)row->seq);
	cJSON_AddStringToObject(object, "time", time);
	cJSON_AddNumberToObject(object, "uid", row->uid);
	cJSON_AddStringToObject(object, "who", row->who);
	cJSON_AddStringToObject(object, "action", row->action);
	cJSON_AddStringToObject(object, "device", row->device);
	cJSON_AddStringToObject(object, "outcome", row->outcome);
	cJSON_AddItemToObject(object, "detail", detail ? detail : cJSON_CreateObject());
	return object;
}

static void on_audit_listed(struct ph_journal_request *request, int result)
{
	struct audit_list *op = request->userdata;

	if (result < 0) {
		ph_call_fail_read(op->call, result);
	} else {
		cJSON *answer = cJSON_CreateObject();
		cJSON *entries = cJSON_AddArrayToObject(answer, "entries");
		for (uint32_t i = 0; i < op->list.count; i++)
			cJSON_AddItemToArray(entries, describe_audit(&op->list.rows[i]));
		ph_call_reply(op->call, answer);
	}
	ph_journal_audit_list_clear(&op->list);
	free(op);
}

void ph_audit_list(struct ph_call *call)
{
	struct audit_list *op = calloc(1, sizeof *op);
	int r = -ENOMEM;

	if (op) {
		op->call = call;
		op->list = (struct ph_journal_audit_list){
			.request = {.done = on_audit_listed, .userdata = op},
			.since = ph_param_int(call, "since", 0),
			.limit = (uint32_t)ph_param_int(call, "limit", 100)};
		r = ph_journal_audit_list_submit(call->daemon->journal, &op->list);
	}
	if (r < 0) {
		free(op);
		ph_call_fail(call, ph_error_from_journal(r), "the journal is busy");
	}
}

struct audit_verify {
	struct ph_journal_audit_verify verify;
	struct ph_call *call;
};

/* What each fault shows, and what to do. */
static const struct {
	const char *cause, *advice;
} audit_faults[PH_AUDIT_FAULT_COUNT_] = {
	[PH_AUDIT_CHANGED] =
		{"the row is not what was written, or rows were put into another order",
			"keep a copy of the state folder, and find out who can write to it"},
	[PH_AUDIT_MISSING] = {"rows were taken out",
		"keep a copy of the state folder, and find out who can write to it"},
	[PH_AUDIT_TRUNCATED] = {"the last rows were cut off, or an older file was put back",
		"compare the head with one that was printed or kept elsewhere; look for a backup "
		"that was restored"},
};

static void on_audit_verified(struct ph_journal_request *request, int result)
{
	struct audit_verify *op = request->userdata;
	char head[PH_AUDIT_HEAD_SIZE];

	if (result < 0) {
		ph_call_fail_read(op->call, result);
		free(op);
		return;
	}
	cJSON *answer = cJSON_CreateObject();
	cJSON_AddBoolToObject(answer, "ok", op->verify.fault == PH_AUDIT_OK);
	cJSON_AddNumberToObject(answer, "entries", (double)op->verify.count);
	ph_audit_head_text(op->verify.head, head);
	cJSON_AddStringToObject(answer, "head", head);
	if (op->verify.fault != PH_AUDIT_OK) {
		cJSON_AddNumberToObject(answer, "bad", (double)op->verify.bad_seq);
		cJSON_AddStringToObject(answer, "problem", ph_audit_fault_name(op->verify.fault));
		cJSON_AddStringToObject(answer, "cause", audit_faults[op->verify.fault].cause);
		cJSON_AddStringToObject(answer, "advice", audit_faults[op->verify.fault].advice);
	}
	ph_call_reply(op->call, answer);
	free(op);
}

void ph_audit_verify(struct ph_call *call)
{
	struct audit_verify *op = calloc(1, sizeof *op);
	int r = -ENOMEM;

	if (op) {
		op->call = call;
		op->verify.request =
			(struct ph_journal_request){.done = on_audit_verified, .userdata = op};
		r = ph_journal_audit_verify_submit(call->daemon->journal, &op->verify);
	}
	if (r < 0) {
		free(op);
		ph_call_fail(call, ph_error_from_journal(r), "the journal is busy");
	}
}

/* ---- health and raw bytes ---- */

static void on_health(void *userdata, const cJSON *result, const struct ph_failure *failure)
{
	struct ph_call *call = userdata;
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(result, "text"));

	if (failure) {
		ph_call_fail_with(call, failure);
		return;
	}
	cJSON *answer = cJSON_CreateObject();
	cJSON_AddStringToObject(answer, "text", text ? text : "Internal HCheck: Successful");
	ph_call_reply(call, answer);
}

/* Sends to the driver; answers the call when that is not possible. */
static void ask_driver(struct ph_call *call, struct ph_device *device, const char *method,
	const char *params, ph_process_done done)
{
	int r = -ENOTCONN;

	if (device->unit->state == PH_DEVICE_READY)
		r = ph_process_request(
			device->unit->process, method, params, strlen(params), done, call);
	if (r < 0) {
		struct ph_failure failure;
		ph_device_unusable(device, &failure);
		ph_call_fail_with(call, &failure);
	}
}

void ph_device_check_health(struct ph_call *call)
{
	const char *level = ph_param_str(call, "level");
	struct ph_device *device = ph_call_device(call, PH_CLASS_COUNT_);

	if (!device)
		return;
	if (level && strcmp(level, "internal") != 0) {
		ph_call_fail(
			call, PH_E_ILLEGAL, "%s: only the internal check is offered", device->id);
		return;
	}
	ask_driver(call, device, "device.checkHealth", "{}", on_health);
}

static void on_direct_io(void *userdata, const cJSON *result, const struct ph_failure *failure)
{
	struct ph_call *call = userdata;
	const cJSON *reply = cJSON_GetObjectItemCaseSensitive(result, "reply_b64");

	ph_audit(call, ph_param_str(call, "device"), failure ? failure->name : "sent", NULL);
	if (failure) {
		ph_call_fail_with(call, failure);
		return;
	}
	cJSON *answer = cJSON_CreateObject();
	if (cJSON_IsString(reply))
		cJSON_AddStringToObject(answer, "reply_b64", reply->valuestring);
	ph_call_reply(call, answer);
}

void ph_device_direct_io(struct ph_call *call)
{
	const char *data = ph_param_str(call, "data_b64");
	struct ph_device *device = ph_call_device(call, PH_CLASS_COUNT_);

	if (!device || !ph_lease_admits(call, device))
		return;
	size_t len = strlen(data);
	PH_CLEANUP_FREE uint8_t *bytes = malloc(len + 1);
	PH_CLEANUP_FREE char *params = NULL;
	if (!bytes || ph_base64_decode(data, len, bytes) < 0) {
		ph_call_fail(call, PH_E_ILLEGAL, "$.data_b64: is not base64");
		return;
	}
	if (device->active) {
		ph_call_fail(call, PH_E_BUSY, "%s is printing", device->id);
		return;
	}
	if (asprintf(&params, "{\"data_b64\":\"%s\"}", data) < 0) {
		ph_call_fail(call, PH_E_FAILURE, "out of memory");
		return;
	}
	cJSON *detail = cJSON_CreateObject();
	cJSON_AddStringToObject(detail, "data_b64", len <= 1024 ? data : "(long)");
	ph_audit(call, device->id, "requested", detail);
	ask_driver(call, device, "device.directIO", params, on_direct_io);
}
