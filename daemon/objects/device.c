// Units and logical devices: from configuration to description, link state and status. Class work is elsewhere.
#include "daemon/objects/device.h"

#include "base/cleanup.h"
#include "base/names.h"
#include "base/utf8.h"
#include "daemon/core/config.h"
#include "daemon/core/daemon.h"
#include "daemon/core/identity.h"
#include "daemon/core/process.h"
#include "daemon/doors/call.h"
#include "daemon/doors/handlers.h"
#include "daemon/objects/audit.h"
#include "daemon/objects/client.h"
#include "daemon/objects/display.h"
#include "daemon/objects/drawer.h"
#include "daemon/objects/job.h"
#include "daemon/objects/lease.h"
#include "daemon/objects/scale.h"
#include "daemon/objects/scanner.h"
#include "daemon/payments/payment.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- life ---- */

static int primary_class(uint32_t classes)
{
	return classes ? __builtin_ctz(classes) : -EINVAL;
}

/* The first class of a unit has its name, the others NAME-CLASS. */
static int add_device(struct ph_unit *unit, enum ph_class class_)
{
	struct ph_daemon *daemon = unit->daemon;

	if (daemon->device_count >= PH_DEVICES_MAX)
		return -ENOBUFS;
	struct ph_device *device = calloc(1, sizeof *device);
	if (!device)
		return -ENOMEM;
	if ((int)class_ == primary_class(unit->config->classes))
		snprintf(device->id, sizeof device->id, "%s", unit->name);
	else
		snprintf(device->id, sizeof device->id, "%s-%s", unit->name, ph_class_name(class_));
	device->class_ = class_;
	device->drawer_open = -1;
	device->unit = unit;
	if (class_ == PH_CLASS_SCANNER && ph_scanner_new(device) < 0) {
		free(device);
		return -ENOMEM;
	}
	unit->devices[class_] = device;
	struct ph_device **p = &daemon->devices;
	while (*p)
		p = &(*p)->next;
	*p = device;
	daemon->device_count++;
	return 0;
}

static void remove_device(struct ph_device *device)
{
	struct ph_daemon *daemon = device->unit->daemon;

	ph_leases_drop_device(device);
	ph_jobs_drop_device(device);
	ph_drawer_drop_device(device);
	struct ph_device **p = &daemon->devices;
	while (*p != device)
		p = &(*p)->next;
	*p = device->next;
	daemon->device_count--;
	ph_events_publish(daemon, "device.removed", device->id, "{}");
	if (daemon->hooks && daemon->hooks->device_removed)
		daemon->hooks->device_removed(daemon->hooks_door, device);
	cJSON_Delete(device->status);
	cJSON_Delete(device->capabilities);
	ph_scanner_free(device->scanner);
	free(device);
}

static void announce(struct ph_device *device)
{
	struct ph_daemon *daemon = device->unit->daemon;
	cJSON *data = cJSON_CreateObject();

	cJSON_AddItemToObject(data, "device", ph_device_describe(device));
	ph_events_publish_json(daemon, "device.added", device->id, data);
	if (daemon->hooks && daemon->hooks->device_added)
		daemon->hooks->device_added(daemon->hooks_door, device);
}

static void set_text(char *out, size_t size, const char *text)
{
	if (!text)
		return;
	size_t len = strnlen(text, size - 1);
	memcpy(out, text, len);
	out[len] = '\0';
	ph_utf8_clean(out);
}

void ph_unit_set_identity(struct ph_unit *unit)
{
	const struct ph_config_device *config = unit->config;
	const struct ph_node *seen = config->seen;

	set_text(unit->vendor, sizeof unit->vendor,
		config->vendor ? config->vendor
		: seen	       ? seen->maker
			       : NULL);
	set_text(unit->model, sizeof unit->model,
		config->model ? config->model
		: seen	      ? seen->model
			      : NULL);
	set_text(unit->serial, sizeof unit->serial,
		config->serial ? config->serial
		: seen	       ? seen->serial
			       : NULL);
}

/* Starts the process, where there is to be one. */
static int begin(struct ph_unit *unit)
{
	return unit->disabled || unit->resting ? 0 : ph_process_new(unit, &unit->process);
}

static void on_ended(void *userdata)
{
	struct ph_unit *unit = userdata;

	unit->ending = false;
	ph_process_free(PH_STEAL(unit->process));
	begin(unit);
}

