// Scales on IBM's (Toshiba's) OEM USB interface: a weight counts only as the answer to a read.
#include "base/cleanup.h"
#include "drivers/registry.h"
#include "drivers/scale/weigher.h"
#include "protocols/hid/descriptor.h"
#include "protocols/ibm-oem/oem_scale.h"

#include <errno.h>
#include <string.h>

#define USAGE 0x6e00
#define SETTLE_MS                                                                                  \
	1000 /* for the answer to what is sent at the start; a read waits until it is there */

struct state {
	struct ph_weigher weigher;
	bool pounds;
	bool read_sent; /* a read is not answered yet */
	bool settling;
};

static int send(struct ph_device *device, enum ph_oem_scale_command command)
{
	uint8_t report[1 + PH_OEM_SCALE_COMMAND_LEN] = {0};

	ph_oem_scale_command(command, report + 1);
	return ph_link_write(device, report, sizeof report);
}

static int ask(struct ph_device *device, enum ph_weigher_job job, const char *tare, bool second)
{
	struct state *state = ph_device_state(device);

	state->read_sent = job == PH_WEIGHER_READ;
	switch (job) {
	case PH_WEIGHER_READ:
		return send(device,
			state->pounds ? PH_OEM_SCALE_READ_ENGLISH : PH_OEM_SCALE_READ_METRIC);
	case PH_WEIGHER_ZERO:
		return send(device, PH_OEM_SCALE_SET_ZERO);
	case PH_WEIGHER_IDLE:
	case PH_WEIGHER_TARE:
	case PH_WEIGHER_CLEAR_TARE:
		break;
	}
	return -EOPNOTSUPP;
}

static const struct ph_weigher_ops weigher_ops = {.ask = ask};

static int scale_init(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	state->pounds = !strcmp(ph_option_text(device, "unit"), "lb");
	ph_weigher_init(&state->weigher, &weigher_ops);
	return 0;
}

static int scale_open(struct ph_device *device)
{
	static const char *const units[2][2] = {{"kg", NULL}, {"lb", NULL}};
	struct state *state = ph_device_state(device);
	struct ph_scale_capabilities capabilities = {
		.zero = true, .live = true, .stability = true, .units = units[state->pounds]};

	state->read_sent = false;
	ph_emit_info(device, &(struct ph_info){.model = ph_device_connection(device, "usb_name"),
				     .serial = ph_device_connection(device, "usb_serial"),
				     .scale = &capabilities});
	/* over, under and centre of zero stand in the third status byte */
	int r = send(device, PH_OEM_SCALE_STATUS_LONG);
	if (r < 0)
		return r;
	/* what it answers looks like a weight of zeros: no read before it has come */
	state->settling = true;
	ph_timer_set(device, SETTLE_MS);
	return PH_LATER;
}

static void scale_close(struct ph_device *device, bool lost, size_t unsent)
{
	struct state *state = ph_device_state(device);

	state->settling = false;
	ph_weigher_close(&state->weigher);
}

static void weight_of(const struct state *state, const struct ph_oem_scale_answer *answer,
	struct ph_scale_reading *out)
{
	if (answer->metric == state->pounds) {
		out->kind = PH_SCALE_UNIT_MISMATCH;
		return;
	}
	out->kind = PH_SCALE_WEIGHT;
	out->stable = true;
	out->unit = answer->metric ? PH_SCALE_UNIT_KG : PH_SCALE_UNIT_LB;
	out->weight.decimals = answer->decimals;
	memcpy(out->weight.digits, answer->digits, sizeof answer->digits);
}

