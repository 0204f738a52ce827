// Control methods of a payment terminal.
#include <errno.h>
#include <string.h>

#include "emulators/bench/control.h"

static cJSON *entry_json(const struct ph_emu_terminal_entry *e)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "kind", ph_emu_terminal_kind_name(e->kind));
	cJSON_AddNumberToObject(o, "amount", (double)e->amount);
	cJSON_AddStringToObject(o, "currency", "978");
	cJSON_AddNumberToObject(o, "receipt", e->receipt);
	cJSON_AddNumberToObject(o, "trace", e->trace);
	cJSON_AddNumberToObject(o, "original", e->original);
	cJSON_AddBoolToObject(o, "acknowledged", e->acknowledged);
	cJSON_AddBoolToObject(o, "reversed", e->reversed);
	cJSON_AddBoolToObject(o, "by_itself", e->by_itself);
	cJSON_AddBoolToObject(o, "closed", e->closed);
	cJSON_AddStringToObject(o, "approval_code", e->approval);
	cJSON_AddStringToObject(o, "card", ph_emu_terminal_card_text(e));
	return o;
}

static void run_ledger(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_TERMINAL);
	if (!d)
		return;
	cJSON *o = cJSON_CreateObject();
	cJSON *entries = cJSON_AddArrayToObject(o, "entries");
	for (size_t i = 0; i < d->terminal->n_entries; i++)
		cJSON_AddItemToArray(entries, entry_json(&d->terminal->entries[i]));
	ph_call_ok(call, o);
}

static const char *policy_of(const struct ph_emu_terminal *t)
{
	return !t->config.auto_reversal ? "keep" : t->config.strict ? "strict" : "reverse";
}

static cJSON *terminal_json(const struct ph_bench_device *d)
{
	const struct ph_emu_terminal *t = d->terminal;
	const struct ph_emu_terminal_counts *c = &t->counts;
	const struct {
		const char *name;
		unsigned n;
	} numbers[] = {
		{"commands", c->commands},
		{"unknown", c->unknown},
		{"results", c->results},
		{"acknowledged", c->acknowledged},
		{"refused", c->refused},
		{"auto_reversals", c->auto_reversals},
		{"receipts", c->receipts},
		{"unexpected", c->unexpected},
		{"wrong_passwords", c->wrong_passwords},
		{"bad_blocks", c->bad_blocks},
		{"repeats", c->repeats},
		{"duplicates", c->duplicates},
		{"struck", c->struck},
	};
	cJSON *o = cJSON_CreateObject();
	cJSON *faults = cJSON_AddArrayToObject(o, "faults");

	for (size_t i = 0; i < t->n_faults; i++)
		cJSON_AddItemToArray(faults, cJSON_CreateString(t->faults[i].word));
	cJSON_AddBoolToObject(o, "connected", ph_emu_plug_is_connected(d->plug));
	cJSON_AddBoolToObject(o, "registered", t->registered != 0);
	cJSON_AddBoolToObject(o, "running", t->running);
	cJSON_AddBoolToObject(o, "waiting_card", t->waiting_card);
	cJSON_AddStringToObject(o, "card", t->card);
	cJSON_AddStringToObject(o, "policy", policy_of(t));
	cJSON_AddStringToObject(o, "alone", ph_emu_terminal_alone_name(t->config.alone));
	cJSON_AddBoolToObject(o, "closes", t->config.closes);
	cJSON_AddNumberToObject(o, "needs", t->needs);
	cJSON_AddNumberToObject(o, "entries", (double)t->n_entries);
	cJSON_AddNumberToObject(o, "next_receipt", t->receipt);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		cJSON_AddNumberToObject(o, numbers[i].name, numbers[i].n);
	return o;
}

