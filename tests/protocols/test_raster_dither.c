// Every way from grey to dots, against plain loops, on all sizes around those of the vectors.
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "protocols/raster/dither.h"
#include "tests/protocols/raster_reference.h"

#define SIDE_MAX 70
#define STRIDE	 (SIDE_MAX + 5)
#define DOTS	 ((SIDE_MAX + 7) / 8 + 2)

static uint32_t seed = 1;
static uint8_t pixels[STRIDE * SIDE_MAX];
static uint8_t bits[DOTS * SIDE_MAX], expected[DOTS * SIDE_MAX];

static unsigned any(unsigned below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

// Noise, flat areas, slopes or black and white.
static void paint(void)
{
	const unsigned kind = any(4), level = any(256);

	for (unsigned i = 0; i < sizeof pixels; i++) {
		const unsigned noise = any(256);
		pixels[i] = (uint8_t)(kind == 0	  ? noise
				      : kind == 1 ? level
				      : kind == 2 ? i % STRIDE * 3 + noise / 32
						  : (noise < level ? 0 : 255));
	}
}

static int dither(const struct ph_grey *grey, const struct ph_dither_options *options,
	struct ph_bitmap *bitmap)
{
	const size_t size = ph_dither_scratch(grey->width);
	uint8_t *scratch = malloc(size + 1);
	const int r = ph_dither(grey, options, bitmap, scratch + 1, size);

	free(scratch);
	return r;
}

// --- tone -------------------------------------------------------------------------------------

START_TEST(tone_of_one_changes_nothing)
{
	struct ph_tone tone;

	ck_assert_int_eq(ph_tone_init(&tone, 10), 0);
	for (unsigned i = 0; i < 256; i++) {
		ck_assert_uint_eq(tone.map[i], i);
		ck_assert_uint_eq(tone.below[i], i);
	}
}
END_TEST

START_TEST(tone_makes_lighter)
{
	struct ph_tone tone;

	ck_assert_int_eq(ph_tone_init(&tone, PH_TONE_GAMMA_DEFAULT), 0);
	ck_assert_uint_eq(tone.map[0], 0);
	ck_assert_uint_eq(tone.map[1], 12); // 255 * (1 / 255) ^ (1 / 1.8) = 11.74
	ck_assert_uint_eq(tone.map[64], 118);
	ck_assert_uint_eq(tone.map[128], 174);
	ck_assert_uint_eq(tone.map[200], 223);
	ck_assert_uint_eq(tone.map[255], 255);
	ck_assert_int_eq(ph_tone_init(&tone, 9), -ERANGE);
	ck_assert_int_eq(ph_tone_init(&tone, 101), -ERANGE);
	ck_assert_uint_eq(tone.map[128], 174);
}
END_TEST

START_TEST(tone_ascends_and_can_be_turned_round)
{
	for (unsigned gamma = PH_TONE_GAMMA_MIN; gamma <= PH_TONE_GAMMA_MAX; gamma++) {
		struct ph_tone tone;
		unsigned wrong = 0;
		ck_assert_int_eq(ph_tone_init(&tone, gamma), 0);
		ck_assert_uint_eq(tone.map[0], 0);
		ck_assert_uint_eq(tone.map[255], 255);
		for (unsigned grey = 0; grey < 256; grey++) {
			wrong += grey > 0 && tone.map[grey] < tone.map[grey - 1];
			for (unsigned value = 0; value < 256; value++)
				wrong += (tone.map[grey] < value) != (grey < tone.below[value]);
		}
		ck_assert_uint_eq(wrong, 0);
	}
}
END_TEST

// --- by hand ----------------------------------------------------------------------------------

static void check_small(
	enum ph_dither method, const char *grey, unsigned width, unsigned height, const char *dots)
{
	uint8_t from[16], out[16];
	const struct ph_dither_options options = {.method = method};
	const struct ph_grey a = {(uint16_t)width, (uint16_t)height, width, from};
	struct ph_bitmap b;

	memcpy(from, grey, (size_t)width * height);
	ck_assert_int_eq(ph_bitmap_init(&b, (uint16_t)width, (uint16_t)height, out, sizeof out), 0);
	ck_assert_int_eq(dither(&a, &options, &b), 0);
	ck_assert_mem_eq(out, dots, ph_bitmap_size(width, height));
}

START_TEST(small_pictures)
{
	const char *middle = "\x80\x80\x80\x80\x80\x80\x80\x80";

	// 128, 72, 160, 86; then 102, 169, 81, 184: white, black, white, black; and the reverse
	check_small(PH_DITHER_FLOYD_STEINBERG, middle, 4, 2, "\x50\xa0");
	check_small(PH_DITHER_FLOYD_STEINBERG, middle, 8, 1, "\x55");
	check_small(PH_DITHER_FLOYD_STEINBERG, "\x7f", 1, 1, "\x80");
	// 128 (-127: -16 each), 112 (112: 14), 126 (126: 16), 158 (-97: -12); 126 ...
	check_small(PH_DITHER_ATKINSON, middle, 4, 1, "\x60");
	check_small(PH_DITHER_THRESHOLD, "\x7f\x80\x00\xff", 4, 1, "\xa0");
	// limits 2 130 34 162 and 194 66 226 98
	check_small(PH_DITHER_BAYER, middle, 4, 2, "\x50\xa0");
	check_small(PH_DITHER_BAYER, "\x02\x81\x22\xa1\xc1\x42\xe1\x62", 4, 2, "\x50\xa0");
}
END_TEST

START_TEST(black_and_white_stay)
{
	static const enum ph_dither methods[] = {PH_DITHER_THRESHOLD, PH_DITHER_FLOYD_STEINBERG,
		PH_DITHER_ATKINSON, PH_DITHER_BAYER};
	struct ph_tone tone;

	ph_tone_init(&tone, PH_TONE_GAMMA_DEFAULT);
	for (unsigned i = 0; i < 8; i++) {
		const struct ph_dither_options options = {
			.method = methods[i / 2], .tone = i % 2 ? &tone : NULL};
		const struct ph_grey grey = {67, 35, STRIDE, pixels};
		struct ph_bitmap bitmap = {67, 35, 9, bits};
		for (unsigned k = 0; k < sizeof pixels; k++)
			pixels[k] = k % STRIDE < 30 ? 0 : 255;
		ck_assert_int_eq(dither(&grey, &options, &bitmap), 0);
		for (unsigned y = 0; y < 35; y++)
			ck_assert_mem_eq(bits + y * 9UL, "\xff\xff\xff\xfc\0\0\0\0\0", 9);
	}
}
END_TEST

// --- all sizes --------------------------------------------------------------------------------

static const int bayer[8][8] = {
	{0, 32, 8, 40, 2, 34, 10, 42},
	{48, 16, 56, 24, 50, 18, 58, 26},
	{12, 44, 4, 36, 14, 46, 6, 38},
	{60, 28, 52, 20, 62, 30, 54, 22},
	{3, 35, 11, 43, 1, 33, 9, 41},
	{51, 19, 59, 27, 49, 17, 57, 25},
	{15, 47, 7, 39, 13, 45, 5, 37},
	{63, 31, 55, 23, 61, 29, 53, 21},
};

static int tone_of(const struct ph_dither_options *options, uint8_t grey)
{
	return options->tone ? options->tone->map[grey] : grey;
}

static void atkinson_dot(const struct ph_grey *grey, const struct ph_dither_options *options,
	int (*errors)[SIDE_MAX + 4], unsigned x, unsigned y)
{
	static const int steps[6][2] = {{1, 0}, {2, 0}, {-1, 1}, {0, 1}, {1, 1}, {0, 2}};
	const int value = tone_of(options, grey->pixels[y * grey->stride + x]) + errors[y][x + 1];
	const bool black = value < 128;

	if (black)
		expected[y * DOTS + x / 8] |= (uint8_t)(0x80 >> x % 8);
	for (unsigned i = 0; i < 6; i++)
		errors[(int)y + steps[i][1]][(int)x + 1 + steps[i][0]] +=
			(value - (black ? 0 : 255) + 4) >> 3;
}

static void plain(const struct ph_grey *grey, const struct ph_dither_options *options)
{
	static int errors[SIDE_MAX + 2][SIDE_MAX + 4];
	struct ph_bitmap bitmap = {grey->width, grey->height, DOTS, expected};
	int16_t row_errors[2 * (SIDE_MAX + 2)];

	memset(errors, 0, sizeof errors);
	if (options->method == PH_DITHER_FLOYD_STEINBERG) {
		reference_floyd_steinberg(grey, options->tone, &bitmap, row_errors);
		return;
	}
	for (unsigned y = 0; y < grey->height; y++) {
		memset(expected + y * DOTS, 0, ph_bitmap_stride(grey->width));
		for (unsigned x = 0; x < grey->width; x++) {
			const uint8_t value = grey->pixels[y * grey->stride + x];
			const bool black =
				options->method == PH_DITHER_THRESHOLD
					? value < options->threshold
					: tone_of(options, value) < 4 * bayer[y % 8][x % 8] + 2;
			if (options->method == PH_DITHER_ATKINSON)
				atkinson_dot(grey, options, errors, x, y);
			else if (black)
				expected[y * DOTS + x / 8] |= (uint8_t)(0x80 >> x % 8);
		}
	}
}

static void check_all_sizes(enum ph_dither method)
{
	struct ph_tone tone;

	for (unsigned width = 1; width <= SIDE_MAX; width++) {
		for (unsigned round = 0; round < 6; round++) {
			const unsigned height = round == 0 ? 1 : 1 + any(SIDE_MAX);
			const struct ph_grey grey = {(uint16_t)width, (uint16_t)height,
				width + any(STRIDE - width), pixels};
			struct ph_bitmap bitmap = {grey.width, grey.height, DOTS, bits};
			const struct ph_dither_options options = {.method = method,
				.threshold = (uint8_t)(1 + any(255)),
				.tone = any(2) ? &tone : NULL};
			ph_tone_init(&tone, 10 + any(20));
			paint();
			memset(bits, 0xa5, sizeof bits); // what is nobody's stays
			memset(expected, 0xa5, sizeof expected);
			plain(&grey, &options);
			ck_assert_int_eq(dither(&grey, &options, &bitmap), 0);
			ck_assert_mem_eq(bits, expected, sizeof bits);
		}
	}
}

START_TEST(threshold_of_all_sizes)
{
	check_all_sizes(PH_DITHER_THRESHOLD);
}
END_TEST

START_TEST(bayer_of_all_sizes)
{
	check_all_sizes(PH_DITHER_BAYER);
}
END_TEST

START_TEST(atkinson_of_all_sizes)
{
	check_all_sizes(PH_DITHER_ATKINSON);
}
END_TEST

START_TEST(floyd_steinberg_of_all_sizes)
{
	check_all_sizes(PH_DITHER_FLOYD_STEINBERG);
}
END_TEST

static void check_large(unsigned width, unsigned height)
{
	const size_t area = (size_t)width * height, dots = ph_bitmap_size(width, height);
	uint8_t *from = malloc(area), *out = malloc(dots), *wanted = malloc(dots);
	int16_t *errors = malloc((width + 2) * 2 * sizeof *errors);
	const struct ph_grey grey = {(uint16_t)width, (uint16_t)height, width, from};
	const struct ph_dither_options options = {.method = PH_DITHER_FLOYD_STEINBERG};
	struct ph_bitmap bitmap;

	for (size_t i = 0; i < area; i++)
		from[i] = (uint8_t)(i % width * 255 / width + any(16) - 8);
	ph_bitmap_init(&bitmap, grey.width, grey.height, wanted, dots);
	reference_floyd_steinberg(&grey, NULL, &bitmap, errors);
	ph_bitmap_init(&bitmap, grey.width, grey.height, out, dots);
	ck_assert_int_eq(dither(&grey, &options, &bitmap), 0);
	ck_assert_mem_eq(out, wanted, dots);
	free(from);
	free(out);
	free(wanted);
	free(errors);
}

START_TEST(floyd_steinberg_of_large_sizes)
{
	check_large(PH_RASTER_WIDTH_MAX, 33);
	check_large(576, 200);
	check_large(1, 3000);
	check_large(33, 2000);
}
END_TEST

// --- choice and errors ------------------------------------------------------------------------

static enum ph_dither chosen(unsigned width, unsigned height)
{
	const struct ph_grey grey = {(uint16_t)width, (uint16_t)height, STRIDE, pixels};

	return ph_dither_choose(&grey);
}

START_TEST(photographs_are_diffused)
{
	for (unsigned i = 0; i < sizeof pixels; i++)
		pixels[i] = (uint8_t)(40 + i % STRIDE * 2 + any(8));
	ck_assert_int_eq(chosen(70, 70), PH_DITHER_FLOYD_STEINBERG);
	ck_assert_int_eq(chosen(9, 70), PH_DITHER_FLOYD_STEINBERG);
	memset(pixels, 128, sizeof pixels);
	ck_assert_int_eq(chosen(70, 70), PH_DITHER_FLOYD_STEINBERG);
}
END_TEST

START_TEST(line_art_is_cut)
{
	// bars with soft edges on three sides
	for (unsigned i = 0; i < sizeof pixels; i++) {
		const unsigned x = i % STRIDE % 10, y = i / STRIDE % 20;
		const bool edge = x == 2 || x == 6 || y == 4;
		pixels[i] = x < 2 || x > 6 || y < 4 ? 255 : edge ? 120 : 0;
	}
	ck_assert_int_eq(chosen(70, 70), PH_DITHER_THRESHOLD);
	memset(pixels, 255, sizeof pixels);
	ck_assert_int_eq(chosen(70, 70), PH_DITHER_THRESHOLD);
	memset(pixels, 128, sizeof pixels);
	ck_assert_int_eq(chosen(1, 70), PH_DITHER_THRESHOLD);
	ck_assert_int_eq(chosen(0, 70), PH_DITHER_THRESHOLD);
}
END_TEST

START_TEST(choice_counts_the_same_in_all_places)
{
	// an area of 7 x 7 in one place: 6 x 3 pixels count, of 70 * 35
	for (unsigned x = 0; x < 64; x++) {
		memset(pixels, 255, sizeof pixels);
		for (unsigned y = 10; y < 17; y++)
			memset(pixels + y * STRIDE + x, 100, 7);
		ck_assert_int_eq(chosen(70, 70), PH_DITHER_THRESHOLD);
		ck_assert_int_eq(chosen(70, 33), PH_DITHER_FLOYD_STEINBERG);
	}
}
END_TEST

START_TEST(automatic_is_the_choice)
{
	const struct ph_grey grey = {64, 40, STRIDE, pixels};
	struct ph_bitmap bitmap = {64, 40, 8, bits}, plain_bitmap = {64, 40, 8, expected};
	struct ph_dither_options options = {.method = PH_DITHER_AUTO};

	for (unsigned round = 0; round < 20; round++) {
		paint();
		options.method = ph_dither_choose(&grey);
		ck_assert_int_eq(dither(&grey, &options, &plain_bitmap), 0);
		options.method = PH_DITHER_AUTO;
		ck_assert_int_eq(dither(&grey, &options, &bitmap), 0);
		ck_assert_mem_eq(bits, expected, 8 * 40);
	}
}
END_TEST

START_TEST(bad_sizes_are_refused)
{
	const struct ph_grey good = {64, 40, STRIDE, pixels}, narrow = {64, 40, 63, pixels},
			     wide = {PH_RASTER_WIDTH_MAX + 1, 1, PH_RASTER_WIDTH_MAX + 1, pixels},
			     none = {64, 40, STRIDE, NULL};
	struct ph_bitmap bitmap = {64, 40, 8, bits}, low = {64, 39, 8, bits},
			 thin = {64, 40, 7, bits}, broad = {PH_RASTER_WIDTH_MAX + 1, 1, 2000, bits};
	struct ph_dither_options options = {.method = PH_DITHER_BAYER};
	uint8_t scratch[1];

	ck_assert_int_eq(dither(&good, &options, &bitmap), 0);
	ck_assert_int_eq(dither(&narrow, &options, &bitmap), -EINVAL);
	ck_assert_int_eq(dither(&none, &options, &bitmap), -EINVAL);
	ck_assert_int_eq(dither(&good, &options, &low), -EINVAL);
	ck_assert_int_eq(dither(&good, &options, &thin), -EINVAL);
	ck_assert_int_eq(dither(&wide, &options, &broad), -EINVAL);
	ck_assert_int_eq(ph_dither(&good, &options, &bitmap, scratch, 1), -ENOSPC);
	options.method = (enum ph_dither)99;
	ck_assert_int_eq(dither(&good, &options, &bitmap), -EINVAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("raster_dither");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);

	tcase_add_test(tcase, tone_of_one_changes_nothing);
	tcase_add_test(tcase, tone_makes_lighter);
	tcase_add_test(tcase, tone_ascends_and_can_be_turned_round);
	tcase_add_test(tcase, small_pictures);
	tcase_add_test(tcase, black_and_white_stay);
	tcase_add_test(tcase, threshold_of_all_sizes);
	tcase_add_test(tcase, bayer_of_all_sizes);
	tcase_add_test(tcase, atkinson_of_all_sizes);
	tcase_add_test(tcase, floyd_steinberg_of_all_sizes);
	tcase_add_test(tcase, floyd_steinberg_of_large_sizes);
	tcase_add_test(tcase, photographs_are_diffused);
	tcase_add_test(tcase, line_art_is_cut);
	tcase_add_test(tcase, choice_counts_the_same_in_all_places);
	tcase_add_test(tcase, automatic_is_the_choice);
	tcase_add_test(tcase, bad_sizes_are_refused);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
