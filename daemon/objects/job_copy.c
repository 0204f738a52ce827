// job.copy: what a printed job looked like, from the document the journal keeps for a while.
#include "base/cleanup.h"
#include "base/names.h"
#include "daemon/doors/call.h"
#include "daemon/doors/handlers.h"
#include "daemon/objects/client.h"
#include "daemon/objects/job_private.h"
#include "daemon/objects/preview.h"

#define COLUMNS_UNKNOWN 48 /* a job that was printed by a version that did not note the width */
#define MARK		"*** REPRINT ***"

PH_DEFINE_CLEANUP(cJSON *, cJSON_Delete)

/* Says why there is no copy for this caller; true: there is one. */
static bool may_have(struct ph_call *call, const struct ph_job_row *row)
{
	const struct ph_client *client = call->client;

	if (!client ||
		(client->uid != row->uid && !(client->grants & PH_GRANT_BIT(PH_GRANT_MONITOR)))) {
		ph_call_fail(call, PH_E_ACCESS_DENIED,
			"the copy of another user's job needs the grant `monitor`");
		return false;
	}
	if (row->state != PH_JOB_PRINTED && row->state != PH_JOB_SENT_UNCONFIRMED &&
		row->state != PH_JOB_UNCERTAIN) {
		ph_call_fail(call, PH_E_ILLEGAL, "the job is %s: there is no paper to copy",
			ph_job_state_name(row->state));
		return false;
	}
	if (!row->document) {
		ph_call_fail(call, PH_E_NOEXIST, "the document is not kept any more");
		return false;
	}
	return true;
}

static void copy_row(struct ph_call *call, const struct ph_job_row *row)
{
	const char *format = ph_param_str(call, "format");
	char name[PH_JOB_ID_SIZE];

	if (!may_have(call, row))
		return;
	PH_CLEANUP(cJSON_Delete_p) cJSON *document = cJSON_Parse(row->document);
	if (!document) {
		ph_call_fail(call, PH_E_FAILURE, "out of memory");
		return;
	}
	struct ph_preview preview = {.document = document,
		.columns = row->columns ? row->columns : COLUMNS_UNKNOWN,
		.mark = row->reprint ? MARK : NULL,
		.format = format ? format : "text",
		.result = cJSON_CreateObject()};
	ph_job_id_format(row->id, name);
	cJSON_AddStringToObject(preview.result, "job", name);
	cJSON_AddStringToObject(preview.result, "state", ph_job_state_name(row->state));
	cJSON_AddBoolToObject(preview.result, "reprint", row->reprint);
	ph_preview_answer(call, &preview);
}

void ph_job_copy_call(struct ph_call *call)
{
	ph_job_look_up(call, true, copy_row);
}
