// Code 128 as GS k wants it: the choice of code sets.
#ifndef PH_PROTOCOLS_ESCPOS_CODE128_H
#define PH_PROTOCOLS_ESCPOS_CODE128_H

#include <stddef.h>
#include <stdint.h>

#define PH_CODE128_MAX 255 // bytes of GS k data

// Writes `{B`, `{C` ... and data for ASCII `data` (PH_CODE128_MAX bytes of room). Returns the bytes
// and in ret_symbols the symbols between start and check; -E2BIG when there is no room.
// Source: ISO/IEC 15417 annex E (shortest choice of sets); Epson reference, GS k m = 73.
int ph_code128_encode(const char *data, size_t len, uint8_t *out, unsigned *ret_symbols);

#endif
