// payment.explain: the decision about a sale without the host, made dry with what is known before a card is read.
#include "base/names.h"
#include "daemon/core/config.h"
#include "daemon/doors/handlers.h"
#include "daemon/objects/client.h"
#include "daemon/objects/device.h"
#include "daemon/payments/payment_private.h"
#include "daemon/payments/payment_query.h"

#include <stdio.h>
#include <string.h>

struct question {
	const char *device;
	const struct ph_offline_limits *limits;
	struct ph_offline_exposure exposure;
	struct ph_offline_sale sale;
	struct ph_offline_verdict verdict;
};

static enum ph_offline_wish wish_of(const struct ph_call *call)
{
	const char *word = ph_param_str(call, "offline");

	if (word && !strcmp(word, "force"))
		return PH_OFFLINE_FORCE;
	return word && !strcmp(word, "allow") ? PH_OFFLINE_ALLOW : PH_OFFLINE_REFUSE;
}

static void add_answer(cJSON *result, const char *name, bool yes, const char *text)
{
	cJSON *object = cJSON_AddObjectToObject(result, name);

	cJSON_AddBoolToObject(object, "yes", yes);
	cJSON_AddStringToObject(object, "text", text);
}

/* Whether the card might approve it by itself, where nobody else does. */
static bool card_may_approve(const struct ph_call *call, const struct question *q)
{
	struct ph_offline_sale sale = q->sale;
	struct ph_offline_exposure exposure;
	struct ph_offline_verdict verdict;

	sale.advice = true;
	ph_offline_look(call->daemon, PH_FAMILY_ADVICE, q->device, &exposure);
	ph_offline_decide(q->limits, &exposure, &sale, &verdict);
	return verdict.yes;
}

/* It is not expected to answer, and is asked for want of anybody else. */
static void add_last_resort(cJSON *result, const struct ph_call *call, const struct question *q)
{
	char why[80], text[240];

	if (q->exposure.forced)
		snprintf(why, sizeof why, "an operator has said to work without the host");
	else
		snprintf(why, sizeof why, "the host counts as away (%s)",
			ph_offline_cause(call->daemon));
	snprintf(text, sizeof text,
		"%s; it is asked only because this may not stand without it: no answer, and it is "
		"declined%s",
		why, card_may_approve(call, q) ? ", unless the card approves it by itself" : "");
	add_answer(result, "online", true, text);
}

/* Who is asked first. */
static void add_online(cJSON *result, const struct ph_call *call, const struct question *q)
{
	unsigned one_in = q->limits->random_online;
	char text[160];

	if (q->sale.wish == PH_OFFLINE_FORCE) {
		add_answer(result, "online", false, "the caller wants it without the host");
	} else if (q->exposure.host_up && (!q->exposure.forced || !q->verdict.yes)) {
		add_answer(result, "online", true, "the host decides");
	} else if (!q->verdict.yes) {
		add_last_resort(result, call, q);
	} else if (q->exposure.forced) {
		add_answer(
			result, "online", false, "an operator has said to work without the host");
	} else {
		snprintf(text, sizeof text,
			"the host counts as away (%s); one sale in %u asks it nevertheless",
			ph_offline_cause(call->daemon), one_in);
		add_answer(result, "online", false, one_in ? text : "the host counts as away");
	}
}

static void add_limits(cJSON *object, const struct question *q)
{
	struct ph_offline_use uses[PH_OFFLINE_USES];
	size_t count = ph_offline_uses(q->limits, &q->exposure, &q->sale, uses);
	cJSON *list = cJSON_AddArrayToObject(object, "limits");

	for (size_t i = 0; i < count; i++) {
		cJSON *item = cJSON_CreateObject();
		cJSON_AddStringToObject(item, "limit", uses[i].limit);
		cJSON_AddNumberToObject(item, "allowed", (double)uses[i].allowed);
		cJSON_AddNumberToObject(item, "used", (double)uses[i].used);
		cJSON_AddNumberToObject(item, "left", (double)uses[i].left);
		cJSON_AddItemToArray(list, item);
	}
}

static void add_nos(cJSON *object, const struct question *q)
{
	cJSON *list = cJSON_AddArrayToObject(object, "no");
	const char *limit, *text = "";
	size_t at = 0;

	while ((limit = ph_offline_next_no(q->limits, &q->exposure, &q->sale, &at, &text))) {
		cJSON *item = cJSON_CreateObject();
		cJSON_AddStringToObject(item, "limit", limit);
		cJSON_AddStringToObject(item, "text", text);
		cJSON_AddItemToArray(list, item);
	}
}

static void add_offline(cJSON *result, const struct question *q)
{
	add_answer(result, "offline", q->verdict.yes, q->verdict.text);
	cJSON *object = cJSON_GetObjectItemCaseSensitive(result, "offline");
	if (q->verdict.limit)
		cJSON_AddStringToObject(object, "limit", q->verdict.limit);
	add_nos(object, q);
	add_limits(object, q);
}

static void ask(const struct ph_call *call, const struct ph_device *device, struct question *q)
{
	const char *type = ph_param_str(call, "type");

	q->device = device->id;
	q->limits = &call->daemon->config->offline;
	q->sale = (struct ph_offline_sale){.amount = ph_param_int(call, "amount", 0),
		.currency = ph_param_str(call, "currency"),
		.refund = type && !strcmp(type, "refund"),
		.wish = wish_of(call),
		.answered_for = wish_of(call) == PH_OFFLINE_FORCE &&
				(call->client->grants & PH_GRANT_BIT(PH_GRANT_QUEUE))};
	ph_offline_look(call->daemon, PH_FAMILY_STAND_IN, device->id, &q->exposure);
	ph_offline_decide(q->limits, &q->exposure, &q->sale, &q->verdict);
}

void ph_payment_explain(struct ph_call *call)
{
	struct ph_device *device = ph_payment_device(call);
	struct question q;

	if (!device || !ph_payment_currency_ok(call, ph_param_str(call, "currency")))
		return;
	ask(call, device, &q);
	cJSON *result = cJSON_CreateObject();
	cJSON_AddStringToObject(result, "device", device->id);
	cJSON_AddStringToObject(result, "state", ph_device_state_name(ph_device_state(device)));
	if (device->class_ == PH_CLASS_TERMINAL) {
		add_answer(result, "online", true, "the terminal decides, and whom it asks");
		add_answer(result, "offline", false,
			"the terminal decides; it has a queue of its own");
	} else {
		add_online(result, call, &q);
		add_offline(result, &q);
	}
	ph_offline_add_exposure(call->daemon, result);
	cJSON_AddItemToObject(
		result, "acquirer", ph_acquirer_describe(call->daemon->payments->acquirer));
	ph_call_reply(call, result);
}
