// Completions of reservations at card readers: on disk before they leave, repeated by the queue until the host has taken them, and told
// when it has. How they are sent is forward.c's.
#include "base/cleanup.h"
#include "daemon/core/config.h"
#include "daemon/core/log.h"
#include "daemon/payments/payment_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define REFUSED                                                                                    \
	"an earlier attempt may have reached the host, and poshal-acquirer makes no message of "   \
	"it any more: somebody has to look"
#define UNCLEAR "the host has answered, and not so that it can be relied on: somebody has to look"

/* ---- D1 ---- */

static void on_stored(struct ph_journal_request *request, int result)
{
	ph_payment_event(
		request->userdata, PH_EVENT_STORED, &(struct ph_pay_news){.number = result});
}

void ph_payment_advise(struct ph_payment *payment)
{
	payment->phase = PH_PHASE_QUEUEING;
	payment->advice =
		(struct ph_journal_advice){.request = {.done = on_stored, .userdata = payment},
			.payment = payment->id,
			.original = payment->original};
	int r = ph_journal_advice_submit(payment->daemon->journal, &payment->advice);
	if (r < 0)
		ph_payment_on_advice_stored(payment, &(struct ph_pay_news){.number = r});
}

void ph_payment_wait(struct ph_payment *payment)
{
	if (!payment->timer)
		ph_payment_timer(payment, payment->daemon->config->payments.answer_s * 1000);
}

/* From here on it is the queue's, and the payment waits for what the host says. */
static void enqueue(struct ph_payment *payment, const struct ph_record_row *record)
{
	payment->class_ = PH_CLASS_COUNT_;
	payment->phase = PH_PHASE_ADVISING;
	payment->record = *record;
	payment->has_record = payment->host_asked = true;
	payment->refused = record->state == PH_RECORD_HELD;
	ph_forward_kick(payment->daemon);
}

void ph_payment_on_advice_stored(struct ph_payment *payment, const struct ph_pay_news *news)
{
	switch (news->number) {
	case 0:
		ph_payment_tell_progress(payment, "authorising", NULL);
		ph_payment_wait(payment);
		enqueue(payment, &payment->advice.record);
		return;
	case -EEXIST:
		ph_payment_finish(payment, PH_PAY_CANCELLED, "completed",
			"another payment has completed the reservation, or it is void");
		return;
	case -ENOENT:
		ph_payment_finish(payment, PH_PAY_CANCELLED, "nothing_reserved",
			"nothing is reserved there any more");
		return;
	default:
		ph_payment_finish(payment, PH_PAY_CANCELLED, "journal",
			"the payment cannot be stored; nothing was sent");
	}
}

static const char *why_refused(const struct ph_record_row *row)
{
	return row->response_code[0] ? UNCLEAR : REFUSED;
}

/* It goes on without the caller, who can ask again. */
void ph_payment_on_advice_late(struct ph_payment *payment, const struct ph_pay_news *news)
{
	ph_payment_answer_uncertain(payment,
		payment->refused
			? why_refused(&payment->record)
			: "the host has not answered yet; the completion is on disk and is "
			  "repeated until it has: ask again with the same key");
}

/* ---- the host's answer ---- */

/* What the end is called, by the host's decision. */
static const struct {
	enum ph_pay_state state;
	const char *reason, *message;
} ends[] = {
	[PH_HOST_APPROVED] = {PH_PAY_APPROVED, NULL, NULL},
	[PH_HOST_PARTIAL] = {PH_PAY_PARTIAL, NULL, NULL},
	[PH_HOST_DECLINED] = {PH_PAY_DECLINED, "host_declined", NULL},
	[PH_HOST_REFERRED] = {PH_PAY_REFERRED, "host_referred", NULL},
	[PH_HOST_FORMAT] = {PH_PAY_DECLINED, "host_rejected",
		"the host does not take this message: call the acquirer"},
	[PH_HOST_REFUSED] = {PH_PAY_DECLINED, "acquirer_refused",
		"poshal-acquirer makes no message of it: its log says why"},
	[PH_HOST_NOT_FOUND] = {PH_PAY_DECLINED, "nothing_reserved",
		"the host does not know the reservation"},
	/* of a first message: somebody has used its number before, and nobody knows for what */
	[PH_HOST_DUPLICATE] = {PH_PAY_UNCERTAIN, "host_duplicate",
		"the host says that it has had this message before: call the acquirer"},
};

void ph_payment_advised(struct ph_daemon *daemon, const struct ph_record_row *row,
	enum ph_record_state state, const struct ph_host_answer *answer)
{
	struct ph_payment *payment = ph_payment_find(daemon, row->payment);
	enum ph_host_decision decision = answer->decision;

	if (!payment || payment->phase != PH_PHASE_ADVISING)
		return;
	if (decision == PH_HOST_DUPLICATE && state == PH_RECORD_APPROVED)
		decision = PH_HOST_APPROVED;
	ph_payment_take_answer(payment, answer->result);
	payment->record = *row;
	payment->record_state = state;
	payment->host_answered = true;
	payment->host_yes = state == PH_RECORD_APPROVED || state == PH_RECORD_PARTIAL;
	ph_payment_finish(
		payment, ends[decision].state, ends[decision].reason, ends[decision].message);
}

bool ph_payment_is_advising(struct ph_daemon *daemon, int64_t id)
{
	const struct ph_payment *payment = ph_payment_find(daemon, id);

	return payment && payment->phase == PH_PHASE_ADVISING;
}

void ph_payment_advice_refused(struct ph_daemon *daemon, const struct ph_record_row *row)
{
	struct ph_payment *payment = ph_payment_find(daemon, row->payment);

	if (!payment || payment->phase != PH_PHASE_ADVISING)
		return;
	payment->record = *row;
	payment->refused = true;
	payment->timer = sd_event_source_disable_unref(payment->timer);
	ph_payment_answer_uncertain(payment, why_refused(row));
}

/* ---- after a restart ---- */

/* What is printed of the card is in the reservation's result. */
struct lookup {
	struct ph_journal_pay_get get;
	struct ph_daemon *daemon;
	int64_t payment;
};

static void on_original(struct ph_journal_request *request, int result)
{
	struct lookup *lookup = request->userdata;
	struct ph_payment *payment = ph_payment_find(lookup->daemon, lookup->payment);

	if (result == 0 && payment)
		ph_payment_take_original(payment, lookup->get.row);
	ph_journal_pay_get_clear(&lookup->get);
	free(lookup);
}

void ph_payment_resume_advice(struct ph_payment *payment, const struct ph_record_row *record)
{
	enqueue(payment, record);
}

void ph_payment_recover_advice(struct ph_payment *payment)
{
	struct lookup *lookup = calloc(1, sizeof *lookup);

	ph_log(LOG_NOTICE, payment->device_id, "%s was cut off; the completion %s", payment->name,
		payment->refused ? "is refused, and waits for somebody to look" : "is sent again");
	if (!lookup)
		return;
	*lookup = (struct lookup){.daemon = payment->daemon,
		.payment = payment->id,
		.get = {.request = {.done = on_original, .userdata = lookup},
			.id = payment->original}};
	if (ph_journal_pay_get_submit(payment->daemon->journal, &lookup->get) < 0)
		free(lookup);
}

void ph_payment_take_original(struct ph_payment *payment, const struct ph_payment_row *row)
{
	cJSON *result = row->result ? cJSON_Parse(row->result) : NULL;

	ph_payment_take_card(payment, result);
	/* what the cardholder has signed for is the reservation */
	cJSON_DeleteItemFromObjectCaseSensitive(payment->card, "signature");
	cJSON_Delete(result);
}
