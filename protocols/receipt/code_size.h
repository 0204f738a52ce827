// How large bar codes and 2-D codes become at most, whoever encodes them: a printer that gets more than a symbol holds
// prints nothing and says nothing.
#ifndef PH_PROTOCOLS_RECEIPT_CODE_SIZE_H
#define PH_PROTOCOLS_RECEIPT_CODE_SIZE_H

#include "protocols/receipt/receipt.h"

// Modules of a Code 93 symbol without quiet zones. What is not among its 43 characters takes two (AIM USS-93, full ASCII).
unsigned ph_code93_modules(const char *data, size_t len);

// The error correction level asked for, else the one that ISO/IEC 15438, annex E recommends for so much data.
unsigned ph_pdf417_level(const struct ph_receipt_code2d *code);

// Finds columns and rows that hold the data whatever compaction is used, at most `modules` wide without quiet zones and
// about three times as wide as high; those of the document are kept. False: there are none.
bool ph_pdf417_shape(const struct ph_receipt_code2d *code, unsigned modules, unsigned *ret_columns,
	unsigned *ret_rows);

// Certain to fit into a MaxiCode symbol of mode 4 to 6 as text of the code sets A and B (ISO/IEC 16023, table A.1).
bool ph_maxicode_fits(const struct ph_receipt_code2d *code);

#endif
