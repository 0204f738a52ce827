// Takes the byte stream of an ESC/POS printer apart; what a status means for a job is the driver's.
#include "protocols/escpos/status.h"

#include <errno.h>
#include <string.h>

#include "protocols/escpos/escpos_const.h"

enum { STATE_IDLE, STATE_ASB, STATE_BLOCK };

void ph_escpos_parser_init(struct ph_escpos_parser *parser)
{
	*parser = (struct ph_escpos_parser){.state = STATE_IDLE};
}

int ph_escpos_parser_feed(struct ph_escpos_parser *parser, const void *data, size_t len)
{
	if (parser->in_len)
		return -EBUSY;
	parser->in = data;
	parser->in_len = len;
	return 0;
}

static bool opens_block(uint8_t byte)
{
	return byte == PH_EP_BLOCK_RESPONSE || byte == PH_EP_BLOCK_INFO_A ||
	       byte == PH_EP_BLOCK_INFO_B || byte == PH_EP_BLOCK_INK || byte == PH_EP_BLOCK_POWER ||
	       byte == PH_EP_BLOCK_EXTENDED_ASB;
}

static void decode_asb(const uint8_t raw[4], struct ph_escpos_asb *asb)
{
	*asb = (struct ph_escpos_asb){
		.drawer_high = raw[0] & PH_EP_ASB1_DRAWER_HIGH,
		.offline = raw[0] & PH_EP_ASB1_OFFLINE,
		.cover_open = raw[0] & PH_EP_ASB1_COVER_OPEN,
		.feeding = raw[0] & PH_EP_ASB1_FEEDING,
		.wait_online = raw[1] & PH_EP_ASB2_WAIT_ONLINE,
		.feed_button = raw[1] & PH_EP_ASB2_BUTTON,
		.error_mechanical = raw[1] & PH_EP_ASB2_MECHANICAL,
		.error_cutter = raw[1] & PH_EP_ASB2_CUTTER,
		.error_unrecoverable = raw[1] & PH_EP_ASB2_UNRECOVERABLE,
		.error_auto_recoverable = raw[1] & PH_EP_ASB2_AUTO_RECOVERABLE,
		.paper_near_end = raw[2] & PH_EP_ASB3_NEAR_END,
		.paper_end = raw[2] & PH_EP_ASB3_END,
		.raw = {raw[0], raw[1], raw[2], raw[3]},
	};
}

// Forgets a message that turned out to be none.
static void give_up(struct ph_escpos_parser *parser, unsigned bytes)
{
	parser->unknown += bytes;
	parser->state = STATE_IDLE;
	parser->len = 0;
}

static int first_byte(struct ph_escpos_parser *parser, uint8_t byte, struct ph_escpos_event *ret)
{
	if (byte == PH_EP_XON || byte == PH_EP_XOFF) {
		ret->kind = byte == PH_EP_XON ? PH_ESCPOS_EVENT_XON : PH_ESCPOS_EVENT_XOFF;
		return 1;
	}
	if ((byte & 0x93) == 0x10) {
		parser->state = STATE_ASB;
	} else if (opens_block(byte)) {
		parser->state = STATE_BLOCK;
	} else if ((byte & 0x93) == 0x12 || (byte & 0x90) == 0) {
		ret->kind = byte & 0x10 ? PH_ESCPOS_EVENT_EOT : PH_ESCPOS_EVENT_REPLY;
		ret->byte = byte;
		return 1;
	} else {
		parser->unknown++;
		return 0;
	}
	parser->data[0] = byte;
	parser->len = 1;
	return 0;
}

static int asb_byte(struct ph_escpos_parser *parser, uint8_t byte, struct ph_escpos_event *ret)
{
	if (byte == PH_EP_XON || byte == PH_EP_XOFF)
		return first_byte(parser, byte, ret); // may sit between; the status goes on
	if (byte & 0x90) {
		give_up(parser, parser->len);
		return first_byte(parser, byte, ret);
	}
	parser->data[parser->len++] = byte;
	if (parser->len < 4)
		return 0;
	ret->kind = PH_ESCPOS_EVENT_ASB;
	decode_asb(parser->data, &ret->asb);
	parser->state = STATE_IDLE;
	return 1;
}

// Data of a block is printable text or the separator 1F. Anything else means that the header was
// rubbish or that the NUL got lost, and that something new begins here.
static int block_byte(struct ph_escpos_parser *parser, uint8_t byte, struct ph_escpos_event *ret)
{
	if (byte == PH_EP_NUL) {
		ret->kind = PH_ESCPOS_EVENT_BLOCK;
		ret->block.header = parser->data[0];
		ret->block.len = (uint8_t)(parser->len - 1);
		memcpy(ret->block.data, parser->data + 1, ret->block.len);
		ret->block.data[ret->block.len] = 0;
		parser->state = STATE_IDLE;
		return 1;
	}
	if (byte == PH_EP_XON || byte == PH_EP_XOFF)
		return first_byte(parser, byte, ret);
	if (byte < 0x1f || byte >= 0x80 || parser->len > PH_ESCPOS_BLOCK_MAX) {
		give_up(parser, parser->len);
		return first_byte(parser, byte, ret);
	}
	parser->data[parser->len++] = byte;
	return 0;
}

int ph_escpos_parser_next(struct ph_escpos_parser *parser, struct ph_escpos_event *ret_event)
{
	static int (*const steps[])(
		struct ph_escpos_parser *, uint8_t, struct ph_escpos_event *) = {
		[STATE_IDLE] = first_byte,
		[STATE_ASB] = asb_byte,
		[STATE_BLOCK] = block_byte,
	};

	while (parser->in_len) {
		parser->in_len--;
		if (steps[parser->state](parser, *parser->in++, ret_event))
			return 1;
	}
	return 0;
}

int ph_escpos_event_process_id(const struct ph_escpos_event *event, uint32_t *ret_id)
{
	uint32_t id = 0;

	if (event->kind != PH_ESCPOS_EVENT_BLOCK || event->block.header != PH_EP_BLOCK_RESPONSE ||
		event->block.len != 5 || event->block.data[0] != PH_EP_BLOCK_ID)
		return -ENOENT;
	for (int i = 1; i < 5; i++) {
		const uint8_t digit = event->block.data[i];
		if (digit < 0x20 || digit > 0x7e)
			return -ENOENT;
		id = id * 95 + (digit - 0x20u);
	}
	*ret_id = id;
	return 0;
}

bool ph_escpos_event_cleared(const struct ph_escpos_event *event)
{
	return event->kind == PH_ESCPOS_EVENT_BLOCK &&
	       event->block.header == PH_EP_BLOCK_RESPONSE && event->block.len == 1 &&
	       event->block.data[0] == PH_EP_BLOCK_CLEARED;
}
