/*
 * The configuration: poshal.conf and the files of devices.d, checked against the drivers' manifests. Reference:
 * docs/configuration.md. Whatever is wrong is one entry in `problems`, and the rest counts.
 */
#ifndef PH_DAEMON_CORE_CONFIG_H
#define PH_DAEMON_CORE_CONFIG_H

#include "base/cleanup.h"
#include "daemon/core/access.h"
#include "daemon/core/manifest.h"
#include "daemon/core/problem.h"
#include "daemon/payments/offline_policy.h"
#include "poshal/limits.h"
#include "poshal/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_CONFIG_FILES_MAX	 256 /* of devices.d; with more, none of that folder is read */
#define PH_CONFIG_ID_MAX	 (PH_NAME_MAX + 15) /* bytes of a device id in a role: a name and a class */
#define PH_CONFIG_CONNECTION_MAX 512 /* bytes of a connection URL; longer is a problem */
#define PH_CONFIG_TEXT_MAX	 63  /* bytes of vendor, model and serial; longer is a problem */

enum ph_config_dbus {
	PH_CONFIG_DBUS_AUTO, /* use a bus if there is one */
	PH_CONFIG_DBUS_YES,
	PH_CONFIG_DBUS_NO,
	PH_CONFIG_DBUS_COUNT_
};

struct ph_config_service {
	int log_level; /* LOG_ERR, LOG_WARNING, LOG_INFO (default) or LOG_DEBUG of syslog.h */
	unsigned document_keep_hours; /* 0 to 8760, default 24 */
	enum ph_config_dbus dbus;
	unsigned max_clients;	  /* 1 to PH_CLIENTS_MAX, the default */
	bool hotplug;		  /* serve recognised devices without a section; default true */
	char *vendor_drivers_dir; /* absolute, or NULL: that of the source */
};

/* [payments]; what receipts and messages to a host say of the shop. */
struct ph_config_payments {
	char terminal_id[17]; /* the till towards the host; "": as the acquirer says */
	char merchant_id[17], merchant_name[41], merchant_place[41]; /* for receipts; may be "" */
	char currency[4];  /* where a call names none; default "EUR" */
	unsigned choice_s; /* a question to the customer; then nobody has chosen; default 60 */
	unsigned card_s;   /* a card reader without a card; then `no_card`; default 300 */
	unsigned answer_s; /* a call whose host or terminal is away; then Uncertain; default 60 */
	unsigned
		void_days; /* account data of approved payments; then they cannot be undone; default 30 */
};

struct ph_node;

struct ph_config_option {
	char *name, *value;
};

struct ph_config_device {
	char *name; /* 1 to 64 characters of [A-Za-z0-9._-], the first a letter or digit */
	char *driver;
	const struct ph_manifest *manifest; /* of the driver; belongs to the configuration */
	char *connection;		    /* URL; its scheme is one of the manifest's */
	uint32_t classes; /* 1u << enum ph_class; those of the manifest or a part */
	bool enabled;
	bool dials_in;	   /* started by a unit of its own; poshald waits for it on drivers.sock */
	uid_t dial_in_uid; /* which must be the caller's there */
	unsigned
		age_out_ms; /* how long labels wait for a holder; 0 to 3600000, default 0: not at all */
	unsigned left_open_after_ms;	  /* alarm of a drawer; 0 (default): none */
	unsigned left_open_repeat_ms;	  /* 0: once */
	char *vendor, *model, *serial;	  /* texts that replace what the device says, or NULL */
	struct ph_config_option *options; /* sorted by name, checked against the manifest */
	size_t options_len;
	char *file;		    /* "" of a recognised device without a section */
	unsigned line;		    /* of the section */
	const struct ph_node *seen; /* of a recognised device: what it says of itself; or NULL */
	bool absent;		    /* recognised, and not plugged in: no process is started */
};

struct ph_config_role {
	char *name;
	/* ids in the order of fail-over; not checked against the devices, which may come later */
	char *devices[PH_ROLE_DEVICES];
	size_t devices_len;
	int failover_after_s; /* of print jobs: 0 to PH_FAILOVER_S_MAX, or -1 for never */
	char *file;
	unsigned line;
};

struct ph_config {
	struct ph_config_service service;
	struct ph_config_payments payments;
	struct ph_offline_limits offline;
	struct ph_access access;
	struct ph_manifests manifests;
	struct ph_config_device *devices; /* in the order of the files; a wrong one is left out */
	size_t devices_len;
	struct ph_config_role *roles;
	size_t roles_len;
	struct ph_problems problems;
};

struct ph_config_source {
	const char *etc_dir;		/* holds poshal.conf and devices.d */
	const char *drivers_dir;	/* manifests of the drivers of poshal; NULL for none */
	const char *vendor_drivers_dir; /* unless [service] names another; NULL for none */
	uid_t own_uid;			/* has all grants */
	/* A file of devices.d that is not written yet, or is to be another: its text counts. NULL for none. */
	const char *draft_file, *draft_text;
};

/*
 * Reads everything. Missing files are an empty configuration. Returns 0, also with problems, or -ENOMEM.
 * Reads files and looks up users and groups: at start and on reload only.
 */
int ph_config_load(const struct ph_config_source *source, struct ph_config **ret_config);
void ph_config_free(struct ph_config *config); /* accepts NULL */
PH_DEFINE_CLEANUP(struct ph_config *, ph_config_free)

const struct ph_config_device *ph_config_find_device(
	const struct ph_config *config, const char *name);

/* True when a running device need not be restarted: all but manifest, file and line is the same. */
bool ph_config_device_equal(const struct ph_config_device *a, const struct ph_config_device *b);

/* True for a name a device or role may have. */
bool ph_config_name_valid(const char *name);

#endif
