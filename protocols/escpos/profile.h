// What a model of ESC/POS printer can do, read from a text such as profiles/escpos.ini.
//
// profiles/README.md is the reference of the text. A profile is a plain value: it holds no pointers
// and may be copied.
#ifndef PH_PROTOCOLS_ESCPOS_PROFILE_H
#define PH_PROTOCOLS_ESCPOS_PROFILE_H

#include "protocols/codepage/codepage.h"
#include "protocols/profile/profile.h"
#include "protocols/receipt/layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_ESCPOS_PROFILE_VENDOR_MAX 31 // bytes
#define PH_ESCPOS_PROFILE_MODELS_MAX 191
#define PH_ESCPOS_PROFILE_PAGES_MAX  64

enum ph_escpos_cutter {
	PH_ESCPOS_CUTTER_NONE,
	PH_ESCPOS_CUTTER_PARTIAL,
	PH_ESCPOS_CUTTER_FULL,
	PH_ESCPOS_CUTTER_BOTH
};

enum ph_escpos_cut {
	PH_ESCPOS_CUT_GS_V_FEED, // GS V 65 and 66, which feed to the cutter by themselves
	PH_ESCPOS_CUT_GS_V,	 // GS V 0 and 1, behind a feed of our own
	PH_ESCPOS_CUT_ESC	 // ESC i and ESC m, behind a feed of our own
};

enum ph_escpos_support { PH_ESCPOS_NO, PH_ESCPOS_YES, PH_ESCPOS_PROBE };

enum ph_escpos_image {
	PH_ESCPOS_IMAGE_NONE,
	PH_ESCPOS_IMAGE_GS_L,	 // GS ( L functions 112 and 50
	PH_ESCPOS_IMAGE_GS_V,	 // GS v 0
	PH_ESCPOS_IMAGE_ESC_STAR // ESC * 33
};

enum ph_escpos_buzzer {
	PH_ESCPOS_BUZZER_NONE,
	PH_ESCPOS_BUZZER_ESC_PAREN_A,
	PH_ESCPOS_BUZZER_ESC_B
};

enum ph_escpos_kanji {
	PH_ESCPOS_KANJI_NONE,
	PH_ESCPOS_KANJI_JAPANESE, // Shift-JIS
	PH_ESCPOS_KANJI_CHINA,	  // GB 18030, two bytes
	PH_ESCPOS_KANJI_TAIWAN,	  // Big5
	PH_ESCPOS_KANJI_KOREA,	  // code page 949
	PH_ESCPOS_KANJI_PROBE	  // what GS I 69 says
};

// Quirks, each a symptom.
#define PH_ESCPOS_QUIRK_NO_POSITION    0x0001u // ignores ESC $ after data in the line: pad with spaces
#define PH_ESCPOS_QUIRK_NO_ESC_J       0x0002u // ignores ESC J
#define PH_ESCPOS_QUIRK_LF_AFTER_IMAGE 0x0004u // swallows one LF behind GS v 0

