// Grey to dots.
//
// Every method reads rows from top to bottom and pixels from left to right; results are exact and the same on every
// machine. A pixel of 255 without errors from others stays white, one of 0 black.
#ifndef PH_PROTOCOLS_RASTER_DITHER_H
#define PH_PROTOCOLS_RASTER_DITHER_H

#include "protocols/raster/dither_method.h"
#include "protocols/raster/raster.h"

#define PH_TONE_GAMMA_MIN     10
#define PH_TONE_GAMMA_MAX     100
#define PH_TONE_GAMMA_DEFAULT 18

// What is done to greys before they are dithered. A heated dot is larger than its place, so that greys come out too dark;
// the table makes the middle lighter: map[g] = 255 * (g / 255) ^ (10 / gamma), to nearest. Black and white stay.
struct ph_tone {
	uint8_t map[256];   // ascending
	uint8_t below[256]; // how many greys map[] makes darker than this
};

// `gamma` in tenths: 10 changes nothing, PH_TONE_GAMMA_DEFAULT suits most thermal heads (128 becomes 174). Returns 0 or
// -ERANGE outside PH_TONE_GAMMA_MIN to PH_TONE_GAMMA_MAX.
int ph_tone_init(struct ph_tone *tone, unsigned gamma);

struct ph_dither_options {
	enum ph_dither method;
	uint8_t threshold; // of THRESHOLD: darker than this is black; 0 stands for 128
	const struct ph_tone
		*tone; // NULL: greys as they are. THRESHOLD looks at them as they are anyway
};

// What AUTO takes: FLOYD_STEINBERG where more than 1 pixel in 128 lies in an area of middle grey (33 to 222, like
// its left and its upper neighbour), else THRESHOLD: line art and text, whose greys are edges. Looks at every
// second row. A picture that ph_dither() refuses is THRESHOLD.
enum ph_dither ph_dither_choose(const struct ph_grey *grey);

// Bytes of scratch memory for a picture of that width, whatever the method; no alignment needed.
size_t ph_dither_scratch(uint16_t width);

// Fills `to`, which has the size of `from` and memory of its own.
//   THRESHOLD        grey < threshold
//   BAYER            tone < 4 * B[y % 8][x % 8] + 2, with the 8x8 index matrix B of 0 to 63
//   FLOYD_STEINBERG  7, 3, 5, 1 sixteenths of the error to the right, lower left, below, lower right; what a
//                    pixel gets is added up in sixteenths and rounded once, (sum + 8) >> 4; black below 128
//   ATKINSON         (error + 4) >> 3 each to two on the right, three below, one two below; black below 128
// What would go outside of the picture is dropped. Returns 0; -EINVAL for a bad size, method or unequal sizes; -ENOSPC when
// `size` is below ph_dither_scratch(). Sources: Bayer 1973; Floyd and Steinberg 1976; Atkinson (HyperScan).
int ph_dither(const struct ph_grey *from, const struct ph_dither_options *options,
	struct ph_bitmap *to, void *scratch, size_t size);

#endif
