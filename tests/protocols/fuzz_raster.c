// The raster codec on foreign sizes: memory ends exactly where the numbers say, results must keep the codec's promises.
#include <stdlib.h>
#include <string.h>

#include "protocols/raster/command.h"
#include "protocols/raster/dither.h"

#define AREA_MAX (1 << 14) // larger pictures only cost time

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct input {
	const uint8_t *data;
	size_t len, at;
};

static unsigned next(struct input *input, unsigned bytes)
{
	unsigned value = 0;

	while (bytes--)
		value = value << 8 | (input->at < input->len ? input->data[input->at++] : 0);
	return value;
}

// Exactly `size` bytes, filled with what is left of the input, again and again.
static uint8_t *memory(const struct input *input, size_t size)
{
	uint8_t *bytes = malloc(size ? size : 1);
	const size_t left = input->len - input->at;

	if (!bytes)
		abort();
	memset(bytes, 0, size);
	for (size_t i = 0; left && i < size; i++)
		bytes[i] = (uint8_t)(input->data[input->at + i % left] + i / left);
	return bytes;
}

static void must(bool kept)
{
	if (!kept)
		abort();
}

static void try_bitmap(const struct input *input, const struct ph_bitmap *bitmap, unsigned how)
{
	const unsigned bytes = how % 20, times_x = how % 18, times_y = how / 18 % 18;
	const uint16_t y = (uint16_t)(how % (bitmap->height + 2u));
	uint8_t *out = malloc((size_t)bitmap->width * bytes + 1);
	struct ph_bitmap large;

	const ptrdiff_t written = ph_bitmap_columns(bitmap, y, bytes, out);
	must(written < 0 || written == (ptrdiff_t)bitmap->width * (ptrdiff_t)bytes);
	free(out);
	must(ph_bitmap_blank_top(bitmap) <= bitmap->height);
	must(ph_bitmap_blank_bottom(bitmap) <= bitmap->height);
	const uint16_t width = (uint16_t)(bitmap->width * times_x);
	const uint16_t height = (uint16_t)(bitmap->height * times_y);
	const size_t size = ph_bitmap_size(width, height);
	if (size > AREA_MAX)
		return;
	out = memory(input, size);
	if (ph_bitmap_init(&large, width, height, out, size) == 0)
		ph_bitmap_stretch(bitmap, times_x, times_y, &large);
	free(out);
}

static void try_scale(const struct input *input, const struct ph_grey *grey, unsigned how)
{
	struct ph_grey to = {.width = (uint16_t)(how % 200), .height = (uint16_t)(how / 200 % 50)};
	const size_t size = ph_grey_scale_scratch(to.width);
	uint8_t *scratch = malloc(size);

	to.stride = to.width;
	to.pixels = memory(input, (size_t)to.stride * to.height);
	must(ph_grey_scale(grey, &to, scratch, size - 1) < 0);
	ph_grey_scale(grey, &to, scratch, size);
	free(to.pixels);
	free(scratch);
}

// A band as it goes out: nothing in it acts, and no more dots differ than are reported.
static void try_band(const struct ph_raster_band *band, const struct ph_bitmap *rows,
	const struct ph_guard_rules *rules)
{
	const size_t len = ph_raster_data_len(band);
	uint8_t *stream = malloc(PH_RASTER_HEADER_MAX + len), *data = calloc(1, len);
	const struct ph_guard_shape shape = ph_raster_shape(band);
	const int header = ph_raster_header(band, stream);
	struct ph_guard guard;
	unsigned changed = 0;

	must(data && header > 0 && header <= PH_RASTER_HEADER_MAX);
	if (len == 3u * band->width && band->rows == 24)
		must(ph_bitmap_columns(rows, 0, 3, data) == (ptrdiff_t)len);
	else
		memcpy(data, rows->bits, (size_t)rows->stride * rows->height);
	memcpy(stream + header, data, len);
	ph_guard_init(&guard, rules);
	ph_guard_sent(&guard, stream, (size_t)header);
	const unsigned reported = ph_guard_picture(&guard, stream + header, len, &shape, NULL, 0);
	for (size_t i = 0; i < len; i++)
		changed += (unsigned)__builtin_popcount(stream[(size_t)header + i] ^ data[i]);
	must(changed <= reported && reported == guard.changed);
	const size_t total = (size_t)header + len;
	must(ph_guard_find(rules, stream, total) == total);
	must(stream[total - 1] != rules->lead);
	free(stream);
	free(data);
}

static void try_bands(const struct ph_bitmap *bitmap, unsigned how)
{
	const struct ph_guard_rules *rules = how & 1 ? &ph_guard_star : &ph_guard_escpos;
	struct ph_raster_bands bands = {.bitmap = bitmap,
		.rules = rules,
		.most = {(enum ph_raster_command)(how >> 1 & 7), bitmap->width,
			(uint16_t)(how >> 4 & 0xfff), how >> 16 & 1, how >> 17 & 1}};
	struct ph_raster_band band;
	struct ph_bitmap rows;

	while (ph_raster_bands_next(&bands, &band, &rows) == 1) {
		must(ph_raster_header_safe(&band, rules) && rows.height >= 1);
		if (bitmap->stride == ph_bitmap_stride(bitmap->width))
			try_band(&band, &rows, rules);
	}
	ph_raster_width_safe(&bands.most, rules);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input input = {data, len, 0};
	const unsigned width = next(&input, 2), height = next(&input, 2), how = next(&input, 4);
	const unsigned stride = width + next(&input, 1) - 16, dots = next(&input, 1);
	struct ph_grey grey = {(uint16_t)width, (uint16_t)height, stride, NULL};
	struct ph_bitmap bitmap = {(uint16_t)width, (uint16_t)height,
		ph_bitmap_stride(width) + dots % 4 - (dots == 255), NULL};
	struct ph_tone tone;
	const struct ph_dither_options options = {.method = (enum ph_dither)(how % 7),
		.threshold = (uint8_t)(how >> 8),
		.tone = ph_tone_init(&tone, how >> 16 & 0x7f) == 0 ? &tone : NULL};

	if ((size_t)width * height > AREA_MAX || (uint64_t)stride * height > 2 * AREA_MAX)
		return 0;
	grey.pixels = memory(&input, (size_t)stride * height);
	bitmap.bits = memory(&input, (size_t)bitmap.stride * height);
	const size_t size = ph_dither_scratch((uint16_t)width);
	uint8_t *scratch = malloc(size);
	must(ph_dither(&grey, &options, &bitmap, scratch, size - 1) < 0);
	if (ph_dither(&grey, &options, &bitmap, scratch, size) == 0) {
		try_bitmap(&input, &bitmap, how);
		try_bands(&bitmap, how);
	}
	try_scale(&input, &grey, how);
	free(scratch);
	free(grey.pixels);
	free(bitmap.bits);
	return 0;
}
