/* Reading the configuration and bringing the units in step with it. */
#ifndef PH_DAEMON_CORE_RELOAD_H
#define PH_DAEMON_CORE_RELOAD_H

#include <cjson/cJSON.h>

struct ph_daemon;

/*
 * Loads the configuration and applies it: devices that did not change are left alone, the others are removed, added or
 * started again. Names of changed devices are added to `changed` when it is not NULL. -ENOMEM: nothing changed.
 */
int ph_reload(struct ph_daemon *daemon, cJSON *changed);

/* The problems of the configuration in force, as {file, line, text} objects. */
cJSON *ph_config_problems(const struct ph_daemon *daemon);

#endif
