// The ways to turn grey into dots, by name. Shared by the document model and the codec.
#ifndef PH_PROTOCOLS_RASTER_DITHER_METHOD_H
#define PH_PROTOCOLS_RASTER_DITHER_METHOD_H

enum ph_dither {
	PH_DITHER_AUTO,
	PH_DITHER_THRESHOLD,
	PH_DITHER_FLOYD_STEINBERG,
	PH_DITHER_ATKINSON,
	PH_DITHER_BAYER
};

#endif
