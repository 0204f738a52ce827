// Lines of text: code pages, styles and positions; what the printer has no character for is ordered as
// a drawing, for the run alone or for the whole line.
#include <errno.h>

#include "protocols/profile/plan_page.h"
#include "protocols/receipt/width.h"
#include "protocols/star/encoder.h"

#define RUN_OVERHEAD 56 // most bytes in front of a run: styles, a jump, UTF-8 on and off
#define CHAR_DOTS    24 // height of a character

// --- what a run needs -------------------------------------------------------------------------

// East Asian characters, which printers with UTF-8 have in their fonts (StarPRNT, ESC GS ) U).
static bool utf8_prints(uint32_t cp)
{
	return (cp >= 0x3000 && cp < 0xa000) || (cp >= 0xac00 && cp < 0xd7a4) ||
	       (cp >= 0xf900 && cp < 0xfb00) || (cp >= 0xff00 && cp < 0xfff0);
}

enum means { BY_PAGES, BY_UTF8, BY_DRAWING };

static bool in_pages(const struct ph_star_encoder *enc, uint32_t cp)
{
	if (cp == 0xa0)
		return true;
	// pages have marks, but print them in a cell of their own
	return (cp < 0x300 || ph_char_cells(cp)) && (ph_codepage_pages(cp) & enc->pages);
}

// How the characters of a run can be printed; *ret_cp is the first one that no page holds.
static enum means means_of(
	const struct ph_star_encoder *enc, const struct ph_run *run, uint32_t *ret_cp)
{
	const char *s = run->data, *const end = s + run->len;
	enum means means = BY_PAGES;

	*ret_cp = 0;
	if (run->ascii || run->rule)
		return BY_PAGES;
	while (s < end) {
		uint32_t cp;
		s = ph_codepage_next_char(s, end, &cp);
		if (cp < 0x80 || in_pages(enc, cp))
			continue;
		if (!*ret_cp)
			*ret_cp = cp;
		if (!enc->profile->utf8 || !utf8_prints(cp))
			return BY_DRAWING;
		means = BY_UTF8;
	}
	return means;
}

// A printer that draws all its lines has no single runs to draw.
static bool may_draw(const struct ph_star_encoder *enc)
{
	return !enc->plain && !enc->profile->impact && enc->profile->dialect != PH_STAR_RASTER;
}

// Larger than the printer enlarges.
static bool is_large(const struct ph_star_encoder *enc, uint16_t style)
{
	return ph_style_width(style) > enc->profile->max_size ||
	       ph_style_height(style) > enc->profile->max_size;
}

// *ret_cp is 0 where it is drawn for its style.
static bool must_draw(const struct ph_star_encoder *enc, const struct ph_run *run, uint32_t *ret_cp)
{
	if (!may_draw(enc))
		return false;
	const enum means means = means_of(enc, run, ret_cp);
	if (!*ret_cp && (run->style & PH_STYLE_ROTATE || is_large(enc, run->style)))
		return true;
	if (run->rtl && !*ret_cp) {
		ph_codepage_next_char(run->data, run->data + run->len, ret_cp);
		return true;
	}
	return run->rtl || means == BY_DRAWING;
}

// --- styles -----------------------------------------------------------------------------------

static unsigned clip(unsigned size, unsigned most)
{
	return size < most ? size : most;
}

// The style as this printer has it, without a report.
static uint16_t printable_style(const struct ph_star_encoder *enc, uint16_t style)
{
	const struct ph_star_profile *profile = enc->profile;
	const unsigned w = clip(ph_style_width(style), profile->max_size);
	const unsigned h = clip(ph_style_height(style), profile->max_size);
	unsigned out =
		style & (PH_STYLE_BOLD | PH_STYLE_UNDERLINE | PH_STYLE_INVERT | PH_STYLE_FONT_B);

	if (style & PH_STYLE_FONT_C)
		out |= PH_STYLE_FONT_B;
	// ESC 4 is the red ribbon of an impact printer
	if (profile->impact)
		out = (out & ~PH_STYLE_INVERT) | (style & PH_STYLE_RED ? PH_STYLE_INVERT : 0);
	return (uint16_t)(out | (w - 1) << PH_STYLE_WIDTH_SHIFT | (h - 1) << PH_STYLE_HEIGHT_SHIFT);
}

