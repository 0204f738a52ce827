// system.diagnose: the findings of the service, of the nodes udev lists, and of the print server, which a program is asked for.
#include "base/cleanup.h"
#include "base/json_scan.h"
#include "base/url.h"
#include "daemon/core/config.h"
#include "daemon/core/daemon.h"
#include "daemon/core/doctor.h"
#include "daemon/core/helper.h"
#include "daemon/core/hotplug.h"
#include "daemon/core/system.h"
#include "daemon/doors/call.h"
#include "daemon/doors/handlers.h"
#include "daemon/objects/device.h"
#include "daemon/payments/payment.h"
#include "daemon/payments/queue_query.h"
#include "poshal/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM	  "poshal-discover"
#define QUEUES_MS 6000 /* for the print server's answer */

/* A node of this machine, and the device that is served at it. */
struct seen {
	struct ph_node node;
	char owner[PH_NAME_MAX + 1]; /* "" when nobody is */
};

struct diagnosis {
	struct ph_daemon *daemon;
	struct ph_call *call;
	struct ph_doctor doctor;
	struct ph_helper *helper;
	struct seen *seen;
	size_t count, size;
	bool waiting, given_up; /* for acquirer or journal; nobody waits for the answer any more */
	struct ph_queue_survey queue;
};

static void diagnosis_free(struct diagnosis *diagnosis)
{
	diagnosis->daemon->searches--;
	ph_helper_free(diagnosis->helper);
	cJSON_Delete(diagnosis->doctor.list);
	free(diagnosis->seen);
	free(diagnosis);
}

/* ---- who is served where ---- */

/* A connection that names a USB device by ids, serial number or port; also of a port that somebody has taken away. */
static bool is_wanted(const char *connection, const struct ph_node *usb)
{
	static const char *const keys[] = {
		"interface", "baud", "bits", "parity", "stop", "flow", "grab", NULL};
	struct ph_usb_want want;
	struct ph_url url;
	char why[160];

	if (ph_url_parse(connection, &url) < 0)
		return false;
	if (!strcmp(url.scheme, "serial")) {
		if (strncmp(url.path, "usb=", 4) != 0)
			return false;
		url.path += 4;
	} else if (strcmp(url.scheme, "hid") != 0 && strcmp(url.scheme, "evdev") != 0 &&
		   strcmp(url.scheme, "usb") != 0) {
		return false;
	}
	return *url.path != '/' && ph_usb_want_parse(&url, keys, &want, why, sizeof why) >= 0 &&
	       ph_usb_want_is(&want, usb->port, usb->vendor, usb->product, usb->serial);
}

static const char *owner_of(const struct ph_daemon *daemon, const struct ph_node *node)
{
	const char *owner = ph_known_owner(daemon, node);

	for (const struct ph_unit *u = daemon->units; u && !owner; u = u->next)
		if (!strcmp(node->subsystem, "usb") && is_wanted(u->config->connection, node))
			owner = u->name;
	return owner;
}

static void on_node(void *userdata, const struct ph_node *node)
{
	struct diagnosis *diagnosis = userdata;

	if (diagnosis->count == diagnosis->size) {
		size_t size = diagnosis->size ? 2 * diagnosis->size : 16;
		struct seen *seen = size > PH_NODES_MAX
					    ? NULL
					    : reallocarray(diagnosis->seen, size, sizeof *seen);
		if (!seen)
			return;
		diagnosis->seen = seen;
		diagnosis->size = size;
	}
	struct seen *seen = &diagnosis->seen[diagnosis->count++];
	const char *owner = owner_of(diagnosis->daemon, node);
	seen->node = *node;
	snprintf(seen->owner, sizeof seen->owner, "%s", owner ? owner : "");
}

/* A USB device is whose node is in its port. */
static void inherit_owners(struct diagnosis *diagnosis)
{
	for (size_t i = 0; i < diagnosis->count; i++) {
		struct seen *usb = &diagnosis->seen[i];
		if (strcmp(usb->node.subsystem, "usb") != 0 || !*usb->node.port)
			continue;
		for (size_t k = 0; !*usb->owner && k < diagnosis->count; k++)
			if (!strcmp(diagnosis->seen[k].node.port, usb->node.port))
				memcpy(usb->owner, diagnosis->seen[k].owner, sizeof usb->owner);
	}
}

/* ---- nodes nobody is served at ---- */

/* What a person does with a device that is a keyboard. */
static const struct {
	enum ph_class class_;
	const char *cause, *advice;
} keyboards[] = {
	{PH_CLASS_MSR,
		"it is in keyboard mode: what is on a card goes to whatever window has the focus",
		"set it to HID mode with its maker's program, or adopt it as it is, which takes "
		"the "
		"keyboard away from others: `poshalctl discover`"},
	{PH_CLASS_SCANNER, "it is in keyboard mode: its labels go to whatever window has the focus",
		"scan the code for USB HID POS or serial mode in its manual, or adopt it as it is: "
		"`poshalctl discover`"},
};

