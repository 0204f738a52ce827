/*
 * The D-Bus door: the methods of the table on the system bus (or the bus in DBUS_SYSTEM_BUS_ADDRESS) under the
 * name org.poshal1, devices as objects with properties, events as signals to the peer they belong to.
 */
#ifndef PH_DAEMON_DOORS_DBUS_DOOR_H
#define PH_DAEMON_DOORS_DBUS_DOOR_H

struct ph_daemon;
struct ph_dbus_door;

/*
 * Connects on the daemon's loop without waiting for the bus, exports the devices known so far and sets
 * daemon->dbus_door, hooks and bus_state. The name is asked for; bus_state is "connected" once it is ours and
 * "absent" before, after a refusal, and while the bus is gone (a bus that comes back is noticed).
 * Returns 0; -ENOENT, -ECONNREFUSED, -EACCES ... when there is no bus to connect to, -ENOMEM. The daemon goes on
 * without a bus then.
 */
int ph_dbus_door_new(struct ph_daemon *daemon, struct ph_dbus_door **ret_door);

/* Looks up again what each connected program may do, after the access rules changed. Accepts NULL. */
void ph_dbus_door_refresh_grants(struct ph_dbus_door *door);

/* Ends all peers and gives the name back. Accepts NULL. Not from inside a call or hook. */
void ph_dbus_door_free(struct ph_dbus_door *door);

#endif
