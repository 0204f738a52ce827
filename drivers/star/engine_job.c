// One print job: segments out, at most one receive buffer ahead of the counters, and exactly one end.
#include "drivers/star/engine_internal.h"

#include "protocols/star/star_const.h"

#include <errno.h>
#include <string.h>

/* Room kept in the printer's buffer, so that real-time requests do not queue up behind data. */
#define REALTIME_ROOM 32
#define BARRIER_MAX   PH_STAR_COUNTER_LEN
#define COUNTER_TOP   250 /* beyond this counting begins anew */
#define ETB_TOP	      24

static void end(struct ph_star_engine *engine, enum ph_job_outcome outcome, const char *reason)
{
	unsigned confirmed = engine->confirmed;

	if (engine->started)
		engine->left_open = outcome == PH_OUTCOME_LOST || outcome == PH_OUTCOME_CANCELLED;
	engine->job = NULL;
	engine->started = engine->cancelling = engine->checked = engine->final_check = false;
	engine->query_id = 0;
	engine->next = engine->confirmed = 0;
	engine->pending_count = engine->in_flight = engine->uncovered = 0;
	star_timer(engine, PH_STAR_TIMER_CONFIRM, 0);
	star_plan_poll(engine);
	engine->ops->end(engine, outcome, confirmed, reason);
}

static unsigned confirm_ms(const struct ph_star_engine *engine)
{
	return engine->untied ? PH_STAR_CONFIRM_UNTIED_MS : PH_STAR_CONFIRM_MS;
}

void star_job_lost(struct ph_star_engine *engine, const char *reason)
{
	/* a job of which nothing was sent is not touched: it waits for the printer */
	engine->checked = false;
	if (!engine->job || !engine->started)
		return;
	engine->dirty = true;
	/* who asked for an end gets one; lost would have it printed again */
	end(engine, engine->cancelling ? PH_OUTCOME_CANCELLED : PH_OUTCOME_LOST, reason);
}

/* A job of which nothing has left: it comes again when the printer can print, or goes to one that can. */
void star_job_give_back(struct ph_star_engine *engine, const char *reason)
{
	if (engine->job && !engine->started)
		end(engine, engine->cancelling ? PH_OUTCOME_CANCELLED : PH_OUTCOME_NOT_SENT,
			reason);
}

/* Without automatic status the printer is asked again and again for as long as it has a job, so that it keeps the job. */
static bool must_give_back(const struct ph_star_engine *engine)
{
	return !engine->started && !engine->untied && !engine->polled && !star_able(engine);
}

bool star_job_waits(const struct ph_star_engine *engine)
{
	return engine->job && engine->started &&
	       (engine->pending_count || engine->next < engine->job->count || engine->final_check);
}

/* ---- sending ---- */

static struct ph_star_pending *pending_at(struct ph_star_engine *engine, unsigned i)
{
	return &engine->pending[(engine->pending_first + i) % PH_STAR_PENDING_MAX];
}

/* Counted as under way until a counter behind it is answered. */
static int put(struct ph_star_engine *engine, const void *data, size_t len)
{
	int r = engine->ops->write(engine, data, len);

	if (r < 0)
		return r;
	engine->in_flight += (uint32_t)len;
	engine->uncovered += (uint32_t)len;
	if (engine->in_flight > engine->most_in_flight)
		engine->most_in_flight = engine->in_flight;
	return 0;
}

/* Asks for the counter that confirms all before it. */
static void put_barrier(struct ph_star_engine *engine)
{
	uint8_t out[BARRIER_MAX];
	uint16_t id = 0;
	size_t len;

	engine->counter++;
	if (engine->has_counter) {
		id = star_next_id(engine);
		len = ph_star_put_counter(out, PH_STAR_COUNTER_COUNT, id);
	} else {
		len = ph_star_put_etb(out);
	}
	put(engine, out, len);
	*pending_at(engine, engine->pending_count++) =
		(struct ph_star_pending){id, engine->counter, engine->next, engine->uncovered};
	engine->uncovered = 0;
	star_timer(engine, PH_STAR_TIMER_CONFIRM, confirm_ms(engine));
}

