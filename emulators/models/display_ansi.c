// The sets that are a part of VT100 (IBM's graphic pole, Wincor BA63 and BA66 with their USB reports), NCR and the eight digits.
//
// Sources: IBM SurePOS 500 technical reference; Diebold Nixdorf BA63USB and BA66-1 manuals; NCR 5972 user's guide; public code for
// the digits.
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "emulators/models/display_internal.h"

#define ESC 0x1B

RUN(nothing)
{
}

RUN(line_start)
{
	emu_display_line_start(d);
}

// ESC [ parameters letter
static size_t until_letter(const uint8_t *b, size_t n)
{
	uint8_t last = b[n - 1];

	return n >= 3 && ((last >= '@' && last <= '~') || n >= 16) ? n : n + 1;
}

// clear leaves the cursor where it is
static void clear_all(struct ph_emu_display *d)
{
	struct window saved = d->whole;

	emu_display_clear(d);
	d->whole = saved;
}

static void clear_to_end(struct ph_emu_display *d)
{
	for (unsigned x = d->whole.column; x < d->config.columns; x++)
		d->state.cells[d->whole.row][x] = (struct ph_emu_display_cell){.codepoint = ' '};
}

static void move_to(struct ph_emu_display *d, const uint8_t *b, size_t n)
{
	char text[17] = {0};
	char *end;

	memcpy(text, b + 2, n - 3 < 16 ? n - 3 : 16);
	unsigned long y = strtoul(text, &end, 10);
	unsigned long x = *end == ';' ? strtoul(end + 1, NULL, 10) : 1;
	if (x <= d->config.columns && y <= d->config.rows)
		emu_display_move(d, (unsigned)(x ? x : 1), (unsigned)(y ? y : 1));
}

static bool is(const uint8_t *b, size_t n, const char *text)
{
	return n == strlen(text) + 2 && memcmp(b + 2, text, n - 2) == 0;
}

RUN(ansi)
{
	if (b[n - 1] == 'H')
		move_to(d, b, n);
	else if (is(b, n, "2J"))
		clear_all(d);
	else if (is(b, n, "0K") || is(b, n, "K"))
		clear_to_end(d);
	else if (is(b, n, "0c"))
		emu_display_reply(d, "\x1B[?1;0c", 7);
	else
		emu_display_note(d, "unknown command");
}

// ---- IBM APA ----

// ESC \ ? L letter digit
RUN(apa_setting)
{
	static const unsigned steps[] = {0, 32, 45, 59, 79, 100};

	if (b[4] == 'D' && b[5] >= '0' && b[5] <= '5')
		d->state.brightness = steps[b[5] - '0'];
	else if (b[4] == 'C' && b[5] >= '0' && b[5] <= '2')
		d->state.cursor_visible = b[5] != '0';
	else if (b[4] != 'S')
		emu_display_note(d, "unknown command");
}

const struct emu_display_command emu_display_apa[] = {
	{C2(ESC, '['), 0, until_letter, ansi},
	{C3(ESC, '\\', '?'), 6, NULL, apa_setting},
	{C1(0x0D), 1, NULL, line_start},
	{C1(0x0F), 1, NULL, nothing},
};
const size_t emu_display_apa_count = PH_ARRAY_SIZE(emu_display_apa);

// ---- Wincor ----

// back without erasing; the first column is the end
RUN(back)
{
	struct window *w = d->current;

	w->past_end = false;
	if (w->column > w->left)
		w->column--;
}

// the next row in the same column; from the last one all moves up
RUN(next_row)
{
	enum ph_emu_display_mode mode = d->state.mode;

	d->state.mode = PH_EMU_DISPLAY_VERTICAL;
	emu_display_down(d);
	d->state.mode = mode;
}

RUN(wincor_country)
{
	if (b[2] == 0x34)
		d->page = "CP858";
	else
		d->country = b[2] < 13 ? b[2] : 0;
}

const struct emu_display_command emu_display_wincor[] = {
	{C1(0x08), 1, NULL, back},
	{C1(0x0A), 1, NULL, next_row},
	{C1(0x0D), 1, NULL, line_start},
	{C2(ESC, '['), 0, until_letter, ansi},
	{C2(ESC, 'R'), 3, NULL, wincor_country},
};
const size_t emu_display_wincor_count = PH_ARRAY_SIZE(emu_display_wincor);

/* A vendor page, 32 bytes each way, no report ids. */
static const uint8_t descriptor[] = {0x06, 0x45, 0xFF, 0x0A, 0x00, 0x28, 0xA1, 0x01, 0x15, 0x00,
	0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x20, 0x09, 0x01, 0x81, 0x02, 0x95, 0x20, 0x09, 0x02,
	0x91, 0x02, 0xC0};

const uint8_t *ph_emu_display_descriptor(size_t *ret_len)
{
	*ret_len = sizeof descriptor;
	return descriptor;
}

