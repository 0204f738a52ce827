// Methods that move what is pending to another machine: queue.export, queue.import, queue.takeBack, queue.handOver. What leaves is written down before
// it is told; what comes is checked by poshal-acquirer, the only one that can open it.
#include "daemon/payments/export_record.h"

#include "base/base64.h"
#include "base/cleanup.h"
#include "daemon/doors/handlers.h"
#include "daemon/objects/client.h"
#include "daemon/objects/event.h"
#include "daemon/payments/forward_private.h"
#include "daemon/payments/offline.h"
#include "daemon/payments/payment_private.h"
#include "daemon/payments/payment_query.h"
#include "daemon/payments/seal_keys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AUDITED_MAX 2048

/* What all of them have: who asks, and what is written down of it. */
struct moving {
	struct ph_call *call;
	struct ph_daemon *daemon;
	struct ph_audit_entry audit;
	char who[64], operator_name[PH_PAYMENT_TEXT_MAX + 1], detail[AUDITED_MAX];
};

static void moving_init(struct moving *moving, struct ph_call *call)
{
	moving->call = call;
	moving->daemon = call->daemon;
	snprintf(moving->who, sizeof moving->who, "%s", call->client->label);
	snprintf(moving->operator_name, sizeof moving->operator_name, "%s",
		ph_param_str(call, "operator"));
	moving->audit = (struct ph_audit_entry){.uid = call->client->uid,
		.who = moving->who,
		.action = call->method->name,
		.detail = moving->detail};
}

/* `detail` is taken over. */
static void moving_detail(struct moving *moving, cJSON *detail)
{
	cJSON_AddStringToObject(detail, "operator", moving->operator_name);
	if (!cJSON_PrintPreallocated(detail, moving->detail, sizeof moving->detail, false))
		snprintf(moving->detail, sizeof moving->detail, "{}");
	cJSON_Delete(detail);
}

static enum ph_error error_of(const struct ph_call *call, const struct ph_host_answer *answer)
{
	const struct ph_acquirer *acquirer = call->daemon->payments->acquirer;

	if (answer->decision == PH_HOST_REFUSED)
		return PH_E_ILLEGAL;
	if (answer->error && !strcmp(answer->error, "AccessDenied"))
		return PH_E_ACCESS_DENIED;
	if (!acquirer || !ph_acquirer_is_there(acquirer))
		return PH_E_OFFLINE;
	return answer->error || answer->result ? PH_E_FAILURE : PH_E_TIMEOUT;
}

static void fail_acquirer(struct ph_call *call, const struct ph_host_answer *answer)
{
	const char *why =
		answer->why && *answer->why ? answer->why : "poshal-acquirer does not do this";
	enum ph_error error = error_of(call, answer);
	struct ph_failure failure;

	ph_failure_set(&failure, error, NULL, "%s", why);
	if (error == PH_E_ACCESS_DENIED && ph_param(call, "to"))
		ph_failure_hint(&failure, "nothing is sealed to other keys than those in the file "
					  "of `spare_keys` (acquirer.conf): add it there");
	ph_call_fail_with(call, &failure);
}

/* With what binds what is not sealed to what is. */
static cJSON *asked_record(const struct ph_record_row *record, const struct ph_export_texts *texts)
{
	cJSON *item = ph_seal_record_json(record);
	uint8_t hash[32];
	char text[PH_BASE64_SIZE(32)];

	ph_export_record_hash(record, texts, hash);
	ph_base64_encode(hash, sizeof hash, text);
	cJSON_AddStringToObject(item, "bound_b64", text);
	return item;
}

/* ---- queue.export ---- */

struct exporting {
	struct moving moving;
	struct ph_journal_export_list list;
	struct ph_journal_export leaving;
	struct ph_journal_audit_add told; /* of those that have left before */
	cJSON *records[PH_EXPORT_MAX];	  /* by `leaving`, until they are answered */
	uint32_t row_of[PH_EXPORT_MAX];	  /* of these */
	cJSON *staying;
};

