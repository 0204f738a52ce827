// One-bit pictures in memory; where they end up on the paper is decided elsewhere.
#include "emulators/models/canvas.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

struct span {
	size_t first, last;  /* bytes of a row */
	uint8_t left, right; /* masks of these two */
};

static struct span span_of(unsigned x, unsigned end)
{
	return (struct span){
		x / 8,
		(end - 1) / 8,
		(uint8_t)(0xFFu >> (x % 8)),
		(uint8_t)(0xFF00u >> ((end - 1) % 8 + 1)),
	};
}

// clips a rectangle; false when nothing is left of it
static bool clip(
	const struct ph_emu_canvas *c, unsigned x, unsigned y, unsigned *width, unsigned *height)
{
	if (x >= c->width || y >= c->height || *width == 0 || *height == 0)
		return false;
	if (*width > c->width - x)
		*width = c->width - x;
	if (*height > c->height - y)
		*height = c->height - y;
	return true;
}

void ph_emu_canvas_fill(
	struct ph_emu_canvas *c, unsigned x, unsigned y, unsigned width, unsigned height)
{
	if (!clip(c, x, y, &width, &height))
		return;
	struct span s = span_of(x, x + width);
	for (unsigned row = y; row < y + height; row++) {
		uint8_t *at = c->bits + row * c->stride;
		if (s.first == s.last) {
			at[s.first] |= s.left & s.right;
			continue;
		}
		at[s.first] |= s.left;
		memset(at + s.first + 1, 0xFF, s.last - s.first - 1);
		at[s.last] |= s.right;
	}
}

void ph_emu_canvas_invert(
	struct ph_emu_canvas *c, unsigned x, unsigned y, unsigned width, unsigned height)
{
	if (!clip(c, x, y, &width, &height))
		return;
	struct span s = span_of(x, x + width);
	for (unsigned row = y; row < y + height; row++) {
		uint8_t *at = c->bits + row * c->stride;
		for (size_t i = s.first; i <= s.last; i++) {
			uint8_t mask = 0xFF;
			mask &= i == s.first ? s.left : 0xFF;
			mask &= i == s.last ? s.right : 0xFF;
			at[i] ^= mask;
		}
	}
}

void ph_emu_canvas_rotate180(struct ph_emu_canvas *c)
{
	struct ph_emu_canvas turned;
	if (ph_emu_canvas_turn(c, 2, &turned) < 0)
		return;
	free(c->bits);
	*c = turned;
}

// whole words first
static void or_aligned(uint8_t *out, const uint8_t *row, size_t bytes)
{
	size_t i = 0;

	for (; i + 8 <= bytes; i += 8) {
		uint64_t a, b;
		memcpy(&a, out + i, 8);
		memcpy(&b, row + i, 8);
		a |= b;
		memcpy(out + i, &a, 8);
	}
	for (; i < bytes; i++)
		out[i] |= row[i];
}

static void clear_behind(const struct ph_emu_canvas *c, uint8_t *row)
{
	if (c->width % 8)
		row[c->stride - 1] &= (uint8_t)(0xFF00u >> (c->width % 8));
}

void ph_emu_canvas_or_bits(struct ph_emu_canvas *to, unsigned x, unsigned y, uint32_t bits)
{
	size_t at = x / 8;
	if (y >= to->height || at >= to->stride)
		return;
	uint8_t *row = to->bits + y * to->stride;
	uint64_t all = (uint64_t)bits << 8 >> (x % 8);
	size_t n = to->stride - at < 5 ? to->stride - at : 5;
	for (size_t i = 0; i < n; i++)
		row[at + i] |= (uint8_t)(all >> (32 - 8 * i));
	clear_behind(to, row);
}

void ph_emu_canvas_or_row(
	struct ph_emu_canvas *to, int x, unsigned y, const uint8_t *row, size_t bytes)
{
	if (y >= to->height)
		return;
	uint8_t *out = to->bits + y * to->stride;
	if (x >= 0 && x % 8 == 0 && (size_t)x / 8 < to->stride) {
		size_t from = (size_t)x / 8;
		or_aligned(out + from, row, bytes < to->stride - from ? bytes : to->stride - from);
		clear_behind(to, out);
		return;
	}
	// a floor division: what hangs out on the left is dropped byte by byte
	int at = x >= 0 ? x / 8 : -((7 - x) / 8);
	unsigned shift = (unsigned)(x - at * 8);
	int end = (int)to->stride;

	for (size_t i = 0; i < bytes && at < end; i++, at++) {
		if (at >= 0)
			out[at] |= (uint8_t)(row[i] >> shift);
		if (shift && at + 1 >= 0 && at + 1 < end)
			out[at + 1] |= (uint8_t)(row[i] << (8 - shift));
	}
	clear_behind(to, out);
}

void ph_emu_canvas_blit(struct ph_emu_canvas *to, int x, int y, const struct ph_emu_canvas *from)
{
	for (unsigned row = 0; row < from->height; row++)
		if (y + (int)row >= 0)
			ph_emu_canvas_or_row(to, x, (unsigned)(y + (int)row),
				from->bits + row * from->stride, from->stride);
}

int ph_emu_canvas_turn(
	const struct ph_emu_canvas *from, unsigned quarters, struct ph_emu_canvas *ret_turned)
{
	struct ph_emu_canvas c;
	bool sideways = quarters & 1;
	unsigned w = from->width, h = from->height;
	int r = ph_emu_canvas_init(&c, sideways ? h : w, sideways ? w : h);
	if (r < 0)
		return r;
	for (unsigned y = 0; y < h; y++)
		for (unsigned x = 0; x < w; x++) {
			if (x % 8 == 0 && from->bits[y * from->stride + x / 8] == 0) {
				x += 7;
				continue;
			}
			if (!ph_emu_canvas_get(from, x, y))
				continue;
			switch (quarters % 4) {
			case 0:
				ph_emu_canvas_dot(&c, x, y);
				break;
			case 1:
				ph_emu_canvas_dot(&c, h - 1 - y, x);
				break;
			case 2:
				ph_emu_canvas_dot(&c, w - 1 - x, h - 1 - y);
				break;
			case 3:
				ph_emu_canvas_dot(&c, y, w - 1 - x);
				break;
			}
		}
	*ret_turned = c;
	return 0;
}

int ph_emu_canvas_scale(const struct ph_emu_canvas *from, unsigned x_times, unsigned y_times,
	struct ph_emu_canvas *ret_scaled)
{
	struct ph_emu_canvas c;
	int r = ph_emu_canvas_init(&c, from->width * x_times, from->height * y_times);
	if (r < 0)
		return r;
	for (unsigned y = 0; y < from->height; y++)
		for (unsigned x = 0; x < from->width; x++)
			if (ph_emu_canvas_get(from, x, y))
				ph_emu_canvas_fill(&c, x * x_times, y * y_times, x_times, y_times);
	*ret_scaled = c;
	return 0;
}
