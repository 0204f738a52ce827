// Bit images that are printed as they are sent: GS v 0 row by row as the bytes arrive, ESC * as part of
// the line, GS ( L 112 and 113 through the graphics buffer, GS * and GS Q 0. What is kept under a key or
// in the NV memory is in printer_stored.c.
#include <errno.h>
#include <string.h>

#include "emulators/models/printer_handlers.h"

#define GRAPHICS_MAX_X	      8192u
#define GRAPHICS_MAX_Y	      2400u
#define GRAPHICS_MAX_COLUMN_X 2048u
#define GRAPHICS_MAX_COLUMN_Y 128u
#define DOWN_IMAGE_MAX	      1536u /* x * y of GS * */

// ---- GS v 0 ----

static struct ph_emu_item *raster_item(struct ph_emu_printer *p)
{
	struct ph_emu_paper *paper = p->page.active ? &p->page.record : &p->paper;
	return p->raster.item < paper->n_items ? &paper->items[p->raster.item] : NULL;
}

static void draw_row(struct ph_emu_printer *p)
{
	struct ph_emu_canvas c;
	unsigned room = emu_area(p) - (p->page.active ? p->x : 0);
	unsigned dots = (unsigned)p->raster.row_bytes * 8 * p->raster.x_scale;
	unsigned width = dots < room ? dots : room;

	if (!width || ph_emu_canvas_init(&c, width, p->raster.y_scale) < 0)
		return;
	for (unsigned y = 0; y < p->raster.y_scale; y++) {
		if (p->raster.x_scale == 1)
			ph_emu_canvas_or_row(&c, 0, y, p->raster.row, p->raster.row_bytes);
		for (unsigned x = 0; x < width && p->raster.x_scale == 2; x++)
			if (p->raster.row[x / 16] & 0x80u >> (x / 2 % 8))
				ph_emu_canvas_dot(&c, x, y);
	}
	int x = (int)(p->page.active ? p->x : emu_block_x(p, width));
	emu_place(p, x, &c, p->modes.style.colour);
	ph_emu_canvas_done(&c);
}

static void row_done(struct ph_emu_printer *p)
{
	p->raster.row_len = 0;
	if (p->raster.hidden)
		return;
	struct ph_emu_item *item = raster_item(p);
	draw_row(p);
	p->raster.rows_done++;
	if (item)
		item->done = (int)(p->raster.rows_done * p->raster.y_scale);
	emu_advance(p, (int)p->raster.y_scale);
}

static void add_raster_item(
	struct ph_emu_printer *p, const char *name, unsigned width, unsigned height)
{
	struct ph_emu_item *item = emu_item(p, PH_EMU_ITEM_RASTER, name);
	if (!item)
		return;
	item->align = p->modes.align;
	item->width = (int)width;
	item->height = item->done = (int)height;
}

void emu_raster_start(struct ph_emu_printer *p, const uint8_t *head)
{
	unsigned m = head[3] & 0x0F;
	size_t bytes = emu_le16(head + 4);
	unsigned rows = emu_le16(head + 6);
	bool known = head[3] <= 3 || (head[3] >= 48 && head[3] <= 51);

	if (bytes == 0 || rows == 0)
		return;
	p->raster.row_bytes = bytes;
	p->raster.rows_left = rows;
	p->raster.rows_done = 0;
	p->raster.row_len = 0;
	p->raster.x_scale = m & 1 ? 2 : 1;
	p->raster.y_scale = m & 2 ? 2 : 1;
	p->raster.hidden = !known || !emu_line_empty(p);
	p->raster.item = SIZE_MAX;
	p->mode = PARSE_ROWS;
	if (p->raster.hidden) {
		emu_refuse(p, "GS v 0",
			known ? "only with an empty line buffer" : "mode out of range");
		return;
	}
	add_raster_item(
		p, "GS v 0", (unsigned)bytes * 8 * p->raster.x_scale, rows * p->raster.y_scale);
	const struct ph_emu_paper *paper = p->page.active ? &p->page.record : &p->paper;
	p->raster.item = paper->n_items - 1;
	struct ph_emu_item *item = raster_item(p);
	if (item)
		item->done = 0;
}

void emu_raster_byte(struct ph_emu_printer *p, uint8_t byte)
{
	p->raster.row[p->raster.row_len++] = byte;
	if (p->raster.row_len < p->raster.row_bytes)
		return;
	row_done(p);
	if (--p->raster.rows_left > 0)
		return;
	p->mode = PARSE_IDLE;
	if (!p->raster.hidden)
		p->x = 0;
	p->swallow_lf = p->config.deviations & PH_EMU_DEVIATION_LF_AFTER_RASTER;
}

HANDLER(raster)
{
	if (b[2] != '0')
		emu_report(p, PH_EMU_ITEM_UNKNOWN, NULL);
	else
		emu_raster_start(p, b);
}

// ---- pictures from data ----

int emu_from_rows(struct ph_emu_canvas *c, unsigned x, unsigned y, const uint8_t *data, size_t len)
{
	size_t stride = (x + 7) / 8;
	if (x == 0 || y == 0 || len < stride * y)
		return -EINVAL;
	int r = ph_emu_canvas_init(c, x, y);
	for (unsigned row = 0; r == 0 && row < y; row++)
		ph_emu_canvas_or_row(c, 0, row, data + row * stride, stride);
	return r;
}

