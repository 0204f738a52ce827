// What waits for somebody to look: payments whose truth was not found out, and reversals that are refused; and what is said of them.
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/currency.h"
#include "daemon/core/doctor.h"
#include "daemon/doors/handlers.h"
#include "daemon/objects/audit.h"
#include "daemon/objects/client.h"
#include "daemon/objects/device.h"
#include "daemon/objects/event.h"
#include "daemon/payments/forward_judge.h"
#include "daemon/payments/payment_private.h"
#include "daemon/payments/payment_query.h"
#include "daemon/payments/queue_query.h"
#include "daemon/payments/seal_keys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FINDINGS_MAX PH_LIST_MAX /* records, the oldest, that a diagnosis looks at */

/* A payment that ended as uncertain: at its terminal nothing is begun. */
struct ph_doubt {
	int64_t payment;
	char device[PH_NAME_MAX + 1];
	struct ph_doubt *next;
};

/* ---- doubts ---- */

void ph_doubt_add(struct ph_daemon *daemon, int64_t payment, const char *device, const char *type)
{
	struct ph_doubt **tail = &daemon->payments->doubts;

	if (!strcmp(type, "end_of_day")) /* it takes no money */
		return;
	while (*tail)
		tail = &(*tail)->next;
	*tail = calloc(1, sizeof **tail);
	if (!*tail)
		return; /* the next start knows of it */
	(*tail)->payment = payment;
	snprintf((*tail)->device, sizeof(*tail)->device, "%s", device);
}

static void drop_doubt(struct ph_daemon *daemon, int64_t payment)
{
	struct ph_doubt **p = &daemon->payments->doubts;

	while (*p && (*p)->payment != payment)
		p = &(*p)->next;
	if (!*p)
		return;
	struct ph_doubt *gone = *p;
	*p = gone->next;
	free(gone);
}

void ph_doubts_done(struct ph_daemon *daemon)
{
	while (daemon->payments->doubts)
		drop_doubt(daemon, daemon->payments->doubts->payment);
}

bool ph_doubt_admits(
	const struct ph_daemon *daemon, const char *device, struct ph_failure *ret_failure)
{
	const struct ph_doubt *doubt = daemon->payments->doubts;
	char message[160], hint[200];

	while (doubt && strcmp(doubt->device, device) != 0)
		doubt = doubt->next;
	if (!doubt)
		return true;
	snprintf(message, sizeof message,
		"what became of pay-%lld is not known; nothing is begun at %.64s until somebody "
		"has looked",
		(long long)doubt->payment, device);
	snprintf(hint, sizeof hint,
		"look at the terminal's list of payments, then `poshalctl pay resolve pay-%lld "
		"approved` "
		"or `cancelled`",
		(long long)doubt->payment);
	ph_failure_set_extended(ret_failure, "Unresolved", hint, device, message);
	ret_failure->retryable = false;
	return false;
}

/* ---- findings ---- */

static bool is_refused(const struct ph_record_row *row)
{
	return row->state == PH_RECORD_REJECTED || row->state == PH_RECORD_HELD;
}

/* A reversal or completion that was tried already, or is refused. */
static void examine_other(cJSON *list, const struct ph_record_row *row)
{
	char problem[160], cause[400], advice[240];
	const char *kind = ph_record_kind_name(row->kind), *code = row->response_code;
	bool completion = row->kind == PH_RECORD_COMPLETION;

	if (!is_refused(row)) {
		snprintf(problem, sizeof problem, "the %s of pay-%lld is not acknowledged yet",
			kind, (long long)row->payment);
		if (row->attempts > (row->state == PH_RECORD_SENDING)) /* one has ended */
			ph_finding_add(list, &(struct ph_finding){"warning", row->device, problem,
						     "the host or poshal-acquirer does not answer",
						     "nothing: it is repeated until it is"});
		return;
	}
	snprintf(problem, sizeof problem, "the %s of pay-%lld is refused: %s", kind,
		(long long)row->payment,
		completion ? "whether money was taken is not known"
			   : "the customer's money may be held");
	snprintf(cause, sizeof cause, "%s%s%s", code[0] ? "the host answers " : "",
		code[0] ? code : row->note, code[0] && row->note[0] ? ", see its text" : "");
	snprintf(advice, sizeof advice,
		"mend what is wrong and `poshalctl pay retry pay-%lld`, or %s and `poshalctl pay "
		"resolve pay-%lld %s",
		(long long)row->payment,
		completion ? "call the acquirer" : "have the acquirer undo it",
		(long long)row->payment, completion ? "approved` or `cancelled`" : "reversed`");
	ph_finding_add(list, &(struct ph_finding){"error", row->device, problem,
				     cause[0] ? cause : "it was refused without a word", advice});
}

