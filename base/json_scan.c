// One pass over a JSON text: UTF-8, NULs and nesting. The grammar is cJSON's business.
#include "base/json_scan.h"

#include "base/utf8.h"

#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#define EACH(byte) (0x0101010101010101u * (byte))

/* The high bit of the first byte that is not plain, counted from the low end; what is above that one means nothing. */
static uint64_t first_mark(uint64_t eight)
{
	const uint64_t quote = eight ^ EACH('"'), backslash = eight ^ EACH('\\');

	return (((eight - EACH(0x20)) & ~eight) | ((quote - EACH(1)) & ~quote) |
		       ((backslash - EACH(1)) & ~backslash)) &
	       EACH(0x80);
}

size_t ph_json_plain(const char *text, size_t len)
{
	size_t i = 0;

	for (uint64_t eight; len - i >= sizeof eight; i += sizeof eight) {
		memcpy(&eight, text + i, sizeof eight);
		const uint64_t mark = first_mark(le64toh(eight));
		if (mark)
			return i + (size_t)__builtin_ctzll(mark) / 8;
	}
	while (i < len && (unsigned char)text[i] >= 0x20 && text[i] != '"' && text[i] != '\\')
		i++;
	return i;
}

/* The index behind the string that begins at text[i], or -EINVAL for an escaped NUL; len when it does not end. */
static ssize_t skip_string(const char *text, size_t len, size_t i)
{
	for (i++; i < len; i++) {
		i += ph_json_plain(text + i, len - i);
		if (i == len || text[i] == '"')
			break;
		if (text[i] != '\\')
			continue;
		if (len - i >= 6 && text[i + 1] == 'u' && !memcmp(text + i + 2, "0000", 4))
			return -EINVAL;
		i++;
	}
	return i < len ? (ssize_t)i + 1 : (ssize_t)len;
}

int ph_json_scan(const char *text, size_t len, int depth_max)
{
	int depth = 0;

	if (memchr(text, '\0', len))
		return -EINVAL;
	if (!ph_utf8_valid(text, len))
		return -EILSEQ;
	for (size_t i = 0; i < len;) {
		char c = text[i];
		if (c == '"') {
			ssize_t next = skip_string(text, len, i);
			if (next < 0)
				return (int)next;
			i = (size_t)next;
			continue;
		}
		if ((c == '{' || c == '[') && ++depth > depth_max)
			return -E2BIG;
		if (c == '}' || c == ']')
			depth--;
		i++;
	}
	return 0;
}
