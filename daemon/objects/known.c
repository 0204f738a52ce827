// Recognised devices: their names, what is kept of them, and their units as they come and go. Who a node is, says identity.c.
#include "daemon/objects/known.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/names.h"
#include "daemon/core/config.h"
#include "daemon/core/config_device.h"
#include "daemon/core/daemon.h"
#include "daemon/core/hotplug.h"
#include "daemon/core/known_section.h"
#include "daemon/core/log.h"
#include "daemon/objects/adopt.h"
#include "daemon/objects/device.h"
#include "daemon/objects/job.h"
#include "daemon/objects/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY	      "identity"
#define WHO_SIZE      384
#define SETTLE_MAX_MS 1000 /* however many more nodes come */

/* A recognised node that is none of those that are known, until it is decided what it is. */
struct ph_known_arrival {
	struct ph_known_arrival *next;
	struct ph_identity identity;
	char syspath[PH_SYSPATH_MAX + 1];
};

static struct ph_known_table *table(struct ph_daemon *daemon)
{
	return &daemon->known;
}

struct ph_known *ph_known_find(struct ph_daemon *daemon, const char *name)
{
	for (struct ph_known *known = table(daemon)->first; known; known = known->next)
		if (!strcmp(known->name, name))
			return known;
	return NULL;
}

const struct ph_config_device *ph_known_section(const struct ph_daemon *daemon, const char *name)
{
	for (const struct ph_known *known = daemon->known.first; known; known = known->next)
		if (!strcmp(known->name, name))
			return known->section;
	return NULL;
}

static struct ph_unit *unit_of(const struct ph_known *known)
{
	struct ph_unit *unit = ph_unit_find(known->daemon, known->name);

	return unit && known->section && unit->config == known->section ? unit : NULL;
}

/* ---- in the journal ---- */

/* A name that no section can have; the names made here are short. */
static void owner_of(const struct ph_known *known, char out[PH_NAME_MAX + 2])
{
	snprintf(out, PH_NAME_MAX + 2, "*%s", known->name);
}

static void store(struct ph_known *known)
{
	cJSON *object = ph_identity_to_json(&known->identity);
	char *text = cJSON_PrintUnformatted(object);
	char owner[PH_NAME_MAX + 2];

	cJSON_Delete(object);
	if (!text || (known->stored && !strcmp(text, known->stored))) {
		free(text);
		return;
	}
	owner_of(known, owner);
	ph_memory_keep(known->daemon, owner, KEY, text);
	free(known->stored);
	known->stored = text;
}

/* ---- life ---- */

static struct ph_known *add(
	struct ph_daemon *daemon, const char *name, const struct ph_identity *identity)
{
	struct ph_known **place = &table(daemon)->first;

	if (table(daemon)->count >= PH_KNOWN_MAX) {
		ph_log(LOG_WARNING, NULL,
			"%s %s is not served: %d recognised devices are remembered; forget some",
			identity->node.maker, identity->node.model, PH_KNOWN_MAX);
		return NULL;
	}
	struct ph_known *known = calloc(1, sizeof *known);
	if (!known)
		return NULL;
	known->daemon = daemon;
	known->identity = *identity;
	snprintf(known->name, sizeof known->name, "%s", name);
	while (*place)
		place = &(*place)->next;
	*place = known;
	table(daemon)->count++;
	return known;
}

static void known_free(struct ph_known *known)
{
	struct ph_known **place = &known->daemon->known.first;

	while (*place != known)
		place = &(*place)->next;
	*place = known->next;
	known->daemon->known.count--;
	sd_event_source_disable_unref(known->timer);
	ph_known_section_free(known->section);
	ph_known_section_free(known->before);
	free(known->stored);
	free(known);
}

static bool name_is_free(struct ph_daemon *daemon, const char *name, uint32_t classes)
{
	struct ph_config_device like = {.name = (char *)(uintptr_t)name, .classes = classes};

	for (size_t i = 0; i < daemon->config->devices_len; i++)
		if (ph_config_device_has_id(&daemon->config->devices[i], name) ||
			ph_config_device_has_id(&like, daemon->config->devices[i].name))
			return false;
	for (size_t i = 0; i < daemon->config->roles_len; i++)
		if (ph_config_device_has_id(&like, daemon->config->roles[i].name))
			return false;
	return !ph_known_find(daemon, name);
}

