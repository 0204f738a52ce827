// Bytes to Unicode by the C library's own tables, so that a mistake in the project's tables cannot
// hide on both sides of a test.
#include "emulators/models/codepage_internal.h"

#include <iconv.h>
#include <string.h>

struct numbered {
	unsigned n;
	const char *name;
};

// Epson ESC/POS reference, ESC t. Left out: the kanji of one pass (7, 8), Thai character code 17 (25) and
// the Indic scripts (66 to 75, 82), which no public table describes, and the pages of the user.
static const struct numbered epson[] = {
	{0, "CP437"},
	{1, "katakana"},
	{2, "CP850"},
	{3, "CP860"},
	{4, "CP863"},
	{5, "CP865"},
	{6, "hiragana"},
	{11, "CP851"},
	{12, "cp853"},
	{13, "CP857"},
	{14, "CP737"},
	{15, "ISO-8859-7"},
	{16, "CP1252"},
	{17, "CP866"},
	{18, "CP852"},
	{19, "CP858"},
	{20, "thai42"},
	{21, "thai11"},
	{22, "thai13"},
	{23, "thai14"},
	{24, "thai16"},
	{26, "thai18"},
	{30, "tcvn3"},
	{31, "tcvn3-capitals"},
	{32, "cp720"},
	{33, "CP775"},
	{34, "CP855"},
	{35, "CP861"},
	{36, "CP862"},
	{37, "CP864"},
	{38, "CP869"},
	{39, "ISO-8859-2"},
	{40, "ISO-8859-15"},
	{41, "cp1098"},
	{42, "CP774"},
	{43, "CP772"},
	{44, "CP1125"},
	{45, "CP1250"},
	{46, "CP1251"},
	{47, "CP1253"},
	{48, "CP1254"},
	{49, "CP1255"},
	{50, "CP1256"},
	{51, "CP1257"},
	{52, "CP1258"},
	{53, "RK1048"},
};

// The POS-5890 class; what is not here is as Epson has it.
static const struct numbered pos5890[] = {
	{16, "CP1252"},
	{17, "CP866"},
	{18, "CP852"},
	{19, "CP858"},
	{24, "CP737"}, // called 747 in the manuals
	{25, "CP1257"},
	{27, "CP1258"},
	{28, "CP864"},
	{32, "CP1255"},
	{71, "CP1252"},
	{72, "CP1250"},
	{73, "CP1251"},
	{90, "CP1253"},
	{91, "CP1254"},
	{92, "CP1256"},
};

// Samsung SRP-275
static const struct numbered srp275[] = {
	{21, "CP862"},
	{22, "CP864"},
	{24, "CP1253"},
	{25, "CP1254"},
	{26, "CP1257"},
	{27, "cp1098"},
	{28, "CP1251"},
	{29, "CP737"},
	{30, "CP775"},
};

// Star Line Mode command specifications, ESC GS t; 3041 differs from ASCII in its lower half only
static const struct numbered star[] = {
	{0, "CP437"},
	{1, "CP437"},
	{2, "katakana"},
	{3, "CP437"},
	{4, "CP858"},
	{5, "CP852"},
	{6, "CP860"},
	{7, "CP861"},
	{8, "CP863"},
	{9, "CP865"},
	{10, "CP866"},
	{11, "CP855"},
	{12, "CP857"},
	{13, "CP862"},
	{14, "CP864"},
	{15, "CP737"},
	{16, "CP851"},
	{17, "CP869"},
	{18, "cp928"},
	{19, "CP772"},
	{20, "CP774"},
	{21, "star-874"},
	{32, "CP1252"},
	{33, "CP1250"},
	{34, "CP1251"},
	{64, "cp3840"},
	{65, "cp3841"},
	{66, "cp3843"},
	{67, "cp3844"},
	{68, "cp3845"},
	{69, "cp3846"},
	{70, "cp3847"},
	{71, "cp3848"},
	{72, "cp1001"},
	{73, "CP771"},
	{74, "cp3001"},
	{75, "cp3002"},
	{76, "cp3011"},
	{77, "cp3012"},
	{78, "cp3021"},
	{97, "TIS-620"},
};

// Epson DM-D command reference, ESC t.
static const char *const display_pages[] = {
	[0] = "CP437",
	[1] = "SHIFT_JIS",
	[2] = "CP850",
	[3] = "CP860",
	[4] = "CP863",
	[5] = "CP865",
	[16] = "CP1252",
	[17] = "CP866",
	[18] = "CP852",
	[19] = "CP858",
};

static const uint8_t country_bytes[12] = {
	0x23, 0x24, 0x40, 0x5B, 0x5C, 0x5D, 0x5E, 0x60, 0x7B, 0x7C, 0x7D, 0x7E};

