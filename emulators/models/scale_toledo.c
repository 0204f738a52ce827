// Scales that are asked with W: Toledo 8217, Datalogic SASI, NCI SCP-01, SMA; and Mettler's continuous output.
//
// Sources: Mettler Toledo DIVA service manual 72191202, chapter 6; Wildcat technical manual, tables 6-8 to 6-11; Datalogic KA-01089;
// SMA SCP-0499.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emulators/models/scale_internal.h"

/* Status byte of 8217 */
#define MOTION	   0x01
#define OVER	   0x02
#define UNDER	   0x04
#define NO_CAPTURE 0x08
#define CENTRE	   0x10
#define NET	   0x20
#define ALWAYS	   0x40

// ---- 8217 ----

static uint8_t status_8217(struct ph_emu_scale *s)
{
	uint8_t status = ALWAYS;

	switch (emu_scale_look(s)) {
	case PH_EMU_WEIGHT_MOTION:
		status |= MOTION;
		break;
	case PH_EMU_WEIGHT_OVER:
		status |= OVER;
		break;
	case PH_EMU_WEIGHT_UNDER:
		status |= UNDER;
		break;
	case PH_EMU_WEIGHT_NOT_READY:
		status |= NO_CAPTURE;
		break;
	case PH_EMU_WEIGHT_STABLE:
		status |= ph_emu_plate_gross(&s->plate) == 0 ? CENTRE : 0;
		break;
	}
	return s->plate.tare ? status | NET : status;
}

static void send_status_8217(struct ph_emu_scale *s)
{
	const uint8_t frame[] = {STX, '?', status_8217(s), CR};

	emu_scale_send(s, frame, sizeof frame);
}

static void send_weight_8217(struct ph_emu_scale *s, bool finer)
{
	char text[24], digits[16];
	bool sasi = s->kind == &emu_scale_sasi;
	unsigned width = s->plate.decimals + 3 + (sasi && s->plate.unit == PH_EMU_LB);

	s->asked++;
	if (emu_scale_look(s) != PH_EMU_WEIGHT_STABLE || ph_emu_plate_net(&s->plate) < 0) {
		s->last[0] = 0;
		send_status_8217(s);
		return;
	}
	ph_emu_plate_text(&s->plate, ph_emu_plate_net(&s->plate), width, '0', digits);
	snprintf(text, sizeof text, "\x02%s%s%s\r", digits, finer ? "0" : "",
		s->plate.tare ? "N" : "");
	bool same = strcmp(text, s->last) == 0;
	memcpy(s->last, text, sizeof s->last);
	if (s->once && same)
		emu_scale_text(s, "\x02?@\r");
	else
		emu_scale_text(s, text);
}

static void digital_tare(struct ph_emu_scale *s, const uint8_t *digits)
{
	char text[6] = {0};

	memcpy(text, digits, 5);
	s->plate.tare = atol(text);
	send_status_8217(s);
}

// T, then CR or five digits and CR
static bool in_tare(struct ph_emu_scale *s, uint8_t c)
{
	if (s->rx_len == 0)
		return false;
	if (c != CR) {
		if (s->rx_len < 8)
			s->rx[s->rx_len++] = c;
		return true;
	}
	if (s->rx_len == 6) {
		digital_tare(s, s->rx + 1);
	} else if (s->rx_len == 1) {
		ph_emu_plate_tare(&s->plate, s->unit.now_us);
		emu_unit_pause(&s->unit, 150000);
		send_status_8217(s);
	}
	s->rx_len = 0;
	return true;
}

static void clear_tare(struct ph_emu_scale *s)
{
	s->plate.tare = 0;
	emu_unit_pause(&s->unit, 150000);
	send_status_8217(s);
}

static void byte_8217(struct ph_emu_scale *s, uint8_t c)
{
	/* Mettler: a set bit is a failed test; SASI: a passed one, all five of them */
	const uint8_t tested[] = {STX, '?', s->kind == &emu_scale_sasi ? 0x5F : 0x40, CR};

	if (s->echo) {
		emu_scale_send(s, &c, 1);
		s->echo = c != 'F';
		return;
	}
	if (in_tare(s, c))
		return;
	switch (c) {
	case 'W':
	case 'H':
		send_weight_8217(s, c == 'H');
		return;
	case 'Z':
		ph_emu_plate_zero(&s->plate, s->unit.now_us);
		send_status_8217(s);
		return;
	case 'T':
		s->rx[s->rx_len++] = c;
		return;
	case 'C':
		clear_tare(s);
		return;
	case 'A':
		emu_scale_text(s, "\x02\r");
		return;
	case 'B':
		emu_scale_send(s, tested, sizeof tested);
		return;
	case 'E':
		s->echo = true;
		emu_scale_text(s, "\x02"
				  "E\r");
		return;
	default:
		return;
	}
}

