// What the machine does to a device that is plugged in: who may open it, whether it sleeps, who else takes it.
#include "daemon/core/doctor.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE (PH_SYSPATH_MAX + 512)

PH_DEFINE_CLEANUP(DIR *, closedir)

void ph_finding_add(cJSON *list, const struct ph_finding *finding)
{
	cJSON *row = cJSON_CreateObject();

	cJSON_AddStringToObject(row, "severity", finding->severity);
	cJSON_AddStringToObject(row, "subject", finding->subject);
	cJSON_AddStringToObject(row, "problem", finding->problem);
	cJSON_AddStringToObject(row, "cause", finding->cause);
	cJSON_AddStringToObject(row, "advice", finding->advice);
	cJSON_AddItemToArray(list, row);
}

/* ---- permission ---- */

int ph_doctor_may_open(const char *path)
{
	return faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) < 0 ? -errno : 0;
}

/* The class of nodes as DeviceAllow= names it. */
static const char *device_class(const struct ph_node *node)
{
	static const struct {
		const char *prefix, *name;
	} classes[] = {{"/dev/hidraw", "char-hidraw"}, {"/dev/input/", "char-input"},
		{"/dev/ttyACM", "char-ttyACM"}, {"/dev/ttyUSB", "char-ttyUSB"},
		{"/dev/ttyS", "char-ttyS"}, {"/dev/rfcomm", "char-rfcomm"},
		{"/dev/bus/usb/", "char-usb_device"}};

	for (size_t i = 0; i < PH_ARRAY_SIZE(classes); i++)
		if (!strncmp(node->devnode, classes[i].prefix, strlen(classes[i].prefix)))
			return classes[i].name;
	return "its class of devices";
}

static void find_policy(
	const struct ph_doctor *doctor, const char *name, const struct ph_node *node)
{
	const char *class_ = device_class(node);
	char problem[200], advice[300];

	snprintf(problem, sizeof problem,
		"%s: %s may not be opened (EPERM), whatever its mode says", name, node->devnode);
	snprintf(advice, sizeof advice,
		"`systemctl restart poshald`; if that does not help, `systemctl edit poshald` and "
		"add "
		"DeviceAllow=%s rw to [Service]",
		class_);
	ph_finding_add(doctor->list, &(struct ph_finding){"error", name, problem,
					     "the device policy of the service's unit leaves it "
					     "out: DeviceAllow= does not "
					     "name its class, or the kernel's module for it was "
					     "loaded after the service "
					     "had started",
					     advice});
}

static void find_mode(const struct ph_doctor *doctor, const char *name, const struct ph_node *node)
{
	char path[PATH_SIZE], problem[300];
	struct stat st;

	snprintf(path, sizeof path, "%s%s", doctor->root, node->devnode);
	if (stat(path, &st) < 0)
		return;
	const struct passwd *user = getpwuid(st.st_uid), *own = getpwuid(geteuid());
	const struct group *group = getgrgid(st.st_gid);
	snprintf(problem, sizeof problem,
		"%s: %s is %.32s:%.32s with mode %04o, and the service runs as %.32s", name,
		node->devnode, user ? user->pw_name : "?", group ? group->gr_name : "?",
		st.st_mode & 07777, own ? own->pw_name : "?");
	ph_finding_add(doctor->list,
		&(struct ph_finding){"error", name, problem,
			node->poshal
				? "udev knows it as poshal's; a later rule, or somebody by hand, "
				  "has changed its group or mode"
				: "poshal's rules of udev are not in force for it: they are not "
				  "installed, came later than the device, or it was adopted "
				  "without a rule",
			node->poshal
				? "`udevadm test` with its path in /sys names the rule; "
				  "`udevadm trigger` applies poshal's again"
				: "install them, or give udev the rule that `poshalctl adopt` "
				  "prints; then `udevadm control --reload` and `udevadm trigger`"});
}

bool ph_doctor_permission(
	const struct ph_doctor *doctor, const char *name, const struct ph_node *node)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof path, "%s%s", doctor->root, node->devnode);
	int r = doctor->may_open(path);
	if (r == -EPERM)
		find_policy(doctor, name, node);
	else if (r == -EACCES)
		find_mode(doctor, name, node);
	return r == -EPERM || r == -EACCES;
}

/* ---- power ---- */

static bool read_word(const char *path, char *out, size_t size)
{
	FILE *file = fopen(path, "re");
	bool read = file && fgets(out, (int)size, file);

	if (file)
		fclose(file);
	if (read)
		out[strcspn(out, " \n")] = '\0';
	return read;
}

