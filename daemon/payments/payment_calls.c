// Methods that take, undo and cancel payments. What becomes of one is payment.c's business.
#include "base/cleanup.h"
#include "base/clock.h"
#include "daemon/core/config.h"
#include "daemon/doors/handlers.h"
#include "daemon/objects/client.h"
#include "daemon/objects/device.h"
#include "daemon/objects/lease.h"
#include "daemon/payments/payment_private.h"
#include "daemon/payments/payment_query.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a payment from a call ---- */

static void copy_param(struct ph_call *call, const char *name, char *out, size_t size)
{
	const char *text = ph_param_str(call, name);

	snprintf(out, size, "%s", text ? text : "");
}

static enum ph_offline_wish wish_of(struct ph_call *call)
{
	const char *word = ph_param_str(call, "offline");

	if (word && !strcmp(word, "force"))
		return PH_OFFLINE_FORCE;
	return word && !strcmp(word, "allow") ? PH_OFFLINE_ALLOW : PH_OFFLINE_REFUSE;
}

static struct ph_payment *new_payment(struct ph_call *call, const char *type)
{
	struct ph_payment *payment = calloc(1, sizeof *payment);

	if (!payment)
		return NULL;
	payment->daemon = call->daemon;
	payment->uid = call->client->uid;
	payment->wish = wish_of(call);
	payment->amount = ph_param_int(call, "amount", 0);
	payment->cashback = ph_param_int(call, "cashback", 0);
	payment->created_us = ph_clock_wall_us();
	snprintf(payment->who, sizeof payment->who, "%s", call->client->label);
	snprintf(payment->method, sizeof payment->method, "%s", call->method->name);
	snprintf(payment->type, sizeof payment->type, "%s", type);
	copy_param(call, "key", payment->key, sizeof payment->key);
	copy_param(call, "currency", payment->currency, sizeof payment->currency);
	copy_param(call, "operator", payment->operator_name, sizeof payment->operator_name);
	copy_param(call, "reference", payment->reference, sizeof payment->reference);
	copy_param(call, "reason", payment->why, sizeof payment->why);
	copy_param(call, "approval_code", payment->approval_code, sizeof payment->approval_code);
	return payment;
}

/* What a repeat must agree with: what moves money, and whose it is. Of a void not what the host has taken since of what it undoes. */
static char *body_of(struct ph_call *call, const struct ph_payment *payment)
{
	cJSON *body = cJSON_CreateObject();
	const char *device = ph_param_str(call, "device");
	bool voids = !strcmp(payment->type, "void");
	int64_t amount = voids ? payment->original_amount : payment->amount;

	cJSON_AddStringToObject(body, "device", device ? device : "");
	cJSON_AddStringToObject(body, "type", payment->type);
	cJSON_AddNumberToObject(body, "amount", (double)amount);
	cJSON_AddNumberToObject(body, "cashback", (double)payment->cashback);
	cJSON_AddStringToObject(body, "currency", payment->currency);
	cJSON_AddStringToObject(body, "reference", payment->reference);
	cJSON_AddNumberToObject(body, "original", (double)payment->original);
	if (payment->approval_code[0])
		cJSON_AddStringToObject(body, "approval_code", payment->approval_code);
	char *text = cJSON_PrintUnformatted(body);
	cJSON_Delete(body);
	return text;
}

static char *detail_of(const struct ph_payment *payment)
{
	cJSON *detail = cJSON_CreateObject();

	cJSON_AddStringToObject(detail, "key", payment->key);
	cJSON_AddStringToObject(detail, "type", payment->type);
	cJSON_AddNumberToObject(detail, "amount", (double)payment->amount);
	cJSON_AddStringToObject(detail, "currency", payment->currency);
	if (payment->reference[0])
		cJSON_AddStringToObject(detail, "reference", payment->reference);
	if (payment->operator_name[0])
		cJSON_AddStringToObject(detail, "operator", payment->operator_name);
	if (payment->why[0])
		cJSON_AddStringToObject(detail, "reason", payment->why);
	if (payment->original)
		cJSON_AddNumberToObject(detail, "original", (double)payment->original);
	if (payment->approval_code[0])
		cJSON_AddStringToObject(detail, "approval_code", payment->approval_code);
	char *text = cJSON_PrintUnformatted(detail);
	cJSON_Delete(detail);
	return text;
}

