// What poshal_id, which runs as root, makes of any descriptor a device sends.
#include "udev/identify.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ph_identity identity = {NULL, NULL};
	/* the first bit: whether the ids suggest a display */
	int r = ph_identify(data, len, len && data[0] & 1 ? "wincor-display" : NULL, &identity);

	if (r > 0 || (r == 0) != (identity.class_name && identity.proto))
		abort();
	return 0;
}
