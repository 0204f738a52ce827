// Cash drawers: the one pulse of a key from journal to driver to outcome. The sensor is in drawer_state.c.
#include "daemon/objects/drawer.h"

#include "base/cleanup.h"
#include "base/names.h"
#include "daemon/core/daemon.h"
#include "daemon/core/log.h"
#include "daemon/core/process.h"
#include "daemon/doors/call.h"
#include "daemon/doors/handlers.h"
#include "daemon/journal/journal_audit.h"
#include "daemon/journal/journal_pulses.h"
#include "daemon/objects/client.h"
#include "daemon/objects/device.h"
#include "daemon/objects/drawer_private.h"
#include "daemon/objects/lease.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAME_KEY_MAX 8 /* calls that may wait for one opening; one more is Busy */

/* An opening under way: from the first journal write to the last. */
struct ph_drawer_pulse {
	struct ph_daemon *daemon;
	char device_id[PH_NAME_MAX + 16];
	/* of the journal: the device, and the drawer where it is the second */
	char place[PH_NAME_MAX + 20];
	unsigned n;
	uint32_t uid;
	char who[64];
	char key[PH_KEY_MAX + 1];
	char *detail;			     /* JSON for the audit trail, owned */
	struct ph_call *calls[SAME_KEY_MAX]; /* the first opened it, the others repeated its key */
	unsigned call_count;
	struct ph_journal_pulse_begin begin;
	struct ph_journal_pulse_end end;
	struct ph_audit_entry audit;
	struct ph_failure failure; /* when the pulse was not sent */
	int64_t id;
	struct ph_drawer_pulse *next;
};

static void reply_outcome(struct ph_call *call, const char *outcome, bool already, bool duplicate)
{
	cJSON *result = cJSON_CreateObject();

	cJSON_AddStringToObject(result, "outcome", outcome);
	if (already)
		cJSON_AddTrueToObject(result, "already");
	if (duplicate)
		cJSON_AddTrueToObject(result, "duplicate");
	ph_call_reply(call, result);
}

/* The answer for a state that is in the journal. */
static void answer(struct ph_call *call, enum ph_pulse_state state, bool already, bool duplicate)
{
	switch (state) {
	case PH_PULSE_OPENED:
	case PH_PULSE_NOT_CONFIRMED:
	case PH_PULSE_NO_SENSOR:
		reply_outcome(call, ph_pulse_state_name(state), already, duplicate);
		return;
	case PH_PULSE_SENT:
	case PH_PULSE_UNCERTAIN:
	case PH_PULSE_STATE_COUNT_:
		ph_call_fail(call, PH_E_UNCERTAIN,
			"whether the drawer opened is not known; look at it before you use a new "
			"key");
		return;
	case PH_PULSE_FAILED:
		ph_call_fail(call, PH_E_FAILURE, "no pulse was sent for this key; try again");
		return;
	}
}

static void free_pulse(struct ph_drawer_pulse *pulse)
{
	struct ph_drawer_pulse **p = &pulse->daemon->pulses;

	while (*p && *p != pulse)
		p = &(*p)->next;
	if (*p)
		*p = pulse->next;
	free(pulse->detail);
	free(pulse);
}

/* A call that is orphaned still counts: its answer goes nowhere. */
static void answer_all(struct ph_drawer_pulse *pulse, enum ph_pulse_state state, bool already)
{
	for (unsigned i = 0; i < pulse->call_count; i++) {
		if (pulse->failure.error)
			ph_call_fail_with(pulse->calls[i], &pulse->failure);
		else
			answer(pulse->calls[i], state, already, i > 0);
	}
}

static void on_end_stored(struct ph_journal_request *request, int result)
{
	struct ph_drawer_pulse *pulse = request->userdata;

	if (result < 0)
		ph_log(LOG_ERR, pulse->device_id,
			"the outcome of a drawer opening cannot be stored: %s", strerror(-result));
	answer_all(pulse, pulse->end.outcome, pulse->end.already);
	free_pulse(pulse);
}

