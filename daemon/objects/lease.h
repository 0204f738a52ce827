/*
 * Exclusive use of a device, UnifiedPOS claim: held by one client, waited for by others in order of arrival,
 * negotiated with the holder, and gone with its connection.
 */
#ifndef PH_DAEMON_OBJECTS_LEASE_H
#define PH_DAEMON_OBJECTS_LEASE_H

#include <stdbool.h>
#include <systemd/sd-event.h>

struct ph_call;
struct ph_client;
struct ph_device;

struct ph_lease {
	char id[24];
	struct ph_device *device;
	struct ph_client *client;
	sd_event_source *deadline; /* armed while lease.requested is unanswered */
	struct ph_lease *next;	   /* the client's list */
};

/* True when `client` holds the device. */
bool ph_lease_held_by(const struct ph_device *device, const struct ph_client *client);

/*
 * For commands that need no lease but respect one: answers the call with Claimed and returns false when
 * somebody else holds the device.
 */
bool ph_lease_admits(struct ph_call *call, struct ph_device *device);

/* For input commands: answers NotClaimed and returns false unless the caller holds the device. */
bool ph_lease_required(struct ph_call *call, struct ph_device *device);

void ph_leases_drop_client(struct ph_client *client);

/* Before a device is removed: the holder sees lease.lost, waiters are answered NoExist. */
void ph_leases_drop_device(struct ph_device *device);

#endif
