// The receipt document: JSON into a checked model, independent of any printer.
//
// docs/documents.md is the reference of the document. The model owns all its memory, so the JSON may
// be freed after parsing; it is not changed after parsing and may be laid out any number of times.
#ifndef PH_PROTOCOLS_RECEIPT_H
#define PH_PROTOCOLS_RECEIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocols/raster/dither_method.h"

struct cJSON;

// Limits of one document. Exceeding one is -E2BIG with a message that names it.
#define PH_RECEIPT_NODES_MAX	      4096
#define PH_RECEIPT_TEXT_MAX	      (256 * 1024) // bytes of all texts together
#define PH_RECEIPT_RUNS_MAX	      256	   // runs in one text node
#define PH_RECEIPT_COLUMNS_MAX	      16
#define PH_RECEIPT_ROWS_MAX	      2048	  // of one table
#define PH_RECEIPT_RAW_MAX	      (64 * 1024) // bytes of all raw items together
#define PH_RECEIPT_BARCODE_MAX	      255
#define PH_RECEIPT_QR_MAX	      2953 // version 40, level L, byte mode
#define PH_RECEIPT_FEED_MAX	      255
#define PH_RECEIPT_BEEP_MAX	      9
#define PH_RECEIPT_DEPTH_MAX	      4 // boxes, pages and areas in each other
#define PH_RECEIPT_IMAGES_MAX	      32
#define PH_RECEIPT_PIXELS_MAX	      (16 * 1024 * 1024) // of one image, by its header
#define PH_RECEIPT_CODE2D_MAX	      3116		 // bytes of a 2-D code other than QR
#define PH_RECEIPT_AREAS_MAX	      16		 // of one page
#define PH_RECEIPT_IMAGE_MAX	      (4 * 1024 * 1024)	 // bytes of all image files together
#define PH_RECEIPT_PDF_MAX	      (8 * 1024 * 1024)
#define PH_RECEIPT_PAGE_MAX	      200		// lines of one page
#define PH_RECEIPT_MARKUP_MAX	      (4 * 1024 * 1024) // bytes of a receiptline document
#define PH_RECEIPT_MARKUP_COLUMNS_MAX 128		// of one of its lines

enum ph_align { PH_ALIGN_LEFT, PH_ALIGN_CENTER, PH_ALIGN_RIGHT };
enum ph_font { PH_FONT_A, PH_FONT_B, PH_FONT_C, PH_FONT_COUNT };

// How a run looks, packed so that it compares in one instruction. 0 is normal.
#define PH_STYLE_BOLD	      0x0001u
#define PH_STYLE_UNDERLINE    0x0002u
#define PH_STYLE_INVERT	      0x0004u
#define PH_STYLE_FONT_B	      0x0008u
#define PH_STYLE_WIDTH_SHIFT  4 // three bits: times 1-8, less one
#define PH_STYLE_HEIGHT_SHIFT 8 // three bits: times 1-8, less one
#define PH_STYLE_SIZE_MASK    0x0770u
#define PH_STYLE_FONT_C	      0x0080u
#define PH_STYLE_THICK	      0x0800u // underline of two dots; only with PH_STYLE_UNDERLINE
#define PH_STYLE_ITALIC	      0x1000u
#define PH_STYLE_STRIKE	      0x2000u // struck through
#define PH_STYLE_RED	      0x4000u // second colour
#define PH_STYLE_ROTATE	      0x8000u // each character turned by 90 degrees clockwise

static inline unsigned ph_style_width(uint16_t style)
{
	return ((unsigned)style >> PH_STYLE_WIDTH_SHIFT & 7u) + 1;
}

static inline unsigned ph_style_height(uint16_t style)
{
	return ((unsigned)style >> PH_STYLE_HEIGHT_SHIFT & 7u) + 1;
}

static inline enum ph_font ph_style_font(uint16_t style)
{
	return style & PH_STYLE_FONT_B	 ? PH_FONT_B
	       : style & PH_STYLE_FONT_C ? PH_FONT_C
					 : PH_FONT_A;
}

// Where in the document something comes from: node index and, inside it, a run, side or cell.
#define PH_AT_NONE	 UINT32_MAX // not from the document, such as a reprint mark
#define PH_AT(node, sub) ((uint32_t)(node) << 16 | (uint32_t)(sub))
#define PH_AT_NODE(at)	 ((at) >> 16)
#define PH_AT_SUB(at)	 ((at)&0xffffu) // text: run; pair: 0, 1; table: row * 16 + column

enum ph_node_kind {
	PH_NODE_TEXT,
	PH_NODE_RULE,
	PH_NODE_PAIR,
	PH_NODE_TABLE,
	PH_NODE_BARCODE,
	PH_NODE_QR,
	PH_NODE_FEED,
	PH_NODE_CUT,
	PH_NODE_DRAWER,
	PH_NODE_BEEP,
	PH_NODE_RAW,
	PH_NODE_BOX, // holds nodes
	PH_NODE_IMAGE,
	PH_NODE_CODE2D, // 2-D codes other than QR
	PH_NODE_PAGE,	// page mode; holds areas
	PH_NODE_AREA,	// of a page; holds nodes
	// receiptline: a line of text columns, a rule, and where borders begin or end
	PH_NODE_COLUMNS,
	PH_NODE_COLUMN_RULE,
	PH_NODE_COLUMN_BORDER
};

