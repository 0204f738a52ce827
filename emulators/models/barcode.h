/* Bar patterns of the linear symbologies an ESC/POS printer draws (GS k), from the symbology
 * standards: what the data becomes, in modules. */
#ifndef PH_EMULATORS_MODELS_BARCODE_H
#define PH_EMULATORS_MODELS_BARCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_EMU_BARS_MAX_MODULES 5120u
#define PH_EMU_BARS_MAX_TEXT	320u

enum ph_emu_hri_style {
	PH_EMU_HRI_CENTRED,  /* one run */
	PH_EMU_HRI_TWO_SIX,  /* UPC-A */
	PH_EMU_HRI_TWO_FOUR, /* EAN-8 */
	PH_EMU_HRI_SPREAD,   /* spread over the width */
};

struct ph_emu_bars {
	const char *name;			 /* "EAN13" ... */
	uint8_t module[PH_EMU_BARS_MAX_MODULES]; /* 1 black, 0 white */
	size_t n_modules;
	char data[PH_EMU_BARS_MAX_TEXT]; /* what a reader returns, check digit included */
	char hri[PH_EMU_BARS_MAX_TEXT];	 /* what stands below the bars */
	enum ph_emu_hri_style hri_style;
	unsigned min_height, max_height; /* modules the symbology asks for; 0 none */
	bool boxes; /* the text stands between two small boxes, the start and stop of Code 93 */
};

/* m is the number of GS k: 0-6 or 65-79. -EINVAL when the symbology does not take the data,
 * -ENOTSUP for another m. */
int ph_emu_bars_encode(unsigned m, const uint8_t *data, size_t len, struct ph_emu_bars *ret_bars);

#endif
