// What the document calls a symbol, said to libzint; sizes and drawing are in symbol.c.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zint.h>

#include "render/symbol.h"

#define GS1 (GS1_MODE | GS1PARENS_MODE)

// What one try of an encoding asks for; -1 and 0 leave it to libzint.
struct wish {
	int symbology, mode;
	int option_1, option_2, option_3;
	const char *data, *primary;
	size_t len;
};

static const struct {
	short symbology, composite; // 0: no such form
	short mode;
	uint8_t digits; // that are given; the check digit behind them is computed. 0: all
} linear[PH_BARCODE_COUNT] = {
	[PH_BARCODE_UPCA] = {BARCODE_UPCA, BARCODE_UPCA_CC, DATA_MODE, 11},
	[PH_BARCODE_UPCE] = {BARCODE_UPCE, BARCODE_UPCE_CC, DATA_MODE, 7},
	[PH_BARCODE_EAN13] = {BARCODE_EANX, BARCODE_EANX_CC, DATA_MODE, 12},
	[PH_BARCODE_EAN8] = {BARCODE_EANX, BARCODE_EANX_CC, DATA_MODE, 7},
	[PH_BARCODE_CODE39] = {BARCODE_CODE39, 0, DATA_MODE, 0},
	[PH_BARCODE_ITF] = {BARCODE_C25INTER, 0, DATA_MODE, 0},
	[PH_BARCODE_CODABAR] = {BARCODE_CODABAR, 0, DATA_MODE, 0},
	[PH_BARCODE_CODE128] = {BARCODE_CODE128, 0, DATA_MODE, 0},
	[PH_BARCODE_CODE93] = {BARCODE_CODE93, 0, DATA_MODE, 0},
	[PH_BARCODE_GS1_128] = {BARCODE_GS1_128, BARCODE_GS1_128_CC, GS1, 0},
	[PH_BARCODE_DATABAR] = {BARCODE_DBAR_OMN, BARCODE_DBAR_OMN_CC, DATA_MODE, 13},
	[PH_BARCODE_DATABAR_TRUNCATED] = {BARCODE_DBAR_OMN, BARCODE_DBAR_OMN_CC, DATA_MODE, 13},
	[PH_BARCODE_DATABAR_LIMITED] = {BARCODE_DBAR_LTD, BARCODE_DBAR_LTD_CC, DATA_MODE, 13},
	[PH_BARCODE_DATABAR_EXPANDED] = {BARCODE_DBAR_EXP, BARCODE_DBAR_EXP_CC, GS1, 0},
};

static int fail(struct ph_symbol_error *error, int err, const char *text)
{
	// "Error 252: Invalid AI at position 1" without the number
	const char *colon = strstr(text, ": ");

	snprintf(error->text, sizeof error->text, "%s", colon ? colon + 2 : text);
	return err;
}

static int attempt(
	struct zint_symbol **ret_zint, const struct wish *wish, struct ph_symbol_error *error)
{
	struct zint_symbol *zint = ZBarcode_Create();

	if (!zint)
		return fail(error, -ENOMEM, "out of memory");
	zint->symbology = wish->symbology;
	zint->input_mode = wish->mode;
	zint->option_1 = wish->option_1;
	zint->option_2 = wish->option_2;
	zint->option_3 = wish->option_3;
	if (wish->primary)
		snprintf(zint->primary, sizeof zint->primary, "%s", wish->primary);
	const int r = ZBarcode_Encode(zint, (const unsigned char *)wish->data, (int)wish->len);
	// with a wish that it cannot fulfil libzint draws something else
	if (r < ZINT_ERROR && r != ZINT_WARN_INVALID_OPTION && zint->width > 0 && zint->rows > 0) {
		*ret_zint = zint;
		return 0;
	}
	const int err = r == ZINT_ERROR_MEMORY ? -ENOMEM : -EINVAL;
	fail(error, err, *zint->errtxt ? zint->errtxt : "cannot be encoded");
	ZBarcode_Delete(zint);
	return err;
}

static int encode_barcode(struct zint_symbol **ret_zint, const struct ph_receipt_barcode *barcode,
	struct ph_symbol_error *error)
{
	const size_t digits = linear[barcode->type].digits;
	const struct wish wish = {
		.symbology = linear[barcode->type].symbology,
		.mode = linear[barcode->type].mode,
		.option_1 = -1,
		.data = barcode->data,
		.len = digits && digits < barcode->len ? digits : barcode->len,
	};