int emu_from_columns(
	struct ph_emu_canvas *c, unsigned x, unsigned y, const uint8_t *data, size_t len)
{
	size_t bytes = (y + 7) / 8;
	if (x == 0 || y == 0 || len < bytes * x)
		return -EINVAL;
	int r = ph_emu_canvas_init(c, x, y);
	for (unsigned col = 0; r == 0 && col < x; col++)
		for (unsigned row = 0; row < y; row++)
			if (data[col * bytes + row / 8] & 0x80u >> (row % 8))
				ph_emu_canvas_dot(c, col, row);
	return r;
}

// ---- ESC * ----

// m 0 and 1: 8 dots high, each three rows tall on this head; 32 and 33: 24 dots
void emu_bit_image(struct ph_emu_printer *p, const uint8_t *args, size_t len)
{
	uint8_t m = args[0];
	bool tall = m == 32 || m == 33;
	unsigned x_scale = m == 0 || m == 32 ? 2 : 1;
	unsigned columns = emu_le16(args + 1);
	unsigned room = emu_area(p) > p->x ? emu_area(p) - p->x : 0;
	struct ph_emu_canvas picture, scaled;

	if (m > 1 && !tall) {
		emu_refuse(p, "ESC *", "mode out of range");
		return;
	}
	// what reaches beyond the area is not printed
	if (columns > (room + x_scale - 1) / x_scale)
		columns = (room + x_scale - 1) / x_scale;
	if (emu_from_columns(&picture, columns, tall ? 24 : 8, args + 3, len - 3) < 0)
		return;
	int r = ph_emu_canvas_scale(&picture, x_scale, tall ? 1 : 3, &scaled);
	ph_emu_canvas_done(&picture);
	if (r == 0)
		emu_put_strip(p, &scaled);
}

HANDLER(bit_image)
{
	emu_bit_image(p, b + 2, n - 2);
}

// ---- printing a picture as a block ----

static void place_plane(
	struct ph_emu_printer *p, const struct ph_emu_canvas *plane, unsigned colour, bool turns)
{
	unsigned width = plane->width < emu_area(p) ? plane->width : emu_area(p);
	int x = (int)(p->page.active ? p->x : emu_block_x(p, width));
	struct ph_emu_canvas copy;

	// what is wider than the area is cut off at the right, never wrapped around
	if (ph_emu_canvas_init(&copy, width, plane->height) < 0)
		return;
	ph_emu_canvas_blit(&copy, 0, 0, plane);
	if (turns) {
		ph_emu_canvas_rotate180(&copy);
		x = (int)p->config.width_dots - x - (int)width;
	}
	emu_place(p, x, &copy, colour);
	ph_emu_canvas_done(&copy);
}

static void print_planes(struct ph_emu_printer *p, const struct ph_emu_canvas plane[static 2],
	const char *name, bool may_turn)
{
	unsigned width = 0, height = 0;
	bool turns = may_turn && p->modes.style.upside_down && !p->page.active;

	emu_print_line(p, emu_line_spacing(p));
	for (unsigned i = 0; i < 2; i++) {
		width = plane[i].width > width ? plane[i].width : width;
		height = plane[i].height > height ? plane[i].height : height;
	}
	add_raster_item(p, name, width, height);
	for (unsigned i = 0; i < 2; i++)
		if (plane[i].bits)
			place_plane(p, &plane[i], i + 1, turns);
	emu_advance(p, (int)height);
	if (!p->page.active)
		p->x = 0;
}

void emu_print_planes(struct ph_emu_printer *p, const struct ph_emu_canvas plane[static 2],
	unsigned x_times, unsigned y_times, const char *name)
{
	struct ph_emu_canvas scaled[2] = {0};

	for (unsigned i = 0; i < 2; i++)
		if (plane[i].bits)
			ph_emu_canvas_scale(&plane[i], x_times, y_times, &scaled[i]);
	if (scaled[0].bits || scaled[1].bits)
		print_planes(p, scaled, name, true);
	ph_emu_canvas_done(&scaled[0]);
	ph_emu_canvas_done(&scaled[1]);
}

void emu_print_image(
	struct ph_emu_printer *p, const struct ph_emu_canvas *image, uint8_t m, const char *name)
{
	struct ph_emu_canvas planes[2] = {*image, {0}};

	if (m > 3 && (m < 48 || m > 51)) {
		emu_refuse(p, name, "mode out of range");
		return;
	}
	if (!image->bits) {
		emu_refuse(p, name, "no such image");
		return;
	}
	emu_print_planes(p, planes, m & 1 ? 2 : 1, m & 2 ? 2 : 1, name);
}

// ---- GS * and GS /, GS Q 0 ----

