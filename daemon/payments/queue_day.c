// The day's end at the host: what it has of this till is summed up, it says whether it has the same, and what it has is settled.
#include "base/currency.h"
#include "daemon/core/log.h"
#include "daemon/doors/call.h"
#include "daemon/objects/audit.h"
#include "daemon/objects/client.h"
#include "daemon/payments/forward_private.h"
#include "daemon/payments/payment_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRIES 3 /* without an answer; then the caller asks again, and the same sums are repeated */

struct day {
	struct ph_journal_batch_open open;
	struct ph_journal_batch_close close;
	struct ph_journal_queue_totals totals;
	struct ph_call_audit audit;
	struct ph_daemon *daemon;
	struct ph_call *call;
	char terminal[PH_NAME_MAX + 1], currency[4];
	unsigned tries;
	bool repeat;
	char refused[200]; /* the acquirer makes no message of it: why; or "" */
	cJSON *said;	   /* by the host */
};

static void day_free(struct day *day)
{
	day->daemon->payments->day_ends = false;
	cJSON_Delete(day->said);
	ph_call_audit_done(&day->audit);
	free(day);
}

static void fail(struct day *day, enum ph_error error, const char *hint, const char *message)
{
	struct ph_failure failure;

	ph_failure_set(&failure, error, NULL, "%s", message);
	if (hint)
		ph_failure_hint(&failure, hint);
	ph_call_fail_with(day->call, &failure);
	day_free(day);
}

static void fail_journal(struct day *day, int r)
{
	ph_call_fail_journal(day->call, r, "the day cannot be closed");
	day_free(day);
}

/* ---- sums ---- */

static cJSON *sums_json(const struct ph_batch_sums *sums, const char *money)
{
	const struct {
		const char *name;
		const struct ph_queue_sum *sum;
	} rows[] = {
		{"credits", &sums->credits},
		{"credit_reversals", &sums->credit_reversals},
		{"debits", &sums->debits},
		{"debit_reversals", &sums->debit_reversals},
	};
	cJSON *object = cJSON_CreateObject();

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		cJSON *sum = cJSON_AddObjectToObject(object, rows[i].name);
		cJSON_AddNumberToObject(sum, "count", rows[i].sum->count);
		cJSON_AddNumberToObject(sum, money, (double)rows[i].sum->total);
	}
	return object;
}

/* The host's, as the acquirer tells them, in the words of the application. */
static void add_host_sums(cJSON *answer, const cJSON *totals)
{
	const cJSON *sum;

	if (!cJSON_IsObject(totals))
		return;
	cJSON *object = cJSON_AddObjectToObject(answer, "host_sums");
	cJSON_ArrayForEach(sum, totals)
	{
		const cJSON *count = cJSON_GetObjectItemCaseSensitive(sum, "count");
		const cJSON *amount = cJSON_GetObjectItemCaseSensitive(sum, "amount");
		if (!cJSON_IsNumber(count) || !cJSON_IsNumber(amount))
			continue;
		cJSON *copy = cJSON_AddObjectToObject(object, sum->string);
		cJSON_AddNumberToObject(copy, "count", count->valuedouble);
		cJSON_AddNumberToObject(copy, "total", amount->valuedouble);
	}
}

/* ---- its answer ---- */

static const char *balance_of(const struct day *day)
{
	const char *word =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(day->said, "balance"));

	if (word && (!strcmp(word, "in_balance") || !strcmp(word, "out_of_balance")))
		return word;
	return "error";
}

