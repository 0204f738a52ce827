// Picture data holds nothing that a printer executes: by hand, in every place, and in thousands of generated jobs.
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "protocols/raster/command.h"
#include "protocols/raster/dither.h"

static uint32_t seed = 1;

static unsigned any(unsigned below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

// --- a judge of its own -----------------------------------------------------------------------

static bool escpos_acts(const uint8_t *p, size_t left)
{
	return left >= 2 && p[0] == 0x10 && (p[1] == 0x04 || p[1] == 0x05 || p[1] == 0x14);
}

static bool star_acts(const uint8_t *p, size_t left)
{
	static const char *const sequences[] = {"\x1b\x06\x01", "\x1b\x06\x18", "\x1b\x1d\x03"};

	for (unsigned i = 0; i < 3; i++) {
		if (left >= 3 && memcmp(p, sequences[i], 3) == 0)
			return true;
	}
	return left >= 4 && memcmp(p, "\x1b\x3f\x0a\x00", 4) == 0;
}

static bool acts(const struct ph_guard_rules *rules, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (rules == &ph_guard_star ? star_acts(bytes + i, len - i)
					    : escpos_acts(bytes + i, len - i))
			return true;
	}
	return false;
}

static unsigned dots_between(const uint8_t *a, const uint8_t *b, size_t len)
{
	unsigned dots = 0;

	for (size_t i = 0; i < len; i++)
		dots += (unsigned)__builtin_popcount(a[i] ^ b[i]);
	return dots;
}

// --- rules ------------------------------------------------------------------------------------

START_TEST(rules_can_always_be_kept)
{
	const struct ph_guard_rules *const all[] = {&ph_guard_escpos, &ph_guard_star};

	for (unsigned i = 0; i < 2; i++) {
		ck_assert_uint_lt(all[i]->lead, 0x80);
		ck_assert_uint_le(all[i]->count, PH_GUARD_TAILS_MAX);
		for (unsigned k = 0; k < all[i]->count; k++) {
			ck_assert_uint_ge(all[i]->tails[k].len, 1);
			ck_assert_uint_lt(all[i]->tails[k].len, PH_GUARD_SEQUENCE_MAX);
			for (unsigned b = 0; b < all[i]->tails[k].len; b++) {
				ck_assert_uint_lt(all[i]->tails[k].bytes[b], 0x80);
				ck_assert_uint_ne(all[i]->tails[k].bytes[b], all[i]->lead);
			}
		}
	}
}
END_TEST

START_TEST(find)
{
	const uint8_t bytes[] = {0x10, 0x10, 0x03, 0x10, 0x05, 0x10, 0x04};

	ck_assert_uint_eq(ph_guard_find(&ph_guard_escpos, bytes, 7), 3);
	ck_assert_uint_eq(ph_guard_find(&ph_guard_escpos, bytes + 4, 3), 1);
	ck_assert_uint_eq(ph_guard_find(&ph_guard_escpos, bytes, 4), 4);
	ck_assert_uint_eq(ph_guard_find(&ph_guard_escpos, bytes, 0), 0);
	ck_assert_uint_eq(ph_guard_find(&ph_guard_star, bytes, 7), 7);
	ck_assert_uint_eq(
		ph_guard_find(&ph_guard_star, (const uint8_t *)"\x1b\x1b\x3f\x0a\x00", 5), 1);
	ck_assert_uint_eq(ph_guard_find(&ph_guard_star, (const uint8_t *)"\x1b\x1b\x3f\x0a", 4), 4);
}
END_TEST

// --- by hand ----------------------------------------------------------------------------------

struct job {
	uint8_t data[8];
	size_t len;
	struct ph_guard guard;
};

static void begin(struct job *job, const char *before, const char *data, size_t len)
{
	ph_guard_init(&job->guard, &ph_guard_escpos);
	ph_guard_sent(&job->guard, before, strlen(before));
	memcpy(job->data, data, len);
	job->len = len;
}

