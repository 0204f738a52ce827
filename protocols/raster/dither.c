// Grey to dots: tone, choice of the method, and all methods but Floyd-Steinberg, which is in floyd_steinberg.c.
#include "protocols/raster/dither.h"

#include <errno.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "protocols/raster/check.h"
#include "protocols/raster/floyd_steinberg.h"

typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef uint64_t longs2 __attribute__((vector_size(16)));

#define THRESHOLD 128

// --- tone -------------------------------------------------------------------------------------

// `base` to a power, by multiplication alone: the same on every machine.
static double power(double base, unsigned exponent)
{
	double result = 1;

	while (exponent--)
		result *= base;
	return result;
}

// out = g ^ (10 / gamma) is out ^ gamma = g ^ 10: the next value begins where its lower half reaches that.
int ph_tone_init(struct ph_tone *tone, unsigned gamma)
{
	unsigned out = 0;

	if (gamma < PH_TONE_GAMMA_MIN || gamma > PH_TONE_GAMMA_MAX)
		return -ERANGE;
	for (unsigned grey = 0; grey < 256; grey++) {
		const double wanted = power(grey / 255.0, 10);
		while (out < 255 && power((out + 0.5) / 255.0, gamma) <= wanted)
			out++;
		tone->map[grey] = (uint8_t)out;
	}
	for (unsigned value = 0, count = 0; value < 256; value++) {
		while (count < 256 && tone->map[count] < value)
			count++;
		tone->below[value] = (uint8_t)count;
	}
	return 0;
}

// --- choice -----------------------------------------------------------------------------------

#define MIDDLE_FIRST 33
#define MIDDLE_LAST  222
#define ALIKE	     16 // greys of neighbours in an area differ by less
#define AREA_PART    128

static inline bytes16 load(const uint8_t *from)
{
	bytes16 v;

	memcpy(&v, from, sizeof v);
	return v;
}

// 255 where two greys are alike.
static inline bytes16 alike(bytes16 a, bytes16 b)
{
	return (bytes16)((bytes16)(a - b + (ALIKE - 1)) <= 2 * (ALIKE - 1));
}

// How many of the sixteen pixels lie in an area of middle grey.
static inline unsigned area_pixels(const uint8_t *at, uint32_t stride)
{
	const bytes16 grey = load(at), left = load(at - 1), above = load(at - stride);
	const bytes16 middle =
		(bytes16)((bytes16)(grey - MIDDLE_FIRST) <= MIDDLE_LAST - MIDDLE_FIRST);
	const longs2 found = (longs2)(middle & alike(grey, left) & alike(grey, above) & 1);

	return (unsigned)((found[0] + found[1]) * 0x0101010101010101u >> 56);
}

static bool area_pixel(const uint8_t *at, uint32_t stride)
{
	const int grey = *at, left = grey - at[-1], above = grey - *(at - stride);

	return grey >= MIDDLE_FIRST && grey <= MIDDLE_LAST && left < ALIKE && left > -ALIKE &&
	       above < ALIKE && above > -ALIKE;
}

enum ph_dither ph_dither_choose(const struct ph_grey *grey)
{
	uint64_t areas = 0, looked_at = 0;

	if (!ph_grey_ok(grey))
		return PH_DITHER_THRESHOLD;
	for (unsigned y = 1; y < grey->height; y += 2) {
		const uint8_t *row = grey->pixels + (size_t)y * grey->stride;
		unsigned x = 1;
		for (; x + 16 <= grey->width; x += 16)
			areas += area_pixels(row + x, grey->stride);
		for (; x < grey->width; x++)
			areas += area_pixel(row + x, grey->stride);
		looked_at += grey->width - 1u;
	}
	return areas * AREA_PART > looked_at ? PH_DITHER_FLOYD_STEINBERG : PH_DITHER_THRESHOLD;
}

// --- threshold and Bayer: each pixel by itself ------------------------------------------------

// Adds up each eight bytes, which hold different bits.
static inline void gather(bytes16 bits, uint8_t out[2])
{
#ifdef __SSE2__
	const __m128i sums = _mm_sad_epu8((__m128i)bits, _mm_setzero_si128());

	out[0] = (uint8_t)_mm_cvtsi128_si32(sums);
	out[1] = (uint8_t)_mm_extract_epi16(sums, 4);
#else
	const longs2 halves = (longs2)bits;

	out[0] = (uint8_t)(halves[0] * 0x0101010101010101u >> 56);
	out[1] = (uint8_t)(halves[1] * 0x0101010101010101u >> 56);
#endif
}

// Black where a grey is below its limit. Both are 16 long; the first pixel is the highest bit.
static inline void compare(const uint8_t *grey, bytes16 limits, uint8_t out[2])
{
	const bytes16 weights = {128, 64, 32, 16, 8, 4, 2, 1, 128, 64, 32, 16, 8, 4, 2, 1};

	gather(~(bytes16)(load(grey) >= limits) & weights, out);
}

static void compare_row(const uint8_t *grey, unsigned width, bytes16 limits, uint8_t *out)
{
	const uint8_t *const end = grey + width / 16 * 16;
	const unsigned left = width % 16;
	uint8_t rest[16], bits[2];

	for (; grey < end; grey += 16, out += 2)
		compare(grey, limits, out);
	if (left == 0)
		return;
	memset(rest, 255, sizeof rest);
	memcpy(rest, grey, left);
	compare(rest, limits, bits);
	memcpy(out, bits, ph_bitmap_stride(left));
}

