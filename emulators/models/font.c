// Reads glyph bitmaps through FreeType, once each; layout is left to the printer model.
#include "emulators/models/font.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ft2build.h>
#include FT_FREETYPE_H

#define CACHE_SIZE 4096u

// Tried in this order for characters that Terminus has not, the first set in the cells of letters, the
// second in those of East Asian ones. Debian: fonts-unifont, fonts-wqy-microhei.
static const char *const other_fonts[2][4] = {
	{
		"/usr/share/fonts/opentype/unifont/unifont.otf",
		"/usr/share/fonts/truetype/unifont/unifont.ttf",
	},
	{
		"/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
		"/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
		"/usr/share/fonts/opentype/unifont/unifont.otf",
		"/usr/share/fonts/truetype/unifont/unifont.ttf",
	},
};

struct slot {
	uint32_t key; /* code point * PH_EMU_FACES + face + 1; 0 is empty */
	struct ph_emu_glyph glyph;
};

struct ph_emu_font {
	unsigned refs;
	FT_Library library;
	FT_Face face;
	FT_Face other[2]; /* NULL until needed */
	bool tried[2];
	struct slot cache[CACHE_SIZE];
};

// strike: height of the Terminus bitmaps, 0 for faces that come from the wide font
static const struct metrics {
	unsigned width, height, ascent, strike;
} metrics[PH_EMU_FACES] = {
	[PH_EMU_FACE_A] = {12, 24, 19, 24},
	[PH_EMU_FACE_B] = {9, 17, 12, 16},
	[PH_EMU_FACE_C] = {8, 16, 12, 16},
	[PH_EMU_FACE_D] = {10, 24, 19, 20},
	[PH_EMU_FACE_E] = {9, 24, 19, 16},
	[PH_EMU_FACE_KANJI] = {24, 24, 19, 0},
	[PH_EMU_FACE_KANJI_B] = {20, 24, 19, 0},
	[PH_EMU_FACE_KANJI_C] = {16, 16, 12, 0},
};

unsigned ph_emu_face_width(enum ph_emu_face face)
{
	return metrics[face].width;
}

unsigned ph_emu_face_height(enum ph_emu_face face)
{
	return metrics[face].height;
}

unsigned ph_emu_face_ascent(enum ph_emu_face face)
{
	return metrics[face].ascent;
}

static int select_strike(FT_Face face, unsigned height)
{
	for (int i = 0; i < face->num_fixed_sizes; i++)
		if (face->available_sizes[i].height == (FT_Short)height)
			return FT_Select_Size(face, i) ? -EINVAL : 0;
	return -EINVAL;
}

static int open_face(struct ph_emu_font *font, const char *dir)
{
	char path[4096];
	int n = snprintf(path, sizeof path, "%s/terminus-normal.otb", dir);
	if (n < 0 || (size_t)n >= sizeof path)
		return -ENAMETOOLONG;
	FT_Error e = FT_New_Face(font->library, path, 0, &font->face);
	if (e)
		return e == FT_Err_Cannot_Open_Resource ? -ENOENT : -EINVAL;
	int r = 0;
	for (unsigned face = 0; r == 0 && face < PH_EMU_FACES; face++)
		if (metrics[face].strike)
			r = select_strike(font->face, metrics[face].strike);
	return r;
}

int ph_emu_font_new(const char *dir, struct ph_emu_font **ret_font)
{
	struct ph_emu_font *font = calloc(1, sizeof *font);
	if (!font)
		return -ENOMEM;
	font->refs = 1;
	int r = FT_Init_FreeType(&font->library) ? -ENOMEM : 0;
	if (r == 0)
		r = open_face(font, dir ? dir : PH_EMU_FONT_DIR);
	if (r < 0) {
		ph_emu_font_unref(font);
		return r;
	}
	// what every receipt needs is drawn before the first one comes
	struct ph_emu_glyph glyph;
	for (uint32_t c = 0x21; c < 0x7F; c++)
		ph_emu_font_glyph(font, PH_EMU_FACE_A, c, &glyph);
	*ret_font = font;
	return 0;
}

struct ph_emu_font *ph_emu_font_ref(struct ph_emu_font *font)
{
	if (font)
		font->refs++;
	return font;
}

void ph_emu_font_unref(struct ph_emu_font *font)
{
	if (!font || --font->refs > 0)
		return;
	if (font->face)
		FT_Done_Face(font->face);
	for (unsigned i = 0; i < 2; i++)
		if (font->other[i])
			FT_Done_Face(font->other[i]);
	if (font->library)
		FT_Done_FreeType(font->library);
	free(font);
}

static FT_Face other_face(struct ph_emu_font *font, unsigned set)
{
	for (unsigned i = 0; !font->tried[set] && !font->other[set] && i < 4; i++)
		if (other_fonts[set][i] &&
			FT_New_Face(font->library, other_fonts[set][i], 0, &font->other[set]))
			font->other[set] = NULL;
	font->tried[set] = true;
	return font->other[set];
}

