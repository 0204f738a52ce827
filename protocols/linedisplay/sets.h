/*
 * Command sets of line displays as rows: what each can do, and the bytes for it. Only data; the renderer reads it.
 *
 * No set has a question that is safe to ask of an unknown port: which row fits is configured, or known from a USB id.
 * Commands a row does not name are not used: clocks, scrolling in the device, string modes, self-tests.
 *
 * Sources, per row in sets.c: Epson DM-D command reference; Partner CD5220, Bematech LDX and LD9000, UTC Retail 3190, Tysso
 * VFD-450 and VFD-550, Diebold Nixdorf BA63USB and BA66-1, IBM SurePOS 300 and 500, NCR 5972 manuals.
 */
#ifndef PH_PROTOCOLS_LINEDISPLAY_SETS_H
#define PH_PROTOCOLS_LINEDISPLAY_SETS_H

#include "protocols/codepage/codepage.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_LINEDISPLAY_COMMAND_MAX 15
#define PH_LINEDISPLAY_STEPS_MAX   6

/* A command, or the front of one; length 0: the set has none. */
struct ph_linedisplay_bytes {
	uint8_t len;
	uint8_t at[PH_LINEDISPLAY_COMMAND_MAX];
};

/* How a cell is addressed. */
enum ph_linedisplay_address {
	PH_LINEDISPLAY_XY, /* `move`, column and row, from 1 */
	PH_LINEDISPLAY_CELL, /* `move`, one byte: `first_cell` and the cells before it in reading order */
	PH_LINEDISPLAY_ANSI, /* `move`, row ';' column 'H' in digits, from 1 */
	PH_LINEDISPLAY_ROW,  /* not: whole rows, between `row[n]` and `row_end` */
};

enum ph_linedisplay_blink_kind {
	PH_LINEDISPLAY_BLINK_NONE,
	PH_LINEDISPLAY_BLINK_ALL,  /* the whole screen */
	PH_LINEDISPLAY_BLINK_EACH, /* characters written between on and off */
};

/* How a user glyph is sent. */
enum ph_linedisplay_glyph_kind {
	PH_LINEDISPLAY_GLYPH_NONE,
	PH_LINEDISPLAY_GLYPH_EPSON, /* ESC & 1 c c, count and columns; ESC % 1 */
	PH_LINEDISPLAY_GLYPH_PACKED, /* 03 c and 35 dots in five bytes, row by row, least bit first */
	PH_LINEDISPLAY_GLYPH_ROWS,   /* 03 c and eight bytes, a row each, low five bits */
};

struct ph_linedisplay_page {
	uint8_t n;    /* behind `codepage` */
	uint8_t page; /* enum ph_codepage */
};

struct ph_linedisplay_step {
	uint8_t percent, n;
};

struct ph_linedisplay_set {
	const char *name;
	const char *line;	/* usual line settings, "9600 8N1"; NULL: they differ */
	bool experimental;	/* rests on one weak source, or never seen working */
	bool answers;		/* each command is answered by 06 or 15, but not by all units */
	bool numeric;		/* shows digits, space, point, comma and minus only */
	bool marked;		/* a row must not begin with "!#", which begins a command */
	unsigned rows, columns; /* usual */
	unsigned rows_max, columns_max; /* what can be addressed, */
	unsigned cells_max;		/* and of both together */

	struct ph_linedisplay_bytes
		init;	  /* initialise, cursor off, overwrite mode, country USA, clear */
	bool init_clears; /* after init all cells are blank for certain */
	enum ph_linedisplay_address address;
	struct ph_linedisplay_bytes move;
	uint8_t first_cell;
	struct ph_linedisplay_bytes row[2], row_end;
	struct ph_linedisplay_bytes end; /* behind a move and a brightness command */

	struct ph_linedisplay_bytes brightness; /* n of a step follows */
	struct ph_linedisplay_step steps[PH_LINEDISPLAY_STEPS_MAX];
	unsigned step_count; /* rising; the first may be 0 per cent: dark */
	struct ph_linedisplay_bytes reverse_on, reverse_off;
	enum ph_linedisplay_blink_kind blink;
	struct ph_linedisplay_bytes blink_on, blink_off;
	struct ph_linedisplay_bytes cursor_on, cursor_off;

	struct ph_linedisplay_bytes codepage; /* n of a page follows */
	bool page_switch; /* the page may change between characters; else it is chosen once */
	const struct ph_linedisplay_page
		*pages; /* the first is in force after init; none: ASCII only */
	size_t page_count;

	struct ph_linedisplay_bytes descriptor; /* see descriptor_one */
	unsigned descriptor_count;
	bool descriptor_one; /* n of the one lamp that is lit follows, '0' none; else on/off, then which, from 1 */

	enum ph_linedisplay_glyph_kind glyph;
	uint8_t glyph_first, glyph_last; /* codes that can be defined */
};

/* All rows, in the order in which a person would be offered them. */
extern const struct ph_linedisplay_set *const ph_linedisplay_sets[];
extern const size_t ph_linedisplay_set_count;

extern const struct ph_linedisplay_set ph_linedisplay_epson;
extern const struct ph_linedisplay_set ph_linedisplay_cd5220;

/* The row of a name, or NULL. */
const struct ph_linedisplay_set *ph_linedisplay_set_by_name(const char *name);

#endif
