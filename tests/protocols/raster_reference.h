// The plain loops that the raster codec is compared with, in result by its test and in time by the bench.
#ifndef PH_TESTS_RASTER_REFERENCE_H
#define PH_TESTS_RASTER_REFERENCE_H

#include "protocols/raster/dither.h"

// Floyd-Steinberg, one pixel after the other, without a guard. `errors` has 2 * (width + 2) values.
void reference_floyd_steinberg(const struct ph_grey *from, const struct ph_tone *tone,
	struct ph_bitmap *to, int16_t *errors);

#endif