/* What stands without the host, and somebody has to look at. */
static void examine_family(cJSON *list, const struct ph_record_row *row)
{
	const struct ph_forward_word *word = row->work == 1 ? ph_forward_word(row) : NULL;
	char problem[200], cause[400], action[512];
	char name[PH_PAYMENT_ID_SIZE], amount[PH_AMOUNT_SIZE];

	if (!word)
		return;
	ph_payment_id_format(row->payment, name);
	ph_currency_format(row->amount, row->currency, true, amount);
	snprintf(problem, sizeof problem, "%s, %s accepted without the host, is %s%s%s", name,
		amount, ph_record_state_name(row->state), row->response_code[0] ? " " : "",
		row->response_code);
	snprintf(cause, sizeof cause, "%s%s%s", word->message, row->note[0] ? ": " : "", row->note);
	ph_queue_action(row, name, action, sizeof action);
	ph_finding_add(list, &(struct ph_finding){"error", row->device, problem, cause, action});
}

static cJSON *findings_of(const struct ph_journal_queue_list *queue)
{
	bool work = queue->filter == PH_QUEUE_WORK;
	cJSON *list = cJSON_CreateArray();

	for (uint32_t i = 0; i < queue->count; i++) {
		const struct ph_record_row *row = &queue->rows[i];
		if (work && ph_record_family(row->kind) != PH_FAMILY_NONE)
			examine_family(list, row);
		else if ((row->kind == PH_RECORD_REVERSAL || row->kind == PH_RECORD_COMPLETION) &&
			 is_refused(row) == work)
			examine_other(list, row);
	}
	return list;
}

static bool has_reader(const struct ph_daemon *daemon)
{
	const struct ph_device *device = daemon->devices;

	while (device && device->class_ != PH_CLASS_CARD_READER)
		device = device->next;
	return device != NULL;
}

/* Who waits for what is known of the queue, and for the acquirer's first word. */
struct meeting {
	struct ph_journal_queue_list queue;
	cJSON *findings; /* of the queue, by this one */
	struct ph_daemon *daemon;
	void (*done)(void *userdata);
	void *userdata;
};

static void on_met(void *userdata, const struct ph_host_answer *answer)
{
	struct meeting *meeting = userdata;
	void (*done)(void *) = meeting->done;
	void *its = meeting->userdata;

	free(meeting);
	done(its);
}

static void meet(struct meeting *meeting)
{
	struct ph_daemon *daemon = meeting->daemon;

	cJSON_Delete(daemon->payments->queue_findings);
	daemon->payments->queue_findings = PH_STEAL(meeting->findings);
	if (!has_reader(daemon) ||
		ph_acquirer_meet(daemon->payments->acquirer, on_met, meeting) < 0)
		on_met(meeting, NULL);
}

static int read_queue(struct meeting *meeting, enum ph_queue_filter filter);

static void take_findings(struct meeting *meeting)
{
	cJSON *list = findings_of(&meeting->queue), *item;

	while ((item = cJSON_DetachItemFromArray(list, 0)))
		cJSON_AddItemToArray(meeting->findings, item);
	cJSON_Delete(list);
}

