// What an encoder needs drawn before a job can be printed, and the drawings it gets.
//
// An encoder that meets something its printer cannot print natively writes an order and goes on; the
// driver asks poshald for the drawings (`needs` in docs/driver-protocol.md), and the second run of the
// encoder takes them in the same order. Without drawings it falls back and reports the loss.
#ifndef PH_PROTOCOLS_RASTER_ORDER_H
#define PH_PROTOCOLS_RASTER_ORDER_H

#include "protocols/receipt/layout.h"

#define PH_ORDERS_MAX	    2048	      // of one job; more is -E2BIG
#define PH_ORDER_HEIGHT_MAX 8192	      // dots of one drawing
#define PH_RASTER_BYTES_MAX (2 * 1024 * 1024) // of all drawings of one job

enum ph_order_kind {
	PH_ORDER_LINE,	 // runs of one line, exactly width x height
	PH_ORDER_IMAGE,	 // an image node scaled to `width`; the height follows
	PH_ORDER_SYMBOL, // a barcode, QR or 2-D code, at most `width`
	PH_ORDER_PAGE	 // a page node, `width` wide
};

struct ph_raster_order {
	enum ph_order_kind kind;
	uint32_t at;		  // ph_receipt_path()
	uint32_t first_run, runs; // of the display list; PH_ORDER_LINE only
	uint16_t x;		  // units where the drawing begins; PH_ORDER_LINE only
	uint16_t width, height;	  // dots; height 0 where it follows from the content
};

// A drawing: rows of (width + 7) / 8 bytes, most significant bit left, 1 is black, padding 0.
struct ph_raster {
	const uint8_t *bits; // NULL: could not be drawn
	uint16_t width, height;
	const char *error; // one sentence when bits is NULL; may be NULL
};

struct ph_rasters {
	const struct ph_raster *items; // by index of the order
	uint32_t count;
};

#endif