static void count(struct ph_drawer_pulse *pulse, enum ph_pulse_state state)
{
	struct ph_device *device = ph_device_find(pulse->daemon, pulse->device_id);

	if (device)
		device->counters[state == PH_PULSE_OPENED || state == PH_PULSE_NO_SENSOR
					 ? PH_COUNT_DRAWER_OPEN
					 : PH_COUNT_DRAWER_FAILED]++;
}

static void end_pulse(struct ph_drawer_pulse *pulse, enum ph_pulse_state state, bool already)
{
	count(pulse, state);
	pulse->audit = (struct ph_audit_entry){.uid = pulse->uid,
		.who = pulse->who,
		.action = "drawer.open",
		.device = pulse->device_id,
		.detail = pulse->detail,
		.outcome = ph_pulse_state_name(state)};
	pulse->end = (struct ph_journal_pulse_end){
		.request = {.done = on_end_stored, .userdata = pulse, .audit = &pulse->audit},
		.id = pulse->id,
		.outcome = state,
		.already = already};
	int r = ph_journal_pulse_end_submit(pulse->daemon->journal, &pulse->end);
	if (r < 0)
		on_end_stored(&pulse->end.request, r);
}

static void on_driver_answer(void *userdata, const cJSON *result, const struct ph_failure *failure)
{
	static const enum ph_pulse_state states[PH_DRAWER_OUTCOME_COUNT_] = {
		[PH_DRAWER_OPENED] = PH_PULSE_OPENED,
		[PH_DRAWER_NOT_CONFIRMED] = PH_PULSE_NOT_CONFIRMED,
		[PH_DRAWER_NO_SENSOR] = PH_PULSE_NO_SENSOR,
	};
	struct ph_drawer_pulse *pulse = userdata;
	struct ph_device *device = ph_device_find(pulse->daemon, pulse->device_id);

	if (failure && device && ph_process_connected(device->unit->process)) {
		pulse->failure = *failure; /* the driver refused: certainly no pulse */
		end_pulse(pulse, PH_PULSE_FAILED, false);
		return;
	}
	const char *word =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(result, "outcome"));
	int outcome = word ? ph_drawer_outcome_parse(word) : -EINVAL;
	if (failure || outcome < 0)
		end_pulse(pulse, PH_PULSE_UNCERTAIN, false);
	else
		end_pulse(pulse, states[outcome],
			cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(result, "already")));
}

static void send_pulse(struct ph_drawer_pulse *pulse)
{
	struct ph_device *device = ph_device_find(pulse->daemon, pulse->device_id);
	const char *params = pulse->n == 2 ? "{\"n\":2}" : "{}";
	int r = -ENOTCONN;

	if (device && device->unit->state == PH_DEVICE_READY)
		r = ph_process_request(device->unit->process, "drawer.open", params, strlen(params),
			on_driver_answer, pulse);
	if (r >= 0)
		return;
	if (device)
		ph_device_unusable(device, &pulse->failure);
	else
		ph_failure_set(&pulse->failure, PH_E_NOEXIST, pulse->device_id, "%s was removed",
			pulse->device_id);
	end_pulse(pulse, PH_PULSE_FAILED, false);
}

static void on_begin_stored(struct ph_journal_request *request, int result)
{
	struct ph_drawer_pulse *pulse = request->userdata;

	if (result == 0 && !pulse->begin.duplicate) {
		pulse->id = pulse->begin.id;
		send_pulse(pulse);
		return;
	}
	if (result == -ENOENT && pulse->begin.known_only)
		; /* the device cannot be used now, and the key stays unused */
	else if (result == -EEXIST)
		ph_failure_set(&pulse->failure, PH_E_EXISTS, pulse->device_id,
			"the key `%s` was used for another drawer", pulse->key);
	else if (result < 0)
		ph_failure_set_journal(
			&pulse->failure, result, pulse->device_id, "the opening cannot be stored");
	if (result == 0) {
		for (unsigned i = 0; i < pulse->call_count; i++)
			answer(pulse->calls[i], pulse->begin.outcome, pulse->begin.already, true);
	} else {
		answer_all(pulse, PH_PULSE_FAILED, false);
	}
	free_pulse(pulse);
}

