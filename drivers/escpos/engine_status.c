// What the printer says about itself: automatic status, DLE EOT, and the signs that it was switched off in between.
#include "drivers/escpos/engine_internal.h"

#include "base/cleanup.h"
#include "protocols/escpos/escpos_const.h"

#include <errno.h>
#include <string.h>

#define MISSED_MAX 2 /* unanswered requests in a row that mean silence */

static bool has_error(const struct ph_escpos_asb *status)
{
	return status->error_mechanical || status->error_cutter || status->error_unrecoverable ||
	       status->error_auto_recoverable;
}

bool engine_able(const struct ph_engine *engine)
{
	const struct ph_escpos_asb *status = &engine->status;

	return !engine->status_known ||
	       !(status->offline || status->cover_open || status->paper_end || status->feeding ||
		       has_error(status));
}

static unsigned reasons_of(const struct ph_escpos_asb *status)
{
	unsigned reasons = 0;

	if (status->paper_end)
		reasons |= PH_REASON_BIT(PH_REASON_REC_EMPTY);
	else if (status->paper_near_end)
		reasons |= PH_REASON_BIT(PH_REASON_REC_NEAR_END);
	if (status->cover_open)
		reasons |= PH_REASON_BIT(PH_REASON_COVER_OPEN);
	if (status->error_cutter)
		reasons |= PH_REASON_BIT(PH_REASON_CUTTER_ERROR);
	if (status->error_auto_recoverable)
		reasons |= PH_REASON_BIT(PH_REASON_HEAD_HOT);
	if (status->error_mechanical || status->error_unrecoverable)
		reasons |= PH_REASON_BIT(PH_REASON_PRINTER_ERROR);
	if (status->feeding || status->feed_button)
		reasons |= PH_REASON_BIT(PH_REASON_FEEDING);
	if (status->offline && !(reasons & ~PH_REASON_BIT(PH_REASON_REC_NEAR_END)))
		reasons |= PH_REASON_BIT(PH_REASON_OFF_LINE);
	return reasons;
}

static int error_of(const struct ph_escpos_asb *status)
{
	if (status->error_cutter)
		return PH_REASON_CUTTER_ERROR;
	if (status->error_mechanical || status->error_unrecoverable)
		return PH_REASON_PRINTER_ERROR;
	return status->error_auto_recoverable ? PH_REASON_HEAD_HOT : -1;
}

void engine_report_status(struct ph_engine *engine)
{
	const struct ph_escpos_asb *status = &engine->status;
	struct ph_printer_status now = {.error = -1};

	now.online = engine->step != PH_STEP_DOWN && engine->step != PH_STEP_SILENT;
	if (engine->status_known) {
		now.online = now.online && !status->offline;
		now.paper = status->paper_end	     ? PH_PAPER_EMPTY
			    : status->paper_near_end ? PH_PAPER_NEAR_END
						     : PH_PAPER_OK;
		now.cover = status->cover_open ? PH_COVER_OPEN : PH_COVER_CLOSED;
		if (engine->by_port)
			now.cover = PH_COVER_UNKNOWN;
		now.error = error_of(status);
		now.reasons = reasons_of(status);
	}
	const struct ph_printer_status *last = &engine->last_status;
	if (engine->status_sent && now.online == last->online && now.paper == last->paper &&
		now.cover == last->cover && now.error == last->error &&
		now.reasons == last->reasons)
		return;
	engine->last_status = now;
	engine->status_sent = true;
	engine->ops->status(engine, &now);
}

void engine_forget_status(struct ph_engine *engine)
{
	engine->status_known = engine->by_port = false;
	memset(&engine->status, 0, sizeof engine->status);
	engine_report_status(engine);
}

/* After any change: tell, and let the job go on or hold. */
static void changed(struct ph_engine *engine, bool was_able)
{
	bool able = engine_able(engine);

	if (engine->step == PH_STEP_READY || engine->step == PH_STEP_CANCEL)
		engine_report_status(engine);
	if (engine->step != PH_STEP_READY)
		return;
	if (able && !(engine->job && engine->started) && engine_has_questions(engine))
		engine_probe(engine);
	else if (able != was_able)
		engine_job_able(engine, able);
	engine_plan_poll(engine);
}

