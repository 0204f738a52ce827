/*
 * The picture on a line display: what the model wants to be seen and what the renderer brings to the device. Plain data, so
 * that tests and clients compare cells, not pictures. No allocation, no I/O.
 */
#ifndef PH_PROTOCOLS_LINEDISPLAY_SCREEN_H
#define PH_PROTOCOLS_LINEDISPLAY_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_LINEDISPLAY_ROWS_MAX	       8
#define PH_LINEDISPLAY_COLUMNS_MAX     80
#define PH_LINEDISPLAY_CELLS_MAX       (PH_LINEDISPLAY_ROWS_MAX * PH_LINEDISPLAY_COLUMNS_MAX)
#define PH_LINEDISPLAY_DESCRIPTORS_MAX 20
#define PH_LINEDISPLAY_GLYPHS_MAX      16
#define PH_LINEDISPLAY_GLYPH_COLUMNS   5

/* Attributes of a cell; the values of UnifiedPOS DISP_DT_*. */
#define PH_LINEDISPLAY_NORMAL  0
#define PH_LINEDISPLAY_BLINK   1
#define PH_LINEDISPLAY_REVERSE 2

/* UnifiedPOS CursorType; PH_LINEDISPLAY_CURSOR_BLINK may be added. */
enum ph_linedisplay_cursor_type {
	PH_LINEDISPLAY_CURSOR_NONE,
	PH_LINEDISPLAY_CURSOR_FIXED,
	PH_LINEDISPLAY_CURSOR_BLOCK,
	PH_LINEDISPLAY_CURSOR_HALF,
	PH_LINEDISPLAY_CURSOR_UNDERLINE,
	PH_LINEDISPLAY_CURSOR_REVERSE,
	PH_LINEDISPLAY_CURSOR_OTHER,
};
#define PH_LINEDISPLAY_CURSOR_BLINK 0x10000000

/* UnifiedPOS SetDescriptor. */
enum ph_linedisplay_descriptor {
	PH_LINEDISPLAY_DESCRIPTOR_OFF,
	PH_LINEDISPLAY_DESCRIPTOR_ON,
	PH_LINEDISPLAY_DESCRIPTOR_BLINK,
};

struct ph_linedisplay_cell {
	uint32_t codepoint; /* one cell wide; 20 and up, or the code of a glyph */
	uint8_t attributes;
};

/* A character made by the application, shown wherever its code stands. */
struct ph_linedisplay_glyph {
	uint32_t code;
	uint8_t columns
		[PH_LINEDISPLAY_GLYPH_COLUMNS]; /* left to right, bit 0 is the top row of at most 8 */
};

struct ph_linedisplay_screen {
	unsigned rows, columns;
	struct ph_linedisplay_cell cells[PH_LINEDISPLAY_CELLS_MAX]; /* row by row */
	int brightness; /* per cent, 0 is dark; -1 leaves it */
	unsigned cursor_row, cursor_column;
	int cursor_type; /* enum ph_linedisplay_cursor_type and PH_LINEDISPLAY_CURSOR_BLINK */
	uint8_t descriptors[PH_LINEDISPLAY_DESCRIPTORS_MAX]; /* enum ph_linedisplay_descriptor */
	struct ph_linedisplay_glyph glyphs[PH_LINEDISPLAY_GLYPHS_MAX];
	unsigned glyph_count;
};

/* Blank, no cursor, brightness left alone. Returns 0, or -EINVAL outside the limits. */
int ph_linedisplay_screen_init(
	struct ph_linedisplay_screen *screen, unsigned rows, unsigned columns);

/* Sets one row from UTF-8, cut or filled with spaces to its width. A control character becomes a space. */
void ph_linedisplay_screen_row(
	struct ph_linedisplay_screen *screen, unsigned row, const char *text, unsigned attributes);

/*
 * Reads what fills one cell: a character of UTF-8 with the combining marks behind it, composed where one character is both
 * (marks that are not are left out); bytes that are not UTF-8 become '?'. `len` > 0. Returns the bytes taken; *ret_codepoint
 * is 0 for a mark without a letter. Control characters are handed over as they are.
 */
size_t ph_linedisplay_next(const char *text, size_t len, uint32_t *ret_codepoint);

/* Whether a code point is a control character (C0, DEL, C1) or none at all: nothing a display may ever get. */
bool ph_linedisplay_is_control(uint32_t codepoint);

#endif