/* scanner-1, scanner-2 ... in order of first sight. */
static void find_name(struct ph_daemon *daemon, uint32_t classes, char out[PH_NAME_MAX + 1])
{
	const char *word = ph_class_name((enum ph_class)__builtin_ctz(classes));

	for (unsigned i = 1;; i++) {
		snprintf(out, PH_NAME_MAX + 1, "%s-%u", word, i);
		if (name_is_free(daemon, out, classes))
			return;
	}
}

static const char *who(const struct ph_known *known, char *out, size_t size)
{
	const struct ph_node *node = &known->identity.node;
	bool serial = ph_identity_has_serial(node);

	snprintf(out, size, "%04x:%04x %s%s%s%s%s", node->vendor, node->product, node->model,
		serial ? " number " : "", serial ? node->serial : "",
		*node->port ? " in port " : "", node->port);
	return out;
}

/* ---- units ---- */

static void make_unit(struct ph_known *known)
{
	struct ph_daemon *daemon = known->daemon;
	int r = ph_unit_new(daemon, known->section);

	if (r < 0) {
		ph_log(LOG_ERR, known->name, "cannot be added: %s", strerror(-r));
		return;
	}
	const struct ph_unit *unit = ph_unit_find(daemon, known->name);
	if (unit->devices[PH_CLASS_PRINTER])
		ph_jobs_adopt(unit->devices[PH_CLASS_PRINTER]);
}

static bool same_unit(const struct ph_config_device *a, const struct ph_config_device *b)
{
	return a->classes == b->classes && a->manifest == b->manifest;
}

/* Makes the section again, because the device is another, or elsewhere, or configured now; the unit follows. */
static void renew(struct ph_known *known)
{
	struct ph_daemon *daemon = known->daemon;
	struct ph_unit *unit = unit_of(known);
	struct ph_config_device *old = known->section;

	known->section = ph_known_section_new(daemon->config, known);
	if (unit && known->section && same_unit(old, known->section)) {
		unit->config = known->section;
		known->anew |= !ph_config_device_equal(old, known->section);
		ph_unit_set_identity(unit);
	} else {
		if (unit)
			ph_unit_free(unit);
		if (known->section && !daemon->known.hold)
			make_unit(known);
		known->anew = false;
	}
	ph_known_section_free(old);
}

static void wake(struct ph_known *known)
{
	struct ph_unit *unit = unit_of(known);

	if (known->unstable || !unit)
		return;
	ph_unit_wake(unit, known->anew);
	known->anew = false;
}

static void rest(struct ph_known *known, enum ph_device_state state, const char *reason)
{
	struct ph_unit *unit = unit_of(known);

	if (unit)
		ph_unit_rest(unit, state, reason);
}

/* ---- coming and going ---- */

static void set_timer(struct ph_known *known, unsigned ms, sd_event_time_handler_t handler)
{
	known->timer = sd_event_source_disable_unref(known->timer);
	if (ms)
		sd_event_add_time_relative(known->daemon->event, &known->timer, CLOCK_MONOTONIC,
			ms * 1000ull, 10000, handler, known);
}

static int on_away(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_known *known = userdata;

	known->timer = sd_event_source_disable_unref(known->timer);
	if (!known->daemon->stopping)
		rest(known, PH_DEVICE_OFFLINE, "unplugged");
	return 0;
}

static int on_pause_over(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_known *known = userdata;

	known->timer = sd_event_source_disable_unref(known->timer);
	known->unstable = false;
	known->came = 0;
	if (known->daemon->stopping)
		return 0;
	if (known->identity.present)
		wake(known);
	else
		rest(known, PH_DEVICE_OFFLINE, "unplugged");
	return 0;
}

/* It comes and goes without end: a bad cable, or a device that resets itself. */
static void leave_alone(struct ph_known *known)
{
	unsigned pause = known->pause_ms ? known->pause_ms * 2 : PH_RECONNECT_PAUSE_MIN_MS;

	known->pause_ms = pause < PH_RECONNECT_PAUSE_MAX_MS ? pause : PH_RECONNECT_PAUSE_MAX_MS;
	known->unstable = true;
	ph_log(LOG_WARNING, known->name, "has come %d times within %d s; it is left alone for %u s",
		PH_RECONNECTS_MAX, PH_RECONNECTS_MS / 1000, known->pause_ms / 1000);
	rest(known, PH_DEVICE_FAILED, "keeps_reconnecting");
	set_timer(known, known->pause_ms, on_pause_over);
}

