// The cash drawer behind the printer: one pulse per request, and what the sensor says about it.
#include "drivers/star/engine_internal.h"

#include <errno.h>

static void reply(struct ph_star_engine *engine, enum ph_drawer_outcome outcome, bool already)
{
	uint32_t token = engine->drawer_token;

	engine->drawer_token = 0;
	star_timer(engine, PH_STAR_TIMER_DRAWER, 0);
	star_plan_poll(engine);
	if (token)
		engine->ops->drawer_reply(engine, token, outcome, already);
}

static void set_state(struct ph_star_engine *engine, enum ph_drawer_state state)
{
	if (engine->drawer != state) {
		engine->drawer = state;
		engine->ops->drawer_status(engine, state);
	}
	if (state == PH_DRAWER_STATE_OPEN && engine->drawer_token)
		reply(engine, PH_DRAWER_OPENED, false);
}

void star_drawer_level(struct ph_star_engine *engine, bool high)
{
	if (engine->sensor == PH_STAR_SENSOR_NONE)
		return;
	bool open = high == (engine->sensor == PH_STAR_SENSOR_OPEN_HIGH);
	enum ph_drawer_state state = open ? PH_DRAWER_STATE_OPEN : PH_DRAWER_STATE_CLOSED;
	bool same = engine->drawer_seen && engine->drawer_raw_open == open;

	engine->drawer_seen = true;
	engine->drawer_raw_open = open;
	if (engine->drawer == PH_DRAWER_STATE_UNKNOWN && !engine->drawer_token)
		set_state(engine, state);
	else if (engine->drawer == state)
		star_timer(engine, PH_STAR_TIMER_DEBOUNCE, 0);
	else if (!same || !engine->at[PH_STAR_TIMER_DEBOUNCE])
		star_timer(engine, PH_STAR_TIMER_DEBOUNCE, PH_STAR_DEBOUNCE_MS);
}

void star_drawer_debounced(struct ph_star_engine *engine)
{
	set_state(engine, engine->drawer_raw_open ? PH_DRAWER_STATE_OPEN : PH_DRAWER_STATE_CLOSED);
}

void star_drawer_timeout(struct ph_star_engine *engine)
{
	bool seen = engine->drawer_seen;

	/* where the status has to be asked for, the level is known only while it is: say nothing of later */
	if (engine->polled) {
		engine->drawer_seen = false;
		set_state(engine, PH_DRAWER_STATE_UNKNOWN);
	}
	reply(engine, seen ? PH_DRAWER_NOT_CONFIRMED : PH_DRAWER_NO_SENSOR, false);
}

void star_drawer_down(struct ph_star_engine *engine)
{
	reply(engine,
		engine->sensor == PH_STAR_SENSOR_NONE ? PH_DRAWER_NO_SENSOR
						      : PH_DRAWER_NOT_CONFIRMED,
		false);
	engine->drawer_seen = false;
	set_state(engine, PH_DRAWER_STATE_UNKNOWN);
}

/*
 * In stream order while the printer prints: between two segments. Drawer 1 has a command that overtakes data; a pulse at
 * drawer 2 would wait behind them for paper, and open the drawer when nobody stands there any more.
 */
static int send_pulse(
	struct ph_star_engine *engine, unsigned drawer, unsigned on_ms, unsigned off_ms)
{
	uint8_t out[PH_STAR_PULSE_MAX];
	bool held = !star_able(engine), busy = engine->job && engine->started;
	bool fast = (held || busy) && drawer == 1 && engine->profile->dialect != PH_STAR_RASTER;
	size_t len;

	if (held && !fast)
		return -EBUSY;
	if (fast)
		len = ph_star_put_fast_pulse(out);
	else
		len = ph_star_put_pulse(out, engine->profile, drawer, on_ms, off_ms);
	return engine->ops->write(engine, out, len);
}

int ph_star_engine_drawer(struct ph_star_engine *engine, uint64_t now, uint32_t token,
	unsigned drawer, unsigned on_ms, unsigned off_ms)
{
	engine->now = now;
	if (engine->step == PH_STAR_STEP_DOWN || engine->step == PH_STAR_STEP_SILENT)
		return -EIO;
	if (engine->step != PH_STAR_STEP_READY || engine->drawer_token)
		return -EBUSY;
	if (engine->drawer == PH_DRAWER_STATE_OPEN && !engine->polled) {
		engine->drawer_token = token;
		reply(engine, PH_DRAWER_OPENED, true);
		return PH_LATER;
	}
	if (engine->last_pulse && now - engine->last_pulse < PH_STAR_PULSE_GAP_MS)
		return -EBUSY;
	engine->drawer_token = token;
	int r = send_pulse(engine, drawer, on_ms, off_ms);
	if (r < 0) {
		engine->drawer_token = 0;
		return r == -ENOTCONN ? -EIO : r;
	}
	engine->last_pulse = now;
	if (engine->sensor == PH_STAR_SENSOR_NONE) {
		reply(engine, PH_DRAWER_NO_SENSOR, false);
		return PH_LATER;
	}
	star_timer(engine, PH_STAR_TIMER_DRAWER, PH_STAR_DRAWER_MS);
	star_plan_poll(engine);
	return PH_LATER;
}
