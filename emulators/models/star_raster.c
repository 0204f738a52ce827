// Raster mode of a Star printer, the only one a TSP100 has: rows go into an image buffer, and executing a
// mode prints the buffer, feeds and cuts.
#include <stdlib.h>
#include <string.h>

#include "emulators/models/star_internal.h"

#define MODE_DEFAULT 0u
#define MODE_CUTTER  13u /* as a printer with a cutter comes up: feed and partial cut */
#define TEAR_DOTS    80u /* from the head to the tear bar */

static void clear(struct star_raster *r)
{
	if (r->bits)
		memset(r->bits, 0, (r->rows + (size_t)r->open) * r->stride);
	r->rows = 0;
	r->open = false;
}

static void initial(struct ph_emu_printer *p)
{
	struct star_raster *r = &p->star->raster;
	const unsigned mode = p->config.cutter == PH_EMU_CUTTER_NONE   ? 3u
			      : p->config.cutter == PH_EMU_CUTTER_FULL ? 9u
								       : MODE_CUTTER;

	r->eot = r->ff = r->em = mode;
	r->left = r->right = 0;
	clear(r);
}

void star_raster_init(struct ph_emu_printer *p)
{
	p->star->raster.active = false;
	initial(p);
}

void star_raster_done(struct ph_emu_printer *p)
{
	free(p->star->raster.bits);
	p->star->raster.bits = NULL;
}

static bool has_data(const struct star_raster *r)
{
	return r->rows > 0 || r->open;
}

// Prints the rows of the buffer, without what the mode does behind them.
static void print_rows(struct ph_emu_printer *p)
{
	struct star_raster *r = &p->star->raster;
	const unsigned rows = r->rows + (r->open ? 1 : 0);
	struct ph_emu_canvas c = {.width = p->config.width_dots,
		.height = rows,
		.stride = r->stride,
		.bits = r->bits};

	if (!rows || !r->bits)
		return;
	struct ph_emu_item *item = emu_item(p, PH_EMU_ITEM_RASTER, "ESC * r");
	if (item) {
		item->align = 'l';
		item->width = (int)c.width;
		item->height = item->done = (int)rows;
	}
	emu_place(p, 0, &c, p->modes.style.colour);
	emu_feed(p, (int)rows);
	memset(r->bits, 0, (size_t)rows * r->stride);
	r->rows = 0;
	r->open = false;
}

// An empty buffer executes nothing.
static void execute(struct ph_emu_printer *p, unsigned mode)
{
	if (!has_data(&p->star->raster))
		return;
	print_rows(p);
	if (mode == MODE_DEFAULT)
		mode = MODE_CUTTER;
	if (mode == 3)
		emu_feed(p, TEAR_DOTS);
	if (mode == 2 || mode == 9 || mode == 13 || mode == 37)
		emu_feed(p, (int)p->config.cutter_dots);
	if (mode == 8 || mode == 9 || mode == 36 || mode == 37)
		emu_cut_here(p, true);
	else if (mode == 12 || mode == 13)
		emu_cut_here(p, false);
}

static bool make_buffer(struct ph_emu_printer *p)
{
	struct star_raster *r = &p->star->raster;

	r->stride = (p->config.width_dots + 7) / 8;
	if (!r->bits)
		r->bits = calloc(STAR_RASTER_ROWS, r->stride);
	return r->bits != NULL;
}

static void next_row(struct ph_emu_printer *p)
{
	struct star_raster *r = &p->star->raster;

	r->open = false;
	if (++r->rows == STAR_RASTER_ROWS)
		print_rows(p);
}

// b: a row, then the next one; k: a row that what follows is printed over
STAR_HANDLER(raster_row)
{
	struct star_raster *r = &p->star->raster;

	if (!r->active || n < 3 || !make_buffer(p))
		return;
	uint8_t *row = r->bits + (size_t)r->rows * r->stride;
	const unsigned right = p->config.width_dots - r->right;
	for (size_t i = 3; i < n; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			const unsigned x = r->left + (unsigned)(i - 3) * 8 + bit;
			if (x < right && b[i] & 0x80u >> bit)
				row[x / 8] |= (uint8_t)(0x80u >> x % 8);
		}
	r->open = true;
	if (b[0] == 'b')
		next_row(p);
}

static void move_down(struct ph_emu_printer *p, unsigned dots)
{
	if (!make_buffer(p))
		return;
	while (dots-- > 0)
		next_row(p);
}

static void enter(struct ph_emu_printer *p)
{
	if (p->star->raster.active || p->page.active)
		return;
	emu_print_line(p, emu_line_spacing(p));
	p->x = 0;
	initial(p);
	p->star->raster.active = true;
}

static void quit(struct ph_emu_printer *p)
{
	if (!p->star->raster.active)
		return;
	execute(p, p->star->raster.eot);
	p->star->raster.active = false;
}

// a number in decimal digits, or one byte that is none
static unsigned number(const uint8_t *digits, size_t n)
{
	unsigned value = 0;

	if (n == 1 && (digits[0] < '0' || digits[0] > '9'))
		return digits[0];
	for (size_t i = 0; i < n && digits[i] >= '0' && digits[i] <= '9' && value < 65536; i++)
		value = value * 10 + (unsigned)(digits[i] - '0');
	return value;
}

static void set_margin(struct ph_emu_printer *p, uint8_t side, unsigned bytes)
{
	struct star_raster *r = &p->star->raster;

	if (bytes * 8 >= p->config.width_dots)
		return;
	if (side == 'l')
		r->left = bytes * 8;
	else if (side == 'r')
		r->right = bytes * 8;
}

// Settings and the drawer are ignored while data waits.
static void set(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	struct star_raster *r = &p->star->raster;

	if (has_data(r) || n < 6)
		return;
	switch (b[3]) {
	case 'E':
		r->eot = number(b + 4, n - 5);
		break;
	case 'F':
		r->ff = number(b + 4, n - 5);
		break;
	case 'e':
		r->em = number(b + 4, n - 5);
		break;
	case 'm':
		set_margin(p, b[4], number(b + 5, n - 6));
		break;
	case 'D':
		if (number(b + 4, n - 5) & 1)
			star_pulse(p, 1);
		if (number(b + 4, n - 5) & 2)
			star_pulse(p, 2);
		break;
	default: // P, Q, T, t, K: paper without end, quality, top margin, colour
		break;
	}
}

STAR_HANDLER(raster)
{
	switch (b[3]) {
	case 'A':
		enter(p);
		return;
	case 'B':
		quit(p);
		return;
	case 'C':
		clear(&p->star->raster);
		return;
	case 'R':
		initial(p);
		return;
	case 'Y':
		if (p->star->raster.active)
			move_down(p, number(b + 4, n - 5));
		return;
	default:
		if (p->star->raster.active)
			set(p, b, n);
	}
}

STAR_HANDLER(raster_execute)
{
	struct star_raster *r = &p->star->raster;

	if (!r->active)
		return;
	if (b[2] == 0x00)
		execute(p, r->ff);
	else if (b[2] == 0x04)
		execute(p, r->eot);
	else if (b[2] == 0x19)
		execute(p, r->em);
}
