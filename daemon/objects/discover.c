// device.discover: nodes that no device is served at, with the driver and the connection they would have; for the network a
// program of its own is asked, which may take its time.
#include "daemon/objects/discover.h"

#include "base/cleanup.h"
#include "base/json_scan.h"
#include "daemon/core/config.h"
#include "daemon/core/daemon.h"
#include "daemon/core/helper.h"
#include "daemon/core/hotplug.h"
#include "daemon/core/known_section.h"
#include "daemon/core/log.h"
#include "daemon/doors/call.h"
#include "daemon/doors/handlers.h"
#include "poshal/limits.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PROGRAM "poshal-discover"

/* ---- one node ---- */

static bool has_connection(const struct ph_manifest *manifest, const char *scheme)
{
	for (char **c = manifest->connections; *c; c++)
		if (!strcmp(*c, scheme))
			return true;
	return false;
}

/* Drivers that serve this class over this kind of connection; the first is the suggestion. */
static const char *add_drivers(cJSON *row, const struct ph_daemon *daemon, const char *scheme,
	uint32_t classes, const char *preferred)
{
	const struct ph_manifests *manifests = &daemon->config->manifests;
	cJSON *list = cJSON_AddArrayToObject(row, "drivers");
	const char *first = NULL;

	for (size_t i = 0; i < manifests->len; i++) {
		const struct ph_manifest *manifest = &manifests->items[i];
		if (!(ph_manifest_usual_classes(manifest) & classes) ||
			!has_connection(manifest, scheme))
			continue;
		cJSON_AddItemToArray(list, cJSON_CreateString(manifest->name));
		if (!first || (preferred && !strcmp(manifest->name, preferred)))
			first = manifest->name;
	}
	return first;
}

static int add_option(void *userdata, const char *name, const char *value)
{
	cJSON_AddStringToObject(userdata, name, value);
	return 0;
}

static void add_connection(cJSON *row, const struct ph_node *node, const char *line)
{
	struct ph_identity identity = {.node = *node};
	char connection[PH_CONFIG_CONNECTION_MAX + 1];

	if (ph_identity_connection(&identity, line, connection, sizeof connection) >= 0)
		cJSON_AddStringToObject(row, "connection", connection);
}

/* A driver knows it; it was left to a person, or udev does not say what it is. */
static const char *offer_row(cJSON *row, const struct ph_node *node,
	const struct ph_manifest *manifest, const struct ph_manifest_match *match)
{
	char line[PH_LINE_SETTINGS_MAX];
	cJSON *options = cJSON_AddObjectToObject(row, "options");

	ph_row_options(manifest, match->options, add_option, options, line);
	add_connection(row, node, line);
	cJSON_AddStringToObject(row, "driver", manifest->name);
	if (match->maker && !*node->maker)
		cJSON_AddStringToObject(row, "maker", match->maker);
	if (match->model)
		cJSON_AddStringToObject(row, "known_as", match->model);
	if (match->offered)
		return "a driver knows it; whether it is used as such only you can say";
	return node->poshal ? "recognised, and not served: hot-plug is off, or too many are known"
			    : "recognised, but not by udev: poshal's rules are not in force for it";
}

/* The kernel lists ports of the mainboard that are not there; their kind is 0. */
static bool is_real_port(const struct ph_node *node)
{
	char path[PH_SYSPATH_MAX + 8], text[8] = "";

	if (*node->port)
		return true;
	snprintf(path, sizeof path, "%s/type", node->syspath);
	FILE *file = fopen(path, "re");
	if (!file)
		return false;
	bool real = fgets(text, sizeof text, file) && atoi(text) != 0;
	fclose(file);
	return real;
}

static bool sounds_like_scanner(const struct ph_node *node)
{
	static const char *const words[] = {"scan", "barcode", "bar code", "imager"};

	for (size_t i = 0; i < PH_ARRAY_SIZE(words); i++)
		if (strcasestr(node->model, words[i]) || strcasestr(node->maker, words[i]))
			return true;
	return false;
}

