// Turns a display list into ESC/POS bytes and cuts them into segments; sending them is the driver's.
#include "protocols/escpos/encode.h"

#include <errno.h>

#include "protocols/escpos/encoder.h"
#include "protocols/escpos/escpos_const.h"

#define ITEM_OVERHEAD 64 // most bytes around an item: styles set back, line end, clean-up after raw

// --- modes ------------------------------------------------------------------------------------

void ph_encoder_set_style(struct ph_encoder *enc, uint16_t style)
{
	const unsigned change = (unsigned)enc->style ^ style;

	if (!change)
		return;
	if (change & (PH_STYLE_FONT_B | PH_STYLE_FONT_C))
		PH_PUT(enc, PH_EP_ESC, PH_EP_ESC_FONT, (uint8_t)ph_style_font(style));
	if (change & PH_STYLE_SIZE_MASK)
		PH_PUT(enc, PH_EP_GS, PH_EP_GS_SIZE,
			(uint8_t)((ph_style_width(style) - 1) << 4 | (ph_style_height(style) - 1)));
	if (change & PH_STYLE_BOLD)
		PH_PUT(enc, PH_EP_ESC, PH_EP_ESC_BOLD, !!(style & PH_STYLE_BOLD));
	if (change & (PH_STYLE_UNDERLINE | PH_STYLE_THICK))
		PH_PUT(enc, PH_EP_ESC, PH_EP_ESC_UNDERLINE, ph_encoder_underline(style));
	if (change & PH_STYLE_INVERT)
		PH_PUT(enc, PH_EP_GS, PH_EP_GS_INVERT, !!(style & PH_STYLE_INVERT));
	if (change & PH_STYLE_RED)
		PH_PUT(enc, PH_EP_ESC, PH_EP_ESC_COLOUR, !!(style & PH_STYLE_RED));
	if (change & PH_STYLE_ROTATE)
		PH_PUT(enc, PH_EP_ESC, PH_EP_ESC_ROTATE, !!(style & PH_STYLE_ROTATE));
	enc->style = style;
}

// A line is as high as its tallest character or the spacing, whichever is more. A unit of ESC 3 is a dot
// or half a dot: at the height of the line both come to the same.
void ph_encoder_set_spacing(struct ph_encoder *enc, uint8_t dots)
{
	if (enc->spacing == dots)
		return;
	if (dots)
		PH_PUT(enc, PH_EP_ESC, PH_EP_ESC_LINE, dots);
	else
		PH_PUT(enc, PH_EP_ESC, PH_EP_ESC_LINE_DEFAULT);
	enc->spacing = dots;
}

// --- segments ---------------------------------------------------------------------------------

void ph_encoder_close_segment(struct ph_encoder *enc)
{
	if (!enc->out.lines)
		return;
	ph_encoder_leave_kanji(enc);
	if (enc->kanji_line)
		PH_PUT(enc, PH_EP_FS, PH_EP_FS_UNDERLINE, 0);
	enc->kanji_line = 0;
	ph_encoder_set_style(enc, 0);
	ph_encoder_set_spacing(enc, 0);
	ph_job_buffer_close_segment(&enc->out);
	enc->page = PH_PAGE_UNKNOWN;
}

// What raw bytes may have changed is set back, as far as that can be known.
static void clean_after_raw(struct ph_encoder *enc)
{
	static const uint8_t normal[] = {PH_EP_ESC, PH_EP_ESC_MODE, 0, PH_EP_GS, PH_EP_GS_INVERT, 0,
		PH_EP_ESC, PH_EP_ESC_ALIGN, 0, PH_EP_ESC, PH_EP_ESC_LINE_DEFAULT, PH_EP_FS,
		PH_EP_FS_KANJI_OFF};

	ph_job_buffer_put(&enc->out, normal, sizeof normal);
	enc->after_raw = false;
}

int ph_encoder_begin_item(struct ph_encoder *enc, size_t bytes, bool alone)
{
	int r = ph_job_buffer_reserve(&enc->out, bytes + ITEM_OVERHEAD);

	if (r < 0 || enc->in_page)
		return r;
	if (alone || ph_job_buffer_is_full(&enc->out, bytes + ITEM_OVERHEAD))
		ph_encoder_close_segment(enc);
	if (!enc->out.lines) {
		r = ph_job_buffer_open_segment(&enc->out);
		if (r < 0)
			return r;
		if (enc->after_raw)
			clean_after_raw(enc);
	}
	ph_job_buffer_add_item(&enc->out);
	return 0;
}

