// The rpc.* methods: ping, cancel, and the OpenRPC document made from the method table.
#include "base/cleanup.h"
#include "base/names.h"
#include "daemon/core/daemon.h"
#include "daemon/doors/handlers.h"
#include "daemon/doors/json/door_private.h"

#include <string.h>

void ph_rpc_ping(struct ph_call *call)
{
	ph_call_reply(call, NULL);
}

void ph_rpc_cancel(struct ph_call *call)
{
	char id[PH_ID_TEXT_MAX];

	if (ph_json_id_text(ph_param(call, "id"), id) < 0) {
		ph_call_fail(call, PH_E_ILLEGAL, "$.id: is not a request id");
		return;
	}
	for (struct ph_call *other = call->client->calls; other; other = other->next) {
		struct ph_json_call *json = PH_CONTAINER_OF(other, struct ph_json_call, call);
		if (other == call || strcmp(json->id, id) != 0)
			continue;
		ph_call_cancel(other);
		ph_call_reply(call, NULL);
		return;
	}
	ph_call_fail(call, PH_E_NOEXIST, "no call with the id %.70s is under way", id);
}

/* ---- OpenRPC 1.3 ---- */

static void schema_type(cJSON *schema, enum ph_value_type type)
{
	static const char *const types[] = {
		[PH_VALUE_STRING] = "string",
		[PH_VALUE_BOOL] = "boolean",
		[PH_VALUE_INT] = "integer",
		[PH_VALUE_STRINGS] = "array",
		[PH_VALUE_OBJECT] = "object",
		[PH_VALUE_OBJECTS] = "array",
		[PH_VALUE_BYTES] = "string",
		[PH_VALUE_DOCUMENT] = "object",
		[PH_VALUE_ID] = "string",
	};

	cJSON_AddStringToObject(schema, "type", types[type]);
	if (type == PH_VALUE_BYTES)
		cJSON_AddStringToObject(schema, "contentEncoding", "base64");
	if (type == PH_VALUE_STRINGS || type == PH_VALUE_OBJECTS)
		cJSON_AddStringToObject(cJSON_AddObjectToObject(schema, "items"), "type",
			type == PH_VALUE_STRINGS ? "string" : "object");
}

static void add_choices(cJSON *schema, const char *choices)
{
	cJSON *list = cJSON_AddArrayToObject(schema, "enum");

	for (const char *p = choices; *p;) {
		size_t len = strcspn(p, " ");
		PH_CLEANUP_FREE char *word = strndup(p, len);
		cJSON_AddItemToArray(list, cJSON_CreateString(word ? word : ""));
		p += len + (p[len] == ' ');
	}
}

static cJSON *field_schema(const struct ph_field *field)
{
	cJSON *schema = cJSON_CreateObject();

	schema_type(schema, field->type);
	if (field->choices)
		add_choices(schema, field->choices);
	if (field->type == PH_VALUE_INT) {
		cJSON_AddNumberToObject(schema, "minimum", (double)field->min);
		if (field->max)
			cJSON_AddNumberToObject(schema, "maximum", (double)field->max);
	}
	return schema;
}

static cJSON *describe_params(const struct ph_field *fields)
{
	cJSON *list = cJSON_CreateArray();

	for (; fields->name; fields++) {
		cJSON *row = cJSON_CreateObject();
		cJSON_AddStringToObject(row, "name", fields->name);
		cJSON_AddStringToObject(row, "description", fields->doc);
		cJSON_AddBoolToObject(row, "required", fields->required);
		cJSON_AddItemToObject(row, "schema", field_schema(fields));
		cJSON_AddItemToArray(list, row);
	}
	return list;
}

static cJSON *describe_result(const struct ph_field *fields)
{
	cJSON *result = cJSON_CreateObject();
	cJSON *schema = cJSON_CreateObject();
	cJSON *required = cJSON_CreateArray();

	cJSON_AddStringToObject(result, "name", "result");
	cJSON_AddItemToObject(result, "schema", schema);
	cJSON_AddStringToObject(schema, "type", "object");
	cJSON *properties = cJSON_AddObjectToObject(schema, "properties");
	for (; fields->name; fields++) {
		cJSON *property = field_schema(fields);
		cJSON_AddStringToObject(property, "description", fields->doc);
		cJSON_AddItemToObject(properties, fields->name, property);
		if (fields->required)
			cJSON_AddItemToArray(required, cJSON_CreateString(fields->name));
	}
	cJSON_AddItemToObject(schema, "required", required);
	return result;
}

static cJSON *describe_method(const struct ph_method *method)
{
	cJSON *row = cJSON_CreateObject();

	cJSON_AddStringToObject(row, "name", method->name);
	cJSON_AddStringToObject(row, "summary", method->doc);
	cJSON_AddStringToObject(row, "paramStructure", "by-name");
	if (method->grant >= 0)
		cJSON_AddStringToObject(
			row, "x-grant", ph_grant_name((enum ph_grant)method->grant));
	if (method->dbus)
		cJSON_AddStringToObject(row, "x-dbus", method->dbus);
	cJSON_AddItemToObject(row, "params", describe_params(method->params));
	cJSON_AddItemToObject(row, "result", describe_result(method->result));
	return row;
}

void ph_rpc_discover(struct ph_call *call)
{
	cJSON *result = cJSON_CreateObject();

	cJSON_AddStringToObject(result, "openrpc", "1.3.2");
	cJSON *info = cJSON_AddObjectToObject(result, "info");
	cJSON_AddStringToObject(info, "title", "poshal");
	cJSON_AddStringToObject(info, "version", POSHAL_VERSION);
	cJSON *methods = cJSON_AddArrayToObject(result, "methods");
	for (size_t i = 0; i < ph_methods_count; i++)
		cJSON_AddItemToArray(methods, describe_method(&ph_methods[i]));
	ph_call_reply(call, result);
}
