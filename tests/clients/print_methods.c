// Prints the method table as one JSON document, for the test that compares docs/api.md with it.
#include "daemon/doors/method.h"

#include "base/names.h"
#include "poshal/errors.h"

#include <cjson/cJSON.h>
#include <stdio.h>

static const char *type_name(enum ph_value_type type)
{
	switch (type) {
	case PH_VALUE_STRING:
		return "string";
	case PH_VALUE_BOOL:
		return "boolean";
	case PH_VALUE_INT:
		return "integer";
	case PH_VALUE_STRINGS:
		return "strings";
	case PH_VALUE_OBJECT:
		return "object";
	case PH_VALUE_OBJECTS:
		return "objects";
	case PH_VALUE_BYTES:
		return "bytes";
	case PH_VALUE_DOCUMENT:
		return "document";
	case PH_VALUE_ID:
		return "id";
	}
	return "unknown";
}

static void add_fields(cJSON *method, const char *name, const struct ph_field *field)
{
	cJSON *list = cJSON_AddArrayToObject(method, name);

	for (; field->name; field++) {
		cJSON *row = cJSON_CreateObject();
		cJSON_AddStringToObject(row, "name", field->name);
		cJSON_AddStringToObject(row, "type", type_name(field->type));
		cJSON_AddBoolToObject(row, "required", field->required);
		cJSON_AddNumberToObject(row, "min", (double)field->min);
		cJSON_AddNumberToObject(row, "max", (double)field->max);
		if (field->choices)
			cJSON_AddStringToObject(row, "choices", field->choices);
		cJSON_AddStringToObject(row, "doc", field->doc);
		cJSON_AddItemToArray(list, row);
	}
}

static cJSON *describe(const struct ph_method *method)
{
	cJSON *row = cJSON_CreateObject();

	cJSON_AddStringToObject(row, "name", method->name);
	if (method->dbus)
		cJSON_AddStringToObject(row, "dbus", method->dbus);
	cJSON_AddStringToObject(row, "doc", method->doc);
	if (method->grant >= 0)
		cJSON_AddStringToObject(row, "grant", ph_grant_name((enum ph_grant)method->grant));
	cJSON_AddBoolToObject(row, "long", (method->flags & PH_METHOD_LONG) != 0);
	cJSON_AddBoolToObject(row, "admin", (method->flags & PH_METHOD_ADMIN) != 0);
	add_fields(row, "params", method->params);
	add_fields(row, "result", method->result);
	return row;
}

static void add_errors(cJSON *root)
{
	static const enum ph_error kinds[] = {PH_E_CLOSED, PH_E_CLAIMED, PH_E_NOTCLAIMED,
		PH_E_NOSERVICE, PH_E_DISABLED, PH_E_ILLEGAL, PH_E_NOHARDWARE, PH_E_OFFLINE,
		PH_E_NOEXIST, PH_E_EXISTS, PH_E_FAILURE, PH_E_TIMEOUT, PH_E_BUSY, PH_E_EXTENDED,
		PH_E_ACCESS_DENIED, PH_E_CANCELLED, PH_E_EXPIRED, PH_E_UNCERTAIN,
		PH_E_LIMIT_EXCEEDED, PH_E_TOO_LARGE, PH_E_RATE_LIMITED, PH_E_DECLINED,
		PH_E_PAIRING_REQUIRED, PH_E_PARSE, PH_E_INVALID_REQUEST, PH_E_METHOD_NOT_FOUND};
	cJSON *list = cJSON_AddArrayToObject(root, "errors");

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		cJSON *row = cJSON_CreateObject();
		cJSON_AddStringToObject(row, "name", ph_error_name(kinds[i]));
		cJSON_AddNumberToObject(row, "code", ph_error_code(kinds[i]));
		cJSON_AddBoolToObject(row, "retryable", ph_error_retryable(kinds[i]));
		cJSON_AddItemToArray(list, row);
	}
}

int main(void)
{
	cJSON *root = cJSON_CreateObject();
	cJSON *methods = cJSON_AddArrayToObject(root, "methods");

	for (size_t i = 0; i < ph_methods_count; i++)
		cJSON_AddItemToArray(methods, describe(&ph_methods[i]));
	add_errors(root);
	char *text = cJSON_PrintUnformatted(root);
	puts(text);
	cJSON_free(text);
	cJSON_Delete(root);
	return 0;
}
