// Lines of text: code pages, two-byte sets, styles and positions; what the printer cannot print itself is
// ordered as a drawing, for the run alone or for the whole line.
#include <errno.h>

#include "protocols/codepage/multibyte.h"
#include "protocols/escpos/encoder.h"
#include "protocols/profile/plan_page.h"
#include "protocols/receipt/width.h"

#define RUN_OVERHEAD 56 // most bytes in front of a run: styles, a jump, Kanji mode on and off

struct line {
	const struct ph_item *item;
	const struct ph_run *runs;
	uint32_t count;
	uint16_t styles; // of all runs together
	bool rtl;	 // some run has right-to-left characters
	unsigned times;	 // the greatest height
	unsigned size;	 // the greatest width or height
	unsigned dots;	 // height of the tallest cell
	size_t room;	 // most bytes without drawings
};

// The encoder at some point, to go back to.
struct mark {
	size_t offset;
	enum ph_codepage page;
	uint16_t style;
	uint8_t spacing, kanji_line;
	bool kanji;
	uint32_t loss_count, loss_missed;
};

static struct mark mark(const struct ph_encoder *enc)
{
	return (struct mark){ph_job_buffer_len(&enc->out), enc->page, enc->style, enc->spacing,
		enc->kanji_line, enc->kanji, enc->out.job->loss_count, enc->out.job->loss_missed};
}

static void go_back(struct ph_encoder *enc, const struct mark *to)
{
	ph_job_buffer_cut(&enc->out, to->offset);
	enc->page = to->page;
	enc->style = to->style;
	enc->spacing = to->spacing;
	enc->kanji_line = to->kanji_line;
	enc->kanji = to->kanji;
	enc->out.job->loss_count = to->loss_count;
	enc->out.job->loss_missed = to->loss_missed;
}

// --- characters -------------------------------------------------------------------------------

// The two bytes of a character in the printer's East Asian font, whose cells are two of font A.
static int two_bytes(const struct ph_encoder *enc, uint32_t cp, const struct ph_run *run)
{
	static const enum ph_multibyte sets[] = {
		[PH_ESCPOS_KANJI_JAPANESE] = PH_MULTIBYTE_SHIFT_JIS,
		[PH_ESCPOS_KANJI_CHINA] = PH_MULTIBYTE_GB18030,
		[PH_ESCPOS_KANJI_TAIWAN] = PH_MULTIBYTE_BIG5,
		[PH_ESCPOS_KANJI_KOREA] = PH_MULTIBYTE_949,
	};
	const uint8_t kanji = enc->profile->kanji;

	if (kanji == PH_ESCPOS_KANJI_NONE || kanji == PH_ESCPOS_KANJI_PROBE)
		return -1;
	if (run->style & (PH_STYLE_FONT_B | PH_STYLE_FONT_C | PH_STYLE_ROTATE) ||
		ph_char_cells(cp) != 2)
		return -1;
	return ph_multibyte_encode(sets[kanji], cp);
}

void ph_encoder_leave_kanji(struct ph_encoder *enc)
{
	if (enc->kanji)
		PH_PUT(enc, PH_EP_FS, PH_EP_FS_KANJI_OFF);
	enc->kanji = false;
}

static void put_two_bytes(struct ph_encoder *enc, int bytes, uint16_t style)
{
	const uint8_t line = ph_encoder_underline(style);

	if (!enc->kanji)
		PH_PUT(enc, PH_EP_FS, PH_EP_FS_KANJI_ON);
	enc->kanji = true;
	// underlining has a switch of its own for these characters
	if (enc->kanji_line != line)
		PH_PUT(enc, PH_EP_FS, PH_EP_FS_UNDERLINE, line);
	enc->kanji_line = line;
	PH_PUT(enc, (uint8_t)(bytes >> 8), (uint8_t)bytes);
}

// False when the printer has no such character.
static bool put_char(struct ph_encoder *enc, uint32_t cp, const char *s, const char *end,
	const struct ph_run *run)
{
	if (cp == 0xa0) {
		*enc->out.p++ = ' ';
		return true;
	}
	int byte = enc->page == PH_PAGE_UNKNOWN ? -1 : ph_codepage_encode(enc->page, cp);
	if (byte < 0 && !(ph_codepage_pages(cp) & enc->pages)) {
		byte = two_bytes(enc, cp, run);
		if (byte >= 0)
			put_two_bytes(enc, byte, enc->style);
		return byte >= 0;
	}
	// pages have marks, but print them in a cell of their own
	if (cp >= 0x300 && ph_char_cells(cp) == 0)
		return false;
	ph_encoder_leave_kanji(enc);
	if (byte < 0) {
		const struct ph_profile_page *page = ph_profile_plan_page(
			enc->profile->pages, enc->profile->page_count, enc->pages, s, end);
		PH_PUT(enc, PH_EP_ESC, PH_EP_ESC_CODEPAGE, page->n);
		enc->page = page->page;
		byte = ph_codepage_encode(enc->page, cp);
	}
	*enc->out.p++ = (uint8_t)byte;
	return true;
}