static void by_threshold(const struct ph_grey *from, uint8_t threshold, struct ph_bitmap *to)
{
	const uint8_t limit = threshold ? threshold : THRESHOLD;
	const bytes16 zero = {0}, limits = zero + limit;

	for (unsigned y = 0; y < from->height; y++)
		compare_row(from->pixels + (size_t)y * from->stride, from->width, limits,
			to->bits + (size_t)y * to->stride);
}

// The index matrix of Bayer: each doubling puts the four positions of the finer grid into the lowest bits' place.
static unsigned bayer(unsigned x, unsigned y)
{
	unsigned index = 0;

	for (unsigned bit = 0; bit < 3; bit++) {
		const unsigned bx = x >> bit & 1, by = y >> bit & 1;
		index = index << 2 | (bx ^ by) << 1 | by;
	}
	return index;
}

// The tone is applied to the limits, not to the pixels: map[grey] < limit is grey < below[limit].
static void by_bayer(const struct ph_grey *from, const struct ph_tone *tone, struct ph_bitmap *to)
{
	bytes16 limits[8];

	for (unsigned y = 0; y < 8; y++) {
		for (unsigned x = 0; x < 16; x++) {
			const unsigned limit = 4 * bayer(x % 8, y) + 2;
			limits[y][x] = tone ? tone->below[limit] : (uint8_t)limit;
		}
	}
	for (unsigned y = 0; y < from->height; y++)
		compare_row(from->pixels + (size_t)y * from->stride, from->width, limits[y % 8],
			to->bits + (size_t)y * to->stride);
}

// --- Atkinson ---------------------------------------------------------------------------------

#define MARGIN 2 // places for what goes outside

// Adds the errors in `now` to one row's greys and spreads what is left over; dots are 0 before.
static void atkinson_row(const uint8_t *grey, unsigned width, const struct ph_tone *tone,
	int16_t *const errors[3], uint8_t *out)
{
	int16_t *now = errors[0] + MARGIN, *next = errors[1] + MARGIN, *then = errors[2] + MARGIN;

	for (unsigned x = 0; x < width; x++) {
		const int value = (tone ? tone->map[grey[x]] : grey[x]) + now[x];
		const bool black = value < THRESHOLD;
		const int16_t part = (int16_t)(((black ? value : value - 255) + 4) >> 3);

		out[x / 8] |= (uint8_t)(black << (7 - x % 8));
		now[x + 1] = (int16_t)(now[x + 1] + part);
		now[x + 2] = (int16_t)(now[x + 2] + part);
		next[(ptrdiff_t)x - 1] = (int16_t)(next[(ptrdiff_t)x - 1] + part);
		next[x] = (int16_t)(next[x] + part);
		next[x + 1] = (int16_t)(next[x + 1] + part);
		then[x] = part; // the first to reach it
	}
}

static size_t atkinson_scratch(unsigned width)
{
	return 3 * (width + 2 * MARGIN) * sizeof(int16_t);
}

static void by_atkinson(const struct ph_grey *from, const struct ph_tone *tone,
	struct ph_bitmap *to, int16_t *scratch)
{
	const size_t pitch = from->width + 2u * MARGIN;
	int16_t *errors[3] = {scratch, scratch + pitch, scratch + 2 * pitch};

	memset(scratch, 0, atkinson_scratch(from->width));
	for (unsigned y = 0; y < from->height; y++) {
		int16_t *const done = errors[0];
		uint8_t *out = to->bits + (size_t)y * to->stride;
		memset(out, 0, ph_bitmap_stride(from->width));
		atkinson_row(
			from->pixels + (size_t)y * from->stride, from->width, tone, errors, out);
		errors[0] = errors[1];
		errors[1] = errors[2];
		errors[2] = done;
	}
}

// --- all --------------------------------------------------------------------------------------

size_t ph_dither_scratch(uint16_t width)
{
	const size_t wave = ph_wave_scratch(width), atkinson = atkinson_scratch(width);

	return (wave > atkinson ? wave : atkinson) + PH_WAVE_ALIGN - 1;
}

int ph_dither(const struct ph_grey *from, const struct ph_dither_options *options,
	struct ph_bitmap *to, void *scratch, size_t size)
{
	enum ph_dither method = options->method;

	if (!ph_grey_ok(from) || !ph_bitmap_ok(to) || from->width != to->width ||
		from->height != to->height)
		return -EINVAL;
	if (!scratch || size < ph_dither_scratch(from->width))
		return -ENOSPC;
	void *aligned = (void *)(((uintptr_t)scratch + PH_WAVE_ALIGN - 1) &
				 ~(uintptr_t)(PH_WAVE_ALIGN - 1));
	if (method == PH_DITHER_AUTO)
		method = ph_dither_choose(from);
	switch (method) {
	case PH_DITHER_AUTO:
		break;
	case PH_DITHER_THRESHOLD:
		by_threshold(from, options->threshold, to);
		return 0;
	case PH_DITHER_FLOYD_STEINBERG:
		ph_wave_dither(from, options->tone, to, aligned);
		return 0;
	case PH_DITHER_ATKINSON:
		by_atkinson(from, options->tone, to, aligned);
		return 0;
	case PH_DITHER_BAYER:
		by_bayer(from, options->tone, to);
		return 0;
	}
	return -EINVAL;
}
