// Measures a display list; how its items are drawn is in sheet_draw.c.
#include "render/sheet.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/image.h"
#include "render/limits.h"

#define NOTE_UNITS 24  // height of a cut or a note
#define SLACK	   1.5 // units that pictures may be higher than planned, by rounding

struct cursor {
	double y;
	uint32_t area, page; // items of the present area and page; UINT32_MAX: none
	double bottom;	     // of the areas so far, from the top of their page
};

static int blame(
	struct ph_sheet *sheet, uint32_t at, int err, const char *text, struct ph_refusal *refusal)
{
	struct ph_receipt_error error;

	ph_receipt_path(sheet->list->receipt, at, error.path, sizeof error.path);
	snprintf(error.message, sizeof error.message, "%s", text);
	return ph_refuse_document(refusal, err, &error);
}

static int measure_image(struct ph_sheet *sheet, const struct ph_item *item,
	struct ph_sheet_part *part, struct ph_refusal *refusal)
{
	const struct ph_receipt_image *image = item->image.node->image;
	struct ph_image_error error = {.text = ""};
	unsigned width = item->image.width;
	int r;

	if (sheet->options.grey) {
		// finer than a dot, as far as the picture is
		while (width * 2 <= PH_DRAW_WIDTH_MAX && width * 2 <= image->pixel_width &&
			width < item->image.width * 4u)
			width *= 2;
		r = ph_image_decode(
			image->data, image->len, image->format, width, &part->grey, &error);
		if (r == 0)
			part->height = part->grey.height * (double)item->image.width / width;
	} else {
		r = ph_image_dots(image, width, &part->picture, &error);
		part->height = part->picture.height;
	}
	return r < 0 ? blame(sheet, item->at, r, error.text, refusal) : 0;
}

static int measure_symbol(struct ph_sheet *sheet, const struct ph_item *item,
	struct ph_sheet_part *part, struct ph_refusal *refusal)
{
	struct ph_symbol_error error = {.text = ""};
	const int r = ph_symbol_init(&part->symbol, item->node, item->symbol.width,
		sheet->list->media.cell[PH_FONT_A], &error);

	if (r < 0)
		return blame(sheet, item->at, r, error.text, refusal);
	part->height = part->symbol.height;
	return 0;
}

static double line_height(const struct ph_sheet *sheet, const struct ph_item *item)
{
	const double height = ph_text_height(
		sheet->list->runs + item->line.first, item->line.count, &sheet->metrics);

	return item->line.tight ? height : fmax(height, PH_LAYOUT_LINE_UNITS);
}

static int measure_item(struct ph_sheet *sheet, const struct ph_item *item,
	struct ph_sheet_part *part, struct ph_refusal *refusal)
{
	switch (item->kind) {
	case PH_ITEM_LINE:
		part->height = line_height(sheet, item);
		return 0;
	case PH_ITEM_BARCODE:
	case PH_ITEM_QR:
	case PH_ITEM_CODE2D:
		return measure_symbol(sheet, item, part, refusal);
	case PH_ITEM_IMAGE:
		return measure_image(sheet, item, part, refusal);
	case PH_ITEM_FEED:
		part->height = item->node->feed_lines * (double)PH_LAYOUT_LINE_UNITS;
		return 0;
	case PH_ITEM_CUT:
	case PH_ITEM_DRAWER:
	case PH_ITEM_BEEP:
	case PH_ITEM_RAW:
		part->height = sheet->options.notes ? NOTE_UNITS : 0;
		return 0;
	case PH_ITEM_PAGE:
		part->height = item->area.height * (double)PH_LAYOUT_LINE_UNITS;
		return 0;
	case PH_ITEM_AREA:
	case PH_ITEM_PAGE_END:
		return 0;
	}
	return 0;
}

