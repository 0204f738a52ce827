/* What system.diagnose finds in the service itself. */
#ifndef PH_DAEMON_CORE_SYSTEM_H
#define PH_DAEMON_CORE_SYSTEM_H

#include <cjson/cJSON.h>

struct ph_daemon;

/* Adds findings about configuration, devices, programs and journal; what is around the devices is diagnose.c's. */
void ph_system_findings(const struct ph_daemon *daemon, cJSON *list);

#endif
