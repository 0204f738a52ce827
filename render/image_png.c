// PNG through libpng, row by row; an interlaced file needs all of its pixels at once, as grey and alpha.
#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "render/image_private.h"
#include "render/limits.h"

#define CHUNK_MAX (1024 * 1024) // bytes of a chunk that is unpacked, such as a colour profile

// All that must survive a longjmp is in here.
struct reader {
	png_structp png;
	png_infop info;
	const uint8_t *data;
	size_t len, at;
	uint32_t width, height;
	unsigned target;
	unsigned channels;
	uint8_t *pixels; // one row, or all rows of an interlaced file
	uint8_t *row;	 // grey
	png_bytep *rows; // of an interlaced file
	struct ph_scaler *scaler;
	struct ph_image_error *error;
	int result;
};

static void on_error(png_structp png, png_const_charp message)
{
	struct reader *reader = png_get_error_ptr(png);

	if (!reader->result)
		reader->result = ph_image_fail(
			reader->error, -EBADMSG, "this PNG file is broken: %s", message);
	longjmp(png_jmpbuf(png), 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
}

static void on_read(png_structp png, png_bytep out, size_t len)
{
	struct reader *reader = png_get_io_ptr(png);

	if (len > reader->len - reader->at)
		png_error(png, "it ends too early");
	memcpy(out, reader->data + reader->at, len);
	reader->at += len;
}

static void give_up(struct reader *reader, int err)
{
	reader->result = err;
	longjmp(png_jmpbuf(reader->png), 1);
}

// After this a row is grey, or grey and alpha, of eight bits.
static void read_header(struct reader *reader)
{
	png_structp png = reader->png;

	png_set_user_limits(png, PH_DRAW_IMAGE_SIDE_MAX, PH_DRAW_IMAGE_SIDE_MAX);
	png_set_chunk_malloc_max(png, CHUNK_MAX);
	png_set_read_fn(png, reader, on_read);
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
	png_set_crc_action(png, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE); // what a fuzzer cannot guess
#endif
	png_read_info(png, reader->info);
	reader->width = png_get_image_width(png, reader->info);
	reader->height = png_get_image_height(png, reader->info);
	const int r = ph_image_check(reader->width, reader->height, reader->error);
	if (r < 0)
		give_up(reader, r);
	png_set_expand(png);
	png_set_scale_16(png);
	if (png_get_color_type(png, reader->info) & PNG_COLOR_MASK_COLOR)
		png_set_rgb_to_gray(png, PNG_ERROR_ACTION_NONE, PNG_RGB_TO_GRAY_DEFAULT,
			PNG_RGB_TO_GRAY_DEFAULT);
}

// Alpha over white.
static void feed(struct reader *reader, const uint8_t *pixels)
{
	const uint8_t *row = pixels;

	if (reader->channels == 2) {
		for (uint32_t x = 0; x < reader->width; x++) {
			const unsigned alpha = pixels[2 * x + 1];
			reader->row[x] =
				(uint8_t)((pixels[2 * x] * alpha + 255 * (255 - alpha) + 127) /
					  255);
		}
		row = reader->row;
	}
	ph_scaler_row(reader->scaler, row);
}

static void prepare(struct reader *reader, uint32_t rows_at_once)
{
	const uint32_t height = ph_image_height(reader->width, reader->height, reader->target);

	reader->channels = png_get_channels(reader->png, reader->info);
	const size_t stride = (size_t)reader->width * reader->channels;
	if (reader->channels > 2 || png_get_rowbytes(reader->png, reader->info) != stride)
		png_error(reader->png, "its pixels have a strange form");
	int r = ph_scaler_init(
		reader->scaler, reader->width, reader->height, reader->target, height);
	if (r == -E2BIG)
		ph_image_fail(reader->error, r, "%u dots high at this width, too much", height);
	if (r < 0)
		give_up(reader, r);
	reader->row = malloc(reader->width);
	reader->pixels = malloc(stride * rows_at_once);
	reader->rows = calloc(rows_at_once, sizeof *reader->rows);
	if (!reader->row || !reader->pixels || !reader->rows)
		give_up(reader, -ENOMEM);
	for (uint32_t y = 0; y < rows_at_once; y++)
		reader->rows[y] = reader->pixels + y * stride;
}

static void read_all(struct reader *reader)
{
	read_header(reader);
	const int passes = png_set_interlace_handling(reader->png);
	const uint32_t at_once = passes > 1 ? reader->height : 1;

	png_read_update_info(reader->png, reader->info);
	prepare(reader, at_once);
	if (passes > 1)
		png_read_image(reader->png, reader->rows);
	for (uint32_t y = 0; y < reader->height; y++) {
		if (passes == 1)
			png_read_row(reader->png, reader->pixels, NULL);
		feed(reader, reader->rows[passes > 1 ? y : 0]);
	}
	png_read_end(reader->png, NULL);
}

static int run(struct reader *reader)
{
	if (setjmp(png_jmpbuf(reader->png)))
		return reader->result;
	read_all(reader);
	return 0;
}

int ph_png_decode(const uint8_t *data, size_t len, unsigned width, struct ph_scaler *scaler,
	struct ph_image_error *error)
{
	struct reader reader = {
		.data = data, .len = len, .target = width, .scaler = scaler, .error = error};
	int r = -ENOMEM;

	reader.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, on_error, on_warning);
	if (!reader.png)
		return -ENOMEM;
	reader.info = png_create_info_struct(reader.png);
	if (reader.info)
		r = run(&reader);
	png_destroy_read_struct(&reader.png, &reader.info, NULL);
	free(reader.pixels);
	free(reader.row);
	free(reader.rows);
	return r;
}
