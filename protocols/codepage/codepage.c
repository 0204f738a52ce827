// Looks code points up in the generated tables; which page to print with is the encoders' choice.
#include "protocols/codepage/codepage.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "codepage_tables.h"

_Static_assert(PAGES == PH_CODEPAGE_COUNT, "codepage_tables.py and enum ph_codepage differ");

// Characters are looked up in blocks of 32; id 0 is a character of no page.
static unsigned id_of(uint32_t cp)
{
	if (cp >= 0x10000)
		return 0;
	return char_id[char_block[cp >> 5] * 32u + (cp & 31)];
}

static int is_ascii(uint32_t cp)
{
	return cp >= 0x20 && cp < 0x7f;
}

int ph_codepage_encode(enum ph_codepage page, uint32_t cp)
{
	if (is_ascii(cp))
		return (int)cp;
	if ((unsigned)page >= PH_CODEPAGE_COUNT)
		return -1;
	const uint8_t byte = char_byte[id_of(cp)][page];
	return byte ? byte : -1;
}

int32_t ph_codepage_decode(enum ph_codepage page, uint8_t byte)
{
	if (is_ascii(byte))
		return byte;
	if (byte < 0x80 || (unsigned)page >= PH_CODEPAGE_COUNT)
		return -1;
	const uint16_t cp = byte_char[page][byte - 0x80];
	return cp ? cp : -1;
}

uint64_t ph_codepage_pages(uint32_t cp)
{
	return is_ascii(cp) ? PH_CODEPAGE_ALL : char_pages[id_of(cp)];
}

const char *ph_codepage_name(int page)
{
	return page >= 0 && page < PH_CODEPAGE_COUNT ? page_names[page] : NULL;
}

int ph_codepage_by_name(const char *name)
{
	char number[16] = "cp";

	if (strncasecmp(name, "pc", 2) == 0)
		name += 2;
	if (name[0] >= '0' && name[0] <= '9' && strlen(name) < sizeof number - 2) {
		memcpy(number + 2, name, strlen(name) + 1);
		name = number;
	}
	for (int page = 0; page < PH_CODEPAGE_COUNT; page++) {
		if (strcasecmp(name, page_names[page]) == 0)
			return page;
	}
	return -1;
}
