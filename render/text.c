// Puts the glyphs of shaped text on a canvas, each in its cells, with the looks of its run; shape.c says where.
#include "render/text.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/utf8.h"
#include "protocols/receipt/width.h"
#include "render/shape.h"
#include "render/strokes.h"

#define ASCENT	(19.0 / 24) // of a cell, above the baseline, as in the fonts of printers
#define SHEAR	0.2	    // of italics
#define OVERLAP 0.5	    // units
#define STRIKE	0.27	    // height of the stroke above the baseline, in cells

struct pen {
	struct ph_canvas *canvas;
	struct ph_missing *missing;
	const struct ph_text_line *line;
	const struct ph_group *group;
	const struct ph_piece *piece;
	uint16_t style;
	double unit;	 // height of a cell of the font of the piece
	double baseline; // of the line
};

struct ph_text_metrics ph_text_metrics_of(const struct ph_media *media)
{
	struct ph_text_metrics metrics;

	for (int i = 0; i < PH_FONT_COUNT; i++) {
		metrics.cell[i] = media->cell[i];
		metrics.height[i] = media->height[i] ? media->height[i] : 2 * media->cell[i];
	}
	return metrics;
}

struct ph_text_metrics ph_text_metrics_of_cell(double cell)
{
	const struct ph_media usual = ph_media_of_columns(1);
	struct ph_text_metrics metrics = ph_text_metrics_of(&usual);

	for (int i = 0; i < PH_FONT_COUNT; i++) {
		metrics.cell[i] *= cell / usual.cell[PH_FONT_A];
		metrics.height[i] *= cell / usual.cell[PH_FONT_A];
	}
	return metrics;
}

// Height of what a run shows. A turned character is as high as it is wide otherwise.
static double run_height(const struct ph_run *run, const struct ph_text_metrics *metrics)
{
	const enum ph_font font = ph_style_font(run->style);

	if (run->style & PH_STYLE_ROTATE)
		return metrics->cell[font] * ph_style_width(run->style);
	return metrics->height[font] * ph_style_height(run->style);
}

// What of a run is above the baseline, in whole dots where its cells are.
static double run_ascent(const struct ph_run *run, const struct ph_text_metrics *metrics)
{
	const double height = run_height(run, metrics);
	const unsigned times = run->style & PH_STYLE_ROTATE ? 1 : ph_style_height(run->style);

	return floor(height / times * ASCENT) * times;
}

// Ascent and descent of a line.
static void measure(const struct ph_run *runs, uint32_t count,
	const struct ph_text_metrics *metrics, double *ret_ascent, double *ret_descent)
{
	*ret_ascent = *ret_descent = 0;
	for (uint32_t i = 0; i < count; i++) {
		const double ascent = run_ascent(&runs[i], metrics);
		*ret_ascent = fmax(*ret_ascent, ascent);
		*ret_descent = fmax(*ret_descent, run_height(&runs[i], metrics) - ascent);
	}
}