static void count_arrival(struct ph_known *known)
{
	uint64_t now = ph_clock_mono_us();

	known->came_us[known->came++ % PH_RECONNECTS_MAX] = now;
	if (known->came >= PH_RECONNECTS_MAX &&
		now - known->came_us[known->came % PH_RECONNECTS_MAX] < PH_RECONNECTS_MS * 1000ull)
		leave_alone(known);
}

/* What the device has done for somebody since the start. */
static uint64_t work_of(const struct ph_known *known)
{
	static const enum ph_counter counters[] = {
		PH_COUNT_GOOD_SCAN, PH_COUNT_JOB_PRINTED, PH_COUNT_DRAWER_OPEN};
	const struct ph_unit *unit = unit_of(known);
	uint64_t work = 0;

	for (int i = 0; unit && i < PH_CLASS_COUNT_; i++)
		for (size_t k = 0; unit->devices[i] && k < PH_ARRAY_SIZE(counters); k++)
			work += unit->devices[i]->counters[counters[k]];
	return work;
}

/* One that stayed for a while, or was of use, and was pulled out is no case of that. */
static void forgive(struct ph_known *known)
{
	unsigned last = (known->came + PH_RECONNECTS_MAX - 1) % PH_RECONNECTS_MAX;
	uint64_t work = work_of(known);
	bool useful = work != known->work;

	known->work = work;
	if (!known->came ||
		(!useful && ph_clock_mono_us() - known->came_us[last] < PH_LIFE_MIN_MS * 1000ull))
		return;
	known->came = 0;
	known->pause_ms = 0;
}

static void tell_replaced(struct ph_known *known, enum ph_claim claim, const struct ph_node *before)
{
	const struct ph_node *node = &known->identity.node;
	cJSON *data = cJSON_CreateObject();
	char text[WHO_SIZE];

	ph_log(LOG_NOTICE, known->name, "is now %s", who(known, text, sizeof text));
	cJSON_AddStringToObject(data, "by", claim == PH_CLAIM_MODE ? "mode" : "unit");
	cJSON_AddStringToObject(data, "serial", node->serial);
	cJSON_AddStringToObject(data, "serial_before", before->serial);
	cJSON_AddStringToObject(data, "model", node->model);
	ph_events_publish_json(known->daemon, "device.replaced", known->name, data);
}

/* The node of a device that is known, or is so from now on. */
static void attach(
	struct ph_known *known, const struct ph_known_arrival *arrival, enum ph_claim claim)
{
	struct ph_node before = known->identity.node;
	bool twin = known->identity.twin && claim != PH_CLAIM_REPLACED && claim != PH_CLAIM_MODE;
	char text[WHO_SIZE];

	set_timer(known, 0, NULL);
	known->identity = arrival->identity;
	known->identity.twin |= twin;
	known->identity.present = true;
	snprintf(known->syspath, sizeof known->syspath, "%s", arrival->syspath);
	if (claim == PH_CLAIM_MOVED)
		ph_log(LOG_INFO, known->name, "is in another port: %s",
			who(known, text, sizeof text));
	renew(known);
	store(known);
	if (claim == PH_CLAIM_REPLACED || claim == PH_CLAIM_MODE)
		tell_replaced(known, claim, &before);
	if (known->unstable)
		set_timer(known, known->pause_ms, on_pause_over);
	else
		count_arrival(known);
	wake(known);
}

static void detach(struct ph_known *known)
{
	known->identity.present = false;
	known->syspath[0] = '\0';
	if (known->section)
		known->section->absent = true;
	if (known->unstable)
		return;
	forgive(known);
	/* with another section it would look for the wrong one */
	if (known->anew)
		rest(known, PH_DEVICE_OFFLINE, "unplugged");
	else
		set_timer(known, PH_UNPLUGGED_KEEP_MS, on_away);
}

/* ---- arrivals ---- */

static void drop_arrival(struct ph_daemon *daemon, struct ph_known_arrival **place)
{
	struct ph_known_arrival *arrival = *place;

	*place = arrival->next;
	table(daemon)->arrival_count--;
	free(arrival);
}

