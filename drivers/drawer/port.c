// A drawer's switch and the calls that wait for it; pulses and questions are sent by whom the port belongs to.
#include "drivers/drawer/port.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#define LEARNT_KEY "drawer_sensor" /* of what poshald keeps */

const char *const ph_drawer_sensor_choices[] = {"none", "open_high", "open_low", "auto", NULL};

int ph_drawer_sensor_parse(const char *word, enum ph_drawer_sensor *ret_sensor)
{
	for (int i = 0; ph_drawer_sensor_choices[i]; i++) {
		if (strcmp(ph_drawer_sensor_choices[i], word))
			continue;
		*ret_sensor = (enum ph_drawer_sensor)i;
		return 0;
	}
	return -EINVAL;
}

void ph_drawer_port_configure(
	struct ph_drawer_port *port, struct ph_device *device, enum ph_drawer_sensor own)
{
	const char *learnt = ph_remembered(device, LEARNT_KEY);
	enum ph_drawer_sensor sensor = PH_SENSOR_AUTO;

	port->own = own;
	ph_drawer_sensor_parse(ph_option_text(device, "drawer_sensor"), &sensor);
	port->polarity = PH_POLARITY_CONFIGURED;
	if (sensor == PH_SENSOR_AUTO) {
		port->polarity = PH_POLARITY_LEARNT;
		if (!learnt || ph_drawer_sensor_parse(learnt, &sensor) < 0)
			sensor = PH_SENSOR_AUTO;
	}
	if (sensor == PH_SENSOR_AUTO) {
		sensor = own;
		port->polarity = own == PH_SENSOR_AUTO ? PH_POLARITY_UNKNOWN : PH_POLARITY_DEVICE;
	}
	port->sensor = sensor;
}

void ph_drawer_port_init(struct ph_drawer_port *port, const struct ph_drawer_port_ops *ops)
{
	port->ops = ops;
	port->state = PH_DRAWER_STATE_UNKNOWN;
	port->level = PH_LEVEL_UNKNOWN;
}

static enum ph_drawer_state state_of(const struct ph_drawer_port *port, enum ph_level level)
{
	if (level == PH_LEVEL_UNKNOWN || !ph_drawer_port_knows(port))
		return PH_DRAWER_STATE_UNKNOWN;
	return (level == PH_LEVEL_HIGH) == (port->sensor == PH_SENSOR_OPEN_HIGH)
		       ? PH_DRAWER_STATE_OPEN
		       : PH_DRAWER_STATE_CLOSED;
}

static void reply(struct ph_drawer_port *port, enum ph_drawer_outcome outcome, bool already)
{
	uint32_t token = port->token;

	port->token = 0;
	port->overdue = false;
	port->ops->wait(port, 0);
	if (token)
		port->ops->reply(port, token, outcome, already);
}

static void settle(struct ph_drawer_port *port, enum ph_level level)
{
	enum ph_drawer_state state = state_of(port, level), before = port->state;
	uint64_t now = port->ops->now(port);

	bool pulsed = port->last_pulse && now - port->last_pulse <= PH_DRAWER_CAUSE_MS;
	bool went_open = state == PH_DRAWER_STATE_OPEN && before == PH_DRAWER_STATE_CLOSED;

	port->level = level;
	port->state = state;
	if (state != before) {
		port->opened = went_open && pulsed ? port->latest : 0;
		port->ops->status(port, state, went_open && !pulsed);
	}
	if (state == PH_DRAWER_STATE_OPEN && port->token)
		reply(port, PH_DRAWER_OPENED, false);
}

static void debounce(struct ph_drawer_port *port, unsigned ms)
{
	port->debouncing = ms != 0;
	port->ops->debounce(port, ms);
}

static void answer_sense(struct ph_drawer_port *port, enum ph_level level)
{
	uint32_t token = port->sense_token;

	port->sense_token = 0;
	if (token)
		port->ops->sensed(port, token, state_of(port, level), level);
}

void ph_drawer_port_level(struct ph_drawer_port *port, bool high)
{
	enum ph_level level = high ? PH_LEVEL_HIGH : PH_LEVEL_LOW;
	bool same = port->seen && port->raw == level;

	if (port->sensor == PH_SENSOR_NONE) {
		/* nobody hears of it, but it may be wanted again */
		port->seen = true;
		port->raw = port->level = level;
		return;
	}
	/* asked once in passing: an answer, and nothing that is known from now on */
	if (port->sense_token && port->once && !port->token) {
		answer_sense(port, level);
		return;
	}
	port->seen = true;
	port->raw = level;
	if (port->level == PH_LEVEL_UNKNOWN && !port->token)
		settle(port, level);
	else if (port->level == level)
		debounce(port, 0);
	else if (!same || !port->debouncing)
		debounce(port, PH_DRAWER_DEBOUNCE_MS);
	if (!port->debouncing)
		answer_sense(port, level);
}

void ph_drawer_port_debounced(struct ph_drawer_port *port)
{
	port->debouncing = false;
	settle(port, port->raw);
	answer_sense(port, port->level);
}

