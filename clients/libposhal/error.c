// Error objects: from JSON, and the ones the library stands in with. Says nothing about when they happen.
#include "clients/libposhal/internal.h"

#include "base/utf8.h"

#include <string.h>

/* Copies as much as fits, cut at a character. */
static void copy_text(char *out, size_t size, const char *text)
{
	size_t used = 0, len = strlen(text);

	while (used < len) {
		uint32_t codepoint;
		int bytes = ph_utf8_decode(text + used, len - used, &codepoint);
		if (bytes < 0 || used + (size_t)bytes >= size)
			break;
		used += (size_t)bytes;
	}
	memcpy(out, text, used);
	out[used] = '\0';
}

void error_set(struct poshal_error *error, enum ph_error kind, const char *message)
{
	*error = (struct poshal_error){
		.code = ph_error_code(kind),
		.retryable = ph_error_retryable(kind),
	};
	copy_text(error->name, sizeof error->name, ph_error_name(kind));
	copy_text(error->message, sizeof error->message, message);
	copy_text(error->hint, sizeof error->hint, ph_error_hint(kind));
}

/* For an error without a name: the one its number stands for. */
static enum ph_error kind_of_code(int code)
{
	static const enum ph_error rpc[] = {
		PH_E_PARSE, PH_E_INVALID_REQUEST, PH_E_METHOD_NOT_FOUND};

	for (size_t i = 0; i < sizeof rpc / sizeof rpc[0]; i++)
		if (ph_error_code(rpc[i]) == code)
			return rpc[i];
	if (code <= -32001 && code >= -32031)
		return (enum ph_error)(-32000 - code);
	return PH_E_FAILURE;
}

static const char *text_of(const cJSON *object, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

	return text ? text : "";
}

void error_read(struct poshal_error *error, const cJSON *object)
{
	const cJSON *code = cJSON_GetObjectItemCaseSensitive(object, "code");
	const cJSON *data = cJSON_GetObjectItemCaseSensitive(object, "data");
	const cJSON *retryable = cJSON_GetObjectItemCaseSensitive(data, "retryable");
	int number = cJSON_IsNumber(code) ? code->valueint : ph_error_code(PH_E_FAILURE);
	const char *name = text_of(data, "name");
	enum ph_error kind = *name ? ph_error_from_name(name) : kind_of_code(number);
	const char *hint = text_of(data, "hint");

	error_set(error, kind, text_of(object, "message"));
	error->code = number;
	if (*name)
		copy_text(error->name, sizeof error->name, name);
	if (*hint)
		copy_text(error->hint, sizeof error->hint, hint);
	copy_text(error->device, sizeof error->device, text_of(data, "device"));
	if (cJSON_IsBool(retryable))
		error->retryable = cJSON_IsTrue(retryable);
}
