// Devices as bus objects: ObjectManager, Properties, and signals that carry only what changed.
#include "daemon/doors/dbus/internal.h"

#include "base/cleanup.h"
#include "base/names.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PROPERTIES "org.freedesktop.DBus.Properties"
#define MANAGER	   "org.freedesktop.DBus.ObjectManager"

PH_DEFINE_CLEANUP(cJSON *, cJSON_Delete)
PH_DEFINE_CLEANUP(sd_bus_message *, sd_bus_message_unref)

/* The two interfaces of a device object, without prefix. */
static void nouns_of(const struct ph_device *device, const char *ret_nouns[2])
{
	ret_nouns[0] = "Device";
	ret_nouns[1] = ph_class_interface(device->class_);
}

static const char *noun_of_interface(const char *interface)
{
	size_t len = strlen(PH_BUS_PREFIX);

	return strncmp(interface, PH_BUS_PREFIX, len) ? NULL : interface + len;
}

/* a{sa{sv}} with both interfaces. */
static int append_interfaces(sd_bus_message *message, const struct ph_dbus_object *object)
{
	const char *nouns[2];
	char interface[64];
	int r = sd_bus_message_open_container(message, 'a', "{sa{sv}}");

	nouns_of(object->device, nouns);
	for (int i = 0; i < 2 && r >= 0; i++) {
		snprintf(interface, sizeof interface, PH_BUS_PREFIX "%s", nouns[i]);
		r = sd_bus_message_open_container(message, 'e', "sa{sv}");
		if (r >= 0)
			r = sd_bus_message_append(message, "s", interface);
		if (r >= 0)
			r = ph_dbus_append_properties(message, nouns[i], object->shown);
		if (r >= 0)
			r = sd_bus_message_close_container(message);
	}
	return r < 0 ? r : sd_bus_message_close_container(message);
}

static void announce(struct ph_dbus_door *door, const struct ph_dbus_object *object)
{
	PH_CLEANUP(sd_bus_message_unref_p) sd_bus_message *message = NULL;

	if (!door->named)
		return;
	int r = sd_bus_message_new_signal(
		door->bus, &message, PH_BUS_ROOT, MANAGER, "InterfacesAdded");
	if (r >= 0)
		r = sd_bus_message_append(message, "o", object->path);
	if (r >= 0)
		r = append_interfaces(message, object);
	if (r >= 0)
		sd_bus_send(NULL, message, NULL);
}

static void renounce(struct ph_dbus_door *door, const struct ph_dbus_object *object)
{
	const char *nouns[2];
	char first[64], second[64];

	if (!door->named)
		return;
	nouns_of(object->device, nouns);
	snprintf(first, sizeof first, PH_BUS_PREFIX "%s", nouns[0]);
	snprintf(second, sizeof second, PH_BUS_PREFIX "%s", nouns[1]);
	sd_bus_emit_signal(door->bus, PH_BUS_ROOT, MANAGER, "InterfacesRemoved", "oas",
		object->path, 2, first, second);
}

static bool same(const cJSON *a, const cJSON *b)
{
	bool a_none = !a || cJSON_IsNull(a), b_none = !b || cJSON_IsNull(b);

	if (a_none || b_none)
		return a_none == b_none;
	return cJSON_Compare(a, b, true);
}

static bool noun_changed(const char *noun, const cJSON *old, const cJSON *new)
{
	for (size_t i = 0; i < ph_dbus_properties_count; i++) {
		const struct ph_dbus_property *p = &ph_dbus_properties[i];
		if (!strcmp(p->noun, noun) &&
			!same(ph_dbus_property_value(p, old), ph_dbus_property_value(p, new)))
			return true;
	}
	return false;
}

static int append_changes(
	sd_bus_message *message, const char *noun, const cJSON *old, const cJSON *new)
{
	char interface[64];
	int r;

	snprintf(interface, sizeof interface, PH_BUS_PREFIX "%s", noun);
	r = sd_bus_message_append(message, "s", interface);
	if (r >= 0)
		r = sd_bus_message_open_container(message, 'a', "{sv}");
	for (size_t i = 0; r >= 0 && i < ph_dbus_properties_count; i++) {
		const struct ph_dbus_property *p = &ph_dbus_properties[i];
		if (!strcmp(p->noun, noun) &&
			!same(ph_dbus_property_value(p, old), ph_dbus_property_value(p, new)))
			r = ph_dbus_append_property(message, p, new);
	}
	if (r >= 0)
		r = sd_bus_message_close_container(message);
	return r < 0 ? r : sd_bus_message_append(message, "as", 0);
}

