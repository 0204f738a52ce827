/* Inside of the printer model, shared by its files only.
 *
 * printer.c is the box: receive buffer, engine, faults. What bytes mean is a dialect's business: the files
 * printer_*.c behind `struct emu_dialect`. Lines, blocks, pages and symbols (printer_line.c, printer_page.c,
 * printer_symbols.c, printer_matrix.c) know modes but no bytes, so that dialects can share them. */
#ifndef PH_EMULATORS_MODELS_PRINTER_INTERNAL_H
#define PH_EMULATORS_MODELS_PRINTER_INTERNAL_H

#include "emulators/models/codepage.h"
#include "emulators/models/printer.h"

#define DPI	    203u
#define MAX_CELLS   512u /* characters of one line; a further one is lost */
#define MAX_STRIPS  16u	 /* bit images in one line; a further one is lost */
#define MAX_TABS    32u
#define CMD_MAX	    (4096u * 1024) /* bytes of one command that are kept; the rest is counted */
#define SYMBOL_MAX  7089u	   /* bytes one symbol storage holds */
#define LINE_DOTS   30u		   /* default line spacing */
#define PENDING_MAX 32u		   /* bytes of a delayed block answer */
#define MACRO_MAX   2048u	   /* bytes of a macro; a longer one is forgotten */
#define MAX_KANJI   128u	   /* user-defined East Asian characters */
#define MAX_WAITING 16u		   /* cuts and pulses that wait for a page, and reserved cuts */
#define USER_FIRST  0x20u
#define USER_COUNT  95u /* 20 to 7E */
#define USER_FONTS  5u
#define MAX_PAGES   96u	  /* of config.codepages; one more is -EINVAL */
#define KEYS_MAX    1024u /* stored graphics in one memory; one more is refused */

struct ph_emu_printer;

/* One command language. */
struct emu_dialect {
	/* Takes the next byte out of the receive buffer. */
	void (*byte)(struct ph_emu_printer *p, uint8_t byte);
	/* Looks at each raw byte as it arrives, for what is executed out of order. */
	void (*raw)(struct ph_emu_printer *p, uint8_t byte);
	/* Forgets a command in progress. */
	void (*reset)(struct ph_emu_printer *p);
	/* A status item may have changed: tells the host if it wants to know. */
	void (*status_changed)(struct ph_emu_printer *p);
	/* Memory of its own, before the first power-up; -ENOMEM. These may be NULL. */
	int (*init)(struct ph_emu_printer *p);
	void (*done)(struct ph_emu_printer *p);
	/* The printer comes up: behind what all have in common. */
	void (*power_up)(struct ph_emu_printer *p);
};

extern const struct emu_dialect emu_escpos, emu_star;

struct cell {
	uint32_t codepoint;
	unsigned x, width, space; /* dots; x from the start of the area */
	enum ph_emu_face face;
	struct ph_emu_style style;
	bool user; /* glyph holds a user-defined character */
	struct ph_emu_glyph glyph;
};

struct strip {
	unsigned x;
	uint8_t colour;
	struct ph_emu_canvas picture;
};

/* Settings and contents of one two-dimensional symbology; 0 is the automatic choice. */
struct matrix {
	unsigned module, row_height; /* dots; modules */
	unsigned columns, rows, ratio, model, max_width;
	int level; /* -1 automatic */
	bool option;
	uint8_t kind[2]; /* GS ( k 51 and 52: which symbol, linear component */
	uint8_t *data;
	size_t len;
	uint8_t *linear; /* composite: data of the linear component */
	size_t linear_len;
};

#define MATRICES 7u /* GS ( k 48 to 54 */

