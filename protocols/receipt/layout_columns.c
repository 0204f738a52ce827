// Places the lines of a receiptline document: columns of a width in characters, text cut wherever a
// line is full, and borders that run on from line to line.
//
// How widths are shared, text is cut and rules are joined follows receiptline 4 to the cell.

#include "protocols/receipt/layouter.h"
#include "protocols/receipt/width.h"

#define COLUMNS_MAX PH_RECEIPT_MARKUP_COLUMNS_MAX

// Columns on this paper, in cells.
struct grid {
	uint16_t index[COLUMNS_MAX]; // in the node
	int width[COLUMNS_MAX];
	unsigned count;
	int left; // of all
	int border;
};

// --- widths -----------------------------------------------------------------------------------

// Of the fixed columns the widest gives way, the last of equals.
static void shrink_widest(struct grid *grid, const bool *fixed)
{
	int widest = -1;

	for (unsigned i = 0; i < grid->count; i++) {
		if (fixed[i] && (widest < 0 || grid->width[i] >= grid->width[widest]))
			widest = (int)i;
	}
	if (widest >= 0)
		grid->width[widest]--;
}

// What is left after fixed columns goes to those that share, the last ones getting the odd cells.
// Returns the cells that nobody takes.
static int share(struct grid *grid, int left)
{
	bool fixed[COLUMNS_MAX] = {false};
	int shares = 0, number = 0;

	for (unsigned i = 0; i < grid->count; i++) {
		fixed[i] = grid->width[i] > 0;
		shares += !fixed[i];
		left -= fixed[i] ? grid->width[i] : 0;
	}
	for (; shares > left && (unsigned)shares < grid->count; left++)
		shrink_widest(grid, fixed);
	for (unsigned i = 0; i < grid->count; i++) {
		if (!fixed[i])
			grid->width[i] = (left + number++) / shares;
	}
	return shares ? 0 : left;
}

static int place(int left, enum ph_align align)
{
	return left > 0 ? left * (int)align / 2 : 0;
}

static void make_grid(
	const struct ph_receipt_node *node, unsigned cells, int border, struct grid *ret)
{
	const unsigned gap = border < 0 ? 1 : (unsigned)border;
	const unsigned most = border < 0 ? (cells - 1) / 2 : (cells + gap) / (gap + 1);

	ret->count = 0;
	ret->border = border;
	for (unsigned i = 0; i < node->columns.count && ret->count < most; i++) {
		if (!node->columns.widths[i])
			continue; // a column without width is not printed
		ret->index[ret->count] = (uint16_t)i;
		ret->width[ret->count++] = node->columns.widths[i];
	}
	if (!ret->count) {
		ret->left = place((int)cells, node->align);
		return;
	}
	const unsigned gaps = border < 0 ? ret->count + 1 : (ret->count - 1) * gap;
	ret->left = place(share(ret, (int)(cells - gaps)), node->align);
}

// --- borders ----------------------------------------------------------------------------------

static struct ph_columns_borders borders_of(const struct grid *grid)
{
	struct ph_columns_borders borders = {.count = 1};
	int at = grid->left;

	borders.at[0] = (uint16_t)at;
	for (unsigned i = 0; i < grid->count; i++) {
		at += grid->width[i] + 1;
		borders.at[borders.count++] = (uint16_t)at;
	}
	return borders;
}

// The arms that a line of borders adds to a rule at cell `at`, `vertical` being up or down.
static unsigned arms_at(const struct ph_columns_borders *borders, unsigned at, unsigned vertical)
{
	unsigned arms = 0;

	if (!borders->count)
		return 0;
	const unsigned first = borders->at[0], last = borders->at[borders->count - 1];
	if (at > first && at <= last)
		arms |= PH_LEFT;
	if (at >= first && at < last)
		arms |= PH_RIGHT;
	for (unsigned i = 0; i < borders->count; i++) {
		if (borders->at[i] == at)
			arms |= vertical;
	}
	return arms;
}

// A rule between lines with other borders; none above or below begins or ends them.
static int add_rule(struct ph_layouter *l, const struct ph_columns_borders *above,
	const struct ph_columns_borders *below, uint32_t at)
{
	const unsigned cell = l->list->media.cell[PH_FONT_A], cells = l->width / cell;
	unsigned start = 0, arms = 0;
	int r = ph_layouter_begin_line(l, at);

	for (unsigned i = 0; i <= cells && r == 0; i++) {
		const unsigned next =
			i < cells ? arms_at(above, i, PH_UP) | arms_at(below, i, PH_DOWN) : 0;
		const bool goes_on = next == arms && arms == (PH_LEFT | PH_RIGHT);
		if (goes_on)
			continue;
		if (arms)
			r = ph_layouter_add_glyph(l, ph_layouter_glyph(PH_BORDER_SINGLE, arms),
				l->x + start * cell, i - start, 0, at);
		start = i;
		arms = next;
	}
	return r < 0 ? r : ph_layouter_end_line(l);
}