static void exporting_free(struct exporting *exporting)
{
	for (size_t i = 0; i < PH_EXPORT_MAX; i++)
		cJSON_Delete(exporting->records[i]);
	cJSON_Delete(exporting->staying);
	ph_journal_export_list_clear(&exporting->list);
	free(exporting);
}

static void stays(struct exporting *exporting, const struct ph_export_row *row, const char *why)
{
	cJSON *item = cJSON_CreateObject();
	char payment[PH_PAYMENT_ID_SIZE];

	ph_payment_id_format(row->record.payment, payment);
	cJSON_AddStringToObject(item, "payment", payment);
	cJSON_AddStringToObject(item, "state", ph_record_state_name(row->record.state));
	cJSON_AddStringToObject(item, "reason", why);
	cJSON_AddItemToArray(exporting->staying, item);
}

static void export_reply(struct exporting *exporting)
{
	const struct ph_journal_export_list *list = &exporting->list;
	cJSON *answer = cJSON_CreateObject(), *records = cJSON_AddArrayToObject(answer, "records");

	for (uint32_t i = 0; i < exporting->leaving.count; i++)
		if (exporting->leaving.left[i])
			cJSON_AddItemToArray(records, PH_STEAL(exporting->records[i]));
		else
			stays(exporting, &list->rows[exporting->row_of[i]],
				"something has become of it meanwhile");
	cJSON_AddItemToObject(answer, "staying", PH_STEAL(exporting->staying));
	cJSON_AddBoolToObject(answer, "more", list->more);
	cJSON_AddNumberToObject(answer, "after",
		list->count ? (double)list->rows[list->count - 1].record.id
			    : (double)list->after_id);
	ph_call_reply(exporting->moving.call, answer);
	exporting_free(exporting);
}

static void on_left(struct ph_journal_request *request, int result)
{
	struct exporting *exporting = request->userdata;

	if (result == 0) {
		export_reply(exporting);
		return;
	}
	ph_call_fail_journal(exporting->moving.call, result,
		exporting->list.again ? "it cannot be stored that they are handed out again"
				      : "it cannot be stored that they leave, so they do not");
	exporting_free(exporting);
}

/* It leaves with the proof of what stands beside it. */
static void take_wrapped(struct exporting *exporting, const struct ph_export_row *row,
	const struct ph_export_texts *texts, const cJSON *wrapped)
{
	const cJSON *sealed = cJSON_GetObjectItemCaseSensitive(wrapped, "sealed_b64");
	const cJSON *proof = cJSON_GetObjectItemCaseSensitive(wrapped, "proof_b64");
	const char *error = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(wrapped, "error"), "message"));
	uint32_t at = exporting->leaving.count;
	cJSON *item;

	if (!cJSON_IsString(sealed) || !cJSON_IsString(proof)) {
		stays(exporting, row, error ? error : "it cannot be opened");
		return;
	}
	item = ph_export_record_json(&row->record, texts);
	cJSON_AddItemToObject(item, "sealed_b64", cJSON_Duplicate(sealed, true));
	cJSON_AddItemToObject(item, "proof_b64", cJSON_Duplicate(proof, true));
	exporting->records[at] = item;
	exporting->row_of[at] = (uint32_t)(row - exporting->list.rows);
	exporting->leaving.records[at] = row->record.id;
	exporting->leaving.left[at] = true; /* of those that have left before */
	exporting->leaving.count++;
}

static struct ph_export_texts texts_of(const struct ph_export_row *row)
{
	struct ph_export_texts texts;

	memcpy(texts.device, row->record.device, sizeof texts.device);
	memcpy(texts.operator_name, row->operator_name, sizeof texts.operator_name);
	memcpy(texts.reference, row->reference, sizeof texts.reference);
	return texts;
}

