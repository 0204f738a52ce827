// Finds out what became of a payment by asking the terminal, and only by asking: nothing here ever sends it again.
#include "drivers/zvt/zvt.h"

#include <stdlib.h>
#include <string.h>

#define CLOCK_SLACK_MIN 10 /* how much earlier than ours a terminal's clock may be */
#define DAY_MIN		1440
#define YEAR_MIN	(372 * DAY_MIN) /* of 12 months of 31 days, as minutes_of() counts */

/* Minutes within a year whose months all have 31 days. */
static long minutes_of(unsigned month_day, unsigned time)
{
	long days = (long)(month_day / 100) * 31 + month_day % 100;

	return days * DAY_MIN + time / 10000 * 60 + time / 100 % 100;
}

/* Whether the terminal's time of it is not before the payment began. */
static bool late_enough(const struct payment *payment, const struct ph_zvt_result *found)
{
	uint64_t start = payment->before.start;

	if (!start || !(found->has & PH_ZVT_HAS_TIME))
		return true;
	long began = minutes_of((unsigned)(start / 1000000 % 10000), (unsigned)(start % 1000000));
	long behind = (minutes_of(found->date, found->time) - began + 2 * YEAR_MIN) % YEAR_MIN;
	return behind < YEAR_MIN / 2 || behind >= YEAR_MIN - CLOCK_SLACK_MIN;
}

/* A reversal names the one it undid: it has to be that which was meant, and nothing else undoes. */
static bool undoes_well(const struct payment *payment, const struct ph_zvt_result *found)
{
	if (!(found->has & PH_ZVT_HAS_ORIGINAL))
		return true;
	return payment->type == PH_PAYMENT_VOID &&
	       (!payment->order.trace_set || payment->order.trace == found->original_trace);
}

/* Whether what was found is what was asked for. */
static bool fits(const struct zvt *zvt, const struct ph_zvt_result *found)
{
	const struct payment *payment = &zvt->payment;
	bool amount = found->has & PH_ZVT_HAS_AMOUNT;

	if (payment->order.amount_set &&
		(amount ? found->amount != payment->order.amount : found->code == PH_ZVT_OK))
		return false;
	if (found->has & PH_ZVT_HAS_CURRENCY && found->currency != zvt->currency)
		return false;
	if (!undoes_well(payment, found))
		return false;
	if (zvt->terminal && found->has & PH_ZVT_HAS_TERMINAL && found->terminal != zvt->terminal)
		return false;
	return late_enough(payment, found);
}

/* Whether it is the first one behind what the terminal held before: with one between them it may be another till's. */
static bool is_next(const struct facts *before, const struct ph_zvt_result *found)
{
	return before->last.known == FACT_NONE ||
	       found->receipt == before->last.receipt % PH_ZVT_RECEIPT_LAST + 1;
}

/* The one whose result was stored, and with that result. */
static bool is_stored(const struct facts *before, const struct ph_zvt_result *found)
{
	return before->code == found->code &&
	       (!(found->has & PH_ZVT_HAS_AMOUNT) || found->amount == before->amount);
}

static enum finding judge(const struct zvt *zvt)
{
	const struct payment *payment = &zvt->payment;
	const struct facts *before = &payment->before;
	struct transaction now = transaction_of(&payment->found);

	if (payment->none)
		return before->last.known == FACT_NONE ? FOUND_NOTHING : FOUND_CONFLICT;
	if (!payment->found_set || now.known != FACT_KNOWN ||
		!(payment->found.has & PH_ZVT_HAS_CODE))
		return FOUND_CONFLICT;
	if (before->result_set && transaction_same(&now, &before->result))
		return is_stored(before, &payment->found) ? FOUND_OURS : FOUND_CONFLICT;
	if (before->last.known == FACT_UNKNOWN)
		return FOUND_CONFLICT;
	if (transaction_same(&now, &before->last))
		return FOUND_NOTHING;
	/* ours was approved under a number of its own: this is another one, which hides what became of it */
	if (before->result_set && before->code == PH_ZVT_OK && before->result.known == FACT_KNOWN)
		return FOUND_CONFLICT;
	return is_next(before, &payment->found) && fits(zvt, &payment->found) ? FOUND_OURS
									      : FOUND_CONFLICT;
}

