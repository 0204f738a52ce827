// What comes out differently from what the document says, whatever the printer's language.
#ifndef PH_PROTOCOLS_RECEIPT_LOSS_H
#define PH_PROTOCOLS_RECEIPT_LOSS_H

#include <stddef.h>
#include <stdint.h>

enum ph_loss_kind {
	PH_LOSS_CHAR,	      // nothing prints `value` (code point): '?'
	PH_LOSS_DRAWN,	      // no page has `value` (code point): the run is a drawing
	PH_LOSS_RULE,	      // `value` (code point) of a line: an ASCII look-alike
	PH_LOSS_CONTROL,      // control character `value` left out
	PH_LOSS_STYLE,	      // PH_STYLE_* `value` is left out, or the next best is taken
	PH_LOSS_STYLE_DRAWN,  // PH_STYLE_* `value`: the run is a drawing
	PH_LOSS_SIZE,	      // enlarged `value` times at most
	PH_LOSS_SIZE_DRAWN,   // larger than `value` times: the line is a drawing
	PH_LOSS_SHRUNK,	      // smaller than asked: its place is narrower than a character
	PH_LOSS_UPSIDE_DOWN,  // printed upright
	PH_LOSS_UPSIDE_DRAWN, // upside down as a drawing
	PH_LOSS_CUT_KIND,     // partial and full exchanged: the printer has one of them
	PH_LOSS_NO_CUT,	      // no cutter: fed to the tear bar instead
	PH_LOSS_MODULE,	      // a symbol printed with modules of `value` dots to fit
	PH_LOSS_OTHER_MODULE, // a symbol printed with modules of `value` dots: the printer has no others
	PH_LOSS_QUIET,	      // fits only without its quiet zones: paper margin must do
	PH_LOSS_HRI,	      // text of a barcode below instead of above
	PH_LOSS_SYMBOL_DRAWN, // a symbol as a drawing; `value` is the item kind << 8 | type
	PH_LOSS_SYMBOL_TEXT,  // a symbol that could not be drawn: its data as text
	PH_LOSS_IMAGE,	      // an image that could not be drawn is left out
	PH_LOSS_STORED,	      // an image printed from the printer's memory
	PH_LOSS_PAGE_DRAWN,   // a page as a drawing
	PH_LOSS_PAGE,	      // areas of a page printed one below the other
	PH_LOSS_RAW,	      // raw bytes for another kind of printer left out; `value` 1: for Star
	PH_LOSS_NO_BEEP	      // no buzzer
};

struct ph_receipt_loss {
	enum ph_loss_kind kind;
	uint32_t at; // ph_receipt_path()
	uint32_t value;
	uint32_t count; // repetitions in the same place
};

// "char U+20BF -> raster", always terminated; returns `buf`.
const char *ph_loss_text(const struct ph_receipt_loss *loss, char *buf, size_t size);

#endif
