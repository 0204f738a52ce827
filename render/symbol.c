// Finds the module, the quiet zones and the text of a symbol, and draws it; the encoding is in symbol_encode.c.
#include "render/symbol.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <zint.h>

#include "render/text.h"

#define MODULE_MIN     2 // at 203 dpi; a smaller one is taken only where it is asked for
#define MODULE_AUTO    4
#define HRI_GAP	       4   // dots between bars and text
#define MAXI_WIDTH     224 // 28 mm at 203 dpi; the standard has one size
#define MAXI_WIDTH_MIN 120

static bool is_composite(const struct ph_receipt_node *node)
{
	return node->kind == PH_NODE_CODE2D && node->code2d->type == PH_CODE2D_COMPOSITE;
}

// Modules that stay white beside and above; the standards' of each code.
static unsigned quiet_of(const struct ph_receipt_node *node)
{
	if (node->kind == PH_NODE_QR)
		return 4;
	if (node->kind == PH_NODE_CODE2D)
		return is_composite(node) ? 10 : 2;
	// 11 is the left one of EAN-13; printers are sent barcodes with the same
	return node->kind == PH_NODE_BARCODE && node->barcode->type >= PH_BARCODE_DATABAR ? 2 : 11;
}

static unsigned module_most(const struct ph_receipt_node *node)
{
	unsigned module = 0;

	if (node->kind == PH_NODE_BARCODE)
		module = node->barcode->module;
	else if (node->kind == PH_NODE_QR)
		module = node->qr->module;
	else if (node->kind == PH_NODE_CODE2D)
		module = node->code2d->module;
	if (!module && node->kind == PH_NODE_CODE2D &&
		node->code2d->type >= PH_CODE2D_DATABAR_STACKED)
		return 3;
	return module ? module : MODULE_AUTO;
}

static bool is_maxicode(const struct ph_symbol *symbol)
{
	return symbol->zint->symbology == BARCODE_MAXICODE;
}

// --- heights ----------------------------------------------------------------------------------

// Modules that a bar must be high, where a standard says so.
static unsigned bar_minimum(enum ph_barcode_type type)
{
	switch (type) {
	case PH_BARCODE_DATABAR:
		return 33;
	case PH_BARCODE_DATABAR_TRUNCATED:
		return 13;
	case PH_BARCODE_DATABAR_LIMITED:
		return 10;
	case PH_BARCODE_DATABAR_EXPANDED:
		return 34;
	case PH_BARCODE_UPCA:
	case PH_BARCODE_UPCE:
	case PH_BARCODE_EAN13:
	case PH_BARCODE_EAN8:
	case PH_BARCODE_CODE39:
	case PH_BARCODE_ITF:
	case PH_BARCODE_CODABAR:
	case PH_BARCODE_CODE128:
	case PH_BARCODE_CODE93:
	case PH_BARCODE_GS1_128:
	case PH_BARCODE_COUNT:
		break;
	}
	return 0;
}

// Height of rows that have none of their own: they share what libzint gives the whole symbol.
static double free_height(const struct zint_symbol *zint)
{
	double rest = zint->height;
	unsigned free_rows = 0;

	for (int i = 0; i < zint->rows; i++) {
		rest -= zint->row_height[i];
		free_rows += zint->row_height[i] <= 0;
	}
	return free_rows && rest / free_rows >= 1 ? rest / free_rows : 1;
}

static unsigned row_dots(const struct ph_symbol *symbol, int row)
{
	const struct ph_receipt_node *node = symbol->node;
	const struct zint_symbol *zint = symbol->zint;

	if (node->kind == PH_NODE_BARCODE) {
		const unsigned least = bar_minimum(node->barcode->type) * symbol->module;
		return node->barcode->height > least ? node->barcode->height : least;
	}
	double height = zint->row_height[row] > 0 ? zint->row_height[row] : free_height(zint);
	if (is_composite(node) && row == zint->rows - 1) {
		const double least = bar_minimum(node->code2d->linear);
		height = height < least ? least : height;
	}
	const double dots = round(height * symbol->module);
	return dots < 1 ? 1 : (unsigned)dots;
}

// --- sizes ------------------------------------------------------------------------------------

