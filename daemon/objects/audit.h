/* The audit trail as seen by the objects that write it. */
#ifndef PH_DAEMON_OBJECTS_AUDIT_H
#define PH_DAEMON_OBJECTS_AUDIT_H

#include <cjson/cJSON.h>

struct ph_call;
struct ph_daemon;

/* Records that this call was made, by whom and with what outcome. `detail` (may be NULL) is taken over. */
void ph_audit(const struct ph_call *call, const char *device, const char *outcome, cJSON *detail);

/* The same for what nobody called for: a drawer opened by its key. */
void ph_audit_happened(
	struct ph_daemon *daemon, const char *action, const char *device, const char *outcome);

#endif