static void check_guard(struct job *job, struct ph_guard_shape shape, const char *after,
	const char *expected, unsigned changed)
{
	ck_assert_uint_eq(ph_guard_picture(&job->guard, job->data, job->len, &shape,
				  (const uint8_t *)after, strlen(after)),
		changed);
	ck_assert_uint_eq(job->guard.changed, changed);
	ck_assert_mem_eq(job->data, expected, job->len);
}

START_TEST(harmless_data_stays)
{
	struct job job;

	begin(&job, "\x1d\x28\x4c", "\x10\x03\x04\x05\x14\x10\x10\x11", 8);
	check_guard(
		&job, (struct ph_guard_shape){8, 0}, "\x05", "\x10\x03\x04\x05\x14\x10\x10\x11", 0);
}
END_TEST

START_TEST(a_lone_dot_goes_first)
{
	struct job job;

	// ...#.... .....#.. above nothing: one of both; the first is as good
	begin(&job, "", "\x10\x04", 2);
	check_guard(&job, (struct ph_guard_shape){2, 0}, "", "\x00\x04", 1);
	// the left dot has another below it, the right one has none
	begin(&job, "", "\x10\x04\x10\x00", 4);
	check_guard(&job, (struct ph_guard_shape){2, 0}, "", "\x10\x00\x10\x00", 1);
	// the gap between two dots is filled, as all around it is black
	begin(&job, "", "\xff\xff\x10\x05\xff\xff", 6);
	check_guard(&job, (struct ph_guard_shape){2, 0}, "", "\xff\xff\x10\x07\xff\xff", 1);
}
END_TEST

START_TEST(dots_that_are_not_printed_go_first)
{
	struct job job;

	// the 5th dot of the second byte is the first behind the edge
	begin(&job, "", "\x10\x14\x10\x00", 4);
	check_guard(&job, (struct ph_guard_shape){2, 14}, "", "\x10\x16\x10\x00", 1);
	// 0x15 would do, but not 0x14 as the next: rows of one byte
	begin(&job, "", "\x10\x04\x10", 3);
	check_guard(&job, (struct ph_guard_shape){1, 7}, "\x1d", "\x11\x04\x10", 1);
}
END_TEST

START_TEST(borders_of_the_data)
{
	struct job job;

	// header ends in 10
	begin(&job, "\x1d\x10", "\x04\x00", 2);
	check_guard(&job, (struct ph_guard_shape){2, 0}, "", "\x00\x00", 1);
	// the next command begins with 05
	begin(&job, "", "\x00\x10", 2);
	check_guard(&job, (struct ph_guard_shape){2, 0}, "\x05", "\x00\x00", 1);
	// it is known and harmless
	begin(&job, "", "\x00\x10", 2);
	check_guard(&job, (struct ph_guard_shape){2, 0}, "\x1d", "\x00\x10", 0);
	// nobody knows what follows
	begin(&job, "", "\x00\x10", 2);
	check_guard(&job, (struct ph_guard_shape){2, 0}, "", "\x00\x00", 1);
	// what was sent is remembered: two pieces
	begin(&job, "", "\xff\x10", 2);
	check_guard(&job, (struct ph_guard_shape){2, 0}, "\x04", "\xff\x00", 1);
	begin(&job, "", "\x10", 1);
	check_guard(&job, (struct ph_guard_shape){1, 0}, "\x1b", "\x10", 0);
	job.data[0] = 0x14; // 04 would not do
	check_guard(&job, (struct ph_guard_shape){1, 0}, "\x1b", "\x10", 1);
}
END_TEST

START_TEST(columns_are_lines_of_three_bytes)
{
	struct job job;

	// a column whose dot in row 3 has neighbours to the right and left, and one in row 13 without
	begin(&job, "", "\x10\x00\x00\x10\x04\x00", 6);
	check_guard(&job, (struct ph_guard_shape){3, 0}, "\x0a", "\x10\x00\x00\x10\x00\x00", 1);
}
END_TEST

// --- in every place ---------------------------------------------------------------------------

