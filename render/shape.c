// Cuts the text of a group of runs by script and direction, shapes it and gives each piece its place on the line.
//
// Without right-to-left text each piece stands where its cells are. With it the group is one paragraph of text: its
// pieces follow each other in visual order and stand at the right edge when the paragraph runs to the left.
#include "render/shape.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "protocols/receipt/width.h"
#include "render/limits.h"

#define EM_OF_CELL   1.661 // DejaVu Sans Mono: its em over its advance
#define EM_OF_HEIGHT 0.84  // so that accents above capitals stay in the cell
#define EM_WIDE	     0.94  // of two cells
#define EM_SHAPED    1.06  // of the em of cells; what is too high then is made to fit

// One character while the text is being cut.
struct mark {
	uint32_t start, run, cp;
	uint8_t len, cells, level;
	uint8_t kind; // enum ph_piece_kind
	uint8_t face;
};

struct cutter {
	struct ph_group *group;
	const struct ph_run *runs;
	uint32_t run_count;
	struct mark *marks;
	uint32_t count;
	bool rtl; // holds right-to-left text
};

static bool is_stroke(uint32_t cp)
{
	return cp >= 0x2500 && cp <= 0x259f && (cp < 0x2571 || cp > 0x2573);
}

// Scripts whose letters stand side by side, one to a cell.
static bool fits_cells(uint32_t cp)
{
	switch ((int)g_unichar_get_script(cp)) {
	case G_UNICODE_SCRIPT_COMMON:
	case G_UNICODE_SCRIPT_INHERITED:
	case G_UNICODE_SCRIPT_LATIN:
	case G_UNICODE_SCRIPT_GREEK:
	case G_UNICODE_SCRIPT_CYRILLIC:
	case G_UNICODE_SCRIPT_ARMENIAN:
	case G_UNICODE_SCRIPT_GEORGIAN:
	case G_UNICODE_SCRIPT_CHEROKEE:
	case G_UNICODE_SCRIPT_HAN:
	case G_UNICODE_SCRIPT_HIRAGANA:
	case G_UNICODE_SCRIPT_KATAKANA:
	case G_UNICODE_SCRIPT_HANGUL:
	case G_UNICODE_SCRIPT_BOPOMOFO:
	case G_UNICODE_SCRIPT_YI:
	case G_UNICODE_SCRIPT_BRAILLE:
	case G_UNICODE_SCRIPT_UNKNOWN:
		return true;
	default:
		return g_unichar_isdigit(cp);
	}
}

// How the cluster that begins with `mark` is drawn. A turned one takes one place, be it narrow or wide.
static void classify(struct mark *mark, bool turned)
{
	mark->kind = PH_PIECE_CELLS;
	mark->face = PH_FACE_CELL;
	if (is_stroke(mark->cp)) {
		mark->kind = PH_PIECE_STROKES;
	} else if (!fits_cells(mark->cp)) {
		mark->kind = turned ? PH_PIECE_CELLS : PH_PIECE_SHAPED;
		mark->face = PH_FACE_COMPLEX;
	} else if (mark->cells >= 2) {
		mark->face = PH_FACE_WIDE;
	}
	if (turned && mark->cells > 1)
		mark->cells = 1;
}

// Spaces and points between two shaped words of a run belong to them.
static void bridge(struct cutter *cutter)
{
	struct mark *marks = cutter->marks;
	uint32_t shaped = UINT32_MAX;

	for (uint32_t i = 0; i < cutter->count; i++) {
		if (marks[i].kind == PH_PIECE_SHAPED) {
			for (uint32_t j = shaped; shaped != UINT32_MAX && j < i; j++) {
				marks[j].kind = PH_PIECE_SHAPED;
				marks[j].face = PH_FACE_COMPLEX;
			}
			shaped = i;
		} else if (shaped != UINT32_MAX &&
			   (marks[i].run != marks[shaped].run || marks[i].cells >= 2 ||
				   marks[i].kind == PH_PIECE_STROKES ||
				   g_unichar_isalnum(marks[i].cp))) {
			shaped = UINT32_MAX;
		}
	}
}

