// Turns a display list into ESC/POS bytes and cuts them into segments; sending them is the driver's.
#include "protocols/escpos/encode.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocols/escpos/encoder.h"
#include "protocols/escpos/escpos_const.h"

#define PAGE_UNKNOWN  PH_CODEPAGE_COUNT
#define ITEM_OVERHEAD 64 // most bytes around an item: styles set back, line end, clean-up after raw

int ph_encoder_fail(struct ph_encoder *enc, int err, uint32_t at, const char *format, ...)
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

int ph_encoder_reserve(struct ph_encoder *enc, size_t need)
{
	struct ph_escpos_job *job = enc->job;
	const size_t len = (size_t)(enc->p - job->bytes);
	size_t room = job->capacity ? job->capacity : 8192;

	if (job->capacity - len >= need)
		return 0;
	if (need > PH_ESCPOS_JOB_MAX - len)
		return ph_encoder_fail(
			enc, -E2BIG, PH_AT_NONE, "more than %d bytes to print", PH_ESCPOS_JOB_MAX);
	while (room - len < need)
		room *= 2;
	uint8_t *bytes = realloc(job->bytes, room);
	if (!bytes)
		return ph_encoder_fail(enc, -ENOMEM, PH_AT_NONE, "out of memory");
	job->bytes = bytes;
	job->capacity = (uint32_t)room;
	enc->p = bytes + len;
	return 0;
}

void ph_encoder_loss(
	struct ph_encoder *enc, enum ph_escpos_loss_kind kind, uint32_t at, uint32_t value)
{
	struct ph_escpos_job *job = enc->job;

	for (uint32_t i = job->loss_count; i-- > 0 && job->losses[i].at == at;) {
		if (job->losses[i].kind == kind && job->losses[i].value == value) {
			job->losses[i].count++;
			return;
		}
	}
	if (job->loss_count == PH_ESCPOS_LOSSES_MAX) {
		job->loss_missed++;
		return;
	}
	job->losses[job->loss_count++] =
		(struct ph_escpos_loss){.kind = kind, .at = at, .value = value, .count = 1};
}

// --- styles -----------------------------------------------------------------------------------

static void put3(struct ph_encoder *enc, uint8_t a, uint8_t b, uint8_t c)
{
	enc->p[0] = a;
	enc->p[1] = b;
	enc->p[2] = c;
	enc->p += 3;
}

static void set_style(struct ph_encoder *enc, uint16_t style)
{
	const unsigned change = (unsigned)enc->style ^ style;

	if (!change)
		return;
	if (change & PH_STYLE_FONT_B)
		put3(enc, PH_EP_ESC, PH_EP_ESC_FONT, !!(style & PH_STYLE_FONT_B));
	if (change & PH_STYLE_SIZE_MASK)
		put3(enc, PH_EP_GS, PH_EP_GS_SIZE,
			(uint8_t)((ph_style_width(style) - 1) << 4 | (ph_style_height(style) - 1)));
	if (change & PH_STYLE_BOLD)
		put3(enc, PH_EP_ESC, PH_EP_ESC_BOLD, !!(style & PH_STYLE_BOLD));
	if (change & PH_STYLE_UNDERLINE)
		put3(enc, PH_EP_ESC, PH_EP_ESC_UNDERLINE, !!(style & PH_STYLE_UNDERLINE));
	if (change & PH_STYLE_INVERT)
		put3(enc, PH_EP_GS, PH_EP_GS_INVERT, !!(style & PH_STYLE_INVERT));
	enc->style = style;
}

static unsigned cell_of(const struct ph_encoder *enc, uint16_t style)
{
	return enc->list->media.cell[ph_style_font(style)] * ph_style_width(style);
}

// --- segments ---------------------------------------------------------------------------------

static void close_segment(struct ph_encoder *enc)
{
	struct ph_escpos_job *job = enc->job;

	if (!enc->lines)
		return;
	set_style(enc, 0);
	struct ph_escpos_segment *segment = &job->segments[job->segment_count++];
	segment->offset = enc->start;
	segment->len = (uint32_t)(enc->p - job->bytes) - enc->start;
	segment->first_line = enc->first_line;
	segment->last_line = enc->line;
	segment->flags = enc->flags;
	enc->start = (uint32_t)(enc->p - job->bytes);
	enc->lines = 0;
	enc->flags = 0;
	enc->page = PAGE_UNKNOWN;
}

