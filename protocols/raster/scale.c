// Scaling of grey by area, in whole numbers. Decoding and composing on white are left to the caller.
#include "protocols/raster/raster.h"

#include <errno.h>
#include <string.h>

#include "protocols/raster/check.h"

// Per pixel of a row that results: the sum over the rows it covers, and the sum inside one of them.
#define BYTES_PER_PIXEL (sizeof(uint64_t) + sizeof(uint32_t))
#define ALIGN		sizeof(uint64_t)

size_t ph_grey_scale_scratch(uint16_t to_width)
{
	return to_width * BYTES_PER_PIXEL + ALIGN - 1;
}

// A pixel of the result covers `width` parts, one of the row `to_width` parts: the sum of what each has in it.
static void sum_row(const uint8_t *pixel, uint32_t width, uint32_t *sums, uint32_t to_width)
{
	uint32_t left = to_width; // parts of the first pixel that are not taken yet

	for (uint32_t x = 0; x < to_width; x++) {
		uint32_t need = width, whole = 0;
		if (left > need) {
			sums[x] = need * *pixel;
			left -= need;
			continue;
		}
		uint32_t sum = left * *pixel++;
		for (need -= left; need >= to_width; need -= to_width)
			whole += *pixel++;
		sum += whole * to_width;
		left = to_width;
		if (need) {
			sum += need * *pixel;
			left -= need;
		}
		sums[x] = sum;
	}
}

static void add_rows(uint64_t *all, const uint32_t *sums, uint32_t count, uint32_t times)
{
	for (uint32_t x = 0; x < count; x++)
		all[x] += (uint64_t)sums[x] * times;
}

static void copy_rows(const struct ph_grey *from, struct ph_grey *to)
{
	for (uint32_t y = 0; y < to->height; y++)
		memcpy(to->pixels + (size_t)y * to->stride, from->pixels + (size_t)y * from->stride,
			to->width);
}

static void scale_rows(
	const struct ph_grey *from, struct ph_grey *to, uint64_t *all, uint32_t *sums)
{
	const uint64_t area = (uint64_t)from->width * from->height;
	uint32_t left = 0, row = 0; // parts of the row in `sums` that are not taken yet

	for (uint32_t y = 0; y < to->height; y++) {
		memset(all, 0, to->width * sizeof *all);
		for (uint32_t need = from->height; need > 0;) {
			if (left == 0) {
				sum_row(from->pixels + (size_t)row++ * from->stride, from->width,
					sums, to->width);
				left = to->height;
			}
			const uint32_t take = left < need ? left : need;
			add_rows(all, sums, to->width, take);
			left -= take;
			need -= take;
		}
		uint8_t *out = to->pixels + (size_t)y * to->stride;
		for (uint32_t x = 0; x < to->width; x++)
			out[x] = (uint8_t)((all[x] + area / 2) / area);
	}
}

int ph_grey_scale(const struct ph_grey *from, struct ph_grey *to, void *scratch, size_t size)
{
	if (!ph_grey_ok(from) || !ph_grey_ok(to))
		return -EINVAL;
	if (!scratch || size < ph_grey_scale_scratch(to->width))
		return -ENOSPC;
	if (from->width == to->width && from->height == to->height) {
		copy_rows(from, to);
		return 0;
	}
	uint64_t *all = (uint64_t *)(((uintptr_t)scratch + ALIGN - 1) & ~(uintptr_t)(ALIGN - 1));
	scale_rows(from, to, all, (uint32_t *)(all + to->width));
	return 0;
}
