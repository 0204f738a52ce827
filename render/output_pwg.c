// PWG raster: pages of eight-bit grey under the header and the compression of PWG 5102.4, which printers without PDF take.
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "render/limits.h"
#include "render/output_private.h"

#define HEADER_SIZE 1796
#define PIXELS_MAX  (64u * 1024 * 1024) // of one page
#define SGRAY	    18			// ColorSpace

// Offsets in the header of a page. Source: PWG 5102.4-2012, table 1.
enum {
	AT_SIGNATURE = 0,
	AT_RESOLUTION = 276,
	AT_COPIES = 340,
	AT_PAGE_SIZE = 352,
	AT_WIDTH = 372,
	AT_HEIGHT = 376,
	AT_BITS_PER_COLOR = 384,
	AT_BITS_PER_PIXEL = 388,
	AT_BYTES_PER_LINE = 392,
	AT_COLOR_SPACE = 400,
	AT_COLORS = 420,
	AT_PAGES = 452,
	AT_CROSS_FEED = 456,
	AT_FEED = 460,
	AT_BOX = 464,
};

static void put(uint8_t *header, size_t at, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		header[at + i] = (uint8_t)(value >> (24 - 8 * i));
}

static void write_header(struct ph_buf *data, const struct ph_output *output, unsigned dpi,
	unsigned width, unsigned height, double height_pt)
{
	uint8_t header[HEADER_SIZE] = "PwgRaster";

	put(header, AT_RESOLUTION, dpi);
	put(header, AT_RESOLUTION + 4, dpi);
	put(header, AT_COPIES, 1);
	put(header, AT_PAGE_SIZE, (uint32_t)lround(output->paper.width));
	put(header, AT_PAGE_SIZE + 4, (uint32_t)lround(height_pt));
	put(header, AT_WIDTH, width);
	put(header, AT_HEIGHT, height);
	put(header, AT_BITS_PER_COLOR, 8);
	put(header, AT_BITS_PER_PIXEL, 8);
	put(header, AT_BYTES_PER_LINE, width);
	put(header, AT_COLOR_SPACE, SGRAY);
	put(header, AT_COLORS, 1);
	put(header, AT_PAGES, output->pages);
	put(header, AT_CROSS_FEED, 1);
	put(header, AT_FEED, 1);
	put(header, AT_BOX + 8, width);
	put(header, AT_BOX + 12, height);
	ph_buf_add(data, header, sizeof header);
}

// One line: runs of 1 to 128 equal pixels, and of 2 to 128 that differ. Source: PWG 5102.4-2012, 4.4.
static void write_line(struct ph_buf *data, const uint8_t *row, unsigned width)
{
	for (unsigned x = 0; x < width;) {
		unsigned count = 1;
		while (x + count < width && count < 128 && row[x + count] == row[x])
			count++;
		if (count > 1 || x + 1 == width) {
			ph_buf_add_char(data, (char)(count - 1));
			ph_buf_add_char(data, (char)row[x]);
			x += count;
			continue;
		}
		while (x + count < width && count < 128 && row[x + count] != row[x + count - 1])
			count++;
		if (x + count < width && count > 2)
			count--; // the last one begins a run
		if (count == 1)
			ph_buf_add_char(data, 0);
		else
			ph_buf_add_char(data, (char)(257 - count));
		ph_buf_add(data, row + x, count);
		x += count;
	}
}

static void write_page(struct ph_buf *data, cairo_surface_t *surface)
{
	const unsigned width = (unsigned)cairo_image_surface_get_width(surface);
	const unsigned height = (unsigned)cairo_image_surface_get_height(surface);
	const size_t stride = (size_t)cairo_image_surface_get_stride(surface);
	uint8_t *pixels = cairo_image_surface_get_data(surface);

	for (unsigned y = 0; y < height; y++) // cover becomes grey
		for (unsigned x = 0; x < width; x++)
			pixels[y * stride + x] = (uint8_t)(255 - pixels[y * stride + x]);
	for (unsigned y = 0, count; y < height && !data->error; y += count) {
		const uint8_t *row = pixels + y * stride;
		for (count = 1; count < 256 && y + count < height; count++)
			if (memcmp(row, row + count * stride, width) != 0)
				break;
		ph_buf_add_char(data, (char)(count - 1));
		write_line(data, row, width);
	}
}

static int draw_page(
	struct ph_output *output, const struct ph_page *page, unsigned dpi, struct ph_buf *data)
{
	const double pixels = dpi / (double)PH_POINTS;
	const double height_pt = ph_page_height(&output->paper, page);
	const double width = round(output->paper.width * pixels),
		     height = round(height_pt * pixels);

	if (width < 1 || height < 1 || width > UINT16_MAX || height > UINT16_MAX ||
		width * height > PIXELS_MAX)
		return -E2BIG;
	cairo_surface_t *surface =
		cairo_image_surface_create(CAIRO_FORMAT_A8, (int)width, (int)height);
	struct ph_canvas canvas = {
		.cr = cairo_create(surface), .fonts = output->fonts, .cover = true};
	cairo_scale(canvas.cr, pixels, pixels);
	int r = ph_page_draw(output, &canvas, page);
	if (r == 0 && cairo_status(canvas.cr) != CAIRO_STATUS_SUCCESS)
		r = -ENOMEM;
	ph_canvas_done(&canvas);
	cairo_surface_flush(surface);
	if (r == 0) {
		write_header(data, output, dpi, (unsigned)width, (unsigned)height, height_pt);
		write_page(data, surface);
		r = data->error;
	}
	cairo_surface_destroy(surface);
	return r;
}

int ph_output_pwg(struct ph_output *output, unsigned dpi, struct ph_buf *data)
{
	struct ph_pages pages;
	int r = ph_pages_split(output->sheet, ph_paper_room(&output->paper), &pages);

	if (r < 0)
		return r;
	output->pages = pages.count;
	output->width = output->paper.width;
	output->height = ph_page_height(&output->paper, &pages.items[0]);
	ph_buf_add_str(data, "RaS2");
	for (unsigned i = 0; r == 0 && i < pages.count; i++)
		r = draw_page(output, &pages.items[i], dpi, data);
	free(pages.items);
	return r == 0 ? data->error : r;
}