// What raw bytes may have changed is set back, as far as that can be known.
static void clean_after_raw(struct ph_encoder *enc)
{
	static const uint8_t normal[] = {PH_EP_ESC, PH_EP_ESC_MODE, 0, PH_EP_GS, PH_EP_GS_INVERT, 0,
		PH_EP_ESC, PH_EP_ESC_ALIGN, 0, PH_EP_ESC, PH_EP_ESC_LINE_DEFAULT, PH_EP_FS,
		PH_EP_FS_KANJI_OFF};

	memcpy(enc->p, normal, sizeof normal);
	enc->p += sizeof normal;
	enc->after_raw = false;
}

// Makes room for an item of at most `bytes` and begins a new segment when this one is full or when
// the item stands `alone`.
static int begin_item(struct ph_encoder *enc, size_t bytes, bool alone)
{
	struct ph_escpos_job *job = enc->job;

	int r = ph_encoder_reserve(enc, bytes + ITEM_OVERHEAD);
	if (r < 0)
		return r;
	const size_t used = (size_t)(enc->p - job->bytes) - enc->start;
	if (alone || enc->lines >= PH_ESCPOS_SEGMENT_LINES ||
		used + bytes + ITEM_OVERHEAD > PH_ESCPOS_SEGMENT_BYTES)
		close_segment(enc);
	if (!enc->lines) {
		if (job->segment_count == job->segment_capacity) {
			const uint32_t room =
				job->segment_capacity ? job->segment_capacity * 2 : 32;
			void *memory = reallocarray(job->segments, room, sizeof *job->segments);
			if (!memory)
				return ph_encoder_fail(enc, -ENOMEM, PH_AT_NONE, "out of memory");
			job->segments = memory;
			job->segment_capacity = room;
		}
		enc->first_line = enc->next_line;
		if (enc->after_raw)
			clean_after_raw(enc);
	}
	enc->line = enc->next_line;
	enc->lines++;
	return 0;
}

// --- text -------------------------------------------------------------------------------------

// One character of text that ph_receipt_parse() has checked; never reads behind `end`.
static inline const char *next_char(const char *s, const char *end, uint32_t *ret_cp)
{
	const unsigned char c = (unsigned char)*s;
	const unsigned len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	uint32_t cp = len == 1 ? c : c & (0x7fu >> len);

	if (len > (size_t)(end - s)) {
		*ret_cp = 0xfffd;
		return end;
	}
	for (unsigned i = 1; i < len; i++)
		cp = cp << 6 | ((unsigned char)s[i] & 0x3f);
	*ret_cp = cp;
	return s + len;
}

// The page that prints most of what begins at `s`; the order of the profile decides between equals.
static const struct ph_escpos_page *plan_page(
	const struct ph_encoder *enc, const char *s, const char *end)
{
	const struct ph_escpos_profile *profile = enc->profile;
	uint64_t pages = enc->pages;

	while (s < end) {
		uint32_t cp;
		s = next_char(s, end, &cp);
		const uint64_t left =
			cp < 0x80 || cp == 0xa0 ? pages : pages & ph_codepage_pages(cp);
		if (!left)
			break;
		pages = left;
	}
	for (unsigned i = 0; i < profile->page_count; i++) {
		if (pages & PH_CODEPAGE_BIT(profile->pages[i].page))
			return &profile->pages[i];
	}
	return profile->pages;
}

// Stands in for a character that no page of the printer has, cell by cell.
static void put_replacement(struct ph_encoder *enc, uint32_t cp, const struct ph_run *run)
{
	const unsigned cells = ph_char_cells(cp);

	if (run->rule) {
		*enc->p++ = cp == 0x2550 ? '=' : '-';
		return;
	}
	memset(enc->p, '?', cells);
	enc->p += cells;
	ph_encoder_loss(enc, PH_ESCPOS_LOSS_CHAR, run->at, cp);
}

static void put_char(struct ph_encoder *enc, uint32_t cp, const char *s, const char *end,
	const struct ph_run *run)
{
	if (cp == 0xa0) {
		*enc->p++ = ' ';
		return;
	}
	if (cp >= 0x300 && ph_char_cells(cp) == 0) { // pages have marks, but print them in a cell
		put_replacement(enc, cp, run);
		return;
	}
	int byte = enc->page == PAGE_UNKNOWN ? -1 : ph_codepage_encode(enc->page, cp);
	if (byte < 0 && !(ph_codepage_pages(cp) & enc->pages)) {
		put_replacement(enc, cp, run);
		return;
	}
	if (byte < 0) {
		const struct ph_escpos_page *page = plan_page(enc, s, end);
		put3(enc, PH_EP_ESC, PH_EP_ESC_CODEPAGE, page->n);
		enc->page = page->page;
		byte = ph_codepage_encode(enc->page, cp);
	}
	*enc->p++ = (uint8_t)byte;
}

