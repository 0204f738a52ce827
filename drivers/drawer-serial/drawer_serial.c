// Cash drawers and trigger boxes on a serial line: a row of bytes per model; questions and openings are the box's.
#include "base/cleanup.h"
#include "drivers/drawer-serial/answer.h"
#include "drivers/drawer/box.h"
#include "drivers/registry.h"

#include <errno.h>
#include <string.h>

#define BYTES_MAX 16 /* of option open_bytes */

struct bytes {
	uint8_t len, data[BYTES_MAX];
};

/* One drawer of a box: what opens it, what asks for it, the answers (length 0: it does not answer). */
struct side {
	struct bytes open, ask;
	struct ph_drawer_answers answers;
};

struct model {
	const char *name;
	const char *maker, *product;
	struct side sides[2]; /* the second may open nothing: there is one drawer */
	bool lines;	      /* a modem line tells the level; which, says an option */
	struct ph_drawer_box_model box;
};

/*
 * APG SerialPRO II 484A installation guide; Glancetron 8005-U manual; Logic Controls CR3001 manual. What opens "trigger" is any
 * byte. The fifth is what POS programs list as 27,112,48,55,121.
 */
static const struct model models[] = {
	{.name = "trigger",
		.sides = {{.open = {1, {0x07}}}},
		.box = {.pins = 1, .own = PH_SENSOR_NONE, .gap_ms = 1000}},
	{.name = "apg-serialpro",
		.maker = "APG",
		.product = "SerialPRO II",
		.sides = {{.open = {1, {0x07}}}},
		.lines = true,
		/* it opens from a capacitor that the line charges */
		.box = {.pins = 1, .own = PH_SENSOR_AUTO, .gap_ms = 6000, .charge_ms = 12000}},
	{.name = "glancetron-8005",
		.maker = "Glancetron",
		.product = "8005-U",
		.sides = {{.open = {2, {0x1b, 0x34}},
				  .ask = {2, {0x1b, 0x3a}},
				  .answers = {.len = 3,
					  .open = {0x1b, 0x34, 0x42},
					  .closed = {0x1b, 0x34, 0x41}}},
			{.open = {2, {0x1b, 0x35}},
				.ask = {2, {0x1b, 0x3b}},
				.answers = {.len = 3,
					.open = {0x1b, 0x35, 0x42},
					.closed = {0x1b, 0x35, 0x41}}}},
		/* a second between two commands: it is asked after the pulse, not before */
		.box = {.pins = 1,
			.own = PH_SENSOR_OPEN_HIGH,
			.ask_ms = 1000,
			.answer_ms = 500,
			.gap_ms = 1000}},
	{.name = "logic-controls-cr3001",
		.maker = "Logic Controls",
		.product = "CR3001",
		.sides = {{.open = {1, {0x07}}}},
		.box = {.pins = 1, .own = PH_SENSOR_NONE, .gap_ms = 1000}},
	{.name = "escape-p",
		.sides = {{.open = {5, {0x1b, 0x70, 0x30, 0x37, 0x79}}}},
		.box = {.pins = 1, .own = PH_SENSOR_NONE, .gap_ms = 1000}},
};

static const char *const box_choices[] = {
	"trigger", "apg-serialpro", "glancetron-8005", "logic-controls-cr3001", "escape-p", NULL};

/* Lines by the option sensor_line, in this order. */
static const char *const line_choices[] = {"none", "cts", "dsr", "dcd", "ri", NULL};
static const int line_bits[] = {0, PH_LINE_CTS, PH_LINE_DSR, PH_LINE_DCD, PH_LINE_RI};

struct state {
	struct ph_drawer_box box;	/* first: box.h */
	struct ph_drawer_box_model own; /* the row's, as the options change it */
	const struct model *model;
	struct side side;
	struct ph_drawer_answer_reader answer;
	int line; /* PH_LINE_ bit, or 0 */
};

static unsigned find(const char *const *choices, const char *word)
{
	unsigned i = 0;

	while (strcmp(choices[i], word))
		i++;
	return i;
}

static int pulse(struct ph_device *device, unsigned drawer)
{
	const struct state *state = ph_device_state(device);

	return ph_link_write(device, state->side.open.data, state->side.open.len);
}

static int ask(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	if (!state->line) {
		ph_drawer_answer_reset(&state->answer);
		return ph_link_write(device, state->side.ask.data, state->side.ask.len);
	}
	int lines = ph_link_lines(device);
	if (lines < 0)
		return lines;
	ph_drawer_box_level(&state->box, lines & state->line);
	return 0;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = c ? strchr(digits, c | 0x20) : NULL;

	return found ? (int)(found - digits) : -1;
}

/* Pairs of hexadecimal digits, blanks between them or not. */
static int parse_bytes(struct ph_device *device, const char *text, struct bytes *bytes)
{
	bytes->len = 0;
	for (const char *p = text; *p; p++) {
		if (*p == ' ')
			continue;
		int high = hex_digit(p[0]), low = high < 0 ? -1 : hex_digit(p[1]);
		if (low < 0)
			return ph_option_refuse(
				device, "open_bytes", "is not pairs of hexadecimal digits");
		if (bytes->len == BYTES_MAX)
			return ph_option_refuse(
				device, "open_bytes", "is longer than %d bytes", BYTES_MAX);
		bytes->data[bytes->len++] = (uint8_t)(high << 4 | low);
		p++;
	}
	return bytes->len ? 0 : ph_option_refuse(device, "open_bytes", "is empty");
}

