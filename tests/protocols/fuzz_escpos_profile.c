// Texts of profiles from any bytes: checked as a whole, then each section looked up and matched.
#include "protocols/escpos/profile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct ph_profile_text text = {(const char *)data, len};
	struct ph_profile_error error = {0};
	struct ph_escpos_profile profile;
	char name[PH_PROFILE_NAME_MAX + 1];

	if (len > 4096)
		return 0;
	const int whole = ph_escpos_profile_check(&text, &error);
	if (whole == -EINVAL && !error.message[0])
		abort();
	for (size_t i = 0; i < 16 && ph_escpos_profile_name(&text, i, name) == 0; i++) {
		const int r = ph_escpos_profile_find(&text, name, &profile, &error);
		if (whole == 0 && r < 0)
			abort();
		if (r == 0 && ph_escpos_profile_media(&profile).width > profile.width_dots)
			abort();
	}
	ph_escpos_profile_match(&text, "V", "M", &profile);
	ph_escpos_profile_match_usb(&text, 0x04b8, 0x0202, &profile);
	return 0;
}
