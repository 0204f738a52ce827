// Control methods of an acquirer's host.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "emulators/bench/control.h"

static cJSON *booking_json(const struct ph_emu_booking *b)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "kind", ph_emu_kind_name(b->kind));
	cJSON_AddNumberToObject(o, "amount", (double)b->amount);
	cJSON_AddStringToObject(o, "currency", b->currency);
	cJSON_AddStringToObject(o, "stan", b->stan);
	cJSON_AddStringToObject(o, "rrn", b->rrn);
	cJSON_AddBoolToObject(o, "reversed", b->reversed);
	cJSON_AddNumberToObject(o, "repeats", b->repeats);
	cJSON_AddNumberToObject(o, "duplicates", b->duplicates);
	cJSON_AddBoolToObject(o, "booked", b->booked);
	cJSON_AddStringToObject(o, "mti", b->mti);
	cJSON_AddStringToObject(o, "terminal", b->terminal);
	cJSON_AddStringToObject(o, "transmission", b->sent);
	cJSON_AddStringToObject(o, "response_code", b->code);
	cJSON_AddStringToObject(o, "approval_code", b->approval);
	cJSON_AddStringToObject(o, "card", b->card);
	if (b->original_stan[0])
		cJSON_AddStringToObject(o, "original_stan", b->original_stan);
	if (b->kind == PH_EMU_KIND_REVERSAL)
		cJSON_AddBoolToObject(o, "found", b->found);
	if (b->kind == PH_EMU_KIND_PREAUTH)
		cJSON_AddBoolToObject(o, "completed", b->completed);
	return o;
}

#define LEDGER_PAGE 1000 /* bookings looked at for one answer, at most */

// What was booked (with `all` also what was declined), and the reversals by themselves: of `limit` messages from `from` on.
static cJSON *ledger_json(const struct ph_emu_host *h, size_t from, size_t limit, bool all)
{
	cJSON *o = cJSON_CreateObject();
	cJSON *entries = cJSON_AddArrayToObject(o, "entries");
	cJSON *reversals = cJSON_AddArrayToObject(o, "reversals");
	size_t i = from < h->n_bookings ? from : h->n_bookings;
	size_t end = h->n_bookings - i < limit ? h->n_bookings : i + limit;

	for (; i < end; i++) {
		const struct ph_emu_booking *b = &h->bookings[i];
		if (b->kind == PH_EMU_KIND_REVERSAL)
			cJSON_AddItemToArray(reversals, booking_json(b));
		else if (all || b->booked)
			cJSON_AddItemToArray(entries, booking_json(b));
	}
	if (end < h->n_bookings)
		cJSON_AddNumberToObject(o, "next", (double)end);
	return o;
}

static void add_tls(cJSON *o, const struct ph_bench_device *d)
{
	char pin[PH_EMU_PIN_SIZE];

	if (ph_emu_plug_tls_mode(d->plug) == PH_EMU_TLS_MODE_COUNT_)
		return;
	cJSON_AddStringToObject(o, "tls", ph_emu_tls_mode_name(ph_emu_plug_tls_mode(d->plug)));
	ph_emu_pki_pin(d->bench->pki, PH_EMU_CERT_GOOD, pin);
	cJSON_AddStringToObject(o, "pin", pin);
	ph_emu_pki_pin(d->bench->pki, PH_EMU_CERT_NEXT, pin);
	cJSON_AddStringToObject(o, "next_pin", pin);
}

static cJSON *host_json(const struct ph_bench_device *d)
{
	const struct ph_emu_host_counts *c = &d->host->counts;
	const struct {
		const char *name;
		unsigned n;
	} numbers[] = {
		{"messages", c->messages},
		{"answers", c->answers},
		{"echoes", c->echoes},
		{"sign_ons", c->sign_ons},
		{"sign_offs", c->sign_offs},
		{"unreadable", c->unreadable},
		{"unreadable_field", d->host->last_field},
		{"unmatched", c->unmatched},
		{"repeats", c->repeats},
		{"duplicates", c->duplicates},
		{"unmarked", c->unmarked},
		{"repeats_changed", c->repeats_changed},
		{"totals", c->totals},
		{"days", c->days},
		{"reversals_unknown", c->reversals_unknown},
		{"reversals_early", c->reversals_early},
		{"reversals_late", c->reversals_late},
		{"successors_early", c->successors_early},
		{"advices_early", c->advices_early},
		{"stans_reused", c->stans_reused},
		{"completions_refused", c->completions_refused},
		{"icc_good", c->icc_good},
		{"icc_wrong", c->icc_wrong},
		{"lost", c->lost},
		{"struck", c->struck},
		{"refused", c->refused},
	};
	cJSON *o = cJSON_CreateObject();
	cJSON *faults = cJSON_AddArrayToObject(o, "faults");

	for (size_t i = 0; i < d->host->n_faults; i++)
		cJSON_AddItemToArray(faults, cJSON_CreateString(d->host->faults[i].word));
	if (!ph_emu_plug_is_in(d->plug))
		cJSON_AddItemToArray(faults, cJSON_CreateString("refuse"));
	cJSON_AddBoolToObject(o, "connected", ph_emu_plug_is_connected(d->plug));
	add_tls(o, d);
	cJSON_AddNumberToObject(o, "entries", d->host->n_booked);
	cJSON_AddNumberToObject(o, "reversals", d->host->n_reversals);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		cJSON_AddNumberToObject(o, numbers[i].name, numbers[i].n);
	return o;
}

