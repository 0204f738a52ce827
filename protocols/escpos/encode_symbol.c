// Barcodes and QR codes by the printer's own commands: size, place and data; others are drawn.
#include <errno.h>
#include <string.h>

#include "protocols/escpos/code128.h"
#include "protocols/escpos/encoder.h"
#include "protocols/escpos/escpos_const.h"
#include "protocols/receipt/code_size.h"
#include "protocols/receipt/qr_size.h"
#include "protocols/receipt/symbol_data.h"

#define MODULE_MIN     2
#define BAR_QUIET      11 // modules on each side: EAN-13 wants most, 11 on its left
#define QR_QUIET       4
#define QR_MODULE_AUTO 4 // dots
#define NOT_NATIVE     PH_ENCODE_DRAW

// GS L, GS W.
static void put_margin(struct ph_encoder *enc, uint8_t command, unsigned dots)
{
	PH_PUT(enc, PH_EP_GS, command);
	ph_encoder_put_16(enc, dots);
}

// All columns are all the paper, also where it holds some dots more. Areas of a page that are printed one
// below the other have the paper for themselves.
struct ph_place ph_encoder_place_of(const struct ph_encoder *enc, const struct ph_item *item)
{
	struct ph_place place = {.at = item->at,
		.width = enc->profile->width_dots,
		.align = item->symbol.node->align};

	if (enc->plain || item->symbol.width == enc->list->media.width)
		return place;
	place.x = item->symbol.x;
	place.width = item->symbol.width;
	return place;
}

// The place without the quiet zone at the edge that the symbol goes to.
static void inner(const struct ph_place *place, unsigned *ret_left, unsigned *ret_right)
{
	*ret_left = place->x + (place->align == PH_ALIGN_LEFT ? place->quiet : 0);
	*ret_right = place->x + place->width - (place->align == PH_ALIGN_RIGHT ? place->quiet : 0);
}

void ph_encoder_place(struct ph_encoder *enc, const struct ph_place *place)
{
	unsigned left, right;

	inner(place, &left, &right);
	if (place->align != PH_ALIGN_LEFT)
		PH_PUT(enc, PH_EP_ESC, PH_EP_ESC_ALIGN, (uint8_t)place->align);
	if (left)
		put_margin(enc, PH_EP_GS_MARGIN, left);
	if (right != enc->profile->width_dots)
		put_margin(enc, PH_EP_GS_AREA, right - left);
}

void ph_encoder_unplace(struct ph_encoder *enc, const struct ph_place *place)
{
	unsigned left, right;

	inner(place, &left, &right);
	if (place->align != PH_ALIGN_LEFT)
		PH_PUT(enc, PH_EP_ESC, PH_EP_ESC_ALIGN, 0);
	if (left)
		put_margin(enc, PH_EP_GS_MARGIN, 0);
	if (right != enc->profile->width_dots)
		put_margin(enc, PH_EP_GS_AREA, enc->profile->width_dots);
}

int ph_encoder_fit(struct ph_encoder *enc, struct ph_place *place, unsigned modules, unsigned quiet,
	unsigned wanted)
{
	const unsigned least = wanted < MODULE_MIN ? wanted : MODULE_MIN;

	for (unsigned module = wanted; module >= least; module--) {
		if ((modules + 2 * quiet) * module > place->width)
			continue;
		if (module < wanted)
			ph_job_buffer_loss(&enc->out, PH_LOSS_MODULE, place->at, module);
		place->quiet = quiet * module;
		return (int)module;
	}
	if (modules * least > place->width)
		return ph_job_buffer_fail(&enc->out, -ERANGE, place->at,
			"%u dots wide with modules of %u dots, the %s has %u", modules * least,
			least, place->width == enc->profile->width_dots ? "paper" : "column",
			place->width);
	if (least < wanted)
		ph_job_buffer_loss(&enc->out, PH_LOSS_MODULE, place->at, least);
	ph_job_buffer_loss(&enc->out, PH_LOSS_QUIET, place->at, least);
	place->quiet = 0;
	return (int)least;
}