// Printers that take UTF-8 have what their pages and their East Asian font hold.
static bool put_utf8(struct ph_encoder *enc, uint32_t cp, const char *s, const char *next,
	const struct ph_run *run)
{
	const bool known = (ph_codepage_pages(cp) & enc->pages && ph_char_cells(cp) > 0) ||
			   two_bytes(enc, cp, run) >= 0;

	if (known)
		ph_job_buffer_put(&enc->out, s, (size_t)(next - s));
	return known;
}

// Returns the first character that the printer does not have, or 0; with enc->plain it is replaced.
static uint32_t put_text(struct ph_encoder *enc, const struct ph_run *run)
{
	const char *s = run->data, *const end = s + run->len;

	if (run->ascii) {
		ph_job_buffer_put(&enc->out, s, run->len);
		return 0;
	}
	while (s < end) {
		const unsigned char c = (unsigned char)*s;
		if (c < 0x80) {
			*enc->out.p++ = c;
			s++;
			continue;
		}
		const char *const here = s;
		uint32_t cp;
		s = ph_codepage_next_char(s, end, &cp);
		if (enc->profile->utf8 ? put_utf8(enc, cp, here, s, run)
				       : put_char(enc, cp, here, end, run))
			continue;
		if (!enc->plain)
			return cp;
		ph_job_buffer_put_replacement(&enc->out, cp, run);
	}
	return 0;
}

// Puts a run once, then copies of what it became: no page changes inside of a repetition. What is
// repeated is a single character.
static uint32_t put_run(struct ph_encoder *enc, const struct ph_run *run)
{
	const uint32_t missing = put_text(enc, run);
	size_t len = 1;

	if (missing || run->repeat == 1)
		return missing;
	if (enc->profile->utf8 && !run->ascii)
		len = run->len;
	else if (enc->kanji)
		len = 2;
	const uint8_t *const one = enc->out.p - len;
	for (unsigned i = 1; i < run->repeat; i++)
		ph_job_buffer_put(&enc->out, one, len);
	return 0;
}

// --- styles -----------------------------------------------------------------------------------

#define FONTS (PH_STYLE_FONT_B | PH_STYLE_FONT_C)

static uint16_t printable_size(struct ph_encoder *enc, const struct ph_run *run)
{
	const unsigned most = enc->profile->size_max;
	const unsigned w = ph_style_width(run->style), h = ph_style_height(run->style);

	if (w <= most && h <= most)
		return run->style & PH_STYLE_SIZE_MASK;
	ph_job_buffer_loss(&enc->out, PH_LOSS_SIZE, run->at, most);
	return (uint16_t)(((w < most ? w : most) - 1) << PH_STYLE_WIDTH_SHIFT |
			  ((h < most ? h : most) - 1) << PH_STYLE_HEIGHT_SHIFT);
}

// The style as this printer has it, with a word about each thing left out.
static uint16_t printable(struct ph_encoder *enc, const struct ph_run *run)
{
	const struct ph_escpos_profile *profile = enc->profile;
	unsigned style = run->style & ~(PH_STYLE_SIZE_MASK | FONTS) & profile->styles;
	unsigned lost = run->style & ~(PH_STYLE_SIZE_MASK | FONTS | (unsigned)profile->styles);
	enum ph_font font = ph_style_font(run->style);

	if (font == PH_FONT_C && !profile->font[PH_FONT_C][0])
		font = PH_FONT_B;
	if (font == PH_FONT_B && !profile->font[PH_FONT_B][0])
		font = PH_FONT_A;
	if (font != ph_style_font(run->style))
		lost |= run->style & FONTS;
	style |= font == PH_FONT_B ? PH_STYLE_FONT_B : font == PH_FONT_C ? PH_STYLE_FONT_C : 0;
	for (; lost; lost &= lost - 1)
		ph_job_buffer_loss(&enc->out, PH_LOSS_STYLE, run->at, lost & -lost);
	return (uint16_t)(style | printable_size(enc, run));
}

