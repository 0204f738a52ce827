// Unicode to the single-byte code pages of receipt printers and displays, and back.
//
// Only what a printer prints is in a page: bytes 0x20-0x7e are ASCII in every page (printers take
// them from the international set, which poshal keeps at USA), bytes 0x80-0xff come from the page,
// and no control character, C1 included, is ever the answer. Tables are generated at build time.
#ifndef PH_PROTOCOLS_CODEPAGE_H
#define PH_PROTOCOLS_CODEPAGE_H

#include <stdint.h>

// Values are not stable between versions: store names or numbers, not these.
enum ph_codepage {
	PH_CODEPAGE_437,
	PH_CODEPAGE_720,
	PH_CODEPAGE_737,
	PH_CODEPAGE_775,
	PH_CODEPAGE_850,
	PH_CODEPAGE_852,
	PH_CODEPAGE_855,
	PH_CODEPAGE_857,
	PH_CODEPAGE_858,
	PH_CODEPAGE_860,
	PH_CODEPAGE_861,
	PH_CODEPAGE_862,
	PH_CODEPAGE_863,
	PH_CODEPAGE_864,
	PH_CODEPAGE_865,
	PH_CODEPAGE_866,
	PH_CODEPAGE_869,
	PH_CODEPAGE_1125,
	PH_CODEPAGE_1250,
	PH_CODEPAGE_1251,
	PH_CODEPAGE_1252,
	PH_CODEPAGE_1253,
	PH_CODEPAGE_1254,
	PH_CODEPAGE_1255,
	PH_CODEPAGE_1256,
	PH_CODEPAGE_1257,
	PH_CODEPAGE_1258,
	PH_CODEPAGE_8859_2,
	PH_CODEPAGE_8859_7,
	PH_CODEPAGE_8859_15,
	PH_CODEPAGE_RK1048,
	PH_CODEPAGE_874,
	PH_CODEPAGE_KATAKANA, // half-width katakana at 0xa1-0xdf, nothing else above 0x7f
	PH_CODEPAGE_771,
	PH_CODEPAGE_772,
	PH_CODEPAGE_774,
	PH_CODEPAGE_851,
	PH_CODEPAGE_853,
	PH_CODEPAGE_1098,
	PH_CODEPAGE_THAI42,
	PH_CODEPAGE_THAI11,
	PH_CODEPAGE_THAI13,
	PH_CODEPAGE_THAI14,
	PH_CODEPAGE_THAI16,
	PH_CODEPAGE_THAI18,
	PH_CODEPAGE_TCVN3,
	PH_CODEPAGE_TCVN3_CAPITALS,
	PH_CODEPAGE_8859_1,
	PH_CODEPAGE_3001,
	PH_CODEPAGE_3002,
	PH_CODEPAGE_3011,
	PH_CODEPAGE_3012,
	PH_CODEPAGE_3021,
	PH_CODEPAGE_3840,
	PH_CODEPAGE_3841,
	PH_CODEPAGE_3843,
	PH_CODEPAGE_3844,
	PH_CODEPAGE_3845,
	PH_CODEPAGE_3846,
	PH_CODEPAGE_3847,
	PH_CODEPAGE_3848,
	PH_CODEPAGE_928,
	PH_CODEPAGE_COUNT
};

// A set of pages, bit (1 << enum ph_codepage).
#define PH_CODEPAGE_BIT(page) (UINT64_C(1) << (page))
#define PH_CODEPAGE_ALL	      (PH_CODEPAGE_BIT(PH_CODEPAGE_COUNT) - 1)

// The byte that prints code point `cp` in `page`, 0x20-0xff, or -1.
int ph_codepage_encode(enum ph_codepage page, uint32_t cp);

// The code point printed for `byte` in `page`, or -1 for a control or an undefined byte.
int32_t ph_codepage_decode(enum ph_codepage page, uint8_t byte);

// The pages that hold `cp`; PH_CODEPAGE_ALL for printable ASCII, 0 for what no page has.
uint64_t ph_codepage_pages(uint32_t cp);

// "cp437", "iso8859-15", "katakana" ...; NULL outside the enum.
const char *ph_codepage_name(int page);

// The page of a name in any case; -1 when there is none. "437", "cp437" and "pc437" are one page.
int ph_codepage_by_name(const char *name);

#endif
