// The CD5220 command set of customer displays, with its string mode.
#include <string.h>

#include "emulators/models/display_internal.h"

#define ESC 0x1B
#define US  0x1F

struct command {
	uint8_t lead, code;
	uint8_t fixed; /* total length; 0: ask size */
	size_t (*size)(const uint8_t *b, size_t n);
	void (*run)(struct ph_emu_display *d, const uint8_t *b, size_t n);
	bool moves; /* ignored, with a remark, in string mode */
};

// ESC Q A text CR; a text that is too long ends the command without CR
static size_t size_string(const uint8_t *b, size_t n)
{
	size_t most = n >= 3 && b[2] == 'D' ? 40 : 20;
	if (n < 4)
		return 4;
	return b[n - 1] == 0x0D || n == 3 + most + 1 ? n : n + 1;
}

static void run_string(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	unsigned row = b[2] == 'B' && d->config.rows > 1 ? 1 : 0;
	size_t len = n - 3 - (b[n - 1] == 0x0D);

	if (b[2] != 'A' && b[2] != 'B' && b[2] != 'D') {
		emu_display_note(d, "unknown command");
		return;
	}
	if (b[n - 1] != 0x0D)
		emu_display_note(d, "text too long");
	d->state.scrolling = b[2] == 'D';
	d->string_mode = b[2] != 'D' || d->string_mode;
	enum ph_emu_display_mode mode = d->state.mode;
	struct window whole = d->whole, *current = d->current;

	d->state.mode = PH_EMU_DISPLAY_OVERWRITE;
	d->current = &d->whole;
	d->whole.row = row;
	emu_display_clear_line(d);
	for (size_t i = 0; i < len && i < d->config.columns; i++)
		emu_display_put_byte(d, b[3 + i] < 0x20 ? ' ' : b[3 + i]);
	d->state.mode = mode;
	d->whole = whole;
	d->current = current;
}

static size_t size_window(const uint8_t *b, size_t n)
{
	if (n < 3)
		return 3;
	return b[2] == 1 ? 6 : 3;
}

static void run_window(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	if (b[2] != 1)
		emu_display_cancel_window(d, 0);
	else if (b[3] < b[4])
		emu_display_window(d, 0, b[3], b[5], b[4], b[5]);
}

static size_t size_glyphs(const uint8_t *b, size_t n)
{
	size_t at = 5;
	if (n < 5)
		return 5;
	for (unsigned c = b[3]; c <= b[4]; c++) {
		if (n <= at)
			return at + 1;
		at += 1 + (size_t)b[at];
	}
	return at;
}

static void run_nothing(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
}

static void run_init(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	emu_display_init(d);
}

static void run_mode(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	static const enum ph_emu_display_mode modes[] = {
		PH_EMU_DISPLAY_OVERWRITE, PH_EMU_DISPLAY_VERTICAL, PH_EMU_DISPLAY_HORIZONTAL};
	emu_display_mode(d, modes[((b[1] & 0x0F) - 1) % 3]);
}

static void run_arrow(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	switch (b[2]) {
	case 'A':
		emu_display_up(d);
		break;
	case 'B':
		emu_display_down(d);
		break;
	case 'C':
		emu_display_right(d);
		break;
	case 'D':
		emu_display_left(d);
		break;
	case 'H':
		emu_display_home(d);
		break;
	case 'K':
		emu_display_bottom(d);
		break;
	case 'L':
		emu_display_line_start(d);
		break;
	case 'R':
		emu_display_line_end(d);
		break;
	default:
		emu_display_note(d, "unknown command");
	}
}

static void run_move(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	emu_display_move(d, b[2], b[3]);
}

static void run_brightness(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	emu_display_brightness(d, b[2]);
}

static void run_cursor(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	d->state.cursor_visible = b[2] & 1;
}

static void run_blink(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	d->state.blink = b[2];
}

static void run_country(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	// letters in the order of the numbers ESC R of the Epson set has
	static const char letters[] = "AFGUDWISJ";
	const char *at = b[2] ? strchr(letters, b[2]) : NULL;
	if (at)
		d->country = (unsigned)(at - letters);
	else if (b[2] == 'E')
		d->country = 10;
	else if (b[2] == 'L')
		d->page = "CP852";
	else if (b[2] == 'R')
		d->page = "CP866";
	else
		emu_display_note(d, "unknown country");
}

static void run_page(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	switch (b[2]) {
	case 'A':
		d->page = "CP437";
		break;
	case 'J':
		d->page = "SHIFT_JIS";
		break;
	case 'L':
		d->page = "CP852";
		break;
	case 'R':
		d->page = "CP866";
		break;
	default:
		emu_display_note(d, "unknown code table");
	}
}

static const struct command commands[] = {
	{ESC, 0x11, 2, NULL, run_mode, false},
	{ESC, 0x12, 2, NULL, run_mode, false},
	{ESC, 0x13, 2, NULL, run_mode, false},
	{ESC, '#', 3, NULL, run_nothing, false},
	{ESC, '%', 3, NULL, run_nothing, false},
	{ESC, '&', 0, size_glyphs, run_nothing, false},
	{ESC, '*', 3, NULL, run_brightness, false},
	{ESC, '?', 3, NULL, run_nothing, false},
	{ESC, '@', 2, NULL, run_init, false},
	{ESC, 'Q', 0, size_string, run_string, false},
	{ESC, 'W', 0, size_window, run_window, false},
	{ESC, '[', 3, NULL, run_arrow, true},
	{ESC, '_', 3, NULL, run_cursor, false},
	{ESC, 'c', 3, NULL, run_page, false},
	{ESC, 'f', 3, NULL, run_country, false},
	{ESC, 'l', 4, NULL, run_move, true},
	{US, 0x01, 2, NULL, run_mode, false},
	{US, 0x02, 2, NULL, run_mode, false},
	{US, 0x03, 2, NULL, run_mode, false},
	{US, '@', 2, NULL, run_init, false},
	{US, 'E', 3, NULL, run_blink, false},
};

static const struct command *find(const uint8_t *b)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (commands[i].lead == b[0] && commands[i].code == b[1])
			return &commands[i];
	return NULL;
}

static bool trapped(struct ph_emu_display *d)
{
	if (!d->string_mode)
		return false;
	emu_display_note(d, "move in string mode");
	return true;
}

static void control(struct ph_emu_display *d, uint8_t byte)
{
	if (byte == 0x0C || byte == 0x18)
		d->string_mode = false;
	if (byte == 0x0C)
		emu_display_clear(d);
	else if (byte == 0x18)
		emu_display_clear_line(d);
	else if (byte < 0x08 || byte > 0x0D || trapped(d))
		return;
	else if (byte == 0x08)
		emu_display_left(d);
	else if (byte == 0x09)
		emu_display_right(d);
	else if (byte == 0x0A)
		emu_display_down(d);
	else if (byte == 0x0B)
		emu_display_home(d);
	else
		emu_display_line_start(d);
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
	} else if (!c->moves || !trapped(d)) {
		c->run(d, d->command, kept);
	}
	d->command_len = 0;
}

void emu_display_cd5220(struct ph_emu_display *d, uint8_t byte)
{
	if (d->skip > 0)
		d->skip--;
	else if (d->command_len > 0 || byte == ESC || byte == US)
		command_byte(d, byte);
	else if (byte >= 0x20)
		emu_display_put_byte(d, byte);
	else
		control(d, byte);
}
