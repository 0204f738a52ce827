// system.info and system.diagnose: what the service knows about itself, and what it would tell a technician.
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/names.h"
#include "daemon/core/config.h"
#include "daemon/core/daemon.h"
#include "daemon/core/hotplug.h"
#include "daemon/core/process.h"
#include "daemon/core/reload.h"
#include "daemon/core/render.h"
#include "daemon/doors/call.h"
#include "daemon/doors/handlers.h"
#include "daemon/journal/journal.h"
#include "daemon/objects/device.h"
#include "daemon/objects/job.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

void ph_system_info(struct ph_call *call)
{
	struct ph_daemon *daemon = call->daemon;
	struct ph_journal_stats stats;
	cJSON *result = cJSON_CreateObject();

	ph_journal_get_stats(daemon->journal, &stats);
	cJSON_AddStringToObject(result, "version", POSHAL_VERSION);
	cJSON_AddStringToObject(result, "instance", daemon->events.instance);
	cJSON_AddNumberToObject(
		result, "uptime_ms", (double)((ph_clock_mono_us() - daemon->started_us) / 1000));
	cJSON *counts = cJSON_AddObjectToObject(result, "counts");
	cJSON_AddNumberToObject(counts, "devices", daemon->device_count);
	cJSON_AddNumberToObject(counts, "clients", daemon->client_count);
	cJSON_AddNumberToObject(counts, "jobs", ph_jobs_count(daemon));
	cJSON_AddNumberToObject(counts, "events", (double)(daemon->events.next_seq - 1));
	cJSON_AddNumberToObject(counts, "journal_requests", (double)stats.requests);
	cJSON_AddNumberToObject(counts, "journal_commits", (double)stats.commits);
	cJSON_AddNumberToObject(counts, "journal_failures", (double)stats.failures);
	cJSON *paths = cJSON_AddObjectToObject(result, "paths");
	cJSON_AddStringToObject(paths, "run", daemon->paths.run);
	cJSON_AddStringToObject(paths, "state", daemon->paths.state);
	cJSON_AddStringToObject(paths, "configuration", daemon->paths.etc);
	cJSON_AddStringToObject(result, "bus", daemon->bus_state);
	ph_call_reply(call, result);
}

struct finding {
	const char *severity; /* error, warning, info */
	const char *subject, *problem, *cause, *advice;
};

static void add_finding(cJSON *list, const struct finding *finding)
{
	cJSON *row = cJSON_CreateObject();

	cJSON_AddStringToObject(row, "severity", finding->severity);
	cJSON_AddStringToObject(row, "subject", finding->subject);
	cJSON_AddStringToObject(row, "problem", finding->problem);
	cJSON_AddStringToObject(row, "cause", finding->cause);
	cJSON_AddStringToObject(row, "advice", finding->advice);
	cJSON_AddItemToArray(list, row);
}

/* What each reason word means to a person, and what helps. */
static const struct {
	const char *reason, *severity, *cause, *advice;
} reasons[] = {
	{"unplugged", "error", "the device or its port is not there",
		"plug it in and switch it on; check the connection in the configuration"},
	{"not_responding", "error", "the link is open and the device is silent",
		"check power, cable and line settings (baud, flow control)"},
	{"busy_elsewhere", "error", "another program has the device open",
		"end that program, or give the device to poshal alone"},
	{"no_permission", "error", "the service may not open the device node",
		"put the service into the group of the node, or install poshal's udev rules"},
	{"wrong_mode", "error", "the device does not speak the protocol of its driver",
		"set it to that protocol as its guide says, or name another driver in its section"},
	{"driver_missing", "error", "the driver's executable cannot be started",
		"install the driver again; its path is in the log"},
	{"driver_crashed", "error", "the driver's process ended unexpectedly",
		"see the log; it is started again by itself with growing pauses"},
	{"driver_not_connected", "error", "the driver has a unit of its own and has not reported",
		"start that unit; it must run as the device's dial_in_user"},
	{"bad_configuration", "error", "the driver refuses an option",
		"correct the device's section; the log names the key"},
	{"keeps_reconnecting", "error", "it came and went five times within a minute",
		"try another cable, port or hub; it is tried again by itself after a while"},
	{"rec_empty", "error", "the receipt paper has run out", "load paper and close the cover"},
	{"cover_open", "error", "the printer's cover is open", "close the cover"},
	{"cutter_error", "error", "the cutter is jammed",
		"clear the cutter and switch the printer off and on"},
	{"head_hot", "warning", "the print head is too hot", "wait; it goes on by itself"},
	{"printer_error", "error", "the printer reports an error", "switch the printer off and on"},
	{"off_line", "warning", "the printer is off line", "press its on-line or feed button"},
	{"rec_near_end", "warning", "the paper roll is nearly used up", "have a new roll ready"},
};

