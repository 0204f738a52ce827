// Says in words what came out differently from the document.
#include <stdio.h>

#include "protocols/escpos/encode.h"

const char *ph_escpos_loss_text(const struct ph_escpos_loss *loss, char *buf, size_t size)
{
	switch (loss->kind) {
	case PH_ESCPOS_LOSS_CHAR:
		snprintf(buf, size, "char U+%04X not printable -> ?", loss->value);
		break;
	case PH_ESCPOS_LOSS_CONTROL:
		snprintf(buf, size, "control character U+%04X left out", loss->value);
		break;
	case PH_ESCPOS_LOSS_CUT_KIND:
		snprintf(buf, size, "%s",
			loss->value ? "partial cut -> full" : "full cut -> partial");
		break;
	case PH_ESCPOS_LOSS_NO_CUT:
		snprintf(buf, size, "no cutter: fed to the tear bar");
		break;
	case PH_ESCPOS_LOSS_MODULE:
		snprintf(buf, size, "modules shrunk to %u dots to fit the paper", loss->value);
		break;
	case PH_ESCPOS_LOSS_QUIET:
		snprintf(buf, size, "fits only without its quiet zone: the paper margin must do");
		break;
	case PH_ESCPOS_LOSS_NO_BEEP:
		snprintf(buf, size, "no buzzer: beep left out");
		break;
	}
	return buf;
}