/* Everything ESC @ puts back. */
struct modes {
	struct ph_emu_style style; /* bold here is ESC E alone */
	struct ph_emu_style kanji_style;
	unsigned kanji_left, kanji_right; /* dots */
	enum ph_emu_face kanji_face;
	bool double_strike; /* ESC G */
	bool rotate_wide;   /* ESC V 2 */
	bool smooth;
	char align; /* 'l' 'c' 'r' */
	unsigned right_space, country, page;
	bool kanji, sjis, utf8;
	bool user_chars;
	unsigned line_spacing; /* units of ESC 3 */
	bool default_spacing;
	unsigned x_dpi, y_dpi; /* motion units */
	unsigned margin, area; /* dots */
	unsigned tabs[MAX_TABS], n_tabs;
	unsigned bar_height, bar_hri;
	unsigned bar_module2; /* half dots */
	char bar_font;
	uint8_t asb;
	bool ink_asb, extended_asb;
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
	PARSE_KEYS,    /* the host confirms a part of a list of keys */
};

struct trigger {
	bool armed, due;
	enum ph_emu_fault fault;
	enum ph_emu_count count;
	uint64_t left;
	uint64_t amount;
};

/* One picture in a memory of the printer, a plane per colour. */
struct stored {
	uint8_t key[2];
	struct ph_emu_canvas plane[2];
	size_t bytes;
};

struct shelf {
	struct stored *items;
	size_t n, used, capacity; /* bytes */
};

struct kanji_char {
	uint8_t code[2];
	struct ph_emu_glyph glyph;
};

enum wait_kind { WAIT_CUT, WAIT_PULSE };

/* A cut or a pulse that waits for its page, or a reserved cut. */
struct waiting {
	enum wait_kind kind;
	uint8_t m, n; /* cut: parameters of GS V */
	unsigned pin, on_ms, off_ms;
	uint64_t row; /* reserved cut: where the knife goes through */
};

struct page {
	bool active;
	bool area_set;		       /* by ESC W or GS ( P since ESC @ */
	unsigned paper_x, paper_width; /* dots: printable area of the page */
	unsigned paper_height;
	unsigned x, y, width, height; /* dots: print area */
	unsigned direction;	      /* ESC T */
	unsigned at;		      /* dots from the top of the layout to the current position */
	unsigned used;		      /* lowest row in use when no area was set */
	unsigned areas_end;	      /* lower edge of the lowest area of this page */
	struct ph_emu_canvas dots[2]; /* the page, a plane per colour; no bits: nothing yet */
	struct ph_emu_canvas layout[2]; /* the current area, the text upright */
	struct ph_emu_paper record;	/* its items alone, until it is printed */
	size_t settled;			/* items whose row is one of the page, not of the layout */
	struct waiting waiting[MAX_WAITING];
	size_t n_waiting;
};

#define MAX_RULES 8u

/* A vertical rule of standard mode, open as long as it has a thickness. */
struct rule {
	unsigned x, thickness; /* dots */
	bool twice;
};

struct ph_emu_printer {
	struct ph_emu_printer_config config;
	const struct emu_dialect *dialect;
	struct star *star; /* of the Star dialects, see star_internal.h */
	struct ph_emu_printer_state state;
	struct ph_emu_printer_counts counts;
	struct ph_emu_paper paper;
	struct ph_emu_codepages pages;
	struct modes modes;
	struct matrix matrices[MATRICES];
	uint64_t now_us;
	uint64_t busy_until_ns; /* the engine works on what it has until then */

	uint8_t *rx; /* ring of config.rx_size bytes */
	size_t rx_start, rx_len;
	uint8_t rt[12]; /* real-time command being recognised in the raw input */
	size_t rt_len;
	uint8_t raw_head[8]; /* head of a graphics command in the raw input */
	size_t raw_len;
	uint64_t raw_skip; /* bytes of its data in which nothing is looked for */
	bool cleared;	   /* the byte being fed ended a command that emptied the buffers */

	uint8_t tx[PH_EMU_PRINTER_TX_SIZE];
	size_t tx_len;
	uint8_t late[PH_EMU_PRINTER_TX_SIZE]; /* replies that were delayed */
	size_t late_len;
	uint64_t late_until_us;
	uint8_t pending_id[PENDING_MAX], pending_offline[PENDING_MAX];
	size_t pending_id_len, pending_offline_len;
	uint8_t asb_sent[4];
	uint64_t pulse_until_us; /* a real-time pulse is running */
	bool held;		 /* an error or the cover stopped it with data waiting */

