/*
 * Which characters are which, looked at eight at a time, and copies of a few bytes; for iso8583.c alone. Fields are short: a call of
 * memcpy(), or a look at a table for each character, takes longer than all else that is done with most of them.
 */
#ifndef PH_PROTOCOLS_ISO8583_CHARACTERS_H
#define PH_PROTOCOLS_ISO8583_CHARACTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
	PH_ISO_KIND_DIGIT = 1,
	PH_ISO_KIND_LETTER = 2,
	PH_ISO_KIND_SPACE = 4,
	PH_ISO_KIND_MARK = 8,
	PH_ISO_KIND_SEPARATOR = 16
};

static const uint8_t ph_iso_kinds[256] = {
	[' '] = PH_ISO_KIND_SPACE,
	['!' ... '/'] = PH_ISO_KIND_MARK,
	['0' ... '9'] = PH_ISO_KIND_DIGIT,
	[':' ... '<'] = PH_ISO_KIND_MARK,
	['='] = PH_ISO_KIND_MARK | PH_ISO_KIND_SEPARATOR,
	['>' ... '@'] = PH_ISO_KIND_MARK,
	['A' ... 'C'] = PH_ISO_KIND_LETTER,
	['D'] = PH_ISO_KIND_LETTER | PH_ISO_KIND_SEPARATOR,
	['E' ... 'Z'] = PH_ISO_KIND_LETTER,
	['[' ... '`'] = PH_ISO_KIND_MARK,
	['a' ... 'z'] = PH_ISO_KIND_LETTER,
	['{' ... '~'] = PH_ISO_KIND_MARK,
	[0x80 ... 0xff] = PH_ISO_KIND_MARK,
};

static inline bool ph_iso_eight_digits(uint64_t eight)
{
	const uint64_t high = 0xf0f0f0f0f0f0f0f0, threes = 0x3030303030303030;

	return ((eight & high) ^ threes) == 0 &&
	       (((eight + 0x0606060606060606) & high) ^ threes) == 0;
}

/* Neither below space nor DEL; what has the highest bit is a letter of some code page. */
static inline bool ph_iso_eight_visible(uint64_t eight)
{
	const uint64_t ones = 0x0101010101010101, high = 0x8080808080808080;
	uint64_t low = eight & ~high;

	/* each byte of `low` is at most 7f: +60 carries into the highest bit from 20 on, +1 only at 7f */
	return ((((low + 0x60 * ones) & ~(low + ones)) | eight) & high) == high;
}

static inline uint64_t ph_iso_load_8(const uint8_t *text)
{
	uint64_t eight;

	memcpy(&eight, text, sizeof eight);
	return eight;
}

/*
 * Fewer than eight characters and zeros for the rest, in any order; two loads may overlap. Byte by byte through memory would
 * cost the wait for eight stores.
 */
static inline uint64_t ph_iso_load_few(const uint8_t *text, size_t len)
{
	const uint64_t zeros = 0x3030303030303030;
	uint32_t first, last;
	uint16_t begin, end;

	if (len >= 4) {
		memcpy(&first, text, sizeof first);
		memcpy(&last, text + len - 4, sizeof last);
		return (uint64_t)last << 32 | first;
	}
	if (len >= 2) {
		memcpy(&begin, text, sizeof begin);
		memcpy(&end, text + len - 2, sizeof end);
		return zeros << 32 | (uint64_t)end << 16 | begin;
	}
	return len ? zeros << 8 | *text : zeros;
}

/* The last eight may overlap with those before. */
static inline __attribute__((always_inline)) bool ph_iso_all_eights(
	bool (*good)(uint64_t eight), const uint8_t *text, size_t len)
{
	if (len < 8)
		return good(ph_iso_load_few(text, len));
	for (size_t i = 0; i + 8 <= len; i += 8)
		if (!good(ph_iso_load_8(text + i)))
			return false;
	return good(ph_iso_load_8(text + len - 8));
}

/* Whether all characters are of these kinds. */
static inline bool ph_iso_all_of(uint8_t may, const uint8_t *text, size_t len)
{
	const uint8_t any =
		PH_ISO_KIND_LETTER | PH_ISO_KIND_DIGIT | PH_ISO_KIND_SPACE | PH_ISO_KIND_MARK;
	unsigned others = 0;

	if (may == any)
		return ph_iso_all_eights(ph_iso_eight_visible, text, len);
	/* most of what may have letters has none */
	if (may & PH_ISO_KIND_DIGIT && ph_iso_all_eights(ph_iso_eight_digits, text, len))
		return true;
	if (may == PH_ISO_KIND_DIGIT)
		return false;
	for (size_t i = 0; i < len; i++)
		others |= !(ph_iso_kinds[text[i]] & may);
	return !others;
}

/* Not for memory that overlaps. */
static inline void ph_iso_copy(uint8_t *to, const uint8_t *from, size_t len)
{
	uint32_t begin, end;
	uint64_t first, last;

	if (len > 16) {
		memcpy(to, from, len);
	} else if (len >= 8) {
		first = ph_iso_load_8(from);
		last = ph_iso_load_8(from + len - 8);
		memcpy(to, &first, sizeof first);
		memcpy(to + len - 8, &last, sizeof last);
	} else if (len >= 4) {
		memcpy(&begin, from, sizeof begin);
		memcpy(&end, from + len - 4, sizeof end);
		memcpy(to, &begin, sizeof begin);
		memcpy(to + len - 4, &end, sizeof end);
	} else {
		for (size_t i = 0; i < len; i++)
			to[i] = from[i];
	}
}

#endif
