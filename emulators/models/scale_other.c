// Scales of Brazil, Adam, Samsung, IND221, KERN and the Dialog 06 of counter scales.
//
// Source: public code (stoqdrivers, odoo, unicenta-pos, libsigrok); facts and numbers only.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emulators/models/scale_internal.h"

// ---- asked with ENQ, one frame between STX and ETX ----

// five letters where there is no weight, NULL where there is one
static const char *trouble(struct ph_emu_scale *s)
{
	switch (emu_scale_look(s)) {
	case PH_EMU_WEIGHT_MOTION:
	case PH_EMU_WEIGHT_NOT_READY:
		return "IIIII";
	case PH_EMU_WEIGHT_UNDER:
		return "NNNNN";
	case PH_EMU_WEIGHT_OVER:
		return "SSSSS";
	case PH_EMU_WEIGHT_STABLE:
		break;
	}
	return ph_emu_plate_net(&s->plate) < 0 ? "NNNNN" : NULL;
}

static long net(const struct ph_emu_scale *s)
{
	return labs(ph_emu_plate_net(&s->plate)) % 100000;
}

static void frame_prix(struct ph_emu_scale *s)
{
	char text[24];
	const char *letters = trouble(s);

	if (letters)
		snprintf(text, sizeof text, "\x02%s\x03", letters);
	else
		snprintf(text, sizeof text, "\x02%05ld\x03", net(s));
	emu_scale_text(s, text);
}

static void frame_prt4(struct ph_emu_scale *s)
{
	char text[64];
	const char *letters = trouble(s);

	if (letters)
		snprintf(text, sizeof text, "\x02%06d%s%06d%06d\x03", 1, letters, 0, 0);
	else
		snprintf(text, sizeof text, "\x02%06d%05ld%06ld%06ld\x03", 1, net(s),
			s->price % 1000000, emu_scale_total(s) % 1000000);
	emu_scale_text(s, text);
}

static void frame_p15(struct ph_emu_scale *s)
{
	char text[64], weight[16];
	const char *letters = trouble(s);

	snprintf(weight, sizeof weight, "%04ld", net(s));
	if (letters)
		snprintf(text, sizeof text, "\x02%6s %6d %6d\x03", letters, 0, 0);
	else
		snprintf(text, sizeof text, "\x02%6s %6ld %6ld\x03", weight, s->price % 1000000,
			emu_scale_total(s) % 1000000);
	emu_scale_text(s, text);
}

static void send_brazil(struct ph_emu_scale *s)
{
	s->asked++;
	if (s->kind == &emu_scale_prix)
		frame_prix(s);
	else if (s->kind == &emu_scale_prt4)
		frame_prt4(s);
	else
		frame_p15(s);
}

static void input_brazil(
	struct ph_emu_unit *unit, enum ph_emu_channel channel, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (data[i] == ENQ)
			send_brazil(emu_scale_of(unit));
}

static void init_price(struct ph_emu_scale *s)
{
	s->price = 200;
}

static const struct ph_emu_unit_ops ops_brazil = EMU_SCALE_OPS(input_brazil);

const struct ph_emu_scale_kind emu_scale_prix = {.word = "prix",
	.ops = &ops_brazil,
	.init = init_price,
	.maker = "Toledo do Brasil",
	.model = "Prix III"};
const struct ph_emu_scale_kind emu_scale_prt4 = {.word = "prt4",
	.ops = &ops_brazil,
	.init = init_price,
	.maker = "Toledo do Brasil",
	.model = "Prix, PRT4"};
const struct ph_emu_scale_kind emu_scale_p15 = {.word = "p15",
	.ops = &ops_brazil,
	.init = init_price,
	.maker = "Micheletti",
	.model = "P15"};

// ---- asked with a letter, answered with text ----

static void answer_adam(struct ph_emu_scale *s)
{
	char digits[16], text[32];

	s->asked++;
	s->beeps++;
	if (emu_scale_look(s) != PH_EMU_WEIGHT_STABLE)
		return;
	ph_emu_plate_text(&s->plate, ph_emu_plate_net(&s->plate), 0, ' ', digits);
	snprintf(text, sizeof text, "%s%s %s\r\n", ph_emu_plate_net(&s->plate) < 0 ? "-" : "",
		digits, ph_emu_plate_unit(&s->plate));
	if (strncmp(text, s->last, sizeof s->last) == 0)
		return; /* silent until the weight changes */
	snprintf(s->last, sizeof s->last, "%.23s", text);
	emu_scale_text(s, text);
}

static void answer_digits(struct ph_emu_scale *s, bool point)
{
	char digits[16], text[24];

	s->asked++;
	if (emu_scale_look(s) != PH_EMU_WEIGHT_STABLE)
		return;
	if (point)
		ph_emu_plate_text(&s->plate, ph_emu_plate_net(&s->plate), 6, '0', digits);
	else
		ph_emu_plate_digits(&s->plate, 6, digits);
	snprintf(text, sizeof text, "%s\r", digits);
	emu_scale_text(s, text);
}

static void input_letter(
	struct ph_emu_unit *unit, enum ph_emu_channel channel, const uint8_t *data, size_t len)
{
	struct ph_emu_scale *s = emu_scale_of(unit);