static void on_queue(struct ph_journal_request *request, int result)
{
	struct meeting *meeting = request->userdata;
	enum ph_queue_filter filter = meeting->queue.filter;

	if (result == 0)
		take_findings(meeting);
	ph_journal_queue_list_clear(&meeting->queue);
	if (result == 0 && filter == PH_QUEUE_WORK && read_queue(meeting, PH_QUEUE_OPEN) == 0)
		return;
	meet(meeting);
}

static int read_queue(struct meeting *meeting, enum ph_queue_filter filter)
{
	meeting->queue =
		(struct ph_journal_queue_list){.request = {.done = on_queue, .userdata = meeting},
			.filter = filter,
			.limit = FINDINGS_MAX};
	return ph_journal_queue_list_submit(meeting->daemon->journal, &meeting->queue);
}

bool ph_payments_meet(struct ph_daemon *daemon, void (*done)(void *userdata), void *userdata)
{
	struct meeting *meeting = calloc(1, sizeof *meeting);

	if (!meeting)
		return false;
	meeting->daemon = daemon;
	meeting->done = done;
	meeting->userdata = userdata;
	meeting->findings = cJSON_CreateArray();
	if (read_queue(meeting, PH_QUEUE_WORK) == 0)
		return true;
	cJSON_Delete(meeting->findings);
	free(meeting);
	cJSON_Delete(PH_STEAL(daemon->payments->queue_findings));
	return false;
}

static void examine_acquirer(cJSON *list, const struct ph_daemon *daemon)
{
	const char *trouble = ph_acquirer_trouble(daemon->payments->acquirer);
	char text[200];

	if (trouble)
		ph_finding_add(list,
			&(struct ph_finding){"error", "poshal-acquirer",
				"no card reader can ask the host: its process is refused", trouble,
				"stop what listens there, and start poshal-acquirer.socket"});
	else if (has_reader(daemon) && !ph_acquirer_is_there(daemon->payments->acquirer))
		ph_finding_add(
			list, &(struct ph_finding){"warning", "poshal-acquirer",
				      "no card reader can ask the host",
				      "poshal-acquirer does not run, or does not say who it is",
				      "`systemctl enable --now poshal-acquirer.socket`; its log "
				      "says what "
				      "is missing"});
	if (ph_payments_terminal_differs(daemon, text, sizeof text))
		ph_finding_add(list,
			&(struct ph_finding){"error", "poshal-acquirer",
				"no card reader takes payments: the host knows this till by "
				"another id",
				text,
				"change one of the two files, and reload or restart its process"});
}

void ph_payments_examine(const struct ph_daemon *daemon, cJSON *list)
{
	char problem[160], advice[280];
	const cJSON *found;

	examine_acquirer(list, daemon);
	ph_seal_keys_examine(daemon->payments->seal_keeper, list);
	cJSON_ArrayForEach(found, daemon->payments->queue_findings)
	{
		cJSON_AddItemToArray(list, cJSON_Duplicate(found, true));
	}
	for (const struct ph_payment *p = daemon->payments->payments; p; p = p->next) {
		if (p->phase != PH_PHASE_LOST)
			continue;
		snprintf(problem, sizeof problem, "what became of %s is not known", p->name);
		snprintf(advice, sizeof advice,
			"look at the terminal; it is asked as soon as it is back. One that does "
			"not come back: `poshalctl pay resolve %s approved` or `cancelled`",
			p->name);
		ph_finding_add(list, &(struct ph_finding){"error", p->device_id, problem,
					     "the terminal does not answer", advice});
	}
	for (const struct ph_doubt *d = daemon->payments->doubts; d; d = d->next) {
		snprintf(problem, sizeof problem, "what became of pay-%lld was not found out",
			(long long)d->payment);
		snprintf(advice, sizeof advice,
			"look at the terminal's list of payments, or call the acquirer, then "
			"`poshalctl pay resolve pay-%lld approved` or `cancelled`; a terminal "
			"takes no other payment until then",
			(long long)d->payment);
		ph_finding_add(list, &(struct ph_finding){"error", d->device, problem,
					     "terminal and host could not say", advice});
	}
}