// Of the styles that the printer lacks those that are worth a drawing.
static uint16_t drawn_styles(const struct ph_encoder *enc, uint16_t style)
{
	return (uint16_t)(style & (PH_STYLE_INVERT | PH_STYLE_ROTATE) & ~enc->profile->styles);
}

// --- positions --------------------------------------------------------------------------------

// Moves from the end of the last run to x: ESC $ where that is shorter and works, else spaces, which
// must neither be seen nor make the line taller.
static unsigned move_to(struct ph_encoder *enc, unsigned from, unsigned x, uint16_t next)
{
	const unsigned visible =
		PH_STYLE_UNDERLINE | PH_STYLE_INVERT | PH_STYLE_SIZE_MASK | PH_STYLE_ROTATE;
	const bool can_jump = !(enc->profile->quirks & PH_ESCPOS_QUIRK_NO_POSITION);
	uint16_t style = enc->style;

	if (x <= from)
		return from;
	const unsigned gap = x - from;
	if (style & visible || gap % ph_encoder_cell(enc, style))
		style = next & FONTS;
	const unsigned cell = ph_encoder_cell(enc, style), spaces = gap / cell;
	if (can_jump && (spaces > 4 || gap % cell || style != enc->style)) {
		PH_PUT(enc, PH_EP_ESC, PH_EP_ESC_POSITION);
		ph_encoder_put_16(enc, x * enc->units_x);
		return x;
	}
	ph_encoder_set_style(enc, style);
	memset(enc->out.p, ' ', spaces);
	enc->out.p += spaces;
	return from + spaces * cell;
}

// --- lines ------------------------------------------------------------------------------------

static void look(const struct ph_encoder *enc, const struct ph_item *item, struct line *line)
{
	const struct ph_media *media = &enc->list->media;
	const unsigned cell = media->cell[0] < media->cell[1] ? media->cell[0] : media->cell[1];

	// A page change and a byte for two bytes of UTF-8, or Kanji mode off besides; styles and a jump
	// for each run; the gaps of a line are together no longer than the line.
	*line = (struct line){.item = item,
		.runs = item->line.count ? enc->list->runs + item->line.first : NULL,
		.count = item->line.count,
		.times = 1,
		.size = 1,
		.room = item->line.bytes * 3u + item->line.count * RUN_OVERHEAD +
			media->width / cell};
	for (uint32_t i = 0; i < line->count; i++) {
		line->styles |= line->runs[i].style;
		line->rtl |= line->runs[i].rtl;
	}
	if (!(line->styles & (PH_STYLE_SIZE_MASK | enc->unusual)) && !item->line.tight &&
		!line->rtl)
		return;
	for (uint32_t i = 0; i < line->count; i++) {
		const uint16_t style = line->runs[i].style;
		const unsigned w = ph_style_width(style), h = ph_style_height(style);
		const unsigned dots = style & PH_STYLE_ROTATE
					      ? media->cell[ph_style_font(style)] * w
					      : media->height[ph_style_font(style)] * h;
		line->times = h > line->times ? h : line->times;
		line->size = h > line->size ? h : line->size;
		line->size = w > line->size ? w : line->size;
		line->dots = dots > line->dots ? dots : line->dots;
	}
}

// The end of the runs that one drawing takes: with right-to-left characters all of the group, for the
// order of its characters spans them.
static uint32_t span_end(const struct line *line, uint32_t first)
{
	uint32_t end = first + 1;
	bool rtl = line->runs[first].rtl;

	while (end < line->count && line->runs[end].group == line->runs[first].group)
		rtl |= line->runs[end++].rtl;
	return rtl ? end : first;
}

static uint32_t first_rtl(const struct ph_run *run)
{
	const char *s = run->data, *const end = s + run->len;
	uint32_t cp = 0;

	while (s < end) {
		s = ph_codepage_next_char(s, end, &cp);
		if (ph_char_rtl(cp))
			break;
	}
	return cp;
}

// Why something is drawn.
struct reason {
	enum ph_loss_kind kind;
	uint32_t at, value;
};

#define WHOLE PH_ENCODE_DRAW // the line, or the page around it, must be drawn as a whole
#define DONE  2

static bool can_inline(const struct ph_encoder *enc, const struct line *line)
{
	return enc->profile->esc_star && line->times == 1 && !line->item->line.upside_down &&
	       !(line->styles & PH_STYLE_ROTATE & enc->profile->styles);
}

