// Small interpreters of command sets, written from the manuals and not from the renderer.
#include "pole.h"

#include <stdio.h>
#include <string.h>

#define MORE 0 /* the command is not complete */

void pole_init(struct pole *pole, enum pole_kind kind, unsigned rows, unsigned columns)
{
	memset(pole, 0, sizeof *pole);
	pole->kind = kind;
	pole->rows = rows;
	pole->columns = columns;
	/* rubbish from before, which a start has to take away */
	memset(pole->cells, '#', rows * columns);
	pole->scroll = kind == POLE_IBM;
	pole->cursor_on = true;
}

const char *pole_row(const struct pole *pole, unsigned row)
{
	static char text[81];
	unsigned len = pole->columns;

	memcpy(text, pole->cells + row * pole->columns, len);
	while (len && text[len - 1] == ' ')
		len--;
	text[len] = '\0';
	return text;
}

static void clear(struct pole *p)
{
	memset(p->cells, ' ', p->rows * p->columns);
	memset(p->blinks, 0, sizeof p->blinks);
	p->cursor = 0;
}

static void scroll_up(struct pole *p)
{
	unsigned last = (p->rows - 1) * p->columns;

	memmove(p->cells, p->cells + p->columns, last);
	memset(p->cells + last, ' ', p->columns);
}

static void put(struct pole *p, uint8_t byte)
{
	unsigned all = p->rows * p->columns;

	if (p->cursor >= all && p->scroll) {
		scroll_up(p);
		p->cursor = all - p->columns;
	} else if (p->cursor >= all) {
		p->cursor = 0;
	}
	p->blinks[p->cursor] = p->flashing;
	p->cells[p->cursor++] = (char)byte;
}

static void line_feed(struct pole *p)
{
	if (p->cursor / p->columns + 1 < p->rows)
		p->cursor += p->columns;
	else
		scroll_up(p);
}

static size_t mistake(struct pole *p)
{
	p->mistakes++;
	return 1;
}

/* A whole row between `from` and a CR; short ones leave the rest. */
static size_t row_text(struct pole *p, size_t from, unsigned row)
{
	const uint8_t *end = memchr(p->buffer, 0x0d, p->len);

	if (!end)
		return MORE;
	size_t n = (size_t)(end - p->buffer) - from;
	if (n > (p->rows - row) * p->columns)
		return mistake(p);
	memcpy(p->cells + row * p->columns, p->buffer + from, n);
	return (size_t)(end - p->buffer) + 1;
}

static void reset(struct pole *p)
{
	clear(p);
	p->scroll = p->kind == POLE_IBM;
	p->cursor_on = true;
	p->flashing = false;
}

/* UTC, Logic Controls and IBM: the same controls, the rest differs. */
static size_t dle_family(struct pole *p)
{
	const uint8_t *b = p->buffer;

	switch (b[0]) {
	case 0x10:
		if (p->len < 2)
			return MORE;
		if (b[1] < p->rows * p->columns)
			p->cursor = b[1];
		return 2;
	case 0x11:
	case 0x12:
		p->scroll = b[0] == 0x12;
		return 1;
	case 0x13:
	case 0x14:
		p->cursor_on = b[0] == 0x13;
		return 1;
	case 0x1f:
		reset(p);
		return 1;
	}
	return b[0] >= 0x20 ? (put(p, b[0]), 1) : mistake(p);
}

static size_t utc(struct pole *p)
{
	const uint8_t *b = p->buffer;

	if (p->enhanced && b[0] == 0x1b && p->len < 3)
		return MORE;
	if (p->enhanced && b[0] == 0x1b && b[1] == 0x75 && (b[2] == 0x41 || b[2] == 0x42))
		return row_text(p, 3, b[2] - 0x41u);
	if (b[0] == 0x1b && p->len < 2)
		return MORE;
	if (b[0] == 0x1b && b[1] == 0x0f) {
		p->enhanced = false;
		return p->len < 3 ? MORE : 3;
	}
	if (p->enhanced)
		return mistake(p);
	if (b[0] == 0x1b) {
		p->enhanced = b[1] == 0x64;
		return p->enhanced ? 2 : mistake(p);
	}
	if (b[0] == 0x1c || b[0] == 0x1d) {
		p->flashing = b[0] == 0x1c;
		return 1;
	}
	return dle_family(p);
}