static void clear(enum ph_emu_face face, struct ph_emu_glyph *glyph)
{
	*glyph = (struct ph_emu_glyph){
		.width = (uint8_t)metrics[face].width, .height = (uint8_t)metrics[face].height};
}

static void draw_boxes(enum ph_emu_face face, struct ph_emu_glyph *glyph)
{
	const struct metrics *m = &metrics[face];
	unsigned boxes = m->strike ? 1 : 2, cell = m->width / boxes;

	clear(face, glyph);
	for (unsigned i = 0; i < boxes; i++) {
		uint32_t full = 0xFFFFFFFFu << (32 - (cell - 2)) >> (1 + i * cell);
		uint32_t sides = (0x40000000u | 0x80000000u >> (cell - 2)) >> (i * cell);
		for (unsigned y = 3; y < m->ascent; y++)
			glyph->rows[y] |= y == 3 || y + 1 == m->ascent ? full : sides;
	}
}

static bool load(FT_Face ft, uint32_t codepoint)
{
	FT_UInt index = ft ? FT_Get_Char_Index(ft, codepoint) : 0;
	return index != 0 && FT_Load_Glyph(ft, index, FT_LOAD_RENDER | FT_LOAD_TARGET_MONO) == 0;
}

// copies the bitmap that was loaded with its baseline at this row
static void copy_bitmap(FT_Face ft, int ascent, struct ph_emu_glyph *glyph)
{
	const FT_Bitmap *b = &ft->glyph->bitmap;
	uint32_t keep = 0xFFFFFFFFu << (32 - glyph->width);

	for (unsigned y = 0; y < b->rows; y++) {
		int to = ascent - ft->glyph->bitmap_top + (int)y;
		if (to < 0 || to >= glyph->height)
			continue;
		const uint8_t *src = b->buffer + (ptrdiff_t)y * b->pitch;
		uint32_t row = 0;
		for (unsigned i = 0; i < 4 && i * 8 < b->width; i++)
			row |= (uint32_t)src[i] << (24 - 8 * i);
		int left = ft->glyph->bitmap_left;
		row = left >= 0 ? row >> left : row << -left;
		glyph->rows[to] |= row & keep;
	}
}

static bool draw_terminus(struct ph_emu_font *font, enum ph_emu_face face, uint32_t codepoint,
	struct ph_emu_glyph *glyph)
{
	FT_Face ft = font->face;
	if (metrics[face].strike == 0 || select_strike(ft, metrics[face].strike) < 0 ||
		!load(ft, codepoint))
		return false;
	clear(face, glyph);
	copy_bitmap(ft, (int)metrics[face].ascent, glyph);
	return true;
}

static bool draw_other(struct ph_emu_font *font, enum ph_emu_face face, uint32_t codepoint,
	struct ph_emu_glyph *glyph)
{
	const struct metrics *m = &metrics[face];
	FT_Face ft = other_face(font, m->strike == 0);
	unsigned size = m->strike ? m->strike : m->height;

	if (!ft || FT_Set_Pixel_Sizes(ft, 0, size) || !load(ft, codepoint))
		return false;
	// what is too wide for the cell is drawn smaller
	unsigned width = ft->glyph->bitmap.width;
	if (width > m->width &&
		(FT_Set_Pixel_Sizes(ft, 0, size * m->width / width) || !load(ft, codepoint)))
		return false;
	clear(face, glyph);
	// what would stick out at the top moves down
	int ascent = m->strike ? (int)m->ascent : (int)(size * 7 / 8);
	if (ft->glyph->bitmap_top > ascent)
		ascent = ft->glyph->bitmap_top;
	// a combining mark stands to the left of its origin: into the cell with it
	if (ft->glyph->bitmap_left < 0)
		ft->glyph->bitmap_left = 0;
	copy_bitmap(ft, ascent, glyph);
	return true;
}

void ph_emu_font_glyph(struct ph_emu_font *font, enum ph_emu_face face, uint32_t codepoint,
	struct ph_emu_glyph *ret_glyph)
{
	if (codepoint == ' ' || codepoint == 0x3000) {
		clear(face, ret_glyph);
		return;
	}
	if (!font || codepoint > 0x10FFFF) {
		draw_boxes(face, ret_glyph);
		return;
	}
	uint32_t key = codepoint * PH_EMU_FACES + (uint32_t)face + 1;
	struct slot *slot = &font->cache[key * 2654435761u >> 20];
	if (slot->key != key) {
		slot->key = key;
		if (!draw_terminus(font, face, codepoint, &slot->glyph) &&
			!draw_other(font, face, codepoint, &slot->glyph))
			draw_boxes(face, &slot->glyph);
	}
	*ret_glyph = slot->glyph;
}
