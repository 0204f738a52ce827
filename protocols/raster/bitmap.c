// Dots as they are: blank rows, column format, stretching. Making dots of grey is left to dither.c.
#include "protocols/raster/raster.h"

#include <errno.h>
#include <string.h>

#include "protocols/raster/check.h"

int ph_bitmap_init(
	struct ph_bitmap *bitmap, uint16_t width, uint16_t height, void *bits, size_t size)
{
	if (width < 1 || width > PH_RASTER_WIDTH_MAX || height < 1 || !bits)
		return -EINVAL;
	if (size < ph_bitmap_size(width, height))
		return -ENOSPC;
	*bitmap = (struct ph_bitmap){
		.width = width, .height = height, .stride = ph_bitmap_stride(width), .bits = bits};
	return 0;
}

struct ph_bitmap ph_bitmap_rows(const struct ph_bitmap *bitmap, uint16_t first, uint16_t rows)
{
	const uint16_t left = (uint16_t)(bitmap->height - first);
	struct ph_bitmap part = *bitmap;

	part.height = rows < left ? rows : left;
	part.bits += (size_t)first * bitmap->stride;
	return part;
}

static bool row_blank(const struct ph_bitmap *bitmap, unsigned y)
{
	const uint8_t *row = bitmap->bits + (size_t)y * bitmap->stride;
	const uint32_t bytes = ph_bitmap_stride(bitmap->width);

	return row[0] == 0 && memcmp(row, row + 1, bytes - 1) == 0;
}

uint16_t ph_bitmap_blank_top(const struct ph_bitmap *bitmap)
{
	uint16_t rows = 0;

	while (rows < bitmap->height && row_blank(bitmap, rows))
		rows++;
	return rows;
}

uint16_t ph_bitmap_blank_bottom(const struct ph_bitmap *bitmap)
{
	uint16_t rows = 0;

	while (rows < bitmap->height && row_blank(bitmap, bitmap->height - 1u - rows))
		rows++;
	return rows;
}

// Turns 8 rows of 8 dots: byte r of the result, counted from the most significant, is column r from the top down.
static uint64_t transpose(uint64_t rows)
{
	uint64_t t;

	t = (rows ^ (rows >> 7)) & 0x00aa00aa00aa00aau;
	rows ^= t ^ (t << 7);
	t = (rows ^ (rows >> 14)) & 0x0000cccc0000ccccu;
	rows ^= t ^ (t << 14);
	t = (rows ^ (rows >> 28)) & 0x00000000f0f0f0f0u;
	return rows ^ t ^ (t << 28);
}

// The dots of 8 columns and 8 rows, first row in the most significant byte; white below the picture.
static uint64_t block_at(const struct ph_bitmap *bitmap, unsigned y, unsigned byte)
{
	uint64_t rows = 0;

	for (unsigned i = 0; i < 8; i++) {
		rows <<= 8;
		if (y + i < bitmap->height)
			rows |= bitmap->bits[(size_t)(y + i) * bitmap->stride + byte];
	}
	return rows;
}

ptrdiff_t ph_bitmap_columns(
	const struct ph_bitmap *bitmap, uint16_t y, unsigned bytes, uint8_t *out)
{
	if (!ph_bitmap_ok(bitmap) || y >= bitmap->height || bytes < 1 || bytes > UINT8_MAX)
		return -EINVAL;
	for (unsigned x = 0; x < bitmap->width; x += 8) {
		const unsigned count = bitmap->width - x < 8 ? bitmap->width - x : 8;
		for (unsigned b = 0; b < bytes; b++) {
			const uint64_t block = transpose(block_at(bitmap, y + 8 * b, x / 8));
			for (unsigned i = 0; i < count; i++)
				out[(size_t)(x + i) * bytes + b] = (uint8_t)(block >> (56 - 8 * i));
		}
	}
	return (ptrdiff_t)bitmap->width * (ptrdiff_t)bytes;
}

static void stretch_row(const uint8_t *from, unsigned width, unsigned times, uint8_t *out)
{
	unsigned at = 0; // in dots of `out`

	for (unsigned x = 0; x < width; x++) {
		const bool black = from[x / 8] & 0x80u >> x % 8;
		for (unsigned i = 0; i < times; i++, at++) {
			if (black)
				out[at / 8] |= (uint8_t)(0x80u >> at % 8);
		}
	}
}

int ph_bitmap_stretch(
	const struct ph_bitmap *from, unsigned times_x, unsigned times_y, struct ph_bitmap *to)
{
	if (times_x < 1 || times_x > PH_RASTER_STRETCH_MAX || times_y < 1 ||
		times_y > PH_RASTER_STRETCH_MAX)
		return -EINVAL;
	if (!ph_bitmap_ok(from) || !ph_bitmap_ok(to) || to->width != from->width * times_x ||
		to->height != from->height * times_y)
		return -EINVAL;
	const uint32_t bytes = ph_bitmap_stride(to->width);
	uint8_t *row = to->bits;
	for (unsigned y = 0; y < from->height; y++) {
		const uint8_t *first = row;
		memset(row, 0, bytes);
		stretch_row(from->bits + (size_t)y * from->stride, from->width, times_x, row);
		row += to->stride;
		for (unsigned i = 1; i < times_y; i++, row += to->stride)
			memcpy(row, first, bytes);
	}
	return 0;
}
