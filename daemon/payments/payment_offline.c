// A payment without the host: what is known of its card, the policy's word on it, and D4. How the host is, and what stands already,
// is offline.c's; when what is stored leaves is left to the forwarder.
#include "base/cleanup.h"
#include "base/clock.h"
#include "daemon/core/config.h"
#include "daemon/core/log.h"
#include "daemon/payments/payment_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what stands when the service starts ---- */

struct loading {
	struct ph_journal_queue_glance glance;
	struct ph_daemon *daemon;
};

static void on_loaded(struct ph_journal_request *request, int result)
{
	struct loading *loading = request->userdata;
	const struct ph_journal_queue_glance *glance = &loading->glance;

	if (loading->daemon->payments->closing) {
		free(loading);
		return;
	}
	if (result < 0)
		ph_log(LOG_ERR, NULL,
			"what stands without the host cannot be read, so nothing more is accepted: "
			"%s",
			strerror(-result));
	else
		ph_offline_known(loading->daemon, glance->exposure, glance->exposure_count);
	free(loading);
}

void ph_offline_load(struct ph_daemon *daemon)
{
	struct loading *loading = calloc(1, sizeof *loading);
	int r = -ENOMEM;

	if (loading) {
		loading->daemon = daemon;
		loading->glance.request =
			(struct ph_journal_request){.done = on_loaded, .userdata = loading};
		r = ph_journal_queue_glance_submit(daemon->journal, &loading->glance);
	}
	if (r == 0)
		return;
	free(loading);
	ph_log(LOG_ERR, NULL, "what stands without the host cannot be read: %s", strerror(-r));
}

/* ---- what is known of it ---- */

static const struct ph_offline_limits *limits_of(const struct ph_payment *payment)
{
	return &payment->daemon->config->offline;
}

static bool is_refund(const struct ph_payment *payment)
{
	return !strcmp(payment->type, "refund");
}

bool ph_payment_may_stand(const struct ph_payment *payment)
{
	return payment->class_ == PH_CLASS_CARD_READER && limits_of(payment)->enabled &&
	       payment->wish != PH_OFFLINE_REFUSE && !payment->cashback &&
	       (is_refund(payment) || !strcmp(payment->type, "sale"));
}

/* What an earlier need has said stays, where this one does not. */
static int take_bytes(const cJSON *need, const char *name, size_t max, uint8_t **bytes, size_t *len)
{
	size_t n = 0;
	int r = ph_payment_bytes(need, name, max, bytes, &n);

	if (r >= 0 && n)
		*len = n;
	return r;
}

void ph_payment_take_need(struct ph_payment *payment)
{
	struct ph_payment_stand *stand = &payment->stand;
	const cJSON *facts = cJSON_GetObjectItemCaseSensitive(payment->need, "facts");

	stand->unreadable = take_bytes(payment->need, "sealed_b64", PH_RECORD_SEALED_MAX,
				    &payment->sealed, &stand->sealed_len) < 0 ||
			    take_bytes(payment->need, "icc_b64", PH_RECORD_ICC_MAX, &payment->icc,
				    &stand->icc_len) < 0;
	stand->has_facts = ph_card_facts_read(facts, &stand->facts) == 0;
}

static void sale_of(
	const struct ph_payment *payment, enum ph_family family, struct ph_offline_sale *ret_sale)
{
	const struct ph_payment_stand *stand = &payment->stand;
	const struct ph_card_facts *facts = &stand->facts;

	*ret_sale = (struct ph_offline_sale){.amount = payment->amount,
		.currency = payment->currency,
		.refund = is_refund(payment),
		.advice = family == PH_FAMILY_ADVICE,
		.wish = payment->wish,
		.answered_for = payment->wish == PH_OFFLINE_FORCE};
	if (!stand->has_facts) {
		ret_sale->card.untold = true;
		return;
	}
	ret_sale->entry = facts->entry;
	ret_sale->cvm = facts->cvm;
	ret_sale->oda = facts->oda;
	ret_sale->card = (struct ph_offline_card){.first_digits = facts->first_digits,
		.unrecognised = !facts->has_fingerprint,
		.count = stand->use.count,
		.total = stand->use.total,
		.denied = facts->denied,
		.deny_unknown = !facts->deny_known,
		.expires_soon = facts->expires_soon};
}