/* What no driver knows by its ids: kinds of things a person may know more about. */
static const struct {
	const char *subsystem, *kind, *scheme, *preferred, *text;
	uint32_t classes; /* 0: any */
	bool (*is)(const struct ph_node *node);
} kinds[] = {
	{"tty", "serial", "serial", "scanner-serial", "a serial port that no device uses", 0,
		is_real_port},
	{"input", "keyboard", "evdev", "scanner-wedge",
		"a keyboard whose name says that it is a scanner", 1u << PH_CLASS_SCANNER,
		sounds_like_scanner},
	{"usb", "printer", "usb", "escpos", "a USB printer", 1u << PH_CLASS_PRINTER, NULL},
};

static const char *offer_kind(
	cJSON *row, const struct ph_daemon *daemon, const struct ph_node *node)
{
	size_t i = 0;

	while (i < PH_ARRAY_SIZE(kinds) && strcmp(kinds[i].subsystem, node->subsystem) != 0)
		i++;
	if (i == PH_ARRAY_SIZE(kinds) || (kinds[i].is && !kinds[i].is(node)) ||
		(!strcmp(node->subsystem, "usb") && !node->printer) ||
		(!strcmp(node->subsystem, "input") && !node->keyboard))
		return NULL;
	add_connection(row, node, "");
	const char *driver = add_drivers(row, daemon, kinds[i].scheme,
		kinds[i].classes ? kinds[i].classes : UINT32_MAX, kinds[i].preferred);
	if (driver)
		cJSON_AddStringToObject(row, "driver", driver);
	return kinds[i].text;
}

static const char *kind_of(const struct ph_node *node)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i].subsystem, node->subsystem))
			return kinds[i].kind;
	return "hid";
}

static void add_texts(cJSON *row, const struct ph_node *node)
{
	const struct {
		const char *member, *text;
	} texts[] = {{"node", node->devnode}, {"maker", node->maker}, {"model", node->model},
		{"serial", node->serial}, {"port", node->port}};
	char ids[16];

	cJSON_AddStringToObject(row, "kind", kind_of(node));
	for (size_t i = 0; i < PH_ARRAY_SIZE(texts); i++)
		if (*texts[i].text)
			cJSON_AddStringToObject(row, texts[i].member, texts[i].text);
	if (node->vendor) {
		snprintf(ids, sizeof ids, "%04x:%04x", node->vendor, node->product);
		cJSON_AddStringToObject(row, "usb", ids);
	}
}

cJSON *ph_discover_describe(const struct ph_daemon *daemon, const struct ph_node *node)
{
	const struct ph_manifest *manifest = NULL;
	const struct ph_manifest_match *match =
		ph_identity_row(&daemon->config->manifests, node, &manifest);

	if (ph_known_owner(daemon, node))
		return NULL;
	cJSON *row = cJSON_CreateObject();
	add_texts(row, node);
	const char *text =
		match ? offer_row(row, node, manifest, match) : offer_kind(row, daemon, node);
	if (!text || !cJSON_GetObjectItemCaseSensitive(row, "connection")) {
		cJSON_Delete(row);
		return NULL;
	}
	cJSON_AddStringToObject(row, "text", text);
	return row;
}

/* ---- the network ---- */

/* A search that is under way: of queues, and of the network where that was asked for. */
struct ph_discovery {
	struct ph_daemon *daemon;
	struct ph_call *call;
	cJSON *list;
	struct ph_helper *helper;
	bool network;
};

static void discovery_free(struct ph_discovery *search)
{
	search->daemon->searches--;
	search->daemon->network_searched &= !search->network;
	ph_helper_free(search->helper);
	cJSON_Delete(search->list);
	free(search);
}

static bool is_configured(const struct ph_daemon *daemon, const char *connection)
{
	for (size_t i = 0; i < daemon->config->devices_len; i++)
		if (!strcmp(daemon->config->devices[i].connection, connection))
			return true;
	return false;
}

static void describe_queue(cJSON *row, const struct ph_daemon *daemon)
{
	cJSON_AddStringToObject(row, "text", "a print queue of this machine");
	if (ph_manifests_find(&daemon->config->manifests, "cups"))
		cJSON_AddStringToObject(row, "driver", "cups");
}