static void export_leave(struct exporting *exporting)
{
	struct ph_journal *journal = exporting->moving.daemon->journal;
	cJSON *detail = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(detail, "records");

	for (uint32_t i = 0; i < exporting->leaving.count; i++)
		cJSON_AddItemToArray(list, cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(
								   exporting->records[i], "rrn"),
						   true));
	cJSON_AddItemToObject(detail, "to",
		cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(
					ph_param(exporting->moving.call, "to"), "kid"),
			true));
	if (exporting->list.again)
		cJSON_AddTrueToObject(detail, "again");
	moving_detail(&exporting->moving, detail);
	const struct ph_journal_request request = {
		.done = on_left, .userdata = exporting, .audit = &exporting->moving.audit};
	exporting->leaving.request = request;
	exporting->told.request = request;
	/* what has left before need not leave again; that account data was handed out once more is written down */
	int r = exporting->list.again ? ph_journal_audit_add_submit(journal, &exporting->told)
				      : ph_journal_export_submit(journal, &exporting->leaving);
	if (r < 0)
		on_left(&exporting->leaving.request, r);
}

static void on_export_wrapped(void *userdata, const struct ph_host_answer *answer)
{
	struct exporting *exporting = userdata;
	const cJSON *records = cJSON_GetObjectItemCaseSensitive(answer->result, "records");
	const cJSON *wrapped = cJSON_GetArrayItem(records, 0);

	if (!cJSON_IsArray(records)) {
		fail_acquirer(exporting->moving.call, answer);
		exporting_free(exporting);
		return;
	}
	for (uint32_t i = 0; i < exporting->list.count; i++) {
		const struct ph_export_row *row = &exporting->list.rows[i];
		const struct ph_export_texts texts = texts_of(row);

		if (row->may_have_left)
			continue;
		take_wrapped(exporting, row, &texts, wrapped);
		wrapped = wrapped ? wrapped->next : NULL;
	}
	if (!exporting->leaving.count)
		export_reply(exporting);
	else
		export_leave(exporting);
}

/* Held for its window it waited for a tip, which nobody gives it there; held by a person it stays so. */
static void forget_window(struct ph_record_row *record)
{
	if (record->state != PH_RECORD_HELD || record->release_us ||
		!strcmp(record->hold_reason, PH_HELD_EXPORTED))
		record->hold_reason[0] = '\0';
}

static void on_export_listed(struct ph_journal_request *request, int result)
{
	struct exporting *exporting = request->userdata;
	cJSON *params, *records;

	if (result < 0) {
		ph_call_fail_read(exporting->moving.call, result);
		exporting_free(exporting);
		return;
	}
	params = cJSON_CreateObject();
	records = cJSON_AddArrayToObject(params, "records");
	for (uint32_t i = 0; i < exporting->list.count; i++) {
		struct ph_export_row *row = &exporting->list.rows[i];
		const struct ph_export_texts texts = texts_of(row);

		forget_window(&row->record);
		if (row->may_have_left)
			stays(exporting, row,
				"the host may have it, or has to acknowledge a reversal first");
		else
			cJSON_AddItemToArray(records, asked_record(&row->record, &texts));
	}
	/* the first time also with nothing to wrap: that the key will not do is said before it matters */
	if (!cJSON_GetArraySize(records) && exporting->list.after_id) {
		cJSON_Delete(params);
		export_reply(exporting);
		return;
	}
	cJSON_AddItemToObject(
		params, "to", cJSON_Duplicate(ph_param(exporting->moving.call, "to"), true));
	if (ph_acquirer_ask(exporting->moving.daemon->payments->acquirer, "host.rewrap", params,
		    on_export_wrapped, exporting) < 0) {
		ph_call_fail(exporting->moving.call, PH_E_FAILURE, "out of memory");
		exporting_free(exporting);
	}
}

