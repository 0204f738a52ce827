// Two-dimensional symbols as modules, by libzint and libqrencode; drawing them is left to the printer.
#include "emulators/models/barcode_matrix.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <qrencode.h>
#include <zint.h>

#include "emulators/models/barcode_internal.h"

#define PDF417_MAX_CODEWORDS 925u

void ph_emu_matrix_done(struct ph_emu_matrix *m)
{
	free(m->module);
	ph_emu_canvas_done(&m->picture);
	*m = (struct ph_emu_matrix){0};
}

// ---- QR ----

static int from_qrcode(const QRcode *qr, struct ph_emu_matrix *ret_matrix)
{
	struct ph_emu_matrix m = {.width = (unsigned)qr->width, .rows = (unsigned)qr->width};
	size_t n = (size_t)m.width * m.rows;

	m.module = malloc(n);
	if (!m.module)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		m.module[i] = qr->data[i] & 1;
	for (unsigned i = 0; i < m.rows; i++)
		m.row_height[i] = 1;
	*ret_matrix = m;
	return 0;
}

static int encode_qr(const struct ph_emu_matrix_spec *spec, struct ph_emu_matrix *ret_matrix)
{
	QRecLevel level = (QRecLevel)(spec->level < 0 ? 0 : spec->level & 3);
	QRcode *qr = NULL;

	if (spec->kind == PH_EMU_MATRIX_QR)
		qr = QRcode_encodeData((int)spec->len, spec->data, 0, level);
	for (int version = 1; !qr && spec->kind == PH_EMU_MATRIX_MICRO_QR && version <= 4;
		version++)
		qr = QRcode_encodeDataMQR((int)spec->len, spec->data, version, level);
	if (!qr)
		return -EINVAL;
	int r = from_qrcode(qr, ret_matrix);
	QRcode_free(qr);
	return r;
}

// ---- libzint ----

static bool zint_module(const struct zint_symbol *z, unsigned row, unsigned column)
{
	return z->encoded_data[row][column >> 3] >> (column & 7) & 1;
}

static int from_zint(const struct zint_symbol *z, struct ph_emu_matrix *ret_matrix)
{
	struct ph_emu_matrix m = {.width = (unsigned)z->width, .rows = (unsigned)z->rows};

	m.module = malloc((size_t)m.width * m.rows);
	if (!m.module)
		return -ENOMEM;
	for (unsigned row = 0; row < m.rows; row++) {
		double height = (double)z->row_height[row];
		// the linear part of a composite has no height of its own
		m.row_height[row] = height >= 1.0 ? (unsigned)(height + 0.5) : 0;
		for (unsigned col = 0; col < m.width; col++)
			m.module[(size_t)row * m.width + col] = zint_module(z, row, col);
	}
	*ret_matrix = m;
	return 0;
}

static int run_zint(struct zint_symbol *z, const uint8_t *data, size_t len)
{
	if (len == 0 || len > 8000)
		return -EINVAL;
	int r = ZBarcode_Encode(z, data, (int)len);
	return r < ZINT_ERROR && z->rows > 0 && z->width > 0 ? 0 : -EINVAL;
}

// ---- PDF417 ----

// level whose number of check codewords comes closest to so many tenths of the data
static int level_of_ratio(unsigned data, unsigned ratio)
{
	unsigned want = data * ratio / 10;
	int best = 0;

	for (int level = 1; level <= 8; level++) {
		unsigned here = 2u << level, there = 2u << best;
		unsigned d1 = here > want ? here - want : want - here;
		unsigned d2 = there > want ? there - want : want - there;
		if (d1 <= d2)
			best = level;
	}
	return best;
}

// columns that give about three times the height in width
static unsigned pdf417_shape(unsigned codewords, unsigned row_height)
{
	unsigned best = 0;
	double best_off = 0;

	for (unsigned columns = 1; columns <= 30; columns++) {
		unsigned rows = (codewords + columns - 1) / columns;
		if (rows < 3)
			rows = 3;
		if (rows > 90)
			continue;
		double shape = (17.0 * columns + 69) / (rows * row_height);
		double off = shape > 3 ? shape / 3 : 3 / shape;
		if (best == 0 || off < best_off) {
			best = columns;
			best_off = off;
		}
	}
	return best;
}

