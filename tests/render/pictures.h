// Writes PNG and JPEG files into memory, for tests of the decoders.
#ifndef PH_TESTS_RENDER_PICTURES_H
#define PH_TESTS_RENDER_PICTURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct picture {
	uint8_t *data;
	size_t len;
};

// `channels` bytes per pixel: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA.
struct picture picture_png(
	const uint8_t *pixels, unsigned width, unsigned height, unsigned channels, bool interlaced);

// 1 grey, 3 RGB, 4 CMYK as Adobe writes it; `orientation` 0 for no Exif marker.
struct picture picture_jpeg(const uint8_t *pixels, unsigned width, unsigned height,
	unsigned channels, bool progressive, unsigned orientation);

void picture_done(struct picture *picture);

#endif
