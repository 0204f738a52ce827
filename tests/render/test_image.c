// Decoding, scaling and turning of image files, by properties; broken files and bombs are refused at once.
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "render/image.h"
#include "tests/render/pictures.h"

static struct ph_image_error image_error;

static struct ph_grey decode(
	const struct picture *picture, enum ph_image_format format, unsigned width)
{
	struct ph_grey grey = {0};
	const int r =
		ph_image_decode(picture->data, picture->len, format, width, &grey, &image_error);

	ck_assert_msg(r == 0, "%d: %s", r, image_error.text);
	ck_assert_uint_eq(grey.width, width);
	ck_assert_uint_eq(grey.stride, width);
	return grey;
}

// From white at the left to black at the right, `channels` each the same.
static uint8_t *ramp(unsigned width, unsigned height, unsigned channels)
{
	uint8_t *pixels = malloc((size_t)width * height * channels);

	for (unsigned i = 0; i < width * height * channels; i++)
		pixels[i] = (uint8_t)(255 - i / channels % width * 255 / (width - 1));
	return pixels;
}

static void expect_ramp(const struct ph_grey *grey, int tolerance)
{
	for (unsigned y = 0; y < grey->height; y++) {
		for (unsigned x = 0; x < grey->width; x++) {
			const int wanted = 255 - (int)((2 * x + 1) * 255 / (2 * grey->width));
			const int found = grey->pixels[y * grey->stride + x];
			ck_assert_msg(abs(found - wanted) <= tolerance, "%u %u: %d, not %d", x, y,
				found, wanted);
		}
	}
}

START_TEST(png_forms)
{
	const unsigned channels = (unsigned)_i / 2 + 1;
	const bool interlaced = _i % 2;
	PH_CLEANUP_FREE uint8_t *pixels = ramp(256, 64, channels);

	for (unsigned i = 0; channels % 2 == 0 && i < 256 * 64; i++)
		pixels[i * channels + channels - 1] = 255;
	struct picture picture = picture_png(pixels, 256, 64, channels, interlaced);
	struct ph_grey same = decode(&picture, PH_IMAGE_PNG, 256);
	ck_assert_uint_eq(same.height, 64);
	for (unsigned i = 0; i < 256 * 64; i++)
		ck_assert_uint_eq(same.pixels[i], 255 - i % 256);
	struct ph_grey small = decode(&picture, PH_IMAGE_PNG, 60);
	ck_assert_uint_eq(small.height, 15);
	expect_ramp(&small, 3);
	free(same.pixels);
	free(small.pixels);
	picture_done(&picture);
}
END_TEST

START_TEST(alpha_is_over_white)
{
	static const uint8_t pixels[] = {0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 128, 200, 100, 50, 0};
	struct picture picture = picture_png(pixels, 4, 1, 4, false);
	struct ph_grey grey = decode(&picture, PH_IMAGE_PNG, 4);

	ck_assert_uint_eq(grey.pixels[0], 255);
	ck_assert_uint_eq(grey.pixels[1], 0);
	ck_assert_uint_eq(grey.pixels[2], 127);
	ck_assert_uint_eq(grey.pixels[3], 255);
	free(grey.pixels);
	picture_done(&picture);
}
END_TEST

START_TEST(scaling_keeps_the_mean)
{
	static const unsigned widths[] = {1, 2, 7, 64, 97, 98, 256, 777};
	uint8_t pixels[97 * 53];
	uint64_t sum = 0;

	for (unsigned i = 0; i < sizeof pixels; i++) {
		pixels[i] = (uint8_t)(i * 2654435761u >> 13);
		sum += pixels[i];
	}
	struct picture picture = picture_png(pixels, 97, 53, 1, false);
	for (unsigned i = 0; i < PH_ARRAY_SIZE(widths); i++) {
		struct ph_grey grey = decode(&picture, PH_IMAGE_PNG, widths[i]);
		uint64_t found = 0;
		for (unsigned j = 0; j < grey.width * grey.height; j++)
			found += grey.pixels[j];
		ck_assert_double_eq_tol((double)found / (grey.width * grey.height),
			(double)sum / sizeof pixels, 1.0);
		free(grey.pixels);
	}
	picture_done(&picture);
}
END_TEST

START_TEST(jpeg_forms)
{
	static const unsigned channels[] = {1, 3, 4};
	const unsigned count = channels[_i / 2];
	PH_CLEANUP_FREE uint8_t *pixels = ramp(256, 64, count);

	for (unsigned i = 0; count == 4 && i < 256 * 64; i++)
		pixels[4 * i + 3] = 255;
	struct picture picture = picture_jpeg(pixels, 256, 64, count, _i % 2, 0);
	for (unsigned width = 16; width <= 512; width *= 2) {
		struct ph_grey grey = decode(&picture, PH_IMAGE_JPEG, width);
		ck_assert_uint_eq(grey.height, width / 4);
		expect_ramp(&grey, 6);
		free(grey.pixels);
	}
	picture_done(&picture);
}
END_TEST