/* Both families at once, so that one word holds for all that follows. */
static void decide(struct ph_payment *payment)
{
	struct ph_payment_stand *stand = &payment->stand;

	for (enum ph_family family = PH_FAMILY_STAND_IN; family < PH_FAMILY_COUNT_; family++) {
		struct ph_offline_exposure exposure;
		struct ph_offline_sale sale;
		ph_offline_look(payment->daemon, family, payment->device_id, &exposure);
		exposure.host_up = false; /* or nobody would ask */
		exposure.no_key = !stand->sealed_len;
		sale_of(payment, family, &sale);
		ph_offline_decide(limits_of(payment), &exposure, &sale, &stand->verdicts[family]);
	}
	stand->decided = true;
}

static void decide_no(struct ph_payment *payment, const char *limit, const char *text)
{
	struct ph_offline_verdict no = {.limit = limit};

	snprintf(no.text, sizeof no.text, "%s", text);
	for (enum ph_family family = PH_FAMILY_STAND_IN; family < PH_FAMILY_COUNT_; family++)
		payment->stand.verdicts[family] = no;
	payment->stand.decided = true;
}

void ph_payment_cannot_stand(struct ph_payment *payment)
{
	payment->stand.away = false;
	decide_no(payment, "journal", "the journal cannot be relied on: see `poshalctl doctor`");
}

/* ---- the decision ---- */

static void note_away(struct ph_payment *payment, const char *cause, uint64_t since_us)
{
	snprintf(payment->stand.cause, sizeof payment->stand.cause, "%s", cause);
	payment->stand.since_us = since_us;
}

/* Where the host was to be asked, and counts as away. */
static void weighed_need(struct ph_payment *payment)
{
	struct ph_payment_stand *stand = &payment->stand;
	bool yes = stand->verdicts[PH_FAMILY_STAND_IN].yes;
	bool forced = payment->wish == PH_OFFLINE_FORCE;
	bool told = forced || ph_offline_forced(payment->daemon);

	if (!forced && (!yes || (!told && ph_offline_takes_turn(payment->daemon)))) {
		ph_payment_ask_host(payment);
		return;
	}
	stand->unasked = true;
	note_away(payment, forced ? "forced" : ph_offline_cause(payment->daemon),
		forced ? ph_clock_wall_us() : ph_offline_since(payment->daemon));
	ph_payment_proceed_without(payment);
}

static void remember_no(struct ph_payment *payment, enum ph_family family)
{
	const struct ph_offline_verdict *verdict = &payment->stand.verdicts[family];

	payment->stand.refused = family;
	snprintf(payment->stand.limit, sizeof payment->stand.limit, "%s", verdict->limit);
	snprintf(payment->stand.text, sizeof payment->stand.text, "%s", verdict->text);
}

static void accept_it(struct ph_payment *payment, enum ph_record_kind kind);

/* The card has approved it. */
static void weighed_card(struct ph_payment *payment)
{
	if (payment->stand.verdicts[PH_FAMILY_ADVICE].yes) {
		if (!payment->stand.cause[0])
			note_away(payment, "card_approved", 0);
		accept_it(payment, PH_RECORD_OFFLINE_TC);
		return;
	}
	remember_no(payment, PH_FAMILY_ADVICE);
	ph_payment_proceed_without(payment);
}

static void weighed(struct ph_payment *payment)
{
	payment->phase = PH_PHASE_RUNNING;
	if (payment->end || payment->gone) /* nothing is kept yet, and nothing needs to be */
		return;
	switch (payment->stand.weighed_for) {
	case PH_WEIGH_NEED:
		weighed_need(payment);
		break;
	case PH_WEIGH_HOST:
		ph_payment_proceed_without(payment);
		break;
	case PH_WEIGH_CARD:
		weighed_card(payment);
		break;
	}
}

