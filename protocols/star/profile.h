// What a model of Star printer can do, read from a text such as profiles/star.ini.
//
// profiles/README.md is the reference of the text. A profile is a plain value: it holds no pointers
// and may be copied.
#ifndef PH_PROTOCOLS_STAR_PROFILE_H
#define PH_PROTOCOLS_STAR_PROFILE_H

#include "protocols/codepage/codepage.h"
#include "protocols/profile/profile.h"
#include "protocols/receipt/layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_STAR_PROFILE_MODELS_MAX 127 // bytes
#define PH_STAR_PROFILE_PAGES_MAX  64

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

struct ph_star_profile {
	char name[PH_PROFILE_NAME_MAX + 1]; // "star-tsp650ii"
	// How the answer to ESC # * may begin, separated by '|'.
	char models[PH_STAR_PROFILE_MODELS_MAX + 1];
	enum ph_star_dialect dialect;
	uint16_t width_dots;
	uint16_t dpi;
	uint8_t font[2][2]; // width and height in dots of fonts A and B
	uint8_t columns[2];
	// ESC GS t n, in order of preference; none in the raster dialect
	struct ph_profile_page pages[PH_STAR_PROFILE_PAGES_MAX];
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

// Finds the section of this name, first in `more`, which may be NULL. ret_error may be NULL.
// -ENOENT no such section; -EINVAL the section, or one that it inherits from, is wrong.
int ph_star_profile_find(const struct ph_profile_text *more, const char *name,
	struct ph_star_profile *ret_profile, struct ph_profile_error *ret_error);

// By the answer to ESC # *, "TSP654II Ver1.0": the section with the longest name in front of it, first
// in `more`. -ENOENT when none names it; sections that are wrong are passed over.
int ph_star_profile_match(
	const struct ph_profile_text *more, const char *model, struct ph_star_profile *ret_profile);

// Checks all sections of a text, and that no name comes twice. -EINVAL with ret_error; -E2BIG.
int ph_star_profile_check(const struct ph_profile_text *text, struct ph_profile_error *ret_error);

// The text that is built in.
struct ph_profile_text ph_star_profile_builtin(void);

// The paper of the profile for ph_layout(): a unit is a dot.
struct ph_media ph_star_profile_media(const struct ph_star_profile *profile);

#endif
