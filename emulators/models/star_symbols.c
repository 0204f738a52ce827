// Bar codes, QR codes and PDF417 as a Star printer draws them.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "emulators/models/barcode.h"
#include "emulators/models/barcode_matrix.h"
#include "emulators/models/star_internal.h"

#define HRI_GAP	   4u /* dots between bars and text */
#define QR_MAX	   7089u
#define PDF417_MAX 1024u

void star_symbols_done(struct ph_emu_printer *p)
{
	free(p->star->qr.data);
	free(p->star->pdf417.data);
	p->star->qr = (struct star_qr){0};
	p->star->pdf417 = (struct star_pdf417){0};
}

void star_symbols_init(struct ph_emu_printer *p)
{
	star_symbols_done(p);
	p->star->qr = (struct star_qr){.model = 2, .cell = 3};
	p->star->pdf417 =
		(struct star_pdf417){.p1 = 1, .p2 = 2, .level = 1, .module = 2, .ratio = 3};
}

// The block stands where the position was set to, else by alignment.
static void place(struct ph_emu_printer *p, struct ph_emu_canvas *c, unsigned at)
{
	int x = (int)(at ? p->modes.margin + at : emu_block_x(p, c->width));

	if (p->page.active)
		x = (int)at;
	if (p->modes.style.upside_down && !p->page.active) {
		ph_emu_canvas_rotate180(c);
		x = (int)p->config.width_dots - x - (int)c->width;
	}
	emu_place(p, x, c, p->modes.style.colour);
	emu_advance(p, (int)c->height);
	p->x = 0;
}

// What stands in the line is printed first; a position set in an empty line is kept for the symbol.
static unsigned begin(struct ph_emu_printer *p)
{
	unsigned at = emu_line_empty(p) ? p->x : 0;

	emu_print_line(p, emu_line_spacing(p));
	return at;
}

// ---- bar codes ----

// n3 of ESC b: dots of a narrow and a wide element; wide 0 where elements are counted in modules
static bool element_widths(uint8_t n1, uint8_t n3, unsigned *ret_narrow, unsigned *ret_wide)
{
	static const uint8_t code39[9][2] = {
		{2, 6}, {3, 9}, {4, 12}, {2, 5}, {3, 8}, {4, 10}, {2, 4}, {3, 6}, {4, 8}};
	static const uint8_t itf[9][2] = {
		{2, 5}, {4, 10}, {6, 15}, {2, 4}, {4, 8}, {6, 12}, {2, 6}, {3, 9}, {4, 12}};
	const bool two = n1 == 4 || n1 == 5 || n1 == 8;

	n3 = n3 >= '0' ? (uint8_t)(n3 - '0') : n3;
	if (n3 < 1 || n3 > (two ? 9 : 3))
		return false;
	const uint8_t *widths = (n1 == 5 ? itf : code39)[n3 - 1u];
	*ret_narrow = two ? widths[0] : n3 + 1u;
	*ret_wide = two ? widths[1] : 0;
	return true;
}

// The escapes of Code 128 become what the bars hold; FNC1 in front makes it GS1-128.
static size_t unescape(const uint8_t *data, size_t len, uint8_t *out, bool *ret_gs1)
{
	size_t n = 0;

	*ret_gs1 = false;
	for (size_t i = 0; i < len; i++) {
		if (data[i] != '%' || i + 1 == len) {
			out[n++] = data[i];
			continue;
		}
		const uint8_t c = data[++i];
		if (c == '0')
			out[n++] = '%';
		else if (c == '5')
			out[n++] = 0x7f;
		else if (c == '1' && n == 0)
			*ret_gs1 = true;
		else if (c == '1' && *ret_gs1)
			out[n++] = 0x1d; // FNC1 between elements reads as GS
		else if (c >= 0x40 && c <= 0x5f)
			out[n++] = (uint8_t)(c - 0x40);
	}
	return n;
}

// Odd ITF gets a leading 0.
static size_t pad_itf(uint8_t *data, size_t len)
{
	if (len % 2 == 0)
		return len;
	memmove(data + 1, data, len);
	data[0] = '0';
	return len + 1;
}