static void check_stream(const struct ph_guard_rules *rules, const uint8_t *bytes, size_t first,
	size_t len, bool after_known)
{
	uint8_t stream[12];
	struct ph_guard guard;
	const struct ph_guard_shape shape = {2, 0};
	const size_t total = 8;

	memcpy(stream, bytes, total);
	ph_guard_init(&guard, rules);
	ph_guard_sent(&guard, stream, first);
	const unsigned changed = ph_guard_picture(&guard, stream + first, len, &shape,
		stream + first + len, after_known ? total - first - len : 0);
	ck_assert_uint_eq(dots_between(bytes, stream, first), 0);
	ck_assert_uint_eq(dots_between(bytes + first, stream + first, len), changed);
	ck_assert_uint_eq(
		dots_between(bytes + first + len, stream + first + len, total - first - len), 0);
	// what is left begins and ends outside of the picture
	const size_t from = first < 3 ? 0 : first - 3;
	const size_t to = first + len + 3 < total ? first + len + 3 : total;
	for (size_t i = from; i < to; i++) {
		for (size_t end = i + 2; end <= to; end++) {
			if (i < first + len && end > first && acts(rules, stream + i, end - i))
				ck_abort_msg("a sequence is left");
		}
	}
}

// A sequence that starts in [first - 3, first + len) and is not wholly before is not left.
static void check_everywhere(
	const struct ph_guard_rules *rules, const uint8_t *alphabet, unsigned count)
{
	for (unsigned round = 0; round < 40000; round++) {
		uint8_t bytes[8];
		const size_t first = any(4), len = 1 + any(4);
		for (unsigned i = 0; i < 8; i++)
			bytes[i] = any(8) ? alphabet[any(count)] : (uint8_t)any(256);
		// what is not the picture is harmless by itself
		if (acts(rules, bytes, first) || acts(rules, bytes + first + len, 8 - first - len))
			continue;
		check_stream(rules, bytes, first, len, any(2));
	}
}

START_TEST(sequences_in_every_place)
{
	check_everywhere(&ph_guard_escpos, (const uint8_t *)"\x10\x10\x04\x05\x14\x00\x11", 7);
	check_everywhere(
		&ph_guard_star, (const uint8_t *)"\x1b\x1b\x06\x01\x18\x1d\x03\x3f\x0a\x00", 10);
}
END_TEST

START_TEST(every_neighbourhood_of_a_pair)
{
	static const uint8_t tails[] = {0x04, 0x05, 0x14};
	const struct ph_guard_shape shape = {4, 0};

	for (unsigned i = 0; i < 256 * 3 * 256; i++) {
		const uint8_t bytes[4] = {(uint8_t)i, 0x10, tails[i >> 8 & 0xff ? i % 3 : 0],
			(uint8_t)(i >> 16 << 6 | any(64))};
		uint8_t data[4];
		struct ph_guard guard;
		memcpy(data, bytes, 4);
		ph_guard_init(&guard, &ph_guard_escpos);
		const unsigned changed =
			ph_guard_picture(&guard, data, 4, &shape, (const uint8_t *)"\x1d", 1);
		if (acts(&ph_guard_escpos, data, 4) || changed < 1 || changed > 2 ||
			dots_between(data, bytes, 4) != changed)
			ck_abort_msg("bytes %02x 10 %02x %02x", bytes[0], bytes[2], bytes[3]);
	}
}
END_TEST

// --- headers ----------------------------------------------------------------------------------

static void check_header(struct ph_raster_band band, const char *expected, int len)
{
	uint8_t header[PH_RASTER_HEADER_MAX];

	ck_assert_int_eq(ph_raster_header(&band, header), len);
	if (len > 0)
		ck_assert_mem_eq(header, expected, len);
}

