// The line being composed: characters and bit images side by side on one baseline, and how they come
// out as dots and as text. What the bytes of a character mean is in printer_charset.c.
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "emulators/models/printer_internal.h"

bool emu_line_empty(const struct ph_emu_printer *p)
{
	return p->n_cells == 0 && p->n_strips == 0;
}

bool emu_line_start(const struct ph_emu_printer *p)
{
	return emu_line_empty(p) && p->x == 0;
}

void emu_drop_line(struct ph_emu_printer *p)
{
	for (size_t i = 0; i < p->n_strips; i++)
		ph_emu_canvas_done(&p->strips[i].picture);
	p->n_cells = p->n_strips = 0;
	p->x = 0;
}

enum ph_emu_face emu_face(const struct ph_emu_printer *p, const struct ph_emu_style *style)
{
	switch (style->font) {
	case 'b':
		return p->config.deviations & PH_EMU_DEVIATION_FONT_B_24 ? PH_EMU_FACE_E
									 : PH_EMU_FACE_B;
	case 'c':
		return PH_EMU_FACE_C;
	case 'd':
		return PH_EMU_FACE_D;
	case 'e':
		return PH_EMU_FACE_E;
	default:
		return PH_EMU_FACE_A;
	}
}

static unsigned cell_width(enum ph_emu_face face, const struct ph_emu_style *s)
{
	unsigned w = s->rotated ? ph_emu_face_height(face) : ph_emu_face_width(face);
	return w * s->width;
}

static unsigned cell_height(const struct cell *cell)
{
	const struct ph_emu_style *s = &cell->style;
	unsigned h = s->rotated ? ph_emu_face_width(cell->face) : ph_emu_face_height(cell->face);
	return h * s->height;
}

static unsigned cell_ascent(const struct cell *cell)
{
	return cell->style.rotated ? cell_height(cell)
				   : ph_emu_face_ascent(cell->face) * cell->style.height;
}

static struct ph_emu_style style_now(const struct ph_emu_printer *p, bool wide)
{
	struct ph_emu_style style = p->modes.style;

	style.bold = style.bold || p->modes.double_strike;
	if (wide) {
		style.width = p->modes.kanji_style.width;
		style.height = p->modes.kanji_style.height;
		style.underline = p->modes.kanji_style.underline;
	}
	// neither works on a page, where the direction turns the text
	if (p->page.active)
		style.upside_down = style.rotated = false;
	return style;
}

static void wrap(struct ph_emu_printer *p)
{
	if (emu_line_empty(p))
		emu_newline(p);
	else
		emu_print_line(p, emu_line_spacing(p));
}

void emu_put_char(struct ph_emu_printer *p, uint32_t codepoint, bool wide, const uint8_t *code)
{
	struct ph_emu_style style = style_now(p, wide);
	enum ph_emu_face face = wide ? p->modes.kanji_face : emu_face(p, &style);
	unsigned width = cell_width(face, &style);
	unsigned left = wide ? p->modes.kanji_left * style.width : 0;
	unsigned space = (wide ? p->modes.kanji_right : p->modes.right_space) * style.width;

	if (p->x + left + width > emu_area(p) && !emu_line_start(p))
		wrap(p);
	if (p->n_cells == MAX_CELLS)
		return;
	struct cell *cell = &p->cells[p->n_cells++];
	cell->codepoint = codepoint;
	cell->x = p->x + left;
	cell->width = width;
	cell->space = space;
	cell->face = face;
	cell->style = style;
	const struct ph_emu_glyph *user = NULL;
	if (code && wide)
		user = emu_kanji_glyph(p, code);
	else if (code && p->modes.user_chars)
		user = emu_user_glyph(p, style.font, *code);
	cell->user = user != NULL;
	if (user)
		cell->glyph = *user;
	p->x += left + width + space;
}

