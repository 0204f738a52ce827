// One print job: segments out, at most one receive buffer ahead of the confirmations, and exactly one end.
#include "drivers/escpos/engine_internal.h"

#include "protocols/escpos/escpos_const.h"

#include <errno.h>
#include <string.h>

/* Room kept in the printer's buffer, so that real-time requests do not queue up behind data. */
#define REALTIME_ROOM 32

static void end(struct ph_engine *engine, enum ph_job_outcome outcome, const char *reason)
{
	unsigned confirmed = engine->confirmed;

	if (engine->started)
		engine->left_open = outcome == PH_OUTCOME_LOST || outcome == PH_OUTCOME_CANCELLED;
	engine->job = NULL;
	engine->started = engine->cancelling = engine->checked = engine->final_check = false;
	engine->reasked = false;
	engine->next = engine->confirmed = engine->verify_upto = 0;
	engine->pending_count = engine->in_flight = 0;
	engine_timer(engine, PH_TIMER_CONFIRM, 0);
	engine_plan_poll(engine);
	engine->ops->end(engine, outcome, confirmed, reason);
}

static unsigned confirm_ms(const struct ph_engine *engine)
{
	return engine->untied ? PH_ENGINE_CONFIRM_UNTIED_MS : PH_ENGINE_CONFIRM_MS;
}

static unsigned reask_ms(const struct ph_engine *engine)
{
	return engine->untied ? PH_ENGINE_REASK_UNTIED_MS : PH_ENGINE_REASK_MS;
}

/* The job stops here, perhaps in the middle of a command. */
static void note_stop(struct ph_engine *engine)
{
	const struct ph_printer_job *job = engine->job;

	engine->dirty = true;
	for (unsigned i = engine->confirmed; i < engine->next && i < job->count; i++)
		if (!job->segments[i].skip && job->segments[i].longest > engine->nulls)
			engine->nulls = job->segments[i].longest;
}

void engine_job_lost(struct ph_engine *engine, const char *reason)
{
	/* a job of which nothing was sent is not touched: it waits for the printer */
	engine->checked = false;
	if (!engine->job || !engine->started)
		return;
	note_stop(engine);
	/* who asked for an end gets one; lost would have it printed again */
	end(engine, engine->cancelling ? PH_OUTCOME_CANCELLED : PH_OUTCOME_LOST, reason);
}

/* A job of which nothing has left: it comes again when the printer can print, or goes to one that can. */
void engine_job_give_back(struct ph_engine *engine, const char *reason)
{
	if (engine->job && !engine->started)
		end(engine, engine->cancelling ? PH_OUTCOME_CANCELLED : PH_OUTCOME_NOT_SENT,
			reason);
}

/* Without automatic status the printer is asked again and again for as long as it has a job, so that it keeps the job. */
static bool must_give_back(const struct ph_engine *engine)
{
	return !engine->started && engine->asb_alive && !engine_able(engine);
}

bool engine_job_waits(const struct ph_engine *engine)
{
	return engine->job && engine->started &&
	       (engine->pending_count || engine->next < engine->job->count || engine->final_check);
}

/* ---- sending ---- */

size_t engine_put_marker(uint8_t *out)
{
	static const uint8_t store[] = {PH_EP_GS, PH_EP_GS_PAREN, PH_EP_PAREN_CODE2D, 4, 0,
		PH_EP_2D_QR, PH_EP_QR_STORE, 0x30, 'A'};

	memcpy(out, store, sizeof store);
	return sizeof store;
}

size_t engine_put_marker_query(uint8_t *out)
{
	static const uint8_t query[] = {PH_EP_GS, PH_EP_GS_PAREN, PH_EP_PAREN_CODE2D, 3, 0,
		PH_EP_2D_QR, PH_EP_QR_SIZE, 0x30};

	memcpy(out, query, sizeof query);
	return sizeof query;
}

bool engine_is_marker(const struct ph_escpos_event *event)
{
	return event->kind == PH_ESCPOS_EVENT_BLOCK &&
	       event->block.header == PH_EP_BLOCK_RESPONSE && event->block.data[0] == '6';
}

static bool uses_marker(const struct ph_engine *engine)
{
	return engine->untied && (engine->profile->qr == PH_ESCPOS_YES || engine->has_qr) &&
	       ph_engine_confirms(engine) != PH_CONFIRMS_NONE;
}

static size_t put_prefix(const struct ph_engine *engine, uint8_t *out)
{
	const struct ph_printer_job *job = engine->job;
	uint8_t asb =
		engine->profile->asb == PH_ESCPOS_YES || engine->asb_alive ? PH_EP_ASB_ALL : 0;
	size_t len = ph_escpos_put_prologue(out, engine->profile, asb);

	if (uses_marker(engine))
		len += engine_put_marker(out + len);
	if (job->mark) {
		memcpy(out + len, job->mark, job->mark_len);
		len += job->mark_len;
	}
	return len;
}

