// Surfaces, inks and bits; what is drawn is decided by others.
#include "render/canvas.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "render/limits.h"

#define BLACK_FROM                                                                                 \
	128 // cover of a dot that prints; the middle, so that inverted text is the exact negative

int ph_canvas_dots(
	struct ph_canvas *canvas, const struct ph_fonts *fonts, unsigned width, unsigned height)
{
	if (!width || !height || width > PH_DRAW_WIDTH_MAX || height > PH_DRAW_HEIGHT_MAX)
		return -EINVAL;
	cairo_surface_t *surface =
		cairo_image_surface_create(CAIRO_FORMAT_A8, (int)width, (int)height);
	*canvas = (struct ph_canvas){.cr = cairo_create(surface), .fonts = fonts, .dots = true};
	cairo_surface_destroy(surface);
	if (cairo_status(canvas->cr) != CAIRO_STATUS_SUCCESS) {
		ph_canvas_done(canvas);
		return -ENOMEM;
	}
	cairo_set_antialias(canvas->cr, CAIRO_ANTIALIAS_GRAY);
	return 0;
}

void ph_canvas_done(struct ph_canvas *canvas)
{
	if (canvas->cr)
		cairo_destroy(canvas->cr);
	canvas->cr = NULL;
}

void ph_canvas_ink(struct ph_canvas *canvas, enum ph_ink ink)
{
	static const double colours[][3] = {
		[PH_INK_BLACK] = {0, 0, 0},
		[PH_INK_PAPER] = {1, 1, 1},
		[PH_INK_RED] = {0.8, 0, 0},
		[PH_INK_NOTE] = {0.5, 0.5, 0.5},
	};

	if (canvas->dots || canvas->cover) {
		cairo_set_operator(canvas->cr,
			ink == PH_INK_PAPER ? CAIRO_OPERATOR_DEST_OUT : CAIRO_OPERATOR_OVER);
		cairo_set_source_rgba(
			canvas->cr, 0, 0, 0, canvas->cover && ink == PH_INK_NOTE ? 0.5 : 1);
		return;
	}
	cairo_set_source_rgb(canvas->cr, colours[ink][0], colours[ink][1], colours[ink][2]);
}

void ph_canvas_fill(struct ph_canvas *canvas, double x, double y, double width, double height)
{
	cairo_rectangle(canvas->cr, x, y, width, height);
	cairo_fill(canvas->cr);
}

PangoContext *ph_canvas_pango(const struct ph_canvas *canvas)
{
	return canvas->dots ? canvas->fonts->dots : canvas->fonts->vector;
}

// Eight pixels of cover become a byte.
static uint8_t pack(const uint8_t *pixels, unsigned count)
{
	unsigned byte = 0;

	for (unsigned i = 0; i < count; i++)
		byte |= (pixels[i] >= BLACK_FROM ? 0x80u : 0u) >> i;
	return (uint8_t)byte;
}

int ph_canvas_bits(const struct ph_canvas *canvas, uint8_t **ret_bits, size_t *ret_size)
{
	cairo_surface_t *surface = cairo_get_target(canvas->cr);

	cairo_surface_flush(surface);
	if (cairo_status(canvas->cr) != CAIRO_STATUS_SUCCESS ||
		cairo_image_surface_get_format(surface) != CAIRO_FORMAT_A8)
		return -EIO;
	const unsigned width = (unsigned)cairo_image_surface_get_width(surface);
	const unsigned height = (unsigned)cairo_image_surface_get_height(surface);
	const size_t from_stride = (size_t)cairo_image_surface_get_stride(surface);
	const size_t stride = ph_bitmap_stride(width);
	uint8_t *bits = malloc(stride * height);
	if (!bits)
		return -ENOMEM;
	for (unsigned y = 0; y < height; y++) {
		const uint8_t *row = cairo_image_surface_get_data(surface) + y * from_stride;
		for (unsigned x = 0; x < width; x += 8)
			bits[y * stride + x / 8] = pack(row + x, width - x < 8 ? width - x : 8);
	}
	*ret_bits = bits;
	*ret_size = stride * height;
	return 0;
}

