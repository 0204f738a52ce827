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
	bool reverse;
	struct window whole, windows[WINDOWS];
	struct window *current;
	uint8_t command[COMMAND_MAX];
	size_t command_len;
	uint64_t skip;
	bool string_mode; /* CD5220: after ESC Q A or B */
	bool macro;	  /* Epson: between two US : */
	char pending_mark;
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

#endif
