// Zebra's Simple Serial Interface: packets with checksums, each answered by ACK or NAK, labels sent again until they are.
//
// Source: Zebra Simple Serial Interface Programmer's Guide, 72E-40451.
#include <errno.h>
#include <string.h>

#include "emulators/models/reader_internal.h"
#include "protocols/ssi/ssi_const.h"

#define FROM_SCANNER 0
#define DATA_MAX     250      /* of a label in one packet, behind its type */
#define RESPONSE_US  2000000u /* until a packet is sent again */
#define CHARACTER_US 990000u  /* between two bytes of a packet */
#define RESENDS	     2
#define NEVER	     PH_EMU_UNIT_NEVER

static size_t frame(uint8_t *p, uint8_t opcode, uint8_t status, const void *data, size_t len)
{
	unsigned sum = 0;

	p[0] = (uint8_t)(4 + len);
	p[1] = opcode;
	p[2] = FROM_SCANNER;
	p[3] = status;
	memcpy(p + 4, data, len);
	for (size_t i = 0; i < 4 + len; i++)
		sum += p[i];
	sum = 0x10000 - (sum & 0xffff);
	p[4 + len] = (uint8_t)(sum >> 8);
	p[5 + len] = (uint8_t)sum;
	return 6 + len;
}

static void reply(struct ph_emu_reader *r, uint8_t opcode, const void *data, size_t len)
{
	uint8_t packet[260];
	size_t n = frame(packet, opcode, 0, data, len);

	if (r->drop_ack) {
		r->drop_ack = false;
		return;
	}
	emu_unit_send(&r->unit, packet, n);
}

static void ack(struct ph_emu_reader *r)
{
	reply(r, PH_SSI_CMD_ACK, "", 0);
}

static void nak(struct ph_emu_reader *r, uint8_t why)
{
	reply(r, PH_SSI_CMD_NAK, &why, 1);
}

// ---- labels ----

static bool param(const struct ph_emu_reader *r, uint8_t number)
{
	return r->params[0][number] != 0;
}

// Sends the packet at the head; `again` marks it as a retransmission.
static void send_head(struct ph_emu_reader *r, bool again)
{
	struct ph_emu_parts *p = &r->parts;
	uint8_t packet[260];

	if (p->at == p->len)
		return;
	const uint8_t *part = p->data + p->at; /* length, status, data */
	size_t n = frame(packet, PH_SSI_DECODE_DATA, part[1] | (again ? PH_SSI_RETRANSMIT : 0),
		part + 2, part[0]);
	if (r->wrong_checksum)
		packet[n - 1] ^= 0x10;
	r->wrong_checksum = false;
	emu_unit_send(&r->unit, packet, n);
	r->waiting_since_us = r->unit.now_us;
	if (r->repeat || r->repeat_changed) {
		/* a retransmission of a packet the host has had, or of one that is another by now */
		uint8_t data[256];
		memcpy(data, part + 2, part[0]);
		if (r->repeat_changed)
			data[part[0] - 1] ^= 1;
		r->repeat = r->repeat_changed = false;
		n = frame(packet, PH_SSI_DECODE_DATA, part[1] | PH_SSI_RETRANSMIT, data, part[0]);
		emu_unit_send(&r->unit, packet, n);
	}
}

static void next_part(struct ph_emu_reader *r)
{
	struct ph_emu_parts *p = &r->parts;

	p->at += 2u + p->data[p->at];
	r->resent = 0;
	if (p->at == p->len)
		p->at = p->len = 0;
	else
		send_head(r, false);
}

static void drop_label(struct ph_emu_reader *r)
{
	struct ph_emu_parts *p = &r->parts;

	/* the parts up to the one without "more" belong together */
	while (p->at < p->len && (p->data[p->at + 1] & PH_SSI_MORE))
		p->at += 2u + p->data[p->at];
	r->errors_sent++;
	if (p->at < p->len)
		next_part(r);
}

static void send_again(struct ph_emu_reader *r)
{
	if (r->parts.at == r->parts.len)
		return;
	if (r->resent == RESENDS) {
		drop_label(r);
		return;
	}
	r->resent++;
	send_head(r, true);
}

static int send_raw(struct ph_emu_reader *r, const struct ph_emu_label *label)
{
	return emu_reader_serial.scan(r, label);
}