// An area is as high as it says, or as its content: how high symbols are the layout does not know.
static int end_area(struct ph_sheet *sheet, struct cursor *cursor, struct ph_refusal *refusal)
{
	const double line = PH_LAYOUT_LINE_UNITS;

	if (cursor->area == UINT32_MAX)
		return 0;
	const struct ph_item *item = &sheet->list->items[cursor->area];
	const struct ph_receipt_node *area = item->area.node;
	const struct ph_receipt_node *page = sheet->list->items[cursor->page].area.node;
	const bool upright = area->area.direction == PH_DIRECTION_RIGHT ||
			     area->area.direction == PH_DIRECTION_LEFT;
	double height = item->area.height * line;
	if (cursor->y > (upright ? height : item->area.width) + SLACK) {
		if (area->area.height)
			return blame(sheet, item->at, -ERANGE,
				"the content is higher than its area", refusal);
		height = ceil((cursor->y - SLACK) / line) * line;
	}
	const double bottom = item->area.y * line + height;
	if (bottom > (page->page.height ? page->page.height : PH_RECEIPT_PAGE_MAX) * line)
		return blame(sheet, item->at, -ERANGE, "the area ends below its page", refusal);
	sheet->parts[cursor->area].height = height;
	cursor->bottom = fmax(cursor->bottom, bottom);
	cursor->area = UINT32_MAX;
	return 0;
}

// Where an item begins, and where the next one does.
static int advance(
	struct ph_sheet *sheet, uint32_t index, struct cursor *cursor, struct ph_refusal *refusal)
{
	const struct ph_item *item = &sheet->list->items[index];
	struct ph_sheet_part *part = &sheet->parts[index];
	struct ph_sheet_part *page =
		cursor->page == UINT32_MAX ? NULL : &sheet->parts[cursor->page];
	int r = 0;

	if (page && (item->kind == PH_ITEM_AREA || item->kind == PH_ITEM_PAGE_END))
		r = end_area(sheet, cursor, refusal);
	if (page && item->kind == PH_ITEM_AREA) {
		part->y = page->y + item->area.y * (double)PH_LAYOUT_LINE_UNITS;
		cursor->area = index;
		cursor->y = 0;
	} else if (page && item->kind == PH_ITEM_PAGE_END) {
		page->height = fmax(page->height, cursor->bottom);
		part->y = cursor->y = page->y + page->height;
		cursor->page = UINT32_MAX;
	} else {
		part->y = cursor->y;
		cursor->y += part->height;
	}
	if (item->kind == PH_ITEM_PAGE) {
		cursor->page = index;
		cursor->bottom = 0;
	}
	return r;
}

int ph_sheet_init(struct ph_sheet *sheet, const struct ph_display_list *list,
	const struct ph_sheet_options *options, uint32_t first, uint32_t end,
	struct ph_refusal *refusal)
{
	struct cursor cursor = {.area = UINT32_MAX, .page = UINT32_MAX};
	int r = 0;

	*sheet = (struct ph_sheet){.list = list, .options = *options};
	sheet->metrics = ph_text_metrics_of(&list->media);
	sheet->parts = calloc(list->item_count + 1u, sizeof *sheet->parts);
	if (!sheet->parts)
		return ph_refuse(refusal, -ENOMEM, PH_E_FAILURE, "", "out of memory");
	for (uint32_t i = first; r == 0 && i < end; i++) {
		struct ph_sheet_part *part = &sheet->parts[i];
		part->area = cursor.area;
		r = measure_item(sheet, &list->items[i], part, refusal);
		if (r == 0)
			r = advance(sheet, i, &cursor, refusal);
	}
	sheet->height = cursor.y;
	if (r < 0)
		ph_sheet_done(sheet);
	return r;
}

void ph_sheet_done(struct ph_sheet *sheet)
{
	for (uint32_t i = 0; sheet->parts && i < sheet->list->item_count; i++) {
		ph_symbol_done(&sheet->parts[i].symbol);
		free(sheet->parts[i].picture.bits);
		free(sheet->parts[i].grey.pixels);
	}
	free(sheet->parts);
	sheet->parts = NULL;
}

uint32_t ph_sheet_block_end(const struct ph_sheet *sheet, uint32_t first)
{
	uint32_t end = first;

	if (sheet->list->items[first].kind != PH_ITEM_PAGE)
		return first + 1;
	while (end < sheet->list->item_count && sheet->list->items[end].kind != PH_ITEM_PAGE_END)
		end++;
	return end < sheet->list->item_count ? end + 1 : end;
}
