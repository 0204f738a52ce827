// The ESC/POS printer driver: the engine between the link and the host.
#include "drivers/display/display.h"
#include "drivers/escpos/state.h"
#include "drivers/printer/abilities.h"
#include "drivers/registry.h"

#include <errno.h>
#include <string.h>

static const struct ph_engine_ops engine_ops;

static int escpos_init(struct ph_device *device)
{
	struct escpos_state *state = ph_device_state(device);

	state->device = device;
	int r = escpos_settings_init(device);
	if (r < 0) {
		escpos_settings_done(state);
		return r;
	}
	state->engine.profile = &state->profile;
	/* a profile that states everything is believed: opening is then one round trip */
	state->engine.identify = state->automatic || state->profile.gs_paren_h == PH_ESCPOS_PROBE ||
				 state->profile.qr == PH_ESCPOS_PROBE;
	state->engine.untied = !strcmp(ph_device_connection(device, "scheme"), "serial");
	/* ids ascend from one process to the next, so that a late answer is never taken for ours */
	state->engine.next_id = (uint32_t)(ph_now_ms(device) / 100 % PH_ESCPOS_PROCESS_ID_COUNT);
	ph_engine_init(&state->engine, &engine_ops);
	escpos_logos_init(state);
	r = escpos_pole_init(state);
	if (r < 0) {
		escpos_pole_done(state);
		escpos_settings_done(state);
	}
	return r;
}

/* ---- the engine's outputs ---- */

static int engine_write(struct ph_engine *engine, const void *data, size_t len)
{
	return ph_link_write(escpos_state_of(engine)->device, data, len);
}

static size_t engine_queued(const struct ph_engine *engine)
{
	const struct escpos_state *state =
		PH_CONTAINER_OF(engine, const struct escpos_state, engine);

	return ph_link_queued(state->device);
}

static void engine_ready(struct ph_engine *engine)
{
	ph_device_ready(escpos_state_of(engine)->device);
}

static void engine_silent(struct ph_engine *engine)
{
	ph_device_not_ready(escpos_state_of(engine)->device,
		PH_REASON_BIT(PH_REASON_NOT_RESPONDING), "the printer does not answer");
}

/* What the printer answered, else what its USB connection says of it. */
static const char *info_text(const struct ph_engine *engine, enum ph_engine_info which)
{
	static const char *const by_usb[PH_INFO_COUNT_] = {[PH_INFO_VENDOR] = "1284_mfg",
		[PH_INFO_MODEL] = "1284_mdl",
		[PH_INFO_SERIAL] = "usb_serial"};
	const struct escpos_state *state =
		PH_CONTAINER_OF(engine, const struct escpos_state, engine);

	if (*engine->info[which])
		return engine->info[which];
	return by_usb[which] ? ph_device_connection(state->device, by_usb[which]) : NULL;
}

static bool engine_recall(struct ph_engine *engine)
{
	return escpos_recall(escpos_state_of(engine), info_text(engine, PH_INFO_SERIAL));
}

static bool engine_wants_keys(struct ph_engine *engine)
{
	return escpos_logos_wanted(escpos_state_of(engine));
}

static void engine_keys(struct ph_engine *engine, const char *keys, size_t len, bool last)
{
	escpos_logos_listed(escpos_state_of(engine), keys, len, last);
}

static void engine_identified(struct ph_engine *engine)
{
	struct escpos_state *state = escpos_state_of(engine);
	const char *vendor = info_text(engine, PH_INFO_VENDOR);
	const char *model = info_text(engine, PH_INFO_MODEL);

	escpos_settings_identified(state, vendor ? vendor : "", model ? model : "");
}

static void engine_resolved(struct ph_engine *engine)
{
	struct escpos_state *state = escpos_state_of(engine);
	const struct ph_escpos_profile *profile = &state->profile;
	struct ph_printer_names names;

	escpos_remember(state, info_text(engine, PH_INFO_SERIAL));
	ph_printer_names_fill(&names, profile->pages, profile->page_count, profile->barcodes);
	struct ph_printer_capabilities printer = {
		.columns = profile->columns[0],
		.columns_b = profile->columns[1],
		.width_dots = profile->width_dots,
		.profile = profile->name,
		.cut_partial = profile->cutter == PH_ESCPOS_CUTTER_PARTIAL ||
			       profile->cutter == PH_ESCPOS_CUTTER_BOTH,
		.cut_full = profile->cutter == PH_ESCPOS_CUTTER_FULL ||
			    profile->cutter == PH_ESCPOS_CUTTER_BOTH,
		.qr = profile->qr == PH_ESCPOS_YES || engine->has_qr,
		.codepages = names.codepages,
		.barcodes = names.barcodes,
		.confirms = ph_engine_confirms(engine),
		.status = ph_engine_status_means(engine),
		.receive_buffer = profile->rx_buffer,
	};
	struct ph_drawer_capabilities drawer = {
		.sensor = ph_drawer_port_knows(&engine->drawer) &&
			  ph_engine_status_means(engine) != PH_STATUS_NONE,
		.pins = profile->drawers,
		.polarity = engine->drawer.polarity,
		.polled = ph_engine_status_means(engine) == PH_STATUS_EOT,
	};
	const char *pages[PH_DISPLAY_PAGES];
	struct ph_display_capabilities display = {0};
	if (state->pole)
		ph_display_capabilities(state->pole, pages, &display);
	ph_emit_info(state->device, &(struct ph_info){.vendor = info_text(engine, PH_INFO_VENDOR),
					    .model = info_text(engine, PH_INFO_MODEL),
					    .serial = info_text(engine, PH_INFO_SERIAL),
					    .firmware = info_text(engine, PH_INFO_FIRMWARE),
					    .printer = &printer,
					    .drawer = &drawer,
					    .display = state->pole ? &display : NULL});
}