/* rpc.cancel; a client that only leaves cancels nothing. */
static void cancel_call(struct ph_call *call)
{
	if (!call->client->gone)
		ph_payment_event(call->userdata, PH_EVENT_CANCEL, &(struct ph_pay_news){0});
}

static struct ph_payment *same_key(const struct ph_payment *payment)
{
	struct ph_payment *p = payment->daemon->payments->payments;

	while (p && (p->uid != payment->uid || strcmp(p->key, payment->key) != 0 ||
			    strcmp(p->method, payment->method) != 0))
		p = p->next;
	return p;
}

/* A repeat of a key whose payment is under way waits for the same end. */
static bool join(struct ph_call *call, const struct ph_payment *payment)
{
	struct ph_payment *live = same_key(payment);

	if (!live || !live->body) /* one from before a restart: the journal compares */
		return false;
	if (strcmp(live->body, payment->body) != 0) {
		struct ph_failure failure;
		ph_payment_taken_live(payment, live, &failure);
		ph_call_fail_with(call, &failure);
	} else if (ph_payment_join(live, call)) {
		call->userdata = live;
		call->cancel = cancel_call;
	}
	return true;
}

/* What nobody would be asked about afterwards: that it cannot stand is said before a card is. */
static void note_limit(struct ph_payment *payment)
{
	const struct ph_offline_sale sale = {.amount = payment->amount,
		.currency = payment->currency,
		.refund = !strcmp(payment->type, "refund"),
		.wish = payment->wish,
		.answered_for = true};
	struct ph_offline_exposure exposure;
	struct ph_offline_verdict verdict;

	ph_offline_look(payment->daemon, PH_FAMILY_STAND_IN, payment->device_id, &exposure);
	ph_offline_decide(&payment->daemon->config->offline, &exposure, &sale, &verdict);
	if (verdict.yes)
		return;
	ph_failure_set(&payment->failure, PH_E_LIMIT_EXCEEDED, payment->device_id, "%s: %s",
		verdict.limit, verdict.text);
	ph_failure_hint(&payment->failure, "leave `offline` out, so that the host decides");
	payment->failure.retryable = false; /* waiting changes nothing */
}

/* Why nothing new can be begun there; a known key is answered all the same. */
static void note_obstacle(struct ph_payment *payment, const struct ph_device *device)
{
	const struct ph_payment *other = ph_payment_on(payment->daemon, device->id, payment);

	if (payment->failure.error)
		return;
	if (device->unit->state != PH_DEVICE_READY)
		ph_device_unusable(device, &payment->failure);
	else if (other)
		ph_failure_set(&payment->failure, PH_E_BUSY, device->id, "%s is busy with %s",
			device->id, other->name[0] ? other->name : "another payment");
	else if (device->class_ == PH_CLASS_TERMINAL && strcmp(payment->type, "end_of_day") != 0)
		ph_doubt_admits(payment->daemon, device->id, &payment->failure);
	if (!payment->failure.error && payment->wish == PH_OFFLINE_FORCE)
		note_limit(payment);
}

/* Takes over `payment`; `device` NULL: the host alone. */
static void go(struct ph_call *call, struct ph_payment *payment, const struct ph_device *device)
{
	if (device) {
		payment->class_ = device->class_;
		snprintf(payment->device_id, sizeof payment->device_id, "%s", device->id);
	}
	payment->body = body_of(call, payment);
	payment->detail = detail_of(payment);
	if (!payment->body || !payment->detail) {
		ph_payment_free(payment);
		ph_call_fail(call, PH_E_FAILURE, "out of memory");
		return;
	}
	if (join(call, payment)) {
		ph_payment_free(payment);
		return;
	}
	if (device)
		note_obstacle(payment, device);
	if (call->daemon->stopping && !payment->failure.error)
		ph_failure_set(&payment->failure, PH_E_BUSY, payment->device_id,
			"the service is being stopped");
	payment->calls[payment->call_count++] = call;
	call->userdata = payment;
	call->cancel = cancel_call;
	int r = ph_payment_begin(payment);
	if (r < 0) {
		call->cancel = NULL;
		ph_call_fail_journal(call, r, "the payment cannot be stored");
	}
}

