/* Inside of the printer model, shared by its files only. */
#ifndef PH_EMULATORS_MODELS_PRINTER_INTERNAL_H
#define PH_EMULATORS_MODELS_PRINTER_INTERNAL_H

#include "emulators/models/codepage.h"
#include "emulators/models/printer.h"

#define MAX_CELLS   512u /* characters of one line; a further one is lost */
#define MAX_STRIPS  16u	 /* bit images in one line; a further one is lost */
#define MAX_TABS    32u
#define CMD_MAX	    (256u * 1024) /* bytes of one command that are kept; the rest is counted */
#define QR_MAX	    7089u
#define LINE_DOTS   30u /* default line spacing */
#define PENDING_MAX 32u /* bytes of a delayed block answer */

struct cell {
	uint32_t codepoint;
	unsigned x, width, space; /* dots; x from the start of the area */
	struct ph_emu_style style;
};

struct strip {
	unsigned x;
	struct ph_emu_canvas picture;
};

/* Everything ESC @ puts back. */
struct modes {
	struct ph_emu_style style; /* bold here is ESC E alone */
	bool double_strike;	   /* ESC G */
	char align;		   /* 'l' 'c' 'r' */
	unsigned right_space, country, page;
	bool kanji;
	unsigned line_spacing; /* dots */
	unsigned x_dpi, y_dpi; /* motion units */
	unsigned margin, area; /* dots */
	unsigned tabs[MAX_TABS], n_tabs;
	unsigned bar_height, bar_module, bar_hri;
	char bar_font;
	unsigned qr_module;
	uint8_t qr_level, qr_model;
	uint8_t qr_data[QR_MAX];
	size_t qr_len;
	uint8_t asb;
	uint8_t offline_response; /* GS ( H 49: 0 off, 1, 2 */
	bool realtime_pulse, realtime_power;
	bool selected; /* ESC =, bit 0 */
};

enum parse_mode {
	PARSE_IDLE,
	PARSE_COMMAND, /* collecting a command */
	PARSE_SKIP,    /* rest of a command that is longer than the buffer */
	PARSE_ROWS,    /* rows of GS v 0, printed as they come */
	PARSE_NV,      /* images of FS q */
};

struct trigger {
	bool armed, due;
	enum ph_emu_fault fault;
	enum ph_emu_count count;
	uint64_t left;
};

struct ph_emu_printer {
	struct ph_emu_printer_config config;
	struct ph_emu_printer_state state;
	struct ph_emu_printer_counts counts;
	struct ph_emu_paper paper;
	struct ph_emu_codepages pages;
	struct modes modes;
	uint64_t now_us;
	uint64_t busy_until_ns; /* the engine works on what it has until then */

	uint8_t *rx; /* ring of config.rx_size bytes */
	size_t rx_start, rx_len;
	uint8_t rt[12]; /* real-time command being recognised in the raw input */
	size_t rt_len;
	bool cleared; /* the byte being fed ended a command that emptied the buffers */

	uint8_t tx[PH_EMU_PRINTER_TX_SIZE];
	size_t tx_len;
	uint8_t pending_id[PENDING_MAX], pending_offline[PENDING_MAX];
	size_t pending_id_len, pending_offline_len;
	uint8_t asb_sent[4];
	uint64_t pulse_until_us; /* a real-time pulse is running */
	bool held;		 /* an error or the cover stopped it with data waiting */

	enum parse_mode mode;
	uint8_t *cmd; /* grows up to CMD_MAX bytes */
	size_t cmd_size, cmd_len, cmd_need;
	uint64_t skip;
	uint8_t kanji_lead;
	struct {
		size_t row_bytes;
		unsigned rows_left, rows_done, x_scale, y_scale;
		uint8_t row[256 * 256];
		size_t row_len;
	} raster;
	unsigned nv_left;

	struct cell cells[MAX_CELLS];
	size_t n_cells;
	struct strip strips[MAX_STRIPS];
	size_t n_strips;
	unsigned x; /* dots from the start of the area */

	struct ph_emu_canvas graphics; /* GS ( L 112, waiting to be printed; no bits: none */

	struct trigger triggers[PH_EMU_PRINTER_TRIGGERS];
	enum ph_emu_link_event link_event;
};

/* printer.c */
void emu_strike(struct ph_emu_printer *p, enum ph_emu_fault fault);
/* One more unit went by; faults that are reached strike after the byte being worked on. */
void emu_count(struct ph_emu_printer *p, enum ph_emu_count count);
/* Empties receive buffer, line buffer and command in progress, and says so on the record. `own` is the
 * number of buffered bytes that belong to the command that asked for it. */
