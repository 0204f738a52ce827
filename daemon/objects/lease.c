// Leases: claim, wait, negotiate, release. What a lease protects is checked where the command is.
#include "daemon/objects/lease.h"

#include "base/cleanup.h"
#include "base/names.h"
#include "daemon/core/daemon.h"
#include "daemon/doors/call.h"
#include "daemon/doors/handlers.h"
#include "daemon/objects/client.h"
#include "daemon/objects/device.h"
#include "daemon/objects/display.h"
#include "daemon/objects/job.h"
#include "daemon/objects/scale.h"
#include "daemon/objects/scanner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A claim that waits for the present holder. */
struct ph_lease_wait {
	struct ph_call *call;
	struct ph_device *device;
	sd_event_source *timeout;
	struct ph_lease_wait *next;
};

static void grant_next(struct ph_device *device);
static void ask_holder(struct ph_device *device, const struct ph_lease_wait *wait);

bool ph_lease_held_by(const struct ph_device *device, const struct ph_client *client)
{
	return device->lease && client && device->lease->client == client;
}

bool ph_lease_admits(struct ph_call *call, struct ph_device *device)
{
	if (!device->lease || device->lease->client == call->client)
		return true;
	ph_call_fail(
		call, PH_E_CLAIMED, "%s is held by %s", device->id, device->lease->client->label);
	return false;
}

bool ph_lease_required(struct ph_call *call, struct ph_device *device)
{
	if (ph_lease_held_by(device, call->client))
		return true;
	ph_call_fail(call, PH_E_NOTCLAIMED, "%s: %s needs the lease; device.claim takes it",
		device->id, call->method->name);
	return false;
}

static struct ph_lease *give(struct ph_device *device, struct ph_client *client)
{
	static unsigned counter;
	struct ph_lease *lease = calloc(1, sizeof *lease);

	if (!lease)
		return NULL;
	snprintf(lease->id, sizeof lease->id, "lease-%u", ++counter);
	lease->device = device;
	lease->client = client;
	lease->next = client->leases;
	client->leases = lease;
	device->lease = lease;
	ph_display_tell_held(device, true);
	return lease;
}

static void changed(struct ph_device *device)
{
	ph_daemon_device_changed(device->unit->daemon, device);
	ph_jobs_kick(device);
}

/* Ends a lease and hands the device to the next waiter. */
static void end_lease(struct ph_device *device)
{
	struct ph_lease *lease = PH_STEAL(device->lease);
	struct ph_lease **p = &lease->client->leases;

	while (*p != lease)
		p = &(*p)->next;
	*p = lease->next;
	sd_event_source_disable_unref(lease->deadline);
	free(lease);
	ph_scanner_lease_ended(device);
	ph_scale_lease_ended(device);
	ph_msr_lease_ended(device);
	ph_display_tell_held(device, false);
	grant_next(device);
	changed(device);
}

static void remove_wait(struct ph_lease_wait *wait)
{
	struct ph_lease_wait **p = &wait->device->waits;

	while (*p != wait)
		p = &(*p)->next;
	*p = wait->next;
	wait->device->wait_count--;
	struct ph_lease *lease = wait->device->lease;
	if (!wait->device->waits && lease)
		lease->deadline = sd_event_source_disable_unref(lease->deadline);
	sd_event_source_disable_unref(wait->timeout);
	free(wait);
}

static void reply_lease(struct ph_call *call, const struct ph_lease *lease)
{
	cJSON *result = cJSON_CreateObject();

	cJSON_AddStringToObject(result, "lease", lease->id);
	ph_call_reply(call, result);
}

static void grant_next(struct ph_device *device)
{
	struct ph_lease_wait *wait = device->waits;

	if (!wait || device->lease)
		return;
	struct ph_call *call = wait->call;
	remove_wait(wait);
	struct ph_lease *lease = give(device, call->client);
	if (!lease) {
		ph_call_fail(call, PH_E_FAILURE, "out of memory");
		return;
	}
	reply_lease(call, lease);
	if (device->waits)
		ask_holder(device, device->waits);
}

static void tell_lost(struct ph_lease *lease, const char *reason)
{
	char data[100];
	int len = snprintf(data, sizeof data, "{\"reason\":\"%s\"}", reason);

	ph_events_unicast(lease->client, "lease.lost", lease->device->id, data, (size_t)len);
}

static int on_retain_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_lease *lease = userdata;

	tell_lost(lease, "lease.requested was not answered");
	end_lease(lease->device);
	return 0;
}

/* Each waiter makes the holder see one request; while one is being thought about, others wait with it. */
static void ask_holder(struct ph_device *device, const struct ph_lease_wait *wait)
{
	struct ph_lease *lease = device->lease;
	char data[200];

	if (lease->deadline)
		return;
	int len = snprintf(data, sizeof data, "{\"by\":\"%s\",\"answer_within_ms\":%d}",
		wait->call->client->label, PH_LEASE_RETAIN_MS);
	ph_events_unicast(lease->client, "lease.requested", device->id, data, (size_t)len);
	sd_event_add_time_relative(device->unit->daemon->event, &lease->deadline, CLOCK_MONOTONIC,
		PH_LEASE_RETAIN_MS * 1000ull, 10000, on_retain_deadline, lease);
}

