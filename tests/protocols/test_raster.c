// Bitmaps as they are (blank rows, columns, stretching) and the scaling of grey.
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "protocols/raster/raster.h"

static uint32_t seed = 1;

static unsigned any(unsigned below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static void fill(uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)any(256);
}

static bool dot(const struct ph_bitmap *bitmap, unsigned x, unsigned y)
{
	return bitmap->bits[y * bitmap->stride + x / 8] >> (7 - x % 8) & 1;
}

START_TEST(bitmap_init)
{
	uint8_t bits[6];
	struct ph_bitmap bitmap = {.width = 77};

	ck_assert_int_eq(ph_bitmap_init(&bitmap, 0, 1, bits, sizeof bits), -EINVAL);
	ck_assert_int_eq(ph_bitmap_init(&bitmap, 1, 0, bits, sizeof bits), -EINVAL);
	ck_assert_int_eq(ph_bitmap_init(&bitmap, PH_RASTER_WIDTH_MAX + 1, 1, bits, 2000), -EINVAL);
	ck_assert_int_eq(ph_bitmap_init(&bitmap, 8, 1, NULL, 1), -EINVAL);
	ck_assert_int_eq(ph_bitmap_init(&bitmap, 9, 4, bits, sizeof bits), -ENOSPC);
	ck_assert_uint_eq(bitmap.width, 77);
	ck_assert_int_eq(ph_bitmap_init(&bitmap, 9, 3, bits, sizeof bits), 0);
	ck_assert_uint_eq(bitmap.stride, 2);
	ck_assert_uint_eq(bitmap.height, 3);
	ck_assert_uint_eq(ph_bitmap_size(9, 3), 6);
}
END_TEST

START_TEST(blank_rows)
{
	uint8_t bits[] = {0, 0, 9, 0, 0, 9, 0, 1, 9, 0, 0, 9, 0, 0, 9, 0, 0, 9};
	const struct ph_bitmap bitmap = {16, 6, 3, bits}; // the 9s are nobody's
	const struct ph_bitmap part = ph_bitmap_rows(&bitmap, 4, 10);

	ck_assert_uint_eq(ph_bitmap_blank_top(&bitmap), 2);
	ck_assert_uint_eq(ph_bitmap_blank_bottom(&bitmap), 3);
	ck_assert_uint_eq(part.height, 2);
	ck_assert_uint_eq(ph_bitmap_blank_top(&part), 2);
	ck_assert_uint_eq(ph_bitmap_blank_bottom(&part), 2);
}
END_TEST

START_TEST(columns_of_a_letter)
{
	// an L of 3 x 10 dots
	uint8_t bits[] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0xe0};
	const struct ph_bitmap bitmap = {3, 10, 1, bits};
	const uint8_t expected[] = {0xff, 0xc0, 0, 0, 0x40, 0, 0, 0x40, 0};
	const uint8_t rest[] = {0xc0, 0x40, 0x40};
	uint8_t out[9];

	ck_assert_int_eq(ph_bitmap_columns(&bitmap, 0, 3, out), 9);
	ck_assert_mem_eq(out, expected, 9);
	ck_assert_int_eq(ph_bitmap_columns(&bitmap, 8, 1, out), 3);
	ck_assert_mem_eq(out, rest, 3);
	ck_assert_int_eq(ph_bitmap_columns(&bitmap, 10, 3, out), -EINVAL);
	ck_assert_int_eq(ph_bitmap_columns(&bitmap, 0, 0, out), -EINVAL);
}
END_TEST

static void check_columns(const struct ph_bitmap *bitmap, unsigned y, unsigned bytes)
{
	static uint8_t out[70 * 16 + 1];
	const size_t len = (size_t)bitmap->width * bytes;

	unsigned wrong = 0;

	out[len] = 0xa5;
	ck_assert_int_eq(ph_bitmap_columns(bitmap, (uint16_t)y, bytes, out), (int)len);
	ck_assert_uint_eq(out[len], 0xa5);
	for (unsigned x = 0; x < bitmap->width; x++) {
		for (unsigned row = 0; row < 8 * bytes; row++) {
			const bool black = y + row < bitmap->height && dot(bitmap, x, y + row);
			wrong += (out[x * bytes + row / 8] >> (7 - row % 8) & 1) != black;
		}
	}
	ck_assert_uint_eq(wrong, 0);
}