struct ph_escpos_profile {
	char name[PH_PROFILE_NAME_MAX + 1]; // "epson-tm-t20ii"
	char vendor[PH_ESCPOS_PROFILE_VENDOR_MAX +
		    1]; // as the printer reports it, GS I 66; "" for any
	char models[PH_ESCPOS_PROFILE_MODELS_MAX + 1]; // as reported by GS I 67, separated by '|'
	uint32_t usb[PH_PROFILE_USB_MAX];	       // vendor << 16 | product, 0 behind the last
	uint16_t width_dots;
	uint16_t dpi;
	uint8_t paper_mm;
	uint8_t font[PH_FONT_COUNT][2]; // width and height in dots; width 0: no such font
	uint8_t columns[PH_FONT_COUNT]; // cells to a line; 0: no such font
	struct ph_profile_page
		pages[PH_ESCPOS_PROFILE_PAGES_MAX]; // ESC t n, in order of preference
	uint8_t page_count;
	uint8_t charset_default; // n of ESC t that the prologue selects; also the first of `pages`
	uint8_t kanji;		 // enum ph_escpos_kanji
	bool utf8;		 // FS ( C: text as UTF-8
	bool kanji_default_on;	 // starts in Kanji mode; FS . is sent in any case
	uint16_t styles;	 // PH_STYLE_* that text can have: bold, underline ...
	bool upside_down;	 // ESC {
	uint8_t size_max;	 // GS !: times 1 to this
	uint8_t line_dots;	 // default line spacing
	uint8_t units_y;	 // vertical motion units of a dot; 0: not known
	uint8_t cutter;		 // enum ph_escpos_cutter
	uint8_t cut;		 // enum ph_escpos_cut
	uint8_t feed_before_cut; // lines fed in front of a cut that does not feed by itself
	uint16_t cutter_dots;	 // between print head and cutter; 0: not known
	uint16_t rx_buffer;	 // bytes; also the most that may be in flight unconfirmed
	uint8_t gs_paren_h;	 // enum ph_escpos_support from here: GS ( H process ids
	uint8_t asb;		 // GS a
	uint8_t eot;		 // DLE EOT
	uint8_t gs_r;		 // GS r answers in stream order ...
	bool gs_r_barrier;	 // ... and only after printing has finished
	bool buffer_clear;	 // DLE DC4 8
	bool realtime_in_data;	 // real-time commands are obeyed inside data of others
	bool gs_paren_d;	 // GS ( D takes real-time pulses out of the way of data
	uint8_t image;		 // enum ph_escpos_image
	uint8_t band_rows;	 // most rows of one image command
	bool esc_star;		 // ESC * 33 in a line of text
	uint8_t graphics_keys;	 // enum ph_escpos_support: stored graphics, GS ( L 64 to 69
	uint16_t barcodes;	 // bits 1 << enum ph_barcode_type
	uint8_t qr;		 // enum ph_escpos_support
	uint16_t codes2d;	 // bits 1 << enum ph_code2d_type
	bool page_mode;
	uint16_t page_dots;   // most height of a page
	uint8_t drawers;      // 0-2
	uint16_t pulse_on_ms; // of the drawer, multiples of 2 up to 510
	uint16_t pulse_off_ms;
	uint8_t buzzer; // enum ph_escpos_buzzer
	uint32_t baud;	// as shipped; 0: not known
	uint8_t quirks;
};

// Finds the section of this name, first in `more`, which may be NULL. ret_error may be NULL.
// -ENOENT no such section; -EINVAL the section, or one that it inherits from, is wrong.
int ph_escpos_profile_find(const struct ph_profile_text *more, const char *name,
	struct ph_escpos_profile *ret_profile, struct ph_profile_error *ret_error);

// By the answers to GS I 66 and GS I 67, or by USB ids. -ENOENT when no section names them; sections
// that are wrong are passed over.
int ph_escpos_profile_match(const struct ph_profile_text *more, const char *vendor,
	const char *model, struct ph_escpos_profile *ret_profile);
int ph_escpos_profile_match_usb(const struct ph_profile_text *more, uint16_t vendor,
	uint16_t product, struct ph_escpos_profile *ret_profile);

// Checks all sections of a text, and that no name comes twice. -EINVAL with ret_error; -E2BIG.
int ph_escpos_profile_check(const struct ph_profile_text *text, struct ph_profile_error *ret_error);

// The name of the profile with this index in `text` (NULL: the built-in one), or -ENOENT.
int ph_escpos_profile_name(
	const struct ph_profile_text *text, size_t index, char ret_name[PH_PROFILE_NAME_MAX + 1]);

// The text that is built in.
struct ph_profile_text ph_escpos_profile_builtin(void);

// A built-in profile by name: ph_escpos_profile_find() with no text in front.
static inline int ph_escpos_profile_by_name(const char *name, struct ph_escpos_profile *ret_profile)
{
	return ph_escpos_profile_find(NULL, name, ret_profile, NULL);
}

// The paper of the profile for ph_layout(): a unit is a dot.
struct ph_media ph_escpos_profile_media(const struct ph_escpos_profile *profile);

#endif
