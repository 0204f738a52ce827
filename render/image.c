// Pictures of any size into dots: scaling, turning, dithering; the file formats are in image_png.c and image_jpeg.c.
#include "render/image.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocols/raster/dither.h"
#include "protocols/receipt/raster_order.h"
#include "render/image_private.h"
#include "render/limits.h"

int ph_image_fail(struct ph_image_error *error, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error->text, sizeof error->text, format, args);
	va_end(args);
	return err;
}

int ph_image_check(uint32_t width, uint32_t height, struct ph_image_error *error)
{
	if (!width || !height)
		return ph_image_fail(error, -EBADMSG, "the picture has no pixels");
	if (width > PH_DRAW_IMAGE_SIDE_MAX || height > PH_DRAW_IMAGE_SIDE_MAX ||
		(uint64_t)width * height > PH_RECEIPT_PIXELS_MAX)
		return ph_image_fail(error, -E2BIG, "%u x %u pixels, at most %d in all", width,
			height, PH_RECEIPT_PIXELS_MAX);
	return 0;
}

uint32_t ph_image_height(uint32_t from_width, uint32_t from_height, uint32_t width)
{
	const uint64_t height = ((uint64_t)from_height * width + from_width / 2) / from_width;

	return height > UINT32_MAX ? UINT32_MAX : height ? (uint32_t)height : 1;
}

// --- scaling ----------------------------------------------------------------------------------

int ph_scaler_init(struct ph_scaler *scaler, uint32_t from_width, uint32_t from_height,
	uint32_t to_width, uint32_t to_height)
{
	*scaler = (struct ph_scaler){.from_width = from_width, .from_height = from_height};
	if (to_width > PH_ORDER_HEIGHT_MAX || to_height > PH_ORDER_HEIGHT_MAX)
		return -E2BIG;
	scaler->line = calloc(to_width, sizeof *scaler->line);
	scaler->sum = calloc(to_width, sizeof *scaler->sum);
	scaler->grey = (struct ph_grey){
		.width = (uint16_t)to_width, .height = (uint16_t)to_height, .stride = to_width};
	scaler->grey.pixels = malloc((size_t)to_width * to_height);
	if (scaler->line && scaler->sum && scaler->grey.pixels)
		return 0;
	ph_scaler_done(scaler);
	free(scaler->grey.pixels);
	scaler->grey.pixels = NULL;
	return -ENOMEM;
}

void ph_scaler_done(struct ph_scaler *scaler)
{
	free(scaler->line);
	free(scaler->sum);
	scaler->line = NULL;
	scaler->sum = NULL;
}

// A pixel of the file is `to` wide and one of the result `from`, in parts of both.
static void scale_across(struct ph_scaler *scaler, const uint8_t *pixels)
{
	const uint32_t from = scaler->from_width, to = scaler->grey.width;
	uint32_t room = from, out = 0; // room: what the present pixel of the result still takes
	uint32_t sum = 0;

	for (uint32_t x = 0; x < from; x++) {
		uint32_t left = to;
		while (left >= room) {
			scaler->line[out++] = sum + pixels[x] * room;
			left -= room;
			room = from;
			sum = 0;
		}
		sum += pixels[x] * left;
		room -= left;
	}
}

static void finish_row(struct ph_scaler *scaler)
{
	uint8_t *out = scaler->grey.pixels + (size_t)scaler->to_y * scaler->grey.stride;
	const uint64_t parts = (uint64_t)scaler->from_width * scaler->from_height;

	if (!parts)
		return;
	for (uint32_t x = 0; x < scaler->grey.width; x++) {
		out[x] = (uint8_t)((scaler->sum[x] + parts / 2) / parts);
		scaler->sum[x] = 0;
	}
	scaler->to_y++;
	scaler->filled = 0;
}

void ph_scaler_row(struct ph_scaler *scaler, const uint8_t *pixels)
{
	uint64_t left = scaler->grey.height;

	if (scaler->from_y >= scaler->from_height)
		return;
	scaler->from_y++;
	scale_across(scaler, pixels);
	while (left > 0) {
		const uint64_t room = scaler->from_height - scaler->filled;
		const uint64_t part = left < room ? left : room;
		for (uint32_t x = 0; x < scaler->grey.width; x++)
			scaler->sum[x] += scaler->line[x] * part;
		scaler->filled += part;
		left -= part;
		if (scaler->filled == scaler->from_height)
			finish_row(scaler);
	}
}