/* ---- payment.resolve ---- */

struct resolving {
	struct ph_journal_pay_resolve resolve;
	struct ph_call_audit audit;
	struct ph_daemon *daemon;
	struct ph_call *call;
	char *resolution, *result;
	char outcome[16];
};

static void resolving_free(struct resolving *resolving)
{
	free(resolving->resolution);
	ph_call_audit_done(&resolving->audit);
	free(resolving->result);
	free(resolving);
}

static void tell(const struct resolving *resolving)
{
	char payment[PH_PAYMENT_ID_SIZE];
	cJSON *data = cJSON_CreateObject();

	ph_payment_id_format(resolving->resolve.payment, payment);
	cJSON_AddStringToObject(data, "payment", payment);
	cJSON_AddStringToObject(data, "state", "resolved");
	cJSON_AddStringToObject(data, "outcome", resolving->outcome);
	ph_events_publish_json(resolving->daemon, "payment.state", resolving->audit.device, data);
}

static void answer(struct ph_call *call)
{
	if (call->client)
		ph_payment_get(call);
	else /* nobody wants it any more */
		ph_call_fail(call, PH_E_CANCELLED, "the caller is gone");
}

/* Its terminal may have come back meanwhile; what is with the journal ends by itself, as the other end is written. */
static void end_live(struct ph_payment *payment, const char *result)
{
	payment->resolved = true;
	if (payment->phase == PH_PHASE_LOST || payment->phase == PH_PHASE_FINDING ||
		payment->phase == PH_PHASE_RUNNING || payment->phase == PH_PHASE_CHOOSING ||
		payment->phase == PH_PHASE_ADVISING)
		ph_payment_end_by_hand(payment, cJSON_Parse(result));
}

static void on_resolved(struct ph_journal_request *request, int result)
{
	struct resolving *resolving = request->userdata;
	struct ph_daemon *daemon = resolving->daemon;
	struct ph_call *call = resolving->call;
	int64_t id = resolving->resolve.payment;
	struct ph_payment *live = ph_payment_find(daemon, id);

	if (result == -EALREADY || result == -ENOENT) {
		ph_call_fail(call, PH_E_ILLEGAL, "pay-%lld: %s", (long long)id,
			result == -ENOENT ? "there is nothing to resolve any more"
					  : "has been resolved, or has ended");
	} else if (result < 0) {
		ph_call_fail_journal(call, result, "it cannot be stored");
	} else {
		drop_doubt(daemon, id);
		ph_forward_kick(daemon); /* what waited behind it */
		tell(resolving);
		if (resolving->resolve.ends && live)
			end_live(live, resolving->result);
		answer(call);
	}
	resolving_free(resolving);
}

static char *resolution_of(struct ph_call *call, const char *outcome)
{
	char now[PH_TIME_SIZE];
	cJSON *object = cJSON_CreateObject();

	ph_time_format(ph_clock_wall_us(), now);
	cJSON_AddStringToObject(object, "outcome", outcome);
	cJSON_AddStringToObject(object, "operator", ph_param_str(call, "operator"));
	cJSON_AddStringToObject(object, "reason", ph_param_str(call, "reason"));
	cJSON_AddStringToObject(object, "time", now);
	char *text = cJSON_PrintUnformatted(object);
	cJSON_Delete(object);
	return text;
}

static cJSON *detail_of(struct ph_call *call, int64_t payment, const char *outcome)
{
	char name[PH_PAYMENT_ID_SIZE];
	cJSON *object = cJSON_CreateObject();

	ph_payment_id_format(payment, name);
	cJSON_AddStringToObject(object, "payment", name);
	if (outcome)
		cJSON_AddStringToObject(object, "outcome", outcome);
	cJSON_AddStringToObject(object, "operator", ph_param_str(call, "operator"));
	cJSON_AddStringToObject(object, "reason", ph_param_str(call, "reason"));
	return object;
}

