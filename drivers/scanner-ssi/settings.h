/*
 * Which symbologies an SSI scanner reads: names, parameter numbers, and the PARAM_SEND data that sets them.
 *
 * Source: Zebra (Symbol) product reference guides, appendix "Programming reference"/"Parameter numbers": decimal, as in
 * the DS9908 and LS/DS series guides.
 */
#ifndef PH_DRIVERS_SCANNER_SSI_SETTINGS_H
#define PH_DRIVERS_SCANNER_SSI_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PH_SSI_SETTINGS_MAX 48

/* What was asked for; the rest is as the scanner has it. */
struct ph_ssi_settings {
	bool set[PH_SSI_SETTINGS_MAX], on[PH_SSI_SETTINGS_MAX];
};

/* Names of all symbologies that can be switched, ends with NULL. */
extern const char *const ph_ssi_setting_names[];

/* Place of a symbology by its poshal name, or -EINVAL. */
int ph_ssi_setting_find(const char *name);

/*
 * Writes the data of the next PARAM_SEND: beep code (none) and as many of the settings from *at on as `size` holds. *at
 * begins at 0. Returns the length, or 0 when none is left.
 */
size_t ph_ssi_settings_write(
	const struct ph_ssi_settings *settings, size_t *at, uint8_t *out, size_t size);

/* The same for one of them; `out` holds 5 bytes. */
size_t ph_ssi_setting_write(int place, bool on, uint8_t out[5]);

#endif
