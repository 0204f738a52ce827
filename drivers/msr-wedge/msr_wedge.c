// Stripe readers that are keyboards: keys to characters by the reader's own layout, a line to a card. Never without the grab.
#include "base/cleanup.h"
#include "base/secret.h"
#include "drivers/msr/swipe.h"
#include "drivers/registry.h"
#include "drivers/scanner-wedge/layout.h"

#include <errno.h>
#include <linux/input.h>
#include <string.h>

#define SILENCE_MS 400 /* in a swipe; then it is given up */

struct state {
	struct ph_swiper swiper;
	struct ph_secret *typed; /* a struct ph_msr_typed */
	struct ph_layout *layout;
	bool resync; /* up to the next SYN_REPORT keys only bring the layout up to date */
	bool timer_armed;
	uint64_t last_ms; /* of the last character */
};

static struct ph_msr_typed *typed_of(const struct state *state)
{
	return ph_secret_memory(state->typed);
}

static int wedge_init(struct ph_device *device)
{
	struct state *state = ph_device_state(device);
	const char *grab = ph_device_connection(device, "grab");
	char why[160];

	if (grab && !strcmp(grab, "no"))
		return ph_request_refuse(device, "$.connection",
			"must not say grab=no: what a card says would be typed into other "
			"programs");
	int r = ph_swiper_init(&state->swiper, device);
	if (r >= 0)
		r = ph_secret_new(sizeof(struct ph_msr_typed), &state->typed);
	if (r < 0) {
		ph_swiper_done(&state->swiper);
		return r;
	}
	r = ph_layout_new(ph_option_text(device, "layout"), &state->layout, why, sizeof why);
	if (r >= 0)
		return 0;
	ph_swiper_done(&state->swiper);
	ph_secret_free(PH_STEAL(state->typed));
	return r != -ENOMEM ? ph_option_refuse(device, "layout", "%s", why) : r;
}

static void wedge_done(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	ph_swiper_done(&state->swiper);
	ph_secret_free(PH_STEAL(state->typed));
	ph_layout_free(PH_STEAL(state->layout));
}

static int wedge_open(struct ph_device *device)
{
	static const struct ph_msr_capabilities capabilities = {.tracks = 7};
	struct state *state = ph_device_state(device);

	state->resync = state->timer_armed = false;
	int r = ph_layout_reset(state->layout);
	if (r < 0)
		return r;
	ph_emit_info(device, &(struct ph_info){
				     .vendor = ph_device_connection(device, "usb_maker"),
				     .model = ph_device_connection(device, "usb_name"),
				     .serial = ph_device_connection(device, "usb_serial"),
				     .msr = &capabilities,
			     });
	return 0;
}

static void wedge_close(struct ph_device *device, bool lost, size_t unsent)
{
	struct state *state = ph_device_state(device);

	state->timer_armed = false;
	ph_msr_typed_wipe(typed_of(state));
	ph_swiper_enable(&state->swiper, NULL);
}

static void add(struct ph_device *device, uint8_t character)
{
	struct state *state = ph_device_state(device);
	int r = ph_msr_typed_add(typed_of(state), character, ph_swiper_card(&state->swiper));

	if (r == 0) {
		state->last_ms = ph_now_ms(device);
		return;
	}
	/* a line that is no swipe is told as one that failed, without a word of it */
	if (r < 0)
		ph_swiper_wipe(&state->swiper);
	ph_swiper_deliver(&state->swiper, device);
}

static void handle_key(struct ph_device *device, const struct input_event *event)
{
	struct state *state = ph_device_state(device);
	uint32_t characters[PH_LAYOUT_CHARACTERS] = {0};

	if (event->value != 0 && event->value != 1)
		return;
	int n = ph_layout_key(state->layout, event->code, event->value == 1, characters);
	if (state->resync || event->value != 1 || !state->swiper.on)
		return;
	if (event->code == KEY_ENTER || event->code == KEY_KPENTER) {
		add(device, '\r');
		return;
	}
	for (int i = 0; i < n; i++) {
		if (characters[i] >= 0x20 && characters[i] < 0x7f)
			add(device, (uint8_t)characters[i]);
		else
			ph_msr_typed_lost(typed_of(state));
	}
	ph_wipe(characters, sizeof characters);
}

