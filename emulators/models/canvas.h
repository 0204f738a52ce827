/* A small one-bit picture: what glyphs, bars and raster rows are drawn into before they reach the
 * paper. Rows are packed with the leftmost dot in bit 7, one means black. */
#ifndef PH_EMULATORS_MODELS_CANVAS_H
#define PH_EMULATORS_MODELS_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* widest and tallest picture, in dots */
#define PH_EMU_CANVAS_MAX_WIDTH	 1024u
#define PH_EMU_CANVAS_MAX_HEIGHT 8192u

struct ph_emu_canvas {
	unsigned width;	 /* dots */
	unsigned height; /* dots */
	size_t stride;	 /* bytes per row */
	uint8_t *bits;
};

/* All dots white. -EINVAL beyond the limits above, -ENOMEM. */
int ph_emu_canvas_init(struct ph_emu_canvas *c, unsigned width, unsigned height);
void ph_emu_canvas_done(struct ph_emu_canvas *c);

/* Dots outside the picture are clipped, here and below. */
void ph_emu_canvas_fill(
	struct ph_emu_canvas *c, unsigned x, unsigned y, unsigned width, unsigned height);
void ph_emu_canvas_invert(
	struct ph_emu_canvas *c, unsigned x, unsigned y, unsigned width, unsigned height);
void ph_emu_canvas_rotate180(struct ph_emu_canvas *c);

static inline void ph_emu_canvas_dot(struct ph_emu_canvas *c, unsigned x, unsigned y)
{
	if (x < c->width && y < c->height)
		c->bits[y * c->stride + x / 8] |= (uint8_t)(0x80u >> (x % 8));
}

static inline bool ph_emu_canvas_get(const struct ph_emu_canvas *c, unsigned x, unsigned y)
{
	return x < c->width && y < c->height &&
	       (c->bits[y * c->stride + x / 8] & (0x80u >> (x % 8)));
}

#endif
