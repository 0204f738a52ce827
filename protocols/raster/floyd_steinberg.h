// Floyd-Steinberg for many rows at once; for the files of this folder.
#ifndef PH_PROTOCOLS_RASTER_FLOYD_STEINBERG_H
#define PH_PROTOCOLS_RASTER_FLOYD_STEINBERG_H

#include "protocols/raster/dither.h"

#define PH_WAVE_ALIGN 16 // of the scratch memory

size_t ph_wave_scratch(unsigned width);

// Both have the same size and were checked; `scratch` is aligned and has ph_wave_scratch(width) bytes.
void ph_wave_dither(const struct ph_grey *from, const struct ph_tone *tone, struct ph_bitmap *to,
	void *scratch);

#endif
