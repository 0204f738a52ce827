// Drawings: ordering them, and printing them in the line, as bands or as rows of raster mode.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "protocols/star/encoder.h"

#define COLUMN_BYTES 3	  // of ESC X: 24 dots
#define BAND_ROWS    24	  // of ESC k
#define ROW_OVERHEAD 16	  // most bytes around a row of raster mode
#define BLOCK_MAX    1024 // dots a row may be wide

// --- orders -----------------------------------------------------------------------------------

int ph_star_order(struct ph_star_encoder *enc, const struct ph_raster_order *order,
	const struct ph_raster **ret_raster)
{
	return ph_job_buffer_order(&enc->out, order, BLOCK_MAX, ret_raster);
}

int ph_star_no_drawing(struct ph_star_encoder *enc, uint32_t at)
{
	return ph_job_buffer_fail(&enc->out, -EOPNOTSUPP, at,
		"this printer prints drawings only, and this one could not be made");
}

// --- dots -------------------------------------------------------------------------------------

static inline bool dot(const struct ph_raster *raster, unsigned x, unsigned y)
{
	if (x >= raster->width || y >= raster->height)
		return false;
	return raster->bits[(size_t)y * ((raster->width + 7u) / 8) + x / 8] >> (7 - x % 8) & 1;
}

// One row of at most `bytes` bytes into `out`, turned by 180 degrees when asked, `shift` dots to the
// right.
static void copy_row(const struct ph_raster *raster, unsigned y, bool upside_down, unsigned shift,
	uint8_t *out, size_t bytes)
{
	const size_t have = (raster->width + 7u) / 8;

	if (y >= raster->height || (!upside_down && shift == 0)) {
		memset(out, 0, bytes);
		if (y < raster->height)
			memcpy(out, raster->bits + y * have, have < bytes ? have : bytes);
		return;
	}
	memset(out, 0, bytes);
	for (unsigned x = 0; x < raster->width && (x + shift) / 8 < bytes; x++) {
		const unsigned from_x = upside_down ? raster->width - 1u - x : x;
		const unsigned from_y = upside_down ? raster->height - 1u - y : y;
		if (dot(raster, from_x, from_y))
			out[(x + shift) / 8] |= (uint8_t)(0x80u >> (x + shift) % 8);
	}
}

// What is in front of the data ends in no beginning of a command, and so do they.
static void guard(uint8_t *data, size_t len, unsigned stride, unsigned seen)
{
	const struct ph_guard_shape shape = {.stride = stride, .seen = seen};
	struct ph_guard state;

	ph_guard_init(&state, &ph_guard_star);
	ph_guard_picture(&state, data, len, &shape, NULL, 0);
}

// --- in the line ------------------------------------------------------------------------------

size_t ph_star_inline_size(unsigned width)
{
	return 4 + (size_t)COLUMN_BYTES * width;
}

void ph_star_put_inline(struct ph_star_encoder *enc, const struct ph_raster *raster, unsigned width)
{
	PH_PUT(enc, PH_STAR_ESC, PH_STAR_ESC_COLUMNS, (uint8_t)width, (uint8_t)(width >> 8));
	uint8_t *const data = enc->out.p;
	for (unsigned x = 0; x < width; x++) {
		for (unsigned y = 0; y < 8 * COLUMN_BYTES; y++) {
			if (y % 8 == 0)
				enc->out.p[y / 8] = 0;
			if (dot(raster, x, y))
				enc->out.p[y / 8] |= (uint8_t)(0x80u >> y % 8);
		}
		enc->out.p += COLUMN_BYTES;
	}
	guard(data, (size_t)(enc->out.p - data), COLUMN_BYTES, 8 * COLUMN_BYTES);
}

// --- as a block -------------------------------------------------------------------------------

struct rows {
	const struct ph_raster *raster;
	unsigned first, count, shift;
	bool upside_down;
};

