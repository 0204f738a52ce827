// Scanners with HID POS reports: labels cut into reports of four layouts, beeps and trigger, the tunnels of Honeywell and Newland.
//
// Sources: USB-IF HID Point of Sale Usage Tables 1.02; HHP USB Interfaces User's Guide (layout A, reports 04, FD, FE); Newland
// FM420 guide and wiki "How to send and acquire data in HID POS" (layout B and its tunnel).
#include <errno.h>
#include <string.h>

#include "emulators/models/reader_internal.h"

#define ID_LABEL	2
#define ID_CONTROL	4
#define ID_TUNNEL	0xFD
#define ID_INTERFACE	0xFE
#define DATA_MAX	56
#define VENDOR_MENU	0x3F /* Honeywell: an answer to a menu command */
#define VENDOR_MENU_END 0x36
#define NOWHERE		0xFF

/* Offsets in a report, NOWHERE for what it does not have. */
struct layout {
	uint8_t size, length, identifier, data, vendor, flag;
};

static const struct layout layout_a = {64, 1, 2, 5, 61, 63};
static const struct layout layout_b = {64, 1, NOWHERE, 2, 62, 63};
static const struct layout layout_a62 = {62, 1, 2, 5, NOWHERE, 61};
static const struct layout layout_a61 = {61, NOWHERE, 1, 4, NOWHERE, 60};

static const uint8_t descriptor_a[] = {0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0x85, 0x02, 0x09, 0x12,
	0xA1, 0x02, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x01, 0x05, 0x01, 0x09, 0x3B,
	0x81, 0x02, 0x95, 0x03, 0x05, 0x8C, 0x09, 0xFB, 0x09, 0xFC, 0x09, 0xFD, 0x81, 0x02, 0x95,
	0x38, 0x09, 0xFE, 0x82, 0x02, 0x01, 0x95, 0x02, 0x81, 0x03, 0x25, 0x01, 0x75, 0x01, 0x95,
	0x01, 0x09, 0xFF, 0x81, 0x02, 0x75, 0x07, 0x81, 0x03, 0xC0, 0x85, 0x04, 0x09, 0x14, 0xA1,
	0x02, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01, 0x95, 0x01, 0x91, 0x03, 0x09, 0x5F, 0x91, 0x02,
	0x09, 0x60, 0x91, 0x02, 0x95, 0x02, 0x91, 0x03, 0x95, 0x01, 0x09, 0x85, 0x91, 0x02, 0x09,
	0x86, 0x91, 0x02, 0x91, 0x03, 0xC0, 0xC0};
/* Layout B: no identifiers, two bytes of padding with the vendor id in the second; output 4 is a tunnel of bytes. */
static const uint8_t descriptor_b[] = {0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0x85, 0x02, 0x09, 0x12,
	0xA1, 0x02, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x01, 0x05, 0x01, 0x09, 0x3B,
	0x81, 0x02, 0x95, 0x38, 0x05, 0x8C, 0x09, 0xFE, 0x82, 0x02, 0x01, 0x95, 0x05, 0x81, 0x03,
	0x25, 0x01, 0x75, 0x01, 0x95, 0x01, 0x09, 0xFF, 0x81, 0x02, 0x75, 0x07, 0x81, 0x03, 0xC0,
	0x06, 0x00, 0xFF, 0x85, 0x04, 0x09, 0x01, 0xA1, 0x02, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75,
	0x08, 0x95, 0x3F, 0x09, 0x02, 0x91, 0x02, 0xC0, 0xC0};
static const uint8_t descriptor_a62[] = {0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0x85, 0x02, 0x09, 0x12,
	0xA1, 0x02, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x01, 0x05, 0x01, 0x09, 0x3B,
	0x81, 0x02, 0x95, 0x03, 0x05, 0x8C, 0x09, 0xFB, 0x09, 0xFC, 0x09, 0xFD, 0x81, 0x02, 0x95,
	0x38, 0x09, 0xFE, 0x82, 0x02, 0x01, 0x25, 0x01, 0x75, 0x01, 0x95, 0x01, 0x09, 0xFF, 0x81,
	0x02, 0x75, 0x07, 0x81, 0x03, 0xC0, 0xC0};