void ph_payment_on_weighed(struct ph_payment *payment, const struct ph_pay_news *news)
{
	if (news->number < 0)
		ph_payment_cannot_stand(payment);
	else
		decide(payment);
	weighed(payment);
}

static void on_stored(struct ph_journal_request *request, int result)
{
	ph_payment_event(
		request->userdata, PH_EVENT_STORED, &(struct ph_pay_news){.number = result});
}

/* Once a payment: what was decided before the card was asked again is not decided otherwise afterwards. */
static void weigh(struct ph_payment *payment, enum ph_weigh_for what)
{
	struct ph_payment_stand *stand = &payment->stand;
	bool known = stand->has_facts && stand->facts.has_fingerprint;

	stand->weighed_for = what;
	if (!stand->decided && !known)
		decide(payment);
	if (stand->decided) {
		weighed(payment);
		return;
	}
	payment->phase = PH_PHASE_WEIGHING;
	stand->use =
		(struct ph_journal_card_use){.request = {.done = on_stored, .userdata = payment},
			.window_s = limits_of(payment)->card_window_s};
	memcpy(stand->use.fingerprint, stand->facts.fingerprint, PH_FINGERPRINT);
	int r = ph_journal_card_use_submit(payment->daemon->journal, &stand->use);
	if (r < 0)
		ph_payment_on_weighed(payment, &(struct ph_pay_news){.number = r});
}

void ph_payment_on_need_online(struct ph_payment *payment)
{
	ph_payment_take_need(payment);
	if (!ph_payment_may_stand(payment) || payment->stand.unreadable ||
		(payment->wish != PH_OFFLINE_FORCE && !ph_offline_forced(payment->daemon) &&
			ph_offline_sale_asks(payment->daemon)))
		ph_payment_ask_host(payment);
	else
		weigh(payment, PH_WEIGH_NEED);
}

void ph_payment_without_host(struct ph_payment *payment, const char *cause)
{
	payment->stand.away = true;
	note_away(payment, cause, ph_offline_since(payment->daemon));
	weigh(payment, PH_WEIGH_HOST);
}

/* What the card has approved by itself would have to be kept, which the caller does not want, or which makes no sense. */
static void refuse_card(struct ph_payment *payment)
{
	bool unwanted = payment->wish == PH_OFFLINE_REFUSE;

	snprintf(payment->reason, sizeof payment->reason, "%s",
		unwanted ? "offline" : "offline.enabled");
	ph_payment_proceed_without(payment);
}

void ph_payment_on_need_offline(struct ph_payment *payment)
{
	const char *arc =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(payment->need, "arc"));
	struct ph_payment_stand *stand = &payment->stand;

	ph_payment_take_need(payment);
	if (!ph_payment_may_stand(payment) || stand->unreadable || !arc || strlen(arc) != 2 ||
		(payment->has_record && !stand->away)) {
		refuse_card(payment);
		return;
	}
	snprintf(stand->arc, sizeof stand->arc, "%s", arc);
	weigh(payment, PH_WEIGH_CARD);
}

/* ---- D4 ---- */

static const char *word_of(enum ph_record_kind kind)
{
	return kind == PH_RECORD_OFFLINE_TC ? "emv_offline_tc" : ph_record_kind_name(kind);
}

void ph_payment_add_stand(const struct ph_payment *payment, cJSON *result)
{
	const struct ph_payment_stand *stand = &payment->stand;
	char since[PH_TIME_SIZE];

	bool refused = !strcmp(payment->reason, "offline_limit") && stand->limit[0];
	if (stand->accepted || refused) {
		cJSON_ReplaceItemInObjectCaseSensitive(
			result, "kind", cJSON_CreateString(word_of(stand->kind)));
		cJSON_ReplaceItemInObjectCaseSensitive(
			result, "mode", cJSON_CreateString("offline"));
	}
	if (refused)
		cJSON_AddStringToObject(result, "limit", stand->limit);
	if (!stand->since_us)
		return;
	ph_time_format(stand->since_us, since);
	cJSON_AddStringToObject(result, "offline_since", since);
}

