// Places a receipt on paper of a given width as lines of runs; how a line is printed is the encoders'.
#include "protocols/receipt/layout.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/utf8.h"
#include "protocols/receipt/layouter.h"
#include "protocols/receipt/width.h"

#define TEXT_OF(value)	TEXT_OF_(value)
#define TEXT_OF_(value) #value

#define MEDIA_CELLS_MIN 8

struct ph_media ph_media_of_columns(unsigned columns)
{
	return (struct ph_media){
		.width = (uint16_t)(columns * 12), .cell = {12, 9, 8}, .height = {24, 17, 16}};
}

// --- the list grows ---------------------------------------------------------------------------

#define ROOM 128 // items or runs, at first

int ph_layouter_item(
	struct ph_layouter *l, enum ph_item_kind kind, uint32_t at, struct ph_item **ret)
{
	struct ph_display_list *list = l->list;

	if (list->item_count >= list->item_capacity) {
		if (list->item_count >= PH_LAYOUT_LINES_MAX)
			return -E2BIG;
		const int r = ph_grow((void **)&list->items, &list->item_capacity,
			list->item_count + 1, sizeof *list->items, ROOM);
		if (r < 0)
			return r;
	}
	*ret = &list->items[list->item_count++];
	(*ret)->kind = kind;
	(*ret)->at = at;
	return 0;
}

int ph_layouter_add_run(struct ph_layouter *l, struct ph_run run)
{
	struct ph_display_list *list = l->list;
	struct ph_item *item = &list->items[list->item_count - 1];

	if (list->run_count >= list->run_capacity) {
		const int r = ph_grow((void **)&list->runs, &list->run_capacity,
			list->run_count + 1, sizeof *list->runs, ROOM);
		if (r < 0)
			return r;
	}
	list->runs[list->run_count++] = run;
	item->line.count++;
	item->line.bytes += run.len * run.repeat;
	return 0;
}

// --- lines and borders ------------------------------------------------------------------------

const char *ph_layouter_glyph(enum ph_border border, unsigned arms)
{
	// U+2500 and U+2550 blocks, by PH_UP | PH_DOWN | PH_LEFT | PH_RIGHT
	static const char *const single[16] = {[3] = "\xe2\x94\x82", // vertical
		[0] = " ",
		[1] = "\xe2\x94\x82",
		[2] = "\xe2\x94\x82",
		[4] = "\xe2\x94\x80",
		[8] = "\xe2\x94\x80",
		[5] = "\xe2\x94\x98",
		[6] = "\xe2\x94\x90",
		[7] = "\xe2\x94\xa4",
		[9] = "\xe2\x94\x94",
		[10] = "\xe2\x94\x8c",
		[11] = "\xe2\x94\x9c",
		[12] = "\xe2\x94\x80", // horizontal
		[13] = "\xe2\x94\xb4",
		[14] = "\xe2\x94\xac",
		[15] = "\xe2\x94\xbc"};
	static const char *const twice[16] = {[3] = "\xe2\x95\x91",
		[5] = "\xe2\x95\x9d",
		[6] = "\xe2\x95\x97",
		[7] = "\xe2\x95\xa3",
		[9] = "\xe2\x95\x9a",
		[10] = "\xe2\x95\x94",
		[11] = "\xe2\x95\xa0",
		[12] = "\xe2\x95\x90",
		[13] = "\xe2\x95\xa9",
		[14] = "\xe2\x95\xa6",
		[15] = "\xe2\x95\xac"};

	return border == PH_BORDER_DOUBLE ? twice[arms] : single[arms];
}

int ph_layouter_add_glyph(struct ph_layouter *l, const char *glyph, uint32_t x, uint32_t count,
	uint16_t style, uint32_t at)
{
	if (!count)
		return 0;
	return ph_layouter_add_run(
		l, (struct ph_run){.data = glyph,
			   .len = (uint32_t)strlen(glyph),
			   .at = at,
			   .x = (uint16_t)x,
			   .width = (uint16_t)(count * ph_cell_units(l->list, style)),
			   .style = style,
			   .repeat = (uint16_t)count,
			   .ascii = (unsigned char)glyph[0] < 0x80,
			   .rule = true});
}