void emu_down_image(struct ph_emu_printer *p, const uint8_t *args, size_t len)
{
	unsigned x = args[0], y = args[1];
	struct ph_emu_canvas c;

	if (x < 1 || y < 1 || y > 48 || x * y > DOWN_IMAGE_MAX) {
		emu_refuse(p, "GS *", "size out of range");
		return;
	}
	if (emu_from_columns(&c, x * 8, y * 8, args + 2, len - 2) < 0)
		return;
	ph_emu_canvas_done(&p->down_image);
	p->down_image = c;
}

HANDLER(down_image)
{
	emu_down_image(p, b + 2, n - 2);
}

HANDLER(print_down_image)
{
	emu_print_image(p, &p->down_image, b[2], "GS /");
}

// x dots wide, y bytes high, columns
void emu_variable_image(struct ph_emu_printer *p, const uint8_t *args, size_t len)
{
	unsigned x = emu_le16(args + 1), y = emu_le16(args + 3);
	uint8_t m = args[0];
	struct ph_emu_canvas c, planes[2] = {0};

	if (x < 1 || x > 4256 || y < 1 || y > 16 || (m > 3 && (m < 48 || m > 51))) {
		emu_refuse(p, "GS Q 0", "mode or size out of range");
		return;
	}
	if (!emu_line_empty(p)) {
		emu_refuse(p, "GS Q 0", "only with an empty line buffer");
		return;
	}
	if (emu_from_columns(&c, x, y * 8, args + 5, len - 5) < 0)
		return;
	if (ph_emu_canvas_scale(&c, m & 1 ? 2 : 1, m & 2 ? 2 : 1, &planes[0]) == 0)
		print_planes(p, planes, "GS Q 0", false);
	ph_emu_canvas_done(&planes[0]);
	ph_emu_canvas_done(&c);
}

HANDLER(variable_image)
{
	if (b[2] != '0')
		emu_report(p, PH_EMU_ITEM_UNKNOWN, NULL);
	else
		emu_variable_image(p, b + 3, n - 3);
}

// ---- GS ( L 112, 113, 50 ----

// a 48, fn, tone, bx, by, colour, xL xH yL yH, then rows (112) or columns (113) of packed dots
static void graphics_store(struct ph_emu_printer *p, const uint8_t *args, size_t len)
{
	uint8_t tone = args[2], bx = args[3], by = args[4], colour = args[5];
	unsigned x = emu_le16(args + 6), y = emu_le16(args + 8);
	bool rows = args[1] == 112;
	unsigned max_x = rows ? GRAPHICS_MAX_X : GRAPHICS_MAX_COLUMN_X;
	unsigned max_y = rows ? GRAPHICS_MAX_Y : GRAPHICS_MAX_COLUMN_Y;
	struct ph_emu_canvas c, scaled;

	if (bx < 1 || bx > 2 || by < 1 || by > 2 || x > max_x || y > max_y || colour < 49 ||
		colour > 52 || (tone != 48 && tone != 52) || x * bx > PH_EMU_CANVAS_MAX_WIDTH) {
		emu_refuse(p, "GS ( L", "size, scale, tone or colour out of range");
		return;
	}
	int r = rows ? emu_from_rows(&c, x, y, args + 10, len - 10)
		     : emu_from_columns(&c, x, y, args + 10, len - 10);
	if (r < 0) {
		emu_refuse(p, "GS ( L", "fewer bytes than the size says");
		return;
	}
	r = ph_emu_canvas_scale(&c, bx, by, &scaled);
	ph_emu_canvas_done(&c);
	if (r < 0)
		return;
	// the planes of a multi-tone picture are one black picture on a head that knows no grey
	struct ph_emu_canvas *to = &p->graphics[tone == 48 && colour != 49];
	if (tone == 52 && colour != 49 && to->bits) {
		ph_emu_canvas_blit(to, 0, 0, &scaled);
		ph_emu_canvas_done(&scaled);
		return;
	}
	ph_emu_canvas_done(to);
	*to = scaled;
}

static void graphics_print(struct ph_emu_printer *p)
{
	if (!p->graphics[0].bits && !p->graphics[1].bits)
		return;
	print_planes(p, p->graphics, "GS ( L", false);
	ph_emu_canvas_done(&p->graphics[0]);
	ph_emu_canvas_done(&p->graphics[1]);
}

bool emu_graphics(struct ph_emu_printer *p, const uint8_t *args, size_t len)
{
	if (len < 2 || args[0] != 48)
		return false;
	uint8_t fn = args[1];
	if (fn == 112 || fn == 113) {
		if (len >= 11)
			graphics_store(p, args, len);
	} else if (fn == 50 || fn == 2) {
		graphics_print(p);
	} else if (fn != 49 && fn != 1) {
		// the density of fn 49 is that of the head, whatever is asked for
		return emu_stored(p, args, len);
	}
	return true;
}

HANDLER(graphics)
{
	if (!emu_graphics(p, b + 5, n - 5))
		emu_report(p, PH_EMU_ITEM_CONSUMED, "GS ( L");
}

HANDLER(large_graphics)
{
	if (b[2] != 'L')
		emu_report(p, PH_EMU_ITEM_UNKNOWN, NULL);
	else if (!emu_graphics(p, b + 7, n - 7))
		emu_report(p, PH_EMU_ITEM_CONSUMED, "GS 8 L");
}
