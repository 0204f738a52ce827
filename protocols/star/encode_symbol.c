// Barcodes, QR codes and PDF417 by the printer's own commands: size, place and data. What the printer
// has no command for is ordered as a drawing.
#include <errno.h>

#include "protocols/receipt/code_size.h"
#include "protocols/receipt/qr_size.h"
#include "protocols/receipt/symbol_data.h"
#include "protocols/star/encoder.h"
#include "protocols/star/symbol_size.h"

#define MODULE_MIN	2  // unless a smaller one is asked for
#define BAR_QUIET	11 // modules on each side: EAN-13 wants most, 11 on its left
#define QR_QUIET	4
#define QR_MODULE_AUTO	4 // dots
#define QR_MODULE_MAX	8
#define PDF_QUIET	2
#define PDF_MODULE_AUTO 3
#define PDF_MODULE_MAX	10
#define PDF_RATIO	3 // height of a row in modules
#define PDF_DATA_MAX	1024
#define OVERHEAD	64 // most bytes of a symbol's settings

// Where a symbol is aligned, in dots: all the paper, or a column of it.
struct place {
	unsigned x, width;
	enum ph_align align;
	const char *name; // for errors
};

// All columns are all the paper, also where it holds some dots more. Areas of a page that are printed one
// below the other have the paper for themselves.
static struct place place_of(const struct ph_star_encoder *enc, const struct ph_item *item)
{
	const enum ph_align align = item->symbol.node->align;

	if (enc->plain || item->symbol.width == enc->list->media.width)
		return (struct place){0, enc->profile->width_dots, align, "paper"};
	return (struct place){item->symbol.x, item->symbol.width, align, "column"};
}

// Whether the printer is to align the symbol itself; `dots` 0: its width is only known to the printer.
static bool is_aligned(const struct ph_star_encoder *enc, const struct place *place, unsigned dots)
{
	return place->width == enc->profile->width_dots &&
	       (place->align == PH_ALIGN_CENTER || (place->align == PH_ALIGN_RIGHT && !dots));
}

// Moves to where a symbol begins, so that its quiet zone is left on both sides.
static void put_place(
	struct ph_star_encoder *enc, const struct place *place, unsigned quiet, unsigned dots)
{
	unsigned x = place->x;

	if (is_aligned(enc, place, dots)) {
		PH_PUT(enc, PH_STAR_ESC, PH_STAR_GS, PH_STAR_GS_ALIGN, (uint8_t)place->align);
		return;
	}
	if (place->align == PH_ALIGN_LEFT)
		x += quiet;
	else if (place->align == PH_ALIGN_CENTER)
		x += (place->width - dots) / 2;
	else
		x += place->width - quiet - dots;
	if (x)
		PH_PUT(enc, PH_STAR_ESC, PH_STAR_GS, PH_STAR_GS_POSITION, (uint8_t)x,
			(uint8_t)(x >> 8));
}

static void end_place(struct ph_star_encoder *enc, const struct place *place, unsigned dots)
{
	if (is_aligned(enc, place, dots))
		PH_PUT(enc, PH_STAR_ESC, PH_STAR_GS, PH_STAR_GS_ALIGN, 0);
}

// --- what the printer does not draw -----------------------------------------------------------

static int put_data_as_text(struct ph_star_encoder *enc, const struct ph_item *item)
{
	const struct ph_symbol_data symbol = ph_symbol_data_of(item);

	ph_job_buffer_loss(&enc->out, PH_LOSS_SYMBOL_TEXT, item->at, symbol.name);
	return ph_star_put_plain(enc, symbol.data, symbol.len);
}

