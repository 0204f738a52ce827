// Where lines and blocks go: straight onto the paper, or into a page that is composed in memory, turned
// by its direction and printed as one (Epson ESC/POS reference, ESC L and its relatives).
#include <stdlib.h>
#include <string.h>

#include "emulators/models/printer_internal.h"

static bool sideways(const struct page *page)
{
	return page->direction & 1;
}

// size of the print area as the text sees it
static unsigned layout_width(const struct page *page)
{
	return sideways(page) ? page->height : page->width;
}

static unsigned layout_height(const struct page *page)
{
	return sideways(page) ? page->width : page->height;
}

unsigned emu_area(const struct ph_emu_printer *p)
{
	if (p->page.active)
		return layout_width(&p->page);
	unsigned rest = p->config.width_dots - p->modes.margin;
	return p->modes.area && p->modes.area < rest ? p->modes.area : rest;
}

unsigned emu_frame_width(const struct ph_emu_printer *p)
{
	return p->page.active ? layout_width(&p->page) : p->config.width_dots;
}

unsigned emu_block_x(const struct ph_emu_printer *p, unsigned width)
{
	unsigned rest = emu_area(p) > width ? emu_area(p) - width : 0;
	// ESC a and the margins belong to standard mode
	if (p->page.active)
		return 0;
	if (p->modes.align == 'c')
		return p->modes.margin + rest / 2;
	return p->modes.margin + (p->modes.align == 'r' ? rest : 0);
}

// the lowest row of the page that the current layout reaches
static unsigned reached(const struct page *page)
{
	unsigned at = page->at < layout_height(page) ? page->at : layout_height(page);

	return page->direction == 0 ? page->y + at : page->y + page->height;
}

static void reach(struct page *page)
{
	unsigned end = reached(page);
	if (page->at > 0 && end > page->used)
		page->used = end;
}

static struct ph_emu_canvas *layout(struct ph_emu_printer *p, unsigned colour)
{
	struct page *page = &p->page;
	struct ph_emu_canvas *c = &page->layout[colour == 2];

	if (!c->bits && ph_emu_canvas_init(c, layout_width(page), layout_height(page)) < 0)
		return NULL;
	return c;
}

void emu_place(
	struct ph_emu_printer *p, int x, const struct ph_emu_canvas *picture, unsigned colour)
{
	if (!p->page.active) {
		ph_emu_paper_draw(&p->paper, x, picture, colour);
		return;
	}
	struct ph_emu_canvas *c = layout(p, colour);
	if (c)
		ph_emu_canvas_blit(c, x, (int)p->page.at, picture);
}

void emu_page_fill(
	struct ph_emu_printer *p, unsigned x, unsigned y, unsigned width, unsigned height)
{
	struct ph_emu_canvas *c = layout(p, p->modes.style.colour);
	if (c)
		ph_emu_canvas_fill(c, x, y, width, height);
	if (y + height > p->page.at) {
		unsigned at = p->page.at;
		p->page.at = y + height;
		reach(&p->page);
		p->page.at = at;
	}
}

void emu_advance(struct ph_emu_printer *p, int dots)
{
	if (!p->page.active) {
		emu_feed(p, dots);
		return;
	}
	int at = (int)p->page.at + dots;
	p->page.at = at > 0 ? (unsigned)at : 0;
	reach(&p->page);
}

void emu_block(struct ph_emu_printer *p, struct ph_emu_canvas *picture)
{
	int x = (int)emu_block_x(p, picture->width);

	if (p->page.active) {
		x = (int)p->x;
	} else if (p->modes.style.upside_down) {
		ph_emu_canvas_rotate180(picture);
		x = (int)p->config.width_dots - x - (int)picture->width;
	}
	emu_place(p, x, picture, p->modes.style.colour);
	emu_advance(p, (int)picture->height);
}

// ---- the page ----

static void drop_dots(struct ph_emu_canvas planes[static 2])
{
	ph_emu_canvas_done(&planes[0]);
	ph_emu_canvas_done(&planes[1]);
}