static void report_style(struct ph_star_encoder *enc, const struct ph_run *run)
{
	static const uint16_t lost[] = {
		PH_STYLE_ITALIC, PH_STYLE_STRIKE, PH_STYLE_ROTATE, PH_STYLE_THICK, PH_STYLE_FONT_C};
	const struct ph_star_profile *profile = enc->profile;
	const uint16_t colour = profile->impact ? PH_STYLE_INVERT : PH_STYLE_RED;

	for (unsigned i = 0; i < sizeof lost / sizeof *lost; i++) {
		if (run->style & lost[i])
			ph_job_buffer_loss(&enc->out, PH_LOSS_STYLE, run->at, lost[i]);
	}
	if (run->style & colour)
		ph_job_buffer_loss(&enc->out, PH_LOSS_STYLE, run->at, colour);
	if (is_large(enc, run->style))
		ph_job_buffer_loss(&enc->out, PH_LOSS_SIZE, run->at, profile->max_size);
}

// Of `count` runs that are drawn: the styles that are why.
static void report_drawn(struct ph_star_encoder *enc, const struct ph_run *runs, uint32_t count)
{
	for (uint32_t i = 0; may_draw(enc) && i < count; i++) {
		if (runs[i].style & PH_STYLE_ROTATE)
			ph_job_buffer_loss(
				&enc->out, PH_LOSS_STYLE_DRAWN, runs[i].at, PH_STYLE_ROTATE);
		if (is_large(enc, runs[i].style))
			ph_job_buffer_loss(
				&enc->out, PH_LOSS_SIZE_DRAWN, runs[i].at, enc->profile->max_size);
	}
}

static unsigned cell_of(const struct ph_star_encoder *enc, uint16_t style)
{
	return enc->list->media.cell[ph_style_font(style)] * ph_style_width(style);
}

// --- text -------------------------------------------------------------------------------------

static void put_char(struct ph_star_encoder *enc, uint32_t cp, const char *s, const char *end,
	const struct ph_run *run)
{
	if (cp == 0xa0) {
		*enc->out.p++ = ' ';
		return;
	}
	if (!in_pages(enc, cp)) {
		ph_job_buffer_put_replacement(&enc->out, cp, run);
		return;
	}
	int byte = enc->page == PH_STAR_PAGE_UNKNOWN ? -1 : ph_codepage_encode(enc->page, cp);
	if (byte < 0) {
		const struct ph_profile_page *page = ph_profile_plan_page(
			enc->profile->pages, enc->profile->page_count, enc->pages, s, end);
		PH_PUT(enc, PH_STAR_ESC, PH_STAR_GS, PH_STAR_GS_CODEPAGE, page->n);
		enc->page = page->page;
		byte = ph_codepage_encode(enc->page, cp);
	}
	*enc->out.p++ = (uint8_t)byte;
}

static void put_text(struct ph_star_encoder *enc, const struct ph_run *run)
{
	const char *s = run->data, *const end = s + run->len;
	uint32_t cp;

	if (run->ascii) {
		ph_job_buffer_put(&enc->out, s, run->len);
		return;
	}
	const bool utf8 = enc->profile->utf8 && means_of(enc, run, &cp) == BY_UTF8;
	ph_star_set_utf8(enc, utf8);
	while (s < end) {
		const char *const here = s;
		s = ph_codepage_next_char(s, end, &cp);
		if (cp < 0x80)
			*enc->out.p++ = (uint8_t)cp;
		else if (utf8)
			ph_job_buffer_put(&enc->out, here, (size_t)(s - here));
		else
			put_char(enc, cp, here, end, run);
	}
	ph_star_set_utf8(enc, false);
}

static void put_run(struct ph_star_encoder *enc, const struct ph_run *run)
{
	put_text(enc, run);
	if (run->repeat == 1)
		return;
	memset(enc->out.p, enc->out.p[-1],
		run->repeat - 1u); // what is repeated is a single character
	enc->out.p += run->repeat - 1u;
}

// Moves from the end of the last run to x: ESC GS A where that is shorter and works, else spaces, which
// must neither be seen nor make the line taller.
static unsigned move_to(struct ph_star_encoder *enc, unsigned from, unsigned x, uint16_t next)
{
	const unsigned visible = PH_STYLE_UNDERLINE | PH_STYLE_INVERT | PH_STYLE_SIZE_MASK;
	uint16_t style = enc->style;

	if (x <= from)
		return from;
	const unsigned gap = x - from;
	if (style & visible || gap % cell_of(enc, style))
		style = next & PH_STYLE_FONT_B;
	const unsigned cell = cell_of(enc, style), spaces = gap / cell;
	if (enc->profile->position && (spaces > 5 || gap % cell || style != enc->style)) {
		PH_PUT(enc, PH_STAR_ESC, PH_STAR_GS, PH_STAR_GS_POSITION, (uint8_t)x,
			(uint8_t)(x >> 8));
		return x;
	}
	ph_star_set_style(enc, style);
	memset(enc->out.p, ' ', spaces);
	enc->out.p += spaces;
	return from + spaces * cell;
}

