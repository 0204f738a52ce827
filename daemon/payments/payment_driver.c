// Payments and their drivers: requests to them, and what they say brought to the payment it is about.
#include "base/card_number.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "daemon/core/config.h"
#include "daemon/core/log.h"
#include "daemon/core/process.h"
#include "daemon/objects/device.h"
#include "daemon/payments/payment_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Bytes of a terminal's print-out as JSON; a longer one is left out. */
#define RECEIPT_MAX (16 * 1024)

static const cJSON *member(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

/* ---- to the driver ---- */

/* What the answer is about: the payment may be gone by then. */
struct asked {
	struct ph_daemon *daemon;
	int64_t id;
};

static bool driver_lives(const struct ph_payment *payment)
{
	const struct ph_device *device = ph_device_by_id(payment->daemon, payment->device_id);

	return device && device->unit->process && ph_process_connected(device->unit->process);
}

/* A driver that ended has said nothing: PH_EVENT_GONE follows. */
static void on_started(void *userdata, const cJSON *result, const struct ph_failure *failure)
{
	struct asked *asked = userdata;
	struct ph_payment *payment = ph_payment_find(asked->daemon, asked->id);

	free(asked);
	if (payment && (!failure || driver_lives(payment)))
		ph_payment_event(
			payment, PH_EVENT_STARTED, &(struct ph_pay_news){.failure = failure});
}

static void on_said(void *userdata, const cJSON *result, const struct ph_failure *failure)
{
	struct asked *asked = userdata;

	if (failure && failure->error != PH_E_BUSY && failure->error != PH_E_OFFLINE &&
		failure->error != PH_E_NOEXIST)
		ph_log(LOG_ERR, failure->device, "pay-%lld: %s", (long long)asked->id,
			ph_payment_tells_account(failure->message) ? "refused" : failure->message);
	free(asked);
}

static bool request(
	struct ph_payment *payment, const char *method, cJSON *params, ph_process_done done)
{
	struct ph_device *device = ph_device_by_id(payment->daemon, payment->device_id);
	PH_CLEANUP_FREE char *text = NULL;
	struct asked *asked = calloc(1, sizeof *asked);
	int r = -ENOTCONN;

	cJSON_AddStringToObject(params, "payment", payment->name);
	text = cJSON_PrintUnformatted(params);
	cJSON_Delete(params);
	if (asked && text && device) {
		*asked = (struct asked){.daemon = payment->daemon, .id = payment->id};
		r = ph_process_request(
			device->unit->process, method, text, strlen(text), done, asked);
	}
	if (r < 0)
		free(asked);
	return r >= 0;
}

static void add_moment(cJSON *params)
{
	time_t now = (time_t)(ph_clock_wall_us() / 1000000);
	struct tm local;

	if (!localtime_r(&now, &local))
		return;
	cJSON_AddNumberToObject(params, "date",
		(local.tm_year + 1900) * 10000 + (local.tm_mon + 1) * 100 + local.tm_mday);
	cJSON_AddNumberToObject(params, "time",
		local.tm_hour * 10000 + local.tm_min * 100 +
			(local.tm_sec < 60 ? local.tm_sec : 59));
}

static void add_currency(cJSON *params, const char *code)
{
	unsigned number = 0, exponent = 2;
	cJSON *currency = cJSON_AddObjectToObject(params, "currency");

	ph_currency_find(code, &number, &exponent);
	cJSON_AddStringToObject(currency, "code", code);
	cJSON_AddNumberToObject(currency, "number", number);
	cJSON_AddNumberToObject(currency, "exponent", exponent);
}

/* Without: the driver has one of its own, or says that there is none. */
static void add_seal(cJSON *params, const cJSON *key)
{
	static const char *const members[] = {"kid", "public_b64"};

	if (!key)
		return;
	cJSON *seal = cJSON_AddObjectToObject(params, "seal");
	for (size_t i = 0; i < PH_ARRAY_SIZE(members); i++)
		cJSON_AddItemToObject(
			seal, members[i], cJSON_Duplicate(member(key, members[i]), true));
}

/* With what waits already another approval of the card might not be kept: then the host has to be asked. */
static bool card_may_approve(const struct ph_payment *payment)
{
	const struct ph_offline_sale sale = {.amount = payment->amount,
		.currency = payment->currency,
		.refund = !strcmp(payment->type, "refund"),
		.advice = true,
		.wish = payment->wish,
		.answered_for = payment->wish == PH_OFFLINE_FORCE};
	struct ph_offline_exposure exposure;
	struct ph_offline_verdict verdict;

	if (!ph_payment_may_stand(payment))
		return false;
	ph_offline_look(payment->daemon, PH_FAMILY_ADVICE, payment->device_id, &exposure);
	ph_offline_decide(&payment->daemon->config->offline, &exposure, &sale, &verdict);
	return verdict.yes;
}

static void add_for_readers(const struct ph_payment *payment, cJSON *params)
{
	if (!card_may_approve(payment))
		cJSON_AddTrueToObject(params, "forced_online");
	add_seal(params, ph_acquirer_key(payment->daemon->payments->acquirer));
	if (ph_payment_may_stand(payment))
		cJSON_AddNumberToObject(cJSON_AddObjectToObject(params, "offline"), "forward_s",
			payment->daemon->config->offline.forward_s);
}

bool ph_payment_send_start(struct ph_payment *payment, bool recover)
{
	cJSON *params = cJSON_CreateObject();

	cJSON_AddStringToObject(params, "type", payment->type);
	cJSON_AddNumberToObject(params, "amount", (double)payment->amount);
	if (payment->cashback)
		cJSON_AddNumberToObject(params, "cashback", (double)payment->cashback);
	add_currency(params, payment->currency);
	add_moment(params);
	cJSON_AddNumberToObject(params, "counter", payment->counter);
	if (payment->class_ == PH_CLASS_CARD_READER)
		add_for_readers(payment, params);
	cJSON_AddTrueToObject(params, "choices");
	if (payment->original_reference[0]) {
		cJSON *original = cJSON_AddObjectToObject(params, "original");
		cJSON_AddStringToObject(original, "reference", payment->original_reference);
		cJSON_AddNumberToObject(original, "amount", (double)payment->original_amount);
	}
	if (recover && payment->before[0])
		cJSON_AddStringToObject(params, "before", payment->before);
	return request(payment, recover ? "payment.recover" : "payment.start", params, on_started);
}

bool ph_payment_send_cancel(struct ph_payment *payment)
{
	return request(payment, "payment.cancel", cJSON_CreateObject(), on_said);
}

bool ph_payment_may_cancel(const struct ph_payment *payment)
{
	const char *kind = cJSON_GetStringValue(member(payment->need, "kind"));

	if (payment->phase == PH_PHASE_HOLDING)
		return payment->holder != PH_PHASE_FINDING && kind && !strcmp(kind, "before");
	return payment->phase >= PH_PHASE_STARTING && payment->phase <= PH_PHASE_CHOOSING;
}

void ph_payment_on_cancel_held(struct ph_payment *payment, const struct ph_pay_news *news)
{
	if (ph_payment_may_cancel(payment))
		ph_payment_send_cancel(payment);
}

bool ph_payment_proceed(struct ph_payment *payment, cJSON *params)
{
	cJSON_Delete(PH_STEAL(payment->need));
	return request(payment, "payment.proceed", params, on_said);
}

/* ---- from the driver ---- */

void ph_payment_ask_choice(struct ph_payment *payment)
{
	const cJSON *choices = member(payment->need, "choices");

	if (!cJSON_IsArray(choices) || !cJSON_GetArraySize(choices)) {
		cJSON *params = cJSON_CreateObject();
		cJSON_AddFalseToObject(params, "ok");
		ph_payment_proceed(payment, params);
		return;
	}
	cJSON_Delete(payment->choices);
	payment->choices = cJSON_Duplicate(choices, true);
	if (ph_card_number_mask_json(payment->choices) < 0)
		cJSON_Delete(PH_STEAL(payment->choices));
	payment->phase = PH_PHASE_CHOOSING;
	payment->confirm = cJSON_IsTrue(member(payment->need, "confirm"));
	ph_payment_timer(payment, payment->daemon->config->payments.choice_s * 1000);
	ph_payment_tell_progress(payment, "choose_application", NULL);
}

void ph_payment_on_chosen(struct ph_payment *payment, const struct ph_pay_news *news)
{
	cJSON *params = cJSON_CreateObject();

	payment->timer = sd_event_source_disable_unref(payment->timer);
	cJSON_Delete(PH_STEAL(payment->choices));
	payment->confirm = false;
	payment->phase = PH_PHASE_RUNNING;
	cJSON_AddBoolToObject(params, "ok", news->number >= 0);
	if (news->number >= 0)
		cJSON_AddNumberToObject(params, "choice", news->number);
	ph_payment_proceed(payment, params);
}

void ph_payment_on_choice_late(struct ph_payment *payment, const struct ph_pay_news *news)
{
	payment->unchosen = true;
	ph_payment_on_chosen(payment, &(struct ph_pay_news){.number = -1});
}

static bool is_of(const struct ph_unit *unit, const struct ph_payment *payment)
{
	static const enum ph_class classes[] = {PH_CLASS_CARD_READER, PH_CLASS_TERMINAL};

	for (size_t i = 0; i < PH_ARRAY_SIZE(classes); i++) {
		const struct ph_device *device = unit->devices[classes[i]];
		if (device && !strcmp(device->id, payment->device_id))
			return true;
	}
	return false;
}

static struct ph_payment *find(const struct ph_unit *unit, const char *name)
{
	struct ph_payment *p = unit->daemon->payments->payments;

	while (p && (!name || strcmp(p->name, name) != 0 || !is_of(unit, p)))
		p = p->next;
	return p;
}

void ph_payment_has_card(struct ph_payment *payment)
{
	if (payment->class_ != PH_CLASS_CARD_READER)
		return;
	payment->timer = sd_event_source_disable_unref(payment->timer);
	payment->cardless = false;
}

/* The next customer's card does not pay for one that nobody remembers. A terminal sees to that itself. */
static void watch_card(struct ph_payment *payment)
{
	if (payment->class_ != PH_CLASS_CARD_READER ||
		(payment->phase != PH_PHASE_STARTING && payment->phase != PH_PHASE_RUNNING))
		return;
	if (strcmp(payment->step, "insert_card") != 0)
		ph_payment_has_card(payment);
	else if (!payment->timer)
		ph_payment_timer(payment, payment->daemon->config->payments.card_s * 1000);
}

void ph_payment_on_card_late(struct ph_payment *payment, const struct ph_pay_news *news)
{
	payment->cardless = true;
	ph_payment_send_cancel(payment);
}

static void take_progress(struct ph_payment *payment, const cJSON *params)
{
	static const char *const steps[] = {"insert_card", "reading", "choose_application",
		"enter_pin", "authorising", "remove_card", "use_terminal", "processing",
		"recovering"};
	const char *step = cJSON_GetStringValue(member(params, "step"));
	const char *text = cJSON_GetStringValue(member(params, "text"));

	/* that one is told with the choices, when they are asked for */
	if (step && !strcmp(step, "choose_application"))
		return;
	for (size_t i = 0; step && i < PH_ARRAY_SIZE(steps); i++) {
		if (strcmp(steps[i], step) != 0)
			continue;
		ph_payment_tell_progress(payment, steps[i], text);
		watch_card(payment);
	}
}

static void take_receipt(struct ph_payment *payment, const cJSON *params)
{
	static const char *const copies[] = {"customer", "merchant", "shop"};
	const char *copy = cJSON_GetStringValue(member(params, "copy"));
	const cJSON *document = member(params, "document");
	PH_CLEANUP_FREE char *text = cJSON_PrintUnformatted(document);
	cJSON *masked;

	if (!copy || !cJSON_IsObject(document) || !text || strlen(text) > RECEIPT_MAX)
		return;
	for (size_t i = 0; i < PH_ARRAY_SIZE(copies); i++) {
		if (strcmp(copies[i], copy) != 0)
			continue;
		masked = cJSON_Duplicate(document, true);
		if (!masked || ph_card_number_mask_json(masked) < 0) {
			cJSON_Delete(masked);
			return;
		}
		if (!payment->receipts)
			payment->receipts = cJSON_CreateObject();
		cJSON_DeleteItemFromObjectCaseSensitive(payment->receipts, copy);
		cJSON_AddItemToObject(payment->receipts, copy, masked);
	}
}

void ph_payments_driver_says(struct ph_unit *unit, const char *method, const cJSON *params)
{
	struct ph_payment *payment =
		unit->daemon->payments ? find(unit, cJSON_GetStringValue(member(params, "payment")))
				       : NULL;
	const struct ph_pay_news news = {.json = params};

	if (!payment)
		return;
	if (!strcmp(method, "payment.progress"))
		take_progress(payment, params);
	else if (!strcmp(method, "payment.receipt"))
		take_receipt(payment, params);
	else if (!strcmp(method, "payment.need"))
		ph_payment_event(payment, PH_EVENT_NEED, &news);
	else
		ph_payment_event(payment, PH_EVENT_END, &news);
}

bool ph_payments_driver_speaks(const struct ph_unit *unit)
{
	const struct ph_payment *p =
		unit->daemon->payments ? unit->daemon->payments->payments : NULL;

	for (; p; p = p->next)
		if ((p->phase == PH_PHASE_RUNNING || p->phase == PH_PHASE_FINDING ||
			    p->phase == PH_PHASE_ACCEPTED) &&
			is_of(unit, p))
			return true;
	return false;
}

/* With the card money may be moving: a terminal has its command, or the host has said yes. */
static bool decides(const struct ph_payment *payment)
{
	bool sent = payment->class_ == PH_CLASS_TERMINAL && payment->before[0];

	return (payment->phase == PH_PHASE_RUNNING || payment->phase == PH_PHASE_CHOOSING) &&
	       (sent || payment->host_yes);
}

bool ph_payments_under_way(const struct ph_daemon *daemon)
{
	for (const struct ph_payment *p = daemon->payments ? daemon->payments->payments : NULL; p;
		p = p->next)
		if (decides(p) || (p->phase >= PH_PHASE_STORING && p->phase <= PH_PHASE_ENDING &&
					  !p->answered))
			return true;
	return false;
}

static void tell_device(
	struct ph_daemon *daemon, const struct ph_device *device, enum ph_pay_event event)
{
	struct ph_payment *next, *payment = daemon->payments ? daemon->payments->payments : NULL;

	for (; payment; payment = next) {
		next = payment->next;
		if (!strcmp(payment->device_id, device->id))
			ph_payment_event(payment, event, &(struct ph_pay_news){0});
	}
}

void ph_payments_driver_gone(struct ph_unit *unit)
{
	for (int i = 0; i < PH_CLASS_COUNT_; i++)
		if (unit->devices[i])
			tell_device(unit->daemon, unit->devices[i], PH_EVENT_GONE);
}

void ph_payments_device_ready(struct ph_device *device)
{
	tell_device(device->unit->daemon, device, PH_EVENT_READY);
}