static bool has_room(struct ph_call *call)
{
	if (call->daemon->payments->count < PH_PAYMENTS_MAX)
		return true;
	ph_call_fail(call, PH_E_LIMIT_EXCEEDED, "%d payments are under way", PH_PAYMENTS_MAX);
	return false;
}

static bool takes_payments(const struct ph_device *device)
{
	return device->class_ == PH_CLASS_CARD_READER || device->class_ == PH_CLASS_TERMINAL;
}

static struct ph_device *default_device(struct ph_daemon *daemon)
{
	struct ph_device *found = ph_device_find(daemon, "payment");

	for (struct ph_device *d = daemon->devices; d && !found; d = d->next)
		if (takes_payments(d))
			found = d;
	for (struct ph_device *d = found ? found->next : NULL; d; d = d->next)
		if (takes_payments(d) && found != ph_device_find(daemon, "payment"))
			return NULL;
	return found;
}

struct ph_device *ph_payment_device(struct ph_call *call)
{
	const char *name = ph_param_str(call, "device");
	struct ph_device *device =
		name ? ph_device_find(call->daemon, name) : default_device(call->daemon);

	if (device && takes_payments(device))
		return device;
	if (device)
		ph_call_fail(call, PH_E_ILLEGAL, "%s takes no payments", device->id);
	else if (name)
		ph_call_fail(call, PH_E_NOEXIST, "there is no device or role `%s`", name);
	else
		ph_call_fail(call, PH_E_NOEXIST,
			"no role `payment`, and not exactly one card reader or terminal: name a "
			"device");
	return NULL;
}

bool ph_payment_currency_ok(struct ph_call *call, const char *code)
{
	unsigned number, exponent;

	if (ph_currency_find(code, &number, &exponent))
		return true;
	struct ph_failure failure;
	ph_failure_set(
		&failure, PH_E_ILLEGAL, NULL, "$.currency: `%s` is no currency known here", code);
	ph_failure_hint(&failure, "write the code of ISO 4217, three capital letters: EUR");
	ph_call_fail_with(call, &failure);
	return false;
}

static bool says(struct ph_call *call, const char *name)
{
	const char *text = ph_param_str(call, name);

	return text && *text;
}

/* offline "force" is a decision of somebody, which has a name and a reason. */
static bool wish_ok(struct ph_call *call)
{
	if (wish_of(call) != PH_OFFLINE_FORCE)
		return true;
	if (!(call->client->grants & PH_GRANT_BIT(PH_GRANT_QUEUE))) {
		ph_call_fail(call, PH_E_ACCESS_DENIED, "offline `force` needs the grant `queue`");
		return false;
	}
	if (!says(call, "operator") || !says(call, "reason")) {
		ph_call_fail(call, PH_E_ILLEGAL, "offline `force` needs operator and reason");
		return false;
	}
	return true;
}

/* Where nothing could stand without the host, being told to do without it makes no sense. */
static bool may_force(struct ph_call *call, const struct ph_device *device)
{
	const char *type = ph_param_str(call, "type");

	if (wish_of(call) != PH_OFFLINE_FORCE)
		return true;
	if (device->class_ == PH_CLASS_CARD_READER && !ph_param_int(call, "cashback", 0) &&
		!(type && !strcmp(type, "preauth")))
		return true;
	ph_call_fail(call, PH_E_ILLEGAL,
		"$.offline: `force` is for sales at card readers, without cash back");
	return false;
}

