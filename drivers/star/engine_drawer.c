// The cash drawer behind the printer: how a pulse is sent, and what tells the level of its switch.
#include "drivers/star/engine_internal.h"

#include <errno.h>

#include "base/cleanup.h"

static struct ph_star_engine *engine_of(struct ph_drawer_port *port)
{
	return PH_CONTAINER_OF(port, struct ph_star_engine, drawer);
}

static void port_status(struct ph_drawer_port *port, enum ph_drawer_state state, bool by_hand)
{
	struct ph_star_engine *engine = engine_of(port);

	engine->ops->drawer_status(engine, state, by_hand);
}

static void port_reply(
	struct ph_drawer_port *port, uint32_t token, enum ph_drawer_outcome outcome, bool already)
{
	struct ph_star_engine *engine = engine_of(port);

	engine->ops->drawer_reply(engine, token, outcome, already);
}

static void port_sensed(struct ph_drawer_port *port, uint32_t token, enum ph_drawer_state state,
	enum ph_level level)
{
	struct ph_star_engine *engine = engine_of(port);

	engine->ops->drawer_sensed(engine, token, state, level);
}

static uint64_t port_now(const struct ph_drawer_port *port)
{
	return PH_CONTAINER_OF(port, struct ph_star_engine, drawer)->now;
}

/* While a call waits the level is asked for, where it is not told. */
static void port_wait(struct ph_drawer_port *port, unsigned ms)
{
	star_timer(engine_of(port), PH_STAR_TIMER_DRAWER, ms);
	star_plan_poll(engine_of(port));
}

static void port_debounce(struct ph_drawer_port *port, unsigned ms)
{
	star_timer(engine_of(port), PH_STAR_TIMER_DEBOUNCE, ms);
}

const struct ph_drawer_port_ops star_drawer_ops = {
	.status = port_status,
	.reply = port_reply,
	.wait = port_wait,
	.debounce = port_debounce,
	.sensed = port_sensed,
	.now = port_now,
};

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
	if (engine->step != PH_STAR_STEP_READY)
		return -EBUSY;
	int r = ph_drawer_port_open(&engine->drawer, now, token, drawer, !engine->polled);
	if (r != 0)
		return r;
	r = send_pulse(engine, drawer, on_ms, off_ms);
	return ph_drawer_port_pulsed(&engine->drawer, now, drawer, r, true);
}

int ph_star_engine_drawer_sense(
	struct ph_star_engine *engine, uint64_t now, const struct ph_drawer_sense *sense)
{
	engine->now = now;
	if (engine->step == PH_STAR_STEP_DOWN || engine->step == PH_STAR_STEP_SILENT)
		return -EIO;
	if (engine->step != PH_STAR_STEP_READY)
		return -EBUSY;
	int r = ph_drawer_port_sense(&engine->drawer, sense, !engine->polled, true);
	star_plan_poll(engine);
	return r;
}
