// One pass over a JSON text: UTF-8, NULs and nesting. The grammar is cJSON's business.
#include "base/json_scan.h"

#include "base/utf8.h"

#include <errno.h>
#include <string.h>
#include <sys/types.h>

/* The index behind the string that begins at text[i], or -EINVAL for an escaped NUL; len when it does not end. */
static ssize_t skip_string(const char *text, size_t len, size_t i)
{
	for (i++; i < len && text[i] != '"'; i++) {
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