static void fill_limits(const struct ph_payment *payment, struct ph_accept_limits *ret_limits)
{
	const struct ph_offline_limits *limits = limits_of(payment);
	const struct ph_payment_stand *stand = &payment->stand;

	*ret_limits = (struct ph_accept_limits){0};
	if (!limits->enabled) /* of a voice approval, which does not need it */
		return;
	ret_limits->max_total = limits->max_total;
	ret_limits->max_count = limits->max_count;
	if (ph_record_family(stand->kind) != PH_FAMILY_STAND_IN)
		return;
	ret_limits->card_count = limits->card_count;
	/* the sum is that of several: a single sale has limits of its own */
	ret_limits->card_total = !stand->use.count && payment->amount > limits->card_total
					 ? payment->amount
					 : limits->card_total;
	ret_limits->card_window_s = limits->card_window_s;
}

static void fill(struct ph_payment *payment)
{
	struct ph_payment_stand *stand = &payment->stand;
	struct ph_journal_pay_accept *accept = &stand->accept;
	bool known = stand->has_facts && stand->facts.has_fingerprint;

	*accept = (struct ph_journal_pay_accept){
		.request = {.done = on_stored, .userdata = payment, .audit = &payment->audit},
		.payment = payment->id,
		.kind = stand->kind,
		.terminal = ph_payment_terminal(payment),
		.entry = "chip",
		.sequence = ph_payment_sequence(payment),
		.pin = ph_payment_pin(payment),
		.sealed = payment->sealed,
		.sealed_len = stand->sealed_len,
		.icc = payment->icc,
		.icc_len = stand->icc_len,
		.arc = stand->kind == PH_RECORD_OFFLINE_TC ? stand->arc : NULL,
		.fingerprint = known ? stand->facts.fingerprint : NULL};
	if (stand->kind == PH_RECORD_VOICE) {
		accept->account_of = payment->original;
		accept->approval_code = payment->approval_code;
	}
	fill_limits(payment, &accept->limits);
	payment->audit = (struct ph_audit_entry){.uid = payment->uid,
		.who = payment->who,
		.action = payment->method,
		.device = payment->device_id,
		.detail = payment->detail,
		.outcome = ph_pay_state_name(PH_PAY_APPROVED_OFFLINE)};
}

static void hold(const struct ph_payment *payment, struct ph_journal_pay_accept *accept)
{
	uint32_t hold_s = limits_of(payment)->hold_s;

	if (!hold_s || ph_record_family(accept->kind) != PH_FAMILY_STAND_IN)
		return;
	accept->release_us = ph_clock_wall_us() + hold_s * UINT64_C(1000000);
	accept->hold_reason = "window";
}

/* The result is written before the driver tells how it ended, so that the card's word is what says it. */
static void note_signature(struct ph_payment *payment)
{
	const struct ph_payment_stand *stand = &payment->stand;

	if (!payment->card || !stand->has_facts || stand->facts.cvm != PH_CVM_SIGNATURE)
		return;
	cJSON_DeleteItemFromObjectCaseSensitive(payment->card, "signature");
	cJSON_AddTrueToObject(payment->card, "signature");
}

