// Places what has columns: pairs, and tables with their spans and borders.
#include <errno.h>

#include "protocols/receipt/layouter.h"

struct column {
	uint32_t x, width;
};

// Styles that show in empty space as well.
static bool fills(uint16_t style)
{
	return style & (PH_STYLE_UNDERLINE | PH_STYLE_INVERT);
}

// Styled spaces from x to end, for what must look like one bar.
static int add_fill(struct ph_layouter *l, uint32_t at, uint16_t style, uint32_t x, uint32_t end)
{
	const unsigned cell = ph_cell_units(l->list, style), count = end > x ? (end - x) / cell : 0;

	if (!fills(style) || !count)
		return 0;
	return ph_layouter_add_run(l, (struct ph_run){.data = " ",
					      .len = 1,
					      .at = at,
					      .x = (uint16_t)x,
					      .width = (uint16_t)(count * cell),
					      .style = style,
					      .repeat = (uint16_t)count,
					      .ascii = true});
}

// Paints what the runs of the current line from number `from` on left free between x and end, for
// styles that show it.
static int fill_line(struct ph_layouter *l, uint32_t at, uint16_t style, uint32_t x, uint32_t end)
{
	struct ph_display_list *list = l->list;
	const uint32_t item = list->item_count - 1, first = list->items[item].line.first,
		       count = list->items[item].line.count, bytes = list->items[item].line.bytes;
	int r = 0;

	if (!fills(style))
		return 0;
	for (uint32_t i = 0; i < count && r == 0; i++) {
		const struct ph_run run = list->runs[first + i];
		r = add_fill(l, at, style, x, run.x);
		if (r == 0)
			r = ph_layouter_add_run(l, run);
		x = run.x + run.width > x ? run.x + run.width : x;
	}
	if (r == 0)
		r = add_fill(l, at, style, x, end);
	if (r < 0)
		return r;
	list->items[item].line.first += count; // the painted copies replace the runs before them
	list->items[item].line.count -= count;
	list->items[item].line.bytes -= bytes;
	return 0;
}

// --- pairs ------------------------------------------------------------------------------------

// A pair that does not fit one line becomes two columns, the right one at most half of the width.
static int layout_pair_columns(
	struct ph_layouter *l, const struct ph_receipt_node *node, uint32_t at)
{
	const struct ph_text *pair = node->pair;
	const uint32_t width = l->width, wanted = ph_cell_units(l->list, node->style);
	const uint32_t normal = l->list->media.cell[ph_style_font(node->style)];
	const uint32_t cell = width / wanted < 4 ? normal : wanted; // then text shrinks
	const uint32_t half = width / cell / 2 * cell;
	const uint64_t whole = (uint64_t)pair[1].cells * wanted;
	const uint32_t right = pair[1].broken || whole > half ? half : (uint32_t)whole;
	const uint32_t left = width > right + cell ? width - right - cell : cell;
	struct ph_flow sides[2] = {
		{.runs = &pair[0], .count = 1, .at = at, .limit = left, .group = 1},
		{.runs = &pair[1], .count = 1, .at = at + 1, .limit = right, .group = 2}};

	do {
		int r = ph_layouter_begin_line(l, at);
		if (r == 0 && !ph_flow_ended(&sides[0]))
			r = ph_flow_add_line(l, &sides[0], l->x, PH_ALIGN_LEFT);
		if (r == 0 && !ph_flow_ended(&sides[1]))
			r = ph_flow_add_line(l, &sides[1], l->x + width - right, PH_ALIGN_RIGHT);
		if (r == 0)
			r = fill_line(l, at, node->style, l->x, l->x + width);
		if (r == 0)
			r = ph_layouter_end_line(l);
		if (r < 0)
			return r;
	} while (!ph_flow_ended(&sides[0]) || !ph_flow_ended(&sides[1]));
	return 0;
}

static int add_side(struct ph_layouter *l, const struct ph_text *text, uint32_t x, uint32_t width,
	unsigned side, uint32_t at)
{
	if (!width)
		return 0;
	return ph_layouter_add_run(l, (struct ph_run){.data = text->data,
					      .len = text->len,
					      .at = at + side,
					      .x = (uint16_t)x,
					      .width = (uint16_t)width,
					      .style = text->style,
					      .repeat = 1,
					      .ascii = text->ascii,
					      .rtl = text->rtl,
					      .align = side ? PH_ALIGN_RIGHT : PH_ALIGN_LEFT,
					      .group = (uint16_t)(1 + side)});
}

