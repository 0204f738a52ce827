/* Customer displays: bytes in, rows of characters out, by the command sets of the makers. Sources: Epson DM-D command reference,
 * DM-D110 specification; Partner CD5220; Bematech LDX and LD9000; UTC Retail 3190; Tysso VFD-550; IBM SurePOS 300 and 500
 * references; Diebold Nixdorf BA63USB and BA66; NCR 5972 manuals. */
#ifndef PH_EMULATORS_MODELS_DISPLAY_H
#define PH_EMULATORS_MODELS_DISPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_EMU_DISPLAY_MAX_COLUMNS 40u
#define PH_EMU_DISPLAY_MAX_ROWS	   4u
#define PH_EMU_DISPLAY_NOTES	   64u /* remarks kept; further ones are counted */

enum ph_emu_display_set {
	PH_EMU_DISPLAY_EPSON,
	PH_EMU_DISPLAY_CD5220,
	PH_EMU_DISPLAY_UTC,
	PH_EMU_DISPLAY_UTC_ENHANCED,
	PH_EMU_DISPLAY_AEDEX,
	PH_EMU_DISPLAY_ADM788,
	PH_EMU_DISPLAY_DSP800,
	PH_EMU_DISPLAY_ICD2002,
	PH_EMU_DISPLAY_LOGIC_CONTROLS,
	PH_EMU_DISPLAY_IBM,
	PH_EMU_DISPLAY_IBM_APA,
	PH_EMU_DISPLAY_BA63,
	PH_EMU_DISPLAY_BA66,
	PH_EMU_DISPLAY_NCR,
	PH_EMU_DISPLAY_LED8,
	PH_EMU_DISPLAY_SET_COUNT_,
};

/* The word of a set ("epson", "utc-enhanced" ...) or -EINVAL. */
int ph_emu_display_set_parse(const char *word);
const char *ph_emu_display_set_word(enum ph_emu_display_set set);
/* Rows and columns of its usual glass. */
void ph_emu_display_set_size(
	enum ph_emu_display_set set, unsigned *ret_rows, unsigned *ret_columns);

/* BA63 and BA66 over USB: reports of 32 bytes behind a 0, display data and commands in them. */
#define PH_EMU_DISPLAY_REPORT 33u
const uint8_t *ph_emu_display_descriptor(size_t *ret_len);

struct ph_emu_display_config {
	enum ph_emu_display_set set;
	unsigned columns, rows;
	char firmware[81], maker[81], model[81], serial[81]; /* device information, Epson set */
};

enum ph_emu_display_mode {
	PH_EMU_DISPLAY_OVERWRITE,
	PH_EMU_DISPLAY_VERTICAL,
	PH_EMU_DISPLAY_HORIZONTAL,
};

struct ph_emu_display_cell {
	uint32_t codepoint;
	bool reverse, blink;
	char mark; /* '.', ',' or ';' lit beside the character, or 0 */
};

/* What a person sees. */
struct ph_emu_display_state {
	struct ph_emu_display_cell cells[PH_EMU_DISPLAY_MAX_ROWS][PH_EMU_DISPLAY_MAX_COLUMNS];
	unsigned columns, rows;
	unsigned cursor_column, cursor_row; /* from 1 */
	bool cursor_visible;
	unsigned brightness;   /* per cent */
	unsigned blink;	       /* times 50 ms, 0 steady, 255 blank */
	uint32_t annunciators; /* bit n - 1 */
	bool selected;
	bool scrolling; /* CD5220 ESC Q D: the upper line is an endless text */
	enum ph_emu_display_mode mode;
	char clock[8]; /* "12:34" when shown */
};

struct ph_emu_display;

/* -EINVAL for sizes out of range, -ENOMEM */
int ph_emu_display_new(
	const struct ph_emu_display_config *config, struct ph_emu_display **ret_display);
void ph_emu_display_free(struct ph_emu_display *d);
void ph_emu_display_config_default(struct ph_emu_display_config *config);

void ph_emu_display_feed(struct ph_emu_display *d, const uint8_t *data, size_t len);
/* A report of the host. Answers are taken with PH_EMU_DISPLAY_REPORT bytes each. */
void ph_emu_display_report(struct ph_emu_display *d, const uint8_t *report, size_t len);
/* True once after it was told to reset: it leaves the bus and comes back. */
bool ph_emu_display_take_reset(struct ph_emu_display *d);
/* Every n-th byte of the host is lost; 0 none. */
void ph_emu_display_lose_every(struct ph_emu_display *d, unsigned n);
/* Every n-th frame of DSP800 is answered by NAK; 0 none. */
void ph_emu_display_nak_every(struct ph_emu_display *d, unsigned n);
/* Moves answers out; returns their number. */
size_t ph_emu_display_take(struct ph_emu_display *d, uint8_t *out, size_t size);
void ph_emu_display_power_cycle(struct ph_emu_display *d);

const struct ph_emu_display_state *ph_emu_display_state(const struct ph_emu_display *d);

/* One row as UTF-8 without trailing blanks, row from 0; out holds PH_EMU_DISPLAY_ROW_SIZE bytes. */
#define PH_EMU_DISPLAY_ROW_SIZE (PH_EMU_DISPLAY_MAX_COLUMNS * 4 + 1)
void ph_emu_display_row(const struct ph_emu_display *d, unsigned row, char *out);

/* Remarks about what the host did wrong ("move in string mode"), oldest first. */
size_t ph_emu_display_notes(const struct ph_emu_display *d, const char *const **ret_notes);

#endif