static void end(struct ph_unit *unit)
{
	if (!unit->process || unit->ending)
		return;
	unit->ending = true;
	ph_process_stop(unit->process, on_ended, unit);
}

int ph_unit_new(struct ph_daemon *daemon, const struct ph_config_device *config)
{
	struct ph_unit *unit = calloc(1, sizeof *unit);
	int r = 0;

	if (!unit)
		return -ENOMEM;
	snprintf(unit->name, sizeof unit->name, "%s", config->name);
	unit->daemon = daemon;
	unit->config = config;
	unit->disabled = !config->enabled;
	unit->resting = config->absent;
	unit->state = unit->disabled  ? PH_DEVICE_DISABLED
		      : unit->resting ? PH_DEVICE_OFFLINE
				      : PH_DEVICE_STARTING;
	if (unit->resting && !unit->disabled)
		set_text(unit->reasons.words[unit->reasons.count++], sizeof unit->reasons.words[0],
			"unplugged");
	ph_unit_set_identity(unit);
	struct ph_unit **p = &daemon->units;
	while (*p)
		p = &(*p)->next;
	*p = unit;
	for (int i = 0; r >= 0 && i < PH_CLASS_COUNT_; i++)
		if (config->classes & 1u << i)
			r = add_device(unit, (enum ph_class)i);
	if (r < 0) {
		ph_unit_free(unit);
		return r;
	}
	for (int i = 0; i < PH_CLASS_COUNT_; i++)
		if (unit->devices[i])
			announce(unit->devices[i]);
	return begin(unit);
}

void ph_unit_free(struct ph_unit *unit)
{
	struct ph_unit **p = &unit->daemon->units;

	unit->state = PH_DEVICE_OFFLINE; /* no job starts on the way */
	ph_process_free(PH_STEAL(unit->process));
	for (int i = 0; i < PH_CLASS_COUNT_; i++)
		if (unit->devices[i])
			remove_device(unit->devices[i]);
	while (*p != unit)
		p = &(*p)->next;
	*p = unit->next;
	free(unit);
}

/* ---- lookup ---- */

struct ph_unit *ph_unit_find(struct ph_daemon *daemon, const char *name)
{
	for (struct ph_unit *unit = daemon->units; unit; unit = unit->next)
		if (!strcmp(unit->name, name))
			return unit;
	return NULL;
}

struct ph_device *ph_device_by_id(struct ph_daemon *daemon, const char *id)
{
	for (struct ph_device *d = daemon->devices; d; d = d->next)
		if (!strcmp(d->id, id))
			return d;
	return NULL;
}

static const struct ph_config_role *find_role(const struct ph_daemon *daemon, const char *name)
{
	for (size_t i = 0; daemon->config && i < daemon->config->roles_len; i++)
		if (!strcmp(daemon->config->roles[i].name, name))
			return &daemon->config->roles[i];
	return NULL;
}

const struct ph_config_role *ph_role_config(struct ph_daemon *daemon, const char *name)
{
	return ph_device_by_id(daemon, name) ? NULL : find_role(daemon, name);
}

struct ph_device *ph_role_find(struct ph_daemon *daemon, const char *role)
{
	const struct ph_config_role *row = find_role(daemon, role);
	struct ph_device *first = NULL;

	for (size_t i = 0; row && i < row->devices_len; i++) {
		struct ph_device *device = ph_device_by_id(daemon, row->devices[i]);
		if (device && device->unit->state == PH_DEVICE_READY)
			return device;
		if (!first)
			first = device;
	}
	return first;
}

/* With one device of a class, the class name is its role. */
static struct ph_device *find_class(struct ph_daemon *daemon, const char *name)
{
	int class_ = ph_class_parse(name);
	struct ph_device *found = NULL;

	if (class_ < 0)
		return NULL;
	for (struct ph_device *d = daemon->devices; d; d = d->next) {
		if ((int)d->class_ != class_)
			continue;
		if (found)
			return NULL;
		found = d;
	}
	return found;
}

struct ph_device *ph_device_find(struct ph_daemon *daemon, const char *name)
{
	struct ph_device *device = ph_device_by_id(daemon, name);

	if (!device)
		device = ph_role_find(daemon, name);
	return device ? device : find_class(daemon, name);
}

