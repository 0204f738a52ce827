// Private to the encoder: its state and what its files share.
#ifndef PH_PROTOCOLS_STAR_ENCODER_H
#define PH_PROTOCOLS_STAR_ENCODER_H

#include <string.h>

#include "protocols/raster/guard.h"
#include "protocols/receipt/job_buffer.h"
#include "protocols/star/encode.h"
#include "protocols/star/star_const.h"

#define PH_STAR_PAGE_UNKNOWN PH_CODEPAGE_COUNT
#define PH_STAR_LINE_DOTS    32 // ESC z 1: 4 mm
#define PH_STAR_TIGHT_DOTS   24 // ESC 0: 3 mm, the height of a character

struct ph_star_encoder {
	const struct ph_display_list *list;
	const struct ph_star_profile *profile;
	struct ph_job_buffer out;
	uint64_t pages;	   // of the profile
	bool plain;	   // inside of a fallback: nothing more is ordered
	uint32_t page_end; // items before this one are part of a drawn page
	// the printer, as the bytes so far left it
	enum ph_codepage page; // PH_STAR_PAGE_UNKNOWN: not to be relied on
	uint16_t style;
	bool tight, utf8, after_raw;
	bool rows, inked; // raster mode is entered; it holds a row
};

// encode.c: makes room for an item of at most `bytes` and begins a new segment when this one is full or
// when the item stands `alone`.
int ph_star_begin_item(struct ph_star_encoder *enc, size_t bytes, bool alone);
void ph_star_close_segment(struct ph_star_encoder *enc);
void ph_star_set_style(struct ph_star_encoder *enc, uint16_t style);
void ph_star_set_tight(struct ph_star_encoder *enc, bool tight);
void ph_star_set_utf8(struct ph_star_encoder *enc, bool on);
// Feeds this many dots, to the quarter of a millimetre; room for 8 bytes for each 500 dots.
void ph_star_feed_dots(struct ph_star_encoder *enc, unsigned dots);

// encode_line.c
int ph_star_put_line(struct ph_star_encoder *enc, const struct ph_item *item);
// Data of something else as a line of text; what is not printable ASCII is `?`.
int ph_star_put_plain(struct ph_star_encoder *enc, const char *data, size_t len);

// encode_symbol.c
int ph_star_put_symbol(struct ph_star_encoder *enc, const struct ph_item *item);

// encode_drawing.c: writes the order, or finds the drawing it got. *ret_raster is NULL where there is
// none (yet); ph_job_buffer_first_call() tells which.
int ph_star_order(struct ph_star_encoder *enc, const struct ph_raster_order *order,
	const struct ph_raster **ret_raster);
// Prints a drawing as a block whose left edge is at `x`.
int ph_star_put_block(
	struct ph_star_encoder *enc, const struct ph_raster *raster, unsigned x, bool upside_down);
// Bytes of a drawing of `width` dots in the line, and the drawing itself at the current position.
size_t ph_star_inline_size(unsigned width);
void ph_star_put_inline(
	struct ph_star_encoder *enc, const struct ph_raster *raster, unsigned width);
int ph_star_put_image(struct ph_star_encoder *enc, const struct ph_item *item);
int ph_star_put_page(struct ph_star_encoder *enc, const struct ph_item *item);
// Raster mode: a blank strip.
void ph_star_rows_down(struct ph_star_encoder *enc, unsigned dots);
int ph_star_no_drawing(struct ph_star_encoder *enc, uint32_t at);

#endif
