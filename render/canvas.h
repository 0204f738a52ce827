// What everything is drawn on: dots of one bit for printers, or a vector page. One unit of a drawing is one dot.
#ifndef PH_RENDER_CANVAS_H
#define PH_RENDER_CANVAS_H

#include <cairo.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocols/raster/raster.h"
#include "render/fonts.h"

enum ph_ink { PH_INK_BLACK, PH_INK_PAPER, PH_INK_RED, PH_INK_NOTE };

struct ph_canvas {
	cairo_t *cr;
	const struct ph_fonts *fonts;
	bool dots;  // an A8 surface that becomes one bit
	bool cover; // an A8 surface that becomes grey; neither: a surface with colours
};

// A white canvas of dots. Returns 0, -EINVAL for a size that is none, or -ENOMEM. Ends with ph_canvas_done().
int ph_canvas_dots(
	struct ph_canvas *canvas, const struct ph_fonts *fonts, unsigned width, unsigned height);
void ph_canvas_done(struct ph_canvas *canvas);

// What is drawn next is drawn in this ink; dots have black and paper only.
void ph_canvas_ink(struct ph_canvas *canvas, enum ph_ink ink);
void ph_canvas_fill(struct ph_canvas *canvas, double x, double y, double width, double height);

// The dots as bits: rows of (width + 7) / 8 bytes, most significant bit left, 1 is black; free().
int ph_canvas_bits(const struct ph_canvas *canvas, uint8_t **ret_bits, size_t *ret_size);

// The glyphs that suit this canvas.
PangoContext *ph_canvas_pango(const struct ph_canvas *canvas);

// Draws bits with their upper left corner at x, y, one dot a unit.
int ph_canvas_bitmap(struct ph_canvas *canvas, const struct ph_bitmap *bitmap, double x, double y);

// Draws a picture `width` units wide: the darker, the more ink.
int ph_canvas_grey(
	struct ph_canvas *canvas, const struct ph_grey *grey, double x, double y, double width);

#endif