void ph_payment_authorize(struct ph_call *call)
{
	const char *type = ph_param_str(call, "type");
	struct ph_device *device = ph_payment_device(call);

	if (!device || !has_room(call) || !ph_lease_admits(call, device) || !wish_ok(call) ||
		!ph_payment_currency_ok(call, ph_param_str(call, "currency")))
		return;
	if (ph_param_int(call, "cashback", 0) > ph_param_int(call, "amount", 0)) {
		ph_call_fail(call, PH_E_ILLEGAL, "$.cashback: is more than the amount");
		return;
	}
	if (type && !strcmp(type, "preauth") && ph_param_int(call, "cashback", 0)) {
		ph_call_fail(
			call, PH_E_ILLEGAL, "$.cashback: nothing is paid out of a reservation");
		return;
	}
	if (!may_force(call, device))
		return;
	struct ph_payment *payment = new_payment(call, type ? type : "sale");
	if (payment)
		go(call, payment, device);
	else
		ph_call_fail(call, PH_E_FAILURE, "out of memory");
}

/* ---- about an earlier payment ---- */

/* Accepted without the host, which may say anything yet. */
static bool waits_for_host(const struct ph_payment_row *row)
{
	return row->stand >= 0 && !ph_record_is_final((enum ph_record_state)row->stand);
}

/* What the customer has paid: where the host has taken a part of what stood without it, that part. */
static int64_t taken_of(const struct ph_payment_row *row)
{
	return row->stand_host ? row->stand_host : row->amount_approved;
}

/* What the host has declined, or never got, took nothing from the customer's account. */
static bool host_has_it(const struct ph_payment_row *row)
{
	return row->stand < 0 || row->stand == PH_RECORD_APPROVED ||
	       row->stand == PH_RECORD_PARTIAL || row->stand == PH_RECORD_SETTLED;
}

/* What is known of the original, in the new payment. `why`: it cannot be done to that one. */
static struct ph_payment *about(struct ph_call *call, const struct ph_payment_row *row,
	const char *type, const cJSON *result, const char *why)
{
	struct ph_payment *payment = new_payment(call, type);
	const char *reference =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(result, "reference"));

	if (!payment) {
		ph_call_fail(call, PH_E_FAILURE, "out of memory");
		return NULL;
	}
	payment->original = row->id;
	payment->original_amount = row->amount_approved;
	payment->original_offline = row->state == PH_PAY_APPROVED_OFFLINE;
	snprintf(payment->original_reference, sizeof payment->original_reference, "%s",
		reference ? reference : "");
	snprintf(payment->currency, sizeof payment->currency, "%s", row->currency);
	if (!ph_pay_is_final(row->state)) {
		ph_failure_set(&payment->failure, PH_E_BUSY, row->device,
			"pay-%lld is still under way; %s it when it has ended", (long long)row->id,
			type);
		ph_failure_hint(&payment->failure, "wait for its end, which payment.get tells; "
						   "then call again with the same key");
	} else if (!strcmp(type, "refund") && waits_for_host(row)) {
		ph_failure_set(&payment->failure, PH_E_BUSY, row->device,
			"pay-%lld waits for the host, which has not approved it yet; void it "
			"instead",
			(long long)row->id);
		ph_failure_hint(&payment->failure,
			"payment.void undoes it; or give it back when payment.get says that it is "
			"forwarded");
		payment->failure.retryable = false;
	} else if (why) {
		ph_failure_set(&payment->failure, PH_E_ILLEGAL, row->device, "pay-%lld: %s",
			(long long)row->id, why);
	}
	return payment;
}

static bool stands(const struct ph_payment_row *row)
{
	return row->state == PH_PAY_APPROVED || row->state == PH_PAY_PARTIAL ||
	       row->state == PH_PAY_APPROVED_OFFLINE;
}

static const char *not_voidable(const struct ph_payment_row *row)
{
	if (row->voided)
		return "is void already";
	if (row->completion)
		return "was completed; void the payment that did";
	if (row->refunded)
		return "was given back, at least in part; void the refund first";
	if (row->state == PH_PAY_UNCERTAIN && !row->resolution)
		return "what became of it is not known; look at the terminal or ask the acquirer, "
		       "and say with payment.resolve what was found";
	if (row->state == PH_PAY_UNCERTAIN)
		return "somebody has said what became of it; what was taken is undone at the "
		       "terminal or by the acquirer";
	if (!stands(row))
		return "was not approved; there is nothing to undo";
	return !strcmp(row->type, "void") || !strcmp(row->type, "end_of_day") ? "cannot be undone"
									      : NULL;
}

