// What a person does with records of the queue: hold, release, present again, send now, mark as seen. The rules are the journal's.
#include "base/clock.h"
#include "base/utf8.h"
#include "daemon/core/config.h"
#include "daemon/doors/call.h"
#include "daemon/objects/audit.h"
#include "daemon/objects/client.h"
#include "daemon/payments/forward_private.h"
#include "daemon/payments/offline.h"
#include "daemon/payments/payment_private.h"
#include "daemon/payments/payment_query.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_US 1000000ull

static const struct {
	const char *action, *outcome;
} acts[PH_QUEUE_ACT_COUNT_] = {
	[PH_QUEUE_HOLD] = {"queue.hold", "held"},
	[PH_QUEUE_RELEASE] = {"queue.release", "queued"},
	[PH_QUEUE_NOW] = {"queue.forward", "queued"},
	[PH_QUEUE_AGAIN] = {"queue.again", "stored"},
	[PH_QUEUE_SEEN] = {"queue.seen", "seen"},
};

struct acting {
	struct ph_journal_queue_list list;
	struct ph_journal_queue_act act;
	struct ph_call_audit audit;
	struct ph_daemon *daemon;
	struct ph_call *call;
	int64_t payment;
	enum ph_queue_act what;
	int64_t amount;
	char reason[PH_HOLD_REASON_MAX + 1];
};

static void acting_free(struct acting *acting)
{
	ph_journal_queue_list_clear(&acting->list);
	ph_call_audit_done(&acting->audit);
	free(acting);
}

static void fail(struct acting *acting, int r)
{
	ph_call_fail_journal(acting->call, r, "it cannot be stored");
	acting_free(acting);
}

static const char *text_or(struct ph_call *call, const char *name, const char *other)
{
	const char *text = ph_param_str(call, name);

	return text ? text : other;
}

static cJSON *detail_of(struct ph_call *call, int64_t payment, int64_t amount)
{
	char name[PH_PAYMENT_ID_SIZE];
	cJSON *object = cJSON_CreateObject();

	if (payment) {
		ph_payment_id_format(payment, name);
		cJSON_AddStringToObject(object, "payment", name);
	}
	if (amount)
		cJSON_AddNumberToObject(object, "amount", (double)amount);
	cJSON_AddStringToObject(object, "operator", text_or(call, "operator", ""));
	cJSON_AddStringToObject(object, "reason", text_or(call, "reason", ""));
	return object;
}

/* ---- one record ---- */

/* It could be presented again, but for what was dropped: somebody has seen to it, or it is too long ago. */
static bool has_lost_its_card(const struct ph_record_row *row)
{
	return !row->sealed_len && ph_record_may_come_again(row->state);
}

static void set_lost(int64_t payment, struct ph_failure *failure)
{
	ph_failure_set(failure, PH_E_ILLEGAL, NULL,
		"pay-%lld: what was kept of its card is gone, so it cannot be presented again",
		(long long)payment);
	ph_failure_hint(failure, "contact the customer; it takes a new sale, with the card");
}

/* What can be done to a record instead. */
static const char *instead(const struct acting *acting)
{
	const struct ph_record_row *row = &acting->act.row;
	bool exported = !strcmp(row->hold_reason, PH_HELD_EXPORTED);

	switch (row->state) {
	case PH_RECORD_HELD:
		if (exported)
			return "it was exported: `poshalctl queue hand-over` when the other "
			       "machine has taken it for good, `poshalctl queue take-back` "
			       "when it never will";
		return acting->amount ? "release it without an amount"
				      : "release it (`poshalctl queue release`), or void it";
	case PH_RECORD_STORED:
	case PH_RECORD_QUEUED:
	case PH_RECORD_RETRY_WAIT:
	case PH_RECORD_UNSURE:
		return "it goes by itself; send it now (`poshalctl queue forward`), or void it";
	case PH_RECORD_DECLINED:
	case PH_RECORD_REFERRED:
	case PH_RECORD_REJECTED:
	case PH_RECORD_EXPIRED:
		if (row->work != 1)
			return "somebody has seen to it already";
		return row->sealed_len
			       ? "present it again (`poshalctl queue again`), or mark it as seen "
				 "(`poshalctl queue seen`)"
			       : "mark it as seen (`poshalctl queue seen`)";
	case PH_RECORD_PARTIAL:
		return row->work == 1
			       ? "mark it as seen (`poshalctl queue seen`), void it or give it back"
			       : "void it or give it back";
	case PH_RECORD_APPROVED:
		return "the host has it: void it or give it back";
	case PH_RECORD_SETTLED:
		return "its day is closed: give it back";
	case PH_RECORD_ABANDONED:
		return exported ? "the other machine has it: do it there" : "it was undone";
	case PH_RECORD_VOIDED:
	case PH_RECORD_REVERSED:
		return "it was undone";
	case PH_RECORD_INTENT:
	case PH_RECORD_SENDING:
	case PH_RECORD_REFUSED:
	case PH_RECORD_STATE_COUNT_:
		break;
	}
	return "`poshalctl queue list --filter all` shows the records";
}

