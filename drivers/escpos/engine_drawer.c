// The cash drawer behind the printer: one pulse per request, and what the sensor says about it.
#include "drivers/escpos/engine_internal.h"

#include <errno.h>

static void reply(struct ph_engine *engine, enum ph_drawer_outcome outcome, bool already)
{
	uint32_t token = engine->drawer_token;

	engine->drawer_token = 0;
	engine_timer(engine, PH_TIMER_DRAWER, 0);
	engine_plan_poll(engine);
	if (token)
		engine->ops->drawer_reply(engine, token, outcome, already);
}

static void set_state(struct ph_engine *engine, enum ph_drawer_state state)
{
	if (engine->drawer != state) {
		engine->drawer = state;
		engine->ops->drawer_status(engine, state);
	}
	if (state == PH_DRAWER_STATE_OPEN && engine->drawer_token)
		reply(engine, PH_DRAWER_OPENED, false);
}

void engine_drawer_level(struct ph_engine *engine, bool high)
{
	if (engine->sensor == PH_SENSOR_NONE)
		return;
	bool open = high == (engine->sensor == PH_SENSOR_OPEN_HIGH);
	enum ph_drawer_state state = open ? PH_DRAWER_STATE_OPEN : PH_DRAWER_STATE_CLOSED;
	bool same = engine->drawer_seen && engine->drawer_raw_open == open;

	engine->drawer_seen = true;
	engine->drawer_raw_open = open;
	if (engine->drawer == PH_DRAWER_STATE_UNKNOWN && !engine->drawer_token)
		set_state(engine, state);
	else if (engine->drawer == state)
		engine_timer(engine, PH_TIMER_DEBOUNCE, 0);
	else if (!same || !engine->at[PH_TIMER_DEBOUNCE])
		engine_timer(engine, PH_TIMER_DEBOUNCE, PH_ENGINE_DEBOUNCE_MS);
}

void engine_drawer_debounced(struct ph_engine *engine)
{
	set_state(engine, engine->drawer_raw_open ? PH_DRAWER_STATE_OPEN : PH_DRAWER_STATE_CLOSED);
}

void engine_drawer_timeout(struct ph_engine *engine)
{
	bool seen = engine->drawer_seen;

	/* without automatic status the level is known only while it is asked for: say nothing of later */
	if (!engine->asb_alive) {
		engine->drawer_seen = false;
		set_state(engine, PH_DRAWER_STATE_UNKNOWN);
	}
	reply(engine, seen ? PH_DRAWER_NOT_CONFIRMED : PH_DRAWER_NO_SENSOR, false);
}

void engine_drawer_down(struct ph_engine *engine)
{
	reply(engine,
		engine->sensor == PH_SENSOR_NONE ? PH_DRAWER_NO_SENSOR : PH_DRAWER_NOT_CONFIRMED,
		false);
	engine->drawer_seen = false;
	set_state(engine, PH_DRAWER_STATE_UNKNOWN);
}

/* In stream order while nothing else is in the stream; in real time past data or a printer that holds. */
static int send_pulse(struct ph_engine *engine, unsigned drawer, unsigned on_ms, unsigned off_ms)
{
	uint8_t out[PH_ESCPOS_PULSE_LEN + PH_ESCPOS_DLE_PULSE_LEN];
	bool busy = (engine->job && engine->started) || !engine_able(engine);
	bool realtime = busy && ph_engine_status_means(engine) != PH_STATUS_NONE;
	size_t len = realtime ? ph_escpos_put_dle_pulse(out, drawer, on_ms)
			      : ph_escpos_put_pulse(out, drawer, on_ms, off_ms);

	return engine->ops->write(engine, out, len);
}

int ph_engine_drawer(struct ph_engine *engine, uint64_t now, uint32_t token, unsigned drawer,
	unsigned on_ms, unsigned off_ms)
{
	engine->now = now;
	if (engine->step == PH_STEP_DOWN || engine->step == PH_STEP_SILENT)
		return -EIO;
	if (engine->step != PH_STEP_READY || engine->drawer_token)
		return -EBUSY;
	if (engine->drawer == PH_DRAWER_STATE_OPEN && engine->asb_alive) {
		engine->drawer_token = token;
		reply(engine, PH_DRAWER_OPENED, true);
		return PH_LATER;
	}
	if (engine->last_pulse && now - engine->last_pulse < PH_ENGINE_PULSE_GAP_MS)
		return -EBUSY;
	engine->drawer_token = token;
	int r = send_pulse(engine, drawer, on_ms, off_ms);
	if (r < 0) {
		engine->drawer_token = 0;
		return r == -ENOTCONN ? -EIO : r;
	}
	engine->last_pulse = now;
	if (engine->sensor == PH_SENSOR_NONE || ph_engine_status_means(engine) == PH_STATUS_NONE) {
		reply(engine, PH_DRAWER_NO_SENSOR, false);
		return PH_LATER;
	}
	engine_timer(engine, PH_TIMER_DRAWER, PH_ENGINE_DRAWER_MS);
	engine_plan_poll(engine);
	return PH_LATER;
}
