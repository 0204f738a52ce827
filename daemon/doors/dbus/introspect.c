// Introspection XML from the method, signal and property tables, with their sentences as documentation.
#include "daemon/doors/dbus/internal.h"

#include "base/cleanup.h"
#include "base/names.h"
#include "poshal/limits.h"

#include <errno.h>
#include <string.h>

#define XML_MAX (512 * 1024)

static const char header[] =
	"<!DOCTYPE node PUBLIC \"-//freedesktop//DTD D-BUS Object Introspection 1.0//EN\"\n"
	" \"http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd\">\n"
	"<node>\n"
	" <interface name=\"org.freedesktop.DBus.Peer\">\n"
	"  <method name=\"Ping\"/>\n"
	"  <method name=\"GetMachineId\">\n"
	"   <arg type=\"s\" name=\"machine_uuid\" direction=\"out\"/>\n"
	"  </method>\n"
	" </interface>\n"
	" <interface name=\"org.freedesktop.DBus.Introspectable\">\n"
	"  <method name=\"Introspect\">\n"
	"   <arg type=\"s\" name=\"data\" direction=\"out\"/>\n"
	"  </method>\n"
	" </interface>\n";

static const char properties_xml[] =
	" <interface name=\"org.freedesktop.DBus.Properties\">\n"
	"  <method name=\"Get\">\n"
	"   <arg type=\"s\" name=\"interface_name\" direction=\"in\"/>\n"
	"   <arg type=\"s\" name=\"property_name\" direction=\"in\"/>\n"
	"   <arg type=\"v\" name=\"value\" direction=\"out\"/>\n"
	"  </method>\n"
	"  <method name=\"GetAll\">\n"
	"   <arg type=\"s\" name=\"interface_name\" direction=\"in\"/>\n"
	"   <arg type=\"a{sv}\" name=\"props\" direction=\"out\"/>\n"
	"  </method>\n"
	"  <method name=\"Set\">\n"
	"   <arg type=\"s\" name=\"interface_name\" direction=\"in\"/>\n"
	"   <arg type=\"s\" name=\"property_name\" direction=\"in\"/>\n"
	"   <arg type=\"v\" name=\"value\" direction=\"in\"/>\n"
	"  </method>\n"
	"  <signal name=\"PropertiesChanged\">\n"
	"   <arg type=\"s\" name=\"interface_name\"/>\n"
	"   <arg type=\"a{sv}\" name=\"changed_properties\"/>\n"
	"   <arg type=\"as\" name=\"invalidated_properties\"/>\n"
	"  </signal>\n"
	" </interface>\n";

static const char manager_xml[] =
	" <interface name=\"org.freedesktop.DBus.ObjectManager\">\n"
	"  <method name=\"GetManagedObjects\">\n"
	"   <arg type=\"a{oa{sa{sv}}}\" name=\"objects\" direction=\"out\"/>\n"
	"  </method>\n"
	"  <signal name=\"InterfacesAdded\">\n"
	"   <arg type=\"o\" name=\"object_path\"/>\n"
	"   <arg type=\"a{sa{sv}}\" name=\"interfaces_and_properties\"/>\n"
	"  </signal>\n"
	"  <signal name=\"InterfacesRemoved\">\n"
	"   <arg type=\"o\" name=\"object_path\"/>\n"
	"   <arg type=\"as\" name=\"interfaces\"/>\n"
	"  </signal>\n"
	" </interface>\n";

static const struct ph_field event_fields[] = {
	{"topic", PH_VALUE_STRING, true, 0, 0, NULL, "device.state, job.state ..."},
	{"device", PH_VALUE_STRING, true, 0, 0, NULL, "id, or empty"},
	{.name = NULL},
};

/* Text inside an attribute. */
static void add_escaped(struct ph_buf *xml, const char *text)
{
	for (; *text; text++) {
		const char *entity = *text == '<'   ? "&lt;"
				     : *text == '>' ? "&gt;"
				     : *text == '&' ? "&amp;"
				     : *text == '"' ? "&quot;"
						    : NULL;
		if (entity)
			ph_buf_add_str(xml, entity);
		else
			ph_buf_add_char(xml, *text);
	}
}

static void open_doc(struct ph_buf *xml, const char *indent)
{
	ph_buf_printf(xml, "%s<annotation name=\"org.gtk.GDBus.DocString\" value=\"", indent);
}

static void close_doc(struct ph_buf *xml)
{
	ph_buf_add_str(xml, "\"/>\n");
}

static void add_doc(struct ph_buf *xml, const char *indent, const char *text)
{
	open_doc(xml, indent);
	add_escaped(xml, text);
	close_doc(xml);
}

static void add_choices(struct ph_buf *xml, const struct ph_field *field)
{
	if (!field->choices)
		return;
	ph_buf_add_str(xml, " [");
	add_escaped(xml, field->choices);
	ph_buf_add_char(xml, ']');
}

static void add_arg(struct ph_buf *xml, const struct ph_field *field, const char *direction)
{
	char name[PH_NAME_MAX + 1];

	ph_buf_printf(xml, "   <arg type=\"%s\" name=\"%s\"%s>\n", ph_dbus_signature(field->type),
		ph_dbus_field_name(field, name), direction);
	open_doc(xml, "    ");
	add_escaped(xml, field->doc);
	add_choices(xml, field);
	close_doc(xml);
	ph_buf_add_str(xml, "   </arg>\n");
}