static unsigned number(const struct ph_call *call)
{
	return (unsigned)ph_param_int(call, "n", 1);
}

static char *audit_detail(struct ph_call *call)
{
	static const char *const members[] = {"key", "reason", "reference", "operator"};
	cJSON *detail = cJSON_CreateObject();

	for (size_t i = 0; i < PH_ARRAY_SIZE(members); i++)
		if (ph_param_str(call, members[i]))
			cJSON_AddStringToObject(detail, members[i], ph_param_str(call, members[i]));
	if (number(call) > 1)
		cJSON_AddNumberToObject(detail, "n", number(call));
	char *text = cJSON_PrintUnformatted(detail);
	cJSON_Delete(detail);
	return text;
}

static int begin_pulse(struct ph_call *call, const struct ph_device *device)
{
	struct ph_drawer_pulse *pulse = calloc(1, sizeof *pulse);

	if (!pulse)
		return -ENOMEM;
	pulse->daemon = call->daemon;
	pulse->uid = call->client->uid;
	pulse->calls[pulse->call_count++] = call;
	snprintf(pulse->device_id, sizeof pulse->device_id, "%s", device->id);
	pulse->n = number(call);
	snprintf(pulse->place, sizeof pulse->place, "%s%s", pulse->device_id,
		pulse->n == 2 ? "/2" : "");
	snprintf(pulse->who, sizeof pulse->who, "%s", call->client->label);
	snprintf(pulse->key, sizeof pulse->key, "%s", ph_param_str(call, "key"));
	pulse->detail = audit_detail(call);
	pulse->audit = (struct ph_audit_entry){.uid = pulse->uid,
		.who = pulse->who,
		.action = "drawer.open",
		.device = pulse->device_id,
		.detail = pulse->detail,
		.outcome = "requested"};
	pulse->begin = (struct ph_journal_pulse_begin){
		.request = {.done = on_begin_stored, .userdata = pulse, .audit = &pulse->audit},
		.uid = pulse->uid,
		.key = pulse->key,
		.device = pulse->place,
		.who = pulse->who,
		.reason = ph_param_str(call, "reason"),
		.reference = ph_param_str(call, "reference"),
		.operator_name = ph_param_str(call, "operator")};
	if (device->unit->state != PH_DEVICE_READY) {
		pulse->begin.known_only =
			1; /* what became of the key is known without the device */
		ph_device_unusable(device, &pulse->failure);
	}
	int r = ph_journal_pulse_begin_submit(call->daemon->journal, &pulse->begin);
	if (r < 0) {
		free_pulse(pulse);
		return r;
	}
	pulse->next = call->daemon->pulses;
	call->daemon->pulses = pulse;
	return 0;
}

/* A repeat of a key whose opening is still under way waits for the same outcome. */
static bool join(struct ph_call *call, const struct ph_device *device)
{
	const char *key = ph_param_str(call, "key");

	for (struct ph_drawer_pulse *p = call->daemon->pulses; p; p = p->next) {
		if (p->uid != call->client->uid || strcmp(p->key, key) != 0)
			continue;
		if (strcmp(p->device_id, device->id) != 0 || p->n != number(call))
			ph_call_fail(
				call, PH_E_EXISTS, "the key `%s` is in use for %s", key, p->place);
		else if (p->call_count == SAME_KEY_MAX)
			ph_call_fail(call, PH_E_BUSY, "the key `%s` is being worked on", key);
		else
			p->calls[p->call_count++] = call;
		return true;
	}
	return false;
}

void ph_drawer_open(struct ph_call *call)
{
	struct ph_device *device = ph_call_device(call, PH_CLASS_DRAWER);

	if (!device || !ph_lease_admits(call, device) || join(call, device))
		return;
	int r = begin_pulse(call, device);
	if (r < 0)
		ph_call_fail_journal(call, r, "the opening cannot be stored");
}

bool ph_drawer_opening(const struct ph_device *device)
{
	for (const struct ph_drawer_pulse *p = device->unit->daemon->pulses; p; p = p->next)
		if (!strcmp(p->device_id, device->id))
			return true;
	return false;
}