	return attempt(ret_zint, &wish, error);
}

static int encode_qr(struct zint_symbol **ret_zint, const struct ph_receipt_qr *qr,
	struct ph_symbol_error *error)
{
	const struct wish wish = {
		.symbology = BARCODE_QRCODE,
		.mode = DATA_MODE,
		.option_1 = (int)qr->ec + 1, // L is 1
		.data = qr->data,
		.len = qr->len,
	};

	return attempt(ret_zint, &wish, error);
}

static int encode_pdf417(struct zint_symbol **ret_zint, const struct ph_receipt_code2d *code,
	struct wish *wish, unsigned modules, struct ph_symbol_error *error)
{
	const unsigned frame = code->truncated ? 35 : 69; // start, stop and row indicators

	wish->symbology = code->truncated ? BARCODE_PDF417COMP : BARCODE_PDF417;
	wish->option_1 = code->ec == 255 ? -1 : code->ec;
	wish->option_2 = code->columns;
	wish->option_3 = code->rows;
	const int r = attempt(ret_zint, wish, error);
	if (r < 0 || code->columns || (unsigned)(*ret_zint)->width <= modules ||
		modules < frame + 17)
		return r;
	// as many columns as there is room for
	ZBarcode_Delete(*ret_zint);
	wish->option_2 = (int)((modules - frame) / 17);
	wish->option_3 = 0;
	return attempt(ret_zint, wish, error);
}

static int encode_aztec(struct zint_symbol **ret_zint, const struct ph_receipt_code2d *code,
	struct wish *wish, struct ph_symbol_error *error)
{
	// libzint has four levels: 10, 23, 36 and 50 per cent. Its sizes 1 to 4 are the compact ones.
	wish->symbology = BARCODE_AZTEC;
	wish->option_1 = !code->ec	  ? -1
			 : code->ec <= 10 ? 1
			 : code->ec <= 23 ? 2
			 : code->ec <= 36 ? 3
					  : 4;
	if (code->rows)
		wish->option_2 = code->compact ? code->rows : code->rows + 4;
	if (!code->compact || code->rows)
		return attempt(ret_zint, wish, error);
	for (wish->option_2 = 1; wish->option_2 < 4; wish->option_2++) {
		if (attempt(ret_zint, wish, error) == 0)
			return 0;
	}
	return attempt(ret_zint, wish, error);
}

static int encode_datamatrix(struct zint_symbol **ret_zint, const struct ph_receipt_code2d *code,
	struct wish *wish, struct ph_symbol_error *error)
{
	enum { RECTANGLES = 25, RECTANGLES_END = 31 }; // 8x18 to 16x48

	wish->symbology = BARCODE_DATAMATRIX;
	wish->option_3 = DM_SQUARE;
	if (!code->rectangle)
		return attempt(ret_zint, wish, error);
	wish->option_3 = 0;
	int r = -EINVAL;
	for (wish->option_2 = RECTANGLES; r < 0 && wish->option_2 < RECTANGLES_END;
		wish->option_2++)
		r = attempt(ret_zint, wish, error);
	return r;
}

// Modes 2 and 3 carry where a parcel goes, which libzint takes apart from the message:
// [)> RS 01 GS yy postcode GS country GS class GS message. Source: ISO/IEC 16023, annex B.
static int encode_maxicode(struct zint_symbol **ret_zint, const struct ph_receipt_code2d *code,
	struct wish *wish, struct ph_symbol_error *error)
{
	char head[3][16], primary[32], text[PH_RECEIPT_CODE2D_MAX + 1];
	struct wish parcel;
	unsigned year = 0;
	int used = 0;

