/* The glyphs an emulated printer has in its ROM: the bitmap strikes of the Terminus font. */
#ifndef PH_EMULATORS_MODELS_FONT_H
#define PH_EMULATORS_MODELS_FONT_H

#include <stdbool.h>
#include <stdint.h>

/* Where Debian's fonts-terminus-otb puts the two files that are read. */
#define PH_EMU_FONT_DIR "/usr/share/fonts/opentype/terminus"

enum ph_emu_face {
	PH_EMU_FACE_A, /* 12 x 24 */
	PH_EMU_FACE_B, /* 9 x 17, an 8 x 16 drawing in it */
};

struct ph_emu_glyph {
	uint16_t rows[24]; /* bit 15 is the leftmost dot of the cell */
};

struct ph_emu_font;

/* Loads the strikes. dir NULL is PH_EMU_FONT_DIR. -ENOENT when a file is missing, -EINVAL when it
 * has no strike of the size, -ENOMEM. The caller frees with _unref; the font is shared by printers. */
int ph_emu_font_new(const char *dir, struct ph_emu_font **ret_font);
struct ph_emu_font *ph_emu_font_ref(struct ph_emu_font *font);
void ph_emu_font_unref(struct ph_emu_font *font);

unsigned ph_emu_face_width(enum ph_emu_face face);  /* dots */
unsigned ph_emu_face_height(enum ph_emu_face face); /* dots */
unsigned ph_emu_face_ascent(enum ph_emu_face face); /* dots above the baseline */

/* Fills in the cell of a character; a hollow box where the font is NULL or has no such glyph. */
void ph_emu_font_glyph(struct ph_emu_font *font, enum ph_emu_face face, bool bold,
	uint32_t codepoint, struct ph_emu_glyph *ret_glyph);

#endif
