// What the service knows of the keys account data is sealed to, and the walk that gives stored records to the newest one.
#include "daemon/payments/seal_keys.h"

#include "base/base64.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "daemon/core/doctor.h"
#include "daemon/core/log.h"
#include "daemon/doors/handlers.h"
#include "daemon/journal/journal_keys.h"
#include "daemon/objects/audit.h"
#include "daemon/objects/client.h"
#include "daemon/objects/event.h"
#include "daemon/payments/payment_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KIDS_MAX 8 /* of one acquirer; further ones are not looked at */

enum walk_state { WALK_NONE, WALK_RUNS, WALK_DONE, WALK_STOPPED };

/* Records on their way to the acquirer and back. */
struct batch {
	struct ph_journal_reseal_list list;
	struct ph_journal_reseal reseal;
	struct ph_reseal records[PH_RESEAL_MAX];
	uint8_t sealed[PH_RESEAL_MAX][PH_RECORD_SEALED_MAX + 3];
};

struct ph_seal_keeper {
	struct ph_daemon *daemon;

	/* what is known */
	struct ph_journal_seal_keys request;
	char kids[KIDS_MAX][PH_KID_MAX + 1];
	const char *seen[KIDS_MAX];
	bool asking, again; /* the request is with the journal; and should go once more */
	bool told;	    /* the acquirer has said what it has, in this run */
	struct ph_seal_key keys[PH_SEAL_KEYS_MAX];
	uint32_t count;
	struct ph_call *calls[PH_PAYMENT_CALLS]; /* of queue.keys */
	unsigned call_count;

	/* the walk */
	enum walk_state walk;
	struct batch *batch; /* NULL: none is on its way */
	char to[PH_KID_MAX + 1];
	char public_b64[64];
	char text[160], operator_name[PH_PAYMENT_TEXT_MAX + 1], who[64], detail[480];
	uint32_t uid;
	uint64_t done, failed;
	struct ph_journal_audit_add add;
	struct ph_audit_entry audit;
	bool auditing;
};

static void read_known(struct ph_seal_keeper *keeper);
static void next_batch(struct ph_seal_keeper *keeper, int64_t after_id);

/* ---- what is known ---- */

cJSON *ph_seal_keys_describe(const struct ph_seal_keeper *keeper)
{
	static const char *const states[] = {"", "running", "done", "stopped"};
	cJSON *object = cJSON_CreateObject(), *keys = cJSON_AddArrayToObject(object, "keys");

	for (uint32_t i = 0; i < keeper->count; i++) {
		const struct ph_seal_key *key = &keeper->keys[i];
		cJSON *item = cJSON_CreateObject();
		char since[PH_TIME_SIZE];

		ph_time_format(key->first_us, since);
		cJSON_AddStringToObject(item, "kid", key->kid);
		cJSON_AddStringToObject(item, "state", ph_seal_key_state_name(key->state));
		cJSON_AddStringToObject(item, "since", since);
		cJSON_AddNumberToObject(item, "records", (double)key->kept);
		cJSON_AddNumberToObject(item, "sealed", (double)key->sealed);
		cJSON_AddItemToArray(keys, item);
	}
	if (keeper->walk == WALK_NONE)
		return object;
	cJSON *walk = cJSON_AddObjectToObject(object, "rewrap");
	cJSON_AddStringToObject(walk, "state", states[keeper->walk]);
	cJSON_AddStringToObject(walk, "kid", keeper->to);
	cJSON_AddNumberToObject(walk, "done", (double)keeper->done);
	cJSON_AddNumberToObject(walk, "failed", (double)keeper->failed);
	if (keeper->text[0])
		cJSON_AddStringToObject(walk, "text", keeper->text);
	return object;
}

static void answer_calls(struct ph_seal_keeper *keeper, int r)
{
	for (unsigned i = 0; i < keeper->call_count; i++)
		if (r < 0)
			ph_call_fail_read(keeper->calls[i], r);
		else
			ph_call_reply(keeper->calls[i], ph_seal_keys_describe(keeper));
	keeper->call_count = 0;
}

