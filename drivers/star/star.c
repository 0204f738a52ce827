// The Star printer driver: the engine between the link and the host.
#include "drivers/printer/abilities.h"
#include "drivers/printer/profile_file.h"
#include "drivers/registry.h"
#include "drivers/star/state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct ph_star_engine_ops engine_ops;

static int star_init(struct ph_device *device)
{
	struct star_state *state = ph_device_state(device);
	const char *scheme = ph_device_connection(device, "scheme");

	state->device = device;
	int r = star_settings_init(device);
	if (r < 0)
		return r;
	state->engine.profile = &state->profile;
	state->engine.identify = state->automatic;
	state->engine.untied = !strcmp(scheme, "serial");
	/* the printer class of USB has no automatic status (ESC RS a) */
	state->engine.polled = !strcmp(scheme, "usb");
	/* ids differ from one process to the next, so that a late answer is never taken for ours */
	state->engine.next_id = (uint16_t)(ph_now_ms(device) / 100 % UINT16_MAX + 1);
	ph_star_engine_init(&state->engine, &engine_ops);
	return 0;
}

/* ---- the engine's outputs ---- */

static int engine_write(struct ph_star_engine *engine, const void *data, size_t len)
{
	return ph_link_write(star_state_of(engine)->device, data, len);
}

static size_t engine_queued(const struct ph_star_engine *engine)
{
	const struct star_state *state = PH_CONTAINER_OF(engine, const struct star_state, engine);

	return ph_link_queued(state->device);
}

static void engine_ready(struct ph_star_engine *engine)
{
	ph_device_ready(star_state_of(engine)->device);
}

static void engine_silent(struct ph_star_engine *engine)
{
	ph_device_not_ready(star_state_of(engine)->device, PH_REASON_BIT(PH_REASON_NOT_RESPONDING),
		"the printer does not answer");
}

/* What the printer answered, else what its USB connection says of it. */
static const char *text_or(struct star_state *state, const char *text, const char *by_usb)
{
	return *text ? text : ph_device_connection(state->device, by_usb);
}

static void engine_identified(struct ph_star_engine *engine)
{
	struct star_state *state = star_state_of(engine);

	star_settings_identified(state, text_or(state, engine->model, "1284_mdl"));
}

static void emit_info(struct star_state *state, const struct ph_printer_capabilities *printer)
{
	struct ph_star_engine *engine = &state->engine;
	char model[sizeof engine->model];
	const char *all = text_or(state, engine->model, "1284_mdl");
	struct ph_drawer_capabilities drawer = {
		.sensor = ph_drawer_port_knows(&engine->drawer),
		.pins = state->profile.drawers,
		.polarity = engine->drawer.polarity,
		.polled = engine->polled,
	};
	char *version = NULL;

	/* "TSP654II Ver1.2" */
	model[0] = '\0';
	if (all) {
		snprintf(model, sizeof model, "%s", all);
		version = strstr(model, "Ver");
	}
	if (version && version > model) {
		version[-1] = '\0';
		version += 3;
	}
	ph_emit_info(state->device, &(struct ph_info){.vendor = "Star",
					    .model = *model ? model : NULL,
					    .serial = text_or(state, engine->serial, "usb_serial"),
					    .firmware = version,
					    .printer = printer,
					    .drawer = &drawer});
}

static void engine_resolved(struct ph_star_engine *engine)
{
	struct star_state *state = star_state_of(engine);
	const struct ph_star_profile *profile = &state->profile;
	struct ph_printer_names names;

	ph_printer_names_fill(&names, profile->pages, profile->page_count, profile->barcodes);
	emit_info(state, &(struct ph_printer_capabilities){
				 .columns = profile->columns[0],
				 .columns_b = profile->columns[1],
				 .width_dots = profile->width_dots,
				 .profile = profile->name,
				 .cut_partial = profile->cutter == PH_STAR_CUTTER_PARTIAL ||
						profile->cutter == PH_STAR_CUTTER_BOTH,
				 .cut_full = profile->cutter == PH_STAR_CUTTER_FULL ||
					     profile->cutter == PH_STAR_CUTTER_BOTH,
				 .qr = profile->qr,
				 .codepages = names.codepages,
				 .barcodes = names.barcodes,
				 .confirms = ph_star_engine_confirms(engine),
				 .status = PH_STATUS_ASB,
				 .receive_buffer = profile->rx_buffer,
			 });
}