/* `live`: one that goes on and is ended by this, or NULL. */
static void resolve(
	struct ph_call *call, int64_t payment, const char *device, struct ph_payment *live)
{
	struct resolving *resolving = calloc(1, sizeof *resolving);
	const char *outcome = ph_param_str(call, "outcome");
	int r = -ENOMEM;

	if (resolving) {
		resolving->daemon = call->daemon;
		resolving->call = call;
		resolving->resolution = resolution_of(call, outcome);
		r = ph_call_audit_init(&resolving->audit, call, "payment.resolve", device,
			detail_of(call, payment, outcome));
		resolving->result = live ? ph_payment_result_by_hand(live) : NULL;
		snprintf(resolving->outcome, sizeof resolving->outcome, "%s", outcome);
		resolving->audit.entry.outcome = resolving->outcome;
		resolving->resolve = (struct ph_journal_pay_resolve){
			.request = {.done = on_resolved,
				.userdata = resolving,
				.audit = &resolving->audit.entry},
			.payment = payment,
			.found = !strcmp(outcome, "approved") ? PH_PAY_APPROVED : PH_PAY_CANCELLED,
			.of_reversal = !strcmp(outcome, "reversed"),
			.ends = live != NULL,
			.of_advice = live && live->phase == PH_PHASE_ADVISING,
			.reason = live ? "not_recovered" : NULL,
			.result = resolving->result,
			.resolution = resolving->resolution};
		if (!resolving->resolution || (live && !resolving->result))
			r = -ENOMEM;
		if (r == 0)
			r = ph_journal_pay_resolve_submit(
				call->daemon->journal, &resolving->resolve);
	}
	if (r == 0)
		return;
	if (resolving)
		resolving_free(resolving);
	ph_call_fail_journal(call, r, "it cannot be stored");
}

static void resolve_row(struct ph_call *call, const struct ph_payment_row *row)
{
	bool reversed = !strcmp(ph_param_str(call, "outcome"), "reversed");
	char name[PH_PAYMENT_ID_SIZE];

	ph_payment_id_format(row->id, name);
	if (row->resolution)
		ph_call_fail(call, PH_E_ILLEGAL, "%s: has been resolved", name);
	else if (row->state == PH_PAY_UNCERTAIN && reversed)
		ph_call_fail(call, PH_E_ILLEGAL,
			"$.outcome: %s has no reversal; approved or cancelled", name);
	else if (row->state == PH_PAY_UNCERTAIN)
		resolve(call, row->id, row->device, NULL);
	else if (row->reversal == PH_RECORD_REJECTED && !reversed)
		ph_call_fail(call, PH_E_ILLEGAL,
			"$.outcome: %s ended as %s, only its reversal is refused; reversed", name,
			ph_pay_state_name(row->state));
	else if (row->reversal == PH_RECORD_REJECTED)
		resolve(call, row->id, row->device, NULL);
	else
		ph_call_fail(call, PH_E_ILLEGAL, "%s: there is nothing to resolve; it is %s", name,
			ph_pay_state_name(row->state));
}

/* Nobody else will say what became of it. */
static bool may_resolve(const struct ph_payment *live)
{
	return live->phase == PH_PHASE_LOST || (live->phase == PH_PHASE_ADVISING && live->refused);
}

void ph_payment_resolve(struct ph_call *call)
{
	struct ph_payment *live = ph_payment_live(call);

	if (!live)
		ph_payment_look_up(call, resolve_row);
	else if (!may_resolve(live))
		ph_call_fail(call, PH_E_BUSY, "%s is under way", live->name);
	else if (!strcmp(ph_param_str(call, "outcome"), "reversed"))
		ph_call_fail(call, PH_E_ILLEGAL,
			"$.outcome: %s has no reversal; approved or cancelled", live->name);
	else
		resolve(call, live->id, live->device_id, live);
}

