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
#define STEPS		    16 // of a tile
// Steps from a pixel of lane 0 to the sum that the last lane has for the pixel below its own there.
#define LAG (2 * (LANES - 1) + 2)

// Dots of all lanes after each odd step of a tile, those of even lanes first; and where lane k has its sixteen.
#define WORDS	 (STEPS / 2 * LANES)
#define PLACE(k) (((k) + 7) % 8 * LANES + (k) % 2 * (LANES / 2) + (k) / 2)

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
	struct lanes e1, e2;  // errors of the last two steps
	struct lanes older;   // 5 E(t-2) + E(t-3)
	struct dots white;    // of the last sixteen steps
	const uint8_t *greys; // LANES for each step, even ones first
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

// One step: dots behind those of *white, and the errors. Returns the sum for the pixel below the last lane.
static inline int16_t step(struct wave *wave, const uint8_t greys[LANES], int16_t above_first)
{
	const words8 even = wave->e1.even, even4 = even << 2, even3 = even4 - even;
	const words8 odd = wave->e1.odd, odd4 = odd << 2, odd3 = odd4 - odd;
	const struct lanes s = {even3 + wave->older.even, odd3 + wave->older.odd};
	const struct lanes above = hand_down(s, above_first);
	bytes16 bytes;

	memcpy(&bytes, greys, sizeof bytes);
	const struct lanes grey = sixteenths(bytes);
	wave->older.even = even4 + even + wave->e2.even;
	wave->older.odd = odd4 + odd + wave->e2.odd;
	wave->e2 = wave->e1;
	settle(grey.even + above.even + (even3 + even4), &wave->e1.even, &wave->white.even);
	settle(grey.odd + above.odd + (odd3 + odd4), &wave->e1.odd, &wave->white.odd);
	return s.odd[7];
}

// Steps `first` to first + 15. A lane has its sixteen dots from a multiple of 16 on together after an odd step, therefore
// all are kept after each. `edge`: some lane is outside of its row.
static inline __attribute__((always_inline)) void tile(
	struct wave *wave, unsigned first, bool edge, uint16_t words[WORDS])
{
	struct wave now = *wave; // in registers
	int16_t *sums = wave->sums + first;

	for (unsigned i = 0; i < STEPS; i++) {
		sums[i] = step(&now, wave->greys + (first + i) * LANES, sums[LAG + i]);
		if (edge) {
			const struct lanes in = inside(first + i, now.width);
			now.e1.even &= in.even;
			now.e1.odd &= in.odd;
		}
		memcpy(words + i / 2 * LANES, &now.white, sizeof now.white);
	}
	*wave = now;
}

// Stores sixteen dots of each lane that has reached a multiple of 16: lane k is 2k dots late.
static void put_words(const uint16_t words[WORDS], const struct ph_bitmap *rows, int number)
{
	static const uint8_t places[LANES] = {PLACE(0), PLACE(1), PLACE(2), PLACE(3), PLACE(4),
		PLACE(5), PLACE(6), PLACE(7), PLACE(8), PLACE(9), PLACE(10), PLACE(11), PLACE(12),
		PLACE(13), PLACE(14), PLACE(15)};
	const int bytes = (int)ph_bitmap_stride(rows->width);
	uint8_t *row = rows->bits;

	for (unsigned k = 0; k < rows->height; k++, row += rows->stride) {
		const int at = 2 * (number - (int)(k + 7) / 8);
		const unsigned black = ~(unsigned)words[places[k]];

		if (at >= 0 && at + 1 < bytes) { // compilers make one of the two stores
			row[at] = (uint8_t)(black >> 8);
			row[at + 1] = (uint8_t)black;
		} else if (at >= 0 && at < bytes) {
			row[at] = (uint8_t)(black >> 8);
		}
	}
}

// Rows that are all in the wave at once, at most LANES; greys were placed, sums are those of the row above.
static void run(struct wave *wave, const struct ph_bitmap *rows)
{
	const unsigned tiles = (unsigned)tiles_of(rows->width);
	const unsigned inner_end = rows->width / STEPS; // tiles below have no lane right of its row
	const struct lanes nothing = {{0}, {0}};

	wave->e1 = wave->e2 = wave->older = nothing;
	for (unsigned i = 0; i < tiles; i++) {
		uint16_t words[WORDS];
		if (i < LAG / STEPS || i >= inner_end)
			tile(wave, i * STEPS, true, words);
		else
			tile(wave, i * STEPS, false, words);
		put_words(words, rows, (int)i);
	}
}

// Greys of one row at its places in the steps, with the tone applied. Compilers do not unroll it, and it is a third of all.
static void place_row(const uint8_t *from, unsigned width, const uint8_t map[256], uint8_t *to)
{
	unsigned x = 0;

	for (; x + 4 <= width; x += 4, to += 4 * LANES) {
		to[0] = map[from[x]];
		to[LANES] = map[from[x + 1]];
		to[2 * LANES] = map[from[x + 2]];
		to[3 * LANES] = map[from[x + 3]];
	}
	for (; x < width; x++, to += LANES)
		*to = map[from[x]];
}

void ph_wave_dither(
	const struct ph_grey *from, const struct ph_tone *tone, struct ph_bitmap *to, void *scratch)
{
	const unsigned width = from->width;
	const uint32_t last = ph_bitmap_stride(width) - 1;
	const uint8_t last_mask = (uint8_t)(0xff00u >> ((width - 1) % 8 + 1));
	uint8_t *greys = scratch, identity[256];
	struct wave wave = {.greys = greys,
		.sums = (int16_t *)(void *)(greys + LANES * STEPS * tiles_of(width)),
		.width = width};

	for (unsigned i = 0; i < sizeof identity; i++)
		identity[i] = (uint8_t)i;
	memset(scratch, 0, ph_wave_scratch(width));
	for (unsigned y = 0; y < from->height; y += LANES) {
		const struct ph_bitmap rows = ph_bitmap_rows(to, (uint16_t)y, LANES);
		for (unsigned k = 0; k < rows.height; k++)
			place_row(from->pixels + (size_t)(y + k) * from->stride, width,
				tone ? tone->map : identity,
				greys + 2 * k * LANES + k % 2 * (LANES / 2) + k / 2);
		run(&wave, &rows);
		for (unsigned k = 0; k < rows.height; k++)
			rows.bits[(size_t)k * rows.stride + last] &= last_mask;
	}
}
