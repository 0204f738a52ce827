// Drawings: ordering them, and printing them in a line of text or as bands of dots.
#include <errno.h>
#include <stdlib.h>

#include "protocols/escpos/encoder.h"
#include "protocols/raster/command.h"

#define STRIP_BYTES 3 // of a column of ESC * 33

// --- orders -----------------------------------------------------------------------------------

bool ph_encoder_can_draw(const struct ph_encoder *enc)
{
	return !enc->plain && enc->profile->image != PH_ESCPOS_IMAGE_NONE;
}

int ph_encoder_order(struct ph_encoder *enc, const struct ph_raster_order *order,
	const struct ph_raster **ret_raster)
{
	return ph_job_buffer_order(&enc->out, order, enc->profile->width_dots, ret_raster);
}

// --- in a line --------------------------------------------------------------------------------

size_t ph_inline_size(unsigned width)
{
	return PH_RASTER_HEADER_MAX + (size_t)STRIP_BYTES * width;
}

// The dots of a drawing, which nobody changes through this.
static struct ph_bitmap bitmap_of(const struct ph_raster *raster)
{
	return (struct ph_bitmap){.width = raster->width,
		.height = raster->height,
		.stride = ph_bitmap_stride(raster->width),
		.bits = (uint8_t *)(uintptr_t)raster->bits};
}

// Puts header and data; `width` is what the drawing shall take, white at the right or cut off.
void ph_encode_inline(struct ph_encoder *enc, const struct ph_raster *raster, unsigned width)
{
	const struct ph_bitmap bitmap = bitmap_of(raster);
	struct ph_raster_band band = {
		.command = PH_RASTER_ESC_STAR_33, .width = (uint16_t)width, .rows = 24};
	struct ph_guard guard;

	const uint16_t safe = ph_raster_width_safe(&band, &ph_guard_escpos);
	band.width = safe ? safe : band.width;
	const int header = ph_raster_header(&band, enc->out.p);
	if (header < 0)
		return;
	ph_guard_init(&guard, &ph_guard_escpos);
	ph_guard_sent(&guard, enc->out.p, (size_t)header);
	enc->out.p += header;
	const size_t len = (size_t)STRIP_BYTES * band.width;
	memset(enc->out.p, 0, len);
	if (bitmap.width <= band.width) {
		ph_bitmap_columns(&bitmap, 0, STRIP_BYTES, enc->out.p);
	} else {
		struct ph_bitmap cut = bitmap;
		cut.width = band.width;
		ph_bitmap_columns(&cut, 0, STRIP_BYTES, enc->out.p);
	}
	const struct ph_guard_shape shape = ph_raster_shape(&band);
	ph_guard_picture(&guard, enc->out.p, len, &shape, NULL, 0);
	ph_job_buffer_counted(&enc->out, len);
	enc->out.p += len;
}

// --- as a block -------------------------------------------------------------------------------

static bool dot(const struct ph_bitmap *bitmap, unsigned x, unsigned y)
{
	return bitmap->bits[(size_t)y * bitmap->stride + x / 8] >> (7 - x % 8) & 1;
}

struct frame {
	unsigned width, height, shift;
};

// A copy with room: moved right, turned, white around. Free bits.
static int compose(
	const struct ph_block *block, const struct frame *frame, struct ph_bitmap *ret_bitmap)
{
	const struct ph_bitmap from = bitmap_of(block->raster);
	const unsigned shift = frame->shift, height = frame->height;
	struct ph_bitmap to = {.width = (uint16_t)frame->width, .height = (uint16_t)height};

	to.stride = ph_bitmap_stride(to.width);
	to.bits = calloc(to.stride, to.height);
	if (!to.bits)
		return -ENOMEM;
	const unsigned top = block->upside_down ? height - from.height : 0;
	for (unsigned y = 0; y < from.height; y++) {
		uint8_t *row = to.bits + (size_t)(y + top) * to.stride;
		for (unsigned x = 0; x < from.width; x++) {
			const bool black = block->upside_down ? dot(&from, from.width - 1u - x,
									from.height - 1u - y)
							      : dot(&from, x, y);
			if (black)
				row[(x + shift) / 8] |= (uint8_t)(0x80u >> (x + shift) % 8);
		}
	}
	*ret_bitmap = to;
	return 0;
}

