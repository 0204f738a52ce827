// Draws lines of text in the cells of the display list, in any script.
#ifndef PH_RENDER_TEXT_H
#define PH_RENDER_TEXT_H

#include "protocols/receipt/layout.h"
#include "render/canvas.h"
#include "render/limits.h"
#include "render/shape.h"

// Characters that no font has; each once, in the order they were met.
struct ph_missing {
	uint32_t cps[PH_DRAW_MISSING_MAX];
	unsigned count;
};

struct ph_text_line {
	const struct ph_run *runs; // from left to right; those of a group stand together
	uint32_t count;
	struct ph_text_metrics metrics;
	double x, y;   // upper left corner of the line; x of the runs is added
	double height; // of the line; text that is lower stands at its foot
};

// Draws in black on what is there, never outside of the height of the line. A character that no font has is drawn as
// `?` and added to `missing` (may be NULL). -EINVAL: not UTF-8; -E2BIG: too long; -ENOMEM.
int ph_text_draw(
	struct ph_canvas *canvas, const struct ph_text_line *line, struct ph_missing *missing);

// Height that the runs need; that of font A for none.
double ph_text_height(
	const struct ph_run *runs, uint32_t count, const struct ph_text_metrics *metrics);

struct ph_text_metrics ph_text_metrics_of(const struct ph_media *media);

// The usual fonts where a font A cell is `cell` wide.
struct ph_text_metrics ph_text_metrics_of_cell(double cell);

#endif