	enum parse_mode mode;
	uint8_t *cmd; /* grows up to CMD_MAX bytes */
	size_t cmd_size, cmd_len, cmd_need;
	uint64_t skip;
	uint8_t multi[4]; /* bytes of a character so far */
	size_t multi_len;
	bool swallow_lf; /* the next LF is ignored, see PH_EMU_DEVIATION_LF_AFTER_RASTER */
	struct {
		size_t row_bytes;
		unsigned rows_left, rows_done, x_scale, y_scale;
		uint8_t row[256 * 256];
		size_t row_len;
		size_t item; /* index of its item, SIZE_MAX: none */
		bool hidden; /* consumed, not printed */
	} raster;
	struct {
		unsigned left; /* images still to come */
		unsigned index;
		size_t x_bytes, y_bytes, at, total;
		struct ph_emu_canvas picture; /* no bits: not kept */
		size_t used;
	} nv_write;
	struct {
		const struct shelf *shelf;
		uint8_t id;
		size_t first, next; /* keys sent in the last block, and behind it */
	} keys;

	struct cell cells[MAX_CELLS];
	size_t n_cells;
	struct strip strips[MAX_STRIPS];
	size_t n_strips;
	unsigned x; /* dots from the start of the area */

	struct rule rules[MAX_RULES];
	struct page page;
	struct waiting reserved[MAX_WAITING];
	size_t n_reserved;

	struct ph_emu_canvas graphics[2]; /* GS ( L 112, waiting to be printed; no bits: none */
	struct ph_emu_canvas down_image;  /* GS * */
	struct shelf nv, ram;		  /* GS ( L 67 and 83 */
	struct ph_emu_canvas *nv_images;  /* FS q */
	size_t n_nv_images;
	struct ph_emu_glyph *user[USER_FONTS]; /* USER_COUNT each, height 0: not defined */
	struct kanji_char kanji_chars[MAX_KANJI];
	size_t n_kanji_chars;

	struct {
		uint8_t bytes[MACRO_MAX];
		size_t len;
		bool recording;
		size_t at; /* next byte while it is played */
		unsigned times_left, wait_ms;
		bool by_button, waits; /* for the feed button */
	} macro;
	struct {
		bool user_mode;
		uint8_t switches[8]; /* memory switches, groups 1 to 8 */
		uint16_t values[256];
		uint64_t counters[128]; /* what GS g 0 subtracted */
	} settings;
	uint8_t lacks[64]; /* bits over the table of commands */
	struct {
		unsigned n;
		char name[24];
	} own_pages[MAX_PAGES];
	size_t n_own_pages;

	struct trigger triggers[PH_EMU_PRINTER_TRIGGERS];
	bool any_armed; /* since the last disarming: nothing to look for otherwise */
	enum ph_emu_link_event link_event;
};

static inline unsigned emu_le16(const uint8_t *b)
{
	return b[0] | (unsigned)b[1] << 8;
}

/* Parameters that may be written as a number or as its digit. */
static inline bool emu_is(uint8_t n, uint8_t value)
{
	return n == value || n == value + '0';
}

/* printer.c */
void emu_strike(struct ph_emu_printer *p, const struct trigger *t);
/* One more unit went by; faults that are reached strike after the byte being worked on. */
void emu_count(struct ph_emu_printer *p, enum ph_emu_count count);
/* Empties receive buffer, line buffer and command in progress, and says so on the record. `own` is the
 * number of buffered bytes that belong to the command that asked for it. */
void emu_clear_buffers(struct ph_emu_printer *p, size_t own);
/* Forgets the line being composed, on the record as lost. */
void emu_lose_line(struct ph_emu_printer *p);
void emu_pulse(struct ph_emu_printer *p, unsigned pin, unsigned on_ms, unsigned off_ms);
/* The mechanism moved: paper and time. */
void emu_feed(struct ph_emu_printer *p, int dots);
/* An item of the paper, or of the page being composed. */
struct ph_emu_item *emu_item(
	struct ph_emu_printer *p, enum ph_emu_item_type type, const char *name);
