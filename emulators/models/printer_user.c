// Characters the host draws itself, ESC & and FS 2: kept in RAM until ESC @.
#include <stdlib.h>
#include <string.h>

#include "emulators/models/printer_handlers.h"

// columns of y bytes, the top dot in the highest bit; what does not fit the cell is cut off
static struct ph_emu_glyph from_columns(
	const uint8_t *data, unsigned x, unsigned y, enum ph_emu_face face)
{
	struct ph_emu_glyph g = {.width = (uint8_t)ph_emu_face_width(face),
		.height = (uint8_t)ph_emu_face_height(face)};

	for (unsigned col = 0; col < x && col < g.width; col++)
		for (unsigned row = 0; row < y * 8 && row < g.height; row++)
			if (data[col * y + row / 8] & 0x80u >> (row % 8))
				g.rows[row] |= 0x80000000u >> col;
	return g;
}

static bool allowed(const uint8_t *b, size_t n, enum ph_emu_face face)
{
	if (b[2] != 3 || b[3] < USER_FIRST || b[4] > 0x7E || b[4] < b[3])
		return false;
	size_t at = 5;
	for (unsigned c = b[3]; c <= b[4]; c++) {
		if (at >= n || b[at] > ph_emu_face_width(face))
			return false;
		at += 1 + (size_t)b[at] * b[2];
	}
	return at <= n;
}

HANDLER(user_define)
{
	unsigned font = (unsigned)(p->modes.style.font - 'a');
	enum ph_emu_face face = emu_face(p, &p->modes.style);

	if (!allowed(b, n, face)) {
		emu_refuse(p, "ESC &", "height, width or code out of range");
		return;
	}
	if (!p->user[font] && !(p->user[font] = calloc(USER_COUNT, sizeof **p->user)))
		return;
	size_t at = 5;
	for (unsigned c = b[3]; c <= b[4]; c++) {
		p->user[font][c - USER_FIRST] = from_columns(b + at + 1, b[at], b[2], face);
		at += 1 + (size_t)b[at] * b[2];
	}
}

HANDLER(user_select)
{
	p->modes.user_chars = b[2] & 1;
}

HANDLER(user_cancel)
{
	struct ph_emu_glyph *set = p->user[p->modes.style.font - 'a'];
	if (set && b[2] >= USER_FIRST && b[2] < USER_FIRST + USER_COUNT)
		set[b[2] - USER_FIRST].height = 0;
}

const struct ph_emu_glyph *emu_user_glyph(const struct ph_emu_printer *p, char font, uint8_t code)
{
	const struct ph_emu_glyph *set = p->user[font - 'a'];
	if (!set || code < USER_FIRST || code >= USER_FIRST + USER_COUNT)
		return NULL;
	return set[code - USER_FIRST].height ? &set[code - USER_FIRST] : NULL;
}

static struct kanji_char *find_kanji(struct ph_emu_printer *p, const uint8_t *code)
{
	for (size_t i = 0; i < p->n_kanji_chars; i++)
		if (memcmp(p->kanji_chars[i].code, code, 2) == 0)
			return &p->kanji_chars[i];
	return NULL;
}

HANDLER(kanji_define)
{
	enum ph_emu_face face = p->modes.kanji_face;
	unsigned y = ph_emu_face_height(face) / 8;
	struct kanji_char *c = find_kanji(p, b + 2);

	if (!c && p->n_kanji_chars == MAX_KANJI) {
		emu_refuse(p, "FS 2", "no memory for another character");
		return;
	}
	if (!c)
		c = &p->kanji_chars[p->n_kanji_chars++];
	memcpy(c->code, b + 2, 2);
	c->glyph = from_columns(b + 4, ph_emu_face_width(face), y, face);
}

HANDLER(kanji_cancel)
{
	struct kanji_char *c = find_kanji(p, b + 2);
	if (c)
		*c = p->kanji_chars[--p->n_kanji_chars];
}

const struct ph_emu_glyph *emu_kanji_glyph(const struct ph_emu_printer *p, const uint8_t *code)
{
	for (size_t i = 0; i < p->n_kanji_chars; i++)
		if (memcmp(p->kanji_chars[i].code, code, 2) == 0)
			return &p->kanji_chars[i].glyph;
	return NULL;
}