// One ESC GS S or ESC k.
static void put_band(struct ph_star_encoder *enc, const struct rows *rows)
{
	const unsigned bytes = (rows->raster->width + rows->shift + 7u) / 8;
	const bool line_mode = enc->profile->dialect == PH_STAR_LINE;

	if (line_mode)
		PH_PUT(enc, PH_STAR_ESC, PH_STAR_ESC_BAND, (uint8_t)bytes, (uint8_t)(bytes >> 8));
	else
		PH_PUT(enc, PH_STAR_ESC, PH_STAR_GS, PH_STAR_GS_RASTER, 1, (uint8_t)bytes,
			(uint8_t)(bytes >> 8), (uint8_t)rows->count, (uint8_t)(rows->count >> 8),
			0);
	uint8_t *const data = enc->out.p;
	for (unsigned i = 0; i < rows->count; i++) {
		copy_row(rows->raster, rows->first + i, rows->upside_down, rows->shift, enc->out.p,
			bytes);
		enc->out.p += bytes;
	}
	guard(data, (size_t)(enc->out.p - data), bytes, rows->raster->width + rows->shift);
	// A line that loses a byte of the picture lets it take one of these. Without them it takes the ESC of the next band, whose
	// dots are text then, and a BEL or SUB in them opens a drawer.
	if (line_mode)
		PH_PUT(enc, PH_STAR_LF);
	else
		PH_PUT(enc, PH_STAR_NUL, PH_STAR_NUL);
}

// Where the place is one of an alignment, that costs nothing; else the rows are widened by white.
static enum ph_align alignment_of(
	const struct ph_star_encoder *enc, const struct ph_raster *raster, unsigned x)
{
	const unsigned paper = enc->profile->width_dots;
	const unsigned rest = paper > raster->width ? paper - raster->width : 0;

	// bands count bytes: the printer would place the white behind the last dot as well
	if (!x || raster->width % 8)
		return PH_ALIGN_LEFT;
	return x == rest / 2 ? PH_ALIGN_CENTER : x == rest ? PH_ALIGN_RIGHT : PH_ALIGN_LEFT;
}

static void put_align(struct ph_star_encoder *enc, enum ph_align align)
{
	PH_PUT(enc, PH_STAR_ESC, PH_STAR_GS, PH_STAR_GS_ALIGN, (uint8_t)align);
}

static int put_bands(
	struct ph_star_encoder *enc, const struct ph_raster *raster, unsigned x, bool upside_down)
{
	const bool line_mode = enc->profile->dialect == PH_STAR_LINE;
	const unsigned step = line_mode ? BAND_ROWS : enc->profile->band_rows;
	const enum ph_align align = alignment_of(enc, raster, x);
	const unsigned shift = align == PH_ALIGN_LEFT ? x : 0;
	const size_t bytes = (raster->width + shift + 7u) / 8;

	for (unsigned y = 0; y < raster->height; y += step) {
		const unsigned left = raster->height - y;
		// a band of line mode has its 24 rows
		const unsigned rows = line_mode || left > step ? step : left;
		const int r = ph_star_begin_item(enc, bytes * rows + 32, false);
		if (r < 0)
			return r;
		ph_star_set_style(enc, 0);
		if (line_mode)
			ph_star_set_tight(enc, true);
		if (align != PH_ALIGN_LEFT)
			put_align(enc, align);
		put_band(enc, &(struct rows){raster, y, rows, shift, upside_down});
		if (align != PH_ALIGN_LEFT)
			put_align(enc, PH_ALIGN_LEFT);
		enc->out.flags |= PH_SEGMENT_PRINTS;
	}
	return 0;
}

// --- rows of raster mode ----------------------------------------------------------------------

void ph_star_rows_down(struct ph_star_encoder *enc, unsigned dots)
{
	char digits[12];

	if (!dots)
		return;
	// paper alone is nothing to print: the first of the dots is a row
	if (!enc->inked) {
		PH_PUT(enc, PH_STAR_RASTER_ROW, 1, 0, 0);
		enc->inked = true;
		dots--;
	}
	if (!dots)
		return;
	PH_PUT(enc, PH_STAR_ESC, PH_STAR_ESC_RASTER, 'r', PH_STAR_RASTER_DOWN);
	const int len = snprintf(digits, sizeof digits, "%u", dots);
	ph_job_buffer_put(&enc->out, digits, (size_t)len + 1); // with its NUL
}

static size_t trimmed(const uint8_t *row, size_t bytes)
{
	while (bytes && !row[bytes - 1])
		bytes--;
	return bytes;
}