static void fail_unknown(struct ph_call *call, const char *name)
{
	int class_ = ph_class_parse(name);
	unsigned count = 0;

	for (struct ph_device *d = call->daemon->devices; d; d = d->next)
		count += (int)d->class_ == class_;
	if (count > 1)
		ph_call_fail(call, PH_E_NOEXIST,
			"`%s` could be any of %u devices: name one, or bind the role with "
			"role.bind",
			name, count);
	else
		ph_call_fail(call, PH_E_NOEXIST, "there is no device or role `%s`", name);
}

struct ph_device *ph_call_device(struct ph_call *call, enum ph_class class_)
{
	const char *name = ph_param_str(call, "device");
	struct ph_device *device = ph_device_find(call->daemon, name);

	if (!device) {
		fail_unknown(call, name);
		return NULL;
	}
	if (class_ != PH_CLASS_COUNT_ && device->class_ != class_) {
		ph_call_fail(call, PH_E_ILLEGAL, "%s is a %s, not a %s", device->id,
			ph_class_name(device->class_), ph_class_name(class_));
		return NULL;
	}
	return device;
}

enum ph_device_state ph_device_state(const struct ph_device *device)
{
	return device->unit->state;
}

bool ph_reasons_has(const struct ph_reasons *reasons, const char *word)
{
	for (unsigned i = 0; i < reasons->count; i++)
		if (!strcmp(reasons->words[i], word))
			return true;
	return false;
}

void ph_device_unusable(const struct ph_device *device, struct ph_failure *failure)
{
	static const enum ph_error errors[PH_DEVICE_STATE_COUNT_] = {
		[PH_DEVICE_STARTING] = PH_E_OFFLINE,
		[PH_DEVICE_READY] = PH_E_BUSY,
		[PH_DEVICE_OFFLINE] = PH_E_OFFLINE,
		[PH_DEVICE_FAILED] = PH_E_FAILURE,
		[PH_DEVICE_DISABLED] = PH_E_DISABLED,
	};
	const struct ph_unit *unit = device->unit;
	enum ph_error error = errors[unit->state];

	if (ph_reasons_has(&unit->reasons, "unplugged"))
		error = PH_E_NOHARDWARE;
	else if (ph_reasons_has(&unit->reasons, "driver_crashed"))
		error = PH_E_OFFLINE; /* it is started again: worth another try */
	ph_failure_set(failure, error, device->id, "%s is %s%s%s", device->id,
		unit->state == PH_DEVICE_READY ? "busy" : ph_device_state_name(unit->state),
		unit->reasons.count ? ": " : "", unit->reasons.count ? unit->reasons.words[0] : "");
}

/* ---- description ---- */

static cJSON *reasons_json(const struct ph_device *device)
{
	cJSON *list = cJSON_CreateArray();

	for (unsigned i = 0; i < device->unit->reasons.count; i++)
		cJSON_AddItemToArray(list, cJSON_CreateString(device->unit->reasons.words[i]));
	for (unsigned i = 0; i < device->reasons.count; i++)
		cJSON_AddItemToArray(list, cJSON_CreateString(device->reasons.words[i]));
	return list;
}

static cJSON *roles_json(const struct ph_device *device)
{
	struct ph_daemon *daemon = device->unit->daemon;
	cJSON *list = cJSON_CreateArray();

	for (size_t i = 0; daemon->config && i < daemon->config->roles_len; i++) {
		const struct ph_config_role *row = &daemon->config->roles[i];
		for (size_t k = 0; k < row->devices_len; k++)
			if (!strcmp(row->devices[k], device->id))
				cJSON_AddItemToArray(list, cJSON_CreateString(row->name));
	}
	const char *class_name = ph_class_name(device->class_);
	if (!ph_role_find(daemon, class_name) && find_class(daemon, class_name) == device)
		cJSON_AddItemToArray(list, cJSON_CreateString(class_name));
	return list;
}

