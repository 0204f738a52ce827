// The connection to the bus and the way of each message to its handler. What messages mean is left to the others.
#include "daemon/doors/dbus/door.h"

#include "base/cleanup.h"
#include "base/utf8.h"
#include "daemon/core/log.h"
#include "daemon/doors/dbus/internal.h"

#include <errno.h>
#include <string.h>

#define SYSTEM_BUS "unix:path=/run/dbus/system_bus_socket"
#define LOCAL	   "org.freedesktop.DBus.Local"

static int connect_bus(struct ph_dbus_door *door, bool patient);

/* Where a message is addressed to. */
struct place {
	enum ph_dbus_place kind;
	char *name; /* of PH_PLACE_DEVICE: id, role or class; owned */
};

/* Returns 1 when there can be an object, 0 when not, or -ENOMEM. */
static int parse_path(const char *path, struct place *ret_place)
{
	char *name = NULL;

	if (!strcmp(path, PH_BUS_ROOT)) {
		ret_place->kind = PH_PLACE_ROOT;
		return 1;
	}
	if (!strcmp(path, PH_BUS_DEVICES)) {
		ret_place->kind = PH_PLACE_DEVICES;
		return 1;
	}
	if (strncmp(path, PH_BUS_DEVICES "/", strlen(PH_BUS_DEVICES "/")) ||
		strchr(path + strlen(PH_BUS_DEVICES "/"), '/'))
		return 0;
	int r = sd_bus_path_decode(path, PH_BUS_DEVICES, &name);
	if (r <= 0)
		return r == -ENOMEM ? r : 0;
	if (!ph_utf8_valid(name, strlen(name))) {
		free(name);
		return 0;
	}
	ret_place->kind = PH_PLACE_DEVICE;
	ret_place->name = name;
	return 1;
}

static int handle_introspect(struct ph_dbus_door *door, sd_bus_message *message,
	const struct place *place, const struct ph_device *device, sd_bus_error *error)
{
	PH_CLEANUP_FREE char *xml = NULL;

	if (strcmp(sd_bus_message_get_member(message), "Introspect") ||
		!sd_bus_message_is_empty(message))
		return sd_bus_error_setf(error, SD_BUS_ERROR_UNKNOWN_METHOD,
			"the interface has Introspect without arguments only");
	int r = ph_dbus_introspect(door, place->kind, device, &xml);
	return r < 0 ? r : sd_bus_reply_method_return(message, "s", xml);
}

static int unknown(sd_bus_message *message, const char *interface, sd_bus_error *error)
{
	return sd_bus_error_setf(error, SD_BUS_ERROR_UNKNOWN_METHOD, "%s has no method %s.%s",
		sd_bus_message_get_path(message), interface ? interface : "",
		sd_bus_message_get_member(message));
}

/* The interfaces of the bus itself; Peer is answered by sd-bus. */
static int handle_standard(struct ph_dbus_door *door, sd_bus_message *message,
	const struct place *place, const char *interface, sd_bus_error *error)
{
	const struct ph_device *device = NULL;

	if (place->kind == PH_PLACE_DEVICE) {
		device = ph_device_find(door->daemon, place->name);
		if (!device)
			return sd_bus_error_setf(error, SD_BUS_ERROR_UNKNOWN_OBJECT,
				"no device or role %s", place->name);
	}
	if (!strcmp(interface, "org.freedesktop.DBus.Introspectable"))
		return handle_introspect(door, message, place, device, error);
	if (!strcmp(interface, "org.freedesktop.DBus.Properties") &&
		place->kind != PH_PLACE_DEVICES)
		return ph_dbus_handle_properties(door, message, device, error);
	if (!strcmp(interface, "org.freedesktop.DBus.ObjectManager") &&
		place->kind == PH_PLACE_ROOT)
		return ph_dbus_handle_manager(door, message, error);
	return unknown(message, interface, error);
}

static int dispatch(struct ph_dbus_door *door, sd_bus_message *message, const struct place *place,
	sd_bus_error *error)
{
	const char *interface = sd_bus_message_get_interface(message);
	const char *noun = interface;

	if (interface && strncmp(interface, PH_BUS_PREFIX, strlen(PH_BUS_PREFIX)))
		return handle_standard(door, message, place, interface, error);
	if (interface)
		noun = interface + strlen(PH_BUS_PREFIX);
	const struct ph_dbus_member *member = NULL;
	if (place->kind != PH_PLACE_DEVICES)
		member = ph_dbus_table_find(&door->table, noun, sd_bus_message_get_member(message),
			place->kind == PH_PLACE_DEVICE);
	if (!member)
		return unknown(message, interface, error);
	return ph_dbus_handle_call(door, member, message, place->name, error);
}

static int on_message(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct ph_dbus_door *door = userdata;
	struct place place = {.kind = PH_PLACE_ROOT};
	int r = parse_path(sd_bus_message_get_path(message), &place);

	if (r == 0)
		return sd_bus_error_setf(error, SD_BUS_ERROR_UNKNOWN_OBJECT, "no object %s",
			sd_bus_message_get_path(message));
	if (r > 0)
		r = dispatch(door, message, &place, error);
	free(place.name);
	ph_dbus_clean_error(error);
	return r < 0 ? r : 1;
}

