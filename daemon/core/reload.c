// The configuration in force: loading it, and the difference between two of them as device starts and stops.
#include "daemon/core/reload.h"

#include "base/cleanup.h"
#include "daemon/core/config.h"
#include "daemon/core/daemon.h"
#include "daemon/core/log.h"
#include "daemon/doors/call.h"
#include "daemon/doors/dbus/door.h"
#include "daemon/doors/handlers.h"
#include "daemon/doors/json/door.h"
#include "daemon/objects/audit.h"
#include "daemon/objects/device.h"
#include "daemon/objects/job.h"
#include "daemon/objects/known.h"

#include <errno.h>
#include <string.h>

#define VENDOR_DRIVERS_DIR "/usr/lib/poshal/drivers.d"

int ph_config_try(const struct ph_daemon *daemon, const char *file, const char *text,
	struct ph_config **ret_config)
{
	struct ph_config_source source = {.etc_dir = daemon->paths.etc,
		.drivers_dir = daemon->paths.drivers,
		.vendor_drivers_dir = VENDOR_DRIVERS_DIR,
		.own_uid = getuid(),
		.draft_file = file,
		.draft_text = text};

	return ph_config_load(&source, ret_config);
}

cJSON *ph_config_problems(const struct ph_daemon *daemon)
{
	const struct ph_problems *problems = &daemon->config->problems;
	cJSON *list = cJSON_CreateArray();

	for (size_t i = 0; i < problems->len; i++) {
		cJSON *row = cJSON_CreateObject();
		cJSON_AddStringToObject(row, "file", problems->items[i].file);
		cJSON_AddNumberToObject(row, "line", problems->items[i].line);
		cJSON_AddStringToObject(row, "text", problems->items[i].text);
		cJSON_AddItemToArray(list, row);
	}
	return list;
}

static void log_problems(const struct ph_daemon *daemon)
{
	const struct ph_problems *problems = &daemon->config->problems;

	char place[300];

	for (size_t i = 0; i < problems->len; i++) {
		ph_problem_place(&problems->items[i], place, sizeof place);
		ph_log(LOG_ERR, NULL, "%s: %s", place, problems->items[i].text);
	}
}

static void note(cJSON *changed, const char *name)
{
	if (changed)
		cJSON_AddItemToArray(changed, cJSON_CreateString(name));
}

/* Units that are gone or different end; the others follow their new, equal description. */
static void remove_old(struct ph_daemon *daemon, cJSON *changed)
{
	struct ph_unit *next;

	for (struct ph_unit *unit = daemon->units; unit; unit = next) {
		const struct ph_config_device *now =
			ph_config_find_device(daemon->config, unit->name);
		if (!now)
			now = ph_known_section(daemon, unit->name);
		next = unit->next;
		if (now && ph_config_device_equal(unit->config, now)) {
			unit->config = now;
			continue;
		}
		note(changed, unit->name);
		ph_unit_free(unit);
	}
}

static void adopt_jobs(struct ph_unit *unit)
{
	if (unit->devices[PH_CLASS_PRINTER])
		ph_jobs_adopt(unit->devices[PH_CLASS_PRINTER]);
}

static void add_new(struct ph_daemon *daemon, cJSON *changed)
{
	for (size_t i = 0; i < daemon->config->devices_len; i++) {
		const struct ph_config_device *device = &daemon->config->devices[i];
		if (ph_unit_find(daemon, device->name))
			continue;
		int r = ph_unit_new(daemon, device);
		if (r < 0) {
			ph_log(LOG_ERR, device->name, "cannot be added: %s", strerror(-r));
			continue;
		}
		adopt_jobs(ph_unit_find(daemon, device->name));
		cJSON *item;
		bool noted = false;
		cJSON_ArrayForEach(item, changed) noted |= !strcmp(item->valuestring, device->name);
		if (!noted)
			note(changed, device->name);
	}
}

int ph_config_read(struct ph_daemon *daemon, struct ph_config **ret_before)
{
	struct ph_config *now = NULL;
	int r = ph_config_try(daemon, NULL, NULL, &now);

	if (r < 0)
		return r;
	*ret_before = daemon->config;
	daemon->config = now;
	ph_log_set_level(now->service.log_level);
	log_problems(daemon);
	return 0;
}

void ph_config_apply(struct ph_daemon *daemon, struct ph_config *before, cJSON *changed)
{
	if (before)
		ph_known_prepare(daemon);
	remove_old(daemon, changed);
	add_new(daemon, changed);
	ph_known_apply(daemon, changed);
	ph_jobs_move_due(daemon);
	ph_config_free(before);
	ph_json_door_refresh_grants(daemon->json_door);
	ph_dbus_door_refresh_grants(daemon->dbus_door);
	for (struct ph_device *d = daemon->devices; d; d = d->next)
		ph_daemon_device_changed(daemon, d); /* roles may be others now */
}

int ph_reload(struct ph_daemon *daemon, cJSON *changed)
{
	struct ph_config *before = NULL;
	int r = daemon->stopping ? -EBUSY : ph_config_read(daemon, &before);

	if (r >= 0)
		ph_config_apply(daemon, before, changed);
	return r;
}

void ph_config_reload_call(struct ph_call *call)
{
	if (!ph_call_unless_stopping(call))
		return;
	cJSON *result = cJSON_CreateObject();
	cJSON *changed = cJSON_CreateArray();
	int r = ph_reload(call->daemon, changed);

	if (r < 0) {
		cJSON_Delete(changed);
		cJSON_Delete(result);
		ph_call_fail(call, ph_error_from_errno(r), "the configuration cannot be read: %s",
			strerror(-r));
		return;
	}
	ph_audit(call, "", "applied", NULL);
	cJSON_AddItemToObject(result, "errors", ph_config_problems(call->daemon));
	cJSON_AddItemToObject(result, "changed", changed);
	ph_call_reply(call, result);
}