static void set_hri(struct ph_symbol *symbol, unsigned cell)
{
	const struct ph_receipt_node *node = symbol->node;
	const unsigned room = symbol->width;

	if (node->kind != PH_NODE_BARCODE || node->barcode->hri == PH_HRI_NONE)
		return;
	// the text of a DataBar symbol of a GTIN has its identifier, as printers write it (GS1 General Specifications)
	const enum ph_barcode_type type = node->barcode->type;
	const bool gtin = type >= PH_BARCODE_DATABAR && type <= PH_BARCODE_DATABAR_LIMITED;
	snprintf(symbol->hri, sizeof symbol->hri, "%s%s", gtin ? "(01)" : "", node->barcode->data);
	for (char *c = symbol->hri; *c; c++)
		*c = (unsigned char)*c < 0x20 || *c == 0x7f ? ' ' : *c;
	const unsigned count = (unsigned)strlen(symbol->hri);
	if (!count)
		return;
	// smaller where it would be wider than the symbol, but not so small that nobody can read it
	symbol->cell = cell;
	while (symbol->cell > cell / 2 && symbol->cell * count > room)
		symbol->cell--;
	symbol->hri_height = 2 * symbol->cell + HRI_GAP;
}

static unsigned hri_lines(const struct ph_symbol *symbol)
{
	return !symbol->hri_height ? 0 : symbol->node->barcode->hri == PH_HRI_BOTH ? 2 : 1;
}

static void set_sizes(struct ph_symbol *symbol, unsigned quiet, unsigned cell)
{
	const unsigned modules = (unsigned)symbol->zint->width;

	symbol->quiet = quiet * symbol->module;
	symbol->quiet_y = symbol->node->kind == PH_NODE_BARCODE ? 0 : symbol->quiet;
	if (is_composite(symbol->node))
		symbol->quiet_y = symbol->module;
	symbol->width = modules * symbol->module + 2 * symbol->quiet;
	symbol->bars = 0;
	for (int i = 0; i < symbol->zint->rows; i++) {
		symbol->bars += row_dots(symbol, i);
		if (symbol->node->kind == PH_NODE_BARCODE)
			break;
	}
	set_hri(symbol, cell);
	symbol->height =
		symbol->bars + 2 * symbol->quiet_y + hri_lines(symbol) * symbol->hri_height;
}

static int fit_maxicode(struct ph_symbol *symbol, unsigned max_width, struct ph_symbol_error *error)
{
	if (max_width < MAXI_WIDTH_MIN) {
		snprintf(error->text, sizeof error->text, "%d dots wide, the paper has %u",
			MAXI_WIDTH, max_width);
		return -ERANGE;
	}
	if (ZBarcode_Buffer_Vector(symbol->zint, 0) >= ZINT_ERROR || !symbol->zint->vector) {
		snprintf(error->text, sizeof error->text, "out of memory");
		return -ENOMEM;
	}
	const struct zint_vector *vector = symbol->zint->vector;
	symbol->width = max_width < MAXI_WIDTH ? max_width : MAXI_WIDTH;
	symbol->quiet = symbol->quiet_y = symbol->width / 30;
	symbol->bars = (unsigned)ceil(
		(symbol->width - 2 * symbol->quiet) * (double)(vector->height / vector->width));
	symbol->height = symbol->bars + 2 * symbol->quiet_y;
	return 0;
}

static int fit(
	struct ph_symbol *symbol, unsigned max_width, unsigned cell, struct ph_symbol_error *error)
{
	const unsigned modules = (unsigned)symbol->zint->width, quiet = quiet_of(symbol->node);
	const unsigned most = module_most(symbol->node);
	const unsigned least = most < MODULE_MIN ? most : MODULE_MIN;

	if (is_maxicode(symbol))
		return fit_maxicode(symbol, max_width, error);
	for (symbol->module = most; symbol->module >= least; symbol->module--) {
		if ((modules + 2 * quiet) * symbol->module <= max_width) {
			symbol->shrunk = symbol->module < most;
			set_sizes(symbol, quiet, cell);
			return 0;
		}
	}
	if (modules * least <= max_width) { // the margin of the paper must do
		symbol->module = least;
		symbol->shrunk = least < most;
		symbol->no_quiet = true;
		set_sizes(symbol, 0, cell);
		return 0;
	}
	snprintf(error->text, sizeof error->text,
		"%u dots wide with modules of %u dots, the paper has %u", modules * least, least,
		max_width);
	return -ERANGE;
}

int ph_symbol_init(struct ph_symbol *symbol, const struct ph_receipt_node *node, unsigned max_width,
	unsigned cell, struct ph_symbol_error *ret_error)
{
	const unsigned quiet = 2 * quiet_of(node), least = MODULE_MIN;
	const unsigned modules = max_width / least > quiet ? max_width / least - quiet : 0;

	*symbol = (struct ph_symbol){.node = node};
	int r = ph_symbol_encode(&symbol->zint, node, modules, ret_error);
	if (r == 0)
		r = fit(symbol, max_width, cell, ret_error);
	if (r < 0)
		ph_symbol_done(symbol);
	return r;
}

