/*
 * From the picture that is wanted to the bytes that bring a device there: only what differs is sent, short gaps are written
 * again instead of moved over, the last cell comes last. Also the encoding of text, which is the filter: whatever stands in
 * a cell, a byte below 20 or 7F reaches the device only as the code of a glyph that was defined. Pure: the owner sends.
 */
#ifndef PH_PROTOCOLS_LINEDISPLAY_RENDER_H
#define PH_PROTOCOLS_LINEDISPLAY_RENDER_H

#include "protocols/linedisplay/screen.h"
#include "protocols/linedisplay/sets.h"

#define PH_LINEDISPLAY_PAGES_MAX 16
/* Bytes one rendering may need: each cell with a move, a page and two attributes; and all that is not cells. */
#define PH_LINEDISPLAY_OUT_MAX (PH_LINEDISPLAY_CELLS_MAX * 20 + 1024)

/* A cell as the device has it. */
struct ph_linedisplay_encoded {
	uint8_t byte; /* 0: not known what is there */
	uint8_t page; /* index in set->pages; of an ASCII byte always 0 */
	uint8_t attributes;
};

struct ph_linedisplay_renderer {
	const struct ph_linedisplay_set *set;
	unsigned rows, columns;
	uint8_t pages[PH_LINEDISPLAY_PAGES_MAX]; /* indexes in set->pages, in order of preference */
	unsigned page_count;

	/* What the device has, as far as `known`. */
	bool known;
	struct ph_linedisplay_encoded shown[PH_LINEDISPLAY_CELLS_MAX];
	uint8_t page; /* in force; an index in set->pages */
	bool reverse, blink, cursor_on;
	int step; /* of brightness; -1 not set */
	int cell; /* cursor, or -1 when not known */
	uint8_t descriptors[PH_LINEDISPLAY_DESCRIPTORS_MAX];
	struct ph_linedisplay_glyph glyphs[PH_LINEDISPLAY_GLYPHS_MAX];
	unsigned glyph_count;
};

/* Nothing is known of the device. Returns 0, or -EINVAL for a size the set cannot address. */
int ph_linedisplay_renderer_init(struct ph_linedisplay_renderer *renderer,
	const struct ph_linedisplay_set *set, unsigned rows, unsigned columns);

/*
 * Takes the pages to use, in order, from names separated by commas ("cp858,cp852"); without this all of the set in its own
 * order. A set that cannot switch pages uses the first only. Returns 0, or -EINVAL for a name that is unknown, not in the
 * set, or one too many.
 */
int ph_linedisplay_set_pages(struct ph_linedisplay_renderer *renderer, const char *names);

/* The device may show anything: the next rendering starts from nothing. For reconnects, lost bytes, power cycles. */
void ph_linedisplay_forget(struct ph_linedisplay_renderer *renderer);

/*
 * Writes the bytes that make the device show `screen`, whose size is that of the renderer, and assumes that they arrive.
 * `out` has PH_LINEDISPLAY_OUT_MAX bytes. Returns their number, 0 when nothing differs.
 *
 * What the set cannot do is shown as well as it can be: reverse and blinking characters plainly, a blinking screen where
 * only a character should blink, a cursor as '_' in its cell, brightness as the nearest step.
 */
size_t ph_linedisplay_render(struct ph_linedisplay_renderer *renderer,
	const struct ph_linedisplay_screen *screen, uint8_t *out);

/*
 * The byte and page for a code point: of the first page in order that has it, else without its accent, a look-alike, '?'. Never a control byte; a space instead.
 */
struct ph_linedisplay_encoded ph_linedisplay_encode(
	const struct ph_linedisplay_renderer *renderer, uint32_t codepoint);

/* A row of `screen` as the device shows it, UTF-8 without trailing spaces; `out` has 4 * columns + 1 bytes. */
void ph_linedisplay_row_text(const struct ph_linedisplay_renderer *renderer,
	const struct ph_linedisplay_screen *screen, unsigned row, char *out);

/*
 * Packs bytes for the Wincor BA63 and BA66 on USB: one hidraw write of 33 bytes, report id 0 in front, command 02, length,
 * data. Returns how many of `len` bytes (at least 1) it took; an escape may be split over two reports.
 * Source: Diebold Nixdorf BA63USB manual, p. 15.
 */
#define PH_LINEDISPLAY_WINCOR_REPORT 33
#define PH_LINEDISPLAY_WINCOR_DATA   29
size_t ph_linedisplay_wincor_pack(
	const uint8_t *data, size_t len, uint8_t out[PH_LINEDISPLAY_WINCOR_REPORT]);

#endif
