/* The glyphs an emulated printer has in its ROM: the bitmap strikes of the Terminus font, and GNU Unifont
 * for what those lack, East Asian characters above all. */
#ifndef PH_EMULATORS_MODELS_FONT_H
#define PH_EMULATORS_MODELS_FONT_H

#include <stdbool.h>
#include <stdint.h>

/* Where Debian's fonts-terminus-otb puts the file that is read. */
#define PH_EMU_FONT_DIR	  "/usr/share/fonts/opentype/terminus"

#define PH_EMU_GLYPH_ROWS 24u

enum ph_emu_face {
	PH_EMU_FACE_A,	     /* 12 x 24 */
	PH_EMU_FACE_B,	     /* 9 x 17, an 8 x 16 drawing in it */
	PH_EMU_FACE_C,	     /* 8 x 16 */
	PH_EMU_FACE_D,	     /* 10 x 24, a 10 x 20 drawing in it */
	PH_EMU_FACE_E,	     /* 9 x 24 */
	PH_EMU_FACE_KANJI,   /* 24 x 24 */
	PH_EMU_FACE_KANJI_B, /* 20 x 24 */
	PH_EMU_FACE_KANJI_C, /* 16 x 16 */
};

#define PH_EMU_FACES 8u

/* A cell of dots; its size goes with it because user-defined ones and turned ones have their own. */
struct ph_emu_glyph {
	uint32_t rows[PH_EMU_GLYPH_ROWS]; /* bit 31 is the leftmost dot of the cell */
	uint8_t width, height;		  /* dots */
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

/* Fills in the cell of a character; a hollow box where the font is NULL or has no such glyph, two of
 * them in a cell for East Asian characters. */
void ph_emu_font_glyph(struct ph_emu_font *font, enum ph_emu_face face, uint32_t codepoint,
	struct ph_emu_glyph *ret_glyph);

#endif
