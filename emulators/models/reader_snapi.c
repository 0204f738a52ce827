// Zebra's SNAPI: reports of 32 bytes, labels in parts that wait for an acknowledgement, attributes by number.
//
// Source: behaviour of Syfaro/scanners-and-such, made by watching a scanner (facts and numbers only); no maker's document is public.
#include <errno.h>
#include <string.h>

#include "emulators/models/reader_internal.h"

#define REPORT_LEN 32
#define PART_MAX   26 /* bytes of a label in a report */
#define CHUNK_MAX  28 /* bytes of an attribute message in a report of either way */

enum { IN_STATUS = 0x21, IN_LABEL = 0x22, IN_MODE = 0x24, IN_ATTRIBUTE = 0x27 };
enum {
	OUT_ACK = 0x01,
	OUT_AIM = 0x02,
	OUT_MODE = 0x03,
	OUT_ENABLE = 0x06,
	OUT_MACRO = 0x08,
	OUT_TRIGGER = 0x0A,
	OUT_ATTRIBUTE = 0x0D,
};
enum { DONE = 1, FAILED = 2, UNSUPPORTED = 3 };
enum { OP_LIST = 1, OP_GET = 2, OP_GET_AT = 4, OP_SET = 5, OP_STORE = 6, OP_START = 0x20 };

#define MORE_IN	  0x10
#define MORE_OUT  0x80
#define FIRST_OUT 0x40

static const uint8_t descriptor[] = {0x06, 0x45, 0xFF, 0x09, 0x01, 0xA1, 0x01, 0x15, 0x00, 0x26,
	0xFF, 0x00, 0x75, 0x08, 0x95, 0x1F, 0x85, 0x21, 0x09, 0x21, 0x81, 0x02, 0x85, 0x22, 0x09,
	0x22, 0x81, 0x02, 0x85, 0x24, 0x09, 0x24, 0x81, 0x02, 0x85, 0x27, 0x09, 0x27, 0x81, 0x02,
	0x85, 0x01, 0x09, 0x01, 0x91, 0x02, 0x85, 0x02, 0x09, 0x02, 0x91, 0x02, 0x85, 0x03, 0x09,
	0x03, 0x91, 0x02, 0x85, 0x06, 0x09, 0x06, 0x91, 0x02, 0x85, 0x08, 0x09, 0x08, 0x91, 0x02,
	0x85, 0x0A, 0x09, 0x0A, 0x91, 0x02, 0x85, 0x0D, 0x09, 0x0D, 0x91, 0x02, 0xC0};

/* What this scanner says of itself; numbers are those of the makers' attribute list. */
static const struct {
	uint16_t id;
	char type;
	const char *text;
	uint8_t value;
} attributes[] = {
	{1, 'F', NULL, 1},	     /* a symbology */
	{140, 'B', NULL, 1},	     /* beeper */
	{533, 'S', "POSHAL-EMU", 0}, /* model */
	{534, 'S', "S0123456", 0},   /* serial number */
};

// ---- parts that wait to be acknowledged ----

static int queue_part(struct ph_emu_reader *r, const uint8_t report[REPORT_LEN])
{
	struct ph_emu_parts *p = &r->parts;

	if (p->at == p->len)
		p->at = p->len = 0;
	if (sizeof p->data - p->len < REPORT_LEN)
		return -ENOBUFS;
	memcpy(p->data + p->len, report, REPORT_LEN);
	p->len += REPORT_LEN;
	return 0;
}

// The next part goes out when the one before has been acknowledged; `asleep` is "waits for that".
static void send_part(struct ph_emu_reader *r)
{
	struct ph_emu_parts *p = &r->parts;

	if (r->asleep || p->at == p->len)
		return;
	r->asleep = true;
	emu_unit_send(&r->unit, p->data + p->at, REPORT_LEN);
}

static void acknowledged(struct ph_emu_reader *r, uint8_t id)
{
	struct ph_emu_parts *p = &r->parts;

	if (!r->asleep || p->data[p->at] != id)
		return; /* of a status, which some hosts acknowledge as well */
	r->asleep = false;
	p->at += REPORT_LEN;
	send_part(r);
}

static int scan(struct ph_emu_reader *r, const struct ph_emu_label *label)
{
	size_t count = label->len ? (label->len + PART_MAX - 1) / PART_MAX : 1;

	if (!label->ids->ssi)
		return -EINVAL;
	if (count > 255)
		return -EMSGSIZE;
	if (sizeof r->parts.data - r->parts.len < count * REPORT_LEN)
		return -ENOBUFS;
	for (size_t i = 0; i < count; i++) {
		uint8_t report[REPORT_LEN] = {IN_LABEL, (uint8_t)count, (uint8_t)i};
		size_t left = label->len - i * PART_MAX;
		report[3] = (uint8_t)(left < PART_MAX ? left : PART_MAX);
		report[4] = label->ids->ssi;
		memcpy(report + 6, label->data + i * PART_MAX, report[3]);
		if (i + 1 < count || !r->unfinished)
			queue_part(r, report);
	}
	r->unfinished = false;
	send_part(r);
	return 0;
}

// ---- attributes ----

static void send_attribute(struct ph_emu_reader *r, uint8_t *message, size_t len)
{
	message[0] = (uint8_t)(len >> 8);
	message[1] = (uint8_t)len;
	for (size_t at = 0; at < len; at += CHUNK_MAX) {
		size_t part = len - at < CHUNK_MAX ? len - at : CHUNK_MAX;
		uint8_t report[REPORT_LEN] = {
			IN_ATTRIBUTE, at + part < len ? MORE_IN : 0, (uint8_t)part};
		memcpy(report + 3, message + at, part);
		queue_part(r, report);
	}
	send_part(r);
}