static void engine_status(struct ph_engine *engine, const struct ph_printer_status *status)
{
	ph_emit_printer_status(escpos_state_of(engine)->device, status);
}

static void engine_drawer_status(
	struct ph_engine *engine, enum ph_drawer_state drawer, bool by_hand)
{
	ph_emit_drawer_status(escpos_state_of(engine)->device, drawer, by_hand);
}

static void engine_drawer_reply(
	struct ph_engine *engine, uint32_t token, enum ph_drawer_outcome outcome, bool already)
{
	ph_drawer_reply(escpos_state_of(engine)->device, token, outcome, already);
}

static void engine_drawer_sensed(
	struct ph_engine *engine, uint32_t token, enum ph_drawer_state drawer, enum ph_level level)
{
	ph_drawer_sensed(escpos_state_of(engine)->device, token, drawer, level);
}

static void engine_progress(struct ph_engine *engine, unsigned sent, unsigned confirmed)
{
	struct escpos_state *state = escpos_state_of(engine);

	ph_emit_job_progress(state->device, state->job.id, state->job.count, sent, confirmed);
}

static void engine_end(struct ph_engine *engine, enum ph_job_outcome outcome, unsigned confirmed,
	const char *reason)
{
	struct escpos_state *state = escpos_state_of(engine);

	ph_printer_job_drop(&state->job);
	state->job.left_open = engine->left_open;
	ph_emit_job_end(state->device, state->job.id, outcome, state->job.count, confirmed, reason);
}

static void engine_drop(struct ph_engine *engine)
{
	ph_link_drop(escpos_state_of(engine)->device, "the printer has stopped answering");
}

static void engine_ask_port(struct ph_engine *engine)
{
	if (ph_link_ask_port_status(escpos_state_of(engine)->device) == -EOPNOTSUPP)
		engine->port_mute = true;
}

static const struct ph_engine_ops engine_ops = {
	.write = engine_write,
	.queued = engine_queued,
	.ready = engine_ready,
	.silent = engine_silent,
	.recall = engine_recall,
	.identified = engine_identified,
	.wants_keys = engine_wants_keys,
	.keys = engine_keys,
	.resolved = engine_resolved,
	.status = engine_status,
	.drawer_status = engine_drawer_status,
	.drawer_reply = engine_drawer_reply,
	.drawer_sensed = engine_drawer_sensed,
	.progress = engine_progress,
	.end = engine_end,
	.ask_port = engine_ask_port,
	.drop = engine_drop,
};

/* ---- the host's calls ---- */

/* After each input: one timer for the earliest of the engine's. */
void escpos_update_timer(struct ph_device *device)
{
	struct escpos_state *state = ph_device_state(device);

	escpos_logos_step(state);
	escpos_pole_step(state);
	uint64_t due = ph_engine_due(&state->engine), now = ph_now_ms(device);
	uint64_t pole = escpos_pole_due(state);

	if (!due || (pole && pole < due))
		due = pole;
	if (due == state->timer_at)
		return;
	state->timer_at = due;
	if (!due)
		ph_timer_set(device, 0);
	else
		ph_timer_set(device, due > now ? (unsigned)(due - now) : 1);
}

static int escpos_open(struct ph_device *device)
{
	struct escpos_state *state = ph_device_state(device);

	/* a USB printer has said who it is, or at least its ids do; what it answers itself counts for more */
	const char *vendor = ph_device_connection(device, "1284_mfg");
	const char *model = ph_device_connection(device, "1284_mdl");
	const char *ids = ph_device_connection(device, "usb_id");
	const bool found = state->automatic && model &&
			   escpos_settings_identified(state, vendor ? vendor : "", model);
	if (!found && ids)
		escpos_settings_by_usb(state, ids);
	state->timer_at = 0;
	escpos_pole_link_up(state);
	ph_engine_link_up(&state->engine, ph_now_ms(device));
	escpos_update_timer(device);
	return PH_LATER;
}

static void escpos_close(struct ph_device *device, bool lost, size_t unsent)
{
	struct escpos_state *state = ph_device_state(device);

	escpos_pole_link_down(state);
	ph_engine_link_down(&state->engine, ph_now_ms(device));
	state->timer_at = 0;
}

static void escpos_done(struct ph_device *device)
{
	struct escpos_state *state = ph_device_state(device);

	ph_printer_job_drop(&state->job);
	escpos_logos_drop(state);
	escpos_pole_done(state);
	escpos_settings_done(state);
}

