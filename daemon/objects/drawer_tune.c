// Learning what the level of a drawer's switch means: a dialogue of steps with a person who closes and opens it. What is learnt
// is kept by the driver, in the words it has remembered.
#include "base/cleanup.h"
#include "daemon/core/daemon.h"
#include "daemon/core/process.h"
#include "daemon/doors/call.h"
#include "daemon/doors/handlers.h"
#include "daemon/objects/audit.h"
#include "daemon/objects/client.h"
#include "daemon/objects/drawer_private.h"
#include "daemon/objects/lease.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LOOK_MS 250 /* between two looks after a pulse */
#define LOOKS	8   /* so that it has 2 s to open */

static const char *const findings[PH_FINDING_COUNT_] = {
	[PH_FINDING_NONE] = "none",
	[PH_FINDING_OPEN_HIGH] = "open_high",
	[PH_FINDING_OPEN_LOW] = "open_low",
};

/* ---- answers ---- */

static struct ph_call *take_call(struct ph_drawer *drawer)
{
	drawer->tuning.again = sd_event_source_disable_unref(drawer->tuning.again);
	return PH_STEAL(drawer->tuning.call);
}

static void reply(struct ph_drawer *drawer, const char *level)
{
	struct ph_drawer_tuning *tuning = &drawer->tuning;
	struct ph_call *call = take_call(drawer);
	cJSON *result = cJSON_CreateObject();

	cJSON_AddStringToObject(result, "step", ph_param_str(call, "step"));
	if (level)
		cJSON_AddStringToObject(result, "level", level);
	if (tuning->finding != PH_FINDING_NOTHING)
		cJSON_AddStringToObject(result, "finding", findings[tuning->finding]);
	ph_call_reply(call, result);
}

static void fail_with(struct ph_drawer *drawer, const struct ph_failure *failure)
{
	ph_call_fail_with(take_call(drawer), failure);
}

/* A level in hand, or the step is answered: nothing can be learnt from what is not told. */
static bool told(struct ph_drawer *drawer, const struct ph_drawer_reading *reading)
{
	const char *id = drawer->device->id;

	if (!drawer->tuning.call)
		return false;
	if (reading->failure)
		fail_with(drawer, reading->failure);
	else if (!reading->level)
		ph_call_fail(take_call(drawer), PH_E_ILLEGAL,
			"%s does not tell the level of a switch: there is nothing to learn", id);
	else
		return true;
	return false;
}

void ph_drawer_tune_done(struct ph_drawer *drawer)
{
	struct ph_call *call = take_call(drawer);

	if (call)
		ph_call_fail(call, PH_E_NOEXIST, "%s was removed from the configuration",
			drawer->device->id);
}

/* ---- step closed ---- */

static void on_closed(void *userdata, const struct ph_drawer_reading *reading)
{
	struct ph_drawer *drawer = userdata;
	struct ph_drawer_tuning *tuning = &drawer->tuning;

	if (!told(drawer, reading))
		return;
	snprintf(tuning->closed, sizeof tuning->closed, "%s", reading->level);
	reply(drawer, reading->level);
}

static void on_forgotten(void *userdata, const cJSON *result, const struct ph_failure *failure)
{
	struct ph_drawer *drawer = userdata;

	if (!drawer->tuning.call)
		return;
	if (failure)
		fail_with(drawer, failure);
	else
		ph_drawer_ask(drawer->device, on_closed, drawer);
}

static int learn(struct ph_drawer *drawer, const char *sensor, ph_process_done done)
{
	char params[40];

	if (sensor)
		snprintf(params, sizeof params, "{\"sensor\":\"%s\"}", sensor);
	else
		snprintf(params, sizeof params, "{\"sensor\":null}");
	return ph_process_request(drawer->device->unit->process, "drawer.learn", params,
		strlen(params), done, drawer);
}

/* It begins anew, whoever began one before. */
static int begin(struct ph_drawer *drawer)
{
	const struct ph_device *device = drawer->device;
	const char *polarity = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(device->capabilities, "polarity"));

	drawer->tuning.closed[0] = '\0';
	drawer->tuning.finding = PH_FINDING_NOTHING;
	snprintf(drawer->tuning.who, sizeof drawer->tuning.who, "%s",
		drawer->tuning.call->client->label);
	/* one that was learnt to have no switch is not looked at: forget that first */
	if (polarity && !strcmp(polarity, "learnt") && !ph_drawer_can(device, "sensor"))
		return learn(drawer, NULL, on_forgotten);
	ph_drawer_ask(drawer->device, on_closed, drawer);
	return 0;
}

/* ---- steps open and pulse ---- */

static int on_again(sd_event_source *source, uint64_t usec, void *userdata);

static void on_opened(void *userdata, const struct ph_drawer_reading *reading)
{
	struct ph_drawer *drawer = userdata;
	struct ph_drawer_tuning *tuning = &drawer->tuning;

	if (!told(drawer, reading))
		return;
	bool same = !strcmp(reading->level, tuning->closed);
	if (same && tuning->looks) {
		tuning->looks--;
		sd_event_add_time_relative(drawer->device->unit->daemon->event, &tuning->again,
			CLOCK_MONOTONIC, LOOK_MS * 1000ull, 10000, on_again, drawer);
		return;
	}
	tuning->finding = same				    ? PH_FINDING_NONE
			  : !strcmp(reading->level, "high") ? PH_FINDING_OPEN_HIGH
							    : PH_FINDING_OPEN_LOW;
	reply(drawer, reading->level);
}

