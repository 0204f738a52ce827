// Cash drawers with a cable of their own: what opens them and how they tell their switch.
#include "emulators/models/drawer_box.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"

#define PULSE_MS 100 /* the box itself makes it */

static struct ph_emu_box *box_of(struct ph_emu_unit *unit)
{
	return PH_CONTAINER_OF(unit, struct ph_emu_box, unit);
}

static void fire(struct ph_emu_box *b)
{
	uint64_t now = b->unit.now_us;

	if (now < b->charged_us) { /* the capacitor is not full */
		b->refused++;
		return;
	}
	b->charged_us = b->charge_ms ? now + b->charge_ms * 1000ull : 0;
	ph_emu_drawer_pulse(b->drawer, now, b->drawer->config.pin, PULSE_MS, PULSE_MS);
}

// by the switch, which may be missing or wrongly wired
static bool is_open(const struct ph_emu_box *b)
{
	return b->drawer->level == b->drawer->config.open_is_high;
}

static uint64_t tick(struct ph_emu_unit *unit)
{
	return ph_emu_drawer_tick(box_of(unit)->drawer, unit->now_us);
}

static int fault(struct ph_emu_unit *unit, const char *word, long value, bool off)
{
	if (strcmp(word, "wrong_number") != 0)
		return -EINVAL;
	box_of(unit)->wrong_number = !off;
	return 0;
}

// ---- serial boxes ----

static void input_bell(
	struct ph_emu_unit *unit, enum ph_emu_channel channel, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (data[i] == 0x07)
			fire(box_of(unit));
}

static void input_any(
	struct ph_emu_unit *unit, enum ph_emu_channel channel, const uint8_t *data, size_t len)
{
	if (len)
		fire(box_of(unit)); /* what comes at once is one pulse */
}

// the five characters 1B 70 30 37 79
static void input_characters(
	struct ph_emu_unit *unit, enum ph_emu_channel channel, const uint8_t *data, size_t len)
{
	static const uint8_t command[] = {0x1B, 0x70, 0x30, 0x37, 0x79};
	struct ph_emu_box *b = box_of(unit);

	for (size_t i = 0; i < len; i++) {
		if (data[i] != command[b->rx_len])
			b->rx_len = 0;
		if (data[i] == command[b->rx_len])
			b->rx_len++;
		if (b->rx_len == sizeof command) {
			b->rx_len = 0;
			fire(b);
		}
	}
}

static void tell_glancetron(struct ph_emu_box *b, uint8_t which)
{
	bool open = which == 0x3A ? is_open(b) : b->second_open;
	const uint8_t answer[] = {0x1B, which == 0x3A ? 0x34 : 0x35, open ? 0x42 : 0x41};

	emu_unit_send(&b->unit, answer, sizeof answer);
}

static void escape_glancetron(struct ph_emu_box *b, uint8_t c)
{
	if (c == 0x34)
		fire(b);
	else if (c == 0x35)
		b->second_open = true;
	else if (c == 0x3A || c == 0x3B)
		tell_glancetron(b, c);
}

static void input_glancetron(
	struct ph_emu_unit *unit, enum ph_emu_channel channel, const uint8_t *data, size_t len)
{
	struct ph_emu_box *b = box_of(unit);

	for (size_t i = 0; i < len; i++) {
		if (b->rx_len) {
			b->rx_len = 0;
			escape_glancetron(b, data[i]);
		} else if (data[i] == 0x1B) {
			b->rx_len = 1;
		} else if (data[i] != 0) {
			fire(b);
		}
	}
}

// ---- Posiflex ----

#define POSIFLEX_LEN 120

static const uint8_t descriptor_posiflex[] = {0x06, 0xA0, 0xFF, 0x09, 0x01, 0xA1, 0x01, 0x09, 0x02,
	0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x78, 0x81, 0x02, 0x09, 0x03, 0x15, 0x00,
	0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x78, 0x91, 0x02, 0xC0};

static void input_posiflex(
	struct ph_emu_unit *unit, enum ph_emu_channel channel, const uint8_t *data, size_t len)
{
	struct ph_emu_box *b = box_of(unit);
	uint8_t answer[1 + POSIFLEX_LEN] = {0};

	if (channel != PH_EMU_REPORT || len < 3)
		return;
	if (data[1] == 0xF0)
		b->loader = true;
	if (data[1] != b->number)
		return;
	if (data[2] == b->number) {
		fire(b);
	} else if (data[2] == b->number + 1) {
		unsigned number = (b->number + b->wrong_number) & 7;
		b->wrong_number = false;
		answer[1] = (uint8_t)(number << 4 | !is_open(b));
		emu_unit_send(unit, answer, sizeof answer);
	}
}

// ---- Star ----

static void input_star(
	struct ph_emu_unit *unit, enum ph_emu_channel channel, const uint8_t *data, size_t len)
{
	if (len >= 2 && data[0] == 0x2B && data[1] == 0x00)
		fire(box_of(unit));
}

// what the IN pipe says at any time
static size_t state_star(
	struct ph_emu_unit *unit, unsigned type, unsigned id, uint8_t *out, size_t size)
{
	size_t n = size < 8 ? size : 8;

	memset(out, 0, n);
	if (n)
		out[0] = is_open(box_of(unit)) ? 0x80 : 0x00;
	return n;
}

// ---- the list ----

static const struct ph_emu_unit_ops ops_bell = {.input = input_bell, .tick = tick, .fault = fault};
static const struct ph_emu_unit_ops ops_any = {.input = input_any, .tick = tick, .fault = fault};
static const struct ph_emu_unit_ops ops_characters = {
	.input = input_characters, .tick = tick, .fault = fault};
static const struct ph_emu_unit_ops ops_glancetron = {
	.input = input_glancetron, .tick = tick, .fault = fault};
static const struct ph_emu_unit_ops ops_posiflex = {
	.input = input_posiflex, .tick = tick, .fault = fault};
static const struct ph_emu_unit_ops ops_star = {
	.input = input_star, .tick = tick, .fault = fault, .get_report = state_star};

static const struct ph_emu_box_kind kinds[] = {
	{.word = "bell", .ops = &ops_bell, .maker = "APG", .model = "SerialPRO II"},
	{.word = "any", .ops = &ops_any, .maker = "POSHAL", .model = "Trigger box"},
	{.word = "characters", .ops = &ops_characters, .maker = "POSHAL", .model = "Drawer box"},
	{.word = "glancetron", .ops = &ops_glancetron, .maker = "Glancetron", .model = "8005-U"},
	{.word = "posiflex",
		.ops = &ops_posiflex,
		.vendor = 0x0d3a,
		.product = 0x0200,
		.maker = "Posiflex",
		.model = "Cash drawer",
		.descriptor = descriptor_posiflex,
		.descriptor_len = sizeof descriptor_posiflex},
	{.word = "star",
		.ops = &ops_star,
		.vendor = 0x0519,
		.product = 0x1011,
		.maker = "Star",
		.model = "Cash drawer",
		.bulk = true},
};

const struct ph_emu_box_kind *ph_emu_box_kind(const char *word)
{
	for (size_t i = 0; i < PH_ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].word, word) == 0)
			return &kinds[i];
	return NULL;
}

void ph_emu_box_init(
	struct ph_emu_box *b, const struct ph_emu_box_kind *kind, struct ph_emu_drawer *drawer)
{
	*b = (struct ph_emu_box){.kind = kind, .drawer = drawer};
	ph_emu_unit_init(&b->unit, kind->ops);
}

void ph_emu_box_done(struct ph_emu_box *b)
{
	ph_emu_unit_done(&b->unit);
}