// The left edge by alignment: left, centre and right are 0, 1 and 2.
static int put_drawn(struct ph_star_encoder *enc, const struct ph_item *item)
{
	const struct place place = place_of(enc, item);
	const struct ph_raster_order order = {
		.kind = PH_ORDER_SYMBOL, .at = item->at, .width = (uint16_t)place.width};
	const struct ph_raster *raster = NULL;

	if (enc->profile->impact || enc->plain)
		return put_data_as_text(enc, item);
	int r = ph_star_order(enc, &order, &raster);
	if (r < 0)
		return r;
	const bool rows = enc->profile->dialect == PH_STAR_RASTER;
	if (!raster && !ph_job_buffer_first_call(&enc->out))
		return rows ? ph_star_no_drawing(enc, item->at) : put_data_as_text(enc, item);
	if (!rows) // which prints nothing else
		ph_job_buffer_loss(
			&enc->out, PH_LOSS_SYMBOL_DRAWN, item->at, ph_symbol_data_of(item).name);
	if (!raster)
		return 0;
	const unsigned rest = place.width > raster->width ? place.width - raster->width : 0;
	return ph_star_put_block(enc, raster, place.x + rest * (unsigned)place.align / 2, false);
}

// A symbol whose data the printer would obey is taken back and drawn.
static int finish(struct ph_star_encoder *enc, const struct ph_item *item, size_t before)
{
	uint8_t *const begin = enc->out.job->bytes + before;
	const size_t len = (size_t)(enc->out.p - begin);

	if (ph_guard_find(&ph_guard_star, begin, len) == len) {
		enc->out.flags |= PH_SEGMENT_PRINTS;
		return 0;
	}
	enc->out.p = begin;
	return put_drawn(enc, item);
}

// --- barcodes ---------------------------------------------------------------------------------

static unsigned width_of(const struct ph_star_bars *bars, const struct ph_star_bar_mode *mode)
{
	return bars->narrow * mode->narrow + bars->wide * mode->wide;
}

// The best mode whose narrow elements are at most as wide as wanted and that fits with its quiet zone;
// else the smallest without one; NULL when that does not fit either.
static const struct ph_star_bar_mode *choose(struct ph_star_encoder *enc,
	const struct ph_item *item, const struct ph_star_bars *bars, unsigned room,
	unsigned *ret_quiet)
{
	const struct ph_receipt_barcode *code = item->node->barcode;
	unsigned count;
	const struct ph_star_bar_mode *modes = ph_star_bar_modes(code->type, &count);
	const struct ph_star_bar_mode *const last = &modes[count - 1];
	enum ph_loss_kind loss = PH_LOSS_OTHER_MODULE;

	for (unsigned i = 0; i < count; i++) {
		const unsigned quiet = BAR_QUIET * modes[i].narrow;
		if (modes[i].narrow > code->module && &modes[i] != last)
			continue;
		if (width_of(bars, &modes[i]) + 2 * quiet > room) {
			loss = PH_LOSS_MODULE;
			continue;
		}
		if (modes[i].narrow != code->module)
			ph_job_buffer_loss(&enc->out, loss, item->at, modes[i].narrow);
		*ret_quiet = quiet;
		return &modes[i];
	}
	if (width_of(bars, last) > room)
		return NULL;
	if (last->narrow != code->module)
		ph_job_buffer_loss(&enc->out, loss, item->at, last->narrow);
	ph_job_buffer_loss(&enc->out, PH_LOSS_QUIET, item->at, last->narrow);
	*ret_quiet = 0;
	return last;
}

