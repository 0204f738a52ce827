// Pictures of one bit per dot and of eight bits of grey.
#ifndef PH_RENDER_BITMAP_H
#define PH_RENDER_BITMAP_H

#include <stddef.h>
#include <stdint.h>

struct ph_bitmap {
	uint16_t width, height;
	uint32_t stride;
	uint8_t *bits;
};

struct ph_grey {
	uint16_t width, height;
	uint32_t stride;
	uint8_t *pixels;
};

static inline uint32_t ph_bitmap_stride(unsigned width)
{
	return (width + 7u) / 8;
}

static inline size_t ph_bitmap_size(unsigned width, unsigned height)
{
	return (size_t)ph_bitmap_stride(width) * height;
}

#endif