static size_t put_value(size_t i, uint8_t *out)
{
	out[0] = (uint8_t)attributes[i].type;
	out[1] = 0;
	if (attributes[i].type != 'S') {
		out[2] = attributes[i].value;
		return 3;
	}
	/* length at 9 with the NUL, text from 12, counted in the message */
	size_t n = strlen(attributes[i].text) + 1;
	out[2] = 0;
	out[3] = (uint8_t)n;
	out[4] = out[5] = 0;
	memcpy(out + 6, attributes[i].text, n);
	return 6 + n;
}

static void answer_get(struct ph_emu_reader *r, const uint8_t *request)
{
	unsigned id = (unsigned)request[4] << 8 | request[5];
	uint8_t message[128] = {0, 0, request[2], 0, request[4], request[5]};
	size_t len = 7; /* type 0: there is no such attribute */

	for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
		if (attributes[i].id == id)
			len = 6 + put_value(i, message + 6);
	send_attribute(r, message, len);
}

static void answer_list(struct ph_emu_reader *r, const uint8_t *request)
{
	unsigned from = (unsigned)request[4] << 8 | request[5];
	uint8_t message[64] = {0, 0, OP_LIST, 0, request[4], request[5]};
	size_t len = 6;

	for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
		if (attributes[i].id >= from) {
			message[len++] = (uint8_t)(attributes[i].id >> 8);
			message[len++] = (uint8_t)attributes[i].id;
		}
	message[len++] = 0xFF;
	message[len++] = 0xFF;
	send_attribute(r, message, len);
}

static uint8_t run_attribute(struct ph_emu_reader *r, const uint8_t *request, size_t len)
{
	uint8_t echo[128];

	if (len < 6)
		return FAILED;
	switch (request[2]) {
	case OP_GET:
		answer_get(r, request);
		return DONE;
	case OP_LIST:
		answer_list(r, request);
		return DONE;
	case OP_START:
	case OP_SET:
	case OP_STORE:
		memcpy(echo, request, 6);
		send_attribute(r, echo, 6);
		return DONE;
	default:
		return UNSUPPORTED;
	}
}

// `0D flags total_hi total_lo data`: the parts of a request
static uint8_t take_attribute(struct ph_emu_reader *r, const uint8_t *report)
{
	size_t total = (size_t)report[2] << 8 | report[3];

	if (report[1] & FIRST_OUT)
		r->rx_len = 0;
	if (total > sizeof r->rx - CHUNK_MAX || r->rx_len > total)
		return FAILED;
	size_t part = total - r->rx_len < CHUNK_MAX ? total - r->rx_len : CHUNK_MAX;
	memcpy(r->rx + r->rx_len, report + 4, part);
	r->rx_len += part;
	if (r->rx_len < total)
		return report[1] & MORE_OUT ? DONE : FAILED;
	return run_attribute(r, r->rx, total);
}

// ---- outputs ----

static uint8_t run(struct ph_emu_reader *r, const uint8_t *report)
{
	switch (report[0]) {
	case OUT_AIM:
	case OUT_MACRO:
		return DONE;
	case OUT_MODE:
		return report[1] == 0 ? DONE : UNSUPPORTED;
	case OUT_ENABLE:
		r->enabled = report[1];
		return DONE;
	case OUT_TRIGGER:
		r->armed = report[1];
		return DONE;
	case OUT_ATTRIBUTE:
		return take_attribute(r, report);
	default:
		return UNSUPPORTED;
	}
}

static void input(
	struct ph_emu_unit *unit, enum ph_emu_channel channel, const uint8_t *data, size_t len)
{
	struct ph_emu_reader *r = emu_reader_of(unit);
	uint8_t report[REPORT_LEN] = {0};

	if (channel != PH_EMU_REPORT || len < 2)
		return;
	memcpy(report, data, len < REPORT_LEN ? len : REPORT_LEN);
	if (report[0] == OUT_ACK) {
		acknowledged(r, report[1]);
		return;
	}
	emu_reader_note(r, report, 8);
	/* the status goes first: what is asked for comes behind it */
	uint8_t status[REPORT_LEN] = {IN_STATUS, report[0]};
	bool waits = r->asleep;
	r->asleep = true;
	status[2] = run(r, report);
	r->asleep = waits;
	emu_unit_send(&r->unit, status, sizeof status);
	send_part(r);
}

// The host goes away and takes its debts with it.
static void opened(struct ph_emu_unit *unit, bool open)
{
	struct ph_emu_reader *r = emu_reader_of(unit);

	r->asleep = false;
	r->parts.at = r->parts.len = 0;
}

static const struct ph_emu_unit_ops ops = {
	.input = input, .fault = emu_reader_fault, .power = emu_reader_power, .opened = opened};

const struct ph_emu_reader_kind emu_reader_snapi = {
	.word = "snapi",
	.cable = PH_EMU_CABLE_HID,
	.ops = &ops,
	.scan = scan,
	.vendor = 0x05e0,
	.product = 0x1900,
	.maker = "Symbol Technologies, Inc, 2008",
	.model = "Symbol Bar Code Scanner",
	.descriptor = descriptor,
	.descriptor_len = sizeof descriptor,
};
