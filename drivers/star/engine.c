// The engine's core: its timers, and the steps from a new link to a printer that is known.
#include "drivers/star/engine_internal.h"

#include "base/cleanup.h"
#include "protocols/star/star_const.h"

#include <stdio.h>
#include <string.h>

#define ASK_TRIES 3 /* before the printer is silent */

static void start_sync(struct ph_star_engine *engine);
static void start_etb(struct ph_star_engine *engine);

void star_timer(struct ph_star_engine *engine, enum ph_star_timer timer, unsigned ms)
{
	engine->at[timer] = ms ? engine->now + ms : 0;
}

uint64_t ph_star_engine_due(const struct ph_star_engine *engine)
{
	uint64_t due = 0;

	for (int i = 0; i < PH_STAR_TIMER_COUNT_; i++)
		if (engine->at[i] && (!due || engine->at[i] < due))
			due = engine->at[i];
	return due;
}

void ph_star_engine_init(struct ph_star_engine *engine, const struct ph_star_engine_ops *ops)
{
	engine->ops = ops;
	engine->step = PH_STAR_STEP_DOWN;
	engine->retry_ms = PH_BACKOFF_MIN_MS;
	/* whoever spoke to the printer before us may have stopped in the middle */
	engine->dirty = true;
	if (!engine->next_id)
		engine->next_id = 1;
	ph_star_parser_init(&engine->parser);
	ph_drawer_port_init(&engine->drawer, &star_drawer_ops);
}

enum ph_confirms ph_star_engine_confirms(const struct ph_star_engine *engine)
{
	return engine->has_counter || engine->has_etb ? PH_CONFIRMS_COUNTER : PH_CONFIRMS_NONE;
}

uint16_t star_next_id(struct ph_star_engine *engine)
{
	uint16_t id = engine->next_id;

	engine->next_id = id == UINT16_MAX ? 1 : (uint16_t)(id + 1);
	return id;
}

void star_write_reset(struct ph_star_engine *engine)
{
	uint8_t out[PH_STAR_RESET_LEN];

	engine->ops->write(engine, out, ph_star_put_reset(out));
}

/* ---- the steps ---- */

static void enter(struct ph_star_engine *engine, enum ph_star_step step, unsigned ms)
{
	engine->step = step;
	star_timer(engine, PH_STAR_TIMER_STEP, ms);
}

/* Automatic status on, and the status now: that is answered whatever state the printer is in. */
static void start_ask(struct ph_star_engine *engine)
{
	uint8_t out[PH_STAR_ASB_LEN + PH_STAR_ASK_LEN];
	size_t len = ph_star_put_asb(out, true);

	enter(engine, PH_STAR_STEP_ASK, PH_STAR_ANSWER_MS);
	engine->ask_tries++;
	len += ph_star_put_ask(out + len);
	engine->ops->write(engine, out, len);
}

void star_handshake(struct ph_star_engine *engine)
{
	ph_star_parser_init(&engine->parser);
	engine->asking = false;
	engine->asked_missed = engine->ask_tries = 0;
	engine->synced = false;
	engine->query_id = 0;
	star_timer(engine, PH_STAR_TIMER_ASK, 0);
	star_timer(engine, PH_STAR_TIMER_POLL, 0);
	start_ask(engine);
}

static void silent(struct ph_star_engine *engine)
{
	engine->dirty = true;
	engine->ops->silent(engine);
	star_job_give_back(engine, "not_responding");
	enter(engine, PH_STAR_STEP_SILENT, engine->retry_ms);
	engine->retry_ms *= 2;
	if (engine->retry_ms > PH_BACKOFF_MAX_MS)
		engine->retry_ms = PH_BACKOFF_MAX_MS;
}

static void finish(struct ph_star_engine *engine)
{
	engine->step = PH_STAR_STEP_READY;
	engine->retry_ms = PH_BACKOFF_MIN_MS;
	star_timer(engine, PH_STAR_TIMER_STEP, 0);
	engine->ops->resolved(engine);
	engine->ops->ready(engine);
	star_report_status(engine);
	if (engine->status_known)
		ph_drawer_port_level(&engine->drawer, engine->status.drawer_high);
	star_plan_poll(engine);
	star_job_step(engine);
}

static void ask_model(struct ph_star_engine *engine)
{
	uint8_t out[PH_STAR_IDENTIFY_LEN];

	enter(engine, PH_STAR_STEP_MODEL, PH_STAR_ANSWER_MS);
	engine->ops->write(engine, out, ph_star_put_identify(out));
}

/* The first status is here. A printer that is not able keeps all else in its buffer: nothing to wait for. */
static void known(struct ph_star_engine *engine)
{
	if (!star_able(engine))
		finish(engine);
	else if (engine->identify)
		ask_model(engine);
	else
		start_sync(engine);
}