// Draws the runs from `first` to `end` in their place. 0: there is no drawing, print them plainly.
static int draw_runs(struct ph_encoder *enc, const struct line *line, uint32_t first, uint32_t end,
	const struct reason *reason, unsigned *x)
{
	const struct ph_run *run = &line->runs[first], *last = &line->runs[end - 1];
	const struct ph_raster_order order = {.kind = PH_ORDER_LINE,
		.at = run->at,
		.first_run = line->item->line.first + first,
		.runs = end - first,
		.x = run->x,
		.width = (uint16_t)(last->x + last->width - run->x),
		.height = PH_INLINE_HEIGHT};
	const struct ph_raster *raster = NULL;

	if (enc->in_page || !can_inline(enc, line))
		return enc->profile->image == PH_ESCPOS_IMAGE_NONE && !enc->in_page ? 0 : WHOLE;
	int r = ph_encoder_order(enc, &order, &raster);
	if (r < 0)
		return r;
	if (!raster && !ph_job_buffer_first_call(&enc->out))
		return 0;
	ph_job_buffer_loss(&enc->out, reason->kind, reason->at, reason->value);
	if (raster) {
		*x = move_to(enc, *x, run->x, 0);
		r = ph_job_buffer_reserve(&enc->out, ph_inline_size(order.width) + line->room + 64);
		if (r < 0)
			return r;
		ph_encoder_leave_kanji(enc);
		ph_encode_inline(enc, raster, order.width);
		*x = (unsigned)run->x + order.width;
	}
	return DONE;
}

// Puts one run with the printer's own means. *ret_reason says why that cannot be.
static int put_one(
	struct ph_encoder *enc, const struct ph_run *run, unsigned *x, struct reason *ret_reason)
{
	const struct mark before = mark(enc);
	uint16_t style = run->style;

	if (style & enc->unusual || run->shrunk) {
		const uint16_t drawn = drawn_styles(enc, style);
		if (drawn && !enc->plain) {
			const uint32_t bit = drawn & PH_STYLE_ROTATE ? PH_STYLE_ROTATE : drawn;
			*ret_reason = (struct reason){PH_LOSS_STYLE_DRAWN, run->at, bit};
			return 0;
		}
		if (run->shrunk)
			ph_job_buffer_loss(&enc->out, PH_LOSS_SHRUNK, run->at, 0);
		style = printable(enc, run);
	} else if (style & PH_STYLE_SIZE_MASK && enc->profile->size_max < 8) {
		style = printable(enc, run);
	}
	const unsigned from = *x;
	*x = move_to(enc, *x, run->x, style);
	ph_encoder_set_style(enc, style);
	const uint32_t missing = put_run(enc, run);
	if (missing) {
		go_back(enc, &before);
		*x = from;
		*ret_reason = (struct reason){PH_LOSS_DRAWN, run->at, missing};
		return 0;
	}
	// what could not be enlarged as asked takes less
	*x += style == run->style ? run->width
				  : run->width / ph_style_width(run->style) * ph_style_width(style);
	return DONE;
}

static int put_runs(struct ph_encoder *enc, const struct line *line)
{
	unsigned x = 0;

	for (uint32_t i = 0; i < line->count;) {
		struct reason reason = {0};
		uint32_t end = i + 1;
		int r = 0;
		if (line->rtl && !enc->plain && span_end(line, i) > i) {
			end = span_end(line, i);
			uint32_t k = i;
			while (!line->runs[k].rtl)
				k++;
			reason = (struct reason){
				PH_LOSS_DRAWN, line->runs[k].at, first_rtl(&line->runs[k])};
		} else {
			r = put_one(enc, &line->runs[i], &x, &reason);
		}
		if (r == 0)
			r = draw_runs(enc, line, i, end, &reason, &x);
		if (r < 0 || r == WHOLE)
			return r;
		for (; r == 0 && i < end; i++) {
			const bool plain = enc->plain;
			enc->plain = true;
			put_one(enc, &line->runs[i], &x, &reason);
			enc->plain = plain;
		}
		i = end;
	}
	return 0;
}

