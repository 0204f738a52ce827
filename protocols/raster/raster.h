// Pictures of one bit per dot, the form in which everybody hands them on, and of eight bits of grey.
//
// Nothing here allocates: the caller gives the memory, functions say how much. Sizes may be foreign; a struct
// whose numbers do not fit together is refused with -EINVAL, memory that is too small with -ENOSPC.
#ifndef PH_PROTOCOLS_RASTER_H
#define PH_PROTOCOLS_RASTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_RASTER_WIDTH_MAX   8192 // dots; the widest receipt image command takes as much
#define PH_RASTER_STRETCH_MAX 16

// Dots: 1 is black. A row is `stride` bytes, most significant bit left; the bits of its last byte behind `width` are
// 0, bytes behind that one are nobody's. The memory belongs to whoever made it.
struct ph_bitmap {
	uint16_t width; // dots, 1 to PH_RASTER_WIDTH_MAX
	uint16_t height;
	uint32_t stride; // bytes, at least ph_bitmap_stride(width)
	uint8_t *bits;
};

// Grey: 0 is black, 255 is white, no alpha (compose on white before).
struct ph_grey {
	uint16_t width, height;
	uint32_t stride; // bytes, at least width
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

// Lays a bitmap of the smallest stride over `size` bytes at `bits`, which stay as they are. Returns 0; -EINVAL for a side
// of 0 or a width over PH_RASTER_WIDTH_MAX; -ENOSPC when `size` is below ph_bitmap_size().
int ph_bitmap_init(
	struct ph_bitmap *bitmap, uint16_t width, uint16_t height, void *bits, size_t size);

// The rows from `first` on, at most `rows`, as a bitmap that shares the memory. `first` must be below the height.
struct ph_bitmap ph_bitmap_rows(const struct ph_bitmap *bitmap, uint16_t first, uint16_t rows);

// White rows above and below what is printed. Of an all white picture both are its height.
uint16_t ph_bitmap_blank_top(const struct ph_bitmap *bitmap);
uint16_t ph_bitmap_blank_bottom(const struct ph_bitmap *bitmap);

// Writes the strip of 8 * `bytes` rows that begins with row `y` in column format: `bytes` bytes per column from left to
// right, most significant bit on top, white below the last row. `out` has width * bytes bytes. Three bytes are a strip of
// 24 dots (Epson ESC/POS reference, ESC * m = 33). Returns the bytes written, or -EINVAL for no such strip.
ptrdiff_t ph_bitmap_columns(
	const struct ph_bitmap *bitmap, uint16_t y, unsigned bytes, uint8_t *out);

// Makes each dot `times_x` dots wide and `times_y` high, each 1 to PH_RASTER_STRETCH_MAX. `to` has exactly the size that
// results and memory of its own. Returns 0 or -EINVAL.
int ph_bitmap_stretch(
	const struct ph_bitmap *from, unsigned times_x, unsigned times_y, struct ph_bitmap *to);

// Scales to the size of `to`, each pixel the mean of the area it covers, rounded to nearest; exact, so that equal sizes
// are a copy. `scratch` has ph_grey_scale_scratch(to->width) bytes, no alignment needed. Returns 0, -EINVAL or -ENOSPC.
// Time is linear in the pixels of both.
int ph_grey_scale(const struct ph_grey *from, struct ph_grey *to, void *scratch, size_t size);
size_t ph_grey_scale_scratch(uint16_t to_width);

#endif
