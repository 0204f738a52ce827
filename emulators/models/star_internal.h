/* The Star dialects of the emulated printer: StarPRNT, Star Line Mode and Star graphic mode, shared by the
 * files star_*.c. Paper, lines, pages, faults and the box around them are those of printer_internal.h.
 *
 * Source of behaviour: STAR Line Mode Command Specifications and StarPRNT Command Specifications. */
#ifndef PH_EMULATORS_MODELS_STAR_INTERNAL_H
#define PH_EMULATORS_MODELS_STAR_INTERNAL_H

#include "emulators/models/printer_internal.h"

#define STAR_HEAD	 16u	   /* bytes of a command that tell its length */
#define STAR_SPACING	 32u	   /* dots: 4 mm */
#define STAR_NARROW	 24u	   /* dots: 3 mm */
#define STAR_ASB_LEN	 9u	   /* bytes of the automatic status */
#define STAR_RASTER_ROWS 4096u	   /* rows of the image buffer; when full it is printed */
#define STAR_DISCARD_US	 10000000u /* an error ends a document for this long at most */
#define STAR_PULSE_MS	 200u	   /* of drawer 2, and of drawer 1 as it comes up */

/* Where a command ends: the same for what arrives and for what is obeyed. */
struct star_frame {
	uint8_t head[STAR_HEAD];
	size_t len;    /* bytes so far, of which the first STAR_HEAD are kept */
	uint64_t left; /* bytes of data that still belong to it */
	bool until_rs, until_nul, raster;
};

enum star_piece {
	STAR_SINGLE, /* a character or a control character */
	STAR_PART,   /* inside of a command */
	STAR_END,    /* its last byte */
};

enum star_piece star_frame_byte(struct star_frame *f, uint8_t byte);

struct star_qr {
	unsigned model, level, cell;
	uint8_t *data;
	size_t len;
};

struct star_pdf417 {
	bool fixed;	 /* rows and columns are given, else their proportion */
	unsigned p1, p2; /* rows, columns; or height : width */
	unsigned level, module, ratio;
	uint8_t *data;
	size_t len;
};

/* Raster mode: rows wait in an image buffer until a mode is executed. */
struct star_raster {
	bool active;
	unsigned eot, ff, em; /* modes */
	unsigned left, right; /* dots */
	uint8_t *bits;	      /* STAR_RASTER_ROWS rows, NULL: not used yet */
	size_t stride;
	unsigned rows; /* of data in the buffer */
	bool open;     /* the last of them is still being written to (k) */
};

struct star {
	struct star_frame in, at; /* of the raw input, of what is obeyed */
	bool asb;		  /* automatic status is sent */
	bool etb_done;
	uint8_t etb, counter;
	uint8_t asb_sent[STAR_ASB_LEN];
	bool overflow;
	uint64_t dropped; /* bytes that had been dropped when the status was sent */
	bool document;	  /* between ESC GS ETX 3 and 4 */
	bool failed;	  /* an error came in it: the rest of it is thrown away */
	uint64_t failed_until;
	size_t discarded;
	unsigned on_ms, off_ms; /* ESC BEL */
	uint8_t last[2];	/* bytes that arrived before this one */
	struct star_qr qr;
	struct star_pdf417 pdf417;
	struct star_raster raster;
};

#define STAR_HANDLER(name)                                                                         \
	void star_run_##name(struct ph_emu_printer *p, const uint8_t *b, size_t n)

struct star_command {
	const char *prefix; /* its first bytes */
	uint8_t prefix_len;
	uint8_t fixed; /* total length; 0: by star_size() */
	void (*run)(struct ph_emu_printer *p, const uint8_t *b, size_t n); /* NULL: consumed */
	const char *name;
};

/* star_table.c */
extern const struct star_command star_commands[];
extern const size_t star_n_commands;
/* Total length of the command that begins so, when its head tells: 0 when it does not yet. Sets what else ends it. */
uint64_t star_size(const struct star_command *c, struct star_frame *f);

/* star_parse.c */
void star_report(struct ph_emu_printer *p, enum ph_emu_item_type type, const char *name);

/* star_modes.c: what ESC @ puts back */
void star_modes_init(struct ph_emu_printer *p);
STAR_HANDLER(init);
STAR_HANDLER(cancel);
STAR_HANDLER(bold_on);
STAR_HANDLER(bold_off);
STAR_HANDLER(underline);
STAR_HANDLER(invert_on);
STAR_HANDLER(invert_off);
STAR_HANDLER(size);
STAR_HANDLER(width);
STAR_HANDLER(height);
STAR_HANDLER(font);
STAR_HANDLER(page);
STAR_HANDLER(country);
STAR_HANDLER(space);
STAR_HANDLER(utf8);
STAR_HANDLER(spacing_3mm);
STAR_HANDLER(spacing);
STAR_HANDLER(feed_lines);
STAR_HANDLER(feed_quarter);
STAR_HANDLER(feed_eighth);
STAR_HANDLER(align);
STAR_HANDLER(absolute);
STAR_HANDLER(relative);
STAR_HANDLER(margin_left);
STAR_HANDLER(margin_right);
STAR_HANDLER(tabs);
STAR_HANDLER(cut);
STAR_HANDLER(page_mode);
STAR_HANDLER(nothing);

/* star_status.c */
void star_status_changed(struct ph_emu_printer *p);
void star_send_asb(struct ph_emu_printer *p);
void star_enquiry(struct ph_emu_printer *p, uint8_t byte);
void star_etb(struct ph_emu_printer *p);
/* Resets as ESC ACK CAN does; `own` as of emu_clear_buffers(). */
void star_reset(struct ph_emu_printer *p, size_t own);
STAR_HANDLER(asb);
STAR_HANDLER(clear_etb);
STAR_HANDLER(counter);
STAR_HANDLER(identify);
STAR_HANDLER(information);
STAR_HANDLER(reset);

/* star_drawer.c */
void star_pulse(struct ph_emu_printer *p, unsigned drawer);
STAR_HANDLER(pulse_width);
STAR_HANDLER(buzzer);

/* star_symbols.c */
void star_symbols_init(struct ph_emu_printer *p);
void star_symbols_done(struct ph_emu_printer *p);
STAR_HANDLER(barcode);
STAR_HANDLER(qr);
STAR_HANDLER(pdf417);

/* star_image.c, star_raster.c */
STAR_HANDLER(bit_image);
STAR_HANDLER(columns);
STAR_HANDLER(band);
STAR_HANDLER(raster_image);
void star_raster_init(struct ph_emu_printer *p);
void star_raster_done(struct ph_emu_printer *p);
STAR_HANDLER(raster);
STAR_HANDLER(raster_execute);
STAR_HANDLER(raster_row);

#endif