static int scan(struct ph_emu_reader *r, const struct ph_emu_label *label)
{
	struct ph_emu_parts *p = &r->parts;
	size_t at = 0;
	bool idle = p->at == p->len;

	if (!param(r, PH_SSI_PARAM_PACKETED))
		return send_raw(r, label);
	if (!label->ids->ssi)
		return -EINVAL;
	if (sizeof p->data - p->len < label->len + 3 * (label->len / DATA_MAX + 1))
		return -ENOBUFS;
	do {
		size_t n = label->len - at < DATA_MAX ? label->len - at : DATA_MAX;
		bool more = at + n < label->len;
		p->data[p->len++] = (uint8_t)(n + 1);
		p->data[p->len++] = more ? PH_SSI_MORE : 0;
		p->data[p->len++] = label->ids->ssi;
		memcpy(p->data + p->len, label->data + at, n);
		p->len += n;
		at += n;
	} while (at < label->len);
	if (idle)
		send_head(r, false);
	if (param(r, PH_SSI_PARAM_HANDSHAKE))
		return 0;
	while (p->at < p->len) /* nobody will acknowledge it */
		next_part(r);
	return 0;
}

// ---- parameters ----

static int bank(uint8_t prefix)
{
	return prefix >= 0xF0 && prefix <= 0xF2 ? prefix - 0xF0 : -1;
}

// Numbers from F0 on have a prefix of their own.
static void set_params(struct ph_emu_reader *r, const uint8_t *d, size_t len)
{
	for (size_t at = 1; at + 1 < len; at += 2) {
		int b = bank(d[at]);
		if (b >= 0)
			at++;
		if (at + 1 >= len)
			return;
		r->params[b > 0 ? b : 0][d[at]] = d[at + 1];
	}
}

static void send_params(struct ph_emu_reader *r, const uint8_t *d, size_t len)
{
	uint8_t answer[250] = {PH_SSI_BEEP_NONE};
	size_t n = 1;

	for (size_t at = 0; at < len && n + 3 < sizeof answer; at++) {
		int b = bank(d[at]);
		if (b >= 0 && at + 1 < len)
			answer[n++] = d[at++];
		answer[n++] = d[at];
		answer[n++] = r->params[b > 0 ? b : 0][d[at]];
	}
	reply(r, PH_SSI_PARAM_SEND, answer, n);
}

static void defaults(struct ph_emu_reader *r)
{
	memset(r->params, 0, sizeof r->params);
	r->params[0][PH_SSI_PARAM_HANDSHAKE] = 1;
	r->params[0][PH_SSI_PARAM_PARAMSCAN] = 1;
}

// ---- commands ----

static void beep(struct ph_emu_reader *r, uint8_t code)
{
	/* 00 to 04 are short and high, the rest long, low or a sequence */
	if (code <= 4)
		r->good++;
	else
		r->error++;
}

static void capabilities(struct ph_emu_reader *r)
{
	static const uint8_t list[] = {PH_SSI_REQUEST_REVISION, PH_SSI_PARAM_SEND,
		PH_SSI_PARAM_REQUEST, PH_SSI_PARAM_DEFAULTS, PH_SSI_CMD_ACK, PH_SSI_CMD_NAK,
		PH_SSI_FLUSH_QUEUE, PH_SSI_CAPABILITIES_REQUEST, PH_SSI_START_DECODE,
		PH_SSI_STOP_DECODE, PH_SSI_BEEP, PH_SSI_LED_ON, PH_SSI_LED_OFF, PH_SSI_SCAN_ENABLE,
		PH_SSI_SCAN_DISABLE, PH_SSI_SLEEP, PH_SSI_IMAGER_MODE};

	reply(r, PH_SSI_CAPABILITIES_REPLY, list, sizeof list);
}

// What is answered by data and not by ACK; true when it was one of these.
static bool run_question(struct ph_emu_reader *r, const uint8_t *p, size_t len)
{
	static const char revision[] = "POSHAL-EMU 1.00 ";
	static const uint8_t management[] = {0x00, 0x08, 0x20, 0x00, 0x00, 0xF0, 0x00, 0xF0};

	switch (p[1]) {
	case PH_SSI_REQUEST_REVISION:
		reply(r, PH_SSI_REPLY_REVISION, revision, sizeof revision - 1);
		return true;
	case PH_SSI_CAPABILITIES_REQUEST:
		capabilities(r);
		return true;
	case PH_SSI_PARAM_REQUEST:
		send_params(r, p + 4, len - 4);
		return true;
	case PH_SSI_RSM:
		reply(r, PH_SSI_RSM, management, sizeof management);
		return true;
	default:
		return false;
	}
}