void ph_queue_export(struct ph_call *call)
{
	struct exporting *exporting = calloc(1, sizeof *exporting);
	int r = -ENOMEM;

	if (exporting) {
		moving_init(&exporting->moving, call);
		exporting->staying = cJSON_CreateArray();
		exporting->list = (struct ph_journal_export_list){
			.request = {.done = on_export_listed, .userdata = exporting},
			.after_id = ph_param_int(call, "after", 0),
			.limit = (uint32_t)ph_param_int(call, "limit", PH_EXPORT_MAX),
			.again = ph_param_bool(call, "again", false)};
		r = ph_journal_export_list_submit(call->daemon->journal, &exporting->list);
	}
	if (r == 0)
		return;
	ph_call_fail_read(call, r);
	if (exporting)
		exporting_free(exporting);
}

/* ---- queue.import ---- */

/* What becomes of each, in the order they came. */
struct coming {
	struct ph_record_row record;
	struct ph_export_texts texts;
	uint8_t proof[32];
	char refused[120]; /* why, or "" */
	uint32_t at;	   /* among those that are stored */
};

struct importing {
	struct moving moving;
	uint32_t uid, count;
	struct coming *coming;
	struct ph_journal_import import;
	struct ph_import_row *rows;
};

static void importing_free(struct importing *importing)
{
	free(importing->coming);
	free(importing->rows);
	free(importing);
}

/* Given away for good it would be sent by nobody, were it taken for one that is here. */
static void refuse_handed_over(struct importing *importing)
{
	for (uint32_t i = 0; i < importing->count; i++) {
		struct coming *coming = &importing->coming[i];

		if (!*coming->refused && importing->rows[coming->at].handed_over)
			snprintf(coming->refused, sizeof coming->refused,
				"this machine has handed it over for good: it stays at the other "
				"one");
	}
}

static void import_reply(struct importing *importing)
{
	cJSON *answer = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(answer, "records");
	unsigned imported = 0, duplicates = 0, refused = 0;

	for (uint32_t i = 0; i < importing->count; i++) {
		const struct coming *coming = &importing->coming[i];
		const struct ph_import_row *row = &importing->rows[coming->at];
		const char *outcome = *coming->refused ? "refused"
				      : row->duplicate ? "duplicate"
						       : "imported";
		cJSON *item = cJSON_CreateObject();
		char payment[PH_PAYMENT_ID_SIZE];

		cJSON_AddStringToObject(item, "rrn", coming->record.rrn);
		if (coming->texts.reference[0])
			cJSON_AddStringToObject(item, "reference", coming->texts.reference);
		cJSON_AddStringToObject(item, "outcome", outcome);
		if (*coming->refused) {
			cJSON_AddStringToObject(item, "reason", coming->refused);
			refused++;
		} else {
			ph_payment_id_format(row->record.payment, payment);
			cJSON_AddStringToObject(item, "payment", payment);
			duplicates += row->duplicate;
			imported += !row->duplicate;
		}
		cJSON_AddItemToArray(list, item);
	}
	cJSON_AddNumberToObject(answer, "imported", imported);
	cJSON_AddNumberToObject(answer, "duplicates", duplicates);
	cJSON_AddNumberToObject(answer, "refused", refused);
	ph_call_reply(importing->moving.call, answer);
	importing_free(importing);
}

static void on_imported(struct ph_journal_request *request, int result)
{
	struct importing *importing = request->userdata;
	struct ph_daemon *daemon = importing->moving.daemon;

	if (result < 0) {
		ph_call_fail_journal(
			importing->moving.call, result, "nothing of it could be stored");
		importing_free(importing);
		return;
	}
	for (uint32_t i = 0; i < importing->import.count; i++)
		if (!importing->rows[i].duplicate)
			ph_offline_expose(daemon, &importing->rows[i].exposure);
	ph_forward_kick(daemon);
	refuse_handed_over(importing);
	import_reply(importing);
}