static void accept_it(struct ph_payment *payment, enum ph_record_kind kind)
{
	struct ph_payment_stand *stand = &payment->stand;

	note_signature(payment);
	stand->kind = kind;
	stand->accepted = true;
	payment->phase = PH_PHASE_ACCEPTING;
	payment->state = PH_PAY_APPROVED_OFFLINE;
	payment->amount_approved = payment->amount;
	payment->message[0] = '\0';
	snprintf(payment->reason, sizeof payment->reason, "%s", stand->cause);
	fill(payment);
	hold(payment, &stand->accept);
	ph_payment_write_result(payment);
	stand->accept.reason = payment->reason[0] ? payment->reason : NULL;
	stand->accept.result = payment->result_text;
	int r = ph_journal_pay_accept_submit(payment->daemon->journal, &stand->accept);
	if (r < 0)
		ph_payment_on_accepted(payment, &(struct ph_pay_news){.number = r});
}

static void refuse(struct ph_payment *payment);

/* It is not on disk, so it is not accepted. */
static void take_back(struct ph_payment *payment, int error)
{
	struct ph_payment_stand *stand = &payment->stand;
	const char *limit = stand->accept.limit;

	stand->accepted = false;
	payment->state = PH_PAY_STARTED;
	payment->amount_approved = 0;
	payment->reason[0] = '\0';
	if (error == -EDQUOT) {
		decide_no(payment, limit ? limit : "max_total",
			"another sale has taken what was left of it meanwhile");
		remember_no(payment, ph_record_family(stand->kind));
		return;
	}
	ph_log(LOG_ERR, payment->device_id, "%s: what was accepted cannot be stored: %s",
		payment->name, strerror(-error));
	ph_payment_cannot_stand(payment);
	snprintf(payment->reason, sizeof payment->reason, "%s",
		error == -EEXIST ? "refunded" : "journal");
}

static void accept_failed(struct ph_payment *payment, int error)
{
	enum ph_record_kind kind = payment->stand.kind;

	take_back(payment, error);
	if (kind == PH_RECORD_OFFLINE_TC)
		ph_payment_proceed_without(payment);
	else if (kind == PH_RECORD_VOICE && error == -ENOENT)
		ph_payment_finish(payment, PH_PAY_CANCELLED, "no_account",
			"what was sealed of the card is not kept any more; look at payment.list "
			"whether it was taken before the card is read again");
	else if (error == -EDQUOT)
		refuse(payment);
	else
		ph_payment_finish(payment, PH_PAY_DECLINED, NULL, NULL);
}

void ph_payment_on_accepted(struct ph_payment *payment, const struct ph_pay_news *news)
{
	struct ph_payment_stand *stand = &payment->stand;

	if (news->number < 0) {
		accept_failed(payment, news->number);
		return;
	}
	ph_offline_expose(payment->daemon, &stand->accept.exposure);
	if (stand->kind != PH_RECORD_OFFLINE_TC || payment->end || payment->gone) {
		ph_payment_finished(payment);
		return;
	}
	cJSON *params = cJSON_CreateObject();
	cJSON_AddTrueToObject(params, "ok");
	payment->phase = PH_PHASE_ACCEPTED;
	ph_payment_proceed(payment, params);
}

/* It is final, whatever becomes of the card's side. */
void ph_payment_on_accepted_end(struct ph_payment *payment, const struct ph_pay_news *news)
{
	const char *outcome =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(news->json, "outcome"));

	if (outcome && strcmp(outcome, "approved_offline") != 0 && strcmp(outcome, "approved") != 0)
		ph_log(LOG_ERR, payment->device_id,
			"%s: is stored as approved by the card, and its driver ends it otherwise",
			payment->name);
	ph_payment_finished(payment);
}

/* ---- refused ---- */

/* The audit trail has it, too. */
static void note_limit(struct ph_payment *payment)
{
	cJSON *detail = cJSON_Parse(payment->detail);

	cJSON_AddStringToObject(detail, "limit", payment->stand.limit);
	char *text = detail ? cJSON_PrintUnformatted(detail) : NULL;
	cJSON_Delete(detail);
	if (!text)
		return;
	free(payment->detail);
	payment->detail = text;
}

static void tell_limit(struct ph_payment *payment)
{
	note_limit(payment);
	ph_payment_finish(payment, PH_PAY_DECLINED, "offline_limit", payment->stand.text);
}