// Puts the line with the printer's own means and drawings in it; WHOLE when that cannot be.
static int put_native(struct ph_encoder *enc, const struct line *line)
{
	const struct ph_item *item = line->item;
	const bool turned = item->line.upside_down && enc->profile->upside_down;

	int r = ph_encoder_begin_item(enc, line->room, false);
	if (r < 0)
		return r;
	const struct mark before = mark(enc);
	if (item->line.upside_down && !turned)
		ph_job_buffer_loss(&enc->out, PH_LOSS_UPSIDE_DOWN, item->at, 0);
	ph_encoder_set_spacing(
		enc, item->line.tight ? (uint8_t)(line->dots < 255 ? line->dots : 255) : 0);
	if (turned)
		PH_PUT(enc, PH_EP_ESC, PH_EP_ESC_UPSIDE_DOWN, 1);
	r = put_runs(enc, line);
	if (r != 0) {
		go_back(enc, &before);
		return r;
	}
	ph_encoder_leave_kanji(enc);
	*enc->out.p++ = PH_EP_LF;
	if (turned)
		PH_PUT(enc, PH_EP_ESC, PH_EP_ESC_UPSIDE_DOWN, 0);
	enc->out.flags |= line->count ? PH_SEGMENT_PRINTS : 0;
	return 0;
}

// Why the line must be drawn as a whole from the start; kind CHAR: it need not.
static struct reason whole_reason(const struct ph_encoder *enc, const struct line *line)
{
	const struct ph_item *item = line->item;
	const struct reason none = {PH_LOSS_CHAR, 0, 0};

	if (enc->plain || (enc->profile->image == PH_ESCPOS_IMAGE_NONE && !enc->in_page))
		return none;
	if (line->size > enc->profile->size_max)
		return (struct reason){
			PH_LOSS_SIZE_DRAWN, line->runs[0].at, enc->profile->size_max};
	if (item->line.upside_down && !enc->profile->upside_down && line->count)
		return (struct reason){PH_LOSS_UPSIDE_DRAWN, item->at, 0};
	return none;
}

// The first character or style that cannot be printed; the runs were tried before.
static struct reason find_reason(struct ph_encoder *enc, const struct line *line)
{
	struct reason reason = {0};
	unsigned x = 0;

	for (uint32_t i = 0; i < line->count; i++) {
		const struct mark before = mark(enc);
		const struct ph_run *run = &line->runs[i];
		if (run->rtl)
			return (struct reason){PH_LOSS_DRAWN, run->at, first_rtl(run)};
		const int r = put_one(enc, run, &x, &reason);
		go_back(enc, &before);
		if (r == 0)
			return reason;
	}
	return reason;
}

// Puts the line as one drawing of its height. 0 when there is none.
static int put_whole(struct ph_encoder *enc, const struct line *line, const struct reason *reason)
{
	const struct ph_item *item = line->item;
	const unsigned pitch = item->line.tight ? line->dots : enc->profile->line_dots;
	const unsigned height = line->dots ? line->dots : PH_INLINE_HEIGHT;
	const struct ph_raster_order order = {.kind = PH_ORDER_LINE,
		.at = reason->at,
		.first_run = item->line.first,
		.runs = line->count,
		.width = enc->list->media.width,
		.height = (uint16_t)height};
	const struct ph_raster *raster = NULL;

	int r = ph_encoder_order(enc, &order, &raster);
	if (r < 0)
		return r;
	if (!raster && !ph_job_buffer_first_call(&enc->out))
		return 0;
	ph_job_buffer_loss(&enc->out, reason->kind, reason->at, reason->value);
	if (raster) {
		r = ph_encode_block(enc, &(struct ph_block){.raster = raster,
						 .rows = pitch,
						 .upside_down = item->line.upside_down});
		if (r < 0)
			return r;
	}
	return DONE;
}

int ph_encode_line(struct ph_encoder *enc, const struct ph_item *item)
{
	struct line line;

	look(enc, item, &line);
	struct reason reason = whole_reason(enc, &line);
	int r = reason.kind == PH_LOSS_CHAR ? put_native(enc, &line) : WHOLE;
	if (r != WHOLE || enc->in_page)
		return r;
	if (reason.kind == PH_LOSS_CHAR)
		reason = find_reason(enc, &line);
	r = put_whole(enc, &line, &reason);
	if (r != 0)
		return r < 0 ? r : 0;
	const bool plain = enc->plain;
	enc->plain = true;
	r = put_native(enc, &line);
	enc->plain = plain;
	return r;
}

int ph_encode_plain(struct ph_encoder *enc, const char *data, size_t len)
{
	const int r = ph_encoder_begin_item(enc, len + 16, false);

	if (r < 0)
		return r;
	ph_encoder_set_style(enc, 0);
	ph_encoder_set_spacing(enc, 0);
	ph_job_buffer_put_plain(&enc->out, data, len);
	*enc->out.p++ = PH_EP_LF;
	enc->out.flags |= PH_SEGMENT_PRINTS;
	return 0;
}
