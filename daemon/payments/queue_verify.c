// queue.verify: whether all that is stored of the queue agrees: audit trail, sums, keys of sealed records, the journal's file.
#include "base/cleanup.h"
#include "daemon/doors/handlers.h"
#include "daemon/journal/journal_keys.h"
#include "daemon/journal/journal_storage.h"
#include "daemon/payments/payment_private.h"
#include "daemon/payments/queue_query.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct verifying {
	struct ph_call *call;
	struct ph_journal_audit_verify audit;
	struct ph_journal_queue_totals totals;
	struct ph_journal_seal_keys keys;
	cJSON *problems;
};

static void verifying_free(struct verifying *verifying)
{
	cJSON_Delete(verifying->problems);
	free(verifying);
}

static void fail(struct verifying *verifying, int r)
{
	ph_call_fail_read(verifying->call, r);
	verifying_free(verifying);
}

static void add_problem(
	struct verifying *verifying, const char *part, const char *problem, const char *advice)
{
	cJSON *item = cJSON_CreateObject();

	cJSON_AddStringToObject(item, "part", part);
	cJSON_AddStringToObject(item, "problem", problem);
	cJSON_AddStringToObject(item, "advice", advice);
	cJSON_AddItemToArray(verifying->problems, item);
}

/* ---- what was found ---- */

static void add_audit(struct verifying *verifying, cJSON *answer)
{
	const struct ph_journal_audit_verify *audit = &verifying->audit;
	cJSON *out = cJSON_AddObjectToObject(answer, "audit");
	char head[PH_AUDIT_HEAD_SIZE], text[120];

	ph_audit_head_text(audit->head, head);
	cJSON_AddBoolToObject(out, "ok", audit->fault == PH_AUDIT_OK);
	cJSON_AddNumberToObject(out, "entries", (double)audit->count);
	cJSON_AddStringToObject(out, "head", head);
	if (audit->fault == PH_AUDIT_OK)
		return;
	cJSON_AddNumberToObject(out, "bad", (double)audit->bad_seq);
	cJSON_AddStringToObject(out, "problem", ph_audit_fault_name(audit->fault));
	snprintf(text, sizeof text, "the audit trail is broken at entry %lld: %s",
		(long long)audit->bad_seq, ph_audit_fault_name(audit->fault));
	add_problem(verifying, "audit", text,
		"keep a copy of the state folder; `poshalctl audit verify` says more");
}

static void add_sums(struct verifying *verifying, cJSON *answer)
{
	cJSON *out = cJSON_AddObjectToObject(answer, "exposure");

	cJSON_AddBoolToObject(out, "agrees", verifying->totals.agrees);
	cJSON_AddItemToObject(out, "totals", ph_queue_sums_json(&verifying->totals));
	if (!verifying->totals.agrees)
		add_problem(verifying, "exposure",
			"what is stored as at risk is not what the records are together",
			"keep a copy of the state folder: somebody has changed the file, or there "
			"is a mistake in poshal; a restart adds up anew");
}

static void add_key(struct verifying *verifying, cJSON *list, const struct ph_seal_key *key)
{
	cJSON *item = cJSON_CreateObject();
	char text[160];

	cJSON_AddStringToObject(item, "kid", key->kid);
	cJSON_AddStringToObject(item, "state", ph_seal_key_state_name(key->state));
	cJSON_AddNumberToObject(item, "records", (double)key->kept);
	cJSON_AddItemToArray(list, item);
	if (key->state != PH_SEAL_KEY_GONE || !key->kept)
		return;
	snprintf(text, sizeof text, "poshal-acquirer does not have the key `%s` of %lld records",
		key->kid, (long long)key->kept);
	add_problem(verifying, "sealed", text,
		"put the line of that key back into its key file; without it these records cannot "
		"be sent, reversed or given back");
}