static void explain_keyboard(
	cJSON *list, const struct ph_node *node, uint32_t classes, const char *problem)
{
	size_t i = 0;

	while (i < PH_ARRAY_SIZE(keyboards) - 1 && !(classes & 1u << keyboards[i].class_))
		i++;
	ph_finding_add(list, &(struct ph_finding){"info", node->devnode, problem,
				     keyboards[i].cause, keyboards[i].advice});
}

/* What a driver knows and nobody serves: rules of udev that are missing, devices in another mode. */
static void examine_unserved(const struct diagnosis *diagnosis, const struct ph_node *node)
{
	const struct ph_manifest *manifest = NULL;
	const struct ph_manifest_match *row =
		ph_identity_row(&diagnosis->daemon->config->manifests, node, &manifest);
	char problem[320];

	if (!row)
		return;
	snprintf(problem, sizeof problem, "%s (%.60s %.60s) is not served", node->devnode,
		row->maker ? row->maker : node->maker, row->model ? row->model : node->model);
	if (!row->offered && !node->poshal)
		ph_finding_add(diagnosis->doctor.list,
			&(struct ph_finding){"warning", node->devnode, problem,
				"driver and device fit, but udev has not tagged it: poshal's rules "
				"are "
				"not installed, or came later than the device",
				"install them, then `udevadm control --reload` and `udevadm "
				"trigger`"});
	else if (row->offered && !strcmp(node->subsystem, "input"))
		explain_keyboard(diagnosis->doctor.list, node, manifest->classes, problem);
}

/* ---- nodes of devices ---- */

/* The general finding about it is not needed then. */
static void drop_finding(cJSON *list, const char *name, const char *reason)
{
	for (int i = cJSON_GetArraySize(list) - 1; i >= 0; i--) {
		const cJSON *row = cJSON_GetArrayItem(list, i);
		const char *subject =
			cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, "subject"));
		const char *problem =
			cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, "problem"));
		if (!strcmp(subject, name) && strstr(problem, reason))
			cJSON_DeleteItemFromArray(list, i);
	}
}

static bool examine_permission(const struct diagnosis *diagnosis, const struct seen *seen)
{
	const struct ph_doctor *doctor = &diagnosis->doctor;
	const struct ph_unit *unit = ph_unit_find(diagnosis->daemon, seen->owner);
	cJSON *list = cJSON_CreateArray();
	struct ph_doctor own = {list, doctor->root, doctor->may_open};

	bool found = unit && ph_reasons_has(&unit->reasons, "no_permission") &&
		     ph_known_owner(diagnosis->daemon, &seen->node) &&
		     ph_doctor_permission(&own, seen->owner, &seen->node);
	if (found)
		drop_finding(doctor->list, seen->owner, "no_permission");
	while (list->child)
		cJSON_AddItemToArray(doctor->list, cJSON_DetachItemFromArray(list, 0));
	cJSON_Delete(list);
	return found;
}

/* One that is configured and away, and a keyboard of its maker: it may have been set to another mode. */
static void examine_mode(const struct diagnosis *diagnosis, const struct ph_unit *unit)
{
	char problem[320];
	unsigned vendor;

	if (!ph_reasons_has(&unit->reasons, "unplugged") ||
		sscanf(unit->config->connection, "hid:%4x:", &vendor) != 1 || !vendor)
		return;
	for (size_t i = 0; i < diagnosis->count; i++) {
		const struct seen *seen = &diagnosis->seen[i];
		if (*seen->owner || strcmp(seen->node.subsystem, "input") != 0 ||
			!seen->node.keyboard || seen->node.vendor != vendor)
			continue;
		snprintf(problem, sizeof problem,
			"%s is not there, but a keyboard of the same maker is: %s (%04x:%04x)",
			unit->name, seen->node.devnode, seen->node.vendor, seen->node.product);
		ph_finding_add(diagnosis->doctor.list,
			&(struct ph_finding){"error", unit->name, problem,
				"it may have been set to keyboard mode",
				unit->devices[PH_CLASS_MSR]
					? "set it to HID mode again with its maker's program"
					: "scan the code for USB HID POS mode in its manual"});
		return;
	}
}

static void examine_nodes(struct diagnosis *diagnosis)
{
	struct ph_rule_claims claims = {0};

	ph_rule_claims_read(&claims, diagnosis->doctor.root);
	for (size_t i = 0; i < diagnosis->count; i++) {
		const struct seen *seen = &diagnosis->seen[i];
		if (!*seen->owner) {
			examine_unserved(diagnosis, &seen->node);
			continue;
		}
		examine_permission(diagnosis, seen);
		if (strcmp(seen->node.subsystem, "usb") != 0)
			continue;
		ph_doctor_power(&diagnosis->doctor, seen->owner, &seen->node);
		ph_doctor_usblp(&diagnosis->doctor, seen->owner, &seen->node);
		ph_doctor_rules(&diagnosis->doctor, seen->owner, &seen->node, &claims);
	}
	ph_rule_claims_done(&claims);
	for (const struct ph_unit *u = diagnosis->daemon->units; u; u = u->next)
		examine_mode(diagnosis, u);
}

/* ---- queues ---- */

