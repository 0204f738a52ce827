// Text of an emulated printer: modes, the line being composed, and how it comes out as dots.
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "emulators/models/printer_internal.h"

#define DPI 203u

void emu_modes_init(struct ph_emu_printer *p)
{
	memset(&p->modes, 0, sizeof p->modes);
	p->modes.style = (struct ph_emu_style){.width = 1, .height = 1, .font = 'a'};
	p->modes.align = 'l';
	p->modes.kanji = p->config.kanji_on;
	p->modes.line_spacing = LINE_DOTS;
	p->modes.x_dpi = DPI;
	p->modes.y_dpi = p->config.vertical_dpi;
	p->modes.area = p->config.width_dots;
	p->modes.bar_height = 162;
	p->modes.bar_module = 3;
	p->modes.bar_font = 'a';
	p->modes.qr_module = 3;
	p->modes.qr_level = 48;
	p->modes.realtime_pulse = true;
	p->modes.selected = true;
	for (unsigned i = 0; i < MAX_TABS; i++)
		p->modes.tabs[i] = (i + 1) * 8 * ph_emu_face_width(PH_EMU_FACE_A);
	p->modes.n_tabs = MAX_TABS;
}

static enum ph_emu_face face_of(const struct ph_emu_style *style)
{
	return style->font == 'b' ? PH_EMU_FACE_B : PH_EMU_FACE_A;
}

unsigned emu_vertical(const struct ph_emu_printer *p, unsigned units)
{
	return units * DPI / p->modes.y_dpi;
}

unsigned emu_horizontal(const struct ph_emu_printer *p, unsigned units)
{
	return units * DPI / p->modes.x_dpi;
}

unsigned emu_area(const struct ph_emu_printer *p)
{
	unsigned rest = p->config.width_dots - p->modes.margin;
	return p->modes.area && p->modes.area < rest ? p->modes.area : rest;
}

unsigned emu_block_x(const struct ph_emu_printer *p, unsigned width)
{
	unsigned rest = emu_area(p) > width ? emu_area(p) - width : 0;
	if (p->modes.align == 'c')
		return p->modes.margin + rest / 2;
	return p->modes.margin + (p->modes.align == 'r' ? rest : 0);
}

bool emu_line_empty(const struct ph_emu_printer *p)
{
	return p->n_cells == 0 && p->n_strips == 0;
}

void emu_drop_line(struct ph_emu_printer *p)
{
	for (size_t i = 0; i < p->n_strips; i++)
		ph_emu_canvas_done(&p->strips[i].picture);
	p->n_cells = p->n_strips = 0;
	p->x = 0;
}

static unsigned cell_width(const struct ph_emu_style *s)
{
	enum ph_emu_face face = face_of(s);
	unsigned w = s->rotated ? ph_emu_face_height(face) : ph_emu_face_width(face);
	return w * s->width;
}

static unsigned cell_height(const struct ph_emu_style *s)
{
	enum ph_emu_face face = face_of(s);
	unsigned h = s->rotated ? ph_emu_face_width(face) : ph_emu_face_height(face);
	return h * s->height;
}

static unsigned cell_ascent(const struct ph_emu_style *s)
{
	return s->rotated ? cell_height(s) : ph_emu_face_ascent(face_of(s)) * s->height;
}

void emu_put_char(struct ph_emu_printer *p, uint32_t codepoint, unsigned columns)
{
	struct ph_emu_style style = p->modes.style;
	style.bold = style.bold || p->modes.double_strike;
	unsigned width = cell_width(&style) * columns;
	unsigned space = p->modes.right_space * style.width;

	if (p->x + width > emu_area(p) && !emu_line_empty(p))
		emu_print_line(p, p->modes.line_spacing);
	if (p->n_cells == MAX_CELLS)
		return;
	p->cells[p->n_cells++] = (struct cell){codepoint, p->x, width, space, style};
	p->x += width + space;
}

static uint32_t decode_pair(const char *charset, uint8_t lead, uint8_t trail)
{
	char in[2] = {(char)lead, (char)trail}, *from = in;
	uint32_t out = PH_EMU_NO_CHARACTER;
	char *to = (char *)&out;
	size_t from_len = 2, to_len = sizeof out;
	iconv_t cd = iconv_open("UTF-32LE", charset);

	if (cd == (iconv_t)-1)
		return out;
	if (iconv(cd, &from, &from_len, &to, &to_len) == (size_t)-1)
		out = PH_EMU_NO_CHARACTER;
	iconv_close(cd);
	return out;
}

