// Datalogic Magellan counter devices on a single cable: a scanner and a scale share the line.
#include "base/cleanup.h"
#include "drivers/registry.h"
#include "drivers/scale/weigher.h"
#include "protocols/scale/scale.h"
#include "protocols/scanner-serial/single_cable.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ANSWER_MAX 16 /* bytes of a scale's answer: "S14", a state, five digits, CR */

struct state {
	struct ph_single_cable cable;
	struct ph_scale scale;
	struct ph_weigher weigher;
};

static int command(struct ph_device *device, unsigned code)
{
	uint8_t bytes[4];

	ph_single_cable_command(code, bytes);
	return ph_link_write(device, bytes, sizeof bytes);
}

static int ask(struct ph_device *device, enum ph_weigher_job job, const char *tare, bool second)
{
	struct state *state = ph_device_state(device);

	if (job != PH_WEIGHER_READ)
		return -EOPNOTSUPP;
	ph_scale_flush(&state->scale);
	return command(device, PH_SINGLE_CABLE_MONITOR);
}

static const struct ph_weigher_ops weigher_ops = {.ask = ask};

static int magellan_init(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	ph_scale_init(&state->scale, ph_scale_protocol_by_name("magellan"),
		ph_weigher_unit(ph_option_text(device, "unit")), -1);
	ph_weigher_init(&state->weigher, &weigher_ops);
	return 0;
}

static int magellan_open(struct ph_device *device)
{
	static const struct ph_scanner_capabilities scanner = {.beep = true, .enable = true};
	static const struct ph_scale_capabilities scale = {.live = true, .stability = true};
	struct state *state = ph_device_state(device);

	ph_single_cable_init(&state->cable, true);
	ph_emit_info(device,
		&(struct ph_info){.vendor = "Datalogic", .scanner = &scanner, .scale = &scale});
	return 0;
}

static void magellan_close(struct ph_device *device, bool lost, size_t unsent)
{
	struct state *state = ph_device_state(device);

	ph_weigher_close(&state->weigher);
}

static void take_label(struct ph_device *device, const struct ph_single_cable_frame *frame)
{
	const struct ph_symbology *symbology;
	struct ph_scan scan = {.data = frame->data, .data_len = frame->len};

	if (ph_single_cable_label(
		    frame, &symbology, &scan.upos_type, &scan.label, &scan.label_len) < 0) {
		ph_emit_dropped(device, 1, PH_DROP_GARBLED);
		return;
	}
	scan.symbology = symbology->name;
	ph_emit_scan(device, &scan);
}

/* The answers of the scale are read as those of one on a cable of its own. */
static void take_answer(struct ph_device *device, const struct ph_single_cable_frame *frame)
{
	struct state *state = ph_device_state(device);
	struct ph_scale_reading reading;
	char line[ANSWER_MAX + 4];

	if (frame->len > ANSWER_MAX - 4)
		return;
	int n = snprintf(line, sizeof line, "S%02u%.*s\r", frame->code, (int)frame->len,
		(const char *)frame->data);
	ph_scale_feed(&state->scale, line, (size_t)n);
	while (ph_scale_next(&state->scale, &reading) > 0) {
		enum ph_scale_unit unit = state->scale.unit;
		if (reading.kind == PH_SCALE_WEIGHT && unit != PH_SCALE_UNIT_NONE &&
			unit != reading.unit) {
			reading.kind = PH_SCALE_UNIT_MISMATCH;
			reading.stable = false;
		}
		ph_weigher_take(&state->weigher, device, &reading);
	}
}

static void magellan_receive(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct state *state = ph_device_state(device);
	struct ph_single_cable_frame frame;
	int r;

	ph_single_cable_feed(&state->cable, data, len);
	while ((r = ph_single_cable_next(&state->cable, &frame)) != 0) {
		if (r == -EMSGSIZE)
			ph_emit_dropped(device, 1, PH_DROP_TOO_LONG);
		else if (r < 0)
			ph_emit_dropped(device, 1, PH_DROP_GARBLED);
		else if (frame.code == PH_SINGLE_CABLE_LABEL)
			take_label(device, &frame);
		else if (frame.code == PH_SINGLE_CABLE_MONITOR)
			take_answer(device, &frame);
	}
}

static void magellan_tick(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	ph_weigher_tick(&state->weigher, device);
}

static int scanner_enable(struct ph_device *device, bool on)
{
	return command(device, on ? PH_SINGLE_CABLE_ENABLE : PH_SINGLE_CABLE_DISABLE);
}

static int scanner_beep(struct ph_device *device, enum ph_beep kind)
{
	return kind == PH_BEEP_NOT_ON_FILE ? command(device, PH_SINGLE_CABLE_NOT_ON_FILE)
					   : -EOPNOTSUPP;
}

static int scale_read(struct ph_device *device, bool live, unsigned timeout_ms)
{
	struct state *state = ph_device_state(device);

	return ph_weigher_read(&state->weigher, device, live, timeout_ms);
}

static int scale_live(struct ph_device *device, bool on)
{
	struct state *state = ph_device_state(device);

	return ph_weigher_live(&state->weigher, device, on);
}

static const struct ph_scanner_ops scanner_ops = {.enable = scanner_enable, .beep = scanner_beep};
static const struct ph_scale_ops scale_ops = {.read = scale_read, .live = scale_live};

static const char *const connections[] = {"serial", "tcp", NULL};
static const char *const units[] = {"as_sent", "kg", "lb", NULL};

static const struct ph_option options[] = {
	{.name = "unit",
		.type = PH_OPTION_CHOICE,
		.choices = units,
		.preset = "as_sent",
		.summary = "the unit it weighs in; another one is refused, nothing is converted"},
};

const struct ph_driver ph_driver_magellan = {
	.name = "magellan",
	.version = POSHAL_VERSION,
	.summary = "Datalogic Magellan scanner and scale on a single serial cable",
	.classes = PH_CLASS_BIT(PH_CLASS_SCANNER) | PH_CLASS_BIT(PH_CLASS_SCALE),
	.connections = connections,
	.options = options,
	.option_count = PH_ARRAY_SIZE(options),
	.state_size = sizeof(struct state),
	.init = magellan_init,
	.open = magellan_open,
	.close = magellan_close,
	.receive = magellan_receive,
	.tick = magellan_tick,
	.scanner = &scanner_ops,
	.scale = &scale_ops,
};
