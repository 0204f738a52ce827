// The main jobs as one call each, keys, and reading a member of a JSON text. The connection is client.c's.
#include "clients/libposhal/internal.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json_scan.h"
#include "poshal/limits.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

uint64_t deadline_after(int timeout_ms)
{
	return timeout_ms < 0 ? 0 : ph_clock_mono_us() + (uint64_t)timeout_ms * 1000;
}

int until_ms(uint64_t deadline_us)
{
	uint64_t now = ph_clock_mono_us();

	if (!deadline_us)
		return -1;
	if (deadline_us <= now)
		return 0;
	uint64_t left = (deadline_us - now + 999) / 1000;
	return left > INT_MAX ? INT_MAX : (int)left;
}

int poshal_new_key(char out[POSHAL_KEY_SIZE])
{
	unsigned char b[16];
	size_t have = 0;

	while (have < sizeof b) {
		ssize_t n = getrandom(b + have, sizeof b - have, 0);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			have += (size_t)n;
	}
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40); /* version 4, RFC 9562 section 5.4 */
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	snprintf(out, POSHAL_KEY_SIZE,
		"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
		b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
		b[15]);
	return 0;
}

/* Starts a call with these parameters, which are freed. */
static int64_t start(struct poshal *client, const char *method, cJSON *params,
	poshal_answer_fn answer, void *userdata)
{
	PH_CLEANUP_FREE char *text = params ? cJSON_PrintUnformatted(params) : NULL;

	cJSON_Delete(params);
	if (!text)
		return -ENOMEM;
	return poshal_call(client, method, text, client->helper_timeout_ms, answer, userdata);
}

static cJSON *with_device(const char *device)
{
	cJSON *params = cJSON_CreateObject();

	if (params && cJSON_AddStringToObject(params, "device", device))
		return params;
	cJSON_Delete(params);
	return NULL;
}

static int64_t start_device(struct poshal *client, const char *method, const char *device,
	poshal_answer_fn answer, void *userdata)
{
	return start(client, method, with_device(device), answer, userdata);
}

/* Adds the document as an object. Returns 0, -EINVAL or -ENOMEM. */
static int add_document(cJSON *params, const struct poshal_print_options *options)
{
	cJSON *document = NULL;

	if (!options->document == !options->text)
		return -EINVAL;
	if (options->text) {
		document = cJSON_CreateObject();
		cJSON_AddStringToObject(document, "text", options->text);
	} else if (!ph_json_scan(options->document, strlen(options->document), PH_JSON_DEPTH_MAX)) {
		document = cJSON_ParseWithOpts(options->document, NULL, true);
	}
	if (!cJSON_IsObject(document)) {
		cJSON_Delete(document);
		return -EINVAL;
	}
	return cJSON_AddItemToObject(params, "document", document) ? 0 : -ENOMEM;
}

int64_t poshal_print(struct poshal *client, const char *device, const char *key,
	const struct poshal_print_options *options, poshal_answer_fn answer, void *userdata)
{
	cJSON *params = with_device(device);
	int r = params ? add_document(params, options) : -ENOMEM;

	if (r < 0) {
		cJSON_Delete(params);
		return r;
	}
	cJSON_AddStringToObject(params, "key", key);
	if (options->copies)
		cJSON_AddNumberToObject(params, "copies", options->copies);
	if (options->ttl_s)
		cJSON_AddNumberToObject(params, "ttl_s", options->ttl_s);
	if (options->on_recovery)
		cJSON_AddStringToObject(params, "on_recovery", options->on_recovery);
	if (options->priority)
		cJSON_AddNumberToObject(params, "priority", options->priority);
	if (options->wait)
		cJSON_AddTrueToObject(params, "wait");
	return start(client, "printer.print", params, answer, userdata);
}

int64_t poshal_drawer_open(struct poshal *client, const char *device, const char *key,
	const char *reason, poshal_answer_fn answer, void *userdata)
{
	cJSON *params = with_device(device);

	cJSON_AddStringToObject(params, "key", key);
	if (reason)
		cJSON_AddStringToObject(params, "reason", reason);
	return start(client, "drawer.open", params, answer, userdata);
}

/* Adds a NULL-terminated list of texts. */
static void add_list(cJSON *params, const char *name, const char *const *texts)
{
	cJSON *list = cJSON_AddArrayToObject(params, name);

	for (size_t i = 0; list && texts[i]; i++)
		cJSON_AddItemToArray(list, cJSON_CreateString(texts[i]));
}

int64_t poshal_display_show(struct poshal *client, const char *device, const char *const *lines,
	poshal_answer_fn answer, void *userdata)
{
	cJSON *params = with_device(device);

	add_list(params, "lines", lines);
	return start(client, "display.show", params, answer, userdata);
}

int64_t poshal_claim(struct poshal *client, const char *device, int wait_ms,
	poshal_answer_fn answer, void *userdata)
{
	cJSON *params = with_device(device);

	if (wait_ms > 0)
		cJSON_AddNumberToObject(params, "wait_ms", wait_ms);
	return start(client, "device.claim", params, answer, userdata);
}

int64_t poshal_release(
	struct poshal *client, const char *device, poshal_answer_fn answer, void *userdata)
{
	return start_device(client, "device.release", device, answer, userdata);
}

int64_t poshal_scanner_enable(
	struct poshal *client, const char *device, poshal_answer_fn answer, void *userdata)
{
	return start_device(client, "scanner.enable", device, answer, userdata);
}

int64_t poshal_subscribe(
	struct poshal *client, const char *const *topics, poshal_answer_fn answer, void *userdata)
{
	cJSON *params = cJSON_CreateObject();

	add_list(params, "topics", topics);
	return start(client, "events.subscribe", params, answer, userdata);
}

/* The member or list entry that the first step of `path` names; *ret_rest is behind it. */
static const cJSON *step(const cJSON *json, const char *path, const char **ret_rest)
{
	char name[128];
	size_t len = strcspn(path, ".");

	if (!len || len >= sizeof name)
		return NULL;
	memcpy(name, path, len);
	name[len] = '\0';
	*ret_rest = path + len + (path[len] == '.');
	if (!cJSON_IsArray(json))
		return cJSON_GetObjectItemCaseSensitive(json, name);
	if (len > 6 || strspn(name, "0123456789") != len)
		return NULL;
	return cJSON_GetArrayItem(json, atoi(name));
}

/* Copies a value; texts as they are, the rest as JSON. */
static int copy_value(const cJSON *value, char *out, size_t size)
{
	PH_CLEANUP_FREE char *printed = NULL;
	const char *text = cJSON_GetStringValue(value);

	if (!text)
		text = printed = cJSON_PrintUnformatted(value);
	if (!text)
		return -ENOMEM;
	size_t len = strlen(text);
	if (len >= size || len > INT_MAX)
		return -ENOBUFS;
	memcpy(out, text, len + 1);
	return (int)len;
}

int poshal_member(const char *json, const char *path, char *out, size_t size)
{
	cJSON *root = NULL;
	const cJSON *value;
	int r = -ENOENT;

	if (!ph_json_scan(json, strlen(json), PH_JSON_DEPTH_MAX))
		root = cJSON_ParseWithOpts(json, NULL, true);
	if (!root)
		return -EINVAL;
	value = root;
	while (value && *path)
		value = step(value, path, &path);
	if (value)
		r = copy_value(value, out, size);
	cJSON_Delete(root);
	return r;
}