void engine_take_asb(struct ph_engine *engine, const struct ph_escpos_asb *asb)
{
	bool was_able = engine_able(engine);

	engine->asb_alive = true;
	engine->status_known = true;
	engine->by_port = false;
	engine->status = *asb;
	engine_timer(engine, PH_TIMER_MISMATCH, 0);
	/* before that the drawer would be reported ahead of what it is */
	if (engine->step == PH_STEP_READY || engine->step == PH_STEP_CANCEL)
		ph_drawer_port_level(&engine->drawer, asb->drawer_high);
	changed(engine, was_able);
	/* an answer that said otherwise has put the job off */
	if (engine->job && !engine->started)
		engine_job_step(engine);
}

/* Puts the answer to DLE EOT n into a status. */
static void merge(struct ph_escpos_asb *status, unsigned n, uint8_t byte)
{
	if (n == PH_EP_EOT_PRINTER) {
		status->drawer_high = byte & PH_EP_EOT1_DRAWER_HIGH;
		status->offline = byte & PH_EP_EOT1_OFFLINE;
		status->wait_online = byte & PH_EP_EOT1_WAIT_ONLINE;
		status->feed_button = byte & PH_EP_EOT1_BUTTON;
	} else if (n == PH_EP_EOT_OFFLINE) {
		status->cover_open = byte & PH_EP_EOT2_COVER_OPEN;
		status->feeding = byte & PH_EP_EOT2_FEEDING;
	} else if (n == PH_EP_EOT_ERROR) {
		status->error_mechanical = byte & PH_EP_EOT3_MECHANICAL;
		status->error_cutter = byte & PH_EP_EOT3_CUTTER;
		status->error_unrecoverable = byte & PH_EP_EOT3_UNRECOVERABLE;
		status->error_auto_recoverable = byte & PH_EP_EOT3_AUTO_RECOVERABLE;
	} else {
		status->paper_near_end = byte & PH_EP_EOT4_NEAR_END;
		status->paper_end = byte & PH_EP_EOT4_END;
	}
}

/*
 * The automatic status reports each change by itself. Where DLE EOT says otherwise and no report follows, the printer has
 * forgotten that it should report: it was switched off and on.
 */
static void compare(struct ph_engine *engine, unsigned n, uint8_t byte)
{
	struct ph_escpos_asb other = engine->status;

	merge(&other, n, byte);
	/* an error that only DLE EOT knows is no sign: not all models report all of theirs */
	bool stuck = (engine->status.feeding && !other.feeding) ||
		     (has_error(&engine->status) && !has_error(&other));
	bool same = other.offline == engine->status.offline &&
		    other.cover_open == engine->status.cover_open &&
		    other.paper_end == engine->status.paper_end && !stuck;
	if (!same && !engine->at[PH_TIMER_MISMATCH])
		engine_timer(engine, PH_TIMER_MISMATCH, PH_ENGINE_MISMATCH_MS);
}

static void ask_next(struct ph_engine *engine)
{
	uint8_t out[PH_ESCPOS_DLE_EOT_LEN];

	for (unsigned n = 1; n <= 4; n++) {
		if (!(engine->eot_wanted & 1u << n))
			continue;
		engine->eot_wanted &= ~(1u << n);
		engine->eot_asked = n;
		engine->ops->write(engine, out, ph_escpos_put_dle_eot(out, (uint8_t)n));
		engine_timer(engine, PH_TIMER_EOT, PH_ENGINE_ANSWER_MS);
		return;
	}
}

void engine_ask(struct ph_engine *engine, unsigned wanted)
{
	engine->eot_wanted |= wanted;
	if (!engine->eot_asked)
		ask_next(engine);
}

void engine_take_eot(struct ph_engine *engine, uint8_t byte)
{
	unsigned n = engine->eot_asked;
	bool was_able = engine_able(engine);

	/* answers nobody asked for are ordinary: data can look like a request */
	if (!n)
		return;
	engine->eot_asked = 0;
	engine->eot_works = true;
	engine_timer(engine, PH_TIMER_EOT, 0);
	if (engine->asb_alive) {
		compare(engine, n, byte);
	} else {
		merge(&engine->status, n, byte);
		engine->status_known = true;
		engine->by_port = false;
		if (n == PH_EP_EOT_PRINTER && ph_drawer_port_waits(&engine->drawer))
			ph_drawer_port_level(&engine->drawer, engine->status.drawer_high);
	}
	ask_next(engine);
	if (!engine->asb_alive && !engine->eot_asked)
		changed(engine, was_able);
	if (!engine->eot_asked)
		engine_round_done(engine);
}