START_TEST(headers)
{
	check_header((struct ph_raster_band){PH_RASTER_GS_V_0, 577, 24, true, false},
		"\x1d\x76\x30\x01\x49\x00\x18\x00", 8);
	check_header((struct ph_raster_band){PH_RASTER_GS_L_112, 577, 24, false, true},
		"\x1d\x28\x4c\xe2\x06\x30\x70\x30\x01\x02\x31\x41\x02\x18\x00", 15);
	check_header((struct ph_raster_band){PH_RASTER_GS_8_L_112, 576, 1000, true, true},
		"\x1d\x38\x4c\x4a\x19\x01\x00\x30\x70\x30\x02\x02\x31\x40\x02\xe8\x03", 17);
	check_header((struct ph_raster_band){PH_RASTER_ESC_STAR_33, 300, 24, false, false},
		"\x1b\x2a\x21\x2c\x01", 5);
	check_header((struct ph_raster_band){PH_RASTER_STAR_GS_S, 576, 300, false, false},
		"\x1b\x1d\x53\x01\x48\x00\x2c\x01\x00", 9);
	check_header((struct ph_raster_band){PH_RASTER_STAR_BAND, 576, 24, false, false},
		"\x1b\x6b\x48\x00", 4);
	check_header((struct ph_raster_band){PH_RASTER_STAR_COLUMNS, 300, 24, false, false},
		"\x1b\x58\x2c\x01", 4);
	// 8 bytes a row: 10 + 8 * 8190 is the most
	check_header((struct ph_raster_band){PH_RASTER_GS_L_112, 64, 8190, false, false},
		"\x1d\x28\x4c\xfa\xff\x30\x70\x30\x01\x01\x31\x40\x00\xfe\x1f", 15);
	check_header(
		(struct ph_raster_band){PH_RASTER_GS_L_112, 64, 8191, false, false}, "", -ERANGE);
	check_header((struct ph_raster_band){PH_RASTER_GS_V_0, 0, 1, false, false}, "", -ERANGE);
	check_header((struct ph_raster_band){PH_RASTER_GS_V_0, 1, 0, false, false}, "", -ERANGE);
	check_header(
		(struct ph_raster_band){PH_RASTER_GS_V_0, PH_RASTER_WIDTH_MAX + 1, 1, false, false},
		"", -ERANGE);
	check_header(
		(struct ph_raster_band){PH_RASTER_ESC_STAR_33, 8, 23, false, false}, "", -ERANGE);
	check_header(
		(struct ph_raster_band){PH_RASTER_COMMAND_COUNT, 8, 8, false, false}, "", -ERANGE);
}
END_TEST

START_TEST(data_of_a_band)
{
	const struct ph_raster_band rows = {PH_RASTER_GS_L_112, 20, 7, false, false};
	const struct ph_raster_band all = {PH_RASTER_GS_V_0, 20, 7, false, false};
	const struct ph_raster_band strip = {PH_RASTER_ESC_STAR_33, 20, 24, false, false};

	ck_assert_uint_eq(ph_raster_data_len(&rows), 21);
	ck_assert_uint_eq(ph_raster_data_len(&strip), 60);
	ck_assert_uint_eq(ph_raster_shape(&rows).stride, 3);
	ck_assert_uint_eq(ph_raster_shape(&rows).seen, 20);
	ck_assert_uint_eq(ph_raster_shape(&all).seen, 0);
	ck_assert_uint_eq(ph_raster_shape(&strip).stride, 3);
	ck_assert_uint_eq(ph_raster_shape(&strip).seen, 0);
}
END_TEST

