/* A receipt printer, ESC/POS or Star: bytes in, bytes and paper out. Nothing here reads a clock or does I/O;
 * whoever owns a printer hands in the time and carries the bytes.
 *
 * Source of behaviour: Epson ESC/POS command reference for TM printers; STAR Line Mode and StarPRNT Command
 * Specifications. */
#ifndef PH_EMULATORS_MODELS_PRINTER_H
#define PH_EMULATORS_MODELS_PRINTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emulators/models/codepage.h"
#include "emulators/models/drawer.h"
#include "emulators/models/font.h"
#include "emulators/models/paper.h"

#define PH_EMU_PRINTER_TX_SIZE	4096u /* replies the host has not read; a further one is dropped */
#define PH_EMU_PRINTER_RX_MAX	1048576 /* largest receive buffer */
#define PH_EMU_PRINTER_TRIGGERS 8u	/* faults waiting for their byte; one more is -ENOSPC */

/* What a printer of this kind answers; a request it does not know is ignored. */
enum ph_emu_answer {
	PH_EMU_ANSWER_EOT = 1 << 0,	/* DLE EOT 1-4 */
	PH_EMU_ANSWER_ASB = 1 << 1,	/* GS a */
	PH_EMU_ANSWER_GS_R = 1 << 2,	/* GS r, ESC u, ESC v */
	PH_EMU_ANSWER_GS_I = 1 << 3,	/* GS I */
	PH_EMU_ANSWER_GS_H = 1 << 4,	/* GS ( H */
	PH_EMU_ANSWER_DC4_8 = 1 << 5,	/* DLE DC4 8 */
	PH_EMU_ANSWER_SYMBOL = 1 << 6,	/* native QR, GS ( k 49 */
	PH_EMU_ANSWER_COUNTER = 1 << 8, /* Star: ESC GS ETX */
	PH_EMU_ANSWER_ETB = 1 << 9,	/* Star: ETB */
	PH_EMU_ANSWER_ALL = (1 << 7) - 1 + PH_EMU_ANSWER_COUNTER + PH_EMU_ANSWER_ETB,
	PH_EMU_ANSWER_EXTRA = 1 << 7, /* DLE EOT 7, 8 and 18: ink, peeler, display; not in ALL */
};

/* Where a product is not as the reference says. */
enum ph_emu_deviation {
	PH_EMU_DEVIATION_NO_ESC_J = 1 << 0,	    /* ESC J does nothing */
	PH_EMU_DEVIATION_NO_NEGATIVE_MOVE = 1 << 1, /* ESC \ backwards does nothing */
	PH_EMU_DEVIATION_NO_LATE_POSITION = 1 << 2, /* ESC $ behind data does nothing */
	PH_EMU_DEVIATION_LF_AFTER_RASTER = 1 << 3,  /* a LF right behind GS v 0 is swallowed */
	PH_EMU_DEVIATION_CUT_WITHOUT_FEED = 1 << 4, /* GS V 65 and 66 cut where the paper is */
	PH_EMU_DEVIATION_FONT_B_24 = 1 << 5,	    /* font B is 9 x 24 */
	PH_EMU_DEVIATION_DLE_DEAD_IN_DATA = 1 << 6, /* no real-time commands inside GS ( L data */
};

enum ph_emu_cutter {
	PH_EMU_CUTTER_BOTH,
	PH_EMU_CUTTER_PARTIAL,
	PH_EMU_CUTTER_FULL,
	PH_EMU_CUTTER_NONE
};

enum ph_emu_dialect {
	PH_EMU_DIALECT_ESCPOS,
	PH_EMU_DIALECT_STARPRNT,
	PH_EMU_DIALECT_STARLINE,
	PH_EMU_DIALECT_STARRASTER, /* graphic mode: a Star printer without characters */
};

