// Star's USB cash drawers by libusb: the bytes; questions and openings are the box's.
#include "base/cleanup.h"
#include "drivers/drawer/box.h"
#include "drivers/registry.h"

#include <errno.h>

#define OPEN_BIT 0x80 /* of the first byte of a packet */

struct state {
	struct ph_drawer_box box; /* first: box.h */
	int last;		  /* state of the packet before, or -1: two equal ones count */
};

static int pulse(struct ph_device *device, unsigned drawer)
{
	static const uint8_t open[] = {0x2b, 0x00};

	return ph_link_write(device, open, sizeof open);
}

/* The state is what is read; nothing is written for it. */
static int ask(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	state->last = -1;
	return ph_link_listen(device, true);
}

static void rest(struct ph_device *device)
{
	ph_link_listen(device, false);
}

static const struct ph_drawer_box_model model = {
	.pins = 1,
	.own = PH_SENSOR_OPEN_HIGH,
	.ask_first = true,
	.ask_ms = 100,
	.answer_ms = 700, /* two of them within the time in which an opening must show */
};

static void emit_info(struct ph_device *device)
{
	struct state *state = ph_device_state(device);
	struct ph_drawer_capabilities drawer = ph_drawer_box_capabilities(&state->box);
	const char *maker = ph_device_connection(device, "usb_maker");

	ph_emit_info(device, &(struct ph_info){.vendor = maker ? maker : "Star",
				     .model = ph_device_connection(device, "usb_name"),
				     .serial = ph_device_connection(device, "usb_serial"),
				     .drawer = &drawer});
}

static const struct ph_drawer_box_ops box_ops = {
	.pulse = pulse, .ask = ask, .info = emit_info, .rest = rest};

static int drawer_init(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	ph_drawer_box_init(&state->box, device, &model, &box_ops);
	return 0;
}

static int drawer_open(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	state->last = -1;
	/* it answers each read at once: it is read only while somebody waits */
	ph_link_listen(device, false);
	ph_drawer_box_up(&state->box);
	emit_info(device);
	return 0;
}

static void drawer_receive(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct state *state = ph_device_state(device);

	if (!len || !state->box.asking)
		return;
	int open = (data[0] & OPEN_BIT) != 0;
	if (state->last != open) {
		state->last = open;
		return;
	}
	state->last = -1;
	ph_link_listen(device, false);
	ph_drawer_box_level(&state->box, open);
}

static const char *const connections[] = {"usb", NULL};

static const struct ph_option options[] = {
	PH_DRAWER_BOX_OPTION_SENSOR("what its answer means: auto as the maker says, or as learnt"),
};

static const struct ph_match matches[] = {
	{.node = "usb",
		.vendor = 0x0519,
		.product = 0x1011,
		.product_last = 0x1018,
		.maker = "Star",
		.model = "USB cash drawer",
		.bind = PH_BIND_AUTO,
		.maturity = PH_EXPERIMENTAL},
};

const struct ph_driver ph_driver_drawer_star = {
	.name = "drawer-star",
	.version = POSHAL_VERSION,
	.summary = "Star cash drawers on USB",
	.classes = PH_CLASS_BIT(PH_CLASS_DRAWER),
	.connections = connections,
	.options = options,
	.option_count = PH_ARRAY_SIZE(options),
	.matches = matches,
	.match_count = PH_ARRAY_SIZE(matches),
	.maturity = PH_EXPERIMENTAL,
	.state_size = sizeof(struct state),
	.init = drawer_init,
	.open = drawer_open,
	.close = ph_drawer_box_on_close,
	.receive = drawer_receive,
	.tick = ph_drawer_box_on_tick,
	.drawer = &ph_drawer_box_drawer_ops,
};