START_TEST(dangerous_sizes)
{
	struct ph_raster_band band = {PH_RASTER_GS_L_112, 8, 1030, false, false};

	// a count of 1040 is 10 04
	ck_assert(!ph_raster_header_safe(&band, &ph_guard_escpos));
	ck_assert_uint_eq(ph_raster_rows_safe(&band, &ph_guard_escpos), 1029);
	// 1040 and 1296 rows are 10 04 and 10 05
	band = (struct ph_raster_band){PH_RASTER_GS_V_0, 576, 1040, false, false};
	ck_assert_uint_eq(ph_raster_rows_safe(&band, &ph_guard_escpos), 1039);
	band.rows = 1296;
	ck_assert_uint_eq(ph_raster_rows_safe(&band, &ph_guard_escpos), 1295);
	band.rows = 255;
	ck_assert_uint_eq(ph_raster_rows_safe(&band, &ph_guard_escpos), 255);
	// 1040 columns
	band = (struct ph_raster_band){PH_RASTER_ESC_STAR_33, 1040, 24, false, false};
	ck_assert_uint_eq(ph_raster_rows_safe(&band, &ph_guard_escpos), 0);
	ck_assert_uint_eq(ph_raster_width_safe(&band, &ph_guard_escpos), 1041);
	band.width = 576;
	ck_assert_uint_eq(ph_raster_width_safe(&band, &ph_guard_escpos), 576);
	ck_assert_uint_eq(ph_raster_rows_safe(&band, &ph_guard_escpos), 24);
	// a width of 5136 dots has 10 14 in GS ( L, whatever the rows
	band = (struct ph_raster_band){PH_RASTER_GS_L_112, 5136, 100, false, false};
	ck_assert_uint_eq(ph_raster_rows_safe(&band, &ph_guard_escpos), 0);
	// more than 65 535 bytes: fewer rows
	band = (struct ph_raster_band){PH_RASTER_GS_L_112, 576, 1000, false, false};
	ck_assert_uint_eq(ph_raster_rows_safe(&band, &ph_guard_escpos), 910);
	// of Star's: rows of 1b 1d 03 would need 3 bytes, 1b 06 is 1563 rows and then 00
	band = (struct ph_raster_band){PH_RASTER_STAR_GS_S, 576, 1563, false, false};
	ck_assert_uint_eq(ph_raster_rows_safe(&band, &ph_guard_star), 1563);
}
END_TEST

START_TEST(bands_cover_the_picture)
{
	static uint8_t bits[9 * 2000];
	struct ph_bitmap bitmap, rows;
	struct ph_raster_band band;
	unsigned at = 0;

	ck_assert_int_eq(ph_bitmap_init(&bitmap, 8, 2000, bits, sizeof bits), 0);
	struct ph_raster_bands bands = {
		.bitmap = &bitmap,
		.rules = &ph_guard_escpos,
		.most = {PH_RASTER_GS_L_112, 8, 1030, false, false},
	};
	ck_assert_int_eq(ph_raster_bands_next(&bands, &band, &rows), 1);
	ck_assert_uint_eq(band.rows, 1029);
	ck_assert_ptr_eq(rows.bits, bits);
	ck_assert_int_eq(ph_raster_bands_next(&bands, &band, &rows), 1);
	ck_assert_uint_eq(band.rows, 971);
	ck_assert_uint_eq(rows.height, 971);
	ck_assert_ptr_eq(rows.bits, bits + 1029);
	ck_assert_int_eq(ph_raster_bands_next(&bands, &band, &rows), 0);

	// strips always state 24 rows, the last has fewer
	bitmap.height = 50;
	bands = (struct ph_raster_bands){.bitmap = &bitmap,
		.rules = &ph_guard_escpos,
		.most = {PH_RASTER_ESC_STAR_33, 8, 24, false, false}};
	for (; ph_raster_bands_next(&bands, &band, &rows) == 1; at += rows.height) {
		ck_assert_uint_eq(band.rows, 24);
		ck_assert_uint_eq(rows.height, at < 48 ? 24 : 2);
	}
	ck_assert_uint_eq(at, 50);
	bands.y = 0;
	bands.most.width = 9;
	ck_assert_int_eq(ph_raster_bands_next(&bands, &band, &rows), -ERANGE);
	bands.most.width = 8;
	bands.most.rows = 23;
	ck_assert_int_eq(ph_raster_bands_next(&bands, &band, &rows), -ERANGE);
}
END_TEST

// --- generated jobs ---------------------------------------------------------------------------

#define PICTURES   4000
#define WIDTH_MAX  150
#define HEIGHT_MAX 70

static uint8_t pixels[WIDTH_MAX * HEIGHT_MAX], bits[(WIDTH_MAX + 7) / 8 * HEIGHT_MAX];
static uint8_t stream[400000];
static size_t stream_len;

