// Barcodes and QR codes by the printer's own commands: size, place and data.
#include <errno.h>
#include <string.h>

#include "protocols/escpos/code128.h"
#include "protocols/escpos/encoder.h"
#include "protocols/escpos/escpos_const.h"
#include "protocols/receipt/qr_size.h"

#define MODULE_MIN     2
#define BAR_QUIET      11 // modules on each side: EAN-13 wants most, 11 on its left
#define QR_QUIET       4
#define QR_MODULE_AUTO 4 // dots

static void put(struct ph_encoder *enc, const void *bytes, size_t len)
{
	memcpy(enc->p, bytes, len);
	enc->p += len;
}

#define PUT(enc, ...) put(enc, (const uint8_t[]){__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__}))

static void put_margin(struct ph_encoder *enc, uint8_t command, unsigned dots)
{
	PUT(enc, PH_EP_GS, command, (uint8_t)dots, (uint8_t)(dots >> 8));
}

// Symbols have no quiet zone of their own: on the left the margin makes it, on the right the area.
static void place(struct ph_encoder *enc, enum ph_align align, unsigned quiet)
{
	switch (align) {
	case PH_ALIGN_LEFT:
		if (quiet)
			put_margin(enc, PH_EP_GS_MARGIN, quiet);
		break;
	case PH_ALIGN_CENTER:
		PUT(enc, PH_EP_ESC, PH_EP_ESC_ALIGN, 1);
		break;
	case PH_ALIGN_RIGHT:
		PUT(enc, PH_EP_ESC, PH_EP_ESC_ALIGN, 2);
		if (quiet)
			put_margin(enc, PH_EP_GS_AREA, enc->profile->width_dots - quiet);
		break;
	}
}

static void unplace(struct ph_encoder *enc, enum ph_align align, unsigned quiet)
{
	if (align != PH_ALIGN_LEFT)
		PUT(enc, PH_EP_ESC, PH_EP_ESC_ALIGN, 0);
	if (quiet && align == PH_ALIGN_LEFT)
		put_margin(enc, PH_EP_GS_MARGIN, 0);
	if (quiet && align == PH_ALIGN_RIGHT)
		put_margin(enc, PH_EP_GS_AREA, enc->profile->width_dots);
}

