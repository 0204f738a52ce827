/* Shared by the files that know code pages; not for others. */
#ifndef PH_EMULATORS_MODELS_CODEPAGE_INTERNAL_H
#define PH_EMULATORS_MODELS_CODEPAGE_INTERNAL_H

#include "emulators/models/codepage.h"

/* The page of the C library that a page begins with: another one, the page itself, or NULL for none. */
const char *ph_emu_codepage_extra_base(const char *name);
/* Puts in what differs, if anything does. */
void ph_emu_codepage_extra(const char *name, uint32_t high[128]);

#endif