// A dark corner at the upper left of the picture as it is meant; the file holds it turned.
START_TEST(turned_files)
{
	const unsigned orientation = (unsigned)_i;
	const bool across = orientation >= 5;
	const unsigned width = across ? 32 : 64, height = across ? 64 : 32;
	uint8_t pixels[64 * 32];

	for (unsigned y = 0; y < height; y++) {
		for (unsigned x = 0; x < width; x++) {
			// Exif: rows begin at 1 top, 3 bottom ...; where pixel x, y of the file belongs
			const unsigned right = width - 1 - x, below = height - 1 - y;
			const unsigned to_x[] = {x, x, right, right, x, y, below, below, y};
			const unsigned to_y[] = {y, y, y, below, below, x, x, right, right};
			pixels[y * width + x] =
				to_x[orientation] < 16 && to_y[orientation] < 16 ? 0 : 255;
		}
	}
	struct picture picture = picture_jpeg(pixels, width, height, 1, false, orientation);
	struct ph_grey grey = decode(&picture, PH_IMAGE_JPEG, 128);
	ck_assert_uint_eq(grey.height, 64);
	for (unsigned y = 4; y < 64; y += 8) {
		for (unsigned x = 4; x < 128; x += 8) {
			const unsigned found = grey.pixels[y * grey.stride + x];
			ck_assert_msg(x < 32 && y < 32 ? found < 40 : found > 215, "%u %u: %u", x,
				y, found);
		}
	}
	free(grey.pixels);
	picture_done(&picture);
}
END_TEST

static int refused(const uint8_t *data, size_t len, enum ph_image_format format)
{
	struct ph_grey grey = {.pixels = NULL};
	image_error.text[0] = '\0';
	const int r = ph_image_decode(data, len, format, 100, &grey, &image_error);

	ck_assert_int_lt(r, 0);
	ck_assert_ptr_null(grey.pixels);
	ck_assert_str_ne(image_error.text, "");
	return r;
}

START_TEST(cut_short)
{
	PH_CLEANUP_FREE uint8_t *pixels = ramp(120, 40, 1);
	struct picture png = picture_png(pixels, 120, 40, 1, _i % 2);
	struct picture jpeg = picture_jpeg(pixels, 120, 40, 1, _i % 2, 6);

	for (size_t len = 0; len + 12 < png.len; len++)
		ck_assert_int_eq(refused(png.data, len, PH_IMAGE_PNG), -EBADMSG);
	for (size_t len = 0; len + 2 < jpeg.len; len++)
		ck_assert_int_eq(refused(jpeg.data, len, PH_IMAGE_JPEG), -EBADMSG);
	picture_done(&png);
	picture_done(&jpeg);
}
END_TEST

// Changes the size in the header and its checksum.
static void set_png_size(uint8_t *png, uint32_t width, uint32_t height)
{
	for (unsigned i = 0; i < 4; i++) {
		png[16 + i] = (uint8_t)(width >> (24 - 8 * i));
		png[20 + i] = (uint8_t)(height >> (24 - 8 * i));
	}
	const uLong crc = crc32(0, png + 12, 17);
	for (unsigned i = 0; i < 4; i++)
		png[29 + i] = (uint8_t)(crc >> (24 - 8 * i));
}

START_TEST(bombs)
{
	static const uint32_t sizes[][2] = {{50000, 50000}, {0x7fffffff, 0x7fffffff},
		{0x7fffffff, 1}, {1, 70000}, {65500, 300}, {4097, 4096}, {0, 5}};
	PH_CLEANUP_FREE uint8_t *pixels = ramp(64, 64, 1);
	struct picture png = picture_png(pixels, 64, 64, 1, false);
	struct picture jpeg = picture_jpeg(pixels, 64, 64, 1, false, 0);
	const clock_t begin = clock(); /* the time it was run */

	for (unsigned i = 0; i < PH_ARRAY_SIZE(sizes); i++) {
		set_png_size(png.data, sizes[i][0], sizes[i][1]);
		(void)refused(png.data, png.len, PH_IMAGE_PNG);
	}
	for (size_t i = 2; i + 9 < jpeg.len; i++) {
		if (jpeg.data[i] != 0xff || jpeg.data[i + 1] != 0xc0)
			continue;
		memcpy(jpeg.data + i + 5, "\xff\x00\xff\x00", 4);
		break;
	}
	ck_assert_int_eq(refused(jpeg.data, jpeg.len, PH_IMAGE_JPEG), -E2BIG);
	ck_assert_int_lt(clock() - begin, 2 * CLOCKS_PER_SEC);
	picture_done(&png);
	picture_done(&jpeg);
}
END_TEST

START_TEST(too_high_for_its_width)
{
	PH_CLEANUP_FREE uint8_t *pixels = calloc(2, 9000);
	struct picture png = picture_png(pixels, 1, 9000, 1, false);

	ck_assert_int_eq(refused(png.data, png.len, PH_IMAGE_PNG), -E2BIG);
	picture_done(&png);
}
END_TEST

START_TEST(other_files)
{
	static const char text[] = "GIF89a is another format, and this is not even one";

	ck_assert_int_eq(refused((const uint8_t *)text, sizeof text, PH_IMAGE_PNG), -EBADMSG);
	ck_assert_int_eq(refused((const uint8_t *)text, sizeof text, PH_IMAGE_JPEG), -EBADMSG);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("image");
	TCase *tcase = tcase_create("image");

	tcase_add_loop_test(tcase, png_forms, 0, 8);
	tcase_add_test(tcase, alpha_is_over_white);
	tcase_add_test(tcase, scaling_keeps_the_mean);
	tcase_add_loop_test(tcase, jpeg_forms, 0, 6);
	tcase_add_loop_test(tcase, turned_files, 1, 9);
	tcase_add_loop_test(tcase, cut_short, 0, 2);
	tcase_add_test(tcase, bombs);
	tcase_add_test(tcase, too_high_for_its_width);
	tcase_add_test(tcase, other_files);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
