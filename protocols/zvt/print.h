/*
 * Lines a terminal wants printed: 06 D1 (one) and 06 D3 (several).
 *
 * Source: PA00P015, chapters "Print line" and "Print text-block".
 */
#ifndef PH_PROTOCOLS_ZVT_PRINT_H
#define PH_PROTOCOLS_ZVT_PRINT_H

#include "protocols/zvt/apdu.h"

#include <stdbool.h>

struct ph_zvt_line {
	unsigned indent; /* columns */
	bool centred, double_width, double_height;
	bool last;     /* the receipt ends behind it */
	unsigned feed; /* not a text: that many empty lines */
	const uint8_t *text;
	size_t len;
};

typedef void (*ph_zvt_take_line)(const struct ph_zvt_line *line, void *userdata);

/* Calls `take` for each line. Returns 0, or -EBADMSG when something could not be read: lines in front of it have been taken. */
int ph_zvt_read_print(const struct ph_zvt_apdu *apdu, ph_zvt_take_line take, void *userdata);

/* The receipt's type (tag 1F07: 1 merchant, 2 customer, 3 administration), 0 when it is not said. */
int ph_zvt_print_type(const struct ph_zvt_apdu *apdu);

#endif
