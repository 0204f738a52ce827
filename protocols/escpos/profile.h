// What a model of ESC/POS printer can do, as table rows.
#ifndef PH_PROTOCOLS_ESCPOS_PROFILE_H
#define PH_PROTOCOLS_ESCPOS_PROFILE_H

#include "protocols/codepage/codepage.h"
#include "protocols/receipt/layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ph_escpos_cutter {
	PH_ESCPOS_CUTTER_NONE,
	PH_ESCPOS_CUTTER_PARTIAL,
	PH_ESCPOS_CUTTER_FULL,
	PH_ESCPOS_CUTTER_BOTH
};

enum ph_escpos_support { PH_ESCPOS_NO, PH_ESCPOS_YES, PH_ESCPOS_PROBE };

// ESC t n selects `page`.
struct ph_escpos_page {
	uint8_t n;
	uint8_t page; // enum ph_codepage
};

// Quirks, each a symptom.
#define PH_ESCPOS_QUIRK_NO_POSITION 0x0001u // ignores ESC $ after data in the line: pad with spaces
#define PH_ESCPOS_QUIRK_NO_CUT_FEED 0x0002u // GS V 65/66 cuts without feeding to the cutter
#define PH_ESCPOS_QUIRK_ESC_CUT	    0x0004u // knows ESC i and ESC m only
#define PH_ESCPOS_QUIRK_ESC_B_BEEP  0x0008u // beeps by ESC B n t, not by ESC ( A

struct ph_escpos_profile {
	const char *name;   // "epson-tm-t20ii"
	const char *vendor; // as the printer reports it, GS I 66; "" for generic rows
	const char *models; // as reported by GS I 67, separated by '|'
	uint16_t width_dots;
	uint16_t dpi;
	uint8_t font[2][2];		    // width and height in dots of fonts A and B
	uint8_t columns[2];		    // of fonts A and B
	const struct ph_escpos_page *pages; // in order of preference
	uint8_t page_count;
	uint8_t charset_default; // n of ESC t that prologue selects; also the first of `pages`
	enum ph_escpos_cutter cutter;
	uint8_t feed_before_cut; // lines fed in front of a cut that does not feed by itself
	uint16_t rx_buffer;	 // bytes; also the most that may be in flight unconfirmed
	enum ph_escpos_support gs_paren_h; // GS ( H process ids
	enum ph_escpos_support asb;	   // GS a
	enum ph_escpos_support eot;	   // DLE EOT
	enum ph_escpos_support gs_r;	   // GS r 1 is answered at all
	bool gs_r_barrier;		   // ... and only after printing has finished
	bool realtime_in_data;		   // real-time commands are obeyed inside data of others
	uint16_t barcodes;		   // bits 1 << enum ph_barcode_type
	bool qr;
	uint16_t pulse_on_ms, pulse_off_ms; // of the drawer, multiples of 2 up to 510
	uint8_t drawers;		    // 0-2
	bool beeper;
	bool kanji_default_on; // starts in Kanji mode; FS . is sent in any case
	uint32_t quirks;
};

extern const struct ph_escpos_profile ph_escpos_profiles[];
extern const size_t ph_escpos_profile_count;

// NULL when no row has this name.
const struct ph_escpos_profile *ph_escpos_profile_by_name(const char *name);

// By the answers to GS I 66 and GS I 67; NULL when no row names them.
const struct ph_escpos_profile *ph_escpos_profile_by_model(const char *vendor, const char *model);

// The paper of the profile for ph_layout(): a unit is a dot.
struct ph_media ph_escpos_profile_media(const struct ph_escpos_profile *profile);

#endif