void emu_mark(struct ph_emu_printer *p, const char *name);
void emu_refuse(struct ph_emu_printer *p, const char *what, const char *why);
void emu_busy_ms(struct ph_emu_printer *p, uint64_t ms);

/* printer_faults.c */
void emu_strike_due(struct ph_emu_printer *p);
/* True when the byte that just came in is to be thrown away. */
bool emu_byte_is_lost(struct ph_emu_printer *p);

/* printer_modes.c: what ESC @ and power-up set */
void emu_power_up(struct ph_emu_printer *p);
/* ESC @: modes, symbols, user characters and what else is kept in RAM, but no buffer. */
void emu_modes_init(struct ph_emu_printer *p);
/* Frees what a printer without power forgets. */
void emu_forget_ram(struct ph_emu_printer *p);
unsigned emu_vertical(const struct ph_emu_printer *p, unsigned units);
unsigned emu_horizontal(const struct ph_emu_printer *p, unsigned units);
unsigned emu_line_spacing(const struct ph_emu_printer *p);

/* printer_line.c: the line being composed */
void emu_put_char(struct ph_emu_printer *p, uint32_t codepoint, bool wide, const uint8_t *code);
void emu_put_strip(struct ph_emu_printer *p, struct ph_emu_canvas *picture);
void emu_tab(struct ph_emu_printer *p);
void emu_drop_line(struct ph_emu_printer *p);
bool emu_line_empty(const struct ph_emu_printer *p);
bool emu_line_start(const struct ph_emu_printer *p);
/* Prints the line if there is one. `dots` is how far the paper moves at least. */
void emu_print_line(struct ph_emu_printer *p, unsigned dots);
void emu_newline(struct ph_emu_printer *p);
enum ph_emu_face emu_face(const struct ph_emu_printer *p, const struct ph_emu_style *style);
/* Draws a character with its top left corner at x, y. */
void emu_draw_char(struct ph_emu_printer *p, struct ph_emu_canvas *c, unsigned x, unsigned y,
	uint32_t codepoint, const struct ph_emu_style *style);

/* printer_page.c: where lines and blocks go */
unsigned emu_area(const struct ph_emu_printer *p);
/* Left edge in the frame of a block this wide, by ESC a. */
unsigned emu_block_x(const struct ph_emu_printer *p, unsigned width);
unsigned emu_frame_width(const struct ph_emu_printer *p);
/* Draws at column x of the current position, which does not move. */
void emu_place(
	struct ph_emu_printer *p, int x, const struct ph_emu_canvas *picture, unsigned colour);
void emu_advance(struct ph_emu_printer *p, int dots);
/* Draws a block by ESC a, upside down if that is on, and moves past it. */
void emu_block(struct ph_emu_printer *p, struct ph_emu_canvas *picture);
void emu_page_init(struct ph_emu_printer *p);
void emu_page_done(struct ph_emu_printer *p);
void emu_page_enter(struct ph_emu_printer *p);
/* Leaves page mode; what was not printed is lost. */
void emu_page_leave(struct ph_emu_printer *p);
void emu_page_print(struct ph_emu_printer *p);
/* Prints it and returns to standard mode. */
void emu_page_finish(struct ph_emu_printer *p);
/* Deletes the dots, keeps the area. */
void emu_page_cancel(struct ph_emu_printer *p);
void emu_page_area(struct ph_emu_printer *p, const unsigned rect[static 4]);
void emu_page_direction(struct ph_emu_printer *p, unsigned direction);
void emu_page_printable(struct ph_emu_printer *p, const unsigned size[static 2], unsigned x);
void emu_page_move(struct ph_emu_printer *p, bool relative, int dots);
/* Keeps a cut or a pulse for when the page is on paper; false outside page mode. */
bool emu_page_waits(struct ph_emu_printer *p, const struct waiting *w);
/* Draws into the page, coordinates of the layout. */
void emu_page_fill(
	struct ph_emu_printer *p, unsigned x, unsigned y, unsigned width, unsigned height);

/* printer_position.c: the vertical rules, before the paper moves on */
void emu_draw_rules(struct ph_emu_printer *p, int dots);