void emu_page_init(struct ph_emu_printer *p)
{
	struct page *page = &p->page;

	emu_page_done(p);
	*page = (struct page){.paper_width = p->config.width_dots,
		.paper_height = p->config.page_rows,
		.width = p->config.width_dots,
		.height = p->config.page_rows};
	// a record for items only: it never gets dots
	ph_emu_paper_init(&page->record, p->config.width_dots);
}

void emu_page_done(struct ph_emu_printer *p)
{
	drop_dots(p->page.dots);
	drop_dots(p->page.layout);
	ph_emu_paper_done(&p->page.record);
}

static unsigned turns(const struct page *page)
{
	static const uint8_t quarters[] = {0, 3, 2, 1};
	return quarters[page->direction & 3];
}

// what was laid out in the area so far becomes part of the page
static void merge(struct ph_emu_printer *p)
{
	struct page *page = &p->page;

	for (unsigned i = 0; i < 2; i++) {
		struct ph_emu_canvas turned;
		if (!page->layout[i].bits)
			continue;
		if (!page->dots[i].bits)
			ph_emu_canvas_init(
				&page->dots[i], p->config.width_dots, page->paper_height);
		if (page->dots[i].bits &&
			ph_emu_canvas_turn(&page->layout[i], turns(page), &turned) == 0) {
			ph_emu_canvas_blit(&page->dots[i], (int)page->x, (int)page->y, &turned);
			ph_emu_canvas_done(&turned);
		}
		ph_emu_canvas_done(&page->layout[i]);
	}
}

// the line being composed goes where it stands; the position stays
static void settle(struct ph_emu_printer *p)
{
	unsigned at = p->page.at, x = p->x;

	emu_print_line(p, 0);
	p->page.at = at;
	p->x = x;
}

static void restart(struct ph_emu_printer *p)
{
	p->page.at = 0;
	p->x = 0;
}

static void begin(struct ph_emu_printer *p)
{
	struct page *page = &p->page;

	page->used = 0;
	page->areas_end = page->area_set ? page->y + page->height : 0;
	restart(p);
}

void emu_page_enter(struct ph_emu_printer *p)
{
	if (p->page.active || !emu_line_start(p))
		return;
	p->page.active = true;
	begin(p);
}

static void forget(struct ph_emu_printer *p)
{
	emu_drop_line(p);
	drop_dots(p->page.dots);
	drop_dots(p->page.layout);
	ph_emu_paper_tear(&p->page.record);
	p->page.settled = 0;
}

static void run_waiting(struct ph_emu_printer *p)
{
	struct page *page = &p->page;
	size_t n = page->n_waiting;
	bool active = page->active;

	page->n_waiting = 0;
	page->active = false;
	for (size_t i = 0; i < n; i++) {
		const struct waiting w = page->waiting[i];
		if (w.kind == WAIT_CUT)
			emu_cut(p, w.m, w.n);
		else
			emu_pulse(p, w.pin, w.on_ms, w.off_ms);
	}
	page->active = active;
}

void emu_page_leave(struct ph_emu_printer *p)
{
	if (!p->page.active)
		return;
	if (p->page.record.n_items || !emu_line_empty(p)) {
		struct ph_emu_item *item = emu_item(p, PH_EMU_ITEM_LOST, "page");
		if (item)
			item->value = (int)p->page.record.n_items;
	}
	forget(p);
	p->page.active = false;
	run_waiting(p);
	emu_flush_pending(p);
}

void emu_page_cancel(struct ph_emu_printer *p)
{
	if (!p->page.active)
		return;
	forget(p);
	p->page.used = 0;
	restart(p);
}

// row of the page at which an item stands that was recorded at a row of the layout
static uint64_t page_row(const struct page *page, const struct ph_emu_item *item)
{
	unsigned end = (unsigned)item->row + (unsigned)(item->height > 0 ? item->height : 0);

	if (page->direction == 0)
		return page->y + item->row;
	if (page->direction == 2)
		return page->y + (end < page->height ? page->height - end : 0);
	return page->y;
}

// items know their row in the layout when they are recorded; this makes it one of the page
static void settle_items(struct ph_emu_printer *p)
{
	struct ph_emu_paper *record = &p->page.record;

	for (; p->page.settled < record->n_items; p->page.settled++) {
		struct ph_emu_item *item = &record->items[p->page.settled];
		item->row = page_row(&p->page, item);
	}
}