static void reply(struct day *day)
{
	char head[PH_AUDIT_HEAD_SIZE];
	cJSON *answer = cJSON_CreateObject();

	cJSON_AddStringToObject(answer, "balance", balance_of(day));
	cJSON_AddStringToObject(answer, "currency", day->currency);
	cJSON_AddItemToObject(answer, "sums", sums_json(&day->open.sums, "total"));
	add_host_sums(answer, cJSON_GetObjectItemCaseSensitive(day->said, "host_totals"));
	cJSON_AddNumberToObject(answer, "pending", day->open.pending);
	cJSON_AddNumberToObject(answer, "settled", day->close.settled);
	if (day->totals.audit_count >= 0) {
		ph_audit_head_text(day->totals.audit_head, head);
		cJSON_AddStringToObject(answer, "audit_head", head);
	}
	ph_call_reply(day->call, answer);
	day_free(day);
}

static void on_totals(struct ph_journal_request *request, int result)
{
	struct day *day = request->userdata;

	if (result < 0) /* the day is closed all the same */
		day->totals.audit_count = -1;
	reply(day);
}

/* The head of the audit trail, with the row of this in it. */
static void on_closed(struct ph_journal_request *request, int result)
{
	struct day *day = request->userdata;

	if (result < 0) {
		fail_journal(day, result);
		return;
	}
	day->totals = (struct ph_journal_queue_totals){
		.request = {.done = on_totals, .userdata = day}, .since_us = UINT64_MAX >> 1};
	int r = ph_journal_queue_totals_submit(day->daemon->journal, &day->totals);
	if (r < 0)
		on_totals(&day->totals.request, r);
}

static void close_day(struct day *day)
{
	const char *word = balance_of(day);

	day->audit.entry.outcome = word;
	if (strcmp(word, "in_balance") != 0)
		ph_log(LOG_ERR, NULL, "the day at the host does not close: %s", word);
	day->close = (struct ph_journal_batch_close){
		.request = {.done = on_closed, .userdata = day, .audit = &day->audit.entry},
		.batch = day->open.batch,
		.balanced = !strcmp(word, "in_balance"),
		.word = word};
	int r = ph_journal_batch_close_submit(day->daemon->journal, &day->close);
	if (r < 0)
		fail_journal(day, r);
}

static void ask(struct day *day);

static void fail_not_sent(struct day *day)
{
	if (day->refused[0])
		fail(day, PH_E_ILLEGAL, "the log of poshal-acquirer says more", day->refused);
	else
		fail(day, PH_E_OFFLINE, "ask again when the host is there",
			"the host cannot be reached, and was not asked");
}

static void on_given_up(struct ph_journal_request *request, int result)
{
	fail_not_sent(request->userdata);
}

/* Nothing of these sums has ever left: they are not what is asked next time, when there may be more. */
static void give_up(struct day *day)
{
	day->close =
		(struct ph_journal_batch_close){.request = {.done = on_given_up, .userdata = day},
			.batch = day->open.batch,
			.word = "not_sent"};
	if (ph_journal_batch_close_submit(day->daemon->journal, &day->close) < 0)
		fail_not_sent(day);
}

static void not_sent(struct day *day, const struct ph_host_answer *answer)
{
	if (answer->decision == PH_HOST_REFUSED)
		snprintf(day->refused, sizeof day->refused, "%s",
			answer->why && answer->why[0] ? answer->why
						      : "the acquirer does not do this");
	if (day->repeat) /* the host may have had them before */
		fail_not_sent(day);
	else
		give_up(day);
}

static void on_host(void *userdata, const struct ph_host_answer *answer)
{
	struct day *day = userdata;

	if (day->daemon->payments->closing) {
		fail(day, PH_E_UNCERTAIN, NULL, "the service ends");
	} else if (cJSON_IsObject(answer->result)) {
		day->said = cJSON_Duplicate(answer->result, true);
		close_day(day);
	} else if (answer->decision == PH_HOST_NO_ANSWER && ++day->tries < TRIES) {
		day->repeat = true;
		ask(day);
	} else if (answer->decision == PH_HOST_NO_ANSWER) {
		fail(day, PH_E_UNCERTAIN, "ask again: the same sums are repeated",
			"the host has not said whether it has the same");
	} else {
		not_sent(day, answer);
	}
}