/* The node a printer is written at: that of the USB device, or the port it is a serial printer at. */
static const struct ph_node *node_of(const struct diagnosis *diagnosis, const struct ph_unit *unit)
{
	const struct ph_node *node = NULL;

	for (size_t i = 0; i < diagnosis->count; i++) {
		const struct seen *seen = &diagnosis->seen[i];
		if (strcmp(seen->owner, unit->name) != 0)
			continue;
		if (strcmp(seen->node.subsystem, "usb") != 0)
			return &seen->node;
		node = &seen->node;
	}
	return node;
}

/* A queue, as poshal-discover tells it. */
static void on_line(void *userdata, const char *line, size_t len)
{
	struct diagnosis *diagnosis = userdata;
	cJSON *row = ph_json_scan(line, len, PH_JSON_DEPTH_MAX) == 0
			     ? cJSON_ParseWithLength(line, len)
			     : NULL;
	const char *queue =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, "connection"));
	const char *uri = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, "device_uri"));

	for (const struct ph_unit *u = diagnosis->daemon->units; u && queue && uri; u = u->next)
		if (u->devices[PH_CLASS_PRINTER] && !strncmp(queue, "cups:", 5))
			ph_doctor_queue(&diagnosis->doctor, queue + 5, uri,
				&(struct ph_served){
					u->name, u->config->connection, node_of(diagnosis, u)});
	cJSON_Delete(row);
}

static void answer(struct diagnosis *diagnosis)
{
	struct ph_call *call = diagnosis->call;
	cJSON *result = cJSON_CreateObject();

	cJSON_AddItemToObject(result, "findings", PH_STEAL(diagnosis->doctor.list));
	call->cancel = NULL;
	diagnosis_free(diagnosis);
	ph_call_reply(call, result);
}

static void on_end(void *userdata, int r)
{
	struct diagnosis *diagnosis = userdata;

	diagnosis->helper = NULL;
	answer(diagnosis);
}

static void cancel(struct ph_call *call)
{
	struct diagnosis *diagnosis = call->userdata;

	diagnosis->given_up = true;
	if (!diagnosis->waiting)
		diagnosis_free(diagnosis);
	ph_call_fail(call, PH_E_CANCELLED, "the diagnosis was given up");
}

static bool has_printer(const struct ph_daemon *daemon)
{
	for (const struct ph_unit *u = daemon->units; u; u = u->next)
		if (u->devices[PH_CLASS_PRINTER] && strncmp(u->config->connection, "cups:", 5) != 0)
			return true;
	return false;
}

static void look(struct diagnosis *diagnosis)
{
	struct ph_daemon *daemon = diagnosis->daemon;
	struct ph_helper_spec spec = {.program = PROGRAM,
		.args = {"--queues", "--no-mdns", "--no-port"},
		.timeout_ms = QUEUES_MS,
		.line_max = PH_DISCOVER_LINE_MAX,
		.line = on_line,
		.end = on_end,
		.userdata = diagnosis};

	ph_system_findings(daemon, diagnosis->doctor.list);
	ph_hotplug_list(on_node, diagnosis);
	inherit_owners(diagnosis);
	examine_nodes(diagnosis);
	if (!has_printer(daemon) || ph_helper_new(daemon, &spec, &diagnosis->helper) < 0)
		answer(diagnosis);
}

/* A journal that cannot be read is a finding of its own. */
static void on_queue(struct ph_queue_survey *survey, int result)
{
	struct diagnosis *diagnosis = survey->userdata;

	diagnosis->waiting = false;
	if (diagnosis->given_up) {
		diagnosis_free(diagnosis);
		return;
	}
	if (result >= 0)
		ph_queue_examine(survey, diagnosis->doctor.list);
	look(diagnosis);
}

/* The acquirer is there, or will not be. */
static void on_met(void *userdata)
{
	struct diagnosis *diagnosis = userdata;

	diagnosis->waiting = false;
	if (diagnosis->given_up) {
		diagnosis_free(diagnosis);
		return;
	}
	diagnosis->queue.add_up = true;
	diagnosis->queue.done = on_queue;
	diagnosis->queue.userdata = diagnosis;
	diagnosis->waiting = ph_queue_survey(diagnosis->daemon, &diagnosis->queue) >= 0;
	if (!diagnosis->waiting)
		look(diagnosis);
}

void ph_system_diagnose(struct ph_call *call)
{
	struct ph_daemon *daemon = call->daemon;

	if (daemon->searches >= PH_SEARCHES_MAX) {
		ph_call_fail(call, PH_E_BUSY, "too many ask at once");
		return;
	}
	struct diagnosis *diagnosis = calloc(1, sizeof *diagnosis);
	if (!diagnosis) {
		ph_call_fail(call, PH_E_FAILURE, "out of memory");
		return;
	}
	*diagnosis = (struct diagnosis){.daemon = daemon,
		.call = call,
		.doctor = {cJSON_CreateArray(), daemon->paths.system, ph_doctor_may_open}};
	daemon->searches++;
	call->userdata = diagnosis;
	call->cancel = cancel;
	diagnosis->waiting = ph_payments_meet(daemon, on_met, diagnosis);
	if (!diagnosis->waiting)
		on_met(diagnosis);
}
