// Takes the byte stream of a Star printer apart; what a status means for a job is the driver's.
#include "protocols/star/status.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "protocols/star/star_const.h"

#define XON	    0x11
#define XOFF	    0x13

#define COUNTER_LEN 8 // ESC GS ETX s n1 n2 counter NUL

enum { STATE_IDLE, STATE_ASB, STATE_ESC };

void ph_star_parser_init(struct ph_star_parser *parser)
{
	*parser = (struct ph_star_parser){.state = STATE_IDLE};
}

int ph_star_parser_feed(struct ph_star_parser *parser, const void *data, size_t len)
{
	if (parser->in_len)
		return -EBUSY;
	parser->in = data;
	parser->in_len = len;
	return 0;
}

// Forgets a message that turned out to be none.
static void give_up(struct ph_star_parser *parser)
{
	parser->unknown += parser->len;
	parser->state = STATE_IDLE;
	parser->len = 0;
}

static int first_byte(struct ph_star_parser *parser, uint8_t byte, struct ph_star_event *ret)
{
	if (byte == XON || byte == XOFF) {
		ret->kind = byte == XON ? PH_STAR_EVENT_XON : PH_STAR_EVENT_XOFF;
		return 1;
	}
	if ((byte & 0x91) == 0x01) {
		parser->state = STATE_ASB;
	} else if (byte == PH_STAR_ESC) {
		parser->state = STATE_ESC;
	} else {
		parser->unknown++;
		return 0;
	}
	parser->data[0] = byte;
	parser->len = 1;
	return 0;
}

// --- automatic status -------------------------------------------------------------------------

// Five bits are spread over 1 to 3 and 5 to 6.
static unsigned five_bits(uint8_t byte)
{
	return (byte >> 2 & 0x18u) | (byte >> 1 & 7u);
}

static unsigned asb_length(const uint8_t *raw)
{
	return five_bits(raw[0]) + (raw[1] >> 6 & 2u);
}

static void decode_asb(const uint8_t *raw, unsigned len, struct ph_star_asb *asb)
{
	*asb = (struct ph_star_asb){
		.version = (uint8_t)five_bits(raw[1]),
		.offline = raw[2] & PH_STAR_ASB2_OFFLINE,
		.cover_open = raw[2] & PH_STAR_ASB2_COVER,
		.drawer_high = raw[2] & PH_STAR_ASB2_DRAWER,
		.switched_off = raw[2] & PH_STAR_ASB2_SWITCH,
		.etb_done = raw[2] & PH_STAR_ASB2_ETB,
		.error_mechanical = raw[3] & PH_STAR_ASB3_MECHANICAL,
		.error_cutter = raw[3] & PH_STAR_ASB3_CUTTER,
		.error_unrecoverable = raw[3] & PH_STAR_ASB3_UNRECOVERABLE,
		.error_other = raw[4] &
			       (PH_STAR_ASB4_BLACK_MARK | PH_STAR_ASB4_JAM | PH_STAR_ASB4_HEAD_UP),
		.head_hot = raw[3] & PH_STAR_ASB3_HOT,
		.overflow = raw[4] & PH_STAR_ASB4_OVERFLOW,
		.paper_near_end = raw[5] & (PH_STAR_ASB5_NEAR_INNER | PH_STAR_ASB5_NEAR_OUTER),
		.paper_end = raw[5] & PH_STAR_ASB5_END,
		.has_counter = len > 7,
		.counter = len > 7 ? (uint8_t)five_bits(raw[7]) : 0,
		.len = (uint8_t)len,
	};
	memcpy(asb->raw, raw, len);
}

static int asb_byte(struct ph_star_parser *parser, uint8_t byte, struct ph_star_event *ret)
{
	// the second header may have bit 7 set: a longer block
	const uint8_t zero = parser->len == 1 ? 0x11 : 0x91;

	if (byte == XON || byte == XOFF)
		return first_byte(parser, byte, ret); // may sit between; the status goes on
	if (byte & zero) {
		give_up(parser);
		return first_byte(parser, byte, ret);
	}
	parser->data[parser->len++] = byte;
	const unsigned need = parser->len < 2 ? 2 : asb_length(parser->data);
	if (need < PH_STAR_ASB_MIN && parser->len >= 2) {
		give_up(parser);
		return 0;
	}
	if (parser->len < need)
		return 0;
	ret->kind = PH_STAR_EVENT_ASB;
	decode_asb(parser->data, need, &ret->asb);
	parser->state = STATE_IDLE;
	parser->len = 0;
	return 1;
}

