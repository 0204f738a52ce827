// Parameter checks, access, and the one answer of every call. What a method does is left to its object.
#include "daemon/doors/call.h"

#include "base/cleanup.h"
#include "base/names.h"
#include "base/utf8.h"
#include "daemon/objects/client.h"
#include "poshal/limits.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define INT_MAX_EXACT                                                                              \
	9007199254740992.0 /* 2^53: beyond it JSON numbers are not whole numbers any more */

static void copy_text(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text ? text : "");
	ph_utf8_clean(out);
}

void ph_failure_set(struct ph_failure *failure, enum ph_error error, const char *device,
	const char *format, ...)
{
	va_list args;

	*failure = (struct ph_failure){.error = error, .retryable = ph_error_retryable(error)};
	copy_text(failure->name, sizeof failure->name, ph_error_name(error));
	copy_text(failure->hint, sizeof failure->hint, ph_error_hint(error));
	copy_text(failure->device, sizeof failure->device, device);
	va_start(args, format);
	vsnprintf(failure->message, sizeof failure->message, format, args);
	va_end(args);
	ph_utf8_clean(failure->message);
}

void ph_failure_hint(struct ph_failure *failure, const char *hint)
{
	copy_text(failure->hint, sizeof failure->hint, hint);
}

void ph_failure_set_extended(struct ph_failure *failure, const char *extended, const char *hint,
	const char *device, const char *message)
{
	ph_failure_set(failure, PH_E_EXTENDED, device, "%s", message);
	snprintf(failure->name, sizeof failure->name, "Extended.%s", extended);
	copy_text(failure->hint, sizeof failure->hint, hint);
}

/* Illegal, with the path of the offending member. */
static int refuse(struct ph_failure *failure, const char *name, const char *problem)
{
	ph_failure_set(failure, PH_E_ILLEGAL, NULL, "$.%.64s: %s", name, problem);
	return -EINVAL;
}

static bool has_choice(const char *choices, const char *text)
{
	size_t len = strlen(text);

	for (const char *p = choices; len && p && *p;) {
		size_t n = strcspn(p, " ");
		if (n == len && !memcmp(p, text, n))
			return true;
		p += n + (p[n] == ' ');
	}
	return false;
}

static int check_text(const struct ph_field *field, const cJSON *value, struct ph_failure *failure)
{
	char problem[160];
	size_t max = field->max > 0 ? (size_t)field->max : PH_NAME_MAX;

	if (!cJSON_IsString(value))
		return refuse(failure, field->name, "must be a string");
	size_t len = strlen(value->valuestring);
	if (len > max) {
		snprintf(problem, sizeof problem, "is longer than %zu bytes", max);
		return refuse(failure, field->name, problem);
	}
	if (field->required && field->min > 0 && !len)
		return refuse(failure, field->name, "must not be empty");
	if (field->choices && !has_choice(field->choices, value->valuestring)) {
		snprintf(problem, sizeof problem, "must be one of: %.120s", field->choices);
		return refuse(failure, field->name, problem);
	}
	return 0;
}

static int check_int(const struct ph_field *field, const cJSON *value, struct ph_failure *failure)
{
	char problem[120];

	if (!cJSON_IsNumber(value) || value->valuedouble != floor(value->valuedouble) ||
		fabs(value->valuedouble) > INT_MAX_EXACT)
		return refuse(failure, field->name, "must be a whole number");
	double v = value->valuedouble;
	if (v < (double)field->min || (field->max && v > (double)field->max)) {
		snprintf(problem, sizeof problem, "must be between %lld and %lld",
			(long long)field->min, (long long)field->max);
		return refuse(failure, field->name, problem);
	}
	return 0;
}

static int check_list(const struct ph_field *field, const cJSON *value, struct ph_failure *failure)
{
	size_t max = field->max > 0 ? (size_t)field->max : PH_NAME_MAX;
	const cJSON *item;
	int count = 0;

	if (!cJSON_IsArray(value))
		return refuse(failure, field->name, "must be a list");
	cJSON_ArrayForEach(item, value)
	{
		if (++count > PH_LIST_MAX)
			return refuse(failure, field->name, "has too many items");
		if (field->type == PH_VALUE_OBJECTS ? !cJSON_IsObject(item) : !cJSON_IsString(item))
			return refuse(failure, field->name,
				field->type == PH_VALUE_OBJECTS ? "must hold objects only"
								: "must hold strings only");
		if (cJSON_IsString(item) && strlen(item->valuestring) > max)
			return refuse(failure, field->name, "holds too long a string");
	}
	return 0;
}

static int check_value(const struct ph_field *field, const cJSON *value, struct ph_failure *failure)
{
	switch (field->type) {
	case PH_VALUE_STRING:
		return check_text(field, value, failure);
	case PH_VALUE_BYTES:
		if (cJSON_IsString(value) &&
			strlen(value->valuestring) > (size_t)field->max / 3 * 4 + 4)
			return refuse(failure, field->name, "is too long");
		return cJSON_IsString(value) ? 0
					     : refuse(failure, field->name, "must be base64 text");
	case PH_VALUE_BOOL:
		return cJSON_IsBool(value) ? 0
					   : refuse(failure, field->name, "must be true or false");
	case PH_VALUE_INT:
		return check_int(field, value, failure);
	case PH_VALUE_STRINGS:
	case PH_VALUE_OBJECTS:
		return check_list(field, value, failure);
	case PH_VALUE_OBJECT:
	case PH_VALUE_DOCUMENT:
		return cJSON_IsObject(value) ? 0
					     : refuse(failure, field->name, "must be an object");
	case PH_VALUE_ID:
		return cJSON_IsString(value) || cJSON_IsNumber(value)
			       ? 0
			       : refuse(failure, field->name, "must be a string or a whole number");
	}
	return -EINVAL;
}