static void put_some_rows(struct ph_star_encoder *enc, const struct rows *rows)
{
	const size_t bytes = (enc->profile->width_dots + 7u) / 8;
	unsigned blank = 0;

	for (unsigned i = 0; i < rows->count; i++) {
		// room for the command that closes the blank rows before
		uint8_t *const row = enc->out.p + ROW_OVERHEAD;
		copy_row(rows->raster, rows->first + i, rows->upside_down, rows->shift, row, bytes);
		const size_t used = trimmed(row, bytes);
		if (!used) {
			blank++;
			continue;
		}
		guard(row, used, (unsigned)used, 0);
		ph_star_rows_down(enc, blank);
		blank = 0;
		PH_PUT(enc, PH_STAR_RASTER_ROW, (uint8_t)used, (uint8_t)(used >> 8));
		memmove(enc->out.p, row, used);
		enc->out.p += used;
		enc->inked = true;
	}
	ph_star_rows_down(enc, blank);
}

static int put_rows(
	struct ph_star_encoder *enc, const struct ph_raster *raster, unsigned x, bool upside_down)
{
	const size_t bytes = (enc->profile->width_dots + 7u) / 8;
	const unsigned step = enc->profile->band_rows;

	for (unsigned y = 0; y < raster->height; y += step) {
		const unsigned rows = raster->height - y < step ? raster->height - y : step;
		const int r = ph_star_begin_item(enc, (bytes + ROW_OVERHEAD) * rows, false);
		if (r < 0)
			return r;
		put_some_rows(enc, &(struct rows){raster, y, rows, x, upside_down});
		enc->out.flags |= PH_SEGMENT_PRINTS;
	}
	return 0;
}

int ph_star_put_block(
	struct ph_star_encoder *enc, const struct ph_raster *raster, unsigned x, bool upside_down)
{
	if (enc->profile->dialect == PH_STAR_RASTER)
		return put_rows(enc, raster, x, upside_down);
	return put_bands(enc, raster, x, upside_down);
}

// --- images and pages -------------------------------------------------------------------------

int ph_star_put_image(struct ph_star_encoder *enc, const struct ph_item *item)
{
	const unsigned most = enc->profile->width_dots;
	const struct ph_raster_order order = {.kind = PH_ORDER_IMAGE,
		.at = item->at,
		.width = item->image.width < most ? item->image.width : (uint16_t)most};
	const struct ph_raster *raster = NULL;

	if (!enc->profile->impact && !enc->plain) {
		const int r = ph_star_order(enc, &order, &raster);
		if (r < 0)
			return r;
	}
	if (raster)
		return ph_star_put_block(enc, raster, item->image.x, false);
	if (!ph_job_buffer_first_call(&enc->out) || enc->profile->impact || enc->plain)
		ph_job_buffer_loss(&enc->out, PH_LOSS_IMAGE, item->at, 0);
	return 0;
}

// A page is drawn as a whole. Where it cannot be, what stands in its areas is printed in their order.
int ph_star_put_page(struct ph_star_encoder *enc, const struct ph_item *item)
{
	const struct ph_raster_order order = {
		.kind = PH_ORDER_PAGE, .at = item->at, .width = enc->list->media.width};
	const struct ph_raster *raster = NULL;

	if (enc->profile->impact) {
		enc->plain = true;
		ph_job_buffer_loss(&enc->out, PH_LOSS_PAGE, item->at, 0);
		return 0;
	}
	int r = ph_star_order(enc, &order, &raster);
	if (r < 0)
		return r;
	if (raster || ph_job_buffer_first_call(&enc->out)) {
		enc->page_end = ph_display_list_page_end(enc->list, enc->out.next_line);
		if (enc->profile->dialect != PH_STAR_RASTER) // which prints nothing else
			ph_job_buffer_loss(&enc->out, PH_LOSS_PAGE_DRAWN, item->at, 0);
		return raster ? ph_star_put_block(enc, raster, 0, false) : 0;
	}
	if (enc->profile->dialect == PH_STAR_RASTER)
		return ph_star_no_drawing(enc, item->at);
	enc->plain = true;
	ph_job_buffer_loss(&enc->out, PH_LOSS_PAGE, item->at, 0);
	return 0;
}
