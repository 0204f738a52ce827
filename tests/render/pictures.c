// Encoders for the tests, through the same libraries; the tests check properties, so that this hides nothing.
#include "tests/render/pictures.h"

#include <assert.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

static void png_write(png_structp png, png_bytep data, size_t len)
{
	struct picture *picture = png_get_io_ptr(png);

	picture->data = realloc(picture->data, picture->len + len);
	assert(picture->data);
	memcpy(picture->data + picture->len, data, len);
	picture->len += len;
}

static void png_flush_nothing(png_structp png)
{
}

struct picture picture_png(
	const uint8_t *pixels, unsigned width, unsigned height, unsigned channels, bool interlaced)
{
	static const int types[] = {0, PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA,
		PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGB_ALPHA};
	struct picture picture = {0};
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	png_infop info = png_create_info_struct(png);
	png_bytep *rows = calloc(height, sizeof *rows);

	assert(png && info && rows);
	if (setjmp(png_jmpbuf(png)))
		abort();
	for (unsigned y = 0; y < height; y++)
		rows[y] = (png_bytep)pixels + (size_t)y * width * channels;
	png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
	png_set_write_fn(png, &picture, png_write, png_flush_nothing);
	png_set_IHDR(png, info, width, height, 8, types[channels],
		interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
		PNG_FILTER_TYPE_DEFAULT);
	png_set_rows(png, info, rows);
	png_write_png(png, info, PNG_TRANSFORM_IDENTITY, NULL);
	png_destroy_write_struct(&png, &info);
	free(rows);
	return picture;
}

static void write_exif(struct jpeg_compress_struct *jpeg, unsigned orientation)
{
	uint8_t exif[] = {'E', 'x', 'i', 'f', 0, 0, 'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01,
		3, 0, 1, 0, 0, 0, (uint8_t)orientation, 0, 0, 0, 0, 0, 0, 0};

	if (orientation)
		jpeg_write_marker(jpeg, JPEG_APP0 + 1, exif, sizeof exif);
}

struct picture picture_jpeg(const uint8_t *pixels, unsigned width, unsigned height,
	unsigned channels, bool progressive, unsigned orientation)
{
	static const J_COLOR_SPACE spaces[] = {
		JCS_UNKNOWN, JCS_GRAYSCALE, JCS_UNKNOWN, JCS_RGB, JCS_CMYK};
	struct jpeg_compress_struct jpeg;
	struct jpeg_error_mgr errors;
	unsigned char *data = NULL;
	unsigned long len = 0;

	jpeg.err = jpeg_std_error(&errors);
	jpeg_create_compress(&jpeg);
	jpeg_mem_dest(&jpeg, &data, &len);
	jpeg.image_width = width;
	jpeg.image_height = height;
	jpeg.input_components = (int)channels;
	jpeg.in_color_space = spaces[channels];
	jpeg_set_defaults(&jpeg);
	jpeg_set_quality(&jpeg, 95, TRUE);
	if (progressive)
		jpeg_simple_progression(&jpeg);
	jpeg_start_compress(&jpeg, TRUE);
	write_exif(&jpeg, orientation);
	while (jpeg.next_scanline < height) {
		JSAMPROW row = (JSAMPROW)pixels + (size_t)jpeg.next_scanline * width * channels;
		jpeg_write_scanlines(&jpeg, &row, 1);
	}
	jpeg_finish_compress(&jpeg);
	jpeg_destroy_compress(&jpeg);
	return (struct picture){.data = data, .len = len};
}

void picture_done(struct picture *picture)
{
	free(picture->data);
	*picture = (struct picture){0};
}