cJSON *ph_device_describe(const struct ph_device *device)
{
	const struct ph_unit *unit = device->unit;
	cJSON *object = cJSON_CreateObject();

	cJSON_AddStringToObject(object, "id", device->id);
	cJSON_AddStringToObject(object, "class", ph_class_name(device->class_));
	cJSON_AddStringToObject(object, "driver", unit->config->driver);
	cJSON_AddStringToObject(object, "connection", unit->config->connection);
	cJSON_AddStringToObject(object, "vendor", unit->vendor);
	cJSON_AddStringToObject(object, "model", unit->model);
	cJSON_AddStringToObject(object, "serial", unit->serial);
	cJSON_AddStringToObject(object, "firmware", unit->firmware);
	cJSON_AddItemToObject(object, "roles", roles_json(device));
	cJSON_AddStringToObject(object, "state", ph_device_state_name(unit->state));
	cJSON_AddItemToObject(object, "reasons", reasons_json(device));
	cJSON_AddItemToObject(object, "capabilities",
		device->capabilities ? cJSON_Duplicate(device->capabilities, true)
				     : cJSON_CreateObject());
	cJSON_AddItemToObject(object, "status",
		device->status ? cJSON_Duplicate(device->status, true) : cJSON_CreateObject());
	if (device->lease)
		cJSON_AddStringToObject(object, "holder", device->lease->client->label);
	else
		cJSON_AddNullToObject(object, "holder");
	return object;
}

/* ---- what the driver reports ---- */

static void take_reasons(struct ph_reasons *reasons, const cJSON *list)
{
	const cJSON *item;

	reasons->count = 0;
	cJSON_ArrayForEach(item, list) if (cJSON_IsString(item) && reasons->count < PH_REASONS_MAX)
		set_text(reasons->words[reasons->count++], sizeof reasons->words[0],
			item->valuestring);
}

static void tell_state(struct ph_device *device)
{
	cJSON *data = cJSON_CreateObject();

	cJSON_AddStringToObject(data, "state", ph_device_state_name(device->unit->state));
	cJSON_AddItemToObject(data, "reasons", reasons_json(device));
	ph_events_publish_json(device->unit->daemon, "device.state", device->id, data);
	ph_daemon_device_changed(device->unit->daemon, device);
}

static void show_state(struct ph_unit *unit, enum ph_device_state state, const cJSON *reasons)
{
	struct ph_reasons before = unit->reasons;
	enum ph_device_state old = unit->state;

	take_reasons(&unit->reasons, unit->disabled ? NULL : reasons);
	unit->state = unit->disabled ? PH_DEVICE_DISABLED : state;
	if (old == unit->state && before.count == unit->reasons.count &&
		!memcmp(before.words, unit->reasons.words, before.count * sizeof before.words[0]))
		return;
	for (int i = 0; i < PH_CLASS_COUNT_; i++) {
		struct ph_device *device = unit->devices[i];
		if (!device)
			continue;
		if (old == PH_DEVICE_READY)
			device->counters[PH_COUNT_COMMUNICATION_ERROR]++;
		if (device->class_ == PH_CLASS_DRAWER && unit->state != PH_DEVICE_READY)
			ph_drawer_link_lost(device);
		if (unit->state == PH_DEVICE_READY)
			ph_display_tell_held(device, device->lease != NULL);
		if (unit->state == PH_DEVICE_READY)
			ph_scale_ready(device);
		if (unit->state == PH_DEVICE_READY)
			ph_msr_ready(device);
		tell_state(device);
		ph_scanner_state_changed(device);
		if (device->class_ == PH_CLASS_DRAWER && unit->state == PH_DEVICE_READY)
			ph_drawer_link_up(device);
		ph_jobs_kick(device);
		if (unit->state == PH_DEVICE_READY)
			ph_payments_device_ready(device);
	}
}

static void show_word(struct ph_unit *unit, enum ph_device_state state, const char *reason)
{
	cJSON *reasons = cJSON_CreateStringArray(&reason, 1);

	show_state(unit, state, reasons);
	cJSON_Delete(reasons);
}

void ph_unit_set_state(struct ph_unit *unit, enum ph_device_state state, const cJSON *reasons)
{
	if (!unit->resting) /* the last words of one that is sent away do not count */
		show_state(unit, state, reasons);
}

void ph_unit_rest(struct ph_unit *unit, enum ph_device_state state, const char *reason)
{
	unit->resting = true;
	show_word(unit, state, reason);
	end(unit);
}

void ph_unit_wake(struct ph_unit *unit, bool anew)
{
	unit->resting = false;
	if (anew)
		end(unit);
	if (!unit->process)
		begin(unit);
	else if (unit->ending)
		show_state(unit, PH_DEVICE_STARTING, NULL);
}

static void take_text(
	char *out, size_t size, const char *configured, const cJSON *info, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(info, name));

	if (!configured)
		set_text(out, size, text);
}

