// One pass over a JSON text: UTF-8, NULs and nesting. The grammar is cJSON's business.
#include "base/json_scan.h"

#include "base/utf8.h"

#include <errno.h>
#include <string.h>

/* Returns the bytes to skip inside a string at text[i] == '\\', or -EINVAL for an escaped NUL. */
static int escape_len(const char *text, size_t left)
{
	if (left >= 6 && text[1] == 'u' && !memcmp(text + 2, "0000", 4))
		return -EINVAL;
	return 2;
}

int ph_json_scan(const char *text, size_t len, int depth_max)
{
	int depth = 0;
	int in_string = 0;

	if (memchr(text, '\0', len))
		return -EINVAL;
	if (!ph_utf8_valid(text, len))
		return -EILSEQ;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		if (in_string && c == '\\') {
			int skip = escape_len(text + i, len - i);
			if (skip < 0)
				return skip;
			i += (size_t)skip - 1;
		} else if (c == '"') {
			in_string = !in_string;
		} else if (!in_string && (c == '{' || c == '[')) {
			if (++depth > depth_max)
				return -E2BIG;
		} else if (!in_string && (c == '}' || c == ']')) {
			depth--;
		}
	}
	return 0;
}
