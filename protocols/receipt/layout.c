// Places a receipt on paper of a given width as lines of runs; how a line is printed is the encoders'.
#include "protocols/receipt/layout.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "protocols/receipt/width.h"

#define TAB_CELLS	8
#define MEDIA_CELLS_MIN 8

struct ph_media ph_media_of_columns(unsigned columns)
{
	return (struct ph_media){
		.width = (uint16_t)(columns * 12), .cell = {12, 9, 8}, .height = {24, 17, 16}};
}

// --- the list grows ---------------------------------------------------------------------------

static int grow(void **array, uint32_t *capacity, uint32_t need, size_t size)
{
	uint32_t room = *capacity ? *capacity : 128;

	while (room < need)
		room *= 2;
	void *memory = reallocarray(*array, room, size);
	if (!memory)
		return -ENOMEM;
	*array = memory;
	*capacity = room;
	return 0;
}

static int add_item(
	struct ph_display_list *list, enum ph_item_kind kind, uint32_t at, struct ph_item **ret)
{
	if (list->item_count >= list->item_capacity) {
		if (list->item_count >= PH_LAYOUT_LINES_MAX)
			return -E2BIG;
		const int r = grow((void **)&list->items, &list->item_capacity,
			list->item_count + 1, sizeof *list->items);
		if (r < 0)
			return r;
	}
	*ret = &list->items[list->item_count++];
	(*ret)->kind = kind;
	(*ret)->at = at;
	return 0;
}

// A line without runs yet; runs added next belong to it.
static int add_line(struct ph_display_list *list, uint32_t at)
{
	struct ph_item *item;
	const int r = add_item(list, PH_ITEM_LINE, at, &item);

	if (r < 0)
		return r;
	item->line.first = list->run_count;
	item->line.count = 0;
	item->line.bytes = 0;
	return 0;
}

static int add_run(struct ph_display_list *list, struct ph_run run)
{
	struct ph_item *item = &list->items[list->item_count - 1];

	if (list->run_count >= list->run_capacity) {
		const int r = grow((void **)&list->runs, &list->run_capacity, list->run_count + 1,
			sizeof *list->runs);
		if (r < 0)
			return r;
	}
	list->runs[list->run_count++] = run;
	item->line.count++;
	item->line.bytes += run.len * run.repeat;
	return 0;
}

// --- lines out of text ------------------------------------------------------------------------

// A text or cell that is being broken into lines.
struct flow {
	const struct ph_text *runs;
	uint32_t count;
	uint32_t run, offset; // next byte
	uint32_t at;	      // of runs[0]
	uint32_t limit;	      // units a line may take
};

// Place in a flow, and the width of the line up to it.
struct place {
	uint32_t run, offset, width;
};

static unsigned cell_of(const struct ph_display_list *list, uint16_t style)
{
	return list->media.cell[ph_style_font(style)] * ph_style_width(style);
}

static bool at_end(const struct flow *flow)
{
	return flow->run >= flow->count;
}

// Steps over runs that are used up.
static void settle(const struct flow *flow, uint32_t *run, uint32_t *offset)
{
	while (*run < flow->count && *offset >= flow->runs[*run].len) {
		++*run;
		*offset = 0;
	}
}

static uint32_t next_tab(uint32_t width, unsigned cell)
{
	const uint32_t stop = TAB_CELLS * cell;
	return (width / stop + 1) * stop;
}

// Where the line that begins at the cursor ends, and where the next one begins. A line ends at '\n',
// at the last space or between wide characters; a word longer than the line is cut.
static void find_end(const struct ph_display_list *list, const struct flow *flow, struct place *end,
	struct place *next)
{
	struct place pos = {flow->run, flow->offset, 0},
		     ink = pos; // ink: behind the last non-space
	struct place break_end = {0}, break_next = {0};
	bool can_break = false, in_space = false, any = false;