static int encode_pdf417(const struct ph_emu_matrix_spec *spec, struct zint_symbol *z)
{
	int level = spec->level;
	unsigned columns = spec->columns;

	z->symbology = spec->option ? BARCODE_PDF417COMP : BARCODE_PDF417;
	if (spec->ratio || columns == 0) {
		// a first pass tells how many codewords there are
		z->option_1 = spec->ratio ? 0 : level;
		z->option_2 = 10;
		int r = run_zint(z, spec->data, spec->len);
		if (r < 0)
			return r;
		unsigned all = 10 * (unsigned)z->rows;
		if (spec->ratio) {
			level = level_of_ratio(all - 2, spec->ratio);
			all += (2u << level) - 2;
		}
		if (columns == 0 && spec->rows == 0)
			columns = pdf417_shape(all, spec->row_height ? spec->row_height : 3);
		else if (columns == 0)
			columns = (all + spec->rows - 1) / spec->rows;
		ZBarcode_Clear(z);
	}
	if (columns > 30)
		return -EINVAL;
	z->option_1 = level;
	z->option_2 = (int)columns;
	z->option_3 = (int)spec->rows;
	int r = run_zint(z, spec->data, spec->len);
	if (r < 0)
		return r;
	bool as_asked = spec->columns == 0 || spec->rows == 0 || (unsigned)z->rows == spec->rows;
	return as_asked && (unsigned)z->rows * columns <= PDF417_MAX_CODEWORDS + 3 ? 0 : -EINVAL;
}

// ---- Aztec, DataMatrix ----

static int encode_aztec(const struct ph_emu_matrix_spec *spec, struct zint_symbol *z)
{
	int percent = spec->level < 0 ? 23 : spec->level;

	z->symbology = BARCODE_AZTEC;
	z->option_1 = percent <= 10 ? 1 : percent <= 23 ? 2 : percent <= 36 ? 3 : 4;
	// sizes 1 to 4 are compact, 5 to 36 the full ones
	if (spec->layers && spec->option && spec->layers > 4)
		return -EINVAL;
	if (spec->layers) {
		z->option_1 = 0;
		z->option_2 = (int)(spec->option ? spec->layers : spec->layers + 4);
	}
	return run_zint(z, spec->data, spec->len);
}

static int datamatrix_size(const struct ph_emu_matrix_spec *spec)
{
	static const uint8_t sizes[][2] = {{10, 10}, {12, 12}, {14, 14}, {16, 16}, {18, 18},
		{20, 20}, {22, 22}, {24, 24}, {26, 26}, {32, 32}, {36, 36}, {40, 40}, {44, 44},
		{48, 48}, {52, 52}, {64, 64}, {72, 72}, {80, 80}, {88, 88}, {96, 96}, {104, 104},
		{120, 120}, {132, 132}, {144, 144}, {8, 18}, {8, 32}, {12, 26}, {12, 36}, {16, 36},
		{16, 48}};
	for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++)
		if (sizes[i][0] == spec->rows && (sizes[i][1] == spec->columns || !spec->columns))
			return (int)i + 1;
	return 0;
}

static int encode_datamatrix(const struct ph_emu_matrix_spec *spec, struct zint_symbol *z)
{
	z->symbology = BARCODE_DATAMATRIX;
	z->option_2 = datamatrix_size(spec);
	if (spec->rows && z->option_2 == 0)
		return -EINVAL;
	if (!spec->option)
		z->option_3 = DM_SQUARE;
	// an automatic rectangle: the smallest that takes the data
	for (int size = 25; spec->option && spec->rows == 0 && size <= 30; size++) {
		z->option_2 = size;
		if (run_zint(z, spec->data, spec->len) == 0)
			return 0;
		ZBarcode_Clear(z);
	}
	return run_zint(z, spec->data, spec->len);
}

// ---- MaxiCode ----

// Modes 2 and 3 begin with postal code, country and class of service between group separators.
static int split_primary(
	const struct ph_emu_matrix_spec *spec, struct zint_symbol *z, size_t *ret_at)
{
	const char *data = (const char *)spec->data;
	char field[3][10] = {{0}};
	size_t at = 0;

	// the header of a structured carrier message stands before them
	if (spec->len > 9 && memcmp(data,
				     "[)>\x1E"
				     "01\x1D",
				     7) == 0)
		at = 9;
	for (unsigned i = 0; i < 3; i++) {
		size_t n = 0;
		while (at < spec->len && data[at] != 0x1D && n < sizeof field[i] - 1)
			field[i][n++] = data[at++];
		if (at == spec->len || data[at] != 0x1D)
			return -EINVAL;
		at++;
	}
	snprintf(z->primary, sizeof z->primary, spec->mode == 2 ? "%s%03d%03d" : "%-6.6s%03d%03d",
		field[0], atoi(field[1]) % 1000, atoi(field[2]) % 1000);
	*ret_at = at;
	return 0;
}

