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

static void set_run(uint8_t *out, size_t from, size_t count)
{
	for (size_t i = from; i < from + count; i++)
		out[i / 8] |= (uint8_t)(0x80u >> (i % 8));
}

// one plane of a row: a bit per dot of the picture
static void compose_row(const struct ph_emu_paper *paper, const uint8_t *plane, uint64_t row,
	unsigned scale, uint8_t *out)
{
	if (!plane || row < paper->first || row - paper->first >= paper->rows)
		return;
	const uint8_t *bits = plane + (size_t)(row - paper->first) * paper->stride;
	for (unsigned x = 0; x < paper->width; x++)
		if (bits[x / 8] & (0x80u >> (x % 8)))
			set_run(out, (size_t)(x + MARGIN) * scale, scale);
}

static void compose_cut(const struct ph_emu_paper *paper, unsigned scale, uint8_t *out)
{
	for (unsigned x = 0; x + 6 < paper->width + 2 * MARGIN; x += 12)
		set_run(out, (size_t)x * scale, (size_t)6 * scale);
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

struct picture {
	const struct ph_emu_paper *paper;
	unsigned scale;
	uint64_t begin, end; /* rows of the paper */
	size_t width, height;
	uint8_t *row;	 /* a bit per dot */
	uint8_t *second; /* the same of the second colour */
	uint8_t *pairs;	 /* both as two bits per dot; NULL when there is one colour only */
	uint8_t *cuts;	 /* a flag per row: the knife came down here */
	struct sink sink;
};

// indices of the palette: 0 white, 1 black, 2 the second colour
static void pair_up(const struct picture *pic)
{
	memset(pic->pairs, 0, (pic->width + 3) / 4);
	for (size_t x = 0; x < pic->width; x++) {
		unsigned bit = 0x80u >> (x % 8), index = 0;
		if (pic->second[x / 8] & bit)
			index = 2;
		if (pic->row[x / 8] & bit)
			index = 1;
		pic->pairs[x / 4] |= (uint8_t)(index << (6 - 2 * (x % 4)));
	}
}

static void write_rows(png_structp png, const struct picture *pic)
{
	const struct ph_emu_paper *paper = pic->paper;

	for (uint64_t y = 0; y < pic->height / pic->scale; y++) {
		uint64_t at = pic->begin + y - MARGIN;
		bool inside = y >= MARGIN && at < pic->end;

		memset(pic->row, 0, (pic->width + 7) / 8);
		memset(pic->second, 0, (pic->width + 7) / 8);
		if (inside && pic->cuts[at - pic->begin]) {
			compose_cut(paper, pic->scale, pic->row);
		} else if (inside) {
			compose_row(paper, paper->bits, at, pic->scale, pic->row);
			compose_row(paper, paper->colour, at, pic->scale, pic->second);
		}
		if (pic->pairs)
			pair_up(pic);
		for (unsigned i = 0; i < pic->scale; i++)
			png_write_row(png, pic->pairs ? pic->pairs : pic->row);
	}
}

static const png_color palette[3] = {{255, 255, 255}, {0, 0, 0}, {200, 0, 0}};

// libpng leaves by longjmp: this function has no variables of its own
static int encode(png_structp png, png_infop info, struct picture *pic)
{
	if (setjmp(png_jmpbuf(png)))
		return -ENOMEM;
	png_set_write_fn(png, &pic->sink, write_bytes, flush_bytes);
	png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
	png_set_IHDR(png, info, (png_uint_32)pic->width, (png_uint_32)pic->height,
		pic->pairs ? 2 : 1, pic->pairs ? PNG_COLOR_TYPE_PALETTE : PNG_COLOR_TYPE_GRAY,
		PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	if (pic->pairs)
		png_set_PLTE(png, info, palette, 3);
	png_set_compression_level(png, 3);
	png_write_info(png, info);
	if (!pic->pairs)
		png_set_invert_mono(png);
	write_rows(png, pic);
	png_write_end(png, info);
	return 0;
}

static uint8_t *find_cuts(const struct ph_emu_paper *paper, uint64_t begin, uint64_t end)
{
	uint8_t *cuts = calloc(1, (size_t)(end - begin) + 1);
	for (size_t i = 0; cuts && i < paper->n_items; i++) {
		const struct ph_emu_item *item = &paper->items[i];
		if (item->type == PH_EMU_ITEM_CUT && item->row >= begin && item->row < end)
			cuts[item->row - begin] = 1;
	}
	return cuts;
}

int ph_emu_paper_png(
	const struct ph_emu_paper *paper, unsigned scale, uint8_t **ret_png, size_t *ret_len)
{
	if (scale < 1 || scale > 4)
		return -EINVAL;
	struct picture pic = {.paper = paper, .scale = scale, .end = last_row(paper)};
	pic.begin = paper->first;
	if (pic.end - pic.begin > PH_EMU_PAPER_MAX_ROWS)
		pic.begin = pic.end - PH_EMU_PAPER_MAX_ROWS;
	pic.width = (size_t)(paper->width + 2 * MARGIN) * scale;
	pic.height = (size_t)(pic.end - pic.begin + 2 * MARGIN) * scale;
	pic.row = calloc(1, pic.width / 8 + 2);
	pic.second = calloc(1, pic.width / 8 + 2);
	pic.pairs = paper->colour ? calloc(1, pic.width / 4 + 2) : NULL;
	pic.cuts = find_cuts(paper, pic.begin, pic.end);
	png_structp png =
		png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, on_error, on_warning);
	png_infop info = png ? png_create_info_struct(png) : NULL;
	bool room = pic.row && pic.second && (pic.pairs || !paper->colour) && pic.cuts;
	int r = room && info ? encode(png, info, &pic) : -ENOMEM;

	png_destroy_write_struct(&png, &info);
	free(pic.row);
	free(pic.second);
	free(pic.pairs);
	free(pic.cuts);
	if (r < 0) {
		free(pic.sink.data);
		return r;
	}
	*ret_png = pic.sink.data;
	*ret_len = pic.sink.len;
	return 0;
}