static void end_uncertain(struct ph_device *device, const char *reason)
{
	struct zvt *zvt = ph_device_state(device);
	const struct ph_zvt_result result = zvt->payment.result;

	/*
	 * It has our answer to its approval: the sale is good, whatever came behind that. But where we print, some undo it when
	 * a print-out is not acknowledged.
	 */
	bool good = zvt->payment.confirmed && !(zvt->config & PH_ZVT_CONFIG_ECR_PRINTS_PAYMENT);
	if (good && result.code == PH_ZVT_OK)
		zvt_payment_end_code(device, PH_ZVT_OK, &result);
	else
		zvt_payment_end(device, PH_PAYMENT_UNCERTAIN, reason, NULL);
}

void zvt_recover_give_up(struct ph_device *device)
{
	end_uncertain(device, "terminal_silent");
}

static void ask_later(struct ph_device *device, enum job next, uint64_t ms)
{
	struct zvt *zvt = ph_device_state(device);

	zvt->payment.waiting = true;
	zvt->payment.next = next;
	zvt->payment.ask_at = ph_now_ms(device) + ms;
}

void zvt_recover_begin(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);
	struct payment *payment = &zvt->payment;

	payment->stage = STAGE_RECOVER;
	payment->missed = 0;
	payment->finding = FOUND_NOT_ASKED;
	payment->give_up_at = ph_now_ms(device) + zvt->t4_ms + RECOVER_MORE_MS;
	ph_payment_progress(device, PH_STEP_RECOVERING, NULL);
	if (zvt->up && zvt->registered)
		ask_later(device, JOB_STATE, 1);
}

void zvt_recover_go_on(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);

	zvt->payment.finding = FOUND_NOT_ASKED;
	ask_later(device, JOB_STATE, 1);
}

static void ask(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);

	zvt->payment.waiting = false;
	if (!zvt->up && !zvt->registered)
		return;
	if (zvt->payment.next == JOB_REGISTER)
		zvt_ask_registration(device);
	else if (zvt->payment.next == JOB_STATE && !zvt->payment.state_unsupported)
		zvt_ask_simple(device, JOB_STATE, PH_ZVT_STATUS_ENQUIRY);
	else if (zvt->payment.next == JOB_TOTALS)
		zvt_ask_simple(device, JOB_TOTALS, PH_ZVT_TOTALS);
	else if (!zvt->registered)
		zvt_ask_registration(device);
	else
		zvt_ask_last(device);
}

void zvt_recover_tick(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);
	uint64_t now = ph_now_ms(device);

	if (zvt->payment.stage != STAGE_RECOVER)
		return;
	if (now >= zvt->payment.give_up_at && zvt->exchange.run == RUN_IDLE)
		zvt_recover_give_up(device);
	else if (zvt->payment.waiting && now >= zvt->payment.ask_at &&
		 zvt->exchange.run == RUN_IDLE)
		ask(device);
}

/* The terminal did not answer or is busy: later again, and after two silences by a new connection. */
static void again(struct ph_device *device, enum how how)
{
	struct zvt *zvt = ph_device_state(device);

	if (how == HOW_SILENT && ++zvt->payment.missed >= 2) {
		zvt->payment.missed = 0;
		ph_link_drop(device, "the terminal does not answer");
		return;
	}
	if (how != HOW_LOST)
		ask_later(device, JOB_STATE, POLL_MS);
}

static bool busy(uint8_t code)
{
	return code == PH_ZVT_PLEASE_WAIT || code == PH_ZVT_CARD_INSERTED ||
	       code == PH_ZVT_CARD_STILL_IN;
}