static int encode(uint8_t n1, const uint8_t *data, size_t len, struct ph_emu_bars *ret_bars)
{
	/* the numbers of GS k with the same symbology */
	static const uint8_t as_gs_k[] = {66, 65, 68, 67, 69, 70, 79, 72, 71, 74, 75, 76, 77, 78};
	uint8_t copy[PH_EMU_BARS_MAX_TEXT + 1];
	unsigned m = as_gs_k[n1];
	bool gs1 = false;

	if (len == 0 || len > PH_EMU_BARS_MAX_TEXT)
		return -EINVAL;
	if (n1 == 6)
		len = unescape(data, len, copy, &gs1);
	else
		memcpy(copy, data, len);
	if (n1 == 5)
		len = pad_itf(copy, len);
	return ph_emu_bars_encode(gs1 ? 74 : m, copy, len, ret_bars);
}

static unsigned width_of(const struct ph_emu_bars *bars, unsigned narrow, unsigned wide, size_t end)
{
	unsigned dots = 0;

	for (size_t i = 0; i < end;) {
		size_t run = 1;
		while (i + run < bars->n_modules && bars->module[i + run] == bars->module[i])
			run++;
		if (wide)
			dots += run > 1 ? wide : narrow;
		else
			dots += (unsigned)run * narrow;
		i += run;
	}
	return dots;
}

static void draw_bars(struct ph_emu_canvas *c, const struct ph_emu_bars *bars, unsigned left,
	unsigned narrow, unsigned wide, unsigned height)
{
	unsigned x = left;

	for (size_t i = 0; i < bars->n_modules;) {
		size_t run = 1;
		while (i + run < bars->n_modules && bars->module[i + run] == bars->module[i])
			run++;
		const unsigned dots = !wide ? (unsigned)run * narrow : run > 1 ? wide : narrow;
		if (bars->module[i])
			ph_emu_canvas_fill(c, x, 0, dots, height);
		x += dots;
		i += run;
	}
}

struct drawing {
	unsigned narrow, wide, height;
	bool text;
};

static int draw(struct ph_emu_printer *p, const struct ph_emu_bars *bars, const struct drawing *d,
	unsigned at)
{
	const struct ph_emu_style style = {.width = 1, .height = 1, .font = 'a', .colour = 1};
	const unsigned cell = ph_emu_face_width(PH_EMU_FACE_A);
	const unsigned width = width_of(bars, d->narrow, d->wide, bars->n_modules);
	const unsigned letters = d->text ? (unsigned)strlen(bars->hri) : 0;
	const unsigned all = letters * cell > width ? letters * cell : width;
	const unsigned text = d->text ? HRI_GAP + ph_emu_face_height(PH_EMU_FACE_A) : 0;
	struct ph_emu_canvas c;

	if (at + width > emu_area(p))
		return -ERANGE;
	int r = ph_emu_canvas_init(&c, all < emu_area(p) ? all : emu_area(p), d->height + text);
	if (r < 0)
		return r;
	draw_bars(&c, bars, (c.width - width) / 2, d->narrow, d->wide, d->height);
	const unsigned left = letters * cell < c.width ? (c.width - letters * cell) / 2 : 0;
	for (unsigned i = 0; i < letters; i++)
		emu_draw_char(
			p, &c, left + i * cell, d->height + HRI_GAP, (uint8_t)bars->hri[i], &style);
	struct ph_emu_item *item = emu_item(p, PH_EMU_ITEM_BARCODE, bars->name);
	if (item) {
		item->text = strdup(bars->data);
		item->align = p->modes.align;
		item->width = (int)width;
		item->height = item->done = (int)c.height;
		item->value = (int)d->narrow;
	}
	/* text that is wider than the bars reaches to both sides of them */
	const unsigned over = (c.width - width) / 2;
	place(p, &c, at > over ? at - over : at);
	ph_emu_canvas_done(&c);
	return 0;
}