/* What a person can do about a limit that is in the way. */
static const char *below(const char *limit, bool tip)
{
	if (tip)
		return "release it without the tip";
	return !strncmp(limit, "card_", 5) ? "its card has been used since: present it again when "
					     "that is long enough ago"
					   : "present it again when the host has what waits";
}

/* More would stand than may: the limit is named as that of a sale is. */
static void fail_limit(const struct acting *acting, struct ph_failure *failure)
{
	bool tip = acting->what == PH_QUEUE_RELEASE;
	const char *limit = acting->act.limit;

	if (limit)
		ph_failure_set(failure, PH_E_LIMIT_EXCEEDED, NULL,
			"pay-%lld: with %s more would wait for the host than may (%s)",
			(long long)acting->payment, tip ? "the tip" : "it", limit);
	else
		ph_failure_set(failure, PH_E_LIMIT_EXCEEDED, NULL,
			"pay-%lld was presented %d times again already", (long long)acting->payment,
			PH_AGAIN_MAX);
	if (limit)
		ph_failure_hint(failure, below(limit, tip));
	failure->retryable = false;
}

static void fail_state(struct acting *acting, int r)
{
	const struct ph_record_row *row = &acting->act.row;
	long long id = (long long)acting->payment;
	struct ph_failure failure;

	switch (r) {
	case -ENOENT:
		ph_failure_set(&failure, PH_E_ILLEGAL, NULL,
			"pay-%lld: nothing of it was accepted without the host", id);
		break;
	case -EBUSY:
		ph_failure_set(&failure, PH_E_BUSY, NULL, "pay-%lld is with the host just now", id);
		ph_failure_hint(&failure, "ask again in a moment");
		break;
	case -EEXIST:
		ph_failure_set(&failure, PH_E_ILLEGAL, NULL,
			"pay-%lld: it is more than is left of what was taken", id);
		break;
	case -EDQUOT:
		fail_limit(acting, &failure);
		break;
	default:
		if (acting->what == PH_QUEUE_AGAIN && has_lost_its_card(row)) {
			set_lost(id, &failure);
			break;
		}
		ph_failure_set(&failure, PH_E_ILLEGAL, NULL,
			"pay-%lld: the record is %s; that cannot be done to it now", id,
			ph_record_state_name(row->state));
		ph_failure_hint(&failure, instead(acting));
		break;
	}
	ph_call_fail_with(acting->call, &failure);
	acting_free(acting);
}

static void on_acted(struct ph_journal_request *request, int result)
{
	struct acting *acting = request->userdata;
	const struct ph_record_row *row = &acting->act.row;
	char name[PH_PAYMENT_ID_SIZE];

	if (result == -ENOENT || result == -EBUSY || result == -EDQUOT || result == -EPERM ||
		result == -EEXIST) {
		fail_state(acting, result);
		return;
	}
	if (result < 0) {
		fail(acting, result);
		return;
	}
	ph_offline_expose(acting->daemon, &acting->act.exposure);
	ph_forward_publish(acting->daemon, row);
	if (acting->what == PH_QUEUE_NOW)
		ph_forward_try(acting->daemon);
	else
		ph_forward_kick(acting->daemon);
	cJSON *answer = cJSON_CreateObject();
	ph_payment_id_format(row->payment, name);
	cJSON_AddStringToObject(answer, "payment", name);
	cJSON_AddStringToObject(answer, "state", ph_record_state_name(row->state));
	cJSON_AddNumberToObject(answer, "amount", (double)row->amount);
	cJSON_AddStringToObject(answer, "currency", row->currency);
	ph_call_reply(acting->call, answer);
	acting_free(acting);
}

static struct ph_accept_limits limits_of(const struct acting *acting, enum ph_family family)
{
	const struct ph_offline_limits *limits = &acting->daemon->config->offline;

	/* what card or issuer have approved stands also where nothing else may */
	if (family == PH_FAMILY_ADVICE && !limits->enabled)
		return (struct ph_accept_limits){0};
	return (struct ph_accept_limits){.max_total = limits->max_total,
		.max_count = limits->max_count,
		.card_count = limits->card_count,
		.card_total = limits->card_total,
		.card_window_s = limits->card_window_s};
}