static cJSON *message(const struct day *day)
{
	unsigned number = 0, exponent = 2;
	char stan[12];
	cJSON *params = cJSON_CreateObject();

	snprintf(stan, sizeof stan, "%06u", (unsigned)day->open.stan);
	cJSON_AddStringToObject(params, "tid", day->terminal);
	cJSON_AddStringToObject(params, "stan", stan);
	cJSON_AddStringToObject(params, "transmission", day->open.transmission);
	cJSON *currency = cJSON_AddObjectToObject(params, "currency");
	ph_currency_find(day->currency, &number, &exponent);
	cJSON_AddStringToObject(currency, "code", day->currency);
	cJSON_AddNumberToObject(currency, "number", number);
	cJSON_AddNumberToObject(currency, "exponent", exponent);
	cJSON_AddItemToObject(params, "totals", sums_json(&day->open.sums, "amount"));
	if (day->repeat)
		cJSON_AddTrueToObject(params, "repeat");
	return params;
}

static void ask(struct day *day)
{
	int r = ph_acquirer_ask(
		day->daemon->payments->acquirer, "host.reconcile", message(day), on_host, day);

	if (r < 0)
		fail(day, PH_E_FAILURE, NULL, strerror(-r));
}

/* ---- the call ---- */

static void on_opened(struct ph_journal_request *request, int result)
{
	struct day *day = request->userdata;
	char text[160];

	switch (result) {
	case 0:
	case -EALREADY:
		day->repeat = day->open.repeat || result == -EALREADY;
		ask(day);
		return;
	case -EBUSY:
		snprintf(text, sizeof text,
			"%u records of %s in %s are not with the host yet; its day cannot end",
			(unsigned)day->open.pending, day->terminal, day->currency);
		fail(day, PH_E_BUSY,
			"send them first (`poshalctl queue forward`), or carry them forward into "
			"the next day (`carry_forward`)",
			text);
		return;
	default:
		fail_journal(day, result);
	}
}

static cJSON *detail_of(struct ph_call *call, const struct day *day, bool carry_forward)
{
	const char *who = ph_param_str(call, "operator");
	cJSON *object = cJSON_CreateObject();

	cJSON_AddStringToObject(object, "terminal", day->terminal);
	cJSON_AddStringToObject(object, "currency", day->currency);
	cJSON_AddBoolToObject(object, "carry_forward", carry_forward);
	cJSON_AddStringToObject(object, "operator", who ? who : "");
	return object;
}

static struct day *day_new(
	struct ph_call *call, const char *terminal, const char *currency, bool carry_forward)
{
	struct day *day = calloc(1, sizeof *day);

	if (!day)
		return NULL;
	day->daemon = call->daemon;
	day->call = call;
	snprintf(day->terminal, sizeof day->terminal, "%s", terminal);
	snprintf(day->currency, sizeof day->currency, "%s", currency);
	int r = ph_call_audit_init(
		&day->audit, call, "queue.reconcile", "", detail_of(call, day, carry_forward));
	day->audit.entry.outcome = "asked";
	day->open = (struct ph_journal_batch_open){.request = {.done = on_opened, .userdata = day},
		.terminal = day->terminal,
		.currency = day->currency,
		.carry_forward = carry_forward};
	if (r == 0)
		return day;
	free(day);
	return NULL;
}

void ph_queue_reconcile(
	struct ph_call *call, const char *terminal, const char *currency, bool carry_forward)
{
	if (call->daemon->payments->day_ends) {
		ph_call_fail(call, PH_E_BUSY, "the day at the host is being closed already");
		return;
	}
	struct day *day = day_new(call, terminal, currency, carry_forward);
	if (!day) {
		ph_call_fail(call, PH_E_FAILURE, "out of memory");
		return;
	}
	call->daemon->payments->day_ends = true;
	int r = ph_journal_batch_open_submit(call->daemon->journal, &day->open);
	if (r < 0)
		fail_journal(day, r);
}
