// Turns a display list into the bytes of a Star printer and cuts them into segments; sending them is
// the driver's.
#include "protocols/star/encode.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "protocols/star/encoder.h"

#define ITEM_OVERHEAD                                                                              \
	96 // most bytes around an item: styles set back, raster mode, clean-up after raw
#define FEED_MAX      127 // n of ESC a
#define FEED_DOTS_MAX 250 // of one ESC J, which counts quarters of a millimetre: 2 dots

int ph_star_fail(struct ph_star_encoder *enc, int err, uint32_t at, const char *format, ...)
{
	va_list args;

	if (!enc->error)
		return err;
	ph_receipt_path(enc->list->receipt, at, enc->error->path, sizeof enc->error->path);
	va_start(args, format);
	vsnprintf(enc->error->message, sizeof enc->error->message, format, args);
	va_end(args);
	return err;
}

static int reserve(struct ph_star_encoder *enc, size_t need)
{
	struct ph_star_job *job = enc->job;
	const size_t len = (size_t)(enc->p - job->bytes);
	size_t room = job->capacity ? job->capacity : 8192;

	if (job->capacity - len >= need)
		return 0;
	if (need > PH_STAR_JOB_MAX - len)
		return ph_star_fail(
			enc, -E2BIG, PH_AT_NONE, "more than %d bytes to print", PH_STAR_JOB_MAX);
	while (room - len < need)
		room *= 2;
	uint8_t *bytes = realloc(job->bytes, room);
	if (!bytes)
		return ph_star_fail(enc, -ENOMEM, PH_AT_NONE, "out of memory");
	job->bytes = bytes;
	job->capacity = (uint32_t)room;
	enc->p = bytes + len;
	return 0;
}

void ph_star_loss(
	struct ph_star_encoder *enc, enum ph_star_loss_kind kind, uint32_t at, uint32_t value)
{
	struct ph_star_job *job = enc->job;

	for (uint32_t i = job->loss_count; i-- > 0 && job->losses[i].at == at;) {
		if (job->losses[i].kind == kind && job->losses[i].value == value) {
			job->losses[i].count++;
			return;
		}
	}
	if (job->loss_count == PH_STAR_LOSSES_MAX) {
		job->loss_missed++;
		return;
	}
	job->losses[job->loss_count++] =
		(struct ph_star_loss){.kind = kind, .at = at, .value = value, .count = 1};
}

// --- modes of the printer ---------------------------------------------------------------------

void ph_star_set_style(struct ph_star_encoder *enc, uint16_t style)
{
	const unsigned change = (unsigned)enc->style ^ style;

	if (!change)
		return;
	if (change & PH_STYLE_FONT_B)
		PH_STAR_PUT(
			enc, PH_STAR_ESC, PH_STAR_RS, PH_STAR_RS_FONT, !!(style & PH_STYLE_FONT_B));
	if (change & PH_STYLE_SIZE_MASK)
		PH_STAR_PUT(enc, PH_STAR_ESC, PH_STAR_ESC_SIZE,
			(uint8_t)(ph_style_height(style) - 1),
			(uint8_t)(ph_style_width(style) - 1));
	if (change & PH_STYLE_BOLD)
		PH_STAR_PUT(enc, PH_STAR_ESC,
			style & PH_STYLE_BOLD ? PH_STAR_ESC_BOLD_ON : PH_STAR_ESC_BOLD_OFF);
	if (change & PH_STYLE_UNDERLINE)
		PH_STAR_PUT(
			enc, PH_STAR_ESC, PH_STAR_ESC_UNDERLINE, !!(style & PH_STYLE_UNDERLINE));
	if (change & PH_STYLE_INVERT)
		PH_STAR_PUT(enc, PH_STAR_ESC,
			style & PH_STYLE_INVERT ? PH_STAR_ESC_INVERT_ON : PH_STAR_ESC_INVERT_OFF);
	enc->style = style;
}

void ph_star_set_tight(struct ph_star_encoder *enc, bool tight)
{
	if (enc->tight == tight)
		return;
	if (tight)
		PH_STAR_PUT(enc, PH_STAR_ESC, PH_STAR_ESC_SPACING_3MM);
	else
		PH_STAR_PUT(enc, PH_STAR_ESC, PH_STAR_ESC_SPACING, 1);
	enc->tight = tight;
}

// ESC GS ) U function 48: UTF-8 on and off; function 64: characters of ambiguous width are narrow.
void ph_star_set_utf8(struct ph_star_encoder *enc, bool on)
{
	if (enc->utf8 == on)
		return;
	PH_STAR_PUT(enc, PH_STAR_ESC, PH_STAR_GS, PH_STAR_GS_UTF8, 'U', 2, 0, 0x30, on);
	if (on)
		PH_STAR_PUT(enc, PH_STAR_ESC, PH_STAR_GS, PH_STAR_GS_UTF8, 'U', 2, 0, 0x40, 0);
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
		PH_STAR_PUT(enc, PH_STAR_ESC, PH_STAR_ESC_FEED_QUARTER, (uint8_t)(step / 2));
		left -= step;
	}
}

