// system.info, and what the service would tell a technician of itself; the machine around it is looked at by diagnose.c.
#include "daemon/core/system.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/names.h"
#include "daemon/core/config.h"
#include "daemon/core/daemon.h"
#include "daemon/core/doctor.h"
#include "daemon/core/process.h"
#include "daemon/core/reload.h"
#include "daemon/core/render.h"
#include "daemon/core/storage.h"
#include "daemon/doors/call.h"
#include "daemon/doors/handlers.h"
#include "daemon/journal/journal.h"
#include "daemon/objects/device.h"
#include "daemon/objects/job.h"
#include "daemon/payments/payment.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SWIPES_MIN 3 /* cards, before none read means that something is wrong */

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
	cJSON_AddItemToObject(result, "journal", ph_storage_describe(daemon));
	cJSON_AddItemToObject(result, "keys", ph_payments_keys(daemon));
	ph_call_reply(call, result);
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
	{"parameters_expiring", "warning",
		"the reader's parameter file, or a key in it, runs out within 30 days",
		"ask the acquirer for the next file; the log names what runs out"},
	{"parameters_expired", "error", "the reader's parameter file, or a key in it, has run out",
		"put the acquirer's current file in its place; the log names what has run out"},
	{"no_fingerprint_key", "warning",
		"the reader has no key to tell cards apart by, so sales without the host are "
		"refused where there is a limit for each card",
		"let its process write the file of fingerprint_key; the log says what failed"},
	{"no_deny_list", "warning",
		"the reader's list of denied cards is missing, not signed or expired, so sales "
		"without the host are refused",
		"put the current list and its signature in place; the log says what is wrong"},
};

/* "it is in keyboard mode: scan the code ...", where the driver knows what the device is and what helps. */
static void explain_mode(struct ph_finding *finding, char *message)
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
		struct ph_finding finding = {reasons[i].severity, device->id, problem,
			reasons[i].cause, reasons[i].advice};
		memcpy(message, device->unit->message, sizeof message);
		if (of_link && !strcmp(word, "wrong_mode"))
			explain_mode(&finding, message);
		if (of_link)
			snprintf(problem, sizeof problem, "%s is %s: %s", device->id,
				ph_device_state_name(device->unit->state), word);
		else
			snprintf(problem, sizeof problem, "%s reports %s", device->id, word);
		ph_finding_add(list, &finding);
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
		ph_finding_add(
			list, &(struct ph_finding){"info", device->id, "the device is disabled",
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
		ph_finding_add(
			list, &(struct ph_finding){"info", device->id, problem,
				      "it did not say what it is, or there is no profile for it",
				      "set `profile` in the device's section"});
	}
	if (confirms && !strcmp(confirms, "none")) {
		snprintf(problem, sizeof problem, "%.70s cannot confirm what it has printed",
			device->id);
		ph_finding_add(
			list, &(struct ph_finding){"info", device->id, problem,
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
		ph_finding_add(list, &(struct ph_finding){"warning", "poshal-render",
					     "images, codes and scripts that a printer does not "
					     "have cannot be printed, nor pictures previewed",
					     "the program is not installed",
					     "install poshal-render; nothing needs a restart"});
	else if (trouble)
		ph_finding_add(list, &(struct ph_finding){"warning", "poshal-render",
					     "the last drawing could not be made", trouble,
					     "see the log; receipts are printed without it"});
	if (daemon->fonts_missing[0])
		ph_finding_add(
			list, &(struct ph_finding){"warning", "fonts", daemon->fonts_missing,
				      "a job had characters that no installed font has",
				      "install fonts of that script, for example fonts-noto"});
}

static void examine_configuration(cJSON *list, const struct ph_daemon *daemon)
{
	const struct ph_problems *problems = &daemon->config->problems;
	char subject[300];

	for (size_t i = 0; i < problems->len; i++) {
		ph_problem_place(&problems->items[i], subject, sizeof subject);
		ph_finding_add(list,
			&(struct ph_finding){"error", subject, problems->items[i].text,
				"the configuration is not right there; the rest of it is in force",
				"correct the line, then `poshalctl reload`"});
	}
	for (size_t i = 0; i < daemon->config->roles_len; i++) {
		const struct ph_config_role *role = &daemon->config->roles[i];
		if (ph_role_find((struct ph_daemon *)(uintptr_t)daemon, role->name))
			continue;
		ph_finding_add(list,
			&(struct ph_finding){"warning", role->name, "no device of this role exists",
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
			ph_finding_add(
				list, &(struct ph_finding){"warning", a->name, problem, cause,
					      "leave each in its port: that is how they are "
					      "known"});
		}
	}
}

/* How the last weighing failed, where more is known of it than that. */
static const struct {
	const char *error, *cause, *advice;
} weighings[] = {
	{"Extended.UnitMismatch", "the scale weighs in another unit than its section says",
		"set `unit` in its section to the scale's, or the scale to that unit; nothing is "
		"converted"},
	{"Extended.NotUnderstood",
		"it sends something, but not in the protocol of its section, or at another speed",
		"set `protocol` in its section, and speed, bits and parity in its connection, to "
		"what "
		"the scale is set to"},
	{"Timeout", "the scale is silent when it is asked in the protocol of its section",
		"switch it on; see which protocol it is set to (`protocol` in its section), and "
		"the "
		"speed, bits and parity of its line"},
};

static void examine_scale(cJSON *list, const struct ph_device *device)
{
	char problem[160];

	for (size_t i = 0; i < PH_ARRAY_SIZE(weighings); i++) {
		if (strcmp(weighings[i].error, device->trouble) != 0)
			continue;
		snprintf(problem, sizeof problem, "%.80s: the last weighing failed (%s)",
			device->id, device->trouble);
		ph_finding_add(list, &(struct ph_finding){"warning", device->id, problem,
					     weighings[i].cause, weighings[i].advice});
	}
}

static void examine_stripe_reader(cJSON *list, const struct ph_device *device)
{
	uint64_t failed = device->counters[PH_COUNT_FAILED_CARD];
	char problem[160];

	if (failed < SWIPES_MIN || device->counters[PH_COUNT_GOOD_CARD])
		return;
	snprintf(problem, sizeof problem, "%.80s has read none of %llu cards", device->id,
		(unsigned long long)failed);
	ph_finding_add(list,
		&(struct ph_finding){"warning", device->id, problem,
			"it sends in another form than its driver expects, its keyboard layout is "
			"another one, or its head is dirty",
			"clean it with a cleaning card; set it to its maker's usual form; for one "
			"that "
			"is a keyboard, say its `layout` in its section"});
}

void ph_system_findings(const struct ph_daemon *daemon, cJSON *list)
{
	examine_configuration(list, daemon);
	for (const struct ph_device *d = daemon->devices; d; d = d->next) {
		examine_device(list, d);
		examine_printer(list, d);
		examine_scale(list, d);
		examine_stripe_reader(list, d);
	}
	examine_twins(list, daemon);
	examine_renderer(list, daemon);
	ph_payments_examine(daemon, list);
	if (!daemon->devices)
		ph_finding_add(
			list, &(struct ph_finding){"info", "devices", "no device is configured",
				      "there is no [device NAME] section in the configuration",
				      "docs/configuration.md shows one for each kind of device"});
	if (!strcmp(daemon->bus_state, "absent"))
		ph_finding_add(list, &(struct ph_finding){"warning", "D-Bus",
					     "the service runs without the message bus",
					     "no system bus was reachable, or the name org.poshal1 "
					     "was not granted",
					     "start the bus and restart poshald; the JSON socket "
					     "works meanwhile"});
	ph_storage_examine(daemon, list);
}
