/* Base64 of RFC 4648 section 4, with padding, no line breaks. */
#ifndef PH_BASE_BASE64_H
#define PH_BASE_BASE64_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Characters for `len` bytes, with the NUL. */
#define PH_BASE64_SIZE(len) (((len) + 2) / 3 * 4 + 1)

/* Writes PH_BASE64_SIZE(len) characters with the NUL; returns their number without it. */
size_t ph_base64_encode(const void *data, size_t len, char *out);

/*
 * Decodes `len` characters into `out` (at least len / 4 * 3 bytes). Strict: no spaces, padding required.
 * Returns the number of bytes, or -EINVAL.
 */
ssize_t ph_base64_decode(const char *text, size_t len, uint8_t *out);

#endif
