// Scanners that type: labels as reports of a boot keyboard with the American layout; control characters with Ctrl, and what has
// no key with Alt and the digits of the keypad.
//
// Source: USB HID 1.11, appendix B (boot keyboard); HID Usage Tables 1.5, chapter 10.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "emulators/models/reader_internal.h"

#define CTRL	  0x01
#define SHIFT	  0x02
#define ALT	  0x04
#define KEY_ENTER 0x28
#define KEY_TAB	  0x2B
#define KEYPAD_0  0x62
#define KEYPAD_1  0x59

/* Characters of the keys from usage 04 on, without and with Shift. */
static const char plain[] = "abcdefghijklmnopqrstuvwxyz1234567890\n\x1b\b\t -=[]\\\x01;'`,./";
static const char shifted[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ!@#$%^&*()\x01\x01\x01\x01\x01_+{}|\x01:\"~<>?";

const uint8_t emu_keys_descriptor[EMU_KEYS_DESCRIPTOR] = {0x05, 0x01, 0x09, 0x06, 0xA1, 0x01, 0x05,
	0x07, 0x19, 0xE0, 0x29, 0xE7, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01, 0x95, 0x08, 0x81, 0x02,
	0x95, 0x01, 0x75, 0x08, 0x81, 0x01, 0x95, 0x06, 0x75, 0x08, 0x15, 0x00, 0x25, 0x65, 0x05,
	0x07, 0x19, 0x00, 0x29, 0x65, 0x81, 0x00, 0xC0};

static int send(struct ph_emu_unit *unit, uint8_t modifiers, uint8_t usage)
{
	const uint8_t report[9] = {0, modifiers, 0, usage};
	return emu_unit_send(unit, report, sizeof report);
}

static int stroke(struct ph_emu_unit *unit, uint8_t modifiers, uint8_t usage)
{
	int e = send(unit, modifiers, usage);

	return e == 0 ? send(unit, 0, 0) : e;
}

// three digits are a code of the OEM page, four with a leading 0 one of the ANSI page
static int with_alt(struct ph_emu_unit *unit, uint8_t c)
{
	char digits[8];
	int e = send(unit, ALT, 0);

	snprintf(digits, sizeof digits, c < 0x80 ? "%03u" : "0%03u", c);
	for (const char *d = digits; *d && e == 0; d++) {
		e = send(unit, ALT, *d == '0' ? KEYPAD_0 : (uint8_t)(KEYPAD_1 + *d - '1'));
		if (e == 0)
			e = send(unit, ALT, 0);
	}
	return e == 0 ? stroke(unit, 0, 0) : e;
}

int emu_keys_type(struct ph_emu_unit *unit, bool alt, uint8_t c)
{
	const char *at;

	if (c == '\r' || c == '\n')
		return stroke(unit, 0, KEY_ENTER);
	if (c == '\t')
		return stroke(unit, 0, KEY_TAB);
	if (c >= 0x20 && c < 0x7F && (at = strchr(plain, c)))
		return stroke(unit, 0, (uint8_t)(4 + (at - plain)));
	if (c >= 0x20 && c < 0x7F && (at = strchr(shifted, c)))
		return stroke(unit, SHIFT, (uint8_t)(4 + (at - shifted)));
	if (alt || c >= 0x7F)
		return with_alt(unit, c);
	/* Ctrl and the key 40 hex higher: letters and [ \ ] ^ _ */
	at = strchr(plain, c + 0x60);
	if (c >= 1 && c <= 26 && at)
		return stroke(unit, CTRL, (uint8_t)(4 + (at - plain)));
	at = strchr(plain, c + 0x40);
	if (c >= 27 && c <= 29 && at)
		return stroke(unit, CTRL, (uint8_t)(4 + (at - plain)));
	if (c == 30)
		return stroke(unit, CTRL | SHIFT, 0x23);
	return c == 31 ? stroke(unit, CTRL | SHIFT, 0x2D) : 0;
}

static int scan(struct ph_emu_reader *r, const struct ph_emu_label *label)
{
	uint8_t text[PH_EMU_LABEL_MAX + PH_EMU_LABEL_OVERHEAD];
	int e = 0;
	int n = ph_emu_scanner_frame(
		&r->line, label->ids->aim, label->data, label->len, text, sizeof text);

	if (n < 0)
		return n;
	if (PH_EMU_UNIT_QUEUE - ph_emu_unit_waiting(&r->unit) < (size_t)n * (r->alt ? 300 : 60))
		return -ENOBUFS; /* half a label would be worse */
	for (int i = 0; i < n && e == 0; i++) {
		e = emu_keys_type(&r->unit, r->alt, text[i]);
		if (r->gap_ms)
			emu_unit_pause(&r->unit, r->gap_ms * 1000ull);
	}
	return e;
}

// the lamps
static void input(
	struct ph_emu_unit *unit, enum ph_emu_channel channel, const uint8_t *data, size_t len)
{
	if (channel == PH_EMU_REPORT && len >= 2)
		emu_reader_of(unit)->lamps = data[1];
}

static const struct ph_emu_unit_ops ops = {
	.input = input, .fault = emu_reader_fault, .power = emu_reader_power};

const struct ph_emu_reader_kind emu_reader_wedge = {
	.word = "wedge",
	.cable = PH_EMU_CABLE_KEYBOARD,
	.ops = &ops,
	.scan = scan,
	.vendor = 0x05e0,
	.product = 0x1200,
	.maker = "Symbol Technologies, Inc, 2008",
	.model = "Symbol Bar Code Scanner",
	.descriptor = emu_keys_descriptor,
	.descriptor_len = sizeof emu_keys_descriptor,
};
