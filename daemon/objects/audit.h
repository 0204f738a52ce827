/* The audit trail as seen by the objects that write it. */
#ifndef PH_DAEMON_OBJECTS_AUDIT_H
#define PH_DAEMON_OBJECTS_AUDIT_H

#include <cjson/cJSON.h>

struct ph_call;

/* Records that this call was made, by whom and with what outcome. `detail` (may be NULL) is taken over. */
void ph_audit(const struct ph_call *call, const char *device, const char *outcome, cJSON *detail);

#endif
