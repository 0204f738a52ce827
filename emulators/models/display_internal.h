/* Inside of the display model, shared by its files only. */
#ifndef PH_EMULATORS_MODELS_DISPLAY_INTERNAL_H
#define PH_EMULATORS_MODELS_DISPLAY_INTERNAL_H

#include "emulators/models/codepage.h"
#include "emulators/models/display.h"

#define WINDOWS	    4u
#define COMMAND_MAX 1024u /* bytes of one command that are kept */

struct window {
	bool defined;
	unsigned left, top, right, bottom; /* from 0, inclusive */
	unsigned column, row;		   /* cursor, from 0, on the glass */
	bool past_end;			   /* horizontal mode: behind the last cell */
};

struct ph_emu_display {
	struct ph_emu_display_config config;
	struct ph_emu_display_state state;
	struct ph_emu_codepages pages;
	const char *page;
	unsigned country;
	bool reverse, blink;
	struct window whole, windows[WINDOWS];
	struct window *current;
	uint8_t command[COMMAND_MAX];
	size_t command_len;
	uint64_t skip;
	bool string_mode; /* CD5220: after ESC Q A or B */
	bool macro;	  /* Epson: between two US : */
	char pending_mark;
	bool enhanced;		    /* UTC: also the commands that begin with ESC u */
	bool ibm;		    /* IBM: its own emulation, not that of Logic Controls */
	bool reset;		    /* BA63: leaves the bus */
	unsigned lamp;		    /* LED8 */
	unsigned frames, nak_every; /* DSP800 */
	unsigned bytes, lose_every;
	uint8_t tx[512];
	size_t tx_len;
	const char *notes[PH_EMU_DISPLAY_NOTES];
	size_t n_notes;
};

/* display.c: what both sets do with the glass */
void emu_display_init(struct ph_emu_display *d);
void emu_display_note(struct ph_emu_display *d, const char *note);
void emu_display_reply(struct ph_emu_display *d, const void *data, size_t len);
void emu_display_put(struct ph_emu_display *d, uint32_t codepoint, char mark);
void emu_display_put_byte(struct ph_emu_display *d, uint8_t byte);
void emu_display_clear(struct ph_emu_display *d);
void emu_display_clear_line(struct ph_emu_display *d);
void emu_display_left(struct ph_emu_display *d);
void emu_display_right(struct ph_emu_display *d);
void emu_display_up(struct ph_emu_display *d);
void emu_display_down(struct ph_emu_display *d);
void emu_display_home(struct ph_emu_display *d);
void emu_display_bottom(struct ph_emu_display *d);
void emu_display_line_start(struct ph_emu_display *d);
void emu_display_line_end(struct ph_emu_display *d);
/* From 1, inside the current window; out of range is ignored. */
void emu_display_move(struct ph_emu_display *d, unsigned x, unsigned y);
void emu_display_mode(struct ph_emu_display *d, enum ph_emu_display_mode mode);
void emu_display_brightness(struct ph_emu_display *d, uint8_t n);
/* Defines and selects window n (0 to 3), coordinates from 1; ignored when it does not fit. */
void emu_display_window(
	struct ph_emu_display *d, unsigned n, unsigned x1, unsigned y1, unsigned x2, unsigned y2);
void emu_display_cancel_window(struct ph_emu_display *d, unsigned n);

/* Executes one byte of the command set. */
void emu_display_epson(struct ph_emu_display *d, uint8_t byte);
void emu_display_cd5220(struct ph_emu_display *d, uint8_t byte);
void emu_display_table(struct ph_emu_display *d, uint8_t byte);

/* The other sets are tables of commands: bytes they begin with, and how long they are. */
struct emu_display_command {
	uint8_t lead_len, lead[3];
	uint8_t fixed; /* total length; 0: ask size, which returns more than n until it is complete */
	size_t (*size)(const uint8_t *b, size_t n);
	void (*run)(struct ph_emu_display *d, const uint8_t *b, size_t n);
};

/* display_poles.c, display_ansi.c; NULL where a set has a file of its own */
const struct emu_display_command *emu_display_commands(
	enum ph_emu_display_set set, size_t *ret_count);
extern const struct emu_display_command emu_display_apa[], emu_display_wincor[], emu_display_ncr[],
	emu_display_led8[];
extern const size_t emu_display_apa_count, emu_display_wincor_count, emu_display_ncr_count,
	emu_display_led8_count;

/* Puts the cursor at a cell of the whole glass, counted from 0; out of range is ignored. */
void emu_display_goto(struct ph_emu_display *d, unsigned cell);
/* Writes a row from its first cell, filled with blanks. */
void emu_display_write_row(struct ph_emu_display *d, unsigned row, const uint8_t *text, size_t len);
/* "size" of a command that ends with CR, or after `most` bytes. */
size_t emu_display_until_cr(const uint8_t *b, size_t n);

/* ---- for the tables of the sets: a command of so many bytes, and what it does ---- */

#define C1(a)                                                                                      \
	1,                                                                                         \
	{                                                                                          \
		a                                                                                  \
	}
#define C2(a, b)                                                                                   \
	2,                                                                                         \
	{                                                                                          \
		a, b                                                                               \
	}
#define C3(a, b, c)                                                                                \
	3,                                                                                         \
	{                                                                                          \
		a, b, c                                                                            \
	}
#define RUN(name) static void name(struct ph_emu_display *d, const uint8_t *b, size_t n)

#endif
