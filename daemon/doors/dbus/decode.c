// Arguments of a bus call to the JSON parameters of its method, within bounds. Ranges and words are checked later.
#include "daemon/doors/dbus/internal.h"

#include "base/base64.h"
#include "base/cleanup.h"
#include "base/json_scan.h"
#include "poshal/limits.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define VALUE_COST 8	       /* counted for each value beside its bytes */
#define EXACT	   (1LL << 53) /* whole numbers of JSON */

struct reader {
	const struct ph_dbus_member *member;
	sd_bus_message *message;
	size_t left; /* bytes that may still be read */
	sd_bus_error *error;
};

PH_DEFINE_CLEANUP(cJSON *, cJSON_Delete)

static int read_any(struct reader *reader, int depth, const char **ret_suffix, cJSON **ret_value);

static int charge(struct reader *reader, size_t bytes)
{
	if (bytes > reader->left)
		return ph_dbus_set_error(reader->error, PH_E_TOO_LARGE,
			"the arguments are longer than %d bytes", PH_LINE_MAX);
	reader->left -= bytes;
	return 0;
}

/* For values and errors of the message itself, which sd-bus has checked against the signature already. */
static int broken(struct reader *reader, int r)
{
	if (sd_bus_error_is_set(reader->error))
		return r;
	return sd_bus_error_set_errnof(reader->error, r, "the message cannot be read");
}

static int give(struct reader *reader, cJSON *value, cJSON **ret_value)
{
	if (!value)
		return broken(reader, -ENOMEM);
	*ret_value = value;
	return 0;
}

static int read_string(struct reader *reader, char type, cJSON **ret_value)
{
	const char *text = NULL;
	int r = sd_bus_message_read_basic(reader->message, type, &text);

	if (r < 0)
		return broken(reader, r);
	r = charge(reader, strlen(text) + VALUE_COST);
	if (r < 0)
		return r;
	return give(reader, cJSON_CreateString(text), ret_value);
}

static int read_bool(struct reader *reader, cJSON **ret_value)
{
	int value = 0;
	int r = sd_bus_message_read_basic(reader->message, 'b', &value);

	if (r < 0)
		return broken(reader, r);
	r = charge(reader, VALUE_COST);
	return r < 0 ? r : give(reader, cJSON_CreateBool(value), ret_value);
}

static int read_double(struct reader *reader, cJSON **ret_value)
{
	double value = 0;
	int r = sd_bus_message_read_basic(reader->message, 'd', &value);

	if (r < 0)
		return broken(reader, r);
	r = charge(reader, VALUE_COST);
	return r < 0 ? r : give(reader, cJSON_CreateNumber(value), ret_value);
}

/* Any of the whole number types, widened. */
static int read_int(struct reader *reader, char type, cJSON **ret_value)
{
	union {
		uint8_t y;
		int16_t n;
		uint16_t q;
		int32_t i;
		uint32_t u;
		int64_t x;
		uint64_t t;
	} v = {0};
	int64_t value;
	int r = sd_bus_message_read_basic(reader->message, type, &v);

	if (r < 0)
		return broken(reader, r);
	r = charge(reader, VALUE_COST);
	if (r < 0)
		return r;
	if (type == 't')
		value = v.t > EXACT ? INT64_MAX : (int64_t)v.t;
	else
		value = type == 'y'   ? v.y
			: type == 'n' ? v.n
			: type == 'q' ? v.q
			: type == 'i' ? v.i
			: type == 'u' ? (int64_t)v.u
				      : v.x;
	if (value > EXACT || value < -EXACT)
		return ph_dbus_set_error(
			reader->error, PH_E_ILLEGAL, "a number is beyond 2^53 in size");
	return give(reader, cJSON_CreateNumber((double)value), ret_value);
}