static void add_sealed(struct verifying *verifying, cJSON *answer)
{
	cJSON *out = cJSON_AddObjectToObject(answer, "sealed"), *list = cJSON_CreateArray();
	int64_t records = 0, unreadable = 0;
	char text[120];

	for (uint32_t i = 0; i < verifying->keys.count; i++) {
		const struct ph_seal_key *key = &verifying->keys.keys[i];
		records += key->kept;
		if (key->kid[0])
			add_key(verifying, list, key);
		else
			unreadable += key->kept;
	}
	cJSON_AddNumberToObject(out, "records", (double)records);
	cJSON_AddNumberToObject(out, "unreadable", (double)unreadable);
	cJSON_AddItemToObject(out, "keys", list);
	if (!unreadable)
		return;
	snprintf(text, sizeof text, "%lld sealed records are of no form that is known",
		(long long)unreadable);
	add_problem(verifying, "sealed", text,
		"keep a copy of the state folder; what is in them is lost unless there is a "
		"backup");
}

static void add_journal(struct verifying *verifying, cJSON *answer)
{
	struct ph_journal *journal = verifying->call->daemon->journal;
	char text[PH_JOURNAL_HEALTH_TEXT];
	enum ph_journal_health health = ph_journal_health(journal, text);
	cJSON *out = cJSON_AddObjectToObject(answer, "journal");

	cJSON_AddStringToObject(out, "state", ph_journal_health_name(health));
	if (text[0])
		cJSON_AddStringToObject(out, "text", text);
	if (health == PH_JOURNAL_DAMAGED || health == PH_JOURNAL_CLOSED)
		add_problem(verifying, "journal", text[0] ? text : "its file cannot be used",
			"keep a copy of the state folder, and look at the disk; then put a backup "
			"back, or call the technician");
}

static void finish(struct verifying *verifying)
{
	cJSON *answer = cJSON_CreateObject();

	add_audit(verifying, answer);
	add_sums(verifying, answer);
	add_sealed(verifying, answer);
	add_journal(verifying, answer);
	cJSON_AddBoolToObject(answer, "ok", !cJSON_GetArraySize(verifying->problems));
	cJSON_AddItemToObject(answer, "problems", PH_STEAL(verifying->problems));
	ph_call_reply(verifying->call, answer);
	verifying_free(verifying);
}

/* ---- one thing after the other ---- */

static void on_keys(struct ph_journal_request *request, int result)
{
	struct verifying *verifying = request->userdata;

	if (result < 0)
		fail(verifying, result);
	else
		finish(verifying);
}

static void on_totals(struct ph_journal_request *request, int result)
{
	struct verifying *verifying = request->userdata;

	verifying->keys =
		(struct ph_journal_seal_keys){.request = {.done = on_keys, .userdata = verifying}};
	int r = result < 0 ? result
			   : ph_journal_seal_keys_submit(
				     verifying->call->daemon->journal, &verifying->keys);
	if (r < 0)
		fail(verifying, r);
}

static void on_audit(struct ph_journal_request *request, int result)
{
	struct verifying *verifying = request->userdata;

	verifying->totals = (struct ph_journal_queue_totals){
		.request = {.done = on_totals, .userdata = verifying}};
	int r = result < 0 ? result
			   : ph_journal_queue_totals_submit(
				     verifying->call->daemon->journal, &verifying->totals);
	if (r < 0)
		fail(verifying, r);
}

/* The acquirer has said its keys, or will not. */
static void on_met(void *userdata)
{
	struct verifying *verifying = userdata;

	if (verifying->call->daemon->payments->closing) { /* there is no journal any more */
		fail(verifying, -ECANCELED);
		return;
	}
	verifying->audit.request =
		(struct ph_journal_request){.done = on_audit, .userdata = verifying};
	int r = ph_journal_audit_verify_submit(verifying->call->daemon->journal, &verifying->audit);
	if (r < 0)
		fail(verifying, r);
}

void ph_queue_verify(struct ph_call *call)
{
	struct verifying *verifying = calloc(1, sizeof *verifying);

	if (!verifying) {
		ph_call_fail(call, PH_E_FAILURE, "out of memory");
		return;
	}
	verifying->call = call;
	verifying->problems = cJSON_CreateArray();
	if (!ph_payments_meet(call->daemon, on_met, verifying))
		on_met(verifying);
}
