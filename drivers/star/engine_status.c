// What the printer says about itself, and when it is asked.
#include "drivers/star/engine_internal.h"

#include "protocols/star/star_const.h"

#include <string.h>

static bool has_error(const struct ph_star_asb *status)
{
	return status->error_mechanical || status->error_cutter || status->error_unrecoverable ||
	       status->error_other || status->head_hot;
}

bool star_able(const struct ph_star_engine *engine)
{
	const struct ph_star_asb *status = &engine->status;

	return !engine->status_known ||
	       !(status->offline || status->cover_open || status->switched_off ||
		       status->paper_end || has_error(status));
}

static unsigned reasons_of(const struct ph_star_asb *status)
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
	if (status->head_hot)
		reasons |= PH_REASON_BIT(PH_REASON_HEAD_HOT);
	if (status->error_mechanical || status->error_unrecoverable || status->error_other)
		reasons |= PH_REASON_BIT(PH_REASON_PRINTER_ERROR);
	if ((status->offline || status->switched_off) &&
		!(reasons & ~PH_REASON_BIT(PH_REASON_REC_NEAR_END)))
		reasons |= PH_REASON_BIT(PH_REASON_OFF_LINE);
	return reasons;
}

static int error_of(const struct ph_star_asb *status)
{
	if (status->error_cutter)
		return PH_REASON_CUTTER_ERROR;
	if (status->error_mechanical || status->error_unrecoverable || status->error_other)
		return PH_REASON_PRINTER_ERROR;
	return status->head_hot ? PH_REASON_HEAD_HOT : -1;
}

void star_report_status(struct ph_star_engine *engine)
{
	const struct ph_star_asb *status = &engine->status;
	struct ph_printer_status now = {.error = -1};

	now.online = engine->step != PH_STAR_STEP_DOWN && engine->step != PH_STAR_STEP_SILENT;
	if (engine->status_known) {
		now.online = now.online && !status->offline && !status->switched_off;
		now.paper = status->paper_end	     ? PH_PAPER_EMPTY
			    : status->paper_near_end ? PH_PAPER_NEAR_END
						     : PH_PAPER_OK;
		now.cover = status->cover_open ? PH_COVER_OPEN : PH_COVER_CLOSED;
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

void star_forget_status(struct ph_star_engine *engine)
{
	engine->status_known = false;
	memset(&engine->status, 0, sizeof engine->status);
	star_report_status(engine);
}

/* A printer that became able while nothing was known of its counters is asked for them first. */
static bool sync_first(const struct ph_star_engine *engine, bool able)
{
	return able && !engine->synced && !(engine->job && engine->started);
}

void star_take_asb(struct ph_star_engine *engine, const struct ph_star_asb *asb)
{
	bool was_able = star_able(engine), was_asking = engine->asking;
	bool ready = engine->step == PH_STAR_STEP_READY;

	engine->asking = false;
	engine->asked_missed = 0;
	star_timer(engine, PH_STAR_TIMER_ASK, 0);
	engine->status_known = true;
	engine->status = *asb;
	/* before that the drawer would be reported ahead of what it is */
	if (ready || engine->step == PH_STAR_STEP_CANCEL) {
		ph_drawer_port_level(&engine->drawer, asb->drawer_high);
		star_report_status(engine);
	}
	if (!ready)
		return;
	bool able = star_able(engine);
	if (asb->overflow && engine->job && engine->started) {
		star_job_lost(engine, "overflow");
		star_handshake(engine);
		return;
	}
	if (sync_first(engine, able))
		star_sync(engine);
	else if (able != was_able)
		star_job_able(engine, able);
	if (was_asking && engine->step == PH_STAR_STEP_READY)
		star_job_asked(engine);
	star_plan_poll(engine);
}

void star_ask(struct ph_star_engine *engine)
{
	uint8_t out[PH_STAR_ASK_LEN];

	if (engine->asking)
		return;
	engine->asking = true;
	engine->ops->write(engine, out, ph_star_put_ask(out));
	star_timer(engine, PH_STAR_TIMER_ASK, PH_STAR_ANSWER_MS);
}

void star_ask_timeout(struct ph_star_engine *engine)
{
	engine->asking = false;
	if (engine->step != PH_STAR_STEP_READY)
		return;
	if (!engine->asked_missed++)
		engine->silent_since = engine->now;
	if (engine->now - engine->silent_since >= PH_STAR_SILENT_MS) {
		engine->down_reason = "not_responding";
		engine->ops->drop(engine);
		return;
	}
	star_timer(engine, PH_STAR_TIMER_POLL, PH_STAR_POLL_MS);
}

/*
 * The status comes by itself on a network; elsewhere it is asked for, as long as something waits for it. What comes by itself is not
 * the last word on a job.
 */
void star_plan_poll(struct ph_star_engine *engine)
{
	bool asked = engine->untied || engine->polled || engine->final_check;
	unsigned ms = 0;

	if (engine->step == PH_STAR_STEP_READY && asked) {
		if (ph_drawer_port_waits(&engine->drawer))
			ms = ph_drawer_port_pause(&engine->drawer);
		else if (star_job_waits(engine) && star_able(engine))
			ms = PH_STAR_POLL_MS;
		else if (engine->job)
			ms = PH_STAR_HOLD_MS;
	}
	if (!ms)
		star_timer(engine, PH_STAR_TIMER_POLL, 0);
	else if (!engine->at[PH_STAR_TIMER_POLL] ||
		 engine->at[PH_STAR_TIMER_POLL] > engine->now + ms)
		star_timer(engine, PH_STAR_TIMER_POLL, ms);
}

void star_poll(struct ph_star_engine *engine)
{
	/* what waits in our own queue would be answered late: no conclusion from that */
	if (!engine->ops->queued(engine))
		star_ask(engine);
	star_plan_poll(engine);
}

void ph_star_engine_refresh(struct ph_star_engine *engine, uint64_t now)
{
	engine->now = now;
	if (engine->step == PH_STAR_STEP_READY && !engine->ops->queued(engine))
		star_ask(engine);
}
