// Scanners: delivery to the holder, labels that wait for one, duplicate window, and the few commands a scanner may know.
#include "daemon/objects/scanner.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json_flat.h"
#include "daemon/core/config.h"
#include "daemon/core/daemon.h"
#include "daemon/core/process.h"
#include "daemon/doors/call.h"
#include "daemon/doors/handlers.h"
#include "daemon/objects/client.h"
#include "daemon/objects/device.h"
#include "daemon/objects/lease.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>

static const cJSON *member(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

/* A label that waits for its holder. */
struct label {
	uint64_t read_us, until_us; /* monotonic */
	char *data;		    /* members of the event but its age, "{...," */
	struct label *next;
};

struct ph_scanner {
	struct ph_device *device;
	bool enabled; /* the holder wants labels */
	bool auto_disable;
	unsigned duplicate_window_ms;
	uint64_t last_label_us; /* of the label in last_label */
	char *last_label;	/* base64, NULL while the window is off */
	int64_t age_out_ms;	/* of the holder, or -1: as configured */
	struct label *waiting, **waiting_tail;
	unsigned waiting_count;
	unsigned unread;	/* lost on the way to the holder, and not said yet */
	sd_event_source *timer; /* runs while labels wait */
	int told;		/* the device is on (1), off (0), or has not been told (-1) */
};

static void drop(struct ph_device *device, uint64_t count, const char *reason)
{
	char data[120];

	device->counters[PH_COUNT_DROPPED_SCAN] += count;
	snprintf(data, sizeof data, "{\"count\":%llu,\"reason\":\"%s\"}", (unsigned long long)count,
		reason);
	ph_events_publish(device->unit->daemon, "scanner.dropped", device->id, data);
}

void ph_scanner_dropped(struct ph_device *device, const cJSON *params)
{
	static const char *const known[] = {"too_long", "garbled", "rate", "lost"};
	const char *reason = cJSON_GetStringValue(member(params, "reason"));
	const cJSON *count = member(params, "count");

	for (size_t i = 0; reason && i < PH_ARRAY_SIZE(known); i++)
		if (!strcmp(known[i], reason))
			drop(device,
				cJSON_IsNumber(count) && count->valueint > 0
					? (uint64_t)count->valueint
					: 1,
				reason);
}

void ph_scanner_unread(struct ph_device *device)
{
	device->scanner->unread++;
}

void ph_scanner_tell_unread(struct ph_device *device)
{
	const unsigned count = device->scanner->unread;

	device->scanner->unread = 0;
	if (count)
		drop(device, count, "unread");
}

/* True for a label equal to the last one within the window; a repeat does not restart the window. */
static bool is_repeat(struct ph_scanner *scanner, const struct ph_json_member *label)
{
	uint64_t now = ph_clock_mono_us();

	if (!scanner->duplicate_window_ms)
		return false;
	if (scanner->last_label && strlen(scanner->last_label) == label->value_len &&
		!memcmp(scanner->last_label, label->value, label->value_len) &&
		now - scanner->last_label_us < scanner->duplicate_window_ms * 1000ull)
		return true;
	free(scanner->last_label);
	scanner->last_label = strndup(label->value, label->value_len);
	scanner->last_label_us = now;
	return false;
}

/* ---- labels that wait ---- */

static unsigned age_out_ms(const struct ph_scanner *scanner)
{
	return scanner->age_out_ms >= 0 ? (unsigned)scanner->age_out_ms
					: scanner->device->unit->config->age_out_ms;
}

static void deliver_waiting(struct ph_scanner *scanner);

/* The next change tells it anew; a scanner that refuses stays on, and its labels go nowhere. */
static void on_told(void *userdata, const cJSON *result, const struct ph_failure *failure)
{
	struct ph_call *call = userdata;

	if (!call)
		return;
	struct ph_scanner *scanner =
		call->userdata; /* a device outlives the requests to its driver */
	ph_call_reply(call, NULL);
	deliver_waiting(scanner);
}

/*
 * The scanner itself is switched off while nobody wants its labels, where it can be. True when `call` (may be NULL) will be
 * answered by its answer.
 */
static bool tell_device(struct ph_scanner *scanner, struct ph_call *call)
{
	struct ph_device *device = scanner->device;
	bool on = scanner->enabled || age_out_ms(scanner) > 0;

	if (device->unit->state != PH_DEVICE_READY) {
		scanner->told = -1;
		return false;
	}
	if (scanner->told == (int)on || !cJSON_IsTrue(member(device->capabilities, "enable")))
		return false;
	if (ph_process_request(device->unit->process, on ? "scanner.enable" : "scanner.disable",
		    "{}", 2, on_told, call) < 0)
		return false;
	scanner->told = on;
	if (call)
		call->userdata = scanner;
	return call;
}

static struct label *take_label(struct ph_scanner *scanner)
{
	struct label *label = scanner->waiting;

	scanner->waiting = label->next;
	if (!scanner->waiting)
		scanner->waiting_tail = &scanner->waiting;
	scanner->waiting_count--;
	return label;
}

static void free_label(struct label *label)
{
	free(label->data);
	free(label);
}

static unsigned clear_waiting(struct ph_scanner *scanner)
{
	unsigned count = scanner->waiting_count;

	while (scanner->waiting)
		free_label(take_label(scanner));
	scanner->timer = sd_event_source_disable_unref(scanner->timer);
	return count;
}

static int on_age_out(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_scanner *scanner = userdata;
	uint64_t now = ph_clock_mono_us();
	unsigned old = 0;

	for (; scanner->waiting && scanner->waiting->until_us <= now; old++)
		free_label(take_label(scanner));
	if (old)
		drop(scanner->device, old, "aged_out");
	if (scanner->waiting) {
		sd_event_source_set_time(scanner->timer, scanner->waiting->until_us);
		sd_event_source_set_enabled(scanner->timer, SD_EVENT_ONESHOT);
	} else {
		scanner->timer = sd_event_source_disable_unref(scanner->timer);
	}
	return 0;
}

/* Keeps a label, for a holder that is not there or not ready yet. The oldest stay: what comes beyond is dropped. */
static void keep(struct ph_scanner *scanner, const struct ph_buf *buf)
{
	struct label *label = NULL;

	if (scanner->waiting_count < PH_SCANS_WAITING)
		label = calloc(1, sizeof *label);
	if (label)
		label->data = strndup(buf->data, buf->len);
	if (!label || !label->data) {
		free(label);
		drop(scanner->device, 1, "queue_full");
		return;
	}
	label->read_us = ph_clock_mono_us();
	label->until_us = label->read_us + age_out_ms(scanner) * 1000ull;
	*scanner->waiting_tail = label;
	scanner->waiting_tail = &label->next;
	scanner->waiting_count++;
	if (!scanner->timer)
		sd_event_add_time(scanner->device->unit->daemon->event, &scanner->timer,
			CLOCK_MONOTONIC, label->until_us, 10000, on_age_out, scanner);
}

static bool enable(struct ph_scanner *scanner, bool enabled, struct ph_call *call);

/* Adds the age and sends the event; `buf` ends with a comma. */
static void deliver(struct ph_scanner *scanner, struct ph_buf *buf, uint64_t age_ms)
{
	struct ph_device *device = scanner->device;

	ph_buf_add_str(buf, "\"age_ms\":");
	ph_buf_add_int(buf, (int64_t)age_ms);
	ph_buf_add_char(buf, '}');
	if (!buf->error)
		ph_events_unicast(
			device->lease->client, "scanner.data", device->id, buf->data, buf->len);
	if (scanner->auto_disable)
		enable(scanner, false, NULL);
}

static void deliver_waiting(struct ph_scanner *scanner)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf buf = PH_BUF_INIT;

	while (scanner->waiting && scanner->enabled) {
		struct label *label = take_label(scanner);
		ph_buf_reset(&buf);
		ph_buf_add_str(&buf, label->data);
		deliver(scanner, &buf, (ph_clock_mono_us() - label->read_us) / 1000);
		free_label(label);
	}
	if (!scanner->waiting)
		scanner->timer = sd_event_source_disable_unref(scanner->timer);
}