static void state_told(struct ph_device *device, enum how how, uint8_t code)
{
	struct zvt *zvt = ph_device_state(device);
	int state = zvt->exchange.state;

	if (how == HOW_REFUSED && code == PH_ZVT_NOT_POSSIBLE)
		zvt->payment.state_unsupported = true;
	if (how != HOW_DONE && !zvt->payment.state_unsupported) {
		again(device, how);
		return;
	}
	if (how == HOW_DONE && state >= 0 && busy((uint8_t)state)) {
		/* what was found before that says nothing any more */
		zvt->payment.finding = FOUND_NOT_ASKED;
		ask_later(device, JOB_STATE, POLL_MS);
		return;
	}
	ask_later(device, zvt->registered ? JOB_LAST : JOB_REGISTER, 1);
}

/* It has ended without effect: the answer of the terminal, twice, with its totals. */
static void end_nothing(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);
	const struct ph_zvt_result result = zvt->payment.result;
	bool had = zvt->payment.before.result_set && zvt->payment.before.code == PH_ZVT_OK;

	if (zvt->payment.before.result_set && !had && !zvt->payment.from_recover)
		zvt_payment_end_code(device, result.code, &result);
	else
		zvt_payment_end(device, PH_PAYMENT_CANCELLED,
			zvt->payment.stored == STORED_REFUSED ? "not_stored"
			: had				      ? "reversed_by_terminal"
							      : "not_booked",
			NULL);
}

static void end_ours(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);
	struct ph_zvt_result found = zvt->payment.found;

	if (zvt->payment.stored == STORED_REFUSED && found.code == PH_ZVT_OK) {
		end_uncertain(device, "not_stored");
		return;
	}
	zvt_accept(device, &found);
	zvt_payment_end_code(device, found.code, &found);
}

/*
 * Whether the totals contradict what the last transaction says. A sale has to be in them with its amount, and what took nothing must not be;
 * how terminals count the rest is theirs.
 */
static bool contradicted(const struct zvt *zvt, enum finding finding)
{
	const struct facts *before = &zvt->payment.before;
	const struct ph_zvt_result *totals = &zvt->exchange.result;
	const struct ph_zvt_result *found = &zvt->payment.found;
	bool known = zvt->exchange.result_set && totals->has & PH_ZVT_HAS_TOTALS;
	bool took = finding == FOUND_OURS && found->code == PH_ZVT_OK;

	if (!before->totals_set || !known)
		/* "none, none" may be said by a terminal that cannot be asked */
		return finding == FOUND_NOTHING && zvt->payment.none;
	if (took && zvt->payment.type != PH_PAYMENT_SALE)
		return false;
	uint64_t amount = !took				   ? 0
			  : found->has & PH_ZVT_HAS_AMOUNT ? found->amount
							   : zvt->payment.order.amount;
	/* each kind of card is counted in one byte */
	return (totals->total_count - before->count - took) % 256 ||
	       totals->total_sum != before->sum + amount;
}

/* The terminal went on behind our answer, so that the sale is good; but it does not have it, as it says itself. */
static bool has_vanished(const struct zvt *zvt, enum finding finding)
{
	const struct payment *payment = &zvt->payment;
	const struct ph_zvt_result *totals = &zvt->exchange.result;
	bool known = payment->before.totals_set && zvt->exchange.result_set &&
		     totals->has & PH_ZVT_HAS_TOTALS;

	if (!payment->confirmed || payment->result.code != PH_ZVT_OK)
		return false;
	return finding == FOUND_NOTHING || (payment->type == PH_PAYMENT_SALE && known &&
						   totals->total_count == payment->before.count &&
						   totals->total_sum == payment->before.sum);
}

static void decide(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);
	enum finding finding = zvt->payment.finding;

	if (has_vanished(zvt, finding))
		zvt_payment_end(device, PH_PAYMENT_UNCERTAIN, "check_terminal", NULL);
	else if (finding == FOUND_CONFLICT || contradicted(zvt, finding))
		end_uncertain(device, "check_terminal");
	else if (finding == FOUND_OURS)
		end_ours(device);
	else
		end_nothing(device);
}

