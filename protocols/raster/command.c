// Headers of picture commands out of a table, and sizes that make them safe. Which command a printer has and how many rows
// it takes at a time is the profile's; the picture bytes are the caller's.
#include "protocols/raster/command.h"

#include <errno.h>

// Bytes of a header that follow from the band; all others stand in the table as they are.
enum field {
	FIELD_BYTES = 0x100, // of a row, two bytes
	FIELD_WIDTH,	     // dots, two bytes
	FIELD_ROWS,	     // two bytes
	FIELD_COUNT_2,	     // bytes from behind the count to the end of the data, two bytes
	FIELD_COUNT_4,
	FIELD_SCALE, // 0 normal, 1 double width, 2 double height, 3 both
	FIELD_TIMES_X,
	FIELD_TIMES_Y,
	FIELD_NONE
};

static const struct {
	uint16_t header[PH_RASTER_HEADER_MAX];
	uint8_t len;	   // of header[]
	uint8_t strip;	   // rows it always has, 0: any number
	uint8_t counted;   // bytes that FIELD_COUNT_ counts besides the data
	uint16_t most;	   // bytes of data, where the count allows no more; 0: rows are the limit
	uint8_t columns;   // bytes of a column; 0: data is rows
	bool width_unseen; // dots behind the width are not printed
} commands[] = {
	[PH_RASTER_GS_V_0] = {.header = {0x1d, 0x76, 0x30, FIELD_SCALE, FIELD_BYTES, FIELD_ROWS},
		.len = 6},
	[PH_RASTER_GS_L_112] = {.header = {0x1d, 0x28, 0x4c, FIELD_COUNT_2, 0x30, 0x70, 0x30,
					FIELD_TIMES_X, FIELD_TIMES_Y, 0x31, FIELD_WIDTH,
					FIELD_ROWS},
		.len = 12,
		.counted = 10,
		.most = UINT16_MAX - 10,
		.width_unseen = true},
	[PH_RASTER_GS_8_L_112] = {.header = {0x1d, 0x38, 0x4c, FIELD_COUNT_4, 0x30, 0x70, 0x30,
					  FIELD_TIMES_X, FIELD_TIMES_Y, 0x31, FIELD_WIDTH,
					  FIELD_ROWS},
		.len = 12,
		.counted = 10,
		.width_unseen = true},
	[PH_RASTER_ESC_STAR_33] = {.header = {0x1b, 0x2a, 0x21, FIELD_WIDTH},
		.len = 4,
		.strip = 24,
		.columns = 3},
	[PH_RASTER_STAR_GS_S] = {.header = {0x1b, 0x1d, 0x53, 0x01, FIELD_BYTES, FIELD_ROWS, 0x00},
		.len = 7},
	[PH_RASTER_STAR_BAND] = {.header = {0x1b, 0x6b, FIELD_BYTES}, .len = 3, .strip = 24},
	[PH_RASTER_STAR_COLUMNS] = {.header = {0x1b, 0x58, FIELD_WIDTH},
		.len = 3,
		.strip = 24,
		.columns = 3},
};

_Static_assert(sizeof commands / sizeof commands[0] == PH_RASTER_COMMAND_COUNT, "a row for each");

size_t ph_raster_data_len(const struct ph_raster_band *band)
{
	const size_t columns = commands[band->command].columns;

	return columns ? columns * band->width : ph_bitmap_size(band->width, band->rows);
}

struct ph_guard_shape ph_raster_shape(const struct ph_raster_band *band)
{
	const uint8_t columns = commands[band->command].columns;

	if (columns)
		return (struct ph_guard_shape){.stride = columns};
	return (struct ph_guard_shape){.stride = ph_bitmap_stride(band->width),
		.seen = commands[band->command].width_unseen ? band->width : 0};
}