// The mask as a picture in black. NULL when out of memory.
static cairo_surface_t *black_of(cairo_surface_t *mask)
{
	const int width = cairo_image_surface_get_width(mask);
	const int height = cairo_image_surface_get_height(mask);
	cairo_surface_t *black = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, width, height);

	if (cairo_surface_status(black) != CAIRO_STATUS_SUCCESS)
		return NULL;
	const size_t from_stride = (size_t)cairo_image_surface_get_stride(mask);
	const size_t to_stride = (size_t)cairo_image_surface_get_stride(black);
	for (int y = 0; y < height; y++) {
		const uint8_t *from = cairo_image_surface_get_data(mask) + (size_t)y * from_stride;
		uint8_t *to = cairo_image_surface_get_data(black) + (size_t)y * to_stride;
		for (int x = 0; x < width; x++) {
			const uint32_t pixel = (uint32_t)from[x] << 24;
			memcpy(to + 4 * (size_t)x, &pixel, sizeof pixel);
		}
	}
	cairo_surface_mark_dirty(black);
	return black;
}

// cairo 1.16 writes masks into SVG files without the scale of the page, so that they land elsewhere: there the picture
// itself is painted.
static void paint_mask(struct ph_canvas *canvas, cairo_surface_t *mask, cairo_filter_t filter)
{
	const bool svg =
		cairo_surface_get_type(cairo_get_target(canvas->cr)) == CAIRO_SURFACE_TYPE_SVG;
	cairo_surface_t *black = svg ? black_of(mask) : NULL;
	cairo_pattern_t *pattern = cairo_pattern_create_for_surface(black ? black : mask);

	cairo_pattern_set_filter(pattern, filter);
	if (black) {
		cairo_set_source(canvas->cr, pattern);
		cairo_paint(canvas->cr);
		cairo_surface_destroy(black);
	} else {
		cairo_mask(canvas->cr, pattern);
	}
	cairo_pattern_destroy(pattern);
}

// Inks the places that a mask covers, in black; takes the mask over.
static int ink_mask(
	struct ph_canvas *canvas, cairo_surface_t *mask, double x, double y, double scale)
{
	cairo_surface_mark_dirty(mask);
	cairo_save(canvas->cr);
	cairo_translate(canvas->cr, x, y);
	cairo_scale(canvas->cr, scale, scale);
	paint_mask(canvas, mask, scale == 1 ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_GOOD);
	cairo_restore(canvas->cr);
	cairo_surface_destroy(mask);
	return cairo_status(canvas->cr) == CAIRO_STATUS_SUCCESS ? 0 : -ENOMEM;
}

static cairo_surface_t *new_mask(unsigned width, unsigned height)
{
	cairo_surface_t *mask =
		cairo_image_surface_create(CAIRO_FORMAT_A8, (int)width, (int)height);

	if (cairo_surface_status(mask) == CAIRO_STATUS_SUCCESS)
		return mask;
	cairo_surface_destroy(mask);
	return NULL;
}

int ph_canvas_bitmap(struct ph_canvas *canvas, const struct ph_bitmap *bitmap, double x, double y)
{
	cairo_surface_t *mask = new_mask(bitmap->width, bitmap->height);

	if (!mask)
		return -ENOMEM;
	const size_t stride = (size_t)cairo_image_surface_get_stride(mask);
	for (unsigned row = 0; row < bitmap->height; row++) {
		uint8_t *to = cairo_image_surface_get_data(mask) + row * stride;
		const uint8_t *from = bitmap->bits + (size_t)row * bitmap->stride;
		for (unsigned i = 0; i < bitmap->width; i++)
			to[i] = from[i / 8] << i % 8 & 0x80 ? 255 : 0;
	}
	return ink_mask(canvas, mask, x, y, 1);
}

int ph_canvas_grey(
	struct ph_canvas *canvas, const struct ph_grey *grey, double x, double y, double width)
{
	cairo_surface_t *mask = new_mask(grey->width, grey->height);

	if (!mask)
		return -ENOMEM;
	const size_t stride = (size_t)cairo_image_surface_get_stride(mask);
	for (unsigned row = 0; row < grey->height; row++) {
		uint8_t *to = cairo_image_surface_get_data(mask) + row * stride;
		const uint8_t *from = grey->pixels + (size_t)row * grey->stride;
		for (unsigned i = 0; i < grey->width; i++)
			to[i] = (uint8_t)(255 - from[i]);
	}
	return ink_mask(canvas, mask, x, y, width / grey->width);
}
