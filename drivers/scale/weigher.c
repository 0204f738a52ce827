// Asking a scale until it has an answer, in time; what the bytes are and how they travel is left to the drivers.
#include "drivers/scale/weigher.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define EFFECT_MS 2000 /* within which a scale shows that it has taken zero or tare */

const char *const ph_weigher_units[] = {"as_sent", "g", "kg", "oz", "lb", NULL};

enum ph_scale_unit ph_weigher_unit(const char *word)
{
	static const enum ph_scale_unit units[] = {PH_SCALE_UNIT_NONE, PH_SCALE_UNIT_G,
		PH_SCALE_UNIT_KG, PH_SCALE_UNIT_OZ, PH_SCALE_UNIT_LB};
	size_t i = 0;

	while (ph_weigher_units[i] && word && strcmp(ph_weigher_units[i], word) != 0)
		i++;
	return word && i < PH_ARRAY_SIZE(units) ? units[i] : PH_SCALE_UNIT_NONE;
}

void ph_weigher_init(struct ph_weigher *weigher, const struct ph_weigher_ops *ops)
{
	*weigher = (struct ph_weigher){.ops = ops};
}

bool ph_weigher_wants(const struct ph_weigher *weigher)
{
	return weigher->job != PH_WEIGHER_IDLE || weigher->live;
}

/* ---- time ---- */

static void arm(struct ph_weigher *weigher, struct ph_device *device)
{
	uint64_t now = ph_now_ms(device), at = weigher->next_ms;

	if (weigher->job != PH_WEIGHER_IDLE && (!at || weigher->deadline_ms < at))
		at = weigher->deadline_ms;
	ph_timer_set(device, !at ? 0 : at > now ? (unsigned)(at - now) : 1);
}

static void ask_in(struct ph_weigher *weigher, struct ph_device *device, unsigned ms)
{
	weigher->asked = false;
	weigher->next_ms = weigher->ops->continuous ? 0 : ph_now_ms(device) + ms;
}

/* The request of the job, or that of live weight. Zero and tare are sent once, ever. */
static int ask(struct ph_weigher *weigher, struct ph_device *device, bool second)
{
	enum ph_weigher_job job = weigher->job == PH_WEIGHER_IDLE ? PH_WEIGHER_READ : weigher->job;
	int r = weigher->ops->ask(device, job, weigher->tare[0] ? weigher->tare : NULL, second);

	if (r < 0)
		return r;
	weigher->asked = true;
	weigher->next_ms = job == PH_WEIGHER_READ && !weigher->ops->continuous
				   ? ph_now_ms(device) + PH_WEIGHER_ANSWER_MS
				   : 0;
	return 0;
}

/* The job is over: back to following the plate, or to sleep. */
static void rest(struct ph_weigher *weigher, struct ph_device *device)
{
	weigher->job = PH_WEIGHER_IDLE;
	weigher->asked = false;
	weigher->next_ms = 0;
	if (weigher->live)
		ask_in(weigher, device, PH_WEIGHER_AGAIN_MS);
	arm(weigher, device);
}

static void refuse(struct ph_weigher *weigher, struct ph_device *device, enum ph_error error,
	const char *word, const char *message)
{
	rest(weigher, device);
	ph_scale_refuse(device, error, word, message);
}

static void refuse_extended(
	struct ph_weigher *weigher, struct ph_device *device, const char *word, const char *message)
{
	refuse(weigher, device, PH_E_EXTENDED, word, message);
}

/* ---- requests ---- */

static int begin(struct ph_weigher *weigher, struct ph_device *device, enum ph_weigher_job job,
	unsigned within_ms)
{
	/* what is on its way already is older than the question */
	ph_link_receive(device);
	weigher->job = job;
	weigher->moved = weigher->not_ready = weigher->garbled = false;
	weigher->deadline_ms = ph_now_ms(device) + within_ms;
	int r = ask(weigher, device, false);
	if (r < 0) {
		rest(weigher, device);
		return r;
	}
	arm(weigher, device);
	return PH_LATER;
}

