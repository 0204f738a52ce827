/* Line displays for tests: the sets that have no emulator of their own, as far as the renderer speaks them. Bytes in, cells
 * out; what the set does not know is counted as a mistake. Sources: the manuals named in protocols/linedisplay/sets.h. */
#ifndef PH_TESTS_POLE_H
#define PH_TESTS_POLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POLE_CELLS 640

enum pole_kind {
	POLE_UTC,
	POLE_UTC_ENHANCED,
	POLE_AEDEX,
	POLE_ADM,
	POLE_DSP800,
	POLE_ICD2002,
	POLE_LOGIC_CONTROLS,
	POLE_IBM,
	POLE_ANSI,
	POLE_NCR,
	POLE_LED8,
};

struct pole {
	enum pole_kind kind;
	unsigned rows, columns;
	char cells[POLE_CELLS + 1];
	bool blinks[POLE_CELLS];
	unsigned cursor; /* cell; rows * columns: past the end */
	bool scroll, flashing, enhanced, cursor_on;
	unsigned brightness, lamp, page, row;
	uint8_t glyph[10];
	uint8_t buffer[64];
	size_t len;
	unsigned mistakes;
	uint8_t answer; /* of the last frame of DSP800 */
};

void pole_init(struct pole *pole, enum pole_kind kind, unsigned rows, unsigned columns);
void pole_feed(struct pole *pole, const void *data, size_t len);
/* A row without trailing spaces, in a buffer that is used again. */
const char *pole_row(const struct pole *pole, unsigned row);

#endif