// --- segments ---------------------------------------------------------------------------------

// A length of 0 is paper without end. EOT mode 1 prints what is there and neither feeds nor cuts.
static void enter_rows(struct ph_star_encoder *enc, const char *eot_mode)
{
	PH_STAR_PUT(enc, PH_STAR_ESC, PH_STAR_ESC_RASTER, 'r', PH_STAR_RASTER_ENTER);
	PH_STAR_PUT(enc, PH_STAR_ESC, PH_STAR_ESC_RASTER, 'r', PH_STAR_RASTER_LENGTH, '0', 0);
	PH_STAR_PUT(enc, PH_STAR_ESC, PH_STAR_ESC_RASTER, 'r', PH_STAR_RASTER_EOT_MODE);
	ph_star_put(enc, eot_mode, strlen(eot_mode) + 1);
}

// What is in the image buffer is printed by leaving raster mode, in the EOT mode.
static void quit_rows(struct ph_star_encoder *enc)
{
	PH_STAR_PUT(enc, PH_STAR_ESC, PH_STAR_ESC_RASTER, 'r', PH_STAR_RASTER_QUIT);
	enc->rows = enc->inked = false;
}

void ph_star_close_segment(struct ph_star_encoder *enc)
{
	struct ph_star_job *job = enc->job;

	if (!enc->lines)
		return;
	ph_star_set_style(enc, 0);
	ph_star_set_tight(enc, false);
	ph_star_set_utf8(enc, false);
	if (enc->rows)
		quit_rows(enc);
	struct ph_star_segment *segment = &job->segments[job->segment_count++];
	segment->offset = enc->start;
	segment->len = (uint32_t)(enc->p - job->bytes) - enc->start;
	segment->first_line = enc->first_line;
	segment->last_line = enc->line;
	segment->flags = enc->flags;
	enc->start = (uint32_t)(enc->p - job->bytes);
	enc->lines = 0;
	enc->flags = 0;
	enc->page = PH_STAR_PAGE_UNKNOWN;
}