static int on_again(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_drawer *drawer = userdata;

	drawer->tuning.again = sd_event_source_disable_unref(drawer->tuning.again);
	ph_drawer_ask(drawer->device, on_opened, drawer);
	return 0;
}

static int look(struct ph_drawer *drawer)
{
	drawer->tuning.looks = 0;
	ph_drawer_ask(drawer->device, on_opened, drawer);
	return 0;
}

static void on_pulsed(void *userdata, const cJSON *result, const struct ph_failure *failure)
{
	struct ph_drawer *drawer = userdata;
	const char *outcome =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(result, "outcome"));

	if (!drawer->tuning.call)
		return;
	ph_audit(drawer->tuning.call, drawer->device->id,
		failure	  ? "failed"
		: outcome ? outcome
			  : "uncertain",
		cJSON_Parse("{\"step\":\"pulse\"}"));
	if (failure) {
		fail_with(drawer, failure);
		return;
	}
	drawer->tuning.looks = LOOKS;
	ph_drawer_ask(drawer->device, on_opened, drawer);
}

static int pulse(struct ph_drawer *drawer)
{
	ph_audit(drawer->tuning.call, drawer->device->id, "requested",
		cJSON_Parse("{\"step\":\"pulse\"}"));
	return ph_process_request(
		drawer->device->unit->process, "drawer.open", "{}", 2, on_pulsed, drawer);
}

/* ---- steps accept and forget ---- */

static void on_learnt(void *userdata, const cJSON *result, const struct ph_failure *failure)
{
	struct ph_drawer *drawer = userdata;
	struct ph_drawer_tuning *tuning = &drawer->tuning;

	if (!tuning->call)
		return;
	if (failure) {
		fail_with(drawer, failure);
		return;
	}
	cJSON *detail = cJSON_CreateObject();
	cJSON_AddStringToObject(detail, "step", ph_param_str(tuning->call, "step"));
	if (tuning->finding != PH_FINDING_NOTHING)
		cJSON_AddStringToObject(detail, "finding", findings[tuning->finding]);
	ph_audit(tuning->call, drawer->device->id, "done", detail);
	tuning->closed[0] = '\0';
	reply(drawer, NULL);
	tuning->finding = PH_FINDING_NOTHING;
}

static int accept_finding(struct ph_drawer *drawer)
{
	return learn(drawer, findings[drawer->tuning.finding], on_learnt);
}

static int forget(struct ph_drawer *drawer)
{
	drawer->tuning.finding = PH_FINDING_NOTHING;
	return learn(drawer, NULL, on_learnt);
}

/* ---- the method ---- */

static const struct step {
	const char *name;
	bool needs_closed, needs_finding, pulses;
	int (*run)(struct ph_drawer *drawer);
} steps[] = {
	{"closed", false, false, false, begin},
	{"open", true, false, false, look},
	{"pulse", true, false, true, pulse},
	{"accept", true, true, false, accept_finding},
	{"forget", false, false, false, forget},
};

static const struct step *find_step(const char *name)
{
	size_t i = 0;

	while (strcmp(steps[i].name, name))
		i++;
	return &steps[i];
}

/* Whether the step has its turn; else the call is answered. */
static bool has_turn(struct ph_call *call, struct ph_device *device, const struct step *step)
{
	const struct ph_drawer_tuning *tuning = &device->drawer->tuning;
	const char *polarity = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(device->capabilities, "polarity"));

	if (tuning->call)
		ph_call_fail(call, PH_E_BUSY, "a step is in hand for %s", device->id);
	else if (polarity && !strcmp(polarity, "configured"))
		ph_call_fail(call, PH_E_ILLEGAL,
			"the section of %s says drawer_sensor: remove that to have it learnt",
			device->id);
	else if (step->needs_closed &&
		 (!*tuning->closed || strcmp(tuning->who, call->client->label) != 0))
		ph_call_fail(call, PH_E_ILLEGAL, "begin with the step `closed`");
	else if (step->needs_finding && tuning->finding == PH_FINDING_NOTHING)
		ph_call_fail(call, PH_E_ILLEGAL, "open it first: the steps `open` or `pulse`");
	else
		return !step->pulses || ph_lease_admits(call, device);
	return false;
}

void ph_drawer_tune(struct ph_call *call)
{
	struct ph_device *device = ph_call_device(call, PH_CLASS_DRAWER);
	struct ph_failure failure;

	if (!device)
		return;
	const struct step *step = find_step(ph_param_str(call, "step"));
	struct ph_drawer *drawer = ph_drawer_of(device);
	if (!drawer) {
		ph_call_fail(call, PH_E_FAILURE, "out of memory");
		return;
	}
	if (!has_turn(call, device, step))
		return;
	drawer->tuning.call = call;
	int r = device->unit->state == PH_DEVICE_READY ? step->run(drawer) : -ENOTCONN;
	if (r >= 0)
		return;
	ph_device_unusable(device, &failure);
	fail_with(drawer, &failure);
}