static void input_8217(
	struct ph_emu_unit *unit, enum ph_emu_channel channel, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		byte_8217(emu_scale_of(unit), data[i] & 0x7f);
}

static void init_once(struct ph_emu_scale *s)
{
	s->once = true;
}

static const struct ph_emu_unit_ops ops_8217 = EMU_SCALE_OPS(input_8217);

const struct ph_emu_scale_kind emu_scale_8217 = {
	.word = "8217", .ops = &ops_8217, .maker = "Mettler Toledo", .model = "8217 scale"};
const struct ph_emu_scale_kind emu_scale_sasi = {.word = "sasi",
	.ops = &ops_8217,
	.init = init_once,
	.maker = "Datalogic",
	.model = "SASI scale"};

// ---- commands that end with CR: SCP-01 and SMA ----

static void input_lines(
	struct ph_emu_unit *unit, enum ph_emu_channel channel, const uint8_t *data, size_t len)
{
	struct ph_emu_scale *s = emu_scale_of(unit);

	for (size_t i = 0; i < len; i++) {
		uint8_t c = data[i] & 0x7f;
		if (c == ESC)
			s->repeat = false;
		if (c == LF || c == ESC) {
			s->rx_len = 0;
		} else if (c == CR) {
			s->kind->command(s, s->rx, s->rx_len);
			s->rx_len = 0;
		} else if (s->rx_len < sizeof s->rx) {
			s->rx[s->rx_len++] = c;
		}
	}
}

static void next_unit(struct ph_emu_plate *p)
{
	p->unit = p->unit == PH_EMU_KG ? PH_EMU_LB : PH_EMU_KG;
}

static void upper_unit(const struct ph_emu_scale *s, char out[3])
{
	const char *unit = ph_emu_plate_unit(&s->plate);

	out[0] = (char)(unit[0] - 32);
	out[1] = unit[1] ? (char)(unit[1] - 32) : ' ';
	out[2] = 0;
}

static void send_scp01(struct ph_emu_scale *s, const char *first)
{
	enum ph_emu_weight w = emu_scale_look(s);
	uint8_t b1 = 0x30, b2 = 0x30;
	char frame[48];

	b1 |= w == PH_EMU_WEIGHT_MOTION ? 1 : 0;
	b1 |= w == PH_EMU_WEIGHT_STABLE && ph_emu_plate_gross(&s->plate) == 0 ? 2 : 0;
	b2 |= w == PH_EMU_WEIGHT_UNDER ? 1 : w == PH_EMU_WEIGHT_OVER ? 2 : 0;
	b2 |= s->plate.tare ? 0x40 : 0;
	/* the third byte: low range, net */
	snprintf(frame, sizeof frame, "%s\nS%c%c%s\r\x03", first, b1, b2, s->plate.tare ? "4" : "");
	emu_scale_text(s, frame);
}

static void weight_scp01(struct ph_emu_scale *s, bool finer)
{
	char digits[16], unit[3], line[32];

	s->asked++;
	if (emu_scale_look(s) != PH_EMU_WEIGHT_STABLE || ph_emu_plate_net(&s->plate) < 0) {
		send_scp01(s, "");
		return;
	}
	upper_unit(s, unit);
	ph_emu_plate_text(&s->plate, ph_emu_plate_net(&s->plate), finer ? 5 : 6, '0', digits);
	snprintf(line, sizeof line, "\n%s%s%s\r", digits, finer ? "0" : "", unit);
	send_scp01(s, line);
}

static void run_scp01(struct ph_emu_scale *s, const uint8_t *c, size_t len)
{
	char unit[3], line[8];

	switch (len == 1 ? c[0] : 0) {
	case 'W':
	case 'H':
		weight_scp01(s, c[0] == 'H');
		return;
	case 'S':
		send_scp01(s, "");
		return;
	case 'Z':
		ph_emu_plate_zero(&s->plate, s->unit.now_us);
		send_scp01(s, "");
		return;
	case 'U':
		next_unit(&s->plate);
		upper_unit(s, unit);
		snprintf(line, sizeof line, "\n%s\r", unit);
		send_scp01(s, line);
		return;
	default:
		emu_scale_text(s, "\n?\r\x03");
	}
}