// --- answers ----------------------------------------------------------------------------------

static bool begins_with(const struct ph_star_parser *parser, const char *prefix, size_t len)
{
	return memcmp(parser->data, prefix, parser->len < len ? parser->len : len) == 0;
}

static int take_counter(struct ph_star_parser *parser, struct ph_star_event *ret)
{
	const uint8_t *data = parser->data;

	if (parser->len < COUNTER_LEN)
		return 0;
	if (data[7] != PH_STAR_NUL || data[3] > PH_STAR_COUNTER_COUNT) {
		give_up(parser);
		return 0;
	}
	ret->kind = PH_STAR_EVENT_COUNTER;
	ret->counter.s = data[3];
	ret->counter.id = (uint16_t)(data[4] | data[5] << 8);
	ret->counter.counter = data[6];
	return 1;
}

// The text between a prefix and LF NUL.
static int take_text(struct ph_star_parser *parser, size_t prefix, struct ph_star_event *ret)
{
	const size_t len = parser->len;

	if (len == sizeof parser->data) {
		give_up(parser);
		return 0;
	}
	if (len < prefix + 2 || parser->data[len - 1] != PH_STAR_NUL ||
		parser->data[len - 2] != PH_STAR_LF)
		return 0;
	snprintf(ret->text, sizeof ret->text, "%.*s", (int)(len - 2 - prefix),
		(const char *)parser->data + prefix);
	return 1;
}

static int take_model(struct ph_star_parser *parser, struct ph_star_event *ret)
{
	const int r = take_text(parser, 4, ret);

	ret->kind = r > 0 ? PH_STAR_EVENT_MODEL : ret->kind;
	return r;
}

// "... PrSrN=0123456789..." among other values.
static int take_serial(struct ph_star_parser *parser, struct ph_star_event *ret)
{
	static const char key[] = "PrSrN=";
	const int r = take_text(parser, 7, ret);

	if (r <= 0)
		return r;
	const char *found = strstr(ret->text, key);
	if (!found) {
		give_up(parser);
		return 0;
	}
	found += sizeof key - 1;
	const size_t len = strcspn(found, ",;: )\r\n");
	memmove(ret->text, found, len);
	ret->text[len] = 0;
	ret->kind = PH_STAR_EVENT_SERIAL;
	return 1;
}

static int esc_byte(struct ph_star_parser *parser, uint8_t byte, struct ph_star_event *ret)
{
	static const struct {
		char prefix[5];
		uint8_t len;
		int (*take)(struct ph_star_parser *, struct ph_star_event *);
	} answers[] = {
		{"\x1b\x1d\x03", 3, take_counter},
		{"\x1b#*,", 4, take_model},
		{"\x1b\x1d)I", 4, take_serial},
	};

	parser->data[parser->len++] = byte;
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		if (!begins_with(parser, answers[i].prefix, answers[i].len))
			continue;
		if (parser->len < answers[i].len)
			return 0;
		const int r = answers[i].take(parser, ret);
		if (r > 0) {
			parser->state = STATE_IDLE;
			parser->len = 0;
		}
		return r;
	}
	parser->len--;
	give_up(parser);
	return first_byte(parser, byte, ret);
}

int ph_star_parser_next(struct ph_star_parser *parser, struct ph_star_event *ret_event)
{
	static int (*const steps[])(struct ph_star_parser *, uint8_t, struct ph_star_event *) = {
		[STATE_IDLE] = first_byte,
		[STATE_ASB] = asb_byte,
		[STATE_ESC] = esc_byte,
	};

	while (parser->in_len) {
		parser->in_len--;
		if (steps[parser->state](parser, *parser->in++, ret_event))
			return 1;
	}
	return 0;
}