static int on_name(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	struct ph_dbus_door *door = userdata;
	uint32_t code = 0;

	/* The D-Bus specification, RequestName: 1 is the only answer of a name that is ours. */
	if (sd_bus_message_is_method_error(message, NULL) ||
		sd_bus_message_read(message, "u", &code) <= 0 || code != 1) {
		const sd_bus_error *error = sd_bus_message_get_error(message);
		ph_log(LOG_WARNING, NULL,
			"the name " PH_BUS_NAME " is refused, running without D-Bus: %s",
			error ? error->message : "another program has it");
		door->lost = true;
		ph_dbus_door_later(door);
		return 1;
	}
	door->named = true;
	door->daemon->bus_state = "connected";
	ph_log(LOG_DEBUG, NULL, PH_BUS_NAME " is on the message bus");
	return 1;
}

static int on_disconnected(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	struct ph_dbus_door *door = userdata;

	ph_log(LOG_WARNING, NULL, "the message bus is gone, running without D-Bus");
	door->lost = true;
	ph_dbus_door_later(door);
	return 0;
}

static void disconnect(struct ph_dbus_door *door)
{
	ph_dbus_peers_drop_all(door);
	door->named = false;
	door->lost = false;
	door->daemon->bus_state = "absent";
	sd_bus_detach_event(door->bus);
	door->bus = sd_bus_close_unref(door->bus);
}

/* A bus that had served us is waited for; one that refused us is left alone. */
static int on_later(sd_event_source *source, void *userdata)
{
	struct ph_dbus_door *door = userdata;

	if (door->lost) {
		bool served = door->named;
		disconnect(door);
		if (served)
			connect_bus(door, true);
	}
	ph_dbus_objects_flush(door);
	return 0;
}

void ph_dbus_door_later(struct ph_dbus_door *door)
{
	sd_event_source_set_enabled(door->later, SD_EVENT_ONESHOT);
}

static int set_up(struct ph_dbus_door *door, sd_bus *bus, bool patient)
{
	const char *address = secure_getenv("DBUS_SYSTEM_BUS_ADDRESS");
	int r = sd_bus_set_address(bus, address && *address ? address : SYSTEM_BUS);

	if (r >= 0)
		r = sd_bus_set_bus_client(bus, true);
	if (r >= 0)
		r = sd_bus_set_description(bus, "poshal");
	/* sleeps until the socket is there, where the address is a path */
	if (r >= 0 && patient)
		r = sd_bus_set_watch_bind(bus, true);
	if (r >= 0)
		r = sd_bus_start(bus);
	if (r >= 0)
		r = sd_bus_add_fallback(bus, NULL, PH_BUS_ROOT, on_message, door);
	if (r >= 0)
		r = sd_bus_match_signal(
			bus, NULL, LOCAL, NULL, LOCAL, "Disconnected", on_disconnected, door);
	if (r >= 0)
		r = sd_bus_request_name_async(bus, NULL, PH_BUS_NAME, 0, on_name, door);
	return r < 0 ? r : sd_bus_attach_event(bus, door->daemon->event, SD_EVENT_PRIORITY_NORMAL);
}

/* `patient`: a bus that is not there is waited for, asleep. */
static int connect_bus(struct ph_dbus_door *door, bool patient)
{
	sd_bus *bus = NULL;
	int r = sd_bus_new(&bus);

	if (r < 0)
		return r;
	r = set_up(door, bus, patient);
	if (r < 0) {
		sd_bus_close_unref(bus);
		return r;
	}
	door->bus = bus;
	return 0;
}

static int start(struct ph_dbus_door *door)
{
	int r = ph_dbus_table_init(&door->table, ph_methods, ph_methods_count);

	if (r < 0)
		return r;
	r = sd_event_add_defer(door->daemon->event, &door->later, on_later, door);
	if (r >= 0)
		r = sd_event_source_set_enabled(door->later, SD_EVENT_OFF);
	if (r >= 0)
		r = connect_bus(door, false);
	return r < 0 ? r : ph_dbus_objects_init(door);
}

int ph_dbus_door_new(struct ph_daemon *daemon, struct ph_dbus_door **ret_door)
{
	struct ph_dbus_door *door = calloc(1, sizeof *door);

	if (!door)
		return -ENOMEM;
	door->daemon = daemon;
	daemon->bus_state = "absent";
	int r = start(door);
	if (r < 0) {
		ph_dbus_door_free(door);
		return r;
	}
	daemon->dbus_door = door;
	daemon->hooks = &ph_dbus_hooks;
	daemon->hooks_door = door;
	*ret_door = door;
	return 0;
}

void ph_dbus_door_free(struct ph_dbus_door *door)
{
	if (!door)
		return;
	if (door->daemon->dbus_door == door)
		door->daemon->dbus_door = NULL;
	/* before the peers go: what they held changes devices */
	if (door->daemon->hooks_door == door) {
		door->daemon->hooks = NULL;
		door->daemon->hooks_door = NULL;
	}
	if (door->bus)
		disconnect(door);
	ph_dbus_objects_done(door);
	ph_dbus_table_done(&door->table);
	sd_event_source_disable_unref(door->later);
	free(door);
}
