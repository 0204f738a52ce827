// queue.totals and queue.verify: what became of all that was accepted, and whether everything that is stored agrees.
#include "base/cleanup.h"
#include "daemon/doors/handlers.h"
#include "daemon/payments/payment_private.h"
#include "daemon/payments/payment_query.h"
#include "daemon/payments/queue_query.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- queue.totals ---- */

static void add_sum(cJSON *object, const char *name, const struct ph_queue_sum *sum)
{
	cJSON *out = cJSON_AddObjectToObject(object, name);

	cJSON_AddNumberToObject(out, "count", sum->count);
	cJSON_AddNumberToObject(out, "total", (double)sum->total);
}

static cJSON *family_json(const struct ph_queue_totals *t)
{
	const struct {
		const char *name;
		const struct ph_queue_sum *sum;
	} sums[] = {{"accepted", &t->accepted}, {"approved", &t->approved},
		{"partial_delta", &t->partial_delta}, {"declined", &t->declined},
		{"voided", &t->voided}, {"expired", &t->expired}, {"handed_over", &t->handed_over},
		{"pending", &t->pending}, {"held", &t->held}, {"unsure", &t->unsure},
		{"refused", &t->refused}};
	cJSON *object = cJSON_CreateObject();

	cJSON_AddStringToObject(object, "family", ph_family_name(t->family));
	cJSON_AddStringToObject(object, "currency", t->currency);
	for (size_t i = 0; i < PH_ARRAY_SIZE(sums); i++)
		add_sum(object, sums[i].name, sums[i].sum);
	return object;
}

cJSON *ph_queue_sums_json(const struct ph_journal_queue_totals *totals)
{
	cJSON *list = cJSON_CreateArray();

	for (uint32_t i = 0; i < totals->count; i++)
		cJSON_AddItemToArray(list, family_json(&totals->totals[i]));
	return list;
}

static uint32_t pending_of(const struct ph_journal_queue_totals *totals)
{
	uint32_t pending = 0;

	for (uint32_t i = 0; i < totals->count; i++)
		pending += totals->totals[i].pending.count;
	return pending;
}

struct adding {
	struct ph_journal_queue_totals totals;
	struct ph_call *call;
};

static void on_totals(struct ph_journal_request *request, int result)
{
	struct adding *adding = request->userdata;
	char head[PH_AUDIT_HEAD_SIZE];

	if (result < 0) {
		ph_call_fail_read(adding->call, result);
		free(adding);
		return;
	}
	cJSON *answer = cJSON_CreateObject();
	cJSON_AddNumberToObject(answer, "pending", pending_of(&adding->totals));
	/* of a damaged journal it may be what cannot be read */
	if (adding->totals.audit_count >= 0) {
		ph_audit_head_text(adding->totals.audit_head, head);
		cJSON_AddStringToObject(answer, "audit_head", head);
		cJSON_AddNumberToObject(
			answer, "audit_entries", (double)adding->totals.audit_count);
	}
	cJSON_AddItemToObject(answer, "totals", ph_queue_sums_json(&adding->totals));
	cJSON_AddBoolToObject(answer, "agrees", adding->totals.agrees);
	cJSON_AddNumberToObject(answer, "work", adding->totals.work);
	ph_call_reply(adding->call, answer);
	free(adding);
}

static const char *needs_reconcile(const struct ph_call *call)
{
	if (ph_param(call, "carry_forward"))
		return "carry_forward";
	return ph_param(call, "currency") ? "currency" : NULL;
}

void ph_queue_totals(struct ph_call *call)
{
	const char *since = ph_param_str(call, "since"), *stray = needs_reconcile(call);
	bool reconcile = ph_param_bool(call, "reconcile", false);
	uint64_t since_us = 0;
	int r = -ENOMEM;

	if (since && (reconcile || ph_payment_moment(since, &since_us) < 0)) {
		ph_call_fail(call, PH_E_ILLEGAL,
			reconcile ? "$.since: a day is closed from the one before on"
				  : "$.since: is a time like 2026-11-22T09:30:00Z");
		return;
	}
	if (reconcile) {
		ph_queue_close_day(call);
		return;
	}
	if (stray) {
		ph_call_fail(call, PH_E_ILLEGAL, "$.%s: goes with reconcile", stray);
		return;
	}
	struct adding *adding = calloc(1, sizeof *adding);
	if (adding) {
		adding->call = call;
		adding->totals = (struct ph_journal_queue_totals){
			.request = {.done = on_totals, .userdata = adding}, .since_us = since_us};
		r = ph_journal_queue_totals_submit(call->daemon->journal, &adding->totals);
	}
	if (r == 0)
		return;
	free(adding);
	ph_call_fail_read(call, r);
}
