// Text of one line made ready to draw: cut into pieces that are drawn one way, in visual order, each at its place.
#ifndef PH_RENDER_SHAPE_H
#define PH_RENDER_SHAPE_H

#include <stdint.h>

#include "protocols/receipt/layout.h"
#include "render/fonts.h"

// Cells of the fonts at size 1, in units of the drawing.
struct ph_text_metrics {
	double cell[PH_FONT_COUNT], height[PH_FONT_COUNT];
};

enum ph_piece_kind {
	PH_PIECE_CELLS,	  // each character in its own cells
	PH_PIECE_SHAPED,  // as the script wants it, in the room that the cells of the piece give
	PH_PIECE_STROKES, // lines and blocks, which must touch their neighbours
	PH_PIECE_GAP	  // nothing, between runs
};

// What pango makes of a part of a piece.
struct ph_shaped {
	PangoItem *item; // offsets count from the beginning of the text of the group
	PangoGlyphString *glyphs;
};

struct ph_piece {
	enum ph_piece_kind kind;
	uint32_t start, len; // bytes of the text of the group
	uint32_t run;	     // index into the runs; of a gap the one before it
	uint8_t level;	     // odd: right to left
	enum ph_face face;
	unsigned cells;
	double em;		 // of the font, without the size of the run
	double cell;		 // width of a cell of the font, without the size of the run
	double step;		 // what a cell takes of the line
	double x, width;	 // where it stands, with the size of the run
	double natural;		 // width of the glyphs without the size of the run; shaped pieces
	struct ph_shaped *parts; // from left to right; none for strokes and gaps
	unsigned part_count;
};

struct ph_group {
	char *text; // of all runs, repetition included
	uint32_t len;
	struct ph_piece *pieces; // from left to right
	unsigned piece_count;
};

// Shapes the runs of one group, which stand from left to right.
// -EINVAL: text that is not UTF-8; -E2BIG: more than PH_DRAW_LINE_TEXT_MAX; -ENOMEM. Free with ph_group_done().
int ph_group_shape(struct ph_group *group, PangoContext *context, const struct ph_run *runs,
	uint32_t count, const struct ph_text_metrics *metrics);
void ph_group_done(struct ph_group *group); // accepts a zeroed struct

#endif
