// Names symbols, images and effects; where they stand is not its business.
#include "protocols/receipt/item_label.h"

#include <stdio.h>
#include <string.h>

static const char *barcode_name(enum ph_barcode_type type)
{
	static const char *const names[PH_BARCODE_COUNT] = {
		[PH_BARCODE_UPCA] = "UPCA",
		[PH_BARCODE_UPCE] = "UPCE",
		[PH_BARCODE_EAN13] = "EAN13",
		[PH_BARCODE_EAN8] = "EAN8",
		[PH_BARCODE_CODE39] = "CODE39",
		[PH_BARCODE_ITF] = "ITF",
		[PH_BARCODE_CODABAR] = "CODABAR",
		[PH_BARCODE_CODE128] = "CODE128",
		[PH_BARCODE_CODE93] = "CODE93",
		[PH_BARCODE_GS1_128] = "GS1-128",
		[PH_BARCODE_DATABAR] = "DATABAR",
		[PH_BARCODE_DATABAR_TRUNCATED] = "DATABAR TRUNCATED",
		[PH_BARCODE_DATABAR_LIMITED] = "DATABAR LIMITED",
		[PH_BARCODE_DATABAR_EXPANDED] = "DATABAR EXPANDED",
	};

	return names[type];
}

static const char *code2d_name(enum ph_code2d_type type)
{
	static const char *const names[PH_CODE2D_COUNT] = {
		[PH_CODE2D_PDF417] = "PDF417",
		[PH_CODE2D_AZTEC] = "AZTEC",
		[PH_CODE2D_DATAMATRIX] = "DATAMATRIX",
		[PH_CODE2D_MAXICODE] = "MAXICODE",
		[PH_CODE2D_DATABAR_STACKED] = "DATABAR STACKED",
		[PH_CODE2D_DATABAR_STACKED_OMNI] = "DATABAR STACKED OMNI",
		[PH_CODE2D_DATABAR_EXPANDED_STACKED] = "DATABAR EXPANDED STACKED",
		[PH_CODE2D_COMPOSITE] = "COMPOSITE",
	};

	return names[type];
}

static int put_code2d(const struct ph_receipt_code2d *code, char *buf, size_t size)
{
	return snprintf(buf, size, "[%s %s%s%.*s]", code2d_name(code->type),
		code->linear_data ? code->linear_data : "", code->linear_data ? " " : "",
		(int)code->len, code->data);
}

static int put(const struct ph_item *item, char *buf, size_t size)
{
	switch (item->kind) {
	case PH_ITEM_BARCODE:
		return snprintf(buf, size, "[%s %s]", barcode_name(item->node->barcode->type),
			item->node->barcode->data);
	case PH_ITEM_QR:
		return snprintf(
			buf, size, "[QR %.*s]", (int)item->node->qr->len, item->node->qr->data);
	case PH_ITEM_CODE2D:
		return put_code2d(item->node->code2d, buf, size);
	case PH_ITEM_IMAGE:
		return snprintf(buf, size, "[IMAGE %ux%u]", item->image.node->image->pixel_width,
			item->image.node->image->pixel_height);
	case PH_ITEM_DRAWER:
		return snprintf(buf, size, "[DRAWER %u]", item->node->drawer);
	case PH_ITEM_BEEP:
		return snprintf(buf, size, "[BEEP %u]", item->node->beeps);
	case PH_ITEM_RAW:
		return snprintf(buf, size, "[RAW %u bytes]", item->node->raw.len);
	case PH_ITEM_LINE:
	case PH_ITEM_FEED:
	case PH_ITEM_CUT:
	case PH_ITEM_PAGE:
	case PH_ITEM_AREA:
	case PH_ITEM_PAGE_END:
		break;
	}
	buf[0] = 0;
	return 0;
}

size_t ph_item_label(const struct ph_item *item, char *buf, size_t size)
{
	const int needed = put(item, buf, size);
	const size_t len = (size_t)needed < size ? (size_t)needed : size - 1;

	for (size_t i = 0; i < len; i++)
		buf[i] = (char)((unsigned char)buf[i] < 0x20 ? ' ' : buf[i]);
	return len;
}
