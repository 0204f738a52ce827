/* Devices nobody serves yet, for an administrator. */
#ifndef PH_DAEMON_OBJECTS_DISCOVER_H
#define PH_DAEMON_OBJECTS_DISCOVER_H

#include "daemon/core/identity.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

struct ph_daemon;

/*
 * A device as device.discover offers it, or NULL when the node is served, or none of our business. The caller owns it.
 */
cJSON *ph_discover_describe(const struct ph_daemon *daemon, const struct ph_node *node);

#endif