enum ph_rule { PH_RULE_SINGLE, PH_RULE_DOUBLE, PH_RULE_DASHED, PH_RULE_THICK };
enum ph_border { PH_BORDER_NONE, PH_BORDER_SINGLE, PH_BORDER_DOUBLE };
enum ph_cut { PH_CUT_PARTIAL, PH_CUT_FULL };

enum ph_barcode_type {
	PH_BARCODE_UPCA,
	PH_BARCODE_UPCE,
	PH_BARCODE_EAN13,
	PH_BARCODE_EAN8,
	PH_BARCODE_CODE39,
	PH_BARCODE_ITF,
	PH_BARCODE_CODABAR,
	PH_BARCODE_CODE128,
	PH_BARCODE_CODE93,
	PH_BARCODE_GS1_128, // data as "(01)04006381333931(10)AB"
	PH_BARCODE_DATABAR,
	PH_BARCODE_DATABAR_TRUNCATED,
	PH_BARCODE_DATABAR_LIMITED,
	PH_BARCODE_DATABAR_EXPANDED, // data as of GS1-128
	PH_BARCODE_COUNT
};

extern const char *const ph_barcode_type_names[]; // as documents name them; NULL behind the last

enum ph_code2d_type {
	PH_CODE2D_PDF417,
	PH_CODE2D_AZTEC,
	PH_CODE2D_DATAMATRIX,
	PH_CODE2D_MAXICODE,
	PH_CODE2D_DATABAR_STACKED,
	PH_CODE2D_DATABAR_STACKED_OMNI,
	PH_CODE2D_DATABAR_EXPANDED_STACKED,
	PH_CODE2D_COMPOSITE, // a linear code with a 2-D part above
	PH_CODE2D_COUNT
};

const char *ph_code2d_type_name(enum ph_code2d_type type);

enum ph_image_format { PH_IMAGE_PNG, PH_IMAGE_JPEG };

// ESC T of page mode: where text runs to.
enum ph_direction { PH_DIRECTION_RIGHT, PH_DIRECTION_UP, PH_DIRECTION_LEFT, PH_DIRECTION_DOWN };

enum ph_hri { PH_HRI_NONE, PH_HRI_ABOVE, PH_HRI_BELOW, PH_HRI_BOTH };
enum ph_qr_level { PH_QR_L, PH_QR_M, PH_QR_Q, PH_QR_H };

// Text of one look. Valid UTF-8 of printable characters, '\n' and '\t'; not terminated.
struct ph_text {
	const char *data;
	uint32_t len;	// bytes
	uint32_t cells; // width on one line at size 1; only meaningful without '\n' and '\t'
	uint16_t style;
	bool ascii;  // every byte is 0x20-0x7e
	bool broken; // holds what a line may not simply show: '\n', '\t' or U+200B
	bool rtl;    // holds right-to-left characters
	bool wide;   // holds characters of two cells
};

enum ph_width_kind { PH_WIDTH_CELLS, PH_WIDTH_PERCENT, PH_WIDTH_SHARE };

struct ph_receipt_column {
	enum ph_width_kind kind;
	uint16_t value; // cells 1-255 or per cent 1-100
	enum ph_align align;
};

struct ph_receipt_barcode {
	enum ph_barcode_type type;
	uint8_t height; // dots 1-255
	uint8_t module; // dots 2-6, the most that may be used
	enum ph_hri hri;
	uint8_t len;
	// Checked; complete with check digit (UPC-E as 8 digits) and, for Codabar, start and stop.
	char data[PH_RECEIPT_BARCODE_MAX + 1];
};

struct ph_receipt_qr {
	const char *data; // UTF-8, not terminated
	uint16_t len;
	enum ph_qr_level ec;
	uint8_t module;	 // dots 1-16, 0 for automatic
	uint8_t version; // 1-40 in byte mode; a printer may choose a smaller one
};

struct ph_receipt_code2d {
	enum ph_code2d_type type;
	enum ph_barcode_type linear; // of a composite code
	// As given, not terminated; DataBar numbers complete with check digit; of a composite code the
	// 2-D part, an element string such as "(10)AB12".
	const char *data;
	const char *linear_data; // of a composite code, terminated, complete with check digit
	uint16_t len;
	uint8_t module;	 // dots 1-16, 0 for automatic
	uint8_t ec;	 // PDF417: level 0-8, 255 automatic. Aztec: per cent 5-95, 0 automatic
	uint8_t columns; // PDF417: 1-30, 0 automatic
	uint8_t rows;	 // PDF417: 3-90, 0 automatic. Aztec: layers 1-32, 0 automatic
	uint8_t mode;	 // MaxiCode: 2-6
	bool truncated;	 // PDF417
	bool compact;	 // Aztec
	bool rectangle;	 // Data Matrix
};