int ph_layouter_begin_line(struct ph_layouter *l, uint32_t at)
{
	struct ph_item *item;
	int r = ph_layouter_item(l, PH_ITEM_LINE, at, &item);

	if (r < 0)
		return r;
	item->line.first = l->list->run_count;
	item->line.count = 0;
	item->line.bytes = 0;
	item->line.tight = l->tight;
	item->line.upside_down = l->upside_down;
	for (unsigned i = 0; i < l->edge_count && r == 0; i++) {
		const struct ph_edge *edge = &l->edges[i];
		r = ph_layouter_add_glyph(l, ph_layouter_glyph(edge->border, PH_UP | PH_DOWN),
			edge->left, 1, edge->style, edge->at);
	}
	return r;
}

// Makes the line-drawing characters of the last line as high as what stands beside them.
static void stretch_borders(struct ph_layouter *l)
{
	const struct ph_item *item = &l->list->items[l->list->item_count - 1];
	struct ph_run *runs = l->list->runs + item->line.first;
	unsigned height = 0;

	for (uint32_t i = 0; i < item->line.count; i++) {
		const unsigned own = ph_cell_height(l->list, runs[i].style);
		height = own > height ? own : height;
	}
	for (uint32_t i = 0; i < item->line.count; i++) {
		const unsigned own = ph_cell_height(l->list, runs[i].style);
		const unsigned times = own ? (height + own - 1) / own : 1;
		if (runs[i].rule)
			runs[i].style |=
				(uint16_t)(((times > 8 ? 8 : times) - 1) << PH_STYLE_HEIGHT_SHIFT);
	}
}

int ph_layouter_end_line(struct ph_layouter *l)
{
	if (!l->tight)
		return 0;
	for (unsigned i = l->edge_count; i > 0; i--) {
		const struct ph_edge *edge = &l->edges[i - 1];
		const int r =
			ph_layouter_add_glyph(l, ph_layouter_glyph(edge->border, PH_UP | PH_DOWN),
				edge->right, 1, edge->style, edge->at);
		if (r < 0)
			return r;
	}
	stretch_borders(l);
	return 0;
}

// --- nodes ------------------------------------------------------------------------------------

static int layout_rule(struct ph_layouter *l, const struct ph_receipt_node *node, uint32_t at)
{
	static const char *const glyphs[] = {
		[PH_RULE_SINGLE] = "\xe2\x94\x80", // U+2500
		[PH_RULE_DOUBLE] = "\xe2\x95\x90", // U+2550
		[PH_RULE_DASHED] = "-",
		[PH_RULE_THICK] = "\xe2\x96\x80", // U+2580
	};
	const unsigned cell = l->list->media.cell[PH_FONT_A];

	int r = ph_layouter_begin_line(l, at);
	if (r == 0)
		r = ph_layouter_add_glyph(
			l, glyphs[node->rule], l->x, l->width / cell, node->style, at);
	return r < 0 ? r : ph_layouter_end_line(l);
}

static int layout_other(struct ph_layouter *l, const struct ph_receipt_node *node,
	enum ph_item_kind kind, uint32_t at)
{
	struct ph_item *item;
	const int r = ph_layouter_item(l, kind, at, &item);

	if (r == 0)
		item->node = node;
	return r;
}

static int layout_symbol(struct ph_layouter *l, const struct ph_receipt_node *node,
	enum ph_item_kind kind, uint32_t at)
{
	struct ph_item *item;
	const int r = ph_layouter_item(l, kind, at, &item);

	if (r < 0)
		return r;
	item->symbol.node = node;
	item->symbol.x = (uint16_t)l->x;
	item->symbol.width = (uint16_t)l->width;
	return 0;
}