static int open_segment(struct ph_star_encoder *enc, bool alone)
{
	struct ph_star_job *job = enc->job;

	if (job->segment_count == job->segment_capacity) {
		const uint32_t room = job->segment_capacity ? job->segment_capacity * 2 : 32;
		void *memory = reallocarray(job->segments, room, sizeof *job->segments);
		if (!memory)
			return ph_star_fail(enc, -ENOMEM, PH_AT_NONE, "out of memory");
		job->segments = memory;
		job->segment_capacity = room;
	}
	enc->first_line = enc->next_line;
	if (enc->after_raw) {
		enc->p += ph_star_put_prologue(enc->p, enc->profile);
		if (enc->profile->drawers && enc->profile->dialect != PH_STAR_RASTER)
			enc->p += ph_star_put_pulse_times(enc->p, enc->profile);
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
	int r = reserve(enc, bytes + ITEM_OVERHEAD);

	if (r < 0)
		return r;
	const size_t used = (size_t)(enc->p - enc->job->bytes) - enc->start;
	if (alone || enc->lines >= PH_STAR_SEGMENT_LINES ||
		used + bytes + ITEM_OVERHEAD > PH_STAR_SEGMENT_BYTES) {
		ph_star_close_segment(enc);
		r = reserve(enc, bytes + ITEM_OVERHEAD);
	}
	if (r == 0 && !enc->lines)
		r = open_segment(enc, alone);
	enc->line = enc->next_line;
	enc->lines++;
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
		PH_STAR_PUT(enc, PH_STAR_ESC, PH_STAR_ESC_FEED_LINES,
			(uint8_t)(lines < FEED_MAX ? lines : FEED_MAX));
	return 0;
}

// In raster mode the cut is what EOT mode does, and only with something to print: one blank row.
static void put_rows_cut(struct ph_star_encoder *enc, bool full)
{
	enter_rows(enc, full ? "9" : "13");
	PH_STAR_PUT(enc, PH_STAR_RASTER_ROW, 1, 0, 0);
	quit_rows(enc);
}

static int put_tear(struct ph_star_encoder *enc, const struct ph_item *item, bool wanted)
{
	const unsigned lines = enc->profile->feed_before_cut;

	ph_star_loss(enc, PH_STAR_LOSS_NO_CUT, item->at, wanted);
	PH_STAR_PUT(enc, PH_STAR_ESC, PH_STAR_ESC_FEED_LINES, (uint8_t)(lines ? lines : 1));
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
	enc->flags |= PH_STAR_SEGMENT_CUT;
	if (cutter == PH_STAR_CUTTER_NONE)
		put_tear(enc, item, wanted);
	else if (enc->profile->dialect == PH_STAR_RASTER)
		put_rows_cut(enc, full);
	else
		PH_STAR_PUT(enc, PH_STAR_ESC, PH_STAR_ESC_CUT,
			full ? PH_STAR_CUT_FEED_FULL : PH_STAR_CUT_FEED_PARTIAL);
	if (cutter != PH_STAR_CUTTER_NONE && full != wanted)
		ph_star_loss(enc, PH_STAR_LOSS_CUT_KIND, item->at, full);
	ph_star_close_segment(enc);
	return 0;
}

static int put_drawer(struct ph_star_encoder *enc, const struct ph_item *item)
{
	const struct ph_star_profile *profile = enc->profile;
	const unsigned drawer = item->node->drawer;

	if (drawer > profile->drawers)
		return ph_star_fail(
			enc, -EOPNOTSUPP, item->at, "this printer has no drawer %u", drawer);
	const int r = ph_star_begin_item(enc, PH_STAR_PULSE_MAX, true);
	if (r < 0)
		return r;
	enc->p += ph_star_put_pulse(
		enc->p, profile, drawer, profile->pulse_on_ms, profile->pulse_off_ms);
	enc->flags |= PH_STAR_SEGMENT_DRAWER;
	ph_star_close_segment(enc);
	return 0;
}

static int put_beep(struct ph_star_encoder *enc, const struct ph_item *item)
{
	const unsigned times = item->node->beeps;

	if (!enc->profile->beeper) {
		ph_star_loss(enc, PH_STAR_LOSS_NO_BEEP, item->at, times);
		return 0;
	}
	const int r = ph_star_begin_item(enc, 6 * (size_t)times, true);
	if (r < 0)
		return r;
	for (unsigned i = 0; i < times; i++) // 200 ms on and off, in units of 20 ms
		PH_STAR_PUT(enc, PH_STAR_ESC, PH_STAR_GS, PH_STAR_GS_BUZZER, 1, 10, 10);
	enc->flags |= PH_STAR_SEGMENT_BEEP;
	ph_star_close_segment(enc);
	return 0;
}

static int put_raw(struct ph_star_encoder *enc, const struct ph_item *item)
{
	const struct ph_receipt *receipt = enc->list->receipt;

	// a document that is nothing but bytes says nothing of whom they are for
	if (!item->node->raw.star && receipt && receipt->form == PH_RECEIPT_BODY) {
		ph_star_loss(enc, PH_STAR_LOSS_RAW, item->at, 0);
		return 0;
	}
	const int r = ph_star_begin_item(enc, item->node->raw.len, true);
	if (r < 0)
		return r;
	ph_star_put(enc, item->node->raw.data, item->node->raw.len);
	enc->flags |= PH_STAR_SEGMENT_RAW;
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

static void report_controls(struct ph_star_encoder *enc)
{
	const struct ph_receipt *receipt = enc->list->receipt;

	for (uint32_t i = 0; receipt && i < receipt->dropped_count; i++)
		ph_star_loss(
			enc, PH_STAR_LOSS_CONTROL, receipt->dropped[i].at, receipt->dropped[i].cp);
}

int ph_star_encode(const struct ph_display_list *list, const struct ph_star_profile *profile,
	const struct ph_rasters *rasters, struct ph_star_job *job,
	struct ph_receipt_error *ret_error)
{
	struct ph_star_encoder enc = {.list = list,
		.profile = profile,
		.rasters = rasters,
		.job = job,
		.error = ret_error,
		.page = PH_STAR_PAGE_UNKNOWN};

	job->segment_count = 0;
	job->order_count = 0;
	job->len = 0;
	job->loss_count = 0;
	job->loss_missed = 0;
	enc.p = job->bytes;
	for (unsigned i = 0; i < profile->page_count; i++)
		enc.pages |= PH_CODEPAGE_BIT(profile->pages[i].page);
	report_controls(&enc);
	int r = reserve(&enc, 1);
	for (uint32_t i = 0; r == 0 && i < list->item_count; i++) {
		enc.next_line = i;
		if (i >= enc.page_end)
			r = put_item(&enc, &list->items[i]);
	}
	if (r < 0)
		return r;
	ph_star_close_segment(&enc);
	job->len = (uint32_t)(enc.p - job->bytes);
	job->drawings = enc.ordered < PH_ORDERS_MAX ? enc.ordered : PH_ORDERS_MAX;
	return 0;
}

void ph_star_job_done(struct ph_star_job *job)
{
	free(job->bytes);
	free(job->segments);
	free(job->orders);
	*job = (struct ph_star_job){0};
}
