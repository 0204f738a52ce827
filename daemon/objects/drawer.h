/* Cash drawers: one pulse per key, journalled before it is sent and never repeated; what the sensor says is the outcome. */
#ifndef PH_DAEMON_OBJECTS_DRAWER_H
#define PH_DAEMON_OBJECTS_DRAWER_H

struct ph_daemon;
struct ph_device;

/* The driver is ready, or has said what it can do: what it should watch. */
void ph_drawer_link_up(struct ph_device *device);

/* The sensor changed: events, waiters, alarm. */
void ph_drawer_status_changed(struct ph_device *device);

/* The link is gone: what the sensor said last is not known any more. */
void ph_drawer_link_lost(struct ph_device *device);

/* Before a device is removed: openings and waiters are answered. */
void ph_drawer_drop_device(struct ph_device *device);

#endif
