// Turns a display list into the bytes of a Star printer and cuts them into segments; sending them is
// the driver's.
#include "protocols/star/encode.h"

#include <errno.h>

#include "protocols/star/encoder.h"

#define ITEM_OVERHEAD                                                                              \
	96 // most bytes around an item: styles set back, raster mode, clean-up after raw
#define FEED_MAX      127 // n of ESC a
#define FEED_DOTS_MAX 250 // of one ESC J, which counts quarters of a millimetre: 2 dots

// --- modes of the printer ---------------------------------------------------------------------

void ph_star_set_style(struct ph_star_encoder *enc, uint16_t style)
{
	const unsigned change = (unsigned)enc->style ^ style;

	if (!change)
		return;
	if (change & PH_STYLE_FONT_B)
		PH_PUT(enc, PH_STAR_ESC, PH_STAR_RS, PH_STAR_RS_FONT, !!(style & PH_STYLE_FONT_B));
	if (change & PH_STYLE_SIZE_MASK)
		PH_PUT(enc, PH_STAR_ESC, PH_STAR_ESC_SIZE, (uint8_t)(ph_style_height(style) - 1),
			(uint8_t)(ph_style_width(style) - 1));
	if (change & PH_STYLE_BOLD)
		PH_PUT(enc, PH_STAR_ESC,
			style & PH_STYLE_BOLD ? PH_STAR_ESC_BOLD_ON : PH_STAR_ESC_BOLD_OFF);
	if (change & PH_STYLE_UNDERLINE)
		PH_PUT(enc, PH_STAR_ESC, PH_STAR_ESC_UNDERLINE, !!(style & PH_STYLE_UNDERLINE));
	if (change & PH_STYLE_INVERT)
		PH_PUT(enc, PH_STAR_ESC,
			style & PH_STYLE_INVERT ? PH_STAR_ESC_INVERT_ON : PH_STAR_ESC_INVERT_OFF);
	enc->style = style;
}

void ph_star_set_tight(struct ph_star_encoder *enc, bool tight)
{
	if (enc->tight == tight)
		return;
	if (tight)
		PH_PUT(enc, PH_STAR_ESC, PH_STAR_ESC_SPACING_3MM);
	else
		PH_PUT(enc, PH_STAR_ESC, PH_STAR_ESC_SPACING, 1);
	enc->tight = tight;
}

// ESC GS ) U function 48: UTF-8 on and off; function 64: characters of ambiguous width are narrow.
void ph_star_set_utf8(struct ph_star_encoder *enc, bool on)
{
	if (enc->utf8 == on)
		return;
	PH_PUT(enc, PH_STAR_ESC, PH_STAR_GS, PH_STAR_GS_UTF8, 'U', 2, 0, 0x30, on);
	if (on)
		PH_PUT(enc, PH_STAR_ESC, PH_STAR_GS, PH_STAR_GS_UTF8, 'U', 2, 0, 0x40, 0);
	else
		enc->page = PH_STAR_PAGE_UNKNOWN;
	enc->utf8 = on;
}

void ph_star_feed_dots(struct ph_star_encoder *enc, unsigned dots)
{
	if (enc->profile->dialect == PH_STAR_RASTER) {
		ph_star_rows_down(enc, dots);
		return;
	}
	for (unsigned left = (dots + 1) / 2 * 2; left;) {
		const unsigned step = left < FEED_DOTS_MAX ? left : FEED_DOTS_MAX;
		PH_PUT(enc, PH_STAR_ESC, PH_STAR_ESC_FEED_QUARTER, (uint8_t)(step / 2));
		left -= step;
	}
}

// --- segments ---------------------------------------------------------------------------------

// A length of 0 is paper without end. EOT mode 1 prints what is there and neither feeds nor cuts.
static void enter_rows(struct ph_star_encoder *enc, const char *eot_mode)
{
	PH_PUT(enc, PH_STAR_ESC, PH_STAR_ESC_RASTER, 'r', PH_STAR_RASTER_ENTER);
	PH_PUT(enc, PH_STAR_ESC, PH_STAR_ESC_RASTER, 'r', PH_STAR_RASTER_LENGTH, '0', 0);
	PH_PUT(enc, PH_STAR_ESC, PH_STAR_ESC_RASTER, 'r', PH_STAR_RASTER_EOT_MODE);
	ph_job_buffer_put(&enc->out, eot_mode, strlen(eot_mode) + 1);
}