void engine_eot_timeout(struct ph_engine *engine)
{
	engine->eot_asked = 0;
	engine->eot_wanted = 0;
	if (engine->step != PH_STEP_READY && engine->step != PH_STEP_CANCEL)
		return;
	if (!engine->eot_missed++)
		engine->silent_since = engine->now;
	if (engine->now - engine->silent_since >= PH_ENGINE_SILENT_MS) {
		engine->down_reason = "not_responding";
		engine->ops->drop(engine);
		return;
	}
	if (ph_drawer_port_waits(&engine->drawer))
		engine_plan_poll(engine);
	engine_timer(engine, PH_TIMER_POLL, PH_ENGINE_POLL_MS);
}

/* Something came from the printer. On a serial line, after a silence, it may be another life of it. */
void engine_alive(struct ph_engine *engine)
{
	bool was_silent = engine->eot_missed >= MISSED_MAX;

	engine->eot_missed = 0;
	if (was_silent && engine->untied && engine->step == PH_STEP_READY)
		engine_restarted(engine);
}

void engine_plan_poll(struct ph_engine *engine)
{
	bool works = engine->eot_works || engine->profile->eot == PH_ESCPOS_YES;
	unsigned ms = 0;

	if (engine->step == PH_STEP_READY && works) {
		if (ph_drawer_port_waits(&engine->drawer) && (!engine->asb_alive || engine->untied))
			ms = ph_drawer_port_pause(&engine->drawer);
		else if (engine_job_waits(engine) && engine_able(engine))
			ms = PH_ENGINE_POLL_MS;
		else if (engine_job_waits(engine) ||
			 (engine->job && (!engine->asb_alive || !engine->started)))
			ms = PH_ENGINE_HOLD_MS;
	} else if (engine->step == PH_STEP_READY && engine->job && !engine->port_mute) {
		ms = PH_ENGINE_HOLD_MS;
	}
	if (!ms)
		engine_timer(engine, PH_TIMER_POLL, 0);
	else if (!engine->at[PH_TIMER_POLL] || engine->at[PH_TIMER_POLL] > engine->now + ms)
		engine_timer(engine, PH_TIMER_POLL, ms);
}

/*
 * A jammed cutter is tried again by DLE ENQ 1 when somebody has seen to it, that is when the cover has been opened and
 * closed, and once by ourselves.
 */
static void try_cutter(struct ph_engine *engine)
{
	const struct ph_escpos_asb *status = &engine->status;
	uint8_t out[PH_ESCPOS_DLE_ENQ_LEN];

	if (!status->error_cutter || status->cover_open)
		engine->cutter_tried = false;
	else if (!engine->cutter_tried && engine->job && engine->started) {
		engine->cutter_tried = true;
		engine->ops->write(engine, out, ph_escpos_put_dle_enq(out, PH_EP_ENQ_CONTINUE));
	}
}

static void ask_status(struct ph_engine *engine)
{
	bool works = engine->eot_works || engine->profile->eot == PH_ESCPOS_YES;

	/* what waits in our own queue would be answered late: no conclusion from that */
	if (engine->ops->queued(engine) || !works)
		engine->ops->ask_port(engine);
	else
		engine_ask(engine, engine->asb_alive && engine_able(engine) ? 0x02u : 0x1eu);
}

void engine_poll(struct ph_engine *engine)
{
	try_cutter(engine);
	ask_status(engine);
	engine_plan_poll(engine);
}

void ph_engine_refresh(struct ph_engine *engine, uint64_t now)
{
	engine->now = now;
	if (engine->step == PH_STEP_READY && !engine->eot_asked)
		ask_status(engine);
}

void ph_engine_port_status(struct ph_engine *engine, uint64_t now, int status)
{
	bool was_able = engine_able(engine);

	engine->now = now;
	if (status == -EOPNOTSUPP)
		engine->port_mute = true;
	if (engine->step != PH_STEP_READY)
		return;
	/* what the printer itself says is more, and as new */
	if (status >= 0 && !engine->asb_alive) {
		engine->by_port = true;
		engine->status_known = true;
		engine->status.paper_end = status & PH_PORT_PAPER_EMPTY;
		engine->status.offline = (status & (PH_PORT_SELECTED | PH_PORT_NO_ERROR)) !=
					 (PH_PORT_SELECTED | PH_PORT_NO_ERROR);
		/* fresh enough for the end of a job that has left */
		if (engine->job && engine->next == engine->job->count &&
			!engine->ops->queued(engine))
			engine->checked = true;
		changed(engine, was_able);
	}
	if (engine->final_check)
		engine_job_asked(engine);
}
