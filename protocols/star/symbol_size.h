// Private to the encoder: how wide the barcodes of Star printers become, and their data.
#ifndef PH_PROTOCOLS_STAR_SYMBOL_SIZE_H
#define PH_PROTOCOLS_STAR_SYMBOL_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocols/receipt/receipt.h"

#define PH_STAR_BAR_DATA_MAX 1024 // bytes of ESC b data: escapes make a character two

struct ph_star_bars {
	uint8_t type; // n1 of ESC b
	uint8_t data[PH_STAR_BAR_DATA_MAX];
	size_t len;
	// elements of the symbol: dots = narrow * one + wide * the width of a wide element
	unsigned narrow, wide;
	bool exact; // the printer cannot make it narrower or wider
};

// n3 of ESC b with the widths of its elements in dots; wide 0 where only modules count.
struct ph_star_bar_mode {
	uint8_t n3, narrow, wide;
};

// Source: STAR Line Mode Command Specifications, ESC b, tables of n3. `data` must be checked.
// -EINVAL for what ESC b cannot carry, -E2BIG when it is too long.
int ph_star_make_bars(const struct ph_receipt_barcode *code, struct ph_star_bars *ret_bars);

// The modes of a type, from the best to the smallest; *ret_count of them.
const struct ph_star_bar_mode *ph_star_bar_modes(enum ph_barcode_type type, unsigned *ret_count);

#endif