static struct ph_known_arrival **find_arrival(struct ph_daemon *daemon, const char *syspath)
{
	struct ph_known_arrival **place = &table(daemon)->arrivals;

	while (*place && strcmp((*place)->syspath, syspath) != 0)
		place = &(*place)->next;
	return place;
}

/* The known device this node is, for certain (`strict`) or by its place. */
static struct ph_known *claimed(struct ph_daemon *daemon, const struct ph_identity *identity,
	bool strict, enum ph_claim *ret_claim)
{
	const struct ph_identity *list[PH_KNOWN_MAX];
	struct ph_known *known = table(daemon)->first;
	size_t count = 0, index = 0;

	for (struct ph_known *each = known; each; each = each->next)
		list[count++] = &each->identity;
	*ret_claim = ph_identity_claim(list, count, identity, strict, &index);
	if (*ret_claim == PH_CLAIM_NEW)
		return NULL;
	while (index--)
		known = known->next;
	return known;
}

static void warn_twins(const struct ph_node *a, const struct ph_node *b)
{
	ph_log(LOG_WARNING, NULL,
		"the devices in ports %s and %s both have the serial number %s: each is known by "
		"its port",
		a->port, b->port, a->serial);
}

/* One serial number on two devices tells nothing: both are known by their ports from now on. */
static void mark_twins(struct ph_daemon *daemon, struct ph_known_arrival *arrival)
{
	for (struct ph_known *known = table(daemon)->first; known; known = known->next) {
		if (!known->identity.present ||
			!ph_identity_twins(&known->identity.node, &arrival->identity.node))
			continue;
		if (!arrival->identity.twin)
			warn_twins(&known->identity.node, &arrival->identity.node);
		arrival->identity.twin = true;
		if (known->identity.twin)
			continue;
		known->identity.twin = true;
		renew(known);
		store(known);
	}
	for (struct ph_known_arrival *a = table(daemon)->arrivals; a; a = a->next)
		if (a != arrival && ph_identity_twins(&a->identity.node, &arrival->identity.node)) {
			if (!arrival->identity.twin)
				warn_twins(&a->identity.node, &arrival->identity.node);
			a->identity.twin = arrival->identity.twin = true;
		}
}

/* Gives the arrival to a device that is known; false: to none. */
static bool give(struct ph_daemon *daemon, struct ph_known_arrival *arrival, bool strict)
{
	enum ph_claim claim;
	struct ph_known *known = claimed(daemon, &arrival->identity, strict, &claim);

	if (known)
		attach(known, arrival, claim);
	return known;
}

static void welcome(struct ph_daemon *daemon, struct ph_known_arrival *arrival)
{
	char name[PH_NAME_MAX + 1], text[WHO_SIZE];

	if (ph_adopt_follow(daemon, &arrival->identity))
		return;
	find_name(daemon, arrival->identity.classes, name);
	struct ph_known *known = add(daemon, name, &arrival->identity);
	if (!known)
		return;
	ph_log(LOG_NOTICE, name, "recognised: %s, driver %s", who(known, text, sizeof text),
		arrival->identity.driver);
	attach(known, arrival, PH_CLAIM_NEW);
}

static int by_place(const struct ph_known_arrival *a, const struct ph_known_arrival *b)
{
	int r = strcmp(a->identity.node.port, b->identity.node.port);

	return r ? r : strcmp(a->syspath, b->syspath);
}

/* The first in the order of ports, so that names do not depend on how the kernel counts. */
static struct ph_known_arrival **first_arrival(struct ph_daemon *daemon)
{
	struct ph_known_arrival **first = &table(daemon)->arrivals;

	for (struct ph_known_arrival **place = first; *place; place = &(*place)->next)
		if (by_place(*place, *first) < 0)
			first = place;
	return first;
}

/* All nodes have come: first those that are known for certain, so that nobody takes their places. */
static void settle(struct ph_daemon *daemon)
{
	table(daemon)->settle = sd_event_source_disable_unref(table(daemon)->settle);
	for (struct ph_known_arrival *a = table(daemon)->arrivals; a; a = a->next)
		mark_twins(daemon, a);
	for (struct ph_known_arrival **place = &table(daemon)->arrivals; *place;)
		if (give(daemon, *place, true))
			drop_arrival(daemon, place);
		else
			place = &(*place)->next;
	while (table(daemon)->arrivals) {
		struct ph_known_arrival **place = first_arrival(daemon);
		if (!give(daemon, *place, false))
			welcome(daemon, *place);
		drop_arrival(daemon, place);
	}
}

