/*
 * Readers of magnetic stripes: swipes go to the holder of the lease that has the grant `card`, and to nobody else. What may be
 * told of a card is decided in the device process; nothing of it is kept, logged or audited here.
 */
#ifndef PH_DAEMON_OBJECTS_MSR_H
#define PH_DAEMON_OBJECTS_MSR_H

#include <cjson/cJSON.h>
#include <stdbool.h>

struct ph_device;

struct ph_msr {
	bool on; /* the holder wants cards */
	unsigned tracks;
	bool track_errors, sentinels, details;
};

/* The driver tells of a swipe (params of msr.data), or of one that failed (msr.error). */
void ph_msr_swipe(struct ph_device *device, const char *topic, const cJSON *params);

/* The device has become ready: it is told again what is wanted. Nothing for other classes, as below. */
void ph_msr_ready(struct ph_device *device);

/* The holder is gone: what is swiped is wiped in the device process. */
void ph_msr_lease_ended(struct ph_device *device);

#endif
