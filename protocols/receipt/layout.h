// Layout: a receipt and a paper width into a display list that every back end and preview shares.
//
// The list is lines of styled runs at positions, and the items between them. It depends on the
// document, the media and the options only: the same three always give the same list.
#ifndef PH_PROTOCOLS_LAYOUT_H
#define PH_PROTOCOLS_LAYOUT_H

#include "protocols/receipt/receipt.h"

#define PH_LAYOUT_LINES_MAX 16384 // items of one list; more is -E2BIG
#define PH_LAYOUT_MARK_MAX  256	  // bytes of the mark that are printed

// Paper in grid units. A cell of a font is `cell[font]` units wide; for ESC/POS a unit is a dot.
struct ph_media {
	uint16_t width;		       // printable, a whole number of font A cells
	uint8_t cell[PH_FONT_COUNT];   // by enum ph_font
	uint8_t height[PH_FONT_COUNT]; // of a cell, in units; 0 is twice its width
};

#define PH_LAYOUT_LINE_UNITS	   30 // a line of areas and pages, and of line feeds at normal spacing
#define PH_LAYOUT_IMAGE_HEIGHT_MAX 8192 // units an image may be high at its width; more is -E2BIG

// The usual fonts, 12x24, 9x17 and 8x16 units, on a paper of `columns` font A cells (48: also 64 of
// font B).
struct ph_media ph_media_of_columns(unsigned columns);

struct ph_layout_options {
	const char *mark; // printed first, centred and bold: "*** REPRINT ***"; NULL for none
	bool no_effects;  // leave out drawer, beep and raw
};

// A piece of one line. `data` points into the receipt or into static memory.
struct ph_run {
	const char *data; // printable UTF-8, not terminated
	uint32_t len;
	uint32_t at;
	uint16_t x;	// left edge in units
	uint16_t width; // in units, repetition and size included
	uint16_t style;
	uint16_t repeat; // how often data is printed side by side, at least 1
	bool ascii;
	bool rule;   // may be printed with an ASCII look-alike without being a loss
	bool shrunk; // smaller than the document says, because its place is narrower than a character
	bool rtl; // holds right-to-left characters: order and joining span the runs of its `group`
	// Runs of one line and one text, side or table cell have the same number, which is not 0.
	// Borders, rules and the styled space between texts have 0.
	uint16_t group;
	// enum ph_align of its text: where letters stand that take less room when they are joined
	uint8_t align;
};

enum ph_item_kind {
	PH_ITEM_LINE,
	PH_ITEM_BARCODE,
	PH_ITEM_QR,
	PH_ITEM_FEED,
	PH_ITEM_CUT,
	PH_ITEM_DRAWER,
	PH_ITEM_BEEP,
	PH_ITEM_RAW,
	PH_ITEM_CODE2D,
	PH_ITEM_IMAGE,
	PH_ITEM_PAGE, // page mode begins; areas follow
	PH_ITEM_AREA, // all up to the next area or the end of the page stands in it
	PH_ITEM_PAGE_END
};

struct ph_item {
	enum ph_item_kind kind;
	uint32_t at;
	union {
		struct {
			uint32_t first,
				count;	// in runs[], from left to right; count 0 is an empty line
			uint32_t bytes; // of text, repetition included
			bool tight;	// no space to the next line: borders touch
			bool upside_down;
		} line;
		struct {
			const struct ph_receipt_node *node;
			uint16_t width;		       // units it shall take
			uint16_t x;		       // its left edge in units, by `align`
			uint16_t place_x, place_width; // what it is aligned in
		} image;
		// PAGE (x and y are 0) and AREA. The runs in an area count x from its own edge,
		// along the direction of its text: with PH_DIRECTION_UP and _DOWN a line has room
		// for `height` lines of PH_LAYOUT_LINE_UNITS.
		struct {
			const struct ph_receipt_node *node;
			uint16_t x, width;  // units
			uint16_t y, height; // lines; with PAGE the height of all
		} area;
		// BARCODE, QR and CODE2D: the place to align it in, which may be narrower than the
		// paper.
		struct {
			const struct ph_receipt_node *node;
			uint16_t x, width; // units
		} symbol;
		const struct ph_receipt_node *node; // all other kinds; NULL for PAGE_END
	};
};

// Zero-initialise before the first use; a list may be laid out again and keeps its memory.
struct ph_display_list {
	struct ph_media media;
	const struct ph_receipt *receipt; // borrowed; must outlive the list; NULL for a mark alone
	struct ph_item *items;
	uint32_t item_count;
	struct ph_run *runs;
	uint32_t run_count;
	uint32_t item_capacity, run_capacity; // private
	char mark[PH_LAYOUT_MARK_MAX];	      // private
	struct ph_text mark_text;	      // private
};

// Fills `list`. `receipt` NULL lays out the mark alone; `options` may be NULL.
// -EINVAL media too narrow (less than 8 cells) or mark not UTF-8; -ERANGE something is wider than
// its place; -E2BIG more than PH_LAYOUT_LINES_MAX, or an image too high; -ENOMEM. ret_error (may be
// NULL) then says where and why.
int ph_layout(const struct ph_receipt *receipt, const struct ph_media *media,
	const struct ph_layout_options *options, struct ph_display_list *list,
	struct ph_receipt_error *ret_error);

void ph_display_list_done(struct ph_display_list *list);

// The end of the page that item `page` begins, or of the list.
uint32_t ph_display_list_page_end(const struct ph_display_list *list, uint32_t page);

// What the paper shows, as text: one row per line, `[EAN13 4006381333931]`, `[QR ...]`, a dashed row
// for a cut, `[DRAWER 1]`. Wide characters stand alone; a run begins at its cell. Free with free().
int ph_display_list_text(const struct ph_display_list *list, char **ret_text);

// Draws a barcode, QR code, 2-D code or image over the whole width of the paper, or a page with all that
// stands in it, as markup for HTML such as an inline SVG or an <img> of a data: address. free() of
// *ret_markup is the caller's. After an error the name of the item stands there, or the texts of the page.
typedef int (*ph_html_draw)(void *context, uint32_t item, char **ret_markup);

struct ph_html_options {
	const char *title; // of the page; NULL for "Receipt"
	bool fragment;	   // an article only, without the page and its styles
	ph_html_draw draw; // NULL: no item can be drawn
	void *context;
};

// The receipt as a page that needs nothing else and runs nothing: text on a grid of characters, symbols
// and images as `options->draw` gives them. `options` may be NULL. Free with free(). -ENOMEM.
int ph_display_list_html(
	const struct ph_display_list *list, const struct ph_html_options *options, char **ret_html);

// The styles a fragment needs; static.
extern const char ph_html_styles[];

#endif
