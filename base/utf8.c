// UTF-8 validation and conversion of single characters.
#include "base/utf8.h"

#include <errno.h>
#include <string.h>

int ph_utf8_decode(const char *text, size_t len, uint32_t *ret_codepoint)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const uint8_t *s = (const uint8_t *)text;

	if (s[0] < 0x80) {
		*ret_codepoint = s[0];
		return 1;
	}
	size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	if (s[0] < 0xc2 || s[0] > 0xf4 || len < n)
		return -EILSEQ;
	uint32_t cp = s[0] & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return -EILSEQ;
		cp = cp << 6 | (s[i] & 0x3f);
	}
	if (cp < least[n] || cp > 0x10ffff || (cp >= 0xd800 && cp < 0xe000))
		return -EILSEQ;
	*ret_codepoint = cp;
	return (int)n;
}

int ph_utf8_encode(uint32_t cp, char out[4])
{
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp > 0x10ffff || (cp >= 0xd800 && cp < 0xe000))
		return -EILSEQ;
	int n = cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
	for (int i = n - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (cp & 0x3f));
		cp >>= 6;
	}
	out[0] = (char)((0xf00 >> n & 0xff) | cp);
	return n;
}

bool ph_utf8_valid(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len) {
		uint64_t eight;
		if (len - i >= sizeof eight) {
			memcpy(&eight, text + i, sizeof eight);
			if (!(eight & 0x8080808080808080u)) {
				i += sizeof eight;
				continue;
			}
		}
		uint32_t cp;
		int n = ph_utf8_decode(text + i, len - i, &cp);
		if (n < 0)
			return false;
		i += (size_t)n;
	}
	return true;
}

/* True when the text ends inside a character that began well. */
static bool cut_off(const char *text, size_t left)
{
	const uint8_t *s = (const uint8_t *)text;
	size_t need = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;

	if (s[0] < 0xc2 || s[0] > 0xf4 || left >= need)
		return false;
	for (size_t i = 1; i < left; i++)
		if ((s[i] & 0xc0) != 0x80)
			return false;
	return true;
}

void ph_utf8_clean(char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len;) {
		uint32_t cp;
		int n = ph_utf8_decode(text + i, len - i, &cp);
		if (n < 0 && cut_off(text + i, len - i)) {
			text[i] = '\0';
			return;
		}
		if (n < 0)
			text[i] = '?';
		i += n < 0 ? 1 : (size_t)n;
	}
}
