// The data of a barcode, QR or 2-D code, and what reports call it: for encoders that print something else.
#ifndef PH_PROTOCOLS_RECEIPT_SYMBOL_DATA_H
#define PH_PROTOCOLS_RECEIPT_SYMBOL_DATA_H

#include "protocols/receipt/layout.h"

struct ph_symbol_data {
	const char *data;
	size_t len;
	uint32_t name; // value of PH_LOSS_SYMBOL_DRAWN and PH_LOSS_SYMBOL_TEXT
};

static inline struct ph_symbol_data ph_symbol_data_of(const struct ph_item *item)
{
	const struct ph_receipt_node *node = item->node;
	const uint32_t kind = (uint32_t)item->kind << 8;

	if (item->kind == PH_ITEM_BARCODE)
		return (struct ph_symbol_data){node->barcode->data, node->barcode->len,
			kind | (uint32_t)node->barcode->type};
	if (item->kind == PH_ITEM_QR)
		return (struct ph_symbol_data){node->qr->data, node->qr->len, kind};
	return (struct ph_symbol_data){
		node->code2d->data, node->code2d->len, kind | (uint32_t)node->code2d->type};
}

#endif
