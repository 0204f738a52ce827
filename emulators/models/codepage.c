// Bytes to Unicode by the C library's own tables, so that a mistake in the project's tables cannot
// hide on both sides of a test.
#include "emulators/models/codepage.h"

#include <iconv.h>
#include <string.h>

// Epson ESC/POS reference, ESC t: numbers of the character code tables.
static const char *const printer_pages[] = {
	[0] = "CP437",
	[1] = "SHIFT_JIS",
	[2] = "CP850",
	[3] = "CP860",
	[4] = "CP863",
	[5] = "CP865",
	[11] = "CP851",
	[13] = "CP857",
	[14] = "CP737",
	[15] = "ISO-8859-7",
	[16] = "CP1252",
	[17] = "CP866",
	[18] = "CP852",
	[19] = "CP858",
	[21] = "CP874",
	[30] = "TCVN",
	[33] = "CP775",
	[34] = "CP855",
	[35] = "CP861",
	[36] = "CP862",
	[37] = "CP864",
	[38] = "CP869",
	[39] = "ISO-8859-2",
	[40] = "ISO-8859-15",
	[42] = "CP774",
	[43] = "CP772",
	[44] = "CP1125",
	[45] = "CP1250",
	[46] = "CP1251",
	[47] = "CP1253",
	[48] = "CP1254",
	[49] = "CP1255",
	[50] = "CP1256",
	[51] = "CP1257",
	[52] = "CP1258",
	[53] = "RK1048",
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
		0x10D},							// Slovenia
	{'#', 0xA5, '@', '[', '\\', ']', '^', '`', '{', '|', '}', '~'}, // China
};

const char *ph_emu_codepage_name(unsigned n)
{
	return n < sizeof printer_pages / sizeof *printer_pages ? printer_pages[n] : NULL;
}

const char *ph_emu_codepage_display_name(unsigned n)
{
	return n < sizeof display_pages / sizeof *display_pages ? display_pages[n] : NULL;
}

const char *ph_emu_codepage_numbered(enum ph_emu_numbering numbering, unsigned n)
{
	return ph_emu_codepage_name(n);
}

bool ph_emu_country_known(unsigned set)
{
	return set < sizeof country_chars / sizeof *country_chars;
}

static void load(const char *name, uint32_t high[128])
{
	for (unsigned i = 0; i < 128; i++)
		high[i] = PH_EMU_NO_CHARACTER;
	iconv_t cd = iconv_open("UTF-32LE", name);
	if (cd == (iconv_t)-1)
		return;
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
}

uint32_t ph_emu_codepage_char(struct ph_emu_codepages *pages, const char *name, uint8_t byte)
{
	if (byte < 0x80)
		return byte;
	if (!name)
		return PH_EMU_NO_CHARACTER;
	const unsigned size = sizeof pages->loaded / sizeof *pages->loaded;
	unsigned i = 0;
	while (i < pages->count && i < size && strcmp(pages->loaded[i].name, name) != 0)
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
