// Pages: page mode for areas of plain text, a drawing for all others, and where neither can be the areas
// one below the other.
#include <errno.h>

#include "protocols/escpos/encoder.h"

// --- page mode --------------------------------------------------------------------------------

// Double height in the first line of an area would be cut off, and alignment does not count in page mode:
// what needs either is drawn.
static bool is_plain_text(const struct ph_encoder *enc, const struct ph_item *item)
{
	if (item->kind == PH_ITEM_AREA || item->kind == PH_ITEM_FEED)
		return true;
	if (item->kind != PH_ITEM_LINE || item->line.upside_down)
		return false;
	for (uint32_t i = 0; i < item->line.count; i++) {
		const uint16_t style = enc->list->runs[item->line.first + i].style;
		if (style &
			(PH_STYLE_SIZE_MASK | PH_STYLE_ROTATE | PH_STYLE_FONT_B | PH_STYLE_FONT_C))
			return false;
	}
	return true;
}

static bool can_page_mode(const struct ph_encoder *enc, const struct ph_item *page, uint32_t end)
{
	const struct ph_escpos_profile *profile = enc->profile;

	if (!profile->page_mode || !profile->units_y || enc->plain ||
		page->area.height * PH_LAYOUT_LINE_UNITS > profile->page_dots)
		return false;
	for (uint32_t i = enc->out.next_line + 1; i < end; i++) {
		if (!is_plain_text(enc, &enc->list->items[i]))
			return false;
	}
	return true;
}

// ESC W: the area in motion units, dots across and half dots down or as the profile says; ESC T.
static void put_area(struct ph_encoder *enc, const struct ph_item *item)
{
	static const uint8_t directions[] = {[PH_DIRECTION_RIGHT] = 0,
		[PH_DIRECTION_UP] = 1,
		[PH_DIRECTION_LEFT] = 2,
		[PH_DIRECTION_DOWN] = 3};
	const unsigned line = PH_LAYOUT_LINE_UNITS * enc->profile->units_y;
	const enum ph_direction direction = item->area.node->area.direction;

	PH_PUT(enc, PH_EP_ESC, PH_EP_ESC_PAGE_AREA);
	ph_encoder_put_16(enc, item->area.x);
	ph_encoder_put_16(enc, item->area.y * line);
	ph_encoder_put_16(enc, item->area.width);
	ph_encoder_put_16(enc, item->area.height * line);
	PH_PUT(enc, PH_EP_ESC, PH_EP_ESC_DIRECTION, directions[direction]);
	// positions along the text count in the units of that axis
	enc->units_x = direction == PH_DIRECTION_UP || direction == PH_DIRECTION_DOWN
			       ? enc->profile->units_y
			       : 1;
}

int ph_encode_area(struct ph_encoder *enc, const struct ph_item *item)
{
	if (!enc->in_page)
		return 0;
	const int r = ph_encoder_begin_item(enc, 32, false);
	if (r == 0) {
		ph_encoder_set_style(enc, 0);
		put_area(enc, item);
	}
	return r;
}

// PH_ENCODE_DRAW when something in it needs a drawing: then it is as before.
static int put_native(struct ph_encoder *enc, const struct ph_item *item, uint32_t end)
{
	const uint32_t first = enc->out.next_line, losses = enc->out.job->loss_count;
	const uint32_t missed = enc->out.job->loss_missed;

	if (!can_page_mode(enc, item, end))
		return PH_ENCODE_DRAW;
	int r = ph_encoder_begin_item(enc, 32, true);
	if (r < 0)
		return r;
	const size_t before = ph_job_buffer_len(&enc->out);
	PH_PUT(enc, PH_EP_ESC, PH_EP_ESC_PAGE_MODE);
	enc->in_page = true;
	r = ph_encoder_put_items(enc, first + 1, end);
	enc->in_page = false;
	enc->units_x = 1;
	if (r == 0)
		r = ph_job_buffer_reserve(&enc->out, 32);
	if (r == 0) {
		ph_encoder_set_style(enc, 0);
		ph_encoder_set_spacing(enc, 0);
		*enc->out.p++ = PH_EP_FF;
		enc->out.flags |= PH_SEGMENT_PRINTS;
		enc->out.line = end;
		enc->page_end = end;
		ph_encoder_close_segment(enc);
		return 0;
	}
	enc->out.next_line = first;
	ph_job_buffer_cut(&enc->out, before);
	enc->style = enc->spacing = enc->kanji_line = 0;
	enc->kanji = false;
	enc->page = PH_PAGE_UNKNOWN;
	enc->out.job->loss_count = losses;
	enc->out.job->loss_missed = missed;
	return r;
}

// --- drawn, or one below the other ------------------------------------------------------------

static int draw(struct ph_encoder *enc, const struct ph_item *item, uint32_t end, bool *ret_done)
{
	const struct ph_raster_order order = {
		.kind = PH_ORDER_PAGE, .at = item->at, .width = enc->list->media.width};
	const struct ph_raster *raster = NULL;

	const int r = ph_encoder_order(enc, &order, &raster);
	if (r < 0)
		return r;
	*ret_done = raster || ph_job_buffer_first_call(&enc->out);
	if (!*ret_done)
		return 0;
	ph_job_buffer_loss(&enc->out, PH_LOSS_PAGE_DRAWN, item->at, 0);
	enc->page_end = end;
	return raster ? ph_encode_block(enc, &(struct ph_block){.raster = raster}) : 0;
}

int ph_encode_page(struct ph_encoder *enc, const struct ph_item *item)
{
	const uint32_t end = ph_display_list_page_end(enc->list, enc->out.next_line);
	bool done = false;

	int r = put_native(enc, item, end);
	if (r != PH_ENCODE_DRAW)
		return r;
	if (ph_encoder_can_draw(enc)) {
		r = draw(enc, item, end, &done);
		if (r < 0 || done)
			return r;
	}
	ph_job_buffer_loss(&enc->out, PH_LOSS_PAGE, item->at, 0);
	const bool plain = enc->plain;
	enc->plain = true;
	r = ph_encoder_put_items(enc, enc->out.next_line + 1, end);
	enc->plain = plain;
	enc->page_end = end;
	return r;
}