void ph_unit_set_info(struct ph_unit *unit, const cJSON *info)
{
	const cJSON *capabilities = cJSON_GetObjectItemCaseSensitive(info, "capabilities");

	take_text(unit->vendor, sizeof unit->vendor, unit->config->vendor, info, "vendor");
	take_text(unit->model, sizeof unit->model, unit->config->model, info, "model");
	take_text(unit->serial, sizeof unit->serial, unit->config->serial, info, "serial");
	take_text(unit->firmware, sizeof unit->firmware, NULL, info, "firmware");
	for (int i = 0; i < PH_CLASS_COUNT_; i++) {
		struct ph_device *device = unit->devices[i];
		const cJSON *own = cJSON_GetObjectItemCaseSensitive(
			capabilities, ph_class_name((enum ph_class)i));
		if (!device)
			continue;
		if (cJSON_IsObject(own)) {
			cJSON_Delete(device->capabilities);
			device->capabilities = cJSON_Duplicate(own, true);
			ph_scanner_state_changed(device);
		}
		ph_daemon_device_changed(unit->daemon, device);
		if (i == PH_CLASS_DRAWER && unit->state == PH_DEVICE_READY)
			ph_drawer_link_up(device);
	}
}

static bool is_fault(const struct ph_reasons *reasons)
{
	return ph_reasons_has(reasons, "cutter_error") || ph_reasons_has(reasons, "printer_error");
}

void ph_unit_set_status(struct ph_unit *unit, const cJSON *params)
{
	const char *word = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(params, "class"));
	const cJSON *status = cJSON_GetObjectItemCaseSensitive(params, "status");
	int class_ = word ? ph_class_parse(word) : -EINVAL;
	struct ph_device *device = class_ < 0 ? NULL : unit->devices[class_];

	if (!device)
		return;
	bool fault_before = is_fault(&device->reasons);
	take_reasons(&device->reasons, cJSON_GetObjectItemCaseSensitive(params, "reasons"));
	if (is_fault(&device->reasons) && !fault_before)
		device->counters[PH_COUNT_PRINTER_FAULT]++;
	if (cJSON_IsObject(status)) {
		cJSON_Delete(device->status);
		device->status = cJSON_Duplicate(status, true);
	}
	cJSON *data = cJSON_CreateObject();
	cJSON_AddStringToObject(data, "class", word);
	cJSON_AddItemToObject(data, "status",
		device->status ? cJSON_Duplicate(device->status, true) : cJSON_CreateObject());
	cJSON_AddItemToObject(data, "reasons", reasons_json(device));
	ph_events_publish_json(unit->daemon, "device.status", device->id, data);
	ph_daemon_device_changed(unit->daemon, device);
	if (device->class_ == PH_CLASS_DRAWER)
		ph_drawer_status_changed(device);
	ph_jobs_status_changed(device);
}

/* ---- commands ---- */

static void on_command_done(void *userdata, const cJSON *result, const struct ph_failure *failure)
{
	struct ph_call *call = userdata;

	if (failure)
		ph_call_fail_with(call, failure);
	else
		ph_call_reply(call, NULL);
}

void ph_device_ask(struct ph_call *call, struct ph_device *device, const char *method,
	cJSON *params, ph_process_done done)
{
	char *text = params ? cJSON_PrintUnformatted(params) : NULL;
	int r = -ENOTCONN;

	if (device->unit->state == PH_DEVICE_READY)
		r = ph_process_request(device->unit->process, method, text ? text : "{}",
			text ? strlen(text) : 2, done, call);
	cJSON_Delete(params);
	free(text);
	if (r == -ENOTCONN) {
		struct ph_failure failure;
		ph_device_unusable(device, &failure);
		ph_call_fail_with(call, &failure);
	} else if (r < 0) {
		ph_call_fail(call, ph_error_from_errno(r), "%s: %s", device->id, strerror(-r));
	}
}

void ph_device_command(
	struct ph_call *call, struct ph_device *device, const char *method, cJSON *params)
{
	ph_device_ask(call, device, method, params, on_command_done);
}

void ph_device_list(struct ph_call *call)
{
	const char *word = ph_param_str(call, "class");
	int class_ = word ? ph_class_parse(word) : -1;
	cJSON *result = cJSON_CreateObject();
	cJSON *list = cJSON_AddArrayToObject(result, "devices");

	for (struct ph_device *d = call->daemon->devices; d; d = d->next)
		if (!word || (int)d->class_ == class_)
			cJSON_AddItemToArray(list, ph_device_describe(d));
	ph_call_reply(call, result);
}