START_TEST(columns_of_all_sizes)
{
	uint8_t bits[40 * 11];

	for (unsigned width = 1; width <= 70; width++) {
		const struct ph_bitmap bitmap = {
			(uint16_t)width, (uint16_t)(1 + any(40)), 9 + any(3), bits};
		fill(bits, sizeof bits);
		check_columns(&bitmap, any(bitmap.height), 3);
		check_columns(&bitmap, 0, 1 + any(16));
	}
}
END_TEST

START_TEST(stretching)
{
	uint8_t from_bits[] = {0xa0, 0x40};
	const struct ph_bitmap from = {3, 2, 1, from_bits};
	uint8_t bits[8];
	struct ph_bitmap to = {9, 4, 2, bits};
	const uint8_t expected[] = {0xe3, 0x80, 0xe3, 0x80, 0x1c, 0, 0x1c, 0};

	ck_assert_int_eq(ph_bitmap_stretch(&from, 3, 2, &to), 0);
	ck_assert_mem_eq(bits, expected, sizeof expected);
	ck_assert_int_eq(ph_bitmap_stretch(&from, 2, 2, &to), -EINVAL);
	ck_assert_int_eq(ph_bitmap_stretch(&from, 0, 2, &to), -EINVAL);
	ck_assert_int_eq(ph_bitmap_stretch(&from, 3, PH_RASTER_STRETCH_MAX + 1, &to), -EINVAL);
	to.stride = 1;
	ck_assert_int_eq(ph_bitmap_stretch(&from, 3, 2, &to), -EINVAL);
}
END_TEST

START_TEST(stretching_of_all_sizes)
{
	static uint8_t from_bits[5 * 9], bits[5 * 16 * 150];

	for (unsigned width = 1; width <= 70; width++) {
		const unsigned times_x = 1 + any(16), times_y = 1 + any(16);
		unsigned wrong = 0;
		const struct ph_bitmap from = {(uint16_t)width, 5, 9, from_bits};
		struct ph_bitmap to;
		fill(from_bits, sizeof from_bits);
		ck_assert_int_eq(ph_bitmap_init(&to, (uint16_t)(width * times_x),
					 (uint16_t)(5 * times_y), bits, sizeof bits),
			0);
		ck_assert_int_eq(ph_bitmap_stretch(&from, times_x, times_y, &to), 0);
		for (unsigned y = 0; y < to.height; y++) {
			for (unsigned x = 0; x < 8 * to.stride; x++)
				wrong += dot(&to, x, y) !=
					 (x < to.width && dot(&from, x / times_x, y / times_y));
		}
		ck_assert_uint_eq(wrong, 0);
	}
}
END_TEST

// --- scaling ----------------------------------------------------------------------------------

static void scale(const struct ph_grey *from, struct ph_grey *to)
{
	const size_t size = ph_grey_scale_scratch(to->width);
	uint8_t *scratch = malloc(size + 1);

	// at an odd place, so that nothing relies on alignment
	ck_assert_int_eq(ph_grey_scale(from, to, scratch, size - 1), -ENOSPC);
	ck_assert_int_eq(ph_grey_scale(from, to, scratch + 1, size), 0);
	free(scratch);
}

static void check_scale(unsigned from_width, const char *from, unsigned to_width, const char *to)
{
	uint8_t pixels[16], out[16] = {0};
	const struct ph_grey a = {(uint16_t)from_width, 1, from_width, pixels};
	struct ph_grey b = {(uint16_t)to_width, 1, to_width, out};
	struct ph_grey upright_a = {1, (uint16_t)from_width, 1, pixels};
	struct ph_grey upright_b = {1, (uint16_t)to_width, 1, out};

	memcpy(pixels, from, from_width);
	scale(&a, &b);
	ck_assert_mem_eq(out, to, to_width);
	memset(out, 0, sizeof out);
	scale(&upright_a, &upright_b);
	ck_assert_mem_eq(out, to, to_width);
}