/* Whether labels are delivered is known here, not in the driver. Returns as tell_device(). */
static bool enable(struct ph_scanner *scanner, bool enabled, struct ph_call *call)
{
	if (scanner->enabled == enabled)
		return false;
	scanner->enabled = enabled;
	cJSON *params = cJSON_CreateObject();
	cJSON_AddStringToObject(params, "class", "scanner");
	cJSON_AddBoolToObject(cJSON_AddObjectToObject(params, "status"), "enabled", enabled);
	ph_unit_set_status(scanner->device->unit, params);
	cJSON_Delete(params);
	return tell_device(scanner, call);
}

/* ---- labels from the driver ---- */

/* What a driver may say of a label, and of what kind it is. */
static const struct {
	const char *name;
	enum ph_json_kind kind;
} known_members[PH_SCAN_MEMBERS] = {
	{"text", PH_JSON_STRING},
	{"data_b64", PH_JSON_STRING},
	{"label_b64", PH_JSON_STRING},
	{"symbology", PH_JSON_STRING},
	{"upos_type", PH_JSON_NUMBER},
	{"aim", PH_JSON_STRING},
	{"inferred", PH_JSON_LITERAL},
	{"checksum_ok", PH_JSON_LITERAL},
	{"measure", PH_JSON_NESTED},
	{"gs1", PH_JSON_NESTED},
	{"gs1_problem", PH_JSON_STRING},
};