static bool run_switch(struct ph_emu_reader *r, uint8_t opcode, uint8_t first)
{
	switch (opcode) {
	case PH_SSI_SCAN_ENABLE:
	case PH_SSI_SCAN_DISABLE:
		r->enabled = opcode == PH_SSI_SCAN_ENABLE;
		return true;
	case PH_SSI_START_DECODE:
	case PH_SSI_STOP_DECODE:
		r->armed = opcode == PH_SSI_START_DECODE;
		return true;
	case PH_SSI_LED_ON:
		r->lamps |= first;
		return true;
	case PH_SSI_LED_OFF:
		r->lamps &= (uint8_t)~first;
		return true;
	case PH_SSI_BEEP:
		beep(r, first);
		return true;
	case PH_SSI_FLUSH_QUEUE:
		r->parts.at = r->parts.len = 0;
		return true;
	default:
		return false;
	}
}

static void run(struct ph_emu_reader *r, const uint8_t *p, size_t len)
{
	uint8_t first = len > 4 ? p[4] : 0;

	if (p[1] == PH_SSI_CMD_ACK) {
		if (r->parts.at < r->parts.len)
			next_part(r);
		return;
	}
	if (p[1] == PH_SSI_CMD_NAK) {
		send_again(r);
		return;
	}
	emu_reader_note(r, p, len);
	if (p[3] & PH_SSI_MORE) { /* hosts have no packets in parts */
		nak(r, PH_SSI_NAK_DENIED);
		return;
	}
	if (run_question(r, p, len))
		return;
	switch (p[1]) {
	case PH_SSI_PARAM_SEND:
		set_params(r, p + 4, len - 4);
		if (first != PH_SSI_BEEP_NONE)
			beep(r, first);
		break;
	case PH_SSI_PARAM_DEFAULTS:
		defaults(r);
		break;
	case PH_SSI_AIM_ON:
	case PH_SSI_AIM_OFF:
	case PH_SSI_SLEEP:
	case PH_SSI_IMAGER_MODE:
		break;
	default:
		if (!run_switch(r, p[1], first)) {
			nak(r, PH_SSI_NAK_CONTEXT);
			return;
		}
	}
	ack(r);
}

static bool sum_is_right(const uint8_t *p, size_t len)
{
	unsigned sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += p[i];
	sum += (unsigned)p[len] << 8 | p[len + 1];
	return (sum & 0xffff) == 0;
}

static void take_byte(struct ph_emu_reader *r, uint8_t byte)
{
	if (r->rx_len == 0 && byte < 4)
		return; /* a NUL wakes a sleeping scanner; there is no shorter packet */
	r->rx[r->rx_len++] = byte;
	r->rx_us = r->unit.now_us;
	size_t len = r->rx[0];
	if (r->rx_len < len + 2)
		return;
	r->rx_len = 0;
	if (sum_is_right(r->rx, len))
		run(r, r->rx, len);
	else
		nak(r, PH_SSI_NAK_RESEND);
}

static void input(
	struct ph_emu_unit *unit, enum ph_emu_channel channel, const uint8_t *data, size_t len)
{
	struct ph_emu_reader *r = emu_reader_of(unit);

	for (size_t i = 0; i < len; i++)
		take_byte(r, data[i]);
}

static uint64_t tick(struct ph_emu_unit *unit)
{
	struct ph_emu_reader *r = emu_reader_of(unit);
	uint64_t now = unit->now_us, next = NEVER;

	if (r->rx_len && r->rx_us + CHARACTER_US <= now)
		r->rx_len = 0;
	if (r->parts.at < r->parts.len && r->waiting_since_us + RESPONSE_US <= now)
		send_again(r);
	if (r->rx_len)
		next = r->rx_us + CHARACTER_US;
	if (r->parts.at < r->parts.len && r->waiting_since_us + RESPONSE_US < next)
		next = r->waiting_since_us + RESPONSE_US;
	return next;
}

static void init(struct ph_emu_reader *r)
{
	defaults(r);
}

static const struct ph_emu_unit_ops ops = {
	.input = input, .tick = tick, .fault = emu_reader_fault, .power = emu_reader_power};

const struct ph_emu_reader_kind emu_reader_ssi = {
	.word = "ssi",
	.cable = PH_EMU_CABLE_SERIAL,
	.ops = &ops,
	.scan = scan,
	.init = init,
	.vendor = 0x05e0,
	.product = 0x1701,
	.maker = "Symbol Technologies, Inc, 2002",
	.model = "Symbol Bar Code Scanner",
};
