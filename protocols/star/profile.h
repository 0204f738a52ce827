// What a model of Star printer can do, as table rows.
#ifndef PH_PROTOCOLS_STAR_PROFILE_H
#define PH_PROTOCOLS_STAR_PROFILE_H

#include "protocols/codepage/codepage.h"
#include "protocols/receipt/layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ph_star_dialect {
	PH_STAR_PRNT,	// StarPRNT
	PH_STAR_LINE,	// Star Line Mode
	PH_STAR_RASTER, // Star graphic mode: rows of dots and nothing else
	PH_STAR_DIALECT_COUNT
};

enum ph_star_cutter {
	PH_STAR_CUTTER_NONE,
	PH_STAR_CUTTER_PARTIAL,
	PH_STAR_CUTTER_FULL,
	PH_STAR_CUTTER_BOTH
};

enum ph_star_support { PH_STAR_NO, PH_STAR_YES, PH_STAR_PROBE };

// ESC GS t n selects `page`.
struct ph_star_page {
	uint8_t n;
	uint8_t page; // enum ph_codepage
};

struct ph_star_profile {
	const char *name;   // "star-tsp650ii"
	const char *models; // how the answer to ESC # * may begin, separated by '|'
	enum ph_star_dialect dialect;
	uint16_t width_dots;
	uint16_t dpi;
	uint8_t font[2][2]; // width and height in dots of fonts A and B
	uint8_t columns[2];
	const struct ph_star_page *pages; // in order of preference; none in the raster dialect
	uint8_t page_count;
	bool utf8;	  // ESC GS ) U: East Asian characters by UTF-8
	uint8_t max_size; // times that characters can be enlarged
	bool impact;	  // pins and a ribbon: no images, no symbols; ESC 4 is red
	bool position;	  // ESC GS A is obeyed behind text in the line
	enum ph_star_cutter cutter;
	uint8_t feed_before_cut;      // lines fed to the tear bar where there is no cutter
	uint8_t band_rows;	      // rows of one image command
	uint16_t rx_buffer;	      // bytes; also the most that may be in flight unconfirmed
	enum ph_star_support counter; // ESC GS ETX, the document counter
	enum ph_star_support etb;     // ETB, the counter of the automatic status
	uint32_t barcodes;	      // bits 1 << enum ph_barcode_type
	bool qr, pdf417;
	uint16_t pulse_on_ms, pulse_off_ms; // of drawer 1, multiples of 10 up to 1270
	uint8_t drawers;		    // 0-2
	bool beeper;
};

extern const struct ph_star_profile ph_star_profiles[];
extern const size_t ph_star_profile_count;

// NULL when no row has this name.
const struct ph_star_profile *ph_star_profile_by_name(const char *name);

// By the answer to ESC # *, "TSP654II Ver1.0"; NULL when no row names it.
const struct ph_star_profile *ph_star_profile_by_model(const char *model);

// The paper of the profile for ph_layout(): a unit is a dot.
struct ph_media ph_star_profile_media(const struct ph_star_profile *profile);

#endif
