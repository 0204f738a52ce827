// Bar codes as the printer draws them: position, height, text above and below the bars.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "emulators/models/barcode.h"
#include "emulators/models/printer_handlers.h"

#define HRI_GAP 4u /* dots between bars and text */

char *emu_readable(const uint8_t *data, size_t len)
{
	char *out = malloc(3 * len + 1);
	size_t n = 0;

	for (size_t i = 0; out && i < len;) {
		uint32_t c;
		int used = ph_utf8_decode((const char *)data + i, len - i, &c);
		n += (size_t)ph_utf8_encode(used < 0 || c == 0 ? PH_EMU_NO_CHARACTER : c, out + n);
		i += used < 0 ? 1 : (size_t)used;
	}
	if (out)
		out[n] = 0;
	return out;
}

// ---- settings ----

HANDLER(bar_height)
{
	if (b[2])
		p->modes.bar_height = b[2];
}

// 2 to 6 dots, 1 as well since hosts send it; 68 to 76 are half steps on some models
HANDLER(bar_module)
{
	if (b[2] >= 1 && b[2] <= 6)
		p->modes.bar_module2 = 2u * b[2];
	else if (b[2] >= 68 && b[2] <= 76)
		p->modes.bar_module2 = b[2] - 64u;
}

HANDLER(bar_hri)
{
	for (uint8_t i = 0; i <= 3; i++)
		if (emu_is(b[2], i))
			p->modes.bar_hri = i;
}

HANDLER(bar_font)
{
	for (uint8_t i = 0; i < USER_FONTS; i++)
		if (emu_is(b[2], i))
			p->modes.bar_font = (char)('a' + i);
	if (b[2] == 97 || b[2] == 98)
		p->modes.bar_font = (char)('a' + b[2] - 97);
}

// ---- the text of a bar code ----

struct drawing {
	struct ph_emu_printer *p;
	const struct ph_emu_bars *bars;
	struct ph_emu_canvas c;
	struct ph_emu_style style; /* of the text: no modes of the text around it */
	unsigned cell;		   /* width of a character */
	unsigned module2;	   /* half dots */
	unsigned left, width;	   /* dots: where the bars are */
};

// left edge of a module, dots from the first bar
static unsigned edge(const struct drawing *d, size_t module)
{
	return (unsigned)(module * d->module2 / 2);
}

static void draw_run(struct drawing *d, unsigned y, const char *text, size_t n, unsigned centre2)
{
	unsigned width = (unsigned)n * d->cell, at2 = 2 * d->left + centre2;
	unsigned x = at2 > width ? (at2 - width) / 2 : 0;

	for (size_t i = 0; i < n; i++)
		emu_draw_char(
			d->p, &d->c, x + (unsigned)i * d->cell, y, (uint8_t)text[i], &d->style);
}

// the start or stop character of Code 93: a hollow box in the middle of its cell
static void draw_small_box(struct drawing *d, unsigned y, unsigned centre)
{
	enum ph_emu_face face = emu_face(d->p, &d->style);
	unsigned w = d->cell / 2, h = ph_emu_face_height(face) / 3;
	unsigned x = d->left + centre - w / 2, top = y + (ph_emu_face_ascent(face) - h) / 2;

	ph_emu_canvas_fill(&d->c, x, top, w, 1);
	ph_emu_canvas_fill(&d->c, x, top + h - 1, w, 1);
	ph_emu_canvas_fill(&d->c, x, top, 1, h);
	ph_emu_canvas_fill(&d->c, x + w - 1, top, 1, h);
}

// characters on the inner points of one interval more than there are characters
static void draw_spread(struct drawing *d, unsigned y, size_t n)
{
	size_t boxes = d->bars->boxes ? 1 : 0, all = n + 2 * boxes;

	for (size_t i = 0; i < all; i++) {
		unsigned centre2 = (unsigned)(2 * (size_t)d->width * (i + 1) / (all + 1));
		if (boxes && (i == 0 || i + 1 == all))
			draw_small_box(d, y, centre2 / 2);
		else
			draw_run(d, y, d->bars->hri + i - boxes, 1, centre2);
	}
}