static int put_barcode(struct ph_star_encoder *enc, const struct ph_item *item)
{
	const struct ph_receipt_barcode *code = item->node->barcode;
	const struct place place = place_of(enc, item);
	struct ph_star_bars bars;
	unsigned quiet = 0;

	if (!(enc->profile->barcodes >> code->type & 1) || ph_star_make_bars(code, &bars) < 0)
		return put_drawn(enc, item);
	// where the printer alone knows how wide it becomes, it can align it on the paper only
	if (!bars.exact && place.align != PH_ALIGN_LEFT && !is_aligned(enc, &place, 0))
		return put_drawn(enc, item);
	const struct ph_star_bar_mode *mode = choose(enc, item, &bars, place.width, &quiet);
	if (!mode) {
		unsigned count;
		const struct ph_star_bar_mode *modes = ph_star_bar_modes(code->type, &count);
		return ph_job_buffer_fail(&enc->out, -ERANGE, item->at,
			"%u dots wide with modules of %u dots, the %s has %u",
			width_of(&bars, &modes[count - 1]), modes[count - 1].narrow, place.name,
			place.width);
	}
	int r = ph_star_begin_item(enc, bars.len + OVERHEAD, false);
	if (r < 0)
		return r;
	const size_t before = ph_job_buffer_len(&enc->out);
	const unsigned dots = bars.exact ? width_of(&bars, mode) : 0;
	ph_star_set_style(enc, 0);
	put_place(enc, &place, quiet, dots);
	PH_PUT(enc, PH_STAR_ESC, PH_STAR_ESC_BARCODE, bars.type,
		code->hri == PH_HRI_NONE ? PH_STAR_BAR_NO_TEXT : PH_STAR_BAR_TEXT, mode->n3,
		code->height);
	ph_job_buffer_put(&enc->out, bars.data, bars.len);
	PH_PUT(enc, PH_STAR_RS);
	end_place(enc, &place, dots);
	if (code->hri == PH_HRI_ABOVE || code->hri == PH_HRI_BOTH)
		ph_job_buffer_loss(&enc->out, PH_LOSS_HRI, item->at, 0);
	return finish(enc, item, before);
}

// --- QR and PDF417 ----------------------------------------------------------------------------

// The largest module of at most `wanted` dots with which so many of them fit; 0 when none does.
static unsigned fit(unsigned modules, unsigned wanted, unsigned room)
{
	unsigned module = wanted;

	while (module && modules * module > room)
		module--;
	return module;
}

static void put_qr_setting(struct ph_star_encoder *enc, uint8_t which, uint8_t value)
{
	PH_PUT(enc, PH_STAR_ESC, PH_STAR_GS, PH_STAR_GS_QR, 'S', which, value);
}

// The printer guesses what data are, and takes UTF-8 for Shift JIS: beyond ASCII it is told.
static void put_qr_data(struct ph_star_encoder *enc, const struct ph_receipt_qr *qr)
{
	const uint8_t low = (uint8_t)qr->len, high = (uint8_t)(qr->len >> 8);
	bool ascii = true;

	for (unsigned i = 0; i < qr->len; i++)
		ascii = ascii && (unsigned char)qr->data[i] < 0x80;
	if (ascii)
		PH_PUT(enc, PH_STAR_ESC, PH_STAR_GS, PH_STAR_GS_QR, 'D', '1', 0, low, high);
	else // one block, binary
		PH_PUT(enc, PH_STAR_ESC, PH_STAR_GS, PH_STAR_GS_QR, 'D', '2', 1, 3, low, high);
	ph_job_buffer_put(&enc->out, qr->data, qr->len);
}

static int put_qr(struct ph_star_encoder *enc, const struct ph_item *item)
{
	const struct ph_receipt_qr *qr = item->node->qr;
	const unsigned size = ph_qr_modules(qr->version), all = size + 2 * QR_QUIET;
	const struct place place = place_of(enc, item);
	unsigned wanted = qr->module ? qr->module : QR_MODULE_AUTO;

	if (!enc->profile->qr)
		return put_drawn(enc, item);
	if (wanted > QR_MODULE_MAX) {
		ph_job_buffer_loss(&enc->out, PH_LOSS_OTHER_MODULE, item->at, QR_MODULE_MAX);
		wanted = QR_MODULE_MAX;
	}
	const unsigned module = fit(all, wanted, place.width);
	if (!module)
		return ph_job_buffer_fail(&enc->out, -ERANGE, item->at,
			"%u dots wide with modules of 1 dot, the %s has %u", all, place.name,
			place.width);
	if (module != wanted)
		ph_job_buffer_loss(&enc->out, PH_LOSS_MODULE, item->at, module);
	int r = ph_star_begin_item(enc, qr->len + (size_t)OVERHEAD, false);
	if (r < 0)
		return r;
	const size_t before = ph_job_buffer_len(&enc->out);
	const unsigned quiet = QR_QUIET * module;
	ph_star_set_style(enc, 0);
	ph_star_feed_dots(enc, quiet);
	put_qr_setting(enc, '0', 2);
	put_qr_setting(enc, '1', (uint8_t)qr->ec);
	put_qr_setting(enc, '2', (uint8_t)module);
	put_qr_data(enc, qr);
	put_place(enc, &place, quiet, size * module);
	PH_PUT(enc, PH_STAR_ESC, PH_STAR_GS, PH_STAR_GS_QR, 'P');
	end_place(enc, &place, size * module);
	ph_star_feed_dots(enc, quiet);
	return finish(enc, item, before);
}