void ph_payment_on_refused(struct ph_payment *payment, const struct ph_pay_news *news)
{
	if (news->number < 0)
		ph_log(LOG_ERR, payment->device_id,
			"%s: that it is refused cannot be stored for the statistics: %s",
			payment->name, strerror(-news->number));
	tell_limit(payment);
}

static enum ph_record_kind refused_kind(const struct ph_payment *payment)
{
	if (payment->class_ == PH_CLASS_COUNT_)
		return PH_RECORD_VOICE;
	if (payment->stand.refused == PH_FAMILY_ADVICE)
		return PH_RECORD_OFFLINE_TC;
	return is_refund(payment) ? PH_RECORD_REFUND_DEFERRED : PH_RECORD_SALE_DEFERRED;
}

/* Kept for the statistics, without account data; then it ends. */
static void refuse(struct ph_payment *payment)
{
	struct ph_payment_stand *stand = &payment->stand;
	struct ph_journal_pay_accept *accept = &stand->accept;

	stand->kind = refused_kind(payment);
	if (!ph_payments_terminal(payment->daemon)[0]) { /* nothing can be numbered */
		tell_limit(payment);
		return;
	}
	payment->phase = PH_PHASE_REFUSING;
	fill(payment);
	*accept =
		(struct ph_journal_pay_accept){.request = {.done = on_stored, .userdata = payment},
			.payment = payment->id,
			.kind = stand->kind,
			.terminal = accept->terminal,
			.entry = accept->entry,
			.sequence = accept->sequence,
			.pin = accept->pin,
			.refused = true,
			.refused_limit = stand->limit};
	int r = ph_journal_pay_accept_submit(payment->daemon->journal, accept);
	if (r < 0)
		ph_payment_on_refused(payment, &(struct ph_pay_news){.number = r});
}

bool ph_payment_stands_in(struct ph_payment *payment, const cJSON *end)
{
	struct ph_payment_stand *stand = &payment->stand;
	bool wanted = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(end, "without_host"));

	if (!ph_payment_may_stand(payment) || payment->host_yes || !stand->decided)
		return false;
	if (stand->limit[0]) { /* the card had approved it */
		refuse(payment);
		return true;
	}
	if (!wanted || !(stand->unasked || stand->away))
		return false;
	if (stand->verdicts[PH_FAMILY_STAND_IN].yes) {
		accept_it(payment,
			is_refund(payment) ? PH_RECORD_REFUND_DEFERRED : PH_RECORD_SALE_DEFERRED);
		return true;
	}
	remember_no(payment, PH_FAMILY_STAND_IN);
	refuse(payment);
	return true;
}

/* ---- by telephone ---- */

void ph_payment_voice(struct ph_payment *payment)
{
	struct ph_offline_exposure exposure;
	struct ph_offline_limits limits = *limits_of(payment);
	const struct ph_offline_sale sale = {.amount = payment->amount,
		.currency = payment->currency,
		.advice = true,
		.wish = PH_OFFLINE_ALLOW};
	struct ph_offline_verdict *verdict = &payment->stand.verdicts[PH_FAMILY_ADVICE];

	ph_offline_look(payment->daemon, PH_FAMILY_ADVICE, NULL, &exposure);
	exposure.no_key = false; /* it is sealed already */
	if (!limits.enabled) { /* the issuer has approved it: it stands also where nothing else may */
		ph_offline_limits_init(&limits);
		limits.enabled = true;
		limits.max_total = PH_PAYMENT_AMOUNT_MAX;
		limits.max_count = UINT32_MAX;
		memcpy(limits.currency, payment->currency, sizeof limits.currency);
	}
	ph_offline_decide(&limits, &exposure, &sale, verdict);
	payment->stand.decided = true;
	if (verdict->yes) {
		accept_it(payment, PH_RECORD_VOICE);
		return;
	}
	remember_no(payment, PH_FAMILY_ADVICE);
	refuse(payment);
}
