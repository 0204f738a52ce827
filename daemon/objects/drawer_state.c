// What a cash drawer's sensor says: questions to the driver, who waits for an answer or for the drawer to close, and the events.
// Openings are in drawer.c, the alarm in drawer_alarm.c.
#include "base/cleanup.h"
#include "daemon/core/config.h"
#include "daemon/core/daemon.h"
#include "daemon/core/process.h"
#include "daemon/doors/call.h"
#include "daemon/doors/handlers.h"
#include "daemon/objects/audit.h"
#include "daemon/objects/client.h"
#include "daemon/objects/drawer_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_US	   1000000 /* before a driver that was busy is asked again */
#define BEEP_PERIOD_MIN_MS 100

/* The first look for a wait, which may be over before its answer comes. */
struct look {
	struct ph_drawer_wait *wait;
};

struct ph_drawer_wait {
	struct ph_call *call;
	struct look *look; /* in hand, or NULL */
	struct ph_device *device;
	sd_event_source *timeout, *beep;
	int beep_hz, beep_ms;
	unsigned beep_period_ms;
	struct ph_drawer_wait *next;
};

static const char *state_word(int open)
{
	return open < 0 ? "unknown" : open ? "open" : "closed";
}

static cJSON *state_json(int open)
{
	cJSON *object = cJSON_CreateObject();

	cJSON_AddStringToObject(object, "state", state_word(open));
	return object;
}

struct ph_drawer *ph_drawer_of(struct ph_device *device)
{
	if (!device->drawer) {
		device->drawer = calloc(1, sizeof *device->drawer);
		if (device->drawer)
			device->drawer->device = device;
	}
	return device->drawer;
}

bool ph_drawer_can(const struct ph_device *device, const char *capability)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(device->capabilities, capability));
}

/* ---- questions to the driver ---- */

static bool polled(const struct ph_device *device)
{
	return device->unit->state == PH_DEVICE_READY && ph_drawer_can(device, "polled");
}

static bool watch_wanted(const struct ph_device *device)
{
	const struct ph_drawer_wait *wait = device->unit->daemon->drawer_waits;

	if (!polled(device) || !ph_drawer_can(device, "sensor"))
		return false;
	while (wait && wait->device != device)
		wait = wait->next;
	return wait || device->unit->config->left_open_after_ms;
}

/* Whether the state has to be asked for: it is not told, or not any more when the question in hand is answered. */
static bool must_look(const struct ph_device *device)
{
	const struct ph_drawer *drawer = device->drawer;

	return polled(device) &&
	       !(drawer && drawer->watched && (drawer->watch_asked || !drawer->sensing));
}

static void answer_asks(struct ph_drawer *drawer, const struct ph_drawer_reading *reading)
{
	/* who asks from inside gets the next answer */
	struct ph_drawer_ask *asks = PH_STEAL(drawer->asks), *next;

	for (; asks; asks = next) {
		next = asks->next;
		asks->done(asks->userdata, reading);
		free(asks);
	}
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_drawer *drawer = userdata;

	drawer->retry = sd_event_source_disable_unref(drawer->retry);
	ph_drawer_watch(drawer->device);
	return 0;
}

static void on_sensed(void *userdata, const cJSON *result, const struct ph_failure *failure)
{
	struct ph_drawer *drawer = userdata;
	const cJSON *open = cJSON_GetObjectItemCaseSensitive(result, "open");
	const char *level = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(result, "level"));
	struct ph_drawer_reading reading = {.open = cJSON_IsBool(open) ? cJSON_IsTrue(open) : -1,
		.level = level,
		.failure = failure};

	drawer->sensing = false;
	if (!failure)
		drawer->watched = drawer->watch_asked;
	answer_asks(drawer, &reading);
	if (!failure || drawer->asks)
		ph_drawer_watch(drawer->device);
	else if (failure->retryable && watch_wanted(drawer->device) && !drawer->retry)
		sd_event_add_time_relative(drawer->device->unit->daemon->event, &drawer->retry,
			CLOCK_MONOTONIC, RETRY_US, 10000, on_retry, drawer);
}

static int send_question(struct ph_drawer *drawer, bool watch)
{
	const char *params = watch ? "{\"watch\":true}" : "{}";

	drawer->watch_asked = watch;
	drawer->sensing = true;
	int r = ph_process_request(drawer->device->unit->process, "drawer.sense", params,
		strlen(params), on_sensed, drawer);
	if (r < 0)
		drawer->sensing = false;
	return r;
}

