// Methods with which persons act on the queue: who may, and what is missing. What is done is forward.h's and offline.h's.
#include "daemon/core/config.h"
#include "daemon/doors/handlers.h"
#include "daemon/objects/audit.h"
#include "daemon/objects/client.h"
#include "daemon/payments/forward.h"
#include "daemon/payments/offline.h"
#include "daemon/payments/payment_private.h"
#include "daemon/payments/queue_query.h"

#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- records ---- */

void ph_queue_forward(struct ph_call *call)
{
	if (!ph_param_str(call, "payment"))
		ph_forward_now(call);
	else
		ph_queue_act(call, PH_QUEUE_NOW);
}

void ph_queue_hold(struct ph_call *call)
{
	ph_queue_act(call, PH_QUEUE_HOLD);
}

void ph_queue_release(struct ph_call *call)
{
	ph_queue_act(call, PH_QUEUE_RELEASE);
}

void ph_queue_again(struct ph_call *call)
{
	ph_queue_act(call, PH_QUEUE_AGAIN);
}

void ph_queue_seen(struct ph_call *call)
{
	ph_queue_act(call, PH_QUEUE_SEEN);
}

/* ---- queue.forceOffline ---- */

/* The word is in the audit trail before it counts. */
struct forcing {
	struct ph_journal_audit_add add;
	struct ph_call_audit audit;
	struct ph_call *call;
};

static void forcing_free(struct forcing *forcing)
{
	ph_call_audit_done(&forcing->audit);
	free(forcing);
}

static unsigned seconds_of(const struct ph_call *call)
{
	if (!ph_param_bool(call, "on", false))
		return 0;
	return (unsigned)ph_param_int(call, "minutes", PH_FORCED_OFFLINE_MAX_S / 60) * 60;
}

static void on_forced(struct ph_journal_request *request, int result)
{
	struct forcing *forcing = request->userdata;
	struct ph_call *call = forcing->call;

	if (result < 0) {
		ph_call_fail_journal(call, result, "it cannot be stored");
		forcing_free(forcing);
		return;
	}
	ph_offline_force(call->daemon, ph_param_str(call, "operator"), ph_param_str(call, "reason"),
		seconds_of(call));
	cJSON *answer = cJSON_CreateObject(), *known = ph_offline_describe(call->daemon);
	const char *until = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(known, "forced"), "until"));
	cJSON_AddStringToObject(answer, "mode", ph_queue_mode(call->daemon));
	if (until)
		cJSON_AddStringToObject(answer, "until", until);
	cJSON_Delete(known);
	ph_call_reply(call, answer);
	forcing_free(forcing);
}

static cJSON *detail_of(const struct ph_call *call)
{
	cJSON *detail = cJSON_CreateObject();

	cJSON_AddStringToObject(detail, "operator", ph_param_str(call, "operator"));
	cJSON_AddStringToObject(detail, "reason", ph_param_str(call, "reason"));
	if (seconds_of(call))
		cJSON_AddNumberToObject(detail, "minutes", seconds_of(call) / 60);
	return detail;
}

void ph_queue_force_offline(struct ph_call *call)
{
	struct forcing *forcing = NULL;
	int r = -ENOMEM;

	if (seconds_of(call) && !call->daemon->config->offline.enabled) {
		struct ph_failure failure;
		ph_failure_set(&failure, PH_E_DISABLED, NULL,
			"offline payments are not enabled: without the host every sale would be "
			"declined");
		ph_failure_hint(&failure, "write `enabled = yes` in [offline] of poshal.conf");
		ph_call_fail_with(call, &failure);
		return;
	}
	forcing = calloc(1, sizeof *forcing);
	if (forcing) {
		forcing->call = call;
		r = ph_call_audit_init(
			&forcing->audit, call, "queue.forceOffline", "", detail_of(call));
		forcing->audit.entry.outcome = seconds_of(call) ? "on" : "off";
		forcing->add.request = (struct ph_journal_request){
			.done = on_forced, .userdata = forcing, .audit = &forcing->audit.entry};
		if (r == 0)
			r = ph_journal_audit_add_submit(call->daemon->journal, &forcing->add);
	}
	if (r == 0)
		return;
	if (forcing)
		forcing_free(forcing);
	ph_call_fail_journal(call, r, "it cannot be stored");
}

/* ---- queue.totals with reconcile ---- */

/* The day's end moves no money, and yet it is somebody's word: a grant and a name. */
void ph_queue_close_day(struct ph_call *call)
{
	const char *currency = ph_param_str(call, "currency");
	const char *operator_name = ph_param_str(call, "operator");
	const char *terminal = ph_payments_terminal(call->daemon);
	unsigned number, exponent;

	if (!currency)
		currency = call->daemon->config->payments.currency;
	if (!((call->client->grants | call->granted) & PH_GRANT_BIT(PH_GRANT_QUEUE)))
		ph_call_fail(call, PH_E_ACCESS_DENIED, "`reconcile` needs the grant `queue`");
	else if (!operator_name || !*operator_name)
		ph_call_fail(call, PH_E_ILLEGAL,
			"$.operator: is missing; the day is closed by somebody");
	else if (!ph_currency_find(currency, &number, &exponent))
		ph_call_fail(
			call, PH_E_ILLEGAL, "$.currency: `%s` is no currency known here", currency);
	else if (!terminal[0])
		ph_call_fail(call, PH_E_OFFLINE,
			"poshal-acquirer has not said yet which terminal this is");
	else
		ph_queue_reconcile(
			call, terminal, currency, ph_param_bool(call, "carry_forward", false));
}