void ph_doctor_power(const struct ph_doctor *doctor, const char *name, const struct ph_node *usb)
{
	char path[PATH_SIZE], word[16], problem[200], advice[PATH_SIZE + 100];

	snprintf(path, sizeof path, "%s%s/power/control", doctor->root, usb->syspath);
	if (!read_word(path, word, sizeof word) || strcmp(word, "auto") != 0)
		return;
	snprintf(problem, sizeof problem, "%s may be put to sleep: autosuspend is on in port %s",
		name, usb->port);
	snprintf(advice, sizeof advice,
		"`echo on > %s/power/control`, and except %04x:%04x from that program or list; "
		"poshal's rules of udev switch it off",
		usb->syspath, usb->vendor, usb->product);
	ph_finding_add(doctor->list, &(struct ph_finding){"warning", name, problem,
					     "a program that saves power, or udev's list for "
					     "autosuspend, has set it; what a "
					     "scanner or scale says while it wakes up is lost",
					     advice});
}

/* ---- usblp ---- */

/* The name of the driver that has an interface, in `out`; false when there is none. */
static bool read_driver(const char *interface, char *out, size_t size)
{
	char path[PATH_SIZE], target[256];

	if (snprintf(path, sizeof path, "%s/driver", interface) >= (int)sizeof path)
		return false;
	ssize_t n = readlink(path, target, sizeof target - 1);
	if (n < 0)
		return false;
	target[n] = '\0';
	snprintf(out, size, "%s", basename(target));
	return true;
}

void ph_doctor_usblp(const struct ph_doctor *doctor, const char *name, const struct ph_node *usb)
{
	char path[PATH_SIZE], interface[PATH_SIZE + 260], driver[64], problem[500];
	size_t len = strlen(usb->port);
	const struct dirent *entry;

	snprintf(path, sizeof path, "%s%s", doctor->root, usb->syspath);
	PH_CLEANUP(closedir_p) DIR *folder = opendir(path);
	while (folder && (entry = readdir(folder))) {
		if (strncmp(entry->d_name, usb->port, len) != 0 || entry->d_name[len] != ':')
			continue;
		snprintf(interface, sizeof interface, "%s/%s", path, entry->d_name);
		if (!read_driver(interface, driver, sizeof driver) || strcmp(driver, "usblp") != 0)
			continue;
		snprintf(problem, sizeof problem,
			"%s: the kernel's driver usblp has its interface %s", name, entry->d_name);
		ph_finding_add(doctor->list,
			&(struct ph_finding){"warning", name, problem,
				"as long as it does, other programs can write to /dev/usb/lp*; "
				"poshal "
				"takes the interface when it opens the printer, which it has not "
				"done",
				"end what uses /dev/usb/lp* (`fuser -v /dev/usb/lp*`); to keep "
				"usblp away "
				"for good: `blacklist usblp` in a file of /etc/modprobe.d"});
		return;
	}
}

/* ---- rules of others ---- */

/* What each program does to a port, and how to stop it. */
static const struct {
	const char *program, *cause, *advice;
} takers[] = {
	{"brltty", "brltty takes the port for a Braille display as soon as it is plugged in",
		"without such a display: remove the package brltty; else hide the rule with a file "
		"of "
		"its name in /etc/udev/rules.d without that line, then `udevadm control --reload`"},
	{"gpsd", "gpsd opens the port and speaks to it as to a GPS receiver",
		"without one: remove the package gpsd; else hide the rule with a file of its name "
		"in "
		"/etc/udev/rules.d without that line, then `udevadm control --reload`"},
	{"ModemManager", "ModemManager writes to the port to see whether it is a modem",
		"give it ID_MM_DEVICE_IGNORE=1, as poshal's rules do for devices they know and the "
		"rule "
		"of `poshalctl adopt` for others"},
};

void ph_doctor_rules(const struct ph_doctor *doctor, const char *name, const struct ph_node *usb,
	const struct ph_rule_claims *claims)
{
	char problem[600];

	for (size_t i = 0; i < claims->len; i++) {
		const struct ph_rule_claim *claim = &claims->items[i];
		if (!ph_rule_claim_fits(claim, usb))
			continue;
		size_t t = 0;
		while (t < PH_ARRAY_SIZE(takers) - 1 &&
			strcmp(takers[t].program, claim->program) != 0)
			t++;
		snprintf(problem, sizeof problem, "%s (%04x:%04x) is claimed for %s by %.300s:%u",
			name, usb->vendor, usb->product, claim->program, claim->file, claim->line);
		ph_finding_add(doctor->list, &(struct ph_finding){"warning", name, problem,
						     takers[t].cause, takers[t].advice});
	}
}