int ph_weigher_read(
	struct ph_weigher *weigher, struct ph_device *device, bool any, unsigned timeout_ms)
{
	weigher->any = any;
	weigher->once = timeout_ms == 0;
	weigher->tare[0] = '\0';
	return begin(weigher, device, PH_WEIGHER_READ,
		weigher->once ? PH_WEIGHER_ANSWER_MS : timeout_ms);
}

int ph_weigher_zero(struct ph_weigher *weigher, struct ph_device *device)
{
	weigher->tare[0] = '\0';
	return begin(weigher, device, PH_WEIGHER_ZERO, EFFECT_MS);
}

int ph_weigher_tare(struct ph_weigher *weigher, struct ph_device *device, const char *tare)
{
	bool clear = tare && strspn(tare, "0.") == strlen(tare);

	snprintf(weigher->tare, sizeof weigher->tare, "%s", tare && !clear ? tare : "");
	return begin(weigher, device, clear ? PH_WEIGHER_CLEAR_TARE : PH_WEIGHER_TARE, EFFECT_MS);
}

int ph_weigher_live(struct ph_weigher *weigher, struct ph_device *device, bool on)
{
	if (on && weigher->ops->silent_same)
		return -EOPNOTSUPP;
	if (on == weigher->live)
		return 0;
	weigher->live = on;
	weigher->told = false;
	int r = 0;
	if (weigher->job != PH_WEIGHER_IDLE)
		return 0;
	weigher->next_ms = 0;
	weigher->asked = false;
	if (on)
		r = ask(weigher, device, false);
	if (r < 0)
		weigher->live = false;
	arm(weigher, device);
	return r;
}

void ph_weigher_close(struct ph_weigher *weigher)
{
	ph_weigher_init(weigher, weigher->ops);
}

/* ---- readings ---- */

/* A reading in the words of the contract, with the texts it points to. */
struct told {
	struct ph_weight weight;
	char text[5][PH_SCALE_TEXT_MAX];
};

static enum ph_weight_state state_of(const struct ph_scale_reading *reading)
{
	if (reading->over)
		return PH_WEIGHT_OVER;
	if (reading->under_zero)
		return PH_WEIGHT_UNDER_ZERO;
	if (reading->under_minimum)
		return PH_WEIGHT_UNDER_MINIMUM;
	if (reading->kind == PH_SCALE_NOT_READY || reading->kind == PH_SCALE_FAULT ||
		reading->kind == PH_SCALE_UNIT_MISMATCH || reading->needs_zero)
		return PH_WEIGHT_NOT_READY;
	if (reading->motion || !reading->stable)
		return PH_WEIGHT_UNSTABLE;
	return reading->zero ? PH_WEIGHT_ZERO : PH_WEIGHT_STABLE;
}

static const char *text_of(const struct ph_scale_number *number, char out[PH_SCALE_TEXT_MAX])
{
	ph_scale_number_text(number, out);
	return *out ? out : NULL;
}

static void convert(const struct ph_scale_reading *reading, struct told *told)
{
	const char *unit = ph_scale_unit_name(reading->unit);
	const char *weight =
		reading->kind == PH_SCALE_WEIGHT ? text_of(&reading->weight, told->text[0]) : NULL;

	told->weight = (struct ph_weight){
		.state = state_of(reading),
		.weight = weight,
		.decimals = reading->weight.decimals,
		.unit = weight && *unit ? unit : NULL,
		.ounces = weight ? text_of(&reading->ounces, told->text[1]) : NULL,
		.stable = reading->stable && !reading->motion,
		.stability_unknown = reading->stability_unknown,
		.net = reading->net,
		.zero = reading->zero,
		.unchanged = reading->unchanged,
		.high_range = reading->high_range,
		.tare = weight ? text_of(&reading->tare, told->text[2]) : NULL,
		.unit_price = weight ? text_of(&reading->unit_price, told->text[3]) : NULL,
		.total = weight ? text_of(&reading->total, told->text[4]) : NULL,
	};
}