/* Until when a payment may still be running at a terminal that does not tell its state. */
static uint64_t quiet_ms(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);
	uint64_t end = zvt->payment.heard_at + zvt->t4_ms, now = ph_now_ms(device);

	return zvt->payment.state_unsupported && end > now ? end - now : 0;
}

/* A terminal waits T3 for our answer before it undoes what it has booked: only twice that later it stays as it is. */
static uint64_t again_ms(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);
	uint64_t quiet = quiet_ms(device), settled = UINT64_C(2) * zvt->t3_ms;

	return quiet > settled ? quiet : settled;
}

/* An end of day is found by the totals, which are nothing behind it. */
static void decide_end_of_day(struct ph_device *device)
{
	struct zvt *zvt = ph_device_state(device);
	const struct facts *before = &zvt->payment.before;
	const struct ph_zvt_result *totals = &zvt->exchange.result;
	bool known = zvt->exchange.result_set && totals->has & PH_ZVT_HAS_TOTALS;

	if (!known || !before->totals_set || !before->count) {
		end_uncertain(device, "check_terminal");
	} else if (!totals->total_count && !totals->total_sum) {
		zvt_payment_end_code(device, PH_ZVT_OK, NULL);
	} else if (before->count != totals->total_count || before->sum != totals->total_sum) {
		end_uncertain(device, "check_terminal");
	} else if (zvt->payment.finding != FOUND_NOTHING) {
		/* it may still be at it */
		zvt->payment.finding = FOUND_NOTHING;
		ask_later(device, JOB_STATE, again_ms(device));
	} else {
		zvt_payment_end(device, PH_PAYMENT_CANCELLED, "not_booked", NULL);
	}
}

/*
 * What is found counts when it is found again later. What appears at a terminal that was at rest without it may be another till's.
 */
static bool settled(struct payment *payment, enum finding finding)
{
	enum finding before = payment->finding;

	if (finding == FOUND_OURS && payment->seen_nothing)
		finding = FOUND_CONFLICT;
	if (finding == FOUND_NOTHING && !payment->state_unsupported)
		payment->seen_nothing = true;
	payment->finding = finding;
	return finding == FOUND_CONFLICT || finding == before;
}

static void last_told(struct ph_device *device, enum how how, uint8_t code)
{
	struct zvt *zvt = ph_device_state(device);
	struct payment *payment = &zvt->payment;

	if (how == HOW_SILENT || how == HOW_LOST || how == HOW_UNSENT || busy(code)) {
		again(device, how);
		return;
	}
	if (how != HOW_DONE && code == PH_ZVT_NOT_REGISTERED) {
		ask_later(device, JOB_REGISTER, 1);
		return;
	}
	payment->found_set = how == HOW_DONE && zvt->exchange.result_set;
	payment->none = !payment->found_set && how != HOW_REFUSED && code != PH_ZVT_NOT_POSSIBLE;
	payment->found = zvt->exchange.result;
	if (payment->type == PH_PAYMENT_END_OF_DAY) {
		ask_later(device, JOB_TOTALS, 1);
		return;
	}
	if (!settled(payment, judge(zvt))) {
		ask_later(device, JOB_STATE, again_ms(device));
		return;
	}
	zvt->exchange.result_set = false;
	if (payment->before.totals_set)
		ask_later(device, JOB_TOTALS, 1);
	else
		decide(device);
}

void zvt_recover_job_done(struct ph_device *device, enum job job, enum how how, uint8_t code)
{
	struct zvt *zvt = ph_device_state(device);

	if (job == JOB_STATE)
		state_told(device, how, code);
	else if (job == JOB_LAST)
		last_told(device, how, code);
	else if (job != JOB_TOTALS)
		again(device, how);
	else if (how != HOW_DONE && how != HOW_REFUSED && how != HOW_ABORTED)
		again(device, how);
	else if (busy(code))
		again(device, how);
	else if (zvt->payment.type == PH_PAYMENT_END_OF_DAY)
		decide_end_of_day(device);
	else
		decide(device);
}
