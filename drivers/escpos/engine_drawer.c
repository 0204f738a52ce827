// The cash drawer behind the printer: how a pulse is sent, and what tells the level of its switch.
#include "drivers/escpos/engine_internal.h"

#include <errno.h>

#include "base/cleanup.h"

static struct ph_engine *engine_of(struct ph_drawer_port *port)
{
	return PH_CONTAINER_OF(port, struct ph_engine, drawer);
}

static void port_status(struct ph_drawer_port *port, enum ph_drawer_state state, bool by_hand)
{
	struct ph_engine *engine = engine_of(port);

	engine->ops->drawer_status(engine, state, by_hand);
}

static void port_reply(
	struct ph_drawer_port *port, uint32_t token, enum ph_drawer_outcome outcome, bool already)
{
	struct ph_engine *engine = engine_of(port);

	engine->ops->drawer_reply(engine, token, outcome, already);
}

static void port_sensed(struct ph_drawer_port *port, uint32_t token, enum ph_drawer_state state,
	enum ph_level level)
{
	struct ph_engine *engine = engine_of(port);

	engine->ops->drawer_sensed(engine, token, state, level);
}

static uint64_t port_now(const struct ph_drawer_port *port)
{
	return PH_CONTAINER_OF(port, struct ph_engine, drawer)->now;
}

/* While a call waits the level is asked for, where it is not told. */
static void port_wait(struct ph_drawer_port *port, unsigned ms)
{
	engine_timer(engine_of(port), PH_TIMER_DRAWER, ms);
	engine_plan_poll(engine_of(port));
}

static void port_debounce(struct ph_drawer_port *port, unsigned ms)
{
	engine_timer(engine_of(port), PH_TIMER_DEBOUNCE, ms);
}

const struct ph_drawer_port_ops engine_drawer_ops = {
	.status = port_status,
	.reply = port_reply,
	.wait = port_wait,
	.debounce = port_debounce,
	.sensed = port_sensed,
	.now = port_now,
};

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
	if (engine->step != PH_STEP_READY)
		return -EBUSY;
	int r = ph_drawer_port_open(&engine->drawer, now, token, drawer, engine->asb_alive);
	if (r != 0)
		return r;
	r = send_pulse(engine, drawer, on_ms, off_ms);
	return ph_drawer_port_pulsed(
		&engine->drawer, now, drawer, r, ph_engine_status_means(engine) != PH_STATUS_NONE);
}

int ph_engine_drawer_sense(
	struct ph_engine *engine, uint64_t now, const struct ph_drawer_sense *sense)
{
	engine->now = now;
	if (engine->step == PH_STEP_DOWN || engine->step == PH_STEP_SILENT)
		return -EIO;
	if (engine->step != PH_STEP_READY)
		return -EBUSY;
	int r = ph_drawer_port_sense(
		&engine->drawer, sense, engine->asb_alive, engine->asb_alive || engine->eot_works);
	engine_plan_poll(engine);
	return r;
}
