// Bar codes and 2-D codes of a document as modules of whole dots, drawn on dots or as vectors.
#ifndef PH_RENDER_SYMBOL_H
#define PH_RENDER_SYMBOL_H

#include "protocols/receipt/receipt.h"
#include "render/canvas.h"

struct zint_symbol;

struct ph_symbol_error {
	char text[192]; // a sentence without the place
};

struct ph_symbol {
	struct zint_symbol *zint; // owned
	const struct ph_receipt_node *node;
	unsigned module;	 // dots
	bool shrunk;		 // its modules are smaller than asked, to fit
	bool no_quiet;		 // it fits only without its quiet zones
	unsigned width, height;	 // dots of all, with the quiet zones and the text
	unsigned quiet, quiet_y; // dots left and right, above and below
	unsigned bars;		 // dots from the first to the last module, downwards
	unsigned hri_height;	 // dots of one line of text with its gap; 0 for none
	unsigned cell;		 // of the text
	char hri[PH_RECEIPT_BARCODE_MAX + sizeof "(01)"];
};

static inline bool ph_symbol_is_one(const struct ph_receipt_node *node)
{
	return node->kind == PH_NODE_BARCODE || node->kind == PH_NODE_QR ||
	       node->kind == PH_NODE_CODE2D;
}

// Encodes a barcode, qr or code2d node with the largest modules that its node allows and `max_width` dots hold, with quiet
// zones where they fit. `cell` is the width of a font A cell, for the text. -EINVAL: the data cannot be encoded; -ERANGE: it
// does not fit the width; -ENOMEM. ret_error then says why. Ends with ph_symbol_done().
int ph_symbol_init(struct ph_symbol *symbol, const struct ph_receipt_node *node, unsigned max_width,
	unsigned cell, struct ph_symbol_error *ret_error);
void ph_symbol_done(struct ph_symbol *symbol); // accepts a zeroed struct

// Draws it in black with the upper left corner of all at x, y.
int ph_symbol_draw(const struct ph_symbol *symbol, struct ph_canvas *canvas, double x, double y);

// Private: encodes into `zint`, for at most `modules` of width where the form can be chosen.
int ph_symbol_encode(struct zint_symbol **ret_zint, const struct ph_receipt_node *node,
	unsigned modules, struct ph_symbol_error *error);

#endif
