// Places what holds other nodes: boxes with their borders, and pages with their areas.
#include <errno.h>

#include "protocols/receipt/layouter.h"

// The content of a box must have this much room: one wide character.
#define BOX_INNER_MIN 2

// --- boxes ------------------------------------------------------------------------------------

// Top or bottom of a box.
static int add_border_line(struct ph_layouter *l, const struct ph_edge *edge, unsigned arm)
{
	const uint32_t cell = l->list->media.cell[PH_FONT_A];
	int r = ph_layouter_begin_line(l, edge->at);

	if (r == 0)
		r = ph_layouter_add_glyph(l, ph_layouter_glyph(edge->border, arm | PH_RIGHT),
			edge->left, 1, edge->style, edge->at);
	if (r == 0)
		r = ph_layouter_add_glyph(l, ph_layouter_glyph(edge->border, PH_LEFT | PH_RIGHT),
			edge->left + cell, (edge->right - edge->left) / cell - 1, edge->style,
			edge->at);
	if (r == 0)
		r = ph_layouter_add_glyph(l, ph_layouter_glyph(edge->border, arm | PH_LEFT),
			edge->right, 1, edge->style, edge->at);
	return r < 0 ? r : ph_layouter_end_line(l);
}

static int layout_bordered(
	struct ph_layouter *l, const struct ph_edge *edge, uint32_t first, uint32_t end)
{
	const bool tight = l->tight;

	l->tight = true;
	int r = add_border_line(l, edge, PH_DOWN);
	l->edges[l->edge_count++] = *edge;
	if (r == 0)
		r = ph_layout_nodes(l, first, end);
	l->edge_count--;
	if (r == 0)
		r = add_border_line(l, edge, PH_UP);
	l->tight = tight;
	if (r == 0)
		l->list->items[l->list->item_count - 1].line.tight = tight;
	return r;
}

int ph_layout_box(struct ph_layouter *l, const struct ph_receipt_node *node, uint32_t at)
{
	const uint32_t cell = l->list->media.cell[PH_FONT_A], x = l->x, width = l->width;
	const unsigned side = node->box.padding + (node->box.border == PH_BORDER_NONE ? 0u : 1u);
	const uint32_t room = width / cell;
	uint32_t cells = room;

	if (node->box.width_kind == PH_WIDTH_CELLS)
		cells = node->box.width < room ? node->box.width : room;
	else if (node->box.width_kind == PH_WIDTH_PERCENT)
		cells = room * node->box.width / 100;
	if (cells < 2 * side + BOX_INNER_MIN) {
		l->why = "there is no room for the content between the borders of this box";
		return -ERANGE;
	}
	const uint32_t left = x + ph_align_offset(node->align, width, cells * cell, cell);
	const struct ph_edge edge = {.left = left,
		.right = left + (cells - 1) * cell,
		.at = at,
		.style = node->style,
		.border = node->box.border};
	const uint32_t first = PH_AT_NODE(at) + 1;
	l->x = left + side * cell;
	l->width = (cells - 2 * side) * cell;
	const int r = edge.border == PH_BORDER_NONE ? ph_layout_nodes(l, first, node->end)
						    : layout_bordered(l, &edge, first, node->end);
	l->x = x;
	l->width = width;
	return r;
}

// --- pages ------------------------------------------------------------------------------------

static bool runs_along_height(enum ph_direction direction)
{
	return direction == PH_DIRECTION_UP || direction == PH_DIRECTION_DOWN;
}

// Units that an item takes downwards; 0 for symbols, whose height only who draws them knows.
static uint32_t item_height(const struct ph_layouter *l, const struct ph_item *item)
{
	const struct ph_run *runs = l->list->runs;
	uint32_t height = 0;

	if (item->kind == PH_ITEM_FEED)
		return (uint32_t)item->node->feed_lines * PH_LAYOUT_LINE_UNITS;
	if (item->kind == PH_ITEM_IMAGE) {
		const struct ph_receipt_image *image = item->image.node->image;
		return (uint32_t)((uint64_t)image->pixel_height * item->image.width /
				  image->pixel_width);
	}
	if (item->kind == PH_ITEM_BARCODE)
		return (uint32_t)item->node->barcode->height +
		       (item->node->barcode->hri == PH_HRI_NONE ? 0u : PH_LAYOUT_LINE_UNITS);
	if (item->kind != PH_ITEM_LINE)
		return 0;
	for (uint32_t i = 0; i < item->line.count; i++) {
		const uint32_t own = ph_cell_height(l->list, runs[item->line.first + i].style);
		height = own > height ? own : height;
	}
	if (item->line.tight)
		return height;
	return height > PH_LAYOUT_LINE_UNITS ? height : PH_LAYOUT_LINE_UNITS;
}