/* Which drawer of the box, and what opens it. */
static int choose_side(struct ph_device *device, struct state *state)
{
	const char *bytes = ph_option_text(device, "open_bytes");

	state->side = state->model->sides[ph_option_int(device, "drawer") - 1];
	if (!state->side.open.len)
		return ph_option_refuse(device, "drawer", "this box has one drawer");
	return bytes ? parse_bytes(device, bytes, &state->side.open) : 0;
}

/* Any box may have the switch of its drawer on a modem line. */
static int choose_sensor(struct ph_device *device, struct state *state)
{
	bool answers = state->side.answers.len != 0;

	if (state->model->lines || ph_option_is_set(device, "sensor_line"))
		state->line = line_bits[find(line_choices, ph_option_text(device, "sensor_line"))];
	if (state->line && answers)
		return ph_option_refuse(
			device, "sensor_line", "this box tells its state by an answer");
	if (state->line) {
		state->own.own = PH_SENSOR_AUTO;
		state->own.ask_first = true;
		state->own.ask_ms = 100;
	} else if (!answers) {
		state->own.own = PH_SENSOR_NONE;
	}
	return 0;
}

static void emit_info(struct ph_device *device)
{
	struct state *state = ph_device_state(device);
	struct ph_drawer_capabilities drawer = ph_drawer_box_capabilities(&state->box);

	ph_emit_info(device, &(struct ph_info){.vendor = state->model->maker,
				     .model = state->model->product,
				     .drawer = &drawer});
}

static const struct ph_drawer_box_ops box_ops = {.pulse = pulse, .ask = ask, .info = emit_info};

static int drawer_init(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	state->model = &models[find(box_choices, ph_option_text(device, "box"))];
	state->own = state->model->box;
	int r = choose_side(device, state);
	if (r >= 0)
		r = choose_sensor(device, state);
	if (r < 0)
		return r;
	ph_drawer_answer_init(&state->answer, &state->side.answers);
	ph_drawer_box_init(&state->box, device, &state->own, &box_ops);
	return 0;
}

static int drawer_open(struct ph_device *device)
{
	struct state *state = ph_device_state(device);

	ph_drawer_box_up(&state->box);
	if (state->line && ph_link_lines(device) < 0)
		ph_emit_log(device, PH_LOG_WARNING,
			"this port has no modem lines: the drawer's switch cannot be read");
	emit_info(device);
	return 0;
}

static void drawer_receive(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct state *state = ph_device_state(device);

	for (size_t i = 0; i < len; i++) {
		enum ph_drawer_state found = ph_drawer_answer_feed(&state->answer, data[i]);
		if (found != PH_DRAWER_STATE_UNKNOWN)
			ph_drawer_box_level(&state->box, found == PH_DRAWER_STATE_OPEN);
	}
}

/* What opens the drawer differs from box to box: anything an administrator sends counts as a pulse. */
static int drawer_direct(struct ph_device *device, const uint8_t *data, size_t len)
{
	struct state *state = ph_device_state(device);
	int r = ph_drawer_box_note_pulse(&state->box);

	return r < 0 ? r : ph_link_write(device, data, len);
}

static const char *const connections[] = {"serial", "tcp", NULL};

static const struct ph_option options[] = {
	{.name = "box",
		.type = PH_OPTION_CHOICE,
		.choices = box_choices,
		.preset = "trigger",
		.summary = "which box or drawer; trigger is any that opens at a byte"},
	{.name = "drawer",
		.type = PH_OPTION_INT,
		.min = 1,
		.max = 2,
		.preset = "1",
		.summary = "which one, of a box with two"},
	{.name = "open_bytes",
		.type = PH_OPTION_TEXT,
		.summary = "what opens it instead, in hexadecimal, such as a security string"},
	{.name = "sensor_line",
		.type = PH_OPTION_CHOICE,
		.choices = line_choices,
		.preset = "cts",
		.summary = "modem line with the drawer's switch; of boxes without one only if set"},
	PH_DRAWER_BOX_OPTION_SENSOR("level of the line, or the answer, while the drawer is open"),
};

const struct ph_driver ph_driver_drawer_serial = {
	.name = "drawer-serial",
	.version = POSHAL_VERSION,
	.summary = "cash drawers and trigger boxes on a serial line",
	.classes = PH_CLASS_BIT(PH_CLASS_DRAWER),
	.connections = connections,
	.options = options,
	.option_count = PH_ARRAY_SIZE(options),
	.maturity = PH_EXPERIMENTAL,
	.state_size = sizeof(struct state),
	.init = drawer_init,
	.open = drawer_open,
	.close = ph_drawer_box_on_close,
	.receive = drawer_receive,
	.tick = ph_drawer_box_on_tick,
	.direct = drawer_direct,
	.drawer = &ph_drawer_box_drawer_ops,
};
