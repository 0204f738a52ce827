/*
 * UnifiedPOS LineDisplay in software, for displays that know nothing of it: windows, viewports, cursor rules, scrolling,
 * marquee, teletype, blinking, descriptors, glyphs. The result is a picture for the renderer; the device never scrolls.
 *
 * Time comes from the caller, in milliseconds of any steady clock, from 0. ph_linedisplay_due() says when the picture changes by
 * itself next; then call ph_linedisplay_tick(). Nothing is due in a display at rest.
 *
 * Names and rules: UnifiedPOS 1.16, LineDisplay. Errors: -EINVAL is E_ILLEGAL, -EBUSY is E_BUSY, -ENOSPC is E_ILLEGAL for
 * want of windows, cells or glyphs; nothing has changed then.
 */
#ifndef PH_PROTOCOLS_LINEDISPLAY_MODEL_H
#define PH_PROTOCOLS_LINEDISPLAY_MODEL_H

#include "protocols/linedisplay/screen.h"

#define PH_LINEDISPLAY_WINDOWS_MAX 8	/* with window 0 */
#define PH_LINEDISPLAY_POOL_MAX	   4096 /* cells of all windows together */
#define PH_LINEDISPLAY_TYPED_MAX   1024 /* characters that wait to appear one by one */
#define PH_LINEDISPLAY_REDRAW_MS   100 /* the picture never asks for more than ten redraws a second */

enum ph_linedisplay_direction { /* of ScrollText: the way the text moves */
	PH_LINEDISPLAY_UP = 1,
	PH_LINEDISPLAY_DOWN,
	PH_LINEDISPLAY_LEFT,
	PH_LINEDISPLAY_RIGHT,
};

enum ph_linedisplay_marquee { /* the directions have the values of above */
	PH_LINEDISPLAY_MARQUEE_NONE,
	PH_LINEDISPLAY_MARQUEE_UP,
	PH_LINEDISPLAY_MARQUEE_DOWN,
	PH_LINEDISPLAY_MARQUEE_LEFT,
	PH_LINEDISPLAY_MARQUEE_RIGHT,
	PH_LINEDISPLAY_MARQUEE_INIT, /* stopped; the window can be filled without being seen */
};

enum ph_linedisplay_format { PH_LINEDISPLAY_WALK, PH_LINEDISPLAY_PLACE };

/* Of CreateWindow, in its order. */
struct ph_linedisplay_geometry {
	unsigned viewport_row, viewport_column; /* on the device */
	unsigned viewport_height, viewport_width;
	unsigned rows, columns; /* of the window */
};

struct ph_linedisplay_window {
	struct ph_linedisplay_geometry geometry;
	bool exists;
	size_t first;			/* of its cells in the pool */
	unsigned view_row, view_column; /* the cell of the window in the corner of the viewport */
	unsigned cursor_row, cursor_column; /* column == columns: past the end */
	int cursor_type;
	bool cursor_update;
	unsigned inter_character_wait; /* ms; 0: at once */
	enum ph_linedisplay_marquee marquee;
	enum ph_linedisplay_format format;
	unsigned unit_wait, repeat_wait;	   /* ms */
	enum ph_linedisplay_format running_format; /* as it was when the marquee began */
	int64_t started;			   /* of the marquee */
	unsigned extent;			   /* rows or columns of it that run */
	unsigned step;				   /* shown last */
};

struct ph_linedisplay {
	struct ph_linedisplay_screen screen; /* what was drawn last; blinking cells as if lit */
	struct ph_linedisplay_window windows[PH_LINEDISPLAY_WINDOWS_MAX];
	unsigned current;
	struct ph_linedisplay_cell pool[PH_LINEDISPLAY_POOL_MAX];
	size_t pool_used;
	unsigned descriptor_count;
	bool soft_blink;     /* the model blinks; else the device does */
	unsigned blink_rate; /* ms lit, and as long dark */
	int64_t ticked;	     /* last time seen */

	struct ph_linedisplay_cell typed[PH_LINEDISPLAY_TYPED_MAX];
	unsigned typed_count, typed_shown, typing; /* window they go to */
	int64_t typed_at;			   /* when the next one is due */
	unsigned home[2]; /* where a cursor that is not updated returns to: row, column */
};

/*
 * One window, blank, brightness 100. `soft_blink`: for devices that cannot blink cells, pictures come with them lit and
 * dark in turn. Returns 0, or -EINVAL outside the limits.
 */
int ph_linedisplay_init(struct ph_linedisplay *display, unsigned rows, unsigned columns,
	unsigned descriptors, bool soft_blink);

/* Makes a blank window the current one. Returns its number, -EINVAL or -ENOSPC. */
int ph_linedisplay_create_window(
	struct ph_linedisplay *display, const struct ph_linedisplay_geometry *geometry);

/* The current one goes, what it drew stays; window 0 is current. -EINVAL for window 0. */
int ph_linedisplay_destroy_window(struct ph_linedisplay *display);

