// What is done with a receipt that exists: freeing it and naming places in it.
#include "protocols/receipt/receipt.h"

#include <stdio.h>
#include <stdlib.h>

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
};

const char *ph_receipt_path(const struct ph_receipt *receipt, uint32_t at, char *buf, size_t size)
{
	const uint32_t index = PH_AT_NODE(at), sub = PH_AT_SUB(at);

	if (at == PH_AT_NONE || !receipt || index >= receipt->node_count) {
		snprintf(buf, size, "$");
		return buf;
	}
	const struct ph_receipt_node *node = &receipt->nodes[index];
	const char *kind = kind_names[node->kind];

	if (receipt->form != PH_RECEIPT_BODY)
		snprintf(buf, size, node->kind == PH_NODE_RAW ? "$.raw_b64" : "$.text");
	else if (node->kind == PH_NODE_TABLE)
		snprintf(buf, size, "$.body[%u].table.rows[%u][%u]", index,
			sub / PH_RECEIPT_COLUMNS_MAX, sub % PH_RECEIPT_COLUMNS_MAX);
	else if (node->kind == PH_NODE_PAIR)
		snprintf(buf, size, "$.body[%u].pair[%u]", index, sub);
	else if (node->kind == PH_NODE_TEXT && node->text.count > 1)
		snprintf(buf, size, "$.body[%u].text[%u]", index, sub);
	else
		snprintf(buf, size, "$.body[%u].%s", index, kind);
	return buf;
}