int ph_layout_pair(struct ph_layouter *l, const struct ph_receipt_node *node, uint32_t at)
{
	const struct ph_text *pair = node->pair;
	const uint32_t cell = ph_cell_units(l->list, node->style);
	const uint64_t left = (uint64_t)pair[0].cells * cell,
		       right = (uint64_t)pair[1].cells * cell;

	if (pair[0].broken || pair[1].broken ||
		left + right + (left && right ? cell : 0) > l->width)
		return layout_pair_columns(l, node, at);
	const uint32_t middle = l->x + (uint32_t)left, end = l->x + l->width - (uint32_t)right;
	int r = ph_layouter_begin_line(l, at);
	if (r == 0)
		r = add_side(l, &pair[0], l->x, (uint32_t)left, 0, at);
	if (r == 0)
		r = add_fill(l, at, node->style, middle, end);
	if (r == 0)
		r = add_side(l, &pair[1], end, (uint32_t)right, 1, at);
	return r < 0 ? r : ph_layouter_end_line(l);
}

// --- tables -----------------------------------------------------------------------------------

struct table {
	const struct ph_receipt_node *node;
	uint32_t at;
	uint32_t x, end; // units, borders included
	uint16_t border_style;
	unsigned border; // units one border is wide, 0 without
	struct column columns[PH_RECEIPT_COLUMNS_MAX];
};

// Cells of each column out of `total`: fixed and per cent first, `*` shares the rest. On paper that is
// too narrow the widest column gives way, the last of equals first.
static void share_columns(const struct ph_receipt_node *node, uint32_t total, uint32_t *cells)
{
	const unsigned count = node->table.column_count;
	uint32_t sum = 0, shares = 0;

	for (unsigned i = 0; i < count; i++) {
		const struct ph_receipt_column *column = &node->table.columns[i];
		cells[i] = column->kind == PH_WIDTH_CELLS ? column->value : 1;
		if (column->kind == PH_WIDTH_PERCENT && total * column->value / 100 > 1)
			cells[i] = total * column->value / 100;
		shares += column->kind == PH_WIDTH_SHARE;
		sum += cells[i];
	}
	while (sum > total) {
		unsigned widest = 0;
		for (unsigned i = 1; i < count; i++)
			widest = cells[i] >= cells[widest] ? i : widest;
		cells[widest]--;
		sum--;
	}
	uint32_t rest = total - sum + shares; // each `*` holds one already
	for (unsigned i = 0; i < count && shares; i++) {
		if (node->table.columns[i].kind != PH_WIDTH_SHARE)
			continue;
		cells[i] = (rest + shares - 1) / shares;
		rest -= cells[i];
		shares--;
	}
}

// Units that the widest character of a cell takes at its smallest.
static unsigned least_units(const struct ph_display_list *list, const struct ph_receipt_cell *cell)
{
	unsigned most = 0;

	for (unsigned i = 0; i < cell->count; i++) {
		const unsigned own = list->media.cell[ph_style_font(cell->runs[i].style)];
		const unsigned units = cell->runs[i].wide ? 2 * own : own;
		most = units > most ? units : most;
	}
	return most;
}

// Gives columns too narrow for a character one more cell, which the widest column loses.
static void widen_columns(const struct ph_layouter *l, const struct ph_receipt_node *node,
	unsigned cell, uint32_t *cells)
{
	const unsigned count = node->table.column_count;

	for (unsigned i = 0; i < count; i++) {
		unsigned least = 0, widest = 0;
		if (cells[i] * cell >= 2u * l->list->media.cell[PH_FONT_A])
			continue;
		for (unsigned row = 0; row < node->table.row_count; row++) {
			const unsigned own =
				least_units(l->list, &node->table.cells[row * count + i]);
			least = own > least ? own : least;
		}
		for (; cells[i] * cell < least; cells[i]++) {
			for (unsigned other = 0; other < count; other++)
				widest = cells[other] >= cells[widest] ? other : widest;
			if (cells[widest] * cell <= 2u * l->list->media.cell[PH_FONT_A])
				return;
			cells[widest]--;
		}
	}
}

static int place_columns(const struct ph_layouter *l, struct table *table)
{
	const struct ph_receipt_node *node = table->node;
	const uint32_t cell = ph_cell_units(l->list, node->style);
	const unsigned count = node->table.column_count;
	const unsigned borders = node->table.border == PH_BORDER_NONE ? 0 : count + 1;
	uint32_t cells[PH_RECEIPT_COLUMNS_MAX], x = l->x;

	if (l->width / cell < count + borders)
		return -ERANGE;
	share_columns(node, l->width / cell - borders, cells);
	widen_columns(l, node, cell, cells);
	table->x = x;
	table->border = borders ? cell : 0;
	table->border_style =
		node->style &
		(PH_STYLE_SIZE_MASK | PH_STYLE_FONT_B | PH_STYLE_FONT_C | PH_STYLE_RED) &
		~(7u << PH_STYLE_HEIGHT_SHIFT);
	for (unsigned i = 0; i < count; i++) {
		x += table->border;
		table->columns[i] = (struct column){.x = x, .width = cells[i] * cell};
		x += cells[i] * cell;
	}
	table->end = x + table->border;
	return 0;
}

static const struct ph_receipt_cell *row_cells(const struct table *table, unsigned row)
{
	return &table->node->table.cells[row * table->node->table.column_count];
}

