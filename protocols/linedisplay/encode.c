// Code points to the bytes of a display, which is also the filter that keeps commands out of text.
#include "base/cleanup.h"
#include "protocols/linedisplay/render.h"

#include <string.h>

/* U+00C0 to U+017F without accents; every entry is one cell. */
static const char latin[] = "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTs"
			    "aaaaaaaceeeeiiiidnooooo/ouuuuyty"
			    "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGg"
			    "GgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlL"
			    "lLlNnNnNnnNnOoOoOoOoRrRrRrSsSsSs"
			    "SsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";

static const struct {
	uint32_t codepoint;
	char ascii;
} look_alikes[] = {{0x00a0, ' '}, {0x00ab, '"'}, {0x00ad, '-'}, {0x00b4, '\''}, {0x00b7, '.'},
	{0x00bb, '"'}, {0x2010, '-'}, {0x2011, '-'}, {0x2012, '-'}, {0x2013, '-'}, {0x2014, '-'},
	{0x2018, '\''}, {0x2019, '\''}, {0x201a, '\''}, {0x201c, '"'}, {0x201d, '"'}, {0x201e, '"'},
	{0x2022, '*'}, {0x2026, '.'}, {0x202f, ' '}, {0x2039, '<'}, {0x203a, '>'}, {0x20ac, 'E'},
	{0x2190, '<'}, {0x2192, '>'}, {0x2212, '-'}, {0x2500, '-'}, {0x2502, '|'}};

static uint8_t transliterate(uint32_t codepoint)
{
	if (codepoint >= 0xc0 && codepoint < 0x180)
		return (uint8_t)latin[codepoint - 0xc0];
	for (size_t i = 0; i < PH_ARRAY_SIZE(look_alikes); i++)
		if (look_alikes[i].codepoint == codepoint)
			return (uint8_t)look_alikes[i].ascii;
	return '?';
}

/* The code of a glyph that was defined on the device: the one way for a byte below 20. */
static bool is_glyph(const struct ph_linedisplay_renderer *r, uint32_t codepoint)
{
	if (codepoint < r->set->glyph_first || codepoint > r->set->glyph_last || codepoint == 0x1b)
		return false;
	for (unsigned i = 0; i < r->glyph_count; i++)
		if (r->glyphs[i].code == codepoint)
			return true;
	return false;
}

static struct ph_linedisplay_encoded encode_above(
	const struct ph_linedisplay_renderer *r, uint32_t codepoint)
{
	struct ph_linedisplay_encoded cell = {.byte = transliterate(codepoint)};
	unsigned count = r->set->page_switch ? r->page_count : r->page_count > 0;

	for (unsigned i = 0; i < count; i++) {
		enum ph_codepage page = (enum ph_codepage)r->set->pages[r->pages[i]].page;
		int byte = ph_codepage_encode(page, codepoint);
		if (byte < 0x80)
			continue;
		cell.byte = (uint8_t)byte;
		cell.page = r->pages[i];
		break;
	}
	return cell;
}

struct ph_linedisplay_encoded ph_linedisplay_encode(
	const struct ph_linedisplay_renderer *renderer, uint32_t codepoint)
{
	struct ph_linedisplay_encoded cell = {.byte = ' '};

	if (is_glyph(renderer, codepoint))
		cell.byte = (uint8_t)codepoint;
	else if (ph_linedisplay_is_control(codepoint))
		return cell;
	else if (codepoint < 0x7f)
		cell.byte = (uint8_t)codepoint;
	else
		cell = encode_above(renderer, codepoint);
	if (renderer->set->numeric && !strchr("0123456789 .,-", cell.byte))
		cell = (struct ph_linedisplay_encoded){.byte = ' '};
	return cell;
}
