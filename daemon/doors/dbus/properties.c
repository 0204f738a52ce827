// Which members of a device's description are properties, and their values on the bus. Who asks is in objects.c.
#include "daemon/doors/dbus/internal.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

#define TEXT   PH_PROPERTY_TEXT
#define WORDS  PH_PROPERTY_WORDS
#define FLAG   PH_PROPERTY_FLAG
#define OBJECT PH_PROPERTY_OBJECT
#define OPEN   PH_PROPERTY_OPEN

/* Grouped by interface. */
const struct ph_dbus_property ph_dbus_properties[] = {
	{"Device", "Id", TEXT, NULL, "id", "Stable name of the device."},
	{"Device", "Class", TEXT, NULL, "class", "scanner, printer, drawer, display ..."},
	{"Device", "Driver", TEXT, NULL, "driver", "Name of the driver."},
	{"Device", "Connection", TEXT, NULL, "connection", "URL of the link."},
	{"Device", "Vendor", TEXT, NULL, "vendor", "Maker, as the device tells it."},
	{"Device", "Model", TEXT, NULL, "model", "Product, as the device tells it."},
	{"Device", "Serial", TEXT, NULL, "serial", "Serial number, as the device tells it."},
	{"Device", "Firmware", TEXT, NULL, "firmware", "Version, as the device tells it."},
	{"Device", "Roles", WORDS, NULL, "roles", "Names under which applications use it."},
	{"Device", "State", TEXT, NULL, "state", "starting, ready, offline, failed or disabled."},
	{"Device", "Reasons", WORDS, NULL, "reasons", "What is wrong, as words."},
	{"Device", "Holder", TEXT, NULL, "holder", "Who has claimed it; empty when nobody has."},
	{"Device", "Capabilities", OBJECT, NULL, "capabilities", "What it can do."},
	{"Device", "Status", OBJECT, NULL, "status", "Status as the driver reports it."},
	{"Display", "Rows", WORDS, "status", "rows", "The texts shown, from the top."},
	{"Drawer", "State", OPEN, "status", "open", "open, closed or unknown."},
	{"Manager", "Instance", TEXT, NULL, "instance", "uuid, new at each start of the service."},
	{"Manager", "Version", TEXT, NULL, "version", "Version of the service."},
	{"Printer", "Paper", TEXT, "status", "paper", "ok, near_end, empty or unknown."},
	{"Printer", "Cover", TEXT, "status", "cover", "closed, open or unknown."},
	{"Printer", "Online", FLAG, "status", "online", "The printer takes data."},
	{"Scanner", "Enabled", FLAG, "status", "enabled", "Labels are delivered to the holder."},
};
const size_t ph_dbus_properties_count = PH_ARRAY_SIZE(ph_dbus_properties);

const char *ph_dbus_property_signature(const struct ph_dbus_property *property)
{
	switch (property->kind) {
	case TEXT:
	case OPEN:
		return "s";
	case WORDS:
		return "as";
	case FLAG:
		return "b";
	case OBJECT:
		return "a{sv}";
	}
	return "s";
}

const cJSON *ph_dbus_property_value(
	const struct ph_dbus_property *property, const cJSON *description)
{
	if (property->object)
		description = cJSON_GetObjectItemCaseSensitive(description, property->object);
	return cJSON_GetObjectItemCaseSensitive(description, property->member);
}

static int append_words(sd_bus_message *message, const cJSON *value)
{
	int r = -EINVAL;

	if (cJSON_IsArray(value))
		r = ph_dbus_append_typed(message, PH_VALUE_STRINGS, value);
	return r == -EINVAL ? sd_bus_message_append(message, "as", 0) : r;
}

static int append_value(
	sd_bus_message *message, enum ph_dbus_property_kind kind, const cJSON *value)
{
	const char *text = cJSON_GetStringValue(value);

	switch (kind) {
	case TEXT:
		return ph_dbus_append_text(message, text ? text : "");
	case OPEN:
		return sd_bus_message_append(message, "s",
			cJSON_IsTrue(value)    ? "open"
			: cJSON_IsFalse(value) ? "closed"
					       : "unknown");
	case WORDS:
		return append_words(message, value);
	case FLAG:
		return sd_bus_message_append(message, "b", cJSON_IsTrue(value));
	case OBJECT:
		return ph_dbus_append_dict(message, cJSON_IsObject(value) ? value : NULL);
	}
	return -EINVAL;
}

int ph_dbus_append_property_value(
	sd_bus_message *message, const struct ph_dbus_property *property, const cJSON *description)
{
	int r = sd_bus_message_open_container(message, 'v', ph_dbus_property_signature(property));

	if (r >= 0)
		r = append_value(
			message, property->kind, ph_dbus_property_value(property, description));
	return r < 0 ? r : sd_bus_message_close_container(message);
}

int ph_dbus_append_property(
	sd_bus_message *message, const struct ph_dbus_property *property, const cJSON *description)
{
	int r = sd_bus_message_open_container(message, 'e', "sv");

	if (r >= 0)
		r = sd_bus_message_append(message, "s", property->name);
	if (r >= 0)
		r = ph_dbus_append_property_value(message, property, description);
	return r < 0 ? r : sd_bus_message_close_container(message);
}

int ph_dbus_append_properties(sd_bus_message *message, const char *noun, const cJSON *description)
{
	int r = sd_bus_message_open_container(message, 'a', "{sv}");

	for (size_t i = 0; r >= 0 && i < ph_dbus_properties_count; i++)
		if (!strcmp(ph_dbus_properties[i].noun, noun))
			r = ph_dbus_append_property(message, &ph_dbus_properties[i], description);
	return r < 0 ? r : sd_bus_message_close_container(message);
}