// Adds a cluster of valid UTF-8; its first character has the cells of all of it. Returns its bytes.
static uint32_t add_cluster(struct cutter *cutter, uint32_t run, const char *text, uint32_t room)
{
	struct ph_group *group = cutter->group;
	struct mark mark = {.run = run};
	unsigned cells = 0;

	const uint32_t len = ph_cluster(text, room, PH_CLUSTER_CELLS, &mark.cp, &cells);
	mark.cells = (uint8_t)cells;
	classify(&mark, cutter->runs[run].style & PH_STYLE_ROTATE);
	for (uint32_t i = 0; i < len; mark.cells = 0) {
		mark.start = group->len;
		mark.len = (uint8_t)ph_utf8_decode(text + i, len - i, &mark.cp);
		cutter->rtl = cutter->rtl || ph_char_rtl(mark.cp);
		memcpy(group->text + group->len, text + i, mark.len);
		group->len += mark.len;
		i += mark.len;
		cutter->marks[cutter->count++] = mark;
	}
	return len;
}

static bool has_gap(const struct ph_run *runs, uint32_t i)
{
	return i > 0 && runs[i].x > runs[i - 1].x + runs[i - 1].width;
}

static int gather(struct cutter *cutter)
{
	for (uint32_t i = 0; i < cutter->run_count; i++) {
		const struct ph_run *run = &cutter->runs[i];
		if (!ph_utf8_valid(run->data, run->len))
			return -EINVAL;
		if (has_gap(cutter->runs, i)) {
			(void)add_cluster(cutter, i - 1, " ", 1);
			cutter->marks[cutter->count - 1].kind = PH_PIECE_GAP;
			cutter->marks[cutter->count - 1].cells = 0;
		}
		for (uint64_t at = 0, end = (uint64_t)run->len * run->repeat; at < end;) {
			const uint32_t in = (uint32_t)(at % run->len);
			at += add_cluster(cutter, i, run->data + in, run->len - in);
		}
	}
	return 0;
}

static int find_levels(struct cutter *cutter)
{
	PangoDirection base = PANGO_DIRECTION_WEAK_LTR;

	if (!cutter->rtl)
		return 0;
	guint8 *levels = pango_log2vis_get_embedding_levels(
		cutter->group->text, (int)cutter->group->len, &base);
	if (!levels)
		return -ENOMEM;
	for (uint32_t i = 0; i < cutter->count; i++)
		cutter->marks[i].level = levels[i];
	g_free(levels);
	return 0;
}

static bool same_piece(const struct mark *a, const struct mark *b)
{
	return a->run == b->run && a->level == b->level && a->kind == b->kind && a->face == b->face;
}

static void cut(struct cutter *cutter)
{
	struct ph_group *group = cutter->group;

	for (uint32_t i = 0; i < cutter->count; i++) {
		const struct mark *mark = &cutter->marks[i];
		if (i == 0 || !same_piece(mark, mark - 1))
			group->pieces[group->piece_count++] = (struct ph_piece){
				.kind = (enum ph_piece_kind)mark->kind,
				.start = mark->start,
				.run = mark->run,
				.level = mark->level,
				.face = (enum ph_face)mark->face,
			};
		group->pieces[group->piece_count - 1].len += mark->len;
		group->pieces[group->piece_count - 1].cells += mark->cells;
	}
}

// --- glyphs -----------------------------------------------------------------------------------

static double em_of(const struct ph_piece *piece, double height)
{
	const double by_cell = piece->cell * EM_OF_CELL, by_height = height * EM_OF_HEIGHT;
	const double em = by_cell < by_height ? by_cell : by_height;
	const double wide = piece->cell * 2 < height ? piece->cell * 2 : height;

	switch (piece->face) {
	case PH_FACE_WIDE:
		return wide * EM_WIDE;
	case PH_FACE_COMPLEX:
		return em * EM_SHAPED;
	case PH_FACE_CELL:
	case PH_FACE_COUNT:
		break;
	}
	return em;
}

