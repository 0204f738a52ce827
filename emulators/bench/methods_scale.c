// Control methods of scales and card-stripe readers.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "emulators/bench/control.h"

// ---- scales ----

static const char *const unit_words[] = {
	[PH_EMU_KG] = "kg", [PH_EMU_G] = "g", [PH_EMU_LB] = "lb", [PH_EMU_OZ] = "oz"};
static const unsigned usual_decimals[] = {
	[PH_EMU_KG] = 3, [PH_EMU_G] = 0, [PH_EMU_LB] = 2, [PH_EMU_OZ] = 1};

static cJSON *scale_json(const struct ph_bench_device *d)
{
	static const char *const states[] = {
		[PH_EMU_WEIGHT_STABLE] = "stable",
		[PH_EMU_WEIGHT_MOTION] = "motion",
		[PH_EMU_WEIGHT_OVER] = "over",
		[PH_EMU_WEIGHT_UNDER] = "under",
		[PH_EMU_WEIGHT_NOT_READY] = "not_ready",
	};
	const struct ph_emu_scale *s = d->scale;
	const struct ph_emu_plate *p = &s->plate;
	char text[17] = "-";
	cJSON *o = cJSON_CreateObject();
	long net = ph_emu_plate_net(p);

	ph_emu_plate_text(p, net, 0, ' ', text + 1);
	cJSON_AddStringToObject(o, "protocol", d->behind[0] ? "single-cable" : s->kind->word);
	cJSON_AddStringToObject(o, "net", net < 0 ? text : text + 1);
	ph_emu_plate_text(p, p->tare, 0, ' ', text + 1);
	cJSON_AddStringToObject(o, "tare", p->tare < 0 ? text : text + 1);
	cJSON_AddStringToObject(o, "unit", unit_words[p->unit]);
	cJSON_AddNumberToObject(o, "decimals", p->decimals);
	cJSON_AddStringToObject(o, "state", states[ph_emu_plate_look(p, ph_bench_now(d->bench))]);
	cJSON_AddBoolToObject(o, "unzeroed", p->unzeroed);
	cJSON_AddNumberToObject(o, "asked", (double)s->asked);
	cJSON_AddNumberToObject(o, "beeps", (double)s->beeps);
	cJSON_AddNumberToObject(o, "price", (double)s->price);
	cJSON_AddNumberToObject(o, "received", (double)s->unit.received);
	return o;
}

static int set_unit(struct ph_emu_plate *p, const char *word)
{
	for (unsigned i = 0; i < sizeof unit_words / sizeof *unit_words; i++)
		if (strcmp(unit_words[i], word) == 0) {
			if (p->unit != (enum ph_emu_unit_of_weight)i)
				p->decimals = usual_decimals[i];
			p->unit = (enum ph_emu_unit_of_weight)i;
			return 0;
		}
	return -EINVAL;
}

static bool take_unit(struct ph_call *call, struct ph_bench_device *d)
{
	const char *unit = ph_param_text(call->params, "unit", NULL);

	if (!unit || set_unit(&d->scale->plate, unit) == 0)
		return true;
	ph_call_error(call, PH_E_ILLEGAL, "params.unit is one of: kg g lb oz");
	return false;
}

static bool take_weight(
	struct ph_call *call, struct ph_bench_device *d, const char *name, long *ret_steps)
{
	const char *text = ph_param_text(call->params, name, NULL);

	if (!text || ph_emu_plate_parse(&d->scale->plate, text, ret_steps) == 0)
		return true;
	ph_call_error(call, PH_E_ILLEGAL, "params.%s is a number as text with at most %u decimals",
		name, d->scale->plate.decimals);
	return false;
}

static void done(struct ph_call *call, struct ph_bench_device *d)
{
	ph_emu_scale_changed(d->scale, ph_bench_now(call->bench));
	ph_bench_touched(d);
	ph_call_ok(call, scale_json(d));
}

static void run_put(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_SCALE);
	long steps = 0;

	if (!d || !take_unit(call, d) || !take_weight(call, d, "weight", &steps))
		return;
	ph_emu_plate_put(&d->scale->plate, ph_bench_now(call->bench), steps,
		(unsigned)ph_param_number(call->params, "swing_ms", 0));
	ph_bench_note(call->bench, d->id, steps ? "put" : "removed", NULL);
	done(call, d);
}

static void run_set(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_SCALE);
	const cJSON *p = call->params;

	if (!d || !take_unit(call, d))
		return;
	struct ph_emu_plate *plate = &d->scale->plate;
	if (ph_param_has(p, "decimals"))
		plate->decimals = (unsigned)ph_param_number(p, "decimals", 0) % 5;
	if (!take_weight(call, d, "tare", &plate->tare) ||
		!take_weight(call, d, "capacity", &plate->capacity) ||
		!take_weight(call, d, "division", &plate->division) ||
		!take_weight(call, d, "drift", &plate->drift))
		return;
	ph_emu_plate_pass(plate, ph_bench_now(call->bench));
	plate->settle_ms = (unsigned)ph_param_number(p, "settle_ms", plate->settle_ms);
	plate->moves = ph_param_bool(p, "moves", plate->moves);
	plate->not_ready = ph_param_bool(p, "not_ready", plate->not_ready);
	plate->unzeroed = ph_param_bool(p, "unzeroed", plate->unzeroed);
	d->scale->price = (long)ph_param_number(p, "price", (double)d->scale->price);
	d->scale->once = ph_param_bool(p, "once", d->scale->once);
	d->scale->parity = ph_param_bool(p, "parity", d->scale->parity);
	d->scale->no_check = ph_param_bool(p, "no_check", d->scale->no_check);
	if (ph_param_bool(p, "zero_key", false))
		ph_emu_plate_zero(plate, ph_bench_now(call->bench));
	if (ph_param_bool(p, "tare_key", false))
		ph_emu_plate_tare(plate, ph_bench_now(call->bench));
	done(call, d);
}

