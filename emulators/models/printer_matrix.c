// Two-dimensional codes, GS ( k: their settings and their storage, printing and the question for their
// size (Epson ESC/POS reference, GS ( k).
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emulators/models/barcode_matrix.h"
#include "emulators/models/printer_handlers.h"

#define OMNI_ROW 33 /* modules, of a row of DataBar stacked omnidirectional (ISO/IEC 24724) */

enum symbology { PDF417, QR, MAXICODE, DATABAR, COMPOSITE, AZTEC, DATAMATRIX }; /* cn - 48 */

// What differs between the seven, by cn - 48.
static const struct kind {
	const char *name;
	uint8_t answer; /* identifier in the answer of fn 82 */
	uint8_t min_module, max_module, module;
	size_t max_data;
} kinds[MATRICES] = {
	[PDF417] = {"PDF417", 0x2F, 2, 8, 3, 7089},
	[QR] = {"QR", 0x36, 1, 16, 3, 7089},
	[MAXICODE] = {"MAXICODE", 0x39, 1, 1, 1, 138},
	[DATABAR] = {"DATABAR", 0x3A, 2, 8, 2, 255},
	[COMPOSITE] = {"COMPOSITE", 0x3B, 2, 8, 2, 2361},
	[AZTEC] = {"AZTEC", 0x3C, 2, 16, 3, 3832},
	[DATAMATRIX] = {"DATAMATRIX", 0x3D, 2, 16, 3, 3116},
};

void emu_matrices_done(struct ph_emu_printer *p)
{
	for (unsigned i = 0; i < MATRICES; i++) {
		free(p->matrices[i].data);
		free(p->matrices[i].linear);
		p->matrices[i] = (struct matrix){0};
	}
}

void emu_matrices_init(struct ph_emu_printer *p)
{
	emu_matrices_done(p);
	for (unsigned i = 0; i < MATRICES; i++) {
		p->matrices[i].module = kinds[i].module;
		p->matrices[i].level = -1;
	}
	p->matrices[PDF417].row_height = 3;
	p->matrices[MAXICODE].model = 50;
	p->matrices[QR].level = 0;
	p->matrices[QR].model = 50;
}

// ---- settings ----

static bool within(unsigned n, unsigned low, unsigned high)
{
	return n >= low && n <= high;
}

static void set_pdf417(struct matrix *m, uint8_t fn, const uint8_t *v)
{
	if (fn == 65 && v[0] <= 30)
		m->columns = v[0];
	else if (fn == 66 && (v[0] == 0 || within(v[0], 3, 90)))
		m->rows = v[0];
	else if (fn == 68 && within(v[0], 2, 8))
		m->row_height = v[0];
	else if (fn == 69 && v[0] == 48 && within(v[1], 48, 56))
		m->level = v[1] - 48, m->ratio = 0;
	else if (fn == 69 && v[0] == 49 && within(v[1], 1, 40))
		m->level = -1, m->ratio = v[1];
	else if (fn == 70 && v[0] <= 1)
		m->option = v[0];
}

static void set_qr(struct matrix *m, uint8_t fn, const uint8_t *v)
{
	if (fn == 65 && within(v[0], 49, 51))
		m->model = v[0];
	else if (fn == 69 && within(v[0], 48, 51))
		m->level = v[0] - 48;
}

static void set_aztec(struct matrix *m, uint8_t fn, const uint8_t *v)
{
	if (fn == 66 && v[0] <= 1 && v[1] <= (v[0] ? 4 : 32))
		m->option = v[0], m->rows = v[1];
	else if (fn == 69 && within(v[0], 5, 95))
		m->level = v[0];
}

static void set_datamatrix(struct matrix *m, uint8_t fn, const uint8_t *v)
{
	if (fn == 66 && (emu_is(v[0], 0) || emu_is(v[0], 1)))
		m->option = emu_is(v[0], 1), m->rows = v[1], m->columns = v[2];
}

static void set_max_width(struct matrix *m, const uint8_t *v)
{
	unsigned width = emu_le16(v);
	if (width == 0 || within(width, 106, 3952))
		m->max_width = width;
}