void ph_device_get(struct ph_call *call)
{
	struct ph_device *device = ph_call_device(call, PH_CLASS_COUNT_);

	if (!device)
		return;
	cJSON *result = cJSON_CreateObject();
	cJSON_AddItemToObject(result, "device", ph_device_describe(device));
	ph_call_reply(call, result);
}

bool ph_call_unless_stopping(struct ph_call *call)
{
	if (!call->daemon->stopping)
		return true;
	ph_call_fail(call, PH_E_BUSY, "the service is being stopped");
	return false;
}

void ph_device_disable(struct ph_call *call)
{
	struct ph_device *device = ph_call_device(call, PH_CLASS_COUNT_);

	if (!device || !ph_call_unless_stopping(call))
		return;
	struct ph_unit *unit = device->unit;
	if (!unit->disabled) {
		unit->disabled = true;
		end(unit);
		show_state(unit, PH_DEVICE_DISABLED, NULL);
		ph_audit(call, device->id, "done", NULL);
	}
	ph_call_reply(call, NULL);
}

void ph_device_enable(struct ph_call *call)
{
	struct ph_device *device = ph_call_device(call, PH_CLASS_COUNT_);

	if (!device || !ph_call_unless_stopping(call))
		return;
	struct ph_unit *unit = device->unit;
	if (unit->disabled) {
		unit->disabled = false;
		if (unit->resting)
			show_word(unit, PH_DEVICE_OFFLINE, "unplugged");
		else if (
			!unit->process) /* else it is just being stopped, and starts again when it is gone */
			begin(unit);
		else
			show_state(unit, PH_DEVICE_STARTING, NULL);
		ph_audit(call, device->id, "done", NULL);
	}
	ph_call_reply(call, NULL);
}

void ph_device_statistics(struct ph_call *call)
{
	static const struct {
		int class_; /* or -1 for all */
		enum ph_counter counter;
		const char *name;
	} rows[] = {
		{-1, PH_COUNT_COMMUNICATION_ERROR, "CommunicationErrorCount"},
		{PH_CLASS_SCANNER, PH_COUNT_GOOD_SCAN, "GoodScanCount"},
		{PH_CLASS_SCANNER, PH_COUNT_DROPPED_SCAN, "M_DroppedScanCount"},
		{PH_CLASS_PRINTER, PH_COUNT_JOB_PRINTED, "M_JobPrintedCount"},
		{PH_CLASS_PRINTER, PH_COUNT_JOB_UNCERTAIN, "M_JobUncertainCount"},
		{PH_CLASS_PRINTER, PH_COUNT_PRINTER_FAULT, "PrinterFaultCount"},
		{PH_CLASS_DRAWER, PH_COUNT_DRAWER_OPEN, "DrawerGoodOpenCount"},
		{PH_CLASS_DRAWER, PH_COUNT_DRAWER_FAILED, "DrawerFailedOpenCount"},
		{PH_CLASS_MSR, PH_COUNT_GOOD_CARD, "GoodReadCount"},
		{PH_CLASS_MSR, PH_COUNT_FAILED_CARD, "FailedReadCount"},
		{PH_CLASS_SCALE, PH_COUNT_GOOD_WEIGHT, "GoodWeightReadCount"},
		{PH_CLASS_SCALE, PH_COUNT_FAILED_WEIGHT, "M_FailedWeightReadCount"},
		{PH_CLASS_DRAWER, PH_COUNT_DRAWER_MANUAL, "M_ManualOpenCount"},
		{PH_CLASS_DRAWER, PH_COUNT_DRAWER_LEFT_OPEN, "M_LeftOpenCount"},
	};
	struct ph_device *device = ph_call_device(call, PH_CLASS_COUNT_);

	if (!device)
		return;
	cJSON *result = cJSON_CreateObject();
	cJSON *list = cJSON_AddObjectToObject(result, "statistics");
	for (size_t i = 0; i < PH_ARRAY_SIZE(rows); i++)
		if (rows[i].class_ < 0 || rows[i].class_ == (int)device->class_)
			cJSON_AddNumberToObject(
				list, rows[i].name, (double)device->counters[rows[i].counter]);
	ph_call_reply(call, result);
}