void ph_scanner_label(struct ph_device *device, const struct ph_json_member *members, int count)
{
	static struct ph_buf buf; /* kept: a scan allocates nothing here */
	const struct ph_json_member *label = ph_json_flat_find(members, count, "label_b64");
	struct ph_scanner *scanner = device->scanner;
	bool wanted = device->lease && scanner->enabled;

	if (!label || label->kind != PH_JSON_STRING)
		return;
	if (!wanted && !age_out_ms(scanner)) {
		drop(device, 1, device->lease ? "not_enabled" : "not_claimed");
		return;
	}
	if (is_repeat(scanner, label)) {
		drop(device, 1, "duplicate");
		return;
	}
	device->counters[PH_COUNT_GOOD_SCAN]++;
	ph_buf_reset(&buf);
	ph_buf_add_char(&buf, '{');
	for (size_t i = 0; i < PH_ARRAY_SIZE(known_members); i++) {
		const struct ph_json_member *m =
			ph_json_flat_find(members, count, known_members[i].name);
		if (!m || m->kind != known_members[i].kind)
			continue;
		ph_buf_add(&buf, m->name - 1, m->name_len + 2);
		ph_buf_add_char(&buf, ':');
		ph_buf_add(&buf, m->value, m->value_len);
		ph_buf_add_char(&buf, ',');
	}
	if (wanted)
		deliver(scanner, &buf, 0);
	else if (!buf.error)
		keep(scanner, &buf);
}

static bool is_kind(const cJSON *value, enum ph_json_kind kind)
{
	switch (kind) {
	case PH_JSON_STRING:
		return cJSON_IsString(value);
	case PH_JSON_NUMBER:
		return cJSON_IsNumber(value);
	case PH_JSON_LITERAL:
		return cJSON_IsBool(value);
	case PH_JSON_NESTED:
		return cJSON_IsArray(value) || cJSON_IsObject(value);
	}
	return false;
}

/* The same for a message in any form JSON allows: it is brought into ours. */
void ph_scanner_data(struct ph_device *device, const cJSON *params)
{
	struct ph_json_member members[PH_SCAN_MEMBERS];
	cJSON *flat = cJSON_CreateObject();

	for (size_t i = 0; i < PH_ARRAY_SIZE(known_members); i++) {
		const char *name = known_members[i].name;
		const cJSON *value = member(params, name);
		if (!is_kind(value, known_members[i].kind))
			continue;
		if (cJSON_IsNumber(value))
			cJSON_AddNumberToObject(flat, name, value->valueint);
		else
			cJSON_AddItemToObject(flat, name, cJSON_Duplicate(value, true));
	}
	PH_CLEANUP_FREE char *text = cJSON_PrintUnformatted(flat);
	cJSON_Delete(flat);
	int count = text ? ph_json_flat(text, strlen(text), members, PH_ARRAY_SIZE(members)) : 0;
	if (count > 0)
		ph_scanner_label(device, members, count);
}

/* ---- the object ---- */

int ph_scanner_new(struct ph_device *device)
{
	struct ph_scanner *scanner = calloc(1, sizeof *scanner);

	if (!scanner)
		return -ENOMEM;
	scanner->device = device;
	scanner->age_out_ms = -1;
	scanner->told = -1;
	scanner->waiting_tail = &scanner->waiting;
	device->scanner = scanner;
	return 0;
}

void ph_scanner_free(struct ph_scanner *scanner)
{
	if (!scanner)
		return;
	clear_waiting(scanner);
	free(scanner->last_label);
	free(scanner);
}

void ph_scanner_state_changed(struct ph_device *device)
{
	if (device->scanner)
		tell_device(device->scanner, NULL);
}

