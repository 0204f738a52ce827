// Box drawing characters and blocks (U+2500-U+259F) as strokes that meet those of the cells around them.
#ifndef PH_RENDER_STROKES_H
#define PH_RENDER_STROKES_H

#include "render/canvas.h"

struct ph_cell_box {
	double x, y, width, height;
	double line; // thickness of a light line; 2 dots at 203 dpi
};

// Adds the character to the path; nothing for those it does not know. Filled together, the strokes of a run have no
// seams where a reader smooths edges.
void ph_stroke_char(struct ph_canvas *canvas, uint32_t cp, const struct ph_cell_box *box);

#endif