static void run_state(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_SCALE);
	if (d)
		ph_call_ok(call, scale_json(d));
}

static bool scale_condition(struct ph_bench_device *d, const cJSON *p, cJSON **ret_result)
{
	cJSON *state = scale_json(d);
	const char *wanted = ph_param_text(p, "state", NULL);
	const char *tare = ph_param_text(p, "tare", NULL);
	const char *is = cJSON_GetObjectItemCaseSensitive(state, "state")->valuestring;
	const char *has = cJSON_GetObjectItemCaseSensitive(state, "tare")->valuestring;

	if ((double)d->scale->asked < ph_param_number(p, "asked", 0) ||
		(double)d->scale->unit.received < ph_param_number(p, "received", 0) ||
		(wanted && strcmp(wanted, is) != 0) || (tare && strcmp(tare, has) != 0) ||
		(ph_param_has(p, "connected") && d->plug &&
			ph_param_bool(p, "connected", true) != ph_emu_plug_is_connected(d->plug))) {
		cJSON_Delete(state);
		return false;
	}
	*ret_result = state;
	return true;
}

static void run_wait(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_SCALE);
	if (d)
		ph_call_wait(call, d, scale_condition);
}

// ---- stripe readers ----

static void run_swipe(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_MSR);
	const char *kind = ph_param_text(call->params, "kind", "good");
	const char *number = ph_param_text(call->params, "number", NULL);

	if (!d)
		return;
	ph_emu_plug_look(d->plug);
	if (!ph_emu_plug_is_connected(d->plug)) {
		ph_call_error(call, PH_E_NOHARDWARE, "no host has the reader");
		return;
	}
	int r = ph_emu_msr_swipe(d->msr, ph_bench_now(call->bench), kind, number);
	ph_bench_touched(d);
	if (r == -EPERM)
		ph_call_error(
			call, PH_E_ILLEGAL, "params.number is one of the public test numbers");
	else if (r == -EOPNOTSUPP)
		ph_call_error(call, PH_E_ILLEGAL, "this reader does not encrypt");
	else if (r == -EINVAL)
		ph_call_error(call, PH_E_ILLEGAL,
			"params.kind is one of: good track1_wrong all_wrong blank aamva jis2 "
			"encrypted staff double no_luhn silence");
	else if (r < 0)
		ph_call_error(call, PH_E_BUSY, "not swiped: %s", strerror(-r));
	if (r < 0)
		return;
	ph_bench_note(call->bench, d->id, "swipe", NULL);
	ph_call_ok(call, NULL);
}

static cJSON *msr_json(const struct ph_bench_device *d)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "protocol", d->msr->kind->word);
	cJSON_AddNumberToObject(o, "swipes", (double)d->msr->swipes);
	cJSON_AddNumberToObject(o, "waiting", (double)ph_emu_unit_waiting(&d->msr->unit));
	cJSON_AddNumberToObject(o, "received", (double)d->msr->unit.received);
	return o;
}

static void run_msr_state(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_MSR);
	if (d)
		ph_call_ok(call, msr_json(d));
}

static bool msr_condition(struct ph_bench_device *d, const cJSON *p, cJSON **ret_result)
{
	if (ph_param_has(p, "connected") &&
		ph_param_bool(p, "connected", true) != ph_emu_plug_is_connected(d->plug))
		return false;
	*ret_result = msr_json(d);
	return true;
}

static void run_msr_wait(struct ph_call *call)
{
	struct ph_bench_device *d = ph_call_device(call, PH_BENCH_MSR);
	if (d)
		ph_call_wait(call, d, msr_condition);
}

const struct ph_method ph_bench_scale_methods[] = {
	{"scale.put", "device:s weight:s! unit:s swing_ms:n", run_put},
	{"scale.set",
		"device:s unit:s decimals:n tare:s capacity:s division:s drift:s settle_ms:n "
		"moves:b "
		"not_ready:b unzeroed:b price:n once:b parity:b no_check:b zero_key:b tare_key:b",
		run_set},
	{"scale.state", "device:s", run_state},
	{"scale.wait", "device:s state:s tare:s asked:n received:n connected:b timeout_ms:n",
		run_wait},
	{"msr.swipe", "device:s kind:s number:s", run_swipe},
	{"msr.state", "device:s", run_msr_state},
	{"msr.wait", "device:s connected:b timeout_ms:n", run_msr_wait},
	{0},
};