	for (settle(flow, &pos.run, &pos.offset); pos.run < flow->count;
		settle(flow, &pos.run, &pos.offset)) {
		const struct ph_text *text = &flow->runs[pos.run];
		const unsigned cell = cell_of(list, text->style);
		uint32_t cp = 0;
		const int step =
			ph_utf8_decode(text->data + pos.offset, text->len - pos.offset, &cp);
		if (cp == '\n') {
			*end = ink;
			*next = (struct place){pos.run, pos.offset + 1, 0};
			return;
		}
		const bool space = cp == ' ' || cp == '\t';
		const unsigned cells = space ? 1 : ph_char_cells(cp);
		if (any && ((in_space && !space) || (cells == 2 && !space))) {
			can_break = true;
			break_end = ink;
			break_next = pos;
		}
		uint32_t width = cp == '\t' ? next_tab(pos.width, cell) : pos.width + cells * cell;
		if (space && width > flow->limit)
			width = flow->limit; // what hangs over is not printed
		if (!space && width > flow->limit && cells && (any || pos.width)) {
			*end = can_break ? break_end : any ? pos : ink;
			*next = can_break ? break_next : pos;
			return;
		}
		pos.offset += (uint32_t)step;
		pos.width = width;
		in_space = space;
		if (!space)
			ink = pos;
		any = any || !space;
	}
	*end = ink;
	*next = pos;
}

static bool fills(uint16_t style)
{
	return style & (PH_STYLE_UNDERLINE | PH_STYLE_INVERT);
}

// Styled spaces from x to end, for what must look like one bar.
static int add_fill(
	struct ph_display_list *list, uint32_t at, uint16_t style, uint32_t x, uint32_t end)
{
	const unsigned cell = cell_of(list, style), count = end > x ? (end - x) / cell : 0;

	if (!fills(style) || !count)
		return 0;
	return add_run(list, (struct ph_run){.data = " ",
				     .len = 1,
				     .at = at,
				     .x = (uint16_t)x,
				     .width = (uint16_t)(count * cell),
				     .style = style,
				     .repeat = (uint16_t)count,
				     .ascii = true});
}

// Adds the bytes of one text from `from` to `to` as runs, a new one behind each tab.
// lint: parameters, where it starts and how far it came would be a struct for one caller.
static int add_pieces(struct ph_display_list *list, const struct ph_text *text, uint32_t at,
	uint32_t from, uint32_t to, uint32_t origin, uint32_t *width)
{
	const unsigned cell = cell_of(list, text->style);

	while (from < to) {
		const uint32_t start = from, start_width = *width;
		while (from < to && text->data[from] != '\t') {
			uint32_t cp = 0;
			from += (uint32_t)ph_utf8_decode(text->data + from, to - from, &cp);
			*width += ph_char_cells(cp) * cell;
		}
		if (from > start) {
			const int r =
				add_run(list, (struct ph_run){.data = text->data + start,
						      .len = from - start,
						      .at = at,
						      .x = (uint16_t)(origin + start_width),
						      .width = (uint16_t)(*width - start_width),
						      .style = text->style,
						      .repeat = 1,
						      .ascii = text->ascii});
			if (r < 0)
				return r;
		}
		if (from < to) {
			*width = next_tab(*width, cell);
			from++;
		}
	}
	return 0;
}

// How far a line of `width` moves to the right; centred lines begin at a whole cell of their font.
static uint32_t align_offset(enum ph_align align, uint32_t room, uint32_t width, unsigned cell)
{
	const uint32_t rest = room > width ? room - width : 0;

	switch (align) {
	case PH_ALIGN_LEFT:
		return 0;
	case PH_ALIGN_CENTER:
		return rest / 2 / cell * cell;
	case PH_ALIGN_RIGHT:
		return rest;
	}
	return 0;
}

// Adds the next line of a flow to the current item, `x` being the left edge of its place.
static int add_flow_line(
	struct ph_display_list *list, struct flow *flow, uint32_t x, enum ph_align align)
{
	struct place end, next;
	uint32_t width = 0;

