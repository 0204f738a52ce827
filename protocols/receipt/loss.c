// Says in words what came out differently from the document.
#include "protocols/receipt/loss.h"

#include <stdio.h>

#include "protocols/receipt/layout.h"

static const char *style_name(uint32_t style)
{
	switch (style) {
	case PH_STYLE_BOLD:
		return "bold";
	case PH_STYLE_UNDERLINE:
		return "underline";
	case PH_STYLE_INVERT:
		return "invert";
	case PH_STYLE_ITALIC:
		return "italic";
	case PH_STYLE_STRIKE:
		return "strike";
	case PH_STYLE_RED:
		return "red";
	case PH_STYLE_ROTATE:
		return "rotate";
	default:
		return "style";
	}
}

static const char *style_text(uint32_t style, char *buf, size_t size)
{
	if (style == PH_STYLE_FONT_C)
		snprintf(buf, size, "font c -> b");
	else if (style == PH_STYLE_FONT_B)
		snprintf(buf, size, "font b -> a");
	else if (style == PH_STYLE_THICK)
		snprintf(buf, size, "thick underline -> thin");
	else
		snprintf(buf, size, "%s ignored", style_name(style));
	return buf;
}

// As documents name them; `value` is kind << 8 | type.
static const char *symbol_name(uint32_t value)
{
	const unsigned kind = value >> 8, type = value & 0xff;

	if (kind == PH_ITEM_BARCODE && type < PH_BARCODE_COUNT)
		return ph_barcode_type_names[type];
	if (kind == PH_ITEM_CODE2D && type < PH_CODE2D_COUNT)
		return ph_code2d_type_name((enum ph_code2d_type)type);
	return "qr";
}

enum form { PLAIN, CODE_POINT, NUMBER, STYLE, SYMBOL, CUT, MAKER };

// What stands before and behind the value.
static const struct {
	enum form form;
	const char *before, *behind;
} rows[] = {
	[PH_LOSS_CHAR] = {CODE_POINT, "char ", " not printable -> ?"},
	[PH_LOSS_DRAWN] = {CODE_POINT, "char ", " -> raster"},
	[PH_LOSS_RULE] = {CODE_POINT, "line ", " -> ASCII"},
	[PH_LOSS_CONTROL] = {CODE_POINT, "control character ", " left out"},
	[PH_LOSS_STYLE_DRAWN] = {STYLE, "", " -> raster"},
	[PH_LOSS_SIZE] = {NUMBER, "size -> ", " times at most"},
	[PH_LOSS_SIZE_DRAWN] = {NUMBER, "size above ", " times -> raster"},
	[PH_LOSS_SHRUNK] = {PLAIN, "printed smaller: its place is narrower than a character", ""},
	[PH_LOSS_UPSIDE_DOWN] = {PLAIN, "upside down ignored", ""},
	[PH_LOSS_UPSIDE_DRAWN] = {PLAIN, "upside down -> raster", ""},
	[PH_LOSS_CUT_KIND] = {CUT, "", ""},
	[PH_LOSS_NO_CUT] = {PLAIN, "no cutter: fed to the tear bar", ""},
	[PH_LOSS_MODULE] = {NUMBER, "modules shrunk to ", " dots to fit the paper"},
	[PH_LOSS_OTHER_MODULE] = {NUMBER, "printed with modules of ", " dots"},
	[PH_LOSS_QUIET] = {PLAIN, "fits only without its quiet zone: the paper margin must do", ""},
	[PH_LOSS_HRI] = {PLAIN, "text of the barcode printed below it", ""},
	[PH_LOSS_SYMBOL_DRAWN] = {SYMBOL, "", " -> raster"},
	[PH_LOSS_SYMBOL_TEXT] = {SYMBOL, "", " -> its data as text"},
	[PH_LOSS_IMAGE] = {PLAIN, "image left out", ""},
	[PH_LOSS_STORED] = {PLAIN, "image stored as logo", ""},
	[PH_LOSS_PAGE_DRAWN] = {PLAIN, "page -> raster", ""},
	[PH_LOSS_PAGE] = {PLAIN, "page -> its areas one below the other", ""},
	[PH_LOSS_RAW] = {MAKER, "raw bytes for ", " printers left out"},
	[PH_LOSS_NO_BEEP] = {PLAIN, "no buzzer: beep left out", ""},
};

const char *ph_loss_text(const struct ph_receipt_loss *loss, char *buf, size_t size)
{
	char value[32] = "";

	if (loss->kind == PH_LOSS_STYLE)
		return style_text(loss->value, buf, size);
	switch (rows[loss->kind].form) {
	case PLAIN:
		break;
	case CODE_POINT:
		snprintf(value, sizeof value, "U+%04X", loss->value);
		break;
	case NUMBER:
		snprintf(value, sizeof value, "%u", loss->value);
		break;
	case STYLE:
		snprintf(value, sizeof value, "%s", style_name(loss->value));
		break;
	case SYMBOL:
		snprintf(value, sizeof value, "%s", symbol_name(loss->value));
		break;
	case CUT:
		snprintf(value, sizeof value, "%s",
			loss->value ? "partial cut -> full" : "full cut -> partial");
		break;
	case MAKER:
		snprintf(value, sizeof value, "%s", loss->value ? "Star" : "ESC/POS");
		break;
	}
	snprintf(buf, size, "%s%s%s", rows[loss->kind].before, value, rows[loss->kind].behind);
	return buf;
}