struct ph_emu_printer_config {
	unsigned width_dots;	   /* 8 to 1024 */
	size_t rx_size;		   /* receive buffer, 16 to PH_EMU_PRINTER_RX_MAX bytes */
	unsigned answers;	   /* enum ph_emu_answer */
	unsigned bytes_per_second; /* print engine; 0 is infinitely fast */
	unsigned lines_per_second; /* 0 is infinitely fast; both may be given */
	enum ph_emu_dialect dialect;
	enum ph_emu_cutter cutter;
	unsigned deviations;	  /* enum ph_emu_deviation */
	unsigned cutter_dots;	  /* distance from print head to knife */
	unsigned page_rows;	  /* height of the page of page mode, dots */
	size_t nv_size, ram_size; /* memory for stored graphics, bytes */
	char lacks[512];	  /* names of commands it does not know: "GS v, GS ( L 112" */
	char codepages
		[1024]; /* pages of ESC t beside those of the numbering: "16:cp1252 17:cp866" */
	enum ph_emu_numbering numbering; /* of ESC t */
	unsigned vertical_dpi;		 /* default vertical motion unit, 1/x inch */
	bool cr_is_lf;
	bool kanji_on;	     /* starts in multibyte mode, like many cheap printers */
	const char *charset; /* iconv name of the multibyte set, static; NULL: it has none */
	uint8_t model_id, type_id, version_id;				   /* GS I 1-3 */
	char maker[81], model[81], firmware[81], serial[81], language[81]; /* GS I 65-69 */
	struct ph_emu_font *font;					   /* NULL: boxes */
	struct ph_emu_drawer *drawer; /* NULL: nothing connected; outlives the printer */
};

/* The defaults of every field: 576 dots, 4096 bytes, answers everything, infinitely fast. */
void ph_emu_printer_config_default(struct ph_emu_printer_config *config);

enum ph_emu_paper_state { PH_EMU_PAPER_OK, PH_EMU_PAPER_NEAR_END, PH_EMU_PAPER_EMPTY };

enum ph_emu_printer_error {
	PH_EMU_ERROR_NONE,
	PH_EMU_ERROR_MECHANICAL,
	PH_EMU_ERROR_CUTTER,
	PH_EMU_ERROR_UNRECOVERABLE,
	PH_EMU_ERROR_HEAD_HOT,
};

/* What a fault does when its count is reached. */
enum ph_emu_fault {
	PH_EMU_FAULT_PAPER_EMPTY,
	PH_EMU_FAULT_PAPER_NEAR_END,
	PH_EMU_FAULT_COVER_OPEN,
	PH_EMU_FAULT_CUTTER,
	PH_EMU_FAULT_HEAD_HOT,
	PH_EMU_FAULT_MECHANICAL,
	PH_EMU_FAULT_UNRECOVERABLE,
	PH_EMU_FAULT_STALL,
	PH_EMU_FAULT_HANG,
	PH_EMU_FAULT_POWER_CYCLE,
	PH_EMU_FAULT_DISCONNECT,
	PH_EMU_FAULT_OFFLINE,	  /* switched off-line */
	PH_EMU_FAULT_ZERO_WINDOW, /* stops reading; answers what it has read */
	PH_EMU_FAULT_DROP_BYTES,  /* the byte, and as many as `amount` says in all, is lost */
	PH_EMU_FAULT_LOSE_REPLY,  /* so many replies are lost */
	PH_EMU_FAULT_DELAY_REPLY, /* the next reply, and all behind it, come `amount` ms late */
	PH_EMU_FAULT_MERGE_REPLY, /* so many replies wait and leave together with the one after them */
	PH_EMU_FAULT_GARBLE,	  /* so many reply bytes arrive with flipped bits */
};

enum ph_emu_count {
	PH_EMU_COUNT_RECEIVED,	/* bytes that came in */
	PH_EMU_COUNT_PROCESSED, /* bytes the print engine took */
	PH_EMU_COUNT_LINES,	/* printed lines */
	PH_EMU_COUNT_REPLIES,	/* replies, each before it is sent */
};

/* A fault that waits for its moment. */
struct ph_emu_armed {
	enum ph_emu_fault fault;
	enum ph_emu_count count;
	uint64_t n;	 /* strikes with the n-th unit from now; 0: at once */
	uint64_t amount; /* bytes, replies or milliseconds, see enum ph_emu_fault; 0 is 1 */
};

/* What the plug has to do on behalf of the printer. */
enum ph_emu_link_event {
	PH_EMU_LINK_NOTHING,
	PH_EMU_LINK_DISCONNECT, /* the cable */
	PH_EMU_LINK_POWER,	/* power cycle: a network printer drops its connections */
};