	const unsigned cell = list->media.cell[ph_style_font(flow->runs->style)];
	settle(flow, &flow->run, &flow->offset);
	find_end(list, flow, &end, &next);
	const uint32_t origin = x + align_offset(align, flow->limit, end.width, cell);
	while (flow->run < flow->count && flow->run <= end.run) {
		const struct ph_text *text = &flow->runs[flow->run];
		const uint32_t stop = flow->run == end.run ? end.offset : text->len;
		if (flow->offset < stop) {
			const int r = add_pieces(list, text, flow->at + flow->run, flow->offset,
				stop, origin, &width);
			if (r < 0)
				return r;
		}
		if (flow->run == end.run)
			break;
		flow->run++;
		flow->offset = 0;
	}
	flow->run = next.run;
	flow->offset = next.offset;
	return 0;
}

static int add_single(struct ph_display_list *list, const struct ph_text *text, uint32_t at,
	uint32_t x, uint32_t width)
{
	return add_run(list, (struct ph_run){.data = text->data,
				     .len = text->len,
				     .at = at,
				     .x = (uint16_t)x,
				     .width = (uint16_t)width,
				     .style = text->style,
				     .repeat = 1,
				     .ascii = text->ascii});
}

static int layout_text(struct ph_display_list *list, const struct ph_text *runs, uint32_t count,
	enum ph_align align, uint32_t at)
{
	const unsigned cell = list->media.cell[ph_style_font(runs->style)];
	const uint32_t limit = list->media.width;
	int r;

	if (count == 1 && !runs->broken) {
		const uint32_t width = runs->cells * cell_of(list, runs->style);
		if (width <= limit) {
			r = add_line(list, at);
			if (r < 0 || !runs->len)
				return r;
			return add_single(
				list, runs, at, align_offset(align, limit, width, cell), width);
		}
	}
	struct flow flow = {.runs = runs, .count = count, .at = at, .limit = limit};
	do {
		r = add_line(list, at);
		if (r == 0)
			r = add_flow_line(list, &flow, 0, align);
		if (r < 0)
			return r;
		settle(&flow, &flow.run, &flow.offset);
	} while (!at_end(&flow));
	return 0;
}

// --- columns ----------------------------------------------------------------------------------

struct column {
	uint32_t x, width;
	enum ph_align align;
};

// Paints what the runs of the current line left free, for styles that show it.
static int fill_line(struct ph_display_list *list, uint32_t at, uint16_t style, uint32_t end)
{
	const struct ph_item item = list->items[list->item_count - 1];
	const uint32_t first = item.line.first, count = item.line.count;
	uint32_t x = 0;

	if (!fills(style))
		return 0;
	for (uint32_t i = 0; i < count; i++) {
		const struct ph_run run = list->runs[first + i];
		const int r = add_fill(list, at, style, x, run.x);
		if (r < 0)
			return r;
		const int again = add_run(list, run);
		if (again < 0)
			return again;
		x = run.x + run.width;
	}
	const int r = add_fill(list, at, style, x, end);
	if (r < 0)
		return r;
	struct ph_item *line = &list->items[list->item_count - 1];
	line->line.first += count; // the painted copies replace the runs before them
	line->line.count -= count;
	line->line.bytes -= item.line.bytes;
	return 0;
}

static int layout_row(struct ph_display_list *list, const struct column *columns, unsigned count,
	const struct ph_receipt_cell *cells, uint32_t at, bool wrap)
{
	struct flow flows[PH_RECEIPT_COLUMNS_MAX];
	bool more = true;

	for (unsigned i = 0; i < count; i++)
		flows[i] = (struct flow){.runs = cells[i].runs,
			.count = cells[i].count,
			.at = at + i,
			.limit = columns[i].width};
	while (more) {
		int r = add_line(list, at);
		more = false;
		for (unsigned i = 0; r == 0 && i < count; i++) {
			if (!at_end(&flows[i]))
				r = add_flow_line(list, &flows[i], columns[i].x, columns[i].align);
			settle(&flows[i], &flows[i].run, &flows[i].offset);
			more = more || (wrap && !at_end(&flows[i]));
		}
		if (r == 0)
			r = fill_line(list, at, cells->runs->style, list->media.width);
		if (r < 0)
			return r;
	}
	return 0;
}

// A pair that does not fit one line becomes two columns, the right one at most half of the paper.
static int layout_pair_columns(
	struct ph_display_list *list, const struct ph_text pair[2], uint32_t at)
{
	const uint32_t width = list->media.width, cell = cell_of(list, pair->style);
	const uint32_t half = width / cell / 2 * cell;
	uint32_t right = pair[1].cells * cell;

