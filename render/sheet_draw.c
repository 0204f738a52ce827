// Draws a measured display list: lines, symbols, pictures, areas that are turned, and notes about what paper does not show.
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "render/sheet.h"

#define DASH	     9.0 // of a cut, and as much between
#define NOTE_CELL    8	 // of the text of a note
#define NOTE_PADDING 4

struct brush {
	const struct ph_sheet *sheet;
	struct ph_canvas *canvas;
	struct ph_missing *missing;
	const struct ph_item *item;
	const struct ph_sheet_part *part;
	double room; // width of the paper or of the area
};

static int draw_line(const struct brush *brush)
{
	const struct ph_item *item = brush->item;
	cairo_t *cr = brush->canvas->cr;
	struct ph_text_line line = {.runs = brush->sheet->list->runs + item->line.first,
		.count = item->line.count,
		.metrics = brush->sheet->metrics,
		.y = brush->part->y};

	line.height = ph_text_height(line.runs, line.count, &line.metrics);
	cairo_save(cr);
	if (item->line.upside_down) {
		cairo_translate(cr, brush->room, 2 * line.y + line.height);
		cairo_scale(cr, -1, -1);
	}
	const int r = ph_text_draw(brush->canvas, &line, brush->missing);
	cairo_restore(cr);
	return r;
}

static double align_x(enum ph_align align, double room, double width)
{
	if (align == PH_ALIGN_LEFT || width >= room)
		return 0;
	return align == PH_ALIGN_RIGHT ? room - width : floor((room - width) / 2);
}

static int draw_symbol(const struct brush *brush)
{
	const struct ph_symbol *symbol = &brush->part->symbol;
	const struct ph_item *item = brush->item;
	const double x = align_x(item->node->align, item->symbol.width, symbol->width);

	return ph_symbol_draw(symbol, brush->canvas, item->symbol.x + x, brush->part->y);
}

static int draw_image(const struct brush *brush)
{
	const struct ph_item *item = brush->item;

	ph_canvas_ink(brush->canvas, PH_INK_BLACK);
	if (brush->sheet->options.grey)
		return ph_canvas_grey(brush->canvas, &brush->part->grey, item->image.x,
			brush->part->y, item->image.width);
	return ph_canvas_bitmap(
		brush->canvas, &brush->part->picture, item->image.x, brush->part->y);
}

static int draw_note(const struct brush *brush, const char *text)
{
	struct ph_canvas *canvas = brush->canvas;
	const size_t len = strlen(text);
	const double height = 2 * NOTE_CELL, width = (double)(len * NOTE_CELL);
	const double x = align_x(PH_ALIGN_CENTER, brush->room, width);
	const double y = brush->part->y + (brush->part->height - height) / 2;
	const struct ph_run run = {
		.data = text, .len = (uint32_t)len, .width = (uint16_t)width, .repeat = 1};
	const struct ph_text_line line = {.runs = &run,
		.count = 1,
		.metrics = ph_text_metrics_of_cell(NOTE_CELL),
		.x = x,
		.y = y,
		.height = height};

	ph_canvas_ink(canvas, PH_INK_NOTE);
	cairo_rectangle(canvas->cr, x - NOTE_PADDING - 0.5, y - 1.5, width + 2 * NOTE_PADDING + 1,
		height + 3);
	cairo_set_line_width(canvas->cr, 1);
	cairo_stroke(canvas->cr);
	return ph_text_draw(canvas, &line, NULL);
}

static int draw_cut(const struct brush *brush)
{
	cairo_t *cr = brush->canvas->cr;
	const double y = brush->part->y + floor(brush->part->height / 2) - 0.5, dash = DASH;

	ph_canvas_ink(brush->canvas, PH_INK_NOTE);
	cairo_save(cr);
	cairo_set_line_width(cr, brush->item->node->cut == PH_CUT_FULL ? 3 : 1);
	cairo_set_dash(cr, &dash, 1, 0);
	cairo_move_to(cr, 0, y);
	cairo_line_to(cr, brush->room, y);
	cairo_stroke(cr);
	cairo_restore(cr);
	return 0;
}

static int draw_item(const struct brush *brush)
{
	const struct ph_receipt_node *node = brush->item->node;
	char note[48];

	switch (brush->item->kind) {
	case PH_ITEM_LINE:
		return draw_line(brush);
	case PH_ITEM_BARCODE:
	case PH_ITEM_QR:
	case PH_ITEM_CODE2D:
		return draw_symbol(brush);
	case PH_ITEM_IMAGE:
		return draw_image(brush);
	case PH_ITEM_CUT:
		return brush->sheet->options.notes ? draw_cut(brush) : 0;
	case PH_ITEM_DRAWER:
		snprintf(note, sizeof note, "drawer %u opens", node->drawer);
		break;
	case PH_ITEM_BEEP:
		snprintf(note, sizeof note, "beep %u", node->beeps);
		break;
	case PH_ITEM_RAW:
		snprintf(note, sizeof note, "%u printer bytes", node->raw.len);
		break;
	case PH_ITEM_FEED:
	case PH_ITEM_PAGE:
	case PH_ITEM_AREA:
	case PH_ITEM_PAGE_END:
		return 0;
	}
	return brush->sheet->options.notes ? draw_note(brush, note) : 0;
}

// Makes the corner where the text of an area begins the origin, and its direction the x axis.
static void enter_area(struct brush *brush, uint32_t index)
{
	const struct ph_item *area = &brush->sheet->list->items[index];
	const double x = area->area.x, y = brush->sheet->parts[index].y;
	const double width = area->area.width;
	const double height = brush->sheet->parts[index].height;
	cairo_t *cr = brush->canvas->cr;

	cairo_rectangle(cr, x, y, width, height);
	cairo_clip(cr);
	switch (area->area.node->area.direction) {
	case PH_DIRECTION_RIGHT:
		cairo_translate(cr, x, y);
		brush->room = width;
		break;
	case PH_DIRECTION_UP:
		cairo_translate(cr, x, y + height);
		cairo_rotate(cr, -G_PI / 2);
		brush->room = height;
		break;
	case PH_DIRECTION_LEFT:
		cairo_translate(cr, x + width, y + height);
		cairo_rotate(cr, G_PI);
		brush->room = width;
		break;
	case PH_DIRECTION_DOWN:
		cairo_translate(cr, x + width, y);
		cairo_rotate(cr, G_PI / 2);
		brush->room = height;
		break;
	}
}

int ph_sheet_draw(const struct ph_sheet *sheet, struct ph_canvas *canvas, uint32_t first,
	uint32_t end, struct ph_missing *missing)
{
	struct brush brush = {.sheet = sheet, .canvas = canvas, .missing = missing};
	int r = 0;

	for (uint32_t i = first; r == 0 && i < end; i++) {
		brush.item = &sheet->list->items[i];
		brush.part = &sheet->parts[i];
		brush.room = sheet->list->media.width;
		cairo_save(canvas->cr);
		if (brush.part->area != UINT32_MAX && brush.item->kind != PH_ITEM_AREA &&
			brush.item->kind != PH_ITEM_PAGE_END)
			enter_area(&brush, brush.part->area);
		r = draw_item(&brush);
		cairo_restore(canvas->cr);
	}
	if (r == 0 && cairo_status(canvas->cr) != CAIRO_STATUS_SUCCESS)
		r = -ENOMEM;
	return r;
}
