// Puts the glyphs of shaped text on a canvas, each in its cells, with the looks of its run; shape.c says where.
#include "render/text.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/utf8.h"
#include "protocols/receipt/width.h"
#include "render/shape.h"
#include "render/strokes.h"

#define ASCENT (19.0 / 24) // of a cell, above the baseline, as in the fonts of printers
#define SHEAR  0.2	   // of italics
#define STRIKE 0.27	   // height of the stroke above the baseline, in cells
#define TURNED 0.72	   // size of a character that lies on its side

struct pen {
	struct ph_canvas *canvas;
	struct ph_missing *missing;
	const struct ph_text_line *line;
	const struct ph_group *group;
	const struct ph_piece *piece;
	uint16_t style;
	double baseline; // of the line
};

double ph_text_height(const struct ph_run *runs, uint32_t count, double unit)
{
	unsigned most = 1;

	for (uint32_t i = 0; i < count; i++)
		most = ph_style_height(runs[i].style) > most ? ph_style_height(runs[i].style)
							     : most;
	return unit * most;
}

static enum ph_ink ink_of(uint16_t style)
{
	return style & PH_STYLE_INVERT ? PH_INK_PAPER
	       : style & PH_STYLE_RED  ? PH_INK_RED
				       : PH_INK_BLACK;
}

// --- what no font has -------------------------------------------------------------------------

static void add_missing(struct ph_missing *missing, uint32_t cp)
{
	if (!missing)
		return;
	for (unsigned i = 0; i < missing->count; i++) {
		if (missing->cps[i] == cp)
			return;
	}
	if (missing->count < PH_DRAW_MISSING_MAX)
		missing->cps[missing->count++] = cp;
}

// Notes the characters of a cluster without glyphs. False when nothing is missing.
static bool is_missing(struct pen *pen, const PangoGlyphInfo *glyphs, int count)
{
	bool any = false;

	for (int i = 0; i < count; i++) {
		if (!(glyphs[i].glyph & PANGO_GLYPH_UNKNOWN_FLAG) ||
			glyphs[i].glyph == PANGO_GLYPH_EMPTY)
			continue;
		any = true;
		add_missing(pen->missing, glyphs[i].glyph & ~PANGO_GLYPH_UNKNOWN_FLAG);
	}
	return any;
}

static void draw_question_mark(struct pen *pen, double width)
{
	cairo_t *cr = pen->canvas->cr;
	PangoLayout *layout = pango_layout_new(ph_canvas_pango(pen->canvas));
	PangoFontDescription *description =
		ph_fonts_describe(PH_FACE_CELL, pen->piece->em, pen->style & PH_STYLE_BOLD);
	PangoRectangle size;

	pango_layout_set_font_description(layout, description);
	pango_layout_set_text(layout, "?", 1);
	pango_layout_get_extents(layout, NULL, &size);
	cairo_move_to(cr, floor((width - size.width / (double)PANGO_SCALE) / 2), 0);
	pango_cairo_show_layout_line(cr, pango_layout_get_line_readonly(layout, 0));
	pango_font_description_free(description);
	g_object_unref(layout);
}

// --- glyphs -----------------------------------------------------------------------------------

// How glyphs are moved and shrunk so that their ink stays in the height of the line.
struct fit {
	double scale, down;
};

static struct fit fit_ink(const struct pen *pen, const PangoRectangle *ink)
{
	const double above = -ink->y / (double)PANGO_SCALE;
	const double below = (ink->y + ink->height) / (double)PANGO_SCALE;
	const double room = pen->line->unit, up = floor(room * ASCENT), under = room - up;
	struct fit fit = {.scale = 1};

	if (ink->height <= 0 || (above <= up + 0.5 && below <= under + 0.5))
		return fit;
	if (above + below > room)
		fit.scale = room / (above + below);
	if (above * fit.scale > up)
		fit.down = round(above * fit.scale - up);
	else if (below * fit.scale > under)
		fit.down = -round(below * fit.scale - under);
	return fit;
}

// Moves the origin to a place on the baseline and applies the looks that change the form of glyphs.
static void enter(const struct pen *pen, double x)
{
	cairo_t *cr = pen->canvas->cr;
	const cairo_matrix_t lean = {1, 0, -SHEAR, 1, 0, 0};

	cairo_save(cr);
	cairo_translate(cr, x, pen->baseline);
	cairo_scale(cr, ph_style_width(pen->style), ph_style_height(pen->style));
	if (pen->style & PH_STYLE_ITALIC)
		cairo_transform(cr, &lean);
}

// A character on its side: turned around the middle of its cells.
static void turn(const struct pen *pen, double width)
{
	cairo_t *cr = pen->canvas->cr;
	const double middle = pen->line->unit / 2 - pen->line->unit * ASCENT;

	cairo_translate(cr, width / 2, middle);
	cairo_rotate(cr, G_PI / 2);
	cairo_scale(cr, TURNED, TURNED);
	cairo_translate(cr, -width / 2, -middle);
}