/* Makes a window current and, with refresh, draws its viewport again. -EINVAL: no such window, or a running marquee. */
int ph_linedisplay_select_window(struct ph_linedisplay *display, unsigned window);
int ph_linedisplay_refresh_window(struct ph_linedisplay *display, unsigned window);

/*
 * All windows but window 0 go, with their marquees and the characters that wait; what is seen stays. Brightness, blink rate,
 * descriptors and glyphs stay too. The cursor of window 0 is where it was.
 */
void ph_linedisplay_close_windows(struct ph_linedisplay *display);

/* Fills a row of window 0 from UTF-8 with attributes, whatever windows do: no escapes, a control character is a space. */
void ph_linedisplay_set_row(
	struct ph_linedisplay *display, unsigned row, const char *text, unsigned attributes);

/* The current window; its values may be read. */
const struct ph_linedisplay_window *ph_linedisplay_current(const struct ph_linedisplay *display);

/*
 * Writes UTF-8 at the cursor, or at a place, of the current window. CR, LF and the escapes ESC | N, | kC, | rvC (with '!' in
 * front: off again) are followed, other escapes are left out, other control characters are spaces. `attributes` are those
 * in the beginning. -EINVAL: a marquee runs, or the place is outside; -EBUSY: characters still appear; -ENOSPC: more than
 * PH_LINEDISPLAY_TYPED_MAX with InterCharacterWait.
 */
int ph_linedisplay_write(
	struct ph_linedisplay *display, const char *text, unsigned attributes, int64_t now_ms);
int ph_linedisplay_write_at(struct ph_linedisplay *display, const unsigned place[2],
	const char *text, unsigned attributes, int64_t now_ms); /* place: row, column */

/* Blank, cursor at 0,0. */
int ph_linedisplay_clear(struct ph_linedisplay *display);

/*
 * Moves the viewport over the window, up to its edges; on an axis where both are of one size the text itself moves and what
 * moves out is lost. The cursor stays. -EINVAL: a marquee is set, InterCharacterWait, a direction that is none.
 */
int ph_linedisplay_scroll(
	struct ph_linedisplay *display, enum ph_linedisplay_direction direction, unsigned units);

/* Properties of the current window. */
int ph_linedisplay_set_cursor(struct ph_linedisplay *display, unsigned row, unsigned column);
int ph_linedisplay_set_cursor_type(struct ph_linedisplay *display, int type);
void ph_linedisplay_set_cursor_update(struct ph_linedisplay *display, bool update);
int ph_linedisplay_set_inter_character_wait(struct ph_linedisplay *display, unsigned wait_ms);

/*
 * Starts or stops a marquee; -EINVAL for window 0, for left and right unless the window is wider than its viewport, for up
 * and down unless it is higher. Each pass begins with an empty viewport, seen for one unit wait. Format and waits are read when a marquee starts. A unit wait of 0 counts as
 * PH_LINEDISPLAY_REDRAW_MS; so does a repeat wait of 0 as the unit wait, so that the last step is seen.
 */
int ph_linedisplay_set_marquee(
	struct ph_linedisplay *display, enum ph_linedisplay_marquee marquee, int64_t now_ms);
int ph_linedisplay_set_marquee_format(
	struct ph_linedisplay *display, enum ph_linedisplay_format format);
int ph_linedisplay_set_marquee_waits(
	struct ph_linedisplay *display, unsigned unit_ms, unsigned repeat_ms);

/* Properties of the device. */
int ph_linedisplay_set_brightness(struct ph_linedisplay *display, int percent);
int ph_linedisplay_set_blink_rate(struct ph_linedisplay *display, unsigned rate_ms);
int ph_linedisplay_set_descriptor(
	struct ph_linedisplay *display, unsigned descriptor, enum ph_linedisplay_descriptor value);
void ph_linedisplay_clear_descriptors(struct ph_linedisplay *display);

/* Defines or replaces a glyph; -EINVAL for CR, LF, ESC and what is no code, -ENOSPC when there are too many. */
int ph_linedisplay_define_glyph(
	struct ph_linedisplay *display, const struct ph_linedisplay_glyph *glyph);

/* ReadCharacterAtCursor: from the model's own copy. A cursor past the end reads as a space. */
uint32_t ph_linedisplay_read_at_cursor(const struct ph_linedisplay *display);

/* Moves on to `now_ms`, however long that is. Returns whether the picture may differ. */
bool ph_linedisplay_tick(struct ph_linedisplay *display, int64_t now_ms);

/* When the picture changes by itself, never sooner than PH_LINEDISPLAY_REDRAW_MS after the last tick; INT64_MAX: never. */
int64_t ph_linedisplay_due(const struct ph_linedisplay *display);

/* GetContent: cells with attributes, descriptors, brightness, cursor of the current window, glyphs, as of the last tick. */
void ph_linedisplay_content(
	const struct ph_linedisplay *display, struct ph_linedisplay_screen *ret_screen);

#endif