static const uint8_t descriptor_a61[] = {0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0x85, 0x02, 0x15, 0x00,
	0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x01, 0x09, 0xFB, 0x81, 0x02, 0x09, 0xFC, 0x81, 0x02,
	0x09, 0xFD, 0x81, 0x02, 0x95, 0x38, 0x09, 0xFE, 0x82, 0x02, 0x01, 0x75, 0x01, 0x95, 0x01,
	0x25, 0x01, 0x09, 0xFF, 0x81, 0x02, 0x75, 0x07, 0x81, 0x03, 0xC0};

static const struct layout *layout_of(const struct ph_emu_reader *r)
{
	if (r->kind == &emu_reader_hidpos_b)
		return &layout_b;
	if (r->kind == &emu_reader_hidpos_a62)
		return &layout_a62;
	return r->kind == &emu_reader_hidpos_a61 ? &layout_a61 : &layout_a;
}

// ---- labels ----

struct part {
	const char *aim; /* two characters, NULL: zeros */
	uint8_t vendor;
	const uint8_t *data;
	size_t len;
	bool more;
};

static int send_part(struct ph_emu_reader *r, const struct part *p)
{
	const struct layout *l = layout_of(r);
	uint8_t report[64] = {ID_LABEL};

	if (l->length != NOWHERE)
		report[l->length] = r->declared >= 0 ? (uint8_t)r->declared : (uint8_t)p->len;
	r->declared = -1;
	if (l->identifier != NOWHERE && p->aim) {
		report[l->identifier] = ']';
		memcpy(report + l->identifier + 1, p->aim, 2);
	}
	if (p->len)
		memcpy(report + l->data, p->data, p->len);
	if (l->vendor != NOWHERE)
		report[l->vendor] = p->vendor;
	report[l->flag] = p->more;
	size_t size = r->short_report ? 20 : l->size;
	r->short_report = false;
	return emu_unit_send(&r->unit, report, size);
}

static int scan(struct ph_emu_reader *r, const struct ph_emu_label *label)
{
	size_t at = 0;
	struct part p = {.vendor = label->ids->hhp};
	int e = 0;

	do {
		size_t left = label->len - at;
		p.aim = r->line.aim ? label->ids->aim : NULL;
		if (at > 0 && r->other_identifier)
			p.aim = "C0";
		p.data = label->data + at;
		p.len = left < DATA_MAX ? left : DATA_MAX;
		p.more = left > DATA_MAX;
		if (at > 0 && !p.more && r->stall_ms > 0) {
			emu_unit_pause(&r->unit, (uint64_t)r->stall_ms * 1000);
			r->stall_ms = 0;
		}
		if (p.more || !r->unfinished)
			e = send_part(r, &p);
		at += p.len;
	} while (p.more && e == 0);
	r->unfinished = r->other_identifier = false;
	return e;
}

// ---- what the host commands ----

static void menu_answer(struct ph_emu_reader *r, const uint8_t *text, size_t len, bool last)
{
	struct part p = {.aim = last ? "Z6" : "X0", .vendor = last ? VENDOR_MENU_END : VENDOR_MENU};

	for (size_t at = 0; at < len; at += p.len) {
		p.data = text + at;
		p.len = len - at < DATA_MAX ? len - at : DATA_MAX;
		send_part(r, &p);
	}
}

static void control_bits(struct ph_emu_reader *r, uint8_t bits)
{
	/* "Prevent Read" is a level: it holds until a report without it */
	r->enabled = !(bits & 0x02);
	if (bits & 0x02)
		r->armed = false;
	if (bits & 0x04)
		r->armed = true;
	r->error += bits >> 5 & 1;
	r->good += bits >> 6 & 1;
}

static void tunnel(struct ph_emu_reader *r, const uint8_t *data, size_t len)
{
	if (len < 1)
		return;
	size_t n = data[0] < len - 1 ? data[0] : len - 1;
	emu_hhp_input(r, data + 1, n, menu_answer);
}

static void input_a(
	struct ph_emu_unit *unit, enum ph_emu_channel channel, const uint8_t *data, size_t len)
{
	struct ph_emu_reader *r = emu_reader_of(unit);

