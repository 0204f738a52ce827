// Text of a terminal as UTF-8.
#include "protocols/zvt/text.h"

#include "base/utf8.h"
#include "protocols/codepage/codepage.h"

#include <string.h>

/* The page of the bytes from 80 on; -1: none. */
static int page_of(uint8_t charset)
{
	switch (charset) {
	case PH_ZVT_CHARSET_CP437:
		return PH_CODEPAGE_437;
	case 0x01:
		return PH_CODEPAGE_8859_1;
	case 0x02:
		return PH_CODEPAGE_8859_2;
	case 0x07:
		return PH_CODEPAGE_8859_7;
	case PH_ZVT_CHARSET_ISO8859_15:
		return PH_CODEPAGE_8859_15;
	default:
		return -1;
	}
}

bool ph_zvt_charset_known(uint8_t charset)
{
	return charset == PH_ZVT_CHARSET_ASCII || charset == PH_ZVT_CHARSET_UTF8 ||
	       page_of(charset) >= 0;
}

/* One character; returns the bytes read. */
static size_t read_char(uint8_t charset, const uint8_t *bytes, size_t len, uint32_t *ret_cp)
{
	int page = page_of(charset);
	int32_t cp = bytes[0];

	if (charset == PH_ZVT_CHARSET_UTF8) {
		int n = ph_utf8_decode((const char *)bytes, len, ret_cp);
		if (n < 0)
			*ret_cp = '?';
		else if (*ret_cp < 0x20 || (*ret_cp >= 0x7f && *ret_cp < 0xa0))
			*ret_cp = ' ';
		return n < 0 ? 1 : (size_t)n;
	}
	if (cp < 0x20 || cp == 0x7f)
		cp = ' ';
	else if (cp >= 0x80)
		cp = page < 0 ? -1 : ph_codepage_decode((enum ph_codepage)page, bytes[0]);
	*ret_cp = cp < 0 ? '?' : (uint32_t)cp;
	return 1;
}

size_t ph_zvt_text(uint8_t charset, const uint8_t *bytes, size_t len, char *out, size_t size)
{
	size_t n = 0;

	while (len && bytes[0]) {
		char utf8[4];
		uint32_t cp;
		size_t used = read_char(charset, bytes, len, &cp);
		int more = ph_utf8_encode(cp, utf8);
		if (more < 0 || n + (size_t)more >= size)
			break;
		memcpy(out + n, utf8, (size_t)more);
		n += (size_t)more;
		bytes += used;
		len -= used;
	}
	out[n] = '\0';
	return n;
}
