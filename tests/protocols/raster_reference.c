// Floyd-Steinberg as one would write it without vectors: errors of one row, what goes right stays in a register.
#include "tests/protocols/raster_reference.h"

#include <string.h>

// `above` is what this row gets, in sixteenths; `below` what it leaves. Both begin one pixel left of the row.
static void row(const uint8_t *grey, unsigned width, const uint8_t *map, const int16_t *above,
	int16_t *below, uint8_t *out)
{
	int right = 0, left_below = 0,
	    mid_below = 0; // what the next and this pixel below have so far
	unsigned bits = 0;

	for (unsigned x = 0; x < width; x++) {
		const int value = map[grey[x]] + ((above[x + 1] + right + 8) >> 4);
		const int black = value < 128;
		const int error = black ? value : value - 255;

		bits = bits << 1 | (unsigned)black;
		if (x % 8 == 7)
			out[x / 8] = (uint8_t)bits;
		right = 7 * error;
		below[x] = (int16_t)(left_below + 3 * error);
		left_below = mid_below + 5 * error;
		mid_below = error;
	}
	below[width] = (int16_t)left_below;
	if (width % 8)
		out[width / 8] = (uint8_t)(bits << (8 - width % 8));
}

void reference_floyd_steinberg(const struct ph_grey *from, const struct ph_tone *tone,
	struct ph_bitmap *to, int16_t *errors)
{
	int16_t *above = errors, *below = errors + from->width + 2;
	uint8_t identity[256];

	for (unsigned i = 0; i < sizeof identity; i++)
		identity[i] = (uint8_t)i;
	memset(errors, 0, (from->width + 2u) * 2 * sizeof *errors);
	for (unsigned y = 0; y < from->height; y++) {
		row(from->pixels + (size_t)y * from->stride, from->width,
			tone ? tone->map : identity, above, below,
			to->bits + (size_t)y * to->stride);
		int16_t *const done = above;
		above = below;
		below = done;
	}
}
