// Text of a Star printer: how characters look and where they stand, lines, pages, the cutter.
#include <string.h>

#include "emulators/models/star_internal.h"

#define UTF8_PAGE 128u /* ESC GS t */
#define COLUMN	  12u  /* dots: the characters that margins and tabs count */

static void set_spacing(struct ph_emu_printer *p, unsigned dots)
{
	p->modes.default_spacing = false;
	p->modes.line_spacing = dots;
}

void star_modes_init(struct ph_emu_printer *p)
{
	p->modes.y_dpi = DPI; // a unit is a dot
	set_spacing(p, STAR_SPACING);
	p->modes.bar_font = 'a';
	star_symbols_init(p);
	star_raster_init(p);
}

STAR_HANDLER(init)
{
	emu_lose_line(p);
	emu_page_leave(p);
	emu_modes_init(p);
	star_modes_init(p);
}

// CAN clears the counter of ETB as well
STAR_HANDLER(cancel)
{
	p->star->etb = 0;
	p->star->etb_done = false;
	star_run_init(p, b, n);
}

STAR_HANDLER(nothing)
{
}

// ---- styles ----

STAR_HANDLER(bold_on)
{
	p->modes.style.bold = true;
}

STAR_HANDLER(bold_off)
{
	p->modes.style.bold = false;
}

STAR_HANDLER(underline)
{
	if (!emu_is(b[2], 0) && !emu_is(b[2], 1))
		return;
	p->modes.style.underline = emu_is(b[2], 1);
	p->modes.kanji_style.underline = p->modes.style.underline;
}

STAR_HANDLER(invert_on)
{
	p->modes.style.invert = true;
}

STAR_HANDLER(invert_off)
{
	p->modes.style.invert = false;
}

static bool multiple(uint8_t n, uint8_t *ret_times)
{
	if (n >= '0' && n <= '5')
		n = (uint8_t)(n - '0');
	if (n > 5)
		return false;
	*ret_times = (uint8_t)(n + 1);
	return true;
}

static void set_size(struct ph_emu_printer *p, uint8_t width, uint8_t height)
{
	p->modes.style.width = p->modes.kanji_style.width = width;
	p->modes.style.height = p->modes.kanji_style.height = height;
}

STAR_HANDLER(size)
{
	uint8_t width, height;

	if (multiple(b[2], &height) && multiple(b[3], &width))
		set_size(p, width, height);
}

STAR_HANDLER(width)
{
	uint8_t times;

	if (multiple(b[2], &times))
		set_size(p, times, p->modes.style.height);
}

STAR_HANDLER(height)
{
	uint8_t times;

	if (multiple(b[2], &times))
		set_size(p, p->modes.style.width, times);
}

// font B is 9 x 24
STAR_HANDLER(font)
{
	if (emu_is(b[3], 0))
		p->modes.style.font = 'a';
	else if (emu_is(b[3], 1))
		p->modes.style.font = 'e';
}

STAR_HANDLER(page)
{
	p->modes.utf8 = b[3] == UTF8_PAGE;
	p->modes.page = b[3];
	p->multi_len = 0;
}

STAR_HANDLER(country)
{
	if (ph_emu_country_known(b[2]))
		p->modes.country = b[2];
}

STAR_HANDLER(space)
{
	p->modes.right_space = b[2] >= '0' && b[2] <= '9' ? b[2] - '0' : b[2];
}

// function 48: UTF-8; 64: which characters of ambiguous width are wide
STAR_HANDLER(utf8)
{
	if (n < 8 || p->config.dialect != PH_EMU_DIALECT_STARPRNT)
		return;
	if (b[6] == 48)
		p->modes.utf8 = emu_is(b[7], 1);
	p->multi_len = 0;
}

// ---- lines ----

STAR_HANDLER(spacing_3mm)
{
	set_spacing(p, STAR_NARROW);
}

STAR_HANDLER(spacing)
{
	if (emu_is(b[2], 0) || emu_is(b[2], 1))
		set_spacing(p, emu_is(b[2], 1) ? STAR_SPACING : STAR_NARROW);
}

