// Fuzz target of the values on D-Bus: JSON to a message, and the arguments of that message back to JSON.
#include "daemon/doors/dbus/internal.h"

#include "base/json_scan.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ph_dbus_table table;

/* A connection that nobody answers: enough to build messages. */
static sd_bus *connect_to_nobody(void)
{
	sd_bus *bus = NULL;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0 || sd_bus_new(&bus) < 0 ||
		sd_bus_set_fd(bus, fds[0], fds[0]) < 0 || sd_bus_start(bus) < 0 ||
		ph_dbus_table_init(&table, ph_methods, ph_methods_count) < 0)
		abort();
	return bus;
}

/* Manager.Subscribe with the value as its option `since`, which may hold any object. */
static void there_and_back(sd_bus *bus, const cJSON *value)
{
	const struct ph_dbus_member *member =
		ph_dbus_table_find(&table, "Manager", "Subscribe", false);
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *message = NULL;
	cJSON *params = NULL;
	size_t length = 0;

	if (sd_bus_message_new_method_call(bus, &message, NULL, "/x", "x.Y", "Z") < 0)
		abort();
	sd_bus_message_append(message, "as", 0);
	sd_bus_message_open_container(message, 'a', "{sv}");
	sd_bus_message_open_container(message, 'e', "sv");
	sd_bus_message_append(message, "s", "since");
	if (ph_dbus_append_variant(message, value) < 0)
		abort();
	sd_bus_message_close_container(message);
	sd_bus_message_close_container(message);
	if (sd_bus_message_seal(message, 1, 0) < 0)
		abort();
	sd_bus_message_rewind(message, true);
	int r = ph_dbus_read_params(member, message, "", &params, &length, &error);
	/* an object comes back as an object, or is refused with a reason */
	if (r < 0 ? !sd_bus_error_is_set(&error)
		  : !cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(params, "since")))
		abort();
	cJSON_Delete(params);
	sd_bus_error_free(&error);
	sd_bus_message_unref(message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static sd_bus *bus;

	if (!bus)
		bus = connect_to_nobody();
	if (ph_json_scan((const char *)data, size, PH_JSON_DEPTH_MAX) < 0)
		return 0;
	cJSON *value = cJSON_ParseWithLength((const char *)data, size);
	if (value)
		there_and_back(bus, value);
	cJSON_Delete(value);
	return 0;
}