static void on_known(struct ph_journal_request *request, int result)
{
	struct ph_seal_keeper *keeper = request->userdata;

	keeper->asking = false;
	if (result == 0) {
		memcpy(keeper->keys, keeper->request.keys, sizeof keeper->keys);
		keeper->count = keeper->request.count;
	}
	if (keeper->again && result != -ECANCELED)
		read_known(keeper);
	else
		answer_calls(keeper, result);
}

/* With what the acquirer has said, where it has said it. */
static void read_known(struct ph_seal_keeper *keeper)
{
	const cJSON *key;
	uint32_t seen = 0;

	keeper->again = keeper->asking;
	if (keeper->asking)
		return;
	/* the current one is the first */
	cJSON_ArrayForEach(key, ph_acquirer_keys(keeper->daemon->payments->acquirer))
	{
		const char *kid =
			cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(key, "kid"));
		if (!keeper->told || !kid || seen == KIDS_MAX || strlen(kid) > PH_KID_MAX)
			continue;
		keeper->seen[seen] = strcpy(keeper->kids[seen], kid);
		seen++;
	}
	keeper->request =
		(struct ph_journal_seal_keys){.request = {.done = on_known, .userdata = keeper},
			.kids = keeper->seen,
			.seen = seen,
			.uid = (uint32_t)geteuid(),
			.who = "poshal-acquirer"};
	int r = ph_journal_seal_keys_submit(keeper->daemon->journal, &keeper->request);
	keeper->asking = r == 0;
	if (r < 0)
		answer_calls(keeper, r);
}

void ph_seal_keys_seen(struct ph_seal_keeper *keeper)
{
	keeper->told = true;
	read_known(keeper);
}

void ph_payments_keys_seen(struct ph_daemon *daemon)
{
	ph_seal_keys_seen(daemon->payments->seal_keeper);
}

cJSON *ph_payments_keys(const struct ph_daemon *daemon)
{
	cJSON *known = ph_seal_keys_describe(daemon->payments->seal_keeper);
	cJSON *keys = cJSON_DetachItemFromObject(known, "keys");

	cJSON_Delete(known);
	return keys;
}

void ph_queue_keys(struct ph_call *call)
{
	struct ph_seal_keeper *keeper = call->daemon->payments->seal_keeper;

	if (keeper->call_count == PH_PAYMENT_CALLS) {
		ph_call_fail(call, PH_E_BUSY, "others ask for the keys just now");
		return;
	}
	keeper->calls[keeper->call_count++] = call;
	read_known(keeper);
}

/* ---- the walk ---- */

static void on_audited(struct ph_journal_request *request, int result)
{
	struct ph_seal_keeper *keeper = request->userdata;

	keeper->auditing = false;
	if (result < 0)
		ph_log(LOG_ERR, NULL, "the end of queue.rewrap could not be audited: %s",
			strerror(-result));
}

static void tell_end(struct ph_seal_keeper *keeper)
{
	cJSON *data = cJSON_CreateObject();

	cJSON_AddStringToObject(data, "change", "rewrap");
	cJSON_AddStringToObject(data, "kid", keeper->to);
	cJSON_AddBoolToObject(data, "complete", keeper->walk == WALK_DONE && !keeper->failed);
	cJSON_AddNumberToObject(data, "done", (double)keeper->done);
	cJSON_AddNumberToObject(data, "failed", (double)keeper->failed);
	ph_events_publish_json(keeper->daemon, "queue.state", "", data);
}