// What GS k takes as data for one barcode, and its width.
struct bars {
	uint8_t type;
	uint8_t data[PH_CODE128_MAX];
	int len;
	unsigned modules;
};

// Wide bars are planned with 3 modules, the most that printers draw.
static unsigned codabar_modules(const struct ph_receipt_barcode *code)
{
	unsigned modules = 0;

	for (unsigned i = 0; i < code->len; i++)
		modules += strchr("0123456789-$", code->data[i]) ? 12 : 14;
	return modules;
}

// UPC-E goes out in its UPC-A form: some models take nothing else (TM-T70).
static void upce_bars(const struct ph_receipt_barcode *code, struct bars *bars)
{
	const char *six = code->data + 1;
	const unsigned last = (unsigned)(six[5] - '0');
	const unsigned head = last <= 2 ? 2 : last <= 4 ? last : 5; // digits before the zeros

	memset(bars->data, '0', 12);
	memcpy(bars->data + 1, six, head);
	if (last <= 2) {
		bars->data[3] = (uint8_t)six[5];
		memcpy(bars->data + 8, six + 2, 3);
	} else if (last <= 4) {
		memcpy(bars->data + 6 + head, six + head, 5 - head);
	} else {
		bars->data[10] = (uint8_t)six[5];
	}
	bars->data[11] = (uint8_t)code->data[7];
	bars->len = 12;
}

// Wide bars and code sets apart, the width follows from the type.
static int make_bars(const struct ph_receipt_barcode *code, struct bars *bars)
{
	static const struct {
		uint8_t type;
		unsigned base, per_char; // modules
	} rows[PH_BARCODE_COUNT] = {
		[PH_BARCODE_UPCA] = {PH_EP_BAR_UPCA, 95, 0},
		[PH_BARCODE_UPCE] = {PH_EP_BAR_UPCE, 51, 0},
		[PH_BARCODE_EAN13] = {PH_EP_BAR_EAN13, 95, 0},
		[PH_BARCODE_EAN8] = {PH_EP_BAR_EAN8, 67, 0},
		[PH_BARCODE_CODE39] = {PH_EP_BAR_CODE39, 32, 16},
		[PH_BARCODE_ITF] = {PH_EP_BAR_ITF, 9, 9},
		[PH_BARCODE_CODABAR] = {PH_EP_BAR_CODABAR, 0, 0},
		[PH_BARCODE_CODE128] = {PH_EP_BAR_CODE128, 35, 0},
		[PH_BARCODE_CODE93] = {PH_EP_BAR_CODE93, 0, 0},
		[PH_BARCODE_DATABAR] = {PH_EP_BAR_DATABAR, 96, 0},
		[PH_BARCODE_DATABAR_TRUNCATED] = {PH_EP_BAR_DATABAR_TRUNCATED, 96, 0},
		[PH_BARCODE_DATABAR_LIMITED] = {PH_EP_BAR_DATABAR_LIMITED, 79, 0},
	};
	unsigned symbols = 0;

	// what the makers' manuals leave open about brackets and separators is drawn
	if (!rows[code->type].type)
		return NOT_NATIVE;
	bars->type = rows[code->type].type;
	bars->modules = rows[code->type].base + rows[code->type].per_char * code->len;
	if (code->type == PH_BARCODE_CODE128) {
		bars->len = ph_code128_encode(code->data, code->len, bars->data, &symbols);
		bars->modules += 11 * symbols;
		return bars->len < 0 ? bars->len : 0;
	}
	if (code->type == PH_BARCODE_UPCE) {
		upce_bars(code, bars);
		return 0;
	}
	if (code->type == PH_BARCODE_CODABAR)
		bars->modules = codabar_modules(code);
	if (code->type == PH_BARCODE_CODE93)
		bars->modules = ph_code93_modules(code->data, code->len);
	memcpy(bars->data, code->data, code->len);
	bars->len = code->len;
	// the printer adds the check digit of DataBar
	if (code->type >= PH_BARCODE_DATABAR && code->type <= PH_BARCODE_DATABAR_LIMITED)
		bars->len = 13;
	return 0;
}