/* Tells a change of the plate while live weight is on. */
static void follow(
	struct ph_weigher *weigher, struct ph_device *device, const struct ph_weight *weight)
{
	const char *text = weight->weight ? weight->weight : "";

	if (!weigher->live || (weigher->told && weigher->told_state == weight->state &&
				      !strcmp(weigher->told_text, text)))
		return;
	weigher->told = true;
	weigher->told_state = weight->state;
	snprintf(weigher->told_text, sizeof weigher->told_text, "%s", text);
	ph_emit_weight(device, weight);
}

/* What the scale refuses whatever was asked. True: the job has ended. */
static bool refused(struct ph_weigher *weigher, struct ph_device *device,
	const struct ph_scale_reading *reading)
{
	if (reading->over)
		refuse_extended(weigher, device, "OverWeight", "more than the scale can weigh");
	else if (reading->under_zero)
		refuse_extended(weigher, device, "UnderZero", "the scale is below zero");
	else if (reading->under_minimum)
		refuse_extended(weigher, device, "UnderWeight", "less than the scale may weigh");
	else if (reading->same_weight)
		refuse_extended(weigher, device, "SameWeight",
			"the weight has not changed since it was read last");
	else if (reading->kind == PH_SCALE_UNIT_MISMATCH)
		refuse_extended(weigher, device, "UnitMismatch",
			"the scale weighs in another unit than is configured");
	else if (reading->kind == PH_SCALE_FAULT)
		refuse(weigher, device, PH_E_FAILURE, NULL, "the scale reports a fault");
	else if (reading->kind == PH_SCALE_UNSUPPORTED)
		refuse(weigher, device, PH_E_ILLEGAL, NULL, "the scale does not know this request");
	else if (reading->kind == PH_SCALE_CHALLENGE)
		refuse(weigher, device, PH_E_FAILURE, NULL,
			"the scale asks for a proof of approval, which poshal does not have");
	else
		return false;
	return true;
}

static void again(struct ph_weigher *weigher, struct ph_device *device)
{
	if (weigher->once) {
		refuse_extended(weigher, device, weigher->moved ? "InMotion" : "NotReady",
			weigher->moved ? "the weight is moving" : "the scale is not ready");
		return;
	}
	ask_in(weigher, device, PH_WEIGHER_AGAIN_MS);
}

static void weighed(struct ph_weigher *weigher, struct ph_device *device, const struct told *told)
{
	rest(weigher, device);
	ph_scale_weighed(device, &told->weight);
}

static void take_read(struct ph_weigher *weigher, struct ph_device *device,
	const struct ph_scale_reading *reading, const struct told *told)
{
	bool stable = told->weight.stable;

	weigher->moved = reading->motion;
	weigher->not_ready = reading->kind == PH_SCALE_NOT_READY;
	if (told->weight.weight && (stable || weigher->any))
		weighed(weigher, device, told);
	else if (told->weight.weight && reading->stability_unknown)
		refuse(weigher, device, PH_E_ILLEGAL, NULL,
			"this scale does not say whether its weight is stable; only live weights "
			"are "
			"to be had");
	else if (reading->needs_zero && !reading->motion)
		refuse_extended(weigher, device, "NotReady", "the scale must be set to zero");
	else if (reading->kind == PH_SCALE_STATUS && reading->zero && stable)
		weighed(weigher, device, told);
	else
		again(weigher, device);
}