// Modules that a place has between quiet zones.
static unsigned room_of(const struct place *place, unsigned module)
{
	const unsigned room = place->width / module;

	return room > 2 * PDF_QUIET ? room - 2 * PDF_QUIET : 0;
}

static int put_pdf417(struct ph_star_encoder *enc, const struct ph_item *item)
{
	const struct ph_receipt_code2d *code = item->node->code2d;
	const unsigned wanted = code->module ? code->module : PDF_MODULE_AUTO;
	const unsigned least = wanted < MODULE_MIN ? wanted : MODULE_MIN;
	const struct place place = place_of(enc, item);
	const unsigned level = ph_pdf417_level(code);
	const unsigned most = wanted < PDF_MODULE_MAX ? wanted : PDF_MODULE_MAX;
	unsigned module = most;
	unsigned columns = 0, rows = 0;

	while (!ph_pdf417_shape(code, room_of(&place, module), &columns, &rows)) {
		if (--module < least)
			return put_drawn(enc, item);
	}
	if (module != wanted)
		ph_job_buffer_loss(&enc->out, module < most ? PH_LOSS_MODULE : PH_LOSS_OTHER_MODULE,
			item->at, module);
	int r = ph_star_begin_item(enc, code->len + (size_t)OVERHEAD, false);
	if (r < 0)
		return r;
	const size_t before = ph_job_buffer_len(&enc->out);
	const unsigned quiet = PDF_QUIET * module, dots = (17 * columns + 69) * module;
	ph_star_set_style(enc, 0);
	ph_star_feed_dots(enc, quiet);
	PH_PUT(enc, PH_STAR_ESC, PH_STAR_GS, PH_STAR_GS_PDF417, 'S', '0', 1, (uint8_t)rows,
		(uint8_t)columns);
	PH_PUT(enc, PH_STAR_ESC, PH_STAR_GS, PH_STAR_GS_PDF417, 'S', '1', (uint8_t)level);
	PH_PUT(enc, PH_STAR_ESC, PH_STAR_GS, PH_STAR_GS_PDF417, 'S', '2', (uint8_t)module);
	PH_PUT(enc, PH_STAR_ESC, PH_STAR_GS, PH_STAR_GS_PDF417, 'S', '3', PDF_RATIO);
	PH_PUT(enc, PH_STAR_ESC, PH_STAR_GS, PH_STAR_GS_PDF417, 'D', (uint8_t)code->len,
		(uint8_t)(code->len >> 8));
	ph_job_buffer_put(&enc->out, code->data, code->len);
	put_place(enc, &place, quiet, dots);
	PH_PUT(enc, PH_STAR_ESC, PH_STAR_GS, PH_STAR_GS_PDF417, 'P');
	end_place(enc, &place, dots);
	ph_star_feed_dots(enc, quiet);
	return finish(enc, item, before);
}

int ph_star_put_symbol(struct ph_star_encoder *enc, const struct ph_item *item)
{
	if (item->kind == PH_ITEM_BARCODE)
		return put_barcode(enc, item);
	if (item->kind == PH_ITEM_QR)
		return put_qr(enc, item);
	const struct ph_receipt_code2d *code = item->node->code2d;
	if (enc->profile->pdf417 && code->type == PH_CODE2D_PDF417 && !code->truncated &&
		code->len <= PDF_DATA_MAX)
		return put_pdf417(enc, item);
	return put_drawn(enc, item);
}