int ph_layouter_end_columns(struct ph_layouter *l, enum ph_columns_state next)
{
	static const struct ph_columns_borders none = {0};
	int r = 0;

	if (l->columns == PH_COLUMNS_RUNNING || l->columns == PH_COLUMNS_RULE) {
		l->tight = false;
		r = add_rule(l, &l->borders, &none, l->at);
		l->columns = next;
	} else if (next == PH_COLUMNS_WAITING) {
		l->columns = next;
	}
	return r;
}

int ph_layout_column_border(struct ph_layouter *l, const struct ph_receipt_node *node, uint32_t at)
{
	if (!node->border_begins)
		return ph_layouter_end_columns(l, PH_COLUMNS_WAITING);
	l->columns = PH_COLUMNS_READY;
	return 0;
}

int ph_layout_column_rule(struct ph_layouter *l, const struct ph_receipt_node *node, uint32_t at)
{
	const unsigned cell = l->list->media.cell[PH_FONT_A], cells = l->width / cell;
	const unsigned width = node->rule_width < 0 || node->rule_width > (int)cells
				       ? cells
				       : (unsigned)node->rule_width;

	if (l->columns == PH_COLUMNS_RUNNING)
		l->columns = PH_COLUMNS_RULE;
	if (l->columns != PH_COLUMNS_WAITING)
		return 0;
	int r = ph_layouter_begin_line(l, at);
	if (r == 0)
		r = ph_layouter_add_glyph(l,
			ph_layouter_glyph(PH_BORDER_SINGLE, PH_LEFT | PH_RIGHT),
			l->x + (unsigned)place((int)(cells - width), node->align) * cell, width, 0,
			at);
	return r < 0 ? r : ph_layouter_end_line(l);
}

// The rule that this line of text needs above it.
static int begin_borders(struct ph_layouter *l, const struct grid *grid, uint32_t at)
{
	static const struct ph_columns_borders none = {0};
	const struct ph_columns_borders borders = borders_of(grid);
	int r = 0;

	l->tight = l->columns != PH_COLUMNS_WAITING;
	if (l->columns == PH_COLUMNS_READY)
		r = add_rule(l, &none, &borders, at);
	else if (l->columns == PH_COLUMNS_RULE)
		r = add_rule(l, &l->borders, &borders, at);
	if (l->columns != PH_COLUMNS_WAITING)
		l->columns = PH_COLUMNS_RUNNING;
	l->borders = borders;
	return r;
}

// --- text -------------------------------------------------------------------------------------

// Bytes of a text, and where in the document they are.
struct piece {
	uint32_t from, to;
	uint32_t at;
};

// A column on its way.
struct cut {
	const struct ph_receipt_cell *cell;
	uint32_t run, offset;
};

// A line of a column: up to where, and what stays free.
struct slice {
	struct cut end, next;
	unsigned used; // units
	bool some;     // there is a line
};

static void settle(struct cut *cut)
{
	while (cut->run < cut->cell->count && cut->offset >= cut->cell->runs[cut->run].len) {
		cut->run++;
		cut->offset = 0;
	}
}

// One cluster of a text, and the units it takes.
static uint32_t read_cluster(const struct ph_display_list *list, const struct ph_text *text,
	uint32_t offset, unsigned *ret_units, bool *ret_line_end)
{
	unsigned cells;
	uint32_t cp;
	const uint32_t len =
		ph_cluster(text->data + offset, text->len - offset, PH_CLUSTER_CELLS, &cp, &cells);

	*ret_units = cells * ph_cell_units(list, text->style);
	*ret_line_end = cp == '\n';
	return len;
}

// The next line: up to a line end, or as many clusters as fit. What is wider than the column is passed
// over. A line that is full ends at once, so that a line end behind it makes an empty one; only where
// something was passed over behind it in the same run does it take that line end.
static struct slice slice_line(const struct ph_display_list *list, struct cut cut, unsigned limit)
{
	struct slice slice = {.end = cut, .next = cut};
	bool passed = false; // over something, since the line is full

	for (settle(&cut); cut.run < cut.cell->count; settle(&cut)) {
		const bool full = slice.used == limit;
		unsigned units;
		bool line_end;
		const uint32_t len =
			read_cluster(list, &cut.cell->runs[cut.run], cut.offset, &units, &line_end);
		const bool too_wide = !line_end && units > limit;
		if (full && !passed && !(too_wide && cut.run == slice.end.run))
			break;
		if (!line_end && !too_wide && units > limit - slice.used)
			break;
		cut.offset += len;
		slice.next = cut;
		passed = passed || (full && too_wide);
		if (line_end) {
			slice.some = true;
			break;
		}
		if (too_wide)
			continue;
		slice.used += units;
		slice.end = cut;
		slice.some = true;
	}
	return slice;
}

