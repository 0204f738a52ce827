// A cash drawer with an interface of its own: timers, questions and openings around its port; the bytes are the driver's.
#include "drivers/drawer/box.h"

#include "base/cleanup.h"

#include <errno.h>

#define MISSED_MAX 2 /* unanswered questions in a row: it does not say */

static struct ph_drawer_box *box_of(const struct ph_drawer_port *port)
{
	return PH_CONTAINER_OF(port, struct ph_drawer_box, port);
}

/* One timer for the earliest of ours. */
static void update_timer(struct ph_drawer_box *box)
{
	uint64_t now = ph_now_ms(box->device), first = 0;

	for (int i = 0; i < PH_BOX_TIMER_COUNT_; i++)
		if (box->at[i] && (!first || box->at[i] < first))
			first = box->at[i];
	ph_timer_set(box->device, !first ? 0 : first <= now ? 1 : (unsigned)(first - now));
}

static void set_timer(struct ph_drawer_box *box, enum ph_drawer_box_timer timer, unsigned ms)
{
	box->at[timer] = ms ? ph_now_ms(box->device) + ms : 0;
}

/* ---- the port's calls ---- */

static void port_status(struct ph_drawer_port *port, enum ph_drawer_state state, bool by_hand)
{
	ph_emit_drawer_status(box_of(port)->device, state, by_hand);
}

static void port_reply(
	struct ph_drawer_port *port, uint32_t token, enum ph_drawer_outcome outcome, bool already)
{
	ph_drawer_reply(box_of(port)->device, token, outcome, already);
}

static void port_sensed(struct ph_drawer_port *port, uint32_t token, enum ph_drawer_state state,
	enum ph_level level)
{
	ph_drawer_sensed(box_of(port)->device, token, state, level);
}

static void port_wait(struct ph_drawer_port *port, unsigned ms)
{
	if (!ms)
		box_of(port)->overdue = false;
	set_timer(box_of(port), PH_BOX_TIMER_WAIT, ms);
}

static void port_debounce(struct ph_drawer_port *port, unsigned ms)
{
	set_timer(box_of(port), PH_BOX_TIMER_DEBOUNCE, ms);
}

static uint64_t port_now(const struct ph_drawer_port *port)
{
	return ph_now_ms(box_of(port)->device);
}

static const struct ph_drawer_port_ops port_ops = {
	.status = port_status,
	.reply = port_reply,
	.sensed = port_sensed,
	.wait = port_wait,
	.debounce = port_debounce,
	.now = port_now,
};

/* ---- questions ---- */

static bool senses(const struct ph_drawer_box *box)
{
	return box->model->own != PH_SENSOR_NONE && box->port.sensor != PH_SENSOR_NONE;
}

static bool wanted(const struct ph_drawer_box *box)
{
	return box->up && senses(box) && (box->opening || ph_drawer_port_waits(&box->port));
}

static void ask(struct ph_drawer_box *box)
{
	set_timer(box, PH_BOX_TIMER_ASK, 0);
	box->asking = true;
	/* a question that cannot be put has no answer either */
	set_timer(box, PH_BOX_TIMER_ANSWER, box->model->answer_ms ? box->model->answer_ms : 100);
	box->ops->ask(box->device);
}

static unsigned pause_of(const struct ph_drawer_box *box)
{
	unsigned ms = ph_drawer_port_pause(&box->port);

	return ms > box->model->ask_ms ? ms : box->model->ask_ms;
}

/* After anything: the next question, or silence and nothing that is known any more. */
static void plan(struct ph_drawer_box *box)
{
	if (!wanted(box)) {
		if ((box->asking || box->at[PH_BOX_TIMER_ASK]) && box->ops->rest)
			box->ops->rest(box->device);
		box->asking = false;
		box->missed = 0;
		set_timer(box, PH_BOX_TIMER_ASK, 0);
		set_timer(box, PH_BOX_TIMER_ANSWER, 0);
		if (box->port.seen)
			ph_drawer_port_forget(&box->port);
	} else if (!box->asking &&
		   (!box->at[PH_BOX_TIMER_ASK] ||
			   box->at[PH_BOX_TIMER_ASK] > ph_now_ms(box->device) + pause_of(box))) {
		set_timer(box, PH_BOX_TIMER_ASK, pause_of(box));
	}
	update_timer(box);
}

