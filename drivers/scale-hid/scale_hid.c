// USB HID scales (usage page 8D): reports come by themselves, a read waits for the next one.
#include "base/cleanup.h"
#include "drivers/registry.h"
#include "drivers/scale-hid/layout.h"
#include "drivers/scale/weigher.h"

#include <errno.h>
#include <string.h>

#define CONTROL_MAX 64 /* bytes of the control report */

struct state {
	struct ph_hid_scale scale;
	struct ph_weigher weigher;
	bool usable;
};

static int ask(struct ph_device *device, enum ph_weigher_job job, const char *tare, bool second)
{
	struct state *state = ph_device_state(device);
	uint8_t bytes[1 + CONTROL_MAX] = {0}, *report = bytes + 1;

	/* the next report is an answer, also when it says the same again */
	state->scale.has_last = false;
	if (job == PH_WEIGHER_READ)
		return 0;
	int n = job == PH_WEIGHER_ZERO ? ph_hid_scale_zero(&state->scale, report, CONTROL_MAX)
				       : -ENOTSUP;
	if (n < 0)
		return -EOPNOTSUPP;
	if (!state->scale.layout.control) {
		report = bytes; /* where there are no ids, 0 stands for one */
		n++;
	}
	return ph_link_write(device, report, (size_t)n);
}

static const struct ph_weigher_ops weigher_ops = {.ask = ask, .continuous = true};

static int scale_open(struct ph_device *device)
{
	struct state *state = ph_device_state(device);
	struct ph_hid_scale_layout layout;
	size_t len = 0;
	const uint8_t *descriptor = ph_link_descriptor(device, &len);

	ph_weigher_init(&state->weigher, &weigher_ops);
	state->usable = descriptor && ph_hid_scale_layout_read(descriptor, len, &layout) >= 0;
	if (!state->usable) {
		ph_device_not_ready(
			device, 0, "its report descriptor does not say where the weight is");
		return PH_LATER;
	}
	ph_hid_scale_init(&state->scale, &layout);
	struct ph_scale_capabilities capabilities = {
		.zero = layout.has_zero, .live = true, .stability = true};
	ph_emit_info(device, &(struct ph_info){.model = ph_device_connection(device, "usb_name"),
				     .serial = ph_device_connection(device, "usb_serial"),
				     .scale = &capabilities});
	return 0;
}

static void scale_close(struct ph_device *device, bool lost, size_t unsent)
{
	struct state *state = ph_device_state(device);

	ph_weigher_close(&state->weigher);
}

static void scale_receive(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct state *state = ph_device_state(device);
	struct ph_scale_reading reading;
	size_t skip = state->usable && !state->scale.layout.report ? 1 : 0;

	if (!state->usable || len <= skip)
		return;
	if (ph_hid_scale_report(&state->scale, data + skip, len - skip, &reading) > 0)
		ph_weigher_take(&state->weigher, device, &reading);
}

static void scale_tick(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	ph_weigher_tick(&state->weigher, device);
}

static int scale_read(struct ph_device *device, bool live, unsigned timeout_ms)
{
	struct state *state = ph_device_state(device);

	if (!state->usable)
		return -ENODEV;
	return ph_weigher_read(&state->weigher, device, live, timeout_ms);
}

static int scale_zero(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	if (!state->usable)
		return -ENODEV;
	return ph_weigher_zero(&state->weigher, device);
}

static int scale_live(struct ph_device *device, bool on)
{
	struct state *state = ph_device_state(device);

	return state->usable ? ph_weigher_live(&state->weigher, device, on) : -ENODEV;
}

static const struct ph_scale_ops scale_ops = {
	.read = scale_read, .zero = scale_zero, .live = scale_live};

static const char *const connections[] = {"hid", NULL};

static const struct ph_match matches[] = {
	{.node = "hidraw", .proto = "hidscale", .bind = PH_BIND_AUTO, .maturity = PH_EXPERIMENTAL},
};

const struct ph_driver ph_driver_scale_hid = {
	.name = "scale-hid",
	.version = POSHAL_VERSION,
	.summary = "USB scales of the HID weighing page",
	.classes = PH_CLASS_BIT(PH_CLASS_SCALE),
	.connections = connections,
	.matches = matches,
	.match_count = PH_ARRAY_SIZE(matches),
	.state_size = sizeof(struct state),
	.open = scale_open,
	.close = scale_close,
	.receive = scale_receive,
	.tick = scale_tick,
	.hid_suits = ph_hid_scale_suits,
	.scale = &scale_ops,
};