/* ---- payment.retry ---- */

struct retrying {
	struct ph_journal_queue_list list;
	struct ph_journal_record_move move;
	struct ph_call_audit audit;
	struct ph_call *call;
	struct ph_daemon *daemon;
	int64_t payment;
};

static void retrying_free(struct retrying *retrying)
{
	ph_call_audit_done(&retrying->audit);
	free(retrying);
}

static void fail_retry(struct retrying *retrying, int r)
{
	ph_call_fail_journal(retrying->call, r, "it cannot be stored");
	retrying_free(retrying);
}

static void on_queued(struct ph_journal_request *request, int result)
{
	struct retrying *retrying = request->userdata;
	struct ph_payment *live = ph_payment_find(retrying->daemon, retrying->payment);

	if (result < 0) {
		fail_retry(retrying, result);
		return;
	}
	if (live)
		live->refused = false;
	ph_forward_kick(retrying->daemon);
	ph_call_reply(retrying->call, NULL);
	retrying_free(retrying);
}

/* Of one that is refused, and that nobody has resolved; else NULL. */
static const struct ph_record_row *refused_of(const struct ph_journal_queue_list *list)
{
	for (uint32_t i = 0; i < list->count; i++) {
		const struct ph_record_row *row = &list->rows[i];
		if ((row->kind == PH_RECORD_REVERSAL && row->state == PH_RECORD_REJECTED &&
			    row->work != 2) ||
			(row->kind == PH_RECORD_COMPLETION && row->state == PH_RECORD_HELD))
			return row;
	}
	return NULL;
}

static void on_records(struct ph_journal_request *request, int result)
{
	struct retrying *retrying = request->userdata;
	const struct ph_record_row *row = result == 0 ? refused_of(&retrying->list) : NULL;

	if (result < 0) {
		fail_retry(retrying, result);
		return;
	}
	if (row) {
		retrying->move =
			(struct ph_journal_record_move){.request = {.done = on_queued,
								.userdata = retrying,
								.audit = &retrying->audit.entry},
				.record = row->id,
				.state = PH_RECORD_QUEUED};
		ph_journal_queue_list_clear(&retrying->list);
		int r = ph_journal_record_move_submit(retrying->daemon->journal, &retrying->move);
		if (r < 0)
			fail_retry(retrying, r);
		return;
	}
	ph_journal_queue_list_clear(&retrying->list);
	ph_call_fail(retrying->call, PH_E_ILLEGAL,
		"pay-%lld: no reversal or completion of it is refused",
		(long long)retrying->payment);
	retrying_free(retrying);
}

static void retry_row(struct ph_call *call, const struct ph_payment_row *row)
{
	struct retrying *retrying = calloc(1, sizeof *retrying);
	int r = -ENOMEM;

	if (row->resolution) {
		free(retrying);
		ph_call_fail(call, PH_E_ILLEGAL,
			"pay-%lld: no reversal or completion of it is refused, as it was resolved",
			(long long)row->id);
		return;
	}
	if (retrying) {
		*retrying =
			(struct retrying){.call = call, .daemon = call->daemon, .payment = row->id};
		r = ph_call_audit_init(&retrying->audit, call, "payment.retry", row->device,
			detail_of(call, row->id, NULL));
		retrying->audit.entry.outcome = "queued";
		retrying->list = (struct ph_journal_queue_list){
			.request = {.done = on_records, .userdata = retrying},
			.filter = PH_QUEUE_ALL,
			.payment = row->id,
			.newest = true,
			.limit = PH_LIST_MAX};
		if (r == 0)
			r = ph_journal_queue_list_submit(call->daemon->journal, &retrying->list);
	}
	if (r == 0)
		return;
	if (retrying)
		retrying_free(retrying);
	ph_call_fail_journal(call, r, "it cannot be stored");
}

void ph_payment_retry(struct ph_call *call)
{
	ph_payment_look_up(call, retry_row);
}
