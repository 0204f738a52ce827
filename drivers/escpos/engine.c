// The engine's core: its timers, and the steps from a new link to a printer that is known.
#include "drivers/escpos/engine_internal.h"

#include "base/cleanup.h"
#include "protocols/escpos/escpos_const.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define EOT_ALL 0x1eu /* DLE EOT 1 to 4 */
#define HALVES_MAX                                                                                 \
	2 /* handshakes in a row with some answers, after which that is all there will be */

static void start_prologue(struct ph_engine *engine);
static void start_ask(struct ph_engine *engine);
static void start_info(struct ph_engine *engine);

void engine_timer(struct ph_engine *engine, enum ph_engine_timer timer, unsigned ms)
{
	engine->at[timer] = ms ? engine->now + ms : 0;
}

uint64_t ph_engine_due(const struct ph_engine *engine)
{
	uint64_t due = 0;

	for (int i = 0; i < PH_TIMER_COUNT_; i++)
		if (engine->at[i] && (!due || engine->at[i] < due))
			due = engine->at[i];
	return due;
}

void ph_engine_init(struct ph_engine *engine, const struct ph_engine_ops *ops)
{
	engine->ops = ops;
	engine->step = PH_STEP_DOWN;
	engine->retry_ms = PH_BACKOFF_MIN_MS;
	/* whoever spoke to the printer before us may have stopped in the middle */
	engine->dirty = true;
	ph_escpos_parser_init(&engine->parser);
	ph_drawer_port_init(&engine->drawer, &engine_drawer_ops);
}

enum ph_confirms ph_engine_confirms(const struct ph_engine *engine)
{
	const struct ph_escpos_profile *profile = engine->profile;

	if (profile->gs_paren_h == PH_ESCPOS_YES || engine->has_ids)
		return PH_CONFIRMS_PROCESS_ID;
	if (profile->gs_r == PH_ESCPOS_YES && profile->gs_r_barrier)
		return PH_CONFIRMS_GS_R;
	return PH_CONFIRMS_NONE;
}

enum ph_status_means ph_engine_status_means(const struct ph_engine *engine)
{
	if (engine->asb_alive)
		return PH_STATUS_ASB;
	return engine->eot_works || engine->profile->eot == PH_ESCPOS_YES ? PH_STATUS_EOT
									  : PH_STATUS_NONE;
}

bool engine_can_clear(const struct ph_engine *engine)
{
	/* DLE DC4 8 belongs to the same generation of firmware as the automatic status */
	return engine->profile->buffer_clear || engine->asb_alive;
}

void engine_write_clear(struct ph_engine *engine)
{
	uint8_t command[PH_ESCPOS_CLEAR_LEN];

	engine->ops->write(engine, command, ph_escpos_put_clear(command));
}

/* ---- the steps ---- */

static void enter(struct ph_engine *engine, enum ph_engine_step step)
{
	engine->step = step;
	engine_timer(engine, PH_TIMER_STEP, PH_ENGINE_ANSWER_MS);
}

/*
 * A job stopped inside of a command, and the printer still waits for the rest of its data: as many NULs as that can be.
 * Those beyond it are ignored.
 */
static void write_nulls(struct ph_engine *engine)
{
	static const uint8_t nulls[256];

	while (engine->nulls) {
		size_t len = engine->nulls < sizeof nulls ? engine->nulls : sizeof nulls;
		if (engine->ops->write(engine, nulls, len) < 0)
			break;
		engine->nulls -= (uint32_t)len;
	}
	engine->nulls = 0;
}

void engine_handshake(struct ph_engine *engine)
{
	ph_escpos_parser_init(&engine->parser);
	engine->asb_alive = engine->eot_works = engine->answers = false;
	engine->eot_asked = engine->eot_wanted = engine->eot_missed = 0;
	engine_timer(engine, PH_TIMER_EOT, 0);
	engine_timer(engine, PH_TIMER_POLL, 0);
	engine_timer(engine, PH_TIMER_MISMATCH, 0);
	if (engine->dirty && engine_can_clear(engine)) {
		engine->nulls = 0;
		enter(engine, PH_STEP_CLEAR);
		engine_write_clear(engine);
		return;
	}
	if (engine->dirty)
		write_nulls(engine);
	start_prologue(engine);
}

static void start_prologue(struct ph_engine *engine)
{
	uint8_t out[PH_ESCPOS_PROLOGUE_MAX];
	bool asb = engine->profile->asb != PH_ESCPOS_NO;
	size_t len = ph_escpos_put_prologue(out, engine->profile, asb ? PH_EP_ASB_ALL : 0);

	engine->dirty = false;
	engine->ops->write(engine, out, len);
	if (asb)
		enter(engine, PH_STEP_PROLOGUE);
	else
		start_ask(engine);
}

