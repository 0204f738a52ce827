// Two-dimensional codes other than QR by the printer's own commands, where it is known how wide they
// become; composite codes and DataBar expanded are always drawn.
#include <errno.h>

#include "protocols/escpos/encoder.h"
#include "protocols/receipt/code_size.h"

#define MODULE_AUTO 3 // dots
#define QUIET	    2 // modules: PDF417 wants most
#define NOT_NATIVE  PH_ENCODE_DRAW

static void put_setting(struct ph_encoder *enc, uint8_t cn, uint8_t function, uint8_t value)
{
	PH_PUT(enc, PH_EP_GS, PH_EP_GS_PAREN, PH_EP_PAREN_CODE2D, 3, 0, cn, function, value);
}

// Places the symbol, stores its data behind `first` and prints it.
static int put_symbol(struct ph_encoder *enc, const struct ph_item *item,
	const struct ph_place *place, uint8_t cn, int module)
{
	const struct ph_receipt_code2d *code = item->node->code2d;
	const bool databar = cn == PH_EP_2D_DATABAR;
	// DataBar: the kind stands in front of 13 digits, to which the printer adds the check digit
	const size_t len = databar ? 13 : code->len, count = len + (databar ? 4 : 3);

	ph_encoder_quiet_rows(enc, QUIET * (unsigned)module);
	ph_encoder_place(enc, place);
	PH_PUT(enc, PH_EP_GS, PH_EP_GS_PAREN, PH_EP_PAREN_CODE2D, (uint8_t)count,
		(uint8_t)(count >> 8), cn, PH_EP_2D_STORE, 0x30);
	if (databar)
		PH_PUT(enc, code->type == PH_CODE2D_DATABAR_STACKED ? 72 : 73);
	ph_job_buffer_put(&enc->out, code->data, len);
	ph_job_buffer_counted(&enc->out, count);
	put_setting(enc, cn, PH_EP_2D_PRINT, 0x30);
	ph_encoder_unplace(enc, place);
	ph_encoder_quiet_rows(enc, QUIET * (unsigned)module);
	return 0;
}

static uint8_t wanted_module(const struct ph_receipt_code2d *code, uint8_t most)
{
	const uint8_t module = code->module ? code->module : MODULE_AUTO;

	return module < 2 ? 2 : module > most ? most : module;
}

// Modules that a place has between quiet zones.
static unsigned room_of(const struct ph_place *place, unsigned module)
{
	const unsigned room = place->width / module;

	return room > 2 * QUIET ? room - 2 * QUIET : 0;
}

// The columns are always given: left to itself, the printer may choose more than the paper holds and print nothing.
static int put_pdf417(struct ph_encoder *enc, const struct ph_item *item)
{
	const struct ph_receipt_code2d *code = item->node->code2d;
	struct ph_place place = ph_encoder_place_of(enc, item);
	const unsigned wanted = wanted_module(code, 8);
	unsigned module = wanted, columns = 0, rows = 0;

	while (!ph_pdf417_shape(code, room_of(&place, module), &columns, &rows)) {
		if (--module < 2)
			return NOT_NATIVE;
	}
	if (module < wanted)
		ph_job_buffer_loss(&enc->out, PH_LOSS_MODULE, item->at, module);
	put_setting(enc, PH_EP_2D_PDF417, PH_EP_2D_COLUMNS, (uint8_t)columns);
	put_setting(enc, PH_EP_2D_PDF417, PH_EP_2D_ROWS, code->rows);
	put_setting(enc, PH_EP_2D_PDF417, PH_EP_2D_MODULE, (uint8_t)module);
	put_setting(enc, PH_EP_2D_PDF417, PH_EP_2D_ROW, 3);
	PH_PUT(enc, PH_EP_GS, PH_EP_GS_PAREN, PH_EP_PAREN_CODE2D, 4, 0, PH_EP_2D_PDF417,
		PH_EP_2D_LEVEL, 0x30, (uint8_t)(0x30 + ph_pdf417_level(code)));
	put_setting(enc, PH_EP_2D_PDF417, PH_EP_2D_OPTIONS, code->truncated);
	place.quiet = QUIET * module;
	return put_symbol(enc, item, &place, PH_EP_2D_PDF417, (int)module);
}

// Codewords that the data takes at most, encoded byte by byte (ISO/IEC 16022, ASCII encodation).
static unsigned matrix_codewords(const struct ph_receipt_code2d *code)
{
	unsigned words = 0;

	for (unsigned i = 0; i < code->len; i++)
		words += (unsigned char)code->data[i] < 0x80 ? 1 : 2;
	return words;
}

