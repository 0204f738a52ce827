// The Epson (ESC/POS) command set of customer displays.
#include <stdio.h>
#include <string.h>

#include "emulators/models/display_internal.h"

#define ESC 0x1B
#define US  0x1F

struct command {
	uint8_t lead, code;
	uint8_t fixed; /* total length; 0: ask size */
	size_t (*size)(const uint8_t *b, size_t n);
	void (*run)(struct ph_emu_display *d, const uint8_t *b, size_t n);
};

static void run_select(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	if (b[2] >= 1 && b[2] <= 3)
		d->state.selected = b[2] & 2;
}

static void run_init(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	emu_display_init(d);
}

static void run_country(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	d->country = b[2];
}

static void run_page(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	const char *name = ph_emu_codepage_display_name(b[2]);
	if (name)
		d->page = name;
	else
		emu_display_note(d, "unknown code table");
}

static size_t size_window(const uint8_t *b, size_t n)
{
	if (n < 4)
		return 4;
	return b[3] == 0 || b[3] == '0' ? 4 : 8;
}

static void run_window(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	unsigned number = b[2] - (b[2] >= '1' ? 0x31u : 1u);
	if (b[3] == 0 || b[3] == '0')
		emu_display_cancel_window(d, number);
	else if (b[3] == 1 || b[3] == '1')
		emu_display_window(d, number, b[4], b[5], b[6], b[7]);
}

// ESC & s c1 c2, then for each character a column count and its columns
static size_t size_glyphs(const uint8_t *b, size_t n)
{
	size_t at = 5;
	if (n < 5)
		return 5;
	for (unsigned c = b[3]; c <= b[4]; c++) {
		if (n <= at)
			return at + 1;
		at += 1 + (size_t)b[at] * b[2];
	}
	return at;
}

static void run_nothing(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
}

static size_t size_counted(const uint8_t *b, size_t n)
{
	return n < 5 ? 5 : 5 + (size_t)(b[3] | (unsigned)b[4] << 8);
}

static void run_information(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	const char *text = "";
	char out[100] = "\x57\x20\x30";

	if (b[2] != 'B' || n < 7 || b[5] != '0')
		return;
	if (b[6] == 65)
		text = d->config.firmware;
	else if (b[6] == 66)
		text = d->config.maker;
	else if (b[6] == 67)
		text = d->config.model;
	else if (b[6] == 68)
		text = d->config.serial;
	int len = snprintf(out + 3, sizeof out - 3, "%s", text);
	emu_display_reply(d, out, 3 + (size_t)len + 1);
}

static void run_move(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	emu_display_move(d, b[2], b[3]);
}

static void run_cursor(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	d->state.cursor_visible = b[2] & 1;
}

static void run_blink(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	d->state.blink = b[2];
}

static void run_brightness(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	emu_display_brightness(d, b[2]);
}

static void run_reverse(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	d->reverse = b[2] & 1;
}

static void run_overwrite(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	emu_display_mode(d, PH_EMU_DISPLAY_OVERWRITE);
}

static void run_vertical(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	emu_display_mode(d, PH_EMU_DISPLAY_VERTICAL);
}

static void run_horizontal(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	emu_display_mode(d, PH_EMU_DISPLAY_HORIZONTAL);
}

static void run_mark(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	d->pending_mark = (char)b[1];
	if (b[2] >= 0x20)
		emu_display_put_byte(d, b[2]);
	d->pending_mark = 0;
}

static void run_annunciator(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	if (b[3] < 1 || b[3] > 20)
		return;
	uint32_t bit = 1u << (b[3] - 1);
	if (b[2] & 1)
		d->state.annunciators |= bit;
	else
		d->state.annunciators &= ~bit;
}

static void run_set_clock(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	if (b[2] < 24 && b[3] < 60)
		snprintf(d->state.clock, sizeof d->state.clock, "%02u:%02u", b[2], b[3]);
}

static void run_show_clock(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	if (!d->state.clock[0])
		snprintf(d->state.clock, sizeof d->state.clock, "00:00");
}

