// Words of profiles that mean the same for printers of every language.
#ifndef PH_PROTOCOLS_PROFILE_WORDS_H
#define PH_PROTOCOLS_PROFILE_WORDS_H

#include "protocols/profile/profile.h"

extern const struct ph_profile_word ph_profile_yes_no[];   // unknown is no
extern const struct ph_profile_word ph_profile_barcodes[]; // bits 1 << enum ph_barcode_type

#endif