static void put(struct ph_guard *guard, const void *bytes, size_t len)
{
	memcpy(stream + stream_len, bytes, len);
	stream_len += len;
	ph_guard_sent(guard, bytes, len);
}

// A photograph: a slope in each direction, a lamp, and noise.
static void paint_photo(unsigned width, unsigned height)
{
	const int dx = (int)any(7) - 3, dy = (int)any(7) - 3, noise = 1 + (int)any(60);
	const int x0 = (int)any(width), y0 = (int)any(height), level = (int)any(256);

	for (int i = 0; i < (int)(width * height); i++) {
		const int x = i % (int)width - x0, y = i / (int)width - y0;
		const int lamp = x * x + y * y < 400 ? 70 : 0;
		const int grey = level + x * dx + y * dy + lamp + (int)any((unsigned)noise);
		pixels[i] = (uint8_t)(grey < 0 ? 0 : grey > 255 ? 255 : grey);
	}
}

// Line art: thin lines in both directions, also such that stand where the pairs have their dots.
static void paint_lines(unsigned width, unsigned height)
{
	const unsigned every_x = 2 + any(12), every_y = 2 + any(30), shift = any(12);

	for (unsigned i = 0; i < width * height; i++) {
		const unsigned x = i % width, y = i / width;
		pixels[i] = (x + shift) % every_x == 0 || y % every_y == 0 ? 0 : 255;
		if (x % 16 == 3 || x % 16 == 13)
			pixels[i] = any(4) ? 0 : 255;
	}
}

static void make_dots(struct ph_bitmap *bitmap)
{
	static const enum ph_dither methods[] = {PH_DITHER_THRESHOLD, PH_DITHER_FLOYD_STEINBERG,
		PH_DITHER_ATKINSON, PH_DITHER_BAYER, PH_DITHER_AUTO};
	static uint8_t scratch[8192];
	const struct ph_grey grey = {bitmap->width, bitmap->height, bitmap->width, pixels};
	const struct ph_dither_options options = {.method = methods[any(5)]};

	ck_assert_int_eq(ph_dither(&grey, &options, bitmap, scratch, sizeof scratch), 0);
}

// Bytes chosen to hurt: the members of the sequences, in any order, or 10 alone.
static void make_trap(struct ph_bitmap *bitmap)
{
	static const uint8_t members[] = {0x10, 0x04, 0x05, 0x14, 0x1b, 0x06, 0x01, 0x18, 0x1d,
		0x03, 0x3f, 0x0a, 0x00, 0x11, 0x50, 0x90};
	const unsigned count = any(3) ? 1 + any(sizeof members) : 4;
	const uint8_t last_mask = (uint8_t)(0xff00u >> ((bitmap->width - 1) % 8 + 1));

	for (size_t i = 0; i < ph_bitmap_size(bitmap->width, bitmap->height); i++)
		bitmap->bits[i] = members[any(count)];
	for (unsigned y = 0; y < bitmap->height; y++)
		bitmap->bits[(y + 1) * bitmap->stride - 1] &= last_mask;
}

static void make_picture(struct ph_bitmap *bitmap)
{
	const unsigned kind = any(4);

	if (kind == 3) {
		make_trap(bitmap);
		return;
	}
	if (kind == 2)
		paint_lines(bitmap->width, bitmap->height);
	else
		paint_photo(bitmap->width, bitmap->height);
	make_dots(bitmap);
}

// The data of a band as it goes out, before it is guarded; rows below the picture are white.
static size_t band_data(
	const struct ph_raster_band *band, const struct ph_bitmap *rows, uint8_t *out)
{
	const size_t len = ph_raster_data_len(band);

	memset(out, 0, len);
	if (band->command == PH_RASTER_ESC_STAR_33 || band->command == PH_RASTER_STAR_COLUMNS)
		ck_assert_int_eq(ph_bitmap_columns(rows, 0, 3, out), (int)len);
	else
		memcpy(out, rows->bits, (size_t)rows->stride * rows->height);
	return len;
}