static void copy_items(struct ph_emu_printer *p)
{
	const struct ph_emu_paper *record = &p->page.record;

	for (size_t i = 0; i < record->n_items; i++) {
		const struct ph_emu_item *from = &record->items[i];
		struct ph_emu_item *to = ph_emu_paper_add(&p->paper, from->type);
		if (!to)
			return;
		uint64_t top = to->row;
		*to = *from;
		to->row = top + from->row;
		to->at_byte = p->counts.processed;
		to->text = from->text ? strdup(from->text) : NULL;
		to->runs = NULL;
		if (from->n_runs && (to->runs = malloc(from->n_runs * sizeof *to->runs)))
			memcpy(to->runs, from->runs, from->n_runs * sizeof *to->runs);
		else
			to->n_runs = 0;
	}
}

// dots of the page down to the row where it ends
static void print_plane(struct ph_emu_printer *p, unsigned i, unsigned height)
{
	struct ph_emu_canvas *c = &p->page.dots[i];
	struct ph_emu_canvas part = *c;

	if (!c->bits || height == 0)
		return;
	part.height = height < c->height ? height : c->height;
	ph_emu_paper_draw(&p->paper, 0, &part, i + 1);
}

void emu_page_print(struct ph_emu_printer *p)
{
	struct page *page = &p->page;

	settle(p);
	settle_items(p);
	merge(p);
	unsigned height = page->areas_end ? page->areas_end : page->used;
	copy_items(p);
	print_plane(p, 0, height);
	print_plane(p, 1, height);
	emu_feed(p, (int)height);
	run_waiting(p);
	emu_flush_pending(p);
}

void emu_page_finish(struct ph_emu_printer *p)
{
	if (!p->page.active)
		return;
	emu_page_print(p);
	forget(p);
	p->page.active = false;
	emu_flush_pending(p);
}

// the layout starts over in another area or another direction
static void relayout(struct ph_emu_printer *p)
{
	settle(p);
	settle_items(p);
	merge(p);
	restart(p);
}

static unsigned smaller(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

void emu_page_area(struct ph_emu_printer *p, const unsigned rect[static 4])
{
	struct page *page = &p->page;

	if (rect[2] == 0 || rect[3] == 0 || rect[0] >= page->paper_width ||
		rect[1] >= page->paper_height)
		return;
	if (page->active)
		relayout(p);
	page->area_set = true;
	page->x = page->paper_x + rect[0];
	page->y = rect[1];
	page->width = smaller(rect[2], page->paper_width - rect[0]);
	page->height = smaller(rect[3], page->paper_height - rect[1]);
	if (page->active && page->y + page->height > page->areas_end)
		page->areas_end = page->y + page->height;
}

void emu_page_direction(struct ph_emu_printer *p, unsigned direction)
{
	if (p->page.active)
		relayout(p);
	p->page.direction = direction;
}

void emu_page_printable(struct ph_emu_printer *p, const unsigned size[static 2], unsigned x)
{
	struct page *page = &p->page;
	unsigned max_width = p->config.width_dots;

	// only while no page is being composed
	if (page->active || size[0] == 0 || size[1] == 0 || x >= max_width)
		return;
	page->paper_x = x;
	page->paper_width = smaller(size[0], max_width - x);
	page->paper_height = smaller(size[1], PH_EMU_CANVAS_MAX_HEIGHT);
	page->x = x;
	page->y = 0;
	page->width = page->paper_width;
	page->height = page->paper_height;
	page->area_set = true;
}

void emu_page_move(struct ph_emu_printer *p, bool relative, int dots)
{
	struct page *page = &p->page;

	if (!page->active)
		return;
	int at = relative ? (int)page->at + dots : dots;
	if (at < 0 || (unsigned)at >= layout_height(page))
		return;
	settle(p);
	page->at = (unsigned)at;
}

bool emu_page_waits(struct ph_emu_printer *p, const struct waiting *w)
{
	if (!p->page.active)
		return false;
	if (p->page.n_waiting < MAX_WAITING)
		p->page.waiting[p->page.n_waiting++] = *w;
	return true;
}
