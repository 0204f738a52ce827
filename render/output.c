// Draws pages and writes them as PDF, SVG and PNG files; PWG raster is in output_pwg.c.
#include "render/output.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <errno.h>
#include <math.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "render/limits.h"
#include "render/output_private.h"
#include "render/svg_ids.h"

#define PDF_SIDE_MAX 14400.0 // points; what readers of PDF 1.5 take

double ph_paper_room(const struct ph_paper *paper)
{
	const double most = PDF_SIDE_MAX - paper->top - paper->bottom;
	const double room = paper->height > 0 ? paper->height - paper->top - paper->bottom : most;

	return fmax(room, paper->scale) / paper->scale;
}

double ph_page_height(const struct ph_paper *paper, const struct ph_page *page)
{
	if (paper->height > 0)
		return paper->height;
	return fmax(1, page->height * paper->scale) + paper->top + paper->bottom;
}

int ph_page_draw(struct ph_output *output, struct ph_canvas *canvas, const struct ph_page *page)
{
	const struct ph_paper *paper = &output->paper;
	const double room = ph_paper_room(paper);
	const double used = output->sheet->list->media.width * paper->scale;
	const double spare = paper->width - paper->left - paper->right - used;

	cairo_save(canvas->cr);
	cairo_translate(canvas->cr, paper->left + fmax(0, spare / 2), paper->top);
	cairo_scale(canvas->cr, paper->scale, paper->scale);
	if (page->height > room) // one block that no page can hold
		cairo_scale(canvas->cr, room / page->height, room / page->height);
	cairo_translate(canvas->cr, 0, -page->y);
	const int r =
		ph_sheet_draw(output->sheet, canvas, page->first, page->end, &output->missing);
	cairo_restore(canvas->cr);
	return r;
}

static cairo_status_t take(void *closure, const unsigned char *data, unsigned len)
{
	struct ph_buf *buf = closure;

	return ph_buf_add(buf, data, len) < 0 ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static int finish(cairo_surface_t *surface, const struct ph_buf *data, int r)
{
	cairo_surface_finish(surface);
	if (r == 0 && cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS)
		r = data->error ? data->error : -ENOMEM;
	cairo_surface_destroy(surface);
	return r == 0 ? data->error : r;
}

int ph_output_pdf(struct ph_output *output, struct ph_buf *data)
{
	struct ph_pages pages;
	int r = ph_pages_split(output->sheet, ph_paper_room(&output->paper), &pages);

	if (r < 0)
		return r;
	output->pages = pages.count;
	output->width = output->paper.width;
	output->height = ph_page_height(&output->paper, &pages.items[0]);
	cairo_surface_t *surface =
		cairo_pdf_surface_create_for_stream(take, data, output->width, output->height);
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, "");
	struct ph_canvas canvas = {.cr = cairo_create(surface), .fonts = output->fonts};
	for (unsigned i = 0; r == 0 && i < pages.count; i++) {
		cairo_pdf_surface_set_size(
			surface, output->width, ph_page_height(&output->paper, &pages.items[i]));
		r = ph_page_draw(output, &canvas, &pages.items[i]);
		cairo_show_page(canvas.cr);
	}
	ph_canvas_done(&canvas);
	free(pages.items);
	return finish(surface, data, r);
}

static struct ph_page whole(const struct ph_sheet *sheet)
{
	return (struct ph_page){.end = sheet->list->item_count, .height = sheet->height};
}

// Draws on an SVG surface of that size, in points, by `draw`.
static int make_svg(double width, double height, const struct ph_fonts *fonts,
	int (*draw)(void *context, struct ph_canvas *canvas), void *context, struct ph_buf *data)
{
	PH_CLEANUP(ph_buf_done) struct ph_buf raw = {.max = PH_DRAW_ANSWER_MAX};
	cairo_surface_t *surface = cairo_svg_surface_create_for_stream(take, &raw, width, height);
	struct ph_canvas canvas = {.cr = cairo_create(surface), .fonts = fonts};

	int r = draw(context, &canvas);
	ph_canvas_done(&canvas);
	r = finish(surface, &raw, r);
	return r < 0 ? r : ph_svg_number_ids(raw.data, raw.len, data);
}

