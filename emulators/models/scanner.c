// The bytes a serial scanner sends for a label; when and how they are spread is the plug's business.
#include "emulators/models/scanner.h"

#include <errno.h>
#include <string.h>

static const char *const suffix_words[] = {
	[PH_EMU_SUFFIX_CR] = "cr",
	[PH_EMU_SUFFIX_LF] = "lf",
	[PH_EMU_SUFFIX_CRLF] = "crlf",
	[PH_EMU_SUFFIX_TAB] = "tab",
	[PH_EMU_SUFFIX_STX_ETX] = "stx-etx",
	[PH_EMU_SUFFIX_NONE] = "none",
};

static const char *const suffix_bytes[] = {
	[PH_EMU_SUFFIX_CR] = "\r",
	[PH_EMU_SUFFIX_LF] = "\n",
	[PH_EMU_SUFFIX_CRLF] = "\r\n",
	[PH_EMU_SUFFIX_TAB] = "\t",
	[PH_EMU_SUFFIX_STX_ETX] = "\x03",
	[PH_EMU_SUFFIX_NONE] = "",
};

int ph_emu_suffix_parse(const char *word)
{
	for (unsigned i = 0; i < sizeof suffix_words / sizeof *suffix_words; i++)
		if (strcmp(suffix_words[i], word) == 0)
			return (int)i;
	return -EINVAL;
}

int ph_emu_scanner_frame(const struct ph_emu_scanner *s, const char *aim, const uint8_t *label,
	size_t len, uint8_t *out, size_t size)
{
	size_t n = 0;

	if (len > PH_EMU_LABEL_MAX || size < len + PH_EMU_LABEL_OVERHEAD)
		return -EMSGSIZE;
	if (s->suffix == PH_EMU_SUFFIX_STX_ETX)
		out[n++] = 0x02;
	memcpy(out + n, s->prefix, strlen(s->prefix));
	n += strlen(s->prefix);
	if (s->aim && aim) {
		out[n++] = ']';
		memcpy(out + n, aim, 2);
		n += 2;
	}
	memcpy(out + n, label, len);
	n += len;
	const char *suffix = suffix_bytes[s->suffix];
	memcpy(out + n, suffix, strlen(suffix));
	return (int)(n + strlen(suffix));
}
