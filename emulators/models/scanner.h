/* A serial bar code scanner: a label in, the bytes of its cable out. It answers nothing. */
#ifndef PH_EMULATORS_MODELS_SCANNER_H
#define PH_EMULATORS_MODELS_SCANNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_EMU_LABEL_MAX      7089u /* bytes of one label */
#define PH_EMU_LABEL_OVERHEAD 64u   /* prefix, identifier and terminators around it */

enum ph_emu_suffix {
	PH_EMU_SUFFIX_CR,
	PH_EMU_SUFFIX_LF,
	PH_EMU_SUFFIX_CRLF,
	PH_EMU_SUFFIX_TAB,
	PH_EMU_SUFFIX_STX_ETX, /* STX before, ETX behind */
	PH_EMU_SUFFIX_NONE,
};

struct ph_emu_scanner {
	char prefix[17];
	bool aim; /* sends the AIM identifier before the data */
	enum ph_emu_suffix suffix;
};

/* "cr", "lf", "crlf", "tab", "stx-etx", "none"; -EINVAL for another word. */
int ph_emu_suffix_parse(const char *word);

/* Writes what the scanner sends for a label; `aim` is its identifier without the bracket, or NULL for none. Returns the bytes,
 * -EMSGSIZE when label or buffer is out of range. */
int ph_emu_scanner_frame(const struct ph_emu_scanner *s, const char *aim, const uint8_t *label,
	size_t len, uint8_t *out, size_t size);

#endif