static bool by_terminal(const cJSON *result)
{
	const char *kind = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(result, "kind"));

	return kind && !strcmp(kind, "terminal");
}

static struct ph_device *device_of(struct ph_call *call, const struct ph_payment_row *row)
{
	struct ph_device *device = ph_param_str(call, "device")
					   ? ph_payment_device(call)
					   : ph_device_by_id(call->daemon, row->device);

	if (!device && !ph_param_str(call, "device"))
		ph_call_fail(call, PH_E_NOEXIST, "there is no device `%s` any more", row->device);
	return device;
}

/*
 * A payment about an earlier one. At a terminal it is done there; of a card reader's only a refund needs the card again, all
 * else is between service and host. `why`: it cannot be done to that one.
 */
static void go_about(
	struct ph_call *call, const struct ph_payment_row *row, const char *type, const char *why)
{
	cJSON *result = row->result ? cJSON_Parse(row->result) : NULL;
	bool alone = strcmp(type, "refund") != 0 && !by_terminal(result);
	struct ph_device *device = alone ? NULL : device_of(call, row);
	bool usable = alone || (device && ph_lease_admits(call, device));
	struct ph_payment *payment = usable ? about(call, row, type, result, why) : NULL;

	if (payment) {
		if (!strcmp(type, "void"))
			payment->amount = taken_of(row);
		payment->class_ = PH_CLASS_COUNT_;
		snprintf(payment->device_id, sizeof payment->device_id, "%s", row->device);
		if (alone && !strcmp(type, "complete"))
			ph_payment_take_original(payment, row);
		else if (alone)
			ph_payment_take_card(payment, result);
		go(call, payment, device);
	}
	cJSON_Delete(result);
}

static void void_row(struct ph_call *call, const struct ph_payment_row *row)
{
	go_about(call, row, "void", not_voidable(row));
}

void ph_payment_void(struct ph_call *call)
{
	if (has_room(call))
		ph_payment_look_up(call, void_row);
}

static const char *not_refundable(const struct ph_call *call, const struct ph_payment_row *row)
{
	int64_t amount = ph_param_int(call, "amount", 0);
	int64_t taken = taken_of(row);

	if (!strcmp(row->type, "preauth"))
		return "is a reservation, which took nothing; void it";
	if (strcmp(row->type, "sale") != 0 && strcmp(row->type, "complete") != 0)
		return "took nothing; there is nothing to give back";
	if (!stands(row) || row->voided)
		return "does not stand; there is nothing to give back";
	if (row->stand == PH_RECORD_ABANDONED)
		return "went on at another machine, which has taken it; give it back there";
	if (!waits_for_host(row) && !host_has_it(row))
		return "was accepted without the host, which did not approve it; there is nothing "
		       "to give back";
	if (amount > taken)
		return "was approved for less";
	return amount > taken - row->refunded ? "has less left that was not given back yet" : NULL;
}

static void refund_row(struct ph_call *call, const struct ph_payment_row *row)
{
	const char *currency = ph_param_str(call, "currency");

	if (currency && strcmp(currency, row->currency) != 0)
		ph_call_fail(call, PH_E_ILLEGAL, "$.currency: pay-%lld was in %s",
			(long long)row->id, row->currency);
	else
		go_about(call, row, "refund", not_refundable(call, row));
}