static void note_in_flight(struct ph_engine *engine, size_t len)
{
	engine->in_flight += (uint32_t)len;
	if (engine->in_flight > engine->most_in_flight)
		engine->most_in_flight = engine->in_flight;
}

static void add_pending(struct ph_engine *engine, uint32_t id, uint32_t bytes)
{
	unsigned i = (engine->pending_first + engine->pending_count++) % PH_ENGINE_PENDING_MAX;

	engine->pending[i] = (struct ph_engine_pending){id, engine->next, bytes};
}

/* Writes the barrier behind what was sent; `bytes` is what its answer will confirm. */
static void write_barrier(struct ph_engine *engine, size_t bytes)
{
	uint8_t out[PH_ESCPOS_PROCESS_ID_LEN];
	size_t len;
	uint32_t id = 0;

	switch (ph_engine_confirms(engine)) {
	case PH_CONFIRMS_PROCESS_ID:
		id = engine->next_id;
		engine->next_id = (id + 1) % PH_ESCPOS_PROCESS_ID_COUNT;
		len = ph_escpos_put_process_id(out, id);
		break;
	case PH_CONFIRMS_GS_R:
		len = ph_escpos_put_gs_r(out, PH_EP_STATUS_PAPER);
		break;
	case PH_CONFIRMS_NONE:
	case PH_CONFIRMS_COUNTER:
	case PH_CONFIRMS_JOB_STATE:
	default:
		return;
	}
	engine->ops->write(engine, out, len);
	note_in_flight(engine, len);
	add_pending(engine, id, (uint32_t)(bytes + len));
	engine_timer(engine, PH_TIMER_CONFIRM, confirm_ms(engine));
}

/* Whether `len` more bytes may be under way. A segment larger than the buffer goes alone. */
static bool has_room(const struct ph_engine *engine, size_t len)
{
	uint32_t window = engine->profile->rx_buffer;

	window = window > 2 * REALTIME_ROOM ? window - REALTIME_ROOM : window;
	if (ph_engine_confirms(engine) == PH_CONFIRMS_NONE)
		return engine->ops->queued(engine) == 0;
	if (ph_engine_confirms(engine) == PH_CONFIRMS_GS_R && engine->pending_count)
		return false;
	if (engine->pending_count == PH_ENGINE_PENDING_MAX)
		return false;
	return !engine->in_flight || engine->in_flight + len + PH_ESCPOS_PROCESS_ID_LEN <= window;
}

static void skip_confirmed(struct ph_engine *engine)
{
	const struct ph_printer_segment *segments = engine->job->segments;

	while (engine->confirmed < engine->next && segments[engine->confirmed].skip)
		engine->confirmed++;
}

/* Sends the next segment. Returns false when it has to wait. */
static bool send_segment(struct ph_engine *engine)
{
	const struct ph_printer_segment *segment = &engine->job->segments[engine->next];
	uint8_t prefix[PH_ENGINE_PREFIX_MAX];
	size_t prefix_len = 0;

	if (segment->skip) {
		engine->next++;
		skip_confirmed(engine);
		return true;
	}
	if (!engine->started)
		prefix_len = put_prefix(engine, prefix);
	if (!has_room(engine, prefix_len + segment->len))
		return false;
	if (prefix_len && engine->ops->write(engine, prefix, prefix_len) < 0)
		return false;
	engine->started = true;
	if (engine->ops->write(engine, engine->job->bytes + segment->offset, segment->len) < 0)
		return false;
	if (segment->flags & PH_SEGMENT_DRAWER)
		ph_drawer_port_note_pulse(
			&engine->drawer, engine->now, segment->flags & PH_SEGMENT_SECOND ? 2 : 1);
	note_in_flight(engine, prefix_len + segment->len);
	engine->next++;
	write_barrier(engine, prefix_len + segment->len);
	return true;
}

/* All is with a printer that confirms nothing: its status has the last word. */
static void finish_unconfirmed(struct ph_engine *engine)
{
	if (engine->ops->queued(engine))
		return;
	bool works = engine->eot_works || engine->profile->eot == PH_ESCPOS_YES;
	if (works && !engine->checked) {
		engine->final_check = true;
		engine_ask(engine, 0x1eu);
		engine_plan_poll(engine);
		return;
	}
	if (!works && !engine->asb_alive && !engine->port_mute && !engine->checked) {
		engine->final_check = true;
		engine->ops->ask_port(engine);
		engine_plan_poll(engine);
		if (!engine->port_mute)
			return;
	}
	if (engine_able(engine))
		end(engine, PH_OUTCOME_SENT_UNCONFIRMED, NULL);
}