void emu_clear_buffers(struct ph_emu_printer *p, size_t own);
void emu_pulse(struct ph_emu_printer *p, unsigned pin, unsigned on_ms, unsigned off_ms);
/* The mechanism moved: paper and time. */
void emu_feed(struct ph_emu_printer *p, int dots);
struct ph_emu_item *emu_item(
	struct ph_emu_printer *p, enum ph_emu_item_type type, const char *name);
void emu_mark(struct ph_emu_printer *p, const char *name);

/* printer_status.c */
void emu_reply(struct ph_emu_printer *p, const void *data, size_t len);
void emu_flush_pending(struct ph_emu_printer *p);
/* Sends automatic status if an enabled item changed, and the offline response if it went offline. */
void emu_status_changed(struct ph_emu_printer *p);
void emu_answer_eot(struct ph_emu_printer *p, uint8_t n);
void emu_send_asb(struct ph_emu_printer *p);
void emu_send_offline_response(struct ph_emu_printer *p);
void emu_gs_r(struct ph_emu_printer *p, uint8_t n);
void emu_gs_i(struct ph_emu_printer *p, uint8_t n);
void emu_gs_paren_h(struct ph_emu_printer *p, const uint8_t *args, size_t len);
void emu_gs_a(struct ph_emu_printer *p, uint8_t n);

/* printer_realtime.c */
/* Length of a real-time command that starts with these bytes; 0 when it is none, 1 to 12. */
size_t emu_realtime_size(const uint8_t *data, size_t len);
/* Looks at each raw byte; executes a real-time command with its last byte. */
void emu_realtime_scan(struct ph_emu_printer *p, uint8_t byte);

/* printer_parse.c */
void emu_parse(struct ph_emu_printer *p, uint8_t byte);
void emu_parse_reset(struct ph_emu_printer *p);

/* printer_sizes.c: smallest length known to be needed for a command that starts with these n bytes */
size_t emu_size_counted(const uint8_t *b, size_t n);
size_t emu_size_counted4(const uint8_t *b, size_t n);
size_t emu_size_tabs(const uint8_t *b, size_t n);
size_t emu_size_cut(const uint8_t *b, size_t n);
size_t emu_size_barcode(const uint8_t *b, size_t n);
size_t emu_size_bit_image(const uint8_t *b, size_t n);
size_t emu_size_user_chars(const uint8_t *b, size_t n);
size_t emu_size_down_image(const uint8_t *b, size_t n);
size_t emu_size_variable_image(const uint8_t *b, size_t n);
size_t emu_size_bmp(const uint8_t *b, size_t n);
size_t emu_size_nv_write(const uint8_t *b, size_t n);

/* printer_text.c */
void emu_modes_init(struct ph_emu_printer *p);
void emu_put_char(struct ph_emu_printer *p, uint32_t codepoint, unsigned columns);
void emu_put_byte(struct ph_emu_printer *p, uint8_t byte);
void emu_tab(struct ph_emu_printer *p);
void emu_drop_line(struct ph_emu_printer *p);
bool emu_line_empty(const struct ph_emu_printer *p);
/* Prints the line if there is one. `dots` is how far the paper moves at least. */
void emu_print_line(struct ph_emu_printer *p, unsigned dots);
void emu_newline(struct ph_emu_printer *p);
/* Left edge on the paper of a block this wide, by ESC a. */
unsigned emu_block_x(const struct ph_emu_printer *p, unsigned width);
unsigned emu_area(const struct ph_emu_printer *p);
unsigned emu_vertical(const struct ph_emu_printer *p, unsigned units);
unsigned emu_horizontal(const struct ph_emu_printer *p, unsigned units);
/* Draws a character with its top left corner at x, y. */
void emu_draw_cell(struct ph_emu_printer *p, struct ph_emu_canvas *c, unsigned x, unsigned y,
	uint32_t codepoint, const struct ph_emu_style *style);

/* printer_symbols.c */
void emu_barcode(struct ph_emu_printer *p, unsigned m, const uint8_t *data, size_t len);
void emu_symbol_2d(struct ph_emu_printer *p, const uint8_t *args, size_t len);

/* printer_image.c */
void emu_raster_start(struct ph_emu_printer *p, const uint8_t *head);
void emu_raster_byte(struct ph_emu_printer *p, uint8_t byte);
/* GS ( L and GS 8 L from the byte behind the count; false when the function is not modelled. */
bool emu_graphics(struct ph_emu_printer *p, const uint8_t *args, size_t len);
void emu_bit_image(struct ph_emu_printer *p, const uint8_t *args, size_t len);

#endif
