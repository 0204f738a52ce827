// Scales on a serial line: which protocol is said by an option, asking is the weigher's, bytes are the codec's.
#include "base/cleanup.h"
#include "drivers/registry.h"
#include "drivers/scale/weigher.h"
#include "protocols/scale/scale.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct state {
	struct ph_scale scale;
	struct ph_weigher weigher;
	struct ph_weigher_ops ops; /* of the protocol */
};

/* Rows of protocols/scale; dialog06 needs a proof of approval that poshal does not have. */
static const char *const protocols[] = {"toledo-8217", "toledo-8213", "sasi", "sasi-letters", "nci",
	"sma", "mettler-continuous", "cas", "cas-status", "cas-w", "cas-22", "and-18", "cas-10",
	"dini", "prix3", "prt4", "micheletti-p15", "adam", "samsung-esp", "mettler-ind221", "kern",
	"magellan", NULL};

static const enum ph_scale_request requests[] = {
	[PH_WEIGHER_READ] = PH_SCALE_REQUEST_WEIGHT,
	[PH_WEIGHER_ZERO] = PH_SCALE_REQUEST_ZERO,
	[PH_WEIGHER_TARE] = PH_SCALE_REQUEST_TARE,
	[PH_WEIGHER_CLEAR_TARE] = PH_SCALE_REQUEST_CLEAR_TARE,
};

/* Five digits for the 8217: the decimals must be those of the scale, so that nothing is converted. -EINVAL. */
static int tare_digits(const struct state *state, const char *tare, char out[6])
{
	const char *point = strchr(tare, '.');
	size_t decimals = point ? strlen(point + 1) : 0, n = strlen(tare) - !!point;
	enum ph_scale_unit unit = state->scale.unit;

	if (n > 5 || (decimals != 3 && decimals != 2) ||
		(unit == PH_SCALE_UNIT_KG && decimals != 3) ||
		(unit == PH_SCALE_UNIT_LB && decimals != 2))
		return -EINVAL;
	snprintf(out, 6, "00000");
	memcpy(out + 5 - n, tare, n - decimals);
	memcpy(out + 5 - decimals, point + 1, decimals);
	return 0;
}

static int ask(struct ph_device *device, enum ph_weigher_job job, const char *tare, bool second)
{
	struct state *state = ph_device_state(device);
	uint8_t bytes[PH_SCALE_REQUEST_MAX];
	char digits[6];
	int n;

	if (state->scale.protocol->continuous && job == PH_WEIGHER_READ) {
		ph_scale_flush(&state->scale);
		return 0;
	}
	if (tare) {
		n = tare_digits(state, tare, digits);
		n = n < 0 ? n : ph_scale_request_tare(&state->scale, digits, bytes);
	} else {
		n = ph_scale_request(
			&state->scale, second ? PH_SCALE_REQUEST_DATA : requests[job], bytes);
	}
	return n < 0 ? (n == -ENOTSUP ? -EOPNOTSUPP : n) : ph_link_write(device, bytes, (size_t)n);
}

static bool can(const struct ph_scale_protocol *protocol, enum ph_scale_request request)
{
	return protocol->requests[request].len > 0;
}

static int scale_init(struct ph_device *device)
{
	struct state *state = ph_device_state(device);
	const char *name = ph_option_text(device, "protocol");
	const struct ph_scale_protocol *protocol = name ? ph_scale_protocol_by_name(name) : NULL;
	long decimals = ph_option_int(device, "decimals");

	if (!protocol)
		return ph_option_refuse(device, "protocol",
			"must say which protocol the scale is set to; see its manual");
	ph_scale_init(&state->scale, protocol, ph_weigher_unit(ph_option_text(device, "unit")),
		(int)decimals);
	state->ops = (struct ph_weigher_ops){.ask = ask,
		.continuous = protocol->continuous,
		.silent_same = protocol->silent_same};
	ph_weigher_init(&state->weigher, &state->ops);
	return 0;
}

