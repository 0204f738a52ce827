// Listens to udev for nodes of our devices and reads what it knows of them; who they are is left to identity.c and known.c.
//
// With libudev and not sd-device's monitor, which device processes use: that one swallows ENOBUFS, and then nobody would
// know that events were lost.
#include "daemon/core/hotplug.h"

#include "base/utf8.h"
#include "daemon/core/log.h"
#include "poshal/limits.h"

#include <errno.h>
#include <libudev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#define TAG	    "poshal"
#define BUFFER_SIZE (1024 * 1024) /* of the netlink socket */
#define EVENTS_MAX  64		  /* in one turn of the loop */

PH_DEFINE_CLEANUP(struct udev *, udev_unref)
PH_DEFINE_CLEANUP(struct udev_device *, udev_device_unref)
PH_DEFINE_CLEANUP(struct udev_enumerate *, udev_enumerate_unref)

struct item {
	struct item *next;
	bool seen; /* by the scan under way */
	char syspath[];
};

struct ph_hotplug {
	const struct ph_hotplug_ops *ops;
	void *userdata;
	struct udev *udev;
	struct udev_monitor *monitor;
	sd_event_source *io;
	struct item *items; /* told of and not gone */
	unsigned count;
};

static const char *const subsystems[] = {"hidraw", "input", "tty", "usb"};

/* ---- one node ---- */

/* Texts of a device are foreign: what is not plain text is left out, and "S1 " is "S1". */
static void copy_text(char *out, size_t size, const char *text)
{
	if (!text)
		text = "";
	snprintf(out, size, "%s", text);
	ph_utf8_clean(out);
	if (strncmp(out, text, size - 1) != 0)
		*out = '\0';
	for (size_t len = strlen(out); len && out[len - 1] == ' ';)
		out[--len] = '\0';
}

static const char *property(struct udev_device *device, const char *name)
{
	const char *value = udev_device_get_property_value(device, name);

	return value ? value : "";
}

static uint16_t hex(const char *text)
{
	char *end;
	unsigned long value = text ? strtoul(text, &end, 16) : 0;

	return text && end != text && value <= UINT16_MAX ? (uint16_t)value : 0;
}

static void read_usb(struct ph_node *node, struct udev_device *usb, struct udev_device *interface)
{
	const char *number =
		interface ? udev_device_get_sysattr_value(interface, "bInterfaceNumber") : NULL;

	node->vendor = hex(udev_device_get_sysattr_value(usb, "idVendor"));
	node->product = hex(udev_device_get_sysattr_value(usb, "idProduct"));
	copy_text(node->serial, sizeof node->serial, udev_device_get_sysattr_value(usb, "serial"));
	copy_text(node->maker, sizeof node->maker,
		udev_device_get_sysattr_value(usb, "manufacturer"));
	copy_text(node->model, sizeof node->model, udev_device_get_sysattr_value(usb, "product"));
	copy_text(node->port, sizeof node->port, udev_device_get_sysname(usb));
	if (!ph_usb_is_port_path(node->port))
		*node->port = '\0';
	if (number)
		node->interface = hex(number) & 0xff;
}

/* Not on USB: Bluetooth, or made by a program. The address is the serial number. */
static void read_hid(struct ph_node *node, struct udev_device *hid)
{
	unsigned bus, vendor, product;

	if (sscanf(property(hid, "HID_ID"), "%x:%x:%x", &bus, &vendor, &product) == 3) {
		node->vendor = (uint16_t)vendor;
		node->product = (uint16_t)product;
	}
	copy_text(node->serial, sizeof node->serial, property(hid, "HID_UNIQ"));
	copy_text(node->model, sizeof node->model, property(hid, "HID_NAME"));
}

/* False for what no driver can be for. */
static bool is_kind(struct udev_device *device)
{
	const char *subsystem = udev_device_get_subsystem(device);
	const char *name = udev_device_get_sysname(device);
	const char *type = udev_device_get_devtype(device);
	size_t i = 0;

	while (i < PH_ARRAY_SIZE(subsystems) && subsystem && strcmp(subsystem, subsystems[i]) != 0)
		i++;
	if (!subsystem || i == PH_ARRAY_SIZE(subsystems) || !udev_device_get_devnode(device) ||
		strlen(udev_device_get_syspath(device)) > PH_SYSPATH_MAX)
		return false;
	if (!strcmp(subsystem, "usb"))
		return type && !strcmp(type, "usb_device");
	return strcmp(subsystem, "input") != 0 || !strncmp(name, "event", 5);
}