void ph_drawer_watch(struct ph_device *device)
{
	bool watch = watch_wanted(device);
	struct ph_drawer *drawer = watch ? ph_drawer_of(device) : device->drawer;

	if (!drawer || drawer->sensing || (!drawer->asks && watch == drawer->watched))
		return;
	if (device->unit->state == PH_DEVICE_READY && send_question(drawer, watch) >= 0)
		return;
	struct ph_failure failure;
	ph_device_unusable(device, &failure);
	answer_asks(drawer, &(struct ph_drawer_reading){.open = -1, .failure = &failure});
}

void ph_drawer_ask(struct ph_device *device, ph_drawer_read done, void *userdata)
{
	struct ph_drawer *drawer = ph_drawer_of(device);
	struct ph_drawer_ask *ask = drawer ? calloc(1, sizeof *ask) : NULL;

	if (!ask) {
		done(userdata, &(struct ph_drawer_reading){.open = -1});
		return;
	}
	*ask = (struct ph_drawer_ask){.done = done, .userdata = userdata, .next = drawer->asks};
	drawer->asks = ask;
	ph_drawer_watch(device);
}

void ph_drawer_link_up(struct ph_device *device)
{
	ph_drawer_watch(device);
}

/* ---- status ---- */

static void reply_status(void *userdata, const struct ph_drawer_reading *reading)
{
	struct ph_call *call = userdata;
	const struct ph_device *device = ph_device_find(call->daemon, ph_param_str(call, "device"));
	cJSON *state = state_json(reading->open);

	if (device && device->drawer && device->drawer->alarms && reading->open == 1)
		cJSON_AddTrueToObject(state, "left_open");
	ph_call_reply(call, state);
}

void ph_drawer_status(struct ph_call *call)
{
	struct ph_device *device = ph_call_device(call, PH_CLASS_DRAWER);

	if (!device)
		return;
	/* what a device does not tell by itself is known only as long as it is watched */
	if (must_look(device))
		ph_drawer_ask(device, reply_status, call);
	else
		reply_status(call, &(struct ph_drawer_reading){.open = device->drawer_open});
}

/* ---- waiting until it is closed ---- */

static struct ph_call *remove_wait(struct ph_drawer_wait *wait)
{
	struct ph_device *device = wait->device;
	struct ph_drawer_wait **p = &device->unit->daemon->drawer_waits;
	struct ph_call *call = wait->call;

	while (*p != wait)
		p = &(*p)->next;
	*p = wait->next;
	if (wait->look)
		wait->look->wait = NULL;
	sd_event_source_disable_unref(wait->timeout);
	sd_event_source_disable_unref(wait->beep);
	free(wait);
	ph_drawer_watch(device);
	return call;
}

static int on_wait_timeout(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_drawer_wait *wait = userdata;
	const struct ph_device *device = wait->device;
	struct ph_call *call = remove_wait(wait);

	ph_call_fail(
		call, PH_E_TIMEOUT, "%s is still %s", device->id, state_word(device->drawer_open));
	return 0;
}

static void cancel_wait(struct ph_call *call)
{
	remove_wait(call->userdata);
	ph_call_fail(call, PH_E_CANCELLED, "the wait was cancelled");
}

/* The service has no beeper: whoever waits is told to beep. */
static int on_beep(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_drawer_wait *wait = userdata;
	char data[96];

	int n = snprintf(data, sizeof data, "{\"frequency_hz\":%d,\"duration_ms\":%d}",
		wait->beep_hz, wait->beep_ms);
	sd_event_source_set_time_relative(source, wait->beep_period_ms * 1000ull);
	sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	if (wait->call->client)
		ph_events_unicast(
			wait->call->client, "drawer.beep", wait->device->id, data, (size_t)n);
	return 0;
}

static void start_timers(struct ph_drawer_wait *wait)
{
	sd_event *event = wait->call->daemon->event;
	int64_t timeout_ms = ph_param_int(wait->call, "timeout_ms", -1);
	int64_t beep_ms = ph_param_int(wait->call, "beep_timeout_ms", -1);
	int64_t delay_ms = ph_param_int(wait->call, "beep_delay_ms", 500);

	wait->beep_hz = (int)ph_param_int(wait->call, "beep_frequency_hz", 2000);
	wait->beep_ms = (int)ph_param_int(wait->call, "beep_duration_ms", 500);
	wait->beep_period_ms = (unsigned)(wait->beep_ms + delay_ms);
	if (wait->beep_period_ms < BEEP_PERIOD_MIN_MS)
		wait->beep_period_ms = BEEP_PERIOD_MIN_MS;
	if (timeout_ms >= 0)
		sd_event_add_time_relative(event, &wait->timeout, CLOCK_MONOTONIC,
			(uint64_t)timeout_ms * 1000, 10000, on_wait_timeout, wait);
	if (beep_ms >= 0)
		sd_event_add_time_relative(event, &wait->beep, CLOCK_MONOTONIC,
			(uint64_t)beep_ms * 1000, 10000, on_beep, wait);
}

