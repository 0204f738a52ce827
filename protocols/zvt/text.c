// Text of a terminal as UTF-8, and card numbers in it made unreadable.
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

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Luhn's check over the digits of a text of `len` bytes. */
static bool check_digit_right(const char *text, size_t len)
{
	unsigned sum = 0, place = 0;

	while (len--) {
		if (!is_digit(text[len]))
			continue;
		unsigned digit = (unsigned)(text[len] - '0') << (place++ & 1);
		sum += digit > 9 ? digit - 9 : digit;
	}
	return sum % 10 == 0;
}

/* Digits at `text` with single spaces between them: how many bytes and digits they are. */
static size_t run_of(const char *text, unsigned *ret_digits)
{
	size_t len = 0;

	*ret_digits = 0;
	while (is_digit(text[len]) || (text[len] == ' ' && len && is_digit(text[len + 1])))
		*ret_digits += is_digit(text[len++]);
	return len;
}

void ph_zvt_text_mask(char *text)
{
	while (*text) {
		unsigned digits, seen = 0;
		size_t len = run_of(text, &digits);
		bool card = digits >= 14 && digits <= 19 && *text >= '3' && *text <= '6' &&
			    check_digit_right(text, len);
		for (size_t i = 0; card && i < len; i++) {
			if (!is_digit(text[i]))
				continue;
			if (++seen > 6 && seen + 4 <= digits)
				text[i] = '*';
		}
		/* another number may begin behind the space */
		size_t group = strspn(text, "0123456789");
		text += card ? len : group ? group : 1;
	}
}