static size_t logic_controls(struct pole *p)
{
	const uint8_t *b = p->buffer;
	size_t glyph = p->kind == POLE_IBM ? 10 : 7;

	if (b[0] == 0x03 && p->len < glyph)
		return MORE;
	if (b[0] == 0x03) {
		memcpy(p->glyph, b, glyph);
		return glyph;
	}
	if (b[0] == 0x04 || (p->kind == POLE_IBM && (b[0] == 0x00 || b[0] == 0x02))) {
		if (p->len < 2)
			return MORE;
		p->brightness = b[0] == 0x04 ? b[1] : p->brightness;
		p->page = b[0] == 0x02 ? b[1] : p->page;
		return 2;
	}
	if (p->kind == POLE_IBM && b[0] >= 0x15 && b[0] <= 0x1e)
		return put(p, b[0]), 1;
	return dle_family(p);
}

static size_t aedex(struct pole *p)
{
	const uint8_t *b = p->buffer;

	if (p->len < 3)
		return MORE;
	if (b[0] != '!' || b[1] != '#')
		return mistake(p);
	if (b[2] == 'A') {
		clear(p);
		return p->len < 4 ? MORE : 4;
	}
	if (b[2] == '9' || b[2] == '1' || b[2] == '2')
		return row_text(p, 3, b[2] == '2');
	return mistake(p);
}

static size_t adm(struct pole *p)
{
	switch (p->buffer[0]) {
	case 0x0c:
		clear(p);
		return 1;
	case 0x0e:
	case 0x0f:
		p->cursor = p->buffer[0] == 0x0e ? 0 : p->columns;
		return 1;
	}
	return p->buffer[0] >= 0x20 ? (put(p, p->buffer[0]), 1) : mistake(p);
}

static size_t dsp800(struct pole *p)
{
	const uint8_t *b = p->buffer;
	const uint8_t *end = memchr(b, 0x17, p->len);

	if (b[0] != 0x04)
		return b[0] >= 0x20 ? (put(p, b[0]), 1) : mistake(p);
	if (!end)
		return MORE;
	size_t len = (size_t)(end - b) + 1;
	bool good = b[1] == 0x01;
	if (good && len == 5 && b[2] == 0x50 && b[3] >= 0x31 && b[3] <= 0x58)
		p->cursor = b[3] - 0x31u;
	else if (good && len == 6 && b[2] == 0x43 && b[3] >= 0x31 && b[4] <= 0x58 && b[3] <= b[4])
		memset(p->cells + b[3] - 0x31, ' ', b[4] - b[3] + 1u);
	else if (good && len == 5 && b[2] == 0x41 && b[3] >= 0x31 && b[3] <= 0x34)
		p->brightness = b[3];
	else if (good && len == 4 && b[2] == 0x49)
		p->cursor = 0;
	else
		good = false;
	p->answer = good ? 0x06 : 0x15;
	p->mistakes += !good;
	return len;
}

/* In shift mode, the one after ESC @: characters come in at the right end of the row. */
static size_t icd2002(struct pole *p)
{
	const uint8_t *b = p->buffer;
	char *row = p->cells + p->row * p->columns;

	if (b[0] == 0x1b && p->len < 2)
		return MORE;
	if (b[0] == 0x1b) {
		p->row = b[1] == 0x44;
		if (b[1] == 0x40)
			clear(p);
		return b[1] == 0x40 || b[1] == 0x44 || b[1] == 0x55 ? 2 : mistake(p);
	}
	if (b[0] == 0x0d)
		return 1;
	memmove(row, row + 1, p->columns - 1);
	row[p->columns - 1] = (char)b[0];
	return b[0] >= 0x20 ? 1 : mistake(p);
}