// Whether a row has a border at the left of column `column`, which may be behind the last.
static bool has_border(const struct table *table, int row, unsigned column)
{
	if (row < 0 || row >= table->node->table.row_count)
		return false;
	return column == table->node->table.column_count ||
	       row_cells(table, (unsigned)row)[column].count;
}

// The line above row `below`, which may be behind the last: arms go where rows have borders.
static int add_border_line(struct ph_layouter *l, const struct table *table, int below)
{
	const unsigned count = table->node->table.column_count;
	const enum ph_border border = table->node->table.border;
	const char *along = ph_layouter_glyph(border, PH_LEFT | PH_RIGHT);
	uint32_t x = table->x; // drawn up to here
	int r = ph_layouter_begin_line(l, table->at);

	for (unsigned i = 0; i <= count && r == 0; i++) {
		const uint32_t here = i < count ? table->columns[i].x - table->border
						: table->end - table->border;
		const unsigned arms = (has_border(table, below - 1, i) ? PH_UP : 0u) |
				      (has_border(table, below, i) ? PH_DOWN : 0u) |
				      (i > 0 ? PH_LEFT : 0u) | (i < count ? PH_RIGHT : 0u);
		if (arms == (PH_LEFT | PH_RIGHT))
			continue;
		r = ph_layouter_add_glyph(
			l, along, x, (here - x) / table->border, table->border_style, table->at);
		if (r == 0)
			r = ph_layouter_add_glyph(l, ph_layouter_glyph(border, arms), here, 1,
				table->border_style, table->at);
		x = here + table->border;
	}
	return r < 0 ? r : ph_layouter_end_line(l);
}

static int add_side_border(struct ph_layouter *l, const struct table *table, uint32_t x)
{
	if (!table->border)
		return 0;
	return ph_layouter_add_glyph(l,
		ph_layouter_glyph(table->node->table.border, PH_UP | PH_DOWN), x, 1,
		table->border_style, table->at);
}

// The cells of a row as flows, those covered by a span with nothing in them.
static void start_row(const struct table *table, unsigned row, struct ph_flow *flows)
{
	const struct ph_receipt_cell *cells = row_cells(table, row);
	const uint32_t at = table->at + row * PH_RECEIPT_COLUMNS_MAX;

	for (unsigned i = 0; i < table->node->table.column_count; i++) {
		const struct column *column = &table->columns[i];
		const struct column *last = column + (cells[i].count ? cells[i].span - 1 : 0);
		flows[i] = (struct ph_flow){.runs = cells[i].runs,
			.count = cells[i].count,
			.at = at + i,
			.limit = last->x + last->width - column->x,
			.group = (uint16_t)(1 + i)};
	}
}

// One line of a row; in ret_more whether text is left over.
static int add_row_line(struct ph_layouter *l, const struct table *table, unsigned row,
	struct ph_flow *flows, bool *ret_more)
{
	const unsigned count = table->node->table.column_count;
	const struct ph_receipt_cell *cells = row_cells(table, row);
	const uint32_t at = table->at + row * PH_RECEIPT_COLUMNS_MAX;
	bool more = false;
	int r = ph_layouter_begin_line(l, at);

	for (unsigned i = 0; i < count && r == 0; i++) {
		if (!cells[i].count)
			continue;
		r = add_side_border(l, table, table->columns[i].x - table->border);
		if (r == 0 && !ph_flow_ended(&flows[i]))
			r = ph_flow_add_line(l, &flows[i], table->columns[i].x, cells[i].align);
		more = more || !ph_flow_ended(&flows[i]);
	}
	if (r == 0)
		r = add_side_border(l, table, table->end - table->border);
	if (r == 0)
		r = fill_line(l, at, table->node->style, table->x,
			table->border ? table->end : l->x + l->width);
	*ret_more = more;
	return r < 0 ? r : ph_layouter_end_line(l);
}

static int layout_rows(struct ph_layouter *l, const struct table *table)
{
	const struct ph_receipt_node *node = table->node;
	struct ph_flow flows[PH_RECEIPT_COLUMNS_MAX];
	bool more = true;
	int r = 0;

	for (unsigned row = 0; row < node->table.row_count; row++) {
		if (table->border && (row == 0 || node->table.row_rules))
			r = add_border_line(l, table, (int)row);
		if (r < 0)
			return r;
		start_row(table, row, flows);
		do {
			r = add_row_line(l, table, row, flows, &more);
			if (r < 0)
				return r;
		} while (more && node->table.wrap);
	}
	return table->border ? add_border_line(l, table, node->table.row_count) : 0;
}

int ph_layout_table(struct ph_layouter *l, const struct ph_receipt_node *node, uint32_t at)
{
	struct table table = {.node = node, .at = at};
	const bool tight = l->tight;

	int r = place_columns(l, &table);
	if (r < 0 || !node->table.row_count)
		return r;
	l->tight = tight || table.border;
	r = layout_rows(l, &table);
	l->tight = tight;
	if (r == 0)
		l->list->items[l->list->item_count - 1].line.tight = tight;
	return r;
}
