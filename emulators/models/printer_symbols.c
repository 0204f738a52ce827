// Bar codes and QR codes as the printer draws them: position, height, text below the bars.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <qrencode.h>

#include "base/utf8.h"
#include "emulators/models/barcode.h"
#include "emulators/models/printer_internal.h"

#define HRI_GAP 4u /* dots between bars and text */

static void refuse(struct ph_emu_printer *p, const char *what, const char *why)
{
	struct ph_emu_item *item = emu_item(p, PH_EMU_ITEM_REFUSED, what);
	if (item)
		item->text = strdup(why);
}

// ---- the text of a bar code ----

struct hri {
	struct ph_emu_printer *p;
	struct ph_emu_canvas *c;
	struct ph_emu_style style;
	unsigned y;
};

static void hri_run(const struct hri *h, const char *text, size_t n, unsigned centre2)
{
	unsigned cell = ph_emu_face_width(h->style.font == 'b' ? PH_EMU_FACE_B : PH_EMU_FACE_A);
	unsigned width = (unsigned)n * cell;
	unsigned x = centre2 > width ? (centre2 - width) / 2 : 0;

	for (size_t i = 0; i < n; i++)
		emu_draw_cell(
			h->p, h->c, x + (unsigned)i * cell, h->y, (uint8_t)text[i], &h->style);
}

static void draw_hri(const struct hri *h, const struct ph_emu_bars *bars, unsigned module)
{
	size_t n = strlen(bars->hri);
	unsigned cell = ph_emu_face_width(h->style.font == 'b' ? PH_EMU_FACE_B : PH_EMU_FACE_A);

	switch (bars->hri_style) {
	case PH_EMU_HRI_TWO_SIX:
		hri_run(h, bars->hri, 6, 48 * module);
		hri_run(h, bars->hri + 6, 6, 142 * module);
		return;
	case PH_EMU_HRI_TWO_FOUR:
		hri_run(h, bars->hri, 4, 34 * module);
		hri_run(h, bars->hri + 4, 4, 100 * module);
		return;
	case PH_EMU_HRI_SPREAD:
		if (n == 0 || h->c->width / (n + 1) < cell)
			break;
		for (size_t i = 0; i < n; i++)
			hri_run(h, bars->hri + i, 1,
				(unsigned)(2 * h->c->width * (i + 1) / (n + 1)));
		return;
	case PH_EMU_HRI_CENTRED:
		break;
	}
	hri_run(h, bars->hri, n, h->c->width);
}

static int draw_bars(struct ph_emu_printer *p, const struct ph_emu_bars *bars)
{
	unsigned module = p->modes.bar_module, width = (unsigned)bars->n_modules * module;
	enum ph_emu_face face = p->modes.bar_font == 'b' ? PH_EMU_FACE_B : PH_EMU_FACE_A;
	unsigned text = ph_emu_face_height(face) + HRI_GAP;
	unsigned above = p->modes.bar_hri & 1 ? text : 0, below = p->modes.bar_hri & 2 ? text : 0;
	unsigned height = above + p->modes.bar_height + below;
	struct ph_emu_canvas c;

	if (width > emu_area(p))
		return -ERANGE;
	int r = ph_emu_canvas_init(&c, width, height);
	if (r < 0)
		return r;
	for (unsigned i = 0; i < bars->n_modules; i++)
		if (bars->module[i])
			ph_emu_canvas_fill(&c, i * module, above, module, p->modes.bar_height);
	struct hri h = {p, &c, {.width = 1, .height = 1, .font = p->modes.bar_font}, 0};
	if (above)
		draw_hri(&h, bars, module);
	h.y = above + p->modes.bar_height + HRI_GAP;
	if (below)
		draw_hri(&h, bars, module);
	ph_emu_paper_draw(&p->paper, emu_block_x(p, width), &c);
	ph_emu_canvas_done(&c);
	return (int)height;
}

// what is not a symbol prints as text
static void print_as_text(struct ph_emu_printer *p, const uint8_t *data, size_t len)
{
	refuse(p, "barcode", "data not allowed in this symbology, printed as text");
	for (size_t i = 0; i < len; i++)
		if (data[i] >= 0x20)
			emu_put_byte(p, data[i]);
}