static void import_store(struct importing *importing)
{
	cJSON *detail = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(detail, "records");
	uint32_t count = 0;

	for (uint32_t i = 0; i < importing->count; i++) {
		struct coming *coming = &importing->coming[i];
		struct ph_import_row *row = &importing->rows[count];

		if (*coming->refused)
			continue;
		row->record = coming->record;
		row->device = coming->texts.device;
		row->operator_name = coming->texts.operator_name;
		row->reference = coming->texts.reference;
		ph_export_record_hash(&coming->record, &coming->texts, row->body);
		cJSON_AddItemToArray(list, cJSON_CreateString(coming->record.rrn));
		coming->at = count++;
	}
	moving_detail(&importing->moving, detail);
	importing->import = (struct ph_journal_import){.request = {.done = on_imported,
							       .userdata = importing,
							       .audit = &importing->moving.audit},
		.uid = importing->uid,
		.rows = importing->rows,
		.count = count};
	int r = count ? ph_journal_import_submit(
				importing->moving.daemon->journal, &importing->import)
		      : 0;
	if (r < 0)
		on_imported(&importing->import.request, r);
	else if (!count)
		import_reply(importing);
}

static void on_checked(void *userdata, const struct ph_host_answer *answer)
{
	struct importing *importing = userdata;
	const cJSON *records = cJSON_GetObjectItemCaseSensitive(answer->result, "records");

	if (cJSON_GetArraySize(records) != (int)importing->count) {
		fail_acquirer(importing->moving.call, answer);
		importing_free(importing);
		return;
	}
	for (uint32_t i = 0; i < importing->count; i++) {
		const cJSON *checked = cJSON_GetArrayItem(records, (int)i);
		const char *error = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(
			cJSON_GetObjectItemCaseSensitive(checked, "error"), "message"));
		const char *terminal = ph_payments_terminal(importing->moving.daemon);
		struct coming *coming = &importing->coming[i];

		if (!cJSON_IsString(cJSON_GetObjectItemCaseSensitive(checked, "kid")))
			snprintf(coming->refused, sizeof coming->refused, "%s",
				error ? error : "it cannot be opened");
		else if (strcmp(terminal, coming->record.terminal) != 0)
			snprintf(coming->refused, sizeof coming->refused,
				"it is of another terminal than this till's");
	}
	import_store(importing);
}

static void import_check(struct importing *importing)
{
	cJSON *params = cJSON_CreateObject(), *records = cJSON_AddArrayToObject(params, "records");

	for (uint32_t i = 0; i < importing->count; i++) {
		const struct coming *coming = &importing->coming[i];
		cJSON *item = asked_record(&coming->record, &coming->texts);
		char proof[PH_BASE64_SIZE(32)];

		ph_base64_encode(coming->proof, sizeof coming->proof, proof);
		cJSON_AddStringToObject(item, "proof_b64", proof);
		cJSON_AddItemToArray(records, item);
	}
	if (ph_acquirer_ask(importing->moving.daemon->payments->acquirer, "host.check", params,
		    on_checked, importing) >= 0)
		return;
	ph_call_fail(importing->moving.call, PH_E_FAILURE, "out of memory");
	importing_free(importing);
}

static bool import_read(struct importing *importing, const cJSON *records)
{
	char why[PH_EXPORT_WHY_SIZE];
	const cJSON *object;
	uint32_t i = 0;

	cJSON_ArrayForEach(object, records)
	{
		struct coming *coming = &importing->coming[i];

		if (ph_export_record_read(
			    object, &coming->record, &coming->texts, coming->proof, why) < 0) {
			ph_call_fail(
				importing->moving.call, PH_E_ILLEGAL, "$.records[%u].%s", i, why);
			return false;
		}
		i++;
	}
	return true;
}

void ph_queue_import(struct ph_call *call)
{
	const cJSON *records = ph_param(call, "records");
	int count = cJSON_GetArraySize(records);
	struct importing *importing;

	if (count < 1 || count > PH_EXPORT_MAX) {
		ph_call_fail(call, PH_E_ILLEGAL, "$.records: has 1 to %d of them", PH_EXPORT_MAX);
		return;
	}
	importing = calloc(1, sizeof *importing);
	if (importing) {
		moving_init(&importing->moving, call);
		importing->uid = call->client->uid;
		importing->count = (uint32_t)count;
		importing->coming = calloc((size_t)count, sizeof *importing->coming);
		importing->rows = calloc((size_t)count, sizeof *importing->rows);
	}
	if (!importing || !importing->coming || !importing->rows)
		ph_call_fail(call, PH_E_FAILURE, "out of memory");
	else if (import_read(importing, records)) {
		import_check(importing);
		return;
	}
	if (importing)
		importing_free(importing);
}