// Glyphs with the text they stand for, which PDF readers search and copy.
static void show(const struct pen *pen, const PangoItem *item, PangoGlyphString *glyphs)
{
	cairo_t *cr = pen->canvas->cr;

	cairo_move_to(cr, 0, 0);
	if (pen->canvas->dots) {
		pango_cairo_show_glyph_string(cr, item->analysis.font, glyphs);
		return;
	}
	PangoGlyphItem pair = {.item = (PangoItem *)item, .glyphs = glyphs};
	pango_cairo_show_glyph_item(cr, pen->group->text, &pair);
}

struct cluster {
	const PangoItem *item;
	PangoGlyphInfo *glyphs;
	int count;
	const char *text;
	int len;
};

static unsigned cells_of(const struct cluster *cluster)
{
	unsigned cells = 0;

	for (int i = 0; i < cluster->len;) {
		uint32_t cp = 0;
		const int step = ph_utf8_decode(cluster->text + i, (size_t)(cluster->len - i), &cp);
		if (step < 0)
			break;
		cells += ph_char_cells(cp);
		i += step;
	}
	return cells;
}

// One character in its cells: in the middle, made narrower where it is too wide.
static void draw_cluster(struct pen *pen, const struct cluster *cluster, double x, double width)
{
	enum { CLUSTER_GLYPHS = 32 };
	int zeros[CLUSTER_GLYPHS] = {0};
	PangoGlyphString glyphs = {.glyphs = cluster->glyphs,
		.num_glyphs = cluster->count < CLUSTER_GLYPHS ? cluster->count : CLUSTER_GLYPHS,
		.log_clusters = zeros};
	PangoItem item = *cluster->item;
	cairo_t *cr = pen->canvas->cr;
	PangoRectangle ink;

	item.offset = (int)(cluster->text - pen->group->text);
	item.length = cluster->len;
	item.num_chars = (int)g_utf8_strlen(cluster->text, cluster->len);
	enter(pen, x);
	if (pen->style & PH_STYLE_ROTATE)
		turn(pen, width);
	if (is_missing(pen, glyphs.glyphs, glyphs.num_glyphs)) {
		draw_question_mark(pen, width);
	} else {
		pango_glyph_string_extents(&glyphs, item.analysis.font, &ink, NULL);
		const struct fit fit = fit_ink(pen, &ink);
		const double advance =
			fit.scale * pango_glyph_string_get_width(&glyphs) / (double)PANGO_SCALE;
		const double squeeze = advance > width + 0.75 && width > 0 ? width / advance : 1;
		cairo_translate(
			cr, squeeze < 1 ? 0 : floor((width - advance) / 2 + 0.25), fit.down);
		cairo_scale(cr, squeeze * fit.scale, fit.scale);
		show(pen, &item, &glyphs);
	}
	cairo_restore(cr);
}

static void draw_cells(struct pen *pen)
{
	const struct ph_piece *piece = pen->piece;
	const bool back = piece->level & 1;
	const double step = piece->cell * ph_style_width(pen->style);
	double x = back ? piece->x + piece->width : piece->x;

	// logical order: from the right edge when the text runs to the left
	for (unsigned n = 0; n < piece->part_count; n++) {
		struct ph_shaped *part = &piece->parts[back ? piece->part_count - 1 - n : n];
		PangoGlyphItem pair = {.item = part->item, .glyphs = part->glyphs};
		PangoGlyphItemIter iter;
		gboolean more = pango_glyph_item_iter_init_start(&iter, &pair, pen->group->text);
		for (; more; more = pango_glyph_item_iter_next_cluster(&iter)) {
			const int low = iter.start_glyph < iter.end_glyph ? iter.start_glyph
									  : iter.end_glyph + 1;
			const struct cluster cluster = {
				.item = part->item,
				.glyphs = part->glyphs->glyphs + low,
				.count = ABS(iter.end_glyph - iter.start_glyph),
				.text = pen->group->text + iter.start_index,
				.len = iter.end_index - iter.start_index,
			};
			const unsigned cells = cells_of(&cluster);
			if (back)
				x -= cells * step;
			draw_cluster(pen, &cluster, x, cells * piece->cell);
			if (!back)
				x += cells * step;
		}
	}
}

// Text of a script that joins or stacks its letters, as one, narrower where it has not the room.
static void draw_shaped(struct pen *pen)
{
	const struct ph_piece *piece = pen->piece;
	cairo_t *cr = pen->canvas->cr;
	const double room = piece->width / ph_style_width(pen->style);
	const double squeeze = piece->natural > room + 0.01 && room > 0 ? room / piece->natural : 1;
	PangoRectangle ink;

	enter(pen, pen->canvas->dots ? round(piece->x) : piece->x);
	cairo_scale(cr, squeeze, 1);
	for (unsigned i = 0; i < piece->part_count; i++) {
		const struct ph_shaped *part = &piece->parts[i];
		const double advance =
			pango_glyph_string_get_width(part->glyphs) / (double)PANGO_SCALE;
		cairo_save(cr);
		if (is_missing(pen, part->glyphs->glyphs, part->glyphs->num_glyphs)) {
			draw_question_mark(pen, advance);
		} else {
			pango_glyph_string_extents(
				part->glyphs, part->item->analysis.font, &ink, NULL);
			const struct fit fit = fit_ink(pen, &ink);
			cairo_translate(cr, 0, fit.down);
			cairo_scale(cr, 1, fit.scale);
			show(pen, part->item, part->glyphs);
		}
		cairo_restore(cr);
		cairo_translate(cr, advance, 0);
	}
	cairo_restore(cr);
}