static void put_text(struct ph_encoder *enc, const struct ph_run *run)
{
	const char *s = run->data, *const end = s + run->len;

	if (run->ascii) {
		memcpy(enc->p, s, run->len);
		enc->p += run->len;
		return;
	}
	while (s < end) {
		const unsigned char c = (unsigned char)*s;
		if (c < 0x80) {
			*enc->p++ = c;
			s++;
			continue;
		}
		const char *const here = s;
		uint32_t cp;
		s = next_char(s, end, &cp);
		put_char(enc, cp, here, end, run);
	}
}

// Puts a run once, then copies of what it became: no page changes inside of a repetition.
static void put_run(struct ph_encoder *enc, const struct ph_run *run)
{
	put_text(enc, run);
	if (run->repeat == 1)
		return;
	memset(enc->p, enc->p[-1], run->repeat - 1u); // what is repeated is a single character
	enc->p += run->repeat - 1u;
}

// Moves from the end of the last run to x: ESC $ where that is shorter and works, else spaces, which
// must neither be seen nor make the line taller.
static unsigned move_to(struct ph_encoder *enc, unsigned from, unsigned x, uint16_t next)
{
	const unsigned visible = PH_STYLE_UNDERLINE | PH_STYLE_INVERT | PH_STYLE_SIZE_MASK;
	const bool can_jump = !(enc->profile->quirks & PH_ESCPOS_QUIRK_NO_POSITION);
	uint16_t style = enc->style;

	if (x <= from)
		return from;
	const unsigned gap = x - from;
	if (style & visible || gap % cell_of(enc, style))
		style = next & PH_STYLE_FONT_B;
	const unsigned cell = cell_of(enc, style), spaces = gap / cell;
	if (can_jump && (spaces > 4 || gap % cell || style != enc->style)) {
		enc->p[0] = PH_EP_ESC;
		enc->p[1] = PH_EP_ESC_POSITION;
		enc->p[2] = (uint8_t)x;
		enc->p[3] = (uint8_t)(x >> 8);
		enc->p += 4;
		return x;
	}
	set_style(enc, style);
	memset(enc->p, ' ', spaces);
	enc->p += spaces;
	return from + spaces * cell;
}

static int put_line(struct ph_encoder *enc, const struct ph_item *item)
{
	const struct ph_run *run = item->line.count ? enc->list->runs + item->line.first : NULL;
	const uint32_t count = item->line.count;
	const struct ph_media *media = &enc->list->media;
	const unsigned cell = media->cell[0] < media->cell[1] ? media->cell[0] : media->cell[1];
	unsigned x = 0;

	// A page change and a byte for two bytes of UTF-8; styles and a jump for each run; the gaps of a
	// line are together no longer than the line.
	const int r =
		begin_item(enc, item->line.bytes * 2u + count * 40u + media->width / cell, false);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < count; i++, run++) {
		x = move_to(enc, x, run->x, run->style);
		set_style(enc, run->style);
		put_run(enc, run);
		x += run->width;
	}
	*enc->p++ = PH_EP_LF;
	enc->flags |= count ? PH_ESCPOS_SEGMENT_PRINTS : 0;
	return 0;
}

// --- other items ------------------------------------------------------------------------------

static int put_symbol(struct ph_encoder *enc, const struct ph_item *item)
{
	const size_t most = item->kind == PH_ITEM_QR ? item->node->qr->len + 96u : PH_SYMBOL_MAX;

	int r = begin_item(enc, most, false);
	if (r < 0)
		return r;
	set_style(enc, 0);
	r = item->kind == PH_ITEM_QR ? ph_encode_qr(enc, item) : ph_encode_barcode(enc, item);
	enc->flags |= PH_ESCPOS_SEGMENT_PRINTS;
	return r;
}

static int put_feed(struct ph_encoder *enc, unsigned lines)
{
	const int r = begin_item(enc, 3, false);

	if (r < 0)
		return r;
	set_style(enc, 0);
	put3(enc, PH_EP_ESC, PH_EP_ESC_FEED_LINES, (uint8_t)lines);
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

	const int r = begin_item(enc, 8, true);
	if (r < 0)
		return r;
	enc->flags |= PH_ESCPOS_SEGMENT_CUT;
	if (feed && profile->feed_before_cut)
		put3(enc, PH_EP_ESC, PH_EP_ESC_FEED_LINES, profile->feed_before_cut);
	if (profile->cutter == PH_ESCPOS_CUTTER_NONE) {
		ph_encoder_loss(enc, PH_ESCPOS_LOSS_NO_CUT, item->at, wanted);
	} else if (by_esc) {
		*enc->p++ = PH_EP_ESC;
		*enc->p++ = full ? PH_EP_ESC_CUT_FULL : PH_EP_ESC_CUT_PARTIAL;
	} else if (feed) {
		put3(enc, PH_EP_GS, PH_EP_GS_CUT, full ? PH_EP_CUT_FULL : PH_EP_CUT_PARTIAL);
	} else {
		put3(enc, PH_EP_GS, PH_EP_GS_CUT,
			full ? PH_EP_CUT_FEED_FULL : PH_EP_CUT_FEED_PARTIAL);
		*enc->p++ = 0;
	}
	if (profile->cutter != PH_ESCPOS_CUTTER_NONE && full != wanted)
		ph_encoder_loss(enc, PH_ESCPOS_LOSS_CUT_KIND, item->at, full);
	close_segment(enc);
	return 0;
}

