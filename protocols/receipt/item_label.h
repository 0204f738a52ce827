// Private: what an item other than a line is called where it cannot be drawn.
#ifndef PH_PROTOCOLS_RECEIPT_ITEM_LABEL_H
#define PH_PROTOCOLS_RECEIPT_ITEM_LABEL_H

#include "protocols/receipt/layout.h"

#define PH_ITEM_LABEL_MAX (PH_RECEIPT_CODE2D_MAX + 512)

// `[EAN13 4006381333931]`, `[IMAGE 640x200]`, `[DRAWER 1]`, always terminated; empty for lines, feeds,
// cuts, pages and areas. Returns the length.
size_t ph_item_label(const struct ph_item *item, char *buf, size_t size);

#endif