struct ph_receipt_image {
	const uint8_t *data; // the file as given; only its header has been looked at
	uint32_t len;
	enum ph_image_format format;
	uint32_t pixel_width, pixel_height; // by the header; both at least 1
	enum ph_width_kind width_kind; // PH_WIDTH_SHARE: as many dots as it has, at most the paper
	uint16_t width;		       // cells or per cent
	enum ph_dither dither;
	uint8_t threshold; // 1-255: darker than this is black; 128
	bool store;	   // keep it in the printer, by content, where that is possible
};

// A table cell or the text of a node: runs one behind the other.
struct ph_receipt_cell {
	const struct ph_text *runs; // count is at least 1; an empty text has one run of length 0
	uint16_t count;
	uint8_t span;  // columns it covers, at least 1
	uint8_t align; // enum ph_align
};

struct ph_receipt_node {
	enum ph_node_kind kind;
	enum ph_align align; // text, barcode, qr, image, code2d, box
	uint16_t style;	     // pair, table, rule, box
	bool upside_down;    // text, pair, table, rule: the line turned by 180 degrees
	// Nodes stand in the order of the document, those inside of a box, page or area behind it:
	uint32_t parent; // index of the node around it, or UINT32_MAX
	uint32_t
		index; // its place in `body` of the document or of that node; receiptline: its line
	uint32_t end;  // index of the node behind it and all that it holds
	union {
		struct {
			const struct ph_text *runs;
			uint32_t count;
		} text;
		enum ph_rule rule;
		struct ph_text pair[2];
		struct {
			const struct ph_receipt_column *columns;
			// row by row, column_count to a row; those covered by a span have count 0
			const struct ph_receipt_cell *cells;
			uint16_t column_count, row_count;
			bool wrap; // else text is cut at the width of its column
			enum ph_border border;
			bool row_rules; // a line between rows, with a border
		} table;
		const struct ph_receipt_barcode *barcode;
		const struct ph_receipt_qr *qr;
		const struct ph_receipt_image *image;
		const struct ph_receipt_code2d *code2d;
		struct {
			enum ph_border border;
			enum ph_width_kind width_kind; // PH_WIDTH_SHARE: all there is
			uint16_t width;		       // cells or per cent, border included
			uint8_t padding;	       // cells left and right inside
		} box;
		struct {
			uint16_t height; // lines of 30/203 inch, 0: as the areas need
		} page;
		struct {
			uint16_t x, y;	 // cells from the left, lines from the top
			uint16_t width;	 // cells, 0: all that is left of the paper
			uint16_t height; // lines, 0: as the content needs
			enum ph_direction direction;
		} area;
		struct {
			const struct ph_receipt_cell *cells;
			const int16_t *widths; // cells; -1 shares what is left
			uint16_t count;
			int8_t border; // cells between columns, or -1 for lines around them
			bool wrap;     // else only the first line of each column is printed
		} columns; // `align` says where all of them stand when narrower than the paper
		int16_t rule_width; // of COLUMN_RULE, as of one column
		bool border_begins; // of COLUMN_BORDER, else it ends
		uint8_t feed_lines;
		enum ph_cut cut;
		uint8_t drawer; // 1 or 2
		uint8_t beeps;
		struct {
			const uint8_t *data;
			uint32_t len;
			bool star; // for Star dialects, else for ESC/POS
		} raw;
	};
};

// A control character that parsing took out of a text.
struct ph_receipt_dropped {
	uint32_t at;
	uint32_t cp;
};
#define PH_RECEIPT_DROPPED_MAX 64 // recorded; all are dropped

// The member that the document came in, which decides how paths look.
enum ph_receipt_form {
	PH_RECEIPT_BODY,
	PH_RECEIPT_TEXT,
	PH_RECEIPT_RAW,
	PH_RECEIPT_IMAGE,
	PH_RECEIPT_PDF,
	PH_RECEIPT_RECEIPTLINE
};

struct ph_receipt {
	const struct ph_receipt_node *nodes;
	uint32_t node_count;
	enum ph_receipt_form form;
	bool needs_directio; // holds raw printer bytes
	const uint8_t *pdf;  // the document is this PDF and has no nodes; NULL otherwise
	uint32_t pdf_len;
	struct ph_receipt_dropped dropped[PH_RECEIPT_DROPPED_MAX];
	uint32_t dropped_count;
	struct ph_receipt_chunk *chunks; // private: the memory
};

struct ph_receipt_error {
	char path[128];	   // JSON path from the document, such as `$.body[3].barcode.colour`
	char message[192]; // one sentence without the path
};

// Checks `document` (the value of `document` in printer.print) and makes a model of it.
//   -EINVAL      not a document: wrong type, unknown or missing member, bad value
//   -E2BIG       a limit above
//   -ENOMEM
// On failure ret_error says where and why; on success it is untouched. Free with ph_receipt_free.
int ph_receipt_parse(const struct cJSON *document, struct ph_receipt **ret_receipt,
	struct ph_receipt_error *ret_error);

void ph_receipt_free(struct ph_receipt *receipt);

// Writes the JSON path of `at`, always terminated; returns `buf`.
const char *ph_receipt_path(const struct ph_receipt *receipt, uint32_t at, char *buf, size_t size);

#endif
