// Private to the layout: its state and what its files share.
#ifndef PH_PROTOCOLS_RECEIPT_LAYOUTER_H
#define PH_PROTOCOLS_RECEIPT_LAYOUTER_H

#include "protocols/receipt/layout.h"

// The side borders of a box, drawn in each line inside of it.
struct ph_edge {
	uint32_t left, right; // units
	uint32_t at;
	uint16_t style;
	enum ph_border border;
};

// The borders around the columns of a receiptline document.
enum ph_columns_state {
	PH_COLUMNS_WAITING, // none
	PH_COLUMNS_READY,   // the next line of text begins them
	PH_COLUMNS_RUNNING,
	PH_COLUMNS_RULE // the next line of text is preceded by a rule
};

// Where the borders of a line stand: cells from the left of the paper, ascending.
struct ph_columns_borders {
	uint16_t at[PH_RECEIPT_MARKUP_COLUMNS_MAX + 1];
	unsigned count;
};

struct ph_layouter {
	struct ph_display_list *list;
	uint32_t x, width;			    // of the place where content goes, in units
	uint32_t at;				    // what is being laid out: where an error is
	const char *why;			    // of an error, when its number does not say it
	struct ph_edge edges[PH_RECEIPT_DEPTH_MAX]; // from the outer to the inner
	unsigned edge_count;
	bool tight;	  // of lines that begin
	bool upside_down; // of lines that begin
	bool no_effects;
	enum ph_columns_state columns;
	struct ph_columns_borders borders; // of the last line
};

int ph_layouter_item(
	struct ph_layouter *l, enum ph_item_kind kind, uint32_t at, struct ph_item **ret);

// A line, open for runs until it is ended. The borders of boxes around are added at both ends, as high
// as the line.
int ph_layouter_begin_line(struct ph_layouter *l, uint32_t at);
int ph_layouter_add_run(struct ph_layouter *l, struct ph_run run);
int ph_layouter_end_line(struct ph_layouter *l);

// Line-drawing characters, `count` of them from `x`.
int ph_layouter_add_glyph(struct ph_layouter *l, const char *glyph, uint32_t x, uint32_t count,
	uint16_t style, uint32_t at);
enum { PH_UP = 1, PH_DOWN = 2, PH_LEFT = 4, PH_RIGHT = 8 };
const char *ph_layouter_glyph(enum ph_border border, unsigned arms); // PH_UP ...

// Width of one cell of a style: what a narrow character takes.
static inline unsigned ph_cell_units(const struct ph_display_list *list, uint16_t style)
{
	const enum ph_font font = ph_style_font(style);
	const unsigned cell = list->media.cell[font], height = list->media.height[font];

	if (style & PH_STYLE_ROTATE)
		return (height ? height : 2 * cell) * ph_style_height(style);
	return cell * ph_style_width(style);
}

// Height of a line of a style.
static inline unsigned ph_cell_height(const struct ph_display_list *list, uint16_t style)
{
	const enum ph_font font = ph_style_font(style);
	const unsigned cell = list->media.cell[font], height = list->media.height[font];

	if (style & PH_STYLE_ROTATE)
		return cell * ph_style_width(style);
	return (height ? height : 2 * cell) * ph_style_height(style);
}

// How far a line of `width` moves to the right; centred lines begin at a whole cell of their font.
uint32_t ph_align_offset(enum ph_align align, uint32_t room, uint32_t width, unsigned cell);

// --- text that is broken into lines -----------------------------------------------------------

struct ph_flow {
	const struct ph_text *runs;
	uint32_t count;
	uint32_t run, offset; // next byte
	uint32_t at;	      // of runs[0]
	uint32_t limit;	      // units a line may take
	uint16_t group;	      // of its runs
	enum ph_align align;  // of the line being added
	bool numbered;	      // `at` of each run is one more than that of the run before
};

static inline bool ph_flow_ended(const struct ph_flow *flow)
{
	return flow->run >= flow->count;
}

// The style of a text in a place of `limit` units: smaller where not even one character would fit.
uint16_t ph_style_within(
	const struct ph_display_list *list, const struct ph_text *text, uint32_t limit);

// Adds the next line of a flow to the current line, `x` being the left edge of its place. -ERANGE when
// a character does not fit.
int ph_flow_add_line(struct ph_layouter *l, struct ph_flow *flow, uint32_t x, enum ph_align align);

// Text over as many lines as it takes.
int ph_layout_text(struct ph_layouter *l, const struct ph_text *runs, uint32_t count,
	enum ph_align align, uint32_t at);

// --- nodes ------------------------------------------------------------------------------------

int ph_layout_pair(struct ph_layouter *l, const struct ph_receipt_node *node, uint32_t at);
int ph_layout_table(struct ph_layouter *l, const struct ph_receipt_node *node, uint32_t at);
int ph_layout_box(struct ph_layouter *l, const struct ph_receipt_node *node, uint32_t at);
int ph_layout_page(struct ph_layouter *l, const struct ph_receipt_node *node, uint32_t at);

int ph_layout_columns(struct ph_layouter *l, const struct ph_receipt_node *node, uint32_t at);
int ph_layout_column_rule(struct ph_layouter *l, const struct ph_receipt_node *node, uint32_t at);
int ph_layout_column_border(struct ph_layouter *l, const struct ph_receipt_node *node, uint32_t at);
// Ends the borders, if there are any, and goes into state `next` instead of them.
int ph_layouter_end_columns(struct ph_layouter *l, enum ph_columns_state next);

// The nodes from index `first` to before `end`.
int ph_layout_nodes(struct ph_layouter *l, uint32_t first, uint32_t end);

#endif