static const struct ph_field *find_field(
	const struct ph_field *fields, const char *name, unsigned *index)
{
	for (unsigned i = 0; fields[i].name; i++)
		if (!strcmp(fields[i].name, name)) {
			*index = i;
			return &fields[i];
		}
	return NULL;
}

int ph_params_check(
	const struct ph_method *method, const cJSON *params, struct ph_failure *ret_failure)
{
	uint32_t seen = 0;
	const cJSON *value;

	cJSON_ArrayForEach(value, params)
	{
		unsigned index = 0;
		const struct ph_field *field = find_field(method->params, value->string, &index);
		if (!field)
			return refuse(ret_failure, value->string, "unknown parameter");
		if (seen & 1u << index)
			return refuse(ret_failure, value->string, "stands there twice");
		seen |= 1u << index;
		int r = check_value(field, value, ret_failure);
		if (r < 0)
			return r;
	}
	for (unsigned i = 0; method->params[i].name; i++)
		if (method->params[i].required && !(seen & 1u << i))
			return refuse(ret_failure, method->params[i].name, "is missing");
	return 0;
}

static void unlink_call(struct ph_call *call)
{
	if (!call->prev)
		return;
	*call->prev = call->next;
	if (call->next)
		call->next->prev = call->prev;
	call->prev = NULL;
	if (call->client)
		call->client->call_count--;
}

void ph_call_start(struct ph_call *call)
{
	struct ph_client *client = call->client;

	call->next = client->calls;
	call->prev = &client->calls;
	if (call->next)
		call->next->prev = &call->next;
	client->calls = call;
	client->call_count++;

	int grant = call->method->grant;
	if (grant >= 0 && !((client->grants | call->granted) & PH_GRANT_BIT(grant))) {
		ph_call_fail(call, PH_E_ACCESS_DENIED,
			"%s needs the grant `%s`, which %s does not have", call->method->name,
			ph_grant_name((enum ph_grant)grant), client->label);
		return;
	}
	call->method->run(call);
}

void ph_call_cancel(struct ph_call *call)
{
	if (call->cancel)
		call->cancel(call);
}

void ph_call_reply(struct ph_call *call, cJSON *result)
{
	unlink_call(call);
	call->ops->reply(call, result);
	cJSON_Delete(result);
}

void ph_call_fail_with(struct ph_call *call, const struct ph_failure *failure)
{
	unlink_call(call);
	call->ops->fail(call, failure);
}

enum ph_error ph_error_from_journal(int r)
{
	return r == -EIO ? PH_E_FAILURE : ph_error_from_errno(r);
}

const char *ph_journal_words(int r)
{
	return r == -EBADMSG ? "the journal is damaged" : strerror(-r);
}

void ph_failure_set_journal(struct ph_failure *failure, int r, const char *device, const char *what)
{
	ph_failure_set(
		failure, ph_error_from_journal(r), device, "%s: %s", what, ph_journal_words(r));
	if (r == -EBADMSG)
		ph_failure_hint(failure, "`poshalctl doctor` tells what to do about it");
}

void ph_call_fail_journal(struct ph_call *call, int r, const char *what)
{
	struct ph_failure failure;

	ph_failure_set_journal(&failure, r, ph_param_str(call, "device"), what);
	ph_call_fail_with(call, &failure);
}

void ph_call_fail_read(struct ph_call *call, int r)
{
	ph_call_fail_journal(call, r, "what was asked for cannot be read");
}

void ph_call_fail(struct ph_call *call, enum ph_error error, const char *format, ...)
{
	struct ph_failure failure;
	char message[sizeof((struct ph_failure *)0)->message];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	const char *device = ph_param_str(call, "device");
	ph_failure_set(&failure, error, device, "%s", message);
	ph_call_fail_with(call, &failure);
}

void ph_call_progress(struct ph_call *call, const cJSON *data)
{
	if (call->ops->progress && call->client)
		call->ops->progress(call, data);
}

const cJSON *ph_param(const struct ph_call *call, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(call->params, name);
}

const char *ph_param_str(const struct ph_call *call, const char *name)
{
	return cJSON_GetStringValue(ph_param(call, name));
}

int64_t ph_param_int(const struct ph_call *call, const char *name, int64_t fallback)
{
	const cJSON *value = ph_param(call, name);

	return cJSON_IsNumber(value) ? (int64_t)value->valuedouble : fallback;
}

bool ph_param_bool(const struct ph_call *call, const char *name, bool fallback)
{
	const cJSON *value = ph_param(call, name);

	return cJSON_IsBool(value) ? cJSON_IsTrue(value) : fallback;
}
