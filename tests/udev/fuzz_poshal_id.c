// What poshal_id, which runs as root, makes of any descriptor a device sends.
#include "udev/identify.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ph_identity identity = {NULL, NULL};
	int r = ph_identify(data, len, &identity);

	if (r > 0 || (r == 0) != (identity.class_name && identity.proto))
		abort();
	return 0;
}