static void end_walk(struct ph_seal_keeper *keeper, enum walk_state state, const char *text)
{
	if (keeper->batch)
		ph_journal_reseal_list_clear(&keeper->batch->list);
	free(keeper->batch);
	keeper->batch = NULL;
	keeper->walk = state;
	snprintf(keeper->text, sizeof keeper->text, "%s", text);
	ph_log(state == WALK_DONE ? LOG_NOTICE : LOG_WARNING, NULL,
		"%llu records are wrapped for key %s, %llu could not be%s%s",
		(unsigned long long)keeper->done, keeper->to, (unsigned long long)keeper->failed,
		*text ? ": " : "", text);
	snprintf(keeper->detail, sizeof keeper->detail,
		"{\"kid\":\"%s\",\"done\":%llu,\"failed\":%llu}", keeper->to,
		(unsigned long long)keeper->done, (unsigned long long)keeper->failed);
	keeper->audit = (struct ph_audit_entry){.uid = keeper->uid,
		.who = keeper->who,
		.action = "key.rewrapped",
		.detail = keeper->detail,
		.outcome = state == WALK_DONE ? "done" : "stopped"};
	keeper->add = (struct ph_journal_audit_add){
		.request = {.done = on_audited, .userdata = keeper, .audit = &keeper->audit}};
	keeper->auditing = ph_journal_audit_add_submit(keeper->daemon->journal, &keeper->add) == 0;
	tell_end(keeper);
	read_known(keeper);
}

static void on_resealed(struct ph_journal_request *request, int result)
{
	struct ph_seal_keeper *keeper = request->userdata;
	struct batch *batch = keeper->batch;

	if (result < 0) {
		end_walk(keeper, WALK_STOPPED, "the journal does not take what was wrapped");
		return;
	}
	keeper->done += batch->reseal.done;
	if (batch->list.more)
		next_batch(keeper, batch->list.after_id);
	else
		end_walk(keeper, WALK_DONE, "");
}

static bool take_wrapped(struct batch *batch, const cJSON *item, uint32_t i)
{
	const char *text =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "sealed_b64"));
	size_t len = text ? strlen(text) : 0;
	ssize_t n;

	if (!len || len > PH_RECORD_SEALED_MAX / 3 * 4)
		return false;
	n = ph_base64_decode(text, len, batch->sealed[i]);
	if (n <= 0)
		return false;
	batch->records[batch->reseal.count++] = (struct ph_reseal){.record = batch->list.rows[i].id,
		.was = batch->list.rows[i].sealed,
		.was_len = batch->list.rows[i].sealed_len,
		.sealed = batch->sealed[i],
		.sealed_len = (size_t)n};
	return true;
}

static void on_wrapped(void *userdata, const struct ph_host_answer *answer)
{
	struct ph_seal_keeper *keeper = userdata;
	struct batch *batch = keeper->batch;
	const cJSON *records = cJSON_GetObjectItemCaseSensitive(answer->result, "records");

	if (keeper->daemon->payments->closing)
		return;
	if (cJSON_GetArraySize(records) != (int)batch->list.count) {
		end_walk(keeper, WALK_STOPPED,
			answer->why && *answer->why ? answer->why
						    : "poshal-acquirer does not do it");
		return;
	}
	batch->reseal = (struct ph_journal_reseal){
		.request = {.done = on_resealed, .userdata = keeper}, .records = batch->records};
	for (uint32_t i = 0; i < batch->list.count; i++)
		if (!take_wrapped(batch, cJSON_GetArrayItem(records, (int)i), i))
			keeper->failed++;
	if (!batch->reseal.count)
		on_resealed(&batch->reseal.request, 0);
	else if (ph_journal_reseal_submit(keeper->daemon->journal, &batch->reseal) < 0)
		end_walk(keeper, WALK_STOPPED, "the journal is full");
}

cJSON *ph_seal_record_json(const struct ph_record_row *row)
{
	cJSON *item = cJSON_CreateObject();
	char name[PH_PAYMENT_ID_SIZE], *text = malloc(PH_BASE64_SIZE(PH_RECORD_SEALED_MAX));

	ph_payment_id_format(row->sealed_payment ? row->sealed_payment : row->payment, name);
	cJSON_AddStringToObject(item, "payment", name);
	cJSON_AddNumberToObject(
		item, "amount", (double)(row->sealed_payment ? row->sealed_amount : row->amount));
	cJSON_AddStringToObject(item, "currency", row->currency);
	if (text) {
		ph_base64_encode(row->sealed, row->sealed_len, text);
		cJSON_AddStringToObject(item, "sealed_b64", text);
	}
	free(text);
	return item;
}