// --- other items ------------------------------------------------------------------------------

static int put_feed(struct ph_encoder *enc, unsigned lines)
{
	const int r = ph_encoder_begin_item(enc, 3, false);

	if (r < 0)
		return r;
	ph_encoder_set_style(enc, 0);
	ph_encoder_set_spacing(enc, 0);
	PH_PUT(enc, PH_EP_ESC, PH_EP_ESC_FEED_LINES, (uint8_t)lines);
	return 0;
}

static int put_cut(struct ph_encoder *enc, const struct ph_item *item)
{
	const struct ph_escpos_profile *profile = enc->profile;
	const bool wanted = item->node->cut == PH_CUT_FULL;
	const bool full = profile->cutter == PH_ESCPOS_CUTTER_FULL ||
			  (profile->cutter == PH_ESCPOS_CUTTER_BOTH && wanted);
	const bool by_esc = profile->cut == PH_ESCPOS_CUT_ESC;
	const bool feed =
		profile->cut != PH_ESCPOS_CUT_GS_V_FEED || profile->cutter == PH_ESCPOS_CUTTER_NONE;

	const int r = ph_encoder_begin_item(enc, 8, true);
	if (r < 0)
		return r;
	enc->out.flags |= PH_SEGMENT_CUT;
	if (feed && profile->feed_before_cut)
		PH_PUT(enc, PH_EP_ESC, PH_EP_ESC_FEED_LINES, profile->feed_before_cut);
	if (profile->cutter == PH_ESCPOS_CUTTER_NONE) {
		ph_job_buffer_loss(&enc->out, PH_LOSS_NO_CUT, item->at, wanted);
	} else if (by_esc) {
		*enc->out.p++ = PH_EP_ESC;
		*enc->out.p++ = full ? PH_EP_ESC_CUT_FULL : PH_EP_ESC_CUT_PARTIAL;
	} else if (feed) {
		PH_PUT(enc, PH_EP_GS, PH_EP_GS_CUT, full ? PH_EP_CUT_FULL : PH_EP_CUT_PARTIAL);
	} else {
		PH_PUT(enc, PH_EP_GS, PH_EP_GS_CUT,
			full ? PH_EP_CUT_FEED_FULL : PH_EP_CUT_FEED_PARTIAL);
		*enc->out.p++ = 0;
	}
	if (profile->cutter != PH_ESCPOS_CUTTER_NONE && full != wanted)
		ph_job_buffer_loss(&enc->out, PH_LOSS_CUT_KIND, item->at, full);
	ph_encoder_close_segment(enc);
	return 0;
}

static int put_drawer(struct ph_encoder *enc, const struct ph_item *item)
{
	const struct ph_escpos_profile *profile = enc->profile;

	if (item->node->drawer > profile->drawers)
		return ph_job_buffer_fail(&enc->out, -EOPNOTSUPP, item->at,
			"this printer has no drawer %u", item->node->drawer);
	const int r = ph_encoder_begin_item(enc, PH_ESCPOS_PULSE_LEN, true);
	if (r < 0)
		return r;
	enc->out.p += ph_escpos_put_pulse(
		enc->out.p, item->node->drawer, profile->pulse_on_ms, profile->pulse_off_ms);
	enc->out.flags |= PH_SEGMENT_DRAWER | (item->node->drawer == 2 ? PH_SEGMENT_SECOND : 0);
	ph_encoder_close_segment(enc);
	return 0;
}

