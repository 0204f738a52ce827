// Writes printed paper as a PNG file in memory: white margin, cuts as a dashed line.
#include "emulators/models/paper.h"

#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#define MARGIN 24u /* printer dots on each side */

struct sink {
	uint8_t *data;
	size_t len, allocated;
};

static void write_bytes(png_structp png, png_bytep data, png_size_t len)
{
	struct sink *sink = png_get_io_ptr(png);
	if (len > sink->allocated - sink->len) {
		size_t n = sink->allocated * 2 + len + 4096;
		uint8_t *p = realloc(sink->data, n);
		if (!p)
			png_error(png, "out of memory");
		sink->data = p;
		sink->allocated = n;
	}
	memcpy(sink->data + sink->len, data, len);
	sink->len += len;
}

static void flush_bytes(png_structp png)
{
}

// no output on stderr: the caller gets an error code
static void on_error(png_structp png, png_const_charp message)
{
	longjmp(png_jmpbuf(png), 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
}

static bool is_cut_row(const struct ph_emu_paper *paper, uint64_t row)
{
	for (size_t i = 0; i < paper->n_items; i++)
		if (paper->items[i].type == PH_EMU_ITEM_CUT && paper->items[i].row == row)
			return true;
	return false;
}

static void set_run(uint8_t *out, size_t from, size_t count)
{
	for (size_t i = from; i < from + count; i++)
		out[i / 8] |= (uint8_t)(0x80u >> (i % 8));
}

static void compose_row(
	const struct ph_emu_paper *paper, uint64_t row, bool cut, unsigned scale, uint8_t *out)
{
	if (cut) {
		for (unsigned x = 0; x + 6 < paper->width + 2 * MARGIN; x += 12)
			set_run(out, (size_t)x * scale, (size_t)6 * scale);
		return;
	}
	if (row < paper->first || row - paper->first >= paper->rows)
		return;
	const uint8_t *bits = paper->bits + (size_t)(row - paper->first) * paper->stride;
	for (unsigned x = 0; x < paper->width; x++)
		if (bits[x / 8] & (0x80u >> (x % 8)))
			set_run(out, (size_t)(x + MARGIN) * scale, scale);
}

// the last row worth showing: printed dots or a cut, not the blank paper behind them
static uint64_t last_row(const struct ph_emu_paper *paper)
{
	uint64_t end = paper->first + paper->rows;
	while (end > paper->first && !ph_emu_paper_has_dots_after(paper, end - 1))
		end--;
	for (size_t i = 0; i < paper->n_items; i++)
		if (paper->items[i].type == PH_EMU_ITEM_CUT && paper->items[i].row + 1 > end)
			end = paper->items[i].row + 1;
	return end;
}

static int write_rows(png_structp png, const struct ph_emu_paper *paper, unsigned scale,
	uint64_t end, size_t width, uint8_t *row)
{
	for (uint64_t y = 0; y < end - paper->first + 2 * MARGIN; y++) {
		uint64_t at = paper->first + y - MARGIN;
		bool inside = y >= MARGIN && at < end;

		memset(row, 0, (width + 7) / 8);
		if (inside)
			compose_row(paper, at, is_cut_row(paper, at), scale, row);
		for (unsigned i = 0; i < scale; i++)
			png_write_row(png, row);
	}
	return 0;
}

int ph_emu_paper_png(
	const struct ph_emu_paper *paper, unsigned scale, uint8_t **ret_png, size_t *ret_len)
{
	if (scale < 1 || scale > 4)
		return -EINVAL;
	struct sink sink = {0};
	size_t width = (size_t)(paper->width + 2 * MARGIN) * scale;
	uint64_t end = last_row(paper);
	size_t height = (size_t)(end - paper->first + 2 * MARGIN) * scale;
	uint8_t *row = calloc(1, width / 8 + 2);
	png_structp png =
		png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, on_error, on_warning);
	png_infop info = png ? png_create_info_struct(png) : NULL;
	int r = -ENOMEM;

	if (!row || !info || setjmp(png_jmpbuf(png)))
		goto out;
	png_set_write_fn(png, &sink, write_bytes, flush_bytes);
	png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
	png_set_IHDR(png, info, (png_uint_32)width, (png_uint_32)height, 1, PNG_COLOR_TYPE_GRAY,
		PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_set_compression_level(png, 3);
	png_write_info(png, info);
	png_set_invert_mono(png);
	write_rows(png, paper, scale, end, width, row);
	png_write_end(png, info);
	*ret_png = sink.data;
	*ret_len = sink.len;
	sink.data = NULL;
	r = 0;
out:
	png_destroy_write_struct(&png, &info);
	free(row);
	free(sink.data);
	return r;
}