static void send_changes(struct ph_dbus_door *door, const struct ph_dbus_object *object,
	const char *noun, const cJSON *new)
{
	PH_CLEANUP(sd_bus_message_unref_p) sd_bus_message *message = NULL;

	if (!door->named || !noun_changed(noun, object->shown, new))
		return;
	int r = sd_bus_message_new_signal(
		door->bus, &message, object->path, PROPERTIES, "PropertiesChanged");
	if (r >= 0)
		r = append_changes(message, noun, object->shown, new);
	if (r >= 0)
		sd_bus_send(NULL, message, NULL);
}

static void refresh(struct ph_dbus_door *door, struct ph_dbus_object *object)
{
	cJSON *description = ph_device_describe(object->device);
	const char *nouns[2];

	object->dirty = false;
	if (!description)
		return;
	nouns_of(object->device, nouns);
	send_changes(door, object, nouns[0], description);
	send_changes(door, object, nouns[1], description);
	cJSON_Delete(object->shown);
	object->shown = description;
}

void ph_dbus_objects_flush(struct ph_dbus_door *door)
{
	for (struct ph_dbus_object *o = door->objects; o; o = o->next)
		if (o->dirty)
			refresh(door, o);
}

static int export(struct ph_dbus_door *door, const struct ph_device *device)
{
	PH_CLEANUP_FREE char *path = NULL;
	struct ph_dbus_object **end = &door->objects;
	int r = sd_bus_path_encode(PH_BUS_DEVICES, device->id, &path);

	if (r < 0)
		return r;
	struct ph_dbus_object *object = calloc(1, sizeof *object + strlen(path) + 1);
	if (!object)
		return -ENOMEM;
	strcpy(object->path, path);
	object->device = device;
	object->shown = ph_device_describe(device);
	while (*end)
		end = &(*end)->next;
	*end = object;
	announce(door, object);
	return 0;
}

static void free_object(struct ph_dbus_object *object)
{
	cJSON_Delete(object->shown);
	free(object);
}

static void on_added(void *door, const struct ph_device *device)
{
	export(door, device);
}

static void on_removed(void *userdata, const struct ph_device *device)
{
	struct ph_dbus_door *door = userdata;
	struct ph_dbus_object **p = &door->objects;

	while (*p && (*p)->device != device)
		p = &(*p)->next;
	if (!*p)
		return;
	struct ph_dbus_object *object = *p;
	*p = object->next;
	renounce(door, object);
	free_object(object);
}

/* Several changes in one turn of the loop become one signal. */
static void on_changed(void *userdata, const struct ph_device *device)
{
	struct ph_dbus_door *door = userdata;

	for (struct ph_dbus_object *o = door->objects; o; o = o->next)
		if (o->device == device && !o->dirty) {
			o->dirty = true;
			ph_dbus_door_later(door);
		}
}

const struct ph_door_hooks ph_dbus_hooks = {
	.device_added = on_added,
	.device_removed = on_removed,
	.device_changed = on_changed,
};

int ph_dbus_objects_init(struct ph_dbus_door *door)
{
	int r = 0;

	for (const struct ph_device *d = door->daemon->devices; d && r >= 0; d = d->next)
		r = export(door, d);
	return r;
}

void ph_dbus_objects_done(struct ph_dbus_door *door)
{
	while (door->objects) {
		struct ph_dbus_object *object = door->objects;
		door->objects = object->next;
		free_object(object);
	}
}

/* The properties of /org/poshal1, in the form of a description. */
static cJSON *describe_root(const struct ph_dbus_door *door)
{
	cJSON *root = cJSON_CreateObject();

	cJSON_AddStringToObject(root, "version", POSHAL_VERSION);
	cJSON_AddStringToObject(root, "instance", door->daemon->events.instance);
	return root;
}

static cJSON *describe(const struct ph_dbus_door *door, const struct ph_device *device)
{
	return device ? ph_device_describe(device) : describe_root(door);
}

static bool has_interface(
	const struct ph_dbus_door *door, const struct ph_device *device, const char *noun)
{
	const char *nouns[2];

	if (device) {
		nouns_of(device, nouns);
		return !strcmp(noun, nouns[0]) || !strcmp(noun, nouns[1]);
	}
	for (size_t i = 0; i < door->table.len; i++)
		if (!door->table.members[i].has_device &&
			!strcmp(door->table.members[i].noun, noun))
			return true;
	return false;
}

/* Checks an interface name of a Properties call. Returns its noun, or NULL with `error` set. */
static const char *check_interface(struct ph_dbus_door *door, const struct ph_device *device,
	const char *interface, sd_bus_error *error)
{
	const char *noun = noun_of_interface(interface);

	if (noun && has_interface(door, device, noun))
		return noun;
	sd_bus_error_setf(error, SD_BUS_ERROR_UNKNOWN_INTERFACE, "this object has no interface %s",
		interface);
	return NULL;
}