// What is out of range is thrown away with its data.
STAR_HANDLER(barcode)
{
	const uint8_t n1 = b[2] >= '0' ? (uint8_t)(b[2] - '0') : b[2];
	struct drawing d = {.height = b[5]};
	struct ph_emu_bars bars;

	if (n < 8 || n1 > 13 || (n1 > 9 && p->config.dialect != PH_EMU_DIALECT_STARPRNT) ||
		!element_widths(n1, b[4], &d.narrow, &d.wide) || !d.height) {
		emu_refuse(p, "barcode", "a parameter is out of range");
		return;
	}
	d.text = emu_is(b[3], 2) || emu_is(b[3], 4);
	unsigned at = begin(p);
	if (encode(n1, b + 6, n - 7, &bars) < 0) {
		emu_refuse(p, "barcode", "data not allowed in this symbology");
		return;
	}
	if (draw(p, &bars, &d, at) < 0)
		emu_refuse(p, bars.name, "wider than the print area");
}

// ---- two-dimensional ----

static void store(uint8_t **data, size_t *data_len, const uint8_t *from, size_t len)
{
	free(*data);
	*data = malloc(len ? len : 1);
	*data_len = *data ? len : 0;
	if (*data)
		memcpy(*data, from, len);
}

static int render(const struct ph_emu_matrix_spec *spec, unsigned module, unsigned row_dots,
	struct ph_emu_canvas *ret_canvas)
{
	struct ph_emu_matrix sym;
	int r = ph_emu_matrix_encode(spec, &sym);

	if (r < 0)
		return r;
	r = ph_emu_canvas_init(ret_canvas, sym.width * module, sym.rows * row_dots);
	for (unsigned y = 0; r == 0 && y < sym.rows; y++)
		for (unsigned x = 0; x < sym.width; x++)
			if (sym.module[(size_t)y * sym.width + x])
				ph_emu_canvas_fill(
					ret_canvas, x * module, y * row_dots, module, row_dots);
	ph_emu_matrix_done(&sym);
	return r;
}

static int render_qr(const struct star_qr *qr, struct ph_emu_canvas *ret_canvas)
{
	const struct ph_emu_matrix_spec spec = {.kind = PH_EMU_MATRIX_QR,
		.data = qr->data,
		.len = qr->len,
		.level = (int)qr->level};

	return qr->len ? render(&spec, qr->cell, qr->cell, ret_canvas) : -EINVAL;
}

static int render_pdf417(const struct star_pdf417 *pdf, struct ph_emu_canvas *ret_canvas)
{
	const struct ph_emu_matrix_spec spec = {.kind = PH_EMU_MATRIX_PDF417,
		.data = pdf->data,
		.len = pdf->len,
		.level = (int)pdf->level,
		.columns = pdf->fixed ? pdf->p2 : 0,
		.rows = pdf->fixed ? pdf->p1 : 0,
		.row_height = pdf->ratio};

	return pdf->len ? render(&spec, pdf->module, pdf->module * pdf->ratio, ret_canvas)
			: -EINVAL;
}

static void print(struct ph_emu_printer *p, int r, struct ph_emu_canvas *c,
	const struct ph_emu_matrix_spec *data, unsigned at)
{
	const bool qr = data->kind == PH_EMU_MATRIX_QR;
	const char *name = qr ? "QR" : "PDF417";

	if (r < 0) {
		emu_refuse(p, name, "data or settings do not make a symbol");
		return;
	}
	if (at + c->width > emu_area(p)) {
		emu_refuse(p, name, "wider than the print area");
	} else {
		struct ph_emu_item *item =
			emu_item(p, qr ? PH_EMU_ITEM_QR : PH_EMU_ITEM_SYMBOL, name);
		if (item) {
			item->text = emu_readable(data->data, data->len);
			item->align = p->modes.align;
			item->width = (int)c->width;
			item->height = item->done = (int)c->height;
			item->value = (int)data->columns;
		}
		place(p, c, at);
	}
	ph_emu_canvas_done(c);
}

