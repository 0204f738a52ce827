// Texts of profiles, what a model of printer can do: sections of `key = value` that inherit from each
// other, read into a struct by a table of keys. What the keys mean is the printer language's.
//
// profiles/README.md is the reference of the text.
#ifndef PH_PROTOCOLS_PROFILE_PROFILE_H
#define PH_PROTOCOLS_PROFILE_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ini.h"

#define PH_PROFILE_NAME_MAX  47 // bytes
#define PH_PROFILE_DEPTH_MAX 8	// of `inherits`
#define PH_PROFILE_USB_MAX   4
#define PH_PROFILE_SIZE_MAX  1024	  // bytes of a profile
#define PH_PROFILE_TEXT_MAX  (256 * 1024) // bytes of a text
#define PH_PROFILE_NEEDED    UINT32_MAX	  // as `careful`: no number stands for an unknown one

struct ph_profile_text {
	const char *data; // not terminated
	size_t len;
};

struct ph_profile_error {
	unsigned line; // of the text, 0 for what is missing altogether
	char message[160];
};

// Number n of the printer's command selects `page`.
struct ph_profile_page {
	uint8_t n;
	uint8_t page; // enum ph_codepage
};

enum ph_profile_kind {
	PH_PROFILE_TEXT,   // of at most `max` bytes; the member has one more
	PH_PROFILE_NUMBER, // `min` to `max`; `unknown` and `probe` stand for `careful`
	PH_PROFILE_WORD,   // one of `words`
	PH_PROFILE_SET,	   // bits of `words`, or `none`
	PH_PROFILE_FONT,   // 12x24, or `none`: uint8_t[2]
	PH_PROFILE_USB // 04b8:0202 or `none`: uint32_t[PH_PROFILE_USB_MAX], vendor << 16 | product
};

struct ph_profile_word {
	const char *text; // NULL behind the last
	uint32_t value;
};

struct ph_profile_key {
	const char *name;
	enum ph_profile_kind kind;
	uint16_t offset; // of the member
	uint16_t size;	 // of the member; numbers, words and sets have 1, 2 or 4 bytes
	uint32_t min, max, careful;
	const struct ph_profile_word *words;
};

#define PH_PROFILE_MEMBER(type, member) offsetof(type, member), sizeof(((type *)0)->member)

// A struct that profiles are read into: a plain value of at most PH_PROFILE_SIZE_MAX bytes.
struct ph_profile_form {
	struct ph_profile_text builtin;
	size_t size;
	size_t name;	   // offset of char[PH_PROFILE_NAME_MAX + 1]
	size_t pages;	   // offset of struct ph_profile_page[pages_max], in order of preference
	size_t page_count; // offset of uint8_t
	uint8_t pages_max;
	const struct ph_profile_key *keys;
	size_t key_count;
	// Sets what the table cannot say: -ENOENT no such key, -EINVAL no such value. May be NULL.
	int (*set)(void *profile, struct ph_ini_word key, struct ph_ini_word value);
	// Empties what is not inherited: the names by which a printer is found.
	void (*forget_identity)(void *profile);
	// Whether what the keys say goes together, and what follows from them: ph_profile_fail().
	int (*complete)(void *profile, struct ph_profile_error *error);
};

// Finds the section of this name, first in `more` (may be NULL), then in the built-in text, and fills
// *ret_profile. error may be NULL. -ENOENT no such section; -EINVAL the section, or one that it inherits
// from, is wrong.
int ph_profile_find(const struct ph_profile_form *form, const struct ph_profile_text *more,
	struct ph_ini_word name, void *ret_profile, struct ph_profile_error *error);

// Checks all sections of a text, and that no name comes twice. -EINVAL with error; -E2BIG.
int ph_profile_check(const struct ph_profile_form *form, const struct ph_profile_text *text,
	struct ph_profile_error *error);

// Goes on behind the header of the next section of this kind; with `name` only of this name.
bool ph_profile_next_section(struct ph_ini *ini, const char *kind, const struct ph_ini_word *name,
	struct ph_ini_word *ret_name);

// The name of the profile with this index in `text`, or -ENOENT.
int ph_profile_name(
	const struct ph_profile_text *text, size_t index, char ret_name[PH_PROFILE_NAME_MAX + 1]);

// Fills the error (may be NULL) and returns -EINVAL.
__attribute__((format(printf, 3, 4))) int ph_profile_fail(
	struct ph_profile_error *error, unsigned line, const char *format, ...);

// For `set`: the bits of the words of a list, or none. -EINVAL.
int ph_profile_bits(
	const struct ph_profile_word *words, struct ph_ini_word list, uint32_t *ret_bits);

#endif