	for (size_t i = 0; i < len; i++) {
		if (s->kind == &emu_scale_samsung && data[i] == '$')
			answer_digits(s, true);
		else if (s->kind == &emu_scale_ind221 && data[i] == 'P')
			answer_digits(s, false);
		else if (s->kind == &emu_scale_adam && data[i] == LF && s->rx_len == 2 &&
			 memcmp(s->rx, "P\r", 2) == 0)
			answer_adam(s);
		s->rx_len = data[i] == LF ? 0 : s->rx_len;
		if (data[i] != LF && s->rx_len < sizeof s->rx)
			s->rx[s->rx_len++] = data[i];
	}
}

static const struct ph_emu_unit_ops ops_letter = EMU_SCALE_OPS(input_letter);

const struct ph_emu_scale_kind emu_scale_adam = {
	.word = "adam", .ops = &ops_letter, .maker = "Adam", .model = "AZExtra"};
const struct ph_emu_scale_kind emu_scale_samsung = {
	.word = "samsung", .ops = &ops_letter, .maker = "Samsung", .model = "ESP"};
const struct ph_emu_scale_kind emu_scale_ind221 = {
	.word = "ind221", .ops = &ops_letter, .maker = "Mettler Toledo", .model = "IND221"};

// ---- KERN: continuous, 14 bytes ----

static void frame_kern(struct ph_emu_scale *s)
{
	static const char *const units[] = {
		[PH_EMU_KG] = "KG", [PH_EMU_G] = " G", [PH_EMU_LB] = "LB", [PH_EMU_OZ] = "OZ"};
	enum ph_emu_weight w = emu_scale_look(s);
	char digits[16], text[32];
	char state = w == PH_EMU_WEIGHT_STABLE ? 'S' : w == PH_EMU_WEIGHT_MOTION ? 'U' : 'E';

	ph_emu_plate_text(&s->plate, ph_emu_plate_net(&s->plate), 7, '0', digits);
	snprintf(text, sizeof text, "%c%.7s%s %c\r\n", ph_emu_plate_net(&s->plate) < 0 ? '-' : '+',
		digits, units[s->plate.unit], state);
	emu_scale_text(s, text);
}

static void init_grams(struct ph_emu_scale *s)
{
	s->plate.unit = PH_EMU_G;
	s->plate.decimals = 2;
	s->plate.capacity = 600000;
}

const struct ph_emu_scale_kind emu_scale_kern = {.word = "kern",
	.ops = &emu_scale_stream_ops,
	.init = init_grams,
	.frame = frame_kern,
	.period_ms = 200,
	.maker = "KERN",
	.model = "EW"};

// ---- Dialog 06 ----

static const char *state_06(struct ph_emu_scale *s)
{
	switch (emu_scale_look(s)) {
	case PH_EMU_WEIGHT_STABLE:
		return ph_emu_plate_net(&s->plate) == 0 ? "30" : "00";
	case PH_EMU_WEIGHT_MOTION:
		return "20";
	case PH_EMU_WEIGHT_OVER:
		return "32";
	case PH_EMU_WEIGHT_UNDER:
		return "31";
	case PH_EMU_WEIGHT_NOT_READY:
		return "22";
	}
	return "01";
}

static void send_06(struct ph_emu_scale *s)
{
	char text[64];

	s->asked++;
	if (strcmp(state_06(s), "00") != 0) {
		emu_scale_text(s, "\x15"); /* the host asks for the state then */
		return;
	}
	snprintf(text, sizeof text,
		"\x02"
		"02\x1b"
		"3\x1b%05ld\x1b%06ld\x1b%06ld\x03",
		net(s), s->price % 1000000, emu_scale_total(s) % 1000000);
	emu_scale_text(s, text);
}

static void record_06(struct ph_emu_scale *s, const uint8_t *r, size_t len)
{
	char price[7] = {0}, text[16];

	if (len == 2 && memcmp(r, "08", 2) == 0) {
		snprintf(text, sizeof text,
			"\x02"
			"09\x1b%s\x03",
			state_06(s));
		emu_scale_text(s, text);
		return;
	}
	if (len < 9 || r[0] != '0' || r[1] < '1' || r[1] > '5' || r[2] != ESC) {
		emu_scale_text(s, "\x15");
		return;
	}
	memcpy(price, r + 3, 6);
	s->price = atol(price);
	emu_scale_text(s, "\x06");
}

// EOT, then ENQ, or STX, a record and ETX
static void input_06(
	struct ph_emu_unit *unit, enum ph_emu_channel channel, const uint8_t *data, size_t len)
{
	struct ph_emu_scale *s = emu_scale_of(unit);

	for (size_t i = 0; i < len; i++) {
		uint8_t c = data[i] & 0x7f;
		if (c == EOT || c == STX) {
			s->rx_len = 0;
		} else if (c == ENQ) {
			send_06(s);
		} else if (c == ETX) {
			record_06(s, s->rx, s->rx_len);
			s->rx_len = 0;
		} else if (s->rx_len < sizeof s->rx) {
			s->rx[s->rx_len++] = c;
		}
	}
}

static const struct ph_emu_unit_ops ops_06 = EMU_SCALE_OPS(input_06);

const struct ph_emu_scale_kind emu_scale_dialog06 = {.word = "dialog06",
	.ops = &ops_06,
	.init = init_price,
	.maker = "Bizerba",
	.model = "Dialog 06 scale"};