/* The last a{sv}; its documentation names each member with type and meaning. */
static void add_options(struct ph_buf *xml, const struct ph_method *method,
	const struct ph_field *fields, const char *direction)
{
	char name[PH_NAME_MAX + 1];
	const char *separator = "";

	ph_buf_printf(xml, "   <arg type=\"a{sv}\" name=\"%s\"%s>\n",
		fields == method->params ? "options" : "details", direction);
	open_doc(xml, "    ");
	for (const struct ph_field *f = fields; f->name; f++) {
		if (f->required || ph_dbus_json_only(method, f))
			continue;
		ph_buf_printf(xml, "%s%s (%s): ", separator, ph_dbus_field_name(f, name),
			ph_dbus_signature(f->type));
		add_escaped(xml, f->doc);
		add_choices(xml, f);
		separator = "; ";
	}
	close_doc(xml);
	ph_buf_add_str(xml, "   </arg>\n");
}

static void add_method(struct ph_buf *xml, const struct ph_dbus_member *member)
{
	const struct ph_method *method = member->method;

	ph_buf_printf(xml, "  <method name=\"%s\">\n", member->member);
	add_doc(xml, "   ", method->doc);
	for (const struct ph_field *f = method->params + (member->has_device ? 1 : 0); f->name; f++)
		if (f->required)
			add_arg(xml, f, " direction=\"in\"");
	if (member->in_options)
		add_options(xml, method, method->params, " direction=\"in\"");
	for (const struct ph_field *f = method->result; f->name; f++)
		if (f->required)
			add_arg(xml, f, " direction=\"out\"");
	if (member->out_options)
		add_options(xml, method, method->result, " direction=\"out\"");
	ph_buf_add_str(xml, "  </method>\n");
}

static void add_signal(struct ph_buf *xml, const struct ph_dbus_signal *signal)
{
	ph_buf_printf(xml, "  <signal name=\"%s\">\n", signal->member);
	add_doc(xml, "   ", signal->doc);
	for (const struct ph_field *f = signal->fields; f->name; f++)
		add_arg(xml, f, "");
	ph_buf_add_str(xml, "   <arg type=\"a{sv}\" name=\"details\"/>\n  </signal>\n");
}

static void add_event_signal(struct ph_buf *xml)
{
	ph_buf_add_str(xml, "  <signal name=\"Event\">\n");
	add_doc(xml, "   ", "An event of a subscription, to the peer that subscribed.");
	for (const struct ph_field *f = event_fields; f->name; f++)
		add_arg(xml, f, "");
	ph_buf_add_str(xml,
		"   <arg type=\"t\" name=\"seq\"/>\n   <arg type=\"s\" name=\"time\"/>\n"
		"   <arg type=\"a{sv}\" name=\"data\"/>\n  </signal>\n");
}

static void add_property(struct ph_buf *xml, const struct ph_dbus_property *property)
{
	ph_buf_printf(xml, "  <property type=\"%s\" name=\"%s\" access=\"read\">\n",
		ph_dbus_property_signature(property), property->name);
	add_doc(xml, "   ", property->doc);
	ph_buf_add_str(xml, "  </property>\n");
}

static void add_interface(struct ph_buf *xml, const struct ph_dbus_table *table, const char *noun)
{
	ph_buf_printf(xml, " <interface name=\"" PH_BUS_PREFIX "%s\">\n", noun);
	for (size_t i = 0; i < table->len; i++)
		if (!strcmp(table->members[i].noun, noun))
			add_method(xml, &table->members[i]);
	for (size_t i = 0; i < ph_dbus_signals_count; i++)
		if (!strcmp(ph_dbus_signals[i].noun, noun))
			add_signal(xml, &ph_dbus_signals[i]);
	if (!strcmp(noun, "Manager"))
		add_event_signal(xml);
	for (size_t i = 0; i < ph_dbus_properties_count; i++)
		if (!strcmp(ph_dbus_properties[i].noun, noun))
			add_property(xml, &ph_dbus_properties[i]);
	ph_buf_add_str(xml, " </interface>\n");
}

static void add_root(struct ph_buf *xml, const struct ph_dbus_door *door)
{
	const struct ph_dbus_table *table = &door->table;
	const char *last = "";

	ph_buf_add_str(xml, properties_xml);
	ph_buf_add_str(xml, manager_xml);
	for (size_t i = 0; i < table->len; i++) {
		if (table->members[i].has_device || !strcmp(table->members[i].noun, last))
			continue;
		last = table->members[i].noun;
		add_interface(xml, table, last);
	}
	ph_buf_add_str(xml, " <node name=\"device\"/>\n");
}

static void add_devices(struct ph_buf *xml, const struct ph_dbus_door *door)
{
	for (const struct ph_dbus_object *o = door->objects; o; o = o->next)
		ph_buf_printf(xml, " <node name=\"%s\"/>\n", o->path + strlen(PH_BUS_DEVICES "/"));
}

int ph_dbus_introspect(const struct ph_dbus_door *door, enum ph_dbus_place place,
	const struct ph_device *device, char **ret_xml)
{
	struct ph_buf xml = {.max = XML_MAX};

	ph_buf_add_str(&xml, header);
	switch (place) {
	case PH_PLACE_ROOT:
		add_root(&xml, door);
		break;
	case PH_PLACE_DEVICES:
		add_devices(&xml, door);
		break;
	case PH_PLACE_DEVICE:
		ph_buf_add_str(&xml, properties_xml);
		add_interface(&xml, &door->table, "Device");
		add_interface(&xml, &door->table, ph_class_interface(device->class_));
		break;
	}
	ph_buf_add_str(&xml, "</node>\n");
	if (xml.error) {
		int r = xml.error;
		ph_buf_done(&xml);
		return r;
	}
	*ret_xml = ph_buf_steal(&xml);
	return 0;
}