void ph_symbol_done(struct ph_symbol *symbol)
{
	if (symbol->zint)
		ZBarcode_Delete(symbol->zint);
	symbol->zint = NULL;
}

// --- drawing ----------------------------------------------------------------------------------

static bool is_black(const struct zint_symbol *zint, int row, int x)
{
	return zint->encoded_data[row][x >> 3] >> (x & 7) & 1;
}

static void draw_row(
	const struct ph_symbol *symbol, struct ph_canvas *canvas, int row, double x, double y)
{
	const struct zint_symbol *zint = symbol->zint;
	const double height = row_dots(symbol, row), module = symbol->module;

	for (int from = 0, to; from < zint->width; from = to) {
		for (to = from + 1; to < zint->width; to++) {
			if (is_black(zint, row, to) != is_black(zint, row, from))
				break;
		}
		if (is_black(zint, row, from))
			cairo_rectangle(
				canvas->cr, x + from * module, y, (to - from) * module, height);
	}
}

static int draw_hri(const struct ph_symbol *symbol, struct ph_canvas *canvas, double x, double y)
{
	const unsigned width = (unsigned)strlen(symbol->hri) * symbol->cell;
	const struct ph_run run = {
		.data = symbol->hri,
		.len = (uint32_t)strlen(symbol->hri),
		.width = (uint16_t)(width > symbol->width ? symbol->width : width),
		.repeat = 1,
	};
	const struct ph_text_line line = {.runs = &run,
		.count = 1,
		.x = x + floor((symbol->width - run.width) / 2.0),
		.y = y,
		.height = symbol->cell * 2.0,
		.metrics = ph_text_metrics_of_cell(symbol->cell)};

	return ph_text_draw(canvas, &line, NULL);
}

static void draw_maxicode(const struct ph_symbol *symbol, struct ph_canvas *canvas)
{
	const struct zint_vector *vector = symbol->zint->vector;
	const double scale = (symbol->width - 2.0 * symbol->quiet) / (double)vector->width;
	cairo_t *cr = canvas->cr;

	cairo_scale(cr, scale, scale);
	for (const struct zint_vector_hexagon *hexagon = vector->hexagons; hexagon;
		hexagon = hexagon->next) {
		cairo_new_sub_path(cr);
		for (int i = 0; i < 6; i++) {
			const double angle = G_PI / 6 + i * G_PI / 3,
				     radius = hexagon->diameter / 2;
			cairo_line_to(cr, hexagon->x + radius * cos(angle),
				hexagon->y + radius * sin(angle));
		}
		cairo_close_path(cr);
	}
	cairo_fill(cr);
	for (const struct zint_vector_circle *circle = vector->circles; circle;
		circle = circle->next) {
		cairo_new_path(cr);
		cairo_arc(cr, circle->x, circle->y, circle->diameter / 2, 0, 2 * G_PI);
		cairo_set_line_width(cr, circle->width);
		cairo_stroke(cr);
	}
}

int ph_symbol_draw(const struct ph_symbol *symbol, struct ph_canvas *canvas, double x, double y)
{
	const bool barcode = symbol->node->kind == PH_NODE_BARCODE;
	const enum ph_hri hri = barcode ? symbol->node->barcode->hri : PH_HRI_NONE;
	const bool above = symbol->hri_height && (hri == PH_HRI_ABOVE || hri == PH_HRI_BOTH);
	const bool below = symbol->hri_height && (hri == PH_HRI_BELOW || hri == PH_HRI_BOTH);
	double at = y + symbol->quiet_y + (above ? symbol->hri_height : 0);
	int r = 0;

	ph_canvas_ink(canvas, PH_INK_BLACK);
	if (is_maxicode(symbol)) {
		cairo_save(canvas->cr);
		cairo_translate(canvas->cr, x + symbol->quiet, at);
		draw_maxicode(symbol, canvas);
		cairo_restore(canvas->cr);
		return 0;
	}
	for (int row = 0; row < symbol->zint->rows && (row == 0 || !barcode); row++) {
		draw_row(symbol, canvas, row, x + symbol->quiet, at);
		at += row_dots(symbol, row);
	}
	cairo_fill(canvas->cr);
	if (above)
		r = draw_hri(symbol, canvas, x, y);
	if (r == 0 && below)
		r = draw_hri(symbol, canvas, x, at + HRI_GAP);
	return r;
}