/* ---- opening ---- */

/* The time is over. Who comes late, because we were not run, asks before that says anything of the drawer. */
static void wait_over(struct ph_drawer_box *box)
{
	bool heard = !box->asking && box->answered_at &&
		     ph_now_ms(box->device) - box->answered_at <= pause_of(box);

	box->overdue = !heard && box->missed < MISSED_MAX;
	if (!box->overdue)
		ph_drawer_port_timeout(&box->port, false);
}

static int pulse(struct ph_drawer_box *box, const struct ph_drawer_request *request)
{
	box->answered_at = 0;
	int r = box->ops->pulse(box->device, request->drawer);

	return ph_drawer_port_pulsed(
		&box->port, ph_now_ms(box->device), request->drawer, r, senses(box));
}

static bool too_soon(const struct ph_drawer_box *box)
{
	uint64_t now = ph_now_ms(box->device), last = box->port.last_pulse;
	unsigned gap = box->model->gap_ms > PH_DRAWER_PULSE_GAP_MS ? box->model->gap_ms
								   : PH_DRAWER_PULSE_GAP_MS;

	return now - box->up_at < box->model->charge_ms || (last && now - last < gap);
}

/* The opening that waited for an answer goes on, with the answer or without. */
static void go_on(struct ph_drawer_box *box, bool known, bool high)
{
	bool open = known && ph_drawer_port_knows(&box->port) &&
		    high == (box->port.sensor == PH_SENSOR_OPEN_HIGH);
	struct ph_drawer_request request = box->request;

	box->opening = false;
	if (open) {
		ph_drawer_reply(box->device, request.token, PH_DRAWER_OPENED, true);
		return;
	}
	int r = too_soon(box) ? -EBUSY
			      : ph_drawer_port_open(&box->port, ph_now_ms(box->device),
					request.token, request.drawer, false);
	if (r == 0)
		r = pulse(box, &request);
	if (r < 0)
		ph_drawer_refuse(box->device, request.token, r);
}

static int open_drawer(struct ph_device *device, const struct ph_drawer_request *request)
{
	struct ph_drawer_box *box = ph_device_state(device);

	if (request->drawer > box->model->pins)
		return ph_request_refuse(
			box->device, "$.n", "this device opens %u drawer", box->model->pins);
	if (box->opening || box->port.token)
		return -EBUSY;
	if (senses(box) && ph_drawer_port_knows(&box->port) && box->model->ask_first &&
		box->port.state == PH_DRAWER_STATE_UNKNOWN) {
		/* that it is open already is an answer too, so what is too soon is refused after it */
		box->opening = true;
		box->request = *request;
		if (!box->asking)
			ask(box);
		plan(box);
		return PH_LATER;
	}
	if (box->port.state != PH_DRAWER_STATE_OPEN && too_soon(box))
		return -EBUSY;
	int r = ph_drawer_port_open(
		&box->port, ph_now_ms(box->device), request->token, request->drawer, false);
	if (r == 0)
		r = pulse(box, request);
	plan(box);
	return r;
}

int ph_drawer_box_note_pulse(struct ph_drawer_box *box)
{
	if (box->opening || box->port.token || too_soon(box))
		return -EBUSY;
	ph_drawer_port_note_pulse(&box->port, ph_now_ms(box->device), 1);
	return 0;
}

/* ---- answers ---- */

void ph_drawer_box_level(struct ph_drawer_box *box, bool high)
{
	if (!box->asking)
		return;
	box->asking = false;
	box->missed = 0;
	box->answered_at = ph_now_ms(box->device);
	set_timer(box, PH_BOX_TIMER_ANSWER, 0);
	if (box->opening)
		go_on(box, true, high);
	else
		ph_drawer_port_level(&box->port, high);
	if (box->overdue)
		wait_over(box);
	plan(box);
}