/* Zero and tare: the scale shows what it made of it. */
static void take_effect(struct ph_weigher *weigher, struct ph_device *device,
	const struct ph_scale_reading *reading)
{
	bool status = reading->kind == PH_SCALE_STATUS || reading->kind == PH_SCALE_ACCEPTED;
	bool shown = weigher->job == PH_WEIGHER_ZERO   ? reading->zero
		     : weigher->job == PH_WEIGHER_TARE ? reading->net
						       : !reading->net;

	weigher->moved = reading->motion;
	weigher->asked = false;
	if (status && reading->motion) {
		refuse_extended(weigher, device, "InMotion", "the weight is moving");
	} else if (reading->kind == PH_SCALE_STATUS && weigher->job == PH_WEIGHER_ZERO && !shown) {
		/* a scale that cannot answers with a status too, one without the sign of the zero */
		refuse_extended(weigher, device, "NotReady",
			"the weight is outside the range in which the scale can be set to zero");
	} else if (status || (shown && !reading->motion)) {
		rest(weigher, device);
		ph_scale_done(device);
	}
}

void ph_weigher_garbled(struct ph_weigher *weigher)
{
	weigher->garbled = true;
}

void ph_weigher_take(struct ph_weigher *weigher, struct ph_device *device,
	const struct ph_scale_reading *reading)
{
	struct told told;

	if (!ph_weigher_wants(weigher) || reading->kind == PH_SCALE_TARE ||
		reading->kind == PH_SCALE_UNIT_CHANGED)
		return;
	bool weighs = weigher->job == PH_WEIGHER_IDLE || weigher->job == PH_WEIGHER_READ;
	if (weighs && reading->kind == PH_SCALE_READY) {
		ask(weigher, device, true);
		arm(weigher, device);
		return;
	}
	if (weighs && reading->kind == PH_SCALE_ACCEPTED)
		return;
	convert(reading, &told);
	follow(weigher, device, &told.weight);
	if (weigher->job == PH_WEIGHER_IDLE)
		ask_in(weigher, device, PH_WEIGHER_AGAIN_MS);
	else if (refused(weigher, device, reading))
		return;
	else if (weigher->job == PH_WEIGHER_READ)
		take_read(weigher, device, reading, &told);
	else
		take_effect(weigher, device, reading);
	arm(weigher, device);
}

/* ---- silence ---- */

static void give_up(struct ph_weigher *weigher, struct ph_device *device)
{
	if (weigher->job != PH_WEIGHER_READ && weigher->asked)
		refuse(weigher, device, PH_E_UNCERTAIN, NULL,
			"the scale did not answer; whether it has taken it is not known");
	else if (weigher->job != PH_WEIGHER_READ)
		refuse(weigher, device, PH_E_FAILURE, NULL, "the scale did not take it");
	else if (weigher->moved)
		refuse_extended(weigher, device, "InMotion", "the weight did not come to rest");
	else if (weigher->not_ready)
		refuse_extended(weigher, device, "NotReady", "the scale is not ready");
	else if (weigher->garbled)
		refuse_extended(weigher, device, "NotUnderstood",
			"the scale answers, but not in the protocol it is configured for");
	else
		refuse(weigher, device, PH_E_TIMEOUT, NULL,
			weigher->ops->silent_same ? "the scale does not answer; it is silent, too, "
						    "when the weight has "
						    "not changed"
						  : "the scale does not answer");
}

void ph_weigher_tick(struct ph_weigher *weigher, struct ph_device *device)
{
	uint64_t now = ph_now_ms(device);
	int r = 0;

	if (weigher->job != PH_WEIGHER_IDLE && now >= weigher->deadline_ms) {
		give_up(weigher, device);
		return;
	}
	if (weigher->next_ms && now >= weigher->next_ms) {
		if (weigher->asked) {
			/* silence is no weight, and not the last one either */
			follow(weigher, device, &(struct ph_weight){.state = PH_WEIGHT_NOT_READY});
			weigher->moved = weigher->not_ready = false;
		}
		r = ask(weigher, device, false);
	}
	if (r < 0 && weigher->job != PH_WEIGHER_IDLE)
		refuse(weigher, device, ph_error_from_errno(r), NULL, "the scale cannot be asked");
	else
		arm(weigher, device);
}