double ph_text_height(
	const struct ph_run *runs, uint32_t count, const struct ph_text_metrics *metrics)
{
	double ascent, descent;

	measure(runs, count, metrics, &ascent, &descent);
	return count ? ascent + descent : metrics->height[PH_FONT_A];
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
	const double room = pen->unit, up = floor(room * ASCENT), under = room - up;
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
	const double wide = ph_style_width(pen->style), high = ph_style_height(pen->style);

	cairo_save(cr);
	if (pen->style & PH_STYLE_ROTATE) { // around the middle of its place
		const double height = pen->piece->cell * wide;
		cairo_translate(cr, x + pen->piece->step / 2,
			pen->baseline - floor(height * ASCENT) + height / 2);
		cairo_rotate(cr, G_PI / 2);
		cairo_scale(cr, wide, high);
		cairo_translate(
			cr, -pen->piece->cell / 2, floor(pen->unit * ASCENT) - pen->unit / 2);
	} else {
		cairo_translate(cr, x, pen->baseline);
		cairo_scale(cr, wide, high);
	}
	if (pen->style & PH_STYLE_ITALIC)
		cairo_transform(cr, &lean);
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

// Several pictures in the place of one, because the font has none for their sequence: a family, or a hand and the
// colour of its skin. Of these the first is shown.
static bool is_sequence(const struct cluster *cluster)
{
	for (int i = 0; i < cluster->len;) {
		uint32_t cp = 0;
		const int step = ph_utf8_decode(cluster->text + i, (size_t)(cluster->len - i), &cp);
		if (step < 0)
			break;
		if (i > 0 && (cp == 0x200d || (cp >= 0x1f3fb && cp <= 0x1f3ff)))
			return true;
		i += step;
	}
	return false;
}

// One character in its cells: in the middle, made narrower where it is too wide.
static void draw_cluster(struct pen *pen, const struct cluster *cluster, double x, double width)
{
	enum { CLUSTER_GLYPHS = 32 };
	int zeros[CLUSTER_GLYPHS] = {0};
	PangoGlyphString slice = {.glyphs = cluster->glyphs,
		.num_glyphs = cluster->count < CLUSTER_GLYPHS ? cluster->count : CLUSTER_GLYPHS,
		.log_clusters = zeros};
	PangoItem item = *cluster->item;
	cairo_t *cr = pen->canvas->cr;
	PangoRectangle ink;

	if (pen->piece->face == PH_FACE_WIDE && is_sequence(cluster))
		slice.num_glyphs = 1;
	item.offset = (int)(cluster->text - pen->group->text);
	item.length = cluster->len;
	item.num_chars = (int)g_utf8_strlen(cluster->text, cluster->len);
	enter(pen, x);
	if (is_missing(pen, slice.glyphs, slice.num_glyphs)) {
		draw_question_mark(pen, width);
	} else {
		pango_glyph_string_extents(&slice, item.analysis.font, &ink, NULL);
		const struct fit fit = fit_ink(pen, &ink);
		const double advance =
			fit.scale * pango_glyph_string_get_width(&slice) / (double)PANGO_SCALE;
		const double squeeze = advance > width + 0.75 && width > 0 ? width / advance : 1;
		cairo_translate(
			cr, squeeze < 1 ? 0 : floor((width - advance) / 2 + 0.25), fit.down);
		cairo_scale(cr, squeeze * fit.scale, fit.scale);
		show(pen, &item, &slice);
	}
	cairo_restore(cr);
}

// The cluster of the layout that is being drawn; pango may cut it into several of its own.
struct place {
	uint32_t end; // of its text, in the text of the group
	double x, width;
};

// Makes the cluster that begins at `start` the present one.
static void take_place(const struct pen *pen, uint32_t start, struct place *place)
{
	const struct ph_piece *piece = pen->piece;
	const bool back = piece->level & 1;
	uint32_t cp = 0;
	unsigned cells = 0;

	place->end = start + ph_cluster(pen->group->text + start, piece->start + piece->len - start,
				     PH_CLUSTER_CELLS, &cp, &cells);
	if (cells > 1 && pen->style & PH_STYLE_ROTATE)
		cells = 1;
	if (!back)
		place->x += place->width;
	place->width = cells * piece->step;
	if (back)
		place->x -= place->width;
}

static int lowest_glyph(const PangoGlyphItemIter *iter)
{
	return iter->start_glyph < iter->end_glyph ? iter->start_glyph : iter->end_glyph + 1;
}

// Draws what a part has of the clusters of its text, in logical order.
static void draw_part(struct pen *pen, const struct ph_shaped *part, struct place *place)
{
	PangoGlyphItem pair = {.item = part->item, .glyphs = part->glyphs};
	PangoGlyphItemIter iter;
	gboolean more = pango_glyph_item_iter_init_start(&iter, &pair, pen->group->text);

	while (more) {
		const int start = iter.start_index;
		int low = lowest_glyph(&iter), count = 0, end = start;
		const bool rest = (uint32_t)start < place->end; // of a cluster in another font
		if (!rest)
			take_place(pen, (uint32_t)start, place);
		for (; more && (uint32_t)iter.start_index < place->end;
			more = pango_glyph_item_iter_next_cluster(&iter)) {
			low = lowest_glyph(&iter) < low ? lowest_glyph(&iter) : low;
			count += ABS(iter.end_glyph - iter.start_glyph);
			end = iter.end_index;
		}
		const struct cluster cluster = {
			.item = part->item,
			.glyphs = part->glyphs->glyphs + low,
			.count = count,
			.text = pen->group->text + start,
			.len = end - start,
		};
		const double cells = place->width / pen->piece->step * pen->piece->cell;
		if (!rest)
			draw_cluster(pen, &cluster, place->x, cells);
		else if (pen->piece->face != PH_FACE_WIDE)
			draw_cluster(pen, &cluster, place->x + place->width, 0);
	}
}

static void draw_cells(struct pen *pen)
{
	const struct ph_piece *piece = pen->piece;
	const bool back = piece->level & 1;
	struct place place = {.x = back ? piece->x + piece->width : piece->x};

	for (unsigned n = 0; n < piece->part_count; n++)
		draw_part(pen, &piece->parts[back ? piece->part_count - 1 - n : n], &place);
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
	const double line = pen->unit / 12 * (pen->style & PH_STYLE_BOLD ? 1.5 : 1);
	// where edges are smoothed, cells overlap a little, or there were seams between runs and lines
	const double over = pen->canvas->dots ? 0 : OVERLAP;
	struct ph_cell_box box = {.y = -floor(pen->unit * ASCENT) - over / 2,
		.width = piece->cell + over,
		.height = pen->unit + over,
		.line = pen->canvas->dots ? fmax(1, round(line)) : line};
	const char *text = pen->group->text + piece->start;
	double x = piece->x - over / 2;

	for (uint32_t i = 0; i < piece->len;) {
		uint32_t cp = 0;
		const int step = ph_utf8_decode(text + i, piece->len - i, &cp);
		if (step < 0)
			break;
		enter(pen, x);
		ph_stroke_char(pen->canvas, cp, &box);
		cairo_restore(pen->canvas->cr);
		x += ph_char_cells(cp) * piece->step;
		i += (uint32_t)step;
	}
	cairo_fill(pen->canvas->cr);
}

// --- looks ------------------------------------------------------------------------------------

static void draw_ground(struct pen *pen, const struct ph_run *run)
{
	const struct ph_text_metrics *metrics = &pen->line->metrics;

	if (!(pen->style & PH_STYLE_INVERT))
		return;
	ph_canvas_ink(pen->canvas, pen->style & PH_STYLE_RED ? PH_INK_RED : PH_INK_BLACK);
	ph_canvas_fill(pen->canvas, pen->piece->x, pen->baseline - run_ascent(run, metrics),
		pen->piece->width + (pen->canvas->dots ? 0 : OVERLAP), run_height(run, metrics));
}

// Underline at the foot of the line, so that runs of different sizes share one.
static void draw_lines(struct pen *pen)
{
	const struct ph_text_line *line = pen->line;
	const double dot = line->metrics.height[PH_FONT_A] / 24;
	const double thick = pen->style & PH_STYLE_THICK ? dot * 2 : dot;
	const double foot = line->y + line->height - (line->height >= dot * 20 ? dot : 0);

	if (pen->style & PH_STYLE_UNDERLINE)
		ph_canvas_fill(pen->canvas, pen->piece->x, foot - thick, pen->piece->width, thick);
	if (pen->style & PH_STYLE_STRIKE)
		ph_canvas_fill(pen->canvas, pen->piece->x,
			pen->baseline - round(pen->unit * STRIKE) * ph_style_height(pen->style),
			pen->piece->width, dot * 2);
}

static void draw_piece(struct pen *pen, const struct ph_run *run)
{
	draw_ground(pen, run);
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

static int draw_group(const struct pen *line_pen, const struct ph_run *runs, uint32_t count)
{
	struct pen pen = *line_pen;
	struct ph_group group;
	const int r = ph_group_shape(
		&group, ph_canvas_pango(pen.canvas), runs, count, &pen.line->metrics);

	if (r < 0)
		return r;
	pen.group = &group;
	for (unsigned i = 0; i < group.piece_count; i++) {
		struct ph_piece *piece = &group.pieces[i];
		piece->x += pen.line->x;
		pen.piece = piece;
		pen.style = runs[piece->run].style;
		pen.unit = pen.line->metrics.height[ph_style_font(pen.style)];
		draw_piece(&pen, &runs[piece->run]);
	}
	ph_group_done(&group);
	return 0;
}

// Runs of one text; borders and the like have no text in common.
static uint32_t group_end(const struct ph_text_line *line, uint32_t first)
{
	uint32_t end = first + 1;

	while (line->runs[first].group && end < line->count &&
		line->runs[end].group == line->runs[first].group)
		end++;
	return end;
}

int ph_text_draw(
	struct ph_canvas *canvas, const struct ph_text_line *line, struct ph_missing *missing)
{
	struct pen pen = {.canvas = canvas, .missing = missing, .line = line};
	double ascent, descent;
	int r = 0;

	measure(line->runs, line->count, &line->metrics, &ascent, &descent);
	pen.baseline = line->y + line->height - descent;
	cairo_save(canvas->cr);
	const double over = canvas->dots ? 0 : OVERLAP;
	cairo_rectangle(
		canvas->cr, -over, line->y - over, PH_DRAW_WIDTH_MAX, line->height + 2 * over);
	cairo_clip(canvas->cr);
	for (uint32_t i = 0, end; r == 0 && i < line->count; i = end) {
		end = group_end(line, i);
		r = draw_group(&pen, line->runs + i, end - i);
	}
	cairo_restore(canvas->cr);
	if (r == 0 && cairo_status(canvas->cr) != CAIRO_STATUS_SUCCESS)
		r = -ENOMEM;
	return r;
}
