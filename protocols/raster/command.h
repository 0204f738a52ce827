// The headers of the commands that carry picture data, by table: their bytes, how many rows fit, and which sizes must be
// avoided because the header itself would hold a real-time command (1040 is 10 04).
#ifndef PH_PROTOCOLS_RASTER_COMMAND_H
#define PH_PROTOCOLS_RASTER_COMMAND_H

#include "protocols/raster/guard.h"
#include "protocols/raster/raster.h"

#define PH_RASTER_HEADER_MAX 20 // bytes

// Sources: Epson ESC/POS reference; Star StarPRNT and Star Line Mode command specifications.
enum ph_raster_command {
	PH_RASTER_GS_V_0, // GS v 0: rows
	PH_RASTER_GS_L_112, // GS ( L function 112: rows into the graphics buffer, dots behind the width unseen
	PH_RASTER_GS_8_L_112,	// the same with a count of four bytes
	PH_RASTER_ESC_STAR_33,	// ESC * 33: a strip of 24 dots in columns, part of the text line
	PH_RASTER_STAR_GS_S,	// ESC GS S 1: rows
	PH_RASTER_STAR_BAND,	// ESC k: always 24 rows
	PH_RASTER_STAR_COLUMNS, // ESC X: a strip of 24 dots in columns
	PH_RASTER_COMMAND_COUNT
};

struct ph_raster_band {
	enum ph_raster_command command;
	uint16_t width; // dots, 1 to PH_RASTER_WIDTH_MAX
	uint16_t rows;	// 1 or more; 24 for the commands that have no other number
	bool double_width, double_height; // by the printer; GS v 0 and GS ( L only, else ignored
};

// Writes the header, to which the picture data is the next byte. Returns its length, or -ERANGE for sizes that the command
// cannot state.
int ph_raster_header(const struct ph_raster_band *band, uint8_t out[PH_RASTER_HEADER_MAX]);

// Bytes of picture data behind the header.
size_t ph_raster_data_len(const struct ph_raster_band *band);

// How that data lies, for ph_guard_picture().
struct ph_guard_shape ph_raster_shape(const struct ph_raster_band *band);

// Whether the header states the band and holds no forbidden sequence.
bool ph_raster_header_safe(const struct ph_raster_band *band, const struct ph_guard_rules *rules);

// The most rows, at most band->rows, with which the header is safe; 0: none, because of the width (see below) or because
// the command has another number of rows.
uint16_t ph_raster_rows_safe(const struct ph_raster_band *band, const struct ph_guard_rules *rules);

// The least width, at least band->width, with which some number of rows up to band->rows is safe; the dots more
// are white. 0: none up to PH_RASTER_WIDTH_MAX.
uint16_t ph_raster_width_safe(
	const struct ph_raster_band *band, const struct ph_guard_rules *rules);

// Bands of a picture from top to bottom, each with a safe header.
struct ph_raster_bands {
	const struct ph_bitmap *bitmap;
	const struct ph_guard_rules *rules;
	struct ph_raster_band
		most; // its width is that of the bitmap, its rows the most of one band
	uint16_t y;   // the first row of the next band
};

// The next band, as a part of the bitmap (fewer rows at the end, where the command allows that; of a strip of 24 the rows
// that are left). Returns 1; 0 behind the last; -ERANGE when no number of rows is safe.
int ph_raster_bands_next(
	struct ph_raster_bands *bands, struct ph_raster_band *ret_band, struct ph_bitmap *ret_rows);

#endif