static int draw_whole(void *context, struct ph_canvas *canvas)
{
	struct ph_output *output = context;
	const struct ph_page page = whole(output->sheet);

	ph_canvas_ink(canvas, PH_INK_PAPER);
	cairo_paint(canvas->cr);
	return ph_page_draw(output, canvas, &page);
}

int ph_output_svg(struct ph_output *output, struct ph_buf *data)
{
	const struct ph_page page = whole(output->sheet);

	output->pages = 1;
	output->width = output->paper.width;
	output->height = ph_page_height(&output->paper, &page);
	return make_svg(output->width, output->height, output->fonts, draw_whole, output, data);
}

static int draw_symbol(void *context, struct ph_canvas *canvas)
{
	return ph_symbol_draw(context, canvas, 0, 0);
}

int ph_output_symbol(
	const struct ph_symbol *symbol, const struct ph_fonts *fonts, struct ph_buf *data)
{
	return make_svg(symbol->width, symbol->height, fonts, draw_symbol, (void *)symbol, data);
}

// --- PNG --------------------------------------------------------------------------------------

static void png_take(png_structp png, png_bytep bytes, size_t len)
{
	if (ph_buf_add(png_get_io_ptr(png), bytes, len) < 0)
		png_error(png, "full");
}

static void png_flush_nothing(png_structp png)
{
}

static void png_fail(png_structp png, png_const_charp message)
{
	longjmp(png_jmpbuf(png), 1);
}

static int write_rows(png_structp png, png_infop info, const struct ph_bitmap *bitmap, unsigned dpi)
{
	const png_uint_32 per_meter = (png_uint_32)lround(dpi / 0.0254);

	if (setjmp(png_jmpbuf(png)))
		return -ENOMEM;
	png_set_IHDR(png, info, bitmap->width, bitmap->height, 1, PNG_COLOR_TYPE_GRAY,
		PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_set_pHYs(png, info, per_meter, per_meter, PNG_RESOLUTION_METER);
	png_set_compression_level(png, 6);
	png_set_filter(png, 0, PNG_FILTER_NONE);
	png_write_info(png, info);
	png_set_invert_mono(png);
	for (unsigned y = 0; y < bitmap->height; y++)
		png_write_row(png, bitmap->bits + (size_t)y * bitmap->stride);
	png_write_end(png, info);
	return 0;
}

int ph_output_bitmap(const struct ph_bitmap *bitmap, unsigned dpi, struct ph_buf *data)
{
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, png_fail, NULL);
	png_infop info = png ? png_create_info_struct(png) : NULL;
	int r = -ENOMEM;

	if (info) {
		png_set_write_fn(png, data, png_take, png_flush_nothing);
		r = write_rows(png, info, bitmap, dpi);
	}
	png_destroy_write_struct(&png, &info);
	return data->error ? data->error : r;
}

int ph_output_png(struct ph_output *output, unsigned dpi, struct ph_buf *data)
{
	const struct ph_page page = whole(output->sheet);
	const double pixels = dpi / (double)PH_POINTS;
	const double width = round(output->paper.width * pixels);
	const double height = ceil(ph_page_height(&output->paper, &page) * pixels - 1e-6);
	struct ph_bitmap bitmap;
	struct ph_canvas canvas;
	size_t size;

	if (width > PH_DRAW_WIDTH_MAX || height > PH_DRAW_HEIGHT_MAX)
		return -E2BIG;
	output->pages = 1;
	output->width = width;
	output->height = height;
	int r = ph_canvas_dots(&canvas, output->fonts, (unsigned)width, (unsigned)height);
	if (r < 0)
		return r;
	cairo_scale(canvas.cr, pixels, pixels);
	r = ph_page_draw(output, &canvas, &page);
	bitmap = (struct ph_bitmap){.width = (uint16_t)width,
		.height = (uint16_t)height,
		.stride = ph_bitmap_stride((unsigned)width)};
	if (r == 0)
		r = ph_canvas_bits(&canvas, &bitmap.bits, &size);
	if (r == 0) {
		r = ph_output_bitmap(&bitmap, dpi, data);
		free(bitmap.bits);
	}
	ph_canvas_done(&canvas);
	return r;
}