/*
 * Counting begins at 0, for each job and before the counter is full. A printer that was switched off meanwhile has counted
 * fewer, so that its numbers are never the expected ones. The clearing of ESC GS ETX has no answer: a first count behind it
 * has one.
 */
static void put_count_start(struct ph_star_engine *engine)
{
	uint8_t out[PH_STAR_COUNTER_LEN];

	engine->counter = 0;
	if (engine->has_etb) {
		put(engine, out, ph_star_put_clear_etb(out));
		return;
	}
	put(engine, out, ph_star_put_counter(out, PH_STAR_COUNTER_CLEAR, 0));
	put_barrier(engine);
}

static bool counter_full(const struct ph_star_engine *engine)
{
	return engine->counter >= (engine->has_etb ? ETB_TOP : COUNTER_TOP);
}

static bool counts(const struct ph_star_engine *engine)
{
	return ph_star_engine_confirms(engine) == PH_CONFIRMS_COUNTER;
}

/* Whether `len` more bytes may be under way. A segment larger than the buffer goes alone. */
static bool has_room(const struct ph_star_engine *engine, size_t len)
{
	uint32_t window = engine->profile->rx_buffer;

	window = window > 2 * REALTIME_ROOM ? window - REALTIME_ROOM : window;
	if (!counts(engine))
		return engine->ops->queued(engine) == 0;
	/* two free: a counter may have to begin anew behind the next one */
	if (engine->pending_count + 2 >
		(engine->has_etb ? PH_STAR_ETB_PENDING : PH_STAR_PENDING_MAX))
		return false;
	return !engine->in_flight || engine->in_flight + len + BARRIER_MAX <= window;
}

static void skip_confirmed(struct ph_star_engine *engine)
{
	const struct ph_printer_segment *segments = engine->job->segments;

	while (engine->confirmed < engine->next && segments[engine->confirmed].skip)
		engine->confirmed++;
}

/* What stands in front of the first segment. */
static bool begin(struct ph_star_engine *engine)
{
	const struct ph_printer_job *job = engine->job;
	uint8_t prologue[PH_STAR_PROLOGUE_MAX];

	if (!has_room(engine, 0))
		return false;
	if (put(engine, prologue, ph_star_put_prologue(prologue, engine->profile)) < 0)
		return false;
	engine->started = true;
	if (counts(engine))
		put_count_start(engine);
	if (!job->mark_len)
		return true;
	if (put(engine, job->mark, job->mark_len) < 0)
		return false;
	if (counts(engine))
		put_barrier(engine);
	return true;
}

/* Sends the next segment. Returns false when it has to wait. */
static bool send_segment(struct ph_star_engine *engine)
{
	const struct ph_printer_segment *segment = &engine->job->segments[engine->next];

	if (segment->skip) {
		engine->next++;
		skip_confirmed(engine);
		return true;
	}
	if (!engine->started && !begin(engine))
		return false;
	if (!has_room(engine, segment->len))
		return false;
	if (put(engine, engine->job->bytes + segment->offset, segment->len) < 0)
		return false;
	if (segment->flags & PH_SEGMENT_DRAWER)
		ph_drawer_port_note_pulse(
			&engine->drawer, engine->now, segment->flags & PH_SEGMENT_SECOND ? 2 : 1);
	engine->next++;
	if (!counts(engine))
		return true;
	put_barrier(engine);
	if (counter_full(engine))
		put_count_start(engine);
	return true;
}

/* All is with a printer that confirms nothing: its status has the last word. */
static void finish_unconfirmed(struct ph_star_engine *engine)
{
	if (engine->ops->queued(engine))
		return;
	if (!engine->checked) {
		engine->final_check = true;
		star_ask(engine);
		star_plan_poll(engine);
		return;
	}
	if (star_able(engine))
		end(engine, PH_OUTCOME_SENT_UNCONFIRMED, NULL);
}

