// Bit images: GS v 0 row by row as the bytes arrive, ESC * as part of the line, GS ( L 112 and 50
// through the graphics buffer. Stored graphics are not modelled.
#include <string.h>

#include "emulators/models/printer_internal.h"

static void row_done(struct ph_emu_printer *p)
{
	struct ph_emu_canvas c;
	unsigned dots = (unsigned)p->raster.row_bytes * 8 * p->raster.x_scale;
	unsigned width = dots < emu_area(p) ? dots : emu_area(p);

	if (width && ph_emu_canvas_init(&c, width, p->raster.y_scale) == 0) {
		for (unsigned x = 0; x < width; x++) {
			unsigned from = x / p->raster.x_scale;
			if (p->raster.row[from / 8] & 0x80u >> (from % 8))
				ph_emu_canvas_fill(&c, x, 0, 1, p->raster.y_scale);
		}
		ph_emu_paper_draw(&p->paper, emu_block_x(p, width), &c);
		ph_emu_canvas_done(&c);
	}
	p->raster.row_len = 0;
	p->raster.rows_done++;
	emu_feed(p, (int)p->raster.y_scale);
}

void emu_raster_start(struct ph_emu_printer *p, const uint8_t *head)
{
	unsigned m = head[3] & 0x0F;
	size_t bytes = head[4] | (size_t)head[5] << 8;
	unsigned rows = head[6] | (unsigned)head[7] << 8;

	if (head[2] != '0' || bytes == 0 || rows == 0)
		return;
	emu_print_line(p, p->modes.line_spacing);
	p->raster.row_bytes = bytes;
	p->raster.rows_left = rows;
	p->raster.rows_done = 0;
	p->raster.row_len = 0;
	p->raster.x_scale = m & 1 ? 2 : 1;
	p->raster.y_scale = m & 2 ? 2 : 1;
	struct ph_emu_item *item = emu_item(p, PH_EMU_ITEM_RASTER, "GS v 0");
	if (item) {
		item->align = p->modes.align;
		item->width = (int)(bytes * 8 * p->raster.x_scale);
		item->height = (int)(rows * p->raster.y_scale);
	}
	p->mode = PARSE_ROWS;
}

void emu_raster_byte(struct ph_emu_printer *p, uint8_t byte)
{
	p->raster.row[p->raster.row_len++] = byte;
	if (p->raster.row_len < p->raster.row_bytes)
		return;
	row_done(p);
	if (--p->raster.rows_left == 0)
		p->mode = PARSE_IDLE;
}

// m 0 and 1: 8 dots high, each three rows tall on this head; 32 and 33: 24 dots
void emu_bit_image(struct ph_emu_printer *p, const uint8_t *args, size_t len)
{
	uint8_t m = args[0];
	bool tall = m == 32 || m == 33;
	unsigned x_scale = m == 0 || m == 32 ? 2 : 1;
	size_t columns = args[1] | (size_t)args[2] << 8;
	const uint8_t *data = args + 3;
	unsigned room = emu_area(p) > p->x ? emu_area(p) - p->x : 0;
	unsigned width = (unsigned)columns * x_scale < room ? (unsigned)columns * x_scale : room;
	struct strip *s = &p->strips[p->n_strips];

	if ((m > 1 && !tall) || width == 0 || p->n_strips == MAX_STRIPS)
		return;
	s->x = p->x;
	if (ph_emu_canvas_init(&s->picture, width, 24) < 0)
		return;
	for (unsigned x = 0; x < width; x++)
		for (unsigned y = 0; y < 24; y++) {
			unsigned bit = tall ? y : y / 3, column = x / x_scale;
			size_t at = tall ? (size_t)column * 3 + bit / 8 : column;
			if (at < len - 3 && (data[at] & 0x80u >> (bit % 8)))
				ph_emu_canvas_dot(&s->picture, x, y);
		}
	p->n_strips++;
	p->x += width;
}

// a 48, fn 112, tone, bx, by, colour, xL xH yL yH, rows of (x + 7) / 8 bytes
static void graphics_store(struct ph_emu_printer *p, const uint8_t *args, size_t len)
{
	unsigned bx = args[3], by = args[4];
	unsigned x = args[6] | (unsigned)args[7] << 8, y = args[8] | (unsigned)args[9] << 8;
	size_t stride = (x + 7) / 8;
	const uint8_t *data = args + 10;

	ph_emu_canvas_done(&p->graphics);
	if (bx < 1 || bx > 2 || by < 1 || by > 2 || x == 0 || y == 0 || len - 10 < stride * y)
		return;
	unsigned width = x * bx < p->config.width_dots ? x * bx : p->config.width_dots;
	if (ph_emu_canvas_init(&p->graphics, width, y * by) < 0)
		return;
	for (unsigned row = 0; row < y; row++)
		for (unsigned col = 0; col * bx < width; col++)
			if (data[row * stride + col / 8] & 0x80u >> (col % 8))
				ph_emu_canvas_fill(&p->graphics, col * bx, row * by, bx, by);
}

static void graphics_print(struct ph_emu_printer *p)
{
	struct ph_emu_canvas *c = &p->graphics;

	if (!c->bits)
		return;
	emu_print_line(p, p->modes.line_spacing);
	struct ph_emu_item *item = emu_item(p, PH_EMU_ITEM_RASTER, "GS ( L");
	if (item) {
		item->align = p->modes.align;
		item->width = (int)c->width;
		item->height = (int)c->height;
	}
	ph_emu_paper_draw(&p->paper, emu_block_x(p, c->width), c);
	emu_feed(p, (int)c->height);
	ph_emu_canvas_done(c);
}

bool emu_graphics(struct ph_emu_printer *p, const uint8_t *args, size_t len)
{
	if (len >= 10 && args[0] == 48 && args[1] == 112 && args[5] == 49)
		graphics_store(p, args, len);
	else if (len == 2 && args[0] == 48 && (args[1] == 50 || args[1] == 2))
		graphics_print(p);
	else
		return false;
	return true;
}