// The largest module of at most `wanted` dots that fits, or -ERANGE; ret_quiet is the zone in dots
// that fits with it, 0 when even the smallest module leaves none.
static int fit(struct ph_encoder *enc, unsigned modules, unsigned quiet, unsigned wanted,
	uint32_t at, unsigned *ret_quiet)
{
	const unsigned width = enc->profile->width_dots;
	const unsigned least = wanted < MODULE_MIN ? wanted : MODULE_MIN;

	for (unsigned module = wanted; module >= least; module--) {
		if ((modules + 2 * quiet) * module > width)
			continue;
		if (module < wanted)
			ph_encoder_loss(enc, PH_ESCPOS_LOSS_MODULE, at, module);
		*ret_quiet = quiet * module;
		return (int)module;
	}
	if (modules * least > width)
		return ph_encoder_fail(enc, -ERANGE, at,
			"%u dots wide with modules of %u dots, the paper has %u", modules * least,
			least, width);
	if (least < wanted)
		ph_encoder_loss(enc, PH_ESCPOS_LOSS_MODULE, at, least);
	ph_encoder_loss(enc, PH_ESCPOS_LOSS_QUIET, at, least);
	*ret_quiet = 0;
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

static void make_bars(const struct ph_receipt_barcode *code, struct bars *bars)
{
	static const struct {
		uint8_t type;
		unsigned base, per_char; // modules
	} rows[] = {
		[PH_BARCODE_UPCA] = {PH_EP_BAR_UPCA, 95, 0},
		[PH_BARCODE_UPCE] = {PH_EP_BAR_UPCE, 51, 0},
		[PH_BARCODE_EAN13] = {PH_EP_BAR_EAN13, 95, 0},
		[PH_BARCODE_EAN8] = {PH_EP_BAR_EAN8, 67, 0},
		[PH_BARCODE_CODE39] = {PH_EP_BAR_CODE39, 32, 16},
		[PH_BARCODE_ITF] = {PH_EP_BAR_ITF, 9, 9},
		[PH_BARCODE_CODABAR] = {PH_EP_BAR_CODABAR, 0, 0},
		[PH_BARCODE_CODE128] = {PH_EP_BAR_CODE128, 35, 0},
	};
	unsigned symbols = 0;

	bars->type = rows[code->type].type;
	bars->modules = rows[code->type].base + rows[code->type].per_char * code->len;
	if (code->type == PH_BARCODE_CODE128) {
		bars->len = ph_code128_encode(code->data, code->len, bars->data, &symbols);
		bars->modules += 11 * symbols;
		return;
	}
	if (code->type == PH_BARCODE_UPCE) {
		upce_bars(code, bars);
		return;
	}
	if (code->type == PH_BARCODE_CODABAR)
		bars->modules = codabar_modules(code);
	memcpy(bars->data, code->data, code->len);
	bars->len = code->len;
}

int ph_encode_barcode(struct ph_encoder *enc, const struct ph_item *item)
{
	const struct ph_receipt_barcode *code = item->node->barcode;
	struct bars bars;
	unsigned quiet = 0;

	if (!(enc->profile->barcodes & 1u << code->type))
		return ph_encoder_fail(
			enc, -EOPNOTSUPP, item->at, "this printer has no such barcode of its own");
	make_bars(code, &bars);
	if (bars.len < 0)
		return ph_encoder_fail(enc, -ERANGE, item->at, "too long for a Code 128 symbol");
	const int module = fit(enc, bars.modules, BAR_QUIET, code->module, item->at, &quiet);
	if (module < 0)
		return module;
	place(enc, item->node->align, quiet);
	PUT(enc, PH_EP_GS, PH_EP_GS_BAR_HEIGHT, code->height, PH_EP_GS, PH_EP_GS_BAR_MODULE,
		(uint8_t)module, PH_EP_GS, PH_EP_GS_HRI, (uint8_t)code->hri);
	PUT(enc, PH_EP_GS, PH_EP_GS_BARCODE, bars.type, (uint8_t)bars.len);
	put(enc, bars.data, (size_t)bars.len);
	unplace(enc, item->node->align, quiet);
	return 0;
}

// The quiet zone above and below. A vertical unit is a dot or, on many models, half a dot.
static void put_quiet_rows(struct ph_encoder *enc, unsigned module)
{
	PUT(enc, PH_EP_ESC, PH_EP_ESC_FEED_UNITS, (uint8_t)(2 * QR_QUIET * module));
}

static void put_qr_setting(struct ph_encoder *enc, uint8_t function, uint8_t value)
{
	PUT(enc, PH_EP_GS, PH_EP_GS_PAREN, PH_EP_PAREN_CODE2D, 3, 0, PH_EP_2D_QR, function, value);
}

int ph_encode_qr(struct ph_encoder *enc, const struct ph_item *item)
{
	const struct ph_receipt_qr *qr = item->node->qr;
	const unsigned wanted = qr->module ? qr->module : QR_MODULE_AUTO, count = qr->len + 3u;
	const uint8_t low = (uint8_t)count, high = (uint8_t)(count >> 8);
	unsigned quiet = 0;

	if (enc->profile->qr != PH_ESCPOS_YES)
		return ph_encoder_fail(
			enc, -EOPNOTSUPP, item->at, "this printer has no QR code of its own");
	if (low == PH_EP_DLE && (high == PH_EP_EOT || high == PH_EP_ENQ || high == PH_EP_DC4))
		return ph_encoder_fail(enc, -EINVAL, item->at,
			"data of %u bytes: the printer takes its length for a command; add or "
			"remove one",
			qr->len);
	const int module = fit(enc, ph_qr_modules(qr->version), QR_QUIET, wanted, item->at, &quiet);
	if (module < 0)
		return module;
	put_quiet_rows(enc, (unsigned)module);
	place(enc, item->node->align, quiet);
	PUT(enc, PH_EP_GS, PH_EP_GS_PAREN, PH_EP_PAREN_CODE2D, 4, 0, PH_EP_2D_QR, PH_EP_QR_MODEL,
		0x32, 0);
	put_qr_setting(enc, PH_EP_QR_MODULE, (uint8_t)module);
	put_qr_setting(enc, PH_EP_QR_LEVEL, (uint8_t)(0x30 + (unsigned)qr->ec));
	PUT(enc, PH_EP_GS, PH_EP_GS_PAREN, PH_EP_PAREN_CODE2D, low, high, PH_EP_2D_QR,
		PH_EP_QR_STORE, 0x30);
	put(enc, qr->data, qr->len);
	put_qr_setting(enc, PH_EP_QR_PRINT, 0x30);
	unplace(enc, item->node->align, quiet);
	put_quiet_rows(enc, (unsigned)module);
	return 0;
}
