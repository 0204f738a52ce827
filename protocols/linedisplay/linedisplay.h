/*
 * Customer displays of rows and columns: what should be shown, what the device shows, and the bytes that lead from one to
 * the other. Command sets are table rows. Pure: the owner sends the bytes.
 *
 * Sources: Epson DM-D command reference (ESC/POS displays); Partner CD5220 and Bematech LDX manuals (CD5220).
 */
#ifndef PH_PROTOCOLS_LINEDISPLAY_H
#define PH_PROTOCOLS_LINEDISPLAY_H

#include "protocols/codepage/codepage.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_LINEDISPLAY_ROWS_MAX	   8
#define PH_LINEDISPLAY_COLUMNS_MAX 80
#define PH_LINEDISPLAY_CELLS_MAX   (PH_LINEDISPLAY_ROWS_MAX * PH_LINEDISPLAY_COLUMNS_MAX)
#define PH_LINEDISPLAY_PAGES_MAX   8
/* Bytes one rendering may need: each cell with a move, a code page and an attribute, and the start sequence. */
#define PH_LINEDISPLAY_OUT_MAX (PH_LINEDISPLAY_CELLS_MAX * 11 + 64)

/* `prefix` and n select `page`. */
struct ph_linedisplay_page {
	uint8_t n;
	uint8_t page; /* enum ph_codepage */
};

struct ph_linedisplay_set {
	const char *name;
	uint8_t init[16]; /* initialise, cursor off, overwrite mode, clear */
	size_t init_len;
	/* Two-byte prefixes; {0} where the set has no such command. */
	uint8_t move[2];       /* column and row follow, from 1 */
	uint8_t brightness[2]; /* 1 to 4 follows */
	uint8_t reverse[2];    /* 1 or 0 follows; of the characters written next */
	uint8_t blink[2];      /* n x 50 ms follows, 0 steady; the whole screen */
	uint8_t codepage[2];   /* n of a page follows */
	const struct ph_linedisplay_page *pages; /* the first is in force after init */
	size_t page_count;
};

extern const struct ph_linedisplay_set ph_linedisplay_epson;
extern const struct ph_linedisplay_set ph_linedisplay_cd5220;

struct ph_linedisplay_cell {
	uint8_t byte; /* 20 to FF */
	uint8_t page; /* index in pages[]; of an ASCII byte always 0 */
	bool reverse;
};

struct ph_linedisplay {
	const struct ph_linedisplay_set *set;
	unsigned rows, columns;
	uint8_t pages[PH_LINEDISPLAY_PAGES_MAX]; /* indexes in set->pages, in order of preference */
	unsigned page_count;
	struct ph_linedisplay_cell want[PH_LINEDISPLAY_CELLS_MAX], shown[PH_LINEDISPLAY_CELLS_MAX];
	bool known; /* shown[] is true */
	bool want_blink, blink, reverse;
	unsigned want_brightness, brightness; /* 1 to 4; 0 leaves it */
	uint8_t page;			      /* in force; an index in set->pages */
	int cursor;			      /* cell, or -1 when not known */
};

/* An empty screen. Returns 0, or -EINVAL outside the limits. */
int ph_linedisplay_init(struct ph_linedisplay *display, const struct ph_linedisplay_set *set,
	unsigned rows, unsigned columns);

/*
 * Takes the pages to use, in order, from names separated by commas ("cp858,cp852"); without this all of the set in its own
 * order. Returns 0, or -EINVAL for a name that is unknown or not in the set.
 */
int ph_linedisplay_set_pages(struct ph_linedisplay *display, const char *names);

/*
 * Sets one row from UTF-8, cut or filled with spaces to its width. Control characters become spaces. What no page holds is
 * shown without its accent, or by a look-alike, or as '?'.
 */
void ph_linedisplay_set_row(
	struct ph_linedisplay *display, unsigned row, const char *text, bool reverse);

/* Per cent to the four steps all sets have. */
void ph_linedisplay_set_brightness(struct ph_linedisplay *display, unsigned percent);

/* The device may show anything: the next rendering starts from nothing. */
void ph_linedisplay_forget(struct ph_linedisplay *display);

/*
 * Writes the bytes that make the device show what is wanted and assumes that they arrive. `out` has
 * PH_LINEDISPLAY_OUT_MAX bytes. Returns their number, 0 when nothing differs.
 */
size_t ph_linedisplay_render(struct ph_linedisplay *display, uint8_t *out);

/* A row as shown, UTF-8 without trailing spaces; `out` has 4 * columns + 1 bytes. */
void ph_linedisplay_row_text(const struct ph_linedisplay *display, unsigned row, char *out);

/* The byte and page (index in set->pages) for a code point, by the rules of ph_linedisplay_set_row(). */
struct ph_linedisplay_cell ph_linedisplay_encode(
	const struct ph_linedisplay *display, uint32_t codepoint);

#endif