static const struct ph_dbus_property *find_property(const char *noun, const char *name)
{
	for (size_t i = 0; i < ph_dbus_properties_count; i++)
		if (!strcmp(ph_dbus_properties[i].noun, noun) &&
			!strcmp(ph_dbus_properties[i].name, name))
			return &ph_dbus_properties[i];
	return NULL;
}

static int handle_get(struct ph_dbus_door *door, sd_bus_message *message,
	const struct ph_device *device, bool set, sd_bus_error *error)
{
	PH_CLEANUP(sd_bus_message_unref_p) sd_bus_message *reply = NULL;
	const char *interface, *name;
	int r = sd_bus_message_read(message, "ss", &interface, &name);

	if (r < 0)
		return r;
	const char *noun = check_interface(door, device, interface, error);
	if (!noun)
		return -EINVAL;
	const struct ph_dbus_property *property = find_property(noun, name);
	if (!property)
		return sd_bus_error_setf(error, SD_BUS_ERROR_UNKNOWN_PROPERTY,
			"%s has no property %s", interface, name);
	if (set)
		return sd_bus_error_setf(
			error, SD_BUS_ERROR_PROPERTY_READ_ONLY, "%s cannot be set", name);
	PH_CLEANUP(cJSON_Delete_p) cJSON *description = describe(door, device);
	r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = ph_dbus_append_property_value(reply, property, description);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int handle_get_all(struct ph_dbus_door *door, sd_bus_message *message,
	const struct ph_device *device, sd_bus_error *error)
{
	PH_CLEANUP(sd_bus_message_unref_p) sd_bus_message *reply = NULL;
	const char *interface;
	int r = sd_bus_message_read(message, "s", &interface);

	if (r < 0)
		return r;
	const char *noun = check_interface(door, device, interface, error);
	if (!noun)
		return -EINVAL;
	PH_CLEANUP(cJSON_Delete_p) cJSON *description = describe(door, device);
	r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = ph_dbus_append_properties(reply, noun, description);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int wrong_arguments(sd_bus_message *message, const char *expected, sd_bus_error *error)
{
	return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
		"%s takes the signature \"%s\", not \"%s\"", sd_bus_message_get_member(message),
		expected, sd_bus_message_get_signature(message, true));
}

int ph_dbus_handle_properties(struct ph_dbus_door *door, sd_bus_message *message,
	const struct ph_device *device, sd_bus_error *error)
{
	static const struct {
		const char *member, *signature;
	} members[] = {{"Get", "ss"}, {"Set", "ssv"}, {"GetAll", "s"}};
	const char *member = sd_bus_message_get_member(message);
	size_t i = 0;

	while (i < PH_ARRAY_SIZE(members) && strcmp(member, members[i].member))
		i++;
	if (i == PH_ARRAY_SIZE(members))
		return sd_bus_error_setf(
			error, SD_BUS_ERROR_UNKNOWN_METHOD, PROPERTIES " has no method %s", member);
	if (!sd_bus_message_has_signature(message, members[i].signature))
		return wrong_arguments(message, members[i].signature, error);
	/* What is read here is never newer than what was signalled. */
	ph_dbus_objects_flush(door);
	return i == 2 ? handle_get_all(door, message, device, error)
		      : handle_get(door, message, device, i == 1, error);
}

static int append_objects(struct ph_dbus_door *door, sd_bus_message *reply)
{
	int r = sd_bus_message_open_container(reply, 'a', "{oa{sa{sv}}}");

	for (const struct ph_dbus_object *o = door->objects; r >= 0 && o; o = o->next) {
		r = sd_bus_message_open_container(reply, 'e', "oa{sa{sv}}");
		if (r >= 0)
			r = sd_bus_message_append(reply, "o", o->path);
		if (r >= 0)
			r = append_interfaces(reply, o);
		if (r >= 0)
			r = sd_bus_message_close_container(reply);
	}
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

int ph_dbus_handle_manager(struct ph_dbus_door *door, sd_bus_message *message, sd_bus_error *error)
{
	PH_CLEANUP(sd_bus_message_unref_p) sd_bus_message *reply = NULL;

	if (strcmp(sd_bus_message_get_member(message), "GetManagedObjects"))
		return sd_bus_error_setf(error, SD_BUS_ERROR_UNKNOWN_METHOD,
			MANAGER " has no method %s", sd_bus_message_get_member(message));
	if (!sd_bus_message_is_empty(message))
		return wrong_arguments(message, "", error);
	ph_dbus_objects_flush(door);
	int r = sd_bus_message_new_method_return(message, &reply);
	if (r >= 0)
		r = append_objects(door, reply);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}