static int on_settle(sd_event_source *source, uint64_t usec, void *userdata)
{
	const struct ph_daemon *daemon = userdata;

	if (!daemon->stopping)
		settle(userdata);
	return 0;
}

static void settle_later(struct ph_daemon *daemon)
{
	struct ph_known_table *known = table(daemon);
	uint64_t now = ph_clock_mono_us(), delay = PH_SETTLE_MS * 1000ull;

	if (!known->settle)
		known->arrived_us = now;
	uint64_t end = known->arrived_us + SETTLE_MAX_MS * 1000ull;
	if (now + delay > end)
		delay = end > now ? end - now : 0;
	known->settle = sd_event_source_disable_unref(known->settle);
	sd_event_add_time_relative(
		daemon->event, &known->settle, CLOCK_MONOTONIC, delay, 10000, on_settle, daemon);
}

/* ---- what udev says ---- */

static bool is_attached(struct ph_daemon *daemon, const char *syspath)
{
	for (struct ph_known *known = table(daemon)->first; known; known = known->next)
		if (!strcmp(known->syspath, syspath))
			return true;
	return *find_arrival(daemon, syspath);
}

/* Takes the node in where a driver serves it by itself; NULL otherwise. */
static struct ph_known_arrival *take_in(struct ph_daemon *daemon, const struct ph_node *node)
{
	const struct ph_manifest *manifest = NULL;
	const struct ph_manifest_match *row =
		ph_identity_row(&daemon->config->manifests, node, &manifest);

	if (!row || row->offered || table(daemon)->arrival_count >= PH_NODES_MAX)
		return NULL;
	struct ph_known_arrival *arrival = calloc(1, sizeof *arrival);
	if (!arrival)
		return NULL;
	snprintf(arrival->identity.driver, sizeof arrival->identity.driver, "%s", manifest->name);
	arrival->identity.classes = ph_manifest_usual_classes(manifest);
	arrival->identity.node = *node;
	arrival->identity.node.syspath[0] = '\0';
	memcpy(arrival->syspath, node->syspath, sizeof arrival->syspath);
	arrival->next = table(daemon)->arrivals;
	table(daemon)->arrivals = arrival;
	table(daemon)->arrival_count++;
	return arrival;
}

static void on_there(void *userdata, const struct ph_node *node)
{
	struct ph_daemon *daemon = userdata;

	if (daemon->stopping || is_attached(daemon, node->syspath) ||
		ph_known_configured(daemon->config, node))
		return;
	struct ph_known_arrival *arrival = take_in(daemon, node);
	if (!arrival || !table(daemon)->hotplug)
		return; /* the scan at the start settles at its end */
	mark_twins(daemon, arrival);
	if (give(daemon, arrival, true))
		drop_arrival(daemon, find_arrival(daemon, node->syspath));
	else
		settle_later(daemon);
}

static void on_gone(void *userdata, const char *syspath)
{
	struct ph_daemon *daemon = userdata;
	struct ph_known_arrival **place = find_arrival(daemon, syspath);

	if (daemon->stopping)
		return;
	if (*place)
		drop_arrival(daemon, place);
	for (struct ph_known *known = table(daemon)->first; known; known = known->next)
		if (*syspath && !strcmp(known->syspath, syspath))
			detach(known);
}

static void on_scanned(void *userdata)
{
	settle(userdata);
}

/* ---- with the service ---- */

static void load_one(void *userdata, const char *owner, const char *value)
{
	struct ph_daemon *daemon = userdata;
	struct ph_identity identity;
	cJSON *object = *owner == '*' ? cJSON_Parse(value) : NULL;
	int r = ph_identity_from_json(object, &identity);

	cJSON_Delete(object);
	struct ph_known *known = r < 0 ? NULL : add(daemon, owner + 1, &identity);
	if (known)
		known->stored = strdup(value);
}

