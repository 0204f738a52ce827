// Shows a display list as plain text, cell by cell: the preview of a receipt.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "protocols/receipt/layout.h"
#include "protocols/receipt/width.h"

// The left edge of a run in cells of the line: those of its first run's font.
static unsigned column_of(
	const struct ph_display_list *list, const struct ph_run *run, const struct ph_run *first)
{
	const unsigned cell = list->media.cell[ph_style_font(first->style)];
	return (run->x + cell / 2) / cell;
}

// Cells that the text of a run takes when written out at size 1.
static unsigned cells_of(const struct ph_run *run)
{
	unsigned cells = 0;

	for (uint32_t i = 0; i < run->len;) {
		uint32_t cp = 0;
		i += (uint32_t)ph_utf8_decode(run->data + i, run->len - i, &cp);
		cells += ph_char_cells(cp);
	}
	return cells * run->repeat;
}

static void show_line(FILE *out, const struct ph_display_list *list, const struct ph_item *item)
{
	const struct ph_run *runs = list->runs + item->line.first;
	unsigned column = 0;

	for (uint32_t i = 0; i < item->line.count; i++) {
		const struct ph_run *run = &runs[i];
		for (const unsigned start = column_of(list, run, runs); column < start; column++)
			fputc(' ', out);
		for (unsigned n = 0; n < run->repeat; n++)
			fwrite(run->data, 1, run->len, out);
		column += cells_of(run);
	}
	fputc('\n', out);
}

static void show_aligned(FILE *out, const struct ph_display_list *list, enum ph_align align,
	const char *label, size_t len)
{
	const unsigned columns = list->media.width / list->media.cell[PH_FONT_A];
	const unsigned rest = len < columns ? columns - (unsigned)len : 0;
	const unsigned indent = align == PH_ALIGN_CENTER  ? rest / 2
				: align == PH_ALIGN_RIGHT ? rest
							  : 0;

	fprintf(out, "%*s%.*s\n", (int)indent, "", (int)len, label);
}

static void show_barcode(
	FILE *out, const struct ph_display_list *list, const struct ph_receipt_node *node)
{
	static const char *const names[] = {
		[PH_BARCODE_UPCA] = "UPCA",
		[PH_BARCODE_UPCE] = "UPCE",
		[PH_BARCODE_EAN13] = "EAN13",
		[PH_BARCODE_EAN8] = "EAN8",
		[PH_BARCODE_CODE39] = "CODE39",
		[PH_BARCODE_ITF] = "ITF",
		[PH_BARCODE_CODABAR] = "CODABAR",
		[PH_BARCODE_CODE128] = "CODE128",
	};
	char label[PH_RECEIPT_BARCODE_MAX + 16];
	const int len = snprintf(
		label, sizeof label, "[%s %s]", names[node->barcode->type], node->barcode->data);

	for (int i = 0; i < len; i++)
		label[i] = (unsigned char)label[i] < 0x20 ? ' ' : label[i];
	show_aligned(out, list, node->align, label, (size_t)len);
}

static void show_qr(
	FILE *out, const struct ph_display_list *list, const struct ph_receipt_node *node)
{
	char label[PH_RECEIPT_QR_MAX + 8];
	const int len =
		snprintf(label, sizeof label, "[QR %.*s]", (int)node->qr->len, node->qr->data);

	for (int i = 0; i < len; i++)
		label[i] = (unsigned char)label[i] < 0x20 ? ' ' : label[i];
	show_aligned(out, list, node->align, label, (size_t)len);
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
		show_barcode(out, list, item->node);
		break;
	case PH_ITEM_QR:
		show_qr(out, list, item->node);
		break;
	case PH_ITEM_FEED:
		for (unsigned i = 0; i < item->node->feed_lines; i++)
			fputc('\n', out);
		break;
	case PH_ITEM_CUT:
		show_cut(out, list);
		break;
	case PH_ITEM_DRAWER:
		fprintf(out, "[DRAWER %u]\n", item->node->drawer);
		break;
	case PH_ITEM_BEEP:
		fprintf(out, "[BEEP %u]\n", item->node->beeps);
		break;
	case PH_ITEM_RAW:
		fprintf(out, "[RAW %u bytes]\n", item->node->raw.len);
		break;
	case PH_ITEM_CODE2D:
	case PH_ITEM_IMAGE:
	case PH_ITEM_PAGE:
	case PH_ITEM_AREA:
	case PH_ITEM_PAGE_END:
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