static int read_bytes(struct reader *reader, cJSON **ret_value)
{
	const void *data = NULL;
	size_t len = 0;
	int r = sd_bus_message_read_array(reader->message, 'y', &data, &len);

	if (r < 0)
		return broken(reader, r);
	r = charge(reader, PH_BASE64_SIZE(len) + VALUE_COST);
	if (r < 0)
		return r;
	PH_CLEANUP_FREE char *text = malloc(PH_BASE64_SIZE(len));
	if (!text)
		return broken(reader, -ENOMEM);
	ph_base64_encode(data, len, text);
	return give(reader, cJSON_CreateString(text), ret_value);
}

static int read_document(struct reader *reader, const char *name, cJSON **ret_value)
{
	const char *text = NULL;
	int r = sd_bus_message_read_basic(reader->message, 's', &text);

	if (r < 0)
		return broken(reader, r);
	size_t len = strlen(text);
	r = charge(reader, len + VALUE_COST);
	if (r < 0)
		return r;
	r = ph_json_scan(text, len, PH_JSON_DEPTH_MAX);
	if (r < 0)
		return ph_dbus_set_error(reader->error, PH_E_ILLEGAL, "$.%s: %s", name,
			r == -E2BIG ? "is nested too deep" : "is not JSON in UTF-8 without NUL");
	cJSON *value = cJSON_ParseWithLengthOpts(text, len + 1, NULL, true);
	if (!value)
		return ph_dbus_set_error(
			reader->error, PH_E_ILLEGAL, "$.%s: is not a JSON text", name);
	*ret_value = value;
	return 0;
}

/* One entry of a{sv} into `object`. */
static int read_entry(struct reader *reader, int depth, cJSON *object)
{
	PH_CLEANUP(cJSON_Delete_p) cJSON *value = NULL;
	const char *key = NULL, *suffix = "";
	char name[PH_NAME_MAX + 8];
	int r = sd_bus_message_read_basic(reader->message, 's', &key);

	if (r < 0)
		return broken(reader, r);
	if (strlen(key) > PH_NAME_MAX)
		return ph_dbus_set_error(reader->error, PH_E_ILLEGAL,
			"a member's name is longer than %d bytes", PH_NAME_MAX);
	r = charge(reader, strlen(key));
	if (r >= 0)
		r = read_any(reader, depth, &suffix, &value);
	if (r < 0)
		return r;
	snprintf(name, sizeof name, "%s%s", key, suffix);
	if (!cJSON_AddItemToObject(object, name, value))
		return broken(reader, -ENOMEM);
	value = NULL;
	return 0;
}

static int read_object(struct reader *reader, int depth, cJSON **ret_value)
{
	PH_CLEANUP(cJSON_Delete_p) cJSON *object = cJSON_CreateObject();
	int r = charge(reader, VALUE_COST);

	if (r < 0)
		return r;
	if (!object)
		return broken(reader, -ENOMEM);
	r = sd_bus_message_enter_container(reader->message, 'a', "{sv}");
	if (r < 0)
		return broken(reader, r);
	while ((r = sd_bus_message_enter_container(reader->message, 'e', "sv")) > 0) {
		r = read_entry(reader, depth + 1, object);
		if (r < 0)
			return r;
		r = sd_bus_message_exit_container(reader->message);
		if (r < 0)
			return broken(reader, r);
	}
	if (r >= 0)
		r = sd_bus_message_exit_container(reader->message);
	if (r < 0)
		return broken(reader, r);
	*ret_value = PH_STEAL(object);
	return 0;
}

/* An array of anything but bytes and dict entries. */
static int read_list(struct reader *reader, const char *contents, int depth, cJSON **ret_value)
{
	PH_CLEANUP(cJSON_Delete_p) cJSON *list = cJSON_CreateArray();
	PH_CLEANUP_FREE char *type = strdup(contents); /* points into the message's own state */
	const char *suffix;
	int r = charge(reader, VALUE_COST);

	if (r < 0)
		return r;
	if (!list || !type)
		return broken(reader, -ENOMEM);
	r = sd_bus_message_enter_container(reader->message, 'a', type);
	while (r >= 0 && (r = sd_bus_message_at_end(reader->message, false)) == 0) {
		cJSON *item = NULL;
		r = read_any(reader, depth + 1, &suffix, &item);
		if (r < 0)
			return r;
		cJSON_AddItemToArray(list, item);
	}
	if (r >= 0)
		r = sd_bus_message_exit_container(reader->message);
	if (r < 0)
		return broken(reader, r);
	*ret_value = PH_STEAL(list);
	return 0;
}