// The least height of DataBar in modules (ISO/IEC 24724).
static unsigned least_height(enum ph_barcode_type type, unsigned module)
{
	return type == PH_BARCODE_DATABAR	      ? 33 * module
	       : type == PH_BARCODE_DATABAR_TRUNCATED ? 13 * module
	       : type == PH_BARCODE_DATABAR_LIMITED   ? 10 * module
						      : 1;
}

static int put_barcode(struct ph_encoder *enc, const struct ph_item *item)
{
	const struct ph_receipt_barcode *code = item->node->barcode;
	struct ph_place place = ph_encoder_place_of(enc, item);
	struct bars bars;

	if (!(enc->profile->barcodes & 1u << code->type))
		return NOT_NATIVE;
	const int r = make_bars(code, &bars);
	if (r == NOT_NATIVE)
		return r;
	if (r < 0)
		return ph_job_buffer_fail(
			&enc->out, -ERANGE, item->at, "too long for a Code 128 symbol");
	const int module = ph_encoder_fit(enc, &place, bars.modules, BAR_QUIET, code->module);
	if (module < 0)
		return module;
	const unsigned least = least_height(code->type, (unsigned)module);
	ph_encoder_place(enc, &place);
	PH_PUT(enc, PH_EP_GS, PH_EP_GS_BAR_HEIGHT,
		(uint8_t)(code->height > least ? code->height : least), PH_EP_GS,
		PH_EP_GS_BAR_MODULE, (uint8_t)module, PH_EP_GS, PH_EP_GS_HRI, (uint8_t)code->hri);
	PH_PUT(enc, PH_EP_GS, PH_EP_GS_BARCODE, bars.type, (uint8_t)bars.len);
	ph_job_buffer_put(&enc->out, bars.data, (size_t)bars.len);
	ph_job_buffer_counted(&enc->out, (size_t)bars.len);
	ph_encoder_unplace(enc, &place);
	return 0;
}

// A vertical unit is a dot or, on many models, half a dot: rather too much than too little.
void ph_encoder_quiet_rows(struct ph_encoder *enc, unsigned dots)
{
	const unsigned units = dots * (enc->profile->units_y ? enc->profile->units_y : 2u);

	if (enc->profile->quirks & PH_ESCPOS_QUIRK_NO_ESC_J)
		PH_PUT(enc, PH_EP_ESC, PH_EP_ESC_FEED_LINES, (uint8_t)((dots + 29) / 30));
	else
		PH_PUT(enc, PH_EP_ESC, PH_EP_ESC_FEED_UNITS, (uint8_t)(units < 255 ? units : 255));
}

bool ph_encoder_may_store(const void *data, size_t len, size_t count)
{
	const uint8_t length[] = {(uint8_t)count, (uint8_t)(count >> 8)};

	return ph_guard_find(&ph_guard_escpos, length, sizeof length) == sizeof length &&
	       ph_guard_find(&ph_guard_escpos, data, len) == len;
}

static void put_qr_setting(struct ph_encoder *enc, uint8_t function, uint8_t value)
{
	PH_PUT(enc, PH_EP_GS, PH_EP_GS_PAREN, PH_EP_PAREN_CODE2D, 3, 0, PH_EP_2D_QR, function,
		value);
}