// Between the borders of a box a feed is so many empty lines.
static int layout_feed(struct ph_layouter *l, const struct ph_receipt_node *node, uint32_t at)
{
	int r = 0;

	if (!l->edge_count)
		return layout_other(l, node, PH_ITEM_FEED, at);
	for (unsigned i = 0; i < node->feed_lines && r == 0; i++) {
		r = ph_layouter_begin_line(l, at);
		if (r == 0)
			r = ph_layouter_end_line(l);
	}
	return r;
}

// A cut ends the borders of a receiptline document; the next line begins them anew.
static int layout_cut(struct ph_layouter *l, const struct ph_receipt_node *node, uint32_t at)
{
	const int r = ph_layouter_end_columns(l, PH_COLUMNS_READY);

	return r < 0 ? r : layout_other(l, node, PH_ITEM_CUT, at);
}

static int layout_image(struct ph_layouter *l, const struct ph_receipt_node *node, uint32_t at)
{
	const struct ph_receipt_image *image = node->image;
	const unsigned cell = l->list->media.cell[PH_FONT_A];
	uint32_t width = image->pixel_width;
	struct ph_item *item;

	if (image->width_kind == PH_WIDTH_CELLS)
		width = image->width * cell;
	else if (image->width_kind == PH_WIDTH_PERCENT)
		width = l->width * image->width / 100;
	width = width > l->width ? l->width : width ? width : 1;
	if ((uint64_t)image->pixel_height * width >
		(uint64_t)PH_LAYOUT_IMAGE_HEIGHT_MAX * image->pixel_width) {
		l->why = "the image is too high: more than " TEXT_OF(
			PH_LAYOUT_IMAGE_HEIGHT_MAX) " dots at this width";
		return -E2BIG;
	}
	const int r = ph_layouter_item(l, PH_ITEM_IMAGE, at, &item);
	if (r < 0)
		return r;
	item->image.node = node;
	item->image.width = (uint16_t)width;
	item->image.place_x = (uint16_t)l->x;
	item->image.place_width = (uint16_t)l->width;
	item->image.x = (uint16_t)(l->x + ph_align_offset(node->align, l->width, width, 1));
	return 0;
}

// Turned by 180 degrees the last line of a node comes first. Whether the next line touches stays with
// the place.
static void reverse_lines(struct ph_display_list *list, uint32_t first)
{
	for (uint32_t last = list->item_count; first + 1 < last; first++) {
		const struct ph_item item = list->items[first];
		list->items[first] = list->items[--last];
		list->items[last] = item;
		list->items[last].line.tight = list->items[first].line.tight;
		list->items[first].line.tight = item.line.tight;
	}
}

static int layout_node(struct ph_layouter *l, const struct ph_receipt_node *node, uint32_t at)
{
	switch (node->kind) {
	case PH_NODE_TEXT:
		return ph_layout_text(l, node->text.runs, node->text.count, node->align, at);
	case PH_NODE_RULE:
		return layout_rule(l, node, at);
	case PH_NODE_PAIR:
		return ph_layout_pair(l, node, at);
	case PH_NODE_TABLE:
		return ph_layout_table(l, node, at);
	case PH_NODE_BARCODE:
		return layout_symbol(l, node, PH_ITEM_BARCODE, at);
	case PH_NODE_QR:
		return layout_symbol(l, node, PH_ITEM_QR, at);
	case PH_NODE_CODE2D:
		return layout_symbol(l, node, PH_ITEM_CODE2D, at);
	case PH_NODE_IMAGE:
		return layout_image(l, node, at);
	case PH_NODE_FEED:
		return layout_feed(l, node, at);
	case PH_NODE_CUT:
		return layout_cut(l, node, at);
	case PH_NODE_DRAWER:
		return l->no_effects ? 0 : layout_other(l, node, PH_ITEM_DRAWER, at);
	case PH_NODE_BEEP:
		return l->no_effects ? 0 : layout_other(l, node, PH_ITEM_BEEP, at);
	case PH_NODE_RAW:
		return l->no_effects ? 0 : layout_other(l, node, PH_ITEM_RAW, at);
	case PH_NODE_BOX:
		return ph_layout_box(l, node, at);
	case PH_NODE_PAGE:
	case PH_NODE_AREA: // stands in a page only
		return ph_layout_page(l, node, at);
	case PH_NODE_COLUMNS:
		return ph_layout_columns(l, node, at);
	case PH_NODE_COLUMN_RULE:
		return ph_layout_column_rule(l, node, at);
	case PH_NODE_COLUMN_BORDER:
		return ph_layout_column_border(l, node, at);
	}
	return 0;
}

