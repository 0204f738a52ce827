/* The audit trail as seen by the objects that write it. */
#ifndef PH_DAEMON_OBJECTS_AUDIT_H
#define PH_DAEMON_OBJECTS_AUDIT_H

#include "daemon/journal/journal_audit.h"
#include "poshal/limits.h"

#include <cjson/cJSON.h>

struct ph_call;
struct ph_daemon;

/* Records that this call was made, by whom and with what outcome. `detail` (may be NULL) is taken over. */
void ph_audit(const struct ph_call *call, const char *device, const char *outcome, cJSON *detail);

/* A row that goes with a request to the journal: whoever has called may be gone when it is written. It does not move meanwhile. */
struct ph_call_audit {
	struct ph_audit_entry entry; /* `outcome` is the caller's */
	char who[64], device[PH_NAME_MAX + 1], *detail;
};
/* `action` stays the caller's, `detail` is taken over. -ENOMEM; then, too, it may be ended. */
int ph_call_audit_init(struct ph_call_audit *audit, const struct ph_call *call, const char *action,
	const char *device, cJSON *detail);
void ph_call_audit_done(struct ph_call_audit *audit);

/* The same for what nobody called for: a drawer opened by its key. */
void ph_audit_happened(
	struct ph_daemon *daemon, const char *action, const char *device, const char *outcome);

#endif
