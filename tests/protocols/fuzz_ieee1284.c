// Device ids of printers: any bytes.
#include "protocols/ieee1284/device_id.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ph_ieee1284_id id;

	if (ph_ieee1284_parse(data, len, &id) < 0)
		return 0;
	if (strlen(id.text) > PH_IEEE1284_TEXT_MAX ||
		strlen(id.manufacturer) > PH_IEEE1284_VALUE_MAX ||
		strlen(id.model) > PH_IEEE1284_VALUE_MAX ||
		strlen(id.serial) > PH_IEEE1284_VALUE_MAX)
		abort();
	return 0;
}