/* ---- queue.takeBack, queue.handOver ---- */

/* What became of one that was exported. */
struct ending {
	struct moving moving;
	bool over; /* it is the other machine's for good; else it is this one's again */
	struct ph_journal_take_back back;
	struct ph_journal_hand_over hand;
};

static void ending_reply(struct ending *ending)
{
	const struct ph_record_row *row = ending->over ? &ending->hand.row : &ending->back.row;
	struct ph_daemon *daemon = ending->moving.daemon;
	cJSON *answer = cJSON_CreateObject();
	char payment[PH_PAYMENT_ID_SIZE];

	ph_payment_id_format(row->payment, payment);
	cJSON_AddStringToObject(answer, "payment", payment);
	cJSON_AddStringToObject(answer, "state", ph_record_state_name(row->state));
	if (ending->over)
		ph_offline_expose(daemon, &ending->hand.exposure);
	ph_forward_publish(daemon, row);
	ph_forward_kick(daemon);
	ph_call_reply(ending->moving.call, answer);
}

static void on_ended(struct ph_journal_request *request, int result)
{
	struct ending *ending = request->userdata;
	struct ph_call *call = ending->moving.call;

	if (result == -ENOENT || result == -EPERM)
		ph_call_fail(call, PH_E_ILLEGAL, "it is not one that was exported");
	else if (result == -EALREADY)
		ph_call_fail(call, PH_E_ILLEGAL, "it was handed over already");
	else if (result < 0)
		ph_call_fail_journal(call, result, "it cannot be stored");
	else
		ending_reply(ending);
	free(ending);
}

static int ending_submit(struct ending *ending, int64_t payment)
{
	struct ph_call *call = ending->moving.call;
	struct ph_journal *journal = ending->moving.daemon->journal;
	const struct ph_journal_request request = {
		.done = on_ended, .userdata = ending, .audit = &ending->moving.audit};
	char name[PH_PAYMENT_ID_SIZE];
	cJSON *detail = cJSON_CreateObject();

	ph_payment_id_format(payment, name);
	cJSON_AddStringToObject(detail, "payment", name);
	cJSON_AddStringToObject(detail, "reason", ph_param_str(call, "reason"));
	moving_detail(&ending->moving, detail);
	ending->back = (struct ph_journal_take_back){.request = request, .payment = payment};
	ending->hand = (struct ph_journal_hand_over){.request = request, .payment = payment};
	return ending->over ? ph_journal_hand_over_submit(journal, &ending->hand)
			    : ph_journal_take_back_submit(journal, &ending->back);
}

static void end_export(struct ph_call *call, const struct ph_payment_row *row, bool over)
{
	struct ending *ending = calloc(1, sizeof *ending);
	int r = -ENOMEM;

	if (ending) {
		moving_init(&ending->moving, call);
		ending->over = over;
		r = ending_submit(ending, row->id);
	}
	if (r == 0)
		return;
	free(ending);
	ph_call_fail_journal(call, r, "it cannot be stored");
}

static void take_back_row(struct ph_call *call, const struct ph_payment_row *row)
{
	end_export(call, row, false);
}

static void hand_over_row(struct ph_call *call, const struct ph_payment_row *row)
{
	end_export(call, row, true);
}

void ph_queue_take_back(struct ph_call *call)
{
	ph_payment_look_up(call, take_back_row);
}

void ph_queue_hand_over(struct ph_call *call)
{
	ph_payment_look_up(call, hand_over_row);
}
