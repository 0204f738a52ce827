// Shows a display list as plain text, cell by cell: the preview of a receipt.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "protocols/receipt/item_label.h"
#include "protocols/receipt/width.h"

// The left edge of a run in cells of the line: those of its first run's font.
static unsigned column_of(
	const struct ph_display_list *list, const struct ph_run *run, const struct ph_run *first)
{
	const unsigned cell = list->media.cell[ph_style_font(first->style)];
	return (run->x + cell / 2) / cell;
}

// Text with the room that its width takes behind each character.
static void show_spaced(FILE *out, const struct ph_run *run)
{
	const unsigned times = ph_style_width(run->style);
	unsigned cells;
	uint32_t cp;

	for (uint32_t i = 0; i < run->len;) {
		const uint32_t len =
			ph_cluster(run->data + i, run->len - i, PH_CLUSTER_CELLS, &cp, &cells);
		fprintf(out, "%.*s%*s", (int)len, run->data + i, (int)(cells * (times - 1)), "");
		i += len;
	}
}

static void show_line(FILE *out, const struct ph_display_list *list, const struct ph_item *item)
{
	const struct ph_run *runs = list->runs + item->line.first;
	const bool spaced = list->receipt && list->receipt->form == PH_RECEIPT_RECEIPTLINE;
	unsigned column = 0;

	for (uint32_t i = 0; i < item->line.count; i++) {
		const struct ph_run *run = &runs[i];
		for (const unsigned start = column_of(list, run, runs); column < start; column++)
			fputc(' ', out);
		if (spaced && ph_style_width(run->style) > 1) {
			show_spaced(out, run);
			column += ph_text_cells(run->data, run->len) * ph_style_width(run->style);
			continue;
		}
		for (unsigned n = 0; n < run->repeat; n++)
			fwrite(run->data, 1, run->len, out);
		column += ph_text_cells(run->data, run->len) * run->repeat;
	}
	fputc('\n', out);
}

// What something is shown as, in the place of `width` units from `x` that it is aligned in.
struct place {
	unsigned x, width;
	enum ph_align align;
};

static void show_aligned(FILE *out, const struct ph_display_list *list, const struct place *place,
	const char *label, size_t len)
{
	const unsigned cell = list->media.cell[PH_FONT_A], columns = place->width / cell;
	const unsigned rest = len < columns ? columns - (unsigned)len : 0;
	const enum ph_align align = place->align;
	const unsigned indent = align == PH_ALIGN_CENTER  ? rest / 2
				: align == PH_ALIGN_RIGHT ? rest
							  : 0;

	fprintf(out, "%*s%.*s\n", (int)(place->x / cell + indent), "", (int)len, label);
}

// Where a symbol or image is aligned.
static struct place place_of(const struct ph_item *item)
{
	if (item->kind == PH_ITEM_IMAGE)
		return (struct place){
			item->image.place_x, item->image.place_width, item->image.node->align};
	return (struct place){item->symbol.x, item->symbol.width, item->symbol.node->align};
}

static void show_symbol(FILE *out, const struct ph_display_list *list, const struct ph_item *item)
{
	char label[PH_ITEM_LABEL_MAX];
	const size_t len = ph_item_label(item, label, sizeof label);
	const struct place place = place_of(item);

	show_aligned(out, list, &place, label, len);
}

static void show_note(FILE *out, const struct ph_item *item)
{
	char label[PH_ITEM_LABEL_MAX];

	ph_item_label(item, label, sizeof label);
	fprintf(out, "%s\n", label);
}

// `[AREA 0,2 24x10 up]`: place and size in cells and lines. What is in it follows, not turned.
static void show_area(FILE *out, const struct ph_display_list *list, const struct ph_item *item)
{
	static const char *const directions[] = {[PH_DIRECTION_RIGHT] = "",
		[PH_DIRECTION_UP] = " up",
		[PH_DIRECTION_LEFT] = " left",
		[PH_DIRECTION_DOWN] = " down"};
	const unsigned cell = list->media.cell[PH_FONT_A];

	fprintf(out, "[AREA %u,%u %ux%u%s]\n", item->area.x / cell, item->area.y,
		item->area.width / cell, item->area.height,
		directions[item->area.node->area.direction]);
}

static void show_cut(FILE *out, const struct ph_display_list *list)
{
	const unsigned columns = list->media.width / list->media.cell[PH_FONT_A];

	for (unsigned i = 0; i < columns; i++)
		fputc(i % 2 ? ' ' : '-', out);
	fputc('\n', out);
}

static void show_item(FILE *out, const struct ph_display_list *list, const struct ph_item *item)
{
	switch (item->kind) {
	case PH_ITEM_LINE:
		show_line(out, list, item);
		break;
	case PH_ITEM_BARCODE:
	case PH_ITEM_QR:
	case PH_ITEM_CODE2D:
	case PH_ITEM_IMAGE:
		show_symbol(out, list, item);
		break;
	case PH_ITEM_FEED:
		for (unsigned i = 0; i < item->node->feed_lines; i++)
			fputc('\n', out);
		break;
	case PH_ITEM_CUT:
		show_cut(out, list);
		break;
	case PH_ITEM_DRAWER:
	case PH_ITEM_BEEP:
	case PH_ITEM_RAW:
		show_note(out, item);
		break;
	case PH_ITEM_PAGE:
		fprintf(out, "[PAGE %u]\n", item->area.height);
		break;
	case PH_ITEM_AREA:
		show_area(out, list, item);
		break;
	case PH_ITEM_PAGE_END:
		fputs("[END OF PAGE]\n", out);
		break;
	}
}

int ph_display_list_text(const struct ph_display_list *list, char **ret_text)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return -ENOMEM;
	for (uint32_t i = 0; i < list->item_count; i++)
		show_item(out, list, &list->items[i]);
	const bool failed = ferror(out);
	if (fclose(out) != 0 || failed) {
		free(text);
		return -ENOMEM;
	}
	*ret_text = text;
	return 0;
}
