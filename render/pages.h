// A measured display list cut into pages: at each cut, and where a page of fixed height is full.
#ifndef PH_RENDER_PAGES_H
#define PH_RENDER_PAGES_H

#include "render/sheet.h"

struct ph_page {
	uint32_t first, end; // items
	double y, height;    // of the sheet, in units
};

struct ph_pages {
	struct ph_page *items;
	unsigned count;
};

// `height` is what a page holds, in units; a block that is higher has a page of its own and goes beyond. Pages on which
// nothing is drawn are left out; a sheet without any has one empty page. -E2BIG: more than PH_DRAW_PAGES_MAX; -ENOMEM. Free
// items with free().
int ph_pages_split(const struct ph_sheet *sheet, double height, struct ph_pages *ret_pages);

#endif
