// Posiflex cash drawers on USB (HID): the bytes, and what may never be sent; questions and openings are the box's.
#include "base/cleanup.h"
#include "drivers/drawer/box.h"
#include "drivers/registry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define REPORT_LEN    120 /* bytes, without the id that the device does not use */
#define OPCODE_STATE  1	  /* added to the number; 0 opens */
#define ANSWER_CLOSED 0x01
#define COMMAND_MAX                                                                                \
	0xbf /* C0, D0 and E0 do nothing useful, F0 ends the firmware: not to be sent, whoever asks */

struct state {
	struct ph_drawer_box box; /* first: box.h */
	uint8_t number;
	bool doubtful; /* number 0: that the nibble fits proves nothing */
	int last;      /* doubtful answer that waits for its like, or -1 */
};

/* The whole report descriptor. A display of the maker has ids of the same range, and another descriptor. */
static const uint8_t descriptor_of_all[] = {0x06, 0xa0, 0xff, 0x09, 0x01, 0xa1, 0x01, 0x09, 0x02,
	0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x78, 0x81, 0x02, 0x09, 0x03, 0x15, 0x00,
	0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x78, 0x91, 0x02, 0xc0};

static bool suits(const uint8_t *descriptor, size_t len)
{
	return len == sizeof descriptor_of_all && !memcmp(descriptor, descriptor_of_all, len);
}

/* The only way to the device. */
static int send(struct ph_device *device, const uint8_t *data, size_t len)
{
	uint8_t report[1 + REPORT_LEN] = {0};

	if (!len || data[0] > COMMAND_MAX)
		return -EPERM;
	if (len > REPORT_LEN)
		return -EMSGSIZE;
	memcpy(report + 1, data, len);
	return ph_link_write(device, report, sizeof report);
}

static int send_command(struct ph_device *device, uint8_t opcode)
{
	const struct state *state = ph_device_state(device);
	const uint8_t command[] = {state->number, (uint8_t)(state->number + opcode)};

	return send(device, command, sizeof command);
}

static int pulse(struct ph_device *device, unsigned drawer)
{
	return send_command(device, 0);
}

static int ask(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	state->last = -1;
	return send_command(device, OPCODE_STATE);
}

/* The device says whether it is closed: an answer of 0 is the high level of an open switch. */
static const struct ph_drawer_box_model model = {
	.pins = 1,
	.own = PH_SENSOR_OPEN_HIGH,
	.ask_first = true,
	.ask_ms = 100,
	.answer_ms = 200,
};

/* "0d3a:0202" is number 2, unless the option says otherwise. */
static uint8_t find_number(struct ph_device *device)
{
	const char *ids = ph_device_connection(device, "usb_id");

	if (ph_option_is_set(device, "number"))
		return (uint8_t)ph_option_int(device, "number");
	return ids && strlen(ids) == 9 ? (uint8_t)(strtoul(ids + 5, NULL, 16) & 7) : 0;
}

static void emit_info(struct ph_device *device)
{
	struct state *state = ph_device_state(device);
	struct ph_drawer_capabilities drawer = ph_drawer_box_capabilities(&state->box);

	ph_emit_info(device, &(struct ph_info){.vendor = "Posiflex",
				     .model = ph_device_connection(device, "usb_name"),
				     .serial = ph_device_connection(device, "usb_serial"),
				     .drawer = &drawer});
}

static const struct ph_drawer_box_ops box_ops = {.pulse = pulse, .ask = ask, .info = emit_info};

static int drawer_init(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	ph_drawer_box_init(&state->box, device, &model, &box_ops);
	return 0;
}

static int drawer_open(struct ph_device *device)
{
	struct state *state = ph_device_state(device);
	size_t len = 0;
	const uint8_t *descriptor = ph_link_descriptor(device, &len);

	state->number = find_number(device);
	state->doubtful = state->number == 0;
	state->last = -1;
	/* nothing is sent to what is not known for a drawer */
	if (descriptor && !suits(descriptor, len)) {
		ph_device_not_ready(device, PH_REASON_BIT(PH_REASON_NOT_RESPONDING),
			"this HID device is no cash drawer: its report descriptor is another");
		return PH_LATER;
	}
	ph_drawer_box_up(&state->box);
	emit_info(device);
	return 0;
}

static void drawer_receive(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct state *state = ph_device_state(device);

	/* the id 0 first */
	if (len < 2 || data[0] != 0 || data[1] >> 4 != state->number || !state->box.asking)
		return;
	int closed = data[1] & ANSWER_CLOSED;
	if (state->doubtful && state->last != closed) {
		state->last = closed;
		send_command(device, OPCODE_STATE);
		return;
	}
	state->last = -1;
	ph_drawer_box_level(&state->box, !closed);
}

static int drawer_direct(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct state *state = ph_device_state(device);

	if (!len || len > REPORT_LEN)
		return ph_request_refuse(
			device, "$.data_b64", "is a report of 1 to %d bytes", REPORT_LEN);
	if (data[0] > COMMAND_MAX)
		return ph_request_refuse(device, "$.data_b64",
			"begins with %02x: such a report could end the drawer's firmware", data[0]);
	/* whatever opens counts as a pulse */
	int r = len > 1 && data[1] == state->number + OPCODE_STATE
			? 0
			: ph_drawer_box_note_pulse(&state->box);
	return r < 0 ? r : send(device, data, len);
}

static const char *const connections[] = {"hid", NULL};

static const struct ph_option options[] = {
	PH_DRAWER_BOX_OPTION_SENSOR("what its answer means: auto as the maker says, or as learnt; "
				    "open_low for a drawer with the switch the other way round"),
	{.name = "number",
		.type = PH_OPTION_INT,
		.min = 0,
		.max = 7,
		.summary = "of the drawer, by its switch; the last digit of its USB id if absent"},
};

/* Which of the maker's products these are the id does not say; the descriptor decides. */
static const struct ph_match matches[] = {
	{.node = "hidraw",
		.vendor = 0x0d3a,
		.product = 0x0200,
		.product_last = 0x0207,
		.proto = "posiflex-drawer",
		.maker = "Posiflex",
		.model = "CR series cash drawers on USB",
		.bind = PH_BIND_AUTO,
		.maturity = PH_EXPERIMENTAL},
};

const struct ph_driver ph_driver_drawer_hid = {
	.name = "drawer-hid",
	.version = POSHAL_VERSION,
	.summary = "Posiflex cash drawers on USB",
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
	.hid_suits = suits,
	.direct = drawer_direct,
	.drawer = &ph_drawer_box_drawer_ops,
};