	emu_reader_note(r, data, len);
	if (channel == PH_EMU_REPORT && len >= 2 && data[0] == ID_CONTROL)
		control_bits(r, data[1]);
	if (channel == PH_EMU_REPORT && len >= 2 && data[0] == ID_TUNNEL)
		tunnel(r, data + 1, len - 1);
}

// ---- Newland's tunnel in layout B ----

static uint16_t crc16(const uint8_t *data, size_t len)
{
	unsigned crc = 0;

	for (size_t i = 0; i < len; i++) {
		crc ^= (unsigned)data[i] << 8;
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1;
	}
	return (uint16_t)crc;
}

static void newland_answer(struct ph_emu_reader *r, const uint8_t *data, size_t len)
{
	uint8_t out[DATA_MAX] = {0x02, 0x00, 0x00, (uint8_t)len};

	memcpy(out + 4, data, len);
	uint16_t crc = crc16(out + 1, len + 3);
	out[4 + len] = (uint8_t)(crc >> 8);
	out[5 + len] = (uint8_t)crc;
	send_part(r, &(struct part){.data = out, .len = len + 6});
}

static void newland(struct ph_emu_reader *r, const uint8_t *f, size_t len)
{
	static const uint8_t done = 0x00;

	/* 7E 00 type len address(2) data(len) crc(2) */
	if (len < 8 || f[0] != 0x7E || f[1] != 0x00)
		return;
	unsigned address = (unsigned)f[4] << 8 | f[5];
	if (f[2] == 0x08 && len >= 8u + f[3]) {
		uint16_t crc = crc16(f + 2, 4u + f[3]);
		if (f[6 + f[3]] != crc >> 8 || f[7 + f[3]] != (crc & 0xff))
			return;
		if (address == 2 && f[3] == 1)
			r->armed = f[6] == 1;
		r->command_mode = r->command_mode || address == 0;
		newland_answer(r, &done, 1);
	} else if (f[2] == 0x05 && address == 0x01F0) {
		newland_answer(r, (const uint8_t *)"EL030095", 8);
	}
}

static void input_b(
	struct ph_emu_unit *unit, enum ph_emu_channel channel, const uint8_t *data, size_t len)
{
	struct ph_emu_reader *r = emu_reader_of(unit);

	emu_reader_note(r, data, len);
	if (channel != PH_EMU_REPORT || len < 3 || data[0] != ID_CONTROL)
		return;
	newland(r, data + 2, data[1] < len - 2 ? data[1] : len - 2);
}

static void init(struct ph_emu_reader *r)
{
	r->line.aim = true;
}

static const struct ph_emu_unit_ops ops_a = {
	.input = input_a, .fault = emu_reader_fault, .power = emu_reader_power};
static const struct ph_emu_unit_ops ops_b = {
	.input = input_b, .fault = emu_reader_fault, .power = emu_reader_power};

#define HID(descriptor_)                                                                           \
	.cable = PH_EMU_CABLE_HID, .scan = scan, .init = init, .descriptor = descriptor_,          \
	.descriptor_len = sizeof descriptor_

const struct ph_emu_reader_kind emu_reader_hidpos = {
	.word = "hidpos",
	HID(descriptor_a),
	.ops = &ops_a,
	.vendor = 0x0c2e,
	.product = 0x0b87, /* low five bits 07: HID POS */
	.maker = "Honeywell Imaging & Mobility",
	.model = "HID POS scanner",
};
const struct ph_emu_reader_kind emu_reader_hidpos_b = {
	.word = "hidpos-b",
	HID(descriptor_b),
	.ops = &ops_b,
	.vendor = 0x1eab,
	.product = 0x0d10, /* low byte 10: HID POS */
	.maker = "Newland",
	.model = "HID POS scanner",
};
const struct ph_emu_reader_kind emu_reader_hidpos_a62 = {
	.word = "hidpos-a62",
	HID(descriptor_a62),
	.ops = &ops_a,
	.vendor = 0x05e0,
	.product = 0x1300,
	.maker = "Symbol Technologies",
	.model = "HID POS scanner",
};
const struct ph_emu_reader_kind emu_reader_hidpos_a61 = {
	.word = "hidpos-a61",
	HID(descriptor_a61),
	.ops = &ops_a,
	.vendor = 0x05f9,
	.product = 0x2604,
	.maker = "Datalogic ADC",
	.model = "HID POS scanner",
	.control_out = true,
};
