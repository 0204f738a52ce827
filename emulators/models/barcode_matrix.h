/* Two-dimensional symbols an ESC/POS printer draws (GS ( k), as rows of modules. The encoding itself is
 * that of libzint and libqrencode. */
#ifndef PH_EMULATORS_MODELS_BARCODE_MATRIX_H
#define PH_EMULATORS_MODELS_BARCODE_MATRIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emulators/models/canvas.h"

#define PH_EMU_MATRIX_MAX_ROWS 200u

enum ph_emu_matrix_kind {
	PH_EMU_MATRIX_PDF417,
	PH_EMU_MATRIX_QR,
	PH_EMU_MATRIX_MICRO_QR,
	PH_EMU_MATRIX_MAXICODE,
	PH_EMU_MATRIX_DATABAR_STACKED,
	PH_EMU_MATRIX_DATABAR_STACKED_OMNI,
	PH_EMU_MATRIX_DATABAR_EXPANDED_STACKED,
	PH_EMU_MATRIX_COMPOSITE,
	PH_EMU_MATRIX_AZTEC,
	PH_EMU_MATRIX_DATAMATRIX,
};

struct ph_emu_matrix_spec {
	enum ph_emu_matrix_kind kind;
	const uint8_t *data;
	size_t len;
	const uint8_t *linear; /* composite: data of its linear component */
	size_t linear_len;
	unsigned linear_kind; /* composite: 65 EAN-8 ... as GS ( k 52 numbers them */
	int level;	/* error correction: PDF417 0-8, QR 0-3, Aztec per cent; -1 automatic */
	unsigned ratio; /* PDF417: tenths of the data instead of a level; 0 none */
	unsigned columns, rows; /* PDF417, DataMatrix; 0 automatic */
	unsigned row_height;	/* PDF417, in modules: for the automatic shape */
	unsigned layers;	/* Aztec; 0 automatic */
	bool option;		/* PDF417 truncated, Aztec compact, DataMatrix rectangular */
	unsigned max_modules;	/* expanded stacked: widest row */
	unsigned mode;		/* MaxiCode: 2 to 6 */
};

struct ph_emu_matrix {
	unsigned width, rows;			     /* modules */
	unsigned row_height[PH_EMU_MATRIX_MAX_ROWS]; /* modules; 0: as high as bars are */
	uint8_t *module;			     /* width * rows, 1 black */
	struct ph_emu_canvas picture; /* MaxiCode: dots at its one size, and no modules */
};

/* -EINVAL when the symbol cannot hold the data or the parameters do not go together, -ENOMEM. The caller
 * frees with _done. */
int ph_emu_matrix_encode(const struct ph_emu_matrix_spec *spec, struct ph_emu_matrix *ret_matrix);
void ph_emu_matrix_done(struct ph_emu_matrix *m);

#endif