static void set_option(struct matrix *m, enum symbology s, uint8_t fn, const uint8_t *v)
{
	if (fn == 67) {
		if (within(v[0], kinds[s].min_module, kinds[s].max_module))
			m->module = v[0];
		return;
	}
	switch (s) {
	case PDF417:
		set_pdf417(m, fn, v);
		break;
	case QR:
		set_qr(m, fn, v);
		break;
	case MAXICODE:
		if (fn == 65 && within(v[0], 50, 54))
			m->model = v[0];
		break;
	case DATABAR:
	case COMPOSITE:
		if (fn == 71)
			set_max_width(m, v);
		break;
	case AZTEC:
		set_aztec(m, fn, v);
		break;
	case DATAMATRIX:
		set_datamatrix(m, fn, v);
		break;
	}
}

// ---- storage ----

static void keep(uint8_t **to, size_t *to_len, const uint8_t *data, size_t len)
{
	free(*to);
	*to = malloc(len ? len : 1);
	*to_len = *to ? len : 0;
	if (*to)
		memcpy(*to, data, len);
}

static void store(struct ph_emu_printer *p, enum symbology s, const uint8_t *data, size_t len)
{
	struct matrix *m = &p->matrices[s];
	bool linear = s == COMPOSITE && len >= 2 && data[0] == 48;

	if (s == DATABAR && len >= 1) {
		m->kind[0] = data[0];
		data++, len--;
	} else if (s == COMPOSITE && len >= 2) {
		if (linear)
			m->kind[1] = data[1];
		data += 2, len -= 2;
	}
	if (len > kinds[s].max_data) {
		emu_refuse(p, kinds[s].name, "more data than a symbol holds");
		m->len = 0;
		return;
	}
	if (linear)
		keep(&m->linear, &m->linear_len, data, len);
	else
		keep(&m->data, &m->len, data, len);
}

// ---- the symbol ----

static enum ph_emu_matrix_kind kind_of(const struct matrix *m, enum symbology s)
{
	switch (s) {
	case PDF417:
		return PH_EMU_MATRIX_PDF417;
	case QR:
		return m->model == 51 ? PH_EMU_MATRIX_MICRO_QR : PH_EMU_MATRIX_QR;
	case MAXICODE:
		return PH_EMU_MATRIX_MAXICODE;
	case DATABAR:
		return m->kind[0] == 72	  ? PH_EMU_MATRIX_DATABAR_STACKED
		       : m->kind[0] == 73 ? PH_EMU_MATRIX_DATABAR_STACKED_OMNI
					  : PH_EMU_MATRIX_DATABAR_EXPANDED_STACKED;
	case COMPOSITE:
		return PH_EMU_MATRIX_COMPOSITE;
	case AZTEC:
		return PH_EMU_MATRIX_AZTEC;
	case DATAMATRIX:
		return PH_EMU_MATRIX_DATAMATRIX;
	}
	return PH_EMU_MATRIX_QR;
}

static const char *name_of(const struct matrix *m, enum symbology s)
{
	if (s == QR && m->model == 51)
		return "MICROQR";
	if (s == DATABAR)
		return m->kind[0] == 76 ? "DATABAR-EXPANDED-STACKED" : "DATABAR-STACKED";
	return kinds[s].name;
}

static int encode(struct ph_emu_printer *p, enum symbology s, struct ph_emu_matrix *ret_matrix)
{
	const struct matrix *m = &p->matrices[s];
	unsigned widest = m->max_width && m->max_width < emu_area(p) ? m->max_width : emu_area(p);
	struct ph_emu_matrix_spec spec = {
		.kind = kind_of(m, s),
		.data = m->data,
		.len = m->len,
		.linear = m->linear,
		.linear_len = m->linear_len,
		.linear_kind = m->kind[1],
		.level = m->level,
		.ratio = m->ratio,
		.columns = m->columns,
		.rows = m->rows,
		.row_height = m->row_height,
		.layers = m->rows,
		.option = m->option,
		.max_modules = widest / m->module,
		.mode = m->model - 48,
	};
	return ph_emu_matrix_encode(&spec, ret_matrix);
}

static unsigned row_dots(const struct ph_emu_printer *p, enum symbology s,
	const struct ph_emu_matrix *sym, unsigned row)
{
	const struct matrix *m = &p->matrices[s];
	if (s == PDF417)
		return m->module * m->row_height;
	if (sym->row_height[row] == 0 && s == DATABAR && m->kind[0] == 73)
		return OMNI_ROW * m->module;
	if (sym->row_height[row] == 0)
		return s == COMPOSITE ? p->modes.bar_height : m->module;
	return m->module * sym->row_height[row];
}