// Whether there is another line behind a slice.
static bool has_more(const struct ph_display_list *list, struct cut cut, unsigned limit)
{
	return slice_line(list, cut, limit).some;
}

static int add_piece(struct ph_layouter *l, const struct ph_text *text, uint32_t from, uint32_t to,
	uint32_t *x, uint32_t at)
{
	if (from == to)
		return 0;
	const uint32_t width =
		ph_text_cells(text->data + from, to - from) * ph_cell_units(l->list, text->style);
	const int r = ph_layouter_add_run(l, (struct ph_run){.data = text->data + from,
						     .len = to - from,
						     .at = at,
						     .x = (uint16_t)*x,
						     .width = (uint16_t)width,
						     .style = text->style,
						     .repeat = 1,
						     .ascii = text->ascii,
						     .rtl = text->rtl,
						     .group = (uint16_t)(PH_AT_SUB(at) + 1)});
	*x += width;
	return r;
}

// Adds a text from `from` to `to` without the clusters that are wider than the column.
static int add_text(struct ph_layouter *l, const struct ph_text *text, struct piece piece,
	unsigned limit, uint32_t *x)
{
	uint32_t start = piece.from;
	int r = 0;

	for (uint32_t at = start;
		ph_cell_units(l->list, text->style) * 2 > limit && at < piece.to;) {
		unsigned units;
		bool line_end;
		const uint32_t len = read_cluster(l->list, text, at, &units, &line_end);
		if (units > limit) {
			r = add_piece(l, text, start, at, x, piece.at);
			start = at + len;
		}
		if (r < 0)
			return r;
		at += len;
	}
	return add_piece(l, text, start, piece.to, x, piece.at);
}

// Adds the runs of a slice, the first at `x`.
static int add_slice(struct ph_layouter *l, struct cut cut, const struct slice *slice, uint32_t x,
	unsigned limit)
{
	for (; cut.run < cut.cell->count && cut.run <= slice->end.run; cut.run++, cut.offset = 0) {
		const struct ph_text *text = &cut.cell->runs[cut.run];
		const uint32_t to = cut.run == slice->end.run ? slice->end.offset : text->len;
		if (to <= cut.offset)
			continue;
		const int r = add_text(l, text, (struct piece){cut.offset, to, l->at}, limit, &x);
		if (r < 0)
			return r;
	}
	return 0;
}

static int add_border(struct ph_layouter *l, unsigned at_cell, uint32_t at)
{
	if (l->columns != PH_COLUMNS_RUNNING)
		return 0;
	return ph_layouter_add_glyph(l, ph_layouter_glyph(PH_BORDER_SINGLE, PH_UP | PH_DOWN),
		l->x + at_cell * l->list->media.cell[PH_FONT_A], 1, 0, at);
}

// One line of all columns; in ret_more whether text is left.
static int add_line(struct ph_layouter *l, const struct grid *grid, struct cut *cuts, uint32_t at,
	bool *ret_more)
{
	const unsigned cell = l->list->media.cell[PH_FONT_A];
	const unsigned gap = grid->border < 0 ? 1 : (unsigned)grid->border;
	unsigned left = (unsigned)grid->left;
	int r = ph_layouter_begin_line(l, at);

	*ret_more = false;
	if (r == 0)
		r = add_border(l, left, at);
	left += l->columns == PH_COLUMNS_RUNNING;
	for (unsigned i = 0; i < grid->count && r == 0; i++) {
		const unsigned limit = (unsigned)grid->width[i] * cell;
		const struct slice slice = slice_line(l->list, cuts[i], limit);
		l->at = at + grid->index[i];
		const uint32_t x =
			l->x + left * cell + (limit - slice.used) * cuts[i].cell->align / 2;
		if (slice.some)
			r = add_slice(l, cuts[i], &slice, x, limit);
		cuts[i] = slice.next;
		*ret_more = *ret_more || has_more(l->list, cuts[i], limit);
		left += (unsigned)grid->width[i];
		if (r == 0)
			r = add_border(l, left, at);
		left += gap;
	}
	return r < 0 ? r : ph_layouter_end_line(l);
}

int ph_layout_columns(struct ph_layouter *l, const struct ph_receipt_node *node, uint32_t at)
{
	const unsigned cells = l->width / l->list->media.cell[PH_FONT_A];
	struct cut cuts[COLUMNS_MAX];
	struct grid grid;
	bool more = true;

	make_grid(node, cells, node->columns.border, &grid);
	for (unsigned i = 0; i < grid.count; i++)
		cuts[i] = (struct cut){.cell = &node->columns.cells[grid.index[i]]};
	int r = begin_borders(l, &grid, at);
	do {
		if (r == 0)
			r = add_line(l, &grid, cuts, at, &more);
		if (r < 0)
			return r;
	} while (more && node->columns.wrap);
	l->tight = false;
	return 0;
}