// Takes white columns at the right off.
static void trim_right(struct ph_bitmap *bitmap)
{
	size_t used = 0;

	for (unsigned y = 0; y < bitmap->height; y++) {
		const uint8_t *row = bitmap->bits + (size_t)y * bitmap->stride;
		size_t bytes = ph_bitmap_stride(bitmap->width);
		while (bytes > used && !row[bytes - 1])
			bytes--;
		used = bytes > used ? bytes : used;
	}
	if (used * 8 < bitmap->width)
		bitmap->width = (uint16_t)(used ? used * 8 : 8);
}

static enum ph_raster_command command_of(const struct ph_escpos_profile *profile)
{
	switch ((enum ph_escpos_image)profile->image) {
	case PH_ESCPOS_IMAGE_GS_L:
		return PH_RASTER_GS_L_112;
	case PH_ESCPOS_IMAGE_ESC_STAR:
		return PH_RASTER_ESC_STAR_33;
	case PH_ESCPOS_IMAGE_GS_V:
	case PH_ESCPOS_IMAGE_NONE:
		break;
	}
	return PH_RASTER_GS_V_0;
}

// Rows of one command: as many as the printer takes at once, and a segment holds.
static unsigned band_rows(const struct ph_encoder *enc, const struct ph_bitmap *bitmap)
{
	const unsigned most = enc->profile->band_rows;
	const unsigned fit = PH_SEGMENT_BYTES / (bitmap->stride ? bitmap->stride : 1);

	if (enc->profile->image == PH_ESCPOS_IMAGE_ESC_STAR)
		return 24;
	return fit < 24 ? 24 : fit < most ? fit : most;
}

static void put_align(struct ph_encoder *enc, enum ph_align align)
{
	PH_PUT(enc, PH_EP_ESC, PH_EP_ESC_ALIGN, (uint8_t)align);
}

// The data of a band in place, behind its header, without real-time commands in both.
static void put_data(struct ph_encoder *enc, const struct ph_raster_band *band,
	const struct ph_bitmap *rows, size_t header)
{
	const struct ph_guard_shape shape = ph_raster_shape(band);
	const size_t len = ph_raster_data_len(band), stride = ph_bitmap_stride(band->width);
	const size_t have = ph_bitmap_stride(rows->width);
	struct ph_guard guard;

	memset(enc->out.p, 0, len);
	if (band->command == PH_RASTER_ESC_STAR_33) {
		ph_bitmap_columns(rows, 0, STRIP_BYTES, enc->out.p);
	} else {
		for (unsigned y = 0; y < rows->height; y++)
			memcpy(enc->out.p + y * stride, rows->bits + (size_t)y * rows->stride,
				have);
	}
	ph_guard_init(&guard, &ph_guard_escpos);
	ph_guard_sent(&guard, enc->out.p - header, header);
	ph_guard_picture(&guard, enc->out.p, len, &shape, NULL, 0);
	ph_job_buffer_counted(&enc->out, len);
	enc->out.p += len;
}