// --- turning ----------------------------------------------------------------------------------

// Source: Exif 2.3, tag 0112 Orientation: where the first row and the first column are.
static int turn(struct ph_grey *grey, unsigned orientation)
{
	const bool across = orientation >= 5;
	const uint16_t width = across ? grey->height : grey->width;
	const uint16_t height = across ? grey->width : grey->height;

	if (orientation < 2 || orientation > 8)
		return 0;
	uint8_t *pixels = malloc((size_t)width * height);
	if (!pixels)
		return -ENOMEM;
	for (uint32_t y = 0; y < height; y++) {
		for (uint32_t x = 0; x < width; x++) {
			uint32_t from_x = across ? y : x, from_y = across ? x : y;
			if (orientation == 2 || orientation == 3 || orientation == 7 ||
				orientation == 8)
				from_x = grey->width - 1u - from_x;
			if (orientation == 3 || orientation == 4 || orientation == 6 ||
				orientation == 7)
				from_y = grey->height - 1u - from_y;
			pixels[(size_t)y * width + x] =
				grey->pixels[(size_t)from_y * grey->stride + from_x];
		}
	}
	free(grey->pixels);
	*grey = (struct ph_grey){
		.width = width, .height = height, .stride = width, .pixels = pixels};
	return 0;
}

int ph_image_decode(const uint8_t *data, size_t len, enum ph_image_format format, unsigned width,
	struct ph_grey *ret_grey, struct ph_image_error *ret_error)
{
	struct ph_scaler scaler = {0};
	unsigned orientation = 1;
	int r;

	if (!width || width > PH_DRAW_WIDTH_MAX)
		return ph_image_fail(ret_error, -E2BIG, "at most %d dots wide", PH_DRAW_WIDTH_MAX);
	if (format == PH_IMAGE_PNG)
		r = ph_png_decode(data, len, width, &scaler, ret_error);
	else
		r = ph_jpeg_decode(data, len, width, &scaler, &orientation, ret_error);
	ph_scaler_done(&scaler);
	if (r == 0)
		r = turn(&scaler.grey, orientation);
	if (r == -ENOMEM)
		ph_image_fail(ret_error, r, "out of memory");
	if (r < 0) {
		free(scaler.grey.pixels);
		return r;
	}
	*ret_grey = scaler.grey;
	return 0;
}

static int dither(
	const struct ph_grey *grey, const struct ph_receipt_image *image, struct ph_bitmap *bitmap)
{
	const size_t size = ph_dither_scratch(grey->width);
	struct ph_dither_options options = {.method = image->dither, .threshold = image->threshold};
	struct ph_tone tone;
	void *scratch = malloc(size);

	if (!scratch)
		return -ENOMEM;
	if (options.method == PH_DITHER_AUTO)
		options.method = ph_dither_choose(grey);
	if (ph_tone_init(&tone, PH_TONE_GAMMA_DEFAULT) == 0)
		options.tone = &tone;
	const int r = ph_dither(grey, &options, bitmap, scratch, size);
	free(scratch);
	return r;
}

int ph_image_dots(const struct ph_receipt_image *image, unsigned width,
	struct ph_bitmap *ret_bitmap, struct ph_image_error *ret_error)
{
	struct ph_grey grey;
	struct ph_bitmap bitmap;
	int r = ph_image_decode(image->data, image->len, image->format, width, &grey, ret_error);

	if (r < 0)
		return r;
	const size_t size = ph_bitmap_size(grey.width, grey.height);
	uint8_t *bits = malloc(size);
	r = bits ? ph_bitmap_init(&bitmap, grey.width, grey.height, bits, size) : -ENOMEM;
	if (r == 0)
		r = dither(&grey, image, &bitmap);
	free(grey.pixels);
	if (r < 0) {
		free(bits);
		return ph_image_fail(ret_error, r, "cannot be made dots");
	}
	*ret_bitmap = bitmap;
	return 0;
}