enum { REPORT_SYSTEM = 0x00, REPORT_TEXT = 0x02, REPORT_CONFIG = 0x21 };

static void answer_report(struct ph_emu_display *d, uint8_t s1)
{
	const uint8_t answer[PH_EMU_DISPLAY_REPORT] = {0, 4, s1};

	emu_display_reply(d, answer, sizeof answer);
}

void ph_emu_display_report(struct ph_emu_display *d, const uint8_t *report, size_t len)
{
	if (len < 4)
		return;
	const uint8_t *r = report + 1; /* behind the 0 that stands for no id */
	switch (r[0]) {
	case REPORT_TEXT:
		ph_emu_display_feed(d, r + 3, r[2] < len - 4 ? r[2] : len - 4);
		return;
	case REPORT_SYSTEM:
		d->reset = d->reset || r[1] == 0x40;
		if (r[1] == 0x40)
			ph_emu_display_power_cycle(d);
		else if (r[1] == 0x10 || r[1] == 0x20)
			answer_report(d, 0x01);
		return;
	case REPORT_CONFIG:
		answer_report(d, 0x02);
		return;
	default:
		return;
	}
}

bool ph_emu_display_take_reset(struct ph_emu_display *d)
{
	bool reset = d->reset;

	d->reset = false;
	return reset;
}

// ---- NCR ----

RUN(ncr_brightness)
{
	if (b[2] >= 1 && b[2] <= 5)
		d->state.brightness = b[2] * 20u;
}

RUN(ncr_identify)
{
	static const uint8_t id[] = {0x8E, 0x01};
	static const char text[] = "\x0APOSHAL 5972";

	if (b[1] == 0x18)
		emu_display_reply(d, id, sizeof id);
	else
		emu_display_reply(d, text, sizeof text - 1);
}

RUN(ncr_page)
{
	static const char *const pages[] = {"CP858", "SHIFT_JIS", "CP866"};

	if (b[1] - 0x20 < (int)PH_ARRAY_SIZE(pages))
		d->page = pages[b[1] - 0x20];
}

// 50 hex and eighty characters: what stands on the screen
RUN(ncr_read)
{
	uint8_t answer[81] = {0x50};

	memset(answer + 1, ' ', 80);
	for (unsigned i = 0; i < d->config.rows * d->config.columns && i < 80; i++) {
		uint32_t c = d->state.cells[i / d->config.columns][i % d->config.columns].codepoint;
		answer[1 + i] = c < 0x7F ? (uint8_t)c : '?';
	}
	emu_display_reply(d, answer, sizeof answer);
}

RUN(ncr_clear)
{
	emu_display_clear(d);
}

RUN(ncr_move)
{
	emu_display_goto(d, b[2]);
}

const struct emu_display_command emu_display_ncr[] = {
	{C2(ESC, 0x02), 2, NULL, ncr_clear},
	{C2(ESC, 0x0E), 2, NULL, nothing},
	{C2(ESC, 0x13), 3, NULL, ncr_move},
	{C2(ESC, 0x17), 3, NULL, ncr_brightness},
	{C2(ESC, 0x18), 2, NULL, ncr_identify},
	{C2(ESC, 0x19), 2, NULL, ncr_identify},
	{C2(ESC, 0x20), 2, NULL, ncr_page},
	{C2(ESC, 0x21), 2, NULL, ncr_page},
	{C2(ESC, 0x22), 2, NULL, ncr_page},
	{C2(ESC, 0x38), 2, NULL, ncr_read},
};
const size_t emu_display_ncr_count = PH_ARRAY_SIZE(emu_display_ncr);

// ---- eight digits ----

// a point belongs to the digit in front of it
RUN(led_digits)
{
	unsigned x = 0;

	emu_display_clear(d);
	for (size_t i = 3; i < n && b[i] != 0x0D; i++) {
		bool point = b[i] == '.' || b[i] == ',';
		if (point && x > 0) {
			d->state.cells[0][x - 1].mark = (char)b[i];
			continue;
		}
		if (x >= d->config.columns)
			return;
		d->state.cells[0][x++] = (struct ph_emu_display_cell){.codepoint = b[i]};
	}
}

RUN(led_lamp)
{
	if (b[2] >= '0' && b[2] <= '4')
		d->state.annunciators = b[2] == '0' ? 0 : 1u << (b[2] - '1');
}

static size_t until_cr(const uint8_t *b, size_t n)
{
	return n < 4 ? 4 : emu_display_until_cr(b, n);
}

const struct emu_display_command emu_display_led8[] = {
	{C3(ESC, 'Q', 'A'), 0, until_cr, led_digits},
	{C2(ESC, 's'), 3, NULL, led_lamp},
};
const size_t emu_display_led8_count = PH_ARRAY_SIZE(emu_display_led8);