static int on_wait_timeout(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct ph_lease_wait *wait = userdata;
	struct ph_call *call = wait->call;
	struct ph_device *device = wait->device;

	remove_wait(wait);
	ph_call_fail(call, PH_E_TIMEOUT, "%s is still held by %s", device->id,
		device->lease ? device->lease->client->label : "nobody");
	return 0;
}

static void cancel_wait(struct ph_call *call)
{
	remove_wait(call->userdata);
	ph_call_fail(call, PH_E_CANCELLED, "the claim was cancelled");
}

static void wait_for(struct ph_call *call, struct ph_device *device, uint64_t wait_ms)
{
	if (device->wait_count >= PH_LEASE_WAITERS) {
		ph_call_fail(call, PH_E_LIMIT_EXCEEDED, "%u others wait for %s already",
			device->wait_count, device->id);
		return;
	}
	struct ph_lease_wait *wait = calloc(1, sizeof *wait);
	if (!wait) {
		ph_call_fail(call, PH_E_FAILURE, "out of memory");
		return;
	}
	wait->call = call;
	wait->device = device;
	call->userdata = wait;
	call->cancel = cancel_wait;
	struct ph_lease_wait **p = &device->waits;
	while (*p)
		p = &(*p)->next;
	*p = wait;
	device->wait_count++;
	sd_event_add_time_relative(call->daemon->event, &wait->timeout, CLOCK_MONOTONIC,
		wait_ms * 1000, 10000, on_wait_timeout, wait);
	ask_holder(device, wait);
}

/* The grant a claim needs is that of the work the device does. */
static bool may_claim(struct ph_call *call, const struct ph_device *device)
{
	static const enum ph_grant needed[PH_CLASS_COUNT_] = {
		[PH_CLASS_SCANNER] = PH_GRANT_SCAN,
		[PH_CLASS_PRINTER] = PH_GRANT_PRINT,
		[PH_CLASS_DRAWER] = PH_GRANT_DRAWER,
		[PH_CLASS_DISPLAY] = PH_GRANT_DISPLAY,
		[PH_CLASS_CARD_READER] = PH_GRANT_CARD,
		[PH_CLASS_SCALE] = PH_GRANT_SCAN,
		[PH_CLASS_MSR] = PH_GRANT_CARD,
		[PH_CLASS_TERMINAL] = PH_GRANT_PAY,
	};
	enum ph_grant grant = needed[device->class_];

	if (call->client->grants & PH_GRANT_BIT(grant))
		return true;
	ph_call_fail(call, PH_E_ACCESS_DENIED,
		"claiming %s needs the grant `%s`, which %s does not have", device->id,
		ph_grant_name(grant), call->client->label);
	return false;
}

void ph_lease_claim(struct ph_call *call)
{
	uint64_t wait_ms = (uint64_t)ph_param_int(call, "wait_ms", 0);
	struct ph_device *device = ph_call_device(call, PH_CLASS_COUNT_);

	if (!device || !may_claim(call, device))
		return;
	if (device->lease && device->lease->client != call->client && wait_ms) {
		wait_for(call, device, wait_ms);
		return;
	}
	if (!ph_lease_admits(call, device))
		return;
	if (device->lease) {
		reply_lease(call, device->lease);
		return;
	}
	struct ph_lease *lease = give(device, call->client);
	if (!lease) {
		ph_call_fail(call, PH_E_FAILURE, "out of memory");
		return;
	}
	reply_lease(call, lease);
	changed(device);
}

void ph_lease_release(struct ph_call *call)
{
	struct ph_device *device = ph_call_device(call, PH_CLASS_COUNT_);

	if (!device || !ph_lease_required(call, device))
		return;
	end_lease(device);
	ph_call_reply(call, NULL);
}

void ph_lease_retain(struct ph_call *call)
{
	struct ph_device *device = ph_call_device(call, PH_CLASS_COUNT_);

	if (!device || !ph_lease_required(call, device))
		return;
	device->lease->deadline = sd_event_source_disable_unref(device->lease->deadline);
	ph_call_reply(call, NULL);
}

void ph_leases_drop_client(struct ph_client *client)
{
	while (client->leases)
		end_lease(client->leases->device);
}

void ph_leases_drop_device(struct ph_device *device)
{
	while (device->waits) {
		struct ph_call *call = device->waits->call;
		remove_wait(device->waits);
		ph_call_fail(
			call, PH_E_NOEXIST, "%s was removed from the configuration", device->id);
	}
	if (device->lease) {
		tell_lost(device->lease, "the device was removed");
		end_lease(device);
	}
}