// The complaint about a parameter, or NULL.
static const char *set(struct ph_bench_device *d, const cJSON *p)
{
	struct ph_emu_terminal *t = d->terminal;
	const char *fault = ph_param_text(p, "fault", NULL);
	const char *card = ph_param_text(p, "card", NULL);
	const char *policy = ph_param_text(p, "policy", policy_of(t));
	unsigned receipt = (unsigned)ph_param_number(p, "next_receipt", t->receipt);
	int alone = ph_emu_terminal_alone(
		ph_param_text(p, "alone", ph_emu_terminal_alone_name(t->config.alone)));

	if (alone < 0)
		return "params.alone is one of: stops goes_on late";
	if (strcmp(policy, "reverse") != 0 && strcmp(policy, "keep") != 0 &&
		strcmp(policy, "strict") != 0)
		return "params.policy is one of: reverse keep strict";
	if (receipt < 1 || receipt > 9999)
		return "params.next_receipt is 1 to 9999";
	if (card && ph_emu_terminal_card(t, ph_bench_now(d->bench), card) < 0)
		return "params.card is one of: good visa expired unreadable unknown declined none";
	if (fault && ph_emu_terminal_fault(t, fault, (unsigned)ph_param_number(p, "times", 1)) < 0)
		return "params.fault is one of: none ignore busy refused aborted silent_run stall "
		       "stall_booked "
		       "close_before close_after status_twice status_after_abort long_length "
		       "unknown_bmp unknown_tlv truncated_tlv wrong_llvar reboot split bad_crc nak "
		       "lost_ack no_doubling clock; eight at once";
	t->config.auto_reversal = policy[0] != 'k';
	t->config.strict = policy[0] == 's';
	t->config.by_cents = ph_param_bool(p, "by_cents", t->config.by_cents);
	t->config.pace_ms = (unsigned)ph_param_number(p, "pace_ms", t->config.pace_ms);
	t->config.alone = (enum ph_emu_terminal_alone)alone;
	t->config.closes = ph_param_bool(p, "closes", t->config.closes);
	t->config.answer_ms = (unsigned)ph_param_number(p, "answer_ms", t->config.answer_ms);
	t->fault_code = (uint8_t)ph_param_number(p, "code", t->fault_code);
	t->needs = (uint8_t)ph_param_number(p, "needs", t->needs);
	t->receipt = receipt;
	if (ph_param_bool(p, "forget", false))
		ph_emu_terminal_forget(t);
	if (ph_param_has(p, "other_till"))
		ph_emu_terminal_other_till(
			t, ph_bench_now(d->bench), (uint64_t)ph_param_number(p, "other_till", 0));
	return NULL;
}

static void run_set(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_TERMINAL);
	if (!d)
		return;
	const char *complaint = set(d, call->params);
	if (complaint) {
		ph_call_error(call, PH_E_ILLEGAL, "%s", complaint);
		return;
	}
	ph_bench_note(call->bench, d->id, "set", NULL);
	ph_bench_touched(d);
	ph_call_ok(call, terminal_json(d));
}

static void run_state(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_TERMINAL);
	if (d)
		ph_call_ok(call, terminal_json(d));
}

static bool terminal_condition(struct ph_bench_device *d, const cJSON *p, cJSON **ret_result)
{
	static const char *const least[] = {"commands", "results", "acknowledged", "entries",
		"auto_reversals", "receipts", "struck"};
	static const char *const flags[] = {"connected", "registered", "running", "waiting_card"};
	cJSON *state = terminal_json(d);
	bool holds = true;

	for (size_t i = 0; i < sizeof least / sizeof *least; i++)
		holds = holds &&
			ph_param_number(state, least[i], 0) >= ph_param_number(p, least[i], 0);
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		holds = holds && (!ph_param_has(p, flags[i]) ||
					 ph_param_bool(p, flags[i], false) ==
						 ph_param_bool(state, flags[i], false));
	if (!holds) {
		cJSON_Delete(state);
		return false;
	}
	*ret_result = state;
	return true;
}

static void run_wait(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_TERMINAL);
	if (d)
		ph_call_wait(call, d, terminal_condition);
}

const struct ph_method ph_bench_terminal_methods[] = {
	{"terminal.set",
		"device:s fault:s times:n code:n card:s policy:s alone:s closes:b answer_ms:n "
		"by_cents:b pace_ms:n next_receipt:n needs:n forget:b "
		"other_till:n",
		run_set},
	{"terminal.ledger", "device:s", run_ledger},
	{"terminal.state", "device:s", run_state},
	{"terminal.wait",
		"device:s commands:n results:n acknowledged:n entries:n auto_reversals:n "
		"receipts:n struck:n connected:b registered:b running:b waiting_card:b "
		"timeout_ms:n",
		run_wait},
	{0},
};