int ph_layout_nodes(struct ph_layouter *l, uint32_t first, uint32_t end)
{
	const struct ph_receipt_node *nodes = l->list->receipt->nodes;

	for (uint32_t i = first; i < end; i = nodes[i].end) {
		const uint32_t start = l->list->item_count;
		l->at = PH_AT(i, 0);
		l->upside_down = nodes[i].upside_down;
		const int r = layout_node(l, &nodes[i], l->at);
		if (r < 0)
			return r;
		if (l->upside_down)
			reverse_lines(l->list, start);
		l->upside_down = false;
	}
	return 0;
}

static int layout_mark(struct ph_layouter *l, const char *mark)
{
	struct ph_display_list *list = l->list;
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
	text->cells = ph_text_measure(list->mark, len, &text->wide);
	for (size_t i = 0; i < len && !text->rtl;) {
		uint32_t cp = 0;
		i += (size_t)ph_utf8_decode(list->mark + i, len - i, &cp);
		text->rtl = ph_char_rtl(cp);
	}
	return ph_layout_text(l, text, 1, PH_ALIGN_CENTER, PH_AT_NONE);
}

static int fail(const struct ph_layouter *l, int err, struct ph_receipt_error *ret_error)
{
	if (!ret_error)
		return err;
	ph_receipt_path(l->list->receipt, l->at, ret_error->path, sizeof ret_error->path);
	snprintf(ret_error->message, sizeof ret_error->message, "%s",
		l->why		 ? l->why
		: err == -E2BIG	 ? "more than " TEXT_OF(PH_LAYOUT_LINES_MAX) " lines on this paper"
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
	int r = 0;

	options = options ? options : &none;
	struct ph_layouter l = {.list = list,
		.width = media->width,
		.at = PH_AT_NONE,
		.no_effects = options->no_effects};
	list->media = *media;
	if (!media->cell[PH_FONT_C])
		list->media.cell[PH_FONT_C] = media->cell[PH_FONT_B];
	list->receipt = receipt;
	list->item_count = 0;
	list->run_count = 0;
	if (!media->cell[0] || !media->cell[1] || media->width / media->cell[0] < MEDIA_CELLS_MIN)
		return fail(&l, -EINVAL, ret_error);
	if (!list->runs) // consumers may compute addresses in it even where there is no text
		r = ph_grow((void **)&list->runs, &list->run_capacity, 1, sizeof *list->runs, ROOM);
	if (r == 0 && options->mark)
		r = layout_mark(&l, options->mark);
	if (r == 0 && receipt)
		r = ph_layout_nodes(&l, 0, receipt->node_count);
	if (r == 0)
		r = ph_layouter_end_columns(&l, PH_COLUMNS_WAITING);
	return r < 0 ? fail(&l, r, ret_error) : 0;
}

void ph_display_list_done(struct ph_display_list *list)
{
	free(list->items);
	free(list->runs);
	*list = (struct ph_display_list){0};
}

uint32_t ph_display_list_page_end(const struct ph_display_list *list, uint32_t page)
{
	uint32_t i = page + 1;

	while (i < list->item_count && list->items[i].kind != PH_ITEM_PAGE_END)
		i++;
	return i;
}
