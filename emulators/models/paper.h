/* Paper as it came out of a printer: the exact dots, and what they mean as an ordered list. It is
 * kept until it is torn off, whatever happens to the printer. */
#ifndef PH_EMULATORS_MODELS_PAPER_H
#define PH_EMULATORS_MODELS_PAPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emulators/models/canvas.h"

/* widest paper, in dots */
#define PH_EMU_PAPER_MAX_WIDTH 1024u
/* Dot rows kept; beyond it the older half is forgotten (33 m of paper at 8 dots per mm). */
#define PH_EMU_PAPER_MAX_ROWS 262144u
/* Items kept; then the roll is used up, and the printer has no paper until it is torn off. */
#define PH_EMU_PAPER_MAX_ITEMS 131072u

enum ph_emu_item_type {
	PH_EMU_ITEM_LINE,    /* text: what the line says; runs */
	PH_EMU_ITEM_BARCODE, /* name: symbology, text: data as encoded */
	PH_EMU_ITEM_QR,	     /* text: data, raw bytes that are not UTF-8 as U+FFFD */
	PH_EMU_ITEM_SYMBOL,  /* another two-dimensional code; name: symbology, text: as QR */
	PH_EMU_ITEM_RASTER,  /* width, height in dots; name: command; done: rows printed so far */
	PH_EMU_ITEM_RULE,    /* a line or a rectangle of GS ( Q; width, height */
	PH_EMU_ITEM_FEED,    /* height: dots, negative when backwards */
	PH_EMU_ITEM_CUT,   /* name: full or partial; value 1: the knife went through printed dots */
	PH_EMU_ITEM_PULSE, /* value: connector pin 2 or 5, width: ms on, height: ms off */
	PH_EMU_ITEM_BEEP,  /* value: times, 0 endless or stop */
	PH_EMU_ITEM_REFUSED, /* name: what was refused (a symbol that cannot be printed); text: why */
	PH_EMU_ITEM_CONSUMED, /* name: a known command that is not modelled; text: first bytes, hex */
	PH_EMU_ITEM_UNKNOWN, /* text: bytes in hex */
	PH_EMU_ITEM_LOST, /* name: line or buffer; value: bytes or characters that were thrown away */
	PH_EMU_ITEM_MARK, /* name: power_cycle, paper_empty, paper_loaded ... */
};

struct ph_emu_style {
	uint8_t width;	/* 1-8 */
	uint8_t height; /* 1-8 */
	uint8_t underline;
	char font; /* 'a' to 'e' */
	bool bold, invert, upside_down, rotated;
	uint8_t colour; /* 1, or 2 by ESC r */
};

struct ph_emu_run {
	size_t offset, len; /* bytes of the item's text */
	struct ph_emu_style style;
};

struct ph_emu_item {
	enum ph_emu_item_type type;
	const char *name; /* static string or NULL */
	char *text;	  /* owned, NULL when there is none */
	struct ph_emu_run *runs;
	size_t n_runs;
	char align; /* 'l' 'c' 'r' of lines and blocks */
	int width, height, value;
	int done;	  /* of a picture that is printed row by row: rows on paper */
	uint64_t row;	  /* dot row from the start of this paper */
	uint64_t time_us; /* time the printer was told */
	uint64_t at_byte; /* bytes the print engine had taken, the one that caused it included */
};

struct ph_emu_paper {
	unsigned width; /* dots */
	size_t stride;
	uint64_t y;	/* next row to print, from the start */
	uint64_t first; /* first row still kept */
	size_t rows, rows_allocated;
	uint8_t *bits;
	uint8_t *colour; /* dots of the second colour, NULL until one is printed; the same rows */
	struct ph_emu_item *items;
	size_t n_items, items_allocated;
	uint64_t lines, cuts, pulses; /* since the last tear */
};

/* width 8 to PH_EMU_PAPER_MAX_WIDTH dots, else -EINVAL. */
int ph_emu_paper_init(struct ph_emu_paper *paper, unsigned width);
void ph_emu_paper_done(struct ph_emu_paper *paper);

/* Tears the paper off: forgets dots and items. */
void ph_emu_paper_tear(struct ph_emu_paper *paper);

/* True when no further item fits. */
bool ph_emu_paper_is_full(const struct ph_emu_paper *paper);

/* Adds the picture's dots at column x of the next row, without feeding; colour 1 or 2. -ENOMEM loses
 * dots only. */
int ph_emu_paper_draw(
	struct ph_emu_paper *paper, int x, const struct ph_emu_canvas *picture, unsigned colour);

/* Moves the paper; backwards at most to its beginning. */
void ph_emu_paper_feed(struct ph_emu_paper *paper, int dots);

/* True when a dot is black in one of the rows from `from` up to the end. */
bool ph_emu_paper_has_dots_after(const struct ph_emu_paper *paper, uint64_t from);

/* Rows with a dot in them, among `count` rows from `from` on. */
unsigned ph_emu_paper_dotted(const struct ph_emu_paper *paper, uint64_t from, unsigned count);

/* A number for the dots of `count` rows from `from` on (CRC-32 of the packed rows): equal dots, equal
 * numbers. Rows that are not kept count as white. */
uint32_t ph_emu_paper_crc(const struct ph_emu_paper *paper, uint64_t from, uint64_t count);

/* Appends an item and returns it to be filled in, with row set; NULL when full or out of memory. */
struct ph_emu_item *ph_emu_paper_add(struct ph_emu_paper *paper, enum ph_emu_item_type type);

/* The paper as text: a line per printed line, symbols as [EAN13 4006381333931], cuts as a row of
 * "- ". Caller frees; NULL when out of memory. */
char *ph_emu_paper_text(const struct ph_emu_paper *paper);

/* The paper as a PNG file in memory, scale 1 to 4 picture dots per printer dot, with a white margin;
 * of a very long paper the last PH_EMU_PAPER_MAX_ROWS rows.
 * The caller frees *ret_png. -EINVAL, -ENOMEM. */
int ph_emu_paper_png(
	const struct ph_emu_paper *paper, unsigned scale, uint8_t **ret_png, size_t *ret_len);

/* Lower-case word for a type of item. */
const char *ph_emu_item_type_name(enum ph_emu_item_type type);

#endif