static int put_datamatrix(struct ph_encoder *enc, const struct ph_item *item)
{
	static const struct {
		uint16_t words;
		uint8_t side;
	} sizes[] = {{3, 10}, {5, 12}, {8, 14}, {12, 16}, {18, 18}, {22, 20}, {30, 22}, {36, 24},
		{44, 26}, {62, 32}, {86, 36}, {114, 40}, {144, 44}, {174, 48}, {204, 52}, {280, 64},
		{368, 72}, {456, 80}, {576, 88}, {696, 96}, {816, 104}, {1050, 120}, {1304, 132},
		{1558, 144}};
	const struct ph_receipt_code2d *code = item->node->code2d;
	const unsigned words = matrix_codewords(code);
	struct ph_place place = ph_encoder_place_of(enc, item);
	unsigned i = 0;

	while (i < sizeof sizes / sizeof sizes[0] && sizes[i].words < words)
		i++;
	if (i == sizeof sizes / sizeof sizes[0] || code->rectangle)
		return NOT_NATIVE;
	const int module =
		ph_encoder_fit(enc, &place, sizes[i].side, QUIET, wanted_module(code, 16));
	if (module < 0)
		return module;
	PH_PUT(enc, PH_EP_GS, PH_EP_GS_PAREN, PH_EP_PAREN_CODE2D, 5, 0, PH_EP_2D_MATRIX,
		PH_EP_2D_ROWS, 0, 0, 0);
	put_setting(enc, PH_EP_2D_MATRIX, PH_EP_2D_MODULE, (uint8_t)module);
	return put_symbol(enc, item, &place, PH_EP_2D_MATRIX, module);
}

// Layers that hold `bits` with the error correction, at most (ISO/IEC 24778, table 1).
static unsigned aztec_layers(unsigned bits, unsigned ec)
{
	const unsigned need = bits * 100 / (100 - ec) + 11 * 3 + 100;
	unsigned layers = 1;

	while (layers <= 32 && (112 + 16 * layers) * layers < need)
		layers++;
	return layers;
}

static int put_aztec(struct ph_encoder *enc, const struct ph_item *item)
{
	const struct ph_receipt_code2d *code = item->node->code2d;
	const uint8_t ec = code->ec ? code->ec : 23;
	// bytes in binary shift: eight bits each, and a head for every 2047 of them
	const unsigned needed = aztec_layers(code->len * 8u + 42, ec);
	const unsigned layers = code->rows ? code->rows : needed;
	struct ph_place place = ph_encoder_place_of(enc, item);

	if (layers > 32 || needed > layers || code->compact)
		return NOT_NATIVE;
	const unsigned side = 15 + 4 * layers + 2 * ((2 * layers + 6) / 15);
	const int module = ph_encoder_fit(enc, &place, side, QUIET, wanted_module(code, 16));
	if (module < 0)
		return module;
	PH_PUT(enc, PH_EP_GS, PH_EP_GS_PAREN, PH_EP_PAREN_CODE2D, 4, 0, PH_EP_2D_AZTEC,
		PH_EP_2D_ROWS, 0, code->rows);
	put_setting(enc, PH_EP_2D_AZTEC, PH_EP_2D_MODULE, (uint8_t)module);
	put_setting(enc, PH_EP_2D_AZTEC, PH_EP_2D_LEVEL, ec);
	return put_symbol(enc, item, &place, PH_EP_2D_AZTEC, module);
}

// Its size is fixed: 28.14 mm and quiet zones.
static int put_maxicode(struct ph_encoder *enc, const struct ph_item *item)
{
	const struct ph_receipt_code2d *code = item->node->code2d;
	const struct ph_place place = ph_encoder_place_of(enc, item);

	if (place.width < 30u * enc->profile->dpi * 10 / 254 || !ph_maxicode_fits(code))
		return NOT_NATIVE;
	put_setting(enc, PH_EP_2D_MAXICODE, PH_EP_2D_COLUMNS, (uint8_t)(0x30 + code->mode));
	return put_symbol(enc, item, &place, PH_EP_2D_MAXICODE, MODULE_AUTO);
}

static int put_databar(struct ph_encoder *enc, const struct ph_item *item)
{
	struct ph_place place = ph_encoder_place_of(enc, item);
	const int module =
		ph_encoder_fit(enc, &place, 50, QUIET, wanted_module(item->node->code2d, 8));

	if (module < 0)
		return module;
	put_setting(enc, PH_EP_2D_DATABAR, PH_EP_2D_MODULE, (uint8_t)module);
	return put_symbol(enc, item, &place, PH_EP_2D_DATABAR, module);
}

int ph_encode_code2d(struct ph_encoder *enc, const struct ph_item *item)
{
	const struct ph_receipt_code2d *code = item->node->code2d;

	if (!(enc->profile->codes2d & 1u << code->type) ||
		!ph_encoder_may_store(code->data, code->len, code->len + 3u))
		return NOT_NATIVE;
	switch (code->type) {
	case PH_CODE2D_PDF417:
		return put_pdf417(enc, item);
	case PH_CODE2D_AZTEC:
		return put_aztec(enc, item);
	case PH_CODE2D_DATAMATRIX:
		return put_datamatrix(enc, item);
	case PH_CODE2D_MAXICODE:
		return put_maxicode(enc, item);
	case PH_CODE2D_DATABAR_STACKED:
	case PH_CODE2D_DATABAR_STACKED_OMNI:
		return put_databar(enc, item);
	case PH_CODE2D_DATABAR_EXPANDED_STACKED:
	case PH_CODE2D_COMPOSITE:
	case PH_CODE2D_COUNT:
		break;
	}
	return NOT_NATIVE;
}
