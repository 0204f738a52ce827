/* The journal as the service has it: opened, or done without; what is wrong with it is told in the log, in findings and in system.info. */
#ifndef PH_DAEMON_CORE_STORAGE_H
#define PH_DAEMON_CORE_STORAGE_H

#include <cjson/cJSON.h>

struct ph_daemon;

/* Opens the journal and hands out what is in it. A file that cannot be used is left alone, and devices are served without (journal_storage.h). */
int ph_storage_open(struct ph_daemon *daemon);

void ph_storage_examine(const struct ph_daemon *daemon, cJSON *list);

/* {"health":"ok","text"?:"...","full":false,"free_bytes":1000,"least_bytes":1000}; NULL without memory. */
cJSON *ph_storage_describe(const struct ph_daemon *daemon);

#endif