void emu_put_byte(struct ph_emu_printer *p, uint8_t byte)
{
	if (p->kanji_lead) {
		uint8_t lead = p->kanji_lead;
		p->kanji_lead = 0;
		emu_put_char(p, decode_pair(p->config.charset, lead, byte), 2);
		return;
	}
	if (p->modes.kanji && byte >= 0x81 && byte != 0xFF) {
		p->kanji_lead = byte;
		return;
	}
	uint32_t c = ph_emu_country_char(p->modes.country, byte);
	if (byte >= 0x80)
		c = ph_emu_codepage_char(&p->pages, ph_emu_codepage_name(p->modes.page), byte);
	emu_put_char(p, c, 1);
}

void emu_tab(struct ph_emu_printer *p)
{
	for (unsigned i = 0; i < p->modes.n_tabs; i++) {
		if (p->modes.tabs[i] <= p->x)
			continue;
		// beyond the area: the next character wraps
		p->x = p->modes.tabs[i] < emu_area(p) ? p->modes.tabs[i] : emu_area(p) + 1;
		return;
	}
}

// ---- drawing ----

static void draw_dot(struct ph_emu_canvas *c, unsigned x, unsigned y, const struct ph_emu_style *s)
{
	ph_emu_canvas_fill(c, x, y, s->width, s->height);
}

static void draw_glyph(struct ph_emu_canvas *c, unsigned x, unsigned y,
	const struct ph_emu_glyph *g, const struct ph_emu_style *s)
{
	unsigned w = ph_emu_face_width(face_of(s)), h = ph_emu_face_height(face_of(s));

	for (unsigned row = 0; row < h; row++)
		for (unsigned col = 0; col < w; col++) {
			if (!(g->rows[row] & 0x8000u >> col))
				continue;
			// clockwise: the top of the glyph looks to the right
			unsigned dx = s->rotated ? h - 1 - row : col, dy = s->rotated ? col : row;
			draw_dot(c, x + dx * s->width, y + dy * s->height, s);
		}
}

void emu_draw_cell(struct ph_emu_printer *p, struct ph_emu_canvas *c, unsigned x, unsigned y,
	uint32_t codepoint, const struct ph_emu_style *style)
{
	struct ph_emu_glyph glyph;
	ph_emu_font_glyph(p->config.font, face_of(style), style->bold, codepoint, &glyph);
	draw_glyph(c, x, y, &glyph, style);
}

static void draw_line_cell(struct ph_emu_printer *p, struct ph_emu_canvas *c,
	const struct cell *cell, unsigned x, unsigned ascent)
{
	const struct ph_emu_style *s = &cell->style;
	unsigned y = ascent - cell_ascent(s), h = cell_height(s);

	emu_draw_cell(p, c, x, y, cell->codepoint, s);
	if (s->underline && !s->rotated)
		ph_emu_canvas_fill(
			c, x, y + h - s->underline, cell->width + cell->space, s->underline);
	if (s->invert)
		ph_emu_canvas_invert(c, x, y, cell->width + cell->space, h);
}

struct extent {
	unsigned ascent, descent, right;
};

static struct extent measure(const struct ph_emu_printer *p)
{
	struct extent e = {0};
	for (size_t i = 0; i < p->n_cells; i++) {
		const struct cell *cell = &p->cells[i];
		unsigned ascent = cell_ascent(&cell->style);
		unsigned descent = cell_height(&cell->style) - ascent;
		e.ascent = ascent > e.ascent ? ascent : e.ascent;
		e.descent = descent > e.descent ? descent : e.descent;
		if (cell->x + cell->width > e.right)
			e.right = cell->x + cell->width;
	}
	for (size_t i = 0; i < p->n_strips; i++) {
		const struct strip *s = &p->strips[i];
		e.ascent = s->picture.height > e.ascent ? s->picture.height : e.ascent;
		if (s->x + s->picture.width > e.right)
			e.right = s->x + s->picture.width;
	}
	return e;
}

static void copy_strip(struct ph_emu_canvas *c, const struct strip *s, unsigned left, unsigned y)
{
	for (unsigned row = 0; row < s->picture.height; row++)
		for (unsigned col = 0; col < s->picture.width; col++)
			if (ph_emu_canvas_get(&s->picture, col, row))
				ph_emu_canvas_dot(c, left + s->x + col, y + row);
}