/* In the words of the serial scales. False: it says nothing about the plate. */
static bool reading_of(const struct state *state, const struct ph_oem_scale_answer *answer,
	struct ph_scale_reading *out)
{
	*out = (struct ph_scale_reading){.kind = PH_SCALE_STATUS};
	switch (answer->kind) {
	case PH_OEM_SCALE_WEIGHT:
		if (state->weigher.job == PH_WEIGHER_ZERO) {
			out->kind = PH_SCALE_ACCEPTED;
			return true;
		}
		weight_of(state, answer, out);
		return state->read_sent;
	case PH_OEM_SCALE_ZERO:
		out->zero = out->stable = true;
		return true;
	case PH_OEM_SCALE_MOTION:
		out->motion = true;
		return true;
	case PH_OEM_SCALE_OVER:
		out->over = true;
		return true;
	case PH_OEM_SCALE_UNDER:
		out->under_zero = true;
		return true;
	case PH_OEM_SCALE_NEEDS_ZERO:
		out->needs_zero = true;
		return true;
	case PH_OEM_SCALE_DUPLICATE:
		out->same_weight = true;
		return true;
	case PH_OEM_SCALE_NOT_READY:
	case PH_OEM_SCALE_WARM_UP:
	case PH_OEM_SCALE_FLASHING:
		out->kind = PH_SCALE_NOT_READY;
		return true;
	case PH_OEM_SCALE_COMMAND_ERROR:
		out->kind = PH_SCALE_UNSUPPORTED;
		return true;
	case PH_OEM_SCALE_DATA_ERROR:
	case PH_OEM_SCALE_READ_ERROR:
	case PH_OEM_SCALE_NO_DISPLAY:
	case PH_OEM_SCALE_HARDWARE_ERROR:
	case PH_OEM_SCALE_REJECTED:
		out->kind = PH_SCALE_FAULT;
		return true;
	case PH_OEM_SCALE_GONE:
	case PH_OEM_SCALE_CONFIG_DONE:
	case PH_OEM_SCALE_CONFIG:
		break;
	}
	return false;
}

static void settled(struct ph_device *device, struct state *state)
{
	state->settling = false;
	ph_timer_set(device, 0);
	ph_device_ready(device);
}

static void scale_receive(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct state *state = ph_device_state(device);
	struct ph_oem_scale_answer answer;
	struct ph_scale_reading reading;

	if (len < 2 || ph_oem_scale_parse(data + 1, len - 1, false, &answer) < 0)
		return;
	if (answer.kind == PH_OEM_SCALE_GONE) {
		ph_link_drop(device, "the scale asks to be opened anew");
		return;
	}
	if (state->settling) {
		settled(device, state);
		return;
	}
	if (!reading_of(state, &answer, &reading))
		return;
	state->read_sent = false;
	ph_weigher_take(&state->weigher, device, &reading);
}

static void scale_tick(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	if (state->settling)
		settled(device, state);
	else
		ph_weigher_tick(&state->weigher, device);
}

static int scale_read(struct ph_device *device, bool live, unsigned timeout_ms)
{
	struct state *state = ph_device_state(device);

	if (state->settling)
		return -EBUSY;
	return ph_weigher_read(&state->weigher, device, live, timeout_ms);
}

static int scale_zero(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	if (state->settling)
		return -EBUSY;
	return ph_weigher_zero(&state->weigher, device);
}

static int scale_live(struct ph_device *device, bool on)
{
	struct state *state = ph_device_state(device);

	if (state->settling)
		return -EBUSY;
	return ph_weigher_live(&state->weigher, device, on);
}

static bool suits(const uint8_t *descriptor, size_t len)
{
	struct ph_hid hid;

	return ph_hid_parse(descriptor, len, &hid) >= 0 && ph_hid_is_vendor(&hid, USAGE);
}

static const struct ph_scale_ops scale_ops = {
	.read = scale_read, .zero = scale_zero, .live = scale_live};

static const char *const connections[] = {"hid", NULL};
static const char *const units[] = {"kg", "lb", NULL};

static const struct ph_option options[] = {
	{.name = "unit",
		.type = PH_OPTION_CHOICE,
		.choices = units,
		.preset = "kg",
		.summary = "the unit the scale is set to; it is asked for this one"},
};

static const struct ph_match matches[] = {
	{.node = "hidraw",
		.proto = "ibmoem-scale",
		.bind = PH_BIND_AUTO,
		.maturity = PH_EXPERIMENTAL},
};

const struct ph_driver ph_driver_scale_oem = {
	.name = "scale-oem",
	.version = POSHAL_VERSION,
	.summary = "scales on the OEM USB interface of IBM and Toshiba tills",
	.classes = PH_CLASS_BIT(PH_CLASS_SCALE),
	.connections = connections,
	.options = options,
	.option_count = PH_ARRAY_SIZE(options),
	.matches = matches,
	.match_count = PH_ARRAY_SIZE(matches),
	.state_size = sizeof(struct state),
	.init = scale_init,
	.open = scale_open,
	.close = scale_close,
	.receive = scale_receive,
	.tick = scale_tick,
	.hid_suits = suits,
	.scale = &scale_ops,
};
