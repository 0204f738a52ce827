/* Reading the configuration and bringing the units in step with it. */
#ifndef PH_DAEMON_CORE_RELOAD_H
#define PH_DAEMON_CORE_RELOAD_H

#include <cjson/cJSON.h>

struct ph_config;
struct ph_daemon;

/*
 * Loads the configuration and puts it in force, without touching a device; the one before belongs to the caller.
 * -ENOMEM: nothing changed.
 */
int ph_config_read(struct ph_daemon *daemon, struct ph_config **ret_before);

/*
 * Brings the units in step: devices that did not change are left alone, the others are removed, added or started again.
 * Names of changed devices are added to `changed` when it is not NULL. `before` (may be NULL) is freed.
 */
void ph_config_apply(struct ph_daemon *daemon, struct ph_config *before, cJSON *changed);

/*
 * Loads the configuration as it would be with `text` in place of the file `file` of devices.d, and puts nothing in force. The
 * caller frees it.
 */
int ph_config_try(const struct ph_daemon *daemon, const char *file, const char *text,
	struct ph_config **ret_config);

/* Both, for a running service. -ENOMEM or, while it ends, -EBUSY: nothing changed. */
int ph_reload(struct ph_daemon *daemon, cJSON *changed);

/* The problems of the configuration in force, as {file, line, text} objects. */
cJSON *ph_config_problems(const struct ph_daemon *daemon);

#endif
