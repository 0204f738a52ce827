// Floyd-Steinberg, sixteen rows at once. What surrounds it (sizes, choice, tone table) is left to dither.c.
//
// A pixel waits for its left neighbour and for three above it, so that a row can follow the one above at a distance of two
// pixels. Sixteen rows run as a slanted wave: in step t, lane k is at pixel t - 2k of its row. With E the errors
// of the last step, what a lane gets from its own row is 7 E, and what it gets from the row above is the sum
//
//	S(t) = 3 E(t-1) + 5 E(t-2) + E(t-3)
//
// of the lane before it. Even and odd lanes are in a vector each, so that the lane before is beside or in the same place
// of the other vector. What leaves the last lane waits in a line of memory for the first lane of the next sixteen rows.
// The vectors are those of the compilers (GCC, clang) and become SSE2, NEON or plain code, with the same result.
#include "protocols/raster/floyd_steinberg.h"

#include <string.h>

#define LITTLE_ENDIAN_LANES (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)

#define LANES		    16
#define STEPS		    16 // of a tile, and dots of a chunk
// Steps from a pixel of lane 0 to the sum that the last lane has for the pixel below its own there.
#define LAG (2 * (LANES - 1) + 2)

typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef int16_t words8 __attribute__((vector_size(16)));
typedef uint16_t uwords8 __attribute__((vector_size(16)));

// Lanes 0, 2 ... 14 and 1, 3 ... 15.
struct lanes {
	words8 even, odd;
};

// A bit for each step of a tile, the first in the highest bit; 1 is white.
struct dots {
	uwords8 even, odd;
};

// What a wave carries from tile to tile.
struct wave {
	struct lanes e1, e2;	      // errors of the last two steps
	struct lanes older;	      // 5 E(t-2) + E(t-3)
	uint16_t chunk[2][LANES / 2]; // dots of the last tile, even and odd lanes, 1 is white
	const uint8_t *pixels;	      // those of lane k begin at k * pitch + 2k
	size_t pitch;
	// S of the row above, for pixel x at LAG + x; overwritten by that for the next rows, for pixel x at x.
	int16_t *sums;
	unsigned width;
};

static inline size_t tiles_of(unsigned width)
{
	return (width + STEPS - 1) / STEPS + LAG / STEPS;
}

size_t ph_wave_scratch(unsigned width)
{
	const size_t steps = tiles_of(width) * STEPS;

	return LANES * steps + (LAG + steps) * sizeof(int16_t);
}