// --- lines ------------------------------------------------------------------------------------

struct line {
	const struct ph_item *item;
	const struct ph_run *runs;
	uint32_t count;
	unsigned height;   // times
	uint32_t drawn;	   // runs that are drawn
	uint32_t first_cp; // of them, and where
	uint32_t first_at;
	size_t inline_bytes;
};

// The runs that one drawing takes: with right-to-left characters all of the group, for the order.
static uint32_t span_of(const struct line *line, uint32_t first)
{
	const struct ph_run *runs = line->runs;
	uint32_t end = first + 1;
	bool rtl = false;

	for (uint32_t i = 0; i < line->count; i++)
		rtl = rtl || (runs[i].group == runs[first].group && runs[i].rtl);
	while (rtl && end < line->count && runs[end].group == runs[first].group)
		end++;
	return end - first;
}

static bool group_is_drawn(const struct ph_star_encoder *enc, const struct line *line, uint32_t run)
{
	uint32_t cp;

	if (must_draw(enc, &line->runs[run], &cp))
		return true;
	if (!may_draw(enc))
		return false;
	for (uint32_t i = 0; i < line->count; i++) {
		if (line->runs[i].group == line->runs[run].group && line->runs[i].rtl)
			return true;
	}
	return false;
}

static void look(struct ph_star_encoder *enc, const struct ph_item *item, struct line *line)
{
	*line = (struct line){.item = item,
		.runs = item->line.count ? enc->list->runs + item->line.first : NULL,
		.count = item->line.count,
		.height = 1};
	for (uint32_t i = 0; i < line->count; i++) {
		const struct ph_run *run = &line->runs[i];
		uint32_t cp;
		if (ph_style_height(run->style) > line->height)
			line->height = ph_style_height(run->style);
		if (!group_is_drawn(enc, line, i))
			continue;
		if (must_draw(enc, run, &cp) && !line->first_cp) {
			line->first_cp = cp;
			line->first_at = run->at;
		}
		line->drawn++;
		line->inline_bytes += ph_star_inline_size(run->width) + RUN_OVERHEAD;
	}
}

// Puts the drawing of `count` runs from `first`. Returns 0 where there is none.
static int put_drawn_runs(struct ph_star_encoder *enc, const struct line *line, uint32_t first,
	uint32_t count, unsigned *x)
{
	const struct ph_run *run = &line->runs[first], *last = run + count - 1;
	const struct ph_raster *raster = NULL;
	const struct ph_raster_order order = {.kind = PH_ORDER_LINE,
		.at = run->at,
		.first_run = line->item->line.first + first,
		.runs = count,
		.x = run->x,
		.width = (uint16_t)(last->x + last->width - run->x),
		.height = CHAR_DOTS};

	const int r = ph_star_order(enc, &order, &raster);
	if (r < 0)
		return r;
	if (!raster && !ph_job_buffer_first_call(&enc->out))
		return 0;
	if (line->first_cp)
		ph_job_buffer_loss(&enc->out, PH_LOSS_DRAWN, line->first_at, line->first_cp);
	report_drawn(enc, run, count);
	if (raster) {
		*x = move_to(enc, *x, run->x, 0);
		ph_star_set_style(enc, 0);
		ph_star_put_inline(enc, raster, order.width);
		*x = run->x + order.width;
	}
	return 1;
}

static void put_text_run(struct ph_star_encoder *enc, const struct ph_run *run, unsigned *x)
{
	const uint16_t style = printable_style(enc, run->style);

	*x = move_to(enc, *x, run->x, style);
	ph_star_set_style(enc, style);
	put_run(enc, run);
	// what could not be enlarged as asked takes less
	*x += run->width / ph_style_width(run->style) * ph_style_width(style);
	report_style(enc, run);
}