// What is in the image buffer is printed by leaving raster mode, in the EOT mode.
static void quit_rows(struct ph_star_encoder *enc)
{
	PH_PUT(enc, PH_STAR_ESC, PH_STAR_ESC_RASTER, 'r', PH_STAR_RASTER_QUIT);
	enc->rows = enc->inked = false;
}

void ph_star_close_segment(struct ph_star_encoder *enc)
{
	if (!enc->out.lines)
		return;
	ph_star_set_style(enc, 0);
	ph_star_set_tight(enc, false);
	ph_star_set_utf8(enc, false);
	if (enc->rows)
		quit_rows(enc);
	ph_job_buffer_close_segment(&enc->out);
	enc->page = PH_STAR_PAGE_UNKNOWN;
}

static int open_segment(struct ph_star_encoder *enc, bool alone)
{
	const int r = ph_job_buffer_open_segment(&enc->out);

	if (r < 0)
		return r;
	if (enc->after_raw) {
		enc->out.p += ph_star_put_prologue(enc->out.p, enc->profile);
		if (enc->profile->drawers && enc->profile->dialect != PH_STAR_RASTER)
			enc->out.p += ph_star_put_pulse_times(enc->out.p, enc->profile);
	}
	enc->after_raw = false;
	if (enc->profile->dialect == PH_STAR_RASTER && !alone) {
		enter_rows(enc, "1");
		enc->rows = true;
	}
	return 0;
}

int ph_star_begin_item(struct ph_star_encoder *enc, size_t bytes, bool alone)
{
	int r = ph_job_buffer_reserve(&enc->out, bytes + ITEM_OVERHEAD);

	if (r < 0)
		return r;
	if (alone || ph_job_buffer_is_full(&enc->out, bytes + ITEM_OVERHEAD)) {
		ph_star_close_segment(enc);
		r = ph_job_buffer_reserve(&enc->out, bytes + ITEM_OVERHEAD);
	}
	if (r == 0 && !enc->out.lines)
		r = open_segment(enc, alone);
	ph_job_buffer_add_item(&enc->out);
	return r;
}

// --- items ------------------------------------------------------------------------------------

static int put_feed(struct ph_star_encoder *enc, unsigned lines)
{
	const int r = ph_star_begin_item(enc, 16, false);

	if (r < 0)
		return r;
	ph_star_set_style(enc, 0);
	if (enc->profile->dialect == PH_STAR_RASTER) {
		ph_star_rows_down(enc, lines * PH_STAR_LINE_DOTS);
		return 0;
	}
	ph_star_set_tight(enc, false);
	for (; lines; lines -= lines < FEED_MAX ? lines : FEED_MAX)
		PH_PUT(enc, PH_STAR_ESC, PH_STAR_ESC_FEED_LINES,
			(uint8_t)(lines < FEED_MAX ? lines : FEED_MAX));
	return 0;
}

// In raster mode the cut is what EOT mode does, and only with something to print: one blank row.
static void put_rows_cut(struct ph_star_encoder *enc, bool full)
{
	enter_rows(enc, full ? "9" : "13");
	PH_PUT(enc, PH_STAR_RASTER_ROW, 1, 0, 0);
	quit_rows(enc);
}

static int put_tear(struct ph_star_encoder *enc, const struct ph_item *item, bool wanted)
{
	const unsigned lines = enc->profile->feed_before_cut;

	ph_job_buffer_loss(&enc->out, PH_LOSS_NO_CUT, item->at, wanted);
	PH_PUT(enc, PH_STAR_ESC, PH_STAR_ESC_FEED_LINES, (uint8_t)(lines ? lines : 1));
	return 0;
}

static int put_cut(struct ph_star_encoder *enc, const struct ph_item *item)
{
	const enum ph_star_cutter cutter = enc->profile->cutter;
	const bool wanted = item->node->cut == PH_CUT_FULL;
	const bool full =
		cutter == PH_STAR_CUTTER_FULL || (cutter == PH_STAR_CUTTER_BOTH && wanted);

	const int r = ph_star_begin_item(enc, 40, true);
	if (r < 0)
		return r;
	enc->out.flags |= PH_SEGMENT_CUT;
	if (cutter == PH_STAR_CUTTER_NONE)
		put_tear(enc, item, wanted);
	else if (enc->profile->dialect == PH_STAR_RASTER)
		put_rows_cut(enc, full);
	else
		PH_PUT(enc, PH_STAR_ESC, PH_STAR_ESC_CUT,
			full ? PH_STAR_CUT_FEED_FULL : PH_STAR_CUT_FEED_PARTIAL);
	if (cutter != PH_STAR_CUTTER_NONE && full != wanted)
		ph_job_buffer_loss(&enc->out, PH_LOSS_CUT_KIND, item->at, full);
	ph_star_close_segment(enc);
	return 0;
}