static void on_list(struct ph_journal_request *request, int result)
{
	struct ph_seal_keeper *keeper = request->userdata;
	struct batch *batch = keeper->batch;
	cJSON *params, *records, *to;

	if (result < 0) {
		end_walk(keeper, WALK_STOPPED, "the journal cannot be read");
		return;
	}
	if (!batch->list.count) {
		batch->reseal.done = 0;
		on_resealed(&batch->reseal.request, 0);
		return;
	}
	params = cJSON_CreateObject();
	records = cJSON_AddArrayToObject(params, "records");
	for (uint32_t i = 0; i < batch->list.count; i++)
		cJSON_AddItemToArray(records, ph_seal_record_json(&batch->list.rows[i]));
	to = cJSON_AddObjectToObject(params, "to");
	cJSON_AddStringToObject(to, "kid", keeper->to);
	cJSON_AddStringToObject(to, "public_b64", keeper->public_b64);
	if (ph_acquirer_ask(keeper->daemon->payments->acquirer, "host.rewrap", params, on_wrapped,
		    keeper) < 0)
		end_walk(keeper, WALK_STOPPED, "out of memory");
}

static void next_batch(struct ph_seal_keeper *keeper, int64_t after_id)
{
	struct batch *batch = keeper->batch;

	if (keeper->daemon->payments->closing || keeper->daemon->stopping) {
		end_walk(keeper, WALK_STOPPED, "the service ends");
		return;
	}
	ph_journal_reseal_list_clear(&batch->list);
	batch->list =
		(struct ph_journal_reseal_list){.request = {.done = on_list, .userdata = keeper},
			.kid = keeper->to,
			.after_id = after_id};
	batch->reseal = (struct ph_journal_reseal){.request.userdata = keeper};
	if (ph_journal_reseal_list_submit(keeper->daemon->journal, &batch->list) < 0)
		end_walk(keeper, WALK_STOPPED, "the journal is full");
}

/* ---- queue.rewrap ---- */

static uint64_t of_other_keys(const struct ph_seal_keeper *keeper)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < keeper->count; i++)
		if (strcmp(keeper->keys[i].kid, keeper->to) != 0)
			count += (uint64_t)keeper->keys[i].kept;
	return count;
}

static void begin_walk(struct ph_seal_keeper *keeper, struct ph_call *call, const cJSON *key)
{
	cJSON *answer, *detail;

	keeper->batch = calloc(1, sizeof *keeper->batch);
	if (!keeper->batch) {
		ph_call_fail(call, PH_E_FAILURE, "out of memory");
		return;
	}
	snprintf(keeper->to, sizeof keeper->to, "%s",
		cJSON_GetObjectItemCaseSensitive(key, "kid")->valuestring);
	snprintf(keeper->public_b64, sizeof keeper->public_b64, "%s",
		cJSON_GetObjectItemCaseSensitive(key, "public_b64")->valuestring);
	snprintf(keeper->who, sizeof keeper->who, "%s", call->client->label);
	keeper->uid = call->client->uid;
	keeper->walk = WALK_RUNS;
	keeper->done = keeper->failed = 0;
	keeper->text[0] = '\0';
	detail = cJSON_CreateObject();
	cJSON_AddStringToObject(detail, "kid", keeper->to);
	cJSON_AddStringToObject(detail, "operator", ph_param_str(call, "operator"));
	ph_audit(call, "", "begun", detail);
	answer = cJSON_CreateObject();
	cJSON_AddStringToObject(answer, "kid", keeper->to);
	cJSON_AddNumberToObject(answer, "records", (double)of_other_keys(keeper));
	next_batch(keeper, 0);
	ph_call_reply(call, answer);
}

