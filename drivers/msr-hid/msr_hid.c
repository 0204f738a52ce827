// HID stripe readers: MagTek and page 8E by their descriptors, ID TECH in its own mode and with encrypted messages.
#include "base/cleanup.h"
#include "base/secret.h"
#include "drivers/msr-hid/layout.h"
#include "drivers/msr/swipe.h"
#include "drivers/registry.h"

#include <errno.h>
#include <string.h>

#define STX 0x02

struct state {
	struct ph_swiper swiper;
	struct ph_msr_layout layout;
	enum ph_msr_format format;
	bool usable;
};

static int msr_init(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	return ph_swiper_init(&state->swiper, device);
}

static void msr_done(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	ph_swiper_done(&state->swiper);
}

static int msr_open(struct ph_device *device)
{
	struct state *state = ph_device_state(device);
	struct ph_msr_capabilities capabilities = {0};
	size_t len = 0;
	const uint8_t *descriptor = ph_link_descriptor(device, &len);

	state->usable = descriptor &&
			ph_msr_layout_read(descriptor, len, &state->format, &state->layout) >= 0;
	if (!state->usable) {
		ph_device_not_ready(
			device, 0, "its report descriptor does not say where the tracks are");
		return PH_LATER;
	}
	for (unsigned i = 0; i < PH_MSR_TRACKS; i++)
		capabilities.tracks |= state->layout.track[i].size ? 1u << i : 0;
	if (state->format == PH_MSR_FORMAT_IDTECH)
		capabilities = (struct ph_msr_capabilities){.tracks = 7, .encrypts = true};
	ph_emit_info(device, &(struct ph_info){.model = ph_device_connection(device, "usb_name"),
				     .serial = ph_device_connection(device, "usb_serial"),
				     .msr = &capabilities});
	return 0;
}

static void msr_close(struct ph_device *device, bool lost, size_t unsent)
{
	struct state *state = ph_device_state(device);

	ph_swiper_enable(&state->swiper, NULL);
}

/*
 * A report of ID TECH's own mode, or a message of a reader that encrypts, which begins with STX. The manuals count the bytes of a
 * message from its STX and do not say whether the head of the mode stands in front; no track begins with STX.
 */
static int read_idtech(struct state *state, const uint8_t *report, size_t len)
{
	static const size_t places[] = {0, PH_MSR_IDTECH_TEXT};
	struct ph_msr_card *card = ph_swiper_card(&state->swiper);
	size_t dropped;

	for (size_t i = 0; i < PH_ARRAY_SIZE(places); i++) {
		if (len <= places[i] || report[places[i]] != STX)
			continue;
		int n = ph_msr_idtech_message(report + places[i], len - places[i], card, &dropped);
		return n > 0 ? 0 : -EBADMSG;
	}
	return ph_msr_idtech_report(report, len, card);
}

static void msr_receive(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct state *state = ph_device_state(device);
	size_t skip = state->layout.has_id && state->format == PH_MSR_FORMAT_FIELDS ? 0 : 1;
	int r = -EBADMSG;

	/* nobody wants it: it is not even looked at */
	if (!state->usable || !state->swiper.on || len <= skip)
		return;
	if (state->format == PH_MSR_FORMAT_IDTECH)
		r = read_idtech(state, data + skip, len - skip);
	else
		r = ph_msr_report(
			&state->layout, data + skip, len - skip, ph_swiper_card(&state->swiper));
	if (r >= 0) {
		ph_swiper_deliver(&state->swiper, device);
		return;
	}
	ph_swiper_wipe(&state->swiper);
	if (r != -EAGAIN)
		ph_emit_log(device, PH_LOG_WARNING,
			"a report of %zu bytes is no swipe; it was wiped", len);
}

static int msr_enable(struct ph_device *device, const struct ph_msr_settings *settings)
{
	struct state *state = ph_device_state(device);

	return ph_swiper_enable(&state->swiper, settings);
}

static bool suits(const uint8_t *descriptor, size_t len)
{
	enum ph_msr_format format;
	struct ph_msr_layout layout;

	return ph_msr_layout_read(descriptor, len, &format, &layout) >= 0;
}

static const struct ph_msr_ops msr_ops = {.enable = msr_enable};
static const char *const connections[] = {"hid", NULL};
static const struct ph_option options[] = {PH_SWIPER_OPTION};

static const struct ph_match matches[] = {
	{.node = "hidraw", .proto = "hidmsr", .bind = PH_BIND_AUTO, .maturity = PH_EXPERIMENTAL},
	{.node = "hidraw", .proto = "magtek", .bind = PH_BIND_AUTO, .maturity = PH_EXPERIMENTAL},
	{.node = "hidraw", .proto = "idtech", .bind = PH_BIND_AUTO, .maturity = PH_EXPERIMENTAL},
};

const struct ph_driver ph_driver_msr_hid = {
	.name = "msr-hid",
	.version = POSHAL_VERSION,
	.summary = "USB HID readers of magnetic stripes (MagTek, ID TECH, page 8E)",
	.classes = PH_CLASS_BIT(PH_CLASS_MSR),
	.connections = connections,
	.options = options,
	.option_count = PH_ARRAY_SIZE(options),
	.matches = matches,
	.match_count = PH_ARRAY_SIZE(matches),
	.state_size = sizeof(struct state),
	.secret = true,
	.init = msr_init,
	.open = msr_open,
	.close = msr_close,
	.done = msr_done,
	.receive = msr_receive,
	.hid_suits = suits,
	.msr = &msr_ops,
};
