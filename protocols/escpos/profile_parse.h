// Private to the profile reader: one key of a section.
#ifndef PH_PROTOCOLS_ESCPOS_PROFILE_PARSE_H
#define PH_PROTOCOLS_ESCPOS_PROFILE_PARSE_H

#include "base/ini.h"
#include "protocols/escpos/profile.h"

__attribute__((format(printf, 3, 4))) int ph_profile_fail(
	struct ph_escpos_profile_error *error, unsigned line, const char *format, ...);

// Puts the value of a key into the profile. `codepages`, `inherits` and `source` are the caller's.
int ph_profile_set(struct ph_escpos_profile *profile, struct ph_ini_word key,
	struct ph_ini_word value, unsigned line, struct ph_escpos_profile_error *error);

// `n = page`, or an override; a page that is there already moves to n in its place.
int ph_profile_add_page(struct ph_escpos_profile *profile, struct ph_ini_word n,
	struct ph_ini_word page, unsigned line, struct ph_escpos_profile_error *error);

// Takes page number n out, if it is there.
void ph_profile_drop_page(struct ph_escpos_profile *profile, unsigned n);

// Whether what the keys say goes together.
int ph_profile_complete(
	struct ph_escpos_profile *profile, unsigned line, struct ph_escpos_profile_error *error);

#endif