static void finish_sent(struct ph_engine *engine)
{
	if (ph_engine_confirms(engine) == PH_CONFIRMS_NONE && engine->started)
		finish_unconfirmed(engine);
	else if (engine->confirmed == engine->job->count)
		end(engine, PH_OUTCOME_PRINTED, NULL);
}

static void step_cancelling(struct ph_engine *engine)
{
	bool unconfirmed = ph_engine_confirms(engine) == PH_CONFIRMS_NONE;

	if (unconfirmed ? engine->ops->queued(engine) != 0 : engine->pending_count != 0)
		return;
	end(engine, PH_OUTCOME_CANCELLED, NULL);
}

/* Whether the status is fresh enough to begin; asks for it where the printer may have changed without a word. */
static bool is_checked(struct ph_engine *engine)
{
	bool works = engine->eot_works || engine->profile->eot == PH_ESCPOS_YES;

	if (engine->checked || !works || (engine->asb_alive && !engine->untied))
		return true;
	if (!engine->eot_asked && !engine->eot_wanted)
		engine_ask(engine, 0x1eu);
	return false;
}

void engine_job_step(struct ph_engine *engine)
{
	unsigned sent = engine->next;

	if (!engine->job || engine->step != PH_STEP_READY || engine->verify_upto)
		return;
	if (engine->cancelling) {
		step_cancelling(engine);
		return;
	}
	if (!engine->started && !is_checked(engine))
		return;
	if (must_give_back(engine)) {
		engine_job_give_back(engine, NULL);
		return;
	}
	if (!engine->started && engine_able(engine))
		engine->checked = false;
	while (engine->next < engine->job->count && engine_able(engine) && send_segment(engine))
		;
	if (engine->next != sent && ph_engine_confirms(engine) == PH_CONFIRMS_NONE)
		engine->ops->progress(engine, engine->next, engine->confirmed);
	if (engine->next == engine->job->count)
		finish_sent(engine);
	if (engine->job)
		engine_plan_poll(engine);
}

/* A round of DLE EOT is through. */
void engine_job_asked(struct ph_engine *engine)
{
	if (!engine->job || (engine->started && !engine->final_check))
		return;
	if (engine->at[PH_TIMER_MISMATCH])
		return; /* the automatic status is about to correct itself, or the printer to be known as restarted */
	engine->checked = true;
	engine->final_check = false;
	engine_job_step(engine);
	if (engine->job)
		engine->checked = false;
}

/* ---- confirming ---- */

static void confirm(struct ph_engine *engine, unsigned upto)
{
	while (engine->pending_count && engine->pending[engine->pending_first].upto <= upto) {
		engine->in_flight -= engine->pending[engine->pending_first].bytes;
		engine->pending_first = (engine->pending_first + 1) % PH_ENGINE_PENDING_MAX;
		engine->pending_count--;
	}
	engine->confirmed = upto;
	engine->reasked = false;
	skip_confirmed(engine);
	engine_timer(engine, PH_TIMER_CONFIRM, engine->pending_count ? confirm_ms(engine) : 0);
	engine->ops->progress(engine, engine->next, engine->confirmed);
	engine_job_step(engine);
}

/* An answer is missing between the last one and this: lost on the way, or lost with the printer's memory? */
static void verify(struct ph_engine *engine, unsigned upto)
{
	uint8_t out[16];

	if (!uses_marker(engine)) {
		engine_job_lost(engine, "no_confirmation");
		engine_handshake(engine);
		return;
	}
	if (!engine->verify_upto) {
		engine->ops->write(engine, out, engine_put_marker_query(out));
		engine_timer(engine, PH_TIMER_CONFIRM, PH_ENGINE_REASK_MS);
	}
	engine->verify_upto = upto;
}

static void take_marker(struct ph_engine *engine, const struct ph_escpos_event *event)
{
	unsigned upto = engine->verify_upto;

	if (!upto)
		return;
	engine->verify_upto = 0;
	/* 37 36 width ...: no width, nothing stored */
	if (event->block.len >= 2 && event->block.data[1] != '0' && event->block.data[1] != 0x1f)
		confirm(engine, upto);
	else
		engine_restarted(engine);
}

/* The position of an id among the open barriers, or -1. */
static int find_pending(const struct ph_engine *engine, uint32_t id)
{
	for (unsigned i = 0; i < engine->pending_count; i++)
		if (engine->pending[(engine->pending_first + i) % PH_ENGINE_PENDING_MAX].id == id)
			return (int)i;
	return -1;
}

static void take_barrier(struct ph_engine *engine, int i)
{
	unsigned upto =
		engine->pending[(engine->pending_first + (unsigned)i) % PH_ENGINE_PENDING_MAX].upto;

	/* ids ascend and the newest confirms all older ones, as long as the printer had no second life */
	if ((i > 0 || engine->verify_upto) && engine->untied)
		verify(engine, upto);
	else
		confirm(engine, upto);
}