/* The first look at a drawer that was not watched: only one that is open is waited for. */
static void on_first_look(void *userdata, const struct ph_drawer_reading *reading)
{
	struct look *look = userdata;
	struct ph_drawer_wait *wait = look->wait;

	free(look);
	if (!wait)
		return;
	wait->look = NULL;
	if (reading->open != 1)
		ph_call_reply(remove_wait(wait), state_json(reading->open));
}

static struct ph_drawer_wait *add_wait(struct ph_call *call, struct ph_device *device, bool look)
{
	struct ph_drawer_wait *wait = calloc(1, sizeof *wait);

	if (wait && look)
		wait->look = calloc(1, sizeof *wait->look);
	if (!wait || (look && !wait->look)) {
		free(wait);
		return NULL;
	}
	wait->call = call;
	wait->device = device;
	wait->next = call->daemon->drawer_waits;
	if (look)
		wait->look->wait = wait;
	call->daemon->drawer_waits = wait;
	call->userdata = wait;
	call->cancel = cancel_wait;
	start_timers(wait);
	return wait;
}

void ph_drawer_wait_for_close(struct ph_call *call)
{
	struct ph_device *device = ph_call_device(call, PH_CLASS_DRAWER);

	if (!device)
		return;
	bool look = must_look(device);
	if (!look && device->drawer_open != 1) {
		/* closed, or no sensor: UnifiedPOS returns at once */
		ph_call_reply(call, state_json(device->drawer_open));
		return;
	}
	struct ph_drawer_wait *wait = add_wait(call, device, look);
	if (!wait)
		ph_call_fail(call, PH_E_FAILURE, "out of memory");
	else if (look)
		ph_drawer_ask(device, on_first_look, wait->look);
}

/* ---- changes ---- */

static void publish(struct ph_device *device, bool by_hand)
{
	struct ph_daemon *daemon = device->unit->daemon;
	cJSON *data = state_json(device->drawer_open);

	if (by_hand)
		cJSON_AddStringToObject(data, "cause", "manual");
	else if (device->drawer_open == 1 && ph_drawer_opening(device))
		cJSON_AddStringToObject(data, "cause", "pulse");
	ph_events_publish_json(daemon, "drawer.state", device->id, data);
	if (!by_hand)
		return;
	device->counters[PH_COUNT_DRAWER_MANUAL]++;
	ph_audit_happened(daemon, "drawer.manual", device->id, "opened");
}

static void answer_waits(struct ph_device *device)
{
	struct ph_drawer_wait *next;

	for (struct ph_drawer_wait *wait = device->unit->daemon->drawer_waits; wait; wait = next) {
		next = wait->next;
		if (wait->device == device)
			ph_call_reply(remove_wait(wait), state_json(0));
	}
}

void ph_drawer_status_changed(struct ph_device *device)
{
	const cJSON *open = cJSON_GetObjectItemCaseSensitive(device->status, "open");
	const char *cause =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(device->status, "cause"));
	int now = cJSON_IsBool(open) ? cJSON_IsTrue(open) : -1;

	if (now == device->drawer_open)
		return;
	device->drawer_open = now;
	publish(device, now == 1 && cause && !strcmp(cause, "manual"));
	if (ph_drawer_of(device))
		ph_drawer_alarm_update(device->drawer);
	if (now == 0)
		answer_waits(device);
}

void ph_drawer_link_lost(struct ph_device *device)
{
	struct ph_drawer *drawer = device->drawer;

	if (drawer) {
		drawer->watched = false;
		drawer->retry = sd_event_source_disable_unref(drawer->retry);
	}
	if (!cJSON_IsObject(device->status))
		return;
	cJSON_DeleteItemFromObjectCaseSensitive(device->status, "open");
	cJSON_AddNullToObject(device->status, "open");
	ph_drawer_status_changed(device);
}

void ph_drawer_drop_device(struct ph_device *device)
{
	struct ph_drawer *drawer = device->drawer;
	struct ph_drawer_wait *next;

	for (struct ph_drawer_wait *wait = device->unit->daemon->drawer_waits; wait; wait = next) {
		next = wait->next;
		if (wait->device == device)
			ph_call_fail(remove_wait(wait), PH_E_NOEXIST,
				"%s was removed from the configuration", device->id);
	}
	if (!drawer)
		return;
	ph_drawer_tune_done(drawer);
	answer_asks(drawer, &(struct ph_drawer_reading){.open = -1});
	ph_drawer_alarm_done(drawer);
	sd_event_source_disable_unref(drawer->retry);
	free(PH_STEAL(device->drawer));
}