/* "it is in keyboard mode: scan the code ...", where the driver knows what the device is and what helps. */
static void explain_mode(struct finding *finding, char *message)
{
	char *advice = strstr(message, ": ");

	if (!advice)
		return;
	*advice = '\0';
	finding->cause = message;
	finding->advice = advice + 2;
}

/* `of_link`: the reason is why the device is not ready; else a ready device reports it. */
static void explain_reason(
	cJSON *list, const struct ph_device *device, const char *word, bool of_link)
{
	char problem[160], message[sizeof device->unit->message];

	for (size_t i = 0; i < PH_ARRAY_SIZE(reasons); i++) {
		if (strcmp(reasons[i].reason, word) != 0)
			continue;
		struct finding finding = {reasons[i].severity, device->id, problem,
			reasons[i].cause, reasons[i].advice};
		memcpy(message, device->unit->message, sizeof message);
		if (of_link && !strcmp(word, "wrong_mode"))
			explain_mode(&finding, message);
		if (of_link)
			snprintf(problem, sizeof problem, "%s is %s: %s", device->id,
				ph_device_state_name(device->unit->state), word);
		else
			snprintf(problem, sizeof problem, "%s reports %s", device->id, word);
		add_finding(list, &finding);
	}
}

static void examine_device(cJSON *list, const struct ph_device *device)
{
	const struct ph_unit *unit = device->unit;
	bool primary = !strcmp(device->id, unit->name);

	for (unsigned i = 0; primary && i < unit->reasons.count; i++)
		explain_reason(list, device, unit->reasons.words[i], true);
	for (unsigned i = 0; i < device->reasons.count; i++)
		explain_reason(list, device, device->reasons.words[i], false);
	if (primary && unit->state == PH_DEVICE_DISABLED)
		add_finding(list, &(struct finding){"info", device->id, "the device is disabled",
					  "an administrator or the configuration switched it off",
					  "`poshalctl enable` puts it back into service"});
}

static const char *capability(const struct ph_device *device, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(device->capabilities, name));
}

static bool profile_is_configured(const struct ph_device *device)
{
	const struct ph_config_device *config = device->unit->config;

	for (size_t i = 0; i < config->options_len; i++)
		if (!strcmp(config->options[i].name, "profile"))
			return strcmp(config->options[i].value, "auto") != 0;
	return false;
}

/* What a printer cannot do, or is not known to. */
static void examine_printer(cJSON *list, const struct ph_device *device)
{
	const char *profile = capability(device, "profile"),
		   *confirms = capability(device, "confirms");
	char problem[160];

	if (device->class_ != PH_CLASS_PRINTER || device->unit->state != PH_DEVICE_READY)
		return;
	if (profile && !strncmp(profile, "generic", 7) && !profile_is_configured(device)) {
		snprintf(problem, sizeof problem,
			"the model of %.70s is not known; profile %.40s is used", device->id,
			profile);
		add_finding(
			list, &(struct finding){"info", device->id, problem,
				      "it did not say what it is, or there is no profile for it",
				      "set `profile` in the device's section"});
	}
	if (confirms && !strcmp(confirms, "none")) {
		snprintf(problem, sizeof problem, "%.70s cannot confirm what it has printed",
			device->id);
		add_finding(list, &(struct finding){"info", device->id, problem,
					  "the printer, or its connection, sends nothing back",
					  "its jobs end as sent_unconfirmed; look at the paper"});
	}
}

/* The words of a job's note come from job_draw.c. */
static void examine_renderer(cJSON *list, const struct ph_daemon *daemon)
{
	const char *trouble = ph_render_trouble(daemon->render);
	char path[256];

	snprintf(path, sizeof path, "%s/poshal-render", daemon->paths.libexec);
	if (access(path, X_OK) < 0)
		add_finding(list, &(struct finding){"warning", "poshal-render",
					  "images, codes and scripts that a printer does not "
					  "have cannot be printed, nor pictures previewed",
					  "the program is not installed",
					  "install poshal-render; nothing needs a restart"});
	else if (trouble)
		add_finding(list, &(struct finding){"warning", "poshal-render",
					  "the last drawing could not be made", trouble,
					  "see the log; receipts are printed without it"});
	if (daemon->fonts_missing[0])
		add_finding(list, &(struct finding){"warning", "fonts", daemon->fonts_missing,
					  "a job had characters that no installed font has",
					  "install fonts of that script, for example fonts-noto"});
}

