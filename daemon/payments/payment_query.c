// Methods that only look: payment.get, payment.list, payment.explain, and the states of readers and terminals.
#include "daemon/payments/payment_query.h"

#include "base/cleanup.h"
#include "daemon/doors/handlers.h"
#include "daemon/objects/client.h"
#include "daemon/objects/device.h"
#include "daemon/objects/lease.h"
#include "daemon/payments/forward_private.h"
#include "daemon/payments/payment_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- finding ---- */

struct ph_payment *ph_payment_live(struct ph_call *call)
{
	const char *name = ph_param_str(call, "payment");
	struct ph_payment *payment = call->daemon->payments->payments;
	int64_t id;

	if (ph_payment_id_parse(name, &id) == 0)
		return ph_payment_find(call->daemon, id);
	while (payment && (payment->uid != call->client->uid || strcmp(payment->key, name) != 0))
		payment = payment->next;
	return payment;
}

struct lookup {
	struct ph_journal_pay_get get;
	struct ph_call *call;
	void (*found)(struct ph_call *call, const struct ph_payment_row *row);
};

static void fail_unknown(struct ph_call *call)
{
	struct ph_failure failure;

	ph_failure_set(&failure, PH_E_NOEXIST, NULL, "there is no payment `%s`",
		ph_param_str(call, "payment"));
	ph_failure_hint(&failure, "`poshalctl pay list` shows the payments");
	ph_call_fail_with(call, &failure);
}

static void on_found(struct ph_journal_request *request, int result)
{
	struct lookup *lookup = request->userdata;
	struct ph_call *call = lookup->call;

	if (result == -ENOENT)
		fail_unknown(call);
	else if (result < 0)
		ph_call_fail_read(call, result);
	else if (!call->client) /* nobody wants it any more */
		ph_call_fail(call, PH_E_CANCELLED, "the caller is gone");
	else
		lookup->found(call, lookup->get.row);
	ph_journal_pay_get_clear(&lookup->get);
	free(lookup);
}

void ph_payment_look_up(
	struct ph_call *call, void (*found)(struct ph_call *call, const struct ph_payment_row *row))
{
	const char *name = ph_param_str(call, "payment");
	struct lookup *lookup = calloc(1, sizeof *lookup);

	if (!lookup) {
		ph_call_fail(call, PH_E_FAILURE, "out of memory");
		return;
	}
	*lookup = (struct lookup){.call = call, .found = found};
	lookup->get.request = (struct ph_journal_request){.done = on_found, .userdata = lookup};
	if (ph_payment_id_parse(name, &lookup->get.id) < 0) {
		lookup->get.uid = call->client->uid;
		lookup->get.key = name;
	}
	int r = ph_journal_pay_get_submit(call->daemon->journal, &lookup->get);
	if (r < 0) {
		free(lookup);
		ph_call_fail_read(call, r);
	}
}

/* ---- payment.get, payment.list ---- */

static void reply_payment(struct ph_call *call, cJSON *payment)
{
	cJSON *result = cJSON_CreateObject();

	cJSON_AddItemToObject(result, "payment", payment);
	ph_call_reply(call, result);
}

/* What has become of one that was accepted without the host, or was to be. */
struct forwarded {
	struct ph_journal_queue_list list;
	struct ph_call *call;
	cJSON *payment;
};

static void on_records(struct ph_journal_request *request, int result)
{
	struct forwarded *forwarded = request->userdata;
	const struct ph_record_row *newest = NULL;

	for (uint32_t i = 0; result == 0 && i < forwarded->list.count; i++)
		if (ph_record_family(forwarded->list.rows[i].kind) != PH_FAMILY_NONE)
			newest = &forwarded->list.rows[i];
	if (newest)
		cJSON_AddItemToObject(forwarded->payment, "forwarded", ph_forward_describe(newest));
	if (result < 0) {
		cJSON_Delete(forwarded->payment);
		ph_call_fail_read(forwarded->call, result);
	} else {
		reply_payment(forwarded->call, forwarded->payment);
	}
	ph_journal_queue_list_clear(&forwarded->list);
	free(forwarded);
}

static void reply_row(struct ph_call *call, const struct ph_payment_row *row)
{
	struct forwarded *forwarded =
		row->state == PH_PAY_APPROVED_OFFLINE ? calloc(1, sizeof *forwarded) : NULL;
	cJSON *payment = ph_payment_describe_row(row);

	if (!forwarded) {
		reply_payment(call, payment);
		return;
	}
	*forwarded = (struct forwarded){.call = call,
		.payment = payment,
		.list = {.request = {.done = on_records, .userdata = forwarded},
			.filter = PH_QUEUE_ALL,
			.payment = row->id,
			.newest = true,
			.limit = PH_LIST_MAX}};
	int r = ph_journal_queue_list_submit(call->daemon->journal, &forwarded->list);
	if (r == 0)
		return;
	cJSON_Delete(payment);
	free(forwarded);
	ph_call_fail_read(call, r);
}