static void send_sma(struct ph_emu_scale *s)
{
	enum ph_emu_weight w = emu_scale_look(s);
	long net = ph_emu_plate_net(&s->plate);
	char digits[16], signed_digits[24], frame[40];
	char state = ' ';

	if (w == PH_EMU_WEIGHT_OVER)
		state = 'O';
	else if (w == PH_EMU_WEIGHT_UNDER)
		state = 'U';
	else if (w == PH_EMU_WEIGHT_NOT_READY)
		state = 'I';
	else if (w == PH_EMU_WEIGHT_STABLE && ph_emu_plate_gross(&s->plate) == 0)
		state = 'Z';
	ph_emu_plate_text(&s->plate, net, 0, ' ', digits);
	snprintf(signed_digits, sizeof signed_digits, "%s%s", net < 0 ? "-" : "", digits);
	if (state == 'I')
		snprintf(signed_digits, sizeof signed_digits, "----------");
	snprintf(frame, sizeof frame, "\n%c1%c%c %10s%-3s\r", state, s->plate.tare ? 'N' : 'G',
		w == PH_EMU_WEIGHT_MOTION ? 'M' : ' ', signed_digits, ph_emu_plate_unit(&s->plate));
	emu_scale_text(s, frame);
}

static void run_sma(struct ph_emu_scale *s, const uint8_t *c, size_t len)
{
	s->repeat = false;
	switch (len == 1 ? c[0] : 0) {
	case 'W':
	case 'H':
	case 'R':
		s->repeat = c[0] == 'R';
		s->asked++;
		break;
	case 'P': /* waits until it is stable; so does the plate's clock */
		s->asked++;
		s->three_bytes = emu_scale_look(s) == PH_EMU_WEIGHT_MOTION;
		if (s->three_bytes)
			return;
		break;
	case 'Z':
		ph_emu_plate_zero(&s->plate, s->unit.now_us);
		break;
	case 'T':
		ph_emu_plate_tare(&s->plate, s->unit.now_us);
		break;
	case 'C':
		s->plate.tare = 0;
		break;
	case 'M':
		break;
	case 'U':
		next_unit(&s->plate);
		break;
	default:
		emu_scale_text(s, "\n?\r");
		return;
	}
	send_sma(s);
}

static void late_sma(struct ph_emu_scale *s)
{
	if (s->repeat || (s->three_bytes && emu_scale_look(s) != PH_EMU_WEIGHT_MOTION)) {
		s->three_bytes = false;
		send_sma(s);
	}
}

static const struct ph_emu_unit_ops ops_lines = EMU_SCALE_OPS(input_lines);

const struct ph_emu_scale_kind emu_scale_scp01 = {.word = "scp01",
	.ops = &ops_lines,
	.command = run_scp01,
	.maker = "Weigh-Tronix",
	.model = "NCI scale"};
const struct ph_emu_scale_kind emu_scale_sma = {.word = "sma",
	.ops = &ops_lines,
	.command = run_sma,
	.frame = late_sma,
	.period_ms = 100,
	.maker = "SMA",
	.model = "SCP-0499 scale"};

// ---- Mettler continuous ----

static void frame_mettler(struct ph_emu_scale *s)
{
	enum ph_emu_weight w = emu_scale_look(s);
	long net = ph_emu_plate_net(&s->plate);
	uint8_t swa = (uint8_t)(0x28 | (2 + s->plate.decimals)), swb = 0x20, sum = 0;
	uint8_t swc = s->plate.unit == PH_EMU_G ? 0x21 : 0x20;
	char text[32];

	swb |= s->plate.tare ? 0x01 : 0;
	swb |= net < 0 ? 0x02 : 0;
	swb |= w == PH_EMU_WEIGHT_OVER || w == PH_EMU_WEIGHT_UNDER ? 0x04 : 0;
	swb |= w == PH_EMU_WEIGHT_MOTION ? 0x08 : 0;
	swb |= s->plate.unit == PH_EMU_KG || s->plate.unit == PH_EMU_G ? 0x10 : 0;
	swb |= s->plate.unzeroed || w == PH_EMU_WEIGHT_NOT_READY ? 0x40 : 0;
	snprintf(text, sizeof text, "\x02%c%c%c%6ld%6ld\r", swa, swb, swc, labs(net) % 1000000,
		labs(s->plate.tare) % 1000000);
	size_t n = strlen(text);
	for (size_t i = 0; i < n; i++)
		sum = (uint8_t)(sum + text[i]);
	text[n] = (char)((128 - (sum & 0x7f)) & 0x7f);
	if (s->wrong_check)
		text[n] ^= 1;
	s->wrong_check = false;
	emu_scale_send(s, text, n + !s->no_check);
}

const struct ph_emu_scale_kind emu_scale_mettler = {.word = "mettler",
	.ops = &emu_scale_stream_ops,
	.frame = frame_mettler,
	.period_ms = 140,
	.maker = "Mettler Toledo",
	.model = "Continuous scale"};