	if (pair[1].broken || right > half)
		right = half;
	const uint32_t left = width > right + cell ? width - right - cell : cell;
	const struct column columns[2] = {
		{.x = 0, .width = left, .align = PH_ALIGN_LEFT},
		{.x = width - right, .width = right, .align = PH_ALIGN_RIGHT},
	};
	const struct ph_receipt_cell cells[2] = {{.runs = &pair[0], .count = 1, .span = 1},
		{.runs = &pair[1], .count = 1, .span = 1}};
	return layout_row(list, columns, 2, cells, at, true);
}

static int layout_pair(
	struct ph_display_list *list, const struct ph_receipt_node *node, uint32_t at)
{
	const struct ph_text *pair = node->pair;
	const uint32_t width = list->media.width, cell = cell_of(list, node->style);
	const uint32_t left = pair[0].cells * cell, right = pair[1].cells * cell;

	// the bounds on each keep the sum from wrapping around
	if (pair[0].broken || pair[1].broken || left > width || right > width ||
		left + right + (left && right ? cell : 0) > width)
		return layout_pair_columns(list, pair, at);
	int r = add_line(list, at);
	if (r == 0 && left)
		r = add_single(list, &pair[0], at, 0, left);
	if (r == 0)
		r = add_fill(list, at, node->style, left, width - right);
	if (r == 0 && right)
		r = add_single(list, &pair[1], at + 1, width - right, right);
	return r;
}

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

static int layout_table(
	struct ph_display_list *list, const struct ph_receipt_node *node, uint32_t at)
{
	const uint32_t cell = cell_of(list, node->style), total = list->media.width / cell;
	const unsigned count = node->table.column_count;
	struct column columns[PH_RECEIPT_COLUMNS_MAX];
	uint32_t cells[PH_RECEIPT_COLUMNS_MAX], x = 0;

	if (total < count)
		return -ERANGE;
	share_columns(node, total, cells);
	for (unsigned i = 0; i < count; i++) {
		columns[i] = (struct column){.x = x * cell,
			.width = cells[i] * cell,
			.align = node->table.columns[i].align};
		x += cells[i];
	}
	for (unsigned row = 0; row < node->table.row_count; row++) {
		const int r = layout_row(list, columns, count, &node->table.cells[row * count],
			at + row * PH_RECEIPT_COLUMNS_MAX, node->table.wrap);
		if (r < 0)
			return r;
	}
	return 0;
}

// --- nodes ------------------------------------------------------------------------------------

static int layout_rule(struct ph_display_list *list, enum ph_rule rule, uint32_t at)
{
	static const char *const glyphs[] = {
		[PH_RULE_SINGLE] = "\xe2\x94\x80", // U+2500
		[PH_RULE_DOUBLE] = "\xe2\x95\x90", // U+2550
		[PH_RULE_DASHED] = "-",
		[PH_RULE_THICK] = "\xe2\x96\x80", // U+2580
	};
	const unsigned cell = list->media.cell[PH_FONT_A], count = list->media.width / cell;

	const int r = add_line(list, at);
	if (r < 0)
		return r;
	return add_run(list, (struct ph_run){.data = glyphs[rule],
				     .len = rule == PH_RULE_DASHED ? 1 : 3,
				     .at = at,
				     .width = (uint16_t)(count * cell),
				     .repeat = (uint16_t)count,
				     .ascii = rule == PH_RULE_DASHED,
				     .rule = true});
}

static int layout_other(struct ph_display_list *list, const struct ph_receipt_node *node,
	enum ph_item_kind kind, uint32_t at)
{
	struct ph_item *item;
	const int r = add_item(list, kind, at, &item);

	if (r == 0)
		item->node = node;
	return r;
}

