// Datalogic's serial scanners: RS-232 standard with its one-letter commands and service port, and the single cable of scanner-scales.
//
// Sources: Datalogic KA-01506 (RS-232 standard) and KA-01089 (single cable).
#include <errno.h>
#include <string.h>

#include "emulators/models/plate.h"
#include "emulators/models/reader_internal.h"

enum { ACK = 0x06, BEL = 0x07, CR = 0x0D, NAK = 0x15 };

// ---- RS-232 standard ----

static int scan(struct ph_emu_reader *r, const struct ph_emu_label *label)
{
	const char *id = r->plain ? "" : label->ids->us;

	if (!id)
		return -EINVAL;
	int e = *id ? emu_unit_send(&r->unit, id, strlen(id)) : 0;
	return e < 0 ? e : emu_reader_serial.scan(r, label);
}

static void answer(struct ph_emu_reader *r, const char *text)
{
	emu_unit_send(&r->unit, text, strlen(text));
}

static void set_enabled(struct ph_emu_reader *r, bool on)
{
	r->enabled = on;
}

static void one_letter(struct ph_emu_reader *r, uint8_t c)
{
	switch (c) {
	case 'E':
	case 'D':
		set_enabled(r, c == 'E');
		return;
	case 'R':
		emu_reader_power(&r->unit);
		return;
	case 'B':
		r->good += r->beeper;
		return;
	case 0x01:
		r->good++;
		return;
	case BEL:
		r->beeper = true;
		return;
	case 'F':
		r->not_on_file++;
		return;
	case 'i':
		answer(r, "\1MPOSHAL\3S0123456\3A1.00\4");
		return;
	case 'h':
		answer(r, "\1H0\4");
		return;
	case 's':
		answer(r, "\1T0\4");
		return;
	default:
		answer(r, "\x18");
	}
}

// `$S` opens the service port, `$Ar` saves and leaves; the rest is accepted while it is open
static void service(struct ph_emu_reader *r, const uint8_t *line, size_t len)
{
	bool opens = len == 2 && line[1] == 'S';

	if (opens)
		r->command_mode = true;
	answer(r, r->command_mode ? "$>\r" : "$#\r");
	if (len == 3 && line[1] == 'A' && line[2] == 'r')
		r->command_mode = false;
}

static void input(
	struct ph_emu_unit *unit, enum ph_emu_channel channel, const uint8_t *data, size_t len)
{
	struct ph_emu_reader *r = emu_reader_of(unit);

	emu_reader_note(r, data, len);
	for (size_t i = 0; i < len; i++) {
		if (r->rx_len == 0 && data[i] != '$') {
			one_letter(r, data[i]);
		} else if (data[i] == CR) {
			service(r, r->rx, r->rx_len);
			r->rx_len = 0;
		} else if (r->rx_len < sizeof r->rx) {
			r->rx[r->rx_len++] = data[i];
		}
	}
}

static const struct ph_emu_unit_ops ops = {
	.input = input, .fault = emu_reader_fault, .power = emu_reader_power};

const struct ph_emu_reader_kind emu_reader_datalogic = {
	.word = "datalogic",
	.cable = PH_EMU_CABLE_SERIAL,
	.ops = &ops,
	.scan = scan,
	.vendor = 0x05f9,
	.product = 0x4204,
	.maker = "Datalogic ADC",
	.model = "Serial scanner",
};

// ---- single cable ----

static int scan_single(struct ph_emu_reader *r, const struct ph_emu_label *label)
{
	uint8_t out[PH_EMU_LABEL_MAX + 16];
	size_t n = 0;

	if (!label->ids->scrs232)
		return -EINVAL;
	if (label->len > PH_EMU_PACKET_MAX - 16)
		return -EMSGSIZE;
	memcpy(out, "S08", 3);
	n = 3;
	memcpy(out + n, label->ids->scrs232, strlen(label->ids->scrs232));
	n += strlen(label->ids->scrs232);
	memcpy(out + n, label->data, label->len);
	n += label->len;
	out[n++] = CR;
	return emu_unit_send(&r->unit, out, n);
}