static int put_band(struct ph_encoder *enc, const struct ph_raster_band *band,
	const struct ph_bitmap *rows, enum ph_align align)
{
	const int r = ph_encoder_begin_item(
		enc, ph_raster_data_len(band) + PH_RASTER_HEADER_MAX + 32, false);

	if (r < 0)
		return r;
	ph_encoder_set_style(enc, 0);
	ph_encoder_set_spacing(enc, band->command == PH_RASTER_ESC_STAR_33 ? 24 : 0);
	if (align != PH_ALIGN_LEFT)
		put_align(enc, align);
	const int header = ph_raster_header(band, enc->out.p);
	if (header < 0)
		return ph_job_buffer_fail(&enc->out, -E2BIG, PH_AT_NONE, "a picture of this width");
	enc->out.p += header;
	put_data(enc, band, rows, (size_t)header);
	if (band->command == PH_RASTER_GS_L_112)
		PH_PUT(enc, PH_EP_GS, PH_EP_GS_PAREN, PH_EP_PAREN_GRAPHICS, 2, 0, 0x30,
			PH_EP_GRAPHICS_PRINT);
	if (band->command == PH_RASTER_ESC_STAR_33)
		*enc->out.p++ = PH_EP_LF;
	if (align != PH_ALIGN_LEFT)
		put_align(enc, PH_ALIGN_LEFT);
	enc->out.flags |= PH_SEGMENT_PRINTS;
	return 0;
}