static void draw_line(struct ph_emu_printer *p, const struct extent *e)
{
	struct ph_emu_canvas c;
	unsigned left = emu_block_x(p, e->right);

	if (ph_emu_canvas_init(&c, p->config.width_dots, e->ascent + e->descent) < 0)
		return;
	for (size_t i = 0; i < p->n_strips; i++)
		copy_strip(&c, &p->strips[i], left, e->ascent - p->strips[i].picture.height);
	for (size_t i = 0; i < p->n_cells; i++)
		draw_line_cell(p, &c, &p->cells[i], left + p->cells[i].x, e->ascent);
	if (p->modes.style.upside_down)
		ph_emu_canvas_rotate180(&c);
	ph_emu_paper_draw(&p->paper, 0, &c);
	ph_emu_canvas_done(&c);
}

// ---- the line as text ----

static bool same_style(const struct ph_emu_style *a, const struct ph_emu_style *b)
{
	return a->width == b->width && a->height == b->height && a->underline == b->underline &&
	       a->font == b->font && a->bold == b->bold && a->invert == b->invert &&
	       a->upside_down == b->upside_down && a->rotated == b->rotated;
}

static void add_run(struct ph_emu_item *item, size_t at, const struct ph_emu_style *style)
{
	struct ph_emu_run *last = item->n_runs ? &item->runs[item->n_runs - 1] : NULL;
	if (last && same_style(&last->style, style))
		return;
	struct ph_emu_run *runs = realloc(item->runs, (item->n_runs + 1) * sizeof *runs);
	if (!runs)
		return;
	item->runs = runs;
	runs[item->n_runs++] = (struct ph_emu_run){.offset = at, .style = *style};
}

// characters stand where they were put; a gap becomes as many blanks as fit into it
static void line_text(struct ph_emu_printer *p, struct ph_emu_item *item, unsigned left)
{
	const unsigned column = ph_emu_face_width(PH_EMU_FACE_A);
	size_t size = MAX_CELLS * 5 + PH_EMU_CANVAS_MAX_WIDTH, len = 0;
	char *text = malloc(size);
	unsigned at = 0;

	for (size_t i = 0; text && i < p->n_cells; i++) {
		const struct cell *cell = &p->cells[i];
		unsigned unit = i ? cell->width : column;
		unsigned x = left + cell->x;
		unsigned gap = x > at ? (x - at + unit / 4) / (unit ? unit : 1) : 0;
		while (gap-- > 0 && len + 5 < size)
			text[len++] = ' ';
		if (len + 5 < size) {
			add_run(item, len, &cell->style);
			len += (size_t)ph_utf8_encode(cell->codepoint, text + len);
		}
		at = x + cell->width + cell->space;
	}
	if (!text)
		return;
	while (len > 0 && text[len - 1] == ' ')
		len--;
	text[len] = 0;
	for (size_t i = 0; i < item->n_runs; i++) {
		size_t end = i + 1 < item->n_runs ? item->runs[i + 1].offset : len;
		if (item->runs[i].offset > len)
			item->runs[i].offset = len;
		item->runs[i].len = end > item->runs[i].offset ? end - item->runs[i].offset : 0;
	}
	item->text = text;
}

static void record_line(struct ph_emu_printer *p, const struct extent *e)
{
	enum ph_emu_item_type type =
		p->n_cells || !p->n_strips ? PH_EMU_ITEM_LINE : PH_EMU_ITEM_RASTER;
	struct ph_emu_item *item = emu_item(p, type, type == PH_EMU_ITEM_RASTER ? "ESC *" : NULL);

	p->counts.lines++;
	if (!item)
		return;
	item->align = p->modes.align;
	item->width = (int)e->right;
	item->height = (int)(e->ascent + e->descent);
	line_text(p, item, emu_block_x(p, e->right));
}

void emu_print_line(struct ph_emu_printer *p, unsigned dots)
{
	struct extent e = measure(p);
	unsigned height = e.ascent + e.descent;

	if (emu_line_empty(p))
		return;
	record_line(p, &e);
	draw_line(p, &e);
	emu_drop_line(p);
	emu_feed(p, (int)(height > dots ? height : dots));
	emu_count(p, PH_EMU_COUNT_LINES);
}

void emu_newline(struct ph_emu_printer *p)
{
	if (!emu_line_empty(p)) {
		emu_print_line(p, p->modes.line_spacing);
		return;
	}
	struct extent none = {0};
	record_line(p, &none);
	p->x = 0;
	emu_feed(p, (int)p->modes.line_spacing);
	emu_count(p, PH_EMU_COUNT_LINES);
}
