// Tells what became of what was sent from the queue: log, events, and the payment that waits for it.
#include "base/clock.h"
#include "daemon/core/log.h"
#include "daemon/objects/event.h"
#include "daemon/payments/forward_private.h"
#include "daemon/payments/offline.h"
#include "daemon/payments/payment_private.h"

#include <stdio.h>
#include <string.h>

static bool is_family(const struct ph_record_row *row)
{
	return ph_record_family(row->kind) != PH_FAMILY_NONE;
}

static void add_text(cJSON *object, const char *name, const char *text)
{
	if (text && text[0])
		cJSON_AddStringToObject(object, name, text);
}

/* ---- what stands without the host ---- */

static void add_work(cJSON *data, const struct ph_record_row *row)
{
	const struct ph_forward_word *word = ph_forward_word(row);

	if (!row->work || !word)
		return;
	cJSON_AddStringToObject(data, "reason", word->reason);
	cJSON_AddStringToObject(data, "message", word->message);
	if (row->work == 1) /* nobody has seen to it yet */
		cJSON_AddStringToObject(data, "advice", word->advice);
}

static int64_t stands(const struct ph_record_row *row)
{
	if (row->state != PH_RECORD_APPROVED && row->state != PH_RECORD_PARTIAL &&
		row->state != PH_RECORD_SETTLED)
		return 0;
	return row->amount_host ? row->amount_host : row->amount;
}

cJSON *ph_forward_describe(const struct ph_record_row *row)
{
	char next[PH_TIME_SIZE];
	cJSON *object = cJSON_CreateObject();

	cJSON_AddStringToObject(object, "kind", ph_record_kind_name(row->kind));
	cJSON_AddStringToObject(object, "family", ph_family_name(ph_record_family(row->kind)));
	cJSON_AddStringToObject(object, "state", ph_record_state_name(row->state));
	cJSON_AddNumberToObject(object, "amount", (double)row->amount);
	cJSON_AddStringToObject(object, "currency", row->currency);
	cJSON_AddNumberToObject(object, "attempts", row->attempts);
	cJSON_AddBoolToObject(object, "work", row->work == 1);
	if (ph_record_is_final(row->state))
		cJSON_AddNumberToObject(object, "amount_approved", (double)stands(row));
	add_text(object, "response_code", row->response_code);
	add_text(object, "approval_code", row->approval_code);
	add_text(object, "hold_reason", row->hold_reason);
	add_text(object, "note", row->note);
	add_work(object, row);
	if (row->next_us > ph_clock_wall_us()) {
		ph_time_format(row->next_us, next);
		cJSON_AddStringToObject(object, "next", next);
	}
	return object;
}

void ph_forward_publish(struct ph_daemon *daemon, const struct ph_record_row *row)
{
	char payment[PH_PAYMENT_ID_SIZE];
	cJSON *data = ph_forward_describe(row);

	ph_payment_id_format(row->payment, payment);
	cJSON_AddStringToObject(data, "payment", payment);
	ph_offline_add_exposure(daemon, data);
	ph_events_publish_json(daemon, "queue.state", row->device, data);
}

/* One that has to be looked at is an error, whatever the host meant by it. */
static void log_family(const struct ph_record_row *row)
{
	const struct ph_forward_word *word = ph_forward_word(row);
	const char *kind = ph_record_kind_name(row->kind);

	if (word)
		ph_log(LOG_ERR, row->device, "the %s of pay-%lld is %s%s%s: %s; %s", kind,
			(long long)row->payment, ph_record_state_name(row->state),
			row->response_code[0] ? " " : "", row->response_code, word->message,
			word->advice);
	else
		ph_log(LOG_INFO, row->device, "the %s of pay-%lld is %s", kind,
			(long long)row->payment, ph_record_state_name(row->state));
}

/* ---- reversals and completions ---- */

static void publish_other(
	struct ph_daemon *daemon, const struct ph_record_row *row, const char *state, bool refused)
{
	char payment[PH_PAYMENT_ID_SIZE];
	cJSON *data = cJSON_CreateObject();

	ph_payment_id_format(row->payment, payment);
	cJSON_AddStringToObject(data, "payment", payment);
	cJSON_AddStringToObject(data, "state", state);
	cJSON_AddNumberToObject(data, "attempts", row->attempts);
	if (refused) {
		add_text(data, "response_code", row->response_code);
		add_text(data, "message", row->note);
	} else {
		add_text(data, "reason", row->reason);
	}
	ph_events_publish_json(daemon, "payment.state", row->device, data);
}

static void tell_refused(struct ph_daemon *daemon, const struct ph_record_row *row)
{
	bool completion = row->kind == PH_RECORD_COMPLETION;

	ph_log(LOG_ERR, row->device, "the %s of pay-%lld is refused (%s%s%s): somebody has to look",
		ph_record_kind_name(row->kind), (long long)row->payment, row->response_code,
		row->response_code[0] ? " " : "", row->note);
	publish_other(daemon, row, completion ? "completion_refused" : "reversal_refused", true);
	if (completion)
		ph_payment_advice_refused(daemon, row);
}

static void tell_reversed(struct ph_daemon *daemon, const struct ph_record_row *row)
{
	if (!strcmp(row->response_code, "25"))
		ph_log(LOG_NOTICE, row->device, "the host has nothing to reverse for pay-%lld",
			(long long)row->payment);
	publish_other(daemon, row, "reversed", false);
}

/* ---- all ---- */

void ph_forward_tell(struct ph_daemon *daemon, const struct ph_record_row *row)
{
	bool again = row->state == PH_RECORD_RETRY_WAIT || row->state == PH_RECORD_UNSURE;

	if (again && row->attempts > 1)
		return; /* that it waits was told */
	if (is_family(row)) {
		if (!again)
			log_family(row);
		ph_forward_publish(daemon, row);
	} else if (row->state == PH_RECORD_REJECTED || row->state == PH_RECORD_HELD) {
		tell_refused(daemon, row);
	} else if (row->kind == PH_RECORD_REVERSAL && row->state == PH_RECORD_APPROVED) {
		tell_reversed(daemon, row);
	}
}

void ph_forward_tell_superseded(struct ph_daemon *daemon, const struct ph_record_row *successor,
	const struct ph_record_row *reversal)
{
	const char *kind = ph_record_kind_name(successor->kind);
	long long payment = (long long)successor->payment;

	if (successor->state == PH_RECORD_HELD)
		log_family(successor);
	else if (reversal->id)
		ph_log(LOG_WARNING, successor->device,
			"no answer to the %s of pay-%lld: it is reversed (%06u), and asked anew "
			"behind that (%06u)",
			kind, payment, (unsigned)reversal->stan, (unsigned)successor->stan);
	else
		ph_log(LOG_INFO, successor->device,
			"not now, says the host to the %s of pay-%lld: it is asked anew (%06u)",
			kind, payment, (unsigned)successor->stan);
	ph_forward_publish(daemon, successor);
}

void ph_forward_say_it_waits(const struct ph_record_row *row, const char *why)
{
	ph_log(LOG_WARNING, row->device, "the %s of pay-%lld waits for the host: %s",
		ph_record_kind_name(row->kind), (long long)row->payment,
		why && why[0] ? why : "not now");
}