static void submit(struct acting *acting, enum ph_family family)
{
	acting->act = (struct ph_journal_queue_act){
		.request = {.done = on_acted, .userdata = acting, .audit = &acting->audit.entry},
		.payment = acting->payment,
		.act = acting->what,
		.reason = acting->what == PH_QUEUE_HOLD ? acting->reason : NULL,
		.amount = acting->amount,
		.limits = limits_of(acting, family),
		.max_again = PH_AGAIN_MAX};
	int r = ph_journal_queue_act_submit(acting->daemon->journal, &acting->act);
	if (r < 0)
		fail(acting, r);
}

/* ---- presented again ---- */

static const struct ph_record_row *newest(const struct ph_journal_queue_list *list)
{
	const struct ph_record_row *found = NULL;

	for (uint32_t i = 0; i < list->count; i++)
		if (ph_record_family(list->rows[i].kind) != PH_FAMILY_NONE)
			found = &list->rows[i];
	return found;
}

/* Until when it has to wait; 0: it has waited. Behind a clock that was ahead then it is not known, and no reason to wait for longer. */
static uint64_t not_before(const struct ph_record_row *row)
{
	uint64_t now = ph_clock_wall_us(), at = row->changed_us + PH_AGAIN_WAIT_S * SECOND_US;

	if (row->changed_us > now + PH_CLOCK_STEP_S * SECOND_US)
		return 0;
	return now < at ? at : 0;
}

/* What the issuer has refused for good stays refused, and what it has refused for now is not hammered at. */
static bool may_again(struct acting *acting, const struct ph_record_row *row)
{
	struct ph_failure failure;
	char until[PH_TIME_SIZE];
	uint64_t at = not_before(row);

	if (row->state != PH_RECORD_DECLINED)
		return true;
	if (!ph_forward_may_present_again(row->response_code)) {
		ph_failure_set(&failure, PH_E_ILLEGAL, NULL,
			"pay-%lld: the issuer has declined it for good (%s)",
			(long long)acting->payment, row->response_code);
		ph_failure_hint(&failure, "contact the customer");
	} else if (has_lost_its_card(row)) {
		set_lost(acting->payment, &failure);
	} else if (at) {
		ph_time_format(at, until);
		ph_failure_set(&failure, PH_E_BUSY, NULL,
			"pay-%lld was declined (%s); not before %s again",
			(long long)acting->payment, row->response_code, until);
		ph_failure_hint(&failure, "present it again then, or contact the customer");
		failure.retryable = false;
	} else {
		return true;
	}
	ph_call_fail_with(acting->call, &failure);
	return false;
}

static void on_listed(struct ph_journal_request *request, int result)
{
	struct acting *acting = request->userdata;
	const struct ph_record_row *row = result == 0 ? newest(&acting->list) : NULL;

	if (result < 0) {
		fail(acting, result);
		return;
	}
	if (row && !may_again(acting, row)) {
		acting_free(acting);
		return;
	}
	enum ph_family family = row ? ph_record_family(row->kind) : PH_FAMILY_STAND_IN;
	ph_journal_queue_list_clear(&acting->list);
	submit(acting, family);
}

static void look_first(struct acting *acting)
{
	acting->list =
		(struct ph_journal_queue_list){.request = {.done = on_listed, .userdata = acting},
			.filter = PH_QUEUE_ALL,
			.payment = acting->payment,
			.newest = true,
			.limit = PH_LIST_MAX};
	int r = ph_journal_queue_list_submit(acting->daemon->journal, &acting->list);
	if (r < 0)
		fail(acting, r);
}

/* ---- the calls ---- */

/* A tip is a part of what was sold. */
static bool amount_ok(struct ph_call *call, const struct ph_payment_row *row, int64_t amount)
{
	unsigned percent = call->daemon->config->offline.tip_percent;
	int64_t most =
		row->amount + row->amount / 100 * percent + row->amount % 100 * percent / 100;

	if (!amount || amount <= most)
		return true;
	ph_call_fail(call, PH_E_ILLEGAL,
		"$.amount: at most %lld, which is what was accepted and %u %% (tip_percent)",
		(long long)most, percent);
	return false;
}

static struct acting *acting_of(
	struct ph_call *call, const struct ph_payment_row *row, enum ph_queue_act what)
{
	struct acting *acting = calloc(1, sizeof *acting);

