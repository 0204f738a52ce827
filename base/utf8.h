/* UTF-8 of RFC 3629: no surrogates, no overlong forms, up to U+10FFFF. */
#ifndef PH_BASE_UTF8_H
#define PH_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes one character from `len` > 0 bytes. Returns its bytes (1 to 4), or -EILSEQ. */
int ph_utf8_decode(const char *text, size_t len, uint32_t *ret_codepoint);

/* Writes 1 to 4 bytes; returns their number, or -EILSEQ for a surrogate or a value above U+10FFFF. */
int ph_utf8_encode(uint32_t codepoint, char out[4]);

bool ph_utf8_valid(const char *text, size_t len);

/* Makes a text valid in place: what cutting to a size left of a character at the end goes, other bad bytes become '?'. */
void ph_utf8_clean(char *text);

#endif
