/* Scales: weights to the holder of the lease, as the device sent them; nothing is computed from them here. */
#ifndef PH_DAEMON_OBJECTS_SCALE_H
#define PH_DAEMON_OBJECTS_SCALE_H

#include <cjson/cJSON.h>

struct ph_device;

/* The driver tells that the plate changed (params of scale.weight). */
void ph_scale_weight(struct ph_device *device, const cJSON *params);

/* The device has become ready: live weight is asked for again. Nothing for other classes, as below. */
void ph_scale_ready(struct ph_device *device);

/* The holder is gone: live weight is off. */
void ph_scale_lease_ended(struct ph_device *device);

#endif