static int put_runs(struct ph_star_encoder *enc, const struct line *line)
{
	unsigned x = 0;

	for (uint32_t i = 0, count; i < line->count; i += count) {
		int done = 0;
		count = 1;
		if (line->drawn && group_is_drawn(enc, line, i)) {
			count = span_of(line, i);
			done = put_drawn_runs(enc, line, i, count, &x);
		}
		if (done < 0)
			return done;
		for (uint32_t k = 0; !done && k < count; k++)
			put_text_run(enc, &line->runs[i + k], &x);
	}
	return 0;
}

static int put_text_line(struct ph_star_encoder *enc, const struct line *line)
{
	const struct ph_item *item = line->item;
	const struct ph_media *media = &enc->list->media;
	const unsigned cell = media->cell[0] < media->cell[1] ? media->cell[0] : media->cell[1];

	// A page change and a byte for two bytes of UTF-8; styles and a jump for each run; the gaps of a
	// line are together no longer than the line.
	int r = ph_star_begin_item(enc,
		item->line.bytes * 3u + line->count * (size_t)RUN_OVERHEAD + line->inline_bytes +
			media->width / cell,
		false);
	if (r < 0)
		return r;
	ph_star_set_tight(enc, item->line.tight);
	if (item->line.upside_down)
		PH_PUT(enc, PH_STAR_SI);
	r = put_runs(enc, line);
	PH_PUT(enc, PH_STAR_LF);
	if (item->line.upside_down)
		PH_PUT(enc, PH_STAR_DC2);
	enc->out.flags |= line->count ? PH_SEGMENT_PRINTS : 0;
	return r;
}

// Puts the line as one drawing. *ret_done is false when there is none.
static int put_whole(struct ph_star_encoder *enc, const struct line *line, bool *ret_done)
{
	const struct ph_item *item = line->item;
	const unsigned spacing = item->line.tight ? PH_STAR_TIGHT_DOTS : PH_STAR_LINE_DOTS;
	const unsigned height = line->height * CHAR_DOTS;
	const struct ph_raster *raster = NULL;
	const struct ph_raster_order order = {.kind = PH_ORDER_LINE,
		.at = line->count ? line->runs[0].at : item->at,
		.first_run = item->line.first,
		.runs = line->count,
		.width = enc->list->media.width,
		.height = (uint16_t)height};

	int r = ph_star_order(enc, &order, &raster);
	if (r < 0)
		return r;
	*ret_done = raster || ph_job_buffer_first_call(&enc->out);
	if (*ret_done && line->first_cp)
		ph_job_buffer_loss(&enc->out, PH_LOSS_DRAWN, line->first_at, line->first_cp);
	if (*ret_done)
		report_drawn(enc, line->runs, line->count);
	if (raster)
		r = ph_star_put_block(enc, raster, 0, item->line.upside_down);
	if (r < 0 || !raster || height >= spacing)
		return r;
	r = ph_star_begin_item(enc, 16, false);
	if (r == 0)
		ph_star_feed_dots(enc, spacing - height);
	return r;
}

static int put_blank(struct ph_star_encoder *enc, const struct ph_item *item)
{
	const int r = ph_star_begin_item(enc, 16, false);

	if (r == 0)
		ph_star_feed_dots(enc, item->line.tight ? PH_STAR_TIGHT_DOTS : PH_STAR_LINE_DOTS);
	return r;
}

int ph_star_put_line(struct ph_star_encoder *enc, const struct ph_item *item)
{
	const bool rows = enc->profile->dialect == PH_STAR_RASTER;
	struct line line;
	bool done = false;

	look(enc, item, &line);
	if (rows && !line.count)
		return put_blank(enc, item);
	if (rows || (line.drawn && (line.height > 1 || item->line.upside_down ||
					   !enc->profile->position))) {
		const int r = put_whole(enc, &line, &done);
		if (r < 0 || done)
			return r;
		if (rows)
			return ph_star_no_drawing(enc, line.runs[0].at);
		line.drawn = 0;
	}
	return put_text_line(enc, &line);
}

int ph_star_put_plain(struct ph_star_encoder *enc, const char *data, size_t len)
{
	const int r = ph_star_begin_item(enc, len + 8, false);

	if (r < 0)
		return r;
	ph_star_set_style(enc, 0);
	ph_star_set_tight(enc, false);
	ph_job_buffer_put_plain(&enc->out, data, len);
	PH_PUT(enc, PH_STAR_LF);
	enc->out.flags |= PH_SEGMENT_PRINTS;
	return 0;
}
