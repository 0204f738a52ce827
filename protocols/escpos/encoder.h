// Private to the encoder: its state and what its files share.
#ifndef PH_PROTOCOLS_ESCPOS_ENCODER_H
#define PH_PROTOCOLS_ESCPOS_ENCODER_H

#include <string.h>

#include "protocols/escpos/encode.h"
#include "protocols/escpos/escpos_const.h"
#include "protocols/raster/guard.h"
#include "protocols/receipt/job_buffer.h"

#define PH_PAGE_UNKNOWN	 PH_CODEPAGE_COUNT
#define PH_SYMBOL_MAX	 384 // most bytes of a symbol with its settings, its data apart
#define PH_INLINE_HEIGHT 24  // dots of a drawing in a line of text

struct ph_encoder {
	const struct ph_display_list *list;
	const struct ph_escpos_profile *profile;
	const struct ph_escpos_input *input;
	struct ph_job_buffer out;
	uint64_t pages;	   // of the profile
	uint16_t unusual;  // styles that need a second look
	bool plain;	   // print without drawings: nothing more is ordered
	uint32_t page_end; // items before this one are done with
	bool in_page;	   // of page mode
	uint8_t units_x;   // motion units of a dot along the text
	// the printer, as the bytes so far left it
	enum ph_codepage page; // PH_PAGE_UNKNOWN: not to be relied on
	uint16_t style;
	uint8_t spacing;    // of lines, in dots; 0: the default
	uint8_t kanji_line; // FS -
	bool kanji, after_raw;
};

// nL nH. A number whose two bytes would be a real-time command is one more.
static inline void ph_encoder_put_16(struct ph_encoder *enc, unsigned n)
{
	const uint8_t high = (uint8_t)(n >> 8);
	const bool command = high == PH_EP_EOT || high == PH_EP_ENQ || high == PH_EP_DC4;

	if ((uint8_t)n == PH_EP_DLE && command)
		n++;
	PH_PUT(enc, (uint8_t)n, high);
}

// Makes room for an item of at most `bytes` and begins a new segment when this one is full or when
// the item stands `alone`. In page mode all is one segment.
int ph_encoder_begin_item(struct ph_encoder *enc, size_t bytes, bool alone);
void ph_encoder_close_segment(struct ph_encoder *enc);
void ph_encoder_set_style(struct ph_encoder *enc, uint16_t style); // one that the printer has
void ph_encoder_set_spacing(struct ph_encoder *enc, uint8_t dots); // 0: the default
void ph_encoder_leave_kanji(struct ph_encoder *enc);

static inline unsigned ph_encoder_cell(const struct ph_encoder *enc, uint16_t style)
{
	const enum ph_font font = ph_style_font(style);
	const struct ph_media *media = &enc->list->media;

	if (style & PH_STYLE_ROTATE)
		return media->height[font] * ph_style_height(style);
	return media->cell[font] * ph_style_width(style);
}

// n of ESC - and FS -.
static inline uint8_t ph_encoder_underline(uint16_t style)
{
	return !(style & PH_STYLE_UNDERLINE) ? 0 : style & PH_STYLE_THICK ? 2 : 1;
}

// Returned by encoders of items inside of a page that must be drawn.
#define PH_ENCODE_DRAW 1

// --- encode_line.c
int ph_encode_line(struct ph_encoder *enc, const struct ph_item *item);
// Data of something else as a line of text; what is not printable ASCII is `?`.
int ph_encode_plain(struct ph_encoder *enc, const char *data, size_t len);

// --- encode_drawing.c: writes the order, or finds the drawing it got. *ret_raster is NULL where there
// is none (yet).
int ph_encoder_order(struct ph_encoder *enc, const struct ph_raster_order *order,
	const struct ph_raster **ret_raster);
bool ph_encoder_can_draw(const struct ph_encoder *enc);
// A drawing as a block whose left edge is at `x`; `rows` white rows are added below up to that height.
struct ph_block {
	const struct ph_raster *raster;
	unsigned x, rows;
	bool upside_down;
};
int ph_encode_block(struct ph_encoder *enc, const struct ph_block *block);
// Bytes of a drawing of `width` dots in the line, and the drawing itself at the current position.
size_t ph_inline_size(unsigned width);
void ph_encode_inline(struct ph_encoder *enc, const struct ph_raster *raster, unsigned width);
int ph_encode_image(struct ph_encoder *enc, const struct ph_item *item);

// --- encode_symbol.c, encode_code2d.c: at a line start and in normal style.
int ph_encode_symbol(struct ph_encoder *enc, const struct ph_item *item);
// PH_ENCODE_DRAW: the printer has it not; then nothing was written.
int ph_encode_code2d(struct ph_encoder *enc, const struct ph_item *item);

// Where a symbol is aligned, in dots: all the paper, or a column of it. Symbols have no quiet zone of their
// own: margin and area make one of `quiet` dots.
struct ph_place {
	uint32_t at; // for reports
	unsigned x, width, quiet;
	enum ph_align align;
};
struct ph_place ph_encoder_place_of(const struct ph_encoder *enc, const struct ph_item *item);
void ph_encoder_place(struct ph_encoder *enc, const struct ph_place *place);
void ph_encoder_unplace(struct ph_encoder *enc, const struct ph_place *place);
// The largest module of at most `wanted` dots that fits, or -ERANGE. Sets the quiet zone of the place to
// `quiet` modules where these fit as well, else to 0.
int ph_encoder_fit(struct ph_encoder *enc, struct ph_place *place, unsigned modules, unsigned quiet,
	unsigned wanted);
// Whether data of a symbol and the `count` in front of it are free of real-time commands.
bool ph_encoder_may_store(const void *data, size_t len, size_t count);
// Feeds `dots` of quiet zone above or below.
void ph_encoder_quiet_rows(struct ph_encoder *enc, unsigned dots);

// --- encode.c: the items from `first` on, up to `end`.
int ph_encoder_put_items(struct ph_encoder *enc, uint32_t first, uint32_t end);

// --- encode_page.c
int ph_encode_page(struct ph_encoder *enc, const struct ph_item *item);
int ph_encode_area(struct ph_encoder *enc, const struct ph_item *item);

#endif