static void examine_configuration(cJSON *list, const struct ph_daemon *daemon)
{
	const struct ph_problems *problems = &daemon->config->problems;
	char subject[300];

	for (size_t i = 0; i < problems->len; i++) {
		ph_problem_place(&problems->items[i], subject, sizeof subject);
		add_finding(list,
			&(struct finding){"error", subject, problems->items[i].text,
				"the configuration is not right there; the rest of it is in force",
				"correct the line, then `poshalctl reload`"});
	}
	for (size_t i = 0; i < daemon->config->roles_len; i++) {
		const struct ph_config_role *role = &daemon->config->roles[i];
		if (ph_role_find((struct ph_daemon *)(uintptr_t)daemon, role->name))
			continue;
		add_finding(list,
			&(struct finding){"warning", role->name, "no device of this role exists",
				"the role names devices that are not configured",
				"correct [roles], or add the device"});
	}
}

/* Two units of a model with one number: nothing but their ports tells them apart. */
static void examine_twins(cJSON *list, const struct ph_daemon *daemon)
{
	char problem[320], cause[200];

	for (const struct ph_known *a = daemon->known.first; a; a = a->next) {
		for (const struct ph_known *b = a->next; b; b = b->next) {
			if (!a->identity.present || !b->identity.present ||
				!ph_identity_twins(&a->identity.node, &b->identity.node))
				continue;
			snprintf(problem, sizeof problem,
				"%s (port %s) and %s (port %s) have one serial number", a->name,
				a->identity.node.port, b->name, b->identity.node.port);
			snprintf(cause, sizeof cause, "their maker gave both the number %s",
				a->identity.node.serial);
			add_finding(list, &(struct finding){"warning", a->name, problem, cause,
						  "leave each in its port: that is how they are "
						  "known"});
		}
	}
}

struct node_findings {
	cJSON *list;
	const struct ph_daemon *daemon;
};

/* What a driver knows and nobody serves: rules of udev that are missing, scanners in another mode. */
static void examine_node(void *userdata, const struct ph_node *node)
{
	const struct node_findings *findings = userdata;
	const struct ph_manifest *manifest = NULL;
	const struct ph_manifest_match *row =
		ph_identity_row(&findings->daemon->config->manifests, node, &manifest);
	char problem[320];

	if (!row || ph_known_owner(findings->daemon, node))
		return;
	snprintf(problem, sizeof problem, "%s (%.60s %.60s) is not served", node->devnode,
		row->maker ? row->maker : node->maker, row->model ? row->model : node->model);
	if (!row->offered && !node->poshal)
		add_finding(findings->list, &(struct finding){"warning", node->devnode, problem,
						    "driver and device fit, but udev has not "
						    "tagged it: poshal's rules are "
						    "not installed, or came later than the device",
						    "install them, then `udevadm control --reload` "
						    "and `udevadm trigger`"});
	else if (row->offered && !strcmp(node->subsystem, "input"))
		add_finding(findings->list, &(struct finding){"info", node->devnode, problem,
						    "it is in keyboard mode: its labels go to "
						    "whatever window has the focus",
						    "scan the code for USB HID POS or serial mode "
						    "in its manual, or adopt "
						    "it as it is: `poshalctl discover`"});
}

static void examine_nodes(cJSON *list, const struct ph_daemon *daemon)
{
	struct node_findings findings = {list, daemon};

	ph_hotplug_list(examine_node, &findings);
}

void ph_system_diagnose(struct ph_call *call)
{
	struct ph_daemon *daemon = call->daemon;
	struct ph_journal_stats stats;
	cJSON *result = cJSON_CreateObject();
	cJSON *list = cJSON_AddArrayToObject(result, "findings");

	examine_configuration(list, daemon);
	for (struct ph_device *d = daemon->devices; d; d = d->next) {
		examine_device(list, d);
		examine_printer(list, d);
	}
	examine_twins(list, daemon);
	examine_nodes(list, daemon);
	examine_renderer(list, daemon);
	if (!daemon->devices)
		add_finding(
			list, &(struct finding){"info", "devices", "no device is configured",
				      "there is no [device NAME] section in the configuration",
				      "docs/configuration.md shows one for each kind of device"});
	if (!strcmp(daemon->bus_state, "absent"))
		add_finding(list, &(struct finding){"warning", "D-Bus",
					  "the service runs without the message bus",
					  "no system bus was reachable, or the name org.poshal1 "
					  "was not granted",
					  "start the bus and restart poshald; the JSON socket "
					  "works meanwhile"});
	ph_journal_get_stats(daemon->journal, &stats);
	if (stats.last_error)
		add_finding(list, &(struct finding){"error", "journal", stats.last_error_text,
					  "a write to the journal failed since the start",
					  "check free space and health of the disk"});
	ph_call_reply(call, result);
}
