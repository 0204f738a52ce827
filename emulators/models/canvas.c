// One-bit pictures in memory; where they end up on the paper is decided elsewhere.
#include "emulators/models/canvas.h"

#include <errno.h>
#include <stdlib.h>

int ph_emu_canvas_init(struct ph_emu_canvas *c, unsigned width, unsigned height)
{
	if (width == 0 || width > PH_EMU_CANVAS_MAX_WIDTH || height == 0 ||
		height > PH_EMU_CANVAS_MAX_HEIGHT)
		return -EINVAL;
	size_t stride = (width + 7u) / 8u;
	uint8_t *bits = calloc(height, stride);
	if (!bits)
		return -ENOMEM;
	c->width = width;
	c->height = height;
	c->stride = stride;
	c->bits = bits;
	return 0;
}

void ph_emu_canvas_done(struct ph_emu_canvas *c)
{
	free(c->bits);
	*c = (struct ph_emu_canvas){0};
}

void ph_emu_canvas_fill(
	struct ph_emu_canvas *c, unsigned x, unsigned y, unsigned width, unsigned height)
{
	for (unsigned row = y; row < y + height && row < c->height; row++)
		for (unsigned col = x; col < x + width && col < c->width; col++)
			ph_emu_canvas_dot(c, col, row);
}

void ph_emu_canvas_invert(
	struct ph_emu_canvas *c, unsigned x, unsigned y, unsigned width, unsigned height)
{
	for (unsigned row = y; row < y + height && row < c->height; row++)
		for (unsigned col = x; col < x + width && col < c->width; col++)
			c->bits[row * c->stride + col / 8] ^= (uint8_t)(0x80u >> (col % 8));
}

void ph_emu_canvas_rotate180(struct ph_emu_canvas *c)
{
	size_t total = (size_t)c->width * c->height;
	for (size_t i = 0; i < total / 2; i++) {
		unsigned x1 = (unsigned)(i % c->width), y1 = (unsigned)(i / c->width);
		unsigned x2 = c->width - 1 - x1, y2 = c->height - 1 - y1;
		if (ph_emu_canvas_get(c, x1, y1) == ph_emu_canvas_get(c, x2, y2))
			continue;
		c->bits[y1 * c->stride + x1 / 8] ^= (uint8_t)(0x80u >> (x1 % 8));
		c->bits[y2 * c->stride + x2 / 8] ^= (uint8_t)(0x80u >> (x2 % 8));
	}
}
