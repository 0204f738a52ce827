// Private to the profile reader: one key of a section.
#ifndef PH_PROTOCOLS_PROFILE_KEY_H
#define PH_PROTOCOLS_PROFILE_KEY_H

#include "protocols/profile/profile.h"

// A profile on its way, and what to do with what is wrong.
struct ph_profile_reader {
	const struct ph_profile_form *form;
	const struct ph_profile_text *more;
	void *profile;
	struct ph_profile_error *error;
	unsigned depth;
	bool source; // the section says where it comes from
};

// Puts the value of a key into the profile. `codepages`, `inherits` and `source` are the caller's.
int ph_profile_set(struct ph_profile_reader *reader, struct ph_ini_word key,
	struct ph_ini_word value, unsigned line);

// `n = page`, or an override; a page that is there already moves to n in its place.
int ph_profile_add_page(struct ph_profile_reader *reader, struct ph_ini_word n,
	struct ph_ini_word page, unsigned line);

// Takes page number n out, if it is there.
void ph_profile_drop_page(struct ph_profile_reader *reader, unsigned n);

// Takes all of them out.
void ph_profile_drop_pages(struct ph_profile_reader *reader);

#endif
