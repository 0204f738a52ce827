/* Scanners: labels go to the holder of the lease while it has them enabled, and to nobody else. */
#ifndef PH_DAEMON_OBJECTS_SCANNER_H
#define PH_DAEMON_OBJECTS_SCANNER_H

#include <cjson/cJSON.h>

#define PH_SCAN_MEMBERS 11 /* that scanner.data of a driver may have */

struct ph_device;
struct ph_json_member;
struct ph_scanner;

/* The scanner half of a device, in device->scanner. -ENOMEM. */
int ph_scanner_new(struct ph_device *device);
void ph_scanner_free(struct ph_scanner *scanner); /* accepts NULL */

/* State or capabilities of the device have changed: it may have to be switched on or off. */
void ph_scanner_state_changed(struct ph_device *device);

/* A label from the driver: the members of params of scanner.data, `count` of them. */
void ph_scanner_label(struct ph_device *device, const struct ph_json_member *members, int count);

/* The same, read by cJSON. */
void ph_scanner_data(struct ph_device *device, const cJSON *params);

/* The driver dropped something (params of scanner.dropped). */
void ph_scanner_dropped(struct ph_device *device, const cJSON *params);

/* A label that was on its way to the holder, who has not read it and will not; said by ph_scanner_tell_unread(). */
void ph_scanner_unread(struct ph_device *device);
void ph_scanner_tell_unread(struct ph_device *device);

/* The holder is gone: delivery stops until the next one enables it. */
void ph_scanner_lease_ended(struct ph_device *device);

#endif
