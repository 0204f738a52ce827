// What the bytes of text mean: code pages, national sets, East Asian multibyte sets and UTF-8.
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "emulators/models/printer_handlers.h"

// ---- which page has which number ----

int emu_pages_parse(struct ph_emu_printer *p)
{
	char copy[sizeof p->config.codepages], *save = NULL;

	memcpy(copy, p->config.codepages, sizeof copy);
	copy[sizeof copy - 1] = 0;
	for (char *w = strtok_r(copy, ", ", &save); w; w = strtok_r(NULL, ", ", &save)) {
		char *colon = strchr(w, ':'), *end;
		unsigned long n = strtoul(w, &end, 10);
		if (p->n_own_pages == MAX_PAGES || !colon || end != colon || n > 255 ||
			strlen(colon + 1) >= sizeof p->own_pages->name || !colon[1])
			return -EINVAL;
		p->own_pages[p->n_own_pages].n = (unsigned)n;
		strcpy(p->own_pages[p->n_own_pages++].name, colon + 1);
	}
	return 0;
}

const char *emu_page_name(const struct ph_emu_printer *p, unsigned n)
{
	for (size_t i = 0; i < p->n_own_pages; i++)
		if (p->own_pages[i].n == n)
			return p->own_pages[i].name;
	return ph_emu_codepage_numbered(p->config.numbering, n);
}

HANDLER(page)
{
	p->modes.page = b[2];
}

HANDLER(country)
{
	if (ph_emu_country_known(b[2]))
		p->modes.country = b[2];
}

static bool is_japanese(const struct ph_emu_printer *p)
{
	const char *name = p->config.charset;
	return name && (strcmp(name, "CP932") == 0 || strcmp(name, "SHIFT_JIS") == 0);
}

HANDLER(kanji_on)
{
	p->modes.kanji = true;
}

HANDLER(kanji_off)
{
	p->modes.kanji = false;
}

// In Shift JIS a lead byte is no letter, so that a Japanese printer needs no FS & behind it.
HANDLER(kanji_code)
{
	if (!emu_is(b[2], 0) && !emu_is(b[2], 1))
		return;
	p->modes.sjis = emu_is(b[2], 1);
	if (p->modes.sjis && is_japanese(p))
		p->modes.kanji = true;
}

// FS ( C 48: 1 one byte, 2 UTF-8
HANDLER(encoding)
{
	if (n < 7 || (!emu_is(b[6], 1) && !emu_is(b[6], 2)))
		return;
	p->modes.utf8 = emu_is(b[6], 2);
}

// FS ( C 60 chooses between fonts that are one here
HANDLER(font_priority)
{
}

// ---- multibyte sets ----

enum family { SHIFT_JIS, JIS, GB18030, BIG5, KOREAN };

static enum family family_of(const struct ph_emu_printer *p)
{
	const char *name = p->config.charset;

	if (is_japanese(p))
		return p->modes.sjis ? SHIFT_JIS : JIS;
	if (strncmp(name, "BIG5", 4) == 0 || strcmp(name, "CP950") == 0)
		return BIG5;
	if (strcmp(name, "EUC-KR") == 0 || strcmp(name, "CP949") == 0 || strcmp(name, "UHC") == 0)
		return KOREAN;
	return GB18030;
}

static bool is_lead(enum family family, uint8_t c)
{
	switch (family) {
	case SHIFT_JIS:
		return (c >= 0x81 && c <= 0x9F) || (c >= 0xE0 && c <= 0xFC);
	case JIS:
		return c >= 0x21 && c <= 0x7E;
	case GB18030:
	case BIG5:
	case KOREAN:
		return c >= 0x81 && c <= 0xFE;
	}
	return false;
}

static uint32_t convert(const char *charset, const uint8_t *bytes, size_t len)
{
	char in[8], *from = in;
	uint32_t out = PH_EMU_NO_CHARACTER;
	char *to = (char *)&out;
	size_t from_len = len, to_len = sizeof out;
	iconv_t cd = iconv_open("UTF-32LE", charset);

	if (cd == (iconv_t)-1)
		return out;
	memcpy(in, bytes, len);
	if (iconv(cd, &from, &from_len, &to, &to_len) == (size_t)-1)
		out = PH_EMU_NO_CHARACTER;
	iconv_close(cd);
	return out;
}

static uint32_t decode_multi(const struct ph_emu_printer *p, enum family family)
{
	const uint8_t *m = p->multi;
	uint8_t euc[2] = {m[0] | 0x80, m[1] | 0x80};

	if (family == JIS)
		return convert("EUC-JP", euc, 2);
	if (family == SHIFT_JIS)
		return convert("CP932", m, 2);
	return convert(p->config.charset, m, p->multi_len);
}

// GB 18030 has characters of four bytes: the second is a digit
static size_t multi_size(const struct ph_emu_printer *p, enum family family)
{
	bool four =
		family == GB18030 && p->multi_len >= 2 && p->multi[1] >= '0' && p->multi[1] <= '9';
	return four ? 4 : 2;
}

static void multi_byte(struct ph_emu_printer *p, uint8_t byte)
{
	enum family family = family_of(p);

	p->multi[p->multi_len++] = byte;
	if (p->multi_len < multi_size(p, family))
		return;
	uint32_t c = decode_multi(p, family);
	p->multi_len = 0;
	emu_put_char(p, c, true, p->multi);
}

// ---- UTF-8 ----

static bool is_wide(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x1100, 0x115F},
		{0x2E80, 0x303E},
		{0x3041, 0x33FF},
		{0x3400, 0x4DBF},
		{0x4E00, 0x9FFF},
		{0xA000, 0xA4CF},
		{0xAC00, 0xD7A3},
		{0xF900, 0xFAFF},
		{0xFE30, 0xFE6F},
		{0xFF01, 0xFF60},
		{0xFFE0, 0xFFE6},
		{0x1F300, 0x1F64F},
		{0x20000, 0x3FFFD},
	};
	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

static size_t utf8_size(uint8_t lead)
{
	if (lead < 0xC2)
		return 1;
	return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 1;
}

static void utf8_byte(struct ph_emu_printer *p, uint8_t byte)
{
	uint32_t c = PH_EMU_NO_CHARACTER;

	// a sequence that is cut short prints as one replacement
	if (p->multi_len > 0 && (byte & 0xC0) != 0x80) {
		p->multi_len = 0;
		emu_put_char(p, c, false, NULL);
	}
	p->multi[p->multi_len++] = byte;
	size_t size = utf8_size(p->multi[0]);
	if (p->multi_len < size)
		return;
	if (ph_utf8_decode((const char *)p->multi, p->multi_len, &c) < 0)
		c = PH_EMU_NO_CHARACTER;
	p->multi_len = 0;
	emu_put_char(p, c, is_wide(c), c < 0x80 ? p->multi : NULL);
}

void emu_put_byte(struct ph_emu_printer *p, uint8_t byte)
{
	if (p->modes.utf8) {
		utf8_byte(p, byte);
		return;
	}
	bool kanji = p->modes.kanji && p->config.charset;
	if (p->multi_len > 0 || (kanji && is_lead(family_of(p), byte))) {
		multi_byte(p, byte);
		return;
	}
	uint32_t c = ph_emu_country_char(p->modes.country, byte);
	if (byte >= 0x80)
		c = ph_emu_codepage_char(&p->pages, emu_page_name(p, p->modes.page), byte);
	emu_put_char(p, c, false, &byte);
}
