// Scales with HID reports: the standard page 8D, and the interface IBM (now Toshiba) made for its tills.
//
// Sources: USB HID Usage Tables 1.5, chapter 8D; behaviour of datalogic/androidPOS-core and its tests (facts and numbers only).
#include <stdlib.h>
#include <string.h>

#include "emulators/models/scale_internal.h"

// ---- page 8D ----

#define DESCRIPTOR_8D(id)                                                                          \
	{                                                                                          \
		0x05, 0x8D, 0x09, 0x20, 0xA1, 0x01, 0x85, id, 0x09, 0x32, 0xA1, 0x02, 0x09, 0x70,  \
			0xA1, 0x02, 0x15, 0x01, 0x25, 0x08, 0x75, 0x08, 0x95, 0x01, 0x19, 0x71,    \
			0x29, 0x78, 0x81, 0x00, 0xC0, 0x09, 0x50, 0xA1, 0x02, 0x25, 0x0C, 0x19,    \
			0x51, 0x29, 0x5C, 0x81, 0x00, 0xC0, 0x09, 0x41, 0x15, 0x80, 0x25, 0x7F,    \
			0x81, 0x02, 0x09, 0x40, 0x15, 0x00, 0x27, 0xFF, 0xFF, 0x00, 0x00, 0x75,    \
			0x10, 0x81, 0x02, 0xC0, 0x85, 0x02, 0x09, 0x31, 0xA1, 0x02, 0x25, 0x01,    \
			0x75, 0x01, 0x95, 0x02, 0x09, 0x81, 0x09, 0x80, 0x91, 0x02, 0x75, 0x06,    \
			0x95, 0x01, 0x91, 0x03, 0xC0, 0xC0                                         \
	}
static const uint8_t descriptor_8d[] = DESCRIPTOR_8D(3);
static const uint8_t descriptor_8d_4[] = DESCRIPTOR_8D(4);

enum { FAULT = 1, ZERO = 2, MOVES = 3, STABLE = 4, UNDER = 5, OVER = 6, CALIBRATE = 7, REZERO = 8 };

static uint8_t status_8d(struct ph_emu_scale *s)
{
	if (s->plate.unzeroed)
		return REZERO;
	switch (emu_scale_look(s)) {
	case PH_EMU_WEIGHT_STABLE:
		return ph_emu_plate_gross(&s->plate) == 0 ? ZERO : STABLE;
	case PH_EMU_WEIGHT_MOTION:
		return MOVES;
	case PH_EMU_WEIGHT_OVER:
		return OVER;
	case PH_EMU_WEIGHT_UNDER:
		return UNDER;
	case PH_EMU_WEIGHT_NOT_READY:
		return CALIBRATE;
	}
	return FAULT;
}

static void frame_8d(struct ph_emu_scale *s)
{
	static const uint8_t units[] = {
		[PH_EMU_KG] = 3, [PH_EMU_G] = 2, [PH_EMU_LB] = 0x0C, [PH_EMU_OZ] = 0x0B};
	/* the size only: below zero is a status */
	long net = labs(ph_emu_plate_net(&s->plate));
	const uint8_t report[] = {s->kind == &emu_scale_hid_4 ? 4 : 3, status_8d(s),
		units[s->plate.unit], (uint8_t)(256 - s->plate.decimals), (uint8_t)net,
		(uint8_t)(net >> 8)};

	memcpy(s->report, report, sizeof report);
	emu_unit_send(&s->unit, report, sizeof report);
}

static void input_8d(
	struct ph_emu_unit *unit, enum ph_emu_channel channel, const uint8_t *data, size_t len)
{
	struct ph_emu_scale *s = emu_scale_of(unit);

	if (channel == PH_EMU_REPORT && len >= 2 && data[0] == 2 && (data[1] & 2)) {
		ph_emu_plate_zero(&s->plate, unit->now_us);
		s->next_us = 0;
	}
}

static size_t get_report_8d(
	struct ph_emu_unit *unit, unsigned type, unsigned id, uint8_t *out, size_t size)
{
	struct ph_emu_scale *s = emu_scale_of(unit);

	if (type != 1 || id != s->report[0] || size < sizeof s->report)
		return 0;
	memcpy(out, s->report, sizeof s->report);
	return sizeof s->report;
}

static const struct ph_emu_unit_ops ops_8d = {.input = input_8d,
	.tick = emu_scale_tick,
	.get_report = get_report_8d,
	.fault = emu_scale_fault,
	.power = emu_scale_power,
	.opened = emu_scale_opened};

const struct ph_emu_scale_kind emu_scale_hid = {.word = "hid",
	.ops = &ops_8d,
	.frame = frame_8d,
	.period_ms = 250,
	.vendor = 0x0922,
	.product = 0x8003,
	.maker = "DYMO",
	.model = "M10 10 lb USB Postal Scale",
	.descriptor = descriptor_8d,
	.descriptor_len = sizeof descriptor_8d};
const struct ph_emu_scale_kind emu_scale_hid_4 = {.word = "hid-4",
	.ops = &ops_8d,
	.frame = frame_8d,
	.period_ms = 250,
	.vendor = 0x0eb8,
	.product = 0xf000,
	.maker = "Mettler Toledo",
	.model = "USB scale",
	.descriptor = descriptor_8d_4,
	.descriptor_len = sizeof descriptor_8d_4};

// ---- OEM, usage 6E00 ----