static void send_picture(const struct ph_bitmap *bitmap, enum ph_raster_command command,
	const struct ph_guard_rules *rules)
{
	static uint8_t before[32 * HEIGHT_MAX];
	const bool strip = command == PH_RASTER_ESC_STAR_33 || command >= PH_RASTER_STAR_BAND;
	struct ph_raster_bands bands = {.bitmap = bitmap,
		.rules = rules,
		.most = {command, bitmap->width, (uint16_t)(strip ? 24 : 1 + any(HEIGHT_MAX)),
			any(2), any(2)}};
	const bool after_known = any(2);
	struct ph_guard guard;
	struct ph_raster_band band;
	struct ph_bitmap rows;
	unsigned covered = 0;

	ph_guard_init(&guard, rules);
	put(&guard, "\x1b\x40", 2);
	while (ph_raster_bands_next(&bands, &band, &rows) == 1) {
		uint8_t header[PH_RASTER_HEADER_MAX];
		put(&guard, header, (size_t)ph_raster_header(&band, header));
		uint8_t *data = stream + stream_len;
		const struct ph_guard_shape shape = ph_raster_shape(&band);
		const size_t len = band_data(&band, &rows, data);
		memcpy(before, data, len);
		stream_len += len;
		const unsigned changed = ph_guard_picture(&guard, data, len, &shape,
			(const uint8_t *)(strip ? "\x0a" : "\x1d"), after_known);
		ck_assert_uint_le(dots_between(before, data, len), changed);
		covered += rows.height;
		if (strip || !after_known)
			put(&guard, strip ? "\x0a" : "\x04", 1);
	}
	ck_assert_uint_eq(covered, bitmap->height);
}

static void send_pictures(unsigned first, unsigned end)
{
	unsigned guarded = 0;

	for (unsigned i = first; i < end; i++) {
		struct ph_bitmap bitmap;
		const enum ph_raster_command command =
			(enum ph_raster_command)(i % PH_RASTER_COMMAND_COUNT);
		const struct ph_guard_rules *rules =
			command >= PH_RASTER_STAR_GS_S ? &ph_guard_star : &ph_guard_escpos;
		seed = i + 1;
		ck_assert_int_eq(ph_bitmap_init(&bitmap, (uint16_t)(1 + any(WIDTH_MAX)),
					 (uint16_t)(1 + any(HEIGHT_MAX)), bits, sizeof bits),
			0);
		make_picture(&bitmap);
		guarded += acts(rules, bits, ph_bitmap_size(bitmap.width, bitmap.height));
		stream_len = 0;
		send_picture(&bitmap, command, rules);
		if (acts(rules, stream, stream_len))
			ck_abort_msg("picture %u holds a command", i);
	}
	ck_assert_uint_gt(guarded, (end - first) / 20); // there was something to do
}

START_TEST(no_picture_is_a_command)
{
	send_pictures((unsigned)_i * PICTURES / 4, (unsigned)(_i + 1) * PICTURES / 4);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("raster_guard");
	TCase *hand = tcase_create("by hand"), *jobs = tcase_create("jobs");
	SRunner *runner = srunner_create(suite);

	tcase_add_test(hand, rules_can_always_be_kept);
	tcase_add_test(hand, find);
	tcase_add_test(hand, harmless_data_stays);
	tcase_add_test(hand, a_lone_dot_goes_first);
	tcase_add_test(hand, dots_that_are_not_printed_go_first);
	tcase_add_test(hand, borders_of_the_data);
	tcase_add_test(hand, columns_are_lines_of_three_bytes);
	tcase_add_test(hand, sequences_in_every_place);
	tcase_add_test(hand, every_neighbourhood_of_a_pair);
	tcase_add_test(hand, headers);
	tcase_add_test(hand, data_of_a_band);
	tcase_add_test(hand, dangerous_sizes);
	tcase_add_test(hand, bands_cover_the_picture);
	tcase_add_loop_test(jobs, no_picture_is_a_command, 0, 4);
	suite_add_tcase(suite, hand);
	suite_add_tcase(suite, jobs);
	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