void ph_payment_refund(struct ph_call *call)
{
	const char *currency = ph_param_str(call, "currency");

	if (!has_room(call) || !wish_ok(call))
		return;
	if (ph_param_str(call, "payment")) {
		ph_payment_look_up(call, refund_row);
		return;
	}
	if (!currency) {
		ph_call_fail(call, PH_E_ILLEGAL, "$.currency: is missing, as no payment is named");
		return;
	}
	struct ph_device *device = ph_payment_device(call);
	if (!device || !ph_lease_admits(call, device) || !ph_payment_currency_ok(call, currency))
		return;
	struct ph_payment *payment = new_payment(call, "refund");
	if (payment)
		go(call, payment, device);
	else
		ph_call_fail(call, PH_E_FAILURE, "out of memory");
}

static const char *not_completable(const struct ph_call *call, const struct ph_payment_row *row)
{
	if (strcmp(row->type, "preauth") != 0)
		return "reserved no amount";
	if (!stands(row) || row->voided)
		return "does not stand";
	if (row->completion)
		return "was completed already";
	return ph_param_int(call, "amount", 0) > row->amount_approved ? "reserved less" : NULL;
}

/* At a card reader the card is gone: what was sealed of it is kept with the reservation, and the host alone is told. */
static void complete_row(struct ph_call *call, const struct ph_payment_row *row)
{
	go_about(call, row, "complete", not_completable(call, row));
}

void ph_payment_complete(struct ph_call *call)
{
	if (has_room(call))
		ph_payment_look_up(call, complete_row);
}

static const char *not_voiceable(struct ph_call *call, const struct ph_payment_row *row)
{
	if (row->state != PH_PAY_REFERRED)
		return "is not one for which the issuer wants to be called";
	if (strcmp(row->type, "sale") != 0)
		return "is no sale";
	return ph_param_int(call, "amount", 0) > row->amount ? "was for less" : NULL;
}

/* The reader it is booked at: that of the referred payment, or another one of this machine, for the call may be made from another till. */
static const char *voice_device(struct ph_call *call, const struct ph_payment_row *row)
{
	struct ph_device *device;

	if (!ph_param_str(call, "device"))
		return row->device;
	device = ph_payment_device(call);
	if (device && device->class_ != PH_CLASS_CARD_READER) {
		ph_call_fail(call, PH_E_ILLEGAL, "%s is a terminal, which has its own way for that",
			device->id);
		return NULL;
	}
	return device ? device->id : NULL;
}

/* To read the card again for one that is taken would charge it twice. */
static void note_taken(struct ph_payment *payment, const struct ph_payment_row *row)
{
	if (!row->voiced || payment->failure.error)
		return;
	ph_failure_set(&payment->failure, PH_E_EXISTS, row->device,
		"pay-%lld has taken pay-%lld already, as the issuer has approved by telephone",
		(long long)row->voiced, (long long)row->id);
	ph_failure_hint(&payment->failure,
		"ask payment.get of it; do not read the card again for this sale");
}

/* The issuer has approved by telephone what it had referred: what was sealed of the card then is used, and no reader. */
static void voice_of(
	struct ph_call *call, const struct ph_payment_row *row, const char *device, cJSON *result)
{
	struct ph_payment *payment = about(call, row, "sale", result, not_voiceable(call, row));

	if (!payment)
		return;
	note_taken(payment, row);
	payment->class_ = PH_CLASS_COUNT_;
	snprintf(payment->device_id, sizeof payment->device_id, "%s", device);
	ph_payment_take_original(payment, row);
	go(call, payment, NULL);
}

static void voice_row(struct ph_call *call, const struct ph_payment_row *row)
{
	const char *currency = ph_param_str(call, "currency"), *device = voice_device(call, row);
	cJSON *result = row->result ? cJSON_Parse(row->result) : NULL;

	if (device && by_terminal(result))
		ph_call_fail(call, PH_E_ILLEGAL,
			"pay-%lld: was taken at a terminal, which has its own way for that",
			(long long)row->id);
	else if (device && strcmp(currency, row->currency) != 0)
		ph_call_fail(call, PH_E_ILLEGAL, "$.currency: pay-%lld was in %s",
			(long long)row->id, row->currency);
	else if (device)
		voice_of(call, row, device, result);
	cJSON_Delete(result);
}