// Lines that the items from index `first` on take together.
static uint32_t lines_of(const struct ph_layouter *l, uint32_t first)
{
	uint32_t height = 0;

	for (uint32_t i = first; i < l->list->item_count; i++)
		height += item_height(l, &l->list->items[i]);
	return (height + PH_LAYOUT_LINE_UNITS - 1) / PH_LAYOUT_LINE_UNITS;
}

static int fail(struct ph_layouter *l, uint32_t at, const char *why)
{
	l->at = at;
	l->why = why;
	return -ERANGE;
}

// Room that the content of an area has across its lines, in lines; 0 for as much as it needs.
static uint32_t room_across(const struct ph_layouter *l, const struct ph_item *item)
{
	const struct ph_receipt_node *node = item->area.node;

	return runs_along_height(node->area.direction)
		       ? (uint32_t)item->area.width / PH_LAYOUT_LINE_UNITS
		       : node->area.height;
}

static int layout_area(struct ph_layouter *l, const struct ph_receipt_node *node, uint32_t at)
{
	const uint32_t cell = l->list->media.cell[PH_FONT_A], paper = l->list->media.width / cell;
	const bool along_height = runs_along_height(node->area.direction);
	struct ph_item *item;

	if (node->area.x >= paper)
		return fail(l, at, "the area begins beyond the paper");
	const uint32_t left = paper - node->area.x;
	const uint32_t cells =
		node->area.width && node->area.width < left ? node->area.width : left;
	int r = ph_layouter_item(l, PH_ITEM_AREA, at, &item);
	if (r < 0)
		return r;
	item->area.node = node;
	item->area.x = (uint16_t)(node->area.x * cell);
	item->area.width = (uint16_t)(cells * cell);
	item->area.y = node->area.y;
	item->area.height = node->area.height;
	const uint32_t self = l->list->item_count - 1;
	l->width = (along_height ? node->area.height * PH_LAYOUT_LINE_UNITS : cells * cell) / cell *
		   cell;
	if (l->width < BOX_INNER_MIN * cell)
		return fail(l, at, "the area has no room for text");
	r = ph_layout_nodes(l, PH_AT_NODE(at) + 1, node->end);
	if (r < 0)
		return r;
	item = &l->list->items[self];
	const uint32_t lines = lines_of(l, self + 1), room = room_across(l, item);
	if (room && lines > room)
		return fail(l, at, "the content is higher than its area");
	if (!node->area.height)
		item->area.height = (uint16_t)(lines ? lines : 1);
	return 0;
}

int ph_layout_page(struct ph_layouter *l, const struct ph_receipt_node *node, uint32_t at)
{
	const uint32_t width = l->width, self = l->list->item_count;
	const struct ph_receipt_node *nodes = l->list->receipt->nodes;
	struct ph_item *item;
	uint32_t height = node->page.height;

	int r = ph_layouter_item(l, PH_ITEM_PAGE, at, &item);
	if (r < 0)
		return r;
	for (uint32_t i = PH_AT_NODE(at) + 1; i < node->end; i = nodes[i].end) {
		const uint32_t area = l->list->item_count;
		r = layout_area(l, &nodes[i], PH_AT(i, 0));
		if (r < 0)
			return r;
		const struct ph_item *done = &l->list->items[area];
		const uint32_t bottom = done->area.y + (uint32_t)done->area.height;
		if (node->page.height && bottom > node->page.height)
			return fail(l, PH_AT(i, 0), "the area ends below its page");
		height = bottom > height ? bottom : height;
	}
	l->width = width;
	if (height > PH_RECEIPT_PAGE_MAX)
		return fail(l, at, "the page is higher than a page can be");
	item = &l->list->items[self];
	item->area.node = node;
	item->area.x = 0;
	item->area.y = 0;
	item->area.width = (uint16_t)width;
	item->area.height = (uint16_t)height;
	r = ph_layouter_item(l, PH_ITEM_PAGE_END, at, &item);
	if (r == 0)
		item->node = NULL;
	return r;
}
