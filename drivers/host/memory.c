// What poshald keeps for a driver about its device, as the driver sees it. Keeping it is poshald's.
#include "base/utf8.h"
#include "drivers/host/device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ph_memory *find(const struct ph_device *device, const char *key)
{
	for (size_t i = 0; device->memory && i < PH_MEMORY_KEYS_MAX; i++)
		if (device->memory[i].value && !strcmp(device->memory[i].key, key))
			return &device->memory[i];
	return NULL;
}

static struct ph_memory *find_free(struct ph_device *device)
{
	if (!device->memory)
		device->memory = calloc(PH_MEMORY_KEYS_MAX, sizeof *device->memory);
	for (size_t i = 0; device->memory && i < PH_MEMORY_KEYS_MAX; i++)
		if (!device->memory[i].value)
			return &device->memory[i];
	return NULL;
}

static bool may_be_kept(const char *key, const char *value)
{
	size_t key_len = strlen(key), len = strlen(value);

	return key_len > 0 && key_len <= PH_NAME_MAX && len <= PH_MEMORY_VALUE_MAX &&
	       ph_utf8_valid(key, key_len) && ph_utf8_valid(value, len);
}

/* Returns 1 when something changed, 0 when not, -ENOMEM. */
static int put(struct ph_device *device, const char *key, const char *value)
{
	struct ph_memory *row = find(device, key);

	if (!may_be_kept(key, value) || (row && !strcmp(row->value, value)))
		return 0;
	if (!row)
		row = find_free(device);
	if (!row)
		return device->memory ? 0 : -ENOMEM;
	char *copy = strdup(value);
	if (!copy)
		return -ENOMEM;
	free(row->value);
	row->value = copy;
	snprintf(row->key, sizeof row->key, "%s", key);
	return 1;
}

int ph_device_recall(struct ph_device *device, const char *key, const char *value)
{
	int r = put(device, key, value);

	return r < 0 ? r : 0;
}

void ph_remember(struct ph_device *device, const char *key, const char *value)
{
	struct ph_memory *row = value ? NULL : find(device, key);

	if (row) {
		free(row->value);
		row->value = NULL;
	} else if (!value || put(device, key, value) <= 0) {
		return;
	}
	ph_device_report_memory(device, key, value);
}

const char *ph_remembered(const struct ph_device *device, const char *key)
{
	const struct ph_memory *row = find(device, key);

	return row ? row->value : NULL;
}

void ph_device_memory_done(struct ph_device *device)
{
	for (size_t i = 0; device->memory && i < PH_MEMORY_KEYS_MAX; i++)
		free(device->memory[i].value);
	free(device->memory);
	device->memory = NULL;
}