static size_t value_of(const struct ph_raster_band *band, enum field field)
{
	switch (field) {
	case FIELD_BYTES:
		return ph_bitmap_stride(band->width);
	case FIELD_WIDTH:
		return band->width;
	case FIELD_ROWS:
		return band->rows;
	case FIELD_COUNT_2:
	case FIELD_COUNT_4:
		return ph_raster_data_len(band) + commands[band->command].counted;
	case FIELD_SCALE:
		return band->double_width + 2u * band->double_height;
	case FIELD_TIMES_X:
		return 1u + band->double_width;
	case FIELD_TIMES_Y:
		return 1u + band->double_height;
	case FIELD_NONE:
		break;
	}
	return 0;
}

static unsigned size_of(uint16_t field)
{
	if (field == FIELD_COUNT_4)
		return 4;
	return field == FIELD_BYTES || field == FIELD_WIDTH || field == FIELD_ROWS ||
			       field == FIELD_COUNT_2
		       ? 2
		       : 1;
}

int ph_raster_header(const struct ph_raster_band *band, uint8_t out[PH_RASTER_HEADER_MAX])
{
	uint8_t bytes[PH_RASTER_HEADER_MAX];
	unsigned len = 0;

	if (band->command >= PH_RASTER_COMMAND_COUNT || band->width < 1 ||
		band->width > PH_RASTER_WIDTH_MAX || band->rows < 1)
		return -ERANGE;
	const uint8_t strip = commands[band->command].strip;
	if (strip && band->rows != strip)
		return -ERANGE;
	for (unsigned i = 0; i < commands[band->command].len; i++) {
		const uint16_t part = commands[band->command].header[i];
		size_t value = part < FIELD_BYTES ? part : value_of(band, (enum field)part);
		for (unsigned k = size_of(part); k > 0; k--, value >>= 8)
			bytes[len++] = (uint8_t)value;
		if (value)
			return -ERANGE;
	}
	for (unsigned i = 0; i < len; i++)
		out[i] = bytes[i];
	return (int)len;
}

bool ph_raster_header_safe(const struct ph_raster_band *band, const struct ph_guard_rules *rules)
{
	uint8_t header[PH_RASTER_HEADER_MAX];
	const int len = ph_raster_header(band, header);

	return len > 0 && ph_guard_find(rules, header, (size_t)len) == (size_t)len;
}

uint16_t ph_raster_rows_safe(const struct ph_raster_band *band, const struct ph_guard_rules *rules)
{
	struct ph_raster_band try = *band;

	if (band->command >= PH_RASTER_COMMAND_COUNT)
		return 0;
	if (commands[band->command].strip)
		return ph_raster_header_safe(band, rules) ? band->rows : 0;
	const uint16_t most = commands[band->command].most;
	if (most && ph_raster_data_len(band) > most)
		try.rows = (uint16_t)(most / ph_bitmap_stride(band->width));
	while (try.rows > 0 && !ph_raster_header_safe(&try, rules))
		try.rows--;
	return try.rows;
}

uint16_t ph_raster_width_safe(const struct ph_raster_band *band, const struct ph_guard_rules *rules)
{
	struct ph_raster_band try = *band;

	for (; try.width <= PH_RASTER_WIDTH_MAX; try.width++) {
		if (ph_raster_rows_safe(&try, rules))
			return try.width;
	}
	return 0;
}

int ph_raster_bands_next(
	struct ph_raster_bands *bands, struct ph_raster_band *ret_band, struct ph_bitmap *ret_rows)
{
	const uint16_t left = (uint16_t)(bands->bitmap->height - bands->y);
	struct ph_raster_band band = bands->most;

	if (bands->y >= bands->bitmap->height)
		return 0;
	if (band.command >= PH_RASTER_COMMAND_COUNT || band.width != bands->bitmap->width)
		return -ERANGE;
	if (!commands[band.command].strip && band.rows > left)
		band.rows = left;
	band.rows = ph_raster_rows_safe(&band, bands->rules);
	if (band.rows == 0)
		return -ERANGE;
	*ret_rows = ph_bitmap_rows(bands->bitmap, bands->y, band.rows);
	*ret_band = band;
	bands->y = (uint16_t)(bands->y + ret_rows->height);
	return 1;
}