static int read_variant(struct reader *reader, const char *contents, int depth, const char **suffix,
	cJSON **ret_value)
{
	PH_CLEANUP_FREE char *type = strdup(contents);
	PH_CLEANUP(cJSON_Delete_p) cJSON *value = NULL;

	if (!type)
		return broken(reader, -ENOMEM);
	int r = sd_bus_message_enter_container(reader->message, 'v', type);
	if (r < 0)
		return broken(reader, r);
	r = read_any(reader, depth + 1, suffix, &value);
	if (r < 0)
		return r;
	r = sd_bus_message_exit_container(reader->message);
	if (r < 0)
		return broken(reader, r);
	*ret_value = PH_STEAL(value);
	return 0;
}

/* A value of whatever type comes next; *ret_suffix is "_b64" behind bytes. */
static int read_any(struct reader *reader, int depth, const char **ret_suffix, cJSON **ret_value)
{
	const char *contents = NULL;
	char type = 0;
	int r = sd_bus_message_peek_type(reader->message, &type, &contents);

	*ret_suffix = "";
	if (r <= 0)
		return broken(reader, r < 0 ? r : -EBADMSG);
	if (depth > PH_JSON_DEPTH_MAX)
		return ph_dbus_set_error(
			reader->error, PH_E_ILLEGAL, "nested deeper than %d", PH_JSON_DEPTH_MAX);
	if (type == 'v')
		return read_variant(reader, contents, depth, ret_suffix, ret_value);
	if (type == 'a' && !strcmp(contents, "{sv}"))
		return read_object(reader, depth, ret_value);
	if (type == 'a' && !strcmp(contents, "y")) {
		*ret_suffix = "_b64";
		return read_bytes(reader, ret_value);
	}
	if (type == 'a' && contents[0] != '{')
		return read_list(reader, contents, depth, ret_value);
	if (type == 's' || type == 'o' || type == 'g')
		return read_string(reader, type, ret_value);
	if (type == 'b')
		return read_bool(reader, ret_value);
	if (type == 'd')
		return read_double(reader, ret_value);
	if (strchr("ynqiuxt", type))
		return read_int(reader, type, ret_value);
	return ph_dbus_set_error(
		reader->error, PH_E_ILLEGAL, "a value of type %c has no meaning here", type);
}

static int read_field(
	struct reader *reader, const struct ph_field *field, char int_type, cJSON *params)
{
	PH_CLEANUP(cJSON_Delete_p) cJSON *value = NULL;
	const char *suffix = "";
	int r = -EINVAL;

	switch (field->type) {
	case PH_VALUE_STRING:
		r = read_string(reader, 's', &value);
		break;
	case PH_VALUE_INT:
		r = read_int(reader, int_type, &value);
		break;
	case PH_VALUE_DOCUMENT:
		r = read_document(reader, field->name, &value);
		break;
	case PH_VALUE_BYTES:
		r = read_bytes(reader, &value);
		break;
	case PH_VALUE_BOOL:
	case PH_VALUE_STRINGS:
	case PH_VALUE_OBJECT:
	case PH_VALUE_OBJECTS:
	case PH_VALUE_ID:
		r = read_any(reader, 1, &suffix, &value);
		break;
	}
	if (r < 0)
		return r;
	if (!cJSON_AddItemToObject(params, field->name, value))
		return broken(reader, -ENOMEM);
	value = NULL;
	return 0;
}

static const struct ph_field *find_option(const struct ph_method *method, const char *key)
{
	char name[PH_NAME_MAX + 1];

	for (const struct ph_field *f = method->params; f->name; f++)
		if (!f->required && !strcmp(ph_dbus_field_name(f, name), key))
			return f;
	return NULL;
}

