// Bit images of a Star printer: columns and bands in the line, raster images as blocks.
#include <string.h>

#include "emulators/models/star_internal.h"

#define BAND_ROWS 24u

static void put(
	struct ph_emu_printer *p, struct ph_emu_canvas *picture, unsigned x_times, unsigned y_times)
{
	const unsigned room = emu_area(p) > p->x ? emu_area(p) - p->x : 0;
	struct ph_emu_canvas scaled;

	if (x_times > 1 || y_times > 1) {
		int r = ph_emu_canvas_scale(picture, x_times, y_times, &scaled);
		ph_emu_canvas_done(picture);
		if (r < 0)
			return;
		*picture = scaled;
	}
	// what reaches beyond the area is not printed
	if (!room)
		ph_emu_canvas_done(picture);
	else if (picture->width > room)
		picture->width = room;
	if (picture->bits)
		emu_put_strip(p, picture);
}

// ESC K: 8 dots of three rows each, doubled in width; ESC L: not doubled
STAR_HANDLER(bit_image)
{
	struct ph_emu_canvas c;

	if (emu_from_columns(&c, emu_le16(b + 2), 8, b + 4, n - 4) == 0)
		put(p, &c, b[1] == 'K' ? 2 : 1, 3);
}

// ESC X: three bytes a column
STAR_HANDLER(columns)
{
	struct ph_emu_canvas c;

	if (emu_from_columns(&c, emu_le16(b + 2), 24, b + 4, n - 4) == 0)
		put(p, &c, 1, 1);
}

// ESC k: 24 rows of so many bytes
STAR_HANDLER(band)
{
	struct ph_emu_canvas c;
	const unsigned bytes = emu_le16(b + 2);

	if (emu_from_rows(&c, bytes * 8, BAND_ROWS, b + 4, n - 4) == 0)
		put(p, &c, 1, 1);
}

// ESC GS S 1: a block, which the alignment moves
STAR_HANDLER(raster_image)
{
	const unsigned width = emu_le16(b + 4) * 8, height = emu_le16(b + 6);
	struct ph_emu_canvas c;

	if (!emu_is(b[3], 1)) {
		emu_refuse(p, "ESC GS S", "mode out of range");
		return;
	}
	if (p->config.dialect != PH_EMU_DIALECT_STARPRNT) {
		emu_refuse(p, "ESC GS S", "only StarPRNT has it");
		return;
	}
	emu_print_line(p, emu_line_spacing(p));
	p->x = 0;
	if (emu_from_rows(&c, width, height, b + 9, n - 9) < 0)
		return;
	if (c.width > emu_area(p))
		c.width = emu_area(p);
	struct ph_emu_item *item = emu_item(p, PH_EMU_ITEM_RASTER, "ESC GS S");
	if (item) {
		item->align = p->modes.align;
		item->width = (int)c.width;
		item->height = item->done = (int)c.height;
	}
	emu_block(p, &c);
	ph_emu_canvas_done(&c);
}