static int put_qr(struct ph_encoder *enc, const struct ph_item *item)
{
	const struct ph_receipt_qr *qr = item->node->qr;
	const unsigned wanted = qr->module ? qr->module : QR_MODULE_AUTO, count = qr->len + 3u;
	struct ph_place place = ph_encoder_place_of(enc, item);

	if (enc->profile->qr != PH_ESCPOS_YES || !ph_encoder_may_store(qr->data, qr->len, count))
		return NOT_NATIVE;
	const int module =
		ph_encoder_fit(enc, &place, ph_qr_modules(qr->version), QR_QUIET, wanted);
	if (module < 0)
		return module;
	ph_encoder_quiet_rows(enc, QR_QUIET * (unsigned)module);
	ph_encoder_place(enc, &place);
	PH_PUT(enc, PH_EP_GS, PH_EP_GS_PAREN, PH_EP_PAREN_CODE2D, 4, 0, PH_EP_2D_QR, PH_EP_QR_MODEL,
		0x32, 0);
	put_qr_setting(enc, PH_EP_QR_MODULE, (uint8_t)module);
	put_qr_setting(enc, PH_EP_QR_LEVEL, (uint8_t)(0x30 + (unsigned)qr->ec));
	PH_PUT(enc, PH_EP_GS, PH_EP_GS_PAREN, PH_EP_PAREN_CODE2D, (uint8_t)count,
		(uint8_t)(count >> 8), PH_EP_2D_QR, PH_EP_QR_STORE, 0x30);
	ph_job_buffer_put(&enc->out, qr->data, qr->len);
	ph_job_buffer_counted(&enc->out, count);
	put_qr_setting(enc, PH_EP_QR_PRINT, 0x30);
	ph_encoder_unplace(enc, &place);
	ph_encoder_quiet_rows(enc, QR_QUIET * (unsigned)module);
	return 0;
}

// --- by the printer, as a drawing, or as text -------------------------------------------------

static int put_native(struct ph_encoder *enc, const struct ph_item *item, size_t len)
{
	int r = ph_encoder_begin_item(enc, len + PH_SYMBOL_MAX, false);

	if (r < 0)
		return r;
	ph_encoder_set_style(enc, 0);
	ph_encoder_set_spacing(enc, 0);
	r = item->kind == PH_ITEM_BARCODE ? put_barcode(enc, item)
	    : item->kind == PH_ITEM_QR	  ? put_qr(enc, item)
					  : ph_encode_code2d(enc, item);
	if (r == 0)
		enc->out.flags |= PH_SEGMENT_PRINTS;
	return r;
}

static int draw(struct ph_encoder *enc, const struct ph_item *item, uint32_t name, bool *ret_done)
{
	const struct ph_place place = ph_encoder_place_of(enc, item);
	const struct ph_raster_order order = {
		.kind = PH_ORDER_SYMBOL, .at = item->at, .width = (uint16_t)place.width};
	const struct ph_raster *raster = NULL;
	struct ph_block block = {.x = place.x};

	const int r = ph_encoder_order(enc, &order, &raster);
	if (r < 0)
		return r;
	*ret_done = raster || ph_job_buffer_first_call(&enc->out);
	if (!*ret_done)
		return 0;
	ph_job_buffer_loss(&enc->out, PH_LOSS_SYMBOL_DRAWN, item->at, name);
	if (!raster)
		return 0;
	block.raster = raster;
	if (raster->width < place.width)
		block.x += (place.width - raster->width) * (unsigned)place.align / 2;
	return ph_encode_block(enc, &block);
}

int ph_encode_symbol(struct ph_encoder *enc, const struct ph_item *item)
{
	const struct ph_symbol_data symbol = ph_symbol_data_of(item);
	const bool in_page = enc->in_page;
	bool done = false;

	int r = put_native(enc, item, symbol.len);
	if (r != NOT_NATIVE || in_page)
		return r;
	if (ph_encoder_can_draw(enc)) {
		r = draw(enc, item, symbol.name, &done);
		if (r < 0 || done)
			return r;
	}
	ph_job_buffer_loss(&enc->out, PH_LOSS_SYMBOL_TEXT, item->at, symbol.name);
	return ph_encode_plain(enc, symbol.data, symbol.len);
}
