// Reads the file of option `profile_file`; what a profile says is the protocol's.
#include "drivers/printer/profile_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/read_file.h"

int ph_profile_file_load(struct ph_device *device,
	int (*check)(const struct ph_profile_text *text, struct ph_profile_error *ret_error),
	struct ph_profile_text *text)
{
	const char *path = ph_option_text(device, "profile_file");
	struct ph_profile_error error = {0};
	char *data;
	size_t len;

	if (!path)
		return 0;
	int r = ph_read_file(path, PH_PROFILE_TEXT_MAX, &data, &len);
	if (r < 0)
		return ph_option_refuse(device, "profile_file", "%s: %s", path, strerror(-r));
	*text = (struct ph_profile_text){data, len};
	r = check(text, &error);
	if (r == 0)
		return 0;
	ph_profile_file_drop(text);
	return ph_option_refuse(
		device, "profile_file", "%s:%u: %s", path, error.line, error.message);
}

void ph_profile_file_drop(struct ph_profile_text *text)
{
	free((char *)(uintptr_t)text->data);
	*text = (struct ph_profile_text){NULL, 0};
}