static size_t ansi_move(struct pole *p)
{
	char text[sizeof p->buffer + 1];
	unsigned y, x;
	int n = 0;

	memcpy(text, p->buffer, p->len);
	text[p->len] = '\0';
	if (sscanf(text + 2, "%u;%uH%n", &y, &x, &n) != 2 || !n || !y || !x || y > p->rows ||
		x > p->columns)
		return mistake(p);
	p->cursor = (y - 1) * p->columns + x - 1;
	return (size_t)n + 2;
}

static size_t ansi(struct pole *p)
{
	const uint8_t *b = p->buffer;

	if (b[0] == 0x0a)
		return line_feed(p), 1;
	if (b[0] != 0x1b)
		return b[0] >= 0x20 ? (put(p, b[0]), 1) : mistake(p);
	if (p->len < 3)
		return MORE;
	if (b[1] == 0x52) {
		p->page = b[2];
		return 3;
	}
	if (b[1] == 0x5c) {
		p->cursor_on = b[4] == 0x43 && p->len > 5 ? b[5] != 0x30 : p->cursor_on;
		p->brightness = b[4] == 0x44 && p->len > 5 ? b[5] : p->brightness;
		return p->len < 6 ? MORE : 6;
	}
	if (p->len < 4 || b[p->len - 1] < 0x40)
		return MORE;
	if (b[3] == 0x4a) {
		unsigned cursor = p->cursor;
		clear(p);
		p->cursor = cursor;
		return 4;
	}
	return ansi_move(p);
}

static size_t ncr(struct pole *p)
{
	const uint8_t *b = p->buffer;

	if (b[0] != 0x1b)
		return b[0] >= 0x20 ? (put(p, b[0]), 1) : mistake(p);
	if (p->len < 2)
		return MORE;
	if (b[1] >= 0x20 && b[1] <= 0x32) {
		p->page = b[1];
		return 2;
	}
	if (b[1] == 0x02 || b[1] == 0x0e) {
		if (b[1] == 0x02)
			clear(p);
		return 2;
	}
	if (p->len < 3)
		return MORE;
	if (b[1] == 0x13 && b[2] < p->rows * p->columns)
		p->cursor = b[2];
	else if (b[1] == 0x17 && b[2] >= 1 && b[2] <= 5)
		p->brightness = b[2];
	else
		return mistake(p);
	return 3;
}

static size_t led8(struct pole *p)
{
	const uint8_t *b = p->buffer;

	if (p->len < 3)
		return MORE;
	if (b[0] == 0x1b && b[1] == 0x73) {
		p->lamp = b[2];
		return 3;
	}
	return b[0] == 0x1b && b[1] == 0x51 && b[2] == 0x41 ? row_text(p, 3, 0) : mistake(p);
}

static size_t run(struct pole *p)
{
	switch (p->kind) {
	case POLE_UTC:
	case POLE_UTC_ENHANCED:
		return utc(p);
	case POLE_AEDEX:
		return aedex(p);
	case POLE_ADM:
		return adm(p);
	case POLE_DSP800:
		return dsp800(p);
	case POLE_ICD2002:
		return icd2002(p);
	case POLE_LOGIC_CONTROLS:
	case POLE_IBM:
		return logic_controls(p);
	case POLE_ANSI:
		return ansi(p);
	case POLE_NCR:
		return ncr(p);
	case POLE_LED8:
		return led8(p);
	}
	return 1;
}

void pole_feed(struct pole *p, const void *data, size_t len)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < len; i++) {
		p->buffer[p->len++] = bytes[i];
		size_t n = p->len == sizeof p->buffer ? mistake(p) : run(p);
		if (n != MORE)
			p->len = 0;
	}
}
