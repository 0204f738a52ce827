/* A small one-bit picture: what glyphs, bars and raster rows are drawn into before they reach the
 * paper. Rows are packed with the leftmost dot in bit 7, one means black. */
#ifndef PH_EMULATORS_MODELS_CANVAS_H
#define PH_EMULATORS_MODELS_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* widest and tallest picture, in dots */
#define PH_EMU_CANVAS_MAX_WIDTH	 8192u
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

/* Adds the dots of `from` with its top left corner at x, y, which may lie outside. */
void ph_emu_canvas_blit(struct ph_emu_canvas *to, int x, int y, const struct ph_emu_canvas *from);
/* The same for one row of `bytes` packed bytes. */
void ph_emu_canvas_or_row(
	struct ph_emu_canvas *to, int x, unsigned y, const uint8_t *row, size_t bytes);
/* The same for up to 32 dots, the first in bit 31. */
void ph_emu_canvas_or_bits(struct ph_emu_canvas *to, unsigned x, unsigned y, uint32_t bits);
/* A copy turned clockwise by so many quarters. -ENOMEM. */
int ph_emu_canvas_turn(
	const struct ph_emu_canvas *from, unsigned quarters, struct ph_emu_canvas *ret_turned);
/* A copy with each dot repeated. -EINVAL beyond the limits, -ENOMEM. */
int ph_emu_canvas_scale(const struct ph_emu_canvas *from, unsigned x_times, unsigned y_times,
	struct ph_emu_canvas *ret_scaled);

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