static void switch_hotplug(struct ph_daemon *daemon)
{
	static const struct ph_hotplug_ops ops = {
		.there = on_there, .gone = on_gone, .scanned = on_scanned};
	struct ph_known_table *known = table(daemon);

	if (daemon->config->service.hotplug == (known->hotplug != NULL))
		return;
	if (known->hotplug) {
		ph_hotplug_free(PH_STEAL(known->hotplug));
		for (struct ph_known *k = known->first; k; k = k->next) {
			k->identity.present = false;
			k->syspath[0] = '\0';
		}
		return;
	}
	int r = ph_hotplug_new(daemon->event, &ops, daemon, &known->hotplug);
	if (r < 0)
		ph_log(LOG_ERR, NULL, "hot-plug does not work: %s", strerror(-r));
}

int ph_known_start(struct ph_daemon *daemon)
{
	ph_memory_each(daemon, KEY, load_one, daemon);
	ph_known_prepare(daemon);
	return 0;
}

void ph_known_done(struct ph_daemon *daemon)
{
	ph_hotplug_free(PH_STEAL(table(daemon)->hotplug));
	table(daemon)->settle = sd_event_source_disable_unref(table(daemon)->settle);
	table(daemon)->follow = sd_event_source_disable_unref(table(daemon)->follow);
	while (table(daemon)->arrivals)
		drop_arrival(daemon, &table(daemon)->arrivals);
	while (table(daemon)->first)
		known_free(table(daemon)->first);
}

/* Somebody gave the name to something else. */
static void rename_known(struct ph_known *known)
{
	char owner[PH_NAME_MAX + 2], name[PH_NAME_MAX + 1];

	find_name(known->daemon, known->identity.classes, name);
	ph_log(LOG_NOTICE, known->name, "is %s now: the name is configured for something else",
		name);
	owner_of(known, owner);
	ph_memory_forget(known->daemon, owner);
	snprintf(known->name, sizeof known->name, "%s", name);
	free(PH_STEAL(known->stored));
	store(known);
}

static bool name_is_taken(struct ph_known *known)
{
	char name[PH_NAME_MAX + 1];

	memcpy(name, known->name, sizeof name);
	known->name[0] = '\0';
	bool taken = !name_is_free(known->daemon, name, known->identity.classes);
	memcpy(known->name, name, sizeof name);
	return taken;
}

void ph_known_prepare(struct ph_daemon *daemon)
{
	table(daemon)->hold = true;
	for (struct ph_known *known = table(daemon)->first; known; known = known->next) {
		known->before = known->section;
		known->section = ph_known_section_new(daemon->config, known);
		if (known->section && name_is_taken(known)) {
			rename_known(known);
			ph_known_section_free(known->section);
			known->section = ph_known_section_new(daemon->config, known);
		}
	}
	switch_hotplug(daemon);
}

void ph_known_apply(struct ph_daemon *daemon, cJSON *changed)
{
	bool running = table(daemon)->running;

	table(daemon)->running = true;
	table(daemon)->hold = false;
	for (struct ph_known *known = table(daemon)->first; known; known = known->next) {
		ph_known_section_free(PH_STEAL(known->before));
		if (!known->section || ph_unit_find(daemon, known->name))
			continue;
		make_unit(known);
		if (changed)
			cJSON_AddItemToArray(changed, cJSON_CreateString(known->name));
	}
	if (running && table(daemon)->hotplug)
		ph_hotplug_rescan(table(daemon)->hotplug); /* what was configured may be free now */
}

int ph_known_forget(struct ph_daemon *daemon, const char *name)
{
	struct ph_known *known = ph_known_find(daemon, name);
	char owner[PH_NAME_MAX + 2];

	if (!known)
		return -ENOENT;
	if (known->identity.present)
		return -EBUSY;
	struct ph_unit *unit = unit_of(known);
	if (unit)
		ph_unit_free(unit);
	owner_of(known, owner);
	ph_memory_forget(daemon, owner);
	if (!ph_config_find_device(daemon->config, name))
		ph_memory_forget(daemon, name);
	known_free(known);
	return 0;
}

const char *ph_known_owner(const struct ph_daemon *daemon, const struct ph_node *node)
{
	const struct ph_config_device *configured = ph_known_configured(daemon->config, node);

	if (configured)
		return configured->name;
	for (const struct ph_known *known = daemon->known.first; known; known = known->next)
		if (known->section && !strcmp(known->syspath, node->syspath))
			return known->name;
	return NULL;
}