static bool read_node(struct udev_device *device, struct ph_node *ret_node)
{
	struct ph_node node = {.interface = -1};

	if (!is_kind(device))
		return false;
	snprintf(node.syspath, sizeof node.syspath, "%s", udev_device_get_syspath(device));
	copy_text(node.subsystem, sizeof node.subsystem, udev_device_get_subsystem(device));
	copy_text(node.devnode, sizeof node.devnode, udev_device_get_devnode(device));
	struct udev_device *usb = device, *interface = NULL, *hid = NULL;
	if (strcmp(node.subsystem, "usb") != 0) {
		/* parents belong to their child */
		usb = udev_device_get_parent_with_subsystem_devtype(device, "usb", "usb_device");
		interface = udev_device_get_parent_with_subsystem_devtype(
			device, "usb", "usb_interface");
		hid = udev_device_get_parent_with_subsystem_devtype(device, "hid", NULL);
	}
	if (usb)
		read_usb(&node, usb, interface);
	else if (hid)
		read_hid(&node, hid);
	copy_text(node.id_path, sizeof node.id_path, property(device, "ID_PATH"));
	copy_text(node.proto, sizeof node.proto, property(device, "ID_POSHAL_PROTO"));
	node.poshal = !strcmp(property(device, "ID_POSHAL"), "1");
	node.keyboard = !strcmp(property(device, "ID_INPUT_KEYBOARD"), "1");
	node.printer = strstr(property(device, "ID_USB_INTERFACES"), ":0701");
	*ret_node = node;
	return true;
}

/* ---- who is there ---- */

static struct item **find(struct ph_hotplug *hotplug, const char *syspath)
{
	struct item **place = &hotplug->items;

	while (*place && strcmp((*place)->syspath, syspath) != 0)
		place = &(*place)->next;
	return place;
}

static void drop(struct ph_hotplug *hotplug, struct item **place)
{
	struct item *item = *place;

	*place = item->next;
	hotplug->count--;
	hotplug->ops->gone(hotplug->userdata, item->syspath);
	free(item);
}

static void take(struct ph_hotplug *hotplug, const struct ph_node *node)
{
	struct item **place = find(hotplug, node->syspath);

	if (!*place) {
		size_t size = sizeof **place + strlen(node->syspath) + 1;
		struct item *item = hotplug->count < PH_NODES_MAX ? calloc(1, size) : NULL;
		if (!item) {
			ph_log(LOG_WARNING, NULL, "%s is one node too many and not seen",
				node->devnode);
			return;
		}
		memcpy(item->syspath, node->syspath, strlen(node->syspath) + 1);
		item->next = hotplug->items;
		hotplug->items = item;
		hotplug->count++;
		place = &hotplug->items;
	}
	(*place)->seen = true;
	hotplug->ops->there(hotplug->userdata, node);
}

/* ---- scan ---- */

static int enumerate(struct udev *udev, bool ours,
	void (*each)(void *userdata, const struct ph_node *node), void *userdata)
{
	PH_CLEANUP(udev_enumerate_unref_p) struct udev_enumerate *list = udev_enumerate_new(udev);
	struct udev_list_entry *entry;
	int r = list ? 0 : -ENOMEM;

	for (size_t i = 0; r >= 0 && i < PH_ARRAY_SIZE(subsystems); i++)
		r = udev_enumerate_add_match_subsystem(list, subsystems[i]);
	if (r >= 0 && ours)
		r = udev_enumerate_add_match_property(list, "ID_POSHAL", "1");
	if (r >= 0)
		r = udev_enumerate_scan_devices(list);
	if (r < 0)
		return r;
	udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(list))
	{
		PH_CLEANUP(udev_device_unref_p)
		struct udev_device *device =
			udev_device_new_from_syspath(udev, udev_list_entry_get_name(entry));
		struct ph_node node;
		if (device && read_node(device, &node) && (!ours || node.poshal))
			each(userdata, &node);
	}
	return 0;
}

