// Reads glyph bitmaps from the Terminus font through FreeType; layout is left to the printer model.
#include "emulators/models/font.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ft2build.h>
#include FT_FREETYPE_H

#define CACHE_SIZE 2048u

struct slot {
	uint32_t key; /* code point * 4 + variant + 1; 0 is empty */
	struct ph_emu_glyph glyph;
};

struct ph_emu_font {
	unsigned refs;
	FT_Library library;
	FT_Face faces[4]; /* face * 2 + bold */
	struct slot cache[CACHE_SIZE];
};

static const struct metrics {
	unsigned width, height, ascent, strike, left, top;
} metrics[] = {
	[PH_EMU_FACE_A] = {12, 24, 19, 24, 0, 0},
	[PH_EMU_FACE_B] = {9, 17, 12, 16, 0, 0},
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

static int open_face(struct ph_emu_font *font, const char *dir, unsigned i)
{
	char path[4096];
	int n = snprintf(path, sizeof path, "%s/terminus-%s.otb", dir, i & 1 ? "bold" : "normal");
	if (n < 0 || (size_t)n >= sizeof path)
		return -ENAMETOOLONG;
	FT_Error e = FT_New_Face(font->library, path, 0, &font->faces[i]);
	if (e)
		return e == FT_Err_Cannot_Open_Resource ? -ENOENT : -EINVAL;
	return select_strike(font->faces[i], metrics[i / 2].strike);
}

int ph_emu_font_new(const char *dir, struct ph_emu_font **ret_font)
{
	struct ph_emu_font *font = calloc(1, sizeof *font);
	if (!font)
		return -ENOMEM;
	font->refs = 1;
	int r = FT_Init_FreeType(&font->library) ? -ENOMEM : 0;
	for (unsigned i = 0; r == 0 && i < 4; i++)
		r = open_face(font, dir ? dir : PH_EMU_FONT_DIR, i);
	if (r < 0) {
		ph_emu_font_unref(font);
		return r;
	}
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
	for (unsigned i = 0; i < 4; i++)
		if (font->faces[i])
			FT_Done_Face(font->faces[i]);
	if (font->library)
		FT_Done_FreeType(font->library);
	free(font);
}

static void draw_box(enum ph_emu_face face, struct ph_emu_glyph *glyph)
{
	const struct metrics *m = &metrics[face];
	unsigned inner = m->width - 2;
	uint16_t full = (uint16_t)(((1u << inner) - 1u) << (15 - inner));
	uint16_t sides = (uint16_t)(0x4000u | 1u << (15 - inner));

	memset(glyph, 0, sizeof *glyph);
	for (unsigned y = 3; y < m->ascent; y++)
		glyph->rows[y] = y == 3 || y + 1 == m->ascent ? full : sides;
}

static bool draw_glyph(
	FT_Face ft, enum ph_emu_face face, uint32_t codepoint, struct ph_emu_glyph *glyph)
{
	FT_UInt index = FT_Get_Char_Index(ft, codepoint);
	if (index == 0 || FT_Load_Glyph(ft, index, FT_LOAD_RENDER | FT_LOAD_TARGET_MONO))
		return false;
	const FT_Bitmap *b = &ft->glyph->bitmap;
	const struct metrics *m = &metrics[face];

	memset(glyph, 0, sizeof *glyph);
	for (unsigned y = 0; y < b->rows; y++) {
		int to = (int)m->ascent - ft->glyph->bitmap_top + (int)y;
		if (to < 0 || to >= (int)m->height)
			continue;
		const uint8_t *src = b->buffer + (ptrdiff_t)y * b->pitch;
		unsigned row = (unsigned)src[0] << 8;
		if (b->width > 8)
			row |= src[1];
		row >>= ft->glyph->bitmap_left > 0 ? (unsigned)ft->glyph->bitmap_left : 0u;
		glyph->rows[to] = (uint16_t)(row & (0xFFFFu << (16 - m->width)));
	}
	return true;
}

void ph_emu_font_glyph(struct ph_emu_font *font, enum ph_emu_face face, bool bold,
	uint32_t codepoint, struct ph_emu_glyph *ret_glyph)
{
	if (codepoint == ' ') {
		memset(ret_glyph, 0, sizeof *ret_glyph);
		return;
	}
	if (!font || codepoint > 0x10FFFF) {
		draw_box(face, ret_glyph);
		return;
	}
	unsigned variant = (unsigned)face * 2 + bold;
	uint32_t key = codepoint * 4 + variant + 1;
	struct slot *slot = &font->cache[key * 2654435761u >> 21];
	if (slot->key != key) {
		slot->key = key;
		if (!draw_glyph(font->faces[variant], face, codepoint, &slot->glyph))
			draw_box(face, &slot->glyph);
	}
	*ret_glyph = slot->glyph;
}