// the emulator does not store macros: what stands between is shown as it comes
static void run_macro(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	d->macro = !d->macro;
	emu_display_note(d, "macro not modelled");
}

static void run_up(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	emu_display_up(d);
}

static void run_line_end(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	emu_display_line_end(d);
}

static void run_bottom(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	emu_display_bottom(d);
}

static const struct command commands[] = {
	{ESC, '%', 3, NULL, run_nothing},
	{ESC, '&', 0, size_glyphs, run_nothing},
	{ESC, '=', 3, NULL, run_select},
	{ESC, '?', 3, NULL, run_nothing},
	{ESC, '@', 2, NULL, run_init},
	{ESC, 'R', 3, NULL, run_country},
	{ESC, 'W', 0, size_window, run_window},
	{ESC, 't', 3, NULL, run_page},
	{US, 0x01, 2, NULL, run_overwrite},
	{US, 0x02, 2, NULL, run_vertical},
	{US, 0x03, 2, NULL, run_horizontal},
	{US, 0x0A, 2, NULL, run_up},
	{US, 0x0D, 2, NULL, run_line_end},
	{US, '#', 4, NULL, run_annunciator},
	{US, '$', 4, NULL, run_move},
	{US, '(', 0, size_counted, run_information},
	{US, ',', 3, NULL, run_mark},
	{US, '.', 3, NULL, run_mark},
	{US, ':', 2, NULL, run_macro},
	{US, ';', 3, NULL, run_mark},
	{US, '@', 2, NULL, run_init},
	{US, 'B', 2, NULL, run_bottom},
	{US, 'C', 3, NULL, run_cursor},
	{US, 'E', 3, NULL, run_blink},
	{US, 'T', 4, NULL, run_set_clock},
	{US, 'U', 2, NULL, run_show_clock},
	{US, 'X', 3, NULL, run_brightness},
	{US, '^', 4, NULL, run_nothing},
	{US, 'r', 3, NULL, run_reverse},
	{US, 'v', 3, NULL, run_nothing},
};

static const struct command *find(const uint8_t *b)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (commands[i].lead == b[0] && commands[i].code == b[1])
			return &commands[i];
	return NULL;
}

static void control(struct ph_emu_display *d, uint8_t byte)
{
	switch (byte) {
	case 0x08:
		emu_display_left(d);
		break;
	case 0x09:
		emu_display_right(d);
		break;
	case 0x0A:
		emu_display_down(d);
		break;
	case 0x0B:
		emu_display_home(d);
		break;
	case 0x0C:
		emu_display_clear(d);
		break;
	case 0x0D:
		emu_display_line_start(d);
		break;
	case 0x18:
		emu_display_clear_line(d);
		break;
	}
}

static void command_byte(struct ph_emu_display *d, uint8_t byte)
{
	if (d->command_len < COMMAND_MAX)
		d->command[d->command_len] = byte;
	d->command_len++;
	if (d->command_len < 2)
		return;
	const struct command *c = find(d->command);
	size_t kept = d->command_len < COMMAND_MAX ? d->command_len : COMMAND_MAX;
	size_t need = !c ? 2 : c->fixed ? c->fixed : c->size(d->command, kept);
	if (d->command_len < need && need <= COMMAND_MAX)
		return;
	if (need > COMMAND_MAX) {
		d->skip = need - d->command_len;
		emu_display_note(d, "command too long");
	} else if (!c) {
		emu_display_note(d, "unknown command");
	} else if (d->state.selected || c->run == run_select) {
		c->run(d, d->command, kept);
	}
	d->command_len = 0;
}

void emu_display_epson(struct ph_emu_display *d, uint8_t byte)
{
	if (d->skip > 0)
		d->skip--;
	else if (d->command_len > 0 || byte == ESC || byte == US)
		command_byte(d, byte);
	else if (!d->state.selected)
		return;
	else if (byte >= 0x20)
		emu_display_put_byte(d, byte);
	else
		control(d, byte);
}