static int set_fault(struct ph_bench_device *d, const cJSON *p)
{
	const char *word = ph_param_text(p, "fault", NULL);

	if (!word)
		return 0;
	if (strcmp(word, "refuse") == 0) {
		ph_emu_plug_out(d->plug);
		return 0;
	}
	int r = ph_emu_host_fault(d->host, word, ph_param_text(p, "on", ""),
		(unsigned)ph_param_number(p, "times", 0), (unsigned)ph_param_number(p, "ms", 0));
	return r < 0 ? r : ph_emu_plug_in(d->plug);
}

static bool take_response(struct ph_bench_device *d, const cJSON *p)
{
	const char *code = ph_param_text(p, "response", NULL);

	if (!code)
		return true;
	if (strlen(code) != 0 && strlen(code) != 2)
		return false;
	snprintf(d->host->response, sizeof d->host->response, "%s", code);
	return true;
}

// The present connection ends, so that the next one meets it.
static bool take_tls(struct ph_bench_device *d, const cJSON *p)
{
	const char *word = ph_param_text(p, "tls", NULL);
	int mode = word ? ph_emu_tls_mode_parse(word) : (int)ph_emu_plug_tls_mode(d->plug);

	if (!word && !ph_param_has(p, "client_certificate"))
		return true;
	if (mode < 0 || mode >= PH_EMU_TLS_MODE_COUNT_ || !d->plug_config.pki)
		return false;
	d->plug_config.want_client =
		ph_param_bool(p, "client_certificate", d->plug_config.want_client);
	ph_emu_plug_tls(d->plug, (enum ph_emu_tls_mode)mode, d->plug_config.want_client);
	ph_emu_plug_reset(d->plug);
	return true;
}

static void run_set(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_HOST);
	const cJSON *p = call->params;

	if (!d)
		return;
	if (!take_response(d, p)) {
		ph_call_error(call, PH_E_ILLEGAL, "params.response is two characters, or \"\"");
		return;
	}
	if (!take_tls(d, p)) {
		ph_call_error(call, PH_E_ILLEGAL,
			"params.tls is, of a host with tls = yes, one of: good next expired early "
			"wrong_name other_ca plain stall close old");
		return;
	}
	int r = set_fault(d, p);
	if (r == -EINVAL) {
		ph_call_error(call, PH_E_ILLEGAL,
			"params.fault is one of: none refuse silent drop_before drop_after delay "
			"late hold twice swapped wrong_stan wrong_mti garbage half bytes storm_91 "
			"storm_96 skew status; params.on is "
			"the beginning of a message type");
		return;
	}
	if (r < 0) {
		ph_call_error(call, PH_E_BUSY, "not set: %s", strerror(-r));
		return;
	}
	d->host->config.by_cents = ph_param_bool(p, "by_cents", d->host->config.by_cents);
	d->host->config.check_icc = ph_param_bool(p, "check_icc", d->host->config.check_icc);
	d->host->config.csu = ph_param_bool(p, "csu", d->host->config.csu);
	d->host->config.keeps_day = ph_param_bool(p, "keeps_day", d->host->config.keeps_day);
	if (ph_param_bool(p, "cutover", false))
		ph_emu_host_cutover(d->host, ph_bench_now(call->bench));
	ph_bench_note(call->bench, d->id, "set", NULL);
	ph_bench_touched(d);
	ph_call_ok(call, host_json(d));
}

static void run_ledger(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_HOST);
	double from = ph_param_number(call->params, "from", 0);
	double limit = ph_param_number(call->params, "limit", LEDGER_PAGE);

	if (!d)
		return;
	if (from > PH_EMU_HOST_BOOKINGS || limit < 1 || limit > LEDGER_PAGE) {
		ph_call_error(call, PH_E_ILLEGAL,
			"params.from is the `next` of an earlier answer, params.limit 1 to %d",
			LEDGER_PAGE);
		return;
	}
	ph_call_ok(call, ledger_json(d->host, (size_t)from, (size_t)limit,
				 ph_param_bool(call->params, "all", false)));
}

static void run_state(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_HOST);
	if (d)
		ph_call_ok(call, host_json(d));
}

static void run_reset(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_HOST);
	if (!d)
		return;
	ph_emu_host_reset(d->host);
	ph_call_ok(call, host_json(d));
}

static bool at_least(const cJSON *state, const cJSON *p, const char *name)
{
	return ph_param_number(state, name, 0) >= ph_param_number(p, name, 0);
}

static bool host_condition(struct ph_bench_device *d, const cJSON *p, cJSON **ret_result)
{
	static const char *const names[] = {"messages", "answers", "echoes", "sign_ons", "entries",
		"reversals", "repeats", "duplicates", "struck", "totals"};
	cJSON *state = host_json(d);
	bool holds = !ph_param_has(p, "connected") ||
		     ph_param_bool(p, "connected", true) == ph_emu_plug_is_connected(d->plug);

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		holds = holds && at_least(state, p, names[i]);
	if (!holds) {
		cJSON_Delete(state);
		return false;
	}
	*ret_result = state;
	return true;
}

static void run_wait(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_HOST);
	if (d)
		ph_call_wait(call, d, host_condition);
}

const struct ph_method ph_bench_host_methods[] = {
	{"host.set",
		"device:s fault:s on:s times:n ms:n response:s by_cents:b check_icc:b csu:b "
		"keeps_day:b cutover:b tls:s client_certificate:b",
		run_set},
	{"host.ledger", "device:s all:b from:n limit:n", run_ledger},
	{"host.state", "device:s", run_state},
	{"host.reset", "device:s", run_reset},
	{"host.wait",
		"device:s messages:n answers:n echoes:n sign_ons:n entries:n reversals:n repeats:n "
		"duplicates:n struck:n totals:n connected:b timeout_ms:n",
		run_wait},
	{0},
};