void ph_payment_voice_call(struct ph_call *call)
{
	const char *code = ph_param_str(call, "approval_code");

	if (strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") !=
		strlen(code))
		ph_call_fail(call, PH_E_ILLEGAL, "$.approval_code: letters and digits");
	else if (has_room(call))
		ph_payment_look_up(call, voice_row);
}

void ph_terminal_end_of_day(struct ph_call *call)
{
	struct ph_device *device = ph_call_device(call, PH_CLASS_TERMINAL);

	if (!device || !has_room(call) || !ph_lease_admits(call, device))
		return;
	struct ph_payment *payment = new_payment(call, "end_of_day");
	if (!payment) {
		ph_call_fail(call, PH_E_FAILURE, "out of memory");
		return;
	}
	snprintf(payment->currency, sizeof payment->currency, "%s",
		call->daemon->config->payments.currency);
	go(call, payment, device);
}

/* ---- choose, cancel ---- */

static void refuse_final(struct ph_call *call, const struct ph_payment_row *row)
{
	ph_call_fail(
		call, PH_E_ILLEGAL, "the payment is %s already", ph_pay_state_name(row->state));
}

void ph_payment_choose(struct ph_call *call)
{
	struct ph_payment *payment = ph_payment_live(call);
	int64_t choice = ph_param_int(call, "choice", 0);

	if (!payment) {
		ph_payment_look_up(call, refuse_final);
	} else if (payment->phase != PH_PHASE_CHOOSING) {
		ph_call_fail(
			call, PH_E_ILLEGAL, "nothing is to be chosen for %s now", payment->name);
	} else if (payment->confirm && choice > 1) {
		ph_call_fail(call, PH_E_ILLEGAL, "$.choice: 0 is yes, 1 is no");
	} else if (!payment->confirm && choice >= cJSON_GetArraySize(payment->choices)) {
		ph_call_fail(call, PH_E_ILLEGAL, "$.choice: there are %d",
			cJSON_GetArraySize(payment->choices));
	} else {
		ph_payment_event(
			payment, PH_EVENT_CHOSEN, &(struct ph_pay_news){.number = (int)choice});
		ph_call_reply(call, NULL);
	}
}

static void on_cancel_answer(void *userdata, const cJSON *result, const struct ph_failure *failure)
{
	struct ph_call *call = userdata;

	/* one that has just ended needs no cancelling; how it ended is told by payment.get */
	if (failure && failure->error != PH_E_NOEXIST)
		ph_call_fail_with(call, failure);
	else
		ph_call_reply(call, NULL);
}

void ph_payment_cancel(struct ph_call *call)
{
	struct ph_payment *payment = ph_payment_live(call);

	if (!payment) {
		ph_payment_look_up(call, refuse_final);
	} else if (payment->phase <= PH_PHASE_MARKING) {
		ph_payment_event(payment, PH_EVENT_CANCEL, &(struct ph_pay_news){0});
		ph_call_reply(call, NULL);
	} else if (ph_payment_may_cancel(payment)) {
		struct ph_device *device = ph_device_by_id(call->daemon, payment->device_id);
		cJSON *params = cJSON_CreateObject();
		cJSON_AddStringToObject(params, "payment", payment->name);
		if (device) {
			ph_device_ask(call, device, "payment.cancel", params, on_cancel_answer);
			return;
		}
		cJSON_Delete(params);
		ph_call_fail(call, PH_E_NOEXIST, "its device was removed");
	} else if (payment->phase == PH_PHASE_LOST || payment->phase == PH_PHASE_FINDING) {
		ph_call_fail(call, PH_E_BUSY,
			"%s: the terminal is asked what became of it; if it does not answer, look "
			"at it, and say with payment.resolve what it shows",
			payment->name);
	} else {
		struct ph_failure failure;
		ph_failure_set(&failure, PH_E_BUSY, payment->device_id,
			"%s can no longer be cancelled; void it when it has ended", payment->name);
		ph_failure_hint(&failure, "wait for its end, which payment.get tells; if it is "
					  "approved, call payment.void");
		failure.retryable = false;
		ph_call_fail_with(call, &failure);
	}
}