static const uint16_t country_chars[][12] = {
	{'#', '$', '@', '[', '\\', ']', '^', '`', '{', '|', '}', '~'},		 // USA
	{'#', '$', 0xE0, 0xB0, 0xE7, 0xA7, '^', '`', 0xE9, 0xF9, 0xE8, 0xA8},	 // France
	{'#', '$', 0xA7, 0xC4, 0xD6, 0xDC, '^', '`', 0xE4, 0xF6, 0xFC, 0xDF},	 // Germany
	{0xA3, '$', '@', '[', '\\', ']', '^', '`', '{', '|', '}', '~'},		 // UK
	{'#', '$', '@', 0xC6, 0xD8, 0xC5, '^', '`', 0xE6, 0xF8, 0xE5, '~'},	 // Denmark 1
	{'#', 0xA4, 0xC9, 0xC4, 0xD6, 0xC5, 0xDC, 0xE9, 0xE4, 0xF6, 0xE5, 0xFC}, // Sweden
	{'#', '$', '@', 0xB0, '\\', 0xE9, '^', 0xF9, 0xE0, 0xF2, 0xE8, 0xEC},	 // Italy
	{0x20A7, '$', '@', 0xA1, 0xD1, 0xBF, '^', '`', 0xA8, 0xF1, '}', '~'},	 // Spain 1
	{'#', '$', '@', '[', 0xA5, ']', '^', '`', '{', '|', '}', '~'},		 // Japan
	{'#', 0xA4, 0xC9, 0xC6, 0xD8, 0xC5, 0xDC, 0xE9, 0xE6, 0xF8, 0xE5, 0xFC}, // Norway
	{'#', '$', 0xC9, 0xC6, 0xD8, 0xC5, 0xDC, 0xE9, 0xE6, 0xF8, 0xE5, 0xFC},	 // Denmark 2
	{'#', '$', 0xE1, 0xA1, 0xD1, 0xBF, 0xE9, '`', 0xED, 0xF1, 0xF3, 0xFA},	 // Spain 2
	{'#', '$', 0xE1, 0xA1, 0xD1, 0xBF, 0xE9, 0xFC, 0xED, 0xF1, 0xF3, 0xFA},	 // Latin Am.
	{'#', '$', '@', '[', 0x20A9, ']', '^', '`', '{', '|', '}', '~'},	 // Korea
	{'#', '$', 0x17D, 0x160, 0x110, 0x106, 0x10C, 0x17E, 0x161, 0x111, 0x107,
		0x10D},							  // Slovenia
	{'#', 0xA5, '@', '[', '\\', ']', '^', '`', '{', '|', '}', '~'},	  // China
	{'#', 0x20AB, '@', '[', '\\', ']', '^', '`', '{', '|', '}', '~'}, // Vietnam
	{'#', '$', '@', '[', '\\', ']', '^', '`', '{', '|', '}', '~'},	  // Arabia
};

const char *ph_emu_codepage_display_name(unsigned n)
{
	return n < sizeof display_pages / sizeof *display_pages ? display_pages[n] : NULL;
}

static const char *find_page(const struct numbered *pages, size_t count, unsigned n)
{
	for (size_t i = 0; i < count; i++)
		if (pages[i].n == n)
			return pages[i].name;
	return NULL;
}

#define FIND(pages, n) find_page(pages, sizeof(pages) / sizeof *(pages), n)

const char *ph_emu_codepage_numbered(enum ph_emu_numbering numbering, unsigned n)
{
	const char *name = NULL;

	switch (numbering) {
	case PH_EMU_NUMBERING_EPSON:
		return FIND(epson, n);
	case PH_EMU_NUMBERING_POS5890:
		name = FIND(pos5890, n);
		break;
	case PH_EMU_NUMBERING_SRP275:
		name = FIND(srp275, n);
		break;
	case PH_EMU_NUMBERING_STAR:
		return FIND(star, n);
	}
	return name ? name : FIND(epson, n);
}

// the Indian sets are those of the USA here: their characters come with their pages
bool ph_emu_country_known(unsigned set)
{
	return (set >= 66 && set <= 75) || set == 82 ||
	       set < sizeof country_chars / sizeof *country_chars;
}

static void load(const char *name, uint32_t high[128])
{
	for (unsigned i = 0; i < 128; i++)
		high[i] = PH_EMU_NO_CHARACTER;
	const char *base = ph_emu_codepage_extra_base(name);
	iconv_t cd = base ? iconv_open("UTF-32LE", base) : (iconv_t)-1;
	if (cd == (iconv_t)-1) {
		ph_emu_codepage_extra(name, high);
		return;
	}
	for (unsigned i = 0; i < 128; i++) {
		char in = (char)(0x80 + i), *from = &in;
		uint8_t out[16], *to = out;
		size_t from_len = 1, to_len = sizeof out;

		iconv(cd, NULL, NULL, NULL, NULL);
		if (iconv(cd, &from, &from_len, (char **)&to, &to_len) == (size_t)-1)
			continue;
		// some tables keep a letter back in case an accent follows it
		iconv(cd, NULL, NULL, (char **)&to, &to_len);
		if (to - out == 4)
			high[i] = (uint32_t)out[0] | (uint32_t)out[1] << 8 | (uint32_t)out[2] << 16;
	}
	iconv_close(cd);
	ph_emu_codepage_extra(name, high);
}

uint32_t ph_emu_codepage_char(struct ph_emu_codepages *pages, const char *name, uint8_t byte)
{
	if (byte < 0x80)
		return byte;
	if (!name)
		return PH_EMU_NO_CHARACTER;
	const unsigned size = sizeof pages->loaded / sizeof *pages->loaded;
	unsigned i = 0;
	while (i < pages->count && i < size && pages->loaded[i].name != name &&
		strcmp(pages->loaded[i].name, name) != 0)
		i++;
	if (i == pages->count || i == size) {
		i = pages->count % size;
		if (pages->count < size)
			pages->count++;
		pages->loaded[i].name = name;
		load(name, pages->loaded[i].high);
	}
	return pages->loaded[i].high[byte - 0x80];
}

uint32_t ph_emu_country_char(unsigned set, uint8_t byte)
{
	if (set >= sizeof country_chars / sizeof *country_chars)
		return byte;
	for (unsigned i = 0; i < sizeof country_bytes; i++)
		if (country_bytes[i] == byte)
			return country_chars[set][i];
	return byte;
}