void emu_put_strip(struct ph_emu_printer *p, struct ph_emu_canvas *picture)
{
	if (p->n_strips == MAX_STRIPS) {
		ph_emu_canvas_done(picture);
		return;
	}
	p->strips[p->n_strips++] = (struct strip){p->x, p->modes.style.colour, *picture};
	p->x += picture->width;
	*picture = (struct ph_emu_canvas){0};
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

// a row of the glyph with each dot repeated, packed; bold strikes again one dot to the right
static size_t expand(uint32_t row, unsigned width, unsigned times, bool bold, uint8_t *out)
{
	unsigned bits = width * times;
	size_t bytes = (bits + 7) / 8;

	memset(out, 0, bytes);
	for (unsigned i = 0; i < bits; i++) {
		bool on = row & 0x80000000u >> (i / times);
		if (bold && i > 0)
			on = on || (row & 0x80000000u >> ((i - 1) / times));
		if (on)
			out[i / 8] |= (uint8_t)(0x80u >> (i % 8));
	}
	return bytes;
}

static void draw_glyph(struct ph_emu_canvas *c, unsigned x, unsigned y,
	const struct ph_emu_glyph *g, const struct ph_emu_style *s)
{
	uint8_t row[PH_EMU_GLYPH_ROWS];

	for (unsigned i = 0; i < g->height; i++) {
		uint32_t bits = g->rows[i];
		if (!bits)
			continue;
		if (s->width == 1) {
			if (s->bold)
				bits |= bits >> 1 & 0xFFFFFFFFu << (32 - g->width);
			for (unsigned k = 0; k < s->height; k++)
				ph_emu_canvas_or_bits(c, x, y + i * s->height + k, bits);
			continue;
		}
		size_t bytes = expand(bits, g->width, s->width, s->bold, row);
		for (unsigned k = 0; k < s->height; k++)
			ph_emu_canvas_or_row(c, (int)x, y + i * s->height + k, row, bytes);
	}
}

// clockwise: the top of the glyph looks to the right
static struct ph_emu_glyph turned(const struct ph_emu_glyph *g)
{
	struct ph_emu_glyph out = {.width = g->height, .height = g->width};

	for (unsigned y = 0; y < g->height; y++)
		for (unsigned x = 0; x < g->width; x++)
			if (g->rows[y] & 0x80000000u >> x)
				out.rows[x] |= 0x80000000u >> (g->height - 1u - y);
	return out;
}

void emu_draw_char(struct ph_emu_printer *p, struct ph_emu_canvas *c, unsigned x, unsigned y,
	uint32_t codepoint, const struct ph_emu_style *style)
{
	struct ph_emu_glyph glyph;
	ph_emu_font_glyph(p->config.font, emu_face(p, style), codepoint, &glyph);
	draw_glyph(c, x, y, &glyph, style);
}

static void draw_cell(struct ph_emu_printer *p, struct ph_emu_canvas *c, const struct cell *cell,
	unsigned left, unsigned ascent)
{
	const struct ph_emu_style *s = &cell->style;
	unsigned x = left + cell->x, y = ascent - cell_ascent(cell), h = cell_height(cell);
	unsigned end = left + emu_area(p);
	unsigned width = cell->width + cell->space;
	struct ph_emu_glyph glyph;

	// the spacing stops at the edge of the print area
	if (x + width > end)
		width = x + cell->width > end ? cell->width : end - x;
	if (cell->user)
		glyph = cell->glyph;
	else
		ph_emu_font_glyph(p->config.font, cell->face, cell->codepoint, &glyph);
	if (s->rotated)
		glyph = turned(&glyph);
	draw_glyph(c, x, y, &glyph, s);
	if (s->underline && !s->rotated && !s->invert)
		ph_emu_canvas_fill(c, x, y + h - s->underline, width, s->underline);
	if (s->invert)
		ph_emu_canvas_invert(c, x, y, width, h);
}

struct extent {
	unsigned ascent, descent, right;
	bool colours[3]; /* which are used, by number */
};

static void widen(struct extent *e, unsigned ascent, unsigned descent, unsigned right)
{
	e->ascent = ascent > e->ascent ? ascent : e->ascent;
	e->descent = descent > e->descent ? descent : e->descent;
	e->right = right > e->right ? right : e->right;
}

// a bit image stands where a character of font A would
static unsigned strip_ascent(const struct strip *s)
{
	unsigned descent = ph_emu_face_height(PH_EMU_FACE_A) - ph_emu_face_ascent(PH_EMU_FACE_A);
	return s->picture.height > descent ? s->picture.height - descent : 0;
}

static struct extent measure(const struct ph_emu_printer *p)
{
	struct extent e = {0};
	for (size_t i = 0; i < p->n_cells; i++) {
		const struct cell *cell = &p->cells[i];
		unsigned ascent = cell_ascent(cell);
		widen(&e, ascent, cell_height(cell) - ascent, cell->x + cell->width);
		e.colours[cell->style.colour == 2 ? 2 : 1] = true;
	}
	for (size_t i = 0; i < p->n_strips; i++) {
		const struct strip *s = &p->strips[i];
		widen(&e, strip_ascent(s), s->picture.height - strip_ascent(s),
			s->x + s->picture.width);
		e.colours[s->colour == 2 ? 2 : 1] = true;
	}
	return e;
}

static void draw_line(struct ph_emu_printer *p, const struct extent *e, uint8_t colour)
{
	struct ph_emu_canvas c;
	unsigned left = emu_block_x(p, e->right);

	if (ph_emu_canvas_init(&c, emu_frame_width(p), e->ascent + e->descent) < 0)
		return;
	for (size_t i = 0; i < p->n_strips; i++)
		if (p->strips[i].colour == colour)
			ph_emu_canvas_blit(&c, (int)(left + p->strips[i].x),
				(int)(e->ascent - strip_ascent(&p->strips[i])),
				&p->strips[i].picture);
	for (size_t i = 0; i < p->n_cells; i++)
		if (p->cells[i].style.colour == colour)
			draw_cell(p, &c, &p->cells[i], left, e->ascent);
	if (p->modes.style.upside_down && !p->page.active)
		ph_emu_canvas_rotate180(&c);
	emu_place(p, 0, &c, colour);
	ph_emu_canvas_done(&c);
}

// ---- the line as text ----

static bool same_style(const struct ph_emu_style *a, const struct ph_emu_style *b)
{
	return a->width == b->width && a->height == b->height && a->underline == b->underline &&
	       a->font == b->font && a->bold == b->bold && a->invert == b->invert &&
	       a->upside_down == b->upside_down && a->rotated == b->rotated &&
	       a->colour == b->colour;
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

// where the runs end, and that none reaches behind the text
static void close_runs(struct ph_emu_item *item, size_t len)
{
	for (size_t i = 0; i < item->n_runs; i++) {
		size_t end = i + 1 < item->n_runs ? item->runs[i + 1].offset : len;
		if (item->runs[i].offset > len)
			item->runs[i].offset = len;
		item->runs[i].len = end > item->runs[i].offset ? end - item->runs[i].offset : 0;
	}
}

static int by_place(const void *a, const void *b)
{
	const struct cell *x = *(const struct cell *const *)a, *y = *(const struct cell *const *)b;
	if (x->x != y->x)
		return x->x < y->x ? -1 : 1;
	return x < y ? -1 : 1;
}

// from left to right, unless some are printed over others: then in the order they came in
static void in_place(const struct ph_emu_printer *p, const struct cell **order)
{
	bool sorted = true, over = false;

	for (size_t i = 0; i < p->n_cells; i++) {
		order[i] = &p->cells[i];
		sorted = sorted && (i == 0 || p->cells[i].x >= p->cells[i - 1].x);
	}
	if (sorted)
		return;
	qsort(order, p->n_cells, sizeof *order, by_place);
	for (size_t i = 1; i < p->n_cells; i++)
		over = over || order[i]->x < order[i - 1]->x + order[i - 1]->width;
	for (size_t i = 0; over && i < p->n_cells; i++)
		order[i] = &p->cells[i];
}

// characters stand where they were put; a gap becomes as many blanks as fit into it
static void line_text(struct ph_emu_printer *p, struct ph_emu_item *item, unsigned left)
{
	const unsigned column = ph_emu_face_width(PH_EMU_FACE_A);
	size_t size = p->n_cells * 5 + emu_frame_width(p) / 4 + 16, len = 0;
	char *text = malloc(size);
	const struct cell *order[MAX_CELLS];
	unsigned at = 0;

	in_place(p, order);
	for (size_t i = 0; text && i < p->n_cells; i++) {
		const struct cell *cell = order[i];
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
	close_runs(item, len);
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
	item->height = item->done = (int)(e->ascent + e->descent);
	line_text(p, item, emu_block_x(p, e->right));
}

void emu_print_line(struct ph_emu_printer *p, unsigned dots)
{
	struct extent e = measure(p);
	unsigned height = e.ascent + e.descent;

	if (emu_line_empty(p))
		return;
	record_line(p, &e);
	for (uint8_t colour = 1; colour <= 2; colour++)
		if (e.colours[colour])
			draw_line(p, &e, colour);
	emu_drop_line(p);
	emu_advance(p, (int)(height > dots ? height : dots));
	emu_count(p, PH_EMU_COUNT_LINES);
}

void emu_newline(struct ph_emu_printer *p)
{
	if (!emu_line_empty(p)) {
		emu_print_line(p, emu_line_spacing(p));
		return;
	}
	struct extent none = {0};
	record_line(p, &none);
	p->x = 0;
	emu_advance(p, (int)emu_line_spacing(p));
	emu_count(p, PH_EMU_COUNT_LINES);
}