/* Only StarPRNT has the question; another printer would print it. */
static void ask_serial(struct ph_star_engine *engine)
{
	static const uint8_t ask[] = {PH_STAR_ESC, PH_STAR_GS, PH_STAR_GS_UTF8, 'I', 1, 0, '1'};

	engine->identify = !*engine->model;
	engine->ops->identified(engine);
	if (engine->status.version < PH_STAR_VERSION_PRNT || !*engine->model) {
		start_sync(engine);
		return;
	}
	enter(engine, PH_STAR_STEP_SERIAL, PH_STAR_ANSWER_MS);
	engine->ops->write(engine, ask, sizeof ask);
}

/*
 * The end of a document that someone may have begun, a fresh start, the times of a pulse, which nobody else shall have
 * changed, and where the counter stands. The id is 0, so that a printer without the command sees NULs.
 */
static void start_sync(struct ph_star_engine *engine)
{
	const bool times = engine->profile->drawers && engine->profile->dialect != PH_STAR_RASTER;
	uint8_t out[2 * PH_STAR_COUNTER_LEN + PH_STAR_PROLOGUE_MAX];
	size_t len = 0;

	engine->has_counter = engine->has_etb = false;
	if (times)
		engine->ops->write(engine, out, ph_star_put_pulse_times(out, engine->profile));
	if (engine->profile->counter == PH_STAR_NO) {
		start_etb(engine);
		return;
	}
	enter(engine, PH_STAR_STEP_SYNC, PH_STAR_ANSWER_MS);
	if (engine->profile->counter == PH_STAR_YES)
		len += ph_star_put_counter(out + len, PH_STAR_DOCUMENT_END, 0);
	len += ph_star_put_prologue(out + len, engine->profile);
	len += ph_star_put_counter(out + len, PH_STAR_COUNTER_READ, 0);
	engine->ops->write(engine, out, len);
}

/* What counts is to be found out while no job is under way. */
void star_sync(struct ph_star_engine *engine)
{
	known(engine);
}

static void start_etb(struct ph_star_engine *engine)
{
	uint8_t out[PH_STAR_CLEAR_ETB_LEN + PH_STAR_ETB_LEN];

	if (engine->profile->etb == PH_STAR_NO) {
		engine->synced = true;
		engine->dirty = false;
		finish(engine);
		return;
	}
	enter(engine, PH_STAR_STEP_ETB, 2 * PH_STAR_ANSWER_MS);
	size_t len = ph_star_put_clear_etb(out);
	engine->ops->write(engine, out, len + ph_star_put_etb(out + len));
}

static void start_reset(struct ph_star_engine *engine)
{
	engine->was_reset = true;
	star_write_reset(engine);
	enter(engine, PH_STAR_STEP_RESET, PH_STAR_RESET_MS);
}

static void counts(struct ph_star_engine *engine, bool by_document, uint8_t counter)
{
	engine->has_counter = by_document;
	engine->has_etb = !by_document;
	engine->counter = counter;
	engine->synced = true;
	engine->dirty = engine->was_reset = false;
	finish(engine);
}

/* Status comes, and nothing that waits in the printer is obeyed: it is inside of a command. Once that is cleared up. */
static void nothing_counts(struct ph_star_engine *engine)
{
	bool promised =
		engine->profile->counter == PH_STAR_YES || engine->profile->etb == PH_STAR_YES;

	if (engine->dirty && !engine->was_reset) {
		start_reset(engine);
		return;
	}
	if (promised) {
		silent(engine);
		return;
	}
	engine->synced = true;
	engine->dirty = false;
	finish(engine);
}

/* The step's answer did not come in time. */
static void step_timeout(struct ph_star_engine *engine)
{
	switch (engine->step) {
	case PH_STAR_STEP_ASK:
		if (engine->ask_tries < ASK_TRIES)
			start_ask(engine);
		else
			silent(engine);
		break;
	case PH_STAR_STEP_MODEL:
		ask_serial(engine);
		break;
	case PH_STAR_STEP_SERIAL:
		start_sync(engine);
		break;
	case PH_STAR_STEP_SYNC:
		start_etb(engine);
		break;
	case PH_STAR_STEP_ETB:
		nothing_counts(engine);
		break;
	case PH_STAR_STEP_CANCEL:
		star_job_cleared(engine);
		break;
	case PH_STAR_STEP_RESET:
	case PH_STAR_STEP_SILENT:
		/* the whole question again: it does no harm to a printer that comes to life meanwhile */
		star_handshake(engine);
		break;
	case PH_STAR_STEP_DOWN:
	case PH_STAR_STEP_READY:
		break;
	}
}

