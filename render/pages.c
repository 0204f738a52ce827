// Decides what comes on which page; drawing it is left to output.c.
#include "render/pages.h"

#include <errno.h>
#include <stdlib.h>

#include "render/limits.h"

struct splitter {
	const struct ph_sheet *sheet;
	struct ph_pages pages;
	struct ph_page page; // the present one
	bool drawn;	     // something on it is visible
};

static bool is_visible(const struct ph_item *item)
{
	switch (item->kind) {
	case PH_ITEM_LINE:
	case PH_ITEM_BARCODE:
	case PH_ITEM_QR:
	case PH_ITEM_CODE2D:
	case PH_ITEM_IMAGE:
	case PH_ITEM_PAGE:
		return true;
	case PH_ITEM_FEED:
	case PH_ITEM_CUT:
	case PH_ITEM_DRAWER:
	case PH_ITEM_BEEP:
	case PH_ITEM_RAW:
	case PH_ITEM_AREA:
	case PH_ITEM_PAGE_END:
		break;
	}
	return false;
}

// Where the content of the sheet is when item `index` begins.
static double top_of(const struct ph_sheet *sheet, uint32_t index)
{
	return index < sheet->list->item_count ? sheet->parts[index].y : sheet->height;
}

// Ends the present page before item `next`.
static int finish_page(struct splitter *splitter, uint32_t next)
{
	struct ph_pages *pages = &splitter->pages;

	splitter->page.end = next;
	splitter->page.height = top_of(splitter->sheet, next) - splitter->page.y;
	if (splitter->drawn) {
		if (pages->count >= PH_DRAW_PAGES_MAX)
			return -E2BIG;
		struct ph_page *items = reallocarray(pages->items, pages->count + 1, sizeof *items);
		if (!items)
			return -ENOMEM;
		pages->items = items;
		pages->items[pages->count++] = splitter->page;
	}
	splitter->page = (struct ph_page){.first = next, .y = top_of(splitter->sheet, next)};
	splitter->drawn = false;
	return 0;
}

static int split(struct splitter *splitter, double height)
{
	const struct ph_sheet *sheet = splitter->sheet;
	const uint32_t count = sheet->list->item_count;
	int r = 0;

	for (uint32_t i = 0, end; r == 0 && i < count; i = end) {
		const struct ph_item *item = &sheet->list->items[i];
		end = ph_sheet_block_end(sheet, i);
		const double bottom = top_of(sheet, end) - splitter->page.y;
		if (bottom > height && splitter->drawn)
			r = finish_page(splitter, i);
		splitter->drawn = splitter->drawn || is_visible(item);
		if (r == 0 && item->kind == PH_ITEM_CUT)
			r = finish_page(splitter, end);
	}
	return r < 0 ? r : finish_page(splitter, count);
}

int ph_pages_split(const struct ph_sheet *sheet, double height, struct ph_pages *ret_pages)
{
	struct splitter splitter = {.sheet = sheet};
	int r = split(&splitter, height);

	if (r == 0 && splitter.pages.count == 0) {
		splitter.page = (struct ph_page){.end = sheet->list->item_count};
		splitter.drawn = true;
		r = finish_page(&splitter, sheet->list->item_count);
	}
	if (r < 0) {
		free(splitter.pages.items);
		return r;
	}
	*ret_pages = splitter.pages;
	return 0;
}
