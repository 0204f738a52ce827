// What drivers have kept about their devices: in memory for the next start of a driver, in the journal for ours.
#include "daemon/objects/memory.h"

#include "base/cleanup.h"
#include "daemon/core/daemon.h"
#include "daemon/core/log.h"
#include "daemon/journal/journal_memory.h"
#include "daemon/objects/device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ph_kept {
	struct ph_kept *next;
	char device[PH_NAME_MAX + 1], key[PH_NAME_MAX + 1];
	char *value;
};

static struct ph_kept **find(struct ph_daemon *daemon, const char *device, const char *key)
{
	struct ph_kept **place = &daemon->memory;

	while (*place && (strcmp((*place)->device, device) != 0 || strcmp((*place)->key, key) != 0))
		place = &(*place)->next;
	return place;
}

static unsigned count(const struct ph_daemon *daemon, const char *device)
{
	unsigned n = 0;

	for (const struct ph_kept *kept = daemon->memory; kept; kept = kept->next)
		n += !strcmp(kept->device, device);
	return n;
}

static void drop(struct ph_kept **place)
{
	struct ph_kept *kept = *place;

	if (!kept)
		return;
	*place = kept->next;
	free(kept->value);
	free(kept);
}

/* Returns 0, -ENOSPC or -ENOMEM. */
static int put(struct ph_daemon *daemon, const char *device, const char *key, const char *value)
{
	struct ph_kept **place = find(daemon, device, key);
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	if (!*place) {
		bool full = count(daemon, device) >= PH_MEMORY_KEYS_MAX;
		struct ph_kept *kept = full ? NULL : calloc(1, sizeof *kept);
		if (!kept) {
			free(copy);
			return full ? -ENOSPC : -ENOMEM;
		}
		snprintf(kept->device, sizeof kept->device, "%s", device);
		snprintf(kept->key, sizeof kept->key, "%s", key);
		*place = kept;
	}
	free((*place)->value);
	(*place)->value = copy;
	return 0;
}

static int load_one(const char *device, const char *key, const char *value, void *userdata)
{
	int r = put(userdata, device, key, value);

	return r == -ENOSPC ? 0 : r;
}

int ph_memory_load(struct ph_daemon *daemon)
{
	return ph_journal_load_memory(daemon->journal, load_one, daemon);
}

void ph_memory_done(struct ph_daemon *daemon)
{
	while (daemon->memory)
		drop(&daemon->memory);
}

/* On its way to the disk; the texts are copies. */
struct remembering {
	struct ph_journal_remember remember;
	char device[PH_NAME_MAX + 1], key[PH_NAME_MAX + 1], value[PH_MEMORY_VALUE_MAX + 1];
};

static void on_stored(struct ph_journal_request *request, int result)
{
	struct remembering *op = request->userdata;

	if (result < 0)
		ph_log(LOG_WARNING, op->device, "`%s` cannot be stored: %s", op->key,
			strerror(-result));
	free(op);
}

static void store(struct ph_daemon *daemon, const char *owner, const char *key, const char *value)
{
	struct remembering *op = calloc(1, sizeof *op);
	int r = -ENOMEM;

	if (op) {
		snprintf(op->device, sizeof op->device, "%s", owner);
		snprintf(op->key, sizeof op->key, "%s", key);
		snprintf(op->value, sizeof op->value, "%s", value ? value : "");
		op->remember =
			(struct ph_journal_remember){.request = {.done = on_stored, .userdata = op},
				.device = op->device,
				.key = op->key,
				.value = value ? op->value : NULL};
		r = ph_journal_remember_submit(daemon->journal, &op->remember);
	}
	if (r < 0) {
		ph_log(LOG_WARNING, owner, "`%s` cannot be stored: %s", key, strerror(-r));
		free(op);
	}
}

void ph_memory_remember(struct ph_unit *unit, const cJSON *params)
{
	const char *key = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(params, "key"));
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(params, "value");
	const char *value = cJSON_GetStringValue(item);
	size_t key_len = key ? strlen(key) : 0;

	if (key_len == 0 || key_len > PH_NAME_MAX || (!value && !cJSON_IsNull(item)) ||
		(value && strlen(value) > PH_MEMORY_VALUE_MAX))
		return;
	struct ph_kept **place = find(unit->daemon, unit->name, key);
	const bool is_new = value ? !*place || strcmp((*place)->value, value) != 0 : *place != NULL;
	if (!is_new)
		return;
	if (!value)
		drop(place);
	else if (put(unit->daemon, unit->name, key, value) < 0)
		return;
	store(unit->daemon, unit->name, key, value);
}

int ph_memory_keep(struct ph_daemon *daemon, const char *owner, const char *key, const char *value)
{
	int r = 0;

	if (!value)
		drop(find(daemon, owner, key));
	else
		r = put(daemon, owner, key, value);
	if (r >= 0)
		store(daemon, owner, key, value);
	return r;
}

void ph_memory_forget(struct ph_daemon *daemon, const char *owner)
{
	struct ph_kept **place = &daemon->memory;

	while (*place) {
		if (strcmp((*place)->device, owner) != 0) {
			place = &(*place)->next;
			continue;
		}
		store(daemon, owner, (*place)->key, NULL);
		drop(place);
	}
}

void ph_memory_each(const struct ph_daemon *daemon, const char *key,
	void (*each)(void *userdata, const char *owner, const char *value), void *userdata)
{
	for (const struct ph_kept *kept = daemon->memory; kept; kept = kept->next)
		if (!strcmp(kept->key, key))
			each(userdata, kept->device, kept->value);
}

bool ph_memory_has(const struct ph_daemon *daemon, const char *name)
{
	return count(daemon, name) > 0;
}

void ph_memory_write(const struct ph_daemon *daemon, const char *name, struct ph_buf *buf)
{
	const char *comma = "";

	ph_buf_add_char(buf, '{');
	for (const struct ph_kept *kept = daemon->memory; kept; kept = kept->next) {
		if (strcmp(kept->device, name) != 0)
			continue;
		ph_buf_add_str(buf, comma);
		ph_buf_add_json_str(buf, kept->key, strlen(kept->key));
		ph_buf_add_char(buf, ':');
		ph_buf_add_json_str(buf, kept->value, strlen(kept->value));
		comma = ",";
	}
	ph_buf_add_char(buf, '}');
}