static void add_feed(struct ph_emu_printer *p, unsigned dots)
{
	struct ph_emu_item *item;

	if (dots == 0)
		return;
	item = emu_item(p, PH_EMU_ITEM_FEED, NULL);
	if (item)
		item->height = (int)dots;
	emu_advance(p, (int)dots);
}

STAR_HANDLER(feed_lines)
{
	unsigned lines = b[2];

	if (lines == 0 || lines > 127)
		return;
	if (!emu_line_empty(p)) {
		emu_newline(p);
		lines--;
	}
	add_feed(p, lines * emu_line_spacing(p));
}

// prints what stands in the line, then feeds: n quarters of a millimetre are 2 dots each
static void feed(struct ph_emu_printer *p, unsigned dots)
{
	emu_print_line(p, dots);
	p->x = 0;
	add_feed(p, dots);
}

STAR_HANDLER(feed_quarter)
{
	feed(p, 2u * b[2]);
}

STAR_HANDLER(feed_eighth)
{
	feed(p, b[2]);
}

// ---- position ----

STAR_HANDLER(align)
{
	for (uint8_t i = 0; i <= 2; i++)
		if (emu_is(b[3], i))
			p->modes.align = "lcr"[i];
}

STAR_HANDLER(absolute)
{
	unsigned x = emu_le16(b + 3);

	if (x < emu_area(p))
		p->x = x;
}

STAR_HANDLER(relative)
{
	unsigned by = emu_le16(b + 3);
	int x = (int)p->x + (by < 0x8000 ? (int)by : (int)by - 0x10000);

	if (x >= 0 && (unsigned)x < emu_area(p))
		p->x = (unsigned)x;
}

STAR_HANDLER(margin_left)
{
	if (emu_line_start(p) && b[2] * COLUMN < p->config.width_dots)
		p->modes.margin = b[2] * COLUMN;
}

// a column counted from the left edge of the paper
STAR_HANDLER(margin_right)
{
	unsigned right = b[2] * COLUMN;

	if (emu_line_start(p) && right > p->modes.margin)
		p->modes.area = right - p->modes.margin;
}

STAR_HANDLER(tabs)
{
	p->modes.n_tabs = 0;
	for (size_t i = 2; i < n && b[i] != 0 && p->modes.n_tabs < MAX_TABS; i++) {
		if (i > 2 && b[i] <= b[i - 1])
			break;
		p->modes.tabs[p->modes.n_tabs++] = b[i] * COLUMN;
	}
}

// ---- cutter and page mode ----

// 0 and 1 where the paper is, 2 and 3 after feeding to the knife; even numbers cut through
STAR_HANDLER(cut)
{
	static const uint8_t as_gs_v[] = {0, 1, 65, 66};

	for (uint8_t i = 0; i <= 3; i++)
		if (emu_is(b[2], i))
			emu_cut(p, as_gs_v[i], 0);
}

static void page_region(struct ph_emu_printer *p, const uint8_t *v)
{
	const unsigned rect[4] = {emu_le16(v), emu_le16(v + 2), emu_le16(v + 4), emu_le16(v + 6)};

	emu_page_area(p, rect);
}

static void page_vertical(struct ph_emu_printer *p, bool relative, const uint8_t *v)
{
	unsigned by = emu_le16(v);

	emu_page_move(p, relative, relative && by >= 0x8000 ? (int)by - 0x10000 : (int)by);
}

STAR_HANDLER(page_mode)
{
	if (emu_is(b[3], 0))
		emu_page_enter(p);
	else if (emu_is(b[3], 1))
		emu_page_leave(p);
	else if (emu_is(b[3], 2) && (b[4] <= 3 || (b[4] >= '0' && b[4] <= '3')))
		emu_page_direction(p, b[4] & 3);
	else if (emu_is(b[3], 3))
		page_region(p, b + 4);
	else if (emu_is(b[3], 4) || emu_is(b[3], 5))
		page_vertical(p, emu_is(b[3], 5), b + 4);
	else if (emu_is(b[3], 6) && p->page.active)
		emu_page_print(p);
	else if (emu_is(b[3], 7))
		emu_page_finish(p);
	else if (emu_is(b[3], 8))
		emu_page_cancel(p);
}