// the size in dots, 0 for a symbol that cannot be printed
static void answer_size(struct ph_emu_printer *p, const uint8_t *b, int r, struct ph_emu_canvas *c)
{
	unsigned width = 0, height = 0;

	if (r == 0) {
		width = c->width <= emu_area(p) ? c->width : 0;
		height = width ? c->height : 0;
		ph_emu_canvas_done(c);
	}
	uint8_t out[8] = {b[0], b[1], b[2], b[3], (uint8_t)width, (uint8_t)(width >> 8),
		(uint8_t)height, (uint8_t)(height >> 8)};
	emu_reply(p, out, b[2] == 'y' ? 6 : 8);
}

static void set_qr(struct star_qr *qr, uint8_t which, uint8_t n)
{
	if (which == '0' && (n == 1 || n == 2))
		qr->model = n;
	else if (which == '1' && n <= 3)
		qr->level = n;
	else if (which == '2' && n >= 1 && n <= 8)
		qr->cell = n;
}

static void store_qr(struct ph_emu_printer *p, const uint8_t *b, size_t n)
{
	// automatic: a reserved byte and one count; by hand: blocks, of which one is modelled
	const bool automatic = b[4] == '1';
	const size_t head = automatic ? 8 : 9;

	if (n < head || (!automatic && (b[5] != 1 || b[6] < 1 || b[6] > 4))) {
		emu_refuse(p, "QR", "blocks that are not modelled");
		return;
	}
	if (n - head > QR_MAX || n == head)
		emu_refuse(p, "QR", "no data, or more than a symbol holds");
	else
		store(&p->star->qr.data, &p->star->qr.len, b + head, n - head);
}

STAR_HANDLER(qr)
{
	struct star_qr *qr = &p->star->qr;
	struct ph_emu_canvas c = {0};

	if (b[3] == 'S') {
		set_qr(qr, b[4], b[5]);
	} else if (b[3] == 'D') {
		store_qr(p, b, n);
	} else if (b[3] == 'P') {
		const struct ph_emu_matrix_spec data = {.kind = PH_EMU_MATRIX_QR,
			.data = qr->data,
			.len = qr->len,
			.columns = qr->cell};
		unsigned at = begin(p);
		print(p, render_qr(qr, &c), &c, &data, at);
	} else if (b[3] == 'I') {
		answer_size(p, b, render_qr(qr, &c), &c);
	}
}

static void set_pdf417(struct star_pdf417 *pdf, const uint8_t *b)
{
	const uint8_t n = b[5];

	if (b[4] == '0' && n == 1 && (b[6] == 0 || (b[6] >= 3 && b[6] <= 90)) && b[7] <= 30 &&
		(b[6] || b[7])) {
		pdf->fixed = true;
		pdf->p1 = b[6];
		pdf->p2 = b[7];
	} else if (b[4] == '0' && n == 0) {
		pdf->fixed = false;
		pdf->p1 = b[6];
		pdf->p2 = b[7];
	} else if (b[4] == '1' && n <= 8) {
		pdf->level = n;
	} else if (b[4] == '2' && n >= 1 && n <= 10) {
		pdf->module = n;
	} else if (b[4] == '3' && n >= 1 && n <= 10) {
		pdf->ratio = n;
	}
}

STAR_HANDLER(pdf417)
{
	struct star_pdf417 *pdf = &p->star->pdf417;
	struct ph_emu_canvas c = {0};

	if (b[3] == 'S') {
		set_pdf417(pdf, b);
	} else if (b[3] == 'D' && n > 6 && n - 6 <= PDF417_MAX) {
		store(&pdf->data, &pdf->len, b + 6, n - 6);
	} else if (b[3] == 'D') {
		emu_refuse(p, "PDF417", "no data, or more than 1024 bytes");
	} else if (b[3] == 'P') {
		const struct ph_emu_matrix_spec data = {.kind = PH_EMU_MATRIX_PDF417,
			.data = pdf->data,
			.len = pdf->len,
			.columns = pdf->module};
		unsigned at = begin(p);
		print(p, render_pdf417(pdf, &c), &c, &data, at);
	} else if (b[3] == 'I') {
		answer_size(p, b, render_pdf417(pdf, &c), &c);
	}
}
