// A display list with the place of everything on it known, so that it can be drawn on any canvas, whole or in parts.
//
// One unit of the list is one unit of the drawing. Lines follow each other as on the paper of a receipt printer: what is
// lower than a line of PH_LAYOUT_LINE_UNITS has its space below, tight lines have none.
#ifndef PH_RENDER_SHEET_H
#define PH_RENDER_SHEET_H

#include "protocols/receipt/layout.h"
#include "render/canvas.h"
#include "render/server.h"
#include "render/symbol.h"
#include "render/text.h"

struct ph_sheet_options {
	bool notes; // show cuts as dashed lines, drawer, beep and raw as small notes; else they take no room
	bool grey; // pictures keep their greys, for printers that have more than dots
};

// One item of the list.
struct ph_sheet_part {
	double y, height;	  // within the sheet, or within the area it stands in
	uint32_t area;		  // index of the item of that area; UINT32_MAX: none
	struct ph_symbol symbol;  // of symbols
	struct ph_bitmap picture; // of images as dots
	struct ph_grey grey;	  // of images as greys
};

struct ph_sheet {
	const struct ph_display_list *list;
	struct ph_sheet_options options;
	struct ph_text_metrics metrics;
	struct ph_sheet_part *parts; // by index of the item
	double height;		     // of all
};

// Measures the items from `first` up to `end`; decodes their pictures and encodes their symbols. A negative errno with the
// refusal when the document is to blame. Ends with ph_sheet_done().
int ph_sheet_init(struct ph_sheet *sheet, const struct ph_display_list *list,
	const struct ph_sheet_options *options, uint32_t first, uint32_t end,
	struct ph_refusal *refusal);
void ph_sheet_done(struct ph_sheet *sheet); // accepts a zeroed struct

// Draws items that were measured, with the upper left corner of the paper at the origin. -ENOMEM and the errors of
// ph_text_draw().
int ph_sheet_draw(const struct ph_sheet *sheet, struct ph_canvas *canvas, uint32_t first,
	uint32_t end, struct ph_missing *missing);

// The end of what must stay together with item `first`: a page with all its areas, else the item alone.
uint32_t ph_sheet_block_end(const struct ph_sheet *sheet, uint32_t first);

#endif