static void on_met(void *userdata, const struct ph_host_answer *answer)
{
	struct ph_call *call = userdata;
	struct ph_seal_keeper *keeper = call->daemon->payments->seal_keeper;
	const cJSON *key = ph_acquirer_key(call->daemon->payments->acquirer);

	if (!call->client)
		ph_call_fail(call, PH_E_CANCELLED, "nobody waits for it any more");
	else if (answer->decision != PH_HOST_APPROVED || !key)
		ph_call_fail(call, PH_E_OFFLINE, "%s",
			answer->why && *answer->why ? answer->why : "poshal-acquirer has no key");
	else if (keeper->walk == WALK_RUNS || keeper->auditing)
		ph_call_fail(call, PH_E_BUSY, "records are being wrapped for key %s already",
			keeper->to);
	else
		begin_walk(keeper, call, key);
}

void ph_queue_rewrap(struct ph_call *call)
{
	if (ph_acquirer_meet(call->daemon->payments->acquirer, on_met, call) < 0)
		ph_call_fail(call, PH_E_FAILURE, "out of memory");
}

/* ---- findings ---- */

static void examine_current(const struct ph_seal_key *key, cJSON *list)
{
	uint64_t days = (ph_clock_wall_us() - key->first_us) / 1000000 / 86400;
	char problem[160], cause[200];

	if (ph_clock_wall_us() < key->first_us ||
		(days < PH_SEAL_KEY_DAYS && key->sealed < PH_SEAL_KEY_RECORDS))
		return;
	snprintf(problem, sizeof problem, "the key %s of poshal-acquirer is due for a change",
		key->kid);
	snprintf(cause, sizeof cause,
		"it is in use for %llu days and %lld records; a key is for a year or 1048576 "
		"records",
		(unsigned long long)days, (long long)key->sealed);
	ph_finding_add(list, &(struct ph_finding){"warning", "", problem, cause,
				     "`poshalctl queue keygen`, and what it says to do next"});
}

/* The records are there and nobody can read them. */
static void examine_gone(const struct ph_seal_key *key, cJSON *list)
{
	char problem[160], cause[200];

	snprintf(problem, sizeof problem,
		"%lld records of account data cannot be opened: their key %s is gone",
		(long long)key->kept, key->kid[0] ? key->kid : "(none that is known)");
	snprintf(cause, sizeof cause, "poshal-acquirer has no key of this id in its key file");
	ph_finding_add(list, &(struct ph_finding){"error", "", problem, cause,
				     "put its line back into the key file of poshal-acquirer, and "
				     "start that again; then `poshalctl queue rewrap`"});
}

static void examine_old(const struct ph_seal_key *key, cJSON *list)
{
	char problem[160], cause[200];

	snprintf(problem, sizeof problem, "the older key %s is not needed any more", key->kid);
	snprintf(cause, sizeof cause, "no record is sealed to it");
	ph_finding_add(list, &(struct ph_finding){"info", "", problem, cause,
				     "take its line out of the key file of poshal-acquirer, "
				     "unless a backup needs it"});
}

void ph_seal_keys_examine(struct ph_seal_keeper *keeper, cJSON *list)
{
	for (uint32_t i = 0; i < keeper->count; i++) {
		const struct ph_seal_key *key = &keeper->keys[i];

		if (key->state == PH_SEAL_KEY_CURRENT)
			examine_current(key, list);
		else if (key->state == PH_SEAL_KEY_GONE && key->kept > 0 && keeper->told)
			examine_gone(key, list);
		else if (key->state == PH_SEAL_KEY_OLD && !key->kept)
			examine_old(key, list);
	}
	read_known(keeper); /* for the next time: the numbers have changed */
}

/* ---- life ---- */

int ph_seal_keys_new(struct ph_daemon *daemon, struct ph_seal_keeper **ret_keeper)
{
	struct ph_seal_keeper *keeper = calloc(1, sizeof *keeper);

	if (!keeper)
		return -ENOMEM;
	keeper->daemon = daemon;
	*ret_keeper = keeper;
	return 0;
}

void ph_seal_keys_free(struct ph_seal_keeper *keeper)
{
	if (!keeper)
		return;
	if (keeper->batch)
		ph_journal_reseal_list_clear(&keeper->batch->list);
	free(keeper->batch);
	free(keeper);
}