#define S0_CONFIG     0x02
#define S0_COMMAND    0x40
#define S0_NOT_READY  0x80
#define S1_METRIC     0x01
#define S1_FIVE	      0x02
#define S1_NO_WEIGHT  0x04
#define S2_CONFIG_OK  0x01
#define S2_UNDER      0x02
#define S2_OVER	      0x04
#define S2_CENTRE     0x08
#define S2_NEEDS_ZERO 0x10

#define OEM_IN	      8 /* bytes of a report */

static const uint8_t descriptor_oem[] = {0x06, 0x45, 0xFF, 0x0A, 0x00, 0x6E, 0xA1, 0x01, 0x15, 0x00,
	0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, OEM_IN, 0x09, 0x01, 0x81, 0x02, 0x95, 0x05, 0x09, 0x02,
	0x91, 0x02, 0xC0};

static void send_oem(
	struct ph_emu_scale *s, uint8_t s0, uint8_t s1, uint8_t s2, const uint8_t *data)
{
	uint8_t report[1 + OEM_IN] = {0, s0, s1, s->three_bytes ? s2 : 0};

	if (data)
		memcpy(report + 4, data, 5);
	emu_unit_send(&s->unit, report, sizeof report);
}

// Thousandths of a kilogram, or hundredths of a pound, whatever the plate shows.
static long steps_of(const struct ph_emu_scale *s, bool metric)
{
	long long n = labs(ph_emu_plate_net(&s->plate));
	bool pounds = s->plate.unit == PH_EMU_LB;

	if (metric == !pounds)
		return (long)n;
	if (metric)
		return (long)((n * 4535924 + 500000) / 1000000); /* 0.01 lb is 4.535924 g */
	return (long)((n * 220462 + 500000) / 1000000);
}

static void read_oem(struct ph_emu_scale *s, bool metric)
{
	uint8_t s1 = metric ? S1_METRIC | S1_FIVE : 0;
	uint8_t digits[5] = {0};
	unsigned count = metric || (s->config[1] & 1) ? 5 : 4;
	long n = steps_of(s, metric);

	s->asked++;
	if (s->plate.unzeroed) {
		send_oem(s, 0, s1, S2_NEEDS_ZERO, NULL);
		return;
	}
	switch (emu_scale_look(s)) {
	case PH_EMU_WEIGHT_NOT_READY:
		send_oem(s, S0_NOT_READY, 0, 0, NULL);
		return;
	case PH_EMU_WEIGHT_MOTION:
		send_oem(s, 0, s1 | S1_NO_WEIGHT, 0, NULL);
		return;
	case PH_EMU_WEIGHT_OVER:
		send_oem(s, 0, s1, S2_OVER, NULL);
		return;
	case PH_EMU_WEIGHT_UNDER:
		send_oem(s, 0, s1, S2_UNDER, NULL);
		return;
	case PH_EMU_WEIGHT_STABLE:
		break;
	}
	for (unsigned i = count; i > 0; i--, n /= 10)
		digits[i - 1] = (uint8_t)(n % 10);
	s1 |= count == 5 ? S1_FIVE : 0;
	send_oem(s, 0, s1, ph_emu_plate_gross(&s->plate) == 0 ? S2_CENTRE : 0, digits);
}

static void system_oem(struct ph_emu_scale *s, uint8_t what)
{
	if (what == 0x40) {
		emu_scale_power(&s->unit);
		s->plate.unzeroed = false;
		s->unit.reenumerate = true;
		return;
	}
	bool known = what == 0x10 || what == 0x20;
	send_oem(s, known ? 0 : S0_COMMAND, 0, 0, NULL);
}

static void run_oem(struct ph_emu_scale *s, const uint8_t *c)
{
	const uint8_t config[5] = {s->config[0], s->config[1], s->config[2]};

	switch (c[0]) {
	case 0x00:
		system_oem(s, c[1]);
		return;
	case 0x01:
	case 0x02:
		read_oem(s, c[0] == 2);
		return;
	case 0x03:
		send_oem(s, ph_emu_plate_zero(&s->plate, s->unit.now_us) < 0 ? S0_COMMAND : 0, 0, 0,
			NULL);
		return;
	case 0x04:
	case 0x05:
		s->three_bytes = c[0] == 4;
		send_oem(s, 0, 0, 0, NULL);
		return;
	case 0x06:
		send_oem(s, 0, 0, 0, NULL);
		return;
	case 0x20:
		memcpy(s->config, c + 2, sizeof s->config);
		send_oem(s, 0, 0, S2_CONFIG_OK, NULL);
		return;
	case 0x21:
		send_oem(s, S0_CONFIG, 0, 0, config);
		return;
	default:
		send_oem(s, S0_COMMAND, 0, 0, NULL);
	}
}

static void input_oem(
	struct ph_emu_unit *unit, enum ph_emu_channel channel, const uint8_t *data, size_t len)
{
	uint8_t command[5] = {0};

	if (channel != PH_EMU_REPORT || len < 2)
		return;
	memcpy(command, data + 1, len - 1 < sizeof command ? len - 1 : sizeof command);
	run_oem(emu_scale_of(unit), command);
}

static void init_oem(struct ph_emu_scale *s)
{
	s->three_bytes = true;
}

static const struct ph_emu_unit_ops ops_oem = EMU_SCALE_OPS(input_oem);

const struct ph_emu_scale_kind emu_scale_oem = {.word = "oem",
	.ops = &ops_oem,
	.init = init_oem,
	.vendor = 0x05f9,
	.product = 0x1605,
	.maker = "Datalogic ADC",
	.model = "OEM scale",
	.descriptor = descriptor_oem,
	.descriptor_len = sizeof descriptor_oem,
	.interface_text = "Scale (Usage = 6E00h, Usage Page = FF45h)"};