	if (!acting)
		return NULL;
	*acting = (struct acting){.daemon = call->daemon,
		.call = call,
		.payment = row->id,
		.what = what,
		.amount = what == PH_QUEUE_RELEASE ? ph_param_int(call, "amount", 0) : 0};
	snprintf(acting->reason, sizeof acting->reason, "%s", text_or(call, "reason", "held"));
	ph_utf8_clean(acting->reason); /* it may have been cut */
	int r = ph_call_audit_init(&acting->audit, call, acts[what].action, row->device,
		detail_of(call, row->id, acting->amount));
	acting->audit.entry.outcome = acts[what].outcome;
	if (r == 0)
		return acting;
	free(acting);
	return NULL;
}

static void act_on_row(
	struct ph_call *call, const struct ph_payment_row *row, enum ph_queue_act what)
{
	if (what == PH_QUEUE_RELEASE && !amount_ok(call, row, ph_param_int(call, "amount", 0)))
		return;
	struct acting *acting = acting_of(call, row, what);
	if (!acting)
		ph_call_fail(call, PH_E_FAILURE, "out of memory");
	else if (what == PH_QUEUE_AGAIN)
		look_first(acting);
	else
		submit(acting, PH_FAMILY_STAND_IN); /* no tip is added to an advice */
}

/* Some reasons say what a release does. */
static bool is_own_word(const char *reason)
{
	return !strcmp(reason, PH_HELD_EXPORTED) || !strcmp(reason, PH_HELD_RESTORED);
}

static void hold_row(struct ph_call *call, const struct ph_payment_row *row)
{
	const char *reason = ph_param_str(call, "reason");

	if (is_own_word(reason))
		ph_call_fail(call, PH_E_ILLEGAL,
			"$.reason: `%s` is poshald's own word; say it in others", reason);
	else
		act_on_row(call, row, PH_QUEUE_HOLD);
}

static void release_row(struct ph_call *call, const struct ph_payment_row *row)
{
	act_on_row(call, row, PH_QUEUE_RELEASE);
}

static void now_row(struct ph_call *call, const struct ph_payment_row *row)
{
	act_on_row(call, row, PH_QUEUE_NOW);
}

static void again_row(struct ph_call *call, const struct ph_payment_row *row)
{
	act_on_row(call, row, PH_QUEUE_AGAIN);
}

static void seen_row(struct ph_call *call, const struct ph_payment_row *row)
{
	act_on_row(call, row, PH_QUEUE_SEEN);
}

void ph_queue_act(struct ph_call *call, enum ph_queue_act act)
{
	static void (*const found[PH_QUEUE_ACT_COUNT_])(
		struct ph_call * call, const struct ph_payment_row *row) = {
		[PH_QUEUE_HOLD] = hold_row,
		[PH_QUEUE_RELEASE] = release_row,
		[PH_QUEUE_NOW] = now_row,
		[PH_QUEUE_AGAIN] = again_row,
		[PH_QUEUE_SEEN] = seen_row,
	};

	ph_payment_look_up(call, found[act]);
}

/* ---- all that waits ---- */

struct hurrying {
	struct ph_journal_audit_add add;
	struct ph_call_audit audit;
	struct ph_daemon *daemon;
	struct ph_call *call;
};

static void on_audited(struct ph_journal_request *request, int result)
{
	struct hurrying *hurrying = request->userdata;

	if (result < 0) {
		ph_call_fail_journal(hurrying->call, result, "it cannot be stored");
	} else {
		cJSON *answer = cJSON_CreateObject();
		ph_forward_at_once(hurrying->daemon);
		cJSON_AddNumberToObject(answer, "waiting", ph_forward_waiting(hurrying->daemon));
		ph_call_reply(hurrying->call, answer);
	}
	ph_call_audit_done(&hurrying->audit);
	free(hurrying);
}

void ph_forward_now(struct ph_call *call)
{
	struct hurrying *hurrying = calloc(1, sizeof *hurrying);
	int r = -ENOMEM;

	if (hurrying) {
		hurrying->daemon = call->daemon;
		hurrying->call = call;
		r = ph_call_audit_init(
			&hurrying->audit, call, "queue.forward", "", detail_of(call, 0, 0));
		hurrying->audit.entry.outcome = "hurried";
		hurrying->add.request = (struct ph_journal_request){
			.done = on_audited, .userdata = hurrying, .audit = &hurrying->audit.entry};
		if (r == 0)
			r = ph_journal_audit_add_submit(call->daemon->journal, &hurrying->add);
	}
	if (r == 0)
		return;
	if (hurrying)
		ph_call_audit_done(&hurrying->audit);
	free(hurrying);
	ph_call_fail_journal(call, r, "it cannot be stored");
}