void ph_drawer_port_forget(struct ph_drawer_port *port)
{
	port->seen = false;
	debounce(port, 0);
	settle(port, PH_LEVEL_UNKNOWN);
}

void ph_drawer_port_timeout(struct ph_drawer_port *port, bool pushed)
{
	bool seen = port->seen && ph_drawer_port_knows(port);

	/* what was told in time may have been read only now, by a process that was not run meanwhile: once, as contacts chatter */
	if (port->debouncing && !port->overdue) {
		port->overdue = true;
		port->ops->wait(port, PH_DRAWER_DEBOUNCE_MS);
		return;
	}
	if (!pushed && !port->watching)
		ph_drawer_port_forget(port);
	reply(port, seen ? PH_DRAWER_NOT_CONFIRMED : PH_DRAWER_NO_SENSOR, false);
}

void ph_drawer_port_down(struct ph_drawer_port *port)
{
	reply(port, ph_drawer_port_knows(port) ? PH_DRAWER_NOT_CONFIRMED : PH_DRAWER_NO_SENSOR,
		false);
	ph_drawer_port_forget(port);
	port->watching = false;
	answer_sense(port, PH_LEVEL_UNKNOWN);
}

void ph_drawer_port_note_pulse(struct ph_drawer_port *port, uint64_t now, unsigned drawer)
{
	port->last_pulse = now;
	port->latest = drawer;
	port->used |= 1u << drawer;
	if (port->opened != drawer)
		port->opened = 0;
}

/* Another drawer is on the same switch, as far as pulses tell. */
static bool shares(const struct ph_drawer_port *port, unsigned drawer)
{
	return (port->used & ~(1u << drawer)) != 0;
}

int ph_drawer_port_open(
	struct ph_drawer_port *port, uint64_t now, uint32_t token, unsigned drawer, bool pushed)
{
	if (port->token)
		return -EBUSY;
	if (port->state == PH_DRAWER_STATE_OPEN && (pushed || port->watching) &&
		(!shares(port, drawer) || port->opened == drawer)) {
		port->token = token;
		reply(port, PH_DRAWER_OPENED, true);
		return PH_LATER;
	}
	if (port->last_pulse && now - port->last_pulse < PH_DRAWER_PULSE_GAP_MS)
		return -EBUSY;
	port->token = token;
	return 0;
}

int ph_drawer_port_pulsed(
	struct ph_drawer_port *port, uint64_t now, unsigned drawer, int result, bool sensed)
{
	bool provable = !shares(port, drawer) || port->state == PH_DRAWER_STATE_CLOSED;

	if (result < 0) {
		port->token = 0;
		return result == -ENOTCONN ? -EIO : result;
	}
	ph_drawer_port_note_pulse(port, now, drawer);
	if (!ph_drawer_port_knows(port) || !sensed)
		reply(port, PH_DRAWER_NO_SENSOR, false);
	else if (!provable)
		reply(port, PH_DRAWER_NOT_CONFIRMED, false);
	else
		port->ops->wait(port, PH_DRAWER_WAIT_MS);
	return PH_LATER;
}

int ph_drawer_port_sense(
	struct ph_drawer_port *port, const struct ph_drawer_sense *sense, bool pushed, bool sensed)
{
	if (port->sense_token)
		return -EBUSY;
	bool can = sensed && port->sensor != PH_SENSOR_NONE, watched = port->watching;
	port->watching = sense->watch && can;
	port->once = !port->watching && !pushed;
	port->sense_token = sense->token;
	if (watched && !port->watching && !pushed && !port->token)
		ph_drawer_port_forget(port);
	if (!can || (pushed && !port->debouncing))
		answer_sense(port, can ? port->level : PH_LEVEL_UNKNOWN);
	return PH_LATER;
}

void ph_drawer_port_unanswered(struct ph_drawer_port *port)
{
	answer_sense(port, PH_LEVEL_UNKNOWN);
}

int ph_drawer_port_learn(struct ph_drawer_port *port, struct ph_device *device, const char *word)
{
	enum ph_drawer_sensor sensor = port->own;

	if (port->polarity == PH_POLARITY_CONFIGURED)
		return ph_request_refuse(device, "$.sensor",
			"the device's section says drawer_sensor: remove that to have it learnt");
	if (port->token)
		return -EBUSY;
	if (word && (ph_drawer_sensor_parse(word, &sensor) < 0 || sensor == PH_SENSOR_AUTO))
		return ph_request_refuse(device, "$.sensor", "is open_high, open_low or none");
	ph_remember(device, LEARNT_KEY, word);
	port->sensor = sensor;
	port->polarity = word			    ? PH_POLARITY_LEARNT
			 : sensor == PH_SENSOR_AUTO ? PH_POLARITY_UNKNOWN
						    : PH_POLARITY_DEVICE;
	if (sensor == PH_SENSOR_NONE) {
		port->watching = false;
		debounce(port, 0);
	}
	/* what the level means has changed: nothing has moved */
	enum ph_drawer_state state = state_of(port, port->level);
	if (state != port->state)
		port->ops->status(port, state, false);
	port->state = state;
	return 0;
}