void ph_scanner_lease_ended(struct ph_device *device)
{
	struct ph_scanner *scanner = device->scanner;

	if (!scanner)
		return;
	scanner->duplicate_window_ms = 0;
	scanner->auto_disable = false;
	scanner->age_out_ms = -1;
	free(PH_STEAL(scanner->last_label));
	enable(scanner, false, NULL);
	tell_device(scanner, NULL);
	unsigned cleared = clear_waiting(scanner);
	if (cleared)
		drop(device, cleared, "released");
}

/* ---- calls ---- */

/* The scanner of a call whose caller holds it; else the call is answered and NULL returned. */
static struct ph_scanner *held_scanner(struct ph_call *call)
{
	struct ph_device *device = ph_call_device(call, PH_CLASS_SCANNER);

	return device && ph_lease_required(call, device) ? device->scanner : NULL;
}

void ph_scanner_enable(struct ph_call *call)
{
	struct ph_scanner *scanner = held_scanner(call);

	if (!scanner)
		return;
	if (enable(scanner, true, call))
		return;
	ph_call_reply(call, NULL);
	deliver_waiting(scanner);
}

void ph_scanner_disable(struct ph_call *call)
{
	struct ph_scanner *scanner = held_scanner(call);

	if (!scanner)
		return;
	if (!enable(scanner, false, call))
		ph_call_reply(call, NULL);
}

void ph_scanner_configure(struct ph_call *call)
{
	struct ph_scanner *scanner = held_scanner(call);

	if (!scanner)
		return;
	scanner->duplicate_window_ms =
		(unsigned)ph_param_int(call, "duplicate_window_ms", scanner->duplicate_window_ms);
	scanner->age_out_ms = ph_param_int(call, "age_out_ms", scanner->age_out_ms);
	if (ph_param(call, "auto_disable"))
		scanner->auto_disable = cJSON_IsTrue(ph_param(call, "auto_disable"));
	free(PH_STEAL(scanner->last_label));
	tell_device(scanner, NULL);
	ph_call_reply(call, NULL);
}

void ph_scanner_status(struct ph_call *call)
{
	struct ph_device *device = ph_call_device(call, PH_CLASS_SCANNER);

	if (!device)
		return;
	const struct ph_scanner *scanner = device->scanner;
	cJSON *result = cJSON_CreateObject();
	cJSON_AddBoolToObject(result, "enabled", scanner->enabled);
	cJSON_AddNumberToObject(result, "data_count", scanner->waiting_count);
	cJSON_AddBoolToObject(result, "auto_disable", scanner->auto_disable);
	cJSON_AddNumberToObject(result, "duplicate_window_ms", scanner->duplicate_window_ms);
	cJSON_AddNumberToObject(result, "age_out_ms", age_out_ms(scanner));
	ph_call_reply(call, result);
}

void ph_scanner_clear(struct ph_call *call)
{
	struct ph_scanner *scanner = held_scanner(call);

	if (!scanner)
		return;
	cJSON *result = cJSON_CreateObject();
	cJSON_AddNumberToObject(result, "cleared", clear_waiting(scanner));
	ph_call_reply(call, result);
}

void ph_scanner_symbology(struct ph_call *call)
{
	struct ph_scanner *scanner = held_scanner(call);

	if (!scanner)
		return;
	cJSON *params = cJSON_CreateObject();
	cJSON_AddStringToObject(params, "symbology", ph_param_str(call, "symbology"));
	cJSON_AddBoolToObject(params, "on", cJSON_IsTrue(ph_param(call, "on")));
	ph_device_command(call, scanner->device, "scanner.symbology", params);
}

void ph_scanner_beep(struct ph_call *call)
{
	struct ph_scanner *scanner = held_scanner(call);

	if (!scanner)
		return;
	const char *kind = ph_param_str(call, "kind");
	cJSON *params = cJSON_CreateObject();
	cJSON_AddStringToObject(params, "kind", kind ? kind : "good");
	ph_device_command(call, scanner->device, "scanner.beep", params);
}

void ph_scanner_trigger(struct ph_call *call)
{
	struct ph_scanner *scanner = held_scanner(call);

	if (!scanner)
		return;
	const cJSON *on = ph_param(call, "on");
	cJSON *params = cJSON_CreateObject();
	cJSON_AddBoolToObject(params, "on", !on || cJSON_IsTrue(on));
	ph_device_command(call, scanner->device, "scanner.trigger", params);
}