/* One line of the program: an object with a connection at least. Its texts are foreign, and texts is all that is taken. */
static void take_line(void *userdata, const char *line, size_t len)
{
	struct ph_discovery *search = userdata;
	cJSON *found = ph_json_scan(line, len, PH_JSON_DEPTH_MAX) == 0
			       ? cJSON_ParseWithLength(line, len)
			       : NULL;
	const char *connection =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(found, "connection"));
	const cJSON *item;

	if (connection && strlen(connection) <= PH_CONFIG_CONNECTION_MAX &&
		!is_configured(search->daemon, connection) &&
		cJSON_GetArraySize(search->list) < PH_DISCOVER_MAX) {
		cJSON *row = cJSON_CreateObject();
		const char *how =
			cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(found, "how"));
		bool queue = how && !strcmp(how, "cups");
		cJSON_AddStringToObject(row, "kind", queue ? "queue" : "network");
		cJSON_ArrayForEach(item, found) if (cJSON_IsString(item) && item->string &&
						    strcmp(item->string, "kind") != 0)
			cJSON_AddStringToObject(row, item->string, item->valuestring);
		if (queue)
			describe_queue(row, search->daemon);
		cJSON_AddItemToArray(search->list, row);
	}
	cJSON_Delete(found);
}

static void on_end(void *userdata, int r)
{
	struct ph_discovery *search = userdata;
	struct ph_call *call = search->call;
	cJSON *result = cJSON_CreateObject();

	search->helper = NULL;
	cJSON_AddItemToObject(result, "found", PH_STEAL(search->list));
	discovery_free(search);
	ph_call_reply(call, result);
}

static void cancel(struct ph_call *call)
{
	discovery_free(call->userdata);
	ph_call_fail(call, PH_E_CANCELLED, "the search was given up");
}

/* Asks the program; what was found at this machine is answered with what it says. */
static int begin_search(struct ph_call *call, cJSON *list, bool network)
{
	struct ph_discovery *search = calloc(1, sizeof *search);
	struct ph_helper_spec spec = {.program = PROGRAM,
		.args = {"--queues", network ? NULL : "--no-mdns", "--no-port"},
		.timeout_ms = PH_DISCOVER_MS,
		.line_max = PH_DISCOVER_LINE_MAX,
		.line = take_line,
		.end = on_end,
		.userdata = search};

	if (!search)
		return -ENOMEM;
	*search = (struct ph_discovery){.daemon = call->daemon, .call = call, .network = network};
	call->daemon->searches++;
	call->daemon->network_searched |= network;
	int r = ph_helper_new(call->daemon, &spec, &search->helper);
	if (r < 0) {
		discovery_free(search);
		return r;
	}
	search->list = list;
	call->userdata = search;
	call->cancel = cancel;
	return 0;
}

/* ---- the method ---- */

struct listing {
	const struct ph_daemon *daemon;
	cJSON *list;
};

static void on_node(void *userdata, const struct ph_node *node)
{
	struct listing *listing = userdata;
	cJSON *row = cJSON_GetArraySize(listing->list) < PH_DISCOVER_MAX
			     ? ph_discover_describe(listing->daemon, node)
			     : NULL;

	if (row)
		cJSON_AddItemToArray(listing->list, row);
}

void ph_device_discover(struct ph_call *call)
{
	bool network = ph_param_bool(call, "network", false);

	if (network && call->daemon->network_searched) {
		ph_call_fail(call, PH_E_BUSY, "the network is being searched already");
		return;
	}
	if (call->daemon->searches >= PH_SEARCHES_MAX) {
		ph_call_fail(call, PH_E_BUSY, "too many ask at once");
		return;
	}
	struct listing listing = {call->daemon, cJSON_CreateArray()};
	int r = ph_hotplug_list(on_node, &listing);
	if (r < 0)
		ph_log(LOG_WARNING, NULL, "the devices of udev cannot be listed: %s", strerror(-r));
	if (begin_search(call, listing.list, network) >= 0)
		return;
	cJSON *result = cJSON_CreateObject();
	cJSON_AddItemToObject(result, "found", listing.list);
	ph_call_reply(call, result);
}