void engine_job_event(struct ph_engine *engine, const struct ph_escpos_event *event)
{
	uint32_t id;

	if (!engine->job || !engine->pending_count)
		return;
	if (ph_escpos_event_process_id(event, &id) == 0) {
		int i = find_pending(engine, id);
		if (i >= 0)
			take_barrier(engine, i);
	} else if (engine_is_marker(event)) {
		take_marker(engine, event);
	} else if (event->kind == PH_ESCPOS_EVENT_REPLY &&
		   ph_engine_confirms(engine) == PH_CONFIRMS_GS_R) {
		take_barrier(engine, engine->reasked ? (int)engine->pending_count - 1 : 0);
	}
}

static void clear_for_cancel(struct ph_engine *engine)
{
	if (!engine_can_clear(engine)) {
		uint8_t out[PH_ESCPOS_DLE_ENQ_LEN];
		note_stop(engine);
		if (engine->status.error_cutter)
			engine->ops->write(
				engine, out, ph_escpos_put_dle_enq(out, PH_EP_ENQ_ABANDON));
		/* what is still in the host can only be thrown away with the link */
		if (engine->ops->queued(engine))
			engine->ops->drop(engine);
		end(engine, PH_OUTCOME_CANCELLED, NULL);
		return;
	}
	engine->step = PH_STEP_CANCEL;
	engine_timer(engine, PH_TIMER_STEP, PH_ENGINE_CLEAR_MS);
	engine_timer(engine, PH_TIMER_CONFIRM, 0);
	engine_timer(engine, PH_TIMER_POLL, 0);
	engine_write_clear(engine);
}

/* The printer could print, and nothing is confirmed. */
void engine_job_timeout(struct ph_engine *engine)
{
	if (!engine->job)
		return;
	if (engine->cancelling) {
		clear_for_cancel(engine);
		return;
	}
	if (!engine->pending_count)
		return;
	/* a link that takes nothing is busy, not silent: its own time limit ends it */
	if (!engine_able(engine) || engine->ops->queued(engine)) {
		engine_timer(engine, PH_TIMER_CONFIRM, confirm_ms(engine));
		return;
	}
	if (engine->reasked || engine->verify_upto ||
		engine->pending_count == PH_ENGINE_PENDING_MAX) {
		engine_job_lost(engine, "no_confirmation");
		engine_handshake(engine);
		return;
	}
	engine->reasked = true;
	write_barrier(engine, 0);
	engine_timer(engine, PH_TIMER_CONFIRM, reask_ms(engine));
}

/* The buffers of the printer are empty, or it did not say so in time. */
void engine_job_cleared(struct ph_engine *engine)
{
	end(engine, PH_OUTCOME_CANCELLED, NULL);
	engine->dirty = false;
	engine_handshake(engine);
}

void engine_job_able(struct ph_engine *engine, bool able)
{
	if (!engine->job)
		return;
	if (!able && engine->cancelling) {
		clear_for_cancel(engine);
		return;
	}
	if (engine->pending_count)
		engine_timer(engine, PH_TIMER_CONFIRM, able ? confirm_ms(engine) : 0);
	if (able)
		engine_job_step(engine);
	else if (must_give_back(engine))
		engine_job_give_back(engine, NULL);
}

/* ---- the interface ---- */

int ph_engine_print(struct ph_engine *engine, uint64_t now, const struct ph_printer_job *job)
{
	engine->now = now;
	if (engine->job)
		return -EBUSY;
	if (job->mark_len > PH_ENGINE_PREFIX_MAX - 64)
		return -E2BIG;
	engine->job = job;
	engine->next = engine->confirmed = job->first < job->count ? job->first : job->count;
	engine->most_in_flight = 0;
	return 0;
}

void ph_engine_start(struct ph_engine *engine, uint64_t now)
{
	engine->now = now;
	if (engine->step != PH_STEP_READY)
		return;
	engine_job_step(engine);
	engine_plan_poll(engine);
}

int ph_engine_cancel(struct ph_engine *engine, uint64_t now, const char *id)
{
	engine->now = now;
	if (!engine->job || strcmp(engine->job->id, id))
		return -ENOENT;
	if (engine->cancelling)
		return 0;
	if (!engine->started) {
		end(engine, PH_OUTCOME_CANCELLED, NULL);
		return 0;
	}
	engine->cancelling = true;
	engine_timer(engine, PH_TIMER_CONFIRM, PH_ENGINE_CONFIRM_MS);
	if (engine_able(engine))
		engine_job_step(engine);
	else
		clear_for_cancel(engine);
	return 0;
}
