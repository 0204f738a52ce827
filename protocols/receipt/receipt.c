// What is done with a receipt that exists: freeing it and naming places in it.
#include "protocols/receipt/receipt.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "protocols/receipt/chunk.h"

void ph_receipt_free(struct ph_receipt *receipt)
{
	if (!receipt)
		return;
	ph_chunk_free_all(receipt->chunks);
	free(receipt);
}

static const char *const kind_names[] = {
	[PH_NODE_TEXT] = "text",
	[PH_NODE_RULE] = "rule",
	[PH_NODE_PAIR] = "pair",
	[PH_NODE_TABLE] = "table",
	[PH_NODE_BARCODE] = "barcode",
	[PH_NODE_QR] = "qr",
	[PH_NODE_FEED] = "feed",
	[PH_NODE_CUT] = "cut",
	[PH_NODE_DRAWER] = "drawer",
	[PH_NODE_BEEP] = "beep",
	[PH_NODE_RAW] = "raw",
	[PH_NODE_BOX] = "box",
	[PH_NODE_IMAGE] = "image",
	[PH_NODE_CODE2D] = "code2d",
	[PH_NODE_PAGE] = "page",
	[PH_NODE_AREA] = "area",
	[PH_NODE_COLUMNS] = "columns",
	[PH_NODE_COLUMN_RULE] = "rule",
	[PH_NODE_COLUMN_BORDER] = "border",
};

// Writes into what is left of a buffer; too much is cut.
struct writer {
	char *at;
	size_t room;
};

__attribute__((format(printf, 2, 3))) static void put(struct writer *out, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	const int len = vsnprintf(out->at, out->room, format, args);
	va_end(args);
	if (len < 0 || !out->room)
		return;
	const size_t took = (size_t)len < out->room ? (size_t)len : out->room - 1;
	out->at += took;
	out->room -= took;
}

// `.body[3].box.body[1]` of the node and those around it.
static void put_place(struct writer *out, const struct ph_receipt *receipt, uint32_t index)
{
	uint32_t chain[PH_RECEIPT_DEPTH_MAX + 1] = {0};
	unsigned depth = 0;

	for (; index < receipt->node_count && depth < PH_ARRAY_SIZE(chain);
		index = receipt->nodes[index].parent)
		chain[depth++] = index;
	while (depth--) {
		const struct ph_receipt_node *node = &receipt->nodes[chain[depth]];
		put(out, ".body[%u]", node->index);
		if (depth)
			put(out, ".%s", kind_names[node->kind]);
	}
}

// Cells that stand before column `column` in their row: those covered by a span are no cells.
static unsigned cell_index(const struct ph_receipt_node *node, unsigned row, unsigned column)
{
	unsigned index = 0;

	if (row >= node->table.row_count)
		return column;
	for (unsigned i = 0; i < column && i < node->table.column_count; i++)
		index += node->table.cells[row * node->table.column_count + i].count != 0;
	return index;
}

static const char *const form_paths[] = {
	[PH_RECEIPT_BODY] = "$",
	[PH_RECEIPT_TEXT] = "$.text",
	[PH_RECEIPT_RAW] = "$.raw_b64",
	[PH_RECEIPT_IMAGE] = "$.image_b64",
	[PH_RECEIPT_PDF] = "$.pdf_b64",
	[PH_RECEIPT_RECEIPTLINE] = "$.receiptline",
};

const char *ph_receipt_path(const struct ph_receipt *receipt, uint32_t at, char *buf, size_t size)
{
	const uint32_t index = PH_AT_NODE(at), sub = PH_AT_SUB(at);
	struct writer out = {buf, size};

	if (at == PH_AT_NONE || !receipt || index >= receipt->node_count) {
		put(&out, "$");
		return buf;
	}
	put(&out, "%s", form_paths[receipt->form]);
	if (receipt->form == PH_RECEIPT_RECEIPTLINE)
		put(&out, ":%u", receipt->nodes[index].index + 1); // its line
	if (receipt->form != PH_RECEIPT_BODY)
		return buf;
	const struct ph_receipt_node *node = &receipt->nodes[index];
	put_place(&out, receipt, index);
	put(&out, ".%s", kind_names[node->kind]);
	const unsigned row = sub / PH_RECEIPT_COLUMNS_MAX, column = sub % PH_RECEIPT_COLUMNS_MAX;
	if (node->kind == PH_NODE_TABLE)
		put(&out, ".rows[%u][%u]", row, cell_index(node, row, column));
	else if (node->kind == PH_NODE_PAIR || (node->kind == PH_NODE_TEXT && node->text.count > 1))
		put(&out, "[%u]", sub);
	return buf;
}