/* Protocols in which a scale cannot say that its weight is moving. */
static bool has_stability(const struct ph_scale_protocol *protocol)
{
	static const char *const without[] = {"cas-10", "adam", "samsung-esp", "mettler-ind221"};

	for (size_t i = 0; i < PH_ARRAY_SIZE(without); i++)
		if (!strcmp(without[i], protocol->name))
			return false;
	return true;
}

static int scale_open(struct ph_device *device)
{
	struct state *state = ph_device_state(device);
	const struct ph_scale_protocol *protocol = state->scale.protocol;
	const char *units[2] = {NULL, NULL};
	struct ph_scale_capabilities capabilities = {
		.zero = can(protocol, PH_SCALE_REQUEST_ZERO),
		.tare = can(protocol, PH_SCALE_REQUEST_TARE),
		.digital_tare = protocol->digital_tare,
		.live = !protocol->silent_same,
		.stability = has_stability(protocol),
		.units = units,
	};

	if (state->scale.unit != PH_SCALE_UNIT_NONE)
		units[0] = ph_scale_unit_name(state->scale.unit);
	ph_scale_init(&state->scale, protocol, state->scale.unit, state->scale.decimals);
	ph_emit_info(device, &(struct ph_info){.scale = &capabilities});
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
	uint32_t dropped = state->scale.noise + state->scale.bad_frames;

	while (len) {
		size_t n = ph_scale_feed(&state->scale, data, len);
		while (ph_scale_next(&state->scale, &reading) > 0)
			ph_weigher_take(&state->weigher, device, &reading);
		data += n;
		len -= n;
	}
	if (state->scale.noise + state->scale.bad_frames != dropped)
		ph_weigher_garbled(&state->weigher);
}

static void scale_tick(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	ph_weigher_tick(&state->weigher, device);
}

static int scale_read(struct ph_device *device, bool live, unsigned timeout_ms)
{
	struct state *state = ph_device_state(device);

	return ph_weigher_read(&state->weigher, device, live, timeout_ms);
}

static int scale_zero(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	return ph_weigher_zero(&state->weigher, device);
}

static int scale_tare(struct ph_device *device, const char *tare)
{
	struct state *state = ph_device_state(device);
	int r = ph_weigher_tare(&state->weigher, device, tare);

	if (r == -EINVAL)
		return ph_request_refuse(device, "$.tare",
			"must have the decimals of the scale: 0.125 for kg, 0.25 for lb");
	return r;
}

static int scale_live(struct ph_device *device, bool on)
{
	struct state *state = ph_device_state(device);

	return ph_weigher_live(&state->weigher, device, on);
}

static const struct ph_scale_ops scale_ops = {
	.read = scale_read,
	.zero = scale_zero,
	.tare = scale_tare,
	.live = scale_live,
};

static const char *const connections[] = {"serial", "tcp", NULL};

static const struct ph_option options[] = {
	{.name = "protocol",
		.type = PH_OPTION_CHOICE,
		.choices = protocols,
		.summary = "what the scale is set to speak; there is no way to find out"},
	{.name = "unit",
		.type = PH_OPTION_CHOICE,
		.choices = ph_weigher_units,
		.preset = "as_sent",
		.summary = "the unit it weighs in; another one is refused, nothing is converted"},
	{.name = "decimals",
		.type = PH_OPTION_INT,
		.min = -1,
		.max = 6,
		.preset = "-1",
		.summary =
			"digits behind the point, for a protocol that sends no point; -1 as sent"},
};

const struct ph_driver ph_driver_scale_serial = {
	.name = "scale-serial",
	.version = POSHAL_VERSION,
	.summary = "scales on a serial line",
	.classes = PH_CLASS_BIT(PH_CLASS_SCALE),
	.connections = connections,
	.options = options,
	.option_count = PH_ARRAY_SIZE(options),
	.state_size = sizeof(struct state),
	.init = scale_init,
	.open = scale_open,
	.close = scale_close,
	.receive = scale_receive,
	.tick = scale_tick,
	.scale = &scale_ops,
};