static inline void interleave(const bytes16 from[16], bytes16 to[16])
{
	for (unsigned i = 0; i < 8; i++) {
		to[2 * i] = __builtin_shufflevector(from[i], from[i + 8], 0, 16, 1, 17, 2, 18, 3,
			19, 4, 20, 5, 21, 6, 22, 7, 23);
		to[2 * i + 1] = __builtin_shufflevector(from[i], from[i + 8], 8, 24, 9, 25, 10, 26,
			11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
	}
}

// Sixteen bytes of each of sixteen lanes become sixteen steps of one byte per lane.
static inline void transpose(bytes16 m[16])
{
	bytes16 n[16];

	interleave(m, n);
	interleave(n, m);
	interleave(m, n);
	interleave(n, m);
}

// Greys in sixteenths, with the half that rounds: a word of grey * 256 + 128, a sixteenth of it. Even lanes are in the
// first half.
static inline struct lanes sixteenths(bytes16 grey)
{
	const bytes16 half = (bytes16){0} + 0x80;
	const bytes16 a = LITTLE_ENDIAN_LANES ? half : grey, b = LITTLE_ENDIAN_LANES ? grey : half;
	const bytes16 even = __builtin_shufflevector(
		a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
	const bytes16 odd = __builtin_shufflevector(
		a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);

	return (struct lanes){(words8)((uwords8)even >> 4), (words8)((uwords8)odd >> 4)};
}

// All bits where a lane is inside of its row in step t.
static inline struct lanes inside(unsigned step, unsigned width)
{
	const words8 even = (int16_t)step - (words8){0, 4, 8, 12, 16, 20, 24, 28}, odd = even - 2;
	const int16_t end = (int16_t)width;

	return (struct lanes){(even >= 0) & (even < end), (odd >= 0) & (odd < end)};
}

// The errors of a step, and a bit for each dot behind those of *white.
static inline void settle(words8 sum, words8 *ret_error, uwords8 *white)
{
	const words8 is_white = sum >= 128 * 16;

	*white = *white + *white - (uwords8)is_white;
	*ret_error = (sum >> 4) - (is_white & 255);
}

// Lane k gets what lane k - 1 has for the row below, lane 0 gets `first`.
static inline struct lanes hand_down(struct lanes s, int16_t first)
{
	const words8 zero = {0};
	words8 even = __builtin_shufflevector(s.odd, zero, 8, 0, 1, 2, 3, 4, 5, 6);

	even[0] = first;
	return (struct lanes){even, s.even};
}

// Steps `first` to first + 15; returns their dots, the first in the highest bit. `edge`: some lane is outside of its row.
static inline __attribute__((always_inline)) struct dots tile(
	struct wave *wave, unsigned first, bool edge)
{
	struct lanes e = wave->e1, e2 = wave->e2, older = wave->older;
	struct dots white = {{0}, {0}};
	int16_t *sums = wave->sums + first;
	bytes16 m[LANES];

	for (unsigned k = 0; k < LANES; k++)
		memcpy(&m[k % 2 * 8 + k / 2], wave->pixels + k * wave->pitch + first, sizeof m[k]);
	transpose(m);
	for (unsigned i = 0; i < STEPS; i++) {
		const struct lanes grey = sixteenths(m[i]);
		const words8 even4 = e.even << 2, even3 = even4 - e.even;
		const words8 odd4 = e.odd << 2, odd3 = odd4 - e.odd;
		const struct lanes s = {even3 + older.even, odd3 + older.odd};
		const struct lanes above = hand_down(s, sums[LAG + i]);

		sums[i] = s.odd[7];
		older = (struct lanes){even4 + e.even + e2.even, odd4 + e.odd + e2.odd};
		e2 = e;
		settle(grey.even + above.even + (even3 + even4), &e.even, &white.even);
		settle(grey.odd + above.odd + (odd3 + odd4), &e.odd, &white.odd);
		if (edge) {
			const struct lanes in = inside(first + i, wave->width);
			e.even &= in.even;
			e.odd &= in.odd;
		}
	}
	wave->e1 = e;
	wave->e2 = e2;
	wave->older = older;
	return white;
}

// Stores what is now complete of the sixteen dots that begin at a multiple of 16: lane k is 2k dots late.
static void put_chunks(
	struct wave *wave, struct dots white, const struct ph_bitmap *rows, int number)
{
	const int bytes = (int)ph_bitmap_stride(rows->width);
	uint16_t now[2][LANES / 2]; // even and odd lanes

	memcpy(now, &white, sizeof now);
	for (unsigned k = 0; k < LANES && k < rows->height; k++) {
		const int at = 2 * (number - 1 - (int)k / 8);
		const uint32_t both = (uint32_t)wave->chunk[k % 2][k / 2] << 16 | now[k % 2][k / 2];
		const uint32_t black = ~(both >> (16 - 2 * (k % 8)));

		if (at < 0 || at >= bytes)
			continue;
		uint8_t *out = rows->bits + (size_t)k * rows->stride + at;
		if (at + 1 < bytes) { // compilers make one of the two stores
			out[0] = (uint8_t)(black >> 8);
			out[1] = (uint8_t)black;
		} else {
			out[0] = (uint8_t)(black >> 8);
		}
	}
	memcpy(wave->chunk, now, sizeof now);
}

// Rows that are all in the wave at once, at most LANES; greys were placed, sums are those of the row above.
static void run(struct wave *wave, const struct ph_bitmap *rows)
{
	const unsigned tiles = (unsigned)tiles_of(rows->width);
	const unsigned inner_end = rows->width / STEPS; // tiles below have no lane right of its row
	const struct lanes nothing = {{0}, {0}};

	wave->e1 = wave->e2 = wave->older = nothing;
	for (unsigned i = 0; i < tiles; i++) {
		const bool edge = i < LAG / STEPS || i >= inner_end;
		const struct dots white =
			edge ? tile(wave, i * STEPS, true) : tile(wave, i * STEPS, false);
		put_chunks(wave, white, rows, (int)i);
	}
}

// Greys of one row at its place in the wave, with the tone applied.
static void place_row(const uint8_t *from, unsigned width, const struct ph_tone *tone, uint8_t *to)
{
	const uint8_t *map = tone ? tone->map : NULL;

	if (!map) {
		memcpy(to, from, width);
		return;
	}
	unsigned x = 0;
	for (; x + 4 <= width; x += 4) { // compilers do not unroll it, and it is a third of all
		to[x] = map[from[x]];
		to[x + 1] = map[from[x + 1]];
		to[x + 2] = map[from[x + 2]];
		to[x + 3] = map[from[x + 3]];
	}
	for (; x < width; x++)
		to[x] = map[from[x]];
}

void ph_wave_dither(
	const struct ph_grey *from, const struct ph_tone *tone, struct ph_bitmap *to, void *scratch)
{
	const unsigned width = from->width;
	const size_t pitch = tiles_of(width) * STEPS;
	const uint32_t last = ph_bitmap_stride(width) - 1;
	const uint8_t last_mask = (uint8_t)(0xff00u >> ((width - 1) % 8 + 1));
	uint8_t *greys = scratch;
	struct wave wave = {.pixels = greys,
		.pitch = pitch,
		.sums = (int16_t *)(void *)(greys + LANES * pitch),
		.width = width};

	memset(scratch, 0, ph_wave_scratch(width));
	for (unsigned y = 0; y < from->height; y += LANES) {
		const struct ph_bitmap rows = ph_bitmap_rows(to, (uint16_t)y, LANES);
		for (unsigned k = 0; k < rows.height; k++)
			place_row(from->pixels + (size_t)(y + k) * from->stride, width, tone,
				greys + k * pitch + 2 * k);
		run(&wave, &rows);
		for (unsigned k = 0; k < rows.height; k++)
			rows.bits[(size_t)k * rows.stride + last] &= last_mask;
	}
}
