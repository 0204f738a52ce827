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

static const struct {
	const char *name, *aim;
} symbologies[] = {
	{"ean13", "]E0"},
	{"ean8", "]E4"},
	{"upca", "]E0"},
	{"upce", "]E0"},
	{"code39", "]A0"},
	{"code93", "]G0"},
	{"code128", "]C0"},
	{"gs1_128", "]C1"},
	{"gs1-128", "]C1"},
	{"itf", "]I0"},
	{"itf14", "]I1"},
	{"codabar", "]F0"},
	{"code11", "]H0"},
	{"msi", "]M0"},
	{"qr", "]Q1"},
	{"gs1_qr", "]Q3"},
	{"datamatrix", "]d1"},
	{"gs1_datamatrix", "]d2"},
	{"pdf417", "]L0"},
	{"aztec", "]z0"},
	{"maxicode", "]U0"},
	{"databar", "]e0"},
};

int ph_emu_suffix_parse(const char *word)
{
	for (unsigned i = 0; i < sizeof suffix_words / sizeof *suffix_words; i++)
		if (strcmp(suffix_words[i], word) == 0)
			return (int)i;
	return -EINVAL;
}

const char *ph_emu_aim(const char *symbology)
{
	for (unsigned i = 0; i < sizeof symbologies / sizeof *symbologies; i++)
		if (strcmp(symbologies[i].name, symbology) == 0)
			return symbologies[i].aim;
	return NULL;
}

int ph_emu_scanner_encode(const struct ph_emu_scanner *s, const char *symbology,
	const uint8_t *label, size_t len, uint8_t *out, size_t size)
{
	const char *aim = ph_emu_aim(symbology ? symbology : "ean13");
	size_t n = 0;

	if (!aim)
		return -EINVAL;
	if (len > PH_EMU_LABEL_MAX || size < len + PH_EMU_LABEL_OVERHEAD)
		return -EMSGSIZE;
	if (s->suffix == PH_EMU_SUFFIX_STX_ETX)
		out[n++] = 0x02;
	memcpy(out + n, s->prefix, strlen(s->prefix));
	n += strlen(s->prefix);
	if (s->aim) {
		memcpy(out + n, aim, 3);
		n += 3;
	}
	memcpy(out + n, label, len);
	n += len;
	const char *suffix = suffix_bytes[s->suffix];
	memcpy(out + n, suffix, strlen(suffix));
	return (int)(n + strlen(suffix));
}
