// JSON values to D-Bus values: of declared types, and of types found by looking. Sending is left to others.
#include "daemon/doors/dbus/internal.h"

#include "base/base64.h"
#include "base/cleanup.h"
#include "base/utf8.h"
#include "poshal/limits.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* The bus allows 64 containers in all and an object takes three; deeper ones travel as their JSON text. */
#define DEPTH_MAX 12

static int append_value(sd_bus_message *message, const cJSON *value, int depth);
static int append_object(sd_bus_message *message, const cJSON *object, int depth);

void ph_dbus_clean_text(char *text)
{
	size_t left = strlen(text);
	uint32_t codepoint;

	while (left) {
		int n = ph_utf8_decode(text, left, &codepoint);
		if (n < 0) {
			*text = '?';
			n = 1;
		}
		text += n;
		left -= (size_t)n;
	}
}

int ph_dbus_append_text(sd_bus_message *message, const char *text)
{
	if (ph_utf8_valid(text, strlen(text)))
		return sd_bus_message_append_basic(message, 's', text);
	PH_CLEANUP_FREE char *copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	ph_dbus_clean_text(copy);
	return sd_bus_message_append_basic(message, 's', copy);
}

static bool is_whole(const cJSON *value)
{
	return fabs(value->valuedouble) <= 9007199254740992.0 &&
	       value->valuedouble == floor(value->valuedouble);
}

static bool list_of(const cJSON *list, bool objects)
{
	const cJSON *item;

	cJSON_ArrayForEach(item,
		list) if (objects ? !cJSON_IsObject(item) : !cJSON_IsString(item)) return false;
	return true;
}

/* Signature of a value found by looking at it. An empty list counts as one of texts. */
static const char *signature_of(const cJSON *value, int depth)
{
	if (cJSON_IsBool(value))
		return "b";
	if (cJSON_IsNumber(value))
		return is_whole(value) ? "x" : "d";
	if (cJSON_IsObject(value))
		return depth >= DEPTH_MAX ? "s" : "a{sv}";
	if (!cJSON_IsArray(value))
		return "s";
	if (list_of(value, false))
		return "as";
	if (depth >= DEPTH_MAX)
		return "s";
	return list_of(value, true) ? "aa{sv}" : "av";
}

static int append_variant(sd_bus_message *message, const cJSON *value, int depth)
{
	int r = sd_bus_message_open_container(message, 'v', signature_of(value, depth));

	if (r >= 0)
		r = append_value(message, value, depth);
	return r < 0 ? r : sd_bus_message_close_container(message);
}

static int append_texts(sd_bus_message *message, const cJSON *list)
{
	const cJSON *item;
	int r = sd_bus_message_open_container(message, 'a', "s");

	cJSON_ArrayForEach(item, list)
	{
		if (r < 0)
			return r;
		r = ph_dbus_append_text(message, item->valuestring);
	}
	return r < 0 ? r : sd_bus_message_close_container(message);
}

static int append_objects(sd_bus_message *message, const cJSON *list, int depth)
{
	const cJSON *item;
	int r = sd_bus_message_open_container(message, 'a', "a{sv}");

	cJSON_ArrayForEach(item, list)
	{
		if (r < 0)
			return r;
		r = append_object(message, item, depth);
	}
	return r < 0 ? r : sd_bus_message_close_container(message);
}

static int append_mixed(sd_bus_message *message, const cJSON *list, int depth)
{
	const cJSON *item;
	int r = sd_bus_message_open_container(message, 'a', "v");

	cJSON_ArrayForEach(item, list)
	{
		if (r < 0)
			return r;
		r = cJSON_IsNull(item) ? 0 : append_variant(message, item, depth);
	}
	return r < 0 ? r : sd_bus_message_close_container(message);
}

static int append_number(sd_bus_message *message, const cJSON *value)
{
	int64_t whole;

	if (!is_whole(value))
		return sd_bus_message_append_basic(message, 'd', &value->valuedouble);
	whole = (int64_t)value->valuedouble;
	return sd_bus_message_append_basic(message, 'x', &whole);
}

static int append_text_of(sd_bus_message *message, const cJSON *value)
{
	PH_CLEANUP_FREE char *text = cJSON_PrintUnformatted(value);

	return text ? ph_dbus_append_text(message, text) : -ENOMEM;
}

/* The value with the signature signature_of() tells. */
static int append_value(sd_bus_message *message, const cJSON *value, int depth)
{
	const char *signature = signature_of(value, depth);

	if (cJSON_IsString(value))
		return ph_dbus_append_text(message, value->valuestring);
	if (cJSON_IsBool(value))
		return sd_bus_message_append_basic(message, 'b', &(int){cJSON_IsTrue(value)});
	if (cJSON_IsNumber(value))
		return append_number(message, value);
	if (!strcmp(signature, "a{sv}"))
		return append_object(message, value, depth);
	if (!strcmp(signature, "as"))
		return append_texts(message, value);
	if (!strcmp(signature, "aa{sv}"))
		return append_objects(message, value, depth + 1);
	if (!strcmp(signature, "av"))
		return append_mixed(message, value, depth + 1);
	return append_text_of(message, value);
}

/* Base64 as `ay`; -EINVAL when it is none. */
static int append_bytes(sd_bus_message *message, const char *text)
{
	size_t len = strlen(text);
	PH_CLEANUP_FREE uint8_t *data = malloc(len + 1);

	if (!data)
		return -ENOMEM;
	ssize_t n = ph_base64_decode(text, len, data);
	return n < 0 ? (int)n : sd_bus_message_append_array(message, 'y', data, (size_t)n);
}

