// Customer displays: rows of text from the application to whole screens for the driver.
#include "daemon/objects/display.h"
#include "base/cleanup.h"
#include "base/utf8.h"
#include "daemon/core/daemon.h"
#include "daemon/core/process.h"
#include "daemon/doors/call.h"
#include "daemon/doors/handlers.h"
#include "daemon/objects/device.h"
#include "daemon/objects/lease.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CELLS_MAX 256 /* rows or columns of a display that is believed */

static int capability(const struct ph_device *device, const char *name, int fallback)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(device->capabilities, name);

	return cJSON_IsNumber(value) && value->valueint > 0 && value->valueint <= CELLS_MAX
		       ? value->valueint
		       : fallback;
}

static int characters(const char *text)
{
	int count = 0;

	for (; *text; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

/* The text moved to its place in a row of `columns` cells. The caller frees. */
static char *aligned(const char *text, const char *align, int columns)
{
	int room = columns - characters(text);
	int before = 0;
	char *out = NULL;

	if (room > 0 && align && !strcmp(align, "right"))
		before = room;
	if (room > 0 && align && !strcmp(align, "center"))
		before = room / 2;
	return asprintf(&out, "%*s%s", before, "", text) < 0 ? NULL : out;
}

/* One row of `items`. Returns NULL with *ret_problem set when it is not one. */
static cJSON *row_from_item(const cJSON *item, int columns, const char **ret_problem)
{
	const cJSON *member;
	const char *text = NULL, *align = NULL;
	bool blink = false, reverse = false;

	cJSON_ArrayForEach(member, item)
	{
		bool is_text = cJSON_IsString(member);
		*ret_problem = member->string;
		if (!strcmp(member->string, "text") && is_text)
			text = member->valuestring;
		else if (!strcmp(member->string, "align") && is_text &&
			 (!strcmp(member->valuestring, "left") ||
				 !strcmp(member->valuestring, "center") ||
				 !strcmp(member->valuestring, "right")))
			align = member->valuestring;
		else if (!strcmp(member->string, "blink") && cJSON_IsBool(member))
			blink = cJSON_IsTrue(member);
		else if (!strcmp(member->string, "reverse") && cJSON_IsBool(member))
			reverse = cJSON_IsTrue(member);
		else
			return NULL;
	}
	*ret_problem = "text";
	if (!text || strlen(text) > 256)
		return NULL;
	cJSON *row = cJSON_CreateObject();
	PH_CLEANUP_FREE char *placed = aligned(text, align, columns);
	cJSON_AddStringToObject(row, "text", placed ? placed : text);
	if (blink)
		cJSON_AddTrueToObject(row, "blink");
	if (reverse)
		cJSON_AddTrueToObject(row, "reverse");
	return row;
}

/* Fills `rows` from `lines` or `items`. False: the call is answered. */
static bool collect_rows(struct ph_call *call, const struct ph_device *device, cJSON *rows)
{
	const cJSON *lines = ph_param(call, "lines"), *items = ph_param(call, "items");
	const cJSON *list = lines ? lines : items, *item;
	int columns = capability(device, "columns", 20), index = 0;

	cJSON_ArrayForEach(item, list)
	{
		const char *problem = NULL;
		cJSON *row = NULL;
		if (lines)
			cJSON_AddStringToObject(
				row = cJSON_CreateObject(), "text", item->valuestring);
		else
			row = row_from_item(item, columns, &problem);
		if (!row) {
			ph_call_fail(call, PH_E_ILLEGAL, "$.items[%d].%.40s: unknown or wrong",
				index, problem ? problem : "text");
			return false;
		}
		cJSON_AddItemToArray(rows, row);
		index++;
	}
	int most = capability(device, "rows", 2);
	if (index > most) {
		ph_call_fail(call, PH_E_ILLEGAL, "$.%s: %s has %d rows", lines ? "lines" : "items",
			device->id, most);
		return false;
	}
	return true;
}

void ph_display_show(struct ph_call *call)
{
	struct ph_device *device = ph_call_device(call, PH_CLASS_DISPLAY);

	if (!device || !ph_lease_admits(call, device))
		return;
	if (!ph_param(call, "lines") == !ph_param(call, "items")) {
		ph_call_fail(call, PH_E_ILLEGAL, "$.lines: give either lines or items");
		return;
	}
	cJSON *params = cJSON_CreateObject();
	cJSON *rows = cJSON_AddArrayToObject(params, "rows");
	if (ph_param(call, "brightness"))
		cJSON_AddNumberToObject(
			params, "brightness", (double)ph_param_int(call, "brightness", 100));
	if (collect_rows(call, device, rows))
		ph_device_command(call, device, "display.show", PH_STEAL(params));
	cJSON_Delete(params);
}

void ph_display_clear(struct ph_call *call)
{
	struct ph_device *device = ph_call_device(call, PH_CLASS_DISPLAY);

	if (device && ph_lease_admits(call, device))
		ph_device_command(call, device, "display.clear", NULL);
}

/* ---- windows, computed by the driver ---- */

static bool has_windows(const struct ph_device *device)
{
	return capability(device, "windows", 0) > 0;
}

/* Whether the call may go to the driver; else it is answered. */
static bool admits(struct ph_call *call, struct ph_device *device)
{
	if (!device || !ph_lease_admits(call, device))
		return false;
	/* what a driver can do is known once it was ready */
	if (!device->capabilities || has_windows(device))
		return true;
	ph_call_fail(
		call, PH_E_ILLEGAL, "%s shows whole screens only; use display.show", device->id);
	return false;
}

static bool is_of_type(const cJSON *value, enum ph_value_type type)
{
	const cJSON *item;

	switch (type) {
	case PH_VALUE_STRING:
		return cJSON_IsString(value);
	case PH_VALUE_BOOL:
		return cJSON_IsBool(value);
	case PH_VALUE_INT:
		return cJSON_IsNumber(value);
	case PH_VALUE_STRINGS:
	case PH_VALUE_OBJECTS:
		if (!cJSON_IsArray(value))
			return false;
		cJSON_ArrayForEach(item, value)
		{
			if (type == PH_VALUE_STRINGS ? !cJSON_IsString(item)
						     : !cJSON_IsObject(item))
				return false;
		}
		return true;
	case PH_VALUE_OBJECT:
	case PH_VALUE_BYTES:
	case PH_VALUE_DOCUMENT:
	case PH_VALUE_ID:
		break;
	}
	return false;
}

/* Answers with the members the table of methods names: a driver of another maker may say anything. */
static void on_line_done(void *userdata, const cJSON *result, const struct ph_failure *failure)
{
	struct ph_call *call = userdata;

	if (failure) {
		ph_call_fail_with(call, failure);
		return;
	}
	cJSON *answer = cJSON_CreateObject();
	for (const struct ph_field *field = call->method->result; field->name; field++) {
		const cJSON *value = cJSON_GetObjectItemCaseSensitive(result, field->name);
		if (!is_of_type(value, field->type)) {
			cJSON_Delete(answer);
			ph_call_fail(
				call, PH_E_FAILURE, "the driver answers without %s", field->name);
			return;
		}
		cJSON_AddItemToObject(answer, field->name, cJSON_Duplicate(value, true));
	}
	ph_call_reply(call, answer);
}

void ph_display_line(struct ph_call *call)
{
	struct ph_device *device = ph_call_device(call, PH_CLASS_DISPLAY);

	if (!admits(call, device))
		return;
	cJSON *params = cJSON_Duplicate(call->params, true);
	cJSON_DeleteItemFromObjectCaseSensitive(params, "device");
	ph_device_ask(call, device, call->method->name, params, on_line_done);
}

void ph_display_idle(struct ph_call *call)
{
	struct ph_device *device = ph_call_device(call, PH_CLASS_DISPLAY);

	if (!admits(call, device))
		return;
	if (ph_param(call, "lines") && ph_param(call, "items")) {
		ph_call_fail(call, PH_E_ILLEGAL, "$.lines: give either lines or items");
		return;
	}
	cJSON *params = cJSON_CreateObject();
	cJSON *rows = cJSON_AddArrayToObject(params, "rows");
	if (ph_param(call, "after_s"))
		cJSON_AddNumberToObject(
			params, "after_s", (double)ph_param_int(call, "after_s", 0));
	if (collect_rows(call, device, rows))
		ph_device_command(call, device, "display.idle", PH_STEAL(params));
	cJSON_Delete(params);
}

/* What a driver makes of it changes nothing here. */
static void on_held_done(void *userdata, const cJSON *result, const struct ph_failure *failure)
{
}

void ph_display_tell_held(struct ph_device *device, bool held)
{
	static const char *const params[] = {"{\"held\":false}", "{\"held\":true}"};

	/* a display that is not ready is told when it is; one that never heard of a lease need not hear of its end */
	if (device->class_ != PH_CLASS_DISPLAY || (!held && !device->display_held))
		return;
	if (device->unit->state != PH_DEVICE_READY || !has_windows(device)) {
		device->display_held = true;
		return;
	}
	if (ph_process_request(device->unit->process, "display.hold", params[held],
		    strlen(params[held]), on_held_done, device) >= 0)
		device->display_held = held;
}