static void draw_hri(struct drawing *d, unsigned y)
{
	const char *text = d->bars->hri;
	size_t n = strlen(text), all = n + (d->bars->boxes ? 2 : 0);

	switch (d->bars->hri_style) {
	case PH_EMU_HRI_TWO_SIX:
		draw_run(d, y, text, 6, edge(d, 48));
		draw_run(d, y, text + 6, 6, edge(d, 142));
		return;
	case PH_EMU_HRI_TWO_FOUR:
		draw_run(d, y, text, 4, edge(d, 34));
		draw_run(d, y, text + 4, 4, edge(d, 100));
		return;
	case PH_EMU_HRI_SPREAD:
		if (n == 0 || d->width / (all + 1) < d->cell)
			break;
		draw_spread(d, y, n);
		return;
	case PH_EMU_HRI_CENTRED:
		break;
	}
	draw_run(d, y, text, n, d->width);
}

static unsigned bar_height(const struct drawing *d)
{
	unsigned height = d->p->modes.bar_height;
	unsigned least = edge(d, d->bars->min_height), most = edge(d, d->bars->max_height);

	if (height < least)
		height = least;
	return most && height > most ? most : height;
}

// text that is wider than the bars widens the block, as far as the paper goes
static unsigned block_width(const struct drawing *d)
{
	unsigned text = (unsigned)strlen(d->bars->hri) * d->cell, area = emu_area(d->p);

	if (d->p->modes.bar_hri == 0 || text <= d->width)
		return d->width;
	return text < area ? text : area;
}

// returns the height of the block, -ERANGE when the bars do not fit
static int draw_bars(struct ph_emu_printer *p, const struct ph_emu_bars *bars)
{
	struct drawing d = {.p = p,
		.bars = bars,
		.style = {.width = 1, .height = 1, .font = p->modes.bar_font},
		.module2 = p->modes.bar_module2};
	enum ph_emu_face face = emu_face(p, &d.style);
	unsigned text = ph_emu_face_height(face) + HRI_GAP;
	unsigned above = p->modes.bar_hri & 1 ? text : 0, below = p->modes.bar_hri & 2 ? text : 0;

	d.cell = ph_emu_face_width(face);
	d.width = edge(&d, bars->n_modules);
	if (d.width > emu_area(p))
		return -ERANGE;
	unsigned bar = bar_height(&d), width = block_width(&d);
	d.left = (width - d.width) / 2;
	int r = ph_emu_canvas_init(&d.c, width, above + bar + below);
	if (r < 0)
		return r;
	for (size_t i = 0; i < bars->n_modules; i++)
		if (bars->module[i])
			ph_emu_canvas_fill(&d.c, d.left + edge(&d, i), above,
				edge(&d, i + 1) - edge(&d, i), bar);
	if (above)
		draw_hri(&d, 0);
	if (below)
		draw_hri(&d, above + bar + HRI_GAP);
	struct ph_emu_item *item = emu_item(p, PH_EMU_ITEM_BARCODE, bars->name);
	if (item) {
		item->text = strdup(bars->data);
		item->align = p->modes.align;
		item->width = (int)d.width;
		item->height = item->done = (int)d.c.height;
		item->value = (int)(p->modes.bar_module2 / 2);
	}
	emu_block(p, &d.c);
	ph_emu_canvas_done(&d.c);
	return 0;
}

// what is not a symbol prints as text
static void print_as_text(struct ph_emu_printer *p, const uint8_t *data, size_t len)
{
	emu_refuse(p, "barcode", "data not allowed in this symbology, printed as text");
	for (size_t i = 0; i < len; i++)
		if (data[i] >= 0x20)
			emu_put_byte(p, data[i]);
}

void emu_barcode(struct ph_emu_printer *p, unsigned m, const uint8_t *data, size_t len)
{
	struct ph_emu_bars bars;

	emu_print_line(p, emu_line_spacing(p));
	int r = ph_emu_bars_encode(m, data, len, &bars);
	if (r == -ENOTSUP) {
		emu_refuse(p, "barcode", "symbology not modelled");
		return;
	}
	if (r < 0) {
		print_as_text(p, data, len);
		return;
	}
	if (draw_bars(p, &bars) < 0)
		emu_refuse(p, bars.name, "wider than the print area");
	if (!p->page.active)
		p->x = 0;
}

HANDLER(barcode)
{
	if (b[2] >= 65)
		emu_barcode(p, b[2], b + 4, n - 4);
	else
		emu_barcode(p, b[2], b + 3, n - 4);
}