static void on_listed(void *userdata, const struct ph_node *node)
{
	take(userdata, node);
}

/* Brings what was told in step with what is there; at the start, and after events were lost. */
void ph_hotplug_rescan(struct ph_hotplug *hotplug)
{
	for (struct item *item = hotplug->items; item; item = item->next)
		item->seen = false;
	int r = enumerate(hotplug->udev, true, on_listed, hotplug);
	if (r < 0) {
		ph_log(LOG_WARNING, NULL, "the devices of udev cannot be listed: %s", strerror(-r));
		return;
	}
	for (struct item **place = &hotplug->items; *place;)
		if ((*place)->seen)
			place = &(*place)->next;
		else
			drop(hotplug, place);
	hotplug->ops->scanned(hotplug->userdata);
}

int ph_hotplug_list(void (*each)(void *userdata, const struct ph_node *node), void *userdata)
{
	PH_CLEANUP(udev_unref_p) struct udev *udev = udev_new();

	return udev ? enumerate(udev, false, each, userdata) : -ENOMEM;
}

/* ---- events ---- */

static void on_device(struct ph_hotplug *hotplug, struct udev_device *device)
{
	const char *action = udev_device_get_action(device);
	struct ph_node node;

	struct item **place = find(hotplug, udev_device_get_syspath(device));
	if (action && strcmp(action, "remove") != 0 && read_node(device, &node) && node.poshal)
		take(hotplug, &node);
	else if (*place)
		drop(hotplug, place);
}

static int on_events(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct ph_hotplug *hotplug = userdata;

	for (int i = 0; i < EVENTS_MAX; i++) {
		errno = 0;
		PH_CLEANUP(udev_device_unref_p)
		struct udev_device *device = udev_monitor_receive_device(hotplug->monitor);
		if (device) {
			on_device(hotplug, device);
			continue;
		}
		if (errno == ENOBUFS) {
			ph_log(LOG_WARNING, NULL,
				"events of udev were lost; looking at all devices");
			ph_hotplug_rescan(hotplug);
		}
		return 0;
	}
	return 0;
}

static int listen_to_udev(struct ph_hotplug *hotplug, sd_event *event)
{
	hotplug->monitor = udev_monitor_new_from_netlink(hotplug->udev, "udev");
	int r = hotplug->monitor ? 0 : -EOPNOTSUPP;
	if (r >= 0)
		r = udev_monitor_filter_add_match_tag(hotplug->monitor, TAG);
	if (r >= 0)
		r = udev_monitor_enable_receiving(hotplug->monitor);
	if (r < 0) {
		ph_log(LOG_NOTICE, NULL, "nothing is heard of udev: %s", strerror(-r));
		return 0;
	}
	udev_monitor_set_receive_buffer_size(hotplug->monitor, BUFFER_SIZE);
	return sd_event_add_io(event, &hotplug->io, udev_monitor_get_fd(hotplug->monitor), EPOLLIN,
		on_events, hotplug);
}

int ph_hotplug_new(sd_event *event, const struct ph_hotplug_ops *ops, void *userdata,
	struct ph_hotplug **ret_hotplug)
{
	PH_CLEANUP(ph_hotplug_free_p)
	struct ph_hotplug *hotplug = calloc(1, sizeof *hotplug);

	if (!hotplug)
		return -ENOMEM;
	hotplug->ops = ops;
	hotplug->userdata = userdata;
	hotplug->udev = udev_new();
	int r = hotplug->udev ? listen_to_udev(hotplug, event) : -ENOMEM;
	if (r < 0)
		return r;
	ph_hotplug_rescan(hotplug);
	*ret_hotplug = PH_STEAL(hotplug);
	return 0;
}

void ph_hotplug_free(struct ph_hotplug *hotplug)
{
	if (!hotplug)
		return;
	sd_event_source_disable_unref(hotplug->io);
	udev_monitor_unref(hotplug->monitor);
	udev_unref(hotplug->udev);
	while (hotplug->items) {
		struct item *item = hotplug->items;
		hotplug->items = item->next;
		free(item);
	}
	free(hotplug);
}