// S11: only a stable weight in range, and not an empty plate, is answered; until then the request stays
static void weigh_when_stable(struct ph_emu_reader *r)
{
	char digits[16], text[24] = "S11";
	enum ph_emu_weight w = ph_emu_plate_look(r->plate, r->unit.now_us);

	if (!r->weight_wanted || w != PH_EMU_WEIGHT_STABLE || ph_emu_plate_net(r->plate) == 0)
		return;
	r->weight_wanted = false;
	ph_emu_plate_digits(r->plate, r->plate->decimals == 2 ? 4 : 5, digits);
	memcpy(text + 3, digits, strlen(digits) + 1);
	memcpy(text + strlen(text), "\r", 2);
	answer(r, text);
}

static void monitor(struct ph_emu_reader *r)
{
	char digits[16], text[24] = "S144";

	switch (ph_emu_plate_look(r->plate, r->unit.now_us)) {
	case PH_EMU_WEIGHT_NOT_READY:
		answer(r, "S140\r");
		return;
	case PH_EMU_WEIGHT_MOTION:
		answer(r, "S141\r");
		return;
	case PH_EMU_WEIGHT_OVER:
		answer(r, "S142\r");
		return;
	case PH_EMU_WEIGHT_UNDER:
		answer(r, "S145\r");
		return;
	case PH_EMU_WEIGHT_STABLE:
		break;
	}
	if (ph_emu_plate_net(r->plate) == 0) {
		answer(r, "S143\r");
		return;
	}
	ph_emu_plate_digits(r->plate, r->plate->decimals == 2 ? 4 : 5, digits);
	memcpy(text + 4, digits, strlen(digits) + 1);
	memcpy(text + strlen(text), "\r", 2);
	answer(r, text);
}

static void run_scale(struct ph_emu_reader *r, uint8_t digit)
{
	if (!r->plate)
		return;
	if (digit == '1') {
		r->weight_wanted = true;
		weigh_when_stable(r);
	} else if (digit == '2') {
		r->weight_wanted = false;
	} else if (digit == '3') {
		answer(r, "S13\r");
	} else if (digit == '4') {
		monitor(r);
	}
}

static void run_single(struct ph_emu_reader *r, const uint8_t *c, size_t len)
{
	if (len != 3 || c[0] != 'S')
		return;
	if (c[1] == '1' && c[2] != '0') {
		run_scale(r, c[2]);
		return;
	}
	if (c[2] == '0') {
		r->enabled = true;
		r->weight_wanted = false;
		return;
	}
	if (c[1] != '0')
		return;
	if (c[2] == '1' || c[2] == '2' || c[2] == '6')
		r->enabled = c[2] == '1';
	else if (c[2] == '5')
		r->not_on_file++;
	else if (c[2] == '3')
		answer(r, "S03\r");
}

static void input_single(
	struct ph_emu_unit *unit, enum ph_emu_channel channel, const uint8_t *data, size_t len)
{
	struct ph_emu_reader *r = emu_reader_of(unit);

	for (size_t i = 0; i < len; i++) {
		uint8_t c = data[i] & 0x7f; /* the line has seven bits */
		if (c == CR) {
			emu_reader_note(r, r->rx, r->rx_len);
			run_single(r, r->rx, r->rx_len);
			r->rx_len = 0;
		} else if (r->rx_len < sizeof r->rx) {
			r->rx[r->rx_len++] = c;
		}
	}
}

static uint64_t tick_single(struct ph_emu_unit *unit)
{
	struct ph_emu_reader *r = emu_reader_of(unit);

	if (!r->plate)
		return PH_EMU_UNIT_NEVER;
	weigh_when_stable(r);
	return r->weight_wanted ? ph_emu_plate_next(r->plate, unit->now_us) : PH_EMU_UNIT_NEVER;
}

static const struct ph_emu_unit_ops ops_single = {.input = input_single,
	.tick = tick_single,
	.fault = emu_reader_fault,
	.power = emu_reader_power};

const struct ph_emu_reader_kind emu_reader_single_cable = {
	.word = "single-cable",
	.cable = PH_EMU_CABLE_SERIAL,
	.ops = &ops_single,
	.scan = scan_single,
	.vendor = 0x05f9,
	.product = 0x4505,
	.maker = "Datalogic ADC",
	.model = "Scanner scale",
};