	wish->symbology = BARCODE_MAXICODE;
	wish->option_1 = code->mode;
	if (code->mode > 3)
		return attempt(ret_zint, wish, error);
	snprintf(text, sizeof text, "%.*s", (int)code->len, code->data);
	if (sscanf(text,
		    "[)>\x1e"
		    "01\x1d%2u%9[^\x1d]\x1d%3[0-9]\x1d%3[0-9]\x1d%n",
		    &year, head[0], head[1], head[2], &used) != 4 ||
		!used)
		return fail(error, -EINVAL,
			"mode 2 and 3 need \"[)>\", RS, \"01\", GS, year and postcode, GS, "
			"country, GS, class, GS");
	snprintf(primary, sizeof primary, "%s%03d%03d", head[0], atoi(head[1]), atoi(head[2]));
	parcel = *wish;
	parcel.primary = primary;
	parcel.option_2 = (int)year + 1;
	parcel.data = text + used;
	parcel.len = strlen(text + used);
	return attempt(ret_zint, &parcel, error);
}

// A stacked DataBar symbol takes more rows where it has not the room.
static int encode_expanded_stacked(struct zint_symbol **ret_zint, struct wish *wish,
	unsigned modules, struct ph_symbol_error *error)
{
	wish->symbology = BARCODE_DBAR_EXPSTK;
	wish->mode = GS1;
	for (wish->option_2 = 2;; wish->option_2 = 1) {
		const int r = attempt(ret_zint, wish, error);
		if (r < 0 || (unsigned)(*ret_zint)->width <= modules || wish->option_2 == 1)
			return r;
		ZBarcode_Delete(*ret_zint);
	}
}

static int encode_composite(struct zint_symbol **ret_zint, const struct ph_receipt_code2d *code,
	struct ph_symbol_error *error)
{
	char primary[sizeof((struct zint_symbol *)0)->primary];
	const size_t digits = linear[code->linear].digits;
	const size_t len = strlen(code->linear_data);

	const struct wish wish = {.symbology = linear[code->linear].composite,
		.mode = GS1,
		.option_1 = -1,
		.data = code->data,
		.len = code->len,
		.primary = primary};

	if (!wish.symbology)
		return fail(error, -EINVAL, "this code has no composite form");
	if (len >= sizeof primary)
		return fail(error, -EINVAL, "the linear part is too long");
	snprintf(primary, sizeof primary, "%.*s", (int)(digits && digits < len ? digits : len),
		code->linear_data);
	return attempt(ret_zint, &wish, error);
}

static int encode_code2d(struct zint_symbol **ret_zint, const struct ph_receipt_code2d *code,
	unsigned modules, struct ph_symbol_error *error)
{
	struct wish wish = {
		.mode = DATA_MODE, .option_1 = -1, .data = code->data, .len = code->len};

	switch (code->type) {
	case PH_CODE2D_PDF417:
		return encode_pdf417(ret_zint, code, &wish, modules, error);
	case PH_CODE2D_AZTEC:
		return encode_aztec(ret_zint, code, &wish, error);
	case PH_CODE2D_DATAMATRIX:
		return encode_datamatrix(ret_zint, code, &wish, error);
	case PH_CODE2D_MAXICODE:
		return encode_maxicode(ret_zint, code, &wish, error);
	case PH_CODE2D_DATABAR_STACKED:
	case PH_CODE2D_DATABAR_STACKED_OMNI:
		wish.symbology = code->type == PH_CODE2D_DATABAR_STACKED ? BARCODE_DBAR_STK
									 : BARCODE_DBAR_OMNSTK;
		wish.len = wish.len > 13 ? 13 : wish.len;
		return attempt(ret_zint, &wish, error);
	case PH_CODE2D_DATABAR_EXPANDED_STACKED:
		return encode_expanded_stacked(ret_zint, &wish, modules, error);
	case PH_CODE2D_COMPOSITE:
		return encode_composite(ret_zint, code, error);
	case PH_CODE2D_COUNT:
		break;
	}
	return fail(error, -EINVAL, "no such code");
}

int ph_symbol_encode(struct zint_symbol **ret_zint, const struct ph_receipt_node *node,
	unsigned modules, struct ph_symbol_error *error)
{
	if (node->kind == PH_NODE_BARCODE)
		return encode_barcode(ret_zint, node->barcode, error);
	if (node->kind == PH_NODE_QR)
		return encode_qr(ret_zint, node->qr, error);
	if (node->kind == PH_NODE_CODE2D)
		return encode_code2d(ret_zint, node->code2d, modules, error);
	return fail(error, -EINVAL, "this is no symbol");
}
