/* Text of a terminal as UTF-8. Source: PA00P015, tag 14 "character set". */
#ifndef PH_PROTOCOLS_ZVT_TEXT_H
#define PH_PROTOCOLS_ZVT_TEXT_H

#include "protocols/zvt/zvt_const.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Writes text in a character set of tag 14 as UTF-8, up to a NUL byte, with one at its end; what has no room is cut at a character. A
 * control becomes a space, what the set does not have (or poshal does not know of it) a question mark. Returns its length.
 */
size_t ph_zvt_text(uint8_t charset, const uint8_t *bytes, size_t len, char *out, size_t size);

/* Whether poshal has the characters of this set. */
bool ph_zvt_charset_known(uint8_t charset);

#endif