static int put_bands(struct ph_encoder *enc, const struct ph_bitmap *bitmap, enum ph_align align)
{
	struct ph_raster_bands bands = {.bitmap = bitmap,
		.rules = &ph_guard_escpos,
		.most = {.command = command_of(enc->profile),
			.width = bitmap->width,
			.rows = (uint16_t)band_rows(enc, bitmap)}};
	struct ph_raster_band band;
	struct ph_bitmap rows;
	int r;

	while ((r = ph_raster_bands_next(&bands, &band, &rows)) == 1) {
		r = put_band(enc, &band, &rows, align);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return ph_job_buffer_fail(&enc->out, -E2BIG, PH_AT_NONE, "a picture of this width");
	// it swallows one line feed behind a picture: give it one
	if (enc->profile->quirks & PH_ESCPOS_QUIRK_LF_AFTER_IMAGE)
		*enc->out.p++ = PH_EP_LF;
	return 0;
}

// A header that states this width would hold a real-time command.
static bool is_unsafe(const struct ph_encoder *enc, unsigned width)
{
	const struct ph_raster_band band = {
		.command = command_of(enc->profile), .width = (uint16_t)width, .rows = 24};

	return ph_raster_width_safe(&band, &ph_guard_escpos) != width;
}

// Where the place is one of an alignment, that costs nothing; else the rows are widened by white.
static enum ph_align alignment_of(const struct ph_encoder *enc, const struct ph_block *block)
{
	const unsigned paper = enc->list->media.width, width = block->raster->width;
	const unsigned rest = paper > width ? paper - width : 0;

	// GS v 0 counts bytes: it would place the white behind the last dot as well
	if (!block->x || paper != enc->profile->width_dots ||
		(width % 8 && command_of(enc->profile) == PH_RASTER_GS_V_0))
		return PH_ALIGN_LEFT;
	return block->x == rest / 2 ? PH_ALIGN_CENTER
	       : block->x == rest   ? PH_ALIGN_RIGHT
				    : PH_ALIGN_LEFT;
}

int ph_encode_block(struct ph_encoder *enc, const struct ph_block *block)
{
	const struct ph_raster *raster = block->raster;
	const enum ph_align align = alignment_of(enc, block);
	struct ph_bitmap bitmap = bitmap_of(raster), own = {0};
	struct frame frame = {.shift = align == PH_ALIGN_LEFT ? block->x : 0,
		.height = block->rows > raster->height ? block->rows : raster->height};

	frame.width = raster->width + frame.shift;
	frame.width += is_unsafe(enc, frame.width) ? 8 : 0;
	if (frame.width != raster->width || block->upside_down || frame.height != raster->height) {
		if (compose(block, &frame, &own) < 0)
			return ph_job_buffer_fail(&enc->out, -ENOMEM, PH_AT_NONE, "out of memory");
		bitmap = own;
	}
	if (align == PH_ALIGN_LEFT)
		trim_right(&bitmap);
	if (is_unsafe(enc, bitmap.width)) // white columns that were there before
		bitmap.width = (uint16_t)(bitmap.width + 8);
	const int r = put_bands(enc, &bitmap, align);
	free(own.bits);
	return r;
}

// --- images -----------------------------------------------------------------------------------

static const struct ph_escpos_logo *find_logo(
	const struct ph_encoder *enc, const uint8_t hash[PH_ESCPOS_LOGO_HASH])
{
	for (uint32_t i = 0; enc->input && i < enc->input->logo_count; i++) {
		if (memcmp(enc->input->logos[i].hash, hash, PH_ESCPOS_LOGO_HASH) == 0)
			return &enc->input->logos[i];
	}
	return NULL;
}

// By alignment where that comes to the same, else by a margin.
static struct ph_place logo_place(const struct ph_encoder *enc, const struct ph_item *item)
{
	const unsigned paper = enc->profile->width_dots, rest = paper - item->image.width;
	struct ph_place place = {.at = item->at, .width = paper, .align = item->image.node->align};

	if (item->image.x != rest * (unsigned)place.align / 2) {
		place.align = PH_ALIGN_LEFT;
		place.x = item->image.x;
		place.width = paper - place.x;
	}
	return place;
}

static int put_logo(
	struct ph_encoder *enc, const struct ph_item *item, const struct ph_escpos_logo *logo)
{
	const struct ph_place place = logo_place(enc, item);
	const int r = ph_encoder_begin_item(enc, 64, false);

	if (r < 0)
		return r;
	ph_encoder_set_style(enc, 0);
	ph_encoder_set_spacing(enc, 0);
	ph_encoder_place(enc, &place);
	enc->out.p += ph_escpos_put_print_logo(enc->out.p, logo->key);
	ph_encoder_unplace(enc, &place);
	enc->out.flags |= PH_SEGMENT_PRINTS;
	ph_job_buffer_loss(&enc->out, PH_LOSS_STORED, item->at, 0);
	return 0;
}

// An image that is to be kept: printed from the printer's memory (1), or offered for storing (0).
static int put_stored(struct ph_encoder *enc, const struct ph_item *item, uint16_t width)
{
	struct ph_escpos_stores *stores = enc->input ? enc->input->ret_stores : NULL;
	struct ph_escpos_store store = {.order = enc->out.ordered};

	if (!item->node->image->store || enc->profile->graphics_keys != PH_ESCPOS_YES)
		return 0;
	ph_escpos_logo_hash(item->node->image, width, store.hash);
	const struct ph_escpos_logo *logo = find_logo(enc, store.hash);
	if (logo) {
		const int r = put_logo(enc, item, logo);
		return r < 0 ? r : 1;
	}
	if (stores && stores->count < PH_ESCPOS_STORES_MAX)
		stores->items[stores->count++] = store;
	return 0;
}

int ph_encode_image(struct ph_encoder *enc, const struct ph_item *item)
{
	const uint16_t most = enc->list->media.width;
	const struct ph_raster_order order = {.kind = PH_ORDER_IMAGE,
		.at = item->at,
		.width = item->image.width < most ? item->image.width : most};
	const struct ph_raster *raster = NULL;

	if (enc->in_page)
		return PH_ENCODE_DRAW;
	if (ph_encoder_can_draw(enc)) {
		int r = put_stored(enc, item, order.width);
		if (r != 0)
			return r < 0 ? r : 0;
		r = ph_encoder_order(enc, &order, &raster);
		if (r < 0)
			return r;
	}
	if (raster)
		return ph_encode_block(
			enc, &(struct ph_block){.raster = raster, .x = item->image.x});
	if (!ph_encoder_can_draw(enc) || !ph_job_buffer_first_call(&enc->out))
		ph_job_buffer_loss(&enc->out, PH_LOSS_IMAGE, item->at, 0);
	return 0;
}
