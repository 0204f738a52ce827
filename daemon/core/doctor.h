/*
 * The doctor's look at the machine around a device: permissions, power, other programs and the print server. Below `root`
 * are /etc, /sys, /usr and /dev of the machine; nothing is opened but files that describe. For a person's question only.
 */
#ifndef PH_DAEMON_CORE_DOCTOR_H
#define PH_DAEMON_CORE_DOCTOR_H

#include "daemon/core/identity.h"
#include "daemon/core/udev_rules.h"

#include <cjson/cJSON.h>

struct ph_finding {
	const char *severity; /* error, warning, info */
	const char *subject, *problem, *cause, *advice;
};

struct ph_doctor {
	cJSON *list;	  /* of findings */
	const char *root; /* "" for the machine's own */
	/* Whether this process may open a node for reading and writing: 0 or a negative errno; it is not opened. */
	int (*may_open)(const char *path);
};

void ph_finding_add(cJSON *list, const struct ph_finding *finding);

/* access(2) with the rights in force. */
int ph_doctor_may_open(const char *path);

/*
 * The device `name` may not be opened at this node: EPERM is the device policy of its unit, EACCES its mode. False when
 * neither is found to be so now, without a finding.
 */
bool ph_doctor_permission(
	const struct ph_doctor *doctor, const char *name, const struct ph_node *node);

/* `usb` is the node of the USB device (subsystem usb) that is served as `name`. */
void ph_doctor_power(const struct ph_doctor *doctor, const char *name, const struct ph_node *usb);
void ph_doctor_usblp(const struct ph_doctor *doctor, const char *name, const struct ph_node *usb);
void ph_doctor_rules(const struct ph_doctor *doctor, const char *name, const struct ph_node *usb,
	const struct ph_rule_claims *claims);

/* A printer as poshal serves it. */
struct ph_served {
	const char *name, *connection;
	const struct ph_node *node; /* or NULL where it is not on this machine */
};

/* A queue of CUPS and what it prints into; a finding when that is this printer. */
void ph_doctor_queue(const struct ph_doctor *doctor, const char *queue, const char *device_uri,
	const struct ph_served *served);

#endif