static int picture_of(struct zint_symbol *z, struct ph_emu_matrix *ret_matrix)
{
	struct ph_emu_matrix m = {0};

	if (ZBarcode_Buffer(z, 0) >= ZINT_ERROR || z->bitmap_width <= 0 || z->bitmap_height <= 0)
		return -EINVAL;
	unsigned w = (unsigned)z->bitmap_width, h = (unsigned)z->bitmap_height;
	int r = ph_emu_canvas_init(&m.picture, w, h);
	for (unsigned i = 0; r == 0 && i < w * h; i++)
		if (z->bitmap[(size_t)i * 3] < 128)
			ph_emu_canvas_dot(&m.picture, i % w, i / w);
	if (r == 0)
		*ret_matrix = m;
	return r;
}

static int encode_maxicode(const struct ph_emu_matrix_spec *spec, struct zint_symbol *z,
	struct ph_emu_matrix *ret_matrix)
{
	size_t at = 0;

	z->symbology = BARCODE_MAXICODE;
	z->option_1 = (int)spec->mode;
	z->scale = 0.7f; /* rows of six dots: 0.76 mm at 203 dpi */
	if (spec->mode <= 3 && split_primary(spec, z, &at) < 0)
		return -EINVAL;
	int r = run_zint(z, spec->data + at, spec->len - at);
	return r < 0 ? r : picture_of(z, ret_matrix);
}

// ---- the GS1 family ----

static int encode_databar(const struct ph_emu_matrix_spec *spec, struct zint_symbol *z)
{
	if (spec->kind == PH_EMU_MATRIX_DATABAR_STACKED)
		z->symbology = BARCODE_DBAR_STK;
	else if (spec->kind == PH_EMU_MATRIX_DATABAR_STACKED_OMNI)
		z->symbology = BARCODE_DBAR_OMNSTK;
	else
		z->symbology = BARCODE_DBAR_EXPSTK;
	if (z->symbology != BARCODE_DBAR_EXPSTK)
		return run_zint(z, spec->data, spec->len);
	// as many pairs of characters in a row as the width takes
	for (int pairs = 10; pairs >= 1; pairs--) {
		z->input_mode = GS1_MODE | GS1PARENS_MODE | GS1NOCHECK_MODE;
		z->option_2 = pairs;
		if (run_zint(z, spec->data, spec->len) < 0)
			return -EINVAL;
		if (spec->max_modules == 0 || (unsigned)z->width <= spec->max_modules)
			return 0;
		ZBarcode_Clear(z);
	}
	return -EINVAL;
}

static int encode_composite(const struct ph_emu_matrix_spec *spec, struct zint_symbol *z)
{
	static const struct {
		unsigned number;
		int symbology;
	} linear[] = {
		{65, BARCODE_EANX_CC},
		{66, BARCODE_EANX_CC},
		{67, BARCODE_UPCA_CC},
		{68, BARCODE_UPCE_CC},
		{69, BARCODE_UPCE_CC},
		{70, BARCODE_DBAR_OMN_CC},
		{71, BARCODE_DBAR_OMN_CC},
		{72, BARCODE_DBAR_STK_CC},
		{73, BARCODE_DBAR_OMNSTK_CC},
		{74, BARCODE_DBAR_LTD_CC},
		{75, BARCODE_DBAR_EXP_CC},
		{76, BARCODE_DBAR_EXPSTK_CC},
		{77, BARCODE_GS1_128_CC},
	};
	for (size_t i = 0; i < sizeof linear / sizeof *linear; i++) {
		if (linear[i].number != spec->linear_kind)
			continue;
		int n = snprintf(z->primary, sizeof z->primary, "%.*s", (int)spec->linear_len,
			(const char *)spec->linear);
		if (n < 0 || (size_t)n >= sizeof z->primary)
			return -EINVAL;
		z->symbology = linear[i].symbology;
		z->input_mode = GS1_MODE | GS1PARENS_MODE | GS1NOCHECK_MODE;
		return run_zint(z, spec->data, spec->len);
	}
	return -EINVAL;
}

static int encode_with(const struct ph_emu_matrix_spec *spec, struct zint_symbol *z,
	struct ph_emu_matrix *ret_matrix)
{
	int r = -EINVAL;