/* printer_user.c: user-defined characters */
const struct ph_emu_glyph *emu_user_glyph(const struct ph_emu_printer *p, char font, uint8_t code);
const struct ph_emu_glyph *emu_kanji_glyph(const struct ph_emu_printer *p, const uint8_t *code);

/* printer_cut.c */
void emu_cut(struct ph_emu_printer *p, uint8_t m, uint8_t n);
void emu_cut_here(struct ph_emu_printer *p, bool full);
void emu_check_reserved(struct ph_emu_printer *p);

/* printer_charset.c */
void emu_put_byte(struct ph_emu_printer *p, uint8_t byte);
/* Reads config.codepages; -EINVAL when it is not a list of n:name. */
int emu_pages_parse(struct ph_emu_printer *p);
/* Name of the page of ESC t n, NULL when there is none. */
const char *emu_page_name(const struct ph_emu_printer *p, unsigned n);

/* printer_status.c */
void emu_reply(struct ph_emu_printer *p, const void *data, size_t len);
/* Sends delayed replies that are due; returns when it wants to be called again. */
uint64_t emu_send_late(struct ph_emu_printer *p);
void emu_flush_pending(struct ph_emu_printer *p);
/* Sends automatic status if an enabled item changed, and the offline response if it went offline. */
void emu_status_changed(struct ph_emu_printer *p);
void emu_answer_eot(struct ph_emu_printer *p, const uint8_t *args);
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
/* Reads config.lacks; -EINVAL when a name in it is no command. */
int emu_lacks_parse(struct ph_emu_printer *p);

/* printer_symbols.c, printer_matrix.c */
void emu_barcode(struct ph_emu_printer *p, unsigned m, const uint8_t *data, size_t len);
void emu_symbol_2d(struct ph_emu_printer *p, const uint8_t *args, size_t len);
void emu_matrices_init(struct ph_emu_printer *p);
void emu_matrices_done(struct ph_emu_printer *p);
/* Data as text: bytes that are not UTF-8 as U+FFFD. Caller frees. */
char *emu_readable(const uint8_t *data, size_t len);

/* printer_image.c */
void emu_raster_start(struct ph_emu_printer *p, const uint8_t *head);
void emu_raster_byte(struct ph_emu_printer *p, uint8_t byte);
void emu_bit_image(struct ph_emu_printer *p, const uint8_t *args, size_t len);
void emu_variable_image(struct ph_emu_printer *p, const uint8_t *args, size_t len);
void emu_down_image(struct ph_emu_printer *p, const uint8_t *args, size_t len);
void emu_print_image(
	struct ph_emu_printer *p, const struct ph_emu_canvas *image, uint8_t m, const char *name);
/* GS ( L and GS 8 L from the byte behind the count; false when the function is not modelled. */
bool emu_graphics(struct ph_emu_printer *p, const uint8_t *args, size_t len);
/* Puts a picture on paper, a plane per colour, each dot repeated. */
void emu_print_planes(struct ph_emu_printer *p, const struct ph_emu_canvas plane[static 2],
	unsigned x_times, unsigned y_times, const char *name);
/* Rows of packed dots, and columns of bytes, as a picture; -EINVAL when len is too small. */
int emu_from_rows(struct ph_emu_canvas *c, unsigned x, unsigned y, const uint8_t *data, size_t len);
int emu_from_columns(
	struct ph_emu_canvas *c, unsigned x, unsigned y, const uint8_t *data, size_t len);

/* printer_stored.c */
bool emu_stored(struct ph_emu_printer *p, const uint8_t *args, size_t len);
void emu_shelf_clear(struct shelf *shelf);
void emu_key_answer(struct ph_emu_printer *p, uint8_t byte);
void emu_bmp(struct ph_emu_printer *p, const uint8_t *args, size_t len);
void emu_nv_start(struct ph_emu_printer *p, uint8_t n);
void emu_nv_byte(struct ph_emu_printer *p, uint8_t byte);
void emu_nv_forget(struct ph_emu_printer *p);
void emu_nv_print(struct ph_emu_printer *p, uint8_t n, uint8_t m);

#endif