static bool holds_bytes(const cJSON *member)
{
	size_t len = strlen(member->string);

	if (len <= 4 || len > PH_NAME_MAX || strcmp(member->string + len - 4, "_b64") ||
		!cJSON_IsString(member))
		return false;
	PH_CLEANUP_FREE uint8_t *data = malloc(strlen(member->valuestring) + 1);
	return data &&
	       ph_base64_decode(member->valuestring, strlen(member->valuestring), data) >= 0;
}

/* NAME_b64 as NAME with its bytes. */
static int append_bytes_entry(sd_bus_message *message, const cJSON *member)
{
	char name[PH_NAME_MAX + 1];
	size_t len = strlen(member->string) - 4;

	memcpy(name, member->string, len);
	name[len] = '\0';
	int r = ph_dbus_append_text(message, name);
	if (r >= 0)
		r = sd_bus_message_open_container(message, 'v', "ay");
	if (r >= 0)
		r = append_bytes(message, member->valuestring);
	return r < 0 ? r : sd_bus_message_close_container(message);
}

static int append_entry(sd_bus_message *message, const cJSON *member, int depth)
{
	int r = sd_bus_message_open_container(message, 'e', "sv");

	if (r < 0)
		return r;
	if (holds_bytes(member)) {
		r = append_bytes_entry(message, member);
	} else {
		r = ph_dbus_append_text(message, member->string);
		if (r >= 0)
			r = append_variant(message, member, depth + 1);
	}
	return r < 0 ? r : sd_bus_message_close_container(message);
}

static int append_object(sd_bus_message *message, const cJSON *object, int depth)
{
	const cJSON *member;
	int r = sd_bus_message_open_container(message, 'a', "{sv}");

	cJSON_ArrayForEach(member, object)
	{
		if (r < 0)
			return r;
		r = cJSON_IsNull(member) ? 0 : append_entry(message, member, depth);
	}
	return r < 0 ? r : sd_bus_message_close_container(message);
}

int ph_dbus_append_variant(sd_bus_message *message, const cJSON *value)
{
	return append_variant(message, value, 0);
}

int ph_dbus_append_dict(sd_bus_message *message, const cJSON *object)
{
	return append_object(message, object, 0);
}

static int append_whole(sd_bus_message *message, const cJSON *value)
{
	if (!cJSON_IsNumber(value) || !is_whole(value))
		return -EINVAL;
	return append_number(message, value);
}

int ph_dbus_append_typed(sd_bus_message *message, enum ph_value_type type, const cJSON *value)
{
	switch (type) {
	case PH_VALUE_STRING:
		if (!cJSON_IsString(value))
			return -EINVAL;
		return ph_dbus_append_text(message, value->valuestring);
	case PH_VALUE_BOOL:
		if (!cJSON_IsBool(value))
			return -EINVAL;
		return append_value(message, value, 0);
	case PH_VALUE_INT:
		return append_whole(message, value);
	case PH_VALUE_STRINGS:
		if (!cJSON_IsArray(value) || !list_of(value, false))
			return -EINVAL;
		return append_texts(message, value);
	case PH_VALUE_OBJECT:
		return cJSON_IsObject(value) ? append_object(message, value, 0) : -EINVAL;
	case PH_VALUE_OBJECTS:
		if (!cJSON_IsArray(value) || !list_of(value, true))
			return -EINVAL;
		return append_objects(message, value, 0);
	case PH_VALUE_BYTES:
		return cJSON_IsString(value) ? append_bytes(message, value->valuestring) : -EINVAL;
	case PH_VALUE_DOCUMENT:
		return cJSON_IsObject(value) ? append_text_of(message, value) : -EINVAL;
	case PH_VALUE_ID:
		return -EINVAL;
	}
	return -EINVAL;
}

/* One optional field as an entry, with its declared type. */
static int append_option(sd_bus_message *message, const struct ph_field *field, const cJSON *value)
{
	char name[PH_NAME_MAX + 1];
	int r = sd_bus_message_open_container(message, 'e', "sv");

	if (r >= 0)
		r = ph_dbus_append_text(message, ph_dbus_field_name(field, name));
	if (r >= 0)
		r = sd_bus_message_open_container(message, 'v', ph_dbus_signature(field->type));
	if (r >= 0)
		r = ph_dbus_append_typed(message, field->type, value);
	if (r >= 0)
		r = sd_bus_message_close_container(message);
	return r < 0 ? r : sd_bus_message_close_container(message);
}

static int append_options(sd_bus_message *message, const struct ph_field *fields,
	const cJSON *result, const char **ret_missing)
{
	int r = sd_bus_message_open_container(message, 'a', "{sv}");

	for (; r >= 0 && fields->name; fields++) {
		const cJSON *value = cJSON_GetObjectItemCaseSensitive(result, fields->name);
		if (fields->required || !value || cJSON_IsNull(value))
			continue;
		r = append_option(message, fields, value);
		*ret_missing = fields->name;
	}
	return r < 0 ? r : sd_bus_message_close_container(message);
}

int ph_dbus_append_result(sd_bus_message *message, const struct ph_dbus_member *member,
	const cJSON *result, const char **ret_missing)
{
	for (const struct ph_field *f = member->method->result; f->name; f++) {
		if (!f->required)
			continue;
		*ret_missing = f->name;
		int r = ph_dbus_append_typed(
			message, f->type, cJSON_GetObjectItemCaseSensitive(result, f->name));
		if (r < 0)
			return r;
	}
	if (!member->out_options)
		return 0;
	return append_options(message, member->method->result, result, ret_missing);
}