	switch (spec->kind) {
	case PH_EMU_MATRIX_PDF417:
		r = encode_pdf417(spec, z);
		break;
	case PH_EMU_MATRIX_AZTEC:
		r = encode_aztec(spec, z);
		break;
	case PH_EMU_MATRIX_DATAMATRIX:
		r = encode_datamatrix(spec, z);
		break;
	case PH_EMU_MATRIX_DATABAR_STACKED:
	case PH_EMU_MATRIX_DATABAR_STACKED_OMNI:
	case PH_EMU_MATRIX_DATABAR_EXPANDED_STACKED:
		r = encode_databar(spec, z);
		break;
	case PH_EMU_MATRIX_COMPOSITE:
		r = encode_composite(spec, z);
		break;
	case PH_EMU_MATRIX_MAXICODE:
		return encode_maxicode(spec, z, ret_matrix);
	case PH_EMU_MATRIX_QR:
	case PH_EMU_MATRIX_MICRO_QR:
		return -EINVAL;
	}
	return r < 0 ? r : from_zint(z, ret_matrix);
}

int ph_emu_matrix_encode(const struct ph_emu_matrix_spec *spec, struct ph_emu_matrix *ret_matrix)
{
	if (spec->len == 0)
		return -EINVAL;
	if (spec->kind == PH_EMU_MATRIX_QR || spec->kind == PH_EMU_MATRIX_MICRO_QR)
		return encode_qr(spec, ret_matrix);
	struct zint_symbol *z = ZBarcode_Create();
	if (!z)
		return -ENOMEM;
	int r = encode_with(spec, z, ret_matrix);
	ZBarcode_Delete(z);
	return r;
}

// ---- GS1 DataBar as a linear symbol ----

static int databar_bars(
	struct ph_emu_bars *bars, int symbology, int mode, const uint8_t *data, size_t len)
{
	struct zint_symbol *z = ZBarcode_Create();
	if (!z)
		return -ENOMEM;
	z->symbology = symbology;
	z->input_mode = mode;
	int r = run_zint(z, data, len);
	unsigned first = 0, last = r == 0 ? (unsigned)z->width : 0;
	// light modules at the edges are quiet zone, and a printer draws none
	while (first < last && !zint_module(z, 0, first))
		first++;
	while (last > first && !zint_module(z, 0, last - 1))
		last--;
	for (unsigned i = first; r == 0 && i < last; i++)
		r = ph_emu_bars_modules(bars, zint_module(z, 0, i) ? "1" : "0");
	ZBarcode_Delete(z);
	return r;
}

static int databar_gtin(struct ph_emu_bars *bars, int symbology, const uint8_t *data, size_t len)
{
	char digits[15] = {0};

	if (len != 13 && len != 14)
		return -EINVAL;
	for (size_t i = 0; i < len; i++)
		if (data[i] < '0' || data[i] > '9')
			return -EINVAL;
	memcpy(digits, data, 13);
	digits[13] = ph_emu_bars_mod10(digits, 13);
	if (len == 14 && data[13] != (uint8_t)digits[13])
		return -EINVAL;
	if (symbology == BARCODE_DBAR_LTD && digits[0] > '1')
		return -EINVAL;
	snprintf(bars->data, sizeof bars->data, "01%s", digits);
	snprintf(bars->hri, sizeof bars->hri, "(01)%s", digits);
	return databar_bars(bars, symbology, DATA_MODE, (const uint8_t *)digits, 13);
}

int ph_emu_bars_databar_omni(struct ph_emu_bars *bars, const uint8_t *data, size_t len)
{
	bars->min_height = 33;
	return databar_gtin(bars, BARCODE_DBAR_OMN, data, len);
}

int ph_emu_bars_databar_truncated(struct ph_emu_bars *bars, const uint8_t *data, size_t len)
{
	bars->min_height = bars->max_height = 13;
	return databar_gtin(bars, BARCODE_DBAR_OMN, data, len);
}

int ph_emu_bars_databar_limited(struct ph_emu_bars *bars, const uint8_t *data, size_t len)
{
	bars->min_height = bars->max_height = 10;
	return databar_gtin(bars, BARCODE_DBAR_LTD, data, len);
}

int ph_emu_bars_databar_expanded(struct ph_emu_bars *bars, const uint8_t *data, size_t len)
{
	if (len < 2 || len > 255 || data[0] != '(')
		return -EINVAL;
	bars->min_height = 34;
	snprintf(bars->hri, sizeof bars->hri, "%.*s", (int)len, (const char *)data);
	size_t n = 0;
	for (size_t i = 0; i < len && data[i]; i++)
		if (data[i] != '(' && data[i] != ')')
			bars->data[n++] = (char)data[i];
	return databar_bars(
		bars, BARCODE_DBAR_EXP, GS1_MODE | GS1PARENS_MODE | GS1NOCHECK_MODE, data, len);
}