static int put_drawer(struct ph_encoder *enc, const struct ph_item *item)
{
	const struct ph_escpos_profile *profile = enc->profile;

	if (item->node->drawer > profile->drawers)
		return ph_encoder_fail(enc, -EOPNOTSUPP, item->at, "this printer has no drawer %u",
			item->node->drawer);
	const int r = begin_item(enc, PH_ESCPOS_PULSE_LEN, true);
	if (r < 0)
		return r;
	enc->p += ph_escpos_put_pulse(
		enc->p, item->node->drawer, profile->pulse_on_ms, profile->pulse_off_ms);
	enc->flags |= PH_ESCPOS_SEGMENT_DRAWER;
	close_segment(enc);
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
		ph_encoder_loss(enc, PH_ESCPOS_LOSS_NO_BEEP, item->at, times);
		return 0;
	}
	const int r = begin_item(enc, sizeof epson, true);
	if (r < 0)
		return r;
	memcpy(enc->p, is_clone ? clone : epson, is_clone ? sizeof clone : sizeof epson);
	enc->p += is_clone ? sizeof clone : sizeof epson;
	enc->flags |= PH_ESCPOS_SEGMENT_BEEP;
	close_segment(enc);
	return 0;
}

static int put_raw(struct ph_encoder *enc, const struct ph_item *item)
{
	const int r = begin_item(enc, item->node->raw.len, true);

	if (r < 0)
		return r;
	memcpy(enc->p, item->node->raw.data, item->node->raw.len);
	enc->p += item->node->raw.len;
	enc->flags |= PH_ESCPOS_SEGMENT_RAW;
	close_segment(enc);
	enc->after_raw = true;
	return 0;
}

static int put_item(struct ph_encoder *enc, const struct ph_item *item)
{
	switch (item->kind) {
	case PH_ITEM_LINE:
		return put_line(enc, item);
	case PH_ITEM_BARCODE:
	case PH_ITEM_QR:
		return put_symbol(enc, item);
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
	case PH_ITEM_CODE2D:
	case PH_ITEM_IMAGE:
	case PH_ITEM_PAGE:
	case PH_ITEM_AREA:
	case PH_ITEM_PAGE_END:
		return ph_encoder_fail(enc, -EOPNOTSUPP, item->at, "this is not supported yet");
	}
	return 0;
}

static void report_controls(struct ph_encoder *enc)
{
	const struct ph_receipt *receipt = enc->list->receipt;

	for (uint32_t i = 0; receipt && i < receipt->dropped_count; i++)
		ph_encoder_loss(enc, PH_ESCPOS_LOSS_CONTROL, receipt->dropped[i].at,
			receipt->dropped[i].cp);
}

int ph_escpos_encode(const struct ph_display_list *list, const struct ph_escpos_profile *profile,
	struct ph_escpos_job *job, struct ph_receipt_error *ret_error)
{
	struct ph_encoder enc = {.list = list,
		.profile = profile,
		.job = job,
		.error = ret_error,
		.page = PAGE_UNKNOWN};

	job->segment_count = 0;
	job->len = 0;
	job->loss_count = 0;
	job->loss_missed = 0;
	enc.p = job->bytes;
	for (unsigned i = 0; i < profile->page_count; i++)
		enc.pages |= PH_CODEPAGE_BIT(profile->pages[i].page);
	report_controls(&enc);
	int r = ph_encoder_reserve(&enc, 1);
	for (uint32_t i = 0; r == 0 && i < list->item_count; i++) {
		enc.next_line = i;
		r = put_item(&enc, &list->items[i]);
	}
	if (r < 0)
		return r;
	close_segment(&enc);
	job->len = (uint32_t)(enc.p - job->bytes);
	return 0;
}

void ph_escpos_job_done(struct ph_escpos_job *job)
{
	free(job->bytes);
	free(job->segments);
	*job = (struct ph_escpos_job){0};
}