static void engine_status(struct ph_star_engine *engine, const struct ph_printer_status *status)
{
	ph_emit_printer_status(star_state_of(engine)->device, status);
}

static void engine_drawer_status(
	struct ph_star_engine *engine, enum ph_drawer_state drawer, bool by_hand)
{
	ph_emit_drawer_status(star_state_of(engine)->device, drawer, by_hand);
}

static void engine_drawer_reply(
	struct ph_star_engine *engine, uint32_t token, enum ph_drawer_outcome outcome, bool already)
{
	ph_drawer_reply(star_state_of(engine)->device, token, outcome, already);
}

static void engine_drawer_sensed(struct ph_star_engine *engine, uint32_t token,
	enum ph_drawer_state drawer, enum ph_level level)
{
	ph_drawer_sensed(star_state_of(engine)->device, token, drawer, level);
}

static void engine_progress(struct ph_star_engine *engine, unsigned sent, unsigned confirmed)
{
	struct star_state *state = star_state_of(engine);

	ph_emit_job_progress(state->device, state->job.id, state->job.count, sent, confirmed);
}

static void engine_end(struct ph_star_engine *engine, enum ph_job_outcome outcome,
	unsigned confirmed, const char *reason)
{
	struct star_state *state = star_state_of(engine);

	ph_printer_job_drop(&state->job);
	state->job.left_open = engine->left_open;
	ph_emit_job_end(state->device, state->job.id, outcome, state->job.count, confirmed, reason);
}

static void engine_drop(struct ph_star_engine *engine)
{
	ph_link_drop(star_state_of(engine)->device, "the printer has stopped answering");
}

static const struct ph_star_engine_ops engine_ops = {
	.write = engine_write,
	.queued = engine_queued,
	.ready = engine_ready,
	.silent = engine_silent,
	.identified = engine_identified,
	.resolved = engine_resolved,
	.status = engine_status,
	.drawer_status = engine_drawer_status,
	.drawer_reply = engine_drawer_reply,
	.drawer_sensed = engine_drawer_sensed,
	.progress = engine_progress,
	.end = engine_end,
	.drop = engine_drop,
};

/* ---- the host's calls ---- */

/* After each input: one timer for the earliest of the engine's. */
static void update_timer(struct ph_device *device)
{
	struct star_state *state = ph_device_state(device);
	uint64_t due = ph_star_engine_due(&state->engine), now = ph_now_ms(device);

	if (due == state->timer_at)
		return;
	state->timer_at = due;
	if (!due)
		ph_timer_set(device, 0);
	else
		ph_timer_set(device, due > now ? (unsigned)(due - now) : 1);
}

static int star_open(struct ph_device *device)
{
	struct star_state *state = ph_device_state(device);

	state->timer_at = 0;
	ph_star_engine_link_up(&state->engine, ph_now_ms(device));
	update_timer(device);
	return PH_LATER;
}

static void star_close(struct ph_device *device, bool lost, size_t unsent)
{
	struct star_state *state = ph_device_state(device);

	ph_star_engine_link_down(&state->engine, ph_now_ms(device));
	state->timer_at = 0;
}

static void star_done(struct ph_device *device)
{
	struct star_state *state = ph_device_state(device);

	ph_printer_job_drop(&state->job);
	ph_profile_file_drop(&state->profiles);
}