void ph_payment_get(struct ph_call *call)
{
	const struct ph_payment *payment = ph_payment_live(call);

	/* a resolved one is on disk as it will stay, whatever of its own end is still being written */
	if (payment && payment->id && !payment->resolved)
		reply_payment(call, ph_payment_describe(payment));
	else
		ph_payment_look_up(call, reply_row);
}

struct listing {
	struct ph_journal_pay_list list;
	struct ph_call *call;
};

static cJSON *describe_listed(struct ph_daemon *daemon, const struct ph_payment_row *row)
{
	struct ph_payment *live =
		ph_pay_is_final(row->state) ? NULL : ph_payment_find(daemon, row->id);

	return live ? ph_payment_describe(live) : ph_payment_describe_row(row);
}

static void on_list(struct ph_journal_request *request, int result)
{
	struct listing *listing = request->userdata;
	struct ph_call *call = listing->call;

	if (result < 0) {
		ph_call_fail_read(call, result);
	} else {
		cJSON *answer = cJSON_CreateObject();
		cJSON *list = cJSON_AddArrayToObject(answer, "payments");
		for (size_t i = 0; i < listing->list.count; i++)
			cJSON_AddItemToArray(
				list, describe_listed(call->daemon, &listing->list.rows[i]));
		ph_call_reply(call, answer);
	}
	ph_journal_pay_list_clear(&listing->list);
	free(listing);
}

static int state_of(const char *word)
{
	for (int i = 0; word && i < PH_PAY_STATE_COUNT_; i++)
		if (!strcmp(ph_pay_state_name((enum ph_pay_state)i), word))
			return i;
	return -1;
}

int ph_payment_moment(const char *text, uint64_t *ret_us)
{
	struct tm tm = {0};
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);

	if (!rest)
		return -EINVAL;
	if (*rest == '.')
		rest += 1 + strspn(rest + 1, "0123456789");
	time_t seconds = timegm(&tm);
	if (strcmp(rest, "Z") != 0 || seconds < 0)
		return -EINVAL;
	*ret_us = (uint64_t)seconds * 1000000;
	return 0;
}

void ph_payment_list(struct ph_call *call)
{
	const char *since = ph_param_str(call, "since"), *before = ph_param_str(call, "before");
	struct listing *listing = calloc(1, sizeof *listing);
	int r = listing ? 0 : -ENOMEM;

	if (listing) {
		listing->call = call;
		listing->list = (struct ph_journal_pay_list){
			.request = {.done = on_list, .userdata = listing},
			.state = state_of(ph_param_str(call, "state")),
			.limit = (uint32_t)ph_param_int(call, "limit", 100)};
		if (since)
			r = ph_payment_moment(since, &listing->list.since_us);
		if (r == 0 && before)
			r = ph_payment_id_parse(before, &listing->list.before_id);
		if (r == 0)
			r = ph_journal_pay_list_submit(call->daemon->journal, &listing->list);
	}
	if (r == 0)
		return;
	free(listing);
	if (r == -EINVAL)
		ph_call_fail(call, PH_E_ILLEGAL,
			"since is a time like 2026-11-22T09:30:00Z, before a payment's id");
	else
		ph_call_fail_read(call, r);
}

/* ---- readers and terminals ---- */

static void reply_status(struct ph_call *call, const struct ph_device *device)
{
	const struct ph_payment *payment = ph_payment_on(call->daemon, device->id, NULL);
	cJSON *description = ph_device_describe(device), *result = cJSON_CreateObject();
	static const char *const members[] = {"state", "reasons", "status"};

	for (size_t i = 0; i < PH_ARRAY_SIZE(members); i++)
		cJSON_AddItemToObject(result, members[i],
			cJSON_DetachItemFromObjectCaseSensitive(description, members[i]));
	cJSON_Delete(description);
	if (payment && payment->id)
		cJSON_AddStringToObject(result, "payment", payment->name);
	ph_call_reply(call, result);
}

void ph_terminal_status(struct ph_call *call)
{
	const struct ph_device *device = ph_call_device(call, PH_CLASS_TERMINAL);

	if (device)
		reply_status(call, device);
}

void ph_card_status(struct ph_call *call)
{
	const struct ph_device *device = ph_call_device(call, PH_CLASS_CARD_READER);

	if (device)
		reply_status(call, device);
}

static void on_card_answer(void *userdata, const cJSON *result, const struct ph_failure *failure)
{
	struct ph_call *call = userdata;
	const char *reply =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(result, "reply_b64"));

	if (failure) {
		ph_call_fail_with(call, failure);
		return;
	}
	cJSON *answer = cJSON_CreateObject();
	cJSON_AddStringToObject(answer, "reply_b64", reply ? reply : "");
	ph_call_reply(call, answer);
}

void ph_card_transmit(struct ph_call *call)
{
	struct ph_device *device = ph_call_device(call, PH_CLASS_CARD_READER);

	if (!device || !ph_lease_admits(call, device))
		return;
	cJSON *params = cJSON_CreateObject();
	cJSON_AddStringToObject(params, "data_b64", ph_param_str(call, "data_b64"));
	ph_device_ask(call, device, "card.transmit", params, on_card_answer);
}
