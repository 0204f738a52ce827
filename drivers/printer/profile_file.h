/* Option `profile_file` of printer drivers: a text of further profiles in front of the built-in one. */
#ifndef PH_DRIVERS_PRINTER_PROFILE_FILE_H
#define PH_DRIVERS_PRINTER_PROFILE_FILE_H

#include "poshal/driver.h"
#include "protocols/profile/profile.h"

/* Reads and checks the file, if the option is set; *text is empty before. 0, or -EINVAL after
 * ph_option_refuse(). */
int ph_profile_file_load(struct ph_device *device,
	int (*check)(const struct ph_profile_text *text, struct ph_profile_error *ret_error),
	struct ph_profile_text *text);

/* Frees what was read, if anything. */
void ph_profile_file_drop(struct ph_profile_text *text);

#endif
