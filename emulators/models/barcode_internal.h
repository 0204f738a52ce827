/* Shared by the files that know the symbologies; not for others. */
#ifndef PH_EMULATORS_MODELS_BARCODE_INTERNAL_H
#define PH_EMULATORS_MODELS_BARCODE_INTERNAL_H

#include "emulators/models/barcode.h"

/* Appends modules written as "1" and "0"; -EINVAL when the symbol gets too long. */
int ph_emu_bars_modules(struct ph_emu_bars *bars, const char *pattern);
/* Appends bars and spaces in turn, each digit a width in modules. */
int ph_emu_bars_widths(struct ph_emu_bars *bars, const char *widths);

/* Check digit of the GS1 keys over so many digits, as a character. */
char ph_emu_bars_mod10(const char *digits, size_t len);

int ph_emu_bars_databar_omni(struct ph_emu_bars *bars, const uint8_t *data, size_t len);
int ph_emu_bars_databar_truncated(struct ph_emu_bars *bars, const uint8_t *data, size_t len);
int ph_emu_bars_databar_limited(struct ph_emu_bars *bars, const uint8_t *data, size_t len);
int ph_emu_bars_databar_expanded(struct ph_emu_bars *bars, const uint8_t *data, size_t len);
int ph_emu_bars_code93(struct ph_emu_bars *bars, const uint8_t *data, size_t len);
int ph_emu_bars_code128(struct ph_emu_bars *bars, const uint8_t *data, size_t len);
int ph_emu_bars_gs1_128(struct ph_emu_bars *bars, const uint8_t *data, size_t len);
int ph_emu_bars_code128_auto(struct ph_emu_bars *bars, const uint8_t *data, size_t len);

#endif
