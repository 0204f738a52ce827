// Says in words what came out differently from the document.
#include <stdio.h>

#include "protocols/star/encode.h"

static const char *style_name(uint32_t style)
{
	return style & PH_STYLE_ITALIC	 ? "italic"
	       : style & PH_STYLE_STRIKE ? "strike"
	       : style & PH_STYLE_RED	 ? "second colour"
	       : style & PH_STYLE_ROTATE ? "rotation"
	       : style & PH_STYLE_THICK	 ? "thick underline"
	       : style & PH_STYLE_INVERT ? "white on black"
	       : style & PH_STYLE_FONT_C ? "font c"
					 : "style";
}

const char *ph_star_loss_text(const struct ph_receipt_loss *loss, char *buf, size_t size)
{
	const unsigned value = loss->value;

	switch ((enum ph_star_loss_kind)loss->kind) {
	case PH_STAR_LOSS_CHAR:
		snprintf(buf, size, "char U+%04X not printable -> ?", value);
		break;
	case PH_STAR_LOSS_DRAWN:
		snprintf(buf, size, "char U+%04X -> raster", value);
		break;
	case PH_STAR_LOSS_CONTROL:
		snprintf(buf, size, "control character U+%04X left out", value);
		break;
	case PH_STAR_LOSS_SIZE:
		snprintf(buf, size, "enlarged %u times at most", value);
		break;
	case PH_STAR_LOSS_STYLE:
		snprintf(buf, size, "%s ignored", style_name(value));
		break;
	case PH_STAR_LOSS_CUT_KIND:
		snprintf(buf, size, "%s", value ? "partial cut -> full" : "full cut -> partial");
		break;
	case PH_STAR_LOSS_NO_CUT:
		snprintf(buf, size, "no cutter: fed to the tear bar");
		break;
	case PH_STAR_LOSS_MODULE:
		snprintf(buf, size, "printed with modules of %u dots", value);
		break;
	case PH_STAR_LOSS_QUIET:
		snprintf(buf, size, "fits only without its quiet zone: the paper margin must do");
		break;
	case PH_STAR_LOSS_HRI:
		snprintf(buf, size, "text of the barcode printed below it");
		break;
	case PH_STAR_LOSS_SYMBOL_DRAWN:
		snprintf(buf, size, "symbol -> raster");
		break;
	case PH_STAR_LOSS_SYMBOL_TEXT:
		snprintf(buf, size, "symbol not drawn -> its data as text");
		break;
	case PH_STAR_LOSS_IMAGE:
		snprintf(buf, size, "image left out: it could not be drawn");
		break;
	case PH_STAR_LOSS_PAGE:
		snprintf(buf, size, "page not drawn -> its areas one below the other");
		break;
	case PH_STAR_LOSS_RAW:
		snprintf(buf, size, "raw bytes for another kind of printer left out");
		break;
	case PH_STAR_LOSS_NO_BEEP:
		snprintf(buf, size, "no buzzer: beep left out");
		break;
	}
	return buf;
}