static void finish_sent(struct ph_star_engine *engine)
{
	if (ph_star_engine_confirms(engine) == PH_CONFIRMS_NONE && engine->started)
		finish_unconfirmed(engine);
	else if (engine->confirmed == engine->job->count)
		end(engine, PH_OUTCOME_PRINTED, NULL);
}

static void step_cancelling(struct ph_star_engine *engine)
{
	bool unconfirmed = ph_star_engine_confirms(engine) == PH_CONFIRMS_NONE;

	if (unconfirmed ? engine->ops->queued(engine) != 0 : engine->pending_count != 0)
		return;
	end(engine, PH_OUTCOME_CANCELLED, NULL);
}

/* Whether the status is fresh enough to begin; asks for it where the printer may have changed without a word. */
static bool is_checked(struct ph_star_engine *engine)
{
	if (engine->checked || !(engine->untied || engine->polled))
		return true;
	star_ask(engine);
	return false;
}

void star_job_step(struct ph_star_engine *engine)
{
	unsigned sent = engine->next;

	if (!engine->job || engine->step != PH_STAR_STEP_READY || engine->query_id)
		return;
	if (engine->cancelling) {
		step_cancelling(engine);
		return;
	}
	if (must_give_back(engine)) {
		star_job_give_back(engine, NULL);
		return;
	}
	if (!engine->started && (!engine->synced || !is_checked(engine)))
		return;
	if (!engine->started && star_able(engine))
		engine->checked = false;
	while (engine->next < engine->job->count && star_able(engine) && send_segment(engine))
		;
	if (engine->next != sent && ph_star_engine_confirms(engine) == PH_CONFIRMS_NONE)
		engine->ops->progress(engine, engine->next, engine->confirmed);
	if (engine->next == engine->job->count)
		finish_sent(engine);
	if (engine->job)
		star_plan_poll(engine);
}

/* A status that was asked for is here. */
void star_job_asked(struct ph_star_engine *engine)
{
	if (!engine->job || (engine->started && !engine->final_check))
		return;
	engine->checked = true;
	engine->final_check = false;
	star_job_step(engine);
	if (engine->job)
		engine->checked = false;
}

/* ---- confirming ---- */

/* All up to the i-th open counter. */
static void confirm(struct ph_star_engine *engine, unsigned i)
{
	unsigned before = engine->confirmed;

	for (unsigned k = 0; k <= i; k++) {
		engine->in_flight -= pending_at(engine, 0)->bytes;
		engine->confirmed = pending_at(engine, 0)->upto;
		engine->pending_first = (engine->pending_first + 1) % PH_STAR_PENDING_MAX;
		engine->pending_count--;
	}
	engine->query_id = 0;
	skip_confirmed(engine);
	star_timer(engine, PH_STAR_TIMER_CONFIRM, engine->pending_count ? confirm_ms(engine) : 0);
	if (engine->confirmed != before)
		engine->ops->progress(engine, engine->next, engine->confirmed);
	star_job_step(engine);
}

static void lost(struct ph_star_engine *engine, const char *reason)
{
	star_job_lost(engine, reason);
	star_handshake(engine);
}

/* Where the counter stands, whatever became of the answers before. Everything asked before it has been obeyed. */
static void take_query(struct ph_star_engine *engine, uint8_t counter)
{
	unsigned last = engine->pending_count - 1;

	if (pending_at(engine, last)->expected == counter)
		confirm(engine, last);
	else
		lost(engine, "power_cycle");
}

void star_job_counter(struct ph_star_engine *engine, uint8_t s, uint16_t id, uint8_t counter)
{
	if (!engine->job || !engine->pending_count)
		return;
	if (s == PH_STAR_COUNTER_READ) {
		if (engine->query_id && id == engine->query_id)
			take_query(engine, counter);
		return;
	}
	for (unsigned i = 0; i < engine->pending_count; i++) {
		if (pending_at(engine, i)->id != id)
			continue;
		/* fewer than were sent: the printer had a second life, or lost a part of what it got */
		if (pending_at(engine, i)->expected == counter)
			confirm(engine, i);
		else
			lost(engine, "power_cycle");
		return;
	}
}