static void star_receive(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct star_state *state = ph_device_state(device);

	ph_star_engine_receive(&state->engine, ph_now_ms(device), data, len);
	update_timer(device);
}

static void star_tick(struct ph_device *device)
{
	struct star_state *state = ph_device_state(device);

	state->timer_at = 0;
	ph_star_engine_tick(&state->engine, ph_now_ms(device));
	update_timer(device);
}

static void star_sent(struct ph_device *device)
{
	struct star_state *state = ph_device_state(device);

	ph_star_engine_sent(&state->engine, ph_now_ms(device));
	update_timer(device);
}

static int star_direct(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct star_state *state = ph_device_state(device);

	/* between the bytes of a job there is no place for others */
	return state->job.bytes ? -EBUSY : ph_link_write(device, data, len);
}

static void star_start(struct ph_device *device)
{
	struct star_state *state = ph_device_state(device);

	ph_star_engine_start(&state->engine, ph_now_ms(device));
	update_timer(device);
}

static int star_cancel(struct ph_device *device, const char *job)
{
	struct star_state *state = ph_device_state(device);
	int r = ph_star_engine_cancel(&state->engine, ph_now_ms(device), job);

	update_timer(device);
	return r;
}

static int star_drawer(struct ph_device *device, const struct ph_drawer_request *request)
{
	struct star_state *state = ph_device_state(device);
	const struct ph_star_profile *profile = &state->profile;

	if (request->drawer > profile->drawers)
		return ph_request_refuse(
			device, "$.n", "the printer opens %u drawers", profile->drawers);
	int r = ph_star_engine_drawer(&state->engine, ph_now_ms(device), request->token,
		request->drawer, request->on_ms ? request->on_ms : profile->pulse_on_ms,
		request->off_ms ? request->off_ms : profile->pulse_off_ms);
	update_timer(device);
	return r;
}

static int star_drawer_sense(struct ph_device *device, const struct ph_drawer_sense *sense)
{
	struct star_state *state = ph_device_state(device);
	int r = ph_star_engine_drawer_sense(&state->engine, ph_now_ms(device), sense);

	update_timer(device);
	return r;
}

static int star_drawer_learn(struct ph_device *device, const char *sensor)
{
	struct star_state *state = ph_device_state(device);
	int r = ph_drawer_port_learn(&state->engine.drawer, device, sensor);

	if (r == 0 && state->engine.step == PH_STAR_STEP_READY)
		engine_resolved(&state->engine);
	update_timer(device);
	return r;
}

static void star_refresh(struct ph_device *device)
{
	struct star_state *state = ph_device_state(device);

	ph_star_engine_refresh(&state->engine, ph_now_ms(device));
	update_timer(device);
}

static const struct ph_printer_ops printer_ops = {
	.print = star_print,
	.start = star_start,
	.cancel = star_cancel,
	.explain = star_explain,
	.refresh = star_refresh,
};

static const struct ph_drawer_ops drawer_ops = {
	.open = star_drawer,
	.sense = star_drawer_sense,
	.learn = star_drawer_learn,
};

static const char *const connections[] = {"serial", "tcp", "usb", NULL};

const struct ph_driver ph_driver_star = {
	.name = "star",
	.version = POSHAL_VERSION,
	.summary = "Star receipt printers (StarPRNT, Star Line Mode, graphic mode) with cash "
		   "drawer port",
	.classes = PH_CLASS_BIT(PH_CLASS_PRINTER) | PH_CLASS_BIT(PH_CLASS_DRAWER),
	.connections = connections,
	.options = star_options,
	.option_count = PH_ARRAY_SIZE(star_options),
	.state_size = sizeof(struct star_state),
	.init = star_init,
	.open = star_open,
	.close = star_close,
	.done = star_done,
	.receive = star_receive,
	.tick = star_tick,
	.sent = star_sent,
	.direct = star_direct,
	.printer = &printer_ops,
	.drawer = &drawer_ops,
};