static int layout_node(struct ph_display_list *list, const struct ph_receipt_node *node,
	bool no_effects, uint32_t at)
{
	switch (node->kind) {
	case PH_NODE_TEXT:
		return layout_text(list, node->text.runs, node->text.count, node->align, at);
	case PH_NODE_RULE:
		return layout_rule(list, node->rule, at);
	case PH_NODE_PAIR:
		return layout_pair(list, node, at);
	case PH_NODE_TABLE:
		return layout_table(list, node, at);
	case PH_NODE_BARCODE:
		return layout_other(list, node, PH_ITEM_BARCODE, at);
	case PH_NODE_QR:
		return layout_other(list, node, PH_ITEM_QR, at);
	case PH_NODE_FEED:
		return layout_other(list, node, PH_ITEM_FEED, at);
	case PH_NODE_CUT:
		return layout_other(list, node, PH_ITEM_CUT, at);
	case PH_NODE_DRAWER:
		return no_effects ? 0 : layout_other(list, node, PH_ITEM_DRAWER, at);
	case PH_NODE_BEEP:
		return no_effects ? 0 : layout_other(list, node, PH_ITEM_BEEP, at);
	case PH_NODE_RAW:
		return no_effects ? 0 : layout_other(list, node, PH_ITEM_RAW, at);
	case PH_NODE_BOX:
	case PH_NODE_IMAGE:
	case PH_NODE_CODE2D:
	case PH_NODE_PAGE:
	case PH_NODE_AREA:
		return -EOPNOTSUPP;
	}
	return 0;
}

static int layout_mark(struct ph_display_list *list, const char *mark)
{
	const size_t len = strlen(mark);
	struct ph_text *text = &list->mark_text;

	if (len >= sizeof list->mark || !ph_utf8_valid(mark, len))
		return -EINVAL;
	*text = (struct ph_text){
		.data = list->mark, .len = (uint32_t)len, .style = PH_STYLE_BOLD, .ascii = true};
	for (size_t i = 0; i < len; i++) {
		const unsigned char c = (unsigned char)mark[i];
		list->mark[i] = (char)(c < 0x20 || c == 0x7f ? ' ' : c);
		text->ascii = text->ascii && c < 0x80;
	}
	for (size_t i = 0; i < len;) {
		uint32_t cp = 0;
		i += (size_t)ph_utf8_decode(list->mark + i, len - i, &cp);
		text->cells += ph_char_cells(cp);
	}
	return layout_text(list, text, 1, PH_ALIGN_CENTER, PH_AT_NONE);
}

static int fail(
	int err, const struct ph_receipt *receipt, uint32_t at, struct ph_receipt_error *ret_error)
{
	if (!ret_error)
		return err;
	ph_receipt_path(receipt, at, ret_error->path, sizeof ret_error->path);
	snprintf(ret_error->message, sizeof ret_error->message, "%s",
		err == -E2BIG	 ? "more lines than a document may have on this paper"
		: err == -ERANGE ? "more columns than this paper has cells"
		: err == -EINVAL ? "the paper is too narrow or the mark is not text"
				 : "out of memory");
	return err;
}

int ph_layout(const struct ph_receipt *receipt, const struct ph_media *media,
	const struct ph_layout_options *options, struct ph_display_list *list,
	struct ph_receipt_error *ret_error)
{
	static const struct ph_layout_options none = {0};
	const uint32_t count = receipt ? receipt->node_count : 0;
	int r = 0;

	options = options ? options : &none;
	list->media = *media;
	list->receipt = receipt;
	list->item_count = 0;
	list->run_count = 0;
	if (!media->cell[0] || !media->cell[1] || media->width / media->cell[0] < MEDIA_CELLS_MIN)
		return fail(-EINVAL, NULL, PH_AT_NONE, ret_error);
	if (options->mark)
		r = layout_mark(list, options->mark);
	if (r < 0)
		return fail(r, NULL, PH_AT_NONE, ret_error);
	for (uint32_t i = 0; i < count; i++) {
		r = layout_node(list, &receipt->nodes[i], options->no_effects, PH_AT(i, 0));
		if (r < 0)
			return fail(r, receipt, PH_AT(i, 0), ret_error);
	}
	return 0;
}

void ph_display_list_done(struct ph_display_list *list)
{
	free(list->items);
	free(list->runs);
	*list = (struct ph_display_list){0};
}