static void ready(struct ph_engine *engine)
{
	bool was_ready = engine->step == PH_STEP_STORE;

	engine->step = PH_STEP_READY;
	engine->retry_ms = PH_BACKOFF_MIN_MS;
	engine->halves = 0;
	engine_timer(engine, PH_TIMER_STEP, 0);
	if (!was_ready) {
		engine->ops->resolved(engine);
		engine->ops->ready(engine);
	}
	engine_report_status(engine);
	if (engine->asb_alive)
		ph_drawer_port_level(&engine->drawer, engine->status.drawer_high);
	engine_plan_poll(engine);
	engine_job_step(engine);
}

static void ask_keys(struct ph_engine *engine, enum ph_engine_step step, unsigned ms)
{
	uint8_t out[PH_ESCPOS_LOGO_KEYS_LEN];

	enter(engine, step);
	engine_timer(engine, PH_TIMER_STEP, ms);
	engine->ops->write(engine, out, ph_escpos_put_logo_keys(out));
}

static void finish(struct ph_engine *engine)
{
	if (engine->answers && engine_able(engine) && engine->ops->wants_keys(engine))
		ask_keys(engine, PH_STEP_KEYS, PH_ENGINE_KEYS_MS);
	else
		ready(engine);
}

static void take_keys(struct ph_engine *engine, const struct ph_escpos_event *event)
{
	static const uint8_t go_on = PH_EP_ACK;
	const char *keys;
	size_t len;
	bool more;

	if (ph_escpos_event_logo_keys(event, &keys, &len, &more) < 0)
		return;
	engine->ops->keys(engine, keys, len, !more);
	if (!more) {
		ready(engine);
		return;
	}
	engine->ops->write(engine, &go_on, 1);
	engine_timer(engine, PH_TIMER_STEP, PH_ENGINE_KEYS_MS);
}

static void no_keys(struct ph_engine *engine)
{
	engine->ops->keys(engine, "", 0, true);
	ready(engine);
}

bool ph_engine_is_idle(const struct ph_engine *engine)
{
	return engine->step == PH_STEP_READY && !engine->job &&
	       !ph_drawer_port_waits(&engine->drawer) && engine->answers && engine_able(engine);
}

int ph_engine_store(struct ph_engine *engine, uint64_t now, const uint8_t *data, size_t len)
{
	engine->now = now;
	if (!ph_engine_is_idle(engine))
		return -EBUSY;
	int r = engine->ops->write(engine, data, len);
	if (r == 0)
		ask_keys(engine, PH_STEP_STORE, PH_ENGINE_STORE_MS);
	return r;
}

/* Nothing answers. Only a profile that promises answers makes that a fault. */
static void nothing_answers(struct ph_engine *engine)
{
	if (engine->profile->asb != PH_ESCPOS_YES && engine->profile->eot != PH_ESCPOS_YES) {
		engine->probed = true;
		finish(engine);
		return;
	}
	engine->step = PH_STEP_SILENT;
	engine->dirty = true;
	engine->ops->silent(engine);
	engine_job_give_back(engine, "not_responding");
	engine_timer(engine, PH_TIMER_STEP, engine->retry_ms);
	engine->retry_ms *= 2;
	if (engine->retry_ms > PH_BACKOFF_MAX_MS)
		engine->retry_ms = PH_BACKOFF_MAX_MS;
}

static void start_ask(struct ph_engine *engine)
{
	engine->step = PH_STEP_ASK;
	engine_timer(engine, PH_TIMER_STEP, 0);
	if (engine->profile->eot == PH_ESCPOS_NO)
		nothing_answers(engine);
	else
		engine_ask(engine, EOT_ALL);
}

/*
 * One of DLE EOT 1 to 4 got no answer. Of a printer that promises them: that it has paper is not known then, and it is asked again.
 * Some answer only what they know, whatever they call themselves.
 */
static void unanswered(struct ph_engine *engine)
{
	bool promised = engine->profile->eot == PH_ESCPOS_YES && engine->halves < HALVES_MAX;

	if (engine->answers)
		engine->halves++;
	if (engine->asb_alive || (engine->answers && !promised))
		start_info(engine);
	else
		nothing_answers(engine);
}