void star_job_etb(struct ph_star_engine *engine, uint8_t counter)
{
	if (!engine->job || !engine->pending_count)
		return;
	for (unsigned i = engine->pending_count; i-- > 0;) {
		if (pending_at(engine, i)->expected == counter) {
			confirm(engine, i);
			return;
		}
	}
	if (counter == 0 && pending_at(engine, 0)->expected != 1)
		lost(engine, "power_cycle");
}

static void clear_for_cancel(struct ph_star_engine *engine)
{
	engine->dirty = true;
	/* what is still in the host can only be thrown away with the link */
	if (engine->ops->queued(engine)) {
		engine->ops->drop(engine);
		end(engine, PH_OUTCOME_CANCELLED, NULL);
		return;
	}
	engine->step = PH_STAR_STEP_CANCEL;
	star_timer(engine, PH_STAR_TIMER_STEP, PH_STAR_RESET_MS);
	star_timer(engine, PH_STAR_TIMER_CONFIRM, 0);
	star_timer(engine, PH_STAR_TIMER_POLL, 0);
	star_write_reset(engine);
}

static void ask_counter(struct ph_star_engine *engine)
{
	uint8_t out[PH_STAR_COUNTER_LEN];

	if (engine->has_etb) {
		star_ask(engine);
		engine->query_id = UINT16_MAX;
	} else {
		engine->query_id = star_next_id(engine);
		engine->ops->write(engine, out,
			ph_star_put_counter(out, PH_STAR_COUNTER_READ, engine->query_id));
	}
	star_timer(engine, PH_STAR_TIMER_CONFIRM, PH_STAR_REASK_MS);
}

/* The printer could print, and nothing is confirmed. */
void star_job_timeout(struct ph_star_engine *engine)
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
	if (!star_able(engine) || engine->ops->queued(engine)) {
		star_timer(engine, PH_STAR_TIMER_CONFIRM, confirm_ms(engine));
		return;
	}
	if (engine->query_id)
		lost(engine, "no_confirmation");
	else
		ask_counter(engine);
}

/* The printer has started anew. */
void star_job_cleared(struct ph_star_engine *engine)
{
	end(engine, PH_OUTCOME_CANCELLED, NULL);
	star_handshake(engine);
}

void star_job_able(struct ph_star_engine *engine, bool able)
{
	if (!engine->job)
		return;
	if (!able && engine->cancelling) {
		clear_for_cancel(engine);
		return;
	}
	if (engine->pending_count)
		star_timer(engine, PH_STAR_TIMER_CONFIRM, able ? confirm_ms(engine) : 0);
	if (able)
		star_job_step(engine);
	else if (must_give_back(engine))
		star_job_give_back(engine, NULL);
}

/* ---- the interface ---- */

int ph_star_engine_print(
	struct ph_star_engine *engine, uint64_t now, const struct ph_printer_job *job)
{
	engine->now = now;
	if (engine->job)
		return -EBUSY;
	if (job->mark_len > PH_STAR_MARK_MAX)
		return -E2BIG;
	engine->job = job;
	engine->next = engine->confirmed = job->first < job->count ? job->first : job->count;
	engine->most_in_flight = 0;
	return 0;
}

void ph_star_engine_start(struct ph_star_engine *engine, uint64_t now)
{
	engine->now = now;
	if (engine->step != PH_STAR_STEP_READY)
		return;
	star_job_step(engine);
	star_plan_poll(engine);
}

int ph_star_engine_cancel(struct ph_star_engine *engine, uint64_t now, const char *id)
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
	star_timer(engine, PH_STAR_TIMER_CONFIRM, PH_STAR_CONFIRM_MS);
	if (star_able(engine))
		star_job_step(engine);
	else
		clear_for_cancel(engine);
	return 0;
}