static GList *itemize(const struct ph_group *group, PangoContext *context,
	const struct ph_piece *piece, bool bold)
{
	PangoAttrList *list = pango_attr_list_new();
	PangoFontDescription *description = ph_fonts_describe(piece->face, piece->em, bold);
	PangoAttribute *font = pango_attr_font_desc_new(description);

	pango_font_description_free(description);
	pango_attr_list_insert(list, font);
	GList *items = pango_itemize_with_base_dir(context,
		piece->level & 1 ? PANGO_DIRECTION_RTL : PANGO_DIRECTION_LTR, group->text,
		(int)piece->start, (int)piece->len, list, NULL);
	pango_attr_list_unref(list);
	GList *visual = pango_reorder_items(items);
	g_list_free(items);
	return visual;
}

static int shape_piece(
	const struct ph_group *group, PangoContext *context, struct ph_piece *piece, bool bold)
{
	GList *items = itemize(group, context, piece, bold);
	unsigned i = 0;

	piece->parts = calloc(g_list_length(items) + 1, sizeof *piece->parts);
	if (!piece->parts) {
		g_list_free_full(items, (GDestroyNotify)pango_item_free);
		return -ENOMEM;
	}
	for (GList *l = items; l; l = l->next, i++) {
		PangoItem *item = l->data;
		PangoGlyphString *glyphs = pango_glyph_string_new();
		pango_shape_full(group->text + item->offset, item->length, group->text,
			(int)group->len, &item->analysis, glyphs);
		piece->parts[i] = (struct ph_shaped){.item = item, .glyphs = glyphs};
		piece->natural += pango_glyph_string_get_width(glyphs) / (double)PANGO_SCALE;
	}
	piece->part_count = i;
	g_list_free(items);
	return 0;
}

// --- places -----------------------------------------------------------------------------------

// Each piece where its cells are.
static void place_cells(struct cutter *cutter)
{
	double x = 0;
	uint32_t run = UINT32_MAX;

	for (unsigned i = 0; i < cutter->group->piece_count; i++) {
		struct ph_piece *piece = &cutter->group->pieces[i];
		if (piece->kind == PH_PIECE_GAP)
			continue;
		if (piece->run != run) {
			run = piece->run;
			x = cutter->runs[run].x;
		}
		piece->x = x;
		x += piece->width;
	}
}

// Unicode Standard Annex 9, rule L2, for pieces.
static void reorder(struct ph_group *group)
{
	unsigned highest = 0;

	for (unsigned i = 0; i < group->piece_count; i++)
		highest = group->pieces[i].level > highest ? group->pieces[i].level : highest;
	for (unsigned level = highest; level > 0; level--) {
		for (unsigned i = 0; i < group->piece_count; i++) {
			unsigned end = i;
			while (end < group->piece_count && group->pieces[end].level >= level)
				end++;
			for (unsigned a = i, b = end; a + 1 < b; a++) {
				const struct ph_piece piece = group->pieces[a];
				group->pieces[a] = group->pieces[--b];
				group->pieces[b] = piece;
			}
			i = end > i ? end : i;
		}
	}
}

// One piece behind the other; shaped ones take what they need, less where the group has not the room.
static void place_flow(struct cutter *cutter)
{
	struct ph_group *group = cutter->group;
	const struct ph_run *last = &cutter->runs[cutter->run_count - 1];
	const double room = last->x + last->width - cutter->runs[0].x;
	double fixed = 0, shaped = 0;

	reorder(group);
	for (unsigned i = 0; i < group->piece_count; i++) {
		struct ph_piece *piece = &group->pieces[i];
		if (piece->kind == PH_PIECE_SHAPED) {
			piece->width =
				piece->natural * ph_style_width(cutter->runs[piece->run].style);
			shaped += piece->width;
		} else {
			fixed += piece->width;
		}
	}
	const double squeeze = fixed + shaped > room && shaped > 0 ? (room - fixed) / shaped : 1;
	const double left = room - fixed - shaped * squeeze;
	double x = cutter->runs[0].x;
	if (cutter->runs[0].align != PH_ALIGN_LEFT)
		x += cutter->runs[0].align == PH_ALIGN_RIGHT ? left : left / 2;
	for (unsigned i = 0; i < group->piece_count; i++) {
		struct ph_piece *piece = &group->pieces[i];
		if (piece->kind == PH_PIECE_SHAPED)
			piece->width *= squeeze;
		piece->x = x;
		x += piece->width;
	}
}

