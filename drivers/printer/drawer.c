// A drawer's switch and the call that waits for it; pulses are sent by the engine of the printer.
#include "drivers/printer/drawer.h"

#include <errno.h>
#include <stddef.h>

const char *const ph_drawer_sensor_choices[] = {"none", "open_high", "open_low", NULL};

void ph_drawer_port_init(struct ph_drawer_port *port, const struct ph_drawer_port_ops *ops)
{
	port->ops = ops;
	port->state = PH_DRAWER_STATE_UNKNOWN;
}

static void reply(struct ph_drawer_port *port, enum ph_drawer_outcome outcome, bool already)
{
	uint32_t token = port->token;

	port->token = 0;
	port->ops->wait(port, 0);
	if (token)
		port->ops->reply(port, token, outcome, already);
}

static void set_state(struct ph_drawer_port *port, enum ph_drawer_state state)
{
	if (port->state != state) {
		port->state = state;
		port->ops->status(port, state);
	}
	if (state == PH_DRAWER_STATE_OPEN && port->token)
		reply(port, PH_DRAWER_OPENED, false);
}

static void debounce(struct ph_drawer_port *port, unsigned ms)
{
	port->debouncing = ms != 0;
	port->ops->debounce(port, ms);
}

void ph_drawer_port_level(struct ph_drawer_port *port, bool high)
{
	if (port->sensor == PH_SENSOR_NONE)
		return;
	bool open = high == (port->sensor == PH_SENSOR_OPEN_HIGH);
	enum ph_drawer_state state = open ? PH_DRAWER_STATE_OPEN : PH_DRAWER_STATE_CLOSED;
	bool same = port->seen && port->raw_open == open;

	port->seen = true;
	port->raw_open = open;
	if (port->state == PH_DRAWER_STATE_UNKNOWN && !port->token)
		set_state(port, state);
	else if (port->state == state)
		debounce(port, 0);
	else if (!same || !port->debouncing)
		debounce(port, PH_DRAWER_DEBOUNCE_MS);
}

void ph_drawer_port_debounced(struct ph_drawer_port *port)
{
	port->debouncing = false;
	set_state(port, port->raw_open ? PH_DRAWER_STATE_OPEN : PH_DRAWER_STATE_CLOSED);
}

void ph_drawer_port_timeout(struct ph_drawer_port *port, bool pushed)
{
	bool seen = port->seen;

	if (!pushed) {
		port->seen = false;
		set_state(port, PH_DRAWER_STATE_UNKNOWN);
	}
	reply(port, seen ? PH_DRAWER_NOT_CONFIRMED : PH_DRAWER_NO_SENSOR, false);
}

void ph_drawer_port_down(struct ph_drawer_port *port)
{
	reply(port, port->sensor == PH_SENSOR_NONE ? PH_DRAWER_NO_SENSOR : PH_DRAWER_NOT_CONFIRMED,
		false);
	port->seen = false;
	debounce(port, 0);
	set_state(port, PH_DRAWER_STATE_UNKNOWN);
}

int ph_drawer_port_open(struct ph_drawer_port *port, uint64_t now, uint32_t token, bool pushed)
{
	if (port->token)
		return -EBUSY;
	if (port->state == PH_DRAWER_STATE_OPEN && pushed) {
		port->token = token;
		reply(port, PH_DRAWER_OPENED, true);
		return PH_LATER;
	}
	if (port->last_pulse && now - port->last_pulse < PH_DRAWER_PULSE_GAP_MS)
		return -EBUSY;
	port->token = token;
	return 0;
}

int ph_drawer_port_pulsed(struct ph_drawer_port *port, uint64_t now, int result, bool sensed)
{
	if (result < 0) {
		port->token = 0;
		return result == -ENOTCONN ? -EIO : result;
	}
	port->last_pulse = now;
	if (port->sensor == PH_SENSOR_NONE || !sensed)
		reply(port, PH_DRAWER_NO_SENSOR, false);
	else
		port->ops->wait(port, PH_DRAWER_WAIT_MS);
	return PH_LATER;
}