static int put_beep(struct ph_encoder *enc, const struct ph_item *item)
{
	const uint8_t times = item->node->beeps;
	// 51: 1320 Hz for 200 ms each; t is unused by that sound. ESC B: t in 50 to 100 ms.
	const uint8_t epson[] = {PH_EP_ESC, PH_EP_ESC_PAREN, PH_EP_PAREN_BUZZER, 4, 0,
		PH_EP_BUZZER_FN, 51, times, 2};
	const uint8_t clone[] = {PH_EP_ESC, PH_EP_ESC_BEEP, times, 2};
	const bool is_clone = enc->profile->buzzer == PH_ESCPOS_BUZZER_ESC_B;

	if (enc->profile->buzzer == PH_ESCPOS_BUZZER_NONE) {
		ph_job_buffer_loss(&enc->out, PH_LOSS_NO_BEEP, item->at, times);
		return 0;
	}
	const int r = ph_encoder_begin_item(enc, sizeof epson, true);
	if (r < 0)
		return r;
	ph_job_buffer_put(
		&enc->out, is_clone ? clone : epson, is_clone ? sizeof clone : sizeof epson);
	enc->out.flags |= PH_SEGMENT_BEEP;
	ph_encoder_close_segment(enc);
	return 0;
}

static int put_raw(struct ph_encoder *enc, const struct ph_item *item)
{
	if (item->node->raw.star) {
		ph_job_buffer_loss(&enc->out, PH_LOSS_RAW, item->at, item->node->raw.star);
		return 0;
	}
	const int r = ph_encoder_begin_item(enc, item->node->raw.len, true);
	if (r < 0)
		return r;
	ph_job_buffer_put(&enc->out, item->node->raw.data, item->node->raw.len);
	enc->out.flags |= PH_SEGMENT_RAW;
	ph_encoder_close_segment(enc);
	enc->after_raw = true;
	return 0;
}

static int put_item(struct ph_encoder *enc, const struct ph_item *item)
{
	switch (item->kind) {
	case PH_ITEM_LINE:
		return ph_encode_line(enc, item);
	case PH_ITEM_BARCODE:
	case PH_ITEM_QR:
	case PH_ITEM_CODE2D:
		return ph_encode_symbol(enc, item);
	case PH_ITEM_FEED:
		return put_feed(enc, item->node->feed_lines);
	case PH_ITEM_CUT:
		return put_cut(enc, item);
	case PH_ITEM_DRAWER:
		return put_drawer(enc, item);
	case PH_ITEM_BEEP:
		return put_beep(enc, item);
	case PH_ITEM_RAW:
		return put_raw(enc, item);
	case PH_ITEM_IMAGE:
		return ph_encode_image(enc, item);
	case PH_ITEM_PAGE:
		return ph_encode_page(enc, item);
	case PH_ITEM_AREA:
		return ph_encode_area(enc, item);
	case PH_ITEM_PAGE_END:
		return 0;
	}
	return 0;
}

int ph_encoder_put_items(struct ph_encoder *enc, uint32_t first, uint32_t end)
{
	int r = 0;

	for (uint32_t i = first; r == 0 && i < end; i++) {
		if (i < enc->page_end)
			continue;
		enc->out.next_line = i;
		r = put_item(enc, &enc->list->items[i]);
	}
	return r;
}

// The styles that the printer does not simply have.
static uint16_t unusual_styles(const struct ph_escpos_profile *profile)
{
	unsigned usual = PH_STYLE_SIZE_MASK | profile->styles;

	usual |= profile->font[PH_FONT_B][0] ? PH_STYLE_FONT_B : 0;
	usual |= profile->font[PH_FONT_C][0] ? PH_STYLE_FONT_C : 0;
	return (uint16_t)~usual;
}

int ph_escpos_encode(const struct ph_display_list *list, const struct ph_escpos_profile *profile,
	const struct ph_escpos_input *input, struct ph_receipt_job *job,
	struct ph_receipt_error *ret_error)
{
	struct ph_encoder enc = {.list = list,
		.profile = profile,
		.input = input,
		.unusual = unusual_styles(profile),
		.units_x = 1,
		.page = PH_PAGE_UNKNOWN};

	ph_job_buffer_init(&enc.out, list, input ? input->rasters : NULL, job, ret_error);
	if (input && input->ret_stores)
		input->ret_stores->count = 0;
	for (unsigned i = 0; i < profile->page_count; i++)
		enc.pages |= PH_CODEPAGE_BIT(profile->pages[i].page);
	int r = ph_job_buffer_reserve(&enc.out, 1);
	if (r == 0)
		r = ph_encoder_put_items(&enc, 0, list->item_count);
	if (r < 0)
		return r;
	ph_encoder_close_segment(&enc);
	ph_job_buffer_end(&enc.out);
	return 0;
}
