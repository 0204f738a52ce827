// Unicode to the two-byte sets of East Asian receipt printers.
//
// Only characters that take two bytes: those of one byte are ASCII and the half-width katakana of page
// PH_CODEPAGE_KATAKANA. Tables are generated at build time.
#ifndef PH_PROTOCOLS_CODEPAGE_MULTIBYTE_H
#define PH_PROTOCOLS_CODEPAGE_MULTIBYTE_H

#include <stdint.h>

enum ph_multibyte {
	PH_MULTIBYTE_SHIFT_JIS, // JIS X 0208; both ways in which its wave dash and its like are encoded
	PH_MULTIBYTE_GB18030, // the two-byte part, which is GBK
	PH_MULTIBYTE_BIG5,
	PH_MULTIBYTE_949, // KS X 1001 and the other Hangul syllables
	PH_MULTIBYTE_COUNT
};

// The bytes that print `cp`, first << 8 | second, each at least 0x40; or -1.
int ph_multibyte_encode(enum ph_multibyte set, uint32_t cp);

#endif
