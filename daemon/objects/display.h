/* Displays: what the driver is told of leases, for its idle text and the windows of an application that is gone. */
#ifndef PH_DAEMON_OBJECTS_DISPLAY_H
#define PH_DAEMON_OBJECTS_DISPLAY_H

#include <stdbool.h>

struct ph_device;

/* A lease begins or ends, or the device has become ready (`held`: whether there is one). Nothing for other classes. */
void ph_display_tell_held(struct ph_device *device, bool held);

#endif
