// Scales that are asked with ENQ and DC1 (CAS and others), and the comma family that talks by itself.
//
// Sources: CAS AP-1 and SW-II manuals, Ohaus Aviator 7000 service manual p. 36; CAS NT-200, CI-600D, PDI; Dini Argeo 3590EXP.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emulators/models/scale_internal.h"

// ---- ENQ/DC1 ----

struct frame {
	char data[64];
	size_t len, block; /* of the block that is open */
};

static void add(struct frame *f, const char *text)
{
	size_t n = strlen(text);

	memcpy(f->data + f->len, text, n);
	f->len += n;
}

static void begin_block(struct frame *f)
{
	add(f, "\x02");
	f->block = f->len;
}

static void end_block(struct frame *f)
{
	char bcc = 0;

	for (size_t i = f->block; i < f->len; i++)
		bcc ^= f->data[i];
	f->data[f->len++] = bcc;
	add(f, "\x03");
}

static void weight_block(struct ph_emu_scale *s, struct frame *f)
{
	enum ph_emu_weight w = emu_scale_look(s);
	long net = ph_emu_plate_net(&s->plate);
	char digits[16], text[24];
	char state = w == PH_EMU_WEIGHT_STABLE || w == PH_EMU_WEIGHT_UNDER ? 'S'
		     : w == PH_EMU_WEIGHT_MOTION			   ? 'U'
									   : 'F';

	ph_emu_plate_text(&s->plate, net, 6, '0', digits);
	begin_block(f);
	snprintf(text, sizeof text, "%c%c%.6s%-2s", state,
		w == PH_EMU_WEIGHT_OVER ? 'F'
		: net < 0		? '-'
					: ' ',
		digits, ph_emu_plate_unit(&s->plate));
	add(f, text);
	end_block(f);
}

static void price_block(struct frame *f, long hundredths)
{
	char text[40];
	char number[32];

	snprintf(number, sizeof number, "%ld.%02ld", hundredths / 100 % 100000,
		labs(hundredths % 100));
	snprintf(text, sizeof text, "%8s", number);
	begin_block(f);
	add(f, text);
	end_block(f);
}

static void answer(struct ph_emu_scale *s, bool with_price)
{
	struct frame f = {.len = 0};

	s->asked++;
	add(&f, "\x01");
	if (with_price)
		price_block(&f, emu_scale_total(s));
	weight_block(s, &f);
	size_t bcc = f.len - 2;
	if (with_price)
		price_block(&f, s->price);
	if (s->wrong_check)
		f.data[bcc] ^= 1;
	s->wrong_check = false;
	add(&f, "\x04");
	emu_scale_send(s, f.data, f.len);
}

static void input_cas(
	struct ph_emu_unit *unit, enum ph_emu_channel channel, const uint8_t *data, size_t len)
{
	struct ph_emu_scale *s = emu_scale_of(unit);

	for (size_t i = 0; i < len; i++) {
		if (data[i] == ENQ)
			emu_scale_send(s, emu_scale_refuses(s) ? "\x15" : "\x06", 1);
		else if (data[i] == DC1 || data[i] == DC2)
			answer(s, data[i] == DC2);
	}
}

static void init_price(struct ph_emu_scale *s)
{
	s->price = 200;
}

static const struct ph_emu_unit_ops ops_cas = EMU_SCALE_OPS(input_cas);

const struct ph_emu_scale_kind emu_scale_cas = {
	.word = "cas", .ops = &ops_cas, .init = init_price, .maker = "CAS", .model = "AP-1 scale"};

// ---- comma family ----

static const char *state_word(enum ph_emu_weight w)
{
	switch (w) {
	case PH_EMU_WEIGHT_STABLE:
		return "ST";
	case PH_EMU_WEIGHT_MOTION:
		return "US";
	case PH_EMU_WEIGHT_OVER:
		return "OL";
	case PH_EMU_WEIGHT_UNDER:
		return "UL";
	case PH_EMU_WEIGHT_NOT_READY:
		return "US";
	}
	return "";
}

// eight characters: sign, digits and point; blanks where there is no weight
static void eight(struct ph_emu_scale *s, char fill, bool plus, char out[9])
{
	enum ph_emu_weight w = emu_scale_look(s);
	long net = ph_emu_plate_net(&s->plate);
	char digits[16], signed_digits[20];
	const char *sign = net < 0 ? "-" : plus ? "+" : "";

	snprintf(out, 9, "%8s", "");
	if (w == PH_EMU_WEIGHT_OVER || w == PH_EMU_WEIGHT_UNDER || w == PH_EMU_WEIGHT_NOT_READY)
		return;
	ph_emu_plate_text(
		&s->plate, net, fill == '0' ? 8 - (unsigned)strlen(sign) : 0, fill, digits);
	snprintf(signed_digits, sizeof signed_digits, "%s%s", sign, digits);
	snprintf(out, 9, "%8.8s", signed_digits);
}

static const char *net_word(const struct ph_emu_scale *s)
{
	return s->plate.tare ? "NT" : "GS";
}

static void frame_cas22(struct ph_emu_scale *s)
{
	enum ph_emu_weight w = emu_scale_look(s);
	char number[9], text[48];
	uint8_t lamp = 0x80;

	lamp |= w == PH_EMU_WEIGHT_STABLE ? 0x40 : 0;
	lamp |= s->plate.tare ? 0x02 : 0x04;
	lamp |= ph_emu_plate_gross(&s->plate) == 0 ? 0x01 : 0;
	eight(s, ' ', false, number);
	snprintf(text, sizeof text, "%s,%s,\x01%c,%s %s\r\n", state_word(w), net_word(s), lamp,
		number, ph_emu_plate_unit(&s->plate));
	emu_scale_text(s, text);
}

static void frame_cas10(struct ph_emu_scale *s)
{
	char number[9], text[16];

	eight(s, ' ', false, number);
	snprintf(text, sizeof text, "%s\r\n", number);
	emu_scale_text(s, text);
}

static void frame_and(struct ph_emu_scale *s)
{
	char number[9], text[48];

	eight(s, '0', false, number);
	snprintf(text, sizeof text, "%s,%s,%s%s\r\n", state_word(emu_scale_look(s)), net_word(s),
		number, ph_emu_plate_unit(&s->plate));
	emu_scale_text(s, text);
}

static void frame_dini(struct ph_emu_scale *s)
{
	char number[9], text[48];

	eight(s, ' ', true, number);
	snprintf(text, sizeof text, "%s,%s,%s,%s\r\n", state_word(emu_scale_look(s)), net_word(s),
		number, ph_emu_plate_unit(&s->plate));
	emu_scale_text(s, text);
}

const struct ph_emu_scale_kind emu_scale_cas22 = {.word = "cas22",
	.ops = &emu_scale_stream_ops,
	.frame = frame_cas22,
	.period_ms = 200,
	.maker = "CAS",
	.model = "NT-200 indicator"};
const struct ph_emu_scale_kind emu_scale_cas10 = {.word = "cas10",
	.ops = &emu_scale_stream_ops,
	.frame = frame_cas10,
	.period_ms = 200,
	.maker = "CAS",
	.model = "CI indicator"};
const struct ph_emu_scale_kind emu_scale_and = {.word = "and",
	.ops = &emu_scale_stream_ops,
	.frame = frame_and,
	.period_ms = 200,
	.maker = "AND",
	.model = "Indicator"};
const struct ph_emu_scale_kind emu_scale_dini = {.word = "dini",
	.ops = &emu_scale_stream_ops,
	.frame = frame_dini,
	.period_ms = 200,
	.maker = "Dini Argeo",
	.model = "3590EXP indicator"};