static void unanswered(struct ph_drawer_box *box)
{
	box->asking = false;
	if (++box->missed < MISSED_MAX)
		return;
	if (box->opening)
		go_on(box, false, false);
	if (box->overdue)
		wait_over(box);
	ph_drawer_port_unanswered(&box->port);
	if (box->port.watching && box->port.seen && !box->port.token)
		ph_drawer_port_forget(&box->port);
}

/* ---- the driver's calls ---- */

void ph_drawer_box_init(struct ph_drawer_box *box, struct ph_device *device,
	const struct ph_drawer_box_model *model, const struct ph_drawer_box_ops *ops)
{
	box->device = device;
	box->model = model;
	box->ops = ops;
	ph_drawer_port_configure(&box->port, device, model->own);
	ph_drawer_port_init(&box->port, &port_ops);
}

void ph_drawer_box_up(struct ph_drawer_box *box)
{
	box->up = true;
	box->up_at = ph_now_ms(box->device);
}

void ph_drawer_box_on_close(struct ph_device *device, bool lost, size_t unsent)
{
	struct ph_drawer_box *box = ph_device_state(device);

	box->up = box->asking = false;
	if (box->opening) /* nothing has left for it */
		ph_drawer_refuse(box->device, box->request.token, -ENOTCONN);
	box->opening = false;
	ph_drawer_port_down(&box->port);
	for (int i = 0; i < PH_BOX_TIMER_COUNT_; i++)
		box->at[i] = 0;
}

static void run_timer(struct ph_drawer_box *box, enum ph_drawer_box_timer timer)
{
	switch (timer) {
	case PH_BOX_TIMER_WAIT:
		wait_over(box);
		break;
	case PH_BOX_TIMER_DEBOUNCE:
		ph_drawer_port_debounced(&box->port);
		break;
	case PH_BOX_TIMER_ASK:
		if (!box->asking)
			ask(box);
		break;
	case PH_BOX_TIMER_ANSWER:
		unanswered(box);
		break;
	case PH_BOX_TIMER_COUNT_:
		break;
	}
}

void ph_drawer_box_on_tick(struct ph_device *device)
{
	struct ph_drawer_box *box = ph_device_state(device);
	uint64_t now = ph_now_ms(box->device);

	for (int i = 0; i < PH_BOX_TIMER_COUNT_; i++) {
		if (!box->at[i] || box->at[i] > now)
			continue;
		box->at[i] = 0;
		run_timer(box, (enum ph_drawer_box_timer)i);
	}
	plan(box);
}

static int sense_drawer(struct ph_device *device, const struct ph_drawer_sense *sense)
{
	struct ph_drawer_box *box = ph_device_state(device);
	int r = ph_drawer_port_sense(&box->port, sense, false, senses(box));

	if (r >= 0 && wanted(box) && !box->asking)
		ask(box);
	plan(box);
	return r;
}

static int learn(struct ph_device *device, const char *sensor)
{
	struct ph_drawer_box *box = ph_device_state(device);

	if (box->model->own == PH_SENSOR_NONE)
		return -EOPNOTSUPP;
	int r = ph_drawer_port_learn(&box->port, device, sensor);
	plan(box);
	if (r == 0 && box->up)
		box->ops->info(device);
	return r;
}

const struct ph_drawer_ops ph_drawer_box_drawer_ops = {
	.open = open_drawer, .sense = sense_drawer, .learn = learn};

struct ph_drawer_capabilities ph_drawer_box_capabilities(const struct ph_drawer_box *box)
{
	return (struct ph_drawer_capabilities){
		.sensor = senses(box) && ph_drawer_port_knows(&box->port),
		.pins = box->model->pins,
		.polarity = box->model->own == PH_SENSOR_NONE ? PH_POLARITY_UNKNOWN
							      : box->port.polarity,
		.polled = senses(box),
	};
}