void emu_barcode(struct ph_emu_printer *p, unsigned m, const uint8_t *data, size_t len)
{
	struct ph_emu_bars bars;

	emu_print_line(p, p->modes.line_spacing);
	int r = ph_emu_bars_encode(m, data, len, &bars);
	if (r == -ENOTSUP) {
		refuse(p, "barcode", "symbology not modelled");
		return;
	}
	if (r < 0) {
		print_as_text(p, data, len);
		return;
	}
	int height = draw_bars(p, &bars);
	if (height < 0) {
		refuse(p, bars.name, "wider than the print area");
		return;
	}
	struct ph_emu_item *item = emu_item(p, PH_EMU_ITEM_BARCODE, bars.name);
	if (item) {
		item->text = strdup(bars.data);
		item->align = p->modes.align;
		item->width = (int)(bars.n_modules * p->modes.bar_module);
		item->height = height;
		item->value = (int)p->modes.bar_module;
	}
	emu_feed(p, height);
}

// ---- QR ----

static char *readable(const uint8_t *data, size_t len)
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

static QRcode *qr_make(struct ph_emu_printer *p)
{
	static const QRecLevel levels[] = {QR_ECLEVEL_L, QR_ECLEVEL_M, QR_ECLEVEL_Q, QR_ECLEVEL_H};
	if (p->modes.qr_len == 0)
		return NULL;
	return QRcode_encodeData(
		(int)p->modes.qr_len, p->modes.qr_data, 0, levels[(p->modes.qr_level - 48u) & 3u]);
}

static void qr_draw(struct ph_emu_printer *p, const QRcode *qr)
{
	unsigned module = p->modes.qr_module, size = (unsigned)qr->width * module;
	struct ph_emu_canvas c;

	if (size > emu_area(p)) {
		refuse(p, "QR", "wider than the print area");
		return;
	}
	if (ph_emu_canvas_init(&c, size, size) < 0)
		return;
	for (unsigned i = 0; i < (unsigned)(qr->width * qr->width); i++)
		if (qr->data[i] & 1)
			ph_emu_canvas_fill(&c, i % (unsigned)qr->width * module,
				i / (unsigned)qr->width * module, module, module);
	ph_emu_paper_draw(&p->paper, emu_block_x(p, size), &c);
	ph_emu_canvas_done(&c);
	struct ph_emu_item *item = emu_item(p, PH_EMU_ITEM_QR, "QR");
	if (item) {
		item->text = readable(p->modes.qr_data, p->modes.qr_len);
		item->align = p->modes.align;
		item->width = item->height = (int)size;
		item->value = (int)module;
	}
	emu_feed(p, (int)size);
}

static void qr_size(struct ph_emu_printer *p, const QRcode *qr)
{
	char out[40];
	unsigned size = qr ? (unsigned)qr->width * p->modes.qr_module : 0;
	bool fits = size > 0 && size <= emu_area(p);
	int n = snprintf(out, sizeof out,
		"76%u\x1F%u\x1F"
		"1\x1F%c",
		size, size, fits ? '0' : '1');
	// id of the answer, Epson reference GS ( k function 182: 37 36
	emu_reply(p, out, (size_t)n + 1);
}

static void qr_store(struct ph_emu_printer *p, const uint8_t *data, size_t len)
{
	if (len > QR_MAX) {
		refuse(p, "QR", "more data than a symbol holds");
		p->modes.qr_len = 0;
		return;
	}
	memcpy(p->modes.qr_data, data, len);
	p->modes.qr_len = len;
}

static void qr_with_symbol(struct ph_emu_printer *p, uint8_t fn)
{
	if (fn == 81)
		emu_print_line(p, p->modes.line_spacing);
	QRcode *qr = qr_make(p);
	if (fn == 82)
		qr_size(p, qr);
	else if (qr)
		qr_draw(p, qr);
	else
		refuse(p, "QR",
			p->modes.qr_len ? "more data than a symbol holds" : "nothing stored");
	QRcode_free(qr);
}

static void qr(struct ph_emu_printer *p, const uint8_t *args, size_t len)
{
	uint8_t fn = args[1], n = len > 2 ? args[2] : 0;

	switch (fn) {
	case 65:
		p->modes.qr_model = n;
		break;
	case 67:
		if (n >= 1 && n <= 16)
			p->modes.qr_module = n;
		break;
	case 69:
		if (n >= 48 && n <= 51)
			p->modes.qr_level = n;
		break;
	case 80:
		if (len >= 3)
			qr_store(p, args + 3, len - 3);
		break;
	case 81:
	case 82:
		qr_with_symbol(p, fn);
		break;
	}
}

void emu_symbol_2d(struct ph_emu_printer *p, const uint8_t *args, size_t len)
{
	if (len < 2)
		return;
	if (args[0] == 49 && (p->config.answers & PH_EMU_ANSWER_SYMBOL))
		qr(p, args, len);
	else if (args[1] == 81)
		refuse(p, "symbol", "this printer does not draw the symbology");
}