// the symbol as dots
static int draw(const struct ph_emu_printer *p, enum symbology s, struct ph_emu_matrix *sym,
	struct ph_emu_canvas *ret_canvas)
{
	const struct matrix *m = &p->matrices[s];
	struct ph_emu_canvas c;
	unsigned height = 0, y = 0;

	if (sym->picture.bits) {
		*ret_canvas = sym->picture;
		sym->picture = (struct ph_emu_canvas){0};
		return 0;
	}
	for (unsigned row = 0; row < sym->rows; row++)
		height += row_dots(p, s, sym, row);
	int r = ph_emu_canvas_init(&c, sym->width * m->module, height);
	if (r < 0)
		return r;
	for (unsigned row = 0; row < sym->rows; row++) {
		const uint8_t *at = sym->module + (size_t)row * sym->width;
		unsigned dots = row_dots(p, s, sym, row);
		for (unsigned x = 0; x < sym->width; x++)
			if (at[x])
				ph_emu_canvas_fill(&c, x * m->module, y, m->module, dots);
		y += dots;
	}
	*ret_canvas = c;
	return 0;
}

static int make(struct ph_emu_printer *p, enum symbology s, struct ph_emu_canvas *ret_canvas)
{
	struct ph_emu_matrix sym;
	int r = encode(p, s, &sym);
	if (r < 0)
		return r;
	r = draw(p, s, &sym, ret_canvas);
	ph_emu_matrix_done(&sym);
	return r;
}

// ---- printing and size ----

static void print(struct ph_emu_printer *p, enum symbology s)
{
	const struct matrix *m = &p->matrices[s];
	const char *name = name_of(m, s);
	struct ph_emu_canvas c;

	emu_print_line(p, emu_line_spacing(p));
	if (m->len == 0) {
		emu_refuse(p, name, "nothing stored");
		return;
	}
	if (make(p, s, &c) < 0) {
		emu_refuse(p, name,
			s == QR ? "more data than a symbol holds"
				: "data or settings do not make a symbol");
		return;
	}
	if (c.width > emu_area(p)) {
		emu_refuse(p, name, "wider than the print area");
		ph_emu_canvas_done(&c);
		return;
	}
	bool qr = s == QR && m->model != 51;
	struct ph_emu_item *item = emu_item(p, qr ? PH_EMU_ITEM_QR : PH_EMU_ITEM_SYMBOL, name);
	if (item) {
		item->text = emu_readable(m->data, m->len);
		item->align = p->modes.align;
		item->width = (int)c.width;
		item->height = item->done = (int)c.height;
		item->value = (int)m->module;
	}
	emu_block(p, &c);
	ph_emu_canvas_done(&c);
	if (!p->page.active)
		p->x = 0;
}

static void answer_size(struct ph_emu_printer *p, enum symbology s)
{
	struct ph_emu_canvas c = {0};
	char out[48];

	if (p->matrices[s].len > 0 && make(p, s, &c) < 0)
		c = (struct ph_emu_canvas){0};
	bool fits = c.width > 0 && c.width <= emu_area(p);
	int n = snprintf(out, sizeof out,
		"7%c%u\x1F%u\x1F"
		"1\x1F%c",
		kinds[s].answer, c.width, c.height, fits ? '0' : '1');
	ph_emu_canvas_done(&c);
	emu_reply(p, out, (size_t)n + 1);
}

void emu_symbol_2d(struct ph_emu_printer *p, const uint8_t *args, size_t len)
{
	if (len < 3 || args[0] < 48 || args[0] >= 48 + MATRICES)
		return;
	enum symbology s = (enum symbology)(args[0] - 48);
	uint8_t values[3] = {0};

	if (!(p->config.answers & PH_EMU_ANSWER_SYMBOL)) {
		if (args[1] == 81)
			emu_refuse(p, "symbol", "this printer does not draw the symbology");
		return;
	}
	memcpy(values, args + 2, len - 2 < 3 ? len - 2 : 3);
	switch (args[1]) {
	case 80:
		store(p, s, args + 3, len - 3);
		break;
	case 81:
		print(p, s);
		break;
	case 82:
		answer_size(p, s);
		break;
	default:
		set_option(&p->matrices[s], s, args[1], values);
		break;
	}
}

HANDLER(symbol)
{
	emu_symbol_2d(p, b + 5, n - 5);
}