static int put_drawer(struct ph_star_encoder *enc, const struct ph_item *item)
{
	const struct ph_star_profile *profile = enc->profile;
	const unsigned drawer = item->node->drawer;

	if (drawer > profile->drawers)
		return ph_job_buffer_fail(
			&enc->out, -EOPNOTSUPP, item->at, "this printer has no drawer %u", drawer);
	const int r = ph_star_begin_item(enc, PH_STAR_PULSE_MAX, true);
	if (r < 0)
		return r;
	enc->out.p += ph_star_put_pulse(
		enc->out.p, profile, drawer, profile->pulse_on_ms, profile->pulse_off_ms);
	enc->out.flags |= PH_SEGMENT_DRAWER | (drawer == 2 ? PH_SEGMENT_SECOND : 0);
	ph_star_close_segment(enc);
	return 0;
}

static int put_beep(struct ph_star_encoder *enc, const struct ph_item *item)
{
	const unsigned times = item->node->beeps;

	if (!enc->profile->beeper) {
		ph_job_buffer_loss(&enc->out, PH_LOSS_NO_BEEP, item->at, times);
		return 0;
	}
	const int r = ph_star_begin_item(enc, 6 * (size_t)times, true);
	if (r < 0)
		return r;
	for (unsigned i = 0; i < times; i++) // 200 ms on and off, in units of 20 ms
		PH_PUT(enc, PH_STAR_ESC, PH_STAR_GS, PH_STAR_GS_BUZZER, 1, 10, 10);
	enc->out.flags |= PH_SEGMENT_BEEP;
	ph_star_close_segment(enc);
	return 0;
}

static int put_raw(struct ph_star_encoder *enc, const struct ph_item *item)
{
	const struct ph_receipt *receipt = enc->list->receipt;

	// a document that is nothing but bytes says nothing of whom they are for
	if (!item->node->raw.star && receipt && receipt->form == PH_RECEIPT_BODY) {
		ph_job_buffer_loss(&enc->out, PH_LOSS_RAW, item->at, item->node->raw.star);
		return 0;
	}
	const int r = ph_star_begin_item(enc, item->node->raw.len, true);
	if (r < 0)
		return r;
	ph_job_buffer_put(&enc->out, item->node->raw.data, item->node->raw.len);
	enc->out.flags |= PH_SEGMENT_RAW;
	ph_star_close_segment(enc);
	enc->after_raw = true;
	return 0;
}

static int put_item(struct ph_star_encoder *enc, const struct ph_item *item)
{
	switch (item->kind) {
	case PH_ITEM_LINE:
		return ph_star_put_line(enc, item);
	case PH_ITEM_BARCODE:
	case PH_ITEM_QR:
	case PH_ITEM_CODE2D:
		return ph_star_put_symbol(enc, item);
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
		return ph_star_put_image(enc, item);
	case PH_ITEM_PAGE:
		return ph_star_put_page(enc, item);
	case PH_ITEM_AREA:
		return 0;
	case PH_ITEM_PAGE_END:
		enc->plain = false;
		return 0;
	}
	return 0;
}

int ph_star_encode(const struct ph_display_list *list, const struct ph_star_profile *profile,
	const struct ph_rasters *rasters, struct ph_receipt_job *job,
	struct ph_receipt_error *ret_error)
{
	struct ph_star_encoder enc = {
		.list = list, .profile = profile, .page = PH_STAR_PAGE_UNKNOWN};

	ph_job_buffer_init(&enc.out, list, rasters, job, ret_error);
	for (unsigned i = 0; i < profile->page_count; i++)
		enc.pages |= PH_CODEPAGE_BIT(profile->pages[i].page);
	int r = ph_job_buffer_reserve(&enc.out, 1);
	for (uint32_t i = 0; r == 0 && i < list->item_count; i++) {
		enc.out.next_line = i;
		if (i >= enc.page_end)
			r = put_item(&enc, &list->items[i]);
	}
	if (r < 0)
		return r;
	ph_star_close_segment(&enc);
	ph_job_buffer_end(&enc.out);
	return 0;
}