START_TEST(scaling_by_hand)
{
	check_scale(3, "\x00\x1e\x3c", 2, "\x0a\x32");
	check_scale(2, "\x00\x5a", 3, "\x00\x2d\x5a");
	check_scale(2, "\x00\xff", 1, "\x80"); // 127.5
	check_scale(4, "\x01\x02\x03\x05", 2, "\x02\x04");
	check_scale(1, "\x07", 5, "\x07\x07\x07\x07\x07");
	check_scale(5, "\x01\x02\x03\x04\x05", 5, "\x01\x02\x03\x04\x05");
	check_scale(2, "\x0a\x14", 4, "\x0a\x0a\x14\x14");
}
END_TEST

// What pixel `at` of `to` pixels shares with pixel `i` of `from` pixels, in parts of 1 / (from * to).
static uint64_t shared(uint64_t at, uint64_t to, uint64_t i, uint64_t from)
{
	const uint64_t first = at * from > i * to ? at * from : i * to;
	const uint64_t end = (at + 1) * from < (i + 1) * to ? (at + 1) * from : (i + 1) * to;

	return end > first ? end - first : 0;
}

static unsigned mean(const struct ph_grey *from, const struct ph_grey *to, unsigned x, unsigned y)
{
	const uint64_t area = (uint64_t)from->width * from->height;
	uint64_t sum = 0;

	for (unsigned j = 0; j < from->height; j++) {
		for (unsigned i = 0; i < from->width; i++)
			sum += shared(x, to->width, i, from->width) *
			       shared(y, to->height, j, from->height) *
			       from->pixels[j * from->stride + i];
	}
	return (unsigned)((sum + area / 2) / area);
}

START_TEST(scaling_is_the_mean_of_an_area)
{
	uint8_t pixels[20 * 24], out[20 * 24];

	for (unsigned i = 0; i < 300; i++) {
		const struct ph_grey from = {
			(uint16_t)(1 + any(20)), (uint16_t)(1 + any(20)), 20 + any(5), pixels};
		struct ph_grey to = {
			(uint16_t)(1 + any(20)), (uint16_t)(1 + any(20)), 20 + any(5), out};
		unsigned wrong = 0;
		fill(pixels, sizeof pixels);
		scale(&from, &to);
		for (unsigned y = 0; y < to.height; y++) {
			for (unsigned x = 0; x < to.width; x++)
				wrong += out[y * to.stride + x] != mean(&from, &to, x, y);
		}
		ck_assert_uint_eq(wrong, 0);
	}
}
END_TEST

START_TEST(scaling_of_the_largest)
{
	uint8_t *white = malloc(65535 * 3), out[4];
	const struct ph_grey wide = {65535, 3, 65535, white}, high = {3, 65535, 3, white};
	struct ph_grey small = {2, 2, 2, out};

	memset(white, 255, 65535 * 3);
	scale(&wide, &small);
	ck_assert_mem_eq(out, "\xff\xff\xff\xff", 4);
	memset(out, 0, 4);
	scale(&high, &small);
	ck_assert_mem_eq(out, "\xff\xff\xff\xff", 4);
	free(white);
}
END_TEST

START_TEST(scaling_refuses)
{
	uint8_t pixels[4], scratch[64];
	const struct ph_grey good = {2, 2, 2, pixels}, narrow = {2, 2, 1, pixels};
	struct ph_grey to = {2, 2, 2, pixels}, empty = {0, 2, 2, pixels};

	ck_assert_int_eq(ph_grey_scale(&narrow, &to, scratch, sizeof scratch), -EINVAL);
	ck_assert_int_eq(ph_grey_scale(&good, &empty, scratch, sizeof scratch), -EINVAL);
	ck_assert_int_eq(ph_grey_scale(&good, &to, NULL, sizeof scratch), -ENOSPC);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("raster");
	TCase *bitmap = tcase_create("bitmap"), *grey = tcase_create("grey");
	SRunner *runner = srunner_create(suite);

	tcase_add_test(bitmap, bitmap_init);
	tcase_add_test(bitmap, blank_rows);
	tcase_add_test(bitmap, columns_of_a_letter);
	tcase_add_test(bitmap, columns_of_all_sizes);
	tcase_add_test(bitmap, stretching);
	tcase_add_test(bitmap, stretching_of_all_sizes);
	tcase_add_test(grey, scaling_by_hand);
	tcase_add_test(grey, scaling_is_the_mean_of_an_area);
	tcase_add_test(grey, scaling_of_the_largest);
	tcase_add_test(grey, scaling_refuses);
	suite_add_tcase(suite, bitmap);
	suite_add_tcase(suite, grey);
	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