static void handle_sync(struct state *state, const struct input_event *event)
{
	if (event->code == SYN_REPORT)
		state->resync = false;
	if (event->code != SYN_DROPPED)
		return;
	state->resync = true;
	ph_msr_typed_lost(typed_of(state));
}

static void set_timer(struct ph_device *device)
{
	struct state *state = ph_device_state(device);
	bool wanted = typed_of(state)->len > 0 || typed_of(state)->broken;

	/* one that is set already comes too early for later keys, and is set anew then */
	if (wanted != state->timer_armed)
		ph_timer_set(device, wanted ? SILENCE_MS : 0);
	state->timer_armed = wanted;
}

static void wedge_receive(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct state *state = ph_device_state(device);
	struct input_event event;

	for (size_t at = 0; at + sizeof event <= len; at += sizeof event) {
		memcpy(&event, data + at, sizeof event);
		if (event.type == EV_KEY)
			handle_key(device, &event);
		else if (event.type == EV_SYN)
			handle_sync(state, &event);
	}
	ph_wipe(&event, sizeof event);
	set_timer(device);
}

/* A swipe that does not go on is given up. */
static void wedge_tick(struct ph_device *device)
{
	struct state *state = ph_device_state(device);
	uint64_t quiet_ms = ph_now_ms(device) - state->last_ms;

	state->timer_armed = false;
	if (quiet_ms < SILENCE_MS) {
		ph_timer_set(device, (unsigned)(SILENCE_MS - quiet_ms));
		state->timer_armed = true;
		return;
	}
	state->resync = false;
	if (ph_msr_typed_wipe(typed_of(state))) {
		ph_swiper_wipe(&state->swiper);
		ph_swiper_deliver(&state->swiper, device);
	}
}

static int wedge_enable(struct ph_device *device, const struct ph_msr_settings *settings)
{
	struct state *state = ph_device_state(device);

	if (!settings)
		ph_msr_typed_wipe(typed_of(state));
	return ph_swiper_enable(&state->swiper, settings);
}

static const struct ph_msr_ops msr_ops = {.enable = wedge_enable};
static const char *const connections[] = {"evdev", NULL};

static const struct ph_option options[] = {
	{.name = "layout",
		.type = PH_OPTION_TEXT,
		.preset = "us",
		.summary = "keyboard layout the reader is set to, not that of the desktop: us, de"},
	PH_SWIPER_OPTION,
};

/* A keyboard is only ever offered: whether it is a reader is for a person to say. */
static const struct ph_match matches[] = {
	{.node = "input",
		.vendor = 0x0801,
		.product = 0x0001,
		.maker = "MagTek",
		.model = "swipe reader in keyboard mode",
		.bind = PH_BIND_OFFER,
		.maturity = PH_EXPERIMENTAL},
	{.node = "input",
		.vendor = 0x0acd,
		.product = 0x2030,
		.maker = "ID TECH",
		.model = "swipe reader in keyboard mode",
		.bind = PH_BIND_OFFER,
		.maturity = PH_EXPERIMENTAL},
};

const struct ph_driver ph_driver_msr_wedge = {
	.name = "msr-wedge",
	.version = POSHAL_VERSION,
	.summary = "readers of magnetic stripes that are keyboards",
	.classes = PH_CLASS_BIT(PH_CLASS_MSR),
	.connections = connections,
	.options = options,
	.option_count = PH_ARRAY_SIZE(options),
	.matches = matches,
	.match_count = PH_ARRAY_SIZE(matches),
	.state_size = sizeof(struct state),
	.secret = true,
	.init = wedge_init,
	.open = wedge_open,
	.close = wedge_close,
	.done = wedge_done,
	.receive = wedge_receive,
	.tick = wedge_tick,
	.msr = &msr_ops,
};