/* Whether a variant of this signature can carry the field; whole numbers come in any width. */
static bool fits(const struct ph_field *field, const char *signature)
{
	if (field->type == PH_VALUE_INT)
		return signature[0] && !signature[1] && strchr("ynqiuxt", signature[0]);
	return !strcmp(signature, ph_dbus_signature(field->type));
}

static int read_option(struct reader *reader, cJSON *params)
{
	const struct ph_method *method = reader->member->method;
	const char *key = NULL, *contents = NULL;
	char type = 0, signature[PH_BUS_SIGNATURE_SIZE];
	int r = sd_bus_message_read_basic(reader->message, 's', &key);

	if (r >= 0)
		r = sd_bus_message_peek_type(reader->message, &type, &contents);
	if (r < 0)
		return broken(reader, r);
	r = charge(reader, strlen(key));
	if (r < 0)
		return r;
	const struct ph_field *field = find_option(method, key);
	if (!field)
		return ph_dbus_set_error(
			reader->error, PH_E_ILLEGAL, "$.%.64s: unknown parameter", key);
	if (ph_dbus_json_only(method, field))
		return ph_dbus_set_error(reader->error, PH_E_ILLEGAL,
			"$.%s: not on the bus; the signal JobState tells the end", key);
	snprintf(signature, sizeof signature, "%s", contents);
	if (!fits(field, signature))
		return sd_bus_error_setf(reader->error, SD_BUS_ERROR_INVALID_ARGS,
			"option %s of %s has the type %s, not %s", key, method->dbus,
			ph_dbus_signature(field->type), signature);
	r = sd_bus_message_enter_container(reader->message, 'v', signature);
	if (r < 0)
		return broken(reader, r);
	r = read_field(reader, field, signature[0], params);
	if (r < 0)
		return r;
	r = sd_bus_message_exit_container(reader->message);
	return r < 0 ? broken(reader, r) : 0;
}

static int read_options(struct reader *reader, cJSON *params)
{
	int r = sd_bus_message_enter_container(reader->message, 'a', "{sv}");

	if (r < 0)
		return broken(reader, r);
	while ((r = sd_bus_message_enter_container(reader->message, 'e', "sv")) > 0) {
		r = read_option(reader, params);
		if (r < 0)
			return r;
		r = sd_bus_message_exit_container(reader->message);
		if (r < 0)
			return broken(reader, r);
	}
	if (r >= 0)
		r = sd_bus_message_exit_container(reader->message);
	return r < 0 ? broken(reader, r) : 0;
}

static int check_signature(
	const struct ph_dbus_member *member, sd_bus_message *message, sd_bus_error *error)
{
	const char *got = sd_bus_message_get_signature(message, true);

	if (got && !strcmp(got, member->in))
		return 0;
	return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
		"%s takes the signature \"%s\", not \"%s\"", member->method->dbus, member->in,
		got ? got : "");
}

int ph_dbus_read_params(const struct ph_dbus_member *member, sd_bus_message *message,
	const char *device, cJSON **ret_params, size_t *ret_size, sd_bus_error *error)
{
	struct reader reader = {member, message, PH_LINE_MAX, error};
	PH_CLEANUP(cJSON_Delete_p) cJSON *params = cJSON_CreateObject();
	const struct ph_field *field = member->method->params;
	int r = check_signature(member, message, error);

	if (r < 0)
		return r;
	if (!params)
		return broken(&reader, -ENOMEM);
	if (member->has_device) {
		if (!cJSON_AddStringToObject(params, field->name, device))
			return broken(&reader, -ENOMEM);
		field++;
	}
	for (; field->name; field++) {
		r = field->required ? read_field(&reader, field, 'x', params) : 0;
		if (r < 0)
			return r;
	}
	r = member->in_options ? read_options(&reader, params) : 0;
	if (r < 0)
		return r;
	*ret_params = PH_STEAL(params);
	*ret_size = PH_LINE_MAX - reader.left;
	return 0;
}