static void escpos_receive(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct escpos_state *state = ph_device_state(device);

	ph_engine_receive(&state->engine, ph_now_ms(device), data, len);
	escpos_update_timer(device);
}

static void escpos_tick(struct ph_device *device)
{
	struct escpos_state *state = ph_device_state(device);

	state->timer_at = 0;
	ph_engine_tick(&state->engine, ph_now_ms(device));
	escpos_pole_tick(state);
	escpos_update_timer(device);
}

static void escpos_sent(struct ph_device *device)
{
	struct escpos_state *state = ph_device_state(device);

	ph_engine_sent(&state->engine, ph_now_ms(device));
	escpos_update_timer(device);
}

static bool escpos_idle(struct ph_device *device)
{
	const struct escpos_state *state = ph_device_state(device);

	/* a display wants its link all the time */
	return !state->pole && !state->job.bytes && state->engine.step == PH_STEP_READY &&
	       !ph_engine_due(&state->engine);
}

static void escpos_port_status(struct ph_device *device, int status)
{
	struct escpos_state *state = ph_device_state(device);

	ph_engine_port_status(&state->engine, ph_now_ms(device), status);
	escpos_update_timer(device);
}

static int escpos_direct(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct escpos_state *state = ph_device_state(device);

	/* between the bytes of a job there is no place for others */
	return state->job.bytes ? -EBUSY : ph_link_write(device, data, len);
}

static void escpos_start(struct ph_device *device)
{
	struct escpos_state *state = ph_device_state(device);

	ph_engine_start(&state->engine, ph_now_ms(device));
	escpos_update_timer(device);
}

static int escpos_cancel(struct ph_device *device, const char *job)
{
	struct escpos_state *state = ph_device_state(device);
	int r = ph_engine_cancel(&state->engine, ph_now_ms(device), job);

	escpos_update_timer(device);
	return r;
}

static int escpos_drawer(struct ph_device *device, const struct ph_drawer_request *request)
{
	struct escpos_state *state = ph_device_state(device);
	const struct ph_escpos_profile *profile = &state->profile;

	if (request->drawer > profile->drawers)
		return ph_request_refuse(
			device, "$.n", "the printer opens %u drawers", profile->drawers);
	int r = ph_engine_drawer(&state->engine, ph_now_ms(device), request->token, request->drawer,
		request->on_ms ? request->on_ms : profile->pulse_on_ms,
		request->off_ms ? request->off_ms : profile->pulse_off_ms);
	escpos_update_timer(device);
	return r;
}

static int escpos_drawer_sense(struct ph_device *device, const struct ph_drawer_sense *sense)
{
	struct escpos_state *state = ph_device_state(device);
	int r = ph_engine_drawer_sense(&state->engine, ph_now_ms(device), sense);

	escpos_update_timer(device);
	return r;
}

static int escpos_drawer_learn(struct ph_device *device, const char *sensor)
{
	struct escpos_state *state = ph_device_state(device);
	int r = ph_drawer_port_learn(&state->engine.drawer, device, sensor);

	if (r == 0 && state->engine.step == PH_STEP_READY)
		engine_resolved(&state->engine);
	escpos_update_timer(device);
	return r;
}

static void escpos_refresh(struct ph_device *device)
{
	struct escpos_state *state = ph_device_state(device);

	ph_engine_refresh(&state->engine, ph_now_ms(device));
	escpos_update_timer(device);
}

static const struct ph_printer_ops printer_ops = {
	.print = escpos_print,
	.start = escpos_start,
	.cancel = escpos_cancel,
	.explain = escpos_explain,
	.refresh = escpos_refresh,
};

static const struct ph_drawer_ops drawer_ops = {
	.open = escpos_drawer,
	.sense = escpos_drawer_sense,
	.learn = escpos_drawer_learn,
};

static const struct ph_display_ops display_ops = {.show = escpos_show, .line = escpos_line};

static const char *const connections[] = {"serial", "tcp", "usb", NULL};

const struct ph_driver ph_driver_escpos = {
	.name = "escpos",
	.version = POSHAL_VERSION,
	.summary = "ESC/POS receipt printers with cash drawer port",
	.classes = PH_CLASS_BIT(PH_CLASS_PRINTER) | PH_CLASS_BIT(PH_CLASS_DRAWER) |
		   PH_CLASS_BIT(PH_CLASS_DISPLAY),
	.classes_named = PH_CLASS_BIT(PH_CLASS_DISPLAY),
	.connections = connections,
	.options = escpos_options,
	.option_count = ESCPOS_OPTIONS,
	.state_size = sizeof(struct escpos_state),
	.init = escpos_init,
	.open = escpos_open,
	.close = escpos_close,
	.done = escpos_done,
	.receive = escpos_receive,
	.tick = escpos_tick,
	.sent = escpos_sent,
	.port_status = escpos_port_status,
	.idle = escpos_idle,
	.direct = escpos_direct,
	.printer = &printer_ops,
	.drawer = &drawer_ops,
	.display = &display_ops,
};