/* Things that are switched by hand; see the functions below for those with side effects. */
struct ph_emu_printer_state {
	enum ph_emu_paper_state paper;
	enum ph_emu_printer_error error;
	bool cover_open, offline, feed_button;
	bool stall;	  /* the engine does not print; real-time requests are still answered */
	bool hang;	  /* nothing is read or answered */
	bool zero_window; /* nothing is read */
	bool mute;	  /* replies are thrown away */
	unsigned drop_replies;	   /* so many next replies are thrown away */
	unsigned drop_process_ids; /* so many next answers of GS ( H are thrown away */
	unsigned garble;	   /* so many next reply bytes arrive with flipped bits */
	unsigned drop_bytes;	   /* so many next bytes from the host are lost */
	unsigned merge_replies;	   /* so many next replies wait for the one behind them */
	unsigned delay_ms;	   /* replies come so late; 0 again after the delayed ones */
};

struct ph_emu_printer_counts {
	uint64_t received, processed, replied; /* bytes */
	uint64_t replies, dropped_replies, dropped_bytes;
	uint64_t lines, cuts, pulses;
	uint64_t fed_dots, head_rows; /* paper moved forwards; rows with a dot in them */
	uint64_t unknown;	      /* commands that were not understood */
	uint64_t power_cycles;
	uint64_t faults; /* armed faults that struck */
};

struct ph_emu_printer;

/* -EINVAL when the configuration is out of range, -ENOMEM. */
int ph_emu_printer_new(
	const struct ph_emu_printer_config *config, struct ph_emu_printer **ret_printer);
void ph_emu_printer_free(struct ph_emu_printer *p);

/* Bytes the printer takes now; 0 means it is busy, and its plug should stop reading. */
size_t ph_emu_printer_room(const struct ph_emu_printer *p);

/* Takes bytes from the host and returns how many; at least as many as _room() said, up to len. */
size_t ph_emu_printer_feed(
	struct ph_emu_printer *p, uint64_t now_us, const uint8_t *data, size_t len);

/* Moves replies out; returns their number. */
size_t ph_emu_printer_take(struct ph_emu_printer *p, uint8_t *out, size_t size);
size_t ph_emu_printer_pending(const struct ph_emu_printer *p);
/* The host is gone: replies for it are forgotten. */
void ph_emu_printer_drop_output(struct ph_emu_printer *p);

/* Does what is due; returns when it wants to be called again, PH_EMU_NEVER if not at all. */
uint64_t ph_emu_printer_tick(struct ph_emu_printer *p, uint64_t now_us);

const struct ph_emu_printer_state *ph_emu_printer_state(const struct ph_emu_printer *p);
/* Sets the whole state; changes are pushed as automatic status, and printing goes on if it can. */
void ph_emu_printer_set(
	struct ph_emu_printer *p, uint64_t now_us, const struct ph_emu_printer_state *state);
void ph_emu_printer_set_speed(
	struct ph_emu_printer *p, unsigned bytes_per_second, unsigned lines_per_second);
/* The sensor of the drawer may have changed. */
void ph_emu_printer_drawer_changed(struct ph_emu_printer *p, uint64_t now_us);

/* Off and on again: buffers, modes and pending replies are gone, the paper stays. */
void ph_emu_printer_power_cycle(struct ph_emu_printer *p, uint64_t now_us);

/* Arms a fault. A count of received bytes strikes at the n-th byte (it is the one that is dropped, or the
 * last one that arrives), one of replies at the n-th reply. -ENOSPC. */
int ph_emu_printer_arm(struct ph_emu_printer *p, uint64_t now_us, const struct ph_emu_armed *armed);
/* Forgets armed faults. */
void ph_emu_printer_disarm(struct ph_emu_printer *p);
/* Faults that wait for their moment. */
unsigned ph_emu_printer_armed(const struct ph_emu_printer *p);

enum ph_emu_link_event ph_emu_printer_take_link_event(struct ph_emu_printer *p);

const struct ph_emu_paper *ph_emu_printer_paper(const struct ph_emu_printer *p);
/* Forgets the paper; a roll that was used up is replaced. */
void ph_emu_printer_tear(struct ph_emu_printer *p, uint64_t now_us);
struct ph_emu_printer_counts ph_emu_printer_counts(const struct ph_emu_printer *p);
/* Bytes received and not yet printed, and characters in the unfinished line. */
size_t ph_emu_printer_buffered(const struct ph_emu_printer *p);
size_t ph_emu_printer_line_pending(const struct ph_emu_printer *p);
/* True when cover, paper, error or switch keeps it from printing. */
bool ph_emu_printer_is_offline(const struct ph_emu_printer *p);

#endif