/* ---- inputs ---- */

void ph_star_engine_link_up(struct ph_star_engine *engine, uint64_t now)
{
	engine->now = now;
	engine->down_reason = NULL;
	engine->was_reset = false;
	star_handshake(engine);
}

void ph_star_engine_link_down(struct ph_star_engine *engine, uint64_t now)
{
	engine->now = now;
	engine->step = PH_STAR_STEP_DOWN;
	star_job_lost(engine, engine->down_reason ? engine->down_reason : "link_lost");
	star_job_give_back(engine, "link_lost");
	ph_drawer_port_down(&engine->drawer);
	engine->asking = engine->synced = false;
	memset(engine->at, 0, sizeof engine->at);
	star_forget_status(engine);
}

static void take_asb(struct ph_star_engine *engine, const struct ph_star_asb *asb)
{
	star_take_asb(engine, asb);
	if (engine->step == PH_STAR_STEP_ASK)
		known(engine);
	else if (engine->step == PH_STAR_STEP_ETB && asb->has_counter && asb->counter == 1)
		counts(engine, false, 1);
	else if (engine->step == PH_STAR_STEP_READY && engine->has_etb && asb->has_counter)
		star_job_etb(engine, asb->counter);
}

static void take_event(struct ph_star_engine *engine, const struct ph_star_event *event)
{
	if (engine->step == PH_STAR_STEP_DOWN)
		return;
	switch (event->kind) {
	case PH_STAR_EVENT_ASB:
		take_asb(engine, &event->asb);
		break;
	case PH_STAR_EVENT_COUNTER:
		if (engine->step == PH_STAR_STEP_READY)
			star_job_counter(engine, event->counter.s, event->counter.id,
				event->counter.counter);
		else if ((engine->step == PH_STAR_STEP_SYNC || engine->step == PH_STAR_STEP_ETB) &&
			 event->counter.s == PH_STAR_COUNTER_READ && !event->counter.id)
			counts(engine, true, event->counter.counter);
		break;
	case PH_STAR_EVENT_MODEL:
		snprintf(engine->model, sizeof engine->model, "%s", event->text);
		if (engine->step == PH_STAR_STEP_MODEL)
			ask_serial(engine);
		break;
	case PH_STAR_EVENT_SERIAL:
		snprintf(engine->serial, sizeof engine->serial, "%s", event->text);
		if (engine->step == PH_STAR_STEP_SERIAL)
			start_sync(engine);
		break;
	case PH_STAR_EVENT_XON:
	case PH_STAR_EVENT_XOFF:
		break;
	}
}

void ph_star_engine_receive(
	struct ph_star_engine *engine, uint64_t now, const uint8_t *data, size_t len)
{
	struct ph_star_event event;

	engine->now = now;
	if (ph_star_parser_feed(&engine->parser, data, len) < 0)
		ph_star_parser_init(&engine->parser);
	while (ph_star_parser_next(&engine->parser, &event) > 0) {
		/* a handshake begun by an event starts the parser anew: what is left of the piece is read on */
		const uint8_t *rest = engine->parser.in;
		size_t rest_len = engine->parser.in_len;
		take_event(engine, &event);
		if (engine->parser.in_len == 0 && rest_len)
			ph_star_parser_feed(&engine->parser, rest, rest_len);
	}
}

void ph_star_engine_sent(struct ph_star_engine *engine, uint64_t now)
{
	engine->now = now;
	if (engine->step == PH_STAR_STEP_READY)
		star_job_step(engine);
}

static void run_timer(struct ph_star_engine *engine, enum ph_star_timer timer)
{
	switch (timer) {
	case PH_STAR_TIMER_STEP:
		step_timeout(engine);
		break;
	case PH_STAR_TIMER_ASK:
		star_ask_timeout(engine);
		break;
	case PH_STAR_TIMER_POLL:
		star_poll(engine);
		break;
	case PH_STAR_TIMER_CONFIRM:
		star_job_timeout(engine);
		break;
	case PH_STAR_TIMER_DEBOUNCE:
		ph_drawer_port_debounced(&engine->drawer);
		break;
	case PH_STAR_TIMER_DRAWER:
		ph_drawer_port_timeout(&engine->drawer, !engine->polled);
		break;
	case PH_STAR_TIMER_COUNT_:
		break;
	}
}

void ph_star_engine_tick(struct ph_star_engine *engine, uint64_t now)
{
	engine->now = now;
	for (int i = 0; i < PH_STAR_TIMER_COUNT_; i++) {
		if (!engine->at[i] || engine->at[i] > now)
			continue;
		engine->at[i] = 0;
		run_timer(engine, (enum ph_star_timer)i);
	}
}