static void ask_info(struct ph_engine *engine)
{
	static const uint8_t numbers[PH_INFO_COUNT_] = {
		[PH_INFO_SERIAL] = 68,
		[PH_INFO_FIRMWARE] = 65,
		[PH_INFO_VENDOR] = 66,
		[PH_INFO_MODEL] = 67,
		[PH_INFO_LANGUAGE] = 69,
	};
	uint8_t out[PH_ESCPOS_GS_I_LEN];

	enter(engine, PH_STEP_INFO);
	engine->ops->write(engine, out, ph_escpos_put_gs_i(out, numbers[engine->info_index]));
}

static void start_info(struct ph_engine *engine)
{
	/* a printer that is not able keeps GS I in its buffer: nothing to wait for */
	if (!engine->identify || !engine_able(engine)) {
		engine_probe(engine);
		return;
	}
	engine->info_index = 0;
	ask_info(engine);
}

static void info_done(struct ph_engine *engine)
{
	engine->identify = engine->info_index == 0;
	engine->ops->identified(engine);
	engine_probe(engine);
}

static void take_info(struct ph_engine *engine, const struct ph_escpos_event *event)
{
	/* the header of information B may be followed by one more underscore in the text: no test on it */
	snprintf(engine->info[engine->info_index], sizeof engine->info[0], "%s",
		(const char *)event->block.data);
	engine->info_index++;
	if (engine->info_index == PH_INFO_VENDOR && engine->ops->recall(engine))
		engine->info_index = PH_INFO_COUNT_;
	if (engine->info_index < PH_INFO_COUNT_)
		ask_info(engine);
	else
		info_done(engine);
}

static unsigned open_questions(const struct ph_engine *engine)
{
	const struct ph_escpos_profile *profile = engine->profile;

	return (profile->gs_paren_h == PH_ESCPOS_PROBE ? PH_PROBE_IDS : 0) |
	       (profile->qr == PH_ESCPOS_PROBE ? PH_PROBE_QR : 0);
}

bool engine_has_questions(const struct ph_engine *engine)
{
	return !engine->probed && open_questions(engine);
}

/* A printer that does not know a command has its bytes in the line buffer now; ESC @ in front of each job throws them
 * away. */
static void next_probe(struct ph_engine *engine)
{
	uint8_t out[PH_ENGINE_MARKER_MAX];

	if (!engine->probes) {
		engine->probed = true;
		finish(engine);
		return;
	}
	engine->probing = engine->probes & -engine->probes;
	engine->probes &= ~engine->probing;
	enter(engine, PH_STEP_PROBE);
	if (engine->probing == PH_PROBE_IDS) {
		engine->ops->write(engine, out, ph_escpos_put_process_id(out, engine->next_id));
		return;
	}
	size_t len = engine_put_marker(out);
	engine->ops->write(engine, out, len + engine_put_marker_query(out + len));
}

void engine_probe(struct ph_engine *engine)
{
	if (!open_questions(engine))
		engine->probed = true;
	if (engine->probed || !engine->answers || !engine_able(engine)) {
		finish(engine);
		return;
	}
	engine->probes = open_questions(engine);
	next_probe(engine);
}

static void probed(struct ph_engine *engine, bool works)
{
	if (engine->probing == PH_PROBE_IDS) {
		engine->next_id = (engine->next_id + 1) % PH_ESCPOS_PROCESS_ID_COUNT;
		engine->has_ids = works;
	} else {
		engine->has_qr = works;
	}
	next_probe(engine);
}

/* The step's answer did not come in time. */
static void step_timeout(struct ph_engine *engine)
{
	switch (engine->step) {
	case PH_STEP_CLEAR:
		start_prologue(engine);
		break;
	case PH_STEP_PROLOGUE:
	case PH_STEP_ASK:
		start_ask(engine);
		break;
	case PH_STEP_INFO:
		info_done(engine);
		break;
	case PH_STEP_PROBE:
		probed(engine, false);
		break;
	case PH_STEP_KEYS:
	case PH_STEP_STORE:
		no_keys(engine);
		break;
	case PH_STEP_CANCEL:
		engine_job_cleared(engine);
		break;
	case PH_STEP_SILENT:
		/* the whole question again: it does no harm to a printer that comes to life meanwhile */
		engine_handshake(engine);
		break;
	case PH_STEP_DOWN:
	case PH_STEP_READY:
		break;
	}
}

/* The printer has lost what it had, but the link is as before. */
void engine_restarted(struct ph_engine *engine)
{
	engine_job_lost(engine, "power_cycle");
	engine->dirty = true;
	engine_handshake(engine);
}

/* ---- inputs ---- */

void ph_engine_link_up(struct ph_engine *engine, uint64_t now)
{
	engine->now = now;
	engine->down_reason = NULL;
	engine_handshake(engine);
}