static int measure_piece(const struct cutter *cutter, PangoContext *context, struct ph_piece *piece,
	double step, const struct ph_text_metrics *metrics)
{
	const struct ph_run *run = &cutter->runs[piece->run];
	const double height = metrics->height[ph_style_font(run->style)];

	piece->step = step;
	piece->width = step * piece->cells;
	piece->cell = run->style & PH_STYLE_ROTATE ? metrics->cell[ph_style_font(run->style)]
						   : step / ph_style_width(run->style);
	piece->em = em_of(piece, height);
	if (piece->kind == PH_PIECE_GAP)
		piece->width = run[1].x - (run->x + run->width);
	if (piece->kind != PH_PIECE_CELLS && piece->kind != PH_PIECE_SHAPED)
		return 0;
	return shape_piece(cutter->group, context, piece, run->style & PH_STYLE_BOLD);
}

// Widths by cells. What a run says it takes is shared by its cells.
static int measure(
	struct cutter *cutter, PangoContext *context, const struct ph_text_metrics *metrics)
{
	struct ph_group *group = cutter->group;
	unsigned end = 0;
	int r = 0;

	for (unsigned first = 0; first < group->piece_count; first = end) {
		const struct ph_run *run = &cutter->runs[group->pieces[first].run];
		unsigned cells = 0;
		for (end = first; end < group->piece_count; end++) {
			if (group->pieces[end].run != group->pieces[first].run)
				break;
			cells += group->pieces[end].cells;
		}
		const double step = cells ? run->width / (double)cells
					  : metrics->cell[ph_style_font(run->style)];
		for (unsigned i = first; r == 0 && i < end; i++)
			r = measure_piece(cutter, context, &group->pieces[i], step, metrics);
	}
	return r;
}

int ph_group_shape(struct ph_group *group, PangoContext *context, const struct ph_run *runs,
	uint32_t count, const struct ph_text_metrics *metrics)
{
	struct cutter cutter = {.group = group, .runs = runs, .run_count = count};
	uint64_t bytes = 0;

	*group = (struct ph_group){0};
	for (uint32_t i = 0; i < count; i++)
		bytes += (uint64_t)runs[i].len * runs[i].repeat + 1;
	if (bytes > PH_DRAW_LINE_TEXT_MAX)
		return -E2BIG;
	group->text = malloc((size_t)bytes + 1);
	group->pieces = calloc((size_t)bytes + 1, sizeof *group->pieces);
	cutter.marks = calloc((size_t)bytes + 1, sizeof *cutter.marks);
	int r = group->text && group->pieces && cutter.marks ? gather(&cutter) : -ENOMEM;
	if (r == 0) {
		group->text[group->len] = '\0';
		bridge(&cutter);
		r = find_levels(&cutter);
	}
	if (r == 0) {
		cut(&cutter);
		r = measure(&cutter, context, metrics);
	}
	free(cutter.marks);
	if (r < 0) {
		ph_group_done(group);
		return r;
	}
	if (cutter.rtl)
		place_flow(&cutter);
	else
		place_cells(&cutter);
	return 0;
}

void ph_group_done(struct ph_group *group)
{
	for (unsigned i = 0; i < group->piece_count; i++) {
		for (unsigned j = 0; j < group->pieces[i].part_count; j++) {
			pango_item_free(group->pieces[i].parts[j].item);
			pango_glyph_string_free(group->pieces[i].parts[j].glyphs);
		}
		free(group->pieces[i].parts);
	}
	free(group->pieces);
	free(group->text);
	*group = (struct ph_group){0};
}
