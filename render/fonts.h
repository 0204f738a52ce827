// The fonts that text is drawn with, found by fontconfig under a configuration of our own, so that a machine's
// settings for its screen change nothing on paper.
#ifndef PH_RENDER_FONTS_H
#define PH_RENDER_FONTS_H

#include <pango/pangocairo.h>
#include <stdbool.h>

enum ph_face {
	PH_FACE_CELL,	 // one or more cells to a character: Latin, Greek, Cyrillic, signs
	PH_FACE_WIDE,	 // two cells: East Asian
	PH_FACE_COMPLEX, // shaped: Arabic, Hebrew, Thai, Indic
	PH_FACE_COUNT
};

struct ph_fonts {
	PangoFontMap *map;
	PangoContext *dots;   // glyphs for one bit per dot
	PangoContext *vector; // glyphs without hints, for SVG and PDF
};

// -EIO: no usable font on this machine; -ENOMEM.
int ph_fonts_init(struct ph_fonts *fonts);
void ph_fonts_done(struct ph_fonts *fonts); // accepts a zeroed struct

// A description that the caller frees; `em` in units of the drawing.
PangoFontDescription *ph_fonts_describe(enum ph_face face, double em, bool bold);

#endif