void ph_engine_link_down(struct ph_engine *engine, uint64_t now)
{
	engine->now = now;
	engine->step = PH_STEP_DOWN;
	engine_job_lost(engine, engine->down_reason ? engine->down_reason : "link_lost");
	engine_job_give_back(engine, "link_lost");
	ph_drawer_port_down(&engine->drawer);
	engine->asb_alive = false;
	engine->eot_asked = engine->eot_wanted = 0;
	memset(engine->at, 0, sizeof engine->at);
	engine_forget_status(engine);
}

static void take_event(struct ph_engine *engine, const struct ph_escpos_event *event)
{
	uint32_t id;

	if (event->kind == PH_ESCPOS_EVENT_XON || event->kind == PH_ESCPOS_EVENT_XOFF)
		return;
	engine->answers = true;
	engine_alive(engine);
	if (engine->step == PH_STEP_DOWN)
		return;
	if (event->kind == PH_ESCPOS_EVENT_ASB) {
		engine_take_asb(engine, &event->asb);
		if (engine->step == PH_STEP_PROLOGUE)
			start_info(engine);
	} else if (event->kind == PH_ESCPOS_EVENT_EOT) {
		engine_take_eot(engine, event->byte);
	} else if (ph_escpos_event_cleared(event)) {
		if (engine->step == PH_STEP_CLEAR)
			start_prologue(engine);
		else if (engine->step == PH_STEP_CANCEL)
			engine_job_cleared(engine);
	} else if (engine->step == PH_STEP_INFO && event->kind == PH_ESCPOS_EVENT_BLOCK &&
		   event->block.header == PH_EP_BLOCK_INFO_B) {
		take_info(engine, event);
	} else if (engine->step == PH_STEP_KEYS || engine->step == PH_STEP_STORE) {
		take_keys(engine, event);
	} else if (engine->step == PH_STEP_PROBE && ph_escpos_event_process_id(event, &id) == 0) {
		if (engine->probing == PH_PROBE_IDS && id == engine->next_id)
			probed(engine, true);
	} else if (engine->step == PH_STEP_PROBE && engine_is_marker(event)) {
		if (engine->probing == PH_PROBE_QR)
			probed(engine, true);
	} else {
		engine_job_event(engine, event);
	}
}

void ph_engine_receive(struct ph_engine *engine, uint64_t now, const uint8_t *data, size_t len)
{
	struct ph_escpos_event event;

	engine->now = now;
	if (ph_escpos_parser_feed(&engine->parser, data, len) < 0)
		ph_escpos_parser_init(&engine->parser);
	while (ph_escpos_parser_next(&engine->parser, &event) > 0) {
		/* a handshake begun by an event starts the parser anew: what is left of the piece is read on */
		const uint8_t *rest = engine->parser.in;
		size_t rest_len = engine->parser.in_len;
		take_event(engine, &event);
		if (engine->parser.in_len == 0 && rest_len)
			ph_escpos_parser_feed(&engine->parser, rest, rest_len);
	}
}

void ph_engine_sent(struct ph_engine *engine, uint64_t now)
{
	engine->now = now;
	if (engine->step == PH_STEP_READY)
		engine_job_step(engine);
}

static void run_timer(struct ph_engine *engine, enum ph_engine_timer timer)
{
	switch (timer) {
	case PH_TIMER_STEP:
		step_timeout(engine);
		break;
	case PH_TIMER_EOT:
		engine_eot_timeout(engine);
		if (engine->step == PH_STEP_ASK && !engine->eot_asked)
			unanswered(engine);
		break;
	case PH_TIMER_POLL:
		engine_poll(engine);
		break;
	case PH_TIMER_CONFIRM:
		engine_job_timeout(engine);
		break;
	case PH_TIMER_MISMATCH:
		engine_restarted(engine);
		break;
	case PH_TIMER_DEBOUNCE:
		ph_drawer_port_debounced(&engine->drawer);
		break;
	case PH_TIMER_DRAWER:
		ph_drawer_port_timeout(&engine->drawer, engine->asb_alive);
		break;
	case PH_TIMER_COUNT_:
		break;
	}
}

void ph_engine_tick(struct ph_engine *engine, uint64_t now)
{
	engine->now = now;
	for (int i = 0; i < PH_TIMER_COUNT_; i++) {
		if (!engine->at[i] || engine->at[i] > now)
			continue;
		engine->at[i] = 0;
		run_timer(engine, (enum ph_engine_timer)i);
	}
}

/* The last DLE EOT of a round has been answered. */
void engine_round_done(struct ph_engine *engine)
{
	if (engine->step == PH_STEP_ASK)
		start_info(engine);
	else if (engine->step == PH_STEP_READY)
		engine_job_asked(engine);
}
