// Whether the numbers of a picture fit together; for the files of this folder.
#ifndef PH_PROTOCOLS_RASTER_CHECK_H
#define PH_PROTOCOLS_RASTER_CHECK_H

#include "protocols/raster/raster.h"

static inline bool ph_bitmap_ok(const struct ph_bitmap *bitmap)
{
	return bitmap->width >= 1 && bitmap->width <= PH_RASTER_WIDTH_MAX && bitmap->height >= 1 &&
	       bitmap->stride >= ph_bitmap_stride(bitmap->width) && bitmap->bits;
}

static inline bool ph_grey_ok(const struct ph_grey *grey)
{
	return grey->width >= 1 && grey->height >= 1 && grey->stride >= grey->width && grey->pixels;
}

#endif