static void draw_strokes(struct pen *pen)
{
	const struct ph_piece *piece = pen->piece;
	const double width = ph_style_width(pen->style), height = ph_style_height(pen->style);
	const double line = pen->line->unit / 12 * (pen->style & PH_STYLE_BOLD ? 1.5 : 1);
	struct ph_cell_box box = {.x = piece->x,
		.y = pen->baseline - floor(pen->line->unit * ASCENT) * height,
		.width = piece->cell * width,
		.height = pen->line->unit * height,
		.line = pen->canvas->dots ? round(line) : line};
	const char *text = pen->group->text + piece->start;

	for (uint32_t i = 0; i < piece->len;) {
		uint32_t cp = 0;
		const int step = ph_utf8_decode(text + i, piece->len - i, &cp);
		if (step < 0)
			return;
		ph_stroke_char(pen->canvas, cp, &box);
		box.x += ph_char_cells(cp) * box.width;
		i += (uint32_t)step;
	}
}

// --- looks ------------------------------------------------------------------------------------

static void draw_ground(struct pen *pen)
{
	const double height = pen->line->unit * ph_style_height(pen->style);
	const double ascent = floor(pen->line->unit * ASCENT) * ph_style_height(pen->style);

	if (!(pen->style & PH_STYLE_INVERT))
		return;
	ph_canvas_ink(pen->canvas, pen->style & PH_STYLE_RED ? PH_INK_RED : PH_INK_BLACK);
	ph_canvas_fill(
		pen->canvas, pen->piece->x, pen->baseline - ascent, pen->piece->width, height);
}

// Underline at the foot of the line, so that runs of different sizes share one.
static void draw_lines(struct pen *pen)
{
	const struct ph_text_line *line = pen->line;
	const double dot = line->unit / 24, thick = pen->style & PH_STYLE_THICK ? dot * 2 : dot;
	const double foot = line->y + line->height - (line->unit >= 20 ? dot : 0);

	if (pen->style & PH_STYLE_UNDERLINE)
		ph_canvas_fill(pen->canvas, pen->piece->x, foot - thick, pen->piece->width, thick);
	if (pen->style & PH_STYLE_STRIKE)
		ph_canvas_fill(pen->canvas, pen->piece->x,
			pen->baseline - round(line->unit * STRIKE) * ph_style_height(pen->style),
			pen->piece->width, dot * 2);
}

static void draw_piece(struct pen *pen)
{
	draw_ground(pen);
	ph_canvas_ink(pen->canvas, ink_of(pen->style));
	switch (pen->piece->kind) {
	case PH_PIECE_CELLS:
		draw_cells(pen);
		break;
	case PH_PIECE_SHAPED:
		draw_shaped(pen);
		break;
	case PH_PIECE_STROKES:
		draw_strokes(pen);
		break;
	case PH_PIECE_GAP:
		return;
	}
	draw_lines(pen);
}

static int draw_group(struct pen *pen, const struct ph_run *runs, uint32_t count)
{
	struct ph_group group;
	const int r =
		ph_group_shape(&group, ph_canvas_pango(pen->canvas), runs, count, pen->line->unit);

	if (r < 0)
		return r;
	pen->group = &group;
	for (unsigned i = 0; i < group.piece_count; i++) {
		struct ph_piece *piece = &group.pieces[i];
		piece->x += pen->line->x;
		pen->piece = piece;
		pen->style = runs[piece->run].style;
		draw_piece(pen);
	}
	ph_group_done(&group);
	return 0;
}

int ph_text_draw(
	struct ph_canvas *canvas, const struct ph_text_line *line, struct ph_missing *missing)
{
	const double tallest = ph_text_height(line->runs, line->count, line->unit) / line->unit;
	struct pen pen = {.canvas = canvas,
		.missing = missing,
		.line = line,
		.baseline = line->y + floor(line->unit * ASCENT) * tallest};
	int r = 0;

	cairo_save(canvas->cr);
	cairo_rectangle(canvas->cr, 0, line->y, PH_DRAW_WIDTH_MAX, line->height);
	cairo_clip(canvas->cr);
	for (uint32_t i = 0, end; r == 0 && i < line->count; i = end) {
		for (end = i + 1; end < line->count; end++) {
			if (line->runs[end].group != line->runs[i].group)
				break;
		}
		r = draw_group(&pen, line->runs + i, end - i);
	}
	cairo_restore(canvas->cr);
	if (r == 0 && cairo_status(canvas->cr) != CAIRO_STATUS_SUCCESS)
		r = -ENOMEM;
	return r;
}
